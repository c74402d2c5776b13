//! Exploring an image: which one, and what a person can ask beside its twin.

use std::cmp::Reverse;

use super::explore_action::ExploreAction;
use super::fuzzy::Fuzzy;
use super::joined::Joined;
use super::line::Line;
use super::panes::Pane;
use super::panes::shell::Shell;
use super::popup::Popup;
use super::tasks::Request;
use super::text::clean;
use super::{Effect, Model, attach, tryout};
use crate::domain::error::{Error, ErrorKind};
use crate::domain::image::{Reference, is_image_id};
use crate::domain::plan::{Mode, Wishes};
use crate::domain::run::{Order, Place};
use crate::domain::twin::is_image_of_ours;

/// Images to choose from, in a popup.
#[derive(Debug)]
pub struct Images {
    /// What they are filtered by, or a reference that is not here.
    pub query: Line,
    /// Number of the chosen row.
    pub chosen: usize,
    all: Vec<String>,
    rows: Vec<ImageRow>,
}

/// An image that can be explored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRow {
    /// Its reference, as the engine is asked.
    pub image: String,
    /// It is among the engine's images; else it was typed.
    pub local: bool,
}

impl Images {
    /// The choice between `all`, names of the engine's images; those that sessions make are left out.
    pub(super) fn new(all: &[String]) -> Self {
        let mut images = Self {
            query: Line::default(),
            chosen: 0,
            all: Vec::new(),
            rows: Vec::new(),
        };
        images.learn(all);
        images
    }

    /// The engine's images came, perhaps after the popup: what was typed stays.
    fn learn(&mut self, all: &[String]) {
        let offered = |tag: &&String| !is_image_of_ours(tag) && !tag.contains("<none>");
        self.all = all.iter().filter(offered).cloned().collect();
        self.all.sort_unstable();
        self.all.dedup();
        self.sift();
    }

    /// Finds the rows anew after the query changed. What was typed comes last when it could be an image's name.
    pub fn sift(&mut self) {
        let here = |image: &String| ImageRow {
            image: image.clone(),
            local: true,
        };
        self.chosen = 0;
        let Some(mut fuzzy) = Fuzzy::new(self.query.text()) else {
            self.rows = self.all.iter().map(here).collect();
            return;
        };
        let mut found: Vec<_> = self
            .all
            .iter()
            .filter_map(|image| Some((Reverse(fuzzy.score(image)?), image)))
            .collect();
        found.sort();
        self.rows = found.into_iter().map(|(_, image)| here(image)).collect();
        let typed = self.query.text().trim();
        let names = Reference::parse(typed).is_ok() || is_image_id(typed);
        if names && !self.all.iter().any(|image| image == typed) {
            self.rows.push(ImageRow {
                image: typed.to_owned(),
                local: false,
            });
        }
    }

    /// The images that match, best first.
    pub fn rows(&self) -> &[ImageRow] {
        &self.rows
    }
}

/// Does what the person asked.
pub(super) fn perform(model: &mut Model, action: ExploreAction) -> Vec<Effect> {
    match action {
        ExploreAction::Image => {
            let images = Images::new(model.picker.images());
            model.popups.push(Popup::Images(Box::new(images)));
            Vec::new()
        }
        ExploreAction::OtherUser => as_other(model),
        ExploreAction::Merged => merge(model),
        ExploreAction::TryInProd => tryout::open(model),
    }
}

/// The engine's images came: a choice between them that is open learns of them.
pub(super) fn came(model: &mut Model) {
    if let Some(Popup::Images(images)) = model.popups.last_mut() {
        images.learn(model.picker.images());
    }
}

/// Explores the chosen image.
pub(super) fn accept(model: &mut Model, images: &Images) -> Vec<Effect> {
    let Some(row) = images.rows.get(images.chosen) else {
        return Vec::new();
    };
    model.popups.clear();
    let wishes = Wishes {
        mode: Some(Mode::Explore),
        ..model.settings.wishes.clone()
    };
    attach::begin(model, request(&row.image, wishes))
}

/// What an attach is asked for to explore `image`; the wishes say so, too.
fn request(image: &str, wishes: Wishes) -> Request {
    Request {
        target: image.to_owned(),
        name: clean(image),
        wishes,
        resolution: None,
        replaces: None,
        caught: None,
    }
}

