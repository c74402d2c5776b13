//! `ops::inspect` on an engine in memory: what it asks, what it makes, and that it leaves nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

#[path = "support/fake.rs"]
mod fake;

use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::plan::Mode;
use devtwin::domain::target::{Layers, Status};
use devtwin::domain::twin::Session;
use devtwin::ops::inspect::{Inspected, inspect};
use devtwin::ops::resolve::Subject;
use fake::{FakeEngine, image, target};
use tokio_util::sync::CancellationToken;

const WEB: &str = "acme/web:1";
const ID: &str = "sha256:aaaa";

/// More calls than any inspection here makes.
const MANY: usize = 200;

fn session() -> Session {
    Session {
        id: "0badcafe".into(),
        owner: "test".into(),
    }
}

/// An engine with the image [`WEB`], whose program is a script.
fn engine() -> FakeEngine {
    let mut web = image(ID, &[WEB], &["l1"]);
    web.config.entrypoint = vec!["/app".into()];
    web.config.user = "web".into();
    with_files(FakeEngine::default().with_image(web), ID)
}

fn with_files(engine: FakeEngine, of: &str) -> FakeEngine {
    engine
        .with_file(of, "/app", 0o755, b"#!/bin/run -x\n")
        .with_file(of, "/bin/run", 0o755, b"\x7fELF and no more")
        .with_file(of, "/etc/group", 0o644, b"web:x:70:\n")
        .with_file(
            of,
            "/etc/passwd",
            0o644,
            b"web:x:70:70::/home/web:/bin/sh\n",
        )
}

/// With a container of the image.
fn with_target(mut engine: FakeEngine) -> FakeEngine {
    let mut web = target("web", WEB, ID);
    web.config = engine.images[0].config.clone();
    let id = web.id.0.clone();
    engine.targets.push(web);
    with_files(engine, &id)
}

async fn run(engine: &FakeEngine, subject: &Subject) -> Result<Inspected, Error> {
    let (session, cancel) = (session(), CancellationToken::new());
    let work = inspect(engine, &session, subject, None, &cancel);
    assert_can_be_a_task(&work);
    work.await
}

fn assert_can_be_a_task(_: &impl Send) {}

fn an_image() -> Subject {
    Subject::Image(WEB.into())
}

fn the_container(engine: &FakeEngine) -> Subject {
    Subject::Container(engine.targets[0].clone())
}

#[tokio::test]
async fn an_image_is_read_through_a_container_that_never_starts_and_goes() {
    let engine = engine();
    let told = run(&engine, &an_image()).await.unwrap();
    let made = engine.created();
    assert_eq!(made.len(), 1);
    assert_eq!((made[0].mode, made[0].image.as_str()), (Mode::Probe, ID));
    assert!(engine.calls_of("start").is_empty());
    assert_eq!(engine.left_over(), 0);
    let report = told.report;
    assert_eq!(report.user.uid, Some(70));
    let steps: Vec<_> = report
        .program
        .unwrap()
        .steps
        .into_iter()
        .map(|s| s.wanted)
        .collect();
    assert_eq!(steps, ["/app", "/bin/run"]);
    assert!(told.bytes > 0 && told.questions > 0);
}

#[tokio::test]
async fn a_root_is_read_ahead_only_where_its_engine_mounts_roots_safely() {
    for safe in [true, false] {
        let mut engine = with_target(engine());
        let folders = safe.then(Layers::default);
        engine.images[0].folders = folders.clone();
        engine.targets[0].state.status = Status::Exited;
        engine.targets[0].state.pid = None;
        engine.targets[0].runtime.layers = folders;
        for subject in [an_image(), the_container(&engine)] {
            let before = engine.calls_of("root_stream").len();
            let report = run(&engine, &subject).await.unwrap().report;
            assert_eq!(report.user.uid, Some(70));
            let asked = engine.calls_of("root_stream").len() - before;
            assert_eq!(asked, usize::from(safe), "{subject:?}");
        }
    }
}

#[tokio::test]
async fn a_container_is_read_where_it_stands_and_nothing_is_made() {
    for status in [
        Status::Running,
        Status::Paused,
        Status::Exited,
        Status::Restarting,
    ] {
        let mut engine = with_target(engine());
        engine.targets[0].state.status = status;
        engine.targets[0].state.pid = (status == Status::Running).then_some(42);
        let report = run(&engine, &the_container(&engine)).await.unwrap().report;
        assert_eq!(report.user.uid, Some(70), "{status:?}");
        assert!(engine.created().is_empty());
        assert!(report.notes.is_empty(), "{:?}", report.notes);
    }
}

#[tokio::test]
async fn the_accounts_come_with_one_archive_and_a_missing_directory_ends_the_search_in_it() {
    let mut engine = with_target(engine());
    engine.targets[0].config.entrypoint = vec!["app".into()];
    engine.targets[0].config.env = vec![("PATH".into(), "/nope:/nope/bin:/bin".into())];
    run(&engine, &the_container(&engine)).await.unwrap();
    let archives = engine.calls_of("archive_stream");
    let of_etc = archives.iter().filter(|path| path.starts_with("/etc"));
    assert_eq!(of_etc.collect::<Vec<_>>(), ["/etc"]);
    assert!(
        !engine
            .calls_of("stat")
            .contains(&"/etc/nsswitch.conf".to_owned())
    );
}

