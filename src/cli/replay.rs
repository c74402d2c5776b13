//! `devtwin replay`: a container once more, as a replica of its own.

mod bisect;
pub(super) mod print;

use std::time::Duration;

use clap::ValueEnum;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::domain::Size;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::Wishes;
use crate::domain::replay::{Replayed, explained};
use crate::domain::replica::edits::{Base, Edits, read_limit, writable};
use crate::domain::replica::{Limit, Mounts, Room};
use crate::domain::target::Target;
use crate::domain::twin::{Session, session_of};
use crate::engine::Engine;
use crate::ops::replay::{self, Ran, Replay, Staged, Staging};
use crate::ops::unless_cancelled;

use super::context::Context;
use super::output::Printer;
use super::signals::{swept_after, until_signalled};

/// How long a replica may run, unless `--timeout` says otherwise.
const LIMIT: Duration = Duration::from_secs(30);

/// Pieces of output on their way to the terminal.
const PIECES: usize = 16;

/// Run a container's own command again, as a replica, and say how it ended
///
/// Makes a new container with the target's configuration (image, command, variables, user, limits,
/// capabilities, mounts), runs it, passes its output on, says on stderr how it ended and what that means, and removes it.
/// The target itself is never touched; it may be running, stopped or in a restart loop. A replica publishes no
/// ports, has no network unless --network same gives it the target's, and has none of the target's labels.
/// The exit status is that of the program; 0 when it still ran when its time was over.
#[derive(Debug, clap::Args)]
#[command(override_usage = "devtwin replay [OPTIONS] <TARGET> [-- <ARGV>...]")]
#[command(after_long_help = "\
Examples:
  devtwin replay web
  devtwin replay --set LOG_LEVEL=debug --user 0 --volumes none web
  devtwin replay --state died --timeout 5s web
  devtwin replay --on-dev-image web -- /bin/sh -c 'ls -l /etc/app'
  devtwin replay --bisect web")]
