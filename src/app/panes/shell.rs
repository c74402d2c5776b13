//! A shell of the shell pane: a terminal, the program behind it, and what became of that program.
//!
//! [`find`] looks for text in what it printed, [`select`] marks text to copy, [`mouse`] does either or
//! hands the mouse to the program, [`commands`] knows the prompts.

mod bell;
mod commands;
pub mod find;
mod mouse;
mod select;

use std::time::Duration;

use crossterm::event::{KeyEvent, KeyEventKind};

use self::bell::Bell;
use self::find::Find;
use self::mouse::Clicks;
use crate::app::keymap::Focus;
use crate::app::text::{clean, cut};
use crate::app::{Effect, ShellId, Timer};
use crate::domain::Size;
use crate::domain::replay::{Ending, how_it_ended};
use crate::domain::replica::edits::Edits;
use crate::domain::target::exit_words;
use crate::term::{LineNo, Terminal};

pub use self::mouse::Aim;

/// How long the size rests before the program is told: a dragged window edge sends dozens.
const RESIZE_REST: Duration = Duration::from_millis(40);

/// How long a synchronised update may hold the screen back (terminal.md §1).
const SYNC_LIMIT: Duration = Duration::from_millis(150);

/// The status of a program that SIGKILL ended, as is all of a twin with its target.
const KILLED: i64 = 137;
/// What an engine that was restarted says of a program whose end it did not see.
const UNSEEN: i64 = 255;

/// Ends what a program may have left half-said or switched on: a sequence (CAN, ST), a synchronised update, the other
/// screen, modes (soft reset), paste marks, mouse and focus reports, the keyboard protocol.
const RESET: &[u8] =
    b"\x18\x1b\\\x1b[?2026l\x1b[?1049l\x1b[!p\x1b[?2004l\x1b[?1000l\x1b[?1002l\x1b[?1003l\
\x1b[?1004l\x1b[?1006l\x1b[<99u\x1b[?25h";

/// Columns of a command in the words on its end.
const COMMAND: usize = 32;

/// What became of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It runs.
    Runs,
    /// It ended with this status.
    Ended(i64),
    /// Its stream ended and nobody knows its status.
    Lost,
    /// Another one is being opened in place of one that was lost.
    Reopens,
}

/// A shell in a twin.
#[derive(Debug)]
pub struct Shell {
    id: ShellId,
    terminal: Terminal,
    wanted: Size,
    syncing: bool,
    /// What comes was printed before: nobody waits for answers to it.
    replaying: bool,
    bell: Bell,
    /// A search in what was printed, while it is open.
    find: Option<Find>,
    /// Text is being selected by keyboard.
    selecting: bool,
    clicks: Clicks,
    /// The prompt of the last jump.
    jumped: Option<LineNo>,
    /// Text that the program wants in the clipboard, until someone decides.
    copied: Option<String>,
    /// What was asked to run in it, when it is no shell.
    command: Option<String>,
    /// What it is, when it is a replica: to be run again.
    replica: Option<Box<Edits>>,
    /// How the replica ended, and what that means.
    told: Option<(String, String)>,
    state: State,
}

impl Shell {
    /// A shell that has just started on a terminal of `size`.
    pub fn new(id: ShellId, size: Size, scrollback: usize) -> Self {
        Self {
            id,
            terminal: Terminal::new(size, scrollback),
            wanted: size,
            syncing: false,
            replaying: false,
            bell: Bell::default(),
            find: None,
            selecting: false,
            clicks: Clicks::default(),
            jumped: None,
            copied: None,
            command: None,
            replica: None,
            told: None,
            state: State::Runs,
        }
    }

    /// What runs in it is no shell but this command.
    #[must_use]
    pub fn running(mut self, command: &str) -> Self {
        self.command = Some(clean(command));
        self
    }

    /// What runs in it is a replica of the target, changed so.
    #[must_use]
    pub fn of_replica(mut self, edits: Edits) -> Self {
        self.replica = Some(Box::new(edits));
        self
    }

    /// How the replica differs from the target, when it is one.
    pub fn replica(&self) -> Option<&Edits> {
        self.replica.as_deref()
    }

    /// The replica has ended; how, and what that means.
    pub fn end_replica(&mut self, ending: &Ending, millis: u64) {
        let how = format!("the replica: {}", how_it_ended(ending, millis));
        self.told = Some((clean(&how), clean(&ending.meaning())));
        self.end(Some(ending.status()));
    }

    /// What that means, or what is possible now.
    pub fn end_meaning(&self) -> &str {
        match &self.told {
            Some((_, meaning)) => meaning,
            None => "The twin goes on.",
        }
    }

