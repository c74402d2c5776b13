//! Editable text of one line or several: the fields of a form.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Rect};
use tui_textarea::{CursorMove, TextArea};

use unicode_width::UnicodeWidthChar as _;

use super::text::width;
use crate::domain::text::is_harmful;

/// Longest text that typing and pasting make, in characters; what a field begins with may be longer.
const LONGEST: usize = 64 * 1024;

/// A field under edit, with the usual editing keys.
#[derive(Debug, Clone)]
pub struct Area {
    text: TextArea<'static>,
    single: bool,
}

impl Area {
    /// A field that begins with `text`; with `single`, of one line.
    pub fn new(text: &str, single: bool) -> Self {
        let lines = text.lines().map(str::to_owned).collect();
        let mut area = Self {
            text: TextArea::new(lines),
            single,
        };
        area.text.move_cursor(CursorMove::Bottom);
        area.text.move_cursor(CursorMove::End);
        area
    }

    /// A field of several lines that begins with `text`, the cursor at its beginning.
    pub fn at_top(text: &str) -> Self {
        let mut area = Self::new(text, false);
        area.text.move_cursor(CursorMove::Top);
        area.text.move_cursor(CursorMove::Head);
        area
    }

    /// All rows, long lines broken after so many columns.
    pub fn rows(&self, columns: usize) -> Vec<Row> {
        let lines = self.lines().iter().enumerate();
        lines
            .flat_map(|(n, text)| broken(n, text, columns.max(1)))
            .collect()
    }

    /// The text, lines joined by `\n`.
    pub fn text(&self) -> String {
        self.text.lines().join("\n")
    }

    /// The lines; at least one.
    pub fn lines(&self) -> &[String] {
        self.text.lines()
    }

    /// Line of the cursor, and characters before it in that line.
    pub fn cursor(&self) -> (usize, usize) {
        let at = self.text.cursor();
        (at.0, at.1)
    }

    fn room(&self) -> usize {
        let used: usize = self.lines().iter().map(|l| l.chars().count() + 1).sum();
        LONGEST.saturating_sub(used)
    }

    /// Takes a key as [`super::line::Line`] does; Enter breaks the line where there may be several. True when
    /// text or cursor changed.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let breaks = matches!(key.code, KeyCode::Enter)
            || (ctrl && matches!(key.code, KeyCode::Char('m' | 'j')));
        let grows = breaks || (matches!(key.code, KeyCode::Char(_)) && !ctrl);
        if (breaks && self.single) || key.code == KeyCode::Tab || (grows && self.room() == 0) {
            return false;
        }
        let before = self.cursor();
        let changed = if ctrl && key.code == KeyCode::Char('u') {
            self.text.delete_line_by_head()
        } else {
            self.text.input(key)
        };
        changed || before != self.cursor()
    }

    /// Inserts pasted text at the cursor without characters that a terminal would obey; in a field of one line
    /// only its first line. True when the text changed.
    pub fn paste(&mut self, pasted: &str) -> bool {
        let pasted = pasted.replace("\r\n", "\n").replace('\r', "\n");
        let text = if self.single {
            pasted.lines().next().unwrap_or_default()
        } else {
            &pasted
        };
        let fit = text.chars().take(self.room());
        let clean: String = fit.filter(|c| *c == '\n' || !is_harmful(*c)).collect();
        self.text.insert_str(clean)
    }

    /// What is seen of the text in an area of that size: with `keys`, such that the cursor is in it.
    pub fn view(&self, area: Rect, keys: bool) -> View {
        // Behind the last character there is room for the cursor.
        let columns = usize::from(area.width).saturating_sub(1).max(1);
        let (line, at) = self.cursor();
        let before = |row: &Row| self.slice(row.line, row.from, at);
        let mut rows = if self.single {
            let text = self.slice(0, 0, at);
            let skipped = width(&text).saturating_sub(columns);
            // A wide character that is cut goes as a whole.
            let fits = chars_within(&text, skipped);
            let cut = width(&self.slice(0, 0, fits)) < skipped;
            let from = if keys { fits + usize::from(cut) } else { 0 };
            let text = self.slice(0, from, usize::MAX);
            vec![Row {
                line: 0,
                from,
                text,
            }]
        } else {
            let lines = self.lines().iter().enumerate();
            lines
                .flat_map(|(n, text)| broken(n, text, columns))
                .collect()
        };
        let own = rows
            .iter()
            .rposition(|row| row.line == line && row.from <= at);
        let own = own.unwrap_or(0);
        let height = usize::from(area.height).max(1);
        let top = if keys {
            (own + 1).saturating_sub(height)
        } else {
            0
        };
        let cursor = rows
            .get(own)
            .filter(|_| keys)
            .map(|row| (width(&before(row)), own - top));
        rows.drain(..top);
        rows.truncate(height);
        View { rows, cursor }
    }

    /// The characters of a line from one number up to another.
    fn slice(&self, line: usize, from: usize, to: usize) -> String {
        let line = self.lines().get(line).map_or("", String::as_str);
        line.chars().take(to).skip(from).collect()
    }

    /// Puts the cursor where the text was clicked, which stands at `area` and has the keys or not.
    pub fn click(&mut self, area: Rect, keys: bool, at: Position) {
        let view = self.view(area, keys);
        let n = usize::from(at.y.saturating_sub(area.y));
        let column = usize::from(at.x.saturating_sub(area.x));
        if let Some(row) = view.rows.get(n).or(view.rows.last()) {
            let chars = chars_within(&row.text, column);
            self.point(row.line, row.from + chars);
        }
    }

    fn point(&mut self, line: usize, at: usize) {
        let to = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        self.text.move_cursor(CursorMove::Jump(to(line), to(at)));
    }
}

