//! What is said of one process, in lines.

use super::Processes;
use crate::app::panes::entrypoint::blocks::{Ink, Line, wrap};
use crate::app::text::{binary, clean};
use crate::domain::process::{Details, Env, Limit, Process, State, TICKS};
use crate::domain::secret::{MASK, is_secret};

/// Columns of the names of rows.
const NAME: usize = 10;
/// Most characters of a command or a value that are shown.
const LONG: usize = 2000;
/// The limits that explain most failures: the kernel's name, and ours.
const LIMITS: [(&str, &str); 7] = [
    ("Max open files", "files"),
    ("Max processes", "processes"),
    ("Max core file size", "core"),
    ("Max address space", "memory"),
    ("Max locked memory", "locked"),
    ("Max stack size", "stack"),
    ("Max file size", "file size"),
];
/// Kinds of open files, by how their names begin, in the order in which they are counted.
const KINDS: [(&str, &str); 4] = [
    ("socket:", "socket"),
    ("pipe:", "pipe"),
    ("anon_inode:", "kernel object"),
    ("/dev/", "device"),
];

/// The lines of the chosen process, of at most `columns` columns.
pub fn lines(pane: &Processes, columns: usize) -> Vec<Line> {
    let Some(process) = pane.chosen() else {
        return Vec::new();
    };
    let mut sheet = Sheet {
        lines: Vec::new(),
        columns,
    };
    head(&mut sheet, pane, process);
    match pane.details() {
        Some(details) => body(&mut sheet, pane, details),
        None if pane.watch().awaits_process() => {
            sheet.row("", &[(Ink::Waiting, "◌ looking at it …".into())]);
        }
        None => {}
    }
    sheet.lines
}

struct Sheet {
    lines: Vec<Line>,
    columns: usize,
}

impl Sheet {
    /// A row with its name before it.
    fn row(&mut self, name: &str, pieces: &[(Ink, String)]) {
        let lead = (Ink::Name, format!("{name:NAME$} "));
        let hang = (Ink::Muted, " ".repeat(NAME + 1));
        self.lines
            .extend(wrap(pieces, &[lead], &[hang], self.columns));
    }

    /// A line of a list.
    fn item(&mut self, pieces: &[(Ink, String)]) {
        let lead = (Ink::Muted, "  ".to_owned());
        let hang = (Ink::Muted, "      ".to_owned());
        self.lines
            .extend(wrap(pieces, &[lead], &[hang], self.columns));
    }

    fn gap(&mut self, heading: &str, more: &str) {
        self.lines.push(Vec::new());
        self.lines.push(vec![
            (Ink::Strong, heading.to_owned()),
            (Ink::Muted, more.to_owned()),
        ]);
    }
}

fn shown(text: &str) -> String {
    let kept: String = text.chars().take(LONG).collect();
    clean(&kept)
}

fn head(sheet: &mut Sheet, pane: &Processes, process: &Process) {
    let ink = match process.state {
        State::Running | State::Sleeping | State::Idle => Ink::Good,
        State::Blocked | State::Stopped | State::Traced | State::Other(_) => Ink::Waiting,
        State::Zombie => Ink::Bad,
    };
    sheet.row("command", &[(Ink::Strong, shown(&process.command()))]);
    sheet.row("state", &[(ink, process.state.words().into())]);
    let mut who = vec![(Ink::Strong, user(pane, process))];
    if let Some(uid) = process.uid {
        who.push((Ink::Muted, format!(" uid {uid}")));
    }
    sheet.row("user", &who);
    let uptime = pane.listing().map_or(0, |listing| listing.uptime);
    let age = uptime.saturating_sub(process.start) / TICKS;
    let taken = seconds(process.ticks);
    sheet.row(
        "time",
        &[
            (Ink::Strong, format!("{taken} of a processor")),
            (Ink::Muted, format!(" in {}", duration(age))),
        ],
    );
    let memory = process.rss.map_or_else(|| "unknown".into(), binary);
    let threads = match process.threads {
        1 => "1 thread".to_owned(),
        n => format!("{n} threads"),
    };
    sheet.row(
        "memory",
        &[(Ink::Strong, memory), (Ink::Muted, format!(" · {threads}"))],
    );
}

