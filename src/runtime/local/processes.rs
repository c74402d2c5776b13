//! What a local shell has started, and its end: everything of its session, in the kernel's sense.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::time::{Instant, sleep};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);
/// After so long without an end by SIGHUP comes SIGTERM.
const HUNG_UP: Duration = Duration::from_millis(800);
/// After so long SIGKILL: what removes twins has ended by then.
const ASKED: Duration = Duration::from_secs(6);
/// After so long nothing more is waited for.
pub(super) const ENDING: Duration = Duration::from_secs(7);

/// The processes of a terminal: all that stayed in the session of its shell. A program that made itself a session of its
/// own is no part of it, as for any terminal that closes.
#[derive(Debug)]
pub(super) struct Processes {
    /// The shell.
    leader: Option<Pid>,
    /// Its terminal, without `/dev/`.
    terminal: Option<String>,
}

impl Processes {
    /// Those of the shell with that number, on that terminal.
    pub(super) fn of(shell: Option<u32>, terminal: Option<PathBuf>) -> Self {
        let leader = shell.and_then(|shell| i32::try_from(shell).ok());
        let terminal = terminal.and_then(|path| {
            let name = path.strip_prefix("/dev").ok()?;
            name.to_str().map(str::to_owned)
        });
        Self {
            leader: leader.and_then(Pid::from_raw),
            terminal,
        }
    }

    /// Ends them: SIGHUP, then SIGTERM, then SIGKILL, each only while something is left.
    pub(super) async fn end(self) {
        let Some(leader) = self.leader else { return };
        let began = Instant::now();
        let mut steps = [
            (Duration::ZERO, Signal::HUP),
            (HUNG_UP, Signal::TERM),
            (ASKED, Signal::KILL),
        ]
        .into_iter()
        .peekable();
        // Where the kernel does not list them there is only what the terminal had at first.
        let known = (!listed()).then(|| self.on_terminal(leader));
        while began.elapsed() < ENDING {
            let left = match &known {
                Some(known) => living(known),
                None => of_session(leader),
            };
            if left.is_empty() {
                return;
            }
            if let Some((_, signal)) = steps.next_if(|(after, _)| began.elapsed() >= *after) {
                for process in &left {
                    send(*process, signal);
                    // One that is stopped takes nothing but SIGKILL.
                    send(*process, Signal::CONT);
                }
            }
            sleep(LOOK).await;
        }
        tracing::warn!("a program in the shell could not be ended");
    }

    /// What `ps` tells of the terminal, and the shell.
    fn on_terminal(&self, leader: Pid) -> Vec<Pid> {
        let mut found = vec![leader];
        if let Some(terminal) = &self.terminal {
            let told = Command::new("ps")
                .args(["-o", "pid=", "-t", terminal])
                .output();
            let told = told.map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
            let told = told.unwrap_or_default();
            let numbers = told.split_whitespace().filter_map(|word| word.parse().ok());
            found.extend(numbers.filter_map(Pid::from_raw));
        }
        found
    }
}

fn send(process: Pid, signal: Signal) {
    if let Err(error) = kill_process(process, signal) {
        tracing::debug!(%error, ?process, ?signal, "a process takes no signal");
    }
}

fn living(known: &[Pid]) -> Vec<Pid> {
    let all = known.iter().copied();
    all.filter(|process| test_kill_process(*process).is_ok())
        .collect()
}

/// Whether this kernel lists its processes in `/proc`.
fn listed() -> bool {
    std::fs::metadata("/proc/self/stat").is_ok()
}

/// The processes of a session that have not ended.
fn of_session(leader: Pid) -> Vec<Pid> {
    let Ok(all) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let numbers = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let ours = numbers.filter(|number| {
        let stat = std::fs::read(format!("/proc/{number}/stat"));
        stat.is_ok_and(|stat| session(&stat) == Some(leader.as_raw_nonzero().get()))
    });
    ours.filter_map(Pid::from_raw).collect()
}

/// The session in a `stat` of proc(5); none for one that has ended. The name before it may hold anything.
fn session(stat: &[u8]) -> Option<i32> {
    let text = String::from_utf8_lossy(stat);
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_whatever_the_program_is_called() {
        let stat = |name: &str, state| format!("7 ({name}) {state} 1 5 4 34816 5");
        for name in ["sh", "a) S 9 9 9", "a b", ""] {
            assert_eq!(session(stat(name, 'S').as_bytes()), Some(4), "{name}");
        }
        assert_eq!(session(stat("sh", 'Z').as_bytes()), None, "it has ended");
        assert_eq!(session(b"7 (sh"), None);
    }
}
