//! Published ports against what listens.

use core::net::SocketAddr;

use super::{Net, Protocol, Socket};

/// A published port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// As the engine says it: `127.0.0.1:80->8080/tcp`.
    pub text: String,
    /// What keeps whoever connects to it from being answered.
    pub trouble: Option<Trouble>,
    /// Where the program listens that it leads to.
    pub listens: Vec<SocketAddr>,
}

/// Why a published port is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing listens on that port of the container.
    Nobody(u16),
    /// Only within the container it can be reached.
    Loopback(u16),
}

impl Trouble {
    /// What is wrong, in a line.
    pub fn words(self) -> String {
        match self {
            Self::Nobody(port) => {
                format!("nothing listens on {port}: the published port leads nowhere")
            }
            Self::Loopback(port) => {
                format!("{port} listens on loopback only: a published port cannot reach it")
            }
        }
    }

    /// What to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Nobody(_) => {
                "publish the port that the program listens on, or have it listen there"
            }
            Self::Loopback(_) => "have the program listen on 0.0.0.0 instead of 127.0.0.1",
        }
    }
}

/// What is said of each published port. Text that is no published port is kept without trouble.
pub fn ports(published: &[String], net: &Net) -> Vec<Port> {
    published.iter().map(|text| port(text, net)).collect()
}

fn port(text: &str, net: &Net) -> Port {
    let plain = |trouble, listens| Port {
        text: text.to_owned(),
        trouble,
        listens,
    };
    let Some((port, protocol)) = inner(text) else {
        return plain(None, Vec::new());
    };
    let here = |s: &&Socket| s.protocol == protocol && s.state.is_open();
    let ends = net
        .sockets
        .iter()
        .filter(here)
        .filter_map(|s| s.local.net());
    let listens: Vec<SocketAddr> = ends.filter(|at| at.port() == port).collect();
    let trouble = if listens.is_empty() {
        // Where not all sockets were read, nothing is said of one that was not found.
        (!net.cut).then_some(Trouble::Nobody(port))
    } else if listens.iter().all(|at| at.ip().is_loopback()) {
        Some(Trouble::Loopback(port))
    } else {
        None
    };
    plain(trouble, listens)
}

/// The container's port and its protocol.
fn inner(text: &str) -> Option<(u16, Protocol)> {
    let (_, inner) = text.split_once("->")?;
    let (port, protocol) = inner.split_once('/')?;
    let protocol = match protocol {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        _ => return None,
    };
    Some((port.parse().ok()?, protocol))
}
