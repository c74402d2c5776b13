//! What a person can ask of the logs pane by name: its part of the vocabulary in [`super::action`].

use super::action::Entry;

/// A wish that concerns the target's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogsAction {}

/// All of them, in the order in which palette and help list them.
pub static ALL: &[Entry] = &[];
