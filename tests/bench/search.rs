//! The search over all packages of a distribution, against a plain scan of their names.

use std::hint::black_box;
use std::time::Instant;

use devtwin::domain::packages::{Catalogue, Here, Installed, Package};
use memchr::memmem;

use crate::figures::{Figures, megabytes, memory};

const PACKAGES: usize = 100_000;
/// Installed ones, as a big development image has them.
const INSTALLED: usize = 500;
/// How many matches a pane asks for.
const MOST: usize = 200;
const ROUNDS: usize = 5;
/// Copies of the catalogue that are weighed, after as many that fill what building it left free.
const COPIES: usize = 8;

/// What people type, key by key.
const QUERIES: &[&str] = &[
    "a",
    "e",
    "-",
    "3",
    "lib",
    "libssl-dev",
    "libcurl.so.4",
    "so:libpcap.so.1",
    "cmd:tcpdump",
    "/usr/bin/dig",
    "dig",
    "dnsutils",
    "nslookup",
    "build-essential",
    "python3-pip",
    "py3-requests",
    "perl-json",
    "netcat",
    "telnet",
    "ping",
    "iputils-ping",
    "curl",
    "strace",
    "postgresql-client",
    "redis-cli",
    "openssh-client",
    "default-jdk",
    "gcc",
    "g++",
    "vim",
    "process viewer",
    "network packet capture",
    "command line json processor",
    "development files for the library",
    "a library for the network",
    "pstgrsql",
    "ngnx",
    "tcpdmp",
    "no such package at all",
    "xyzzyq",
    "documentation",
    "a e i o u",
];

pub(crate) fn search() {
    let mut packages: Vec<Package> = generated();
    let installed = some_installed(&packages);
    let names: Vec<&str> = packages.iter().map(|p| p.name.as_str()).collect();
    let names = names.join("\n");
    let start = Instant::now();
    let catalogue = Catalogue::new(packages.drain(..), &str::cmp);
    let built = start.elapsed();
    drop(packages);
    assert_eq!(catalogue.len(), PACKAGES, "each name is there once");

    let (mut ours, mut scan) = (Figures::default(), Figures::default());
    let mut slowest = (0.0, String::new());
    for query in QUERIES {
        for (end, letter) in query.char_indices() {
            let typed = &query[..end + letter.len_utf8()];
            let mut key = Figures::default();
            for _ in 0..ROUNDS {
                let start = Instant::now();
                black_box(catalogue.find("apk", black_box(typed), &installed, MOST));
                let time = start.elapsed();
                ours.push(time);
                key.push(time);
                let start = Instant::now();
                let finder = memmem::Finder::new(black_box(typed));
                black_box(finder.find_iter(black_box(names.as_bytes())).count());
                scan.push(start.elapsed());
            }
            if key.median() > slowest.0 {
                slowest = (key.median(), typed.to_owned());
            }
        }
    }
    println!(
        "a key in the search over {PACKAGES} packages: {} (budget max 5 ms, {} keys); scan of all names: {}; ratio of medians {:.1}",
        ours.spread(),
        ours.len(),
        scan.spread(),
        ours.median() / scan.median(),
    );
    println!("  slowest: {:?}, median {:.2} ms", slowest.1, slowest.0);
    let bytes = weigh(&catalogue);
    println!(
        "  built in {:.0} ms; {:.1} MB, {} bytes a package",
        built.as_secs_f64() * 1e3,
        megabytes(bytes),
        bytes / PACKAGES as u64,
    );
}

/// Bytes of a catalogue: what copies of it add to the process.
fn weigh(catalogue: &Catalogue) -> u64 {
    let resident = || memory(std::process::id(), "VmRSS");
    let copies = || vec![(); COPIES].into_iter().map(|()| catalogue.clone());
    let filling: Vec<Catalogue> = copies().collect();
    let before = resident();
    let weighed: Vec<Catalogue> = copies().collect();
    let bytes = resident() - before;
    drop(black_box((filling, weighed)));
    bytes / COPIES as u64
}

fn some_installed(packages: &[Package]) -> Installed {
    let some = packages.iter().step_by(PACKAGES / INSTALLED);
    let packages = some.map(|p| (p.name.clone(), Here::default()));
    Installed {
        packages: packages.collect(),
    }
}

