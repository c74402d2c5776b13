//! Where the parts of the files pane stand: the roots, what is sought, the list with what is said of its chosen row; or the
//! open file.

use ratatui::layout::Rect;

use super::browse::{browse, labels};
use super::row;
use crate::app::action::Action;
use crate::app::files_action::FilesAction;
use crate::app::text::width;
use crate::app::{Hit, Model, roots};
use crate::domain::files::Root;

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
    let roots = roots(model);
    let (places, x) = labels(area, 1, roots.iter().map(|root| width(root.title()) + 2));
    let parts = browse(area, x, open);
    FilesPlaces {
        roots: places.into_iter().zip(roots).collect(),
        said: parts.said,
        filter: parts.filter,
        titles: parts.titles,
        list: parts.list,
        bar: parts.bar,
        details: parts.details,
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
