//! Containers that are made to read files, never started, and removed whatever happens.

use futures_util::future::join_all;

use crate::domain::error::Result;
use crate::domain::target::{ContainerId, Image};
use crate::domain::twin::Session;
use crate::engine::Engine;
use crate::ops::resolve::probe;

/// The probes of one inspection or comparison. They do not go by themselves: [`Self::remove`] is to be awaited.
pub(in crate::ops) struct Probes<'a> {
    engine: &'a dyn Engine,
    session: &'a Session,
    made: Vec<ContainerId>,
}

impl<'a> Probes<'a> {
    /// None yet.
    pub(in crate::ops) fn new(engine: &'a dyn Engine, session: &'a Session) -> Self {
        Self {
            engine,
            session,
            made: Vec::new(),
        }
    }

    /// Makes one. It is never given up halfway: the engine would make it all the same, and nobody would
    /// know its id.
    pub(in crate::ops) async fn make(&mut self, image: &Image) -> Result<ContainerId> {
        let plan = probe::plan(image, self.session);
        let id = self.engine.create(&plan, None).await?;
        self.made.push(id.clone());
        Ok(id)
    }

    /// Removes all of them; those that could not be removed.
    pub(in crate::ops) async fn remove(self) -> Vec<ContainerId> {
        let removals = self.made.iter().map(|id| self.engine.remove(id));
        let removed = join_all(removals.collect::<Vec<_>>()).await;
        let both = self.made.iter().zip(removed);
        both.filter_map(|(id, removed)| {
            let error = removed.err()?;
            tracing::warn!(%id, %error, "a probe was left behind");
            Some(id.clone())
        })
        .collect()
    }
}
