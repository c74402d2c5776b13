//! A root's files in compact rows, taken from its archive while it streams by. No content is kept: of each file its
//! hash, made on the way.
//!
//! Names come as bytes, for a root may have any. Where an archive names a path twice, the last one counts, as it does for
//! who unpacks it; a directory that is named again keeps what is in it.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::hash::BuildHasher as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::files::Totals;
use crate::domain::tar::{self, Event, Flow};

/// Names of one root that are kept: ten times what large images have. What is beyond is left out, and said.
pub const ROWS: usize = 1_000_000;
/// Bytes of names and of what links lead to that are kept.
pub const TEXT: usize = 128 << 20;
/// Files with capabilities that are kept: images have a handful.
const CAPABLE: usize = 10_000;
/// No row.
const NONE: u32 = u32::MAX;

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
    /// The attribute `security.capability` as the kernel has it; [`capabilities`] reads it.
    pub capabilities: Option<&'a [u8]>,
}

/// A row of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row(pub(super) u32);

/// A root's files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    rows: Vec<Entry>,
    text: Vec<u8>,
    hashes: Vec<Hash>,
    capable: BTreeMap<u32, Vec<u8>>,
    /// Rows by their directory, then by name.
    order: Vec<u32>,
    /// Names of packages that brought files.
    owners: Vec<String>,
    /// Names that were left out: beyond the bounds.
    left_out: u64,
}

/// A row: 48 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    parent: u32,
    name: u32,
    name_len: u32,
    /// Of a file the place of its hash; of a link the place of what it leads to.
    extra: u32,
    size: u64,
    uid: u32,
    gid: u32,
    /// Place among the owners; [`NONE`] when nobody is known.
    owner: u32,
    /// The one before with the same key, while the tree grows.
    before: u32,
    mode: u16,
    kind: Kind,
    /// Another name of a file that has one: its bytes were counted.
    again: bool,
    /// Replaced by a later entry of the same path.
    dead: bool,
}

