//! What a person changes in a replica against its target. Pure.

use serde::Serialize;

use super::{Limit, Mounts, Replica, Room};
use crate::domain::plan::{Mode, name_part};
use crate::domain::secret;
use crate::domain::target::{MountKind, Target};
use crate::domain::text::{bounded, line};
use crate::domain::twin::{NAME_PREFIX, Session, label};

/// On which files a replica stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// The target's image, as the target itself once began.
    #[default]
    Image,
    /// What the target left behind: its image with all that it wrote, by commit.
    Died,
    /// The dev image with the target's files over it, at their real paths.
    DevImage,
}

impl Base {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Image => "its image",
            Self::Died => "its files as it died",
            Self::DevImage => "the dev image, its own files over it",
        }
    }
}

/// The wishes for a replica; the default changes nothing but that the target's volumes are read-only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    /// Program and arguments instead of the target's.
    pub argv: Option<Vec<String>>,
    /// User instead of the target's.
    pub user: Option<String>,
    /// Working directory instead of the target's.
    pub workdir: Option<String>,
    /// Variables on top of the target's; none as a value takes one away.
    pub env: Vec<(String, Option<String>)>,
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
    /// On which files it stands.
    pub base: Base,
}

impl Edits {
    /// The replica: number `serial` of its session, on the image `image` when [`Base`] is not the target's own.
    pub fn replica(
        &self,
        target: &Target,
        session: &Session,
        serial: u32,
        room: Room,
        image: Option<String>,
    ) -> Replica {
        let mut labels = session.labels(Mode::Replica, &target.id.0, &target.name);
        // It goes by itself when its command has ended.
        labels.insert(label::BRIEF.into(), "1".into());
        Replica {
            name: format!(
                "{NAME_PREFIX}{}-run-{serial}-{}",
                name_part(&target.name),
                session.id
            ),
            target: target.id.clone(),
            target_name: target.name.clone(),
            image,
            argv: self.argv.clone(),
            user: self.user.clone(),
            workdir: self.workdir.clone(),
            env: self.env.clone(),
            room,
            mounts: self.mounts,
            without_mounts: self.without_mounts.clone(),
            memory: self.memory,
            writable_root: self.writable_root,
            default_caps: self.default_caps,
            labels,
        }
    }

    /// What is changed against the target, a line each, secrets masked.
    pub fn changes(&self, target: &Target) -> Vec<String> {
        let mut lines = Vec::new();
        let config = &target.config;
        if let Some(argv) = &self.argv {
            let before = [config.entrypoint.clone(), config.cmd.clone()].concat();
            lines.push(format!(
                "command: {} instead of {}",
                words(argv),
                words(&before)
            ));
        }
        if let Some(user) = &self.user {
            lines.push(format!(
                "user: {} instead of {}",
                user_words(user),
                user_words(&config.user)
            ));
        }
        if let Some(dir) = &self.workdir {
            lines.push(format!("directory: {}", bounded(dir, 200)));
        }
        for (name, value) in &self.env {
            let name_words = bounded(name, 100);
            lines.push(match value {
                Some(value) => format!("{name_words}={}", bounded(secret::shown(name, value), 200)),
                None => format!("{name_words} not set"),
            });
        }
        let has_writable = writable(target).next().is_some();
        match self.mounts {
            Mounts::ReadOnly if has_writable => lines.push("volumes read-only".into()),
            Mounts::None if volumes(target).next().is_some() => lines.push("no volumes".into()),
            Mounts::Same | Mounts::ReadOnly | Mounts::None => {}
        }
        for at in &self.without_mounts {
            lines.push(format!("no mount at {}", bounded(at, 200)));
        }
        match self.memory {
            Limit::Same => {}
            Limit::None => lines.push("no memory limit".into()),
            Limit::Bytes(bytes) => lines.push(format!("memory limit: {}", size_words(bytes))),
        }
        if self.writable_root {
            lines.push("root can be written to".into());
        }
        if self.default_caps {
            lines.push("the engine's default capabilities".into());
        }
        match self.base {
            Base::Image => {}
            Base::Died | Base::DevImage => lines.push(format!("on {}", self.base.words())),
        }
        lines
    }
}

fn words(argv: &[String]) -> String {
    bounded(&line(argv), 200)
}

fn user_words(user: &str) -> String {
    if user.is_empty() {
        "root".into()
    } else {
        bounded(user, 40)
    }
}

/// The target's volumes and binds.
pub fn volumes(target: &Target) -> impl Iterator<Item = &crate::domain::target::Mount> {
    let shared = |m: &&crate::domain::target::Mount| match m.kind {
        MountKind::Bind | MountKind::Volume => true,
        MountKind::Tmpfs | MountKind::Image | MountKind::Other => false,
    };
    target.mounts.iter().filter(shared)
}

/// Those that a replica would write into, were it not kept from that.
pub fn writable(target: &Target) -> impl Iterator<Item = &crate::domain::target::Mount> {
    volumes(target).filter(|m| m.writable)
}

/// Reads a size as docker does: a number of bytes, with `k`, `m`, `g` or `b` behind it.
///
/// # Errors
/// What is wrong, in a few words.
pub fn read_size(text: &str) -> Result<u64, String> {
    let text = text.trim().to_ascii_lowercase();
    let number = text.trim_end_matches(['b', 'k', 'm', 'g', 'i']);
    let factor: u64 = match text.get(number.len()..).unwrap_or_default() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return Err("a size like 64m or 1g is wanted".into()),
    };
    let bytes = number
        .parse::<u64>()
        .ok()
        .and_then(|n| n.checked_mul(factor));
    match bytes {
        // Less than 6 MiB is refused by the engine, in words that say so.
        Some(bytes) if bytes > 0 && i64::try_from(bytes).is_ok() => Ok(bytes),
        _ => Err("a size like 64m or 1g is wanted".into()),
    }
}

/// Reads a limit: nothing for the target's own, `none`, or a size.
///
/// # Errors
/// What is wrong, in a few words.
pub fn read_limit(text: &str) -> Result<Limit, String> {
    match text.trim() {
        "" => Ok(Limit::Same),
        "none" => Ok(Limit::None),
        size => read_size(size)
            .map(Limit::Bytes)
            .map_err(|why| format!("{why}, or none")),
    }
}

/// A size as docker's `--memory` takes it: `64m`, `1g`.
pub fn size_words(bytes: u64) -> String {
    for (factor, unit) in [(1 << 30, "g"), (1 << 20, "m"), (1 << 10, "k")] {
        if bytes >= factor && bytes.is_multiple_of(factor) {
            return format!("{}{unit}", bytes / factor);
        }
    }
    bytes.to_string()
}
