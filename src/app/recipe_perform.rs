//! What follows from an action on the recipe pane, and from what is told of the session's steps and files.

use crossterm::event::KeyEvent;

use super::panes::Pane;
use super::panes::entrypoint::Move;
use super::panes::recipe::{Part, Recipe, Verifying};
use super::popup::{Popup, Save, SaveWhat};
use super::recipe_action::RecipeAction;
use super::recipe_effect::{RecipeEffect, RecipeTold};
use super::shell_perform::{CLIPBOARD, copy_text};
use super::toast::Tone;
use super::{Effect, Model, TaskId, tryout};
use crate::domain::command::Ran;
use crate::domain::error::{ErrorKind, Result};
use crate::domain::packages::Changed;
use crate::domain::recipe::Found;
use crate::domain::recipe::verify::Verified;
use crate::domain::text::{bounded, quote};
use crate::domain::twin::label;

/// The file that the Dockerfile is saved to unless the person says otherwise.
const FILE: &str = "./Dockerfile";
/// Where that is there: so many further names are looked at.
const OTHERS: usize = 20;

/// Does what the person asked of the pane.
pub(super) fn perform(model: &mut Model, action: RecipeAction) -> Vec<Effect> {
    match action {
        RecipeAction::NextPart => turn(model, 1),
        RecipeAction::PreviousPart => turn(model, 2),
        RecipeAction::Mark => mark(model),
        RecipeAction::Edit => edit(model),
        RecipeAction::Done => done(model),
        RecipeAction::Drop => steps(model, |pane, at| pane.record.drop_step(at)),
        RecipeAction::Up => shift(model, false),
        RecipeAction::Down => shift(model, true),
        RecipeAction::Undo => undo(model),
        RecipeAction::Pin => {
            if let Some(pane) = pane(model) {
                pane.turn_pin();
            }
            stale(model)
        }
        RecipeAction::Rewrite => {
            if let Some(pane) = pane(model) {
                pane.follow();
            }
            Vec::new()
        }
        RecipeAction::Save => ask_where(model),
        RecipeAction::Copy => {
            let text = pane(model)
                .map(|pane| pane.dockerfile())
                .filter(|text| !text.is_empty());
            text.map_or_else(Vec::new, |text| {
                copied(model, text, "the Dockerfile is copied")
            })
        }
        RecipeAction::CopyLine => {
            let line = pane(model).map(|pane| pane.written().line.clone());
            match line.filter(|line| !line.is_empty()) {
                Some(line) => copy_text(model, line),
                None => model
                    .toasts
                    .say(Tone::News, "no step installs a package", None),
            }
        }
        RecipeAction::Verify => verify(model, None),
        RecipeAction::Keep => ask(model, "", SaveWhat::Keep),
        RecipeAction::Try => try_in_prod(model),
        RecipeAction::Commit => ask(model, "", SaveWhat::Commit),
        RecipeAction::Look => look(model),
    }
}

fn pane(model: &mut Model) -> Option<&mut Recipe> {
    model.joined.as_mut().map(|joined| &mut joined.recipe)
}

fn copied(model: &mut Model, text: String, words: &str) -> Vec<Effect> {
    let mut effects = vec![Effect::Copy(text)];
    effects.extend(model.toasts.say(Tone::Good, words, Some(CLIPBOARD)));
    effects
}

/// Brings the pane into sight; what it shows is asked for in [`entered`].
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        joined.show(Pane::Recipe);
    }
    Vec::new()
}

/// The pane has come into sight: what the session has made by now is looked for.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    look(model)
}

fn look(model: &mut Model) -> Vec<Effect> {
    let task = model.numbers.task();
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let twin = joined.twin().clone();
    let before = joined.recipe.looking.replace(task);
    let mut effects: Vec<Effect> = before.map(Effect::Cancel).into_iter().collect();
    effects.push(Effect::Recipe(RecipeEffect::Look {
        task,
        twin,
        record: Box::new(joined.recipe.record.clone()),
    }));
    effects
}

