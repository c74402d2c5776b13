//! Catch: wait for a container's next start, pause it at once, and bring up a twin beside what stands still.
//!
//! Everything slow is done before: the dev image is here and the debt of a pause is noted when the wait begins, so
//! that between the event and the pause lies one request. A process that is faster, also at its next starts, is not hunted
//! for ever: the arena is opened instead, and it is said why.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio_util::sync::CancellationToken;

use super::attach::{Attach, Launched, attach};
use super::launch::{self, Request};
use super::{debts, unless_cancelled, within};
use crate::domain::debt::{Debt, Owed};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::{Mode, Wishes};
use crate::domain::target::{ContainerId, Event, Status, Target};
use crate::domain::twin::{Session, session_of};
use crate::domain::{Progress, Sink};
use crate::engine::Engine;

/// How long the engine may take to pause: it takes 20 ms, and a process that is just ending may hold it up.
const PAUSE: Duration = Duration::from_secs(5);
/// So many starts are tried, where they follow each other by themselves.
const TRIES: u32 = 3;
/// How long the next start may take then.
const AGAIN: Duration = Duration::from_secs(10);
/// How long the event of the pause may take to come behind its answer: only its time is wanted.
const TOLD: Duration = Duration::from_secs(1);

/// What came of a catch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Catch {
    /// The target stands still.
    Caught {
        /// Milliseconds between its start and the pause, by the engine's clock; none when it did not say.
        after_ms: Option<u64>,
        /// That it must be let go on.
        debt: Debt,
    },
    /// It was gone already, so that this is an arena: why.
    Missed(String),
}

/// Waits for the next start of a container and catches it; or opens an arena beside it.
///
/// Whatever fails, also a cancel, leaves nothing behind, and the target running as it was.
pub async fn catch(
    engine: &dyn Engine,
    session: &Session,
    request: Attach<'_>,
    sink: Sink<'_>,
    cancel: &CancellationToken,
) -> Result<(Launched, Catch)> {
    Box::pin(wait_and_catch(engine, session, request, sink, cancel)).await
}

async fn wait_and_catch(
    engine: &dyn Engine,
    session: &Session,
    mut request: Attach<'_>,
    sink: Sink<'_>,
    cancel: &CancellationToken,
) -> Result<(Launched, Catch)> {
    let target = unless_cancelled(cancel, engine.inspect(request.target)).await?;
    if session_of(&target.name, &target.config.labels).is_some() {
        let message = format!(
            "{} is a twin of devtwin: there is nothing to catch",
            target.name
        );
        return Err(Error::new(ErrorKind::Usage, message).hint("devtwin attach opens it again"));
    }
    if target.state.status == Status::Paused {
        // Somebody's own pause: it must not look like ours, which is undone.
        let message = format!("{} is paused: it cannot start again", target.name);
        return Err(Error::new(ErrorKind::Usage, message).hint(format!(
            "docker unpause {} first, or attach without --mode catch",
            target.name
        )));
    }
    let joins = with_mode(request.wishes, Mode::Join);
    let asked = Request {
        session,
        wishes: &joins,
        serial: request.serial,
        sink,
    };
    let resolved = launch::dev_image(engine, &target, request.resolution.take(), &asked);
    let (resolution, _) = unless_cancelled(cancel, resolved).await?;
    request.resolution = Some(resolution);
    let debt = Debt::new(session, &target, Owed::Unpause);
    debts::owe(engine, &debt).await?;
    let mut tried = false;
    let outcome = match hold(engine, &target, sink, cancel, &mut tried).await {
        Ok(outcome) => outcome,
        Err(error) if tried => return Err(debts::repent(engine, &debt, error).await),
        // Nothing was done yet: whoever has paused it meanwhile was not us.
        Err(error) => return Err(debts::forget(engine, &debt, error).await),
    };
    let why = match outcome {
        Held::Paused(after_ms) => {
            let joined = again(&request, &target, &joins);
            let error = match attach(engine, session, joined, sink, cancel).await {
                Ok(launched) => return Ok((launched, Catch::Caught { after_ms, debt })),
                Err(error) => error,
            };
            let now = within(PAUSE, engine.inspect(&target.id.0)).await;
            let held = now.is_ok_and(|now| now.state.status == Status::Paused);
            let error = debts::repent(engine, &debt, error).await;
            if held || error.kind == ErrorKind::Cancelled {
                return Err(error);
            }
            missed(&target)
        }
        Held::Missed(why) => {
            debts::pay(engine, &debt).await?;
            why
        }
        // The engine is still at it: the debt stays until the session's end.
        Held::Stuck(why) => why,
    };
    let arena = with_mode(request.wishes, Mode::Arena);
    let arena = again(&request, &target, &arena);
    let launched = attach(engine, session, arena, sink, cancel).await?;
    Ok((launched, Catch::Missed(why)))
}