pub(crate) struct Args {
    /// Variable to set, NAME=VALUE; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    set: Vec<(String, String)>,
    /// Variable to take away; may be repeated
    #[arg(long, value_name = "NAME", value_parser = variable_name)]
    unset: Vec<String>,
    /// User, by name or number, instead of the target's
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Working directory instead of the target's
    #[arg(long, value_name = "DIR", value_parser = directory)]
    workdir: Option<String>,
    /// Memory limit, such as 64m or 1g, or none, instead of the target's
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    memory: Option<Limit>,
    /// What the replica gets of the target's volumes and binds; must be said when it could write into them
    #[arg(long, value_name = "HOW")]
    volumes: Option<Volumes>,
    /// Which network it gets
    #[arg(long, value_name = "WHICH", default_value = "none")]
    network: Network,
    /// On which files it stands
    #[arg(long, value_name = "WHICH", default_value = "image")]
    state: State,
    /// Put the target's files over its dev image and run it there, with a shell and tools beside it
    #[arg(long, conflicts_with = "state")]
    on_dev_image: bool,
    /// How long it may run, such as 30s or 2m [default: 30s; with --bisect 10s for each run]
    #[arg(long, value_name = "TIME", value_parser = limit)]
    timeout: Option<Duration>,
    /// Find the one setting that makes it fail: run it again and again, changing one thing at a time
    #[arg(long, conflicts_with_all = ["set", "unset", "user", "workdir", "memory", "on_dev_image", "argv"])]
    bisect: bool,
    /// With --bisect: do not ask before the first run
    #[arg(long, requires = "bisect")]
    yes: bool,
    /// Container, by name, id or unique prefix of the id
    target: String,
    /// Program and arguments instead of the target's own
    #[arg(last = true, value_name = "ARGV")]
    argv: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Volumes {
    /// As the target has them: what it may write, the replica may write, too
    Same,
    /// All of them, read-only
    ReadOnly,
    /// None of them
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Network {
    /// None
    None,
    /// Those of the target
    Same,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum State {
    /// The target's image, as it once began
    Image,
    /// What the target left behind, with all that it wrote
    Died,
}

impl Args {
    fn edits(&self) -> Edits {
        let unset = self.unset.iter().map(|name| (name.clone(), None));
        let set = self
            .set
            .iter()
            .cloned()
            .map(|(name, value)| (name, Some(value)));
        Edits {
            argv: (!self.argv.is_empty()).then(|| self.argv.clone()),
            user: self.user.clone(),
            workdir: self.workdir.clone(),
            env: unset.chain(set).collect(),
            mounts: self.mounts(),
            memory: self.memory.unwrap_or_default(),
            base: self.base(),
            ..Edits::default()
        }
    }

    fn mounts(&self) -> Mounts {
        match self.volumes {
            Some(Volumes::Same) => Mounts::Same,
            Some(Volumes::None) => Mounts::None,
            Some(Volumes::ReadOnly) | None => Mounts::ReadOnly,
        }
    }

    fn base(&self) -> Base {
        match self.state {
            _ if self.on_dev_image => Base::DevImage,
            State::Image => Base::Image,
            State::Died => Base::Died,
        }
    }
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    let config = context.config()?;
    let engine = context.engine().await?;
    let engine = engine.as_ref();
    let target = engine.inspect(&args.target).await?;
    if session_of(&target.name, &target.config.labels).is_some() {
        let message = format!("{} is one of devtwin's own containers", target.name);
        let error = Error::new(ErrorKind::Usage, message);
        return Err(error.hint("name the container that it was made for: devtwin ls"));
    }
    if !args.bisect {
        about_volumes(&target, args.volumes)?;
    }
    let (lock, warning) = context.sessions().begin();
    if let Some(warning) = warning {
        context.printer.note(&warning);
    }
    let cancel = CancellationToken::new();
    let work = Work {
        context,
        engine,
        config: &config,
        session: lock.session(),
        target: &target,
        args: &args,
    };
    let command = Box::pin(async {
        if args.bisect {
            return bisect::run(&work, &cancel).await;
        }
        once(&work, &cancel).await
    });
    match until_signalled(command, &cancel).await {
        Ok(status) => Ok(status),
        Err(error) => Err(swept_after(engine, lock.session(), error).await),
    }
}

/// What a run needs.
struct Work<'a> {
    context: &'a Context<'a>,
    engine: &'a dyn Engine,
    config: &'a Config,
    session: &'a Session,
    target: &'a Target,
    args: &'a Args,
}

impl Work<'_> {
    fn wishes(&self) -> Wishes {
        super::flags::TwinFlags::default().wishes(self.config)
    }
}

/// A replica that writes into the target's data must be asked for.
fn about_volumes(target: &Target, volumes: Option<Volumes>) -> Result<()> {
    let names: Vec<&str> = writable(target).map(|m| m.destination.as_str()).collect();
    if volumes.is_some() || names.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{} can write into what is mounted at {}, and a replica could, too: say what it gets of it",
        target.name,
        names.join(", ")
    );
    Err(Error::new(ErrorKind::Usage, message)
        .hint("--volumes read-only: it sees the data and cannot change it")
        .and_hint("--volumes none: it does not see it")
        .and_hint("--volumes same: it writes into it, as the target does"))
}

async fn once(work: &Work<'_>, cancel: &CancellationToken) -> Result<u8> {
    let Work {
        engine,
        session,
        target,
        args,
        ..
    } = *work;
    let printer = work.context.printer;
    let edits = args.edits();
    let progress = printer.progress();
    let dev = match edits.base {
        Base::DevImage => {
            let wishes = work.wishes();
            let found = replay::dev_image(engine, session, target, &wishes, &progress);
            Some(unless_cancelled(cancel, found).await?)
        }
        Base::Image | Base::Died => None,
    };
    let staging = Staging {
        session,
        target,
        base: edits.base,
        serial: 1,
        dev: dev.as_ref(),
    };
    let staged = replay::stage(engine, staging, &progress, cancel).await?;
    let ran = on_stage(work, &edits, &staged, cancel).await;
    let gone = replay::unstage(engine, &staged).await;
    let status = ran?;
    gone.map(|()| status)
}