/// Explores the same image anew, its own files over its dev image.
fn merge(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    let refused = if !joined.is_explorer() {
        Some((
            "only an image that is explored can be merged with its dev image",
            "here the target's files are at /target",
        ))
    } else if joined.attached.twin.plan.merged.is_some() {
        Some((
            "this is the merged root already",
            "its notes say what it is",
        ))
    } else if joined.attached.resolution.own_dev {
        Some((
            "the image is its own dev image",
            "there is nothing to lay over it",
        ))
    } else {
        None
    };
    if let Some((text, hint)) = refused {
        let error = Error::new(ErrorKind::Usage, text).hint(hint);
        return model.toasts.error(&error);
    }
    if let Some(joined) = &mut model.joined {
        joined.wishes.merged = true;
    }
    attach::anew(model)
}

/// The user that the twin's own shell is not: the image's, or root. None where the image's own is root.
pub(super) fn other_user(joined: &Joined) -> Option<String> {
    let is_root = |user: &str| matches!(user.split(':').next(), Some("" | "0" | "root"));
    let own = &joined.attached.target.config.user;
    if !is_root(&joined.attached.twin.plan.user) {
        return Some("0".into());
    }
    (!is_root(own)).then(|| own.clone())
}

/// Opens a shell as the other user.
fn as_other(model: &mut Model) -> Vec<Effect> {
    let (size, scrollback) = (model.shell_size(), model.settings.scrollback);
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let user = other_user(joined);
    let refused = if joined.shells.main().has_ended() {
        Some(("the twin has ended", "a new twin can have a shell"))
    } else if joined.shells.is_full(false) {
        Some(("there is no room for another shell", "close one first"))
    } else if user.is_none() {
        Some((
            "there is no other user",
            "the image itself runs as root; --user gives the twin another one",
        ))
    } else {
        None
    };
    if let Some((text, hint)) = refused {
        let error = Error::new(ErrorKind::Usage, text).hint(hint);
        return model.toasts.error(&error);
    }
    let user = user.unwrap_or_default();
    let plan = &joined.attached.twin.plan;
    let order = Order {
        argv: plan.argv.clone(),
        user: user.clone(),
        workdir: plan.workdir.clone(),
        env: Vec::new(),
        place: Place::Twin,
    };
    let shell = model.numbers.shell();
    let whose = if user == "0" { "root" } else { &user };
    let new = Shell::new(shell, size, scrollback).running(&format!("as {}", clean(whose)));
    joined.shells.add(new, false);
    joined.show(Pane::Shell);
    vec![Effect::Run {
        shell,
        twin: joined.twin().clone(),
        target: joined.target().clone(),
        order: Box::new(order),
        size,
    }]
}

/// Says that a wish needs a container where there is none; none where there is one.
pub(super) fn without_target(model: &mut Model) -> Option<Vec<Effect>> {
    let joined = model.joined.as_ref().filter(|j| j.is_explorer())?;
    let message = format!(
        "there is no container: this explores the image {}",
        joined.name
    );
    let error = Error::new(ErrorKind::Usage, message)
        .hint("devtwin attach CONTAINER works beside one; this twin has only the dev image");
    Some(model.toasts.error(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images() -> Images {
        let all = [
            "web:1",
            "acme/api:2",
            "devtwin-merged-0badcafe",
            "<none>:<none>",
            "web:1",
        ];
        Images::new(&all.map(str::to_owned))
    }

    fn shown(images: &Images) -> Vec<&str> {
        images.rows().iter().map(|row| &*row.image).collect()
    }

    #[test]
    fn images_are_offered_once_and_not_those_of_sessions() {
        assert_eq!(shown(&images()), ["acme/api:2", "web:1"]);
    }

    #[test]
    fn what_is_typed_can_be_an_image_that_is_not_here() {
        let mut images = images();
        images.query.paste("web:");
        images.sift();
        assert_eq!(shown(&images), ["web:1"], "no reference yet");
        images.query.paste("2");
        images.sift();
        assert_eq!(shown(&images), ["web:2"]);
        assert!(!images.rows()[0].local);
        images.query.clear();
        images.query.paste("web:1");
        images.sift();
        assert_eq!(shown(&images), ["web:1"], "it is here");
        images.query.clear();
        images.query.paste("api");
        images.sift();
        assert_eq!(shown(&images), ["acme/api:2", "api"]);
    }
}
