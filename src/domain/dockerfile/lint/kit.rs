//! What several rules ask: the commands of a `RUN`, who is root, which files a path lies among.

use crate::domain::dockerfile::{Run, Step, What};

/// A command of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cmd {
    /// `NAME=value` in front of it.
    pub(crate) assigns: Vec<(String, String)>,
    /// Program and arguments; redirections among them.
    pub(crate) words: Vec<String>,
}

impl Cmd {
    /// The program's name without its directory; empty when there is none.
    pub(crate) fn program(&self) -> &str {
        let first = self.words.first().map_or("", String::as_str);
        first.rsplit('/').next().unwrap_or(first)
    }

    /// Whether this word is among the arguments.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.words.iter().skip(1).any(|w| w == word)
    }

    /// The value of an option: `--root /x`, `--root=/x`.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        let mut words = self.words.iter().skip(1);
        while let Some(word) = words.next() {
            if word == name {
                return words.next().map(String::as_str);
            }
            let value = word
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('='));
            if value.is_some() {
                return value;
            }
        }
        None
    }

    /// The arguments that are no options and no redirections.
    pub(crate) fn operands(&self) -> impl Iterator<Item = &str> {
        let words = self.words.iter().skip(1).map(String::as_str);
        words.filter(|word| !word.starts_with(['-', '>', '<', '2']) || word.starts_with("2."))
    }
}

/// Words that stand in front of a command and are none themselves.
const FRONT: &[&str] = &[
    "sudo", "env", "exec", "time", "command", "if", "then", "else", "elif", "do", "while", "until",
    "!", "{", "(", "nice",
];

/// The commands of a script, as far as plain reading tells: nothing is expanded.
pub(crate) fn commands(script: &str) -> Vec<Cmd> {
    pieces(script)
        .iter()
        .filter_map(|piece| command(piece))
        .collect()
}

fn command(piece: &str) -> Option<Cmd> {
    let words = shell_words::split(piece);
    let words = words.unwrap_or_else(|_| piece.split_whitespace().map(str::to_owned).collect());
    let mut cmd = Cmd::default();
    for word in words {
        if cmd.words.is_empty() {
            if FRONT.contains(&word.as_str()) {
                continue;
            }
            if let Some((name, value)) = word.split_once('=')
                && !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            {
                cmd.assigns.push((name.to_owned(), value.to_owned()));
                continue;
            }
        }
        cmd.words.push(word);
    }
    (!cmd.words.is_empty() || !cmd.assigns.is_empty()).then_some(cmd)
}

/// A script cut where one command ends and another begins.
fn pieces(script: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut quote = None;
    let mut chars = script.chars().peekable();
    while let Some(c) = chars.next() {
        let ends = match (quote, c) {
            (Some(open), c) if c == open => {
                quote = None;
                false
            }
            (Some(_), _) => false,
            (None, '\'' | '"') => {
                quote = Some(c);
                false
            }
            // `2>&1` and `>|` are no ends.
            (None, '&' | '|') => !pieces.last().is_some_and(|piece| piece.ends_with('>')),
            (None, ';' | '\n' | '(' | ')') => true,
            (None, _) => false,
        };
        if ends {
            pieces.push(String::new());
            continue;
        }
        let Some(piece) = pieces.last_mut() else {
            continue;
        };
        piece.push(c);
        if c == '\\' && quote != Some('\'') {
            piece.extend(chars.next());
        }
    }
    pieces
}

/// The commands of a `RUN`, what is given to a shell with `-c` read as a script.
pub(crate) fn commands_of(run: &Run) -> Vec<Cmd> {
    let all = commands(&run.script());
    let inner = |cmd: Cmd| {
        let is_shell = is_shell(cmd.program());
        match cmd
            .words
            .iter()
            .position(|w| w == "-c" || w == "-ec" || w == "-lc")
        {
            Some(at) if is_shell => commands(cmd.words.get(at + 1).map_or("", String::as_str)),
            Some(_) | None => vec![cmd],
        }
    };
    all.into_iter().flat_map(inner).collect()
}

