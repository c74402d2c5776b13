//! Whether a recipe holds: the image is built, run once, compared with the session, and removed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

use crate::domain::build::{Build, BuildError, BuildNews};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::{Mode, Plan};
use crate::domain::recipe::artifact::Artifact;
use crate::domain::recipe::is_root;
use crate::domain::recipe::verify::{News, OUTPUT, Order, SECONDS, Verdict, Verified, plain};
use crate::domain::replay::Ending;
use crate::domain::tar::{Event, Flow, Kind, Unpack};
use crate::domain::target::{ContainerId, Image};
use crate::domain::text::{bounded, log_lines};
use crate::domain::twin::{NAME_PREFIX, RECIPE_PREFIX, Session};
use crate::engine::{Engine, Output};
use crate::ops::build::context::Context;
use crate::ops::build::{build, builder};
use crate::ops::clean::may_be_left;
use crate::ops::resolve::probe;
use crate::ops::within;

/// How long the engine may take for what must be done at the end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of a picked file or directory that are compared.
const COMPARED: u64 = 256 * 1024 * 1024;

/// Where shells are.
const SHELLS: &[&str] = &[
    "/bin/sh",
    "/bin/bash",
    "/bin/ash",
    "/bin/dash",
    "/usr/bin/sh",
    "/usr/bin/bash",
    "/busybox/sh",
];

/// Where the news of a verification go.
pub type Tell<'a> = &'a (dyn Fn(News) + Send + Sync);

/// Builds, runs, compares. Given up, or failed, it leaves nothing; the image stays only under the name that the person
/// gave it.
///
/// # Errors
/// `Usage` on a name that is none, `Engine` when the engine cannot be asked, `Cancelled`. A build that fails is no error
/// but a point of the report.
pub async fn verify(
    engine: &dyn Engine,
    session: &Session,
    order: &Order,
    tell: Tell<'_>,
    cancel: &CancellationToken,
) -> Result<Verified> {
    let keep = order.keep.as_deref().map(super::image_name).transpose()?;
    let mut report = Verified::default();
    tell(News::Doing("building".into()));
    let context = context(order)?;
    let name = format!("{RECIPE_PREFIX}{:08x}-{}", drawn(), session.id);
    let wanted = Build {
        dockerfile: context.name().to_owned(),
        tags: vec![name.clone()],
        labels: session.labels(Mode::Replica, "", &order.facts.twin),
        builder: builder(engine, false).await?,
        ..Build::default()
    };
    let id = match built(engine, &wanted, &context, tell, cancel).await {
        Ok(id) => id,
        Err(BuildError::Engine(error)) => return Err(error),
        Err(BuildError::Failed(failure)) => {
            let point = report.point("build", Verdict::Bad, failure.words());
            let skipped = failure.lines.len().saturating_sub(12);
            point
                .evidence
                .extend(failure.lines.iter().skip(skipped).cloned());
            point.evidence.push(failure.hint().to_owned());
            return Ok(report);
        }
    };
    report.image = Some(id.clone());
    report.point("build", Verdict::Good, "the image builds");
    let compared = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Error::cancelled()),
        compared = compare(engine, session, order, &id, &mut report, tell) => compared,
    };
    let kept = match (&compared, keep) {
        (Ok(()), Some(keep)) => {
            tell(News::Doing(format!("naming it {keep}")));
            // Once more from the builder's cache, without our labels: `clean` must not take it for one of ours.
            let wanted = Build {
                tags: vec![keep.clone()],
                labels: BTreeMap::new(),
                ..wanted
            };
            let again = built(engine, &wanted, &context, &|_| {}, cancel).await;
            again.map(|_| Some(keep)).map_err(BuildError::into_error)
        }
        (_, _) => Ok(None),
    };
    let removed = within(PATIENCE, engine.remove_image(&name)).await;
    compared?;
    report.kept = kept?;
    removed?;
    Ok(report)
}

fn context(order: &Order) -> Result<Context> {
    let dir = order
        .facts
        .sources
        .first()
        .and_then(|source| source.host.as_deref())
        .map(PathBuf::from);
    if let Some(dir) = dir.as_ref().filter(|dir| !dir.is_dir()) {
        let message = format!(
            "{} is not on this machine: it is the context of the build",
            dir.display()
        );
        return Err(Error::new(ErrorKind::Engine, message).hint(
            "write the Dockerfile to a file (--output) and build it where the directory is",
        ));
    }
    Ok(Context {
        dir,
        ..Context::of_text(&order.dockerfile)
    })
}

