//! The kernel's tables of sockets.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{End, MOST, Protocol, Socket, State};

/// Reads `/proc/net/tcp`, `tcp6`, `udp` or `udp6`. Lines that cannot be read are left out; one socket more than
/// are kept tells that there are more.
pub fn inet(text: &str, protocol: Protocol) -> Vec<Socket> {
    let lines = text.lines().skip(1);
    let sockets = lines.filter_map(|line| inet_line(line, protocol));
    sockets.take(MOST + 1).collect()
}

/// `sl local remote st tx:rx tr:when retrnsmt uid timeout inode …`
fn inet_line(line: &str, protocol: Protocol) -> Option<Socket> {
    let mut words = line.split_whitespace().skip(1);
    let local = end(words.next()?)?;
    let remote = end(words.next()?)?;
    let state = state(words.next()?, protocol)?;
    let (unsent, waiting) = words.next()?.split_once(':')?;
    let hex = |word| u64::from_str_radix(word, 16).ok();
    let mut words = words.skip(2);
    let uid = words.next()?.parse().ok()?;
    let inode = words.nth(1)?.parse().ok()?;
    Some(Socket {
        protocol,
        state,
        local: End::Net(local),
        remote: Some(remote)
            .filter(|at| at.port() != 0 || !at.ip().is_unspecified())
            .map(End::Net),
        waiting: hex(waiting)?,
        unsent: hex(unsent)?,
        inode,
        uid,
    })
}

fn state(word: &str, protocol: Protocol) -> Option<State> {
    Some(match (word, protocol) {
        ("01", _) => State::Established,
        ("02", _) => State::SynSent,
        ("03" | "0C", _) => State::SynReceived,
        ("04", _) => State::FinWait1,
        ("05", _) => State::FinWait2,
        ("06", _) => State::TimeWait,
        ("07", Protocol::Udp) => State::Unconnected,
        ("07", _) => State::Close,
        ("08", _) => State::CloseWait,
        ("09", _) => State::LastAck,
        ("0A", _) => State::Listen,
        ("0B", _) => State::Closing,
        _ => return None,
    })
}

/// An address and a port in hexadecimal digits: the address in words of 32 bits as they lie in memory, the port
/// as it is read.
fn end(word: &str) -> Option<SocketAddr> {
    let (address, port) = word.split_once(':')?;
    Some(SocketAddr::new(
        address_of(address)?,
        u16::from_str_radix(port, 16).ok()?,
    ))
}

/// An address of 8 or 32 digits, as [`end`] reads it.
pub(super) fn address_of(digits: &str) -> Option<IpAddr> {
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let word = |from: usize| {
        let word = digits.get(from..from + 8)?;
        Some(u32::from_str_radix(word, 16).ok()?.to_le_bytes())
    };
    match digits.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let mut bytes = [0; 16];
            for (part, from) in bytes.chunks_exact_mut(4).zip([0, 8, 16, 24]) {
                part.copy_from_slice(&word(from)?);
            }
            let address = Ipv6Addr::from(bytes);
            let mapped = address.to_ipv4_mapped().map(IpAddr::from);
            Some(mapped.unwrap_or_else(|| address.into()))
        }
        _ => None,
    }
}

/// Reads `/proc/net/unix`: those that wait for connections and have a name. A name may hold a newline, so that
/// what follows it looks like another line: its own program says so of itself.
pub fn unix(text: &str) -> Vec<Socket> {
    let lines = text.lines().skip(1);
    lines.filter_map(unix_line).take(MOST + 1).collect()
}

/// `Num: RefCount Protocol Flags Type St Inode Path`
fn unix_line(line: &str) -> Option<Socket> {
    const ACCEPTS: u32 = 0x1_0000;
    let (number, rest) = line.split_once(": ")?;
    if !number.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut words = rest.trim_start().splitn(6, ' ');
    let flags = u32::from_str_radix(words.nth(2)?, 16).ok()?;
    let _kind = words.next()?;
    let _state = words.next()?;
    let rest = words.next()?.trim_start();
    let (inode, path) = rest.split_once(' ')?;
    if flags & ACCEPTS == 0 || path.is_empty() {
        return None;
    }
    Some(Socket {
        protocol: Protocol::Unix,
        state: State::Listen,
        local: End::Path(path.to_owned()),
        remote: None,
        waiting: 0,
        unsent: 0,
        inode: inode.parse().ok()?,
        uid: 0,
    })
}
