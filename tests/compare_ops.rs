//! `ops::compare` on an engine in memory: what it asks, in which order, what it makes, and that it leaves nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

#[path = "support/fake.rs"]
mod fake;

use std::sync::Mutex;

use devtwin::domain::compare::{Change, Comparison, Hand, Role, VerifyOutcome};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::plan::{Mode, Wishes};
use devtwin::domain::target::Layers;
use devtwin::domain::twin::Session;
use devtwin::ops::compare::content::content;
use devtwin::ops::compare::sbom::documents;
use devtwin::ops::compare::verify::verify;
use devtwin::ops::compare::{Asked, Compared, Given, compare, with_dev};
use devtwin::ops::resolve::Subject;
use fake::{FakeEngine, image, target};
use tokio_util::sync::CancellationToken;

const PROD: &str = "cgr.dev/chainguard/web:latest";
const DEV: &str = "cgr.dev/chainguard/web:latest-dev";
const PROD_ID: &str = "sha256:aaaa";
const DEV_ID: &str = "sha256:bbbb";
/// More calls than any comparison here makes.
const MANY: usize = 200;

const PROD_DB: &[u8] = b"P:web\nV:1-r0\nI:10\no:web\nF:usr/bin\nR:web\n\n";
const DEV_DB: &[u8] = b"P:web\nV:1-r0\nI:10\no:web\nF:usr/bin\nR:web\n\nP:bash\nV:5-r0\nI:99\no:bash\nF:usr/bin\nR:bash\n\n";

fn session() -> Session {
    Session {
        id: "0badcafe".into(),
        owner: "test".into(),
    }
}

fn engine() -> FakeEngine {
    let mut prod = image(PROD_ID, &[PROD], &["l1"]);
    prod.config.env = vec![("PATH".into(), "/usr/bin".into())];
    let mut dev = image(DEV_ID, &[DEV], &["l1", "l2"]);
    dev.config.env.clone_from(&prod.config.env);
    dev.config.user = "0".into();
    (prod.folders, dev.folders) = (Some(Layers::default()), Some(Layers::default()));
    FakeEngine::default()
        .with_image(prod)
        .with_image(dev)
        .with_file(PROD_ID, "/usr/lib/apk/db/installed", 0o644, PROD_DB)
        .with_file(PROD_ID, "/usr/bin/web", 0o755, b"program")
        .with_file(PROD_ID, "/etc/web.conf", 0o644, b"a\nb\n")
        .with_file(PROD_ID, "/var/lib/db/sbom/web-1-r0.spdx.json", 0o644, b"{}")
        .with_file(DEV_ID, "/usr/lib/apk/db/installed", 0o644, DEV_DB)
        .with_file(DEV_ID, "/usr/bin/web", 0o755, b"program")
        .with_file(DEV_ID, "/usr/bin/bash", 0o755, b"shell")
        .with_file(DEV_ID, "/etc/web.conf", 0o644, b"a\nc\n")
}

fn both() -> [Given; 2] {
    [(Role::First, PROD), (Role::Second, DEV)].map(|(role, name)| Given {
        role,
        subject: Subject::Image(name.into()),
    })
}

async fn run(engine: &FakeEngine, given: [Given; 2], asked: &Asked) -> Result<Compared, Error> {
    let (session, cancel) = (session(), CancellationToken::new());
    let work = compare(engine, &session, given, asked, &|_| {}, &|_| {}, &cancel);
    assert_can_be_a_task(&work);
    work.await
}

fn assert_can_be_a_task(_: &impl Send) {}

