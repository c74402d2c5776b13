//! glibc's `/etc/ld.so.cache`: where the loader finds a library by its name (`dl-cache.h`).

use thiserror::Error;

/// Entries that are read; a large desktop has some thousand.
pub const ENTRIES_MOST: usize = 1 << 16;

/// Bytes of all names and paths together.
pub const TEXT_MOST: usize = 8 << 20;

/// Bytes of one name or path.
pub const PATH_MOST: usize = 4096;

const OLD: &[u8] = b"ld.so-1.7.0";
const NEW: &[u8] = b"glibc-ld.so.cache1.1";
/// Bytes before the entries of the old format, and of one of them.
const OLD_SIZES: (usize, usize) = (16, 12);
/// Bytes before the entries of the new format, and of one of them.
const NEW_SIZES: (usize, usize) = (48, 24);

/// A library in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, `libc.so.6`.
    pub name: String,
    /// Where it is, `/lib/x86_64-linux-gnu/libc.so.6`.
    pub path: String,
    /// Kind and machine: the low byte is 3 for ELF of glibc 2, the next one tells the machine (3 is amd64,
    /// 10 arm64, 0 the native one with 32 bits).
    pub flags: u32,
}

/// Why a cache cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// It does not begin as one.
    #[error("it is no ld.so.cache")]
    Foreign,
    /// It has only the format that glibc wrote before 2.2.
    #[error("it has only the format from before glibc 2.2")]
    Old,
    /// A part that it speaks of is not there.
    #[error("it is cut off, or damaged")]
    Damaged,
    /// More than is read.
    #[error("it has more entries, or longer ones, than are read")]
    Large,
}

/// Reads a whole cache, in the order of the file. Only the new format, alone or behind the old one.
pub fn parse(bytes: &[u8]) -> Result<Vec<Entry>, Unreadable> {
    let cache = new_part(bytes)?;
    // Since 2.33 it says its byte order; before, only the count does.
    let little = match cache.get(28).map(|flags| flags & 3) {
        Some(2) => true,
        Some(3) => false,
        Some(_) => number(cache, 20, true)
            .and_then(|count| cache.get(NEW_SIZES.0..)?.get(..size_of_all(count)?))
            .is_some(),
        None => return Err(Unreadable::Damaged),
    };
    let count = number(cache, 20, little).ok_or(Unreadable::Damaged)?;
    let size = size_of_all(count).ok_or(Unreadable::Damaged)?;
    let table = cache.get(NEW_SIZES.0..).and_then(|rest| rest.get(..size));
    let table = table.ok_or(Unreadable::Damaged)?;
    if table.len() > ENTRIES_MOST * NEW_SIZES.1 {
        return Err(Unreadable::Large);
    }
    let mut room = TEXT_MOST;
    let mut text = |entry, at| {
        let start = number(entry, at, little).ok_or(Unreadable::Damaged)?;
        let text = string(cache, start)?;
        room = room.checked_sub(text.len()).ok_or(Unreadable::Large)?;
        Ok(text)
    };
    let entry = |entry| {
        Ok(Entry {
            flags: number(entry, 0, little).ok_or(Unreadable::Damaged)?,
            name: text(entry, 4)?,
            path: text(entry, 8)?,
        })
    };
    table.chunks_exact(NEW_SIZES.1).map(entry).collect()
}

/// The new format in a file: offsets in it count from its own start.
fn new_part(bytes: &[u8]) -> Result<&[u8], Unreadable> {
    if bytes.starts_with(NEW) {
        return Ok(bytes);
    }
    if !bytes.starts_with(OLD) {
        return Err(Unreadable::Foreign);
    }
    // It is aligned as the machine aligns 64 bits: to 8, or to 4 on i386; in the machine's byte order.
    let parts = [(true, 8), (true, 4), (false, 8), (false, 4)];
    let mut parts = parts.into_iter().filter_map(|(little, align)| {
        let count = usize::try_from(number(bytes, 12, little)?).ok()?;
        let entries = count.checked_mul(OLD_SIZES.1)?;
        let end = entries.checked_add(OLD_SIZES.0)?;
        let part = bytes.get(end.checked_next_multiple_of(align)?..)?;
        part.starts_with(NEW).then_some(part)
    });
    parts.next().ok_or(Unreadable::Old)
}

fn size_of_all(count: u32) -> Option<usize> {
    usize::try_from(count).ok()?.checked_mul(NEW_SIZES.1)
}

fn number(bytes: &[u8], at: usize, little: bool) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(if little {
        u32::from_le_bytes(*bytes)
    } else {
        u32::from_be_bytes(*bytes)
    })
}