/// Writes the record down, and the recipe anew.
fn changed(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    joined.recipe.rewrite();
    let labels = &joined.attached.twin.plan.labels;
    let session = labels.get(label::SESSION).cloned().unwrap_or_default();
    vec![Effect::Recipe(RecipeEffect::Keep {
        session,
        twin: joined.twin().clone(),
        record: Box::new(joined.recipe.record.clone()),
    })]
}

/// Commands have ended in a shell of the twin.
pub(super) fn ran(model: &mut Model, ran: &[Ran]) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    let mut new = false;
    for ran in ran {
        new |= pane.record.ran(ran);
    }
    if new { changed(model) } else { Vec::new() }
}

/// Packages were changed.
pub(super) fn packages(model: &mut Model, what: &Changed) -> Vec<Effect> {
    match pane(model).map(|pane| pane.record.changed(what)) {
        Some(true) => changed(model),
        Some(false) | None => Vec::new(),
    }
}

/// What the pane asked for is answered.
pub(super) fn told(model: &mut Model, task: TaskId, what: RecipeTold) -> Vec<Effect> {
    match what {
        RecipeTold::Found(found) => self::found(model, task, found),
        RecipeTold::News(news) => {
            let pane = pane(model).and_then(|pane| pane.verifying.as_mut());
            match pane.filter(|verifying| verifying.task == Some(task)) {
                Some(verifying) => verifying.news(news),
                None => model.quiet = true,
            }
            Vec::new()
        }
        RecipeTold::Verified(result) => verified(model, task, result),
        RecipeTold::Committed(name, Ok(())) => {
            let hint = format!("docker run --rm -it {name}");
            model.toasts.say(
                Tone::Good,
                &format!("the twin is kept as the image {name}"),
                Some(&hint),
            )
        }
        RecipeTold::Committed(_, Err(error)) => model.toasts.error(&error),
    }
}

fn found(model: &mut Model, task: TaskId, found: Result<Box<Found>>) -> Vec<Effect> {
    let Some(pane) = pane(model).filter(|pane| pane.looking == Some(task)) else {
        model.quiet = true;
        return Vec::new();
    };
    pane.told(found.map(|found| *found));
    Vec::new()
}

fn verified(model: &mut Model, task: TaskId, result: Result<Box<Verified>>) -> Vec<Effect> {
    let seen = model
        .joined
        .as_ref()
        .is_some_and(|joined| joined.pane == Pane::Recipe);
    let pane = pane(model).and_then(|pane| pane.verifying.as_mut());
    let Some(verifying) = pane.filter(|verifying| verifying.task == Some(task)) else {
        model.quiet = true;
        return Vec::new();
    };
    verifying.task = None;
    let (tone, text) = match &result {
        Ok(report) if report.holds() => (Tone::Good, "the recipe holds".to_owned()),
        Ok(_) => (Tone::Bad, "the recipe does not hold".to_owned()),
        Err(error) if error.kind == ErrorKind::Cancelled => {
            (Tone::News, "given up; nothing is left of it".into())
        }
        Err(error) => (
            Tone::Bad,
            format!("the recipe could not be verified: {}", error.message),
        ),
    };
    verifying.result = Some(result.map(|report| *report));
    if seen {
        return Vec::new();
    }
    model.toasts.say(tone, &text, Some("Alt-9 shows it"))
}

fn turn(model: &mut Model, by: usize) -> Vec<Effect> {
    if let Some(pane) = pane(model) {
        let at = Part::ALL
            .iter()
            .position(|part| *part == pane.part())
            .unwrap_or(0);
        pane.turn_to(Part::ALL[(at + by) % Part::ALL.len()]);
    }
    Vec::new()
}

/// Does something to the chosen step.
fn steps(model: &mut Model, act: impl FnOnce(&mut Recipe, usize) -> bool) -> Vec<Effect> {
    let Some(pane) = pane(model).filter(|pane| pane.part() == Part::Steps) else {
        model.quiet = true;
        return Vec::new();
    };
    let done = pane.step().is_some_and(|at| act(pane, at));
    if !done {
        model.quiet = true;
        return Vec::new();
    }
    let mut effects = changed(model);
    effects.extend(stale(model));
    effects
}

