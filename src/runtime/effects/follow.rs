//! Streams that are followed while a pane is in sight: the target's log, and what it takes of its machine.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::super::feeds::send;
use super::{Done, Runner};
use crate::app::{Msg, TaskId};
use crate::domain::error::Result;
use crate::domain::log::{Assembler, Line, LogQuery, Stream};
use crate::domain::target::ContainerId;
use crate::engine::{Engine, Output};

/// Between two messages with lines of a log: who reads needs no more, and each costs a frame.
const PACE: Duration = Duration::from_millis(150);
/// Bytes of a log that are passed on at once, also before that.
const BATCH: usize = 64 * 1024;

impl Runner {
    pub(super) fn follow_log(&mut self, task: TaskId, target: ContainerId, query: LogQuery) {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.feed(task, async move {
            log(engine.as_ref(), &tx, task, &target, &query).await
        });
    }

    pub(super) fn follow_stats(&mut self, task: TaskId, target: ContainerId) {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.feed(task, async move {
            let mut samples = engine.stats(&target).await?;
            while let Some(sample) = samples.next().await {
                send(&tx, Msg::Stats(task, Box::new(sample?))).await;
            }
            Ok(())
        });
    }

    /// Follows a stream until it ends or is cancelled, which drops it.
    fn feed(&mut self, task: TaskId, work: impl Future<Output = Result<()>> + Send + 'static) {
        let stop = self.all.child_token();
        self.cancels.insert(task, stop.clone());
        self.tasks.spawn(async move {
            match stop.run_until_cancelled(work).await {
                Some(result) => Done::FeedEnded(task, result),
                None => Done::Nothing,
            }
        });
    }

    pub(super) fn feed_ended(&mut self, task: TaskId, result: Result<()>) {
        self.cancels.remove(&task);
        let tx = self.tx.clone();
        self.ask(async move { send(&tx, Msg::FeedEnded(task, result)).await });
    }
}

async fn log(
    engine: &dyn Engine,
    tx: &mpsc::Sender<Msg>,
    task: TaskId,
    target: &ContainerId,
    query: &LogQuery,
) -> Result<()> {
    let runs = engine.runs_of(target).await;
    // Fused: its end is seen by the inner loop, and asked for again by the outer one.
    let mut pieces = engine.log_stream(target, query).await?.fuse();
    // The log can be read without: it then has no rules between its runs.
    let runs = runs.unwrap_or_else(|error| {
        tracing::debug!(%error, "past runs are not known");
        Vec::new()
    });
    send(tx, Msg::LogRuns(task, runs)).await;
    let mut assembler = Assembler::default();
    let mut due = Instant::now();
    while let Some(first) = pieces.next().await {
        let mut batch = Batch::default();
        batch.add(&mut assembler, first?);
        let mut ended = Ok(());
        while batch.bytes < BATCH {
            match timeout_at(due, pieces.next()).await {
                Ok(Some(Ok(piece))) => batch.add(&mut assembler, piece),
                // What came before it is shown first.
                Ok(Some(Err(error))) => {
                    ended = Err(error);
                    break;
                }
                Ok(None) | Err(_) => break,
            }
        }
        batch.send(tx, task).await;
        ended?;
        due = Instant::now() + PACE;
    }
    let mut rest = Batch::default();
    assembler.end(&mut rest.lines);
    rest.send(tx, task).await;
    Ok(())
}

/// Lines that are passed on together.
#[derive(Default)]
struct Batch {
    lines: Vec<Line>,
    bytes: usize,
}

impl Batch {
    fn add(&mut self, assembler: &mut Assembler, piece: Output) {
        let (stream, bytes) = match piece {
            Output::Stdout(bytes) => (Stream::Out, bytes),
            Output::Stderr(bytes) => (Stream::Err, bytes),
        };
        self.bytes += bytes.len();
        assembler.feed(stream, &bytes, &mut self.lines);
    }

    async fn send(self, tx: &mpsc::Sender<Msg>, task: TaskId) {
        if !self.lines.is_empty() {
            send(tx, Msg::LogLines(task, self.lines)).await;
        }
    }
}
