//! The one task that makes and removes labs, one order after the other.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::super::super::feeds::{pass_on, send};
use super::super::super::local::Local;
use crate::app::learn_effect::LearnNews;
use crate::app::{Msg, TaskId};
use crate::domain::Progress;
use crate::domain::error::{Error, Result};
use crate::domain::lesson::Lesson;
use crate::domain::lesson::lab::{Base, Names, Ready};
use crate::domain::session::Liveness;
use crate::domain::twin::Session;
use crate::engine::Engine;
use crate::lessons::WorkFolders;
use crate::ops::{lab, unless_cancelled};
use crate::session::Sessions;

/// What is to be done. With each goes the shell that works in the lab before.
pub(super) enum Order {
    /// Make the lab of a lesson, in place of the one before.
    SetUp {
        task: TaskId,
        lesson: Box<Lesson>,
        base: Base,
        cancel: CancellationToken,
        shell: Option<Local>,
    },
    /// Remove the lab.
    TearDown { task: TaskId, shell: Option<Local> },
}

/// Whoever makes and removes labs.
pub(super) struct Labs {
    pub engine: Arc<dyn Engine>,
    pub session: Session,
    pub sessions: Sessions,
    pub work: WorkFolders,
    /// What a lab is to be called.
    pub name: Option<String>,
    /// Where it is told which lab is ready.
    pub ready: watch::Sender<Option<Ready>>,
    pub tx: mpsc::Sender<Msg>,
}

impl Labs {
    /// Does what is ordered until nobody orders any more, or the program ends: what is left then is removed there.
    pub(super) async fn run(
        self,
        mut orders: mpsc::UnboundedReceiver<Order>,
        stop: CancellationToken,
    ) {
        while let Some(Some(order)) = stop.run_until_cancelled(orders.recv()).await {
            match order {
                Order::SetUp {
                    task,
                    lesson,
                    base,
                    cancel,
                    shell,
                } => {
                    end(shell).await;
                    let made = self.make(task, &lesson, base, &cancel).await;
                    if stop.is_cancelled() {
                        return;
                    }
                    let made = match made {
                        Ok(ready) => Ok(Box::new(ready)),
                        Err(error) => Err(self.undone(error).await),
                    };
                    self.tell(task, LearnNews::Ready(made), &stop).await;
                }
                Order::TearDown { task, shell } => {
                    end(shell).await;
                    let removed = stop.run_until_cancelled(self.remove()).await;
                    if let Some(removed) = removed {
                        self.tell(task, LearnNews::Removed(removed), &stop).await;
                    }
                }
            }
        }
    }

    async fn tell(&self, task: TaskId, news: LearnNews, stop: &CancellationToken) {
        stop.run_until_cancelled(send(&self.tx, Msg::Learn(task, news)))
            .await;
    }

    /// Removes what there is of a lab, and makes another.
    async fn make(
        &self,
        task: TaskId,
        lesson: &Lesson,
        base: Base,
        cancel: &CancellationToken,
    ) -> Result<Ready> {
        let (says, said) = mpsc::unbounded_channel();
        let work = async {
            // With the work goes the sink, and with that what passes on what it was told.
            let says = says;
            let sink = |progress: Progress| drop(says.send(progress));
            unless_cancelled(cancel, self.anew(lesson, base, &sink)).await
        };
        let fleeting = |progress: &Progress| matches!(progress, Progress::Pull(_));
        let told = |progress| Msg::Learn(task, LearnNews::Making(words(progress)));
        let passing = async {
            let passing = pass_on(said, &self.tx, fleeting, told);
            cancel.run_until_cancelled(passing).await;
        };
        let (made, ()) = tokio::join!(Box::pin(work), passing);
        made
    }

    async fn anew(
        &self,
        lesson: &Lesson,
        base: Base,
        sink: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Ready> {
        let engine = self.engine.as_ref();
        sink(Progress::Step("removing the lab before".into()));
        self.remove().await?;
        // Of a devtwin that was killed: its lab would have the name.
        let ask = |id: &str, owner: &str| self.sessions.liveness(id, owner);
        if let Err(error) = lab::remove_gone(engine, &ask).await {
            sink(Progress::Notable(format!(
                "what a killed devtwin left of a lab could not be removed: {}",
                error.message
            )));
        }
        let owner = &self.session.owner;
        self.work.sweep(|id| ask(id, owner) == Liveness::Gone);
        sink(Progress::Step("choosing a name for the lab".into()));
        let names = Names {
            lab: lab::claim(engine, &self.session, &lesson.id, self.name.as_deref()).await?,
            tokens: lab::tokens(lesson),
        };
        let folder = self.work.make(&self.session.id, &lesson.id)?;
        lab::write_files(&folder, lesson, &names)?;
        lab::set_up(engine, &self.session, lesson, &base, &names, sink).await?;
        let ready = Ready {
            names,
            work: folder.to_string_lossy().into_owned(),
            base,
        };
        self.ready.send_replace(Some(ready.clone()));
        Ok(ready)
    }

    async fn remove(&self) -> Result<()> {
        self.ready.send_replace(None);
        let removed = lab::tear_down(self.engine.as_ref(), &self.session.id).await;
        // The folder goes also where the engine does not answer.
        let tidied = self.work.remove(&self.session.id);
        removed.and(tidied)
    }

    /// Removes what was made before it failed.
    async fn undone(&self, error: Error) -> Error {
        match self.remove().await {
            Ok(()) => error,
            Err(left) => {
                let what = format!("of the lab something is left: {}", left.message);
                error.and_hint(&what)
            }
        }
    }
}

async fn end(shell: Option<Local>) {
    if let Some(shell) = shell {
        shell.end().await;
    }
}

/// What is being done, in words.
fn words(progress: Progress) -> String {
    match progress {
        Progress::Step(text) | Progress::Notable(text) => text,
        Progress::Copied(bytes) => format!("{bytes} bytes copied"),
        Progress::Pull(pull) => match pull.layers_done() {
            (done, all) if all > 0 => {
                format!("pulling {}: {done} of {all} layers", pull.reference)
            }
            _ => format!("pulling {}", pull.reference),
        },
        Progress::Awaits { name, .. } => format!("waiting for {name}"),
    }
}
