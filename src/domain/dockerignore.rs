//! `.dockerignore`: which files of a build context are left out. Pure.
//!
//! Docker's rules, which are not git's: a pattern is anchored at the root of the context, `*` does not cross a `/`,
//! `**` does, the last pattern that matches a file or a directory above it decides, and `!` takes back.

#[cfg(test)]
mod tests;

use regex::{Regex, RegexBuilder};

use super::error::{Error, ErrorKind, Result};
use super::text::bounded;

/// Lines of a file that are read: more are a mistake, and each costs a comparison per file.
const PATTERNS: usize = 10_000;

/// Bytes that a compiled pattern takes.
const PROGRAM_LIMIT: usize = 1 << 18;

/// What is left out.
#[derive(Debug, Default)]
pub struct Ignore {
    patterns: Vec<Pattern>,
    exceptions: bool,
}

#[derive(Debug)]
struct Pattern {
    /// As it stands in the file, without `!`, cleaned as a path.
    text: String,
    exception: bool,
    matches: Regex,
}

impl Ignore {
    /// Reads a `.dockerignore`.
    ///
    /// # Errors
    /// `Usage` with the line of a pattern that is none.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut ignore = Self::default();
        for (number, line) in text.lines().enumerate().take(PATTERNS) {
            if line.starts_with('#') {
                continue;
            }
            let line = line.trim();
            let (exception, pattern) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            if pattern.is_empty() {
                if exception {
                    return Err(wrong(number, line, "nothing stands behind `!`"));
                }
                continue;
            }
            let cleaned = clean(pattern);
            let text = match cleaned.strip_prefix('/') {
                Some(rest) if !rest.is_empty() => rest.to_owned(),
                _ => cleaned,
            };
            let pattern =
                expression(&text).ok_or_else(|| wrong(number, line, "no such pattern"))?;
            let matches = RegexBuilder::new(&pattern)
                .size_limit(PROGRAM_LIMIT)
                .build()
                .map_err(|_| wrong(number, line, "no such pattern"))?;
            ignore.exceptions |= exception;
            ignore.patterns.push(Pattern {
                text,
                exception,
                matches,
            });
        }
        Ok(ignore)
    }

    /// Whether the file or directory at `path` (relative, with `/`) is left out.
    pub fn leaves_out(&self, path: &str) -> bool {
        let parents = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        let parents: Vec<&str> = parents.collect();
        let mut out = false;
        for pattern in &self.patterns {
            // Only what would change something is asked.
            if pattern.exception != out {
                continue;
            }
            let is_match = |path: &str| pattern.matches.is_match(path);
            if is_match(path) || parents.iter().any(|parent| is_match(parent)) {
                out = !pattern.exception;
            }
        }
        out
    }

    /// Whether nothing below the left out directory at `path` can come back, so that it need not be looked into.
    pub fn leaves_out_all_below(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let back = |pattern: &&Pattern| {
            pattern.exception && format!("{}/", pattern.text).starts_with(&below)
        };
        !self.exceptions || !self.patterns.iter().any(|pattern| back(&pattern))
    }
}

fn wrong(number: usize, line: &str, why: &str) -> Error {
    let message = format!(
        ".dockerignore, line {}: {why}: {}",
        number + 1,
        bounded(line, 100)
    );
    Error::new(ErrorKind::Usage, message).hint("see the line; a [ wants its ]")
}

/// A pattern as a path without `.`, `..` and doubled `/`, as Go's `filepath.Clean` has it.
fn clean(pattern: &str) -> String {
    let rooted = pattern.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let text = parts.join("/");
    match (rooted, text.is_empty()) {
        (true, _) => format!("/{text}"),
        (false, true) => ".".into(),
        (false, false) => text,
    }
}

/// The regular expression of a pattern; none when it is none.
fn expression(pattern: &str) -> Option<String> {
    let mut out = String::from("^");
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                // `**/` is the same as `**`.
                chars.next_if_eq(&'/');
                out.push_str(if chars.peek().is_none() {
                    ".*"
                } else {
                    "(?:.*/)?"
                });
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => class(&mut chars, &mut out)?,
            '\\' => literal(chars.next()?, &mut out),
            c => literal(c, &mut out),
        }
    }
    out.push('$');
    Some(out)
}

/// `[a-z]`, `[^a]`, of which the `[` has been read.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) -> Option<()> {
    out.push('[');
    if chars.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut any = false;
    loop {
        match chars.next()? {
            ']' if any => break,
            // Go has no empty class.
            ']' => return None,
            '-' => out.push('-'),
            '\\' => {
                literal(chars.next()?, out);
            }
            c => literal(c, out),
        }
        any = true;
    }
    out.push(']');
    Some(())
}

fn literal(c: char, out: &mut String) {
    out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}
