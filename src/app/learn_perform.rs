//! What follows from an action on the lessons.

use crossterm::event::KeyEvent;

use super::input::nothing;
use super::learn::{
    Help, LabState, Learn, LearnAsk, Open, Part, judge, panel, reopen_shell, to_list,
};
use super::learn_action::LearnAction;
use super::learn_effect::LearnEffect;
use super::line::Line;
use super::markdown::code;
use super::panes::entrypoint::Move;
use super::popup::{Popup, moved};
use super::shell_perform::copy_text;
use super::toast::Tone;
use super::{Effect, Model, learn};
use crate::domain::lesson::progress::Noted;

/// Does what the person asked.
pub(super) fn perform(model: &mut Model, action: LearnAction) -> Vec<Effect> {
    match action {
        LearnAction::Turn => turn(model),
        LearnAction::Hint => hint(model),
        LearnAction::Answer => answer(model),
        LearnAction::Next => next(model),
        LearnAction::Previous => previous(model),
        LearnAction::Copy => copy(model),
        LearnAction::LargePanel => large(model, Part::Panel),
        LearnAction::LargeShell => large(model, Part::Shell),
        LearnAction::Shell => reopen_shell(model),
        LearnAction::List => list(model),
        LearnAction::Reset => reset(model),
        LearnAction::Certificate => {
            model.popups.push(Popup::Certificate(0));
            Vec::new()
        }
    }
}

fn in_sight(model: &mut Model) -> Option<&mut Open> {
    model.learn.as_mut()?.in_sight_mut()
}

/// The keys to the other part. What had the whole screen gives it up where the other one would be out of sight.
fn turn(model: &mut Model) -> Vec<Effect> {
    let Some(open) = in_sight(model) else {
        return nothing(model);
    };
    let to = match open.part {
        Part::Panel if open.shell.is_some() => Part::Shell,
        Part::Panel => return nothing(model),
        Part::Shell => Part::Panel,
    };
    give(open, to);
    Vec::new()
}

fn give(open: &mut Open, to: Part) {
    open.part = to;
    if open.large.is_some_and(|large| large != to) {
        open.large = None;
    }
}

/// The mouse pressed a part, or a program of the shell is to be looked at: it gets the keys.
pub(super) fn give_keys(model: &mut Model, to: Part) {
    if let Some(open) = in_sight(model) {
        give(open, to);
    }
}

fn large(model: &mut Model, part: Part) -> Vec<Effect> {
    let Some(open) = in_sight(model) else {
        return nothing(model);
    };
    if part == Part::Shell && open.shell.is_none() {
        return nothing(model);
    }
    open.large = if open.large == Some(part) {
        None
    } else {
        Some(part)
    };
    open.part = part;
    Vec::new()
}

/// The step under way, when that is what is looked at.
fn help(model: &mut Model) -> Option<&mut Open> {
    let learn = model.learn.as_mut()?;
    learn.step()?;
    learn.in_sight_mut().filter(|open| open.looked.is_none())
}

fn hint(model: &mut Model) -> Vec<Effect> {
    let Some(open) = help(model) else {
        return nothing(model);
    };
    let new = open.help == Help::None;
    open.help = open.help.max(Help::Hint);
    show_help(model, Help::Hint);
    if new {
        note(model, Noted::Hint)
    } else {
        Vec::new()
    }
}

fn answer(model: &mut Model) -> Vec<Effect> {
    let Some(open) = help(model) else {
        return nothing(model);
    };
    match open.help {
        Help::None => {
            let hint = "h shows it; the answer comes after it";
            model
                .toasts
                .say(Tone::News, "look at the hint first", Some(hint))
        }
        Help::Hint => {
            open.help = Help::Answer;
            show_help(model, Help::Answer);
            note(model, Noted::Answer)
        }
        Help::Answer => {
            show_help(model, Help::Answer);
            Vec::new()
        }
    }
}

/// Scrolls so that a hint or an answer is in sight, its heading at the top at most.
fn show_help(model: &mut Model, what: Help) {
    let area = model.laid.lesson;
    let Some(learn) = &mut model.learn else {
        return;
    };
    let panel = panel(learn, area.width.into());
    let at = match what {
        Help::Answer => panel.answer,
        Help::Hint | Help::None => panel.hint,
    };
    let last = panel.rows.len().saturating_sub(area.height.into());
    if let (Some(at), Some(open)) = (at, learn.in_sight_mut()) {
        open.top = at.min(last);
    }
}

