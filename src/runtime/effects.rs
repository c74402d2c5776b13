//! Orders become tasks; each long one ends with exactly one final message.

mod attach;
mod build;
mod compare;
mod failing;
mod files;
mod finish;
mod follow;
mod further;
mod greet;
mod learn;
mod packages;
mod recipe;
mod replicas;
mod study;
mod watch;

pub(super) use finish::finish;
pub use learn::LearnPlace;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use self::further::Opening;
use super::feeds::{follow, preview, send};
use super::outside::{copy, free, open_link, save};
use super::shells::{Parts, Shells};
use super::{Place, quits};
use crate::app::{Attached, Effect, Msg, ShellId, TaskId};
use crate::domain::entrypoint::Report;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::image::Likeness;
use crate::domain::packages::Setups;
use crate::domain::plan::Wishes;
use crate::domain::target::ContainerId;
use crate::domain::twin::{Session, Twin, label};
use crate::engine::{Engine, ExecId};
use crate::memory::Memory;
use crate::ops;
use crate::ops::catch::Catch;
use crate::ops::packages::Desk;
use crate::session::{SessionLock, Sessions};
use packages::Asked;

/// How long a twin whose stream has ended may take to have ended itself.
const LAST_STATUS: Duration = Duration::from_secs(3);

/// How long a new shell may take to print its first byte before its twin is furnished all the same.
const SHOWN: Duration = Duration::from_millis(300);

/// What a task brings back to the runner itself, before the model hears of it.
enum Done {
    Nothing,
    /// A twin is up: its streams are for the runner, the rest for the model.
    Launched {
        task: TaskId,
        shell: ShellId,
        launched: Box<ops::attach::Launched>,
        /// What came of the catch, when it was to be one.
        catch: Option<Box<ops::catch::Catch>>,
    },
    /// A twin is up again, or could not be started.
    Back(Box<failing::Back>),
    /// A further shell is there, or could not be opened.
    Opened(Box<further::Opened>),
    /// A replica runs, or could not be started.
    Replica(Box<replicas::Started>),
    /// The stream of a replica ended.
    ReplicaOver(Box<replicas::Over>),
    /// A target's entrypoint was looked at.
    Inspected(TaskId, Result<Box<Report>>),
    /// Both images were compared.
    Alike(TaskId, Result<Box<Likeness>>),
    /// A twin's package manager was asked.
    Packages(Box<packages::Answered>),
    /// A stream that was followed ended by itself.
    FeedEnded(TaskId, Result<()>),
    /// The stream of a twin's main program ended.
    TwinEnded(ShellId, ContainerId),
    /// The stream of a further shell ended.
    ShellEnded(ShellId, ExecId),
    /// The person's own shell ended; its exit status when known.
    LocalEnded(ShellId, Option<i64>),
}

/// Runs effects.
pub(super) struct Runner {
    engine: Arc<dyn Engine>,
    session: Session,
    /// What the configuration says: for previews.
    wishes: Wishes,
    sessions: Sessions,
    warning: Option<String>,
    tx: mpsc::Sender<Msg>,
    tasks: JoinSet<Done>,
    cancels: HashMap<TaskId, CancellationToken>,
    shells: Shells,
    setups: Arc<Setups>,
    memory: Memory,
    /// Where looks through twins go.
    watches: watch::Watches,
    browsers: files::Browsers,
    /// Package managers of twins that were found.
    desks: HashMap<ContainerId, Desk>,
    learn: learn::Learning,
    /// Sessions of twins that were left running and are ours now.
    adopted: Vec<SessionLock>,
    all: CancellationToken,
}

