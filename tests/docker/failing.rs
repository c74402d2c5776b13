//! Targets that fail: what is done to them on a yes is undone on every way out, and they are caught at their start.

use std::sync::Arc;
use std::time::{Duration, Instant};

use devtwin::domain::Progress;
use devtwin::domain::Size;
use devtwin::domain::debt::{Debt, Owed};
use devtwin::domain::error::ErrorKind;
use devtwin::domain::plan::{Mode, Wishes};
use devtwin::domain::session::{CleanWishes, Liveness};
use devtwin::domain::target::{ContainerId, Status};
use devtwin::domain::twin::{Session, label};
use devtwin::engine::docker::Docker;
use devtwin::engine::{Engine as _, ExecSpec, Output};
use devtwin::ops::attach::{Attach, Launched, furnish};
use devtwin::ops::catch::{Catch, catch};
use devtwin::ops::{clean, debts};
use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

use crate::engine::{PATIENCE, engine, within};
use crate::support::{Container, docker, unique};

const WEB: &str = "acme/web:1.4";
const DEV: &str = "cgr.dev/chainguard/web:latest-dev";

pub(crate) fn session() -> Session {
    Session {
        id: unique("s"),
        owner: "test@nowhere/1".into(),
    }
}

fn policy(target: &Container) -> String {
    let format =
        "{{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}";
    docker::ok(&["inspect", "--format", format, target.name()])
}

fn status(target: &Container) -> String {
    docker::ok(&["inspect", "--format", "{{.State.Status}}", target.name()])
}

/// Containers, volumes and images that carry the session's label.
pub(crate) fn left(session: &str) -> String {
    let filter = format!("label={}={session}", label::SESSION);
    let list = |what: &[&str]| docker::ok(&[what, &["--filter", &filter]].concat());
    let containers = list(&["ps", "-aq"]);
    format!(
        "{containers}{}{}",
        list(&["volume", "ls", "-q"]),
        list(&["images", "-q"])
    )
}

/// Waits until `docker inspect` shows that status.
#[track_caller]
pub(crate) fn wait_for(target: &Container, wanted: &str) {
    let start = Instant::now();
    while status(target) != wanted {
        assert!(
            start.elapsed() < PATIENCE,
            "{} for {wanted}",
            status(target)
        );
        std::thread::yield_now();
    }
}

/// Sets a restart policy by hand; while a process is just ending the engine refuses for a moment.
#[track_caller]
fn update(target: &Container, policy: &str) {
    let policy = format!("--restart={policy}");
    let start = Instant::now();
    while !docker::run(&["update", &policy, target.name()])
        .status
        .success()
    {
        assert!(start.elapsed() < PATIENCE, "{policy}");
    }
}

/// A target that exits with 3 after so long, again and again.
fn crasher(millis: &str, restart: &str) -> Container {
    let restart = format!("--restart={restart}");
    let flags = ["--network", "none", restart.as_str()];
    Container::run(WEB, &flags, &["--exit", "3", "--after", millis])
}

#[tokio::test]
async fn a_frozen_loop_stays_stopped_and_its_policy_comes_back() {
    let (engine, target) = (engine().await, crasher("200", "on-failure:50"));
    target.wait_until_it_failed();
    let (session, id) = (session(), ContainerId(target.id()));
    let debt = within(debts::freeze(&engine, &session, &id)).await.unwrap();
    assert_eq!(debt.owed, Owed::Restart("on-failure:50".into()));
    assert_eq!(policy(&target), "no:0");
    wait_for(&target, "exited");
    let started =
        |t: &Container| docker::ok(&["inspect", "--format", "{{.State.StartedAt}}", t.name()]);
    let before = started(&target);
    // Its next start would have come within a second or two.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(started(&target), before, "it is started no more");

    let again = within(debts::freeze(&engine, &session, &id))
        .await
        .unwrap_err();
    assert!(again.message.contains("no restart policy"), "{again}");

    let swept = within(clean::sweep(&engine, &session.id)).await.unwrap();
    assert_eq!(swept.debts.len(), 1);
    assert!(swept.debts[0].restored && swept.debts[0].stopped);
    assert_eq!(policy(&target), "on-failure:50");
    assert_eq!(status(&target), "exited", "nobody said that it should run");
    assert_eq!(left(&session.id), "");
}

