//! The report: what the screen of a Dockerfile draws and `devtwin lint --json` prints.

use std::collections::BTreeMap;

use serde::Serialize;

use super::graph::{self, How, Origin, Role};
use super::lint::{Finding, lint};
use super::{Base, Dockerfile, Stage, read};
use crate::domain::build::Builder;
use crate::domain::entrypoint::Severity;
use crate::domain::text::bounded;

/// A Dockerfile: stages, steps, what leads where, what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Which file, as the person named it.
    pub file: String,
    /// The stage that a build ends with; none without stages.
    pub target: Option<String>,
    /// What `# syntax=` names.
    pub syntax: Option<String>,
    /// Which builder it needs.
    pub builder: Builder,
    /// Stages, in order.
    pub stages: Vec<StageRow>,
    /// What leads from stage to stage.
    pub edges: Vec<EdgeRow>,
    /// Images that a build needs, each once.
    pub images: Vec<String>,
    /// What is wrong, worst first.
    pub findings: Vec<Finding>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageRow {
    /// Counted from 0.
    pub index: usize,
    /// Its name.
    pub name: Option<String>,
    /// What it begins with, variables replaced: an image, the name of a stage, `scratch`.
    pub base: String,
    /// What it is for.
    pub role: Role,
    /// Whether a build of the target needs it.
    pub needed: bool,
    /// First and last line, from 1.
    pub first_line: usize,
    /// See above.
    pub last_line: usize,
    /// Its instructions, the `FROM` first.
    pub steps: Vec<StepRow>,
}

impl StageRow {
    /// Its name, or `stage 2`.
    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => format!("stage {}", self.index),
        }
    }
}

/// An instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepRow {
    /// Counted from 1 over the file: `--step` takes it.
    pub number: usize,
    /// First line, from 1.
    pub line: usize,
    /// Last line.
    pub last_line: usize,
    /// The keyword in capitals.
    pub keyword: &'static str,
    /// All of it on one line.
    pub text: String,
}

/// Something that a stage takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EdgeRow {
    /// Where from: the name or number of a stage, or an image.
    pub from: String,
    /// Whether that is an image.
    pub image: bool,
    /// The stage that takes it.
    pub to: String,
    /// How.
    pub how: How,
    /// Line, from 1.
    pub line: usize,
}

impl Report {
    /// The worst severity among the findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|f| f.severity).max()
    }
}

/// The report of a text. `args` are the values of `ARG` from outside, `target` the stage that is wanted.
pub fn report(
    name: &str,
    text: &str,
    args: &BTreeMap<String, String>,
    target: Option<&str>,
) -> Report {
    of(name, &read(text, args), target)
}

/// The report of a file that was read.
pub fn of(name: &str, file: &Dockerfile, target: Option<&str>) -> Report {
    let end = file.end(target);
    let at = end.map_or(usize::MAX, |end| end.index);
    let needed = end
        .map(|end| graph::needed(file, end.index))
        .unwrap_or_default();
    let stage = |stage: &Stage| StageRow {
        index: stage.index,
        name: stage.name.as_deref().map(|name| bounded(name, 100)),
        base: base(file, stage),
        role: graph::role(file, stage, at),
        needed: needed.contains(&stage.index),
        first_line: stage.from.lines.0,
        last_line: stage.steps.last().unwrap_or(&stage.from).lines.1,
        steps: std::iter::once(&stage.from)
            .chain(&stage.steps)
            .map(|step| StepRow {
                number: step.number,
                line: step.lines.0,
                last_line: step.lines.1,
                keyword: step.keyword,
                text: step.text.clone(),
            })
            .collect(),
    };
    let label = |index: usize| file.stages.get(index).map(Stage::label).unwrap_or_default();
    let edges = graph::edges(file).into_iter().map(|edge| EdgeRow {
        image: matches!(edge.from, Origin::Image(_)),
        from: match edge.from {
            Origin::Stage(index) => bounded(&label(index), 100),
            Origin::Image(image) => bounded(&image, 200),
        },
        to: bounded(&label(edge.to), 100),
        how: edge.how,
        line: edge.line,
    });
    Report {
        file: bounded(name, 300),
        target: end.map(|end| bounded(&end.label(), 100)),
        syntax: file.syntax.clone(),
        builder: if file.needs.is_empty() && file.syntax.is_none() {
            Builder::Classic
        } else {
            Builder::BuildKit
        },
        stages: file.stages.iter().map(stage).collect(),
        edges: edges.collect(),
        images: graph::images(file, &needed)
            .iter()
            .map(|i| bounded(i, 200))
            .collect(),
        findings: lint(file, target),
    }
}

fn base(file: &Dockerfile, stage: &Stage) -> String {
    match &stage.base {
        Base::Stage(below) => match file.stages.get(*below) {
            Some(below) => bounded(&below.label(), 100),
            None => bounded(&stage.written, 200),
        },
        Base::Scratch => "scratch".into(),
        Base::Image(image) => bounded(image, 200),
        Base::Unknown(_) => bounded(&stage.written, 200),
    }
}
