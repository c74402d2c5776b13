//! Signatures: cosign is run on this machine, where it is installed; it asks the registry and the transparency log itself.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::domain::compare::verify::{Check, VerifyOutcome, checks};
use crate::domain::compare::{Side, Verified};
use crate::domain::error::Result;
use crate::domain::text::{bounded, log_lines};
use crate::domain::{Progress, Sink};
use crate::engine::Engine;
use crate::ops::unless_cancelled;

/// How long cosign may take for one check: it asks two servers.
const PATIENCE: Duration = Duration::from_secs(120);
/// Bytes of its words that are read.
const WORDS: u64 = 64 << 10;
/// Characters of its last line that are told.
const LINE: usize = 300;

/// The program, as `PATH` finds it.
pub const COSIGN: &str = "cosign";

/// Checks signature and attestations of both images by `cosign` ([`COSIGN`]), one after the other. Only [`VerifyOutcome::Bad`] is bad news.
///
/// # Errors
/// `Engine` when the engine cannot be asked for the images; `Cancelled`.
pub async fn verify(
    engine: &dyn Engine,
    sides: [&Side; 2],
    cosign: &str,
    sink: Sink<'_>,
    cancel: &CancellationToken,
) -> Result<Vec<Verified>> {
    let mut verified = Vec::new();
    for side in sides {
        let image = engine.image(&side.image_id).await?;
        let digests = image.map(|image| image.digests).unwrap_or_default();
        for check in checks(&side.image, &digests) {
            if !check.argv.is_empty() {
                sink(Progress::Step(format!(
                    "checking the {} of {}",
                    check.told.what, side.image
                )));
            }
            let done = async { Ok(made(check, cosign).await) };
            verified.push(unless_cancelled(cancel, done).await?);
        }
    }
    Ok(verified)
}

/// Makes a check.
async fn made(check: Check, cosign: &str) -> Verified {
    let mut told = check.told;
    let Some((_, arguments)) = check.argv.split_first() else {
        return told;
    };
    let child = Command::new(cosign)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            told.words = "cosign is not installed here: run the command where it is".into();
            return told;
        }
        Err(error) => {
            told.words = format!("cosign could not be started: {error}");
            return told;
        }
    };
    let run = async {
        let mut words = Vec::new();
        if let Some(stderr) = child.stderr.take() {
            let mut first = stderr.take(WORDS);
            first.read_to_end(&mut words).await?;
            // What comes behind is passed over, so that it is not held up by a full pipe.
            tokio::io::copy(&mut first.into_inner(), &mut tokio::io::sink()).await?;
        }
        Ok::<_, std::io::Error>((child.wait().await?, words))
    };
    let (outcome, words) = match tokio::time::timeout(PATIENCE, run).await {
        Ok(Ok((status, words))) => {
            let lines = log_lines(&words, 100);
            let last = lines.iter().rev().find(|line| !line.trim().is_empty());
            let words = last
                .map(|line| bounded(line.trim(), LINE))
                .unwrap_or_default();
            let outcome = if status.success() {
                VerifyOutcome::Good
            } else {
                VerifyOutcome::Bad
            };
            (outcome, words)
        }
        Ok(Err(error)) => (
            VerifyOutcome::NotRun,
            format!("cosign could not be read: {error}"),
        ),
        Err(_) => (
            VerifyOutcome::NotRun,
            format!("cosign did not end within {} s", PATIENCE.as_secs()),
        ),
    };
    told.outcome = outcome;
    told.words = words;
    told
}
