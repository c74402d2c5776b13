//! The life of a container of ours: created from a plan, attached, started, awaited, removed.

use std::time::Duration;

use bollard::errors::Error as Bollard;
use bollard::query_parameters::{
    CreateContainerOptions, KillContainerOptions, RemoveContainerOptions, ResizeContainerTTYOptions,
};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{BoxStream, unfold};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, sink};

use crate::domain::Size;
use crate::domain::error::Result;
use crate::domain::plan::Plan;
use crate::domain::target::ContainerId;
use crate::engine::{Output, Pipes, Tty};

use super::demux::Demux;
use super::{Docker, container_name, create, error};

/// The keys that would cut an attached terminal off, as a query takes them: two bytes 0xFF. Unlike
/// an exec's, which are JSON text, they can be bytes that no keyboard input in UTF-8 contains, so
/// that nothing that a person types is ever held back.
const DETACH_KEYS: &str = "%FF,%FF";

/// How often a container is tried to be removed whose files are still held, and the pause between.
const REMOVALS: u32 = 5;
const REMOVAL_PAUSE: Duration = Duration::from_millis(200);

/// How much is read at once, in bytes; larger buffers were not faster (terminal.md §5).
const CHUNK: usize = 16 * 1024;

impl Docker {
    pub(super) async fn create_twin(&self, plan: &Plan, size: Option<Size>) -> Result<ContainerId> {
        let options = CreateContainerOptions {
            name: Some(plan.name.clone()),
            platform: plan.platform.clone().unwrap_or_default(),
        };
        let size = size.filter(|_| self.speaks(42));
        let answer = self
            .api
            .create_container(Some(options), create::body(plan, size))
            .await
            .map_err(|e| self.failed(&format!("cannot create {}", plan.name), e))?;
        for warning in &answer.warnings {
            tracing::warn!(
                warning = error::plain(warning),
                "the engine created {}",
                plan.name
            );
        }
        let id = ContainerId(answer.id);
        if let Err(error) = self.connect_networks(&id, &plan.networks).await {
            if let Err(second) = self.remove_container(&id).await {
                tracing::warn!(%id, %second, "not removed after a failure");
            }
            return Err(error);
        }
        Ok(id)
    }

    pub(super) async fn attach_terminal(&self, id: &ContainerId, replay: bool) -> Result<Tty> {
        let raw = self.attach(id, replay, true).await?;
        Ok(Tty {
            output: raw.output,
            input: Box::new(raw.input),
        })
    }

    pub(super) async fn attach_streams(&self, id: &ContainerId, stdin: bool) -> Result<Pipes> {
        let raw = self.attach(id, false, stdin).await?;
        let input: Box<dyn AsyncWrite + Send + Unpin> = if stdin {
            Box::new(raw.input)
        } else {
            Box::new(sink())
        };
        let output = self.frames(raw.output, &format!("cannot read from {}", id.short()));
        Ok(Pipes { output, input })
    }

    async fn attach(
        &self,
        id: &ContainerId,
        replay: bool,
        stdin: bool,
    ) -> Result<super::hijack::Raw> {
        let path = format!(
            "/containers/{}/attach?stream=1&stdout=1&stderr=1&stdin={}&logs={}&detachKeys={DETACH_KEYS}",
            container_name(&id.0)?,
            u8::from(stdin),
            u8::from(replay),
        );
        let doing = format!("cannot attach to {}", id.short());
        self.hijack(&path, Bytes::new(), &doing).await
    }

