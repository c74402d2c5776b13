//! Files and programs as text.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::text::bytes;
use crate::cli::output::Printer;
use crate::domain::compare::files::{Count, FileFacts, Totals};
use crate::domain::compare::programs::Rights;
use crate::domain::compare::tree::Kind;
use crate::domain::compare::{
    Change, Comparison, FileChange, Files, Privileged, Program, Programs,
};

use super::text::{heading, line, many, place};

/// Lines of a list: the document has all.
const LINES: usize = 200;
/// Links of one directory to the same program, from which on they are one line.
const LINKS: usize = 4;
/// Directories that are listed by size.
const DIRECTORIES: usize = 10;

/// Totals, what differs, where the room goes.
pub(super) fn files(printer: &Printer, report: &Comparison, files: &Files) -> String {
    let (left, right) = (report.left.role.word(), report.right.role.word());
    let total =
        |totals: &Totals| format!("{}, {}", many(totals.files, "file"), bytes(totals.bytes));
    let words = format!(
        "{} in {left}; {} in {right}",
        total(&files.left),
        total(&files.right)
    );
    let mut text = heading(printer, "Files", &words);
    let count = |count: &Count| format!("{} ({})", many(count.entries, "name"), bytes(count.bytes));
    for (change, words) in [
        (
            Change::OnlyLeft,
            format!("{} only in {left}", count(&files.only_left)),
        ),
        (
            Change::OnlyRight,
            format!("{} only in {right}", count(&files.only_right)),
        ),
        (Change::Changed, format!("{} differ", count(&files.changed))),
    ] {
        text.push_str(&line(printer, change, &words));
    }
    for (totals, word) in [(&files.left, left), (&files.right, right)] {
        if totals.unowned > 0 {
            let words = format!("{} in {word} came with no package", bytes(totals.unowned));
            text.push_str(&line(printer, Change::Same, &words));
        }
    }
    text.push('\n');
    let rows = rows(&files.entries);
    for (change, words) in rows.iter().take(LINES) {
        text.push_str(&line(printer, *change, words));
    }
    let more = rows.len().saturating_sub(LINES) + files.more;
    if more > 0 {
        let words = format!(
            "and {}: --filter narrows, --json has them",
            many(more as u64, "more line")
        );
        text.push_str(&line(printer, Change::Same, &words));
    }
    if !files.directories.is_empty() {
        text.push_str(&heading(
            printer,
            "Directories",
            "largest differences first",
        ));
    }
    for directory in files.directories.iter().take(DIRECTORIES) {
        let words = format!(
            "{:>9} → {:>9}  {}",
            bytes(directory.left),
            bytes(directory.right),
            directory.path
        );
        text.push_str(&line(printer, Change::Changed, &words));
    }
    text
}

/// What differs, in lines; a directory that only one has is one line, with all that is in it, and so are many links of a
/// directory that lead to the same program.
fn rows(entries: &[FileChange]) -> Vec<(Change, String)> {
    let mut rows = Vec::new();
    let mut links: BTreeMap<(Change, &str, &str), usize> = BTreeMap::new();
    for key in entries.iter().filter_map(link) {
        *links.entry(key).or_default() += 1;
    }
    links.retain(|_, count| *count >= LINKS);
    let mut told = BTreeSet::new();
    let mut entries = entries.iter().peekable();
    while let Some(entry) = entries.next() {
        let facts = match entry.change {
            Change::OnlyLeft => entry.left.as_ref(),
            Change::OnlyRight => entry.right.as_ref(),
            Change::Changed | Change::Same => None,
        };
        let Some(facts) = facts else {
            rows.push((entry.change, changed(entry)));
            continue;
        };
        if let Some(key) = link(entry)
            && let Some(count) = links.get(&key)
        {
            let (_, dir, to) = key;
            if told.insert(key) {
                let package = facts
                    .package
                    .as_ref()
                    .map_or(String::new(), |package| format!("  ({package})"));
                rows.push((
                    entry.change,
                    format!("{dir}/  {} → {to}{package}", many(*count as u64, "link")),
                ));
            }
            continue;
        }
        if facts.kind != Kind::Dir {
            rows.push((entry.change, single(&entry.path, facts)));
            continue;
        }
        let below = format!("{}/", entry.path);
        let (mut names, mut size) = (0, 0);
        while let Some(next) = entries.next_if(|next| next.path.starts_with(&below)) {
            names += 1;
            let facts = [&next.left, &next.right].into_iter().flatten();
            size += facts.map(|facts| facts.size).sum::<u64>();
        }
        let words = match names {
            0 => below,
            names => format!("{below}  {}, {}", many(names, "name"), bytes(size)),
        };
        rows.push((entry.change, words));
    }
    rows
}

/// A link that only one has: what is with it, its directory, and where it leads.
fn link(entry: &FileChange) -> Option<(Change, &str, &str)> {
    let facts = match entry.change {
        Change::OnlyLeft => entry.left.as_ref(),
        Change::OnlyRight => entry.right.as_ref(),
        Change::Changed | Change::Same => None,
    };
    let (dir, _) = entry.path.rsplit_once('/')?;
    Some((entry.change, dir, facts?.link.as_deref()?))
}

