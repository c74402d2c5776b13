//! Looking at a target: its entrypoint, and what a container has of programs.

use std::sync::Arc;

use super::super::feeds::send;
use super::{Done, Runner};
use crate::app::{Msg, TaskId};
use crate::domain::entrypoint::Report;
use crate::domain::error::Result;
use crate::domain::target::ContainerId;
use crate::ops::{self, resolve::Subject};

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

    pub(super) fn inspected(&mut self, task: TaskId, report: Result<Box<Report>>) {
        self.cancels.remove(&task);
        let tx = self.tx.clone();
        self.ask(async move { send(&tx, Msg::EntrypointInspected(task, report)).await });
    }

    pub(super) fn probe(&mut self, task: TaskId, container: ContainerId, paths: Vec<String>) {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.ask(async move {
            let found = ops::resolve::programs(engine.as_ref(), &container, &paths).await;
            send(&tx, Msg::Probed(task, found)).await;
        });
    }
}
