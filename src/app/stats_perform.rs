//! Samples of what the target takes: only while the processes pane is in sight, and the target runs.

use super::joined::Joined;
use super::{Effect, Model, TaskId};
use crate::domain::stats::Sample;
use crate::domain::target::{ContainerId, Event};

/// The container that is measured; none while nothing runs.
fn subject(joined: &Joined) -> Option<ContainerId> {
    joined.runs().then(|| joined.target().clone())
}

/// The pane has come into sight, or the target has started: samples are asked for.
pub(super) fn begin(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let Some(target) = subject(joined).filter(|_| !joined.stats.is_measuring()) else {
        return Vec::new();
    };
    let task = model.numbers.task();
    joined.stats.begin(task);
    model.sight.feed(task);
    vec![Effect::FollowStats { task, target }]
}

/// Something happened to the target while the pane is in sight.
pub(super) fn event(model: &mut Model, event: &Event) -> Vec<Effect> {
    match event.action.as_str() {
        "start" | "unpause" => begin(model),
        "die" | "destroy" => stop(model),
        _ => Vec::new(),
    }
}

/// The engine would go on sending lines without figures.
fn stop(model: &mut Model) -> Vec<Effect> {
    let joined = model.joined.as_mut();
    let Some(task) = joined.and_then(|joined| joined.stats.stop()) else {
        return Vec::new();
    };
    model.sight.forget(task);
    vec![Effect::Cancel(task)]
}

/// A sample came.
pub(super) fn came(model: &mut Model, task: TaskId, sample: Sample) -> Vec<Effect> {
    let joined = model.joined.as_mut();
    model.quiet = !joined.is_some_and(|joined| joined.stats.came(task, sample));
    Vec::new()
}
