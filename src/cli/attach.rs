//! `devtwin` and `devtwin attach`: the TUI.

use std::io::{self, IsTerminal as _};

use crate::app::keymap::{Chord, Keymap};
use crate::app::{ClipboardPolicy, Settings, Start, ThemeName};
use crate::config::{Config, state_dir};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages::Remembered;
use crate::engine::Engine;
use crate::memory::Memory;
use crate::runtime;
use crate::session::SessionLock;

use super::context::Context;
use super::flags::{ShellFlags, TwinFlags};

/// Open a root shell beside a container, running or not
///
/// Finds the container's dev image, pulls it if it is not here, and starts it as a twin beside the
/// container: same network, processes and volumes, root in it, and the container's files at /target.
/// Of a container that exited, never ran or is in a restart loop it opens an arena: its files at /target,
/// read-only, its networks and volumes, and processes of the twin's own.
/// The twin is removed when you quit, unless you say --keep; then `devtwin ls` shows it, and
/// `devtwin attach TWIN` opens it again.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin attach web
  devtwin attach --image cgr.dev/chainguard/wolfi-base web
  devtwin attach --writable-volumes crashed
  devtwin attach --mode catch web
  devtwin attach --grant NET_ADMIN --keep 4f1c")]
pub(crate) struct Args {
    /// Container, by name, id or unique prefix of the id
    target: String,
    #[command(flatten)]
    flags: ShellFlags,
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    require_terminal(
        "attach",
        "devtwin exec TARGET -- COMMAND runs one command without one",
    )?;
    let wishes = args.flags.wishes(&context.config()?);
    let target = args.target;
    Box::pin(open(context, Start::Attach { target, wishes })).await
}

pub(crate) async fn pick(context: &Context<'_>) -> Result<u8> {
    require_terminal(
        "the picker",
        "without one: devtwin exec TARGET -- COMMAND, devtwin ls, devtwin --help",
    )?;
    Box::pin(open(context, Start::Picker)).await
}

pub(super) async fn open(context: &Context<'_>, start: Start) -> Result<u8> {
    open_learning(context, start, None).await
}

/// [`open`], with what the lessons need.
pub(super) async fn open_learning(
    context: &Context<'_>,
    start: Start,
    learn: Option<runtime::LearnPlace>,
) -> Result<u8> {
    let config = context.config()?;
    let engine = context.engine().await?;
    let sessions = context.sessions();
    let (lock, warning) = sessions.begin();
    let memory = Memory::new(state_dir().as_deref());
    let settings = Settings {
        remembered: memory.load(),
        ..settings(&config, !context.no_color(), engine.as_ref(), &lock)?
    };
    let place = runtime::Place {
        sessions: &sessions,
        lock: &lock,
        warning,
        setups: config.packages.setups()?,
        memory,
        learn,
    };
    let left = runtime::run(engine, place, start, settings).await?;
    for line in runtime::last_words(&left.paid) {
        context.printer.note(&line);
    }
    if left.kept {
        let words = "the twin is kept: devtwin ls lists it, devtwin attach TWIN opens it again";
        context.printer.note(words);
    }
    Ok(0)
}

/// The screen's settings; a wrong word in the configuration is found here, before the screen is taken.
fn settings(
    config: &Config,
    colour: bool,
    engine: &dyn Engine,
    lock: &SessionLock,
) -> Result<Settings> {
    let theme = ThemeName::parse(&config.theme).ok_or_else(|| {
        Error::new(
            ErrorKind::Usage,
            format!("config.toml: there is no theme {:?}", config.theme),
        )
        .hint("theme is \"dark\" or \"light\"")
    })?;
    let clipboard = ClipboardPolicy::parse(&config.clipboard).ok_or_else(|| {
        let what = format!(
            "config.toml: clipboard is {:?}, which means nothing",
            config.clipboard
        );
        Error::new(ErrorKind::Usage, what).hint("clipboard is \"ask\", \"allow\" or \"deny\"")
    })?;
    let (endpoint, endpoint_from) = engine.endpoint();
    Ok(Settings {
        colour,
        theme,
        leader: Chord::parse(&config.leader)?,
        scrollback: config.scrollback,
        clipboard,
        copy_on_select: config.copy_on_select,
        endpoint: endpoint.into(),
        endpoint_from: endpoint_from.into(),
        docker: engine.call(),
        session: lock.session().id.clone(),
        keymap: Keymap::defaults().over_table(&config.keys)?,
        wishes: TwinFlags::default().wishes(config),
        toolkits: config.toolkits.clone(),
        remembered: Remembered::default(),
    })
}

pub(super) fn require_terminal(what: &str, hint: &str) -> Result<()> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, format!("{what} needs a terminal")).hint(hint))
}
