//! The popup of a `RUN` under edit.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Place, above, foot};
use crate::app::Model;
use crate::app::mend::Mend;
use crate::app::text::{clean, cut, wrap_to};
use crate::ui::layout::columns;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Columns with the border.
pub(super) const WIDE: u16 = 110;

/// Rows of the command at most.
const ROWS: u16 = 8;

fn mend(model: &Model) -> Option<&Mend> {
    model.steps.as_ref()?.mend.as_ref()
}

/// What stands above the command.
fn head(mend: &Mend, inner: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (n, line) in mend.failure.iter().enumerate() {
        let line = clean(line);
        if n == 0 {
            lines.extend(wrap_to(&line, inner, 2));
        } else {
            lines.push(cut(&format!("  {line}"), inner));
        }
    }
    lines
}

/// Rows of the command, and lines above and below them.
pub(super) fn rows(model: &Model, inner: usize) -> (usize, usize, usize) {
    let Some(mend) = mend(model) else {
        return (1, 0, 0);
    };
    let room = Rect::new(0, 0, columns(inner), ROWS);
    let rows = mend.area.view(room, false).rows.len().max(2);
    let above = head(mend, inner).len();
    (rows, above + usize::from(above > 0), 2)
}

/// What stands at its border.
pub(super) fn title(model: &Model) -> String {
    match (mend(model), &model.steps) {
        (Some(mend), Some(steps)) => {
            let (first, last) = mend.lines;
            let lines = if first == last {
                format!("line {first}")
            } else {
                format!("lines {first}–{last}")
            };
            format!(" RUN of {}, {lines} ", clean(&steps.source.name))
        }
        (_, _) => " RUN ".into(),
    }
}

/// Draws it; where the cursor belongs.
pub(super) fn draw(
    buf: &mut Buffer,
    model: &Model,
    place: &Place,
    theme: &Theme,
) -> Option<Position> {
    let mend = mend(model)?;
    let rows = place.rows;
    let lines = head(mend, rows.width.into());
    let top = above(rows, columns(lines.len() + 1));
    for (n, line) in lines.iter().enumerate() {
        let style = if n == 0 { theme.bad } else { theme.muted };
        Pen::new(buf, top, columns(n)).write(line, style);
    }
    let view = mend.area.view(rows, true);
    for (n, row) in view.rows.iter().enumerate() {
        Pen::new(buf, rows, columns(n)).write(&row.text, theme.strong);
    }
    if mend.asks {
        let asked = [("y", "write it into the file"), ("n", "not yet")];
        foot(buf, rows, asked, theme);
        return None;
    }
    let keys = if model.joined.is_some() {
        [
            (
                "Ctrl-R",
                "run it in the shell   Ctrl-S write it into the file",
            ),
            ("Esc", "close"),
        ]
    } else {
        [("Ctrl-S", "write it into the file"), ("Esc", "close")]
    };
    foot(buf, rows, keys, theme);
    let (column, row) = view.cursor?;
    Some(Position::new(
        rows.x.saturating_add(columns(column)),
        rows.y.saturating_add(columns(row)),
    ))
}
