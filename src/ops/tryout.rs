//! Try in prod: a container of the production image with files of a twin at their paths, run once, and looked into when it
//! fails. Nothing is left of it, however it ends.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::clean::may_be_left;
use super::launch::PATIENCE;
use super::replay::{self, Course, Ran};
use super::resolve::{Subject, probe};
use super::{explore, inspect, unless_cancelled, within};
use crate::domain::entrypoint::Severity;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::{Mode, Plan, PullPolicy};
use crate::domain::replay::Ending;
use crate::domain::target::{ContainerId, Image};
use crate::domain::text::{bounded, quote};
use crate::domain::tryout::{Trial, TriedFile, Tryout, by_hand};
use crate::domain::twin::{NAME_PREFIX, Session, Twin, label};
use crate::domain::{Progress, Sink, Size, secret};
use crate::engine::{ArchiveStream, Engine, Output};

/// The most that is copied of all files, in bytes.
const MOST: u64 = 2 << 30;

/// How many links are followed to files that are taken, too.
const LINKS: usize = 50;

/// What to try, and how.
pub struct Try<'a> {
    /// The twin that has the files; it must run.
    pub twin: &'a Twin,
    /// Reference or id of the production image.
    pub image: &'a str,
    /// The files, and what runs.
    pub trial: Trial,
    /// After this it is stopped; it lives, then.
    pub limit: Duration,
    /// Whether the image may be pulled.
    pub pull: PullPolicy,
    /// Tells the tries of one session apart.
    pub serial: u32,
}

/// Tries files in the production image. What is printed goes to `out`, where there is one.
///
/// # Errors
/// `Usage` when a path is none; `NoTarget` when a file, the twin or the image is not there; `Engine`; `Cancelled`.
pub async fn tryout(
    engine: &dyn Engine,
    session: &Session,
    wanted: Try<'_>,
    out: Option<mpsc::Sender<Output>>,
    sink: Sink<'_>,
    cancel: &CancellationToken,
) -> Result<Tryout> {
    let trial = wanted.trial.clone().checked()?;
    let fetch = explore::fetched(engine, wanted.image, wanted.pull, sink);
    let image = unless_cancelled(cancel, fetch).await?;
    let (files, notes) = unless_cancelled(cancel, found(engine, &wanted.twin.id, &trial)).await?;
    let plan = plan(session, &wanted, &trial, &image);
    let config = &image.config;
    let mut report = Tryout {
        twin: wanted.twin.plan.name.clone(),
        image: wanted.image.to_owned(),
        files,
        argv: trial.argv_in(wanted.image, config)?,
        user: config.user.clone(),
        docker_run: String::new(),
        ending: Ending::Lives,
        words: String::new(),
        millis: 0,
        stdout: String::new(),
        stderr: String::new(),
        findings: Vec::new(),
        notes,
    };
    sink(Progress::Step(format!(
        "creating a container of {}",
        wanted.image
    )));
    // Never given up in the middle: what the engine has begun to make could not be found again.
    let id = engine.create(&plan, None).await?;
    let tried = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Error::cancelled()),
        tried = inside(engine, session, &wanted, &id, out, sink, &mut report, cancel) => tried,
    };
    let removed = within(PATIENCE, engine.remove(&id)).await;
    tried.and_then(|()| removed.map_err(may_be_left))?;
    Ok(report)
}

