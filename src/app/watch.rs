//! Watching processes and network through the twin: one watch for the pane in sight, asked again now and then.

use std::time::Duration;

use super::panes::Pane;
use super::toast::Tone;
use super::{Effect, Model, TaskId, Timer, network_perform, processes_perform};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::look::{Answer, Look, Outcome, Vantage};

/// The pause between two looks, at least and at most.
const PAUSE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));
/// The pause before a look that failed is made again: a busy machine may have been too slow.
const RETRY: Duration = Duration::from_secs(10);
/// A look is made so rarely that it takes this part of the time: where it takes long, the pauses are longer.
const SHARE: u32 = 50;

/// What a pane holds of its watch.
#[derive(Debug, Default)]
pub struct Watch {
    task: Option<TaskId>,
    /// Looks that are not answered yet.
    awaited: Vec<Look>,
    /// Whether a timer will ask again.
    timed: bool,
    error: Option<Error>,
}

impl Watch {
    /// Why nothing is known, or nothing new.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Nobody looks any more.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    /// Asks, unless the same is asked already, or nothing is watched.
    pub(super) fn ask(&mut self, look: Look) -> Vec<Effect> {
        let Some(task) = self.task.filter(|_| !self.awaited.contains(&look)) else {
            return Vec::new();
        };
        self.awaited.push(look.clone());
        vec![Effect::Look(task, look)]
    }

    /// Whether the details of some process are on their way.
    pub(super) fn awaits_process(&self) -> bool {
        self.awaited
            .iter()
            .any(|l| matches!(l, Look::Process { .. }))
    }
}

/// The watch of the pane in sight, when it has one.
fn watch(model: &mut Model) -> Option<&mut Watch> {
    let joined = model.joined.as_mut()?;
    match joined.pane {
        Pane::Processes => Some(&mut joined.processes.watch),
        Pane::Network => Some(&mut joined.network.watch),
        Pane::Shell
        | Pane::Packages
        | Pane::Entrypoint
        | Pane::Logs
        | Pane::Files
        | Pane::Recipe
        | Pane::Compare => None,
    }
}

/// What the pane in sight asks again and again.
fn question(model: &Model) -> Option<Look> {
    let joined = model.joined.as_ref()?;
    match joined.pane {
        Pane::Processes => Some(joined.processes.question()),
        Pane::Network => Some(Look::Network),
        Pane::Shell
        | Pane::Packages
        | Pane::Entrypoint
        | Pane::Logs
        | Pane::Files
        | Pane::Recipe
        | Pane::Compare => None,
    }
}

/// Whether the pane in sight has something to show.
fn knows(model: &Model) -> bool {
    model
        .joined
        .as_ref()
        .is_some_and(|joined| match joined.pane {
            Pane::Processes => !joined.processes.rows().is_empty(),
            Pane::Network => joined.network.known().is_some(),
            Pane::Shell
            | Pane::Packages
            | Pane::Entrypoint
            | Pane::Logs
            | Pane::Files
            | Pane::Recipe
            | Pane::Compare => false,
        })
}

/// Begins to watch for the pane in sight.
pub(super) fn begin(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    let ended = joined.shells.main().has_ended();
    let twin = Box::new(joined.attached.twin.clone());
    let vantage = Vantage::of(&twin.plan, &joined.attached.target);
    let task = model.numbers.task();
    let Some(watch) = watch(model) else {
        return Vec::new();
    };
    watch.end();
    if ended {
        watch.error = Some(
            Error::new(
                ErrorKind::NoTarget,
                "the twin has ended: nothing looks any more",
            )
            .hint("launch a new twin for the same target"),
        );
        model.quiet = false;
        return Vec::new();
    }
    watch.task = Some(task);
    model.sight.feed(task);
    let mut effects = vec![Effect::Watch {
        task,
        twin,
        vantage,
    }];
    effects.extend(again(model));
    effects
}

