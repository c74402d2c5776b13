//! An engine that goes away, comes back or hangs while a shell is open: it is said at once, keys do not
//! hang, and the way out is short, restores the terminal and tells what may be left.

use std::time::{Duration, Instant};

use crate::support::dockerd::Dockerd;
use crate::support::{Container, Pty, devtwin_path, picker};

const WEB: &str = "acme/web:1.4";
const DEV: &str = "cgr.dev/chainguard/web:latest-dev";
/// The longest way out: tasks may take 7 s to tidy up, and the twins of the session 7 s to be removed.
const WAY_OUT: Duration = Duration::from_secs(18);

/// An engine with a target, and a shell in its twin.
fn attached() -> (Dockerd, Pty) {
    let engine = Dockerd::start();
    engine.load(&[WEB, DEV]);
    run_target(&engine);
    let pty = attach(&engine);
    (engine, pty)
}

#[track_caller]
fn run_target(engine: &Dockerd) {
    let run = engine.docker(&["run", "-d", "--name", "web", "--network", "none", WEB]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
}

fn attach(engine: &Dockerd) -> Pty {
    let state = engine.dir().display().to_string();
    let env = [("DOCKER_HOST", engine.host()), ("XDG_STATE_HOME", state)];
    let env: Vec<_> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let mut pty = Pty::spawn(&[devtwin_path(), "attach", "web"], &env, 120, 40);
    pty.wait_for("bash-");
    pty
}

/// Leaves by a signal and returns what was said after the screen was given back.
#[track_caller]
fn last_words(mut pty: Pty) -> String {
    let start = Instant::now();
    pty.terminate();
    let status = pty.wait_exit();
    assert!(start.elapsed() < WAY_OUT, "{:?}", start.elapsed());
    assert!(!status.success(), "what may be left is no success");
    let raw = String::from_utf8_lossy(&pty.raw).into_owned();
    let (_, after) = raw
        .rsplit_once("\u{1b}[?1049l")
        .expect("the screen is given back");
    after.to_owned()
}

#[test]
fn an_engine_that_dies_and_comes_back() {
    let (mut engine, mut pty) = attached();
    engine.kill();
    pty.wait_for("engine");
    pty.wait_for("docker version");
    // A key must not hang: the palette still opens, and closes.
    pty.send([0x1d]);
    pty.wait_for("Quit");
    pty.send([0x1b]);
    engine.again();
    pty.wait_for("the engine is back");
    engine.kill();
    pty.wait_for("docker version");
    let said = last_words(pty);
    assert!(said.contains("devtwin clean"), "{said}");
}

#[test]
fn an_engine_that_hangs_does_not_hold_the_person() {
    let (engine, pty) = attached();
    engine.signal("STOP");
    let said = last_words(pty);
    engine.signal("CONT");
    assert!(said.contains("did not answer"), "{said}");
    assert!(said.contains("devtwin clean"), "{said}");
}

#[test]
fn the_first_prompt_is_never_lost() {
    // What the shell prints before the loop has heard of it would find no pane.
    let target = Container::run(WEB, &[], &[]);
    for _ in 0..5 {
        let mut pty = picker(target.name());
        pty.send("\r");
        pty.wait_for("bash-");
        crate::support::leave(pty);
    }
}
