//! Selecting text with the keyboard.

use alacritty_terminal::term::cell::{Cell as RawCell, Flags};

use super::lines::wraps;
use super::{LineNo, Place, SelectKind, Spot, Terminal};

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

/// What separates words beside blanks, as in other terminals: a path or an option is one word.
const SEPARATORS: &str = ",│`|:\"'()[]{}<>";
/// Cells that a movement by words looks at.
const WORD_LIMIT: usize = 64 * 1024;

/// What a cell is to words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Blank,
    Word,
    Separator,
}

impl Terminal {
    /// Starts copy mode with its cursor where the program's is (or in the view's first row when that
    /// is out of view), or ends it; the selection stays.
    pub fn copy_mode(&mut self, on: bool) {
        if !on {
            self.copying = None;
            if let Some(selecting) = &mut self.selecting {
                selecting.by_copy = false;
            }
        } else if self.copying.is_none() {
            let cursor = self.guest.cursor();
            let top = self.view_top();
            let in_view = cursor.line.0 < top.0 + u64::from(self.size().rows.get());
            self.copying = Some(if in_view {
                cursor
            } else {
                Place { line: top, col: 0 }
            });
        }
    }

    /// The copy cursor's cell of the view; none when copy mode is off.
    pub fn copy_cursor(&self) -> Option<Spot> {
        let at = self.copying?;
        let row = at.line.0.checked_sub(self.view_top().0)?;
        let row = u16::try_from(row).ok()?;
        (row < self.size().rows.get()).then(|| Spot {
            row,
            col: self.glyph(at).col,
        })
    }

    /// Moves the copy cursor; the view follows, and a selection that was begun at it grows.
    pub fn copy_move(&mut self, motion: Motion) {
        let Some(at) = self.copying else {
            return;
        };
        let target = self.target(at, motion);
        self.show(target.line);
        self.copying = Some(target);
        if self.selecting.is_some_and(|selecting| selecting.by_copy) {
            self.select_until(target);
        }
    }

    /// Begins a selection at the copy cursor, or gives the one that was begun at it another kind; the
    /// same kind again, or none, ends it.
    pub fn copy_select(&mut self, kind: Option<SelectKind>) {
        let Some(at) = self.copying else {
            return;
        };
        let open = self.selected().is_some();
        match (kind, &mut self.selecting) {
            (Some(kind), Some(open_one)) if open && open_one.by_copy && open_one.kind != kind => {
                open_one.kind = kind;
            }
            (Some(kind), Some(open_one)) if open && open_one.by_copy && open_one.kind == kind => {
                self.select_none();
            }
            (Some(kind), _) => self.select_from(at, kind, true),
            (None, _) => {
                self.select_none();
            }
        }
    }

    /// The copy cursor stays in the view, whatever scrolled it.
    pub(super) fn keep_copy_cursor(&mut self) {
        let Some(at) = self.copying else {
            return;
        };
        let top = self.view_top();
        let bottom = self.view_bottom();
        self.copying = Some(Place {
            line: at.line.clamp(top, bottom),
            col: at.col.min(self.size().cols.get() - 1),
        });
    }

    /// The line in the last row of the view.
    pub(super) fn view_bottom(&self) -> LineNo {
        LineNo(self.view_top().0 + u64::from(self.size().rows.get()) - 1)
    }

    /// Scrolls the view as little as needed to show a line.
    pub(super) fn show(&mut self, line: LineNo) {
        let (top, bottom) = (self.view_top(), self.view_bottom());
        if line < top {
            self.scroll_to(line);
        } else if line > bottom {
            self.scroll_to(LineNo(top.0 + (line.0 - bottom.0)));
        }
    }

    fn target(&mut self, at: Place, motion: Motion) -> Place {
        let rows = u64::from(self.size().rows.get());
        let (first, last) = (self.first_line(), self.last_line());
        let up = |lines: u64| LineNo(at.line.0.saturating_sub(lines)).max(first);
        let down = |lines: u64| LineNo(at.line.0 + lines).min(last);
        let on = |line: LineNo| Place { line, col: at.col };
        match motion {
            Motion::Up => on(up(1)),
            Motion::Down => on(down(1)),
            Motion::Left => self.left(at),
            Motion::Right => self.right(at),
            Motion::LineStart if at.col > 0 => Place { col: 0, ..at },
            Motion::LineStart => Place {
                line: self.joined_rows(at.line).0,
                col: 0,
            },
            Motion::LineEnd => {
                let line = self.joined_rows(at.line).1;
                let col = self.last_text(line).unwrap_or(0);
                Place { line, col }
            }
            Motion::WordLeft => {
                let before = self.past_blanks(at, false);
                self.word_start(before)
            }
            Motion::WordRight => {
                let end = self.word_end(at);
                self.past_blanks(end, true)
            }
            Motion::WordEnd => {
                let next = self.past_blanks(at, true);
                self.word_end(next)
            }
            Motion::Top => self.text_start(self.view_top()),
            Motion::Middle => self.text_start(LineNo(self.view_top().0 + (rows - 1) / 2)),
            Motion::Bottom => self.text_start(self.view_bottom()),
            Motion::PageUp => self.page(at, up(rows), true),
            Motion::PageDown => self.page(at, down(rows), false),
            Motion::HalfUp => self.page(at, up(rows.div_ceil(2)), true),
            Motion::HalfDown => self.page(at, down(rows.div_ceil(2)), false),
            Motion::Oldest => Place {
                line: first,
                col: 0,
            },
            Motion::Newest => {
                let filled = (first.0..=last.0).rev().map(LineNo);
                let line = filled.into_iter().find(|line| !self.is_blank(*line));
                self.text_start(line.unwrap_or(last))
            }
            Motion::ParagraphUp => {
                let line = (first.0..at.line.0)
                    .rev()
                    .map(LineNo)
                    .skip_while(|line| self.is_blank(*line))
                    .find(|line| self.is_blank(*line));
                Place {
                    line: line.unwrap_or(first),
                    col: 0,
                }
            }
            Motion::ParagraphDown => {
                let line = (at.line.0..=last.0)
                    .map(LineNo)
                    .skip_while(|line| self.is_blank(*line))
                    .find(|line| self.is_blank(*line));
                Place {
                    line: line.unwrap_or(last),
                    col: 0,
                }
            }
        }
    }

