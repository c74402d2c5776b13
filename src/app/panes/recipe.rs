//! The recipe pane: the steps of the session, the files that it made, and the Dockerfile that follows from both.

pub mod highlight;
pub mod words;

use std::collections::BTreeMap;

use super::entrypoint::Move;
use super::processes::moved;
use crate::app::TaskId;
use crate::app::area::Area;
use crate::domain::build::BuildStep;
use crate::domain::dockerfile::lint::Finding;
use crate::domain::dockerfile::{lint, read};
use crate::domain::error::{Error, Result};
use crate::domain::recipe::artifact::{Artifact, suggested};
use crate::domain::recipe::verify::{News, Order, Verified};
use crate::domain::recipe::{Found, Recipe as Written, Wishes, write};
use crate::domain::recorder::Record;

/// Lines of a build that are kept.
const LINES: usize = 200;

/// A part of the pane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part {
    /// The steps.
    #[default]
    Steps,
    /// The files.
    Files,
    /// The Dockerfile.
    Text,
}

impl Part {
    /// Every one of them, in the order of the keys.
    pub const ALL: [Self; 3] = [Self::Steps, Self::Files, Self::Text];
}

/// What is under edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Editing {
    /// A step, by its number.
    Step(usize),
    /// The Dockerfile.
    Text,
}

/// A verification.
#[derive(Debug, Default)]
pub struct Verifying {
    /// Its number while it runs.
    pub task: Option<TaskId>,
    /// What is done now.
    pub doing: String,
    /// The step of the build that it has come to.
    pub step: Option<BuildStep>,
    /// The last lines that the build printed.
    pub lines: Vec<String>,
    /// How it ended.
    pub result: Option<Result<Verified>>,
}

/// A list of which one row is chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct List {
    at: usize,
    top: usize,
}

impl List {
    /// The chosen row and the first one in sight, of so many in a view of so many rows.
    fn fitted(self, all: usize, rows: usize) -> (usize, usize) {
        let rows = rows.max(1);
        let at = self.at.min(all.saturating_sub(1));
        let top = self.top.min(all.saturating_sub(rows)).min(at);
        (at, top.max((at + 1).saturating_sub(rows)))
    }

    fn go(&mut self, by: Move, all: usize, rows: usize) {
        let last = all.saturating_sub(1);
        (self.at, self.top) = self.fitted(all, rows);
        match by {
            Move::Row(row) => self.at = (self.top + row).min(last),
            Move::Lines(by) => {
                self.top = self
                    .top
                    .saturating_add_signed(by)
                    .min(all.saturating_sub(rows));
                let end = self.top + rows.saturating_sub(1);
                self.at = self.at.clamp(self.top, end.max(self.top)).min(last);
            }
            by @ (Move::Step(_) | Move::Page(_) | Move::End(_) | Move::Share(_)) => {
                self.at = moved(self.at, by, rows, last);
            }
        }
    }
}

/// The pane.
#[derive(Debug, Default)]
pub struct Recipe {
    /// What the session did.
    pub(in crate::app) record: Record,
    /// What was found of the twin.
    found: Option<Result<Found>>,
    /// The look that is on its way.
    pub(in crate::app) looking: Option<TaskId>,
    written: Written,
    /// What is wrong in the Dockerfile as it stands there.
    findings: Vec<Finding>,
    wishes: Wishes,
    part: Part,
    steps: List,
    files: List,
    text_top: usize,
    /// The Dockerfile as the person left it; none while it follows from the steps.
    own: Option<Area>,
    /// What is under edit, and its text.
    editing: Option<(Editing, Area)>,
    /// The last verification.
    pub(in crate::app) verifying: Option<Verifying>,
}

impl Recipe {
    /// A pane that begins with what was recorded before.
    pub fn of(mut record: Record) -> Self {
        record.attached_again();
        Self {
            record,
            ..Self::default()
        }
    }

    /// What the session did.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The part that has the keys.
    pub fn part(&self) -> Part {
        self.part
    }

    /// Gives a part the keys.
    pub(in crate::app) fn turn_to(&mut self, part: Part) {
        self.part = part;
    }

    /// What is under edit, and its text.
    pub fn editing(&self) -> Option<&(Editing, Area)> {
        self.editing.as_ref()
    }

    pub(in crate::app) fn editing_mut(&mut self) -> Option<&mut Area> {
        self.editing.as_mut().map(|(_, area)| area)
    }

    /// Why nothing is known of the twin; none when something is, or nothing was asked yet.
    pub fn error(&self) -> Option<&Error> {
        self.found.as_ref().and_then(|found| found.as_ref().err())
    }

    /// Whether it is being looked at.
    pub fn is_looking(&self) -> bool {
        self.looking.is_some()
    }

    /// What was found of the twin.
    pub fn found(&self) -> Option<&Found> {
        self.found.as_ref().and_then(|found| found.as_ref().ok())
    }

    /// What is known of the twin came, or could not be had.
    pub(in crate::app) fn told(&mut self, found: Result<Found>) {
        self.looking = None;
        if found.is_err() && self.found().is_some() {
            // What was known before is better than nothing.
            return;
        }
        self.found = Some(found);
        self.rewrite();
    }

    /// The files that the session made.
    pub fn artifacts(&self) -> &[Artifact] {
        self.found().map_or(&[], |found| &found.artifacts)
    }

    /// The recipe, as it follows from the steps.
    pub fn written(&self) -> &Written {
        &self.written
    }

    /// Whether both images are named by their digests.
    pub fn is_pinned(&self) -> bool {
        self.wishes.pin
    }

    pub(in crate::app) fn turn_pin(&mut self) {
        self.wishes.pin = !self.wishes.pin;
        self.rewrite();
    }

