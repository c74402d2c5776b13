//! An archive as it comes, entry by entry; nothing of it is kept but the entry at hand.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::fs::{Owner, normal};
use crate::engine::ArchiveStream;

/// An archive is made of blocks of this size.
const BLOCK: usize = 512;
/// The longest name, and the longest further header, that is taken, in bytes: Linux knows no path beyond 4096.
const LONGEST: u64 = 64 * 1024;

/// Sorts of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Link,
    /// A further name of a file that came before.
    HardLink,
    /// A device or pipe.
    Special,
}

/// The head of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// As in the archive, made absolute: `/etc/passwd`.
    pub(super) name: String,
    pub(super) sort: Sort,
    /// As in `chmod`, at most `0o7777`.
    pub(super) mode: u32,
    pub(super) owner: Owner,
    /// Bytes of a file.
    pub(super) size: u64,
}

/// What the headers before an entry say of it (pax, GNU).
#[derive(Debug, Default)]
struct Before {
    name: Option<String>,
    size: Option<u64>,
    uid: Option<u32>,
    gid: Option<u32>,
}

/// An archive that is read from its front.
pub(super) struct Unpack<'a> {
    stream: ArchiveStream,
    /// Read, and not yet looked at.
    chunk: Bytes,
    /// What is left of the data of the entry at hand, padding not counted.
    left: u64,
    /// The padding behind it.
    padding: u64,
    /// How many bytes may still be taken from the stream.
    room: u64,
    counted: &'a AtomicU64,
}

impl<'a> Unpack<'a> {
    /// The archive of `stream`, of which at most `room` bytes are read; they are added to `counted`.
    pub(super) fn new(stream: ArchiveStream, room: u64, counted: &'a AtomicU64) -> Self {
        Self {
            stream,
            chunk: Bytes::new(),
            left: 0,
            padding: 0,
            room,
            counted,
        }
    }

    /// Whether it stopped because no more was to be read.
    pub(super) fn is_cut(&self) -> bool {
        self.room == 0
    }

    /// The stream, to be held open.
    pub(super) fn into_stream(self) -> ArchiveStream {
        self.stream
    }

    /// The next entry; what is left of the one before is passed over. None at the end, or where it is cut.
    pub(super) async fn next(&mut self) -> Result<Option<Entry>> {
        let mut before = Before::default();
        loop {
            let owed = self.left.saturating_add(self.padding);
            (self.left, self.padding) = (0, 0);
            if !self.skip(owed).await? {
                return Ok(None);
            }
            let Some(block) = self.take(BLOCK).await? else {
                return Ok(None);
            };
            if block.iter().all(|b| *b == 0) {
                // Two of them are the end; what may follow is of no interest.
                return Ok(None);
            }
            let header = tar::Header::from_byte_slice(&block);
            let size = header.entry_size().map_err(|_| garbled())?;
            let sort = match header.entry_type() {
                tar::EntryType::Directory => Sort::Dir,
                tar::EntryType::Symlink => Sort::Link,
                tar::EntryType::Link => Sort::HardLink,
                tar::EntryType::Char | tar::EntryType::Block | tar::EntryType::Fifo => {
                    Sort::Special
                }
                tar::EntryType::GNULongName => {
                    before.name = Some(text(&self.further(size).await?));
                    continue;
                }
                tar::EntryType::XHeader => {
                    before.read(&self.further(size).await?);
                    continue;
                }
                // A name of what a link leads to, and what is said of all entries: not needed.
                tar::EntryType::GNULongLink | tar::EntryType::XGlobalHeader => {
                    self.further(size).await?;
                    continue;
                }
                _ => Sort::File,
            };
            let size = match sort {
                Sort::File => before.size.unwrap_or(size),
                Sort::Dir | Sort::Link | Sort::HardLink | Sort::Special => 0,
            };
            self.left = size;
            self.padding = padding(size);
            let number = |n: std::io::Result<u64>| n.ok().and_then(|n| u32::try_from(n).ok());
            let name = before
                .name
                .take()
                .unwrap_or_else(|| text(&header.path_bytes()));
            return Ok(Some(Entry {
                name: normal(&name),
                sort,
                mode: header.mode().unwrap_or_default() & 0o7777,
                owner: Owner {
                    uid: before.uid.or(number(header.uid())).unwrap_or_default(),
                    gid: before.gid.or(number(header.gid())).unwrap_or_default(),
                },
                size,
            }));
        }
    }

