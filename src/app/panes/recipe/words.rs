//! The words of the recipe pane: a line for each step and file, and what is said below the Dockerfile.

use super::super::entrypoint::blocks::{Ink, Line};
use super::{Recipe, Verifying};
use crate::app::text::{bytes, clean, cut, cut_start, pad, width, wrap};
use crate::domain::entrypoint::Severity;
use crate::domain::recipe::artifact::{Artifact, Kind};
use crate::domain::recipe::verify::Verdict;
use crate::domain::recorder::{Mark, secrets};

/// A step in a line of so many columns; none when there is no such step.
pub fn step(pane: &Recipe, at: usize, columns: usize) -> Option<Line> {
    let step = pane.record().steps().get(at)?;
    let check = pane.written().steps.get(at).is_some_and(|row| row.check);
    let (sign, ink) = match step.mark {
        _ if check && step.mark != Mark::No => ("▷", Ink::Good),
        Mark::Build => ("●", Ink::Good),
        Mark::Runtime => ("◆", Ink::Good),
        Mark::No => ("·", Ink::Muted),
    };
    let (text, _) = secrets::without(&step.text());
    let end = match step.status {
        Some(0) | None => String::new(),
        Some(status) => format!(" ✗ {status}"),
    };
    let room = columns.saturating_sub(2 + width(&end));
    let text = clean(&text.replace('\n', " ⏎ "));
    let ink_of_text = if step.mark == Mark::No {
        Ink::Muted
    } else {
        Ink::Strong
    };
    Some(vec![
        (ink, format!("{sign} ")),
        (ink_of_text, pad(&cut(&text, room), room)),
        (Ink::Bad, end),
    ])
}

/// A file in a line of so many columns.
pub fn file(pane: &Recipe, artifact: &Artifact, columns: usize) -> Line {
    let picked = pane.is_picked(&artifact.path);
    let (sign, ink) = if picked {
        ("● ", Ink::Good)
    } else {
        ("· ", Ink::Muted)
    };
    let end = match (artifact.kind, artifact.size) {
        (Kind::Folder, _) if artifact.files == 1 => " 1 file".into(),
        (Kind::Folder, _) => format!(" {} files", artifact.files),
        (Kind::File, Some(size)) => format!(" {}", bytes(size)),
        (Kind::File, None) => String::new(),
    };
    let room = columns.saturating_sub(2 + width(&end));
    // The end of a path tells more than its beginning.
    let name = cut_start(&clean(&artifact.path), room);
    let ink_of_name = match (picked, artifact.executable) {
        (true, _) => Ink::Strong,
        (false, true) => Ink::Name,
        (false, false) => Ink::Muted,
    };
    vec![
        (ink, sign.into()),
        (ink_of_name, pad(&name, room)),
        (Ink::Muted, end),
    ]
}

/// What is said below the Dockerfile: a verification, else notes.
pub fn below(pane: &Recipe, columns: usize) -> Vec<Line> {
    if let Some(verifying) = pane.verifying() {
        return verified(verifying, columns);
    }
    let mut lines = Vec::new();
    if let Some(found) = pane.found() {
        let notes = pane.written().notes.iter().chain(&found.notes);
        for note in notes {
            push(&mut lines, Ink::Waiting, "! ", &clean(note), columns);
        }
        for finding in pane.findings() {
            let (sign, ink) = match finding.severity {
                Severity::Error => ("✗ ", Ink::Bad),
                Severity::Warning => ("! ", Ink::Waiting),
                Severity::Note => ("· ", Ink::Muted),
            };
            let text = format!("line {}: {}", finding.line, finding.meaning);
            push(&mut lines, ink, sign, &clean(&text), columns);
        }
        if found.more > 0 {
            let text = format!("{} more files are not listed", found.more);
            push(&mut lines, Ink::Muted, "· ", &text, columns);
        }
    }
    lines
}

fn verified(verifying: &Verifying, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    match &verifying.result {
        None => {
            let step = verifying.step.as_ref();
            let step = step.map_or_else(String::new, |s| {
                format!(", step {} of {}", s.number, s.total)
            });
            push(
                &mut lines,
                Ink::Waiting,
                "◌ ",
                &format!("{}{step} …", verifying.doing),
                columns,
            );
            let from = verifying.lines.len().saturating_sub(4);
            for line in verifying.lines.iter().skip(from) {
                lines.push(vec![(Ink::Muted, cut(&clean(line), columns))]);
            }
        }
        Some(Err(error)) => {
            push(&mut lines, Ink::Bad, "✗ ", &clean(&error.message), columns);
            if let Some(hint) = &error.hint {
                push(&mut lines, Ink::Muted, "  ", &clean(hint), columns);
            }
        }
        Some(Ok(report)) => {
            for point in &report.points {
                let (sign, ink) = match point.verdict {
                    Verdict::Good => ("✓ ", Ink::Good),
                    Verdict::Bad => ("✗ ", Ink::Bad),
                    Verdict::Note => ("! ", Ink::Waiting),
                };
                push(&mut lines, ink, sign, &clean(&point.text), columns);
                if point.verdict != Verdict::Good {
                    for line in &point.evidence {
                        push(&mut lines, Ink::Muted, "    ", &clean(line), columns);
                    }
                }
            }
            if let Some(name) = &report.kept {
                push(
                    &mut lines,
                    Ink::Good,
                    "✓ ",
                    &format!("kept as {}", clean(name)),
                    columns,
                );
            }
        }
    }
    lines
}

fn push(lines: &mut Vec<Line>, ink: Ink, sign: &str, text: &str, columns: usize) {
    let room = columns.saturating_sub(width(sign));
    for (n, line) in wrap(text, room).into_iter().enumerate() {
        let lead = if n == 0 {
            sign.to_owned()
        } else {
            " ".repeat(width(sign))
        };
        lines.push(vec![(ink, lead), (Ink::Strong, line)]);
    }
}
