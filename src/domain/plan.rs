//! The plan: everything about a twin before anything is created, printable as a `docker run` line.
//!
//! [`mod@mode`] says which it is; [`join`], [`arena`] and [`explore`] make it from facts alone, on the common ground of [`draft`], with
//! the rules of [`root`], [`mounts`], [`mod@caches`], [`mod@env`] and [`shell`]; [`mod@print`] shows it.

mod arena;
mod caches;
mod draft;
mod env;
mod explore;
mod folders;
mod gpus;
mod join;
mod mode;
mod mounts;
mod named;
mod print;
pub mod root;
pub mod shell;
mod tools;

pub use arena::Mend;
pub use caches::Cache;
pub(super) use draft::name_part;
pub use draft::{DevImage, Program};
pub use folders::{Access, Folder, FolderHow, FolderWish, WORK};
pub use gpus::Gpus;
pub use mode::mode;
pub use named::Named;

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::Result;
use super::secret;
use super::target::{ContainerId, Mount, Target};
use super::twin::Session;

/// Where the target's root is found in the twin.
const TARGET_LINK: &str = "/target";

/// How a twin stands to its target (design.md §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Joins the namespaces of a running or paused target.
    Join,
    /// Owns network and process ids; replicas of a target that does not run join it.
    Arena,
    /// Joins a target that was paused as soon as it was started.
    Catch,
    /// The dev image of an image alone: there is no container beside it.
    Explore,
    /// Not a twin: the target's own configuration, run again.
    Replica,
    /// A container that is created to read an image's files and never started.
    Probe,
}

impl Mode {
    /// The word in labels, reports and flags.
    pub fn word(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Arena => "arena",
            Self::Catch => "catch",
            Self::Explore => "explore",
            Self::Replica => "replica",
            Self::Probe => "probe",
        }
    }

    /// Reads the word; none when it is no mode.
    pub fn parse(word: &str) -> Option<Self> {
        let all = [
            Self::Join,
            Self::Arena,
            Self::Catch,
            Self::Explore,
            Self::Replica,
            Self::Probe,
        ];
        all.into_iter().find(|mode| mode.word() == word)
    }
}

/// A symbolic link that is put into the twin (never into the target) before it starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Absolute path of the link in the twin.
    pub path: String,
    /// What it points to.
    pub to: String,
}

/// How the files of a target that does not run come to the twin's `/target`, and why so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Root {
    /// How.
    pub how: RootSource,
    /// One sentence: why this way.
    pub why: String,
}

/// The ways in which a root that no process has can be mounted, the best first (design.md §2, engines.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RootSource {
    /// A volume of ours of type overlay over the target's own folders: nothing is copied.
    Overlay {
        /// Its name.
        volume: String,
        /// `lowerdir=…`, the topmost folder first.
        options: String,
    },
    /// An image made of the target by commit, mounted as one (API 1.48): only what it wrote is copied.
    Image {
        /// Name of the image.
        name: String,
    },
    /// The archive of the target's root, streamed into a volume of ours: all is copied.
    Archive {
        /// Name of the volume.
        volume: String,
        /// It is that of an image made of the target by commit, since its engine cannot export it safely.
        committed: bool,
    },
}

/// How much a note matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Good to know.
    Info,
    /// Something that a person may expect will be missing.
    Missing,
}

/// Something the person should know about a plan: what could not be shared, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// How much it matters.
    pub weight: Weight,
    /// One sentence: what, and why.
    pub text: String,
}

impl Note {
    /// Good to know.
    fn info(text: impl Into<String>) -> Self {
        Self {
            weight: Weight::Info,
            text: text.into(),
        }
    }

    /// Something that a person may expect is missing.
    fn missing(text: impl Into<String>) -> Self {
        Self {
            weight: Weight::Missing,
            text: text.into(),
        }
    }
}

