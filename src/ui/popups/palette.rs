//! The command palette: the line to type in, and the actions with their keys.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Place, line, select};
use crate::app::Model;
use crate::app::keymap::Focus;
use crate::app::popup::Palette;
use crate::ui::layout::columns;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Draws it; where the cursor belongs.
pub(super) fn draw(
    buf: &mut Buffer,
    model: &Model,
    palette: &Palette,
    place: &Place,
    theme: &Theme,
) -> Position {
    let rows = place.rows;
    let head = Rect {
        y: rows.y.saturating_sub(2),
        height: 1,
        ..rows
    };
    let hint = "type what you want to do";
    let cursor = line(buf, head, &palette.query, hint, theme);
    let rule = Rect {
        y: head.y.saturating_add(1),
        ..head
    };
    Pen::new(buf, rule, 0).rule(0, theme.rule);
    if palette.found().is_empty() {
        Pen::new(buf, rows, 0).write("No command is called like that.", theme.muted);
    }
    let offset = palette.offset(rows.height.into());
    let keymap = &model.settings.keymap;
    let leader = model.settings.leader;
    let found = palette.found().iter().skip(offset).take(rows.height.into());
    for (n, action) in found.enumerate() {
        let own = keymap
            .key(palette.from, *action)
            .map(|chord| chord.to_string());
        let key = own.or_else(|| {
            let chord = keymap.key(Focus::Leader, *action)?;
            Some(Focus::Leader.typed(chord, leader))
        });
        let mut pen = Pen::new(buf, rows, columns(n));
        pen.write(" ", theme.muted)
            .write(action.title(), theme.strong);
        pen.right(&format!("  {} ", key.unwrap_or_default()), theme.key);
        if offset + n == palette.chosen {
            select(buf, rows, n, theme);
        }
    }
    cursor
}
