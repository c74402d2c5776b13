//! The use cases that make containers, on the fake engine: the order of calls, and that nothing is left
//! behind whatever fails and whenever the person gives up.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

#[path = "support/fake.rs"]
mod fake;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use devtwin::domain::Size;
use devtwin::domain::build::{Build, BuildError, BuildFailure, BuildNews, Builder};
use devtwin::domain::error::{Error, ErrorKind, Result};
use devtwin::domain::files;
use devtwin::domain::plan::{Mode, Wishes};
use devtwin::domain::recorder::Record;
use devtwin::domain::run::Place;
use devtwin::domain::session::{CleanWishes, Liveness};
use devtwin::domain::target::{Layers, State, Status, Summary, Target};
use devtwin::domain::twin::{Session, label};
use devtwin::engine::Engine as _;
use devtwin::ops::attach::{Attach, Launched, attach, furnish};
use devtwin::ops::beside::{Found, find};
use devtwin::ops::build::build;
use devtwin::ops::build::context::Context;
use devtwin::ops::clean::clean;
use devtwin::ops::exec::{Ended, Exec, Io, exec};
use devtwin::ops::files::Browser;
use devtwin::ops::recipe::look;
use devtwin::ops::shells::{self, Mark};
use fake::{FakeEngine, image, target};
use tokio::io::AsyncWrite;
use tokio_util::sync::CancellationToken;

const DEV: &str = "acme/web:1.4-dev";
/// Long enough for what the fake does, which takes no time.
const PATIENCE: Duration = Duration::from_millis(50);

/// A running target, and its dev image here, with these programs.
fn engine(programs: &[&str]) -> FakeEngine {
    let mut engine = FakeEngine::default()
        .with_image(image("sha256:aaaa", &["acme/web:1.4"], &["a"]))
        .with_image(image("sha256:bbbb", &[DEV], &["a", "b"]))
        .with_programs(DEV, programs);
    engine
        .targets
        .push(target("web", "acme/web:1.4", "sha256:aaaa"));
    engine.runs = true;
    engine.prints = b"hello\n".to_vec();
    engine
}

fn session() -> Session {
    Session {
        id: "0badcafe".into(),
        owner: "ann@box".into(),
    }
}

async fn attached(engine: &FakeEngine, share: &[&str]) -> Result<Launched> {
    let wishes = Wishes {
        mode: Some(Mode::Join),
        image: Some(DEV.into()),
        share: share.iter().map(|s| (*s).to_owned()).collect(),
        ..Wishes::default()
    };
    let what = Attach {
        target: "web",
        resolution: None,
        wishes: &wishes,
        size: Size::clamped(80, 24),
        serial: 1,
    };
    let cancel = cancel_of(engine);
    attach(engine, &session(), what, &|_| {}, &cancel).await
}

async fn executed(
    engine: &FakeEngine,
    tty: bool,
    stdout: Box<dyn AsyncWrite + Send + Unpin>,
) -> Result<Ended> {
    executed_lending(engine, tty, stdout, &|_| Ok(())).await
}

async fn executed_lending(
    engine: &FakeEngine,
    tty: bool,
    stdout: Box<dyn AsyncWrite + Send + Unpin>,
    lend: &dyn Fn(bool) -> Result<()>,
) -> Result<Ended> {
    let wishes = Wishes {
        mode: Some(Mode::Join),
        image: Some(DEV.into()),
        ..Wishes::default()
    };
    let what = Exec {
        target: "web",
        argv: vec!["/bin/id".into(), "-u".into()],
        tty: tty.then(|| Size::clamped(80, 24)),
        wishes: &wishes,
        patience: PATIENCE,
    };
    let io = Io {
        stdin: None,
        stdout,
        stderr: Box::new(tokio::io::sink()),
        sizes: None,
        lend,
    };
    let cancel = cancel_of(engine);
    exec(engine, &session(), what, io, &|_| {}, &cancel).await
}

