//! Asking a twin's package manager: what can be had, what a change would do, and making it.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::super::feeds::send;
use super::{Done, Runner};
use crate::app::{Msg, TaskId};
use crate::domain::error::{Error, Result};
use crate::domain::packages::{Change, News};
use crate::domain::target::ContainerId;
use crate::engine::Engine;
use crate::ops::packages::{self, Desk};

/// News that may wait for the loop: a burst of a manager's lines; of a flood the rest is dropped.
const NEWS: usize = 256;

/// What is asked of a package manager.
pub(super) enum Asked {
    /// What can be had, and what is there.
    Stock { refresh: bool },
    /// What a change would do.
    Simulate(Change),
    /// To make it.
    Change(Change),
}

/// What came of asking.
pub(super) struct Answered {
    task: TaskId,
    /// The manager, when it was found.
    desk: Option<Desk>,
    /// The last word.
    msg: Msg,
}

impl Runner {
    /// Asks a twin's package manager. Given up, also by the end of the program, a run is ended before this task
    /// is: one in a twin that is kept would go on half-dead.
    pub(super) fn packages(&mut self, task: TaskId, twin: ContainerId, asked: Asked) {
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        let (setups, known) = (Arc::clone(&self.setups), self.desks.get(&twin).cloned());
        self.tasks.spawn(async move {
            let (news, mut queue) = mpsc::channel(NEWS);
            let forward = async {
                while let Some(told) = queue.recv().await {
                    send(&tx, Msg::PackageNews(task, told)).await;
                }
            };
            let engine = engine.as_ref();
            let work = async move {
                let desk = match known {
                    Some(desk) => Ok(desk),
                    None => packages::open(engine, &twin, &setups).await,
                };
                let msg = answer(engine, task, &desk, asked, news, &cancel).await;
                (desk.ok(), msg)
            };
            let ((desk, msg), ()) = tokio::join!(work, forward);
            Done::Packages(Box::new(Answered { task, desk, msg }))
        });
    }

    pub(super) fn answered(&mut self, answered: Answered) {
        let Answered { task, desk, msg } = answered;
        self.cancels.remove(&task);
        if let Some(desk) = desk {
            self.desks.insert(desk.twin.clone(), desk);
        }
        let tx = self.tx.clone();
        self.ask(async move { send(&tx, msg).await });
    }
}

/// Asks at the desk; the message that says what came of it.
async fn answer(
    engine: &dyn Engine,
    task: TaskId,
    desk: &Result<Desk>,
    asked: Asked,
    news: mpsc::Sender<News>,
    cancel: &CancellationToken,
) -> Msg {
    // What finds no room is dropped: the last word has all that counts.
    let sink = move |told| drop(news.try_send(told));
    let desk = desk.as_ref().map_err(Error::clone);
    match asked {
        Asked::Stock { refresh } => {
            let stock = async { packages::stock(engine, desk?, refresh, &sink, cancel).await };
            Msg::Stocked(task, stock.await.map(Box::new))
        }
        Asked::Simulate(change) => {
            let simulated = async { packages::simulate(engine, desk?, &change, cancel).await };
            Msg::Simulated(task, simulated.await.map(Box::new))
        }
        Asked::Change(change) => {
            let changed = async { packages::change(engine, desk?, &change, &sink, cancel).await };
            Msg::PackagesChanged(task, changed.await.map(Box::new))
        }
    }
}

#[cfg(test)]
mod tests;
