//! Attach: from a running container to a shell in its twin; and back to a twin that was left running.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::arena::{self, Ground};
use super::launch::{self, Request};
use super::{explore, unless_cancelled};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::explore::stands_for;
use crate::domain::image::Resolution;
use crate::domain::plan::{Mode, Plan, Program, Wishes};
use crate::domain::target::{ContainerId, Status, Target};
use crate::domain::twin::{Session, Twin, label, session_of};
use crate::domain::{Progress, Sink, Size};
use crate::engine::{Engine, Tty};
use crate::ops::resolve;

/// The size is refused while the program is starting: so many attempts, so far apart (terminal.md §5).
const RESIZE_TRIES: u32 = 20;
const RESIZE_PAUSE: Duration = Duration::from_millis(10);

/// How long a program has to see the one size before the other: else it may see no change.
const NUDGE: Duration = Duration::from_millis(50);

/// What to attach to, and how.
pub struct Attach<'a> {
    /// Container name, id or unique prefix; a target, or a twin of ours that still runs. With the mode `explore` an
    /// image's reference or id.
    pub target: &'a str,
    /// A resolution that is known already for this container.
    pub resolution: Option<Resolution>,
    /// What the person asked for.
    pub wishes: &'a Wishes,
    /// First size of the shell.
    pub size: Size,
    /// Tells the twins of one session apart.
    pub serial: u32,
}

/// A twin with its shell connected.
pub struct Launched {
    /// The twin.
    pub twin: Twin,
    /// The target as it was found.
    pub target: Target,
    /// Why this dev image.
    pub resolution: Resolution,
    /// The shell's streams; nothing is to be written before [`furnish`] is done.
    pub tty: Tty,
    /// Session of the twin: another than ours when the twin was found running.
    pub session: String,
}

/// Brings up a twin beside the target and connects to its shell. A target that ends meanwhile gets an arena, unless a
/// mode was asked for.
///
/// Whatever fails, also a cancel, leaves nothing behind.
pub async fn attach(
    engine: &dyn Engine,
    session: &Session,
    attach: Attach<'_>,
    sink: Sink<'_>,
    cancel: &CancellationToken,
) -> Result<Launched> {
    // On the heap: who waits for it holds all of it otherwise.
    Box::pin(bring_up(engine, session, attach, sink, cancel)).await
}

async fn bring_up(
    engine: &dyn Engine,
    session: &Session,
    attach: Attach<'_>,
    sink: Sink<'_>,
    cancel: &CancellationToken,
) -> Result<Launched> {
    let found = if attach.wishes.mode == Some(Mode::Explore) {
        unless_cancelled(cancel, explore::stand_in(engine, attach.target)).await?
    } else {
        unless_cancelled(cancel, engine.inspect(attach.target)).await?
    };
    if session_of(&found.name, &found.config.labels).is_some() {
        return unless_cancelled(cancel, reattach(engine, found, &attach)).await;
    }
    let mut target = found;
    let mut wishes = launch::for_state(&target, attach.wishes);
    let mut resolution = attach.resolution.clone();
    loop {
        let request = Request {
            session,
            wishes: &wishes,
            serial: attach.serial,
            sink,
        };
        // The plan is made once before the pull, so that a target that can have no twin costs no download.
        launch::possible(&target, &request)?;
        let dev = launch::dev_image(engine, &target, resolution.take(), &request);
        let (found, images) = match unless_cancelled(cancel, dev).await {
            Ok(there) => there,
            Err(error) => return Err(explore::meant(engine, &request, &target, error).await),
        };
        let mut ground = Ground::default();
        let up = shell_up(
            engine,
            &target,
            (&found, &images),
            &request,
            &mut ground,
            attach.size,
            cancel,
        );
        let error = match up.await {
            Ok((twin, tty)) => {
                let target = explore::seen(engine, target, &twin).await;
                return Ok(Launched {
                    twin,
                    target,
                    resolution: found,
                    tty,
                    session: session.id.clone(),
                });
            }
            Err(error) => ground.undo(engine, error).await,
        };
        match launch::arena_instead(engine, &target, &request, &error).await {
            Some((now, instead)) => {
                (target, wishes, resolution) = (now, instead, Some(found));
            }
            None => return Err(error),
        }
    }
}

