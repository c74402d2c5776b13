//! Programs beside a container's main one.

use std::time::Duration;

use bollard::models::ExecConfig;
use bollard::query_parameters::ResizeExecOptions;
use bytes::Bytes;
use tokio::io::{AsyncWrite, sink};

use crate::domain::Size;
use crate::domain::error::Result;
use crate::domain::target::ContainerId;
use crate::engine::{ExecId, ExecSpec, Pipes, Tty};

use super::hijack::Raw;
use super::{Docker, container_name, create};

/// The keys that would cut an exec's terminal off. They cannot be switched off, and the default
/// begins with Ctrl-P, which would then arrive only with the next key; of this sequence only a lone
/// Ctrl-^ is delayed (terminal.md §5).
const DETACH_KEYS: &str = "ctrl-^,ctrl-@,ctrl-^";

/// How often the first size is set before it is left to the next resize: the engine refuses it
/// until the program runs.
const RESIZES: usize = 5;

/// The pause between two attempts.
const RESIZE_PAUSE: Duration = Duration::from_millis(10);

impl Docker {
    pub(super) async fn exec_terminal(
        &self,
        id: &ContainerId,
        spec: &ExecSpec,
        size: Size,
    ) -> Result<(ExecId, Tty)> {
        let config = ExecConfig {
            console_size: self.speaks(42).then(|| create::console(size)),
            detach_keys: Some(DETACH_KEYS.into()),
            tty: Some(true),
            ..config(spec, true)
        };
        let (exec, raw) = self.exec(id, spec, config).await?;
        for _ in 0..RESIZES {
            match self.resize_exec_terminal(&exec, size).await {
                Ok(()) => break,
                Err(e) => tracing::debug!(error = %e, "the size of a new terminal was not taken"),
            }
            tokio::time::sleep(RESIZE_PAUSE).await;
        }
        let tty = Tty {
            output: raw.output,
            input: Box::new(raw.input),
        };
        Ok((exec, tty))
    }

    pub(super) async fn exec_streams(
        &self,
        id: &ContainerId,
        spec: &ExecSpec,
        stdin: bool,
    ) -> Result<(ExecId, Pipes)> {
        let (exec, raw) = self.exec(id, spec, config(spec, stdin)).await?;
        let doing = format!("cannot read from a program in {}", id.short());
        let input: Box<dyn AsyncWrite + Send + Unpin> = if stdin {
            Box::new(raw.input)
        } else {
            Box::new(sink())
        };
        let output = self.frames(raw.output, &doing);
        Ok((exec, Pipes { output, input }))
    }

    /// Makes an exec and starts it on a connection of its own.
    async fn exec(
        &self,
        id: &ContainerId,
        spec: &ExecSpec,
        config: ExecConfig,
    ) -> Result<(ExecId, Raw)> {
        let doing = format!(
            "cannot run {} in {}",
            spec.argv.first().map_or("nothing", String::as_str),
            id.short()
        );
        let tty = config.tty.unwrap_or(false);
        let exec = self
            .api
            .create_exec(container_name(&id.0)?, config)
            .await
            .map_err(|e| self.failed(&doing, e))?;
        let exec = ExecId(exec.id);
        let start = Bytes::from(format!(r#"{{"Detach":false,"Tty":{tty}}}"#));
        let path = format!("/exec/{}/start", container_name(&exec.0)?);
        let raw = self.hijack(&path, start, &doing).await?;
        Ok((exec, raw))
    }

    pub(super) async fn resize_exec_terminal(&self, id: &ExecId, size: Size) -> Result<()> {
        let options = ResizeExecOptions {
            h: size.rows.get().into(),
            w: size.cols.get().into(),
        };
        self.api
            .resize_exec(container_name(&id.0)?, options)
            .await
            .map_err(|e| self.failed("cannot set the size of the terminal", e))
    }

    pub(super) async fn exec_exit(&self, id: &ExecId) -> Result<Option<i64>> {
        let answer = self
            .api
            .inspect_exec(container_name(&id.0)?)
            .await
            .map_err(|e| self.failed("cannot ask how the program ended", e))?;
        Ok(match answer.running {
            Some(true) => None,
            _ => answer.exit_code,
        })
    }
}

/// What every exec has in common.
fn config(spec: &ExecSpec, stdin: bool) -> ExecConfig {
    let given = |s: &String| (!s.is_empty()).then(|| s.clone());
    ExecConfig {
        attach_stdin: Some(stdin),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(false),
        env: Some(spec.env.clone()),
        cmd: Some(spec.argv.clone()),
        user: given(&spec.user),
        working_dir: given(&spec.workdir),
        ..ExecConfig::default()
    }
}
