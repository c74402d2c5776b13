//! What archives tell: from the entries of a stream to what a tree knows.

use std::collections::BTreeSet;

use super::pour::End;
use crate::domain::elf::Capture;
use crate::domain::fs::{Content, Found, Kind, Node, Owner, Tree, normal};
use crate::domain::tar::{Entry, Event, Flow, Kind as Sort};

/// What is kept of a file that is no ELF file, in bytes: scripts, lists and certificates are smaller.
const FILE_KEPT: usize = 4 * 1024 * 1024;
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
    passed_over: BTreeSet<String>,
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
}

/// Takes what all entries of the archive of a directory tell.
#[derive(Debug, Default)]
pub(super) struct Sieve<'a> {
    /// What the names in it begin with, `/etc`; empty in the archive of the root.
    cut: &'a str,
    /// What stands for that, `/usr/etc`.
    root: &'a str,
    /// Left out, with all below: something else is mounted there.
    hidden: &'a [String],
    /// The last directory of the root that is of interest, `etc`; archives are in the order of names.
    until: Option<&'a str>,
    learnt: Learnt,
    last: String,
    /// The file that comes by.
    file: Option<(String, Keep)>,
    stopped: bool,
}

impl<'a> Sieve<'a> {
    /// For the archive of a directory.
    pub(super) fn of_dir(dir: &'a str) -> Self {
        let cut = dir.rfind('/').and_then(|at| dir.get(at..));
        Self {
            cut: cut.unwrap_or_default(),
            root: dir,
            ..Self::default()
        }
    }

    /// For the archive of the root, up to the directory `until`.
    pub(super) fn of_root(hidden: &'a [String], until: &'a str) -> Self {
        Self {
            hidden,
            until: Some(until),
            ..Self::default()
        }
    }

    /// Takes the next event.
    pub(super) fn take(&mut self, event: Event<'_>) -> Flow {
        match event {
            Event::Data(bytes) => {
                if let Some((_, keep)) = &mut self.file {
                    keep.feed(bytes);
                }
                Flow::More
            }
            Event::Entry(entry) => {
                self.close();
                self.entry(&entry)
            }
        }
    }

    fn entry(&mut self, entry: &Entry) -> Flow {
        let name = normal(&entry.path);
        let name = if name == "/" { "" } else { &name };
        let Some(rest) = name.strip_prefix(self.cut) else {
            return Flow::More;
        };
        let path = match format!("{}{rest}", self.root) {
            path if path.is_empty() => "/".to_owned(),
            path => path,
        };
        self.last.clone_from(&path);
        if self.until.is_some_and(|until| first(&path) > until) {
            self.stopped = true;
            return Flow::Enough;
        }
        let kind = match entry.kind {
            Sort::File => Kind::File,
            Sort::Dir => Kind::Dir,
            Sort::Special => Kind::Special,
            // Where it leads in the end only the engine can tell; the size of a further name is not here.
            Sort::Symlink(_) | Sort::Hardlink(_) => {
                self.learnt.passed_over.insert(path);
                return Flow::More;
            }
        };
        if self.hidden.iter().any(|mount| is_at_or_below(&path, mount)) {
            self.learnt.passed_over.insert(path);
            return Flow::More;
        }
        match kind {
            Kind::Dir => drop(self.learnt.whole.insert(path.clone())),
            Kind::File if entry.size <= BY_THE_WAY => {
                self.file = Some((path.clone(), Keep::new(entry.size)));
            }
            Kind::File | Kind::Link(_) | Kind::Special => {}
        }
        let tree = &mut self.learnt.tree;
        tree.owners.insert(path.clone(), Found::Is(owner(entry)));
        let node = Node {
            kind,
            mode: entry.mode,
            size: entry.size,
        };
        tree.nodes.insert(path, Found::Is(node));
        Flow::More
    }

    /// The end of the file that came by.
    fn close(&mut self) {
        if let Some((path, keep)) = self.file.take() {
            let content = keep.finish();
            if content.is().is_some() {
                self.learnt.tree.contents.insert(path, content);
            }
        }
    }

    /// What was learnt, when the archive ended so; none when it broke off.
    pub(super) fn finish(mut self, end: Option<End>) -> Learnt {
        self.close();
        if self.stopped || end != Some(End::Over) {
            // The directories that were open.
            let mut open = Some(self.last.as_str());
            while let Some(path) = open {
                self.learnt.whole.remove(path);
                open = parent(path);
            }
        }
        self.learnt
    }
}

