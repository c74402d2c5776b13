//! Choosing another dev image than the one that was found, for the container that is selected in the picker.

use super::popup::Popup;
use super::tasks::Request;
use super::text::clean;
use super::toast::Tone;
use super::{Effect, Model, attach};
use crate::domain::image::{Other, Resolution};

/// Images that could serve as dev image, in a popup.
#[derive(Debug)]
pub struct Others {
    /// The container, its name and its image.
    target: (String, String, String),
    /// The images, the one that was found first.
    rows: Vec<Row>,
    /// Number of the chosen row.
    pub chosen: usize,
}

/// An image that could serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its reference, as it is to be used.
    pub image: String,
    /// How likely, where it is, and which one was found.
    pub words: String,
    /// What speaks for it.
    pub why: String,
    /// What is not guaranteed.
    pub but: String,
}

impl Others {
    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The chosen row.
    pub fn row(&self) -> Option<&Row> {
        self.rows.get(self.chosen)
    }
}

/// Opens the popup, or says why there is nothing to choose from. An attach on its way is given up for it.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if model.attaching.is_none() {
        return offer(model);
    }
    if model.alone {
        // There is no picker to go back to.
        model.quiet = true;
        return Vec::new();
    }
    let mut effects = attach::cancel(model);
    effects.extend(offer(model));
    effects
}

fn offer(model: &mut Model) -> Vec<Effect> {
    let Some(row) = model.picker.selection() else {
        model.quiet = true;
        return Vec::new();
    };
    let by_flag = format!("devtwin attach --image REF {} takes any image", row.name);
    let target = (row.id.0.clone(), row.name.clone(), row.image.clone());
    let Some(resolution) = model.picker.resolution(&row.id) else {
        let text = "the dev image is still being looked for";
        return model.toasts.say(Tone::News, text, Some(&by_flag));
    };
    let rows = rows(resolution);
    if rows.is_empty() {
        let text = "no image is known that could serve";
        return model.toasts.say(Tone::News, text, Some(&by_flag));
    }
    model.popups.push(Popup::Others(Box::new(Others {
        target,
        rows,
        chosen: 0,
    })));
    Vec::new()
}

fn rows(resolution: &Resolution) -> Vec<Row> {
    let found = resolution.dev_image.iter().map(|image| {
        let place = if resolution.local {
            "here"
        } else {
            "to be pulled"
        };
        Row {
            image: image.clone(),
            words: format!("{} % · {place} · found", resolution.confidence),
            why: first(&resolution.evidence),
            but: first(&resolution.caveats),
        }
    });
    let others = resolution.others.iter().map(|other: &Other| Row {
        image: other.image.clone(),
        words: format!(
            "{} % · {}",
            other.confidence,
            if other.local { "here" } else { "not looked up" }
        ),
        why: first(&other.evidence),
        but: first(&other.caveats),
    });
    found.chain(others).collect()
}

fn first(lines: &[String]) -> String {
    lines.first().map(|line| clean(line)).unwrap_or_default()
}

/// Attaches with the chosen image, and keeps to it for that container's image until the end of the session.
pub(super) fn accept(model: &mut Model, others: &Others) -> Vec<Effect> {
    let Some(row) = others.row() else {
        return Vec::new();
    };
    model.popups.clear();
    let (id, name, image) = others.target.clone();
    // What was found needs no name: its shells and its evidence are known.
    let found = model.picker.selection().and_then(|selected| {
        let resolution = model.picker.resolution(&selected.id)?;
        let same = selected.id.0 == id && resolution.dev_image.as_ref() == Some(&row.image);
        same.then(|| Box::new(resolution.clone()))
    });
    let chosen = &mut model.settings.wishes.dev_images;
    if found.is_some() {
        chosen.remove(&image);
    } else {
        chosen.insert(image, row.image.clone());
    }
    let selection = model.picker.selection().filter(|row| row.id.0 == id);
    let settled = &model.settings.wishes;
    let wishes = match selection.map(|row| attach::wishes_for(row, settled)) {
        Some(Ok(wishes)) => wishes,
        Some(Err((text, hint))) => return model.toasts.say(Tone::Bad, &text, Some(&hint)),
        None => settled.clone(),
    };
    let request = Request {
        target: id,
        name,
        wishes,
        resolution: found,
        replaces: None,
        caught: None,
    };
    attach::begin(model, request)
}
