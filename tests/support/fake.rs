//! An engine in memory: plain data that a test writes before, and a log of calls that it reads after.
//!
//! What it was not told is absent, as on an empty engine; what it cannot do at all is an `Internal`
//! error that names the call, so that a test fails for the right reason.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by test programs, each of which uses its own part; a broken helper fails its test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use devtwin::domain::build::{Build, BuildError, BuildNews, BuildSink};
use devtwin::domain::error::{Error, ErrorKind, Result};
use devtwin::domain::image::Reference;
use devtwin::domain::log::{LogQuery, Run};
use devtwin::domain::plan::Plan;
use devtwin::domain::replica::Replica;
use devtwin::domain::stats::Sample;
use devtwin::domain::target::{
    Config, ContainerId, Event, Image, ImageSummary, Isolation, Service, State, Status, Summary,
    Target,
};
use devtwin::domain::{Sink, Size};
use devtwin::engine::{
    ArchiveStream, Asked, Change, Engine, EngineInfo, ExecId, ExecSpec, FileStat, MadeImage,
    NewContainer, NewVolume, Output, Pipes, Published, Remote, Step, TagList, Tty, Volume,
};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio_util::sync::CancellationToken;

/// The scripted engine.
#[derive(Default)]
pub struct FakeEngine {
    /// Containers that can be inspected.
    pub targets: Vec<Target>,
    /// Local images.
    pub images: Vec<Image>,
    /// What registries answer, by the reference as it is asked for; others are `Unreachable`.
    pub remotes: BTreeMap<String, Remote>,
    /// What registries answer on the tags of a repository (`host/name`); others are not reached.
    pub tag_lists: BTreeMap<String, Asked<TagList>>,
    /// What publishers answer on a tag's past, by reference; others do not tell.
    pub published: BTreeMap<String, Asked<Vec<Published>>>,
    /// Files by container id, or by image id for containers created from it.
    pub files: BTreeMap<(String, String), FileStat>,
    /// What the regular files among them hold; others are empty.
    pub contents: BTreeMap<(String, String), Vec<u8>>,
    /// What `caught_signals` answers.
    pub caught: Option<u64>,
    /// What a container printed before.
    pub log_tail: Vec<u8>,
    /// How images were made, by id.
    pub histories: BTreeMap<String, Vec<String>>,
    /// When images were built, by id, in seconds since the epoch.
    pub built: BTreeMap<String, i64>,
    /// Notes on steps that made images, by id; they stand before the commands.
    pub notes: BTreeMap<String, Vec<String>>,
    /// What `labelled` answers, whatever the label.
    pub labelled: Option<Vec<Summary>>,
    /// Volumes by label: name, and whether a container uses it.
    pub volumes: BTreeMap<&'static str, Vec<(String, bool)>>,
    /// Volumes that mark debts, whatever the label.
    pub markers: Vec<Volume>,
    /// Calls that fail, by name, with this error.
    pub failing: BTreeMap<&'static str, Error>,
    /// Whether containers can be started: their program must then be among the files of their image.
    pub runs: bool,
    /// What a started program prints; its status is 0.
    pub prints: Vec<u8>,
    /// Statuses of the programs run by exec, in order; others end with 0.
    pub exec_statuses: Vec<i64>,
    /// Exit code of a container whose start failed; without it 127, for a program that is not there.
    pub exit_code: Option<i64>,
    /// How the containers made here stand; without it they run.
    pub made_status: Option<Status>,
    /// How the targets stand once a start was tried.
    pub after_start: Option<State>,
    /// Calls that never come back, by name.
    pub hangs: BTreeSet<&'static str>,
    /// What programs do that are run by exec on plain streams, by their words: each call takes the next, and
    /// the last one stays. Others print `prints`, and end with 0.
    pub scripts: BTreeMap<String, Vec<Script>>,
    /// Fails the call of this number, counted from 0.
    pub fail_at: Option<usize>,
    /// Cancels during the call of this number.
    pub cancel_at: Option<(usize, CancellationToken)>,
    /// What a build tells; it ends with the image that is the last one told.
    pub builds: Vec<BuildNews>,
    /// How a build fails, after it told that.
    pub build_fails: Option<BuildError>,
    log: Mutex<Log>,
}

