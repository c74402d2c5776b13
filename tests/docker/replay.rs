//! Replicas on the real engine: they are what the target is, changed as asked, and nothing is left of them.

use std::process::Output as Ended;
use std::time::Duration;

use devtwin::domain::Size;
use devtwin::domain::error::ErrorKind;
use devtwin::domain::replay::Ending;
use devtwin::domain::replica::edits::{Base, Edits};
use devtwin::domain::replica::{Mounts, Room};
use devtwin::domain::target::ContainerId;
use devtwin::domain::twin::Session;
use devtwin::engine::{Engine as _, Output};
use devtwin::ops::replay::{Ran, Replay, Staging, replay, stage, unstage};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::engine::{engine, within};
use crate::support::docker::{self, busybox};
use crate::support::{Container, devtwin, stderr, stdout, unique};

const WEB: &str = "acme/web:1.4";
const DEV: &str = "cgr.dev/chainguard/web:latest-dev";

fn session() -> Session {
    Session {
        id: unique("s"),
        owner: "test@nowhere".into(),
    }
}

/// No replica, volume or image of ours for this target is left.
#[track_caller]
pub(crate) fn nothing_is_left(target: &Container) {
    let id = target.id();
    let filter = format!("label=dev.devtwin.target={id}");
    let containers = docker::ok(&["ps", "-aq", "--filter", &filter]);
    assert_eq!(
        containers,
        "",
        "{}",
        docker::ok(&["ps", "-a", "--filter", &filter])
    );
    assert_eq!(docker::ok(&["images", "-aq", "--filter", &filter]), "");
    assert_eq!(docker::ok(&["volume", "ls", "-q", "--filter", &filter]), "");
}

/// A target that ended with a file of its own and is not started again.
fn ended(flags: &[&str]) -> Container {
    let image = busybox();
    let target = Container::run(
        image.name(),
        flags,
        &["sh", "-c", "echo left >/written; exit 3"],
    );
    target.wait_until_it_failed();
    target
}

#[track_caller]
fn replayed(target: &Container, flags: &[&str], argv: &[&str]) -> Ended {
    let mut call = [&["replay"], flags, &[target.name()]].concat();
    if !argv.is_empty() {
        call.push("--");
        call.extend_from_slice(argv);
    }
    let output = devtwin(&call);
    nothing_is_left(target);
    output
}

#[test]
fn the_status_and_both_streams_are_passed_through() {
    let target = ended(&[]);
    let said = replayed(
        &target,
        &["--volumes", "none"],
        &["sh", "-c", "echo out; echo err >&2; exit 42"],
    );
    assert_eq!(said.status.code(), Some(42));
    assert_eq!(stdout(&said), "out\n");
    let errors = stderr(&said);
    assert!(
        errors.starts_with("err\n") && errors.contains("exited with 42"),
        "{errors}"
    );
    let own = replayed(&target, &["--volumes", "none"], &[]);
    assert_eq!(own.status.code(), Some(3), "its own command");
    let missing = replayed(&target, &["--volumes", "none"], &["/nowhere"]);
    assert_eq!(missing.status.code(), Some(127), "{}", stderr(&missing));
    assert!(stderr(&missing).contains("not started"));
    let shot = replayed(&target, &["--volumes", "none"], &["sh", "-c", "exit 139"]);
    assert_eq!(shot.status.code(), Some(139), "{}", stderr(&shot));
}

