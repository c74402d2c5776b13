//! What keeps the program from starting: one reason, the first that the engine and the kernel meet, found
//! once for all rules. Libraries are the loader's business and have rules of their own.

pub(super) use absent::is_shell;

mod absent;
mod told;

use super::kit::{Draft, FINE, Findings, error_line, is_in, mount_of, start_severity};
use super::who::{self, Right, Who};
use crate::domain::entrypoint::{Case, ProgramKind, Step};
use crate::domain::fs::{Known, Node};
use crate::domain::target::{Mount, MountKind};

/// What keeps the program from starting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing that the files or the engine tell of.
    None,
    /// There is nothing to run.
    Empty,
    /// The shell of a shell form is missing.
    ShellForm,
    /// A shell is missing that is named without a path.
    ShellName,
    /// A shell is missing that is named with a path.
    ShellPath,
    /// `sudo` is missing.
    Sudo,
    /// A package manager is missing.
    Manager,
    /// A command line stands where a program's name should: its first word, and where that is.
    OneString(String, String),
    /// A mount covers the place of a missing file: the file, and the mount.
    Hidden(String, Mount),
    /// A virtual environment's python leads nowhere.
    Venv(Broken),
    /// The program is nowhere; where a link leads, when one is at its place.
    NotFound(Option<String>),
    /// The program is a directory.
    Directory(String),
    /// It is there and may not be run.
    Locked(Locked),
    /// It stands on a mount that forbids running: which, and the mount with its options.
    NoExec(String, String),
    /// A script's first line ends as on Windows: the script, and its interpreter.
    Crlf(String, String),
    /// A script's interpreter is missing: the script, the interpreter, and where it was sought.
    Interpreter(String, String, Vec<String>),
    /// Neither a program nor a script: which, and how it begins.
    Bare(String, String),
    /// It is for another machine: which, and for what.
    Machine(String, String),
    /// The loader is missing: the program, the loader, and the other libc's loader when that is there.
    Loader(String, String, Option<String>),
    /// Only the engine tells: the row, and its line.
    Told(&'static str, String),
}

/// A file that is there and may not be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Locked {
    /// Which.
    pub(super) path: String,
    /// What proves it.
    pub(super) proof: String,
    /// What keeps it from being run.
    pub(super) by: Lock,
}

/// What keeps a file from being run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lock {
    /// It is no regular file.
    Kind,
    /// Nobody may run it.
    Nobody,
    /// Others may, by its mode and owner.
    Owner,
    /// The user may not search this directory above it.
    Folder(String),
}

impl Locked {
    /// A file whose mode and owner keep the user from running it.
    fn by_mode(case: &Case<'_, '_>, who: &Who, path: &str, node: &Node) -> Self {
        let by = if node.mode & 0o111 == 0 {
            Lock::Nobody
        } else {
            Lock::Owner
        };
        Self {
            path: path.to_owned(),
            proof: who::described(case, who, path, node),
            by,
        }
    }
}

/// A virtual environment whose python leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// Its python, as it was called.
    pub(super) python: String,
    /// Where that leads.
    pub(super) leads_to: String,
    /// Its top directory.
    pub(super) top: String,
    /// `home = …` of its `pyvenv.cfg`.
    pub(super) home: Option<String>,
}

/// What keeps the program from starting; none while a file that decides is not known.
pub(super) fn fault(case: &Case<'_, '_>) -> Option<Fault> {
    let found = match case.argv.first() {
        None => Fault::Empty,
        Some(_) => by_files(case)?,
    };
    if found == Fault::None {
        return Some(told::by_engine(case));
    }
    Some(found)
}

fn by_files(case: &Case<'_, '_>) -> Option<Fault> {
    let steps = &case.program.as_ref()?.steps;
    for (at, step) in steps.iter().enumerate() {
        let before = steps.get(..at).unwrap_or_default();
        let found = of_step(case, before, step)?;
        if found != Fault::None {
            return Some(found);
        }
    }
    Some(Fault::None)
}

