//! Containers and images as devtwin sees them: parsed once at the engine's edge, never all-optional.

mod runtime;
#[cfg(test)]
pub(crate) mod sample;

pub use runtime::{Layers, Runtime};

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// A container's full id, 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ContainerId(pub String);

impl ContainerId {
    /// The first twelve digits, as docker shows them.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The engine's status words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Created, never started.
    Created,
    /// Running (the engine says so also during the pauses of a restart loop: look at `State`).
    Running,
    /// Frozen by `docker pause`.
    Paused,
    /// Between two attempts of a restart policy.
    Restarting,
    /// Being removed.
    Removing,
    /// Its process ended.
    Exited,
    /// The engine could not remove it whole.
    Dead,
}

impl Status {
    /// Reads the engine's word; an unknown word counts as dead, the state in which least is possible.
    pub fn parse(word: &str) -> Self {
        match word {
            "created" => Self::Created,
            "running" => Self::Running,
            "paused" => Self::Paused,
            "restarting" => Self::Restarting,
            "removing" => Self::Removing,
            "exited" => Self::Exited,
            _ => Self::Dead,
        }
    }

    /// The engine's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Removing => "removing",
            Self::Exited => "exited",
            Self::Dead => "dead",
        }
    }
}

/// What a container is doing. Times are seconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// The engine's status word.
    pub status: Status,
    /// In the pauses of a restart loop (`Running` is true then, `Pid` is 0: design.md §2).
    pub restarting: bool,
    /// PID of the main process as the engine's host sees it; none when nothing runs.
    pub pid: Option<u32>,
    /// Exit status of the last run.
    pub exit_code: i64,
    /// The kernel killed it for memory.
    pub oom_killed: bool,
    /// The engine's own error from the last start.
    pub error: Option<String>,
    /// When the last run began.
    pub started_at: Option<i64>,
    /// When the last run ended.
    pub finished_at: Option<i64>,
    /// Times the restart policy started it again.
    pub restart_count: u64,
    /// Word of the health check, when there is one.
    pub health: Option<String>,
}

impl State {
    /// Whether namespaces can be joined: a process exists and is not between two restarts.
    pub fn is_joinable(&self) -> bool {
        matches!(self.status, Status::Running | Status::Paused)
            && !self.restarting
            && self.pid.is_some()
    }

    /// Whether it is in a restart loop at `now`, in seconds since the epoch: between two runs, or started again so
    /// shortly before that the engine itself does not take it for running well yet (ten seconds).
    pub fn is_looping(&self, now: i64) -> bool {
        let just = |started: i64| now.saturating_sub(started).unsigned_abs() < 10;
        self.restarting || (self.restart_count > 0 && self.started_at.is_some_and(just))
    }

    /// What happened, in words: "running", "exited with 3", "killed by SIGKILL (out of memory)".
    pub fn words(&self) -> String {
        match self.status {
            Status::Running if self.restarting => "restarting in a loop".into(),
            Status::Running => match self.health.as_deref() {
                Some("unhealthy") => "running, unhealthy".into(),
                _ => "running".into(),
            },
            Status::Exited | Status::Dead => exit_words(self.exit_code, self.oom_killed),
            Status::Restarting => format!(
                "restarting, {}",
                exit_words(self.exit_code, self.oom_killed)
            ),
            Status::Created if self.error.is_some() => "could not be started".into(),
            other @ (Status::Created | Status::Paused | Status::Removing) => other.word().into(),
        }
    }
}

/// An exit status in words; statuses above 128 name the signal, 125–127 the engine's or shell's meaning
/// (domain.md §5.2).
pub fn exit_words(code: i64, oom_killed: bool) -> String {
    if oom_killed {
        return "killed: out of memory".into();
    }
    match code {
        0 => "exited".into(),
        125 => "refused by the engine (125)".into(),
        126 => "not executable (126)".into(),
        127 => "program not found (127)".into(),
        129..=192 => match signal_name(code - 128) {
            Some(name) => format!("killed by {name} ({code})"),
            None => format!("killed by signal {} ({code})", code - 128),
        },
        other => format!("exited with {other}"),
    }
}

fn signal_name(number: i64) -> Option<&'static str> {
    Some(match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        _ => return None,
    })
}