/// Where a command makes a virtual environment of Python, as written.
pub(crate) fn venv_of(cmd: &Cmd) -> Option<&str> {
    let at = match cmd.program() {
        "virtualenv" => 0,
        "uv" => cmd.words.iter().position(|word| word == "venv")?,
        program if program.starts_with("python") => {
            let module = |w: &[String]| w == ["-m", "venv"] || w == ["-m", "virtualenv"];
            cmd.words.windows(2).position(module)? + 1
        }
        _ => return None,
    };
    let mut behind = cmd.words.iter().skip(at + 1).map(String::as_str);
    Some(
        behind
            .rfind(|word| !word.starts_with(['-', '>']))
            .unwrap_or(".venv"),
    )
}

/// Whether a program of that name reads scripts.
pub(crate) fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
}

/// The root directory, other than its own, into which a command installs: `apk add --root DIR`, `chroot DIR`, ….
pub(crate) fn other_root(cmd: &Cmd) -> Option<&str> {
    let root = match cmd.program() {
        "apk" => cmd.option("--root").or_else(|| cmd.option("-p")),
        "dnf" | "microdnf" | "yum" | "tdnf" => cmd.option("--installroot"),
        "chroot" => cmd.operands().next(),
        "debootstrap" | "mmdebstrap" => cmd.operands().nth(1),
        _ => None,
    };
    root.filter(|root| *root != "/")
}

/// Whether a `USER` is root.
pub(crate) fn is_root(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or(user).trim();
    name.is_empty() || name == "root" || name.bytes().all(|b| b == b'0')
}

/// Whether `path` is `dir` or lies below it.
pub(crate) fn is_in(path: &str, dir: &str) -> bool {
    let dir = dir.trim_end_matches('/');
    path == dir
        || path
            .strip_prefix(dir)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// The `RUN`s among steps.
pub(crate) fn runs<'a>(
    steps: impl IntoIterator<Item = &'a Step>,
) -> impl Iterator<Item = (&'a Step, &'a Run)> {
    steps.into_iter().filter_map(|step| match &step.what {
        What::Run(run) => Some((step, run)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(script: &str) -> Vec<String> {
        commands(script).iter().map(|c| c.words.join(" ")).collect()
    }

    #[test]
    fn scripts_are_cut_into_commands() {
        for (script, want) in [
            ("a b && c || d; e | f", vec!["a b", "c", "d", "e", "f"]),
            ("echo 'a && b' \"c; d\"", vec!["echo a && b c; d"]),
            ("A=1 B=\"x y\" go build", vec!["go build"]),
            (
                "if ! command -v x; then sudo apk add y; fi",
                vec!["-v x", "apk add y", "fi"],
            ),
            ("x 2>&1 | y >&2", vec!["x 2>&1", "y >&2"]),
            ("(cd x && make)", vec!["cd x", "make"]),
            ("set -e\nx\\\n y", vec!["set -e", "x y"]),
            ("echo 'open", vec!["echo 'open"]),
            ("", vec![]),
        ] {
            assert_eq!(programs(script), want, "{script}");
        }
    }

    #[test]
    fn virtual_environments_are_seen() {
        for (script, want) in [
            ("python3 -m venv --copies /v", Some("/v")),
            ("python -m venv venv", Some("venv")),
            ("virtualenv x", Some("x")),
            ("uv venv", Some(".venv")),
            ("uv pip install x", None),
            ("python -m pip install venv", None),
        ] {
            assert_eq!(venv_of(&commands(script)[0]), want, "{script}");
        }
    }

    #[test]
    fn another_root_is_seen() {
        for (script, want) in [
            ("apk add --root /base --no-scripts curl", Some("/base")),
            ("apk add --root=/base curl", Some("/base")),
            ("apk add -p /base curl", Some("/base")),
            ("dnf install --installroot /mnt x", Some("/mnt")),
            ("apk add --root / curl", None),
            ("apk add curl", None),
        ] {
            assert_eq!(other_root(&commands(script)[0]), want, "{script}");
        }
    }

    #[test]
    fn root_by_name_number_and_group() {
        for (user, root) in [
            ("root", true),
            ("0:0", true),
            ("root:x", true),
            ("", true),
            ("65532", false),
            ("app", false),
        ] {
            assert_eq!(is_root(user), root, "{user}");
        }
    }
}
