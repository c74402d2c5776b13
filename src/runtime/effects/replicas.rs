//! Replicas beside a twin, each in a tab of its own, and the search for what makes the target fail.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::super::feeds::{pass_on, send};
use super::super::pipes::shown;
use super::super::shells::At;
use super::{Done, Runner};
use crate::app::{Msg, ShellId, TaskId};
use crate::domain::bisect::Consent;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::replay::Ending;
use crate::domain::replica::Room;
use crate::domain::replica::edits::{Base, Edits};
use crate::domain::run::Place;
use crate::domain::target::ContainerId;
use crate::domain::twin::Session;
use crate::domain::{Progress, Size};
use crate::engine::{Engine, Tty};
use crate::ops::bisect::{self, LIMIT, News, Search};
use crate::ops::replay::{self, Staged, Staging, Streams};

/// A replica that is to run.
pub(super) struct Wanted {
    pub shell: ShellId,
    pub twin: ContainerId,
    pub target: ContainerId,
    pub edits: Edits,
    pub size: Size,
}

/// What came of starting a replica.
pub(super) struct Started {
    shell: ShellId,
    /// What was typed meanwhile.
    typed: mpsc::Receiver<Vec<u8>>,
    result: Result<Begun>,
}

/// A replica that runs.
struct Running {
    id: ContainerId,
    tty: Tty,
    staged: Staged,
    began: Instant,
}

enum Begun {
    Runs(Box<Running>),
    /// The engine could not start it.
    Ended(Ending),
}

/// A replica whose stream ended.
pub(super) struct Over {
    shell: ShellId,
    id: ContainerId,
    staged: Staged,
    began: Instant,
}

impl Started {
    /// The replica, when it runs.
    pub(super) fn there(self) -> Option<(ContainerId, Staged)> {
        match self.result {
            Ok(Begun::Runs(running)) => Some((running.id, running.staged)),
            Ok(Begun::Ended(_)) | Err(_) => None,
        }
    }
}

impl Runner {
    pub(super) fn replay(&mut self, wanted: Wanted) {
        let shell = wanted.shell;
        let Some((_, typed)) = self.shells.opening(shell, &wanted.twin, Place::Twin) else {
            let error = Error::new(ErrorKind::NoTarget, "the twin is gone");
            let tx = self.tx.clone();
            self.ask(async move { send(&tx, Msg::ShellOpened(shell, Err(error))).await });
            return;
        };
        let (engine, session) = (Arc::clone(&self.engine), self.session.clone());
        let stop = self.all.clone();
        // Run to its end also when the program ends: one that comes up half-way would be left behind.
        self.tasks.spawn(async move {
            let result = begin(engine.as_ref(), &session, &wanted, &stop).await;
            Done::Replica(Box::new(Started {
                shell,
                typed,
                result,
            }))
        });
    }

    pub(super) fn replica_started(&mut self, started: Started) {
        let Started {
            shell,
            typed,
            result,
        } = started;
        let running = match result {
            Ok(Begun::Runs(running)) => *running,
            Ok(Begun::Ended(ending)) => {
                if self.shells.close(shell).is_some() {
                    let tx = self.tx.clone();
                    self.ask(async move { send(&tx, Msg::ReplicaEnded(shell, ending, 0)).await });
                }
                return;
            }
            Err(error) => {
                self.shells.close(shell);
                let tx = self.tx.clone();
                self.ask(async move { send(&tx, Msg::ShellOpened(shell, Err(error))).await });
                return;
            }
        };
        let Running {
            id,
            tty,
            staged,
            began,
        } = running;
        let at = At::Replica(id.clone(), staged.clone());
        let Some(parts) = self.shells.opened(shell, at, tty, typed, self.tx.clone()) else {
            // Nobody wants it any more.
            self.remove_replica(id, staged);
            return;
        };
        let over = Over {
            shell,
            id,
            staged,
            began,
        };
        let news = Msg::ShellOpened(shell, Ok(()));
        self.connect(parts, None, news, Done::ReplicaOver(Box::new(over)));
    }

    /// The stream of a replica ended: how it ended is told, and it is removed. Of one that was closed nothing more is
    /// told.
    pub(super) fn replica_over(&mut self, over: Over) {
        let Over {
            shell,
            id,
            staged,
            began,
        } = over;
        if self.shells.close(shell).is_none() {
            return;
        }
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.spawn(async move {
            let engine = engine.as_ref();
            let ended = replay::ended(engine, &id).await;
            let removed = remove(engine, &id, &staged).await;
            let told = match ended {
                Ok(ending) => Msg::ReplicaEnded(shell, ending, millis),
                Err(error) => {
                    tracing::warn!(%error, "how a replica ended is not known");
                    Msg::ShellEnded(shell, None)
                }
            };
            // At the end of the program nobody takes messages any more.
            drop(tx.send(told).await);
            if let Err(error) = removed {
                drop(tx.try_send(Msg::Notice(error.message, error.hint)));
            }
        });
    }