/// A row of the container list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Full id.
    pub id: ContainerId,
    /// Name without the leading slash.
    pub name: String,
    /// Image as the person typed it.
    pub image: String,
    /// Id of the image that runs.
    pub image_id: String,
    /// Status word.
    pub status: Status,
    /// The engine's sentence, "Up 2 hours" or "Exited (3) 5 minutes ago".
    pub status_text: String,
    /// The command line, cut by the engine.
    pub command: String,
    /// Creation time, seconds since the epoch.
    pub created: i64,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

impl Summary {
    /// The exit status that the engine's sentence carries, for stopped containers.
    pub fn exit_code(&self) -> Option<i64> {
        let (_, rest) = self.status_text.split_once('(')?;
        rest.split_once(')')?.0.parse().ok()
    }
}

/// How a container stands to a namespace, or to the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NamespaceMode {
    /// Its own, not to be joined (ipc) or plainly its own (pid, net).
    Private,
    /// Its own, and others may join it (ipc only).
    Shareable,
    /// The host's.
    Host,
    /// None at all.
    None,
    /// That of another container, by id or name.
    Container(String),
    /// A named network.
    Named(String),
}

impl NamespaceMode {
    /// Reads the engine's mode string; empty and `default` mean private.
    pub fn parse(mode: &str) -> Self {
        match mode {
            "" | "private" | "default" | "bridge" => Self::Private,
            "shareable" => Self::Shareable,
            "host" => Self::Host,
            "none" => Self::None,
            other => match other.strip_prefix("container:") {
                Some(id) => Self::Container(id.into()),
                None => Self::Named(other.into()),
            },
        }
    }
}

/// A mount of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// What sort of mount.
    pub kind: MountKind,
    /// Volume name, or host path of a bind; empty for tmpfs.
    pub source: String,
    /// Path inside the container.
    pub destination: String,
    /// Whether it can be written to.
    pub writable: bool,
}

/// Sorts of mounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MountKind {
    /// A host path.
    Bind,
    /// An engine volume.
    Volume,
    /// Memory.
    Tmpfs,
    /// The files of an image, read-only (API 1.48).
    Image,
    /// Anything newer than this program.
    Other,
}

/// What an image or container says should run, after the engine's own merging.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Config {
    /// `USER`, as written; empty means root.
    pub user: String,
    /// Variables in order.
    pub env: Vec<(String, String)>,
    /// `WORKDIR`; empty means `/`.
    pub workdir: String,
    /// Entrypoint as an exec array.
    pub entrypoint: Vec<String>,
    /// Command as an exec array.
    pub cmd: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Stop signal, when set.
    pub stop_signal: Option<String>,
    /// Health check test array, when set.
    pub healthcheck: Option<Vec<String>>,
    /// `EXPOSE`d ports, `8080/tcp`, sorted.
    pub exposed: Vec<String>,
    /// `VOLUME`s, sorted.
    pub volumes: Vec<String>,
}

/// How a container is kept apart from the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Isolation {
    /// Network.
    pub network: NamespaceMode,
    /// Process ids.
    pub pid: NamespaceMode,
    /// Inter-process communication.
    pub ipc: NamespaceMode,
    /// `host` or empty.
    pub uts: String,
    /// `host` or empty.
    pub userns: String,
    /// Root file system mounted read-only.
    pub readonly_rootfs: bool,
    /// `--privileged`.
    pub privileged: bool,
    /// Capabilities added.
    pub cap_add: Vec<String>,
    /// Capabilities dropped.
    pub cap_drop: Vec<String>,
    /// Security options.
    pub security_opt: Vec<String>,
}

impl Default for Isolation {
    fn default() -> Self {
        Self {
            network: NamespaceMode::Private,
            pid: NamespaceMode::Private,
            ipc: NamespaceMode::Private,
            uts: String::new(),
            userns: String::new(),
            readonly_rootfs: false,
            privileged: false,
            cap_add: Vec::new(),
            cap_drop: Vec::new(),
            security_opt: Vec::new(),
        }
    }
}

/// How the engine runs a container, beside its isolation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Restart policy as docker writes it, `on-failure:3`; empty when there is none.
    pub restart: String,
    /// Published ports, `127.0.0.1:80->8080/tcp`, sorted.
    pub published: Vec<String>,
    /// Memory limit in bytes, when there is one.
    pub memory: Option<u64>,
    /// CPU limit in thousandths of a core, when there is one.
    pub cpu_millis: Option<u64>,
    /// Limit of processes and threads, when there is one.
    pub pids: Option<u64>,
    /// Whether the engine's own init is PID 1 (`--init`).
    pub init: bool,
    /// Kernel settings, `--sysctl`.
    pub sysctls: BTreeMap<String, String>,
    /// Options of each `--tmpfs`, by path; as written, often empty.
    pub tmpfs: BTreeMap<String, String>,
    /// The last runs of the health check, oldest first.
    pub health_log: Vec<HealthRun>,
}

