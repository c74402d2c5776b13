//! The popup of a try in production.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Place, above, foot, line, scroll_hint};
use crate::app::Model;
use crate::app::panes::entrypoint::blocks::Ink;
use crate::app::tryout::{TryPopup, text};
use crate::ui::layout::columns;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Columns with the border.
pub(super) const WIDE: u16 = 100;

/// Lines of its text.
pub(super) fn lines(model: &Model, popup: &TryPopup, inner: usize) -> Vec<(Ink, String)> {
    let joined = model.joined.as_ref();
    joined.map_or_else(Vec::new, |joined| text(joined, popup, inner))
}

/// Rows, and lines above and below them.
pub(super) fn rows(model: &Model, popup: &TryPopup, inner: usize) -> (usize, usize, usize) {
    let count = lines(model, popup, inner).len();
    match popup {
        TryPopup::Ask(_) => (1, count + 1, 2),
        TryPopup::Show(_) => (count.max(1), 0, 2),
    }
}

/// Draws it; where the cursor of the line belongs.
pub(super) fn draw(
    buf: &mut Buffer,
    model: &Model,
    popup: &TryPopup,
    place: &Place,
    theme: &Theme,
) -> Option<Position> {
    let rows = place.rows;
    let all = lines(model, popup, rows.width.into());
    let style = |ink: Ink| match ink {
        Ink::Strong => theme.strong,
        Ink::Good => theme.good,
        Ink::Waiting => theme.waiting,
        Ink::Bad => theme.bad,
        Ink::Accent => theme.accent,
        Ink::Muted | Ink::Name | Ink::Rule => theme.muted,
    };
    match popup {
        TryPopup::Ask(query) => {
            let top = above(rows, columns(all.len() + 1));
            for (n, (ink, words)) in all.iter().enumerate() {
                Pen::new(buf, top, columns(n)).write(words, style(*ink));
            }
            let head = Rect { height: 1, ..rows };
            let cursor = line(buf, head, query, "/work/app -- /work/app --version", theme);
            foot(buf, rows, [("Enter", "try it"), ("Esc", "close")], theme);
            Some(cursor)
        }
        TryPopup::Show(at) => {
            let room = usize::from(rows.height);
            let at = (*at).min(all.len().saturating_sub(room));
            scroll_hint(buf, place, at, all.len(), theme);
            for (n, (ink, words)) in all.iter().skip(at).take(room).enumerate() {
                Pen::new(buf, rows, columns(n)).write(words, style(*ink));
            }
            let runs = model.joined.as_ref().is_some_and(|j| j.tries.runs());
            let keys = if runs {
                [("Enter", "goes on behind"), ("Esc", "gives up")]
            } else {
                [("r e y", "again, edit, copy commands"), ("Esc", "close")]
            };
            foot(buf, rows, keys, theme);
            None
        }
    }
}