    /// Moves the view as far as the cursor.
    fn page(&mut self, at: Place, line: LineNo, up: bool) -> Place {
        let lines = i32::try_from(line.0.abs_diff(at.line.0)).unwrap_or(i32::MAX);
        self.scroll(if up { lines } else { -lines });
        Place { line, col: at.col }
    }

    fn text_start(&self, line: LineNo) -> Place {
        let line = line.min(self.last_line());
        let cells = self.cells(line).unwrap_or_default();
        let col = cells.iter().position(|cell| class(cell.c) != Class::Blank);
        let col = col.and_then(|col| u16::try_from(col).ok()).unwrap_or(0);
        Place { line, col }
    }

    /// The last column of a row that holds text.
    fn last_text(&self, line: LineNo) -> Option<u16> {
        let cells = self.cells(line)?;
        let col = cells
            .iter()
            .rposition(|cell| class(cell.c) != Class::Blank)?;
        u16::try_from(col).ok()
    }

    fn is_blank(&self, line: LineNo) -> bool {
        self.last_text(line).is_none()
    }

    /// The cell that shows the character of a place: that before the right half of a wide one.
    fn glyph(&self, at: Place) -> Place {
        let spacer = self
            .cell(at)
            .is_some_and(|cell| at.col > 0 && cell.flags.contains(Flags::WIDE_CHAR_SPACER));
        Place {
            col: at.col - u16::from(spacer),
            ..at
        }
    }

    fn cell(&self, at: Place) -> Option<&RawCell> {
        self.cells(at.line)?.get(usize::from(at.col))
    }

    fn left(&self, at: Place) -> Place {
        let at = self.glyph(at);
        self.before(at).map_or(at, |place| self.glyph(place))
    }

    fn right(&self, at: Place) -> Place {
        let wide = self
            .cell(self.glyph(at))
            .is_some_and(|cell| cell.flags.contains(Flags::WIDE_CHAR));
        let mut next = Place {
            col: self.glyph(at).col + u16::from(wide),
            ..at
        };
        if let Some((place, false)) = self.next(next) {
            next = place;
        }
        self.glyph(next)
    }

    /// The place before one in the same line, which may be wrapped.
    fn before(&self, at: Place) -> Option<Place> {
        if at.col > 0 {
            let col = at.col - 1;
            return Some(Place { col, ..at });
        }
        let line = LineNo(at.line.0.checked_sub(1)?);
        let cells = self.cells(line)?;
        let col = u16::try_from(cells.len()).ok()?.checked_sub(1)?;
        wraps(cells).then_some(Place { line, col })
    }

    /// The place after one, and whether a line ends between them.
    fn next(&self, at: Place) -> Option<(Place, bool)> {
        let cells = self.cells(at.line)?;
        if usize::from(at.col) + 1 < cells.len() {
            return Some((
                Place {
                    col: at.col + 1,
                    ..at
                },
                false,
            ));
        }
        let line = LineNo(at.line.0 + 1);
        self.cells(line)?;
        Some((Place { line, col: 0 }, !wraps(cells)))
    }

    /// The place before one over the ends of lines, and whether a line ends between them.
    fn previous(&self, at: Place) -> Option<(Place, bool)> {
        if let Some(place) = self.before(at) {
            return Some((place, false));
        }
        let line = LineNo(at.line.0.checked_sub(1)?);
        let col = u16::try_from(self.cells(line)?.len())
            .ok()?
            .checked_sub(1)?;
        Some((Place { line, col }, true))
    }

    fn class_at(&self, at: Place) -> Class {
        self.cell(self.glyph(at))
            .map_or(Class::Blank, |cell| class(cell.c))
    }

    /// Goes one step, and on over blanks and the ends of lines.
    fn past_blanks(&self, at: Place, forward: bool) -> Place {
        let mut here = at;
        for _ in 0..WORD_LIMIT {
            let step = if forward {
                self.next(here)
            } else {
                self.previous(here)
            };
            let Some((place, _)) = step else {
                break;
            };
            here = place;
            if self.class_at(here) != Class::Blank {
                break;
            }
        }
        self.glyph(here)
    }

    /// The first cell of the word (or of the blanks, or separators) at a place.
    pub(super) fn word_start(&self, at: Place) -> Place {
        self.same_class(self.glyph(at), Self::previous)
    }

    /// The last cell of the word at a place.
    pub(super) fn word_end(&self, at: Place) -> Place {
        self.same_class(at, Self::next)
    }

    fn same_class(&self, at: Place, step: impl Fn(&Self, Place) -> Option<(Place, bool)>) -> Place {
        let class = self.class_at(at);
        let mut here = at;
        for _ in 0..WORD_LIMIT {
            match step(self, here) {
                Some((place, false)) if self.class_at(place) == class => here = place,
                _ => break,
            }
        }
        here
    }
}

fn class(c: char) -> Class {
    if c == ' ' || c.is_control() {
        Class::Blank
    } else if SEPARATORS.contains(c) {
        Class::Separator
    } else {
        Class::Word
    }
}
