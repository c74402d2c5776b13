//! `devtwin packages search`: what can be had.

use std::ops::RangeInclusive;

use serde::Serialize;

use crate::app::text::bytes;
use crate::cli::BAD_NEWS;
use crate::cli::context::Context;
use crate::cli::output::{Meaning, Printer};
use crate::cli::table::{Cell, plain, table_cut};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages::{Match, Package, Stock, Trouble, Why};
use crate::domain::text::bounded;
use crate::ops::packages::stock;

use super::change::news;
use super::place::{TwinArgs, in_twin};
use super::text;

/// Matches that are printed unless told otherwise.
const MOST: usize = 40;

/// Columns that a description gets, at least and at most.
const WORDS: RangeInclusive<usize> = 20..=200;

/// Find packages by name, by a command or library in them, or by words of their description
///
/// Knows names of other distributions, too: dnsutils finds bind-tools. Without a word all packages are listed.
/// Exit status 1 when nothing is found.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin packages search web dig
  devtwin packages search web libcurl.so.4
  devtwin packages search web http client --json | jq -r '.matches[].name'")]
pub(super) struct Args {
    #[command(flatten)]
    twin: TwinArgs,
    /// Words; all of them must match
    words: Vec<String>,
    /// Fetch the indexes of the repositories first
    #[arg(long)]
    refresh: bool,
    /// The most packages to print
    #[arg(long, value_name = "N", default_value_t = MOST)]
    most: usize,
}

/// The document of `devtwin packages search`.
#[derive(Debug, Serialize)]
struct Report {
    twin: String,
    manager: &'static str,
    words: String,
    /// How many there are in all.
    total: usize,
    matches: Vec<Row>,
    troubles: Vec<Trouble>,
}

#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    package: Package,
    /// Version that is installed.
    installed: Option<String>,
    /// Why it is not wholly installed.
    broken: Option<String>,
    /// Why it was found, in words.
    why: String,
}

pub(super) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    let words = args.words.join(" ");
    let printer = context.printer;
    in_twin(context, &args.twin, true, async |work| {
        let news = news(printer);
        let stock = stock(work.engine, &work.desk, args.refresh, &news, work.cancel).await?;
        let (manager, installed) = (stock.manager.id(), &stock.installed);
        let found = stock.catalogue.find(manager, &words, installed, args.most);
        let report = Report {
            twin: work.known.twin.plan.name.clone(),
            manager,
            total: found.total,
            matches: found
                .matches
                .into_iter()
                .map(|found| row(found, &stock))
                .collect(),
            words,
            troubles: stock.troubles,
        };
        printer.answer("packages-search", &report, |printer| {
            text_of(printer, &report)
        })?;
        text::explain(printer, &report.troubles);
        let shown = report.matches.len();
        if report.total > shown && shown > 0 {
            let total = report.total;
            printer.note(&format!("{shown} of {total}; --most {total} shows all"));
        }
        if report.matches.is_empty() {
            printer.explain(&nothing(&report));
            return Ok(BAD_NEWS.into());
        }
        Ok(0.into())
    })
    .await
}

fn row(found: Match, stock: &Stock) -> Row {
    let here = stock.installed.packages.get(&found.package.name);
    Row {
        installed: here.map(|here| here.version.clone()),
        broken: here.and_then(|here| here.broken.clone()),
        why: why(&found.why),
        package: found.package,
    }
}

fn why(why: &Why) -> String {
    match why {
        Why::Exact => "exact name".into(),
        Why::Provides(what) => format!("provides {}", bounded(what, 60)),
        Why::Known(known) => format!("known as {}", known.name),
        Why::Name => "name".into(),
        Why::Description => "description".into(),
        Why::Fuzzy => "similar name".into(),
    }
}

fn text_of(printer: &Printer, report: &Report) -> String {
    if report.matches.is_empty() {
        return String::new();
    }
    let heading = [
        "PACKAGE",
        "VERSION",
        "SIZE",
        "INSTALLED",
        "FOUND BY",
        "DESCRIPTION",
    ];
    let rows = report.matches.iter().map(cells).collect();
    table_cut(printer, heading, rows, WORDS)
}

fn cells(row: &Row) -> [Cell; 6] {
    let installed = match (&row.installed, &row.broken) {
        (_, Some(_)) => (Meaning::Danger, "broken".into()),
        (Some(version), None) if *version == row.package.version => (Meaning::Good, "yes".into()),
        (Some(version), None) => (Meaning::Warning, bounded(version, 40)),
        (None, None) => plain(""),
    };
    let size = match row.package.size {
        0 => String::new(),
        size => bytes(size),
    };
    [
        plain(bounded(&row.package.name, 60)),
        plain(bounded(&row.package.version, 40)),
        plain(size),
        installed,
        (Meaning::Muted, row.why.clone()),
        plain(bounded(&row.package.description, *WORDS.end())),
    ]
}

fn nothing(report: &Report) -> Error {
    let Report { words, manager, .. } = report;
    let message = format!(
        "{manager} has nothing that matches {:?}",
        bounded(words, 80)
    );
    let hint = if report.troubles.is_empty() {
        "try a command (dig), a library (libcurl.so.4), a word of what it does, or fewer words"
    } else {
        "not all repositories could be read: see above"
    };
    Error::new(ErrorKind::NoTarget, message).hint(hint)
}
