//! A [`Tree`] that grows while its archive streams by.
//!
//! Where an archive names a path twice, the last one counts, as it does for who unpacks it; a directory that is named again
//! keeps what is in it.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use sha2::{Digest as _, Sha256};

use super::tree::{Entry, Kind, NONE, Row, Tree, index, parts};
use crate::domain::tar::{self, Event, Flow};

/// Names of one root that are kept: ten times what large images have. What is beyond is left out, and said.
pub const ROWS: usize = 1_000_000;
/// Bytes of names and of what links lead to that are kept.
pub const TEXT: usize = 128 << 20;
/// Files with capabilities that are kept: images have a handful.
const CAPABLE: usize = 10_000;
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
