//! The twin that a verb works in, from the first word to the last.

use tokio_util::sync::CancellationToken;

use crate::cli::context::Context;
use crate::cli::flags;
use crate::cli::output::Printer;
use crate::cli::signals::{sweep, swept_after, until_signalled};
use crate::config::{Config, state_dir};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::{PullPolicy, Wishes};
use crate::domain::twin::Twin;
use crate::engine::Engine;
use crate::memory::Memory;
use crate::ops::attach::Known;
use crate::ops::beside::{Found, find, make};
use crate::ops::clean::may_be_left;
use crate::ops::packages::{Desk, open};
use crate::ops::unless_cancelled;
use crate::session::SessionLock;

/// Which twin, and how it is made where there is none.
#[derive(Debug, clap::Args)]
pub(super) struct TwinArgs {
    /// Container or twin, by name, id or unique prefix of the id
    pub(super) target: String,
    /// Dev image of a twin that is made, instead of the one that devtwin finds
    #[arg(long, value_name = "REF", value_parser = flags::image)]
    image: Option<String>,
    /// When to ask the registry for the dev image [default: missing, or what the configuration says]
    #[arg(long, value_name = "WHEN", value_parser = flags::pull())]
    pull: Option<PullPolicy>,
    /// Do not keep what a package manager downloads in a volume for later twins
    #[arg(long)]
    no_package_cache: bool,
}

impl TwinArgs {
    fn wishes(&self, config: &Config, brief: bool) -> Wishes {
        Wishes {
            image: self.image.clone(),
            pull: self.pull.unwrap_or(config.pull),
            no_package_cache: self.no_package_cache || !config.package_cache,
            no_shell_integration: !config.shell_integration,
            keep: !brief,
            brief,
            ..Wishes::default()
        }
    }
}

/// A twin with its package manager, and all that a verb needs beside it.
pub(super) struct Work<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) engine: &'a dyn Engine,
    pub(super) config: &'a Config,
    pub(super) cancel: &'a CancellationToken,
    pub(super) known: Known,
    /// Whether the twin was made for this verb.
    pub(super) made: bool,
    pub(super) desk: Desk,
}

/// How a verb ended.
pub(super) struct Verdict {
    /// Exit status.
    pub(super) status: u8,
    /// Whether a twin that was made for it is left.
    pub(super) keep: bool,
}

impl From<u8> for Verdict {
    fn from(status: u8) -> Self {
        let keep = false;
        Self { status, keep }
    }
}

/// Runs `verb` with a twin beside the target. One that is made is removed after it, unless the verb says otherwise;
/// a `brief` one is for nobody else to work in meanwhile.
pub(super) async fn in_twin(
    context: &Context<'_>,
    args: &TwinArgs,
    brief: bool,
    verb: impl AsyncFnOnce(&mut Work<'_>) -> Result<Verdict>,
) -> Result<u8> {
    let config = context.config()?;
    let setups = config.packages.setups()?;
    let wishes = args.wishes(&config, brief);
    let engine = context.engine().await?;
    let engine = engine.as_ref();
    let (printer, sessions) = (context.printer, context.sessions());
    let (lock, warning) = sessions.begin();
    let cancel = CancellationToken::new();
    let whole = Box::pin(async {
        let ask = |id: &str, owner: &str| sessions.liveness(id, owner);
        let found = find(engine, &args.target, &ask, &wishes);
        let (known, made) = match Box::pin(unless_cancelled(&cancel, found)).await? {
            Found::Named(known) => (*known, false),
            Found::Beside(known) => {
                let name = &known.twin.plan.name;
                printer.note(&format!("in {name}, the newest twin of {}", args.target));
                (*known, false)
            }
            Found::Alone(target) => {
                if let Some(warning) = &warning {
                    printer.note(warning);
                }
                let progress = printer.progress();
                let made = make(engine, lock.session(), &target, &wishes, &progress, &cancel);
                (made.await?, true)
            }
        };
        let mut work = Work {
            desk: open(engine, &known.twin.id, &setups).await?,
            context,
            engine,
            config: &config,
            cancel: &cancel,
            known,
            made,
        };
        let verdict = verb(&mut work).await?;
        Ok((verdict, made.then_some(work.known.twin)))
    });
    match until_signalled(whole, &cancel).await {
        Ok((verdict, made)) => {
            if let Some(twin) = made {
                end(printer, engine, &lock, &twin, verdict.keep).await?;
            }
            Ok(verdict.status)
        }
        Err(error) => Err(swept_after(engine, lock.session(), error).await),
    }
}

/// Leaves a twin that was made, or removes it.
async fn end(
    printer: &Printer,
    engine: &dyn Engine,
    lock: &SessionLock,
    twin: &Twin,
    keep: bool,
) -> Result<()> {
    let name = &twin.plan.name;
    if !keep {
        if !sweep(engine, lock.session()).await {
            let message = format!("twin {name} could not be removed");
            printer.explain(&may_be_left(Error::new(ErrorKind::Engine, message)));
        }
        return Ok(());
    }
    lock.mark_kept().map_err(|e| {
        let message = format!("that twin {name} is kept could not be noted: {e}");
        Error::new(ErrorKind::Internal, message)
            .hint("devtwin ls shows it; devtwin clean would take it for a leftover")
    })?;
    printer.note(&format!("the twin {name} is kept:"));
    for line in [
        format!("devtwin attach {name} opens a shell in it"),
        format!("devtwin exec {name} -- COMMAND runs a command in it"),
        "devtwin clean --all removes it".to_owned(),
    ] {
        printer.note(&format!("  {line}"));
    }
    Ok(())
}

/// What was installed before.
pub(super) fn memory() -> Memory {
    Memory::new(state_dir().as_deref())
}
