//! Where the emulator departs from the standards: the same sequences, as DEC's manuals and xterm's
//! control sequences have them. docs/terminal.md shows each case.

use alacritty_terminal::grid::Dimensions as _;
use alacritty_terminal::index::Line;
use alacritty_terminal::term::TermMode;
use alacritty_terminal::vte::ansi::{Attr, ClearMode, Handler, NamedPrivateMode, PrivateMode};

use super::guest::Guest;

/// Nominal size of a cell in pixels, for programs that ask; only the ratio matters.
const CELL_PIXELS: (usize, usize) = (8, 16);

/// The first and the last row that scroll, counted from 0; the emulator does not tell them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Margins {
    top: i32,
    bottom: i32,
}

impl Guest {
    /// DECSTBM.
    pub(super) fn margins(&mut self, top: usize, bottom: Option<usize>) {
        Handler::set_scrolling_region(&mut self.term, top, bottom);
        let rows = self.term.screen_lines();
        let bottom = bottom.unwrap_or(rows);
        if top < bottom {
            let row = |n: usize| i32::try_from(n.min(rows)).unwrap_or(i32::MAX) - 1;
            self.margins = Some(Margins {
                top: row(top.max(1)),
                bottom: row(bottom),
            });
        }
    }

    fn is_origin(&self) -> bool {
        self.term.mode().contains(TermMode::ORIGIN)
    }

    /// CUU, CUD, CPL and CNL stop at a margin that the cursor has not passed yet. `column` is where it
    /// ends up, if not where it stands.
    fn vertical(&mut self, rows: i32, column: Option<usize>) {
        let point = self.term.grid().cursor.point;
        let last = self.term.bottommost_line().0;
        let here = point.line.0;
        let margins = self.margins.unwrap_or(Margins {
            top: 0,
            bottom: last,
        });
        let highest = if here >= margins.top { margins.top } else { 0 };
        let lowest = if here <= margins.bottom {
            margins.bottom
        } else {
            last
        };
        let wanted = here
            .saturating_add(rows)
            .clamp(highest, lowest.max(highest));
        let from = if self.is_origin() { margins.top } else { 0 };
        let column = column.unwrap_or(point.column.0);
        Handler::goto(&mut self.term, wanted - from, column);
    }

    /// CUU.
    pub(super) fn up(&mut self, rows: usize) {
        self.vertical(-signed(rows), None);
    }

    /// CUD.
    pub(super) fn down(&mut self, rows: usize) {
        self.vertical(signed(rows), None);
    }

    /// CPL.
    pub(super) fn up_to_start(&mut self, rows: usize) {
        self.vertical(-signed(rows), Some(0));
    }

    /// CNL.
    pub(super) fn down_to_start(&mut self, rows: usize) {
        self.vertical(signed(rows), Some(0));
    }

    /// DECOM sends the cursor home, whether it is set or reset.
    pub(super) fn origin_changed(&mut self, mode: PrivateMode) {
        if mode == NamedPrivateMode::Origin.into() {
            Handler::goto(&mut self.term, 0, 0);
        }
    }

    /// CPR counts from the margin in origin mode; the other reports are the emulator's.
    pub(super) fn status(&mut self, kind: usize) {
        let margins = self.margins.filter(|_| kind == 6 && self.is_origin());
        let Some(margins) = margins else {
            Handler::device_status(&mut self.term, kind);
            return;
        };
        let point = self.term.grid().cursor.point;
        let (row, column) = (point.line.0 - margins.top + 1, point.column.0 + 1);
        self.outbox.reply(&format!("\x1b[{row};{column}R"));
    }

    /// DA1, DA2, and DA3: the unit's number, which nobody has; some programs wait for any answer.
    pub(super) fn identify(&mut self, intermediate: Option<char>) {
        match intermediate {
            Some('=') => self.outbox.reply("\x1bP!|00000000\x1b\\"),
            other => Handler::identify_terminal(&mut self.term, other),
        }
    }

    /// DCH never takes more than there is to the right of the cursor.
    pub(super) fn delete(&mut self, count: usize) {
        let right = self.term.columns() - self.term.grid().cursor.point.column.0;
        Handler::delete_chars(&mut self.term, count.min(right));
    }

    /// ED 1, with the cursor in the second row too.
    pub(super) fn erase_above(&mut self) {
        Handler::clear_screen(&mut self.term, ClearMode::Above);
        if self.term.grid().cursor.point.line == Line(1) {
            self.term.grid_mut().reset_region(..Line(1));
        }
    }

    /// DECALN drops the margins and sends the cursor home.
    pub(super) fn align(&mut self) {
        Handler::decaln(&mut self.term);
        self.margins(1, None);
    }

    /// SGR 21 is a double underline (ECMA-48); the parser takes it for the end of bold.
    pub(super) fn attribute(&mut self, attribute: Attr) {
        let attribute = match attribute {
            Attr::CancelBold => Attr::DoubleUnderline,
            other => other,
        };
        Handler::terminal_attribute(&mut self.term, attribute);
    }

    /// The size in pixels, as if each cell had its nominal size.
    pub(super) fn pixels(&mut self) {
        let width = self.term.columns() * CELL_PIXELS.0;
        let height = self.term.screen_lines() * CELL_PIXELS.1;
        self.outbox.reply(&format!("\x1b[4;{height};{width}t"));
    }

    /// The keyboard flags in force; the emulator tells those that were pushed last.
    pub(super) fn keyboard(&mut self) {
        let flags = self.modes().keyboard_flags();
        self.outbox.reply(&format!("\x1b[?{flags}u"));
    }
}

fn signed(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
