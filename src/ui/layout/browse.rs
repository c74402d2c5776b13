//! Where the parts of a pane stand that is browsed: places to turn to, what is sought, a list with what is said of its chosen
//! row; or one opened text.

use ratatui::layout::Rect;

use super::{below, columns, row};

/// Rows of what is said of the chosen row, with the line above it.
const DETAILS: u16 = 3;
/// Fewest rows of the list beside them.
const LIST: u16 = 3;

/// The parts; what is not shown is empty.
pub(super) struct Browse {
    /// What is left of the first row beside the places to turn to.
    pub said: Rect,
    /// What is sought, or what is open.
    pub filter: Rect,
    /// Titles of the columns.
    pub titles: Rect,
    /// The rows of the list, or the lines of the open text.
    pub list: Rect,
    /// Their scroll bar.
    pub bar: Rect,
    /// What is said of the chosen row.
    pub details: Rect,
}

/// Labels of `widths` one after the other in the first row of `area`, `gap` cells between them, and where the next would begin.
pub(super) fn labels(
    area: Rect,
    gap: u16,
    widths: impl IntoIterator<Item = usize>,
) -> (Vec<Rect>, u16) {
    let first = row(area, 0);
    let mut x = first.x.saturating_add(1);
    let place = |wide| {
        let width = columns(wide);
        let place = Rect { x, width, ..first }.intersection(first);
        x = place.right().saturating_add(gap);
        place
    };
    let places = widths.into_iter().map(place).collect();
    (places, x)
}

/// The parts within `area`, where the labels end at the column `x`; `open` while a text is open instead of the list.
pub(super) fn browse(area: Rect, x: u16, open: bool) -> Browse {
    let first = row(area, 0);
    let rest = below(area, if open { 2 } else { 3 });
    let details = if !open && rest.height >= DETAILS + LIST {
        DETAILS
    } else {
        0
    };
    let list = Rect {
        height: rest.height - details,
        ..rest
    };
    Browse {
        said: Rect {
            x: x.min(first.right()),
            width: first.right().saturating_sub(x),
            ..first
        },
        filter: row(area, 1),
        titles: if open { Rect::default() } else { row(area, 2) },
        list: Rect {
            x: list.x + list.width.min(1),
            width: list.width.saturating_sub(2),
            ..list
        },
        bar: Rect {
            x: list.right().saturating_sub(1),
            width: list.width.min(1),
            ..list
        },
        details: below(rest, list.height),
    }
}
