//! An open file: the pieces of it that are here, and where the view stands in it.
//!
//! A place in the file is the number of its byte; rows are found from the bytes around it, so that a file of any length
//! is paged through with a few pieces.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthChar as _;

use crate::app::panes::entrypoint::Move;
use crate::app::panes::processes::moved;
use crate::domain::compare::Content;
use crate::domain::elf::Elf;
use crate::domain::error::Error;
use crate::domain::files::{Entry, PIECE, Piece, Root, hex_row, is_text};
use crate::domain::text::is_harmful;

/// Pieces that are kept.
const KEPT: usize = 8;
/// Bytes before the view that are looked at to find where its rows begin.
const BEFORE: u64 = 16 << 10;
/// Bytes behind the top that rows of a screen may take.
const AFTER: u64 = 32 << 10;
/// Bytes of a row of the hex view.
const HEX: u64 = 16;
/// Columns of a tab.
const TAB: usize = 4;

/// How a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// As text.
    Text,
    /// As bytes.
    Hex,
    /// What an ELF file says of itself.
    Elf,
    /// Against the other side.
    Diff,
}

/// The open file.
#[derive(Debug)]
pub struct View {
    /// Whose.
    pub root: Root,
    /// Its path, no link in it.
    pub path: String,
    /// What its directory says of it.
    pub entry: Entry,
    /// Bytes in all, by the newest piece.
    pub size: u64,
    /// What its ELF tables say.
    pub elf: Option<Result<Box<Elf>, String>>,
    /// What differs.
    pub diff: Option<Box<Content>>,
    /// Why something cannot be shown.
    pub error: Option<Error>,
    how: How,
    /// Whether the person chose how; else its first bytes do.
    chosen: bool,
    pieces: BTreeMap<u64, Vec<u8>>,
    top: u64,
    /// The first line of what is no text of the file.
    line: usize,
    /// To its end, once the pieces there have come.
    to_end: bool,
}

impl View {
    /// A file of which nothing is here yet.
    pub fn new(root: Root, path: String, entry: Entry) -> Self {
        Self {
            root,
            path,
            size: entry.size,
            entry,
            elf: None,
            diff: None,
            error: None,
            how: How::Text,
            chosen: false,
            pieces: BTreeMap::new(),
            top: 0,
            line: 0,
            to_end: false,
        }
    }

    /// How it is shown.
    pub fn how(&self) -> How {
        self.how
    }

    /// Shows it otherwise.
    pub(in crate::app) fn turn_to(&mut self, how: How) {
        self.how = how;
        self.chosen = true;
        self.line = 0;
        self.error = None;
        if how == How::Hex {
            self.top -= self.top % HEX;
        }
    }

    /// Forgets what is here, to look again.
    pub(in crate::app) fn forget(&mut self) {
        self.pieces.clear();
        self.elf = None;
        self.diff = None;
        self.error = None;
    }

    /// Whether its first bytes are here, and are those of an ELF file.
    pub fn is_elf(&self) -> bool {
        let first = self.pieces.get(&0);
        first.is_some_and(|bytes| bytes.starts_with(crate::domain::elf::MAGIC))
    }

    /// Where the view stands: the number of its first byte.
    pub fn top(&self) -> u64 {
        self.top
    }

    /// The first line in sight of what is no text of the file, of so many lines and rows.
    pub fn line(&self, lines: usize, rows: usize) -> usize {
        self.line.min(lines.saturating_sub(rows))
    }

    /// A piece came.
    pub(in crate::app) fn came(&mut self, piece: Piece, columns: usize, rows: usize) {
        self.size = piece.size;
        self.error = None;
        if piece.offset == 0 && !self.chosen {
            self.how = if piece.bytes.starts_with(crate::domain::elf::MAGIC) {
                How::Elf
            } else if is_text(&piece.bytes) {
                How::Text
            } else {
                How::Hex
            };
        }
        self.pieces.insert(piece.offset, piece.bytes);
        let far = |at: &u64| at.abs_diff(self.top);
        while self.pieces.len() > KEPT
            && let Some(far) = self.pieces.keys().copied().max_by_key(far)
        {
            self.pieces.remove(&far);
        }
        if self.to_end && self.wants().is_empty() {
            self.to_end = false;
            self.top = self.size;
            self.back(rows, columns);
        }
        self.top = self.top.min(self.size);
    }

    /// Where the pieces begin that are needed and not here.
    pub fn wants(&self) -> Vec<u64> {
        if matches!(self.how, How::Diff) || (self.how == How::Elf && self.pieces.contains_key(&0)) {
            return Vec::new();
        }
        let at = if self.to_end { self.size } else { self.top };
        let first = at.saturating_sub(BEFORE) / PIECE;
        let last = at.saturating_add(AFTER).min(self.size.saturating_sub(1)) / PIECE;
        let all = (first..=last.max(first)).map(|n| n * PIECE);
        all.filter(|at| !self.pieces.contains_key(at)).collect()
    }

    /// The bytes from `at` on, `most` at most and as far as they are here.
    fn bytes(&self, at: u64, most: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let end = at.saturating_add(most);
        let mut next = at;
        while next < end {
            let piece = next - next % PIECE;
            let Some(all) = self.pieces.get(&piece) else {
                break;
            };
            let from = usize::try_from(next - piece).unwrap_or(usize::MAX);
            let room = usize::try_from(end - next).unwrap_or(usize::MAX);
            let part = all.get(from..).unwrap_or_default();
            let part = part.get(..room.min(part.len())).unwrap_or_default();
            if part.is_empty() {
                break;
            }
            bytes.extend_from_slice(part);
            next += part.len() as u64;
        }
        bytes
    }

