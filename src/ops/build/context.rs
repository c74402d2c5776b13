//! A directory of this machine as the archive that a build takes: what `.dockerignore` names stays here, links are
//! sent as links and never followed, and nothing but files, directories and links goes.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use tar::{EntryType, Header};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::domain::dockerignore::Ignore;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::text::clean;
use crate::engine::ArchiveStream;
use crate::ops::local;

/// The most files of a context: more are a mistake, like the root of the machine.
pub const FILES: usize = 1_000_000;

/// The longest `.dockerignore` that is read, in bytes.
const IGNORE: u64 = 1 << 20;

/// Bytes of a piece of the archive, and pieces that wait to be sent.
const PIECE: usize = 64 << 10;
const PIECES: usize = 16;

/// The name in the archive of a Dockerfile that is not the one in the directory.
pub const OWN_DOCKERFILE: &str = ".devtwin.Dockerfile";

const DOCKERIGNORE: &str = ".dockerignore";

/// What is to be packed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The directory; none for no files but those below.
    pub dir: Option<PathBuf>,
    /// The Dockerfile's path in the directory: it is sent whatever `.dockerignore` says.
    pub dockerfile: String,
    /// A text in place of the one that stands there. It goes by a name of its own ([`OWN_DOCKERFILE`]), and the
    /// classic builder takes it out before `COPY .` sees it.
    pub text: Option<String>,
    /// The text goes by the Dockerfile's own name instead: for BuildKit, which takes nothing out.
    pub in_place: bool,
    /// A `.dockerignore` in place of the directory's: `NAME.dockerignore`, which BuildKit prefers.
    pub ignore: Option<String>,
}

/// What was packed.
pub struct Packed {
    /// Files, directories and links.
    pub files: usize,
    /// Bytes of the files.
    pub bytes: u64,
    /// The archive.
    pub stream: ArchiveStream,
}

/// Something to send: its path in the archive and what the walk saw of it.
struct Entry {
    path: String,
    source: PathBuf,
    meta: Metadata,
}

impl Context {
    /// A context for this text alone, without files.
    pub fn of_text(text: &str) -> Self {
        Self {
            text: Some(text.to_owned()),
            ..Self::default()
        }
    }

    /// The name of the Dockerfile in the archive, for [`crate::domain::build::Build::dockerfile`].
    pub fn name(&self) -> &str {
        match &self.text {
            Some(_) if !self.is_in_place() => OWN_DOCKERFILE,
            _ => &self.dockerfile,
        }
    }

    fn is_in_place(&self) -> bool {
        self.in_place && !self.dockerfile.is_empty()
    }

    /// Looks at the directory and begins to pack it; on a thread of its own, as it is asked for.
    ///
    /// # Errors
    /// `Usage` when the directory or its `.dockerignore` cannot be read, or has too many files.
    pub async fn pack(&self) -> Result<Packed> {
        let context = self.clone();
        let walk = spawn_blocking(move || {
            let (ignore, entries) = context.walk()?;
            Ok((context, ignore, entries))
        });
        let (context, ignore, entries) = match walk.await {
            Ok(walked) => walked?,
            Err(e) => return Err(Error::new(ErrorKind::Internal, e.to_string())),
        };
        let of_files = entries.iter().filter(|entry| entry.meta.is_file());
        let bytes = of_files.map(|entry| entry.meta.len()).sum();
        let files = entries.len();
        let (send, receive) = mpsc::channel(PIECES);
        spawn_blocking(move || {
            let mut out = Pieces {
                piece: Vec::with_capacity(PIECE),
                send,
            };
            let packed = context.write(&ignore, &entries, &mut out);
            if let Err(e) = packed.and_then(|()| out.flush()) {
                let message = format!("cannot pack the build context: {e}");
                // Nobody may be left to hear it.
                let _ = out
                    .send
                    .blocking_send(Err(Error::new(ErrorKind::Usage, message)));
            }
        });
        let stream = stream::unfold(receive, |mut receive| async {
            Some((receive.recv().await?, receive))
        });
        Ok(Packed {
            files,
            bytes,
            stream: stream.boxed(),
        })
    }

    /// The text of the `.dockerignore` that counts, and what is to be sent.
    fn walk(&self) -> Result<(String, Vec<Entry>)> {
        let Some(dir) = &self.dir else {
            return Ok((String::new(), Vec::new()));
        };
        let text = match &self.ignore {
            Some(text) => text.clone(),
            None => read_ignore(&dir.join(DOCKERIGNORE))?,
        };
        let ignore = Ignore::parse(&text)?;
        let mut entries = Vec::new();
        let mut waiting = vec![(dir.clone(), String::new())];
        while let Some((at, path)) = waiting.pop() {
            self.list(&at, &path, &ignore, &mut waiting, &mut entries)?;
        }
        // The same archive for the same files: the engine knows its steps again by it.
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok((text, entries))
    }

