//! Indexes as a stream: `APKINDEX` as text (the installed database has the same records), packed as apk keeps it, and
//! the list that apk 3 prints of indexes in its own format (domain.md §3.1, §3.3). Hostile: everything has a bound.

use std::io::{self, BufRead, ErrorKind, Read as _};

use flate2::bufread::GzDecoder;
use serde_json::Value;

use crate::domain::packages::Package;
use crate::domain::tar::{Event, Flow, Kind, Unpack};

/// Packages that are read: the largest public repository keeps every version that it ever had, and has half of this.
pub const PACKAGES_MOST: usize = 400_000;
/// Dependencies and provided names that are kept of all packages together: real packages have less than ten each.
const WORDS_MOST: usize = 8_000_000;
/// Bytes of a line, or of a package in a list of apk 3; what is longer is left out.
pub const LINE_MOST: usize = 1 << 20;
/// Bytes of all indexes together, when they are unpacked.
const UNPACKED_MOST: u64 = 512 << 20;

/// Reads indexes, one behind the other; what they are is told by the first byte. What cannot be understood is left
/// out, and what follows damage in a packed one. Fails when the stream itself does.
pub(super) fn read(from: &mut dyn BufRead, each: &mut dyn FnMut(Package)) -> io::Result<()> {
    let mut left = Left::default();
    let mut each = |package: Package| left.take(package, each);
    match first(from)? {
        Some(0x1f) => packed(from, &mut each),
        Some(b'[') => {
            let mut list = List::default();
            pour(from, &mut |bytes| list.feed(bytes, &mut each))
        }
        _ => {
            let mut records = Records::default();
            let mut each = |(package, _): (Package, String)| each(package);
            pour(from, &mut |bytes| records.feed(bytes, &mut each))?;
            records.end(&mut each);
            Ok(())
        }
    }
}

/// The next byte, left where it is.
fn first(from: &mut dyn BufRead) -> io::Result<Option<u8>> {
    loop {
        match from.fill_buf() {
            Ok(bytes) => return Ok(bytes.first().copied()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Hands on all bytes, up to [`UNPACKED_MOST`].
fn pour(from: &mut dyn BufRead, feed: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    let mut read = 0;
    while first(from)?.is_some() && read < UNPACKED_MOST {
        let bytes = from.fill_buf()?;
        feed(bytes);
        let length = bytes.len();
        read += length as u64;
        from.consume(length);
    }
    Ok(())
}

/// How much more may be handed out.
#[derive(Debug)]
struct Left {
    packages: usize,
    words: usize,
}

impl Default for Left {
    fn default() -> Self {
        Self {
            packages: PACKAGES_MOST,
            words: WORDS_MOST,
        }
    }
}

impl Left {
    fn take(&mut self, mut package: Package, each: &mut dyn FnMut(Package)) {
        if self.packages == 0 {
            return;
        }
        self.packages -= 1;
        for words in [&mut package.depends, &mut package.provides] {
            if words.len() > self.words {
                words.truncate(self.words);
                words.shrink_to_fit();
            }
            self.words -= words.len();
        }
        each(package);
    }
}

/// Members of gzip, each with a tar archive or a part of one: a signature (cut off, without an end), and the index.
fn packed(from: &mut dyn BufRead, each: &mut dyn FnMut(Package)) -> io::Result<()> {
    let mut each = |(package, _): (Package, String)| each(package);
    let (mut records, mut unpack) = (Records::default(), Unpack::default());
    let (mut wanted, mut left) = (false, UNPACKED_MOST);
    let mut buffer = vec![0; 64 << 10];
    while first(from)?.is_some() {
        let mut member = GzDecoder::new(&mut *from);
        let mut flow = Ok(Flow::More);
        loop {
            let length = match member.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    records.end(&mut each);
                    return damaged(error);
                }
            };
            left = left.saturating_sub(length as u64);
            if left == 0 {
                records.end(&mut each);
                return Ok(());
            }
            let bytes = buffer.get(..length).unwrap_or_default();
            // Behind its end there are only zeros.
            if flow == Ok(Flow::More) {
                flow = unpack.feed(bytes, &mut |event| {
                    match event {
                        Event::Entry(entry) => {
                            records.end(&mut each);
                            wanted = entry.kind == Kind::File && entry.path == "APKINDEX";
                        }
                        Event::Data(bytes) if wanted => records.feed(bytes, &mut each),
                        Event::Data(_) => {}
                    }
                    Flow::More
                });
            }
        }
        if flow != Ok(Flow::More) {
            records.end(&mut each);
            (unpack, wanted) = (Unpack::default(), false);
        }
    }
    records.end(&mut each);
    Ok(())
}

/// Bytes that cannot be unpacked end the reading; a stream that fails is an error.
fn damaged(error: io::Error) -> io::Result<()> {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof => Ok(()),
        _ => Err(error),
    }
}

/// Takes in records as they come, in pieces of any length, and hands out packages with their flags.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// A line whose end has not come yet.
    line: Vec<u8>,
    /// That line is too long: it is not kept.
    long: bool,
    package: Package,
    flags: String,
}

