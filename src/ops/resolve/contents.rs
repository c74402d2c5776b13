//! What files of a container hold, by the archive endpoint: bounded, links followed, and what is not there is none.

use std::sync::atomic::AtomicU64;

use crate::domain::error::Result;
use crate::domain::fs::joined;
use crate::domain::image::origin::of_sbom;
use crate::domain::packages::apk::Apk;
use crate::domain::packages::apt::Apt;
use crate::domain::packages::{Package, PackageManager as _};
use crate::domain::tar::{Event, Flow, Kind};
use crate::domain::target::ContainerId;
use crate::engine::Engine;
use crate::ops::inspect::pour::{End, pour};

/// Bytes that are read of one package database, or of a directory of them: real ones have a tenth of it.
const DATABASE: u64 = 32 * 1024 * 1024;
/// Symbolic links that are followed from one path.
const MAX_LINKS: usize = 8;
/// Files of a directory that are read, and names that are kept.
const MAX_FILES: usize = 4096;

/// Where apk keeps what is installed.
const APK: [&str; 2] = ["/usr/lib/apk/db/installed", "/lib/apk/db/installed"];
/// Where dpkg does, and where Google's distroless images keep a file for each package.
const DPKG: &str = "/var/lib/dpkg/status";
const DPKG_PARTS: &str = "/var/lib/dpkg/status.d";
/// Where apko keeps a document for each package.
const SBOM: &str = "/var/lib/db/sbom";

/// Where a path leads, links followed; none when nothing is there.
pub(super) async fn led(
    engine: &dyn Engine,
    id: &ContainerId,
    path: &str,
) -> Result<Option<String>> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Some(stat) = engine.peek(id, &path).await? else {
            return Ok(None);
        };
        match stat.link_target {
            // The engine gives an absolute one.
            Some(target) => path = joined(&path, &target),
            None => return Ok(Some(path)),
        }
    }
    Ok(None)
}

/// The first `most` bytes of a file; none when it is not there, or no file.
pub(super) async fn file(
    engine: &dyn Engine,
    id: &ContainerId,
    path: &str,
    most: u64,
) -> Result<Option<Vec<u8>>> {
    let Some(path) = led(engine, id, path).await? else {
        return Ok(None);
    };
    let mut found: Option<Vec<u8>> = None;
    let mut sink = |event: Event<'_>| {
        match event {
            Event::Entry(entry) if entry.kind == Kind::File && found.is_none() => {
                found = Some(Vec::new());
            }
            Event::Entry(_) => return Flow::Enough,
            Event::Data(bytes) => {
                if let Some(found) = &mut found {
                    found.extend_from_slice(bytes);
                }
            }
        }
        Flow::More
    };
    let mut stream = engine.archive_stream(id, &path).await?;
    // A header and what fills the last block come with it.
    pour(&mut stream, most + 1024, &AtomicU64::new(0), &mut sink).await?;
    Ok(found)
}

/// The files right in a directory: their names, and what they hold when `contents`.
async fn files(
    engine: &dyn Engine,
    id: &ContainerId,
    path: &str,
    contents: bool,
) -> Result<Vec<(String, Vec<u8>)>> {
    let Some(path) = led(engine, id, path).await? else {
        return Ok(Vec::new());
    };
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    let mut open = false;
    let mut sink = |event: Event<'_>| {
        match event {
            Event::Entry(entry) => {
                open = entry.kind == Kind::File;
                if open {
                    if found.len() == MAX_FILES {
                        return Flow::Enough;
                    }
                    let name = entry.path.rsplit('/').next().unwrap_or_default();
                    found.push((name.to_owned(), Vec::new()));
                }
            }
            Event::Data(bytes) => {
                if let (true, true, Some((_, file))) = (open, contents, found.last_mut()) {
                    file.extend_from_slice(bytes);
                }
            }
        }
        Flow::More
    };
    let mut stream = engine.archive_stream(id, &path).await?;
    if pour(&mut stream, DATABASE, &AtomicU64::new(0), &mut sink).await? == End::Cut {
        found.pop(); // the last one may be torn
    }
    Ok(found)
}

/// The packages of a container's databases: apk's, dpkg's, or those that the names of SBOMs tell. None when it has
/// none that can be read here; rpm's are of a kind that needs its own program.
pub(super) async fn packages(
    engine: &dyn Engine,
    id: &ContainerId,
) -> Result<Option<Vec<Package>>> {
    for path in APK {
        if let Some(text) = file(engine, id, path, DATABASE).await? {
            return Ok(Some(parsed(Database::Apk, text).await));
        }
    }
    let parts = files(engine, id, DPKG_PARTS, true).await?;
    if !parts.is_empty() {
        let whole = parts.iter().filter(|(name, _)| !name.ends_with(".md5sums"));
        let mut text = Vec::new();
        for (_, part) in whole {
            text.extend_from_slice(part);
            text.extend_from_slice(b"\n\n");
        }
        return Ok(Some(parsed(Database::Stanzas, text).await));
    }
    if let Some(text) = file(engine, id, DPKG, DATABASE).await? {
        return Ok(Some(parsed(Database::Dpkg, text).await));
    }
    let documents = files(engine, id, SBOM, false).await?;
    let named: Vec<Package> = documents
        .iter()
        .filter_map(|(name, _)| of_sbom(name))
        .collect();
    Ok((!named.is_empty()).then_some(named))
}

#[derive(Clone, Copy)]
enum Database {
    Apk,
    Dpkg,
    /// Stanzas without a status.
    Stanzas,
}

/// Parses a database on a thread of its own: a large one takes a while, and whoever draws must not wait.
async fn parsed(kind: Database, text: Vec<u8>) -> Vec<Package> {
    let work = move || {
        let mut packages = Vec::new();
        let mut each = |package: Package| packages.push(package);
        let read = match kind {
            Database::Apk => Apk.read_index(&mut text.as_slice(), &mut each),
            Database::Stanzas => Apt.read_index(&mut text.as_slice(), &mut each),
            Database::Dpkg => {
                let installed = Apt.read_installed(&text).packages;
                packages = installed
                    .into_iter()
                    .map(|(name, here)| Package {
                        name,
                        version: here.version,
                        ..Package::default()
                    })
                    .collect();
                Ok(())
            }
        };
        if let Err(error) = read {
            tracing::debug!(%error, "a package database cannot be read to its end");
        }
        packages
    };
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| {
            tracing::warn!(%error, "a package database could not be read");
            Vec::new()
        })
}
