//! What the lessons ask the runtime for, and what they are told.

use super::{ShellId, TaskId};
use crate::domain::Size;
use crate::domain::error::Result;
use crate::domain::lesson::Lesson;
use crate::domain::lesson::facts::{Facts, Question};
use crate::domain::lesson::lab::{Base, OfferedBase, Ready};
use crate::domain::lesson::progress::Noted;

/// What the lessons ask for. What comes of it is told as `Msg::Learn`, under the same number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LearnEffect {
    /// Ask on what the lab can stand here: one `Bases`.
    Bases(TaskId),
    /// Make the lab of a lesson, after removing the one before: `Making`, then exactly one `Ready`.
    SetUp {
        /// Its number.
        task: TaskId,
        /// The lesson.
        lesson: Box<Lesson>,
        /// What its dev image stands on.
        base: Base,
    },
    /// Open a shell of this machine in the folder of the lab that is ready: `ShellOpened`, `Output`, `ShellEnded`.
    /// Keys and sizes go to it as to any shell.
    OpenShell {
        /// The number that it is to have.
        shell: ShellId,
        /// Its first size.
        size: Size,
    },
    /// Ask these questions again and again until it is cancelled: `Seen` at once, and whenever something has changed.
    /// What happened to containers, and the commands in twins, are counted from here.
    Watch {
        /// Its number.
        task: TaskId,
        /// What is to be known.
        questions: Vec<Question>,
    },
    /// Remove the lab: one `Removed`. Leaving the program does so, too.
    TearDown(TaskId),
    /// Write down how far the person has come.
    Note {
        /// In which lesson.
        lesson: String,
        /// What.
        noted: Noted,
    },
}

/// What is told of the lessons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LearnNews {
    /// On what the lab can stand, the best first. An image that is not here is pulled on a yes.
    Bases(Result<Vec<OfferedBase>>),
    /// What is being made.
    Making(String),
    /// The lab is ready, or could not be made.
    Ready(Result<Box<Ready>>),
    /// What is known now. Of commands only those in twins: those of the person's own shell the model sees itself.
    Seen(Result<Box<Facts>>),
    /// The lab is gone, or could not be removed.
    Removed(Result<()>),
}
