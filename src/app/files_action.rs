//! What a person can ask of the files pane by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;
use crate::domain::files::Root;

/// A wish that concerns files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FilesAction {
    /// Show the files of one root.
    Show(Root),
    /// The next root, or the one before.
    Turn(bool),
    /// To the directory above.
    Up,
    /// Begin to filter: letters do it by themselves.
    Filter,
    /// Look again.
    Look,
    /// Mark what differs from the same directory on the other side.
    Marks,
    /// How the file differs from that on the other side.
    Diff,
    /// Copy a file or directory to the person's machine.
    Download,
    /// Copy a file of the person's machine into the twin.
    Upload,
    /// Give up what is being copied.
    Stop,
    /// The file as text.
    Text,
    /// The file as bytes.
    Hex,
    /// What an ELF file says of itself.
    Elf,
    /// Back to the directory.
    Close,
}

use FilesAction as A;
use Focus::{FileView, Files};

const PANE: &[Focus] = &[Files, FileView];
const LIST: &[Focus] = &[Files];
const VIEW: &[Focus] = &[FileView];
/// Only by a key: in the palette it would do nothing, or moves about.
const KEY: &[Focus] = &[];

/// All of them, in the order in which palette and help list them.
#[rustfmt::skip]
pub static ALL: &[Entry] = &[
    of(A::Show(Root::Target), "files-target", "Files of the target", LIST),
    of(A::Show(Root::Twin), "files-twin", "Files of the twin", LIST),
    of(A::Show(Root::TargetImage), "files-prod-image", "Files of the target's image", LIST),
    of(A::Show(Root::DevImage), "files-dev-image", "Files of the dev image", LIST),
    of(A::Turn(true), "files-next-root", "Next root: target, twin, images", KEY),
    of(A::Turn(false), "files-previous-root", "Previous root", KEY),
    of(A::Marks, "files-marks", "Mark what differs from the other side in this directory", LIST),
    of(A::Diff, "files-diff", "Set the file against that on the other side", PANE),
    of(A::Download, "files-download", "Copy the file or directory to this machine", PANE),
    of(A::Upload, "files-upload", "Copy a file of this machine into the twin", LIST),
    of(A::Stop, "files-stop", "Give up what is being copied or read", PANE),
    of(A::Look, "files-look", "Look at the files again", PANE),
    of(A::Text, "file-text", "The file as text", VIEW),
    of(A::Hex, "file-hex", "The file as bytes", VIEW),
    of(A::Elf, "file-elf", "What the ELF file says of itself", VIEW),
    of(A::Close, "file-close", "Back to the directory", VIEW),
    of(A::Up, "files-up", "To the directory above", KEY),
    of(A::Filter, "files-filter", "Filter the names of this directory", KEY),
];

const fn of(
    action: FilesAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Files(action), name, title, offered)
}
