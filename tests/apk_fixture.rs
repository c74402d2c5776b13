//! The fixture's `apk` against recordings of the real one: every command of the transcript in its order, in one container.
//!
//! Needs an engine and `make fixtures`; without either the tests fail and say so.

#![expect(
    clippy::unwrap_used,
    reason = "a test program: it stops at the first thing that is not as expected"
)]

use std::fmt::Write as _;
use std::process::{Command, Output};

use serde::Deserialize;

const IMAGE: &str = "cgr.dev/chainguard/web:latest-dev";
const TRANSCRIPT: &str = include_str!("fixtures/apk/transcripts-2.14.10.json");

/// One command as the real apk 2.14.10 answered it.
#[derive(Deserialize)]
struct Recording {
    label: String,
    user: u32,
    tty: bool,
    command: String,
    exit: i32,
    stdout: String,
    stderr: String,
}

/// What was done, unrecorded, before the recording of that label: inferred from the state that its output shows.
const UNRECORDED: [(&str, &str); 4] = [
    // The recording began with nothing installed.
    (
        "version",
        ": >/lib/apk/db/installed; : >/etc/apk/world; echo /repo >/etc/apk/repositories",
    ),
    // It installs curl again, and ten packages are there after it.
    ("add-curl-on-a-terminal", "apk del curl"),
    // jq is there already, and the only repository is one that nobody serves.
    (
        "update-repository-unreachable",
        "apk add jq; echo http://127.0.0.1:9/none >/etc/apk/repositories",
    ),
    (
        "untrusted-key",
        "echo /repo >/etc/apk/repositories; rm /etc/apk/keys/*",
    ),
];

/// Recordings that were taken in a container with a read-only root.
const READ_ONLY: &str = "add-read-only-filesystem";

/// A container that is removed with the value; `--rm` and a bounded sleep see to it when the test is killed.
struct Container(String);

impl Container {
    fn start(options: &[&str]) -> Self {
        let mut argv = vec!["run", "-d", "--rm", "--network", "none"];
        argv.extend(["--label", "dev.devtwin.test=apk_fixture", "-u", "0"]);
        argv.extend(["--entrypoint", "/bin/sleep"]);
        argv.extend(options);
        argv.extend([IMAGE, "300"]);
        let out = docker(&argv);
        assert!(
            out.status.success(),
            "{IMAGE} does not start (run `make fixtures`): {}",
            String::from_utf8_lossy(&out.stderr)
        );
        Self(String::from_utf8(out.stdout).unwrap().trim().to_owned())
    }

    fn exec(&self, user: u32, tty: bool, command: &str) -> Answer {
        let user = user.to_string();
        let mut argv = vec!["exec", "-u", &user];
        argv.extend(tty.then_some("-t"));
        argv.extend([self.0.as_str(), "sh", "-c", command]);
        let out = docker(&argv);
        Answer {
            exit: out.status.code(),
            // A terminal turns each newline into two characters; the recorder undid that.
            stdout: String::from_utf8(out.stdout).unwrap().replace("\r\n", "\n"),
            stderr: String::from_utf8(out.stderr).unwrap(),
        }
    }

    /// Runs a command as root that has to succeed, and gives its stdout.
    fn sh(&self, command: &str) -> String {
        let answer = self.exec(0, false, command);
        assert_eq!(answer.exit, Some(0), "{command}: {}", answer.stderr);
        answer.stdout
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        docker(&["rm", "-f", &self.0]);
    }
}

#[derive(PartialEq)]
struct Answer {
    exit: Option<i32>,
    stdout: String,
    stderr: String,
}

fn docker(argv: &[&str]) -> Output {
    Command::new("docker").args(argv).output().unwrap()
}

/// Fails, and says so, when no engine answers.
fn require_engine() {
    let out = docker(&["version", "--format", "{{.Server.Version}}"]);
    assert!(
        out.status.success(),
        "no container engine answers: {}",
        String::from_utf8_lossy(&out.stderr)
    );
}

