//! What a change would do: asked once the selection has rested, and shown before anything is done.

use crate::app::TaskId;
use crate::domain::error::{Error, Result};
use crate::domain::packages::{Change, Stock, Transaction};

/// How far the question is.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It is not asked yet.
    Resting,
    /// It is on its way.
    Asked(TaskId),
    /// The manager's answer.
    Here(Box<Transaction>),
    /// The manager could not be asked.
    Failed(Error),
}

/// A change, and what it would do.
#[derive(Debug, Clone)]
pub struct Trial {
    change: Change,
    answer: Answer,
}

impl Trial {
    /// A change that nobody has asked about.
    pub fn new(change: Change) -> Self {
        Self {
            change,
            answer: Answer::Resting,
        }
    }

    /// The change.
    pub fn change(&self) -> &Change {
        &self.change
    }

    /// What is known.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// The number of the question on its way.
    pub fn asked(&self) -> Option<TaskId> {
        match self.answer {
            Answer::Asked(task) => Some(task),
            Answer::Resting | Answer::Here(_) | Answer::Failed(_) => None,
        }
    }

    /// Whether it is still to be asked.
    pub fn is_resting(&self) -> bool {
        matches!(self.answer, Answer::Resting)
    }

    /// Whether the manager could not be asked: then another time it may.
    pub fn has_failed(&self) -> bool {
        matches!(self.answer, Answer::Failed(_))
    }

    /// It is asked under that number.
    pub fn ask(&mut self, task: TaskId) {
        self.answer = Answer::Asked(task);
    }

    /// The answer came, to be weighed by what is known; false when it is not this one's.
    pub fn came(
        &mut self,
        task: TaskId,
        result: &Result<Box<Transaction>>,
        stock: Option<&Stock>,
    ) -> bool {
        if self.asked() != Some(task) {
            return false;
        }
        self.answer = match (result, stock) {
            (Ok(told), Some(stock)) => {
                let told = told.as_ref().clone();
                let told = told.weighed(&stock.catalogue, &stock.installed);
                Answer::Here(Box::new(told))
            }
            (Ok(told), None) => Answer::Here(told.clone()),
            (Err(error), _) => Answer::Failed(error.clone()),
        };
        true
    }

    /// The manager's answer, once it is there.
    pub fn told(&self) -> Option<&Transaction> {
        match &self.answer {
            Answer::Here(told) => Some(told),
            Answer::Resting | Answer::Asked(_) | Answer::Failed(_) => None,
        }
    }

    /// The answer, when the change can be made and there is something to do.
    pub fn possible(&self) -> Option<&Transaction> {
        let possible = |told: &&Transaction| !told.steps.is_empty() && !told.is_hindered();
        self.told().filter(possible)
    }
}
