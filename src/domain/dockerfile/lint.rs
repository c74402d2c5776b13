//! What is wrong with a Dockerfile, by what stands in it and what is known of its base images by name: nothing is
//! built or looked up.
//!
//! A rule says nothing where it would have to guess: of an image of no known family neither shell nor libc is assumed.

mod command;
mod files;
pub(super) mod kit;
mod pairs;
mod run;
mod stages;
mod users;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::Serialize;

use super::bases::{self, Traits};
use super::settings::Settings;
use super::{Base, Dockerfile, Stage, Step, graph};
use crate::domain::entrypoint::Severity;
use crate::domain::text::bounded;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Row of the page of findings, `RUN_NO_SHELL`.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The first line that it is about, from 1.
    pub line: usize,
    /// The last one.
    pub last_line: usize,
    /// The stage by name or number; none for what is about the whole file.
    pub stage: Option<String>,
    /// What in the file proves it, each with its line; never empty.
    pub evidence: Vec<String>,
    /// What it means, in a sentence.
    pub meaning: String,
    /// What to do, best first.
    pub advice: Vec<String>,
}

/// A rule.
pub struct Rule {
    /// Its row.
    pub id: &'static str,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// By what it is found, in a sentence.
    pub how: &'static str,
    /// Its findings.
    pub check: fn(&Case<'_>) -> Vec<Finding>,
}

/// All rules, by what they look at.
pub static ALL: &[&[Rule]] = &[
    stages::RULES,
    run::RULES,
    pairs::RULES,
    files::RULES,
    users::RULES,
    command::RULES,
];

/// A Dockerfile with what the rules ask for again and again.
pub struct Case<'a> {
    /// The file.
    pub file: &'a Dockerfile,
    /// The stage that is shipped; none in a file without stages.
    pub end: Option<&'a Stage>,
    /// The stages that it needs.
    pub needed: BTreeSet<usize>,
    /// What is known of the image that each stage stands on.
    traits: Vec<Traits>,
}

impl<'a> Case<'a> {
    /// The case of a file whose build ends with that stage.
    pub fn new(file: &'a Dockerfile, end: Option<&'a Stage>) -> Self {
        let of = |stage: &Stage| match graph::root(file, stage) {
            Base::Image(image) => bases::traits(image),
            Base::Scratch | Base::Stage(_) | Base::Unknown(_) => Traits::default(),
        };
        Self {
            needed: end
                .map(|end| graph::needed(file, end.index))
                .unwrap_or_default(),
            traits: file.stages.iter().map(of).collect(),
            file,
            end,
        }
    }

    /// What is known of the image that a stage stands on.
    pub(super) fn traits(&self, stage: &Stage) -> &Traits {
        static NOTHING: std::sync::LazyLock<Traits> = std::sync::LazyLock::new(Traits::default);
        self.traits.get(stage.index).unwrap_or(&NOTHING)
    }

    /// What a stage stands on, for a sentence.
    fn base<'s>(&'s self, stage: &'s Stage) -> &'s str {
        match graph::root(self.file, stage) {
            Base::Image(image) => image,
            Base::Scratch => "scratch",
            Base::Stage(_) | Base::Unknown(_) => &stage.written,
        }
    }

    /// Whether a stage has a shell by what it stands on; none when not known.
    fn has_shell(&self, stage: &Stage) -> Option<bool> {
        match graph::root(self.file, stage) {
            Base::Scratch => Some(false),
            Base::Image(_) => self.traits(stage).shell,
            Base::Stage(_) | Base::Unknown(_) => None,
        }
    }

    /// Whether it is root who acts in front of a step; none when not known.
    fn is_root(&self, stage: &Stage, settings: &Settings) -> Option<bool> {
        match &settings.user {
            Some(user) => Some(kit::is_root(&user.value)),
            None if *graph::root(self.file, stage) == Base::Scratch => Some(true),
            None => self.traits(stage).root,
        }
    }

    /// The stages that the end needs, each with its steps and what holds in front of it.
    fn steps(&self) -> impl Iterator<Item = (&'a Stage, &'a Step, Settings)> {
        let file = self.file;
        let needed = file
            .stages
            .iter()
            .filter(|s| self.needed.contains(&s.index));
        needed.flat_map(move |stage| {
            let at =
                move |step: &'a Step| (stage, step, Settings::before(file, stage, step.number));
            stage.steps.iter().map(at)
        })
    }
}

/// A finding about a step of a stage.
fn about(id: &'static str, severity: Severity, stage: &Stage, step: &Step) -> Finding {
    Finding {
        id,
        severity,
        line: step.lines.0,
        last_line: step.lines.1,
        stage: Some(bounded(&stage.label(), 60)),
        evidence: vec![quote(step)],
        meaning: String::new(),
        advice: Vec::new(),
    }
}

/// A step as evidence.
fn quote(step: &Step) -> String {
    format!("line {}: {}", step.lines.0, bounded(&step.text, 160))
}

impl Finding {
    fn means(mut self, meaning: impl Into<String>) -> Self {
        self.meaning = meaning.into();
        self
    }

    fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }

    fn see(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }
}

/// What is wrong with a file whose build ends with the stage `target` (none: the last), worst first, else by line.
pub fn lint(file: &Dockerfile, target: Option<&str>) -> Vec<Finding> {
    let case = Case::new(file, file.end(target));
    let rules = ALL.iter().copied().flatten();
    let mut found: Vec<Finding> = rules.flat_map(|rule| (rule.check)(&case)).collect();
    found.sort_by_key(|finding| (Reverse(finding.severity), finding.line));
    found
}
