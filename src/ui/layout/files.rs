//! Where the parts of the files pane stand: the roots, what is sought, the list with what is said of its chosen row; or the
//! open file.

use ratatui::layout::Rect;

use super::{below, columns, row};
use crate::app::action::Action;
use crate::app::files_action::FilesAction;
use crate::app::text::width;
use crate::app::{Hit, Model, roots};
use crate::domain::files::Root;

/// Rows of what is said of the chosen entry, with the line above it.
const DETAILS: u16 = 3;
/// Fewest rows of the list beside them.
const LIST: u16 = 3;

/// The pane; what is not shown is empty.
#[derive(Debug, Clone, Default)]
pub struct FilesPlaces {
    /// The roots, each with its place.
    pub roots: Vec<(Rect, Root)>,
    /// What is left of their row.
    pub said: Rect,
    /// The directory, and what is sought in it.
    pub filter: Rect,
    /// Titles of the columns.
    pub titles: Rect,
    /// The rows of the list, or the text of the open file.
    pub list: Rect,
    /// Their scroll bar.
    pub bar: Rect,
    /// What is said of the chosen row.
    pub details: Rect,
}

/// The places within `area`.
pub fn places(model: &Model, area: Rect) -> FilesPlaces {
    let open = model
        .joined
        .as_ref()
        .is_some_and(|joined| joined.files.view().is_some());
    let first = row(area, 0);
    let mut x = first.x.saturating_add(1);
    let mut tabs = Vec::new();
    for root in roots(model) {
        let place = Rect {
            x,
            width: columns(width(root.title()) + 2),
            ..first
        }
        .intersection(first);
        x = place.right().saturating_add(1);
        tabs.push((place, root));
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
    FilesPlaces {
        roots: tabs,
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

/// What can be clicked.
pub(super) fn hits(places: &FilesPlaces, open: bool, hit: &mut impl FnMut(Rect, Hit)) {
    for (place, root) in &places.roots {
        hit(*place, Hit::Action(Action::Files(FilesAction::Show(*root))));
    }
    if open {
        hit(places.list, Hit::FileText);
        return;
    }
    for n in 0..places.list.height {
        hit(row(places.list, n), Hit::File(n.into()));
    }
}
