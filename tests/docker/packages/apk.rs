//! The fixture's apk in the Wolfi-like dev image.

use devtwin::domain::packages::{Doing, News, Outcome, Setup, Setups, Told, TroubleId, Verb};
use devtwin::ops::packages;
use tokio_util::sync::CancellationToken;

use super::{DEV, Scene, WEB, asked, install, made, names, open, simulated, sorts, stock};
use crate::engine::{engine, within};
use crate::shells::{processes, twin};
use crate::support::docker::{self, LABEL};
use crate::support::{Container, unique};

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
    let changed = scene.given_up(&desk, &["jq", "slow-post"]).await;
    assert_eq!(changed.outcome, Outcome::Cancelled);
    assert!(!changed.line.contains("slow-post"), "{}", changed.line);
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
    scene.two_at_once(&desk, "slow-post", "strace", GO).await;
    let both = [
        "exec",
        scene.guard.name(),
        "sh",
        "-c",
        "slow-post && strace",
    ];
    docker::ok(&both);
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
