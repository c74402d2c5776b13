//! `devtwin doctor`: everything that devtwin stands on, each with a fix.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use crate::config::{Config, state_dir};
use crate::domain::Size;
use crate::domain::doctor::{Check, Doctor, Health};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::image::Reference;
use crate::domain::image::candidates::read;
use crate::engine::docker::logins;
use crate::ops::doctor::{Surroundings, examine};
use crate::session::create_private;

use super::BAD_NEWS;
use super::context::Context;
use super::output::{Meaning, Printer};
use super::table::{plain, table};

/// Check the engine, the terminal and the folders, and say how to mend what is wrong
///
/// Exit status 1 when devtwin cannot do its work (a check is `bad`), also when no engine answers.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(context: &Context<'_>, _args: Args) -> Result<u8> {
    let sessions = context.sessions();
    let ask = |id: &str, owner: &str| sessions.liveness(id, owner);
    let engine = context.engine().await;
    let engine = engine.as_deref().map_err(Clone::clone);
    let report = examine(engine, &surroundings(context), &ask, &is_dev_image).await;
    let printer = context.printer;
    printer.answer("doctor", &report, |printer| text(printer, &report))?;
    Ok(match report.worst() {
        Health::Ok | Health::Warn => 0,
        Health::Bad => BAD_NEWS,
    })
}

fn surroundings(context: &Context<'_>) -> Surroundings {
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let size = crossterm::terminal::size().ok();
    let place = context.environment.config_place();
    let file = place.path().filter(|path| path.exists());
    Surroundings {
        term: context.environment.term.clone(),
        colorterm: context.environment.colorterm.clone(),
        no_color: context.no_color(),
        size: size
            .filter(|_| is_terminal)
            .map(|(cols, rows)| Size::clamped(cols, rows)),
        state_dir: writable_state_dir(),
        config: Config::load(&place).map(|_| file.map(PathBuf::from)),
        logins: logins(
            context.environment.docker_folder.as_deref(),
            &context.environment.path,
        ),
    }
}

/// Whether the name alone says that an image has a shell and a package manager.
fn is_dev_image(reference: &str) -> bool {
    Reference::parse(reference)
        .ok()
        .and_then(|reference| read(&reference))
        .is_some_and(|reading| reading.own_dev.is_some())
}

/// The state folder, tried by writing into it.
fn writable_state_dir() -> Result<PathBuf> {
    let wrong = |what: String| {
        Error::new(ErrorKind::Internal, what)
            .hint("make it writable; until then leftovers of a killed devtwin need `clean --all`")
    };
    let dir = state_dir().ok_or_else(|| wrong("the system names no folder for state".into()))?;
    let probe = dir.join(format!("probe-{}", std::process::id()));
    create_private(&dir)
        .and_then(|()| std::fs::write(&probe, ""))
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|e| wrong(format!("{} cannot be written: {e}", dir.display())))?;
    Ok(dir)
}

fn text(printer: &Printer, report: &Doctor) -> String {
    let row = |check: &Check| {
        let meaning = match check.status {
            Health::Ok => Meaning::Good,
            Health::Warn => Meaning::Warning,
            Health::Bad => Meaning::Danger,
        };
        [
            (meaning, check.status.word().to_owned()),
            plain(check.id),
            plain(&check.found),
        ]
    };
    let fix = |fix: &String| [plain(""), plain(""), (Meaning::Muted, format!("→ {fix}"))];
    let rows: Vec<_> = report
        .checks
        .iter()
        .flat_map(|check| std::iter::once(row(check)).chain(check.fix.iter().map(fix)))
        .collect();
    table(printer, ["", "CHECK", "FOUND"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    #[test]
    fn each_fix_stands_below_its_check() {
        let report = Doctor {
            checks: vec![
                Check::ok("api", "1.41"),
                Check::warn("terminal", "small", "make it larger"),
            ],
        };
        let printer = Printer::new(false, true, &Environment::default());
        assert_eq!(
            text(&printer, &report),
            "      CHECK     FOUND\n\
             ok    api       1.41\n\
             warn  terminal  small\n\
             \x20               → make it larger\n"
        );
    }
}
