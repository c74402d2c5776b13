//! Files: whoever answers questions about them as long as the pane is in sight, and copies to and from this machine.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::super::feeds::send;
use super::super::outside::{named, unwritable};
use super::Runner;
use crate::app::panes::files::News;
use crate::app::{FilesEffect, Msg, TaskId};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::files::{Ask, Place, Root, Streamed, names};
use crate::domain::tar::{Event, Flow, Unpack};
use crate::domain::target::ContainerId;
use crate::domain::twin::Session;
use crate::engine::{ArchiveStream, Engine};
use crate::ops::files::Browser;
use crate::ops::{self, unless_cancelled};

/// Questions that may wait: the model asks one of a kind at a time.
const WAITING: usize = 64;
/// Bytes of a piece of a file that is copied.
const PIECE: usize = 64 << 10;
/// After so many bytes it is told how many were copied.
const STEP: u64 = 1 << 20;
/// How often it is told of an upload.
const PAUSE: Duration = Duration::from_millis(200);

/// Where questions go, by the number of whoever answers.
#[derive(Default)]
pub(super) struct Browsers(HashMap<TaskId, mpsc::Sender<(Ask, bool)>>);

impl Runner {
    /// Does what the files pane asks for.
    pub(super) fn files(&mut self, effect: FilesEffect) {
        match effect {
            FilesEffect::Browse { task, place } => self.browse(task, *place),
            FilesEffect::Ask { task, ask, anew } => {
                if let Some(asks) = self.browsers.0.get(&task)
                    && let Err(error) = asks.try_send((ask, anew))
                {
                    tracing::debug!(%error, "a question about files was left out");
                }
            }
            FilesEffect::Download {
                task,
                place,
                root,
                path,
                is_dir,
                to,
            } => {
                let wanted = Wanted {
                    place: *place,
                    session: self.session.clone(),
                    root,
                    path,
                    is_dir,
                };
                let carrier = self.carrier(task);
                self.spawn(carrier.download(wanted, to));
            }
            FilesEffect::Upload {
                task,
                twin,
                from,
                to,
            } => {
                let carrier = self.carrier(task);
                self.spawn(carrier.upload(twin, from, to));
            }
        }
    }

    /// Answers questions until it is cancelled.
    fn browse(&mut self, task: TaskId, place: Place) {
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        let (asks, mut asked) = mpsc::channel(WAITING);
        self.browsers.0.retain(|_, asks| !asks.is_closed());
        self.browsers.0.insert(task, asks);
        let (engine, tx) = (Arc::clone(&self.engine), self.tx.clone());
        let session = self.session.clone();
        self.spawn(async move {
            let engine = engine.as_ref();
            let mut browser = Browser::new(place, session);
            let streams = tx.clone();
            let told = move |streamed: Streamed| {
                // One that is lost in a flood is made good by the next.
                let news = Msg::Files(task, News::Streamed(streamed));
                if let Err(error) = streams.try_send(news) {
                    tracing::debug!(%error, "a step was left out");
                }
            };
            while let Some(Some((ask, anew))) = cancel.run_until_cancelled(asked.recv()).await {
                let answer = browser.answer(engine, &ask, anew, &told, &cancel).await;
                if cancel.is_cancelled() {
                    break;
                }
                let news = News::Answered(ask, answer.map(Box::new));
                let told = send(&tx, Msg::Files(task, news));
                if cancel.run_until_cancelled(told).await.is_none() {
                    break;
                }
            }
            browser.close(engine).await;
        });
    }

    /// Whoever copies something.
    fn carrier(&mut self, task: TaskId) -> Carrier {
        let cancel = self.all.child_token();
        self.cancels.insert(task, cancel.clone());
        Carrier {
            engine: Arc::clone(&self.engine),
            cancel,
            tx: self.tx.clone(),
            task,
        }
    }
}

/// Copies something; what is said of it comes last, also when it was given up.
struct Carrier {
    engine: Arc<dyn Engine>,
    cancel: CancellationToken,
    tx: mpsc::Sender<Msg>,
    task: TaskId,
}

/// What is copied to this machine.
struct Wanted {
    place: Place,
    session: Session,
    root: Root,
    path: String,
    is_dir: bool,
}

impl Carrier {
    fn copied(&self, bytes: u64) {
        let news = Msg::Files(self.task, News::Copied(bytes));
        if let Err(error) = self.tx.try_send(news) {
            tracing::debug!(%error, "a step was left out");
        }
    }

    async fn done(self, result: Result<String>) {
        send(&self.tx, Msg::Files(self.task, News::Carried(result))).await;
    }

    async fn download(self, wanted: Wanted, to: String) {
        let result = self.downloaded(wanted, &to).await;
        self.done(result).await;
    }

    /// Writes to a new file, and takes it away again when it could not be had to its end.
    async fn downloaded(&self, wanted: Wanted, to: &str) -> Result<String> {
        let file = named(to);
        let mut options = tokio::fs::OpenOptions::new();
        // What lies in a container may be secret: it is the person's alone, as a saved log is.
        options.write(true).create_new(true).mode(0o600);
        let mut open = options
            .open(&file)
            .await
            .map_err(|error| unwritable(to, &error))?;
        let result = self.fetch(wanted, to, &mut open).await;
        if let Ok((_, true)) = result {
            // Of what is open: by its name another file could be meant by now.
            let mode = std::fs::Permissions::from_mode(0o700);
            if let Err(error) = open.set_permissions(mode).await {
                tracing::debug!(%error, "it is not made executable");
            }
        }
        drop(open);
        if result.is_err()
            && let Err(error) = tokio::fs::remove_file(&file).await
        {
            tracing::warn!(%error, "half a file stays behind");
        }
        let (bytes, _) = result?;
        Ok(format!(
            "copied to {to}: {}",
            crate::app::text::bytes(bytes)
        ))
    }

