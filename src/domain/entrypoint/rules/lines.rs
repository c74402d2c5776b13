//! What the container's last lines say. They come from a program that may be hostile: they are quoted,
//! never believed over the files.

use std::sync::LazyLock;

use regex::Regex;

use super::kit::{is_in, workdir};
use crate::domain::entrypoint::Case;
use crate::domain::fs;

/// Lines that are read, from the end.
const LINES: usize = 200;
/// Bytes of a line that are read.
const BYTES: usize = 2048;
/// Paths in a line that are looked up: each costs questions to the engine.
const PATHS: usize = 2;

/// The last lines, newest first.
pub(super) fn newest<'a>(case: &Case<'a, '_>) -> impl Iterator<Item = &'a str> {
    case.facts
        .log
        .iter()
        .rev()
        .take(LINES)
        .map(|line| head(line))
}

fn head(line: &str) -> &str {
    let mut end = line.len().min(BYTES);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.get(..end).unwrap_or_default()
}

/// The newest line that, in lower case, holds all words of one of `rows`.
pub(super) fn saying<'a>(case: &Case<'a, '_>, rows: &[&[&str]]) -> Option<&'a str> {
    newest(case).find(|line| says(line, rows))
}

/// Whether a line, in lower case, holds all words of one of `rows`.
pub(super) fn says(line: &str, rows: &[&[&str]]) -> bool {
    let line = line.to_lowercase();
    rows.iter()
        .any(|row| row.iter().all(|word| line.contains(word)))
}

/// A line as evidence.
pub(super) fn quoted(line: &str) -> String {
    format!("log: {}", line.trim())
}

/// Absolute paths that a line names.
pub(super) fn paths(line: &str) -> Vec<String> {
    static PATH: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?:^|[\s'"`(\[=:])(/[^/\s'"`:,;()\[\]][^\s'"`:,;()\[\]]*)"#).ok()
    });
    let Some(regex) = PATH.as_ref() else {
        return Vec::new();
    };
    let found = regex.captures_iter(line).filter_map(|c| c.get(1));
    found
        .map(|path| fs::normal(path.as_str().trim_end_matches('.')))
        // The kernel's own: nothing of the image.
        .filter(|path| !["/dev", "/proc", "/sys"].iter().any(|dir| is_in(path, dir)))
        .take(PATHS)
        .collect()
}

/// The paths that a line of a refused write is about: those that it names, or else a file in the working
/// directory, when it names that without a directory. Much else is denied in these words.
pub(super) fn written(case: &Case<'_, '_>, line: &str) -> Vec<String> {
    const VERBS: [&str; 5] = ["write", "open", "create", "mkdir", "cannot"];
    let named = paths(line);
    if !named.is_empty() || workdir(case) == "/" {
        return named;
    }
    let lower = line.trim_end().to_lowercase();
    let python = lower.contains("permission denied: '");
    let plain =
        lower.ends_with(": permission denied") && VERBS.iter().any(|verb| lower.contains(verb));
    if python || (plain && !lower.contains("database")) {
        return vec![fs::joined(workdir(case), "a file")];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_in_what_programs_say() {
        for (line, want) in [
            (
                "cannot write /srv/data/x: Permission denied",
                vec!["/srv/data/x"],
            ),
            ("open('/a b') failed", vec!["/a"]),
            (
                "mkdir \"/var/cache/nginx\" failed (13: Permission denied)",
                vec!["/var/cache/nginx"],
            ),
            (
                "[Errno 13] Permission denied: '/data/x.db'",
                vec!["/data/x.db"],
            ),
            ("GET https://host/a/b 403", vec![]),
            ("write state: permission denied", vec![]),
            ("/proc/1/mem: denied", vec![]),
        ] {
            assert_eq!(paths(line), want, "{line}");
        }
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        assert!(head(&"ü".repeat(5000)).len() <= BYTES);
        assert_eq!(head("short"), "short");
    }
}
