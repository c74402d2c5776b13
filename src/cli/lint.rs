//! `devtwin lint`: what is in a Dockerfile, and what is wrong with it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::domain::dockerfile::lint::Finding;
use crate::domain::dockerfile::report::{Report, StageRow};
use crate::domain::dockerfile::{read, report};
use crate::domain::entrypoint::Severity;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::text::clean;
use crate::runtime::dockerfile;

use super::BAD_NEWS;
use super::context::Context;
use super::output::{Meaning, Printer};
use super::table::wrapped;

/// Say what is in a Dockerfile, and what is wrong with it
///
/// Reads the file alone: nothing is built and nothing is looked up. Prints its stages, what each is for and what leads
/// from one to another, then what is wrong, worst first, each with its line, its evidence and what to do. When a finding
/// is an error the exit status is 1.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin lint
  devtwin lint docker/Dockerfile --build-arg VERSION=3.12
  devtwin lint - < Dockerfile
  devtwin lint --json | jq -r '.findings[] | \"\\(.line): \\(.id)\"'
  devtwin explore --dockerfile Dockerfile     a shell before any of its steps")]
pub(crate) struct Args {
    /// Dockerfile, or - for standard input
    #[arg(value_name = "FILE", default_value = "Dockerfile")]
    file: String,
    /// Stage with which the build ends [default: the last]
    #[arg(long, value_name = "STAGE")]
    target: Option<String>,
    #[arg(help = "Value of an ARG; may be repeated")]
    #[arg(long, value_name = "NAME=VALUE", value_parser = argument)]
    build_arg: Vec<(String, String)>,
}

/// Reads `NAME=VALUE` of a `--build-arg`.
pub(super) fn argument(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("NAME=VALUE is wanted".to_owned()),
    }
}

/// The text of a Dockerfile, and its path. A directory stands for the Dockerfile in it.
pub(super) async fn text_of(file: &str) -> Result<(PathBuf, String)> {
    let path = Path::new(file);
    let path = if path.is_dir() {
        path.join("Dockerfile")
    } else {
        path.to_owned()
    };
    let text = dockerfile::read(&path.to_string_lossy()).await?;
    Ok((path, text))
}

/// Fails when a file has no stage of that name.
pub(super) fn check_target(
    text: &str,
    args: &BTreeMap<String, String>,
    target: Option<&str>,
) -> Result<()> {
    let Some(name) = target else { return Ok(()) };
    let file = read(text, args);
    if file.stage(name).is_some() {
        return Ok(());
    }
    let known: Vec<String> = file
        .stages
        .iter()
        .map(|stage| clean(&stage.label()).into_owned())
        .collect();
    let message = format!("there is no stage {}", clean(name));
    Err(Error::new(ErrorKind::Usage, message).hint(format!("stages: {}", known.join(", "))))
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    let text = if args.file == "-" {
        let mut text = String::new();
        let read = std::io::stdin()
            .lock()
            .take(1 << 21)
            .read_to_string(&mut text);
        read.map_err(|e| Error::new(ErrorKind::Usage, format!("cannot read standard input: {e}")))?;
        text
    } else {
        text_of(&args.file).await?.1
    };
    let given: BTreeMap<String, String> = args.build_arg.into_iter().collect();
    let target = args.target.as_deref();
    check_target(&text, &given, target)?;
    let report = report(&args.file, &text, &given, target);
    context
        .printer
        .answer("dockerfile", &report, |printer| page(printer, &report))?;
    Ok(match report.worst() {
        Some(Severity::Error) => BAD_NEWS,
        Some(Severity::Warning | Severity::Note) | None => 0,
    })
}

/// The whole report as text.
fn page(printer: &Printer, report: &Report) -> String {
    let mut out = String::new();
    for stage in &report.stages {
        out.push_str(&of_stage(printer, report, stage));
    }
    if let Some(syntax) = &report.syntax {
        let _ = writeln!(out, "read by {} (# syntax)", clean(syntax));
    }
    for finding in &report.findings {
        // A file that cannot be read has no stages above.
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&found(printer, report, finding));
    }
    out.push('\n');
    out.push_str(&sum(printer, &report.findings));
    out
}

fn of_stage(printer: &Printer, report: &Report, stage: &StageRow) -> String {
    let label = stage.label();
    let role = if stage.needed {
        stage.role.word().to_owned()
    } else {
        format!("{}, not needed", stage.role.word())
    };
    let mut out = format!(
        "{}  {}  from {}\n",
        printer.paint(Meaning::Answer, &clean(&label)),
        printer.paint(Meaning::Muted, &role),
        clean(&stage.base)
    );
    for step in &stage.steps {
        let line = format!("{:>5} ", step.line);
        let taken = report
            .edges
            .iter()
            .filter(|edge| edge.line == step.line && step.keyword != "FROM");
        let taken: Vec<String> = taken
            .map(|edge| format!("   ← {}", clean(&edge.from)))
            .collect();
        let text = crate::domain::text::bounded(&step.text, 100);
        out.push_str(&printer.paint(Meaning::Muted, &line));
        out.push_str(&text);
        out.push_str(&printer.paint(Meaning::Muted, &taken.concat()));
        out.push('\n');
    }
    out
}

fn found(printer: &Printer, report: &Report, finding: &Finding) -> String {
    let (word, meaning) = match finding.severity {
        Severity::Error => ("error", Meaning::Danger),
        Severity::Warning => ("warning", Meaning::Warning),
        Severity::Note => ("note", Meaning::Muted),
    };
    let mut out = format!(
        "{}:{}: {} {}\n",
        clean(&report.file),
        finding.line,
        printer.paint(meaning, &format!("{word}:")),
        printer.paint(Meaning::Answer, finding.id)
    );
    out.push_str(&wrapped(&clean(&finding.meaning), "  "));
    for line in &finding.evidence {
        out.push_str(&wrapped(&clean(line), "  | "));
    }
    for line in &finding.advice {
        out.push_str(&wrapped(&clean(line), "  → "));
    }
    out
}

fn sum(printer: &Printer, findings: &[Finding]) -> String {
    let severities: Vec<Severity> = findings.iter().map(|f| f.severity).collect();
    super::entrypoint::sum(printer, &severities)
}
