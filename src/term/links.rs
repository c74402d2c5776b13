//! Links: those that programs name (OSC 8) and addresses in plain text.

use super::{Spot, Terminal};

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its address: no control or harmful characters, at most 2048 bytes.
    pub uri: String,
    /// Where it stands in the view: row, first column, last column.
    pub spans: Vec<(u16, u16, u16)>,
    /// Whether the program named the address (OSC 8): the text may then say something else.
    pub named: bool,
}

impl Terminal {
    /// The link at a cell of the view.
    pub fn link_at(&self, _at: Spot) -> Option<Link> {
        None
    }
}