#[tokio::test]
async fn what_is_let_go_loops_again() {
    let (engine, target) = (engine().await, crasher("200", "always"));
    let (session, id) = (session(), ContainerId(target.id()));
    let debt = within(debts::freeze(&engine, &session, &id)).await.unwrap();
    wait_for(&target, "exited");
    let paid = within(debts::let_go(&engine, &debt)).await.unwrap();
    assert!(paid.restored && !paid.stopped);
    assert_eq!(policy(&target), "always:0");
    target.wait_until_it_failed();
    wait_for(&target, "restarting");
    assert_eq!(left(&session.id), "");
}

/// `devtwin clean` as it judges this one session; all others are left alone.
async fn cleaned(
    engine: &Docker,
    session: &Session,
    how: Liveness,
    dry_run: bool,
) -> devtwin::domain::session::Cleaned {
    let ask = |id: &str, _: &str| {
        if id == session.id {
            how
        } else {
            Liveness::Live
        }
    };
    let wishes = CleanWishes {
        dry_run,
        ..CleanWishes::default()
    };
    within(clean::clean(engine, &ask, wishes, 0)).await.unwrap()
}

#[tokio::test]
async fn clean_pays_for_a_session_that_was_killed_and_for_no_other() {
    let (engine, target) = (engine().await, crasher("200", "unless-stopped"));
    let (session, id) = (session(), ContainerId(target.id()));
    within(debts::freeze(&engine, &session, &id)).await.unwrap();
    wait_for(&target, "exited");

    let live = cleaned(&engine, &session, Liveness::Live, false).await;
    assert!(live.debts.is_empty(), "{:?}", live.debts);
    let told = live.debts_left.iter().find(|l| l.contains(target.name()));
    assert!(
        told.is_some_and(|l| l.contains("its devtwin is running")),
        "{told:?}"
    );
    let dry = cleaned(&engine, &session, Liveness::Gone, true).await;
    assert!(dry.debts[0].restored, "{:?}", dry.debts);
    assert_eq!(policy(&target), "no:0", "a dry run does nothing");

    let paid = cleaned(&engine, &session, Liveness::Gone, false).await;
    assert_eq!(paid.debts.len(), 1);
    assert_eq!(paid.debts[0].what, "restart policy unless-stopped restored");
    assert!(paid.is_complete());
    assert_eq!(policy(&target), "unless-stopped:0");
    assert_eq!(left(&session.id), "");
}

#[tokio::test]
async fn what_somebody_changed_meanwhile_is_left_and_what_is_gone_is_paid() {
    let engine = engine().await;
    let (session, target) = (session(), crasher("200", "always"));
    let id = ContainerId(target.id());
    let debt = within(debts::freeze(&engine, &session, &id)).await.unwrap();
    update(&target, "on-failure:7");
    let paid = within(debts::pay(&engine, &debt)).await.unwrap();
    assert!(!paid.restored, "{paid:?}");
    assert_eq!(policy(&target), "on-failure:7");
    assert_eq!(left(&session.id), "");

    update(&target, "always");
    let debt = within(debts::freeze(&engine, &session, &id)).await.unwrap();
    drop(target);
    let paid = within(debts::pay(&engine, &debt)).await.unwrap();
    assert_eq!((paid.restored, paid.what.as_str()), (false, "it is gone"));
    assert_eq!(left(&session.id), "");
}

#[tokio::test]
async fn a_pause_is_owed_until_it_is_over_whoever_ends_it() {
    let (engine, session) = (engine().await, session());
    let target = Container::run(WEB, &["--network", "none"], &[]);
    let found = within(engine.inspect(target.name())).await.unwrap();
    let debt = Debt::new(&session, &found, Owed::Unpause);
    for by_hand in [false, true] {
        within(debts::owe(&engine, &debt)).await.unwrap();
        within(engine.pause(&found.id)).await.unwrap();
        assert_eq!(status(&target), "paused");
        if by_hand {
            docker::ok(&["unpause", target.name()]);
        }
        let paid = cleaned(&engine, &session, Liveness::Gone, false)
            .await
            .debts;
        assert_eq!(
            paid.iter().map(|p| p.restored).collect::<Vec<_>>(),
            [!by_hand]
        );
        assert_eq!(status(&target), "running");
        assert_eq!(left(&session.id), "");
    }
}

