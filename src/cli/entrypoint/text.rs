//! The report as text: what runs, the chain, as whom and where, then what is wrong.

use crate::app::text::bytes;
use crate::cli::output::{Meaning, Printer};
use crate::cli::table::{fields, wrapped};
use crate::domain::entrypoint::{
    Ended, Finding, Identity, Link, Origin, Part, Place, Program, ProgramKind, Report, Severity,
    Step, Variable,
};
use crate::domain::text::{self, clean};

/// Libraries that are listed, when all of them were found.
const LIBRARIES: usize = 12;

/// The whole report; with `reveal` secrets are not masked.
pub(super) fn of(printer: &Printer, report: &Report, reveal: bool) -> String {
    let first = if report.argv.is_empty() {
        printer.paint(Meaning::Warning, "nothing is set to run")
    } else {
        printer.paint(Meaning::Answer, &clean(&report.line))
    };
    let rows = rows(report, reveal);
    let mut out = format!("{first}\n{}", fields(printer, &rows));
    for finding in &report.findings {
        out.push('\n');
        out.push_str(&found(printer, finding));
    }
    out.push('\n');
    let severities: Vec<Severity> = report.findings.iter().map(|f| f.severity).collect();
    out.push_str(&sum(printer, &severities));
    for note in &report.notes {
        out.push_str(&wrapped(&format!("note: {}", clean(note)), "  "));
    }
    out
}