#[tokio::test]
async fn a_container_whose_files_cannot_be_read_is_told_by_its_image() {
    let mut engine = engine();
    engine.targets.push(target("web", WEB, ID)); // without files: not even a root
    engine.targets[0].config = engine.images[0].config.clone();
    let report = run(&engine, &the_container(&engine)).await.unwrap().report;
    assert_eq!(report.user.uid, Some(70));
    assert_eq!(engine.left_over(), 0);
    assert!(
        report.notes[0].contains("those of its image"),
        "{:?}",
        report.notes
    );
}

#[tokio::test]
async fn an_image_that_is_not_here_is_told_before_anything_is_made() {
    let engine = FakeEngine::default();
    let error = run(&engine, &an_image()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoTarget);
    assert!(engine.created().is_empty());
}

#[tokio::test]
async fn wherever_the_person_gives_up_nothing_is_left() {
    for at in 0..MANY {
        let cancel = CancellationToken::new();
        let mut engine = engine();
        engine.cancel_at = Some((at, cancel.clone()));
        let told = inspect(&engine, &session(), &an_image(), None, &cancel).await;
        assert_eq!(engine.left_over(), 0, "cancelled during call {at}");
        if let Err(error) = told {
            assert_eq!(error.kind, ErrorKind::Cancelled);
            continue;
        }
        // During the removal, or not at all.
        assert!(at > 5, "{at}");
        if !cancel.is_cancelled() {
            return;
        }
    }
    panic!("an inspection makes more than {MANY} calls");
}

#[tokio::test]
async fn whatever_call_fails_nothing_is_left_that_can_be_removed() {
    for at in 0..MANY {
        let mut engine = engine();
        engine.fail_at = Some(at);
        let told = run(&engine, &an_image()).await;
        let calls = engine.calls();
        let Some(failed) = calls.get(at) else {
            told.unwrap();
            return;
        };
        if failed.starts_with("remove ") {
            let notes = told.unwrap().report.notes;
            assert!(notes[0].contains("devtwin clean"), "{notes:?}");
        } else {
            assert_eq!(engine.left_over(), 0, "{failed}");
        }
    }
    panic!("an inspection makes more than {MANY} calls");
}

#[tokio::test]
async fn a_search_without_end_is_cut_and_said() {
    let mut engine = with_target(engine());
    let dirs: Vec<String> = (0..4_100).map(|n| format!("/bin/{n}")).collect();
    engine.targets[0].config.entrypoint = vec!["nowhere".into()];
    engine.targets[0].config.env = vec![("PATH".into(), dirs.join(":"))];
    run(&engine, &the_container(&engine)).await.unwrap();
    let asked = engine.calls_of("stat").len();
    assert!(asked < 5_000, "{asked}");
}

#[tokio::test]
async fn a_missing_command_is_looked_for_in_the_indexes_of_the_dev_image() {
    const DEV: &str = "sha256:dddd";
    let mut web = image(ID, &["cgr.dev/chainguard/web:latest"], &["l1"]);
    web.config.entrypoint = vec!["/app".into()];
    let dev = image(DEV, &["cgr.dev/chainguard/web:latest-dev"], &["l1", "l2"]);
    let engine = FakeEngine::default()
        .with_image(web)
        .with_image(dev)
        .with_file(ID, "/etc/passwd", 0o644, b"")
        .with_file(ID, "/app", 0o755, b"#!/usr/bin/env bash\n")
        .with_file(ID, "/usr/bin/env", 0o755, b"\x7fELF")
        .with_file(
            DEV,
            "/usr/lib/apk/db/installed",
            0o644,
            b"P:bash\np:cmd:bash=5.2-r0\n\n",
        );
    let subject = Subject::Image("cgr.dev/chainguard/web:latest".into());
    let report = run(&engine, &subject).await.unwrap().report;
    assert_eq!(engine.left_over(), 0);
    assert_eq!(
        report.dev_image.as_deref(),
        Some("cgr.dev/chainguard/web:latest-dev")
    );
    // Only when a rule asks; the probe of the dev image is made for nothing else.
    let asked = engine.created().iter().any(|plan| plan.image == DEV);
    let packages: Vec<_> = report
        .findings
        .iter()
        .filter_map(|f| f.package.clone())
        .collect();
    assert_eq!(asked, !packages.is_empty(), "{:?}", report.findings);
}

#[tokio::test]
async fn the_dev_image_that_a_person_named_is_the_one_to_compare_with() {
    let mut tools = image("sha256:tools", &["acme/tools:1"], &["l9"]);
    tools.config.entrypoint = vec!["/bin/sh".into()];
    let engine = with_target(engine().with_image(tools));
    let (session, cancel) = (session(), CancellationToken::new());
    let subject = the_container(&engine);
    let dev = Some("acme/tools:1");
    let told = inspect(&engine, &session, &subject, dev, &cancel).await;
    let report = told.unwrap().report;
    assert_eq!(report.dev_image.as_deref(), dev);
    let entrypoint = report.differences.iter().find(|d| d.what == "entrypoint");
    assert_eq!(entrypoint.unwrap().dev, "/bin/sh");
    assert!(engine.created().is_empty());
    let own = inspect(&engine, &session, &subject, Some(WEB), &cancel).await;
    assert!(own.unwrap().report.differences.is_empty(), "its own image");
}
