//! rpm's headers: an index of tags, then their values, all numbers big-endian (rpm's own `docs/manual/hregions.md` and
//! `format_v3.md`).

use std::collections::BTreeMap;

use super::{Database, Record, text};
use crate::domain::packages::read;

/// Tags of one header that are looked at: real ones have about 70.
const TAGS: usize = 10_000;
/// Files of one package.
const FILES: usize = 500_000;

/// Takes each blob out of a store, and says what is wrong with it.
pub(super) type Blobs = fn(&[u8], &mut dyn FnMut(&[u8])) -> Result<(), &'static str>;

/// Reads the packages of a store. Keys, which rpm keeps as packages, are left out.
pub(super) fn read(blobs: Blobs, bytes: &[u8], database: &mut Database) {
    let read = blobs(bytes, &mut |blob| {
        if let Some(header) = Header::read(blob)
            && let Some(record) = header.record()
            && let Some(place) = database.push(record)
        {
            header.files(&mut |dir, name| database.owned.push(place, dir, name));
        }
    });
    if let Err(why) = read {
        database.trouble = Some(format!("the database cannot be read to its end: {why}"));
    }
    rename(&mut database.records);
}

/// A name that several architectures have stays that of the most common one; the others are `name.architecture`, as dnf
/// calls them.
fn rename(records: &mut [Record]) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for record in records.iter().filter(|r| r.architecture != "noarch") {
        *counts.entry(&record.architecture).or_default() += 1;
    }
    let most = counts.iter().max_by_key(|(_, count)| **count);
    let Some(native) = most.map(|(architecture, _)| (*architecture).to_owned()) else {
        return;
    };
    for record in records {
        if record.architecture != native
            && record.architecture != "noarch"
            && !record.architecture.is_empty()
        {
            record.name = format!("{}.{}", record.name, record.architecture);
        }
    }
}

/// A header: tags to values, which are found in `data` when they are asked for.
struct Header<'a> {
    /// Type, offset and count by tag; the first of a tag counts.
    index: BTreeMap<u32, (u32, usize, usize)>,
    data: &'a [u8],
}

impl<'a> Header<'a> {
    fn read(blob: &'a [u8]) -> Option<Self> {
        let count = be32(blob, 0)? as usize;
        if count > TAGS {
            return None;
        }
        let data = blob.get(8 + count * 16..)?;
        let mut index = BTreeMap::new();
        for at in (0..count).map(|n| 8 + n * 16) {
            let [tag, kind] = [be32(blob, at)?, be32(blob, at + 4)?];
            let [offset, count] = [be32(blob, at + 8)? as usize, be32(blob, at + 12)? as usize];
            index.entry(tag).or_insert((kind, offset, count));
        }
        Some(Self { index, data })
    }

    /// The first text of a tag; one of several types.
    fn text(&self, tag: u32) -> Option<&'a [u8]> {
        self.texts(tag).next()
    }

    /// All texts of a tag, each with a zero at its end.
    fn texts(&self, tag: u32) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        /// String, array of strings, translated string.
        const TEXTS: [u32; 3] = [6, 8, 9];
        let found = self
            .index
            .get(&tag)
            .filter(|(kind, ..)| TEXTS.contains(kind));
        let (offset, count) = found.map_or((0, 0), |(_, offset, count)| (*offset, *count));
        let from = self.data.get(offset..).unwrap_or_default();
        from.split(|byte| *byte == 0).take(count.min(FILES))
    }

    fn numbers(&self, tag: u32) -> impl Iterator<Item = u32> + use<'a> {
        let found = self.index.get(&tag).filter(|(kind, ..)| *kind == 4);
        let (offset, count) = found.map_or((0, 0), |(_, offset, count)| (*offset, *count));
        let data = self.data;
        (0..count.min(FILES)).map_while(move |at| be32(data, offset.checked_add(at * 4)?))
    }

    fn record(&self) -> Option<Record> {
        let name = text(self.text(1000)?);
        if !read::is_name(&name) || name == "gpg-pubkey" {
            return None;
        }
        let (version, release) = (
            text(self.text(1001)?),
            text(self.text(1002).unwrap_or_default()),
        );
        let epoch = self.numbers(1003).next().filter(|epoch| *epoch > 0);
        let long = self.index.get(&5009).filter(|(kind, ..)| *kind == 5);
        let long = long.and_then(|(_, offset, _)| {
            let high = u64::from(be32(self.data, *offset)?);
            Some(high << 32 | u64::from(be32(self.data, *offset + 4)?))
        });
        let size = long.unwrap_or_else(|| self.numbers(1009).next().map_or(0, u64::from));
        let mut whole = epoch.map_or_else(String::new, |epoch| format!("{epoch}:"));
        whole.push_str(&version);
        if !release.is_empty() {
            whole.push('-');
            whole.push_str(&release);
        }
        let source = self.text(1044).map(text).unwrap_or_default();
        Some(Record {
            name,
            version: whole,
            size,
            origin: source_name(&source).to_owned(),
            license: self.text(1014).map(text).unwrap_or_default(),
            architecture: self.text(1022).map(text).unwrap_or_default(),
        })
    }

    /// The files: directory and name.
    fn files(&self, each: &mut dyn FnMut(&[u8], &[u8])) {
        let dirs: Vec<&[u8]> = self.texts(1118).collect();
        for (name, dir) in self.texts(1117).zip(self.numbers(1116)) {
            if let Some(dir) = dirs.get(dir as usize) {
                each(dir.strip_suffix(b"/").unwrap_or(dir), name);
            }
        }
    }
}

/// The source package of `bash-5.1.8-9.el9.src.rpm`: `bash`.
fn source_name(file: &str) -> &str {
    let mut parts = file.rsplitn(3, '-');
    parts.nth(2).unwrap_or_default()
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_be_bytes(four))
}
