//! The logs pane: what is kept of the target's log, how it is asked for, and where the view stands.
//!
//! [`view`] turns lines into rows, [`find`] looks for text in them.

pub mod find;
pub mod view;

use std::fmt::Write as _;

use self::find::Find;
use self::view::{Shape, View};
use crate::app::TaskId;
use crate::app::line::Line as Edited;
use crate::domain::error::{Error, Result};
use crate::domain::log::{Line, Log, LogQuery, Run, Since, Stream};

/// Lines that are asked for at first, and at most.
const TAIL: (u32, u32) = (2_000, 200_000);
/// Times this many more are asked for by a person who wants more.
const MORE: u32 = 10;

/// A line under edit.
#[derive(Debug)]
pub enum Edit {
    /// What is looked for; it stands in [`Find`].
    Find,
    /// Since when, and what is wrong with it.
    Since(Box<Edited>, Option<String>),
}

/// The pane.
#[derive(Debug)]
pub struct Logs {
    log: Log,
    view: View,
    find: Find,
    edit: Option<Edit>,
    tail: u32,
    since: Option<Since>,
    /// The stream that brings lines.
    task: Option<TaskId>,
    /// Whether that stream has told anything yet.
    answered: bool,
    /// The next lines replace all that is here.
    anew: bool,
    error: Option<Error>,
}

impl Default for Logs {
    fn default() -> Self {
        Self {
            log: Log::default(),
            view: View::default(),
            find: Find::default(),
            edit: None,
            tail: TAIL.0,
            since: None,
            task: None,
            answered: false,
            anew: false,
            error: None,
        }
    }
}

impl Logs {
    /// The lines.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Where the view stands.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// What is looked for.
    pub fn find(&self) -> &Find {
        &self.find
    }

    /// The line under edit.
    pub fn edit(&self) -> Option<&Edit> {
        self.edit.as_ref()
    }

    /// Whether lines come.
    pub fn is_following(&self) -> bool {
        self.task.is_some()
    }

    /// Whether an answer is still waited for.
    pub fn is_waiting(&self) -> bool {
        self.task.is_some() && !self.answered
    }

    /// Why no lines come.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Since when the log is shown; none means from its end back.
    pub fn since(&self) -> Option<Since> {
        self.since
    }

    /// Lines that were asked for at most.
    pub fn tail(&self) -> u32 {
        self.tail
    }

    /// Whether there may be older lines that can be loaded.
    pub fn may_have_more(&self) -> bool {
        self.log.len() >= usize::try_from(self.tail).unwrap_or(usize::MAX) && self.tail < TAIL.1
    }

    /// What is asked of the engine now: what is missing here, or all of it.
    pub fn query(&self) -> LogQuery {
        match self.log.newest() {
            Some(newest) if !self.anew => LogQuery {
                tail: Some(TAIL.1),
                since: Some(Since::At(newest.next())),
            },
            Some(_) | None => LogQuery {
                tail: Some(self.tail),
                since: self.since,
            },
        }
    }

    /// Lines come from now on under that number; the number of a stream that this one replaces.
    pub fn open(&mut self, task: TaskId) -> Option<TaskId> {
        self.error = None;
        self.answered = false;
        self.task.replace(task)
    }

    /// The pane goes out of sight, and the stream with it.
    pub fn leave(&mut self) {
        self.task = None;
        if let Some(Edit::Find) = self.edit.take() {
            self.find.rest();
        }
    }

    /// The runs of the target.
    pub fn began(&mut self, task: TaskId, runs: &[Run]) {
        if self.task == Some(task) {
            self.log.began(runs);
            self.answered = true;
        }
    }

    /// Lines came; true when they were waited for.
    pub fn came(&mut self, task: TaskId, lines: Vec<Line>, shape: Shape) -> bool {
        if self.task != Some(task) {
            return false;
        }
        self.answered = true;
        if std::mem::take(&mut self.anew) {
            self.empty();
        }
        let from = self.log.end();
        self.log.add(lines);
        self.find.added(&self.log, from);
        self.view.added(&self.log, from, shape);
        true
    }

    /// The stream has ended; true when it was this one.
    pub fn ended(&mut self, task: TaskId, result: &Result<()>) -> bool {
        if self.task != Some(task) {
            return false;
        }
        self.task = None;
        if std::mem::take(&mut self.anew) {
            self.empty();
        }
        self.error = result.as_ref().err().cloned();
        true
    }

    /// What is here is of the past.
    fn empty(&mut self) {
        self.log.clear();
        self.find.forget();
    }

    /// Asks for all of it again: from its end back, or since a time.
    pub fn again(&mut self) {
        self.anew = true;
    }

