//! Reads files without running anything: what is wanted of a root, in as few and as cheap questions as it takes.
//!
//! An engine of 20.10 answers one question about a container at a time. It starts a process of its own for
//! each archive (45 ms), and mounts the root of a container that does not run for each question (4 ms with a
//! user-space overlay). So the stream of the whole root is begun first and held open: it keeps the root
//! mounted, takes no lock, and its first megabytes most often have all of `/etc`.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::oneshot;

use super::learn::{Learnt, is_at_or_below, parent};
use super::reader::{Reader, Reading};
use crate::domain::error::Result;
use crate::domain::fs::{Found, Kind, Node, Tree, Want, normal};
use crate::domain::target::ContainerId;
use crate::engine::ArchiveStream;

/// The directory that is read as a whole: most of what is wanted stands there, and it is small.
const ETC: &str = "/etc";

/// The answer to a question.
enum Answer {
    /// What one path told.
    One(Learnt),
    /// What all of `/etc` told.
    Etc(Learnt),
    /// What the start of the root told, and its stream.
    Ahead(Learnt, Option<ArchiveStream>),
}

/// The files of one container.
pub(super) struct Files<'a> {
    reader: Reader<'a>,
    /// Paths on which something else is mounted.
    mounts: Vec<String>,
    known: Learnt,
    /// Questions on their way.
    open: FuturesUnordered<BoxFuture<'a, Result<Answer>>>,
    /// What was asked so far.
    asked: BTreeSet<Want>,
    /// What comes of `/etc` as a whole.
    etc: Etc,
    /// The stream of the whole root, held open.
    held: Option<ArchiveStream>,
    /// Who wants to ask about the container, too: after us, when its root is mounted.
    next: Option<oneshot::Sender<ContainerId>>,
}

/// How far `/etc` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Etc {
    /// Not asked for.
    Unread,
    /// On its way: with the root, which is read ahead, or by itself.
    Coming,
    /// What there is of it as a whole is known.
    Read,
}

impl<'a> Files<'a> {
    /// The files of a container, running or not; at `mounts` it has others than its root.
    pub(super) fn new(reader: Reader<'a>, mounts: Vec<String>) -> Self {
        Self {
            reader,
            mounts,
            known: Learnt::default(),
            open: FuturesUnordered::new(),
            asked: BTreeSet::new(),
            etc: Etc::Unread,
            held: None,
            next: None,
        }
    }

    /// Tells the container to `next` after the first answer.
    pub(super) fn then(&mut self, next: oneshot::Sender<ContainerId>) {
        self.next = Some(next);
    }

    fn tell_next(&mut self) {
        if let Some(next) = self.next.take() {
            // Nobody listens where the image's name tells enough.
            let _ = next.send(self.reader.id.clone());
        }
    }

    /// The container.
    pub(super) fn id(&self) -> &ContainerId {
        &self.reader.id
    }

    /// What is known.
    pub(super) fn tree(&self) -> &Tree {
        &self.known.tree
    }

    /// What is known, for what does not come from files.
    pub(super) fn tree_mut(&mut self) -> &mut Tree {
        &mut self.known.tree
    }

    /// Fails when the container is not there any more: what was read as missing may be there.
    pub(super) async fn check(&mut self) -> Result<()> {
        self.reader.check().await
    }

    /// Begins to read the whole root. It goes on while other files are read.
    pub(super) fn read_ahead(&mut self) {
        let (reader, mounts) = (self.reader.clone(), self.mounts.clone());
        self.etc = Etc::Coming;
        self.ask(async move {
            let until = ETC.trim_start_matches('/');
            let (learnt, stream) = reader.read_ahead(&mounts, until).await;
            Ok(Answer::Ahead(learnt, stream))
        });
    }

    /// Asks for a path before all others: much depends on it.
    pub(super) fn want_first(&mut self, path: &str) {
        self.ask_stat(normal(path));
    }

    /// How many things were asked.
    pub(super) fn asked(&self) -> usize {
        self.asked.len()
    }

    /// Asks for what is wanted and was not asked before. What follows from what is known becomes known at
    /// once; whether there was such a thing.
    pub(super) fn want(&mut self, wants: &BTreeSet<Want>) -> bool {
        let mut known = false;
        let mut readings: BTreeMap<&str, Reading> = BTreeMap::new();
        let mut stats = BTreeSet::new();
        for want in wants {
            match want {
                Want::Stat(path) => {
                    stats.insert(path.as_str());
                }
                Want::Owner(path) => readings.entry(path).or_default().owner = true,
                Want::Content(path) => readings.entry(path).or_default().content = true,
                Want::List(path) => readings.entry(path).or_default().list = true,
                Want::Provider(_) | Want::History => {}
            }
        }
        let crowded = self.crowded(&stats);
        for path in stats {
            known |= self.want_stat(path, &crowded);
        }
        for (path, reading) in readings {
            self.want_reading(path, reading);
        }
        known
    }

