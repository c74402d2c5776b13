//! A panic in a task: the terminal comes back, the twin goes.
//!
//! devtwin has no door by which a test could make it panic, and shall have none. So the program here is
//! this test program itself: it runs the same `runtime::run` on the real engine, behind one that panics.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use devtwin::app::keymap::Chord;
use devtwin::app::{ClipboardPolicy, Settings, Start, ThemeName};
use devtwin::domain::build::{Build, BuildError, BuildSink};
use devtwin::domain::error::Result;
use devtwin::domain::image::Reference;
use devtwin::domain::log::{LogQuery, Run};
use devtwin::domain::plan::{Plan, Wishes};
use devtwin::domain::replica::Replica;
use devtwin::domain::stats::Sample;
use devtwin::domain::target::{ContainerId, Event, Image, ImageSummary, Summary, Target};
use devtwin::domain::{Sink, Size};
use devtwin::engine::docker::{Docker, Wanted};
use devtwin::engine::{
    ArchiveStream, Asked, Change, Engine, EngineInfo, ExecId, ExecSpec, FileStat, MadeImage,
    NewContainer, NewVolume, Output, Pipes, Published, Remote, Step, TagList, Tty, Volume,
};
use devtwin::runtime::{self, Place};
use devtwin::session::Sessions;
use futures_util::stream::BoxStream;

use crate::person::{PROMPT, WEB, left};
use crate::restored::assert_restored;
use crate::support::{Container, Pty};

/// The columns of the pane at which `resize` panics.
const FATAL_COLUMNS: u16 = 77;

/// How late the engine is with any other size.
const LATE: Duration = Duration::from_millis(300);

const TARGET: &str = "DEVTWIN_TEST_TARGET";
const STATE: &str = "DEVTWIN_TEST_STATE";
const WHERE: &str = "DEVTWIN_TEST_PANIC";

/// Runs [`program`] on a terminal.
fn spawn(target: &Container, state: &str, at: &str) -> Pty {
    let own = std::env::current_exe().unwrap();
    let argv = [
        own.to_str().unwrap(),
        "--exact",
        "panics::program",
        "--ignored",
        "--nocapture",
    ];
    let env = [(TARGET, target.name()), (STATE, state), (WHERE, at)];
    Pty::spawn(&argv, &env, 100, 30)
}

/// It ends by the panic, on a terminal that is as before, and nothing is left.
#[track_caller]
fn assert_ends_well(mut pty: Pty, target: &Container) {
    let before = pty.stty_at_start();
    let (_, after) = pty.wait_exit_and_stty();
    // The first line has the window's size, which is the test's to change.
    let modes = |settings: &str| settings.lines().skip(1).collect::<String>();
    assert_eq!(modes(&after), modes(&before));
    assert_restored(&pty);
    let raw = pty.raw_text();
    let panic = raw.find("on purpose").expect(&raw);
    assert!(
        raw.find("\x1b[?1049l").is_some_and(|left| left < panic),
        "the message comes after the screen was given back: {raw:?}"
    );
    assert!(raw.contains("a task of devtwin failed"), "{raw:?}");
    assert_eq!(left(&target.id()), "");
}

#[test]
fn in_a_task_beside_an_open_shell() {
    let (target, state) = (Container::run(WEB, &[], &[]), tempfile::tempdir().unwrap());
    let mut pty = spawn(&target, state.path().to_str().unwrap(), "resize");
    pty.wait_for(PROMPT);
    assert_ne!(left(&target.id()), "");
    pty.resize(FATAL_COLUMNS, 30);
    assert_ends_well(pty, &target);
}

#[test]
fn in_the_attach_itself_when_the_twin_has_just_started() {
    let (target, state) = (Container::run(WEB, &[], &[]), tempfile::tempdir().unwrap());
    let pty = spawn(&target, state.path().to_str().unwrap(), "start");
    assert_ends_well(pty, &target);
}

#[test]
fn without_a_panic_it_works_and_a_slow_engine_has_the_last_size_at_the_end() {
    let (target, state) = (Container::run(WEB, &[], &[]), tempfile::tempdir().unwrap());
    let mut pty = spawn(&target, state.path().to_str().unwrap(), "nowhere");
    pty.wait_for(PROMPT);
    pty.resize(FATAL_COLUMNS, 30);
    // Later than anything that is on its way: then it must be the size.
    crate::person::line(&mut pty, "sleep 1; stty size");
    pty.wait_for("27 77");
    pty.send(crate::person::QUIT);
    pty.wait_for("Remove the twin and quit");
    pty.send("r");
    assert!(pty.wait_exit().success());
    assert!(pty.raw_text().contains("ended: Ok"));
    assert_eq!(left(&target.id()), "");
}

