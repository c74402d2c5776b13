//! One look at a lab: all questions of a step, answered by how things are now.

use std::collections::{BTreeMap, BTreeSet};

use super::happening::{is_of_lab, short_image};
use super::images::{KnownImage, Packages};
use super::read;
use crate::domain::error::{ErrorKind, Result};
use crate::domain::lesson::check::{Counted, Place};
use crate::domain::lesson::facts::{Answer, ContainerFacts, FileFacts, Question};
use crate::domain::lesson::lab::{Names, Ready};
use crate::domain::plan::Mode;
use crate::domain::target::{
    ContainerId, ImageSummary, MountKind, NamespaceMode, Status, Summary, Target,
};
use crate::domain::twin::{Session, TwinSummary, label};
use crate::engine::Engine;
use crate::ops::inspect::probes::Probes;

/// Containers and images of a lab that are looked at.
const MOST: usize = 64;

/// See above.
pub(super) struct Look<'a> {
    engine: &'a dyn Engine,
    ready: &'a Ready,
    /// All containers of the engine.
    rows: Vec<Summary>,
    /// Local images, once they were asked for.
    images: Option<Vec<ImageSummary>>,
    known: &'a mut BTreeMap<String, KnownImage>,
    probes: Probes<'a>,
    /// Containers that were made to read images, by the images' ids.
    opened: BTreeMap<String, ContainerId>,
}

impl<'a> Look<'a> {
    pub(super) async fn begin(
        engine: &'a dyn Engine,
        session: &'a Session,
        ready: &'a Ready,
        known: &'a mut BTreeMap<String, KnownImage>,
    ) -> Result<Self> {
        Ok(Self {
            engine,
            ready,
            rows: engine.containers().await?,
            images: None,
            known,
            probes: Probes::new(engine, session),
            opened: BTreeMap::new(),
        })
    }

    /// Removes what was made to read images.
    pub(super) async fn end(self) {
        let left = self.probes.remove().await;
        if !left.is_empty() {
            tracing::warn!("a probe of a lab was left behind; the end of the lesson removes it");
        }
    }

