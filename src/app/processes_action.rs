//! What a person can ask of the processes pane by name: its part of the vocabulary in [`super::action`].

use super::action::Entry;

/// A wish that concerns the processes of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProcessesAction {}

/// All of them, in the order in which palette and help list them.
pub static ALL: &[Entry] = &[];
