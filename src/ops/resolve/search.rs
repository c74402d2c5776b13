//! Looking candidates up, and remembering what came of it.

use std::collections::{HashMap, HashSet};

use super::alike::built;
use super::local::LocalImages;
use crate::domain::error::Error;
use crate::domain::image::stamps::stamp_of;
use crate::domain::image::{Candidate, Outcome, Place, Tried};
use crate::engine::{Asked, Engine, Remote, TagList};

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
    /// Candidates that their registry does not have.
    missed: Vec<Candidate>,
    /// Tags by repository; none of one whose registry does not tell.
    lists: HashMap<String, TagList>,
    /// Registries that are not reached from here.
    unlisted: HashSet<String>,
    /// Id of the subject's image, when it is here.
    image: Option<String>,
    /// When it was built, as tags have it; once that was asked for, and is known.
    built: Option<u64>,
    /// That was asked for.
    dated: bool,
}

/// Confidence of a guess: that a registry hides such a name says nothing.
const GUESS: u8 = 60;

impl<'a> Search<'a> {
    pub(super) fn new(
        engine: &'a dyn Engine,
        local: &'a LocalImages,
        image: Option<String>,
    ) -> Self {
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
            missed: Vec::new(),
            lists: HashMap::new(),
            unlisted: HashSet::new(),
            image,
            built: None,
            dated: false,
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
    /// not reached is not asked again, nor is a repository that wants a login. Where a tag is missing and others are
    /// left, or only a list can lead to it, the repository's list of tags decides.
    pub(super) async fn in_registries(
        &mut self,
        candidates: &[Candidate],
        platform: Option<&str>,
        spare: usize,
    ) -> Option<Candidate> {
        for (n, candidate) in candidates.iter().enumerate() {
            if self.left <= spare {
                break;
            }
            let reference = &candidate.reference;
            if self.silent.contains(reference.registry()) || self.closed.contains(&reference.name())
            {
                continue;
            }
            let rest = candidates.get(n..).unwrap_or_default();
            if self.wants_list(candidate, rest) {
                self.read_list(candidate, spare).await;
                if let Some(found) = self.builds_of_missed(candidate, platform, spare).await {
                    return Some(found);
                }
            }
            let Some(led) = self.by_list(candidate).await else {
                continue;
            };
            if let Some(found) = self.ask(&led, platform).await {
                return Some(found);
            }
        }
        // Nothing is left to guess, but there may be builds of what is missing.
        for candidate in candidates.iter().filter(|c| c.stamped) {
            let name = candidate.reference.name();
            if self.missed.iter().any(|m| m.reference.name() == name) && self.may_list(candidate) {
                self.read_list(candidate, spare).await;
                if let Some(found) = self.builds_of_missed(candidate, platform, spare).await {
                    return Some(found);
                }
            }
        }
        None
    }

    /// Asks the registry for one candidate; gives it back when it is there for `platform`.
    async fn ask(&mut self, candidate: &Candidate, platform: Option<&str>) -> Option<Candidate> {
        let reference = &candidate.reference;
        self.left = self.left.saturating_sub(1);
        let answer = self.engine.remote(&reference.to_string()).await;
        let outcome = match answer {
            Ok(Remote::Found(platforms)) => {
                if platform.is_none_or(|wanted| serves(&platforms, wanted)) {
                    self.note(candidate, Place::Registry, Outcome::Found);
                    return Some(candidate.clone());
                }
                Outcome::OtherPlatform(platforms.join(", "))
            }
            Ok(Remote::Missing) => {
                self.missed.push(candidate.clone());
                Outcome::NoSuchTag
            }
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
        None
    }

    /// Whether the list of tags is worth a look-up: nothing else leads to the candidate, or one of its repository is
    /// missing and so may be this one; with one guess left, the guess is as cheap.
    fn wants_list(&self, candidate: &Candidate, rest: &[Candidate]) -> bool {
        let name = candidate.reference.name();
        let beside = |c: &&Candidate| c.reference.name() == name;
        let missed = self.missed.iter().any(|c| c.reference.name() == name);
        let worth = candidate.stamped || rest.iter().filter(beside).count() > 1;
        self.may_list(candidate) && (candidate.nearest || (missed && worth))
    }

    fn may_list(&self, candidate: &Candidate) -> bool {
        let reference = &candidate.reference;
        !self.lists.contains_key(&reference.name()) && !self.unlisted.contains(reference.registry())
    }

    /// Reads the list of tags of the candidate's repository, if a look-up is left behind it, `spare` ones kept back. A
    /// registry that is not reached from here costs none.
    async fn read_list(&mut self, candidate: &Candidate, spare: usize) {
        if self.left < spare + 2 {
            return;
        }
        let reference = &candidate.reference;
        let outcome = match self.engine.tags(reference).await {
            Asked::Answer(list) => {
                let (count, whole) = (list.names.len(), list.whole);
                self.lists.insert(reference.name(), list);
                Outcome::Tags { count, whole }
            }
            Asked::Missing => {
                self.lists.insert(reference.name(), TagList::default());
                Outcome::NoTags("the registry has none for this repository".into())
            }
            Asked::Refused(why) => {
                self.lists.insert(reference.name(), TagList::default());
                Outcome::NoTags(why)
            }
            Asked::Unreachable(why) => {
                self.unlisted.insert(reference.registry().to_owned());
                self.left += 1;
                Outcome::NoTags(format!("not reached from here: {why}"))
            }
        };
        self.left -= 1;
        self.tried.push(Tried {
            reference: reference.name(),
            place: Place::Registry,
            outcome,
        });
    }

    /// What the list of tags, if there is one, makes of a candidate: itself, or the tag that it leads to; none when
    /// that is nowhere.
    async fn by_list(&mut self, candidate: &Candidate) -> Option<Candidate> {
        let name = candidate.reference.name();
        let known = self.lists.get(&name).is_some_and(|l| !l.names.is_empty());
        let built = if known && candidate.stamped {
            self.built().await
        } else {
            None
        };
        let list = self.lists.get(&name);
        if let Some(led) = list.and_then(|list| candidate.among(&list.names, built)) {
            return Some(led);
        }
        // One without any tag tells nothing of those that the engine is given.
        if list.is_some_and(|list| list.whole && !list.names.is_empty()) {
            self.note(candidate, Place::Registry, Outcome::NotListed);
            return None;
        }
        // The exact time would be chance.
        (!candidate.nearest).then(|| candidate.clone())
    }

    /// Builds of tags of the candidate's repository that are missing themselves.
    async fn builds_of_missed(
        &mut self,
        candidate: &Candidate,
        platform: Option<&str>,
        spare: usize,
    ) -> Option<Candidate> {
        let name = candidate.reference.name();
        let known = self.lists.get(&name).is_some_and(|l| !l.names.is_empty());
        if !known {
            return None;
        }
        let beside = |c: &&Candidate| c.stamped && c.reference.name() == name;
        let missed: Vec<Candidate> = self.missed.iter().filter(beside).cloned().collect();
        for missed in missed {
            let built = self.built().await;
            let list = self.lists.get(&name)?;
            let led = missed.among(&list.names, built);
            let led = led.filter(|led| led.reference != missed.reference);
            if let Some(led) = led.filter(|_| self.left > spare)
                && let Some(found) = self.ask(&led, platform).await
            {
                return Some(found);
            }
        }
        None
    }

    /// When the subject's image was built, as tags have it; none when it is not here.
    async fn built(&mut self) -> Option<u64> {
        if let (Some(id), false) = (&self.image, self.dated) {
            self.built = built(self.engine, id).await.and_then(stamp_of);
            self.dated = true;
        }
        self.built
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