/// A command that ended with `status`, and its twin with it.
fn ended(status: i64) -> Ended {
    Ended { status, left: None }
}

fn cancel_of(engine: &FakeEngine) -> CancellationToken {
    let token = engine.cancel_at.as_ref().map(|(_, token)| token.clone());
    token.unwrap_or_default()
}

fn sink() -> Box<dyn AsyncWrite + Send + Unpin> {
    Box::new(tokio::io::sink())
}

/// Names of the calls from the first create on.
fn calls(engine: &FakeEngine) -> Vec<String> {
    let calls = engine.calls();
    let names = calls.iter().filter_map(|c| c.split(' ').next());
    names
        .skip_while(|n| *n != "create")
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn a_shell_is_attached_before_it_starts_and_furnished_after() {
    let engine = engine(&["/bin/bash"]);
    let launched = attached(&engine, &[]).await.unwrap();
    assert_eq!(calls(&engine), ["create", "attach_tty", "start", "resize"]);
    furnish(&engine, &launched.twin).await.unwrap();
    assert_eq!(engine.calls_of("put_archive"), ["/"]);
}

#[tokio::test]
async fn a_command_finds_its_links_when_it_starts() {
    let pipes = engine(&["/bin/id"]);
    assert_eq!(executed(&pipes, false, sink()).await, Ok(ended(0)));
    assert_eq!(
        calls(&pipes),
        [
            "create",
            "put_archive",
            "attach_pipes",
            "start",
            "wait",
            "remove"
        ]
    );
    let tty = engine(&["/bin/id"]);
    assert_eq!(executed(&tty, true, sink()).await, Ok(ended(0)));
    assert_eq!(
        calls(&tty),
        [
            "create",
            "put_archive",
            "attach_tty",
            "start",
            "resize",
            "wait",
            "remove"
        ]
    );
}

#[tokio::test]
async fn a_twin_without_the_likely_shell_is_made_again_with_the_one_it_has() {
    for share in [&[][..], &["ipc"]] {
        let engine = engine(&["/bin/sh", "nsenter"]);
        let launched = attached(&engine, share).await.unwrap();
        assert_eq!(launched.twin.plan.argv.last().unwrap(), "/bin/sh");
        assert_eq!((engine.created().len(), engine.left_over()), (2, 1));
        assert_eq!(engine.calls_of("remove"), ["made-0"]);
    }
}

#[tokio::test]
async fn a_twin_without_any_shell_is_refused_and_removed() {
    for share in [&[][..], &["ipc"]] {
        let engine = engine(&["nsenter"]);
        let error = attached(&engine, share).await.err().unwrap();
        assert_eq!(error.kind, ErrorKind::NoDevImage, "{error}");
        assert_eq!(engine.left_over(), 0);
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_is_the_commands_failure() {
    let engine = engine(&[]);
    assert_eq!(executed(&engine, false, sink()).await, Ok(ended(127)));
    assert_eq!(engine.left_over(), 0);
}

#[tokio::test]
async fn output_that_nobody_reads_ends_the_command_like_a_broken_pipe() {
    for tty in [false, true] {
        let engine = engine(&["/bin/id"]);
        let (ours, theirs) = tokio::io::duplex(8);
        drop(theirs);
        assert_eq!(executed(&engine, tty, Box::new(ours)).await, Ok(ended(141)));
        assert_eq!(engine.left_over(), 0);
    }
}

#[tokio::test]
async fn an_attach_that_fails_at_any_call_leaves_nothing() {
    let whole = engine(&["/bin/sh"]);
    attached(&whole, &[]).await.unwrap();
    let total = whole.calls().len();
    assert!(total > 8, "it covers the second try, too: {total}");
    for at in 0..total {
        let mut engine = engine(&["/bin/sh"]);
        engine.fail_at = Some(at);
        let result = attached(&engine, &[]).await;
        let failed = &engine.calls()[at];
        match result {
            Ok(_) => assert!(
                ["resize", "start"].iter().any(|c| failed.starts_with(c)),
                "{failed} cannot be done without"
            ),
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Engine, "{failed}");
                // One that cannot be removed now is the session's to sweep at its end.
                let left = usize::from(failed.starts_with("remove"));
                assert_eq!(engine.left_over(), left, "{failed}: {:?}", engine.calls());
            }
        }
    }
}

#[tokio::test]
async fn a_command_that_fails_at_any_call_leaves_nothing_and_says_so_when_it_must() {
    for tty in [false, true] {
        let whole = engine(&["/bin/id"]);
        executed(&whole, tty, sink()).await.unwrap();
        for at in 0..whole.calls().len() {
            let mut engine = engine(&["/bin/id"]);
            engine.fail_at = Some(at);
            let result = executed(&engine, tty, sink()).await;
            let failed = &engine.calls()[at];
            if failed.starts_with("resize") {
                assert_eq!(result, Ok(ended(0)));
                continue;
            }
            if failed.starts_with("start") {
                assert_eq!(result, Ok(ended(127)), "as the engine then tells");
                continue;
            }
            if failed.starts_with("remove") {
                let Ended { status, left } = result.unwrap();
                assert_eq!(
                    (status, engine.left_over()),
                    (0, 1),
                    "the status is passed on"
                );
                assert_eq!(left.map(|e| e.message).as_deref(), Some("remove failed"));
                continue;
            }
            let error = result.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Engine, "{failed}");
            assert_eq!(engine.left_over(), 0, "{failed}: {:?}", engine.calls());
        }
    }
}

