//! A folder of the person, copied to the engine as an archive that is made while it is sent.

use std::fs::{self, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::domain::Sink;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::Folder;
use crate::domain::target::ContainerId;
use crate::domain::text::bounded;
use crate::engine::Engine;
use crate::ops::arena::{counted, telling};
use crate::ops::{local, unless_cancelled};

/// The most that is copied, in bytes: who works with more binds the folder.
const MOST: u64 = 4 << 30;
/// Bytes of a piece on its way, and how many may wait.
const PIECE: usize = 256 * 1024;
const WAITING: usize = 4;

/// Copies the folder into the container, at its path there.
pub(super) async fn into(
    engine: &dyn Engine,
    id: &ContainerId,
    folder: &Folder,
    sink: Sink<'_>,
    cancel: &CancellationToken,
) -> Result<()> {
    let (send, pieces) = mpsc::channel(WAITING);
    let source = PathBuf::from(&folder.source);
    let reader = tokio::task::spawn_blocking(move || read(&source, &send));
    let (told, news) = mpsc::unbounded_channel();
    let stream = futures_util::stream::unfold(pieces, |mut pieces| async move {
        let piece: Result<Bytes> = pieces.recv().await?;
        Some((piece, pieces))
    });
    let put = engine.put_stream(id, &folder.path, counted(stream.boxed(), told));
    let work = telling(put, news, sink);
    let put = unless_cancelled(cancel, work).await;
    // What could not be read says more than the engine, to whom the archive broke off.
    match reader.await {
        Ok(Err(error)) if error.kind != ErrorKind::Cancelled => Err(error),
        Ok(_) | Err(_) => put,
    }
}

/// Makes the archive, piece by piece. Nobody who takes it any more is `Cancelled`.
fn read(source: &Path, send: &mpsc::Sender<Result<Bytes>>) -> Result<()> {
    let mut tar = tar::Builder::new(Pieces {
        send: send.clone(),
        piece: Vec::with_capacity(PIECE),
        all: 0,
    });
    tar.follow_symlinks(false);
    let read = walk(source, &mut tar).and_then(|()| tar.into_inner()?.flush());
    let Err(error) = read else { return Ok(()) };
    let error = match error.kind() {
        io::ErrorKind::BrokenPipe => Error::cancelled(),
        _ => Error::new(
            ErrorKind::Usage,
            format!("{} cannot be copied: {error}", source.display()),
        )
        .hint("name a folder that can be read whole, or without :copy"),
    };
    if send.blocking_send(Err(error.clone())).is_err() {
        tracing::trace!("the copy was given up");
    }
    Err(error)
}

fn walk(source: &Path, tar: &mut tar::Builder<Pieces>) -> io::Result<()> {
    let mut left = vec![PathBuf::new()];
    while let Some(at) = left.pop() {
        let path = source.join(&at);
        let said = |error: io::Error| {
            let text = format!("{}: {error}", bounded(&path.display().to_string(), 200));
            io::Error::new(error.kind(), text)
        };
        let about = fs::symlink_metadata(&path).map_err(said)?;
        let kind = about.file_type();
        if kind.is_socket() || kind.is_fifo() || kind.is_block_device() || kind.is_char_device() {
            continue;
        }
        let name = if at.as_os_str().is_empty() {
            PathBuf::from("./")
        } else {
            at.clone()
        };
        let mut header = header(&about);
        if kind.is_symlink() {
            let to = fs::read_link(&path).map_err(said)?;
            header.set_entry_type(tar::EntryType::Symlink);
            tar.append_link(&mut header, &name, to)?;
        } else if kind.is_dir() {
            header.set_entry_type(tar::EntryType::Directory);
            tar.append_data(&mut header, &name, io::empty())?;
            for entry in fs::read_dir(&path).map_err(said)? {
                left.push(at.join(entry.map_err(said)?.file_name()));
            }
        } else {
            let file = local::open(&path).map_err(said)?;
            header.set_entry_type(tar::EntryType::Regular);
            header.set_size(about.len());
            // A file that changes meanwhile must not break the archive.
            let exact = io::Read::take(io::Read::chain(file, io::repeat(0)), about.len());
            tar.append_data(&mut header, &name, exact)?;
        }
    }
    Ok(())
}

fn header(about: &Metadata) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    header.set_mode(about.mode() & 0o7777);
    header.set_uid(about.uid().into());
    header.set_gid(about.gid().into());
    header.set_mtime(u64::try_from(about.mtime()).unwrap_or(0));
    header
}

/// Sends what is written in pieces.
struct Pieces {
    send: mpsc::Sender<Result<Bytes>>,
    piece: Vec<u8>,
    all: u64,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.all += bytes.len() as u64;
        if self.all > MOST {
            let text = format!("it is more than {} GiB", MOST >> 30);
            return Err(io::Error::other(text));
        }
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        if piece.is_empty() {
            return Ok(());
        }
        let sent = self.send.blocking_send(Ok(piece.into()));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_has_all_of_a_folder_but_what_is_no_file() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("sub")).unwrap();
        fs::write(place.path().join("sub/f"), "hello").unwrap();
        std::os::unix::fs::symlink("sub/f", place.path().join("link")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(place.path().join("s")).unwrap();
        let (send, mut pieces) = mpsc::channel(64);
        read(place.path(), &send).unwrap();
        drop(send);
        let mut all = Vec::new();
        while let Some(piece) = pieces.blocking_recv() {
            all.extend_from_slice(&piece.unwrap());
        }
        let mut archive = tar::Archive::new(&all[..]);
        let mut found: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|e| e.unwrap().path().unwrap().display().to_string())
            .collect();
        found.sort();
        assert_eq!(found, ["./", "link", "sub", "sub/f"]);
    }

    #[test]
    fn what_is_not_there_is_named() {
        let (send, _pieces) = mpsc::channel(4);
        let error = read(Path::new("/no/such/folder"), &send).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage);
        assert!(
            error.message.contains("/no/such/folder"),
            "{}",
            error.message
        );
    }
}
