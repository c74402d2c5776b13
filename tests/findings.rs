//! Keeps docs/guide/findings.md what the rules are: `DEVTWIN_BLESS=1 cargo test --test findings` writes it anew.

use std::fmt::Write as _;

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
