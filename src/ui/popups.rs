//! Popups: the palette, help, what is shared, the equivalent command, and the question on leaving.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Block, BorderType, Clear, Widget as _};

use super::layout::columns;
use super::theme::Theme;
use super::widgets::pen::Pen;
use crate::app::help::{self, HelpLine};
use crate::app::joined::{SharedLine, shared};
use crate::app::keymap::Focus;
use crate::app::popup::{Palette, Popup};
use crate::app::text::{clean, pad, width, wrap};
use crate::app::{Model, choices};
use crate::domain::plan::Weight;

/// Most rows of the palette that show at once.
const PALETTE_ROWS: usize = 14;

/// Where a popup stands.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// With its border.
    pub outer: Rect,
    /// Its rows that can be chosen, or its text.
    pub rows: Rect,
    /// How many of the rows can be chosen.
    pub choices: u16,
}

/// The place of the topmost popup.
pub fn place(model: &Model, area: Rect) -> Option<Place> {
    let popup = model.popups.last()?;
    let widest = area.width.saturating_sub(4);
    let wide = match popup {
        Popup::Palette(_) => 72,
        Popup::Help(_) => 76,
        Popup::Shared(_) => 78,
        Popup::Equivalent(_) => 100,
        Popup::Leaving(_) => 56,
    }
    .min(widest);
    let inner = usize::from(wide.saturating_sub(4));
    // Rows, and lines that stand above and below them.
    let (rows, above, below) = match popup {
        Popup::Palette(palette) => {
            let all = Palette::new(palette.from).found().len();
            (all.min(PALETTE_ROWS), 2, 0)
        }
        Popup::Help(_) => (help_lines(model).len(), 0, 0),
        Popup::Shared(_) => (shared(model, inner).len(), 0, 0),
        Popup::Equivalent(_) => (command(model, inner).len(), 0, 2),
        Popup::Leaving(_) => (choices(model).len(), 2, 0),
    };
    let high = columns(rows + above + below + 2).min(area.height.saturating_sub(2));
    let outer = Rect {
        x: area.x + (area.width - wide) / 2,
        y: area.y + (area.height - high) / 3,
        width: wide,
        height: high,
    };
    let rows = Rect {
        x: outer.x.saturating_add(2),
        y: outer.y.saturating_add(1 + columns(above)),
        width: wide.saturating_sub(4),
        height: high.saturating_sub(2 + columns(above + below)),
    }
    .intersection(area);
    let choices = match popup {
        Popup::Palette(palette) => {
            let left = palette.found().len()
                - palette
                    .offset(rows.height.into())
                    .min(palette.found().len());
            columns(left).min(rows.height)
        }
        Popup::Leaving(_) => rows.height,
        Popup::Help(_) | Popup::Shared(_) | Popup::Equivalent(_) => 0,
    };
    Some(Place {
        outer,
        rows,
        choices,
    })
}

fn help_lines(model: &Model) -> Vec<HelpLine> {
    help::lines(&model.settings.keymap, model.settings.leader, model.focus())
}

fn command(model: &Model, columns: usize) -> Vec<String> {
    wrap(&clean(&model.equivalent().unwrap_or_default()), columns)
}

