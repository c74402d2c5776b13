//! The panes beside a target. Exhaustive: a new pane is a compile error wherever it must be thought of.

pub mod entrypoint;
pub mod packages;
pub mod shell;
pub mod shells;

/// A pane of the tab bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The twin's shell.
    Shell,
    /// The twin's packages.
    Packages,
    /// The target's entrypoint.
    Entrypoint,
}

impl Pane {
    /// The panes in the order of the tab bar.
    pub const ALL: [Self; 3] = [Self::Shell, Self::Packages, Self::Entrypoint];

    /// Its number in the tab bar, and with Alt its key: each pane keeps its own, whichever others there are.
    pub fn number(self) -> usize {
        match self {
            Self::Shell => 1,
            Self::Packages => 2,
            Self::Entrypoint => 3,
        }
    }

    /// Its name in the tab bar.
    pub fn title(self) -> &'static str {
        match self {
            Self::Shell => "Shell",
            Self::Packages => "Packages",
            Self::Entrypoint => "Entrypoint",
        }
    }
}
