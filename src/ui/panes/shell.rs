//! The shell pane: the grids of the shells in sight, and what is said over one whose program has ended.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::widgets::{Block, BorderType, Borders, Clear, Widget as _};

use crate::app::Model;
use crate::app::joined::Joined;
use crate::app::text::cut;
use crate::ui::layout::Places;
use crate::ui::theme::Theme;
use crate::ui::widgets::grid::Grid;
use crate::ui::widgets::pen::Pen;

/// Draws the shells; where the cursor of the one that has the keys stands.
pub fn draw(
    buf: &mut Buffer,
    model: &Model,
    joined: &Joined,
    places: &Places,
    theme: &Theme,
) -> Option<Position> {
    let mut cursor = None;
    for (id, area) in &places.shells.grids {
        let Some(shell) = joined.shells.get(*id) else {
            continue;
        };
        let terminal = shell.terminal();
        let grid = Grid {
            terminal,
            colour: model.settings.colour,
        };
        grid.render(*area, buf);
        if *id == joined.shells.focused().id() {
            cursor = terminal.cursor().map(|cursor| {
                let (x, y) = (
                    area.x.saturating_add(cursor.col),
                    area.y.saturating_add(cursor.row),
                );
                Position::new(x, y)
            });
            cursor = cursor.filter(|at| area.contains(*at));
        }
    }
    for line in &places.shells.dividers {
        for y in line.top()..line.bottom() {
            buf.set_string(line.x, y, "│", theme.rule);
        }
    }
    if ended(buf, joined, places, theme) {
        return None;
    }
    cursor
}

/// Says over the last screen of a program that it has ended, and what is possible now.
fn ended(buf: &mut Buffer, joined: &Joined, places: &Places, theme: &Theme) -> bool {
    let Some((what, next)) = joined.end_words() else {
        return false;
    };
    let area = places.ended;
    Clear.render(area, buf);
    let block = Block::new()
        .borders(Borders::TOP | Borders::BOTTOM)
        .border_type(BorderType::Plain)
        .border_style(theme.waiting);
    let inner = block.inner(area);
    block.render(area, buf);
    let mut pen = Pen::new(buf, inner, 0);
    let what = cut(&what, pen.room().saturating_sub(4));
    pen.write(" ■ ", theme.waiting).write(&what, theme.strong);
    Pen::new(buf, inner, 1)
        .write("   ", theme.muted)
        .write(&next, theme.muted);
    true
}
