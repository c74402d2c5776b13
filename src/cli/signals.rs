//! Verbs that make a container: they end in good order when a signal asks them to, or the engine is stuck.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::error::{Error, Result};
use crate::domain::twin::Session;
use crate::engine::Engine;
use crate::ops::clean::{may_be_left, sweep_within};

/// How long a verb may take to remove what it made, once it was asked to end or has ended.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// Awaits `command`; the first signal to end cancels it, and it then still removes its twin. A second
/// signal, or an engine that does not answer, ends it all the same.
pub(super) async fn until_signalled<T>(
    mut command: impl Future<Output = Result<T>> + Unpin,
    cancel: &CancellationToken,
) -> Result<T> {
    tokio::select! {
        result = &mut command => return result,
        () = signalled() => cancel.cancel(),
    }
    tokio::select! {
        result = command => result,
        () = signalled() => Err(may_be_left(Error::cancelled())),
        () = tokio::time::sleep(GRACE) => Err(may_be_left(Error::cancelled())),
    }
}

/// Removes what `session` made, after `error` ended it; the error says so when that fails.
pub(super) async fn swept_after(engine: &dyn Engine, session: &Session, error: Error) -> Error {
    if error
        .hint
        .as_deref()
        .is_some_and(|h| h.contains("devtwin clean"))
    {
        return error; // tried already, and told
    }
    if sweep(engine, session).await {
        error
    } else {
        may_be_left(error)
    }
}

/// Removes what `session` made; whether it is gone. A signal, or an engine that does not answer within
/// [`GRACE`], ends the attempt.
pub(super) async fn sweep(engine: &dyn Engine, session: &Session) -> bool {
    let swept = tokio::select! {
        swept = sweep_within(engine, &session.id, GRACE) => swept,
        () = signalled() => return false,
    };
    if let Err(error) = &swept {
        tracing::warn!(%error, "the session's twins could not be removed");
    }
    swept.is_ok()
}

#[cfg(unix)]
async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut int), Ok(mut term), Ok(mut hup)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        tracing::warn!("signals cannot be watched");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = int.recv() => {}
        _ = term.recv() => {}
        _ = hup.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signalled() {
    if tokio::signal::ctrl_c().await.is_err() {
        tracing::warn!("signals cannot be watched");
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_that_ends_is_not_cancelled() {
        let cancel = CancellationToken::new();
        let result = until_signalled(std::future::ready(Ok(7)), &cancel).await;
        assert_eq!(result, Ok(7));
        assert!(!cancel.is_cancelled());
    }
}
