//! A Dockerfile step by step: which step is chosen, what is built of it, and a shell in front of any of them.

mod builds;
mod text;

use std::collections::VecDeque;

use super::mend::Mend;
use super::panes::entrypoint::Move;
use super::steps_action::StepsAction;
use super::toast::Tone;
use super::{Effect, Model, TaskId, mend};
use crate::domain::build::BuildStep;
use crate::domain::dockerfile::order::{Goal, Order, Source};
use crate::domain::dockerfile::report;
use crate::domain::dockerfile::report::{Report, StepRow};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::Wishes;

pub(super) use builds::{built, joined, news};
pub use text::{details, mark, output, right};

/// How the steps begin that the classic builder adds for our labels.
const OURS: &str = "LABEL dev.devtwin.";

/// Lines of a build's output that are kept.
const LINES: usize = 2_000;

/// A Dockerfile under exploration.
#[derive(Debug)]
pub struct Steps {
    /// Which.
    pub source: Source,
    /// What a twin of it is to be like.
    pub(super) wishes: Wishes,
    /// Its text, as it was read or written last.
    pub(super) text: String,
    /// What is in it, and what is wrong.
    pub report: Report,
    /// Number of the chosen row: of the instructions of all stages.
    pub chosen: usize,
    /// A build on its way.
    pub(super) building: Option<Building>,
    /// What the last build came to.
    pub ended: Option<Ended>,
    /// What it printed, and whether as an error.
    pub printed: VecDeque<(bool, String)>,
    /// Whether that is in sight in place of the chosen step.
    pub shows_output: bool,
    /// A command under edit.
    pub mend: Option<Mend>,
    /// What the file held before devtwin wrote to it.
    pub(super) before: Option<String>,
}

/// A build on its way.
#[derive(Debug)]
pub struct Building {
    /// Its number.
    pub task: TaskId,
    /// How far it is to go.
    pub goal: Goal,
    /// The step that runs, as the builder counts.
    pub step: Option<BuildStep>,
    /// The same by its number in the file.
    pub number: Option<usize>,
    /// What goes on besides.
    pub words: String,
}

/// What a build came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Whether it is good news.
    pub well: bool,
    /// In a line.
    pub words: String,
    /// What to do.
    pub hint: String,
    /// The step that failed.
    pub number: Option<usize>,
}

/// How the program starts on a Dockerfile.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Which.
    pub source: Source,
    /// Its text.
    pub text: String,
    /// What a twin is to be like.
    pub wishes: Wishes,
    /// The step at which a shell is to be opened at once.
    pub number: Option<usize>,
}

impl Steps {
    /// The screen of a Dockerfile; the step that was named, else the first finding's, is chosen.
    pub(super) fn new(opening: Opening) -> Self {
        let mut steps = Self {
            report: Report::default(),
            source: opening.source,
            wishes: opening.wishes,
            text: String::new(),
            chosen: 0,
            building: None,
            ended: None,
            printed: VecDeque::new(),
            shows_output: false,
            mend: None,
            before: None,
        };
        steps.set(opening.text);
        let line = steps.report.findings.first().map(|finding| finding.line);
        let at_line = |row: &StepRow| line.is_some_and(|line| row.last_line >= line);
        let named = |row: &StepRow| opening.number == Some(row.number);
        let rows: Vec<&StepRow> = steps.rows().map(|(_, row)| row).collect();
        let place = match opening.number {
            Some(_) => rows.iter().position(|row| named(row)),
            None => rows.iter().position(|row| at_line(row)),
        };
        steps.chosen = place.unwrap_or(0);
        steps
    }

    /// Takes a text in place of the one before.
    pub(super) fn set(&mut self, text: String) {
        let source = &self.source;
        self.report = report(&source.name, &text, &source.args, source.target.as_deref());
        self.text = text;
        self.chosen = self.chosen.min(self.rows().count().saturating_sub(1));
    }

    /// The instructions of all stages, each with the number of its stage.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &StepRow)> {
        let stages = self.report.stages.iter().enumerate();
        stages.flat_map(|(n, stage)| stage.steps.iter().map(move |step| (n, step)))
    }

    /// The chosen one.
    pub fn row(&self) -> Option<&StepRow> {
        self.rows().nth(self.chosen).map(|(_, row)| row)
    }

    /// Whether a build is on its way.
    pub fn building(&self) -> Option<&Building> {
        self.building.as_ref()
    }

    /// Number of the first row on a screen that has room for `rows`.
    pub fn top(&self, rows: usize) -> usize {
        let all = self.rows().count();
        let half = self.chosen.saturating_sub(rows / 2);
        half.min(all.saturating_sub(rows))
    }

    /// The docker command that builds it.
    pub fn docker_build(&self) -> String {
        let source = &self.source;
        let mut words = vec!["docker".to_owned(), "build".to_owned()];
        words.extend(["-f".into(), source.name.clone()]);
        if let Some(target) = &source.target {
            words.extend(["--target".into(), target.clone()]);
        }
        for (name, value) in &source.args {
            let shown = crate::domain::secret::shown(name, value);
            words.extend(["--build-arg".into(), format!("{name}={shown}")]);
        }
        words.push(source.dir.clone());
        crate::domain::text::line(&words)
    }

    fn choose_number(&mut self, number: usize) {
        let place = self.rows().position(|(_, row)| row.number == number);
        if let Some(place) = place {
            self.chosen = place;
        }
    }
}