/// The complete description of a twin. Pure: nothing exists yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// How it stands to the target.
    pub mode: Mode,
    /// Name of the container to create.
    pub name: String,
    /// Id of the target; the reference of an image that is explored; empty for a probe of one.
    pub target: ContainerId,
    /// Name of the target.
    pub target_name: String,
    /// Dev image, by reference or id.
    pub image: String,
    /// Of an explorer: the image that is made of the dev image and the explored image's own files, and used instead.
    pub merged: Option<String>,
    /// `os/arch[/variant]` of the target's image, when known.
    pub platform: Option<String>,
    /// User in the twin.
    pub user: String,
    /// The program and its arguments; replaces entrypoint and command.
    pub argv: Vec<String>,
    /// Variables set beyond the dev image's own, in order; secrets are masked when the plan is printed.
    #[serde(serialize_with = "secret::masked")]
    pub env: Vec<(String, String)>,
    /// Variables of the shell integration, beside `env`; empty without one. Reports say only whether there is one.
    #[serde(rename = "shell_integration", serialize_with = "shell::is_on")]
    pub shell_env: Vec<(String, String)>,
    /// Working directory.
    pub workdir: String,
    /// Network mode, as the engine takes it.
    pub network: String,
    /// Pid mode, as the engine takes it; empty means its own.
    pub pid: String,
    /// Ipc mode, as the engine takes it; empty means its own.
    pub ipc: String,
    /// UTS mode; empty means its own.
    pub uts: String,
    /// User namespace mode; empty means the engine's default.
    pub userns: String,
    /// Networks to connect to beside the one of the network mode.
    pub networks: Vec<String>,
    /// DNS servers, of a twin with a network of its own.
    pub dns: Vec<String>,
    /// Host names as `name:address`, of a twin with a network of its own.
    pub extra_hosts: Vec<String>,
    /// How the files of a target that does not run are mounted at `/target`; none where a link leads to them.
    pub root: Option<Root>,
    /// Volumes and binds shared with the target.
    pub mounts: Vec<Mount>,
    /// Folders of the person, in an explorer.
    pub folders: Vec<Folder>,
    /// Volumes of ours in which package managers keep what they download.
    pub caches: Vec<Cache>,
    /// Graphics processors, when any are asked for.
    pub gpus: Option<Gpus>,
    /// Capabilities beyond the engine's default.
    pub cap_add: Vec<String>,
    /// Whether the program gets a terminal.
    pub tty: bool,
    /// Whether the program gets our input.
    pub stdin: bool,
    /// Links to put into the twin.
    pub links: Vec<Link>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// What the person should know.
    pub notes: Vec<Note>,
}

/// What the person asked for beyond the defaults; the flags of `devtwin attach` and `plan`.
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// `--mode`: how the twin is to stand to the target; none lets the target's state decide.
    pub mode: Option<Mode>,
    /// `--writable-volumes`: in an arena, the target's volumes can be written to.
    pub writable_volumes: bool,
    /// `--image`: the dev image to use instead of the one found.
    pub image: Option<String>,
    /// `[dev_images]` of the configuration: an image, with or without its tag → the dev image to use for it.
    pub dev_images: BTreeMap<String, String>,
    /// `--user`: instead of root.
    pub user: Option<String>,
    /// `--mount`: folders of the person, in an explorer.
    pub folders: Vec<FolderWish>,
    /// `--gpus`.
    pub gpus: Option<Gpus>,
    /// `--merged`: in an explorer, the image's own files over its dev image.
    pub merged: bool,
    /// `--grant`: capabilities to add, without the `CAP_` prefix.
    pub grants: Vec<String>,
    /// `--share`: `ipc`, `uts`, entered by nsenter with `SYS_ADMIN`.
    pub share: Vec<String>,
    /// `--no-volumes`: do not mount the target's volumes.
    pub no_volumes: bool,
    /// `--no-package-cache`, or `package_cache = false` of the configuration: mount no volume for downloads.
    pub no_package_cache: bool,
    /// `--pull`.
    pub pull: PullPolicy,
    /// `--same-build`, or `tag_history = true` of the configuration: of a tag that moves, the build beside the target's.
    pub same_build: bool,
    /// No shell integration: `shell_integration = false` of the configuration.
    pub no_shell_integration: bool,
    /// `--keep`: leave the twin for re-attach.
    pub keep: bool,
    /// The twin goes when one command has ended, though a shell is its program.
    pub brief: bool,
}

/// When to ask the registry for the dev image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PullPolicy {
    /// Even when it is here.
    Always,
    /// When it is not here.
    #[default]
    Missing,
    /// Never: local images only.
    Never,
}

/// Plans a twin for `target`, in the mode that [`mode()`] says. `serial` tells the twins of one session apart.
///
/// Fails with `NoTarget` when the target cannot have a twin of that mode, and with `Usage` when a wish makes no sense.
pub fn plan(
    target: &Target,
    dev: DevImage<'_>,
    wishes: &Wishes,
    session: &Session,
    serial: u32,
    program: Program,
) -> Result<Plan> {
    let wanted = draft::Wanted {
        target,
        dev,
        wishes,
        session,
        serial,
        program,
    };
    match mode(target, wishes)? {
        Mode::Arena => arena::plan(wanted),
        Mode::Explore => explore::plan(wanted),
        Mode::Join | Mode::Catch | Mode::Replica | Mode::Probe => join::plan(wanted),
    }
}

/// Whether `user` of a container, by name or number and perhaps with a group, is root.
fn is_root(user: &str) -> bool {
    matches!(user.split(':').next(), Some("" | "0" | "root"))
}

#[cfg(test)]
mod tests;
