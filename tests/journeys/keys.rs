//! Keeps docs/keys.md what the keymap says: `DEVTWIN_BLESS=1 cargo test keys_are_current` writes it anew.

use devtwin::app::action::all;
use devtwin::app::help::{self, HelpLine};
use devtwin::app::keymap::{Chord, Focus, Keymap};

use crate::bless;

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
fn keys_are_current() {
    bless::is_current("docs/keys.md", &reference(), "cargo test keys_are_current");
}
