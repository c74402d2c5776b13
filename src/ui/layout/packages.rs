//! Where the parts of the packages pane stand: search, list and details, or a change.

use ratatui::layout::Rect;

use super::{below, row};
use crate::app::joined::Joined;
use crate::app::{Model, package_note};

/// Columns from which on list and details stand beside each other.
const WIDE: u16 = 100;

/// The pane; what is not shown is empty.
#[derive(Debug, Clone, Default)]
pub struct PackagesPlaces {
    /// The line of the search.
    pub search: Rect,
    /// What is worth a line of its own: the twin has ended, what is being fetched, what can be installed again.
    pub note: Rect,
    /// Titles of the list's columns.
    pub heads: Rect,
    /// Rows of the list.
    pub list: Rect,
    /// The line above or left of the details.
    pub divider: Rect,
    /// What is said of the chosen package.
    pub details: Rect,
    /// What is said where there is no list.
    pub said: Rect,
    /// The heading of a change.
    pub head: Rect,
    /// Its gauge and what happens now.
    pub gauge: Rect,
    /// Its packages, its end, or raw output.
    pub text: Rect,
    /// How much of that is in sight.
    pub bar: Rect,
}

/// The places within `area`.
pub fn places(model: &Model, joined: &Joined, area: Rect) -> PackagesPlaces {
    let pane = &joined.packages;
    if pane.work.is_open() {
        return change(area, pane.work.run().is_some());
    }
    let mut places = PackagesPlaces {
        search: row(area, 0),
        ..PackagesPlaces::default()
    };
    let mut body = below(area, 1);
    if package_note(model, joined).is_some() {
        places.note = row(body, 0);
        body = below(body, 1);
    }
    if pane.found.rows().is_empty() {
        places.said = body;
        return places;
    }
    if area.width >= WIDE {
        let width = area.width * 11 / 20;
        let left = Rect { width, ..body };
        places.heads = row(left, 0);
        places.list = below(left, 1);
        places.divider = Rect {
            x: left.right(),
            width: 1,
            ..body
        };
        let x = left.right() + 2;
        places.details = Rect {
            x,
            width: area.right().saturating_sub(x + 1),
            ..body
        };
        return places;
    }
    places.heads = row(body, 0);
    let body = below(body, 1);
    // What is said of a package takes more rows than many matches need.
    let high = (body.height / 2).max(1);
    places.list = Rect {
        height: high,
        ..body
    };
    let under = below(body, high);
    places.divider = row(under, 0);
    let details = below(under, 1);
    places.details = Rect {
        x: details.x + details.width.min(1),
        width: details.width.saturating_sub(2),
        ..details
    };
    places
}

fn change(area: Rect, runs: bool) -> PackagesPlaces {
    let body = below(area, 1);
    let gauge = Rect {
        height: if runs { body.height.min(3) } else { 0 },
        ..body
    };
    let text = below(body, gauge.height);
    PackagesPlaces {
        head: row(area, 0),
        gauge,
        text: Rect {
            x: text.x + text.width.min(1),
            width: text.width.saturating_sub(2),
            ..text
        },
        bar: Rect {
            x: text.right().saturating_sub(1),
            width: text.width.min(1),
            ..text
        },
        ..PackagesPlaces::default()
    }
}
