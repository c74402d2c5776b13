//! The popups about replicas.

use ratatui::buffer::Buffer;

use super::{Place, above, answers, foot, scroll_hint};
use crate::app::Model;
use crate::app::panes::entrypoint::blocks::Ink;
use crate::app::replica_popup::{ReplicaPopup, text};
use crate::app::replicas::Searching;
use crate::ui::layout::columns;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Columns with the border.
pub(super) const WIDE: u16 = 100;

/// Rows, and lines above and below them.
pub(super) fn rows(model: &Model, popup: &ReplicaPopup, inner: usize) -> (usize, usize, usize) {
    let lines = text(model, popup, inner).len();
    match popup {
        ReplicaPopup::Volumes(_) | ReplicaPopup::Consent { .. } => {
            (popup.rows().len(), lines + 1, 0)
        }
        ReplicaPopup::Search(_) => (lines.max(1), 0, 2),
    }
}

pub(super) fn title(popup: &ReplicaPopup) -> &'static str {
    match popup {
        ReplicaPopup::Volumes(_) => " The target's volumes ",
        ReplicaPopup::Consent { .. } => " Find the setting that makes it fail? ",
        ReplicaPopup::Search(_) => " What makes it fail ",
    }
}

pub(super) fn draw(
    buf: &mut Buffer,
    model: &Model,
    popup: &ReplicaPopup,
    place: &Place,
    theme: &Theme,
) {
    let rows = place.rows;
    let lines = text(model, popup, rows.width.into());
    let style = |ink: Ink| match ink {
        Ink::Strong => theme.strong,
        Ink::Good => theme.good,
        Ink::Waiting => theme.waiting,
        Ink::Bad => theme.bad,
        Ink::Accent => theme.accent,
        Ink::Muted | Ink::Name | Ink::Rule => theme.muted,
    };
    match popup {
        ReplicaPopup::Volumes(at) | ReplicaPopup::Consent { at, .. } => {
            let top = above(rows, columns(lines.len() + 1));
            for (n, (ink, line)) in lines.iter().enumerate() {
                Pen::new(buf, top, columns(n)).write(line, style(*ink));
            }
            let all = popup.rows();
            let choices = all.iter().map(|(key, title, _)| (*key, title.as_str()));
            answers(buf, rows, choices, *at, theme);
        }
        ReplicaPopup::Search(at) => {
            // Never past its end: a search that goes on grows below.
            let room = usize::from(rows.height);
            let at = (*at).min(lines.len().saturating_sub(room));
            scroll_hint(buf, place, at, lines.len(), theme);
            for (n, (ink, line)) in lines.iter().skip(at).take(room).enumerate() {
                Pen::new(buf, rows, columns(n)).write(line, style(*ink));
            }
            let search = model.joined.as_ref();
            let search = search.and_then(|j| j.replicas.search.as_ref());
            let keys = if search.is_some_and(Searching::runs) {
                [("Enter", "goes on behind"), ("Esc", "gives up")]
            } else {
                [("y", "copy"), ("Esc", "close")]
            };
            foot(buf, rows, keys, theme);
        }
    }
}
