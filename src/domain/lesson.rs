//! Lessons: guided exercises whose steps are checked against the real engine.
//!
//! A lesson is a file of data ([`Lesson`]): a lab that is made on the engine ([`lab`]), and steps with text, hint,
//! answer and a [`check`]. What checks need to know is asked as [`facts::Question`]s and answered as [`facts::Facts`]; a
//! check holds or does not, nobody presses "next".

pub mod check;
pub mod facts;
pub mod lab;
mod lint;
pub mod progress;
pub mod read;
pub mod whose;

use serde::Deserialize;

use check::Check;
use lab::Lab;

/// A lesson as its file has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// What it is called by: the file's name without `.toml`, such as `missing-shell`.
    #[serde(skip)]
    pub id: String,
    /// Its place in the list; those without a number come last, by title.
    #[serde(default)]
    pub number: Option<u32>,
    /// What it is called in the list.
    pub title: String,
    /// What a person can do after it, in a sentence.
    pub goal: String,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// Ids of lessons that should be done before.
    #[serde(default)]
    pub after: Vec<String>,
    /// Names of the words that are drawn anew for each run; `{token:NAME}` stands for one in the lab's files, options and
    /// checks. Never in a text that is shown.
    #[serde(default)]
    pub tokens: Vec<String>,
    /// What is made on the engine, and in the folder that the person works in.
    #[serde(default)]
    pub lab: Lab,
    /// The steps, one after the other.
    #[serde(rename = "step", default)]
    pub steps: Vec<Step>,
}

/// One step of a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// In a few words.
    pub title: String,
    /// What to do and why, as markdown.
    pub text: String,
    /// A nudge, as markdown: shown on a key.
    pub hint: String,
    /// How it is done, as markdown with the exact commands: shown on a second key, after the hint.
    pub answer: String,
    /// Asks for an answer in words or figures: the question above the answer's line.
    #[serde(default)]
    pub question: Option<String>,
    /// When it is done.
    pub check: Check,
    /// What is often done instead, and what is said then; the first that holds.
    #[serde(rename = "mistake", default)]
    pub mistakes: Vec<Mistake>,
    /// Said when it is done, as markdown: what has just been seen.
    #[serde(default)]
    pub done: Option<String>,
}

/// A wrong path that is known, and the hint for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mistake {
    /// How it is known.
    pub when: Check,
    /// What is said, as markdown.
    pub say: String,
}
