//! What follows from an action on the logs pane, and from what is told of the target's log.

use std::fmt::Write as _;

use crossterm::event::KeyEvent;

use super::logs_action::LogsAction;
use super::panes::Pane;
use super::panes::entrypoint::Move;
use super::panes::logs::view::Shape;
use super::panes::logs::{Edit, Logs};
use super::popup::{Popup, Save, SaveWhat};
use super::shell_perform::file_name;
use super::toast::Tone;
use super::{Effect, Model, TaskId};
use crate::domain::error::Result;
use crate::domain::log::{Line, Run};
use crate::domain::target::Event;
use crate::domain::text::quote;

/// Does what the person asked of the pane.
pub(super) fn perform(model: &mut Model, action: LogsAction) -> Vec<Effect> {
    let shape = shape(model);
    match action {
        LogsAction::Find => on_pane(model, Logs::find_open),
        LogsAction::Older => find_again(model, true),
        LogsAction::Newer => find_again(model, false),
        LogsAction::Times => on_pane(model, |pane| pane.turn_times(shape)),
        LogsAction::Wrap => on_pane(model, |pane| pane.turn_wrap(shape)),
        LogsAction::Left => on_pane(model, |pane| pane.aside(false, shape)),
        LogsAction::Right => on_pane(model, |pane| pane.aside(true, shape)),
        LogsAction::Since => on_pane(model, Logs::since_open),
        LogsAction::More => more(model),
        LogsAction::Again => {
            on_pane(model, Logs::again);
            open(model)
        }
        LogsAction::Save => ask_where(model),
        LogsAction::CloseLine => back(model).unwrap_or_default(),
    }
}

fn on_pane(model: &mut Model, act: impl FnOnce(&mut Logs)) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        act(&mut joined.logs);
    }
    Vec::new()
}

/// How much of the log is seen.
fn shape(model: &Model) -> Shape {
    Shape {
        columns: model.laid.log.width.into(),
        rows: model.laid.log.height.into(),
    }
}

/// Brings the pane into sight; what it shows is asked for in [`entered`].
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        joined.show(Pane::Logs);
    }
    Vec::new()
}

/// The pane has come into sight, or the engine is back: what is not here yet is asked for.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    open(model)
}

/// Opens the stream of the log, in place of one that is open.
fn open(model: &mut Model) -> Vec<Effect> {
    // The log of an explorer's twin is the screen of its shell.
    let beside = model.joined.as_mut().filter(|j| !j.is_explorer());
    let Some(joined) = beside else {
        return Vec::new();
    };
    let task = model.numbers.task();
    let query = joined.logs.query();
    let target = joined.target().clone();
    let before = joined.logs.open(task);
    if let Some(before) = before {
        model.sight.forget(before);
    }
    model.sight.feed(task);
    let follow = Effect::FollowLog {
        task,
        target,
        query,
    };
    before
        .map(Effect::Cancel)
        .into_iter()
        .chain([follow])
        .collect()
}

/// Something happened to the target while the pane is in sight: a run that begins writes on. A stream that is still open
/// is of the run before, and an engine may never end it when the next run follows quickly.
pub(super) fn event(model: &mut Model, event: &Event) -> Vec<Effect> {
    if event.action == "start" {
        return open(model);
    }
    Vec::new()
}

/// The runs of the target.
pub(super) fn began(model: &mut Model, task: TaskId, runs: &[Run]) -> Vec<Effect> {
    model.quiet = true;
    on_pane(model, |pane| pane.began(task, runs))
}

/// Lines of the log came.
pub(super) fn came(model: &mut Model, task: TaskId, lines: Vec<Line>) -> Vec<Effect> {
    let shape = shape(model);
    let joined = model.joined.as_mut();
    model.quiet = !joined.is_some_and(|joined| joined.logs.came(task, lines, shape));
    Vec::new()
}

/// The stream of the log has ended.
pub(super) fn ended(model: &mut Model, task: TaskId, result: &Result<()>) -> Vec<Effect> {
    let joined = model.joined.as_mut();
    model.quiet = !joined.is_some_and(|joined| joined.logs.ended(task, result));
    Vec::new()
}