    /// What comes first is history, until the person's first key or paste: old questions of programs are not
    /// answered into the shell of today, nor do old copies reach the clipboard.
    pub fn replay(&mut self) {
        self.replaying = true;
    }

    /// Its number.
    pub fn id(&self) -> ShellId {
        self.id
    }

    /// Its terminal, for drawing.
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// The program's title, clean.
    pub fn title(&self) -> Option<String> {
        Some(clean(&self.terminal.title())).filter(|t| !t.trim().is_empty())
    }

    /// What its tab says: the command that it was opened for, the program's title, else its number in words.
    pub fn label(&self) -> String {
        let command = self.command.clone();
        command
            .or_else(|| self.title())
            .unwrap_or_else(|| format!("shell {}", self.id.0))
    }

    /// It came into sight.
    pub fn seen(&mut self) {
        self.bell.unheard = false;
    }

    /// Whether its bell rang and nobody has looked since.
    pub fn rang(&self) -> bool {
        self.bell.unheard
    }

    /// Whether the keys are for looking around in what was printed.
    pub fn is_reading(&self) -> bool {
        self.find.is_some() || self.selecting
    }

    /// Where keys go while this shell has them.
    pub fn focus(&self) -> Focus {
        if self.find.is_some() {
            Focus::Find
        } else if self.selecting {
            Focus::Select
        } else if self.has_ended() {
            Focus::Closed
        } else {
            Focus::Shell
        }
    }

    /// Whether the program has ended.
    pub fn has_ended(&self) -> bool {
        match self.state {
            State::Runs | State::Reopens => false,
            State::Ended(_) | State::Lost => true,
        }
    }

    /// Whether its stream ended and nobody knows how its program stands.
    pub fn is_lost(&self) -> bool {
        self.state == State::Lost
    }

    /// Whether it was killed, or nobody knows how it ended: not by what was typed into it.
    pub fn was_killed(&self) -> bool {
        match self.state {
            State::Ended(status) => matches!(status, KILLED | UNSEEN),
            State::Lost => true,
            State::Runs | State::Reopens => false,
        }
    }

    /// The program is there again, on a terminal of `size`: what the last one had set is undone, its screen and
    /// history stay, and a line says `text`.
    pub fn revive(&mut self, size: Size, text: &str) {
        self.state = State::Runs;
        self.wanted = size;
        self.terminal.resize(size);
        // Nobody waits for answers.
        self.terminal.feed(RESET);
        self.terminal
            .feed(format!("\r\n\u{1b}[2m── {} ──\u{1b}[0m\r\n", clean(text)).as_bytes());
    }

    /// A new shell is being opened in its place, when it is one whose connection was lost; false otherwise.
    pub fn reopen(&mut self) -> bool {
        let is_shell = self.command.is_none() && self.replica.is_none();
        if !self.is_lost() || !is_shell {
            return false;
        }
        self.state = State::Reopens;
        true
    }

    /// It is there, or not. One that was to be opened in place of a lost one says `text`, or is lost as before: true.
    pub fn opened(&mut self, there: bool, text: &str) -> bool {
        let again = self.state == State::Reopens;
        if again && there {
            self.revive(self.wanted, text);
        } else if again {
            self.end(None);
        }
        again
    }

    /// How it ended, in words.
    pub fn end_words(&self) -> Option<String> {
        let command = self.command.as_deref().map(|command| cut(command, COMMAND));
        let what = command.unwrap_or_else(|| "the shell".into());
        if let Some(told) = self.told.as_ref().filter(|_| self.has_ended()) {
            return Some(told.0.clone());
        }
        match self.state {
            State::Runs | State::Reopens => None,
            State::Ended(0) => Some(format!("{what} ended in good order (status 0)")),
            State::Ended(code @ 1..=124) => Some(format!("{what} ended with status {code}")),
            State::Ended(code) => Some(format!("{what}: {}", exit_words(code, false))),
            State::Lost => Some(format!("the connection to {what} ended")),
        }
    }

    fn write(&self, bytes: Vec<u8>) -> Vec<Effect> {
        if bytes.is_empty() || self.has_ended() {
            return Vec::new();
        }
        vec![Effect::ShellWrite(self.id, bytes)]
    }

    /// A key for the program; true when the screen changed because it was scrolled back or showed a
    /// selection.
    pub fn key(&mut self, key: &KeyEvent) -> (Vec<Effect>, bool) {
        let bytes = self.terminal.encode_key(key);
        if bytes.is_empty() || key.kind == KeyEventKind::Release {
            return (self.write(bytes), false);
        }
        self.replaying = false;
        let changed = self.back_to_work();
        if bytes == b"\r" {
            self.terminal.entered();
        }
        (self.write(bytes), changed)
    }