fn body(sheet: &mut Sheet, pane: &Processes, details: &Details) {
    let known = |link: &Option<String>| match link {
        Some(path) => (Ink::Strong, shown(path)),
        None => (Ink::Muted, "not to be seen".to_owned()),
    };
    sheet.row("directory", &[known(&details.cwd)]);
    sheet.row("program", &[known(&details.exe)]);
    files_row(sheet, details);
    let of = |name| details.limits.iter().find(|limit| limit.name == name);
    let named = LIMITS
        .into_iter()
        .filter_map(|(kernel, name)| Some((name, of(kernel)?)));
    let mut pieces = Vec::new();
    for (name, limit) in named {
        if !pieces.is_empty() {
            pieces.push((Ink::Muted, " · ".to_owned()));
        }
        pieces.push((Ink::Muted, format!("{name} ")));
        pieces.push((Ink::Strong, amount(limit)));
    }
    if !pieces.is_empty() {
        sheet.row("limits", &pieces);
    }
    environment(sheet, pane, &details.env);
    if let Some(files) = details.files.as_ref().filter(|files| files.count > 0) {
        let more = match files.count - files.list.len() {
            0 => String::new(),
            more => format!(" the first {}, {more} more", files.list.len()),
        };
        sheet.gap("Open files", &more);
        for file in &files.list {
            sheet.item(&[
                (Ink::Name, format!("{:>4} ", file.fd)),
                (Ink::Muted, shown(&file.what)),
            ]);
        }
    }
}

/// How many files are open, of what kinds, and how near the limit that is.
fn files_row(sheet: &mut Sheet, details: &Details) {
    let Some(files) = &details.files else {
        let text = "not to be seen: the dev image has no ls, or the kernel hides them";
        sheet.row("files", &[(Ink::Muted, text.into())]);
        return;
    };
    let limit = details.limits.iter().find(|l| l.name == "Max open files");
    let limit = limit.and_then(|l| l.soft);
    let count = u64::try_from(files.count).unwrap_or(u64::MAX);
    let near = limit.is_some_and(|limit| count.saturating_mul(10) >= limit.saturating_mul(9));
    let ink = if near { Ink::Bad } else { Ink::Strong };
    let mut pieces = vec![(ink, format!("{count} open"))];
    let kind = |begins: &str| {
        files
            .list
            .iter()
            .filter(|f| f.what.starts_with(begins))
            .count()
    };
    for (begins, name) in KINDS {
        match kind(begins) {
            0 => {}
            1 => pieces.push((Ink::Muted, format!(" · 1 {name}"))),
            n => pieces.push((Ink::Muted, format!(" · {n} {name}s"))),
        }
    }
    if near {
        pieces.push((Ink::Bad, " · the limit is near".into()));
    }
    sheet.row("files", &pieces);
}

fn environment(sheet: &mut Sheet, pane: &Processes, env: &Env) {
    match env {
        Env::Denied => sheet.row(
            "variables",
            &[(
                Ink::Muted,
                "not to be seen: the kernel hides them from the twin".into(),
            )],
        ),
        Env::Known(variables) if variables.is_empty() => {
            sheet.row("variables", &[(Ink::Muted, "none".into())]);
        }
        Env::Known(variables) => {
            sheet.gap("Variables", " as they were when it started");
            for (name, value) in variables {
                let secret = is_secret(name, value) && !pane.is_revealed();
                let value = if secret {
                    MASK.to_owned()
                } else {
                    shown(value)
                };
                sheet.item(&[
                    (Ink::Name, shown(name)),
                    (Ink::Muted, "=".into()),
                    (Ink::Strong, value),
                ]);
            }
        }
    }
}

/// What is in force, and where that may be raised to.
fn amount(limit: &Limit) -> String {
    let size = limit.name.ends_with("size")
        || limit.name.contains("memory")
        || limit.name.contains("space");
    let word = |amount: Option<u64>| match amount {
        None => "no limit".to_owned(),
        Some(count) if size && count > 0 => binary(count),
        Some(count) => count.to_string(),
    };
    if limit.soft == limit.hard {
        return word(limit.soft);
    }
    format!("{} of {}", word(limit.soft), word(limit.hard))
}

/// The user's name, or its number.
pub fn user(pane: &Processes, process: &Process) -> String {
    let Some(uid) = process.uid else {
        return "?".into();
    };
    let name = pane.listing().and_then(|listing| listing.users.get(&uid));
    name.map_or_else(|| uid.to_string(), |name| clean(name))
}

/// Ticks as `1.25 s`, `2 m 5 s`.
fn seconds(ticks: u64) -> String {
    let whole = ticks / TICKS;
    if whole >= 60 {
        return duration(whole);
    }
    format!("{whole}.{:02} s", ticks % TICKS)
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..=59 => format!("{seconds} s"),
        60..=3599 => format!("{} m {} s", seconds / 60, seconds % 60),
        3600..=86_399 => format!("{} h {} m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}
