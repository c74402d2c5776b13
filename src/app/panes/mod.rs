//! The panes beside a target. Exhaustive: a new pane is a compile error wherever it must be thought of.

pub mod shell;
pub mod shells;

/// A pane of the tab bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The twin's shell.
    Shell,
}

impl Pane {
    /// The panes in the order of the tab bar; Alt-1 is the first.
    pub const ALL: [Self; 1] = [Self::Shell];

    /// Its name in the tab bar.
    pub fn title(self) -> &'static str {
        match self {
            Self::Shell => "Shell",
        }
    }
}
