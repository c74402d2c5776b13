//! A container's details.

use bollard::errors::Error as Bollard;
use bollard::models::ContainerInspectResponse;
use serde_json::Value;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::Target;

use super::{Docker, container_name, convert};

/// The largest answer about one container that is read, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;

impl Docker {
    pub(super) async fn inspect_target(&self, name: &str) -> Result<Target> {
        let name = container_name(name)?;
        let doing = format!("cannot inspect {name}");
        let answer = match self.api.inspect_container(name, None).await {
            Ok(answer) => answer,
            Err(Bollard::JsonDataError { .. } | Bollard::JsonSerdeError { .. }) => {
                self.inspect_leniently(name, &doing).await?
            }
            Err(e) => return Err(self.failed(&doing, e)),
        };
        let mut target = convert::target(answer).ok_or_else(|| {
            let text = format!("the engine's answer about {name} has no id or no state");
            Error::new(ErrorKind::Engine, text)
        })?;
        target.runtime.image_mounts = self.speaks(48);
        Ok(target)
    }

    /// Podman's service has states of its own for a moment (`stopped`), which bollard takes for no answer at all.
    async fn inspect_leniently(&self, name: &str, doing: &str) -> Result<ContainerInspectResponse> {
        let mut answer = self.get(&format!("/containers/{name}/json"), doing).await?;
        let mut text = Vec::new();
        while text.len() < LARGEST
            && let Some(chunk) = answer.chunk().await
        {
            text.extend_from_slice(&chunk.map_err(|e| self.lost(doing, &e))?);
        }
        let odd = |e: serde_json::Error| {
            let text = format!("{doing}: the engine's answer cannot be read: {e}");
            Error::new(ErrorKind::Engine, text)
                .hint("is that a Docker engine? `devtwin doctor` says which one it is")
        };
        let mut value: Value = serde_json::from_slice(&text).map_err(odd)?;
        if let Some(Value::String(status)) = value.pointer_mut("/State/Status") {
            *status = common_state(status).to_owned();
        }
        serde_json::from_value(value).map_err(odd)
    }
}

/// Docker's word for a state that only Podman has.
fn common_state(word: &str) -> &str {
    match word {
        "stopped" => "exited",
        "configured" | "initialized" => "created",
        "stopping" => "running",
        "improper" | "unknown" => "dead",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn podmans_states_are_read_as_dockers() {
        for (word, common) in [
            ("stopped", "exited"),
            ("initialized", "created"),
            ("running", "running"),
        ] {
            let status = common_state(word);
            assert_eq!(status, common);
            let read: ContainerInspectResponse =
                serde_json::from_value(serde_json::json!({"State": {"Status": status}})).unwrap();
            assert!(read.state.is_some());
        }
    }
}