#[expect(
    clippy::too_many_arguments,
    reason = "the body of one use case, apart for its clean-up"
)]
async fn inside(
    engine: &dyn Engine,
    session: &Session,
    wanted: &Try<'_>,
    id: &ContainerId,
    out: Option<mpsc::Sender<Output>>,
    sink: Sink<'_>,
    report: &mut Tryout,
    cancel: &CancellationToken,
) -> Result<()> {
    for file in &mut report.files {
        sink(Progress::Step(format!(
            "copying {}",
            bounded(&file.path, 200)
        )));
        file.replaced = engine.peek(id, &file.path).await?.is_some();
    }
    let made = copy(engine, &wanted.twin.id, id, &report.files).await?;
    report.docker_run = by_hand(&report.twin, &report.files, &run_words(wanted), &made);
    sink(Progress::Step("running it".into()));
    let course = Course {
        tty: false,
        size: Size::clamped(80, 24),
        limit: wanted.limit,
        stop_signal: None,
    };
    let (send, pieces) = mpsc::channel(16);
    let (ran, kept) = tokio::join!(
        replay::run(engine, id, &course, Some(send)),
        kept(pieces, out),
    );
    let Ran { ending, millis } = ran?;
    (report.stdout, report.stderr) = kept;
    report.ended(ending, millis);
    if report.is_well() {
        return Ok(());
    }
    sink(Progress::Step("looking for what is wrong".into()));
    let subject = Subject::Container(engine.inspect(&id.0).await?);
    let dev = Some(wanted.twin.plan.image.as_str());
    let found = inspect::inspect(engine, session, &subject, dev, cancel).await;
    match found {
        Ok(inspected) => {
            report.findings = inspected.report.findings;
            // That production has no shell is as it should be.
            report.findings.retain(|f| f.severity != Severity::Note);
        }
        Err(error) if error.kind == ErrorKind::Cancelled => return Err(error),
        Err(error) => report.notes.push(format!(
            "the container could not be inspected: {}",
            error.message
        )),
    }
    Ok(())
}

/// Looks at the files; a link's own target is taken, too, and that is said.
async fn found(
    engine: &dyn Engine,
    twin: &ContainerId,
    trial: &Trial,
) -> Result<(Vec<TriedFile>, Vec<String>)> {
    let (mut files, mut notes) = (Vec::new(), Vec::new());
    let mut left: Vec<String> = trial.paths.iter().rev().cloned().collect();
    let mut known: BTreeSet<String> = left.iter().cloned().collect();
    let (mut bytes, mut links) = (0_u64, 0);
    while let Some(path) = left.pop() {
        let Some(stat) = engine.stat(twin, &path).await? else {
            let message = format!("{} is not in the twin", bounded(&path, 200));
            return Err(Error::new(ErrorKind::NoTarget, message)
                .hint("paths are those of the twin; ls -l PATH in its shell shows it"));
        };
        if stat.is_special {
            let message = format!("{} is a device, a pipe or a socket", bounded(&path, 200));
            return Err(
                Error::new(ErrorKind::Usage, message).hint("only files and folders can be tried")
            );
        }
        bytes = bytes.saturating_add(stat.size);
        if bytes > MOST {
            let message = format!("the files have more than {} GiB", MOST >> 30);
            return Err(Error::new(ErrorKind::Usage, message).hint("try fewer of them"));
        }
        if let Some(to) = &stat.link_target
            && links < LINKS
            && known.insert(to.clone())
            && engine.peek(twin, to).await?.is_some()
        {
            links += 1;
            notes.push(format!("{path} is a link to {to}, which was taken, too"));
            left.push(to.clone());
        }
        files.push(TriedFile {
            path,
            bytes: stat.size,
            link: stat.link_target,
            replaced: false,
        });
    }
    Ok((files, notes))
}

/// The container: the image's own configuration, and nothing of ours but its name and labels.
fn plan(session: &Session, wanted: &Try<'_>, trial: &Trial, image: &Image) -> Plan {
    let mut labels = session.labels(Mode::Replica, wanted.image, wanted.image);
    // It goes by itself when its command has ended.
    labels.insert(label::BRIEF.into(), "1".into());
    Plan {
        mode: Mode::Replica,
        name: format!("{NAME_PREFIX}try-{}-{}", wanted.serial, session.id),
        argv: trial.argv.clone(),
        env: trial.env.clone(),
        // As any container gets it: a program that asks for a name at its start must find an answer.
        network: String::new(),
        mounts: Vec::new(),
        labels,
        ..probe::plan(image, session)
    }
}

