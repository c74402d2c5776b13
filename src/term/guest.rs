//! What stands between the parser and the emulator: bounds on what a hostile program can make us
//! keep or do, the modes that the emulator lacks, and the answers that the program is owed.

use std::cell::RefCell;
use std::mem;
use std::rc::Rc;

use alacritty_terminal::event::{Event, EventListener};
use alacritty_terminal::grid::Dimensions as _;
use alacritty_terminal::index::Column;
use alacritty_terminal::term::cell::Flags;
use alacritty_terminal::term::{Term, TermMode};
use alacritty_terminal::vte::ansi::{
    Attr, CharsetIndex, ClearMode, CursorShape, CursorStyle, Handler, Hyperlink, KeyboardModes,
    KeyboardModesApplyBehavior, LineClearMode, Mode, NamedPrivateMode, PrivateMode, Rgb,
    StandardCharset, TabulationClearMode,
};
use unicode_width::UnicodeWidthChar as _;

use super::colour;
use crate::domain::text::is_harmful;

/// Bytes of answers per call of `feed`; a program that asks for more does not read them anyway.
const REPLY_LIMIT: usize = 64 * 1024;
/// Characters of a window title.
const TITLE_LIMIT: usize = 256;
/// Marks (combining characters and the like) in one cell.
const MARK_LIMIT: usize = 8;
/// Keyboard modes on a stack. The emulator bounds it at 4096, but panics there: it removes from
/// the stack of titles instead.
const KEYBOARD_LIMIT: u16 = 256;
/// Nominal size of a cell in pixels, for programs that ask; only the ratio matters.
const CELL_PIXELS: (usize, usize) = (8, 16);

/// What happened while bytes were parsed and is for others to fetch.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) replies: Vec<u8>,
    pub(super) bell: bool,
    pub(super) title: String,
    pub(super) clipboard: Option<String>,
}

/// The emulator's way to talk back. Shared, because the emulator owns its listener.
#[derive(Debug, Clone, Default)]
pub(super) struct Outbox(Rc<RefCell<Pending>>);

impl Outbox {
    /// Reads or changes what is pending.
    pub(super) fn with<T>(&self, f: impl FnOnce(&mut Pending) -> T) -> T {
        f(&mut self.0.borrow_mut())
    }

    /// The answers so far, once.
    pub(super) fn take_replies(&self) -> Vec<u8> {
        self.with(|pending| mem::take(&mut pending.replies))
    }

    fn reply(&self, text: &str) {
        self.with(|pending| {
            if pending.replies.len() + text.len() <= REPLY_LIMIT {
                pending.replies.extend_from_slice(text.as_bytes());
            }
        });
    }
}

impl EventListener for Outbox {
    fn send_event(&self, event: Event) {
        match event {
            Event::PtyWrite(text) => self.reply(&text),
            Event::Title(title) => self.with(|pending| pending.title = title),
            Event::ResetTitle => self.with(|pending| pending.title.clear()),
            Event::Bell => self.with(|pending| pending.bell = true),
            Event::ClipboardStore(_, text) => {
                self.with(|pending| pending.clipboard = Some(text));
            }
            // Colours and sizes are answered by `Guest`; the clipboard is never given away; the
            // rest is about windows and processes of the emulator's own program.
            _ => {}
        }
    }
}

/// What a program may still do, kept from one chunk to the next.
#[derive(Debug, Default)]
pub(super) struct Limits {
    /// Characters that may still be written by repetition before more bytes arrive.
    pub(super) fuel: usize,
    /// The last character written, and how often in a row before.
    run: (char, usize),
    /// Depth of the keyboard stacks of the main and the alternate screen.
    keyboard: [u16; 2],
}

/// The emulator as the parser sees it for one chunk.
pub(super) struct Guest<'a> {
    pub(super) term: &'a mut Term<Outbox>,
    pub(super) outbox: &'a Outbox,
    pub(super) limits: &'a mut Limits,
}

