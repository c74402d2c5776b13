//! What a person can ask about the steps of a Dockerfile by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;

/// A wish that concerns a Dockerfile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepsAction {
    /// Build everything before the chosen step, and open a shell there.
    Open,
    /// Build the whole file.
    Build,
    /// Edit the command of a `RUN`.
    Edit,
    /// Take back what was written into the file.
    Undo,
    /// Read the file anew.
    Reload,
    /// Show what the last build printed, or the step again.
    Output,
}

use Focus::{Closed, Shell, Steps};
use StepsAction as A;

/// All of them, in the order in which palette and help list them.
#[rustfmt::skip]
pub static ALL: &[Entry] = &[
    of(A::Open, "open-step", "Build all before this step, and open a shell there", &[Steps]),
    of(A::Build, "build-dockerfile", "Build the whole Dockerfile", &[Steps]),
    of(A::Edit, "edit-step", "Edit a RUN of the Dockerfile", &[Steps, Shell, Closed]),
    of(A::Output, "build-output", "What the last build printed", &[Steps]),
    of(A::Undo, "undo-step", "Take back what was written into the Dockerfile", &[Steps, Shell, Closed]),
    of(A::Reload, "reload-dockerfile", "Read the Dockerfile anew", &[Steps]),
];

const fn of(
    action: StepsAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Steps(action), name, title, offered)
}
