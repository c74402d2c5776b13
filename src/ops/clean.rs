//! Removes what sessions left: on request, at quit, and found at start.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::lab::remove::{Removed, Which};
use super::{debts, lab, within};
use crate::domain::debt::{Debt, Paid};
use crate::domain::error::{Error, Result};
use crate::domain::lesson::whose;
use crate::domain::session::{
    Ask, Because, CleanWishes, Cleaned, Found, Liveness, Verdict, judge, spared,
};
use crate::domain::twin::{
    CACHE_PREFIX, FOLDER_PREFIX, NAME_PREFIX, ROOT_PREFIX, TwinSummary, is_image_of_ours,
    is_image_of_replicas, label,
};
use crate::engine::Engine;

/// All twins on the engine, the oldest first.
pub async fn twins(engine: &dyn Engine) -> Result<Vec<TwinSummary>> {
    let rows = engine.labelled(label::SESSION).await?;
    let mut twins: Vec<_> = rows.iter().filter_map(TwinSummary::from_summary).collect();
    twins.sort_by(|a, b| (a.created, &a.name).cmp(&(b.created, &b.name)));
    Ok(twins)
}

/// Removes the twins of sessions that are gone, and what else `wishes` names; then the volumes and images of
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
    let over = Over::of(&report, ask, wishes);
    remove_volumes(engine, &over, &mut report).await?;
    remove_images(engine, &over, &mut report).await?;
    remove_labs(engine, &over, &mut report).await?;
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

/// Which sessions are over, so that what they made goes.
struct Over<'a> {
    ask: Ask<'a>,
    wishes: CleanWishes,
    /// A twin was removed, and none is left.
    emptied: BTreeSet<String>,
    /// A twin is left.
    left: BTreeSet<String>,
}

impl<'a> Over<'a> {
    fn of(report: &Cleaned, ask: Ask<'a>, wishes: CleanWishes) -> Self {
        let left = report.left.iter().chain(&report.failed);
        Self {
            ask,
            wishes,
            emptied: report.emptied().into_iter().map(str::to_owned).collect(),
            left: left.map(|item| item.twin.session.clone()).collect(),
        }
    }

    /// Whether what carries these labels belongs to a session that is over. Where a session has no twin at all it was
    /// ended before it made one, or after; how old its things are is not known.
    fn holds(&self, labels: &BTreeMap<String, String>) -> bool {
        let get = |key: &str| labels.get(key).map_or("", String::as_str);
        let session = get(label::SESSION);
        if self.emptied.contains(session) {
            return true;
        }
        if self.left.contains(session) || self.wishes.older.is_some() {
            return false;
        }
        match (self.ask)(session, get(label::OWNER)) {
            Liveness::Gone => true,
            Liveness::Kept | Liveness::Foreign => self.wishes.all,
            Liveness::Live => false,
        }
    }
}

async fn remove_volumes(engine: &dyn Engine, over: &Over<'_>, report: &mut Cleaned) -> Result<()> {
    for volume in engine.volumes(label::SESSION).await? {
        let session = volume.labels.get(label::SESSION);
        let emptied = session.is_some_and(|session| over.emptied.contains(session));
        // A label alone may be anybody's: the name must be ours, too, and where no twin tells, that of such a volume.
        let of_twins = [ROOT_PREFIX, FOLDER_PREFIX];
        let ours = if emptied {
            volume.name.starts_with(NAME_PREFIX)
        } else {
            of_twins
                .iter()
                .any(|prefix| volume.name.starts_with(prefix))
        };
        // A marker stays for as long as its debt does.
        if ours
            && debts::read(&volume).is_none()
            && over.holds(&volume.labels)
            && let Some(name) = remove_volume(engine, volume.name, report).await
        {
            report.volumes.push(name);
        }
    }
    Ok(())
}

async fn remove_images(engine: &dyn Engine, over: &Over<'_>, report: &mut Cleaned) -> Result<()> {
    for image in engine.labelled_images(label::SESSION).await? {
        if !over.holds(&image.labels) {
            continue;
        }
        // An image that somebody built from one of ours has its labels, and another name.
        for name in image.tags.iter().filter(|tag| is_image_of_ours(tag)) {
            let removed = if report.dry_run {
                Ok(())
            } else {
                engine.remove_image(name).await
            };
            match removed {
                Ok(()) => report.images.push(name.clone()),
                Err(error) => {
                    let line = format!("{name}: {}", error.message);
                    report.failed_images.push(line);
                }
            }
        }
    }
    Ok(())
}

/// Removes the labs of lessons that were broken off. What only inherited their label is left, and told.
async fn remove_labs(engine: &dyn Engine, over: &Over<'_>, report: &mut Cleaned) -> Result<()> {
    let holds = |labels: &BTreeMap<String, String>| over.holds(labels);
    let which = Which {
        holds: &holds,
        unlabelled: false,
        dry_run: report.dry_run,
    };
    let removed = lab::remove::remove(engine, which).await?;
    let Removed {
        containers,
        images,
        volumes,
        left,
        failed,
    } = removed;
    report.lab_containers = containers;
    report.images.extend(images);
    report.volumes.extend(volumes);
    report.lab_left = left;
    report.failed_lab = failed;
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
        if let Some(reason) = spared(debtor(ask, &debt), wishes) {
            let line = format!(
                "{name}: {}: {}",
                engine.call().line(&debt.command()),
                reason.words()
            );
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
                let line = format!(
                    "{name}: {}: {}",
                    engine.call().line(&debt.command()),
                    error.message
                );
                report.failed_debts.push(line);
            }
        }
    }
    Ok(())
}

