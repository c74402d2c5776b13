//! dpkg's lists of files, picked out of a root while it streams by: they are thousands, and its archive is open anyway.

use std::collections::HashMap;

use crate::domain::packages::database::{Database, Kind, dpkg_list, dpkg_sums};
use crate::domain::tar::{self, Event};

/// Bytes of all lists together: a large Debian has a tenth.
const BYTES: usize = 64 << 20;

/// What is picked out.
#[derive(Debug)]
pub struct Lists {
    /// Directory of the lists and their ending; none where the database itself tells.
    place: Option<(&'static [u8], &'static [u8])>,
    found: Vec<(Vec<u8>, Vec<u8>)>,
    /// The list under way.
    open: bool,
    room: usize,
}

impl Lists {
    /// What a root needs that has such a database.
    pub fn of(database: Option<&Database>) -> Self {
        let place: Option<(&'static [u8], &'static [u8])> = match database.map(|d| d.kind) {
            Some(Kind::Dpkg) => Some((b"var/lib/dpkg/info/", b".list")),
            Some(Kind::DpkgParts) => Some((b"var/lib/dpkg/status.d/", b".md5sums")),
            Some(Kind::Apk | Kind::RpmSqlite | Kind::RpmNdb | Kind::RpmBdb | Kind::Spdx) | None => {
                None
            }
        };
        Self {
            place,
            found: Vec::new(),
            open: false,
            room: BYTES,
        }
    }

    /// The directory that has them, and how their names end; none where the database itself tells.
    pub fn dir(&self) -> Option<(String, String)> {
        let (dir, end) = self.place?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some((format!("/{}", text(dir).trim_end_matches('/')), text(end)))
    }

    /// Takes one that was read by itself, by the name of its file.
    pub fn add(&mut self, name: &str, list: Vec<u8>) {
        if let Some((_, end)) = self.place
            && let Some(name) = name.as_bytes().strip_suffix(end)
        {
            self.found.push((name.to_vec(), list));
        }
    }

    /// Looks at what comes next out of the archive.
    pub fn take(&mut self, event: &Event<'_>) {
        let Some((dir, end)) = self.place else { return };
        match event {
            Event::Entry(entry) => {
                let path = entry.path_bytes();
                let path = path.strip_prefix(b"./").unwrap_or(path);
                let path = path.strip_prefix(b"/").unwrap_or(path);
                let name = path
                    .strip_prefix(dir)
                    .and_then(|name| name.strip_suffix(end));
                let name =
                    name.filter(|name| entry.kind == tar::Kind::File && !name.contains(&b'/'));
                self.open = name.is_some();
                if let Some(name) = name {
                    self.found.push((name.to_vec(), Vec::new()));
                }
            }
            Event::Data(bytes) => {
                if let (true, Some((_, list))) = (self.open && self.room > 0, self.found.last_mut())
                {
                    self.room = self.room.saturating_sub(bytes.len());
                    list.extend_from_slice(bytes);
                }
            }
        }
    }

    /// Notes in the database who brought what.
    pub fn note(self, database: &mut Database) {
        let places: HashMap<&str, usize> = database
            .records
            .iter()
            .enumerate()
            .map(|(place, record)| (record.name.as_str(), place))
            .collect();
        for (name, list) in self.found {
            let name = String::from_utf8_lossy(&name);
            // `libc6:amd64` where several architectures can be installed; the common one has its name alone.
            let bare = name.split(':').next().unwrap_or_default();
            let Some(place) = places.get(&*name).or_else(|| places.get(bare)) else {
                continue;
            };
            match database.kind {
                Kind::DpkgParts => dpkg_sums(*place, &list, &mut database.owned),
                Kind::Apk
                | Kind::Dpkg
                | Kind::RpmSqlite
                | Kind::RpmNdb
                | Kind::RpmBdb
                | Kind::Spdx => {
                    dpkg_list(*place, &list, &mut database.owned);
                }
            }
        }
    }
}
