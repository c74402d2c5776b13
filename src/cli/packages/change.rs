//! `devtwin packages add`, `del` and `upgrade`: a change is shown, made, and told.

use serde::Serialize;

use crate::cli::BAD_NEWS;
use crate::cli::consent;
use crate::cli::context::Context;
use crate::cli::output::Printer;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages::remembered::family_of;
use crate::domain::packages::{Change, Changed, News, Outcome, Stock, Transaction, Verb};
use crate::domain::session::Liveness;
use crate::domain::twin::label;
use crate::ops::packages::{change, simulate, stock};
use crate::ops::unless_cancelled;

use super::place::{TwinArgs, Verdict, Work, in_twin, memory};
use super::{text, wanted};

/// Install packages in a twin, which is kept
///
/// A name may be a package, a command in one (dig), or what another distribution calls it (dnsutils). Shows what will
/// come along and what it weighs, then installs it, and prints the lines that do the same by hand and in a
/// Dockerfile. Exit status 1 when something could not be installed, with the reason and what to do.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin packages add web curl strace
  devtwin packages add web --toolkit net --dry-run
  devtwin packages add web --again
  devtwin packages add web --into-target curl     into the container itself, after a question")]
pub(super) struct Add {
    #[command(flatten)]
    twin: TwinArgs,
    /// Packages
    names: Vec<String>,
    /// Also the packages of a toolkit: net, trace, http, dns, files, or one of your own in config.toml; may be
    /// repeated
    #[arg(long, value_name = "NAME")]
    toolkit: Vec<String>,
    /// Also what was installed last time with dev images of the same family
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    how: How,
}

/// Remove packages from a twin, and what was installed for them alone
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin packages del web strace
  devtwin packages del web --dry-run bind-tools")]
pub(super) struct Del {
    #[command(flatten)]
    twin: TwinArgs,
    /// Packages
    #[arg(required = true)]
    names: Vec<String>,
    #[command(flatten)]
    how: How,
}

/// Bring packages of a twin up to date; all of them when none is named
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin packages upgrade web --refresh
  devtwin packages upgrade web curl")]
pub(super) struct Upgrade {
    #[command(flatten)]
    twin: TwinArgs,
    /// Packages
    names: Vec<String>,
    #[command(flatten)]
    how: How,
}

/// How a change is made.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, clap::Args)]
struct How {
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Fetch the indexes of the repositories first
    #[arg(long)]
    refresh: bool,
    /// Change the running container itself instead of a twin: files are written into its writable layer
    #[arg(long)]
    into_target: bool,
    /// Do not ask before --into-target
    #[arg(long, requires = "into_target")]
    yes: bool,
}

/// What the names are to be.
struct Wanted {
    verb: Verb,
    names: Vec<String>,
    toolkits: Vec<String>,
    again: bool,
}

/// The document of a dry run.
#[derive(Debug, Serialize)]
struct DryRun {
    twin: String,
    manager: &'static str,
    #[serde(flatten)]
    transaction: Transaction,
}

/// The document of a change.
#[derive(Debug, Serialize)]
struct Report {
    twin: String,
    /// The container that was changed itself; none when it was the twin.
    into_target: Option<String>,
    #[serde(flatten)]
    changed: Changed,
}

pub(super) async fn add(context: &Context<'_>, args: Add) -> Result<u8> {
    let wanted = Wanted {
        verb: Verb::Install,
        names: args.names,
        toolkits: args.toolkit,
        again: args.again,
    };
    if wanted.names.is_empty() && wanted.toolkits.is_empty() && !wanted.again {
        return Change::new(wanted.verb, &[]).map(|_| 0); // says what is missing
    }
    wanted::toolkits_exist(&context.config()?, &wanted.toolkits)?;
    run(context, args.twin, args.how, wanted).await
}

pub(super) async fn del(context: &Context<'_>, args: Del) -> Result<u8> {
    run(
        context,
        args.twin,
        args.how,
        Wanted::plain(Verb::Remove, args.names),
    )
    .await
}

pub(super) async fn upgrade(context: &Context<'_>, args: Upgrade) -> Result<u8> {
    run(
        context,
        args.twin,
        args.how,
        Wanted::plain(Verb::Upgrade, args.names),
    )
    .await
}

impl Wanted {
    fn plain(verb: Verb, names: Vec<String>) -> Self {
        Self {
            verb,
            names,
            toolkits: Vec::new(),
            again: false,
        }
    }
}

async fn run(context: &Context<'_>, twin: TwinArgs, how: How, wanted: Wanted) -> Result<u8> {
    if !wanted.names.is_empty() {
        Change::new(wanted.verb, &wanted.names)?; // a slip costs no twin
    }
    if how.into_target && !how.dry_run && !how.yes && !consent::may_ask() {
        let message =
            "--into-target changes the container itself, and there is no terminal to ask on";
        return Err(Error::new(ErrorKind::Usage, message)
            .hint("--yes goes on without a question; without --into-target the twin is changed"));
    }
    // What is not to be kept is nobody else's to work in.
    let brief = how.dry_run || how.into_target;
    in_twin(context, &twin, brief, async |work| {
        if how.into_target {
            aim_at_target(work)?;
        }
        one(work, &how, wanted).await
    })
    .await
}

