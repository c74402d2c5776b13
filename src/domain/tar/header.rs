//! What a header says, together with the fields that stand before it.

use tar::{EntryType, Header};

use super::{Entry, Kind, Raw, Unreadable};

/// The record in which Go's archives, and so the engine's, write capabilities.
const CAPABILITIES: &[u8] = b"SCHILY.xattr.security.capability";
/// Bytes of capabilities that are kept: the kernel's greatest form has 24.
const CAPABILITIES_MOST: usize = 64;

/// Extended fields, which override those of a header.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    capabilities: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u64>,
    gid: Option<u64>,
    mtime: Option<i64>,
}

impl Fields {
    /// These fields and those of pax records: `27 path=a/name/of/length\n`. The length counts all of a
    /// record, for a value may hold anything.
    pub(super) fn and(mut self, mut records: &[u8]) -> Result<Self, Unreadable> {
        while !records.is_empty() {
            let (key, value, rest) = record(records).ok_or(Unreadable::Extended)?;
            records = rest;
            match key {
                b"path" => self.path = text(value)?,
                b"linkpath" => self.link = text(value)?,
                CAPABILITIES => {
                    let kept = !value.is_empty() && value.len() <= CAPABILITIES_MOST;
                    self.capabilities = kept.then(|| value.to_vec());
                }
                b"size" => self.size = number(value)?,
                b"uid" => self.uid = number(value)?,
                b"gid" => self.gid = number(value)?,
                b"mtime" => self.mtime = seconds(value),
                _ => {}
            }
        }
        Ok(self)
    }

    /// These fields, and others where there is none.
    pub(super) fn over(self, others: &Self) -> Self {
        Self {
            path: self.path.or_else(|| others.path.clone()),
            link: self.link.or_else(|| others.link.clone()),
            capabilities: self.capabilities.or_else(|| others.capabilities.clone()),
            size: self.size.or(others.size),
            uid: self.uid.or(others.uid),
            gid: self.gid.or(others.gid),
            mtime: self.mtime.or(others.mtime),
        }
    }
}

/// The first record: key, value, and what follows it.
fn record(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let blank = records.iter().position(|byte| *byte == b' ')?;
    let length: usize = str::from_utf8(records.get(..blank)?).ok()?.parse().ok()?;
    let pair = records.get(blank + 1..length)?.strip_suffix(b"\n")?;
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    Some((
        pair.get(..equals)?,
        pair.get(equals + 1..)?,
        records.get(length..)?,
    ))
}

/// A value that is a name. An empty one takes the field back, here and in [`number`].
fn text(value: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
    if value.contains(&0) {
        return Err(Unreadable::Extended);
    }
    Ok((!value.is_empty()).then(|| value.to_vec()))
}

fn number(value: &[u8]) -> Result<Option<u64>, Unreadable> {
    if value.is_empty() {
        return Ok(None);
    }
    let number = str::from_utf8(value)
        .ok()
        .and_then(|text| text.parse().ok());
    number.map(Some).ok_or(Unreadable::Extended)
}

/// The whole seconds of a time, `1795751467.25`; none when it is none: nobody needs it to read an archive.
fn seconds(value: &[u8]) -> Option<i64> {
    let text = str::from_utf8(value).ok()?;
    text.split('.').next()?.parse().ok()
}

/// A long name as GNU writes it, with a zero at its end.
pub(super) fn zero_ended(data: &[u8]) -> Vec<u8> {
    let name = data.split(|byte| *byte == 0).next().unwrap_or_default();
    name.to_vec()
}

/// A name as text, and as bytes where it is not UTF-8.
fn named(bytes: Vec<u8>) -> (String, Option<Vec<u8>>) {
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => (
            String::from_utf8_lossy(error.as_bytes()).into_owned(),
            Some(error.into_bytes()),
        ),
    }
}

/// The sum over a header, its own field taken as blanks.
pub(super) fn sum(block: &[u8]) -> u32 {
    let own = 148..156;
    let value = |(at, byte): (usize, &u8)| if own.contains(&at) { b' ' } else { *byte };
    block.iter().enumerate().map(value).map(u32::from).sum()
}

/// The entry that a header begins, and how many bytes of data follow it; none of a type that means nothing
/// to us.
pub(super) fn entry(header: &Header, fields: Fields) -> Result<(Option<Entry>, u64), Unreadable> {
    let own = || header.path_bytes().into_owned();
    let (path, raw) = named(fields.path.unwrap_or_else(own));
    let mut raw = Raw {
        path: raw,
        link: None,
    };
    let mut link = || {
        let own = || header.link_name_bytes().unwrap_or_default().into_owned();
        let (text, bytes) = named(fields.link.clone().unwrap_or_else(own));
        raw.link = bytes;
        text
    };
    // In the oldest form a directory is a file whose name ends in a slash.
    let oldest = header.as_old().linkflag == [0] && path.ends_with('/');
    let kind = match header.entry_type() {
        EntryType::Regular if oldest => Some(Kind::Dir),
        EntryType::Regular | EntryType::Continuous => Some(Kind::File),
        EntryType::Directory => Some(Kind::Dir),
        EntryType::Symlink => Some(Kind::Symlink(link())),
        EntryType::Link => Some(Kind::Hardlink(link())),
        EntryType::Char | EntryType::Block | EntryType::Fifo => Some(Kind::Special),
        EntryType::GNUSparse => return Err(Unreadable::Sparse),
        _ => None,
    };
    let size = match (&kind, fields.size) {
        // A size that is given for these means no data.
        (Some(Kind::Dir | Kind::Symlink(_) | Kind::Hardlink(_) | Kind::Special), _) => 0,
        (Some(Kind::File) | None, Some(size)) => size,
        (Some(Kind::File) | None, None) => header.entry_size().map_err(|_| Unreadable::Header)?,
    };
    let Some(kind) = kind else {
        return Ok((None, size));
    };
    let id = |given: Option<u64>, own: std::io::Result<u64>| {
        let id = given.or(own.ok()).map(u32::try_from);
        id.and_then(Result::ok).ok_or(Unreadable::Header)
    };
    let entry = Entry {
        path,
        kind,
        mode: header.mode().map_err(|_| Unreadable::Header)? & 0o7777,
        uid: id(fields.uid, header.uid())?,
        gid: id(fields.gid, header.gid())?,
        size,
        mtime: fields
            .mtime
            .or_else(|| i64::try_from(header.mtime().ok()?).ok())
            .unwrap_or_default(),
        raw,
        capabilities: fields.capabilities,
    };
    Ok((Some(entry), size))
}
