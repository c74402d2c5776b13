//! Whether the dev image is really the sibling of the target's: compared behind the shell, once that is up, and given up
//! when the twin is left. [`follow`] runs behind every message, so that no way out can forget it.

use super::action::Action;
use super::failing_perform::TriageLine;
use super::keymap::Focus;
use super::popup::Popup;
use super::text::{clean, wrap};
use super::toast::Tone;
use super::{Effect, Model, TaskId};
use crate::domain::error::Result;
use crate::domain::image::Likeness;
use crate::domain::image::likeness::Verdict;
use crate::domain::target::ContainerId;

/// What is known of it for one twin.
#[derive(Debug, Default)]
pub struct Alike {
    twin: Option<ContainerId>,
    task: Option<TaskId>,
    told: Option<Result<Likeness>>,
}

impl Alike {
    /// What came of it; none while it is not known.
    pub fn likeness(&self) -> Option<&Likeness> {
        self.told.as_ref()?.as_ref().ok()
    }
}

/// A shell has printed something: the comparison no longer holds it up.
pub(super) fn shell_is_up(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    if model.alike.twin.as_ref() == Some(joined.twin()) {
        return Vec::new();
    }
    let found = &joined.attached.resolution;
    let (target, twin) = (joined.target().clone(), joined.twin().clone());
    let dev = joined.attached.twin.plan.image.clone();
    // Itself is like itself, and a toolbox is like nothing.
    let sibling = !found.own_dev && !found.toolbox;
    let task = sibling.then(|| model.numbers.task());
    model.alike = Alike {
        twin: Some(twin),
        task,
        told: None,
    };
    let compare = task.map(|task| Effect::CompareImages { task, target, dev });
    compare.into_iter().collect()
}

/// Gives up the comparison for a twin that was left.
pub(super) fn follow(model: &mut Model) -> Vec<Effect> {
    let twin = model.joined.as_ref().map(super::joined::Joined::twin);
    if model.alike.twin.is_none() || model.alike.twin.as_ref() == twin {
        return Vec::new();
    }
    let left = std::mem::take(&mut model.alike);
    left.task.map(Effect::Cancel).into_iter().collect()
}

/// Both images were compared, or could not be.
pub(super) fn told(model: &mut Model, task: TaskId, result: Result<Box<Likeness>>) -> Vec<Effect> {
    if model.alike.task != Some(task) {
        model.quiet = true;
        return Vec::new();
    }
    model.alike.task = None;
    let result = result.map(|likeness| *likeness);
    let drift = result.as_ref().ok().and_then(drift);
    model.alike.told = Some(result);
    let Some(words) = drift else {
        return Vec::new();
    };
    let leader = model.settings.leader;
    let key = model.settings.keymap.key(Focus::Leader, Action::Alike);
    let hint = match key {
        Some(key) => format!("{leader} {key} lists them"),
        None => format!("{leader} and “sibling” lists them"),
    };
    model.toasts.say(Tone::News, &words, Some(&hint))
}

/// What is said by itself: only that packages differ.
fn drift(likeness: &Likeness) -> Option<String> {
    let packages = likeness.packages.as_ref()?;
    match likeness.verdict {
        Verdict::Drifted | Verdict::Unlike => Some(format!(
            "{} of the target's {} packages differ in the dev image",
            packages.target - packages.same,
            packages.target
        )),
        Verdict::Sibling | Verdict::SamePackages | Verdict::Unknown => None,
    }
}

/// Opens the list.
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    model.popups.push(Popup::Alike(0));
    Vec::new()
}

/// The lines of the popup "is it really the sibling", wrapped to `columns`.
pub fn alike_lines(model: &Model, columns: usize) -> Vec<TriageLine> {
    let said = |text: &str| {
        let lines = wrap(&clean(text), columns).into_iter();
        lines.map(TriageLine::Text).collect::<Vec<_>>()
    };
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    let found = &joined.attached.resolution;
    match &model.alike.told {
        None if found.own_dev => said("The target's image is its own dev image."),
        None if found.toolbox => said(
            "The dev image is a general toolbox: no sibling of the target's image was found, so there is nothing to compare.",
        ),
        None if model.alike.task.is_some() => said("comparing both images …"),
        None => said("Both images are compared once the shell is up."),
        Some(Err(error)) => {
            let hint = error.hint.iter().flat_map(|hint| said(hint));
            said(&error.message).into_iter().chain(hint).collect()
        }
        Some(Ok(likeness)) => {
            let mut lines = Vec::new();
            for (n, line) in likeness.lines(usize::MAX).iter().enumerate() {
                let figures = 1
                    + usize::from(likeness.packages.is_some())
                    + usize::from(likeness.built.is_some());
                if n == figures {
                    lines.push(TriageLine::Gap);
                }
                let wrapped = wrap(&clean(line), columns).into_iter();
                lines.extend(wrapped.map(|text| match n {
                    0 => TriageLine::Headline(text),
                    n if n < figures => TriageLine::Fact(text),
                    _ => TriageLine::Text(text),
                }));
            }
            lines
        }
    }
}