fn string(cache: &[u8], start: u32) -> Result<String, Unreadable> {
    let start = usize::try_from(start).ok();
    let text = start.and_then(|start| cache.get(start..));
    let text = text.ok_or(Unreadable::Damaged)?;
    let near = text.get(..=PATH_MOST).unwrap_or(text);
    match near.iter().position(|byte| *byte == 0) {
        Some(end) => Ok(String::from_utf8_lossy(near.get(..end).unwrap_or_default()).into_owned()),
        None if near.len() > PATH_MOST => Err(Unreadable::Large),
        None => Err(Unreadable::Damaged),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Cache {
        little: bool,
        /// Byte order in the header, as glibc writes it since 2.33.
        says_order: bool,
        /// Alignment behind the old format with this many entries; none without it.
        old: Option<(usize, usize)>,
    }

    const LIBRARIES: &[(&str, &str, u32)] = &[
        ("libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1", 0x0303),
        ("libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6", 0x0303),
        ("libc.so.6", "/lib/i386-linux-gnu/libc.so.6", 3),
    ];

    impl Cache {
        fn build(&self, libraries: &[(&str, &str, u32)]) -> Vec<u8> {
            let number = |n: usize| {
                let n = u32::try_from(n).unwrap();
                if self.little {
                    n.to_le_bytes()
                } else {
                    n.to_be_bytes()
                }
            };
            let mut bytes = Vec::new();
            if let Some((align, count)) = self.old {
                bytes.extend(OLD);
                bytes.push(0);
                bytes.extend(number(count));
                bytes.extend(vec![0; count * OLD_SIZES.1]);
                bytes.resize(bytes.len().next_multiple_of(align), 0);
            }
            let mut strings = Vec::new();
            let before = NEW_SIZES.0 + libraries.len() * NEW_SIZES.1;
            let mut string = |text: &str| {
                let at = before + strings.len();
                strings.extend(text.as_bytes());
                strings.push(0);
                number(at)
            };
            let mut entries = Vec::new();
            for (name, path, flags) in libraries {
                entries.extend(number(*flags as usize));
                entries.extend(string(name));
                entries.extend(string(path));
                entries.extend([0; 12]);
            }
            bytes.extend(NEW);
            bytes.extend(number(libraries.len()));
            bytes.extend(number(strings.len()));
            let order = if self.little { 2 } else { 3 };
            bytes.push(if self.says_order { order } else { 0 });
            bytes.extend([0; 19]);
            bytes.extend(entries);
            bytes.extend(strings);
            bytes
        }
    }

    fn plain() -> Cache {
        Cache {
            little: true,
            says_order: true,
            old: None,
        }
    }

    fn entries(libraries: &[(&str, &str, u32)]) -> Vec<Entry> {
        let entry = |(name, path, flags): &(&str, &str, u32)| Entry {
            name: (*name).into(),
            path: (*path).into(),
            flags: *flags,
        };
        libraries.iter().map(entry).collect()
    }

    #[test]
    fn every_form_of_the_new_format_is_read() {
        for little in [true, false] {
            for says_order in [true, false] {
                for old in [None, Some((8, 0)), Some((8, 3)), Some((4, 4))] {
                    let cache = Cache {
                        little,
                        says_order,
                        old,
                    };
                    let bytes = cache.build(LIBRARIES);
                    let case = format!("little {little} says {says_order} old {old:?}");
                    assert_eq!(parse(&bytes), Ok(entries(LIBRARIES)), "{case}");
                }
            }
        }
        assert_eq!(parse(&plain().build(&[])), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_cache_is_said() {
        let good = plain().build(LIBRARIES);
        let with = |at: usize, value: &[u8]| {
            let mut bytes = good.clone();
            bytes[at..at + value.len()].copy_from_slice(value);
            parse(&bytes)
        };
        let long = "x".repeat(PATH_MOST + 1);
        let old = [OLD, &[0, 1, 0, 0, 0], &[0; 12]].concat();
        let cases = [
            (parse(b""), Unreadable::Foreign),
            (parse(b"hello"), Unreadable::Foreign),
            (parse(&old), Unreadable::Old),
            (parse(NEW), Unreadable::Damaged),
            (parse(&good[..good.len() - 1]), Unreadable::Damaged),
            (with(20, &[0xff; 4]), Unreadable::Damaged),
            (with(52, &[0xff; 4]), Unreadable::Damaged),
            (parse(&plain().build(&[(&long, "", 3)])), Unreadable::Large),
        ];
        for (at, (result, want)) in cases.into_iter().enumerate() {
            assert_eq!(result, Err(want), "case {at}");
        }
    }

    #[test]
    fn entries_that_share_a_long_text_do_not_fill_the_memory() {
        // Each of them names the same 4 KiB.
        let mut bytes = plain().build(&vec![("", "", 3); 60_000]);
        let start = u32::try_from(bytes.len()).unwrap();
        bytes.extend("x".repeat(PATH_MOST).as_bytes());
        bytes.push(0);
        for entry in bytes[NEW_SIZES.0..]
            .chunks_exact_mut(NEW_SIZES.1)
            .take(60_000)
        {
            entry[4..8].copy_from_slice(&start.to_le_bytes());
        }
        assert_eq!(parse(&bytes), Err(Unreadable::Large));
        let many = vec![("", "", 3); ENTRIES_MOST + 1];
        assert_eq!(parse(&plain().build(&many)), Err(Unreadable::Large));
        assert_eq!(
            parse(&plain().build(&many[1..])).unwrap().len(),
            ENTRIES_MOST
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn no_bytes_make_it_panic(
            start in prop_oneof![Just(NEW), Just(OLD), Just(&b""[..])],
            bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = parse(&[start, &bytes].concat());
        }

        #[test]
        fn a_changed_cache_does_not_make_it_panic(
            little: bool, says_order: bool, old: bool,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            cut in prop_oneof![3 => Just(0usize), 1 => 0usize..200],
        ) {
            let cache = Cache { little, says_order, old: old.then_some((8, 2)) };
            let mut bytes = cache.build(LIBRARIES);
            for (index, value) in &changes {
                let at = index.index(bytes.len());
                bytes[at] = *value;
            }
            bytes.truncate(bytes.len().saturating_sub(cut));
            let read = parse(&bytes);
            if changes.is_empty() && cut == 0 {
                prop_assert_eq!(&read, &Ok(entries(LIBRARIES)));
            }
            if let Ok(read) = read {
                let text: usize = read.iter().map(|e| e.name.len() + e.path.len()).sum();
                prop_assert!(text <= TEXT_MOST && read.len() <= bytes.len() / NEW_SIZES.1);
            }
        }
    }
}
