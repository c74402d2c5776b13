//! Looking for text in what a shell printed.

use crossterm::event::KeyEvent;

use super::Shell;
use crate::app::line::Line;
use crate::term::Found;

/// A search while its line is open.
#[derive(Debug, Default)]
pub struct Find {
    line: Line,
    /// Why the pattern cannot be used.
    trouble: Option<String>,
}

impl Find {
    /// The line under edit.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// Why the pattern cannot be used, if it cannot.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }
}

impl Shell {
    /// The search, while its line is open.
    pub fn find(&self) -> Option<&Find> {
        self.find.as_ref()
    }

    /// Which of how many matches is the current one.
    pub fn found(&self) -> Option<Found> {
        self.terminal.found()
    }

    /// Opens the search.
    pub fn find_open(&mut self) {
        self.find.get_or_insert_default();
    }

    /// Closes the search; the view stays where it is.
    pub fn find_close(&mut self) {
        self.find = None;
        self.terminal.find_none();
    }

    /// The next match further back, or forward.
    pub fn find_again(&mut self, back: bool) {
        self.terminal.find_again(back);
    }

    /// A key for the search's line; true when something changed.
    pub fn find_key(&mut self, key: KeyEvent) -> bool {
        let Some(find) = &mut self.find else {
            return false;
        };
        let cursor = find.line.cursor();
        let changed = find.line.key(key);
        let moved = cursor != find.line.cursor();
        if changed {
            self.look();
        }
        changed || moved
    }

    /// Pasted text for the search's line.
    pub fn find_paste(&mut self, text: &str) {
        if let Some(find) = &mut self.find
            && find.line.paste(text)
        {
            self.look();
        }
    }

    /// Looks for what stands in the line now.
    fn look(&mut self) {
        if let Some(find) = &mut self.find {
            find.trouble = self.terminal.find(find.line.text()).err();
        }
    }
}
