//! What flows from the engine into the loop by itself or for a glance: events, previews.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use crate::app::{Msg, Preview, TaskId};
use crate::domain::Progress;
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

/// Passes on what a long operation tells, all of it and in order, however busy the loop is: what is told before a pause
/// must stand on the screen for all of it. Of what is `fleeting` and comes faster than the loop takes it only the newest
/// counts.
pub(super) async fn pass_on<T>(
    mut said: mpsc::UnboundedReceiver<T>,
    tx: &mpsc::Sender<Msg>,
    fleeting: impl Fn(&T) -> bool,
    told: impl Fn(T) -> Msg,
) {
    while let Some(mut now) = said.recv().await {
        while fleeting(&now) {
            match said.try_recv() {
                Ok(newer) if fleeting(&newer) => now = newer,
                Ok(other) => {
                    send(tx, told(now)).await;
                    now = other;
                }
                Err(_) => break,
            }
        }
        send(tx, told(now)).await;
    }
}

/// [`pass_on`] for progress: of a pull or a copy only the newest state counts.
pub(super) async fn pass_progress(
    said: mpsc::UnboundedReceiver<Progress>,
    tx: &mpsc::Sender<Msg>,
    task: TaskId,
) {
    let fleeting =
        |progress: &Progress| matches!(progress, Progress::Pull(_) | Progress::Copied(_));
    pass_on(said, tx, fleeting, |progress| Msg::Progress(task, progress)).await;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Pull;

    #[tokio::test]
    async fn news_that_are_not_fleeting_all_arrive_however_busy_the_loop_is() {
        let (says, said) = mpsc::unbounded_channel();
        for number in 0..9 {
            says.send(number).unwrap();
        }
        drop(says);
        let (tx, mut rx) = mpsc::channel(1);
        let told = |number| Msg::Progress(TaskId(number), Progress::Copied(0));
        let passing = async move { pass_on(said, &tx, |_| false, told).await };
        let taking = async {
            let mut came = Vec::new();
            while let Some(Msg::Progress(TaskId(number), _)) = rx.recv().await {
                came.push(number);
            }
            came
        };
        let ((), came) = tokio::join!(passing, taking);
        assert_eq!(came, (0..9).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn of_progress_that_comes_faster_than_it_is_taken_every_step_and_the_last_state_arrive() {
        let pull = |reference: &str| {
            Progress::Pull(Pull {
                reference: reference.into(),
                layers: Vec::new(),
            })
        };
        let (says, said) = mpsc::unbounded_channel();
        let all = [
            Progress::Step("pulling".into()),
            pull("a"),
            pull("b"),
            Progress::Step("creating".into()),
            Progress::Step("starting".into()),
            pull("c"),
            pull("d"),
        ];
        for progress in all {
            says.send(progress).unwrap();
        }
        drop(says);
        let (tx, mut rx) = mpsc::channel(1);
        let passing = async move { pass_progress(said, &tx, TaskId(1)).await };
        let taking = async {
            let mut came = Vec::new();
            while let Some(Msg::Progress(TaskId(1), progress)) = rx.recv().await {
                came.push(progress);
            }
            came
        };
        let ((), came) = tokio::join!(passing, taking);
        let want = [
            Progress::Step("pulling".into()),
            pull("b"),
            Progress::Step("creating".into()),
            Progress::Step("starting".into()),
            pull("d"),
        ];
        assert_eq!(came, want);
    }
}
