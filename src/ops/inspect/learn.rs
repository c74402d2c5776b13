//! What archives tell: from the entries of a stream to what a tree knows.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::unpack::{Entry, Sort, Unpack};
use crate::domain::error::Result;
pub(super) use crate::domain::fs::Content;
use crate::domain::fs::{Found, Kind, Node, Tree};

/// What is kept of a file that is no ELF file, in bytes: scripts, lists and certificates are smaller.
pub(super) const FILE_KEPT: usize = 4 * 1024 * 1024;
/// Files up to this size are kept when they come by in the archive of a directory, in bytes.
const BY_THE_WAY: u64 = 256 * 1024;
/// Names that are kept of a directory.
const LIST_NAMES: usize = 4096;
/// What an ELF file begins with.
const ELF: &[u8] = b"\x7fELF";

/// What was learnt of a root file system.
#[derive(Debug, Default)]
pub(super) struct Learnt {
    pub(super) tree: Tree,
    /// Directories of which every entry was seen, by paths without links.
    pub(super) whole: BTreeSet<String>,
    /// Entries of them that are not in the tree all the same.
    pub(super) passed_over: BTreeSet<String>,
}

impl Learnt {
    /// Adds what else was learnt.
    pub(super) fn add(&mut self, other: Self) {
        let Tree {
            nodes,
            owners,
            contents,
            lists,
            providers,
            history,
        } = other.tree;
        self.tree.nodes.extend(nodes);
        self.tree.owners.extend(owners);
        self.tree.contents.extend(contents);
        self.tree.lists.extend(lists);
        self.tree.providers.extend(providers);
        self.tree.history = self.tree.history.take().or(history);
        self.whole.extend(other.whole);
        self.passed_over.extend(other.passed_over);
    }

    /// Whether it follows from what is known that nothing stands at `path`.
    pub(super) fn is_missing(&self, path: &str) -> bool {
        let Some(parent) = parent(path) else {
            return false;
        };
        match self.tree.nodes.get(parent) {
            Some(Found::Missing) => true,
            Some(Found::Is(node)) if node.kind == Kind::Dir => {
                self.whole.contains(parent)
                    && !self.tree.nodes.contains_key(path)
                    && !self.passed_over.contains(path)
            }
            Some(Found::Is(node)) => matches!(node.kind, Kind::File | Kind::Special),
            Some(Found::Unreadable(_)) => false,
            None => self.is_missing(parent),
        }
    }

    /// Takes what all entries of an archive tell. The names in it begin with `cut`, which stands for `root`
    /// (both as `/a/b`, empty for the root itself). What is below `hidden` is left out: something else is
    /// mounted there.
    pub(super) async fn sift(
        &mut self,
        archive: &mut Unpack<'_>,
        (cut, root): (&str, &str),
        hidden: &[String],
    ) -> Result<()> {
        let mut last = String::new();
        let mut entries = 0_u64;
        let told = loop {
            let entry = match archive.next().await {
                Ok(Some(entry)) => entry,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            };
            entries += 1;
            let Some(rest) = entry.name.strip_prefix(cut) else {
                continue;
            };
            let path = match format!("{root}{rest}") {
                path if path.is_empty() => "/".to_owned(),
                path => path,
            };
            last.clone_from(&path);
            if hidden.iter().any(|mount| is_at_or_below(&path, mount)) {
                self.passed_over.insert(path);
                continue;
            }
            if let Err(error) = self.entry(archive, &entry, path).await {
                break Err(error);
            }
        };
        if entries == 0 || archive.is_cut() || told.is_err() {
            // The directories that were open at its end.
            let mut open = Some(last.as_str());
            while let Some(path) = open {
                self.whole.remove(path);
                open = parent(path);
            }
        }
        told
    }

    async fn entry(&mut self, archive: &mut Unpack<'_>, entry: &Entry, path: String) -> Result<()> {
        let kind = match entry.sort {
            Sort::File => Kind::File,
            Sort::Dir => Kind::Dir,
            Sort::Special => Kind::Special,
            // Where it leads in the end only the engine can tell; the size of a further name is not here.
            Sort::Link | Sort::HardLink => {
                self.passed_over.insert(path);
                return Ok(());
            }
        };
        if kind == Kind::Dir {
            self.whole.insert(path.clone());
        }
        if kind == Kind::File && entry.size <= BY_THE_WAY {
            let content = content(archive, entry).await?;
            if content.is().is_some() {
                self.tree.contents.insert(path.clone(), content);
            }
        }
        self.tree
            .owners
            .insert(path.clone(), Found::Is(entry.owner));
        let node = Node {
            kind,
            mode: entry.mode,
            size: entry.size,
        };
        self.tree.nodes.insert(path, Found::Is(node));
        Ok(())
    }
}

/// What the file at hand holds.
pub(super) async fn content(archive: &mut Unpack<'_>, entry: &Entry) -> Result<Found<Content>> {
    if entry.sort != Sort::File {
        return Ok(Found::Unreadable("it is no regular file".into()));
    }
    let mut bytes: Vec<u8> = Vec::new();
    while let Some(piece) = archive.data().await? {
        let room = FILE_KEPT - bytes.len();
        bytes.extend_from_slice(piece.get(..room).unwrap_or(&piece));
        if bytes.len() >= ELF.len() && bytes.starts_with(ELF) {
            return elf(archive, entry, bytes.into()).await;
        }
        if bytes.len() == FILE_KEPT {
            break;
        }
    }
    let all = bytes.len() as u64 == entry.size;
    if !all && bytes.len() < FILE_KEPT {
        return Ok(Found::Unreadable("it could not be read to its end".into()));
    }
    Ok(Found::Is(Content::Bytes(bytes, all)))
}

/// The tables of the ELF file that begins with `start`.
async fn elf(archive: &mut Unpack<'_>, entry: &Entry, start: Bytes) -> Result<Found<Content>> {
    let _ = (start, entry);
    while archive.data().await?.is_some() {}
    Ok(Found::Is(Content::Elf(Err("not read yet".into()))))
}

/// Names directly in the directory whose archive this is; the names in it begin with `cut`.
pub(super) async fn names(archive: &mut Unpack<'_>, cut: &str) -> Result<Vec<String>> {
    let mut names = BTreeSet::new();
    while names.len() < LIST_NAMES
        && let Some(entry) = archive.next().await?
    {
        let below = entry
            .name
            .strip_prefix(cut)
            .and_then(|r| r.strip_prefix('/'));
        let name = below.and_then(|below| below.split('/').next());
        names.extend(name.filter(|n| !n.is_empty()).map(str::to_owned));
    }
    Ok(names.into_iter().collect())
}

/// The directory that `path` stands in; none for the root.
pub(super) fn parent(path: &str) -> Option<&str> {
    let (parent, name) = path.rsplit_once('/')?;
    if name.is_empty() {
        return None;
    }
    Some(if parent.is_empty() { "/" } else { parent })
}

/// Whether `path` is `place` or stands below it.
pub(super) fn is_at_or_below(path: &str, place: &str) -> bool {
    let rest = path.strip_prefix(place.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
