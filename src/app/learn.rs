//! The lessons: which one is open, what of it is done, and the person's own shell beside it.
//!
//! [`LearnAsk`] are the questions that are asked in popups; `open` begins and ends lessons and steps, `told` takes in what
//! the runtime tells and decides when a step is done, [`words`] are the rows of the panel.

mod ask;
mod open;
mod told;
mod words;

pub use ask::LearnAsk;
pub(super) use open::{accept, ask, begin, chosen, closed, open as open_at, reopen_shell, to_list};
pub(super) use told::{heard, judge, news, shell_ended, shell_opened};
pub use words::{Panel, certificate, details, panel, state};

use super::keymap::Focus;
use super::line::Line;
use super::panes::shell::Shell;
use super::{ShellId, TaskId};
use crate::domain::error::Error;
use crate::domain::lesson::facts::{Command, Facts};
use crate::domain::lesson::lab::{Base, Names, Ready};
use crate::domain::lesson::progress::{Progress, Standing};
use crate::domain::lesson::{Lesson, Step};

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

/// The screen of the lessons.
#[derive(Debug)]
pub struct Learn {
    /// All of them, as they are listed.
    pub lessons: Vec<Lesson>,
    /// How far the person has come. Its times are the runtime's: here they only say whether.
    pub progress: Progress,
    /// Number of the chosen row of the list.
    pub chosen: usize,
    /// The open lesson.
    pub open: Option<Box<Open>>,
    /// The list is in sight although a lesson is open.
    pub lists: bool,
    /// What the labs of this run stand on, once that is settled.
    pub(super) base: Option<Base>,
    /// The engine does not answer: why.
    pub lost: Option<String>,
    /// Text that a program wants in the clipboard, until the person lets it, and how it was told.
    pub(super) wanted_copy: Option<(String, String)>,
}

/// An open lesson.
#[derive(Debug)]
pub struct Open {
    /// Number of the lesson among all.
    pub at: usize,
    /// Number of the step under way; that of all steps when all are done.
    pub step: usize,
    /// An earlier step that is looked at in its place.
    pub looked: Option<usize>,
    /// First row of the panel in sight.
    pub top: usize,
    /// How much help was looked at in the step under way.
    pub help: Help,
    /// The lab.
    pub lab: LabState,
    /// The person's own shell.
    pub shell: Option<Shell>,
    /// Why there is none.
    pub no_shell: Option<Error>,
    /// What has the keys.
    pub part: Part,
    /// What has the whole screen.
    pub large: Option<Part>,
    /// What the mistake says that was made, as markdown.
    pub mistake: Option<String>,
    /// The step that was done just before.
    pub just_done: Option<usize>,
    /// Number of the step at which an earlier run is gone on with.
    pub resumed: Option<usize>,
    /// The answer under edit.
    pub line: Option<Line>,
    /// The answer that was given last.
    pub given: Option<String>,
    /// Why nothing is known of the lab now.
    pub blind: Option<Error>,
    /// What was seen since the step was opened.
    facts: Option<Box<Facts>>,
    /// The commands that ran in the person's shell since the step was opened.
    commands: Vec<Command>,
    /// The one that runs there, unless it ran already when the step was opened.
    running: Option<String>,
    /// A command runs that began before the step: its end is none of the step's.
    began_before: bool,
    /// The number under which the step's questions are asked.
    watch: Option<TaskId>,
}

/// How much help was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Help {
    /// None.
    #[default]
    None,
    /// The hint.
    Hint,
    /// The answer, too.
    Answer,
}

/// A part of the screen of an open lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The text of the lesson.
    Panel,
    /// The person's shell.
    Shell,
}

/// How the lab of an open lesson stands.
#[derive(Debug)]
pub enum LabState {
    /// The engine is asked what it can stand on.
    Asking(TaskId),
    /// The person is asked.
    Choosing,
    /// It is made; what was done so far, the last of it under way.
    Making(TaskId, Vec<String>),
    /// It is there.
    Ready(Box<Ready>),
    /// It could not be made.
    Failed(Error),
}

impl Learn {
    fn new(opening: Opening) -> Self {
        let mut learn = Self {
            lessons: opening.lessons,
            progress: opening.progress,
            chosen: 0,
            open: None,
            lists: false,
            base: opening.base,
            lost: None,
            wanted_copy: None,
        };
        let named = opening.chosen.as_ref();
        let place = learn.lessons.iter().position(|l| Some(&l.id) == named);
        learn.chosen = place.unwrap_or_else(|| learn.first_undone());
        learn
    }

