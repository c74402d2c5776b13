//! What a person can ask of the shell pane by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;
use crate::term::{Motion, SelectKind};

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
    /// Look for text.
    Find,
    /// The next match further back.
    FindOlder,
    /// The next match further forward.
    FindNewer,
    /// End looking for text.
    FindEnd,
    /// Select text by keyboard.
    Select,
    /// Mark from the cursor on.
    Mark(SelectKind),
    /// Move the cursor of the selection.
    Move(Motion),
    /// End selecting.
    SelectEnd,
    /// Copy the marked text.
    CopySelection,
    /// Mark and copy what the last command printed.
    CopyOutput,
    /// The commands that ran.
    Commands,
    /// Write the marked text, or all of it, to a file.
    Save,
    /// To the prompt before.
    PreviousPrompt,
    /// To the next prompt.
    NextPrompt,
    /// Let the program set the clipboard, as it asked.
    AllowCopy,
    /// Send the leader key itself to the program.
    SendLeader,
}

use Focus::{
    Change, Closed, Compare, CompareText, Ended, Entrypoint, FileView, Files, Find, Form, Lesson,
    LogFind, Logs, Network, Packages, Processes, Select, Shell,
};
use ShellAction as A;

/// Where a shell is in sight, alive or not; who looks for text or selects it leads the shells as well.
const ANY: &[Focus] = &[Shell, Find, Select, Closed, Ended];
/// The same, and beside a lesson.
const READ: &[Focus] = &[Shell, Find, Select, Closed, Ended, Lesson];
/// Beside a target, whichever pane is in sight.
const TABS: &[Focus] = Focus::BESIDE;
/// Where the twin may be alive.
const ALIVE: &[Focus] = &[Shell, Find, Select, Closed];
const SELECTING: &[Focus] = &[Select];
/// Only by a key: it moves about.
const KEY: &[Focus] = &[];

/// Those that palette and help list before everything else.
#[rustfmt::skip]
pub static FIRST: &[Entry] = &[
    of(A::New, "new-shell", "Open another shell", &[Shell, Find, Select, Closed, Packages, Change, Entrypoint, Form, Logs, LogFind, Processes, Network, Files, FileView, Compare, CompareText]),
    of(A::Split, "split", "Open a shell beside this one", ALIVE),
    of(A::Close, "close-shell", "Close this shell", ALIVE),
    of(A::Find, "find", "Find text in the shell", &[Shell, Select, Closed, Ended, Lesson]),
    of(A::Select, "select", "Select text by keyboard", &[Shell, Closed, Ended, Lesson]),
    of(A::CopyOutput, "copy-output", "Copy what the last command printed", READ),
    of(A::Zoom, "zoom", "Whole screen for the shell, and back", ANY),
];

/// The others, after everything else.
#[rustfmt::skip]
pub static REST: &[Entry] = &[
    of(A::NextTab, "next-tab", "Next shell tab", TABS),
    of(A::PreviousTab, "previous-tab", "Previous shell tab", TABS),
    of(A::NextBeside, "next-beside", "Next shell beside", ANY),
    of(A::PreviousBeside, "previous-beside", "Previous shell beside", ANY),
    of(A::Commands, "commands", "Commands that ran in this session", TABS),
    of(A::PreviousPrompt, "previous-prompt", "Scroll to the previous prompt", READ),
    of(A::NextPrompt, "next-prompt", "Scroll to the next prompt", READ),
    of(A::Save, "save-text", "Save the shell's text to a file", READ),
    of(A::AllowCopy, "allow-copy", "Let the program set the clipboard", &[Shell, Find, Select, Lesson]),
    of(A::ScrollUp, "scroll-up", "Scroll back one page", READ),
    of(A::ScrollDown, "scroll-down", "Scroll forward one page", READ),
    of(A::ScrollTop, "scroll-top", "Scroll to the oldest line", READ),
    of(A::ScrollBottom, "scroll-bottom", "Scroll to the newest line", READ),
    of(A::FindOlder, "find-older", "Next match further back", SELECTING),
    of(A::FindNewer, "find-newer", "Next match further forward", SELECTING),
    of(A::FindEnd, "find-end", "Close the search", KEY),
    of(A::Mark(SelectKind::Character), "mark-characters", "Mark characters from here", SELECTING),
    of(A::Mark(SelectKind::Word), "mark-words", "Mark words from here", SELECTING),
    of(A::Mark(SelectKind::Line), "mark-lines", "Mark lines from here", SELECTING),
    of(A::Mark(SelectKind::Block), "mark-block", "Mark a block from here", SELECTING),
    of(A::CopySelection, "copy-selection", "Copy the marked text", SELECTING),
    of(A::SelectEnd, "select-end", "End selecting", SELECTING),
    of(A::Move(Motion::Up), "move-up", "Up", KEY),
    of(A::Move(Motion::Down), "move-down", "Down", KEY),
    of(A::Move(Motion::Left), "move-left", "Left", KEY),
    of(A::Move(Motion::Right), "move-right", "Right", KEY),
    of(A::Move(Motion::LineStart), "move-line-start", "To the line's start", KEY),
    of(A::Move(Motion::LineEnd), "move-line-end", "To the line's end", KEY),
    of(A::Move(Motion::WordLeft), "move-word-left", "To the word before", KEY),
    of(A::Move(Motion::WordRight), "move-word-right", "To the next word", KEY),
    of(A::Move(Motion::WordEnd), "move-word-end", "To the word's end", KEY),
    of(A::Move(Motion::Top), "move-top", "To the top of the view", KEY),
    of(A::Move(Motion::Middle), "move-middle", "To the middle of the view", KEY),
    of(A::Move(Motion::Bottom), "move-bottom", "To the bottom of the view", KEY),
    of(A::Move(Motion::PageUp), "move-page-up", "A page back", KEY),
    of(A::Move(Motion::PageDown), "move-page-down", "A page forward", KEY),
    of(A::Move(Motion::HalfUp), "move-half-up", "Half a page back", KEY),
    of(A::Move(Motion::HalfDown), "move-half-down", "Half a page forward", KEY),
    of(A::Move(Motion::Oldest), "move-oldest", "To the oldest line of all", KEY),
    of(A::Move(Motion::Newest), "move-newest", "To the newest line of all", KEY),
    of(A::Move(Motion::ParagraphUp), "move-paragraph-up", "To the paragraph before", KEY),
    of(A::Move(Motion::ParagraphDown), "move-paragraph-down", "To the next paragraph", KEY),
    of(A::SendLeader, "send-leader", "Send the leader key to the program", &[Shell]),
];

const fn of(
    action: ShellAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Shell(action), name, title, offered)
}
