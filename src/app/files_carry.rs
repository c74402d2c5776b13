//! Copying a file of a root to the person's machine, and a file of theirs into the twin: from the wish through the
//! questions to what is asked of the runtime.

use super::effect::FilesEffect;
use super::files_perform::{pane, place};
use super::panes::files::{Carry, Row};
use super::popup::{Consent, Popup, Save, SaveWhat};
use super::toast::Tone;
use super::{Effect, Model, TaskId};
use crate::domain::files::{Entry, Kind, Root, last, names, within};
use crate::domain::target::ContainerId;

/// The path that is open or chosen, and whether it is a directory.
fn at_hand(model: &Model) -> Option<(Root, String, Entry)> {
    let pane = &model.joined.as_ref()?.files;
    if let Some(view) = pane.view() {
        return Some((view.root, view.path.clone(), view.entry.clone()));
    }
    let row = pane.chosen().filter(|row| matches!(row, Row::Here(_)))?;
    let entry = pane.entry(row)?.clone();
    let path = within(&pane.listing()?.dir, &entry.name);
    Some((pane.root(), path, entry))
}

/// Asks for the file that a copy is to go to.
pub(super) fn ask_where(model: &mut Model) -> Vec<Effect> {
    let Some((_, path, entry)) = at_hand(model) else {
        let text = "choose a file or directory first";
        return model.toasts.say(Tone::News, text, None);
    };
    if let Some(why) = entry.kind.unreadable() {
        let text = format!("{} {why}", names::shown(&entry.name));
        return model.toasts.say(Tone::News, &text, None);
    }
    let name: String = names::shown(last(&path))
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "._-+".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let end = if entry.kind == Kind::Dir { ".tar" } else { "" };
    let save = Save::new(&format!("./{name}{end}"), SaveWhat::Download);
    model.popups.push(Popup::Save(Box::new(save)));
    Vec::new()
}

/// Asks for the file that is to be copied into the twin.
pub(super) fn ask_what(model: &mut Model) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    if pane.root() != Root::Twin {
        let text = "files go into the twin alone, never into the target or an image";
        let hint = "Tab goes to the twin; open the directory there, then upload";
        return model.toasts.say(Tone::News, text, Some(hint));
    }
    if pane.listing().is_none() {
        return Vec::new();
    }
    let save = Save::new("./", SaveWhat::Upload);
    model.popups.push(Popup::Save(Box::new(save)));
    Vec::new()
}

/// Copies what is at hand to the file that was named.
pub(super) fn download(model: &mut Model, to: &str) -> Vec<Effect> {
    if let Some(carry) = pane(model).and_then(|pane| pane.carry.as_ref()) {
        let text = format!("{} is still being copied", carry.what);
        let hint = "Ctrl-X gives it up";
        return model.toasts.say(Tone::News, &text, Some(hint));
    }
    let (Some((root, path, entry)), Some(place)) = (at_hand(model), place(model)) else {
        return Vec::new();
    };
    let task = model.numbers.task();
    let is_dir = entry.kind == Kind::Dir;
    let total = (!is_dir && entry.size > 0).then_some(entry.size);
    carry(
        model,
        task,
        format!("↓ {}", names::shown(last(&path))),
        total,
    );
    vec![Effect::Files(FilesEffect::Download {
        task,
        place: Box::new(place),
        root,
        path,
        is_dir,
        to: to.to_owned(),
    })]
}

fn carry(model: &mut Model, task: TaskId, what: String, total: Option<u64>) {
    if let Some(pane) = pane(model) {
        pane.carry = Some(Carry {
            task,
            what,
            done: 0,
            total,
        });
    }
}

/// Asks whether a file is to go into the twin, with the docker command that does it.
pub(super) fn offer(model: &mut Model, from: &str) -> Vec<Effect> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    let pane = &joined.files;
    let Some(listing) = pane.listing().filter(|_| pane.root() == Root::Twin) else {
        return Vec::new();
    };
    let name = last(from);
    if name == "/" || name.is_empty() || name == "." || name == ".." {
        let text = format!("{from} names no file");
        return model
            .toasts
            .say(Tone::Bad, &text, Some("name a file of this machine"));
    }
    let to = within(&listing.dir, name);
    let consent = Consent::Upload {
        twin: joined.attached.twin.id.clone(),
        name: joined.attached.twin.plan.name.clone(),
        from: from.to_owned(),
        replaces: listing.get(name).is_some(),
        to,
    };
    model.popups.push(Popup::Consent(Box::new(consent), 1));
    Vec::new()
}

/// The person said yes.
pub(super) fn upload(
    model: &mut Model,
    twin: ContainerId,
    from: String,
    to: String,
) -> Vec<Effect> {
    let task = model.numbers.task();
    carry(model, task, format!("↑ {}", names::shown(last(&to))), None);
    vec![Effect::Files(FilesEffect::Upload {
        task,
        twin,
        from,
        to,
    })]
}
