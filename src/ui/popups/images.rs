//! The popup in which an image to explore is chosen, or typed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{line, select};
use crate::app::explore::Images;
use crate::app::popup::offset;
use crate::app::text::{clean, cut_start, pad};
use crate::ui::layout::columns;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// How many images are seen where there is room for so many rows.
pub(super) fn in_sight(images: &Images, rows: u16) -> u16 {
    let all = images.rows().len();
    columns(all - offset(images.chosen, rows.into()).min(all)).min(rows)
}

/// Draws the line to type in and the images; where the cursor belongs.
pub(super) fn draw(buf: &mut Buffer, images: &Images, rows: Rect, theme: &Theme) -> Position {
    let head = Rect {
        y: rows.y.saturating_sub(2),
        height: 1,
        ..rows
    };
    let cursor = line(buf, head, &images.query, "filter, or type any image", theme);
    let rule = Rect {
        y: head.y.saturating_add(1),
        ..head
    };
    Pen::new(buf, rule, 0).rule(0, theme.rule);
    if images.rows().is_empty() {
        let words = "No image is called like that; a whole reference is pulled.";
        Pen::new(buf, rows, 0).write(words, theme.muted);
    }
    let first = offset(images.chosen, rows.height.into());
    let seen = images.rows().iter().skip(first).take(rows.height.into());
    for (n, row) in seen.enumerate() {
        let words = if row.local {
            ""
        } else {
            "  not here: as typed"
        };
        let mut pen = Pen::new(buf, rows, columns(n));
        let room = pen.room().saturating_sub(words.len() + 2);
        pen.write(" ", theme.muted)
            .write(
                &pad(&cut_start(&clean(&row.image), room), room),
                theme.strong,
            )
            .write(words, theme.muted);
        if first + n == images.chosen {
            select(buf, rows, n, theme);
        }
    }
    cursor
}