/// How the session stands that owes something. One whose twins were kept has no devtwin any more that could pay: what
/// it still owes could not be paid at its end.
fn debtor(ask: Ask<'_>, debt: &Debt) -> Liveness {
    match ask(&debt.session, &debt.owner) {
        Liveness::Kept => Liveness::Gone,
        other @ (Liveness::Live | Liveness::Gone | Liveness::Foreign) => other,
    }
}

/// Removes the volumes of downloaded packages that nothing uses: after the twins, which may use them.
async fn remove_caches(engine: &dyn Engine, report: &mut Cleaned) -> Result<()> {
    let (all, idle) = tokio::try_join!(
        engine.volumes(label::CACHE),
        engine.idle_volumes(label::CACHE)
    )?;
    // A label alone may be anybody's: as with twins, the name tells, too.
    let names = all.into_iter().map(|volume| volume.name);
    for name in names.filter(|name| name.starts_with(CACHE_PREFIX)) {
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

/// Pays what one session owes, then removes its twins, its lab, its volumes and images, at its end. All are tried before the first
/// failure is told, and a marker whose debt could not be paid stays for `clean`.
pub async fn sweep(engine: &dyn Engine, session: &str) -> Result<Swept> {
    let mut debts = Vec::new();
    let twins = sweep_telling(engine, session, &mut debts).await?;
    Ok(Swept { twins, debts })
}

/// [`sweep`], which tells what came of the debts also when something else fails, or takes too long; the number of twins.
pub async fn sweep_telling(
    engine: &dyn Engine,
    session: &str,
    paid: &mut Vec<Paid>,
) -> Result<usize> {
    let volumes = engine.volumes(&of_session(session)).await;
    let owed = volumes.iter().flatten().filter_map(debts::read).collect();
    let (debts, mut first) = debts::settle(engine, owed).await;
    paid.extend(debts);
    let mut twins = 0;
    let rows = engine.labelled(&of_session(session)).await?;
    for twin in rows.iter().filter_map(TwinSummary::from_summary) {
        match engine.remove(&twin.id).await {
            Ok(()) => twins += 1,
            Err(error) => first = first.or(Some(error)),
        }
    }
    let volumes = volumes?;
    // The claim of a lab is made first and removed last.
    let has_lab = volumes
        .iter()
        .any(|volume| volume.labels.contains_key(label::LAB));
    if has_lab && let Err(error) = lab::tear_down(engine, session).await {
        first = first.or(Some(error));
    }
    for volume in volumes {
        if volume.name.starts_with(NAME_PREFIX)
            && debts::read(&volume).is_none()
            && let Err(error) = engine.remove_volume(&volume.name).await
        {
            first = first.or(Some(error));
        }
    }
    let images = untag(engine, session, is_image_of_ours).await?;
    first.or(images).map_or(Ok(twins), Err)
}

/// Removes the images of a session whose names are of that kind; the first failure.
async fn untag(
    engine: &dyn Engine,
    session: &str,
    kind: fn(&str) -> bool,
) -> Result<Option<Error>> {
    let images = engine.labelled_images(&of_session(session)).await?;
    let names = images.into_iter().flat_map(|image| image.tags);
    let mut first = None;
    for name in names.filter(|name| kind(name)) {
        if let Err(error) = engine.remove_image(&name).await {
            first = first.or(Some(error));
        }
    }
    Ok(first)
}

/// Removes the replicas of a session whose twins are kept, and the images that were made for them: no later devtwin
/// could use them.
pub async fn sweep_replicas(engine: &dyn Engine, session: &str) -> Result<()> {
    let mut first = None;
    let rows = engine.labelled(&of_session(session)).await?;
    let twins = rows.iter().filter_map(TwinSummary::from_summary);
    for replica in twins.filter(TwinSummary::is_replica) {
        if let Err(error) = engine.remove(&replica.id).await {
            first = first.or(Some(error));
        }
    }
    let images = untag(engine, session, is_image_of_replicas).await?;
    first.or(images).map_or(Ok(()), Err)
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
    let labs = engine.volumes(label::LAB).await?;
    let labs = labs.iter().filter(|volume| {
        let get = |key: &str| volume.labels.get(key).map_or("", String::as_str);
        let is_claim = volume.name == whose::claim(get(label::LAB));
        is_claim && ask(get(label::SESSION), get(label::OWNER)) == Liveness::Gone
    });
    found.labs = labs.count();
    let debts = debts::all(engine, label::OWED).await?;
    let owed = debts
        .iter()
        .filter(|debt| debtor(ask, debt) == Liveness::Gone);
    found.debts = owed.count();
    Ok(found)
}

pub(super) fn of_session(session: &str) -> String {
    format!("{}={session}", label::SESSION)
}
