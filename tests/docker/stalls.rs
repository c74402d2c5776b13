//! An engine behind a network that stalls or drops: said within five seconds, and the twin is found again.

use std::time::{Duration, Instant};

use crate::support::proxy::Proxy;
use crate::support::{Container, Pty, devtwin_path, docker, leave};

const WEB: &str = "acme/web:1.4";
/// Within which a stall is told.
const TOLD: Duration = Duration::from_secs(5);

#[test]
fn a_stall_is_told_and_the_twin_is_found_again_after_the_connections_dropped() {
    let host = docker::ok(&[
        "context",
        "inspect",
        "--format",
        "{{.Endpoints.docker.Host}}",
    ]);
    let proxy = Proxy::to(host.strip_prefix("unix://").expect("an engine here"));
    let target = Container::run(WEB, &[], &[]);
    let state = tempfile::tempdir().unwrap();
    let env = [
        ("DOCKER_HOST", proxy.host.as_str()),
        ("XDG_STATE_HOME", state.path().to_str().unwrap()),
    ];
    let mut pty = Pty::spawn(&[devtwin_path(), "attach", target.name()], &env, 120, 40);
    pty.wait_for("bash-");
    pty.send("kept=41; echo set-$kept\r");
    pty.wait_for("set-41");

    // It stalls and goes on: nothing is lost.
    let start = Instant::now();
    proxy.stall();
    pty.wait_for("no answer for");
    assert!(start.elapsed() <= TOLD, "{:?}", start.elapsed());
    proxy.resume();
    pty.wait_for("the engine is back");
    pty.send("echo still-$((kept + 1))\r");
    pty.wait_for("still-42");

    // It drops: the same shell is there again, with what it had on its screen.
    proxy.cut();
    pty.wait_for("connected again to the twin");
    pty.send("echo again-$((kept + 2))\r");
    pty.wait_for("again-43");
    assert!(pty.screen().contains("still-42"), "{}", pty.screen());
    leave(pty);
    let filter = format!("label=dev.devtwin.target={}", target.id());
    assert_eq!(docker::ok(&["ps", "-aq", "--filter", &filter]), "");
}
