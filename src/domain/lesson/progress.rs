//! How far a person has come in the lessons: kept in the data directory, and printed as a certificate.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What is kept from run to run: lesson id → how it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// By lesson.
    pub lessons: BTreeMap<String, Standing>,
}

/// How a lesson stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// Steps that are done: the first so many.
    pub done: usize,
    /// Hints that were looked at.
    pub hints: usize,
    /// Answers that were looked at.
    pub answers: usize,
    /// When its first step was done, in seconds since the epoch.
    pub begun: Option<i64>,
    /// When its last step was done, the first time; kept over a reset.
    pub finished: Option<i64>,
}

/// Something that changes how a lesson stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// So many steps are done; whether that is all.
    Done(usize, bool),
    /// A hint was looked at.
    Hint,
    /// An answer was looked at.
    Answer,
    /// The person begins anew.
    Reset,
}

impl Progress {
    /// Takes it in; `now` in seconds since the epoch.
    pub fn note(&mut self, lesson: &str, noted: Noted, now: i64) {
        let standing = self.lessons.entry(lesson.to_owned()).or_default();
        match noted {
            Noted::Done(done, all) => {
                standing.done = done;
                standing.begun.get_or_insert(now);
                if all {
                    standing.finished.get_or_insert(now);
                }
            }
            Noted::Hint => standing.hints += 1,
            Noted::Answer => standing.answers += 1,
            Noted::Reset => {
                *standing = Standing {
                    finished: standing.finished,
                    ..Standing::default()
                }
            }
        }
    }
}
