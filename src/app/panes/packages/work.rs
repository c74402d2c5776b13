//! The change that runs, and what became of the last one.

use std::collections::VecDeque;

use super::words::{field, hung, name, outcome, step, troubles, wish};
use crate::app::TaskId;
use crate::app::panes::entrypoint::Move;
use crate::app::panes::entrypoint::blocks::{Ink, Line, wrap};
use crate::app::text::clean;
use crate::domain::error::Error;
use crate::domain::packages::{
    Change, Changed, Doing, News, Outcome, Printed, Step, Stream, Told, Transaction,
};
use crate::domain::text::bounded;

/// Lines of raw output that are kept, and characters of each: the last ones tell why something failed.
const LINES: usize = 1000;
const LONGEST: usize = 400;
/// Packages that a run lists at most, beyond those that were planned.
const MOST: usize = 4000;

/// The work of the pane.
#[derive(Debug, Default)]
pub struct Work {
    state: State,
    /// It lies over the search.
    open: bool,
    /// Raw output is shown instead of packages.
    raw: bool,
    /// First line in sight; none follows what happens.
    top: Option<usize>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Nothing,
    Running(Box<Run>),
    Ended(Box<Ended>),
}

/// A change that runs.
#[derive(Debug)]
pub struct Run {
    task: TaskId,
    /// What was asked for.
    pub change: Change,
    /// What a person would type for it.
    line: String,
    items: Vec<Item>,
    counted: (u32, u32),
    part: Option<(u64, u64)>,
    now: String,
    output: Output,
    /// It was given up, and has not ended yet.
    pub cancelling: bool,
}

#[derive(Debug)]
struct Item {
    step: Step,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    ToDo,
    Doing,
    Done,
}

/// What became of a change.
#[derive(Debug)]
pub struct Ended {
    /// What was asked for.
    pub change: Change,
    /// What a person would type for it.
    line: String,
    /// The report, or why there is none.
    pub result: Result<Changed, Error>,
    output: Output,
}

/// Raw output, bounded.
#[derive(Debug, Default)]
struct Output {
    lines: VecDeque<(Stream, String)>,
    dropped: usize,
}

impl Output {
    fn add(&mut self, stream: Stream, line: &str) {
        if self.lines.len() == LINES {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back((stream, bounded(line, LONGEST)));
    }

    fn text(&self, columns: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        if self.dropped > 0 {
            let text = format!("… {} lines before", self.dropped);
            lines.push(vec![(Ink::Muted, text)]);
        }
        for (stream, text) in &self.lines {
            let ink = match stream {
                Stream::Stdout => Ink::Strong,
                Stream::Stderr => Ink::Waiting,
            };
            lines.extend(wrap(&[(ink, text.clone())], &[], &[], columns));
        }
        if self.lines.is_empty() {
            lines.push(vec![(Ink::Muted, "nothing was printed".to_owned())]);
        }
        lines
    }
}

impl Run {
    fn step(&mut self, told: &Step) {
        self.counted = (told.at, told.of);
        let [_, present, _] = told.doing.words();
        self.now = format!("{present} {}", name(&told.name));
        // Names stay as they are for finding them again; they are cleaned when they are drawn.
        for item in &mut self.items {
            if item.stage == Stage::Doing {
                item.stage = Stage::Done;
            }
        }
        let same = |item: &Item| item.step.name == told.name;
        let at = self.items.iter().position(same);
        if let Some(item) = at.and_then(|at| self.items.get_mut(at)) {
            item.stage = Stage::Doing;
            if told.doing != Doing::Configure {
                item.step.doing = told.doing;
            }
        } else if self.items.len() < MOST {
            let step = Step {
                name: bounded(&told.name, LONGEST),
                version: bounded(&told.version, LONGEST),
                old: told.old.as_ref().map(|old| bounded(old, LONGEST)),
                ..*told
            };
            let stage = Stage::Doing;
            self.items.push(Item { step, stage });
        }
    }

    fn told(&mut self, news: &News) {
        match news {
            News::Line(stream, line) => self.output.add(*stream, line),
            News::Told(Told::Step(step)) => self.step(step),
            News::Told(Told::Part { done, total }) => self.part = Some((*done, *total)),
            News::Told(Told::Fetching(what)) => self.now = format!("fetching {}", name(what)),
            News::Told(Told::Script(what)) => {
                self.now = format!("running the script of {}", name(what));
            }
            News::Told(Told::Waiting) => {
                "waiting for another package manager that is at work".clone_into(&mut self.now);
            }
        }
    }

