//! The command line: the TUI's actions for scripts, as text or JSON of the same reports.
//!
//! One file per verb. stdout is data, stderr is talk (`output`); the exit status follows the kind of
//! the error, and docs/json.md has both for scripts.

mod attach;
mod clean;
mod compare;
mod completions;
mod consent;
mod context;
#[cfg(test)]
mod docs;
mod doctor;
mod entrypoint;
mod exec;
mod explore;
mod flags;
mod learn;
mod lint;
mod ls;
mod man;
mod output;
mod packages;
mod plan;
mod recipe;
mod replay;
mod resolve;
mod signals;
mod subject;
mod table;
mod tryout;

use std::ffi::OsString;
use std::future::Future;

use clap::error::{ContextKind, ContextValue, ErrorKind as ClapKind};
use clap::{CommandFactory as _, Parser, Subcommand};

use crate::config::{Environment, state_dir};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::logging;

use context::Context;
use output::Printer;

/// Exit status of an answer that is bad news, though nothing went wrong in giving it.
const BAD_NEWS: u8 = 1;

/// Find the dev image of a running distroless container and open a root shell beside it.
///
/// devtwin finds the development sibling of a container's image (`python:latest` → `python:latest-dev`),
/// starts it beside the container with the same network, processes and volumes, and gives you a shell in
/// it as root. The container itself is never changed. Without a verb, devtwin lets you pick a container.
#[derive(Debug, Parser)]
#[command(name = "devtwin", version, max_term_width = 100, after_long_help = AFTER)]
#[command(
    disable_help_subcommand = true,
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs"
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Option<Verb>,
}

const AFTER: &str = "\
Examples:
  devtwin                          pick a container
  devtwin attach web               a root shell beside the container web
  devtwin exec web -- ss -tlnp     one command there; its exit status is devtwin's
  devtwin explore acme/web:1.4     the dev image of an image, without a container
  devtwin resolve web              which dev image belongs to it, and why
  devtwin entrypoint web           what runs in it, and why it may not start
  devtwin compare web              what its dev image has beside it, and what differs
  devtwin plan web                 what attach would create, as a docker run line
  devtwin replay web               its own command once more, and how it ended
  devtwin packages add web curl    install it in a twin beside web, which is kept
  devtwin learn                    lessons on images without a shell, done on your engine

Exit status:
  0 done · 1 the answer is bad news · 2 usage · 3 no such target · 4 no dev image
  5 engine unreachable, or it refused · 6 cancelled · 125 devtwin's own fault
  exec, replay and try pass the status of their program through.";

/// Flags that every verb takes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    #[arg(long, global = true, value_name = "URL")]
    #[arg(
        help = "Engine to use, unix:///path, tcp://host:port or ssh://user@host [env: DOCKER_HOST]"
    )]
    host: Option<String>,
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "host")]
    #[arg(help = "Docker context to use, as `docker context ls` names it [env: DOCKER_CONTEXT]")]
    context: Option<String>,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    json: bool,
    #[arg(long, global = true, help = "Print without colour [env: NO_COLOR]")]
    no_color: bool,
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    #[arg(help = "Write more to the log file; -vv and -vvv still more [env: DEVTWIN_LOG]")]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Attach(attach::Args),
    Exec(exec::Args),
    Explore(explore::Args),
    Resolve(resolve::Args),
    Entrypoint(entrypoint::Args),
    Compare(compare::Args),
    Plan(plan::Args),
    Lint(lint::Args),
    Replay(replay::Args),
    Recipe(recipe::Args),
    Try(tryout::Args),
    Packages(packages::Args),
    Learn(learn::Args),
    Ls(ls::Args),
    Clean(clean::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs devtwin with the process's arguments, program name first; the exit status.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<_> = args.into_iter().collect();
    let environment = Environment::read();
    match Cli::try_parse_from(&args) {
        Ok(cli) => {
            let Global { json, no_color, .. } = cli.global;
            let printer = Printer::new(json, no_color, &environment);
            conclude(&printer, dispatch(cli, environment, &printer))
        }
        Err(error) => {
            let asked = |flag: &str| {
                let before_command = args.iter().take_while(|arg| *arg != "--");
                before_command.into_iter().any(|arg| arg == flag)
            };
            let printer = Printer::new(asked("--json"), asked("--no-color"), &environment);
            conclude(&printer, misparsed(&error, &printer))
        }
    }
}

fn conclude(printer: &Printer, result: Result<u8>) -> u8 {
    result.unwrap_or_else(|error| {
        printer.error(&error);
        error.kind.exit_code()
    })
}

fn dispatch(cli: Cli, environment: Environment, printer: &Printer) -> Result<u8> {
    let Cli { global, verb } = cli;
    let log = environment.log.as_deref();
    if let Err(why) = logging::start(state_dir().as_deref(), global.verbose, log)
        && (global.verbose > 0 || log.is_some())
    {
        printer.note(&format!("nothing is logged: {why}"));
    }
    if global.json {
        has_document(verb.as_ref())?;
    }
    let context = Context::new(global, environment, printer);
    match verb {
        None => block_on(attach::pick(&context)),
        Some(Verb::Attach(args)) => block_on(attach::run(&context, args)),
        Some(Verb::Exec(args)) => block_on(exec::run(&context, args)),
        Some(Verb::Explore(args)) => block_on(explore::run(&context, args)),
        Some(Verb::Resolve(args)) => block_on(resolve::run(&context, args)),
        Some(Verb::Entrypoint(args)) => block_on(entrypoint::run(&context, args)),
        Some(Verb::Compare(args)) => block_on(compare::run(&context, args)),
        Some(Verb::Plan(args)) => block_on(plan::run(&context, args)),
        Some(Verb::Lint(args)) => block_on(lint::run(&context, args)),
        Some(Verb::Replay(args)) => block_on(replay::run(&context, args)),
        Some(Verb::Recipe(args)) => block_on(recipe::run(&context, args)),
        Some(Verb::Try(args)) => block_on(tryout::run(&context, args)),
        Some(Verb::Packages(args)) => block_on(packages::run(&context, args)),
        Some(Verb::Learn(args)) => block_on(learn::run(&context, args)),
        Some(Verb::Ls(args)) => block_on(ls::run(&context, args)),
        Some(Verb::Clean(args)) => block_on(clean::run(&context, args)),
        Some(Verb::Doctor(args)) => block_on(doctor::run(&context, args)),
        Some(Verb::Completions(args)) => completions::run(&args),
        Some(Verb::Man(args)) => man::run(&args),
    }
}

