//! Numbers of lines that stay the same while output scrolls, and the bound on the history.
//!
//! The emulator drops its oldest lines without a word. So it gets more room than is wanted
//! ([`Lines::room`] is asked before anything that may scroll), and what is too much is taken off and
//! counted here: then every line that was ever printed has a number of its own.

use alacritty_terminal::grid::{Dimensions as _, Grid};
use alacritty_terminal::index::Line;
use alacritty_terminal::term::cell::{Cell as RawCell, Flags};
use alacritty_terminal::term::color::Colors;
use alacritty_terminal::term::{Term, TermMode};
use alacritty_terminal::vte::ansi::{Handler, KeyboardModes, KeyboardModesApplyBehavior};

use super::guest::Outbox;
use super::{Cell, Terminal};

/// A line of the history or the screen, counted from the first line that was ever printed: it keeps
/// its number while output scrolls. A new width numbers lines anew, since it wraps them anew; and a
/// program that scrolls only a part of the screen moves text from one number to another.
///
/// The alternate screen has no history; its lines are numbered as if they followed that of the main
/// screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineNo(pub u64);

/// A cell of the history or the screen; orders as text is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Its line.
    pub line: LineNo,
    /// Its column, from 0.
    pub col: u16,
}

/// Rows beyond the wanted history before the oldest are taken off. The emulator keeps as many spare
/// rows anyway, so this costs no memory; with more it would free and allocate them again each time.
const SLACK: usize = 1000;
/// Room for rows while lines are wrapped anew: no line may be lost before it is counted.
const ENOUGH: usize = 1 << 40;

/// The bounds of what is kept, and its numbers.
#[derive(Debug)]
pub(super) struct Lines {
    /// Lines of history that are wanted.
    limit: usize,
    /// Rows that the emulator may keep beyond them.
    slack: usize,
    /// The number of the oldest line of the main screen's history.
    first: u64,
    /// Lines of the main screen's history while the alternate screen is shown.
    parked: usize,
}

impl Lines {
    pub(super) fn new(limit: usize, rows: usize) -> Self {
        Self {
            limit,
            slack: slack(rows),
            first: 0,
            parked: 0,
        }
    }

    /// Lines of history that the emulator is to be told.
    pub(super) fn room_total(&self) -> usize {
        self.limit + self.slack
    }

    /// Makes room for `more` lines, of which there are at most as many as rows on the screen; true
    /// when lines were dropped.
    #[inline]
    pub(super) fn room(&mut self, term: &mut Term<Outbox>, more: usize) -> bool {
        term.history_size() + more > self.room_total() && self.trim(term)
    }

    /// Takes off what is more history than wanted; true when there was any.
    pub(super) fn trim(&mut self, term: &mut Term<Outbox>) -> bool {
        let history = term.history_size();
        if history <= self.limit || is_alternate(term) {
            return false;
        }
        let total = self.room_total();
        let grid = term.grid_mut();
        grid.update_history(self.limit);
        grid.update_history(total);
        self.first += (history - self.limit) as u64;
        true
    }

    /// The alternate screen is about to be shown.
    pub(super) fn park(&mut self, term: &mut Term<Outbox>) {
        self.trim(term);
        self.parked = term.history_size();
    }

    /// The number of lines that `change` takes off the history is counted.
    pub(super) fn losing_history(
        &mut self,
        term: &mut Term<Outbox>,
        change: impl FnOnce(&mut Term<Outbox>),
    ) {
        let before = term.history_size();
        change(term);
        self.first += before.saturating_sub(term.history_size()) as u64;
    }

    /// Everything was erased: no number is used twice.
    pub(super) fn restart(&mut self, term: &Term<Outbox>) {
        self.first += (self.limit.max(self.parked) + self.slack + term.screen_lines()) as u64;
        self.parked = 0;
    }

    /// The number of the oldest line of the screen that is shown.
    pub(super) fn first(&self, term: &Term<Outbox>) -> LineNo {
        let parked = if is_alternate(term) { self.parked } else { 0 };
        LineNo(self.first + parked as u64)
    }

    /// The number of the last line.
    pub(super) fn last(&self, term: &Term<Outbox>) -> LineNo {
        LineNo(self.first(term).0 + term.total_lines().saturating_sub(1) as u64)
    }

    /// The first and the last line of the main screen, also while the alternate one is shown.
    pub(super) fn main(&self, term: &Term<Outbox>) -> (LineNo, LineNo) {
        let history = if is_alternate(term) {
            self.parked
        } else {
            term.history_size()
        };
        let rows = history + term.screen_lines();
        (LineNo(self.first), LineNo(self.first + rows as u64 - 1))
    }

    /// The oldest line of the main screen that is kept.
    pub(super) fn oldest(&self) -> LineNo {
        LineNo(self.first)
    }

    /// The number of an emulator's line: 0 is the first row of the screen, history lies below 0.
    pub(super) fn number(&self, term: &Term<Outbox>, line: Line) -> LineNo {
        let up = term.history_size() as u64;
        LineNo((self.first(term).0 + up).saturating_add_signed(i64::from(line.0)))
    }

