//! What is installed, from the files of a root alone: nothing of it is run, and it needs no package manager.
//!
//! Four sorts of databases: apk's text, dpkg's stanzas, rpm's headers in one of three stores, and the names of SPDX documents.
//! All of it is hostile: everything has a bound, and what cannot be understood is left out.

mod apk;
mod bdb;
mod dpkg;
mod ndb;
mod rpm;
mod spdx;
mod sqlite;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use super::Package;
use super::{PackageManager, apt, dnf};

pub use dpkg::{list as dpkg_list, sums as dpkg_sums};
pub use spdx::{DOCUMENT, Document, Listed, document};

/// Packages that are kept of one root.
const PACKAGES: usize = 100_000;
/// Bytes of a text of a package that are kept.
const TEXT: usize = 512;
/// Paths that are kept as brought by packages, and bytes of them.
const PATHS: usize = 2_000_000;
const PATH_BYTES: usize = 128 << 20;

/// Sorts of databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// apk's `installed`.
    Apk,
    /// dpkg's `status`.
    Dpkg,
    /// A file of stanzas for each package (`status.d`), as Google's distroless images have it.
    DpkgParts,
    /// rpm's headers in a file of `SQLite`.
    RpmSqlite,
    /// rpm's headers in its own store, `Packages.db`.
    RpmNdb,
    /// rpm's headers in a file of Berkeley DB, `Packages`.
    RpmBdb,
    /// Documents of SPDX, by their names.
    Spdx,
}

impl Kind {
    /// Its name in reports: `apk`, `dpkg`, `rpm`, `spdx`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Apk => "apk",
            Self::Dpkg | Self::DpkgParts => "dpkg",
            Self::RpmSqlite | Self::RpmNdb | Self::RpmBdb => "rpm",
            Self::Spdx => "spdx",
        }
    }

    /// Which of two versions is newer, by the rules of who keeps it; none of SPDX, which has no rules.
    pub fn compare(self, a: &str, b: &str) -> Option<Ordering> {
        let manager: &dyn PackageManager = match self {
            Self::Apk => &super::apk::Apk,
            Self::Dpkg | Self::DpkgParts => &apt::Apt,
            Self::RpmSqlite | Self::RpmNdb | Self::RpmBdb => &dnf::Dnf,
            Self::Spdx => return None,
        };
        Some(manager.compare(a, b))
    }
}

/// A package of a database. Text is as it stands there: hostile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Name; of several architectures `name:architecture` (dpkg) or `name.architecture` (rpm) for the rarer one.
    pub name: String,
    /// Version as the manager writes it.
    pub version: String,
    /// Bytes on disk; 0 when it does not say.
    pub size: u64,
    /// The source package that it was built from; empty when it does not say.
    pub origin: String,
    /// Licence; empty when it does not say.
    pub license: String,
    /// Architecture; empty when it does not say.
    pub architecture: String,
}

impl Record {
    /// It as an index would tell of it.
    pub fn package(&self) -> Package {
        Package {
            name: self.name.clone(),
            version: self.version.clone(),
            license: self.license.clone(),
            size: self.size,
            ..Package::default()
        }
    }
}

/// A database that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// What sort.
    pub kind: Kind,
    /// Its file or directory.
    pub path: String,
    /// Its packages, in its order.
    pub records: Vec<Record>,
    /// Which files they brought, as far as the database itself says.
    pub owned: Owned,
    /// Why it has not all.
    pub trouble: Option<String>,
}

impl Database {
    /// Reads one that is a single file, `bytes`; that of `path`.
    pub fn read(kind: Kind, path: &str, bytes: &[u8]) -> Self {
        let mut database = Self::empty(kind, path);
        match kind {
            Kind::Apk => apk::read(bytes, &mut database),
            Kind::Dpkg | Kind::DpkgParts => {
                dpkg::read(bytes, kind == Kind::DpkgParts, &mut database)
            }
            Kind::RpmSqlite => rpm::read(sqlite::blobs, bytes, &mut database),
            Kind::RpmNdb => rpm::read(ndb::blobs, bytes, &mut database),
            Kind::RpmBdb => rpm::read(bdb::blobs, bytes, &mut database),
            Kind::Spdx => {}
        }
        database
    }

    /// Reads the names of SPDX documents, `nginx-1.27.3-r1.spdx.json`.
    pub fn of_documents<'a>(path: &str, names: impl Iterator<Item = &'a str>) -> Self {
        let mut database = Self::empty(Kind::Spdx, path);
        for package in names.filter_map(crate::domain::image::origin::of_sbom) {
            database.push(Record {
                name: package.name,
                version: package.version,
                ..Record::default()
            });
        }
        database
    }

    fn empty(kind: Kind, path: &str) -> Self {
        Self {
            kind,
            path: path.to_owned(),
            records: Vec::new(),
            owned: Owned::default(),
            trouble: None,
        }
    }

    /// Takes a package in, if there is room; its place.
    fn push(&mut self, record: Record) -> Option<usize> {
        if self.records.len() >= PACKAGES {
            self.trouble = Some(format!(
                "it has more than {PACKAGES} packages: the others are left out"
            ));
            return None;
        }
        self.records.push(record);
        Some(self.records.len() - 1)
    }

    /// The place of a package by its name.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.records.iter().position(|record| record.name == name)
    }
}

/// Which package brought which path, in few bytes: 12 for each beside the path itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owned {
    text: Vec<u8>,
    rows: Vec<(u32, u32, u32)>,
}

impl Owned {
    /// Notes that the package at that place of its database brought the path in `dir` (may be empty); left out beyond the bounds.
    pub fn push(&mut self, package: usize, dir: &[u8], name: &[u8]) {
        let start = self.text.len();
        let length = dir.len() + name.len() + 1;
        if self.rows.len() >= PATHS || start + length > PATH_BYTES {
            return;
        }
        self.text.extend_from_slice(dir);
        self.text.push(b'/');
        self.text.extend_from_slice(name);
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.rows
            .push((number(package), number(start), number(length)));
    }

    /// Places of packages, and paths.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.rows.iter().map(|(package, start, length)| {
            let start = *start as usize;
            let path = self.text.get(start..start + *length as usize);
            (*package as usize, path.unwrap_or_default())
        })
    }

    /// Whether nothing is noted.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// A text of a package, bounded.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT)]).into_owned()
}
