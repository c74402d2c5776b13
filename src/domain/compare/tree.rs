//! A root's files in compact rows ([`super::Growing`] makes it). No content is kept: of each file its hash.
//!
//! Names are bytes, for a root may have any.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use serde::Serialize;

use super::files::Totals;

/// No row.
pub(super) const NONE: u32 = u32::MAX;

/// A SHA-256.
pub type Hash = [u8; 32];

/// Sorts of things in a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Link,
    /// A device or a pipe.
    Special,
}

/// What stands at a path of a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat<'a> {
    /// What sort of thing.
    pub kind: Kind,
    /// Permission bits with set-uid, set-gid and sticky: at most `0o7777`.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes; 0 for anything but files.
    pub size: u64,
    /// Where a link leads, as it stands there.
    pub link: Option<&'a [u8]>,
    /// Of a file's content.
    pub sha256: Option<&'a Hash>,
    /// The attribute `security.capability` as the kernel has it; [`super::capabilities()`] reads it.
    pub capabilities: Option<&'a [u8]>,
}

/// A row of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row(pub(super) u32);

/// A root's files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    pub(super) rows: Vec<Entry>,
    pub(super) text: Vec<u8>,
    pub(super) hashes: Vec<Hash>,
    pub(super) capable: BTreeMap<u32, Vec<u8>>,
    /// Rows by their directory, then by name.
    pub(super) order: Vec<u32>,
    /// Names of packages that brought files.
    pub(super) owners: Vec<String>,
    /// Names that were left out: beyond the bounds.
    pub(super) left_out: u64,
}

/// A row: 48 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) parent: u32,
    pub(super) name: u32,
    pub(super) name_len: u32,
    /// Of a file the place of its hash; of a link the place of what it leads to.
    pub(super) extra: u32,
    pub(super) size: u64,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Place among the owners; [`NONE`] when nobody is known.
    pub(super) owner: u32,
    /// The one before with the same key, while the tree grows.
    pub(super) before: u32,
    pub(super) mode: u16,
    pub(super) kind: Kind,
    /// Another name of a file that has one: its bytes were counted.
    pub(super) again: bool,
    /// Replaced by a later entry of the same path.
    pub(super) dead: bool,
}

impl Entry {
    pub(super) fn dir(parent: u32, name: (u32, u32)) -> Self {
        Self {
            parent,
            name: name.0,
            name_len: name.1,
            extra: NONE,
            size: 0,
            uid: 0,
            gid: 0,
            owner: NONE,
            before: NONE,
            mode: 0o755,
            kind: Kind::Dir,
            again: false,
            dead: false,
        }
    }
}

impl Tree {
    /// The root directory.
    pub const ROOT: Row = Row(0);

    fn entry(&self, row: Row) -> &Entry {
        &self.rows[row.0 as usize]
    }

    /// A row's name.
    pub(super) fn name(&self, row: Row) -> &[u8] {
        let entry = self.entry(row);
        piece(&self.text, entry.name, entry.name_len)
    }

