//! Searching the history and the screen, and what is marked in a row of the view.

use std::ops::RangeInclusive;

use alacritty_terminal::term::cell::{Cell as RawCell, Flags};
use regex::Regex;

use super::lines::wraps;
use super::{LineNo, Place, Terminal};
use crate::domain::pattern::compiled;

/// Which of how many matches is the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The number of the current match, from 1 for the newest.
    pub at: usize,
    /// How many there are.
    pub of: usize,
    /// Whether counting was cut at a limit.
    pub more: bool,
}

/// What a stretch of a row is marked as; the first one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Highlight {
    /// It is selected.
    Selected,
    /// It is the match that was moved to.
    CurrentMatch,
    /// It matches.
    Match,
}

/// Matches that are counted.
const COUNT_LIMIT: usize = 1000;
/// Cells that are looked at to count: 20,000 lines of 200 columns, about 0.05 s.
const COUNT_CELLS: usize = 4_000_000;
/// Cells of one line, wraps included, that are searched as one.
const JOIN_CELLS: usize = 16 * 1024;

/// A search that is shown.
#[derive(Debug)]
pub(super) struct Search {
    regex: Regex,
    /// The line that it began at, going back.
    origin: LineNo,
    current: Option<Match>,
    found: Option<Found>,
}

/// The first and the last cell of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Match {
    from: Place,
    to: Place,
}

/// The text of a line with its wraps, and where its bytes stand.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub(super) text: String,
    /// For each byte, its cell counted from the first of the first row.
    cells: Vec<u32>,
    first: LineNo,
    columns: u32,
}

impl Joined {
    /// Where a byte of the text stands.
    pub(super) fn place(&self, byte: usize) -> Place {
        let cell = self.cells.get(byte).copied().unwrap_or(0);
        let columns = self.columns.max(1);
        Place {
            line: LineNo(self.first.0 + u64::from(cell / columns)),
            col: u16::try_from(cell % columns).unwrap_or(u16::MAX),
        }
    }

    fn add(&mut self, row: u32, cells: &[RawCell]) {
        let skipped = Flags::WIDE_CHAR_SPACER | Flags::LEADING_WIDE_CHAR_SPACER;
        for (col, cell) in (row * self.columns..).zip(cells) {
            if cell.flags.intersects(skipped) {
                continue;
            }
            let c = if cell.c.is_control() { ' ' } else { cell.c };
            self.text.push(c);
            self.text.extend(cell.zerowidth().unwrap_or_default());
            self.cells.resize(self.text.len(), col);
        }
    }

    fn matches(&self, regex: &Regex) -> impl Iterator<Item = Match> {
        let found = regex.find_iter(&self.text).filter(|m| !m.is_empty());
        found.map(|m| Match {
            from: self.place(m.start()),
            to: self.place(m.end() - 1),
        })
    }
}

impl Terminal {
    /// Searches for a regular expression, case-insensitively unless it has a capital: the nearest
    /// match in or before the view's last row becomes the current one and is brought into view.
    /// Whether there is one. While the pattern is changed the search goes on from where it began. An
    /// empty pattern ends it, and so does a bad one.
    ///
    /// A match stays within a line; in one line, wraps included, of more than 16,384 cells it may
    /// be missed where the line is cut to be searched in parts.
    ///
    /// # Errors
    /// What is wrong with the pattern, in words, on one line.
    pub fn find(&mut self, pattern: &str) -> Result<bool, String> {
        let origin = match self.search.take() {
            Some(search) => search.origin,
            None => self.view_bottom(),
        };
        if pattern.is_empty() {
            return Ok(false);
        }
        self.search = Some(Search {
            regex: compiled(pattern)?,
            origin,
            current: None,
            found: None,
        });
        let below = Place {
            line: LineNo(origin.0 + 1),
            col: 0,
        };
        Ok(self.go_to_match(below, true))
    }

    /// Moves to the next older match (`back`) or newer one, around the ends; whether there is one.
    pub fn find_again(&mut self, back: bool) -> bool {
        let current = self.search.as_ref().and_then(|search| search.current);
        let from = current.map_or_else(
            || Place {
                line: LineNo(self.view_bottom().0 + 1),
                col: 0,
            },
            |current| current.from,
        );
        let moved = self.go_to_match(from, back);
        let bottom = self.view_bottom();
        if let Some(search) = &mut self.search {
            search.origin = bottom;
        }
        moved
    }

    /// Ends the search.
    pub fn find_none(&mut self) {
        self.search = None;
    }

    /// The number of the current match, as it was when it was moved to; none when nothing matches.
    pub fn found(&self) -> Option<Found> {
        self.search.as_ref()?.found
    }

