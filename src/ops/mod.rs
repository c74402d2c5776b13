//! Use cases over `&dyn Engine`, each with two callers: the command line and the runtime's effects.

pub mod arena;
pub mod attach;
pub mod beside;
pub mod bisect;
pub mod build;
pub mod catch;
pub mod clean;
pub mod compare;
pub mod debts;
pub mod doctor;
pub mod exec;
pub mod explore;
pub mod files;
pub mod inspect;
pub mod lab;
mod launch;
pub mod lesson;
pub mod list;
mod local;
pub mod lookout;
mod marks;
pub mod packages;
pub mod recipe;
pub mod replay;
pub mod resolve;
pub mod shells;
pub mod sticky;
mod talk;
pub mod triage;
pub mod tryout;
mod whole;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::error::{Error, ErrorKind, Result};

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

/// Waits for the engine to do `work`, `limit` at most: a stuck engine must not hold up the end of a run.
pub async fn within<T>(limit: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(
            ErrorKind::Engine,
            format!("the engine did not answer within {} s", limit.as_secs()),
        )),
    }
}
