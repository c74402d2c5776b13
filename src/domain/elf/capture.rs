//! What is kept of an ELF file while it streams by.

use std::ops::Range;

use memchr::memmem;

use super::Elf;
use super::parse::{loads, parse};

/// Bytes that are kept of a file's beginning: the tables that are looked up stand early, and the section
/// that leads to them late.
pub const HEAD_MOST: u64 = 16 << 20;

/// Bytes that are kept of one part past the beginning.
pub const PIECE_MOST: u64 = 1 << 20;

/// Parts that are kept past the beginning. No file makes us keep more than
/// [`HEAD_MOST`] + `PIECES_MOST` × [`PIECE_MOST`] bytes.
pub const PIECES_MOST: usize = 16;

/// Of these, the parts that are kept in case a table stands there: beginnings of segments, where tools that
/// change a program put its new tables.
const FORESEEN_MOST: usize = 8;

/// Takes in a file that streams by and keeps what [`Elf`] is read from. What comes out does not depend on
/// how the file is cut into pieces.
///
/// The tables are read again and again, from the start, by what is there; each time they stop at the first
/// part that is missing, which then is waited for.
#[derive(Debug)]
pub struct Capture {
    kept: Kept,
    /// Offset at which reading makes sense again.
    until: u64,
    foreseen: bool,
    done: Option<Result<Elf, String>>,
}

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// This part has not come by yet.
    Wait(Range<u64>),
    /// It will not be read; why.
    Bad(String),
}

impl Stop {
    pub(super) fn bad<T>(why: impl Into<String>) -> Result<T, Self> {
        Err(Self::Bad(why.into()))
    }
}

impl Capture {
    /// Waits for a file of this size in bytes.
    pub fn new(size: u64) -> Self {
        let head = Piece {
            range: 0..size.min(HEAD_MOST),
            bytes: Vec::new(),
        };
        Self {
            kept: Kept {
                size,
                seen: 0,
                ended: false,
                pieces: vec![head],
            },
            until: 0,
            foreseen: false,
            done: None,
        }
    }

    /// Takes the next bytes of the file. Whether more are wanted: when not, the reader can stop.
    pub fn feed(&mut self, mut bytes: &[u8]) -> bool {
        while self.done.is_none() {
            let room = usize::try_from(self.until - self.kept.seen).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.kept.take(now);
            if self.kept.seen < self.until {
                return true;
            }
            bytes = later;
            self.read();
        }
        false
    }

    /// What the file says of itself, or in words why it cannot be told.
    pub fn finish(mut self) -> Result<Elf, String> {
        self.kept.ended = true;
        if self.done.is_none() {
            self.read();
        }
        let mut elf = self.done.unwrap_or_else(|| Err("not read".into()))?;
        elf.go |= self.kept.holds(b"\xff Go buildinf:");
        elf.rust = self.kept.holds(b"/rustc/");
        Ok(elf)
    }

    fn read(&mut self) {
        match parse(&self.kept) {
            Ok(elf) => self.done = Some(Ok(elf)),
            Err(Stop::Bad(why)) => self.done = Some(Err(why)),
            Err(Stop::Wait(range)) => self.wait(range),
        }
    }

    fn wait(&mut self, range: Range<u64>) {
        if !self.foreseen {
            let mut loads = loads(&self.kept);
            self.foreseen = !loads.is_empty();
            loads.retain(|load| load.start >= HEAD_MOST);
            for load in loads.into_iter().take(FORESEEN_MOST) {
                let end = load.end.min(load.start.saturating_add(PIECE_MOST));
                self.kept.keep(load.start..end);
            }
        }
        if self.kept.keep(range.clone()) {
            self.until = range.end;
        } else {
            self.done = Some(Err("its tables are in more parts than are kept".into()));
        }
    }
}

/// The bytes that are kept.
#[derive(Debug)]
pub(super) struct Kept {
    /// Of the whole file.
    size: u64,
    /// How many have come by.
    seen: u64,
    ended: bool,
    /// The first one is the file's beginning.
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    range: Range<u64>,
    bytes: Vec<u8>,
}

impl Piece {
    /// Offset of the first byte that it does not hold.
    fn end(&self) -> u64 {
        self.range.start + self.bytes.len() as u64
    }

