//! Programs that run in a twin by exec, told apart by a mark, so that they can be ended.
//!
//! An exec outlives its connection, and the engine has no way to end one. So each carries, and with it all that
//! it starts, a variable with a value of its own; a shell of the twin sends signals to what has it.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;

use crate::domain::Size;
use crate::domain::error::Error;
use crate::domain::run::Place;
use crate::domain::target::ContainerId;
use crate::engine::{Engine, ExecId, ExecSpec};

/// Sends a signal to what carries a mark; the shell of the twin runs it.
const CLOSE: &str = include_str!("../../assets/shell/close.sh");

/// How often what is still there is killed: a program may have been starting another one.
const KILLS: u32 = 5;
/// How long to wait between two looks at what ends soon.
const PAUSE: Duration = Duration::from_millis(50);
/// How often an exec is asked for its status when its stream has ended.
const ASKS: u32 = 20;
/// How long one pass over the processes may take.
const PASS: Duration = Duration::from_secs(5);

/// What tells an exec of ours from all others: `WORD-NUMBER`, in `DEVTWIN_SHELL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(String);

impl Mark {
    /// The mark of the shell `number` of a session (eight hexadecimal digits).
    pub fn new(session: &str, number: u32) -> Self {
        Self(format!("{session}-{number}"))
    }

    /// A mark that nothing else has, for what is no shell.
    pub fn drawn() -> Self {
        // The standard library's only random source; two devtwins may be at work in one twin.
        let random = RandomState::new().build_hasher().finish();
        Self::new(&format!("{random:016x}"), 0)
    }

    /// The variable that carries it, `NAME=value`.
    pub(super) fn variable(&self) -> String {
        format!("DEVTWIN_SHELL={}", self.0)
    }
}

/// What carries a mark.
#[derive(Clone, Copy)]
pub(super) struct Carriers<'a> {
    pub(super) engine: &'a dyn Engine,
    /// The twin that sees them.
    pub(super) twin: &'a ContainerId,
    /// A shell of the twin.
    pub(super) shell: &'a str,
    pub(super) mark: &'a Mark,
    /// Whether they run in the twin, or in the target.
    pub(super) place: Place,
}

/// Why a signal was not sent, or not to all.
#[derive(Debug)]
pub(super) enum NotSent {
    /// The engine could not run the twin's shell.
    Engine(Error),
    /// In words.
    Why(String),
}

impl Carriers<'_> {
    /// Sends a signal by name to each, or by `0` only looks; whether there was any.
    pub(super) async fn signal(self, signal: &str) -> Result<bool, NotSent> {
        let whose = match self.place {
            Place::Twin => "twin",
            Place::Target => "target",
        };
        let words = ["-c", CLOSE, "devtwin-close", signal, &self.mark.0, whose];
        let argv = std::iter::once(self.shell).chain(words);
        let spec = ExecSpec {
            argv: argv.map(str::to_owned).collect(),
            // Another user's processes are not to be signalled, or even read, by the twin's own.
            user: "0".into(),
            workdir: "/".into(),
            env: Vec::new(),
        };
        let pass = async {
            let size = Size::clamped(80, 24);
            let (exec, mut tty) = self.engine.exec_tty(self.twin, &spec, size).await?;
            // It prints nothing; its end is what is waited for.
            let mut ignored = [0; 1024];
            while tty.output.read(&mut ignored).await.is_ok_and(|n| n > 0) {}
            Ok(status(self.engine, &exec).await)
        };
        match tokio::time::timeout(PASS, pass).await {
            Ok(Ok(Some(0))) => Ok(false),
            Ok(Ok(Some(1))) => Ok(true),
            Ok(Ok(Some(status))) => Err(NotSent::Why(format!(
                "the twin's shell gave status {status}"
            ))),
            Ok(Ok(None)) => Err(NotSent::Why(
                "the engine does not say what came of it".into(),
            )),
            Ok(Err(error)) => Err(NotSent::Engine(error)),
            Err(_) => Err(NotSent::Why(
                "looking at the processes took too long".into(),
            )),
        }
    }

    /// Kills them, again while there are any.
    pub(super) async fn kill(self) -> Result<(), NotSent> {
        for _ in 0..KILLS {
            if !self.signal("KILL").await? {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        let why = "some of its processes are still there";
        Err(NotSent::Why(why.into()))
    }
}

/// How an exec ended whose stream has ended; none when it cannot be known.
pub async fn status(engine: &dyn Engine, exec: &ExecId) -> Option<i64> {
    for _ in 0..ASKS {
        match engine.exec_status(exec).await {
            Ok(Some(status)) => return Some(status),
            Ok(None) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::debug!(%error, "the status of an exec is not known");
                return None;
            }
        }
    }
    None
}
