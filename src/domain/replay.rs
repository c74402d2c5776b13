//! How a run of a replica ended, and how its target's last run did: classes that can be compared, in words. Pure.

use serde::Serialize;

use super::target::{State, Status, exit_words};
use super::text::bounded;
use super::triage::told_of;

/// Longest piece of the engine's own words that is shown.
const LONGEST: usize = 300;

/// Why the engine could not start a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// No such program, or no interpreter or loader for it (127).
    Missing,
    /// It is there and cannot be executed (126).
    NotExecutable,
    /// The user is not known in the image.
    User,
    /// The working directory.
    Workdir,
    /// A mount.
    Mount,
    /// A network, or a port of it.
    Network,
    /// Anything else.
    Other,
}

impl Failure {
    /// Reads the engine's error, whose words differ between its versions and runtimes.
    fn of(said: &str, status: i64) -> Self {
        let said = said.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
        if has(&[
            "unable to find user",
            "unable to find group",
            "no matching entries in passwd",
        ]) {
            Self::User
        } else if has(&["chdir to cwd", "working directory"]) {
            Self::Workdir
        } else if has(&["mount", "bind source path", "invalid volume"]) {
            Self::Mount
        } else if has(&["executable file not found", "no such file or directory"]) || status == 127
        {
            Self::Missing
        } else if has(&["permission denied", "exec format error", "is a directory"])
            || status == 126
        {
            Self::NotExecutable
        } else if has(&["network", "address already in use", "port is already"]) {
            Self::Network
        } else {
            Self::Other
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Missing => "its program or its interpreter is missing",
            Self::NotExecutable => "its program cannot be executed",
            Self::User => "its user is not known in the image",
            Self::Workdir => "its working directory cannot be entered",
            Self::Mount => "a mount failed",
            Self::Network => "its network failed",
            Self::Other => "the engine refused",
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Ending {
    /// It still ran when its time was over.
    Lives,
    /// It ended by itself.
    Exited {
        /// Its exit status.
        status: i64,
    },
    /// The kernel killed it for memory.
    OutOfMemory,
    /// A signal killed it.
    Killed {
        /// Its exit status, 128 and the number of the signal.
        status: i64,
    },
    /// It never ran.
    NotStarted {
        /// Why.
        failure: Failure,
        /// The engine's words, cleaned and cut.
        said: String,
    },
}

impl Ending {
    /// How a container's last run ended; none when it was never started. One that runs lives.
    pub fn of(state: &State) -> Option<Self> {
        let ran = || Self::exited(state.exit_code, state.oom_killed);
        match state.status {
            Status::Running | Status::Paused if !state.restarting => Some(Self::Lives),
            _ if state.error.is_some() => {
                let said = state.error.as_deref().unwrap_or_default();
                Some(Self::refused(said, state.exit_code))
            }
            Status::Created => None,
            Status::Running
            | Status::Paused
            | Status::Restarting
            | Status::Removing
            | Status::Exited
            | Status::Dead => Some(ran()),
        }
    }

    /// That of a program which ended with `status`.
    pub fn exited(status: i64, oom_killed: bool) -> Self {
        match status {
            _ if oom_killed => Self::OutOfMemory,
            129..=192 => Self::Killed { status },
            status => Self::Exited { status },
        }
    }

    /// That of a program which the engine could not start, in the engine's words.
    pub fn refused(said: &str, status: i64) -> Self {
        Self::NotStarted {
            failure: Failure::of(said, status),
            said: bounded(said, LONGEST),
        }
    }

    /// Whether both ended alike, whatever the engine's words. A SIGKILL may have been for memory: an engine of
    /// 20.10 misses the kernel's word in 3 of 100 runs on a busy machine (measured).
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::NotStarted { failure: a, .. }, Self::NotStarted { failure: b, .. }) => a == b,
            (Self::OutOfMemory, Self::Killed { status: 137 })
            | (Self::Killed { status: 137 }, Self::OutOfMemory) => true,
            (a, b) => a == b,
        }
    }

    /// Whether it runs, or ended without a failure.
    pub fn is_well(&self) -> bool {
        matches!(self, Self::Lives | Self::Exited { status: 0 })
    }

