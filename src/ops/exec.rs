//! Exec: one command in a twin, its streams passed through and its exit status returned.
//!
//! [`exec`] makes a twin whose program the command is; [`inside()`] runs it in a twin that is there.

mod inside;

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::arena::Ground;
use super::attach::{known, resize_until_taken};
use super::launch::{self, Request};
use super::{unless_cancelled, within};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::{Plan, Program, Wishes};
use crate::domain::target::{ContainerId, Status, Target};
use crate::domain::twin::{Session, session_of};
use crate::domain::{Sink, Size};
use crate::engine::{Engine, ExecId, Output, Pipes, Tty};

pub use inside::inside;

/// Status when nobody reads the output any more: as a shell tells of a program that SIGPIPE killed.
const NOBODY_READS: i64 = 141;

/// What to run.
pub struct Exec<'a> {
    /// Container name, id or unique prefix; a target, or a twin of ours that runs.
    pub target: &'a str,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Terminal size, when the command gets a terminal.
    pub tty: Option<Size>,
    /// What the person asked for.
    pub wishes: &'a Wishes,
    /// How long the engine may take, once the command's output has ended, to tell its status, and
    /// again to remove the twin: it may be stuck.
    pub patience: Duration,
}

/// Our end of the command's streams.
pub struct Io<'a> {
    /// Its input; none gives it no input at all.
    pub stdin: Option<Box<dyn AsyncRead + Send + Unpin>>,
    /// Where its output goes (with a terminal, all of it).
    pub stdout: Box<dyn AsyncWrite + Send + Unpin>,
    /// Where its errors go.
    pub stderr: Box<dyn AsyncWrite + Send + Unpin>,
    /// New sizes of our terminal.
    pub sizes: Option<mpsc::Receiver<Size>>,
    /// Gives our terminal to the command (`true`, right before its start) and takes it back (`false`, as
    /// soon as it ended): until it starts, and once it ended, the person's keys are meant for us.
    pub lend: &'a dyn Fn(bool) -> Result<()>,
}

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its exit status; 126 or 127 when it could not be started; 141 when who read its output has gone.
    pub status: i64,
    /// Why its twin could not be removed; none when it was.
    pub left: Option<Error>,
}

/// Runs one command in a twin beside the target; when it could not be started, the engine's words go to
/// `io.stderr`. The twin is removed in every case, unless it was the one that was named.
pub async fn exec(
    engine: &dyn Engine,
    session: &Session,
    exec: Exec<'_>,
    io: Io<'_>,
    sink: Sink<'_>,
    cancel: &CancellationToken,
) -> Result<Ended> {
    let mut target = unless_cancelled(cancel, engine.inspect(exec.target)).await?;
    if session_of(&target.name, &target.config.labels).is_some() {
        let there = unless_cancelled(cancel, known(engine, target, exec.wishes)).await?;
        return inside(engine, &there.twin, exec, io, cancel).await;
    }
    let mut wishes = launch::for_state(&target, exec.wishes);
    let mut io = Some(io);
    loop {
        let request = Request {
            session,
            wishes: &wishes,
            serial: 1,
            sink,
        };
        let mut ground = Ground::default();
        // On the heap: who waits for it holds all of it otherwise.
        let ran = Box::pin(in_new(
            engine,
            &target,
            &exec,
            &mut io,
            &request,
            &mut ground,
            cancel,
        ));
        let error = match ran.await {
            Ok((id, status)) => {
                // The command's status is the answer, whatever becomes of the twin.
                let removal = async {
                    engine.remove(&id).await?;
                    ground.clear(engine).await
                };
                let left = within(exec.patience, removal).await.err();
                return Ok(Ended { status, left });
            }
            Err(error) => ground.undo(engine, error).await,
        };
        if io.is_none() {
            return Err(error);
        }
        match launch::arena_instead(engine, &target, &request, &error).await {
            Some((now, instead)) => (target, wishes) = (now, instead),
            None => return Err(error),
        }
    }
}