    /// The emulator's line of a number; none when it is not kept.
    pub(super) fn line(&self, term: &Term<Outbox>, number: LineNo) -> Option<Line> {
        if number > self.last(term) {
            return None;
        }
        let down = number.0.checked_sub(self.first(term).0)?;
        let down = i32::try_from(down).ok()?;
        let up = i32::try_from(term.history_size()).ok()?;
        Some(Line(down - up))
    }

    /// The emulator's cells of a line; none when it is not kept.
    pub(super) fn cells<'a>(
        &self,
        term: &'a Term<Outbox>,
        number: LineNo,
    ) -> Option<&'a [RawCell]> {
        let line = self.line(term, number)?;
        Some(&term.grid()[line][..])
    }

    /// The size is about to change: from here to [`Self::resized`] no line is dropped.
    pub(super) fn unbound(&mut self, grid: &mut Grid<RawCell>, rows: usize) {
        grid.update_history(ENOUGH);
        self.slack = slack(rows);
    }

    /// The size has changed; the main screen's grid is bounded again.
    pub(super) fn resized(&mut self, grid: &mut Grid<RawCell>) {
        let history = grid.history_size();
        grid.update_history(self.limit);
        grid.update_history(self.room_total());
        self.first += history.saturating_sub(self.limit) as u64;
        self.parked = grid.history_size();
    }
}

/// Rows beyond the history that suffice for whatever one sequence scrolls.
fn slack(rows: usize) -> usize {
    SLACK.max(rows + 2)
}

pub(super) fn is_alternate(term: &Term<Outbox>) -> bool {
    term.mode().contains(TermMode::ALT_SCREEN)
}

impl Terminal {
    /// The oldest line that is kept, history included.
    pub fn first_line(&self) -> LineNo {
        self.guest.lines.first(&self.guest.term)
    }

    /// The last line of the screen.
    pub fn last_line(&self) -> LineNo {
        self.guest.lines.last(&self.guest.term)
    }

    /// The line in the first row of the view.
    pub fn view_top(&self) -> LineNo {
        let (offset, history) = self.scrolled();
        LineNo(self.first_line().0 + (history - offset) as u64)
    }

    /// Scrolls the view so that a line stands in the first row, or as far as there is text.
    pub fn scroll_to(&mut self, line: LineNo) {
        let (_, history) = self.scrolled();
        let wanted = line.0.saturating_sub(self.first_line().0);
        let offset = (history as u64).saturating_sub(wanted);
        self.scroll_to_bottom();
        self.scroll(i32::try_from(offset).unwrap_or(i32::MAX));
    }

    /// The text of a line without blanks at its end; empty when the line is not kept.
    pub fn line_text(&self, line: LineNo) -> String {
        let cells = self.cells(line).unwrap_or_default();
        let mut text = String::new();
        push_cells(cells, 0, u16::MAX, &mut text);
        text.truncate(text.trim_end().len());
        text
    }

    /// The emulator's cells of a line; none when it is not kept.
    pub(super) fn cells(&self, line: LineNo) -> Option<&[RawCell]> {
        self.guest.lines.cells(&self.guest.term, line)
    }

    /// All text, history and screen: lines that were only wrapped are joined, blanks at the ends of
    /// lines and empty lines at the end are left out.
    pub fn all_text(&self) -> String {
        let mut text = self.text_of(self.first_line(), self.last_line());
        text.truncate(text.trim_end_matches('\n').len());
        text
    }

    /// The text of whole lines, both included, as for copying.
    pub(super) fn text_of(&self, from: LineNo, to: LineNo) -> String {
        let mut text = String::new();
        for number in from.0..=to.0 {
            let Some(cells) = self.cells(LineNo(number)) else {
                continue;
            };
            push_cells(cells, 0, u16::MAX, &mut text);
            if !wraps(cells) {
                text.truncate(text.trim_end_matches(' ').len());
                text.push('\n');
            }
        }
        text
    }
}

/// Whether a row continues in the next one.
pub(super) fn wraps(cells: &[RawCell]) -> bool {
    cells
        .last()
        .is_some_and(|cell| cell.flags.contains(Flags::WRAPLINE))
}

/// Adds the text of the cells from one column to another, both included.
pub(super) fn push_cells(cells: &[RawCell], first: u16, last: u16, text: &mut String) {
    let colours = Colors::default();
    let mut symbol = String::new();
    for (col, cell) in Cell::row(cells, &colours)
        .enumerate()
        .take(usize::from(last) + 1)
    {
        let leading = || {
            cells
                .get(col)
                .is_some_and(|raw| raw.flags.contains(Flags::LEADING_WIDE_CHAR_SPACER))
        };
        if col >= usize::from(first) && !leading() {
            text.push_str(cell.symbol(&mut symbol));
        }
    }
}

