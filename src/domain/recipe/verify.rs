//! Whether a recipe holds: what was compared between the built image and the session, point by point.

use serde::Serialize;

use super::{Check, Facts};
use crate::domain::build::BuildStep;
use crate::domain::recipe::artifact::Artifact;

/// Seconds that the built image may run before that counts as "it lives".
pub const SECONDS: u64 = 10;

/// What is to be verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What is known of the twin and of the images.
    pub facts: Facts,
    /// The Dockerfile, as the person left it.
    pub dockerfile: String,
    /// The run to compare with; none when the session ran no picked file.
    pub check: Option<Check>,
    /// The picked files.
    pub artifacts: Vec<Artifact>,
    /// The name under which the image stays; none when it goes.
    pub keep: Option<String>,
}

/// What a verification tells on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// What is done now, in words.
    Doing(String),
    /// The build came to a step.
    Step(BuildStep),
    /// A line that a step of the build printed.
    Line(String),
}

/// How a point came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Not as in the session.
    Bad,
    /// Worth knowing, and neither.
    Note,
}

/// One point of the comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Point {
    /// Which: `build`, `status`, `output`, `files`, `user`, `shell`.
    pub id: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// It in a sentence.
    pub text: String,
    /// What proves it: lines of output, at most a few.
    pub evidence: Vec<String>,
}

/// What came of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Id of the built image; none when it was not built.
    pub image: Option<String>,
    /// The name under which it was kept.
    pub kept: Option<String>,
    /// The points, in the order in which they were looked at.
    pub points: Vec<Point>,
}

impl Verified {
    /// Adds a point.
    pub fn point(
        &mut self,
        id: &'static str,
        verdict: Verdict,
        text: impl Into<String>,
    ) -> &mut Point {
        self.points.push(Point {
            id,
            verdict,
            text: text.into(),
            evidence: Vec::new(),
        });
        let last = self.points.len() - 1;
        &mut self.points[last]
    }

    /// What came of it, in a word or three. Where nothing of the session was compared it only builds.
    pub fn word(&self) -> &'static str {
        if !self.holds() {
            "It does not hold"
        } else if self
            .points
            .iter()
            .any(|p| ["status", "output", "files"].contains(&p.id))
        {
            "It holds"
        } else {
            "It builds"
        }
    }

    /// Whether nothing speaks against the recipe.
    pub fn holds(&self) -> bool {
        self.image.is_some()
            && self
                .points
                .iter()
                .all(|point| point.verdict != Verdict::Bad)
    }
}

/// Output such that a terminal's and a pipe's are alike: no carriage returns, no blanks at ends, no empty lines around.
pub fn plain(output: &str) -> String {
    let lines: Vec<&str> = output
        .lines()
        .map(|line| line.trim_end_matches(['\r', ' ', '\t']))
        .collect();
    lines
        .join("\n")
        .trim_matches('\n')
        .replace('\t', " ")
        .trim()
        .to_owned()
}

/// How many bytes of a run's output are compared.
pub const OUTPUT: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_builds_is_not_said_to_hold() {
        let mut report = Verified {
            image: Some("sha256:a".into()),
            ..Verified::default()
        };
        report.point("build", Verdict::Good, "the image builds");
        assert_eq!(report.word(), "It builds");
        report.point("status", Verdict::Good, "it ran");
        assert_eq!(report.word(), "It holds");
        report.point("output", Verdict::Bad, "it prints something else");
        assert_eq!(report.word(), "It does not hold");
    }
}
