//! A Dockerfile: its stages, what leads from one to another, and what is wrong with it. Pure, and cheap enough to be
//! done at each key.
//!
//! [`read()`] never fails: what cannot be read is a [`Broken`] with its line, and everything before it counts.

pub mod bases;
pub mod edit;
pub mod graph;
pub mod lint;
mod read;
pub mod report;
pub mod settings;
#[cfg(test)]
mod tests;
pub mod variables;

use std::collections::BTreeMap;
use std::ops::Range;

pub use lint::lint;
pub use read::read;
pub use report::{Report, report};

/// A Dockerfile that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// `ARG` before the first `FROM`.
    pub globals: Vec<Step>,
    /// Stages, in order.
    pub stages: Vec<Stage>,
    /// What `# syntax=` names.
    pub syntax: Option<String>,
    /// Where reading ended early.
    pub broken: Option<Broken>,
    /// What only BuildKit understands.
    pub needs: Vec<Need>,
    /// Values of `ARG` that were given from outside.
    pub args: BTreeMap<String, String>,
}

/// What could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Broken {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

/// Something that the classic builder does not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Line, from 1.
    pub line: usize,
    /// What, as a person writes it: `RUN --mount`.
    pub what: &'static str,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Counted from 0, as `COPY --from` does.
    pub index: usize,
    /// Its name, as written.
    pub name: Option<String>,
    /// What stands behind `FROM`, as written.
    pub written: String,
    /// What that is.
    pub base: Base,
    /// `--platform`, as written.
    pub platform: Option<String>,
    /// The `FROM` itself.
    pub from: Step,
    /// What follows it.
    pub steps: Vec<Step>,
}

impl Stage {
    /// Its name, or `stage 2`: the number that `--from` takes.
    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => format!("stage {}", self.index),
        }
    }
}

/// What a stage begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// An earlier stage.
    Stage(usize),
    /// Nothing.
    Scratch,
    /// An image, variables replaced.
    Image(String),
    /// It hangs on a variable that has no value: its name.
    Unknown(String),
}

/// An instruction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// Counted from 1 over the whole file, as the classic builder does.
    pub number: usize,
    /// First and last line, from 1.
    pub lines: (usize, usize),
    /// Bytes of the text, from the keyword to the end of the last line, without its line end.
    pub span: Range<usize>,
    /// The keyword in capitals.
    pub keyword: &'static str,
    /// All of it on one line, cleaned.
    pub text: String,
    /// What it says.
    pub what: What,
}

/// What an instruction says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum What {
    /// `FROM`
    From,
    /// `ARG`, with defaults.
    Arg(Vec<(String, Option<String>)>),
    /// `ENV`
    Env(Vec<(String, String)>),
    /// `RUN`
    Run(Run),
    /// `COPY` and `ADD`
    Copy(Copy),
    /// `USER`
    User(String),
    /// `WORKDIR`
    Workdir(String),
    /// `ENTRYPOINT`
    Entrypoint(Command),
    /// `CMD`
    Cmd(Command),
    /// `HEALTHCHECK`; none for `NONE`.
    Healthcheck(Option<Command>),
    /// `SHELL`
    Shell(Vec<String>),
    /// `VOLUME`
    Volume(Vec<String>),
    /// All the rest.
    #[default]
    Other,
}

/// A command in one of its two forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `["program", "argument"]`
    Exec(Vec<String>),
    /// A line for a shell, continuations joined and comments within them gone.
    Shell(String),
}

/// A `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What it runs.
    pub command: Command,
    /// Here-documents: when the command is empty, the first one is the script.
    pub documents: Vec<String>,
    /// What is mounted.
    pub mounts: Vec<BTreeMap<String, String>>,
}

impl Run {
    /// What a shell gets to read.
    pub fn script(&self) -> String {
        let command = match &self.command {
            Command::Exec(words) => return shell_words::join(words),
            Command::Shell(line) => line.trim(),
        };
        match (command, self.documents.first()) {
            ("", Some(script)) => script.clone(),
            (command, _) => command.to_owned(),
        }
    }
}

/// A `COPY` or `ADD`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copy {
    /// `--from`, as written.
    pub from: Option<String>,
    /// `--chown`, as written.
    pub chown: Option<String>,
    /// Where from.
    pub sources: Vec<String>,
    /// Where to.
    pub dest: String,
}

impl Dockerfile {
    /// The stage of that name (capitals do not count), or number.
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stage_before(name, self.stages.len())
    }

    /// The same among the first `end` stages; of two with one name the later.
    pub fn stage_before(&self, name: &str, end: usize) -> Option<&Stage> {
        let among = self.stages.get(..end)?;
        let named = |stage: &&Stage| {
            let own = stage.name.as_deref();
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        among.iter().rev().find(named).or_else(|| {
            let number: usize = name.parse().ok()?;
            among.get(number)
        })
    }

    /// The stage that a build ends with: the one of that name, else the last.
    pub fn end(&self, target: Option<&str>) -> Option<&Stage> {
        match target {
            Some(name) => self.stage(name),
            None => self.stages.last(),
        }
    }

    /// All instructions, in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        let of_stages = self
            .stages
            .iter()
            .flat_map(|stage| std::iter::once(&stage.from).chain(&stage.steps));
        self.globals.iter().chain(of_stages)
    }

    /// The stage and the instruction at a line, or the next one below it.
    pub fn at_line(&self, line: usize) -> Option<(&Stage, &Step)> {
        self.stages.iter().find_map(|stage| {
            let mut steps = std::iter::once(&stage.from).chain(&stage.steps);
            let step = steps.find(|step| step.lines.1 >= line)?;
            Some((stage, step))
        })
    }

    /// The stage and the instruction of a number ([`Step::number`]).
    pub fn at_number(&self, number: usize) -> Option<(&Stage, &Step)> {
        self.stages.iter().find_map(|stage| {
            let mut steps = std::iter::once(&stage.from).chain(&stage.steps);
            Some((stage, steps.find(|step| step.number == number)?))
        })
    }
}
