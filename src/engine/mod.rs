//! The container engine, in our verbs: one trait, one implementation for Docker, one fake in the tests.
//!
//! Stands on `domain`; `ops` stands on it. bollard is named below `docker/` only.

pub mod docker;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::domain::build::{Build, BuildError, BuildSink};
use crate::domain::call::Call;
use crate::domain::error::{Error, Result};
use crate::domain::image::Reference;
use crate::domain::log::{LogQuery, Moment, Run};
use crate::domain::plan::Plan;
use crate::domain::replica::Replica;
use crate::domain::stats::Sample;
use crate::domain::target::{ContainerId, Event, Image, ImageSummary, Summary, Target};
use crate::domain::{Sink, Size};

/// What the engine says of itself: a part of `devtwin doctor`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EngineInfo {
    /// Where it is reached: `unix:///var/run/docker.sock`, `tcp://127.0.0.1:2375`.
    pub endpoint: String,
    /// Why that endpoint: `--host`, `DOCKER_CONTEXT prod`, the default socket.
    pub endpoint_from: String,
    /// How it is spoken to: a unix socket, plain tcp, TLS and by which certificates, ssh.
    pub way: String,
    /// What should be mended about that way.
    pub risk: Option<String>,
    /// Settings that name another endpoint and do not count.
    pub overruled: Vec<String>,
    /// Engine version.
    pub version: String,
    /// API version in use after negotiation.
    pub api_version: String,
    /// Operating system, and architecture of the engine's machine.
    pub platform: String,
    /// Storage driver, `overlay2` or a snapshotter's name.
    pub storage: String,
    /// Security options, `apparmor`, `seccomp`, `userns`, `rootless` among them.
    pub security: Vec<String>,
    /// Containers that exist.
    pub containers: u64,
    /// Images that exist.
    pub images: u64,
}

/// What a registry answered about a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remote {
    /// It exists, for these `os/arch[/variant]` platforms (empty: not said).
    Found(Vec<String>),
    /// No such repository or tag.
    Missing,
    /// It exists or not; the registry wants a login first. The engine's words.
    Denied(String),
    /// A login was sent and is not good, or there is one that could not be had: nothing is known of the reference until
    /// that is mended.
    BadLogin(Error),
    /// The registry could not be asked. The engine's words.
    Unreachable(String),
}

/// What came of a question that devtwin asks a registry by itself. Reasons are cleaned, and no secret is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked<T> {
    /// The answer.
    Answer(T),
    /// There is no such repository, or no such question in that registry.
    Missing,
    /// The registry does not tell; why.
    Refused(String),
    /// The registry was not reached from this machine; why.
    Unreachable(String),
}

/// Tags of a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagList {
    /// At most 10,000, as the registry lists them; each is a tag by its grammar, no signature's name.
    pub names: Vec<String>,
    /// There are no others.
    pub whole: bool,
}

/// A build that a tag has named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its digest, `sha256:…`; one by its grammar.
    pub digest: String,
    /// Since when the tag named it.
    pub at: Moment,
}

/// A step that made an image. Texts are cleaned and have at most 500 characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// The command, or the name of what made it: `COPY …`, `apko`.
    pub command: String,
    /// A note of who made it, often empty.
    pub note: String,
    /// When, in seconds since the epoch.
    pub created: i64,
    /// Bytes of the layer that it made, uncompressed; 0 when it made none.
    pub size: u64,
}

/// What the archive endpoint says of a path, without following a link at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStat {
    /// Size in bytes.
    pub size: u64,
    /// Permission bits with set-uid, set-gid and sticky, as in `chmod`: at most `0o7777`.
    pub mode: u32,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Whether it is a device, a pipe or a socket: reading it may never end.
    pub is_special: bool,
    /// Where a symbolic link leads in the end, followed by the engine inside the root and made absolute.
    pub link_target: Option<String>,
}

/// A change that a container made to its image: path and what happened to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Absolute path.
    pub path: String,
    /// `A`, `C` or `D`, as `docker diff` prints it.
    pub kind: char,
}

