//! The byte streams of shells: one task reads, one writes, and a flood is held back by not reading.

use std::collections::HashMap;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::app::{Msg, ShellId};
use crate::domain::target::ContainerId;
use crate::engine::Tty;

/// Bytes read at a time: about half a millisecond of parsing (terminal.md §4).
const CHUNK: usize = 32 * 1024;
/// Writes that may wait for a program that does not read its input.
const WRITES: usize = 1024;

/// A shell that runs.
struct Shell {
    input: mpsc::Sender<Vec<u8>>,
    twin: ContainerId,
}

/// All shells of the session, by number.
pub(super) struct Shells {
    began: Instant,
    running: HashMap<ShellId, Shell>,
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
        }
    }
}

impl Shells {
    /// Takes a shell in; its two halves are for the caller to run.
    pub(super) fn add(
        &mut self,
        shell: ShellId,
        twin: ContainerId,
        tty: Tty,
        tx: mpsc::Sender<Msg>,
    ) -> (Reader, Writer) {
        let (input, rx) = mpsc::channel(WRITES);
        self.running.insert(shell, Shell { input, twin });
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

    /// The container whose terminal the shell is.
    pub(super) fn twin(&self, shell: ShellId) -> Option<&ContainerId> {
        self.running.get(&shell).map(|s| &s.twin)
    }

    /// Forgets the shells of a twin; their writers end.
    pub(super) fn forget(&mut self, twin: &ContainerId) {
        self.running.retain(|_, s| s.twin != *twin);
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