async fn on_stage(
    work: &Work<'_>,
    edits: &Edits,
    staged: &Staged,
    cancel: &CancellationToken,
) -> Result<u8> {
    let Work {
        engine,
        session,
        target,
        args,
        ..
    } = *work;
    let printer = work.context.printer;
    let room = match args.network {
        Network::None => Room::Isolated,
        Network::Same => Room::Networked,
    };
    let replica = staged
        .edits(edits)
        .replica(target, session, 1, room, staged.image.clone());
    let image = engine.image(&target.image_id).await?;
    let mut report = Replayed {
        target: target.name.clone(),
        replica: replica.name.clone(),
        docker_run: replica.docker_run(target, image.as_ref()),
        changes: edits.changes(target),
        ending: crate::domain::replay::Ending::Lives,
        words: String::new(),
        millis: 0,
        stdout: String::new(),
        stderr: String::new(),
    };
    let run = Replay {
        replica: &replica,
        target,
        size: Size::clamped(80, 24),
        limit: args.timeout.unwrap_or(LIMIT),
    };
    let (out, pieces) = mpsc::channel(PIECES);
    let (ran, kept) = tokio::join!(
        replay::replay(engine, run, Some(out), cancel),
        print::pass(pieces, printer.is_json()),
    );
    let Ran { ending, millis } = ran?;
    let (stdout, stderr) = kept;
    report.words = explained(&ending, millis);
    (report.millis, report.stdout, report.stderr) = (millis, stdout, stderr);
    let status = exit_status(ending.status());
    report.ending = ending;
    tell(printer, &report)?;
    Ok(status)
}

fn tell(printer: &Printer, report: &Replayed) -> Result<()> {
    if printer.is_json() {
        return printer.answer("replay", report, |_| String::new());
    }
    if !report.changes.is_empty() {
        printer.note(&format!("changed: {}", report.changes.join("; ")));
    }
    printer.note(&format!(
        "the replica of {}: {}",
        report.target, report.words
    ));
    Ok(())
}

/// Statuses are bytes; what is no byte is still no success.
pub(super) fn exit_status(status: i64) -> u8 {
    u8::try_from(status).unwrap_or(u8::MAX)
}

pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is wanted")?;
    if value.contains('\0') {
        return Err("a NUL in it".into());
    }
    Ok((variable_name(name)?, value.to_owned()))
}

fn variable_name(name: &str) -> Result<String, String> {
    if name.is_empty() || name.contains(['=', '\0']) || name.contains(char::is_whitespace) {
        return Err("the name of a variable is wanted, without = and blanks".into());
    }
    Ok(name.to_owned())
}

fn directory(text: &str) -> Result<String, String> {
    if text.starts_with('/') {
        Ok(text.to_owned())
    } else {
        Err("an absolute path is wanted".into())
    }
}

fn memory(text: &str) -> Result<Limit, String> {
    match read_limit(text)? {
        Limit::Same => Err("a size like 64m or 1g is wanted, or none".into()),
        limit => Ok(limit),
    }
}

pub(super) fn limit(text: &str) -> Result<Duration, String> {
    let wrong = || "a time such as 10s, 2m or 1h is wanted, at least 1s".to_owned();
    let limit = super::clean::duration(text).map_err(|_| wrong())?;
    if limit.is_zero() {
        Err(wrong())
    } else {
        Ok(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_read_and_slips_are_told() {
        assert_eq!(variable("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert_eq!(variable("A="), Ok(("A".into(), String::new())));
        for text in ["A", "=b", "A B=c"] {
            assert!(variable(text).is_err(), "{text}");
        }
        assert!(variable_name("A=b").is_err());
        assert_eq!(memory("none"), Ok(Limit::None));
        assert_eq!(memory("64m"), Ok(Limit::Bytes(64 << 20)));
        assert!(memory("much").is_err_and(|why| why.contains("none")));
        assert!(directory("srv").is_err());
        assert_eq!(limit("90s"), Ok(Duration::from_secs(90)));
        for text in ["0s", "5", "-1s", "x"] {
            assert!(limit(text).is_err(), "{text}");
        }
    }
}
