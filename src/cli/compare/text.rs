//! The report as text, in two parts: what is known before the files are read, and the rest.

use std::fmt::Write as _;

use crate::app::text::{bytes, cut, width};
use crate::cli::output::{Meaning, Printer, columns};
use crate::cli::table::{fields, wrapped};
use crate::domain::compare::content::LineKind;
use crate::domain::compare::packages::{Newer, Source, Version};
use crate::domain::compare::sizes::LayerSize;
use crate::domain::compare::{
    Change, Comparison, Content, PackageRow, Packages, Program, Setting, Sizes, Verified,
    VerifyOutcome, Which,
};
use crate::domain::log::Moment;
use crate::domain::text::{bounded, clean};
use crate::ops::compare::Asked;

use super::files;

/// Columns of a line where stdout is no terminal.
const WIDTH: usize = 80;
/// Characters of a value that are shown.
const VALUE: usize = 300;
/// Packages that are listed by size.
const LARGEST: usize = 15;

/// What is known before the files are read; packages one by one with `listed`.
pub(super) fn facts(printer: &Printer, report: &Comparison, asked: &Asked, listed: bool) -> String {
    let mut text = heads(printer, report);
    if let Some(packages) = report.packages.as_ref().filter(|_| listed) {
        text.push_str(&packages_of(printer, report, packages));
    }
    if asked.config {
        text.push_str(&config(printer, report));
    }
    if let Some(sizes) = &report.sizes {
        text.push_str(&layers(printer, report, sizes));
    }
    if let (true, Some(packages)) = (asked.sizes, &report.packages) {
        text.push_str(&largest(printer, report, packages));
    }
    for which in &report.which {
        text.push_str(&command(printer, report, which));
    }
    text
}

/// What came after that.
pub(super) fn rest(printer: &Printer, report: &Comparison) -> String {
    let mut text = String::new();
    if let Some(files) = &report.files {
        text.push_str(&files::files(printer, report, files));
    }
    if let Some(programs) = &report.programs {
        text.push_str(&files::programs(printer, report, programs));
    }
    if let Some(content) = &report.content {
        text.push_str(&diff(printer, report, content));
    }
    if let Some(verified) = &report.verified {
        text.push_str(&signatures(printer, verified));
    }
    for note in &report.notes {
        text.push_str(&wrapped(&format!("note: {}", clean(note)), ""));
    }
    text
}

/// Both sides.
fn heads(printer: &Printer, report: &Comparison) -> String {
    let mut rows = Vec::new();
    for side in [&report.left, &report.right] {
        let mut name = clean(&side.name).into_owned();
        if side.container.is_some() {
            let _ = write!(name, " ({})", clean(&side.image));
        }
        rows.push((side.role.word(), name));
        let mut words = Vec::new();
        if !side.platform.is_empty() {
            words.push(clean(&side.platform).into_owned());
        }
        if let Some(built) = side.built {
            let built = Moment::of_seconds(built).to_string();
            words.push(format!("built {}", built.get(..10).unwrap_or(&built)));
        }
        if !words.is_empty() {
            rows.push((side.role.word(), words.join(", ")));
        }
    }
    fields(printer, &rows)
}

/// A heading, with a sentence behind it.
pub(super) fn heading(printer: &Printer, name: &str, words: &str) -> String {
    format!("\n{}  {words}\n", printer.paint(Meaning::Answer, name))
}

/// A line of a list: its sign in the colour of the change, the rest cut to the columns that there are.
pub(super) fn line(printer: &Printer, change: Change, text: &str) -> String {
    let sign = change.sign().to_string();
    let sign = match change {
        Change::OnlyLeft => printer.paint(Meaning::Danger, &sign),
        Change::OnlyRight => printer.paint(Meaning::Good, &sign),
        Change::Changed => printer.paint(Meaning::Warning, &sign),
        Change::Same => sign,
    };
    let room = columns().unwrap_or(WIDTH).max(40) - 4;
    format!("  {sign} {}\n", cut(&clean(text), room).trim_end())
}

/// How many: `1 package`, `2 packages`.
pub(super) fn many(count: u64, one: &str) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match (count, one) {
        (1, _) => format!("1 {one}"),
        (_, "directory") => format!("{grouped} directories"),
        _ => format!("{grouped} {one}s"),
    }
}

