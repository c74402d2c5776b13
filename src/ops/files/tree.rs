//! A container's files by the engine: its root as it streams by, and files by their archives.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Told;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::files::{
    ENTRIES_MOST, Entry, Kind, Listing, Streamed, last, names, parent, within,
};
use crate::domain::fs::normal;
use crate::domain::tar::{self, Event, Flow};
use crate::domain::target::ContainerId;
use crate::engine::Engine;
use crate::ops::inspect::pour::{End, pour};

/// Most entries of a root that are kept.
const TREE_MOST: usize = 1_000_000;
/// Most bytes of a root that stream by.
const ROOT_MOST: u64 = 64 << 30;
/// After so many bytes of a root a word is said of it.
const STEP: u64 = 4 << 20;

/// What stands where in a root.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Entries by the directory that has them.
    dirs: BTreeMap<String, BTreeMap<String, Entry>>,
    count: usize,
    cut: bool,
}

impl Tree {
    /// Takes in what an archive tells.
    fn take(&mut self, entry: &tar::Entry) {
        let path = normal(&names::decoded(entry.path_bytes()));
        if path == "/" || self.count >= TREE_MOST {
            self.cut |= path != "/";
            return;
        }
        let link = || names::decoded(entry.link_bytes());
        let kind = match entry.kind {
            tar::Kind::File => Kind::File,
            tar::Kind::Dir => {
                self.dirs.entry(path.clone()).or_default();
                Kind::Dir
            }
            tar::Kind::Symlink(_) => Kind::Link(link()),
            tar::Kind::Hardlink(_) => Kind::Hardlink(normal(&link())),
            tar::Kind::Special => Kind::Special,
        };
        let mut size = entry.size;
        if let Kind::Hardlink(target) = &kind {
            size = self.get(target).map_or(0, |entry| entry.size);
        }
        let entry = Entry {
            name: last(&path).to_owned(),
            kind,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            size,
            mtime: Some(entry.mtime),
        };
        let dir = self.dirs.entry(parent(&path).to_owned()).or_default();
        if dir.insert(entry.name.clone(), entry).is_none() {
            self.count += 1;
        }
    }

    fn get(&self, path: &str) -> Option<&Entry> {
        self.dirs.get(parent(path))?.get(last(path))
    }

    /// What stands in a directory, no link in its path.
    pub(super) fn list(&self, dir: &str) -> Result<Listing> {
        let entries = self.dirs.get(dir).map(BTreeMap::values);
        // An image without any file has no directory either.
        let entries = entries.into_iter().flatten().cloned();
        let mut entries: Vec<Entry> = entries.collect();
        if dir != "/" && !self.dirs.contains_key(dir) {
            let message = format!("nothing stands at {}", names::shown(dir));
            return Err(Error::new(ErrorKind::NoTarget, message));
        }
        let cut = self.cut || entries.len() > ENTRIES_MOST;
        entries.truncate(ENTRIES_MOST);
        Ok(Listing {
            entries,
            cut,
            ..Listing::default()
        })
    }

    /// What stands at each step of a path, up to the first that is no directory.
    pub(super) fn steps(&self, path: &str) -> Vec<Entry> {
        let mut steps = Vec::new();
        let mut at = "/".to_owned();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            at = within(&at, name);
            let Some(entry) = self.get(&at) else { break };
            steps.push(entry.clone());
            if entry.kind != Kind::Dir {
                break;
            }
        }
        steps
    }
}

/// A container whose files the engine tells.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) id: &'a ContainerId,
}

impl Source<'_> {
    /// Lets the whole root stream by.
    pub(super) async fn tree(self, told: Told<'_>) -> Result<Tree> {
        let mut stream = self.engine.root_stream(self.id).await?;
        let mut tree = Tree::default();
        let bytes = AtomicU64::new(0);
        let mut next = STEP;
        let mut sink = |event: Event<'_>| {
            if let Event::Entry(entry) = event {
                tree.take(&entry);
            }
            let bytes = bytes.load(Ordering::Relaxed);
            if bytes >= next {
                next = bytes + STEP;
                told(Streamed {
                    bytes,
                    entries: tree.count,
                });
            }
            Flow::More
        };
        let end = pour(&mut stream, ROOT_MOST, &bytes, &mut sink).await?;
        tree.cut |= end == End::Cut;
        Ok(tree)
    }

    /// Reads the regular file at a path without links, from `offset` until the sink has enough; its size.
    pub(super) async fn read(
        self,
        path: &str,
        offset: u64,
        sink: &mut (dyn FnMut(&[u8]) -> Flow + Send),
    ) -> Result<u64> {
        let mut stream = self.engine.archive_stream(self.id, path).await?;
        let (mut size, mut seen) = (0, 0_u64);
        let mut from = |event: Event<'_>| match event {
            // Of one file there is one entry.
            Event::Entry(entry) => {
                size = entry.size;
                if offset >= size {
                    Flow::Enough
                } else {
                    Flow::More
                }
            }
            Event::Data(bytes) => {
                let skip = usize::try_from(offset.saturating_sub(seen)).unwrap_or(usize::MAX);
                seen += bytes.len() as u64;
                match bytes.get(skip..) {
                    Some(bytes) if !bytes.is_empty() => sink(bytes),
                    Some(_) | None => Flow::More,
                }
            }
        };
        pour(&mut stream, ROOT_MOST, &AtomicU64::new(0), &mut from).await?;
        Ok(size)
    }

    /// The files at or below `path` whose names end in `end`, `most` bytes of them in all; none when there are none.
    pub(super) async fn files(
        self,
        path: &str,
        end: &str,
        most: usize,
    ) -> Result<Vec<(String, Vec<u8>)>> {
        let mut stream = match self.engine.archive_stream(self.id, path).await {
            Ok(stream) => stream,
            Err(error) if error.kind == ErrorKind::Engine => {
                tracing::debug!(path, %error, "a database is not read");
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        let (mut open, mut kept) = (false, 0);
        let mut sink = |event: Event<'_>| {
            match event {
                Event::Entry(entry) => {
                    let name = last(&entry.path).to_owned();
                    open = entry.kind == tar::Kind::File && name.ends_with(end);
                    if open {
                        files.push((name, Vec::new()));
                    }
                }
                Event::Data(bytes) => {
                    if let (true, Some((_, file))) = (open, files.last_mut()) {
                        file.extend_from_slice(bytes);
                        kept += bytes.len();
                    }
                }
            }
            if kept < most {
                Flow::More
            } else {
                Flow::Enough
            }
        };
        match pour(&mut stream, ROOT_MOST, &AtomicU64::new(0), &mut sink).await {
            Ok(_) => Ok(files),
            Err(error) if error.kind == ErrorKind::Engine => {
                tracing::debug!(path, %error, "a database is not read");
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }
}
