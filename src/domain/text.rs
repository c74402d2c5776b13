//! Text from containers, engines and registries, made harmless for a terminal: the one place that says
//! which characters are harmful.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The mark that stands where a character was taken out.
const MARK: char = '\u{fffd}';

/// Longest line of a log that is looked at, in characters: it may be megabytes long.
const LONGEST: usize = 4096;

/// Whether a terminal may act on `c` instead of showing it, or shows nothing of it: C0 and C1 controls,
/// DEL, marks that reorder text (they make a line look like another one), and invisible characters (two
/// names that look alike are then two names).
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// What stands for `c` on a line: white space is a blank, every other harmful character `�`.
fn shown(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        c if is_harmful(c) => MARK,
        c => c,
    }
}

/// `text` on one line, fit to be shown: white space becomes a blank, every other harmful character `�`.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(shown).collect())
}

/// [`clean`], and at most `most` characters of it with `…` where it was cut: foreign text may be
/// megabytes long.
pub fn bounded(text: &str, most: usize) -> String {
    let mut chars = text.chars();
    let mut line: String = chars.by_ref().take(most).map(shown).collect();
    if chars.next().is_some() {
        line.push('…');
    }
    line
}

/// The last `most` lines of a log, without escape sequences, and of each line what a carriage return
/// left standing. Empty lines stay: they are part of what the program said.
pub fn log_lines(bytes: &[u8], most: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.trim_end_matches(['\n', '\r']).lines().collect();
    if lines == [""] {
        return Vec::new();
    }
    lines
        .iter()
        .skip(lines.len().saturating_sub(most))
        .map(|line| printed(line, LONGEST))
        .collect()
}

/// A line that a program printed, without its end, as a terminal would leave it standing: what a carriage return put
/// over it is gone, escape sequences too, a tab is four blanks. At most `most` characters, as [`bounded`].
pub fn printed(line: &str, most: usize) -> String {
    let line = line.trim_end_matches(['\r', '\n']);
    let shown = line.rsplit('\r').next().unwrap_or(line);
    if !shown.contains(is_harmful) {
        return bounded(shown, most);
    }
    bounded(&without_escapes(shown).replace('\t', "    "), most)
}

/// Drops CSI, OSC, DCS and two-character escape sequences; an unfinished one takes the rest of the line.
fn without_escapes(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('[') => {
                chars.by_ref().find(|c| ('@'..='~').contains(c));
            }
            Some(']' | 'P' | 'X' | '^' | '_') => {
                while let Some(c) = chars.next() {
                    if c == '\u{7}' {
                        break;
                    }
                    if c == '\u{1b}' {
                        chars.next_if_eq(&'\\');
                        break;
                    }
                }
            }
            Some('(' | ')' | '*' | '+' | '#' | '%' | ' ') => {
                chars.next();
            }
            Some(_) | None => {}
        }
    }
    out
}

/// A word quoted for a shell, only where it must be. What a terminal would obey is written as bash, zsh
/// and busybox read it in `$'…'`, so that the line can be shown and still means the same.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if !word.contains(is_harmful) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for c in word.chars() {
        match c {
            '\n' => quoted.push_str(r"\n"),
            '\r' => quoted.push_str(r"\r"),
            '\t' => quoted.push_str(r"\t"),
            '\u{1b}' => quoted.push_str(r"\e"),
            '\'' => quoted.push_str(r"\'"),
            '\\' => quoted.push_str(r"\\"),
            c if is_harmful(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

/// Words as one line for a shell, each quoted where it must be.
pub fn line(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_left_alone() {
        assert!(matches!(clean("Grüße, 世界 🐳"), Cow::Borrowed(_)));
        assert_eq!(bounded("Grüße, 世界 🐳", 11), "Grüße, 世界 🐳");
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        let lines = [
            ("a\x1b[31mb", "a\u{fffd}[31mb"),
            (
                "c1 \u{9b}2J del \x7f nul \0",
                "c1 \u{fffd}2J del \u{fffd} nul \u{fffd}",
            ),
            ("two\r\nlines\tand", "two  lines and"),
            ("evil\u{202e}txt.exe", "evil\u{fffd}txt.exe"),
            (
                "we\u{200b}b \u{feff}w\u{ad}eb",
                "we\u{fffd}b \u{fffd}w\u{fffd}eb",
            ),
        ];
        for (text, want) in lines {
            assert_eq!(clean(text), want);
            assert_eq!(bounded(text, 100), want);
        }
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(bounded("abc\nd", 3), "abc…");
        assert_eq!(bounded(&"x".repeat(1_000_000), 9), "xxxxxxxxx…");
    }
}
