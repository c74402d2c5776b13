//! What is built of a Dockerfile while it is explored, and what comes of it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Dockerfile, Stage, What, graph};
use crate::domain::build::{BuildFailure, BuildStep};

/// A Dockerfile and what goes with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Its absolute path.
    pub path: String,
    /// Its name for a person, as it was given.
    pub name: String,
    /// Absolute path of the build context.
    pub dir: String,
    /// Its path in the build context; none when it lies elsewhere.
    pub inside: Option<String>,
    /// Values of `ARG`.
    pub args: BTreeMap<String, String>,
    /// The stage that is wanted; none for the last.
    pub target: Option<String>,
}

/// How far it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Goal {
    /// Everything in front of the instruction of that number; behind the instruction when it is a `FROM`.
    Before(usize),
    /// All that the wanted stage needs.
    Whole,
}

/// What is to be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Of which file.
    pub source: Source,
    /// Its text, as it was read.
    pub text: String,
    /// How far.
    pub goal: Goal,
}

/// An image of ours that a shell can be opened in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ready {
    /// Its name.
    pub image: String,
    /// Its own user; empty for root.
    pub user: String,
    /// The instruction that comes next; none behind the last.
    pub next: Option<usize>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything in front of the step is there.
    Ready(Ready),
    /// The whole file builds; the name of the image, which goes with the session.
    Whole(String),
    /// A step failed.
    Failed {
        /// How.
        failure: Box<BuildFailure>,
        /// Its number, where the builder's words tell.
        number: Option<usize>,
        /// What stands in front of it, when that could be built.
        ready: Option<Ready>,
    },
}

/// The number in the file ([`super::Step::number`]) of a step that a builder names. The classic one counts all
/// instructions; BuildKit those of a stage that make something, `FROM` the first of them.
pub fn number_of(file: &Dockerfile, step: &BuildStep) -> Option<usize> {
    let only = match &step.stage {
        Some(name) => named(file, name)?,
        None if step.total == file.steps().count() => return Some(step.number),
        // A file with one stage that matters: BuildKit leaves the name out then. The classic builder counts our label, too.
        None => match file.stages.as_slice() {
            [only] if makes(only).count() == step.total => only,
            [] => return None,
            _ if step.number <= file.steps().count() => return Some(step.number),
            _ => return None,
        },
    };
    makes(only).nth(step.number.checked_sub(1)?)
}

/// The stage that BuildKit calls so: by its name, else `stage-1`.
fn named<'a>(file: &'a Dockerfile, name: &str) -> Option<&'a Stage> {
    let own = |stage: &&Stage| {
        let own = stage.name.as_deref();
        own.is_some_and(|own| own.eq_ignore_ascii_case(name))
    };
    file.stages.iter().rev().find(own).or_else(|| {
        let number: usize = name.strip_prefix("stage-")?.parse().ok()?;
        file.stages.get(number)
    })
}

/// Numbers of the instructions of a stage that BuildKit counts.
fn makes(stage: &Stage) -> impl Iterator<Item = usize> {
    let counts = |what: &What| {
        matches!(
            what,
            What::From | What::Run(_) | What::Copy(_) | What::Workdir(_)
        )
    };
    std::iter::once(&stage.from)
        .chain(&stage.steps)
        .filter(move |step| counts(&step.what))
        .map(|step| step.number)
}

/// The images without which a build of the file's last stage, or of `target`, cannot begin.
pub fn bases(file: &Dockerfile, target: Option<&str>) -> Vec<String> {
    match file.end(target) {
        Some(end) => graph::images(file, &graph::needed(file, end.index)),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dockerfile::read;

    #[test]
    fn steps_of_both_builders_are_found_in_the_file() {
        let file = read(
            "ARG A\nFROM x AS one\nENV B=1\nRUN a\nUSER 1\nCOPY b b\nFROM one\nWORKDIR /w\nRUN c\n",
            &BTreeMap::new(),
        );
        for (stage, number, total, want) in [
            (None, 4, 9, Some(4)),
            (None, 9, 10, Some(9)),
            (None, 10, 10, None),
            (Some("one"), 1, 3, Some(2)),
            (Some("ONE"), 2, 3, Some(4)),
            (Some("one"), 3, 3, Some(6)),
            (Some("stage-1"), 3, 3, Some(9)),
            (Some("stage-7"), 1, 3, None),
            (Some("one"), 0, 3, None),
        ] {
            let step = BuildStep {
                stage: stage.map(str::to_owned),
                number,
                total,
                instruction: String::new(),
            };
            assert_eq!(number_of(&file, &step), want, "{stage:?} {number}/{total}");
        }
        let single = read("FROM x\nENV A=1\nRUN b\n", &BTreeMap::new());
        let step = BuildStep {
            number: 2,
            total: 2,
            ..BuildStep::default()
        };
        assert_eq!(number_of(&single, &step), Some(3));
    }
}
