//! The picker: the list of containers, live, with filter, selection and preview.
//!
//! The selection is a container, not a row number: it stays where it is when events reorder the list.

pub mod preview;
pub mod row;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crossterm::event::KeyEvent;

use self::preview::Look;
use self::row::{Dev, Mood, Row};
use super::fuzzy::Fuzzy;
use super::line::Line;
use super::text::{clean, width};
use super::{Effect, Preview, Timer};
use crate::domain::error::{Error, Result};
use crate::domain::image::{Resolution, canonical_names, family_name, known_locally};
use crate::domain::target::{ContainerId, Event, Summary};
use crate::domain::triage::Pace;
use crate::domain::twin::TwinSummary;

/// The list of containers.
#[derive(Debug, Default)]
pub struct Picker {
    rows: Vec<Row>,
    /// Numbers of the rows that pass the filter, best first.
    shown: Vec<usize>,
    filter: Line,
    selected: Option<ContainerId>,
    /// Number of the first shown row on the screen, and how many fit.
    offset: usize,
    height: usize,
    /// Local images by their canonical names.
    local: HashSet<String>,
    /// The same as the engine names them.
    images: Vec<String>,
    /// What previews found out, by image reference.
    answers: HashMap<String, Dev>,
    look: Look,
    trouble: Option<Error>,
    loaded: bool,
    twins: usize,
    asked: Asked,
    /// What events told of the starts of containers.
    paces: HashMap<ContainerId, Pace>,
    /// A look at containers that came up out of a restart loop is due.
    settling: bool,
    /// The second look after an event, if one is due.
    late: Option<Late>,
    /// The row that was clicked last, while it is the selection.
    clicked: Option<ContainerId>,
}

/// What is on its way from the engine.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Nothing.
    #[default]
    Nothing,
    /// A list.
    List,
    /// A list that was out of date before it came.
    Stale,
}

/// A second look that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Late {
    /// No event came since it was ordered.
    Last,
    /// Events came since: one more has to follow it.
    More,
}

/// After how long to look a second time: an engine's list may show for a while what was before its event
/// (measured on Engine 20.10, for every kind of event).
const LATE: Duration = Duration::from_millis(500);

/// After how long to look again at a container that came up out of a restart loop.
const SETTLE: Duration = Duration::from_secs(11);

impl Picker {
    /// Orders the list, whatever is on its way.
    pub fn list(&mut self) -> Vec<Effect> {
        self.asked = Asked::List;
        vec![Effect::List]
    }

    /// An event came: orders the list now, and once more when the engine has had time to follow its own
    /// event.
    pub fn changed(&mut self) -> Vec<Effect> {
        let mut effects = self.look_again();
        if self.late.replace(Late::More).is_none() {
            effects.push(self.wait());
        }
        effects
    }

    /// The time of the second look has come; a list that is not shown is not looked at.
    pub fn late(&mut self, shown: bool) -> Vec<Effect> {
        let more = self.late.take() == Some(Late::More);
        if !shown {
            return Vec::new();
        }
        let mut effects = self.look_again();
        if more {
            effects.push(self.wait());
        }
        effects
    }

    /// Orders a second look.
    fn wait(&mut self) -> Effect {
        self.late = Some(Late::Last);
        Effect::After(Timer::Late, LATE)
    }

    /// Orders the list, at most one at a time, so that a storm of events costs one list after the other
    /// and not one each.
    fn look_again(&mut self) -> Vec<Effect> {
        match self.asked {
            Asked::Nothing => self.list(),
            Asked::List | Asked::Stale => {
                self.asked = Asked::Stale;
                Vec::new()
            }
        }
    }

    /// The list came. Twins are no targets: they are only counted.
    pub fn listed(&mut self, list: Result<Vec<Summary>>) -> Vec<Effect> {
        let mut effects = match std::mem::take(&mut self.asked) {
            Asked::Stale => self.list(),
            Asked::Nothing | Asked::List => Vec::new(),
        };
        let summaries = match list {
            Ok(summaries) => summaries,
            Err(error) => {
                self.trouble = Some(error);
                return effects;
            }
        };
        self.trouble = None;
        self.loaded = true;
        let before = self
            .selection()
            .map(|row| (row.id.clone(), row.words.clone()));
        let at = self.position().unwrap_or(0);
        let mut settle = false;
        let is_twin = |s: &&Summary| TwinSummary::from_summary(s).is_some();
        self.twins = summaries.iter().filter(is_twin).count();
        let mut rows: Vec<Row> = Vec::with_capacity(summaries.len());
        {
            let old: HashMap<&ContainerId, &Row> = self.rows.iter().map(|r| (&r.id, r)).collect();
            for summary in summaries.iter().filter(|s| !is_twin(s)) {
                let before = old.get(&summary.id);
                let looped = before.is_some_and(|row| row.mood == Mood::Looping);
                let mut row = Row::new(summary, looped);
                if let Some(before) = before {
                    row.keep_loop(before);
                }
                let held = row.status != summary.status;
                settle |= held;
                rows.push(row);
            }
        }
        self.rows = rows;
        self.rows.sort_by(|a, b| a.order().cmp(&b.order()));
        self.know();
        self.sift();
        if self.position().is_none() {
            self.put(at);
        }
        self.follow();
        let after = self
            .selection()
            .map(|row| (row.id.clone(), row.words.clone()));
        if before != after {
            effects.extend(self.look.rest(self.selected.clone()));
        }
        if settle && !std::mem::replace(&mut self.settling, true) {
            effects.push(Effect::After(Timer::Settled, SETTLE));
        }
        effects
    }