/// A volume to create with the `local` driver.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewVolume {
    /// Its name.
    pub name: String,
    /// Options of the driver: `type`, `device` and `o`, as mount(8) takes them; none for a plain volume.
    pub options: BTreeMap<String, String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// A volume as the engine lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Its folder on the engine's machine, where the driver tells it; else empty.
    pub folder: String,
}

/// A container to create as `docker run` would: what is not said is the image's, or the engine's own choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewContainer {
    /// Its name.
    pub name: String,
    /// Its image, by reference or id.
    pub image: String,
    /// Words in place of the image's command.
    pub args: Vec<String>,
    /// Further variables, `NAME=value`.
    pub env: Vec<String>,
    /// Volumes by name, and where they are mounted: writable, and filled from the image while they are empty.
    pub volumes: Vec<(String, String)>,
    /// `UID[:GID]` or a name.
    pub user: Option<String>,
    /// `none`, `host`, or a network's name.
    pub network: Option<String>,
    /// A restart policy as docker writes it: `on-failure:3`.
    pub restart: Option<String>,
    /// The root is read-only.
    pub read_only: bool,
    /// Labels beside the image's.
    pub labels: BTreeMap<String, String>,
}

/// An image as the engine lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeImage {
    /// `sha256:…` of the configuration.
    pub id: String,
    /// `repository:tag` names.
    pub tags: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// The bytes of an archive as they come. Dropping it ends the request.
pub type ArchiveStream = BoxStream<'static, Result<Bytes>>;

/// A byte stream to a program on a terminal: raw bytes both ways, no framing.
pub struct Tty {
    /// What the program prints.
    pub output: Box<dyn AsyncRead + Send + Unpin>,
    /// What the person types.
    pub input: Box<dyn AsyncWrite + Send + Unpin>,
}

/// A program's three plain streams.
pub struct Pipes {
    /// What the program prints, in order of arrival; ends when the program ends.
    pub output: BoxStream<'static, Result<Output>>,
    /// Its standard input; shutting it down closes it at the program's end.
    pub input: Box<dyn AsyncWrite + Send + Unpin>,
}

/// A piece of a program's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout(Bytes),
    /// Standard error.
    Stderr(Bytes),
}

/// Id of a program that runs in a container by exec.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExecId(pub String);

/// A program to run in a container that runs already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecSpec {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// User, or empty for the container's own.
    pub user: String,
    /// Working directory, or empty for the container's own.
    pub workdir: String,
    /// Further variables, `NAME=value`.
    pub env: Vec<String>,
}

