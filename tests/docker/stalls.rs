//! An engine behind a network that stalls or drops: said within five seconds, and the twin is found again.

use std::time::{Duration, Instant};

use crate::support::proxy::Proxy;
use crate::support::{Container, Pty, devtwin_path, docker, leave};

const WEB: &str = "acme/web:1.4";
/// Within which a stall is told.
const TOLD: Duration = Duration::from_secs(5);
/// How long a program may take to come or go.
const PATIENCE: Duration = Duration::from_secs(20);

/// A proxy to the engine, and a session that goes through it.
fn session(target: &Container, state: &std::path::Path) -> (Proxy, Pty) {
    let host = docker::ok(&[
        "context",
        "inspect",
        "--format",
        "{{.Endpoints.docker.Host}}",
    ]);
    let proxy = Proxy::to(host.strip_prefix("unix://").expect("an engine here"));
    let env = [
        ("DOCKER_HOST", proxy.host.as_str()),
        ("XDG_STATE_HOME", state.to_str().unwrap()),
    ];
    let mut pty = Pty::spawn(&[devtwin_path(), "attach", target.name()], &env, 120, 40);
    pty.wait_for("bash-");
    pty.send("kept=41; echo set-$kept\r");
    pty.wait_for("set-41");
    (proxy, pty)
}

#[test]
fn the_shell_of_an_arena_is_found_again_after_the_connections_dropped() {
    let target = Container::run(WEB, &[], &["--exit", "3"]);
    docker::ok(&["wait", target.name()]);
    let state = tempfile::tempdir().unwrap();
    let (proxy, mut pty) = session(&target, state.path());
    proxy.cut();
    pty.wait_for("connected again to the twin");
    pty.send("echo again-$((kept + 2))\r");
    pty.wait_for("again-43");
    leave(pty);
    assert_eq!(
        docker::ok(&["ps", "-aq", "--filter", &of_target(&target)]),
        ""
    );
}

#[test]
fn a_stall_is_told_and_the_twin_is_found_again_after_the_connections_dropped() {
    let target = Container::run(WEB, &[], &[]);
    let state = tempfile::tempdir().unwrap();
    let (proxy, mut pty) = session(&target, state.path());

    // It stalls and goes on: nothing is lost.
    let start = Instant::now();
    proxy.stall();
    pty.wait_for("no answer for");
    assert!(start.elapsed() <= TOLD, "{:?}", start.elapsed());
    proxy.resume();
    pty.wait_for("the engine is back");
    pty.send("echo still-$((kept + 1))\r");
    pty.wait_for("still-42");

    // A further shell, in which something runs.
    pty.send([0x1d, 0x14]); // the leader, then Ctrl-T
    pty.wait_for("shell 2");
    pty.send("echo second-$((20 + 3)); sleep 4242\r");
    pty.wait_for("second-23");
    let sleeps = |wanted: bool| {
        let start = Instant::now();
        let twin = docker::ok(&["ps", "-q", "--filter", &of_target(&target)]);
        while docker::ok(&["exec", &twin, "ps"]).contains("sleep 4242") != wanted {
            assert!(start.elapsed() < PATIENCE, "it runs: {}", !wanted);
        }
    };
    sleeps(true);

    // It drops: the same shell is there again, with what it had on its screen. No engine attaches to the other one: what
    // runs there is ended, and a new one stands in its place.
    proxy.cut();
    pty.wait_for("this is a new shell");
    pty.send("echo anew-$((40 + 4))\r");
    pty.wait_for("anew-44");
    assert!(pty.screen().contains("second-23"), "{}", pty.screen());
    sleeps(false);
    pty.send([0x1d]);
    pty.send("\x1b[1;5D"); // the leader, then Ctrl-Left
    pty.wait_for("connected again to the twin");
    pty.send("echo again-$((kept + 2))\r");
    pty.wait_for("again-43");
    assert!(pty.screen().contains("still-42"), "{}", pty.screen());
    leave(pty);
    assert_eq!(
        docker::ok(&["ps", "-aq", "--filter", &of_target(&target)]),
        ""
    );
}

/// Finds what was made for a target.
fn of_target(target: &Container) -> String {
    format!("label=dev.devtwin.target={}", target.id())
}
