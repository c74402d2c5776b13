//! The lessons: their labs, the person's own shell beside them, and what is seen of both.

mod labs;
mod twins;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, watch as watching};
use tokio::time::Instant;

use super::super::feeds::send;
use super::super::local::{Local, Parts, Wanted, has};
use super::{Done, Runner};
use crate::app::learn_effect::{LearnEffect, LearnNews};
use crate::app::{Msg, ShellId, TaskId};
use crate::domain::Size;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::lesson::lab::Ready;
use crate::domain::lesson::progress::Noted;
use crate::lessons::{ProgressFile, WorkFolders};
use crate::ops;
use labs::{Labs, Order};

/// Where a run of the lessons writes, and what it knows of this machine.
#[derive(Debug, Clone)]
pub struct LearnPlace {
    /// What the person has done.
    pub progress: ProgressFile,
    /// Where folders to work in are made.
    pub work: WorkFolders,
    /// Folders of `PATH`.
    pub path: Vec<PathBuf>,
    /// The folder of our own executable.
    pub own: Option<PathBuf>,
    /// What the lab is to be called; none for the first free name.
    pub lab: Option<String>,
    /// What the person should know at the start.
    pub notices: Vec<String>,
}

/// What belongs to the lessons while they run.
#[derive(Default)]
pub(super) struct Learning {
    /// None where nobody learns.
    place: Option<LearnPlace>,
    /// Where orders about labs go, in their order; none before the first.
    orders: Option<mpsc::UnboundedSender<Order>>,
    /// The lab that is ready.
    ready: Option<watching::Receiver<Option<Ready>>>,
    /// The person's own shell.
    shell: Option<(ShellId, Local)>,
    /// Where watches go; none before the first.
    watches: Option<mpsc::UnboundedSender<watch::Watch>>,
}

impl Learning {
    pub(super) fn new(place: Option<LearnPlace>) -> Self {
        Self {
            place,
            ..Self::default()
        }
    }

    /// What is told at the start.
    pub(super) fn notices(&mut self) -> Vec<(String, Option<String>)> {
        let Some(place) = &mut self.place else {
            return Vec::new();
        };
        let mut notices: Vec<_> = std::mem::take(&mut place.notices)
            .into_iter()
            .map(|notice| (notice, None))
            .collect();
        if !has(&place.path, "docker") {
            let what = "there is no docker command in PATH, and lessons are done with it";
            let hint = "install docker's command line; the engine need not be on this machine";
            notices.push((what.to_owned(), Some(hint.to_owned())));
        }
        notices
    }

    /// Hands bytes to the shell, if it is that one; whether it took them.
    pub(super) fn write(&self, shell: ShellId, bytes: &[u8]) -> Option<bool> {
        let local = self.local(shell)?;
        Some(local.write(bytes.to_vec()))
    }

    /// Gives the shell another size; false where it is not that one.
    pub(super) fn resize(&self, shell: ShellId, size: Size) -> bool {
        let local = self.local(shell);
        local.inspect(|local| local.resize(size)).is_some()
    }

    fn local(&self, shell: ShellId) -> Option<&Local> {
        let (id, local) = self.shell.as_ref()?;
        (*id == shell).then_some(local)
    }

    /// The shell, if it is that one: it is nobody's any more.
    fn take(&mut self, shell: ShellId) -> Option<Local> {
        let taken = self.shell.take_if(|(id, _)| *id == shell)?;
        Some(taken.1)
    }

    /// Ends the shell at the end of the program.
    pub(super) async fn end(&mut self) {
        if let Some((_, shell)) = self.shell.take() {
            shell.end().await;
        }
    }

    /// Removes the folders of a session, after its lab.
    pub(super) fn tidy(&self, session: &str) -> Result<()> {
        let place = self.place.as_ref();
        place.map_or(Ok(()), |place| place.work.remove(session))
    }
}

/// How long the last words of the person's own shell may take to come, once it has ended.
const LAST_WORDS: Duration = Duration::from_millis(300);

impl Runner {
    pub(super) fn learn(&mut self, effect: LearnEffect) {
        match effect {
            LearnEffect::Bases(task) => {
                let engine = Arc::clone(&self.engine);
                self.tell_learn(task, async move {
                    LearnNews::Bases(ops::lab::bases(engine.as_ref()).await)
                });
            }
            LearnEffect::SetUp { task, lesson, base } => {
                let cancel = self.all.child_token();
                self.cancels.insert(task, cancel.clone());
                let shell = self.learn.shell.take().map(|(_, shell)| shell);
                self.order_lab(Order::SetUp {
                    task,
                    lesson,
                    base,
                    cancel,
                    shell,
                });
            }
            LearnEffect::OpenShell { shell, size } => self.open_local(shell, size),
            LearnEffect::Watch { task, questions } => self.watch_lab(task, questions),
            LearnEffect::TearDown(task) => {
                let shell = self.learn.shell.take().map(|(_, shell)| shell);
                self.order_lab(Order::TearDown { task, shell });
            }
            LearnEffect::Note { lesson, noted } => self.note(&lesson, noted),
        }
    }

