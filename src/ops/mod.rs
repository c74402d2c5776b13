//! Use cases over `&dyn Engine`, each with two callers: the command line and the runtime's effects.

pub mod attach;
pub mod clean;
pub mod doctor;
pub mod exec;
mod launch;
pub mod list;
pub mod resolve;

use tokio_util::sync::CancellationToken;

use crate::domain::error::{Error, Result};

/// Waits for `work` unless the person gives up first.
pub async fn unless_cancelled<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Error::cancelled()),
        result = work => result,
    }
}
