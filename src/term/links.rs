//! Links: those that programs name (OSC 8) and addresses in plain text.

use std::collections::{HashMap, VecDeque};
use std::sync::LazyLock;

use alacritty_terminal::term::cell::Flags;
use regex::Regex;

use super::{Place, Spot, Terminal};
use crate::domain::text::is_harmful;

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its address: no control or harmful characters, at most 2048 bytes.
    pub uri: String,
    /// Where it stands in the view: row, first column, last column.
    pub spans: Vec<(u16, u16, u16)>,
    /// Whether the program named the address (OSC 8): the text may then say something else.
    pub named: bool,
}

/// Bytes of an address.
const ADDRESS_LIMIT: usize = 2048;
/// Addresses that programs named and that are remembered.
const NAMED_LIMIT: usize = 4096;

/// The addresses that programs named. A cell holds a short key: a long address in every cell of the
/// history would be much memory.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// The identifier that the program gave, and the address; the oldest come first.
    named: VecDeque<(Option<String>, String)>,
    /// The key of the first.
    first: u64,
    /// What is already named, by a hash of it: programs name one address for each line anew.
    keys: HashMap<(Option<String>, String), u64>,
}

impl Links {
    /// The key of an address; none when it is not one that may be shown or opened.
    pub(super) fn key(&mut self, id: Option<&str>, uri: &str) -> Option<String> {
        let id = id.filter(|id| id.len() <= 256).map(str::to_owned);
        if uri.len() > ADDRESS_LIMIT || uri.contains(is_harmful) || !has_scheme(uri) {
            return None;
        }
        let link = (id, uri.to_owned());
        if let Some(key) = self.keys.get(&link) {
            return Some(key.to_string());
        }
        if self.named.len() >= NAMED_LIMIT
            && let Some(oldest) = self.named.pop_front()
        {
            self.keys.remove(&oldest);
            self.first += 1;
        }
        let key = self.first + self.named.len() as u64;
        self.keys.insert(link.clone(), key);
        self.named.push_back(link);
        Some(key.to_string())
    }

    fn address(&self, key: &str) -> Option<&str> {
        let index = key.parse::<u64>().ok()?.checked_sub(self.first)?;
        let (_, address) = self.named.get(usize::try_from(index).ok()?)?;
        Some(address)
    }
}

fn has_scheme(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'))
    })
}

/// Addresses in plain text: what begins with a scheme that people open.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\b(?:(?:https?|ftps?|sftp|ssh|git|file)://|mailto:)[^\s\x00-\x1f\x7f"'`<>|\\^{}│]+"#,
    )
    .ok()
});

