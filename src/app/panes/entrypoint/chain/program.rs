//! The program: each file on the way to what the kernel runs, and the libraries.

use super::{Branch, MOST, bad, mode, muted, owner, rest, strong};
use crate::app::panes::entrypoint::blocks::Ink;
use crate::app::text::bytes;
use crate::domain::entrypoint::{Link, Program, ProgramKind, Report, Step};

/// Steps that are shown one below the other: the kernel itself follows fewer.
const DEEPEST: usize = 12;

pub(super) fn rows(report: &Report) -> Vec<Branch> {
    let Some(program) = &report.program else {
        return Vec::new();
    };
    let hints = program.hints.join(", ");
    let head = Branch::named("program", [strong(&program.name), muted(&gap(&hints))]);
    let mut rows = vec![head.under(chain(&program.steps, 0))];
    if !program.libraries.is_empty() {
        rows.push(libraries(program));
    }
    rows
}

fn gap(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("  {text}")
    }
}

/// The first step with all others below it.
fn chain(steps: &[Step], depth: usize) -> Option<Branch> {
    let (step, rest) = steps.split_first().filter(|_| depth < DEEPEST)?;
    Some(row(step).under(chain(rest, depth + 1)))
}

fn row(step: &Step) -> Branch {
    let path = step.path.as_deref();
    let mut pieces = vec![strong(&step.wanted)];
    if let Some(path) = path.filter(|path| *path != step.wanted) {
        pieces.extend([muted(" → "), strong(path)]);
    }
    let (ink, kind) = kind(&step.kind);
    pieces.push((
        ink,
        format!("  {}", crate::domain::text::bounded(&kind, super::LONGEST)),
    ));
    let mut more = Vec::new();
    more.extend(step.mode.map(mode));
    more.extend(step.owner.map(owner));
    more.extend(step.size.map(bytes));
    if !more.is_empty() {
        pieces.push(muted(&format!(" · {}", more.join(" · "))));
    }
    if !step.arguments.is_empty() {
        pieces.push(muted(&format!(
            " · with {}",
            crate::domain::run::argv_text(&step.arguments)
        )));
    }
    if path.is_none() && !step.sought.is_empty() {
        pieces.push(muted(&format!(" · sought in {}", step.sought.join(", "))));
    }
    Branch::new(pieces).at(path)
}

fn kind(kind: &ProgramKind) -> (Ink, String) {
    match kind {
        ProgramKind::Missing => (Ink::Bad, "✗ not found".into()),
        ProgramKind::Loader => (Ink::Muted, "loader".into()),
        ProgramKind::Directory => (Ink::Bad, "✗ a directory".into()),
        ProgramKind::Special => (Ink::Bad, "✗ a device, pipe or socket".into()),
        ProgramKind::Static { architecture } => (Ink::Muted, format!("static ELF, {architecture}")),
        ProgramKind::Dynamic { architecture, .. } => {
            (Ink::Muted, format!("dynamic ELF, {architecture}"))
        }
        ProgramKind::Script { shebang } => (Ink::Muted, format!("script, #!{shebang}")),
        ProgramKind::Unknown { begins } => (
            Ink::Bad,
            format!("✗ nothing that the kernel runs: {begins}"),
        ),
        ProgramKind::Unreadable { why } => (Ink::Waiting, format!("could not be read: {why}")),
    }
}

fn libraries(program: &Program) -> Branch {
    let missing = program
        .libraries
        .iter()
        .filter(|l| l.path.is_none())
        .count();
    let mut count = vec![strong(&program.libraries.len().to_string())];
    if missing > 0 {
        count.push(bad(&format!("  {missing} not found")));
    }
    // The missing ones first: of many libraries only so many are shown.
    let (lost, found): (Vec<&Link>, Vec<&Link>) = program
        .libraries
        .iter()
        .partition(|link| link.path.is_none());
    let rows = lost.into_iter().chain(found).take(MOST).map(library);
    Branch::named("libraries", count)
        .under(rows)
        .under(rest(program.libraries.len()))
}

fn library(link: &Link) -> Branch {
    let needed = format!(" · needed by {}", link.needed_by);
    let Some(path) = &link.path else {
        return Branch::new(vec![
            bad(&format!("✗ {} not found", link.name)),
            muted(&needed),
        ]);
    };
    let by = link
        .by
        .as_deref()
        .map(|by| format!(" · by {by}"))
        .unwrap_or_default();
    Branch::new(vec![
        strong(&link.name),
        muted(" → "),
        strong(path),
        muted(&by),
    ])
    .at(Some(path))
}
