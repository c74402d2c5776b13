//! `devtwin clean`: removes leftovers.

use std::time::Duration;

use crate::config::state_dir;
use crate::domain::error::Result;
use crate::domain::session::{Because, CleanWishes, Cleaned, Liveness};
use crate::lessons::WorkFolders;
use crate::ops::clean::clean;

use super::BAD_NEWS;
use super::context::{Context, now};
use super::output::{Meaning, Printer};
use super::table::{Cell, plain, table};

/// Remove twins, volumes, images and labs that killed sessions left behind
///
/// Removes what belongs to sessions of yours on this machine whose devtwin is gone. What is left alone
/// is listed with the reason. A twin whose devtwin is running is never removed from outside, not even with
/// --all. The volumes of downloaded packages stay for later twins, unless --caches is given. What such a session
/// did to a container on a yes is undone: a restart policy set to no comes back, a pause ends. Exit status 1 when
/// something could not be removed or undone.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin clean --dry-run
  devtwin clean --all --older 1d
  devtwin clean --caches")]
pub(crate) struct Args {
    /// Also twins kept for re-attach, and those of other users, machines and state folders (which may
    /// be in use there)
    #[arg(long)]
    all: bool,
    /// Only twins at least this old, such as 90s, 30m, 2h, 1d
    #[arg(long, value_name = "AGE", value_parser = duration)]
    older: Option<Duration>,
    /// Also the volumes in which package managers keep what they downloaded, where no container uses them
    #[arg(long)]
    caches: bool,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    let engine = context.engine().await?;
    let sessions = context.sessions();
    let ask = |id: &str, owner: &str| sessions.liveness(id, owner);
    let wishes = CleanWishes {
        all: args.all,
        older: args.older,
        caches: args.caches,
        dry_run: args.dry_run,
    };
    let report = clean(engine.as_ref(), &ask, wishes, now()).await?;
    if !report.dry_run {
        for session in report.emptied() {
            sessions.forget(session);
        }
        if let Some(owner) = sessions.owner() {
            let is_over = |id: &str| ask(id, &owner) == Liveness::Gone;
            WorkFolders::new(state_dir().as_deref()).sweep(is_over);
        }
    }
    let printer = context.printer;
    printer.answer("clean", &report, |printer| text(printer, &report))?;
    if report.is_empty() && report.is_complete() {
        printer.note("nothing to remove");
    }
    Ok(if report.is_complete() { 0 } else { BAD_NEWS })
}

fn text(printer: &Printer, report: &Cleaned) -> String {
    let removed = if report.dry_run {
        "would remove"
    } else {
        "removed"
    };
    let row = |verb: Cell, item: &Because| {
        [
            verb,
            plain(&item.twin.name),
            plain(&item.twin.target_name),
            plain(&item.why),
        ]
    };
    let volume = |verb: Cell, name: &str, why: &str| [verb, plain(name), plain(""), plain(why)];
    let failed = || (Meaning::Danger, "failed".to_owned());
    let mut rows = Vec::new();
    rows.extend(report.removed.iter().map(|item| row(plain(removed), item)));
    rows.extend(
        report
            .volumes
            .iter()
            .map(|name| volume(plain(removed), name, "volume")),
    );
    let images = report.images.iter();
    rows.extend(images.map(|name| volume(plain(removed), name, "image")));
    let labs = report.lab_containers.iter();
    rows.extend(labs.map(|name| volume(plain(removed), name, "of a lesson's lab")));
    let caches = report.caches.iter();
    rows.extend(caches.map(|name| volume(plain(removed), name, "downloaded packages")));
    rows.extend(report.failed.iter().map(|item| row(failed(), item)));
    rows.extend(
        report
            .failed_volumes
            .iter()
            .map(|line| volume(failed(), line, "volume")),
    );
    let restored = if report.dry_run {
        "would restore"
    } else {
        "restored"
    };
    rows.extend(report.debts.iter().map(|paid| {
        let verb = if paid.restored {
            plain(restored)
        } else {
            (Meaning::Muted, "settled".to_owned())
        };
        let what = if paid.restored && paid.stopped {
            let name = &paid.target_name;
            format!("{}; docker start {name} brings it back", paid.what)
        } else {
            paid.what.clone()
        };
        [verb, plain(""), plain(&paid.target_name), plain(&what)]
    }));
    let debts = report.failed_debts.iter();
    rows.extend(debts.map(|line| volume(failed(), "", line)));
    let images = report.failed_images.iter();
    rows.extend(images.map(|line| volume(failed(), line, "image")));
    let labs = report.failed_lab.iter();
    rows.extend(labs.map(|line| volume(failed(), "", line)));
    let left = || (Meaning::Muted, "left".to_owned());
    let labs = report.lab_left.iter();
    rows.extend(labs.map(|line| {
        volume(
            left(),
            "",
            &format!("{line}: your own, made from a lesson's lab"),
        )
    }));
    let debts = report.debts_left.iter();
    rows.extend(debts.map(|line| volume(left(), "", line)));
    rows.extend(report.left.iter().map(|item| row(left(), item)));
    let caches = report.caches_left.iter();
    rows.extend(
        caches.map(|name| volume(left(), name, "downloaded packages; a container uses it")),
    );
    if rows.is_empty() {
        return String::new();
    }
    table(printer, ["", "TWIN", "TARGET", "WHY"], &rows)
}

/// Reads an age: numbers with units, the largest first or in any order (`1h30m`).
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "an age is a number with s, m, h or d, such as 30m, 2h or 1h30m".to_owned();
    let mut seconds = 0_u64;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, tail) = rest.split_at(digits);
        let mut tail = tail.chars();
        let unit = match tail.next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            Some('d') => 86_400,
            _ => return Err(wrong()),
        };
        seconds = number
            .parse::<u64>()
            .ok()
            .and_then(|n| n.checked_mul(unit))
            .and_then(|n| n.checked_add(seconds))
            .ok_or_else(wrong)?;
        rest = tail.as_str();
    }
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_in_units() {
        for (text, seconds) in [
            ("0s", 0),
            ("90s", 90),
            ("30m", 1_800),
            ("2h", 7_200),
            ("1d", 86_400),
            ("1h30m", 5_400),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn ages_without_sense_are_refused() {
        for text in [
            "",
            "2",
            "h",
            "-2h",
            "2w",
            "2h3",
            "1.5h",
            "99999999999999999999s",
            "999999999999999999d",
            "2µ",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
