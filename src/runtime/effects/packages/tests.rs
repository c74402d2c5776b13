//! The last words of asking a package manager, and its end with the program's, on an engine in memory.

use std::time::Duration;

use tempfile::TempDir;

use super::super::finish;
use super::*;
use crate::app::Effect;
use crate::domain::packages::{Outcome, PackageManager as _, Setup, Setups, Told, Verb, apk::Apk};
use crate::domain::plan::Wishes;
use crate::engine::Output;
use crate::runtime::Place;
use crate::session::{SessionLock, Sessions};
use fake::{FakeEngine, Script, Then};

#[path = "../../../../tests/support/fake.rs"]
mod fake;

const TASK: TaskId = TaskId(7);
const STEP: &str = "(1/2) Installing curl (8.12.1-r0)\n";

fn twin() -> ContainerId {
    ContainerId("id-of-twin".into())
}

fn wanted() -> Change {
    Change::new(Verb::Install, &["curl".into()]).unwrap()
}

fn prints(text: &str, then: Then) -> Script {
    Script {
        prints: vec![Output::Stdout(text.to_owned().into())],
        status: 0,
        then,
    }
}

/// An engine with a twin that has apk, whose installation goes on like `then`.
fn engine(then: Then) -> Arc<FakeEngine> {
    let setup = Setup {
        program: "/sbin/apk".into(),
        ..Setup::default()
    };
    let mut engine = FakeEngine::default().with_programs(&twin().0, &["/sbin/apk", "/bin/sh"]);
    engine.runs = true;
    engine.labelled = Some(Vec::new());
    engine
        .targets
        .push(fake::target("twin", "acme/dev:1", "sha256:aaaa"));
    let commit = Apk.commit(&wanted(), &setup).argv.join(" ");
    engine.scripts.insert(commit, vec![prints(STEP, then)]);
    let state = |names: &[&str]| {
        let records: String = names
            .iter()
            .map(|name| ["P:", name, "\nV:8.12.1-r0\n\n"].concat())
            .collect();
        prints(&["=world\n\n=installed\n", &records].concat(), Then::Ends)
    };
    let installed = Apk.installed(&setup).argv.join(" ");
    engine.scripts.insert(
        installed,
        vec![state(&["busybox"]), state(&["busybox", "curl"])],
    );
    Arc::new(engine)
}

/// A runner, its messages, and where its session is recorded.
struct Scene {
    runner: Runner,
    replies: mpsc::Receiver<Msg>,
    lock: SessionLock,
    _dir: TempDir,
}

impl Scene {
    fn new(engine: &Arc<FakeEngine>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let sessions = Sessions::new(Some(dir.path()), "tester@box");
        let (lock, warning) = sessions.begin();
        let place = Place {
            learn: None,
            sessions: &sessions,
            lock: &lock,
            warning,
            setups: Setups::default(),
            memory: crate::memory::Memory::new(None),
        };
        let (tx, replies) = mpsc::channel(4);
        let engine = Arc::clone(engine);
        Self {
            runner: Runner::new(engine, &place, Wishes::default(), tx),
            replies,
            lock,
            _dir: dir,
        }
    }

    fn order(&mut self, effect: Effect) {
        assert_eq!(self.runner.run(vec![effect]), None);
    }

    /// The next message, while tasks go on.
    async fn next(&mut self) -> Msg {
        let reply = async {
            tokio::select! {
                error = self.runner.reap() => panic!("{error}"),
                reply = self.replies.recv() => reply.unwrap(),
            }
        };
        let reply = tokio::time::timeout(Duration::from_secs(20), reply);
        reply.await.expect("a message comes")
    }

    async fn until_it_installs(&mut self) {
        self.order(Effect::Change {
            task: TASK,
            twin: twin(),
            change: wanted(),
        });
        while !matches!(
            self.next().await,
            Msg::PackageNews(TASK, News::Told(Told::Step(_)))
        ) {}
    }

    /// How the change ended; that is the last word.
    async fn outcome(&mut self) -> Outcome {
        loop {
            match self.next().await {
                Msg::PackageNews(TASK, _) => {}
                Msg::PackagesChanged(TASK, done) => break done.unwrap().changed.outcome,
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_change_tells_its_steps_and_then_its_end_and_the_manager_is_found_once() {
    let engine = engine(Then::Ends);
    let mut scene = Scene::new(&engine);
    scene.until_it_installs().await;
    assert_eq!(scene.outcome().await, Outcome::Done);
    let looked = engine.calls_of("stat").len();
    assert!(looked > 0);

    scene.order(Effect::Simulate {
        task: TaskId(8),
        twin: twin(),
        change: wanted(),
    });
    assert!(matches!(
        scene.next().await,
        Msg::Simulated(TaskId(8), Ok(_))
    ));
    scene.order(Effect::Stock {
        task: TaskId(9),
        twin: twin(),
        refresh: true,
    });
    assert!(matches!(scene.next().await, Msg::Stocked(TaskId(9), Ok(_))));
    assert_eq!(engine.calls_of("stat").len(), looked);
}

#[tokio::test]
async fn a_twin_without_a_manager_is_each_tasks_last_word() {
    let mut scene = Scene::new(&engine(Then::Ends));
    let nowhere = ContainerId("id-of-nothing".into());
    scene.order(Effect::Change {
        task: TASK,
        twin: nowhere,
        change: wanted(),
    });
    assert!(matches!(
        scene.next().await,
        Msg::PackagesChanged(TASK, Err(_))
    ));
}

#[tokio::test]
async fn a_change_that_is_cancelled_ends_with_its_report() {
    let engine = engine(Then::RunsUntil("INT"));
    let mut scene = Scene::new(&engine);
    scene.until_it_installs().await;
    scene.order(Effect::Cancel(TASK));
    assert_eq!(scene.outcome().await, Outcome::Done, "it was too late");
    assert_eq!(engine.signals(), ["INT", "0"]);
}

#[tokio::test]
async fn the_end_of_the_program_ends_a_manager_in_a_twin_that_is_kept() {
    let engine = engine(Then::RunsUntil("INT"));
    let mut scene = Scene::new(&engine);
    scene.until_it_installs().await;
    let Scene {
        runner,
        replies,
        lock,
        _dir,
    } = scene;
    drop(replies);
    finish(runner, engine.as_ref(), &lock, true, true)
        .await
        .1
        .unwrap();
    assert_eq!(engine.signals(), ["INT", "0"]);
    assert!(engine.calls_of("remove").is_empty());
}