/// Creates a twin and starts its shell, with the guess of the shell and whatever the engine refuses mended.
async fn shell_up(
    engine: &dyn Engine,
    target: &Target,
    (resolution, images): (&Resolution, &launch::Images),
    request: &Request<'_>,
    ground: &mut Ground,
    size: Size,
    cancel: &CancellationToken,
) -> Result<(Twin, Tty)> {
    let shells = if resolution.shells.is_empty() {
        vec!["/bin/sh".to_owned()]
    } else {
        resolution.shells.clone()
    };
    let mut wanted = shells.first().cloned().unwrap_or_default();
    loop {
        let program = Program::Shell(wanted.clone());
        let plan = launch::planned(target, resolution, images, request, program)?;
        // Its rights are said before they are used.
        let made = ground.create(engine, target, &plan, Some(size), request, cancel);
        let (id, plan) = made.await?;
        (request.sink)(Progress::Step("starting the shell".into()));
        match start(engine, &id, &plan, &shells, size, cancel).await {
            Ok(Started::Running(tty)) => return Ok((Twin { id, plan }, tty)),
            // The guess was wrong: the program of a container cannot be changed, so make it again.
            Ok(Started::Wants(best)) => {
                engine.remove(&id).await?;
                wanted = best;
            }
            Err(error) if ground.learns(&plan, &error, request.sink) => {
                engine.remove(&id).await?;
            }
            Err(error) => {
                let error = launch::blame(engine, target, request, error).await;
                let error = explore::blame(&plan, error);
                return Err(launch::undo(engine, &id, error).await);
            }
        }
    }
}

/// Puts what the plan promises into a twin that runs already: its `/target`.
///
/// Apart from [`attach`] because it costs the engine a process of its own, about as much as all that
/// comes before the prompt but the start: the shell is shown meanwhile. Input must wait for it.
pub async fn furnish(engine: &dyn Engine, twin: &Twin) -> Result<()> {
    launch::put_links(engine, &twin.id, &twin.plan).await
}

/// Makes the plan of a shell for `target` and creates nothing: `devtwin plan`.
pub async fn prepare(
    engine: &dyn Engine,
    session: &Session,
    target: &Target,
    resolution: &Resolution,
    wishes: &Wishes,
) -> Result<Plan> {
    let Some(reference) = resolution.dev_image.as_deref() else {
        return Err(resolve::no_dev_image(resolution));
    };
    let (dev, of_target) =
        tokio::try_join!(engine.image(reference), engine.image(&target.image_id))?;
    let images = launch::Images {
        dev,
        target: of_target,
    };
    let request = Request {
        session,
        wishes: &launch::for_state(target, wishes),
        serial: 1,
        sink: &|_| {},
    };
    let shell = resolution
        .shells
        .first()
        .cloned()
        .unwrap_or_else(|| "/bin/sh".into());
    let plan = launch::planned(target, resolution, &images, &request, Program::Shell(shell))?;
    arena::settled(engine, plan).await
}

/// What came of a start.
enum Started {
    Running(Tty),
    /// Its shell is missing; this one is there.
    Wants(String),
}

/// Connects to the terminal, starts the shell and sets the size before anything is drawn.
///
/// That the shell is there is not asked before: the engine says so when it is not, and the common case
/// saves the question.
async fn start(
    engine: &dyn Engine,
    id: &ContainerId,
    plan: &Plan,
    shells: &[String],
    size: Size,
    cancel: &CancellationToken,
) -> Result<Started> {
    let wanted = plan.argv.last();
    // Behind nsenter a missing shell would look like a shell that ended.
    if plan.argv.len() > 1 {
        let best = unless_cancelled(cancel, best_shell(engine, id, shells, &plan.image)).await?;
        if Some(&best) != wanted {
            return Ok(Started::Wants(best));
        }
    }
    let tty = unless_cancelled(cancel, engine.attach_tty(id, false)).await?;
    if let Err(error) = engine.start(id).await {
        if launch::not_started(engine, id).await?.is_some() {
            let best = best_shell(engine, id, shells, &plan.image).await?;
            if Some(&best) != wanted {
                return Ok(Started::Wants(best));
            }
        }
        return Err(error);
    }
    unless_cancelled(cancel, async {
        resize_until_taken(engine, id, size).await;
        Ok(Started::Running(tty))
    })
    .await
}

/// The first of `shells` that the container has.
async fn best_shell(
    engine: &dyn Engine,
    id: &ContainerId,
    shells: &[String],
    image: &str,
) -> Result<String> {
    for shell in shells {
        if resolve::is_program(engine, id, shell).await? {
            return Ok(shell.clone());
        }
    }
    let looked_for = shells.join(", ");
    let message = format!("the dev image {image} has no shell (looked for {looked_for})");
    Err(Error::new(ErrorKind::NoDevImage, message).hint("name another image with --image"))
}

/// Sets a terminal's size, again and again while the engine is not ready for it.
pub(super) async fn resize_until_taken(engine: &dyn Engine, id: &ContainerId, size: Size) {
    for _ in 0..RESIZE_TRIES {
        match engine.resize(id, size).await {
            Ok(()) => return,
            Err(error) => tracing::debug!(%id, %error, "the size was not taken yet"),
        }
        tokio::time::sleep(RESIZE_PAUSE).await;
    }
}

