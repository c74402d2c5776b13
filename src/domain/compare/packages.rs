//! Packages side by side: paired by name, then what is left by the source that it was built from.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;

use super::Change;
use crate::domain::packages::database::{Database, Record};

/// The packages of both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Packages {
    /// Where those of the left one are from.
    pub left: Source,
    /// Where those of the right one are from.
    pub right: Source,
    /// Pairs and singles, sorted by name; equal ones included.
    pub rows: Vec<PackageRow>,
}

/// A database of packages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Source {
    /// What keeps it: `apk`, `dpkg`, `rpm`, `spdx`; empty when there is none that could be read.
    pub kind: String,
    /// Its file or directory; empty when there is none.
    pub path: String,
    /// How many packages it has.
    pub count: usize,
    /// Bytes on disk of all of them, as far as it says.
    pub size: u64,
    /// Why there are none, or not all; none when all is well.
    pub trouble: Option<String>,
}

/// A package of one side or of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageRow {
    /// Its name; the left one's where the names differ.
    pub name: String,
    /// What is with it. The version, and the name, decide; not the size.
    pub change: Change,
    /// Of two versions, where the right one stands to the left one by the manager's rules; none where both are equal,
    /// where there is one only, and where the two sides have different managers.
    pub newer: Option<Newer>,
    /// The left one's.
    pub left: Option<Version>,
    /// The right one's.
    pub right: Option<Version>,
}

/// Which of two versions is the newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Newer {
    /// The left one.
    Left,
    /// The right one.
    Right,
}

impl Newer {
    /// What the comparison of left with right means.
    pub fn of(left_to_right: Ordering) -> Option<Self> {
        match left_to_right {
            Ordering::Less => Some(Self::Right),
            Ordering::Equal => None,
            Ordering::Greater => Some(Self::Left),
        }
    }
}

/// A package as one side has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Its name there.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Bytes on disk; 0 when the database does not say.
    pub size: u64,
    /// The source package that it was built from; empty when not said.
    pub origin: String,
    /// Its licence; empty when not said.
    pub license: String,
}

impl PackageRow {
    /// Bytes on disk that the right one has more (negative: less) of it than the left one.
    pub fn growth(&self) -> i64 {
        let size = |side: &Option<Version>| side.as_ref().map_or(0, |v| v.size);
        let (left, right) = (size(&self.left), size(&self.right));
        i64::try_from(right)
            .unwrap_or(i64::MAX)
            .saturating_sub(i64::try_from(left).unwrap_or(i64::MAX))
    }
}

impl Packages {
    /// How many rows are of a sort.
    pub fn count(&self, change: Change) -> usize {
        self.rows.iter().filter(|row| row.change == change).count()
    }
}

impl From<&Record> for Version {
    fn from(record: &Record) -> Self {
        Self {
            name: record.name.clone(),
            version: record.version.clone(),
            size: record.size,
            origin: record.origin.clone(),
            license: record.license.clone(),
        }
    }
}

impl Source {
    /// What a database tells of itself; without one why there is none.
    pub fn of(database: Option<&Database>, trouble: Option<String>) -> Self {
        let Some(database) = database else {
            return Self {
                trouble,
                ..Self::default()
            };
        };
        Self {
            kind: database.kind.word().to_owned(),
            path: database.path.clone(),
            count: database.records.len(),
            size: database
                .records
                .iter()
                .fold(0, |sum, record| sum.saturating_add(record.size)),
            trouble: trouble.or_else(|| database.trouble.clone()),
        }
    }
}

/// Puts the packages of two databases side by side; a missing one has none.
pub fn rows(left: Option<&Database>, right: Option<&Database>) -> Vec<PackageRow> {
    let by_name = |database: Option<&Database>| -> BTreeMap<String, Version> {
        let records = database.into_iter().flat_map(|d| &d.records);
        // Of several versions of a name, which only kernels have, the last one stands.
        records
            .map(|r| (r.name.clone(), Version::from(r)))
            .collect()
    };
    let (lefts, mut rights) = (by_name(left), by_name(right));
    let mut rows = Vec::new();
    let mut alone = Vec::new();
    for (name, version) in lefts {
        match rights.remove(&name) {
            Some(other) => rows.push((version, other)),
            None => alone.push(version),
        }
    }
    let mut paired = rows;
    let (alone, others) = by_origin(alone, rights.into_values().collect(), &mut paired);
    let kinds = (left.map(|d| d.kind), right.map(|d| d.kind));
    let order = |a: &str, b: &str| match kinds {
        (Some(l), Some(r)) if l.word() == r.word() => l.compare(a, b),
        (Some(_) | None, _) => None,
    };
    let paired = paired.into_iter().map(|(left, right)| {
        let equal = left.name == right.name && left.version == right.version;
        let newer = if left.version == right.version {
            None
        } else {
            order(&left.version, &right.version)
        };
        PackageRow {
            name: left.name.clone(),
            change: Change::of(true, true, equal),
            newer: newer.and_then(Newer::of),
            left: Some(left),
            right: Some(right),
        }
    });
    let single = |change: Change, version: Version| PackageRow {
        name: version.name.clone(),
        change,
        newer: None,
        left: (change == Change::OnlyLeft).then(|| version.clone()),
        right: (change == Change::OnlyRight).then_some(version),
    };
    let alone = alone.into_iter().map(|v| single(Change::OnlyLeft, v));
    let others = others.into_iter().map(|v| single(Change::OnlyRight, v));
    let mut rows: Vec<PackageRow> = paired.chain(alone).chain(others).collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    rows
}

/// Pairs what is left of both by the sources that it was built from, where a source has one package left on either side, or
/// packages whose names differ by their numbers alone: `python-3.13` and `python-3.14`, `libssl1.1` and `libssl3`. What stays alone.
fn by_origin(
    lefts: Vec<Version>,
    rights: Vec<Version>,
    paired: &mut Vec<(Version, Version)>,
) -> (Vec<Version>, Vec<Version>) {
    let mut groups: BTreeMap<String, (Vec<Version>, Vec<Version>)> = BTreeMap::new();
    for version in lefts {
        groups.entry(source(&version)).or_default().0.push(version);
    }
    for version in rights {
        groups.entry(source(&version)).or_default().1.push(version);
    }
    let (mut alone, mut others) = (Vec::new(), Vec::new());
    for (lefts, mut rights) in groups.into_values() {
        let single = lefts.len() == 1 && rights.len() == 1;
        for left in lefts {
            let alike = |right: &Version| {
                single || without_numbers(&right.name) == without_numbers(&left.name)
            };
            match rights.iter().position(alike) {
                Some(at) => paired.push((left, rights.remove(at))),
                None => alone.push(left),
            }
        }
        others.append(&mut rights);
    }
    (alone, others)
}

/// What a package was built from, without the numbers of its stream; its name where that is not said.
fn source(version: &Version) -> String {
    let origin = if version.origin.is_empty() {
        &version.name
    } else {
        &version.origin
    };
    without_numbers(origin)
}

fn without_numbers(name: &str) -> String {
    let bare: String = name
        .chars()
        .filter(|c| !c.is_ascii_digit() && *c != '.')
        .collect();
    // A name of numbers alone is like no other.
    if bare.trim_matches('-').is_empty() {
        name.to_owned()
    } else {
        bare.trim_end_matches('-').to_owned()
    }
}