/// Both texts line by line, escaped: what the recording has (`-`) and what came instead (`+`).
fn difference(stream: &str, want: &str, got: &str) -> String {
    let mut text = String::new();
    let (want, got): (Vec<_>, Vec<_>) = (want.lines().collect(), got.lines().collect());
    for row in 0..want.len().max(got.len()) {
        let (want, got) = (want.get(row), got.get(row));
        if want == got {
            continue;
        }
        for (sign, line) in [('-', want), ('+', got)] {
            if let Some(line) = line {
                writeln!(text, "  {stream}:{} {sign} {line:?}", row + 1).unwrap();
            }
        }
    }
    text
}

#[test]
fn every_recorded_command_answers_as_the_real_apk_did() {
    require_engine();
    let recordings: Vec<Recording> = serde_json::from_str(TRANSCRIPT).unwrap();
    let (container, read_only) = (Container::start(&[]), Container::start(&["--read-only"]));
    let mut report = String::new();
    for recording in &recordings {
        for (_, command) in UNRECORDED.iter().filter(|(at, _)| *at == recording.label) {
            container.exec(0, false, command);
        }
        let place = if recording.label == READ_ONLY {
            &read_only
        } else {
            &container
        };
        let got = place.exec(recording.user, recording.tty, &recording.command);
        let want = Answer {
            exit: Some(recording.exit),
            // The recorder's own end of input, echoed by its terminal.
            stdout: recording.stdout.replace("^@", ""),
            stderr: recording.stderr.clone(),
        };
        if got == want {
            continue;
        }
        writeln!(report, "{}: {}", recording.label, recording.command).unwrap();
        writeln!(report, "  exit {:?}, recorded {:?}", got.exit, want.exit).unwrap();
        report += &difference("stdout", &want.stdout, &got.stdout);
        report += &difference("stderr", &want.stderr, &got.stderr);
    }
    assert!(
        report.is_empty(),
        "these differ from the recording:\n{report}"
    );
}

#[test]
fn what_is_installed_runs_and_what_is_removed_is_gone() {
    require_engine();
    let container = Container::start(&[]);
    let world = container.sh("cat /etc/apk/world");
    let before = container.sh("apk info -v");
    assert!(before.contains("bash-5.2.15-r2\n") && before.contains("web-1.4.0-r2\n"));

    let added = container.sh("apk add --virtual .dbg jq strace");
    assert!(added.contains("(3/3) Installing .dbg ("), "{added}");
    assert_eq!(container.sh("jq"), "jq-1.7.1\n");
    assert_eq!(
        container.sh("apk info -W /usr/bin/strace"),
        "/usr/bin/strace is owned by strace-6.9-r0\n"
    );

    container.sh("apk del .dbg");
    assert_eq!(
        container.sh("ls /usr/bin/jq /usr/bin/strace 2>/dev/null || true"),
        ""
    );
    assert_eq!(container.sh("cat /etc/apk/world"), world);
    assert_eq!(container.sh("apk info -v"), before);
}

#[test]
fn a_repository_over_http_is_fetched_and_kept() {
    require_engine();
    let container = Container::start(&[]);
    container
        .sh("httpd -p 127.0.0.1:8081 -h /repo; echo http://127.0.0.1:8081 >/etc/apk/repositories");
    let fetch = "fetch http://127.0.0.1:8081/x86_64/APKINDEX.tar.gz\n";
    assert!(container.sh("apk update").starts_with(fetch));
    let added = container.sh("apk add jq");
    assert!(added.starts_with("(1/1) Installing jq"), "{added}");
    assert_eq!(container.sh("jq"), "jq-1.7.1\n");
    assert!(container.sh("apk add --no-cache strace").starts_with(fetch));
}

#[test]
fn a_version_that_no_repository_has_is_refused() {
    require_engine();
    let container = Container::start(&[]);
    let world = container.sh("cat /etc/apk/world");
    let answer = container.exec(0, false, "apk add jq=9.9-r9");
    assert_eq!(answer.exit, Some(1));
    assert_eq!(
        answer.stderr,
        "ERROR: unable to select packages:\n  jq-1.7.1-r4:\n    breaks: world[jq=9.9-r9]\n"
    );
    assert_eq!(container.sh("cat /etc/apk/world"), world);
}
