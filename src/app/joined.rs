//! A twin beside its target: what the header says of them, and what events tell of the target.

use super::keymap::Focus;
use super::panes::Pane;
use super::panes::entrypoint::Entrypoint;
use super::panes::packages::{Changes, Packages};
use super::panes::shell::Shell;
use super::panes::shells::Shells;
use super::picker::row::Mood;
use super::replicas::Replicas;
use super::text::{clean, wrap};
use super::toast::Tone;
use super::{Attached, Model};
use crate::domain::command::History;
use crate::domain::error::{ErrorKind, Result};
use crate::domain::plan::{Mode, Plan, RootSource, Weight, Wishes};
use crate::domain::target::{ContainerId, Event, Status, Target, exit_words};

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
    /// Whether the shell that has the keys has the whole screen.
    pub zoomed: bool,
    /// The commands that ran in its shells.
    pub ran: History,
    /// Text that a program wants in the clipboard, until the person lets it, and how it was told.
    pub(super) wanted_copy: Option<(String, String)>,
    gone: bool,
    /// How the target ended since the twin was made, in words.
    died: Option<String>,
}

/// News of the target, for a toast.
#[derive(Debug, PartialEq, Eq)]
pub struct News {
    /// How it is.
    pub tone: Tone,
    /// What happened.
    pub text: String,
    /// What it means for the person.
    pub hint: String,
}

impl Joined {
    /// A session whose shell has just been connected.
    pub fn new(attached: Attached, wishes: Wishes, shell: Shell) -> Self {
        Self {
            name: clean(&attached.target.name),
            attached,
            wishes,
            pane: Pane::Shell,
            shells: Shells::new(shell),
            entrypoint: Entrypoint::default(),
            packages: Packages::default(),
            changes: Changes::default(),
            replicas: Replicas::default(),
            zoomed: false,
            ran: History::default(),
            wanted_copy: None,
            gone: false,
            died: None,
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
        if self.pane != pane {
            self.entrypoint.leave();
        }
        self.pane = pane;
    }

    /// Where keys go when no popup takes them. Reading goes on when the twin has ended.
    pub fn focus(&self) -> Focus {
        match self.pane {
            Pane::Entrypoint if self.entrypoint.form().is_some() => return Focus::Form,
            Pane::Entrypoint => return Focus::Entrypoint,
            Pane::Packages if self.packages.work.is_open() => return Focus::Change,
            Pane::Packages => return Focus::Packages,
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
        (clean(&state.words()), Mood::of(state))
    }

    /// Whether another twin could join the target now.
    pub fn is_joinable(&self) -> bool {
        !self.gone && self.attached.target.state.is_joinable()
    }

    /// Whether the target could have another twin, of whatever mode.
    pub fn can_have_twin(&self) -> bool {
        !self.gone && self.attached.target.state.status != Status::Removing
    }

    /// Whether the twin is an arena: the target's files, without its processes.
    pub fn is_arena(&self) -> bool {
        self.attached.twin.plan.mode == Mode::Arena
    }

    /// Whether the twin lives in the target's process ids, and so dies with it (design.md §2).
    fn shares_pid(&self) -> bool {
        self.attached.twin.plan.pid.starts_with("container:")
    }

    /// An event of the target: what the header must say until the details come, and the news.
    pub fn event(&mut self, event: &Event) -> Option<News> {
        let (shares_pid, arena) = (self.shares_pid(), self.is_arena());
        let name = &self.name;
        let state = &mut self.attached.target.state;
        let (tone, text, hint) = match event.action.as_str() {
            "die" => {
                state.status = Status::Exited;
                state.pid = None;
                state.exit_code = event.exit_code.unwrap_or(0);
                let words = exit_words(state.exit_code, false);
                self.died = Some(words.clone());
                let hint = if shares_pid {
                    "the twin shares its process ids, so the shell ends with it"
                } else {
                    "the twin goes on"
                };
                (Tone::Bad, format!("target {name}: {words}"), hint.into())
            }
            "oom" => {
                let hint = "the kernel killed a process in it; raise its memory limit";
                (
                    Tone::Bad,
                    format!("target {name} ran out of memory"),
                    hint.into(),
                )
            }
            "pause" => {
                state.status = Status::Paused;
                let hint =
                    format!("its processes stand still; docker unpause {name} lets them go on");
                (Tone::News, format!("target {name} was paused"), hint)
            }
            "unpause" => {
                state.status = Status::Running;
                (
                    Tone::Good,
                    format!("target {name} goes on"),
                    "it was paused until now".into(),
                )
            }
            "start" => {
                state.status = Status::Running;
                self.gone = false;
                let hint = if arena {
                    "the arena stays as it is: launch a new twin to join the target"
                } else {
                    "this twin belongs to its last run: launch a new twin to join this one"
                };
                (
                    Tone::Good,
                    format!("target {name} was started"),
                    hint.into(),
                )
            }
            "destroy" => {
                self.gone = true;
                let root = self.attached.twin.plan.root.as_ref();
                let hint = match root.map(|root| &root.how) {
                    Some(RootSource::Overlay { .. }) => {
                        "what it wrote may be gone from /target; the files of its image are still there"
                    }
                    Some(RootSource::Image { .. } | RootSource::Archive { .. }) => {
                        "its files are still at /target"
                    }
                    None => "nothing is left to join; go back to the containers",
                };
                (Tone::Bad, format!("target {name} was removed"), hint.into())
            }
            _ => return None,
        };
        Some(News { tone, text, hint })
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
        let next = if self.is_joinable() {
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
    if plan.mounts.is_empty() {
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
