//! Which pane is in sight, and what flows for it: a stream lives as long as its pane is looked at.
//!
//! [`follow`] runs behind every message, so that no way out of a pane (a key, a click, the end of the session) can forget
//! a stream.

use super::panes::Pane;
use super::{Effect, Model, TaskId};
use super::{compare_perform, files_perform};
use super::{logs_perform, network_perform, processes_perform, recipe_perform};
use crate::domain::error::Result;
use crate::domain::target::{ContainerId, Event};

/// The pane in sight, and the streams that it needs.
#[derive(Debug, Default)]
pub(super) struct Sight {
    /// The twin beside which it is, and the pane.
    at: Option<(ContainerId, Pane)>,
    feeds: Vec<TaskId>,
}

impl Sight {
    /// A stream that ends with the pane: it is cancelled when another one comes into sight, or none.
    pub(super) fn feed(&mut self, task: TaskId) {
        self.feeds.push(task);
    }

    /// A stream has ended by itself, or is given up now: there is nothing left to cancel.
    pub(super) fn forget(&mut self, task: TaskId) {
        self.feeds.retain(|feed| *feed != task);
    }
}

/// Ends the streams of a pane that has gone out of sight, and begins those of the one that has come into it.
pub(super) fn follow(model: &mut Model) -> Vec<Effect> {
    let joined = model.joined.as_ref();
    let at = joined.map(|joined| (joined.twin(), joined.pane));
    if at == model.sight.at.as_ref().map(|(twin, pane)| (twin, *pane)) {
        return Vec::new();
    }
    let at = at.map(|(twin, pane)| (twin.clone(), pane));
    let before = std::mem::replace(&mut model.sight.at, at);
    let ended = std::mem::take(&mut model.sight.feeds);
    let mut effects: Vec<Effect> = ended.into_iter().map(Effect::Cancel).collect();
    if let (Some((_, pane)), Some(joined)) = (before, &mut model.joined) {
        joined.left(pane);
    }
    let pane = model.sight.at.as_ref().map(|(_, pane)| *pane);
    effects.extend(entered(model, pane));
    effects
}

/// The engine is back, and streams have broken meanwhile: those of the pane in sight begin anew.
pub(super) fn renew(model: &mut Model) -> Vec<Effect> {
    let pane = model.joined.as_ref().map(|joined| joined.pane);
    entered(model, pane)
}

/// A stream has ended by itself.
pub(super) fn ended(model: &mut Model, task: TaskId, result: &Result<()>) -> Vec<Effect> {
    model.sight.forget(task);
    model.quiet = true;
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    if joined.stats.ended(task, result) {
        model.quiet = false;
        return Vec::new();
    }
    logs_perform::ended(model, task, result)
}

fn entered(model: &mut Model, pane: Option<Pane>) -> Vec<Effect> {
    match pane {
        Some(Pane::Logs) => logs_perform::entered(model),
        Some(Pane::Processes) => processes_perform::entered(model),
        Some(Pane::Network) => network_perform::entered(model),
        Some(Pane::Files) => files_perform::entered(model),
        Some(Pane::Compare) => compare_perform::entered(model),
        Some(Pane::Recipe) => recipe_perform::entered(model),
        Some(Pane::Shell | Pane::Packages | Pane::Entrypoint) | None => Vec::new(),
    }
}

/// Something happened to the target: the pane in sight may have to begin anew.
pub(super) fn event(model: &mut Model, event: &Event) -> Vec<Effect> {
    match model.joined.as_ref().map(|joined| joined.pane) {
        Some(Pane::Logs) => logs_perform::event(model, event),
        Some(Pane::Processes) => processes_perform::event(model, event),
        Some(Pane::Network) => network_perform::event(model, event),
        Some(Pane::Files) => files_perform::event(model, event),
        Some(Pane::Shell | Pane::Packages | Pane::Entrypoint | Pane::Compare | Pane::Recipe)
        | None => Vec::new(),
    }
}
