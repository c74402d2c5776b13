//! Which package provides a missing library or command: the indexes that lie in the dev image.
//!
//! apk's installed database, indexes in apk's cache, and those of repositories that are directories of the
//! image. Nothing is downloaded. dpkg keeps no list of who provides which library: then none is known.

use std::collections::{BTreeMap, BTreeSet};

use super::Case;
use super::pour::{End, pour};
use super::probes::Probes;

use crate::domain::entrypoint::Dev;
use crate::domain::error::{ErrorKind, Result};
use crate::domain::fs::Found;
use crate::domain::packages::apk::Apk;
use crate::domain::packages::{Package, PackageManager as _};
use crate::domain::tar::{Event, Flow, Kind};
use crate::domain::target::ContainerId;
use crate::ops::unless_cancelled;

/// Where apk keeps what is installed.
const INSTALLED: [&str; 2] = ["/usr/lib/apk/db/installed", "/lib/apk/db/installed"];
/// Where apk caches indexes.
const CACHES: [&str; 2] = ["/var/cache/apk", "/etc/apk/cache"];
/// Which repositories there are, a line each.
const REPOSITORIES: &str = "/etc/apk/repositories";
/// Bytes that are read of one index or list.
const INDEX: u64 = 32 * 1024 * 1024;
/// Repositories and cached indexes that are looked at.
const INDEXES: usize = 8;

/// The indexes, read when they are first asked for.
#[derive(Debug, Default)]
pub(super) struct Packages {
    read: Option<Vec<Vec<u8>>>,
}

impl Packages {
    /// The package that provides each name.
    pub(super) async fn providers(
        &mut self,
        case: Case<'_>,
        dev: Option<&Dev>,
        names: &BTreeSet<&str>,
        probes: &mut Probes<'_>,
    ) -> Result<BTreeMap<String, Found<String>>> {
        if self.read.is_none() {
            self.read = Some(match dev {
                Some(dev) => read(case, dev, probes).await?,
                None => Vec::new(),
            });
        }
        let indexes = self.read.clone().unwrap_or_default();
        let names: BTreeSet<String> = names.iter().map(|n| (*n).to_owned()).collect();
        // Unpacking a large index takes a second of computing: whoever draws meanwhile must not wait.
        let search = tokio::task::spawn_blocking(move || {
            let mut found = BTreeMap::new();
            for index in &indexes {
                search(index, &names, &mut found);
            }
            let answers = names.into_iter().map(|name| {
                let package = found.remove(&name).map_or(Found::Missing, Found::Is);
                (name, package)
            });
            answers.collect()
        });
        unless_cancelled(case.cancel, async { Ok(search.await) })
            .await
            .map(|found| {
                found.unwrap_or_else(|error| {
                    tracing::warn!(%error, "the package indexes could not be searched");
                    BTreeMap::new()
                })
            })
    }
}

/// Reads all indexes of the dev image, from a container of it that is never started.
async fn read(case: Case<'_>, dev: &Dev, probes: &mut Probes<'_>) -> Result<Vec<Vec<u8>>> {
    let Some(image) = unless_cancelled(case.cancel, case.engine.image(&dev.reference)).await?
    else {
        return Ok(Vec::new());
    };
    let id = case.probe(&image, probes).await?;
    let mut indexes = Vec::new();
    for path in INSTALLED {
        if let Some(text) = file(case, &id, path).await? {
            indexes.push(text);
            break;
        }
    }
    let repositories = file(case, &id, REPOSITORIES).await?.unwrap_or_default();
    let architecture = match image.architecture.as_str() {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        other => other,
    };
    for dir in local(&String::from_utf8_lossy(&repositories)) {
        let path = format!("{dir}/{architecture}/APKINDEX.tar.gz");
        indexes.extend(file(case, &id, &path).await?);
    }
    for dir in CACHES {
        let is_index: fn(&str) -> bool =
            |name| name.starts_with("APKINDEX") && name.ends_with(".tar.gz");
        let cached = files(case, &id, dir, is_index).await?;
        indexes.extend(cached);
    }
    Ok(indexes)
}

/// Directories among the repositories.
fn local(repositories: &str) -> Vec<&str> {
    let lines = repositories.lines().map(str::trim);
    let named = lines.filter_map(|line| match line.strip_prefix('@') {
        // `@tag repository`
        Some(tagged) => Some(tagged.split_once(char::is_whitespace)?.1.trim()),
        None => Some(line),
    });
    let dirs = named.map(|name| name.strip_prefix("file://").unwrap_or(name));
    dirs.filter(|dir| dir.starts_with('/'))
        .map(|dir| dir.trim_end_matches('/'))
        .take(INDEXES)
        .collect()
}