/// The request once more, with other wishes.
fn again<'a>(request: &'a Attach<'_>, target: &'a Target, wishes: &'a Wishes) -> Attach<'a> {
    Attach {
        target: &target.id.0,
        resolution: request.resolution.clone(),
        wishes,
        size: request.size,
        serial: request.serial,
    }
}

fn missed(target: &Target) -> String {
    format!("{} was gone before it could be paused", target.name)
}

fn with_mode(wishes: &Wishes, mode: Mode) -> Wishes {
    Wishes {
        mode: Some(mode),
        ..wishes.clone()
    }
}

/// What came of the pause.
enum Held {
    /// It stands still, so many milliseconds after its start.
    Paused(Option<u64>),
    /// It was gone.
    Missed(String),
    /// The engine did not answer in time, and may yet pause it.
    Stuck(String),
}

/// Waits for the start and pauses. Once the start is seen nothing is broken off. `tried` is set before the first pause
/// is asked for: from then on the target may stand still because of us.
async fn hold(
    engine: &dyn Engine,
    target: &Target,
    sink: Sink<'_>,
    cancel: &CancellationToken,
    tried: &mut bool,
) -> Result<Held> {
    let mut events = unless_cancelled(cancel, engine.events()).await?;
    sink(Progress::Awaits {
        target: target.id.clone(),
        name: target.name.clone(),
        runs: matches!(
            target.state.status,
            Status::Running | Status::Restarting | Status::Paused
        ),
    });
    let mut start = unless_cancelled(cancel, next_start(&mut events, target)).await?;
    *tried = true;
    for _ in 1..TRIES {
        let held = pause(engine, target, &mut events, &start).await?;
        let Held::Missed(why) = held else {
            return Ok(held);
        };
        sink(Progress::Step(format!("{why}; waiting for its next start")));
        let next = unless_cancelled(cancel, next_start(&mut events, target));
        start = match tokio::time::timeout(AGAIN, next).await {
            Ok(start) => start?,
            // Nobody starts it any more.
            Err(_) => return Ok(Held::Missed(why)),
        };
    }
    pause(engine, target, &mut events, &start).await
}

/// Pauses a target that was just started. Not to be broken off.
async fn pause(
    engine: &dyn Engine,
    target: &Target,
    events: &mut BoxStream<'static, Result<Event>>,
    start: &Event,
) -> Result<Held> {
    let asked = within(PAUSE, engine.pause(&target.id)).await;
    if let Err(error) = &asked
        && error.kind == ErrorKind::NoTarget
    {
        return Err(error.clone());
    }
    let now = within(PAUSE, engine.inspect(&target.id.0)).await?;
    // What ends while it is being paused was paused for the engine, and is gone all the same.
    if now.state.status == Status::Paused {
        return Ok(Held::Paused(after(events, &target.id, start).await));
    }
    match asked {
        Err(error) if now.state.is_joinable() => Ok(Held::Stuck(format!(
            "{} could not be paused: {}",
            target.name, error.message
        ))),
        Ok(()) | Err(_) => Ok(Held::Missed(format!(
            "{} ({})",
            missed(target),
            now.state.words()
        ))),
    }
}

/// The next start of the target. Fails when it is removed, or the events end.
async fn next_start(
    events: &mut BoxStream<'static, Result<Event>>,
    target: &Target,
) -> Result<Event> {
    while let Some(event) = events.next().await {
        let event = event?;
        if event.id != target.id {
            continue;
        }
        match event.action.as_str() {
            "start" => return Ok(event),
            "destroy" => {
                let message = format!("{} was removed before it started again", target.name);
                return Err(Error::new(ErrorKind::NoTarget, message)
                    .hint("docker ps --all lists what there is"));
            }
            _ => {}
        }
    }
    Err(Error::new(
        ErrorKind::Engine,
        "the engine closed its event stream",
    ))
}

/// Milliseconds from the start to the pause, by the times of their events.
async fn after(
    events: &mut BoxStream<'static, Result<Event>>,
    target: &ContainerId,
    start: &Event,
) -> Option<u64> {
    let told = async {
        while let Some(Ok(event)) = events.next().await {
            if event.id == *target && event.action == "pause" {
                return Some(event.at_nanos);
            }
        }
        None
    };
    let paused = tokio::time::timeout(TOLD, told).await.ok().flatten()?;
    if start.at_nanos <= 0 || paused <= 0 {
        return None;
    }
    u64::try_from((paused - start.at_nanos) / 1_000_000).ok()
}