fn packages_of(printer: &Printer, report: &Comparison, packages: &Packages) -> String {
    let (left, right) = (report.left.role.word(), report.right.role.word());
    let count = |change: Change| packages.count(change);
    let words = format!(
        "{} in {left}, {} in {right}: {} only in {left}, {} only in {right}, {} differ",
        packages.left.count,
        packages.right.count,
        count(Change::OnlyLeft),
        count(Change::OnlyRight),
        count(Change::Changed)
    );
    let mut text = heading(printer, "Packages", &words);
    for (source, word) in [(&packages.left, left), (&packages.right, right)] {
        text.push_str(&source_of(source, word));
    }
    let rows = packages
        .rows
        .iter()
        .filter(|row| row.change != Change::Same);
    let rows: Vec<(&PackageRow, String)> = rows.map(|row| (row, name_of(row))).collect();
    let wide = rows
        .iter()
        .map(|(_, name)| width(name))
        .max()
        .unwrap_or(0)
        .min(32);
    for (row, name) in rows {
        let name = format!("{name}{}", " ".repeat(wide.saturating_sub(width(&name))));
        text.push_str(&line(
            printer,
            row.change,
            &format!("{name}  {}", versions(row)),
        ));
    }
    text
}

fn source_of(source: &Source, word: &str) -> String {
    let trouble = source
        .trouble
        .as_deref()
        .map(|why| format!("{word}: {}", clean(why)));
    trouble.map_or_else(String::new, |trouble| wrapped(&trouble, "  "))
}

fn name_of(row: &PackageRow) -> String {
    match (&row.left, &row.right) {
        (Some(left), Some(right)) if left.name != right.name => {
            clean(&format!("{} → {}", left.name, right.name)).into_owned()
        }
        _ => clean(&row.name).into_owned(),
    }
}

fn versions(row: &PackageRow) -> String {
    let size = |version: &Version| match version.size {
        0 => String::new(),
        size => format!("  {}", bytes(size)),
    };
    match (&row.left, &row.right) {
        (Some(left), Some(right)) => {
            let word = match row.newer {
                Some(Newer::Left) => "  (older)",
                None if left.version == right.version => "  (renamed)",
                Some(Newer::Right) | None => "",
            };
            format!("{} → {}{word}", left.version, right.version)
        }
        (Some(one), None) | (None, Some(one)) => format!("{}{}", one.version, size(one)),
        (None, None) => String::new(),
    }
}

fn config(printer: &Printer, report: &Comparison) -> String {
    let differ: Vec<&Setting> = report
        .config
        .iter()
        .filter(|s| s.change != Change::Same)
        .collect();
    let words = match differ.len() {
        0 => format!("the same: {}", many(report.config.len() as u64, "setting")),
        count => format!(
            "{count} of {} differ",
            many(report.config.len() as u64, "setting")
        ),
    };
    let mut text = heading(printer, "Configuration", &words);
    let wide = differ
        .iter()
        .map(|s| width(&s.what))
        .max()
        .unwrap_or(0)
        .min(28);
    for setting in differ {
        let side = |value: &Option<String>| {
            value
                .as_ref()
                .map_or("none".into(), |value| bounded(value, VALUE))
        };
        let (left, right) = (side(&setting.left), side(&setting.right));
        let what = clean(&setting.what);
        let pad = " ".repeat(wide.saturating_sub(width(&what)));
        let values = match setting.change {
            Change::OnlyLeft => left,
            Change::OnlyRight => right,
            Change::Changed if left == right => format!("{left} → another {right}"),
            Change::Changed | Change::Same => format!("{left} → {right}"),
        };
        text.push_str(&line(
            printer,
            setting.change,
            &format!("{what}{pad}  {values}"),
        ));
    }
    text
}

fn layers(printer: &Printer, report: &Comparison, sizes: &Sizes) -> String {
    let sum = |layers: &[LayerSize]| bytes(layers.iter().map(|layer| layer.size).sum());
    let words = format!(
        "{} in {}, {} in {}; the first {} are the same",
        sum(&sizes.left),
        report.left.role.word(),
        sum(&sizes.right),
        report.right.role.word(),
        sizes.shared
    );
    let words = if sizes.shared == 0 {
        words.replace("the first 0 are the same", "none is the same")
    } else {
        words
    };
    let mut text = heading(printer, "Layers", &words);
    for (layers, side) in [(&sizes.left, &report.left), (&sizes.right, &report.right)] {
        for layer in layers {
            let made = format!(
                "{:<6} {:>9}  {}",
                side.role.word(),
                bytes(layer.size),
                layer.made_by
            );
            text.push_str(&line(printer, Change::Same, &made));
        }
    }
    text
}

