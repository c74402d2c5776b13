//! Changes as text: what would be done, what was done, what went wrong.

use std::fmt::Write as _;

use crate::app::panes::packages::words::count;
use crate::app::text::bytes;
use crate::cli::output::{Meaning, Printer};
use crate::cli::table::{Cell, plain, table, wrapped};
use crate::domain::packages::{Changed, Doing, Outcome, Step, Told, Transaction, Trouble, Verb};
use crate::domain::text::{bounded, clean};

/// Steps that are listed; the rest is counted.
const STEPS: usize = 60;
/// Lines of evidence of one trouble.
const EVIDENCE: usize = 8;

/// What a change would do, and what it weighs.
pub(super) fn transaction(printer: &Printer, transaction: &Transaction) -> String {
    let mut out = String::new();
    if transaction.steps.is_empty() {
        if transaction.troubles.is_empty() {
            let already = transaction.change.verb.already();
            let _ = writeln!(out, "nothing to do: {already}");
        }
    } else {
        let along: Vec<&str> = transaction.along().map(|step| step.name.as_str()).collect();
        let rows = transaction.steps.iter().take(STEPS).map(|step| {
            let why = match step.doing {
                _ if !along.contains(&step.name.as_str()) => "",
                Doing::Remove => "goes with it",
                Doing::Configure => "waits for it",
                Doing::Install | Doing::Upgrade | Doing::Downgrade | Doing::Reinstall => {
                    "comes along"
                }
            };
            let why = (Meaning::Muted, why.to_owned());
            let [will, ..] = step.doing.words();
            let [doing, name, version] = step_cells(step, will);
            [doing, name, version, why]
        });
        let rows: Vec<_> = rows.collect();
        out.push_str(&table(printer, ["WILL", "PACKAGE", "VERSION", ""], &rows));
        out.push_str(&more(transaction.steps.len()));
        let _ = writeln!(out, "{}", weight(transaction));
    }
    out.push_str(&troubles(printer, &transaction.troubles));
    out
}

/// A change that is only looked at: what it would do, and how to make it.
pub(super) fn dry_run(printer: &Printer, told: &Transaction) -> String {
    let mut out = transaction(printer, told);
    if !told.steps.is_empty() && !told.is_hindered() {
        out.push_str(&by_hand(&told.line, &told.dockerfile));
    }
    out
}

/// The lines that make a change without devtwin.
fn by_hand(line: &str, dockerfile: &str) -> String {
    let lines = std::iter::once(line).chain(dockerfile.lines());
    let lines = lines.map(|line| format!("  {}\n", clean(line)));
    let head = "\nthe same by hand, and in a Dockerfile:\n".to_owned();
    std::iter::once(head).chain(lines).collect()
}

/// How many packages, and what they weigh: `2 packages, 1.2 MB to download, 3.4 MB more on disk`.
fn weight(transaction: &Transaction) -> String {
    let mut parts = vec![count(transaction.steps.len())];
    match transaction.download {
        Some(0) if transaction.change.verb == Verb::Remove => {}
        Some(0) => parts.push("nothing to download".into()),
        Some(size) => parts.push(format!("{} to download", bytes(size))),
        None => {}
    }
    if let Some(disk) = transaction.disk {
        let way = if disk < 0 { "less" } else { "more" };
        parts.push(format!("{} {way} on disk", bytes(disk.unsigned_abs())));
    }
    parts.join(", ")
}

fn more(steps: usize) -> String {
    match steps.saturating_sub(STEPS) {
        0 => String::new(),
        n => format!("… and {n} more\n"),
    }
}

