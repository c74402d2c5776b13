//! What can be had and what is there: indexes and databases, read on a thread of their own.

use std::io::{self, Read as _};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::pieces::Pieces;
use super::run::{self, Why};
use super::{Desk, NewsSink, told};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages::{Catalogue, Installed, Printed, Stock, Trouble};
use crate::engine::Engine;

/// Bytes that are read of all indexes: the largest public ones have a tenth of this.
const INDEX: u64 = 1024 * 1024 * 1024;
/// Packages that are kept of all indexes: six times what Debian has.
const PACKAGES: usize = 400_000;
/// Bytes that are read of the database of what is installed.
const DATABASE: u64 = 64 * 1024 * 1024;
/// How long reading that database may take.
const READ: Duration = Duration::from_secs(30);

/// What can be had, and what is there. Fetches the indexes first when `refresh`, or when there are none; where
/// that fails, what is there counts, and why stands among its troubles.
pub async fn stock(
    engine: &dyn Engine,
    desk: &Desk,
    refresh: bool,
    sink: NewsSink<'_>,
    cancel: &CancellationToken,
) -> Result<Stock> {
    let mut troubles = Vec::new();
    if refresh {
        troubles = fetch(engine, desk, sink, cancel).await?;
    }
    // Both at once: the first look is waited for. And both to their ends: a command that is dropped would hang.
    let reading = read_index(engine, desk, cancel);
    let (index, installed) = tokio::join!(reading, installed(engine, desk, cancel));
    let (mut index, installed) = (index?, installed?);
    if index.catalogue.is_empty() && !refresh {
        troubles = fetch(engine, desk, sink, cancel).await?;
        index = read_index(engine, desk, cancel).await?;
    }
    if troubles.is_empty() {
        troubles = index.troubles;
    }
    Ok(Stock {
        manager: desk.manager,
        catalogue: Arc::new(index.catalogue),
        installed,
        troubles,
    })
}

/// Fetches the indexes; what went wrong.
async fn fetch(
    engine: &dyn Engine,
    desk: &Desk,
    sink: NewsSink<'_>,
    cancel: &CancellationToken,
) -> Result<Vec<Trouble>> {
    let what = desk.manager.refresh(&desk.setup);
    let (printed, ended) = run::lines(engine, desk, &what, sink, &mut |_| {}, cancel).await?;
    if ended.why == Why::Cancelled {
        return Err(Error::cancelled());
    }
    let mut troubles = told::silence(desk, &ended);
    // Some managers call it a success when a repository was left out.
    troubles.extend(match printed.status {
        Some(0) => desk.manager.troubles(&printed),
        _ => told::troubles(desk, &printed),
    });
    Ok(troubles)
}

/// An index that was read.
struct Index {
    catalogue: Catalogue,
    /// Why it is not whole.
    troubles: Vec<Trouble>,
}

async fn read_index(engine: &dyn Engine, desk: &Desk, cancel: &CancellationToken) -> Result<Index> {
    let manager = desk.manager;
    let read = move |from: Pieces| {
        let mut packages = Vec::new();
        let mut from = from.take(INDEX);
        let read = manager.read_index(&mut from, &mut |package| {
            if packages.len() < PACKAGES {
                packages.push(package);
            }
        });
        if from.limit() == 0 || packages.len() == PACKAGES {
            tracing::warn!("the indexes are longer than what is read of them");
        }
        // Before the next second of computing: the command waits to be read.
        drop(from);
        let catalogue = Catalogue::new(packages, &|a, b| manager.compare(a, b));
        (catalogue, read)
    };
    let what = manager.index(&desk.setup);
    let ((catalogue, read), printed, ended) = run::data(engine, desk, &what, read, cancel).await?;
    let mut troubles = told::silence(desk, &ended);
    if ended.why == Why::Itself && printed.status != Some(0) {
        troubles.extend(told::troubles(desk, &printed));
    } else if let Err(error) = read {
        troubles.push(told::other(
            format!("the indexes of {} cannot be read: {error}", manager.id()),
            "fetch them anew",
            &printed,
        ));
    }
    Ok(Index {
        catalogue,
        troubles,
    })
}

/// What is installed.
pub async fn installed(
    engine: &dyn Engine,
    desk: &Desk,
    cancel: &CancellationToken,
) -> Result<Installed> {
    let manager = desk.manager;
    let read = move |from: Pieces| {
        let mut bytes = Vec::new();
        from.take(DATABASE + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > DATABASE {
            return Err(io::Error::other("it is too long"));
        }
        Ok(manager.read_installed(&bytes))
    };
    let what = manager.installed(&desk.setup);
    let stop = cancel.child_token();
    let mut reading = pin!(run::data(engine, desk, &what, read, &stop));
    let done = tokio::select! {
        done = &mut reading => done,
        () = sleep(READ) => {
            stop.cancel();
            let late = reading.await.err();
            tracing::debug!(?late, "a database was not read in time");
            return Err(unreadable(desk, "it takes too long", &Printed::default()));
        }
    };
    let (read, printed, ended) = done?;
    match read {
        Err(error) => Err(unreadable(desk, &error.to_string(), &printed)),
        Ok(installed) if printed.status == Some(0) => Ok(installed),
        Ok(_) => {
            let status = printed.status.map(|status| format!("status {status}"));
            let lost = ended.left.map(|error| error.message);
            let why = status.or(lost).unwrap_or_else(|| "no answer came".into());
            Err(unreadable(desk, &why, &printed))
        }
    }
}

fn unreadable(desk: &Desk, why: &str, printed: &Printed) -> Error {
    let said = printed.lines.last().map_or("", |(_, line)| line.as_str());
    let said = if said.is_empty() {
        String::new()
    } else {
        format!(" ({said})")
    };
    let (id, twin) = (desk.manager.id(), desk.twin.short());
    let what = format!("what {id} has installed in twin {twin} cannot be read: {why}{said}");
    Error::new(ErrorKind::Engine, what).hint(format!(
        "look into it by hand: docker exec -u 0 -it {twin} {}",
        desk.shell
    ))
}
