//! What the terminal offers beyond a screen, by what programs print.

mod copy;
mod find;
mod lines;
mod marks;
mod select;

use super::{LineNo, Spot, Terminal};
use crate::domain::Size;

fn fed(cols: u16, rows: u16, bytes: &str) -> Terminal {
    let mut terminal = Terminal::new(Size::clamped(cols, rows), 1000);
    terminal.feed(bytes.as_bytes());
    terminal
}

/// `0` … as a line each, without an end of line after the last.
fn numbered(cols: u16, rows: u16, count: usize) -> Terminal {
    let lines: Vec<String> = (0..count).map(|n| format!("line {n}")).collect();
    fed(cols, rows, &lines.join("\r\n"))
}

fn at(row: u16, col: u16) -> Spot {
    Spot { row, col }
}

fn line(number: u64) -> LineNo {
    LineNo(number)
}
