//! Foreign text made fit for the screen: names, labels and log lines come from containers and may
//! hold anything, so nothing of theirs is drawn before it went through here.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::domain::text::bounded;

pub use crate::domain::text::log_lines;

/// Longest piece of foreign text that is looked at, in characters: a label may be megabytes long.
const LONGEST: usize = 4096;

/// One line of foreign text: what a terminal may act on or does not show becomes `�` or a blank.
pub fn clean(text: &str) -> String {
    bounded(text, LONGEST)
}

/// Columns that `text` takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` in at most `most` columns, with `…` at its end where it was cut.
pub fn cut(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let Some(room) = most.checked_sub(1) else {
        return String::new();
    };
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// `text` in at most `most` columns, with `…` at its start where it was cut: of an image reference
/// the end tells more.
pub fn cut_start(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let Some(room) = most.checked_sub(1) else {
        return String::new();
    };
    let mut used = 0;
    let mut from = text.len();
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        from = at;
    }
    format!("…{}", text.get(from..).unwrap_or_default())
}

/// `text` in exactly `columns` columns: cut, or filled with spaces.
pub fn pad(text: &str, columns: usize) -> String {
    let mut out = cut(text, columns);
    let missing = columns.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// `text` broken at spaces into lines of at most `columns` columns; a longer word is broken anywhere.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut line));
        } else if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if !line.is_empty() && width(&line) + c.width().unwrap_or(0) > columns {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

/// [`wrap`], at most `most` lines, with `…` at the end of the last one where more would follow.
pub fn wrap_to(text: &str, columns: usize, most: usize) -> Vec<String> {
    let mut lines = wrap(text, columns);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = if width(last) + 2 > columns {
                cut(&format!("{last}…"), columns)
            } else {
                format!("{last} …")
            };
        }
    }
    lines
}

/// A number of bytes for a person, in powers of 1000 as docker prints them: `12.3 MB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    // Tenths in whole numbers: a u64 does not fit an f64.
    let mut tenths = count / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

/// A number of bytes for a person, in powers of 1024 as `docker stats` prints memory: `12.3 MiB`.
pub fn binary(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    // Tenths in whole numbers: a u64 does not fit an f64.
    let mut tenths = count.saturating_mul(10) / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidirectional_characters_are_replaced() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}c\u{9b}d\n"), "a�[2Jb�c�d ");
        assert_eq!(clean("päivää 你好"), "päivää 你好");
        assert_eq!(clean(&"x".repeat(1_000_000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn log_lines_lose_escapes_and_keep_the_last() {
        let log = b"one\r\n\x1b[31mtwo\x1b[0m\n10%\r20%\n\x1b]0;title\x07three\xff\ttab\n";
        assert_eq!(
            log_lines(log, 3),
            ["two", "20%", "three\u{fffd}    tab"],
            "the first line is beyond the last three"
        );
        assert_eq!(log_lines(b"", 3), Vec::<String>::new());
        assert_eq!(log_lines(b"cut \x1b[", 3), ["cut "]);
        assert_eq!(log_lines(b"a\n\nb\n", 9), ["a", "", "b"]);
    }

    #[test]
    fn cutting_counts_columns() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("你好吗", 4), "你…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(cut_start("registry/acme/web:1.4", 8), "…web:1.4");
        assert_eq!(cut_start("你好吗", 4), "…吗");
        assert_eq!(pad("ab", 4), "ab  ");
        assert_eq!(width(&pad("你好吗", 4)), 4);
    }

    #[test]
    fn wrapping_breaks_at_spaces_and_inside_long_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
        assert_eq!(wrap_to("one two three", 7, 1), ["one tw…"]);
        assert_eq!(wrap_to("one two three", 9, 1), ["one two …"]);
        assert_eq!(wrap_to("one two", 7, 1), ["one two"]);
    }

    #[test]
    fn bytes_for_a_person() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(12_345_678), "12.3 MB");
        assert_eq!(bytes(999_999), "999.9 kB");
        assert_eq!(binary(851_968), "832.0 KiB");
        assert_eq!(binary(1023), "1023 B");
        assert_eq!(binary(25_276_502_016), "23.5 GiB");
        assert_eq!(bytes(u64::MAX), "18446744.0 TB");
    }
}