async fn built(
    engine: &dyn Engine,
    wanted: &Build,
    context: &Context,
    tell: Tell<'_>,
    cancel: &CancellationToken,
) -> Result<String, BuildError> {
    let sink = |news: BuildNews| match news {
        BuildNews::Step(step) => tell(News::Step(step)),
        BuildNews::Line { text, .. } | BuildNews::Warning(text) => tell(News::Line(text)),
        _ => {}
    };
    build(engine, wanted, context, &sink, cancel, None).await
}

async fn compare(
    engine: &dyn Engine,
    session: &Session,
    order: &Order,
    id: &str,
    report: &mut Verified,
    tell: Tell<'_>,
) -> Result<()> {
    let gone = || Error::new(ErrorKind::Engine, "the built image is gone");
    let image = engine.image(id).await?.ok_or_else(gone)?;
    user(&image, order, report);
    tell(News::Doing("running it".into()));
    let plan = plan(&image, session, order);
    let container = engine.create(&plan, None).await?;
    let looked = async {
        if plan.argv.first().is_some_and(|program| program == NOTHING) {
            report.point(
                "status",
                Verdict::Note,
                "the image names no program: it was not run",
            );
        } else {
            ran(engine, &container, order, report).await?;
        }
        tell(News::Doing("comparing the files".into()));
        files(engine, &container, order, report).await?;
        shell(engine, &container, report).await
    };
    let looked = looked.await;
    let removed = within(PATIENCE, engine.remove(&container)).await;
    looked?;
    removed.map_err(may_be_left)
}

/// What a container is made with that is never started.
const NOTHING: &str = "/devtwin-nothing";

fn plan(image: &Image, session: &Session, order: &Order) -> Plan {
    let config = &image.config;
    let mut argv: Vec<String> = config
        .entrypoint
        .iter()
        .chain(&config.cmd)
        .cloned()
        .collect();
    if argv.is_empty() {
        argv.push(NOTHING.into());
    }
    Plan {
        mode: Mode::Replica,
        name: format!("{NAME_PREFIX}verify-{:016x}", drawn()),
        argv,
        network: String::new(),
        labels: session.labels(Mode::Replica, "", &order.facts.twin),
        ..probe::plan(image, session)
    }
}

fn user(image: &Image, order: &Order, report: &mut Verified) {
    let user = if image.config.user.is_empty() {
        "root"
    } else {
        &image.config.user
    };
    let production = order
        .facts
        .production
        .as_ref()
        .map(|base| base.user.as_str());
    if is_root(&image.config.user) {
        let wanted = production.is_some_and(|user| !is_root(user));
        let verdict = if wanted { Verdict::Bad } else { Verdict::Note };
        report.point("user", verdict, "it runs as root");
    } else {
        report.point(
            "user",
            Verdict::Good,
            format!("it runs as {}", bounded(user, 60)),
        );
    }
}

/// Runs the image, and compares how it ended and what it printed.
async fn ran(
    engine: &dyn Engine,
    id: &ContainerId,
    order: &Order,
    report: &mut Verified,
) -> Result<()> {
    let mut pipes = engine.attach_pipes(id, false).await?;
    if let Err(error) = engine.start(id).await {
        if error.kind != ErrorKind::Engine {
            return Err(error);
        }
        report
            .point("status", Verdict::Bad, "it cannot be started")
            .evidence
            .push(error.message);
        return Ok(());
    }
    let mut printed = Vec::new();
    let reading = async {
        while let Some(piece) = pipes.output.next().await {
            let (Output::Stdout(bytes) | Output::Stderr(bytes)) = piece?;
            let room = OUTPUT.saturating_sub(printed.len()).min(bytes.len());
            printed.extend_from_slice(bytes.get(..room).unwrap_or_default());
        }
        Ok::<(), Error>(())
    };
    let over = tokio::time::timeout(Duration::from_secs(SECONDS), reading).await;
    let lines = || log_lines(&printed, 8);
    if let Ok(read) = over {
        read?;
        let status = within(PATIENCE, engine.wait(id)).await?;
        let state = within(PATIENCE, engine.inspect(&id.0)).await?.state;
        let ending = Ending::exited(status, state.oom_killed);
        let wanted = order
            .check
            .as_ref()
            .and_then(|check| check.status)
            .map(i64::from);
        let same = wanted.map_or(ending.is_well(), |wanted| wanted == status);
        let text = match (wanted, same) {
            (Some(_), true) => format!("it ends with status {status}, as in the session"),
            (Some(wanted), false) => format!(
                "it {}; in the session the status was {wanted}",
                ending.words()
            ),
            (None, _) => format!("it {}", ending.words()),
        };
        let verdict = if same { Verdict::Good } else { Verdict::Bad };
        let point = report.point("status", verdict, text);
        if !same {
            point.evidence = lines();
        }
    } else {
        report
            .point(
                "status",
                Verdict::Good,
                format!("it still ran after {SECONDS} s"),
            )
            .evidence = lines();
        return Ok(());
    }
    let Some(wanted) = order
        .check
        .as_ref()
        .and_then(|check| check.printed.as_deref())
    else {
        report
            .point(
                "output",
                Verdict::Note,
                "what the session printed is not known",
            )
            .evidence = lines();
        return Ok(());
    };
    if plain(&String::from_utf8_lossy(&printed)) == plain(wanted) {
        report
            .point(
                "output",
                Verdict::Good,
                "it prints what the session printed",
            )
            .evidence = lines();
    } else {
        let point = report.point(
            "output",
            Verdict::Bad,
            "it prints something else than the session did",
        );
        point
            .evidence
            .extend(lines().into_iter().map(|line| format!("image:   {line}")));
        let session = wanted
            .lines()
            .take(8)
            .map(|line| format!("session: {line}"));
        point.evidence.extend(session);
    }
    Ok(())
}

