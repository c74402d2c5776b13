//! What is said of the chosen entry, of an ELF file and of a difference, in lines.

use super::view::View;
use super::{Files, Row};
use crate::app::joined::Joined;
use crate::app::panes::compare::details::content_lines;
use crate::app::panes::entrypoint::blocks::{Ink, Line};
use crate::app::text::clean;
use crate::domain::elf::Elf;
use crate::domain::files::beside::Mark;
use crate::domain::files::{Entry, Kind, Listing, Root, names, within};
use crate::domain::log::Moment;
use crate::domain::text::{bounded, quote};

/// Most names of one sort that are told of an ELF file.
const NAMES: usize = 200;

/// `user:group` by that root's own files, numbers where they have no name.
pub fn owner(entry: &Entry, listing: &Listing) -> String {
    let name = |names: &std::collections::BTreeMap<u32, String>, id: u32| {
        names
            .get(&id)
            .map_or_else(|| id.to_string(), |name| bounded(name, 32))
    };
    let user = name(&listing.users, entry.uid);
    format!("{user}:{}", name(&listing.groups, entry.gid))
}

/// Size in bytes, numbers of a device, or nothing.
pub fn size(entry: &Entry) -> String {
    match &entry.kind {
        Kind::File | Kind::Hardlink(_) => crate::app::text::bytes(entry.size),
        Kind::Char(Some((major, minor))) | Kind::Block(Some((major, minor))) => {
            format!("{major},{minor}")
        }
        Kind::Dir
        | Kind::Link(_)
        | Kind::Pipe
        | Kind::Socket
        | Kind::Special
        | Kind::Char(None)
        | Kind::Block(None) => "-".into(),
    }
}

/// `2026-11-27 03:45`, UTC.
pub fn time(entry: &Entry) -> String {
    let time = entry.mtime.map(|at| Moment::of_seconds(at).to_string());
    let minutes = time.map(|text| text.chars().take(16).collect());
    minutes.unwrap_or_else(|| "-".into())
}

/// A name with what it is: `bin → usr/bin`, `run/`.
pub fn name(entry: &Entry) -> (String, String) {
    let name = names::shown(&entry.name);
    match &entry.kind {
        Kind::Dir => (format!("{name}/"), String::new()),
        Kind::Link(to) => (name, format!(" → {}", names::shown(to))),
        Kind::Hardlink(to) => (name, format!(" = {}", names::shown(to))),
        Kind::File if entry.is_program() => (format!("{name}*"), String::new()),
        Kind::Pipe => (format!("{name}|"), String::new()),
        Kind::Socket => (format!("{name}="), String::new()),
        Kind::File | Kind::Char(_) | Kind::Block(_) | Kind::Special => (name, String::new()),
    }
}

/// What is said of the chosen row: its path with what is known beside, then a line that explains it.
pub fn chosen(pane: &Files) -> Vec<Line> {
    let (Some(row), Some(listing)) = (pane.chosen(), pane.listing()) else {
        return Vec::new();
    };
    let Some(entry) = pane.entry(row) else {
        let text = "the directory above".to_owned();
        return vec![vec![(Ink::Muted, text)]];
    };
    let path = names::shown(&within(&listing.dir, &entry.name));
    let mut first: Line = vec![(Ink::Strong, path)];
    let mut say = |ink, text: String| {
        first.push((Ink::Muted, " · ".into()));
        first.push((ink, text));
    };
    match listing.packages.as_ref().map(|all| all.get(&entry.name)) {
        Some(Some(package)) => say(Ink::Name, format!("package {}", clean(package))),
        Some(None) if matches!(entry.kind, Kind::File | Kind::Link(_)) => {
            say(Ink::Muted, "of no package".into());
        }
        Some(None) | None => {}
    }
    if matches!(entry.kind, Kind::File | Kind::Hardlink(_)) {
        say(Ink::Muted, format!("{} bytes", entry.size));
    }
    say(Ink::Muted, format!("changed {}", time(entry)));
    vec![first, explained(pane, row, entry)]
}

fn explained(pane: &Files, row: Row, entry: &Entry) -> Line {
    let other = pane.root().other().words();
    let mut line: Line = Vec::new();
    match pane.mark(row) {
        Some(Mark::Differs(in_what)) => {
            line.push((Ink::Waiting, format!("≠ {in_what} differs in {other}  ")));
        }
        Some(Mark::OnlyHere) => line.push((Ink::Good, format!("+ not in {other}  "))),
        Some(Mark::OnlyThere) => line.push((Ink::Bad, format!("− only in {other}  "))),
        Some(Mark::Same) => line.push((Ink::Muted, format!("as in {other}  "))),
        None => {}
    }
    let mut say = |ink, text: &str| line.push((ink, format!("{text}  ")));
    if let Some(why) = entry.kind.unreadable() {
        say(Ink::Muted, why);
    }
    if entry.mode & 0o4000 != 0 && entry.is_program() {
        say(Ink::Waiting, "set-uid: runs with its owner's rights");
    }
    if entry.mode & 0o2000 != 0 && entry.is_program() {
        say(Ink::Waiting, "set-gid: runs with its group's rights");
    }
    if entry.mode & 0o002 != 0 && !matches!(entry.kind, Kind::Link(_) | Kind::Char(_)) {
        let sticky = entry.kind == Kind::Dir && entry.mode & 0o1000 != 0;
        let text = if sticky {
            "anybody may write here, and remove what is theirs"
        } else {
            "anybody may write to it"
        };
        say(if sticky { Ink::Muted } else { Ink::Waiting }, text);
    }
    if !names::is_plain(&entry.name) {
        say(Ink::Muted, "its name is not UTF-8");
    }
    line
}