    /// How much is done, of how much; none while that is not known.
    pub fn gauge(&self) -> Option<(u64, u64)> {
        let counted = (self.counted.1 > 0).then(|| {
            let (at, of) = self.counted;
            (u64::from(at.saturating_sub(1)), u64::from(of))
        });
        self.part.or(counted)
    }

    /// What happens now, in words.
    pub fn now(&self) -> String {
        let (at, of) = self.counted;
        let lead = if of > 0 {
            format!("{at} of {of} · ")
        } else {
            String::new()
        };
        if self.cancelling {
            return format!("{lead}cancelling … the manager comes to a clean end");
        }
        format!("{lead}{}", self.now)
    }

    /// The packages, and the number of the one at which the run is.
    fn lines(&self) -> (Vec<Line>, usize) {
        let mut at = 0;
        let lines = self.items.iter().enumerate().map(|(n, item)| {
            let [_, present, past] = item.step.doing.words();
            let (ink, sign, words) = match item.stage {
                Stage::ToDo => (Ink::Muted, "·", "to do"),
                Stage::Doing => (Ink::Accent, "▸", present),
                Stage::Done => (Ink::Good, "✓", past),
            };
            if item.stage == Stage::Doing {
                at = n;
            }
            vec![
                (ink, format!("{sign} ")),
                (Ink::Strong, name(&item.step.name)),
                (Ink::Muted, format!(" {}  ", name(&item.step.version))),
                (ink, words.to_owned()),
            ]
        });
        let lines = lines.collect();
        (lines, at)
    }
}

impl Ended {
    /// Whether it is bad news.
    fn is_bad(&self) -> bool {
        match &self.result {
            Ok(changed) => matches!(changed.outcome, Outcome::Failed | Outcome::Partly),
            Err(_) => true,
        }
    }

    fn lines(&self, columns: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        let changed = match &self.result {
            Ok(changed) => changed,
            Err(error) => {
                let what = format!("could not {}: {}", wish(&self.change), error.message);
                lines.extend(hung(Ink::Bad, "✗ ", Ink::Strong, &what, columns));
                if let Some(hint) = &error.hint {
                    lines.extend(hung(Ink::Accent, "  → ", Ink::Accent, hint, columns));
                }
                return lines;
            }
        };
        let (ink, words) = outcome(changed);
        lines.extend(hung(ink, "", ink, &words, columns));
        lines.push(Vec::new());
        if !changed.missed.is_empty() {
            let missed = changed.missed.iter().map(String::as_str);
            let pieces = [(Ink::Strong, super::words::names(missed, 12))];
            lines.extend(field("not done", &pieces, columns));
            lines.push(Vec::new());
        }
        lines.extend(troubles(&changed.troubles, columns));
        if !changed.troubles.is_empty() {
            lines.push(Vec::new());
        }
        if !changed.steps.is_empty() {
            lines.push(vec![(Ink::Name, "What is different now".to_owned())]);
            lines.extend(changed.steps.iter().map(step));
            lines.push(Vec::new());
        }
        // Nothing stands behind them on their lines: a person may copy from the screen.
        for (label, text) in [
            ("by hand", &changed.line),
            ("Dockerfile", &changed.dockerfile),
        ] {
            for (n, line) in text.lines().enumerate() {
                let label = if n == 0 { label } else { "" };
                let pieces = [(Ink::Accent, clean(line))];
                lines.extend(field(label, &pieces, columns));
            }
        }
        lines
    }
}

impl Work {
    /// A change begins, of which that is expected.
    pub fn begin(&mut self, task: TaskId, told: &Transaction) {
        let items = told.steps.iter().take(MOST).map(|step| Item {
            step: step.clone(),
            stage: Stage::ToDo,
        });
        let run = Run {
            task,
            change: told.change.clone(),
            line: told.line.clone(),
            items: items.collect(),
            counted: (0, 0),
            part: None,
            now: "starting".to_owned(),
            output: Output::default(),
            cancelling: false,
        };
        *self = Self {
            state: State::Running(Box::new(run)),
            open: true,
            ..Self::default()
        };
    }

    /// The change that runs.
    pub fn run(&self) -> Option<&Run> {
        match &self.state {
            State::Running(run) => Some(run),
            State::Nothing | State::Ended(_) => None,
        }
    }

    /// What became of the last change.
    pub fn ended(&self) -> Option<&Ended> {
        match &self.state {
            State::Ended(ended) => Some(ended),
            State::Nothing | State::Running(_) => None,
        }
    }

    /// Something is told of a run; false when it is not the one that runs.
    pub fn told(&mut self, task: TaskId, news: &News) -> bool {
        match &mut self.state {
            State::Running(run) if run.task == task => run.told(news),
            State::Running(_) | State::Nothing | State::Ended(_) => return false,
        }
        true
    }

