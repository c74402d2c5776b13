//! What a person can ask for when a target fails: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;

/// A wish that concerns a target that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailingAction {
    /// Say what happened to the target.
    Triage,
    /// End its restart loop, after a question.
    Freeze,
    /// Give its restart policy back and start it again, after a question.
    LetGo,
    /// Wait for its next start, and pause it then.
    Catch,
    /// Start the target that a catch waits for.
    StartTarget,
    /// Let a target that was caught go on.
    Resume,
    /// Open an arena beside it.
    Arena,
}

use FailingAction as A;
/// Beside a target, whichever pane is in sight.
const BESIDE: &[Focus] = Focus::BESIDE;
/// There, and on the list of containers.
const BOTH: &[Focus] = super::action::MAIN;

/// All of them, in the order in which palette and help list them.
#[rustfmt::skip]
pub static ALL: &[Entry] = &[
    of(A::Triage, "what-happened", "What happened to the target", BOTH),
    of(A::Freeze, "freeze", "Freeze the target's restart loop", BOTH),
    of(A::LetGo, "let-go", "Let a frozen target go: policy back, start it again", BOTH),
    of(A::Catch, "catch", "Catch the target at its next start", BOTH),
    of(A::Resume, "resume", "Let the caught target go on", BESIDE),
    of(A::Arena, "arena", "Open an arena beside the target", BESIDE),
    of(A::StartTarget, "start-target", "Start the target that is waited for", &[Focus::Attaching]),
];

const fn of(
    action: FailingAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Failing(action), name, title, offered)
}
