//! What the engine says of a subject before any file is read, asked all at once.

use futures_util::future::{join_all, join4};
use tokio::sync::oneshot::Receiver;

use crate::domain::entrypoint::{Dev, Facts};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::{PullPolicy, Wishes};
use crate::domain::target::{ContainerId, Image, MountKind, Status, Target};
use crate::domain::text::bounded;
use crate::domain::twin::Session;
use crate::engine::Engine;
use crate::ops::resolve::{self, Subject};

/// Lines of the log that are taken.
const LOG_LINES: u32 = 200;
/// Characters that are taken of each.
const LOG_LINE: usize = 400;

/// All facts but the dev image and the machine.
///
/// # Errors
/// `NoTarget` when the subject is an image that is not here; `Engine` when the engine cannot be asked.
pub(super) async fn gather(engine: &dyn Engine, subject: &Subject) -> Result<Facts> {
    match subject {
        Subject::Container(target) => of_container(engine, target).await,
        Subject::Image(name) => of_image(engine, name).await,
    }
}

async fn of_image(engine: &dyn Engine, name: &str) -> Result<Facts> {
    let Some(image) = engine.image(name).await? else {
        let message = format!(
            "image {} is not among the engine's images",
            bounded(name, 200)
        );
        let hint = "docker images lists them; docker pull gets it";
        return Err(Error::new(ErrorKind::NoTarget, message).hint(hint));
    };
    Ok(Facts {
        subject: name.to_owned(),
        image: Some(image),
        ..Facts::default()
    })
}

async fn of_container(engine: &dyn Engine, target: &Target) -> Result<Facts> {
    let runs = target.state.pid.is_some();
    let caught = async {
        if runs {
            engine.caught_signals(&target.id).await
        } else {
            Ok(None)
        }
    };
    let log = async {
        // What a running program complains of is told by its log alone.
        if target.state.status == Status::Created {
            Ok(Vec::new())
        } else {
            engine.logs(&target.id, LOG_LINES).await
        }
    };
    let (image, caught, log, mount_options) = join4(
        engine.image(&target.image_id),
        caught,
        log,
        mount_options(engine, target),
    )
    .await;
    Ok(Facts {
        subject: target.name.clone(),
        image: image?,
        target: Some(target.clone()),
        machine: None,
        caught: known(caught).flatten(),
        log: lines(&known(log).unwrap_or_default()),
        mount_options,
        dev: None,
    })
}

/// The engine's machine.
pub(super) async fn machine(engine: &dyn Engine) -> Option<String> {
    known(engine.machine().await)
}

async fn mount_options(engine: &dyn Engine, target: &Target) -> Vec<(String, String)> {
    let volumes = target
        .mounts
        .iter()
        .filter(|mount| mount.kind == MountKind::Volume);
    let questions: Vec<_> = volumes
        .map(async |mount| {
            let options = known(engine.volume_options(&mount.source).await).flatten();
            Some((mount.destination.clone(), options?))
        })
        .collect();
    join_all(questions).await.into_iter().flatten().collect()
}

/// What is worth knowing, but no reason to fail.
fn known<T>(answer: Result<T>) -> Option<T> {
    answer
        .inspect_err(|error| tracing::debug!(%error, "a fact is not known"))
        .ok()
}

/// The last lines of a log, cleaned.
fn lines(log: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(log);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let first = lines.len().saturating_sub(LOG_LINES as usize);
    let last = lines.get(first..).unwrap_or_default();
    last.iter()
        .map(|line| bounded(line.trim_end(), LOG_LINE))
        .collect()
}

/// The dev image, if it is here already. `probe` will be a container of the subject's image. No registry is
/// asked, and that nothing is known of one is no error.
pub(super) async fn dev(
    engine: &dyn Engine,
    session: &Session,
    subject: &Subject,
    probe: Receiver<ContainerId>,
) -> Option<Dev> {
    let wishes = Wishes {
        pull: PullPolicy::Never,
        ..Wishes::default()
    };
    let found = known(resolve::by_probe(engine, session, subject, &wishes, probe).await)?;
    let reference = found.dev_image?;
    let image: Image = known(engine.image(&reference).await)??;
    Some(Dev {
        reference,
        own: found.own_dev,
        config: image.config,
    })
}

/// The dev image that a twin was made from: a person may have named another one than [`dev`] would find.
pub(super) async fn dev_named(
    engine: &dyn Engine,
    subject: &Subject,
    reference: &str,
) -> Option<Dev> {
    let image: Image = known(engine.image(reference).await)??;
    let own = match subject {
        Subject::Container(target) => target.image_id == image.id,
        Subject::Image(name) => image.tags.contains(name),
    };
    Some(Dev {
        reference: reference.to_owned(),
        own,
        config: image.config,
    })
}