/// Rows of a command's text that are looked at.
const TYPED_ROWS: u64 = 64;

/// The last row of the line that a row belongs to.
pub(super) fn end_of_line(lines: &Lines, term: &Term<Outbox>, row: LineNo) -> LineNo {
    (row.0..row.0 + TYPED_ROWS)
        .map(LineNo)
        .find(|row| lines.cells(term, *row).is_none_or(|cells| !wraps(cells)))
        .unwrap_or(row)
        .min(lines.last(term))
}

/// What was typed from one place to before another, without blanks around it. Some shells break a
/// long command by themselves at the right edge, so a full row counts as wrapped.
pub(super) fn typed(lines: &Lines, term: &Term<Outbox>, from: Place, to: Place) -> String {
    let mut text = String::new();
    let last = to.line.0.min(from.line.0 + TYPED_ROWS);
    for number in from.line.0..=last {
        let first_col = if number == from.line.0 { from.col } else { 0 };
        let end_col = if number == to.line.0 {
            to.col
        } else {
            u16::MAX
        };
        let Some(cells) = lines.cells(term, LineNo(number)) else {
            continue;
        };
        if let Some(last_col) = end_col.checked_sub(1) {
            push_cells(cells, first_col, last_col, &mut text);
        }
        let full = cells.last().is_some_and(|cell| cell.c != ' ') || wraps(cells);
        if !full {
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
    }
    text.trim().to_owned()
}

/// Does something with the main screen's grid, also while the alternate screen is shown.
pub(super) fn on_main<T>(term: &mut Term<Outbox>, act: impl FnOnce(&mut Grid<RawCell>) -> T) -> T {
    if !is_alternate(term) {
        return act(term.grid_mut());
    }
    // The emulator gives no way to the other grid but changing over, and that clears this one and
    // forgets the selection and the keyboard's mode.
    let shown = term.grid().clone();
    let selection = term.selection.take();
    let keyboard = keyboard_modes(*term.mode());
    term.swap_alt();
    let result = act(term.grid_mut());
    term.swap_alt();
    *term.grid_mut() = shown;
    term.selection = selection;
    Handler::set_keyboard_mode(term, keyboard, KeyboardModesApplyBehavior::Replace);
    result
}

fn keyboard_modes(mode: TermMode) -> KeyboardModes {
    [
        (
            TermMode::DISAMBIGUATE_ESC_CODES,
            KeyboardModes::DISAMBIGUATE_ESC_CODES,
        ),
        (
            TermMode::REPORT_EVENT_TYPES,
            KeyboardModes::REPORT_EVENT_TYPES,
        ),
        (
            TermMode::REPORT_ALTERNATE_KEYS,
            KeyboardModes::REPORT_ALTERNATE_KEYS,
        ),
        (
            TermMode::REPORT_ALL_KEYS_AS_ESC,
            KeyboardModes::REPORT_ALL_KEYS_AS_ESC,
        ),
        (
            TermMode::REPORT_ASSOCIATED_TEXT,
            KeyboardModes::REPORT_ASSOCIATED_TEXT,
        ),
    ]
    .into_iter()
    .filter(|(set, _)| mode.contains(*set))
    .fold(KeyboardModes::NO_MODE, |all, (_, flag)| all | flag)
}

/// How the lines of the main screen are wrapped: a new width keeps the lines and moves the wraps.
#[derive(Debug)]
pub(super) struct Flow {
    /// The first row of each line, counted from the oldest row.
    starts: Vec<usize>,
    rows: usize,
    columns: usize,
}

impl Flow {
    pub(super) fn of(grid: &Grid<RawCell>) -> Self {
        let rows = grid.total_lines();
        let top = grid.topmost_line();
        let mut starts = vec![0];
        starts.extend((1..rows).filter(|row| !wraps(&grid[top + (*row - 1)][..])));
        Self {
            starts,
            rows,
            columns: grid.columns(),
        }
    }

    /// Where a place is after the flow has become `new`. Exact for starts of lines; within a line up
    /// to the blank that is left before a wide character which no longer fits.
    pub(super) fn moved(&self, new: &Self, first: LineNo, place: Place) -> Place {
        let row = usize::try_from(place.line.0.saturating_sub(first.0)).unwrap_or(usize::MAX);
        let at = |row: usize, col| Place {
            line: LineNo(first.0 + row as u64),
            col,
        };
        let line = self.starts.partition_point(|start| *start <= row).max(1) - 1;
        let (Some(start), Some(new_start)) = (self.starts.get(line), new.starts.get(line)) else {
            return at(new.rows, 0);
        };
        if row >= self.rows {
            return at(new.rows, 0);
        }
        let offset = (row - start) * self.columns + usize::from(place.col);
        let next = new.starts.get(line + 1).copied().unwrap_or(new.rows);
        let row = (new_start + offset / new.columns).min(next.saturating_sub(1));
        let col = u16::try_from(offset % new.columns).unwrap_or(0);
        at(row, col)
    }
}
