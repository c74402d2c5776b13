//! What is done to a target on the person's yes, and undone: the debt is noted on the engine before the act.

use super::clean::of_session;
use crate::domain::debt::{Debt, Owed, Paid};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::{ContainerId, Status, Target};
use crate::domain::twin::Session;
use crate::engine::{Engine, NewVolume, Volume};

/// Notes a debt, before the act: its marker is there when this returns.
pub async fn owe(engine: &dyn Engine, debt: &Debt) -> Result<()> {
    let volume = NewVolume {
        name: debt.name(),
        labels: debt.labels(),
        ..NewVolume::default()
    };
    engine.create_volume(&volume).await
}

/// The debts noted on the engine whose markers carry `label`.
pub async fn all(engine: &dyn Engine, label: &str) -> Result<Vec<Debt>> {
    let volumes = engine.volumes(label).await?;
    Ok(volumes.iter().filter_map(read).collect())
}

/// The debt that a volume marks, if it is a marker.
pub(super) fn read(volume: &Volume) -> Option<Debt> {
    Debt::read(&volume.name, &volume.labels)
}

/// What paying a debt would do now. Does nothing.
pub async fn look(engine: &dyn Engine, debt: &Debt) -> Result<Paid> {
    let now = target(engine, &debt.target).await?;
    Ok(outcome(debt, now.as_ref()))
}

/// Pays a debt and removes its marker. A target that is gone, or was changed by somebody meanwhile, is left as
/// it is. When this fails the marker stays.
pub async fn pay(engine: &dyn Engine, debt: &Debt) -> Result<Paid> {
    let mut paid = look(engine, debt).await?;
    if paid.restored {
        let done = match &debt.owed {
            Owed::Restart(policy) => engine.set_restart(&debt.target, policy).await,
            Owed::Unpause => engine.unpause(&debt.target).await,
        };
        if let Err(error) = done {
            // It may have ended, gone or been resumed since it was looked at.
            paid = look(engine, debt).await?;
            if paid.restored {
                let hint = format!("{} does it by hand", engine.call().line(&debt.command()));
                return Err(error.and_hint(&hint));
            }
        }
    }
    engine.remove_volume(&debt.name()).await?;
    Ok(paid)
}

/// All that a session owes.
pub async fn of(engine: &dyn Engine, session: &str) -> Result<Vec<Debt>> {
    all(engine, &of_session(session)).await
}

/// Pays debts, one after the other; what came of it, and the first failure.
pub async fn settle(engine: &dyn Engine, debts: Vec<Debt>) -> (Vec<Paid>, Option<Error>) {
    let (mut done, mut first) = (Vec::new(), None);
    for debt in debts {
        match pay(engine, &debt).await {
            Ok(paid) => done.push(paid),
            Err(error) => first = first.or(Some(error)),
        }
    }
    (done, first)
}

/// Sets the restart policy of `target` to `no`, so that it stays stopped after its next end: only on the person's
/// yes. Fails when nothing starts it again anyway.
pub async fn freeze(engine: &dyn Engine, session: &Session, target: &ContainerId) -> Result<Debt> {
    let target = engine.inspect(&target.0).await?;
    let policy = target.service.restart.clone();
    let name = &target.name;
    if matches!(policy.as_str(), "" | "no") {
        let message = format!("{name} has no restart policy: nothing starts it again by itself");
        return Err(Error::new(ErrorKind::Engine, message)
            .hint(format!("docker inspect {name} shows its policy")));
    }
    let debt = Debt::new(session, &target, Owed::Restart(policy));
    owe(engine, &debt).await?;
    if let Err(error) = engine.set_restart(&target.id, "no").await {
        return Err(repent(engine, &debt, error).await);
    }
    Ok(debt)
}

/// Pays a debt and starts the target again when it does not run: only on the person's yes.
pub async fn let_go(engine: &dyn Engine, debt: &Debt) -> Result<Paid> {
    let mut paid = pay(engine, debt).await?;
    if paid.stopped {
        engine.start(&debt.target).await?;
        paid.stopped = false;
    }
    Ok(paid)
}

/// After an act that failed, or was for nothing: pays its debt, and gives the error back.
pub(super) async fn repent(engine: &dyn Engine, debt: &Debt, error: Error) -> Error {
    match pay(engine, debt).await {
        Ok(_) => error,
        Err(second) => {
            tracing::warn!(%second, "a debt could not be paid after a failure");
            error.and_hint("devtwin clean undoes what was done to the target")
        }
    }
}

/// Before an act that was given up: removes the marker of its debt and touches nothing else; gives the error back.
pub(super) async fn forget(engine: &dyn Engine, debt: &Debt, error: Error) -> Error {
    match engine.remove_volume(&debt.name()).await {
        Ok(()) => error,
        Err(second) => {
            tracing::warn!(%second, "the marker of a debt could not be removed");
            error.and_hint("devtwin clean removes what is left")
        }
    }
}

/// The target as it is now; none when it is gone.
async fn target(engine: &dyn Engine, id: &ContainerId) -> Result<Option<Target>> {
    match engine.inspect(&id.0).await {
        Ok(target) => Ok(Some(target)),
        Err(error) if error.kind == ErrorKind::NoTarget => Ok(None),
        Err(error) => Err(error),
    }
}

fn outcome(debt: &Debt, now: Option<&Target>) -> Paid {
    let runs = |t: &Target| match t.state.status {
        Status::Running | Status::Paused | Status::Restarting => true,
        Status::Created | Status::Removing | Status::Exited | Status::Dead => false,
    };
    let restored = now.is_some_and(|now| debt.stands(now));
    let what = match now {
        None => "it is gone".into(),
        Some(_) if restored => debt.words(),
        Some(_) => "changed by somebody meanwhile: left as it is".into(),
    };
    Paid {
        target: debt.target.clone(),
        target_name: now.map_or(&debt.target_name, |now| &now.name).clone(),
        marker: debt.name(),
        restored,
        what,
        stopped: matches!(debt.owed, Owed::Restart(_)) && now.is_some_and(|now| !runs(now)),
    }
}