impl Runner {
    pub(super) fn new(
        engine: Arc<dyn Engine>,
        place: &Place<'_>,
        wishes: Wishes,
        tx: mpsc::Sender<Msg>,
    ) -> Self {
        Self {
            wishes,
            engine,
            session: place.lock.session().clone(),
            sessions: place.sessions.clone(),
            warning: place.warning.clone(),
            tx,
            tasks: JoinSet::new(),
            cancels: HashMap::new(),
            shells: Shells::default(),
            setups: Arc::new(place.setups.clone()),
            memory: place.memory.clone(),
            watches: watch::Watches::default(),
            browsers: files::Browsers::default(),
            desks: HashMap::new(),
            learn: learn::Learning::new(place.learn.clone()),
            adopted: Vec::new(),
            all: CancellationToken::new(),
        }
    }

    /// Runs each effect; tells whether one of them ends the program, and whether twins are then kept.
    pub(super) fn run(&mut self, effects: Vec<Effect>) -> Option<bool> {
        let mut ending = None;
        for effect in effects {
            ending = ending.or(quits(&effect));
            self.order(effect);
        }
        ending
    }

    /// Waits for tasks that ended and passes on what they brought; returns only when one panicked.
    pub(super) async fn reap(&mut self) -> Error {
        loop {
            match self.tasks.join_next().await {
                Some(Ok(done)) => self.done(done),
                Some(Err(error)) => return panicked(&error),
                None => std::future::pending().await,
            }
        }
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Nothing => {}
            Done::Launched {
                task,
                shell,
                launched,
                catch,
            } => {
                let ops::attach::Launched {
                    twin,
                    target,
                    resolution,
                    tty,
                    session,
                } = *launched;
                let given_up = self.cancels.remove(&task).is_none();
                let ours = session == self.session.id;
                if given_up {
                    // Too late to stop it. One that was found running is left as it was.
                    if let Some(Catch::Caught { debt, .. }) = catch.map(|catch| *catch) {
                        self.pay(debt, false);
                    }
                    if ours {
                        self.order(Effect::RemoveTwin(twin.id));
                    }
                    return;
                }
                let mut owned = ours;
                if !ours {
                    let whose = twin.plan.labels.get(label::OWNER);
                    let adopted = self
                        .sessions
                        .adopt(&session, whose.map_or("", String::as_str));
                    owned = adopted.is_some();
                    self.adopted.extend(adopted);
                }
                if !owned {
                    let text = "this twin is another devtwin's: it stays when you leave".to_owned();
                    self.notice(
                        text,
                        Some("devtwin ls tells whose; devtwin clean --all removes it".into()),
                    );
                }
                let record = self.sessions.records().load(&session, &twin.id);
                let new = ours.then(|| twin.clone());
                let parts = self.shells.add(shell, &twin, tty, self.tx.clone());
                let ended = Done::TwinEnded(shell, twin.id.clone());
                let attached = Box::new(Attached {
                    twin,
                    target,
                    resolution,
                    shell,
                    owned,
                    again: !ours,
                    catch: catch.map(|catch| failing::told(*catch)),
                    record,
                });
                let news = Msg::Attached(task, Ok(attached));
                self.connect(parts, new, news, ended);
            }
            Done::Back(back) => self.back(*back),
            Done::Opened(opened) => self.shell_opened(*opened),
            Done::ShellEnded(shell, exec) => self.shell_ended(shell, exec),
            Done::LocalEnded(shell, status) => self.local_ended(shell, status),
            Done::Replica(started) => self.replica_started(*started),
            Done::ReplicaOver(over) => self.replica_over(*over),
            Done::Inspected(task, report) => self.inspected(task, report),
            Done::Alike(task, result) => self.compared(task, result),
            Done::FeedEnded(task, result) => self.feed_ended(task, result),
            Done::Packages(answered) => self.answered(*answered),
            Done::TwinEnded(shell, twin) => {
                let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
                self.ask(async move {
                    // Where only the connection broke, the twin runs on and would never be waited out.
                    let waited = tokio::time::timeout(LAST_STATUS, engine.wait(&twin)).await;
                    let status = waited.ok().and_then(Result::ok);
                    send(&tx, Msg::ShellEnded(shell, status)).await;
                });
            }
        }
    }

    /// Tells the person something, without holding up the loop that this is a part of.
    fn notice(&mut self, text: String, hint: Option<String>) {
        let tx = self.tx.clone();
        self.ask(async move { send(&tx, Msg::Notice(text, hint)).await });
    }

    /// Joins a shell's streams to the loop. `news` goes first, or the first output would find no shell.
    /// A new twin is furnished once its shell has shown itself, so that the two do not slow each other
    /// down; until then what is typed waits, so that no command runs without its `/target`.
    fn connect(&mut self, parts: Parts, new: Option<Twin>, news: Msg, ended: Done) {
        let Parts {
            mut reader,
            writer,
            sizer,
        } = parts;
        let engine = Arc::clone(&self.engine);
        self.ask(async move { sizer.run(engine.as_ref()).await });
        let (show, shown) = oneshot::channel();
        reader.shown = Some(show);
        let (stop, tx) = (self.all.clone(), self.tx.clone());
        self.tasks.spawn(async move {
            let shown = async {
                send(&tx, news).await;
                reader.run().await;
            };
            match stop.run_until_cancelled(shown).await {
                Some(()) => ended,
                None => Done::Nothing,
            }
        });
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        let stop = self.all.clone();
        self.spawn(async move {
            if let Some(twin) = new {
                // A shell may well have no prompt; and one that has ended needs none of this.
                let shown = tokio::time::timeout(SHOWN, shown);
                if let None | Some(Ok(Err(_))) = stop.run_until_cancelled(shown).await {
                    return;
                }
                // Not broken off: an engine that still writes into a twin may refuse to remove it.
                if let Err(error) = ops::attach::furnish(engine.as_ref(), &twin).await {
                    let text = format!("the twin has no /target: {}", error.message);
                    send(&tx, Msg::Notice(text, error.hint)).await;
                }
            }
            stop.run_until_cancelled(writer.run()).await;
        });
    }

    /// Follows the engine's events as long as the program runs.
    pub(super) fn watch(&mut self) {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        self.ask(async move { follow(engine.as_ref(), &tx).await });
    }

    fn order(&mut self, effect: Effect) {
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        match effect {
            Effect::List => self.ask(async move {
                // One after the other: the list is waited for, and the engine answers one thing sooner.
                send(&tx, Msg::Listed(engine.containers().await)).await;
                match engine.images().await {
                    Ok(images) => {
                        let tags = images.into_iter().flat_map(|i| i.tags).collect();
                        send(&tx, Msg::LocalImages(tags)).await;
                    }
                    Err(error) => tracing::warn!(%error, "the local images could not be listed"),
                }
            }),
            Effect::Preview(id) => {
                let wishes = self.wishes.clone();
                let session = self.session.clone();
                self.ask(async move {
                    let preview = preview(engine.as_ref(), &session, &wishes, id).await;
                    send(&tx, Msg::Previewed(Box::new(preview))).await;
                });
            }
            Effect::Inspect(id) => self.ask(async move {
                let target = engine.inspect(&id.0).await.map(Box::new);
                send(&tx, Msg::Inspected(id, target)).await;
            }),
            Effect::Attach {
                task,
                shell,
                target,
                resolution,
                wishes,
                size,
            } => self.attach(
                task,
                shell,
                attach::Wanted {
                    target,
                    resolution,
                    wishes,
                    size,
                },
            ),
            Effect::Cancel(task) => {
                if let Some(cancel) = self.cancels.remove(&task) {
                    cancel.cancel();
                }
            }
            Effect::ShellWrite(shell, bytes) => self.write_shell(shell, bytes),
            Effect::ShellResize(shell, size) => self.resize_shell(shell, size),
            Effect::OpenShell { shell, twin, size } => {
                self.open_shell(shell, &twin, size, Opening::New);
            }
            Effect::ReopenShell { shell, twin, size } => {
                self.open_shell(shell, &twin, size, Opening::Again);
            }
            Effect::Run {
                shell,
                twin,
                target,
                order,
                size,
            } => self.open_shell(shell, &twin, size, Opening::Command(target, order)),
            Effect::Replay {
                shell,
                twin,
                target,
                edits,
                size,
            } => self.replay(replicas::Wanted {
                shell,
                twin,
                target,
                edits: *edits,
                size,
            }),
            Effect::Bisect {
                task,
                target,
                dev,
                consent,
            } => self.bisect(task, target, dev, consent),
            Effect::InspectEntrypoint { task, target, dev } => {
                self.inspect_entrypoint(task, target, dev);
            }
            Effect::CompareImages { task, target, dev } => self.compare_images(task, target, dev),
            Effect::TryOut {
                task,
                twin,
                image,
                trial,
            } => self.try_out(task, *twin, image, *trial),
            Effect::Build { task, order } => self.build(task, *order),
            Effect::ReadDockerfile(path) => self.read_dockerfile(path),
            Effect::WriteDockerfile(rewrite) => self.write_dockerfile(rewrite),
            Effect::InspectImage { task, image, dev } => self.inspect_image(task, image, dev),
            Effect::FollowLog {
                task,
                target,
                query,
            } => self.follow_log(task, target, query),
            Effect::FollowStats { task, target } => self.follow_stats(task, target),
            Effect::Probe {
                task,
                container,
                paths,
            } => self.probe(task, container, paths),
            Effect::Stock {
                task,
                twin,
                refresh,
            } => self.packages(task, twin, Asked::Stock { refresh }),
            Effect::Simulate { task, twin, change } => {
                self.packages(task, twin, Asked::Simulate(change));
            }
            Effect::Change { task, twin, change } => {
                self.packages(task, twin, Asked::Change(change));
            }
            Effect::Watch {
                task,
                twin,
                vantage,
            } => self.watch_twin(task, *twin, vantage),
            Effect::Look(task, look) => self.look(task, look),
            // A small file, and written before the program can end.
            Effect::Recipe(order) => self.recipe(order),
            Effect::Remember { family, changed } => self.memory.note(&family, &changed),
            Effect::CloseShell(shell) => self.close_shell(shell),
            Effect::RemoveTwin(id) => self.remove_twin(id),
            Effect::Triage { target, pace } => self.triage(target, pace),
            Effect::Freeze(target) => self.freeze(target),
            Effect::Pay { debt, start } => self.pay(*debt, start),
            Effect::StartTarget(target) => self.start_target(target),
            Effect::Rejoin {
                task,
                shell,
                twin,
                cwd,
                size,
            } => self.rejoin(task, shell, &twin, cwd, size),
            Effect::Files(effect) => self.files(effect),
            Effect::Compare(effect) => self.compare(effect),
            Effect::Learn(effect) => self.learn(effect),
            Effect::Copy(text) => copy(&text),
            Effect::Free(names) => self.ask(async move {
                if let (Some(offered), Some(free)) = (names.first(), free(&names).await) {
                    send(&tx, Msg::Free(offered.clone(), free.clone())).await;
                }
            }),
            Effect::Save { path, text } => self.ask(async move {
                let saved = save(&path, text).await;
                send(&tx, Msg::Saved(path, saved)).await;
            }),
            Effect::OpenLink(uri) => {
                if let Err(error) = open_link(&uri) {
                    self.notice(error.message, error.hint);
                }
            }
            Effect::After(timer, pause) => {
                self.ask(async move {
                    tokio::time::sleep(pause).await;
                    send(&tx, Msg::Elapsed(timer)).await;
                });
            }
            Effect::Quit { .. } => {}
        }
    }

    /// Runs what leaves nothing to tidy up: the end of the program does not wait for it.
    fn ask(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.all.clone();
        self.spawn(async move {
            stop.run_until_cancelled(work).await;
        });
    }

    /// Runs what must come to its end.
    fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(async move {
            work.await;
            Done::Nothing
        });
    }
}

fn panicked(error: &JoinError) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("a task of devtwin failed: {error}"),
    )
    .hint("the log file has the details (devtwin doctor says where)")
}
