//! The left side of the entrypoint pane: what runs, from the words of the command down to the libraries, as a tree.

mod program;

use super::blocks::{Block, Ink, Piece, wrap};
use crate::app::text::{bytes, pad};
use crate::domain::entrypoint::{
    Difference, Ended, Identity, Origin, Part, Place, Report, Variable,
};
use crate::domain::run::argv_text;
use crate::domain::target::Service;
use crate::domain::text::bounded;

/// Characters of one value that are shown: a variable may be megabytes long.
const LONGEST: usize = 512;
/// Rows of one kind that are shown (variables, libraries): a container may have thousands.
const MOST: usize = 200;
/// Columns of the names of rows.
const NAME: usize = 11;

/// A row of the tree with the rows below it.
#[derive(Debug, Default)]
struct Branch {
    pieces: Vec<Piece>,
    path: Option<String>,
    under: Vec<Self>,
}

impl Branch {
    fn new(pieces: Vec<Piece>) -> Self {
        Self {
            pieces,
            ..Self::default()
        }
    }

    /// A row with its name before it.
    fn named(name: &str, pieces: impl IntoIterator<Item = Piece>) -> Self {
        let name = (Ink::Name, pad(name, NAME));
        Self::new(std::iter::once(name).chain(pieces).collect())
    }

    fn under(mut self, rows: impl IntoIterator<Item = Self>) -> Self {
        self.under.extend(rows);
        self
    }

    fn at(mut self, path: Option<&str>) -> Self {
        self.path = path.map(str::to_owned);
        self
    }
}

fn strong(text: &str) -> Piece {
    (Ink::Strong, bounded(text, LONGEST))
}

fn muted(text: &str) -> Piece {
    (Ink::Muted, bounded(text, LONGEST))
}

fn bad(text: &str) -> Piece {
    (Ink::Bad, bounded(text, LONGEST))
}

/// The tree as blocks of lines of at most `columns` columns, one for each row; with `revealed`, secrets as they are.
pub fn blocks(report: &Report, revealed: bool, columns: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    for branch in rows(report, revealed) {
        grow(&branch, "", "", NAME, columns, &mut blocks);
    }
    blocks
}

/// Draws a branch: `lead` before its first line, `stem` before what is below it; its further lines hang `hang`
/// columns behind the stem.
fn grow(
    branch: &Branch,
    lead: &str,
    stem: &str,
    hang: usize,
    columns: usize,
    blocks: &mut Vec<Block>,
) {
    let rule = |text: &str| -> Vec<Piece> { vec![(Ink::Rule, text.to_owned())] };
    // The line to what is below goes on beside them.
    let run = if branch.under.is_empty() { "" } else { " │" };
    let below = format!("{stem}{}", pad(run, hang));
    blocks.push(Block {
        lines: wrap(&branch.pieces, &rule(lead), &rule(&below), columns),
        path: branch.path.clone(),
    });
    for (n, under) in branch.under.iter().enumerate() {
        let last = n + 1 == branch.under.len();
        let (turn, run) = if last {
            (" └ ", "   ")
        } else {
            (" ├ ", " │ ")
        };
        let (lead, stem) = (format!("{stem}{turn}"), format!("{stem}{run}"));
        grow(under, &lead, &stem, 3, columns, blocks);
    }
}

fn rows(report: &Report, revealed: bool) -> Vec<Branch> {
    let mut rows = vec![
        command(report),
        user(&report.user),
        workdir(&report.workdir),
    ];
    rows.push(environment(&report.env, revealed));
    rows.push(Branch::named("stops by", [strong(&report.stop_signal)]));
    if let Some(test) = &report.healthcheck {
        rows.push(Branch::named("health", [strong(&argv_text(test))]));
    }
    rows.extend(service(report));
    rows.extend(program::rows(report));
    rows.extend(report.ended.as_ref().map(ended));
    rows.extend(differences(report));
    if !report.notes.is_empty() {
        let notes = report
            .notes
            .iter()
            .map(|note| Branch::new(vec![muted(note)]));
        let name = Branch::named("not seen", [muted("what could not be looked at")]);
        rows.push(name.under(notes));
    }
    rows
}

fn command(report: &Report) -> Branch {
    if report.argv.is_empty() {
        let none = bad("nothing: neither ENTRYPOINT nor CMD says what runs");
        return Branch::named("command", [none]);
    }
    let parts = report.parts.iter().map(|part: &Part| {
        let shell = if part.shell_form { ", shell form" } else { "" };
        let origin = format!("{}{shell}  ", origin(part.origin));
        Branch::new(vec![muted(&origin), strong(&argv_text(&part.words))])
    });
    Branch::named("command", [strong(&report.line)]).under(parts)
}

/// Who said something, as a person knows it.
fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::ImageEntrypoint => "image ENTRYPOINT",
        Origin::ImageCmd => "image CMD",
        Origin::ContainerEntrypoint => "container --entrypoint",
        Origin::ContainerCmd => "container arguments",
    }
}

fn user(user: &Identity) -> Branch {
    let mut pieces = Vec::new();
    match (user.uid, user.gid) {
        (Some(uid), Some(gid)) => pieces.push(strong(&format!("{uid}:{gid}"))),
        (Some(uid), None) => pieces.push(strong(&uid.to_string())),
        (None, _) => pieces.push(bad(&format!("{}: unknown", user.given))),
    }
    let mut more = Vec::new();
    match &user.name {
        Some(name) => more.push(name.clone()),
        None if !user.in_passwd => more.push("not in /etc/passwd".into()),
        None => {}
    }
    let number = user.uid.map(|uid| uid.to_string());
    let told = [user.name.as_ref(), number.as_ref()].contains(&Some(&user.given));
    if !user.given.is_empty() && user.uid.is_some() && !told {
        more.push(format!("from USER {}", user.given));
    }
    let further = user.groups.iter().filter(|gid| Some(**gid) != user.gid);
    let groups: Vec<String> = further.map(u32::to_string).collect();
    if !groups.is_empty() {
        more.push(format!("groups {}", groups.join(" ")));
    }
    if !user.home.is_empty() {
        more.push(format!("home {}", user.home));
    }
    if !more.is_empty() {
        pieces.push(muted(&format!("  {}", more.join(" · "))));
    }
    Branch::named("user", pieces)
}