impl Guest<'_> {
    /// Whether the cell that a mark would join is full; finds it as `Term::input` does.
    fn marks_full(&self) -> bool {
        let grid = self.term.grid();
        let cursor = &grid.cursor;
        let row = &grid[cursor.point.line];
        let mut column = cursor.point.column.0;
        if !cursor.input_needs_wrap {
            column = column.saturating_sub(1);
        }
        if row[Column(column)].flags.contains(Flags::WIDE_CHAR_SPACER) {
            column = column.saturating_sub(1);
        }
        row[Column(column)]
            .zerowidth()
            .is_some_and(|marks| marks.len() >= MARK_LIMIT)
    }

    /// Whether `c` is one repetition too many. One sequence can ask for 65,535: a line of them is
    /// free, more are charged to the bytes that came, of which plain text has enough.
    fn spent(&mut self, c: char) -> bool {
        let (last, count) = self.limits.run;
        let count = if c == last { count + 1 } else { 0 };
        self.limits.run = (c, count);
        let spent = self.limits.fuel == 0 && count > self.term.columns();
        self.limits.fuel = self.limits.fuel.saturating_sub(1);
        spent
    }

    fn keyboard_depth(&mut self) -> &mut u16 {
        let alternate = self.term.mode().contains(TermMode::ALT_SCREEN);
        &mut self.limits.keyboard[usize::from(alternate)]
    }

    fn columns(&self) -> u16 {
        u16::try_from(self.term.columns()).unwrap_or(u16::MAX)
    }
}

/// Modes 47 and 1047 are older names of what the emulator knows as 1049.
fn known_mode(mode: PrivateMode) -> PrivateMode {
    match mode {
        PrivateMode::Unknown(47 | 1047) => NamedPrivateMode::SwapScreenAndSetRestoreCursor.into(),
        other => other,
    }
}

