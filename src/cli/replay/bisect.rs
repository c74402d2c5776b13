//! `devtwin replay --bisect`: which one setting makes it fail.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::bisect::{Bisect, Consent};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::{PullPolicy, Wishes};
use crate::domain::replay::{Ending, duration};
use crate::domain::replica::Mounts;
use crate::domain::target::Image;
use crate::ops::bisect::{LIMIT, News, Search, bisect, it_runs, last_ending};
use crate::ops::{replay, unless_cancelled};

use super::super::consent;
use super::{Network, Work};
use crate::cli::BAD_NEWS;

pub(super) async fn run(work: &Work<'_>, cancel: &CancellationToken) -> Result<u8> {
    let (engine, target, args) = (work.engine, work.target, work.args);
    let printer = work.context.printer;
    let limit = args.timeout.unwrap_or(LIMIT);
    let wanted = last_ending(engine, target, limit, cancel).await?;
    if wanted == Some(Ending::Lives) {
        return Err(it_runs(target));
    }
    let image = unless_cancelled(cancel, engine.image(&target.image_id)).await?;
    let dev = unless_cancelled(cancel, local_dev_image(work)).await?;
    let search = Search {
        target,
        wanted,
        image: image.as_ref(),
        dev: dev.as_ref(),
        consent: Consent {
            network: args.network == Network::Same,
            mounts: args.mounts(),
            base: args.base(),
        },
        limit,
        serial: 1,
    };
    let intended = said(&search.begin(), limit, search.consent);
    if !args.yes {
        consented(work, &intended, cancel).await?;
    }
    let told = |news: News| match news {
        News::Trying(what) => tracing::info!(what, "a replica is run"),
        News::Tried(trial) => printer.note(&trial.line(0)),
    };
    let report = bisect(engine, work.session, search, &told, cancel).await?;
    printer.answer("bisect", &report, |_| report.to_text())?;
    Ok(if report.is_found() { 0 } else { BAD_NEWS })
}

/// The dev image, when it is among the engine's images: nothing is pulled for one of many runs.
async fn local_dev_image(work: &Work<'_>) -> Result<Option<Image>> {
    let wishes = Wishes {
        pull: PullPolicy::Never,
        ..work.wishes()
    };
    let found = replay::dev_image(work.engine, work.session, work.target, &wishes, &|_| {}).await;
    match found {
        Ok(image) => Ok(Some(image)),
        Err(error) if error.kind == ErrorKind::NoDevImage => {
            tracing::debug!(%error, "it is not run on a dev image");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// What will be run, and for how long.
fn said(bisect: &Bisect, limit: Duration, consent: Consent) -> Vec<String> {
    let most = bisect.most();
    let each = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    let all = each.saturating_mul(most.try_into().unwrap_or(u64::MAX));
    let mut lines = vec![format!(
        "runs up to {most} replicas, each for {} at most, {} in all:",
        duration(each),
        duration(all)
    )];
    lines.extend(
        bisect
            .intended()
            .into_iter()
            .map(|what| format!("  {what}")),
    );
    let volumes = match consent.mounts {
        Mounts::Same => "its volumes as it has them: replicas write into them, too",
        Mounts::ReadOnly => "its volumes read-only",
        Mounts::None => "without its volumes",
    };
    let network = if consent.network {
        "with its networks where it fails only with them"
    } else {
        "without a network"
    };
    lines.push(format!(
        "{network}; {volumes}; the target itself is not touched"
    ));
    lines
}

async fn consented(work: &Work<'_>, intended: &[String], cancel: &CancellationToken) -> Result<()> {
    let printer = work.context.printer;
    if !consent::may_ask() {
        let error = Error::new(
            ErrorKind::Usage,
            "--bisect runs the container many times: it needs a yes",
        );
        let error = error.hint("--yes gives it");
        return Err(intended
            .iter()
            .fold(error, |error, line| error.and_hint(line)));
    }
    for line in intended {
        printer.note(line);
    }
    printer.note("go on? y/N");
    let answer = unless_cancelled(cancel, async { Ok(consent::answer().await) }).await?;
    if matches!(answer.as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Error::cancelled().hint("nothing was run"))
}