/// Catches `target` at its next start; `start` is run once the catch waits.
async fn caught(
    engine: &Docker,
    session: &Session,
    target: &Container,
    start: impl FnOnce() + Send + 'static,
) -> devtwin::domain::error::Result<(Launched, Catch)> {
    let wishes = Wishes {
        image: Some(DEV.into()),
        mode: Some(Mode::Catch),
        ..Wishes::default()
    };
    let what = Attach {
        target: target.name(),
        resolution: None,
        wishes: &wishes,
        size: Size::clamped(80, 24),
        serial: 1,
    };
    let start = std::sync::Mutex::new(Some(start));
    let sink = |progress: Progress| {
        if matches!(progress, Progress::Awaits { .. })
            && let Some(start) = start.lock().unwrap().take()
        {
            std::thread::spawn(start);
        }
    };
    let cancel = CancellationToken::new();
    within(Box::pin(catch(engine, session, what, &sink, &cancel))).await
}

/// What a line prints in a twin.
async fn in_twin(engine: &Docker, twin: &ContainerId, line: &str) -> String {
    let spec = ExecSpec {
        argv: ["/bin/sh", "-c", line].map(str::to_owned).into(),
        ..ExecSpec::default()
    };
    let (_, mut pipes) = within(engine.exec_pipes(twin, &spec, false)).await.unwrap();
    let mut said = Vec::new();
    while let Some(piece) = within(pipes.output.next()).await {
        match piece.unwrap() {
            Output::Stdout(bytes) | Output::Stderr(bytes) => said.extend(bytes),
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}

/// Catches a crasher again and again. Where it is caught, process 1 of the target is there to be seen, and goes on
/// afterwards; else it is an arena. Nothing is left. The milliseconds of those that were caught.
async fn catches(millis: &str, times: usize) -> Vec<u64> {
    let engine = engine().await;
    let target = Arc::new(crasher(millis, "always"));
    let mut figures = Vec::new();
    for n in 0..times {
        let session = session();
        let restarted = Arc::clone(&target);
        // The engine doubles its pause with each restart, up to a minute, and begins anew when somebody restarts it. A
        // round during which the loop goes on may see many of them.
        let start = move || {
            if n % 2 == 0 {
                docker::ok(&["restart", "-t", "0", restarted.name()]);
            }
        };
        let (launched, catch) = caught(&engine, &session, &target, start).await.unwrap();
        let twin = launched.twin.id.clone();
        match catch {
            Catch::Caught { after_ms, .. } => {
                assert_eq!(status(&target), "paused");
                within(furnish(&engine, &launched.twin)).await.unwrap();
                let said = in_twin(
                    &engine,
                    &twin,
                    "tr '\\0' ' ' </proc/1/cmdline; cat /target/etc/web/marker",
                )
                .await;
                assert!(said.starts_with("/usr/bin/web --exit 3"), "{said}");
                assert!(said.contains("only in the target"), "{said}");
                figures.push(after_ms.expect("this engine tells its times"));
            }
            Catch::Missed(why) => {
                assert!(why.contains(target.name()), "{why}");
                assert_eq!(launched.twin.plan.mode, Mode::Arena, "{why}");
                let said = in_twin(&engine, &twin, "cat /target/etc/web/marker").await;
                assert!(said.contains("only in the target"), "{said}");
            }
        }
        drop(launched);
        within(clean::sweep(&engine, &session.id)).await.unwrap();
        assert_eq!(left(&session.id), "");
        assert_ne!(status(&target), "paused");
        assert_eq!(policy(&target), "always:0");
    }
    let late = figures.iter().filter(|ms| **ms > 1_000).count();
    assert_eq!(late, 0, "the pause follows the start at once: {figures:?}");
    figures
}

#[tokio::test]
async fn a_200_ms_crasher_is_caught_20_times_of_20() {
    assert_eq!(catches("200", 20).await.len(), 20);
}

#[tokio::test]
async fn a_10_ms_crasher_is_caught_or_an_arena_is_opened() {
    catches("10", 10).await;
}

#[tokio::test]
async fn a_catch_that_is_given_up_or_in_vain_leaves_nothing() {
    let (engine, session) = (engine().await, session());
    let target = Container::create(WEB, &["--network", "none"], &[]);
    let wishes = Wishes {
        image: Some(DEV.into()),
        mode: Some(Mode::Catch),
        ..Wishes::default()
    };
    let what = || Attach {
        target: target.name(),
        resolution: None,
        wishes: &wishes,
        size: Size::clamped(80, 24),
        serial: 1,
    };
    let cancel = CancellationToken::new();
    let sink = |progress: Progress| {
        if let Progress::Awaits { runs, .. } = progress {
            assert!(!runs, "it was only created");
            cancel.cancel();
        }
    };
    let given_up = within(Box::pin(catch(&engine, &session, what(), &sink, &cancel))).await;
    assert_eq!(given_up.err().unwrap().kind, ErrorKind::Cancelled);
    assert_eq!(left(&session.id), "");

    let name = target.name().to_owned();
    let removed = move || drop(docker::ok(&["rm", "-f", &name]));
    let gone = caught(&engine, &session, &target, removed).await;
    assert_eq!(gone.err().unwrap().kind, ErrorKind::NoTarget);
    assert_eq!(left(&session.id), "");
}

#[tokio::test]
async fn a_pause_by_somebody_else_outlives_a_catch_that_is_given_up() {
    let (engine, session) = (engine().await, session());
    let target = Container::run(WEB, &["--network", "none"], &[]);
    let wishes = Wishes {
        image: Some(DEV.into()),
        mode: Some(Mode::Catch),
        ..Wishes::default()
    };
    let what = || Attach {
        target: target.name(),
        resolution: None,
        wishes: &wishes,
        size: Size::clamped(80, 24),
        serial: 1,
    };
    let cancel = CancellationToken::new();
    let sink = |progress: Progress| {
        if matches!(progress, Progress::Awaits { .. }) {
            docker::ok(&["pause", target.name()]);
            cancel.cancel();
        }
    };
    let given_up = within(Box::pin(catch(&engine, &session, what(), &sink, &cancel))).await;
    let after = status(&target);
    let again = CancellationToken::new();
    let refused = within(Box::pin(catch(&engine, &session, what(), &sink, &again))).await;
    let still = status(&target);
    docker::ok(&["unpause", target.name()]);
    assert_eq!(given_up.err().unwrap().kind, ErrorKind::Cancelled);
    assert_eq!(refused.err().unwrap().kind, ErrorKind::Usage);
    assert_eq!((after.as_str(), still.as_str()), ("paused", "paused"));
    assert_eq!(left(&session.id), "");
}

#[tokio::test]
async fn a_start_by_hand_is_caught_and_goes_on_when_it_is_let() {
    let (engine, session) = (engine().await, session());
    let target = Container::create(WEB, &["--network", "none"], &[]);
    let name = target.name().to_owned();
    let start = move || drop(docker::ok(&["start", &name]));
    let (launched, catch) = caught(&engine, &session, &target, start).await.unwrap();
    let Catch::Caught { debt, .. } = catch else {
        panic!("it runs for long: {catch:?}");
    };
    let paid = within(debts::pay(&engine, &debt)).await.unwrap();
    assert!(paid.restored);
    let now = within(engine.inspect(target.name())).await.unwrap();
    assert_eq!(now.state.status, Status::Running);
    let said = in_twin(
        &engine,
        &launched.twin.id,
        "wget -qO- http://127.0.0.1:8080/",
    )
    .await;
    assert!(said.contains("hello from web"), "{said}");
    within(clean::sweep(&engine, &session.id)).await.unwrap();
    assert_eq!(left(&session.id), "");
}