    /// Output as pieces of stdout and stderr; an error when it ends within a frame, because then
    /// something is missing.
    pub(super) fn frames(
        &self,
        reader: Box<dyn AsyncRead + Send + Unpin>,
        doing: &str,
    ) -> BoxStream<'static, Result<Output>> {
        let frames = Frames {
            reader: Some(reader),
            demux: Demux::default(),
            bytes: Bytes::new(),
            garbled: self.garbled(doing),
            cut: self.lost(doing, &"the stream broke off"),
        };
        unfold(frames, |mut frames| async {
            let piece = frames.next().await?;
            Some((piece, frames))
        })
        .fuse()
        .boxed()
    }

    pub(super) async fn start_container(&self, id: &ContainerId) -> Result<()> {
        self.api
            .start_container(container_name(&id.0)?, None)
            .await
            .map_err(|e| self.failed(&format!("cannot start {}", id.short()), e))
    }

    pub(super) async fn resize_container(&self, id: &ContainerId, size: Size) -> Result<()> {
        let options = ResizeContainerTTYOptions {
            h: size.rows.get().into(),
            w: size.cols.get().into(),
        };
        self.api
            .resize_container_tty(container_name(&id.0)?, options)
            .await
            .map_err(|e| self.failed("cannot set the size of the terminal", e))
    }

    pub(super) async fn wait_container(&self, id: &ContainerId) -> Result<i64> {
        let doing = format!("cannot wait for {}", id.short());
        let mut answers = self.api.wait_container(container_name(&id.0)?, None);
        match answers.next().await {
            // bollard makes an error of a status above zero; with a text it is one.
            Some(Err(Bollard::DockerContainerWaitError { error, code })) if error.is_empty() => {
                Ok(code)
            }
            Some(Err(Bollard::DockerContainerWaitError { error, .. })) => {
                Err(error::answer(&doing, 500, &error))
            }
            Some(Err(e)) => Err(self.failed(&doing, e)),
            Some(Ok(answer)) => match answer.error.and_then(|e| e.message) {
                Some(text) if !text.is_empty() => Err(error::answer(&doing, 500, &text)),
                _ => Ok(answer.status_code),
            },
            None => Err(self.lost(&doing, &"the engine ended the stream")),
        }
    }

    pub(super) async fn signal(&self, id: &ContainerId, signal: &str) -> Result<()> {
        let options = KillContainerOptions {
            signal: signal.into(),
        };
        self.api
            .kill_container(container_name(&id.0)?, Some(options))
            .await
            .map_err(|e| {
                let doing = format!("cannot send {} to {}", error::plain(signal), id.short());
                self.failed(&doing, e)
            })
    }

    /// Removes a container and the anonymous volumes that its own image declares. Volumes that the
    /// plan mounts are the target's; the engine leaves them alone because they are mounted by name,
    /// the target's anonymous ones too.
    pub(super) async fn remove_container(&self, id: &ContainerId) -> Result<()> {
        let options = RemoveContainerOptions {
            force: true,
            v: true,
            link: false,
        };
        let name = container_name(&id.0)?;
        for tries_left in (0..REMOVALS).rev() {
            match self.api.remove_container(name, Some(options.clone())).await {
                Ok(()) => break,
                Err(e) if is_gone(&e) => break,
                Err(e) if tries_left > 0 && is_busy(&e) => {
                    tracing::debug!(%id, error = %e, "not removed yet");
                    tokio::time::sleep(REMOVAL_PAUSE).await;
                }
                Err(e) => return Err(self.failed(&format!("cannot remove {}", id.short()), e)),
            }
        }
        Ok(())
    }
}

/// The storage driver still holds the files of a program that has just been killed.
fn is_busy(err: &Bollard) -> bool {
    let held = ["directory not empty", "device or resource busy"];
    error::words(err).is_some_and(|(_, text)| held.iter().any(|words| text.contains(words)))
}

fn is_gone(err: &Bollard) -> bool {
    match error::words(err) {
        Some((404, _)) => true,
        Some((409, text)) => text.contains("is already in progress"),
        _ => false,
    }
}

struct Frames {
    /// None once the stream ended or failed.
    reader: Option<Box<dyn AsyncRead + Send + Unpin>>,
    demux: Demux,
    bytes: Bytes,
    garbled: crate::domain::error::Error,
    cut: crate::domain::error::Error,
}

impl Frames {
    async fn next(&mut self) -> Option<Result<Output>> {
        loop {
            match self.demux.next(&mut self.bytes) {
                Ok(Some(piece)) => return Some(Ok(piece)),
                Ok(None) => {}
                Err(_) => {
                    self.bytes.clear();
                    self.reader = None;
                    return Some(Err(self.garbled.clone()));
                }
            }
            let reader = self.reader.as_mut()?;
            let mut chunk = Vec::with_capacity(CHUNK);
            match reader.read_buf(&mut chunk).await {
                Ok(0) => {
                    self.reader = None;
                    return (!self.demux.is_whole()).then(|| Err(self.cut.clone()));
                }
                Ok(_) => self.bytes = chunk.into(),
                Err(e) => {
                    tracing::debug!(error = %e, "a program's output broke off");
                    self.reader = None;
                    return Some(Err(self.cut.clone()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status_code: u16, message: &str) -> Bollard {
        Bollard::DockerResponseServerError {
            status_code,
            message: message.into(),
        }
    }

    #[test]
    fn a_container_that_is_gone_or_going_counts_as_removed() {
        assert!(is_gone(&refused(404, "No such container: 3f")));
        assert!(is_gone(&refused(
            409,
            "removal of container 3f is already in progress"
        )));
        assert!(!is_gone(&refused(
            409,
            "You cannot remove a running container"
        )));
        assert!(!is_gone(&refused(500, "driver failed")));
    }
}
