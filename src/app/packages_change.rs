//! A change of packages from the wish to its end, and what the manager tells meanwhile.

use super::action::Action;
use super::keymap::Focus;
use super::packages_action::PackagesAction;
use super::packages_perform::{ask, is_alive, refuse, rest};
use super::panes::Pane;
use super::panes::packages::missing::{Answer, commands, look_up};
use super::panes::packages::shelf::Came;
use super::panes::packages::trial::Trial;
use super::panes::packages::words::{count, outcome, wish};
use super::popup::{Confirm, InstalledChoice, Popup};
use super::recipe_perform;
use super::toast::Tone;
use super::{Effect, Model, TaskId, installed_choices};
use crate::domain::error::Result;
use crate::domain::packages::remembered::family_of;
use crate::domain::packages::{Change, Finished, News, Outcome, Stock, Transaction, Verb};

/// Enter on the list: what is absent is installed; of what is there a person chooses what becomes of it.
pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    let Some(pane) = model.joined.as_ref().map(|joined| &joined.packages) else {
        return Vec::new();
    };
    if pane.work.is_open() {
        return if pane.work.task().is_none() {
            super::packages_perform::back(model).unwrap_or_default()
        } else {
            Vec::new()
        };
    }
    if pane.concerned().is_empty() {
        model.quiet = true;
        return Vec::new();
    }
    if let Some(change) = pane.intent().filter(|c| c.verb == Verb::Install) {
        return want(model, change.verb, &change.names);
    }
    let names = pane.concerned();
    if installed_choices(model, &names).len() <= 1 {
        // Nothing of it is there, and it is no name that could be installed: the refusal says why.
        return want(model, Verb::Install, &names);
    }
    if let Some(refusal) = refuse(model) {
        return refusal;
    }
    model.popups.push(Popup::Installed(names, 0));
    Vec::new()
}

/// Acts on an answer.
pub(super) fn choose(model: &mut Model, choice: InstalledChoice, names: &[String]) -> Vec<Effect> {
    model.popups.clear();
    match choice {
        InstalledChoice::Upgrade => want(model, Verb::Upgrade, names),
        InstalledChoice::Remove => want(model, Verb::Remove, names),
        InstalledChoice::Back => Vec::new(),
    }
}

/// Shows what a change would do, for the person to confirm; asks when it is not known.
pub(super) fn want(model: &mut Model, verb: Verb, names: &[String]) -> Vec<Effect> {
    if let Some(refusal) = refuse(model) {
        return refusal;
    }
    let change = match Change::new(verb, names) {
        Ok(change) => change,
        Err(error) => return model.toasts.error(&error),
    };
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let twin = joined.twin().clone();
    let own = joined.packages.trial.as_mut();
    let mut own = own.filter(|trial| *trial.change() == change && !trial.has_failed());
    let mut trial = own
        .as_deref()
        .map_or_else(|| Trial::new(change.clone()), Trial::clone);
    let mut effects = Vec::new();
    if trial.is_resting() {
        let task = model.numbers.task();
        trial.ask(task);
        if let Some(own) = &mut own {
            own.ask(task);
        }
        effects.push(Effect::Simulate { task, twin, change });
    }
    let confirm = Confirm { trial, top: 0 };
    model.popups.push(Popup::Change(Box::new(confirm)));
    effects
}

/// The person has seen what a change would do, and wants it.
pub(super) fn confirm(model: &mut Model, confirm: Box<Confirm>) -> Vec<Effect> {
    if confirm.trial.asked().is_some() {
        // Who presses Enter before the answer is there has not seen what it is about.
        model.popups.push(Popup::Change(confirm));
        return Vec::new();
    }
    let Some(told) = confirm.trial.possible() else {
        return Vec::new();
    };
    if let Some(refusal) = refuse(model) {
        return refusal;
    }
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let task = model.numbers.task();
    let change = confirm.trial.change().clone();
    let pane = &mut joined.packages;
    let before = pane.trial.take().and_then(|trial| trial.asked());
    pane.work.begin(task, told);
    joined.show(Pane::Packages);
    model.popups.clear();
    let twin = joined.twin().clone();
    let change = Effect::Change { task, twin, change };
    let stop = before.map(Effect::Cancel);
    stop.into_iter().chain([change]).collect()
}

/// What a change would do was told.
pub(super) fn simulated(
    model: &mut Model,
    task: TaskId,
    result: &Result<Box<Transaction>>,
) -> Vec<Effect> {
    model.quiet = true;
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let pane = &mut joined.packages;
    let stock = pane.shelf.stock();
    let mut wanted = false;
    for popup in &mut model.popups {
        if let Popup::Change(confirm) = popup {
            wanted |= confirm.trial.came(task, result, stock);
        }
    }
    if let Some(trial) = &mut pane.trial {
        wanted |= trial.came(task, result, stock) && joined.pane == Pane::Packages;
    }
    model.quiet = !wanted;
    Vec::new()
}

/// Something is told of a change that runs, or of a question.
pub(super) fn news(model: &mut Model, task: TaskId, news: &News) -> Vec<Effect> {
    model.quiet = true;
    if let Some(joined) = &mut model.joined {
        let pane = &mut joined.packages;
        let badge = pane.badge();
        let told = pane.work.told(task, news) || pane.shelf.told(task, news);
        let seen = joined.pane == Pane::Packages || pane.badge() != badge;
        model.quiet = !(told && seen);
    }
    Vec::new()
}