#[tokio::test]
async fn two_images_are_read_through_containers_that_never_start_and_go() {
    let engine = engine();
    let asked = Asked {
        which: vec!["bash".into()],
        ..Asked::default()
    };
    let compared = run(&engine, both(), &asked).await.unwrap();
    let made = engine.created();
    assert!(made.iter().all(|plan| plan.mode == Mode::Probe));
    assert_eq!((made.len(), engine.left_over()), (2, 0));
    assert!(engine.calls_of("start").is_empty());
    let report = &compared.report;
    let packages = report.packages.as_ref().unwrap();
    assert_eq!((packages.left.count, packages.right.count), (1, 2));
    assert_eq!(
        (packages.left.kind.as_str(), packages.right.size),
        ("apk", 109)
    );
    assert_eq!(packages.count(Change::OnlyRight), 1);
    let user = report.config.iter().find(|s| s.what == "user").unwrap();
    assert_eq!(
        (user.change, user.left.as_deref()),
        (Change::Changed, Some("65532"))
    );
    let sizes = report.sizes.as_ref().unwrap();
    assert_eq!(sizes.shared, 1);
    let files = report.files.as_ref().unwrap();
    let told: Vec<String> = files
        .entries
        .iter()
        .map(|e| format!("{} {}", e.change.sign(), e.path))
        .collect();
    assert_eq!(
        told,
        [
            "~ /etc/web.conf",
            "+ /usr/bin/bash",
            "~ /usr/lib/apk/db/installed",
            "- /var",
            "- /var/lib",
            "- /var/lib/db",
            "- /var/lib/db/sbom",
            "- /var/lib/db/sbom/web-1-r0.spdx.json",
        ]
    );
    assert_eq!(
        files.entries[1].right.as_ref().unwrap().package.as_deref(),
        Some("bash")
    );
    let programs = report.programs.as_ref().unwrap();
    assert_eq!((programs.left, programs.right), (1, 2));
    let which = &report.which[0];
    assert!(which.left.is_none());
    assert_eq!(
        which.right.as_ref().unwrap().package.as_deref(),
        Some("bash")
    );
    let trees = compared.trees.unwrap();
    let bash = trees.find(b"/usr/bin/bash").unwrap();
    assert_eq!(trees.owner(Hand::Right, bash), Some("bash"));
}

#[tokio::test]
async fn what_is_known_early_is_told_before_any_root_is_read() {
    let engine = engine();
    let early: Mutex<Vec<(Comparison, usize)>> = Mutex::default();
    let tell = |report: &Comparison| {
        let roots = engine.calls_of("root_stream").len();
        early.lock().unwrap().push((report.clone(), roots));
    };
    let (session, cancel, asked) = (session(), CancellationToken::new(), Asked::default());
    let whole = compare(&engine, &session, both(), &asked, &tell, &|_| {}, &cancel)
        .await
        .unwrap();
    let told = early.into_inner().unwrap();
    assert_eq!((told.len(), told[0].1), (1, 0));
    let report = &told[0].0;
    assert!(report.files.is_none() && report.packages == whole.report.packages);
    assert_eq!(engine.calls_of("root_stream").len(), 2);
}

#[tokio::test]
async fn what_is_not_asked_for_is_not_read() {
    let engine = engine();
    let asked = Asked {
        files: false,
        ..Asked::default()
    };
    let compared = run(&engine, both(), &asked).await.unwrap();
    assert!(compared.trees.is_none() && engine.calls_of("root_stream").is_empty());
    let engine = self::engine();
    let asked = Asked {
        files: false,
        packages: false,
        filter: Some(regex::Regex::new("^env").unwrap()),
        ..Asked::default()
    };
    let compared = run(&engine, both(), &asked).await.unwrap();
    assert!(compared.report.packages.is_none() && engine.calls_of("archive_stream").is_empty());
    let what: Vec<_> = compared
        .report
        .config
        .iter()
        .map(|s| s.what.as_str())
        .collect();
    assert_eq!(what, ["env PATH"]);
}

