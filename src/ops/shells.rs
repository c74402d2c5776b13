//! Further shells in a twin that runs: open one beside its main program, and end it with all that runs in it.
//!
//! An exec outlives its connection, and the engine has no way to end one. So each further shell, and by it all
//! that is started from it, carries a variable with a value of its own, and [`close`] ends what carries it.

use std::time::Duration;

use tokio::io::AsyncReadExt as _;

use crate::domain::Size;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::Plan;
use crate::domain::run::{Order, Place};
use crate::domain::target::{ContainerId, Status};
use crate::domain::twin::Twin;
use crate::engine::{Engine, ExecId, ExecSpec, Tty};

/// Ends what carries a mark; the shell of the twin runs it.
const CLOSE: &str = include_str!("../../assets/shell/close.sh");

/// How long programs may take to end by themselves after SIGHUP.
const PATIENCE: Duration = Duration::from_millis(300);
/// How often what is still there is killed: a program may have been starting another one.
const KILLS: u32 = 5;
/// How long to wait between two looks at what ends soon.
const PAUSE: Duration = Duration::from_millis(50);
/// How often an exec is asked for its status when its stream has ended.
const ASKS: u32 = 20;
/// How long one pass over the processes may take.
const PASS: Duration = Duration::from_secs(5);

/// What tells a further shell from all others: `SESSION-NUMBER`, in `DEVTWIN_SHELL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(String);

impl Mark {
    /// The mark of the shell `number` of a session (eight hexadecimal digits).
    pub fn new(session: &str, number: u32) -> Self {
        Self(format!("{session}-{number}"))
    }

    pub(super) fn variable(&self) -> String {
        format!("DEVTWIN_SHELL={}", self.0)
    }
}

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

/// How a further shell ended whose stream has ended; none when it cannot be known.
pub async fn status(engine: &dyn Engine, exec: &ExecId) -> Option<i64> {
    for _ in 0..ASKS {
        match engine.exec_status(exec).await {
            Ok(Some(status)) => return Some(status),
            Ok(None) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::debug!(%error, "the status of a shell is not known");
                return None;
            }
        }
    }
    None
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
    if !signal(engine, twin, mark, place, "HUP").await? {
        return Ok(());
    }
    tokio::time::sleep(PATIENCE).await;
    for _ in 0..KILLS {
        if !signal(engine, twin, mark, place, "KILL").await? {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    let why = "some of its processes are still there";
    Err(not_ended(twin, place, why))
}

/// Sends a signal to what carries the mark; whether there was any.
async fn signal(
    engine: &dyn Engine,
    twin: &Twin,
    mark: &Mark,
    place: Place,
    signal: &str,
) -> Result<bool> {
    let shell = twin.plan.argv.last().cloned().unwrap_or_default();
    let whose = match place {
        Place::Twin => "twin",
        Place::Target => "target",
    };
    let words = ["-c", CLOSE, "devtwin-close", signal, &mark.0, whose];
    let spec = ExecSpec {
        argv: std::iter::once(shell)
            .chain(words.map(str::to_owned))
            .collect(),
        // Another user's processes are not to be signalled, or even read, by the twin's own.
        user: "0".into(),
        workdir: "/".into(),
        env: Vec::new(),
    };
    let pass = async {
        let (exec, mut tty) = engine
            .exec_tty(&twin.id, &spec, Size::clamped(80, 24))
            .await?;
        // It prints nothing; its end is what is waited for.
        let mut ignored = [0; 1024];
        while tty.output.read(&mut ignored).await.is_ok_and(|n| n > 0) {}
        Ok(status(engine, &exec).await)
    };
    match tokio::time::timeout(PASS, pass).await {
        Ok(Ok(Some(0))) => Ok(false),
        Ok(Ok(Some(1))) => Ok(true),
        Ok(Ok(Some(status))) => {
            let why = format!("the twin's shell gave status {status}");
            Err(not_ended(twin, place, &why))
        }
        Ok(Ok(None)) => {
            let why = "the engine does not say what came of it";
            Err(not_ended(twin, place, why))
        }
        Ok(Err(error)) => Err(error),
        Err(_) => {
            let why = "looking at the processes took too long";
            Err(not_ended(twin, place, why))
        }
    }
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