    /// Whether the Dockerfile is the person's own by now.
    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Lets the Dockerfile follow from the steps again.
    pub(in crate::app) fn follow(&mut self) {
        self.own = None;
        self.rewrite();
    }

    /// The Dockerfile as it stands there.
    pub fn dockerfile(&self) -> String {
        match &self.own {
            Some(area) => {
                let mut text = area.text();
                if !text.ends_with('\n') {
                    text.push('\n');
                }
                text
            }
            None => self.written.dockerfile.clone(),
        }
    }

    /// Writes the recipe anew after a change of steps, files or wishes.
    pub(in crate::app) fn rewrite(&mut self) {
        if let Some(Ok(found)) = &self.found {
            self.written = write(
                &self.record,
                &found.facts,
                &found.picked(&self.record),
                self.wishes,
            );
            self.look_over();
        }
    }

    /// Looks for what is wrong in the Dockerfile.
    fn look_over(&mut self) {
        let file = read(&self.dockerfile(), &BTreeMap::new());
        self.findings = lint(&file, None);
    }

    /// What is wrong in the Dockerfile.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether a file is in the recipe.
    pub fn is_picked(&self, path: &str) -> bool {
        if self.record.has_chosen() {
            self.record.picks().contains(path)
        } else {
            self.written.artifacts.iter().any(|a| a.path == path)
        }
    }

    /// The chosen row of a part and the first one in sight, in a view of so many rows.
    pub fn at(&self, part: Part, rows: usize) -> (usize, usize) {
        match part {
            Part::Steps => self.steps.fitted(self.record.steps().len(), rows),
            Part::Files => self.files.fitted(self.artifacts().len(), rows),
            Part::Text => (0, self.text_top),
        }
    }

    /// Number of the chosen step; none when there is none.
    pub(in crate::app) fn step(&self) -> Option<usize> {
        let (at, _) = self.at(Part::Steps, 1);
        (at < self.record.steps().len()).then_some(at)
    }

    pub(in crate::app) fn choose_step(&mut self, at: usize) {
        self.steps.at = at;
    }

    /// The chosen file.
    pub(in crate::app) fn file(&self) -> Option<&Artifact> {
        let (at, _) = self.at(Part::Files, 1);
        self.artifacts().get(at)
    }

    /// Picks the chosen file, or no longer; false when that cannot be.
    pub(in crate::app) fn pick(&mut self) -> bool {
        let Some(path) = self.file().map(|file| file.path.clone()) else {
            return false;
        };
        let suggested = suggested(self.artifacts());
        self.record.pick(&path, &suggested)
    }

    /// Moves within a part, of which so many rows are in sight; `lines` are those of the Dockerfile.
    pub(in crate::app) fn go(&mut self, part: Part, by: Move, rows: usize, lines: usize) {
        match part {
            Part::Steps => self.steps.go(by, self.record.steps().len(), rows),
            Part::Files => {
                let all = self.artifacts().len();
                self.files.go(by, all, rows);
            }
            Part::Text => {
                let last = lines.saturating_sub(rows);
                self.text_top = moved(self.text_top.min(last), by, rows, last);
            }
        }
    }

    /// Begins to edit the chosen step, or the Dockerfile; false when there is nothing to edit.
    pub(in crate::app) fn edit(&mut self) -> bool {
        self.editing = match self.part {
            Part::Steps => self.step().and_then(|at| {
                let text = self.record.steps().get(at)?.text();
                Some((Editing::Step(at), Area::new(&text, false)))
            }),
            Part::Text if !self.dockerfile().is_empty() => {
                let area = self
                    .own
                    .clone()
                    .unwrap_or_else(|| Area::at_top(&self.written.dockerfile));
                Some((Editing::Text, area))
            }
            Part::Files | Part::Text => None,
        };
        self.editing.is_some()
    }

    /// Ends the editing and takes the text; whether the steps are others now.
    pub(in crate::app) fn done(&mut self) -> bool {
        match self.editing.take() {
            Some((Editing::Step(at), area)) => {
                let changed = self.record.edit(at, &area.text());
                self.rewrite();
                changed
            }
            Some((Editing::Text, area)) => {
                let plain = area.text().trim_end() == self.written.dockerfile.trim_end();
                self.own = (!plain).then_some(area);
                self.look_over();
                false
            }
            None => false,
        }
    }

    /// The picked files, by their paths, and the run of the session that is compared with.
    pub(in crate::app) fn trial(&self) -> (Vec<String>, Vec<String>) {
        let paths = self.written.artifacts.iter().map(|a| a.path.clone());
        let argv = self.written.check.as_ref().map(|check| check.argv.clone());
        (paths.collect(), argv.unwrap_or_default())
    }

    /// What is to be verified; none while nothing is known of the twin.
    pub(in crate::app) fn order(&self, keep: Option<String>) -> Option<Order> {
        let found = self.found()?;
        Some(Order {
            facts: found.facts.clone(),
            dockerfile: self.dockerfile(),
            check: self.written.check.clone(),
            artifacts: self.written.artifacts.clone(),
            keep,
        })
    }

    /// The verification that is shown.
    pub fn verifying(&self) -> Option<&Verifying> {
        self.verifying.as_ref()
    }
}

impl Verifying {
    /// What is told on the way.
    pub(in crate::app) fn news(&mut self, news: News) {
        match news {
            News::Doing(what) => self.doing = what,
            News::Step(step) => {
                self.lines.push(format!(
                    "{}/{} {}",
                    step.number, step.total, step.instruction
                ));
                self.step = Some(step);
            }
            News::Line(line) => self.lines.push(line),
        }
        let more = self.lines.len().saturating_sub(LINES);
        self.lines.drain(..more);
    }
}