/// What can be had was told.
pub(super) fn stocked(model: &mut Model, task: TaskId, result: Result<Box<Stock>>) -> Vec<Effect> {
    model.quiet = true;
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let pane = &mut joined.packages;
    match pane.shelf.came(task, result) {
        Came::Late => Vec::new(),
        Came::Failed(error) => {
            pane.missing.waiting.clear();
            model.quiet = false;
            model.toasts.error(&error)
        }
        Came::Well { again } => {
            pane.found.stocked(pane.shelf.stock());
            let seen = joined.pane == Pane::Packages;
            model.quiet = !seen;
            let stock = pane.shelf.stock().filter(|_| again && seen);
            let fetched = stock
                .filter(|stock| stock.troubles.is_empty())
                .map(|stock| format!("the indexes are new: {}", count(stock.catalogue.len())));
            let mut effects = afresh(model);
            if let Some(text) = fetched {
                effects.extend(model.toasts.say(Tone::Good, &text, None));
            }
            effects.extend(answer_missing(model));
            effects
        }
    }
}

/// What was tried before may differ now.
fn afresh(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let before = joined.packages.trial.take().and_then(|trial| trial.asked());
    // A popup may wait for the same answer.
    let waits = |popup: &Popup| matches!(popup, Popup::Change(c) if c.trial.asked() == before);
    let before = before.filter(|_| !model.popups.iter().any(waits));
    let mut effects: Vec<Effect> = before.map(Effect::Cancel).into_iter().collect();
    effects.extend(rest(model));
    effects
}

/// A change came to its end.
pub(super) fn changed(
    model: &mut Model,
    task: TaskId,
    result: Result<Box<Finished>>,
) -> Vec<Effect> {
    model.quiet = true;
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let pane = &mut joined.packages;
    if pane.work.task() != Some(task) {
        return Vec::new();
    }
    model.quiet = false;
    let seen = joined.pane == Pane::Packages;
    let (tone, text);
    let mut effects = Vec::new();
    let mut recorded = None;
    match result {
        Ok(finished) => {
            let Finished {
                changed,
                installed,
                printed,
            } = *finished;
            (tone, text) = match changed.outcome {
                Outcome::Done | Outcome::Nothing => (Tone::Good, outcome(&changed).1),
                Outcome::Cancelled => (Tone::News, outcome(&changed).1),
                Outcome::Partly | Outcome::Failed => (Tone::Bad, outcome(&changed).1),
            };
            pane.shelf.changed(installed);
            pane.found.unmark(&changed.change.names);
            let family = family_of(&joined.attached.twin.plan.image);
            if model.settings.remembered.note(family, &changed) {
                effects.push(Effect::Remember {
                    family: family.to_owned(),
                    changed: Box::new(changed.clone()),
                });
            }
            joined.changes.add(changed.clone());
            recorded = Some(changed.clone());
            pane.work.end(task, Ok(changed), Some(&printed));
            pane.found.stocked(pane.shelf.stock());
        }
        Err(error) => {
            let change = pane.work.run().map(|run| wish(&run.change));
            tone = Tone::Bad;
            text = format!(
                "could not {}: {}",
                change.unwrap_or_default(),
                error.message
            );
            pane.work.end(task, Err(error), None);
            // How far it came is not known.
            pane.shelf.age();
        }
    }
    if let Some(changed) = recorded {
        effects.extend(recipe_perform::packages(model, &changed));
    }
    if !seen {
        let text = text.trim_start_matches(['✓', '✗', '!', '◌', ' ']);
        let hint = key_hint(model, Action::PackagesPane, Focus::Shell, "shows it");
        effects.extend(model.toasts.say(tone, text, hint.as_deref()));
    }
    let joined = model.joined.as_ref();
    if seen && is_alive(model) && joined.is_some_and(|j| j.packages.shelf.wants_asking()) {
        effects.extend(ask(model, false));
    } else {
        effects.extend(afresh(model));
    }
    effects
}

/// Names the key of an action, and what it does.
fn key_hint(model: &Model, action: Action, focus: Focus, does: &str) -> Option<String> {
    let settings = &model.settings;
    let key = settings.keymap.key(focus, action)?;
    let key = focus.typed(key, settings.leader);
    Some(format!("{key} {does}"))
}

/// Commands have ended in a shell: one that it did not find may be in a package, one that names the manager
/// may have changed what is installed.
pub(super) fn ran(model: &mut Model, ran: &[(String, Option<i32>)]) -> Vec<Effect> {
    /// What a shell says of a command that it does not find.
    const NOT_FOUND: i32 = 127;
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let pane = &mut joined.packages;
    let manager = pane.shelf.stock().map(|stock| stock.manager.id());
    let names = |text: &str| manager.is_some_and(|manager| text.contains(manager));
    if ran.iter().any(|(text, _)| names(text)) {
        pane.shelf.age();
    }
    let missing = ran.iter().rev().find(|(_, s)| *s == Some(NOT_FOUND));
    let words = missing.map(|(text, _)| commands(text)).unwrap_or_default();
    if words.is_empty() {
        return Vec::new();
    }
    pane.missing.waiting = words;
    if pane.shelf.stock().is_some() {
        return answer_missing(model);
    }
    let ask_first = pane.shelf.wants_asking();
    if ask_first && is_alive(model) {
        return ask(model, false);
    }
    Vec::new()
}

/// Says which package has the command that a shell did not find; nothing when none is known to.
fn answer_missing(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let pane = &mut joined.packages;
    let words = std::mem::take(&mut pane.missing.waiting);
    let stock = pane.shelf.stock();
    let found = stock.and_then(|stock| words.iter().find_map(|word| look_up(stock, word)));
    let Some(Answer { command, package }) = found.clone() else {
        return Vec::new();
    };
    pane.missing.found = found;
    model.quiet = false;
    let action = Action::Packages(PackagesAction::InstallMissing);
    let hint = key_hint(model, action, Focus::Leader, "installs it");
    let text = format!("{command} is in the package {package}");
    model.toasts.say(Tone::News, &text, hint.as_deref())
}
