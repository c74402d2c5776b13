//! The panes beside a target. Exhaustive: a new pane is a compile error wherever it must be thought of.

pub mod compare;
pub mod entrypoint;
pub mod files;
pub mod logs;
pub mod network;
pub mod packages;
pub mod processes;
pub mod recipe;
pub mod shell;
pub mod shells;
pub mod stats;

use super::action::Action;

/// A pane of the tab bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The twin's shell.
    Shell,
    /// The twin's packages.
    Packages,
    /// The target's entrypoint.
    Entrypoint,
    /// The target's log.
    Logs,
    /// The target's processes.
    Processes,
    /// The target's network.
    Network,
    /// Files of target, twin and images.
    Files,
    /// The target against its dev image.
    Compare,
    /// What the session leaves behind.
    Recipe,
}

impl Pane {
    /// The panes in the order of the tab bar.
    pub const ALL: [Self; 9] = [
        Self::Shell,
        Self::Packages,
        Self::Entrypoint,
        Self::Logs,
        Self::Processes,
        Self::Network,
        Self::Files,
        Self::Compare,
        Self::Recipe,
    ];

    /// Its number in the tab bar, and with Alt its key: each pane keeps its own, whichever others there are.
    pub fn number(self) -> usize {
        match self {
            Self::Shell => 1,
            Self::Packages => 2,
            Self::Entrypoint => 3,
            Self::Logs => 4,
            Self::Processes => 5,
            Self::Network => 6,
            Self::Files => 7,
            Self::Compare => 8,
            Self::Recipe => 9,
        }
    }

    /// Its name in the tab bar.
    pub fn title(self) -> &'static str {
        match self {
            Self::Shell => "Shell",
            Self::Packages => "Packages",
            Self::Entrypoint => "Entrypoint",
            Self::Logs => "Logs",
            Self::Processes => "Processes",
            Self::Network => "Network",
            Self::Files => "Files",
            Self::Compare => "Compare",
            Self::Recipe => "Recipe",
        }
    }

    /// Its name where the tab bar is short of room.
    pub fn short(self) -> &'static str {
        match self {
            Self::Shell => "Shell",
            Self::Packages => "Pkgs",
            Self::Entrypoint => "Entry",
            Self::Logs => "Logs",
            Self::Processes => "Procs",
            Self::Network => "Net",
            Self::Files => "Files",
            Self::Compare => "Comp",
            Self::Recipe => "Recipe",
        }
    }

    /// The action that brings it into sight.
    pub fn action(self) -> Action {
        match self {
            Self::Shell => Action::ShellPane,
            Self::Packages => Action::PackagesPane,
            Self::Entrypoint => Action::EntrypointPane,
            Self::Logs => Action::LogsPane,
            Self::Processes => Action::ProcessesPane,
            Self::Network => Action::NetworkPane,
            Self::Files => Action::FilesPane,
            Self::Compare => Action::ComparePane,
            Self::Recipe => Action::RecipePane,
        }
    }
}