/// The output of the fake's commands ends at once: here it is the connection that ended.
#[tokio::test]
async fn a_command_that_lost_its_connection_is_not_awaited_for_ever() {
    for tty in [false, true] {
        let mut engine = engine(&["/bin/id"]);
        engine.hangs.insert("wait");
        let error = executed(&engine, tty, sink()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Engine);
        assert!(error.message.contains("still ran"), "{error}");
        assert_eq!(engine.left_over(), 0);
    }
}

#[tokio::test]
async fn a_status_that_comes_late_is_looked_up() {
    let mut engine = engine(&["/bin/id"]);
    engine.hangs.insert("wait");
    engine.exit_code = Some(7);
    engine.made_status = Some(Status::Exited);
    assert_eq!(executed(&engine, false, sink()).await, Ok(ended(7)));
}

#[tokio::test]
async fn an_engine_that_hangs_at_the_end_is_an_error_that_says_what_may_be_left() {
    let mut engine = engine(&["/bin/id"]);
    engine.hangs.extend(["wait", "inspect"]);
    let error = executed(&engine, false, sink()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Engine);
    assert!(error.message.contains("did not answer"), "{error}");
    assert_eq!(engine.left_over(), 0);

    let mut engine = self::engine(&["/bin/id"]);
    engine.hangs.insert("remove");
    let Ended { status, left } = executed(&engine, false, sink()).await.unwrap();
    assert_eq!(status, 0, "the status is passed on");
    assert!(left.unwrap().message.contains("did not answer"));
}

#[tokio::test]
async fn the_terminal_is_lent_from_just_before_the_start_to_the_end_of_the_output() {
    let lent = |programs: &'static [&str], until: &'static str| async move {
        let engine = engine(programs);
        let seen = Mutex::new(Vec::new());
        let lend = |lent| {
            let last = calls(&engine).pop().unwrap_or_default();
            let mut seen = seen.lock().unwrap();
            if seen.last().is_none_or(|(before, _)| *before != lent) {
                seen.push((lent, last));
            }
            Ok(())
        };
        executed_lending(&engine, true, sink(), &lend)
            .await
            .unwrap();
        let seen = seen.into_inner().unwrap();
        let wanted = [(true, "attach_tty".to_owned()), (false, until.to_owned())];
        assert_eq!(seen, wanted, "{programs:?}");
    };
    lent(&["/bin/id"], "resize").await;
    // The engine's words are for a terminal that makes lines of them.
    lent(&[], "start").await;
}

