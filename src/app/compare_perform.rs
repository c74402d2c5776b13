//! What follows from an action on the compare pane, and from what is told of the comparison.

use crossterm::event::KeyEvent;

use super::compare_action::CompareAction;
use super::effect::CompareEffect;
use super::joined::Joined;
use super::line::Line;
use super::panes::Pane;
use super::panes::compare::{Compare, News, Row, Section, details};
use super::panes::entrypoint::Move;
use super::toast::Tone;
use super::{Effect, Model, TaskId};
use crate::domain::compare::{Change, NodeId};
use crate::domain::error::{Error, ErrorKind};
use crate::domain::target::Target;
use crate::domain::text::quote;

/// Does what the person asked of the pane.
pub(super) fn perform(model: &mut Model, action: CompareAction) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    match action {
        CompareAction::Show(section) => pane.turn_to(section),
        CompareAction::Turn(forth) => {
            let all = Section::ALL;
            let at = all.iter().position(|s| *s == pane.section()).unwrap_or(0);
            let by = if forth { 1 } else { all.len() - 1 };
            if let Some(section) = all.get((at + by) % all.len()) {
                pane.turn_to(*section);
            }
        }
        // Letters filter by themselves.
        CompareAction::Filter => {}
        CompareAction::All => pane.turn_all(),
        CompareAction::Swap => pane.swap(),
        CompareAction::Fold => pane.fold(),
        CompareAction::Close => pane.show_text(None),
        CompareAction::Look => return look(model),
        CompareAction::Stop => return stop(model),
    }
    Vec::new()
}

fn pane(model: &mut Model) -> Option<&mut Compare> {
    model.joined.as_mut().map(|joined| joined.compare.as_mut())
}

/// Brings the pane into sight; what it shows is asked for in [`entered`].
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        joined.show(Pane::Compare);
    }
    Vec::new()
}

/// The pane has come into sight: both are read, unless they were. Images do not change, and a container is read again on
/// a wish.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    let known = pane(model).is_some_and(|pane| pane.trees().is_some());
    if known { Vec::new() } else { begin(model) }
}

fn begin(model: &mut Model) -> Vec<Effect> {
    let task = model.numbers.task();
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    joined.compare.began(task);
    let target = production(joined);
    let dev = joined.attached.twin.plan.image.clone();
    model.sight.feed(task);
    vec![Effect::Compare(CompareEffect::Begin { task, target, dev })]
}

/// What stands on the left: the target, or where an image is explored that image. What the engine tells of an explorer's
/// target is the twin, so its id is left out.
fn production(joined: &Joined) -> Box<Target> {
    let mut target = joined.attached.target.clone();
    if joined.is_explorer() {
        target.id.0.clear();
    }
    Box::new(target)
}

/// Compares again.
fn look(model: &mut Model) -> Vec<Effect> {
    let mut effects = given_up(model);
    effects.extend(begin(model));
    effects
}

/// Nobody reads any more; what is known stays.
fn given_up(model: &mut Model) -> Vec<Effect> {
    let Some(task) = pane(model).and_then(|pane| pane.task.take()) else {
        return Vec::new();
    };
    model.sight.forget(task);
    vec![Effect::Cancel(task)]
}

fn stop(model: &mut Model) -> Vec<Effect> {
    let effects = given_up(model);
    if !effects.is_empty()
        && let Some(pane) = pane(model)
    {
        let error = Error::new(ErrorKind::Cancelled, "reading the files was given up");
        pane.ended(Err(error.hint("Ctrl-R begins anew")));
    }
    effects
}

/// Enter: into a directory, or a file of both sides.
pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    if pane.text().is_some() {
        return Vec::new();
    }
    let Some(Row::Node(id, _)) = pane.chosen().cloned() else {
        return Vec::new();
    };
    let dir = pane.trees().is_some_and(|trees| trees.node(id).is_dir());
    if dir {
        if pane.filter().is_empty() {
            pane.toggle(id);
        }
        return Vec::new();
    }
    contents(model, id)
}

