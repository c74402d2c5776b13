//! What a person can ask of the compare pane by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;
use super::panes::compare::Section;

/// A wish that concerns the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareAction {
    /// Show one section.
    Show(Section),
    /// The next section, or the one before.
    Turn(bool),
    /// Begin to filter: letters do it by themselves.
    Filter,
    /// Also what is the same on both sides, or no longer.
    All,
    /// Look from the other side.
    Swap,
    /// Compare again.
    Look,
    /// Give up reading the files.
    Stop,
    /// Out of a directory.
    Fold,
    /// Back to the list.
    Close,
}

use CompareAction as A;
use Focus::{Compare, CompareText};

const PANE: &[Focus] = &[Compare];
const TEXT: &[Focus] = &[CompareText];
/// Only by a key: in the palette it would do nothing, or moves about.
const KEY: &[Focus] = &[];

/// All of them, in the order in which palette and help list them.
#[rustfmt::skip]
pub static ALL: &[Entry] = &[
    of(A::Show(Section::Packages), "compare-packages", "Compare packages", PANE),
    of(A::Show(Section::Config), "compare-config", "Compare the configuration", PANE),
    of(A::Show(Section::Files), "compare-files", "Compare files", PANE),
    of(A::Show(Section::Sizes), "compare-sizes", "Compare sizes", PANE),
    of(A::Show(Section::Programs), "compare-programs", "Programs: would this command exist in prod?", PANE),
    of(A::All, "compare-all", "Also what is the same on both sides", PANE),
    of(A::Swap, "compare-swap", "Look from the other side", PANE),
    of(A::Look, "compare-look", "Compare again", PANE),
    of(A::Stop, "compare-stop", "Give up reading the files", PANE),
    of(A::Close, "compare-close", "Back to the comparison", TEXT),
    of(A::Turn(true), "compare-next", "Next section of the comparison", KEY),
    of(A::Turn(false), "compare-previous", "Previous section of the comparison", KEY),
    of(A::Filter, "compare-filter", "Filter the comparison", KEY),
    of(A::Fold, "compare-fold", "Close the directory, or go to the one above", KEY),
];

const fn of(
    action: CompareAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Compare(action), name, title, offered)
}