impl Entry {
    fn dir(parent: u32, name: (u32, u32)) -> Self {
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

    /// Names that were left out, since there are more than [`ROWS`] or their text is longer than [`TEXT`].
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
            let place = match places.get(package) {
                Some(place) => *place,
                None => {
                    let place = index(self.owners.len());
                    self.owners.push(package.to_owned());
                    places.insert(package.to_owned(), place);
                    place
                }
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

/// A [`Tree`] that grows by the events of its archive.
#[derive(Debug)]
pub struct Growing {
    tree: Tree,
    /// The newest row of each key: a hash of directory and name, by a key that no archive can know.
    newest: HashMap<u64, u32>,
    keys: RandomState,
    /// The file under way.
    open: Option<(u32, Sha256)>,
    rows: usize,
    text: usize,
}

impl Default for Growing {
    fn default() -> Self {
        Self::within(ROWS, TEXT)
    }
}

impl Growing {
    /// One that keeps so many names, and so many bytes of them.
    pub fn within(rows: usize, text: usize) -> Self {
        let tree = Tree {
            rows: vec![Entry::dir(0, (0, 0))],
            ..Tree::default()
        };
        Self {
            tree,
            newest: HashMap::new(),
            keys: RandomState::new(),
            open: None,
            rows,
            text,
        }
    }

    /// Takes what comes next out of the archive. Always more is wanted.
    pub fn take(&mut self, event: Event<'_>) -> Flow {
        match event {
            Event::Entry(entry) => {
                self.close();
                if self.begin(&entry).is_none() {
                    self.tree.left_out += 1;
                }
            }
            Event::Data(bytes) => {
                if let Some((_, hash)) = &mut self.open {
                    hash.update(bytes);
                }
            }
        }
        Flow::More
    }

    /// The tree, when all has been read.
    pub fn grown(mut self) -> Tree {
        self.close();
        let mut tree = self.tree;
        // Below what was replaced all is gone. Directories stand before what is in them.
        for at in 1..tree.rows.len() {
            let parent = tree.rows[at].parent as usize;
            tree.rows[at].dead |= tree.rows[parent].dead;
        }
        let mut order: Vec<u32> = (1..index(tree.rows.len())).collect();
        order.retain(|at| !tree.rows[*at as usize].dead);
        order.sort_unstable_by(|a, b| {
            let key = |at: &u32| (tree.rows[*at as usize].parent, tree.name(Row(*at)));
            key(a).cmp(&key(b))
        });
        tree.order = order;
        tree.rows.shrink_to_fit();
        tree.text.shrink_to_fit();
        tree
    }

    /// Writes down the hash of the file under way.
    fn close(&mut self) {
        if let Some((row, hash)) = self.open.take() {
            self.tree.rows[row as usize].extra = index(self.tree.hashes.len());
            self.tree.hashes.push(hash.finalize().into());
        }
    }

    /// A new entry; none when there is no room for it.
    fn begin(&mut self, entry: &tar::Entry) -> Option<()> {
        let way = resolved(entry.path_bytes());
        let link = match &entry.kind {
            tar::Kind::Hardlink(_) => self.lookup(&resolved(entry.link_bytes())),
            tar::Kind::File | tar::Kind::Dir | tar::Kind::Symlink(_) | tar::Kind::Special => None,
        };
        let Some((name, dirs)) = way.split_last() else {
            if entry.kind == tar::Kind::Dir {
                self.set_rights(0, entry);
            }
            return Some(());
        };
        let mut dir = 0;
        for part in dirs {
            dir = self.directory(dir, part)?;
        }
        let mut made = match &entry.kind {
            tar::Kind::Dir => {
                let row = self.directory(dir, name)?;
                self.set_rights(row, entry);
                return Some(());
            }
            tar::Kind::Hardlink(_) => {
                let mut made = link
                    .map(|row| self.tree.rows[row as usize])
                    .filter(|of| of.kind != Kind::Dir);
                if let (Some(made), Some(link)) = (&mut made, link) {
                    made.again = true;
                    let capabilities = self.tree.capable.get(&link).cloned();
                    let row = self.put(dir, name, *made)?;
                    self.set_capabilities(row, capabilities);
                    return Some(());
                }
                // To nothing that came before: an engine's archive has none of these.
                Entry::dir(dir, (0, 0))
            }
            tar::Kind::File | tar::Kind::Symlink(_) | tar::Kind::Special => Entry::dir(dir, (0, 0)),
        };
        made.kind = match &entry.kind {
            tar::Kind::Symlink(_) => Kind::Link,
            tar::Kind::Special => Kind::Special,
            tar::Kind::File | tar::Kind::Dir | tar::Kind::Hardlink(_) => Kind::File,
        };
        made.size = entry.size;
        if made.kind == Kind::Link {
            let (place, length) = self.write(entry.link_bytes())?;
            made.extra = place;
            made.size = u64::from(length);
        }
        let is_file = entry.kind == tar::Kind::File;
        let row = self.put(dir, name, made)?;
        self.set_rights(row, entry);
        self.open = is_file.then(|| (row, Sha256::new()));
        Some(())
    }

    fn set_rights(&mut self, row: u32, entry: &tar::Entry) {
        let own = &mut self.tree.rows[row as usize];
        own.mode = u16::try_from(entry.mode & 0o7777).unwrap_or_default();
        own.uid = entry.uid;
        own.gid = entry.gid;
        self.set_capabilities(row, entry.capabilities.clone());
    }

    fn set_capabilities(&mut self, row: u32, capabilities: Option<Vec<u8>>) {
        let capable = &mut self.tree.capable;
        match capabilities {
            Some(bytes) if capable.len() < CAPABLE => drop(capable.insert(row, bytes)),
            Some(_) | None => drop(capable.remove(&row)),
        }
    }

    /// The row of a name in a directory.
    fn known(&self, dir: u32, name: &[u8]) -> Option<u32> {
        let mut at = *self.newest.get(&self.key(dir, name))?;
        while at != NONE {
            let entry = &self.tree.rows[at as usize];
            if !entry.dead && entry.parent == dir && self.tree.name(Row(at)) == name {
                return Some(at);
            }
            at = entry.before;
        }
        None
    }

    fn key(&self, dir: u32, name: &[u8]) -> u64 {
        self.keys.hash_one((dir, name))
    }

    fn lookup(&self, way: &[&[u8]]) -> Option<u32> {
        way.iter().try_fold(0, |dir, name| self.known(dir, name))
    }

    /// The directory of that name, made if there is none.
    fn directory(&mut self, dir: u32, name: &[u8]) -> Option<u32> {
        match self.known(dir, name) {
            Some(row) if self.tree.rows[row as usize].kind == Kind::Dir => Some(row),
            Some(_) | None => self.put(dir, name, Entry::dir(dir, (0, 0))),
        }
    }

    /// Puts an entry in the place of what has its name.
    fn put(&mut self, dir: u32, name: &[u8], mut entry: Entry) -> Option<u32> {
        if self.tree.rows.len() >= self.rows {
            return None;
        }
        (entry.name, entry.name_len) = match self.known(dir, name) {
            Some(old) => {
                let old = &mut self.tree.rows[old as usize];
                old.dead = true;
                (old.name, old.name_len)
            }
            None => self.write(name)?,
        };
        entry.parent = dir;
        entry.dead = false;
        let row = index(self.tree.rows.len());
        let key = self.key(dir, name);
        entry.before = self.newest.insert(key, row).unwrap_or(NONE);
        self.tree.rows.push(entry);
        Some(row)
    }

    fn write(&mut self, text: &[u8]) -> Option<(u32, u32)> {
        let place = self.tree.text.len();
        if place + text.len() > self.text {
            return None;
        }
        self.tree.text.extend_from_slice(text);
        Some((index(place), index(text.len())))
    }
}

/// The parts of a path that mean something.
fn parts(path: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    let parts = path.split(|byte| *byte == b'/');
    parts.filter(|part| !part.is_empty() && *part != b".")
}

/// The parts of a path, `..` taken as text; it ends at the root.
fn resolved(path: &[u8]) -> Vec<&[u8]> {
    let mut way = Vec::new();
    for part in parts(path) {
        if part == b".." {
            way.pop();
        } else {
            way.push(part);
        }
    }
    way
}

fn piece(text: &[u8], place: u32, length: u32) -> &[u8] {
    let place = place as usize;
    text.get(place..place + length as usize).unwrap_or_default()
}

/// Both are bounded far below the numbers of this type.
fn index(at: usize) -> u32 {
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

/// Names of capabilities by number (capabilities(7)).
const CAPABILITIES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

/// The attribute `security.capability` (`struct vfs_cap_data`) in the words of getcap(8): `cap_net_raw=ep`. What it cannot
/// read it says.
pub fn capabilities(bytes: &[u8]) -> String {
    let word = |at: usize| -> Option<u64> {
        let four: [u8; 4] = bytes.get(at * 4..at * 4 + 4)?.try_into().ok()?;
        Some(u64::from(u32::from_le_bytes(four)))
    };
    let read = || -> Option<String> {
        let magic = word(0)?;
        let (permitted, inheritable) = match magic >> 24 {
            1 => (word(1)?, word(2)?),
            2 | 3 => (word(1)? | word(3)? << 32, word(2)? | word(4)? << 32),
            _ => return None,
        };
        let effective = magic & 1 != 0;
        // In groups of the same flags, as getcap prints them.
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for bit in 0..64 {
            let has = |set: u64| set & (1 << bit) != 0;
            let mut flags = String::new();
            if effective && (has(permitted) || has(inheritable)) {
                flags.push('e');
            }
            if has(inheritable) {
                flags.push('i');
            }
            if has(permitted) {
                flags.push('p');
            }
            if !flags.is_empty() {
                let name = CAPABILITIES
                    .get(bit)
                    .map_or_else(|| bit.to_string(), |n| (*n).to_owned());
                groups.entry(flags).or_default().push(format!("cap_{name}"));
            }
        }
        let texts = groups
            .iter()
            .map(|(flags, names)| format!("{}={flags}", names.join(",")));
        let texts: Vec<String> = texts.collect();
        Some(if texts.is_empty() {
            "=".into()
        } else {
            texts.join(" ")
        })
    };
    read().unwrap_or_else(|| "unreadable".into())
}
