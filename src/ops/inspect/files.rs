//! Reads files without running anything: what is wanted of a root, in as few and as cheap questions as it takes.
//!
//! An engine of 20.10 answers one question about a container at a time. It starts a process of its own for
//! each archive (45 ms), and mounts the root of a container that does not run for each question (4 ms with a
//! user-space overlay). So the stream of the whole root is begun first and held open: it keeps the root
//! mounted, takes no lock, and its first megabytes most often have all of `/etc`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::{BoxFuture, Either, join, select};
use futures_util::stream::{self, StreamExt as _};
use tokio_util::sync::CancellationToken;

use super::learn::{self, Learnt, is_at_or_below, parent};
use super::unpack::Unpack;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::fs::{Found, Kind, Node, Want};
use crate::domain::target::ContainerId;
use crate::engine::{ArchiveStream, Engine, FileStat};
use crate::ops::unless_cancelled;

/// Bytes that are read in all: what a program and its libraries have, many times over.
const BYTES: u64 = 1024 * 1024 * 1024;
/// Bytes that are read of one file.
const FILE_BYTES: u64 = 512 * 1024 * 1024;
/// Bytes that are kept of all files that are no ELF files.
const KEPT: u64 = 64 * 1024 * 1024;
/// Bytes of the whole root that are read ahead.
const AHEAD: u64 = 2 * 1024 * 1024;
/// Bytes that are read of the archive of a directory.
const DIR_BYTES: u64 = 8 * 1024 * 1024;
/// The longest path that Linux takes, in bytes.
const PATH: usize = 4096;
/// Questions at one time; an engine of 20.10 makes a queue of them.
const AT_ONCE: usize = 8;
/// How long the engine may take for one answer: a file may stand on a mount that hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// The directory that is read as a whole: most of what is wanted stands there, and it is small.
const ETC: &str = "/etc";

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

/// The files of one container.
pub(super) struct Files<'a> {
    /// What answers; apart from the streams, which no two tasks may look at.
    pub(super) reader: Reader<'a>,
    /// The start of the whole root, on its way.
    ahead: Option<BoxFuture<'a, (Learnt, Option<ArchiveStream>)>>,
    /// The stream of the whole root, held open.
    held: Option<ArchiveStream>,
}

/// Asks the engine about the files of one container.
pub(super) struct Reader<'a> {
    engine: &'a dyn Engine,
    cancel: &'a CancellationToken,
    tally: &'a Tally,
    /// The container.
    id: ContainerId,
    /// Paths on which something else is mounted.
    mounts: Vec<String>,
    /// What is known.
    pub(super) known: Learnt,
}

/// What is wanted of one path by its archive.
#[derive(Debug, Clone, Copy, Default)]
struct Reading {
    owner: bool,
    content: bool,
    list: bool,
}

impl<'a> Files<'a> {
    /// The files of a container, running or not.
    pub(super) fn new(
        engine: &'a dyn Engine,
        cancel: &'a CancellationToken,
        tally: &'a Tally,
        id: ContainerId,
        mounts: Vec<String>,
    ) -> Self {
        let reader = Reader {
            engine,
            cancel,
            tally,
            id,
            mounts,
            known: Learnt::default(),
        };
        Self {
            reader,
            ahead: None,
            held: None,
        }
    }

    /// The container.
    pub(super) fn id(&self) -> &ContainerId {
        &self.reader.id
    }

    /// Begins to read the whole root. It goes on while other files are read.
    pub(super) fn read_ahead(&mut self) {
        let reader = &self.reader;
        let (engine, cancel, tally) = (reader.engine, reader.cancel, reader.tally);
        let (id, mounts) = (reader.id.clone(), reader.mounts.clone());
        self.ahead = Some(Box::pin(async move {
            let mut learnt = Learnt::default();
            let stream = match unless_cancelled(cancel, engine.root_stream(&id)).await {
                Ok(stream) => stream,
                Err(error) => {
                    tracing::debug!(%id, %error, "its root is not read ahead");
                    return (learnt, None);
                }
            };
            let mut archive = Unpack::new(stream, AHEAD, &tally.bytes);
            let sifted = learnt.sift(&mut archive, ("", ""), &mounts);
            if let Err(error) = unless_cancelled(cancel, sifted).await {
                tracing::debug!(%id, %error, "its root is not read ahead to the end");
            }
            (learnt, Some(archive.into_stream()))
        }));
    }

