//! The variables of a twin.

use super::Note;
use crate::domain::target::{Image, Target};

/// Variables by which a shell, or what it starts, is led to files and folders that are the target's:
/// a start-up file, a command before each prompt or in it, a home that is not here, or is a volume of the target
/// into which the shell would write its history.
const STEERING: &[&str] = &[
    "BASHOPTS",
    "BASH_ENV",
    "CDPATH",
    "ENV",
    "HISTFILE",
    "HOME",
    "INPUTRC",
    "PROMPT_COMMAND",
    "PS0",
    "PS1",
    "PS2",
    "PS4",
    "SHELL",
    "SHELLOPTS",
    "TMPDIR",
];

/// The target's variables win; the dev image's `PATH` entries are appended. Only what differs from the
/// dev image's own variables is set, since the engine adds those itself. What would steer the twin's own
/// programs instead of the target's is left out, and said.
pub(super) fn env(
    target: &Target,
    dev: Option<&Image>,
    tty: bool,
    notes: &mut Vec<Note>,
) -> Vec<(String, String)> {
    let own = dev.map(|i| i.config.env.as_slice()).unwrap_or_default();
    let own_value = |name: &str| {
        own.iter()
            .rev()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    let mut env: Vec<(String, String)> = Vec::new();
    let mut left_out: Vec<&str> = Vec::new();
    for (name, value) in &target.config.env {
        if steers(name) {
            if own_value(name) != Some(value) && !left_out.contains(&name.as_str()) {
                left_out.push(name);
            }
            continue;
        }
        let value = if name == "PATH" {
            joined_path(value, own_value("PATH").unwrap_or_default())
        } else {
            value.clone()
        };
        env.retain(|(n, _)| n != name);
        env.push((name.clone(), value));
    }
    if !left_out.is_empty() {
        notes.push(Note::info(format!(
            "{} of the target: not set in the twin, whose own programs would obey; docker inspect {} shows the values",
            left_out.join(", "),
            target.name
        )));
    }
    if tty {
        for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor")] {
            env.retain(|(n, _)| n != name);
            env.push((name.into(), value.into()));
        }
    }
    env.retain(|(name, value)| own_value(name) != Some(value.as_str()));
    env
}

fn joined_path(first: &str, second: &str) -> String {
    let mut entries: Vec<&str> = Vec::new();
    for entry in first.split(':').chain(second.split(':')) {
        if !entry.is_empty() && !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    entries.join(":")
}

/// Whether a variable rules how the twin's own programs start. The loader's all begin with `LD_`: a
/// library of the target is missing here, or was made for another libc. Bash takes functions over by
/// `BASH_FUNC_`.
fn steers(name: &str) -> bool {
    name.starts_with("LD_") || name.starts_with("BASH_FUNC_") || STEERING.contains(&name)
}
