//! The picker's preview: fetched once the selection has rested, dropped when it moves on.

use std::time::Duration;

use super::row::{Mood, Row};
use crate::app::text::log_lines;
use crate::app::{Effect, Preview, Timer};
use crate::domain::error::Result;
use crate::domain::plan::{DevImage, Plan, Program, Wishes, plan};
use crate::domain::target::ContainerId;
use crate::domain::twin::Session;

/// How long the selection rests before the preview is fetched: scrolling past costs the engine nothing.
const REST: Duration = Duration::from_millis(120);

/// Most log lines that are kept: more than the tallest screen shows.
const LOG_LINES: usize = 200;

/// What an attach to the previewed container would make: the plan, or why it cannot be made. None without
/// a dev image. It is made without the images' details, so it is for its rights and what it shares only.
pub fn intent(preview: &Preview, row: &Row) -> Option<Result<Plan>> {
    let target = preview.target.as_ref().ok()?;
    let resolution = preview.resolution.as_ref().ok()?;
    let dev = DevImage {
        reference: resolution.dev_image.as_deref()?,
        image: None,
        target_image: None,
    };
    let session = Session {
        id: String::new(),
        owner: String::new(),
    };
    let shell = resolution.shells.first().cloned().unwrap_or_default();
    // A loop is a loop also in the moment in which it was looked at.
    let wishes = Wishes {
        mode: row.mode().filter(|_| row.mood == Mood::Looping),
        ..Wishes::default()
    };
    Some(plan(
        target,
        dev,
        &wishes,
        &session,
        1,
        Program::Shell(shell),
    ))
}

/// How far the preview of the selected container is.
#[derive(Debug, Default)]
pub enum Look {
    /// Nothing is selected.
    #[default]
    Nothing,
    /// The selection has just come to this container.
    Resting(ContainerId),
    /// Its preview is on its way.
    Asked(ContainerId),
    /// Here it is, with its log in clean lines.
    Here(Box<Preview>, Result<Vec<String>>),
}

impl Look {
    /// The selection came to `id`, or what it rests on changed.
    pub fn rest(&mut self, id: Option<ContainerId>) -> Vec<Effect> {
        let Some(id) = id else {
            *self = Self::Nothing;
            return Vec::new();
        };
        // The same container's old preview stands until the new one comes: no flicker.
        if !matches!(self, Self::Here(preview, _) if preview.id == id) {
            *self = Self::Resting(id.clone());
        }
        vec![Effect::After(Timer::Preview(id), REST)]
    }

    /// The selection has rested: order the preview. None for a container that it moved away from.
    pub fn rested(&mut self, id: &ContainerId) -> Vec<Effect> {
        match self {
            Self::Resting(at) if at == id => {
                *self = Self::Asked(id.clone());
                vec![Effect::Preview(id.clone())]
            }
            Self::Here(preview, _) if preview.id == *id => vec![Effect::Preview(id.clone())],
            Self::Nothing | Self::Resting(_) | Self::Asked(_) | Self::Here(..) => Vec::new(),
        }
    }

    /// A preview came; false when it is not that of the selected container any more.
    pub fn came(&mut self, mut preview: Box<Preview>) -> bool {
        let wanted = match self {
            Self::Resting(id) | Self::Asked(id) => *id == preview.id,
            Self::Here(old, _) => old.id == preview.id,
            Self::Nothing => false,
        };
        if wanted {
            let log = std::mem::replace(&mut preview.log, Ok(Vec::new()));
            *self = Self::Here(preview, log.map(|bytes| log_lines(&bytes, LOG_LINES)));
        }
        wanted
    }

    /// The preview, when it is here and that of `id`.
    pub fn of(&self, id: &ContainerId) -> Option<(&Preview, &Result<Vec<String>>)> {
        match self {
            Self::Here(preview, log) if preview.id == *id => Some((preview, log)),
            Self::Nothing | Self::Resting(_) | Self::Asked(_) | Self::Here(..) => None,
        }
    }
}
