//! When a step is done: predicates on the engine's state, on files, on what was typed, and on answers.
//!
//! Names of containers, images and volumes are the lab's short ones: `web` is the container `{lab}-web`, `web:latest` the image
//! `{lab}/web:latest`. Patterns are regular expressions that may match anywhere.

mod holds;
mod questions;
#[cfg(test)]
mod tests;

use serde::Deserialize;

/// A predicate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// All of them hold.
    All(Vec<Self>),
    /// One of them holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// A command ran in a shell since the step was opened.
    Command(CommandCheck),
    /// A program was run in a running container (`docker exec`), since the step was opened, by whomever.
    Exec(ExecCheck),
    /// There is a container that is like this.
    Container(ContainerCheck),
    /// A container has ended since the step was opened; also one that is gone already.
    Ended(EndedCheck),
    /// A container was asked to stop and did, since the step was opened.
    Stopped(StoppedCheck),
    /// There is, or is no longer, a twin.
    Twin(TwinCheck),
    /// A package is installed, by the package database.
    Package(PackageCheck),
    /// A file is like this.
    File(FileCheck),
    /// There is an image that is like this.
    Image(ImageCheck),
    /// Nothing was changed in a container's files, as `docker diff` tells, but for these paths.
    Unchanged(UnchangedCheck),
    /// The person's answer is right.
    Answer(AnswerCheck),
}

/// See [`Check::Command`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandCheck {
    /// Pattern of the command line.
    pub matches: String,
    /// Its status is one of these; none: any, also one that still runs.
    #[serde(default)]
    pub status: Vec<i64>,
    /// In which shell; none for either.
    #[serde(rename = "in", default)]
    pub place: Option<ShellPlace>,
}

/// Which shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShellPlace {
    /// The person's own, beside the lesson.
    Here,
    /// That of a twin.
    Twin,
}

/// See [`Check::Exec`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecCheck {
    /// In which container of the lab.
    pub container: String,
    /// Pattern of the words of the command, joined by spaces; none for any.
    #[serde(default)]
    pub matches: Option<String>,
    /// Its status is one of these; none: any.
    #[serde(default)]
    pub status: Vec<i64>,
}

/// See [`Check::Container`]. Everything that is said must hold of one and the same container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContainerCheck {
    /// Its name in the lab; none for any container of the lab.
    pub name: Option<String>,
    /// Pattern of its image, without the lab's name: `shop:fixed`.
    pub image: Option<String>,
    /// `running`, `exited`, `created`, `paused`, `restarting`.
    pub state: Option<String>,
    /// Exit status, of one that has ended.
    pub status: Vec<i64>,
    /// `healthy`, `unhealthy`, `starting`.
    pub health: Option<String>,
    /// It does not run as uid 0.
    pub nonroot: bool,
    /// Pattern of its whole command line, words joined by spaces: entrypoint and command.
    pub runs: Option<String>,
    /// Pattern of the network mode: `host`, `container:…`.
    pub network: Option<String>,
    /// A volume of the lab that it mounts.
    pub volume: Option<String>,
}

/// See [`Check::Ended`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EndedCheck {
    /// Its name in the lab; none for any.
    pub name: Option<String>,
    /// Pattern of its image, without the lab's name.
    pub image: Option<String>,
    /// Its exit status is one of these; none: any.
    pub status: Vec<i64>,
}

/// See [`Check::Stopped`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoppedCheck {
    /// Its name in the lab; none for any.
    pub name: Option<String>,
    /// Pattern of its image, without the lab's name.
    pub image: Option<String>,
    /// It took less than so many milliseconds from the first signal on.
    pub within_ms: Option<u64>,
    /// It took at least so many.
    pub least_ms: Option<u64>,
    /// Its exit status is one of these; none: any.
    pub status: Vec<i64>,
}

/// See [`Check::Twin`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwinCheck {
    /// Beside which container of the lab. While that one runs only a twin counts that joined it: no arena.
    pub of: String,
    /// True: there is a running one. False: there is none (any more).
    #[serde(default = "yes")]
    pub there: bool,
    /// Pattern of the user that its shell runs as; `root` and `0` are the same.
    #[serde(default)]
    pub user: Option<String>,
}

/// See [`Check::Package`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageCheck {
    /// Its name.
    pub name: String,
    /// Where.
    #[serde(rename = "in")]
    pub place: Place,
    /// False: it is not.
    #[serde(default = "yes")]
    pub installed: bool,
}

/// Where a file or a package is looked for. One of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In a container of the lab.
    Container(String),
    /// In the twin beside a container of the lab.
    TwinOf(String),
    /// In an image of the lab.
    Image(String),
    /// In the folder that the person works in.
    Work(Here),
}

/// The folder that the person works in: `work = true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "bool")]
pub struct Here;

impl TryFrom<bool> for Here {
    type Error = &'static str;

    fn try_from(said: bool) -> Result<Self, Self::Error> {
        said.then_some(Self)
            .ok_or("work can only be true: leave it out")
    }
}

/// See [`Check::File`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileCheck {
    /// Its path; absolute in a container or an image.
    pub path: String,
    /// Where.
    #[serde(rename = "in")]
    pub place: Place,
    /// False: there is none.
    #[serde(default = "yes")]
    pub there: bool,
    /// A pattern that its text matches; `{token:NAME}` stands for itself in it.
    #[serde(default)]
    pub holds: Option<String>,
    /// Number of its owner.
    #[serde(default)]
    pub owner: Option<u64>,
}

/// See [`Check::Image`]. Everything that is said must hold of one and the same image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImageCheck {
    /// Pattern of its name below the lab's: `shop:fixed`.
    pub name: String,
    /// The layers of this image of the lab are its lowest ones.
    pub base: Option<String>,
    /// It is smaller than this image of the lab.
    pub smaller_than: Option<String>,
    /// It holds none of these paths.
    pub lacks: Vec<String>,
    /// It holds all of these paths.
    pub has: Vec<String>,
    /// Pattern of its command line, words joined by spaces: entrypoint and command.
    pub runs: Option<String>,
    /// Whether entrypoint or command begin with `/bin/sh -c`.
    pub shell_form: Option<bool>,
    /// Its user is not root.
    pub nonroot: bool,
    /// How its health is asked: `shell` (CMD-SHELL), `exec` (CMD), `none`.
    pub health: Option<String>,
}

/// See [`Check::Unchanged`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnchangedCheck {
    /// Which container of the lab.
    pub container: String,
    /// Paths at and below which changes do not count.
    #[serde(default)]
    pub except: Vec<String>,
}

/// See [`Check::Answer`]. Case, space around it and a trailing full stop do not count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnswerCheck {
    /// One of these; `{token:NAME}` stands for itself.
    pub is: Vec<String>,
    /// Or what is counted: see [`Counted`].
    pub counted: Option<Counted>,
    /// Or a pattern of it, mostly of a mistake.
    pub matches: Option<String>,
}

/// What is counted on the engine to know a right answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counted {
    /// Packages that the second image has and the first one has not.
    PackagesOnlyIn(String, String),
    /// Packages of an image.
    Packages(String),
    /// The name of the package that brought a file of an image: image, path.
    OwnerOf(String, String),
}

fn yes() -> bool {
    true
}
