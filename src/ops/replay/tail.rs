//! The last of what a program printed, for a report.

use std::collections::VecDeque;

/// Bytes of each stream that a report keeps: the last ones, for they tell how it ended.
pub const KEPT: usize = 64 * 1024;

/// The last [`KEPT`] bytes of a stream.
#[derive(Debug, Default)]
pub struct Tail(VecDeque<u8>);

impl Tail {
    /// Takes what comes next.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        let most = self.0.len().saturating_sub(KEPT);
        self.0.drain(..most);
    }

    /// As text, whatever the bytes are.
    pub fn text(self) -> String {
        String::from_utf8_lossy(&Vec::from(self.0)).into_owned()
    }
}
