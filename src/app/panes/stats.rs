//! What the target takes of its machine: the strip above the processes.

use crate::app::TaskId;
use crate::domain::error::{Error, Result};
use crate::domain::stats::{History, Sample};

/// The strip.
#[derive(Debug, Default)]
pub struct Stats {
    history: History,
    task: Option<TaskId>,
    error: Option<Error>,
}

impl Stats {
    /// What was measured so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Whether samples come.
    pub fn is_measuring(&self) -> bool {
        self.task.is_some()
    }

    /// Why no samples come.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Samples come from now on under that number.
    pub fn begin(&mut self, task: TaskId) {
        self.task = Some(task);
        self.error = None;
    }

    /// Samples do not come any more: the number under which they came.
    pub fn stop(&mut self) -> Option<TaskId> {
        self.history.pause();
        self.task.take()
    }

    /// A sample came; true when there is something new to show.
    pub fn came(&mut self, task: TaskId, sample: Sample) -> bool {
        self.task == Some(task) && self.history.add(sample)
    }

    /// Samples have ended by themselves; true when it was these.
    pub fn ended(&mut self, task: TaskId, result: &Result<()>) -> bool {
        if self.task != Some(task) {
            return false;
        }
        self.stop();
        self.error = result.as_ref().err().cloned();
        true
    }
}
