//! Selecting text with the keyboard.

use super::{SelectKind, Spot, Terminal};

/// A movement of the copy cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Motion {
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// One character left.
    Left,
    /// One character right.
    Right,
    /// To the start of the line, at a second time to the start of the line that it continues.
    LineStart,
    /// To the last character of the line, wrapped lines included.
    LineEnd,
    /// To the start of this word or the one before.
    WordLeft,
    /// To the start of the next word.
    WordRight,
    /// To the end of this word or the next.
    WordEnd,
    /// To the first line of the view.
    Top,
    /// To the middle line of the view.
    Middle,
    /// To the last line of the view.
    Bottom,
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
    /// Half a screen up.
    HalfUp,
    /// Half a screen down.
    HalfDown,
    /// To the oldest line.
    Oldest,
    /// To the last line of the screen that is not empty.
    Newest,
    /// To the empty line before this block of lines.
    ParagraphUp,
    /// To the empty line after this block of lines.
    ParagraphDown,
}

impl Terminal {
    /// Starts copy mode with its cursor where the program's is (or in the view's first row when that
    /// is out of view), or ends it; the selection stays.
    pub fn copy_mode(&mut self, _on: bool) {}

    /// The copy cursor's cell of the view; none when copy mode is off.
    pub fn copy_cursor(&self) -> Option<Spot> {
        None
    }

    /// Moves the copy cursor; the view follows, and a selection that was begun at it grows.
    pub fn copy_move(&mut self, _motion: Motion) {}

    /// Begins a selection at the copy cursor; the same kind again, or none, ends it.
    pub fn copy_select(&mut self, _kind: Option<SelectKind>) {}
}
