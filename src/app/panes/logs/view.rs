//! Where the view of the log stands, and the rows in it. Rows are counted only where they are seen: a log has many lines.

use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

use crate::app::text::width;
use crate::domain::log::{Line, Log, Moment};

/// Columns from which on the date stands before the time.
const DATED: usize = 110;
/// Columns by which long lines are moved.
const ASIDE: usize = 16;

/// How much is seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape {
    /// Columns, those for the sign and the time included.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// Where the view stands.
#[derive(Debug, Default)]
pub struct View {
    /// The row at the top; none while the view follows the end.
    top: Option<Spot>,
    /// The line that is to be at the top once it comes, by its time.
    held: Option<Moment>,
    /// The number behind the newest line that was seen.
    seen: u64,
    /// Whether times are shown.
    pub(super) times: bool,
    /// Whether long lines run off the side, instead of being broken.
    pub(super) unbroken: bool,
    /// Columns that are out of sight at the left.
    pub(super) left: usize,
}

/// A row of a line, from 0; the heading of a run is the first of its line's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    line: u64,
    row: usize,
}

/// What stands in a row.
#[derive(Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// A run began.
    Run(Moment),
    /// A part of a line: its number, the line, which bytes, and whether it is the line's first part.
    Text(u64, &'a Line, Range<usize>, bool),
}

impl View {
    /// Whether it follows the end.
    pub fn is_following(&self) -> bool {
        self.top.is_none()
    }

    /// Whether times are shown.
    pub fn shows_times(&self) -> bool {
        self.times
    }

    /// Columns that are out of sight at the left; none while long lines are broken.
    pub fn left(&self) -> Option<usize> {
        self.unbroken.then_some(self.left)
    }

    /// Lines that came since the view stopped following the end.
    pub fn newer(&self, log: &Log) -> u64 {
        match self.top {
            Some(_) => log.end().saturating_sub(self.seen),
            None => 0,
        }
    }

    /// What stands before a line when times are shown: the date only where there is room.
    pub fn time(shape: Shape, at: Option<Moment>) -> String {
        let dated = shape.columns >= DATED;
        let columns = if dated { 23 } else { 12 };
        let time = at.map(|at| if dated { at.to_string() } else { at.clock() });
        format!("{:columns$} ", time.unwrap_or_default())
    }

    /// The numbers of the first and the last line in sight.
    pub fn span(&self, log: &Log, shape: Shape) -> (u64, u64) {
        let numbers = || {
            let rows = self.rows(log, shape).into_iter();
            rows.filter_map(|row| match row {
                Row::Text(number, ..) => Some(number),
                Row::Run(_) => None,
            })
        };
        let first = numbers().next().unwrap_or(log.first());
        (first, numbers().next_back().unwrap_or(first))
    }

