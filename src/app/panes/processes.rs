//! The processes pane: what is known of the processes of the target, and where the view stands.

/// The pane.
#[derive(Debug, Default)]
pub struct Processes {}

impl Processes {
    /// The pane goes out of sight.
    pub fn leave(&mut self) {}
}
