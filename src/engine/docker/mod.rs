//! Docker, over bollard; the only folder that names bollard.
//!
//! bollard speaks for everything with a JSON answer. The byte streams of terminals, pipes, logs and
//! events go over connections of our own (`hijack`), because bollard's decoder takes a chunk that
//! begins with byte 0, 1 or 2 for a frame header and then stalls (terminal.md §5). bollard's types
//! stop at `convert` and `create`, its errors at `error`.

mod alter;
mod build;
mod choose;
mod connect;
mod convert;
mod create;
mod credentials;
mod demux;
mod error;
mod events;
mod exec;
mod files;
mod hijack;
mod images;
mod inspect;
mod lines;
mod logs;
mod plain;
mod process;
mod progress;
mod registry;
mod replica;
mod settings;
mod ssh;
mod stats;
mod tls;
mod transport;
mod twin;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use async_trait::async_trait;
use bollard::query_parameters::{ListContainersOptions, RemoveVolumeOptions};
use bytes::Bytes;
use futures_util::stream::BoxStream;

pub use self::choose::Wanted;
use self::connect::Endpoint;
use self::credentials::Helpers;
pub use self::credentials::logins;
use super::{
    ArchiveStream, Asked, Change, Engine, EngineInfo, ExecId, ExecSpec, FileStat, MadeImage,
    NewContainer, NewVolume, Output, Pipes, Published, Remote, Step, TagList, Tty, Volume,
};
use crate::domain::build::{Build, BuildError, BuildSink};
use crate::domain::call::Call;
use crate::domain::error::{Error, Result};
use crate::domain::image::Reference;
use crate::domain::log::{LogQuery, Run};
use crate::domain::plan::Plan;
use crate::domain::replica::Replica;
use crate::domain::stats::Sample;
use crate::domain::target::{ContainerId, Event, Image, ImageSummary, Summary, Target};
use crate::domain::{Sink, Size};

/// How long the engine may take to begin an answer, in seconds. A pull begins only when the registry
/// answered, and a start may mount and set up much.
const ANSWER_SECONDS: u64 = 120;

/// A Docker engine, reached over a unix socket, tcp, TLS or ssh.
#[derive(Debug, Clone)]
pub struct Docker {
    api: bollard::Docker,
    endpoint: Endpoint,
    version: (usize, usize),
    /// docker's own folder, which has the logins of registries.
    folder: Option<PathBuf>,
    /// What the helpers for logins answered.
    helpers: Helpers,
    /// Folders in which docker looks for the authorities of registries, a folder for each.
    certs: Vec<PathBuf>,
}

/// Dials first by ourselves: the error says plainly why, where bollard's says "connect".
async fn hello(endpoint: &Endpoint) -> Result<bollard::Docker> {
    let not_docker = |e| error::not_docker(&endpoint.url, e);
    let client = |version| transport::client(endpoint, ANSWER_SECONDS, version).map_err(not_docker);
    if endpoint.is_costly() {
        let negotiated = client(connect::NEWEST)?.negotiate_version().await;
        return negotiated.map_err(|e| match error::words(&e) {
            Some(_) => not_docker(e),
            None => endpoint.unreachable(&e),
        });
    }
    let io = endpoint
        .dial()
        .await
        .map_err(|e| endpoint.unreachable(&e))?;
    match hijack::ping(io, endpoint.host()).await {
        Ok(Some(version)) => client(&connect::common(version)),
        // What TLS refuses may be known only when something is read.
        Err(e) if endpoint.is_remote() => Err(endpoint.unreachable(&e)),
        Ok(None) | Err(_) => {
            let negotiated = client(connect::NEWEST)?.negotiate_version().await;
            negotiated.map_err(not_docker)
        }
    }
}

impl Docker {
    /// Chooses an engine by docker's own order, connects and agrees on an API version.
    ///
    /// Fails with `Usage` on an endpoint or context that cannot be used, with `Engine` when nothing answers
    /// within five seconds (15 by ssh) or the engine is older than API 1.41.
    pub async fn connect(wanted: &Wanted) -> Result<Self> {
        let endpoint = choose::choose(wanted)?;
        let api = match tokio::time::timeout(endpoint.patience(), hello(&endpoint)).await {
            Ok(answer) => answer?,
            Err(_) => return Err(error::silent(&endpoint.url, endpoint.patience())),
        };
        let version = api.client_version();
        let version = (version.major_version, version.minor_version);
        connect::check_version(version, &endpoint.url)?;
        Ok(Self {
            api,
            endpoint,
            version,
            folder: wanted.folder.clone(),
            helpers: Helpers::default(),
            certs: wanted.certs(),
        })
    }

    /// The error of `doing` (a phrase like "cannot start web") that bollard reported.
    fn failed(&self, doing: &str, err: bollard::errors::Error) -> Error {
        error::from_bollard(doing, &self.endpoint.url, err)
    }

    /// A versioned path for a connection of our own.
    fn path(&self, rest: &str) -> String {
        format!("/v{}.{}{rest}", self.version.0, self.version.1)
    }

