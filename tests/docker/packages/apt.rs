//! The real apt in the Debian-like dev image, with a small repository of the tests' own.

use std::path::Path;
use std::process::Command;

use devtwin::domain::packages::{Doing, News, Outcome, Setup, Setups, Told, TroubleId, Verb};
use devtwin::ops::packages::Desk;

use super::{Scene, asked, install, made, names, open, simulated, sorts, stock};
use crate::support::docker;

const DEBIAN: &str = "dhi.io/web:1.4-debian12-dev";
/// The file that `slowscript` waits for.
const GO: &str = "/tmp/slowscript-go";

/// A twin whose apt has one repository, and its desk.
async fn scene() -> (Scene, Desk) {
    let scene = Scene::new(DEBIAN).await;
    let work = tempfile::tempdir().unwrap();
    let maker = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mkdeb.py");
    let made = Command::new("python3").arg(maker).arg(work.path()).status();
    assert!(made.unwrap().success());
    let from = format!("{}/.", work.path().display());
    docker::ok(&["cp", &from, &format!("{}:/repo-deb", scene.guard.name())]);
    // Those of the image are on a network that is not there.
    let forget = "rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*";
    docker::ok(&["exec", scene.guard.name(), "sh", "-c", forget]);
    let setup = Setup {
        repositories: vec!["deb [trusted=yes] file:/repo-deb ./".into()],
        ..Setup::default()
    };
    let setups = Setups::from([("apt".to_owned(), setup)]);
    let desk = open(&scene.engine, &scene.guard, &setups).await;
    assert_eq!(desk.manager.id(), "apt");
    let known = stock(&scene.engine, &desk, false).await;
    assert_eq!(known.troubles, [], "fetched, for there was no index");
    assert_eq!(
        known.catalogue.get("greet").unwrap().description,
        "says hello"
    );
    assert!(known.installed.packages.contains_key("dpkg"));
    (scene, desk)
}

#[tokio::test]
async fn apt_finds_installs_and_removes_and_the_target_stays_as_it_is() {
    let (scene, desk) = scene().await;
    let engine = &scene.engine;
    let wanted = install(&["greet"]);
    let would = simulated(engine, &desk, &wanted).await;
    let along: Vec<_> = would.along().map(|step| step.name.as_str()).collect();
    assert_eq!((along, would.troubles.len()), (vec!["libgreet"], 0));

    let (changed, news) = made(engine, &desk, &wanted).await;
    assert_eq!(changed.outcome, Outcome::Done);
    assert_eq!(names(&changed), ["greet", "libgreet"]);
    assert_eq!(
        changed.line,
        "apt-get install -y --no-install-recommends greet"
    );
    assert!(
        news.iter()
            .any(|told| matches!(told, News::Told(Told::Step(step)) if step.name == "greet"))
    );
    let said = docker::ok(&["exec", scene.guard.name(), "greet"]);
    assert_eq!(said, "hello from greet 1.0, words 1.0");
    let (again, _) = made(engine, &desk, &wanted).await;
    assert_eq!((again.outcome, again.troubles.len()), (Outcome::Nothing, 0));

    let (removed, _) = made(engine, &desk, &asked(Verb::Remove, &["greet"])).await;
    assert_eq!(removed.outcome, Outcome::Done);
    assert_eq!(names(&removed), ["greet", "libgreet"]);
    scene.target_is_untouched();
}

#[tokio::test]
async fn what_apt_cannot_do_is_told_with_its_reason() {
    let (scene, desk) = scene().await;
    for (name, sort) in [
        ("nonesuch", TroubleId::UnknownName),
        ("needy", TroubleId::Conflict),
    ] {
        let wanted = install(&[name]);
        let would = simulated(&scene.engine, &desk, &wanted).await;
        assert_eq!(
            (would.steps.len(), sorts(&would.troubles)[0]),
            (0, sort),
            "{name}"
        );
        let (changed, _) = made(&scene.engine, &desk, &wanted).await;
        assert_eq!(
            (changed.outcome, sorts(&changed.troubles)[0]),
            (Outcome::Failed, sort),
            "{name}"
        );
    }
    let (changed, _) = made(&scene.engine, &desk, &install(&["badscript"])).await;
    assert_eq!(
        (changed.outcome, changed.line.as_str()),
        (Outcome::Failed, "")
    );
    assert_eq!(sorts(&changed.troubles)[0], TroubleId::Script);
    // apt tries it again with whatever else is done; that is done all the same.
    let (changed, _) = made(&scene.engine, &desk, &install(&["greet"])).await;
    assert_eq!(changed.outcome, Outcome::Done);
    assert_ne!(changed.status, Some(0));
    scene.target_is_untouched();
}

#[tokio::test]
async fn an_apt_that_is_given_up_in_a_script_ends_and_can_go_on_later() {
    let (scene, desk) = scene().await;
    let changed = scene.given_up(&desk, &["slowscript"]).await;
    assert_eq!(changed.outcome, Outcome::Cancelled);
    assert_eq!(sorts(&changed.troubles), [TroubleId::Interrupted]);
    scene.gone("slowscript").await;
    scene.gone("dpkg").await;

    docker::ok(&["exec", scene.guard.name(), "touch", GO]);
    let (changed, _) = made(&scene.engine, &desk, &install(&["slowscript"])).await;
    assert_eq!(changed.outcome, Outcome::Done, "{:?}", changed.troubles);
    assert_eq!(changed.steps[0].doing, Doing::Configure);
    let (changed, _) = made(&scene.engine, &desk, &install(&["greet"])).await;
    assert_eq!(changed.outcome, Outcome::Done);
    scene.target_is_untouched();
}

#[tokio::test]
async fn two_changes_at_once_wait_for_each_other() {
    let (scene, desk) = scene().await;
    scene.two_at_once(&desk, "slowscript", "greet", GO).await;
}
