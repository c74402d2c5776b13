//! What follows from an action on the processes pane, and from what is told of the processes of the target.

use super::panes::Pane;
use super::panes::entrypoint::Move;
use super::processes_action::ProcessesAction;
use super::{Effect, Model, stats_perform};
use crate::domain::target::Event;

/// Does what the person asked of the pane.
pub(super) fn perform(_model: &mut Model, action: ProcessesAction) -> Vec<Effect> {
    match action {}
}

/// Brings the pane into sight; what it shows is asked for in [`entered`].
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        joined.show(Pane::Processes);
    }
    Vec::new()
}

/// The pane has come into sight: asks for what it shows. A stream goes into [`super::sight::Sight::feed`],
/// which ends it when the pane goes out of sight.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    stats_perform::begin(model)
}

/// Something happened to the target while the pane is in sight.
pub(super) fn event(model: &mut Model, event: &Event) -> Vec<Effect> {
    stats_perform::event(model, event)
}

/// Moves within the pane.
pub(super) fn go(_model: &mut Model, _by: Move) -> Vec<Effect> {
    Vec::new()
}
