//! Where a container's root lies, what it is connected to, and how its streams are.

use serde::Serialize;

/// What a container is to the engine's storage, networks and streams.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Runtime {
    /// Storage driver, `overlay2`; empty when not said.
    pub storage: String,
    /// The folders of its root, where the driver tells them; none with the containerd image store
    /// (engines.md). Only for mounts that the engine itself makes: they are on its machine.
    pub layers: Option<Layers>,
    /// Whether its engine can mount an image: API 1.48 (engines.md).
    pub image_mounts: bool,
    /// Names of the networks that it is connected to, the one of its network mode first.
    pub networks: Vec<String>,
    /// Whether its program has a terminal.
    pub tty: bool,
    /// DNS servers given to it, `--dns`.
    pub dns: Vec<String>,
    /// Host names given to it, `--add-host`, as `name:address`.
    pub extra_hosts: Vec<String>,
    /// How long its last run lasted, in milliseconds, when it has ended.
    pub last_run_ms: Option<u64>,
}

impl Runtime {
    /// Whether its whole root may be exported. An engine with the containerd store mounts a root for an export without
    /// the container's lock: beside another request, or a start, that can answer with an empty root, and even leave a
    /// container that cannot be started any more (28.5.2, docs/engines.md). It tells no folders; drivers of the
    /// engine's own, which are safe, do, but for a few that are taken for unsafe.
    pub fn can_be_exported(&self) -> bool {
        self.layers.is_some()
    }
}

/// The folders of a root on an overlay driver, as `GraphDriver.Data` tells them: absolute paths on the engine's machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Layers {
    /// What was written on top: `UpperDir`.
    pub upper: String,
    /// What lies below, the topmost first: `LowerDir`.
    pub lower: Vec<String>,
}

impl Layers {
    /// All folders, the topmost first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.upper.as_str()).chain(self.lower.iter().map(String::as_str))
    }
}
