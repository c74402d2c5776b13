//! The shell pane: the terminal's grid, and what is said over it when the program has ended.

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

/// Draws the shell; where the program's cursor stands.
pub fn draw(
    buf: &mut Buffer,
    model: &Model,
    joined: &Joined,
    places: &Places,
    theme: &Theme,
) -> Option<Position> {
    let terminal = joined.shell.terminal();
    let grid = Grid {
        terminal,
        colour: model.settings.colour,
    };
    grid.render(places.shell, buf);
    if let Some((what, next)) = joined.end_words() {
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
        return None;
    }
    let cursor = terminal.cursor()?;
    let at = Position::new(
        places.shell.x.saturating_add(cursor.col),
        places.shell.y.saturating_add(cursor.row),
    );
    places.shell.contains(at).then_some(at)
}
