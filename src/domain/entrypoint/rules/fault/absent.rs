//! A file on the way to the program that is not where it should be, and why.

use super::super::kit::{base, folder, follow_all, is_in, mounts, search_path, which, workdir};
use super::super::who::{self, Right};
use super::{Broken, Fault, Locked, interpreter};
use crate::domain::entrypoint::{Case, ProgramKind, Step};
use crate::domain::fs::{self, Found, Kind, Known};

/// Shells, by the names that people and Dockerfiles use.
const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "zsh", "ksh"];
/// Package managers, by the names that they are called by.
const MANAGERS: [&str; 10] = [
    "apk", "apt", "apt-get", "dnf", "microdnf", "yum", "tdnf", "zypper", "dpkg", "rpm",
];
/// Places of a missing program that are looked at again.
const PLACES: usize = 16;

/// Whether a word of an exec array names a shell.
pub(in super::super) fn is_shell(word: &str) -> bool {
    SHELLS.contains(&base(word))
}

/// Which row a missing program belongs to, by its name and what follows it.
pub(super) fn by_name(argv: &[String]) -> Fault {
    let name = argv.first().map(String::as_str).unwrap_or_default();
    if is_shell(name) {
        return match (
            name.contains('/'),
            argv.get(1).is_some_and(|word| word == "-c"),
        ) {
            (false, _) => Fault::ShellName,
            (true, false) => Fault::ShellPath,
            (true, true) => Fault::ShellForm,
        };
    }
    match base(name) {
        "sudo" => Fault::Sudo,
        name if MANAGERS.contains(&name) => Fault::Manager,
        _ => Fault::NotFound(None),
    }
}

/// Why `argv[0]` is nowhere.
pub(super) fn program(case: &Case<'_, '_>, step: &Step) -> Option<Fault> {
    let name = case.argv.first()?;
    let places = places(case, step, name);
    let mut dangling = None;
    if name.contains('/') {
        let path = fs::joined(workdir(case), name);
        if let Some(leads_to) = dangles(case, &path)? {
            if let Some(venv) = venv(case, &path, &leads_to)? {
                return Some(Fault::Venv(venv));
            }
            dangling = Some(leads_to);
        }
    } else if let Some(found) = locked(case, &places)? {
        return Some(found);
    }
    if let Some(found) = hidden(case, &places) {
        return Some(found);
    }
    let found = by_name(&case.argv);
    if found != Fault::NotFound(None) {
        return Some(found);
    }
    if let Some(first) = name.split_whitespace().next().filter(|first| first != name)
        && let Some(led) = which(case, first)?
    {
        return Some(Fault::OneString(first.into(), led.path));
    }
    Some(Fault::NotFound(dangling))
}

/// Why an interpreter or a loader is nowhere.
pub(super) fn further(case: &Case<'_, '_>, before: &[Step], step: &Step) -> Option<Fault> {
    let wanted = &step.wanted;
    let places = places(case, step, wanted);
    if wanted.starts_with('/')
        && let Some(leads_to) = dangles(case, wanted)?
        && let Some(venv) = venv(case, wanted, &leads_to)?
    {
        return Some(Fault::Venv(venv));
    }
    if let Some(found) = hidden(case, &places) {
        return Some(found);
    }
    let path = |step: &Step| step.path.clone().unwrap_or_else(|| step.wanted.clone());
    let loaded = before.iter().rev().find_map(|step| match &step.kind {
        ProgramKind::Dynamic { interpreter, .. } if interpreter == wanted => Some(path(step)),
        ProgramKind::Dynamic { .. }
        | ProgramKind::Missing
        | ProgramKind::Directory
        | ProgramKind::Special
        | ProgramKind::Loader
        | ProgramKind::Static { .. }
        | ProgramKind::Script { .. }
        | ProgramKind::Unknown { .. }
        | ProgramKind::Unreadable { .. } => None,
    });
    if let Some(program) = loaded {
        let other = other_libc(case, wanted)?;
        return Some(Fault::Loader(program, wanted.clone(), other));
    }
    let script = before.iter().rev().find_map(|step| match &step.kind {
        ProgramKind::Script { shebang } => Some((path(step), interpreter(shebang).to_owned())),
        ProgramKind::Dynamic { .. }
        | ProgramKind::Missing
        | ProgramKind::Directory
        | ProgramKind::Special
        | ProgramKind::Loader
        | ProgramKind::Static { .. }
        | ProgramKind::Unknown { .. }
        | ProgramKind::Unreadable { .. } => None,
    });
    let script = script.map_or_else(|| wanted.clone(), |(script, _)| script);
    Some(Fault::Interpreter(script, wanted.clone(), places))
}

