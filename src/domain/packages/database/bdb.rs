//! A hash table of Berkeley DB, in which rpm kept its headers until 2020 (`Packages`; RHEL 8 and before): pages with pairs of
//! places, where a header lies on a chain of pages of its own. Numbers are of the machine that wrote it.

/// Bytes before the entries of a page.
const HEAD: usize = 26;

/// Takes each blob out of the table.
pub(super) fn blobs(file: &[u8], each: &mut dyn FnMut(&[u8])) -> Result<(), &'static str> {
    let file = File::read(file)?;
    // Chains do not meet: no more is handed on than the file has.
    let mut left = file.bytes.len();
    for number in 1..file.bytes.len() / file.page {
        let page = file.page(number).ok_or("a page is missing")?;
        // Sorted and unsorted pages of a hash table; the others hold values, or are free.
        if !matches!(page.get(25), Some(2 | 13)) {
            continue;
        }
        let entries = file.number16(page, 20).ok_or("a page is torn")?;
        // Key and value take turns.
        for at in (1..entries).step_by(2) {
            let place = file.number16(page, HEAD + at * 2).ok_or("a page is torn")?;
            // Only what lies on pages of its own can be a header: they are too large for anything else.
            if page.get(place) != Some(&3) {
                continue;
            }
            let value = file
                .chain(page, place, &mut left)
                .ok_or("a package is torn")?;
            each(&value);
        }
    }
    Ok(())
}

struct File<'a> {
    bytes: &'a [u8],
    page: usize,
    little: bool,
}

impl<'a> File<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let little = match bytes.get(12..16) {
            Some([0x61, 0x15, 0x06, 0x00]) => true,
            Some([0x00, 0x06, 0x15, 0x61]) => false,
            _ => return Err("it is no hash table of Berkeley DB"),
        };
        let mut file = Self {
            bytes,
            page: 0,
            little,
        };
        file.page = file.number32(bytes, 20).unwrap_or(0);
        if !(512..=65536).contains(&file.page) {
            return Err("its pages have no size");
        }
        Ok(file)
    }

    fn page(&self, number: usize) -> Option<&'a [u8]> {
        let start = number.checked_mul(self.page)?;
        self.bytes.get(start..start.checked_add(self.page)?)
    }

    /// What lies on the chain of pages that an entry names.
    fn chain(&self, page: &[u8], place: usize, left: &mut usize) -> Option<Vec<u8>> {
        let mut next = self.number32(page, place + 4)?;
        let length = self.number32(page, place + 8)?;
        *left = left.checked_sub(length)?;
        let mut value = Vec::with_capacity(length);
        while value.len() < length {
            let page = self.page(next).filter(|_| next != 0)?;
            let piece = page.get(HEAD..)?;
            let before = value.len();
            value.extend_from_slice(&piece[..piece.len().min(length - before)]);
            next = self.number32(page, 16)?;
        }
        Some(value)
    }

    fn number32(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let number = if self.little {
            u32::from_le_bytes(four)
        } else {
            u32::from_be_bytes(four)
        };
        usize::try_from(number).ok()
    }

    fn number16(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let two: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        let number = if self.little {
            u16::from_le_bytes(two)
        } else {
            u16::from_be_bytes(two)
        };
        Some(usize::from(number))
    }
}