    /// What it holds of a part, from the part's start on.
    fn part(&self, range: &Range<u64>) -> Option<&[u8]> {
        let start = range.start.checked_sub(self.range.start)?;
        let end = range.end.min(self.end()).checked_sub(self.range.start)?;
        self.bytes
            .get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }
}

impl Kept {
    /// A part of the file, whole.
    pub(super) fn bytes(&self, start: u64, len: u64) -> Result<&[u8], Stop> {
        if len == 0 {
            return Ok(&[]);
        }
        let end = start.checked_add(len).filter(|end| *end <= self.size);
        let Some(end) = end else {
            return Stop::bad(format!(
                "it is cut off: a part of it stands past its {} bytes",
                self.size
            ));
        };
        let range = start..end;
        let held = self.pieces.iter().filter_map(|piece| piece.part(&range));
        if let Some(held) = held.max_by_key(|part| part.len())
            && held.len() as u64 == len
        {
            return Ok(held);
        }
        if end > self.seen && self.ended {
            return Stop::bad(format!("only {} bytes of it were read", self.seen));
        }
        let ahead = start >= self.seen || self.reaching(start).is_some();
        if ahead && (end <= HEAD_MOST || len <= PIECE_MOST) {
            return Err(Stop::Wait(range));
        }
        Stop::bad("a part of it stands past what is kept")
    }

    /// A part of the file as far as it is there and kept.
    pub(super) fn up_to(&self, start: u64, len: u64) -> Result<&[u8], Stop> {
        let end = start.saturating_add(len).min(self.size);
        let end = end.min(HEAD_MOST.max(start.saturating_add(PIECE_MOST)));
        match self.bytes(start, end.saturating_sub(start)) {
            Err(Stop::Bad(why)) => {
                let range = start..end;
                let held = self.pieces.iter().filter_map(|piece| piece.part(&range));
                let longest = held.max_by_key(|part| part.len());
                longest
                    .filter(|part| !part.is_empty())
                    .ok_or(Stop::Bad(why))
            }
            other => other,
        }
    }

    /// The piece that has all bytes from `start` to the last one that came by.
    fn reaching(&self, start: u64) -> Option<&Piece> {
        let mut pieces = self.pieces.iter();
        pieces.find(|piece| piece.range.start <= start && piece.end() == self.seen)
    }

    /// Keeps a part of what comes; whether there was room for it.
    fn keep(&mut self, range: Range<u64>) -> bool {
        let covers = |piece: &Piece| {
            piece.range.start <= range.start
                && range.end <= piece.range.end
                && (piece.end() >= self.seen || piece.range.start >= self.seen)
        };
        if self.pieces.iter().any(covers) {
            return true;
        }
        if self.pieces.len() > PIECES_MOST {
            return false;
        }
        let before = range.start..self.seen;
        let mut bytes = Vec::new();
        if !before.is_empty() {
            let piece = self.reaching(range.start);
            let Some(part) = piece.and_then(|piece| piece.part(&before)) else {
                return false;
            };
            bytes.extend_from_slice(part);
        }
        self.pieces.push(Piece { range, bytes });
        true
    }

    fn take(&mut self, bytes: &[u8]) {
        let seen = self.seen..self.seen + bytes.len() as u64;
        for piece in &mut self.pieces {
            let from = piece.range.start.max(seen.start);
            let to = piece.range.end.min(seen.end);
            let index = |at: u64| usize::try_from(at.saturating_sub(seen.start)).ok();
            if let (Some(from), Some(to)) = (index(from), index(to))
                && let Some(part) = bytes.get(from..to)
            {
                piece.bytes.extend_from_slice(part);
            }
        }
        self.seen = seen.end;
    }

    fn holds(&self, text: &[u8]) -> bool {
        let finder = memmem::Finder::new(text);
        self.pieces
            .iter()
            .any(|piece| finder.find(&piece.bytes).is_some())
    }

    /// How many bytes are kept.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.pieces.iter().map(|piece| piece.bytes.len()).sum()
    }
}

#[cfg(test)]
impl Capture {
    /// How many bytes are kept.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }
}