/// What a file holds; none when it cannot be read.
async fn file(case: Case<'_>, id: &ContainerId, path: &str) -> Result<Option<Vec<u8>>> {
    Ok(files(case, id, path, |_| true).await?.into_iter().next())
}

/// What the files at or below `path` hold whose names are wanted.
async fn files(
    case: Case<'_>,
    id: &ContainerId,
    path: &str,
    wanted: fn(&str) -> bool,
) -> Result<Vec<Vec<u8>>> {
    let mut files: Vec<Vec<u8>> = Vec::new();
    let mut open = false;
    let mut sink = |event: Event<'_>| {
        match event {
            Event::Entry(entry) => {
                if files.len() == INDEXES {
                    return Flow::Enough;
                }
                let name = entry.path.rsplit('/').next().unwrap_or_default();
                open = entry.kind == Kind::File && wanted(name);
                if open {
                    files.push(Vec::new());
                }
            }
            Event::Data(bytes) => {
                if let (true, Some(file)) = (open, files.last_mut()) {
                    file.extend_from_slice(bytes);
                }
            }
        }
        Flow::More
    };
    let read = async {
        let mut stream = case.engine.archive_stream(id, path).await?;
        pour(&mut stream, INDEX, &case.tally.bytes, &mut sink).await
    };
    match unless_cancelled(case.cancel, read).await {
        Ok(End::Over) => Ok(files),
        // The last one may be torn.
        Ok(End::Cut) => {
            files.pop();
            Ok(files)
        }
        // An index that is not there, or cannot be read, is none.
        Err(error) if error.kind == ErrorKind::Engine => {
            tracing::debug!(%error, "an index is not read");
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

/// Adds who provides one of `names`, unless it is known already. What is damaged provides nothing.
fn search(index: &[u8], names: &BTreeSet<String>, found: &mut BTreeMap<String, String>) {
    let mut each = |package: Package| {
        for name in package.provides {
            if names.contains(&name) {
                found.entry(name).or_insert_with(|| package.name.clone());
            }
        }
    };
    if let Err(error) = Apk.read_index(&mut &*index, &mut each) {
        tracing::debug!(%error, "an index cannot be read");
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const INDEX: &str = "C:Q1x\nP:libcurl-openssl4\nV:8.1\np:so:libcurl.so.4=4.8.0 pc:libcurl=8.1\n\n\
                         P:curl\np:cmd:curl=8.1-r0\n\nP:other\np:so:libcurl.so.4=4.0\n";

    fn packed(text: &str) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, text) in [
            (".SIGN.RSA.x", "seal"),
            ("DESCRIPTION", "d"),
            ("APKINDEX", text),
        ] {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_uid(0);
            header.set_gid(0);
            tar.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&tar.into_inner().unwrap()).unwrap();
        gz.finish().unwrap()
    }

    fn found(index: &[u8], names: &[&str]) -> BTreeMap<String, String> {
        let names = names.iter().map(|n| (*n).to_owned()).collect();
        let mut found = BTreeMap::new();
        search(index, &names, &mut found);
        found
    }

    #[test]
    fn the_first_package_that_provides_a_name_is_told() {
        for index in [INDEX.into(), packed(INDEX)] {
            let found = found(&index, &["so:libcurl.so.4", "cmd:curl", "so:libz.so.1"]);
            let found: Vec<_> = found
                .iter()
                .map(|(n, p)| (n.as_str(), p.as_str()))
                .collect();
            assert_eq!(
                found,
                [
                    ("cmd:curl", "curl"),
                    ("so:libcurl.so.4", "libcurl-openssl4")
                ]
            );
        }
    }

    #[test]
    fn garbage_provides_nothing() {
        let cut = packed(INDEX)[..60].to_vec();
        for index in [
            b"\x1f\x8bnonsense".to_vec(),
            cut,
            b"p:cmd:curl=1\n\xff\xfe\n".to_vec(),
        ] {
            assert!(found(&index, &["cmd:curl"]).is_empty());
        }
    }

    #[test]
    fn repositories_that_are_directories_are_told_from_those_of_the_network() {
        let text =
            "https://apk.cgr.dev/chainguard\n# /no\n/srv/repo/\n@edge /srv/edge\nfile:///srv/x\n";
        assert_eq!(local(text), ["/srv/repo", "/srv/edge", "/srv/x"]);
    }
}
