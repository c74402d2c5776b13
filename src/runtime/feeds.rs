//! What flows from the engine into the loop by itself or for a glance: events, previews.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use crate::app::{Msg, Preview};
use crate::domain::error::{Error, ErrorKind};
use crate::domain::plan::Wishes;
use crate::domain::target::ContainerId;
use crate::domain::twin::Session;
use crate::engine::Engine;
use crate::ops;
use crate::ops::resolve::Subject;

/// Between two tries to hear from an engine that went away.
const RETRY: Duration = Duration::from_secs(2);
/// Lines of log in the picker's preview.
const PREVIEW_LINES: u32 = 40;

/// Sends a message; a loop that is gone needs no more messages.
pub(super) async fn send(tx: &mpsc::Sender<Msg>, msg: Msg) {
    if tx.send(msg).await.is_err() {
        tracing::debug!("a reply came after the end");
    }
}

/// Follows the engine's events, and tries again for as long as it is gone.
pub(super) async fn follow(engine: &dyn Engine, tx: &mpsc::Sender<Msg>) {
    let mut lost = false;
    loop {
        let error = match engine.events().await {
            Ok(mut events) => {
                if lost {
                    lost = false;
                    send(tx, Msg::EngineBack).await;
                }
                loop {
                    match events.next().await {
                        Some(Ok(event)) => send(tx, Msg::Engine(event)).await,
                        Some(Err(error)) => break error,
                        None => {
                            break Error::new(
                                ErrorKind::Engine,
                                "the engine closed its event stream",
                            );
                        }
                    }
                }
            }
            Err(error) => error,
        };
        if !lost {
            lost = true;
            send(tx, Msg::EngineLost(error)).await;
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// What the picker shows of the container that its selection rests on.
pub(super) async fn preview(
    engine: &dyn Engine,
    session: &Session,
    wishes: &Wishes,
    id: ContainerId,
) -> Preview {
    let target = engine.inspect(&id.0).await;
    let log = engine.logs(&id, PREVIEW_LINES).await;
    let resolution = match &target {
        Ok(target) => {
            ops::resolve::resolve(engine, session, &Subject::Container(target.clone()), wishes)
                .await
        }
        Err(error) => Err(error.clone()),
    };
    Preview {
        id,
        target,
        log,
        resolution,
    }
}
