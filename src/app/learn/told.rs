//! What the runtime tells of a lesson, and what follows: the lab is ready, a step is done, a mistake was made.

use super::open::{ask, make, step, work};
use super::{LabState, Learn, LearnAsk, Part};
use crate::app::input::nothing;
use crate::app::learn_effect::{LearnEffect, LearnNews};
use crate::app::text::clean;
use crate::app::toast::Tone;
use crate::app::{Effect, Model, ShellId, TaskId};
use crate::domain::error::{Error, Result};
use crate::domain::lesson::check::{Check, ShellPlace};
use crate::domain::lesson::facts::{Command, Facts};
use crate::domain::lesson::lab::{Base, Names, Ready};
use crate::domain::lesson::progress::Noted;

/// Words on the making of a lab that are kept.
const WORDS: usize = 50;
/// Commands of a step that are kept; the oldest go first.
const COMMANDS: usize = 1000;

/// Something of the lessons was told.
pub(in crate::app) fn news(model: &mut Model, task: TaskId, news: LearnNews) -> Vec<Effect> {
    match news {
        LearnNews::Bases(result) => bases(model, task, result),
        LearnNews::Making(words) => making(model, task, &words),
        LearnNews::Ready(result) => ready(model, task, result),
        LearnNews::Seen(result) => seen(model, task, result),
        LearnNews::Removed(Ok(())) => nothing(model),
        LearnNews::Removed(Err(error)) => {
            let hint = error.hint.clone();
            let hint = hint.unwrap_or_else(|| "devtwin clean removes what is left".into());
            model.toasts.error(&error.hint(hint))
        }
    }
}

fn bases(
    model: &mut Model,
    task: TaskId,
    result: Result<Vec<crate::domain::lesson::lab::OfferedBase>>,
) -> Vec<Effect> {
    let open = model.learn.as_mut().and_then(|learn| learn.open.as_mut());
    let asked = |lab: &LabState| matches!(lab, LabState::Asking(asked) if *asked == task);
    let Some(open) = open.filter(|open| asked(&open.lab)) else {
        return nothing(model);
    };
    match result {
        Ok(offered) if offered.len() > 1 => {
            open.lab = LabState::Choosing;
            ask(model, LearnAsk::Base(offered))
        }
        Ok(offered) => {
            let base = offered.into_iter().next();
            make(model, base.map_or(Base::Own, |offered| offered.base))
        }
        Err(error) => {
            open.lab = LabState::Failed(error);
            Vec::new()
        }
    }
}

fn making(model: &mut Model, task: TaskId, words: &str) -> Vec<Effect> {
    let open = model.learn.as_mut().and_then(|learn| learn.open.as_mut());
    match open.map(|open| &mut open.lab) {
        Some(LabState::Making(made, so_far)) if *made == task => {
            if so_far.len() == WORDS {
                so_far.remove(0);
            }
            so_far.push(clean(words));
            Vec::new()
        }
        Some(_) | None => nothing(model),
    }
}

fn ready(model: &mut Model, task: TaskId, result: Result<Box<Ready>>) -> Vec<Effect> {
    let open = model.learn.as_mut().and_then(|learn| learn.open.as_mut());
    let made = |lab: &LabState| matches!(lab, LabState::Making(made, _) if *made == task);
    let Some(open) = open.filter(|open| made(&open.lab)) else {
        return nothing(model);
    };
    match result {
        Ok(ready) => {
            open.lab = LabState::Ready(ready);
            work(model)
        }
        Err(error) => {
            open.lab = LabState::Failed(error);
            open.part = Part::Panel;
            // Another choice may help: it is asked again.
            if let Some(learn) = &mut model.learn {
                learn.base = None;
            }
            Vec::new()
        }
    }
}

fn seen(model: &mut Model, task: TaskId, result: Result<Box<Facts>>) -> Vec<Effect> {
    let open = model.learn.as_mut().and_then(|learn| learn.open.as_mut());
    let Some(open) = open.filter(|open| open.watch == Some(task)) else {
        return nothing(model);
    };
    match result {
        Ok(facts) => {
            // Whether an answer is right may be known only now.
            model.quiet = open.blind.take().is_none() && open.given.is_none();
            open.facts = Some(facts);
            judge(model)
        }
        Err(error) => {
            model.quiet = open.blind.as_ref() == Some(&error);
            open.blind = Some(error);
            Vec::new()
        }
    }
}

/// Looks whether the step under way is done, or which mistake was made. Draws only when something is another than before.
pub(in crate::app) fn judge(model: &mut Model) -> Vec<Effect> {
    let Some(learn) = &mut model.learn else {
        return nothing(model);
    };
    let (Some(names), Some(facts), Some(now)) = (names(learn), facts(learn), learn.step()) else {
        return nothing(model);
    };
    if now.check.holds(&facts, &names) {
        model.quiet = false;
        return done(model);
    }
    let said = now.mistake(&facts, &names).map(|m| m.say.clone());
    let Some(open) = learn.open.as_mut().filter(|open| open.mistake != said) else {
        return Vec::new();
    };
    model.quiet = false;
    let out_of_sight = open.large == Some(Part::Shell) || learn.lists;
    let new = said.is_some();
    open.mistake = said;
    if new {
        open.just_done = None;
        (open.top, open.looked) = (0, None);
    }
    if new && out_of_sight {
        let hint = "the lesson says what was meant";
        return model
            .toasts
            .say(Tone::News, "that was another way", Some(hint));
    }
    Vec::new()
}

/// The names of the lab that is up.
fn names(learn: &Learn) -> Option<Names> {
    match &learn.open.as_ref()?.lab {
        LabState::Ready(ready) => Some(ready.names.clone()),
        LabState::Asking(_) | LabState::Choosing | LabState::Making(..) | LabState::Failed(_) => {
            None
        }
    }
}

