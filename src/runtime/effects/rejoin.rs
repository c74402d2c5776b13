//! The twin's own shell after its stream ended: either the twin has ended, or only the connection broke and the twin
//! is found again as soon as the engine answers.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::{Msg, ShellId};
use crate::domain::error::ErrorKind;
use crate::domain::target::{ContainerId, Status};
use crate::engine::{Engine, Tty};

use super::{Done, Runner};
use crate::runtime::feeds::send;

/// How long a twin whose stream has ended may take to have ended itself.
const LAST_STATUS: Duration = Duration::from_secs(3);

/// Between two looks for a twin whose engine is out of reach.
const RETRY: Duration = Duration::from_secs(2);

impl Runner {
    /// The stream of the twin's own program ended.
    pub(super) fn twin_ended(&mut self, shell: ShellId, twin: ContainerId) {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        let stop = self.all.clone();
        self.tasks.spawn(async move {
            let found = stop.run_until_cancelled(find(engine.as_ref(), &twin, shell, &tx));
            match found.await.flatten() {
                Some(tty) => Done::FoundAgain(shell, twin, tty),
                None => Done::Nothing,
            }
        });
    }

    /// The twin runs, and its shell is attached to once more.
    pub(super) fn found_again(&mut self, shell: ShellId, twin: ContainerId, tty: Tty) {
        let Some(parts) = self.shells.again(shell, &twin, tty, self.tx.clone()) else {
            // It was left meanwhile.
            return;
        };
        let ended = Done::TwinEnded(shell, twin);
        self.connect(parts, None, Msg::ShellFoundAgain(shell), ended);
    }
}

/// Tells how the shell ended, and where only its connection did, looks for the twin until it is there or gone for good.
async fn find(
    engine: &dyn Engine,
    twin: &ContainerId,
    shell: ShellId,
    tx: &mpsc::Sender<Msg>,
) -> Option<Tty> {
    // Where only the connection broke, the twin runs on and would never be waited out.
    let waited = tokio::time::timeout(LAST_STATUS, engine.wait(twin)).await;
    let status = waited.ok().and_then(Result::ok);
    send(tx, Msg::ShellEnded(shell, status)).await;
    if status.is_some() {
        return None;
    }
    loop {
        match engine.inspect(&twin.0).await {
            Ok(found) => match found.state.status {
                Status::Running | Status::Paused => match engine.attach_tty(twin, true).await {
                    Ok(tty) => return Some(tty),
                    Err(error) => {
                        tracing::debug!(%error, "the twin could not be attached to again");
                    }
                },
                Status::Created
                | Status::Restarting
                | Status::Removing
                | Status::Exited
                | Status::Dead => {
                    send(tx, Msg::ShellEnded(shell, Some(found.state.exit_code))).await;
                    return None;
                }
            },
            Err(error) if error.kind == ErrorKind::NoTarget => return None,
            Err(error) => tracing::debug!(%error, "the twin is out of reach"),
        }
        tokio::time::sleep(RETRY).await;
    }
}
