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
pub(super) fn above(consent: &Consent, docker: &Call, room: usize) -> usize {
    commands(consent, docker, room).len() + 1 + wrap(&consent.words(), room).len() + 1
}

/// The commands, each whole: what is said yes to stands there to its end. What begins one, and the line.
fn commands(consent: &Consent, docker: &Call, room: usize) -> Vec<(&'static str, String)> {
    let lines = |command: &String| {
        let lines = wrap(&docker.line(command), room.saturating_sub(2));
        let first = |n| if n == 0 { "$ " } else { "  " };
        let lines = lines.into_iter().enumerate();
        lines.map(move |(n, line)| (first(n), line))
    };
    consent.commands().iter().flat_map(lines).collect()
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
    let top = rows_above(rows, columns(above(consent, docker, room)));
    let mut next = 0;
    for (sign, line) in commands(consent, docker, room) {
        Pen::new(buf, top, next)
            .write(sign, theme.muted)
            .write(&line, theme.accent);
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
