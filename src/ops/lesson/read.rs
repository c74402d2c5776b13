//! Files, read so far as checks need them.

use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::sync::atomic::AtomicU64;

use crate::domain::error::{Error, ErrorKind as Sort, Result};
use crate::domain::lesson::facts::FileFacts;
use crate::domain::tar::{Event, Flow, Kind};
use crate::domain::target::ContainerId;
use crate::engine::Engine;
use crate::ops::inspect::pour::pour;
use crate::ops::resolve::contents::led;

/// Bytes of a file that are read.
const MOST: u64 = 64 << 10;

/// A file of a container, links followed; none when there is none.
pub(super) async fn file(
    engine: &dyn Engine,
    id: &ContainerId,
    path: &str,
) -> Result<Option<FileFacts>> {
    let Some(path) = led(engine, id, path).await? else {
        // Of a container that is gone meanwhile nothing is known: this says so, and `led` does not.
        engine.stat(id, path).await?;
        return Ok(None);
    };
    let mut found: Option<FileFacts> = None;
    let mut text: Vec<u8> = Vec::new();
    let mut sink = |event: Event<'_>| {
        match event {
            Event::Entry(entry) if found.is_none() => {
                found = Some(FileFacts {
                    owner: entry.uid.into(),
                    text: String::new(),
                });
                if entry.kind != Kind::File {
                    return Flow::Enough;
                }
            }
            Event::Entry(_) => return Flow::Enough,
            Event::Data(bytes) => text.extend_from_slice(bytes),
        }
        Flow::More
    };
    let mut archive = engine.archive_stream(id, &path).await?;
    // Headers come with it.
    pour(&mut archive, MOST + 4096, &AtomicU64::new(0), &mut sink).await?;
    text.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    Ok(found.map(|found| FileFacts {
        text: String::from_utf8_lossy(&text).into_owned(),
        ..found
    }))
}

/// A file of this machine, read on a thread of its own.
pub(super) async fn here(folder: &str, path: &str) -> Result<Option<FileFacts>> {
    let whole = Path::new(folder).join(path);
    let read = tokio::task::spawn_blocking(move || of_machine(&whole)).await;
    let broken = |error: &dyn std::fmt::Display| {
        let message = format!("the file {path} cannot be read: {error}");
        Error::new(Sort::Internal, message)
    };
    match read {
        Ok(Ok(file)) => Ok(Some(file)),
        Ok(Err(error))
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Ok(Err(error)) => Err(broken(&error)),
        Err(error) => Err(broken(&error)),
    }
}

fn of_machine(path: &Path) -> std::io::Result<FileFacts> {
    let meta = std::fs::metadata(path)?;
    let mut text = Vec::new();
    // A pipe may never end.
    if meta.is_file() {
        std::fs::File::open(path)?
            .take(MOST)
            .read_to_end(&mut text)?;
    }
    Ok(FileFacts {
        owner: owner(&meta),
        text: String::from_utf8_lossy(&text).into_owned(),
    })
}

#[cfg(unix)]
fn owner(meta: &std::fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    meta.uid().into()
}

#[cfg(not(unix))]
fn owner(_: &std::fs::Metadata) -> u64 {
    0
}