/// Runs one command as the program of a twin that is made for it; the twin, which has ended, and the status. What
/// `ground` made is still there; `io` is taken once the command was started.
async fn in_new(
    engine: &dyn Engine,
    target: &Target,
    exec: &Exec<'_>,
    io: &mut Option<Io<'_>>,
    request: &Request<'_>,
    ground: &mut Ground,
    cancel: &CancellationToken,
) -> Result<(ContainerId, i64)> {
    launch::possible(target, request)?;
    let (resolution, images) =
        unless_cancelled(cancel, launch::dev_image(engine, target, None, request)).await?;
    let (stdin, lend) = match io {
        Some(io) => (io.stdin.is_some(), io.lend),
        None => return Err(Error::cancelled()),
    };
    let program = Program::Command {
        argv: exec.argv.clone(),
        tty: exec.tty.is_some(),
        stdin,
    };
    let plan = launch::planned(target, &resolution, &images, request, program)?;
    let take_back = taker(lend);
    loop {
        let made = ground.create(engine, target, &plan, exec.tty, request, cancel);
        let (id, plan) = made.await?;
        let ran = async {
            let streams = begin(engine, &id, &plan, (target, request), exec.tty, io).await?;
            let ended = match io.take() {
                Some(io) => pass(engine, &id, streams, io).await,
                None => Ok(()),
            };
            take_back();
            ended?;
            Ok(status(engine, &id, exec.patience).await?)
        };
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Stop::Failed(Error::cancelled())),
            outcome = ran => outcome,
        };
        take_back();
        return match outcome {
            Ok(status) | Err(Stop::NotStarted(status)) => Ok((id, status)),
            Err(Stop::NobodyReads) => Ok((id, NOBODY_READS)),
            Err(Stop::Failed(error))
                if io.is_some() && ground.learns(&plan, &error, request.sink) =>
            {
                engine.remove(&id).await?;
                continue;
            }
            Err(Stop::Failed(error)) => {
                let error = launch::blame(engine, target, request, error).await;
                Err(launch::undo(engine, &id, error).await)
            }
        };
    }
}

/// Takes our terminal back, as often as it is called.
fn taker(lend: &dyn Fn(bool) -> Result<()>) -> impl Fn() {
    move || {
        if let Err(error) = lend(false) {
            tracing::warn!(%error, "the terminal could not be taken back");
        }
    }
}

