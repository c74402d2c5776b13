//! What a person can ask of the shell pane by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;

/// A wish that concerns the shells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShellAction {
    /// Another shell in a tab of its own.
    New,
    /// Another shell beside this one.
    Split,
    /// End this shell.
    Close,
    /// The next tab.
    NextTab,
    /// The tab before.
    PreviousTab,
    /// The keys to the next shell in sight.
    NextBeside,
    /// The keys to the shell before, in sight.
    PreviousBeside,
    /// The whole screen for this shell, and back.
    Zoom,
    /// Scroll back by a page.
    ScrollUp,
    /// Scroll forward by a page.
    ScrollDown,
    /// Scroll to the oldest line.
    ScrollTop,
    /// Scroll to where the program writes.
    ScrollBottom,
    /// Send the leader key itself to the program.
    SendLeader,
}

use Focus::{Closed, Ended, Shell};
use ShellAction as A;

/// Where a shell is in sight, alive or not.
const ANY: &[Focus] = &[Shell, Closed, Ended];
/// Where the twin is alive.
const ALIVE: &[Focus] = &[Shell, Closed];

/// Every one of them, in the order in which palette and help list them.
pub static ALL: &[Entry] = &[
    of(A::New, "new-shell", "Open another shell", ALIVE),
    of(A::Split, "split", "Open a shell beside this one", ALIVE),
    of(A::Close, "close-shell", "Close this shell", ALIVE),
    of(A::NextTab, "next-tab", "Next shell tab", ANY),
    of(A::PreviousTab, "previous-tab", "Previous shell tab", ANY),
    of(A::NextBeside, "next-beside", "Next shell beside", ANY),
    of(
        A::PreviousBeside,
        "previous-beside",
        "Previous shell beside",
        ANY,
    ),
    of(A::Zoom, "zoom", "Whole screen for the shell, and back", ANY),
    of(A::ScrollUp, "scroll-up", "Scroll back one page", ANY),
    of(A::ScrollDown, "scroll-down", "Scroll forward one page", ANY),
    of(A::ScrollTop, "scroll-top", "Scroll to the oldest line", ANY),
    of(
        A::ScrollBottom,
        "scroll-bottom",
        "Scroll to the newest line",
        ANY,
    ),
    of(
        A::SendLeader,
        "send-leader",
        "Send the leader key to the program",
        &[Shell],
    ),
];

const fn of(
    action: ShellAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Shell(action), name, title, offered)
}
