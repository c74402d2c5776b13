//! Containers that are made to read files, never started, and removed whatever happens.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use futures_util::future::join_all;

use crate::domain::error::Result;
use crate::domain::plan::Mode;
use crate::domain::target::{ContainerId, Image, Target};
use crate::domain::twin::{ROOT_PREFIX, Session};
use crate::engine::Engine;
use crate::ops::resolve::probe;
use crate::ops::whole::Source;

/// The probes of one inspection or comparison. They do not go by themselves: [`Self::remove`] is to be awaited.
pub(in crate::ops) struct Probes<'a> {
    engine: &'a dyn Engine,
    session: &'a Session,
    made: Vec<ContainerId>,
    roots: Vec<Source>,
}

impl<'a> Probes<'a> {
    /// None yet.
    pub(in crate::ops) fn new(engine: &'a dyn Engine, session: &'a Session) -> Self {
        Self {
            engine,
            session,
            made: Vec::new(),
            roots: Vec::new(),
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

    /// The container that the whole root of `target` may be streamed from: itself, or one that is made of it
    /// ([`Source::of`], which says when). Not given up halfway either.
    pub(in crate::ops) async fn root_of(&mut self, target: &Target) -> Result<ContainerId> {
        let source = root(self.engine, target, self.session).await?;
        let id = source.id().clone();
        self.roots.push(source);
        Ok(id)
    }

    /// The container that the whole root of `image` may be streamed from: its probe `read`, or one that is asked nothing
    /// else, where an export beside other questions is not safe.
    pub(in crate::ops) async fn root_of_image(
        &mut self,
        image: &Image,
        read: &ContainerId,
    ) -> Result<ContainerId> {
        if image.can_be_exported() {
            Ok(read.clone())
        } else {
            self.make(image).await
        }
    }

    /// Removes all of them; those that could not be removed.
    pub(in crate::ops) async fn remove(self) -> Vec<ContainerId> {
        let removals = self.made.iter().map(|id| self.engine.remove(id));
        let removed = join_all(removals.collect::<Vec<_>>()).await;
        let both = self.made.iter().zip(removed);
        let mut left: Vec<ContainerId> = both
            .filter_map(|(id, removed)| {
                let error = removed.err()?;
                tracing::warn!(%id, %error, "a probe was left behind");
                Some(id.clone())
            })
            .collect();
        for source in self.roots {
            let id = source.id().clone();
            if let Err(error) = source.clear(self.engine).await {
                tracing::warn!(%id, %error, "what a target's files were read from was left behind");
                left.push(id);
            }
        }
        left
    }
}

/// Where a target's whole root is streamed from for a look at its files; what is made for it goes by a name of its own.
pub(in crate::ops) async fn root(
    engine: &dyn Engine,
    target: &Target,
    session: &Session,
) -> Result<Source> {
    // The standard library's only random source: two looks of one session may come at one time.
    let random = RandomState::new().build_hasher().finish();
    let name = format!("{ROOT_PREFIX}read-{random:016x}-{}", session.id);
    let labels = session.labels(Mode::Probe, &target.id.0, &target.name);
    Source::of(engine, target, session, &name, &labels).await
}
