//! What happened to a container: asks the engine what `domain::triage` judges.

use crate::domain::error::Result;
use crate::domain::target::ContainerId;
use crate::domain::text::log_lines;
use crate::domain::triage::{Pace, Triage, triage};
use crate::engine::Engine;

/// Lines of log that are told.
const LINES: u32 = 20;

/// Judges a container as it is now; `pace` is what events told of its starts. A log that cannot be read is told in
/// its place: what else is known must not be lost with it.
pub async fn look(engine: &dyn Engine, id: &ContainerId, pace: Pace) -> Result<Triage> {
    let (target, log) = tokio::join!(engine.inspect(&id.0), engine.logs(id, LINES));
    let log = match log {
        Ok(bytes) => log_lines(&bytes, LINES as usize),
        Err(error) => vec![format!("(no log: {})", error.message)],
    };
    Ok(triage(&target?, &log, &pace))
}
