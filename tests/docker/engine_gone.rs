//! An engine that goes away, comes back or hangs while a shell is open: it is said at once, keys do not
//! hang, and the way out is short, restores the terminal and tells what may be left.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::dockerd::Dockerd;
use crate::support::{Container, Pty, devtwin_path, docker, picker};

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

pub(crate) fn attach(engine: &Dockerd) -> Pty {
    let mut pty = spawn(&["attach", "web"], &engine.host(), engine.dir());
    pty.wait_for("bash-");
    pty
}

/// devtwin on the engine at `host`, with a state folder of its own.
pub(crate) fn spawn(args: &[&str], host: &str, state: &Path) -> Pty {
    let env = [
        ("DOCKER_HOST", host),
        ("XDG_STATE_HOME", state.to_str().unwrap()),
    ];
    Pty::spawn(&[&[devtwin_path()], args].concat(), &env, 120, 40)
}

/// A command that prints `up-2` and does not end by itself.
const FOR_EVER: [&str; 3] = ["sh", "-c", "echo up-$((1 + 1)); sleep 1000"];
/// The longest way out of a command: 10 s for its status, for the twin's removal, and for a second try.
const COMMAND_WAY_OUT: Duration = Duration::from_secs(35);

/// Waits for the end of a command that lost its connection: with status 5, told in words.
#[track_caller]
fn broke_off(mut pty: Pty) -> String {
    let start = Instant::now();
    let status = pty.wait_exit();
    let said = pty.raw_text();
    assert_eq!(status.exit_code(), 5, "{said}");
    assert!(start.elapsed() < COMMAND_WAY_OUT, "{:?}", start.elapsed());
    said
}

/// Where the docker command finds the engine.
const HOST: &str = "{{.Endpoints.docker.Host}}";

/// A way to the machine's engine whose attached streams can be cut, and nothing else; on which nothing can
/// be removed, when that is asked for.
struct Wire {
    dir: tempfile::TempDir,
    attached: Arc<Mutex<Vec<UnixStream>>>,
}

impl Wire {
    fn new(removes: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(dir.path().join("sock")).unwrap();
        let attached = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&attached);
        // Ends with the test program.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || pass(client, &shared, removes));
            }
        });
        Self { dir, attached }
    }

    fn host(&self) -> String {
        format!("unix://{}/sock", self.dir.path().display())
    }

    /// Ends the streams that are attached, on both sides.
    fn cut(&self) {
        let attached = self.attached.lock().unwrap();
        assert!(!attached.is_empty(), "something is attached");
        for stream in attached.iter() {
            stream.shutdown(Shutdown::Both).unwrap();
        }
    }
}

/// Passes one connection on, and notes it when its first request attaches. One that removes ends there.
fn pass(mut client: UnixStream, attached: &Mutex<Vec<UnixStream>>, removes: bool) {
    let host = docker::ok(&["context", "inspect", "--format", HOST]);
    let socket = host.strip_prefix("unix://").expect("an engine here");
    let mut server = UnixStream::connect(socket).unwrap();
    let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let back = std::thread::spawn(move || {
        // Either side may be gone already, here and below.
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut chunk = [0; 16 * 1024];
    let mut first = true;
    while let Ok(count @ 1..) = client.read(&mut chunk) {
        let bytes = &chunk[..count];
        let line = String::from_utf8_lossy(bytes.split(|b| *b == b'\r').next().unwrap());
        if first && line.contains("/attach?") {
            let ends = [&client, &server].map(|end| end.try_clone().unwrap());
            attached.lock().unwrap().extend(ends);
        }
        first = false;
        if (!removes && line.starts_with("DELETE ")) || server.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Write);
    back.join().unwrap();
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
    pty.wait_for("type what you want to do");
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
fn a_command_whose_engine_dies_is_status_five_and_says_what_may_be_left() {
    let mut engine = Dockerd::start();
    engine.load(&[WEB, DEV]);
    run_target(&engine);
    let args = [&["exec", "web", "--"][..], &FOR_EVER].concat();
    let mut pty = spawn(&args, &engine.host(), engine.dir());
    pty.wait_for("up-2");
    engine.kill();
    let said = broke_off(pty);
    assert!(said.contains("devtwin clean"), "{said}");
}

#[test]
fn a_command_that_only_lost_its_stream_is_not_awaited_for_ever_and_leaves_nothing() {
    let (wire, target) = (Wire::new(true), Container::run(WEB, &[], &[]));
    for flags in [&["exec"][..], &["exec", "-it"]] {
        let args = [flags, &[target.name(), "--"], &FOR_EVER].concat();
        let mut pty = spawn(&args, &wire.host(), wire.dir.path());
        pty.wait_for("up-2");
        wire.cut();
        let said = broke_off(pty);
        assert!(said.contains("the connection to the twin broke"), "{said}");
        let filter = format!("label=dev.devtwin.target={}", target.id());
        assert_eq!(docker::ok(&["ps", "-aq", "--filter", &filter]), "");
        wire.attached.lock().unwrap().clear();
    }
}

#[test]
fn a_twin_that_cannot_be_removed_takes_no_commands_status() {
    let (wire, target) = (Wire::new(false), Container::run(WEB, &[], &[]));
    let command = "echo up-$((1 + 1)); exit 7";
    let args = ["exec", target.name(), "--", "sh", "-c", command];
    let mut pty = spawn(&args, &wire.host(), wire.dir.path());
    let status = pty.wait_exit();
    let said = pty.raw_text();
    // Removed before anything can fail here; and the hint is true.
    let mut clean = std::process::Command::new(devtwin_path());
    let cleaned = clean.arg("clean").env("XDG_STATE_HOME", wire.dir.path());
    let cleaned = cleaned.output().unwrap();
    assert_eq!(status.exit_code(), 7, "{said}");
    assert!(
        said.contains("up-2") && said.contains("devtwin clean"),
        "{said}"
    );
    let filter = format!("label=dev.devtwin.target={}", target.id());
    assert_eq!(
        docker::ok(&["ps", "-aq", "--filter", &filter]),
        "",
        "{cleaned:?}"
    );
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
