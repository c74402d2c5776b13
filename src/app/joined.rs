//! A twin beside its target: what the header and the pane of an ended shell say of them.

mod news;

pub use news::News;

use super::keymap::Focus;
use super::panes::Pane;
use super::panes::compare::Compare;
use super::panes::entrypoint::Entrypoint;
use super::panes::files::Files;
use super::panes::logs::Logs;
use super::panes::network::Network;
use super::panes::packages::{Changes, Packages};
use super::panes::processes::Processes;
use super::panes::recipe::Recipe;
use super::panes::shell::Shell;
use super::panes::shells::Shells;
use super::panes::stats::Stats;
use super::picker::row::Mood;
use super::replicas::Replicas;
use super::sticky::{Prospect, Sticky};
use super::text::{clean, wrap};
use super::tryout::Tries;
use super::{Attached, Caught, Model};
use crate::domain::command::History;
use crate::domain::error::{ErrorKind, Result};
use crate::domain::plan::{Mode, Plan, Weight, Wishes};
use crate::domain::target::{ContainerId, Status, Target};
use crate::domain::triage::{Pace, Triage};

/// A session beside one target.
#[derive(Debug)]
pub struct Joined {
    /// Twin, target and resolution, as the attach brought them; the target's state is kept up to date.
    pub attached: Attached,
    /// The target's name, clean.
    pub name: String,
    /// What the person asked for.
    pub wishes: Wishes,
    /// The pane in sight.
    pub pane: Pane,
    /// The shells.
    pub shells: Shells,
    /// What is known of the target's entrypoint.
    pub entrypoint: Entrypoint,
    /// The packages of the twin.
    pub packages: Packages,
    /// The changes of them that were made.
    pub changes: Changes,
    /// The replicas of the target, and the search for what makes it fail.
    pub replicas: Replicas,
    /// The tries of its files in production.
    pub tries: Tries,
    /// The target's log.
    pub logs: Box<Logs>,
    /// The target's processes.
    pub processes: Processes,
    /// What the target takes of its machine.
    pub stats: Stats,
    /// The target's network.
    pub network: Network,
    /// The files of target, twin and images.
    pub files: Files,
    /// The target against its dev image.
    pub compare: Box<Compare>,
    /// What the session did, and what follows from it.
    pub recipe: Recipe,
    /// Whether the shell that has the keys has the whole screen.
    pub zoomed: bool,
    /// The commands that ran in its shells.
    pub ran: History,
    /// Text that a program wants in the clipboard, until the person lets it, and how it was told.
    pub(super) wanted_copy: Option<(String, String)>,
    /// What happened to the target, once it was asked.
    pub triage: Option<Result<Triage>>,
    /// How fast the target is started again and again.
    pub pace: Pace,
    /// This devtwin has ended its restart loop.
    pub frozen: bool,
    /// It was paused at its start, and stands still since.
    pub caught: Option<Caught>,
    /// What is known of its deaths, and whether the twin comes back.
    pub sticky: Sticky,
    gone: bool,
    /// How the target ended since the twin was made, in words.
    died: Option<String>,
    /// What was said of its starts and ends.
    told: news::Told,
}

impl Joined {
    /// A session whose shell has just been connected.
    pub fn new(attached: Attached, wishes: Wishes, shell: Shell) -> Self {
        Self {
            name: clean(&attached.target.name),
            wishes,
            pane: Pane::Shell,
            shells: Shells::new(shell),
            entrypoint: Entrypoint::default(),
            packages: Packages::default(),
            changes: Changes::default(),
            replicas: Replicas::default(),
            tries: Tries::default(),
            logs: Box::default(),
            processes: Processes::default(),
            stats: Stats::default(),
            network: Network::default(),
            files: Files::default(),
            compare: Box::default(),
            recipe: Recipe::of(attached.record.clone()),
            zoomed: false,
            ran: History::default(),
            wanted_copy: None,
            triage: None,
            pace: Pace::default(),
            frozen: false,
            caught: None,
            sticky: Sticky::default(),
            gone: false,
            died: None,
            told: news::Told::default(),
            attached,
        }
    }