fn of_step(case: &Case<'_, '_>, before: &[Step], step: &Step) -> Option<Fault> {
    let path = || step.path.clone().unwrap_or_else(|| step.wanted.clone());
    let architecture = match &step.kind {
        ProgramKind::Missing if before.is_empty() => return absent::program(case, step),
        ProgramKind::Missing => return absent::further(case, before, step),
        ProgramKind::Directory => return Some(Fault::Directory(path())),
        ProgramKind::Special => {
            return Some(Fault::Locked(Locked {
                path: path(),
                proof: format!("{} is a device, pipe or socket", path()),
                by: Lock::Kind,
            }));
        }
        // Also of one that could not be read, mode and owner are known.
        ProgramKind::Unknown { .. }
        | ProgramKind::Script { .. }
        | ProgramKind::Loader
        | ProgramKind::Unreadable { .. } => None,
        ProgramKind::Static { architecture } | ProgramKind::Dynamic { architecture, .. } => {
            Some(architecture)
        }
    };
    if let Some(found) = barred(case, step)? {
        return Some(found);
    }
    if let Some(architecture) = architecture
        && !runs_here(case, architecture)
    {
        return Some(Fault::Machine(path(), architecture.clone()));
    }
    Some(match &step.kind {
        ProgramKind::Unknown { begins } => Fault::Bare(path(), begins.clone()),
        ProgramKind::Script { shebang } => {
            if crlf(case, &path())? {
                Fault::Crlf(path(), interpreter(shebang).into())
            } else {
                Fault::None
            }
        }
        ProgramKind::Missing
        | ProgramKind::Directory
        | ProgramKind::Special
        | ProgramKind::Loader
        | ProgramKind::Static { .. }
        | ProgramKind::Dynamic { .. }
        | ProgramKind::Unreadable { .. } => Fault::None,
    })
}

/// The interpreter that a first line names.
pub(super) fn interpreter(shebang: &str) -> &str {
    shebang.split_whitespace().next().unwrap_or_default()
}

/// Whether a file is there and still may not be run.
fn barred(case: &Case<'_, '_>, step: &Step) -> Known<Option<Fault>> {
    let Some(path) = &step.path else {
        return Some(None);
    };
    if let Some(mount) = mount_of(case, path) {
        // The files are those of the image: at the start a tmpfs is empty.
        if mount.kind == MountKind::Tmpfs {
            return Some(Some(Fault::Hidden(path.clone(), mount)));
        }
        if let Some(line) = noexec(case, &mount) {
            return Some(Some(Fault::NoExec(path.clone(), line)));
        }
    }
    let Some(who) = who::who(case) else {
        return Some(None);
    };
    if let Some(mode) = step.mode {
        let node = Node {
            kind: crate::domain::fs::Kind::File,
            mode,
            size: 0,
        };
        if !who::may(case, &who, Right::Run, path, &node)? {
            let locked = Locked::by_mode(case, &who, path, &node);
            return Some(Some(Fault::Locked(locked)));
        }
    }
    let closed = who::closed_above(case, &who, path)?;
    Some(closed.map(|(dir, proof)| {
        Fault::Locked(Locked {
            path: path.clone(),
            proof,
            by: Lock::Folder(dir),
        })
    }))
}

/// A mount that forbids running, as evidence.
fn noexec(case: &Case<'_, '_>, mount: &Mount) -> Option<String> {
    let options = case.facts.mount_options.iter();
    let (_, options) = options
        .filter(|(at, _)| is_in(&mount.destination, at) && is_in(at, &mount.destination))
        .find(|(_, options)| options.split(',').any(|option| option.trim() == "noexec"))?;
    Some(format!(
        "{}, options {options}",
        super::kit::mount_line(mount)
    ))
}

/// Whether the first line of a script ends as on Windows: the kernel takes the mark for a part of a name.
fn crlf(case: &Case<'_, '_>, path: &str) -> Option<bool> {
    let text = case.look.text(path)?;
    let line = text.split('\n').next().unwrap_or_default();
    Some(line.starts_with("#!") && line.ends_with('\r'))
}

/// Whether the engine's machine runs programs of an architecture, emulation left out. What the image says
/// counts only where the machine is not known.
fn runs_here(case: &Case<'_, '_>, architecture: &str) -> bool {
    let image = case
        .facts
        .image
        .as_ref()
        .map(|image| image.architecture.as_str());
    let Some(machine) = case.facts.machine.as_deref().or(image) else {
        return true;
    };
    match (machine, architecture) {
        // The 64-bit machine runs the 32-bit programs of its family.
        (_, "") | ("", _) | ("amd64", "386") | ("arm64", "arm") => true,
        (machine, architecture) => machine == architecture,
    }
}

/// The finding of a row that only the engine tells of.
pub(super) fn told(
    case: &Case<'_, '_>,
    fault: &Fault,
    id: &'static str,
    meaning: &str,
    advice: &str,
) -> Findings {
    let Fault::Told(row, line) = fault else {
        return FINE;
    };
    if *row != id {
        return FINE;
    }
    Draft::new(id, start_severity(case), meaning)
        .see(line)
        .see_all(error_line(case))
        .advise(advice)
        .done()
}
