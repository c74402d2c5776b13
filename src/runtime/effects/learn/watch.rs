//! What is known of the lab, asked again and again: at events of the engine, and once a second.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::super::super::feeds::send;
use super::super::Runner;
use super::twins::TwinCommands;
use crate::app::learn_effect::LearnNews;
use crate::app::{Msg, TaskId};
use crate::domain::error::Result;
use crate::domain::lesson::facts::{Facts, Question};
use crate::domain::lesson::lab::{Names, Ready};
use crate::domain::target::Event;
use crate::domain::twin::Session;
use crate::engine::Engine;
use crate::ops::lesson::Watcher;
use crate::records::Records;

/// Between two looks when nothing happens.
const PAUSE: Duration = Duration::from_secs(1);

/// Between an event and the look at what it changed: many come together.
const AFTER_EVENT: Duration = Duration::from_millis(100);

/// Between two tries to hear events from an engine that went away.
const RETRY: Duration = Duration::from_secs(2);

/// Questions that are to be asked.
pub(super) struct Watch {
    task: TaskId,
    questions: Vec<Question>,
    cancel: CancellationToken,
}

impl Runner {
    /// Begins to ask these questions, in place of those before.
    pub(super) fn watch_lab(&mut self, task: TaskId, questions: Vec<Question>) {
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let watch = Watch {
            task,
            questions,
            cancel,
        };
        if let Some(watches) = &self.learn.watches
            && let Err(error) = watches.send(watch)
        {
            tracing::debug!(%error, "a watch came after the end");
        }
    }

    /// Begins to listen to the engine: what happens between two steps must not be missed.
    pub(super) fn observe(&mut self, ready: watch::Receiver<Option<Ready>>) {
        let (watches, asked) = mpsc::unbounded_channel();
        self.learn.watches = Some(watches);
        let observer = Observer {
            engine: Arc::clone(&self.engine),
            session: self.session.clone(),
            records: self.sessions.records(),
            ready,
            tx: self.tx.clone(),
        };
        // A look is not broken off: it may have made a container that it has to remove.
        let stop = self.all.clone();
        self.spawn(observer.run(asked, stop));
    }
}

/// Whoever asks.
struct Observer {
    engine: Arc<dyn Engine>,
    session: Session,
    records: Records,
    ready: watch::Receiver<Option<Ready>>,
    tx: mpsc::Sender<Msg>,
}

/// A watch that runs.
struct Running {
    watch: Watch,
    names: Names,
    watcher: Watcher,
    twins: TwinCommands,
    /// When the next look is due.
    due: Instant,
    /// What was told last.
    told: Option<Result<Box<Facts>>>,
}

impl Observer {
    async fn run(self, mut asked: mpsc::UnboundedReceiver<Watch>, stop: CancellationToken) {
        let mut events = Events::default();
        let mut running: Option<Running> = None;
        loop {
            let due = running.as_ref().map(|running| running.due);
            let over = running.as_ref().map(|running| running.watch.cancel.clone());
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                watch = asked.recv() => match watch {
                    Some(watch) => running = self.begin(watch),
                    None => return,
                },
                () = cancelled(over) => running = None,
                event = events.next(&self.engine) => {
                    if let Some(running) = &mut running
                        && running.watcher.take(&event)
                    {
                        running.due = running.due.min(Instant::now() + AFTER_EVENT);
                    }
                }
                () = until(due) => if let Some(running) = &mut running {
                    self.look(running).await;
                },
            }
        }
    }

    fn begin(&self, watch: Watch) -> Option<Running> {
        let ready = self.ready.borrow().clone()?;
        Some(Running {
            names: ready.names.clone(),
            watcher: Watcher::new(self.session.clone(), ready),
            watch,
            twins: TwinCommands::default(),
            due: Instant::now(),
            told: None,
        })
    }

    /// Looks, and tells what has changed.
    async fn look(&self, running: &mut Running) {
        let facts = self.facts(running).await.map(Box::new);
        running.due = Instant::now() + PAUSE;
        let cancel = running.watch.cancel.clone();
        if cancel.is_cancelled() || running.told.as_ref() == Some(&facts) {
            return;
        }
        running.told = Some(facts.clone());
        let news = Msg::Learn(running.watch.task, LearnNews::Seen(facts));
        cancel.run_until_cancelled(send(&self.tx, news)).await;
    }

    async fn facts(&self, running: &mut Running) -> Result<Facts> {
        let engine = self.engine.as_ref();
        running
            .twins
            .look(engine, &self.records, &running.names)
            .await?;
        let answers = running
            .watcher
            .ask(engine, &running.watch.questions)
            .await?;
        Ok(Facts {
            commands: running.twins.commands().to_vec(),
            happened: running.watcher.happened(engine).await,
            answer: None,
            answers,
        })
    }
}

/// The engine's events, listened to again when they end.
#[derive(Default)]
struct Events {
    stream: Option<BoxStream<'static, Result<Event>>>,
    /// The connection that is being made: it may take longer than the next look is away.
    connecting: Option<BoxFuture<'static, Result<BoxStream<'static, Result<Event>>>>>,
    /// Not before this.
    again: Option<Instant>,
}

impl Events {
    /// The next one. It may be given up at any time.
    async fn next(&mut self, engine: &Arc<dyn Engine>) -> Event {
        loop {
            let Some(stream) = &mut self.stream else {
                if let Some(again) = self.again {
                    sleep_until(again).await;
                }
                let connecting = self.connecting.get_or_insert_with(|| {
                    let engine = Arc::clone(engine);
                    Box::pin(async move { engine.events().await })
                });
                let connected = connecting.await;
                self.connecting = None;
                match connected {
                    Ok(stream) => self.stream = Some(stream),
                    Err(error) => {
                        tracing::debug!(%error, "no events of the lab");
                        self.again = Some(Instant::now() + RETRY);
                    }
                }
                continue;
            };
            match stream.next().await {
                Some(Ok(event)) => return event,
                Some(Err(error)) => tracing::debug!(%error, "the events of the lab broke"),
                None => tracing::debug!("the events of the lab ended"),
            }
            self.stream = None;
            self.again = Some(Instant::now() + RETRY);
        }
    }
}

async fn cancelled(over: Option<CancellationToken>) {
    match over {
        Some(over) => over.cancelled().await,
        None => std::future::pending().await,
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
