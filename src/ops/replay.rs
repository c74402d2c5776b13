//! Replay: a replica from its creation to its removal. Nothing is left of it, however it ends.
//!
//! [`replay`] does it all. Who has a terminal to lend goes step by step: [`open`], [`start`], [`ended`], [`remove`].

mod stage;
mod tail;

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::clean::may_be_left;
use super::within;
use crate::domain::Size;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::replay::Ending;
use crate::domain::replica::Replica;
use crate::domain::target::{ContainerId, Target};
use crate::engine::{Engine, Output, Pipes, Tty};

pub use stage::{Staged, Staging, dev_image, stage, unstage};
pub use tail::{KEPT, Tail};

/// How long the engine may take for what must be done at the end.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a program has between SIGTERM and SIGKILL, when its time is over.
const STOPPING: Duration = Duration::from_secs(2);

/// How a program ends that writes to nobody, as a shell tells of it.
const NOBODY_READS: Ending = Ending::Killed { status: 141 };

/// The streams of a replica's program: as the target's.
pub enum Streams {
    /// A terminal.
    Terminal(Tty),
    /// Plain streams, without input.
    Pipes(Pipes),
}

/// A replica that is there and not started.
pub struct Opened {
    /// Its container.
    pub id: ContainerId,
    /// Its streams.
    pub streams: Streams,
}

/// How a replica's run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// How.
    pub ending: Ending,
    /// How long it ran, in milliseconds.
    pub millis: u64,
}

/// What to run, and for how long.
pub struct Replay<'a> {
    /// The replica.
    pub replica: &'a Replica,
    /// Its target: its program has a terminal where the target's has.
    pub target: &'a Target,
    /// Size of that terminal.
    pub size: Size,
    /// After this it is stopped; it lives, then.
    pub limit: Duration,
}

/// Runs a replica once. What it prints goes to `out`, where there is one; who no longer takes it ends the run.
pub async fn replay(
    engine: &dyn Engine,
    replay: Replay<'_>,
    out: Option<mpsc::Sender<Output>>,
    cancel: &CancellationToken,
) -> Result<Ran> {
    if cancel.is_cancelled() {
        return Err(Error::cancelled());
    }
    // Never given up in the middle: what the engine has begun to make could not be found again.
    let id = match create(engine, replay.replica).await? {
        Ok(id) => id,
        Err(ending) => return Ok(Ran { ending, millis: 0 }),
    };
    let course = Course {
        tty: replay.target.runtime.tty,
        size: replay.size,
        limit: replay.limit,
        stop_signal: replay.target.config.stop_signal.as_deref(),
    };
    let ran = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Error::cancelled()),
        ran = run(engine, &id, &course, out) => ran,
    };
    let removed = remove(engine, &id).await;
    ran.and_then(|ran| removed.map(|()| ran))
}

/// What a run goes by.
pub(super) struct Course<'a> {
    /// Whether the program has a terminal.
    pub tty: bool,
    /// Its size.
    pub size: Size,
    /// After this it is stopped; it lives, then.
    pub limit: Duration,
    /// The signal that asks it to end; none for SIGTERM.
    pub stop_signal: Option<&'a str>,
}

/// Starts a container that is there and passes on what it prints until it ends, or its time is over.
pub(super) async fn run(
    engine: &dyn Engine,
    id: &ContainerId,
    course: &Course<'_>,
    out: Option<mpsc::Sender<Output>>,
) -> Result<Ran> {
    let streams = attach(engine, id, course.tty).await?;
    if let Some(ending) = start(engine, id).await? {
        return Ok(Ran { ending, millis: 0 });
    }
    let begun = Instant::now();
    let millis = || u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    if course.tty
        && let Err(error) = engine.resize(id, course.size).await
    {
        tracing::debug!(%error, "the size of a replica's terminal was not taken");
    }
    let mut shown = Box::pin(shown(streams, out));
    match tokio::time::timeout(course.limit, &mut shown).await {
        Ok(Ok(())) => {
            let millis = millis();
            let ending = ended(engine, id).await?;
            Ok(Ran { ending, millis })
        }
        Ok(Err(Stop::NobodyReads)) => Ok(Ran {
            ending: NOBODY_READS,
            millis: millis(),
        }),
        Ok(Err(Stop::Failed(error))) => Err(error),
        Err(_) => {
            let millis = millis();
            stop(engine, id, course.stop_signal).await;
            // What it says at its end belongs to the person, too.
            if tokio::time::timeout(STOPPING, shown).await.is_err() {
                tracing::debug!(%id, "a replica does not stop by itself");
            }
            Ok(Ran {
                ending: Ending::Lives,
                millis,
            })
        }
    }
}

