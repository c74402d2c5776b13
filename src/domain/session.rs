//! What becomes of a session's twins: is the session alive, and may its twins be removed?
//!
//! Pure: who holds a session's lock is asked through a function, and the time is handed in.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;

use super::debt::Paid;
use super::twin::TwinSummary;

/// How a session stands, as seen from this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Liveness {
    /// A devtwin of this person on this machine, with this state folder, is running it.
    Live,
    /// Its devtwin is gone; what it left is a leftover.
    Gone,
    /// The person left it for re-attach.
    Kept,
    /// Another person's, machine's or state folder's, or one whose lock cannot be read: not ours to judge.
    Foreign,
}

impl Liveness {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Gone => "left over",
            Self::Kept => "kept",
            Self::Foreign => "foreign",
        }
    }
}

/// How a session's liveness is asked for: session id, then owner.
pub type Ask<'a> = &'a (dyn Fn(&str, &str) -> Liveness + Send + Sync);

/// A row of `devtwin ls`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TwinRow {
    /// The twin.
    #[serde(flatten)]
    pub twin: TwinSummary,
    /// How its session stands.
    pub liveness: Liveness,
    /// Seconds since its creation; 0 when the engine's clock is ahead of ours.
    pub age: u64,
    /// The command that attaches to it again; none unless it is kept.
    pub attach: Option<String>,
}

impl TwinRow {
    /// The row of `twin` at `now` (seconds since the epoch).
    pub fn new(twin: TwinSummary, ask: Ask<'_>, now: i64) -> Self {
        let liveness = ask(&twin.session, &twin.owner);
        Self {
            liveness,
            age: age(&twin, now).as_secs(),
            attach: (liveness == Liveness::Kept && !twin.is_replica())
                .then(|| format!("devtwin attach {}", twin.name)),
            twin,
        }
    }
}

/// The report of `devtwin ls`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TwinList {
    /// Twins, the oldest first.
    pub twins: Vec<TwinRow>,
}

/// Which twins the person wants removed beyond the leftovers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CleanWishes {
    /// Also kept twins and those of other people, machines and state folders.
    pub all: bool,
    /// Only twins that are at least this old.
    pub older: Option<Duration>,
    /// Also volumes of downloaded packages that no container uses.
    pub caches: bool,
    /// Say what would be removed and remove nothing.
    pub dry_run: bool,
}

/// What is to become of one twin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Remove it; how its session stands says why.
    Remove(Liveness),
    /// Leave it.
    Leave(Reason),
}

/// Why a twin is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its devtwin is running: never removed from outside.
    Live,
    /// Left for re-attach.
    Kept,
    /// Another person's, machine's or state folder's.
    Foreign,
    /// Not as old as `--older` says.
    Young,
}

impl Reason {
    /// Why, in words, and what would change it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Live => "its devtwin is running; quit that one",
            Self::Kept => "kept for re-attach; --all removes it",
            Self::Foreign => "another user's, machine's or state folder's; --all removes it",
            Self::Young => "younger than --older",
        }
    }
}

/// Decides for each twin. A live session of this machine is never touched, whatever the wishes: ending
/// a running devtwin is the business of the person in front of it.
pub fn judge(
    twins: Vec<TwinSummary>,
    ask: Ask<'_>,
    wishes: CleanWishes,
    now: i64,
) -> Vec<(TwinSummary, Verdict)> {
    twins
        .into_iter()
        .map(|twin| {
            let verdict = verdict(&twin, ask(&twin.session, &twin.owner), wishes, now);
            (twin, verdict)
        })
        .collect()
}

/// Why what belongs to a session is left alone, however old it is; none when it is not.
pub fn spared(liveness: Liveness, wishes: CleanWishes) -> Option<Reason> {
    match liveness {
        Liveness::Live => Some(Reason::Live),
        Liveness::Kept => (!wishes.all).then_some(Reason::Kept),
        Liveness::Foreign => (!wishes.all).then_some(Reason::Foreign),
        Liveness::Gone => None,
    }
}

fn verdict(twin: &TwinSummary, liveness: Liveness, wishes: CleanWishes, now: i64) -> Verdict {
    let reason = spared(liveness, wishes);
    let young = || wishes.older.is_some_and(|older| age(twin, now) < older);
    match reason {
        Some(reason) => Verdict::Leave(reason),
        None if young() => Verdict::Leave(Reason::Young),
        None => Verdict::Remove(liveness),
    }
}

fn age(twin: &TwinSummary, now: i64) -> Duration {
    Duration::from_secs(u64::try_from(now.saturating_sub(twin.created)).unwrap_or(0))
}

/// A twin and why it was removed, left, or could not be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Because {
    /// The twin.
    #[serde(flatten)]
    pub twin: TwinSummary,
    /// Why, in words.
    pub why: String,
}

