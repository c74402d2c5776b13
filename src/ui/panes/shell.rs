//! The shell pane: the grids of the shells in sight, and what is said over them: where the view stands,
//! how commands ended, a search, a program that has ended.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::widgets::{Block, BorderType, Borders, Clear, Widget as _};

use crate::app::Model;
use crate::app::joined::Joined;
use crate::app::panes::shell::Shell;
use crate::app::text::cut;
use crate::ui::layout::{Places, columns};
use crate::ui::popups::line;
use crate::ui::theme::Theme;
use crate::ui::widgets::grid::Grid;
use crate::ui::widgets::margin;
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
        if *id == joined.shells.focused().id() {
            cursor = grid(buf, model, shell, *area, theme);
        } else {
            screen(buf, model, shell, *area, theme);
        }
        if shell.flashes() && places.bar.is_empty() {
            flash(buf, Rect { height: 1, ..*area });
        }
    }
    for (id, bar) in &places.shells.bars {
        if let Some(shell) = joined.shells.get(*id) {
            scroll_bar(buf, shell, *bar, theme);
        }
    }
    for (n, line) in places.shells.dividers.iter().enumerate() {
        let keys = |n: usize| {
            let grid = places.shells.grids.get(n);
            grid.is_some_and(|(id, _)| *id == joined.shells.focused().id())
        };
        divider(buf, *line, keys(n), keys(n + 1), theme);
    }
    if joined.shells.all().any(Shell::flashes) {
        flash(buf, places.bar);
    }
    for (id, area) in &places.shells.ended {
        let shell = joined.shells.get(*id);
        if let Some((shell, what)) = shell.and_then(|shell| Some((shell, shell.end_words()?))) {
            ended(buf, *area, &what, shell.end_meaning(), theme);
        }
    }
    let twin = joined.end_words().filter(|_| !places.ended.is_empty());
    if let Some((what, next)) = twin {
        ended(buf, places.ended, &what, &next, theme);
    }
    cursor.filter(|_| !joined.shells.focused().has_ended())
}

fn screen(buf: &mut Buffer, model: &Model, shell: &Shell, area: Rect, theme: &Theme) {
    let terminal = shell.terminal();
    let grid = Grid {
        terminal,
        colour: model.settings.colour,
        theme,
    };
    grid.render(area, buf);
    margin::draw(buf, terminal, area, theme);
}

/// Draws the shell that has the keys, with the line of a search; where its cursor stands.
pub(super) fn grid(
    buf: &mut Buffer,
    model: &Model,
    shell: &Shell,
    area: Rect,
    theme: &Theme,
) -> Option<Position> {
    screen(buf, model, shell, area, theme);
    let cursor = cursor_at(shell, area);
    find(buf, shell, area, theme).or(cursor)
}

/// The line between two shells: its upper half stands out when the one before has the keys, its lower half
/// when the one behind has them.
pub(super) fn divider(buf: &mut Buffer, line: Rect, before: bool, behind: bool, theme: &Theme) {
    let middle = line.y + line.height / 2;
    for y in line.top()..line.bottom() {
        let marked = if y < middle { before } else { behind };
        let style = if marked { theme.accent } else { theme.rule };
        buf.set_string(line.x, y, "│", style);
    }
}

/// Where the cursor stands: that of the selection, else the program's.
fn cursor_at(shell: &Shell, area: Rect) -> Option<Position> {
    let terminal = shell.terminal();
    let spot = terminal.copy_cursor().map(|spot| (spot.col, spot.row));
    let (col, row) = match spot {
        Some(spot) => spot,
        None => terminal.cursor().map(|cursor| (cursor.col, cursor.row))?,
    };
    let at = Position::new(area.x.saturating_add(col), area.y.saturating_add(row));
    area.contains(at).then_some(at)
}

/// A visible bell: the row is shown the other way round.
pub(super) fn flash(buf: &mut Buffer, row: Rect) {
    let row = row.intersection(buf.area);
    for x in row.left()..row.right() {
        if let Some(cell) = buf.cell_mut((x, row.y)) {
            cell.modifier.toggle(Modifier::REVERSED);
        }
    }
}

/// How much of the history lies above and below the view.
pub(super) fn scroll_bar(buf: &mut Buffer, shell: &Shell, bar: Rect, theme: &Theme) {
    let (offset, history) = shell.terminal().scrolled();
    let rows = usize::from(bar.height);
    let thumb = (rows * rows / (history + rows).max(1)).clamp(1, rows.max(1));
    let room = rows.saturating_sub(thumb);
    let top = room * (history - offset) / history.max(1);
    for n in 0..rows {
        let on = (top..top + thumb).contains(&n);
        let (sign, style) = if on {
            ("█", theme.accent)
        } else {
            ("│", theme.rule)
        };
        buf.set_string(bar.x, bar.y.saturating_add(columns(n)), sign, style);
    }
}

/// The line of a search, over the last row; where its cursor stands.
fn find(buf: &mut Buffer, shell: &Shell, area: Rect, theme: &Theme) -> Option<Position> {
    let find = shell.find()?;
    let row = Rect {
        y: area.bottom().saturating_sub(1),
        height: 1,
        ..area
    }
    .intersection(area);
    Clear.render(row, buf);
    let (words, style) = match (find.trouble(), shell.found()) {
        (Some(trouble), _) => (cut(trouble, usize::from(row.width) / 2), theme.bad),
        (None, _) if find.line().is_empty() => (String::new(), theme.muted),
        (None, None) => ("nothing found".to_owned(), theme.bad),
        (None, Some(found)) => {
            let more = if found.more { "+" } else { "" };
            (format!("{} of {}{more}", found.at, found.of), theme.muted)
        }
    };
    let room = row.width.saturating_sub(columns(words.chars().count() + 2));
    let text = Rect { width: room, ..row };
    let hint = "find: text or a regular expression";
    let at = line(buf, text, find.line(), hint, theme);
    Pen::new(buf, row, 0).right(&format!("{words} "), style);
    Some(at)
}

/// Says over the last screen of a program that it has ended, and what is possible now.
pub(super) fn ended(buf: &mut Buffer, area: Rect, what: &str, next: &str, theme: &Theme) {
    Clear.render(area, buf);
    let block = Block::new()
        .borders(Borders::TOP | Borders::BOTTOM)
        .border_type(BorderType::Plain)
        .border_style(theme.waiting);
    let inner = block.inner(area);
    block.render(area, buf);
    let mut pen = Pen::new(buf, inner, 0);
    let what = cut(what, pen.room().saturating_sub(4));
    pen.write(" ■ ", theme.waiting).write(&what, theme.strong);
    let mut pen = Pen::new(buf, inner, 1);
    let next = cut(next, pen.room().saturating_sub(4));
    pen.write("   ", theme.muted).write(&next, theme.muted);
}
