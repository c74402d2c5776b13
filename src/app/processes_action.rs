//! What a person can ask of the processes pane by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;

/// A wish that concerns the processes of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProcessesAction {
    /// Choose a signal for the chosen process.
    Signal,
    /// Show those that are not the target's, too, or hide them.
    All,
    /// Give the keys to the other part.
    OtherPart,
    /// Look again.
    Look,
    /// Show secrets, or mask them.
    Reveal,
    /// Copy the command of the chosen process.
    CopyCommand,
}

use ProcessesAction as A;

const PANE: &[Focus] = &[Focus::Processes];

/// All of them, in the order in which palette and help list them.
#[rustfmt::skip]
pub static ALL: &[Entry] = &[
    of(A::Signal, "process-signal", "Send a signal to this process"),
    of(A::OtherPart, "process-details", "To what is known of this process, or back"),
    of(A::All, "process-all", "Show the twin's own processes, or all of the host"),
    of(A::Look, "process-look", "Look at the processes again"),
    of(A::Reveal, "process-reveal", "Show this process's secrets, or mask them again"),
    of(A::CopyCommand, "process-copy", "Copy the command of this process"),
];

const fn of(action: ProcessesAction, name: &'static str, title: &'static str) -> Entry {
    entry(Action::Processes(action), name, title, PANE)
}