fn workdir(place: &Place) -> Branch {
    let mut pieces = vec![strong(&place.path)];
    if !place.exists {
        pieces.push(muted("  not among the files; the engine makes it"));
        return Branch::named("directory", pieces);
    }
    let mut more = Vec::new();
    more.extend(place.mode.map(mode));
    more.extend(place.owner.map(owner));
    more.extend(place.writable.map(|yes| {
        let words = if yes { "writable" } else { "not writable" };
        words.to_owned()
    }));
    if !more.is_empty() {
        pieces.push(muted(&format!("  {}", more.join(" · "))));
    }
    Branch::named("directory", pieces).at(Some(&place.path))
}

/// Permission bits as chmod takes them.
fn mode(bits: u32) -> String {
    format!("{bits:04o}")
}

fn owner((uid, gid): (u32, u32)) -> String {
    format!("{uid}:{gid}")
}

fn environment(env: &[Variable], revealed: bool) -> Branch {
    if env.is_empty() {
        return Branch::named("variables", [muted("none")]);
    }
    let secrets = env.iter().filter(|var| var.secret).count();
    let count = match (env.len(), secrets, revealed) {
        (all, 0, _) => all.to_string(),
        (all, some, true) => format!("{all}, {some} secret and shown"),
        (all, some, false) => format!("{all}, {some} secret"),
    };
    let rows = env.iter().take(MOST).map(|var| {
        let value = if revealed { &var.value } else { &var.shown };
        let ink = if var.secret { Ink::Waiting } else { Ink::Muted };
        let mut pieces = vec![
            strong(&format!("{}=", var.name)),
            (ink, bounded(value, LONGEST)),
        ];
        if var.from_container {
            pieces.push((Ink::Name, "  set by the container".into()));
        }
        Branch::new(pieces)
    });
    Branch::named("variables", [muted(&count)])
        .under(rows)
        .under(rest(env.len()))
}

/// A last row where there are more than are shown.
fn rest(count: usize) -> Option<Branch> {
    let more = count.checked_sub(MOST).filter(|n| *n > 0)?;
    Some(Branch::new(vec![muted(&format!("… and {more} more"))]))
}

/// Ports, restarts and limits.
fn service(report: &Report) -> Vec<Branch> {
    let mut rows = Vec::new();
    let none = Service::default();
    let service = report.service.as_ref().unwrap_or(&none);
    let mut ports: Vec<Piece> = Vec::new();
    if !report.exposed.is_empty() {
        ports.push(strong(&report.exposed.join(" ")));
        ports.push(muted(" exposed"));
    }
    if !service.published.is_empty() {
        let gap = if ports.is_empty() { "" } else { " · " };
        ports.push(muted(gap));
        ports.push(strong(&service.published.join(" ")));
        ports.push(muted(" published"));
    }
    if !ports.is_empty() {
        rows.push(Branch::named("ports", ports));
    }
    if report.service.is_none() {
        return rows;
    }
    if !service.restart.is_empty() {
        rows.push(Branch::named("restarts", [strong(&service.restart)]));
    }
    let mut limits = Vec::new();
    limits.extend(service.memory.map(|n| format!("memory {}", bytes(n))));
    limits.extend(
        service
            .cpu_millis
            .map(|n| format!("{}.{:02} cpu", n / 1000, n % 1000 / 10)),
    );
    limits.extend(service.pids.map(|n| format!("{n} processes")));
    if !limits.is_empty() {
        rows.push(Branch::named("limits", [strong(&limits.join(" · "))]));
    }
    if service.init {
        rows.push(Branch::named(
            "init",
            [strong("the engine's own is process 1")],
        ));
    }
    rows
}

fn ended(ended: &Ended) -> Branch {
    let mut rows = Vec::new();
    if let Some(error) = &ended.error {
        rows.push(Branch::new(vec![muted("the engine  "), bad(error)]));
    }
    if ended.oom_killed {
        rows.push(Branch::new(vec![bad(
            "the kernel killed it: out of memory",
        )]));
    }
    let log = ended.log.iter().map(|line| Branch::new(vec![muted(line)]));
    let words = if ended.exit_code == 0 && ended.error.is_none() {
        strong(&ended.words)
    } else {
        bad(&ended.words)
    };
    Branch::named("last run", [words]).under(rows).under(log)
}

fn differences(report: &Report) -> Option<Branch> {
    let dev = report.dev_image.as_ref()?;
    let image = [strong(dev)];
    if report.differences.is_empty() {
        return Some(
            Branch::named("dev image", image)
                .under([Branch::new(vec![muted("says the same of all this")])]),
        );
    }
    let rows = report.differences.iter().map(|difference: &Difference| {
        let unset = |text: &str| {
            if text.is_empty() {
                "none".to_owned()
            } else {
                text.to_owned()
            }
        };
        Branch::new(vec![
            (
                Ink::Name,
                format!("{}  ", bounded(&difference.what, LONGEST)),
            ),
            strong(&unset(&difference.target)),
            muted(" here, "),
            (Ink::Waiting, bounded(&unset(&difference.dev), LONGEST)),
            muted(" there"),
        ])
    });
    Some(Branch::named("dev image", image).under(rows))
}
