//! The contents of one text file of both sides, line by line.

use std::time::Duration;

use serde::Serialize;
use similar::{Algorithm, ChangeTag, TextDiff};

/// Bytes of each file that are compared line by line: what is longer is said to differ, and no more.
pub const CONTENT: usize = 2 << 20;
/// Equal lines around each difference.
const AROUND: usize = 3;
/// How long the search for a small difference may take; a correct one, if larger, is found beyond that.
const PATIENCE: Duration = Duration::from_millis(500);
/// Lines that are told.
const LINES: usize = 10_000;

/// A file of both sides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Content {
    /// Its absolute path, as it was asked for.
    pub path: String,
    /// Whether both hold the same bytes, as far as they were read.
    pub same: bool,
    /// Neither side has it.
    pub missing: bool,
    /// Why no lines are told though they differ: one is not there, is no text, or is too long; none otherwise.
    pub why: Option<String>,
    /// The lines, as a unified diff has them; empty when both are the same.
    pub lines: Vec<Line>,
    /// How many more there are.
    pub more: usize,
}

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// Its text without its end. Hostile.
    pub text: String,
}

/// Sorts of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// Where the next lines stand: `@@ -1,4 +1,5 @@`.
    Place,
    /// Of the left one alone.
    Left,
    /// Of the right one alone.
    Right,
    /// Of both.
    Same,
}

impl LineKind {
    /// The sign before the line in a unified diff; none before a place.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Place => "",
            Self::Left => "-",
            Self::Right => "+",
            Self::Same => " ",
        }
    }
}

/// What one side holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Nothing stands at the path.
    Missing,
    /// Something that is no regular file: what, in words.
    Other(String),
    /// Its first bytes, and whether that is all.
    Bytes(Vec<u8>, bool),
}

/// Compares what both sides hold at a path; `names` are what they are called, for the reasons.
pub fn content(path: &str, names: [&str; 2], left: &Held, right: &Held) -> Content {
    let mut told = Content {
        path: path.to_owned(),
        ..Content::default()
    };
    let why = |held: &Held, name: &str| match held {
        Held::Missing => Some(format!("{name} has no such file")),
        Held::Other(what) => Some(format!("it is {what} in {name}")),
        Held::Bytes(bytes, true) if bytes.contains(&0) => Some(format!("it is no text in {name}")),
        Held::Bytes(_, true) => None,
        Held::Bytes(..) => Some(format!("it has more than {} MB in {name}", CONTENT >> 20)),
    };
    if let (Held::Missing, Held::Missing) = (left, right) {
        told.missing = true;
        told.why = Some(format!(
            "neither {} nor {} has such a file",
            names[0], names[1]
        ));
        return told;
    }
    told.same = left == right && matches!(left, Held::Bytes(_, true));
    if told.same {
        return told;
    }
    told.why = why(left, names[0]).or_else(|| why(right, names[1]));
    if let (None, Held::Bytes(left, _), Held::Bytes(right, _)) = (&told.why, left, right) {
        lines(left, right, &mut told);
    }
    told
}

fn lines(left: &[u8], right: &[u8], told: &mut Content) {
    let (left, right) = (
        String::from_utf8_lossy(left),
        String::from_utf8_lossy(right),
    );
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .timeout(PATIENCE)
        .diff_lines(&*left, &*right);
    let mut push = |kind: LineKind, text: &str| {
        if told.lines.len() == LINES {
            told.more += 1;
            return;
        }
        let text = text.strip_suffix('\n').unwrap_or(text);
        told.lines.push(Line {
            kind,
            text: text.to_owned(),
        });
    };
    for hunk in diff.unified_diff().context_radius(AROUND).iter_hunks() {
        push(LineKind::Place, &hunk.header().to_string());
        for change in hunk.iter_changes() {
            let kind = match change.tag() {
                ChangeTag::Delete => LineKind::Left,
                ChangeTag::Insert => LineKind::Right,
                ChangeTag::Equal => LineKind::Same,
            };
            push(kind, change.value());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(left: &Held, right: &Held) -> Content {
        content("/etc/x", ["prod", "dev"], left, right)
    }

    fn bytes(text: &str) -> Held {
        Held::Bytes(text.into(), true)
    }

    #[test]
    fn lines_are_told_with_those_around_them() {
        let many: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
        let left = many.join("\n");
        let right = left.replace("\n10\n", "\nten\n") + "\n21";
        let found = told(&bytes(&left), &bytes(&right));
        let text: Vec<String> = found
            .lines
            .iter()
            .map(|l| format!("{}{}", l.kind.sign(), l.text))
            .collect();
        assert_eq!(
            text,
            [
                "@@ -7,7 +7,7 @@",
                " 7",
                " 8",
                " 9",
                "-10",
                "+ten",
                " 11",
                " 12",
                " 13",
                "@@ -17,4 +17,5 @@",
                " 17",
                " 18",
                " 19",
                "-20",
                "+20",
                "+21",
            ]
        );
        assert!(!found.same && found.why.is_none());
    }

    #[test]
    fn what_cannot_be_told_line_by_line_says_why() {
        let same = told(&bytes("a\0b"), &bytes("a\0b"));
        assert!(same.same && same.lines.is_empty() && same.why.is_none());
        for (left, right, want) in [
            (bytes("a"), Held::Missing, "dev has no such file"),
            (Held::Missing, bytes("a"), "prod has no such file"),
            (
                Held::Missing,
                Held::Missing,
                "neither prod nor dev has such a file",
            ),
            (
                Held::Other("a directory".into()),
                bytes("a"),
                "it is a directory in prod",
            ),
            (bytes("a"), bytes("a\0"), "it is no text in dev"),
            (
                Held::Bytes(b"a".to_vec(), false),
                Held::Bytes(b"a".to_vec(), false),
                "it has more than 2 MB in prod",
            ),
        ] {
            let found = told(&left, &right);
            assert_eq!(found.why.as_deref(), Some(want));
            assert!(!found.same && found.lines.is_empty());
            let nowhere = (&left, &right) == (&Held::Missing, &Held::Missing);
            assert_eq!(found.missing, nowhere, "{want}");
        }
    }

    #[test]
    fn the_worst_texts_end_in_time_and_within_bounds() {
        let lines = |number: fn(u32) -> u32| {
            let lines: Vec<String> = (0..40_000).map(|n| number(n).to_string()).collect();
            lines.join("\n")
        };
        let (left, right) = (lines(|n| n % 97), lines(|n| n * 7 % 89));
        let found = told(&bytes(&left), &bytes(&right));
        assert!(found.lines.len() == LINES && found.more > 0);
    }
}