/// The packages that take the most room, or most more than in the other one.
fn largest(printer: &Printer, report: &Comparison, packages: &Packages) -> String {
    let (left, right) = (report.left.role.word(), report.right.role.word());
    let words = format!(
        "{} in {left}, {} in {right}; largest differences first",
        bytes(packages.left.size),
        bytes(packages.right.size)
    );
    let mut text = heading(printer, "Sizes of packages", &words);
    let size = |side: &Option<Version>| side.as_ref().map_or(0, |version| version.size);
    let mut rows: Vec<&PackageRow> = packages.rows.iter().collect();
    rows.sort_by_key(|row| {
        let most = size(&row.left).max(size(&row.right));
        (
            std::cmp::Reverse(row.growth().unsigned_abs()),
            std::cmp::Reverse(most),
        )
    });
    for row in rows.iter().take(LARGEST) {
        let figures = format!(
            "{:>9} → {:>9}",
            bytes(size(&row.left)),
            bytes(size(&row.right))
        );
        text.push_str(&line(
            printer,
            row.change,
            &format!("{figures}  {}", name_of(row)),
        ));
    }
    text
}

fn command(printer: &Printer, report: &Comparison, which: &Which) -> String {
    let mut text = heading(printer, &clean(&which.name), "");
    for (found, side) in [(&which.left, &report.left), (&which.right, &report.right)] {
        let words = found.as_ref().map_or_else(
            || printer.paint(Meaning::Warning, "not found"),
            |program| clean(&place(program)).into_owned(),
        );
        let _ = writeln!(text, "  {:<6} {words}", side.role.word());
    }
    text.replace("  \n", "\n")
}

/// Where a program is, and who brought it.
pub(super) fn place(program: &Program) -> String {
    let mut words = program.path.clone();
    if program.leads_to != program.path {
        let _ = write!(words, " → {}", program.leads_to);
    }
    if let Some(package) = &program.package {
        let _ = write!(words, "  ({package})");
    }
    words
}

/// A unified diff, as `diff -u` and `patch` know it.
fn diff(printer: &Printer, report: &Comparison, content: &Content) -> String {
    let path = clean(&content.path);
    if content.same {
        return format!("\n{path}: the same in both\n");
    }
    if let Some(why) = &content.why {
        return format!("\n{path}: {}\n", clean(why));
    }
    let mut text = format!(
        "\n--- {}{path}\n+++ {}{path}\n",
        report.left.role.word(),
        report.right.role.word()
    );
    for line in &content.lines {
        let meaning = match line.kind {
            LineKind::Place => Meaning::Muted,
            LineKind::Left => Meaning::Danger,
            LineKind::Right => Meaning::Good,
            LineKind::Same => Meaning::Answer,
        };
        let shown: String = line
            .text
            .chars()
            .map(|c| {
                if c == '\t' {
                    c
                } else {
                    clean(&c.to_string()).chars().next().unwrap_or(c)
                }
            })
            .collect();
        let shown = format!("{}{shown}", line.kind.sign());
        text.push_str(&match meaning {
            Meaning::Answer => shown,
            meaning => printer.paint(meaning, &shown),
        });
        text.push('\n');
    }
    if content.more > 0 {
        let _ = writeln!(text, "and {} more", many(content.more as u64, "line"));
    }
    text
}

fn signatures(printer: &Printer, verified: &[Verified]) -> String {
    let mut text = heading(printer, "Signatures", "");
    for check in verified {
        let (meaning, word) = match check.outcome {
            VerifyOutcome::Good => (Meaning::Good, "good"),
            VerifyOutcome::Bad => (Meaning::Danger, "BAD"),
            VerifyOutcome::NotRun => (Meaning::Muted, "not checked"),
        };
        let word = printer.paint(meaning, word);
        let _ = writeln!(text, "  {} of {}: {word}", check.what, clean(&check.image));
        if !check.words.is_empty() {
            text.push_str(&wrapped(&clean(&check.words), "    "));
        }
        if !check.command.is_empty() {
            let _ = writeln!(text, "    {}", clean(&check.command));
        }
    }
    text.replace("  \n", "\n")
}