    /// Asks for more lines; false when there cannot be more.
    pub fn more(&mut self, shape: Shape) -> bool {
        if self.tail >= TAIL.1 {
            return false;
        }
        self.tail = self.tail.saturating_mul(MORE).min(TAIL.1);
        self.view.hold(&self.log, shape);
        self.anew = true;
        true
    }

    /// Shows when lines were printed, or not.
    pub fn turn_times(&mut self, shape: Shape) {
        self.view
            .keep(&self.log, shape, |view| view.times = !view.times);
    }

    /// Breaks long lines, or not.
    pub fn turn_wrap(&mut self, shape: Shape) {
        self.view.keep(&self.log, shape, |view| {
            view.unbroken = !view.unbroken;
            view.left = 0;
        });
    }

    /// Moves long lines to the side.
    pub fn aside(&mut self, right: bool, shape: Shape) {
        self.view.aside(&self.log, right, shape);
    }

    /// Moves by so many rows, down when positive.
    pub fn scroll(&mut self, by: isize, shape: Shape) {
        self.view.scroll(&self.log, by, shape);
    }

    /// Moves to the share of the log that row `row` of the view is: a click on the scroll bar.
    pub fn share(&mut self, row: usize, shape: Shape) {
        let all = self.log.len();
        let at = all * row / shape.rows.max(1);
        let line = self.log.first() + at as u64;
        self.view.go_to_line(&self.log, line, shape);
    }

    /// Opens the line of the search.
    pub fn find_open(&mut self) {
        self.edit = Some(Edit::Find);
        self.find.open();
    }

    /// Opens the line that asks since when.
    pub fn since_open(&mut self) {
        let mut line = Box::<Edited>::default();
        if let Some(since) = self.since {
            line.paste(&since.to_string());
        }
        self.edit = Some(Edit::Since(line, None));
    }

    /// Changes the line under edit; true when something changed.
    pub fn edit_by(&mut self, shape: Shape, change: impl FnOnce(&mut Edited) -> bool) -> bool {
        match &mut self.edit {
            Some(Edit::Since(line, trouble)) => {
                let cursor = line.cursor();
                let changed = change(line);
                if changed {
                    *trouble = None;
                }
                changed || line.cursor() != cursor
            }
            Some(Edit::Find) => {
                let cursor = self.find.line().cursor();
                let (_, last) = self.view.span(&self.log, shape);
                let changed = self.find.edit(&self.log, last, change);
                if changed {
                    self.go_to_match(shape);
                }
                changed || self.find.line().cursor() != cursor
            }
            None => false,
        }
    }

    /// Enter in the line under edit; true when the log is to be asked for anew.
    pub fn accept(&mut self) -> bool {
        match self.edit.take() {
            Some(Edit::Since(line, _)) if line.text().trim().is_empty() => {
                let changed = self.since.take().is_some();
                if changed {
                    self.empty();
                }
                changed
            }
            Some(Edit::Since(line, _)) => match Since::parse(line.text()) {
                Ok(since) => {
                    self.since = Some(since);
                    // Nothing may come: then nothing is what was printed since.
                    self.empty();
                    self.view.follow();
                    true
                }
                Err(trouble) => {
                    self.edit = Some(Edit::Since(line, Some(trouble)));
                    false
                }
            },
            Some(Edit::Find) => {
                self.find.rest();
                false
            }
            None => false,
        }
    }

    /// Gives up the line under edit, or the search; false when there is neither.
    pub fn back(&mut self) -> bool {
        match self.edit.take() {
            Some(Edit::Since(..)) => true,
            Some(Edit::Find) => {
                self.find.close();
                true
            }
            None if self.find.is_shown() => {
                self.find.close();
                true
            }
            None => false,
        }
    }

    /// To the next match, further up or down; false when nothing is looked for.
    pub fn find_again(&mut self, older: bool, shape: Shape) -> bool {
        let (_, last) = self.view.span(&self.log, shape);
        if !self.find.again(older, last) {
            return false;
        }
        self.go_to_match(shape);
        true
    }

    fn go_to_match(&mut self, shape: Shape) {
        if let Some(line) = self.find.current() {
            self.view.reveal(&self.log, line, shape);
        }
    }

    /// All of it as text: with times when they are shown, and where runs began.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (_, line) in self.log.iter() {
            if let Some(run) = line.run {
                let _ = writeln!(text, "--- run began {run} UTC ---");
            }
            if let Some(at) = line.at.filter(|_| self.view.times) {
                let stream = match line.stream {
                    Stream::Out => "out",
                    Stream::Err => "err",
                };
                let _ = write!(text, "{at} {stream} ");
            }
            text.push_str(&line.text);
            text.push('\n');
        }
        text
    }
}
