//! One line of editable text: the picker's filter and the palette's query.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{CursorMove, TextArea};

use super::text;

/// Longest text that is taken, in characters; a paste may be megabytes long.
const LONGEST: usize = 256;

/// A line under edit, with the usual editing keys.
#[derive(Debug, Clone, Default)]
pub struct Line(TextArea<'static>);

impl Line {
    /// The text.
    pub fn text(&self) -> &str {
        self.0.lines().first().map_or("", String::as_str)
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// Characters before the cursor.
    pub fn cursor(&self) -> usize {
        self.0.cursor().1
    }

    /// Edits the line; whether the text changed, and whether anything of it is to be drawn anew: the cursor moves, too.
    pub fn change(&mut self, edit: impl FnOnce(&mut Self) -> bool) -> (bool, bool) {
        let cursor = self.cursor();
        let changed = edit(self);
        (changed, changed || cursor != self.cursor())
    }

    /// Takes a key as a shell's line does (Ctrl-A, -E, -U, -K, -W …); true when the text changed. Keys that would break the line do nothing.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let breaks = matches!(key.code, KeyCode::Enter | KeyCode::Tab)
            || (ctrl && matches!(key.code, KeyCode::Char('m' | 'j')));
        let grows = matches!(key.code, KeyCode::Char(_)) && !ctrl;
        if breaks || (grows && self.text().chars().count() >= LONGEST) {
            return false;
        }
        if ctrl && key.code == KeyCode::Char('u') {
            // The editor's own Ctrl-U undoes; in every shell it kills the line up to the cursor.
            return self.0.delete_line_by_head();
        }
        self.0.input(key)
    }

    /// Inserts pasted text at the cursor, as one line without control characters; true when the text
    /// changed.
    pub fn paste(&mut self, pasted: &str) -> bool {
        let room = LONGEST.saturating_sub(self.text().chars().count());
        let line = pasted.lines().next().unwrap_or_default();
        let fit: String = text::clean(line).chars().take(room).collect();
        self.0.insert_str(fit)
    }

    /// Empties the line.
    pub fn clear(&mut self) {
        self.0.move_cursor(CursorMove::End);
        self.0.delete_line_by_head();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn edits_one_line_only() {
        let mut line = Line::default();
        assert!(line.key(key(KeyCode::Char('a'))));
        assert!(!line.key(key(KeyCode::Enter)));
        assert!(!line.key(KeyEvent::new(KeyCode::Char('m'), KeyModifiers::CONTROL)));
        assert!(line.paste("b\u{1b}c\nsecond"));
        assert_eq!(line.text(), "ab\u{fffd}c");
        assert_eq!(line.cursor(), 4);
        line.clear();
        assert!(line.is_empty());
    }

    #[test]
    fn the_keys_of_a_shell_edit_it() {
        let ctrl = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
        let mut line = Line::default();
        line.paste("web running app");
        assert!(line.key(ctrl('w')));
        assert_eq!(line.text(), "web running ");
        assert!(!line.key(ctrl('a')));
        assert_eq!(line.cursor(), 0);
        assert!(!line.key(ctrl('u')), "nothing before the cursor");
        line.key(ctrl('e'));
        assert_eq!(line.cursor(), 12);
        assert!(line.key(ctrl('u')));
        assert!(line.is_empty());
    }

    #[test]
    fn is_bounded() {
        let mut line = Line::default();
        line.paste(&"x".repeat(1_000_000));
        assert_eq!(line.text().len(), LONGEST);
        assert!(!line.key(key(KeyCode::Char('y'))));
    }
}