/// All that is known: what the runtime tells, the commands of the person's own shell, and the answer.
fn facts(learn: &Learn) -> Option<Facts> {
    let open = learn.open.as_ref()?;
    let mut facts = open.facts.as_deref().cloned().unwrap_or_default();
    facts.commands.extend(open.commands.iter().cloned());
    let running = open.running.as_ref().map(|line| here(line.clone(), None));
    facts.commands.extend(running);
    facts.answer.clone_from(&open.given);
    Some(facts)
}

fn here(line: String, status: Option<i64>) -> Command {
    Command {
        place: ShellPlace::Here,
        line,
        status,
    }
}

/// Whether the answer that was given is right; none when the step asks for none, or nothing is known yet.
pub(super) fn is_right(learn: &Learn) -> Option<bool> {
    let (names, facts) = (names(learn)?, facts(learn)?);
    facts.answer.as_ref()?;
    let mut answers = Vec::new();
    answers_of(&learn.step()?.check, &mut answers);
    let known = |check: &&Check| {
        let mut questions = check.questions().into_iter();
        questions.all(|question| facts.answers.contains_key(&question))
    };
    if answers.iter().any(|check| check.holds(&facts, &names)) {
        return Some(true);
    }
    answers.iter().all(known).then_some(false)
}

fn answers_of<'a>(check: &'a Check, found: &mut Vec<&'a Check>) {
    match check {
        Check::All(checks) | Check::Any(checks) => {
            for check in checks {
                answers_of(check, found);
            }
        }
        Check::Not(check) => answers_of(check, found),
        Check::Answer(_) => found.push(check),
        Check::Command(_)
        | Check::Exec(_)
        | Check::Container(_)
        | Check::Ended(_)
        | Check::Stopped(_)
        | Check::Twin(_)
        | Check::Package(_)
        | Check::File(_)
        | Check::Image(_)
        | Check::Unchanged(_) => {}
    }
}

/// The step under way is done: it is written down and celebrated, and the next one begins.
fn done(model: &mut Model) -> Vec<Effect> {
    let Some(learn) = &mut model.learn else {
        return Vec::new();
    };
    let Some((lesson, title)) = learn.lesson().zip(learn.step().map(|s| clean(&s.title))) else {
        return Vec::new();
    };
    let (id, name, count) = (lesson.id.clone(), clean(&lesson.title), lesson.steps.len());
    let Some(open) = &mut learn.open else {
        return Vec::new();
    };
    open.just_done = Some(open.step);
    open.step += 1;
    open.resumed = None;
    let (number, all) = (open.step, open.step >= count);
    let typing = open.part == Part::Shell;
    let noted = Noted::Done(number, all);
    learn.progress.note(&id, noted, 0);
    let mut effects = vec![Effect::Learn(LearnEffect::Note { lesson: id, noted })];
    effects.extend(step(model));
    // What was said before is of a step that is over, and would lie over the shell.
    model.toasts.clear();
    let (words, hint) = if all {
        let hint = if typing {
            "F1, then n goes on to the next lesson, l to the list"
        } else {
            "n goes on to the next lesson, l to the list"
        };
        (format!("lesson done: {name}"), Some(hint))
    } else {
        (format!("step {number} of {count} done: {title}"), None)
    };
    effects.extend(model.toasts.say(Tone::Good, &words, hint));
    effects
}

/// The person's shell printed something: commands may have begun or ended.
pub(in crate::app) fn heard(model: &mut Model, effects: &mut Vec<Effect>) {
    let open = model.learn.as_mut().and_then(|learn| learn.open.as_mut());
    let Some(open) = open else { return };
    let Some(shell) = &mut open.shell else {
        return;
    };
    let mut changed = false;
    for ran in shell.take_ran() {
        if std::mem::take(&mut open.began_before) {
            continue;
        }
        if open.commands.len() == COMMANDS {
            open.commands.remove(0);
        }
        open.commands
            .push(here(ran.text, ran.status.map(i64::from)));
        changed = true;
    }
    let running = shell.runs_now().filter(|_| !open.began_before);
    if running != open.running.as_deref() {
        open.running = running.map(str::to_owned);
        changed = true;
    }
    if changed {
        let quiet = model.quiet;
        effects.extend(judge(model));
        model.quiet &= quiet;
    }
}

/// The person's shell is there, or could not be opened; of another one the result is given back.
pub(in crate::app) fn shell_opened(
    model: &mut Model,
    id: ShellId,
    result: Result<()>,
) -> std::result::Result<(), Result<()>> {
    let open = model.learn.as_mut().and_then(|learn| learn.open.as_mut());
    let own = |shell: &crate::app::panes::shell::Shell| shell.id() == id;
    let Some(open) = open.filter(|open| open.shell.as_ref().is_some_and(own)) else {
        return Err(result);
    };
    if let Err(error) = result {
        open.shell = None;
        open.no_shell = Some(told(error));
        open.part = Part::Panel;
        model.quiet = false;
    }
    Ok(())
}

/// An error with a hint in any case.
fn told(error: Error) -> Error {
    let hint = error.hint.clone();
    error.hint(hint.unwrap_or_else(|| "Enter tries again".into()))
}

/// The person's shell has ended: what ran in it runs no more.
pub(in crate::app) fn shell_ended(model: &mut Model, id: ShellId) {
    let learn = model.learn.as_mut();
    if let Some(open) = learn.and_then(|learn| learn.open.as_mut())
        && open.shell.as_ref().is_some_and(|shell| shell.id() == id)
    {
        (open.running, open.began_before) = (None, false);
    }
}
