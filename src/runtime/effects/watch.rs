//! A shell in the twin that tells of processes and network: started with the first question, ended when nobody looks.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::feeds::send;
use super::Runner;
use crate::app::{Msg, TaskId};
use crate::domain::look::{Look, Vantage};
use crate::domain::twin::Twin;
use crate::ops::lookout::Lookout;
use crate::ops::unless_cancelled;

/// Questions that may wait: the model asks one of a kind at a time.
const WAITING: usize = 16;

/// Where questions go, by the number of their watch.
#[derive(Default)]
pub(super) struct Watches(HashMap<TaskId, mpsc::Sender<Look>>);

impl Runner {
    /// Begins to answer questions about what a twin sees, until it is cancelled.
    pub(super) fn watch_twin(&mut self, task: TaskId, twin: Twin, vantage: Vantage) {
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let (asks, mut asked) = mpsc::channel(WAITING);
        self.watches.0.retain(|_, asks| !asks.is_closed());
        self.watches.0.insert(task, asks);
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.spawn(async move {
            let engine = engine.as_ref();
            let mut lookout: Option<Lookout> = None;
            let mut slow = false;
            while let Some(Some(look)) = cancel.run_until_cancelled(asked.recv()).await {
                let answer = async {
                    let open = match lookout.take() {
                        Some(open) => open,
                        None => Lookout::open(engine, &twin, vantage, slow).await?,
                    };
                    lookout.insert(open).answer(engine, &look).await
                };
                // A signal is not given up half-way: nobody would know whether it was sent.
                let result = match look {
                    Look::Send { .. } => answer.await,
                    Look::Processes { .. } | Look::Process { .. } | Look::Network => {
                        unless_cancelled(&cancel, answer).await
                    }
                };
                if result.is_err()
                    && let Some(broken) = lookout.take()
                {
                    slow |= broken.is_slow();
                    broken.close(engine).await;
                }
                let told = send(&tx, Msg::Looked(task, look, result.map(Box::new)));
                if cancel.run_until_cancelled(told).await.is_none() {
                    break;
                }
            }
            if let Some(lookout) = lookout {
                lookout.close(engine).await;
            }
        });
    }

    /// Asks a question; one too many is left out.
    pub(super) fn look(&mut self, task: TaskId, look: Look) {
        if let Some(asks) = self.watches.0.get(&task)
            && let Err(error) = asks.try_send(look)
        {
            tracing::debug!(%error, "a look was left out");
        }
    }
}