/// Words that names are made of.
const STEMS: &[&str] = &[
    "curl", "ssl", "net", "json", "xml", "http", "tcp", "pcap", "dns", "sql", "postgres", "redis",
    "mail", "font", "image", "audio", "video", "graph", "math", "crypt", "time", "date", "file",
    "disk", "event", "thread", "test", "parse", "stream", "socket", "cloud", "kube", "docker",
    "git", "make", "build", "trace", "debug", "log", "text", "term", "color", "word", "spell",
    "unicode", "locale", "zip", "hash", "key", "token", "auth", "ldap", "gtk", "qt", "gnome",
    "kde", "game", "chess", "astro", "bio", "chem", "geo", "map", "plot", "web", "server", "proxy",
    "cache", "queue", "store", "index", "search", "sync", "backup", "monitor", "metric",
];
const HEADS: &[&str] = &[
    "", "lib", "py3-", "perl-", "ruby-", "node-", "go-", "rust-", "php83-", "lua5.4-", "ocaml-",
    "r-", "texlive-", "font-", "qt6-", "gst-", "x",
];
const TAILS: &[&str] = &[
    "",
    "-dev",
    "-doc",
    "-libs",
    "-tools",
    "-lang",
    "-openrc",
    "-bash-completion",
    "-dbg",
    "-static",
    "-utils",
    "2",
    "-common",
    "-client",
    "-server",
    "-plugin",
];
/// Words that descriptions are made of.
const WORDS: &[&str] = &[
    "a",
    "the",
    "for",
    "of",
    "and",
    "with",
    "to",
    "in",
    "library",
    "tool",
    "tools",
    "simple",
    "fast",
    "small",
    "command",
    "line",
    "interface",
    "bindings",
    "development",
    "files",
    "documentation",
    "module",
    "network",
    "protocol",
    "client",
    "server",
    "implementation",
    "utilities",
    "system",
    "data",
    "processor",
    "viewer",
    "process",
    "packet",
    "capture",
    "text",
    "editor",
    "support",
    "format",
    "reader",
    "writer",
    "parser",
    "generator",
    "framework",
    "language",
    "runtime",
    "debugger",
    "analyzer",
    "manager",
    "daemon",
    "driver",
    "plugin",
    "theme",
    "completion",
    "static",
    "version",
    "headers",
    "collection",
    "database",
    "image",
    "sound",
    "graphical",
    "console",
];

/// Packages with names and descriptions as distributions have them, the same in every run.
fn generated() -> Vec<Package> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        // The low bits of a linear congruence repeat soon; the high ones do not.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or_default() % below
    };
    let mut packages = Vec::with_capacity(PACKAGES);
    for at in 0..PACKAGES {
        // Digits of the number choose the parts, so that no name comes twice.
        let (head, rest) = (at % HEADS.len(), at / HEADS.len());
        let (tail, rest) = (rest % TAILS.len(), rest / TAILS.len());
        let (one, two) = (rest % STEMS.len(), rest / STEMS.len());
        let between = ["", "-"][random(2)];
        let stem = format!(
            "{}{between}{}",
            STEMS[one],
            STEMS[(one + 7 * two + 1) % STEMS.len()]
        );
        let name = format!("{}{stem}{}", HEADS[head], TAILS[tail]);
        let words: Vec<&str> = (0..4 + random(8))
            .map(|_| WORDS[random(WORDS.len())])
            .collect();
        let mut provides = match tail {
            0 | 4 | 10 => vec![
                format!("cmd:{stem}"),
                format!("cmd:{stem}-{}", WORDS[random(WORDS.len())]),
            ],
            1 => vec![format!("pc:{stem}")],
            _ => Vec::new(),
        };
        if head == 1 {
            provides.push(format!("so:lib{stem}.so.{}", random(9)));
        }
        let depends: Vec<String> = (0..random(5))
            .map(|_| format!("so:lib{}.so.{}", STEMS[random(STEMS.len())], random(9)))
            .collect();
        packages.push(Package {
            version: format!(
                "{}.{}.{}-r{}",
                random(12),
                random(30),
                random(10),
                random(5)
            ),
            description: format!(
                "{} {} {}",
                STEMS[one],
                words.join(" "),
                STEMS[random(STEMS.len())]
            ),
            license: "GPL-2.0-or-later".into(),
            download: random(1 << 20) as u64,
            size: random(1 << 22) as u64,
            depends,
            provides,
            name,
        });
    }
    packages
}