fn shift(model: &mut Model, down: bool) -> Vec<Effect> {
    steps(model, |pane, at| {
        let to = pane.record.shift(at, down);
        if let Some(to) = to {
            pane.choose_step(to);
        }
        to.is_some()
    })
}

fn mark(model: &mut Model) -> Vec<Effect> {
    match pane(model).map(|pane| pane.part()) {
        Some(Part::Steps) => steps(model, |pane, at| pane.record.mark_next(at)),
        Some(Part::Files) => {
            if !pane(model).is_some_and(Recipe::pick) {
                model.quiet = true;
                return Vec::new();
            }
            let mut effects = changed(model);
            effects.extend(stale(model));
            effects
        }
        Some(Part::Text) | None => {
            model.quiet = true;
            Vec::new()
        }
    }
}

fn undo(model: &mut Model) -> Vec<Effect> {
    if !pane(model).is_some_and(|pane| pane.record.undo()) {
        return model
            .toasts
            .say(Tone::News, "there is no edit to take back", None);
    }
    let mut effects = changed(model);
    effects.extend(stale(model));
    effects
}

/// Says that the person's own Dockerfile does not follow the steps any more.
fn stale(model: &mut Model) -> Vec<Effect> {
    if !pane(model).is_some_and(|pane| pane.is_own()) {
        return Vec::new();
    }
    let text = "the Dockerfile is your own by now: it stays as it is";
    model
        .toasts
        .say(Tone::News, text, Some("w writes it anew from the steps"))
}

fn edit(model: &mut Model) -> Vec<Effect> {
    if pane(model).map(|pane| pane.part()) == Some(Part::Files) {
        return mark(model);
    }
    model.quiet = !pane(model).is_some_and(Recipe::edit);
    Vec::new()
}

fn done(model: &mut Model) -> Vec<Effect> {
    if pane(model).is_some_and(Recipe::done) {
        let mut effects = changed(model);
        effects.extend(stale(model));
        return effects;
    }
    Vec::new()
}

/// Enter, beside a popup.
pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    edit(model)
}

/// One step back: a verification that runs is given up, one that has ended is put away. None when there is neither.
pub(super) fn back(model: &mut Model) -> Option<Vec<Effect>> {
    let pane = pane(model)?;
    let verifying = pane.verifying.as_ref()?;
    if let Some(task) = verifying.task {
        return Some(vec![Effect::Cancel(task)]);
    }
    pane.verifying = None;
    Some(Vec::new())
}

/// A key of the text under edit.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    model.quiet = !pane(model)
        .and_then(Recipe::editing_mut)
        .is_some_and(|area| area.key(key));
    Vec::new()
}

/// Pasted text, for the text under edit.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    model.quiet = !pane(model)
        .and_then(Recipe::editing_mut)
        .is_some_and(|area| area.paste(text));
    Vec::new()
}

/// Moves within the part that has the keys.
pub(super) fn go(model: &mut Model, by: Move) -> Vec<Effect> {
    match pane(model).map(|pane| pane.part()) {
        Some(part) => go_in(model, part, by),
        None => Vec::new(),
    }
}

/// Moves within a part.
pub(super) fn go_in(model: &mut Model, part: Part, by: Move) -> Vec<Effect> {
    let laid = &model.laid.recipe;
    let rows = match part {
        Part::Steps => laid.steps,
        Part::Files => laid.files,
        Part::Text => laid.text,
    };
    let lines = laid.lines;
    if let Some(pane) = pane(model) {
        pane.go(part, by, rows.height.into(), lines);
    }
    Vec::new()
}

/// A click gives a part the keys, and chooses in it; on what is chosen already it marks.
pub(super) fn point(model: &mut Model, part: Part, row: usize) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    let had = pane.part() == part;
    pane.turn_to(part);
    let before = pane.at(part, 1).0;
    go_in(model, part, Move::Row(row));
    let after = self::pane(model).map(|pane| pane.at(part, 1).0);
    if had && part != Part::Text && after == Some(before) {
        return mark(model);
    }
    Vec::new()
}

