//! `devtwin exec`: one command in a twin, for scripts.

mod with;

use std::cell::Cell;
use std::convert::Infallible;
use std::io::{self, IsTerminal as _};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::domain::Size;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages::{Change, Setups, Verb};
use crate::ops::clean::may_be_left;
use crate::ops::exec::{Ended, Exec, Io, exec};

use with::{With, exec_with};

use super::context::Context;
use super::flags::TwinFlags;
use super::signals::{GRACE, sweep, swept_after, until_signalled};

/// Size of a terminal that nobody has.
const NO_TERMINAL: (u16, u16) = (80, 24);

/// Run one command in a twin beside a container, running or not
///
/// Starts a twin as attach does, runs the command in it as root, passes its output on, removes the
/// twin, and ends with the command's exit status. Without -t, output is passed on byte for byte and
/// the two streams stay apart. When TARGET is a twin that runs (devtwin ls), the command runs in that one,
/// which stays; of the flags that say what twin is made, only --user counts then.
#[derive(Debug, clap::Args)]
#[command(override_usage = "devtwin exec [OPTIONS] <TARGET> [--] <ARGV>...")]
#[command(after_long_help = "\
Examples:
  devtwin exec web -- ps aux
  devtwin exec web -- cat /target/app/config.toml > config.toml
  devtwin exec crashed -- tail /target/var/log/app.log
  devtwin exec -i db -- psql -h localhost < query.sql
  devtwin exec -it web -- sh -c 'cd /target && exec sh'
  devtwin exec --with strace,procps web -- strace -p 1
  devtwin exec devtwin-web-4f1c9a02 -- curl -s localhost:8080")]
pub(crate) struct Args {
    /// Pass standard input on to the command
    #[arg(short, long)]
    pub(crate) interactive: bool,
    /// Give the command a terminal
    #[arg(short, long)]
    pub(crate) tty: bool,
    /// Packages to install before the command runs, with a comma in between; may be repeated
    #[arg(long, value_name = "PACKAGE", value_delimiter = ',')]
    with: Vec<String>,
    #[command(flatten)]
    flags: TwinFlags,
    /// Container or twin, by name, id or unique prefix of the id
    target: String,
    /// Command and its arguments; devtwin's own flags stand before it
    #[arg(required = true, trailing_var_arg = true, value_name = "ARGV")]
    pub(crate) argv: Vec<String>,
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    if args.tty {
        has_terminal(args.interactive)?;
    }
    let config = context.config()?;
    let mut setups = Setups::new();
    if !args.with.is_empty() {
        Change::new(Verb::Install, &args.with)?; // a slip costs no twin
        setups = config.packages.setups()?;
    }
    let wishes = args.flags.wishes(&config);
    let engine = context.engine().await?;
    let (lock, warning) = context.sessions().begin();
    if let Some(warning) = warning {
        context.printer.note(&warning);
    }
    let what = Exec {
        target: &args.target,
        argv: args.argv,
        tty: args.tty.then(terminal_size),
        wishes: &wishes,
        patience: GRACE,
    };
    let raw = RawMode::default();
    let has_keyboard = args.tty && args.interactive;
    let (send_size, sizes) = mpsc::channel(1);
    let io = Io {
        stdin: args.interactive.then(|| Box::new(tokio::io::stdin()) as _),
        stdout: Box::new(tokio::io::stdout()),
        stderr: Box::new(tokio::io::stderr()),
        sizes: args.tty.then_some(sizes),
        lend: &|lent| raw.set(lent && has_keyboard),
    };
    let progress = context.printer.progress();
    let cancel = CancellationToken::new();
    let session = lock.session();
    let command = Box::pin(async {
        let engine = engine.as_ref();
        let ran = async {
            if args.with.is_empty() {
                return exec(engine, session, what, io, &progress, &cancel).await;
            }
            let with = With {
                names: &args.with,
                setups: &setups,
                printer: context.printer,
            };
            Box::pin(exec_with(engine, session, what, io, with, &cancel)).await
        };
        tokio::select! {
            result = ran => result,
            never = follow_size(send_size) => match never {},
        }
    });
    let result = until_signalled(command, &cancel).await;
    drop(raw); // what it gave up in the middle has not taken the terminal back
    match result {
        Ok(Ended { status, left }) => {
            if let Some(error) = left
                && !sweep(engine.as_ref(), session).await
            {
                context.printer.explain(&may_be_left(error));
            }
            Ok(exit_status(status))
        }
        Err(error) => Err(swept_after(engine.as_ref(), session, error).await),
    }
}

/// Refuses `-t` when there is no terminal to stand for: a script that asks for one gets no raw bytes.
fn has_terminal(interactive: bool) -> Result<()> {
    let input = io::stdin().is_terminal();
    if interactive && !input {
        let error = Error::new(ErrorKind::Usage, "exec -it needs a terminal as its input");
        return Err(error.hint("leave -t out: devtwin exec -i TARGET -- COMMAND"));
    }
    if !input && !io::stdout().is_terminal() && !io::stderr().is_terminal() {
        let error = Error::new(
            ErrorKind::Usage,
            "exec -t needs a terminal, and there is none",
        );
        return Err(error.hint("leave -t out: devtwin exec TARGET -- COMMAND"));
    }
    Ok(())
}

/// Statuses are bytes; what is no byte is still no success.
fn exit_status(status: i64) -> u8 {
    u8::try_from(status).unwrap_or(u8::MAX)
}

fn terminal_size() -> Size {
    let (cols, rows) = crossterm::terminal::size().unwrap_or(NO_TERMINAL);
    Size::clamped(cols, rows)
}

/// Passes each new size of our terminal on. It is read when there is room for it, so that the last
/// one to arrive is the current one.
#[cfg(unix)]
async fn follow_size(to: mpsc::Sender<Size>) -> Infallible {
    use tokio::signal::unix::{SignalKind, signal};

    let Ok(mut changed) = signal(SignalKind::window_change()) else {
        return std::future::pending().await;
    };
    while changed.recv().await.is_some() {
        match to.reserve().await {
            Ok(room) => room.send(terminal_size()),
            Err(_) => break, // the command has ended
        }
    }
    std::future::pending().await
}

#[cfg(not(unix))]
async fn follow_size(_to: mpsc::Sender<Size>) -> Infallible {
    std::future::pending().await
}

/// Whether the terminal passes keys on as they are. It does not after this value's end.
#[derive(Default)]
struct RawMode {
    on: Cell<bool>,
}

impl RawMode {
    fn set(&self, on: bool) -> Result<()> {
        if on == self.on.get() {
            return Ok(());
        }
        let done = if on {
            crossterm::terminal::enable_raw_mode()
        } else {
            crossterm::terminal::disable_raw_mode()
        };
        done.map_err(|e| {
            let mode = if on { "raw" } else { "its usual" };
            let message = format!("the terminal cannot be switched to {mode} mode: {e}");
            Error::new(ErrorKind::Internal, message)
        })?;
        self.on.set(on);
        Ok(())
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        if let Err(error) = self.set(false) {
            tracing::warn!(%error, "the terminal is left in raw mode");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_status_of_a_failure_becomes_success() {
        let statuses = [0, 1, 137, 255, 256, -1, i64::MAX].map(exit_status);
        assert_eq!(statuses, [0, 1, 137, 255, 255, 255, 255]);
    }
}
