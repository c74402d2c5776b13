//! `devtwin packages list`: what is installed.

use serde::Serialize;

use crate::app::text::bytes;
use crate::cli::context::Context;
use crate::cli::output::{Meaning, Printer};
use crate::cli::table::{Cell, plain, table};
use crate::domain::error::Result;
use crate::domain::packages::Here;
use crate::domain::text::bounded;
use crate::ops::packages::installed;

use super::place::{TwinArgs, in_twin};

/// List what is installed in a twin
///
/// Those that were asked for by name come first; the others came with them. A package that is not wholly installed
/// says why.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin packages list web
  devtwin packages list web --json | jq -r '.packages[] | select(.explicit) | .name'")]
pub(super) struct Args {
    #[command(flatten)]
    twin: TwinArgs,
}

/// The document of `devtwin packages list`.
#[derive(Debug, Serialize)]
struct Report {
    twin: String,
    manager: &'static str,
    packages: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    #[serde(flatten)]
    here: Here,
}

pub(super) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    in_twin(context, &args.twin, true, async |work| {
        let installed = installed(work.engine, &work.desk, work.cancel).await?;
        let rows = installed.packages.into_iter();
        let mut packages: Vec<_> = rows.map(|(name, here)| Row { name, here }).collect();
        packages.sort_by_key(|row| !row.here.explicit); // stable: by name among each
        let report = Report {
            twin: work.known.twin.plan.name.clone(),
            manager: work.desk.manager.id(),
            packages,
        };
        let printer = context.printer;
        printer.answer("packages-list", &report, |printer| text(printer, &report))?;
        if report.packages.is_empty() {
            printer.note("nothing is installed");
        }
        Ok(0.into())
    })
    .await
}

fn text(printer: &Printer, report: &Report) -> String {
    if report.packages.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = report.packages.iter().map(cells).collect();
    table(printer, ["PACKAGE", "VERSION", "SIZE", "WHY"], &rows)
}

fn cells(row: &Row) -> [Cell; 4] {
    let why = match (&row.here.broken, row.here.explicit) {
        (Some(why), _) => (Meaning::Danger, format!("broken: {}", bounded(why, 80))),
        (None, true) => plain("asked for"),
        (None, false) => (Meaning::Muted, "came along".into()),
    };
    let size = match row.here.size {
        0 => String::new(),
        size => bytes(size),
    };
    [
        plain(bounded(&row.name, 60)),
        plain(bounded(&row.here.version, 40)),
        plain(size),
        why,
    ]
}