async fn one(work: &Work<'_>, how: &How, wanted: Wanted) -> Result<Verdict> {
    let (printer, cancel) = (work.context.printer, work.cancel);
    let news = news(printer);
    let stock = stock(work.engine, &work.desk, how.refresh, &news, cancel).await?;
    text::explain(printer, &stock.troubles);
    let asked = named(work, &stock, wanted)?;
    let told = simulate(work.engine, &work.desk, &asked, cancel).await?;
    let told = told.weighed(&stock.catalogue, &stock.installed);
    if how.dry_run {
        return dry_run(work, told);
    }
    // What goes wrong is told once, by the change itself.
    let shown = Transaction {
        troubles: Vec::new(),
        ..told
    };
    if !shown.steps.is_empty() {
        text::transaction(printer, &shown)
            .lines()
            .for_each(|line| printer.note(line));
    }
    if how.into_target && !how.yes {
        unless_cancelled(cancel, confirmed(printer, &work.known.target.name)).await?;
    }
    let finished = change(work.engine, &work.desk, &asked, &news, cancel).await?;
    tell(work, how, finished.changed)
}

/// The change that is meant.
fn named(work: &Work<'_>, stock: &Stock, wanted: Wanted) -> Result<Change> {
    let mut names = match wanted.verb {
        Verb::Install => wanted::meant(work.context.printer, stock, &wanted.names),
        Verb::Remove | Verb::Upgrade => wanted.names,
    };
    names.extend(wanted::of_toolkits(work, stock, &wanted.toolkits)?);
    if wanted.again {
        names.extend(wanted::again(work)?);
    }
    Change::new(wanted.verb, &names)
}

fn dry_run(work: &Work<'_>, transaction: Transaction) -> Result<Verdict> {
    let report = DryRun {
        twin: work.known.twin.plan.name.clone(),
        manager: work.desk.manager.id(),
        transaction,
    };
    let printer = work.context.printer;
    printer.answer("packages-transaction", &report, |printer| {
        text::dry_run(printer, &report.transaction)
    })?;
    Ok(if report.transaction.is_hindered() {
        BAD_NEWS.into()
    } else {
        0.into()
    })
}

fn tell(work: &Work<'_>, how: &How, changed: Changed) -> Result<Verdict> {
    let (printer, twin) = (work.context.printer, &work.known.twin.plan);
    let target = &work.known.target.name;
    let report = Report {
        twin: twin.name.clone(),
        into_target: how.into_target.then(|| target.clone()),
        changed,
    };
    let place = if how.into_target {
        format!("the container {target} itself")
    } else {
        twin.name.clone()
    };
    printer.answer("packages-change", &report, |printer| {
        text::changed(printer, &report.changed, &place)
    })?;
    let changed = &report.changed;
    if how.into_target {
        printer.note(&format!(
            "docker diff {target} shows what is different in it"
        ));
    } else {
        memory().note(family_of(&twin.image), changed);
        record(work, changed);
    }
    Ok(Verdict {
        status: match changed.outcome {
            Outcome::Done | Outcome::Nothing => 0,
            Outcome::Partly | Outcome::Failed => BAD_NEWS,
            Outcome::Cancelled => ErrorKind::Cancelled.exit_code(),
        },
        // What failed is tried again in the same twin; who gave up before anything was done wants none.
        keep: !how.into_target
            && (changed.outcome != Outcome::Cancelled || !changed.steps.is_empty()),
    })
}

/// Makes it a step of the twin's record, for its recipe. A devtwin that runs that session has the record, and would write
/// over it.
fn record(work: &Work<'_>, changed: &Changed) {
    let sessions = work.context.sessions();
    let (session, twin) = (&work.known.session, &work.known.twin);
    let owner = twin.plan.labels.get(label::OWNER);
    let owner = owner.map_or("", String::as_str);
    if !work.made && sessions.liveness(session, owner) != Liveness::Kept {
        return;
    }
    let records = sessions.records();
    let mut record = records.load(session, &twin.id);
    if record.changed(changed) {
        records.keep(session, &twin.id, &record);
    }
}

/// Lets the manager work on the live target's root. Nothing else in devtwin writes there.
fn aim_at_target(work: &mut Work<'_>) -> Result<()> {
    let target = &work.known.target;
    let refused = |what: String, hint: &str| Err(Error::new(ErrorKind::Usage, what).hint(hint));
    let hint = "leave --into-target out: the twin is changed then";
    if target.isolation.readonly_rootfs {
        let what = format!(
            "the root of {} is read-only: nothing can be installed into it",
            target.name
        );
        return refused(what, hint);
    }
    if !work.desk.manager.takes_root() {
        let id = work.desk.manager.id();
        return refused(
            format!("{id} cannot install into another root than its own"),
            hint,
        );
    }
    let Some(link) = work.known.twin.plan.links.first() else {
        let what = format!("it is not known which process is that of {}", target.name);
        return refused(what, hint);
    };
    work.desk.setup.root = Some(link.to.clone());
    Ok(())
}

/// Asks the person whether the container itself may be changed.
async fn confirmed(printer: &Printer, target: &str) -> Result<()> {
    for line in [
        format!("this changes the running container {target} itself:"),
        format!("  files go into its writable layer (docker diff {target} shows them)"),
        "  and vanish with it; its image stays as it is".to_owned(),
        "  scripts of packages are not run".to_owned(),
        "  answer yes to go on, anything else leaves it as it is:".to_owned(),
    ] {
        printer.note(&line);
    }
    if consent::answer().await == "yes" {
        return Ok(());
    }
    Err(Error::cancelled().hint("nothing was changed"))
}

/// Where the news of a run go: a line for each step, on stderr.
pub(in crate::cli) fn news(printer: &Printer) -> impl Fn(News) + Send + Sync {
    move |news| match news {
        News::Told(told) => {
            if let Some(line) = text::told(&told) {
                printer.note(&line);
            }
        }
        News::Line(..) => {} // a trouble quotes the lines that matter
    }
}
