//! What the pages name exists: relative links, their headings, and files in backticks.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = ["README.md", "CHANGELOG.md", "tests/fixtures/README.md"]
        .map(|name| root().join(name))
        .into();
    for folder in ["docs", "docs/guide"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "md") {
                pages.push(path);
            }
        }
    }
    pages
}

/// Targets of `](…)`, `src="…"` and `srcset="…"`.
fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (opening, closing) in [("](", ')'), ("src=\"", '"'), ("srcset=\"", '"')] {
        found.extend(
            text.split(opening)
                .skip(1)
                .filter_map(|rest| rest.split(closing).next()),
        );
    }
    found
}

/// A heading's anchor as GitHub makes it: `## The one-minute tour` is `the-one-minute-tour`.
fn anchors(text: &str) -> HashSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words
                .chars()
                .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
            kept.collect::<String>().replace(' ', "-")
        })
        .collect()
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut seen = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            if link.contains("://") || link.contains(' ') || link.is_empty() {
                continue;
            }
            seen += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let to = match path {
                "" => page.clone(),
                _ => page.parent().unwrap().join(path),
            };
            assert!(to.exists(), "{}: {link} leads nowhere", page.display());
            if !anchor.is_empty() {
                let there = std::fs::read_to_string(&to).unwrap();
                let known = anchors(&there);
                assert!(
                    known.contains(anchor),
                    "{}: no heading {link}",
                    page.display()
                );
            }
        }
    }
    assert!(seen > 10, "only {seen} links were seen");
}

/// `tests/docker/join.rs` in a page is a promise, too: words in backticks that begin with a folder of ours.
#[test]
fn every_file_named_in_a_page_exists() {
    let mut seen = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for word in text.split('`').skip(1).step_by(2) {
            let is_path = ["src/", "tests/", "docs/", "assets/", ".ci/"]
                .iter()
                .any(|folder| word.starts_with(folder));
            if !is_path || word.contains(['<', '*', ' ', '{']) {
                continue;
            }
            seen += 1;
            let file = word.split(':').next().unwrap();
            assert!(root().join(file).exists(), "{}: no {word}", page.display());
        }
    }
    assert!(seen > 10, "only {seen} files were seen");
}