/// What a program does.
#[derive(Clone, Default)]
pub struct Script {
    /// What it prints, piece by piece.
    pub prints: Vec<Output>,
    /// Its exit status.
    pub status: i64,
    /// What it does when it has printed.
    pub then: Then,
}

/// How a program goes on.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Then {
    /// It ends.
    #[default]
    Ends,
    /// It runs until a signal of this name comes, or SIGKILL.
    RunsUntil(&'static str),
    /// It ends, and its stream stays open.
    HoldsOn,
    /// Its stream breaks, and it runs on until it is killed.
    Breaks,
    /// The containers that are targets end, and with them all that runs in them.
    EndsAll,
    /// The same, and nobody hears of its end.
    Vanishes,
}

/// A program that was run by exec on plain streams.
struct Running {
    mark: String,
    script: Script,
    /// Given up when it has ended.
    ended: CancellationToken,
}

/// What was asked of the engine.
#[derive(Default)]
struct Log {
    calls: Vec<String>,
    created: Vec<Plan>,
    removed: BTreeSet<String>,
    /// What was run by exec on plain streams.
    specs: Vec<ExecSpec>,
    running: Vec<Running>,
    /// Statuses of the passes that looked for marked programs, by their exec's id.
    passes: BTreeMap<String, i64>,
    /// Whether the targets have ended.
    over: bool,
}

impl FakeEngine {
    /// Every call in order, `name argument`.
    pub fn calls(&self) -> Vec<String> {
        self.log.lock().unwrap().calls.clone()
    }

    /// The arguments of the calls of one name, in order.
    pub fn calls_of(&self, name: &str) -> Vec<String> {
        let prefix = format!("{name} ");
        let calls = self.calls();
        let of = calls.iter().filter_map(|c| c.strip_prefix(&prefix));
        of.map(str::to_owned).collect()
    }

    /// What was run by exec on plain streams, in order.
    pub fn specs(&self) -> Vec<ExecSpec> {
        self.log.lock().unwrap().specs.clone()
    }

    /// The signals that were sent to marked programs, in order.
    pub fn signals(&self) -> Vec<String> {
        let passes = self.calls_of("exec_tty");
        let words = passes
            .iter()
            .filter(|words| words.contains("devtwin-close"));
        words
            .filter_map(|words| words.rsplit(' ').nth(2).map(str::to_owned))
            .collect()
    }

    /// Plans of the containers created.
    pub fn created(&self) -> Vec<Plan> {
        self.log.lock().unwrap().created.clone()
    }

    /// Containers that were created and are not removed.
    pub fn left_over(&self) -> usize {
        let log = self.log.lock().unwrap();
        log.created.len() - log.removed.len()
    }

    /// Volumes and images that were made and not removed.
    pub fn roots_left(&self) -> Vec<String> {
        let of = |made: &str, removed: &str| {
            let gone = self.calls_of(removed);
            let mut made = self.calls_of(made);
            made.retain(|name| !gone.contains(name));
            made
        };
        let mut left = of("create_volume", "remove_volume");
        left.extend(of("commit", "remove_image"));
        left
    }

    /// Adds programs to a container or image.
    pub fn with_programs(mut self, of: &str, paths: &[&str]) -> Self {
        for path in paths {
            let file = FileStat {
                size: 1,
                mode: 0o755,
                is_dir: false,
                is_special: false,
                link_target: None,
            };
            self.files.insert((of.to_owned(), (*path).to_owned()), file);
        }
        self
    }

    /// Adds a symbolic link to a container or image.
    pub fn with_link(mut self, of: &str, path: &str, to: &str) -> Self {
        let link = FileStat {
            size: 0,
            mode: 0o777,
            is_dir: false,
            is_special: false,
            link_target: Some(to.to_owned()),
        };
        self.files.insert((of.to_owned(), path.to_owned()), link);
        self
    }