#[tokio::test]
async fn a_terminal_that_cannot_be_lent_starts_nothing() {
    let engine = engine(&["/bin/id"]);
    let lend = |lent| {
        let error = || Error::new(ErrorKind::Internal, "no terminal");
        if lent { Err(error()) } else { Ok(()) }
    };
    let error = executed_lending(&engine, true, sink(), &lend)
        .await
        .unwrap_err();
    assert_eq!(error.message, "no terminal");
    assert_eq!(engine.calls_of("start"), [""; 0]);
    assert_eq!(engine.left_over(), 0);
}

#[tokio::test]
async fn a_cancel_during_any_call_leaves_nothing() {
    let whole = engine(&["/bin/bash", "/bin/id"]);
    attached(&whole, &[]).await.unwrap();
    for at in 0..whole.calls().len() {
        let mut engine = engine(&["/bin/bash", "/bin/id"]);
        engine.cancel_at = Some((at, CancellationToken::new()));
        let error = attached(&engine, &[]).await.err();
        let during = &engine.calls()[at];
        assert_eq!(
            error.map(|e| e.kind),
            Some(ErrorKind::Cancelled),
            "{during}"
        );
        assert_eq!(engine.left_over(), 0, "{during}: {:?}", engine.calls());
    }
    let whole = engine(&["/bin/id"]);
    executed(&whole, false, sink()).await.unwrap();
    // The last call is the removal: a cancel during it changes nothing.
    for at in 0..whole.calls().len() - 1 {
        let mut engine = engine(&["/bin/id"]);
        engine.cancel_at = Some((at, CancellationToken::new()));
        let error = executed(&engine, false, sink()).await.unwrap_err();
        let during = &engine.calls()[at];
        assert_eq!(error.kind, ErrorKind::Cancelled, "{during}");
        assert_eq!(engine.left_over(), 0, "{during}: {:?}", engine.calls());
    }
}

#[tokio::test]
async fn a_target_that_stopped_or_restarted_meanwhile_is_named_as_the_cause() {
    let running = target("web", "acme/web:1.4", "sha256:aaaa").state;
    let stopped = State {
        status: Status::Exited,
        pid: None,
        ..running.clone()
    };
    let restarted = State {
        restart_count: 1,
        ..running
    };
    for (state, hint) in [(stopped, "for an arena"), (restarted, "--mode arena")] {
        for shell in [true, false] {
            let mut engine = engine(&["/bin/bash", "/bin/id"]);
            let refused = Error::new(ErrorKind::Engine, "is restarting, wait");
            engine.failing.insert("start", refused);
            engine.exit_code = Some(128);
            engine.after_start = Some(state.clone());
            let error = if shell {
                attached(&engine, &[]).await.err().unwrap()
            } else {
                executed(&engine, false, sink()).await.unwrap_err()
            };
            assert_eq!(error.kind, ErrorKind::NoTarget, "{error}");
            assert!(error.hint.unwrap().contains(hint), "{hint}");
            assert_eq!(engine.left_over(), 0);
        }
    }
}

#[tokio::test]
async fn a_further_shell_is_the_same_program_with_a_mark_of_its_own() {
    let engine = engine(&["/bin/bash"]);
    let launched = attached(&engine, &[]).await.unwrap();
    let mark = Mark::new("0badcafe", 7);
    let size = Size::clamped(80, 24);
    shells::open(&engine, &launched.twin, &mark, size)
        .await
        .unwrap();
    assert_eq!(
        engine.calls_of("exec_tty"),
        ["/bin/bash DEVTWIN_SHELL=0badcafe-7"]
    );
}

