//! What the tests against a real engine share. Everything made here carries the label
//! `dev.devtwin.test` and goes when its guard drops.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

pub mod debian;
pub mod docker;
pub mod dockerd;
pub mod proxy;
pub mod pty;
pub mod registry;
pub mod remote;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

pub use docker::{Container, require_docker};
pub use pty::Pty;

/// A name that no other test, run or process uses. No two of them contain each other, not even
/// with letters left out: typed into a fuzzy filter it finds one container.
pub fn unique(word: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("devtwin-test-{word}-{:07}-{number:03}z", std::process::id())
}

/// The program under test.
pub fn devtwin_path() -> &'static str {
    env!("CARGO_BIN_EXE_devtwin")
}

/// Runs devtwin itself, without a terminal.
pub fn devtwin(args: &[&str]) -> Output {
    Command::new(devtwin_path())
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("devtwin should run")
}

/// Somebody with sessions of their own: what their runs leave on the engine is told from what other tests make there at
/// the same time, on the same images.
pub struct Somebody {
    state: tempfile::TempDir,
    name: String,
}

impl Somebody {
    /// Nobody has met them before.
    pub fn new() -> Self {
        Self {
            state: tempfile::tempdir().unwrap(),
            name: unique("somebody"),
        }
    }

    /// Runs devtwin as them, without a terminal.
    pub fn devtwin(&self, args: &[&str]) -> Output {
        Command::new(devtwin_path())
            .args(args)
            .env("XDG_STATE_HOME", self.state.path())
            .env("USER", &self.name)
            .stdin(Stdio::null())
            .output()
            .expect("devtwin should run")
    }

    /// Names of the containers that their runs made and that are there, probes among them.
    #[track_caller]
    pub fn left(&self) -> String {
        let format = "{{.Names}} {{.Label \"dev.devtwin.owner\"}}";
        let label = "label=dev.devtwin.owner";
        let all = docker::ok(&["ps", "-a", "--filter", label, "--format", format]);
        let theirs = |line: &&str| line.contains(&self.name);
        all.lines().filter(theirs).collect::<Vec<_>>().join("\n")
    }
}

/// Runs devtwin itself, without a terminal, with `input` as its standard input.
pub fn devtwin_with_input(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(devtwin_path())
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("devtwin should run");
    let mut stdin = child.stdin.take().expect("its input is ours");
    let input = input.to_vec();
    // Fed from beside: both pipes may be full at once.
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("devtwin should end");
    feeder
        .join()
        .expect("the feeder ends")
        .expect("devtwin takes its input");
    output
}

/// The picker in a terminal of 120 × 40, with `name` selected and its dev image looked up.
pub fn picker(name: &str) -> Pty {
    let mut pty = Pty::spawn(&[devtwin_path()], &[], 120, 40);
    // Not for the name itself: among others its column may be too narrow for it.
    pty.wait_for("DEV IMAGE");
    pty.send(name);
    pty.wait_until("one row and its preview", |screen| {
        screen.contains("1 of ") && screen.contains("% sure")
    });
    pty
}

/// Leaves a session by the palette's shortcut, and its twin is removed.
pub fn leave(mut pty: Pty) {
    pty.send([0x1d, 0x11]); // the leader, then Ctrl-Q
    pty.wait_for("Remove the twin and quit");
    pty.send("r");
    let status = pty.wait_exit();
    let said = String::from_utf8_lossy(&pty.raw);
    let last = said.rsplit("\u{1b}[?1049l").next().unwrap_or_default();
    assert!(status.success(), "it ends well: {status:?} {last}");
}

/// What a program printed.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a program said on stderr.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