    /// The change of that number came to its end; false when it is not the one that runs. What the manager
    /// printed takes the place of news, some of which may have been dropped.
    pub fn end(
        &mut self,
        task: TaskId,
        result: Result<Changed, Error>,
        printed: Option<&Printed>,
    ) -> bool {
        let State::Running(run) = &mut self.state else {
            return false;
        };
        if run.task != task {
            return false;
        }
        let mut output = std::mem::take(&mut run.output);
        if let Some(printed) = printed {
            output = Output::default();
            for (stream, line) in &printed.lines {
                output.add(*stream, line);
            }
        }
        self.state = State::Ended(Box::new(Ended {
            change: run.change.clone(),
            line: std::mem::take(&mut run.line),
            result,
            output,
        }));
        self.top = None;
        true
    }

    /// Gives the change that runs up; its number, once.
    pub fn cancel(&mut self) -> Option<TaskId> {
        match &mut self.state {
            State::Running(run) if !run.cancelling => {
                run.cancelling = true;
                Some(run.task)
            }
            State::Running(_) | State::Nothing | State::Ended(_) => None,
        }
    }

    /// The number of the change that runs, cancelled or not.
    pub fn task(&self) -> Option<TaskId> {
        self.run().map(|run| run.task)
    }

    /// Whether it lies over the search.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Back to the search.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// Shows the last change again; false when there was none.
    pub fn reopen(&mut self) -> bool {
        self.open = !matches!(self.state, State::Nothing);
        self.raw = false;
        self.top = None;
        self.open
    }

    /// Whether raw output is shown.
    pub fn is_raw(&self) -> bool {
        self.raw
    }

    /// Raw output, or packages.
    pub fn turn_raw(&mut self) {
        self.raw = !self.raw;
        self.top = None;
    }

    /// The lines, of at most `columns` columns, and the first that is in sight of `rows`.
    pub fn lines(&self, columns: usize, rows: usize) -> (Vec<Line>, usize) {
        let (lines, at) = match &self.state {
            State::Nothing => (Vec::new(), 0),
            State::Running(run) if self.raw => {
                let lines = run.output.text(columns);
                let end = lines.len();
                (lines, end)
            }
            State::Ended(ended) if self.raw => {
                let lines = ended.output.text(columns);
                let end = lines.len();
                (lines, end)
            }
            State::Running(run) => run.lines(),
            State::Ended(ended) => (ended.lines(columns), 0),
        };
        let follow = (at + 2).saturating_sub(rows.max(1));
        let most = lines.len().saturating_sub(rows);
        let top = self.top.unwrap_or(follow).min(most);
        (lines, top)
    }

    /// Scrolls in a view of that size.
    pub fn go(&mut self, by: Move, columns: usize, rows: usize) {
        let (lines, top) = self.lines(columns, rows);
        let page = isize::try_from(rows.saturating_sub(1)).unwrap_or(1).max(1);
        let most = lines.len().saturating_sub(rows);
        let to = match by {
            Move::Step(down) => top.saturating_add_signed(if down { 1 } else { -1 }),
            Move::Page(down) => top.saturating_add_signed(if down { page } else { -page }),
            Move::Lines(by) => top.saturating_add_signed(by),
            Move::End(down) => most * usize::from(down),
            Move::Row(_) | Move::Share(_) => top,
        };
        // At the end of what still grows it follows again.
        let grows = self.run().is_some() && to >= most;
        self.top = (!grows).then_some(to.min(most));
    }

    /// The line that a person would type for what was asked for.
    pub fn line(&self) -> Option<&str> {
        match &self.state {
            State::Running(run) => Some(&run.line),
            State::Ended(ended) => Some(&ended.line),
            State::Nothing => None,
        }
    }

    /// The line that a person would type for what was done, and the instruction of a Dockerfile.
    pub fn recipe(&self) -> Option<(&str, &str)> {
        let changed = self.ended()?.result.as_ref().ok()?;
        (!changed.line.is_empty()).then_some((&changed.line, &changed.dockerfile))
    }

    /// What the tab says: how far a run is, or that the last one failed.
    pub fn badge(&self) -> String {
        match &self.state {
            State::Running(run) if run.counted.1 > 0 => {
                format!(" ◌ {}/{}", run.counted.0, run.counted.1)
            }
            State::Running(_) => " ◌".to_owned(),
            State::Ended(ended) if self.open && ended.is_bad() => " ✗".to_owned(),
            State::Ended(_) | State::Nothing => String::new(),
        }
    }
}
