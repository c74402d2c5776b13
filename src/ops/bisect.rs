//! Runs the search for the setting that makes a target fail: replica after replica, each removed before the next.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::replay::{self, Replay, Staged, Staging};
use super::{unless_cancelled, within};
use crate::domain::bisect::{Bisect, Bisected, Consent, Facts, Next, Trial};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::replay::Ending;
use crate::domain::target::{Image, Status, Target};
use crate::domain::twin::Session;
use crate::domain::{Progress, Size};
use crate::engine::Engine;

/// How long a single run may take, unless the person says otherwise.
pub const LIMIT: Duration = Duration::from_secs(10);

/// Size of the terminal of replicas that nobody sees.
const UNSEEN: (u16, u16) = (80, 24);

/// What is searched, and what was allowed.
pub struct Search<'a> {
    /// The target as it was found.
    pub target: &'a Target,
    /// How its last run ended: [`last_ending`].
    pub wanted: Option<Ending>,
    /// Its image.
    pub image: Option<&'a Image>,
    /// Its dev image, when it is here.
    pub dev: Option<&'a Image>,
    /// What the person allowed.
    pub consent: Consent,
    /// How long each run may take.
    pub limit: Duration,
    /// The number of the first replica.
    pub serial: u32,
}

impl Search<'_> {
    /// The search before its first run.
    pub fn begin(&self) -> Bisect {
        let facts = Facts {
            target: self.target,
            image: self.image,
            dev_image: self.dev.is_some(),
        };
        let limit = u64::try_from(self.limit.as_millis()).unwrap_or(u64::MAX);
        let (wanted, consent) = (self.wanted.clone(), self.consent);
        Bisect::new(&facts, wanted, consent, ran_for(self.target), limit)
    }
}

/// What the search tells on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A run begins: what it tries.
    Trying(String),
    /// It ended.
    Tried(Trial),
}

/// How the target's last run ended. One that is restarted again and again and runs right now is watched until it
/// ends, `limit` at most; none when it was never started.
pub async fn last_ending(
    engine: &dyn Engine,
    target: &Target,
    limit: Duration,
    cancel: &CancellationToken,
) -> Result<Option<Ending>> {
    let state = &target.state;
    let may_end = state.restart_count > 0 && state.status == Status::Running && !state.restarting;
    if !may_end {
        return Ok(Ending::of(state));
    }
    let waited = unless_cancelled(cancel, within(limit, engine.wait(&target.id))).await;
    if waited.is_err() {
        if cancel.is_cancelled() {
            return waited.map(|_| None);
        }
        return Ok(Some(Ending::Lives));
    }
    let status = waited?;
    let now = unless_cancelled(cancel, engine.inspect(&target.id.0)).await?;
    Ok(Some(Ending::exited(status, now.state.oom_killed)))
}

/// That a target which runs has no failure to be searched for.
pub fn it_runs(target: &Target) -> Error {
    let message = format!("{} runs: there is no failure to look into", target.name);
    Error::new(ErrorKind::NoTarget, message).hint(format!(
        "devtwin replay {} runs it once more beside it",
        target.name
    ))
}

/// Runs the search to its end. What it made is gone then, also when it was given up or failed.
pub async fn bisect(
    engine: &dyn Engine,
    session: &Session,
    search: Search<'_>,
    told: &(dyn Fn(News) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<Bisected> {
    let mut bisect = search.begin();
    let mut serial = search.serial;
    let mut outcome = Ok(());
    while let Some(next) = bisect.next() {
        told(News::Trying(next.what.clone()));
        match trial(engine, session, &search, &next, serial, cancel).await {
            Ok(ran) => bisect.told(ran.ending, ran.millis),
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
        if let Some(trial) = bisect.trials().last() {
            told(News::Tried(trial.clone()));
        }
        serial += 1;
    }
    outcome.map(|()| bisect.report(search.target))
}

async fn trial(
    engine: &dyn Engine,
    session: &Session,
    search: &Search<'_>,
    next: &Next,
    serial: u32,
    cancel: &CancellationToken,
) -> Result<replay::Ran> {
    let base = next.edits.base;
    let staging = Staging {
        session,
        target: search.target,
        base,
        serial,
        dev: search.dev,
    };
    let staged = replay::stage(engine, staging, &|_: Progress| {}, cancel).await?;
    let ran = staged_trial(engine, session, search, next, serial, &staged, cancel).await;
    let gone = replay::unstage(engine, &staged).await;
    let ran = ran?;
    gone.map(|()| ran)
}

async fn staged_trial(
    engine: &dyn Engine,
    session: &Session,
    search: &Search<'_>,
    next: &Next,
    serial: u32,
    staged: &Staged,
    cancel: &CancellationToken,
) -> Result<replay::Ran> {
    let edits = staged.edits(&next.edits);
    let image = staged.image.clone();
    let replica = edits.replica(search.target, session, serial, next.room(), image);
    let run = Replay {
        replica: &replica,
        target: search.target,
        size: Size::clamped(UNSEEN.0, UNSEEN.1),
        limit: search.limit,
    };
    replay::replay(engine, run, None, cancel).await
}

/// How long the target's last run took, in milliseconds; none when it is not over, or never began.
fn ran_for(target: &Target) -> Option<u64> {
    let (begun, over) = (target.state.started_at?, target.state.finished_at?);
    u64::try_from(over.checked_sub(begun)?)
        .ok()?
        .checked_mul(1000)
}
