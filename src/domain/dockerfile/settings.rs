//! What holds at a place in a stage: user, directory, variables, commands, with the lines that say so.

use std::collections::BTreeMap;

use super::variables::{self, expand};
use super::{Base, Command, Dockerfile, Stage, Step, What};

/// A value and the line that sets it, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set<T> {
    /// The value.
    pub value: T,
    /// The line.
    pub line: usize,
    /// The stage.
    pub stage: usize,
}

/// What a stage has set so far, what it took over from the stages below it among that. What is none is as the base
/// image has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `USER`.
    pub user: Option<Set<String>>,
    /// `WORKDIR`, absolute where that can be told.
    pub workdir: Option<Set<String>>,
    /// `SHELL`.
    pub shell: Option<Set<Vec<String>>>,
    /// `ENTRYPOINT`.
    pub entrypoint: Option<Set<Command>>,
    /// `CMD`.
    pub cmd: Option<Set<Command>>,
    /// A `CMD` that a later `ENTRYPOINT` of another stage took away.
    pub lost: Option<Set<Command>>,
    /// `HEALTHCHECK`.
    pub healthcheck: Option<Set<Command>>,
    /// `ENV` and the values of `ARG`.
    pub variables: BTreeMap<String, String>,
    /// `VOLUME`.
    pub volumes: Vec<Set<String>>,
}

impl Settings {
    /// Those at the end of a stage.
    pub fn at_end(file: &Dockerfile, stage: &Stage) -> Self {
        Self::before(file, stage, usize::MAX)
    }

    /// Those in front of the instruction of that number in the stage.
    pub fn before(file: &Dockerfile, stage: &Stage, number: usize) -> Self {
        let mut settings = match stage.base {
            // Only earlier stages can be meant, so this ends.
            Base::Stage(below) if below < stage.index => match file.stages.get(below) {
                Some(below) => Self::at_end(file, below),
                None => Self::default(),
            },
            Base::Stage(_) | Base::Scratch | Base::Image(_) | Base::Unknown(_) => Self::default(),
        };
        for step in stage.steps.iter().filter(|step| step.number < number) {
            settings.take(file, stage.index, step);
        }
        settings
    }

    fn take(&mut self, file: &Dockerfile, stage: usize, step: &Step) {
        let line = step.lines.0;
        let known = self.variables.clone();
        let text = |text: &String| expand(text, &known).unwrap_or_else(|_| text.clone());
        match &step.what {
            What::Arg(args) => {
                let globals = variables::of_globals(file);
                for (name, default) in args {
                    let value = file.args.get(name).cloned();
                    let value = value.or_else(|| default.as_ref().map(&text));
                    if let Some(value) = value.or_else(|| globals.get(name).cloned()) {
                        self.variables.insert(name.clone(), value);
                    }
                }
            }
            What::Env(pairs) => {
                let set: Vec<_> = pairs.iter().map(|(n, v)| (n.clone(), text(v))).collect();
                self.variables.extend(set);
            }
            What::User(user) => {
                let value = text(user);
                self.user = Some(Set { value, line, stage });
            }
            What::Workdir(dir) => {
                let value = joined(
                    self.workdir.as_ref().map(|set| set.value.as_str()),
                    &text(dir),
                );
                self.workdir = Some(Set { value, line, stage });
            }
            What::Shell(words) => {
                let value = words.clone();
                self.shell = Some(Set { value, line, stage });
            }
            What::Entrypoint(command) => {
                if let Some(cmd) = self.cmd.take_if(|cmd| cmd.stage != stage) {
                    self.lost = Some(cmd);
                }
                let value = command.clone();
                self.entrypoint = Some(Set { value, line, stage });
            }
            What::Cmd(command) => {
                self.lost = None;
                let value = command.clone();
                self.cmd = Some(Set { value, line, stage });
            }
            What::Healthcheck(check) => {
                self.healthcheck = check.clone().map(|value| Set { value, line, stage });
            }
            What::Volume(paths) => {
                let volumes: Vec<_> = paths.iter().map(&text).collect();
                let set = |value| Set { value, line, stage };
                self.volumes.extend(volumes.into_iter().map(set));
            }
            What::From | What::Run(_) | What::Copy(_) | What::Other => {}
        }
    }

    /// The value of a variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// A path as it is meant there: below the working directory unless it is absolute.
    pub fn path(&self, path: &str) -> String {
        let path = expand(path, &self.variables).unwrap_or_else(|_| path.to_owned());
        joined(self.workdir.as_ref().map(|set| set.value.as_str()), &path)
    }
}

/// `path` below `dir` unless it is absolute; without `.`, and without a slash at its end.
pub fn joined(dir: Option<&str>, path: &str) -> String {
    let whole = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{path}", dir.unwrap_or(""))
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