/// What follows `docker create`.
fn run_words(wanted: &Try<'_>) -> String {
    let trial = &wanted.trial;
    let mut words = Vec::new();
    for (name, value) in &trial.env {
        words.push("-e".to_owned());
        words.push(if secret::is_secret(name, value) {
            quote(name)
        } else {
            quote(&format!("{name}={value}"))
        });
    }
    let argv = secret::words(&trial.argv);
    let mut argv = argv.iter().map(secret::Word::quoted);
    if let Some(program) = argv.next() {
        words.extend(["--entrypoint".to_owned(), program]);
    }
    words.push(quote(wanted.image));
    words.extend(argv);
    words.join(" ")
}

/// Copies each file as it is in the twin, owner and permissions included, as the engine streams it from the one to the
/// other. Folders that lead to it and are missing are made first: those, each as the one that is there and the path below.
async fn copy(
    engine: &dyn Engine,
    twin: &ContainerId,
    into: &ContainerId,
    files: &[TriedFile],
) -> Result<Vec<(String, String)>> {
    let mut made = Vec::new();
    let mut there: BTreeSet<String> = BTreeSet::new();
    for file in files {
        let parent = file.path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let mut missing = Vec::new();
        let mut at = parent;
        while !at.is_empty() && !there.contains(at) {
            if engine.peek(into, at).await?.is_some() {
                break;
            }
            missing.push(at);
            at = at.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        if let Some(below) = parent.strip_prefix(at).filter(|_| !missing.is_empty()) {
            let there = if at.is_empty() { "/" } else { at };
            made.push((there.to_owned(), below.trim_start_matches('/').to_owned()));
        }
        for folder in missing.into_iter().rev() {
            let seen = engine.peek(twin, folder).await?.map_or(0o755, |s| s.mode);
            let (over, name) = folder.rsplit_once('/').unwrap_or_default();
            let over = if over.is_empty() { "/" } else { over };
            engine.put_archive(into, over, empty(name, seen)?).await?;
        }
        let mut all = parent;
        while !all.is_empty() {
            there.insert(all.to_owned());
            all = all.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        let archive = engine.archive_stream(twin, &file.path).await?;
        let parent = if parent.is_empty() { "/" } else { parent };
        engine
            .put_stream(into, parent, bounded_stream(archive))
            .await?;
    }
    Ok(made)
}

/// The same stream, which breaks off behind so many bytes: of a folder only its archive tells how much it has.
fn bounded_stream(archive: ArchiveStream) -> ArchiveStream {
    let mut all = 0_u64;
    let count = move |piece: Result<Bytes>| {
        let piece = piece?;
        all += piece.len() as u64;
        if all > MOST {
            let message = format!("the files have more than {} GiB", MOST >> 30);
            return Err(Error::new(ErrorKind::Usage, message).hint("try fewer of them"));
        }
        Ok(piece)
    };
    archive.map(count).boxed()
}

/// An archive of one empty folder.
fn empty(name: &str, mode: u32) -> Result<Bytes> {
    let broken = |e: std::io::Error| {
        Error::new(ErrorKind::Internal, format!("could not pack a folder: {e}"))
    };
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_size(0);
    header.set_mode(mode & 0o7777);
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_data(&mut header, format!("{name}/"), std::io::empty())
        .map_err(broken)?;
    tar.into_inner().map(Bytes::from).map_err(broken)
}

/// The last of both streams; each piece goes on to who wants it.
async fn kept(
    mut pieces: mpsc::Receiver<Output>,
    mut out: Option<mpsc::Sender<Output>>,
) -> (String, String) {
    let (mut stdout, mut stderr) = (replay::Tail::default(), replay::Tail::default());
    while let Some(piece) = pieces.recv().await {
        match &piece {
            Output::Stdout(bytes) => stdout.push(bytes),
            Output::Stderr(bytes) => stderr.push(bytes),
        }
        if let Some(to) = &out
            && to.send(piece).await.is_err()
        {
            out = None;
        }
    }
    (stdout.text(), stderr.text())
}
