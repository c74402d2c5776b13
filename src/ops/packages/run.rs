//! One run of a package manager in the twin: started, read, and ended when the person gives up.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::lines::Lines;
use super::pieces::Pieces;
use super::{Desk, NewsSink};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages::{Invocation, News, Printed, Told};
use crate::domain::run::Place;
use crate::domain::target::Status;
use crate::engine::{Engine, ExecId, ExecSpec, Output};
use crate::ops::marks::{Carriers, Mark, NotSent, status};
use crate::ops::{unless_cancelled, within};

/// How long the engine may take to start a command: it may be stuck.
const START: Duration = Duration::from_secs(40);
/// How long the engine may take for any other answer.
const ANSWER: Duration = Duration::from_secs(5);
/// How often a command that prints nothing is asked whether it still runs: not every stream ends with its program.
const LOOK: Duration = Duration::from_secs(1);
/// How a manager is asked to end, and how long it then may take. Killed in the middle of its writing it leaves a
/// database to be repaired; but all of it must fit what the end of a session has.
const GENTLE: [(&str, Duration); 2] = [
    ("INT", Duration::from_secs(2)),
    ("TERM", Duration::from_secs(2)),
];
/// The pause between two looks at a manager that was asked to end.
const PAUSE: Duration = Duration::from_millis(100);
/// How often a twin is looked at that may be about to end.
const LAST_LOOKS: u32 = 5;
/// Pieces of output that are kept while a manager is being ended.
const REST: usize = 64;
/// Pieces of data that may wait for their reader, of 16 KB at most each.
const AHEAD: usize = 16;

/// A command that runs in the twin, its streams apart.
pub(super) struct Run<'a> {
    engine: &'a dyn Engine,
    desk: &'a Desk,
    cancel: &'a CancellationToken,
    mark: Mark,
    exec: ExecId,
    output: BoxStream<'static, Result<Output>>,
    /// What came while it was being ended.
    rest: VecDeque<Output>,
    /// How it was ended by us.
    ended: Option<Ended>,
}

/// How a run ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Its exit status; none when it was ended by us.
    pub(super) status: Option<i64>,
    pub(super) why: Why,
    /// Why something of it may still be there, or why nobody knows.
    pub(super) left: Option<Error>,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// By itself.
    Itself,
    /// The person gave up.
    Cancelled,
    /// It printed nothing for too long.
    Silent,
    /// Nobody wants more of what it prints.
    Enough,
    /// Its stream broke.
    Lost,
}

impl<'a> Run<'a> {
    /// Starts a command as root.
    pub(super) async fn start(
        engine: &'a dyn Engine,
        desk: &'a Desk,
        what: &Invocation,
        cancel: &'a CancellationToken,
    ) -> Result<Self> {
        if cancel.is_cancelled() {
            return Err(Error::cancelled());
        }
        let mark = Mark::drawn();
        let spec = ExecSpec {
            argv: what.argv.clone(),
            user: "0".into(),
            workdir: "/".into(),
            env: env(desk, what, &mark),
        };
        // Not given up half-way: a command that is only just being started would run on unseen.
        let started = within(START, engine.exec_pipes(&desk.twin, &spec, false)).await;
        let (exec, pipes) = match started {
            Ok(started) => started,
            Err(_) if has_ended(engine, desk).await => return Err(gone(desk)),
            Err(error) => return Err(error),
        };
        Ok(Self {
            engine,
            desk,
            cancel,
            mark,
            exec,
            output: pipes.output,
            rest: VecDeque::new(),
            ended: None,
        })
    }