#[tokio::test]
async fn a_further_shell_is_ended_gently_then_firmly_and_never_without_end() {
    // Statuses of the passes (1: something was there), the signals that were sent, and whether all went well.
    for (statuses, signals, well) in [
        (&[0][..], &["HUP"][..], true),
        (&[1, 0], &["HUP", "KILL"], true),
        (&[1, 1, 0], &["HUP", "KILL", "KILL"], true),
        (
            &[1; 9],
            &["HUP", "KILL", "KILL", "KILL", "KILL", "KILL"],
            false,
        ),
        (&[127], &["HUP"], false),
    ] {
        let mut engine = engine(&["/bin/bash"]);
        engine.exec_statuses = statuses.to_vec();
        let twin = attached(&engine, &[]).await.unwrap().twin;
        let closed = shells::close(&engine, &twin, &Mark::new("0badcafe", 7), Place::Twin).await;
        assert_eq!(closed.is_ok(), well, "{statuses:?}: {closed:?}");
        let passes = engine.calls_of("exec_tty");
        let sent: Vec<&str> = passes
            .iter()
            .filter_map(|words| words.rsplit(' ').nth(2))
            .collect();
        assert_eq!(sent, signals);
        let own = |words: &String| words.ends_with(" 0badcafe-7 twin");
        assert!(passes.iter().all(own), "{passes:?}");
    }
}

#[tokio::test]
async fn what_runs_in_the_target_is_ended_only_by_a_twin_that_sees_it() {
    let engine = engine(&["/bin/bash"]);
    let mut twin = attached(&engine, &[]).await.unwrap().twin;
    let mark = Mark::new("0badcafe", 7);
    assert!(twin.plan.pid.starts_with("container:"));
    let closed = shells::close(&engine, &twin, &mark, Place::Target).await;
    assert_eq!(closed, Ok(()));
    let passes = engine.calls_of("exec_tty");
    assert!(passes[0].ends_with(" HUP 0badcafe-7 target"), "{passes:?}");

    twin.plan.pid.clear();
    let closed = shells::close(&engine, &twin, &mark, Place::Target).await;
    let said = closed.unwrap_err().message;
    assert!(said.contains("does not share"), "{said}");
    assert_eq!(
        engine.calls_of("exec_tty").len(),
        passes.len(),
        "nothing was tried"
    );
}

#[tokio::test]
async fn a_shell_whose_twin_is_gone_has_ended() {
    let engine = engine(&["/bin/bash"]);
    let twin = attached(&engine, &[]).await.unwrap().twin;
    engine.remove(&twin.id).await.unwrap();
    let closed = shells::close(&engine, &twin, &Mark::new("0badcafe", 7), Place::Twin).await;
    assert_eq!(closed, Ok(()));
}

#[tokio::test]
async fn what_runs_in_the_target_when_the_twin_is_gone_is_told_unless_the_target_has_ended() {
    let mut engine = engine(&["/bin/bash"]);
    let twin = attached(&engine, &[]).await.unwrap().twin;
    engine.remove(&twin.id).await.unwrap();
    let mark = Mark::new("0badcafe", 7);
    let closed = shells::close(&engine, &twin, &mark, Place::Target).await;
    let said = closed.unwrap_err().message;
    let wanted = format!("in target {} could not be ended", twin.plan.target_name);
    assert!(said.contains(&wanted), "{said}");
    engine.targets[0].state.status = Status::Exited;
    let closed = shells::close(&engine, &twin, &mark, Place::Target).await;
    assert_eq!(closed, Ok(()));
}

