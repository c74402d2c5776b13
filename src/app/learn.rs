//! The lessons: which one is open, what of it is done, and the person's own shell beside it.

use crate::domain::lesson::Lesson;
use crate::domain::lesson::lab::Base;
use crate::domain::lesson::progress::Progress;

/// How the program starts on the lessons.
#[derive(Debug, Clone)]
pub struct Opening {
    /// All of them, as they are listed.
    pub lessons: Vec<Lesson>,
    /// How far the person has come.
    pub progress: Progress,
    /// The lesson that is to be opened at once; none for the list.
    pub chosen: Option<String>,
    /// What the lab is to stand on; none: the person is asked when there is a choice.
    pub base: Option<Base>,
}
