//! Package managers in twins on the real engine: whatever happens in the middle, the end is clear and nothing hangs.

use std::sync::Mutex;
use std::time::Duration;

use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::packages::{
    Change, Changed, Finished, News, Outcome, Setup, Setups, Stock, Told, Transaction, Trouble,
    TroubleId, Verb,
};
use devtwin::domain::target::ContainerId;
use devtwin::engine::docker::Docker;
use devtwin::ops::packages::{self, Desk, SILENCE};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::engine::{engine, within};
use crate::shells::{processes, twin};
use crate::support::Container;
use crate::support::docker::{self, busybox};
use crate::toy::Toy;

#[path = "packages/apk.rs"]
mod apk;
#[path = "packages/apt.rs"]
mod apt;

const WEB: &str = "acme/web:1.4";
const DEV: &str = "cgr.dev/chainguard/web:latest-dev";

/// A manager whose installation is a script of the test's; what is installed stands in a file.
const TOY: Toy = Toy {
    refresh: "",
    index: "",
    installed: "cat /toy.db 2>/dev/null || :",
    simulate: "",
    commit: "",
};

fn install(names: &[&str]) -> Change {
    asked(Verb::Install, names)
}

fn asked(verb: Verb, names: &[&str]) -> Change {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    Change::new(verb, &names).unwrap()
}

/// A desk as it is opened in a container, with what is configured for its manager.
async fn open(engine: &Docker, container: &Container, setups: &Setups) -> Desk {
    let id = ContainerId(container.id());
    within(packages::open(engine, &id, setups)).await.unwrap()
}

async fn stock(engine: &Docker, desk: &Desk, refresh: bool) -> Stock {
    let cancel = CancellationToken::new();
    let work = packages::stock(engine, desk, refresh, &|_| {}, &cancel);
    within(work).await.unwrap()
}

async fn simulated(engine: &Docker, desk: &Desk, change: &Change) -> Transaction {
    let cancel = CancellationToken::new();
    let work = packages::simulate(engine, desk, change, &cancel);
    within(work).await.unwrap()
}

/// Makes a change; the report, and the news of it.
async fn made(engine: &Docker, desk: &Desk, change: &Change) -> (Changed, Vec<News>) {
    let (cancel, news) = (CancellationToken::new(), Mutex::new(Vec::new()));
    let sink = |told| news.lock().unwrap().push(told);
    let work = packages::change(engine, desk, change, &sink, &cancel);
    let done = within(work).await.unwrap();
    (done.changed, news.into_inner().unwrap())
}

/// Whether a line tells that a package's script waits: `waiting for /tmp/…`, `slowscript: waiting`.
fn waits(told: &News) -> bool {
    matches!(told, News::Line(_, line) if line.contains("waiting for /tmp/") || line.ends_with(": waiting"))
}

/// Sorts of the troubles of a report.
fn sorts(troubles: &[Trouble]) -> Vec<TroubleId> {
    troubles.iter().map(|trouble| trouble.id).collect()
}

/// A target, its twin, and the guards of both.
struct Scene {
    engine: Docker,
    target: Container,
    twin: ContainerId,
    guard: Container,
}

impl Scene {
    async fn new(image: &str) -> Self {
        let engine = engine().await;
        let target = Container::run(WEB, &["--network", "none"], &[]);
        let (launched, guard) = twin(&engine, &target, image).await;
        Self {
            engine,
            target,
            twin: launched.twin.id,
            guard,
        }
    }

    /// The desk of a manager that installs by `script`.
    fn toy(&self, script: &'static str) -> Desk {
        let toy = Toy {
            commit: script,
            ..TOY
        };
        Desk {
            twin: self.twin.clone(),
            manager: Box::leak(Box::new(toy)),
            setup: Setup::default(),
            shell: "/bin/sh".into(),
            silence: SILENCE,
        }
    }

    /// Installs `a` by `script`, and does `then` when its step is told.
    async fn install_a(
        &self,
        script: &'static str,
        then: impl Fn(&CancellationToken) + Send + Sync,
    ) -> Result<Finished, Error> {
        let (desk, cancel) = (self.toy(script), CancellationToken::new());
        let news = |told| {
            if matches!(told, News::Told(Told::Step(step)) if step.name == "a") {
                then(&cancel);
            }
        };
        let wanted = install(&["a"]);
        within(packages::change(
            &self.engine,
            &desk,
            &wanted,
            &news,
            &cancel,
        ))
        .await
    }

    /// Installs packages, and gives up when one of their scripts waits.
    async fn given_up(&self, desk: &Desk, wanted: &[&str]) -> Changed {
        let cancel = CancellationToken::new();
        let give_up = |told| {
            if waits(&told) {
                cancel.cancel();
            }
        };
        let wanted = install(wanted);
        let work = packages::change(&self.engine, desk, &wanted, &give_up, &cancel);
        within(work).await.unwrap().changed
    }

