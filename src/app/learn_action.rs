//! What a person can ask of the lessons by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;

/// A wish that concerns the lessons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LearnAction {
    /// The keys to the lesson's text, or back to the person's shell.
    Turn,
    /// Show the hint.
    Hint,
    /// Show how it is done.
    Answer,
    /// Look at the next step, or open the next lesson.
    Next,
    /// Look at the step before.
    Previous,
    /// Copy the commands of the text in sight.
    Copy,
    /// The whole screen for the text, and back.
    LargePanel,
    /// The whole screen for the shell, and back.
    LargeShell,
    /// The list of lessons.
    List,
    /// Begin the lesson anew.
    Reset,
    /// What was done so far.
    Certificate,
    /// A new shell in place of one that has ended.
    Shell,
}

use Focus::{Lesson, LessonAnswer, LessonEnded, LessonShell, Lessons};
use LearnAction as A;

/// All of them, in the order in which palette and help list them.
#[rustfmt::skip]
pub static ALL: &[Entry] = &[
    of(A::Turn, "lesson-turn", "To the lesson's text, and back to your shell", &[Lesson, LessonAnswer, LessonShell, LessonEnded]),
    of(A::Hint, "lesson-hint", "Show the hint of this step", &[Lesson]),
    of(A::Answer, "lesson-answer", "Show how this step is done, after its hint", &[Lesson]),
    of(A::Next, "lesson-next", "The next step, or the next lesson", &[Lesson]),
    of(A::Previous, "lesson-previous", "The step before", &[Lesson]),
    of(A::Copy, "lesson-copy", "Copy the commands of the text", &[Lesson]),
    of(A::LargePanel, "lesson-large", "Whole screen for the text, and back", &[Lesson]),
    of(A::LargeShell, "lesson-large-shell", "Whole screen for your shell; the way back is the same as to the text", &[Lesson]),
    of(A::Shell, "lesson-shell", "Open a new shell of yours beside the lesson", &[Lesson, LessonEnded]),
    of(A::List, "lesson-list", "The list of lessons", &[Lesson]),
    of(A::Reset, "lesson-reset", "Begin this lesson anew", &[Lesson, Lessons]),
    of(A::Certificate, "lesson-certificate", "What you have done so far", &[Lesson, Lessons]),
];

const fn of(
    action: LearnAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Learn(action), name, title, offered)
}