    /// The next piece of the entry's data; none at its end, or where the archive is cut.
    pub(super) async fn data(&mut self) -> Result<Option<Bytes>> {
        if self.left == 0 || !self.filled().await? {
            return Ok(None);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let piece = self.chunk.split_to(self.chunk.len().min(most));
        self.left -= piece.len() as u64;
        Ok(Some(piece))
    }

    /// The data of a further header.
    async fn further(&mut self, size: u64) -> Result<Vec<u8>> {
        if size > LONGEST {
            return Err(garbled());
        }
        let length = usize::try_from(size).map_err(|_| garbled())?;
        let data = self.take(length).await?.ok_or_else(garbled)?;
        self.padding = padding(size);
        Ok(data)
    }

    /// Exactly `length` bytes; none where the archive ends before.
    async fn take(&mut self, length: usize) -> Result<Option<Vec<u8>>> {
        let mut taken = Vec::with_capacity(length);
        while taken.len() < length {
            if !self.filled().await? {
                return Ok(None);
            }
            let most = self.chunk.len().min(length - taken.len());
            taken.extend_from_slice(&self.chunk.split_to(most));
        }
        Ok(Some(taken))
    }

    /// Passes over `length` bytes; whether they were there.
    async fn skip(&mut self, mut length: u64) -> Result<bool> {
        while length > 0 {
            if !self.filled().await? {
                return Ok(false);
            }
            let most = usize::try_from(length).unwrap_or(usize::MAX);
            let step = self.chunk.len().min(most);
            self.chunk.advance(step);
            length -= step as u64;
        }
        Ok(true)
    }

    /// Whether there is something in `chunk`, read now if it must be.
    async fn filled(&mut self) -> Result<bool> {
        while self.chunk.is_empty() {
            if self.room == 0 {
                return Ok(false);
            }
            let Some(chunk) = self.stream.next().await.transpose()? else {
                return Ok(false);
            };
            self.counted
                .fetch_add(chunk.len() as u64, Ordering::Relaxed);
            self.room = self.room.saturating_sub(chunk.len() as u64);
            self.chunk = chunk;
        }
        Ok(true)
    }
}

impl Before {
    /// Reads the records of a pax header, `LENGTH KEY=VALUE\n` each.
    fn read(&mut self, mut records: &[u8]) {
        while let Some(blank) = records.iter().position(|b| *b == b' ') {
            let length = std::str::from_utf8(records.get(..blank).unwrap_or_default());
            let Some(length) = length.ok().and_then(|l| l.parse::<usize>().ok()) else {
                return;
            };
            let Some(record) = records.get(blank + 1..length.saturating_sub(1)) else {
                return;
            };
            records = records.get(length..).unwrap_or_default();
            let Some(equals) = record.iter().position(|b| *b == b'=') else {
                return;
            };
            let (key, value) = record.split_at(equals);
            let value = text(value.get(1..).unwrap_or_default());
            match key {
                b"path" => self.name = Some(value),
                b"size" => self.size = value.parse().ok(),
                b"uid" => self.uid = value.parse().ok(),
                b"gid" => self.gid = value.parse().ok(),
                _ => {}
            }
        }
    }
}

/// What fills the last block.
fn padding(size: u64) -> u64 {
    let block = BLOCK as u64;
    (block - size % block) % block
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

fn garbled() -> Error {
    Error::new(ErrorKind::Engine, "the engine's archive is garbled")
}
