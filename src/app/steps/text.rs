//! What the screen of a Dockerfile says, as lines with their ink.

use super::Steps;
use crate::app::panes::entrypoint::blocks::Ink;
use crate::app::text::{clean, wrap};
use crate::domain::dockerfile::lint::Finding;
use crate::domain::dockerfile::report::{EdgeRow, StageRow, StepRow};
use crate::domain::entrypoint::Severity;

type Line = (Ink, String);

/// The sign in front of a step: what runs or failed, else the worst that was found there.
pub fn mark(steps: &Steps, row: &StepRow) -> (Ink, &'static str) {
    if let Some(building) = steps.building()
        && building.number == Some(row.number)
    {
        return (Ink::Accent, "◌");
    }
    if let Some(ended) = &steps.ended
        && ended.number == Some(row.number)
    {
        return (Ink::Bad, "✗");
    }
    match worst(steps, row) {
        Some(severity) => sign(severity),
        None => (Ink::Muted, " "),
    }
}

fn sign(severity: Severity) -> (Ink, &'static str) {
    match severity {
        Severity::Error => (Ink::Bad, "✗"),
        Severity::Warning => (Ink::Waiting, "!"),
        Severity::Note => (Ink::Muted, "i"),
    }
}

fn of_row<'a>(steps: &'a Steps, row: &'a StepRow) -> impl Iterator<Item = &'a Finding> {
    let here = |finding: &&Finding| (row.line..=row.last_line).contains(&finding.line);
    steps.report.findings.iter().filter(here)
}

fn worst(steps: &Steps, row: &StepRow) -> Option<Severity> {
    of_row(steps, row).map(|finding| finding.severity).max()
}

/// What stands at the right of a step: the role of a stage, where a copy comes from, the worst finding.
pub fn right(steps: &Steps, stage: usize, row: &StepRow) -> (Ink, String) {
    if row.keyword == "FROM"
        && let Some(stage) = steps.report.stages.get(stage)
    {
        let needed = if stage.needed { "" } else { ", not needed" };
        return (Ink::Accent, format!("{}{needed}", stage.role.word()));
    }
    let finding = of_row(steps, row).max_by_key(|finding| finding.severity);
    if let Some(finding) = finding {
        let (ink, _) = sign(finding.severity);
        return (ink, finding.id.to_owned());
    }
    match steps.report.edges.iter().find(|edge| edge.line == row.line) {
        Some(edge) => (Ink::Name, format!("← {}", clean(&edge.from))),
        None => (Ink::Muted, String::new()),
    }
}

/// What is said of the chosen step, in lines of at most `columns` columns.
pub fn details(steps: &Steps, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(ended) = &steps.ended {
        let (ink, sign) = if ended.well {
            (Ink::Good, '✓')
        } else {
            (Ink::Bad, '✗')
        };
        say(&mut lines, columns, ink, &format!("{sign} {}", ended.words));
        if !ended.hint.is_empty() {
            say(
                &mut lines,
                columns,
                Ink::Muted,
                &format!("  → {}", ended.hint),
            );
        }
    }
    let whole = steps.report.findings.iter().filter(|f| f.stage.is_none());
    let whole: Vec<_> = whole.collect();
    let Some((stage, row)) = steps.rows().nth(steps.chosen) else {
        for finding in whole {
            found(&mut lines, columns, finding);
        }
        return lines;
    };
    let span = if row.line == row.last_line {
        format!("step {}, line {}", row.number, row.line)
    } else {
        format!("step {}, lines {}–{}", row.number, row.line, row.last_line)
    };
    say(&mut lines, columns, Ink::Muted, &span);
    say(&mut lines, columns, Ink::Strong, &row.text);
    if row.keyword == "FROM"
        && let Some(stage) = steps.report.stages.get(stage)
    {
        for line in around(stage, &steps.report.edges) {
            say(&mut lines, columns, Ink::Name, &line);
        }
    }
    for finding in of_row(steps, row) {
        found(&mut lines, columns, finding);
    }
    let elsewhere = whole.into_iter().filter(|finding| {
        !(row.line..=row.last_line).contains(&finding.line) && finding.severity == Severity::Error
    });
    for finding in elsewhere {
        found(&mut lines, columns, finding);
    }
    lines
}

/// What a stage takes, and who takes from it.
fn around(stage: &StageRow, edges: &[EdgeRow]) -> Vec<String> {
    let label = stage.label();
    let takes = edges.iter().filter(|edge| edge.to == label);
    let takes = takes.map(|edge| {
        format!(
            "takes {} ({}, line {})",
            edge.from,
            edge.how.word(),
            edge.line
        )
    });
    let given = edges
        .iter()
        .filter(|edge| !edge.image && edge.from == label);
    let given = given.map(|edge| {
        format!(
            "gives to {} ({}, line {})",
            edge.to,
            edge.how.word(),
            edge.line
        )
    });
    takes.chain(given).collect()
}

fn found(lines: &mut Vec<Line>, columns: usize, finding: &Finding) {
    let (ink, sign) = sign(finding.severity);
    say(lines, columns, ink, &format!("{sign} {}", finding.id));
    say(
        lines,
        columns,
        Ink::Strong,
        &format!("  {}", finding.meaning),
    );
    // The first line of a step's finding is the step.
    let known = usize::from(finding.stage.is_some());
    for line in finding.evidence.iter().skip(known) {
        say(lines, columns, Ink::Muted, &format!("  · {line}"));
    }
    for line in &finding.advice {
        say(lines, columns, Ink::Accent, &format!("  → {line}"));
    }
}

/// The last lines of a build, and what it does now.
pub fn output(steps: &Steps, columns: usize, rows: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    // More than fit are never needed: each takes a row at least.
    let skip = steps.printed.len().saturating_sub(rows);
    for (stderr, text) in steps.printed.iter().skip(skip) {
        let ink = match text.chars().next() {
            Some('▸') => Ink::Accent,
            _ if *stderr => Ink::Waiting,
            _ => Ink::Muted,
        };
        lines.extend(wrap(text, columns).into_iter().map(|line| (ink, line)));
    }
    match (steps.building(), &steps.ended) {
        (Some(building), _) => {
            let words = match &building.step {
                Some(step) => match building.number {
                    Some(number) => format!("◌ step {number} of {} …", last_number(steps)),
                    None => format!("◌ step {} of {} …", step.number, step.total),
                },
                None => format!("◌ {} …", building.words),
            };
            say(&mut lines, columns, Ink::Strong, &words);
        }
        (None, Some(ended)) => {
            let (ink, sign) = if ended.well {
                (Ink::Good, '✓')
            } else {
                (Ink::Bad, '✗')
            };
            say(&mut lines, columns, ink, &format!("{sign} {}", ended.words));
        }
        (None, None) if lines.is_empty() => {
            say(&mut lines, columns, Ink::Muted, "nothing was built yet");
        }
        (None, None) => {}
    }
    let skip = lines.len().saturating_sub(rows);
    lines.drain(..skip);
    lines
}

/// The number of the last instruction.
fn last_number(steps: &Steps) -> usize {
    steps.rows().last().map_or(0, |(_, row)| row.number)
}

fn say(lines: &mut Vec<Line>, columns: usize, ink: Ink, text: &str) {
    let text = clean(text);
    lines.extend(wrap(&text, columns).into_iter().map(|line| (ink, line)));
}
