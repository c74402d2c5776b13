//! Tar streams as the archive endpoint sends them, taken in as they come: nothing is kept of files, little of
//! headers, and nothing is made as large as a header says.
//!
//! ustar, the long names of GNU and pax; where they differ, as Go's reader has it, since the engine writes with
//! Go. Names are given as they stand there, also as bytes where they are not UTF-8: they are hostile, may lead out of a
//! directory, and may come twice.

mod header;
#[cfg(test)]
mod tests;

use std::mem;

use tar::{EntryType, Header};
use thiserror::Error;

use header::{Fields, entry, sum, zero_ended};

/// Bytes of a long name, or of all extended fields of one entry.
pub const META_MOST: u64 = 64 << 10;

const BLOCK: usize = 512;

/// Something in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name as it stands there: relative, or absolute when the engine was asked for the root. That of a
    /// directory may end in `/`.
    pub path: String,
    /// What sort of thing.
    pub kind: Kind,
    /// Permission bits with set-uid, set-gid and sticky: at most `0o7777`.
    pub mode: u32,
    /// Number of its owner.
    pub uid: u32,
    /// Number of its group.
    pub gid: u32,
    /// Bytes that follow as data: 0 for everything but files.
    pub size: u64,
    /// When it was last written: whole seconds since the epoch.
    pub mtime: i64,
    /// Its names as bytes, where they are not UTF-8.
    pub raw: Raw,
    /// The attribute `security.capability` as the kernel has it, of the record that Go's archives write it in.
    pub capabilities: Option<Vec<u8>>,
}

/// Names that are not UTF-8, and so cannot stand in an [`Entry`] as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Raw {
    /// Of the entry.
    pub path: Option<Vec<u8>>,
    /// Of what it leads to.
    pub link: Option<Vec<u8>>,
}

impl Entry {
    /// Its name as bytes.
    pub fn path_bytes(&self) -> &[u8] {
        self.raw.path.as_deref().unwrap_or(self.path.as_bytes())
    }

    /// The name that a link leads to as bytes; empty for anything else.
    pub fn link_bytes(&self) -> &[u8] {
        match (&self.raw.link, &self.kind) {
            (Some(link), _) => link,
            (None, Kind::Symlink(link) | Kind::Hardlink(link)) => link.as_bytes(),
            (None, Kind::File | Kind::Dir | Kind::Special) => &[],
        }
    }
}

/// Sorts of things in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link, and where it leads as it stands there.
    Symlink(String),
    /// Another name of the file that has this name in the archive.
    Hardlink(String),
    /// A device or a pipe.
    Special,
}

/// What comes out of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// The next entry begins.
    Entry(Entry),
    /// The next bytes of the file that began last; never empty.
    Data(&'a [u8]),
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// More is wanted.
    More,
    /// Nothing is wanted any more.
    Enough,
}

/// Why a stream cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// A header that is none: its sum or one of its numbers is wrong.
    #[error("the archive is damaged: a header makes no sense")]
    Header,
    /// Extended fields that are none.
    #[error("the archive is damaged: extended fields make no sense")]
    Extended,
    /// A name or extended fields that are too long.
    #[error("the archive has a name or fields of more than {META_MOST} bytes")]
    Long,
    /// A file with holes, in GNU's old form, which the engine does not write.
    #[error("the archive has a file with holes")]
    Sparse,
    /// The stream ended too early.
    #[error("the archive is cut off")]
    Torn,
}

/// Takes an archive apart while it streams by. What comes out does not depend on how it is cut into pieces,
/// other than that the data of a file may come in several.
#[derive(Debug)]
pub struct Unpack {
    state: State,
    /// The header or the meta data on its way.
    partial: Vec<u8>,
    /// Fields for the next entry.
    pax: Fields,
    /// Fields for all entries.
    global: Fields,
    /// Name and link of the next entry, which count for more than the fields.
    long_name: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Header,
    /// What is in `partial` will be meta data.
    Meta(Meta, u64),
    /// Data, those bytes that then fill its last block, and whether anybody listens.
    Data {
        left: u64,
        padding: usize,
        wanted: bool,
    },
    /// Bytes up to the next block.
    Padding(usize),
    /// All has been read, or nobody wants more.
    Done,
    Failed(Unreadable),
}

#[derive(Debug, Clone, Copy)]
enum Meta {
    LongName,
    LongLink,
    Pax,
    Global,
}

impl Default for Unpack {
    fn default() -> Self {
        Self {
            state: State::Header,
            partial: Vec::new(),
            pax: Fields::default(),
            global: Fields::default(),
            long_name: None,
            long_link: None,
        }
    }
}

