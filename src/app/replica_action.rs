//! What a person can ask about replicas by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;

/// A wish that concerns replicas of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplicaAction {
    /// Run the target once more, as a replica.
    Again,
    /// Search for the setting that makes it fail.
    Bisect,
}

use Focus::{
    Change, Closed, Compare, CompareText, Entrypoint, FileView, Files, Find, Form, LogFind, Logs,
    Network, Packages, Processes, Select, Shell,
};
use ReplicaAction as A;

/// Where the twin may be alive.
const ALIVE: &[Focus] = &[
    Shell,
    Find,
    Select,
    Closed,
    Packages,
    Change,
    Entrypoint,
    Form,
    Logs,
    LogFind,
    Processes,
    Network,
    Files,
    FileView,
    Compare,
    CompareText,
];

/// All of them, in the order in which palette and help list them.
#[rustfmt::skip]
pub static ALL: &[Entry] = &[
    of(A::Again, "run-again", "Run a replica of the target beside the twin", ALIVE),
    of(A::Bisect, "bisect", "Find the setting that makes the target fail", ALIVE),
];

const fn of(
    action: ReplicaAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Replica(action), name, title, offered)
}
