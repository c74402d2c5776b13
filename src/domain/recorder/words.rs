//! What a command line means for a recipe, from its words alone: whether it builds anything, what it installs, which
//! variables it sets.

use crate::domain::packages::{Change, Verb};

/// Programs that look and change nothing that a build needs, whatever follows them.
const IDLE: &[&str] = &[
    "apropos",
    "bg",
    "bind",
    "btop",
    "cd",
    "clear",
    "dig",
    "dirs",
    "dmesg",
    "exit",
    "fc",
    "fg",
    "file",
    "free",
    "gdb",
    "help",
    "hexdump",
    "history",
    "host",
    "htop",
    "id",
    "info",
    "jobs",
    "l",
    "la",
    "ldd",
    "less",
    "ll",
    "lldb",
    "logout",
    "lsof",
    "ltrace",
    "man",
    "more",
    "mount",
    "nano",
    "netstat",
    "nm",
    "nslookup",
    "objdump",
    "ping",
    "popd",
    "ps",
    "pstree",
    "pushd",
    "pwd",
    "readelf",
    "reset",
    "route",
    "ss",
    "stat",
    "strace",
    "tcpdump",
    "tig",
    "top",
    "traceroute",
    "tty",
    "type",
    "uname",
    "uptime",
    "vi",
    "view",
    "vim",
    "nvim",
    "emacs",
    "ed",
    "watch",
    "whatis",
    "whereis",
    "which",
    "who",
    "whoami",
    "xxd",
    "apk-search",
    "tmux",
    "screen",
];

/// Programs that only print: they build something where what they print goes into a file.
const PRINTS: &[&str] = &[
    "cat", "cut", "date", "df", "diff", "du", "echo", "env", "find", "grep", "egrep", "head", "ls",
    "lsblk", "od", "printenv", "printf", "sort", "strings", "tail", "test", "tree", "true", "wc",
    "hostname", "[", ":", "seq",
];

/// Words behind a program with which it only looks.
const LOOKS: &[(&str, &[&str])] = &[
    (
        "apk",
        &[
            "search",
            "info",
            "list",
            "policy",
            "update",
            "version",
            "--version",
            "stats",
            "dot",
            "audit",
        ],
    ),
    (
        "apt",
        &["search", "show", "list", "policy", "update", "--version"],
    ),
    ("apt-get", &["update", "--version", "-v", "check"]),
    (
        "apt-cache",
        &["search", "show", "policy", "depends", "showpkg"],
    ),
    ("dpkg", &["-l", "-L", "-S", "-s", "--list"]),
    (
        "dnf",
        &[
            "search",
            "info",
            "list",
            "repoquery",
            "provides",
            "check-update",
            "makecache",
        ],
    ),
    (
        "microdnf",
        &["search", "info", "list", "repoquery", "makecache"],
    ),
    ("yum", &["search", "info", "list", "provides", "makecache"]),
    ("rpm", &["-q", "-qa", "-ql", "-qf", "-qi"]),
    (
        "git",
        &[
            "status",
            "log",
            "diff",
            "show",
            "branch",
            "blame",
            "--version",
        ],
    ),
    (
        "pip",
        &["list", "show", "freeze", "search", "--version", "check"],
    ),
    ("npm", &["ls", "list", "view", "outdated", "--version"]),
    ("go", &["version", "env", "list", "doc", "help"]),
    ("cargo", &["search", "tree", "--version", "metadata"]),
];

