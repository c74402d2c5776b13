//! Selecting text, with the mouse.

use super::{LineNo, Spot, Terminal};

/// What a selection grows by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SelectKind {
    /// Characters.
    Character,
    /// Words.
    Word,
    /// Whole lines, wrapped ones included.
    Line,
    /// A rectangle.
    Block,
}

impl Terminal {
    /// Begins a selection at a cell of the view; characters and blocks are empty until
    /// [`Self::select_to`].
    pub fn select(&mut self, _at: Spot, _kind: SelectKind) {}

    /// Moves the end of the selection to a cell of the view.
    pub fn select_to(&mut self, _at: Spot) {}

    /// Selects whole lines, both included and in any order.
    pub fn select_lines(&mut self, _from: LineNo, _to: LineNo) {}

    /// Ends the selection; whether there was one.
    pub fn select_none(&mut self) -> bool {
        false
    }

    /// The selected text: lines that were only wrapped are joined, blanks at the ends of lines are
    /// left out; none when it is empty.
    pub fn selected_text(&self) -> Option<String> {
        None
    }
}
