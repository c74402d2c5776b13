//! Changes: what one would do, and one that is made. What came of it is read from the databases before and after.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::run::{self, Ended, Why};
use super::stock::installed;
use super::{Desk, NewsSink, told};
use crate::domain::error::{Error, Result};
use crate::domain::packages::change::{bare, difference, missed};
use crate::domain::packages::{
    Change, Changed, Doing, Finished, Installed, LOCK_WAIT, News, Outcome, Printed, Step, Told,
    Transaction, Trouble, TroubleId, Verb,
};
use crate::engine::Engine;

/// How long a lock is tried for in all; a manager that waits so long itself is not asked again.
const PATIENCE: Duration = Duration::from_secs(LOCK_WAIT as u64);
/// How long to wait before a manager that gave way to another one is asked again.
const PAUSE: Duration = Duration::from_secs(1);
/// Steps that are kept of what a change would do.
const STEPS: usize = 10_000;

/// What a change would do; that it cannot be done is no error, but among its troubles.
pub async fn simulate(
    engine: &dyn Engine,
    desk: &Desk,
    change: &Change,
    cancel: &CancellationToken,
) -> Result<Transaction> {
    let what = desk.manager.simulate(change, &desk.setup);
    let mut steps: Vec<Step> = Vec::new();
    let mut take = |told| {
        if let Told::Step(step) = told
            && steps.len() < STEPS
        {
            steps.push(step);
        }
    };
    let (printed, ended) = run::lines(engine, desk, &what, &|_| {}, &mut take, cancel).await?;
    if ended.why == Why::Cancelled {
        return Err(Error::cancelled());
    }
    let mut troubles = told::silence(desk, &ended);
    if printed.status != Some(0) {
        // dnf, which is told not to go on, ends a plan that could be made with 1: what it does not call an error is none.
        troubles.extend(if steps.is_empty() {
            told::troubles(desk, &printed)
        } else {
            desk.manager.troubles(&printed)
        });
        // It is so whatever is done, and hinders nothing.
        troubles.retain(|trouble| trouble.id != TroubleId::BrokenBefore);
    }
    Ok(Transaction {
        change: change.clone(),
        steps,
        download: None,
        disk: None,
        troubles,
        line: desk.manager.line(change, &desk.setup),
        dockerfile: desk.manager.dockerfile(change, &desk.setup),
    })
}

/// Makes a change. Cancelled, it ends the manager, reads what is installed, and says what was done by then.
///
/// # Errors
/// `Cancelled` when it was given up before anything was begun; `NoTarget` when the twin ended; `Engine` when what
/// is installed cannot be read, before or after.
pub async fn change(
    engine: &dyn Engine,
    desk: &Desk,
    change: &Change,
    sink: NewsSink<'_>,
    cancel: &CancellationToken,
) -> Result<Finished> {
    let before = installed(engine, desk, cancel).await?;
    let what = desk.manager.commit(change, &desk.setup);
    let began = Instant::now();
    let (printed, ended) = loop {
        let ran = run::lines(engine, desk, &what, sink, &mut |_| {}, cancel).await?;
        if !is_locked_out(desk, &ran) || began.elapsed() >= PATIENCE {
            break ran;
        }
        sink(News::Told(Told::Waiting));
        if cancel.run_until_cancelled(sleep(PAUSE)).await.is_none() {
            let (printed, ended) = ran;
            let why = Why::Cancelled;
            break (printed, Ended { why, ..ended });
        }
    };
    // Whatever the person wants by now: what was done must be known.
    let after = installed(engine, desk, &CancellationToken::new()).await?;
    let changed = changed(desk, change, (&before, &after), &printed, &ended);
    Ok(Finished {
        changed,
        installed: after,
        printed,
    })
}

/// Whether a manager gave way to another one. Not every one waits, and for every lock: apt does not for that of
/// its downloads, which twins with one cache share.
fn is_locked_out(desk: &Desk, (printed, ended): &(Printed, Ended)) -> bool {
    let refused = ended.why == Why::Itself && printed.status != Some(0);
    let locked = |trouble: &Trouble| trouble.id == TroubleId::Locked;
    refused && told::troubles(desk, printed).iter().any(locked)
}

