//! Further shells in a twin that runs: open one beside its main program, and end it with all that runs in it.
//!
//! An exec outlives its connection, and the engine has no way to end one. So each further shell carries a
//! [`Mark`], and [`close`] ends what carries it.

use std::time::Duration;

use super::marks::{Carriers, NotSent};
use crate::domain::Size;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::Plan;
use crate::domain::run::{Order, Place};
use crate::domain::target::{ContainerId, Status};
use crate::domain::twin::Twin;
use crate::engine::{Engine, ExecId, ExecSpec, Tty};

pub use super::marks::{Mark, status};

/// How long programs may take to end by themselves after SIGHUP.
const PATIENCE: Duration = Duration::from_millis(300);

/// Opens a further shell in `twin`, on a terminal of `size`: the same program, user and directory as the first
/// one. An exec has its container's variables, so shell integration is there, too.
pub async fn open(
    engine: &dyn Engine,
    twin: &Twin,
    mark: &Mark,
    size: Size,
) -> Result<(ExecId, Tty)> {
    let Plan {
        argv,
        user,
        workdir,
        ..
    } = &twin.plan;
    let spec = ExecSpec {
        argv: argv.clone(),
        user: user.clone(),
        workdir: workdir.clone(),
        env: vec![mark.variable()],
    };
    engine.exec_tty(&twin.id, &spec, size).await
}

/// Runs a command beside the main program of the twin, or of the target, on a terminal of `size`. It carries the
/// mark of a further shell, by which [`close`] ends it.
pub async fn run(
    engine: &dyn Engine,
    twin: &Twin,
    target: &ContainerId,
    order: &Order,
    mark: &Mark,
    size: Size,
) -> Result<(ExecId, Tty)> {
    let env = order.env.iter();
    let mut env: Vec<String> = env.map(|(name, value)| format!("{name}={value}")).collect();
    env.push(mark.variable());
    let spec = ExecSpec {
        argv: order.argv.clone(),
        user: order.user.clone(),
        workdir: order.workdir.clone(),
        env,
    };
    let container = match order.place {
        Place::Twin => &twin.id,
        Place::Target => target,
    };
    engine.exec_tty(container, &spec, size).await
}

/// Ends the further shell with this mark and everything that was started from it: SIGHUP, as when a terminal's
/// window is closed, then SIGKILL. No process of the target is touched, also when the twin shares its process ids,
/// unless `place` is the target: then what carries the mark was started there by [`run`].
///
/// A twin that has ended, or is gone, is no error: what ran in it has ended, too. What runs in the target has
/// not, unless the target has; no one else can end it.
pub async fn close(engine: &dyn Engine, twin: &Twin, mark: &Mark, place: Place) -> Result<()> {
    let error = match end(engine, twin, mark, place).await {
        Err(error) if !runs(engine, &twin.id).await => error,
        result => return result,
    };
    match place {
        Place::Twin => Ok(()),
        Place::Target if !runs(engine, &twin.plan.target).await => Ok(()),
        Place::Target if twin.plan.pid.is_empty() => Err(error),
        Place::Target => Err(not_ended(twin, place, "the twin that saw it has ended")),
    }
}

async fn end(engine: &dyn Engine, twin: &Twin, mark: &Mark, place: Place) -> Result<()> {
    if place == Place::Target && twin.plan.pid.is_empty() {
        let why = "the twin does not share the target's process ids";
        return Err(not_ended(twin, place, why));
    }
    let carriers = Carriers {
        engine,
        twin: &twin.id,
        shell: twin.plan.argv.last().map_or("", String::as_str),
        mark,
        place,
    };
    let failed = |why| match why {
        NotSent::Engine(error) => error,
        NotSent::Why(why) => not_ended(twin, place, &why),
    };
    if !carriers.signal("HUP").await.map_err(failed)? {
        return Ok(());
    }
    tokio::time::sleep(PATIENCE).await;
    carriers.kill().await.map_err(failed)
}

async fn runs(engine: &dyn Engine, id: &ContainerId) -> bool {
    match engine.inspect(&id.0).await {
        Ok(twin) => twin.state.status == Status::Running,
        Err(error) => error.kind != ErrorKind::NoTarget,
    }
}

fn not_ended(twin: &Twin, place: Place, why: &str) -> Error {
    let plan = &twin.plan;
    let (what, name, hint) = match place {
        Place::Twin => ("a shell in twin", &plan.name, "it ends with the twin"),
        Place::Target => (
            "what was run in target",
            &plan.target_name,
            "it ends with the target, or by itself",
        ),
    };
    let message = format!("{what} {name} could not be ended: {why}");
    Error::new(ErrorKind::Engine, message).hint(hint)
}