    /// Adds a regular file, and the directories above it, to a container or image.
    pub fn with_file(mut self, of: &str, path: &str, mode: u32, bytes: &[u8]) -> Self {
        let stat = |mode, is_dir| FileStat {
            size: bytes.len() as u64,
            mode,
            is_dir,
            is_special: false,
            link_target: None,
        };
        let mut above = path;
        while let Some((dir, _)) = above.rsplit_once('/') {
            let dir = if dir.is_empty() { "/" } else { dir };
            let key = (of.to_owned(), dir.to_owned());
            self.files.entry(key).or_insert_with(|| stat(0o755, true));
            above = if dir == "/" { "" } else { dir };
        }
        let key = (of.to_owned(), path.to_owned());
        self.files.insert(key.clone(), stat(mode, false));
        self.contents.insert(key, bytes.to_vec());
        self
    }

    /// The archive of `path`, as the engine makes it: the names begin with the last part of it.
    fn tar(&self, of: &str, path: &str, prefix: &str) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        let inside = format!("{}/", path.trim_end_matches('/'));
        for ((owner, file), stat) in &self.files {
            if owner != of || (file != path && !file.starts_with(&inside)) || file == "/" {
                continue;
            }
            let name = format!("{prefix}{}", &file[path.trim_end_matches('/').len()..]);
            let mut header = tar::Header::new_gnu();
            header.set_mode(stat.mode);
            header.set_uid(0);
            header.set_gid(0);
            header.set_size(0);
            let name = name.trim_start_matches('/');
            if let Some(target) = &stat.link_target {
                header.set_entry_type(tar::EntryType::Symlink);
                tar.append_link(&mut header, name, target).unwrap();
            } else if stat.is_dir {
                header.set_entry_type(tar::EntryType::Directory);
                tar.append_data(&mut header, format!("{name}/"), &[][..])
                    .unwrap();
            } else {
                let bytes = self.contents.get(&(owner.clone(), file.clone()));
                let bytes = bytes.map_or(&[][..], Vec::as_slice);
                header.set_size(bytes.len() as u64);
                tar.append_data(&mut header, name, bytes).unwrap();
            }
        }
        tar.into_inner().unwrap()
    }

    /// Adds a local image.
    pub fn with_image(mut self, image: Image) -> Self {
        self.images.push(image);
        self
    }

    /// Adds a registry's answer.
    pub fn with_remote(mut self, reference: &str, answer: Remote) -> Self {
        self.remotes.insert(reference.to_owned(), answer);
        self
    }

    /// All tags of a repository, `host/name`.
    pub fn with_tags(mut self, repository: &str, tags: &[&str]) -> Self {
        let list = TagList {
            names: tags.iter().map(|t| (*t).to_owned()).collect(),
            whole: true,
        };
        let answer = Asked::Answer(list);
        self.tag_lists.insert(repository.to_owned(), answer);
        self
    }

    fn call(&self, name: &'static str, argument: &str) -> Result<()> {
        let calls = &mut self.log.lock().unwrap().calls;
        let number = calls.len();
        calls.push(format!("{name} {argument}"));
        if let Some((at, cancel)) = &self.cancel_at
            && *at == number
        {
            cancel.cancel();
        }
        if self.fail_at == Some(number) {
            return Err(Error::new(ErrorKind::Engine, format!("{name} failed")));
        }
        match self.failing.get(name) {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// Never ends when calls of this name are to hang.
    async fn answers(&self, name: &str) {
        if self.hangs.contains(name) {
            std::future::pending::<()>().await;
        }
    }

    /// A call that works where containers run. It takes a moment, so that a cancel can strike during it.
    async fn runs(&self, name: &'static str, argument: &str) -> Result<()> {
        if !self.runs {
            return self.not_told(name, argument);
        }
        let answer = self.call(name, argument);
        self.answers(name).await;
        tokio::task::yield_now().await;
        answer
    }

    /// The plan of a container that was created.
    fn plan_of(&self, id: &ContainerId) -> Option<Plan> {
        let number: usize = id.0.strip_prefix("made-")?.parse().ok()?;
        self.log.lock().unwrap().created.get(number).cloned()
    }

    fn not_told<T>(&self, name: &'static str, argument: &str) -> Result<T> {
        self.call(name, argument)?;
        Err(Error::new(
            ErrorKind::Internal,
            format!("the fake engine was not told how to {name} {argument}"),
        ))
    }

    /// The pass of a shell that sends a signal to what carries a mark, when programs were run on plain streams.
    fn pass(&self, number: usize, argv: &[String]) {
        let mut log = self.log.lock().unwrap();
        let [.., name, signal, mark, _] = argv else {
            return;
        };
        if name != "devtwin-close" || log.running.is_empty() {
            return;
        }
        let marked = log.running.iter().filter(|running| running.mark == *mark);
        let there: Vec<_> = marked.filter(|r| !r.ended.is_cancelled()).collect();
        for running in &there {
            let heard = matches!(running.script.then, Then::RunsUntil(word) if word == signal);
            if signal == "KILL" || heard {
                running.ended.cancel();
            }
        }
        let status = i64::from(!there.is_empty());
        log.passes.insert(number.to_string(), status);
    }

    /// The id under which files of a container are kept.
    fn files_of(&self, id: &ContainerId) -> Result<String> {
        let log = self.log.lock().unwrap();
        let made =
            id.0.strip_prefix("made-")
                .and_then(|n| n.parse::<usize>().ok());
        match made.and_then(|n| log.created.get(n)) {
            Some(_) if log.removed.contains(&id.0) => Err(gone(&id.0)),
            Some(plan) => Ok(plan.image.clone()),
            None if self.targets.iter().any(|t| t.id == *id) => Ok(id.0.clone()),
            None => Err(gone(&id.0)),
        }
    }
}

fn gone(name: &str) -> Error {
    Error::new(ErrorKind::NoTarget, format!("no such container: {name}"))
}

/// A stream that comes in small pieces, cut anywhere.
fn pieces(bytes: &[u8]) -> ArchiveStream {
    let pieces: Vec<Result<Bytes>> = bytes
        .chunks(700)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    futures_util::stream::iter(pieces).boxed()
}

/// A running container with defaults everywhere else.
pub fn target(name: &str, image: &str, image_id: &str) -> Target {
    Target {
        id: ContainerId(format!("id-of-{name}")),
        name: name.to_owned(),
        image: image.to_owned(),
        image_id: image_id.to_owned(),
        state: State {
            status: Status::Running,
            restarting: false,
            pid: Some(42),
            exit_code: 0,
            oom_killed: false,
            error: None,
            started_at: Some(0),
            finished_at: None,
            restart_count: 0,
            health: None,
        },
        config: config(),
        isolation: Isolation::default(),
        mounts: Vec::new(),
        tmpfs: Vec::new(),
        service: Service::default(),
        runtime: devtwin::domain::target::Runtime::default(),
    }
}

/// A local image with defaults everywhere else.
pub fn image(id: &str, tags: &[&str], layers: &[&str]) -> Image {
    let owned = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
    Image {
        id: id.to_owned(),
        tags: owned(tags),
        digests: Vec::new(),
        os: "linux".into(),
        architecture: "amd64".into(),
        variant: String::new(),
        config: config(),
        layers: owned(layers),
        folders: None,
    }
}

fn config() -> Config {
    Config {
        user: "65532".into(),
        env: Vec::new(),
        workdir: String::new(),
        entrypoint: vec!["/app".into()],
        cmd: Vec::new(),
        labels: BTreeMap::new(),
        stop_signal: None,
        healthcheck: None,
        exposed: Vec::new(),
        volumes: Vec::new(),
    }
}

#[async_trait]
impl Engine for FakeEngine {
    fn endpoint(&self) -> (&str, &str) {
        ("fake:", "the test")
    }

    async fn info(&self) -> Result<EngineInfo> {
        self.not_told("info", "")
    }

    async fn machine(&self) -> Result<String> {
        self.call("machine", "")?;
        Ok("amd64".into())
    }

    async fn history(&self, reference: &str) -> Result<Vec<Step>> {
        self.call("history", reference)?;
        let commands = self.histories.get(reference).into_iter().flatten();
        let commands = commands.map(|command| Step {
            command: command.clone(),
            ..Step::default()
        });
        let notes = self.notes.get(reference).into_iter().flatten();
        let notes = notes.map(|note| Step {
            note: note.clone(),
            ..Step::default()
        });
        let built = self.built.get(reference).map(|created| Step {
            created: *created,
            ..Step::default()
        });
        Ok(notes.chain(commands).chain(built).collect())
    }

    async fn caught_signals(&self, id: &ContainerId) -> Result<Option<u64>> {
        self.call("caught_signals", &id.0)?;
        Ok(self.caught)
    }

    async fn archive_stream(&self, id: &ContainerId, path: &str) -> Result<ArchiveStream> {
        self.call("archive_stream", path)?;
        self.answers("archive_stream").await;
        let of = self.files_of(id)?;
        if !self.files.contains_key(&(of.clone(), path.to_owned())) {
            let text = format!("Could not find the file {path} in container {}", id.0);
            return Err(Error::new(ErrorKind::Engine, text));
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        Ok(pieces(&self.tar(&of, path, name)))
    }

    async fn root_stream(&self, id: &ContainerId) -> Result<ArchiveStream> {
        self.call("root_stream", &id.0)?;
        let of = self.files_of(id)?;
        Ok(pieces(&self.tar(&of, "/", "")))
    }

    async fn volume_options(&self, name: &str) -> Result<Option<String>> {
        self.call("volume_options", name)?;
        Ok(None)
    }

    async fn containers(&self) -> Result<Vec<Summary>> {
        self.not_told("containers", "")
    }

    async fn labelled(&self, label: &str) -> Result<Vec<Summary>> {
        match &self.labelled {
            Some(rows) => self.call("labelled", label).map(|()| rows.clone()),
            None => self.not_told("labelled", label),
        }
    }

    async fn inspect(&self, name: &str) -> Result<Target> {
        self.call("inspect", name)?;
        if let Some(plan) = self.plan_of(&ContainerId(name.to_owned())) {
            self.files_of(&ContainerId(name.to_owned()))?;
            // Only here: without its target an exec would hang before it makes anything.
            self.answers("inspect").await;
            let mut made = target(&plan.name, &plan.image, &plan.image);
            made.state.exit_code = self.exit_code.unwrap_or(127);
            made.state.status = self.made_status.unwrap_or(made.state.status);
            return Ok(made);
        }
        let found = self
            .targets
            .iter()
            .find(|t| t.name == name || t.id.0 == name);
        let mut found = found.cloned().ok_or_else(|| gone(name))?;
        if self.log.lock().unwrap().over {
            found.state.status = Status::Exited;
        }
        if let Some(state) = &self.after_start
            && !self.calls_of("start").is_empty()
        {
            found.state = state.clone();
        }
        Ok(found)
    }

    async fn image(&self, reference: &str) -> Result<Option<Image>> {
        self.call("image", reference)?;
        let named = |i: &&Image| {
            let id = i.id.strip_prefix("sha256:").unwrap_or(&i.id);
            i.id == reference
                || (reference.len() >= 4 && id.starts_with(reference))
                || i.tags
                    .iter()
                    .any(|t| t == reference || *t == format!("{reference}:latest"))
        };
        let committed = || {
            let made = self.calls_of("commit").contains(&reference.to_owned());
            let is_there = made
                && !self
                    .calls_of("remove_image")
                    .contains(&reference.to_owned());
            is_there.then(|| image(&format!("sha256:{reference}"), &[reference], &[]))
        };
        Ok(self.images.iter().find(named).cloned().or_else(committed))
    }

    async fn image_ids(&self) -> Result<BTreeSet<String>> {
        self.call("image_ids", "")?;
        Ok(self.images.iter().map(|image| image.id.clone()).collect())
    }

    async fn images(&self) -> Result<Vec<ImageSummary>> {
        self.call("images", "")?;
        let tagged = self.images.iter().filter(|i| !i.tags.is_empty());
        let row = |i: &Image| ImageSummary {
            id: i.id.clone(),
            tags: i.tags.clone(),
        };
        Ok(tagged.map(row).collect())
    }

    async fn remote(&self, reference: &str) -> Result<Remote> {
        self.call("remote", reference)?;
        let silent = || Remote::Unreachable("no route to host".into());
        Ok(self.remotes.get(reference).cloned().unwrap_or_else(silent))
    }

    async fn tags(&self, of: &Reference) -> Asked<TagList> {
        let known = self.tag_lists.get(&of.name()).cloned();
        match self.call("tags", &of.name()) {
            Ok(()) => known.unwrap_or_else(|| Asked::Unreachable("no route to host".into())),
            Err(error) => Asked::Unreachable(error.message),
        }
    }

    async fn tag_history(&self, of: &Reference, path: &str) -> Asked<Vec<Published>> {
        let known = self.published.get(&of.to_string()).cloned();
        match self.call("tag_history", &format!("{of} {path}")) {
            Ok(()) => known.unwrap_or(Asked::Missing),
            Err(error) => Asked::Unreachable(error.message),
        }
    }

    async fn pull(&self, reference: &str, _platform: Option<&str>, _sink: Sink<'_>) -> Result<()> {
        self.not_told("pull", reference)
    }

    async fn events(&self) -> Result<BoxStream<'static, Result<Event>>> {
        self.not_told("events", "")
    }

    async fn logs(&self, id: &ContainerId, _lines: u32) -> Result<Vec<u8>> {
        self.call("logs", &id.0)?;
        Ok(self.log_tail.clone())
    }

    async fn log_stream(
        &self,
        id: &ContainerId,
        _query: &LogQuery,
    ) -> Result<BoxStream<'static, Result<Output>>> {
        self.not_told("log_stream", &id.0)
    }

    async fn runs_of(&self, id: &ContainerId) -> Result<Vec<Run>> {
        self.not_told("runs_of", &id.0)
    }

    async fn stats(&self, id: &ContainerId) -> Result<BoxStream<'static, Result<Sample>>> {
        self.not_told("stats", &id.0)
    }

    async fn stat(&self, id: &ContainerId, path: &str) -> Result<Option<FileStat>> {
        self.call("stat", path)?;
        let of = self.files_of(id)?;
        Ok(self.files.get(&(of, path.to_owned())).cloned())
    }

    async fn peek(&self, id: &ContainerId, path: &str) -> Result<Option<FileStat>> {
        // One question, however it is asked.
        self.call("stat", path)?;
        let Ok(of) = self.files_of(id) else {
            return Ok(None);
        };
        Ok(self.files.get(&(of, path.to_owned())).cloned())
    }

    async fn archive(&self, _id: &ContainerId, path: &str, _limit: u64) -> Result<Vec<u8>> {
        self.not_told("archive", path)
    }

    async fn put_archive(&self, _id: &ContainerId, path: &str, _tar: Bytes) -> Result<()> {
        self.runs("put_archive", path).await
    }

    async fn changes(&self, id: &ContainerId) -> Result<Vec<Change>> {
        self.not_told("changes", &id.0)
    }

    async fn create(&self, plan: &Plan, _size: Option<Size>) -> Result<ContainerId> {
        self.call("create", &plan.image)?;
        let mut log = self.log.lock().unwrap();
        log.created.push(plan.clone());
        Ok(ContainerId(format!("made-{}", log.created.len() - 1)))
    }

    async fn attach_tty(&self, id: &ContainerId, _replay: bool) -> Result<Tty> {
        self.runs("attach_tty", &id.0).await?;
        Ok(Tty {
            output: Box::new(std::io::Cursor::new(self.prints.clone())),
            input: Box::new(tokio::io::sink()),
        })
    }

    async fn attach_pipes(&self, id: &ContainerId, _stdin: bool) -> Result<Pipes> {
        self.runs("attach_pipes", &id.0).await?;
        let printed = Ok(Output::Stdout(self.prints.clone().into()));
        Ok(Pipes {
            output: futures_util::stream::iter([printed]).boxed(),
            input: Box::new(tokio::io::sink()),
        })
    }

    async fn start(&self, id: &ContainerId) -> Result<()> {
        self.runs("start", &id.0).await?;
        let plan = self.plan_of(id).unwrap();
        if self
            .files
            .contains_key(&(plan.image.clone(), plan.argv[0].clone()))
        {
            return Ok(());
        }
        let text = format!("exec: {:?}: no such file or directory", plan.argv[0]);
        Err(Error::new(ErrorKind::Engine, text))
    }

    async fn resize(&self, id: &ContainerId, _size: Size) -> Result<()> {
        self.runs("resize", &id.0).await
    }

    async fn wait(&self, id: &ContainerId) -> Result<i64> {
        self.runs("wait", &id.0).await.map(|()| 0)
    }

    async fn kill(&self, id: &ContainerId, _signal: &str) -> Result<()> {
        self.not_told("kill", &id.0)
    }

    async fn exec_tty(
        &self,
        id: &ContainerId,
        spec: &ExecSpec,
        _size: Size,
    ) -> Result<(ExecId, Tty)> {
        let number = self.calls_of("exec_tty").len();
        self.files_of(id)?;
        let words = [&spec.argv[..], &spec.env[..]].concat();
        self.runs("exec_tty", &words.join(" ")).await?;
        self.pass(number, &spec.argv);
        let tty = Tty {
            output: Box::new(std::io::Cursor::new(self.prints.clone())),
            input: Box::new(tokio::io::sink()),
        };
        Ok((ExecId(number.to_string()), tty))
    }

    async fn exec_pipes(
        &self,
        id: &ContainerId,
        spec: &ExecSpec,
        _stdin: bool,
    ) -> Result<(ExecId, Pipes)> {
        let words = spec.argv.join(" ");
        let before = self.calls_of("exec_pipes");
        let nth = before.iter().filter(|call| **call == words).count();
        self.files_of(id)?;
        self.runs("exec_pipes", &words).await?;
        let script = match self.scripts.get(&words) {
            Some(scripts) => scripts[nth.min(scripts.len() - 1)].clone(),
            None => Script {
                prints: vec![Output::Stdout(self.prints.clone().into())],
                ..Script::default()
            },
        };
        let mut log = self.log.lock().unwrap();
        if log.over {
            let text = format!("Container {} is not running", id.0);
            return Err(Error::new(ErrorKind::Engine, text));
        }
        let mark = spec
            .env
            .iter()
            .find_map(|v| v.strip_prefix("DEVTWIN_SHELL="));
        let ended = CancellationToken::new();
        if matches!(script.then, Then::Ends | Then::HoldsOn | Then::EndsAll) {
            ended.cancel();
        }
        log.over |= matches!(script.then, Then::EndsAll | Then::Vanishes);
        log.specs.push(spec.clone());
        log.running.push(Running {
            mark: mark.unwrap_or_default().to_owned(),
            script: script.clone(),
            ended: ended.clone(),
        });
        let printed = futures_util::stream::iter(script.prints.into_iter().map(Ok));
        let rest = futures_util::stream::once(async move {
            match script.then {
                Then::HoldsOn | Then::Vanishes => std::future::pending().await,
                Then::Breaks => Some(Err(Error::new(ErrorKind::Engine, "the stream broke off"))),
                Then::Ends | Then::RunsUntil(_) | Then::EndsAll => {
                    ended.cancelled().await;
                    None
                }
            }
        });
        let pipes = Pipes {
            output: printed.chain(rest.filter_map(std::future::ready)).boxed(),
            input: Box::new(tokio::io::sink()),
        };
        Ok((ExecId(format!("pipes-{}", log.running.len() - 1)), pipes))
    }

    async fn resize_exec(&self, id: &ExecId, _size: Size) -> Result<()> {
        self.not_told("resize_exec", &id.0)
    }

    async fn exec_status(&self, id: &ExecId) -> Result<Option<i64>> {
        self.call("exec_status", &id.0)?;
        let log = self.log.lock().unwrap();
        if let Some(number) = id.0.strip_prefix("pipes-") {
            let running = &log.running[number.parse::<usize>().unwrap()];
            return Ok(running
                .ended
                .is_cancelled()
                .then_some(running.script.status));
        }
        if let Some(status) = log.passes.get(&id.0) {
            return Ok(Some(*status));
        }
        let number: usize = id.0.parse().unwrap();
        Ok(Some(self.exec_statuses.get(number).copied().unwrap_or(0)))
    }

    async fn remove(&self, id: &ContainerId) -> Result<()> {
        self.call("remove", &id.0)?;
        self.answers("remove").await;
        self.log.lock().unwrap().removed.insert(id.0.clone());
        Ok(())
    }

    async fn idle_volumes(&self, label: &str) -> Result<Vec<String>> {
        self.call("idle_volumes", label)?;
        let of = self.volumes.get(label).into_iter().flatten();
        let idle = of.filter(|(_, used)| !used);
        Ok(idle.map(|(name, _)| name.clone()).collect())
    }

    async fn create_volume(&self, volume: &NewVolume) -> Result<()> {
        self.call("create_volume", &volume.name)
    }

    async fn volume_names(&self) -> Result<Vec<String>> {
        self.call("volume_names", "")?;
        let named = self.volumes.values().flatten();
        Ok(named.map(|(name, _)| name.clone()).collect())
    }

    async fn volumes(&self, label: &str) -> Result<Vec<Volume>> {
        self.call("volumes", label)?;
        let of = self.volumes.get(label).into_iter().flatten();
        let plain = of.map(|(name, _)| Volume {
            name: name.clone(),
            labels: BTreeMap::new(),
            folder: String::new(),
        });
        Ok(plain.chain(self.markers.iter().cloned()).collect())
    }

    async fn put_stream(&self, _: &ContainerId, path: &str, _: ArchiveStream) -> Result<()> {
        self.call("put_stream", path)
    }

    async fn commit(
        &self,
        _: &ContainerId,
        name: &str,
        _: &BTreeMap<String, String>,
    ) -> Result<String> {
        self.call("commit", name)?;
        Ok(format!("sha256:{name}"))
    }

    async fn labelled_images(&self, label: &str) -> Result<Vec<MadeImage>> {
        self.call("labelled_images", label)?;
        Ok(Vec::new())
    }

    async fn remove_image(&self, reference: &str) -> Result<()> {
        self.call("remove_image", reference)
    }

    async fn create_replica(&self, replica: &Replica) -> Result<ContainerId> {
        self.not_told("create_replica", &replica.name)
    }

    async fn create_in_lab(&self, container: &NewContainer) -> Result<ContainerId> {
        self.not_told("create_in_lab", &container.name)
    }

    async fn set_restart(&self, id: &ContainerId, policy: &str) -> Result<()> {
        self.call("set_restart", &format!("{id} {policy}"))
    }

    async fn pause(&self, id: &ContainerId) -> Result<()> {
        self.call("pause", &id.0)
    }

    async fn unpause(&self, id: &ContainerId) -> Result<()> {
        self.call("unpause", &id.0)
    }

    async fn remove_volume(&self, name: &str) -> Result<()> {
        self.call("remove_volume", name)
    }

    async fn build(
        &self,
        build: &Build,
        mut context: ArchiveStream,
        sink: BuildSink<'_>,
    ) -> Result<String, BuildError> {
        self.call("build", &build.tags.join(","))?;
        while let Some(piece) = context.next().await {
            piece?;
        }
        let mut last = None;
        for news in &self.builds {
            if let BuildNews::Done(id) = news {
                last = Some(id.clone());
            }
            sink(news.clone());
        }
        match (&self.build_fails, last) {
            (Some(error), _) => Err(error.clone()),
            (None, Some(id)) => Ok(id),
            (None, None) => {
                Err(Error::new(ErrorKind::Internal, "the fake engine builds nothing").into())
            }
        }
    }
}