/// Takes what is asked of one path from its archive.
#[derive(Debug)]
pub(super) struct One {
    content: bool,
    list: bool,
    /// The first entry is that of the path itself.
    owner: Option<Owner>,
    name: String,
    keep: Option<Keep>,
    names: BTreeSet<String>,
    odd: bool,
}

impl One {
    /// Takes the owner always, what the file holds and the names in the directory where wanted.
    pub(super) fn new(content: bool, list: bool) -> Self {
        Self {
            content,
            list,
            owner: None,
            name: String::new(),
            keep: None,
            names: BTreeSet::new(),
            odd: false,
        }
    }

    /// Takes the next event.
    pub(super) fn take(&mut self, event: Event<'_>) -> Flow {
        match event {
            Event::Data(bytes) => self.keep.as_mut().map_or(Flow::More, |k| k.feed(bytes)),
            Event::Entry(entry) if self.owner.is_none() => {
                self.owner = Some(owner(&entry));
                normal(&entry.path)
                    .trim_end_matches('/')
                    .clone_into(&mut self.name);
                self.odd = entry.kind != Sort::File;
                self.keep = (self.content && !self.odd).then(|| Keep::new(entry.size));
                if self.list || self.keep.is_some() {
                    Flow::More
                } else {
                    Flow::Enough
                }
            }
            Event::Entry(_) if !self.list => Flow::Enough,
            Event::Entry(entry) => {
                let name = normal(&entry.path);
                let below = name
                    .strip_prefix(&self.name)
                    .and_then(|rest| rest.strip_prefix('/')?.split('/').next());
                self.names
                    .extend(below.filter(|n| !n.is_empty()).map(str::to_owned));
                if self.names.len() < LIST_NAMES {
                    Flow::More
                } else {
                    Flow::Enough
                }
            }
        }
    }

    /// What was learnt of `path`, as far as it came.
    pub(super) fn finish(self, path: &str) -> Learnt {
        let mut learnt = Learnt::default();
        let Some(owner) = self.owner else {
            return learnt;
        };
        let tree = &mut learnt.tree;
        tree.owners.insert(path.to_owned(), Found::Is(owner));
        if let Some(keep) = self.keep {
            tree.contents.insert(path.to_owned(), keep.finish());
        } else if self.content {
            let why = Found::Unreadable("it is no regular file".into());
            tree.contents.insert(path.to_owned(), why);
        }
        if self.list {
            let names = self.names.into_iter().collect();
            tree.lists.insert(path.to_owned(), Found::Is(names));
        }
        learnt
    }
}

/// Keeps of a file what matters while it comes by.
#[derive(Debug)]
struct Keep {
    size: u64,
    seen: u64,
    bytes: Vec<u8>,
    elf: Option<Capture>,
}

impl Keep {
    fn new(size: u64) -> Self {
        Self {
            size,
            seen: 0,
            bytes: Vec::new(),
            elf: None,
        }
    }

    fn feed(&mut self, bytes: &[u8]) -> Flow {
        self.seen += bytes.len() as u64;
        let wanted = if let Some(elf) = &mut self.elf {
            elf.feed(bytes)
        } else {
            let room = FILE_KEPT - self.bytes.len();
            let kept = bytes.get(..room).unwrap_or(bytes);
            self.bytes.extend_from_slice(kept);
            if self.bytes.starts_with(ELF) {
                let mut elf = Capture::new(self.size);
                let wanted =
                    elf.feed(&self.bytes) && elf.feed(bytes.get(kept.len()..).unwrap_or_default());
                self.bytes = Vec::new();
                self.elf = Some(elf);
                wanted
            } else {
                self.bytes.len() < FILE_KEPT
            }
        };
        if wanted { Flow::More } else { Flow::Enough }
    }

    fn finish(self) -> Found<Content> {
        match self.elf {
            Some(elf) => Found::Is(Content::Elf(elf.finish().map(Box::new))),
            None if self.bytes.len() < FILE_KEPT && self.seen < self.size => {
                Found::Unreadable("it could not be read to its end".into())
            }
            None => {
                let all = self.bytes.len() as u64 == self.size;
                Found::Is(Content::Bytes(self.bytes, all))
            }
        }
    }
}

fn owner(entry: &Entry) -> Owner {
    Owner {
        uid: entry.uid,
        gid: entry.gid,
    }
}

/// The first name in `path`.
fn first(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
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
