//! Names of files as text that keeps every byte.
//!
//! A name may hold any byte but zero and `/`. Where it is UTF-8 it is itself; each other byte stands as a character of a
//! private plane that no name is expected to have, and one that has it all the same is kept byte by byte. So a name can
//! be compared, kept and asked for again, and is shown with `\xNN` in those places.

use std::fmt::Write as _;

use crate::domain::text;

/// The character of byte 0.
const BASE: u32 = 0x0010_ff00;

/// The text of a name's bytes.
pub fn decoded(bytes: &[u8]) -> String {
    let mut name = String::with_capacity(bytes.len());
    let odd = |byte: &u8| char::from_u32(BASE + u32::from(*byte)).unwrap_or('\u{fffd}');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_odd(c) {
                name.extend(c.encode_utf8(&mut [0; 4]).as_bytes().iter().map(odd));
            } else {
                name.push(c);
            }
        }
        name.extend(chunk.invalid().iter().map(odd));
    }
    name
}

/// The bytes of a name.
pub fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(name.len());
    for c in name.chars() {
        match byte(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// Whether a name is UTF-8 as it stands: others cannot be asked of the engine by its interface.
pub fn is_plain(name: &str) -> bool {
    !name.chars().any(is_odd)
}

/// A name or path fit to be shown: other bytes as `\xNN`, what a terminal would obey replaced.
pub fn shown(name: &str) -> String {
    if is_plain(name) {
        return text::clean(name).into_owned();
    }
    let mut out = String::new();
    for c in name.chars() {
        match byte(c) {
            Some(byte) => {
                let _ = write!(out, "\\x{byte:02x}");
            }
            None => out.push(c),
        }
    }
    text::clean(&out).into_owned()
}

/// A path as one word without blanks and controls, for a shell's `printf %b`: bytes other than the plainest as `\0NNN`.
pub fn octal(path: &str) -> String {
    let mut out = String::new();
    for byte in encoded(path) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "\\0{byte:03o}");
            }
        }
    }
    out
}

fn is_odd(c: char) -> bool {
    byte(c).is_some()
}

fn byte(c: char) -> Option<u8> {
    u32::from(c).checked_sub(BASE)?.try_into().ok()
}