    /// Ends looking around, since the person goes on typing; true when that changed the screen.
    fn back_to_work(&mut self) -> bool {
        let selected = self.terminal.select_none();
        self.to_bottom() || selected
    }

    /// Pasted text for the program.
    pub fn paste(&mut self, text: &str) -> (Vec<Effect>, bool) {
        self.replaying = false;
        let changed = self.back_to_work();
        (self.write(self.terminal.encode_paste(text)), changed)
    }

    /// The outer terminal got or lost the focus.
    pub fn tell_focus(&self, gained: bool) -> Vec<Effect> {
        self.write(self.terminal.encode_focus(gained).unwrap_or_default())
    }

    /// The program printed something, so long after devtwin began; true when the screen may show it now.
    pub fn output(&mut self, bytes: &[u8], at: Duration) -> (Vec<Effect>, bool) {
        self.terminal.set_clock(at);
        let replies = self.terminal.feed(bytes);
        let copied = self.terminal.take_clipboard();
        let rang = self.terminal.take_bell();
        let mut effects = Vec::new();
        if !self.replaying {
            effects = self.write(replies);
            self.copied = copied.or(self.copied.take());
            if rang {
                effects.extend(self.ring());
            }
        }
        let sync = self.terminal.sync_pending();
        if sync && !self.syncing {
            effects.push(Effect::After(Timer::Sync(self.id), SYNC_LIMIT));
        }
        self.syncing = sync;
        (effects, !sync)
    }

    /// Text that the program asked to put into the clipboard, once.
    pub fn take_copied(&mut self) -> Option<String> {
        self.copied.take()
    }

    fn ring(&mut self) -> Option<Effect> {
        let pause = self.bell.ring()?;
        Some(Effect::After(Timer::Flash(self.id), pause))
    }

    /// A bell has been shown, or has rested; true when that changes the screen.
    pub fn flash_elapsed(&mut self) -> (Vec<Effect>, bool) {
        let Some(pause) = self.bell.elapsed() else {
            return (Vec::new(), false);
        };
        (vec![Effect::After(Timer::Flash(self.id), pause)], true)
    }

    /// Whether a bell is to be shown now.
    pub fn flashes(&self) -> bool {
        self.bell.is_lit()
    }

    /// A synchronised update has had its time; true when it was still open.
    pub fn sync_elapsed(&mut self) -> (Vec<Effect>, bool) {
        if !std::mem::take(&mut self.syncing) {
            return (Vec::new(), false);
        }
        let replies = self.terminal.end_sync();
        (self.write(replies), true)
    }

    /// The pane has this size now; the program is told when it has rested.
    pub fn fit(&mut self, size: Size) -> Vec<Effect> {
        if self.wanted == size {
            return Vec::new();
        }
        self.wanted = size;
        vec![Effect::After(Timer::Resize(self.id), RESIZE_REST)]
    }

    /// The size has rested; true when it differs from the program's.
    pub fn resize_elapsed(&mut self) -> (Vec<Effect>, bool) {
        if self.terminal.size() == self.wanted {
            return (Vec::new(), false);
        }
        self.terminal.resize(self.wanted);
        if self.has_ended() {
            return (Vec::new(), true);
        }
        (vec![Effect::ShellResize(self.id, self.wanted)], true)
    }

    /// The program has ended, with its status when known.
    pub fn end(&mut self, status: Option<i64>) {
        if self.terminal.sync_pending() {
            self.terminal.end_sync();
        }
        self.syncing = false;
        self.state = status.map_or(State::Lost, State::Ended);
    }

    /// Scrolls by pages, back when positive.
    pub fn scroll_pages(&mut self, pages: i32) {
        let page = i32::from(self.terminal.size().rows.get()) - 1;
        self.terminal.scroll(pages.saturating_mul(page.max(1)));
    }

    /// Scrolls to the oldest line.
    pub fn scroll_top(&mut self) {
        self.terminal.scroll_to_top();
    }

    /// Scrolls to the newest line; false when it was there.
    pub fn to_bottom(&mut self) -> bool {
        let back = self.terminal.scrolled().0 > 0;
        self.terminal.scroll_to_bottom();
        back
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_answered_from_the_first_key_or_paste_on() {
        let question = b"\x1b[c";
        for pasted in [false, true] {
            let mut shell = Shell::new(ShellId(1), Size::clamped(80, 24), 10);
            shell.replay();
            assert_eq!(shell.output(question, Duration::ZERO).0, []);
            if pasted {
                shell.paste("vim\n");
            } else {
                shell.key(&KeyEvent::from(crossterm::event::KeyCode::Enter));
            }
            assert_eq!(shell.output(question, Duration::ZERO).0.len(), 1);
        }
    }
}
