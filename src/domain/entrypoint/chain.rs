//! From `argv[0]` to what the kernel runs: path search, links, interpreters, loader, libraries.

mod libraries;

use super::report::{Program, ProgramKind, Step};
use crate::domain::elf::Elf;
use crate::domain::fs::{Content, Found, Kind, Known, Led, Look, joined};
use crate::domain::shebang::{self, Shebang};
use crate::domain::target::Config;
use crate::domain::text::bounded;

/// Interpreters of interpreters that the kernel follows (`BINPRM_MAX_RECURSION` is 4, and the program).
const DEEPEST: usize = 6;
/// What is kept of a first line, in characters.
const FIRST_LINE: usize = 256;
/// Where the engine looks when there is no PATH at all.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The program of a configuration; none while not all of it is known, or when nothing is to run.
pub(super) fn of(config: &Config, argv: &[String], look: &Look<'_>) -> Option<Program> {
    let name = argv.first()?;
    let steps = steps(config, name, look)?;
    let libraries = match steps.iter().rev().find(|s| is_dynamic(s)) {
        Some(step) => libraries::of(step, config, look)?,
        None => Vec::new(),
    };
    let hints = hints(&steps, &libraries, look)?;
    Some(Program {
        name: name.clone(),
        steps,
        libraries,
        hints,
    })
}

fn is_dynamic(step: &Step) -> bool {
    matches!(step.kind, ProgramKind::Dynamic { .. })
}

/// A variable's value; the last one counts.
pub(super) fn variable<'a>(config: &'a Config, name: &str) -> Option<&'a str> {
    let mut all = config.env.iter().rev();
    all.find(|(n, _)| n == name).map(|(_, v)| v.as_str())
}

/// The directory that a program starts in.
pub(super) fn workdir(config: &Config) -> &str {
    match config.workdir.as_str() {
        "" => "/",
        dir => dir,
    }
}

/// Absolute paths under which `name` is sought, in order, as the engine does it.
pub(super) fn candidates(config: &Config, name: &str) -> Vec<String> {
    let cwd = workdir(config);
    if name.contains('/') {
        return vec![joined(cwd, name)];
    }
    let path = variable(config, "PATH").unwrap_or(DEFAULT_PATH);
    let dirs = path.split(':').filter(|dir| !dir.is_empty());
    dirs.map(|dir| joined(&joined(cwd, dir), name)).collect()
}

/// Where a name leads: the first candidate that can be run; else, of a name with a slash, what stands there.
struct Sought {
    led: Option<Led>,
    tried: Vec<String>,
}

fn seek(config: &Config, name: &str, look: &Look<'_>) -> Known<Sought> {
    let candidates = candidates(config, name);
    let mut tried = Vec::new();
    for path in &candidates {
        let led = look.follow(path)?;
        tried.push(path.clone());
        if led.node == Found::Missing && led.linked {
            // A link that leads nowhere: where it leads says why.
            tried.push(led.path.clone());
        }
        let alone = candidates.len() == 1;
        if led.is_program() || (alone && led.node != Found::Missing) {
            let led = Some(led);
            return Some(Sought { led, tried });
        }
    }
    Some(Sought { led: None, tried })
}

/// The next file on the way.
enum Next {
    /// Something that is run.
    Program(String),
    /// The loader of what came before.
    Loader(String),
}

/// Each file on the way, until the kernel has what it runs.
fn steps(config: &Config, name: &str, look: &Look<'_>) -> Known<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    let mut next = Some(Next::Program(name.to_owned()));
    while let Some(now) = next.take() {
        let (wanted, is_loader) = match now {
            Next::Program(wanted) => (wanted, false),
            Next::Loader(wanted) => (wanted, true),
        };
        let sought = seek(config, &wanted, look)?;
        let Some(led) = sought.led else {
            steps.push(missing(wanted, sought.tried));
            break;
        };
        if steps.len() == DEEPEST {
            let why = "it is too many interpreters away from the program".to_owned();
            steps.push(step(wanted, &led, ProgramKind::Unreadable { why }));
            break;
        }
        if is_loader {
            // It is not looked into: it needs none itself.
            let kind = kind_of_loader(&led);
            steps.push(step(wanted, &led, kind));
            break;
        }
        let (kind, arguments, interpreter) = look_into(&led, look)?;
        let command = command_of_env(steps.last(), &led);
        next = match (&kind, interpreter, command) {
            (_, Some(interpreter), _) => Some(Next::Program(interpreter)),
            // env's own loader is not followed: what it runs is what matters.
            (_, None, Some(command)) => Some(Next::Program(command)),
            (ProgramKind::Dynamic { interpreter, .. }, None, None) => {
                Some(Next::Loader(interpreter.clone()))
            }
            (_, None, None) => None,
        };
        let mut made = step(wanted, &led, kind);
        made.owner = owner(&made, look)?;
        made.arguments = arguments;
        steps.push(made);
    }
    Some(steps)
}