/// Why a command was not run to its end.
enum Stop {
    /// Who read its output has gone (`devtwin exec … | head`): nothing went wrong.
    NobodyReads,
    /// The engine could not run it, and gave it this status: the command's failure, not ours.
    NotStarted(i64),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The streams of a command that was started.
enum Streams {
    Terminal(Tty),
    Plain(Pipes),
}

/// Connects to the command's streams and starts it.
async fn begin(
    engine: &dyn Engine,
    id: &ContainerId,
    plan: &Plan,
    beside: (&Target, &Request<'_>),
    tty: Option<Size>,
    io: &mut Option<Io<'_>>,
) -> Result<Streams, Stop> {
    let Some(io) = io else {
        return Err(Error::cancelled().into());
    };
    // Before the start: the command may look at /target at once.
    launch::put_links(engine, id, plan).await?;
    if let Some(size) = tty {
        let streams = engine.attach_tty(id, false).await?;
        start(engine, id, beside, io).await?;
        resize_until_taken(engine, id, size).await;
        Ok(Streams::Terminal(streams))
    } else {
        let streams = engine.attach_pipes(id, io.stdin.is_some()).await?;
        start(engine, id, beside, io).await?;
        Ok(Streams::Plain(streams))
    }
}

/// Passes the command's streams on until its output ends.
async fn pass(
    engine: &dyn Engine,
    id: &ContainerId,
    streams: Streams,
    io: Io<'_>,
) -> Result<(), Stop> {
    match streams {
        Streams::Terminal(tty) => on_terminal(engine, Screen::Main(id), tty, io).await,
        Streams::Plain(pipes) => on_pipes(pipes, io).await,
    }
}

/// The status of a command whose output has ended.
///
/// The engine ends the output when the container ends, not when the command closes it. So a command that
/// still runs has lost its connection, and nobody knows when it would end.
async fn status(engine: &dyn Engine, id: &ContainerId, patience: Duration) -> Result<i64> {
    if let Ok(status) = tokio::time::timeout(patience, engine.wait(id)).await {
        return status;
    }
    let now = within(patience, engine.inspect(&id.0)).await?.state;
    match now.status {
        Status::Exited | Status::Dead => Ok(now.exit_code),
        _ => Err(lost("its output ended while the command still ran")),
    }
}

/// Starts the program.
async fn start(
    engine: &dyn Engine,
    id: &ContainerId,
    (target, request): (&Target, &Request<'_>),
    io: &mut Io<'_>,
) -> Result<(), Stop> {
    (io.lend)(true)?;
    let Err(error) = engine.start(id).await else {
        return Ok(());
    };
    (io.lend)(false)?;
    // From 26 on a twin whose target has just ended gets the status of a missing program.
    let error = launch::blame(engine, target, request, error).await;
    if error.kind == ErrorKind::NoTarget {
        return Err(error.into());
    }
    let Some(status) = launch::not_started(engine, id).await? else {
        return Err(error.into());
    };
    let words = format!("devtwin: {error}\n");
    write(&mut *io.stderr, words.as_bytes()).await?;
    Err(Stop::NotStarted(status))
}

/// Whose terminal it is.
#[derive(Clone, Copy)]
enum Screen<'a> {
    /// That of a container's main program.
    Main(&'a ContainerId),
    /// That of a program beside it.
    Exec(&'a ExecId),
}

async fn on_terminal(
    engine: &dyn Engine,
    screen: Screen<'_>,
    streams: Tty,
    io: Io<'_>,
) -> Result<(), Stop> {
    let Tty { mut output, input } = streams;
    let Io {
        stdin,
        mut stdout,
        sizes,
        ..
    } = io;
    let shown = async {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let n = output
                .read(&mut chunk)
                .await
                .map_err(|e| lost(&e.to_string()))?;
            if n == 0 {
                return Ok(());
            }
            write(&mut *stdout, &chunk[..n]).await?;
        }
    };
    let resized = async {
        if let Some(mut sizes) = sizes {
            while let Some(size) = sizes.recv().await {
                let taken = match screen {
                    Screen::Main(id) => engine.resize(id, size).await,
                    Screen::Exec(id) => engine.resize_exec(id, size).await,
                };
                if let Err(error) = taken {
                    tracing::debug!(%error, "a new size was not taken");
                }
            }
        }
        std::future::pending::<()>().await;
    };
    // On a terminal the end of our input is not the end of the program's: it gets no shutdown.
    tokio::select! {
        done = shown => done,
        () = resized => Ok(()),
        () = typed(stdin, input, false) => Ok(()),
    }
}

async fn on_pipes(streams: Pipes, io: Io<'_>) -> Result<(), Stop> {
    let Pipes { mut output, input } = streams;
    let Io {
        stdin,
        mut stdout,
        mut stderr,
        ..
    } = io;
    let shown = async {
        while let Some(piece) = output.next().await {
            match piece? {
                Output::Stdout(bytes) => write(&mut *stdout, &bytes).await?,
                Output::Stderr(bytes) => write(&mut *stderr, &bytes).await?,
            }
        }
        Ok(())
    };
    tokio::select! {
        done = shown => done,
        () = typed(stdin, input, true) => Ok(()),
    }
}

/// Passes input on and never returns: only the program's end, seen on its output, ends the run.
async fn typed(
    stdin: Option<Box<dyn AsyncRead + Send + Unpin>>,
    mut input: Box<dyn AsyncWrite + Send + Unpin>,
    half_close: bool,
) {
    if let Some(mut stdin) = stdin {
        if let Err(error) = tokio::io::copy(&mut stdin, &mut input).await {
            tracing::debug!(%error, "the command takes no more input");
        }
        if half_close && let Err(error) = input.shutdown().await {
            tracing::debug!(%error, "the command's input was closed already");
        }
    }
    // The connection lives as long as its halves: `input` must not drop before the output has ended.
    std::future::pending::<()>().await;
}

async fn write(to: &mut (dyn AsyncWrite + Send + Unpin), bytes: &[u8]) -> Result<(), Stop> {
    let failed = |e: std::io::Error| {
        if e.kind() == std::io::ErrorKind::BrokenPipe {
            return Stop::NobodyReads;
        }
        let message = format!("the command's output has nowhere to go: {e}");
        Stop::Failed(Error::new(ErrorKind::Cancelled, message))
    };
    to.write_all(bytes).await.map_err(failed)?;
    to.flush().await.map_err(failed)
}

fn lost(why: &str) -> Error {
    Error::new(
        ErrorKind::Engine,
        format!("the connection to the twin broke: {why}"),
    )
    .hint("is the engine still running? devtwin doctor tells")
}
