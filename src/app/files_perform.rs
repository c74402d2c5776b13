//! What follows from an action on the files pane, and from what is told of files.

use crossterm::event::{KeyCode, KeyEvent};

use super::effect::FilesEffect;
use super::files_action::FilesAction;
use super::line::Line;
use super::panes::Pane;
use super::panes::entrypoint::Move;
use super::panes::files::view::{How, View};
use super::panes::files::{Files, Row, details};
use super::toast::Tone;
use super::{Effect, Model, files_carry};
use crate::domain::error::{Error, ErrorKind};
use crate::domain::files::{Ask, Entry, Kind, Place, Root, names, within};
use crate::domain::target::Event;

/// Does what the person asked of the pane.
pub(super) fn perform(model: &mut Model, action: FilesAction) -> Vec<Effect> {
    match action {
        FilesAction::Show(root) => turn_to(model, root),
        FilesAction::Turn(forth) => {
            let all = roots(model);
            let Some(pane) = pane(model) else {
                return Vec::new();
            };
            let at = all.iter().position(|root| *root == pane.root());
            let by = if forth {
                1
            } else {
                all.len().saturating_sub(1)
            };
            let next = (at.unwrap_or(0) + by) % all.len().max(1);
            all.get(next)
                .map_or_else(Vec::new, |root| turn_to(model, *root))
        }
        FilesAction::Up => up(model),
        // Letters filter by themselves.
        FilesAction::Filter => Vec::new(),
        FilesAction::Look => look(model),
        FilesAction::Marks => marks(model),
        FilesAction::Diff => diff(model),
        FilesAction::Download => files_carry::ask_where(model),
        FilesAction::Upload => files_carry::ask_what(model),
        FilesAction::Stop => stop(model),
        FilesAction::Text => show_as(model, How::Text),
        FilesAction::Hex => show_as(model, How::Hex),
        FilesAction::Elf => show_as(model, How::Elf),
        FilesAction::Close => {
            if let Some(pane) = pane(model) {
                pane.open(None);
            }
            Vec::new()
        }
    }
}

pub(super) fn pane(model: &mut Model) -> Option<&mut Files> {
    model.joined.as_mut().map(|joined| &mut joined.files)
}

/// The roots that there are.
pub fn roots(model: &Model) -> Vec<Root> {
    let joined = model.joined.as_ref();
    let target = joined.is_some_and(|joined| !joined.is_explorer());
    let there = |root: &Root| target || *root != Root::Target;
    Root::ALL.into_iter().filter(there).collect()
}

/// Whose files are browsed.
pub(super) fn place(model: &Model) -> Option<Place> {
    let joined = model.joined.as_ref()?;
    let (twin, target) = (&joined.attached.twin, &joined.attached.target);
    let image = if target.image_id.is_empty() {
        &target.image
    } else {
        &target.image_id
    };
    Some(Place {
        // The target of an explorer is its own twin.
        target: (!joined.is_explorer()).then(|| target.id.clone()),
        target_image: image.clone(),
        dev_image: twin.plan.image.clone(),
        twin: twin.clone(),
    })
}

/// Brings the pane into sight; what it shows is asked for in [`entered`].
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        joined.show(Pane::Files);
    }
    Vec::new()
}

/// The pane has come into sight: somebody answers as long as it is, and what it shows is looked at.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined
        && joined.is_explorer()
        && joined.files.root() == Root::Target
    {
        joined.files.turn_to(Root::Twin);
    }
    let mut effects = begin(model);
    effects.extend(ask_all(model, false));
    effects
}

/// Begins to have questions answered.
fn begin(model: &mut Model) -> Vec<Effect> {
    let Some(place) = place(model) else {
        return Vec::new();
    };
    let task = model.numbers.task();
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    pane.leave();
    pane.task = Some(task);
    model.sight.feed(task);
    let place = Box::new(place);
    vec![Effect::Files(FilesEffect::Browse { task, place })]
}

/// Asks for what is in sight: the directory, and the open file.
pub(super) fn ask_all(model: &mut Model, anew: bool) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    let list = Ask::List {
        root: pane.root(),
        dir: pane.dir().to_owned(),
    };
    let mut effects = ask(pane, list, anew);
    effects.extend(ask_view(pane));
    effects
}

/// Asks, unless the same is asked already, or nobody answers.
pub(super) fn ask(pane: &mut Files, ask: Ask, anew: bool) -> Vec<Effect> {
    let Some(task) = pane.task.filter(|_| !pane.awaited.contains(&ask)) else {
        return Vec::new();
    };
    pane.awaited.push(ask.clone());
    vec![Effect::Files(FilesEffect::Ask { task, ask, anew })]
}

