//! The image of an explorer with a merged root: the dev image with the explored image's own files over it.

use tokio_util::sync::CancellationToken;

use super::fetched;
use crate::domain::Progress;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages;
use crate::domain::plan::Plan;
use crate::domain::target::ContainerId;
use crate::engine::Engine;
use crate::ops::launch::{PATIENCE, Request};
use crate::ops::resolve::probe;
use crate::ops::{unless_cancelled, within};

/// Where package managers keep what is installed, beside what they [keep](packages::PackageManager::keeps) otherwise.
const DATABASES: &[&str] = &[
    "/lib/apk/db",
    "/usr/lib/apk/db",
    "/var/lib/dpkg",
    "/var/lib/rpm",
    "/usr/lib/sysimage/rpm",
];

/// Makes the image `name`, through containers that are never started. Given up, or failed, those are removed.
pub(super) async fn make(
    engine: &dyn Engine,
    plan: &Plan,
    name: &str,
    request: &Request<'_>,
    cancel: &CancellationToken,
) -> Result<()> {
    let fetch = fetched(engine, &plan.target_name, request.wishes.pull, request.sink);
    let app = unless_cancelled(cancel, fetch).await?;
    let Some(dev) = engine.image(&plan.image).await? else {
        let message = format!("dev image {} is not among the engine's images", plan.image);
        return Err(Error::new(ErrorKind::NoDevImage, message));
    };
    (request.sink)(Progress::Step(format!(
        "laying the files of {} over the dev image",
        plan.target_name
    )));
    let mut probes = Vec::new();
    let made = async {
        for image in [&app, &dev, &dev] {
            // Not given up in the middle: what the engine has begun to make could not be found again.
            let id = engine
                .create(&probe::plan(image, request.session), None)
                .await?;
            probes.push(id);
        }
        let [of_app, over, of_dev] = probes.as_slice() else {
            return Ok(());
        };
        unless_cancelled(cancel, lay(engine, of_app, over, of_dev)).await?;
        engine.commit(over, name, &plan.labels).await.map(drop)
    };
    let made = made.await;
    let mut removed = Ok(());
    for id in &probes {
        removed = removed.and(within(PATIENCE, engine.remove(id)).await);
    }
    made.and(removed)
}

/// The app's files over the dev image's, and over those again what the dev image knows of its packages: of those that only
/// it has the app's knows nothing, and a package manager would take them for strays.
async fn lay(
    engine: &dyn Engine,
    app: &ContainerId,
    over: &ContainerId,
    dev: &ContainerId,
) -> Result<()> {
    let files = engine.root_stream(app).await?;
    engine.put_stream(over, "/", files).await?;
    let kept = packages::ALL.iter().flat_map(|manager| manager.keeps());
    for path in kept.chain(DATABASES) {
        if engine.peek(dev, path).await?.is_none() {
            continue;
        }
        let kept = engine.archive_stream(dev, path).await?;
        let parent = path.rsplit_once('/').map_or("/", |(parent, _)| parent);
        let parent = if parent.is_empty() { "/" } else { parent };
        engine.put_stream(over, parent, kept).await?;
    }
    Ok(())
}
