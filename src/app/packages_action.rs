//! What a person can ask of the packages pane by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;

/// A wish that concerns the packages of the twin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PackagesAction {
    /// Fetch the indexes anew.
    Refresh,
    /// Mark the chosen package, or not any more.
    Mark,
    /// Remove the chosen package, or those that are marked.
    Remove,
    /// Bring all packages up to date.
    UpgradeAll,
    /// Show only what is installed, or all.
    OnlyInstalled,
    /// Choose a named set of packages.
    Toolkits,
    /// Install what was installed last time.
    Again,
    /// Copy the line that a person would type.
    CopyLine,
    /// Copy the instruction of a Dockerfile.
    CopyDockerfile,
    /// Show what the manager prints, or packages.
    Output,
    /// Show what became of the last change.
    LastChange,
    /// Give up the change that runs, or the fetching of indexes.
    Cancel,
    /// Install the package of the command that a shell did not find.
    InstallMissing,
}

use Focus::{Change, Packages};
use PackagesAction as A;

const PANE: &[Focus] = &[Packages];
const BOTH: &[Focus] = &[Packages, Change];
/// Beside a target, whichever pane is in sight.
const BESIDE: &[Focus] = Focus::BESIDE;

/// All of them, in the order in which palette and help list them.
#[rustfmt::skip]
pub static ALL: &[Entry] = &[
    of(A::Mark, "package-mark", "Mark this package, or not", PANE),
    of(A::Remove, "package-remove", "Remove this package, or those that are marked", PANE),
    of(A::Toolkits, "toolkits", "Toolkits: install a set of packages", PANE),
    of(A::OnlyInstalled, "only-installed", "Only installed packages, or all", PANE),
    of(A::Again, "install-again", "Install again what was installed last time", PANE),
    of(A::UpgradeAll, "upgrade-all", "Upgrade all packages of the twin", PANE),
    of(A::Refresh, "package-refresh", "Fetch the package indexes anew", PANE),
    of(A::CopyLine, "copy-package-line", "Copy the line of this change of packages", BOTH),
    of(A::CopyDockerfile, "copy-dockerfile-line", "Copy the Dockerfile line of this change", BOTH),
    of(A::Output, "package-output", "Raw output of the package manager, or not", BOTH),
    of(A::LastChange, "last-change", "Show the last change of packages", PANE),
    of(A::Cancel, "cancel-change", "Cancel the change of packages, or the fetching", BOTH),
];

/// Those that belong beside the shell's own.
#[rustfmt::skip]
pub static BESIDE_SHELL: &[Entry] = &[
    of(A::InstallMissing, "install-missing", "Install what the last command was missing", BESIDE),
];

const fn of(
    action: PackagesAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Packages(action), name, title, offered)
}
