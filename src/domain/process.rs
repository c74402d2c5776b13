//! Processes as the kernel's `/proc` tells of them: parsers of its files, and the tree they form.
//!
//! A process may call itself what it likes, blanks, brackets and newlines among it, and its words are whatever its
//! starter gave it. So nothing here trusts a separator that could stand in them; texts are kept as they are, cut
//! at bounds, and are to be cleaned where they are drawn.

mod details;
mod signals;
mod tree;

use std::collections::BTreeMap;

pub use details::{Details, Env, Limit, OpenFile, OpenFiles, environ, files, limits, link};
pub use signals::{Fate, SIGNALS, Signal, Signals};
pub use tree::{Branch, among, tree};

/// Most processes that are kept.
pub const MOST: usize = 4096;
/// Most bytes that are kept of a command.
const COMMAND: usize = 4096;
/// Most bytes of a `stat` file; the longest is about 400.
const STAT: usize = 4096;
/// Fields behind the name that a `stat` file has at least.
const FIELDS: usize = 40;
/// Ticks of the clock in a second, as `/proc` counts them on every machine that runs containers.
pub const TICKS: u64 = 100;

/// What a process is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// On a processor, or waiting for one.
    Running,
    /// Waiting for something.
    Sleeping,
    /// Waiting for a device, deaf to signals.
    Blocked,
    /// Stopped by a signal.
    Stopped,
    /// Held by a debugger.
    Traced,
    /// Ended; its parent has not asked how.
    Zombie,
    /// A kernel's thread without work.
    Idle,
    /// A letter that newer kernels may use.
    Other(char),
}

impl State {
    /// The kernel's letter.
    fn parse(letter: char) -> Self {
        match letter {
            'R' => Self::Running,
            'S' => Self::Sleeping,
            'D' => Self::Blocked,
            'T' => Self::Stopped,
            't' => Self::Traced,
            'Z' => Self::Zombie,
            'I' => Self::Idle,
            other => Self::Other(other),
        }
    }

    /// The letter, as `ps` prints it.
    pub fn letter(self) -> char {
        match self {
            Self::Running => 'R',
            Self::Sleeping => 'S',
            Self::Blocked => 'D',
            Self::Stopped => 'T',
            Self::Traced => 't',
            Self::Zombie => 'Z',
            Self::Idle => 'I',
            Self::Other(letter) => letter,
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Sleeping => "sleeping",
            Self::Blocked => "waiting for a device",
            Self::Stopped => "stopped",
            Self::Traced => "held by a debugger",
            Self::Zombie => "ended, not yet collected by its parent",
            Self::Idle => "idle",
            Self::Other(_) => "in an unknown state",
        }
    }
}

/// To whom a process belongs, by its mount namespace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Owner {
    /// The twin itself: what devtwin and the person run in it.
    Twin,
    /// The target.
    Target,
    /// Neither, or not to be told.
    #[default]
    Other,
}

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number, as the twin sees it.
    pub pid: u32,
    /// Its parent's number; 0 when that is not to be seen from here.
    pub parent: u32,
    /// The name that it gave itself, or the kernel it: hostile, at most 15 bytes but for the kernel's own.
    pub name: String,
    /// What it is doing.
    pub state: State,
    /// Its threads.
    pub threads: u32,
    /// Processor time that it took, in [`TICKS`].
    pub ticks: u64,
    /// When it began, in [`TICKS`] after the machine did: with the number it tells a process from all others.
    pub start: u64,
    /// Program and arguments; empty for kernel threads and zombies. Hostile; cut at 4 KiB.
    pub argv: Vec<String>,
    /// Effective user, when it was told.
    pub uid: Option<u32>,
    /// Memory in use, in bytes.
    pub rss: Option<u64>,
    /// Which signals it handles.
    pub signals: Signals,
    /// Whose it is.
    pub owner: Owner,
}

impl Process {
    /// Its command on one line, as `ps` prints it: a name in brackets where there are no words.
    pub fn command(&self) -> String {
        if self.argv.is_empty() {
            return format!("[{}]", self.name);
        }
        self.argv.join(" ")
    }

    /// What its program is called, without the directory: for places that are short.
    pub fn short(&self) -> &str {
        &self.name
    }
}

/// The processes at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// How long the machine runs, in [`TICKS`].
    pub uptime: u64,
    /// In the order of their numbers; at most [`MOST`].
    pub processes: Vec<Process>,
    /// Whether there are more.
    pub cut: bool,
    /// Whether their words could be read: without `cat` in the dev image they cannot.
    pub words: bool,
    /// Names of their users, as the target's `/etc/passwd` has them.
    pub users: BTreeMap<u32, String>,
}

impl Listing {
    /// The process of that number.
    pub fn get(&self, pid: u32) -> Option<&Process> {
        self.processes.iter().find(|p| p.pid == pid)
    }

    /// The share of one processor that a process took since an earlier look, in thousandths; none when it was
    /// not there then.
    pub fn share(&self, before: &Self, process: &Process) -> Option<u64> {
        let then = before.get(process.pid)?;
        let passed = self.uptime.checked_sub(before.uptime)?;
        if then.start != process.start || passed == 0 {
            return None;
        }
        let taken = process.ticks.saturating_sub(then.ticks);
        Some(taken.saturating_mul(1000) / passed)
    }
}

