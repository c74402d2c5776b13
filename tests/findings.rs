//! Keeps docs/guide/findings.md and the table of docs/guide/dockerfile.md what the rules are, and the Dockerfiles of
//! tests/fixtures what they are said to be: `DEVTWIN_BLESS=1 cargo test --test findings` writes them anew.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use devtwin::domain::dockerfile::{lint, report};
use devtwin::domain::entrypoint::rules;

#[path = "support/bless.rs"]
mod bless;

const HEAD: &str = "\
# What the inspector finds

Written from the rules in `src/domain/entrypoint/rules` by `DEVTWIN_BLESS=1 cargo test --test findings`; do not edit.

The inspector reads configuration, state, the last log lines and the files that they lead to; it runs nothing. Each finding
carries its evidence, what it means and what to do.

- **error**: it fails, or its last run failed because of this. The files prove it, or the state and the last lines do.
- **warning**: it may fail, or fails in part: the files and something that says that it matters, such as a `VOLUME`, a variable
  or a log line.
- **note**: worth knowing. A shell that production leaves out is one, and so is a fault that the container runs in spite of.

What keeps a program from starting has one id, the first that the engine and the kernel meet; behind it others may appear.
A line of the log never makes an error alone: the run must have ended by itself, with a status that is not 0.

| id | what it means | how it is found |
|---|---|---|
";

fn page() -> String {
    let mut text = HEAD.to_owned();
    for rule in rules::ALL.iter().copied().flatten() {
        let cell = |text: &str| text.replace('|', "\\|");
        let written = writeln!(
            text,
            "| `{}` | {} | {} |",
            rule.id,
            cell(rule.title),
            cell(rule.how)
        );
        assert!(written.is_ok(), "a string takes all that is written to it");
    }
    text.push_str(
        "\nNot found here: `RUN` in a stage without a shell. Such a build fails and leaves no image to look at.\n",
    );
    text
}

#[test]
fn the_page_of_findings_is_current() {
    bless::is_current(
        "docs/guide/findings.md",
        &page(),
        "cargo test --test findings",
    );
}

const BLESS: &str = "cargo test --test findings";
const START: &str = "<!-- findings: written from the rules; do not edit -->\n";
const END: &str = "<!-- end of findings -->\n";

#[test]
fn the_findings_on_the_page_of_dockerfiles_are_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/dockerfile.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once(START).unwrap();
    let (_, behind) = rest.split_once(END).unwrap();
    let mut table = String::from("| id | what it means | how it is found |\n|---|---|---|\n");
    for rule in lint::ALL.iter().copied().flatten() {
        let cell = |text: &str| text.replace('|', "\\|");
        let row = (rule.id, cell(rule.title), cell(rule.how));
        writeln!(table, "| `{}` | {} | {} |", row.0, row.1, row.2).unwrap();
    }
    let text = format!("{before}{START}{table}{END}{behind}");
    bless::is_current("docs/guide/dockerfile.md", &text, BLESS);
}

/// What is found in each of the Dockerfiles of tests/fixtures: `good-…` have no error and no warning, and every rule
/// finds something in one of the others.
#[test]
fn the_dockerfiles_of_the_fixtures_have_the_findings_that_they_are_known_for() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dockerfiles");
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(name) = name.strip_suffix(".Dockerfile") else {
            continue;
        };
        let text = std::fs::read_to_string(&path).unwrap();
        let report = report(name, &text, &BTreeMap::new(), None);
        for finding in &report.findings {
            assert!(
                !finding.meaning.is_empty() && !finding.advice.is_empty(),
                "{finding:?}"
            );
            assert!(!finding.evidence.is_empty(), "{finding:?}");
        }
        let rows = report.findings.iter().map(|f| {
            let severity = format!("{:?}", f.severity).to_lowercase();
            format!("{} {severity} {}-{}", f.id, f.line, f.last_line)
        });
        found.insert(name.to_owned(), rows.collect::<Vec<_>>());
    }
    let mut text = String::from(
        "# name: finding, severity and lines; written by DEVTWIN_BLESS=1, looked through by a person\n",
    );
    for (name, rows) in &found {
        writeln!(text, "{name}: {}", rows.join(", ")).unwrap();
        let bad = rows.iter().any(|row| !row.contains(" note "));
        assert!(!(name.starts_with("good-") && bad), "{name}: {rows:?}");
    }
    let ids: BTreeSet<&str> = found
        .values()
        .flatten()
        .filter_map(|row| row.split(' ').next())
        .collect();
    let unseen = lint::ALL
        .iter()
        .copied()
        .flatten()
        .filter(|rule| !ids.contains(rule.id));
    let unseen: Vec<_> = unseen.map(|rule| rule.id).collect();
    bless::is_current("tests/fixtures/dockerfiles/expected.txt", &text, BLESS);
    assert!(unseen.is_empty(), "no Dockerfile shows {unseen:?}");
}