    /// The target's id.
    pub fn target(&self) -> &ContainerId {
        &self.attached.target.id
    }

    /// The twin's container id.
    pub fn twin(&self) -> &ContainerId {
        &self.attached.twin.id
    }

    /// Brings a pane into sight.
    pub(super) fn show(&mut self, pane: Pane) {
        self.pane = pane;
    }

    /// A pane has gone out of sight.
    pub(super) fn left(&mut self, pane: Pane) {
        match pane {
            Pane::Entrypoint => self.entrypoint.leave(),
            Pane::Logs => self.logs.leave(),
            Pane::Processes => {
                self.processes.leave();
                self.stats.stop();
            }
            Pane::Network => self.network.leave(),
            Pane::Files => self.files.leave(),
            Pane::Compare => self.compare.leave(),
            Pane::Shell | Pane::Packages | Pane::Recipe => {}
        }
    }

    /// Where keys go when no popup takes them. Reading goes on when the twin has ended.
    pub fn focus(&self) -> Focus {
        match self.pane {
            Pane::Entrypoint if self.entrypoint.form().is_some() => return Focus::Form,
            Pane::Entrypoint => return Focus::Entrypoint,
            Pane::Packages if self.packages.work.is_open() => return Focus::Change,
            Pane::Packages => return Focus::Packages,
            Pane::Logs if self.logs.edit().is_some() => return Focus::LogFind,
            Pane::Logs => return Focus::Logs,
            Pane::Processes => return Focus::Processes,
            Pane::Network => return Focus::Network,
            Pane::Files if self.files.view().is_some() => return Focus::FileView,
            Pane::Files => return Focus::Files,
            Pane::Compare if self.compare.text().is_some() => return Focus::CompareText,
            Pane::Compare => return Focus::Compare,
            Pane::Recipe if self.recipe.editing().is_some() => return Focus::RecipeText,
            Pane::Recipe => return Focus::Recipe,
            Pane::Shell => {}
        }
        let shell = self.shells.focused();
        if shell.is_reading() || !self.shells.main().has_ended() {
            shell.focus()
        } else {
            Focus::Ended
        }
    }

    /// The target's state in words, and how it fares.
    pub fn state(&self) -> (String, Mood) {
        if self.gone {
            return ("removed".into(), Mood::Ill);
        }
        let state = &self.attached.target.state;
        let words = clean(&state.words());
        let mood = Mood::of(state);
        match &self.caught {
            Some(Caught { after_ms, .. }) if state.status == Status::Paused => {
                let after = after_ms.map_or_else(String::new, |ms| format!(" {ms} ms"));
                return (format!("caught, paused{after} after its start"), mood);
            }
            Some(_) | None => {}
        }
        if self.frozen {
            return (format!("frozen, {words}"), mood);
        }
        (words, mood)
    }

    /// A debt was paid: whether the target was caught is over when it was that one. True then.
    pub(super) fn resumed(&mut self, marker: &str) -> bool {
        let caught = &mut self.caught;
        caught.take_if(|c| c.debt.name() == marker).is_some()
    }

    /// Whether the twin dies with its target.
    pub(super) fn ends_with_target(&self) -> bool {
        self.shares_pid()
    }

    /// Whether the twin's own shell ended because its target did, or because the connection did.
    pub(super) fn ended_with_target(&self) -> bool {
        self.shares_pid() && self.shells.main().was_killed()
    }

    /// Whether the connection to a twin that does not depend on its target was lost, an arena's.
    pub(super) fn lost_alone(&self) -> bool {
        !self.shares_pid() && self.shells.main().is_lost()
    }

    /// What is said when the twin is back.
    pub(super) fn back_words(&mut self, ran_on: bool) -> String {
        if self.shares_pid() {
            self.died = None;
        }
        if ran_on {
            return format!("connected again to the twin of {}", self.name);
        }
        if !self.shares_pid() {
            return format!(
                "the twin of {} was started again, packages and files kept",
                self.name
            );
        }
        format!(
            "{} runs again, and so does its twin, packages and files kept",
            self.name
        )
    }