fn single(path: &str, facts: &FileFacts) -> String {
    let package = facts
        .package
        .as_ref()
        .map_or(String::new(), |package| format!("  ({package})"));
    match (&facts.link, facts.kind) {
        (Some(link), _) => format!("{path} → {link}{package}"),
        (None, Kind::File) => format!("{path}  {}{package}", bytes(facts.size)),
        (None, Kind::Dir | Kind::Link | Kind::Special) => format!("{path}{package}"),
    }
}

/// What both have and is not the same.
fn changed(entry: &FileChange) -> String {
    let (Some(left), Some(right)) = (&entry.left, &entry.right) else {
        return entry.path.clone();
    };
    let none = || "none".to_owned();
    let words = entry.differs.words().map(|word| match word {
        "kind" => format!("{} → {}", kind(left.kind), kind(right.kind)),
        "mode" => format!("{:04o} → {:04o}", left.mode, right.mode),
        "owner" => format!("{}:{} → {}:{}", left.uid, left.gid, right.uid, right.gid),
        "size" => format!("{} → {}", bytes(left.size), bytes(right.size)),
        "link" => format!(
            "→ {}, was {}",
            right.link.clone().unwrap_or_else(none),
            left.link.clone().unwrap_or_else(none)
        ),
        "capabilities" => format!(
            "{} → {}",
            left.capabilities.clone().unwrap_or_else(none),
            right.capabilities.clone().unwrap_or_else(none)
        ),
        word => word.to_owned(),
    });
    let words: Vec<String> = words.collect();
    let package = right
        .package
        .as_ref()
        .map_or(String::new(), |package| format!("  ({package})"));
    format!("{}  {}{package}", entry.path, words.join(", "))
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "file",
        Kind::Dir => "directory",
        Kind::Link => "link",
        Kind::Special => "device or pipe",
    }
}

/// Programs that one alone has, and files that give other rights.
pub(super) fn programs(printer: &Printer, report: &Comparison, programs: &Programs) -> String {
    let (left, right) = (report.left.role.word(), report.right.role.word());
    let words = format!(
        "{} in the PATH of {left}, {} in that of {right}",
        many(programs.left as u64, "command"),
        many(programs.right as u64, "command")
    );
    let mut text = heading(printer, "Commands", &words);
    text.push_str(&listed(printer, Change::OnlyLeft, &programs.only_left));
    text.push_str(&listed(printer, Change::OnlyRight, &programs.only_right));
    let differ = |privileged: &&Privileged| privileged.change != Change::Same;
    let count = programs.privileged.iter().filter(differ).count();
    let words = format!("{} in all, {count} differ", programs.privileged.len());
    text.push_str(&heading(
        printer,
        "Set-uid, set-gid and capabilities",
        &words,
    ));
    for privileged in programs.privileged.iter().take(LINES) {
        let side = |rights: &Option<Rights>| {
            rights.as_ref().map_or("none".to_owned(), |rights| {
                let capabilities = rights
                    .capabilities
                    .as_ref()
                    .map_or(String::new(), |c| format!(" {c}"));
                format!(
                    "{:04o} {}:{}{capabilities}",
                    rights.mode, rights.uid, rights.gid
                )
            })
        };
        let words = match privileged.change {
            Change::Changed => format!("{} → {}", side(&privileged.left), side(&privileged.right)),
            Change::OnlyRight => side(&privileged.right),
            Change::OnlyLeft | Change::Same => side(&privileged.left),
        };
        text.push_str(&line(
            printer,
            privileged.change,
            &format!("{}  {words}", privileged.path),
        ));
    }
    text
}

/// Commands, those that lead to the same program together: a hundred names of busybox are one line.
fn listed(printer: &Printer, change: Change, programs: &[Program]) -> String {
    let mut text = String::new();
    let mut groups: Vec<(&str, Vec<&Program>)> = Vec::new();
    for program in programs {
        match groups
            .iter_mut()
            .find(|(leads_to, _)| *leads_to == program.leads_to)
        {
            Some((_, group)) => group.push(program),
            None => groups.push((&program.leads_to, vec![program])),
        }
    }
    let more = groups.len().saturating_sub(LINES);
    for (leads_to, group) in groups.into_iter().take(LINES) {
        let words = match group.as_slice() {
            [program] => format!("{}  {}", program.name, place(program)),
            group => {
                let package = group.iter().find_map(|p| p.package.as_ref());
                let package = package.map_or(String::new(), |p| format!("  ({p})"));
                let names: Vec<&str> = group.iter().map(|p| p.name.as_str()).collect();
                format!("{leads_to}{package}: {}", names.join(" "))
            }
        };
        text.push_str(&line(printer, change, &words));
    }
    if more > 0 {
        text.push_str(&line(
            printer,
            Change::Same,
            &format!("and {more} more: --json has them"),
        ));
    }
    text
}
