//! Where the parts of the network pane stand: what is sought, and what is said.

use ratatui::layout::Rect;

use super::{below, row};

/// The pane.
#[derive(Debug, Clone, Copy, Default)]
pub struct NetworkPlaces {
    /// The line of what is sought.
    pub filter: Rect,
    /// What is said.
    pub text: Rect,
    /// Its scroll bar.
    pub bar: Rect,
}

/// The places within `area`.
pub fn places(area: Rect) -> NetworkPlaces {
    let rest = below(area, 1);
    NetworkPlaces {
        filter: row(area, 0),
        text: Rect {
            x: rest.x + rest.width.min(1),
            width: rest.width.saturating_sub(2),
            ..rest
        },
        bar: Rect {
            x: rest.right().saturating_sub(1),
            width: rest.width.min(1),
            ..rest
        },
    }
}