fn changed(
    desk: &Desk,
    change: &Change,
    (before, after): (&Installed, &Installed),
    printed: &Printed,
    ended: &Ended,
) -> Changed {
    let mut steps = difference(before, after);
    for step in &mut steps {
        let older = |old: &String| desk.manager.compare(&step.version, old).is_lt();
        if step.old.as_ref().is_some_and(older) {
            step.doing = Doing::Downgrade;
        }
    }
    let missed = missed(change, after);
    let mut troubles = told::silence(desk, ended);
    let outcome = if ended.why == Why::Cancelled {
        troubles.extend(broken_off(before, after));
        cancelled(change, &steps, &missed)
    } else {
        if !missed.is_empty() || printed.status != Some(0) {
            troubles.extend(told::troubles(desk, printed));
        }
        outcome(change, &steps, &missed, &troubles)
    };
    let done = Change {
        verb: change.verb,
        names: done(change, &steps, &missed),
    };
    let nothing = steps.is_empty() || (done.names.is_empty() && !change.names.is_empty());
    let (line, dockerfile) = if nothing {
        (String::new(), String::new())
    } else {
        let (manager, setup) = (desk.manager, &desk.setup);
        (manager.line(&done, setup), manager.dockerfile(&done, setup))
    };
    Changed {
        manager: desk.manager.id().into(),
        change: change.clone(),
        outcome,
        steps,
        missed,
        troubles,
        status: printed.status,
        line,
        dockerfile,
    }
}

/// The outcome of a change that was not given up. The databases decide; only where they are as before, and all is
/// as asked for by name, the manager's own words tell "there was nothing to do" from "it could not be done".
fn outcome(change: &Change, steps: &[Step], missed: &[String], troubles: &[Trouble]) -> Outcome {
    let failed = troubles.iter().any(|t| t.id != TroubleId::BrokenBefore);
    // That a package is there says nothing of an upgrade.
    let unsure = change.verb == Verb::Upgrade && failed;
    match (steps.is_empty(), missed.is_empty()) {
        (true, true) if failed => Outcome::Failed,
        (true, true) => Outcome::Nothing,
        (false, true) if unsure => Outcome::Partly,
        (false, true) => Outcome::Done,
        (false, false) if missed.len() < change.names.len() => Outcome::Partly,
        (_, false) => Outcome::Failed,
    }
}

/// The outcome of a change that was given up: it may have been too late.
fn cancelled(change: &Change, steps: &[Step], missed: &[String]) -> Outcome {
    let all = !steps.is_empty() && missed.is_empty() && change.verb != Verb::Upgrade;
    if all {
        Outcome::Done
    } else {
        Outcome::Cancelled
    }
}

/// The names of a change that are as asked for, by it or before.
fn done(change: &Change, steps: &[Step], missed: &[String]) -> Vec<String> {
    let names = change.names.iter().filter(|name| match change.verb {
        Verb::Install => !missed.contains(name),
        Verb::Remove | Verb::Upgrade => {
            !missed.contains(name) && steps.iter().any(|step| step.name == bare(name))
        }
    });
    names.cloned().collect()
}