/// What an ELF file says of itself.
pub fn elf(view: &View) -> Vec<Line> {
    let row = |name: &str, ink, text: String| -> Line {
        vec![(Ink::Name, format!("{name:<13}")), (ink, text)]
    };
    let elf = match &view.elf {
        None => return vec![vec![(Ink::Waiting, "◌ reading its tables …".into())]],
        Some(Err(why)) => {
            let text = format!("✗ its tables cannot be read: {}", clean(why));
            return vec![vec![(Ink::Bad, text)]];
        }
        Some(Ok(elf)) => elf,
    };
    let machine = elf
        .architecture()
        .map_or_else(|| format!("machine {}", elf.machine), str::to_owned);
    let order = if elf.little_endian { "little" } else { "big" };
    let mut lines = vec![
        row(
            "built for",
            Ink::Strong,
            format!("{machine}, {} bits, {order} endian", elf.bits),
        ),
        row("kind", Ink::Strong, kind(elf)),
    ];
    if let Some(loader) = &elf.interpreter {
        lines.push(row("loader", Ink::Strong, clean(loader)));
    }
    if let Some(name) = &elf.soname {
        lines.push(row("library name", Ink::Strong, clean(name)));
    }
    let mut list = |name: &str, all: &[String]| {
        for (n, text) in all.iter().take(NAMES).enumerate() {
            lines.push(row(
                if n == 0 { name } else { "" },
                Ink::Strong,
                clean(text),
            ));
        }
        if all.len() > NAMES {
            lines.push(row(
                "",
                Ink::Muted,
                format!("and {} more", all.len() - NAMES),
            ));
        }
    };
    list("needs", &elf.needed);
    list("rpath", &elf.rpath);
    list("runpath", &elf.runpath);
    let versions: Vec<String> = elf
        .version_needs
        .iter()
        .map(|(library, version)| format!("{version} of {library}"))
        .collect();
    list("versions", &versions);
    list("defines", &elf.version_defs);
    let mut built = Vec::new();
    if elf.go {
        built.push("Go");
    }
    if elf.rust {
        built.push("Rust");
    }
    if !built.is_empty() {
        lines.push(row("language", Ink::Strong, built.join(", ")));
    }
    lines
}

fn kind(elf: &Elf) -> String {
    match (&elf.interpreter, elf.dynamic) {
        (Some(_), _) => "dynamic program: needs its loader and libraries".into(),
        (None, true) if elf.soname.is_some() || !elf.needed.is_empty() => "shared library".into(),
        (None, true) => "static program that can be loaded anywhere, or a library".into(),
        (None, false) => "static program: needs nothing beside the kernel".into(),
    }
}

/// What differs.
pub fn diff(view: &View) -> Vec<Line> {
    let Some(diff) = &view.diff else {
        let text = format!("◌ reading it in {} …", view.root.other().words());
        return vec![vec![(Ink::Waiting, text)]];
    };
    content_lines(diff)
}

/// The docker command that shows the same.
pub fn by_hand(joined: &Joined) -> String {
    let pane = &joined.files;
    let twin = &joined.attached.twin.plan;
    let path = match pane.view() {
        Some(view) => view.path.as_str(),
        None => pane
            .listing()
            .map_or(pane.dir(), |listing| listing.dir.as_str()),
    };
    let path = quote(&names::shown(path));
    let name = quote(&joined.name);
    let open = pane.view().is_some();
    match (pane.root(), open) {
        (Root::Target, true) => format!("docker cp {name}:{path} - | tar -xO"),
        (Root::Twin, true) => format!("docker cp {}:{path} - | tar -xO", twin.name),
        (Root::Target, false) => format!("docker exec {} ls -la /target{path}", twin.name),
        (Root::Twin, false) => format!("docker exec {} ls -la {path}", twin.name),
        (root @ (Root::TargetImage | Root::DevImage), open) => {
            let image = if root == Root::DevImage {
                twin.image.clone()
            } else {
                joined.attached.target.image.clone()
            };
            let image = quote(&image);
            let inside = path.trim_start_matches('/');
            if open {
                format!("docker export $(docker create {image} x) | tar -xO {inside}")
            } else {
                format!("docker export $(docker create {image} x) | tar -tv {inside}")
            }
        }
    }
}
