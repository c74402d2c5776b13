//! What a manager's lines say went wrong: tables of signs, and the words for them.

use super::{Printed, Trouble, TroubleId};
use crate::domain::text::bounded;

/// Lines that are kept as evidence of one trouble.
const EVIDENCE: usize = 6;
/// Troubles of one run; more would be read by nobody.
const TROUBLES: usize = 20;
/// Characters of a line that are kept.
const LINE: usize = 300;
/// Characters that are taken out of a line into a sentence.
const NAMED: usize = 120;

/// How one trouble is recognised in a line, and what is said of it.
pub(super) struct Rule {
    /// What sort it is.
    pub(super) id: TroubleId,
    /// What the line has in it. `{}` stands for any text of at least a character: up to what follows in the
    /// sign, or to the end of the line.
    pub(super) sign: &'static str,
    /// What is wrong, `{}` being what stood there in the line, in the same order; those of the sign that find
    /// no place are left out. Empty for a line that only backs a trouble of this sort that is known already.
    pub(super) meaning: &'static str,
    /// What to do, best first.
    pub(super) advice: &'static [&'static str],
}

/// A line of a table.
pub(super) const fn rule(
    id: TroubleId,
    sign: &'static str,
    meaning: &'static str,
    advice: &'static [&'static str],
) -> Rule {
    Rule {
        id,
        sign,
        meaning,
        advice,
    }
}

// What to do about troubles that managers share.
pub(super) const ROOT: &[&str] = &["run it as root: in the twin devtwin does"];
pub(super) const READ_ONLY: &[&str] = &[
    "start a twin without a read-only root: devtwin never makes one",
    "or put the tool in the dev image",
];
pub(super) const WAIT: &[&str] = &["wait until the other one has ended, and try again"];
pub(super) const STALE: &[&str] = &["fetch the indexes again: the repository has moved on since"];
pub(super) const CERTIFICATE: &[&str] = &[
    "see the twin's clock and its ca-certificates",
    "behind a proxy that opens TLS, its certificate must be in the twin",
];
pub(super) const CONFLICT: &[&str] = &[
    "leave out the version that was asked for, or ask for another one",
    "remove what stands against it first",
];
pub(super) const FILES: &[&str] = &["remove the package that has the file first"];

/// What went wrong in a run by a table of rules, or, where nothing is recognised, by the manager's own words: lines
/// that begin with one of `marks`, with that advice. A run that ended well is forgiven one sort.
pub(super) fn troubles(
    rules: &[Rule],
    printed: &Printed,
    forgiven: TroubleId,
    (marks, advice): (&[&str], &str),
) -> Vec<Trouble> {
    let mut found = recognised(rules, printed);
    if printed.status == Some(0) {
        found.retain(|trouble| trouble.id != forgiven);
    }
    if found.is_empty() {
        return own_words(printed, marks, advice);
    }
    found
}

/// All that is recognised, worst first. A line proves what the first rule says that it meets; troubles with
/// the same words are one.
fn recognised(rules: &[Rule], printed: &Printed) -> Vec<Trouble> {
    let mut troubles: Vec<Trouble> = Vec::new();
    let lines = printed.lines.iter().map(|(_, line)| line.trim());
    let met: Vec<_> = lines
        .filter_map(|line| {
            let mut rules = rules.iter();
            rules.find_map(|rule| Some((line, rule, holes(rule.sign, line)?)))
        })
        .collect();
    // What backs a trouble may stand before the line that tells of it.
    let (backs, tells): (Vec<_>, Vec<_>) = met
        .into_iter()
        .partition(|(_, rule, _)| rule.meaning.is_empty());
    for (line, rule, named) in tells.iter().chain(&backs) {
        let meaning = filled(rule.meaning, named);
        let evidence = bounded(line, LINE);
        let same = |t: &Trouble| t.id == rule.id && (t.meaning == meaning || meaning.is_empty());
        if let Some(at) = troubles.iter().position(same) {
            let known = &mut troubles[at].evidence;
            if known.len() < EVIDENCE && !known.contains(&evidence) {
                known.push(evidence);
            }
        } else if !meaning.is_empty() && troubles.len() < TROUBLES {
            troubles.push(Trouble {
                id: rule.id,
                meaning,
                advice: rule.advice.iter().map(|&a| a.to_owned()).collect(),
                evidence: vec![evidence],
            });
        }
    }
    troubles.sort_by_key(|trouble| trouble.id);
    troubles
}

/// The manager's own words, when nothing was recognised: lines that begin with one of `marks`.
fn own_words(printed: &Printed, marks: &[&str], advice: &str) -> Vec<Trouble> {
    let lines = printed.lines.iter().map(|(_, line)| line.trim());
    let said: Vec<String> = lines
        .filter(|line| marks.iter().any(|mark| line.starts_with(mark)))
        .take(EVIDENCE)
        .map(|line| bounded(line, LINE))
        .collect();
    let Some(first) = said.first() else {
        return Vec::new();
    };
    vec![Trouble {
        id: TroubleId::Other,
        meaning: first.clone(),
        advice: vec![advice.to_owned()],
        evidence: said,
    }]
}

/// What stands in the holes of a sign, if the line has the sign in it.
fn holes<'a>(sign: &str, line: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = sign.split("{}");
    let first = parts.next()?;
    let mut rest = &line[line.find(first)? + first.len()..];
    // A sign that begins with a hole takes the line from its beginning.
    if first.is_empty() {
        rest = line;
    }
    let mut named = Vec::new();
    for part in parts {
        let end = match part {
            "" => rest.len(),
            part => rest.find(part)?,
        };
        let hole = rest[..end].trim();
        if hole.is_empty() {
            return None;
        }
        named.push(hole);
        rest = &rest[end + part.len()..];
    }
    Some(named)
}

fn filled(meaning: &str, named: &[&str]) -> String {
    let mut named = named.iter();
    let mut parts = meaning.split("{}");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(&bounded(named.next().unwrap_or(&"?"), NAMED));
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::packages::Stream;

    #[test]
    fn holes_take_what_stands_between() {
        assert_eq!(
            holes("no {} here", "there is no tea here"),
            Some(vec!["tea"])
        );
        assert_eq!(
            holes("{} : Depends: {} but", " a : Depends: b (>= 2) but c"),
            Some(vec!["a", "b (>= 2)"])
        );
        assert_eq!(holes("package {}", "E: package nope"), Some(vec!["nope"]));
        assert_eq!(holes("package {}", "E: package "), None);
        assert_eq!(holes("no {} here", "no tea"), None);
        assert_eq!(holes("plain", "a plain line"), Some(Vec::new()));
    }

    #[test]
    fn the_same_words_are_one_trouble_and_all_is_bounded() {
        let rules = [Rule {
            id: TroubleId::UnknownName,
            sign: "no {}",
            meaning: "there is no {}",
            advice: &["look"],
        }];
        let line = |text: &str| (Stream::Stderr, text.to_owned());
        let mut lines = vec![line("no tea"), line("E: no tea"), line("no \u{1b}[31m")];
        lines.extend((0..1000).map(|n| line(&format!("no {n}{}", "x".repeat(1000)))));
        let troubles = recognised(
            &rules,
            &Printed {
                lines,
                status: Some(1),
            },
        );
        assert_eq!(troubles.len(), TROUBLES);
        assert_eq!(troubles[0].meaning, "there is no tea");
        assert_eq!(troubles[0].evidence, ["no tea", "E: no tea"]);
        assert_eq!(troubles[1].meaning, "there is no \u{fffd}[31m");
        assert!(troubles.iter().all(|t| t.meaning.len() < 200));
    }
}
