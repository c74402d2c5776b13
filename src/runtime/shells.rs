//! The byte streams of shells: one task reads, one writes, and a flood is held back by not reading.

use std::collections::HashMap;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::app::{Msg, ShellId};
use crate::domain::Size;
use crate::domain::run::Place;
use crate::domain::target::ContainerId;
use crate::domain::twin::Twin;
use crate::engine::{Engine, ExecId, Tty};
use crate::ops::replay::Staged;

/// Bytes read at a time: about half a millisecond of parsing (terminal.md §4).
const CHUNK: usize = 32 * 1024;
/// Writes that may wait for a program that does not read its input.
pub(super) const WRITES: usize = 1024;

/// A shell that runs, or is being opened.
struct Shell {
    input: mpsc::Sender<Vec<u8>>,
    /// The size that it is to have; none before the first change.
    size: watch::Sender<Option<Size>>,
    twin: ContainerId,
    /// In the twin, or a command in the target beside it.
    place: Place,
    at: At,
}

/// What a shell is to the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    /// The twin's own main program.
    Main,
    /// A further one that is not there yet.
    Opening,
    /// A further one.
    Exec(ExecId),
    /// The main program of a replica, and what that stands on.
    Replica(ContainerId, Staged),
}

/// A further shell, with what is needed to end it.
#[derive(Debug, Clone)]
pub(super) struct Further {
    /// Its number.
    pub shell: ShellId,
    /// Its twin.
    pub twin: Twin,
    /// Whether it runs there, or in the target.
    pub place: Place,
}

/// All shells of the session, by number, and the twins in which further ones can be opened.
pub(super) struct Shells {
    began: Instant,
    running: HashMap<ShellId, Shell>,
    twins: HashMap<ContainerId, Twin>,
}

/// What is to be run for a shell, each part as a task.
pub(super) struct Parts {
    pub reader: Reader,
    pub writer: Writer,
    pub sizer: Sizer,
}

/// The reading half of a shell, to be run as a task.
pub(super) struct Reader {
    pub shell: ShellId,
    pub output: Box<dyn tokio::io::AsyncRead + Send + Unpin>,
    pub tx: mpsc::Sender<Msg>,
    /// When the program began.
    pub began: Instant,
    /// Fires at the first output; dropped without it when there is none.
    pub shown: Option<oneshot::Sender<()>>,
}

/// The writing half of a shell, to be run as a task.
pub(super) struct Writer {
    rx: mpsc::Receiver<Vec<u8>>,
    input: Box<dyn tokio::io::AsyncWrite + Send + Unpin>,
}

/// What tells the engine a shell's size, to be run as a task: one size after the other, or two that were asked for in
/// turn could arrive the other way round; and of those that wait only the last.
pub(super) struct Sizer {
    sizes: watch::Receiver<Option<Size>>,
    twin: ContainerId,
    at: At,
}

impl Default for Shells {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            running: HashMap::new(),
            twins: HashMap::new(),
        }
    }
}

impl Shells {
    /// Takes in a twin and the shell that is its main program; the parts are for the caller to run.
    pub(super) fn add(
        &mut self,
        shell: ShellId,
        twin: &Twin,
        tty: Tty,
        tx: mpsc::Sender<Msg>,
    ) -> Parts {
        self.twins.insert(twin.id.clone(), twin.clone());
        let (rx, sizer) = self.enter(shell, twin.id.clone(), Place::Twin, At::Main);
        self.parts(shell, tty, rx, sizer, tx)
    }

    /// A twin that was taken in, and not left since.
    pub(super) fn twin(&self, id: &ContainerId) -> Option<Twin> {
        self.twins.get(id).cloned()
    }

    /// Takes in a further shell that is about to be opened; what is typed meanwhile waits in what is handed back, for
    /// [`Self::opened`]. None where the twin is not known (any more).
    pub(super) fn opening(
        &mut self,
        shell: ShellId,
        twin: &ContainerId,
        place: Place,
    ) -> Option<(Twin, mpsc::Receiver<Vec<u8>>)> {
        let known = self.twins.get(twin)?.clone();
        let (rx, _) = self.enter(shell, twin.clone(), place, At::Opening);
        Some((known, rx))
    }

    /// A further shell is there: its parts. None when it was closed, or its twin left, meanwhile.
    pub(super) fn opened(
        &mut self,
        shell: ShellId,
        at: At,
        tty: Tty,
        rx: mpsc::Receiver<Vec<u8>>,
        tx: mpsc::Sender<Msg>,
    ) -> Option<Parts> {
        let entry = self.running.get_mut(&shell)?;
        if entry.at != At::Opening {
            return None;
        }
        entry.at = at;
        let sizer = entry.sizer();
        Some(self.parts(shell, tty, rx, sizer, tx))
    }

    fn enter(
        &mut self,
        shell: ShellId,
        twin: ContainerId,
        place: Place,
        at: At,
    ) -> (mpsc::Receiver<Vec<u8>>, Sizer) {
        let (input, rx) = mpsc::channel(WRITES);
        let entry = Shell {
            input,
            size: watch::Sender::new(None),
            twin,
            place,
            at,
        };
        let sizer = entry.sizer();
        self.running.insert(shell, entry);
        (rx, sizer)
    }

