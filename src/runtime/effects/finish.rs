//! The end of the program: everything is told to stop, and what the session made is removed or kept.

use std::time::Duration;

use futures_util::future::join_all;

use super::super::shells::Further;
use super::replicas::remove;
use super::{Done, Runner};
use crate::domain::debt::Paid;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::run::Place;
use crate::domain::twin::{Twin, label};
use crate::engine::Engine;
use crate::ops;
use crate::ops::shells::Mark;
use crate::ops::within;
use crate::session::SessionLock;

/// How long tasks may take to clean up behind themselves at the end, and then how long a session's
/// twins may take to be removed: an engine that is stuck must not hold the person up.
const GRACE: Duration = Duration::from_secs(7);

/// Lets tasks clean up behind themselves, then undoes what was done to targets, and removes what the session made
/// (unless it is kept). What was undone is told also when something else failed.
pub(in crate::runtime) async fn finish(
    runner: Runner,
    engine: &dyn Engine,
    session: &SessionLock,
    keep: bool,
    asked: bool,
) -> (Vec<Paid>, Result<()>) {
    let Runner {
        mut tasks,
        all,
        adopted,
        tx,
        shells,
        mut learn,
        ..
    } = runner;
    let mut further = shells.further();
    let mut replicas = shells.replicas(None);
    drop((tx, shells));
    all.cancel();
    let own = &session.session().id;
    let mut unseen = Vec::new();
    let ended = tokio::time::timeout(GRACE, async {
        while let Some(done) = tasks.join_next().await {
            match done {
                // Too late for the loop; nobody has seen it, so that it is not kept either.
                Ok(Done::Launched { launched, .. }) if launched.session == *own => {
                    unseen.push(launched.twin.id);
                }
                // One that was closed while it was being opened: it is there only now.
                Ok(Done::Opened(opened)) => further.extend(opened.there()),
                Ok(Done::Replica(started)) => replicas.extend(started.there()),
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "a task failed at the end"),
            }
        }
    });
    // A devtwin in the person's own shell works in the lab: it ends before that is removed.
    let (ended, ()) = tokio::join!(ended, learn.end());
    if ended.is_err() {
        tracing::warn!("tasks did not end in time");
        tasks.abort_all();
    }
    let mut first = None;
    let mut paid = Vec::new();
    // Also where the twin is kept: nobody could ever look at one of them again.
    let gone = replicas
        .iter()
        .map(|(id, staged)| remove(engine, id, staged));
    for removed in Box::pin(join_all(gone)).await {
        first = first.or(removed.err());
    }
    let again = adopted.iter().map(|lock| (lock, keep || !asked));
    let sessions: Vec<_> = again.chain([(session, keep)]).collect();
    let stays = |twin: &Twin| {
        let of = twin.plan.labels.get(label::SESSION);
        !sessions
            .iter()
            .any(|(lock, keep)| !keep && Some(&lock.session().id) == of)
    };
    further.sort_unstable_by_key(|further| further.shell.0);
    further.dedup_by_key(|further| further.shell);
    let left = further
        .into_iter()
        .filter(|further| stays(&further.twin) || further.place == Place::Target);
    first = first.or(close(engine, own, left.collect()).await.err());
    for (lock, keep) in sessions {
        let id = &lock.session().id;
        let done = if keep {
            // A twin may stay; a target that was changed may not.
            let settled = within(GRACE, async {
                let owed = ops::debts::of(engine, id).await?;
                Ok(ops::debts::settle(engine, owed).await)
            });
            match settled.await {
                Ok((done, error)) => {
                    paid.extend(done);
                    first = first.or(error);
                }
                Err(error) => {
                    first = first.or(Some(error.and_hint("devtwin clean undoes what was done")));
                }
            }
            let replicas = within(GRACE, ops::clean::sweep_replicas(engine, id)).await;
            first = first.or(replicas.err());
            kept(lock)
        } else {
            let swept = ops::clean::sweep_telling(engine, id, &mut paid);
            let swept = within(GRACE, swept).await.map(drop);
            swept.map_err(ops::clean::may_be_left)
        };
        // One that fails is told; the others are tried all the same.
        first = first.or(done.err());
    }
    first = first.or(learn.tidy(own).err());
    if keep {
        for id in unseen {
            first = first.or(ops::arena::remove_twin(engine, &id).await.err());
        }
    }
    (paid, first.map_or(Ok(()), Err))
}

/// Ends further shells that would not end with their twins: nobody could ever attach to one of them again.
///
/// # Errors
/// The first run in a target that goes on there. A shell that is left in a kept twin ends with it.
async fn close(engine: &dyn Engine, session: &str, shells: Vec<Further>) -> Result<()> {
    let closing = shells.iter().map(async |further| {
        let Further { shell, twin, place } = further;
        let mark = Mark::new(session, shell.0);
        let closed = ops::shells::close(engine, twin, &mark, *place).await;
        let error = closed.err()?;
        tracing::warn!(%error, "a shell was left behind");
        (*place == Place::Target).then_some(error)
    });
    let Ok(errors) = tokio::time::timeout(GRACE, join_all(closing)).await else {
        tracing::warn!("shells did not end in time");
        return Ok(());
    };
    errors.into_iter().flatten().next().map_or(Ok(()), Err)
}

fn kept(lock: &SessionLock) -> Result<()> {
    lock.mark_kept().map_err(|e| {
        Error::new(
            ErrorKind::Internal,
            format!("that the twin is kept could not be noted: {e}"),
        )
        .hint("devtwin ls shows it; devtwin clean would take it for a leftover")
    })
}
