//! What a person can ask of the network pane by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;

/// A wish that concerns the network of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NetworkAction {
    /// Begin to filter: letters do it by themselves.
    Filter,
    /// Look again.
    Look,
}

use NetworkAction as A;

const PANE: &[Focus] = &[Focus::Network];

/// All of them, in the order in which palette and help list them.
#[rustfmt::skip]
pub static ALL: &[Entry] = &[
    of(A::Look, "network-look", "Look at the network again", PANE),
    // Only by a key: in the palette it would do nothing.
    of(A::Filter, "network-filter", "Filter sockets, routes and names", &[]),
];

const fn of(
    action: NetworkAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Network(action), name, title, offered)
}
