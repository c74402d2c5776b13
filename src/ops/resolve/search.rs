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
    /// The first candidate that may exist, although it was not found: its registry wants a login, or is silent.
    pub(super) open: Option<Candidate>,
    /// Look-ups in registries that are left.
    left: usize,
    silent: HashSet<String>,
    closed: HashSet<String>,
    /// A login that a registry refused.
    pub(super) bad_login: Option<Error>,
}

/// Confidence of a guess: that a registry hides such a name says nothing.
const GUESS: u8 = 60;

impl<'a> Search<'a> {
    pub(super) fn new(engine: &'a dyn Engine, local: &'a LocalImages) -> Self {
        Self {
            engine,
            local,
            tried: Vec::new(),
            denied: None,
            open: None,
            left: MAX_REMOTE,
            silent: HashSet::new(),
            closed: HashSet::new(),
            bad_login: None,
        }
    }

    /// The first candidate that is among the engine's own images.
    pub(super) fn among_local(&mut self, candidates: &[Candidate]) -> Option<Candidate> {
        for candidate in candidates {
            if let Some(found) = self.local.has(candidate) {
                self.note(&found, Place::Local, Outcome::Found);
                return Some(found);
            }
            let told = |tried: &Tried| {
                tried.place == Place::Local && tried.reference == candidate.reference.to_string()
            };
            if !self.tried.iter().any(told) {
                self.note(candidate, Place::Local, Outcome::NotLocal);
            }
        }
        None
    }

    /// The first candidate that its registry has for `platform`, `spare` look-ups kept back. A registry that was
    /// not reached is not asked again, nor is a repository that wants a login.
    pub(super) async fn in_registries(
        &mut self,
        candidates: &[Candidate],
        platform: Option<&str>,
        spare: usize,
    ) -> Option<Candidate> {
        for candidate in candidates {
            let reference = &candidate.reference;
            if self.left <= spare {
                break;
            }
            // The engine has no question for the tags of a repository, and the exact time would be chance.
            if candidate.nearest
                || self.silent.contains(reference.registry())
                || self.closed.contains(&reference.name())
            {
                continue;
            }
            self.left -= 1;
            let answer = self.engine.remote(&reference.to_string()).await;
            let outcome = match answer {
                Ok(Remote::Found(platforms)) => {
                    if platform.is_none_or(|wanted| serves(&platforms, wanted)) {
                        self.note(candidate, Place::Registry, Outcome::Found);
                        return Some(candidate.clone());
                    }
                    Outcome::OtherPlatform(platforms.join(", "))
                }
                Ok(Remote::Missing) => Outcome::NoSuchTag,
                Ok(Remote::Denied(why)) => {
                    self.closed.insert(reference.name());
                    self.denied.get_or_insert_with(|| candidate.clone());
                    self.leave_open(candidate);
                    Outcome::LoginNeeded(why)
                }
                Ok(Remote::BadLogin(error)) => {
                    self.closed.insert(reference.name());
                    self.leave_open(candidate);
                    let why = error.message.clone();
                    self.bad_login.get_or_insert(error);
                    Outcome::LoginNeeded(why)
                }
                Ok(Remote::Unreachable(why)) => {
                    self.silent.insert(reference.registry().to_owned());
                    self.leave_open(candidate);
                    Outcome::Unreachable(why)
                }
                // An engine that cannot ask is, for this purpose, a registry out of reach.
                Err(error) => {
                    self.silent.insert(reference.registry().to_owned());
                    self.leave_open(candidate);
                    Outcome::Unreachable(error.message)
                }
            };
            self.note(candidate, Place::Registry, outcome);
        }
        None
    }

    fn leave_open(&mut self, candidate: &Candidate) {
        if candidate.confidence > GUESS {
            self.open.get_or_insert_with(|| candidate.clone());
        }
    }

    fn note(&mut self, candidate: &Candidate, place: Place, outcome: Outcome) {
        self.tried.push(Tried {
            reference: candidate.reference.to_string(),
            place,
            outcome,
        });
    }
}

/// Whether an image that exists for `platforms` (none: not said) serves `wanted`, both `os/arch[/variant]`. A
/// variant counts only where both name one.
fn serves(platforms: &[String], wanted: &str) -> bool {
    let parts =
        |platform: &str| -> Vec<String> { platform.split('/').map(str::to_owned).collect() };
    let wanted = parts(wanted);
    platforms.is_empty()
        || platforms.iter().any(|platform| {
            let both = parts(platform);
            both.len() >= 2 && wanted.iter().zip(&both).all(|(a, b)| a == b)
        })
}

#[cfg(test)]
mod tests {
    use super::serves;

    #[test]
    fn a_platform_is_served_by_its_like() {
        let list = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        for (platforms, wanted, want) in [
            (&[][..], "linux/amd64", true),
            (&["linux/amd64", "linux/arm64"], "linux/arm64", true),
            (&["linux/amd64", "linux/arm64/v8"], "linux/arm64", true),
            (&["linux/arm64"], "linux/arm64/v8", true),
            (&["linux/arm/v6"], "linux/arm/v7", false),
            (&["linux/amd64"], "linux/arm64", false),
            (&["unknown/unknown"], "linux/amd64", false),
            (&["linux"], "linux/amd64", false),
        ] {
            assert_eq!(
                serves(&list(platforms), wanted),
                want,
                "{platforms:?} {wanted}"
            );
        }
    }
}
