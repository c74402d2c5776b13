//! Plain text without the parser: a row of cells at a time instead of a call for each character.
//!
//! Whatever is not simple is left to the parser or the emulator; what comes out is always the same.

use alacritty_terminal::grid::{Charsets, Dimensions as _};
use alacritty_terminal::index::Column;
use alacritty_terminal::term::TermMode;
use alacritty_terminal::term::cell::{Cell as RawCell, Flags};
use alacritty_terminal::vte::ansi::Handler as _;

use super::guest::{Guest, Limits};

impl Guest {
    /// Writes printable ASCII, tabs and ends of lines as the parser would have it done; false, and
    /// nothing done, in a mode in which that is not simple.
    pub(super) fn plain(&mut self, text: &[u8]) -> bool {
        let simple = self.limits.fuel >= text.len()
            && !self.term.mode().contains(TermMode::INSERT)
            && self.term.grid().cursor.charsets == Charsets::default();
        if !simple {
            return false;
        }
        let mut rest = text;
        while let Some((first, after)) = rest.split_first() {
            let written = match first {
                b'\n' | b'\r' | b'\t' => 0,
                _ => self.fill(rest),
            };
            if written > 0 {
                let (line, next) = rest.split_at(written);
                self.limits.wrote(line);
                rest = next;
                continue;
            }
            match first {
                b'\n' => self.linefeed(),
                b'\r' => self.carriage_return(),
                b'\t' => self.put_tab(1),
                other => self.input(char::from(*other)),
            }
            rest = after;
        }
        true
    }

    /// Writes the start of a text up to the end of the row or the line, or up to where more has to be
    /// done than to write cells; returns how much that is.
    fn fill(&mut self, text: &[u8]) -> usize {
        let grid = self.term.grid_mut();
        if grid.cursor.input_needs_wrap {
            return 0;
        }
        let template = grid.cursor.template.clone();
        let (columns, point) = (grid.columns(), grid.cursor.point);
        let start = point.column.0;
        // No cell more than is written: the emulator counts them as used.
        let fits = text.iter().take(columns - start);
        let end = start + fits.take_while(|byte| **byte >= b' ').count();
        let cells = &mut grid[point.line][Column(start)..Column(end)];
        let mut written = 0;
        for (cell, byte) in cells.iter_mut().zip(text) {
            // Half a wide character takes its other half along.
            if cell
                .flags
                .intersects(Flags::WIDE_CHAR | Flags::WIDE_CHAR_SPACER)
            {
                break;
            }
            *cell = RawCell {
                c: char::from(*byte),
                ..template.clone()
            };
            written += 1;
        }
        let next = start + written;
        grid.cursor.input_needs_wrap = next == columns;
        grid.cursor.point.column = Column(next.min(columns - 1));
        written
    }
}

impl Limits {
    /// Counts printable ASCII that was written, for which the fuel sufficed: as [`Guest::input`]
    /// does, but at once.
    fn wrote(&mut self, text: &[u8]) {
        let Some(last) = text.last() else {
            return;
        };
        let other = text.iter().rposition(|byte| byte != last);
        let same = other.map_or(text.len(), |other| text.len() - 1 - other);
        let last = char::from(*last);
        let goes_on = other.is_none() && self.run.0 == last;
        let before = if goes_on { self.run.1 + 1 } else { 0 };
        self.run = (last, before + same - 1);
        self.fuel = self.fuel.saturating_sub(text.len());
    }
}

#[cfg(test)]
mod tests;
