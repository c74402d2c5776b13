//! The network pane: what is known of the network of the target, and where the view stands.

/// The pane.
#[derive(Debug, Default)]
pub struct Network {}

impl Network {
    /// The pane goes out of sight.
    pub fn leave(&mut self) {}
}