    /// The exit status by which a shell would tell of it; of one that lives 0.
    pub fn status(&self) -> i64 {
        match self {
            Self::Lives => 0,
            Self::Exited { status } | Self::Killed { status } => *status,
            Self::OutOfMemory => 137,
            Self::NotStarted { failure, .. } => match failure {
                Failure::Missing => 127,
                Failure::NotExecutable => 126,
                Failure::User
                | Failure::Workdir
                | Failure::Mount
                | Failure::Network
                | Failure::Other => 125,
            },
        }
    }

    /// What happened, in few words: a cell of a table.
    pub fn words(&self) -> String {
        match self {
            Self::Lives => "still running".into(),
            Self::Exited { status: 0 } => "exited with 0".into(),
            Self::Exited { status } | Self::Killed { status } => exit_words(*status, false),
            Self::OutOfMemory => exit_words(137, true),
            Self::NotStarted { failure, .. } => format!("not started: {}", failure.words()),
        }
    }

    /// What that means; empty where the words say all.
    pub fn meaning(&self) -> String {
        match self {
            Self::Lives => "it did not end by itself: good news for a server, bad for a job".into(),
            Self::Exited { status: 0 } => "it ended by itself and reports no failure".into(),
            Self::Exited { status: 125 } => {
                "the engine's own status for a refusal, if not the program's".into()
            }
            Self::Exited { status: 126 | 127 } => {
                "a shell's words for a command that it could not run, if not the program's own"
                    .into()
            }
            Self::Exited { .. } => {
                "the program chose this status itself; its last lines say why".into()
            }
            Self::OutOfMemory => {
                "the kernel killed it at its memory limit; --memory changes that".into()
            }
            Self::Killed { status } => signal_meaning(*status - 128).into(),
            Self::NotStarted { said, .. } => format!("the engine said: {}", told_of(said)),
        }
    }
}

fn signal_meaning(signal: i64) -> &'static str {
    match signal {
        4 => "an illegal instruction: built for another processor, perhaps",
        6 => "it gave itself up (abort): an assertion or an uncaught error",
        7 => "a bus error: a file that it had mapped became shorter, or memory ran out",
        8 => "an arithmetic error, a division by zero mostly",
        9 => "killed from outside; without a sign of memory shortage",
        11 => "a fault of memory access in the program or a library of it",
        13 => "it wrote to something that nobody reads any more",
        15 => "asked to end from outside",
        31 => "a system call that its seccomp profile forbids",
        _ => "a signal from outside, or from itself",
    }
}

/// A run of a replica, as the pane draws it and `devtwin replay --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// The target's name.
    pub target: String,
    /// Name that the replica had; it is gone.
    pub replica: String,
    /// The `docker run` line that does the same, secrets by name alone.
    pub docker_run: String,
    /// What was changed against the target, a line each.
    pub changes: Vec<String>,
    /// How it ended.
    pub ending: Ending,
    /// How it ended and what that means, in words.
    pub words: String,
    /// How long it ran, in milliseconds.
    pub millis: u64,
    /// The last of what it printed, at most 64 KiB of each stream; empty unless it was kept back for this report.
    pub stdout: String,
    /// As `stdout`, of its errors.
    pub stderr: String,
}

/// How it ended, when, and what that means: `exited with 3 after 12 ms: the program chose …`.
pub fn explained(ending: &Ending, millis: u64) -> String {
    format!("{}: {}", how_it_ended(ending, millis), ending.meaning())
}

/// How it ended, and when: `exited with 3 after 12 ms`.
pub fn how_it_ended(ending: &Ending, millis: u64) -> String {
    let when = match ending {
        Ending::NotStarted { .. } => String::new(),
        Ending::Lives | Ending::Exited { .. } | Ending::OutOfMemory | Ending::Killed { .. } => {
            format!(" after {}", duration(millis))
        }
    };
    format!("{}{when}", ending.words())
}

