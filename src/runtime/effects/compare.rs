//! Comparing the target with its dev image, as long as the pane is in sight.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::feeds::send;
use super::Runner;
use crate::app::panes::compare::News;
use crate::app::{CompareEffect, Msg, TaskId};
use crate::domain::Progress;
use crate::domain::compare::{Comparison, Role};
use crate::domain::error::{Error, ErrorKind};
use crate::domain::target::Target;
use crate::ops::compare::{Asked, Given, compare, content::content};
use crate::ops::resolve::Subject;

impl Runner {
    /// Does what the compare pane asks for.
    pub(super) fn compare(&mut self, effect: CompareEffect) {
        let (task, target, dev, path) = match effect {
            CompareEffect::Begin { task, target, dev } => (task, target, dev, None),
            CompareEffect::Content {
                task,
                target,
                dev,
                path,
            } => (task, target, dev, Some(path)),
        };
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        let session = self.session.clone();
        self.spawn(async move {
            let engine = engine.as_ref();
            let sides = sides(*target, dev);
            let news = if let Some(path) = path {
                let told = content(engine, &session, sides, &path, &cancel).await;
                News::Content(path, told.map(Box::new))
            } else {
                let (early, sink) = (early(&tx, task), sink(&tx, task));
                let asked = Asked::default();
                let compared =
                    compare(engine, &session, sides, &asked, &early, &sink, &cancel).await;
                News::Ended(compared.and_then(|compared| {
                    let trees = compared.trees.ok_or_else(|| {
                        Error::new(ErrorKind::Internal, "the files were asked for")
                    })?;
                    Ok(Box::new((compared.report, trees)))
                }))
            };
            if !cancel.is_cancelled() {
                send(&tx, Msg::Compare(task, news)).await;
            }
        });
    }
}

/// Tells what is known at first. Of a loop that is too busy for it, all comes at the end.
fn early(tx: &mpsc::Sender<Msg>, task: TaskId) -> impl Fn(&Comparison) + Send + Sync {
    let tx = tx.clone();
    move |comparison| {
        let news = News::First(Box::new(comparison.clone()));
        if let Err(error) = tx.try_send(Msg::Compare(task, news)) {
            tracing::debug!(%error, "the first part was left out");
        }
    }
}

/// Tells how much has streamed by. One that is lost in a flood is made good by the next.
fn sink(tx: &mpsc::Sender<Msg>, task: TaskId) -> impl Fn(Progress) + Send + Sync {
    let tx = tx.clone();
    move |progress| {
        if let Progress::Copied(bytes) = progress
            && let Err(error) = tx.try_send(Msg::Compare(task, News::Streamed(bytes)))
        {
            tracing::debug!(%error, "a step was left out");
        }
    }
}

/// The target as it is now (or its image, where an image is explored), and the dev image.
fn sides(target: Target, dev: String) -> [Given; 2] {
    let prod = if target.id.0.is_empty() {
        Subject::Image(target.image)
    } else {
        Subject::Container(target)
    };
    [(Role::Prod, prod), (Role::Dev, Subject::Image(dev))]
        .map(|(role, subject)| Given { role, subject })
}