/// The report of `devtwin clean`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cleaned {
    /// Nothing was removed: `removed`, `volumes`, `images`, `caches` and `lab_containers` are what would have been.
    pub dry_run: bool,
    /// Twins removed.
    pub removed: Vec<Because>,
    /// Twins left.
    pub left: Vec<Because>,
    /// Twins that could not be removed; `why` is the engine's word.
    pub failed: Vec<Because>,
    /// Names of the volumes removed with them.
    pub volumes: Vec<String>,
    /// Names of the images removed with them.
    pub images: Vec<String>,
    /// Names of the volumes of downloaded packages that were removed.
    pub caches: Vec<String>,
    /// Names of those that a container uses, which were left.
    pub caches_left: Vec<String>,
    /// Volumes that could not be removed, and why, one line each.
    pub failed_volumes: Vec<String>,
    /// What killed sessions owed to targets, and what came of it.
    pub debts: Vec<Paid>,
    /// What is owed and stays so, and why, one line each.
    pub debts_left: Vec<String>,
    /// What could not be undone, and why, one line each.
    pub failed_debts: Vec<String>,
    /// Images that could not be removed, and why, one line each.
    pub failed_images: Vec<String>,
    /// Names of the containers of lessons' labs that were removed; the labs' volumes and images are among the others.
    pub lab_containers: Vec<String>,
    /// What was made from a lab's images, is the person's own and stays, one line each.
    pub lab_left: Vec<String>,
    /// What of a lab could not be removed, and why, one line each.
    pub failed_lab: Vec<String>,
}

impl Cleaned {
    /// Whether everything that was to go is gone.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
            && self.failed_volumes.is_empty()
            && self.failed_images.is_empty()
            && self.failed_debts.is_empty()
            && self.failed_lab.is_empty()
    }

    /// Whether nothing was removed or undone.
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty()
            && self.volumes.is_empty()
            && self.images.is_empty()
            && self.caches.is_empty()
            && self.debts.is_empty()
            && self.lab_containers.is_empty()
    }

    /// Sessions of which a twin was removed and no twin is left, each once.
    pub fn emptied(&self) -> BTreeSet<&str> {
        let removed = self.removed.iter();
        let mut emptied: BTreeSet<_> = removed.map(|i| i.twin.session.as_str()).collect();
        for item in self.left.iter().chain(&self.failed) {
            emptied.remove(item.twin.session.as_str());
        }
        emptied
    }
}

/// What earlier sessions left behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Twins whose session is gone.
    pub leftovers: usize,
    /// Twins that are kept for re-attach.
    pub kept: usize,
    /// What such sessions still owe to targets.
    pub debts: usize,
    /// Labs of lessons that were broken off.
    pub labs: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::target::{ContainerId, Status};

    fn twin(session: &str, created: i64) -> TwinSummary {
        TwinSummary {
            id: ContainerId(format!("{session:0>64}")),
            name: format!("devtwin-{session}"),
            image: "wolfi:latest-dev".into(),
            session: session.into(),
            owner: "me@here".into(),
            target: "t".into(),
            target_name: "web".into(),
            mode: "join".into(),
            status: Status::Running,
            status_text: "Up".into(),
            created,
        }
    }

    fn ask(session: &str, _owner: &str) -> Liveness {
        match session {
            "live" => Liveness::Live,
            "gone" => Liveness::Gone,
            "kept" => Liveness::Kept,
            _ => Liveness::Foreign,
        }
    }

    fn verdicts(wishes: CleanWishes) -> Vec<Verdict> {
        let twins = ["live", "gone", "kept", "other"]
            .map(|s| twin(s, 1_000))
            .to_vec();
        judge(twins, &ask, wishes, 1_000 + 3_600)
            .into_iter()
            .map(|(_, verdict)| verdict)
            .collect()
    }

    #[test]
    fn only_leftovers_go_by_default() {
        assert_eq!(
            verdicts(CleanWishes::default()),
            [
                Verdict::Leave(Reason::Live),
                Verdict::Remove(Liveness::Gone),
                Verdict::Leave(Reason::Kept),
                Verdict::Leave(Reason::Foreign),
            ]
        );
    }

    #[test]
    fn all_spares_only_the_live() {
        let wishes = CleanWishes {
            all: true,
            ..CleanWishes::default()
        };
        assert_eq!(
            verdicts(wishes),
            [
                Verdict::Leave(Reason::Live),
                Verdict::Remove(Liveness::Gone),
                Verdict::Remove(Liveness::Kept),
                Verdict::Remove(Liveness::Foreign),
            ]
        );
    }

    #[test]
    fn older_counts_from_the_creation_and_includes_its_bound() {
        let older = |secs| CleanWishes {
            older: Some(Duration::from_secs(secs)),
            ..CleanWishes::default()
        };
        assert_eq!(verdicts(older(3_600))[1], Verdict::Remove(Liveness::Gone));
        assert_eq!(verdicts(older(3_601))[1], Verdict::Leave(Reason::Young));
    }

    #[test]
    fn a_clock_that_is_behind_makes_no_negative_age() {
        let row = TwinRow::new(twin("kept", 2_000), &ask, 1_000);
        assert_eq!(row.age, 0);
        assert_eq!(row.attach.as_deref(), Some("devtwin attach devtwin-kept"));
        let row = TwinRow::new(twin("live", i64::MIN), &ask, i64::MAX);
        assert_eq!(row.attach, None);
    }
}
