//! What the twin's shell says of files (`assets/shell/files.sh`): lines of `stat`, of which each ends where no name can.
//!
//! A line is `MODE UID GID SIZE MTIME MAJOR MINOR NAME//NAME or its link///`: no name holds a `/`.

use super::{Entry, Kind, names};

/// The entries of an answer.
pub fn entries(mut bytes: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    while let Some((entry, rest)) = entry(bytes) {
        entries.extend(entry);
        bytes = rest;
    }
    entries
}

/// The first entry, unless it makes no sense, and what follows it; none at the end.
fn entry(bytes: &[u8]) -> Option<(Option<Entry>, &[u8])> {
    let middle = find(bytes, b"//")?;
    let (head, rest) = (bytes.get(..middle)?, bytes.get(middle + 2..)?);
    let end = find(rest, b"///\n")?;
    let (quoted, rest) = (rest.get(..end)?, rest.get(end + 4..)?);
    Some((parsed(head, quoted), rest))
}

fn parsed(head: &[u8], quoted: &[u8]) -> Option<Entry> {
    let mut words = head.splitn(8, |byte| *byte == b' ');
    let mut word = || str::from_utf8(words.next()?).ok();
    let raw = u32::from_str_radix(word()?, 16).ok()?;
    let (uid, gid) = (word()?.parse().ok()?, word()?.parse().ok()?);
    let (size, mtime) = (word()?.parse().ok()?, word()?.parse().ok()?);
    let number = |word: Option<&str>| u32::from_str_radix(word?, 16).ok();
    let device = number(word()).zip(number(word()));
    let named = words.next()?;
    // As find has it.
    let name = named.strip_prefix(b"./").unwrap_or(named);
    if name.is_empty() {
        return None;
    }
    let kind = match raw & 0o170_000 {
        0o040_000 => Kind::Dir,
        0o120_000 => Kind::Link(names::decoded(target(named, quoted))),
        0o010_000 => Kind::Pipe,
        0o140_000 => Kind::Socket,
        0o020_000 => Kind::Char(device),
        0o060_000 => Kind::Block(device),
        _ => Kind::File,
    };
    Some(Entry {
        name: names::decoded(name),
        kind,
        mode: raw & 0o7777,
        uid,
        gid,
        size,
        mtime: Some(mtime),
    })
}

/// Where a link leads: `name -> target`, or `'name' -> 'target'` as busybox has it.
fn target<'a>(name: &[u8], quoted: &'a [u8]) -> &'a [u8] {
    let plain = quoted.strip_prefix(name);
    if let Some(target) = plain.and_then(|rest| rest.strip_prefix(b" -> ")) {
        return target;
    }
    let rest = quoted.strip_prefix(b"'");
    let rest = rest.and_then(|rest| rest.strip_prefix(name));
    let rest = rest.and_then(|rest| rest.strip_prefix(b"' -> '"));
    rest.and_then(|rest| rest.strip_suffix(b"'"))
        .unwrap_or_default()
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, what)
}
