//! Where the parts of the logs pane stand.

use ratatui::layout::Rect;

use super::{below, row};
use crate::app::panes::logs::Logs;

/// The pane; what is not shown is empty.
#[derive(Debug, Clone, Default)]
pub struct LogPlaces {
    /// What is shown, and how it goes on.
    pub head: Rect,
    /// Rows of the log, or what is said where there are none.
    pub rows: Rect,
    /// How much lies above and below them.
    pub bar: Rect,
    /// The line under edit, or what is looked for.
    pub line: Rect,
}

/// The places within `area`.
pub(super) fn places(pane: &Logs, area: Rect) -> LogPlaces {
    let mut body = below(area, 1);
    let mut places = LogPlaces {
        head: row(area, 0),
        ..LogPlaces::default()
    };
    if (pane.edit().is_some() || pane.find().is_shown()) && body.height > 1 {
        places.line = row(body, body.height - 1);
        body.height -= 1;
    }
    let width = body.width.saturating_sub(1);
    places.rows = Rect { width, ..body };
    places.bar = Rect {
        x: places.rows.right(),
        width: body.width - width,
        ..body
    };
    places
}
