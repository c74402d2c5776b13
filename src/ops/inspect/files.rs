//! Reads files without running anything: what is wanted of a root, in as few and as cheap questions as it takes.
//!
//! An engine of 20.10 answers one question about a container at a time. It starts a process of its own for
//! each archive (45 ms), and mounts the root of a container that does not run for each question (4 ms with a
//! user-space overlay). So the stream of the whole root is begun first and held open: it keeps the root
//! mounted, takes no lock, and its first megabytes most often have all of `/etc`.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{BoxFuture, Either, join, select};

use super::learn::{Learnt, Sieve, is_at_or_below};
use super::pour::pour;
use super::reader::{Reader, Reading};
use crate::domain::error::{Error, Result};
use crate::domain::fs::{Tree, Want};
use crate::domain::tar::Event;
use crate::domain::target::ContainerId;
use crate::engine::ArchiveStream;
use crate::ops::unless_cancelled;

/// Bytes of the whole root that are read ahead.
const AHEAD: u64 = 2 * 1024 * 1024;
/// The directory that is read as a whole: most of what is wanted stands there, and it is small.
const ETC: &str = "/etc";

/// The files of one container.
pub(super) struct Files<'a> {
    reader: Reader<'a>,
    /// Paths on which something else is mounted.
    mounts: Vec<String>,
    /// The start of the whole root, on its way.
    ahead: Option<BoxFuture<'a, (Learnt, Option<ArchiveStream>)>>,
    /// The stream of the whole root, held open.
    held: Option<ArchiveStream>,
}

impl<'a> Files<'a> {
    /// The files of a container, running or not; at `mounts` it has others than its root.
    pub(super) fn new(reader: Reader<'a>, mounts: Vec<String>) -> Self {
        Self {
            reader,
            mounts,
            ahead: None,
            held: None,
        }
    }

    /// The container.
    pub(super) fn id(&self) -> &ContainerId {
        &self.reader.id
    }

    /// What is known.
    pub(super) fn tree(&self) -> &Tree {
        &self.reader.known.tree
    }

    /// What is known, for what does not come from files.
    pub(super) fn tree_mut(&mut self) -> &mut Tree {
        &mut self.reader.known.tree
    }

    /// Fails when the container is not there any more: what was read as missing may be there.
    pub(super) async fn check(&mut self) -> Result<()> {
        self.reader.check().await
    }

    /// Begins to read the whole root. It goes on while other files are read.
    pub(super) fn read_ahead(&mut self) {
        let Reader {
            engine,
            cancel,
            tally,
            ..
        } = self.reader;
        let (id, mounts) = (self.reader.id.clone(), self.mounts.clone());
        self.ahead = Some(Box::pin(async move {
            let mut stream = match unless_cancelled(cancel, engine.root_stream(&id)).await {
                Ok(stream) => stream,
                Err(error) => {
                    tracing::debug!(%id, %error, "its root is not read ahead");
                    return (Learnt::default(), None);
                }
            };
            let mut sieve = Sieve::of_root(&mounts, ETC.trim_start_matches('/'));
            let mut sink = |event: Event<'_>| sieve.take(event);
            let poured = pour(&mut stream, AHEAD, &tally.bytes, &mut sink);
            let end = unless_cancelled(cancel, poured).await.inspect_err(|error| {
                tracing::debug!(%id, %error, "its root is not read ahead to the end");
            });
            (sieve.finish(end.ok()), Some(stream))
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
                // Its request goes out first: what is asked while it is open costs less.
                (Some(ahead), false) => match select(ahead, now).await {
                    Either::Left((ahead, now)) => (now.await, Some(Either::Left(ahead))),
                    Either::Right((learnt, ahead)) => (learnt, Some(Either::Right(ahead))),
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
