//! The images of ours on which a replica can stand: what its target left behind, and the dev image with the target's
//! files over it.

use tokio_util::sync::CancellationToken;

use super::PATIENCE;
use crate::domain::Progress;
use crate::domain::Sink;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::{Mode, Wishes};
use crate::domain::replica::edits::{Base, Edits};
use crate::domain::target::{ContainerId, Image, Target};
use crate::domain::twin::{DIED_PREFIX, MERGED_PREFIX, Session};
use crate::engine::Engine;
use crate::ops::launch::{self, Request};
use crate::ops::resolve::probe;
use crate::ops::whole::Source;
use crate::ops::within;

/// What a replica stands on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Staged {
    /// An image of ours; none for the target's own.
    pub image: Option<String>,
    /// Variables that the image would bring along and that the target does not have.
    pub without_env: Vec<String>,
    /// Whether the image is good for later replicas of the session, too.
    pub keep: bool,
}

impl Staged {
    /// The wishes for a replica that stands on it.
    pub fn edits(&self, wishes: &Edits) -> Edits {
        let mut edits = wishes.clone();
        let asked: Vec<String> = edits.env.iter().map(|(name, _)| name.clone()).collect();
        let foreign = self.without_env.iter().filter(|name| !asked.contains(name));
        edits.env.extend(foreign.map(|name| (name.clone(), None)));
        edits
    }
}

/// The dev image of a target, pulled when the policy of `wishes` says so.
pub async fn dev_image(
    engine: &dyn Engine,
    session: &Session,
    target: &Target,
    wishes: &Wishes,
    sink: Sink<'_>,
) -> Result<Image> {
    let request = Request {
        session,
        wishes,
        serial: 1,
        sink,
    };
    let (resolution, images) = launch::dev_image(engine, target, None, &request).await?;
    let reference = resolution.dev_image.unwrap_or_default();
    images.dev.ok_or_else(|| {
        let message = format!("dev image {reference} is not among the engine's images");
        Error::new(ErrorKind::NoDevImage, message)
    })
}

/// What to make.
#[derive(Clone, Copy)]
pub struct Staging<'a> {
    /// Whose it is.
    pub session: &'a Session,
    /// The target.
    pub target: &'a Target,
    /// On which files the replica is to stand.
    pub base: Base,
    /// Tells the images of one session apart.
    pub serial: u32,
    /// The dev image, where that is wanted.
    pub dev: Option<&'a Image>,
}

/// Makes the image on which a replica stands. Given up, or failed, it leaves nothing.
pub async fn stage(
    engine: &dyn Engine,
    staging: Staging<'_>,
    sink: Sink<'_>,
    cancel: &CancellationToken,
) -> Result<Staged> {
    let Staging {
        session,
        target,
        base,
        serial,
        dev,
    } = staging;
    if cancel.is_cancelled() {
        return Err(Error::cancelled());
    }
    match (base, dev) {
        (Base::Image, _) => Ok(Staged::default()),
        (Base::Died, _) => {
            sink(Progress::Step("keeping what it wrote".into()));
            let image = format!("{DIED_PREFIX}{serial}-{}", session.id);
            let labels = session.labels(Mode::Replica, &target.id.0, &target.name);
            // Not given up in the middle: an image that comes up later would be found by nobody.
            engine.commit(&target.id, &image, &labels).await?;
            Ok(Staged {
                image: Some(image),
                ..Staged::default()
            })
        }
        (Base::DevImage, Some(dev)) => merged(engine, session, target, dev, sink, cancel).await,
        (Base::DevImage, None) => Err(Error::new(
            ErrorKind::NoDevImage,
            format!("no dev image of {} is known", target.name),
        )),
    }
}

/// The dev image with the target's files over it, made once for a session.
async fn merged(
    engine: &dyn Engine,
    session: &Session,
    target: &Target,
    dev: &Image,
    sink: Sink<'_>,
    cancel: &CancellationToken,
) -> Result<Staged> {
    let image = format!("{MERGED_PREFIX}{}-{}", target.id.short(), session.id);
    let own = |name: &str| target.config.env.iter().any(|(n, _)| n == name);
    let of_dev = dev.config.env.iter().map(|(name, _)| name.clone());
    let staged = Staged {
        image: Some(image.clone()),
        without_env: of_dev.filter(|name| !own(name)).collect(),
        keep: true,
    };
    if engine.image(&image).await?.is_some() {
        return Ok(staged);
    }
    sink(Progress::Step(format!(
        "copying the files of {} over the dev image",
        target.name
    )));
    let labels = session.labels(Mode::Replica, &target.id.0, &target.name);
    let files = format!("{image}-files");
    let source = Source::of(engine, target, session, &files, &labels).await?;
    let made = match engine.create(&probe::plan(dev, session), None).await {
        Ok(id) => {
            let copied = tokio::select! {
                biased;
                () = cancel.cancelled() => Err(Error::cancelled()),
                copied = copy(engine, &source, &id) => copied,
            };
            let made = match copied {
                Ok(()) => engine.commit(&id, &image, &labels).await.map(drop),
                Err(error) => Err(error),
            };
            made.and(super::remove(engine, &id).await)
        }
        Err(error) => Err(error),
    };
    let cleared = source.clear(engine).await;
    made?;
    cleared?;
    Ok(staged)
}

async fn copy(engine: &dyn Engine, source: &Source, id: &ContainerId) -> Result<()> {
    let files = source.stream(engine).await?;
    engine.put_stream(id, "/", files).await
}

/// Removes what [`stage`] made.
pub async fn unstage(engine: &dyn Engine, staged: &Staged) -> Result<()> {
    match &staged.image {
        Some(image) => within(PATIENCE, engine.remove_image(image)).await,
        None => Ok(()),
    }
}
