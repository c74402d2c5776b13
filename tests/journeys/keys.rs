//! Keeps docs/keys.md what the keymap says: `DEVTWIN_BLESS=1 cargo test keys_are_current` writes it anew.

use std::path::Path;

use devtwin::app::action::all;
use devtwin::app::help::{self, HelpLine};
use devtwin::app::keymap::{Chord, Focus, Keymap};

const HEAD: &str = "\
# Keys

Written from `assets/keymap.toml` and the table of actions by `DEVTWIN_BLESS=1 cargo test keys_are_current`;
do not edit. In the program `?` shows the same, with your own keys.
";

const TAIL: &str = "
## Names of the actions

For the table of a place in the configuration's keymap: `key = \"action\"`; the action `none` frees a key.

| action | what it does |
|---|---|
";

/// A key in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn reference() -> String {
    let mut text = vec![HEAD.to_owned()];
    for line in help::lines(&Keymap::defaults(), Chord::LEADER, Focus::Picker) {
        match line {
            HelpLine::Heading(words) => {
                text.push(format!(
                    "\n## {words}\n\n| key | what it does |\n|---|---|\n"
                ));
            }
            HelpLine::Key(keys, words) => {
                let keys: Vec<_> = keys.split("  ").map(|k| format!("`{}`", cell(k))).collect();
                text.push(format!("| {} | {words} |\n", keys.join(" ")));
            }
            HelpLine::Gap => {}
        }
    }
    text.push(TAIL.to_owned());
    for entry in all() {
        text.push(format!("| `{}` | {} |\n", entry.name, entry.title));
    }
    text.concat()
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the test, not of the program"
)]
fn keys_are_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/keys.md");
    let text = reference();
    if std::env::var_os("DEVTWIN_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == text,
        "docs/keys.md is stale: DEVTWIN_BLESS=1 cargo test keys_are_current"
    );
}