/// The commands of a line: what stands between `&&`, `||`, `;`, `|` and ends of lines, outside of quotes.
fn commands(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut quote, mut escaped) = (0, None, false);
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('"') | None, '\\') => escaped = true,
            (None, '\'' | '"') => quote = Some(c),
            (None, '&' | '|' | ';' | '\n') => {
                // `2>&1` and `&>` are no ends.
                let before = text.get(..at).and_then(|text| text.chars().next_back());
                let after = text.get(at + 1..).and_then(|text| text.chars().next());
                if c == '&' && (before == Some('>') || after == Some('>')) {
                    continue;
                }
                parts.push(text.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(from..).unwrap_or_default());
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// The words of one command, without assignments before it and programs that run others.
fn words(command: &str) -> Vec<String> {
    let words = shell_words::split(command)
        .unwrap_or_else(|_| command.split_whitespace().map(str::to_owned).collect());
    let runs = |word: &str| {
        matches!(
            word,
            "sudo" | "time" | "command" | "exec" | "nohup" | "nice" | "!" | "(" | "{"
        )
    };
    words
        .into_iter()
        .skip_while(|word| is_assignment(word) || runs(word))
        .collect()
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| is_name(name))
}

/// Whether it can be the name of a variable.
pub fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether `text` writes a file by redirection, outside of quotes; not into `/dev/null`.
fn redirects(text: &str) -> bool {
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('"') | None, '\\') => {
                chars.next();
            }
            (None, '\'' | '"') => quote = Some(c),
            (None, '>') => {
                let rest = text.get(at + 1..).unwrap_or_default();
                let rest = rest.trim_start_matches('>').trim_start();
                if !rest.starts_with('&') && !rest.starts_with("/dev/null") {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// Whether a command line does something that a build needs: what only looks, edits by hand or moves about does not.
pub fn builds(text: &str) -> bool {
    let pipes_into_file = redirects(text);
    commands(text).into_iter().any(|command| {
        let words = words(command);
        let Some(first) = words.first() else {
            // Assignments alone: they count for what follows.
            return !command.trim_start().starts_with('#');
        };
        let program = first.rsplit('/').next().unwrap_or_default();
        if IDLE.contains(&program) || program.starts_with('#') {
            return false;
        }
        if words.len() == 2
            && matches!(
                words.get(1).map(String::as_str),
                Some("--version" | "--help" | "-h" | "-V")
            )
        {
            return false;
        }
        if PRINTS.contains(&program) {
            return pipes_into_file;
        }
        let looks = LOOKS.iter().find(|(name, _)| *name == program);
        let verb = words.get(1).map(String::as_str);
        !looks.is_some_and(|(_, verbs)| verb.is_none_or(|verb| verbs.contains(&verb)))
    })
}

/// A change of packages that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// The manager's id: `apk`, `apt`, `dnf`.
    pub manager: String,
    /// What is done.
    pub verb: Verb,
    /// Names, sound ones.
    pub names: Vec<String>,
}

/// The change of packages that a command line makes, when it does nothing else.
pub fn package_change(text: &str) -> Option<Typed> {
    let [command] = commands(text)[..] else {
        return None;
    };
    if computes(command) {
        return None;
    }
    let words = words(command);
    let (program, rest) = words.split_first()?;
    let manager = match program.rsplit('/').next()? {
        "apk" => "apk",
        "apt" | "apt-get" => "apt",
        "dnf" | "microdnf" | "yum" => "dnf",
        _ => return None,
    };
    let at = rest.iter().position(|word| !word.starts_with('-'))?;
    let verb = match (manager, rest.get(at)?.as_str()) {
        ("apk", "add") | (_, "install") => Verb::Install,
        ("apk", "del") | (_, "remove" | "purge") => Verb::Remove,
        _ => return None,
    };
    let mut names = Vec::new();
    let mut plain = true;
    for (n, word) in rest.iter().enumerate().filter(|(n, _)| *n != at) {
        let harmless = matches!(
            word.as_str(),
            "-y" | "--yes"
                | "-q"
                | "-qq"
                | "--quiet"
                | "-U"
                | "--update"
                | "-u"
                | "--no-cache"
                | "-v"
                | "--verbose"
                | "--assume-yes"
                | "--assumeyes"
                | "--no-install-recommends"
                | "--no-progress"
                | "--no-interactive"
        );
        if word.starts_with('-') {
            plain &= harmless;
        } else if n > at {
            names.push(word.clone());
        } else {
            plain = false;
        }
    }
    if !plain {
        // A flag of its own may take the next word for its value.
        return None;
    }
    let change = Change::new(verb, &names).ok()?;
    Some(Typed {
        manager: manager.into(),
        verb,
        names: change.names,
    })
}

/// Variables that a command line sets for what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exports {
    /// Their values are plain text.
    Plain(Vec<(String, String)>),
    /// Their values are computed by the shell.
    Computed,
}