#[tokio::test]
async fn a_container_is_compared_as_it_is_with_its_dev_image() {
    let mut web = target("web", PROD, PROD_ID);
    web.config.env = vec![("API_TOKEN".into(), "hunter2".into())];
    web.runtime.layers = Some(Layers::default());
    let id = web.id.0.clone();
    let mut engine = engine().with_file(&id, "/usr/bin/own", 0o755, b"x");
    engine.targets.push(web.clone());
    let (session, wishes) = (session(), Wishes::default());
    let found = with_dev(&engine, &session, Subject::Container(web), &wishes, &|_| {}).await;
    let (given, resolution) = found.unwrap();
    assert_eq!(resolution.dev_image.as_deref(), Some(DEV));
    let compared = run(&engine, given, &Asked::default()).await.unwrap();
    // Only the dev image is read by a container of ours.
    let probes = engine
        .created()
        .into_iter()
        .filter(|plan| plan.image == DEV_ID);
    assert_eq!((probes.count(), engine.left_over()), (1, 0));
    let report = compared.report;
    assert_eq!(
        (report.left.role, report.right.role),
        (Role::Prod, Role::Dev)
    );
    assert!(
        report
            .files
            .unwrap()
            .entries
            .iter()
            .any(|e| e.path == "/usr/bin/own")
    );
    let token = report
        .config
        .iter()
        .find(|s| s.what == "env API_TOKEN")
        .unwrap();
    assert_eq!(token.left.as_deref(), Some("***"));
    let trouble = report.packages.unwrap().left.trouble.unwrap();
    assert!(trouble.contains("no package database"), "{trouble}");
}

/// An engine with the containerd store, which exports nothing safely, and a container beside an image.
fn unsafe_engine() -> (FakeEngine, [Given; 2]) {
    let web = target("web", PROD, PROD_ID);
    let mut engine = engine().with_file(&web.id.0, "/usr/bin/own", 0o755, b"x");
    engine.targets.push(web.clone());
    for image in &mut engine.images {
        image.folders = None;
    }
    let mut given = both();
    given[0].subject = Subject::Container(web);
    (engine, given)
}

#[tokio::test]
async fn a_target_is_exported_only_where_its_engine_mounts_roots_safely() {
    let (engine, given) = unsafe_engine();
    run(&engine, given.clone(), &Asked::default())
        .await
        .unwrap();
    // The first is the dev image's probe, of which files were asked before: no export may come beside such a question.
    assert_eq!(engine.calls_of("root_stream"), ["made-1", "made-2"]);
    let commits = engine.calls_of("commit");
    assert!(commits[0].starts_with("devtwin-root-"), "{commits:?}");
    assert_eq!(engine.calls_of("remove_image"), commits);
    assert_eq!(engine.left_over(), 0);
    // Without its files nothing is made of a target.
    let (engine, given) = unsafe_engine();
    let asked = Asked {
        files: false,
        ..Asked::default()
    };
    run(&engine, given, &asked).await.unwrap();
    assert_eq!(engine.calls_of("commit"), [""; 0]);
}

#[tokio::test]
async fn nothing_is_left_of_a_target_that_could_not_be_exported() {
    let (whole, given) = unsafe_engine();
    run(&whole, given, &Asked::default()).await.unwrap();
    for at in 0..whole.calls().len() {
        let (mut engine, given) = unsafe_engine();
        engine.fail_at = Some(at);
        let told = run(&engine, given, &Asked::default()).await;
        let failed = engine.calls()[at].clone();
        if failed.starts_with("remove") {
            let notes = told.unwrap().report.notes;
            assert!(notes[0].contains("devtwin clean"), "{failed}: {notes:?}");
            continue;
        }
        assert_eq!(engine.left_over(), 0, "{failed}");
        if !engine.calls_of("commit").is_empty() {
            let removed = engine.calls_of("remove_image");
            assert_eq!(removed, engine.calls_of("commit"), "{failed}");
        }
    }
}

#[tokio::test]
async fn an_image_that_is_not_here_is_named_with_what_to_do() {
    let mut given = both();
    given[1].subject = Subject::Image("acme/none:1".into());
    let engine = engine();
    let error = run(&engine, given, &Asked::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoTarget);
    assert!(error.hint.unwrap().contains("docker pull acme/none:1"));
    assert_eq!(engine.left_over(), 0);
}

#[tokio::test]
async fn a_file_of_both_is_compared_line_by_line() {
    let engine = engine();
    let (session, cancel) = (session(), CancellationToken::new());
    let found = content(&engine, &session, both(), "/etc/web.conf", &cancel)
        .await
        .unwrap();
    let lines: Vec<String> = found
        .lines
        .iter()
        .map(|l| format!("{}{}", l.kind.sign(), l.text))
        .collect();
    assert_eq!(lines, ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]);
    let gone = content(&engine, &session, both(), "/usr/bin/bash", &cancel)
        .await
        .unwrap();
    assert_eq!(gone.why.as_deref(), Some("first has no such file"));
    let dir = content(&engine, &session, both(), "/usr", &cancel)
        .await
        .unwrap();
    assert_eq!(dir.why.as_deref(), Some("it is a directory in first"));
    let found = documents(&engine, &session, both(), &cancel).await.unwrap();
    assert_eq!((found[0].len(), found[1].len()), (1, 0));
    assert_eq!(engine.left_over(), 0);
}