    pub(super) fn remove_replica(&mut self, id: ContainerId, staged: Staged) {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.spawn(async move {
            if let Err(error) = remove(engine.as_ref(), &id, &staged).await {
                drop(tx.try_send(Msg::Notice(error.message, error.hint)));
            }
        });
    }

    pub(super) fn bisect(
        &mut self,
        task: TaskId,
        target: ContainerId,
        dev: String,
        consent: Consent,
    ) {
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let (engine, session) = (Arc::clone(&self.engine), self.session.clone());
        let tx = self.tx.clone();
        // Run to its end: what a run made is removed also when it is given up.
        self.spawn(async move {
            let serial = task.0;
            let (says, said) = mpsc::unbounded_channel();
            let search = async move {
                // Goes with the search, and so ends what passes on what it was told.
                let told = move |news: News| drop(says.send(news));
                let engine = engine.as_ref();
                let target = engine.inspect(&target.0).await?;
                let wanted = bisect::last_ending(engine, &target, LIMIT, &cancel).await?;
                if wanted == Some(Ending::Lives) {
                    return Err(bisect::it_runs(&target));
                }
                let image = engine.image(&target.image_id).await?;
                let dev = engine.image(&dev).await?;
                let search = Search {
                    target: &target,
                    wanted,
                    image: image.as_ref(),
                    dev: dev.as_ref(),
                    consent,
                    limit: LIMIT,
                    serial: serial.saturating_mul(100),
                };
                bisect::bisect(engine, &session, search, &told, &cancel).await
            };
            let told = |news| match news {
                News::Trying(what) => Msg::Trying(task, what),
                News::Tried(trial) => Msg::Tried(task, trial),
            };
            let (report, ()) = tokio::join!(search, pass_on(said, &tx, |_| false, told));
            drop(tx.send(Msg::Bisected(task, report.map(Box::new))).await);
        });
    }
}

/// Removes a replica, and the image that was made for it alone.
pub(super) async fn remove(engine: &dyn Engine, id: &ContainerId, staged: &Staged) -> Result<()> {
    let removed = replay::remove(engine, id).await;
    if staged.keep {
        return removed;
    }
    let gone = replay::unstage(engine, staged).await;
    removed.and(gone)
}

/// Brings a replica up beside the twin. What failed leaves nothing.
async fn begin(
    engine: &dyn Engine,
    session: &Session,
    wanted: &Wanted,
    stop: &CancellationToken,
) -> Result<Begun> {
    let target = engine.inspect(&wanted.target.0).await?;
    let base = wanted.edits.base;
    let dev = match base {
        Base::DevImage => {
            let twin = engine.inspect(&wanted.twin.0).await?;
            engine.image(&twin.image_id).await?
        }
        Base::Image | Base::Died => None,
    };
    let staging = Staging {
        session,
        target: &target,
        base,
        serial: wanted.shell.0,
        dev: dev.as_ref(),
    };
    let staged = replay::stage(engine, staging, &|_: Progress| {}, stop).await?;
    let room = Room::Twin(wanted.twin.clone());
    let image = staged.image.clone();
    let edits = staged.edits(&wanted.edits);
    let replica = edits.replica(&target, session, wanted.shell.0, room, image);
    let begun = async {
        let opened = match replay::open(engine, &replica, target.runtime.tty).await? {
            Ok(opened) => opened,
            Err(ending) => return Ok(Begun::Ended(ending)),
        };
        let began = Instant::now();
        let started = replay::start(engine, &opened.id).await;
        if let Ok(None) = started {
            let tty = match opened.streams {
                Streams::Terminal(tty) => {
                    if let Err(error) = engine.resize(&opened.id, wanted.size).await {
                        tracing::debug!(%error, "the size of a replica's terminal was not taken");
                    }
                    tty
                }
                Streams::Pipes(pipes) => shown(pipes),
            };
            return Ok(Begun::Runs(Box::new(Running {
                id: opened.id,
                tty,
                staged: staged.clone(),
                began,
            })));
        }
        replay::remove(engine, &opened.id).await?;
        match started? {
            Some(ending) => Ok(Begun::Ended(ending)),
            None => Err(Error::cancelled()),
        }
    };
    let begun = begun.await;
    if !matches!(begun, Ok(Begun::Runs(_))) && !staged.keep {
        replay::unstage(engine, &staged).await?;
    }
    begun
}
