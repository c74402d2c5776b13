//! Questions about the files of one container, each counted and with a time limit.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::learn::{Learnt, One, Sieve};
use super::pour::{End, pour};
use crate::domain::error::{ErrorKind, Result};
use crate::domain::fs::{Content, Found, Kind, Node};
use crate::domain::tar::{Event, Flow};
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
/// Small questions at one time; an engine of 20.10 makes a queue of them.
const AT_ONCE: usize = 8;
/// Archives at one time: of each up to 16 MB are held meanwhile.
const ARCHIVES_AT_ONCE: usize = 4;
/// How long the engine may take for one answer: a file may stand on a mount that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What stands for the engine's word on links that lead nowhere.
const CIRCLE: &str = "its symbolic links lead in a circle";

/// What it took, and how much may be asked at one time.
#[derive(Debug)]
pub(super) struct Tally {
    /// Bytes that the engine sent of files.
    pub(super) bytes: AtomicU64,
    /// Questions that it was asked about files.
    pub(super) questions: AtomicU32,
    /// Bytes that are kept.
    kept: AtomicU64,
    small: Semaphore,
    archives: Semaphore,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            bytes: AtomicU64::new(0),
            questions: AtomicU32::new(0),
            kept: AtomicU64::new(0),
            small: Semaphore::new(AT_ONCE),
            archives: Semaphore::new(ARCHIVES_AT_ONCE),
        }
    }
}

/// Whoever asks about the files of one container.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) cancel: &'a CancellationToken,
    pub(super) tally: &'a Tally,
    /// The container.
    pub(super) id: ContainerId,
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

    /// What the start of the root tells, up to its directory `until`, and the stream to be held open. What
    /// is at or below `mounts` is left out.
    pub(super) async fn read_ahead(
        &self,
        mounts: &[String],
        until: &str,
    ) -> (Learnt, Option<ArchiveStream>) {
        let root = self.engine.root_stream(&self.id);
        let mut stream = match unless_cancelled(self.cancel, root).await {
            Ok(stream) => stream,
            Err(error) => {
                tracing::debug!(%error, "the root is not read ahead");
                return (Learnt::default(), None);
            }
        };
        let mut sieve = Sieve::of_root(mounts, until);
        let mut sink = |event: Event<'_>| sieve.take(event);
        let poured = pour(&mut stream, AHEAD, &self.tally.bytes, &mut sink);
        let end = unless_cancelled(self.cancel, poured).await;
        let end = end.inspect_err(|error| {
            tracing::debug!(%error, "the root is not read ahead to the end");
        });
        (sieve.finish(end.ok()), Some(stream))
    }

    /// What stands at a path.
    pub(super) async fn stat(&self, path: String) -> Result<Learnt> {
        let mut learnt = Learnt::default();
        if path.len() > PATH {
            let why = format!("its path has more than {PATH} bytes");
            learnt.tree.nodes.insert(path, Found::Unreadable(why));
            return Ok(learnt);
        }
        let _permit = self.tally.small.acquire().await;
        self.tally.questions.fetch_add(1, Ordering::Relaxed);
        let node = match self.asked(self.engine.peek(&self.id, &path)).await? {
            Ok(Some(stat)) => Found::Is(node(stat)),
            Ok(None) => Found::Missing,
            Err(why) if why.contains("too many links") => Found::Unreadable(CIRCLE.into()),
            Err(why) => Found::Unreadable(why),
        };
        learnt.tree.nodes.insert(path, node);
        Ok(learnt)
    }

    /// Reads the archive of a path, as far as needed.
    pub(super) async fn read(&self, path: &str, reading: Reading) -> Result<Learnt> {
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
        let _permit = self.tally.archives.acquire().await;
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