    /// What is to be marked in a row of the view, as first and last column: sorted, without overlap.
    pub fn highlights(&self, row: u16) -> Vec<(RangeInclusive<u16>, Highlight)> {
        if row >= self.size().rows.get() || (self.search.is_none() && self.selecting.is_none()) {
            return Vec::new();
        }
        let line = LineNo(self.view_top().0 + u64::from(row));
        let cells = self.cells(line).unwrap_or_default();
        let mut marks = vec![None; cells.len()];
        let mut put = |first: u16, last: u16, highlight| {
            let stretch = marks.get_mut(usize::from(first)..=usize::from(last));
            stretch.unwrap_or_default().fill(Some(highlight));
        };
        if let Some(search) = &self.search {
            let end = |cells: &[RawCell]| u16::try_from(cells.len()).unwrap_or(0).max(1) - 1;
            for found in self.joined(line).matches(&search.regex) {
                if found.from.line > line || found.to.line < line {
                    continue;
                }
                let first = if found.from.line == line {
                    found.from.col
                } else {
                    0
                };
                let last = if found.to.line == line {
                    found.to.col
                } else {
                    end(cells)
                };
                let wide = cells
                    .get(usize::from(last))
                    .is_some_and(|cell| cell.flags.contains(Flags::WIDE_CHAR));
                let last = (last + u16::from(wide)).min(end(cells));
                let highlight = if search.current == Some(found) {
                    Highlight::CurrentMatch
                } else {
                    Highlight::Match
                };
                put(first, last, highlight);
            }
        }
        if let Some((first, last)) = self.selected().and_then(|s| s.columns(line, cells)) {
            put(first, last, Highlight::Selected);
        }
        let mut highlights: Vec<(RangeInclusive<u16>, Highlight)> = Vec::new();
        for (col, mark) in (0u16..).zip(marks) {
            let Some(mark) = mark else {
                continue;
            };
            match highlights.last_mut() {
                Some((range, last)) if *last == mark && *range.end() + 1 == col => {
                    *range = *range.start()..=col;
                }
                _ => highlights.push((col..=col, mark)),
            }
        }
        highlights
    }

    /// The first and the last row of the line that a row belongs to, as far as it is looked at as one.
    pub(super) fn joined_rows(&self, row: LineNo) -> (LineNo, LineNo) {
        let columns = usize::from(self.size().cols.get());
        let limit = (JOIN_CELLS / columns).max(1) as u64;
        let oldest = self.first_line();
        let wrapped = |row: u64| self.cells(LineNo(row)).is_some_and(wraps);
        let mut first = row.0;
        while first > oldest.0 && wrapped(first - 1) {
            if row.0 - first >= limit {
                // A huge line is cut at the same rows wherever it is entered.
                first = (row.0 - row.0 % limit).max(oldest.0);
                break;
            }
            first -= 1;
        }
        let mut last = row.0;
        while last + 1 < first + limit && wrapped(last) && last < self.last_line().0 {
            last += 1;
        }
        (LineNo(first), LineNo(last))
    }

    /// The text of the line that a row belongs to, without blanks at its end.
    pub(super) fn joined(&self, row: LineNo) -> Joined {
        let (first, last) = self.joined_rows(row);
        let mut joined = Joined {
            first,
            columns: self.size().cols.get().into(),
            ..Joined::default()
        };
        for (index, number) in (0u32..).zip(first.0..=last.0) {
            joined.add(index, self.cells(LineNo(number)).unwrap_or_default());
        }
        joined
            .text
            .truncate(joined.text.trim_end_matches(' ').len());
        joined
    }

    fn go_to_match(&mut self, from: Place, back: bool) -> bool {
        let Some(search) = &self.search else {
            return false;
        };
        let current = self.next_match(&search.regex, from, back);
        let found = current.map(|current| self.count(&search.regex, current));
        if let Some(search) = &mut self.search {
            search.current = current;
            search.found = found;
        }
        if let Some(current) = current {
            self.show(current.from.line);
        }
        current.is_some()
    }

    /// The nearest match that begins before or after a place, going on at the other end.
    fn next_match(&self, regex: &Regex, from: Place, back: bool) -> Option<Match> {
        let (first, last) = (self.first_line(), self.last_line());
        let before = |m: &Match| m.from < from;
        let after = |m: &Match| m.from > from;
        if back {
            let near = from.line.min(last);
            self.last_match(regex, first, near, before)
                .or_else(|| self.last_match(regex, near, last, |m| !before(m)))
        } else {
            let near = from.line.max(first);
            self.first_match(regex, near, last, after)
                .or_else(|| self.first_match(regex, first, near.min(last), |m| !after(m)))
        }
    }

    fn last_match(
        &self,
        regex: &Regex,
        first: LineNo,
        last: LineNo,
        wanted: impl Fn(&Match) -> bool,
    ) -> Option<Match> {
        let mut row = last;
        loop {
            let joined = self.joined(row);
            if let Some(found) = joined.matches(regex).filter(&wanted).last() {
                return Some(found);
            }
            if joined.first <= first {
                return None;
            }
            row = LineNo(joined.first.0 - 1);
        }
    }

    fn first_match(
        &self,
        regex: &Regex,
        first: LineNo,
        last: LineNo,
        wanted: impl Fn(&Match) -> bool,
    ) -> Option<Match> {
        let mut row = first;
        while row <= last {
            if let Some(found) = self.joined(row).matches(regex).find(&wanted) {
                return Some(found);
            }
            row = LineNo(self.joined_rows(row).1.0 + 1);
        }
        None
    }

    fn count(&self, regex: &Regex, current: Match) -> Found {
        let oldest = self.first_line();
        let mut found = Found {
            at: 0,
            of: 0,
            more: false,
        };
        let mut cells = 0;
        let mut row = self.last_line();
        loop {
            let joined = self.joined(row);
            cells += joined.text.len().max(usize::from(self.size().cols.get()));
            let matches: Vec<Match> = joined.matches(regex).collect();
            for one in matches.into_iter().rev() {
                found.of += 1;
                if one == current {
                    found.at = found.of;
                }
            }
            if joined.first <= oldest {
                break;
            }
            if found.of >= COUNT_LIMIT || cells >= COUNT_CELLS {
                found.more = true;
                break;
            }
            row = LineNo(joined.first.0 - 1);
        }
        if found.at == 0 {
            found.of = found.of.max(1);
            found.at = found.of;
        }
        found
    }
}
