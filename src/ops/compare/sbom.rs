//! The SPDX documents of both sides, as they are found.

use tokio_util::sync::CancellationToken;

use super::super::inspect::probes::Probes;
use super::super::resolve::contents;
use super::super::unless_cancelled;
use super::{Given, sides};
use crate::domain::error::Result;
use crate::domain::packages::database::{DOCUMENT, Document};
use crate::domain::twin::Session;
use crate::engine::Engine;

/// Reads the documents of both sides, each list sorted by name; empty where there are none. `session` owns the containers that are made
/// for it.
///
/// # Errors
/// As [`super::compare`].
pub async fn documents(
    engine: &dyn Engine,
    session: &Session,
    given: [Given; 2],
    cancel: &CancellationToken,
) -> Result<[Vec<Document>; 2]> {
    let mut probes = Probes::new(engine, session);
    let read = Box::pin(both(engine, given, &mut probes, cancel)).await;
    sides::closed(probes, read).await
}

async fn both(
    engine: &dyn Engine,
    given: [Given; 2],
    probes: &mut Probes<'_>,
    cancel: &CancellationToken,
) -> Result<[Vec<Document>; 2]> {
    let [left, right] = sides::opened(engine, given, probes, cancel).await?;
    let (left, right) = (left.id()?, right.id()?);
    let read = async {
        let left = contents::files(engine, &left, contents::SBOM, true);
        let right = contents::files(engine, &right, contents::SBOM, true);
        tokio::try_join!(left, right)
    };
    let (left, right) = unless_cancelled(cancel, read).await?;
    Ok([left, right].map(|files| {
        let documents = files
            .into_iter()
            .filter(|(name, content)| name.ends_with(".spdx.json") && content.len() <= DOCUMENT);
        let mut documents: Vec<Document> = documents
            .map(|(name, content)| Document { name, content })
            .collect();
        documents.sort_by(|a, b| a.name.cmp(&b.name));
        documents
    }))
}