#[test]
fn edits_are_really_applied() {
    let target = ended(&[
        "-e",
        "KEEP=1",
        "-e",
        "GONE=1",
        "-e",
        "MODE=old",
        "--user",
        "7",
        "--workdir",
        "/share",
        "--memory",
        "64m",
    ]);
    let script = "echo $KEEP ${GONE-unset} $MODE; grep ^Uid /proc/self/status; pwd; cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null";
    let probe = |flags: &[&str]| {
        let flags = [&["--volumes", "none"], flags].concat();
        let script = script.replace(
            "grep ^Uid /proc/self/status",
            "while read -r a b c; do case $a in Uid:) echo uid $b;; esac; done </proc/self/status",
        );
        let said = replayed(&target, &flags, &["sh", "-c", &script]);
        stdout(&said)
    };
    let plain = probe(&[]);
    assert_eq!(
        plain.lines().take(3).collect::<Vec<_>>(),
        ["1 1 old", "uid 7", "/share"]
    );
    assert_eq!(plain.lines().nth(3), Some("67108864"), "{plain}");
    let edited = probe(&[
        "--set",
        "MODE=new",
        "--unset",
        "GONE",
        "--user",
        "0",
        "--workdir",
        "/etc",
        "--memory",
        "32m",
    ]);
    assert_eq!(
        edited.lines().take(3).collect::<Vec<_>>(),
        ["1 unset new", "uid 0", "/etc"]
    );
    assert_eq!(edited.lines().nth(3), Some("33554432"), "{edited}");
    let unlimited = probe(&["--memory", "none"]);
    assert_ne!(unlimited.lines().nth(3), Some("67108864"), "{unlimited}");
    // What the image sets can be taken away, too.
    let said = replayed(
        &target,
        &["--volumes", "none", "--unset", "PATH"],
        &["/bin/sh", "-c", "echo ${PATH-unset}"],
    );
    assert!(
        !stdout(&said).contains("/bin\n") || stdout(&said).contains("/sbin"),
        "{}",
        stdout(&said)
    );
}

#[test]
fn data_of_the_target_is_written_only_when_that_was_asked_for() {
    let volume = docker::volume(&unique("vol"));
    let mount = format!("{}:/data", volume.name());
    let target = ended(&["-v", &mount]);
    let write = ["sh", "-c", "echo again >>/data/x && echo wrote"];
    let unasked = replayed(&target, &[], &write);
    assert_eq!(unasked.status.code(), Some(2));
    for part in [
        "/data",
        "--volumes read-only",
        "--volumes none",
        "--volumes same",
    ] {
        assert!(
            stderr(&unasked).contains(part),
            "{part}: {}",
            stderr(&unasked)
        );
    }
    assert_ne!(
        replayed(&target, &["--volumes", "read-only"], &write)
            .status
            .code(),
        Some(0)
    );
    let none = replayed(&target, &["--volumes", "none"], &["ls", "/data"]);
    assert_ne!(none.status.code(), Some(0), "it is not there");
    assert_eq!(
        stdout(&replayed(&target, &["--volumes", "same"], &write)),
        "wrote\n"
    );
    let seen = replayed(&target, &["--volumes", "read-only"], &["cat", "/data/x"]);
    assert_eq!(stdout(&seen), "again\n", "once: the others did not write");
    drop(target);
}

#[test]
fn an_empty_volume_is_not_filled_with_files_of_the_image() {
    let volume = docker::volume(&unique("vol"));
    let mount = format!("{}:/share:nocopy", volume.name());
    let target = ended(&["-v", &mount]);
    let said = replayed(&target, &["--volumes", "same"], &["ls", "/share"]);
    assert_eq!(stdout(&said), "", "the image has a file there");
    drop(target);
}

#[test]
fn what_it_left_behind_can_be_run_on() {
    let target = ended(&["--label", "com.docker.compose.project=shop"]);
    let fresh = replayed(&target, &["--volumes", "none"], &["cat", "/written"]);
    assert_ne!(fresh.status.code(), Some(0));
    let died = replayed(
        &target,
        &["--volumes", "none", "--state", "died"],
        &["cat", "/written"],
    );
    assert_eq!(stdout(&died), "left\n", "{}", stderr(&died));
}

#[test]
fn on_the_dev_image_the_targets_program_runs_beside_tools() {
    let target = Container::run(WEB, &[], &["--config", "/missing"]);
    target.wait_until_it_failed();
    let script = "id -u; cat /etc/web/marker; command -v apk; echo ${HISTFILE-none}";
    let said = replayed(&target, &["--on-dev-image"], &["/bin/sh", "-c", script]);
    assert_eq!(said.status.code(), Some(0), "{}", stderr(&said));
    let lines: Vec<_> = stdout(&said).lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "65532", "the target's user");
    assert!(lines[1].contains("only in the target"), "{lines:?}");
    assert!(lines[2].ends_with("/apk"), "{lines:?}");
    let own = replayed(&target, &["--on-dev-image"], &[]);
    assert_eq!(
        own.status.code(),
        Some(3),
        "its own program with its own failure"
    );
}

