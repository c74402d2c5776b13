//! What a person can ask of the entrypoint pane by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;

/// A wish that concerns the target's entrypoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntrypointAction {
    /// Look at the target anew.
    Look,
    /// Give the keys to the other side.
    OtherSide,
    /// Show secrets, or mask them.
    Reveal,
    /// Copy the command as a line.
    CopyLine,
    /// Copy the command as an exec array.
    CopyArray,
    /// Copy what to do about the chosen finding.
    CopyAdvice,
    /// Type `ls -l` of the chosen file into the first shell.
    ListFile,
    /// Open the form with the keys on its button.
    Run,
    /// Open the form with the keys in its text.
    Edit,
    /// The next field of the form.
    NextField,
    /// The field before.
    PreviousField,
    /// Run what the form says.
    RunNow,
    /// The other place to run in.
    TurnPlace,
    /// Under strace, or not.
    TurnStrace,
    /// Type the line that installs strace into the first shell.
    InstallStrace,
    /// Bring the original back.
    Restore,
    /// Close the form; its text stays.
    CloseForm,
}

use EntrypointAction as A;
use Focus::{Entrypoint, Form};

const PANE: &[Focus] = &[Entrypoint];
const FORM: &[Focus] = &[Form];
/// Only by a key: it moves about.
const KEY: &[Focus] = &[];

/// All of them, in the order in which palette and help list them.
#[rustfmt::skip]
pub static ALL: &[Entry] = &[
    of(A::Run, "run-command", "Run the target's command again", PANE),
    of(A::Edit, "edit-command", "Edit the target's command and run it", PANE),
    of(A::Look, "inspect-again", "Inspect the entrypoint anew", PANE),
    of(A::OtherSide, "other-side", "To the findings, or back to what runs", PANE),
    of(A::CopyLine, "copy-entrypoint", "Copy the target's command as a line", PANE),
    of(A::CopyArray, "copy-entrypoint-array", "Copy the target's command as an exec array", PANE),
    of(A::CopyAdvice, "copy-advice", "Copy what to do about the chosen finding", PANE),
    of(A::ListFile, "list-file", "Type ls -l of this file into the first shell", PANE),
    of(A::Reveal, "reveal-secrets", "Show secret variables, or mask them again", PANE),
    of(A::RunNow, "run-now", "Run what the form says", FORM),
    of(A::TurnPlace, "run-place", "Run in the twin, or in the target itself", FORM),
    of(A::TurnStrace, "run-strace", "Run under strace, or without", FORM),
    of(A::InstallStrace, "install-strace", "Type what installs strace into the first shell", FORM),
    of(A::Restore, "run-original", "Bring the original command back", FORM),
    of(A::CloseForm, "close-form", "Close the form; its text stays", FORM),
    of(A::NextField, "next-field", "Next field", KEY),
    of(A::PreviousField, "previous-field", "Previous field", KEY),
];

const fn of(
    action: EntrypointAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Entrypoint(action), name, title, offered)
}
