//! Actions that mean something of their own where the person is: rows, texts, what Enter does.

use crate::app::action::Action;
use crate::app::keymap::Focus;
use crate::app::movement::movement;
use crate::app::panes::Pane;
use crate::app::{
    Effect, Model, compare_perform, entrypoint_perform, files_perform, learn_perform, logs_perform,
    network_perform, packages_change, packages_perform, processes_perform, recipe_perform,
};

/// An action on the entrypoint pane; none when it is not about rows.
pub(super) fn in_entrypoint(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if action == Action::Accept {
        return Some(entrypoint_perform::accept(model));
    }
    movement(action).map(|by| entrypoint_perform::go(model, by))
}

/// An action on the packages pane; none when it is not about rows.
pub(super) fn in_packages(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if action == Action::Accept {
        return Some(packages_change::accept(model));
    }
    movement(action).map(|by| packages_perform::go(model, by))
}

/// An action on the lessons; none when it is about neither rows nor the text.
pub(super) fn in_lessons(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let focus = model.focus();
    if !matches!(focus, Focus::Lessons | Focus::Lesson | Focus::LessonAnswer) {
        return None;
    }
    if action == Action::Accept {
        return Some(learn_perform::accept(model));
    }
    movement(action).map(|by| learn_perform::go(model, by))
}

/// An action that moves about in a pane of facts or files; none when it does something else.
pub(super) fn in_facts(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let pane = model.joined.as_ref()?.pane;
    if action == Action::Accept && pane == Pane::Logs {
        return Some(logs_perform::accept(model));
    }
    if action == Action::Accept && pane == Pane::Files {
        return Some(files_perform::accept(model));
    }
    if action == Action::Accept && pane == Pane::Compare {
        return Some(compare_perform::accept(model));
    }
    if action == Action::Accept && pane == Pane::Recipe {
        return Some(recipe_perform::accept(model));
    }
    let by = movement(action)?;
    match pane {
        Pane::Logs => Some(logs_perform::go(model, by)),
        Pane::Processes => Some(processes_perform::go(model, by)),
        Pane::Network => Some(network_perform::go(model, by)),
        Pane::Files => Some(files_perform::go(model, by)),
        Pane::Compare => Some(compare_perform::go(model, by)),
        Pane::Recipe => Some(recipe_perform::go(model, by)),
        Pane::Shell | Pane::Packages | Pane::Entrypoint => None,
    }
}
