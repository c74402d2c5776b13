//! What is known of an image: read once, by a container of it that is never started.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::error::Result;
use crate::domain::lesson::facts::{FileFacts, ImageFacts};
use crate::domain::packages::database::Database;
use crate::domain::target::{ContainerId, Image};
use crate::engine::Engine;

/// An image, and what was read in it.
#[derive(Debug)]
pub(super) struct KnownImage {
    pub(super) image: Image,
    /// Bytes of its layers.
    size: u64,
    /// Whether something stands at a path.
    pub(super) has: BTreeMap<String, bool>,
    /// Files by their paths.
    pub(super) files: BTreeMap<String, Option<FileFacts>>,
    /// Its packages, once they were asked for.
    pub(super) packages: Option<Packages>,
}

/// The packages of a root.
#[derive(Debug, Default)]
pub(super) struct Packages {
    /// Their names.
    pub(super) names: BTreeSet<String>,
    database: Option<Database>,
}

impl Packages {
    /// Those of a container.
    pub(super) async fn of(engine: &dyn Engine, id: &ContainerId) -> Result<Self> {
        let database = Box::pin(super::super::resolve::contents::database(engine, id)).await?;
        let records = database.iter().flat_map(|database| &database.records);
        Ok(Self {
            names: records.map(|record| record.name.clone()).collect(),
            database,
        })
    }

    /// The name of the package that brought a path.
    pub(super) fn owner(&self, path: &str) -> Option<String> {
        let database = self.database.as_ref()?;
        let path = path.trim_start_matches('/').as_bytes();
        let plain = |owned: &[u8]| owned.strip_prefix(b"/").unwrap_or(owned) == path;
        let (place, _) = database.owned.iter().find(|(_, owned)| plain(owned))?;
        Some(database.records.get(place)?.name.clone())
    }
}

impl KnownImage {
    /// Asks for an image by its id; none when it is gone.
    pub(super) async fn of(engine: &dyn Engine, id: &str) -> Result<Option<Self>> {
        let Some(image) = engine.image(id).await? else {
            return Ok(None);
        };
        let steps = engine.history(&image.id).await?;
        Ok(Some(Self {
            image,
            size: steps.iter().map(|step| step.size).sum(),
            has: BTreeMap::new(),
            files: BTreeMap::new(),
            packages: None,
        }))
    }

    /// What checks see of it under a name; of the paths those that it holds.
    pub(super) fn facts(&self, name: String, paths: &BTreeSet<String>) -> ImageFacts {
        let config = &self.image.config;
        let holds = |path: &&String| self.has.get(*path) == Some(&true);
        ImageFacts {
            name,
            size: self.size,
            layers: self.image.layers.clone(),
            entrypoint: config.entrypoint.clone(),
            cmd: config.cmd.clone(),
            user: config.user.clone(),
            health: config.healthcheck.clone().unwrap_or_default(),
            has: paths.iter().filter(holds).cloned().collect(),
        }
    }
}
