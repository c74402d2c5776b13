//! What the engine says, before any file is read.

use crate::domain::target::{Config, Image, Target};

/// Everything but files that the inspector goes by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What is inspected, as the person named it.
    pub subject: String,
    /// The image; none when it is gone.
    pub image: Option<Image>,
    /// The container; none when an image is inspected.
    pub target: Option<Target>,
    /// The dev image; none when there is none, or none is here.
    pub dev: Option<Dev>,
    /// The engine's machine, as in an image's architecture: `amd64`, `arm64`; none when it did not say.
    pub machine: Option<String>,
    /// `SigCgt` and `SigBlk` of PID 1, bit n-1 for signal n: which signals it catches, or blocks to wait for
    /// them. Only known while it runs.
    pub caught: Option<u64>,
    /// The last lines of both streams, cleaned; empty for an image.
    pub log: Vec<String>,
    /// Options of the volume mounted at each destination, where it has any: `("/data", "noexec,nosuid")`.
    pub mount_options: Vec<(String, String)>,
}

/// The dev image, where it is here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dev {
    /// Its reference.
    pub reference: String,
    /// Whether the subject's image is its own dev image.
    pub own: bool,
    /// What it runs.
    pub config: Config,
}

impl Facts {
    /// What runs, after the engine's own merging: the container's, or the image's.
    pub fn config(&self) -> &Config {
        static NOTHING: std::sync::LazyLock<Config> = std::sync::LazyLock::new(Config::default);
        match (&self.target, &self.image) {
            (Some(target), _) => &target.config,
            (None, Some(image)) => &image.config,
            (None, None) => &NOTHING,
        }
    }
}
