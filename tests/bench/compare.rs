//! Speed as ratios against docker's own command, measured in one run: `make bench`.
//!
//! Never a pass or a failure: machines are noisy, so medians and ratios are printed for a person to read.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints, and stops at the first surprise"
)]

#[path = "../support/mod.rs"]
mod support;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::{Container, Pty, devtwin_path, docker, unique};

const ROUNDS: usize = 10;
const CROWD: usize = 1000;
const IDLE: Duration = Duration::from_secs(30);
/// The prompt of bash for root, as both sides print it.
const PROMPT: &str = "bash-";

fn main() {
    support::require_docker();
    // `cargo bench -- NAME…` runs only those; cargo itself adds --bench.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    let run = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    if run("prompt") {
        prompt();
    }
    if run("picker") {
        picker();
    }
    if run("idle") {
        idle();
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    let middle = times.len() / 2;
    let pair = (times[(times.len() - 1) / 2] + times[middle]) / 2;
    pair.as_secs_f64() * 1000.0
}

fn report(what: &str, ours: Vec<Duration>, theirs_name: &str, theirs: Vec<Duration>, budget: f64) {
    let n = ours.len();
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "{what}: {ours:.0} ms; {theirs_name}: {theirs:.0} ms; ratio {:.2} (budget {budget}, medians of {n})",
        ours / theirs
    );
}

/// From Enter in the picker to a prompt, against `docker run -it` with the same namespaces.
fn prompt() {
    let target = Container::run("acme/web:1.4", &[], &[]);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut pty = support::picker(target.name());
        let start = Instant::now();
        pty.send("\r");
        pty.wait_for(PROMPT);
        ours.push(start.elapsed());
        support::leave(pty);

        let (pid, network) = (
            format!("container:{}", target.name()),
            format!("container:{}", target.name()),
        );
        let start = Instant::now();
        let mut pty = Pty::spawn(
            &[
                "docker",
                "run",
                "--rm",
                "-it",
                "--label",
                "dev.devtwin.test=bench",
                "--user",
                "0",
                "--pid",
                &pid,
                "--network",
                &network,
                "--cap-add",
                "SYS_PTRACE",
                "--no-healthcheck",
                "--entrypoint",
                "/bin/bash",
                "cgr.dev/chainguard/web:latest-dev",
            ],
            &[],
            80,
            24,
        );
        pty.wait_for(PROMPT);
        theirs.push(start.elapsed());
        pty.send("exit\r");
        pty.wait_exit();
    }
    report(
        "Enter to prompt",
        ours,
        "docker run -it to prompt",
        theirs,
        1.1,
    );
}

/// First frame of the picker with many containers, against `docker ps -a`.
fn picker() {
    let prefix = unique("crowd");
    let crowd: Vec<Container> = docker::create_many("acme/bare:1", &prefix, CROWD);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut pty = Pty::spawn(&[devtwin_path()], &[], 120, 40);
        pty.wait_for(&prefix);
        ours.push(start.elapsed());
        pty.send(b"\x1b");
        pty.wait_exit();

        let start = Instant::now();
        let status = Command::new("docker")
            .args(["ps", "-a"])
            .stdout(Stdio::null())
            .status();
        assert!(status.is_ok_and(|s| s.success()), "docker ps -a works");
        theirs.push(start.elapsed());
    }
    report(
        &format!("first frame of the picker, {} containers", crowd.len()),
        ours,
        "docker ps -a",
        theirs,
        1.0,
    );
}

/// What an idle shell costs.
fn idle() {
    let target = Container::run("acme/web:1.4", &[], &[]);
    let mut pty = Pty::spawn(&[devtwin_path(), "attach", target.name()], &[], 120, 40);
    pty.wait_for(PROMPT);
    pty.settle(Duration::from_secs(2));
    let (before, bytes) = (ticks(pty.pid()), pty.raw.len());
    let start = Instant::now();
    while start.elapsed() < IDLE {
        pty.settle(IDLE.saturating_sub(start.elapsed()));
    }
    let used = ticks(pty.pid()) - before;
    let share = used as f64 / 100.0 / start.elapsed().as_secs_f64() * 100.0;
    println!(
        "idle shell over {} s: {share:.2} % of a core (budget 0.2), {} bytes drawn (budget 0)",
        IDLE.as_secs(),
        pty.raw.len() - bytes
    );
    support::leave(pty);
}

/// Processor time of a process in clock ticks of 10 ms (proc(5), fields 14 and 15).
fn ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    fields[11].parse::<u64>().unwrap_or(0) + fields[12].parse::<u64>().unwrap_or(0)
}
