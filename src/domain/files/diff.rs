//! Two files line by line.

use similar::{ChangeTag, TextDiff};

use super::{DIFF_MOST, DiffLine, is_text};

/// Lines around a change that are shown.
const AROUND: usize = 3;
/// Most lines that are told.
const LINES_MOST: usize = 20_000;
/// Most characters of a line.
const LINE_MOST: usize = 2_000;

/// One of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Its first bytes, [`DIFF_MOST`] at most.
    pub bytes: Vec<u8>,
    /// Bytes of the whole file.
    pub size: u64,
}

/// What differs, from the first to the second; each with its name, and none where there is no such file.
pub fn lines(
    (from, old): (&str, Option<&Side>),
    (to, new): (&str, Option<&Side>),
) -> Vec<DiffLine> {
    let note = |text: String| vec![DiffLine::Note(text)];
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (Some(_), None) => return note(format!("only {from} has this file")),
        (None, Some(_)) => return note(format!("only {to} has this file")),
        (None, None) => return note(format!("neither {from} nor {to} has this file")),
    };
    let whole = |side: &Side| side.bytes.len() as u64 >= side.size;
    let mut told = Vec::new();
    if !whole(old) || !whole(new) {
        let kilobytes = DIFF_MOST >> 10;
        let text = format!("only the first {kilobytes} KiB of each file are set side by side");
        told.push(DiffLine::Note(text));
    }
    if old.bytes == new.bytes {
        if whole(old) && whole(new) {
            return note(format!(
                "no difference: {from} and {to} have the same bytes"
            ));
        }
        told.push(DiffLine::Note("no difference there".into()));
        return told;
    }
    if !is_text(&old.bytes) || !is_text(&new.bytes) {
        let both = old.bytes.iter().zip(&new.bytes);
        let at = both.take_while(|(one, other)| one == other).count();
        told.push(DiffLine::Note(format!(
            "no text: they differ from byte {at} on; {from} has {} bytes, {to} has {}",
            old.size, new.size
        )));
        return told;
    }
    let (old, new) = (text(&old.bytes), text(&new.bytes));
    let diff = TextDiff::from_lines(old.as_str(), new.as_str());
    told.push(DiffLine::Note(format!("− {from}   + {to}")));
    for group in diff.grouped_ops(AROUND) {
        let (Some(first), Some(_)) = (group.first(), group.last()) else {
            continue;
        };
        told.push(DiffLine::Note(format!(
            "line {} of {from}, {} of {to}",
            first.old_range().start + 1,
            first.new_range().start + 1
        )));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            if told.len() >= LINES_MOST {
                told.push(DiffLine::Note("there is more, which is left out".into()));
                return told;
            }
            let line = change.value().trim_end_matches('\n');
            let line: String = line.chars().take(LINE_MOST).collect();
            told.push(match change.tag() {
                ChangeTag::Equal => DiffLine::Same(line),
                ChangeTag::Delete => DiffLine::Gone(line),
                ChangeTag::Insert => DiffLine::New(line),
            });
        }
    }
    told
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(text: &[u8]) -> Side {
        Side {
            bytes: text.to_vec(),
            size: text.len() as u64,
        }
    }

    fn told(old: Option<&Side>, new: Option<&Side>) -> Vec<DiffLine> {
        lines(("prod", old), ("dev", new))
    }

    #[test]
    fn changed_lines_are_told_with_those_around() {
        let (old, new) = (side(b"a\nb\nc\n"), side(b"a\nB\nc\nd\n"));
        let told = told(Some(&old), Some(&new));
        assert_eq!(
            told[2..],
            [
                DiffLine::Same("a".into()),
                DiffLine::Gone("b".into()),
                DiffLine::New("B".into()),
                DiffLine::Same("c".into()),
                DiffLine::New("d".into()),
            ]
        );
    }

    #[test]
    fn what_cannot_be_set_side_by_side_is_said() {
        let (text, other) = (side(b"a\n"), side(b"\0\x01"));
        let said = |old: Option<&Side>, new: Option<&Side>| match told(old, new).pop() {
            Some(DiffLine::Note(text)) => text,
            other => panic!("{other:?}"),
        };
        assert!(said(Some(&text), Some(&text)).starts_with("no difference"));
        assert!(said(Some(&text), None).contains("only prod"));
        assert!(said(None, Some(&text)).contains("only dev"));
        assert!(said(Some(&text), Some(&other)).contains("byte 0"));
        let long = Side {
            bytes: b"a\n".to_vec(),
            size: 9_999_999,
        };
        assert_eq!(told(Some(&long), Some(&text)).len(), 2);
    }
}
