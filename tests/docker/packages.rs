//! Package managers in twins on the real engine: whatever happens in the middle, the end is clear and nothing hangs.

use std::sync::Mutex;
use std::time::Duration;

use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::packages::{
    Change, Changed, Doing, Finished, News, Outcome, Setup, Setups, Stock, Told, Transaction,
    Trouble, TroubleId, Verb,
};
use devtwin::domain::target::ContainerId;
use devtwin::engine::docker::Docker;
use devtwin::ops::packages::{self, Desk, SILENCE};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::engine::{engine, within};
use crate::shells::{processes, twin};
use crate::support::docker::{self, LABEL, busybox};
use crate::support::{Container, unique};
use crate::toy::Toy;

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

/// What an apk is configured with.
fn apk(setup: Setup) -> Setups {
    Setups::from([("apk".to_owned(), setup)])
}

/// A further repository that lies in the dev image, and its key: its `slow-post` waits for [`GO`], its jq is a newer
/// one.
fn extra(twin: &Container) -> Setups {
    let name = docker::ok(&["exec", twin.name(), "ls", "/repo-extra/keys"]);
    let path = format!("/repo-extra/keys/{name}");
    let key = docker::ok(&["exec", twin.name(), "cat", &path]);
    apk(Setup {
        repositories: vec!["/repo-extra".into()],
        keys: vec![(name, key.into_bytes())],
        ..Setup::default()
    })
}

/// The file that `slow-post` waits for.
const GO: &str = "/tmp/slow-post.go";

