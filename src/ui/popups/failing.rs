//! Popups about a target that fails: what happened to it, and whether it may be changed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::above as rows_above;
use crate::app::TriageLine;
use crate::app::popup::Consent;
use crate::app::text::wrap;
use crate::domain::call::Call;
use crate::ui::layout::columns;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Lines that stand above the answers: commands, what follows, and an empty line behind each.
pub(super) fn above(consent: &Consent, room: usize) -> usize {
    consent.commands().len() + 1 + wrap(&consent.words(), room).len() + 1
}

/// Draws the commands and what follows from them.
pub(super) fn question(
    buf: &mut Buffer,
    consent: &Consent,
    docker: &Call,
    rows: Rect,
    theme: &Theme,
) {
    let room = rows.width.into();
    let top = rows_above(rows, columns(above(consent, room)));
    let mut next = 0;
    for command in consent.commands() {
        Pen::new(buf, top, next)
            .write("$ ", theme.muted)
            .write(&docker.line(&command), theme.accent);
        next += 1;
    }
    for line in wrap(&consent.words(), room) {
        next += 1;
        Pen::new(buf, top, next).write(&line, theme.strong);
    }
}

/// Draws a line of what happened.
pub(super) fn line(pen: &mut Pen<'_>, line: &TriageLine, theme: &Theme) {
    match line {
        TriageLine::Headline(words) => pen.write(words, theme.strong),
        TriageLine::Fact(words) => pen.write(words, theme.waiting),
        TriageLine::Heading(words) => pen.write(words, theme.title),
        TriageLine::Text(words) => pen.write(words, theme.muted),
        TriageLine::Gap => pen,
    };
}
