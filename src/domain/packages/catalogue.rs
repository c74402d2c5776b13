//! All packages that can be had, searched at every key.
//!
//! `store` keeps the packages, `words` and `provided` are indexes over them, `rank` says how well each
//! matches. All of it is made once, when the indexes were read, and never changed.

mod provided;
mod rank;
mod store;
#[cfg(test)]
mod tests;
mod words;

use std::cmp::Ordering;
use std::fmt;

use self::provided::Provided;
use self::store::Store;
use self::words::Words;
use super::names::Known;
use super::{Doing, Installed, Package, Step};

/// Bytes that one package weighs at most: the sum of hostile sizes must not overflow, with 10,000 steps either.
const MOST_BYTES: u64 = 100_000_000_000_000;

/// The newest version of every package. Its text is bounded and clean, fit to be shown.
#[derive(Clone, Default)]
pub struct Catalogue {
    store: Store,
    words: Words,
    provided: Provided,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The best, in order.
    pub matches: Vec<Match>,
    /// How many there are in all.
    pub total: usize,
}

/// A package that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The package.
    pub package: Package,
    /// Why it was found; of several words, why the one that fits worst did.
    pub why: Why,
}

/// Why a package was found, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It has that name.
    Exact,
    /// It provides the command, library or name that was typed, or one that begins so: as the index writes it.
    Provides(String),
    /// People know it by another name, the one that was typed or one that begins so: which, and the reason.
    Known(&'static Known),
    /// Its name begins with what was typed, or has it in it.
    Name,
    /// Its description has it, at the beginning of a word.
    Description,
    /// Its name has these letters in this order, close to each other.
    Fuzzy,
}

/// Which packages of a toolkit there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Names of packages that can be had, each once.
    pub present: Vec<String>,
    /// Names as the kit has them, of which nothing is known here.
    pub absent: Vec<String>,
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A message that holds one is printed in tests and logs: not 100,000 packages with it.
        write!(f, "Catalogue({} packages)", self.len())
    }
}

impl Catalogue {
    /// Takes packages in. Of several versions of a name `compare` chooses the newest. Fields are cleaned and
    /// bounded, and so is the whole; a package with no name or version that a manager would take is left out.
    pub fn new(
        packages: impl IntoIterator<Item = Package>,
        compare: &dyn Fn(&str, &str) -> Ordering,
    ) -> Self {
        let store = Store::new(packages, compare);
        Self {
            words: Words::new(&store),
            provided: Provided::new(&store),
            store,
        }
    }

    /// How many packages there are.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The package of that name.
    pub fn get(&self, name: &str) -> Option<Package> {
        let index = self.store.find(name)?;
        Some(self.store.package(index))
    }

    /// The best `most` packages for what was typed, for a manager of that name, and how many there are; all of them by
    /// name when nothing was typed.
    pub fn find(&self, manager: &str, typed: &str, installed: &Installed, most: usize) -> Found {
        let words = rank::words(typed);
        if words.is_empty() {
            let all = (0..self.len()).take(most).map(|index| Match {
                package: self.store.package(index),
                why: Why::Name,
            });
            return Found {
                matches: all.collect(),
                total: self.len(),
            };
        }
        let (matches, total) = self.ranked(manager, &words, installed, most);
        Found { matches, total }
    }

    /// The packages that a word stands for exactly: by name, by a command or library (`dig`, `cmd:dig`,
    /// `/usr/bin/dig`), or by a name that people know. Best first; cheap, for a name that is to be looked up.
    pub fn exactly(&self, manager: &str, word: &str, installed: &Installed) -> Vec<Match> {
        self.meant(manager, word.trim().to_lowercase(), installed)
    }

    /// Which of a toolkit's names are packages here, by [`Self::exactly`]: one that is missing must not keep
    /// the others away.
    pub fn parts(&self, manager: &str, kit: &[String]) -> Parts {
        let mut parts = Parts::default();
        for name in kit {
            match self.exactly(manager, name, &Installed::default()).first() {
                Some(found) if parts.present.contains(&found.package.name) => {}
                Some(found) => parts.present.push(found.package.name.clone()),
                None => parts.absent.push(name.clone()),
            }
        }
        parts
    }

    /// Bytes that steps would download, and bytes that the disk would have less (negative: more); each none when
    /// it is not known of a package: the catalogue has another version, or the index does not say.
    pub fn weigh(&self, steps: &[Step], installed: &Installed) -> (Option<u64>, Option<i64>) {
        let download = steps.iter().map(|step| match step.doing {
            Doing::Install | Doing::Upgrade | Doing::Downgrade | Doing::Reinstall => {
                let bytes = self.store.download(self.comes(step)?);
                (bytes > 0).then_some(bytes.min(MOST_BYTES))
            }
            Doing::Remove | Doing::Configure => Some(0),
        });
        let download = download.sum();
        let disk = steps.iter().map(|step| {
            let comes = || Some(signed(self.store.size(self.comes(step)?)));
            let goes = || Some(signed(installed.packages.get(&step.name)?.size));
            match step.doing {
                Doing::Install => comes(),
                Doing::Upgrade | Doing::Downgrade => Some(comes()? - goes()?),
                Doing::Remove => Some(-goes()?),
                Doing::Reinstall | Doing::Configure => Some(0),
            }
        });
        (download, disk.sum())
    }

    /// The package that a step brings, in the version that it brings.
    fn comes(&self, step: &Step) -> Option<usize> {
        let index = self.store.find(&step.name)?;
        let known = step.version.is_empty() || step.version == self.store.version(index);
        known.then_some(index)
    }
}

/// Bytes as a difference.
fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes.min(MOST_BYTES)).unwrap_or_default()
}
