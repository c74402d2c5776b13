//! Signals: which ones a person may want to send, and what becomes of them.

use super::field;

/// A signal that can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    /// Its name without `SIG`, as `kill -s` takes it.
    pub name: &'static str,
    /// Its number on the machines that run containers (signal(7): not on MIPS, Alpha and SPARC).
    pub number: u32,
    /// What it is for.
    pub use_for: &'static str,
}

const fn signal(name: &'static str, number: u32, use_for: &'static str) -> Signal {
    Signal {
        name,
        number,
        use_for,
    }
}

/// The usual signals, the gentlest first.
pub const SIGNALS: [Signal; 9] = [
    signal("TERM", 15, "asks it to end"),
    signal("HUP", 1, "asks it to read its settings anew; ends many"),
    signal("INT", 2, "as Ctrl-C does"),
    signal("QUIT", 3, "ends it; runtimes print their threads"),
    signal("USR1", 10, "what its program makes of it; ends others"),
    signal("USR2", 12, "what its program makes of it; ends others"),
    signal("KILL", 9, "ends it at once; it cannot tidy up"),
    signal("STOP", 19, "holds it until CONT"),
    signal("CONT", 18, "lets it go on after STOP"),
];

/// Which signals a process handles, as `status` tells it: bit n-1 for signal n.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signals {
    /// It has a handler.
    pub caught: u64,
    /// It ignores them.
    pub ignored: u64,
    /// They wait until it lets them through.
    pub blocked: u64,
}

/// What becomes of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its handler runs.
    Caught,
    /// The process ignores it.
    Ignored,
    /// It waits: the process has blocked it.
    Blocked,
    /// The kernel does what it does by default.
    Default,
    /// The kernel drops it: the process is the first of its process ids, and has no handler for it.
    Dropped,
}

impl Signals {
    /// Reads them from the text of a `status` file.
    pub(super) fn of(status: &str) -> Self {
        let mask = |name| {
            let value = field(status, name);
            value.and_then(|v| u64::from_str_radix(v, 16).ok())
        };
        Self {
            caught: mask("SigCgt").unwrap_or_default(),
            ignored: mask("SigIgn").unwrap_or_default(),
            blocked: mask("SigBlk").unwrap_or_default(),
        }
    }

    /// What becomes of a signal that another process, or the engine, sends to the process of that number.
    pub fn fate(self, pid: u32, signal: Signal) -> Fate {
        let bit = 1_u64 << signal.number.saturating_sub(1).min(63);
        // No process can do anything about these; the engine's reach the first one, too.
        if matches!(signal.name, "KILL" | "STOP") {
            return Fate::Default;
        }
        if self.blocked & bit != 0 {
            Fate::Blocked
        } else if self.ignored & bit != 0 {
            Fate::Ignored
        } else if self.caught & bit != 0 {
            Fate::Caught
        } else if pid == 1 && signal.name != "CONT" {
            Fate::Dropped
        } else {
            Fate::Default
        }
    }
}