fn note(model: &mut Model, noted: Noted) -> Vec<Effect> {
    let Some(learn) = &mut model.learn else {
        return Vec::new();
    };
    let Some(lesson) = learn.lesson().map(|lesson| lesson.id.clone()) else {
        return Vec::new();
    };
    learn.progress.note(&lesson, noted, 0);
    vec![Effect::Learn(LearnEffect::Note { lesson, noted })]
}

fn next(model: &mut Model) -> Vec<Effect> {
    let Some(learn) = &mut model.learn else {
        return nothing(model);
    };
    let (done, count) = (learn.is_done(), learn.lessons.len());
    let Some(open) = learn.in_sight_mut() else {
        return nothing(model);
    };
    if let Some(looked) = open.looked {
        open.looked = Some(looked + 1).filter(|next| *next < open.step);
        open.top = 0;
        return Vec::new();
    }
    let (next, step) = (open.at + 1, open.step + 1);
    if done && next < count {
        learn.chosen = next;
        return learn::open_at(model, next);
    }
    let (words, hint) = if done {
        (
            "that was the last lesson",
            "l shows the list, c what you have done",
        )
    } else {
        (
            "the next step opens when this one is done",
            "h shows a hint, and a then how it is done",
        )
    };
    let words = if done {
        words.to_owned()
    } else {
        format!("step {step}: {words}")
    };
    model.toasts.say(Tone::News, &words, Some(hint))
}

fn previous(model: &mut Model) -> Vec<Effect> {
    let Some(open) = in_sight(model) else {
        return nothing(model);
    };
    let now = open.looked.unwrap_or(open.step);
    let Some(before) = now.checked_sub(1) else {
        return nothing(model);
    };
    open.looked = Some(before);
    open.top = 0;
    Vec::new()
}

/// The commands to copy: of the most help that is in sight, else of the text.
fn copy(model: &mut Model) -> Vec<Effect> {
    if let Some(text) = model.learn.as_ref().and_then(|learn| commands(learn)) {
        return copy_text(model, text);
    }
    let hint = "h shows a hint, and a then how it is done";
    let words = "the text in sight has no commands to copy";
    model.toasts.say(Tone::News, words, Some(hint))
}

fn commands(learn: &Learn) -> Option<String> {
    let open = learn.in_sight()?;
    let (_, step) = learn.shown()?;
    let looked = open.looked.is_some();
    let texts = [
        (looked || open.help >= Help::Answer).then_some(&step.answer),
        (!looked && open.help >= Help::Hint).then_some(&step.hint),
        Some(&step.text),
    ];
    let names = open.names();
    texts
        .into_iter()
        .flatten()
        .find_map(|text| code(&names.fill(text)))
}

/// The list. A lesson that is done is over then.
fn list(model: &mut Model) -> Vec<Effect> {
    let Some(learn) = &mut model.learn else {
        return nothing(model);
    };
    if learn.is_done() || !learn.has_lab() {
        return to_list(model);
    }
    learn.lists = true;
    learn.chosen = learn.open.as_ref().map_or(learn.chosen, |open| open.at);
    Vec::new()
}

fn reset(model: &mut Model) -> Vec<Effect> {
    let Some(learn) = &model.learn else {
        return nothing(model);
    };
    let at = learn.in_sight().map_or(learn.chosen, |open| open.at);
    if at >= learn.lessons.len() {
        return nothing(model);
    }
    learn::ask(model, LearnAsk::Reset(at))
}

/// Enter: opens a lesson or the answer's line, gives the answer, tries again, or goes on.
pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    let Some(learn) = &mut model.learn else {
        return nothing(model);
    };
    let done = learn.is_done();
    let asks = learn.step().is_some_and(|step| step.question.is_some());
    let Some(open) = learn.in_sight_mut() else {
        return learn::accept(model);
    };
    if let Some(line) = open.line.take() {
        let text = line.text().trim().to_owned();
        open.given = Some(text).filter(|text| !text.is_empty());
        open.top = 0;
        return give_answer(model);
    }
    let at = open.at;
    match open.lab {
        LabState::Failed(_) | LabState::Choosing => learn::open_at(model, at),
        LabState::Ready(_) if open.no_shell.is_some() => reopen_shell(model),
        LabState::Ready(_) if done => next(model),
        LabState::Ready(_) if asks && open.looked.is_none() => {
            open.line = Some(Line::default());
            show_question(model);
            Vec::new()
        }
        LabState::Asking(_) | LabState::Making(..) | LabState::Ready(_) => nothing(model),
    }
}

