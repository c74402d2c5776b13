//! Lessons and steps begin and end here: the lab before them, the shell beside them, what is watched for them.

use super::{LabState, Learn, LearnAsk, Open, Opening, Part, panel};
use crate::app::learn_effect::LearnEffect;
use crate::app::panes::shell::Shell;
use crate::app::popup::Popup;
use crate::app::{Effect, Model};
use crate::domain::lesson::lab::Base;
use crate::domain::lesson::progress::Noted;

/// The lessons come up: as a list, or one of them at once.
pub(in crate::app) fn begin(model: &mut Model, opening: Opening) -> Vec<Effect> {
    let chosen = opening.chosen.is_some();
    let learn = Learn::new(opening);
    let at = learn.chosen;
    let known = chosen && at < learn.lessons.len();
    model.learn = Some(Box::new(learn));
    if known { open(model, at) } else { Vec::new() }
}

/// Opens a lesson at its first step that is not done. The runtime removes the lab that was there before.
pub(in crate::app) fn open(model: &mut Model, at: usize) -> Vec<Effect> {
    let mut effects = leave_shell(model);
    let task = model.numbers.task();
    let Some(learn) = &mut model.learn else {
        return effects;
    };
    let Some(lesson) = learn.lessons.get(at) else {
        return effects;
    };
    let done = learn.standing(lesson).done;
    let step = if done < lesson.steps.len() { done } else { 0 };
    learn.chosen = at;
    learn.lists = false;
    learn.open = Some(Box::new(Open::new(at, step, LabState::Asking(task))));
    effects.extend(match learn.base.clone() {
        Some(base) => make(model, base),
        None => vec![Effect::Learn(LearnEffect::Bases(task))],
    });
    leave_shell_to_lab(&mut effects);
    effects
}

/// Makes the lab of the open lesson.
pub(super) fn make(model: &mut Model, base: Base) -> Vec<Effect> {
    let task = model.numbers.task();
    let Some(learn) = &mut model.learn else {
        return Vec::new();
    };
    learn.base = Some(base.clone());
    let Some(lesson) = learn.lesson().cloned() else {
        return Vec::new();
    };
    if let Some(open) = &mut learn.open {
        open.lab = LabState::Making(task, Vec::new());
    }
    vec![Effect::Learn(LearnEffect::SetUp {
        task,
        lesson: Box::new(lesson),
        base,
    })]
}

/// The lab is there: the person's shell opens in it, and the step begins.
pub(super) fn work(model: &mut Model) -> Vec<Effect> {
    let mut effects = open_shell(model);
    effects.extend(step(model));
    effects
}

/// Opens the person's shell.
fn open_shell(model: &mut Model) -> Vec<Effect> {
    let (size, scrollback) = (model.shell_size(), model.settings.scrollback);
    let id = model.numbers.shell();
    let open = model.learn.as_mut().and_then(|learn| learn.open.as_mut());
    let Some(open) = open.filter(|open| matches!(open.lab, LabState::Ready(_))) else {
        return Vec::new();
    };
    let before = open.shell.replace(Shell::new(id, size, scrollback));
    open.no_shell = None;
    open.part = Part::Shell;
    (open.running, open.began_before) = (None, false);
    let closed = before.map(|shell| Effect::CloseShell(shell.id()));
    let opened = Effect::Learn(LearnEffect::OpenShell { shell: id, size });
    closed.into_iter().chain([opened]).collect()
}

/// A new shell in place of one that has ended, or could not be opened.
pub(in crate::app) fn reopen_shell(model: &mut Model) -> Vec<Effect> {
    let open = model.learn.as_ref().and_then(|learn| learn.open.as_ref());
    if open.is_some_and(|open| !open.has_shell()) {
        return open_shell(model);
    }
    Vec::new()
}

/// The step under way begins: what is counted since its beginning is counted from here.
pub(super) fn step(model: &mut Model) -> Vec<Effect> {
    let task = model.numbers.task();
    let Some(learn) = &mut model.learn else {
        return Vec::new();
    };
    let questions = learn
        .step()
        .map(|step| step.questions().into_iter().collect());
    let Some(open) = &mut learn.open else {
        return Vec::new();
    };
    open.top = 0;
    open.looked = None;
    open.help = super::Help::None;
    open.mistake = None;
    (open.line, open.given) = (None, None);
    open.facts = None;
    open.blind = None;
    open.commands.clear();
    open.began_before = open.shell.as_ref().is_some_and(|s| s.runs_now().is_some());
    open.running = None;
    // What is to be done next comes into sight before what has just been done.
    let area = model.laid.lesson;
    let panel = panel(learn, area.width.into());
    let last = panel.rows.len().saturating_sub(area.height.into());
    let Some(open) = &mut learn.open else {
        return Vec::new();
    };
    open.top = panel.title.map_or(0, |title| title.min(last));
    let before = open.watch.take().map(Effect::Cancel);
    open.watch = questions.is_some().then_some(task);
    let watch = questions.map(|questions| LearnEffect::Watch { task, questions });
    let watch = watch.map(Effect::Learn);
    before.into_iter().chain(watch).collect()
}

