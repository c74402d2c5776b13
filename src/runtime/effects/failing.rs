//! What is done about a target that fails, on the person's yes, and undone; and the twin that comes back with it.

use std::sync::Arc;

use super::super::feeds::send;
use super::{Done, Runner};
use crate::app::{Caught, Msg, ShellId, TaskId};
use crate::domain::Size;
use crate::domain::debt::Debt;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::ContainerId;
use crate::domain::triage::Pace;
use crate::domain::twin::Twin;
use crate::ops;
use crate::ops::sticky::Rejoined;

/// What came of starting a twin again.
pub(super) struct Back {
    task: TaskId,
    shell: ShellId,
    twin: Twin,
    result: Result<Rejoined>,
}

/// What came of a catch, in the words of the model.
pub(super) fn told(catch: ops::catch::Catch) -> crate::app::Catch {
    match catch {
        ops::catch::Catch::Caught { after_ms, debt } => {
            crate::app::Catch::Caught(Caught { after_ms, debt })
        }
        ops::catch::Catch::Missed(why) => crate::app::Catch::Missed(why),
    }
}

impl Runner {
    pub(super) fn triage(&mut self, target: ContainerId, pace: Pace) {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.ask(async move {
            let looked = ops::triage::look(engine.as_ref(), &target, pace).await;
            send(&tx, Msg::Triaged(target, looked.map(Box::new))).await;
        });
    }

    /// Not broken off, as all that changes a target: at the end of the program what is owed must be known.
    pub(super) fn freeze(&mut self, target: ContainerId) {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        let session = self.session.clone();
        self.spawn(async move {
            let frozen = ops::debts::freeze(engine.as_ref(), &session, &target).await;
            // Without waiting: at the end of the program nobody takes messages any more.
            let msg = Msg::Frozen(target, frozen.map(Box::new));
            tokio::select! {
                () = send(&tx, msg) => {}
                () = tx.closed() => {}
            }
        });
    }

    pub(super) fn pay(&mut self, debt: Debt, start: bool) {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.spawn(async move {
            let engine = engine.as_ref();
            let paid = if start {
                ops::debts::let_go(engine, &debt).await
            } else {
                ops::debts::pay(engine, &debt).await
            };
            let msg = Msg::Paid(debt.target, paid.map(Box::new));
            tokio::select! {
                () = send(&tx, msg) => {}
                () = tx.closed() => {}
            }
        });
    }

    pub(super) fn start_target(&mut self, target: ContainerId) {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.ask(async move {
            if let Err(error) = engine.start(&target).await {
                let text = format!("it could not be started: {}", error.message);
                send(&tx, Msg::Notice(text, error.hint)).await;
            }
        });
    }

    pub(super) fn rejoin(
        &mut self,
        task: TaskId,
        shell: ShellId,
        twin: &ContainerId,
        cwd: Option<String>,
        size: Size,
    ) {
        let Some(twin) = self.shells.twin(twin) else {
            let error = Error::new(ErrorKind::NoTarget, "the twin is gone");
            let tx = self.tx.clone();
            self.ask(async move { send(&tx, Msg::Rejoined(task, shell, Err(error))).await });
            return;
        };
        let cancel = self.all.child_token();
        let engine = Arc::clone(&self.engine);
        self.tasks.spawn(async move {
            let engine = engine.as_ref();
            let result = ops::sticky::rejoin(engine, &twin, cwd.as_deref(), size, &cancel).await;
            Done::Back(Box::new(Back {
                task,
                shell,
                twin,
                result,
            }))
        });
    }

    pub(super) fn back(&mut self, back: Back) {
        let Back {
            task,
            shell,
            twin,
            result,
        } = back;
        let Rejoined { tty, ran_on } = match result {
            Ok(rejoined) => rejoined,
            Err(error) => {
                let tx = self.tx.clone();
                self.ask(async move { send(&tx, Msg::Rejoined(task, shell, Err(error))).await });
                return;
            }
        };
        // It was left, and is being removed, meanwhile.
        if self.shells.twin(&twin.id).is_none() {
            return;
        }
        let parts = self.shells.add(shell, &twin, tty, self.tx.clone());
        let ended = Done::TwinEnded(shell, twin.id.clone());
        let news = Msg::Rejoined(task, shell, Ok(ran_on));
        // It may have ended before it had its /target.
        self.connect(parts, Some(twin), news, ended);
    }
}