    /// Installs `quick` while the script of `slow` waits for the file `go`, which comes when the second one waits
    /// for the first.
    async fn two_at_once(&self, desk: &Desk, slow: &str, quick: &str, go: &str) {
        let (cancel, begun) = (CancellationToken::new(), Notify::new());
        let tell = |told| {
            if waits(&told) {
                begun.notify_one();
            }
        };
        let release = |told| {
            if told == News::Told(Told::Waiting) {
                docker::ok(&["exec", self.guard.name(), "touch", go]);
            }
        };
        let (slow, quick) = (install(&[slow]), install(&[quick]));
        let first = packages::change(&self.engine, desk, &slow, &tell, &cancel);
        let second = async {
            begun.notified().await;
            packages::change(&self.engine, desk, &quick, &release, &cancel).await
        };
        let (first, second) = within(Box::pin(async { tokio::join!(first, second) })).await;
        assert_eq!(first.unwrap().changed.outcome, Outcome::Done);
        assert_eq!(second.unwrap().changed.outcome, Outcome::Done);
    }

    /// No file of the target was touched.
    fn target_is_untouched(&self) {
        assert_eq!(docker::ok(&["diff", self.target.name()]), "");
    }

    /// Waits until nothing in the twin has `word` among its words.
    async fn gone(&self, word: &str) {
        processes(self.guard.name(), "the end of the manager", |said| {
            !said.contains(word)
        })
        .await;
    }
}

fn names(changed: &Changed) -> Vec<&str> {
    changed
        .steps
        .iter()
        .map(|step| step.name.as_str())
        .collect()
}

#[tokio::test]
async fn a_manager_that_is_given_up_is_ended_with_all_that_it_started() {
    let scene = Scene::new(DEV).await;
    let script =
        "echo lib 1 >>/toy.db; (sleep 7101; :) & echo step 2/2 a; sleep 7102; echo a 1 >>/toy.db";
    let done = scene
        .install_a(script, CancellationToken::cancel)
        .await
        .unwrap();
    assert_eq!(done.changed.outcome, Outcome::Cancelled);
    assert_eq!(names(&done.changed), ["lib"]);
    assert_eq!(done.changed.troubles, []);
    scene.gone("sleep 710").await;
    scene.target_is_untouched();
}

#[tokio::test]
async fn a_manager_that_tidies_up_when_it_is_asked_to_end_is_given_the_time() {
    let scene = Scene::new(DEV).await;
    let script = "trap 'sleep 1; echo a 1 >>/toy.db; exit 1' INT TERM; echo step 1/1 a; while :; do sleep 0.1; done";
    let done = scene
        .install_a(script, CancellationToken::cancel)
        .await
        .unwrap();
    assert_eq!(done.changed.outcome, Outcome::Done);
}

#[tokio::test]
async fn a_manager_that_does_not_listen_is_killed() {
    let scene = Scene::new(DEV).await;
    let script = "trap '' INT TERM; echo step 1/1 a; while :; do sleep 7103; done";
    let done = scene
        .install_a(script, CancellationToken::cancel)
        .await
        .unwrap();
    assert_eq!(done.changed.outcome, Outcome::Cancelled);
    scene.gone("7103").await;
}

#[tokio::test]
async fn a_twin_that_is_removed_in_the_middle_is_said_to_have_ended() {
    let scene = Scene::new(DEV).await;
    let remove = |_: &CancellationToken| drop(docker::ok(&["rm", "-f", scene.guard.name()]));
    let error = scene.install_a("echo step 1/1 a; sleep 7104", remove).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoTarget, "{error}");
    assert!(
        error.message.contains("ended while toy was at work"),
        "{error}"
    );
    // And so it is when it is asked anew.
    let error = packages::open(&scene.engine, &scene.twin, &Setups::default()).await;
    assert_eq!(error.unwrap_err().kind, ErrorKind::NoTarget);
}

#[tokio::test]
async fn a_twin_that_ends_with_its_target_in_the_middle_is_said_to_have_ended() {
    let scene = Scene::new(DEV).await;
    let stop = |_: &CancellationToken| drop(docker::ok(&["kill", scene.target.name()]));
    let error = scene.install_a("echo step 1/1 a; sleep 7105", stop).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoTarget, "{error}");
    assert!(error.hint.unwrap().contains("ends with its target"));
}

#[tokio::test]
async fn a_manager_that_prints_nothing_any_more_is_ended() {
    let scene = Scene::new(DEV).await;
    let mut desk = scene.toy("echo step 1/1 a; sleep 7106");
    desk.silence = Duration::from_secs(1);
    let (cancel, wanted) = (CancellationToken::new(), install(&["a"]));
    let done = packages::change(&scene.engine, &desk, &wanted, &|_| {}, &cancel);
    let changed = within(done).await.unwrap().changed;
    assert_eq!(changed.outcome, Outcome::Failed);
    assert!(
        changed.troubles[0].meaning.contains("printed nothing"),
        "{:?}",
        changed.troubles
    );
    scene.gone("7106").await;
}

#[tokio::test]
async fn a_service_that_a_script_leaves_behind_holds_nothing_up_and_lives_on() {
    let scene = Scene::new(DEV).await;
    let script = "echo step 1/1 a; sleep 7107 & echo a 1 >>/toy.db";
    let done = scene.install_a(script, |_| {}).await.unwrap();
    assert_eq!(
        (done.changed.outcome, done.changed.status),
        (Outcome::Done, Some(0))
    );
    processes(scene.guard.name(), "the service", |said| {
        said.contains("7107")
    })
    .await;
}

#[tokio::test]
async fn a_twin_without_a_manager_says_so() {
    let scene = Scene::new(busybox().name()).await;
    let error = packages::open(&scene.engine, &scene.twin, &Setups::default()).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoDevImage);
    assert!(error.message.contains("has no package manager"), "{error}");
}