    /// What stands at a row.
    pub fn stat(&self, row: Row) -> Stat<'_> {
        let entry = self.entry(row);
        Stat {
            kind: entry.kind,
            mode: u32::from(entry.mode),
            uid: entry.uid,
            gid: entry.gid,
            size: if entry.kind == Kind::File {
                entry.size
            } else {
                0
            },
            link: (entry.kind == Kind::Link)
                .then(|| piece(&self.text, entry.extra, length(entry.size))),
            sha256: match entry.kind {
                Kind::File => self.hashes.get(entry.extra as usize),
                Kind::Dir | Kind::Link | Kind::Special => None,
            },
            capabilities: self.capable.get(&row.0).map(Vec::as_slice),
        }
    }

    /// Bytes of a file; 0 for a further name of one.
    pub(super) fn bytes(&self, row: Row) -> u64 {
        let entry = self.entry(row);
        match entry.kind {
            Kind::File if !entry.again => entry.size,
            Kind::File | Kind::Dir | Kind::Link | Kind::Special => 0,
        }
    }

    /// Rows right in a directory, sorted by name.
    pub(super) fn children(&self, row: Row) -> &[u32] {
        let from = self
            .order
            .partition_point(|at| self.rows[*at as usize].parent < row.0);
        let rest = &self.order[from..];
        &rest[..rest.partition_point(|at| self.rows[*at as usize].parent == row.0)]
    }

    fn child(&self, dir: Row, name: &[u8]) -> Option<Row> {
        let children = self.children(dir);
        let at = children
            .binary_search_by(|at| self.name(Row(*at)).cmp(name))
            .ok()?;
        children.get(at).map(|at| Row(*at))
    }

    /// The row at an absolute path; links on the way are followed, one at its end only with `follow`. None when nothing is
    /// there, or when links lead in a circle.
    pub fn find(&self, path: &[u8], follow: bool) -> Option<Row> {
        /// Links on one way, as the kernel has it.
        const LINKS: usize = 40;
        let mut todo: Vec<&[u8]> = parts(path).rev().collect();
        let mut at = Self::ROOT;
        let mut links = 0;
        while let Some(part) = todo.pop() {
            if part == b".." {
                at = Row(self.entry(at).parent);
                continue;
            }
            let child = self.child(at, part)?;
            let entry = self.entry(child);
            if entry.kind != Kind::Link || (todo.is_empty() && !follow) {
                at = child;
                continue;
            }
            links += 1;
            if links > LINKS {
                return None;
            }
            let target = piece(&self.text, entry.extra, length(entry.size));
            if target.starts_with(b"/") {
                at = Self::ROOT;
            }
            todo.extend(parts(target).rev());
        }
        Some(at)
    }

    /// The absolute path of a row.
    pub fn path(&self, row: Row) -> Vec<u8> {
        let mut names = Vec::new();
        let mut at = row;
        while at != Self::ROOT {
            names.push(self.name(at));
            at = Row(self.entry(at).parent);
        }
        names.reverse();
        [b"/", names.join(&b'/').as_slice()].concat()
    }

    /// Rows right in a directory with their names.
    pub fn list(&self, dir: Row) -> impl Iterator<Item = (Row, &[u8])> {
        self.children(dir)
            .iter()
            .map(|at| (Row(*at), self.name(Row(*at))))
    }

    /// All rows but the root, by directory.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.order.iter().map(|at| Row(*at))
    }

    /// Names that were left out, since there are more than [`super::grow::ROWS`] or their text is longer than [`super::grow::TEXT`].
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Notes that packages brought these paths (links on the way are followed; directories have no owner).
    pub fn set_owners<'a>(&mut self, owners: impl Iterator<Item = (&'a str, &'a [u8])>) {
        let mut places: HashMap<String, u32> = HashMap::new();
        for (package, path) in owners {
            let Some(row) = self
                .find(path, false)
                .filter(|row| self.entry(*row).kind != Kind::Dir)
            else {
                continue;
            };
            let place = if let Some(place) = places.get(package) {
                *place
            } else {
                let place = index(self.owners.len());
                self.owners.push(package.to_owned());
                places.insert(package.to_owned(), place);
                place
            };
            self.rows[row.0 as usize].owner = place;
        }
    }

    /// The package that brought a file.
    pub fn owner(&self, row: Row) -> Option<&str> {
        self.owners
            .get(self.entry(row).owner as usize)
            .map(String::as_str)
    }

    /// What there is in all.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals {
            directories: 1,
            ..Totals::default()
        };
        for row in self.rows() {
            match self.entry(row).kind {
                Kind::File => totals.files += 1,
                Kind::Dir => totals.directories += 1,
                Kind::Link => totals.links += 1,
                Kind::Special => totals.special += 1,
            }
            totals.bytes += self.bytes(row);
            if !self.owners.is_empty() && self.entry(row).owner == NONE {
                totals.unowned += self.bytes(row);
            }
        }
        totals
    }
}

/// The parts of a path that mean something.
pub(super) fn parts(path: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    let parts = path.split(|byte| *byte == b'/');
    parts.filter(|part| !part.is_empty() && *part != b".")
}

fn piece(text: &[u8], place: u32, length: u32) -> &[u8] {
    let place = place as usize;
    text.get(place..place + length as usize).unwrap_or_default()
}

/// Both are bounded far below the numbers of this type.
pub(super) fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE)
}

fn length(size: u64) -> u32 {
    u32::try_from(size).unwrap_or_default()
}

/// Bytes as text: what is not UTF-8 as `\xff`. Not cleaned.
pub fn shown(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    Cow::Owned(text)
}

/// A hash in hexadecimal digits.
pub fn hex(hash: &Hash) -> String {
    hash.iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
