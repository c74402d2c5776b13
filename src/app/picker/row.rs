//! A row of the picker: a container in words fit for the screen, and how rows are ordered.

use crate::app::text::clean;
use crate::domain::image::Resolution;
use crate::domain::image::candidates::bases_by_label;
use crate::domain::plan::Mode;
use crate::domain::target::{ContainerId, State, Status, Summary, exit_words};

/// How a container fares, beside the words: decides sign and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Runs.
    Well,
    /// Neither runs nor failed: paused, created, being removed.
    Waiting,
    /// Starts again and again.
    Looping,
    /// Ended in good order.
    Done,
    /// Ended badly, or runs unhealthily.
    Ill,
}

impl Mood {
    /// The mood of a container's state.
    pub fn of(state: &State) -> Self {
        match state.status {
            _ if state.restarting => Self::Looping,
            Status::Running if state.health.as_deref() == Some("unhealthy") => Self::Ill,
            Status::Running => Self::Well,
            Status::Created if state.error.is_some() => Self::Ill,
            Status::Paused | Status::Created | Status::Removing => Self::Waiting,
            Status::Restarting => Self::Looping,
            Status::Exited if state.exit_code == 0 && !state.oom_killed => Self::Done,
            Status::Exited | Status::Dead => Self::Ill,
        }
    }
}

/// What is known of a container's dev image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dev {
    /// Among the engine's own images: this reference.
    Local(String),
    /// In the registry: this reference.
    Registry(String),
    /// The container's own image is one.
    Own,
    /// There is none.
    None,
    /// Nobody asked yet: the preview does.
    Unasked,
}

impl Dev {
    /// What a resolution says.
    pub fn of(resolution: &Resolution) -> Self {
        match &resolution.dev_image {
            _ if resolution.own_dev => Self::Own,
            Some(image) if resolution.local => Self::Local(clean(image)),
            Some(image) => Self::Registry(clean(image)),
            None => Self::None,
        }
    }
}

/// A container in the list. All texts are clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Full id.
    pub id: ContainerId,
    /// Name.
    pub name: String,
    /// Image as the person typed it.
    pub image: String,
    /// Status word.
    pub status: Status,
    /// State in words.
    pub words: String,
    /// How it fares.
    pub mood: Mood,
    /// Family of its image, by name.
    pub family: Option<&'static str>,
    /// What is known of its dev image.
    pub dev: Dev,
    /// The base image that its labels name, if any.
    pub base: Option<String>,
}

/// A restart loop in words, short enough for the list.
fn loop_words(exit: Option<i64>) -> String {
    match exit {
        Some(0) => "restart loop, exit 0".into(),
        Some(code) => format!("crash loop, exit {code}"),
        None => "restarting in a loop".into(),
    }
}

/// Whether the engine's sentence tells of an uptime below ten seconds, after which the engine itself no
/// longer takes a container for one that fails at its start.
fn is_just_up(sentence: &str) -> bool {
    let Some(time) = sentence.strip_prefix("Up ") else {
        return false;
    };
    let mut words = time.split(' ');
    match (words.next(), words.next()) {
        (Some("Less"), _) => true,
        (Some(count), Some("second" | "seconds")) => count.parse().is_ok_and(|n: u32| n < 10),
        _ => false,
    }
}

impl Row {
    /// A row of a container; family and dev image are filled in by the list. `looped` says that it was in
    /// a restart loop when it was last listed: the moments in which it is up are a part of the loop.
    pub fn new(summary: &Summary, looped: bool) -> Self {
        let exit = summary.exit_code();
        let unhealthy = summary.status_text.contains("(unhealthy)");
        let ended = || exit.map_or_else(|| "exited".into(), |code| exit_words(code, false));
        let looping =
            looped && summary.status == Status::Running && is_just_up(&summary.status_text);
        let status = if looping {
            Status::Restarting
        } else {
            summary.status
        };
        let (words, mood) = match status {
            Status::Running if unhealthy => ("running, unhealthy".into(), Mood::Ill),
            Status::Running => ("running".into(), Mood::Well),
            Status::Restarting => (loop_words(exit), Mood::Looping),
            Status::Exited if exit.unwrap_or(0) == 0 => (ended(), Mood::Done),
            Status::Exited | Status::Dead => (ended(), Mood::Ill),
            Status::Paused | Status::Created | Status::Removing => {
                (status.word().into(), Mood::Waiting)
            }
        };
        let bases = bases_by_label(&summary.labels);
        Self {
            id: summary.id.clone(),
            name: clean(&summary.name),
            image: clean(&summary.image),
            status,
            words,
            mood,
            family: None,
            dev: Dev::Unasked,
            base: bases.first().map(|base| base.reference.to_string()),
        }
    }

    /// Stays with what was known of a loop: while it is up for a moment its last exit status is not told.
    pub fn keep_loop(&mut self, before: &Self) {
        if self.mood == Mood::Looping
            && before.mood == Mood::Looping
            && self.words == loop_words(None)
        {
            self.words.clone_from(&before.words);
        }
    }

    /// Which twin it would get, as far as the list knows; none while it is being removed.
    pub fn mode(&self) -> Option<Mode> {
        match self.status {
            Status::Running | Status::Paused => Some(Mode::Join),
            Status::Restarting | Status::Exited | Status::Dead | Status::Created => {
                Some(Mode::Arena)
            }
            Status::Removing => None,
        }
    }

    /// What the filter looks at. Name and image stand first: `matched` counts characters from here.
    pub fn haystack(&self) -> String {
        format!("{} {} {}", self.name, self.image, self.words)
    }

    /// Where it stands in the list: what can be joined first, then what failed, by name.
    pub fn order(&self) -> (u8, &str) {
        let rank = match self.status {
            Status::Running => 0,
            Status::Paused => 1,
            Status::Restarting => 2,
            Status::Exited | Status::Dead => 3,
            Status::Created => 4,
            Status::Removing => 5,
        };
        (rank, &self.name)
    }

    /// Why it can have no twin and what to do: message and hint of a toast.
    pub fn refusal(&self) -> (String, String) {
        (
            format!("{} is being removed", self.name),
            "choose another container".into(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uptime_of_seconds_is_told_from_longer_ones() {
        let just = [
            "Up Less than a second",
            "Up 1 second",
            "Up 9 seconds (health: starting)",
        ];
        let long = [
            "Up 10 seconds",
            "Up About a minute",
            "Up 2 hours",
            "Restarting (3) 2 seconds ago",
            "",
        ];
        assert!(just.into_iter().all(is_just_up));
        assert!(!long.into_iter().any(is_just_up));
    }
}