    /// The next piece of output; none when the command has ended, by itself or by us.
    pub(super) async fn next(&mut self) -> Result<Option<Output>> {
        let since = Instant::now();
        while self.ended.is_none() {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => self.stop(Why::Cancelled).await,
                piece = self.output.next() => match piece.transpose() {
                    Ok(piece) => return Ok(piece),
                    Err(_) if has_ended(self.engine, self.desk).await => return Err(gone(self.desk)),
                    Err(error) => self.lose(error).await,
                },
                () = sleep(LOOK) => {
                    let asked = within(ANSWER, self.engine.exec_status(&self.exec)).await;
                    if let Ok(Some(_)) = asked {
                        return Ok(None);
                    }
                    // Of what ran in a twin that was killed an engine of 20.10 says for ever that it runs.
                    if state(self.engine, self.desk).await == State::Ended {
                        return Err(gone(self.desk));
                    }
                    if since.elapsed() >= self.desk.silence {
                        self.stop(Why::Silent).await;
                    }
                }
            }
        }
        Ok(self.rest.pop_front())
    }

    /// How it ended, once there is no more output. Fails when the twin has ended.
    pub(super) async fn ended(mut self) -> Result<Ended> {
        if let Some(ended) = self.ended {
            return Ok(ended);
        }
        let status = timeout(ANSWER, status(self.engine, &self.exec)).await;
        let status = status.ok().flatten();
        // A twin that ends kills what runs in it.
        if status.is_none_or(|status| status > 128) && has_ended(self.engine, self.desk).await {
            return Err(gone(self.desk));
        }
        if status.is_none() {
            let (id, twin) = (self.desk.manager.id(), self.desk.twin.short());
            let what = format!("the connection to {id} in twin {twin} broke");
            let error = Error::new(ErrorKind::Engine, what)
                .hint("is the engine still running? devtwin doctor tells");
            self.lose(error).await;
        }
        Ok(self.ended.unwrap_or(Ended {
            status,
            why: Why::Itself,
            left: None,
        }))
    }

    /// Ends a command that nobody can follow any more.
    async fn lose(&mut self, error: Error) {
        self.stop(Why::Lost).await;
        if let Some(ended) = &mut self.ended {
            ended.left = Some(error);
        }
    }

    /// Ends the command and all that it started, and goes on reading meanwhile: it may wait to be read.
    async fn stop(&mut self, why: Why) {
        let Self { output, rest, .. } = self;
        let read = async {
            while let Some(Ok(piece)) = output.next().await {
                if rest.len() < REST {
                    rest.push_back(piece);
                }
            }
        };
        let ending = end(self.engine, self.desk, &self.mark, &self.exec);
        let reading = async {
            read.await;
            std::future::pending::<()>().await;
        };
        let done = tokio::select! {
            done = ending => done,
            () = reading => Ok(()),
        };
        let left = match done {
            Err(error) if !has_ended(self.engine, self.desk).await => Some(error),
            Err(_) | Ok(()) => None,
        };
        if let Some(error) = &left {
            tracing::warn!(%error, "a package manager could not be ended");
        }
        self.ended = Some(Ended {
            status: None,
            why,
            left,
        });
    }
}

/// Runs a command that prints lines. Each is told to `sink`, and what it means to `told`, too.
pub(super) async fn lines(
    engine: &dyn Engine,
    desk: &Desk,
    what: &Invocation,
    sink: NewsSink<'_>,
    told: &mut (dyn FnMut(Told) + Send),
    cancel: &CancellationToken,
) -> Result<(Printed, Ended)> {
    let mut reader = desk.manager.reader();
    let mut each = |stream, line: &str| {
        if !reader.is_for_gauge(stream, line) {
            sink(News::Line(stream, line.to_owned()));
        }
        if let Some(news) = reader.line(stream, line) {
            sink(News::Told(news.clone()));
            told(news);
        }
    };
    let mut lines = Lines::default();
    let mut run = Run::start(engine, desk, what, cancel).await?;
    while let Some(piece) = run.next().await? {
        lines.feed(&piece, &mut each);
    }
    let ended = run.ended().await?;
    let mut printed = lines.finish(ended.status, &mut each);
    printed
        .lines
        .retain(|(stream, line)| !reader.is_for_gauge(*stream, line));
    Ok((printed, ended))
}

