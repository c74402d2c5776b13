//! The way to the first prompt, the picker's first frame, and what an idle shell costs.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::figures::{Figures, compare};
use crate::support::{self, Container, Pty, devtwin_path, docker, unique};

const ROUNDS: usize = 10;
const CROWD: usize = 1000;
const IDLE: Duration = Duration::from_secs(30);
/// The prompt of bash for root, as both sides print it.
const PROMPT: &str = "bash-";

/// From Enter in the picker to a prompt, against `docker run -it` with the same namespaces.
pub(crate) fn prompt() {
    let target = Container::run("acme/web:1.4", &[], &[]);
    let (mut ours, mut theirs) = (Figures::default(), Figures::default());
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
    compare(
        "Enter to prompt",
        &ours,
        "docker run -it to prompt",
        &theirs,
        1.1,
    );
}

/// First frame of the picker with many containers, against `docker ps -a`.
pub(crate) fn picker() {
    let prefix = unique("crowd");
    let crowd: Vec<Container> = docker::create_many("acme/bare:1", &prefix, CROWD);
    let (mut ours, mut theirs) = (Figures::default(), Figures::default());
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
    compare(
        &format!("first frame of the picker, {} containers", crowd.len()),
        &ours,
        "docker ps -a",
        &theirs,
        1.0,
    );
}

/// What an idle shell costs.
pub(crate) fn idle() {
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