    /// The rows in sight, from the top.
    pub fn rows<'a>(&self, log: &'a Log, shape: Shape) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        let Some(top) = self.spot(log, shape) else {
            return rows;
        };
        let mut skip = top.row;
        let mut number = top.line;
        while rows.len() < shape.rows
            && let Some(line) = log.get(number)
        {
            let parts = self.parts(&line.text, shape);
            let texts = parts.into_iter().enumerate();
            let texts = texts.map(|(n, part)| Row::Text(number, line, part, n == 0));
            let all = line.run.map(Row::Run).into_iter().chain(texts);
            rows.extend(all.skip(skip).take(shape.rows - rows.len()));
            skip = 0;
            number += 1;
        }
        rows
    }

    /// The row at the top; none where there is nothing.
    fn spot(&self, log: &Log, shape: Shape) -> Option<Spot> {
        let last = self.last_top(log, shape)?;
        let first = Spot {
            line: log.first(),
            row: 0,
        };
        Some(
            self.top
                .map_or(last, |top| top.clamp(first.min(last), last)),
        )
    }

    /// The top from which on the end is in sight.
    fn last_top(&self, log: &Log, shape: Shape) -> Option<Spot> {
        let end = Spot {
            line: log.end().checked_sub(1)?,
            row: 0,
        };
        log.get(end.line)?;
        let rows = self.height(log, end.line, shape);
        let back = rows.saturating_sub(1);
        let last = Spot { row: back, ..end };
        Some(self.up(log, last, shape.rows.saturating_sub(1), shape))
    }

    /// So many rows above a row, at most the first one.
    fn up(&self, log: &Log, mut spot: Spot, mut by: usize, shape: Shape) -> Spot {
        while by > spot.row {
            if spot.line <= log.first() {
                return Spot {
                    line: log.first(),
                    row: 0,
                };
            }
            by -= spot.row + 1;
            spot.line -= 1;
            spot.row = self.height(log, spot.line, shape).saturating_sub(1);
        }
        spot.row -= by;
        spot
    }

    /// So many rows below a row, at most the last one.
    fn down(&self, log: &Log, mut spot: Spot, mut by: usize, shape: Shape) -> Spot {
        while spot.line < log.end() {
            let left = self
                .height(log, spot.line, shape)
                .saturating_sub(spot.row + 1);
            if by <= left {
                spot.row += by;
                break;
            }
            by -= left + 1;
            spot = Spot {
                line: spot.line + 1,
                row: 0,
            };
        }
        spot
    }

    /// Rows of a line, the heading of its run included.
    fn height(&self, log: &Log, number: u64, shape: Shape) -> usize {
        log.get(number).map_or(1, |line| {
            let text = &line.text;
            let columns = self.columns(shape);
            let rows = if self.unbroken || text.len() <= columns {
                1
            } else if text.is_ascii() {
                text.len().div_ceil(columns)
            } else {
                self.parts(text, shape).len()
            };
            rows + usize::from(line.run.is_some())
        })
    }

    /// Columns for text: behind the sign of the stream, and the time.
    fn columns(&self, shape: Shape) -> usize {
        let time = if self.times {
            width(&Self::time(shape, None))
        } else {
            0
        };
        shape.columns.saturating_sub(2 + time).max(1)
    }

    /// The parts of a text that stand in rows of their own, in bytes.
    fn parts(&self, text: &str, shape: Shape) -> Vec<Range<usize>> {
        if self.unbroken {
            let whole = behind(text, self.left)..text.len();
            return Vec::from([whole]);
        }
        let columns = self.columns(shape);
        let (mut parts, mut from, mut used) = (Vec::new(), 0, 0);
        for (at, c) in text.char_indices() {
            let wide = c.width().unwrap_or(0);
            if used + wide > columns && at > from {
                parts.push(from..at);
                (from, used) = (at, 0);
            }
            used += wide;
        }
        parts.push(from..text.len());
        parts
    }

    /// Follows the end from now on.
    pub(super) fn follow(&mut self) {
        self.top = None;
        self.held = None;
    }

    /// Goes to a row; at the end, it follows.
    fn go(&mut self, log: &Log, to: Spot, shape: Shape) {
        let end = self.last_top(log, shape);
        if end.is_none_or(|end| to >= end) {
            self.follow();
            self.seen = log.end();
            return;
        }
        if self.top.is_none() {
            self.seen = log.end();
        }
        self.top = Some(to);
        let (_, last) = self.span(log, shape);
        self.seen = self.seen.max(last + 1);
    }

    pub(super) fn scroll(&mut self, log: &Log, by: isize, shape: Shape) {
        let Some(top) = self.spot(log, shape) else {
            return;
        };
        self.held = None;
        let to = if by < 0 {
            self.up(log, top, by.unsigned_abs(), shape)
        } else {
            self.down(log, top, by.unsigned_abs(), shape)
        };
        self.go(log, to, shape);
    }

    /// Brings a line to the top.
    pub(super) fn go_to_line(&mut self, log: &Log, line: u64, shape: Shape) {
        self.held = None;
        self.go(log, Spot { line, row: 0 }, shape);
    }

    /// Brings a line into sight: in the middle, unless all of it is seen already.
    pub(super) fn reveal(&mut self, log: &Log, line: u64, shape: Shape) {
        let (first, last) = self.span(log, shape);
        let top = self.spot(log, shape);
        let cut = top.is_some_and(|top| top.line == line && top.row > 0);
        if (first..=last).contains(&line) && !cut {
            return;
        }
        self.held = None;
        let to = self.up(log, Spot { line, row: 0 }, shape.rows / 2, shape);
        self.go(log, to, shape);
    }

    /// Changes how lines are shown; the line at the top stays there.
    pub(super) fn keep(&mut self, log: &Log, shape: Shape, change: impl FnOnce(&mut Self)) {
        let top = self.spot(log, shape).filter(|_| self.top.is_some());
        change(self);
        if let Some(top) = top {
            self.top = Some(Spot { row: 0, ..top });
        }
    }

    /// Moves long lines to the side; it ends the breaking of lines.
    pub(super) fn aside(&mut self, log: &Log, right: bool, shape: Shape) {
        if !self.unbroken {
            if right {
                self.keep(log, shape, |view| view.unbroken = true);
            }
            return;
        }
        let longest = self.rows(log, shape).iter().fold(0, |most, row| match row {
            Row::Text(_, line, ..) => most.max(width(&line.text)),
            Row::Run(_) => most,
        });
        let most = longest.saturating_sub(self.columns(shape) / 2);
        self.left = if right {
            self.left.saturating_add(ASIDE).min(most).max(self.left)
        } else {
            self.left.saturating_sub(ASIDE)
        };
    }

    /// All lines are to be replaced: the one at the top comes back to the top, by its time.
    pub(super) fn hold(&mut self, log: &Log, shape: Shape) {
        let top = self.spot(log, shape).filter(|_| self.top.is_some());
        self.held = top.and_then(|top| log.get(top.line)?.at);
    }

    /// Lines from that number on are new.
    pub(super) fn added(&mut self, log: &Log, from: u64, shape: Shape) {
        if let Some(held) = self.held {
            let mut new = (from..log.end()).filter_map(|n| Some((n, log.get(n)?.at?)));
            let found = new.find(|(_, at)| *at >= held);
            if let Some((line, _)) = found {
                self.top = Some(Spot { line, row: 0 });
                self.held = None;
                let (_, last) = self.span(log, shape);
                self.seen = last + 1;
            }
            return;
        }
        if self.top.is_none() {
            self.seen = log.end();
        }
    }
}

