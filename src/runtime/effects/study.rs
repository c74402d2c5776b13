//! Looking at a target: its entrypoint, and what a container has of programs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::super::feeds::{pass_progress, send};
use super::{Done, Runner};
use crate::app::{Msg, TaskId};
use crate::domain::entrypoint::Report;
use crate::domain::error::Result;
use crate::domain::image::Likeness;
use crate::domain::target::ContainerId;
use crate::domain::tryout::Trial;
use crate::domain::twin::Twin;
use crate::ops::{self, resolve::Subject};

/// How long files are tried in production: a server that lives so long runs.
const TRY: Duration = Duration::from_secs(10);

impl Runner {
    pub(super) fn inspect_entrypoint(&mut self, task: TaskId, target: ContainerId, dev: String) {
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let (engine, session) = (Arc::clone(&self.engine), self.session.clone());
        self.tasks.spawn(async move {
            let look = async {
                let target = engine.inspect(&target.0).await?;
                let subject = Subject::Container(target);
                let engine = engine.as_ref();
                ops::inspect::inspect(engine, &session, &subject, Some(&dev), &cancel).await
            };
            let report = look.await.map(|inspected| Box::new(inspected.report));
            Done::Inspected(task, report)
        });
    }

    pub(super) fn inspect_image(&mut self, task: TaskId, image: String, dev: String) {
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let (engine, session) = (Arc::clone(&self.engine), self.session.clone());
        let pull = self.wishes.pull;
        self.tasks.spawn(async move {
            let look = async {
                let engine = engine.as_ref();
                let here = ops::explore::fetched(engine, &image, pull, &|_| {});
                ops::unless_cancelled(&cancel, here).await?;
                let subject = Subject::Image(image);
                ops::inspect::inspect(engine, &session, &subject, Some(&dev), &cancel).await
            };
            let report = look.await.map(|inspected| Box::new(inspected.report));
            Done::Inspected(task, report)
        });
    }

    /// Tries files in production. Run to its end: what it made is removed also when it is given up.
    pub(super) fn try_out(&mut self, task: TaskId, twin: Twin, image: String, trial: Trial) {
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let (engine, session) = (Arc::clone(&self.engine), self.session.clone());
        let (tx, pull) = (self.tx.clone(), self.wishes.pull);
        self.spawn(async move {
            let (says, said) = mpsc::unbounded_channel();
            let sink = move |p| drop(says.send(p));
            let work = async move {
                let wanted = ops::tryout::Try {
                    twin: &twin,
                    image: &image,
                    trial,
                    limit: TRY,
                    pull,
                    serial: task.0,
                };
                let engine = engine.as_ref();
                ops::tryout::tryout(engine, &session, wanted, None, &sink, &cancel).await
            };
            // The sink goes with the work, and so ends what passes on what it was told.
            let (came, ()) = tokio::join!(Box::pin(work), pass_progress(said, &tx, task));
            send(&tx, Msg::TriedOut(task, came.map(Box::new))).await;
        });
    }

    pub(super) fn inspected(&mut self, task: TaskId, report: Result<Box<Report>>) {
        self.cancels.remove(&task);
        let tx = self.tx.clone();
        self.ask(async move { send(&tx, Msg::EntrypointInspected(task, report)).await });
    }

    /// A comparison of both images that is given up still removes what it made.
    pub(super) fn compare_images(&mut self, task: TaskId, target: ContainerId, dev: String) {
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let (engine, session) = (Arc::clone(&self.engine), self.session.clone());
        self.tasks.spawn(async move {
            let engine = engine.as_ref();
            let told = ops::resolve::alike(engine, &session, &target, &dev, &cancel).await;
            Done::Alike(task, told.map(Box::new))
        });
    }

    pub(super) fn compared(&mut self, task: TaskId, result: Result<Box<Likeness>>) {
        let given_up = self.cancels.remove(&task).is_none_or(|c| c.is_cancelled());
        let tx = self.tx.clone();
        if !given_up {
            self.ask(async move { send(&tx, Msg::Alike(task, result)).await });
        }
    }

    pub(super) fn probe(&mut self, task: TaskId, container: ContainerId, paths: Vec<String>) {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.ask(async move {
            let found = ops::resolve::programs(engine.as_ref(), &container, &paths).await;
            send(&tx, Msg::Probed(task, found)).await;
        });
    }
}
