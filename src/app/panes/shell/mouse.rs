//! The mouse over a shell: for the program when it asked for it, else for scrolling and selecting.

use std::time::Duration;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::Shell;
use crate::app::{Effect, Timer};
use crate::term::{Link, SelectKind, Spot};

/// Lines of a notch of the wheel.
const WHEEL: i32 = 3;

/// Within which time clicks on one cell belong together.
const CLICKS: Duration = Duration::from_millis(400);

/// Where the mouse is, in the cells of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aim {
    /// The cell, or the nearest one when the mouse is outside.
    pub at: Spot,
    /// Rows that it is outside: above when negative.
    pub outside: i32,
}

/// Clicks on one cell, and what the button does while it is held.
#[derive(Debug, Default)]
pub(super) struct Clicks {
    at: Option<Spot>,
    count: u8,
    /// Number of the last click, by which a timer knows that none came since.
    serial: u32,
    /// The button is held and marks text.
    held: bool,
    /// The mouse moved while it was held.
    dragged: bool,
}

/// What became of an event of the mouse.
#[derive(Debug, Default)]
pub struct Moused {
    /// What is to be done.
    pub effects: Vec<Effect>,
    /// Whether the screen changed.
    pub changed: bool,
    /// Text has just been marked.
    pub marked: bool,
    /// A link was clicked.
    pub link: Option<Link>,
}

impl Shell {
    /// The mouse at a cell of the grid.
    pub fn mouse(&mut self, event: &MouseEvent, aim: Aim) -> Moused {
        let lines = wheel(event.kind);
        let looking = self.has_ended() || self.terminal.scrolled().0 > 0 || self.selecting;
        if let (Some(lines), true) = (lines, looking) {
            return self.scroll(lines);
        }
        if !looking
            && !self.clicks.held
            && let Some(bytes) = self.terminal.encode_mouse(event, aim.at.col, aim.at.row)
        {
            return Moused {
                effects: self.write(bytes),
                ..Moused::default()
            };
        }
        if event.kind == MouseEventKind::Down(MouseButton::Left) {
            return self.press(event.modifiers, aim);
        }
        if event.kind == MouseEventKind::Drag(MouseButton::Left) && self.clicks.held {
            self.clicks.dragged = true;
            self.terminal.scroll(-aim.outside);
            self.terminal.select_to(aim.at);
            return changed();
        }
        if event.kind == MouseEventKind::Up(MouseButton::Left) && self.clicks.held {
            return self.release(aim.at);
        }
        match lines {
            Some(lines) if !self.terminal.is_alternate() => self.scroll(lines),
            _ => Moused::default(),
        }
    }

    fn scroll(&mut self, lines: i32) -> Moused {
        self.terminal.scroll(lines);
        changed()
    }

    fn press(&mut self, modifiers: KeyModifiers, aim: Aim) -> Moused {
        let again = self.clicks.at == Some(aim.at) && self.clicks.count < 3;
        self.clicks = Clicks {
            at: Some(aim.at),
            count: if again { self.clicks.count + 1 } else { 1 },
            serial: self.clicks.serial.wrapping_add(1),
            held: true,
            dragged: false,
        };
        let kind = match self.clicks.count {
            1 if modifiers.contains(KeyModifiers::ALT) => SelectKind::Block,
            1 => SelectKind::Character,
            2 => SelectKind::Word,
            _ => SelectKind::Line,
        };
        self.terminal.select(aim.at, kind);
        let timer = Timer::Click(self.id, self.clicks.serial);
        Moused {
            effects: vec![Effect::After(timer, CLICKS)],
            ..changed()
        }
    }

    fn release(&mut self, at: Spot) -> Moused {
        self.clicks.held = false;
        let marks = self.clicks.dragged || self.clicks.count > 1;
        if marks && self.selected().is_some() {
            return Moused {
                marked: true,
                ..changed()
            };
        }
        self.terminal.select_none();
        Moused {
            link: self.terminal.link_at(at),
            ..changed()
        }
    }

    /// The button is no longer held, though nobody saw it let go.
    pub fn let_go(&mut self) {
        self.clicks.held = false;
    }

    /// The time for a further click is over, unless one came.
    pub fn click_elapsed(&mut self, serial: u32) {
        if self.clicks.serial == serial {
            self.clicks.at = None;
            self.clicks.count = 0;
        }
    }

    /// The scroll bar was pressed or dragged at that row of the grid's rows.
    pub fn scroll_bar(&mut self, row: u16) {
        let (offset, history) = self.terminal.scrolled();
        let last = usize::from(self.terminal.size().rows.get()).saturating_sub(1);
        let from_top = history * usize::from(row).min(last) / last.max(1);
        let wanted = history - from_top;
        let bound = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        self.terminal.scroll(bound(wanted) - bound(offset));
    }
}

fn changed() -> Moused {
    Moused {
        changed: true,
        ..Moused::default()
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
