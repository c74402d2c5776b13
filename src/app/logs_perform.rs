//! What follows from an action on the logs pane, and from what is told of the target's log.

use super::logs_action::LogsAction;
use super::panes::Pane;
use super::panes::entrypoint::Move;
use super::{Effect, Model, TaskId};
use crate::domain::error::Result;
use crate::domain::log::{Line, Moment};
use crate::domain::target::Event;

/// Does what the person asked of the pane.
pub(super) fn perform(_model: &mut Model, action: LogsAction) -> Vec<Effect> {
    match action {}
}

/// Brings the pane into sight; what it shows is asked for in [`entered`].
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        joined.show(Pane::Logs);
    }
    Vec::new()
}

/// The pane has come into sight: asks for what it shows. A stream goes into [`super::sight::Sight::feed`],
/// which ends it when the pane goes out of sight.
pub(super) fn entered(_model: &mut Model) -> Vec<Effect> {
    Vec::new()
}

/// Something happened to the target while the pane is in sight.
pub(super) fn event(_model: &mut Model, _event: &Event) -> Vec<Effect> {
    Vec::new()
}

/// When runs of the target began.
pub(super) fn began(model: &mut Model, _task: TaskId, _starts: &[Moment]) -> Vec<Effect> {
    model.quiet = true;
    Vec::new()
}

/// Lines of the log came.
pub(super) fn came(model: &mut Model, _task: TaskId, _lines: Vec<Line>) -> Vec<Effect> {
    model.quiet = true;
    Vec::new()
}

/// The stream of the log has ended.
pub(super) fn ended(model: &mut Model, _task: TaskId, _result: &Result<()>) -> Vec<Effect> {
    model.quiet = true;
    Vec::new()
}

/// Moves within the pane.
pub(super) fn go(_model: &mut Model, _by: Move) -> Vec<Effect> {
    Vec::new()
}