    /// Waits for an answer, with `all` for all of them; whether there was one.
    pub(super) async fn learn(&mut self, all: bool) -> Result<bool> {
        let Some(first) = self.open.next().await else {
            return Ok(false);
        };
        self.take(first?);
        self.tell_next();
        while all && let Some(next) = self.open.next().await {
            self.take(next?);
        }
        // What else is there already.
        while let Some(Some(next)) = self.open.next().now_or_never() {
            self.take(next?);
        }
        Ok(true)
    }

    /// Gives up what is still on its way.
    pub(super) fn give_up(&mut self) {
        self.tell_next();
        self.open.clear();
        let tree = &self.known.tree;
        self.asked.retain(|want| match want {
            Want::Stat(path) => tree.nodes.contains_key(path),
            Want::Owner(path) => tree.owners.contains_key(path),
            Want::Content(path) => tree.contents.contains_key(path),
            Want::List(path) => tree.lists.contains_key(path),
            Want::Provider(_) | Want::History => false,
        });
        if self.etc == Etc::Coming {
            self.etc = Etc::Unread;
        }
    }

    fn take(&mut self, answer: Answer) {
        match answer {
            Answer::One(learnt) => self.known.add(learnt),
            Answer::Etc(learnt) => {
                self.known.add(learnt);
                self.etc = Etc::Read;
            }
            Answer::Ahead(learnt, stream) => {
                self.known.add(learnt);
                self.held = stream;
                self.etc = if self.known.whole.contains(ETC) {
                    Etc::Read
                } else {
                    Etc::Unread
                };
            }
        }
    }

    fn ask(&mut self, question: impl Future<Output = Result<Answer>> + Send + 'a) {
        self.open.push(question.boxed());
    }

    /// Directories that are not known, and that several of `paths` stand in. They are asked first: where one
    /// is missing, or a link to another one, there is less to ask.
    fn crowded(&self, paths: &BTreeSet<&str>) -> BTreeSet<String> {
        let mut crowds: BTreeMap<&str, usize> = BTreeMap::new();
        for dir in paths.iter().filter_map(|path| parent(path)) {
            *crowds.entry(dir).or_default() += 1;
        }
        let unknown = |dir: &&str| *dir != "/" && !self.known.tree.nodes.contains_key(*dir);
        let crowded = crowds.into_iter().filter(|(_, count)| *count > 1);
        crowded
            .map(|(dir, _)| dir)
            .filter(unknown)
            .map(str::to_owned)
            .collect()
    }

    /// Whether it is known at once.
    fn want_stat(&mut self, path: &str, crowded: &BTreeSet<String>) -> bool {
        let nodes = &self.known.tree.nodes;
        let real = self.real(path);
        let node = if let Some(node) = nodes.get(&real) {
            node.clone()
        } else if self.known.is_missing(path) || self.known.is_missing(&real) {
            Found::Missing
        } else {
            let dir = parent(path).filter(|dir| crowded.contains(*dir));
            self.ask_stat(dir.unwrap_or(&real).to_owned());
            return false;
        };
        self.known.tree.nodes.insert(path.to_owned(), node);
        true
    }

    fn ask_stat(&mut self, path: String) {
        if self.asked.insert(Want::Stat(path.clone())) {
            let reader = self.reader.clone();
            self.ask(async move { Ok(Answer::One(reader.stat(path).await?)) });
        }
    }

    /// `path` with its directory in place of the link to it, as far as that is known.
    fn real(&self, path: &str) -> String {
        let dir = parent(path);
        let node = dir.and_then(|dir| self.known.tree.nodes.get(dir));
        match (node, dir.and_then(|dir| path.strip_prefix(dir))) {
            (
                Some(Found::Is(Node {
                    kind: Kind::Link(target),
                    ..
                })),
                Some(name),
            ) => format!("{}{name}", target.trim_end_matches('/')),
            _ => path.to_owned(),
        }
    }

    fn want_reading(&mut self, path: &str, mut reading: Reading) {
        if is_at_or_below(path, ETC) && self.etc != Etc::Read {
            if self.etc == Etc::Unread {
                self.etc = Etc::Coming;
                let reader = self.reader.clone();
                self.ask(async move { Ok(Answer::Etc(reader.sifted(ETC).await?)) });
            }
            return;
        }
        let mut new = |want: Want| self.asked.insert(want);
        reading.content = reading.content && new(Want::Content(path.into()));
        reading.list = reading.list && new(Want::List(path.into()));
        // Every archive tells the owner.
        let told = [Want::Content(path.into()), Want::List(path.into())];
        let told = told.iter().any(|want| self.asked.contains(want));
        reading.owner = reading.owner && !told && self.asked.insert(Want::Owner(path.into()));
        if reading.owner || reading.content || reading.list {
            let (reader, path) = (self.reader.clone(), path.to_owned());
            self.ask(async move { Ok(Answer::One(reader.read(&path, reading).await?)) });
        }
    }
}