    /// Whether the target has a process that can be looked at.
    pub fn runs(&self) -> bool {
        let status = self.attached.target.state.status;
        !self.gone && matches!(status, Status::Running | Status::Paused)
    }

    /// What is left to say of a target that was removed: how it ended before, when that is known.
    pub(super) fn last_words(&self) -> Option<String> {
        let name = &self.name;
        self.gone.then(|| match &self.died {
            Some(how) => format!("{name} was removed; before that: {how}"),
            None => format!("{name} was removed"),
        })
    }

    /// Whether another twin could join the target now.
    pub fn is_joinable(&self) -> bool {
        !self.gone && self.attached.target.state.is_joinable()
    }

    /// Whether the target could have another twin, of whatever mode.
    pub fn can_have_twin(&self) -> bool {
        self.is_explorer() || (!self.gone && self.attached.target.state.status != Status::Removing)
    }

    /// Whether the twin is an arena: the target's files, without its processes.
    pub fn is_arena(&self) -> bool {
        self.attached.twin.plan.mode == Mode::Arena
    }

    /// Whether there is no container but the twin: its dev image is explored.
    pub fn is_explorer(&self) -> bool {
        self.attached.twin.plan.mode == Mode::Explore
    }

    /// What an attach is asked for to come to the same target again: its id, of an explorer its image.
    pub(super) fn subject(&self) -> String {
        let target = &self.attached.target;
        if self.is_explorer() {
            target.image.clone()
        } else {
            target.id.0.clone()
        }
    }

    /// Whether the twin lives in the target's process ids, and so dies with it (design.md §2).
    fn shares_pid(&self) -> bool {
        self.attached.twin.plan.pid.starts_with("container:")
    }