    /// Whether the engine speaks at least API 1.`minor`.
    fn speaks(&self, minor: usize) -> bool {
        self.version >= (1, minor)
    }

    async fn list(&self, filters: Option<HashMap<String, Vec<String>>>) -> Result<Vec<Summary>> {
        let options = ListContainersOptions {
            all: true,
            filters,
            ..Default::default()
        };
        let rows = self
            .api
            .list_containers(Some(options))
            .await
            .map_err(|e| self.failed("cannot list containers", e))?;
        Ok(rows.into_iter().filter_map(convert::summary).collect())
    }
}

/// Checks a container's name, id or prefix before it becomes a part of a URL, so that a name like
/// `../info` never asks something else of the engine.
fn container_name(name: &str) -> Result<&str> {
    let ok = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    if name
        .as_bytes()
        .first()
        .is_some_and(u8::is_ascii_alphanumeric)
        && name.bytes().all(ok)
    {
        Ok(name)
    } else {
        Err(error::no_container(name))
    }
}

fn label_filter(label: &str) -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![label.to_owned()])])
}

#[async_trait]
impl Engine for Docker {
    fn endpoint(&self) -> (&str, &str) {
        (&self.endpoint.url, &self.endpoint.from)
    }

    fn call(&self) -> Call {
        self.endpoint.call.clone()
    }

    async fn info(&self) -> Result<EngineInfo> {
        let fail = |e| self.failed("cannot ask the engine about itself", e);
        let version = self.api.version().await.map_err(fail)?;
        let info = self.api.info().await.map_err(fail)?;
        Ok(convert::info(&self.endpoint, self.version, version, info))
    }

    async fn machine(&self) -> Result<String> {
        let fail = |e| self.failed("cannot ask the engine about itself", e);
        let version = self.api.version().await.map_err(fail)?;
        Ok(error::plain(&version.arch.unwrap_or_default()))
    }

    async fn containers(&self) -> Result<Vec<Summary>> {
        self.list(None).await
    }

    async fn labelled(&self, label: &str) -> Result<Vec<Summary>> {
        self.list(Some(label_filter(label))).await
    }

    async fn inspect(&self, name: &str) -> Result<Target> {
        self.inspect_target(name).await
    }

    async fn image(&self, reference: &str) -> Result<Option<Image>> {
        self.find_image(reference).await
    }

    async fn image_ids(&self) -> Result<BTreeSet<String>> {
        self.list_image_ids().await
    }

    async fn images(&self) -> Result<Vec<ImageSummary>> {
        self.list_images().await
    }

    async fn history(&self, reference: &str) -> Result<Vec<Step>> {
        self.image_steps(reference).await
    }

    async fn remote(&self, reference: &str) -> Result<Remote> {
        self.ask_registry(reference).await
    }

    async fn tags(&self, of: &Reference) -> Asked<TagList> {
        self.list_tags(of).await
    }

    async fn tag_history(&self, of: &Reference, path: &str) -> Asked<Vec<Published>> {
        self.past_builds(of, path).await
    }

    async fn pull(&self, reference: &str, platform: Option<&str>, sink: Sink<'_>) -> Result<()> {
        self.pull_image(reference, platform, sink).await
    }

