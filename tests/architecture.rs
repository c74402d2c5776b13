//! The arrows of docs/architecture.md, checked on the sources themselves: who may name whom.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test program stops at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// A folder (or file) of `src` and what its code must not name.
const RULES: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "crate::engine",
            "crate::ops",
            "crate::term",
            "crate::app",
            "crate::ui",
            "crate::runtime",
            "crate::cli",
            "ratatui",
            "crossterm",
            "tokio",
            "bollard",
            "hyper",
            "std::fs",
            "std::process",
            "std::env",
            "std::net",
            "Instant",
            "SystemTime",
            "alacritty_terminal",
        ],
    ),
    (
        "engine",
        &[
            "crate::ops",
            "crate::term",
            "crate::app",
            "crate::ui",
            "crate::runtime",
            "crate::cli",
            "ratatui",
            "crossterm",
        ],
    ),
    (
        "ops",
        &[
            "crate::term",
            "crate::app",
            "crate::ui",
            "crate::runtime",
            "crate::cli",
            "ratatui",
            "crossterm",
            "bollard",
        ],
    ),
    (
        "term",
        &[
            "crate::engine",
            "crate::ops",
            "crate::app",
            "crate::ui",
            "crate::runtime",
            "crate::cli",
            "ratatui",
            "tokio",
            "bollard",
            "Instant",
            "std::fs",
        ],
    ),
    (
        "app",
        &[
            "crate::engine",
            "crate::ops",
            "crate::ui",
            "crate::runtime",
            "crate::cli",
            "tokio",
            "bollard",
            "std::fs",
            "Instant",
            "SystemTime",
            "alacritty_terminal",
        ],
    ),
    (
        "ui",
        &[
            "crate::engine",
            "crate::ops",
            "crate::runtime",
            "crate::cli",
            "tokio",
            "bollard",
            "std::fs",
            "Instant",
            "alacritty_terminal",
        ],
    ),
    ("runtime", &["crate::cli", "bollard", "alacritty_terminal"]),
    (
        "cli",
        &["bollard", "alacritty_terminal", "crate::ui", "crate::term"],
    ),
];

/// Files that may grow past the limit, each with its reason.
const LONG: &[(&str, &str)] = &[];
const LIMIT: usize = 500;

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn under(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src")
            .join(folder),
        &mut found,
    );
    assert!(
        !found.is_empty(),
        "src/{folder} has no sources: the rule checks nothing"
    );
    found
}

/// The code of a file: without comments, and without what follows the first `#[cfg(test)]`.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines()
        .filter(|l| !l.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether `name` stands in `code` as a word of its own.
fn names(code: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + name.len()..].chars().next();
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}

#[test]
fn every_layer_names_only_what_stands_below_it() {
    let mut broken = Vec::new();
    for (folder, banned) in RULES {
        for path in under(folder) {
            if path.ends_with("tests.rs") {
                continue;
            }
            let code = code(&path);
            for name in banned.iter().filter(|name| names(&code, name)) {
                broken.push(format!("{} names {name}", path.display()));
            }
        }
    }
    assert!(
        broken.is_empty(),
        "arrows that point the wrong way:\n{}",
        broken.join("\n")
    );
}

#[test]
fn bollard_is_named_in_one_folder_and_the_emulator_in_another() {
    let mut broken = Vec::new();
    for (name, home) in [
        ("bollard", "src/engine/docker/"),
        ("alacritty_terminal", "src/term/"),
    ] {
        for path in under("") {
            let shown = path.display().to_string().replace('\\', "/");
            if !shown.contains(home) && names(&code(&path), name) {
                broken.push(format!("{shown} names {name}, whose home is {home}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_file_outgrows_one_idea() {
    for path in under("") {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        let excused = LONG.iter().any(|(name, _)| path.ends_with(name));
        assert!(
            lines <= LIMIT || excused,
            "{} has {lines} lines: split it, or say why in LONG",
            path.display()
        );
    }
}

#[test]
fn tasks_share_no_locked_state() {
    for path in under("") {
        let code = code(&path);
        assert!(
            !names(&code, "Arc<Mutex"),
            "{} shares a lock: pass messages",
            path.display()
        );
    }
}

#[test]
fn the_check_itself_sees_names_and_only_whole_ones() {
    assert!(names("use tokio::time;", "tokio"));
    assert!(names("Arc<Mutex<u8>>", "Arc<Mutex"));
    assert!(!names("use tokio_util::x;", "tokio"));
    assert!(!names("MyInstant", "Instant"));
}