    /// The target's details came. An error is handed back unless it only says that the target is gone.
    pub fn inspected(&mut self, target: Result<Box<Target>>) -> Result<()> {
        match target {
            Ok(target) => {
                self.attached.target.state = target.state;
                self.gone = false;
                Ok(())
            }
            Err(error) if error.kind == ErrorKind::NoTarget => {
                self.gone = true;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Why the twin's own shell ended and what is possible now: a line of words each.
    pub fn end_words(&self) -> Option<(String, String)> {
        let ended = self.shells.main().end_words()?;
        let what = match &self.died {
            Some(how) if self.shares_pid() => {
                format!("the shell ended with its target {}: {how}", self.name)
            }
            Some(_) | None => ended,
        };
        if self.sticky.is_lost() && self.shells.main().is_lost() {
            let next = "The engine does not answer; when it does, the shell is looked for.";
            return Some((what, next.into()));
        }
        let name = &self.name;
        let back = self.sticky.prospect().filter(|_| self.ended_with_target());
        let back = match back {
            _ if self.gone => None,
            Some(Prospect::Now) => Some(format!("{name} runs again: the twin is being started.")),
            Some(Prospect::Later(1)) => Some(format!(
                "{name} dies at once: the next try comes in a second."
            )),
            Some(Prospect::Later(seconds)) => Some(format!(
                "{name} dies again and again: the next try comes in {seconds} s."
            )),
            Some(Prospect::WithTarget) if self.is_joinable() => None,
            Some(Prospect::WithTarget) => Some(format!(
                "This twin comes back when it starts again (docker start {name})."
            )),
            Some(Prospect::Gone) => Some("The twin was removed; a new one can be launched.".into()),
            None => None,
        };
        let next = if self.is_explorer() {
            "A new twin begins with a fresh dev image.".into()
        } else if let Some(back) = back {
            back
        } else if self.is_joinable() {
            format!("{} runs; a new twin can join it.", self.name)
        } else if self.gone {
            format!("{} is gone; another container can be joined.", self.name)
        } else {
            format!(
                "{} does not run; a new twin opens an arena with its files.",
                self.name
            )
        };
        Some((what, next))
    }
}

/// A line of the popup "what is shared".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedLine {
    /// Shared: what, and how.
    Yes(&'static str, String),
    /// Not shared: what, and how it is instead.
    No(&'static str, String),
    /// A note of the plan; further lines of the same note begin with spaces.
    Note(Weight, String),
    /// An empty line.
    Gap,
}

/// What a plan shares, one namespace each: a short word, whether it is shared, the engine's mode.
pub fn namespaces(plan: &Plan) -> Vec<(&'static str, bool, &str)> {
    let joins = |mode: &str| mode.starts_with("container:") || mode == "host";
    if plan.mode == Mode::Explore {
        return Vec::new();
    }
    if let Some(root) = &plan.root {
        // Of a target that does not run only these are there to share.
        return vec![
            ("files", true, root.how.word()),
            ("net", joins(&plan.network), &plan.network),
            ("pid", false, ""),
            ("vol", !plan.mounts.is_empty(), ""),
        ];
    }
    vec![
        ("net", joins(&plan.network), &plan.network),
        ("pid", joins(&plan.pid), &plan.pid),
        ("ipc", joins(&plan.ipc), &plan.ipc),
        ("uts", joins(&plan.uts), &plan.uts),
        ("vol", !plan.mounts.is_empty(), ""),
    ]
}

/// The lines of the popup "what is shared", notes wrapped to `columns`.
pub fn shared(model: &Model, columns: usize) -> Vec<SharedLine> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    let plan = &joined.attached.twin.plan;
    let mut lines: Vec<SharedLine> = namespaces(plan)
        .into_iter()
        .filter(|(word, ..)| *word != "vol")
        .map(|(word, yes, mode)| {
            let long = match word {
                "files" => "files",
                "net" => "network",
                "pid" => "process ids",
                "ipc" => "ipc",
                _ => "hostname",
            };
            let how = match mode {
                _ if word == "files" => format!("of {}, at /target, to read ({mode})", joined.name),
                "host" => "the host's".to_owned(),
                "none" => "none, as the target".to_owned(),
                "" => "its own".to_owned(),
                named if word == "net" && !yes => {
                    let all: Vec<&str> = std::iter::once(named)
                        .chain(plan.networks.iter().map(String::as_str))
                        .collect();
                    format!("its own address in {}", clean(&all.join(", ")))
                }
                _ if yes => format!("shared with {}", joined.name),
                other => clean(other),
            };
            if yes {
                SharedLine::Yes(long, how)
            } else {
                SharedLine::No(long, how)
            }
        })
        .collect();
    lines.extend(plan.mounts.iter().map(|mount| {
        let access = if mount.writable { "" } else { " (read-only)" };
        SharedLine::Yes("mount", format!("{}{access}", clean(&mount.destination)))
    }));
    lines.extend(plan.folders.iter().map(|folder| {
        let (source, words) = (clean(&folder.source), folder.words());
        SharedLine::Yes(
            "folder",
            format!("{}, {words}: {source}", clean(&folder.path)),
        )
    }));
    if plan.mode == Mode::Explore {
        if plan.folders.is_empty() {
            lines.push(SharedLine::No(
                "folder",
                "none; --mount DIR brings one".into(),
            ));
        }
    } else if plan.mounts.is_empty() {
        lines.push(SharedLine::No("volumes", "none".into()));
    }
    lines.push(SharedLine::Gap);
    lines.push(SharedLine::Yes("rights", clean(&plan.rights())));
    for (right, reason) in plan.grants() {
        for line in wrap(
            &clean(&format!("{right}: {reason}")),
            columns.saturating_sub(2),
        ) {
            lines.push(SharedLine::Note(Weight::Info, format!("  {line}")));
        }
    }
    let why = plan
        .root
        .as_ref()
        .map(|root| (Weight::Info, format!("files: {}", root.why)));
    let notes = plan
        .notes
        .iter()
        .map(|note| (note.weight, note.text.clone()));
    for (weight, text) in why.into_iter().chain(notes) {
        lines.push(SharedLine::Gap);
        for (n, line) in wrap(&clean(&text), columns.saturating_sub(2))
            .iter()
            .enumerate()
        {
            let lead = if n == 0 { "" } else { "  " };
            lines.push(SharedLine::Note(weight, format!("{lead}{line}")));
        }
    }
    lines
}