/// A twin of `web` as the engine lists and inspects it.
fn twin_of_web(engine: &mut FakeEngine, name: &str, created: i64, labels: &[(&str, &str)]) {
    let mut twin = target(name, DEV, "sha256:dev");
    let own = [
        (label::SESSION, name),
        (label::TARGET, "id-of-web"),
        (label::MODE, "join"),
    ];
    let labels = own.iter().chain(labels);
    let labels: BTreeMap<String, String> = labels
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    twin.config.labels.clone_from(&labels);
    twin.config.entrypoint = vec!["/bin/bash".into()];
    engine.labelled.get_or_insert_default().push(Summary {
        id: twin.id.clone(),
        name: name.into(),
        image: DEV.into(),
        image_id: String::new(),
        status: twin.state.status,
        status_text: String::new(),
        command: String::new(),
        created,
        labels,
    });
    engine.targets.push(twin);
}

async fn found(engine: &FakeEngine, name: &str) -> String {
    found_of(engine, name, None).await
}

async fn found_of(engine: &FakeEngine, name: &str, image: Option<&str>) -> String {
    let ask = |session: &str, _: &str| match session {
        name if name.contains("kept") => Liveness::Kept,
        name if name.contains("live") => Liveness::Live,
        name if name.contains("gone") => Liveness::Gone,
        _ => Liveness::Foreign,
    };
    let wishes = Wishes {
        image: image.map(str::to_owned),
        ..Wishes::default()
    };
    match find(engine, name, &ask, &wishes).await {
        Ok(Found::Named(known)) => format!("named {}", known.twin.plan.name),
        Ok(Found::Beside(known)) => format!("beside {}", known.twin.plan.name),
        Ok(Found::Alone(target)) => format!("alone {}", target.name),
        Err(error) => error.message,
    }
}

#[tokio::test]
async fn the_newest_twin_that_one_can_work_in_is_found() {
    let mut engine = FakeEngine::default();
    engine.targets.push(target("web", "prod", "sha256:prod"));
    engine.labelled = Some(Vec::new());
    assert_eq!(found(&engine, "web").await, "alone web");

    twin_of_web(&mut engine, "devtwin-kept", 1, &[]);
    twin_of_web(&mut engine, "devtwin-live", 2, &[]);
    twin_of_web(&mut engine, "devtwin-gone", 3, &[]);
    twin_of_web(&mut engine, "devtwin-theirs", 4, &[]);
    twin_of_web(&mut engine, "devtwin-live-brief", 5, &[(label::BRIEF, "1")]);
    twin_of_web(
        &mut engine,
        "devtwin-live-probe",
        6,
        &[(label::MODE, "probe")],
    );
    twin_of_web(&mut engine, "somebodys-live", 7, &[]);
    assert_eq!(found(&engine, "web").await, "beside devtwin-live");
    let same = format!("docker.io/{DEV}");
    for (image, which) in [
        (same.as_str(), "beside devtwin-live"),
        ("other:1", "alone web"),
    ] {
        assert_eq!(found_of(&engine, "web", Some(image)).await, which);
    }
    assert_eq!(found(&engine, "devtwin-gone").await, "named devtwin-gone");
    assert_eq!(found(&engine, "nope").await, "no such container: nope");

    // One that ended since the list was made is passed over.
    let ended = |twin: &mut Target| twin.state.status = Status::Exited;
    engine
        .targets
        .iter_mut()
        .filter(|t| t.name == "devtwin-live")
        .for_each(ended);
    assert_eq!(found(&engine, "web").await, "beside devtwin-kept");
    let message = found(&engine, "devtwin-live").await;
    assert!(message.contains("does not run any more"), "{message}");
}

