//! Explore: what an attach does where there is an image and no container. [`made`] has what it needs before its twin.

mod copy;
pub(super) mod made;
mod merged;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::explore::{self, stands_for};
use crate::domain::plan::{Folder, FolderHow, Mode, Plan, PullPolicy};
use crate::domain::target::{Image, Mount, MountKind, Target};
use crate::domain::twin::{EXPLORE_PREFIX, FOLDER_PREFIX, Twin};
use crate::domain::{Progress, Sink};
use crate::engine::Engine;
use crate::ops::launch::{PATIENCE, Request};
use crate::ops::within;

/// The stand-in of the image `reference`, which need not be here.
///
/// # Errors
/// `Engine` when the engine cannot be asked.
pub async fn stand_in(engine: &dyn Engine, reference: &str) -> Result<Target> {
    match engine.image(reference).await {
        Ok(image) => Ok(explore::stand_in(reference, image.as_ref())),
        Err(error) if error.kind == ErrorKind::NoTarget => Ok(explore::stand_in(reference, None)),
        Err(error) => Err(error),
    }
}

/// The production image itself, pulled when it is not here.
///
/// # Errors
/// `NoTarget` when it is not here and may not be pulled; `Engine` when it cannot be.
pub async fn fetched(
    engine: &dyn Engine,
    reference: &str,
    pull: PullPolicy,
    sink: Sink<'_>,
) -> Result<Image> {
    if let Some(image) = engine.image(reference).await? {
        return Ok(image);
    }
    let gone = || {
        let message = format!("image {reference} is not among the engine's images");
        Error::new(ErrorKind::NoTarget, message).hint(format!("docker pull {reference} gets it"))
    };
    if pull == PullPolicy::Never {
        return Err(gone());
    }
    sink(Progress::Step(format!("pulling {reference}")));
    engine.pull(reference, None, sink).await?;
    engine.image(reference).await?.ok_or_else(gone)
}

/// The target of a session whose twin is there: of an explorer what the engine tells of the twin itself, as far as it can.
pub(super) async fn seen(engine: &dyn Engine, target: Target, twin: &Twin) -> Target {
    if twin.plan.mode != Mode::Explore {
        return target;
    }
    match engine.inspect(&twin.id.0).await {
        Ok(twin) => stands_for(target, twin),
        Err(error) => {
            tracing::debug!(%error, "a twin could not be looked at");
            Target {
                id: twin.id.clone(),
                ..target
            }
        }
    }
}

/// Says of an image that could not be explored when a container has its name: that may have been meant.
pub(super) async fn meant(
    engine: &dyn Engine,
    request: &Request<'_>,
    image: &Target,
    error: Error,
) -> Error {
    let explores = request.wishes.mode == Some(Mode::Explore);
    let unknown = matches!(error.kind, ErrorKind::NoDevImage | ErrorKind::NoTarget);
    if explores && unknown && within(PATIENCE, engine.inspect(&image.name)).await.is_ok() {
        let name = &image.name;
        return error.and_hint(&format!(
            "{name} is a container: devtwin attach {name} opens a shell beside it"
        ));
    }
    error
}

/// Sets what the engine tells of an explorer that was made before: its folders, beside what is mounted for downloads.
pub(super) async fn as_made(engine: &dyn Engine, plan: &mut Plan, twin: &Target) -> Result<()> {
    let cache = |mount: &&Mount| plan.caches.iter().any(|c| c.path == mount.destination);
    let mut folders = Vec::new();
    for mount in twin.mounts.iter().filter(|mount| !cache(mount)) {
        let volume = mount.source.clone();
        let (how, source) = match mount.kind {
            MountKind::Bind => (FolderHow::Write, mount.source.clone()),
            MountKind::Volume if volume.starts_with(FOLDER_PREFIX) => {
                let options = engine.volume_options(&volume).await?.unwrap_or_default();
                let option = |name: &str| {
                    let mut all = options.split(',');
                    all.find_map(|option| option.strip_prefix(name))
                };
                match option("lowerdir=") {
                    Some(source) => {
                        let layer = volume.replacen("over-", "layer-", 1);
                        (FolderHow::Scratch { volume, layer }, source.to_owned())
                    }
                    None => (FolderHow::Copy { volume }, "a folder of yours".into()),
                }
            }
            MountKind::Volume | MountKind::Tmpfs | MountKind::Image | MountKind::Other => continue,
        };
        folders.push(Folder {
            source,
            path: mount.destination.clone(),
            how,
            owner: (0, 0),
            mode: 0o755,
        });
    }
    plan.folders = folders;
    // A merged image is what runs; of what it was made its name does not tell.
    if plan.image.starts_with(EXPLORE_PREFIX) {
        plan.merged = Some(plan.image.clone());
    }
    Ok(())
}

/// Says what the engine's refusal of an explorer is about, where that is known.
pub(super) fn blame(plan: &Plan, error: Error) -> Error {
    let words = error.message.to_ascii_lowercase();
    let of_gpus = ["device driver", "gpu", "nvidia", "cdi"];
    if plan.gpus.is_some() && of_gpus.iter().any(|word| words.contains(word)) {
        return error.and_hint(
            "--gpus needs the NVIDIA Container Toolkit on the engine's machine; without --gpus the twin starts",
        );
    }
    error
}
