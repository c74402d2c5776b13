//! Marking text to copy, by keyboard or mouse, and what is marked.

use super::Shell;
use crate::term::{Motion, SelectKind};

impl Shell {
    /// Whether text is being selected by keyboard.
    pub fn is_selecting(&self) -> bool {
        self.selecting
    }

    /// Begins to select by keyboard.
    pub fn select_open(&mut self) {
        self.selecting = true;
        self.terminal.copy_mode(true);
    }

    /// Ends selecting by keyboard; the view stays, the selection goes.
    pub fn select_close(&mut self) {
        self.selecting = false;
        self.terminal.copy_mode(false);
        self.terminal.select_none();
    }

    /// Moves the cursor of the selection.
    pub fn select_move(&mut self, motion: Motion) {
        self.terminal.copy_move(motion);
    }

    /// Begins to mark text from the cursor on; the same kind again ends it.
    pub fn select_kind(&mut self, kind: SelectKind) {
        self.terminal.copy_select(Some(kind));
    }

    /// The text that is marked.
    pub fn selected(&self) -> Option<String> {
        self.terminal.selected_text()
    }

    /// The marked text, else everything that the terminal still has.
    pub fn text_to_save(&self) -> String {
        self.selected().unwrap_or_else(|| self.terminal.all_text())
    }
}
