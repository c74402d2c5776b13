//! The dev image beside the target's image: configuration, packages, build times, platforms (domain.md §1.8).

use tokio_util::sync::CancellationToken;

use super::contents::packages;
use super::facts::Facts;
use super::probe;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::image::likeness::{Side, likeness};
use crate::domain::image::{Likeness, Resolution, plain};
use crate::domain::log::Moment;
use crate::domain::packages::Package;
use crate::domain::target::{ContainerId, Image};
use crate::domain::twin::Session;
use crate::engine::Engine;
use crate::ops::unless_cancelled;

/// Writes into the report how alike both images are, as far as both are here. What cannot be read is not known, and
/// no reason to fail.
pub(super) async fn compare(
    engine: &dyn Engine,
    session: &Session,
    facts: &mut Facts,
    report: &mut Resolution,
) {
    let Some(target) = facts.own_image(engine).await else {
        return;
    };
    emulated(engine, &target, report).await;
    // Itself is like itself, and a toolbox is like nothing.
    let sibling = !report.own_dev && !report.toolbox;
    let Some(reference) = report.dev_image.clone().filter(|_| sibling) else {
        return;
    };
    let Some(dev) = known(engine.image(&reference).await).flatten() else {
        return;
    };
    let files = known(facts.container(engine, session).await);
    let cancel = CancellationToken::new();
    let sides = (&target, files.as_ref(), &dev);
    report.likeness = known(beside(engine, session, sides, &cancel).await);
}

/// How alike the image of a container and a dev image are: a dev image's files are read by a container that is created,
/// never started, and removed again, also when it is cancelled.
///
/// # Errors
/// `NoTarget` when the container or one of the images is gone, `Cancelled`, and what the engine refuses.
pub async fn alike(
    engine: &dyn Engine,
    session: &Session,
    target: &ContainerId,
    dev: &str,
    cancel: &CancellationToken,
) -> Result<Likeness> {
    let images = async {
        let target = engine.inspect(&target.0).await?;
        let of = async |name: &str, whose: &str| {
            engine.image(name).await?.ok_or_else(|| {
                let message = format!("the {whose} ({}) is not here any more", plain(name));
                Error::new(ErrorKind::NoTarget, message).hint("docker images lists what is here")
            })
        };
        let ours = of(&target.image_id, "target's image").await?;
        Ok((ours, of(dev, "dev image").await?))
    };
    let (ours, theirs) = unless_cancelled(cancel, images).await?;
    beside(engine, session, (&ours, Some(target), &theirs), cancel).await
}

/// Compares an image, whose files are in a container, with another one.
async fn beside(
    engine: &dyn Engine,
    session: &Session,
    (target, files, dev): (&Image, Option<&ContainerId>, &Image),
    cancel: &CancellationToken,
) -> Result<Likeness> {
    let ours = async {
        Ok(match files {
            Some(id) => listed(engine, id).await,
            None => None,
        })
    };
    let ours = unless_cancelled(cancel, ours).await?;
    let theirs = match known(engine.create(&probe::plan(dev, session), None).await) {
        Some(id) => {
            let theirs = unless_cancelled(cancel, async { Ok(listed(engine, &id).await) }).await;
            probe::removed(engine, &id).await;
            theirs?
        }
        None => None,
    };
    let times = async {
        Ok(futures_util::join!(
            built(engine, &target.id),
            built(engine, &dev.id)
        ))
    };
    let (built, dev_built) = unless_cancelled(cancel, times).await?;
    let seconds = |built: Option<Moment>| built.map_or(0, Moment::seconds);
    Ok(likeness(
        Side {
            image: target,
            packages: ours.as_deref(),
            built: seconds(built),
        },
        Side {
            image: dev,
            packages: theirs.as_deref(),
            built: seconds(dev_built),
        },
    ))
}

/// Says when the target's programs need an emulator on the engine's machine.
async fn emulated(engine: &dyn Engine, target: &Image, report: &mut Resolution) {
    let Some(machine) = known(engine.machine().await) else {
        return;
    };
    let (ours, theirs) = (target.architecture.as_str(), machine.as_str());
    if !ours.is_empty() && !theirs.is_empty() && ours != theirs {
        report.caveats.push(format!(
            "the target's image is for {}, and the engine's machine is {theirs}: both run under emulation there",
            plain(&target.platform())
        ));
    }
}

async fn listed(engine: &dyn Engine, id: &ContainerId) -> Option<Vec<Package>> {
    known(packages(engine, id).await).flatten()
}

/// When an image was built: the last of its steps; none when that is not known.
pub(super) async fn built(engine: &dyn Engine, image: &str) -> Option<Moment> {
    let steps = known(engine.history(image).await).unwrap_or_default();
    let last = steps.iter().map(|step| step.created).max();
    last.filter(|seconds| *seconds > 0).map(Moment::of_seconds)
}

fn known<T>(answer: Result<T>) -> Option<T> {
    answer
        .inspect_err(|error| tracing::debug!(%error, "the images are not compared"))
        .ok()
}