    /// The time has passed in which a container that was in a restart loop shows that it stays up: no
    /// event tells of that.
    pub fn settled(&mut self, shown: bool) -> Vec<Effect> {
        self.settling = false;
        if shown { self.look_again() } else { Vec::new() }
    }

    /// An event of a container: how fast it is started again and again.
    pub fn paced(&mut self, event: &Event) {
        self.paces.entry(event.id.clone()).or_default().seen(event);
        if event.action == "destroy" {
            self.paces.remove(&event.id);
        }
    }

    /// What events told of the starts of a container.
    pub fn pace(&self, id: &ContainerId) -> Pace {
        self.paces.get(id).copied().unwrap_or_default()
    }

    /// The engine's stream broke, or its list failed.
    pub fn lost(&mut self, error: Error) {
        self.trouble = Some(error);
    }

    /// Tags of the local images came.
    pub fn tags(&mut self, tags: &[String]) {
        self.local = canonical_names(tags.iter().map(String::as_str));
        self.images = tags.to_vec();
        self.know();
    }

    /// Fills in what is known of each row's image.
    fn know(&mut self) {
        // Many containers of few images are the rule: each image is read once.
        let mut read: HashMap<(String, Option<String>), _> = HashMap::new();
        for row in &mut self.rows {
            let base = row.base.as_deref();
            let (family, dev) = read
                .entry((row.image.clone(), row.base.clone()))
                .or_insert_with(|| {
                    let family = family_name(&row.image).or_else(|| base.and_then(family_name));
                    let dev = match self.answers.get(&row.image) {
                        Some(answer) => answer.clone(),
                        None => known(&row.image, base, &self.local),
                    };
                    (family, dev)
                });
            row.family = *family;
            row.dev = dev.clone();
        }
    }

    /// Which rows pass the filter, and in which order.
    fn sift(&mut self) {
        self.shown = match Fuzzy::new(self.filter.text()) {
            None => (0..self.rows.len()).collect(),
            Some(mut fuzzy) => {
                // Who types a name means the name: the words of a state come after.
                let scored = |(n, row): (usize, &Row)| {
                    let score = fuzzy.score(&row.haystack())?;
                    let elsewhere = fuzzy.score(&row.name).is_none();
                    Some((elsewhere, Reverse(score), n))
                };
                let mut found: Vec<_> = self.rows.iter().enumerate().filter_map(scored).collect();
                found.sort_unstable();
                found.into_iter().map(|(.., n)| n).collect()
            }
        };
    }

    /// Puts the selection on the shown row number `at`, or the nearest.
    fn put(&mut self, at: usize) {
        let at = at.min(self.shown.len().saturating_sub(1));
        let row = self.shown.get(at).and_then(|n| self.rows.get(*n));
        self.selected = row.map(|row| row.id.clone());
    }

    /// Scrolls so that the selection is on the screen and no row is wasted.
    fn follow(&mut self) {
        let at = self.position().unwrap_or(0);
        let height = self.height.max(1);
        let last = self.shown.len().saturating_sub(height);
        self.offset = self
            .offset
            .clamp((at + 1).saturating_sub(height), at)
            .min(last);
    }

    /// Ends each change of the selection: scrolls, and lets the preview follow.
    fn moved(&mut self, before: Option<&ContainerId>) -> Vec<Effect> {
        self.follow();
        self.clicked = None;
        if self.selected.as_ref() == before {
            return Vec::new();
        }
        self.look.rest(self.selected.clone())
    }

    /// A click on a row of the screen, counted from the top of the list; none when no row is there. With
    /// the effects comes whether the row was clicked before: a row that is selected without a click, as
    /// the first one is at the start, must not be entered by the first click.
    pub fn click(&mut self, row: usize) -> Option<(Vec<Effect>, bool)> {
        let at = self.offset + row;
        if at >= self.shown.len() {
            return None;
        }
        let before = self.selected.clone();
        self.put(at);
        let again = self.clicked.is_some() && self.clicked == self.selected;
        let effects = self.moved(before.as_ref());
        self.clicked.clone_from(&self.selected);
        Some((effects, again))
    }