    /// Number of the first lesson that is not done, else of the first one.
    fn first_undone(&self) -> usize {
        let undone = |lesson: &Lesson| self.standing(lesson).finished.is_none();
        self.lessons.iter().position(undone).unwrap_or(0)
    }

    /// How a lesson stands.
    pub fn standing(&self, lesson: &Lesson) -> Standing {
        let known = self.progress.lessons.get(&lesson.id);
        known.cloned().unwrap_or_default()
    }

    /// The open lesson's own text and data.
    pub fn lesson(&self) -> Option<&Lesson> {
        self.lessons.get(self.open.as_ref()?.at)
    }

    /// The step under way, unless all are done.
    pub fn step(&self) -> Option<&Step> {
        self.lesson()?.steps.get(self.open.as_ref()?.step)
    }

    /// The step in sight: the one under way, or an earlier one that is looked at.
    pub fn shown(&self) -> Option<(usize, &Step)> {
        let open = self.open.as_ref()?;
        let number = open.looked.unwrap_or(open.step);
        Some((number, self.lesson()?.steps.get(number)?))
    }

    /// Whether all steps of the open lesson are done.
    pub fn is_done(&self) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| self.lesson().is_some_and(|l| open.step >= l.steps.len()))
    }

    /// The open lesson while it is in sight.
    pub fn in_sight(&self) -> Option<&Open> {
        self.open.as_deref().filter(|_| !self.lists)
    }

    /// The same, to change it.
    pub(super) fn in_sight_mut(&mut self) -> Option<&mut Open> {
        let lists = self.lists;
        self.open.as_deref_mut().filter(|_| !lists)
    }

    /// Where keys go when no popup takes them.
    pub fn focus(&self) -> Focus {
        match self.in_sight() {
            None => Focus::Lessons,
            Some(open) => open.focus(),
        }
    }

    /// The person's shell, when it has that number.
    pub(super) fn shell_mut(&mut self, id: ShellId) -> Option<&mut Shell> {
        let shell = self.open.as_mut()?.shell.as_mut();
        shell.filter(|shell| shell.id() == id)
    }

    /// Whether anything of a lesson is on the engine, or is coming there.
    pub(super) fn has_lab(&self) -> bool {
        match self.open.as_ref().map(|open| &open.lab) {
            Some(LabState::Making(..) | LabState::Ready(_)) => true,
            Some(LabState::Asking(_) | LabState::Choosing | LabState::Failed(_)) | None => false,
        }
    }

    /// Number of the first row on a screen that has room for `rows`.
    pub fn list_top(&self, rows: usize) -> usize {
        let half = self.chosen.saturating_sub(rows / 2);
        half.min(self.lessons.len().saturating_sub(rows))
    }
}

impl Open {
    /// A lesson that is being opened at a step.
    fn new(at: usize, step: usize, lab: LabState) -> Self {
        Self {
            at,
            step,
            looked: None,
            top: 0,
            help: Help::None,
            lab,
            shell: None,
            no_shell: None,
            part: Part::Panel,
            large: None,
            mistake: None,
            just_done: None,
            resumed: (step > 0).then_some(step),
            line: None,
            given: None,
            blind: None,
            facts: None,
            commands: Vec::new(),
            running: None,
            began_before: false,
            watch: None,
        }
    }

    /// Where keys go.
    fn focus(&self) -> Focus {
        let shell = self.shell.as_ref().filter(|_| self.part == Part::Shell);
        match shell {
            Some(shell) if shell.is_reading() => shell.focus(),
            Some(shell) if shell.has_ended() => Focus::LessonEnded,
            Some(_) => Focus::LessonShell,
            None if self.line.is_some() => Focus::LessonAnswer,
            None => Focus::Lesson,
        }
    }

    /// Whether the person's shell runs.
    pub fn has_shell(&self) -> bool {
        self.shell.as_ref().is_some_and(|shell| !shell.has_ended())
    }

    /// The lab's names for texts that are shown: without the words that were drawn, which a text would give away.
    pub fn names(&self) -> Names {
        let lab = match &self.lab {
            LabState::Ready(ready) => ready.names.lab.clone(),
            LabState::Asking(_)
            | LabState::Choosing
            | LabState::Making(..)
            | LabState::Failed(_) => "lab".into(),
        };
        Names {
            lab,
            ..Names::default()
        }
    }
}