/// An address without what belongs to the text around it: punctuation at the end, and closing
/// brackets that were not opened.
fn trimmed(address: &str) -> &str {
    let mut address = address;
    while let Some(last) = address.chars().last() {
        let open = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '*' | '…' => None,
            ')' => Some('('),
            ']' => Some('['),
            _ => break,
        };
        let count = |c: char| address.matches(c).count();
        if open.is_some_and(|open| count(open) >= count(last)) {
            break;
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address
}

impl Terminal {
    /// The link at a cell of the view.
    pub fn link_at(&self, at: Spot) -> Option<Link> {
        if at.row >= self.size().rows.get() || at.col >= self.size().cols.get() {
            return None;
        }
        self.named_link(at).or_else(|| self.plain_link(at))
    }

    fn named_link(&self, at: Spot) -> Option<Link> {
        let cell = self.raw_row(at.row).get(usize::from(at.col))?;
        let link = cell.hyperlink()?;
        let uri = self.guest.links.address(link.id())?.to_owned();
        let mut spans: Vec<(u16, u16, u16)> = Vec::new();
        for row in 0..self.size().rows.get() {
            for (col, cell) in (0u16..).zip(self.raw_row(row)) {
                if cell.hyperlink().is_none_or(|other| other.id() != link.id()) {
                    continue;
                }
                match spans.last_mut() {
                    Some((r, _, last)) if *r == row && *last + 1 == col => *last = col,
                    _ => spans.push((row, col, col)),
                }
            }
        }
        let named = true;
        Some(Link { uri, spans, named })
    }

    fn plain_link(&self, at: Spot) -> Option<Link> {
        let place = self.place(at);
        let top = self.view_top().0;
        let joined = self.joined(place.line);
        for found in ADDRESS.as_ref()?.find_iter(&joined.text) {
            let uri = trimmed(found.as_str());
            let (from, to) = (
                joined.place(found.start()),
                joined.place(found.start() + uri.len() - 1),
            );
            let to = self.wide_end(to);
            if place < from || place > to {
                continue;
            }
            let (_, rest) = uri.split_once(':')?;
            let bare = rest.trim_start_matches('/').is_empty();
            if bare || uri.len() > ADDRESS_LIMIT || uri.contains(is_harmful) {
                return None;
            }
            let last_col = self.size().cols.get() - 1;
            let spans = (from.line.0..=to.line.0).filter_map(|line| {
                let row = u16::try_from(line.checked_sub(top)?).ok()?;
                let first = if line == from.line.0 { from.col } else { 0 };
                let last = if line == to.line.0 { to.col } else { last_col };
                (row < self.size().rows.get()).then_some((row, first, last))
            });
            return Some(Link {
                uri: uri.to_owned(),
                spans: spans.collect(),
                named: false,
            });
        }
        None
    }

    /// The right half of a wide character, or the place itself.
    pub(super) fn wide_end(&self, at: Place) -> Place {
        let cells = self.cells(at.line).unwrap_or_default();
        let col = usize::from(at.col);
        let wide = col + 1 < cells.len()
            && cells
                .get(col)
                .is_some_and(|cell| cell.flags.contains(Flags::WIDE_CHAR));
        Place {
            col: at.col + u16::from(wide),
            ..at
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_the_punctuation_of_the_text_around_them() {
        for (found, address) in [
            ("http://a.b/c", "http://a.b/c"),
            ("http://a.b/c.", "http://a.b/c"),
            ("http://a.b/c),", "http://a.b/c"),
            ("http://a.b/c_(d)", "http://a.b/c_(d)"),
            ("http://a.b/c_(d)).", "http://a.b/c_(d)"),
            ("http://[::1]/", "http://[::1]/"),
            ("http://[::1]]", "http://[::1]"),
            ("http://a.b/?q=1&r=2!?", "http://a.b/?q=1&r=2"),
            ("http://a.b/c/", "http://a.b/c/"),
        ] {
            assert_eq!(trimmed(found), address, "{found}");
        }
    }

    #[test]
    fn named_addresses_are_bounded_and_the_oldest_go() {
        let mut links = Links::default();
        let first = links.key(None, "http://a/0").unwrap();
        assert_eq!(links.key(None, "http://a/0").unwrap(), first);
        assert_ne!(links.key(Some("x"), "http://a/0").unwrap(), first);
        assert_eq!(links.address(&first), Some("http://a/0"));
        for n in 1..NAMED_LIMIT {
            links.key(None, &format!("http://a/{n}"));
        }
        assert_eq!(links.address(&first), None);
        assert_eq!(
            (links.named.len(), links.keys.len()),
            (NAMED_LIMIT, NAMED_LIMIT)
        );
        let again = links.key(None, "http://a/0").unwrap();
        assert_eq!(links.address(&again), Some("http://a/0"));
    }

    #[test]
    fn addresses_that_must_not_be_shown_are_none() {
        let mut links = Links::default();
        let long = format!("http://{}", "x".repeat(ADDRESS_LIMIT));
        for uri in [
            "",
            "a",
            ":a",
            "1a:b",
            "a b:c",
            "http:",
            "http://\u{202e}x",
            &long,
        ] {
            assert_eq!(links.key(None, uri), None, "{uri}");
        }
    }
}