/// Asks for what the open file needs and does not have.
pub(super) fn ask_view(pane: &mut Files) -> Vec<Effect> {
    let Some(view) = pane.view().filter(|view| view.error.is_none()) else {
        return Vec::new();
    };
    let (root, path) = (view.root, view.path.clone());
    let mut asks: Vec<Ask> = view
        .wants()
        .into_iter()
        .map(|offset| Ask::Piece {
            root,
            path: path.clone(),
            offset,
        })
        .collect();
    if view.how() == How::Elf && view.elf.is_none() && view.is_elf() {
        asks.push(Ask::Elf {
            root,
            path: path.clone(),
        });
    }
    if view.how() == How::Diff && view.diff.is_none() {
        asks.push(Ask::Diff {
            root: production(root),
            path,
        });
    }
    asks.into_iter().flat_map(|a| ask(pane, a, false)).collect()
}

/// The side from which a difference is told: production.
fn production(root: Root) -> Root {
    match root {
        Root::Target | Root::Twin => Root::Target,
        Root::TargetImage | Root::DevImage => Root::TargetImage,
    }
}

/// Looks again.
fn look(model: &mut Model) -> Vec<Effect> {
    let running = pane(model).is_some_and(|pane| pane.task.is_some());
    let mut effects = if running { Vec::new() } else { begin(model) };
    if let Some(pane) = pane(model) {
        if let Some(view) = pane.view_mut() {
            view.forget();
            effects.extend(ask_view(pane));
            return effects;
        }
        let (root, dir) = (pane.root(), pane.dir().to_owned());
        effects.extend(ask(pane, Ask::List { root, dir }, true));
    }
    effects
}

fn turn_to(model: &mut Model, root: Root) -> Vec<Effect> {
    if !roots(model).contains(&root) {
        let text = "an image is explored: there is no target container";
        return model.toasts.say(Tone::News, text, None);
    }
    let mut effects = unless_streaming(model);
    let Some(pane) = pane(model) else {
        return effects;
    };
    pane.open(None);
    pane.turn_to(root);
    effects.extend(ask_all(model, false));
    effects
}

/// Whoever streams a root by answers nothing else: another one is begun in their place.
fn unless_streaming(model: &mut Model) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    let slow = |ask: &Ask| ask.root().is_image();
    let busy = pane.streamed().is_some() || pane.awaited.iter().any(slow);
    let Some(task) = pane.task.filter(|_| busy) else {
        return Vec::new();
    };
    model.sight.forget(task);
    let mut effects = vec![Effect::Cancel(task)];
    effects.extend(begin(model));
    effects
}

/// Goes to a directory of the root in sight; `wanted` is chosen there.
fn go_to(model: &mut Model, dir: String, wanted: Option<String>) -> Vec<Effect> {
    if let Some(pane) = pane(model) {
        pane.go_to(dir, wanted);
    }
    ask_all(model, false)
}

fn up(model: &mut Model) -> Vec<Effect> {
    match pane(model).and_then(|pane| pane.above()) {
        Some((dir, name)) => go_to(model, dir, Some(name)),
        None => Vec::new(),
    }
}

/// Enter: into a directory, or a file; a link leads to either.
pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    if pane.view().is_some() || pane.is_going() {
        return Vec::new();
    }
    match pane.chosen() {
        None => Vec::new(),
        Some(Row::Up) => up(model),
        Some(Row::There(_)) => {
            let other = pane.root().other();
            let text = format!("only {} has it", other.words());
            let hint = format!("Tab goes to {}", other.title());
            model.toasts.say(Tone::News, &text, Some(&hint))
        }
        Some(row @ Row::Here(_)) => {
            let entry = pane.entry(row).cloned();
            let dir = pane.listing().map(|listing| listing.dir.clone());
            match entry.zip(dir) {
                Some((entry, dir)) => enter(model, &dir, entry),
                None => Vec::new(),
            }
        }
    }
}

fn enter(model: &mut Model, dir: &str, entry: Entry) -> Vec<Effect> {
    let path = within(dir, &entry.name);
    if let Some(why) = entry.kind.unreadable() {
        let text = format!("{} {why}", names::shown(&entry.name));
        return model.toasts.say(Tone::News, &text, None);
    }
    match entry.kind {
        // Where a link leads is found out by asking for it.
        Kind::Dir | Kind::Link(_) => go_to(model, path, None),
        Kind::File
        | Kind::Hardlink(_)
        | Kind::Pipe
        | Kind::Socket
        | Kind::Char(_)
        | Kind::Block(_)
        | Kind::Special => open(model, path, entry),
    }
}

pub(super) fn open(model: &mut Model, path: String, entry: Entry) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    pane.open(Some(View::new(pane.root(), path, entry)));
    ask_view(pane)
}

fn show_as(model: &mut Model, how: How) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    let Some(view) = pane.view_mut() else {
        return Vec::new();
    };
    if how == How::Elf && !view.is_elf() {
        let text = "it is no ELF file: no program, no library";
        return model.toasts.say(Tone::News, text, None);
    }
    view.turn_to(how);
    ask_view(pane)
}

/// Marks what differs from the other side in this directory, or ends it.
fn marks(model: &mut Model) -> Vec<Effect> {
    if no_other_side(model) {
        return no_other(model);
    }
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    if pane.listing().is_none() || !pane.turn_marks() {
        return Vec::new();
    }
    let (root, dir) = (pane.root().other(), pane.dir().to_owned());
    ask(pane, Ask::List { root, dir }, false)
}