    /// Puts the answers to all `wants` about files into what is known.
    pub(super) async fn answer(&mut self, wants: &BTreeSet<Want>) -> Result<()> {
        let mut stats = BTreeSet::new();
        let mut readings: BTreeMap<&str, Reading> = BTreeMap::new();
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
        let etc = readings.keys().any(|path| is_at_or_below(path, ETC));
        let elsewhere: BTreeMap<&str, Reading> = readings
            .iter()
            .filter(|(path, _)| !is_at_or_below(path, ETC))
            .map(|(path, reading)| (*path, *reading))
            .collect();
        let ahead = self.ahead.take();
        let (learnt, ahead) = {
            let reader = &self.reader;
            let now = Box::pin(async {
                let both = join(reader.stand(&stats), reader.read_all(&elsewhere)).await;
                let mut learnt = both.0?;
                learnt.add(both.1?);
                Ok::<_, Error>(learnt)
            });
            // Whoever wants something of /etc waits for it; others do not.
            match (ahead, etc) {
                (None, _) => (now.await, None),
                (Some(ahead), true) => {
                    let (learnt, ahead) = join(now, ahead).await;
                    (learnt, Some(Either::Left(ahead)))
                }
                (Some(ahead), false) => match select(now, ahead).await {
                    Either::Left((learnt, ahead)) => (learnt, Some(Either::Right(ahead))),
                    Either::Right((ahead, now)) => (now.await, Some(Either::Left(ahead))),
                },
            }
        };
        match ahead {
            Some(Either::Left((learnt, stream))) => {
                self.reader.known.add(learnt);
                self.held = stream;
            }
            Some(Either::Right(ahead)) => self.ahead = Some(ahead),
            None => {}
        }
        self.reader.known.add(learnt?);
        if etc {
            self.answer_etc(&readings).await?;
        }
        Ok(())
    }

    /// What is wanted of `/etc`, if it is not known by now.
    async fn answer_etc(&mut self, readings: &BTreeMap<&str, Reading>) -> Result<()> {
        let left = |known: &Learnt| -> BTreeMap<&str, Reading> {
            let of_etc = readings.iter().filter(|(path, reading)| {
                let tree = &known.tree;
                let unknown = (reading.owner && !tree.owners.contains_key(**path))
                    || (reading.content && !tree.contents.contains_key(**path))
                    || (reading.list && !tree.lists.contains_key(**path));
                is_at_or_below(path, ETC) && unknown
            });
            of_etc.map(|(path, reading)| (*path, *reading)).collect()
        };
        let wanted = left(&self.reader.known);
        if !wanted.is_empty() && !self.reader.known.whole.contains(ETC) {
            let learnt = self.reader.sifted(ETC).await?;
            self.reader.known.add(learnt);
        }
        let wanted = left(&self.reader.known);
        let learnt = self.reader.read_all(&wanted).await?;
        self.reader.known.add(learnt);
        Ok(())
    }
}

impl<'a> Reader<'a> {
    /// What stands at each path. The directories that several of them stand in are asked first: where one is
    /// missing, or a link to another one, there is less to ask.
    async fn stand(&self, paths: &BTreeSet<&str>) -> Result<Learnt> {
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
        let node = match self.asked(self.engine.stat(&self.id, &path)).await? {
            Ok(Some(stat)) => Found::Is(node(stat)),
            Ok(None) => Found::Missing,
            Err(why) => Found::Unreadable(why),
        };
        Ok((path, node))
    }

