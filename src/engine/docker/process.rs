//! What the engine's own `ps` says of the processes of a running container.

use bollard::query_parameters::TopOptions;

use crate::domain::error::Result;
use crate::domain::target::ContainerId;

use super::{Docker, container_name, convert, error};

impl Docker {
    pub(super) async fn signals_caught(&self, id: &ContainerId) -> Result<Option<u64>> {
        let name = container_name(&id.0)?;
        let doing = format!("cannot list the processes of {}", id.short());
        let answer = self
            .api
            .inspect_container(name, None)
            .await
            .map_err(|e| self.failed(&doing, e))?;
        let pid = answer.state.and_then(|s| s.pid);
        let Some(pid) = pid.and_then(|p| u32::try_from(p).ok()).filter(|p| *p > 0) else {
            return Ok(None);
        };
        // A blocked signal waits for sigwait or signalfd, and the kernel does not drop it for PID 1.
        // Any `ps` of procps knows these columns; busybox's does not, and is then no help.
        let options = TopOptions {
            ps_args: "-o pid,caught,blocked".into(),
        };
        match self.api.top_processes(name, Some(options)).await {
            Ok(top) => Ok(convert::caught(&top, pid)),
            Err(e) if error::status(&e).is_none() => Err(self.failed(&doing, e)),
            // A `ps` that cannot tell, or a process that has ended meanwhile.
            Err(e) => {
                let why = self.failed(&doing, e);
                tracing::debug!(%why, "the signals that it handles are not known");
                Ok(None)
            }
        }
    }
}