impl Unpack {
    /// Takes the next bytes of the stream and tells `sink` what comes out of them. Whether more are wanted:
    /// not when the sink has enough, nor behind the end of the archive.
    ///
    /// # Errors
    /// Why it cannot be read; again and again, once it has come to that.
    pub fn feed(
        &mut self,
        mut bytes: &[u8],
        sink: &mut dyn FnMut(Event<'_>) -> Flow,
    ) -> Result<Flow, Unreadable> {
        loop {
            match self.state {
                State::Done => return Ok(Flow::Enough),
                State::Failed(why) => return Err(why),
                _ if bytes.is_empty() => return Ok(Flow::More),
                State::Header => {
                    if self.gather(&mut bytes, BLOCK) {
                        let block = mem::take(&mut self.partial);
                        self.state = self.header(&block, sink).unwrap_or_else(State::Failed);
                        self.partial = block;
                        self.partial.clear();
                    }
                }
                State::Meta(meta, size) => {
                    if self.gather(&mut bytes, usize::try_from(size).unwrap_or(usize::MAX)) {
                        let data = mem::take(&mut self.partial);
                        let taken = self.meta(meta, &data);
                        let next = |()| after(0, padding(size), false);
                        self.state = taken.map_or_else(State::Failed, next);
                    }
                }
                State::Data {
                    left,
                    padding,
                    wanted,
                } => {
                    let here = usize::try_from(left).unwrap_or(usize::MAX);
                    let (data, rest) = bytes.split_at(here.min(bytes.len()));
                    bytes = rest;
                    self.state = if wanted && sink(Event::Data(data)) == Flow::Enough {
                        State::Done
                    } else {
                        after(left - data.len() as u64, padding, wanted)
                    };
                }
                State::Padding(left) => {
                    let (padding, rest) = bytes.split_at(left.min(bytes.len()));
                    bytes = rest;
                    self.state = match left - padding.len() {
                        0 => State::Header,
                        left => State::Padding(left),
                    };
                }
            }
        }
    }

    /// The end of the stream.
    ///
    /// # Errors
    /// It is not the end of the archive, which is a block of zeros; or it could not be read at all.
    pub fn finish(self) -> Result<(), Unreadable> {
        match self.state {
            State::Done => Ok(()),
            State::Failed(why) => Err(why),
            State::Header | State::Meta(..) | State::Data { .. } | State::Padding(_) => {
                Err(Unreadable::Torn)
            }
        }
    }

    /// Moves bytes until `size` are together; whether they are.
    fn gather(&mut self, bytes: &mut &[u8], size: usize) -> bool {
        let missing = size.saturating_sub(self.partial.len());
        let (part, rest) = bytes.split_at(missing.min(bytes.len()));
        self.partial.extend_from_slice(part);
        *bytes = rest;
        self.partial.len() >= size
    }

    fn header(
        &mut self,
        block: &[u8],
        sink: &mut dyn FnMut(Event<'_>) -> Flow,
    ) -> Result<State, Unreadable> {
        if block.iter().all(|byte| *byte == 0) {
            return Ok(State::Done);
        }
        let mut header = Header::new_old();
        header.as_mut_bytes().copy_from_slice(block);
        if header.cksum().ok() != Some(sum(block)) {
            return Err(Unreadable::Header);
        }
        let size = header.entry_size().map_err(|_| Unreadable::Header)?;
        let meta = match header.entry_type() {
            EntryType::GNULongName => Some(Meta::LongName),
            EntryType::GNULongLink => Some(Meta::LongLink),
            EntryType::XHeader => Some(Meta::Pax),
            EntryType::XGlobalHeader => Some(Meta::Global),
            _ => None,
        };
        if let Some(meta) = meta {
            return match size {
                0 => self.meta(meta, &[]).map(|()| State::Header),
                size if size > META_MOST => Err(Unreadable::Long),
                size => Ok(State::Meta(meta, size)),
            };
        }
        let mut fields = mem::take(&mut self.pax).over(&self.global);
        fields.path = self.long_name.take().or(fields.path);
        fields.link = self.long_link.take().or(fields.link);
        let (entry, size) = entry(&header, fields)?;
        let wanted = entry.is_some();
        if let Some(entry) = entry
            && sink(Event::Entry(entry)) == Flow::Enough
        {
            return Ok(State::Done);
        }
        Ok(after(size, padding(size), wanted))
    }

    fn meta(&mut self, meta: Meta, data: &[u8]) -> Result<(), Unreadable> {
        match meta {
            Meta::LongName => self.long_name = Some(zero_ended(data)),
            Meta::LongLink => self.long_link = Some(zero_ended(data)),
            Meta::Pax => self.pax = Fields::default().and(data)?,
            Meta::Global => self.global = mem::take(&mut self.global).and(data)?,
        }
        Ok(())
    }
}

/// What follows when so much is still to come.
fn after(left: u64, padding: usize, wanted: bool) -> State {
    match (left, padding) {
        (0, 0) => State::Header,
        (0, padding) => State::Padding(padding),
        (left, padding) => State::Data {
            left,
            padding,
            wanted,
        },
    }
}

/// Bytes from the end of so much data to the next block.
fn padding(size: u64) -> usize {
    let over = size % BLOCK as u64;
    usize::try_from((BLOCK as u64 - over) % BLOCK as u64).unwrap_or_default()
}