/// Where packages go, each with the letters of its flags.
type Sink<'a> = &'a mut dyn FnMut((Package, String));

impl Records {
    /// Takes in the next bytes.
    pub(super) fn feed(&mut self, mut bytes: &[u8], each: Sink<'_>) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            bytes = rest.get(1..).unwrap_or_default();
            if self.line.is_empty() && !self.long && line.len() <= LINE_MOST {
                self.take(line, each);
            } else {
                self.keep(line);
                self.line_ends(each);
            }
        }
        self.keep(bytes);
    }

    /// The end of a stream, or of an index: what was begun is whole.
    pub(super) fn end(&mut self, each: Sink<'_>) {
        self.line_ends(each);
        self.take(b"", each);
    }

    fn keep(&mut self, part: &[u8]) {
        self.long |= self.line.len() + part.len() > LINE_MOST;
        if self.long {
            self.line = Vec::new();
        } else {
            self.line.extend_from_slice(part);
        }
    }

    fn line_ends(&mut self, each: Sink<'_>) {
        let line = std::mem::take(&mut self.line);
        if !std::mem::take(&mut self.long) && !line.is_empty() {
            self.take(&line, each);
        }
    }

    fn take(&mut self, line: &[u8], each: Sink<'_>) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let [key, b':', value @ ..] = line else {
            if line.is_empty() {
                let package = std::mem::take(&mut self.package);
                let flags = std::mem::take(&mut self.flags);
                if !package.name.is_empty() {
                    each((package, flags));
                }
            }
            return;
        };
        let text = || String::from_utf8_lossy(value).into_owned();
        let package = &mut self.package;
        match key {
            b'P' => package.name = text(),
            b'V' => package.version = text(),
            b'T' => package.description = text(),
            b'L' => package.license = text(),
            b'S' => package.download = text().parse().unwrap_or_default(),
            b'I' => package.size = text().parse().unwrap_or_default(),
            b'D' => package.depends = words(&text()).collect(),
            b'p' => package.provides = words(&text()).map(bare).collect(),
            b'f' => self.flags = text(),
            _ => {}
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_ascii_whitespace()
        .take(WORDS_MOST)
        .map(Into::into)
}

/// A provided name without its version.
fn bare(mut word: String) -> String {
    word.truncate(word.find(['=', '<', '>', '~']).unwrap_or(word.len()));
    word
}

/// A JSON array of packages, taken apart without holding more than one of them.
#[derive(Debug, Default)]
struct List {
    object: Vec<u8>,
    /// Braces that are open.
    depth: usize,
    in_string: bool,
    escaped: bool,
    long: bool,
}

impl List {
    fn feed(&mut self, bytes: &[u8], each: &mut dyn FnMut(Package)) {
        for &byte in bytes {
            self.byte(byte, each);
        }
    }

    fn byte(&mut self, byte: u8, each: &mut dyn FnMut(Package)) {
        let in_string = self.in_string;
        if self.depth > 0 {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if in_string => self.escaped = true,
                b'"' => self.in_string = !in_string,
                _ => {}
            }
        }
        if byte == b'{' && !in_string {
            self.depth += 1;
        }
        if self.depth == 0 {
            return;
        }
        self.long |= self.object.len() >= LINE_MOST;
        if !self.long {
            self.object.push(byte);
        }
        if byte == b'}' && !in_string {
            self.depth -= 1;
            if self.depth == 0 {
                if !std::mem::take(&mut self.long)
                    && let Some(package) = listed(&self.object)
                {
                    each(package);
                }
                self.object.clear();
            }
        }
    }
}

/// A package of `apk query --format json`.
fn listed(object: &[u8]) -> Option<Package> {
    let value: Value = serde_json::from_slice(object).ok()?;
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let number = |key: &str| value.get(key).and_then(Value::as_u64).unwrap_or_default();
    let list = |key: &str| -> Vec<String> {
        let items = value.get(key).and_then(Value::as_array);
        let texts = items.into_iter().flatten().filter_map(Value::as_str);
        texts.map(Into::into).collect()
    };
    let package = Package {
        name: text("name").into(),
        version: text("version").into(),
        description: text("description").into(),
        license: text("license").into(),
        download: number("file-size"),
        size: number("installed-size"),
        depends: list("depends"),
        provides: list("provides").into_iter().map(bare).collect(),
    };
    (!package.name.is_empty()).then_some(package)
}
