//! The terminal emulator behind one type: bytes in; cells and owed replies out.
//!
//! [`Terminal`] wraps `alacritty_terminal`, which is named below `term` only. What a program prints
//! is hostile: [`guest`] and [`guard`] bound what it can make us keep, do or send. The other way,
//! [`keys`], [`mouse`] and [`paste`] turn input into bytes by the program's [`Modes`].

mod cell;
mod colour;
mod copy;
mod guard;
mod guest;
#[cfg(test)]
pub(crate) mod hostile;
pub mod keys;
mod kitty;
mod lines;
mod links;
mod marks;
mod modes;
pub mod mouse;
pub mod paste;
mod plain;
mod reflow;
mod search;
mod select;
mod standard;
mod taps;
#[cfg(test)]
mod tests;
mod utf8;

use std::fmt;

use alacritty_terminal::grid::{Dimensions, Scroll};
use alacritty_terminal::index::Line;
use alacritty_terminal::term::TermMode;
use alacritty_terminal::term::cell::{Cell as RawCell, Flags};
use alacritty_terminal::vte::ansi::{self, Processor, Timeout};
use crossterm::event::{KeyEvent, MouseEvent};

use crate::domain::Size;

pub use self::cell::{Cell, Span, Style, Underline};
pub use self::colour::Colour;
pub use self::copy::Motion;
pub use self::lines::{LineNo, Place};
pub use self::links::Link;
pub use self::marks::Command;
pub use self::modes::Modes;
pub use self::search::{Found, Highlight};
pub use self::select::SelectKind;

use self::guard::{OscGuard, Piece};
use self::guest::Guest;
use self::lines::{Flow, is_alternate, on_main};
use self::search::Search;
use self::select::Selecting;

/// Bytes of base64 in a request to store text in the clipboard; larger ones are ignored.
const CLIPBOARD_LIMIT: usize = 512 * 1024;
/// Columns and rows that a terminal has at most, so that a mad size cannot take all memory.
const SIDE_LIMIT: u16 = 2000;
/// Lines of history at most: 24 bytes per cell, so 100,000 lines of 200 columns take 480 MB.
const SCROLLBACK_LIMIT: usize = 100_000;
/// Bytes that are parsed between two refills of the budget for repeated characters.
const CHUNK: usize = 64 * 1024;
/// The budget: characters that can be saved up to be written by repetition, about 0.2 s of work.
const FUEL_LIMIT: usize = 16 * 1024 * 1024;

/// A terminal: what a program printed, as a grid of cells with scrollback.
pub struct Terminal {
    guest: Guest,
    parser: Processor<SyncFlag>,
    tail: utf8::Tail,
    guard: OscGuard,
    size: Size,
    selecting: Option<Selecting>,
    copying: Option<Place>,
    search: Option<Search>,
}

/// Where the program's cursor stands on the visible screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Column, from 0.
    pub col: u16,
    /// Row, from 0.
    pub row: u16,
    /// Its shape.
    pub shape: CursorShape,
    /// Whether the program wants it to blink.
    pub blinking: bool,
}

/// Shape of a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorShape {
    /// A block.
    Block,
    /// A line below the character.
    Underline,
    /// A line before the character.
    Beam,
}

/// A cell of the visible screen, counted from 0; orders as text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Row.
    pub row: u16,
    /// Column.
    pub col: u16,
}

/// Tells the parser whether a synchronised update is open; the timer is the caller's.
#[derive(Debug, Default)]
struct SyncFlag(bool);

impl Timeout for SyncFlag {
    fn set_timeout(&mut self, _: std::time::Duration) {
        self.0 = true;
    }

    fn clear_timeout(&mut self) {
        self.0 = false;
    }

    fn pending_timeout(&self) -> bool {
        self.0
    }
}

/// [`Size`] as the emulator takes it.
struct Grid(Size);

impl Dimensions for Grid {
    fn total_lines(&self) -> usize {
        self.screen_lines()
    }

    fn screen_lines(&self) -> usize {
        usize::from(self.0.rows.get())
    }

    fn columns(&self) -> usize {
        usize::from(self.0.cols.get())
    }
}

impl Terminal {
    /// An empty terminal that keeps at most `scrollback` lines of history (100,000 at most).
    pub fn new(size: Size, scrollback: usize) -> Self {
        let size = safe(size);
        Self {
            guest: Guest::new(&Grid(size), scrollback.min(SCROLLBACK_LIMIT)),
            parser: Processor::new(),
            tail: utf8::Tail::default(),
            guard: OscGuard::default(),
            size,
            selecting: None,
            copying: None,
            search: None,
        }
    }

