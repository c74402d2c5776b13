//! What the commands and files of several managers have in common.

use super::{Invocation, Setup};

/// A fixed script for the shell; what is foreign are its arguments, never a part of its text.
pub(super) fn script(text: &str, arguments: &[String], env: Vec<(String, String)>) -> Invocation {
    let mut argv = ["/bin/sh", "-c", text, "sh"]
        .map(ToOwned::to_owned)
        .to_vec();
    argv.extend(arguments.iter().cloned());
    Invocation { argv, env }
}

/// Where the programs of packages lie. The twin has the environment of the target, whose PATH may be one folder, or
/// begin with one in a volume that the target writes to: what lies there is not to be run as root in the twin. And dpkg
/// refuses to work without those for root.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Variables of the target by which a manager, or what it runs, would be led to the target's files: dnf is Python, many
/// a script is Perl. An exec cannot take a variable away; empty, these count as not set.
const STEERING: [&str; 5] = [
    "APT_CONFIG",
    "PERL5LIB",
    "PERL5OPT",
    "PYTHONHOME",
    "PYTHONPATH",
];

/// The variables of every run: the language of scripts, the usual PATH, and what the person configured.
pub(super) fn env(setup: &Setup) -> Vec<(String, String)> {
    let fixed = [("LC_ALL", "C"), ("PATH", PATH)];
    let fixed = fixed.into_iter().chain(STEERING.map(|name| (name, "")));
    let mut env: Vec<_> = fixed
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    env.extend(setup.env.iter().cloned());
    env
}

/// The name of a key's file without folders, and without what does not belong in a file's name.
pub(super) fn file_name(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or_default();
    let sound = |c: &char| c.is_ascii_alphanumeric() || "._-".contains(*c);
    name.chars().filter(sound).collect()
}