/// The container engine. Every method fails with an [`crate::domain::error::Error`] that says what
/// failed and what to try; a missing container is `NoTarget`, a refusal or a lost connection `Engine`. A stream that has
/// ended may be asked again: it has nothing more.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Where the engine is reached, and why there (`--host`, `DOCKER_CONTEXT prod`, the default socket).
    fn endpoint(&self) -> (&str, &str);
    /// How docker is called to reach the same engine.
    fn call(&self) -> Call {
        Call::default()
    }
    /// What the engine says of itself.
    async fn info(&self) -> Result<EngineInfo>;
    /// Architecture of the engine's machine, as images name it: `amd64`, `arm64`.
    async fn machine(&self) -> Result<String>;
    /// All containers, running or not.
    async fn containers(&self) -> Result<Vec<Summary>>;
    /// Containers that carry `label` (`key` or `key=value`), running or not.
    async fn labelled(&self, label: &str) -> Result<Vec<Summary>>;
    /// One container by name, id or unique prefix.
    async fn inspect(&self, name: &str) -> Result<Target>;
    /// A local image by reference or id; none when it is not there.
    async fn image(&self, reference: &str) -> Result<Option<Image>>;
    /// Ids of all local images on which no other stands, those without a name among them: `sha256:…`.
    async fn image_ids(&self) -> Result<BTreeSet<String>>;
    /// All local images that carry a tag.
    async fn images(&self) -> Result<Vec<ImageSummary>>;
    /// How a local image was made, oldest step first. Empty when the image is not here.
    async fn history(&self, reference: &str) -> Result<Vec<Step>>;
    /// Asks the reference's registry through the engine, without pulling.
    async fn remote(&self, reference: &str) -> Result<Remote>;
    /// The tags of a reference's repository, asked from this machine: no engine has a question for it. At most 10
    /// seconds; never fails, the answer says what went wrong.
    async fn tags(&self, of: &Reference) -> Asked<TagList>;
    /// What a reference's tag has named over time, asked at `path` (query included) of its registry, in the form of
    /// Chainguard's tag history; as [`Self::tags`] asks. At most 10,000 builds, in no order.
    async fn tag_history(&self, of: &Reference, path: &str) -> Asked<Vec<Published>>;
    /// Pulls an image; `platform` is `os/arch[/variant]`.
    async fn pull(&self, reference: &str, platform: Option<&str>, sink: Sink<'_>) -> Result<()>;
    /// Container events from now on; ends with an error when the engine goes away.
    async fn events(&self) -> Result<BoxStream<'static, Result<Event>>>;
    /// The last `lines` lines of a container's both streams, in order.
    async fn logs(&self, id: &ContainerId, lines: u32) -> Result<Vec<u8>>;
    /// A container's log from its end back, both streams, each line with its time (RFC 3339) and a blank before it. Ends
    /// when the container's run ends, or at once when it does not run. Of a program on a terminal all is standard output.
    /// Dropping it ends the request.
    async fn log_stream(
        &self,
        id: &ContainerId,
        query: &LogQuery,
    ) -> Result<BoxStream<'static, Result<Output>>>;
    /// The runs of a container, as far as the engine remembers: the last one at least, unless it never ran.
    async fn runs_of(&self, id: &ContainerId) -> Result<Vec<Run>>;
    /// What a container takes of its machine, about once a second while it runs. Dropping it ends the request.
    async fn stats(&self, id: &ContainerId) -> Result<BoxStream<'static, Result<Sample>>>;
    /// Which signals a container's main process catches, or blocks to wait for them, bit n-1 for signal n
    /// (`SigCgt` and `SigBlk` of proc(5)); none when it does not run, or when the engine's `ps` cannot tell.
    async fn caught_signals(&self, id: &ContainerId) -> Result<Option<u64>>;
    /// What stands at `path` in a container, running or not; none when nothing does.
    async fn stat(&self, id: &ContainerId, path: &str) -> Result<Option<FileStat>>;
    /// [`Self::stat`] of a container that is there: one that is not reads as one without files. Where
    /// nothing stands this is one question, and `stat` takes two.
    async fn peek(&self, id: &ContainerId, path: &str) -> Result<Option<FileStat>>;
    /// The archive (tar) of `path` in a container, running or not, at most `limit` bytes of it.
    async fn archive(&self, id: &ContainerId, path: &str, limit: u64) -> Result<Vec<u8>>;
    /// The archive of `path` in a container, running or not, as it comes.
    async fn archive_stream(&self, id: &ContainerId, path: &str) -> Result<ArchiveStream>;
    /// The archive of a container's whole root, mounts left out, as it comes: paths in the order of a walk.
    /// Unlike the other one it holds no lock, and while it is open the root stays mounted: an engine of
    /// 20.10 mounts it anew for each question about a container that does not run. Of a target only where it
    /// [`can_be_exported`](crate::domain::target::Runtime::can_be_exported).
    async fn root_stream(&self, id: &ContainerId) -> Result<ArchiveStream>;
    /// Unpacks `tar` at `path` in a container of ours (a twin, never a target).
    async fn put_archive(&self, id: &ContainerId, path: &str, tar: Bytes) -> Result<()>;
    /// What a container changed against its image. An engine with the containerd store mounts the root for it without
    /// the container's lock: not to be asked of a target that does not run, or that may end meanwhile
    /// ([`crate::domain::target::Runtime::can_be_exported`]).
    async fn changes(&self, id: &ContainerId) -> Result<Vec<Change>>;
    /// Creates the container of a plan (not its links); `size` is the first terminal size.
    async fn create(&self, plan: &Plan, size: Option<Size>) -> Result<ContainerId>;
    /// Connects to the terminal of a container's main program; before or after its start. With
    /// `replay`, what it printed so far comes first.
    async fn attach_tty(&self, id: &ContainerId, replay: bool) -> Result<Tty>;
    /// Connects to the plain streams of a container's main program.
    async fn attach_pipes(&self, id: &ContainerId, stdin: bool) -> Result<Pipes>;
    /// Starts a container.
    async fn start(&self, id: &ContainerId) -> Result<()>;
    /// Sets the size of a container's terminal.
    async fn resize(&self, id: &ContainerId, size: Size) -> Result<()>;
    /// Waits until a started container's program has ended; its exit status.
    async fn wait(&self, id: &ContainerId) -> Result<i64>;
    /// Sends a signal by name to a container's main program.
    async fn kill(&self, id: &ContainerId, signal: &str) -> Result<()>;
    /// Runs a program in a running container, on a terminal.
    async fn exec_tty(
        &self,
        id: &ContainerId,
        spec: &ExecSpec,
        size: Size,
    ) -> Result<(ExecId, Tty)>;
    /// Runs a program in a running container, its three plain streams apart. Without `stdin` it has no input.
    async fn exec_pipes(
        &self,
        id: &ContainerId,
        spec: &ExecSpec,
        stdin: bool,
    ) -> Result<(ExecId, Pipes)>;
    /// Sets the size of an exec's terminal.
    async fn resize_exec(&self, id: &ExecId, size: Size) -> Result<()>;
    /// The exit status of an exec; none while it runs.
    async fn exec_status(&self, id: &ExecId) -> Result<Option<i64>>;
    /// Removes a container of ours, running or not. One that is gone already is no error.
    async fn remove(&self, id: &ContainerId) -> Result<()>;
    /// Names of volumes that carry `label` and that no container uses, running or not.
    async fn idle_volumes(&self, label: &str) -> Result<Vec<String>>;
    /// The mount options of a volume (`o=` of the `local` driver); none when it has none or is not there.
    async fn volume_options(&self, name: &str) -> Result<Option<String>>;
    /// Removes a volume of ours.
    async fn remove_volume(&self, name: &str) -> Result<()>;
    /// Creates a volume of ours, with the `local` driver; one of that name that is there already stays as it is.
    async fn create_volume(&self, volume: &NewVolume) -> Result<()>;
    /// Names of all volumes, of whomever.
    async fn volume_names(&self) -> Result<Vec<String>>;
    /// The volumes that carry `label`, with their labels.
    async fn volumes(&self, label: &str) -> Result<Vec<Volume>>;
    /// Unpacks `tar` at `path` in a container of ours, as it comes; its own failure breaks the unpacking off.
    async fn put_stream(&self, id: &ContainerId, path: &str, tar: ArchiveStream) -> Result<()>;
    /// Makes an image of a container's files and configuration, by that name and with these labels beside its
    /// own; the id of the image. Nothing is paused.
    async fn commit(
        &self,
        id: &ContainerId,
        name: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<String>;
    /// The images that carry `label`, inherited ones among them: look at their names, too.
    async fn labelled_images(&self, label: &str) -> Result<Vec<MadeImage>>;
    /// Removes an image of ours, by name or id. One that is gone already is no error.
    async fn remove_image(&self, reference: &str) -> Result<()>;
    /// Creates a replica: what its target was created with, stripped and changed as it says.
    async fn create_replica(&self, replica: &Replica) -> Result<ContainerId>;
    /// Creates a container of a lesson's lab.
    async fn create_in_lab(&self, container: &NewContainer) -> Result<ContainerId>;
    /// Sets a container's restart policy, as docker writes it: `on-failure:3`, `no`. Of a target only on the
    /// person's yes. In the pause of a restart loop, `no` ends the loop (measured, 20.10).
    async fn set_restart(&self, id: &ContainerId, policy: &str) -> Result<()>;
    /// Freezes a container's processes. Of a target only on the person's yes.
    async fn pause(&self, id: &ContainerId) -> Result<()>;
    /// Lets them go on.
    async fn unpause(&self, id: &ContainerId) -> Result<()>;
    /// Builds an image from an archive of files, which has the Dockerfile in it; the id of the image. Its base images
    /// are taken as they are here: pull them before. Dropping it ends the build on the engine. A failure of the archive
    /// breaks it off.
    async fn build(
        &self,
        build: &Build,
        context: ArchiveStream,
        sink: BuildSink<'_>,
    ) -> Result<String, BuildError>;
}