#[tokio::test]
async fn downloads_are_removed_on_wish_and_only_where_nothing_uses_them() {
    let mut engine = FakeEngine::default();
    engine.labelled = Some(Vec::new());
    let volumes = [
        ("devtwin-cache-apk-amd64", false),
        ("devtwin-cache-apt-amd64", true),
        ("somebodys", false),
    ];
    let volumes = volumes.map(|(name, used)| (name.to_owned(), used));
    engine.volumes.insert(label::CACHE, volumes.into());
    let cleaned = async |caches, dry_run| {
        let wishes = CleanWishes {
            caches,
            dry_run,
            ..CleanWishes::default()
        };
        let ask = |_: &str, _: &str| Liveness::Gone;
        clean(&engine, &ask, wishes, 0).await.unwrap()
    };
    let report = cleaned(false, false).await;
    assert!(report.caches.is_empty() && report.caches_left.is_empty());
    for dry_run in [true, false] {
        assert!(engine.calls_of("remove_volume").is_empty());
        let report = cleaned(true, dry_run).await;
        assert_eq!(report.caches, ["devtwin-cache-apk-amd64"]);
        assert_eq!(report.caches_left, ["devtwin-cache-apt-amd64"]);
    }
    assert_eq!(
        engine.calls_of("remove_volume"),
        ["devtwin-cache-apk-amd64"]
    );
}

#[tokio::test]
async fn a_step_that_prints_the_id_of_an_image_does_not_have_it_removed() {
    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    for (builder, of_a_digest, removed) in [
        (Builder::Classic, false, 0),
        (Builder::Classic, true, 0),
        // Not asked what was there before: so this test can fail.
        (Builder::BuildKit, false, 1),
        (Builder::BuildKit, true, 0),
    ] {
        let mut of_somebody = image(&format!("sha256:{ID}"), &[], &[]);
        if of_a_digest {
            of_somebody.digests = vec![format!("acme/web@sha256:{ID}")];
        }
        let mut engine = FakeEngine::default().with_image(of_somebody);
        engine.builds = vec![BuildNews::Made(ID[..12].into())];
        engine.build_fails = Some(BuildError::Failed(Box::<BuildFailure>::default()));
        let wanted = Build {
            builder,
            ..Build::default()
        };
        let (context, cancel) = (Context::of_text("FROM a"), CancellationToken::new());
        let built = build(&engine, &wanted, &context, &|_| {}, &cancel, None).await;
        assert!(built.is_err());
        let calls = engine.calls_of("remove_image");
        assert_eq!(calls.len(), removed, "{builder:?} {of_a_digest}");
    }
}

#[tokio::test]
async fn files_of_a_target_are_exported_only_where_its_engine_mounts_roots_safely() {
    for safe in [true, false] {
        let mut engine = engine(&["/bin/bash"]);
        engine.targets[0].runtime.layers = safe.then(Layers::default);
        let launched = attached(&engine, &[]).await.unwrap();
        let place = files::Place {
            twin: launched.twin.clone(),
            target: Some(launched.target.id.clone()),
            target_image: "sha256:aaaa".into(),
            dev_image: DEV.into(),
        };
        let mut browser = Browser::new(place, session());
        // The twin's shell answers nothing that can be understood: the engine is asked.
        for root in [files::Root::Target, files::Root::DevImage] {
            let ask = files::Ask::List {
                root,
                dir: "/".into(),
            };
            let cancel = CancellationToken::new();
            let look = browser.answer(&engine, &ask, false, &|_| {}, &cancel);
            look.await.unwrap();
        }
        browser.close(&engine).await;
        let exported = engine.calls_of("root_stream");
        assert_eq!(exported[0] == "id-of-web", safe, "{exported:?}");
        assert_eq!(engine.roots_left(), [""; 0], "{safe}");
        assert_eq!(engine.left_over(), 1, "{safe}: the twin alone");
    }
}

#[tokio::test]
async fn what_changed_in_a_twin_that_has_ended_is_not_asked_where_that_could_break_it() {
    let mut engine = engine(&["/bin/bash"]);
    let launched = attached(&engine, &[]).await.unwrap();
    engine.made_status = Some(Status::Exited);
    let (twin, cancel) = (launched.twin.id.0, CancellationToken::new());
    let found = look(&engine, &twin, &Record::default(), &cancel).await;
    let notes = found.unwrap().notes;
    assert!(
        notes.iter().any(|n| n.contains("docker start")),
        "{notes:?}"
    );
    assert_eq!(engine.calls_of("changes"), [""; 0]);
}