fn nothing(model: &mut Model) -> Vec<Effect> {
    model.quiet = true;
    Vec::new()
}

fn refuse(model: &mut Model, what: &str, hint: &str) -> Vec<Effect> {
    let error = Error::new(ErrorKind::Usage, what).hint(hint);
    model.toasts.error(&error)
}

/// Does what the person asked.
pub(super) fn perform(model: &mut Model, action: StepsAction) -> Vec<Effect> {
    if model.steps.is_none() {
        return refuse(
            model,
            "there is no Dockerfile here",
            "devtwin explore --dockerfile FILE opens one",
        );
    }
    match action {
        StepsAction::Open => open(model),
        StepsAction::Build => order(model, Goal::Whole),
        StepsAction::Edit => mend::open(model),
        StepsAction::Undo => mend::undo(model),
        StepsAction::Reload => reload(model),
        StepsAction::Output => {
            if let Some(steps) = &mut model.steps {
                steps.shows_output = !steps.shows_output;
            }
            Vec::new()
        }
    }
}

fn open(model: &mut Model) -> Vec<Effect> {
    let row = model.steps.as_ref().and_then(Steps::row);
    match row.map(|row| row.number) {
        Some(number) => order(model, Goal::Before(number)),
        None => refuse(
            model,
            "there is no step to open",
            "the file has no stage that can be read: its findings say why",
        ),
    }
}

/// Orders a build; one that is on its way goes on.
fn order(model: &mut Model, goal: Goal) -> Vec<Effect> {
    let task = model.numbers.task();
    let Some(steps) = &mut model.steps else {
        return Vec::new();
    };
    if steps.building.is_some() {
        return refuse(model, "a build is on its way", "Esc gives it up");
    }
    steps.building = Some(Building {
        task,
        goal,
        step: None,
        number: None,
        words: "packing the build context".into(),
    });
    steps.ended = None;
    steps.printed.clear();
    steps.shows_output = true;
    let order = Order {
        source: steps.source.clone(),
        text: steps.text.clone(),
        goal,
    };
    model.toasts.clear();
    vec![Effect::Build {
        task,
        order: Box::new(order),
    }]
}

/// The build at the start, once the screen has a size.
pub(super) fn begin(model: &mut Model, number: usize) -> Vec<Effect> {
    order(model, Goal::Before(number))
}

fn reload(model: &mut Model) -> Vec<Effect> {
    match &model.steps {
        Some(steps) => vec![Effect::ReadDockerfile(steps.source.path.clone())],
        None => Vec::new(),
    }
}

/// The file was read anew.
pub(super) fn reloaded(model: &mut Model, result: Result<String>) -> Vec<Effect> {
    match (result, &mut model.steps) {
        (Ok(text), Some(steps)) => {
            let same = text == steps.text;
            if !same {
                steps.before = None;
                steps.set(text);
            }
            let words = if same { "it is as it was" } else { "read anew" };
            model.toasts.say(Tone::Good, words, None)
        }
        (Err(error), _) => model.toasts.error(&error),
        (Ok(_), None) => Vec::new(),
    }
}

/// Esc: gives up a build, goes back to the step, or quits.
pub(super) fn back(model: &mut Model) -> Option<Vec<Effect>> {
    let steps = model.steps.as_mut()?;
    if let Some(building) = steps.building.take() {
        steps.ended = Some(Ended {
            well: false,
            words: "the build was given up".into(),
            hint: String::new(),
            number: None,
        });
        return Some(vec![Effect::Cancel(building.task)]);
    }
    if steps.shows_output {
        steps.shows_output = false;
        return Some(Vec::new());
    }
    None
}

/// Moves the choice.
pub(super) fn go(model: &mut Model, by: Move) -> Vec<Effect> {
    let page = isize::try_from(model.laid.list.height.max(2) - 1).unwrap_or(1);
    let Some(steps) = &mut model.steps else {
        return nothing(model);
    };
    let by = match by {
        Move::Step(down) => side(1, down),
        Move::Page(down) => side(page, down),
        Move::End(down) => side(isize::MAX, down),
        Move::Lines(lines) => lines,
        Move::Row(row) => {
            let top = steps.top(model.laid.list.height.into());
            steps.chosen = (top + row).min(steps.rows().count().saturating_sub(1));
            0
        }
        Move::Share(_) => 0,
    };
    let count = steps.rows().count();
    steps.chosen = steps
        .chosen
        .saturating_add_signed(by)
        .min(count.saturating_sub(1));
    if steps.building.is_none() {
        steps.shows_output = false;
    }
    Vec::new()
}

fn side(by: isize, down: bool) -> isize {
    if down { by } else { -by }
}
