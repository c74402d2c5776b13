//! A shell of the twin that answers questions as long as somebody asks: one exec for all of them, since making one costs
//! the engine tens of milliseconds.
//!
//! It reads questions from its input, a line each, `NONCE WORD ARGUMENTS`, and ends each answer with a line that is the
//! nonce: new each time, so that nothing that it prints meanwhile can look like the end. It ends with its input, and
//! carries a mark for when it does not: a file can keep its reader waiting for ever.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use super::marks::{Carriers, Mark, NotSent};
use super::within;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::run::Place;
use crate::domain::twin::Twin;
use crate::engine::{Engine, ExecSpec, Output, Pipes};

/// How long an answer may take: of a process whose memory, or whose open file, hangs on a file system that does not
/// answer, nothing ever comes.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long the engine may take to start the shell.
const START: Duration = Duration::from_secs(20);
/// How long the shell may take to end when its input has.
const LAST: Duration = Duration::from_secs(1);
/// Most bytes of an answer.
const MOST: usize = 32 << 20;

/// The shell, while it runs.
pub(super) struct Talk {
    pipes: Pipes,
    twin: Twin,
    mark: Mark,
}

impl Talk {
    /// Starts `script` in a twin, as root: the files of another user's processes are root's alone to read. `name` is its
    /// name among the processes, `env` further variables.
    pub(super) async fn open(
        engine: &dyn Engine,
        twin: &Twin,
        script: &str,
        name: &str,
        env: Vec<String>,
    ) -> Result<Self> {
        let mark = Mark::drawn();
        let shell = twin.plan.argv.last().map_or("sh", String::as_str);
        let lines = script.lines().filter(|line| !is_comment(line));
        let script: String = lines.flat_map(|line| [line, "\n"]).collect();
        let spec = ExecSpec {
            argv: [shell, "-c", &script, name].map(str::to_owned).into(),
            user: "0".into(),
            workdir: "/".into(),
            env: std::iter::once(mark.variable()).chain(env).collect(),
        };
        let (_, pipes) = within(START, engine.exec_pipes(&twin.id, &spec, true)).await?;
        Ok(Self {
            pipes,
            twin: twin.clone(),
            mark,
        })
    }

    /// Asks a question; what was answered.
    pub(super) async fn ask(&mut self, question: &str) -> Result<Vec<u8>> {
        // New each time: nobody else has ever heard of it.
        let nonce = word();
        let line = format!("{nonce} {question}\n");
        let end = format!("{nonce}\n").into_bytes();
        let Pipes { input, output } = &mut self.pipes;
        let asking = async {
            let sent = async {
                input.write_all(line.as_bytes()).await?;
                input.flush().await
            };
            if sent.await.is_err() {
                return Err(unheard("the twin's shell has ended"));
            }
            let mut answer = Vec::new();
            while let Some(piece) = output.next().await {
                match piece? {
                    Output::Stdout(bytes) => answer.extend_from_slice(&bytes),
                    Output::Stderr(_) => {}
                }
                if answer.ends_with(&end) {
                    answer.truncate(answer.len() - end.len());
                    return Ok(answer);
                }
                if answer.len() > MOST {
                    return Err(unheard("there is more to tell than devtwin reads"));
                }
            }
            Err(unheard("the twin's shell has ended"))
        };
        match tokio::time::timeout(PATIENCE, asking).await {
            Ok(answered) => answered,
            Err(_) => Err(unheard(&format!(
                "the twin's shell did not answer within {} s",
                PATIENCE.as_secs()
            ))),
        }
    }

    /// Ends the shell: by the end of its input, and if that is not enough by its mark.
    pub(super) async fn close(self, engine: &dyn Engine) {
        let Self { pipes, twin, mark } = self;
        let Pipes {
            mut input,
            mut output,
        } = pipes;
        let ending = async {
            let _ = input.shutdown().await;
            // What it still says is of no interest, and must not hold it up.
            while output.next().await.is_some_and(|piece| piece.is_ok()) {}
        };
        if tokio::time::timeout(LAST, ending).await.is_ok() {
            return;
        }
        let carriers = Carriers {
            engine,
            twin: &twin.id,
            shell: twin.plan.argv.last().map_or("", String::as_str),
            mark: &mark,
            place: Place::Twin,
        };
        match carriers.kill().await {
            Ok(()) => {}
            Err(NotSent::Engine(error)) => tracing::debug!(%error, "a look could not be ended"),
            Err(NotSent::Why(why)) => tracing::warn!(why, "a look could not be ended"),
        }
    }
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// 128 bits that nobody can guess: the standard library's only random source.
pub(super) fn word() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", half(), half())
}

/// The twin's shell could not tell.
pub(super) fn unheard(why: &str) -> Error {
    Error::new(ErrorKind::Engine, format!("the twin could not look: {why}"))
}