fn contents(model: &mut Model, id: NodeId) -> Vec<Effect> {
    let Some(trees) = pane(model).and_then(|pane| pane.trees()) else {
        return Vec::new();
    };
    let (path, change) = (trees.path_bytes(id), trees.node(id).change);
    let told = match change {
        Change::OnlyLeft | Change::OnlyRight => Some("only one side has it"),
        Change::Same => Some("it is the same on both sides"),
        Change::Changed => None,
    };
    if let Some(text) = told {
        let hint = "the Files pane (Alt-7) shows what it holds";
        return model.toasts.say(Tone::News, text, Some(hint));
    }
    let Ok(path) = String::from_utf8(path) else {
        let text = "its name is not UTF-8: the engine's interface cannot ask for it";
        return model.toasts.say(Tone::News, text, None);
    };
    let task = model.numbers.task();
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    joined.compare.show_text(Some(path.clone()));
    joined.compare.reading = Some(task);
    model.sight.feed(task);
    let target = production(joined);
    let dev = joined.attached.twin.plan.image.clone();
    vec![Effect::Compare(CompareEffect::Content {
        task,
        target,
        dev,
        path,
    })]
}

/// One step back: the open file, what is sought. None when there is nothing to take back.
pub(super) fn back(model: &mut Model) -> Option<Vec<Effect>> {
    let pane = pane(model)?;
    if pane.text().is_some() {
        pane.show_text(None);
        return Some(Vec::new());
    }
    if pane.filter().is_empty() {
        return None;
    }
    pane.edit_filter(|line| {
        line.clear();
        true
    });
    Some(Vec::new())
}

/// Moves within the list, or the open file.
pub(super) fn go(model: &mut Model, by: Move) -> Vec<Effect> {
    let rows = model.laid.compare.height.into();
    if let Some(pane) = pane(model) {
        let lines = pane.text().map_or(0, |text| details::text(text).len());
        pane.go(by, rows, lines);
    }
    Vec::new()
}

/// A click on a row; one on the chosen row opens it.
pub(super) fn click(model: &mut Model, row: usize) -> Vec<Effect> {
    let rows = model.laid.compare.height.into();
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    let (at, top) = pane.at(rows);
    if top + row >= pane.rows().len() {
        return Vec::new();
    }
    if at == top + row {
        return accept(model);
    }
    pane.go(Move::Row(row), rows, 0);
    Vec::new()
}

/// A key of the filter.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    edit(model, |line| line.key(key))
}

/// Pasted text, for the filter.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    edit(model, |line| line.paste(text))
}

fn edit(model: &mut Model, edit: impl FnOnce(&mut Line) -> bool) -> Vec<Effect> {
    if let Some(pane) = pane(model) {
        model.quiet = !pane.edit_filter(edit);
    }
    Vec::new()
}

/// What was told of the comparison.
pub(super) fn told(model: &mut Model, task: TaskId, news: News) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        model.quiet = true;
        return Vec::new();
    };
    if pane.task != Some(task) && pane.reading != Some(task) {
        model.quiet = true;
        return Vec::new();
    }
    match news {
        News::First(comparison) => pane.first(comparison),
        News::Streamed(bytes) => pane.streams(bytes),
        News::Ended(result) => {
            pane.ended(result);
            model.sight.forget(task);
        }
        News::Content(path, content) => {
            let awaited = pane.told(&path, content);
            model.sight.forget(task);
            model.quiet = !awaited;
        }
    }
    Vec::new()
}

/// The command that shows the same.
pub(super) fn equivalent(model: &Model) -> Option<String> {
    let joined = model.joined.as_ref()?;
    let pane = &joined.compare;
    let (name, dev) = (quote(&joined.name), quote(&joined.attached.twin.plan.image));
    if let Some(text) = pane.text() {
        let path = quote(&text.path);
        return Some(format!("devtwin compare {name} {dev} --diff {path}"));
    }
    Some(match pane.section() {
        Section::Packages => format!("devtwin compare {name} {dev} --packages"),
        Section::Config => format!("docker inspect {name} {dev}"),
        Section::Files => format!("devtwin compare {name} {dev} --files"),
        Section::Sizes => format!("docker history {dev}"),
        Section::Programs => match pane.asked() {
            Some(asked) => format!(
                "devtwin compare {name} {dev} --which {}",
                quote(&asked.name)
            ),
            None => format!("devtwin compare {name} {dev} --files"),
        },
    })
}