/// What is seen of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// The rows in sight.
    pub rows: Vec<Row>,
    /// Column and row of the cursor, when the text has the keys.
    pub cursor: Option<(usize, usize)>,
}

/// A row on the screen: a line, or a piece of one that is longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Number of the line.
    pub line: usize,
    /// Number of its first character in that line.
    pub from: usize,
    /// What stands there.
    pub text: String,
}

/// A line in pieces of at most `columns` columns; at least one.
fn broken(line: usize, text: &str, columns: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = Row {
        line,
        from: 0,
        text: String::new(),
    };
    let mut used = 0;
    for (n, c) in text.chars().enumerate() {
        let wide = c.width().unwrap_or(0);
        if used + wide > columns && !row.text.is_empty() {
            let next = Row {
                line,
                from: n,
                text: String::new(),
            };
            rows.push(std::mem::replace(&mut row, next));
            used = 0;
        }
        row.text.push(c);
        used += wide;
    }
    rows.push(row);
    rows
}

/// How many characters of `text` stand in its first `columns` columns.
fn chars_within(text: &str, columns: usize) -> usize {
    let mut used = 0;
    let fits = text.chars().take_while(|c| {
        used += c.width().unwrap_or(0);
        used <= columns
    });
    fits.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn one_line_stays_one_line() {
        let mut area = Area::new("/app", true);
        assert!(!area.key(key(KeyCode::Enter)));
        assert!(!area.key(KeyEvent::new(KeyCode::Char('m'), KeyModifiers::CONTROL)));
        assert!(area.paste("/x\nsecond"));
        assert_eq!(area.text(), "/app/x");
        assert!(area.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)));
        assert_eq!((area.text().as_str(), area.lines().len()), ("", 1));
    }

    #[test]
    fn several_lines_are_broken_and_joined() {
        let mut area = Area::new("A=1\nB=2", false);
        assert_eq!(area.cursor(), (1, 3));
        assert!(area.key(key(KeyCode::Enter)));
        assert!(area.paste("C=3\r\n\u{1b}D=4"));
        assert_eq!(area.text(), "A=1\nB=2\nC=3\nD=4");
        assert!(area.key(key(KeyCode::Up)), "the cursor moved");
        assert!(!area.key(key(KeyCode::Tab)));
        area.point(9, 9);
        assert_eq!(area.cursor(), (3, 3));
    }

    #[test]
    fn long_lines_are_broken_on_the_screen_and_clicks_find_their_characters() {
        let area = |width, height| Rect::new(10, 5, width, height);
        let mut text = Area::new("0123456789\n漢字漢字", false);
        let view = text.view(area(5, 3), true);
        let shown: Vec<_> = view.rows.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(shown, ["89", "漢字", "漢字"]);
        assert_eq!(view.cursor, Some((4, 2)));
        assert_eq!(text.view(area(5, 3), false).rows[0].text, "0123");
        text.click(area(5, 3), false, Position::new(12, 6));
        assert_eq!(text.cursor(), (0, 6));
        text.click(area(5, 3), true, Position::new(99, 99));
        assert_eq!(text.cursor(), (0, 10), "behind the last character in sight");
    }

    #[test]
    fn a_single_line_moves_sideways() {
        let at = Rect::new(0, 0, 5, 1);
        let line = Area::new("/usr/漢bin", true);
        let view = line.view(at, true);
        assert_eq!(
            (view.rows[0].text.as_str(), view.cursor),
            ("bin", Some((3, 0)))
        );
        assert_eq!(line.view(at, false).rows[0].text, "/usr/漢bin");
    }

    #[test]
    fn what_is_added_is_bounded() {
        let mut area = Area::new("", false);
        area.paste(&"x\n".repeat(1_000_000));
        assert!(area.text().len() <= LONGEST);
        assert!(!area.key(key(KeyCode::Char('y'))));
        assert!(area.key(key(KeyCode::Backspace)));
    }
}