fn missing(wanted: String, sought: Vec<String>) -> Step {
    Step {
        wanted,
        path: None,
        sought,
        mode: None,
        owner: None,
        size: None,
        kind: ProgramKind::Missing,
        arguments: Vec::new(),
    }
}

fn step(wanted: String, led: &Led, kind: ProgramKind) -> Step {
    let node = led.node.is();
    Step {
        wanted,
        path: Some(led.path.clone()),
        sought: Vec::new(),
        mode: node.map(|n| n.mode),
        owner: None,
        size: node.map(|n| n.size),
        kind,
        arguments: Vec::new(),
    }
}

/// Who owns a file that was read: the engine tells it with the content, so that it costs nothing.
fn owner(step: &Step, look: &Look<'_>) -> Known<Option<(u32, u32)>> {
    let was_read = match step.kind {
        ProgramKind::Static { .. }
        | ProgramKind::Dynamic { .. }
        | ProgramKind::Script { .. }
        | ProgramKind::Unknown { .. } => true,
        ProgramKind::Missing
        | ProgramKind::Directory
        | ProgramKind::Special
        | ProgramKind::Loader
        | ProgramKind::Unreadable { .. } => false,
    };
    let Some(path) = step.path.as_deref().filter(|_| was_read) else {
        return Some(None);
    };
    Some(look.owner(path)?.is().map(|o| (o.uid, o.gid)))
}

fn kind_of_loader(led: &Led) -> ProgramKind {
    match &led.node {
        Found::Is(node) => match node.kind {
            Kind::File => ProgramKind::Loader,
            Kind::Dir => ProgramKind::Directory,
            Kind::Special | Kind::Link(_) => ProgramKind::Special,
        },
        Found::Missing => ProgramKind::Missing,
        Found::Unreadable(why) => ProgramKind::Unreadable { why: why.clone() },
    }
}

type Looked = (ProgramKind, Vec<String>, Option<String>);

/// What a file is, the words that it puts before the arguments, and its interpreter when it is a script.
fn look_into(led: &Led, look: &Look<'_>) -> Known<Looked> {
    let plain = |kind| Some((kind, Vec::new(), None));
    let node = match &led.node {
        Found::Is(node) => node,
        Found::Missing => return plain(ProgramKind::Missing),
        Found::Unreadable(why) => return plain(ProgramKind::Unreadable { why: why.clone() }),
    };
    match node.kind {
        Kind::Dir => return plain(ProgramKind::Directory),
        Kind::Special | Kind::Link(_) => return plain(ProgramKind::Special),
        Kind::File => {}
    }
    match look.content(&led.path)? {
        Found::Is(Content::Elf(Ok(elf))) => plain(kind_of(elf)),
        Found::Is(Content::Elf(Err(why))) => plain(ProgramKind::Unreadable { why: why.clone() }),
        Found::Unreadable(why) => plain(ProgramKind::Unreadable { why }),
        Found::Missing => plain(ProgramKind::Missing),
        Found::Is(Content::Bytes(bytes, _)) => Some(match shebang::read(bytes) {
            Shebang::Line {
                interpreter,
                argument,
                crlf,
            } => {
                // Without an argument the return is a part of the name.
                let wanted = if crlf && argument.is_none() {
                    format!("{interpreter}\r")
                } else {
                    interpreter
                };
                let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
                let text = String::from_utf8_lossy(line.get(2..).unwrap_or_default()).into_owned();
                let shebang = bounded(text.trim(), FIRST_LINE);
                let arguments = argument.into_iter().collect();
                (ProgramKind::Script { shebang }, arguments, Some(wanted))
            }
            Shebang::None(begins) => {
                let begins = begins.to_string();
                (ProgramKind::Unknown { begins }, Vec::new(), None)
            }
        }),
    }
}