/// What a command line exports, when it does nothing else.
pub fn exports(text: &str) -> Option<Exports> {
    let mut all = Vec::new();
    let mut computed = false;
    for command in commands(text) {
        let command = command.trim();
        let rest = command.strip_prefix("export ")?;
        computed |= computes(rest);
        let words = shell_words::split(rest).ok()?;
        for word in words {
            let (name, value) = word.split_once('=')?;
            if !is_name(name) {
                return None;
            }
            all.push((name.to_owned(), value.to_owned()));
        }
    }
    match all.is_empty() {
        true => None,
        false if computed => Some(Exports::Computed),
        false => Some(Exports::Plain(all)),
    }
}

/// Whether the shell would compute a part of a text: a variable, a command, a pattern, a home.
fn computes(text: &str) -> bool {
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('"') | None, '\\') => {
                chars.next();
            }
            (Some('"') | None, '$' | '`') | (None, '*' | '?' | '~' | '(' | '{' | '<' | '>') => {
                return true;
            }
            (None, '\'' | '"') => quote = Some(c),
            _ => {}
        }
    }
    false
}

/// The program of a command line that is one command, as it was typed.
pub fn program(text: &str) -> Option<String> {
    let [command] = commands(text)[..] else {
        return None;
    };
    words(command).into_iter().next()
}

/// The program of a command line that is one command, and its arguments, when the shell would compute none of them.
pub fn plain_words(text: &str) -> Option<Vec<String>> {
    let [command] = commands(text)[..] else {
        return None;
    };
    if computes(command) {
        return None;
    }
    let split = shell_words::split(command).ok()?;
    (!split.is_empty() && !is_assignment(&split[0])).then_some(split)
}

/// Whether a command needs rights that only root has: by what it does, and where.
pub fn needs_root(text: &str, writable: impl Fn(&str) -> bool) -> bool {
    const ALWAYS: &[&str] = &[
        "apk",
        "apt",
        "apt-get",
        "dnf",
        "microdnf",
        "yum",
        "rpm",
        "dpkg",
        "adduser",
        "addgroup",
        "useradd",
        "groupadd",
        "usermod",
        "chown",
        "chgrp",
        "ldconfig",
        "update-ca-certificates",
        "setcap",
        "mknod",
        "su",
        "chroot",
    ];
    const WRITES: &[&str] = &[
        "cp", "mv", "ln", "mkdir", "rm", "touch", "tee", "install", "chmod", "rmdir", "tar",
        "unzip",
    ];
    commands(text).into_iter().any(|command| {
        let words = words(command);
        let Some((first, rest)) = words.split_first() else {
            return false;
        };
        let program = first.rsplit('/').next().unwrap_or_default();
        let outside = |word: &String| word.starts_with('/') && !writable(word);
        if ALWAYS.contains(&program) || (program == "make" || program == "ninja") && rest.iter().any(|w| w == "install") {
            return true;
        }
        if WRITES.contains(&program) {
            // What is only read by cp, mv and ln stands before the last word.
            let last = matches!(program, "cp" | "ln" | "install");
            let mut paths = rest.iter().filter(|word| word.starts_with('/'));
            if last { rest.last().is_some_and(outside) } else { paths.any(outside) }
        } else {
            rest.windows(2).any(|pair| matches!(pair, [flag, path] if (flag.ends_with('>') || flag == "-o") && outside(path)))
        }
    })
}
