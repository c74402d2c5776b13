//! What a twin can be asked about processes and network, and what it answers; from where it looks.

use std::time::Duration;

use super::plan::{Mode, Plan};
use super::process::{Details, Listing, Signal};
use super::sockets::Net;
use super::target::{NamespaceMode, Target};

/// From where a twin looks: which of the target's namespaces it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vantage {
    /// Whether the target's processes are seen.
    pub processes: Seen,
    /// The number of the target's main process, as the twin sees it; none when it is not known.
    pub main: Option<u32>,
    /// Whether the twin has the target's network.
    pub network: bool,
    /// Whether that is the host's.
    pub host_network: bool,
}

/// Which processes a twin sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The target's and its own.
    Shared,
    /// All of the host's: the target uses its process ids.
    Host,
    /// Its own alone.
    Own,
}

impl Vantage {
    /// That of a twin beside its target.
    pub fn of(plan: &Plan, target: &Target) -> Self {
        let owns = matches!(plan.mode, Mode::Arena | Mode::Explore);
        let processes = if plan.pid == "host" {
            Seen::Host
        } else if owns || plan.pid.starts_with("container:") {
            Seen::Shared
        } else {
            Seen::Own
        };
        let main = match processes {
            Seen::Host => target.state.pid,
            // In process ids that the target has of a third container its number is unknown.
            Seen::Shared if owns => None,
            Seen::Shared => {
                (!matches!(target.isolation.pid, NamespaceMode::Container(_))).then_some(1)
            }
            Seen::Own => None,
        };
        Self {
            processes,
            main,
            network: owns || plan.network == "host" || plan.network.starts_with("container:"),
            host_network: plan.network == "host",
        }
    }
}

/// Something that a twin is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// Its processes; of the host's only the target's, unless `all`.
    Processes {
        /// Also those that are not the target's.
        all: bool,
    },
    /// All of one process.
    Process {
        /// Its number.
        pid: u32,
    },
    /// Sockets, routes and names, and the processes that have them.
    Network,
    /// Sends a signal, and tells what came of it.
    Send {
        /// To the process of that number.
        pid: u32,
        /// Which began then: another one of its number gets nothing.
        start: u64,
        /// What is sent.
        signal: Signal,
    },
}

/// What a twin answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The processes, and how long the answer took.
    Processes(Listing, Duration),
    /// A process; none when it has ended.
    Process(u32, Option<Box<Details>>),
    /// The network, the processes, and how long the answer took.
    Network(Net, Listing, Duration),
    /// What came of a signal.
    Sent(u32, Outcome),
}

/// What came of a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The process has ended.
    Ended,
    /// The process had ended before.
    Gone,
    /// It is stopped.
    Stopped,
    /// It runs on.
    Runs,
    /// It was not sent: why.
    Refused(String),
}
