//! Removes what sessions left: on request, at quit, and found at start.

use std::time::Duration;

use super::{debts, within};
use crate::domain::debt::Paid;
use crate::domain::error::{Error, Result};
use crate::domain::session::{
    Ask, Because, CleanWishes, Cleaned, Found, Liveness, Verdict, judge, spared,
};
use crate::domain::twin::{CACHE_PREFIX, TwinSummary, label};
use crate::engine::Engine;

/// All twins on the engine, the oldest first.
pub async fn twins(engine: &dyn Engine) -> Result<Vec<TwinSummary>> {
    let rows = engine.labelled(label::SESSION).await?;
    let mut twins: Vec<_> = rows.iter().filter_map(TwinSummary::from_summary).collect();
    twins.sort_by(|a, b| (a.created, &a.name).cmp(&(b.created, &b.name)));
    Ok(twins)
}

/// Removes the twins of sessions that are gone, and what else `wishes` names; then the volumes of
/// each session of which nothing is left. One that cannot be removed does not stop the others.
/// `now` is in seconds since the epoch.
pub async fn clean(
    engine: &dyn Engine,
    ask: Ask<'_>,
    wishes: CleanWishes,
    now: i64,
) -> Result<Cleaned> {
    let mut report = Cleaned {
        dry_run: wishes.dry_run,
        ..Cleaned::default()
    };
    // First what is owed: the markers are volumes of the sessions, too.
    pay_debts(engine, ask, wishes, &mut report).await?;
    for (twin, verdict) in judge(twins(engine).await?, ask, wishes, now) {
        match verdict {
            Verdict::Leave(reason) => report.left.push(Because {
                twin,
                why: reason.words().into(),
            }),
            Verdict::Remove(liveness) => {
                let removed = if wishes.dry_run {
                    Ok(())
                } else {
                    engine.remove(&twin.id).await
                };
                match removed {
                    Ok(()) => report.removed.push(Because {
                        twin,
                        why: removal(liveness).into(),
                    }),
                    Err(error) => report.failed.push(Because {
                        twin,
                        why: error.message,
                    }),
                }
            }
        }
    }
    remove_volumes(engine, &mut report).await?;
    if wishes.caches {
        remove_caches(engine, &mut report).await?;
    }
    Ok(report)
}

fn removal(liveness: Liveness) -> &'static str {
    match liveness {
        Liveness::Live => "its devtwin is running",
        Liveness::Gone => "its devtwin is gone",
        Liveness::Kept => "it was kept",
        Liveness::Foreign => "another user's, machine's or state folder's",
    }
}

async fn remove_volumes(engine: &dyn Engine, report: &mut Cleaned) -> Result<()> {
    let emptied: Vec<_> = report.emptied().into_iter().map(str::to_owned).collect();
    for session in emptied {
        for volume in engine.volumes(&of_session(&session)).await? {
            // A marker stays for as long as its debt does.
            if debts::read(&volume).is_none()
                && let Some(name) = remove_volume(engine, volume.name, report).await
            {
                report.volumes.push(name);
            }
        }
    }
    Ok(())
}

/// Undoes what killed sessions did to targets. `--older` is about twins: a target must not wait.
async fn pay_debts(
    engine: &dyn Engine,
    ask: Ask<'_>,
    wishes: CleanWishes,
    report: &mut Cleaned,
) -> Result<()> {
    for debt in debts::all(engine, label::OWED).await? {
        let name = &debt.target_name;
        if let Some(reason) = spared(ask(&debt.session, &debt.owner), wishes) {
            let line = format!("{name}: {}: {}", debt.command(), reason.words());
            report.debts_left.push(line);
            continue;
        }
        let paid = if wishes.dry_run {
            debts::look(engine, &debt).await
        } else {
            debts::pay(engine, &debt).await
        };
        match paid {
            Ok(paid) => report.debts.push(paid),
            Err(error) => {
                let line = format!("{name}: {}: {}", debt.command(), error.message);
                report.failed_debts.push(line);
            }
        }
    }
    Ok(())
}

/// Removes the volumes of downloaded packages that nothing uses: after the twins, which may use them.
async fn remove_caches(engine: &dyn Engine, report: &mut Cleaned) -> Result<()> {
    let (all, idle) = tokio::try_join!(
        engine.labelled_volumes(label::CACHE),
        engine.idle_volumes(label::CACHE)
    )?;
    // A label alone may be anybody's: as with twins, the name tells, too.
    for name in all
        .into_iter()
        .filter(|name| name.starts_with(CACHE_PREFIX))
    {
        if !idle.contains(&name) {
            report.caches_left.push(name);
            continue;
        }
        if let Some(name) = remove_volume(engine, name, report).await {
            report.caches.push(name);
        }
    }
    Ok(())
}

/// Removes a volume, unless nothing is to be removed; its name when that came about.
async fn remove_volume(engine: &dyn Engine, name: String, report: &mut Cleaned) -> Option<String> {
    if !report.dry_run
        && let Err(error) = engine.remove_volume(&name).await
    {
        let line = format!("{name}: {}", error.message);
        report.failed_volumes.push(line);
        return None;
    }
    Some(name)
}

/// What was done at the end of a session.
#[derive(Debug, Default)]
pub struct Swept {
    /// Number of twins removed.
    pub twins: usize,
    /// What was owed to targets, and what came of it.
    pub debts: Vec<Paid>,
}

/// Pays what one session owes, then removes its twins and volumes, at its end. All are tried before the first
/// failure is told, and a marker whose debt could not be paid stays for `clean`.
pub async fn sweep(engine: &dyn Engine, session: &str) -> Result<Swept> {
    let volumes = engine.volumes(&of_session(session)).await;
    let owed = volumes.iter().flatten().filter_map(debts::read).collect();
    let (debts, mut first) = debts::settle(engine, owed).await;
    let mut twins = 0;
    let rows = engine.labelled(&of_session(session)).await?;
    for twin in rows.iter().filter_map(TwinSummary::from_summary) {
        match engine.remove(&twin.id).await {
            Ok(()) => twins += 1,
            Err(error) => first = first.or(Some(error)),
        }
    }
    for volume in volumes? {
        if debts::read(&volume).is_none()
            && let Err(error) = engine.remove_volume(&volume.name).await
        {
            first = first.or(Some(error));
        }
    }
    first.map_or(Ok(Swept { twins, debts }), Err)
}

/// [`sweep`] at the end of a run, which a stuck engine must not hold up: it fails after `limit`. The
/// error says that something may be left.
pub async fn sweep_within(engine: &dyn Engine, session: &str, limit: Duration) -> Result<Swept> {
    let swept = within(limit, sweep(engine, session)).await;
    swept.map_err(may_be_left)
}

/// Adds to an error that a twin may be left, and what removes it.
pub fn may_be_left(error: Error) -> Error {
    error.and_hint("a twin may be left: devtwin clean removes it once the engine answers")
}

/// Counts what earlier sessions left, for a word at the TUI's start. Removes nothing.
pub async fn found(engine: &dyn Engine, ask: Ask<'_>) -> Result<Found> {
    let mut found = Found::default();
    for twin in twins(engine).await? {
        match ask(&twin.session, &twin.owner) {
            Liveness::Gone => found.leftovers += 1,
            Liveness::Kept => found.kept += 1,
            Liveness::Live | Liveness::Foreign => {}
        }
    }
    Ok(found)
}

pub(super) fn of_session(session: &str) -> String {
    format!("{}={session}", label::SESSION)
}