/// Packages that a change which was given up left half-done.
fn broken_off(before: &Installed, after: &Installed) -> Option<Trouble> {
    let was = |name: &str| {
        before
            .packages
            .get(name)
            .is_some_and(|here| here.broken.is_some())
    };
    let broken = after
        .packages
        .iter()
        .filter(|(name, here)| here.broken.is_some() && !was(name));
    let evidence: Vec<String> = broken
        .filter_map(|(name, here)| Some(format!("{name}: {}", here.broken.as_deref()?)))
        .collect();
    let first = evidence.first()?;
    Some(Trouble {
        id: TroubleId::Interrupted,
        meaning: match evidence.len() {
            1 => format!("a package was left half-done: {first}"),
            n => format!("{n} packages were left half-done"),
        },
        advice: vec!["make the same change again, and let it end; or remove what it left".into()],
        evidence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::packages::Here;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn ask(verb: Verb, of: &[&str]) -> Change {
        Change {
            verb,
            names: names(of),
        }
    }

    fn steps(of: &[&str]) -> Vec<Step> {
        let step = |name: &&str| Step {
            at: 0,
            of: 0,
            doing: Doing::Install,
            name: (*name).into(),
            version: "1".into(),
            old: None,
        };
        of.iter().map(step).collect()
    }

    fn trouble(id: TroubleId) -> Trouble {
        Trouble {
            id,
            meaning: String::new(),
            advice: Vec::new(),
            evidence: Vec::new(),
        }
    }

    #[test]
    fn the_databases_decide_how_a_change_ended() {
        use Outcome::{Done, Failed, Nothing, Partly};
        use TroubleId::{BrokenBefore, Unreachable};
        use Verb::{Install, Remove, Upgrade};
        type Names = &'static [&'static str];
        // What was asked for, what is different, what is missed, what was said, and how it ended.
        type Row = (Verb, Names, Names, Names, &'static [TroubleId], Outcome);
        let table: &[Row] = &[
            (Install, &["a"], &["a", "lib"], &[], &[], Done),
            (Install, &["a"], &["a"], &[], &[BrokenBefore], Done),
            (Install, &["a"], &[], &[], &[], Nothing),
            (Install, &["a"], &[], &[], &[BrokenBefore], Nothing),
            (Install, &["a=2"], &[], &[], &[Unreachable], Failed),
            (Install, &["a"], &[], &["a"], &[], Failed),
            (Install, &["a"], &["a"], &["a"], &[], Failed),
            (Install, &["a", "b"], &["a"], &["b"], &[], Partly),
            (Install, &["a", "b"], &[], &["b"], &[], Failed),
            (Remove, &["a"], &["a"], &[], &[], Done),
            (Remove, &["a", "b"], &["a"], &["b"], &[], Partly),
            (Upgrade, &[], &["a"], &[], &[], Done),
            (Upgrade, &[], &["a"], &[], &[Unreachable], Partly),
            (Upgrade, &[], &[], &[], &[Unreachable], Failed),
            (Upgrade, &[], &[], &[], &[], Nothing),
        ];
        for (verb, asked, different, missing, said, want) in table {
            let (asked, different) = (ask(*verb, asked), steps(different));
            let said: Vec<_> = said.iter().map(|id| trouble(*id)).collect();
            let got = outcome(&asked, &different, &names(missing), &said);
            assert_eq!(
                got, *want,
                "{verb:?} {:?} {missing:?} {said:?}",
                asked.names
            );
        }
    }

    #[test]
    fn a_change_that_was_given_up_too_late_is_done() {
        use Outcome::{Cancelled, Done};
        for (verb, different, missing, want) in [
            (Verb::Install, &["a"][..], &[][..], Done),
            (Verb::Install, &["lib"], &["a"], Cancelled),
            (Verb::Install, &[], &[], Cancelled),
            (Verb::Upgrade, &["a"], &[], Cancelled),
        ] {
            let got = cancelled(&ask(verb, &["a"]), &steps(different), &names(missing));
            assert_eq!(got, want, "{verb:?} {different:?} {missing:?}");
        }
    }

    #[test]
    fn only_what_was_done_is_written_down() {
        let all = ["a=2", "b", "c"];
        let written = |verb| done(&ask(verb, &all), &steps(&["a"]), &names(&["b"]));
        assert_eq!(written(Verb::Install), ["a=2", "c"]);
        assert_eq!(written(Verb::Remove), ["a=2"]);
    }

    #[test]
    fn what_was_left_half_done_is_told_unless_it_was_so_before() {
        let state = |broken: &[&str]| Installed {
            packages: broken
                .iter()
                .map(|name| {
                    let here = Here {
                        broken: Some("its script failed".into()),
                        ..Here::default()
                    };
                    ((*name).to_owned(), here)
                })
                .collect(),
        };
        let told = broken_off(&state(&["old"]), &state(&["old", "new"])).unwrap();
        assert_eq!(told.id, TroubleId::Interrupted);
        assert_eq!(told.evidence, ["new: its script failed"]);
        assert_eq!(broken_off(&state(&["old"]), &state(&["old"])), None);
    }
}