/// Where a missing file was sought.
fn places(case: &Case<'_, '_>, step: &Step, name: &str) -> Vec<String> {
    if !step.sought.is_empty() {
        return step.sought.iter().take(PLACES).cloned().collect();
    }
    if name.contains('/') {
        return vec![fs::joined(workdir(case), name)];
    }
    let dirs = search_path(case).into_iter();
    dirs.map(|dir| fs::joined(dir, name)).collect()
}

/// Where a link leads, when one stands at `path` and nothing at its end.
fn dangles(case: &Case<'_, '_>, path: &str) -> Known<Option<String>> {
    let Some(node) = case.look.stat(path)?.is() else {
        return Some(None);
    };
    let Kind::Link(to) = &node.kind else {
        return Some(None);
    };
    Some((case.look.follow(path)?.node == Found::Missing).then(|| to.clone()))
}

/// The virtual environment that `path` is the python of.
fn venv(case: &Case<'_, '_>, path: &str, leads_to: &str) -> Known<Option<Broken>> {
    if !base(path).starts_with("python") || base(folder(path)) != "bin" {
        return Some(None);
    }
    let top = folder(folder(path));
    let settings = fs::joined(top, "pyvenv.cfg");
    if case.look.follow(&settings)?.file().is_none() {
        return Some(None);
    }
    Some(Some(Broken {
        python: path.into(),
        leads_to: leads_to.into(),
        top: top.into(),
        home: super::super::venv::setting(&case.look.text(&settings)?, "home"),
    }))
}

/// A file in `PATH` that nobody may run: the engine passes it by and says that it found nothing.
fn locked(case: &Case<'_, '_>, places: &[String]) -> Known<Option<Fault>> {
    let Some(who) = who::who(case) else {
        return Some(None);
    };
    for led in follow_all(case, places)? {
        let Some(node) = led.file() else { continue };
        if !who::may(case, &who, Right::Run, &led.path, node)? {
            let locked = Locked::by_mode(case, &who, &led.path, node);
            return Some(Some(Fault::Locked(locked)));
        }
    }
    Some(None)
}

/// A mount over one of the places. One at the place itself shows what was mounted, and hides nothing else.
fn hidden(case: &Case<'_, '_>, places: &[String]) -> Option<Fault> {
    let over = |place: &String| {
        let mut mounts = mounts(case).into_iter();
        let mount = mounts.find(|m| is_in(place, &m.destination) && *place != m.destination)?;
        Some(Fault::Hidden(place.clone(), mount))
    };
    places.iter().find_map(over)
}

/// Loaders of glibc and musl for each architecture, as programs name them.
const LOADERS: [(&str, &str); 8] = [
    ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"),
    ("/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1"),
    ("/lib/ld-linux-armhf.so.3", "/lib/ld-musl-armhf.so.1"),
    ("/lib/ld-linux.so.2", "/lib/ld-musl-i386.so.1"),
    (
        "/lib/ld-linux-riscv64-lp64d.so.1",
        "/lib/ld-musl-riscv64.so.1",
    ),
    ("/lib64/ld64.so.2", "/lib/ld-musl-powerpc64le.so.1"),
    ("/lib/ld64.so.1", "/lib/ld-musl-s390x.so.1"),
    (
        "/lib64/ld-linux-loongarch-lp64d.so.1",
        "/lib/ld-musl-loongarch64.so.1",
    ),
];

/// The other libc's loader, when it is there.
fn other_libc(case: &Case<'_, '_>, loader: &str) -> Known<Option<String>> {
    let other = LOADERS.iter().find_map(|(glibc, musl)| {
        let (name, glibc_name, musl_name) = (base(loader), base(glibc), base(musl));
        match name {
            name if name == glibc_name => Some(*musl),
            name if name == musl_name => Some(*glibc),
            _ => None,
        }
    });
    let Some(other) = other else {
        return Some(None);
    };
    let there = case.look.follow(other)?.file().is_some();
    Some(there.then(|| other.to_owned()))
}