    async fn events(&self) -> Result<BoxStream<'static, Result<Event>>> {
        self.watch().await
    }

    async fn logs(&self, id: &ContainerId, lines: u32) -> Result<Vec<u8>> {
        self.read_logs(id, lines).await
    }

    async fn log_stream(
        &self,
        id: &ContainerId,
        query: &LogQuery,
    ) -> Result<BoxStream<'static, Result<Output>>> {
        self.stream_log(id, query).await
    }

    async fn runs_of(&self, id: &ContainerId) -> Result<Vec<Run>> {
        self.past_runs(id).await
    }

    async fn stats(&self, id: &ContainerId) -> Result<BoxStream<'static, Result<Sample>>> {
        self.watch_stats(id).await
    }

    async fn caught_signals(&self, id: &ContainerId) -> Result<Option<u64>> {
        self.signals_caught(id).await
    }

    async fn stat(&self, id: &ContainerId, path: &str) -> Result<Option<FileStat>> {
        self.stat_path(id, path).await
    }

    async fn peek(&self, id: &ContainerId, path: &str) -> Result<Option<FileStat>> {
        self.peek_path(id, path).await
    }

    async fn archive(&self, id: &ContainerId, path: &str, limit: u64) -> Result<Vec<u8>> {
        self.read_archive(id, path, limit).await
    }

    async fn archive_stream(&self, id: &ContainerId, path: &str) -> Result<ArchiveStream> {
        self.stream_archive(id, path).await
    }

    async fn root_stream(&self, id: &ContainerId) -> Result<ArchiveStream> {
        self.stream_root(id).await
    }

    async fn put_archive(&self, id: &ContainerId, path: &str, tar: Bytes) -> Result<()> {
        self.write_archive(id, path, tar).await
    }

    async fn changes(&self, id: &ContainerId) -> Result<Vec<Change>> {
        self.list_changes(id).await
    }

    async fn create(&self, plan: &Plan, size: Option<Size>) -> Result<ContainerId> {
        self.create_twin(plan, size).await
    }

    async fn attach_tty(&self, id: &ContainerId, replay: bool) -> Result<Tty> {
        self.attach_terminal(id, replay).await
    }

    async fn attach_pipes(&self, id: &ContainerId, stdin: bool) -> Result<Pipes> {
        self.attach_streams(id, stdin).await
    }

    async fn start(&self, id: &ContainerId) -> Result<()> {
        self.start_container(id).await
    }

    async fn resize(&self, id: &ContainerId, size: Size) -> Result<()> {
        self.resize_container(id, size).await
    }

    async fn wait(&self, id: &ContainerId) -> Result<i64> {
        self.wait_container(id).await
    }

    async fn kill(&self, id: &ContainerId, signal: &str) -> Result<()> {
        self.signal(id, signal).await
    }

    async fn exec_tty(
        &self,
        id: &ContainerId,
        spec: &ExecSpec,
        size: Size,
    ) -> Result<(ExecId, Tty)> {
        self.exec_terminal(id, spec, size).await
    }

    async fn exec_pipes(
        &self,
        id: &ContainerId,
        spec: &ExecSpec,
        stdin: bool,
    ) -> Result<(ExecId, Pipes)> {
        self.exec_streams(id, spec, stdin).await
    }

    async fn resize_exec(&self, id: &ExecId, size: Size) -> Result<()> {
        self.resize_exec_terminal(id, size).await
    }

    async fn exec_status(&self, id: &ExecId) -> Result<Option<i64>> {
        self.exec_exit(id).await
    }

    async fn remove(&self, id: &ContainerId) -> Result<()> {
        self.remove_container(id).await
    }

    async fn idle_volumes(&self, label: &str) -> Result<Vec<String>> {
        let mut filters = label_filter(label);
        filters.insert("dangling".into(), vec!["true".into()]);
        let volumes = self.list_volumes(filters).await?;
        Ok(volumes.into_iter().map(|volume| volume.name).collect())
    }

    async fn volume_options(&self, name: &str) -> Result<Option<String>> {
        let name = container_name(name)?;
        match self.api.inspect_volume(name).await {
            Ok(volume) => Ok(convert::volume_options(&volume)),
            Err(e) if error::status(&e) == Some(404) => Ok(None),
            Err(e) => Err(self.failed(&format!("cannot inspect the volume {name}"), e)),
        }
    }

    async fn remove_volume(&self, name: &str) -> Result<()> {
        let name = container_name(name)?;
        let options = RemoveVolumeOptions { force: true };
        match self.api.remove_volume(name, Some(options)).await {
            Err(e) if error::status(&e) != Some(404) => {
                Err(self.failed(&format!("cannot remove the volume {name}"), e))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    async fn create_volume(&self, volume: &NewVolume) -> Result<()> {
        self.new_volume(volume).await
    }

    async fn volume_names(&self) -> Result<Vec<String>> {
        let all = self.list_volumes(HashMap::new()).await?;
        Ok(all.into_iter().map(|volume| volume.name).collect())
    }

    async fn volumes(&self, label: &str) -> Result<Vec<Volume>> {
        self.list_volumes(label_filter(label)).await
    }

    async fn put_stream(&self, id: &ContainerId, path: &str, tar: ArchiveStream) -> Result<()> {
        self.write_stream(id, path, tar).await
    }

    async fn commit(
        &self,
        id: &ContainerId,
        name: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<String> {
        self.commit_container(id, name, labels).await
    }

    async fn labelled_images(&self, label: &str) -> Result<Vec<MadeImage>> {
        self.images_with(label).await
    }

    async fn remove_image(&self, reference: &str) -> Result<()> {
        self.delete_image(reference).await
    }

    async fn create_replica(&self, replica: &Replica) -> Result<ContainerId> {
        self.create_of_target(replica).await
    }

    async fn create_in_lab(&self, container: &NewContainer) -> Result<ContainerId> {
        self.create_plain(container).await
    }

    async fn set_restart(&self, id: &ContainerId, policy: &str) -> Result<()> {
        self.update_restart(id, policy).await
    }

    async fn pause(&self, id: &ContainerId) -> Result<()> {
        self.pause_container(id).await
    }

    async fn unpause(&self, id: &ContainerId) -> Result<()> {
        self.unpause_container(id).await
    }

    async fn build(
        &self,
        build: &Build,
        context: ArchiveStream,
        sink: BuildSink<'_>,
    ) -> Result<String, BuildError> {
        self.build_image(build, context, sink).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::ErrorKind;

    #[test]
    fn names_that_would_leave_the_path_are_refused_before_asking() {
        for name in ["web", "3f2a", "my_app.1-x", "0a"] {
            assert_eq!(container_name(name), Ok(name));
        }
        for name in [
            "", "..", "../info", "web/json", "web?x", "a#b", ".hid", "-f", "a b", "é",
        ] {
            let err = container_name(name).unwrap_err();
            assert_eq!(err.kind, ErrorKind::NoTarget, "{name:?}");
        }
    }
}
