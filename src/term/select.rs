//! Selecting text, with the mouse.

use alacritty_terminal::grid::Dimensions as _;
use alacritty_terminal::index::{Column, Point, Side};
use alacritty_terminal::selection::{Selection, SelectionType};
use alacritty_terminal::term::Term;
use alacritty_terminal::term::cell::{Cell as RawCell, Flags};

use super::guest::Outbox;
use super::lines::{Lines, push_cells, wraps};
use super::{LineNo, Place, Spot, Terminal};

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

/// A selection. Its two ends are kept by the emulator's own selection, which follows whatever the
/// program does to the screen and goes when its text is erased; how it grows is ours, since the
/// emulator's way can be made to panic by torn wide characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Selecting {
    pub(super) kind: SelectKind,
    /// Whether the end that moves is the first one.
    backwards: bool,
    /// Whether the end has been moved: a click alone selects no character.
    moved: bool,
    /// Whether the copy cursor is the end that moves.
    pub(super) by_copy: bool,
}

/// What is selected, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Selected {
    from: Place,
    to: Place,
    block: bool,
}

impl Selected {
    /// The selected columns of a line; a wide character is selected whole.
    pub(super) fn columns(&self, line: LineNo, cells: &[RawCell]) -> Option<(u16, u16)> {
        if line < self.from.line || line > self.to.line {
            return None;
        }
        let last = u16::try_from(cells.len())
            .unwrap_or(u16::MAX)
            .checked_sub(1)?;
        let (first, end) = if self.block {
            let (a, b) = (self.from.col, self.to.col);
            (a.min(b), a.max(b))
        } else {
            let first = if line == self.from.line {
                self.from.col
            } else {
                0
            };
            let end = if line == self.to.line {
                self.to.col
            } else {
                last
            };
            (first, end)
        };
        let spacer = |col: u16| {
            cells
                .get(usize::from(col))
                .is_some_and(|cell| cell.flags.contains(Flags::WIDE_CHAR_SPACER))
        };
        let first = first.min(last);
        let end = end.min(last);
        let first = first - u16::from(first > 0 && spacer(first));
        let end = end + u16::from(end < last && spacer(end + 1));
        Some((first, end))
    }
}

/// Where the emulator's selection begins and ends.
pub(super) fn ends(lines: &Lines, term: &Term<Outbox>) -> Option<(Place, Place)> {
    let range = term.selection.as_ref()?.to_range(term)?;
    let place = |point: Point| Place {
        line: lines.number(term, point.line),
        col: u16::try_from(point.column.0).unwrap_or(u16::MAX),
    };
    Some((place(range.start), place(range.end)))
}

/// Makes the emulator follow a selection.
pub(super) fn track(lines: &Lines, term: &mut Term<Outbox>, from: Place, to: Place) {
    let (from, to) = (from.min(to), from.max(to));
    let point = |place: Place| {
        let line = lines.line(term, place.line)?;
        let col = usize::from(place.col).min(term.columns().saturating_sub(1));
        Some(Point::new(line, Column(col)))
    };
    term.selection = point(from).zip(point(to)).map(|(from, to)| {
        let mut selection = Selection::new(SelectionType::Simple, from, Side::Left);
        selection.update(to, Side::Right);
        selection
    });
}

impl Terminal {
    /// Begins a selection at a cell of the view; characters and blocks are empty until
    /// [`Self::select_to`].
    pub fn select(&mut self, at: Spot, kind: SelectKind) {
        let at = self.place(at);
        self.select_from(at, kind, false);
    }

    /// Moves the end of the selection to a cell of the view.
    pub fn select_to(&mut self, at: Spot) {
        let at = self.place(at);
        self.select_until(at);
    }

    /// Selects whole lines, both included and in any order.
    pub fn select_lines(&mut self, from: LineNo, to: LineNo) {
        let (first, last) = (self.first_line(), self.last_line());
        let (from, to) = (from.min(to).max(first), from.max(to).min(last));
        if from > to {
            self.select_none();
            return;
        }
        let col = self.size().cols.get() - 1;
        self.select_from(Place { line: from, col: 0 }, SelectKind::Character, false);
        self.select_until(Place { line: to, col });
    }

    /// Ends the selection; whether there was one.
    pub fn select_none(&mut self) -> bool {
        let was = self.selected().is_some();
        self.selecting = None;
        self.guest.term.selection = None;
        was
    }

    /// The selected text: lines that were only wrapped are joined, blanks at the ends of lines are
    /// left out; none when it is empty.
    pub fn selected_text(&self) -> Option<String> {
        let selected = self.selected()?;
        let mut text = String::new();
        for number in selected.from.line.0..=selected.to.line.0 {
            let cells = self.cells(LineNo(number)).unwrap_or_default();
            let Some((first, last)) = selected.columns(LineNo(number), cells) else {
                continue;
            };
            push_cells(cells, first, last, &mut text);
            if selected.block || !wraps(cells) {
                text.truncate(text.trim_end_matches(' ').len());
                text.push('\n');
            }
        }
        text.truncate(text.trim_end().len());
        Some(text).filter(|text| !text.is_empty())
    }

    /// The place of a cell of the view; outside, that of the nearest cell.
    pub(super) fn place(&self, at: Spot) -> Place {
        let row = at.row.min(self.size().rows.get() - 1);
        Place {
            line: LineNo(self.view_top().0 + u64::from(row)),
            col: at.col.min(self.size().cols.get() - 1),
        }
    }

    pub(super) fn select_from(&mut self, at: Place, kind: SelectKind, by_copy: bool) {
        let guest = &mut self.guest;
        track(&guest.lines, &mut guest.term, at, at);
        self.selecting = Some(Selecting {
            kind,
            backwards: false,
            moved: by_copy,
            by_copy,
        });
    }

    pub(super) fn select_until(&mut self, at: Place) {
        let guest = &mut self.guest;
        let (Some(selecting), Some((from, to))) =
            (&mut self.selecting, ends(&guest.lines, &guest.term))
        else {
            return;
        };
        let anchor = if selecting.backwards { to } else { from };
        selecting.backwards = at < anchor;
        selecting.moved = true;
        track(&guest.lines, &mut guest.term, anchor, at);
    }

    /// What is selected; none when nothing is, or the program has erased it.
    pub(super) fn selected(&self) -> Option<Selected> {
        let selecting = self.selecting?;
        let (mut from, mut to) = ends(&self.guest.lines, &self.guest.term)?;
        match selecting.kind {
            SelectKind::Character | SelectKind::Block if !selecting.moved => return None,
            SelectKind::Character | SelectKind::Block => {}
            SelectKind::Word => {
                from = self.word_start(from);
                to = self.word_end(to);
            }
            SelectKind::Line => {
                from = Place {
                    line: self.joined_rows(from.line).0,
                    col: 0,
                };
                to = Place {
                    line: self.joined_rows(to.line).1,
                    col: self.size().cols.get() - 1,
                };
            }
        }
        Some(Selected {
            from,
            to,
            block: selecting.kind == SelectKind::Block,
        })
    }
}
