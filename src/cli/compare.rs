//! `devtwin compare`: two images or containers side by side.

mod files;
mod sbom;
mod text;

use std::path::PathBuf;

use clap::ValueEnum;
use regex::Regex;
use tokio_util::sync::CancellationToken;

use crate::app::text::bytes;
use crate::domain::Progress;
use crate::domain::compare::{Comparison, Content, Role, Verified, VerifyOutcome};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::pattern;
use crate::domain::plan::{PullPolicy, Wishes};
use crate::domain::twin::Session;
use crate::engine::Engine;
use crate::ops::compare::content::content;
use crate::ops::compare::verify::{COSIGN, verify};
use crate::ops::compare::{Asked, Given, compare, with_dev};
use crate::ops::unless_cancelled;

use super::context::Context;
use super::output::{self, Printer};
use super::signals::{swept_after, until_signalled};
use super::{BAD_NEWS, flags, subject};

/// Put two images or containers side by side: packages, configuration, layers, files, programs
///
/// With one name, a container or image is compared with its dev image, which is pulled when it is not here. With two,
/// any two containers or images are. Nothing is run and nothing is changed: files are read through the engine, of
/// images by a container that is never started. Packages and configuration come first, in a second or two; the files
/// take as long as the engine needs to send both roots.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags that may stand beside each other"
)]
#[command(after_long_help = "\
Examples:
  devtwin compare web                        a container and its dev image
  devtwin compare web --packages             only their packages: quick
  devtwin compare web --which curl           would this command exist in prod?
  devtwin compare app:1.4 app:1.5 --files --filter '^/etc/'
  devtwin compare web --diff /etc/nginx/nginx.conf
  devtwin compare web --sbom csv --output packages.csv
  devtwin compare cgr.dev/chainguard/nginx --verify
  devtwin compare web --json | jq -r '.packages.rows[] | select(.change != \"same\") | .name'")]
pub(crate) struct Args {
    /// Container (name, id or unique prefix) or image reference; when both exist, the container
    #[arg(value_name = "TARGET|IMAGE", value_parser = subject::name)]
    first: String,
    /// What to compare it with [default: its dev image]
    #[arg(value_name = "TARGET|IMAGE", value_parser = subject::name)]
    second: Option<String>,
    /// Only packages; may be joined with the next three
    #[arg(long)]
    packages: bool,
    /// Only configuration
    #[arg(long)]
    config: bool,
    /// Only layers and packages by size
    #[arg(long)]
    sizes: bool,
    /// Only files, programs and set-uid files
    #[arg(long)]
    files: bool,
    /// List only what matches a regular expression: packages, settings, paths
    #[arg(long, value_name = "PATTERN", value_parser = pattern::compiled)]
    filter: Option<Regex>,
    /// Say whether a command would be found in each, by name or path; may be repeated
    #[arg(long, value_name = "NAME", value_parser = command)]
    which: Vec<String>,
    /// Compare one text file of both, line by line; exit status 1 when neither has it
    #[arg(long, value_name = "PATH", value_parser = absolute)]
    diff: Option<String>,
    /// Write the list of packages of both, or the SPDX documents that are found in them
    #[arg(long, value_name = "FORM", value_enum, conflicts_with_all = ["which", "diff", "verify"])]
    sbom: Option<Form>,
    /// Where to: a file, a folder for spdx, or - for stdout (spdx as a tar)
    #[arg(long, value_name = "PATH", default_value = "-", requires = "sbom")]
    output: PathBuf,
    /// Check signatures and attestations by cosign, where it is installed; else print its commands
    #[arg(long)]
    verify: bool,
    /// Dev image to compare with, instead of the one that devtwin finds
    #[arg(long, value_name = "REF", value_parser = flags::image, conflicts_with = "second")]
    image: Option<String>,
    /// When to ask the registry for the dev image [default: missing, or what the configuration says]
    #[arg(long, value_name = "WHEN", value_parser = flags::pull(), conflicts_with = "second")]
    pull: Option<PullPolicy>,
}

/// Forms of a list of packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// The documents as they are found
    Spdx,
    /// One line for each package and version
    Csv,
    /// The same as a JSON document
    Json,
}

fn absolute(path: &str) -> Result<String, String> {
    if path.starts_with('/') {
        Ok(path.to_owned())
    } else {
        Err("the path is one of the containers: it begins with /".to_owned())
    }
}

fn command(name: &str) -> Result<String, String> {
    if name.trim().is_empty() {
        Err("it has no name; give one as curl or /usr/bin/curl".to_owned())
    } else {
        Ok(name.to_owned())
    }
}

impl Args {
    /// Fails when `--json` makes no sense beside the other flags.
    pub(crate) fn has_document(&self) -> Result<()> {
        if self.sbom.is_none() {
            return Ok(());
        }
        let message = "--sbom and --json are two documents: only one can be printed";
        Err(Error::new(ErrorKind::Usage, message).hint("--sbom json is a document of its own"))
    }

    /// Whether nothing narrows it.
    fn all(&self) -> bool {
        let narrowed = self.packages || self.config || self.sizes || self.files;
        let single =
            !self.which.is_empty() || self.diff.is_some() || self.verify || self.sbom.is_some();
        !narrowed && !single
    }

    /// Whether packages are listed one by one: their sizes need them, too.
    fn lists_packages(&self) -> bool {
        self.all() || self.packages
    }