/// What devtwin does, with an engine that panics where it is told to. Not a test: a program.
#[test]
#[ignore = "the program that the tests above run on a terminal of their own"]
fn program() {
    let target = var(TARGET);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let state = var(STATE);
    let sessions = Sessions::new(Some(state.as_ref()), "panic@test");
    let (lock, warning) = sessions.begin();
    let settings = Settings {
        colour: true,
        theme: ThemeName::parse("dark").unwrap(),
        leader: Chord::parse("ctrl-]").unwrap(),
        scrollback: 100,
        clipboard: ClipboardPolicy::Ask,
        copy_on_select: true,
        endpoint: "the test's".into(),
        endpoint_from: "the test".into(),
        session: lock.session().id.clone(),
        ..Settings::default()
    };
    let ended = runtime.block_on(async {
        let host = given("DOCKER_HOST");
        let wanted = Wanted::host(host.as_deref());
        let docker = Docker::connect(&wanted).await.unwrap();
        let engine = Arc::new(Fatal {
            docker,
            at: var(WHERE),
        });
        let place = Place {
            learn: None,
            sessions: &sessions,
            lock: &lock,
            warning,
            setups: devtwin::domain::packages::Setups::default(),
            memory: devtwin::memory::Memory::new(None),
        };
        let wishes = Wishes::default();
        runtime::run(engine, place, Start::Attach { target, wishes }, settings).await
    });
    writeln!(std::io::stderr(), "ended: {ended:?}").unwrap();
}