/// Draws the topmost popup; where the cursor belongs, when it has one.
pub fn draw(buf: &mut Buffer, model: &Model, place: &Place, theme: &Theme) -> Option<Position> {
    let popup = model.popups.last()?;
    let title = match popup {
        Popup::Palette(_) => " Commands ",
        Popup::Help(_) => " Keys ",
        Popup::Shared(_) => " What the twin shares ",
        Popup::Equivalent(_) => " Equivalent docker command ",
        Popup::Leaving(_) => " A twin is running ",
    };
    Clear.render(place.outer, buf);
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.accent)
        .title_style(theme.title)
        .title(title)
        .render(place.outer, buf);
    let rows = place.rows;
    match popup {
        Popup::Palette(palette) => {
            return Some(palette_rows(buf, model, palette, place, theme));
        }
        Popup::Help(at) => {
            let lines = help_lines(model);
            scroll_hint(buf, place, *at, lines.len(), theme);
            for (n, line) in lines.iter().skip(*at).take(rows.height.into()).enumerate() {
                let mut pen = Pen::new(buf, rows, columns(n));
                match line {
                    HelpLine::Heading(words) => pen.write(words, theme.title),
                    HelpLine::Key(keys, words) => pen
                        .write(&pad(keys, 24), theme.key)
                        .write("  ", theme.muted)
                        .write(words, theme.muted),
                    HelpLine::Gap => &mut pen,
                };
            }
        }
        Popup::Shared(at) => {
            let lines = shared(model, rows.width.into());
            scroll_hint(buf, place, *at, lines.len(), theme);
            for (n, line) in lines.iter().skip(*at).take(rows.height.into()).enumerate() {
                shared_line(&mut Pen::new(buf, rows, columns(n)), line, theme);
            }
        }
        Popup::Equivalent(at) => {
            let lines = command(model, rows.width.into());
            scroll_hint(buf, place, *at, lines.len(), theme);
            for (n, line) in lines.iter().skip(*at).take(rows.height.into()).enumerate() {
                Pen::new(buf, rows, columns(n)).write(line, theme.strong);
            }
            let foot = Rect {
                y: rows.bottom() + 1,
                height: 1,
                ..rows
            };
            Pen::new(buf, foot, 0)
                .write("y", theme.key)
                .write(" copy   ", theme.muted)
                .write("Esc", theme.key)
                .write(" close", theme.muted);
        }
        Popup::Leaving(at) => {
            let head = Rect {
                y: rows.y.saturating_sub(2),
                height: 1,
                ..rows
            };
            Pen::new(buf, head, 0).write("What is to become of it?", theme.strong);
            for (n, choice) in choices(model).into_iter().enumerate() {
                let mut pen = Pen::new(buf, rows, columns(n));
                pen.write(&format!(" {} ", choice.key()), theme.key)
                    .write(choice.title(), theme.muted);
                if n == *at {
                    select(buf, rows, n, theme);
                }
            }
        }
    }
    None
}

fn select(buf: &mut Buffer, rows: Rect, n: usize, theme: &Theme) {
    let y = rows.y.saturating_add(columns(n));
    buf.set_style(
        Rect {
            y,
            height: 1,
            ..rows
        }
        .intersection(rows),
        theme.selected,
    );
}

/// Says at the border that there is more above or below.
fn scroll_hint(buf: &mut Buffer, place: &Place, at: usize, lines: usize, theme: &Theme) {
    let high = usize::from(place.rows.height);
    if lines <= high {
        return;
    }
    let words = format!(" {}–{} of {lines} · ↑↓ ", at + 1, (at + high).min(lines));
    let border = Rect {
        y: place.outer.bottom() - 1,
        height: 1,
        ..place.rows
    };
    Pen::new(buf, border, 0).right(&words, theme.muted);
}

fn shared_line(pen: &mut Pen<'_>, line: &SharedLine, theme: &Theme) {
    match line {
        SharedLine::Yes(what, how) => {
            pen.write("✓ ", theme.good)
                .write(&pad(what, 13), theme.strong)
                .write(how, theme.muted);
        }
        SharedLine::No(what, how) => {
            pen.write("– ", theme.waiting)
                .write(&pad(what, 13), theme.strong)
                .write(how, theme.muted);
        }
        SharedLine::Note(weight, words) => {
            let style = match weight {
                Weight::Info => theme.muted,
                Weight::Missing => theme.waiting,
            };
            let sign = match weight {
                _ if words.starts_with("  ") => "",
                Weight::Info => "i ",
                Weight::Missing => "! ",
            };
            pen.write(sign, style).write(words, style);
        }
        SharedLine::Gap => {}
    }
}

fn palette_rows(
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
    let mut pen = Pen::new(buf, head, 0);
    pen.write("❯ ", theme.accent);
    if palette.query.is_empty() {
        pen.write("type what you want to do", theme.muted);
    } else {
        pen.write(palette.query.text(), theme.strong);
    }
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
            Some(format!("{leader} {chord}"))
        });
        let mut pen = Pen::new(buf, rows, columns(n));
        pen.write(" ", theme.muted)
            .write(action.title(), theme.strong);
        pen.right(&format!("  {} ", key.unwrap_or_default()), theme.key);
        if offset + n == palette.chosen {
            select(buf, rows, n, theme);
        }
    }
    let before: String = palette
        .query
        .text()
        .chars()
        .take(palette.query.cursor())
        .collect();
    let x = head
        .x
        .saturating_add(2)
        .saturating_add(columns(width(&before)));
    Position::new(x.min(head.right().saturating_sub(1)), head.y)
}