type Row = (&'static str, String);

fn rows(report: &Report, reveal: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |name, lines: Vec<String>| rows.extend(lines.into_iter().map(|l| (name, l)));
    add("for", vec![subject(report)]);
    add("parts", report.parts.iter().map(part).collect());
    if let Some(program) = &report.program {
        add("chain", chain(&program.steps));
        add("made with", program.hints.clone());
        add("libraries", libraries(program));
    }
    add("user", vec![user(&report.user)]);
    add("workdir", vec![workdir(&report.workdir)]);
    add(
        "env",
        report.env.iter().map(|v| variable(v, reveal)).collect(),
    );
    add("stop", vec![report.stop_signal.clone()]);
    if let Some(test) = &report.healthcheck {
        add("health", vec![text::line(test)]);
    }
    if !report.exposed.is_empty() {
        add("listens", vec![report.exposed.join(", ")]);
    }
    if let Some(service) = &report.service {
        add("published", service.published.clone());
        add("engine", limits(service));
    }
    if let Some(ended) = &report.ended {
        add("last run", last_run(ended));
        add("its log", ended.log.clone());
    }
    if let Some(dev) = &report.dev_image {
        add("dev image", vec![dev.clone()]);
    }
    let differs = report.differences.iter().map(|d| {
        let or = |text: &str| if text.is_empty() { "nothing" } else { text }.to_owned();
        format!(
            "{}: dev has {}, target has {}",
            d.what,
            or(&d.dev),
            or(&d.target)
        )
    });
    add("differs", differs.collect());
    rows
}

fn subject(report: &Report) -> String {
    let mut parts = Vec::new();
    if report.subject != report.image {
        parts.push(report.subject.clone());
    }
    parts.push(report.image.clone());
    if !report.platform.is_empty() {
        parts.push(report.platform.clone());
    }
    parts.extend(report.state.clone());
    parts.join(", ")
}

fn part(part: &Part) -> String {
    let origin = match part.origin {
        Origin::ImageEntrypoint => "ENTRYPOINT of the image",
        Origin::ImageCmd => "CMD of the image",
        Origin::ContainerEntrypoint => "--entrypoint of the container",
        Origin::ContainerCmd => "arguments of the container",
    };
    let shell = if part.shell_form { ", shell form" } else { "" };
    format!("{}  ({origin}{shell})", text::line(&part.words))
}

/// A line for each file on the way, deeper by a step each.
fn chain(steps: &[Step]) -> Vec<String> {
    let mut lines = Vec::new();
    for (depth, step) in steps.iter().enumerate() {
        let branch = match depth {
            0 => String::new(),
            depth => format!("{}└─ ", "   ".repeat(depth - 1)),
        };
        let indent = "   ".repeat(depth);
        let arguments = if step.arguments.is_empty() {
            String::new()
        } else {
            format!(" {}", text::line(&step.arguments))
        };
        lines.push(format!("{branch}{}{arguments}", step.wanted));
        match &step.path {
            Some(path) if *path != step.wanted => {
                lines.push(format!("{indent}at {path}: {}", kind(step)));
            }
            Some(_) => lines.push(format!("{indent}{}", kind(step))),
            None => {
                lines.push(format!("{indent}{}", kind(step)));
                if !step.sought.is_empty() {
                    lines.push(format!("{indent}sought in {}", step.sought.join(", ")));
                }
            }
        }
    }
    lines
}

fn kind(step: &Step) -> String {
    let mut words = match &step.kind {
        ProgramKind::Missing => "not found".to_owned(),
        ProgramKind::Loader => "loader".into(),
        ProgramKind::Directory => "directory".into(),
        ProgramKind::Special => "device, pipe or socket".into(),
        ProgramKind::Static { architecture } => format!("static program, {architecture}"),
        ProgramKind::Dynamic { architecture, .. } => format!("dynamic program, {architecture}"),
        ProgramKind::Script { .. } => "script".into(),
        ProgramKind::Unknown { begins } => format!("no program: {begins}"),
        ProgramKind::Unreadable { why } => format!("cannot be read: {why}"),
    };
    if let Some(mode) = step.mode {
        words = format!("{words}, {}", permissions(mode));
    }
    if let Some((uid, gid)) = step.owner {
        words = format!("{words} {uid}:{gid}");
    }
    if let Some(size) = step.size {
        words = format!("{words}, {}", bytes(size));
    }
    words
}

/// Missing libraries by name; the others when they are few.
fn libraries(program: &Program) -> Vec<String> {
    let all = &program.libraries;
    let is_missing = |link: &&Link| link.path.is_none();
    let mut lines: Vec<String> = all
        .iter()
        .filter(is_missing)
        .map(|link| format!("{}: not found, needed by {}", link.name, link.needed_by))
        .collect();
    let found: Vec<&Link> = all.iter().filter(|link| link.path.is_some()).collect();
    let shown = found.iter().take(LIBRARIES).map(|link| {
        let path = link.path.as_deref().unwrap_or_default();
        let by = link.by.as_deref().map(|by| format!(" ({by})"));
        format!("{} at {path}{}", link.name, by.unwrap_or_default())
    });
    lines.extend(shown);
    if found.len() > LIBRARIES {
        lines.push(format!("and {} more, all found", found.len() - LIBRARIES));
    }
    lines
}

fn user(user: &Identity) -> String {
    let (Some(uid), gid) = (user.uid, user.gid) else {
        return format!("{}: no such user in its passwd file", user.given);
    };
    let name = match &user.name {
        Some(name) => format!("{name} "),
        None => String::new(),
    };
    let gid = gid.map_or_else(String::new, |gid| format!(":{gid}"));
    let groups: Vec<String> = user.groups.iter().map(u32::to_string).collect();
    let groups = if groups.is_empty() {
        String::new()
    } else {
        format!(", groups {}", groups.join(", "))
    };
    let home = match user.home.as_str() {
        "" => String::new(),
        home => format!(", home {home}"),
    };
    format!("{name}{uid}{gid}{groups}{home}")
}

fn workdir(place: &Place) -> String {
    let mut words = place.path.clone();
    if !place.exists {
        return format!("{words}, which does not exist");
    }
    if let Some(mode) = place.mode {
        words = format!("{words}, {}", permissions(mode));
    }
    if let Some((uid, gid)) = place.owner {
        words = format!("{words} {uid}:{gid}");
    }
    match place.writable {
        Some(true) => format!("{words}, the user may write there"),
        Some(false) => format!("{words}, the user may not write there"),
        None => words,
    }
}

fn variable(variable: &Variable, reveal: bool) -> String {
    let value = if reveal {
        &variable.value
    } else {
        &variable.shown
    };
    let origin = if variable.from_container {
        "  (container)"
    } else {
        ""
    };
    format!("{}={value}{origin}", variable.name)
}

fn limits(service: &crate::domain::target::Service) -> Vec<String> {
    let mut words = Vec::new();
    if !service.restart.is_empty() {
        words.push(format!("restart {}", service.restart));
    }
    if let Some(memory) = service.memory {
        words.push(format!("memory {}", bytes(memory)));
    }
    if let Some(cpu) = service.cpu_millis {
        words.push(format!("cpu {}.{:03}", cpu / 1000, cpu % 1000));
    }
    if let Some(pids) = service.pids {
        words.push(format!("processes {pids}"));
    }
    if service.init {
        words.push("its own init".into());
    }
    if words.is_empty() {
        return Vec::new();
    }
    vec![words.join(", ")]
}

fn last_run(ended: &Ended) -> Vec<String> {
    let mut lines = vec![ended.words.clone()];
    lines.extend(ended.error.clone());
    lines
}

fn found(printer: &Printer, finding: &Finding) -> String {
    let (word, meaning) = match finding.severity {
        Severity::Error => ("error", Meaning::Danger),
        Severity::Warning => ("warning", Meaning::Warning),
        Severity::Note => ("note", Meaning::Muted),
    };
    let mut out = format!(
        "{} {}\n",
        printer.paint(meaning, &format!("{word}:")),
        printer.paint(Meaning::Answer, finding.id)
    );
    out.push_str(&wrapped(&clean(&finding.meaning), "  "));
    for line in &finding.evidence {
        out.push_str(&wrapped(&clean(line), "  | "));
    }
    for line in &finding.advice {
        out.push_str(&wrapped(&clean(line), "  → "));
    }
    // Most advice names it already.
    let is_named = |package: &String| finding.advice.iter().any(|a| a.contains(package));
    if let Some(package) = finding.package.as_ref().filter(|p| !is_named(p)) {
        let line = format!("package: {}", clean(package));
        out.push_str(&wrapped(&line, "  → "));
    }
    out
}

/// How many findings of each severity there are, in a line.
pub(in crate::cli) fn sum(printer: &Printer, severities: &[Severity]) -> String {
    let count = |severity| severities.iter().filter(|s| **s == severity).count();
    let words = |n: usize, word: &str| match n {
        0 => None,
        1 => Some(format!("1 {word}")),
        n => Some(format!("{n} {word}s")),
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let all = [
        words(errors, "error"),
        words(warnings, "warning"),
        words(count(Severity::Note), "note"),
    ];
    let all: Vec<String> = all.into_iter().flatten().collect();
    let (line, meaning) = match (errors, warnings) {
        _ if all.is_empty() => ("nothing wrong was found".to_owned(), Meaning::Good),
        (0, 0) => (all.join(", "), Meaning::Good),
        (0, _) => (all.join(", "), Meaning::Warning),
        _ => (all.join(", "), Meaning::Danger),
    };
    format!("{}\n", printer.paint(meaning, &line))
}

/// As `chmod` takes them.
fn permissions(mode: u32) -> String {
    format!("mode {mode:04o}")
}