    /// What is compared: all, unless something is named.
    fn asked(&self) -> Asked {
        let all = self.all();
        Asked {
            packages: all || self.packages || self.sizes || self.sbom.is_some(),
            config: all || self.config,
            sizes: all || self.sizes,
            files: all || self.files,
            which: self.which.clone(),
            filter: self.filter.clone(),
        }
    }
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    let config = context.config()?;
    let wishes = Wishes {
        image: args.image.clone(),
        dev_images: config.dev_images.clone(),
        pull: args.pull.unwrap_or(config.pull),
        ..Wishes::default()
    };
    let engine = context.engine().await?;
    let engine = engine.as_ref();
    let printer = context.printer;
    let first = subject::find(engine, &args.first, printer).await?;
    let second = match &args.second {
        Some(name) => Some(subject::find(engine, name, printer).await?),
        None => None,
    };
    let (lock, warning) = context.sessions().begin();
    // Images are looked into by containers of ours, which a kill could leave.
    if let Some(warning) = warning {
        printer.note(&warning);
    }
    let session = lock.session();
    let cancel = CancellationToken::new();
    let sink = progress(printer);
    let verb = Verb {
        engine,
        session,
        printer,
        sink: &sink,
        cancel: &cancel,
    };
    let work = Box::pin(async {
        let given = if let Some(second) = second {
            [(Role::First, first), (Role::Second, second)]
                .map(|(role, subject)| Given { role, subject })
        } else {
            let found = with_dev(engine, session, first, &wishes, &sink);
            let (given, resolution) = unless_cancelled(&cancel, Box::pin(found)).await?;
            for caveat in &resolution.caveats {
                printer.passing("");
                printer.note(caveat);
            }
            given
        };
        verb.answer(given, &args).await
    });
    let answered = until_signalled(work, &cancel).await;
    printer.passing("");
    match answered {
        Ok(status) => Ok(status),
        Err(error) => Err(swept_after(engine, session, error).await),
    }
}

/// Progress on a line that is replaced.
fn progress(printer: &Printer) -> impl Fn(Progress) + Send + Sync {
    let others = printer.progress();
    move |progress| match progress {
        Progress::Step(step) => {
            printer.passing(&format!("{step}…"));
            others(Progress::Step(step));
        }
        Progress::Copied(count) => {
            printer.passing(&format!("reading the files of both: {}", bytes(count)));
        }
        other => {
            printer.passing("");
            others(other);
        }
    }
}

struct Verb<'a> {
    engine: &'a dyn Engine,
    session: &'a Session,
    printer: &'a Printer,
    sink: &'a (dyn Fn(Progress) + Send + Sync),
    cancel: &'a CancellationToken,
}

impl Verb<'_> {
    async fn answer(&self, given: [Given; 2], args: &Args) -> Result<u8> {
        let asked = args.asked();
        if let Some(form) = args.sbom {
            return sbom::write(self, given, &asked, form, &args.output).await;
        }
        // Text of what is known early is printed early; a failure to print it comes up again with the rest.
        let early = |report: &Comparison| {
            if !self.printer.is_json() {
                self.printer.passing("");
                let printed = output::print(&text::facts(
                    self.printer,
                    report,
                    &asked,
                    args.lists_packages(),
                ));
                if let Err(error) = printed {
                    tracing::debug!(%error, "the first part could not be printed");
                }
            }
        };
        let compared = compare(
            self.engine,
            self.session,
            given.clone(),
            &asked,
            &early,
            self.sink,
            self.cancel,
        );
        let mut report = Box::pin(compared).await?.report;
        if let Some(path) = &args.diff {
            let read = content(self.engine, self.session, given, path, self.cancel);
            report.content = Some(Box::pin(read).await?);
        }
        if args.verify {
            let sides = [&report.left, &report.right];
            let verified = verify(self.engine, sides, COSIGN, self.sink, self.cancel).await?;
            report.verified = Some(verified);
        }
        self.printer.passing("");
        self.printer
            .answer("compare", &report, |printer| text::rest(printer, &report))?;
        Ok(status(report.verified.as_deref(), report.content.as_ref()))
    }
}

/// Bad news when a check went wrong, not when it could not be made; and when the file that was named is nowhere.
fn status(verified: Option<&[Verified]>, content: Option<&Content>) -> u8 {
    let mut checks = verified.into_iter().flatten();
    let missing = content.is_some_and(|file| file.missing);
    if missing || checks.any(|check| check.outcome == VerifyOutcome::Bad) {
        BAD_NEWS
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_signature_and_a_file_that_is_nowhere_are_bad_news() {
        let check = |outcome: VerifyOutcome| Verified {
            image: "x".into(),
            what: "signature".into(),
            command: String::new(),
            outcome,
            words: String::new(),
        };
        let (good, bad) = (VerifyOutcome::Good, VerifyOutcome::Bad);
        for (outcomes, wanted) in [([VerifyOutcome::NotRun, good], 0), ([good, bad], BAD_NEWS)] {
            assert_eq!(status(Some(&outcomes.map(check)), None), wanted);
        }
        for (missing, wanted) in [(false, 0), (true, BAD_NEWS)] {
            let file = Content {
                missing,
                ..Content::default()
            };
            assert_eq!(status(None, Some(&file)), wanted);
        }
        assert_eq!(status(None, None), 0);
    }
}
