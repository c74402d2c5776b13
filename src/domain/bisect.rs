//! Which one setting makes a target fail: replicas that differ from it in one thing at a time, until one of them
//! ends otherwise. Pure: it says what to run next and is told how that ended.

mod changes;

pub use changes::{Change, Facts};

use std::collections::VecDeque;

use serde::Serialize;

use super::replay::{Ending, duration};
use super::replica::Room;
use super::replica::edits::{Base, Edits, writable};
use super::replica::{Mounts, edits};
use super::target::{NamespaceMode, Target};

/// The first run.
const ALONE: &str = "as it is, without a network";

/// What the person allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    /// Replicas may use the target's networks; else they have none.
    pub network: bool,
    /// What replicas get of the target's volumes and binds.
    pub mounts: Mounts,
    /// On which files of its own the target is run again.
    pub base: Base,
}

/// The next run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// What it tries, in words: a line of the table.
    pub what: String,
    /// How it differs from the target.
    pub edits: Edits,
    /// Whether it gets the target's networks.
    pub networked: bool,
}

impl Next {
    /// What it shares.
    pub fn room(&self) -> Room {
        if self.networked {
            Room::Networked
        } else {
            Room::Isolated
        }
    }
}

/// A run that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trial {
    /// What it tried.
    pub what: String,
    /// How it ended.
    pub ending: Ending,
    /// That in words.
    pub words: String,
    /// How long it ran, in milliseconds.
    pub millis: u64,
    /// Whether it ended otherwise than the target.
    pub differs: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Verdict {
    /// This setting makes the difference.
    Found {
        /// Which.
        change: Change,
        /// Whether it runs then; else it fails in another way, and no setting makes it run.
        heals: bool,
    },
    /// A replica that differs in nothing did not end as the target did.
    NotReproduced {
        /// What may be behind that, and what to try: a line each.
        perhaps: Vec<String>,
    },
    /// No single setting makes a difference.
    Nothing,
    /// The same replica ended in two ways.
    Unsteady,
    /// The target was never started, and its replica runs.
    Runs,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// The target as it is, without a network.
    Alone,
    /// The target as it is, with its networks.
    Networked,
    /// One change.
    Changed(Change),
    /// The target as it is once more: is it the change that makes the difference?
    Again {
        change: Change,
        heals: bool,
    },
    Done(Verdict),
}

/// The search.
#[derive(Debug, Clone)]
pub struct Bisect {
    /// How the target ended; none while that is not known.
    wanted: Option<Ending>,
    consent: Consent,
    /// The target's networks give what a replica without one lacks.
    has_network: bool,
    perhaps: Vec<String>,
    queue: VecDeque<Change>,
    /// The first change with which it failed in another way: what counts when none makes it run.
    otherwise: Option<Change>,
    stage: Stage,
    trials: Vec<Trial>,
}

impl Bisect {
    /// A search for `target`, which ended as `wanted` (none: it was never started), after `ran` milliseconds where
    /// that is known; each run may take `limit` milliseconds.
    pub fn new(
        facts: &Facts<'_>,
        wanted: Option<Ending>,
        consent: Consent,
        ran: Option<u64>,
        limit: u64,
    ) -> Self {
        let target = facts.target;
        let has_network = target.isolation.network != NamespaceMode::None;
        Self {
            perhaps: perhaps(target, consent, ran, limit),
            wanted,
            consent,
            has_network,
            queue: changes::changes(facts, consent),
            otherwise: None,
            stage: Stage::Alone,
            trials: Vec::new(),
        }
    }

    /// How many runs it takes at most.
    pub fn most(&self) -> usize {
        let bases = if self.consent.network && self.has_network {
            2
        } else {
            1
        };
        // Each change is tried once, and the one that counts is tried against the target once more.
        bases + self.queue.len() + usize::from(!self.queue.is_empty())
    }

    /// What will be tried at most, a line each.
    pub fn intended(&self) -> Vec<String> {
        let mut lines = vec![ALONE.to_owned()];
        if self.consent.network && self.has_network {
            lines.push("as it is, with its networks".into());
        }
        lines.extend(self.queue.iter().map(Change::words));
        lines
    }

