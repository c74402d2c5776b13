//! Long operations: their numbers, and how far an attach is.
//!
//! A reply with another number than the attach on its way is late: its twin is removed unseen.

use super::{Caught, ShellId, TaskId};
use crate::domain::image::Resolution;
use crate::domain::plan::{Mode, Wishes};
use crate::domain::target::ContainerId;
use crate::domain::{Progress, Pull};

/// Gives out numbers, never the same twice.
#[derive(Debug, Default)]
pub struct Numbers {
    task: u32,
    shell: u32,
}

impl Numbers {
    /// The next number of a long operation.
    pub fn task(&mut self) -> TaskId {
        self.task += 1;
        TaskId(self.task)
    }

    /// The next number of a shell.
    pub fn shell(&mut self) -> ShellId {
        self.shell += 1;
        ShellId(self.shell)
    }
}

/// What to attach to, and how: enough to try again.
#[derive(Debug, Clone)]
pub struct Request {
    /// Container name, id or unique prefix, as the engine is asked.
    pub target: String,
    /// Its name for the person, clean.
    pub name: String,
    /// What the person asked for.
    pub wishes: Wishes,
    /// A resolution that is known already.
    pub resolution: Option<Box<Resolution>>,
    /// A twin of an earlier attach that this one replaces.
    pub replaces: Option<ContainerId>,
    /// The target stands still since an earlier attach has caught it, and goes on to.
    pub caught: Option<Caught>,
}

/// An attach on its way.
#[derive(Debug)]
pub struct Attaching {
    /// Its number.
    pub task: TaskId,
    /// The number that its shell will have.
    pub shell: ShellId,
    /// What was asked.
    pub request: Request,
    steps: Vec<String>,
    pull: Option<Pull>,
    awaits: Option<Awaits>,
}

/// The container that a catch waits for.
#[derive(Debug)]
struct Awaits {
    target: ContainerId,
    name: String,
    /// It runs, or is in a restart loop: it is not for us to start it.
    runs: bool,
    /// It was asked to start.
    asked: bool,
}

/// How the step begins that tells how much of the one before is done.
const COPIED: &str = "copied ";

impl Attaching {
    /// An attach that has just been ordered.
    pub fn new(task: TaskId, shell: ShellId, request: Request) -> Self {
        Self {
            task,
            shell,
            request,
            steps: Vec::new(),
            pull: None,
            awaits: None,
        }
    }

    /// What goes on, before the name of what it is done to.
    pub fn verb(&self) -> &'static str {
        if self.request.wishes.mode == Some(Mode::Explore) {
            "Exploring"
        } else {
            "Attaching to"
        }
    }

    /// Takes a piece of progress.
    pub fn moved(&mut self, progress: Progress) {
        match progress {
            Progress::Step(step) | Progress::Notable(step) => {
                self.pull = None;
                self.awaits = None;
                self.steps.push(super::text::clean(&step));
            }
            Progress::Copied(count) => {
                self.steps.pop_if(|step| step.starts_with(COPIED));
                self.steps
                    .push(format!("{COPIED}{}", super::text::bytes(count)));
            }
            Progress::Pull(pull) => self.pull = Some(pull),
            Progress::Awaits { target, name, runs } => {
                let name = super::text::clean(&name);
                let next = if runs { "next start" } else { "start" };
                self.steps.push(format!("waiting for the {next} of {name}"));
                self.awaits = Some(Awaits {
                    target,
                    name,
                    runs,
                    asked: false,
                });
            }
        }
    }

    /// What a person can do while a start is waited for: a line each.
    pub fn advice(&self) -> Vec<String> {
        let Some(Awaits {
            name, runs, asked, ..
        }) = &self.awaits
        else {
            return Vec::new();
        };
        let then = format!("{name} is paused at once then, and a twin joins it.");
        let how = if *asked {
            format!("{name} is being started.")
        } else if *runs {
            format!(
                "Its policy may take a minute to start it again; docker restart {name} does so at once."
            )
        } else {
            format!("docker start {name} starts it; the key s does the same here.")
        };
        vec![then, how]
    }

    /// Whether the person can have the awaited container started.
    pub fn can_start(&self) -> bool {
        let awaits = self.awaits.as_ref();
        awaits.is_some_and(|awaits| !awaits.runs && !awaits.asked)
    }

    /// The person wants the awaited container to be started; none when there is nothing to start.
    pub fn start(&mut self) -> Option<ContainerId> {
        let awaits = self.awaits.as_mut().filter(|a| !a.runs && !a.asked)?;
        awaits.asked = true;
        Some(awaits.target.clone())
    }

    /// The steps so far; the last one is under way.
    pub fn steps(&self) -> &[String] {
        &self.steps
    }

    /// The pull of the step under way.
    pub fn pull(&self) -> Option<&Pull> {
        self.pull.as_ref()
    }
}
