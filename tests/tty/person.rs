//! One person at one terminal: a state folder and an owner of their own, so that no test sees the
//! sessions of another, and none of them those of whoever runs the tests.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::pty::PATIENCE;
use crate::support::{Container, Pty, devtwin_path, docker, stdout, unique};

/// The prompt of bash in a twin.
pub(crate) const PROMPT: &str = "bash-5.2#";
/// The leader key.
pub(crate) const LEADER: &str = "\x1d";
/// The leader, then Ctrl-Q.
pub(crate) const QUIT: &str = "\x1d\x11";
/// The target of most tests.
pub(crate) const WEB: &str = "acme/web:1.4";

/// A person.
pub(crate) struct Person {
    state: TempDir,
    name: String,
}

impl Person {
    pub(crate) fn new() -> Self {
        Self {
            state: tempfile::tempdir().unwrap(),
            name: unique("person"),
        }
    }

    /// The environment that makes devtwin this person's.
    pub(crate) fn env(&self) -> [(&str, &str); 2] {
        let state = self.state.path().to_str().unwrap();
        [("XDG_STATE_HOME", state), ("USER", &self.name)]
    }

    /// The folder of its state.
    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    /// devtwin without a terminal.
    pub(crate) fn devtwin(&self, args: &[&str]) -> Output {
        Command::new(devtwin_path())
            .args(args)
            .envs(self.env())
            .stdin(Stdio::null())
            .output()
            .expect("devtwin should run")
    }

    /// What devtwin prints without a terminal; it must succeed.
    #[track_caller]
    pub(crate) fn says(&self, args: &[&str]) -> String {
        let output = self.devtwin(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        stdout(&output)
    }

    /// devtwin in a terminal of 100 × 30.
    pub(crate) fn tui(&self, args: &[&str]) -> Pty {
        self.tui_with(args, &[])
    }

    /// The same with more of an environment.
    pub(crate) fn tui_with(&self, args: &[&str], env: &[(&str, &str)]) -> Pty {
        docker::require_docker();
        let env = [&self.env(), env].concat();
        Pty::spawn(&[&[devtwin_path()], args].concat(), &env, 100, 30)
    }

    /// A shell beside `target`, at its first prompt.
    #[track_caller]
    pub(crate) fn attach(&self, target: &Container) -> Pty {
        let mut pty = self.tui(&["attach", target.name()]);
        pty.wait_for(PROMPT);
        pty
    }

    /// The picker with `target` selected.
    #[track_caller]
    pub(crate) fn picker(&self, target: &Container) -> Pty {
        let mut pty = self.tui(&[]);
        pty.wait_for("type to filter");
        pty.send(target.name());
        pty.wait_for(" 1 of ");
        pty.wait_for("% sure");
        pty
    }
}

/// Types a line.
pub(crate) fn line(pty: &mut Pty, text: &str) {
    pty.send(format!("{text}\r"));
}

/// Types a line and waits until it has printed `wanted`, which must not stand in the line itself.
#[track_caller]
pub(crate) fn run(pty: &mut Pty, text: &str, wanted: &str) {
    assert!(!text.contains(wanted), "the echo alone would satisfy it");
    line(pty, text);
    pty.wait_for(wanted);
}

/// Starts `cat` and waits until it reads: what is typed before that is the shell's, whose terminal mode
/// does not make the Enter key a line end.
#[track_caller]
pub(crate) fn cat(pty: &mut Pty, how: &str) {
    run(pty, &format!("echo ready-$((1 + 1)); {how}"), "ready-2");
}

/// Waits until the shell's last line is an empty prompt.
#[track_caller]
pub(crate) fn prompt(pty: &mut Pty) {
    pty.wait_until("an empty prompt", |screen| last_line(screen) == PROMPT);
}

/// The last line of the shell that is not empty: above the bar at the foot.
pub(crate) fn last_line(screen: &str) -> &str {
    let mut lines = screen.lines().rev().map(str::trim_end);
    lines.next(); // the bar
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

/// Clears the screen and waits until only the prompt is left.
#[track_caller]
pub(crate) fn clear(pty: &mut Pty) {
    line(pty, "clear");
    pty.wait_until("a clear screen", |screen| {
        let mut shell = screen.lines().skip(2).map(str::trim_end);
        shell.next() == Some(PROMPT) && last_line(screen) == PROMPT
    });
}

/// Leaves by the palette's shortcut; the twin is removed. The exit status must be 0.
#[track_caller]
pub(crate) fn quit(pty: &mut Pty) {
    pty.send(QUIT);
    pty.wait_for("Remove the twin and quit");
    pty.send("r");
    let status = pty.wait_exit();
    assert_eq!(status.exit_code(), 0, "{status:?}\n{}", pty.screen());
}

/// Containers on the engine that were made for `target`.
pub(crate) fn left(target: &str) -> String {
    let filter = format!("label=dev.devtwin.target={target}");
    docker::ok(&["ps", "-a", "--filter", &filter, "--format", "{{.Names}}"])
}

/// Waits until nothing made for `target` is left.
#[track_caller]
pub(crate) fn gone(target: &str) {
    let start = Instant::now();
    loop {
        let left = left(target);
        if left.is_empty() {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{left} is left");
        std::thread::yield_now();
    }
}

/// Quits from a shell and checks that nothing is left.
#[track_caller]
pub(crate) fn finish(mut pty: Pty, target: &Container) {
    quit(&mut pty);
    assert_eq!(left(&target.id()), "");
}

/// Sends a signal to devtwin itself.
pub(crate) fn signal(pty: &Pty, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &pty.pid().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// Longer than a frame takes, and shorter than a person notices: for "nothing more comes".
pub(crate) const QUIET: Duration = Duration::from_millis(300);
