//! The logs pane and the strip of figures on a busy container: they agree with `docker logs` and `docker stats`.

use std::time::Instant;

use crate::person::{Person, finish, left, quit};
use crate::support::pty::PATIENCE;
use crate::support::{Container, Pty, docker};

/// Alt-1, Alt-4, Alt-5.
const SHELL: &str = "\x1b1";
const LOGS: &str = "\x1b4";
const PROCESSES: &str = "\x1b5";

/// An image with a shell, which is its own dev image.
const TOOLS: &str = "cgr.dev/chainguard/web:latest-dev";

/// Prints lines on both streams, then works over loopback until it is killed: a server, which prints a line for each
/// request, and its client.
const BUSY: &str = r#"n=0; while [ $n -lt 120 ]; do n=$((n+1)); echo "GET /orders/$n 200"; echo "slow: $n" >&2; done
/usr/bin/web --port 8080 & n=0
while [ $n -lt 9000 ]; do n=$((n+1)); wget -q -O /dev/null http://127.0.0.1:8080/ || echo "no answer" >&2; sleep 0.1; done"#;

fn busy(flags: &[&str]) -> Container {
    let flags = [&["--entrypoint", "sh"], flags].concat();
    Container::run(TOOLS, &flags, &["-c", BUSY])
}

/// What `docker logs` prints of one of the streams.
fn printed(target: &Container) -> (String, String) {
    let output = docker::run(&["logs", target.name()]);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// The lines in sight, without their signs and the scroll bar: those of standard output, and those of standard error.
fn shown(pty: &Pty) -> (Vec<String>, Vec<String>) {
    let screen = pty.screen();
    let body = screen.lines().skip(3).take(26);
    let line = |line: &str| {
        line.get(2..)
            .unwrap_or("")
            .trim_end_matches(['│', '█', ' '])
            .to_owned()
    };
    let (err, out): (Vec<_>, Vec<_>) = body.partition(|line| line.starts_with("! "));
    let lines = |all: Vec<&str>| {
        all.into_iter()
            .map(line)
            .filter(|l| !l.is_empty())
            .collect()
    };
    (lines(out), lines(err))
}

#[test]
fn the_log_is_what_docker_logs_prints_followed_found_and_saved() {
    let (person, target) = (Person::new(), busy(&[]));
    let mut pty = person.attach(&target);
    pty.send(LOGS);
    pty.wait_for("● following");
    pty.wait_for("\"GET / HTTP/1.1\" 200");
    // Nothing is printed any more while the two are compared.
    docker::ok(&["pause", target.name()]);
    let (out, err) = printed(&target);
    let (out, err): (Vec<&str>, Vec<&str>) = (out.lines().collect(), err.lines().collect());
    let count = out.len() + err.len();
    pty.wait_for(&format!("{count} lines"));
    pty.wait_until("no toast", |screen| !screen.contains("was paused"));
    let (shown_out, shown_err) = shown(&pty);
    assert_eq!(shown_out.len() + shown_err.len(), 26, "{}", pty.screen());
    assert_eq!(shown_out, out[out.len() - shown_out.len()..]);
    assert_eq!(shown_err, err[err.len() - shown_err.len()..]);
    pty.send("/slow: 9$");
    pty.wait_for("line 1 of 1");
    pty.wait_for("▲ scrolled up");
    pty.send("\r\x1b");
    pty.wait_until("no search", |screen| !screen.contains("line 1 of 1"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("web.log");
    pty.send("s");
    pty.wait_for("Save the log");
    pty.send(format!("\x15{}\r", file.display()));
    pty.wait_for("saved to");
    let saved = std::fs::read_to_string(&file).unwrap();
    assert_eq!(saved.lines().count(), count);
    for line in out.iter().chain(&err) {
        assert!(saved.lines().any(|saved| saved == *line), "{line}");
    }
    docker::ok(&["unpause", target.name()]);
    pty.send(SHELL);
    finish(pty, &target);
}

#[test]
fn the_log_goes_on_when_the_target_starts_again_and_says_where_the_run_began() {
    let (person, target) = (Person::new(), busy(&["--network", "none"]));
    let mut pty = person.attach(&target);
    pty.send(LOGS);
    pty.wait_for("\"GET / HTTP/1.1\" 200");
    docker::ok(&["restart", "-t", "0", target.name()]);
    // The lines of the second run follow those of the first, and none comes twice.
    pty.wait_until("the second run", |screen| {
        number_behind(screen, "z · ") > 482.0
    });
    pty.send("/GET /orders/1 ");
    pty.wait_for("line 1 of 2");
    pty.send("\x1b");
    pty.wait_until("no search", |screen| !screen.contains("line 1 of 2"));
    // The engine may tell all lines of the one stream before those of the other: the rule stands above both.
    let top = |screen: &str| screen.lines().nth(3).map(str::to_owned);
    for _ in 0..20 {
        let screen = pty.screen();
        if screen.contains("a run began 20") {
            break;
        }
        pty.send("\x1b[5~");
        pty.wait_until("the page above", |now| top(now) != top(&screen));
    }
    pty.wait_for("a run began 20");
    // Its twin came back with it.
    pty.send(SHELL);
    pty.wait_for("packages and files kept");
    finish(pty, &target);
}

#[test]
fn a_log_that_cannot_be_read_says_so_in_the_engines_words() {
    let (person, target) = (Person::new(), busy(&["--log-driver", "none"]));
    let mut pty = person.attach(&target);
    pty.send(LOGS);
    pty.wait_for("could not be read");
    pty.wait_for("configured logging driver does not");
    pty.wait_for("r tries again");
    quit(&mut pty);
    assert_eq!(left(&target.id()), "");
}

#[test]
fn the_figures_are_those_of_docker_stats() {
    let flags = ["--memory", "200m", "--cpus", "0.2", "--pids-limit", "90"];
    let (person, target) = (Person::new(), busy(&flags));
    let mut pty = person.attach(&target);
    pty.send(PROCESSES);
    pty.wait_for(" of 90 tasks");
    let start = Instant::now();
    loop {
        let format = "{{.CPUPerc}} {{.MemUsage}}";
        let theirs = docker::ok(&["stats", "--no-stream", "--format", format, target.name()]);
        pty.wait_for("CPU  ");
        let screen = pty.screen();
        let ours = number_behind(&screen, "CPU  ");
        let cpu = number_behind(&theirs, "");
        let memory = number_behind(&screen, "Mem  ");
        let used = number_behind(&theirs, "% ");
        let limited = theirs.contains("/ 200MiB") && screen.contains("/200.0 MiB");
        // Both are measured over a second, not the same one; of what is told in KiB a program more or less is much.
        let room = if theirs.contains("KiB / ") {
            600.0
        } else {
            2.0
        };
        let alike = (memory - used).abs() < room;
        if limited && (ours - cpu).abs() < 5.0 && ours > 0.2 && alike {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "{theirs}\n{screen}");
    }
    finish(pty, &target);
}

/// The number that follows these words.
fn number_behind(text: &str, words: &str) -> f64 {
    let rest = text.split_once(words).map_or("", |(_, rest)| rest);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
    let number = rest.split_at(end.unwrap_or(rest.len())).0;
    number.parse().unwrap_or(-1.0)
}
