//! The popup in which another dev image is chosen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{foot, select};
use crate::app::others::Others;
use crate::app::popup::offset;
use crate::app::text::{clean, cut, pad, width};
use crate::ui::layout::columns;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Lines below the rows: what is said of the chosen one, how to keep to it, and the keys.
pub(super) const BELOW: usize = 6;

/// Draws the images, and below them what is said of the chosen one.
pub(super) fn draw(buf: &mut Buffer, others: &Others, rows: Rect, theme: &Theme) {
    let first = offset(others.chosen, rows.height.into());
    let seen = others.rows().iter().skip(first).take(rows.height.into());
    for (n, row) in seen.enumerate() {
        let mut pen = Pen::new(buf, rows, columns(n));
        let room = pen.room().saturating_sub(width(&row.words) + 3);
        let image = cut(&clean(&row.image), room);
        pen.write(" ", theme.muted)
            .write(&pad(&image, room), theme.strong)
            .write(" ", theme.muted)
            .write(&row.words, theme.muted);
        if first + n == others.chosen {
            select(buf, rows, n, theme);
        }
    }
    let below = Rect {
        y: rows.bottom() + 1,
        height: columns(BELOW - 1),
        ..rows
    };
    if let Some(row) = others.row() {
        for (n, (label, text)) in [("why  ", &row.why), ("but  ", &row.but)]
            .into_iter()
            .enumerate()
        {
            if text.is_empty() {
                continue;
            }
            let mut pen = Pen::new(buf, below, columns(n));
            pen.write(label, theme.muted);
            let text = cut(text, pen.room());
            pen.write(&text, theme.muted);
        }
    }
    let mut pen = Pen::new(buf, below, 2);
    let keep = cut(
        "for good: name it in [dev_images] of config.toml",
        pen.room(),
    );
    pen.write(&keep, theme.muted);
    let keys = Rect {
        height: rows.height + columns(BELOW - 2),
        ..rows
    };
    foot(
        buf,
        keys,
        [("Enter", "attach with it"), ("Esc", "close")],
        theme,
    );
}