/// What became of a change, and how to make it again; `place` says where.
pub(super) fn changed(printer: &Printer, changed: &Changed, place: &str) -> String {
    let (meaning, first) = outcome(changed);
    let mut out = format!("{} {}\n", printer.paint(meaning, first), clean(place));
    if !changed.steps.is_empty() {
        let steps = changed.steps.iter().take(STEPS);
        let rows: Vec<_> = steps
            .map(|step| {
                let [.., done] = step.doing.words();
                step_cells(step, done)
            })
            .collect();
        out.push_str(&table(printer, ["DONE", "PACKAGE", "VERSION"], &rows));
        out.push_str(&more(changed.steps.len()));
    }
    if !changed.missed.is_empty() && changed.outcome != Outcome::Nothing {
        let missed: Vec<String> = changed
            .missed
            .iter()
            .map(|name| bounded(name, 80))
            .collect();
        let _ = writeln!(out, "not done: {}", missed.join(", "));
    }
    out.push_str(&troubles(printer, &changed.troubles));
    if !changed.line.is_empty() {
        out.push_str(&by_hand(&changed.line, &changed.dockerfile));
    }
    out
}

fn outcome(changed: &Changed) -> (Meaning, &'static str) {
    match (changed.outcome, changed.change.verb) {
        (Outcome::Done, Verb::Install) => (Meaning::Good, "installed in"),
        (Outcome::Done, Verb::Remove) => (Meaning::Good, "removed from"),
        (Outcome::Done, Verb::Upgrade) => (Meaning::Good, "upgraded in"),
        (Outcome::Nothing, Verb::Install) => (Meaning::Good, "nothing to do: already installed in"),
        (Outcome::Nothing, Verb::Remove) => (Meaning::Good, "nothing to do: not installed in"),
        (Outcome::Nothing, Verb::Upgrade) => (Meaning::Good, "nothing to do: up to date in"),
        (Outcome::Partly, _) => (Meaning::Danger, "done in part in"),
        (Outcome::Failed, _) if changed.steps.is_empty() => {
            (Meaning::Danger, "nothing was done in")
        }
        (Outcome::Failed, _) => (Meaning::Danger, "failed, though this is different now in"),
        (Outcome::Cancelled, _) if changed.steps.is_empty() => {
            (Meaning::Warning, "cancelled; nothing was done in")
        }
        (Outcome::Cancelled, _) => (Meaning::Warning, "cancelled; this was done by then in"),
    }
}

fn step_cells(step: &Step, word: &str) -> [Cell; 3] {
    let version = match &step.old {
        Some(old) => format!("{} → {}", bounded(old, 40), bounded(&step.version, 40)),
        None => bounded(&step.version, 40),
    };
    [plain(word), plain(bounded(&step.name, 60)), plain(version)]
}

/// A line of progress; none for what only a gauge could show.
pub(super) fn told(told: &Told) -> Option<String> {
    Some(match told {
        Told::Step(step) => {
            let [_, word, _] = step.doing.words();
            let name = bounded(&step.name, 60);
            let version = bounded(&step.version, 40);
            let line = format!("{word} {name} {version}");
            match (step.at, step.of) {
                (0, _) | (_, 0) => line.trim_end().to_owned(),
                (at, of) => format!("({at}/{of}) {}", line.trim_end()),
            }
        }
        Told::Fetching(what) => format!("fetching {}", bounded(what, 120)),
        Told::Waiting => "waiting for another package manager to end".into(),
        Told::Script(what) => format!("running the script of {}", bounded(what, 80)),
        Told::Part { .. } => return None,
    })
}

/// What went wrong, each with its evidence and what to do.
fn troubles(printer: &Printer, troubles: &[Trouble]) -> String {
    let word = printer.paint(Meaning::Danger, "trouble:");
    troubles
        .iter()
        .map(|trouble| explained(&word, trouble))
        .collect()
}

fn explained(word: &str, trouble: &Trouble) -> String {
    let mut out = format!("{word} {}\n", clean(&trouble.meaning));
    for line in trouble.evidence.iter().take(EVIDENCE) {
        out.push_str(&wrapped(&bounded(line, 500), "  | "));
    }
    for line in &trouble.advice {
        out.push_str(&wrapped(&clean(line), "  → "));
    }
    out
}

/// Troubles beside an answer, on stderr.
pub(in crate::cli) fn explain(printer: &Printer, troubles: &[Trouble]) {
    for trouble in troubles {
        for line in explained("trouble:", trouble).lines() {
            printer.note(line);
        }
    }
}