    fn parts(
        &self,
        shell: ShellId,
        tty: Tty,
        rx: mpsc::Receiver<Vec<u8>>,
        sizer: Sizer,
        tx: mpsc::Sender<Msg>,
    ) -> Parts {
        Parts {
            reader: Reader {
                shell,
                output: tty.output,
                tx,
                began: self.began,
                shown: None,
            },
            writer: Writer::new(rx, tty.input),
            sizer,
        }
    }

    /// Hands bytes to a shell without waiting; says whether they were taken.
    pub(super) fn write(&self, shell: ShellId, bytes: Vec<u8>) -> bool {
        self.running
            .get(&shell)
            .is_some_and(|s| s.input.try_send(bytes).is_ok())
    }

    /// Asks for a size of a shell, of one that is being opened as soon as it is there.
    pub(super) fn resize(&self, shell: ShellId, size: Size) {
        if let Some(shell) = self.running.get(&shell) {
            shell.size.send_replace(Some(size));
        }
    }

    /// Forgets one shell; its writer ends. What it was, none when it was not known.
    pub(super) fn close(&mut self, shell: ShellId) -> Option<(At, Further)> {
        let closed = self.running.remove(&shell)?;
        let twin = self.twins.get(&closed.twin)?.clone();
        let place = closed.place;
        Some((closed.at, Further { shell, twin, place }))
    }

    /// Forgets a twin and its shells; their writers end. Those that run in the target are handed back: they do
    /// not end with the twin.
    pub(super) fn forget(&mut self, twin: &ContainerId) -> Vec<Further> {
        let mut beside = self.further();
        beside.retain(|further| further.twin.id == *twin && further.place == Place::Target);
        self.running.retain(|_, s| s.twin != *twin);
        self.twins.remove(twin);
        beside
    }

    /// The replicas beside a twin, or with none beside any.
    pub(super) fn replicas(&self, twin: Option<&ContainerId>) -> Vec<(ContainerId, Staged)> {
        let beside = self.running.values();
        let beside = beside.filter(|shell| twin.is_none_or(|twin| shell.twin == *twin));
        let replicas = beside.filter_map(|shell| match &shell.at {
            At::Replica(id, staged) => Some((id.clone(), staged.clone())),
            At::Main | At::Opening | At::Exec(_) => None,
        });
        replicas.collect()
    }

    /// The further shells that there are; replicas are no shells.
    pub(super) fn further(&self) -> Vec<Further> {
        let further = self.running.iter();
        let further = further.filter(|(_, s)| matches!(s.at, At::Opening | At::Exec(_)));
        further
            .filter_map(|(id, s)| {
                Some(Further {
                    shell: *id,
                    twin: self.twins.get(&s.twin)?.clone(),
                    place: s.place,
                })
            })
            .collect()
    }
}

impl Shell {
    fn sizer(&self) -> Sizer {
        Sizer {
            sizes: self.size.subscribe(),
            twin: self.twin.clone(),
            at: self.at.clone(),
        }
    }
}

impl Reader {
    /// Reads until the program ends. Sends block while the loop is busy: that is the brake.
    pub(super) async fn run(mut self) {
        let mut chunk = vec![0; CHUNK];
        loop {
            match self.output.read(&mut chunk).await {
                Ok(0) => return,
                Ok(n) => {
                    if let Some(shown) = self.shown.take() {
                        // Nobody has to wait for it.
                        let _ = shown.send(());
                    }
                    if self
                        .tx
                        .send(Msg::Output(
                            self.shell,
                            chunk[..n].to_vec(),
                            self.began.elapsed(),
                        ))
                        .await
                        .is_err()
                    {
                        return;
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "a shell's stream broke");
                    return;
                }
            }
        }
    }
}

impl Writer {
    /// Writes what comes.
    pub(super) fn new(
        rx: mpsc::Receiver<Vec<u8>>,
        input: Box<dyn tokio::io::AsyncWrite + Send + Unpin>,
    ) -> Self {
        Self { rx, input }
    }

    /// Writes until the shell is forgotten or its stream closes.
    pub(super) async fn run(mut self) {
        while let Some(bytes) = self.rx.recv().await {
            let written = async {
                self.input.write_all(&bytes).await?;
                self.input.flush().await
            };
            if let Err(error) = written.await {
                tracing::debug!(%error, "a shell takes no more input");
                return;
            }
        }
    }
}

impl Sizer {
    /// Tells each new size until the shell is forgotten.
    pub(super) async fn run(mut self, engine: &dyn Engine) {
        loop {
            let wanted = *self.sizes.borrow_and_update();
            if let Some(size) = wanted {
                let taken = match &self.at {
                    At::Exec(exec) => engine.resize_exec(exec, size).await,
                    At::Replica(id, _) => engine.resize(id, size).await,
                    At::Main | At::Opening => engine.resize(&self.twin, size).await,
                };
                if let Err(error) = taken {
                    tracing::debug!(%error, "a new size was not taken");
                }
            }
            if self.sizes.changed().await.is_err() {
                return;
            }
        }
    }
}