/// Sets a terminal's size by way of another one: a size that differs makes a shell draw its prompt again, and a
/// full-screen program all of its screen.
pub(super) async fn nudge(engine: &dyn Engine, id: &ContainerId, size: Size) {
    resize_until_taken(engine, id, nudged(size)).await;
    tokio::time::sleep(NUDGE).await;
    resize_until_taken(engine, id, size).await;
}

/// A size that is not `size`.
fn nudged(size: Size) -> Size {
    let rows = size.rows.get();
    Size::clamped(size.cols.get(), if rows > 1 { rows - 1 } else { rows + 1 })
}

/// A twin that runs, as its labels and its target tell of it.
#[derive(Debug, Clone)]
pub struct Known {
    /// The twin, with a plan as it would be made today, and what it really runs, as whom and where.
    pub twin: Twin,
    /// Its target as it is now.
    pub target: Target,
    /// Where it comes from.
    pub resolution: Resolution,
    /// Id of its session.
    pub session: String,
}

/// What is known of a twin that was found. Fails with `NoTarget` when it, or its target, does not run any more.
pub async fn known(engine: &dyn Engine, twin: Target, wishes: &Wishes) -> Result<Known> {
    let name = &twin.name;
    let label = |key: &str| twin.config.labels.get(key).cloned().unwrap_or_default();
    let session = Session {
        id: label(label::SESSION),
        owner: label(label::OWNER),
    };
    if label(label::MODE) == Mode::Replica.word() {
        let message =
            format!("{name} is a replica: it has no shell, and goes when its command ends");
        return Err(Error::new(ErrorKind::NoTarget, message).hint(format!(
            "devtwin attach {} makes a twin",
            label(label::TARGET_NAME)
        )));
    }
    if twin.state.status != Status::Running {
        return Err(Error::new(
            ErrorKind::NoTarget,
            format!("twin {name} does not run any more ({})", twin.state.words()),
        )
        .hint(format!(
            "devtwin clean removes it; devtwin attach {} makes a new one",
            label(label::TARGET_NAME)
        )));
    }
    let explores = label(label::MODE) == Mode::Explore.word();
    let target = if explores {
        explore::stand_in(engine, &label(label::TARGET)).await?
    } else {
        let target = engine.inspect(&label(label::TARGET)).await;
        target.map_err(|error| {
            error.hint(format!(
                "the target of twin {name} is gone; devtwin clean removes the twin"
            ))
        })?
    };
    let resolution = Resolution {
        subject: target.name.clone(),
        image: target.image.clone(),
        dev_image: Some(twin.image.clone()),
        rule: "twin".into(),
        confidence: 100,
        local: true,
        evidence: vec![format!("twin {name} was made from it")],
        shells: twin.config.entrypoint.clone(),
        ..Resolution::default()
    };
    let wishes = Wishes {
        mode: Mode::parse(&label(label::MODE)),
        ..wishes.clone()
    };
    let request = Request {
        session: &session,
        wishes: &wishes,
        serial: 1,
        sink: &|_| {},
    };
    let dev = engine.image(&twin.image_id).await?;
    let images = launch::Images { dev, target: None };
    let config = &twin.config;
    let argv: Vec<String> = [&config.entrypoint, &config.cmd]
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    let shell = argv.last().cloned().unwrap_or_default();
    let mut plan = launch::planned(
        &target,
        &resolution,
        &images,
        &request,
        Program::Shell(shell),
    )?;
    // What it really runs, as whom, and what it has: further shells do the same.
    plan.name.clone_from(name);
    plan.argv = argv;
    plan.user.clone_from(&config.user);
    plan.workdir.clone_from(&config.workdir);
    let mounted = |at: &str| twin.mounts.iter().any(|m| m.destination == at);
    plan.caches.retain(|cache| mounted(&cache.path));
    if plan.mode == Mode::Arena {
        plan.mounts.retain(|mount| mounted(&mount.destination));
        arena::as_made(&mut plan, &twin);
    }
    let id = twin.id.clone();
    let target = if explores {
        explore::as_made(engine, &mut plan, &twin).await?;
        stands_for(target, twin)
    } else {
        target
    };
    Ok(Known {
        twin: Twin { id, plan },
        target,
        resolution,
        session: session.id,
    })
}

/// Connects again to a twin that was left running.
async fn reattach(engine: &dyn Engine, twin: Target, attach: &Attach<'_>) -> Result<Launched> {
    let known = known(engine, twin, attach.wishes).await?;
    let id = &known.twin.id;
    let tty = engine.attach_tty(id, true).await?;
    // The engine's log ends at the last whole line, so the prompt is not in it.
    nudge(engine, id, attach.size).await;
    Ok(Launched {
        twin: known.twin,
        target: known.target,
        resolution: known.resolution,
        tty,
        session: known.session,
    })
}
