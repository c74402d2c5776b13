//! What stands between the parser and the emulator: bounds on what a hostile program can make us
//! keep or do, the modes that the emulator lacks, and the answers that the program is owed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem;
use std::rc::Rc;

use alacritty_terminal::event::{Event, EventListener};
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::Column;
use alacritty_terminal::term::cell::Flags;
use alacritty_terminal::term::{Config, Osc52, Term, TermMode};
use alacritty_terminal::vte::ansi::{
    Attr, CharsetIndex, ClearMode, CursorShape, CursorStyle, Handler, Hyperlink, KeyboardModes,
    KeyboardModesApplyBehavior, LineClearMode, Mode, ModifyOtherKeys, NamedPrivateMode,
    PrivateMode, Rgb, StandardCharset, TabulationClearMode,
};
use unicode_width::UnicodeWidthChar as _;

use super::guard::Tap;
use super::lines::{Lines, Place, end_of_line, is_alternate, typed};
use super::links::Links;
use super::marks::Marks;
use super::standard::Margins;
use super::taps::TAP_MODE;
use super::{Modes, colour};
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

    pub(super) fn reply(&self, text: &str) {
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
    pub(super) run: (char, usize),
    /// Depth of the keyboard stacks of the main and the alternate screen.
    keyboard: [u16; 2],
}

/// The emulator as the parser sees it, with all that a program can change.
pub(super) struct Guest {
    pub(super) term: Term<Outbox>,
    pub(super) outbox: Outbox,
    pub(super) limits: Limits,
    pub(super) lines: Lines,
    pub(super) marks: Marks,
    pub(super) links: Links,
    /// The rows that scroll, when they are not all.
    pub(super) margins: Option<Margins>,
    /// Input modes that the emulator does not know.
    pub(super) modes: Modes,
    /// What waits for [`super::taps::TURN`].
    pub(super) taps: VecDeque<Tap>,
}

impl Guest {
    /// An empty terminal of a safe size that keeps at most `scrollback` lines of history.
    pub(super) fn new(grid: &impl Dimensions, scrollback: usize) -> Self {
        let lines = Lines::new(scrollback, grid.screen_lines());
        let config = Config {
            scrolling_history: lines.room_total(),
            kitty_keyboard: true,
            osc52: Osc52::OnlyCopy,
            ..Config::default()
        };
        let outbox = Outbox::default();
        Self {
            term: Term::new(config, grid, outbox.clone()),
            outbox,
            limits: Limits::default(),
            lines,
            marks: Marks::default(),
            links: Links::default(),
            margins: None,
            modes: Modes::NONE,
            taps: VecDeque::new(),
        }
    }

    /// All input modes.
    pub(super) fn modes(&self) -> Modes {
        Modes::from(*self.term.mode()) | self.modes
    }

    /// Where the cursor stands.
    pub(super) fn cursor(&self) -> Place {
        let point = self.term.grid().cursor.point;
        Place {
            line: self.lines.number(&self.term, point.line),
            col: u16::try_from(point.column.0).unwrap_or(u16::MAX),
        }
    }

    /// Before anything that may scroll up to `more` lines into the history.
    #[inline]
    fn room(&mut self, more: usize) {
        self.lines.room(&mut self.term, more);
    }

    fn rows(&self) -> usize {
        self.term.screen_lines()
    }

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

