//! Further shells of a twin: opened beside its main program, resized, closed.

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::mpsc;

use super::super::feeds::send;
use super::super::shells::{At, Further};
use super::{Done, Runner};
use crate::app::{Msg, ShellId};
use crate::domain::Size;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::run::{Order, Place};
use crate::domain::target::ContainerId;
use crate::engine::{ExecId, Tty};
use crate::ops::arena;
use crate::ops::shells::{self, Mark};

/// What came of opening a further shell.
pub(super) struct Opened {
    further: Further,
    /// What was typed meanwhile.
    typed: mpsc::Receiver<Vec<u8>>,
    result: Result<(ExecId, Tty)>,
}

impl Opened {
    /// The shell and its twin, when it was opened.
    pub(super) fn there(self) -> Option<Further> {
        self.result.is_ok().then_some(self.further)
    }
}

/// What is opened.
pub(super) enum Opening {
    /// A shell.
    New,
    /// A shell in place of one of the same number that lost its connection, which is ended.
    Again,
    /// A command, which may be in the target of that id.
    Command(ContainerId, Box<Order>),
}

impl Runner {
    /// Opens a further shell, or runs a command as one.
    pub(super) fn open_shell(
        &mut self,
        shell: ShellId,
        twin: &ContainerId,
        size: Size,
        what: Opening,
    ) {
        let place = match &what {
            Opening::New | Opening::Again => Place::default(),
            Opening::Command(_, order) => order.place,
        };
        let Some((twin, typed)) = self.shells.opening(shell, twin, place) else {
            let error = Error::new(ErrorKind::NoTarget, "the twin is gone");
            let tx = self.tx.clone();
            self.ask(async move { send(&tx, Msg::ShellOpened(shell, Err(error))).await });
            return;
        };
        let (engine, mark) = (Arc::clone(&self.engine), self.mark(shell));
        let tx = self.tx.clone();
        // Run to its end also when the program ends: one that is opened half-way would be left behind.
        self.tasks.spawn(async move {
            let engine = engine.as_ref();
            let result = match &what {
                Opening::New => shells::open(engine, &twin, &mark, size).await,
                Opening::Again => {
                    // The new one carries the same mark: it must not be there yet.
                    if let Err(error) = shells::close(engine, &twin, &mark, place).await {
                        tracing::warn!(%error, "a shell that was lost could not be ended");
                        drop(tx.try_send(Msg::Notice(error.message, error.hint)));
                    }
                    shells::open(engine, &twin, &mark, size).await
                }
                Opening::Command(target, order) => {
                    shells::run(engine, &twin, target, order, &mark, size).await
                }
            };
            Done::Opened(Box::new(Opened {
                further: Further { shell, twin, place },
                typed,
                result,
            }))
        });
    }

    pub(super) fn shell_opened(&mut self, opened: Opened) {
        let Opened {
            further,
            typed,
            result,
        } = opened;
        let shell = further.shell;
        let (exec, tty) = match result {
            Ok(there) => there,
            Err(error) => {
                self.shells.close(shell);
                let tx = self.tx.clone();
                self.ask(async move { send(&tx, Msg::ShellOpened(shell, Err(error))).await });
                return;
            }
        };
        let tx = self.tx.clone();
        let at = At::Exec(exec.clone());
        match self.shells.opened(shell, at, tty, typed, tx) {
            Some(parts) => {
                let news = Msg::ShellOpened(shell, Ok(()));
                self.connect(parts, None, news, Done::ShellEnded(shell, exec));
            }
            // Nobody wants it any more.
            None => self.end_shell(further),
        }
    }

    /// Hands bytes to a shell, in a twin or of this machine.
    pub(super) fn write_shell(&mut self, shell: ShellId, bytes: Vec<u8>) {
        let local = self.learn.write(shell, &bytes);
        if !local.unwrap_or_else(|| self.shells.write(shell, bytes)) {
            tracing::warn!(?shell, "input was dropped: the program does not read it");
        }
    }

    pub(super) fn resize_shell(&mut self, shell: ShellId, size: Size) {
        if !self.learn.resize(shell, size) {
            self.shells.resize(shell, size);
        }
    }

    pub(super) fn close_shell(&mut self, shell: ShellId) {
        if self.close_local(shell) {
            return;
        }
        match self.shells.close(shell) {
            Some((At::Exec(_), further)) => self.end_shell(further),
            Some((At::Replica(id, staged), _)) => self.remove_replica(id, staged),
            // One that is still being opened is ended when it is there; the main program ends with the twin.
            Some((At::Opening | At::Main, _)) | None => {}
        }
    }

    /// The stream of a further shell ended. Of one that was closed nothing more is told.
    pub(super) fn shell_ended(&mut self, shell: ShellId, exec: ExecId) {
        if self.shells.close(shell).is_none() {
            return;
        }
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.ask(async move {
            let status = shells::status(engine.as_ref(), &exec).await;
            send(&tx, Msg::ShellEnded(shell, status)).await;
        });
    }

    /// Ends a further shell and what runs in it. Not broken off, or it would run on in a twin that is kept.
    fn end_shell(&mut self, further: Further) {
        let ending = self.ending(further);
        self.spawn(ending);
    }

    fn ending(&self, further: Further) -> impl Future<Output = ()> + Send + 'static {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        let mark = self.mark(further.shell);
        async move {
            let Further { twin, place, .. } = further;
            if let Err(error) = shells::close(engine.as_ref(), &twin, &mark, place).await {
                tracing::warn!(%error, "a shell could not be ended");
                // Without waiting: at the end of the program nobody takes messages any more.
                drop(tx.try_send(Msg::Notice(error.message, error.hint)));
            }
        }
    }

    /// Removes a twin. What runs in its target by our hand is ended first: without the twin nothing can.
    pub(super) fn remove_twin(&mut self, id: ContainerId) {
        self.desks.remove(&id);
        self.forget_record(&id);
        for (replica, staged) in self.shells.replicas(Some(&id)) {
            self.remove_replica(replica, staged);
        }
        let beside = self.shells.forget(&id);
        let ending: Vec<_> = beside.into_iter().map(|f| self.ending(f)).collect();
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.spawn(async move {
            join_all(ending).await;
            let removed = arena::remove_twin(engine.as_ref(), &id).await;
            send(&tx, Msg::TwinRemoved(id, removed)).await;
        });
    }

    fn mark(&self, shell: ShellId) -> Mark {
        Mark::new(&self.session.id, shell.0)
    }
}