/// Runs a command that prints data, which `read` takes in on a thread of its own: it may compute for a second, and
/// whoever draws meanwhile must not wait. When it wants no more, the command is ended. Given up, this is `Cancelled`.
pub(super) async fn data<T: Send + 'static>(
    engine: &dyn Engine,
    desk: &Desk,
    what: &Invocation,
    read: impl FnOnce(Pieces) -> T + Send + 'static,
    cancel: &CancellationToken,
) -> Result<(T, Printed, Ended)> {
    let (tx, rx) = mpsc::channel(AHEAD);
    let reading = spawn_blocking(move || read(Pieces::new(rx)));
    let mut lines = Lines::default();
    let mut run = Run::start(engine, desk, what, cancel).await?;
    while let Some(piece) = run.next().await? {
        match piece {
            Output::Stdout(bytes) if run.ended.is_none() => {
                if tx.send(bytes).await.is_err() {
                    run.stop(Why::Enough).await;
                }
            }
            Output::Stdout(_) => {}
            Output::Stderr(_) => lines.feed(&piece, &mut |_, _| {}),
        }
    }
    drop(tx);
    let ended = run.ended().await?;
    // Nor is a reader waited for that goes on computing when the person has given up.
    let read = unless_cancelled(cancel, async { Ok(reading.await) }).await?;
    let read = read.map_err(|error| {
        // Not the command itself: there may be a password among its words.
        let id = desk.manager.id();
        let what = format!("what {id} printed could not be read: {error}");
        Error::new(ErrorKind::Internal, what)
    })?;
    Ok((read, lines.finish(ended.status, &mut |_, _| {}), ended))
}

/// The variables of a run, each once: an engine passes doubles on, and programs take the first or the last.
fn env(desk: &Desk, what: &Invocation, mark: &Mark) -> Vec<String> {
    let mut env: Vec<(&str, &str)> = vec![("LC_ALL", "C")];
    for (name, value) in desk.setup.env.iter().chain(&what.env) {
        env.retain(|(known, _)| known != name);
        env.push((name, value));
    }
    let pairs = env.iter().map(|(name, value)| format!("{name}={value}"));
    pairs.chain([mark.variable()]).collect()
}

/// Asks what carries the mark to end, and kills it when it does not.
async fn end(engine: &dyn Engine, desk: &Desk, mark: &Mark, exec: &ExecId) -> Result<()> {
    let carriers = Carriers {
        engine,
        twin: &desk.twin,
        shell: &desk.shell,
        mark,
        place: Place::Twin,
    };
    let failed = |why| {
        let why = match why {
            NotSent::Engine(error) => error.message,
            NotSent::Why(why) => why,
        };
        let (id, twin) = (desk.manager.id(), desk.twin.short());
        let what = format!("{id} could not be ended in twin {twin}: {why}");
        Error::new(ErrorKind::Engine, what).hint("it ends by itself, or with the twin")
    };
    for (signal, patience) in GENTLE {
        let until = Instant::now() + patience;
        let mut heard = false;
        while Instant::now() < until {
            let sent = if heard { "0" } else { signal };
            let there = carriers.signal(sent).await.map_err(failed)?;
            heard |= there;
            // One that is still being started is not there yet, and has not ended.
            if !there && !matches!(within(ANSWER, engine.exec_status(exec)).await, Ok(None)) {
                return Ok(());
            }
            sleep(PAUSE).await;
        }
    }
    carriers.kill().await.map_err(failed)
}

/// How a twin stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Runs,
    Ended,
    /// The engine does not say.
    Unknown,
}

async fn state(engine: &dyn Engine, desk: &Desk) -> State {
    match within(ANSWER, engine.inspect(&desk.twin.0)).await {
        Ok(twin) if is_there(twin.state.status) => State::Runs,
        Ok(_) => State::Ended,
        Err(error) if error.kind == ErrorKind::NoTarget => State::Ended,
        Err(_) => State::Unknown,
    }
}

/// Whether a twin has ended, or is just ending.
async fn has_ended(engine: &dyn Engine, desk: &Desk) -> bool {
    for _ in 0..LAST_LOOKS {
        match state(engine, desk).await {
            State::Runs => sleep(PAUSE).await,
            State::Ended => return true,
            State::Unknown => return false,
        }
    }
    false
}

/// Whether what runs in a container of this status is still there.
pub(super) fn is_there(status: Status) -> bool {
    matches!(status, Status::Running | Status::Paused)
}

/// The error of a twin that ended in the middle.
pub(super) fn gone(desk: &Desk) -> Error {
    let (twin, id) = (desk.twin.short(), desk.manager.id());
    let what = format!("twin {twin} ended while {id} was at work in it");
    Error::new(ErrorKind::NoTarget, what)
        .hint("a twin ends with its target; devtwin attach makes a new one")
}
