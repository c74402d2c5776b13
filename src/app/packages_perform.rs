//! What follows from an action on the packages pane: search, marks, copies, and what the manager is asked.

use crossterm::event::KeyEvent;

use super::joined::Joined;
use super::packages_action::PackagesAction;
use super::packages_change as change;
use super::panes::Pane;
use super::panes::entrypoint::Move;
use super::panes::packages::Packages;
use super::panes::packages::trial::Trial;
use super::panes::packages::words::by_hand;
use super::popup::Popup;
use super::shell_perform::copy_text;
use super::toast::Tone;
use super::{Effect, Model, Timer, kits, last_time};
use crate::domain::error::{Error, ErrorKind};
use crate::domain::packages::{Change, Setup, Verb};

/// How long the selection rests before the manager is asked what comes with it: who scrolls past asks nothing.
const REST: std::time::Duration = std::time::Duration::from_millis(200);

/// Does what the person asked of the pane.
pub(super) fn perform(model: &mut Model, action: PackagesAction) -> Vec<Effect> {
    match action {
        PackagesAction::Refresh => refuse(model).unwrap_or_else(|| ask(model, true)),
        PackagesAction::Mark => {
            let rows = rows(model);
            on_pane(model, |pane| pane.found.mark(rows))
        }
        PackagesAction::Remove => remove(model),
        PackagesAction::UpgradeAll => change::want(model, Verb::Upgrade, &[]),
        PackagesAction::OnlyInstalled => {
            on_pane(model, |pane| pane.found.turn_only(pane.shelf.stock()))
        }
        PackagesAction::Toolkits => open_toolkits(model),
        PackagesAction::Again => again(model),
        PackagesAction::CopyLine => copy(model, |line, _| line),
        PackagesAction::CopyDockerfile => copy(model, |_, dockerfile| dockerfile),
        PackagesAction::Output => output(model),
        PackagesAction::LastChange => last_change(model),
        PackagesAction::Cancel => cancel(model),
        PackagesAction::InstallMissing => install_missing(model),
    }
}

/// Whether the twin lives.
pub(super) fn is_alive(model: &Model) -> bool {
    let joined = model.joined.as_ref();
    joined.is_some_and(|joined| !joined.shells.main().has_ended())
}

/// Why nothing can be asked of the manager now, said to the person; none when it can.
pub(super) fn refuse(model: &mut Model) -> Option<Vec<Effect>> {
    if !is_alive(model) {
        let error = Error::new(ErrorKind::Usage, "the twin has ended")
            .hint("launch a new twin; its packages went with it");
        return Some(model.toasts.error(&error));
    }
    let running = model.joined.as_ref()?.packages.work.task().is_some();
    running.then(|| {
        let error = Error::new(ErrorKind::Usage, "a change of packages is running")
            .hint("one at a time: wait for its end, or cancel it");
        model.toasts.error(&error)
    })
}

/// Acts on the pane; what is chosen may have changed.
fn on_pane(model: &mut Model, act: impl FnOnce(&mut Packages)) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        act(&mut joined.packages);
    }
    rest(model)
}

fn rows(model: &Model) -> usize {
    model.laid.packages.height.into()
}

/// Brings the pane into sight; what can be had is asked when it is not known yet, or may be of the past.
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    joined.show(Pane::Packages);
    let wanted = joined.packages.shelf.wants_asking() && joined.packages.work.task().is_none();
    if wanted && is_alive(model) {
        return ask(model, false);
    }
    rest(model)
}

/// Asks the manager what can be had and what is there. A question that is on its way is given up.
pub(super) fn ask(model: &mut Model, refresh: bool) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let task = model.numbers.task();
    let before = joined.packages.shelf.ask(task, refresh).map(Effect::Cancel);
    let twin = joined.twin().clone();
    let stock = Effect::Stock {
        task,
        twin,
        refresh,
    };
    before.into_iter().chain([stock]).collect()
}

/// The choice may have moved: what it would do is asked once it has rested.
pub(super) fn rest(model: &mut Model) -> Vec<Effect> {
    let alive = is_alive(model);
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    if !alive || joined.pane != Pane::Packages || joined.packages.work.task().is_some() {
        return Vec::new();
    }
    let rest = joined.packages.rest();
    let wait = rest
        .wait
        .map(|number| Effect::After(Timer::Trial(number), REST));
    rest.stop
        .map(Effect::Cancel)
        .into_iter()
        .chain(wait)
        .collect()
}