    /// Tells what comes of a question, under its number.
    fn tell_learn(
        &mut self,
        task: TaskId,
        answer: impl Future<Output = LearnNews> + Send + 'static,
    ) {
        let tx = self.tx.clone();
        self.ask(async move { send(&tx, Msg::Learn(task, answer.await)).await });
    }

    /// Hands an order to the one task that makes and removes labs: none overtakes another.
    fn order_lab(&mut self, order: Order) {
        if self.learn.orders.is_none() {
            self.begin_labs();
        }
        let sent = self.learn.orders.as_ref().map(|orders| orders.send(order));
        if !matches!(sent, Some(Ok(()))) {
            tracing::debug!("an order about a lab came where nobody learns, or after the end");
        }
    }

    fn begin_labs(&mut self) {
        let Some(place) = self.learn.place.clone() else {
            return;
        };
        let (orders, asked) = mpsc::unbounded_channel();
        let (tell, ready) = watching::channel(None);
        self.observe(ready.clone());
        self.learn.ready = Some(ready);
        self.learn.orders = Some(orders);
        let labs = Labs {
            engine: Arc::clone(&self.engine),
            session: self.session.clone(),
            sessions: self.sessions.clone(),
            work: place.work,
            name: place.lab,
            ready: tell,
            tx: self.tx.clone(),
        };
        let stop = self.all.clone();
        self.spawn(labs.run(asked, stop));
    }

    /// A small file, and written before the program can end.
    fn note(&mut self, lesson: &str, noted: Noted) {
        let Some(place) = &self.learn.place else {
            return;
        };
        if let Err(error) = place.progress.note(lesson, noted, now()) {
            self.notice(error.message, error.hint);
        }
    }

    fn open_local(&mut self, shell: ShellId, size: Size) {
        let opened = self.local(shell, size);
        let (local, parts) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                let tx = self.tx.clone();
                self.ask(async move { send(&tx, Msg::ShellOpened(shell, Err(error))).await });
                return;
            }
        };
        if let Some((_, before)) = self.learn.shell.replace((shell, local)) {
            self.spawn(before.end());
        }
        let Parts {
            reader,
            writer,
            status,
        } = parts;
        // Not given up at the end: where it is dropped, the crate types an end of input for whoever still reads.
        self.spawn(writer.run());
        let (stop, tx) = (self.all.clone(), self.tx.clone());
        self.tasks.spawn(async move {
            let shown = async {
                send(&tx, Msg::ShellOpened(shell, Ok(()))).await;
                let mut reading = std::pin::pin!(reader.run());
                let mut status = std::pin::pin!(status);
                // What it left in the background may keep the stream open for long.
                tokio::select! {
                    () = &mut reading => status.await.ok().flatten(),
                    status = &mut status => {
                        // What it said last is still on its way.
                        let _ = tokio::time::timeout(LAST_WORDS, reading).await;
                        status.ok().flatten()
                    }
                }
            };
            match stop.run_until_cancelled(shown).await {
                Some(status) => Done::LocalEnded(shell, status),
                None => Done::Nothing,
            }
        });
    }

    fn local(&self, shell: ShellId, size: Size) -> Result<(Local, Parts)> {
        let ready = self.learn.ready.as_ref();
        let folder = ready.and_then(|ready| Some(PathBuf::from(&ready.borrow().as_ref()?.work)));
        let (Some(folder), Some(place)) = (folder, &self.learn.place) else {
            let error = Error::new(ErrorKind::NoTarget, "there is no lab to work in");
            return Err(error.hint("begin the lesson anew"));
        };
        let wanted = Wanted {
            folder,
            path: place.path.clone(),
            own: place.own.clone(),
            call: self.engine.call(),
            size,
        };
        Local::open(shell, &wanted, self.tx.clone(), Instant::now())
    }

    /// The stream of the person's own shell ended. Of one that was ended by us nothing more is told.
    pub(super) fn local_ended(&mut self, shell: ShellId, status: Option<i64>) {
        let Some(local) = self.learn.take(shell) else {
            return;
        };
        // What it left in the background goes with it: a number of a process may be another's soon.
        self.spawn(local.end());
        let tx = self.tx.clone();
        self.ask(async move { send(&tx, Msg::ShellEnded(shell, status)).await });
    }

    /// Ends the person's own shell, if it is that one.
    pub(super) fn close_local(&mut self, shell: ShellId) -> bool {
        let taken = self.learn.take(shell);
        let ours = taken.is_some();
        if let Some(local) = taken {
            self.spawn(local.end());
        }
        ours
    }
}

/// Seconds since the epoch.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}
