//! Looking candidates up, and remembering what came of it.

use std::collections::HashSet;

use super::local::LocalImages;
use crate::domain::error::Error;
use crate::domain::image::{Candidate, Outcome, Place, Tried};
use crate::engine::{Engine, Remote};

/// Registry look-ups for one subject: each may cost seconds, and the best candidates come first.
const MAX_REMOTE: usize = 4;

/// One subject's search.
pub(super) struct Search<'a> {
    engine: &'a dyn Engine,
    local: &'a LocalImages,
    /// What was looked up, in that order.
    pub(super) tried: Vec<Tried>,
    /// The first candidate whose registry wants a login.
    pub(super) denied: Option<Candidate>,
    /// A login that a registry refused.
    pub(super) bad_login: Option<Error>,
}

impl<'a> Search<'a> {
    pub(super) fn new(engine: &'a dyn Engine, local: &'a LocalImages) -> Self {
        Self {
            engine,
            local,
            tried: Vec::new(),
            denied: None,
            bad_login: None,
        }
    }

    /// The first candidate that is among the engine's own images.
    pub(super) fn among_local(&mut self, candidates: &[Candidate]) -> Option<Candidate> {
        for candidate in candidates {
            if self.local.id_of(&candidate.reference).is_some() {
                self.note(candidate, Place::Local, Outcome::Found);
                return Some(candidate.clone());
            }
            self.note(candidate, Place::Local, Outcome::NotLocal);
        }
        None
    }

    /// The first candidate that its registry has. A registry that was not reached is not asked again,
    /// nor is a repository that wants a login.
    pub(super) async fn in_registries(&mut self, candidates: &[Candidate]) -> Option<Candidate> {
        let mut silent = HashSet::new();
        let mut closed = HashSet::new();
        let mut asked = 0;
        for candidate in candidates {
            let reference = &candidate.reference;
            if asked == MAX_REMOTE {
                break;
            }
            if silent.contains(reference.registry()) || closed.contains(&reference.name()) {
                continue;
            }
            asked += 1;
            let answer = self.engine.remote(&reference.to_string()).await;
            let outcome = match answer {
                Ok(Remote::Found(_)) => {
                    self.note(candidate, Place::Registry, Outcome::Found);
                    return Some(candidate.clone());
                }
                Ok(Remote::Missing) => Outcome::NoSuchTag,
                Ok(Remote::Denied(why)) => {
                    closed.insert(reference.name());
                    self.denied.get_or_insert_with(|| candidate.clone());
                    Outcome::LoginNeeded(why)
                }
                Ok(Remote::BadLogin(error)) => {
                    closed.insert(reference.name());
                    let why = error.message.clone();
                    self.bad_login.get_or_insert(error);
                    Outcome::LoginNeeded(why)
                }
                Ok(Remote::Unreachable(why)) => {
                    silent.insert(reference.registry().to_owned());
                    Outcome::Unreachable(why)
                }
                // An engine that cannot ask is, for this purpose, a registry out of reach.
                Err(error) => {
                    silent.insert(reference.registry().to_owned());
                    Outcome::Unreachable(error.message)
                }
            };
            self.note(candidate, Place::Registry, outcome);
        }
        None
    }

    fn note(&mut self, candidate: &Candidate, place: Place, outcome: Outcome) {
        self.tried.push(Tried {
            reference: candidate.reference.to_string(),
            place,
            outcome,
        });
    }
}
