//! The kernel's tables of routes.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::table::address_of;

/// Most routes that are kept.
const MOST: usize = 256;
/// A route that is in use.
const UP: u32 = 1;
/// It leads to an address of this machine.
const LOCAL: u32 = 0x8000_0000;
/// What comes that way is refused.
const REJECT: u32 = 0x200;

/// A route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Where to: an address and the length of its prefix; 0 for everywhere else.
    pub to: (IpAddr, u8),
    /// By way of; none for neighbours.
    pub via: Option<IpAddr>,
    /// Through which interface.
    pub device: String,
    /// Of several the smallest is taken.
    pub metric: u32,
}

impl Route {
    /// As `ip route` prints it: `default via 172.17.0.1 dev eth0`.
    pub fn text(&self) -> String {
        let to = match self.to {
            (_, 0) => "default".to_owned(),
            (ip, prefix) => format!("{ip}/{prefix}"),
        };
        let via = self.via.map(|ip| format!(" via {ip}"));
        let metric = (self.metric != 0).then(|| format!(" metric {}", self.metric));
        let (via, metric) = (via.unwrap_or_default(), metric.unwrap_or_default());
        format!("{to}{via} dev {}{metric}", self.device)
    }
}

/// Reads `/proc/net/route`.
pub fn routes(text: &str) -> Vec<Route> {
    let lines = text.lines().skip(1);
    lines.filter_map(route).take(MOST).collect()
}

/// `Iface Destination Gateway Flags RefCnt Use Metric Mask …`
fn route(line: &str) -> Option<Route> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let word = |n: usize| words.get(n).copied();
    let flags = u32::from_str_radix(word(3)?, 16).ok()?;
    let IpAddr::V4(mask) = address_of(word(7)?)? else {
        return None;
    };
    if flags & UP == 0 || flags & REJECT != 0 {
        return None;
    }
    let prefix = u8::try_from(mask.to_bits().count_ones()).ok()?;
    Some(Route {
        to: (address_of(word(1)?)?, prefix),
        via: Some(address_of(word(2)?)?).filter(|ip| *ip != Ipv4Addr::UNSPECIFIED),
        device: word(0)?.to_owned(),
        metric: word(6)?.parse().ok()?,
    })
}

/// Reads `/proc/net/ipv6_route`. What every machine has is left out: routes to itself, to neighbours by their
/// own numbers, and to groups.
pub fn routes6(text: &str) -> Vec<Route> {
    text.lines().filter_map(route6).take(MOST).collect()
}

/// `destination prefix source prefix next-hop metric references uses flags device`, addresses as they are read.
fn route6(line: &str) -> Option<Route> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let word = |n: usize| words.get(n).copied();
    let hex = |n: usize| u32::from_str_radix(word(n)?, 16).ok();
    let address = |n: usize| {
        let digits = word(n).filter(|digits| digits.len() == 32)?;
        u128::from_str_radix(digits, 16)
            .ok()
            .map(Ipv6Addr::from_bits)
    };
    let (to, via, flags) = (address(0)?, address(4)?, hex(8)?);
    let device = word(9)?.to_owned();
    let own = flags & (LOCAL | REJECT) != 0 || flags & UP == 0 || device == "lo";
    if own || to.is_multicast() || to.is_unicast_link_local() {
        return None;
    }
    Some(Route {
        to: (to.into(), u8::try_from(hex(1)?).ok().filter(|n| *n <= 128)?),
        via: Some(via).filter(|ip| !ip.is_unspecified()).map(IpAddr::V6),
        device,
        metric: hex(5)?,
    })
}