/// Nothing is asked any more, nothing made, and the person's shell is closed.
fn leave_shell(model: &mut Model) -> Vec<Effect> {
    let open = model.learn.as_mut().and_then(|learn| learn.open.as_mut());
    let Some(open) = open else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    effects.extend(open.watch.take().map(Effect::Cancel));
    if let LabState::Making(task, _) = &open.lab {
        effects.push(Effect::Cancel(*task));
    }
    let shell = open.shell.take();
    effects.extend(shell.map(|shell| Effect::CloseShell(shell.id())));
    effects
}

/// Whoever makes or removes a lab ends the shell that is open in the one before, and waits for it: so nothing that still
/// ends works in the new lab, which has the same names.
fn leave_shell_to_lab(effects: &mut Vec<Effect>) {
    let of_lab = |effect: &Effect| {
        matches!(
            effect,
            Effect::Learn(LearnEffect::SetUp { .. } | LearnEffect::TearDown(_))
        )
    };
    if effects.iter().any(of_lab) {
        effects.retain(|effect| !matches!(effect, Effect::CloseShell(_)));
    }
}

/// Closes the open lesson, removes its lab, and shows the list.
pub(in crate::app) fn to_list(model: &mut Model) -> Vec<Effect> {
    let mut effects = leave_shell(model);
    let task = model.numbers.task();
    let Some(learn) = &mut model.learn else {
        return effects;
    };
    if learn.has_lab() {
        effects.push(Effect::Learn(LearnEffect::TearDown(task)));
        leave_shell_to_lab(&mut effects);
    }
    if let Some(open) = learn.open.take() {
        learn.chosen = open.at;
        if let Some(lesson) = learn.lessons.get(open.at)
            && open.step >= lesson.steps.len()
        {
            learn.chosen = (open.at + 1).min(learn.lessons.len().saturating_sub(1));
        }
    }
    learn.lists = false;
    effects
}

/// Forgets how a lesson stands, and makes the lab anew when it is the open one.
fn reset(model: &mut Model, at: usize) -> Vec<Effect> {
    let Some(learn) = &mut model.learn else {
        return Vec::new();
    };
    let Some(lesson) = learn.lessons.get(at) else {
        return Vec::new();
    };
    let id = lesson.id.clone();
    learn.progress.note(&id, Noted::Reset, 0);
    let open_one = learn.open.as_ref().is_some_and(|open| open.at == at);
    let mut effects = vec![Effect::Learn(LearnEffect::Note {
        lesson: id,
        noted: Noted::Reset,
    })];
    if open_one {
        effects.extend(open(model, at));
    }
    effects
}

/// Enter in the list: back to the open lesson, or another one.
pub(in crate::app) fn accept(model: &mut Model) -> Vec<Effect> {
    let Some(learn) = &mut model.learn else {
        return Vec::new();
    };
    let at = learn.chosen;
    if learn.lessons.is_empty() {
        return Vec::new();
    }
    if learn.open.as_ref().is_some_and(|open| open.at == at) {
        learn.lists = false;
        return Vec::new();
    }
    if learn.has_lab() {
        return ask(model, LearnAsk::Switch(at));
    }
    open(model, at)
}

/// Asks.
pub(in crate::app) fn ask(model: &mut Model, ask: LearnAsk) -> Vec<Effect> {
    let safe = ask.safe();
    model.popups.push(Popup::Lesson(Box::new(ask), safe));
    Vec::new()
}

/// Acts on the answer in that row.
pub(in crate::app) fn chosen(model: &mut Model, asked: &LearnAsk, row: usize) -> Vec<Effect> {
    model.popups.clear();
    match (asked, row) {
        (LearnAsk::Base(offered), row) => match offered.get(row) {
            Some(offered) => make(model, offered.base.clone()),
            None => closed(model, asked),
        },
        (LearnAsk::Reset(at), 0) => reset(model, *at),
        (LearnAsk::Switch(at), 0) => open(model, *at),
        (LearnAsk::Leave, 1) => to_list(model),
        (LearnAsk::Leave, 2) => vec![Effect::Quit { keep: false }],
        (LearnAsk::Reset(_) | LearnAsk::Switch(_) | LearnAsk::Leave, _) => Vec::new(),
    }
}

/// A question was closed without an answer.
pub(in crate::app) fn closed(model: &mut Model, asked: &LearnAsk) -> Vec<Effect> {
    match asked {
        // Without something to stand on there is no lab.
        LearnAsk::Base(_) => to_list(model),
        LearnAsk::Reset(_) | LearnAsk::Switch(_) | LearnAsk::Leave => Vec::new(),
    }
}
