//! Questions about the files of one container, each counted and with a time limit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use tokio_util::sync::CancellationToken;

use super::learn::{Learnt, One, Sieve, parent};
use super::pour::{End, pour};
use crate::domain::error::{ErrorKind, Result};
use crate::domain::fs::{Content, Found, Kind, Node};
use crate::domain::tar::{Event, Flow};
use crate::domain::target::ContainerId;
use crate::engine::{Engine, FileStat};
use crate::ops::unless_cancelled;

/// Bytes that are read in all: what a program and its libraries have, many times over.
const BYTES: u64 = 1024 * 1024 * 1024;
/// Bytes that are read of one file.
const FILE_BYTES: u64 = 512 * 1024 * 1024;
/// Bytes that are kept of all files that are no ELF files.
const KEPT: u64 = 64 * 1024 * 1024;
/// Bytes that are read of the archive of a directory.
const DIR_BYTES: u64 = 8 * 1024 * 1024;
/// The longest path that Linux takes, in bytes.
const PATH: usize = 4096;
/// Small questions at one time; an engine of 20.10 makes a queue of them.
const AT_ONCE: usize = 8;
/// Archives at one time: of each up to 16 MB are held meanwhile.
const ARCHIVES_AT_ONCE: usize = 4;
/// How long the engine may take for one answer: a file may stand on a mount that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What it took.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Bytes that the engine sent of files.
    pub(super) bytes: AtomicU64,
    /// Questions that it was asked about files.
    pub(super) questions: AtomicU32,
    /// Bytes that are kept.
    kept: AtomicU64,
}

/// Whoever asks about the files of one container.
pub(super) struct Reader<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) cancel: &'a CancellationToken,
    pub(super) tally: &'a Tally,
    /// The container.
    pub(super) id: ContainerId,
    /// What is known of its files.
    pub(super) known: Learnt,
}

/// What is wanted of one path by its archive.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reading {
    pub(super) owner: bool,
    pub(super) content: bool,
    pub(super) list: bool,
}

