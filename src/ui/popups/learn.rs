//! Questions of the lessons, and what was done of them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{above, answers, scroll_hint};
use crate::app::Model;
use crate::app::learn::{LearnAsk, certificate};
use crate::app::markdown::Row;
use crate::app::text::wrap;
use crate::ui::layout::columns;
use crate::ui::panes::learn::write;
use crate::ui::popups::Place;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Columns at most.
pub(super) const WIDE: u16 = 76;

fn words(model: &Model, ask: &LearnAsk, columns: usize) -> Vec<String> {
    let words = model.learn.as_ref().map(|learn| ask.words(learn));
    wrap(&words.unwrap_or_default(), columns)
}

/// Rows of the answers, and lines above them.
pub(super) fn size(model: &Model, ask: &LearnAsk, columns: usize) -> (usize, usize) {
    (ask.rows().len(), words(model, ask, columns).len() + 1)
}

/// Draws a question.
pub(super) fn ask(
    buf: &mut Buffer,
    model: &Model,
    asked: &LearnAsk,
    at: usize,
    rows: Rect,
    theme: &Theme,
) {
    let lines = words(model, asked, rows.width.into());
    let top = above(rows, columns(lines.len() + 1));
    for (n, line) in lines.iter().enumerate() {
        Pen::new(buf, top, columns(n)).write(line, theme.strong);
    }
    let choices = asked.rows();
    let choices = choices.iter().map(|(key, line)| (*key, line.as_str()));
    answers(buf, rows, choices, at, theme);
}

/// The rows of what was done.
pub(super) fn done(model: &Model, columns: usize) -> Vec<Row> {
    let learn = model.learn.as_ref();
    learn.map_or_else(Vec::new, |learn| certificate(learn, columns))
}

/// Draws what was done.
pub(super) fn draw_done(buf: &mut Buffer, model: &Model, place: &Place, at: usize, theme: &Theme) {
    let lines = done(model, place.rows.width.into());
    scroll_hint(buf, place, at, lines.len(), theme);
    let seen = lines.get(at..).unwrap_or_default();
    write(buf, place.rows, seen, theme);
}