#[test]
fn one_that_does_not_end_is_stopped_and_counts_as_running() {
    let target = Container::create(WEB, &[], &[]);
    let said = replayed(&target, &["--timeout", "1s"], &[]);
    assert_eq!(said.status.code(), Some(0));
    assert!(
        stdout(&said).contains("listening") && stdout(&said).contains("stopping"),
        "{}",
        stdout(&said)
    );
    assert!(
        stderr(&said).contains("still running after 1"),
        "{}",
        stderr(&said)
    );
    let deaf = replayed(
        &target,
        &["--timeout", "1s"],
        &["/usr/bin/web", "--ignore-term"],
    );
    assert_eq!(deaf.status.code(), Some(0), "{}", stderr(&deaf));
    assert!(!stdout(&deaf).contains("stopping"));
}

#[test]
fn targets_that_run_and_that_loop_are_left_alone() {
    let runs = Container::run(WEB, &[], &[]);
    let loops = Container::run(
        WEB,
        &["--restart", "always"],
        &["--exit", "3", "--after", "200"],
    );
    loops.wait_until_it_failed();
    let state = |c: &Container| {
        docker::ok(&[
            "inspect",
            "--format",
            "{{.State.StartedAt}} {{.State.Pid}}",
            c.name(),
        ])
    };
    let before = state(&runs);
    assert_eq!(
        replayed(&runs, &["--timeout", "1s"], &[]).status.code(),
        Some(0)
    );
    assert_eq!(state(&runs), before);
    assert_eq!(replayed(&loops, &[], &[]).status.code(), Some(3));
    let policy = docker::ok(&[
        "inspect",
        "--format",
        "{{.HostConfig.RestartPolicy.Name}}",
        loops.name(),
    ]);
    assert_eq!(policy, "always");
}

#[test]
fn slips_are_told_before_anything_is_made() {
    let target = ended(&[]);
    for (flags, part) in [
        (&["--set", "NAME"][..], "NAME=VALUE"),
        (&["--memory", "much"], "64m"),
        (&["--timeout", "0s"], "at least 1s"),
        (&["--workdir", "srv"], "absolute"),
        (&["--bisect", "--user", "0"], "--bisect"),
        (&["--on-dev-image", "--state", "died"], "--state"),
        (&["--yes"], "--bisect"),
    ] {
        let said = replayed(&target, flags, &[]);
        assert_eq!(said.status.code(), Some(2), "{flags:?}");
        assert!(stderr(&said).contains(part), "{flags:?}: {}", stderr(&said));
    }
    let gone = devtwin(&["replay", "devtwin-test-no-such-container"]);
    assert_eq!(gone.status.code(), Some(3));
}

#[test]
fn a_report_has_what_was_printed() {
    let target = ended(&["-e", "API_TOKEN=hunter2"]);
    let said = replayed(
        &target,
        &["--volumes", "none", "--json"],
        &["sh", "-c", "echo out; echo err >&2; exit 5"],
    );
    assert_eq!(said.status.code(), Some(5));
    let report: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(report["schema"], "devtwin.replay/1");
    assert_eq!(
        (&report["stdout"], &report["stderr"]),
        (&"out\n".into(), &"err\n".into())
    );
    assert_eq!(report["ending"]["status"], 5);
    assert!(!stdout(&said).contains("hunter2"));
}

/// Runs a replica by hand, and gives what it printed.
async fn run(
    replica: &devtwin::domain::replica::Replica,
    target: &Container,
    limit: Duration,
) -> (Ran, String) {
    let engine = engine().await;
    let target = within(engine.inspect(target.name())).await.unwrap();
    let (out, mut pieces) = mpsc::channel(8);
    let what = Replay {
        replica,
        target: &target,
        size: Size::clamped(80, 24),
        limit,
    };
    let cancel = CancellationToken::new();
    let printed = async {
        let mut text = Vec::new();
        while let Some(Output::Stdout(piece) | Output::Stderr(piece)) = pieces.recv().await {
            text.extend_from_slice(&piece);
        }
        String::from_utf8(text).unwrap()
    };
    let (ran, printed) = tokio::join!(replay(&engine, what, Some(out), &cancel), printed);
    (ran.unwrap(), printed)
}

