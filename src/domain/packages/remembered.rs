//! What was installed before, by image family: offered again next time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::change::bare;
use super::{Change, Changed, Outcome, Verb};
use crate::domain::image::family_name;

/// Names that are kept for one family and manager; the oldest go first.
const MOST_NAMES: usize = 40;
/// Families that are kept; there are not so many.
const MOST_FAMILIES: usize = 64;
/// What stands for all images of no known family.
const NO_FAMILY: &str = "other";

/// Packages that were installed by name: family → manager → names, newest first. The names of packages differ
/// from manager to manager, and a family may have images of several.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Remembered(BTreeMap<String, BTreeMap<String, Vec<String>>>);

/// Under which name a dev image is remembered: its family's id.
pub fn family_of(image: &str) -> &'static str {
    family_name(image).unwrap_or(NO_FAMILY)
}

impl Remembered {
    /// What was installed with a family's images, newest first.
    pub fn names(&self, family: &str, manager: &str) -> &[String] {
        let of = self.0.get(family).and_then(|of| of.get(manager));
        of.map_or(&[], Vec::as_slice)
    }

    /// Takes a change in: what came by name is remembered, what was removed by name is forgotten. A change of
    /// which nothing came changes nothing here; whether it does anything is the answer.
    pub fn note(&mut self, family: &str, changed: &Changed) -> bool {
        match changed.outcome {
            Outcome::Done | Outcome::Partly | Outcome::Cancelled => {}
            Outcome::Nothing | Outcome::Failed => return false,
        }
        let keeps = match changed.change.verb {
            Verb::Install => true,
            Verb::Remove => false,
            Verb::Upgrade => return false,
        };
        let names = changed.change.names.iter();
        let so_now = names.filter(|name| !changed.missed.contains(name));
        // A version that was asked for may be gone next time.
        let so_now: Vec<String> = so_now.map(|name| bare(name).to_owned()).collect();
        if so_now.is_empty() || (self.0.len() >= MOST_FAMILIES && !self.0.contains_key(family)) {
            return false;
        }
        let of = self.0.entry(family.to_owned()).or_default();
        let kept = of.entry(changed.manager.clone()).or_default();
        let before = kept.clone();
        kept.retain(|name| !so_now.contains(name));
        if keeps {
            kept.splice(0..0, so_now);
            kept.truncate(MOST_NAMES);
        }
        *kept != before
    }

    /// The same without what no manager could take for a package's name: a file may hold anything.
    #[must_use]
    pub fn sound(mut self) -> Self {
        for names in self.0.values_mut().flat_map(BTreeMap::values_mut) {
            names.retain(|name| Change::new(Verb::Install, std::slice::from_ref(name)).is_ok());
            names.truncate(MOST_NAMES);
        }
        while self.0.len() > MOST_FAMILIES {
            self.0.pop_last();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(verb: Verb, names: &[&str], outcome: Outcome, missed: &[&str]) -> Changed {
        let owned = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        Changed {
            manager: "apk".into(),
            change: Change {
                verb,
                names: owned(names),
            },
            outcome,
            steps: Vec::new(),
            missed: owned(missed),
            troubles: Vec::new(),
            status: Some(0),
            line: String::new(),
            dockerfile: String::new(),
        }
    }

    #[test]
    fn the_newest_stands_first_and_what_was_removed_is_forgotten() {
        let mut kept = Remembered::default();
        let mut note =
            |verb, names: &[&str]| kept.note("wolfi", &changed(verb, names, Outcome::Done, &[]));
        assert!(note(Verb::Install, &["curl", "jq=1.7-r0"]));
        assert!(note(Verb::Install, &["strace", "curl"]));
        assert!(note(Verb::Remove, &["strace", "vim"]));
        assert!(!note(Verb::Remove, &["vim"]));
        assert!(!note(Verb::Upgrade, &[]));
        assert_eq!(kept.names("wolfi", "apk"), ["curl", "jq"]);
        assert!(kept.names("wolfi", "apt").is_empty() && kept.names("ubi", "apk").is_empty());
    }

    #[test]
    fn only_what_came_is_remembered() {
        let mut kept = Remembered::default();
        for outcome in [Outcome::Failed, Outcome::Nothing] {
            assert!(!kept.note("f", &changed(Verb::Install, &["curl"], outcome, &[])));
        }
        let partly = changed(Verb::Install, &["curl", "nope"], Outcome::Partly, &["nope"]);
        assert!(kept.note("f", &partly));
        let cancelled = changed(Verb::Install, &["gdb"], Outcome::Cancelled, &["gdb"]);
        assert!(!kept.note("f", &cancelled));
        assert_eq!(kept.names("f", "apk"), ["curl"]);
    }

    #[test]
    fn it_is_bounded_and_hostile_names_are_dropped() {
        let mut kept = Remembered::default();
        for n in 0..MOST_FAMILIES + 9 {
            let names: Vec<String> = (0..MOST_NAMES + 9).map(|m| format!("p{n}-{m}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            kept.note(
                &format!("f{n}"),
                &changed(Verb::Install, &names, Outcome::Done, &[]),
            );
        }
        assert_eq!(kept.0.len(), MOST_FAMILIES);
        assert_eq!(kept.names("f0", "apk").len(), MOST_NAMES);
        let file = r#"{"f":{"apk":["curl","--root=/","a b","","x\u001b"]}}"#;
        let kept = serde_json::from_str::<Remembered>(file).unwrap().sound();
        assert_eq!(kept.names("f", "apk"), ["curl"]);
    }

    #[test]
    fn images_are_known_by_their_family() {
        assert_eq!(
            family_of("cgr.dev/chainguard/python:latest-dev"),
            "chainguard"
        );
        assert_eq!(family_of("acme/web:1-dev"), NO_FAMILY);
        assert_eq!(family_of("sha256:00"), NO_FAMILY);
    }
}
