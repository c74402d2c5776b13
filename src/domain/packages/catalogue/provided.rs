//! What packages provide, by its bare name: `dig` for `cmd:dig`, `libcurl.so.4` for `so:libcurl.so.4` and
//! `libcurl.so.4()(64bit)`, `dig` for `/usr/bin/dig`.

use std::cmp::Ordering;

use super::store::{ENTRY, FIELD, Store, number};

/// An index from the beginning of a bare name to packages.
#[derive(Clone, Default)]
pub(super) struct Provided {
    /// In the order of the bare names in small letters.
    keys: Box<[Key]>,
}

/// A bare name, as a place in [`Store::text`].
#[derive(Clone, Copy)]
struct Key {
    at: u32,
    package: u32,
    len: u16,
}

impl Key {
    fn text<'a>(&self, store: &'a Store) -> &'a str {
        let at = self.at as usize;
        let text = store.text().get(at..at + usize::from(self.len));
        text.unwrap_or_default()
    }

    /// Whether the entry is of `kind`: it stands before the bare name, and nothing before it.
    fn is_of(&self, store: &Store, kind: &str) -> bool {
        let before = store.text().get(..self.at as usize).unwrap_or_default();
        let start = before.len().saturating_sub(kind.len());
        let (before, last) = before.as_bytes().split_at(start);
        let starts = before
            .last()
            .is_none_or(|byte| [FIELD, ENTRY].contains(&char::from(*byte)));
        starts && last.eq_ignore_ascii_case(kind.as_bytes())
    }
}

/// What is asked for: a bare name, of one kind or of any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted<'a> {
    /// `cmd:`, `so:`; empty for any.
    kind: &'a str,
    bare: &'a str,
}

impl<'a> Wanted<'a> {
    /// What a word (small letters) asks for.
    pub(super) fn new(word: &'a str) -> Self {
        let kind = word.get(..bare(word)).unwrap_or_default();
        Self {
            kind: if kind.ends_with(':') { kind } else { "" },
            bare: key(word),
        }
    }

    /// Whether an entry, as an index writes it, is what is asked for.
    pub(super) fn is(&self, entry: &str) -> bool {
        self.allows(entry) && fold(key(entry), self.bare) == Ordering::Equal
    }

    /// Whether an entry begins so.
    pub(super) fn begins(&self, entry: &str) -> bool {
        self.allows(entry) && begins(key(entry), self.bare)
    }

    fn allows(&self, entry: &str) -> bool {
        begins(entry, self.kind)
    }
}

impl Provided {
    pub(super) fn new(store: &Store) -> Self {
        let mut keys = Vec::new();
        for index in 0..store.len() {
            for (at, entry) in store.provides(index) {
                let key = key(entry);
                if let (false, Ok(len)) = (key.is_empty(), u16::try_from(key.len())) {
                    keys.push(Key {
                        at: number(at + bare(entry)),
                        package: number(index),
                        len,
                    });
                }
            }
        }
        keys.sort_by(|a, b| {
            let (a, b) = (a.text(store), b.text(store));
            small(a).cmp(small(b))
        });
        Self { keys: keys.into() }
    }

    /// The packages that provide what is asked for, with whether it is the whole name or its beginning.
    pub(super) fn find(
        &self,
        store: &Store,
        wanted: Wanted<'_>,
        mut each: impl FnMut(usize, bool),
    ) {
        if wanted.bare.is_empty() {
            return;
        }
        // The texts of a range are not looked at: they lie all over the store.
        let before = |key: &Key| fold(key.text(store), wanted.bare).is_lt();
        let from = self.keys.partition_point(before);
        let after = self.keys.get(from..).unwrap_or_default();
        let len = after.partition_point(|key| begins(key.text(store), wanted.bare));
        for key in after.iter().take(len) {
            if wanted.kind.is_empty() || key.is_of(store, wanted.kind) {
                each(
                    key.package as usize,
                    usize::from(key.len) == wanted.bare.len(),
                );
            }
        }
    }
}

/// The bare name of an entry.
fn key(entry: &str) -> &str {
    let name = entry.get(bare(entry)..).unwrap_or_default();
    // RPM writes what a library needs to be behind its name.
    match name.split_once('(') {
        Some((library, _)) if library.contains(".so") => library,
        _ => name,
    }
}

/// Where the bare name of an entry begins: behind the last folder of a path, or behind the kind.
fn bare(entry: &str) -> usize {
    let behind = |at: usize| at + 1;
    if entry.starts_with('/') {
        return entry.rfind('/').map_or(0, behind);
    }
    let kind = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let colon = entry.find(|c| !kind(c));
    let colon = colon.filter(|at| *at > 0 && entry[*at..].starts_with(':'));
    colon.map_or(0, behind)
}

/// ASCII alone is folded: managers allow nothing else in what packages provide.
fn small(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().map(|byte| byte.to_ascii_lowercase())
}

fn fold(text: &str, folded: &str) -> Ordering {
    small(text).cmp(folded.bytes())
}

fn begins(text: &str, folded: &str) -> bool {
    let head = text.as_bytes().get(..folded.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(folded.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_folders_are_no_part_of_a_name() {
        let cases = [
            ("cmd:dig", "dig"),
            ("so:libcurl.so.4", "libcurl.so.4"),
            ("py3.13:requests", "requests"),
            ("/usr/bin/dig", "dig"),
            ("libcurl.so.4()(64bit)", "libcurl.so.4"),
            ("libc.so.6(GLIBC_2.34)(64bit)", "libc.so.6"),
            ("perl(Foo::Bar)", "perl(Foo::Bar)"),
            ("mail-transport-agent", "mail-transport-agent"),
            (":odd", ":odd"),
            ("cmd:", ""),
            ("/usr/bin/", ""),
            ("ü:x", "ü:x"),
        ];
        for (entry, name) in cases {
            assert_eq!(key(entry), name, "{entry}");
        }
    }

    #[test]
    fn a_kind_that_is_asked_for_is_held_to() {
        let wanted = Wanted::new("cmd:dig");
        assert!(wanted.is("cmd:dig") && !wanted.is("so:dig") && !wanted.is("cmd:digg"));
        assert!(wanted.begins("cmd:digg"));
        let wanted = Wanted::new("/sbin/dig");
        assert!(wanted.is("cmd:dig") && wanted.is("/usr/bin/dig") && wanted.is("CMD:DIG"));
    }
}
