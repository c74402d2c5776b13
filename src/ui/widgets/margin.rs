//! How commands ended, at the right end of the rows of their prompts: `✓`, `✗ 3`, and how long they took.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::text::width;
use crate::term::{Command, LineNo, Span, Terminal};
use crate::ui::layout::columns;
use crate::ui::theme::Theme;

/// Commands that took less are not worth a number.
const LONG: Duration = Duration::from_secs(1);

/// Writes over the rows of a grid that are in view; a row whose text reaches there is left alone.
pub fn draw(buf: &mut Buffer, terminal: &Terminal, area: Rect, theme: &Theme) {
    if terminal.is_alternate() {
        return;
    }
    let top = terminal.view_top();
    let end = LineNo(top.0 + u64::from(area.height));
    let in_view = terminal
        .commands()
        .rev()
        .skip_while(|command| command.prompt >= end)
        .take_while(|command| command.prompt >= top);
    for command in in_view {
        let Some((words, style)) = said(command, theme) else {
            continue;
        };
        let row = columns(usize::try_from(command.prompt.0 - top.0).unwrap_or(usize::MAX));
        let wide = columns(width(&words));
        let Some(x) = area.right().checked_sub(wide + 1).filter(|x| *x > area.x) else {
            continue;
        };
        if is_blank(terminal, row, x - area.x - 1) {
            buf.set_string(x, area.y.saturating_add(row), &words, style);
        }
    }
}

/// Whether nothing stands in a row from that column on.
fn is_blank(terminal: &Terminal, row: u16, from: u16) -> bool {
    let mut rest = terminal.row(row).skip(from.into());
    rest.all(|cell| cell.base == ' ' && cell.span == Span::Narrow && !cell.style.inverse)
}

/// What is said of a command that was typed and has ended.
fn said(command: &Command, theme: &Theme) -> Option<(String, Style)> {
    let (ended, _) = (command.ended?, command.text.as_ref()?);
    let took = command.started.map(|at| ended.saturating_sub(at));
    Some(words(Some(command.status?), took, theme))
}

/// A status in short words, and how long it took to come to it.
pub fn words(status: Option<i32>, took: Option<Duration>, theme: &Theme) -> (String, Style) {
    let (sign, style) = match status {
        Some(0) => ("✓".to_owned(), theme.muted),
        Some(status) => (format!("✗ {status}"), theme.bad),
        None => ("?".to_owned(), theme.muted),
    };
    let took = took.filter(|took| *took >= LONG).map(duration);
    (
        took.map_or(sign.clone(), |took| format!("{sign} {took}")),
        style,
    )
}

/// A time for a person: `3.2s`, `2m05s`, `1h02m`.
fn duration(took: Duration) -> String {
    let seconds = took.as_secs();
    match seconds {
        0..=59 => format!("{seconds}.{}s", took.subsec_millis() / 100),
        60..=3599 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        for (millis, words) in [
            (1_000, "1.0s"),
            (59_999, "59.9s"),
            (125_000, "2m05s"),
            (3_720_000, "1h02m"),
        ] {
            assert_eq!(duration(Duration::from_millis(millis)), words);
        }
    }
}
