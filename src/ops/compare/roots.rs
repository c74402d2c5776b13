//! A root's archive, poured into a tree: the engine's pieces go over a short channel to a thread that takes them apart and
//! makes the hashes, so that neither whoever draws nor the engine waits for it, and no more than a few pieces are held.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::broken;
use crate::domain::compare::{Growing, Lists, Tree};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages::database::Database;
use crate::domain::tar::{Flow, Unpack};
use crate::domain::target::ContainerId;
use crate::domain::{Progress, Sink};
use crate::engine::Engine;

/// Pieces on their way to the thread; the engine's are of some tens of kilobytes.
const PIECES: usize = 32;
/// Bytes after which progress is told again.
const TOLD: u64 = 8 << 20;

/// Counts what is read of both roots, and tells it.
pub(super) struct Counted<'a> {
    sink: Sink<'a>,
    bytes: AtomicU64,
}

impl<'a> Counted<'a> {
    pub(super) fn new(sink: Sink<'a>) -> Self {
        Self {
            sink,
            bytes: AtomicU64::new(0),
        }
    }

    fn add(&self, bytes: u64) {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before / TOLD != (before + bytes) / TOLD {
            (self.sink)(Progress::Copied(before + bytes));
        }
    }
}

/// Reads all of a container's root; files get the owners that `database` and what lies in the root tell.
pub(super) async fn tree(
    engine: &dyn Engine,
    id: ContainerId,
    database: Option<Database>,
    read: &Counted<'_>,
) -> Result<Tree> {
    let mut archive = engine.root_stream(&id).await?;
    let (pieces, taken) = mpsc::channel::<Bytes>(PIECES);
    let work = tokio::task::spawn_blocking(move || grown(taken, database));
    let poured = async {
        while let Some(piece) = archive.next().await.transpose()? {
            read.add(piece.len() as u64);
            if pieces.send(piece).await.is_err() {
                break; // its end was found, or it cannot be read
            }
        }
        Ok(())
    };
    let poured = poured.await;
    drop(pieces);
    let tree = work.await.map_err(|error| broken(&error))?;
    poured.and(tree)
}

fn grown(mut pieces: mpsc::Receiver<Bytes>, database: Option<Database>) -> Result<Tree> {
    let unreadable = |why| {
        let message = format!("the engine's archive cannot be read: {why}");
        Error::new(ErrorKind::Engine, message)
    };
    let mut growing = Growing::default();
    let mut lists = Lists::of(database.as_ref());
    let mut unpack = Unpack::default();
    while let Some(piece) = pieces.blocking_recv() {
        let flow = unpack.feed(&piece, &mut |event| {
            lists.take(&event);
            growing.take(event)
        });
        if flow.map_err(unreadable)? == Flow::Enough {
            break;
        }
    }
    drop(pieces);
    unpack.finish().map_err(unreadable)?;
    let mut tree = growing.grown();
    if let Some(mut database) = database {
        lists.note(&mut database);
        let owned = database.owned.iter().filter_map(|(place, path)| {
            let record = database.records.get(place)?;
            Some((record.name.as_str(), path))
        });
        tree.set_owners(owned);
    }
    Ok(tree)
}