/// Looks again, now; begins anew where nothing is watched.
pub(super) fn again(model: &mut Model) -> Vec<Effect> {
    let Some(look) = question(model) else {
        return Vec::new();
    };
    let ended = model
        .joined
        .as_ref()
        .is_some_and(|j| j.shells.main().has_ended());
    match watch(model) {
        Some(watch) if watch.task.is_some() && !ended => watch.ask(look),
        Some(_) => begin(model),
        None => Vec::new(),
    }
}

/// A timer ran out: asks again what the pane asks, if it is still in sight.
pub(super) fn elapsed(model: &mut Model, task: TaskId) -> Vec<Effect> {
    model.quiet = true;
    match watch(model).filter(|watch| watch.task == Some(task)) {
        Some(watch) => watch.timed = false,
        None => return Vec::new(),
    }
    again(model)
}

/// A look was answered.
pub(super) fn looked(
    model: &mut Model,
    task: TaskId,
    look: &Look,
    result: Result<Box<Answer>>,
) -> Vec<Effect> {
    if let Look::Send { pid, .. } = look {
        let mut effects = sent(model, *pid, result);
        if let Some(watch) = watch(model).filter(|watch| watch.task == Some(task)) {
            watch.awaited.retain(|awaited| awaited != look);
            effects.extend(again(model));
        }
        return effects;
    }
    let Some(watch) = watch(model).filter(|watch| watch.task == Some(task)) else {
        model.quiet = true;
        return Vec::new();
    };
    watch.awaited.retain(|awaited| awaited != look);
    let answer = match result {
        Ok(answer) => *answer,
        Err(error) => {
            let first = watch.error.is_none();
            // Of what is gone for good nothing is asked again.
            let again = error.kind != ErrorKind::NoTarget && !watch.timed;
            watch.timed |= again;
            watch.error = Some(error.clone());
            watch.awaited.clear();
            let mut effects = Vec::new();
            if again {
                effects.push(Effect::After(Timer::Look(task), RETRY));
            }
            // Where something is known, that stands, and there is no other place for the reason.
            if first && knows(model) {
                effects.extend(model.toasts.error(&error));
            }
            return effects;
        }
    };
    watch.error = None;
    let mut effects = Vec::new();
    if let Answer::Processes(_, took) | Answer::Network(_, _, took) = &answer
        && !watch.timed
    {
        watch.timed = true;
        let pause = (*took * SHARE).clamp(PAUSE.0, PAUSE.1);
        effects.push(Effect::After(Timer::Look(task), pause));
    }
    effects.extend(match answer {
        Answer::Processes(listing, _) => processes_perform::listed(model, listing),
        Answer::Process(pid, details) => processes_perform::detailed(model, pid, details),
        Answer::Network(net, listing, _) => network_perform::told(model, net, listing),
        Answer::Sent(..) => Vec::new(),
    });
    effects
}

/// Says what came of a signal.
fn sent(model: &mut Model, pid: u32, result: Result<Box<Answer>>) -> Vec<Effect> {
    let outcome = match result.map(|answer| *answer) {
        Ok(Answer::Sent(_, outcome)) => outcome,
        Ok(Answer::Processes(..) | Answer::Process(..) | Answer::Network(..)) => {
            return Vec::new();
        }
        Err(error) => return model.toasts.error(&error),
    };
    let (tone, text) = match outcome {
        Outcome::Ended => (Tone::Good, format!("process {pid} has ended")),
        Outcome::Gone => (Tone::News, format!("process {pid} had ended already")),
        Outcome::Stopped => (
            Tone::Good,
            format!("process {pid} is stopped; CONT lets it go on"),
        ),
        Outcome::Runs => (
            Tone::Good,
            format!("process {pid} got the signal, and runs on"),
        ),
        Outcome::Refused(why) => {
            let why = super::text::clean(&why);
            (Tone::Bad, format!("process {pid} got no signal: {why}"))
        }
    };
    model.toasts.say(tone, &text, None)
}
