//! What follows from an action on the network pane, and from what is told of the network of the target.

use crossterm::event::KeyEvent;

use super::network_action::NetworkAction;
use super::panes::Pane;
use super::panes::entrypoint::Move;
use super::panes::network::words;
use super::{Effect, Model, watch};
use crate::domain::process::Listing;
use crate::domain::sockets::Net;
use crate::domain::target::Event;

/// Does what the person asked of the pane.
pub(super) fn perform(model: &mut Model, action: NetworkAction) -> Vec<Effect> {
    match action {
        // Letters filter by themselves.
        NetworkAction::Filter => Vec::new(),
        NetworkAction::Look => watch::again(model),
    }
}

/// Brings the pane into sight; what it shows is asked for in [`entered`].
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        joined.show(Pane::Network);
    }
    Vec::new()
}

/// The pane has come into sight: begins to watch. The watch ends when the pane goes out of sight.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    watch::begin(model)
}

/// Something happened to the target while the pane is in sight.
pub(super) fn event(model: &mut Model, event: &Event) -> Vec<Effect> {
    match event.action.as_str() {
        "start" | "die" => watch::again(model),
        _ => Vec::new(),
    }
}

/// What is known came.
pub(super) fn told(model: &mut Model, net: Net, listing: Listing) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        model.quiet = !joined.network.told(net, listing);
    }
    Vec::new()
}

/// Moves the view.
pub(super) fn go(model: &mut Model, by: Move) -> Vec<Effect> {
    let area = model.laid.network;
    if let Some(joined) = &mut model.joined {
        let lines = words::lines(joined, area.width.into()).len();
        joined.network.go(by, lines, area.height.into());
    }
    Vec::new()
}

/// One step back: what is sought, then the pane. None when there is nothing to take back.
pub(super) fn back(model: &mut Model) -> Option<Vec<Effect>> {
    let joined = model.joined.as_mut()?;
    if joined.network.filter().is_empty() {
        return None;
    }
    joined.network.filter_mut().clear();
    Some(Vec::new())
}

/// A key of the filter.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        let cursor = joined.network.filter().cursor();
        let changed = joined.network.filter_mut().key(key);
        model.quiet = !changed && cursor == joined.network.filter().cursor();
    }
    Vec::new()
}

/// Pasted text, for the filter.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        model.quiet = !joined.network.filter_mut().paste(text);
    }
    Vec::new()
}
