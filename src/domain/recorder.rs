//! What a session did, step by step, and which of it is worth keeping: the source of a recipe.
//!
//! Steps come from two facts: a command that a shell's marks told of ([`Ran`]), and a change of packages that devtwin
//! made ([`Changed`]). A person edits, drops, reorders and marks them, and can take all of that back.

pub mod secrets;
pub mod words;

use std::collections::{BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::{Deserialize, Serialize};

use super::command::Ran;
use super::packages::{Changed, Outcome, Verb};

/// Steps that are kept; the oldest go first.
pub const MOST: usize = 1000;
/// Bytes of one step's text.
pub const LONGEST: usize = 4096;
/// Edits that can be taken back.
const UNDO: usize = 100;
/// Files that can be picked.
pub const PICKS: usize = 200;

/// What a step is in the recipe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// It is left out.
    #[default]
    No,
    /// It is done when the image is built.
    Build,
    /// Its packages are in the production image, too. Only for steps that install packages.
    Runtime,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A command in a shell, as it was typed; lines joined by `\n`.
    Command(String),
    /// A change of packages that devtwin made.
    Packages {
        /// The manager's id, `apk`.
        manager: String,
        /// What was asked for.
        verb: Verb,
        /// Names, as they were asked for.
        names: Vec<String>,
    },
}

/// A step of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What was done.
    pub what: What,
    /// The directory, when the shell told it.
    #[serde(default)]
    pub cwd: Option<String>,
    /// Exit status, when it is known.
    #[serde(default)]
    pub status: Option<i32>,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub took_ms: Option<u64>,
    /// What it printed, when that was short.
    #[serde(default)]
    pub printed: Option<String>,
    /// What it is in the recipe.
    #[serde(default)]
    pub mark: Mark,
}

impl Step {
    /// The step in one line: the command, or the packages.
    pub fn text(&self) -> String {
        match &self.what {
            What::Command(text) => text.clone(),
            What::Packages {
                manager,
                verb,
                names,
            } => {
                let verb = match (manager.as_str(), verb) {
                    ("apk", Verb::Install) => "add",
                    ("apk", Verb::Remove) => "del",
                    (_, Verb::Install) => "install",
                    (_, Verb::Remove) => "remove",
                    (_, Verb::Upgrade) => "upgrade",
                };
                format!("{manager} {verb} {}", names.join(" "))
                    .trim_end()
                    .to_owned()
            }
        }
    }

    /// The packages that it installs, when that is all it does: the manager's id and names.
    pub fn installs(&self) -> Option<(String, Vec<String>)> {
        match &self.what {
            What::Packages {
                manager,
                verb: Verb::Install,
                names,
            } => Some((manager.clone(), names.clone())),
            What::Packages { .. } => None,
            What::Command(text) => {
                let change = words::package_change(text)?;
                (change.verb == Verb::Install).then_some((change.manager, change.names))
            }
        }
    }

    /// Whether it failed, as far as is known.
    pub fn failed(&self) -> bool {
        self.status.is_some_and(|status| status != 0)
    }

    fn marked_by_default(mut self) -> Self {
        let keep = match &self.what {
            What::Command(text) => !self.failed() && words::builds(text),
            What::Packages { .. } => !self.failed(),
        };
        self.mark = if keep { Mark::Build } else { Mark::No };
        self
    }
}

/// An edit, as what takes it back.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Undo {
    Put(usize, Box<Step>),
    Insert(usize, Box<Step>),
    Move(usize, usize),
    Pick(String, bool),
}

/// The record of a twin's session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    steps: Vec<Step>,
    /// Files that the person wants in the production image, by their absolute paths.
    #[serde(default)]
    picks: BTreeSet<String>,
    /// Whether the person has chosen among the files: until then suggestions stand in.
    #[serde(default)]
    chosen: bool,
    /// The commands that were told, whatever became of their steps.
    #[serde(default)]
    told: VecDeque<u64>,
    /// How many of `told` a shell that was attached to again has told once more; none when it tells new ones.
    #[serde(skip)]
    again: Option<usize>,
    #[serde(skip)]
    undo: Vec<Undo>,
}

