//! Packages in a twin: find its manager, see what can be had, say what a change would do, and make it.
//!
//! Everything runs in the twin by exec as root. The target is never touched, unless [`Desk::setup`] names its
//! root on the person's own word.

use tokio_util::sync::CancellationToken;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages::{
    Change, Finished, Installed, News, PackageManager, Setup, Setups, Stock, Transaction,
};
use crate::domain::target::ContainerId;
use crate::engine::Engine;

/// Where news of a run go.
pub type NewsSink<'a> = &'a (dyn Fn(News) + Send + Sync);

/// A twin's package manager, ready to be asked.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The twin.
    pub twin: ContainerId,
    /// Its manager.
    pub manager: &'static dyn PackageManager,
    /// Where its program is, and what the person configured.
    pub setup: Setup,
}

/// Finds the twin's package manager, and puts into the twin what the person configured for it. Fails with
/// `NoDevImage` when there is none.
pub async fn open(_engine: &dyn Engine, _twin: &ContainerId, _setups: &Setups) -> Result<Desk> {
    Err(later())
}

/// What can be had, and what is there. Fetches the indexes first when `refresh`, or when there are none.
pub async fn stock(
    _engine: &dyn Engine,
    _desk: &Desk,
    _refresh: bool,
    _sink: NewsSink<'_>,
    _cancel: &CancellationToken,
) -> Result<Stock> {
    Err(later())
}

/// What is installed.
pub async fn installed(
    _engine: &dyn Engine,
    _desk: &Desk,
    _cancel: &CancellationToken,
) -> Result<Installed> {
    Err(later())
}

/// What a change would do; that it cannot be done is no error, but among its troubles.
pub async fn simulate(
    _engine: &dyn Engine,
    _desk: &Desk,
    _change: &Change,
    _cancel: &CancellationToken,
) -> Result<Transaction> {
    Err(later())
}

/// Makes a change. Cancelled, it ends the manager, reads what is installed, and says what was done by then.
pub async fn change(
    _engine: &dyn Engine,
    _desk: &Desk,
    _change: &Change,
    _sink: NewsSink<'_>,
    _cancel: &CancellationToken,
) -> Result<Finished> {
    Err(later())
}

fn later() -> Error {
    Error::new(ErrorKind::Internal, "not there yet")
}
