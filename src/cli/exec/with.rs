//! `devtwin exec --with`: packages are installed before the command runs.

use tokio_util::sync::CancellationToken;

use crate::cli::BAD_NEWS;
use crate::cli::output::Printer;
use crate::cli::packages::{explain, meant, news};
use crate::cli::signals::GRACE;
use crate::domain::error::{Error, Result};
use crate::domain::packages::{Change, Outcome, Setups, Verb};
use crate::domain::plan::Wishes;
use crate::domain::target::ContainerId;
use crate::domain::twin::{Session, session_of};
use crate::engine::Engine;
use crate::ops::arena::remove_twin;
use crate::ops::attach::known;
use crate::ops::beside::make;
use crate::ops::exec::{Ended, Exec, Io, inside};
use crate::ops::packages::{change, open, stock};
use crate::ops::{unless_cancelled, within};

/// What is installed first, and where a twin comes from.
pub(super) struct With<'a> {
    pub(super) names: &'a [String],
    pub(super) setups: &'a Setups,
    pub(super) printer: &'a Printer,
}

/// Runs one command in a twin that gets packages before. When they cannot be installed the command is not run, and
/// the status is that of bad news.
///
/// The twin is the one that attach makes, a shell waiting on a terminal of its own: its program cannot be the command,
/// which would run before anything is installed. So a shell is known to be there, the cache is mounted, packages and
/// command run beside it, and removing the twin ends all of it.
pub(super) async fn exec_with(
    engine: &dyn Engine,
    session: &Session,
    exec: Exec<'_>,
    io: Io<'_>,
    with: With<'_>,
    cancel: &CancellationToken,
) -> Result<Ended> {
    let found = unless_cancelled(cancel, engine.inspect(exec.target)).await?;
    if session_of(&found.name, &found.config.labels).is_some() {
        let there = unless_cancelled(cancel, known(engine, found, exec.wishes)).await?;
        if !provided(engine, &there.twin.id, &with, cancel).await? {
            return Ok(not_run());
        }
        return inside(engine, &there.twin, exec, io, cancel).await;
    }
    let wishes = Wishes {
        brief: true,
        // The command is no prompt's.
        no_shell_integration: true,
        ..exec.wishes.clone()
    };
    let progress = with.printer.progress();
    let made = make(engine, session, &found, &wishes, &progress, cancel).await?;
    let ended = if provided(engine, &made.twin.id, &with, cancel).await? {
        inside(engine, &made.twin, exec, io, cancel).await?
    } else {
        not_run()
    };
    // The command's status is the answer, whatever becomes of the twin.
    let left = within(GRACE, remove_twin(engine, &made.twin.id))
        .await
        .err();
    Ok(Ended { left, ..ended })
}

fn not_run() -> Ended {
    Ended {
        status: BAD_NEWS.into(),
        left: None,
    }
}

/// Installs the packages; whether all of them are there. What went wrong is told.
async fn provided(
    engine: &dyn Engine,
    twin: &ContainerId,
    with: &With<'_>,
    cancel: &CancellationToken,
) -> Result<bool> {
    let printer = with.printer;
    let desk = open(engine, twin, with.setups).await?;
    let news = news(printer);
    let stock = stock(engine, &desk, false, &news, cancel).await?;
    let names = meant(printer, &stock, with.names);
    let asked = Change::new(Verb::Install, &names)?;
    let changed = change(engine, &desk, &asked, &news, cancel).await?.changed;
    match changed.outcome {
        Outcome::Done | Outcome::Nothing => return Ok(true),
        Outcome::Cancelled => return Err(Error::cancelled()),
        Outcome::Partly | Outcome::Failed => {}
    }
    let missed = if changed.missed.is_empty() {
        &names
    } else {
        &changed.missed
    };
    let missed = missed.join(", ");
    printer.note(&format!(
        "the command was not run: {missed} could not be installed"
    ));
    explain(printer, &changed.troubles);
    Ok(false)
}
