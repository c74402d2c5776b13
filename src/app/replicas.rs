//! What a session knows of its replicas: what was allowed, how the last one differed, and the search for the cause.

use super::TaskId;
use crate::domain::bisect::{Bisected, Trial};
use crate::domain::replica::Mounts;
use crate::domain::replica::edits::Edits;

/// The replicas of a session.
#[derive(Debug, Default)]
pub struct Replicas {
    /// What they get of the target's volumes; none until the person said.
    pub volumes: Option<Mounts>,
    /// How the last one differed from the target.
    pub last: Option<Edits>,
    /// One that waits for the answer about volumes.
    pub(super) pending: Option<Edits>,
    /// The last search.
    pub search: Option<Searching>,
}

/// A search for the setting that makes the target fail.
#[derive(Debug)]
pub struct Searching {
    /// Its number.
    pub task: TaskId,
    /// What is tried now.
    pub trying: Option<String>,
    /// What was tried.
    pub trials: Vec<Trial>,
    /// How it ended; none while it goes on.
    pub end: Option<SearchEnd>,
}

/// How a search ended.
#[derive(Debug)]
pub enum SearchEnd {
    /// With a verdict.
    Told(Box<Bisected>),
    /// The person gave it up.
    GivenUp,
    /// It failed: why, and what to try.
    Failed(String, Option<String>),
}

impl Searching {
    /// A search that has just been ordered.
    pub fn new(task: TaskId) -> Self {
        Self {
            task,
            trying: None,
            trials: Vec::new(),
            end: None,
        }
    }

    /// Whether it goes on.
    pub fn runs(&self) -> bool {
        self.end.is_none()
    }

    /// The report as text, to be copied; none while there is none.
    pub fn report(&self) -> Option<String> {
        match &self.end {
            Some(SearchEnd::Told(report)) => Some(report.to_text()),
            Some(SearchEnd::GivenUp | SearchEnd::Failed(..)) | None => None,
        }
    }
}
