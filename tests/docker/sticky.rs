//! A twin that ended with its target: it comes back with it, as it was; or it is said why it does not.

use crate::engine_gone::{attach, spawn};
use crate::failing::wait_for;
use crate::support::dockerd::Dockerd;
use crate::support::{Container, Pty, devtwin_path, docker};

const WEB: &str = "acme/web:1.4";
const DEV: &str = "cgr.dev/chainguard/web:latest-dev";
const PROMPT: &str = "bash-5.2#";

/// Types a line and waits until it has printed `wanted`, which must not stand in the line itself.
#[track_caller]
fn run(pty: &mut Pty, line: &str, wanted: &str) {
    assert!(!line.contains(wanted), "the echo alone would satisfy it");
    pty.send(format!("{line}\r"));
    pty.wait_for(wanted);
}

/// Goes to a directory of the twin's own and makes a file there; the shell has told where it is with its next prompt.
#[track_caller]
fn make_a_file(pty: &mut Pty) {
    run(
        pty,
        "mkdir /opt; cd /opt && echo mine >kept; echo made-$((1 + 1))",
        "made-2",
    );
    pty.wait_until("the next prompt", |screen| {
        let after = screen.rsplit("made-2").next().unwrap_or_default();
        after.contains(PROMPT)
    });
}

/// Everything on the engine that was made for `target`.
fn left(target: &str) -> String {
    let filter = format!("label=dev.devtwin.target={target}");
    let containers = docker::ok(&["ps", "-aq", "--filter", &filter]);
    containers + &docker::ok(&["volume", "ls", "-q", "--filter", &filter])
}

/// Attaches in a terminal, as a person of its own.
fn attached(target: &Container, state: &tempfile::TempDir) -> Pty {
    let env = [("XDG_STATE_HOME", state.path().to_str().unwrap())];
    let mut pty = Pty::spawn(&[devtwin_path(), "attach", target.name()], &env, 100, 30);
    pty.wait_for(PROMPT);
    pty
}

#[test]
fn a_target_that_its_policy_restarts_has_its_twin_again_until_an_arena_is_better() {
    let flags = ["--network", "none", "--restart", "always"];
    let target = Container::run(WEB, &flags, &["--exit", "3", "--after", "6000"]);
    let (state, id) = (tempfile::tempdir().unwrap(), target.id());
    let mut pty = attached(&target, &state);
    make_a_file(&mut pty);
    pty.wait_for("the shell ended with its target");
    // At once the first time.
    pty.wait_for("runs again, and so does its twin");
    run(&mut pty, "echo $PWD-$(cat kept)", "/opt-mine");
    // After a second the next time; and with the third death within a minute there is a better way.
    pty.wait_for("the next try comes in a second");
    pty.wait_until("a better way is offered", |s| {
        s.contains("died three times") && s.contains("the shell ended with its target")
    });
    pty.send("a");
    pty.wait_until("an arena", |s| s.contains(PROMPT) && !s.contains("kept"));
    run(&mut pty, "cat /target/etc/web/marker", "only in the target");
    pty.terminate();
    assert_eq!(pty.wait_exit().exit_code(), 6);
    assert_eq!(left(&id), "");
    assert_eq!(policy(&target), "always", "it goes on as before");
}

fn policy(target: &Container) -> String {
    let format = "{{.HostConfig.RestartPolicy.Name}}";
    docker::ok(&["inspect", "--format", format, target.name()])
}

#[test]
fn a_target_that_is_removed_is_said_so_and_the_screen_stays() {
    let target = Container::run(WEB, &["--network", "none"], &[]);
    let (state, id) = (tempfile::tempdir().unwrap(), target.id());
    let mut pty = attached(&target, &state);
    run(&mut pty, "echo still-$((1 + 1))", "still-2");
    docker::ok(&["rm", "-f", target.name()]);
    pty.wait_for("is gone; another container can be joined");
    assert!(pty.screen().contains("still-2"), "{}", pty.screen());
    pty.send("q");
    assert_eq!(pty.wait_exit().exit_code(), 0);
    assert_eq!(left(&id), "");
}

#[test]
fn a_twin_that_is_removed_does_not_come_back_and_a_new_one_does() {
    let target = Container::run(WEB, &["--network", "none"], &[]);
    let (state, id) = (tempfile::tempdir().unwrap(), target.id());
    let mut pty = attached(&target, &state);
    docker::ok(&["stop", "-t", "0", target.name()]);
    pty.wait_for("the shell ended with its target");
    wait_for(&target, "exited");
    let filter = format!("label=dev.devtwin.target={id}");
    let twin = docker::ok(&["ps", "-aq", "--filter", &filter]);
    docker::ok(&["rm", "-f", &twin]);
    docker::ok(&["start", target.name()]);
    pty.wait_for("The twin was removed");
    pty.send("n");
    pty.wait_until("a new shell", |s| {
        s.contains(PROMPT) && !s.contains("The twin was")
    });
    run(&mut pty, "cat /target/etc/web/marker", "only in the target");
    pty.terminate();
    assert_eq!(pty.wait_exit().exit_code(), 6);
    assert_eq!(left(&id), "");
}

#[test]
fn an_engine_that_is_restarted_brings_target_twin_and_shell_back() {
    let mut engine = Dockerd::start();
    engine.load(&[WEB, DEV]);
    let run_web = [
        "run",
        "-d",
        "--name",
        "web",
        "--restart",
        "always",
        "--network",
        "none",
        WEB,
    ];
    assert!(engine.docker(&run_web).status.success());
    let mut pty = attach(&engine);
    make_a_file(&mut pty);
    engine.kill();
    pty.wait_for("cannot follow the engine's events");
    engine.again();
    pty.wait_for("runs again, and so does its twin");
    run(&mut pty, "echo $PWD-$(cat kept)", "/opt-mine");
    run(&mut pty, "cat /target/etc/web/marker", "only in the target");
    pty.terminate();
    assert_eq!(pty.wait_exit().exit_code(), 6);
    let rest = engine.docker(&["ps", "-a", "--format", "{{.Names}}"]);
    assert_eq!(String::from_utf8_lossy(&rest.stdout).trim(), "web");
}

#[test]
fn an_engine_that_is_restarted_without_the_target_says_what_brings_it_back() {
    let mut engine = Dockerd::start();
    engine.load(&[WEB, DEV]);
    let run_web = ["run", "-d", "--name", "web", "--network", "none", WEB];
    assert!(engine.docker(&run_web).status.success());
    let mut pty = attach(&engine);
    engine.kill();
    engine.again();
    pty.wait_for("comes back when it starts again (docker start web)");
    assert!(engine.docker(&["start", "web"]).status.success());
    pty.wait_for("runs again, and so does its twin");
    run(&mut pty, "cat /target/etc/web/marker", "only in the target");
    let host = engine.host();
    let state = engine.dir().to_owned();
    pty.terminate();
    assert_eq!(pty.wait_exit().exit_code(), 6);
    let mut clean = spawn(&["clean", "--dry-run"], &host, &state);
    assert!(clean.wait_exit().success());
    assert!(
        clean.raw_text().contains("nothing to remove"),
        "{}",
        clean.raw_text()
    );
}