#[expect(
    clippy::disallowed_methods,
    reason = "how the tests tell it what to do, and on which engine"
)]
fn given(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn var(name: &str) -> String {
    given(name).unwrap()
}

/// Docker, with a panic in one place.
struct Fatal {
    docker: Docker,
    at: String,
}

#[async_trait]
impl Engine for Fatal {
    async fn start(&self, id: &ContainerId) -> Result<()> {
        self.docker.start(id).await?;
        assert_ne!(self.at, "start", "on purpose");
        Ok(())
    }
    async fn resize(&self, id: &ContainerId, size: Size) -> Result<()> {
        assert!(
            self.at != "resize" || size.cols.get() != FATAL_COLUMNS,
            "on purpose"
        );
        if size.cols.get() != FATAL_COLUMNS {
            // The earlier size is on its way for longer than the later one.
            tokio::time::sleep(LATE).await;
        }
        self.docker.resize(id, size).await
    }

    // All the rest is Docker's.
    fn endpoint(&self) -> (&str, &str) {
        self.docker.endpoint()
    }
    async fn info(&self) -> Result<EngineInfo> {
        self.docker.info().await
    }
    async fn containers(&self) -> Result<Vec<Summary>> {
        self.docker.containers().await
    }
    async fn machine(&self) -> Result<String> {
        self.docker.machine().await
    }
    async fn history(&self, reference: &str) -> Result<Vec<Step>> {
        self.docker.history(reference).await
    }
    async fn caught_signals(&self, id: &ContainerId) -> Result<Option<u64>> {
        self.docker.caught_signals(id).await
    }
    async fn archive_stream(&self, id: &ContainerId, path: &str) -> Result<ArchiveStream> {
        self.docker.archive_stream(id, path).await
    }
    async fn root_stream(&self, id: &ContainerId) -> Result<ArchiveStream> {
        self.docker.root_stream(id).await
    }
    async fn volume_options(&self, name: &str) -> Result<Option<String>> {
        self.docker.volume_options(name).await
    }
    async fn labelled(&self, label: &str) -> Result<Vec<Summary>> {
        self.docker.labelled(label).await
    }
    async fn inspect(&self, name: &str) -> Result<Target> {
        self.docker.inspect(name).await
    }
    async fn image(&self, reference: &str) -> Result<Option<Image>> {
        self.docker.image(reference).await
    }
    async fn image_ids(&self) -> Result<BTreeSet<String>> {
        self.docker.image_ids().await
    }
    async fn images(&self) -> Result<Vec<ImageSummary>> {
        self.docker.images().await
    }
    async fn remote(&self, reference: &str) -> Result<Remote> {
        self.docker.remote(reference).await
    }

    async fn tags(&self, of: &Reference) -> Asked<TagList> {
        self.docker.tags(of).await
    }

    async fn tag_history(&self, of: &Reference, path: &str) -> Asked<Vec<Published>> {
        self.docker.tag_history(of, path).await
    }
    async fn pull(&self, reference: &str, platform: Option<&str>, sink: Sink<'_>) -> Result<()> {
        self.docker.pull(reference, platform, sink).await
    }
    async fn events(&self) -> Result<BoxStream<'static, Result<Event>>> {
        self.docker.events().await
    }
    async fn logs(&self, id: &ContainerId, lines: u32) -> Result<Vec<u8>> {
        self.docker.logs(id, lines).await
    }
    async fn log_stream(
        &self,
        id: &ContainerId,
        query: &LogQuery,
    ) -> Result<BoxStream<'static, Result<Output>>> {
        self.docker.log_stream(id, query).await
    }
    async fn runs_of(&self, id: &ContainerId) -> Result<Vec<Run>> {
        self.docker.runs_of(id).await
    }
    async fn stats(&self, id: &ContainerId) -> Result<BoxStream<'static, Result<Sample>>> {
        self.docker.stats(id).await
    }
    async fn stat(&self, id: &ContainerId, path: &str) -> Result<Option<FileStat>> {
        self.docker.stat(id, path).await
    }
    async fn peek(&self, id: &ContainerId, path: &str) -> Result<Option<FileStat>> {
        self.docker.peek(id, path).await
    }
    async fn archive(&self, id: &ContainerId, path: &str, limit: u64) -> Result<Vec<u8>> {
        self.docker.archive(id, path, limit).await
    }
    async fn put_archive(&self, id: &ContainerId, path: &str, tar: Bytes) -> Result<()> {
        self.docker.put_archive(id, path, tar).await
    }
    async fn changes(&self, id: &ContainerId) -> Result<Vec<Change>> {
        self.docker.changes(id).await
    }
    async fn create(&self, plan: &Plan, size: Option<Size>) -> Result<ContainerId> {
        self.docker.create(plan, size).await
    }
    async fn attach_tty(&self, id: &ContainerId, replay: bool) -> Result<Tty> {
        self.docker.attach_tty(id, replay).await
    }
    async fn attach_pipes(&self, id: &ContainerId, stdin: bool) -> Result<Pipes> {
        self.docker.attach_pipes(id, stdin).await
    }
    async fn wait(&self, id: &ContainerId) -> Result<i64> {
        self.docker.wait(id).await
    }
    async fn kill(&self, id: &ContainerId, signal: &str) -> Result<()> {
        self.docker.kill(id, signal).await
    }
    async fn exec_tty(
        &self,
        id: &ContainerId,
        spec: &ExecSpec,
        size: Size,
    ) -> Result<(ExecId, Tty)> {
        self.docker.exec_tty(id, spec, size).await
    }
    async fn exec_pipes(
        &self,
        id: &ContainerId,
        spec: &ExecSpec,
        stdin: bool,
    ) -> Result<(ExecId, Pipes)> {
        self.docker.exec_pipes(id, spec, stdin).await
    }
    async fn resize_exec(&self, id: &ExecId, size: Size) -> Result<()> {
        self.docker.resize_exec(id, size).await
    }
    async fn exec_status(&self, id: &ExecId) -> Result<Option<i64>> {
        self.docker.exec_status(id).await
    }
    async fn remove(&self, id: &ContainerId) -> Result<()> {
        self.docker.remove(id).await
    }
    async fn idle_volumes(&self, label: &str) -> Result<Vec<String>> {
        self.docker.idle_volumes(label).await
    }
    async fn create_volume(&self, volume: &NewVolume) -> Result<()> {
        self.docker.create_volume(volume).await
    }
    async fn volume_names(&self) -> Result<Vec<String>> {
        self.docker.volume_names().await
    }
    async fn volumes(&self, label: &str) -> Result<Vec<Volume>> {
        self.docker.volumes(label).await
    }
    async fn put_stream(&self, id: &ContainerId, path: &str, tar: ArchiveStream) -> Result<()> {
        self.docker.put_stream(id, path, tar).await
    }
    async fn commit(
        &self,
        id: &ContainerId,
        name: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<String> {
        self.docker.commit(id, name, labels).await
    }
    async fn labelled_images(&self, label: &str) -> Result<Vec<MadeImage>> {
        self.docker.labelled_images(label).await
    }
    async fn remove_image(&self, reference: &str) -> Result<()> {
        self.docker.remove_image(reference).await
    }
    async fn create_replica(&self, replica: &Replica) -> Result<ContainerId> {
        self.docker.create_replica(replica).await
    }
    async fn create_in_lab(&self, container: &NewContainer) -> Result<ContainerId> {
        self.docker.create_in_lab(container).await
    }
    async fn set_restart(&self, id: &ContainerId, policy: &str) -> Result<()> {
        self.docker.set_restart(id, policy).await
    }
    async fn pause(&self, id: &ContainerId) -> Result<()> {
        self.docker.pause(id).await
    }
    async fn unpause(&self, id: &ContainerId) -> Result<()> {
        self.docker.unpause(id).await
    }
    async fn remove_volume(&self, name: &str) -> Result<()> {
        self.docker.remove_volume(name).await
    }
    async fn build(
        &self,
        build: &Build,
        context: ArchiveStream,
        sink: BuildSink<'_>,
    ) -> Result<String, BuildError> {
        self.docker.build(build, context, sink).await
    }
}