fn give_answer(model: &mut Model) -> Vec<Effect> {
    let effects = judge(model);
    model.quiet = false;
    // What a mistake says stands above everything, and another step begins at its top.
    let open = model.learn.as_ref().and_then(|learn| learn.in_sight());
    if open.is_some_and(|open| open.given.is_some() && open.mistake.is_none()) {
        show_question(model);
    }
    effects
}

/// Scrolls so that the question is in sight, with what is said of the answer below it.
fn show_question(model: &mut Model) {
    let area = model.laid.lesson;
    let Some(learn) = &mut model.learn else {
        return;
    };
    let panel = panel(learn, area.width.into());
    if let (Some(at), Some(open)) = (panel.question, learn.in_sight_mut()) {
        open.top = at;
    }
}

/// Esc: closes the line, goes to the shell, to the open lesson, or to the list; none where it means to leave.
pub(super) fn back(model: &mut Model) -> Option<Vec<Effect>> {
    let learn = model.learn.as_mut()?;
    if learn.lists {
        learn.lists = false;
        return Some(Vec::new());
    }
    let open = learn.open.as_mut()?;
    if open.line.take().is_some() {
        return Some(Vec::new());
    }
    if open.looked.take().is_some() {
        open.top = 0;
        return Some(Vec::new());
    }
    if open.has_shell() {
        give(open, Part::Shell);
        return Some(Vec::new());
    }
    if learn.has_lab() {
        return Some(learn::ask(model, LearnAsk::Leave));
    }
    Some(to_list(model))
}

/// Quits; with a lab that is up only after a question.
pub(super) fn quit(model: &mut Model) -> Vec<Effect> {
    if model.learn.as_ref().is_some_and(|learn| learn.has_lab()) {
        return learn::ask(model, LearnAsk::Leave);
    }
    vec![Effect::Quit { keep: false }]
}

/// Moves the choice of the list, or the text.
pub(super) fn go(model: &mut Model, by: Move) -> Vec<Effect> {
    let (rows_of_list, area) = (model.laid.list.height.into(), model.laid.lesson);
    let Some(learn) = &mut model.learn else {
        return nothing(model);
    };
    if learn.in_sight().is_none() {
        if let Move::Row(row) = by {
            let chosen = learn.list_top(rows_of_list) + row;
            learn.chosen = chosen.min(learn.lessons.len().saturating_sub(1));
            return Vec::new();
        }
        let by = rows(by, rows_of_list);
        learn.chosen = moved(learn.chosen, by, learn.lessons.len());
        return Vec::new();
    }
    let all = panel(learn, area.width.into()).rows.len();
    let last = all.saturating_sub(area.height.into());
    if let Some(open) = learn.in_sight_mut() {
        let by = rows(by, area.height.into());
        open.top = moved(open.top.min(last), by, last + 1);
    }
    Vec::new()
}

/// A click on a row of the list: the second one opens it.
pub(super) fn click(model: &mut Model, row: usize) -> Vec<Effect> {
    let before = model.learn.as_ref().map(|learn| learn.chosen);
    let effects = go(model, Move::Row(row));
    let now = model.learn.as_ref().map(|learn| learn.chosen);
    if before == now {
        learn::accept(model)
    } else {
        effects
    }
}

/// Rows of a movement in a view of so many.
fn rows(by: Move, high: usize) -> isize {
    let page = isize::try_from(high.max(2) - 1).unwrap_or(1);
    let side = |by: isize, down: bool| if down { by } else { -by };
    match by {
        Move::Step(down) => side(1, down),
        Move::Page(down) => side(page, down),
        Move::End(true) => isize::MAX,
        Move::End(false) => isize::MIN,
        Move::Lines(lines) => lines,
        Move::Row(_) | Move::Share(_) => 0,
    }
}

/// A key for the answer's line.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    edit(model, |line| line.key(key))
}

/// Pasted text for it.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    edit(model, |line| line.paste(text))
}

fn edit(model: &mut Model, change: impl FnOnce(&mut Line) -> bool) -> Vec<Effect> {
    let line = in_sight(model).and_then(|open| open.line.as_mut());
    let drawn = line.is_some_and(|line| line.change(change).1);
    model.quiet = !drawn;
    Vec::new()
}
