//! Where the parts of the compare pane stand: the sections, what is sought, the list with what is said of its chosen row;
//! or a file of both sides.

use ratatui::layout::Rect;

use super::{below, columns, row};
use crate::app::Hit;
use crate::app::action::Action;
use crate::app::compare_action::CompareAction;
use crate::app::joined::Joined;
use crate::app::panes::compare::{Compare, Section};
use crate::app::text::width;

/// Rows of what is said of the chosen row, with the line above it.
const DETAILS: u16 = 3;
/// Fewest rows of the list beside them.
const LIST: u16 = 3;

/// The pane; what is not shown is empty.
#[derive(Debug, Clone, Default)]
pub struct ComparePlaces {
    /// The sections, each with its place and its label.
    pub sections: Vec<(Rect, Section, String)>,
    /// What is left of their row.
    pub said: Rect,
    /// What is sought, or which file is open.
    pub filter: Rect,
    /// Titles of the columns.
    pub titles: Rect,
    /// The rows of the list, or the lines of the open file.
    pub list: Rect,
    /// Their scroll bar.
    pub bar: Rect,
    /// What is said of the chosen row.
    pub details: Rect,
}

/// The places within `area`.
pub fn places(joined: &Joined, area: Rect) -> ComparePlaces {
    let pane = &joined.compare;
    let open = pane.text().is_some();
    let first = row(area, 0);
    let mut x = first.x.saturating_add(1);
    let mut sections = Vec::new();
    for section in Section::ALL {
        let label = label(pane, section);
        let place = Rect {
            x,
            width: columns(width(&label)),
            ..first
        }
        .intersection(first);
        x = place.right();
        sections.push((place, section, label));
    }
    let said = Rect {
        x: x.min(first.right()),
        width: first.right().saturating_sub(x),
        ..first
    };
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
    ComparePlaces {
        sections,
        said,
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

/// A section with how much differs in it; that in sight in brackets.
fn label(pane: &Compare, section: Section) -> String {
    let count = pane
        .count(section)
        .map_or_else(String::new, |n| format!(" {n}"));
    let name = section.title();
    if section == pane.section() {
        format!("[{name}{count}]")
    } else {
        format!(" {name}{count} ")
    }
}

/// What can be clicked.
pub(super) fn hits(places: &ComparePlaces, hit: &mut impl FnMut(Rect, Hit)) {
    for (place, section, _) in &places.sections {
        hit(
            *place,
            Hit::Action(Action::Compare(CompareAction::Show(*section))),
        );
    }
    for n in 0..places.list.height {
        hit(row(places.list, n), Hit::Compared(n.into()));
    }
}