    fn names(&self) -> &'a Names {
        &self.ready.names
    }

    /// The answer; none where something is missing that the question is about.
    pub(super) async fn answer(&mut self, question: &Question) -> Result<Option<Answer>> {
        Ok(match question {
            Question::Containers => Some(Answer::Containers(self.containers().await?)),
            Question::Images(paths) => Some(self.all_images(paths).await?),
            Question::Twins(of) => Some(self.twins(of).await?),
            Question::File(place, path) => self.file(place, path).await?.map(Answer::File),
            Question::Packages(place) => self.packages(place).await?.map(Answer::Packages),
            Question::Changes(name) => self.changes(name).await?.map(Answer::Changes),
            Question::Counted(counted) => self.counted(counted).await?.map(Answer::Counted),
        })
    }

    async fn containers(&self) -> Result<Vec<ContainerFacts>> {
        let names = self.names();
        let ours = self
            .rows
            .iter()
            .filter(|row| is_of_lab(names, &row.name, &row.image, &row.labels));
        let mut found = Vec::new();
        for row in ours.take(MOST) {
            match self.engine.inspect(&row.id.0).await {
                Ok(target) => found.push(self.container(&target)),
                // It is gone since.
                Err(error) if error.kind == ErrorKind::NoTarget => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    fn container(&self, target: &Target) -> ContainerFacts {
        let names = self.names();
        let state = &target.state;
        let ended = matches!(state.status, Status::Exited | Status::Dead) || state.restarting;
        let words = [target.config.entrypoint.as_slice(), &target.config.cmd].concat();
        let volumes = target
            .mounts
            .iter()
            .filter(|mount| mount.kind == MountKind::Volume);
        ContainerFacts {
            name: names.short(&target.name).to_owned(),
            image: short_image(names, &target.image),
            state: if state.restarting {
                Status::Restarting.word().to_owned()
            } else {
                state.status.word().to_owned()
            },
            status: ended.then_some(state.exit_code),
            health: state.health.clone(),
            user: target.config.user.clone(),
            runs: words.join(" "),
            network: self.network(&target.isolation.network),
            volumes: volumes
                .map(|mount| names.short(&mount.source).to_owned())
                .collect(),
        }
    }

    fn network(&self, mode: &NamespaceMode) -> String {
        match mode {
            NamespaceMode::Private | NamespaceMode::Shareable => "bridge".into(),
            NamespaceMode::Host => "host".into(),
            NamespaceMode::None => "none".into(),
            NamespaceMode::Named(name) => name.clone(),
            NamespaceMode::Container(of) => {
                let row = self
                    .rows
                    .iter()
                    .find(|row| row.id.0 == *of || row.name == *of);
                let name = row.map_or(of.as_str(), |row| self.names().short(&row.name));
                format!("container:{name}")
            }
        }
    }

    /// A container by its name in the lab.
    fn id(&self, short: &str) -> Option<ContainerId> {
        let whole = self.names().whole(short);
        let row = self.rows.iter().find(|row| row.name == whole);
        row.map(|row| row.id.clone())
    }

    /// Twins beside a container that run and are there to be worked in. Beside one that runs only those count that have
    /// joined it: an arena shares neither processes nor network with it.
    fn beside(&self, short: &str) -> Vec<ContainerId> {
        let whole = self.names().whole(short);
        let target = self.rows.iter().find(|row| row.name == whole);
        let runs = target.is_some_and(|row| row.status == Status::Running);
        let twins = self.rows.iter().filter(|row| {
            let Some(twin) = TwinSummary::from_summary(row) else {
                return false;
            };
            let mode = Mode::parse(&twin.mode);
            let works = match mode {
                Some(Mode::Join | Mode::Catch) => true,
                Some(Mode::Arena) => !runs,
                Some(Mode::Explore | Mode::Replica | Mode::Probe) | None => false,
            };
            let of = match target {
                Some(target) => twin.target == target.id.0 || twin.target_name == whole,
                None => twin.target_name == whole,
            };
            let brief = row.labels.contains_key(label::BRIEF);
            works && of && !brief && twin.status == Status::Running
        });
        twins.map(|row| row.id.clone()).collect()
    }

    async fn twins(&self, of: &str) -> Result<Answer> {
        let mut users = Vec::new();
        for id in self.beside(of).iter().take(MOST) {
            match self.engine.inspect(&id.0).await {
                Ok(twin) => users.push(twin.config.user),
                Err(error) if error.kind == ErrorKind::NoTarget => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Answer::Twins(users))
    }

    /// Where a container's files are read; none of a place that is no container, or not there.
    fn place(&self, place: &Place) -> Option<ContainerId> {
        match place {
            Place::Container(name) => self.id(name),
            Place::TwinOf(name) => self.beside(name).into_iter().next(),
            Place::Image(_) | Place::Work(_) => None,
        }
    }

    async fn file(&mut self, place: &Place, path: &str) -> Result<Option<Option<FileFacts>>> {
        let path = self.names().fill(path);
        match place {
            Place::Work(_) => read::here(&self.ready.work, &path).await.map(Some),
            Place::Image(name) => {
                let Some(image) = self.image(name).await? else {
                    return Ok(None);
                };
                let known = self.known.get(&image);
                if let Some(file) = known.and_then(|known| known.files.get(&path)) {
                    return Ok(Some(file.clone()));
                }
                let Some(id) = self.open(&image).await? else {
                    return Ok(None);
                };
                let file = read::file(self.engine, &id, &path).await?;
                if let Some(known) = self.known.get_mut(&image) {
                    known.files.insert(path, file.clone());
                }
                Ok(Some(file))
            }
            Place::Container(_) | Place::TwinOf(_) => match self.place(place) {
                Some(id) => read::file(self.engine, &id, &path).await.map(Some),
                None => Ok(None),
            },
        }
    }

    async fn packages(&mut self, place: &Place) -> Result<Option<BTreeSet<String>>> {
        if let Place::Image(name) = place {
            let packages = self.packages_of_image(name).await?;
            return Ok(packages.map(|packages| packages.names.clone()));
        }
        let Some(id) = self.place(place) else {
            return Ok(None);
        };
        let packages = Packages::of(self.engine, &id).await?;
        // Of a container that is gone meanwhile all reads as missing.
        self.engine.stat(&id, "/").await?;
        Ok(Some(packages.names))
    }

    async fn packages_of_image(&mut self, name: &str) -> Result<Option<&Packages>> {
        let Some(image) = self.image(name).await? else {
            return Ok(None);
        };
        let read = |known: &KnownImage| known.packages.is_some();
        if !self.known.get(&image).is_some_and(read) {
            let Some(id) = self.open(&image).await? else {
                return Ok(None);
            };
            let packages = Packages::of(self.engine, &id).await?;
            if let Some(known) = self.known.get_mut(&image) {
                known.packages = Some(packages);
            }
        }
        let known = self.known.get(&image);
        Ok(known.and_then(|known| known.packages.as_ref()))
    }

    async fn changes(&self, name: &str) -> Result<Option<Vec<String>>> {
        let Some(id) = self.id(name) else {
            return Ok(None);
        };
        let target = self.engine.inspect(&id.0).await?;
        // Of one that ends meanwhile the engine must not mount the root beside other questions.
        if !target.state.is_joinable() && !target.runtime.can_be_exported() {
            return Ok(None);
        }
        let changes = self.engine.changes(&id).await?;
        // The engine makes the folders on which it mounts, and tells of them.
        let mounts = target.mounts.iter().map(|mount| &mount.destination);
        let mounts: Vec<&String> = mounts.chain(&target.tmpfs).collect();
        let is_made = |path: &String| {
            let above = |mount: &&String| {
                let rest = mount.strip_prefix(path.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            mounts.iter().copied().any(|mount| above(&mount))
        };
        let paths = changes.into_iter().map(|change| change.path);
        Ok(Some(paths.filter(|path| !is_made(path)).collect()))
    }

    async fn counted(&mut self, counted: &Counted) -> Result<Option<String>> {
        match counted {
            Counted::Packages(image) => {
                let packages = self.packages_of_image(image).await?;
                Ok(packages.map(|packages| packages.names.len().to_string()))
            }
            Counted::PackagesOnlyIn(first, second) => {
                let Some(first) = self.packages_of_image(first).await? else {
                    return Ok(None);
                };
                let first = first.names.clone();
                let second = self.packages_of_image(second).await?;
                Ok(second.map(|second| second.names.difference(&first).count().to_string()))
            }
            Counted::OwnerOf(image, path) => {
                let path = self.names().fill(path);
                let packages = self.packages_of_image(image).await?;
                Ok(packages.and_then(|packages| packages.owner(&path)))
            }
        }
    }

    async fn all_images(&mut self, paths: &BTreeSet<String>) -> Result<Answer> {
        let names = self.names();
        let tags = self.tags().await?;
        let mut found = Vec::new();
        for (name, id) in tags {
            if !self.know(&id).await? {
                continue;
            }
            let known = self.known.get(&id);
            let asked: Vec<String> = paths
                .iter()
                .filter(|path| known.is_some_and(|known| !known.has.contains_key(*path)))
                .cloned()
                .collect();
            if !asked.is_empty()
                && let Some(probe) = self.open(&id).await?
            {
                for path in asked {
                    let there = self.engine.stat(&probe, &names.fill(&path)).await?;
                    if let Some(known) = self.known.get_mut(&id) {
                        known.has.insert(path, there.is_some());
                    }
                }
            }
            if let Some(known) = self.known.get(&id) {
                found.push(known.facts(name, paths));
            }
        }
        Ok(Answer::Images(found))
    }

    /// The lab's images: names in the lab, and ids.
    async fn tags(&mut self) -> Result<Vec<(String, String)>> {
        let images = match self.images.take() {
            Some(images) => images,
            None => self.engine.images().await?,
        };
        let images = self.images.insert(images);
        let names = &self.ready.names;
        let all = images.iter().flat_map(|image| {
            let tags = image.tags.iter();
            tags.map(|tag| (tag.as_str(), image.id.clone()))
        });
        let ours = all.filter_map(|(tag, id)| {
            let short = names.short_image(tag);
            (short != tag).then(|| (short.to_owned(), id))
        });
        Ok(ours.take(MOST).collect())
    }

    /// The id of an image by its name in the lab, once it is known.
    async fn image(&mut self, short: &str) -> Result<Option<String>> {
        let tags = self.tags().await?;
        let Some((_, id)) = tags.into_iter().find(|(name, _)| name == short) else {
            return Ok(None);
        };
        Ok(self.know(&id).await?.then_some(id))
    }

    /// Makes an image known; false when it is gone.
    async fn know(&mut self, id: &str) -> Result<bool> {
        if self.known.contains_key(id) {
            return Ok(true);
        }
        let known = KnownImage::of(self.engine, id).await?;
        let there = known.is_some();
        self.known.extend(known.map(|known| (id.to_owned(), known)));
        Ok(there)
    }

    /// A container by which an image that is known can be read.
    async fn open(&mut self, id: &str) -> Result<Option<ContainerId>> {
        if let Some(probe) = self.opened.get(id) {
            return Ok(Some(probe.clone()));
        }
        let Some(known) = self.known.get(id) else {
            return Ok(None);
        };
        let probe = self.probes.make(&known.image).await?;
        self.opened.insert(id.to_owned(), probe.clone());
        Ok(Some(probe))
    }
}
