//! Where the parts of the processes pane stand: the tree, and what is known of the chosen process.

use ratatui::layout::Rect;

use super::{below, row};
use crate::app::joined::Joined;
use crate::ui::panes::stats;

/// Columns from which on both parts stand beside each other.
const WIDE: u16 = 110;

/// The pane; what is not shown is empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessesPlaces {
    /// The heading of the tree.
    pub head: Rect,
    /// Titles of its columns.
    pub titles: Rect,
    /// The rows of the tree.
    pub list: Rect,
    /// Their scroll bar.
    pub list_bar: Rect,
    /// The line between parts that stand beside each other.
    pub divider: Rect,
    /// The heading of the details.
    pub details_head: Rect,
    /// The details.
    pub details: Rect,
    /// Their scroll bar.
    pub details_bar: Rect,
    /// What is said while there are no processes.
    pub said: Rect,
}

/// The places within `area`.
pub fn places(joined: &Joined, area: Rect) -> ProcessesPlaces {
    let pane = &joined.processes;
    let area = below(area, stats::HEIGHT);
    if pane.rows().is_empty() {
        return ProcessesPlaces {
            said: area,
            ..ProcessesPlaces::default()
        };
    }
    if area.width >= WIDE {
        let width = area.width * 3 / 5;
        let left = Rect { width, ..area };
        let divider = Rect {
            x: left.right(),
            width: 1,
            ..area
        };
        let right = Rect {
            x: divider.right(),
            width: area.width - width - 1,
            ..area
        };
        return part(left, right, divider);
    }
    // Few processes leave their rows to the details; many get more than half.
    let wanted = super::columns(pane.rows().len()).saturating_add(2);
    let most = (area.height * 11 / 20).max(3);
    let above = Rect {
        height: wanted.clamp(3, most).min(area.height),
        ..area
    };
    part(above, below(area, above.height), Rect::default())
}

fn part(list: Rect, details: Rect, divider: Rect) -> ProcessesPlaces {
    let (rows, text) = (below(list, 2), below(details, 1));
    ProcessesPlaces {
        head: row(list, 0),
        titles: inset(row(list, 1)),
        list: inset(rows),
        list_bar: bar(rows),
        divider,
        details_head: row(details, 0),
        details: inset(text),
        details_bar: bar(text),
        said: Rect::default(),
    }
}

/// A blank column before, and one for the bar behind.
pub(super) fn inset(area: Rect) -> Rect {
    Rect {
        x: area.x + area.width.min(1),
        width: area.width.saturating_sub(2),
        ..area
    }
}

pub(super) fn bar(area: Rect) -> Rect {
    Rect {
        x: area.right().saturating_sub(1),
        width: area.width.min(1),
        ..area
    }
}
