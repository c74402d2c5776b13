//! `devtwin entrypoint`: what runs when a container starts, and why it may not.

mod sarif;
mod text;

pub(super) use text::sum;

use tokio_util::sync::CancellationToken;

use crate::domain::entrypoint::Severity;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::ops::inspect::inspect;
use crate::ops::resolve::Subject;

use super::context::Context;
use super::signals::{swept_after, until_signalled};
use super::{BAD_NEWS, output, subject};

/// Say what runs when a container or image starts, and what is wrong with it
///
/// Reads configuration, files and state; runs nothing and changes nothing. Prints what runs and where each
/// part comes from, the chain from the program to its interpreter and libraries, user, directory and
/// variables, then what is wrong, worst first, each with its evidence and what to do. When a finding is an
/// error the exit status is 1.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin entrypoint web                    a container, running or not
  devtwin entrypoint acme/web:1.4           an image that never ran
  devtwin entrypoint acme/web:1.4 || exit   in a pipeline: stops at an error
  devtwin entrypoint web --json | jq -r '.findings[] | .id'
  devtwin entrypoint acme/web:1.4 --sarif > web.sarif")]
pub(crate) struct Args {
    /// Container (name, id or unique prefix) or image reference; when both exist, the container
    #[arg(value_name = "TARGET|IMAGE", value_parser = subject::name)]
    subject: String,
    /// Print the findings as a SARIF 2.1.0 log, for code scanning
    #[arg(long)]
    sarif: bool,
    /// Show the values of variables that look like secrets; in text only
    #[arg(long, conflicts_with = "sarif")]
    reveal: bool,
}

impl Args {
    /// Fails when `--json` makes no sense beside the other flags.
    pub(crate) fn has_document(&self) -> Result<()> {
        let message = if self.sarif {
            "--sarif and --json are two documents: only one can be printed"
        } else if self.reveal {
            "--reveal shows secrets in text only: documents are kept and sent on"
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Usage, message).hint("leave one of them out"))
    }
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    let engine = context.engine().await?;
    let printer = context.printer;
    let subject = subject::find(engine.as_ref(), &args.subject, printer).await?;
    let (lock, warning) = context.sessions().begin();
    // Only an image is looked into by a container of ours, which a kill could leave.
    if let (Subject::Image(_), Some(warning)) = (&subject, warning) {
        printer.note(&warning);
    }
    let session = lock.session();
    let cancel = CancellationToken::new();
    let work = Box::pin(inspect(engine.as_ref(), session, &subject, None, &cancel));
    let inspected = match until_signalled(work, &cancel).await {
        Ok(inspected) => inspected,
        Err(error) => return Err(swept_after(engine.as_ref(), session, error).await),
    };
    tracing::info!(
        bytes = inspected.bytes,
        questions = inspected.questions,
        "read of files"
    );
    if args.sarif {
        output::raw_document(&sarif::log(&inspected.report))?;
    } else {
        printer.answer("entrypoint", &inspected, |printer| {
            text::of(printer, &inspected.report, args.reveal)
        })?;
    }
    Ok(match inspected.report.worst() {
        Some(Severity::Error) => BAD_NEWS,
        Some(Severity::Warning | Severity::Note) | None => 0,
    })
}