/// The byte behind so many columns of a text.
fn behind(text: &str, columns: usize) -> usize {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        if used >= columns {
            return at;
        }
        used += c.width().unwrap_or(0);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::Run;

    const SHAPE: Shape = Shape {
        columns: 12,
        rows: 4,
    };

    fn log(texts: &[&str]) -> Log {
        let mut log = Log::default();
        add(&mut log, texts);
        log
    }

    fn add(log: &mut Log, texts: &[&str]) {
        let line = |(n, text): (usize, &&str)| Line {
            at: Some(Moment(log.end().cast_signed() + n.cast_signed() as i64)),
            text: (*text).into(),
            ..Line::default()
        };
        let lines = texts.iter().enumerate().map(line).collect();
        log.add(lines);
    }

    fn shown(view: &View, log: &Log) -> Vec<String> {
        let rows = view.rows(log, SHAPE).into_iter();
        rows.map(|row| match row {
            Row::Run(at) => format!("run {}", at.0),
            Row::Text(_, line, part, _) => line.text[part].to_owned(),
        })
        .collect()
    }

    #[test]
    fn the_end_is_followed_until_the_view_goes_up_and_new_lines_are_counted() {
        let mut log = log(&["1", "2", "3", "4", "5", "6"]);
        let mut view = View::default();
        assert_eq!(shown(&view, &log), ["3", "4", "5", "6"]);
        view.scroll(&log, -1, SHAPE);
        assert_eq!(shown(&view, &log), ["2", "3", "4", "5"]);
        let from = log.end();
        add(&mut log, &["7", "8"]);
        view.added(&log, from, SHAPE);
        assert_eq!(shown(&view, &log), ["2", "3", "4", "5"]);
        assert_eq!(view.newer(&log), 2);
        view.scroll(&log, 2, SHAPE);
        assert_eq!(view.newer(&log), 1, "one of them was seen");
        view.scroll(&log, 1, SHAPE);
        assert!(view.is_following(), "at the end it follows again");
        view.scroll(&log, isize::MIN, SHAPE);
        assert_eq!(shown(&view, &log), ["1", "2", "3", "4"]);
        view.scroll(&log, isize::MAX, SHAPE);
        assert!(view.is_following());
        assert_eq!(view.newer(&log), 0);
    }

    #[test]
    fn long_lines_are_broken_into_rows_or_moved_aside() {
        let log = log(&["abcdefghijklmnopqrstuvwxy", "你好吗你好吗", ""]);
        let mut view = View::default();
        assert_eq!(shown(&view, &log), ["uvwxy", "你好吗你好", "吗", ""]);
        view.scroll(&log, -1, SHAPE);
        assert_eq!(
            shown(&view, &log),
            ["klmnopqrst", "uvwxy", "你好吗你好", "吗"]
        );
        view.aside(&log, true, SHAPE);
        assert_eq!(
            shown(&view, &log),
            ["abcdefghijklmnopqrstuvwxy", "你好吗你好吗", ""]
        );
        view.aside(&log, true, SHAPE);
        assert_eq!(shown(&view, &log), ["qrstuvwxy", "", ""]);
        view.aside(&log, true, SHAPE);
        view.aside(&log, true, SHAPE);
        assert_eq!(shown(&view, &log)[0], "uvwxy", "not out of sight");
    }

    #[test]
    fn a_run_has_a_row_of_its_own_and_a_line_is_brought_into_sight() {
        let mut log = Log::default();
        log.began(&[Run {
            began: Moment(3),
            after: Moment(2),
        }]);
        add(&mut log, &["0", "1", "2", "3", "4", "5", "6", "7"]);
        let mut view = View::default();
        view.scroll(&log, -3, SHAPE);
        assert_eq!(shown(&view, &log), ["2", "run 3", "3", "4"]);
        view.scroll(&log, 1, SHAPE);
        assert_eq!(shown(&view, &log), ["run 3", "3", "4", "5"]);
        view.reveal(&log, 5, SHAPE);
        assert_eq!(shown(&view, &log)[0], "run 3", "seen already");
        view.reveal(&log, 1, SHAPE);
        assert_eq!(shown(&view, &log), ["0", "1", "2", "run 3"]);
        view.go_to_line(&log, 99, SHAPE);
        assert!(view.is_following());
    }

    #[test]
    fn what_was_at_the_top_comes_back_to_it_when_more_is_loaded() {
        let mut log = log(&["a", "b", "c", "d", "e", "f"]);
        let mut view = View::default();
        view.scroll(&log, -1, SHAPE);
        view.hold(&log, SHAPE);
        let before = shown(&view, &log);
        log.clear();
        for at in [-2, -1, 0, 1, 2, 3, 4, 5] {
            let line = Line {
                at: Some(Moment(at)),
                text: format!("at {at}"),
                ..Line::default()
            };
            let from = log.end();
            log.add(vec![line]);
            view.added(&log, from, SHAPE);
        }
        assert_eq!(before[0], "b");
        assert_eq!(shown(&view, &log)[0], "at 1");
    }

    #[test]
    fn nothing_and_no_room_are_no_trouble() {
        let mut view = View::default();
        let none = Shape::default();
        for log in [log(&[]), log(&["x", "你"])] {
            for shape in [
                none,
                SHAPE,
                Shape {
                    columns: 1,
                    rows: 1,
                },
            ] {
                for by in [-1, 1, isize::MIN, isize::MAX] {
                    view.scroll(&log, by, shape);
                }
                view.times = !view.times;
                view.aside(&log, true, shape);
                view.reveal(&log, 1, shape);
                view.hold(&log, shape);
                view.added(&log, 0, shape);
                assert!(view.rows(&log, shape).len() <= shape.rows);
            }
        }
    }
}