/// A duration in milliseconds, in words: `12 ms`, `1.2 s`, `30 s`, `2 min 5 s`.
pub fn duration(millis: u64) -> String {
    match millis {
        0..1000 => format!("{millis} ms"),
        1000..10_000 => {
            let text = format!("{}.{}", millis / 1000, millis % 1000 / 100);
            format!("{} s", text.trim_end_matches(".0"))
        }
        10_000..60_000 => format!("{} s", millis / 1000),
        _ => match (millis / 60_000, millis % 60_000 / 1000) {
            (minutes, 0) => format!("{minutes} min"),
            (minutes, seconds) => format!("{minutes} min {seconds} s"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(status: Status, exit_code: i64) -> State {
        State {
            status,
            restarting: false,
            pid: None,
            exit_code,
            oom_killed: false,
            error: None,
            started_at: None,
            finished_at: None,
            restart_count: 0,
            health: None,
        }
    }

    #[test]
    fn states_are_classed() {
        let exited = |code| Ending::of(&state(Status::Exited, code)).unwrap();
        assert_eq!(exited(3), Ending::Exited { status: 3 });
        assert_eq!(exited(139), Ending::Killed { status: 139 });
        assert_eq!(Ending::of(&state(Status::Created, 0)), None);
        assert_eq!(Ending::of(&state(Status::Running, 0)), Some(Ending::Lives));
        let looping = State {
            restarting: true,
            ..state(Status::Running, 4)
        };
        assert_eq!(Ending::of(&looping), Some(Ending::Exited { status: 4 }));
        let oom = State {
            oom_killed: true,
            ..state(Status::Exited, 137)
        };
        assert_eq!(Ending::of(&oom), Some(Ending::OutOfMemory));
    }

    #[test]
    fn the_engines_words_are_classed() {
        for (said, status, failure) in [
            (
                "OCI runtime create failed: exec: \"/x\": stat /x: no such file or directory: unknown",
                127,
                Failure::Missing,
            ),
            (
                "exec: \"x\": executable file not found in $PATH: unknown",
                127,
                Failure::Missing,
            ),
            (
                "exec: \"/x\": permission denied: unknown",
                126,
                Failure::NotExecutable,
            ),
            (
                "unable to find user bob: no matching entries in passwd file",
                125,
                Failure::User,
            ),
            (
                "chdir to cwd (\"/secret\") set in config.json failed: permission denied",
                126,
                Failure::Workdir,
            ),
            (
                "error while mounting volume '/x': no such file or directory",
                128,
                Failure::Mount,
            ),
            ("network shop_default not found", 128, Failure::Network),
            ("something new", 128, Failure::Other),
        ] {
            let failed = State {
                error: Some(said.into()),
                ..state(Status::Created, status)
            };
            let Some(Ending::NotStarted {
                failure: found,
                said: told,
            }) = Ending::of(&failed)
            else {
                panic!("{said}");
            };
            assert_eq!(found, failure, "{said}");
            assert_eq!(told, said);
        }
    }

    #[test]
    fn two_that_were_not_started_are_alike_by_their_reason() {
        let a = Ending::refused("exec: \"/a\": no such file or directory", 127);
        assert!(a.is_like(&Ending::refused("executable file not found", 127)));
        assert!(!a.is_like(&Ending::refused("permission denied", 126)));
        assert!(!a.is_like(&Ending::Exited { status: 127 }));
        assert!(!Ending::Lives.is_like(&Ending::Exited { status: 0 }));
        assert!(Ending::OutOfMemory.is_like(&Ending::Killed { status: 137 }));
        assert!(!Ending::OutOfMemory.is_like(&Ending::Killed { status: 139 }));
    }

    #[test]
    fn endings_read_as_sentences_and_as_statuses() {
        for (ending, millis, words, status) in [
            (
                Ending::Lives,
                30_000,
                "still running after 30 s: it did not end by itself",
                0,
            ),
            (
                Ending::Exited { status: 3 },
                12,
                "exited with 3 after 12 ms: the program chose",
                3,
            ),
            (
                Ending::Exited { status: 0 },
                1_000,
                "exited with 0 after 1 s: it ended by itself",
                0,
            ),
            (
                Ending::OutOfMemory,
                1_250,
                "killed: out of memory after 1.2 s: the kernel",
                137,
            ),
            (
                Ending::Killed { status: 139 },
                65_000,
                "killed by SIGSEGV (139) after 1 min 5 s: a fault",
                139,
            ),
            (
                Ending::refused("no such file or directory\x1b[2J", 127),
                0,
                "not started: its program or its interpreter is missing: the engine said: no such file or directory\u{fffd}[2J",
                127,
            ),
        ] {
            let said = explained(&ending, millis);
            assert!(said.starts_with(words), "{said}");
            assert_eq!(ending.status(), status, "{said}");
        }
    }
}
