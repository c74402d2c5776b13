//! The byte streams of shells: one task reads, one writes, and a flood is held back by not reading.

use std::collections::HashMap;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::app::{Msg, ShellId};
use crate::domain::Size;
use crate::domain::target::ContainerId;
use crate::domain::twin::Twin;
use crate::engine::{ExecId, Tty};

/// Bytes read at a time: about half a millisecond of parsing (terminal.md §4).
const CHUNK: usize = 32 * 1024;
/// Writes that may wait for a program that does not read its input.
const WRITES: usize = 1024;

/// A shell that runs, or is being opened.
struct Shell {
    input: mpsc::Sender<Vec<u8>>,
    twin: ContainerId,
    at: At,
}

/// What a shell is to the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    /// The twin's own main program.
    Main,
    /// A further one that is not there yet; the size that it is to have by now.
    Opening(Size),
    /// A further one.
    Exec(ExecId),
}

/// All shells of the session, by number, and the twins in which further ones can be opened.
pub(super) struct Shells {
    began: Instant,
    running: HashMap<ShellId, Shell>,
    twins: HashMap<ContainerId, Twin>,
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
    /// Takes in a twin and the shell that is its main program; the two halves are for the caller to run.
    pub(super) fn add(
        &mut self,
        shell: ShellId,
        twin: &Twin,
        tty: Tty,
        tx: mpsc::Sender<Msg>,
    ) -> (Reader, Writer) {
        self.twins.insert(twin.id.clone(), twin.clone());
        let rx = self.enter(shell, twin.id.clone(), At::Main);
        self.halves(shell, tty, rx, tx)
    }

    /// Takes in a further shell that is about to be opened; what is typed meanwhile waits in what is handed back, for
    /// [`Self::opened`]. None where the twin is not known (any more).
    pub(super) fn opening(
        &mut self,
        shell: ShellId,
        twin: &ContainerId,
        size: Size,
    ) -> Option<(Twin, mpsc::Receiver<Vec<u8>>)> {
        let known = self.twins.get(twin)?.clone();
        let rx = self.enter(shell, twin.clone(), At::Opening(size));
        Some((known, rx))
    }

    /// A further shell is there: its two halves, and the size that it is to have by now. None when it was closed,
    /// or its twin left, meanwhile.
    pub(super) fn opened(
        &mut self,
        shell: ShellId,
        exec: ExecId,
        tty: Tty,
        rx: mpsc::Receiver<Vec<u8>>,
        tx: mpsc::Sender<Msg>,
    ) -> Option<(Reader, Writer, Size)> {
        let entry = self.running.get_mut(&shell)?;
        let At::Opening(size) = entry.at else {
            return None;
        };
        entry.at = At::Exec(exec);
        let (reader, writer) = self.halves(shell, tty, rx, tx);
        Some((reader, writer, size))
    }

    fn enter(&mut self, shell: ShellId, twin: ContainerId, at: At) -> mpsc::Receiver<Vec<u8>> {
        let (input, rx) = mpsc::channel(WRITES);
        self.running.insert(shell, Shell { input, twin, at });
        rx
    }

    fn halves(
        &self,
        shell: ShellId,
        tty: Tty,
        rx: mpsc::Receiver<Vec<u8>>,
        tx: mpsc::Sender<Msg>,
    ) -> (Reader, Writer) {
        (
            Reader {
                shell,
                output: tty.output,
                tx,
                began: self.began,
                shown: None,
            },
            Writer {
                rx,
                input: tty.input,
            },
        )
    }

    /// Hands bytes to a shell without waiting; says whether they were taken.
    pub(super) fn write(&self, shell: ShellId, bytes: Vec<u8>) -> bool {
        self.running
            .get(&shell)
            .is_some_and(|s| s.input.try_send(bytes).is_ok())
    }

    /// What to resize for a shell, and in which twin; nothing while it is being opened: the size is then noted.
    pub(super) fn resize(&mut self, shell: ShellId, size: Size) -> Option<(At, ContainerId)> {
        let shell = self.running.get_mut(&shell)?;
        if let At::Opening(wanted) = &mut shell.at {
            *wanted = size;
            return None;
        }
        Some((shell.at.clone(), shell.twin.clone()))
    }

    /// Forgets one shell; its writer ends. What it was, and its twin; none when it was not known.
    pub(super) fn close(&mut self, shell: ShellId) -> Option<(At, Twin)> {
        let closed = self.running.remove(&shell)?;
        let twin = self.twins.get(&closed.twin)?;
        Some((closed.at, twin.clone()))
    }

    /// Forgets a twin and its shells; their writers end.
    pub(super) fn forget(&mut self, twin: &ContainerId) {
        self.running.retain(|_, s| s.twin != *twin);
        self.twins.remove(twin);
    }

    /// The further shells that there are, and their twins.
    pub(super) fn further(&self) -> Vec<(ShellId, Twin)> {
        let further = self.running.iter().filter(|(_, s)| s.at != At::Main);
        further
            .filter_map(|(id, s)| Some((*id, self.twins.get(&s.twin)?.clone())))
            .collect()
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
