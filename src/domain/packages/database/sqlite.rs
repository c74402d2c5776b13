//! A table of a file of `SQLite`, read from memory (sqlite.org/fileformat2.html): rpm keeps its headers in `Packages`. What rpm
//! wrote beside the file and did not merge yet (its log) is not seen; rpm merges when it ends.

/// Depth of a tree of pages: with two cells a page it holds all that a file may have.
const DEPTH: usize = 40;

/// Takes each blob out of the table `Packages`.
pub(super) fn blobs(file: &[u8], each: &mut dyn FnMut(&[u8])) -> Result<(), &'static str> {
    let file = File::read(file)?;
    let mut root = None;
    // The schema stands at the first page: type, name, table, root page, sql.
    file.table(1, &mut |record| {
        if column(record, 0) == Some(b"table") && column(record, 1) == Some(b"Packages") {
            root = column(record, 3)
                .map(|bytes| bytes.iter().fold(0, |n, byte| n << 8 | usize::from(*byte)));
        }
    })?;
    let root = root.ok_or("it has no table of packages")?;
    file.table(root, &mut |record| {
        if let Some(blob) = column(record, 1) {
            each(blob);
        }
    })
}

struct File<'a> {
    bytes: &'a [u8],
    page: usize,
    /// Bytes of a page that are used.
    usable: usize,
}

impl<'a> File<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, &'static str> {
        if !bytes.starts_with(b"SQLite format 3\0") {
            return Err("it is no file of SQLite");
        }
        let page = match be16(bytes, 16) {
            Some(1) => 65536,
            Some(size) if size >= 512 && size.is_power_of_two() => size,
            _ => return Err("its pages have no size"),
        };
        let reserved = usize::from(*bytes.get(20).unwrap_or(&0));
        let usable = page - reserved;
        if usable < 480 {
            return Err("its pages have no room");
        }
        Ok(Self {
            bytes,
            page,
            usable,
        })
    }

    fn page(&self, number: usize) -> Option<&'a [u8]> {
        let start = number.checked_sub(1)?.checked_mul(self.page)?;
        self.bytes.get(start..start.checked_add(self.page)?)
    }

    /// Goes through the records of the table whose root is that page, each as its payload.
    fn table(&self, root: usize, each: &mut dyn FnMut(&[u8])) -> Result<(), &'static str> {
        const TORN: &str = "a page is missing";
        // No page is needed twice, and no record is larger than the file: what a hostile one costs is bounded by that.
        let mut pages = self.bytes.len() / self.page + 1;
        let mut payload = self.bytes.len() * 2;
        let mut open = vec![(root, 0)];
        while let Some((number, depth)) = open.pop() {
            pages = pages.checked_sub(1).ok_or("its pages lead in a circle")?;
            let page = self.page(number).ok_or(TORN)?;
            let header = if number == 1 { 100 } else { 0 };
            let kind = *page.get(header).ok_or(TORN)?;
            let cells = be16(page, header + 3).ok_or(TORN)?;
            let pointers = match kind {
                0x0d => header + 8,
                0x05 => header + 12,
                _ => return Err("a page is of no known kind"),
            };
            let cell = |at: usize| be16(page, pointers + at * 2);
            if kind == 0x05 {
                if depth == DEPTH {
                    return Err("its pages are too deep");
                }
                let last = be32(page, header + 8).ok_or(TORN)?;
                open.push((last, depth + 1));
                for at in (0..cells).rev() {
                    let child = cell(at).and_then(|at| be32(page, at)).ok_or(TORN)?;
                    open.push((child, depth + 1));
                }
                continue;
            }
            for at in 0..cells {
                let record = self
                    .record(page, cell(at).ok_or(TORN)?, &mut payload)
                    .ok_or(TORN)?;
                each(&record);
            }
        }
        Ok(())
    }

    /// The payload of a cell, with what lies on pages of its own.
    fn record(&self, page: &[u8], cell: usize, left: &mut usize) -> Option<Vec<u8>> {
        let (length, at) = varint(page, cell)?;
        let (_, at) = varint(page, at)?; // its number
        let length = usize::try_from(length).ok()?;
        *left = left.checked_sub(length)?;
        let most = self.usable - 35;
        let here = if length <= most {
            length
        } else {
            let least = (self.usable - 12) * 32 / 255 - 23;
            let here = least + (length - least) % (self.usable - 4);
            if here <= most { here } else { least }
        };
        let mut record = page.get(at..at.checked_add(here)?)?.to_vec();
        let mut next = if here < length {
            be32(page, at + here)?
        } else {
            0
        };
        while record.len() < length {
            let page = self.page(next)?;
            let piece = page.get(4..self.usable)?;
            record.extend_from_slice(&piece[..piece.len().min(length - record.len())]);
            next = be32(page, 0)?;
        }
        Some(record)
    }
}

/// A column of a record; none when it is null, and the bytes as they stand there for anything else.
fn column(record: &[u8], wanted: usize) -> Option<&[u8]> {
    let (header, mut at) = varint(record, 0)?;
    let mut value = usize::try_from(header).ok()?;
    let mut column = 0;
    while at < usize::try_from(header).ok()? {
        let (kind, next) = varint(record, at)?;
        let length = usize::try_from(match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            kind => (kind - 12) / 2,
        });
        let length = length.ok()?;
        if column == wanted {
            return match kind {
                0 => None,
                // The number one is all in its type.
                9 => Some(&[1]),
                _ => record.get(value..value.checked_add(length)?),
            };
        }
        value = value.checked_add(length)?;
        at = next;
        column += 1;
    }
    None
}

/// A number of one to nine bytes, and what follows it.
fn varint(bytes: &[u8], mut at: usize) -> Option<(u64, usize)> {
    let mut number = 0;
    for _ in 0..8 {
        let byte = *bytes.get(at)?;
        at += 1;
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, at));
        }
    }
    Some((number << 8 | u64::from(*bytes.get(at)?), at + 1))
}

fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    let two: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(usize::from(u16::from_be_bytes(two)))
}

fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(four)).ok()
}
