//! A build on its way, and what comes of it: the shell before a step, the command that failed.

use std::collections::VecDeque;

use super::{Ended, LINES, OURS, Steps, nothing};
use crate::app::mend::Mend;
use crate::app::popup::Popup;
use crate::app::tasks::Request;
use crate::app::text::{bytes as size, clean};
use crate::app::toast::Tone;
use crate::app::{Effect, Model, TaskId, attach};
use crate::domain::build::BuildNews;
use crate::domain::dockerfile::order::{Outcome, Ready, number_of};
use crate::domain::dockerfile::read;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::{Mode, PullPolicy, Wishes};

/// A build told something.
pub(in crate::app) fn news(model: &mut Model, task: TaskId, news: Vec<BuildNews>) -> Vec<Effect> {
    let Some(steps) = &mut model.steps else {
        return nothing(model);
    };
    let file = read(&steps.text, &steps.source.args);
    let Some(building) = steps.building.as_mut().filter(|b| b.task == task) else {
        return nothing(model);
    };
    for told in news {
        match told {
            BuildNews::Context { files, bytes } => {
                building.words = format!("sending {files} files, {}", size(bytes));
            }
            BuildNews::Pulled(words) => building.words = words,
            BuildNews::Step(step) if step.instruction.starts_with(OURS) => {
                building.step = None;
                building.words = "labelling the image".into();
            }
            BuildNews::Step(step) => {
                building.number = number_of(&file, &step);
                push(
                    &mut steps.printed,
                    false,
                    &format!("▸ {}", step.instruction),
                );
                building.step = Some(step);
            }
            BuildNews::Cached if building.step.is_none() => {}
            BuildNews::Cached => push(&mut steps.printed, false, "  as it was built before"),
            BuildNews::Line { text, stderr } => {
                push(&mut steps.printed, stderr, &format!("  {text}"));
            }
            BuildNews::Warning(text) => push(&mut steps.printed, true, &format!("! {text}")),
            BuildNews::Made(_) | BuildNews::Done(_) => {}
        }
    }
    Vec::new()
}

fn push(printed: &mut VecDeque<(bool, String)>, stderr: bool, text: &str) {
    if printed.len() == LINES {
        printed.pop_front();
    }
    printed.push_back((stderr, clean(text)));
}

/// A build ended.
pub(in crate::app) fn built(
    model: &mut Model,
    task: TaskId,
    result: Result<Box<Outcome>>,
) -> Vec<Effect> {
    let steps = model.steps.as_mut();
    let Some(steps) = steps.filter(|s| s.building.as_ref().is_some_and(|b| b.task == task)) else {
        return nothing(model);
    };
    steps.building = None;
    let outcome = match result {
        Ok(outcome) => *outcome,
        Err(error) => {
            steps.ended = Some(Ended {
                well: false,
                words: error.message.clone(),
                hint: error.hint.clone().unwrap_or_default(),
                number: None,
            });
            return model.toasts.error(&error);
        }
    };
    match outcome {
        Outcome::Ready(ready) => {
            steps.ended = None;
            steps.shows_output = false;
            shell(model, ready)
        }
        Outcome::Whole(_) => {
            let words = format!("{} builds", clean(&steps.source.name));
            steps.ended = Some(Ended {
                well: true,
                words: words.clone(),
                hint: "the image goes when you quit".into(),
                number: None,
            });
            model.toasts.say(Tone::Good, &words, None)
        }
        Outcome::Failed {
            failure,
            number,
            ready,
        } => {
            let hint = failure.hint();
            steps.ended = Some(Ended {
                well: false,
                words: failure.words(),
                hint: hint.into(),
                number,
            });
            if let Some(number) = number {
                steps.choose_number(number);
                steps.mend = Mend::of(&steps.text, &steps.source.args, number)
                    .map(|mend| mend.failed(&failure));
            }
            if let Some(ready) = ready {
                return shell(model, ready);
            }
            let error = Error::new(ErrorKind::Engine, failure.words()).hint(hint);
            model.toasts.error(&error)
        }
    }
}

/// Opens a shell in an image of ours, as the user that the next step would have.
fn shell(model: &mut Model, ready: Ready) -> Vec<Effect> {
    let Some(steps) = &model.steps else {
        return Vec::new();
    };
    let user = if ready.user.is_empty() {
        "0".to_owned()
    } else {
        ready.user
    };
    let wishes = Wishes {
        mode: Some(Mode::Explore),
        image: Some(ready.image.clone()),
        user: steps.wishes.user.clone().or(Some(user)),
        pull: PullPolicy::Never,
        ..steps.wishes.clone()
    };
    let place = match ready.next {
        Some(number) => format!("{} before step {number}", steps.source.name),
        None => steps.source.name.clone(),
    };
    let request = Request {
        target: ready.image,
        name: clean(&place),
        wishes,
        resolution: None,
        replaces: None,
        caught: None,
    };
    attach::begin(model, request)
}

/// A shell of it is there: the failing command is ready to edit.
pub(in crate::app) fn joined(model: &mut Model) {
    let failed = |steps: &Steps| steps.mend.as_ref().is_some_and(Mend::has_failed);
    if model.steps.as_ref().is_some_and(failed) {
        model.popups.push(Popup::Mend);
    }
}
