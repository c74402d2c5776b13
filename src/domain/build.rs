//! Building an image on the engine: what to build, what is told on the way, how it failed.

mod news;

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::{Error, ErrorKind};
use super::text::bounded;

pub use news::{Reader, VertexState};

/// The most lines of output that a failure carries.
pub const LAST_LINES: usize = 40;

/// Longest line of a build's output that is taken, in characters.
pub const LONGEST: usize = 2_000;

/// Which of the engine's two builders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Builder {
    /// The old one: a container and an image for each instruction. Knows no here-documents, no `RUN --mount`.
    #[default]
    Classic,
    /// The engine's own BuildKit. It is asked without a session: no secrets, no ssh, no logins for registries.
    BuildKit,
}

/// An image to build. The files come apart from it, as an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Build {
    /// Name of the Dockerfile in the archive.
    pub dockerfile: String,
    /// The stage that is wanted; none for the last one.
    pub target: Option<String>,
    /// Names for the image: `repository:tag`.
    pub tags: Vec<String>,
    /// Values of `ARG`.
    pub args: BTreeMap<String, String>,
    /// `os/arch[/variant]`; none for the engine's own.
    pub platform: Option<String>,
    /// Labels for the image, ours among them.
    pub labels: BTreeMap<String, String>,
    /// Do every step anew.
    pub no_cache: bool,
    /// Network of `RUN`: `none`, `host`; none for the engine's own choice.
    pub network: Option<String>,
    /// By which builder.
    pub builder: Builder,
}

/// A step of a build, as its builder counts them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BuildStep {
    /// The stage by its name, where the builder tells it (BuildKit); `stage-1` is one without a name.
    pub stage: Option<String>,
    /// Counted from 1: over all instructions (classic), or over those of the stage that make something (BuildKit).
    pub number: usize,
    /// How many there are of them.
    pub total: usize,
    /// The instruction, on one line, cleaned.
    pub instruction: String,
}

/// What a build tells on its way. Texts are cleaned and bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildNews {
    /// What goes to the engine: how many files, and how many bytes they hold.
    Context {
        /// Files, directories and links.
        files: usize,
        /// Bytes of the files.
        bytes: u64,
    },
    /// A step began.
    Step(BuildStep),
    /// The step needs no work: the builder has its outcome.
    Cached,
    /// A line that a step printed.
    Line {
        /// The line without its end.
        text: String,
        /// Whether it is from standard error.
        stderr: bool,
    },
    /// What the builder finds wrong, or what a person should know.
    Warning(String),
    /// A step made this image, which has no name: it stays when the build fails (classic builder only).
    Made(String),
    /// The image is there; its id.
    Done(String),
}

/// Where the news of a build go.
pub type BuildSink<'a> = &'a (dyn Fn(BuildNews) + Send + Sync);

/// A build that failed in one of its steps, or in its Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BuildFailure {
    /// The step; none when nothing was begun.
    pub step: Option<BuildStep>,
    /// Exit status of its command, when it is one that failed.
    pub code: Option<i64>,
    /// The builder's words.
    pub message: String,
    /// The last lines that the step printed.
    pub lines: Vec<String>,
}

/// Why there is no image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The Dockerfile does not do what it should.
    #[error("{}", .0.words())]
    Failed(Box<BuildFailure>),
    /// The engine could not be asked, or the build was given up.
    #[error("{0}")]
    Engine(#[from] Error),
}

impl BuildFailure {
    /// What failed, in a line.
    pub fn words(&self) -> String {
        match (&self.step, self.code) {
            (Some(step), Some(code)) => format!(
                "step {} of {} ended with status {code}: {}",
                step.number,
                step.total,
                bounded(&step.instruction, 200)
            ),
            (Some(step), None) => format!(
                "step {} of {} failed ({}): {}",
                step.number,
                step.total,
                bounded(&step.instruction, 200),
                self.message
            ),
            (None, _) => format!("the build failed: {}", self.message),
        }
    }

    /// What to do about it, as far as the builder's words tell.
    pub fn hint(&self) -> &'static str {
        let lower = self.message.to_lowercase();
        let has = |word: &str| lower.contains(word);
        if has("requires buildkit") {
            "the engine's classic builder does not know this option: build by BuildKit"
        } else if has("unknown instruction") {
            "a here-document (<<EOF) or a line that lacks its \\ reads as an instruction to a builder that does not know it"
        } else if has("excluded by .dockerignore") || has("failed to compute cache key") {
            "the file is not in the build context, or .dockerignore leaves it out"
        } else if has("no such host") || has("dial tcp") || has("i/o timeout") {
            "pull the base image first, where there is a network: docker pull"
        } else if has("no space left") {
            "make room on the engine's disk: docker system df"
        } else if self.code.is_some() {
            "devtwin explore --dockerfile opens a shell just before the step that fails"
        } else {
            "look at the step in the Dockerfile"
        }
    }
}

impl BuildError {
    /// The same as the one typed error. No `From`: a second one would leave `?` undecided elsewhere.
    pub fn into_error(self) -> Error {
        match self {
            Self::Failed(failure) => {
                Error::new(ErrorKind::Engine, failure.words()).hint(failure.hint())
            }
            Self::Engine(error) => error,
        }
    }
}
