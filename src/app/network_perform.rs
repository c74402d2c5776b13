//! What follows from an action on the network pane, and from what is told of the network of the target.

use super::network_action::NetworkAction;
use super::panes::Pane;
use super::panes::entrypoint::Move;
use super::{Effect, Model};
use crate::domain::target::Event;

/// Does what the person asked of the pane.
pub(super) fn perform(_model: &mut Model, action: NetworkAction) -> Vec<Effect> {
    match action {}
}

/// Brings the pane into sight; what it shows is asked for in [`entered`].
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        joined.show(Pane::Network);
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

/// Moves within the pane.
pub(super) fn go(_model: &mut Model, _by: Move) -> Vec<Effect> {
    Vec::new()
}
