//! Bringing a twin up, the part that shells and commands share: facts, dev image, plan, create, links.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::image::Resolution;
use crate::domain::plan::{DevImage, Link, Mode, Plan, Program, PullPolicy, Wishes, mode, plan};
use crate::domain::target::{ContainerId, Image, Target};
use crate::domain::twin::Session;
use crate::domain::{Progress, Sink};
use crate::engine::Engine;
use crate::ops::resolve::{self, Subject};

use super::within;

/// How long the engine may take to answer when something has failed already: it may be stuck.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// What a launch needs besides the engine.
pub(super) struct Request<'a> {
    pub session: &'a Session,
    pub wishes: &'a Wishes,
    /// Tells the twins of one session apart.
    pub serial: u32,
    pub sink: Sink<'a>,
}

/// The images that a plan stands on.
pub(super) struct Images {
    pub dev: Option<Image>,
    pub target: Option<Image>,
}

/// Which dev image, and that it is here: looked up unless known, pulled when the policy says so.
pub(super) async fn dev_image(
    engine: &dyn Engine,
    target: &Target,
    known: Option<Resolution>,
    request: &Request<'_>,
) -> Result<(Resolution, Images)> {
    let sink = request.sink;
    let mut resolution = if let Some(known) = known.filter(|r| r.dev_image.is_some()) {
        known
    } else {
        sink(Progress::Step("looking for the dev image".into()));
        let subject = if request.wishes.mode == Some(Mode::Explore) {
            Subject::Image(target.image.clone())
        } else {
            Subject::Container(target.clone())
        };
        resolve::resolve(engine, request.session, &subject, request.wishes).await?
    };
    let Some(reference) = resolution.dev_image.clone() else {
        return Err(resolve::no_dev_image(&resolution));
    };
    let (mut dev, of_target) =
        tokio::try_join!(engine.image(&reference), engine.image(&target.image_id))?;
    let pull = match request.wishes.pull {
        // An image that is its own dev image is the one that runs: there is nothing newer to want.
        PullPolicy::Always => !resolution.own_dev,
        PullPolicy::Missing => dev.is_none(),
        PullPolicy::Never => false,
    };
    if pull {
        sink(Progress::Step(format!("pulling {reference}")));
        let platform = of_target.as_ref().map(Image::platform);
        engine.pull(&reference, platform.as_deref(), sink).await?;
        dev = engine.image(&reference).await?;
        resolution.local = true;
    }
    if dev.is_none() {
        return Err(Error::new(
            ErrorKind::NoDevImage,
            format!("dev image {reference} is not among the engine's images"),
        )
        .hint(format!(
            "docker pull {reference}, or leave out --pull never"
        )));
    }
    Ok((
        resolution,
        Images {
            dev,
            target: of_target,
        },
    ))
}

/// The wishes with the mode that a restart loop leads to where none was asked for: in the moments in which it runs
/// there is a process to join, and with that the twin would end.
pub(super) fn for_state(target: &Target, wishes: &Wishes) -> Wishes {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    });
    let arena = target.state.is_looping(now).then_some(Mode::Arena);
    Wishes {
        mode: wishes.mode.or(arena),
        ..wishes.clone()
    }
}

/// Fails when the target can have no such twin or a wish makes no sense, before anything costs time.
pub(super) fn possible(target: &Target, request: &Request<'_>) -> Result<()> {
    let dev = DevImage {
        reference: "",
        image: None,
        target_image: None,
    };
    plan(
        target,
        dev,
        request.wishes,
        request.session,
        request.serial,
        Program::Shell(String::new()),
    )
    .map(drop)
}

/// The plan of a twin for `target` that runs `program`.
pub(super) fn planned(
    target: &Target,
    resolution: &Resolution,
    images: &Images,
    request: &Request<'_>,
    program: Program,
) -> Result<Plan> {
    let reference = resolution.dev_image.as_deref().unwrap_or_default();
    let dev = DevImage {
        reference,
        image: images.dev.as_ref(),
        target_image: images.target.as_ref(),
    };
    let mut plan = plan(
        target,
        dev,
        request.wishes,
        request.session,
        request.serial,
        program,
    )?;
    plan.found_by(resolution);
    Ok(plan)
}

