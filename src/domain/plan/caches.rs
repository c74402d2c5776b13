//! Volumes of ours in which package managers keep what they download, so that a later twin installs without
//! the network.

use serde::Serialize;

use super::mounts::within;
use super::{Note, is_root};
use crate::domain::image::package_managers;
use crate::domain::packages;
use crate::domain::target::{Image, Mount};
use crate::domain::twin::{CACHE_PREFIX, label};

/// A cache that a twin mounts. It belongs to no session: it stays when the twin goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cache {
    /// Id of the package manager: `apk`.
    pub manager: String,
    /// Name of the volume: one for each manager and platform.
    pub volume: String,
    /// Where it is mounted.
    pub path: String,
}

impl Cache {
    /// The labels of its volume.
    pub fn labels(&self) -> [(&'static str, &str); 2] {
        [
            (label::CACHE, &self.manager),
            (label::VERSION, env!("CARGO_PKG_VERSION")),
        ]
    }
}

/// The caches of the managers that images of the dev image's family have; none for a user who cannot install.
/// What lies at, above or below a mount that is shared with the target stays out: it would land in the target's.
pub(super) fn caches(
    reference: &str,
    dev: Option<&Image>,
    user: &str,
    mounts: &[Mount],
    notes: &mut Vec<Note>,
) -> Vec<Cache> {
    let Some(platform) = dev.and_then(platform).filter(|_| is_root(user)) else {
        return Vec::new();
    };
    let programs = package_managers(reference);
    let mut caches = Vec::new();
    for manager in packages::ALL {
        let has = |path: &&str| programs.iter().any(|program| program == path);
        let Some(path) = manager.cache() else {
            continue;
        };
        if !manager.programs().iter().any(|program| has(&program)) {
            continue;
        }
        let (id, volume) = (
            manager.id(),
            format!("{CACHE_PREFIX}{}-{platform}", manager.id()),
        );
        let shared = mounts.iter().find(|mount| {
            let at = mount.destination.trim_end_matches('/');
            within(path, at) || within(at, path)
        });
        if let Some(mount) = shared {
            notes.push(Note::info(format!(
                "what {id} downloads is not kept for later twins: {path} is the target's, by its mount at {}",
                mount.destination
            )));
            continue;
        }
        notes.push(Note::info(format!(
            "what {id} downloads is kept for later twins in the volume {volume}, which stays; devtwin clean --caches removes it"
        )));
        caches.push(Cache {
            manager: id.into(),
            volume,
            path: path.into(),
        });
    }
    caches
}

/// The architecture as a part of a volume's name; none when the image does not say one that can be.
fn platform(image: &Image) -> Option<String> {
    let plain = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric());
    if !plain(&image.architecture) {
        return None;
    }
    Some(if plain(&image.variant) {
        format!("{}-{}", image.architecture, image.variant)
    } else {
        image.architecture.clone()
    })
}