/// Reads what `/proc/uptime` holds, in [`TICKS`].
pub fn uptime(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let (seconds, parts) = text.split_whitespace().next()?.split_once('.')?;
    let parts: u64 = parts.get(..2)?.parse().ok()?;
    seconds
        .parse::<u64>()
        .ok()?
        .checked_mul(TICKS)?
        .checked_add(parts)
}

/// Reads what the files `stat`, `cmdline` and `status` of a process hold, one behind the other. None when it
/// ended before the first one was read.
///
/// Where one file ends and the next begins cannot be forged: `stat` is too long for a name to look like one, and
/// `status` begins with the name that is known from it.
pub fn process(record: &[u8], owner: Owner) -> Option<Process> {
    let (stat, rest) = stat(record)?;
    let (words, status) = split_status(rest, &stat.name);
    Some(Process {
        pid: stat.pid,
        parent: stat.parent,
        state: stat.state,
        threads: stat.threads,
        ticks: stat.ticks,
        start: stat.start,
        argv: argv(words),
        uid: field(status, "Uid").and_then(|ids| ids.split_whitespace().nth(1)?.parse().ok()),
        rss: field(status, "VmRSS").and_then(kilobytes),
        signals: Signals::of(status),
        owner,
        name: text(&stat.name),
    })
}

/// What is used of a `stat` file.
struct Stat {
    pid: u32,
    parent: u32,
    name: Vec<u8>,
    state: State,
    threads: u32,
    ticks: u64,
    start: u64,
}

/// The `stat` file that `bytes` begin with, and what is behind it. It ends with the first line behind whose last
/// bracket stand a letter and forty numbers: no name is long enough for those.
fn stat(bytes: &[u8]) -> Option<(Stat, &[u8])> {
    let open = bytes.iter().take(12).position(|b| *b == b'(')?;
    let pid = number(bytes.get(..open)?)?;
    let ends = bytes.iter().take(STAT).enumerate();
    let ends = ends.filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
    for end in ends {
        let line = bytes.get(..end)?;
        let Some(close) = line.windows(2).rposition(|two| two == b") ") else {
            continue;
        };
        let (Some(name), Some(fields)) = (line.get(open + 1..close), line.get(close + 2..)) else {
            continue;
        };
        if let Some(stat) = stat_fields(pid, name, fields) {
            return Some((stat, bytes.get(end + 1..)?));
        }
    }
    None
}

fn stat_fields(pid: u32, name: &[u8], fields: &[u8]) -> Option<Stat> {
    let mut fields = std::str::from_utf8(fields).ok()?.split(' ');
    let mut letter = fields.next()?.chars();
    let state = State::parse(letter.next().filter(char::is_ascii_alphabetic)?);
    if letter.next().is_some() {
        return None;
    }
    // Some are negative, and some are wider than 64 bits signed.
    let numbers: Option<Vec<i128>> = fields.map(|field| field.parse().ok()).collect();
    let numbers = numbers.filter(|numbers| numbers.len() >= FIELDS)?;
    // Numbered as in proc(5), where the parent is the fourth field.
    let field = |n: usize| numbers.get(n - 4).copied().unwrap_or_default();
    let unsigned = |n: usize| u64::try_from(field(n)).unwrap_or_default();
    Some(Stat {
        pid,
        parent: u32::try_from(field(4)).unwrap_or_default(),
        name: name.to_vec(),
        state,
        threads: u32::try_from(field(20)).unwrap_or_default(),
        ticks: unsigned(14).saturating_add(unsigned(15)),
        start: unsigned(22),
    })
}

/// Takes words and `status` of a process of that name apart.
fn split_status<'a>(bytes: &'a [u8], name: &[u8]) -> (&'a [u8], &'a str) {
    let mut begin = b"Name:\t".to_vec();
    for byte in name {
        // As the kernel prints it there.
        match byte {
            b'\n' => begin.extend(b"\\n"),
            b'\\' => begin.extend(b"\\\\"),
            other => begin.push(*other),
        }
    }
    begin.push(b'\n');
    // Words may hold a whole `status` themselves; the true one is the last.
    match memchr::memmem::rfind(bytes, &begin) {
        Some(at) => {
            let (words, status) = bytes.split_at(at);
            let known = status.get(begin.len()..).unwrap_or_default();
            (words, std::str::from_utf8(known).unwrap_or_default())
        }
        None => (bytes, ""),
    }
}

/// The value of a field of `status`.
fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = status.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
}

fn kilobytes(value: &str) -> Option<u64> {
    let count: u64 = value.strip_suffix("kB")?.trim().parse().ok()?;
    count.checked_mul(1024)
}

/// The words of a `cmdline` file. A process that wrote over it leaves blanks or nothing behind its last word.
fn argv(bytes: &[u8]) -> Vec<String> {
    let kept = bytes.get(..COMMAND).unwrap_or(bytes);
    let end = kept.iter().rposition(|b| *b != 0 && *b != b' ');
    let Some(kept) = end.and_then(|end| kept.get(..=end)) else {
        return Vec::new();
    };
    kept.split(|b| *b == 0).map(text).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn number<T: std::str::FromStr>(bytes: &[u8]) -> Option<T> {
    std::str::from_utf8(bytes).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests;