/// Puts the links of a plan into its twin, running or not. Never through a mount of the target: the
/// plan shares none at or below a link.
pub(super) async fn put_links(engine: &dyn Engine, id: &ContainerId, plan: &Plan) -> Result<()> {
    if plan.links.is_empty() {
        return Ok(());
    }
    engine.put_archive(id, "/", links(&plan.links)?).await
}

/// The status of a program that the engine could not start: 126 (not executable) or 127 (not there);
/// none when the start failed for another reason.
pub(super) async fn not_started(engine: &dyn Engine, id: &ContainerId) -> Result<Option<i64>> {
    let status = engine.inspect(&id.0).await?.state.exit_code;
    Ok(matches!(status, 126 | 127).then_some(status))
}

/// Looks whether the target is to blame for a refusal of the engine: it may have stopped, restarted or
/// gone since it was looked at, and then that is what the person must know. An engine that does not answer
/// within [`PATIENCE`] tells nothing.
pub(super) async fn blame(
    engine: &dyn Engine,
    target: &Target,
    request: &Request<'_>,
    error: Error,
) -> Error {
    if error.kind != ErrorKind::Engine || request.wishes.mode == Some(Mode::Explore) {
        return error;
    }
    let now = match within(PATIENCE, engine.inspect(&target.id.0)).await {
        Ok(now) => now,
        Err(gone) if gone.kind == ErrorKind::NoTarget => return gone,
        Err(_) => return error,
    };
    // An arena needs no process of it.
    if !matches!(mode(target, request.wishes), Ok(Mode::Join)) {
        return error;
    }
    let joining = Wishes {
        mode: Some(Mode::Join),
        ..request.wishes.clone()
    };
    let joining = Request {
        wishes: &joining,
        ..*request
    };
    if let Err(better) = possible(&now, &joining) {
        return better;
    }
    if now.state.started_at == target.state.started_at
        && now.state.restart_count == target.state.restart_count
    {
        return error;
    }
    let name = &target.name;
    let message = format!(
        "container {name} restarted while its twin was made: {}",
        error.message
    );
    Error::new(ErrorKind::NoTarget, message).hint(format!(
        "try again, or open an arena: --mode arena; docker logs --tail 20 {name} shows why it restarts"
    ))
}

/// The target and the wishes with which to try once more after `error`, when the target was found running and has
/// ended since, and nobody asked for a join: then it gets an arena.
pub(super) async fn arena_instead(
    engine: &dyn Engine,
    target: &Target,
    request: &Request<'_>,
    error: &Error,
) -> Option<(Target, Wishes)> {
    let joined = request.wishes.mode.is_none() && target.state.is_joinable();
    if !joined || error.kind != ErrorKind::NoTarget {
        return None;
    }
    let now = within(PATIENCE, engine.inspect(&target.id.0)).await.ok()?;
    let words = format!("{} ended meanwhile: opening an arena instead", target.name);
    (request.sink)(Progress::Notable(words));
    let wishes = Wishes {
        mode: Some(Mode::Arena),
        ..request.wishes.clone()
    };
    Some((now, wishes))
}

/// Removes what was created before `error` struck, and gives the error back.
pub(super) async fn undo(engine: &dyn Engine, id: &ContainerId, error: Error) -> Error {
    if let Err(second) = within(PATIENCE, engine.remove(id)).await {
        tracing::warn!(%id, %second, "a twin could not be removed after a failure");
        let left = format!(
            "its container {} could not be removed either: devtwin clean",
            id.short()
        );
        return error.and_hint(&left);
    }
    error
}

/// A tar archive that holds the links, relative to `/`.
fn links(links: &[Link]) -> Result<Bytes> {
    let broken = |e: std::io::Error| {
        Error::new(
            ErrorKind::Internal,
            format!("could not pack the twin's links: {e}"),
        )
    };
    let mut tar = tar::Builder::new(Vec::new());
    for link in links {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        header.set_mode(0o777);
        tar.append_link(&mut header, link.path.trim_start_matches('/'), &link.to)
            .map_err(broken)?;
    }
    tar.into_inner().map(Bytes::from).map_err(broken)
}
