//! Bringing a twin up, whichever way in.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Done, Runner};
use crate::app::{Msg, ShellId, TaskId};
use crate::domain::Size;
use crate::domain::image::Resolution;
use crate::domain::plan::{Mode, Wishes};
use crate::ops;
use crate::runtime::feeds::{pass_progress, send};

/// What a twin is wanted for.
pub(super) struct Wanted {
    /// A container, an image or a twin, by name or id.
    pub target: String,
    /// Its dev image, where that is known already.
    pub resolution: Option<Box<Resolution>>,
    /// What the person asked for.
    pub wishes: Box<Wishes>,
    /// Of the terminal.
    pub size: Size,
}

impl Runner {
    /// Brings a twin up, with progress; cancelled, it removes what it made.
    pub(super) fn attach(&mut self, task: TaskId, shell: ShellId, wanted: Wanted) {
        let Wanted {
            target,
            resolution,
            wishes,
            size,
        } = wanted;
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let session = self.session.clone();
        self.tasks.spawn(async move {
            let (says, said) = mpsc::unbounded_channel();
            let sink = move |p| drop(says.send(p));
            let attach = ops::attach::Attach {
                target: &target,
                resolution: resolution.map(|r| *r),
                wishes: &wishes,
                size,
                serial: task.0,
            };
            let engine = engine.as_ref();
            let catches = wishes.mode == Some(Mode::Catch);
            let work = async move {
                if catches {
                    let caught = ops::catch::catch(engine, &session, attach, &sink, &cancel).await;
                    caught.map(|(launched, catch)| (launched, Some(Box::new(catch))))
                } else {
                    let up = ops::attach::attach(engine, &session, attach, &sink, &cancel).await;
                    up.map(|launched| (launched, None))
                }
            };
            // The sink goes with the work, and so ends what passes on what it was told.
            let (came, ()) = tokio::join!(work, pass_progress(said, &tx, task));
            match came {
                Ok((launched, catch)) => Done::Launched {
                    task,
                    shell,
                    launched: Box::new(launched),
                    catch,
                },
                Err(error) => {
                    send(&tx, Msg::Attached(task, Err(error))).await;
                    Done::Nothing
                }
            }
        });
    }
}