/// One run of a health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HealthRun {
    /// Its exit status; -1 when it could not be started.
    pub exit_code: i64,
    /// What it printed, or why it could not be started; cut by the engine at 4 KiB.
    pub output: String,
}

/// The production container under study, as the engine's inspect tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// Full id.
    pub id: ContainerId,
    /// Name without the leading slash.
    pub name: String,
    /// Image as the person typed it; never rewritten by the engine (domain.md §1.1).
    pub image: String,
    /// Id of the image that runs.
    pub image_id: String,
    /// What it is doing.
    pub state: State,
    /// What runs.
    pub config: Config,
    /// How it is kept apart.
    pub isolation: Isolation,
    /// Volumes and binds, and tmpfs given as mounts.
    pub mounts: Vec<Mount>,
    /// Paths of `--tmpfs` (not among the mounts).
    pub tmpfs: Vec<String>,
    /// How the engine runs it.
    pub service: Service,
    /// Where its root lies on the engine's machine, and how its streams are.
    pub runtime: Runtime,
}

/// A local image, as the engine's image inspect tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image {
    /// `sha256:…` of the configuration.
    pub id: String,
    /// `repository:tag` names.
    pub tags: Vec<String>,
    /// `repository@digest` names.
    pub digests: Vec<String>,
    /// Operating system.
    pub os: String,
    /// Architecture.
    pub architecture: String,
    /// Architecture variant, often empty.
    pub variant: String,
    /// What it runs.
    pub config: Config,
    /// Layer diff ids, lowest first.
    pub layers: Vec<String>,
    /// The folders of its root on the engine's machine, where the driver tells them.
    pub folders: Option<Layers>,
}

impl Image {
    /// `os/architecture[/variant]`, as a pull takes it.
    pub fn platform(&self) -> String {
        let variant = if self.variant.is_empty() {
            String::new()
        } else {
            format!("/{}", self.variant)
        };
        format!("{}/{}{variant}", self.os, self.architecture)
    }

    /// Whether the whole root of a container of it may be exported beside other questions: as [`Runtime::can_be_exported`].
    pub fn can_be_exported(&self) -> bool {
        self.folders.is_some()
    }
}

/// A row of the local image list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSummary {
    /// `sha256:…` of the configuration.
    pub id: String,
    /// `repository:tag` names.
    pub tags: Vec<String>,
}

/// Something that happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Full id of the container.
    pub id: ContainerId,
    /// The engine's word: `create`, `start`, `die`, `pause`, `destroy`, `rename`, `health_status: healthy`, …
    pub action: String,
    /// What the engine says beside it: the container's `name`, `image` and labels; `execID` with what is run in it,
    /// `signal` with `kill`. As it stands there: hostile.
    pub attributes: BTreeMap<String, String>,
    /// Exit status, with `die`.
    pub exit_code: Option<i64>,
    /// When, by the engine's clock, in nanoseconds since the epoch; 0 when not said.
    pub at_nanos: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_is_one_also_in_its_runs_and_no_more_after_ten_seconds() {
        let state = |restarting, restart_count, started_at| State {
            status: Status::Running,
            restarting,
            pid: (!restarting).then_some(7),
            exit_code: 3,
            oom_killed: false,
            error: None,
            started_at,
            finished_at: None,
            restart_count,
            health: None,
        };
        assert!(
            state(true, 1, Some(0)).is_looping(1_000),
            "between two runs"
        );
        assert!(state(false, 1, Some(991)).is_looping(1_000));
        assert!(!state(false, 1, Some(990)).is_looping(1_000));
        assert!(
            !state(false, 0, Some(999)).is_looping(1_000),
            "its first run"
        );
        assert!(!state(false, 1, None).is_looping(1_000));
        assert!(
            !state(false, 1, Some(5_000)).is_looping(1_000),
            "another clock"
        );
        assert!(!state(false, 1, Some(i64::MIN)).is_looping(i64::MAX));
    }
}
