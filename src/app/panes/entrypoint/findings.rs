//! The right side of the entrypoint pane: what is wrong, worst first, with its evidence and what to do.

use super::blocks::{Block, Ink, Line, Piece, wrap};
use crate::domain::entrypoint::{Finding, Report, Severity};
use crate::domain::text::bounded;

/// Lines of evidence that are shown of one finding.
const EVIDENCE: usize = 12;

/// Characters that are shown of one piece of it.
const LONGEST: usize = 512;
/// Findings that are shown: of each rule a target has a few.
const MOST: usize = 200;

/// A block for each finding, wrapped to `columns`; without any, one that says so.
pub fn blocks(report: &Report, columns: usize) -> Vec<Block> {
    if report.findings.is_empty() {
        let words = "Nothing is wrong with what configuration and files can show.";
        return vec![Block {
            lines: wrap(&[(Ink::Good, words.into())], &[], &[], columns),
            path: None,
        }];
    }
    let findings = report.findings.iter().take(MOST);
    findings.map(|finding| block(finding, columns)).collect()
}

/// Sign, word and ink of a severity: readable without colour.
pub fn severity(severity: Severity) -> (&'static str, &'static str, Ink) {
    match severity {
        Severity::Error => ("✗", "error", Ink::Bad),
        Severity::Warning => ("!", "warning", Ink::Waiting),
        Severity::Note => ("i", "note", Ink::Muted),
    }
}

fn block(finding: &Finding, columns: usize) -> Block {
    let (sign, word, ink) = severity(finding.severity);
    let head = vec![
        (ink, format!("{sign} {word}")),
        (Ink::Strong, format!("  {}", finding.id)),
    ];
    let mut lines: Vec<Line> = vec![head];
    let mut say = |lead: &str, ink: Ink, text: &str| {
        let start = |text: String| -> [Piece; 1] { [(ink, text)] };
        let hang = " ".repeat(crate::app::text::width(lead));
        let pieces = [(ink, bounded(text, LONGEST))];
        lines.extend(wrap(&pieces, &start(lead.into()), &start(hang), columns));
    };
    for line in finding.evidence.iter().take(EVIDENCE) {
        say("  · ", Ink::Muted, line);
    }
    if let Some(more) = finding
        .evidence
        .len()
        .checked_sub(EVIDENCE)
        .filter(|n| *n > 0)
    {
        say("  · ", Ink::Muted, &format!("and {more} more"));
    }
    say("  ", Ink::Strong, &finding.meaning);
    for advice in &finding.advice {
        say("  → ", Ink::Accent, advice);
    }
    if let Some(package) = &finding.package {
        say("  package ", Ink::Good, package);
    }
    lines.push(Vec::new());
    Block { lines, path: None }
}

/// What the tab and the heading say: how many of each, the worst first.
pub fn counts(report: &Report) -> [(Severity, usize); 3] {
    [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
        let of = report.findings.iter().filter(|f| f.severity == severity);
        (severity, of.count())
    })
}

/// The counts in words: "2 errors, 1 note".
pub fn count_words(report: &Report) -> String {
    let words: Vec<String> = counts(report)
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(level, count)| {
            let (_, word, _) = severity(level);
            let s = if count == 1 { "" } else { "s" };
            format!("{count} {word}{s}")
        })
        .collect();
    words.join(", ")
}
