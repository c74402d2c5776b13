//! One file of both sides, line by line.

use std::sync::atomic::AtomicU64;

use tokio_util::sync::CancellationToken;

use super::super::clean::may_be_left;
use super::super::inspect::pour::{End, pour};
use super::super::inspect::probes::Probes;
use super::super::resolve::contents;
use super::super::unless_cancelled;
use super::Given;
use super::sides;
use crate::domain::compare::{CONTENT, Content, Held, content as compared};
use crate::domain::error::Result;
use crate::domain::tar::{Event, Flow, Kind};
use crate::domain::target::ContainerId;
use crate::domain::twin::Session;
use crate::engine::Engine;

/// Compares what both sides hold at `path`, links followed: at most 2 MB of each. `session` owns the containers that are made for it.
///
/// # Errors
/// As [`super::compare`].
pub async fn content(
    engine: &dyn Engine,
    session: &Session,
    given: [Given; 2],
    path: &str,
    cancel: &CancellationToken,
) -> Result<Content> {
    let mut probes = Probes::new(engine, session);
    let read = Box::pin(both(engine, given, path, &mut probes, cancel)).await;
    let left = probes.remove().await;
    match read {
        Err(error) if !left.is_empty() => Err(may_be_left(error)),
        read => read,
    }
}

async fn both(
    engine: &dyn Engine,
    given: [Given; 2],
    path: &str,
    probes: &mut Probes<'_>,
    cancel: &CancellationToken,
) -> Result<Content> {
    let names = given.each_ref().map(|given| given.role.word());
    let [left, right] = given;
    let known = async { tokio::try_join!(sides::known(engine, left), sides::known(engine, right)) };
    let (mut left, mut right) = unless_cancelled(cancel, known).await?;
    sides::open(&mut left, probes).await?;
    sides::open(&mut right, probes).await?;
    let (left, right) = (left.id()?, right.id()?);
    let read = async { tokio::try_join!(held(engine, &left, path), held(engine, &right, path)) };
    let (left, right) = unless_cancelled(cancel, read).await?;
    Ok(compared(path, names, &left, &right))
}

/// What a container holds at a path.
async fn held(engine: &dyn Engine, id: &ContainerId, path: &str) -> Result<Held> {
    let Some(path) = contents::led(engine, id, path).await? else {
        return Ok(Held::Missing);
    };
    let Some(stat) = engine.peek(id, &path).await? else {
        return Ok(Held::Missing);
    };
    if stat.is_dir {
        return Ok(Held::Other("a directory".into()));
    }
    if stat.is_special {
        return Ok(Held::Other("a device or a pipe".into()));
    }
    let mut found = Held::Missing;
    let mut sink = |event: Event<'_>| {
        match (event, &mut found) {
            (Event::Entry(entry), Held::Missing) if entry.kind == Kind::File => {
                let whole = entry.size <= CONTENT as u64;
                found = Held::Bytes(Vec::new(), whole);
                if !whole {
                    return Flow::Enough;
                }
            }
            (Event::Entry(_), _) => return Flow::Enough,
            (Event::Data(bytes), Held::Bytes(held, _)) => held.extend_from_slice(bytes),
            (Event::Data(_), Held::Missing | Held::Other(_)) => {}
        }
        Flow::More
    };
    let mut archive = engine.archive_stream(id, &path).await?;
    let end = pour(
        &mut archive,
        CONTENT as u64 + 8192,
        &AtomicU64::new(0),
        &mut sink,
    )
    .await?;
    if let (End::Cut, Held::Bytes(_, whole)) = (end, &mut found) {
        *whole = false;
    }
    Ok(found)
}
