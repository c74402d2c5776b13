//! The logs pane: what is known of the target's log, and where the view stands.

/// The pane.
#[derive(Debug, Default)]
pub struct Logs {}

impl Logs {
    /// The pane goes out of sight.
    pub fn leave(&mut self) {}
}