impl Record {
    /// The steps, oldest first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.picks.is_empty()
    }

    /// The files that the person picked.
    pub fn picks(&self) -> &BTreeSet<String> {
        &self.picks
    }

    /// Whether the person has chosen among the files.
    pub fn has_chosen(&self) -> bool {
        self.chosen
    }

    /// The twin was attached to again: its shell prints once more what it printed, and so tells old commands anew.
    pub fn attached_again(&mut self) {
        self.again = Some(0);
    }

    /// Takes a command in that has ended; false when it was told before.
    pub fn ran(&mut self, ran: &Ran) -> bool {
        let text = ran.text.trim();
        if text.is_empty() {
            return false;
        }
        let mark = fingerprint(ran);
        if let Some(from) = self.again {
            let known = self.told.iter().skip(from).position(|told| *told == mark);
            if let Some(at) = known {
                self.again = Some(from + at + 1);
                return false;
            }
            self.again = None;
        }
        if self.told.len() == MOST {
            self.told.pop_front();
        }
        self.told.push_back(mark);
        let step = Step {
            what: What::Command(cut(text)),
            cwd: ran.cwd.clone(),
            status: ran.status,
            took_ms: ran
                .took
                .map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            printed: ran.printed.clone(),
            mark: Mark::No,
        };
        self.add(step.marked_by_default());
        true
    }

    /// Takes a change of packages in that has ended; false when nothing was changed.
    pub fn changed(&mut self, changed: &Changed) -> bool {
        let status = match changed.outcome {
            Outcome::Done => 0,
            Outcome::Nothing | Outcome::Cancelled => return false,
            Outcome::Partly | Outcome::Failed => 1,
        };
        let step = Step {
            what: What::Packages {
                manager: changed.manager.clone(),
                verb: changed.change.verb,
                names: changed.change.names.clone(),
            },
            cwd: None,
            status: Some(status),
            took_ms: None,
            printed: None,
            mark: Mark::No,
        };
        self.add(step.marked_by_default());
        true
    }

    fn add(&mut self, step: Step) {
        if self.steps.len() == MOST {
            self.steps.remove(0);
            // Their numbers are other steps' now.
            self.undo.clear();
        }
        self.steps.push(step);
    }

    fn remember(&mut self, undo: Undo) {
        if self.undo.len() == UNDO {
            self.undo.remove(0);
        }
        self.undo.push(undo);
    }

    /// Puts another text in a step's place; an empty one drops the step. False when nothing changed.
    pub fn edit(&mut self, at: usize, text: &str) -> bool {
        let text = text.trim();
        if text.is_empty() {
            return self.drop_step(at);
        }
        let Some(step) = self.steps.get_mut(at).filter(|step| step.text() != text) else {
            return false;
        };
        let before = step.clone();
        step.what = What::Command(cut(text));
        // It is not what ran: how that ended says nothing of it.
        step.status = None;
        step.took_ms = None;
        step.printed = None;
        if step.mark == Mark::No {
            step.mark = Mark::Build;
        }
        self.remember(Undo::Put(at, Box::new(before)));
        true
    }

    /// Drops a step; false when there is none.
    pub fn drop_step(&mut self, at: usize) -> bool {
        if at >= self.steps.len() {
            return false;
        }
        let step = self.steps.remove(at);
        self.remember(Undo::Insert(at, Box::new(step)));
        true
    }

    /// Moves a step one place down or up; where it is now, none when it cannot.
    pub fn shift(&mut self, at: usize, down: bool) -> Option<usize> {
        let to = if down { at + 1 } else { at.checked_sub(1)? };
        if at.max(to) >= self.steps.len() {
            return None;
        }
        self.steps.swap(at, to);
        self.remember(Undo::Move(to, at));
        Some(to)
    }

    /// Gives a step its next mark; false when there is no such step.
    pub fn mark_next(&mut self, at: usize) -> bool {
        let Some(step) = self.steps.get_mut(at) else {
            return false;
        };
        let before = step.clone();
        step.mark = match step.mark {
            Mark::No => Mark::Build,
            Mark::Build if step.installs().is_some() => Mark::Runtime,
            Mark::Build | Mark::Runtime => Mark::No,
        };
        self.remember(Undo::Put(at, Box::new(before)));
        true
    }

    /// Picks a file, or no longer; false when no more can be picked. What stood as a suggestion until now must be handed
    /// in, so that the first choice does not take the others away.
    pub fn pick(&mut self, path: &str, suggested: &[String]) -> bool {
        if !self.chosen {
            self.picks.extend(suggested.iter().take(PICKS).cloned());
            self.chosen = true;
        }
        let had = self.picks.remove(path);
        if !had {
            if self.picks.len() >= PICKS {
                return false;
            }
            self.picks.insert(path.to_owned());
        }
        self.remember(Undo::Pick(path.to_owned(), had));
        true
    }

    /// Takes the last edit back; false when there is none.
    pub fn undo(&mut self) -> bool {
        let Some(undo) = self.undo.pop() else {
            return false;
        };
        match undo {
            Undo::Put(at, step) => {
                if let Some(place) = self.steps.get_mut(at) {
                    *place = *step;
                }
            }
            Undo::Insert(at, step) => self.steps.insert(at.min(self.steps.len()), *step),
            Undo::Move(from, to) => {
                if from.max(to) < self.steps.len() {
                    self.steps.swap(from, to);
                }
            }
            Undo::Pick(path, true) => {
                self.picks.insert(path);
            }
            Undo::Pick(path, false) => {
                self.picks.remove(&path);
            }
        }
        true
    }

    /// The record without secrets, within its bounds: what may be written down, and what may be taken from a file.
    #[must_use]
    pub fn sound(&self) -> Self {
        let steps = self
            .steps
            .iter()
            .skip(self.steps.len().saturating_sub(MOST));
        let steps = steps.map(|step| {
            let mut step = step.clone();
            if let What::Command(text) = &step.what {
                let (text, hidden) = secrets::without(&cut(text));
                if !hidden.is_empty() {
                    // Whatever knows the secret may print it, too.
                    step.printed = None;
                }
                step.what = What::Command(text);
            }
            step.printed = step.printed.filter(|text| text.len() <= LONGEST);
            step.cwd = step.cwd.filter(|cwd| cwd.len() <= LONGEST);
            step
        });
        let picks = self.picks.iter().filter(|path| path.len() <= LONGEST);
        Self {
            steps: steps.collect(),
            picks: picks.take(PICKS).cloned().collect(),
            chosen: self.chosen,
            told: self.told.iter().take(MOST).copied().collect(),
            again: None,
            undo: Vec::new(),
        }
    }
}

fn fingerprint(ran: &Ran) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&ran.text, ran.status, &ran.cwd).hash(&mut hasher);
    hasher.finish()
}

/// A text within its bound.
fn cut(text: &str) -> String {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
