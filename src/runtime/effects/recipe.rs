//! The recipe of a session: its record on disk, what is looked at for it, and whether it holds.

use std::sync::Arc;

use super::super::feeds::send;
use super::Runner;
use crate::app::recipe_effect::{RecipeEffect, RecipeTold};
use crate::app::{Msg, TaskId};
use crate::domain::error::Error;
use crate::domain::recipe::verify::{News, Order};
use crate::domain::recorder::Record;
use crate::domain::target::ContainerId;
use crate::ops;

impl Runner {
    pub(super) fn recipe(&mut self, order: RecipeEffect) {
        match order {
            // A small file, and written before the program can end.
            RecipeEffect::Keep {
                session,
                twin,
                record,
            } => self.sessions.records().keep(&session, &twin, &record),
            RecipeEffect::Look { task, twin, record } => self.recipe_look(task, twin, *record),
            RecipeEffect::Verify { task, order } => self.recipe_verify(task, *order),
            RecipeEffect::Commit { task, twin, name } => {
                let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
                self.spawn(async move {
                    let made = ops::recipe::commit(engine.as_ref(), &twin.0, &name).await;
                    let told = RecipeTold::Committed(name, made.map(drop));
                    send(&tx, Msg::Recipe(task, told)).await;
                });
            }
        }
    }

    fn recipe_look(&mut self, task: TaskId, twin: ContainerId, record: Record) {
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.ask(async move {
            let found = ops::recipe::look(engine.as_ref(), &twin.0, &record, &cancel).await;
            send(
                &tx,
                Msg::Recipe(task, RecipeTold::Found(found.map(Box::new))),
            )
            .await;
        });
    }

    fn recipe_verify(&mut self, task: TaskId, order: Order) {
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        let session = self.session.clone();
        self.spawn(async move {
            let news = tx.clone();
            // A line that finds no room is one that nobody could read: the report has what counts.
            let tell = move |what: News| {
                let _ = news.try_send(Msg::Recipe(task, RecipeTold::News(what)));
            };
            let verified = Box::pin(ops::recipe::verify::verify(
                engine.as_ref(),
                &session,
                &order,
                &tell,
                &cancel,
            ))
            .await;
            let verified: Result<_, Error> = verified.map(Box::new);
            send(&tx, Msg::Recipe(task, RecipeTold::Verified(verified))).await;
        });
    }

    /// Forgets the record of a twin that is removed.
    pub(super) fn forget_record(&self, twin: &ContainerId) {
        let records = self.sessions.records();
        records.forget(&self.session.id, twin);
        for adopted in &self.adopted {
            records.forget(&adopted.session().id, twin);
        }
    }
}