/// Marks that reorder or hide text instead of adding to a character: none reaches the screen.
fn is_unwanted_mark(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

/// A title without harmful characters, at most [`TITLE_LIMIT`] characters.
fn clean_title(title: &str) -> String {
    title
        .chars()
        .filter(|c| !is_harmful(*c))
        .take(TITLE_LIMIT)
        .collect()
}

macro_rules! pass_on {
    ($(fn $name:ident($($arg:ident: $kind:ty),*);)*) => {
        $(#[inline]
        fn $name(&mut self, $($arg: $kind),*) {
            Handler::$name(self.term, $($arg),*);
        })*
    };
}

impl Handler for Guest<'_> {
    #[inline]
    fn input(&mut self, c: char) {
        if self.spent(c) {
            return;
        }
        if c > '\u{a0}' && c.width() == Some(0) && (is_unwanted_mark(c) || self.marks_full()) {
            return;
        }
        Handler::input(self.term, c);
    }

    fn set_title(&mut self, title: Option<String>) {
        Handler::set_title(self.term, title.map(|title| clean_title(&title)));
    }

    // Without tab stops the emulator looks for each of them anew: no more are asked for than fit.
    fn move_backward_tabs(&mut self, count: u16) {
        Handler::move_backward_tabs(self.term, count.min(self.columns()));
    }

    fn move_forward_tabs(&mut self, count: u16) {
        Handler::move_forward_tabs(self.term, count.min(self.columns()));
    }

    fn set_private_mode(&mut self, mode: PrivateMode) {
        match known_mode(mode) {
            PrivateMode::Unknown(1048) => Handler::save_cursor_position(self.term),
            mode => Handler::set_private_mode(self.term, mode),
        }
    }

    fn unset_private_mode(&mut self, mode: PrivateMode) {
        match known_mode(mode) {
            PrivateMode::Unknown(1048) => Handler::restore_cursor_position(self.term),
            mode => Handler::unset_private_mode(self.term, mode),
        }
    }

    fn report_private_mode(&mut self, mode: PrivateMode) {
        if known_mode(mode) == mode {
            Handler::report_private_mode(self.term, mode);
        } else {
            let set = self.term.mode().contains(TermMode::ALT_SCREEN);
            let state = if set { 1 } else { 2 };
            self.outbox
                .reply(&format!("\x1b[?{};{state}$y", mode.raw()));
        }
    }

    fn reset_state(&mut self) {
        self.limits.keyboard = [0; 2];
        self.outbox.with(|pending| pending.title.clear());
        Handler::reset_state(self.term);
    }

    fn push_keyboard_mode(&mut self, mode: KeyboardModes) {
        let depth = self.keyboard_depth();
        if *depth < KEYBOARD_LIMIT {
            *depth += 1;
        } else {
            Handler::pop_keyboard_modes(self.term, 1);
        }
        Handler::push_keyboard_mode(self.term, mode);
    }

    fn pop_keyboard_modes(&mut self, to_pop: u16) {
        let depth = self.keyboard_depth();
        *depth = depth.saturating_sub(to_pop);
        Handler::pop_keyboard_modes(self.term, to_pop);
    }

    fn dynamic_color_sequence(&mut self, prefix: String, index: usize, terminator: &str) {
        let Rgb { r, g, b } = colour::answer(self.term.colors(), index);
        self.outbox.reply(&format!(
            "\x1b]{prefix};rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}{terminator}"
        ));
    }

    fn clipboard_store(&mut self, clipboard: u8, base64: &[u8]) {
        if base64.len() <= super::CLIPBOARD_LIMIT {
            Handler::clipboard_store(self.term, clipboard, base64);
        }
    }

    fn text_area_size_pixels(&mut self) {
        let width = self.term.columns() * CELL_PIXELS.0;
        let height = self.term.screen_lines() * CELL_PIXELS.1;
        self.outbox.reply(&format!("\x1b[4;{height};{width}t"));
    }

    // Links are not drawn, and a long address in every cell of the history is much memory.
    fn set_hyperlink(&mut self, _: Option<Hyperlink>) {}

    pass_on! {
        fn set_cursor_style(style: Option<CursorStyle>);
        fn set_cursor_shape(shape: CursorShape);
        fn goto(line: i32, column: usize);
        fn goto_line(line: i32);
        fn goto_col(column: usize);
        fn insert_blank(count: usize);
        fn move_up(rows: usize);
        fn move_down(rows: usize);
        fn identify_terminal(intermediate: Option<char>);
        fn device_status(kind: usize);
        fn move_forward(columns: usize);
        fn move_backward(columns: usize);
        fn move_down_and_cr(rows: usize);
        fn move_up_and_cr(rows: usize);
        fn put_tab(count: u16);
        fn backspace();
        fn carriage_return();
        fn linefeed();
        fn bell();
        fn substitute();
        fn newline();
        fn set_horizontal_tabstop();
        fn scroll_up(rows: usize);
        fn scroll_down(rows: usize);
        fn insert_blank_lines(count: usize);
        fn delete_lines(count: usize);
        fn erase_chars(count: usize);
        fn delete_chars(count: usize);
        fn save_cursor_position();
        fn restore_cursor_position();
        fn clear_line(mode: LineClearMode);
        fn clear_screen(mode: ClearMode);
        fn clear_tabs(mode: TabulationClearMode);
        fn set_tabs(interval: u16);
        fn reverse_index();
        fn terminal_attribute(attr: Attr);
        fn set_mode(mode: Mode);
        fn unset_mode(mode: Mode);
        fn report_mode(mode: Mode);
        fn set_scrolling_region(top: usize, bottom: Option<usize>);
        fn set_keypad_application_mode();
        fn unset_keypad_application_mode();
        fn set_active_charset(index: CharsetIndex);
        fn configure_charset(index: CharsetIndex, charset: StandardCharset);
        fn set_color(index: usize, colour: Rgb);
        fn reset_color(index: usize);
        fn clipboard_load(clipboard: u8, terminator: &str);
        fn decaln();
        fn push_title();
        fn pop_title();
        fn text_area_size_chars();
        fn report_keyboard_mode();
        fn set_keyboard_mode(mode: KeyboardModes, how: KeyboardModesApplyBehavior);
    }
}
