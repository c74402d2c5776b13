//! Keeps docs/cli.md what clap says: `DEVTWIN_BLESS=1 cargo test docs_are_current` writes it anew.

use std::fmt::Write as _;

use super::command;

#[path = "../../tests/support/bless.rs"]
mod bless;

const HEAD: &str = "\
# The command line

Written from the program's own help by `DEVTWIN_BLESS=1 cargo test docs_are_current`; do not edit.
docs/json.md describes the documents of `--json`.
";

/// The help of devtwin and of each verb, as Markdown. The verbs are built apart from the root, so that
/// the global options stand once.
fn reference() -> String {
    let mut text = HEAD.to_owned();
    section(&mut text, "devtwin", command());
    verbs(&mut text, "devtwin", &command());
    text
}

fn verbs(text: &mut String, of: &str, command: &clap::Command) {
    for verb in command.get_subcommands() {
        let name = format!("{of} {}", verb.get_name());
        section(text, &name, verb.clone().bin_name(&name));
        verbs(text, &name, verb);
    }
}

fn section(text: &mut String, name: &str, command: clap::Command) {
    let help = command.term_width(100).render_long_help().to_string();
    let lines: Vec<_> = help.lines().map(str::trim_end).collect();
    let lines = lines.join("\n");
    write!(text, "\n## {name}\n\n```text\n{}\n```\n", lines.trim_end()).unwrap();
}

#[test]
fn docs_are_current() {
    bless::is_current("docs/cli.md", &reference(), "cargo test docs_are_current");
}
