//! Sticky: the same twin again, once its target runs again. Its own layer is as it was: installed packages are there.

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::attach::{nudge, resize_until_taken};
use super::unless_cancelled;
use crate::domain::Size;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::shell::{RETURN_FILE, return_script};
use crate::domain::target::Status;
use crate::domain::twin::Twin;
use crate::engine::{Engine, Tty};

/// A twin whose shell is connected again.
pub struct Rejoined {
    /// The shell's streams.
    pub tty: Tty,
    /// It ran all the while (an engine that was restarted, a connection that broke): the shell is the old one.
    pub ran_on: bool,
}

/// Connects to the shell of a twin again: starts the twin when it has ended, with its shell in `cwd`, which is given
/// to it as a file before the start, since nothing may be typed into a shell that a person types into.
///
/// # Errors
/// `NoTarget` when the twin is gone; the engine's refusal when the target is not there to be joined.
pub async fn rejoin(
    engine: &dyn Engine,
    twin: &Twin,
    cwd: Option<&str>,
    size: Size,
    cancel: &CancellationToken,
) -> Result<Rejoined> {
    let id = &twin.id;
    let name = &twin.plan.name;
    let found = unless_cancelled(cancel, engine.inspect(&id.0)).await;
    let found = found.map_err(|error| match error.kind {
        ErrorKind::NoTarget => {
            let message = format!("the twin {name} is gone: somebody removed it");
            Error::new(ErrorKind::NoTarget, message).hint("a new twin can be launched")
        }
        _ => error,
    })?;
    match found.state.status {
        Status::Running => {
            let tty = unless_cancelled(cancel, engine.attach_tty(id, false)).await?;
            // Its shell draws its prompt, or its full-screen program, for a size that differs.
            nudge(engine, id, size).await;
            return Ok(Rejoined { tty, ran_on: true });
        }
        Status::Exited | Status::Created => {}
        status @ (Status::Paused | Status::Restarting | Status::Removing | Status::Dead) => {
            let message = format!(
                "the twin {name} cannot be started again: it is {}",
                status.word()
            );
            return Err(Error::new(ErrorKind::Engine, message).hint("launch a new twin"));
        }
    }
    if let Some(script) = cwd.and_then(return_script) {
        let tar = file(RETURN_FILE, script.as_bytes())?;
        if let Err(error) = engine.put_archive(id, "/", tar).await {
            // The shell begins elsewhere then: no reason to have none.
            tracing::warn!(%error, "the shell's directory could not be given to the twin");
        }
    }
    let tty = unless_cancelled(cancel, engine.attach_tty(id, false)).await?;
    unless_cancelled(cancel, engine.start(id)).await?;
    resize_until_taken(engine, id, size).await;
    Ok(Rejoined { tty, ran_on: false })
}

/// A tar archive with one small file, readable for everybody.
fn file(path: &str, bytes: &[u8]) -> Result<Bytes> {
    let broken = |e: std::io::Error| {
        let message = format!("could not pack a file for the twin: {e}");
        Error::new(ErrorKind::Internal, message)
    };
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, path.trim_start_matches('/'), bytes)
        .map_err(broken)?;
    tar.into_inner().map(Bytes::from).map_err(broken)
}