/// Creates a replica and connects to its streams; how it ended when the engine refuses what it asks for.
pub async fn open(
    engine: &dyn Engine,
    replica: &Replica,
    tty: bool,
) -> Result<Result<Opened, Ending>> {
    let id = match create(engine, replica).await? {
        Ok(id) => id,
        Err(ending) => return Ok(Err(ending)),
    };
    match attach(engine, &id, tty).await {
        Ok(streams) => Ok(Ok(Opened { id, streams })),
        Err(error) => match remove(engine, &id).await {
            Ok(()) => Err(error),
            Err(_) => Err(may_be_left(error)),
        },
    }
}

async fn create(engine: &dyn Engine, replica: &Replica) -> Result<Result<ContainerId, Ending>> {
    let error = match engine.create_replica(replica).await {
        Ok(id) => return Ok(Ok(id)),
        Err(error) if error.kind == ErrorKind::Engine => error,
        Err(error) => return Err(error),
    };
    // An engine that still answers has refused it: that is how the target fails, too, when it is started.
    within(PATIENCE, engine.inspect(&replica.target.0)).await?;
    let said = error
        .message
        .split_once(": ")
        .map_or(error.message.as_str(), |(_, said)| said);
    Ok(Err(Ending::refused(said, 0)))
}

async fn attach(engine: &dyn Engine, id: &ContainerId, tty: bool) -> Result<Streams> {
    if tty {
        let tty = engine.attach_tty(id, false).await?;
        return Ok(Streams::Terminal(tty));
    }
    let pipes = engine.attach_pipes(id, false).await?;
    Ok(Streams::Pipes(pipes))
}

/// Starts a replica; how it ended when the engine could not.
pub async fn start(engine: &dyn Engine, id: &ContainerId) -> Result<Option<Ending>> {
    let Err(error) = engine.start(id).await else {
        return Ok(None);
    };
    if error.kind != ErrorKind::Engine {
        return Err(error);
    }
    let state = within(PATIENCE, engine.inspect(&id.0)).await?.state;
    let said = state.error.unwrap_or(error.message);
    Ok(Some(Ending::refused(&said, state.exit_code)))
}

/// How a replica whose output has ended did end.
pub async fn ended(engine: &dyn Engine, id: &ContainerId) -> Result<Ending> {
    let status = within(PATIENCE, engine.wait(id)).await?;
    let state = within(PATIENCE, engine.inspect(&id.0)).await?.state;
    Ok(Ending::exited(status, state.oom_killed))
}

/// Asks a replica's program to end, as the target would be asked.
pub async fn ask_to_stop(engine: &dyn Engine, id: &ContainerId, target: &Target) {
    stop(engine, id, target.config.stop_signal.as_deref()).await;
}

async fn stop(engine: &dyn Engine, id: &ContainerId, signal: Option<&str>) {
    let signal = signal.unwrap_or("SIGTERM");
    if let Err(error) = within(PATIENCE, engine.kill(id, signal)).await {
        tracing::debug!(%id, %error, "a replica could not be asked to end");
    }
}

/// Removes a replica, running or not.
pub async fn remove(engine: &dyn Engine, id: &ContainerId) -> Result<()> {
    let removed = within(PATIENCE, engine.remove(id)).await;
    removed.map_err(may_be_left)
}

enum Stop {
    NobodyReads,
    Failed(Error),
}

/// Passes on what a replica prints until that ends.
async fn shown(streams: Streams, out: Option<mpsc::Sender<Output>>) -> Result<(), Stop> {
    let lost = |error: &str| {
        let message = format!("the connection to the replica broke: {error}");
        Stop::Failed(Error::new(ErrorKind::Engine, message))
    };
    let pass = async |piece: Output| match &out {
        Some(out) => out.send(piece).await.map_err(|_| Stop::NobodyReads),
        None => Ok(()),
    };
    match streams {
        // The input is held: the connection lives as long as its halves.
        Streams::Terminal(Tty {
            mut output,
            input: _input,
        }) => {
            let mut chunk = vec![0; 16 * 1024];
            loop {
                match output.read(&mut chunk).await {
                    Ok(0) => return Ok(()),
                    Ok(n) => {
                        let bytes = chunk.get(..n).unwrap_or_default().to_vec();
                        pass(Output::Stdout(bytes.into())).await?;
                    }
                    Err(error) => return Err(lost(&error.to_string())),
                }
            }
        }
        Streams::Pipes(Pipes {
            mut output,
            input: _input,
        }) => {
            while let Some(piece) = output.next().await {
                pass(piece.map_err(Stop::Failed)?).await?;
            }
            Ok(())
        }
    }
}
