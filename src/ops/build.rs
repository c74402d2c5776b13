//! Building on the engine: the context is packed, the news are passed on, and nothing stays of a build that failed.

pub mod context;
pub mod step;

use std::collections::BTreeSet;
use std::sync::mpsc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::context::Context;
use super::within;
use crate::domain::build::{Build, BuildError, BuildNews, BuildSink, Builder};
use crate::domain::error::Error;
use crate::engine::Engine;

/// How long the engine may take to remove what a failed build left.
const PATIENCE: Duration = Duration::from_secs(20);

/// Builds an image from a context on this machine; its id. Given up, or failed, it leaves no image: those that the
/// classic builder made for its steps are removed, unless `keep` names where their ids go; then they are the
/// caller's to [`remove`].
pub async fn build(
    engine: &dyn Engine,
    build: &Build,
    context: &Context,
    sink: BuildSink<'_>,
    cancel: &CancellationToken,
    keep: Option<&mut Vec<String>>,
) -> Result<String, BuildError> {
    let before = before(engine, build.builder).await?;
    let (tell, told) = mpsc::channel();
    let listen = |news: BuildNews| {
        if let BuildNews::Made(id) = &news {
            // Whoever listens outlives the build.
            let _ = tell.send(id.clone());
        }
        sink(news);
    };
    let work = async {
        let packed = context.pack().await?;
        sink(BuildNews::Context {
            files: packed.files,
            bytes: packed.bytes,
        });
        engine.build(build, packed.stream, &listen).await
    };
    let ended = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(BuildError::Engine(Error::cancelled())),
        ended = work => ended,
    };
    let mut made: Vec<String> = told.try_iter().collect();
    made.retain(|id| !is_among(&before, id));
    match (&ended, keep) {
        (_, Some(kept)) => kept.extend(made),
        (Err(_), None) => remove(engine, &made).await,
        (Ok(_), None) => {}
    }
    ended
}

/// The images that are there before a build by the classic builder. What it made it says in the same stream as what steps
/// print: a step that prints the id of somebody's image must not have it removed.
async fn before(engine: &dyn Engine, builder: Builder) -> Result<BTreeSet<String>, Error> {
    match builder {
        Builder::Classic => engine.image_ids().await,
        Builder::BuildKit => Ok(BTreeSet::new()),
    }
}

/// Whether an id, or the first digits of one, is that of an image of `ids`.
fn is_among(ids: &BTreeSet<String>, id: &str) -> bool {
    let bare = |id: &str| id.strip_prefix("sha256:").unwrap_or(id).to_owned();
    let id = bare(id);
    ids.iter().any(|known| bare(known).starts_with(&id))
}

/// Removes images that the classic builder made for steps, the newest first. One that has a name by now, or on
/// which another stands, is somebody's: it stays.
pub async fn remove(engine: &dyn Engine, made: &[String]) {
    let work = async {
        for id in made.iter().rev() {
            let nameless = match engine.image(id).await? {
                // One that was pulled by its digest has no other name.
                Some(image) => image.tags.is_empty() && image.digests.is_empty(),
                None => false,
            };
            if nameless && let Err(error) = engine.remove_image(id).await {
                tracing::debug!(%error, id, "an image of a failed build stays");
            }
        }
        Ok(())
    };
    if let Err(error) = within(PATIENCE, work).await {
        tracing::warn!(%error, "images of a failed build may be left");
    }
}

/// By which builder a person's own `docker build` would do it there: the classic one before Engine 23 (API 1.42),
/// unless the Dockerfile needs the other.
pub async fn builder(engine: &dyn Engine, needs_buildkit: bool) -> Result<Builder, Error> {
    if needs_buildkit {
        return Ok(Builder::BuildKit);
    }
    let info = engine.info().await?;
    let minor = info.api_version.split_once('.').map(|(_, minor)| minor);
    let minor: usize = minor.and_then(|m| m.parse().ok()).unwrap_or_default();
    Ok(if minor >= 42 {
        Builder::BuildKit
    } else {
        Builder::Classic
    })
}
