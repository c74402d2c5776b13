//! Twins and the labels by which they are found again.

use std::collections::BTreeMap;

use serde::Serialize;

use super::plan::{Mode, Plan};
use super::target::{ContainerId, Status, Summary};

/// Labels on every object that devtwin creates; each value is a short plain string.
pub mod label {
    /// Session id: eight hexadecimal digits, one per run of devtwin.
    pub const SESSION: &str = "dev.devtwin.session";
    /// Id of the target container, or the image reference in explore mode.
    pub const TARGET: &str = "dev.devtwin.target";
    /// Name of the target when the twin was made.
    pub const TARGET_NAME: &str = "dev.devtwin.target-name";
    /// How the twin stands to the target: `join`, `probe`, …
    pub const MODE: &str = "dev.devtwin.mode";
    /// Version of devtwin.
    pub const VERSION: &str = "dev.devtwin.version";
    /// `user@host/folder` on which devtwin runs, `folder` being the id of the state folder that has the
    /// session's lock: sessions whose locks cannot be seen from here are left alone.
    pub const OWNER: &str = "dev.devtwin.owner";
    /// Of a twin that goes by itself when its one command has ended: no place to work in for anyone else.
    pub const BRIEF: &str = "dev.devtwin.brief";
    /// Of an arena: what was made for its view of the target's files and goes with it, as `overlay:VOLUME`,
    /// `image:NAME` or `archive:VOLUME`.
    pub const ROOT: &str = "dev.devtwin.root";
    /// Of an explorer: names of the volumes that go with it, with commas between them.
    pub const FOLDERS: &str = "dev.devtwin.folders";
    /// Of a volume that belongs to no session: id of the package manager that keeps its downloads there.
    pub const CACHE: &str = "dev.devtwin.cache";
    /// Of a volume that marks a debt: what is to be undone, `restart=POLICY` or `unpause`.
    pub const OWED: &str = "dev.devtwin.owed";
    /// Of everything of a lesson's lab: the lab's name. Images pass it on to what is built and run from them.
    pub const LAB: &str = "dev.devtwin.lab";
    /// Of everything of a lesson's lab: id of the lesson.
    pub const LESSON: &str = "dev.devtwin.lesson";
}

/// What the name of every container of ours begins with.
pub const NAME_PREFIX: &str = "devtwin-";

/// What the name of every volume for downloads begins with.
pub const CACHE_PREFIX: &str = "devtwin-cache-";

/// What the name of every volume and image for the files of a target begins with.
pub const ROOT_PREFIX: &str = "devtwin-root-";

/// What the name of every volume begins with that brings a folder of the person into an explorer.
pub const FOLDER_PREFIX: &str = "devtwin-folder-";

/// What the name of every image begins with that has the files of an app over its dev image, for an explorer.
pub const EXPLORE_PREFIX: &str = "devtwin-explore-";

/// What the name of every image begins with that keeps what a target left behind.
pub const DIED_PREFIX: &str = "devtwin-died-";

/// What the name of every image begins with that has the files of a target over those of a dev image.
pub const MERGED_PREFIX: &str = "devtwin-merged-";

/// What the name of every image begins with that has a Dockerfile's steps up to one of them.
pub const STEP_PREFIX: &str = "devtwin-step-";
/// What the name of every image begins with that a recipe is verified by.
pub const RECIPE_PREFIX: &str = "devtwin-recipe-";

/// Whether an image of that name is one that a session makes and removes.
pub fn is_image_of_ours(name: &str) -> bool {
    let own = [ROOT_PREFIX, EXPLORE_PREFIX, STEP_PREFIX, RECIPE_PREFIX];
    own.iter().any(|prefix| name.starts_with(prefix)) || is_image_of_replicas(name)
}

/// Whether an image of that name is one on which replicas stand.
pub fn is_image_of_replicas(name: &str) -> bool {
    name.starts_with(DIED_PREFIX) || name.starts_with(MERGED_PREFIX)
}

/// The session of a container, if it is one of ours.
///
/// Labels alone do not tell: they pass to every container of an image that was committed from a twin,
/// or that somebody labelled on purpose, and `clean` must never remove those. A name is given by whoever
/// runs a container.
pub fn session_of<'a>(name: &str, labels: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let session = labels.get(label::SESSION)?;
    name.starts_with(NAME_PREFIX).then_some(session)
}

/// A twin that was created from a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    /// Container id of the twin.
    pub id: ContainerId,
    /// The plan that it was made from.
    pub plan: Plan,
}

/// A twin found on the engine by its labels: a row of `devtwin ls`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TwinSummary {
    /// Container id of the twin.
    pub id: ContainerId,
    /// Its name.
    pub name: String,
    /// Its dev image.
    pub image: String,
    /// Session it belongs to.
    pub session: String,
    /// `user@host/folder` of that session.
    pub owner: String,
    /// Id of the target, or image reference.
    pub target: String,
    /// Name of the target when the twin was made.
    pub target_name: String,
    /// Mode word from the label.
    pub mode: String,
    /// Status word.
    pub status: Status,
    /// The engine's sentence.
    pub status_text: String,
    /// Creation time, seconds since the epoch.
    pub created: i64,
}

impl TwinSummary {
    /// Whether it is no twin but a replica, which goes by itself and is no place to work in.
    pub fn is_replica(&self) -> bool {
        self.mode == Mode::Replica.word()
    }

    /// Reads a twin from a container row; none when it is none of ours.
    pub fn from_summary(row: &Summary) -> Option<Self> {
        let get = |key: &str| row.labels.get(key).cloned().unwrap_or_default();
        let session = session_of(&row.name, &row.labels)?.to_owned();
        Some(Self {
            id: row.id.clone(),
            name: row.name.clone(),
            image: row.image.clone(),
            session,
            owner: get(label::OWNER),
            target: get(label::TARGET),
            target_name: get(label::TARGET_NAME),
            mode: get(label::MODE),
            status: row.status,
            status_text: row.status_text.clone(),
            created: row.created,
        })
    }
}

/// Which session makes an object, for its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Eight hexadecimal digits.
    pub id: String,
    /// `user@host/folder`.
    pub owner: String,
}

impl Session {
    /// The labels of an object that this session makes.
    pub fn labels(&self, mode: Mode, target: &str, target_name: &str) -> BTreeMap<String, String> {
        [
            (label::SESSION, self.id.as_str()),
            (label::TARGET, target),
            (label::TARGET_NAME, target_name),
            (label::MODE, mode.word()),
            (label::VERSION, env!("CARGO_PKG_VERSION")),
            (label::OWNER, self.owner.as_str()),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_of_an_image_that_carries_our_labels_is_not_ours() {
        let session = Session {
            id: "0badcafe".into(),
            owner: "ann@box".into(),
        };
        let labels = session.labels(Mode::Join, "t", "web");
        assert_eq!(
            session_of("devtwin-web-0badcafe", &labels),
            Some("0badcafe")
        );
        assert_eq!(session_of("production-web-1", &labels), None);
        assert_eq!(session_of("devtwin-web-0badcafe", &BTreeMap::new()), None);
    }
}
