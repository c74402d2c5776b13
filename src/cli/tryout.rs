//! `devtwin try`: files of a twin, run in the production image.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::domain::entrypoint::Severity;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::text::clean;
use crate::domain::tryout::{Trial, Tryout};
use crate::domain::twin::session_of;
use crate::ops::attach::known;
use crate::ops::tryout::{Try, tryout};
use crate::ops::unless_cancelled;

use super::context::Context;
use super::flags::TwinFlags;
use super::output::Printer;
use super::replay::{exit_status, limit, print, variable};
use super::signals::{swept_after, until_signalled};

/// How long it may run, unless `--timeout` says otherwise.
const LIMIT: Duration = Duration::from_secs(10);

/// Run the production image with files that were made in a twin
///
/// Makes a container of the production image, copies the files into it at their paths, with their owners and
/// permissions, runs it as the image's own user, says how that ended, and removes it. Where it fails, the entrypoint
/// inspector says what is wrong in exactly that container. Nothing is built, and neither twin nor image is changed.
/// The exit status is that of the program; 0 when it still ran when its time was over.
#[derive(Debug, clap::Args)]
#[command(override_usage = "devtwin try [OPTIONS] --file <PATH> <TWIN> [-- <ARGV>...]")]
#[command(after_long_help = "\
Examples:
  devtwin ls
  devtwin try --file /work/app devtwin-web-4f1c09aa -- /work/app --version
  devtwin try --file /opt/venv --set LOG_LEVEL=debug --timeout 30s devtwin-web-4f1c09aa")]
pub(crate) struct Args {
    /// File or folder of the twin, by its absolute path; may be repeated
    #[arg(long = "file", value_name = "PATH", required = true)]
    files: Vec<String>,
    /// Variable to set, NAME=VALUE; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    set: Vec<(String, String)>,
    /// How long it may run, such as 30s or 2m [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = limit)]
    timeout: Option<Duration>,
    /// Twin, by name or id: devtwin ls lists them
    twin: String,
    /// Program and arguments instead of the image's own
    #[arg(last = true, value_name = "ARGV")]
    argv: Vec<String>,
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    let config = context.config()?;
    let engine = context.engine().await?;
    let engine = engine.as_ref();
    let (lock, warning) = context.sessions().begin();
    let printer = context.printer;
    if let Some(warning) = warning {
        printer.note(&warning);
    }
    let wishes = TwinFlags::default().wishes(&config);
    let cancel = CancellationToken::new();
    let command = Box::pin(async {
        let twin = engine.inspect(&args.twin).await?;
        if session_of(&twin.name, &twin.config.labels).is_none() {
            return Err(no_twin(&twin.name));
        }
        let known = unless_cancelled(&cancel, known(engine, twin, &wishes)).await?;
        let wanted = Try {
            twin: &known.twin,
            image: &known.target.image,
            trial: Trial {
                paths: args.files.clone(),
                argv: args.argv.clone(),
                env: args.set.clone(),
            },
            limit: args.timeout.unwrap_or(LIMIT),
            pull: wishes.pull,
            serial: 1,
        };
        let progress = printer.progress();
        let (out, pieces) = mpsc::channel(16);
        let tried = tryout(
            engine,
            lock.session(),
            wanted,
            Some(out),
            &progress,
            &cancel,
        );
        let (report, _) = tokio::join!(tried, print::pass(pieces, printer.is_json()));
        tell(printer, &report?)
    });
    match until_signalled(command, &cancel).await {
        Ok(status) => Ok(status),
        Err(error) => Err(swept_after(engine, lock.session(), error).await),
    }
}

fn no_twin(name: &str) -> Error {
    let message = format!("{} is no twin of devtwin's", clean(name));
    Error::new(ErrorKind::Usage, message).hint(format!(
        "devtwin ls lists them; devtwin attach --keep {} makes one",
        clean(name)
    ))
}

fn tell(printer: &Printer, report: &Tryout) -> Result<u8> {
    let status = exit_status(report.ending.status());
    if printer.is_json() {
        printer.answer("tryout", report, |_| String::new())?;
        return Ok(status);
    }
    for note in &report.notes {
        printer.note(note);
    }
    printer.note(&format!("{}: {}", report.headline(), report.words));
    for finding in &report.findings {
        let word = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        printer.note(&format!("{word} {}: {}", finding.id, finding.meaning));
        for line in &finding.evidence {
            printer.note(&format!("  · {line}"));
        }
        for line in finding.advice.iter().take(2) {
            printer.note(&format!("  → {line}"));
        }
    }
    Ok(status)
}
