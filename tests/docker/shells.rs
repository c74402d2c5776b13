//! Further shells of a twin on the real engine: what they are, and that ending one ends exactly what is its own.

use std::time::{Duration, Instant};

use devtwin::domain::Size;
use devtwin::domain::plan::Wishes;
use devtwin::domain::run::Place;
use devtwin::domain::twin::Session;
use devtwin::engine::docker::Docker;
use devtwin::engine::{ExecId, Tty};
use devtwin::ops::attach::{Attach, Launched, attach};
use devtwin::ops::shells::{self, Mark};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

use crate::engine::{PATIENCE, engine, read_until, within};
use crate::support::docker::{self, LABEL, busybox};
use crate::support::{Container, unique};

const BASH: &str = "cgr.dev/chainguard/web:latest-dev";
const DEBIAN: &str = "acme/tools:1";

/// A twin of `target` from `image`, and the guard that removes it.
pub(crate) async fn twin(
    engine: &Docker,
    target: &Container,
    image: &str,
) -> (Launched, Container) {
    // Its name holds the session's id, so that no two tests meet.
    let session = Session {
        id: unique("s"),
        owner: "test@nowhere".into(),
    };
    let wishes = Wishes {
        image: Some(image.into()),
        ..Wishes::default()
    };
    let what = Attach {
        target: target.name(),
        resolution: None,
        wishes: &wishes,
        size: Size::clamped(80, 24),
        serial: 1,
    };
    let cancel = CancellationToken::new();
    let attaching = attach(engine, &session, what, &|_| {}, &cancel);
    let launched = within(Box::pin(attaching)).await;
    let launched = launched.unwrap();
    let guard = Container::adopt(&launched.twin.plan.name);
    (launched, guard)
}

/// A further shell at its first prompt, which is marked: it has the twin's variables.
async fn open(engine: &Docker, launched: &Launched, mark: &Mark) -> (ExecId, Tty) {
    let size = Size::clamped(101, 33);
    let opened = within(shells::open(engine, &launched.twin, mark, size)).await;
    let (exec, mut tty) = opened.unwrap();
    read_until(&mut tty.output, b"133;B").await;
    (exec, tty)
}

/// Types a line and waits for what it prints, which must not stand in the line itself.
async fn types(tty: &mut Tty, line: &str, wanted: &str) {
    assert!(!line.contains(wanted), "the echo alone would satisfy it");
    let line = format!("{line}\r");
    within(tty.input.write_all(line.as_bytes())).await.unwrap();
    read_until(&mut tty.output, wanted.as_bytes()).await;
}

/// Words of the processes of a container, waited for until they satisfy `wanted`.
pub(crate) async fn processes(container: &str, what: &str, wanted: impl Fn(&str) -> bool) {
    let start = Instant::now();
    loop {
        let said = docker::ok(&["top", container, "-eo", "pid,args"]);
        if wanted(&said) {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "waited for {what}:\n{said}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Opens two shells whose marks begin alike, runs programs in each, ends one, and looks at what is left.
async fn ends_exactly_its_own(image: &str) {
    let (engine, small) = (engine().await, busybox());
    let target = Container::run(small.name(), &["--network", "none"], &["sleep", "600"]);
    let (mut launched, _guard) = twin(&engine, &target, image).await;
    let twin = launched.twin.plan.name.clone();
    let session = launched.session.clone();
    let (one, twelve) = (Mark::new(&session, 1), Mark::new(&session, 12));
    // A process of the target that carries the very same variable, in process ids that both see.
    let alike = format!("DEVTWIN_SHELL={session}-1");
    docker::ok(&["exec", "-d", "-e", &alike, target.name(), "sleep", "7001"]);

    let (exec, mut first) = open(&engine, &launched, &one).await;
    types(
        &mut first,
        "stty size; pwd; echo $TERM $((40 + 2))",
        "xterm-256color 42",
    )
    .await;
    types(
        &mut first,
        "sleep 7002 & (trap '' HUP; exec sleep 7003) &\r echo $((40 + 3))",
        "43",
    )
    .await;
    types(
        &mut first,
        "sleep 7004 </dev/null >/dev/null 2>&1 & exec 3>&1; echo $((40 + 4))",
        "44",
    )
    .await;
    let (_, mut other) = open(&engine, &launched, &twelve).await;
    types(&mut other, "sleep 7005 & echo $((40 + 5))", "45").await;
    processes(&twin, "the programs", |said| {
        [7002, 7003, 7004, 7005]
            .iter()
            .all(|n| said.contains(&format!("sleep {n}")))
    })
    .await;

    within(shells::close(&engine, &launched.twin, &one, Place::Twin))
        .await
        .unwrap();
    processes(
        &twin,
        "the end of the first shell's programs alone",
        |said| {
            let runs = |n: u32| said.contains(&format!("sleep {n}"));
            !runs(7002) && !runs(7003) && !runs(7004) && runs(7005)
        },
    )
    .await;
    processes(target.name(), "the target's own", |said| {
        said.contains("sleep 7001")
    })
    .await;
    let mut rest = Vec::new();
    within(first.output.read_to_end(&mut rest)).await.unwrap();
    assert!(within(shells::status(&engine, &exec)).await.is_some());
    types(&mut other, "echo other $((40 + 6))", "other 46").await;
    types(&mut launched.tty, "echo main $((40 + 7))", "main 47").await;

    // Once more is no error, nor is it when the twin is gone.
    within(shells::close(&engine, &launched.twin, &one, Place::Twin))
        .await
        .unwrap();
    docker::ok(&["rm", "-f", &twin]);
    within(shells::close(&engine, &launched.twin, &twelve, Place::Twin))
        .await
        .unwrap();
}

#[tokio::test]
async fn ending_a_shell_ends_what_it_started_and_nothing_else_with_bash() {
    ends_exactly_its_own(BASH).await;
}

#[tokio::test]
async fn ending_a_shell_ends_what_it_started_and_nothing_else_in_a_debian_like_twin() {
    ends_exactly_its_own(DEBIAN).await;
}

#[tokio::test]
async fn ending_a_shell_ends_what_it_started_and_nothing_else_with_busybox_and_few_tools() {
    ends_exactly_its_own(busybox().name()).await;
}

#[tokio::test]
async fn a_further_shell_has_its_size_directory_and_status() {
    let (engine, small) = (engine().await, busybox());
    let flags = ["--network", "none", "--workdir", "/share", "--label", LABEL];
    let target = Container::run(small.name(), &flags, &["sleep", "600"]);
    let (launched, _guard) = twin(&engine, &target, BASH).await;
    let mark = Mark::new(&launched.session, 2);
    let (exec, mut tty) = open(&engine, &launched, &mark).await;
    types(&mut tty, "echo $PWD $(stty size)", "/share 33 101").await;
    types(
        &mut tty,
        "echo $COLORTERM $(id -u) $DEVTWIN_SHELL",
        &format!("truecolor 0 {}-2", launched.session),
    )
    .await;
    within(tty.input.write_all(b"exit 9\r")).await.unwrap();
    within(tty.output.read_to_end(&mut Vec::new()))
        .await
        .unwrap();
    assert_eq!(within(shells::status(&engine, &exec)).await, Some(9));
}