    fn list(
        &self,
        at: &Path,
        path: &str,
        ignore: &Ignore,
        waiting: &mut Vec<(PathBuf, String)>,
        entries: &mut Vec<Entry>,
    ) -> Result<()> {
        let listed = fs::read_dir(at).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        for found in listed.map_err(|e| unreadable(at, &e))? {
            let source = found.path();
            let name = found.file_name();
            let Some(name) = name.to_str() else {
                let message = format!(
                    "{} has a name that is not UTF-8, and a build context takes no such file",
                    clean(&source.to_string_lossy())
                );
                return Err(Error::new(ErrorKind::Usage, message)
                    .hint("rename it, or name its directory in .dockerignore"));
            };
            let path = if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}/{name}")
            };
            let out = ignore.leaves_out(&path) && path != self.dockerfile;
            // Of the link itself, never of what it leads to.
            let meta = found.metadata().map_err(|e| unreadable(&source, &e))?;
            if meta.is_dir()
                && (!out || !ignore.leaves_out_all_below(&path) || self.is_above(&path))
            {
                waiting.push((source.clone(), path.clone()));
            }
            let sendable = meta.is_file() || meta.is_dir() || meta.is_symlink();
            // The list of what stays here goes along under our own hand.
            let replaced = self.text.is_some() && self.is_in_place() && path == self.dockerfile;
            if out || !sendable || path == DOCKERIGNORE || replaced {
                continue;
            }
            if entries.len() == FILES {
                let message = format!("the build context has more than {FILES} files");
                return Err(Error::new(ErrorKind::Usage, message)
                    .hint("name a smaller directory, or leave some out by .dockerignore"));
            }
            entries.push(Entry { path, source, meta });
        }
        Ok(())
    }

    /// Whether the Dockerfile lies below this directory.
    fn is_above(&self, dir: &str) -> bool {
        let rest = self.dockerfile.strip_prefix(dir);
        rest.is_some_and(|rest| rest.starts_with('/'))
    }

    fn write(&self, ignore: &str, entries: &[Entry], out: &mut Pieces) -> io::Result<()> {
        let mut tar = tar::Builder::new(out);
        for entry in entries {
            append(&mut tar, entry)?;
        }
        let mut ignore = ignore.to_owned();
        if let Some(text) = &self.text {
            append_text(&mut tar, self.name(), text)?;
            // The classic builder reads both, then takes out of the context what stands here.
            if !self.is_in_place() {
                ignore = format!("{ignore}\n{DOCKERIGNORE}\n{OWN_DOCKERFILE}\n");
            }
        }
        if !ignore.is_empty() {
            append_text(&mut tar, DOCKERIGNORE, &ignore)?;
        }
        tar.finish()
    }
}

fn read_ignore(path: &Path) -> Result<String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        Err(e) => return Err(unreadable(path, &e)),
    };
    let mut text = Vec::new();
    let read = file.take(IGNORE).read_to_end(&mut text);
    read.map_err(|e| unreadable(path, &e))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn unreadable(path: &Path, e: &io::Error) -> Error {
    let message = format!("cannot read {}: {e}", clean(&path.to_string_lossy()));
    Error::new(ErrorKind::Usage, message).hint(
        "is it yours to read? a directory that the build does not need belongs in .dockerignore",
    )
}

/// Owner and group are root, as docker sends them; the time is the file's own.
fn header(kind: EntryType, mode: u32, size: u64, time: i64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode & 0o7777);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size);
    header.set_mtime(u64::try_from(time).unwrap_or(0));
    header
}

fn append<W: Write>(tar: &mut tar::Builder<W>, entry: &Entry) -> io::Result<()> {
    let Entry { path, source, meta } = entry;
    let mode = meta.permissions().mode();
    let time = meta.mtime();
    if meta.is_symlink() {
        let target = fs::read_link(source)?;
        let mut header = header(EntryType::Symlink, mode, 0, time);
        return tar.append_link(&mut header, path, target);
    }
    if meta.is_dir() {
        let mut header = header(EntryType::Directory, mode, 0, time);
        return tar.append_data(&mut header, format!("{path}/"), io::empty());
    }
    let mut header = header(EntryType::Regular, mode, meta.len(), time);
    let file = local::open(source)
        .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", clean(path))))?;
    let mut exact = Exact {
        from: file.take(meta.len()),
        left: meta.len(),
        path,
    };
    tar.append_data(&mut header, path, &mut exact)
}

fn append_text<W: Write>(tar: &mut tar::Builder<W>, name: &str, text: &str) -> io::Result<()> {
    let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let mut header = header(EntryType::Regular, 0o644, size, 0);
    tar.append_data(&mut header, name, text.as_bytes())
}

/// A file of which just as much must come as its header says.
struct Exact<'a> {
    from: io::Take<File>,
    left: u64,
    path: &'a str,
}

impl io::Read for Exact<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.left -= count as u64;
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            let message = format!("{} became shorter while it was read", clean(self.path));
            return Err(io::Error::other(message));
        }
        Ok(count)
    }
}

/// What is written, in pieces for the engine.
struct Pieces {
    piece: Vec<u8>,
    send: mpsc::Sender<Result<Bytes>>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        let sent = self.send.blocking_send(Ok(Bytes::from(piece)));
        sent.map_err(|_| io::Error::other("nobody takes it any more"))
    }
}

#[cfg(test)]
mod tests;
