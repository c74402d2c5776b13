//! What a person can ask of the logs pane by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;

/// A wish that concerns the target's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogsAction {
    /// Look for text.
    Find,
    /// The next match further back.
    Older,
    /// The next match further forward.
    Newer,
    /// Show when each line was printed, or not.
    Times,
    /// Break long lines, or not.
    Wrap,
    /// Ask since when.
    Since,
    /// Load ten times as many lines.
    More,
    /// Read it anew.
    Again,
    /// Write it to a file.
    Save,
    /// Long lines further left.
    Left,
    /// Long lines further right.
    Right,
    /// Give up the line under edit.
    CloseLine,
}

use Focus::{LogFind, Logs};
use LogsAction as A;

const PANE: &[Focus] = &[Logs];
const BOTH: &[Focus] = &[Logs, LogFind];
/// Only by a key: it moves about.
const KEY: &[Focus] = &[];

/// All of them, in the order in which palette and help list them.
#[rustfmt::skip]
pub static ALL: &[Entry] = &[
    of(A::Find, "log-find", "Find text in the log", PANE),
    of(A::Older, "log-older", "Next match further up the log", BOTH),
    of(A::Newer, "log-newer", "Next match further down the log", BOTH),
    of(A::Times, "log-times", "Show when lines were printed, or not", BOTH),
    of(A::Wrap, "log-wrap", "Break long lines of the log, or not", BOTH),
    of(A::Since, "log-since", "Show the log since a time", PANE),
    of(A::More, "log-more", "Load ten times as many lines of the log", PANE),
    of(A::Again, "log-again", "Read the log anew", PANE),
    of(A::Save, "log-save", "Save the log to a file", BOTH),
    of(A::Left, "log-left", "Long lines further left", KEY),
    of(A::Right, "log-right", "Long lines further right", KEY),
    of(A::CloseLine, "log-line-close", "Close this line", KEY),
];

const fn of(
    action: LogsAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Logs(action), name, title, offered)
}