    /// The bytes that were written, and whether it is a program.
    async fn fetch(
        &self,
        wanted: Wanted,
        to: &str,
        file: &mut tokio::fs::File,
    ) -> Result<(u64, bool)> {
        let Wanted {
            place,
            session,
            root,
            path,
            is_dir,
        } = wanted;
        let engine = self.engine.as_ref();
        let from = (&place, &session);
        let download = ops::files::download(engine, from, root, &path, &self.cancel).await?;
        let writing = self.write(download.archive, is_dir, to, file);
        let written = unless_cancelled(&self.cancel, writing).await;
        if let Some(made) = download.made {
            ops::files::discard(engine, &made).await;
        }
        written
    }

    async fn write(
        &self,
        mut archive: ArchiveStream,
        is_dir: bool,
        to: &str,
        file: &mut tokio::fs::File,
    ) -> Result<(u64, bool)> {
        let mut unpack = Unpack::default();
        let (mut program, mut ends) = (false, false);
        let (mut done, mut said) = (0_u64, 0_u64);
        while let Some(chunk) = archive.next().await.transpose()? {
            let mut bytes = Vec::new();
            if is_dir {
                bytes.extend_from_slice(&chunk);
            } else {
                let mut first = true;
                let taken = unpack.feed(&chunk, &mut |event| match event {
                    Event::Entry(entry) => {
                        ends = !std::mem::take(&mut first) && done > 0;
                        program = entry.mode & 0o111 != 0;
                        if ends { Flow::Enough } else { Flow::More }
                    }
                    Event::Data(data) => {
                        bytes.extend_from_slice(data);
                        Flow::More
                    }
                });
                let flow = taken.map_err(|why| {
                    let message = format!("the engine's archive cannot be read: {why}");
                    Error::new(ErrorKind::Engine, message)
                })?;
                ends = flow == Flow::Enough;
            }
            file.write_all(&bytes)
                .await
                .map_err(|error| unwritable(to, &error))?;
            done += bytes.len() as u64;
            if done >= said + STEP {
                said = done;
                self.copied(done);
            }
            if ends {
                break;
            }
        }
        file.sync_all()
            .await
            .map_err(|error| unwritable(to, &error))?;
        Ok((done, program))
    }

    async fn upload(self, twin: ContainerId, from: String, to: String) {
        let result = self.uploaded(&twin, &from, &to).await;
        self.done(result).await;
    }

    async fn uploaded(&self, twin: &ContainerId, from: &str, to: &str) -> Result<String> {
        let path = named(from);
        let file = regular(&path)
            .await
            .map_err(|error| unreadable(from, &error))?;
        let about = file
            .metadata()
            .await
            .map_err(|error| unreadable(from, &error))?;
        let size = about.len();
        let mtime = u64::try_from(about.mtime()).unwrap_or_default();
        let copied = Arc::new(AtomicU64::new(0));
        let pieces = pieces(file, size, from.to_owned(), Arc::clone(&copied));
        let engine = self.engine.as_ref();
        let meta = (size, about.mode(), mtime);
        let mut upload = Box::pin(ops::files::upload(engine, twin, to, meta, pieces.boxed()));
        let mut tick = tokio::time::interval(PAUSE);
        let sent = async {
            loop {
                tokio::select! {
                    sent = &mut upload => return sent,
                    _ = tick.tick() => self.copied(copied.load(Ordering::Relaxed)),
                }
            }
        };
        unless_cancelled(&self.cancel, sent).await?;
        let name = names::shown(to);
        Ok(format!(
            "{name} is in the twin: {}",
            crate::app::text::bytes(size)
        ))
    }
}

/// Opens a regular file: a pipe would keep its reader waiting.
async fn regular(path: &Path) -> io::Result<tokio::fs::File> {
    let about = tokio::fs::metadata(path).await?;
    if !about.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    tokio::fs::File::open(path).await
}

/// The first `size` bytes of a file. One that is cut meanwhile fails: the archive says how long it is.
fn pieces(
    file: tokio::fs::File,
    size: u64,
    from: String,
    copied: Arc<AtomicU64>,
) -> impl Stream<Item = Result<Bytes>> + Send {
    stream::try_unfold(
        (file.take(size), size, from, copied),
        async |(mut file, left, from, copied)| {
            if left == 0 {
                return Ok(None);
            }
            let mut bytes = vec![0; PIECE];
            let read = file
                .read(&mut bytes)
                .await
                .map_err(|error| unreadable(&from, &error))?;
            if read == 0 {
                let error = io::Error::other("it became shorter while it was read");
                return Err(unreadable(&from, &error));
            }
            bytes.truncate(read);
            copied.fetch_add(read as u64, Ordering::Relaxed);
            let left = left - read as u64;
            Ok(Some((Bytes::from(bytes), (file, left, from, copied))))
        },
    )
}

fn unreadable(path: &str, error: &io::Error) -> Error {
    let message = format!("cannot read {path}: {error}");
    Error::new(ErrorKind::Usage, message).hint("name another file of this machine")
}
