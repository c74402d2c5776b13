//! What files of a container hold, by the archive endpoint: bounded, links followed, and what is not there is none.

use std::sync::atomic::AtomicU64;

use crate::domain::error::Result;
use crate::domain::fs::joined;
use crate::domain::packages::Package;
use crate::domain::packages::database::{Database, Kind as Sort, Record};
use crate::domain::tar::{Event, Flow, Kind};
use crate::domain::target::ContainerId;
use crate::engine::Engine;
use crate::ops::inspect::pour::{End, pour};

/// Bytes that are read of one package database, or of a directory of them: real ones have a tenth of it.
const DATABASE: u64 = 32 * 1024 * 1024;
/// The same of rpm's, which hold more of each package.
const RPM_DATABASE: u64 = 128 * 1024 * 1024;
/// Symbolic links that are followed from one path.
const MAX_LINKS: usize = 8;
/// Files of a directory that are read, and names that are kept.
const MAX_FILES: usize = 4096;

/// Where apk keeps what is installed.
const APK: [&str; 2] = ["/usr/lib/apk/db/installed", "/lib/apk/db/installed"];
/// Where dpkg does, and where Google's distroless images keep a file for each package.
const DPKG: &str = "/var/lib/dpkg/status";
const DPKG_PARTS: &str = "/var/lib/dpkg/status.d";
/// Where rpm does, in each of its stores: the directory of newer systems first.
const RPM: [(Sort, &str); 6] = [
    (Sort::RpmSqlite, "/usr/lib/sysimage/rpm/rpmdb.sqlite"),
    (Sort::RpmSqlite, "/var/lib/rpm/rpmdb.sqlite"),
    (Sort::RpmNdb, "/usr/lib/sysimage/rpm/Packages.db"),
    (Sort::RpmNdb, "/var/lib/rpm/Packages.db"),
    (Sort::RpmBdb, "/var/lib/rpm/Packages"),
    (Sort::RpmBdb, "/usr/lib/sysimage/rpm/Packages"),
];
/// Where apko keeps a document for each package.
pub(in crate::ops) const SBOM: &str = "/var/lib/db/sbom";

/// Where a path leads, links followed; none when nothing is there.
pub(in crate::ops) async fn led(
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
    let found = read(engine, id, path, most).await?;
    Ok(found.map(|(bytes, _)| bytes))
}

/// The first `most` bytes of a file, and whether that is all; none when it is not there, or no file.
pub(in crate::ops) async fn read(
    engine: &dyn Engine,
    id: &ContainerId,
    path: &str,
    most: u64,
) -> Result<Option<(Vec<u8>, End)>> {
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
    let end = pour(&mut stream, most + 1024, &AtomicU64::new(0), &mut sink).await?;
    Ok(found.map(|found| (found, end)))
}

/// The files right in a directory: their names, and what they hold when `contents`.
pub(in crate::ops) async fn files(
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

/// The packages of a container's database; none when it has none.
pub(super) async fn packages(
    engine: &dyn Engine,
    id: &ContainerId,
) -> Result<Option<Vec<Package>>> {
    let database = database(engine, id).await?;
    Ok(database.map(|database| database.records.iter().map(Record::package).collect()))
}

/// The package database of a container: apk's, dpkg's or rpm's, or what the names of SBOMs tell. None when it has none.
pub(in crate::ops) async fn database(
    engine: &dyn Engine,
    id: &ContainerId,
) -> Result<Option<Database>> {
    for path in APK {
        if let Some(found) = single(engine, id, Sort::Apk, path).await? {
            return Ok(Some(found));
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
        return Ok(Some(parsed(Sort::DpkgParts, DPKG_PARTS, text).await));
    }
    if let Some(found) = single(engine, id, Sort::Dpkg, DPKG).await? {
        return Ok(Some(found));
    }
    for (sort, path) in RPM {
        if let Some(found) = single(engine, id, sort, path).await? {
            return Ok(Some(found));
        }
    }
    let documents = files(engine, id, SBOM, false).await?;
    let names = documents.iter().map(|(name, _)| name.as_str());
    let named = Database::of_documents(SBOM, names);
    Ok((!named.records.is_empty()).then_some(named))
}

/// A database that is one file; none when it is not there.
async fn single(
    engine: &dyn Engine,
    id: &ContainerId,
    sort: Sort,
    path: &'static str,
) -> Result<Option<Database>> {
    let most = match sort {
        Sort::Apk | Sort::Dpkg | Sort::DpkgParts | Sort::Spdx => DATABASE,
        Sort::RpmSqlite | Sort::RpmNdb | Sort::RpmBdb => RPM_DATABASE,
    };
    let Some((bytes, end)) = read(engine, id, path, most).await? else {
        return Ok(None);
    };
    let mut found = parsed(sort, path, bytes).await;
    if end == End::Cut {
        let why = format!("it has more than {} MB: the rest is not read", most >> 20);
        found.trouble = Some(why);
    }
    Ok(Some(found))
}

/// Parses a database on a thread of its own: a large one takes a while, and whoever draws must not wait.
async fn parsed(sort: Sort, path: &'static str, bytes: Vec<u8>) -> Database {
    let read = tokio::task::spawn_blocking(move || Database::read(sort, path, &bytes)).await;
    read.unwrap_or_else(|error| {
        tracing::warn!(%error, "a package database could not be read");
        let mut nothing = Database::read(sort, path, b"");
        nothing.trouble = Some("it could not be read".into());
        nothing
    })
}
