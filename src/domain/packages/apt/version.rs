//! The order of Debian's versions: epoch, upstream version, revision (deb-version(7)).

use std::cmp::Ordering;

use super::super::read;

/// Which of two versions is newer. No part at all is as good as `0`, and any text gives an answer.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let ((a_epoch, a_upstream, a_revision), (b_epoch, b_upstream, b_revision)) =
        (parts(a), parts(b));
    part(a_epoch, b_epoch)
        .then_with(|| part(a_upstream, b_upstream))
        .then_with(|| part(a_revision, b_revision))
}

fn parts(version: &str) -> (&str, &str, &str) {
    let (epoch, rest) = version.split_once(':').unwrap_or(("", version));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch, upstream, revision)
}

/// Compares texts by turns of what is not digits and what is.
fn part(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let is_text = |byte: u8| !byte.is_ascii_digit();
    while !a.is_empty() || !b.is_empty() {
        let (a_text, b_text) = (read::run(&mut a, is_text), read::run(&mut b, is_text));
        let longest = a_text.len().max(b_text.len());
        let at = |text: &[u8], i: usize| text.get(i).map_or(0, |&byte| weight(byte));
        let texts = (0..longest).map(|i| at(a_text, i).cmp(&at(b_text, i)));
        let numbers = || {
            let (a, b) = (read::run(&mut a, is_digit), read::run(&mut b, is_digit));
            read::numbers(a, b)
        };
        let order = texts
            .fold(Ordering::Equal, Ordering::then)
            .then_with(numbers);
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// `~` comes before the end, letters after it, and everything else after letters.
fn weight(byte: u8) -> i32 {
    match byte {
        b'~' => -1,
        byte if byte.is_ascii_alphabetic() => i32::from(byte),
        byte => i32::from(byte) + 256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each checked with `dpkg --compare-versions` (1.21.22).
    const TABLE: &[(&str, Ordering, &str)] = &[
        ("1.0", Ordering::Equal, "1.0"),
        ("1.0", Ordering::Equal, "1.0-0"),
        ("1.0", Ordering::Equal, "0:1.0"),
        ("1.0", Ordering::Equal, "1.00"),
        ("1.0", Ordering::Less, "1.0-1"),
        ("1.0-1", Ordering::Less, "1.0-1+b1"),
        ("1.0~rc1", Ordering::Less, "1.0"),
        ("1.0~~", Ordering::Less, "1.0~"),
        ("1.0~", Ordering::Less, "1.0"),
        ("1.0", Ordering::Less, "1.0a"),
        ("1.0a", Ordering::Less, "1.0+a"),
        ("1.0a", Ordering::Less, "1.0.a"),
        ("1.9", Ordering::Less, "1.10"),
        ("9", Ordering::Less, "1:0"),
        ("2:1.0", Ordering::Greater, "1:9.9"),
        ("7.88.1-10+deb12u8", Ordering::Less, "7.88.1-10+deb12u12"),
        ("7.88.1-10+deb12u8", Ordering::Less, "8.11.1-1~bpo12+1"),
        ("8.11.1-1~bpo12+1", Ordering::Less, "8.11.1-1"),
        ("2.36-9+deb12u10", Ordering::Greater, "2.36-9+deb12u9"),
        ("1.2-3-4", Ordering::Greater, "1.2-3"),
        ("20241121", Ordering::Less, "20250101"),
        ("1.0.0", Ordering::Greater, "1.0"),
        ("99999999999999999999999999", Ordering::Greater, "9"),
        ("1.2.3a-1", Ordering::Less, "1.2.3b-0"),
        ("3.0a1", Ordering::Less, "3.0a10"),
    ];

    #[test]
    fn the_table_holds_both_ways() {
        for &(a, order, b) in TABLE {
            assert_eq!(compare(a, b), order, "{a} {b}");
            assert_eq!(compare(b, a), order.reverse(), "{b} {a}");
        }
    }

    #[test]
    fn any_text_gives_an_answer() {
        for text in ["", "-", ":", "::", "~", "é-ü", "-1:", "\u{1b}[0m"] {
            assert_eq!(compare(text, text), Ordering::Equal, "{text:?}");
            assert_eq!(compare(text, "1").reverse(), compare("1", text), "{text:?}");
        }
    }
}
