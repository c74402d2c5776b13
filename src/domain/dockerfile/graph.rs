//! What leads from stage to stage, which stages a build needs, and what each is for.

use std::collections::BTreeSet;

use serde::Serialize;

use super::lint::kit;
use super::{Base, Dockerfile, Stage, What};

/// Where something is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// An earlier stage.
    Stage(usize),
    /// An image.
    Image(String),
}

/// How.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// `FROM`.
    From,
    /// `COPY --from`.
    Copy,
    /// `RUN --mount=from=`.
    Mount,
}

impl How {
    /// As it stands in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::From => "FROM",
            Self::Copy => "COPY --from",
            Self::Mount => "RUN --mount",
        }
    }
}

/// Something that a stage takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Where from.
    pub from: Origin,
    /// The stage that takes it.
    pub to: usize,
    /// How.
    pub how: How,
    /// Line that says so, from 1.
    pub line: usize,
}

/// What a stage is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It runs commands, and others copy what they made.
    Builder,
    /// What is shipped, or stands on what is shipped: nothing runs in it.
    Runtime,
    /// It installs packages into the files of another image.
    Assembly,
    /// It begins with nothing and only takes files in.
    Scratch,
}

impl Role {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Builder => "builder",
            Self::Runtime => "runtime",
            Self::Assembly => "assembly",
            Self::Scratch => "scratch",
        }
    }
}

/// All edges, in the order of the file.
pub fn edges(file: &Dockerfile) -> Vec<Edge> {
    file.stages
        .iter()
        .flat_map(|stage| into(file, stage))
        .collect()
}

fn into(file: &Dockerfile, stage: &Stage) -> Vec<Edge> {
    let edge = |from, how, line| Edge {
        from,
        to: stage.index,
        how,
        line,
    };
    let base = match &stage.base {
        Base::Stage(below) => Some(Origin::Stage(*below)),
        Base::Image(image) => Some(Origin::Image(image.clone())),
        Base::Scratch | Base::Unknown(_) => None,
    };
    let mut all: Vec<_> = base
        .map(|from| edge(from, How::From, stage.from.lines.0))
        .into_iter()
        .collect();
    for step in &stage.steps {
        let line = step.lines.0;
        match &step.what {
            What::Copy(copy) => {
                let from = copy.from.as_deref();
                all.extend(from.map(|name| edge(origin(file, stage, name), How::Copy, line)));
            }
            What::Run(run) => {
                let names = run.mounts.iter().filter_map(|mount| mount.get("from"));
                all.extend(names.map(|name| edge(origin(file, stage, name), How::Mount, line)));
            }
            What::From
            | What::Arg(_)
            | What::Env(_)
            | What::User(_)
            | What::Workdir(_)
            | What::Entrypoint(_)
            | What::Cmd(_)
            | What::Healthcheck(_)
            | What::Shell(_)
            | What::Volume(_)
            | What::Other => {}
        }
    }
    all
}

/// What `--from=NAME` means in a stage.
pub fn origin(file: &Dockerfile, stage: &Stage, name: &str) -> Origin {
    match file.stage_before(name, stage.index) {
        Some(found) => Origin::Stage(found.index),
        None => Origin::Image(name.to_owned()),
    }
}

/// The stages without which the one of that index cannot be built, itself among them.
pub fn needed(file: &Dockerfile, end: usize) -> BTreeSet<usize> {
    let edges = edges(file);
    let mut needed = BTreeSet::new();
    let mut waiting = vec![end];
    while let Some(stage) = waiting.pop() {
        if !needed.insert(stage) {
            continue;
        }
        waiting.extend(
            edges
                .iter()
                .filter(|edge| edge.to == stage)
                .filter_map(|edge| match edge.from {
                    Origin::Stage(from) => Some(from),
                    Origin::Image(_) => None,
                }),
        );
    }
    needed
}

/// The images that these stages take from, each once, in the order of the file.
pub fn images(file: &Dockerfile, stages: &BTreeSet<usize>) -> Vec<String> {
    let mut images = Vec::new();
    for edge in edges(file) {
        if let Origin::Image(image) = edge.from
            && stages.contains(&edge.to)
            && !images.contains(&image)
        {
            images.push(image);
        }
    }
    images
}

/// The image or nothing that a stage stands on in the end, through the stages below it.
pub fn root<'a>(file: &'a Dockerfile, stage: &'a Stage) -> &'a Base {
    let mut at = stage;
    while let Base::Stage(below) = at.base {
        match file.stages.get(below) {
            Some(next) if below < at.index => at = next,
            Some(_) | None => break,
        }
    }
    &at.base
}

/// What a stage is for; `end` is the one that is shipped.
pub fn role(file: &Dockerfile, stage: &Stage, end: usize) -> Role {
    let runs = || {
        stage.steps.iter().filter_map(|step| match &step.what {
            What::Run(run) => Some(run),
            _ => None,
        })
    };
    let into_root = |run: &super::Run| {
        let mut commands = kit::commands(&run.script()).into_iter();
        commands.any(|command| kit::other_root(&command).is_some())
    };
    if runs().any(into_root) {
        Role::Assembly
    } else if stage.index != end && runs().next().is_some() {
        Role::Builder
    } else if *root(file, stage) == Base::Scratch {
        Role::Scratch
    } else {
        Role::Runtime
    }
}