fn ask(model: &mut Model, begin: &str, what: SaveWhat) -> Vec<Effect> {
    let empty = pane(model).is_none_or(|pane| pane.dockerfile().is_empty());
    if empty && what != SaveWhat::Commit {
        return model
            .toasts
            .say(Tone::News, "there is no Dockerfile yet", None);
    }
    model
        .popups
        .push(Popup::Save(Box::new(Save::new(begin, what))));
    Vec::new()
}

/// Asks for the file that the Dockerfile is to go to; meanwhile a name that is free is looked for.
fn ask_where(model: &mut Model) -> Vec<Effect> {
    let effects = ask(model, FILE, SaveWhat::Recipe);
    if !matches!(model.popups.last(), Some(Popup::Save(_))) {
        return effects;
    }
    let other = |n| match n {
        1 => format!("{FILE}.devtwin"),
        n => format!("{FILE}.devtwin-{n}"),
    };
    let names = std::iter::once(FILE.to_owned()).chain((1..=OTHERS).map(other));
    vec![Effect::Free(names.collect())]
}

/// A name is free in place of the one that was offered: it is offered, unless the person has written by then.
pub(super) fn free(model: &mut Model, offered: &str, free: &str) -> Vec<Effect> {
    match model.popups.last_mut() {
        Some(Popup::Save(save)) if save.line.text() == offered => {
            **save = Save::new(free, save.what);
        }
        Some(_) | None => model.quiet = true,
    }
    Vec::new()
}

/// Acts on a path or name that the person has given.
pub(super) fn named(model: &mut Model, what: SaveWhat, name: &str) -> Vec<Effect> {
    let name = name.to_owned();
    match what {
        SaveWhat::Keep => verify(model, Some(name)),
        SaveWhat::Commit => {
            let task = model.numbers.task();
            let Some(joined) = &model.joined else {
                return Vec::new();
            };
            let twin = joined.twin().clone();
            let text = format!("making the image {} of the twin …", bounded(&name, 60));
            let mut effects = vec![Effect::Recipe(RecipeEffect::Commit { task, twin, name })];
            effects.extend(model.toasts.say(Tone::News, &text, None));
            effects
        }
        SaveWhat::Recipe
        | SaveWhat::Marked
        | SaveWhat::Shell
        | SaveWhat::Log
        | SaveWhat::Download
        | SaveWhat::Upload => {
            let text = pane(model).map(|pane| pane.dockerfile());
            let save = text.map(|text| Effect::Save { path: name, text });
            save.into_iter().collect()
        }
    }
}

/// Runs the production image with the picked files at their places.
fn try_in_prod(model: &mut Model) -> Vec<Effect> {
    let Some((paths, argv)) = pane(model).map(|pane| pane.trial()) else {
        return Vec::new();
    };
    if paths.is_empty() {
        let hint = "Tab goes to the files, Space picks one";
        return model
            .toasts
            .say(Tone::News, "no file is picked", Some(hint));
    }
    tryout::try_in_prod(model, paths, argv)
}

/// Builds, runs and compares; a second wish gives the first one up.
fn verify(model: &mut Model, keep: Option<String>) -> Vec<Effect> {
    let running = pane(model).and_then(|pane| pane.verifying.as_ref()?.task);
    if let Some(task) = running {
        return vec![Effect::Cancel(task)];
    }
    let task = model.numbers.task();
    let order = pane(model).and_then(|pane| pane.order(keep));
    let Some(order) = order.filter(|order| !order.dockerfile.is_empty()) else {
        return model
            .toasts
            .say(Tone::News, "there is nothing to build yet", None);
    };
    if let Some(pane) = pane(model) {
        pane.verifying = Some(Verifying {
            task: Some(task),
            doing: "beginning".into(),
            ..Verifying::default()
        });
    }
    vec![Effect::Recipe(RecipeEffect::Verify {
        task,
        order: Box::new(order),
    })]
}

/// The docker command that builds what the pane shows, once it is saved: with the mounted directory as its context, else with none.
pub(super) fn equivalent(pane: &Recipe) -> String {
    let sources = pane.found().map(|found| &found.facts.sources);
    let context = sources.and_then(|sources| sources.first()?.host.as_deref());
    match context {
        Some(context) => format!("docker build --file {FILE} {}", quote(context)),
        None => format!("docker build - < {FILE}"),
    }
}
