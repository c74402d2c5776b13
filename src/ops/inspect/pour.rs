//! The engine's archives, poured into whoever takes them apart.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::StreamExt as _;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::tar::{Event, Flow, Unpack};
use crate::engine::ArchiveStream;

/// Why an archive is not read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ops) enum End {
    /// It is over, or nobody wanted more.
    Over,
    /// It is longer than what may be read.
    Cut,
}

/// Reads at most `room` bytes of `archive` (and the rest of a piece) and tells `sink` what is in them; the
/// bytes are added to `counted`.
pub(in crate::ops) async fn pour(
    archive: &mut ArchiveStream,
    mut room: u64,
    counted: &AtomicU64,
    sink: &mut (dyn FnMut(Event<'_>) -> Flow + Send),
) -> Result<End> {
    let unreadable = |why| {
        let message = format!("the engine's archive cannot be read: {why}");
        Error::new(ErrorKind::Engine, message)
    };
    let mut unpack = Unpack::default();
    while let Some(chunk) = archive.next().await.transpose()? {
        counted.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        let flow = unpack.feed(&chunk, &mut |event| sink(event));
        if flow.map_err(unreadable)? == Flow::Enough {
            return Ok(End::Over);
        }
        room = room.saturating_sub(chunk.len() as u64);
        if room == 0 {
            return Ok(End::Cut);
        }
    }
    unpack.finish().map_err(unreadable)?;
    Ok(End::Over)
}