/// Whether a line tells that `slow-post` waits.
fn waits(told: &News) -> bool {
    matches!(told, News::Line(_, line) if line.contains("waiting for"))
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

#[tokio::test]
async fn apk_finds_installs_and_removes_and_the_target_stays_as_it_is() {
    let scene = Scene::new(DEV).await;
    let engine = &scene.engine;
    let desk = open(engine, &scene.guard, &Setups::default()).await;
    assert_eq!(
        (desk.manager.id(), desk.setup.program.as_str()),
        ("apk", "/sbin/apk")
    );

    let known = stock(engine, &desk, false).await;
    assert_eq!(known.troubles, []);
    let curl = known.catalogue.get("curl").unwrap();
    assert_eq!(curl.description, "URL retrieval utility and library");
    assert!(known.installed.packages.contains_key("busybox"));
    assert!(!known.installed.packages.contains_key("curl"));

    let wanted = install(&["curl", "strace"]);
    let would = simulated(engine, &desk, &wanted).await;
    let along: Vec<_> = would.along().map(|step| step.name.as_str()).collect();
    assert_eq!(along, ["libcurl-openssl4"]);
    assert_eq!(would.troubles, []);

    let (changed, news) = made(engine, &desk, &wanted).await;
    assert_eq!(changed.outcome, Outcome::Done);
    assert_eq!(names(&changed), ["curl", "libcurl-openssl4", "strace"]);
    assert_eq!(changed.line, "apk add curl strace");
    assert_eq!(changed.dockerfile, "RUN apk add --no-cache curl strace");
    let steps = news
        .iter()
        .filter(|told| matches!(told, News::Told(Told::Step(_))))
        .count();
    assert_eq!(steps, 3);
    assert!(
        news.iter()
            .any(|told| matches!(told, News::Told(Told::Part { .. })))
    );
    assert_eq!(
        docker::ok(&["exec", scene.guard.name(), "curl"]),
        "curl 8.12.1"
    );
    let (again, _) = made(engine, &desk, &wanted).await;
    assert_eq!((again.outcome, again.line.as_str()), (Outcome::Nothing, ""));

    let (removed, _) = made(engine, &desk, &asked(Verb::Remove, &["curl"])).await;
    assert_eq!(removed.outcome, Outcome::Done);
    assert!(names(&removed).contains(&"curl"));
    assert!(
        !docker::run(&["exec", scene.guard.name(), "curl"])
            .status
            .success()
    );
    scene.target_is_untouched();
}

#[tokio::test]
async fn what_apk_cannot_do_is_told_with_its_reason() {
    let scene = Scene::new(DEV).await;
    let engine = &scene.engine;
    let desk = open(engine, &scene.guard, &Setups::default()).await;
    let unknown = install(&["nonesuch"]);
    let would = simulated(engine, &desk, &unknown).await;
    assert_eq!(
        (would.steps.len(), sorts(&would.troubles)),
        (0, vec![TroubleId::UnknownName])
    );
    let (changed, _) = made(engine, &desk, &unknown).await;
    assert_eq!(
        (changed.outcome, sorts(&changed.troubles)),
        (Outcome::Failed, vec![TroubleId::UnknownName])
    );

    let (changed, _) = made(engine, &desk, &install(&["trigger-fail"])).await;
    assert_eq!(changed.outcome, Outcome::Failed);
    assert_eq!(sorts(&changed.troubles)[0], TroubleId::Script);
    // From now on apk counts it with every command: no failure of what else is done.
    let (changed, _) = made(engine, &desk, &install(&["jq"])).await;
    assert_eq!(
        (changed.outcome, changed.line.as_str()),
        (Outcome::Done, "apk add jq")
    );
    assert_ne!(changed.status, Some(0));
    assert_eq!(sorts(&changed.troubles), [TroubleId::BrokenBefore]);
    let would = simulated(engine, &desk, &install(&["strace"])).await;
    assert_eq!((would.steps.len(), would.troubles.len()), (1, 0));
}

#[tokio::test]
async fn in_a_read_only_root_nothing_is_installed_and_that_is_said() {
    let engine = engine().await;
    let flags = ["--read-only", "--network", "none", "--entrypoint", "sleep"];
    let locked = Container::run(DEV, &flags, &["600"]);
    let desk = open(&engine, &locked, &Setups::default()).await;
    let (changed, _) = made(&engine, &desk, &install(&["curl"])).await;
    assert_eq!(
        (changed.outcome, sorts(&changed.troubles)),
        (Outcome::Failed, vec![TroubleId::ReadOnly])
    );
}

#[tokio::test]
async fn a_repository_that_cannot_be_reached_hides_none_of_the_others() {
    let scene = Scene::new(DEV).await;
    let setups = apk(Setup {
        repositories: vec!["http://127.0.0.1:9/own".into()],
        ..Setup::default()
    });
    let desk = open(&scene.engine, &scene.guard, &setups).await;
    let known = stock(&scene.engine, &desk, true).await;
    assert!(known.catalogue.get("curl").is_some());
    assert_eq!(sorts(&known.troubles), [TroubleId::Unreachable]);
    let (changed, _) = made(&scene.engine, &desk, &install(&["jq"])).await;
    assert_eq!(changed.outcome, Outcome::Done);
}

#[tokio::test]
async fn keys_go_into_the_twin_and_never_into_a_volume_of_the_target() {
    let keys = apk(Setup {
        keys: vec![("own.rsa.pub".into(), b"a key".to_vec())],
        ..Setup::default()
    });
    let scene = Scene::new(DEV).await;
    open(&scene.engine, &scene.guard, &keys).await;
    let file = "/etc/apk/keys/own.rsa.pub";
    assert_eq!(
        docker::ok(&["exec", scene.guard.name(), "cat", file]),
        "a key"
    );
    assert_eq!(
        docker::ok(&[
            "exec",
            scene.guard.name(),
            "stat",
            "-c",
            "%a %u",
            "/etc/apk/keys",
            file
        ]),
        "755 0\n644 0"
    );
    scene.target_is_untouched();

    // A volume of the target that stands there is not mounted in the twin.
    let volume = docker::volume(&unique("keys"));
    let mount = format!("{}:/etc/apk/keys", volume.name());
    let target = Container::run(WEB, &["--network", "none", "-v", &mount], &[]);
    let (_launched, guard) = twin(&scene.engine, &target, DEV).await;
    open(&scene.engine, &guard, &keys).await;
    assert_eq!(docker::ok(&["exec", guard.name(), "cat", file]), "a key");
    let in_volume = [
        "run",
        "--rm",
        "--label",
        LABEL,
        "-v",
        &mount,
        "--entrypoint",
        "ls",
        DEV,
        "/etc/apk/keys",
    ];
    assert!(!docker::ok(&in_volume).contains("own.rsa.pub"));
}

#[tokio::test]
async fn an_apk_that_is_given_up_in_a_script_ends_and_holds_no_lock() {
    let scene = Scene::new(DEV).await;
    let desk = open(&scene.engine, &scene.guard, &extra(&scene.guard)).await;
    let cancel = CancellationToken::new();
    let give_up = |told| {
        if waits(&told) {
            cancel.cancel();
        }
    };
    let wanted = install(&["jq", "slow-post"]);
    let work = packages::change(&scene.engine, &desk, &wanted, &give_up, &cancel);
    let done = within(work).await.unwrap();
    assert_eq!(done.changed.outcome, Outcome::Cancelled);
    assert!(
        !done.changed.line.contains("slow-post"),
        "{}",
        done.changed.line
    );
    scene.gone("slow-post").await;
    let (changed, _) = made(&scene.engine, &desk, &install(&["strace"])).await;
    assert_eq!(
        (changed.outcome, changed.line.as_str()),
        (Outcome::Done, "apk add -X /repo-extra strace")
    );
    scene.target_is_untouched();
}

#[tokio::test]
async fn two_changes_at_once_wait_for_each_other() {
    let scene = Scene::new(DEV).await;
    let desk = open(&scene.engine, &scene.guard, &extra(&scene.guard)).await;
    let (engine, cancel) = (&scene.engine, CancellationToken::new());
    let begun = Notify::new();
    let tell = |told| {
        if waits(&told) {
            begun.notify_one();
        }
    };
    let release = |told| {
        if told == News::Told(Told::Waiting) {
            docker::ok(&["exec", scene.guard.name(), "touch", GO]);
        }
    };
    let (slow, quick) = (install(&["slow-post"]), install(&["strace"]));
    let first = packages::change(engine, &desk, &slow, &tell, &cancel);
    let second = async {
        begun.notified().await;
        packages::change(engine, &desk, &quick, &release, &cancel).await
    };
    let (first, second) = within(Box::pin(async { tokio::join!(first, second) })).await;
    assert_eq!(first.unwrap().changed.outcome, Outcome::Done);
    assert_eq!(second.unwrap().changed.outcome, Outcome::Done);
    docker::ok(&[
        "exec",
        scene.guard.name(),
        "sh",
        "-c",
        "slow-post && strace",
    ]);
}

#[tokio::test]
async fn a_lock_that_another_process_holds_is_waited_for_and_waiting_can_be_given_up() {
    let scene = Scene::new(DEV).await;
    let desk = open(&scene.engine, &scene.guard, &extra(&scene.guard)).await;
    let by_hand = [
        "exec",
        "-d",
        "-u",
        "0",
        scene.guard.name(),
        "apk",
        "add",
        "-X",
        "/repo-extra",
        "slow-post",
    ];
    docker::ok(&by_hand);
    processes(scene.guard.name(), "the other apk in its script", |said| {
        said.contains("sleep 0.1")
    })
    .await;
    let cancel = CancellationToken::new();
    let give_up = |told| {
        if told == News::Told(Told::Waiting) {
            cancel.cancel();
        }
    };
    let wanted = install(&["strace"]);
    let work = packages::change(&scene.engine, &desk, &wanted, &give_up, &cancel);
    let changed = within(work).await.unwrap().changed;
    assert_eq!(
        (changed.outcome, names(&changed).len()),
        (Outcome::Cancelled, 0)
    );
    // The other one is none of ours.
    docker::ok(&["exec", scene.guard.name(), "touch", GO]);
    scene.gone("apk add").await;
    docker::ok(&["exec", scene.guard.name(), "slow-post"]);
}

#[tokio::test]
async fn an_upgrade_takes_the_newer_version_of_a_further_repository() {
    let scene = Scene::new(DEV).await;
    let plain = open(&scene.engine, &scene.guard, &Setups::default()).await;
    let (changed, _) = made(&scene.engine, &plain, &install(&["jq"])).await;
    assert_eq!(changed.outcome, Outcome::Done);
    let (changed, _) = made(&scene.engine, &plain, &asked(Verb::Upgrade, &[])).await;
    assert_eq!(changed.outcome, Outcome::Nothing);

    let desk = open(&scene.engine, &scene.guard, &extra(&scene.guard)).await;
    let known = stock(&scene.engine, &desk, false).await;
    assert_eq!(known.catalogue.get("jq").unwrap().version, "1.8.1-r0");
    let (changed, _) = made(&scene.engine, &desk, &asked(Verb::Upgrade, &["jq"])).await;
    assert_eq!(changed.outcome, Outcome::Done);
    let jq = &changed.steps[0];
    assert_eq!(
        (jq.doing, jq.old.as_deref()),
        (Doing::Upgrade, Some("1.7.1-r4"))
    );
    assert_eq!(docker::ok(&["exec", scene.guard.name(), "jq"]), "jq-1.8.1");
}

#[tokio::test]
async fn a_second_twin_installs_from_the_cache_without_the_network() {
    const SERVE: &str = "exec busybox httpd -f -p 127.0.0.1:8088 -h /repo";
    let engine = engine().await;
    let volume = docker::volume(&unique("cache"));
    let mount = format!("{}:/etc/apk/cache", volume.name());
    let dev = |script: &str| {
        let flags = [
            "--network",
            "none",
            "--user",
            "0",
            "-v",
            &mount,
            "--entrypoint",
            "sh",
        ];
        let dev = Container::run(DEV, &flags, &["-c", script]);
        let only = "echo http://127.0.0.1:8088 >/etc/apk/repositories";
        docker::ok(&["exec", dev.name(), "sh", "-c", only]);
        dev
    };
    let first = dev(SERVE);
    let up = "until busybox wget -qO /dev/null http://127.0.0.1:8088/x86_64/APKINDEX.tar.gz; do sleep 0.1; done";
    docker::ok(&["exec", first.name(), "timeout", "20", "sh", "-c", up]);
    let desk = open(&engine, &first, &Setups::default()).await;
    let known = stock(&engine, &desk, false).await;
    assert!(
        known.catalogue.get("curl").is_some(),
        "fetched, for there was none: {:?}",
        known.troubles
    );
    let (changed, _) = made(&engine, &desk, &install(&["curl"])).await;
    assert_eq!(changed.outcome, Outcome::Done);
    drop(first);

    let second = dev("exec sleep 600");
    let desk = open(&engine, &second, &Setups::default()).await;
    let known = stock(&engine, &desk, false).await;
    assert!(
        known.catalogue.get("curl").is_some(),
        "{:?}",
        known.troubles
    );
    let (changed, _) = made(&engine, &desk, &install(&["curl"])).await;
    assert_eq!(changed.outcome, Outcome::Done, "{:?}", changed.troubles);
    assert_eq!(docker::ok(&["exec", second.name(), "curl"]), "curl 8.12.1");
    // What was not fetched then is not there.
    let (changed, _) = made(&engine, &desk, &install(&["vim"])).await;
    assert_eq!(changed.outcome, Outcome::Failed);
}
