//! A container's files, its changes and its logs: all of it works on stopped containers too.

use bollard::errors::Error as Bollard;
use bollard::query_parameters::{
    ContainerArchiveInfoOptions, DownloadFromContainerOptions, UploadToContainerOptions,
};
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _};

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::ContainerId;
use crate::engine::{ArchiveStream, Change, FileStat, Output};

use super::demux::Demux;
use super::{Docker, container_name, convert, error};

/// The most that is kept of a log, in bytes: lines have no bound of their own.
const LOG: usize = 8 * 1024 * 1024;

impl Docker {
    pub(super) async fn stat_path(&self, id: &ContainerId, path: &str) -> Result<Option<FileStat>> {
        match self.head(id, path).await? {
            Ok(stat) => Ok(Some(stat)),
            Err(refusal) => self.refused(id, path, refusal).await,
        }
    }

    pub(super) async fn peek_path(&self, id: &ContainerId, path: &str) -> Result<Option<FileStat>> {
        match self.head(id, path).await? {
            Ok(stat) => Ok(Some(stat)),
            Err(refusal) if error::status(&refusal) == Some(404) => Ok(None),
            Err(refusal) => self.refused(id, path, refusal).await,
        }
    }

    /// Asks for the head of an archive; the inner error is a refusal.
    async fn head(&self, id: &ContainerId, path: &str) -> Result<Result<FileStat, Bollard>> {
        let name = container_name(&id.0)?;
        let options = ContainerArchiveInfoOptions { path: path.into() };
        let asked = self.api.get_container_archive_info(name, Some(options));
        match asked.await {
            Ok(stat) => Ok(Ok(convert::stat(stat))),
            Err(e) if error::status(&e).is_some() => Ok(Err(e)),
            Err(e) => Err(self.failed(&format!("cannot look at {}", error::plain(path)), e)),
        }
    }

    /// The answer to HEAD has no text, and the status is the same for a missing container, a missing file
    /// and a path through a file: asks once more in a way that gets words.
    async fn refused(
        &self,
        id: &ContainerId,
        path: &str,
        refusal: Bollard,
    ) -> Result<Option<FileStat>> {
        match self.read_archive(id, path, 0).await {
            Err(e) if is_missing_file(&e) => Ok(None),
            Err(e) => Err(e),
            Ok(_) => Err(self.failed(&format!("cannot look at {}", error::plain(path)), refusal)),
        }
    }

    pub(super) async fn read_archive(
        &self,
        id: &ContainerId,
        path: &str,
        limit: u64,
    ) -> Result<Vec<u8>> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut stream = self.stream_archive(id, path).await?;
        let mut archive = Vec::new();
        while archive.len() < limit
            && let Some(chunk) = stream.next().await.transpose()?
        {
            let room = chunk.len().min(limit - archive.len());
            archive.extend_from_slice(&chunk.slice(..room));
        }
        Ok(archive)
    }

    pub(super) async fn stream_archive(
        &self,
        id: &ContainerId,
        path: &str,
    ) -> Result<ArchiveStream> {
        let name = container_name(&id.0)?;
        let doing = format!("cannot read {} in {}", error::plain(path), id.short());
        let options = DownloadFromContainerOptions { path: path.into() };
        let stream = self.api.download_from_container(name, Some(options));
        self.begun(stream, doing).await
    }

    pub(super) async fn stream_root(&self, id: &ContainerId) -> Result<ArchiveStream> {
        let name = container_name(&id.0)?;
        let doing = format!("cannot read the files of {}", id.short());
        self.begun(self.api.export_container(name), doing).await
    }

    /// A stream of which the first piece has come, so that a refusal is an error at once.
    async fn begun(
        &self,
        stream: impl Stream<Item = Result<Bytes, Bollard>> + Send + 'static,
        doing: String,
    ) -> Result<ArchiveStream> {
        let url = self.endpoint.url.clone();
        let mut stream = stream
            .map(move |piece| piece.map_err(|e| error::from_bollard(&doing, &url, e)))
            .boxed();
        let first = stream.next().await.transpose()?;
        Ok(stream::iter(first.map(Ok)).chain(stream).boxed())
    }

    pub(super) async fn write_archive(
        &self,
        id: &ContainerId,
        path: &str,
        tar: Bytes,
    ) -> Result<()> {
        let name = container_name(&id.0)?;
        let options = UploadToContainerOptions {
            path: path.into(),
            ..Default::default()
        };
        self.api
            .upload_to_container(name, Some(options), bollard::body_full(tar))
            .await
            .map_err(|e| {
                let doing = format!(
                    "cannot put files into {} of {}",
                    error::plain(path),
                    id.short()
                );
                self.failed(&doing, e)
            })
    }

    pub(super) async fn list_changes(&self, id: &ContainerId) -> Result<Vec<Change>> {
        let name = container_name(&id.0)?;
        let answer =
            self.api.container_changes(name).await.map_err(|e| {
                self.failed(&format!("cannot list the changes of {}", id.short()), e)
            })?;
        let mut changes: Vec<_> = answer
            .unwrap_or_default()
            .into_iter()
            .map(convert::change)
            .collect();
        changes.sort();
        Ok(changes)
    }

    /// Not by bollard: its decoder holds back what a terminal printed after the last newline, and
    /// stalls on a NUL byte.
    pub(super) async fn read_logs(&self, id: &ContainerId, lines: u32) -> Result<Vec<u8>> {
        let name = container_name(&id.0)?;
        let doing = format!("cannot read the logs of {}", id.short());
        let tty = self.has_terminal(name, &doing).await?;
        let path = format!("/containers/{name}/logs?stdout=1&stderr=1&tail={lines}");
        let mut answer = self.get(&path, &doing).await?;
        let mut demux = Demux::default();
        let mut log = Vec::new();
        while log.len() < LOG
            && let Some(chunk) = answer.chunk().await
        {
            let mut chunk = chunk.map_err(|e| self.lost(&doing, &e))?;
            if tty {
                log.extend_from_slice(&chunk);
                continue;
            }
            while let Some(piece) = demux.next(&mut chunk).map_err(|_| self.garbled(&doing))? {
                match piece {
                    Output::Stdout(bytes) | Output::Stderr(bytes) => log.extend_from_slice(&bytes),
                }
            }
        }
        Ok(log)
    }

    /// The error of a stream that is not made of frames.
    pub(super) fn garbled(&self, doing: &str) -> Error {
        self.lost(doing, &"its stream could not be read")
    }
}

/// Whether an archive was refused because nothing stands at the path. Newer engines say "no such file
/// or directory" where 20.10 says "Could not find the file".
fn is_missing_file(err: &Error) -> bool {
    let missing = ["Could not find the file", "not a directory", "no such file"];
    err.kind == ErrorKind::Engine && missing.iter().any(|text| err.message.contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_told_from_a_missing_container() {
        for (text, missing) in [
            ("Could not find the file /nope in container web", true),
            (
                "lstat /var/lib/docker/overlay2/3f/merged/bin/sh/x: not a directory",
                true,
            ),
            ("No such container: web", false),
            ("lstat /x: permission denied", false),
        ] {
            assert_eq!(
                is_missing_file(&error::answer("x", 404, text)),
                missing,
                "{text}"
            );
        }
    }
}