/// Moves within the pane.
pub(super) fn go(model: &mut Model, by: Move) -> Vec<Effect> {
    let shape = shape(model);
    // While text is looked for, the arrows go from match to match, as in the shell.
    let finds = model.joined.as_ref().is_some_and(|joined| {
        matches!(joined.logs.edit(), Some(Edit::Find)) && matches!(by, Move::Step(_))
    });
    if let (true, Move::Step(down)) = (finds, by) {
        return find_again(model, !down);
    }
    let page = isize::try_from(shape.rows.saturating_sub(1))
        .unwrap_or(1)
        .max(1);
    let side = |down: bool, by: isize| if down { by } else { -by };
    on_pane(model, |pane| match by {
        Move::Step(down) => pane.scroll(side(down, 1), shape),
        Move::Page(down) => pane.scroll(side(down, page), shape),
        Move::Lines(lines) => pane.scroll(lines, shape),
        Move::End(true) => pane.scroll(isize::MAX, shape),
        Move::End(false) => pane.scroll(isize::MIN, shape),
        Move::Share(row) => pane.share(row, shape),
        Move::Row(_) => {}
    })
}

fn find_again(model: &mut Model, older: bool) -> Vec<Effect> {
    let shape = shape(model);
    let joined = model.joined.as_mut();
    if joined.is_some_and(|joined| joined.logs.find_again(older, shape)) {
        return Vec::new();
    }
    let text = "nothing is looked for";
    let hint = "/ finds text in the log";
    model.toasts.say(Tone::News, text, Some(hint))
}

fn more(model: &mut Model) -> Vec<Effect> {
    let shape = shape(model);
    let joined = model.joined.as_mut();
    if joined.is_some_and(|joined| joined.logs.more(shape)) {
        return open(model);
    }
    let text = "no more lines are kept in memory";
    let hint = "T shows the log since a time; docker logs has all of it";
    model.toasts.say(Tone::News, text, Some(hint))
}

/// A key for the line under edit.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    edit(model, |line| line.key(key))
}

/// Pasted text for the line under edit.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    edit(model, |line| line.paste(text))
}

fn edit(model: &mut Model, change: impl FnOnce(&mut super::line::Line) -> bool) -> Vec<Effect> {
    let shape = shape(model);
    let joined = model.joined.as_mut();
    model.quiet = !joined.is_some_and(|joined| joined.logs.edit_by(shape, change));
    Vec::new()
}

/// Enter in the line under edit.
pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    let joined = model.joined.as_mut();
    if joined.is_some_and(|joined| joined.logs.accept()) {
        return open(model);
    }
    Vec::new()
}

/// One step back within the pane; none when there is no such step, and the pane is to be left.
pub(super) fn back(model: &mut Model) -> Option<Vec<Effect>> {
    let joined = model.joined.as_mut()?;
    joined.logs.back().then(Vec::new)
}

/// Asks for the file that the log is to go to.
fn ask_where(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    if joined.logs.log().is_empty() {
        let text = "there are no lines to save";
        return model.toasts.say(Tone::News, text, None);
    }
    let path = format!("{}.log", file_name(&joined.name));
    let save = Save::new(&path, SaveWhat::Log);
    model.popups.push(Popup::Save(Box::new(save)));
    Vec::new()
}

/// Writes the log to the file that was named.
pub(super) fn save(model: &mut Model, path: String) -> Vec<Effect> {
    let text = model.joined.as_ref().map(|joined| joined.logs.text());
    let save = text.map(|text| Effect::Save { path, text });
    save.into_iter().collect()
}

/// The docker command that shows the same.
pub(super) fn equivalent(model: &Model) -> Option<String> {
    let joined = model.joined.as_ref()?;
    let logs = &joined.logs;
    let mut command = format!("docker logs --follow --tail {}", logs.tail());
    if let Some(since) = logs.since() {
        let _ = write!(command, " --since {since}");
    }
    if logs.view().shows_times() {
        command.push_str(" --timestamps");
    }
    Some(format!("{command} {}", quote(&joined.name)))
}
