//! A command beside the program of a twin that runs: the twin stays when it has ended.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Ended, Exec, Io, NOBODY_READS, Screen, Stop, on_pipes, on_terminal, taker};
use crate::domain::Size;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::run::Place;
use crate::domain::target::{ContainerId, Status};
use crate::domain::twin::Twin;
use crate::engine::{Engine, ExecId, ExecSpec};
use crate::ops::shells::{self, Mark};
use crate::ops::within;

/// How long to wait between two looks at a command whose output has ended: at first, and at most.
const ASK: Duration = Duration::from_millis(20);
const ASK_LATER: Duration = Duration::from_secs(1);

/// How long output may still come when the twin has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs one command in `twin`, as root unless another user was asked for, with the twin's variables and directory.
/// [`Exec::target`] is not looked at.
///
/// An exec outlives its connection: on a cancel, and when nobody reads the output any more, the command is ended
/// with all that it started.
pub async fn inside(
    engine: &dyn Engine,
    twin: &Twin,
    exec: Exec<'_>,
    io: Io<'_>,
    cancel: &CancellationToken,
) -> Result<Ended> {
    let mark = Mark::drawn();
    let spec = ExecSpec {
        argv: entered(&twin.plan.argv)
            .iter()
            .chain(&exec.argv)
            .cloned()
            .collect(),
        user: exec.wishes.user.clone().unwrap_or_else(|| "0".into()),
        workdir: twin.plan.workdir.clone(),
        env: vec![mark.variable()],
    };
    let take_back = taker(io.lend);
    let ran = async {
        let started = run(engine, twin, &spec, exec.tty, io).await;
        take_back();
        Ok(status(engine, &twin.id, &started?).await?)
    };
    let outcome = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Stop::Failed(Error::cancelled())),
        outcome = ran => outcome,
        error = gone(engine, &twin.id) => Err(Stop::Failed(error)),
    };
    take_back();
    let status = match outcome {
        Ok(status) | Err(Stop::NotStarted(status)) => return Ok(Ended { status, left: None }),
        Err(Stop::NobodyReads) => Ok(NOBODY_READS),
        Err(Stop::Failed(error)) => Err(error),
    };
    let twin = with_shell(twin);
    let closed = within(
        exec.patience,
        shells::close(engine, &twin, &mark, Place::Twin),
    );
    let left = closed.await.err();
    match (status, left) {
        (Ok(status), None) => Ok(Ended { status, left: None }),
        (Ok(_), Some(left)) => Err(left),
        (Err(error), Some(left)) => Err(error.and_hint(&left.message)),
        (Err(error), None) => Err(error),
    }
}

/// Runs the command until its output ends. That it could not be started the engine says on its output, as it does
/// for `docker exec`; its status tells.
async fn run(
    engine: &dyn Engine,
    twin: &Twin,
    spec: &ExecSpec,
    tty: Option<Size>,
    io: Io<'_>,
) -> Result<ExecId, Stop> {
    (io.lend)(true)?;
    if let Some(size) = tty {
        let (id, streams) = engine.exec_tty(&twin.id, spec, size).await?;
        on_terminal(engine, Screen::Exec(&id), streams, io).await?;
        Ok(id)
    } else {
        let (id, streams) = engine
            .exec_pipes(&twin.id, spec, io.stdin.is_some())
            .await?;
        on_pipes(streams, io).await?;
        Ok(id)
    }
}

/// The status of a command whose output has ended; a command may close its output and go on.
async fn status(engine: &dyn Engine, twin: &ContainerId, exec: &ExecId) -> Result<i64> {
    let mut pause = ASK;
    loop {
        match engine.exec_status(exec).await {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if runs(engine, twin).await? => {}
            Ok(None) => return Err(ended(twin)),
            Err(error) if error.kind == ErrorKind::NoTarget => return Err(ended(twin)),
            Err(error) => return Err(error),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(ASK_LATER);
    }
}

/// Ends with the twin, a moment later: the engine does not always end the output of what ran in it.
async fn gone(engine: &dyn Engine, twin: &ContainerId) -> Error {
    match engine.wait(twin).await {
        Err(error) if error.kind != ErrorKind::NoTarget => {
            tracing::debug!(%error, "the end of the twin cannot be awaited");
            std::future::pending::<()>().await;
        }
        Ok(_) | Err(_) => tokio::time::sleep(LAST_WORDS).await,
    }
    ended(twin)
}

async fn runs(engine: &dyn Engine, id: &ContainerId) -> Result<bool> {
    match engine.inspect(&id.0).await {
        Ok(twin) => Ok(twin.state.status == Status::Running),
        Err(error) if error.kind == ErrorKind::NoTarget => Ok(false),
        Err(error) => Err(error),
    }
}

fn ended(twin: &ContainerId) -> Error {
    let message = format!("twin {} ended while the command ran in it", twin.short());
    Error::new(ErrorKind::NoTarget, message)
        .hint("a twin ends with its target, and when somebody removes it")
}

/// What stands before a command in the twin: the words by which its own program entered the target's namespaces.
fn entered(argv: &[String]) -> &[String] {
    match argv.first().map(String::as_str) {
        Some("nsenter") => {
            let end = argv.iter().position(|word| word == "--");
            end.and_then(|end| argv.get(..=end)).unwrap_or_default()
        }
        _ => &[],
    }
}

/// The twin as [`shells::close`] needs it: its last word is a shell, also where its program is another command.
fn with_shell(twin: &Twin) -> Twin {
    let mut twin = twin.clone();
    let last = twin
        .plan
        .argv
        .last()
        .map(String::as_str)
        .unwrap_or_default();
    if !matches!(
        last.rsplit('/').next(),
        Some("sh" | "ash" | "bash" | "dash")
    ) {
        twin.plan.argv = vec!["/bin/sh".into()];
    }
    twin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_enters_what_the_twin_entered() {
        let words = |line: &str| -> Vec<String> { line.split(' ').map(Into::into).collect() };
        let argv = words("nsenter -t 1 -i -u -- /bin/bash");
        assert_eq!(entered(&argv), words("nsenter -t 1 -i -u --"));
        assert!(entered(&words("/bin/bash")).is_empty());
        assert!(entered(&words("nsenter -t 1")).is_empty());
        assert!(entered(&[]).is_empty());
    }
}
