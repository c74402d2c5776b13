//! Foreign text in pieces: lines of which no more is kept than can be used, numbers, names.

use std::cmp::Ordering;
use std::io::{self, BufRead};

/// Reads the next line into `line`, without its end, at most `most` bytes of it; the rest is passed over.
/// False when there is none.
pub(super) fn line(
    from: &mut dyn BufRead,
    line: &mut Vec<u8>,
    end: u8,
    most: usize,
) -> io::Result<bool> {
    line.clear();
    let mut any = false;
    loop {
        let ready = match from.fill_buf() {
            Ok(ready) => ready,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if ready.is_empty() {
            return Ok(any);
        }
        any = true;
        let at = memchr::memchr(end, ready);
        let piece = at.map_or(ready, |at| &ready[..at]);
        let room = most.saturating_sub(line.len()).min(piece.len());
        line.extend_from_slice(&piece[..room]);
        let used = at.map_or(ready.len(), |at| at + 1);
        from.consume(used);
        if at.is_some() {
            return Ok(true);
        }
    }
}

/// A number that is all digits, times `unit`; 0 for anything else.
pub(super) fn number(text: &str, unit: u64) -> u64 {
    text.trim()
        .parse::<u64>()
        .map_or(0, |n| n.saturating_mul(unit))
}

/// Takes bytes off the front of a text, as many as `wanted`.
pub(super) fn run<'a>(text: &mut &'a [u8], wanted: impl Fn(u8) -> bool) -> &'a [u8] {
    let end = text.iter().position(|&byte| !wanted(byte));
    let (taken, rest) = text.split_at(end.unwrap_or(text.len()));
    *text = rest;
    taken
}

/// Compares digits as the numbers that they are, however long; none at all are 0.
pub(super) fn numbers(mut a: &[u8], mut b: &[u8]) -> Ordering {
    run(&mut a, |byte| byte == b'0');
    run(&mut b, |byte| byte == b'0');
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Whether a text can be the name of a package: short, and nothing that a terminal or a shell would take for
/// something else.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 256
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._+-:~".contains(&b))
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn a_line_is_bounded_and_the_next_one_is_whole() {
        for size in [1, 2, 3, 100] {
            let mut from = BufReader::with_capacity(size, &b"abcdef\n\ngh"[..]);
            let (mut text, mut lines) = (Vec::new(), Vec::new());
            while line(&mut from, &mut text, b'\n', 4).unwrap() {
                lines.push(String::from_utf8(text.clone()).unwrap());
            }
            assert_eq!(lines, ["abcd", "", "gh"], "{size}");
        }
    }
}
