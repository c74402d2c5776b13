//! Long operations: their numbers, and how far an attach is.
//!
//! A reply with another number than the attach on its way is late: its twin is removed unseen.

use super::{ShellId, TaskId};
use crate::domain::image::Resolution;
use crate::domain::plan::Wishes;
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
        }
    }

    /// Takes a piece of progress.
    pub fn moved(&mut self, progress: Progress) {
        match progress {
            Progress::Step(step) | Progress::Notable(step) => {
                self.pull = None;
                self.steps.push(super::text::clean(&step));
            }
            Progress::Copied(count) => {
                self.steps.pop_if(|step| step.starts_with(COPIED));
                self.steps
                    .push(format!("{COPIED}{}", super::text::bytes(count)));
            }
            Progress::Pull(pull) => self.pull = Some(pull),
        }
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
