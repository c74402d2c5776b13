//! The whole root of a target as one stream, had in a way that cannot hurt the target.

use std::collections::BTreeMap;
use std::time::Duration;

use super::resolve::probe;
use super::within;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::{ContainerId, Target};
use crate::domain::twin::Session;
use crate::engine::{ArchiveStream, Engine};

/// How long the engine may take to remove what was made.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a target's root is streamed from. It does not go by itself: [`Self::clear`] is to be awaited.
#[derive(Debug)]
pub(super) struct Source {
    id: ContainerId,
    /// The image that `id`, a container of ours, was made from; none where `id` is the target.
    image: Option<String>,
}

impl Source {
    /// The target itself, where its engine lets it be exported ([`Runtime::can_be_exported`]); else a container of
    /// ours, never started, of an image `name` with `labels` that is made of the target. A failure leaves nothing.
    ///
    /// It is not to be given up in the middle: the engine would go on, and what it makes come when nobody removes it.
    ///
    /// [`Runtime::can_be_exported`]: crate::domain::target::Runtime::can_be_exported
    pub(super) async fn of(
        engine: &dyn Engine,
        target: &Target,
        session: &Session,
        name: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<Self> {
        if target.runtime.can_be_exported() {
            let id = target.id.clone();
            return Ok(Self { id, image: None });
        }
        let made = async {
            engine.commit(&target.id, name, labels).await?;
            opened(engine, session, name).await
        };
        match made.await {
            Ok(id) => Ok(Self {
                id,
                image: Some(name.to_owned()),
            }),
            Err(error) => {
                // What failed in the middle may have made it.
                if let Err(left) = within(PATIENCE, engine.remove_image(name)).await {
                    tracing::warn!(%left, "an image of a target's files was left behind");
                    return Err(error.and_hint(&format!("{}: devtwin clean", left.message)));
                }
                Err(error)
            }
        }
    }

    /// The container that the root is streamed from.
    pub(super) fn id(&self) -> &ContainerId {
        &self.id
    }

    /// The stream of the root.
    pub(super) async fn stream(&self, engine: &dyn Engine) -> Result<ArchiveStream> {
        engine.root_stream(&self.id).await
    }

    /// Removes what was made.
    pub(super) async fn clear(self, engine: &dyn Engine) -> Result<()> {
        let Some(image) = self.image else {
            return Ok(());
        };
        let container = within(PATIENCE, engine.remove(&self.id)).await;
        let image = within(PATIENCE, engine.remove_image(&image)).await;
        container.and(image)
    }
}

/// A container of an image, to read its files.
async fn opened(engine: &dyn Engine, session: &Session, name: &str) -> Result<ContainerId> {
    let image = engine.image(name).await?.ok_or_else(|| {
        let message =
            format!("the image {name} is gone, which was just made of the target's files");
        Error::new(ErrorKind::Engine, message).hint("did something prune images? try once more")
    })?;
    engine.create(&probe::plan(&image, session), None).await
}