fn diff(model: &mut Model) -> Vec<Effect> {
    if no_other_side(model) {
        return no_other(model);
    }
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    if pane.view().is_some() {
        return show_as(model, How::Diff);
    }
    let chosen = pane.chosen().and_then(|row| pane.entry(row).cloned());
    let (Some(entry), Some(listing)) = (chosen, pane.listing()) else {
        return Vec::new();
    };
    match entry.kind {
        Kind::File | Kind::Hardlink(_) => {
            let path = within(&listing.dir, &entry.name);
            let mut view = View::new(pane.root(), path, entry);
            view.turn_to(How::Diff);
            pane.open(Some(view));
            ask_view(pane)
        }
        // Of a directory the difference is told in the list.
        Kind::Dir
        | Kind::Link(_)
        | Kind::Pipe
        | Kind::Socket
        | Kind::Char(_)
        | Kind::Block(_)
        | Kind::Special => marks(model),
    }
}

fn no_other_side(model: &Model) -> bool {
    let all = roots(model);
    let joined = model.joined.as_ref();
    joined.is_some_and(|joined| !all.contains(&joined.files.root().other()))
}

fn no_other(model: &mut Model) -> Vec<Effect> {
    let text = "there is no other side: an image is explored, and no container of it is here";
    let hint = "the images have each other: Tab goes to them";
    model.toasts.say(Tone::News, text, Some(hint))
}

/// Gives up what is being copied, else what is being read.
fn stop(model: &mut Model) -> Vec<Effect> {
    if let Some(carry) = pane(model).and_then(|pane| pane.carry.as_ref()) {
        return vec![Effect::Cancel(carry.task)];
    }
    give_up(model).unwrap_or_default()
}

/// Gives up reading a root that streams by; none when none does.
fn give_up(model: &mut Model) -> Option<Vec<Effect>> {
    let pane = pane(model)?;
    if pane.listing().is_some() || !pane.is_waiting() || !pane.root().is_image() {
        return None;
    }
    let (root, dir) = (pane.root(), pane.dir().to_owned());
    let effects = unless_streaming(model);
    let error = Error::new(ErrorKind::Cancelled, "reading the image was given up");
    let error = error.hint("Ctrl-R begins anew");
    if let Some(joined) = &mut model.joined {
        joined.files.refused(root, &dir, error);
    }
    Some(effects)
}

/// One step back: the open file, what is sought, what is being read. None when there is nothing to take back.
pub(super) fn back(model: &mut Model) -> Option<Vec<Effect>> {
    let pane = pane(model)?;
    if pane.view().is_some() {
        pane.open(None);
        return Some(Vec::new());
    }
    if !pane.filter().is_empty() {
        pane.edit_filter(|line| {
            line.clear();
            true
        });
        return Some(Vec::new());
    }
    if pane.error().is_some() && pane.stay() {
        return Some(Vec::new());
    }
    give_up(model)
}

/// Moves within the list, or the open file.
pub(super) fn go(model: &mut Model, by: Move) -> Vec<Effect> {
    let (list, text) = (model.laid.files, model.laid.file);
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    let Some(view) = pane.view_mut() else {
        pane.go(by, list.height.into());
        return Vec::new();
    };
    let lines = match view.how() {
        How::Elf => details::elf(view).len(),
        How::Diff => details::diff(view).len(),
        How::Text | How::Hex => 0,
    };
    view.go(by, text.width.into(), text.height.into(), lines);
    ask_view(pane)
}

/// A click on a row; one on the chosen row opens it.
pub(super) fn click(model: &mut Model, row: usize) -> Vec<Effect> {
    let rows = model.laid.files.height.into();
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    let (at, top) = pane.at(rows);
    if top + row >= pane.rows().len() {
        return Vec::new();
    }
    if at == top + row {
        return accept(model);
    }
    pane.go(Move::Row(row), rows);
    Vec::new()
}

/// A key of the filter; an empty one goes up instead.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    if key.code == KeyCode::Backspace && pane.filter().is_empty() {
        return up(model);
    }
    edit(model, |line| line.key(key))
}

/// Pasted text, for the filter.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    edit(model, |line| line.paste(text))
}

fn edit(model: &mut Model, edit: impl FnOnce(&mut Line) -> bool) -> Vec<Effect> {
    if let Some(pane) = pane(model) {
        model.quiet = !pane.edit_filter(edit);
    }
    Vec::new()
}

/// Something happened to the target while the pane is in sight: its root may be seen otherwise now.
pub(super) fn event(model: &mut Model, event: &Event) -> Vec<Effect> {
    if !matches!(event.action.as_str(), "start" | "die") {
        return Vec::new();
    }
    let Some(task) = pane(model).and_then(|pane| pane.task) else {
        return Vec::new();
    };
    model.sight.forget(task);
    let mut effects = vec![Effect::Cancel(task)];
    effects.extend(entered(model));
    effects
}