    /// Takes what the program printed; returns the answers that it is owed (device attributes,
    /// cursor position, modes, colours, sizes), at most 64 KiB of them.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        let columns = usize::from(self.size.cols.get());
        let (guest, parser, guard) = (&mut self.guest, &mut self.parser, &mut self.guard);
        for chunk in bytes.chunks(CHUNK) {
            let refilled = guest.limits.fuel + chunk.len() * columns;
            guest.limits.fuel = refilled.min(FUEL_LIMIT);
            self.tail.whole(chunk, |whole| {
                guard.filter(whole, |piece| match piece {
                    Piece::Bytes(bytes) => parser.advance(guest, bytes),
                    Piece::Plain(text) => {
                        let held_back = parser.sync_timeout().pending_timeout();
                        if held_back || !guest.plain(text) {
                            parser.advance(guest, text);
                        }
                    }
                    // The parser may hold back what came before (a synchronised update): the tap
                    // waits for its turn in the same line.
                    Piece::Tap(tap) => {
                        if guest.queue(tap) {
                            parser.advance(guest, taps::TURN);
                        }
                    }
                });
            });
        }
        self.settle()
    }

    /// After anything that the program did: the bounds hold again. Returns the owed answers.
    fn settle(&mut self) -> Vec<u8> {
        self.guest.lines.trim(&mut self.guest.term);
        self.keep_marks();
        self.keep_copy_cursor();
        self.guest.outbox.take_replies()
    }

    /// Whether the program began a synchronised update (mode 2026) and did not end it. What it
    /// printed since is held back: call [`Self::end_sync`] 150 ms after this became true.
    pub fn sync_pending(&self) -> bool {
        self.parser.sync_timeout().pending_timeout()
    }

    /// Ends a synchronised update that the program left open; returns owed answers as
    /// [`Self::feed`] does.
    pub fn end_sync(&mut self) -> Vec<u8> {
        if self.sync_pending() {
            self.parser.stop_sync(&mut self.guest);
        }
        self.settle()
    }

    /// Changes the size; lines that were wrapped flow anew on the main screen. A new width ends the
    /// selection.
    pub fn resize(&mut self, size: Size) {
        let size = safe(size);
        if size == self.size {
            return;
        }
        let anew = size.cols != self.size.cols;
        self.size = size;
        let (term, lines, marks) = (
            &mut self.guest.term,
            &mut self.guest.lines,
            &mut self.guest.marks,
        );
        lines.trim(term);
        let selected = self.selecting.and_then(|_| select::ends(lines, term));
        let flow = on_main(term, |grid| {
            lines.unbound(grid, size.rows.get().into());
            anew.then(|| Flow::of(grid))
        });
        reflow::resize(term, size);
        self.guest.margins = None;
        let first = lines.oldest();
        let new_flow = on_main(term, |grid| {
            let flow = anew.then(|| Flow::of(grid));
            lines.resized(grid);
            flow
        });
        if let (Some(old), Some(new)) = (flow, new_flow) {
            marks.rewrapped(|place| old.moved(&new, first, place));
            if !is_alternate(term) {
                self.copying = self.copying.map(|place| old.moved(&new, first, place));
            }
        }
        match selected {
            Some((from, to)) if !anew => select::track(lines, term, from, to),
            _ => self.selecting = None,
        }
        self.keep_marks();
        self.keep_copy_cursor();
    }

    /// The size in cells: at least 2 × 1, at most 2000 × 2000.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The cursor; none when it is hidden or scrolled out of view.
    pub fn cursor(&self) -> Option<Cursor> {
        let style = self.guest.term.cursor_style();
        let shape = match style.shape {
            ansi::CursorShape::Hidden => return None,
            ansi::CursorShape::Block | ansi::CursorShape::HollowBlock => CursorShape::Block,
            ansi::CursorShape::Underline => CursorShape::Underline,
            ansi::CursorShape::Beam => CursorShape::Beam,
        };
        let grid = self.guest.term.grid();
        if !self.guest.term.mode().contains(TermMode::SHOW_CURSOR) || grid.display_offset() > 0 {
            return None;
        }
        // Not `renderable_content`: it steps left of column 0 from a spacer without wide character.
        let point = grid.cursor.point;
        let right_half = grid[point].flags.contains(Flags::WIDE_CHAR_SPACER);
        let col = point.column.0.saturating_sub(usize::from(right_half));
        Some(Cursor {
            col: u16::try_from(col).ok()?,
            row: u16::try_from(point.line.0).ok()?,
            shape,
            blinking: style.blinking,
        })
    }

    /// The window title that the program set: no control characters, at most 256 characters, empty
    /// when there is none.
    pub fn title(&self) -> String {
        self.guest.outbox.with(|pending| pending.title.clone())
    }

    /// Whether the bell rang since the last call.
    pub fn take_bell(&mut self) -> bool {
        self.guest
            .outbox
            .with(|pending| std::mem::take(&mut pending.bell))
    }

    /// The text that the program last asked to put into the clipboard (OSC 52), once; at most
    /// 384 KiB. Requests to read the clipboard are never answered.
    pub fn take_clipboard(&mut self) -> Option<String> {
        self.guest.outbox.with(|pending| pending.clipboard.take())
    }

    /// Scrolls the view: up into the history for positive `lines`, down for negative ones.
    pub fn scroll(&mut self, lines: i32) {
        let (offset, history) = self.scrolled();
        let bound = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let delta = lines.clamp(-bound(offset), bound(history - offset));
        self.guest.term.scroll_display(Scroll::Delta(delta));
    }

    /// Scrolls the view to the oldest line.
    pub fn scroll_to_top(&mut self) {
        self.guest.term.scroll_display(Scroll::Top);
    }

    /// Scrolls the view back to where the program writes.
    pub fn scroll_to_bottom(&mut self) {
        self.guest.term.scroll_display(Scroll::Bottom);
    }

    /// Lines that the view is scrolled up, and lines of history: the first is never larger.
    pub fn scrolled(&self) -> (usize, usize) {
        let history = self.guest.term.history_size();
        (
            self.guest.term.grid().display_offset().min(history),
            history,
        )
    }

    /// Whether the program shows the alternate screen, which has no history.
    pub fn is_alternate(&self) -> bool {
        is_alternate(&self.guest.term)
    }

    /// The modes that decide how input is encoded.
    pub fn modes(&self) -> Modes {
        self.guest.modes()
    }

    /// The cells of a visible row, from left to right; none below the screen.
    pub fn row(&self, row: u16) -> impl Iterator<Item = Cell<'_>> {
        Cell::row(self.raw_row(row), self.guest.term.colors())
    }

    /// The text of the visible screen, one line per row, without blanks at the ends of lines and
    /// without empty lines at the end.
    pub fn text(&self) -> String {
        let rows = (0..self.size.rows.get()).map(|row| {
            let line = self.row_text(row, 0, u16::MAX);
            line.trim_end().to_owned()
        });
        let text = rows.collect::<Vec<_>>().join("\n");
        text.trim_end_matches('\n').to_owned()
    }

    /// The visible text from one spot to another, both included and in any order, for copying:
    /// lines that were only wrapped are joined, blanks at the ends of lines are left out.
    pub fn text_between(&self, from: Spot, to: Spot) -> String {
        let (from, to) = (from.min(to), from.max(to));
        let last = to.row.min(self.size.rows.get() - 1);
        let mut text = String::new();
        for row in from.row..=last {
            let first_col = if row == from.row { from.col } else { 0 };
            let last_col = if row == to.row { to.col } else { u16::MAX };
            let line = self.row_text(row, first_col, last_col);
            let wraps = self
                .raw_row(row)
                .last()
                .is_some_and(|cell| cell.flags.contains(Flags::WRAPLINE));
            if wraps && row != to.row {
                text.push_str(&line);
            } else {
                text.push_str(line.trim_end());
                if row != last {
                    text.push('\n');
                }
            }
        }
        text
    }

    /// The bytes that a key sends; none for keys that have no meaning here.
    pub fn encode_key(&self, key: &KeyEvent) -> Vec<u8> {
        keys::encode(key, self.modes())
    }

    /// The bytes that pasted text sends.
    pub fn encode_paste(&self, text: &str) -> Vec<u8> {
        paste::encode(text, self.modes())
    }

    /// The bytes that a mouse event at a cell of the screen sends, counted from 0 and moved to the
    /// edge when it lies outside. None when the program does not want the event, or shift is held:
    /// then it is ours (scrollback, selection).
    pub fn encode_mouse(&self, event: &MouseEvent, col: u16, row: u16) -> Option<Vec<u8>> {
        let at = Spot {
            row: row.min(self.size.rows.get() - 1),
            col: col.min(self.size.cols.get() - 1),
        };
        mouse::encode(event, at, self.modes())
    }

    /// Whether the program asked for the mouse.
    pub fn wants_mouse(&self) -> bool {
        self.modes().any(Modes::MOUSE)
    }

    /// The bytes that tell the program whether it has the focus; none unless it asked.
    pub fn encode_focus(&self, focused: bool) -> Option<Vec<u8>> {
        let report = if focused { b"\x1b[I" } else { b"\x1b[O" };
        self.modes().any(Modes::FOCUS).then(|| report.to_vec())
    }

    /// The emulator's cells of a visible row; empty below the screen.
    fn raw_row(&self, row: u16) -> &[RawCell] {
        if row >= self.size.rows.get() {
            return &[];
        }
        let (offset, _) = self.scrolled();
        &self.guest.term.grid()[Line(i32::from(row)) - offset][..]
    }

    fn row_text(&self, row: u16, first: u16, last: u16) -> String {
        let leading = |col: usize| {
            self.raw_row(row)
                .get(col)
                .is_some_and(|cell| cell.flags.contains(Flags::LEADING_WIDE_CHAR_SPACER))
        };
        let mut symbol = String::new();
        let mut text = String::new();
        for (col, cell) in self.row(row).enumerate().take(usize::from(last) + 1) {
            if col >= usize::from(first) && !leading(col) {
                text.push_str(cell.symbol(&mut symbol));
            }
        }
        text
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal")
            .field("size", &self.size)
            .field("cursor", &self.cursor())
            .field("scrolled", &self.scrolled())
            .field("modes", &self.modes())
            .field("title", &self.title())
            .finish_non_exhaustive()
    }
}

/// A size that the emulator bears (terminal.md §1.4: one column loops for ever).
fn safe(size: Size) -> Size {
    let bound = |side: std::num::NonZeroU16| side.get().min(SIDE_LIMIT);
    Size::clamped(bound(size.cols), bound(size.rows))
}
