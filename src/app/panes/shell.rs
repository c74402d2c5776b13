//! The shell pane: a terminal, the program behind it, and what became of that program.

use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent, MouseEventKind};

use crate::app::text::clean;
use crate::app::{Effect, ShellId, Timer};
use crate::domain::Size;
use crate::domain::target::exit_words;
use crate::term::Terminal;

/// How long the size rests before the program is told: a dragged window edge sends dozens.
const RESIZE_REST: Duration = Duration::from_millis(40);

/// How long a synchronised update may hold the screen back (terminal.md §1).
const SYNC_LIMIT: Duration = Duration::from_millis(150);

/// Lines of a notch of the wheel.
const WHEEL: i32 = 3;

/// What became of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It runs.
    Runs,
    /// It ended with this status.
    Ended(i64),
    /// Its stream ended and nobody knows its status.
    Lost,
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
    rang: bool,
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
            rang: false,
            state: State::Runs,
        }
    }

    /// What comes first is history, until the person's first key: old questions of programs are not
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

    /// What its tab says: the program's title, else its number in words.
    pub fn label(&self) -> String {
        self.title()
            .unwrap_or_else(|| format!("shell {}", self.id.0))
    }

    /// It came into sight.
    pub fn seen(&mut self) {
        self.rang = false;
    }

    /// Whether its bell rang and nobody has looked since.
    pub fn rang(&self) -> bool {
        self.rang
    }

    /// Whether the program has ended.
    pub fn has_ended(&self) -> bool {
        match self.state {
            State::Runs => false,
            State::Ended(_) | State::Lost => true,
        }
    }

    /// How it ended, in words.
    pub fn end_words(&self) -> Option<String> {
        match self.state {
            State::Runs => None,
            State::Ended(0) => Some("the shell ended in good order (status 0)".into()),
            State::Ended(code @ 1..=124) => Some(format!("the shell ended with status {code}")),
            State::Ended(code) => Some(format!("the shell: {}", exit_words(code, false))),
            State::Lost => Some("the connection to the shell ended".into()),
        }
    }

    fn write(&self, bytes: Vec<u8>) -> Vec<Effect> {
        if bytes.is_empty() || self.has_ended() {
            return Vec::new();
        }
        vec![Effect::ShellWrite(self.id, bytes)]
    }

    /// A key for the program; true when the screen changed because it was scrolled back.
    pub fn key(&mut self, key: &KeyEvent) -> (Vec<Effect>, bool) {
        self.replaying = false;
        let bytes = self.terminal.encode_key(key);
        let scrolled = !bytes.is_empty() && self.to_bottom();
        (self.write(bytes), scrolled)
    }

    /// Pasted text for the program.
    pub fn paste(&mut self, text: &str) -> (Vec<Effect>, bool) {
        let scrolled = self.to_bottom();
        (self.write(self.terminal.encode_paste(text)), scrolled)
    }

    /// The outer terminal got or lost the focus.
    pub fn focus(&self, gained: bool) -> Vec<Effect> {
        self.write(self.terminal.encode_focus(gained).unwrap_or_default())
    }

    /// The mouse at a cell of the grid: for the program when it asked for it, else the wheel scrolls.
    pub fn mouse(&mut self, event: &MouseEvent, col: u16, row: u16) -> (Vec<Effect>, bool) {
        let lines = wheel(event.kind);
        let ours = self.has_ended() || self.terminal.scrolled().0 > 0;
        if let (Some(lines), true) = (lines, ours) {
            self.terminal.scroll(lines);
            return (Vec::new(), true);
        }
        if let Some(bytes) = self.terminal.encode_mouse(event, col, row) {
            return (self.write(bytes), false);
        }
        match lines {
            Some(lines) if !self.terminal.is_alternate() => {
                self.terminal.scroll(lines);
                (Vec::new(), true)
            }
            _ => (Vec::new(), false),
        }
    }

    /// The program printed something; true when the screen may show it now.
    pub fn output(&mut self, bytes: &[u8], _at: Duration) -> (Vec<Effect>, bool) {
        let replies = self.terminal.feed(bytes);
        let copied = self.terminal.take_clipboard();
        let mut effects = Vec::new();
        if !self.replaying {
            effects = self.write(replies);
            effects.extend(copied.map(Effect::Copy));
        }
        let sync = self.terminal.sync_pending();
        if sync && !self.syncing {
            effects.push(Effect::After(Timer::Sync(self.id), SYNC_LIMIT));
        }
        self.syncing = sync;
        (effects, !sync)
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

/// Lines that the wheel scrolls, back when positive.
fn wheel(kind: MouseEventKind) -> Option<i32> {
    if kind == MouseEventKind::ScrollUp {
        Some(WHEEL)
    } else if kind == MouseEventKind::ScrollDown {
        Some(-WHEEL)
    } else {
        None
    }
}
