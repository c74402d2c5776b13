//! A replica: a fresh container with the target's own configuration, and what is changed in it. Pure.
//!
//! The engine copies what the target was created with (limits, capabilities, security options, devices, mounts);
//! this says only what differs. A replica never publishes ports, takes no network alias and no label of the target
//! (labels route traffic, and Compose takes what carries its labels for its own), has no restart policy, and logs
//! to a file of the engine, whatever the target logs to.

pub mod edits;
mod print;

use std::collections::BTreeMap;

use serde::Serialize;

use super::target::ContainerId;

/// What a replica shares, and with whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Room {
    /// The network and the process ids of this twin, `container:` modes; of one that has those of the target itself only
    /// the network.
    Twin(ContainerId),
    /// No network at all; process ids as the target has them, or its own.
    Isolated,
    /// Networks as the target has them; process ids, too.
    Networked,
}

/// How a twin stands to networks and process ids, in the engine's words: `host`, `container:ID`, a network's name, empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Modes {
    /// Of its network.
    pub network: String,
    /// Of its process ids.
    pub pid: String,
}

impl Modes {
    /// The network mode of what runs beside the twin `twin` of `target`, and the mode of its process ids, none for its
    /// own. What a twin shares is shared with whose it is, for no engine joins through a third container.
    ///
    /// The process ids of the target itself are never shared: a start-up script that ends what it left running before
    /// would end the target.
    pub fn beside(&self, twin: &ContainerId, target: &ContainerId) -> (String, Option<String>) {
        let joined = |mode: &str| {
            if mode == "host" || mode.starts_with("container:") {
                mode.to_owned()
            } else {
                format!("container:{twin}")
            }
        };
        let of_target = self.pid.strip_prefix("container:") == Some(&target.0);
        let pid = (!of_target).then(|| joined(&self.pid));
        (joined(&self.network), pid)
    }
}

/// What becomes of the target's volumes and binds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mounts {
    /// As the target has them: what it may write, the replica may write, too.
    Same,
    /// All of them read-only.
    #[default]
    ReadOnly,
    /// None of them.
    None,
}

/// What becomes of a limit of the target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Limit {
    /// As the target has it.
    #[default]
    Same,
    /// None.
    None,
    /// So many bytes.
    Bytes(u64),
}

/// The complete description of a replica. Pure: nothing exists yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replica {
    /// Name of the container to create; begins with [`super::twin::NAME_PREFIX`].
    pub name: String,
    /// Whose configuration is copied.
    pub target: ContainerId,
    /// The target's name.
    pub target_name: String,
    /// Another image than the target's, by id or reference: its committed state, or the merged root.
    pub image: Option<String>,
    /// Program and arguments instead of the target's entrypoint and command.
    pub argv: Option<Vec<String>>,
    /// User instead of the target's; empty means the image's.
    pub user: Option<String>,
    /// Working directory instead of the target's.
    pub workdir: Option<String>,
    /// Variables on top of the target's; none as a value takes one away.
    #[serde(serialize_with = "edits")]
    pub env: Vec<(String, Option<String>)>,
    /// What it shares.
    pub room: Room,
    /// The target's volumes and binds.
    pub mounts: Mounts,
    /// Destinations of mounts, tmpfs included, that it does not get.
    pub without_mounts: Vec<String>,
    /// The memory limit.
    pub memory: Limit,
    /// A root that can be written to, though the target's cannot.
    pub writable_root: bool,
    /// The engine's default capabilities instead of the target's.
    pub default_caps: bool,
    /// Labels: ours alone.
    pub labels: BTreeMap<String, String>,
}

/// Edits of variables for a report, secrets masked.
fn edits<S: serde::Serializer>(
    env: &[(String, Option<String>)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let shown = |(name, value): &(String, Option<String>)| {
        let value = value
            .as_deref()
            .map(|v| super::secret::shown(name, v).to_owned());
        (name.clone(), value)
    };
    serializer.collect_seq(env.iter().map(shown))
}

#[cfg(test)]
pub(in crate::domain) mod tests;