fn kind_of(elf: &Elf) -> ProgramKind {
    let known = elf.architecture();
    let architecture = known.map_or_else(|| format!("machine {}", elf.machine), str::to_owned);
    match &elf.interpreter {
        Some(interpreter) => ProgramKind::Dynamic {
            architecture,
            interpreter: interpreter.clone(),
        },
        None => ProgramKind::Static { architecture },
    }
}

/// The command that `env` runs for a script with the first line `#!/usr/bin/env python3`, also with `-S`.
fn command_of_env(script: Option<&Step>, env: &Led) -> Option<String> {
    let script = script?;
    if !matches!(script.kind, ProgramKind::Script { .. }) {
        return None;
    }
    let is_env = |path: &str| path.rsplit('/').next() == Some("env");
    if !is_env(&env.path) && !is_env(script.interpreter_name()) {
        return None;
    }
    let words = script.arguments.first()?.split_whitespace();
    let mut words = words.skip_while(|w| w.starts_with('-') || w.contains('='));
    words.next().map(str::to_owned)
}

impl Step {
    /// The interpreter as the first line of a script names it; empty for anything else.
    fn interpreter_name(&self) -> &str {
        match &self.kind {
            ProgramKind::Script { shebang } => {
                shebang.split_whitespace().next().unwrap_or_default()
            }
            ProgramKind::Missing
            | ProgramKind::Directory
            | ProgramKind::Special
            | ProgramKind::Loader
            | ProgramKind::Static { .. }
            | ProgramKind::Dynamic { .. }
            | ProgramKind::Unknown { .. }
            | ProgramKind::Unreadable { .. } => "",
        }
    }
}

/// Words for what a program is made with, by the names of programs and libraries in its chain.
const MADE_WITH: &[(&str, &str)] = &[
    ("python", "Python"),
    ("libpython", "Python"),
    ("node", "Node.js"),
    ("java", "Java"),
    ("libjvm", "Java"),
    ("ruby", "Ruby"),
    ("perl", "Perl"),
    ("php", "PHP"),
    ("dotnet", ".NET"),
    ("libhostfxr", ".NET"),
    ("deno", "Deno"),
    ("bun", "Bun"),
];

fn hints(steps: &[Step], libraries: &[super::report::Link], look: &Look<'_>) -> Known<Vec<String>> {
    let mut hints: Vec<String> = Vec::new();
    let mut add = |hint: &str| {
        if !hints.iter().any(|h| h == hint) {
            hints.push(hint.to_owned());
        }
    };
    for path in steps.iter().filter_map(|s| s.path.as_deref()) {
        let Some(Content::Elf(Ok(elf))) = look.read_already(path) else {
            continue;
        };
        if elf.go {
            add("Go");
        }
        if elf.rust {
            add("Rust");
        }
    }
    let paths = steps.iter().filter_map(|s| s.path.as_deref());
    let wanted = steps.iter().map(|s| s.wanted.as_str());
    let libraries = libraries.iter().map(|l| l.name.as_str());
    for path in paths.chain(wanted).chain(libraries) {
        let name = path.rsplit('/').next().unwrap_or(path);
        for (start, hint) in MADE_WITH {
            let rest = name.strip_prefix(start);
            // python, python3, python3.13, libpython3.13.so.1.0: not nodejs-proxy or javascript.
            if rest.is_some_and(|r| !r.starts_with(|c: char| c.is_alphabetic() || c == '-')) {
                add(hint);
            }
        }
    }
    if let Some(home) = steps.iter().find_map(|s| venv(&s.wanted)) {
        let config = look.text(&format!("{home}/pyvenv.cfg"))?;
        if !config.is_empty() {
            add(&format!("Python virtual environment {home}"));
        }
    }
    Some(hints)
}

/// The folder that would be a virtual environment if it had a `pyvenv.cfg`: `/app/venv` of
/// `/app/venv/bin/python`. Not `/usr` and `/`, which have a `bin`, too.
pub(super) fn venv(program: &str) -> Option<&str> {
    let (dir, _) = program.rsplit_once('/')?;
    let home = dir.strip_suffix("/bin")?;
    (!matches!(home, "" | "/usr" | "/usr/local")).then_some(home)
}

#[cfg(test)]
mod tests;