#[tokio::test]
async fn it_joins_a_twin_again_and_again_while_that_stays() {
    let engine = engine().await;
    let target = Container::run(WEB, &[], &["--exit", "3"]);
    target.wait_until_it_failed();
    let twin = Container::run(DEV, &["-it", "--entrypoint", "/bin/sh", "--user", "0"], &[]);
    let begun = docker::ok(&["inspect", "--format", "{{.State.Pid}}", twin.name()]);
    let facts = within(engine.inspect(target.name())).await.unwrap();
    let session = session();
    for serial in 1..=5 {
        let room = Room::Twin(ContainerId(twin.id()));
        let replica = Edits::default().replica(&facts, &session, serial, room, None);
        let (ran, printed) = run(&replica, &target, Duration::from_secs(20)).await;
        assert_eq!(ran.ending, Ending::Exited { status: 3 });
        assert!(printed.contains("exit 3, as asked"), "{printed}");
        assert_eq!(
            docker::ok(&["inspect", "--format", "{{.State.Pid}}", twin.name()]),
            begun
        );
    }
    // One that serves is reached from the twin, and seen there.
    let edits = Edits {
        argv: Some(vec!["/usr/bin/web".into()]),
        ..Edits::default()
    };
    let replica = edits.replica(
        &facts,
        &session,
        6,
        Room::Twin(ContainerId(twin.id())),
        None,
    );
    let served = async {
        let start = std::time::Instant::now();
        loop {
            let said = docker::run(&[
                "exec",
                twin.name(),
                "sh",
                "-c",
                "wget -qO- http://127.0.0.1:8080/ && ps",
            ]);
            if String::from_utf8_lossy(&said.stdout).contains("hello from web") {
                assert!(String::from_utf8_lossy(&said.stdout).contains("/usr/bin/web"));
                break;
            }
            assert!(
                start.elapsed().as_secs() < 20,
                "{}",
                String::from_utf8_lossy(&said.stderr)
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let ((ran, _), ()) = tokio::join!(run(&replica, &target, Duration::from_secs(5)), served);
    assert_eq!(ran.ending, Ending::Lives);
    nothing_is_left(&target);
}

#[tokio::test]
async fn nothing_of_it_is_public() {
    let engine = engine().await;
    let network = unique("net");
    docker::require_docker();
    docker::ok(&[
        "network",
        "create",
        "--internal",
        "--label",
        docker::LABEL,
        &network,
    ]);
    let target = Container::create(
        WEB,
        &[
            "--network",
            &network,
            "--network-alias",
            "shop",
            "-p",
            "127.0.0.1::8080",
            "-P",
            "--restart",
            "always",
            "--label",
            "com.docker.compose.project=shop",
            "--label",
            "traefik.enable=true",
            "--log-driver",
            "none",
        ],
        &[],
    );
    let facts = within(engine.inspect(target.name())).await.unwrap();
    for base in [Base::Image, Base::Died] {
        let session = session();
        let cancel = CancellationToken::new();
        let staging = Staging {
            session: &session,
            target: &facts,
            base,
            serial: 1,
            dev: None,
        };
        let staged = within(stage(&engine, staging, &|_| {}, &cancel))
            .await
            .unwrap();
        let edits = Edits {
            base,
            mounts: Mounts::Same,
            ..Edits::default()
        };
        let replica = staged.edits(&edits).replica(
            &facts,
            &session,
            1,
            Room::Networked,
            staged.image.clone(),
        );
        let guard = Container::adopt(&replica.name);
        within(engine.create_replica(&replica)).await.unwrap();
        docker::ok(&["start", guard.name()]);
        let seen: Value = serde_json::from_str(&docker::ok(&["inspect", guard.name()])).unwrap();
        let seen = &seen[0];
        let own = &seen["NetworkSettings"]["Networks"][&network];
        assert!(own.is_object(), "it is on the target's network: {seen:#}");
        assert!(!own["Aliases"].to_string().contains("shop"), "{own:#}");
        assert_eq!(seen["NetworkSettings"]["Ports"]["8080/tcp"], Value::Null);
        assert_eq!(seen["HostConfig"]["PublishAllPorts"], false);
        assert_eq!(seen["HostConfig"]["RestartPolicy"]["Name"], "no");
        assert_eq!(seen["HostConfig"]["LogConfig"]["Type"], "json-file");
        let labels = &seen["Config"]["Labels"];
        for foreign in ["com.docker.compose.project", "traefik.enable"] {
            assert!(
                labels[foreign].is_null() || labels[foreign] == "",
                "{foreign}: {labels:#}"
            );
        }
        assert_eq!(labels["dev.devtwin.mode"], "replica");
        drop(guard);
        within(unstage(&engine, &staged)).await.unwrap();
    }
    nothing_is_left(&target);
    drop(target);
    docker::ok(&["network", "rm", &network]);
}

#[tokio::test]
async fn given_up_in_the_middle_it_leaves_nothing() {
    let engine = engine().await;
    let target = Container::create(WEB, &[], &[]);
    let facts = within(engine.inspect(target.name())).await.unwrap();
    let replica = Edits::default().replica(&facts, &session(), 1, Room::Isolated, None);
    let cancel = CancellationToken::new();
    let (out, mut pieces) = mpsc::channel(8);
    let what = Replay {
        replica: &replica,
        target: &facts,
        size: Size::clamped(80, 24),
        limit: Duration::from_secs(60),
    };
    let (ran, ()) = tokio::join!(replay(&engine, what, Some(out), &cancel), async {
        // It runs, and has said so.
        assert!(within(pieces.recv()).await.is_some());
        cancel.cancel();
    });
    assert_eq!(ran.unwrap_err().kind, ErrorKind::Cancelled);
    nothing_is_left(&target);
}

#[tokio::test]
async fn a_merged_root_that_is_given_up_leaves_nothing() {
    let engine = engine().await;
    let target = Container::create(WEB, &[], &[]);
    let facts = within(engine.inspect(target.name())).await.unwrap();
    let dev = within(engine.image(DEV)).await.unwrap().unwrap();
    let session = session();
    let cancel = CancellationToken::new();
    let staging = Staging {
        session: &session,
        target: &facts,
        base: Base::DevImage,
        serial: 1,
        dev: Some(&dev),
    };
    // At the moment when the files are to be copied.
    let stop = |_| cancel.cancel();
    let staged = within(stage(&engine, staging, &stop, &cancel)).await;
    assert_eq!(staged.unwrap_err().kind, ErrorKind::Cancelled);
    let probes = format!("label=dev.devtwin.session={}", session.id);
    assert_eq!(docker::ok(&["ps", "-aq", "--filter", &probes]), "");
    nothing_is_left(&target);
}

#[test]
fn a_target_with_a_terminal_has_one_again() {
    let target = ended(&["-t"]);
    let script = "test -t 1 && echo a terminal";
    let said = replayed(&target, &["--volumes", "none"], &["sh", "-c", script]);
    assert_eq!(stdout(&said), "a terminal\r\n", "{}", stderr(&said));
}

#[tokio::test]
async fn it_joins_what_its_twin_shares_where_that_belongs() {
    let engine = engine().await;
    let target = Container::run(WEB, &[], &["--exit", "3"]);
    target.wait_until_it_failed();
    let facts = within(engine.inspect(target.name())).await.unwrap();
    let other = Container::run(WEB, &[], &[]);
    let of_other = format!("container:{}", other.name());
    for (serial, flags) in [
        (1, &["--network", "none"][..]),
        (2, &["--network", "host"]),
        (3, &["--network", &of_other]),
        (4, &["--network", &of_other, "--pid", &of_other]),
    ] {
        let flags = [&["-it", "--entrypoint", "/bin/sh", "--user", "0"], flags].concat();
        let twin = Container::run(DEV, &flags, &[]);
        let room = Room::Twin(ContainerId(twin.id()));
        let replica = Edits::default().replica(&facts, &session(), serial, room, None);
        let (ran, printed) = run(&replica, &target, Duration::from_secs(20)).await;
        assert_eq!(
            ran.ending,
            Ending::Exited { status: 3 },
            "{flags:?}: {printed}"
        );
    }
    nothing_is_left(&target);
}

#[test]
fn anonymous_volumes_go_with_it() {
    let target = ended(&[]);
    // The root of a volume's mount ends with its name, which no label tells, and `_data`.
    let script = "while read -r id over dev root at rest; do case $at in /declared) echo $root;; esac; done \
                  </proc/self/mountinfo";
    // Without the target's volumes the image's own ones are new and empty.
    let said = replayed(&target, &["--volumes", "none"], &["sh", "-c", script]);
    let root = stdout(&said);
    let name = root.trim().trim_end_matches("/_data").rsplit('/').next();
    let name = name.filter(|name| name.len() == 64).expect(&root);
    let seen = docker::run(&["volume", "inspect", name]);
    let why = String::from_utf8_lossy(&seen.stderr);
    assert!(
        why.to_lowercase().contains("no such volume"),
        "{name}: {why}"
    );
}
