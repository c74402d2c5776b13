//! What the benches of the shell pane measure: a target, devtwin beside it in a pseudo-terminal, and other
//! programs in the same twin.

use std::fmt::Write as _;
use std::time::Duration;

use crate::lean::Lean;
use crate::support::{Container, devtwin_path, docker, unique};

/// The prompt of bash for root, as every side prints it.
const PROMPT: &str = "bash-";

/// Characters that appear in no log, no prompt and no escape sequence; one at a time tells a moment apart.
pub(crate) const MARKS: [char; 6] = ['◈', '◉', '◊', '◍', '◐', '◆'];

/// The log that floods a terminal, in the twin.
pub(crate) const LOG: &str = "/tmp/flood.log";
/// Its size in bytes.
pub(crate) const LOG_BYTES: u64 = 100_000_000;

/// devtwin in a pseudo-terminal, at the prompt of a twin; the twin goes with it.
pub(crate) struct Scene {
    /// The pane.
    pub(crate) pane: Lean,
    /// The twin's name.
    pub(crate) twin: String,
    // After the pane: what goes first takes the shell along.
    _target: Container,
}

impl Scene {
    pub(crate) fn open() -> Self {
        let target = Container::run("acme/web:1.4", &[], &[]);
        let mut pane = Lean::spawn(&[devtwin_path(), "attach", target.name()], &[]);
        pane.wait_for(PROMPT);
        let label = format!("label=dev.devtwin.target-name={}", target.name());
        let twin = docker::ok(&["ps", "--filter", &label, "--format", "{{.Names}}"]);
        assert!(!twin.is_empty(), "the twin runs");
        Self {
            pane,
            twin,
            _target: target,
        }
    }

    /// The same with a further shell in front: an exec, as docker's own command makes it, where the first shell
    /// is the twin's own program, whose output the engine also writes to the twin's log.
    pub(crate) fn open_further() -> Self {
        let mut scene = Self::open();
        let (mark, octal) = mark(0);
        // The first row empty: the same prompt in the same place would not be drawn anew.
        scene.pane.send(format!("clear; printf '\\n{octal}\\n'\r"));
        scene.pane.wait_for(&mark);
        scene.pane.pass(Duration::from_millis(200));
        scene.pane.send([0x1d, 0x14]); // the leader, then Ctrl-T
        scene.pane.wait_for(PROMPT);
        scene
    }

    /// Makes [`LOG`] in the twin.
    pub(crate) fn make_log(&self) {
        make_log(&self.twin);
    }

    /// bash in the twin by docker's own command.
    pub(crate) fn docker_exec(&self) -> Lean {
        let mut pty = Lean::spawn(&["docker", "exec", "-it", &self.twin, "bash"], &[]);
        pty.wait_for(PROMPT);
        pty
    }
}

/// `docker run -it` of the dev image, with [`LOG`] in it: like a twin, and unlike an exec, its terminal is that
/// of the container's own program, so the engine writes what it prints to the container's log, too.
pub(crate) fn docker_run() -> (Lean, Container) {
    let container = Container::adopt(unique("run"));
    let image = "cgr.dev/chainguard/web:latest-dev";
    let flags = [
        "-it",
        "--label",
        docker::LABEL,
        "--user",
        "0",
        "--entrypoint",
        "/bin/bash",
    ];
    let argv = [
        &["docker", "run", "--name", container.name()][..],
        &flags,
        &[image],
    ]
    .concat();
    let mut pty = Lean::spawn(&argv, &[]);
    pty.wait_for(PROMPT);
    make_log(container.name());
    (pty, container)
}

/// Lines of 20 to 180 characters, as a server prints them.
fn make_log(container: &str) {
    let script = format!(
        r#"BEGIN {{ pad = "GET /api/v1/items?page=2&sort=name HTTP/1.1 200 upstream=10.0.0.7:8080 agent=Mozilla/5.0 (X11; Linux x86_64) request_id=4f1c2a9b trace=00f067aa0ba902b7";
            for (n = 0; size < {LOG_BYTES} + 1000; n++) {{
                line = sprintf("2026-11-23T20:%02d:%02d.%03dZ %s ", n / 60000 % 60, n / 1000 % 60, n % 1000, n % 7 ? "info" : "warning");
                line = line substr(pad, 1, n * 37 % 150); size += length(line) + 1; print line }} }}"#
    );
    let make = format!("awk '{script}' | head -c {LOG_BYTES} > {LOG} && cat {LOG} > /dev/null");
    docker::ok(&["exec", container, "sh", "-c", &make]);
}

/// The n-th mark, and the format by which printf prints it without naming it.
pub(crate) fn mark(n: usize) -> (String, String) {
    let mark = MARKS[n % MARKS.len()].to_string();
    let mut octal = String::new();
    for byte in mark.bytes() {
        write!(octal, "\\{byte:03o}").expect("memory takes it");
    }
    (mark, octal)
}