/// The choice has rested since that number was given.
pub(super) fn rested(model: &mut Model, number: u64) -> Vec<Effect> {
    model.quiet = true;
    let alive = is_alive(model);
    let Some(joined) = model.joined.as_mut().filter(|_| alive) else {
        return Vec::new();
    };
    let twin = joined.twin().clone();
    let pane = &mut joined.packages;
    let waits = pane.is_resting(number) && pane.work.task().is_none();
    let Some(trial) = pane.trial.as_mut().filter(|t| waits && t.is_resting()) else {
        return Vec::new();
    };
    let task = model.numbers.task();
    trial.ask(task);
    model.quiet = false;
    let change = trial.change().clone();
    vec![Effect::Simulate { task, twin, change }]
}

/// A key for the search.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let pane = &mut joined.packages;
    if pane.found.key(key, pane.shelf.stock()) {
        return rest(model);
    }
    model.quiet = true;
    Vec::new()
}

/// Pasted text for the search.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    on_pane(model, |pane| pane.found.paste(text, pane.shelf.stock()))
}

/// Moves the choice, or scrolls what became of a change.
pub(super) fn go(model: &mut Model, by: Move) -> Vec<Effect> {
    let (rows, text) = (rows(model), model.laid.package_text);
    on_pane(model, |pane| {
        if pane.work.is_open() {
            pane.work.go(by, text.width.into(), text.height.into());
        } else {
            pane.found.go(by, rows);
        }
    })
}

/// A click on a row; the second one is Enter.
pub(super) fn click(model: &mut Model, row: usize) -> Vec<Effect> {
    let rows = rows(model);
    let joined = model.joined.as_mut();
    let again = joined.and_then(|joined| joined.packages.found.click(row, rows));
    match again {
        Some(true) => change::accept(model),
        Some(false) => rest(model),
        None => {
            model.quiet = true;
            Vec::new()
        }
    }
}

/// One step back within the pane; none when there is no such step, and the pane is to be left.
pub(super) fn back(model: &mut Model) -> Option<Vec<Effect>> {
    let joined = model.joined.as_mut()?;
    let pane = &mut joined.packages;
    if pane.work.is_open() {
        if pane.work.task().is_some() {
            return Some(cancel(model));
        }
        pane.work.close();
        return Some(rest(model));
    }
    let cleared = pane.found.clear(pane.shelf.stock());
    cleared.then(|| rest(model))
}

fn remove(model: &mut Model) -> Vec<Effect> {
    let Some(pane) = model.joined.as_ref().map(|j| &j.packages) else {
        return Vec::new();
    };
    let Some(stock) = pane.shelf.stock() else {
        return Vec::new();
    };
    let there = |name: &String| stock.installed.packages.contains_key(name);
    let (here, absent): (Vec<_>, Vec<_>) = pane.concerned().into_iter().partition(there);
    match (here.is_empty(), absent.first()) {
        (false, _) => change::want(model, Verb::Remove, &here),
        (true, Some(name)) => {
            let text = format!("{name} is not installed");
            model.toasts.say(Tone::News, &text, None)
        }
        (true, None) => Vec::new(),
    }
}

/// The line and the Dockerfile's of the change that is of use now: what Enter would do, else what made it so. Until
/// the manager has told of it they lack what is configured, which only its desk knows.
fn lines(pane: &Packages) -> Option<(String, String)> {
    let manager = pane.shelf.stock()?.manager;
    let change = pane
        .intent()
        .or_else(|| Change::new(Verb::Install, &pane.concerned()).ok())?;
    let trial = pane.trial.as_ref().filter(|t| *t.change() == change);
    if let Some(told) = trial.and_then(Trial::told) {
        return Some((told.line.clone(), told.dockerfile.clone()));
    }
    let setup = Setup::default();
    Some((
        manager.line(&change, &setup),
        manager.dockerfile(&change, &setup),
    ))
}

fn copy(model: &mut Model, which: impl FnOnce(String, String) -> String) -> Vec<Effect> {
    let lines = model.joined.as_ref().and_then(|joined| {
        let pane = &joined.packages;
        if pane.work.is_open() {
            let (line, dockerfile) = pane.work.recipe()?;
            return Some((line.to_owned(), dockerfile.to_owned()));
        }
        lines(pane)
    });
    let text = lines.map(|(line, dockerfile)| which(line, dockerfile));
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        return copy_text(model, text);
    }
    let text = "there is no line to copy: nothing was done";
    model.toasts.say(Tone::News, text, None)
}