    /// Reads several archives.
    async fn read_all(&self, readings: &BTreeMap<&str, Reading>) -> Result<Learnt> {
        let questions: Vec<_> = readings
            .iter()
            .map(|(path, reading)| self.read(path, *reading))
            .collect();
        let mut answers = stream::iter(questions).buffer_unordered(AT_ONCE);
        let mut learnt = Learnt::default();
        while let Some(answer) = answers.next().await {
            learnt.add(answer?);
        }
        Ok(learnt)
    }

    /// Reads the archive of a path, as far as needed.
    async fn read(&self, path: &str, reading: Reading) -> Result<Learnt> {
        let mut learnt = Learnt::default();
        let limit = if reading.content {
            FILE_BYTES
        } else {
            DIR_BYTES
        };
        let told = match self.archive(path, limit).await? {
            Ok(mut archive) => {
                let taken = take(&mut archive, path, reading, &mut learnt);
                self.asked(taken).await?
            }
            Err(why) => Err(why),
        };
        let why = told
            .err()
            .unwrap_or_else(|| "the engine told nothing of it".into());
        let tree = &mut learnt.tree;
        if let Some(Found::Is(learn::Content::Bytes(bytes, _))) = tree.contents.get(path) {
            let more = bytes.len() as u64;
            if self.tally.kept.fetch_add(more, Ordering::Relaxed) + more > KEPT {
                let why = format!("more than {} MB of files are kept already", KEPT >> 20);
                tree.contents.insert(path.into(), Found::Unreadable(why));
            }
        }
        if reading.owner && !tree.owners.contains_key(path) {
            let why = Found::Unreadable(why.clone());
            tree.owners.insert(path.into(), why);
        }
        if reading.content && !tree.contents.contains_key(path) {
            let why = Found::Unreadable(why.clone());
            tree.contents.insert(path.into(), why);
        }
        if reading.list && !tree.lists.contains_key(path) {
            tree.lists.insert(path.into(), Found::Unreadable(why));
        }
        Ok(learnt)
    }

    /// What the archive of a directory tells of all that is in it.
    async fn sifted(&self, dir: &str) -> Result<Learnt> {
        let mut learnt = Learnt::default();
        match self.archive(dir, DIR_BYTES).await? {
            Ok(mut archive) => {
                let sifted = learnt.sift(&mut archive, (dir, dir), &[]);
                if let Err(why) = self.asked(sifted).await? {
                    tracing::debug!(%why, "a directory is not read to its end");
                }
            }
            Err(why) => tracing::debug!(%why, "a directory is not read"),
        }
        Ok(learnt)
    }

    /// The archive of a path; or why there is none.
    async fn archive(&self, path: &str, limit: u64) -> Result<Result<Unpack<'a>, String>> {
        let read = self.tally.bytes.load(Ordering::Relaxed);
        let Some(room) = BYTES.checked_sub(read).filter(|room| *room > 0) else {
            return Ok(Err(format!(
                "more than {} MB were read already",
                BYTES >> 20
            )));
        };
        self.tally.questions.fetch_add(1, Ordering::Relaxed);
        let stream = self
            .asked(self.engine.archive_stream(&self.id, path))
            .await?;
        Ok(stream.map(|stream| Unpack::new(stream, limit.min(room), &self.tally.bytes)))
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

/// Takes from the archive of `path` what is asked.
async fn take(
    archive: &mut Unpack<'_>,
    path: &str,
    reading: Reading,
    learnt: &mut Learnt,
) -> Result<()> {
    let Some(first) = archive.next().await? else {
        return Ok(());
    };
    let tree = &mut learnt.tree;
    tree.owners.insert(path.into(), Found::Is(first.owner));
    if reading.content {
        let content = learn::content(archive, &first).await?;
        tree.contents.insert(path.into(), content);
    }
    if reading.list {
        let names = learn::names(archive, &first.name).await?;
        tree.lists.insert(path.into(), Found::Is(names));
    }
    Ok(())
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
