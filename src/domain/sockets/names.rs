//! How names are found: `/etc/resolv.conf` and `/etc/hosts`.

/// Most lines that are kept of either file.
const LINES: usize = 64;
/// Most characters that are kept of a word.
const LONG: usize = 256;

/// Whom a program asks for names, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolver {
    /// Servers in the order in which they are asked.
    pub servers: Vec<String>,
    /// Domains that are tried behind short names.
    pub search: Vec<String>,
    /// Options, `ndots:0`.
    pub options: Vec<String>,
}

/// Names of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The address.
    pub address: String,
    /// Its names.
    pub names: Vec<String>,
}

/// Reads a `resolv.conf`. Of several `search` or `domain` lines the last one counts.
pub fn resolver(text: &str) -> Resolver {
    let mut found = Resolver::default();
    for line in text.lines() {
        let line = line.split(['#', ';']).next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        let words = words.map(cut).take(LINES);
        match first {
            "nameserver" => found.servers.extend(words.take(1)),
            "search" | "domain" => found.search = words.collect(),
            "options" => found.options.extend(words),
            _ => {}
        }
    }
    found.servers.truncate(LINES);
    found.options.truncate(LINES);
    found
}

/// Reads a `hosts` file.
pub fn hosts(text: &str) -> Vec<Host> {
    let host = |line: &str| {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace().map(cut);
        let address = words.next()?;
        let names: Vec<String> = words.take(LINES).collect();
        (!names.is_empty()).then_some(Host { address, names })
    };
    text.lines().filter_map(host).take(LINES).collect()
}

fn cut(word: &str) -> String {
    word.chars().take(LONG).collect()
}
