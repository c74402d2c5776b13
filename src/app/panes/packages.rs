//! The packages pane: what can be had and what is there, what a change would do, and the change that runs.
//!
//! Each part is a small state of its own: [`shelf`] what the manager knows, [`found`] the search and its rows,
//! [`trial`] what a change would do, [`work`] the change that runs or has run, [`missing`] the command that a
//! shell did not find. [`words`] puts them into lines.

pub mod details;
pub mod found;
pub mod missing;
pub mod shelf;
pub mod trial;
pub mod words;
pub mod work;

use std::collections::VecDeque;

use self::found::{Found, Row, Standing};
use self::missing::Missing;
use self::shelf::Shelf;
use self::trial::Trial;
use self::work::Work;
use crate::app::TaskId;
use crate::domain::packages::{Change, Changed, Stock, Verb};

/// Changes that a session keeps as facts; the oldest go first.
const CHANGES: usize = 200;

/// The pane.
#[derive(Debug, Default)]
pub struct Packages {
    /// What the manager knows.
    pub shelf: Shelf,
    /// The search and what it found.
    pub found: Found,
    /// What the change that Enter would make would do.
    pub trial: Option<Trial>,
    /// The change that runs, or the last one.
    pub work: Work,
    /// What a shell did not find.
    pub missing: Missing,
    rests: u64,
}

impl Packages {
    /// Names that the next wish concerns: those that are marked, else the chosen one.
    pub fn concerned(&self) -> Vec<String> {
        if self.found.marks().is_empty() {
            let chosen = self.found.chosen();
            return chosen
                .map(|row| row.package.name.clone())
                .into_iter()
                .collect();
        }
        self.found.marks().to_vec()
    }

    /// What Enter would do, when that is a change and no question.
    pub fn intent(&self) -> Option<Change> {
        let stock = self.shelf.stock()?;
        let marks = self.found.marks();
        let (verb, names) = if marks.is_empty() {
            let row = self.found.chosen()?;
            let verb = match row.standing {
                Standing::Absent => Verb::Install,
                Standing::Older(_) => Verb::Upgrade,
                Standing::Here(_) | Standing::Broken(_) => return None,
            };
            (verb, vec![row.package.name.clone()])
        } else {
            let absent = |name: &&String| !stock.installed.packages.contains_key(*name);
            (
                Verb::Install,
                marks.iter().filter(absent).cloned().collect(),
            )
        };
        // A name that no manager may be given is refused with words when it is asked for.
        Change::new(verb, &names)
            .ok()
            .filter(|change| !change.names.is_empty())
    }

    /// The intent has changed or has not: the number to wait under before it is tried, when it has.
    pub fn rest(&mut self) -> Rest {
        let intent = self.intent();
        if self.trial.as_ref().map(Trial::change) == intent.as_ref() {
            return Rest::default();
        }
        let before = self.trial.take().and_then(|trial| trial.asked());
        self.trial = intent.map(Trial::new);
        self.rests += 1;
        Rest {
            stop: before,
            wait: self.trial.is_some().then_some(self.rests),
        }
    }

    /// Whether the selection has rested since that number was given.
    pub fn is_resting(&self, number: u64) -> bool {
        self.rests == number
    }

    /// What stands at the chosen row, with what the manager knows.
    pub fn chosen(&self) -> Option<(&Row, &Stock)> {
        Some((self.found.chosen()?, self.shelf.stock()?))
    }

    /// What the tab says behind its name.
    pub fn badge(&self) -> String {
        self.work.badge()
    }
}

/// What follows from a selection that moved.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// A trial that nobody waits for any more.
    pub stop: Option<TaskId>,
    /// The number under which to wait.
    pub wait: Option<u64>,
}

/// The changes of a session in which something was done, for who records it.
#[derive(Debug, Default)]
pub struct Changes(VecDeque<Changed>);

impl Changes {
    /// Keeps a change in which something was done.
    pub fn add(&mut self, changed: Changed) {
        if changed.steps.is_empty() {
            return;
        }
        if self.0.len() == CHANGES {
            self.0.pop_front();
        }
        self.0.push_back(changed);
    }

    /// The changes, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Changed> + ExactSizeIterator {
        self.0.iter()
    }
}
