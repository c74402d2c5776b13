//! What the parser does not know: marks of shells, the soft reset, and some questions.
//!
//! [`super::guard`] finds them before the parser. So that they take effect at their place, also
//! inside a synchronised update which the parser holds back, each waits in a queue and the parser is
//! given [`TURN`] instead.

use alacritty_terminal::vte::ansi::{
    Attr, CharsetIndex, CursorShape, Handler, NamedMode, NamedPrivateMode, StandardCharset,
};

use super::Modes;
use super::guard::Tap;
use super::guest::Guest;
use super::lines::{end_of_line, is_alternate, typed};

/// Taps that wait for their turn; only a synchronised update makes more than one wait.
const LIMIT: usize = 64;
/// A mode that does not exist. Setting it is how the parser tells that it has come to the place of a
/// tap; a program that sets it brings forward what itself has sent, which harms nobody.
pub(super) const TAP_MODE: u16 = 64_777;
/// What the parser is given for a tap.
pub(super) const TURN: &[u8] = b"\x1b[?64777h";
impl Guest {
    /// Takes what the parser does not know and [`super::guard`] found; whether it is to be given its
    /// turn.
    pub(super) fn queue(&mut self, tap: Tap) -> bool {
        let fits = self.taps.len() < LIMIT;
        if fits {
            self.taps.push_back(tap);
        }
        fits
    }

    /// The parser has come to the place of the next tap.
    pub(super) fn tap_turn(&mut self) {
        if let Some(tap) = self.taps.pop_front() {
            self.tap(&tap);
        }
    }

    fn tap(&mut self, tap: &Tap) {
        match tap {
            Tap::Shell(body) => self.shell_mark(body),
            Tap::SoftReset => self.soft_reset(),
            Tap::Version => {
                let version = env!("CARGO_PKG_VERSION");
                self.outbox
                    .reply(&format!("\x1bP>|devtwin({version})\x1b\\"));
            }
            Tap::Setting(name) => self.report_setting(name),
            Tap::Capability => self.outbox.reply("\x1bP0+r\x1b\\"),
        }
    }

    /// OSC 133 and OSC 7. On the alternate screen there is no shell whose marks could be meant.
    fn shell_mark(&mut self, body: &[u8]) {
        let Ok(body) = str::from_utf8(body) else {
            return;
        };
        if let Some(address) = body.strip_prefix("7;") {
            self.marks.directory(address);
        } else if let Some(mark) = body.strip_prefix("133;")
            && !is_alternate(&self.term)
        {
            // Whatever came in one piece with it: a mark meets only commands whose lines are kept.
            self.lines.trim(&mut self.term);
            let (first, last) = self.lines.main(&self.term);
            self.marks.keep(first, last);
            let at = self.cursor();
            let typed = |from, to| typed(&self.lines, &self.term, from, to);
            self.marks.mark(mark, at, typed);
        }
    }

    /// Enter was sent to the program.
    pub(super) fn entered(&mut self) {
        if !is_alternate(&self.term) {
            let end = end_of_line(&self.lines, &self.term, self.cursor().line);
            let typed = |from, to| typed(&self.lines, &self.term, from, to);
            self.marks.entered(end, typed);
        }
    }

    /// DECSTR: what xterm resets and the emulator lets us reset; no text is touched.
    fn soft_reset(&mut self) {
        self.modes = Modes::NONE;
        for mode in [NamedPrivateMode::CursorKeys, NamedPrivateMode::Origin] {
            Handler::unset_private_mode(&mut self.term, mode.into());
        }
        for mode in [NamedPrivateMode::ShowCursor, NamedPrivateMode::LineWrap] {
            Handler::set_private_mode(&mut self.term, mode.into());
        }
        Handler::unset_mode(&mut self.term, NamedMode::Insert.into());
        Handler::unset_keypad_application_mode(&mut self.term);
        let cursor = self.term.grid().cursor.point;
        self.margins(1, None);
        self.term.grid_mut().cursor.point = cursor;
        Handler::terminal_attribute(&mut self.term, Attr::Reset);
        for index in [
            CharsetIndex::G0,
            CharsetIndex::G1,
            CharsetIndex::G2,
            CharsetIndex::G3,
        ] {
            Handler::configure_charset(&mut self.term, index, StandardCharset::Ascii);
        }
        Handler::set_active_charset(&mut self.term, CharsetIndex::G0);
        Handler::set_cursor_style(&mut self.term, None);
    }

    /// DECRQSS. Only the cursor's style can be told; for the rest the emulator has no way to ask.
    fn report_setting(&mut self, name: &[u8]) {
        if name == b" q" {
            let style = self.term.cursor_style();
            let shape = match style.shape {
                CursorShape::Underline => 4,
                CursorShape::Beam => 6,
                _ => 2,
            };
            let number = shape - u8::from(style.blinking);
            self.outbox.reply(&format!("\x1bP1$r{number} q\x1b\\"));
        } else {
            self.outbox.reply("\x1bP0$r\x1b\\");
        }
    }
}
