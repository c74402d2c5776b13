//! Sockets, routes and names of a network namespace, as the kernel's `/proc/PID/net` and the files in `/etc` tell of
//! them, and what they say of the published ports.
//!
//! Addresses stand there as the machine keeps them in memory: parsed for little-endian ones, as all are that
//! devtwin's images are made for.

mod names;
mod ports;
mod routes;
mod table;

pub use names::{Host, Resolver, hosts, resolver};
pub use ports::{Port, Trouble, ports};
pub use routes::{Route, routes, routes6};
pub use table::{inet, unix};

use std::collections::BTreeMap;
// From `core`, where nothing can open a socket.
use core::net::{IpAddr, SocketAddr};

/// Most sockets that are kept of one table.
pub const MOST: usize = 4096;

/// What carries a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP, over IPv4 and IPv6.
    Tcp,
    /// UDP, over IPv4 and IPv6.
    Udp,
    /// A socket within the machine.
    Unix,
}

impl Protocol {
    /// Its name, as `ss` and the engine write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Unix => "unix",
        }
    }
}

/// How a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Waits for connections.
    Listen,
    /// Of UDP: takes what comes from anywhere.
    Unconnected,
    /// Connected.
    Established,
    /// Asked for a connection, and waits for the answer.
    SynSent,
    /// Was asked for a connection.
    SynReceived,
    /// We have closed our side.
    FinWait1,
    /// We have closed our side, and the other one has heard of it.
    FinWait2,
    /// Over; the number waits until no stray packet can come.
    TimeWait,
    /// Over.
    Close,
    /// The other side has closed; our program has not.
    CloseWait,
    /// Both have closed; the last word is awaited.
    LastAck,
    /// Both have closed at once.
    Closing,
}

impl State {
    /// In the words of `ss`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Listen => "LISTEN",
            Self::Unconnected => "UNCONN",
            Self::Established => "ESTAB",
            Self::SynSent => "SYN-SENT",
            Self::SynReceived => "SYN-RECV",
            Self::FinWait1 => "FIN-WAIT-1",
            Self::FinWait2 => "FIN-WAIT-2",
            Self::TimeWait => "TIME-WAIT",
            Self::Close => "CLOSED",
            Self::CloseWait => "CLOSE-WAIT",
            Self::LastAck => "LAST-ACK",
            Self::Closing => "CLOSING",
        }
    }

    /// Whether whoever wants may connect, or send something.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Listen | Self::Unconnected)
    }
}

/// A socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// What carries it.
    pub protocol: Protocol,
    /// How it stands.
    pub state: State,
    /// Its own end.
    pub local: End,
    /// The other end; none while it has none.
    pub remote: Option<End>,
    /// Bytes that came and were not read by the program; of a listening socket the connections that wait.
    pub waiting: u64,
    /// Bytes that the other side has not acknowledged; of a listening socket nothing.
    pub unsent: u64,
    /// The kernel's number for it, by which its process is found; 0 when no process has it any more.
    pub inode: u64,
    /// The user who made it.
    pub uid: u32,
}

/// An end of a connection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Address and port. An IPv4 address that stood in an IPv6 one is an IPv4 one.
    Net(SocketAddr),
    /// A path, or behind `@` a name without a file. Hostile.
    Path(String),
}

impl End {
    /// As `ss` prints it: `127.0.0.1:80`, `[::]:80`, `*` for no port.
    pub fn text(&self) -> String {
        match self {
            Self::Net(at) if at.port() == 0 => match at.ip() {
                IpAddr::V4(ip) => format!("{ip}:*"),
                IpAddr::V6(ip) => format!("[{ip}]:*"),
            },
            Self::Net(at) => at.to_string(),
            Self::Path(path) => path.clone(),
        }
    }

    /// Address and port, of one that has them.
    pub fn net(&self) -> Option<SocketAddr> {
        match self {
            Self::Net(at) => Some(*at),
            Self::Path(_) => None,
        }
    }
}

/// What is known of a network at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Net {
    /// Its sockets: those that are open to whoever comes first, then the others; in the order of their ends.
    pub sockets: Vec<Socket>,
    /// Whether there are more.
    pub cut: bool,
    /// Which processes have a socket, by its number.
    pub owners: Owners,
    /// Its routes.
    pub routes: Vec<Route>,
    /// How names are found, as the target's programs are told.
    pub resolver: Option<Resolver>,
    /// Names that are known without asking anybody.
    pub hosts: Vec<Host>,
}

/// Whose sockets are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owners {
    /// Numbers of processes by number of socket.
    Known(BTreeMap<u64, Vec<u32>>),
    /// They cannot be told: why.
    Unknown(String),
}

impl Default for Owners {
    fn default() -> Self {
        Self::Known(BTreeMap::new())
    }
}

impl Net {
    /// The processes that have a socket.
    pub fn owners(&self, socket: &Socket) -> &[u32] {
        match &self.owners {
            Owners::Known(owners) if socket.inode != 0 => {
                owners.get(&socket.inode).map_or(&[], Vec::as_slice)
            }
            Owners::Known(_) | Owners::Unknown(_) => &[],
        }
    }
}

/// Puts sockets in order, and keeps so many as are kept.
pub fn sorted(mut sockets: Vec<Socket>) -> (Vec<Socket>, bool) {
    let key = |s: &Socket| {
        let end = s.local.net().map(|at| (at.port(), at.ip()));
        (!s.state.is_open(), s.protocol, end)
    };
    sockets.sort_by(|a, b| {
        let ends = || (&a.local, &a.remote, a.inode).cmp(&(&b.local, &b.remote, b.inode));
        key(a).cmp(&key(b)).then_with(ends)
    });
    let cut = sockets.len() > MOST;
    sockets.truncate(MOST);
    (sockets, cut)
}

/// Reads what `stat -L -c '%f %i %n'` prints of `/proc/PID/fd/N`: mode in hexadecimal digits, number, path. Of
/// the open files only sockets are kept.
pub fn owners(text: &str) -> BTreeMap<u64, Vec<u32>> {
    const KIND: u32 = 0o170_000;
    const SOCKET: u32 = 0o140_000;
    let mut owners: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.split(' ');
        let mode = words.next().and_then(|m| u32::from_str_radix(m, 16).ok());
        let inode = words.next().and_then(|n| n.parse().ok());
        let pid = words.next().and_then(|path| {
            let (pid, _) = path.strip_prefix("/proc/")?.split_once("/fd/")?;
            pid.parse().ok()
        });
        let (Some(mode), Some(inode), Some(pid)) = (mode, inode, pid) else {
            continue;
        };
        if mode & KIND == SOCKET {
            let of = owners.entry(inode).or_default();
            if !of.contains(&pid) {
                of.push(pid);
            }
        }
    }
    owners
}

#[cfg(test)]
mod tests;