    /// Whether a character is to be written, for which there is room then.
    #[inline(never)]
    fn takes(&mut self, c: char) -> bool {
        self.room(1);
        let mark = c > '\u{a0}' && c.width() == Some(0);
        !(mark && (is_unwanted_mark(c) || self.marks_full()))
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

/// Whether a mode is the alternate screen.
fn is_swap(mode: PrivateMode) -> bool {
    mode == NamedPrivateMode::SwapScreenAndSetRestoreCursor.into()
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

/// Sequences that [`super::standard`] carries out.
macro_rules! own {
    ($(fn $name:ident($($arg:ident: $kind:ty),*) => $ours:ident;)*) => {
        $(fn $name(&mut self, $($arg: $kind),*) {
            self.$ours($($arg),*);
        })*
    };
}

macro_rules! pass_on {
    ($(fn $name:ident($($arg:ident: $kind:ty),*);)*) => {
        $(#[inline]
        fn $name(&mut self, $($arg: $kind),*) {
            Handler::$name(&mut self.term, $($arg),*);
        })*
    };
}

impl Handler for Guest {
    #[inline]
    fn input(&mut self, c: char) {
        if self.spent(c) {
            return;
        }
        // What is rare stands elsewhere, so that this is small enough to be inlined (8 % of all time).
        // Only a full row scrolls, or a wide character that does not fit.
        let rare = c > '\u{a0}' || self.term.grid().cursor.input_needs_wrap;
        if rare && !self.takes(c) {
            return;
        }
        Handler::input(&mut self.term, c);
    }

    #[inline]
    fn linefeed(&mut self) {
        self.room(1);
        if self.marks.awaits_line() && !is_alternate(&self.term) {
            let end = end_of_line(&self.lines, &self.term, self.cursor().line);
            let typed = |from, to| typed(&self.lines, &self.term, from, to);
            self.marks.line_entered(end, typed);
        }
        Handler::linefeed(&mut self.term);
    }

    fn newline(&mut self) {
        self.room(1);
        Handler::newline(&mut self.term);
    }

    fn put_tab(&mut self, count: u16) {
        self.room(1);
        Handler::put_tab(&mut self.term, count);
    }

    fn scroll_up(&mut self, rows: usize) {
        self.room(self.rows());
        Handler::scroll_up(&mut self.term, rows);
    }

    fn delete_lines(&mut self, count: usize) {
        self.room(self.rows());
        Handler::delete_lines(&mut self.term, count);
    }

    fn clear_screen(&mut self, mode: ClearMode) {
        match mode {
            ClearMode::All => {
                self.room(self.rows());
                Handler::clear_screen(&mut self.term, mode);
            }
            ClearMode::Saved => self
                .lines
                .losing_history(&mut self.term, |term| Handler::clear_screen(term, mode)),
            ClearMode::Below => {
                if !is_alternate(&self.term) {
                    self.marks.erased(self.cursor());
                }
                Handler::clear_screen(&mut self.term, mode);
            }
            ClearMode::Above => self.erase_above(),
        }
    }

    fn set_title(&mut self, title: Option<String>) {
        Handler::set_title(&mut self.term, title.map(|title| clean_title(&title)));
    }

    // Without tab stops the emulator looks for each of them anew: no more are asked for than fit.
    fn move_backward_tabs(&mut self, count: u16) {
        let count = count.min(self.columns());
        Handler::move_backward_tabs(&mut self.term, count);
    }

    fn move_forward_tabs(&mut self, count: u16) {
        let count = count.min(self.columns());
        Handler::move_forward_tabs(&mut self.term, count);
    }

    fn set_private_mode(&mut self, mode: PrivateMode) {
        match known_mode(mode) {
            PrivateMode::Unknown(1048) => Handler::save_cursor_position(&mut self.term),
            PrivateMode::Unknown(9) => self.modes = self.modes | Modes::MOUSE_X10,
            PrivateMode::Unknown(TAP_MODE) => self.tap_turn(),
            mode if is_swap(mode) && !is_alternate(&self.term) => {
                self.lines.park(&mut self.term);
                Handler::set_private_mode(&mut self.term, mode);
            }
            mode => Handler::set_private_mode(&mut self.term, mode),
        }
        self.origin_changed(mode);
    }

    fn unset_private_mode(&mut self, mode: PrivateMode) {
        match known_mode(mode) {
            PrivateMode::Unknown(1048) => Handler::restore_cursor_position(&mut self.term),
            PrivateMode::Unknown(9) => self.modes = self.modes.without(Modes::MOUSE_X10),
            mode => Handler::unset_private_mode(&mut self.term, mode),
        }
        self.origin_changed(mode);
    }

    fn report_private_mode(&mut self, mode: PrivateMode) {
        let set = match mode {
            PrivateMode::Unknown(47 | 1047) => is_alternate(&self.term),
            PrivateMode::Unknown(9) => self.modes.any(Modes::MOUSE_X10),
            mode => return Handler::report_private_mode(&mut self.term, mode),
        };
        let state = if set { 1 } else { 2 };
        self.outbox
            .reply(&format!("\x1b[?{};{state}$y", mode.raw()));
    }

    fn set_modify_other_keys(&mut self, mode: ModifyOtherKeys) {
        self.modes = self.modes.without(Modes::OTHER_KEYS);
        self.modes = match mode {
            ModifyOtherKeys::Reset => self.modes,
            ModifyOtherKeys::EnableExceptWellDefined => self.modes | Modes::OTHER_KEYS_1,
            ModifyOtherKeys::EnableAll => self.modes | Modes::OTHER_KEYS_2,
        };
    }

    fn report_modify_other_keys(&mut self) {
        let level = if self.modes.any(Modes::OTHER_KEYS_2) {
            2
        } else {
            u8::from(self.modes.any(Modes::OTHER_KEYS_1))
        };
        self.outbox.reply(&format!("\x1b[>4;{level}m"));
    }

    fn reset_state(&mut self) {
        self.limits.keyboard = [0; 2];
        self.modes = Modes::NONE;
        self.margins = None;
        self.marks.forget_all();
        self.lines.restart(&self.term);
        self.outbox.with(|pending| pending.title.clear());
        Handler::reset_state(&mut self.term);
    }

    fn push_keyboard_mode(&mut self, mode: KeyboardModes) {
        let depth = self.keyboard_depth();
        if *depth < KEYBOARD_LIMIT {
            *depth += 1;
        } else {
            Handler::pop_keyboard_modes(&mut self.term, 1);
        }
        Handler::push_keyboard_mode(&mut self.term, mode);
    }

    fn pop_keyboard_modes(&mut self, to_pop: u16) {
        let depth = self.keyboard_depth();
        *depth = depth.saturating_sub(to_pop);
        Handler::pop_keyboard_modes(&mut self.term, to_pop);
    }

    fn dynamic_color_sequence(&mut self, prefix: String, index: usize, terminator: &str) {
        let Rgb { r, g, b } = colour::answer(self.term.colors(), index);
        self.outbox.reply(&format!(
            "\x1b]{prefix};rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}{terminator}"
        ));
    }

    fn clipboard_store(&mut self, clipboard: u8, base64: &[u8]) {
        if base64.len() <= super::CLIPBOARD_LIMIT {
            Handler::clipboard_store(&mut self.term, clipboard, base64);
        }
    }

    own! {
        fn move_up(rows: usize) => up;
        fn move_down(rows: usize) => down;
        fn move_up_and_cr(rows: usize) => up_to_start;
        fn move_down_and_cr(rows: usize) => down_to_start;
        fn set_scrolling_region(top: usize, bottom: Option<usize>) => margins;
        fn device_status(kind: usize) => status;
        fn delete_chars(count: usize) => delete;
        fn decaln() => align;
        fn terminal_attribute(attribute: Attr) => attribute;
        fn report_keyboard_mode() => keyboard;
        fn text_area_size_pixels() => pixels;
        fn identify_terminal(intermediate: Option<char>) => identify;
    }

    // A long address in every cell of the history is much memory: the cells hold a short key.
    fn set_hyperlink(&mut self, link: Option<Hyperlink>) {
        let key = link.and_then(|link| self.links.key(link.id.as_deref(), &link.uri));
        let link = key.map(|id| Hyperlink {
            id: Some(id),
            uri: String::new(),
        });
        Handler::set_hyperlink(&mut self.term, link);
    }

    pass_on! {
        fn set_cursor_style(style: Option<CursorStyle>);
        fn set_cursor_shape(shape: CursorShape);
        fn goto(line: i32, column: usize);
        fn goto_line(line: i32);
        fn goto_col(column: usize);
        fn insert_blank(count: usize);
        fn move_forward(columns: usize);
        fn move_backward(columns: usize);
        fn backspace();
        fn carriage_return();
        fn bell();
        fn substitute();
        fn set_horizontal_tabstop();
        fn scroll_down(rows: usize);
        fn insert_blank_lines(count: usize);
        fn erase_chars(count: usize);
        fn save_cursor_position();
        fn restore_cursor_position();
        fn clear_line(mode: LineClearMode);
        fn clear_tabs(mode: TabulationClearMode);
        fn set_tabs(interval: u16);
        fn reverse_index();
        fn set_mode(mode: Mode);
        fn unset_mode(mode: Mode);
        fn report_mode(mode: Mode);
        fn set_keypad_application_mode();
        fn unset_keypad_application_mode();
        fn set_active_charset(index: CharsetIndex);
        fn configure_charset(index: CharsetIndex, charset: StandardCharset);
        fn set_color(index: usize, colour: Rgb);
        fn reset_color(index: usize);
        fn clipboard_load(clipboard: u8, terminator: &str);
        fn push_title();
        fn pop_title();
        fn text_area_size_chars();
        fn set_keyboard_mode(mode: KeyboardModes, how: KeyboardModesApplyBehavior);
    }
}