/// Refuses `--json` where devtwin has no document to give: a script should learn that at once.
fn has_document(verb: Option<&Verb>) -> Result<()> {
    let (name, hint) = match verb {
        None => ("the picker", "for scripts there is `devtwin ls --json`"),
        Some(Verb::Attach(_)) => (
            "attach",
            "`devtwin plan TARGET --json` says what it would create",
        ),
        Some(Verb::Explore(_)) => (
            "explore",
            "`devtwin plan IMAGE --json` says what it would create",
        ),
        Some(Verb::Exec(_)) => (
            "exec",
            "its output is that of the command; leave --json out",
        ),
        Some(Verb::Completions(_)) => ("completions", "leave --json out"),
        Some(Verb::Man(_)) => ("man", "leave --json out"),
        Some(Verb::Entrypoint(args)) => return args.has_document(),
        Some(Verb::Compare(args)) => return args.has_document(),
        Some(Verb::Learn(args)) => return args.has_document(),
        Some(
            Verb::Resolve(_)
            | Verb::Plan(_)
            | Verb::Lint(_)
            | Verb::Replay(_)
            | Verb::Recipe(_)
            | Verb::Try(_)
            | Verb::Packages(_)
            | Verb::Ls(_)
            | Verb::Clean(_)
            | Verb::Doctor(_),
        ) => {
            return Ok(());
        }
    };
    let message = format!("{name} has no JSON document");
    Err(Error::new(ErrorKind::Usage, message).hint(hint))
}

/// Help and version are data; everything else that clap says is a usage error.
fn misparsed(error: &clap::Error, printer: &Printer) -> Result<u8> {
    let text = error.render();
    match error.kind() {
        ClapKind::DisplayHelp | ClapKind::DisplayVersion => {
            let text = if printer.is_coloured() {
                text.ansi().to_string()
            } else {
                text.to_string()
            };
            output::print(&text)?;
            Ok(0)
        }
        _ => {
            let text = text.to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            // clap's further paragraphs (usage, "tip: …") are advice: the hint.
            let (message, advice) = text.split_once("\n\n").unwrap_or((text, ""));
            let mut hints = Vec::new();
            // Not for what was meant as a verb below one of ours.
            let of_ours = text.contains("Usage: devtwin [OPTIONS]");
            if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
                && of_ours
            {
                hints.push(format!(
                    "for a shell beside a container: devtwin attach {word}"
                ));
            }
            // A wrong option is seldom meant as a value: clap's advice for that leads astray.
            let advice = advice
                .lines()
                .map(|line| line.trim().trim_start_matches("tip: "))
                .filter(|line| !line.is_empty() && !line.starts_with("to pass '"));
            hints.extend(advice.map(str::to_owned));
            if hints.len() > 1 {
                hints.retain(|line| !line.starts_with("For more information"));
            }
            let message: Vec<_> = message.lines().map(str::trim).collect();
            Err(Error::new(ErrorKind::Usage, message.join(" ")).hint(hints.join("\n")))
        }
    }
}

/// Runs a verb on a runtime of its own. The runtime is not waited for at the end: a blocked read of
/// stdin would never let it finish.
fn block_on(verb: impl Future<Output = Result<u8>>) -> Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| {
            Error::new(
                ErrorKind::Internal,
                format!("the async runtime failed: {e}"),
            )
        })?;
    let result = runtime.block_on(verb);
    runtime.shutdown_background();
    result
}

fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_sound() {
        command().debug_assert();
    }

    fn exec_of(line: &str) -> exec::Args {
        let words = line.split(' ');
        match Cli::try_parse_from(words).unwrap().verb {
            Some(Verb::Exec(args)) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn exec_takes_its_command_with_and_without_dashes() {
        for line in [
            "devtwin exec -it web -- ls -l --json -v",
            "devtwin exec -i -t web ls -l --json -v",
            "devtwin exec web -it -- ls -l --json -v",
        ] {
            let args = exec_of(line);
            assert_eq!(args.argv, ["ls", "-l", "--json", "-v"], "{line}");
            assert!(args.interactive && args.tty, "{line}");
        }
        let args = exec_of("devtwin exec web -- -odd");
        assert_eq!(args.argv, ["-odd"]);
        let args = exec_of("devtwin exec web -- env -- x");
        assert_eq!(args.argv, ["env", "--", "x"]);
    }

    #[test]
    fn verbs_of_later_versions_are_unknown() {
        for verb in ["config", "help"] {
            let error = Cli::try_parse_from(["devtwin", verb]).unwrap_err();
            assert_eq!(error.kind(), ClapKind::InvalidSubcommand, "{verb}");
        }
    }
}