impl Reader<'_> {
    /// Fails when the container is not there any more: what was read as missing may be there.
    pub(super) async fn check(&self) -> Result<()> {
        let asked = self.engine.inspect(&self.id.0);
        unless_cancelled(self.cancel, asked).await.map(drop)
    }

    /// What stands at each path. The directories that several of them stand in are asked first: where one is
    /// missing, or a link to another one, there is less to ask.
    pub(super) async fn stand(&self, paths: &BTreeSet<&str>) -> Result<Learnt> {
        let mut learnt = Learnt::default();
        let mut crowds: BTreeMap<&str, usize> = BTreeMap::new();
        for dir in paths.iter().filter_map(|path| parent(path)) {
            *crowds.entry(dir).or_default() += 1;
        }
        let unknown = |dir: &&str| !self.known.tree.nodes.contains_key(*dir) && *dir != "/";
        let dirs: BTreeSet<&str> = crowds
            .into_iter()
            .filter(|(_, count)| *count > 1)
            .map(|(dir, _)| dir)
            .filter(unknown)
            .filter(|dir| !paths.contains(dir))
            .collect();
        self.ask(dirs.into_iter().map(str::to_owned).collect(), &mut learnt)
            .await?;
        let mut asked: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for path in paths {
            asked
                .entry(self.real(path, &learnt))
                .or_default()
                .push(path);
        }
        let questions = asked.keys().cloned().collect();
        self.ask(questions, &mut learnt).await?;
        for (real, paths) in asked {
            let Some(node) = learnt.tree.nodes.get(&real).cloned() else {
                continue;
            };
            for path in paths {
                learnt.tree.nodes.insert((*path).to_owned(), node.clone());
            }
        }
        Ok(learnt)
    }

    /// `path` with its directory in place of the link to it, as far as that is known.
    fn real(&self, path: &str, learnt: &Learnt) -> String {
        let Some(dir) = parent(path) else {
            return path.to_owned();
        };
        let nodes = [&learnt.tree.nodes, &self.known.tree.nodes];
        let node = nodes.iter().find_map(|nodes| nodes.get(dir));
        match (node, path.strip_prefix(dir)) {
            (
                Some(Found::Is(Node {
                    kind: Kind::Link(target),
                    ..
                })),
                Some(name),
            ) => format!("{target}{name}"),
            _ => path.to_owned(),
        }
    }

    /// Asks what stands at each path, unless it is known or follows from what is known.
    async fn ask(&self, paths: Vec<String>, learnt: &mut Learnt) -> Result<()> {
        let mut questions = Vec::new();
        for path in paths {
            if learnt.tree.nodes.contains_key(&path) {
                continue;
            }
            if let Some(node) = self.known.tree.nodes.get(&path) {
                learnt.tree.nodes.insert(path, node.clone());
            } else if self.known.is_missing(&path) || learnt.is_missing(&path) {
                learnt.tree.nodes.insert(path, Found::Missing);
            } else {
                questions.push(self.stat(path));
            }
        }
        let mut answers = stream::iter(questions).buffer_unordered(AT_ONCE);
        while let Some(answer) = answers.next().await {
            let (path, node) = answer?;
            learnt.tree.nodes.insert(path, node);
        }
        Ok(())
    }

    async fn stat(&self, path: String) -> Result<(String, Found<Node>)> {
        if path.len() > PATH {
            let why = format!("its path has more than {PATH} bytes");
            return Ok((path, Found::Unreadable(why)));
        }
        self.tally.questions.fetch_add(1, Ordering::Relaxed);
        let node = match self.asked(self.engine.peek(&self.id, &path)).await? {
            Ok(Some(stat)) => Found::Is(node(stat)),
            Ok(None) => Found::Missing,
            Err(why) => Found::Unreadable(why),
        };
        Ok((path, node))
    }

    /// Reads several archives.
    pub(super) async fn read_all(&self, readings: &BTreeMap<&str, Reading>) -> Result<Learnt> {
        let questions: Vec<_> = readings
            .iter()
            .map(|(path, reading)| self.read(path, *reading))
            .collect();
        let mut answers = stream::iter(questions).buffer_unordered(ARCHIVES_AT_ONCE);
        let mut learnt = Learnt::default();
        while let Some(answer) = answers.next().await {
            learnt.add(answer?);
        }
        Ok(learnt)
    }

    /// Reads the archive of a path, as far as needed.
    async fn read(&self, path: &str, reading: Reading) -> Result<Learnt> {
        let mut one = One::new(reading.content, reading.list);
        let limit = if reading.content {
            FILE_BYTES
        } else {
            DIR_BYTES
        };
        let told = self
            .poured(path, limit, &mut |event| one.take(event))
            .await?;
        let mut learnt = one.finish(path);
        let why = told
            .err()
            .unwrap_or_else(|| "the engine told nothing of it".into());
        let tree = &mut learnt.tree;
        if let Some(Found::Is(Content::Bytes(bytes, _))) = tree.contents.get(path) {
            let more = bytes.len() as u64;
            if self.tally.kept.fetch_add(more, Ordering::Relaxed) + more > KEPT {
                let why = format!("more than {} MB of files are kept already", KEPT >> 20);
                tree.contents.insert(path.into(), Found::Unreadable(why));
            }
        }
        let unreadable = || Found::Unreadable(why.clone());
        if reading.owner && !tree.owners.contains_key(path) {
            tree.owners
                .insert(path.into(), Found::Unreadable(why.clone()));
        }
        if reading.content && !tree.contents.contains_key(path) {
            tree.contents.insert(path.into(), unreadable());
        }
        if reading.list && !tree.lists.contains_key(path) {
            tree.lists
                .insert(path.into(), Found::Unreadable(why.clone()));
        }
        Ok(learnt)
    }

    /// What the archive of a directory tells of all that is in it.
    pub(super) async fn sifted(&self, dir: &str) -> Result<Learnt> {
        let mut sieve = Sieve::of_dir(dir);
        let mut sink = |event: Event<'_>| sieve.take(event);
        let end = self.poured(dir, DIR_BYTES, &mut sink).await?;
        if let Err(why) = &end {
            tracing::debug!(why, "a directory is not read to its end");
        }
        Ok(sieve.finish(end.ok()))
    }

    /// Pours the archive of a path; how it ended, or why it cannot be read.
    async fn poured(
        &self,
        path: &str,
        limit: u64,
        sink: &mut (dyn FnMut(Event<'_>) -> Flow + Send),
    ) -> Result<Result<End, String>> {
        let read = self.tally.bytes.load(Ordering::Relaxed);
        let Some(room) = BYTES.checked_sub(read).filter(|room| *room > 0) else {
            return Ok(Err(format!(
                "more than {} MB were read already",
                BYTES >> 20
            )));
        };
        self.tally.questions.fetch_add(1, Ordering::Relaxed);
        let reading = async {
            let mut stream = self.engine.archive_stream(&self.id, path).await?;
            pour(&mut stream, limit.min(room), &self.tally.bytes, sink).await
        };
        self.asked(reading).await
    }

    /// Waits for the engine. A refusal is an answer, in words; that the container or the engine is gone, or
    /// that the person gave up, is an error.
    async fn asked<T>(
        &self,
        question: impl Future<Output = Result<T>>,
    ) -> Result<Result<T, String>> {
        let timed = async { Ok(tokio::time::timeout(PATIENCE, question).await) };
        let error = match unless_cancelled(self.cancel, timed).await? {
            Ok(Ok(answer)) => return Ok(Ok(answer)),
            Ok(Err(error)) => error,
            Err(_) => {
                let why = format!("the engine did not answer within {} s", PATIENCE.as_secs());
                return Ok(Err(why));
            }
        };
        if error.kind != ErrorKind::Engine {
            return Err(error);
        }
        // Refused, or lost: who is still there tells.
        unless_cancelled(self.cancel, self.engine.inspect(&self.id.0)).await?;
        Ok(Err(error.message))
    }
}

fn node(stat: FileStat) -> Node {
    let kind = match stat.link_target {
        Some(target) => Kind::Link(target),
        None if stat.is_dir => Kind::Dir,
        None if stat.is_special => Kind::Special,
        None => Kind::File,
    };
    Node {
        kind,
        mode: stat.mode,
        size: stat.size,
    }
}