    /// What to run next; none when it is done.
    pub fn next(&self) -> Option<Next> {
        let unchanged = |what: &str, networked| Next {
            what: what.into(),
            edits: self.unchanged(),
            networked,
        };
        match &self.stage {
            Stage::Alone => Some(unchanged(ALONE, false)),
            Stage::Networked => Some(unchanged("as it is, with its networks", true)),
            Stage::Changed(change) => {
                let mut edits = self.unchanged();
                change.apply(&mut edits);
                Some(Next {
                    what: change.words(),
                    edits,
                    networked: false,
                })
            }
            Stage::Again { .. } => Some(unchanged("as it is, once more", false)),
            Stage::Done(_) => None,
        }
    }

    fn unchanged(&self) -> Edits {
        Edits {
            mounts: self.consent.mounts,
            base: self.consent.base,
            ..Edits::default()
        }
    }

    /// Takes how the run that [`Self::next`] named ended, after so many milliseconds.
    pub fn told(&mut self, ending: Ending, millis: u64) {
        let Some(next) = self.next() else { return };
        // A target that was never started is measured by its first replica.
        let wanted = self.wanted.get_or_insert_with(|| ending.clone());
        let differs = !ending.is_like(wanted);
        let (heals, lives) = (ending.is_well(), ending == Ending::Lives);
        self.trials.push(Trial {
            what: next.what,
            words: ending.words(),
            ending,
            millis,
            differs,
        });
        let stage = std::mem::replace(&mut self.stage, Stage::Done(Verdict::Nothing));
        self.stage = match stage {
            Stage::Alone if !differs && lives => Stage::Done(Verdict::Runs),
            Stage::Alone if !differs => self.following(),
            Stage::Alone if self.consent.network && self.has_network => Stage::Networked,
            Stage::Networked if !differs => Stage::Done(Verdict::Found {
                change: Change::Network,
                // Without one it ended otherwise, whether that is better or not.
                heals: self.trials.first().is_some_and(|t| t.ending.is_well()),
            }),
            Stage::Alone | Stage::Networked => Stage::Done(Verdict::NotReproduced {
                perhaps: std::mem::take(&mut self.perhaps),
            }),
            Stage::Changed(change) if differs && heals => Stage::Again { change, heals },
            Stage::Changed(change) => {
                if differs {
                    self.otherwise.get_or_insert(change);
                }
                self.following()
            }
            Stage::Again { .. } if differs => Stage::Done(Verdict::Unsteady),
            Stage::Again { change, heals } => Stage::Done(Verdict::Found { change, heals }),
            done @ Stage::Done(_) => done,
        };
    }

    fn following(&mut self) -> Stage {
        match (self.queue.pop_front(), self.otherwise.take()) {
            (Some(change), otherwise) => {
                self.otherwise = otherwise;
                Stage::Changed(change)
            }
            (None, Some(change)) => Stage::Again {
                change,
                heals: false,
            },
            (None, None) => Stage::Done(Verdict::Nothing),
        }
    }

    /// The runs so far.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// What came of it; none while it goes on.
    pub fn verdict(&self) -> Option<&Verdict> {
        match &self.stage {
            Stage::Done(verdict) => Some(verdict),
            Stage::Alone | Stage::Networked | Stage::Changed(_) | Stage::Again { .. } => None,
        }
    }

    /// The report of what was tried and what came of it, as far as it went.
    pub fn report(&self, target: &Target) -> Bisected {
        let wanted = self.wanted.as_ref().map(Ending::words);
        Bisected {
            target: target.name.clone(),
            wanted: self.wanted.clone(),
            wanted_words: wanted.unwrap_or_else(|| "never started".into()),
            words: self.words(&target.name),
            trials: self.trials.clone(),
            verdict: self.verdict().cloned(),
        }
    }

