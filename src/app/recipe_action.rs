//! What a person can ask of the recipe pane by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;

/// A wish that concerns the recipe of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecipeAction {
    /// Give the keys to the next part.
    NextPart,
    /// Give the keys to the part before.
    PreviousPart,
    /// Give the step its next mark, or pick the file.
    Mark,
    /// Edit the step, or the Dockerfile.
    Edit,
    /// End the editing and take the text.
    Done,
    /// Drop the step.
    Drop,
    /// Move the step up.
    Up,
    /// Move the step down.
    Down,
    /// Take the last edit of the steps back.
    Undo,
    /// Name the images by their digests, or by their tags again.
    Pin,
    /// Write the Dockerfile anew from the steps.
    Rewrite,
    /// Save the Dockerfile to a file.
    Save,
    /// Copy the Dockerfile.
    Copy,
    /// Copy the line that installs the packages.
    CopyLine,
    /// Build it, run it, compare it with the session; or give that up.
    Verify,
    /// The same, and keep the image under a name.
    Keep,
    /// Run the production image with the picked files, before anything is built.
    Try,
    /// Make an image of the twin as it is.
    Commit,
    /// Look for files again.
    Look,
}

use RecipeAction as A;

const PANE: &[Focus] = &[Focus::Recipe];
const TEXT: &[Focus] = &[Focus::RecipeText];

/// All of them, in the order in which palette and help list them.
#[rustfmt::skip]
pub static ALL: &[Entry] = &[
    of(A::Verify, "recipe-verify", "Build the recipe, run it, compare it with the session", PANE),
    of(A::Mark, "recipe-mark", "Mark the step, or pick the file", PANE),
    of(A::Edit, "recipe-edit", "Edit the step, or the Dockerfile", PANE),
    of(A::Done, "recipe-done", "End the editing and take the text", TEXT),
    of(A::Drop, "recipe-drop", "Drop the step", PANE),
    of(A::Up, "recipe-up", "Move the step up", PANE),
    of(A::Down, "recipe-down", "Move the step down", PANE),
    of(A::Undo, "recipe-undo", "Take the last edit of steps and files back", PANE),
    of(A::NextPart, "recipe-next", "To the next part: steps, files, Dockerfile", PANE),
    of(A::PreviousPart, "recipe-previous", "To the part before", PANE),
    of(A::Pin, "recipe-pin", "Name the images by digest, or by tag again", PANE),
    of(A::Rewrite, "recipe-rewrite", "Write the Dockerfile anew from the steps", PANE),
    of(A::Save, "recipe-save", "Save the Dockerfile to a file", PANE),
    of(A::Copy, "recipe-copy", "Copy the Dockerfile", PANE),
    of(A::CopyLine, "recipe-copy-line", "Copy the line that installs the packages", PANE),
    of(A::Keep, "recipe-keep", "Build the recipe and keep the image under a name", PANE),
    of(A::Try, "recipe-try", "Try the picked files in the production image, unbuilt", PANE),
    of(A::Commit, "recipe-commit", "Make an image of the twin as it is", PANE),
    of(A::Look, "recipe-look", "Look for the session's files again", PANE),
];

const fn of(
    action: RecipeAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Recipe(action), name, title, offered)
}
