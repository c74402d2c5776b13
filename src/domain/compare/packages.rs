//! Packages side by side: paired by name, then what is left by the source that it was built from.

use std::cmp::Ordering;

use serde::Serialize;

use super::Change;

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