    /// Moves the selection by some rows, stopping at both ends.
    pub fn step(&mut self, by: isize) -> Vec<Effect> {
        let before = self.selected.clone();
        self.put(self.position().unwrap_or(0).saturating_add_signed(by));
        self.moved(before.as_ref())
    }

    /// Rows of a page, as many as fit the screen less one to keep the eye in place.
    pub fn page(&self) -> isize {
        isize::try_from(self.height.saturating_sub(1).max(1)).unwrap_or(1)
    }

    /// The screen now shows this many rows.
    pub fn fit(&mut self, height: usize) {
        self.height = height;
        self.follow();
    }

    /// A key for the filter; none when it changed nothing.
    pub fn type_key(&mut self, key: KeyEvent) -> Option<Vec<Effect>> {
        let cursor = self.filter.cursor();
        let changed = self.filter.key(key);
        (changed || cursor != self.filter.cursor()).then(|| self.refilter(changed))
    }

    /// Pasted text for the filter.
    pub fn paste(&mut self, text: &str) -> Vec<Effect> {
        let changed = self.filter.paste(text);
        self.refilter(changed)
    }

    /// Empties the filter; none when it is empty. The selection stays on its container.
    pub fn clear_filter(&mut self) -> Option<Vec<Effect>> {
        if self.filter.is_empty() {
            return None;
        }
        self.filter.clear();
        self.sift();
        Some(self.moved(self.selected.clone().as_ref()))
    }

    /// A new filter puts the selection on its best row.
    fn refilter(&mut self, changed: bool) -> Vec<Effect> {
        if !changed {
            return Vec::new();
        }
        let before = self.selected.clone();
        self.sift();
        self.put(0);
        self.moved(before.as_ref())
    }

    /// The selection has rested on `id`.
    pub fn rested(&mut self, id: &ContainerId) -> Vec<Effect> {
        self.look.rested(id)
    }

    /// A preview came; false when nobody waits for it any more. What it found out about the image
    /// is kept for all rows of that image.
    pub fn previewed(&mut self, preview: Box<Preview>) -> bool {
        let learnt = preview.resolution.as_ref().ok().map(Dev::of);
        let image = self.rows.iter().find(|row| row.id == preview.id);
        if let (Some(dev), Some(row)) = (learnt, image) {
            self.answers.insert(row.image.clone(), dev);
            self.know();
        }
        self.look.came(preview)
    }

    /// The selected row.
    pub fn selection(&self) -> Option<&Row> {
        let id = self.selected.as_ref()?;
        self.rows.iter().find(|row| row.id == *id)
    }

    /// A resolution that the preview of `id` brought.
    pub fn resolution(&self, id: &ContainerId) -> Option<&Resolution> {
        self.look.of(id)?.0.resolution.as_ref().ok()
    }

    /// Number of the selection among the shown rows.
    fn position(&self) -> Option<usize> {
        let id = self.selected.as_ref()?;
        self.shown
            .iter()
            .position(|n| self.rows.get(*n).is_some_and(|row| row.id == *id))
    }

    /// The rows on the screen from the top, each with whether it is selected.
    pub fn visible(&self, height: usize) -> impl Iterator<Item = (&Row, bool)> {
        let rows = self.shown.iter().skip(self.offset).take(height);
        rows.filter_map(|n| self.rows.get(*n))
            .map(|row| (row, self.selected.as_ref() == Some(&row.id)))
    }

    /// Columns of the longest name.
    pub fn widest_name(&self) -> usize {
        let widths = self.rows.iter().map(|row| width(&row.name));
        widths.max().unwrap_or(0)
    }

    /// Names of the engine's images.
    pub fn images(&self) -> &[String] {
        &self.images
    }

    /// The filter.
    pub fn filter(&self) -> &Line {
        &self.filter
    }

    /// The preview.
    pub fn look(&self) -> &Look {
        &self.look
    }

    /// What is wrong with the engine, if anything.
    pub fn trouble(&self) -> Option<&Error> {
        self.trouble.as_ref()
    }

    /// Whether a list has ever come.
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Containers that pass the filter, containers in all, and twins that the list leaves out.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.shown.len(), self.rows.len(), self.twins)
    }

    /// The first shown row on the screen, for the scroll bar.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

/// What is known of the dev image of `image` without asking anyone: by its name, else by the base image
/// that its labels name.
fn known(image: &str, base: Option<&str>, local: &HashSet<String>) -> Dev {
    match known_locally(image, local) {
        Some(dev) if dev == image => return Dev::Own,
        Some(dev) => return Dev::Local(clean(&dev)),
        None => {}
    }
    match base.and_then(|base| Some((base, known_locally(base, local)?))) {
        // A base that is a dev image itself is of use when it is here.
        Some((base, dev)) if dev == base && canonical_names([base]).is_disjoint(local) => {
            Dev::Unasked
        }
        Some((_, dev)) => Dev::Local(clean(&dev)),
        None => Dev::Unasked,
    }
}
