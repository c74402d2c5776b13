//! What checks need to know: questions to the engine, and what came of them.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Counted, Place, ShellPlace};

/// Something that a check needs to know of the engine's state now. Names are the lab's short ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// All containers of the lab, details and all.
    Containers,
    /// All images below the lab's name, details and all, and which of these paths each of them holds.
    Images(BTreeSet<String>),
    /// The twins beside a container.
    Twins(String),
    /// A file.
    File(Place, String),
    /// The installed packages.
    Packages(Place),
    /// What was changed in a container's files.
    Changes(String),
    /// A figure or a name.
    Counted(Counted),
}

/// Everything that is known when a step is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Commands in shells since the step was opened, oldest first.
    pub commands: Vec<Command>,
    /// What happened to containers since the step was opened, oldest first.
    pub happened: Vec<Happened>,
    /// The person's last answer.
    pub answer: Option<String>,
    /// What the engine answered; a question that could not be answered is missing.
    pub answers: BTreeMap<Question, Answer>,
}

/// A command in a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// In which.
    pub place: ShellPlace,
    /// The line, as it was typed.
    pub line: String,
    /// Its exit status; none while it runs.
    pub status: Option<i64>,
}

/// Something that happened to a container of the lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// A program was run in it.
    Exec {
        /// The container's name in the lab.
        container: String,
        /// Its words, joined by spaces.
        command: String,
        /// Its exit status; none while it runs or when nobody told.
        status: Option<i64>,
    },
    /// It ended.
    Ended {
        /// Its name in the lab; its whole name when it has none there.
        container: String,
        /// Its image, without the lab's name.
        image: String,
        /// Its exit status.
        status: i64,
        /// Milliseconds since the first signal that was sent to it; none when there was none.
        after_ms: Option<u64>,
    },
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Of [`Question::Containers`].
    Containers(Vec<ContainerFacts>),
    /// Of [`Question::Images`].
    Images(Vec<ImageFacts>),
    /// Of [`Question::Twins`]: the user of each one that runs.
    Twins(Vec<String>),
    /// Of [`Question::File`]; none when there is none.
    File(Option<FileFacts>),
    /// Of [`Question::Packages`]: names.
    Packages(BTreeSet<String>),
    /// Of [`Question::Changes`]: absolute paths.
    Changes(Vec<String>),
    /// Of [`Question::Counted`]: the figure or the name, in words.
    Counted(String),
}

/// A container of the lab.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContainerFacts {
    /// Its name in the lab; its whole name when it has none there.
    pub name: String,
    /// Its image, without the lab's name.
    pub image: String,
    /// Status word.
    pub state: String,
    /// Exit status, of one that has ended.
    pub status: Option<i64>,
    /// `healthy`, `unhealthy`, `starting`; none without a check.
    pub health: Option<String>,
    /// Its user as it is configured; empty for the engine's own choice, root.
    pub user: String,
    /// Entrypoint and command, joined by spaces.
    pub runs: String,
    /// Network mode.
    pub network: String,
    /// Names of volumes that it mounts, in the lab.
    pub volumes: Vec<String>,
}

/// An image of the lab.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageFacts {
    /// Its name below the lab's, with the tag.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Digests of its layers, the lowest first.
    pub layers: Vec<String>,
    /// Its entrypoint.
    pub entrypoint: Vec<String>,
    /// Its command.
    pub cmd: Vec<String>,
    /// Its user.
    pub user: String,
    /// The words of its health check, the first one `CMD` or `CMD-SHELL`; empty without one.
    pub health: Vec<String>,
    /// Of the paths that were asked for those that it holds.
    pub has: BTreeSet<String>,
}

/// A file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// Number of its owner.
    pub owner: u64,
    /// Its text, as far as it was read.
    pub text: String,
}
