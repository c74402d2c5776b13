//! Words of the popups that ask for a file of the person's machine, or for a name.

use crate::app::popup::SaveWhat;

/// What stands at the border.
pub(super) fn title(what: SaveWhat) -> &'static str {
    match what {
        SaveWhat::Marked | SaveWhat::Shell => " Save the shell's text ",
        SaveWhat::Log => " Save the log ",
        SaveWhat::Download => " Copy to this machine ",
        SaveWhat::Upload => " Copy into the twin ",
        SaveWhat::Recipe => " Save the Dockerfile ",
        SaveWhat::Keep => " Build it and keep the image ",
        SaveWhat::Commit => " Make an image of the twin ",
    }
}

/// What is asked.
pub(super) fn words(what: SaveWhat) -> &'static str {
    match what {
        SaveWhat::Marked => "The marked text, to a new file:",
        SaveWhat::Shell => "Everything that this shell still has, to a new file:",
        SaveWhat::Log => "The lines that are here, to a new file:",
        SaveWhat::Download => "To a new file; of a directory its archive (tar):",
        SaveWhat::Upload => "Which file of this machine?",
        SaveWhat::Recipe => "To a new file:",
        SaveWhat::Keep => "Under the name (acme/app:1):",
        SaveWhat::Commit => "As it is now, tools and all, under the name (acme/app-dev:1):",
    }
}