/// The docker command that does what the pane is about.
pub(super) fn equivalent(joined: &Joined) -> Option<String> {
    let pane = &joined.packages;
    let twin = &joined.attached.twin.plan.name;
    match pane.work.line().filter(|_| pane.work.is_open()) {
        Some(line) => by_hand(twin, line),
        None => by_hand(twin, &lines(pane)?.0),
    }
}

fn output(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let work = &mut joined.packages.work;
    if work.is_open() || work.reopen() {
        work.turn_raw();
        return Vec::new();
    }
    no_change(model)
}

fn no_change(model: &mut Model) -> Vec<Effect> {
    let text = "no package has been changed in this session";
    model.toasts.say(Tone::News, text, None)
}

fn last_change(model: &mut Model) -> Vec<Effect> {
    let joined = model.joined.as_mut();
    if joined.is_some_and(|joined| joined.packages.work.reopen()) {
        return Vec::new();
    }
    no_change(model)
}

fn cancel(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let pane = &mut joined.packages;
    if pane.work.task().is_some() {
        // A second wish finds it on its way already.
        return pane.work.cancel().map(Effect::Cancel).into_iter().collect();
    }
    if let Some(task) = pane.shelf.task() {
        return vec![Effect::Cancel(task)];
    }
    let text = "nothing of packages is running";
    model.toasts.say(Tone::News, text, None)
}

/// What runs in the twin of a session that ends is given up.
pub(super) fn abandon(model: &Model) -> Vec<Effect> {
    let pane = model.joined.as_ref().map(|joined| &joined.packages);
    let tasks = pane.map(|pane| [pane.work.task(), pane.shelf.task()]);
    let tasks = tasks.into_iter().flatten().flatten();
    tasks.map(Effect::Cancel).collect()
}

fn open_toolkits(model: &mut Model) -> Vec<Effect> {
    if let Some(refusal) = refuse(model) {
        return refusal;
    }
    if kits(model).is_empty() {
        let text = "no toolkit is known for this package manager";
        let hint = "the configuration's [toolkits] can name some";
        return model.toasts.say(Tone::News, text, Some(hint));
    }
    model.popups.push(Popup::Toolkits(0));
    Vec::new()
}

/// Installs of these packages those that are not there; what no repository has is said.
pub(super) fn install_set(model: &mut Model, what: &str, names: &[String]) -> Vec<Effect> {
    let joined = model.joined.as_ref();
    let Some(stock) = joined.and_then(|joined| joined.packages.shelf.stock()) else {
        let text = "it is not known yet what can be had";
        return model.toasts.say(Tone::News, text, None);
    };
    let parts = stock.catalogue.parts(stock.manager.id(), names);
    let unknown = parts.absent;
    let absent = |name: &String| !stock.installed.packages.contains_key(name);
    let known: Vec<String> = parts.present.into_iter().filter(absent).collect();
    let mut effects = Vec::new();
    if !unknown.is_empty() {
        let text = format!("no repository has {}", unknown.join(", "));
        let hint = format!("the rest of {what} can be installed");
        let hint = (!known.is_empty()).then_some(hint.as_str());
        effects.extend(model.toasts.say(Tone::News, &text, hint));
    }
    if !known.is_empty() {
        effects.extend(change::want(model, Verb::Install, &known));
    } else if unknown.is_empty() {
        let text = format!("all of {what} is there already");
        effects.extend(model.toasts.say(Tone::Good, &text, None));
    }
    effects
}

fn again(model: &mut Model) -> Vec<Effect> {
    let names = last_time(model);
    if names.is_empty() {
        let text = "nothing is left to install again";
        let hint = "what you install beside one image is offered beside the next of its family";
        return model.toasts.say(Tone::News, text, Some(hint));
    }
    change::want(model, Verb::Install, &names)
}

fn install_missing(model: &mut Model) -> Vec<Effect> {
    let joined = model.joined.as_ref();
    let found = joined.and_then(|joined| joined.packages.missing.found.clone());
    if let Some(answer) = found {
        // What offered it has done its work.
        model.toasts.clear();
        return change::want(model, Verb::Install, &[answer.package]);
    }
    let text = "no command was missing that a package is known to have";
    model.toasts.say(Tone::News, text, None)
}