/// Compares the picked files of the image with those of the twin, byte by byte.
async fn files(
    engine: &dyn Engine,
    id: &ContainerId,
    order: &Order,
    report: &mut Verified,
) -> Result<()> {
    let mut same = 0;
    for Artifact { path, .. } in &order.artifacts {
        let twin = engine.inspect(&order.facts.twin).await?.id;
        let (theirs, ours) = (
            content(engine, &twin, path).await,
            content(engine, id, path).await,
        );
        match (theirs, ours) {
            (Ok(theirs), Ok(ours)) if theirs == ours => same += 1,
            (Ok(theirs), Ok(ours)) => {
                let text = format!("{} is not what the session made", bounded(path, 200));
                let point = report.point("files", Verdict::Note, text);
                point.evidence = difference(&theirs, &ours);
            }
            (Err(error), _) | (_, Err(error)) => {
                let text = format!("{} could not be compared", bounded(path, 200));
                report
                    .point("files", Verdict::Bad, text)
                    .evidence
                    .push(error.message);
            }
        }
    }
    match (same, order.artifacts.len()) {
        (0, _) => {}
        (1, 1) => {
            let text = "the picked file is the same, byte by byte";
            report.point("files", Verdict::Good, text);
        }
        (same, all) => {
            let text = format!("{same} of {all} picked files are the same, byte by byte");
            report.point("files", Verdict::Good, text);
        }
    }
    Ok(())
}

/// What stands at a path and below: what sort of thing, its mode, its bytes.
type Content = BTreeMap<String, (Kind, u32, Vec<u8>)>;

async fn content(engine: &dyn Engine, id: &ContainerId, path: &str) -> Result<Content> {
    let archive = engine.archive(id, path, COMPARED).await?;
    let mut all = Content::new();
    let mut last = String::new();
    let mut unpack = Unpack::default();
    let fed = unpack.feed(&archive, &mut |event| {
        match event {
            Event::Entry(entry) => {
                last.clone_from(&entry.path);
                all.insert(entry.path, (entry.kind, entry.mode, Vec::new()));
            }
            Event::Data(bytes) => {
                if let Some((_, _, data)) = all.get_mut(&last) {
                    data.extend_from_slice(bytes);
                }
            }
        }
        Flow::More
    });
    fed.map_err(|why| Error::new(ErrorKind::Engine, format!("{path} cannot be read: {why}")))?;
    Ok(all)
}

fn difference(theirs: &Content, ours: &Content) -> Vec<String> {
    let mut lines = Vec::new();
    for (path, (kind, mode, data)) in theirs {
        let path = bounded(path, 200);
        match ours.get(path.as_str()) {
            None => lines.push(format!("{path} is missing")),
            Some(other) if *other == (kind.clone(), *mode, data.clone()) => {}
            Some((_, other, bytes)) if bytes == data => {
                lines.push(format!("{path} has mode {other:o}, not {mode:o}"));
            }
            Some((_, _, bytes)) => lines.push(format!(
                "{path} has {} bytes here, {} there; others in it",
                bytes.len(),
                data.len()
            )),
        }
    }
    lines.truncate(6);
    lines
}

async fn shell(engine: &dyn Engine, id: &ContainerId, report: &mut Verified) -> Result<()> {
    for path in SHELLS {
        if engine.peek(id, path).await?.is_some() {
            report.point("shell", Verdict::Note, format!("it has a shell: {path}"));
            return Ok(());
        }
    }
    report.point("shell", Verdict::Good, "it has no shell");
    Ok(())
}

/// A number that no other run has: the standard library's only random source.
fn drawn() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    RandomState::new().build_hasher().finish()
}