    /// What came of it, in words, a line each.
    fn words(&self, name: &str) -> Vec<String> {
        let of = |what: &str| {
            let found = self.trials.iter().find(|t| t.what == what);
            found.map_or_else(String::new, |t| t.words.clone())
        };
        let last = self
            .trials
            .last()
            .map(|t| t.words.clone())
            .unwrap_or_default();
        let wanted = self.wanted.as_ref().map(Ending::words).unwrap_or_default();
        match self.verdict() {
            None => vec!["not finished".into()],
            Some(Verdict::Found { change, heals }) => {
                let with = match change {
                    Change::Network => of(ALONE),
                    other => of(&other.words()),
                };
                let effect = if *heals {
                    "makes the difference"
                } else {
                    "changes how it fails, though no setting makes it run"
                };
                vec![
                    format!("{} {effect}: as it is, {wanted}; {}, {with}.", change.what(), change.words()),
                    change.advice(),
                ]
            }
            Some(Verdict::NotReproduced { perhaps }) => {
                let mut lines = vec![format!(
                    "Not reproduced. The target: {wanted}. Its replica: {}.",
                    last
                )];
                lines.extend(perhaps.iter().cloned());
                lines
            }
            Some(Verdict::Nothing) => vec![
                format!("No single setting makes a difference: {wanted} each time."),
                "Its files or what it talks to are next: devtwin entrypoint shows how it starts."
                    .into(),
            ],
            Some(Verdict::Unsteady) => vec![
                "The same replica ended in two ways: what makes it fail is no setting, but time, chance or what it talks to.".into(),
            ],
            Some(Verdict::Runs) => vec![format!(
                "{name} was never started, and its replica runs: docker start {name} should work."
            )],
        }
    }
}

/// What may be behind a replica that does not end as its target did.
fn perhaps(target: &Target, consent: Consent, ran: Option<u64>, limit: u64) -> Vec<String> {
    let mut lines = Vec::new();
    if !consent.network && target.isolation.network != NamespaceMode::None {
        lines.push(format!(
            "The network may be the cause: replicas had none, the target has {}. --network same tries it.",
            changes::network_words(target)
        ));
    }
    if consent.mounts != Mounts::Same && writable(target).next().is_some() {
        lines.push(
            "Its volumes may be: replicas could not write into them. --volumes same lets them."
                .into(),
        );
    }
    if consent.mounts == Mounts::None && edits::volumes(target).next().is_some() {
        lines.push("Replicas had none of its volumes. --volumes read-only gives them.".into());
    }
    if consent.base == Base::Image {
        lines.push("What it wrote into its own files may be. --state died keeps that.".into());
    }
    if let Some(ran) = ran.filter(|ran| *ran >= limit) {
        lines.push(format!(
            "It ran for {} before it ended, replicas for {} at most. --timeout gives them longer.",
            duration(ran),
            duration(limit)
        ));
    }
    lines
}

/// The report of a search, as the pane draws it and `devtwin replay --bisect --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bisected {
    /// The target's name.
    pub target: String,
    /// How it ended; null when it was never started and no replica was run yet.
    pub wanted: Option<Ending>,
    /// That in words.
    pub wanted_words: String,
    /// The runs, in their order.
    pub trials: Vec<Trial>,
    /// What came of it; null when it was given up.
    pub verdict: Option<Verdict>,
    /// That in words, a line each.
    pub words: Vec<String>,
}

impl Bisected {
    /// Whether the cause was found.
    pub fn is_found(&self) -> bool {
        matches!(self.verdict, Some(Verdict::Found { .. }))
    }

    /// The table of what was tried, a line each, and below it what came of it.
    pub fn to_text(&self) -> String {
        let mut lines = vec![
            format!("{}: {}", self.target, self.wanted_words),
            String::new(),
        ];
        let widest = self.trials.iter().map(|t| t.what.chars().count()).max();
        for trial in &self.trials {
            lines.push(trial.line(widest.unwrap_or_default()));
        }
        lines.push(String::new());
        lines.extend(self.words.iter().cloned());
        lines.join("\n") + "\n"
    }
}

impl Trial {
    /// The run as a line of the table, what it tried padded to `width` characters.
    pub fn line(&self, width: usize) -> String {
        let mark = if self.differs { "≠" } else { "=" };
        let when = match self.millis {
            0 => String::new(),
            millis => format!(", {}", duration(millis)),
        };
        format!("{mark} {:<width$}  {}{when}", self.what, self.words)
    }
}

#[cfg(test)]
mod tests;