#[tokio::test]
async fn whatever_call_fails_or_is_cancelled_nothing_is_left() {
    let asked = Asked {
        which: vec!["bash".into()],
        ..Asked::default()
    };
    for at in 0..MANY {
        let mut failing = engine();
        failing.fail_at = Some(at);
        let told = run(&failing, both(), &asked).await;
        let calls = failing.calls();
        let cancel = CancellationToken::new();
        let mut cancelled = engine();
        cancelled.cancel_at = Some((at, cancel.clone()));
        let given_up = compare(
            &cancelled,
            &session(),
            both(),
            &asked,
            &|_| {},
            &|_| {},
            &cancel,
        )
        .await;
        assert_eq!(cancelled.left_over(), 0, "cancelled during call {at}");
        if let Err(error) = given_up {
            assert_eq!(error.kind, ErrorKind::Cancelled);
        }
        let Some(failed) = calls.get(at) else {
            told.unwrap();
            return;
        };
        if failed.starts_with("remove ") {
            let notes = told.unwrap().report.notes;
            assert!(notes[0].contains("devtwin clean"), "{notes:?}");
        } else {
            assert_eq!(failing.left_over(), 0, "{failed}");
        }
    }
    panic!("a comparison makes more than {MANY} calls");
}

#[tokio::test]
async fn signatures_are_checked_by_cosign_and_its_word_is_passed_on() {
    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let mut engine = engine();
    engine.images[0].digests = vec![format!("cgr.dev/chainguard/web@{DIGEST}")];
    let report = run(
        &engine,
        both(),
        &Asked {
            files: false,
            ..Asked::default()
        },
    )
    .await
    .unwrap()
    .report;
    let folder = tempfile::tempdir().unwrap();
    let told = async |script: Option<&str>| {
        let path = folder.path().join(if script.is_some() {
            "cosign"
        } else {
            "missing"
        });
        if let Some(script) = script {
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(&path, mode).unwrap();
        }
        let cancel = CancellationToken::new();
        let sides = [&report.left, &report.right];
        let checks = verify(&engine, sides, path.to_str().unwrap(), &|_| {}, &cancel)
            .await
            .unwrap();
        let told = checks
            .iter()
            .map(|c| (c.what.clone(), c.outcome, c.words.clone()));
        told.collect::<Vec<_>>()
    };
    // Its arguments come back as its last words, its output is dropped, a flood of words held up by nobody.
    let good = "yes noise | head -c 300000 >&2; echo; echo \"$1 $#\" >&2; yes | head -c 300000";
    let checks = told(Some(
        "echo before >&2; echo \"$1 $#\" >&2; yes | head -c 300000",
    ))
    .await;
    assert_eq!(
        checks[0],
        ("signature".into(), VerifyOutcome::Good, "verify 6".into())
    );
    assert_eq!(
        checks[1],
        (
            "sbom".into(),
            VerifyOutcome::Good,
            "verify-attestation 8".into()
        )
    );
    assert_eq!(checks[2].0, "provenance");
    // The right one was made here.
    assert_eq!((checks.len(), checks[3].1), (4, VerifyOutcome::NotRun));
    assert_eq!(told(Some(good)).await[0].1, VerifyOutcome::Good);
    let checks = told(Some(
        "printf 'Error: no \\033[31mmatching signatures\\n' >&2; exit 1",
    ))
    .await;
    assert_eq!(
        (checks[0].1, checks[0].2.as_str()),
        (VerifyOutcome::Bad, "Error: no matching signatures")
    );
    let checks = told(None).await;
    assert_eq!(checks[0].1, VerifyOutcome::NotRun);
    assert!(checks[0].2.contains("not installed"), "{checks:?}");
}
