//! Builds of a Dockerfile that is explored, and the file itself.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::dockerfile;
use super::super::feeds::send;
use super::Runner;
use crate::app::{Msg, Rewrite, TaskId};
use crate::domain::dockerfile::order::Order;
use crate::ops;

/// The most news that are told at once.
const BATCH: usize = 256;

impl Runner {
    /// Builds. Run to its end: what it made is removed also when it is given up.
    pub(super) fn build(&mut self, task: TaskId, order: Order) {
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let (engine, session) = (Arc::clone(&self.engine), self.session.clone());
        let tx = self.tx.clone();
        self.spawn(async move {
            let (says, mut said) = mpsc::unbounded_channel();
            let work = async move {
                let sink = move |news| drop(says.send(news));
                let engine = engine.as_ref();
                ops::build::step::build_to(engine, &session, &order, task.0, &sink, &cancel).await
            };
            let passing = async {
                let mut news = Vec::new();
                while said.recv_many(&mut news, BATCH).await > 0 {
                    send(&tx, Msg::BuildNews(task, std::mem::take(&mut news))).await;
                }
            };
            // The sink goes with the work, and so ends what passes on what it was told.
            let (came, ()) = tokio::join!(Box::pin(work), passing);
            send(&tx, Msg::Built(task, came.map(Box::new))).await;
        });
    }

    pub(super) fn read_dockerfile(&mut self, path: String) {
        let tx = self.tx.clone();
        self.ask(async move {
            let text = dockerfile::read(&path).await;
            send(&tx, Msg::DockerfileRead(text)).await;
        });
    }

    /// Written before the program can end.
    pub(super) fn write_dockerfile(&mut self, rewrite: Rewrite) {
        let tx = self.tx.clone();
        self.spawn(async move {
            let written = dockerfile::rewrite(&rewrite.path, &rewrite.expected, rewrite.text).await;
            send(&tx, Msg::DockerfileWritten(written)).await;
        });
    }
}