    /// The rows in sight; fewer when the pieces are not here, or the file ends.
    pub fn rows(&self, columns: usize, rows: usize) -> Vec<String> {
        let bytes = self.bytes(self.top, AFTER);
        if self.how == How::Hex {
            let width = usize::try_from(HEX).unwrap_or(1);
            let all = bytes.chunks(width).take(rows).enumerate();
            return all
                .map(|(n, bytes)| hex_row(self.top + n as u64 * HEX, bytes))
                .collect();
        }
        let mut out = Vec::new();
        let mut rest = bytes.as_slice();
        while out.len() < rows && !rest.is_empty() {
            let (text, taken) = row(rest, columns);
            out.push(text);
            rest = rest.get(taken..).unwrap_or_default();
        }
        out
    }

    /// Moves the view; of what is no text of the file so many lines are there.
    pub(in crate::app) fn go(&mut self, by: Move, columns: usize, rows: usize, lines: usize) {
        if matches!(self.how, How::Elf | How::Diff) {
            let last = lines.saturating_sub(rows);
            self.line = moved(self.line(lines, rows), by, rows, last);
            return;
        }
        let page = rows.saturating_sub(1).max(1);
        match by {
            Move::Step(true) => self.forth(1, columns, rows),
            Move::Step(false) => self.back(1, columns),
            Move::Page(true) => self.forth(page, columns, rows),
            Move::Page(false) => self.back(page, columns),
            Move::Lines(by) if by > 0 => self.forth(by.unsigned_abs(), columns, rows),
            Move::Lines(by) => self.back(by.unsigned_abs(), columns),
            Move::End(false) => {
                self.to_end = false;
                self.top = 0;
            }
            Move::End(true) => {
                self.to_end = true;
                if self.wants().is_empty() {
                    self.to_end = false;
                    self.top = self.size;
                    self.back(rows, columns);
                }
            }
            Move::Share(row) => {
                let (row, rows) = (row as u64, rows.max(1) as u64);
                self.top = self.size / rows * row;
                self.top -= self.top % HEX;
            }
            Move::Row(_) => {}
        }
    }

    fn forth(&mut self, count: usize, columns: usize, rows: usize) {
        if self.how == How::Hex {
            let shown = HEX * rows as u64;
            let last = self.size.saturating_sub(shown).next_multiple_of(HEX);
            self.top = (self.top + HEX * count as u64).min(last.max(self.top));
            return;
        }
        let bytes = self.bytes(self.top, AFTER);
        // The last row stays at the foot of the view.
        let starts = starts(&bytes, columns, count + rows);
        let ends = self.top + bytes.len() as u64 >= self.size;
        let most = if ends {
            starts.len().saturating_sub(rows)
        } else {
            starts.len().saturating_sub(1)
        };
        let at = starts.get(count.min(most)).copied().unwrap_or_default();
        self.top += at as u64;
    }

    fn back(&mut self, count: usize, columns: usize) {
        if self.how == How::Hex {
            let top = self.top.next_multiple_of(HEX);
            self.top = top.saturating_sub(HEX * count as u64);
            return;
        }
        let from = self.top.saturating_sub(BEFORE);
        let mut bytes = self.bytes(from, self.top - from);
        if (bytes.len() as u64) < self.top - from {
            // The piece before is not here: its rows are found when it has come.
            return;
        }
        let mut begin = from;
        // Where the window begins in the middle of a line, that line is left out, unless it fills the window.
        if from > 0
            && let Some(end) = memchr::memchr(b'\n', &bytes).filter(|end| end + 1 < bytes.len())
        {
            begin += end as u64 + 1;
            bytes.drain(..=end);
        }
        let starts = starts(&bytes, columns, usize::MAX);
        let at = starts.len().saturating_sub(count);
        self.top = begin + starts.get(at).copied().unwrap_or_default() as u64;
    }

    /// How far into the file the view is, in hundredths.
    pub fn share(&self) -> u64 {
        match self.size {
            0 => 100,
            size => (self.top.saturating_mul(100) / size).min(100),
        }
    }
}

/// Where rows begin, `most` at most.
fn starts(bytes: &[u8], columns: usize, most: usize) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at = 0;
    while at < bytes.len() && starts.len() < most {
        starts.push(at);
        at += row(bytes.get(at..).unwrap_or_default(), columns).1;
    }
    starts
}

/// The first row, fit to be shown, and how many bytes it takes: to the line's end, or as many columns as there are.
fn row(bytes: &[u8], columns: usize) -> (String, usize) {
    let columns = columns.max(TAB);
    let mut text = String::new();
    let (mut used, mut taken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        let odd = chunk.invalid();
        let marks = odd.iter().map(|_| ('\u{fffd}', 1));
        let chars = chunk.valid().chars().map(|c| (c, c.len_utf8()));
        for (c, len) in chars.chain(marks) {
            if c == '\n' {
                return (text, taken + len);
            }
            let (shown, wide) = match c {
                '\t' => (None, TAB - used % TAB),
                '\r' => (None, 0),
                c if is_harmful(c) => (Some('\u{fffd}'), 1),
                c => (Some(c), c.width().unwrap_or(0)),
            };
            if used + wide > columns {
                return (text, taken);
            }
            match shown {
                Some(c) => text.push(c),
                None => text.extend(std::iter::repeat_n(' ', wide)),
            }
            used += wide;
            taken += len;
        }
    }
    (text, taken)
}

#[cfg(test)]
mod tests;
