//! Where the parts of the compare pane stand: the sections, what is sought, the list with what is said of its chosen row;
//! or a file of both sides.

use ratatui::layout::Rect;

use super::browse::{browse, labels};
use super::row;
use crate::app::Hit;
use crate::app::action::Action;
use crate::app::compare_action::CompareAction;
use crate::app::joined::Joined;
use crate::app::panes::compare::{Compare, Section};
use crate::app::text::width;

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
    let labelled = Section::ALL.map(|section| (section, label(pane, section)));
    let (places, x) = labels(area, 0, labelled.iter().map(|(_, label)| width(label)));
    let sections = places.into_iter().zip(labelled);
    let parts = browse(area, x, open);
    ComparePlaces {
        sections: sections
            .map(|(place, (section, label))| (place, section, label))
            .collect(),
        said: parts.said,
        filter: parts.filter,
        titles: parts.titles,
        list: parts.list,
        bar: parts.bar,
        details: parts.details,
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
