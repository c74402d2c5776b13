//! The commands that ran in the shells.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Pen, Theme, columns, margin, select};
use crate::app::Model;
use crate::app::popup::offset;
use crate::app::text::{clean, cut, width};
use crate::domain::command::Ran;

/// The commands that ran, the newest first.
pub(super) fn ran(model: &Model) -> impl Iterator<Item = &Ran> {
    model
        .joined
        .iter()
        .flat_map(|joined| joined.ran.iter().rev())
}

pub(super) fn draw(buf: &mut Buffer, model: &Model, rows: Rect, at: usize, theme: &Theme) {
    let first = offset(at, rows.height.into());
    for (n, ran) in ran(model).skip(first).take(rows.height.into()).enumerate() {
        let (words, style) = margin::words(ran.status, ran.took, theme);
        let mut pen = Pen::new(buf, rows, columns(n));
        let room = pen.room().saturating_sub(width(&words) + 3);
        let text = clean(&ran.text.replace('\n', " ⏎ "));
        pen.write(" ", theme.muted)
            .write(&cut(&text, room), theme.strong)
            .right(&format!("{words} "), style);
        if first + n == at {
            select(buf, rows, n, theme);
        }
    }
    if ran(model).next().is_none() {
        let words = "None yet, or the shell does not mark its commands (bash and ash do).";
        Pen::new(buf, rows, 0).write(words, theme.muted);
    }
}
