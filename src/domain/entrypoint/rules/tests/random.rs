//! Whatever an engine, a container and its files say, the rules come to an end and prove what they say.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::super::tests::{dynamic_elf, image, static_elf, target};
use super::super::ALL;
use crate::domain::entrypoint::{Facts, inspect};
use crate::domain::fs::{Content, Found, Kind, Node, Owner, Tree, Want};
use crate::domain::target::{Config, HealthRun, Mount, MountKind, NamespaceMode, Status};

/// Words that rules look for, and some that no one should meet.
const WORDS: &[&str] = &[
    "/app/web",
    "app/web",
    "web",
    "/bin/sh",
    "sh",
    "-c",
    "exec web",
    "a; b | c &",
    "a && b",
    "sudo",
    "apk",
    "add",
    "/usr/bin/python3",
    "python",
    "/app/venv/bin/python",
    "node",
    "--",
    "",
    "/",
    "..",
    "/app/web --x",
    "/tmp/x",
    "\u{1b}[2J\u{202e}",
    "#!/bin/sh\r",
    "/usr/bin/env",
    "tini",
    "echo",
    "日本",
    "//",
    "/app/../../etc",
    "SIGTERM",
];
const PATHS: &[&str] = &[
    "/",
    "/app",
    "/app/web",
    "/app/venv/bin/python",
    "/app/venv/pyvenv.cfg",
    "/bin/sh",
    "/usr/bin/sh",
    "/bin",
    "/tmp",
    "/etc/passwd",
    "/etc/group",
    "/usr/bin/python3",
    "/usr/bin/env",
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-musl-x86_64.so.1",
    "/usr/lib",
    "/usr/lib/libc.so.6",
    "/data",
    "/usr/bin/apk",
    "/etc/ssl/certs/ca-certificates.crt",
];
const LINES: &[&str] = &[
    "x509: certificate signed by unknown authority",
    "unknown time zone X",
    "cannot write /data/x: Permission denied",
    "open x: permission denied",
    "bind: permission denied",
    "version `GLIBC_2.38' not found",
    "exec /app/web: exec format error",
    "exec /app/web: no such file or directory",
    "a.so.1: cannot open shared object file",
    "Read-only file system: /tmp/x",
    "sudo: not found",
    "getpwuid",
    "cannot change locale",
    "/tmp/x: no such file",
    "Unable to lock database: Permission denied",
    "exec: \"x\": stat x: no such file or directory",
    "exec: permission denied",
    "trying to mount a directory onto a file: /data",
    "unable to find user x",
    "No command specified",
    "container process: exec: \"sh\": executable file not found in $PATH",
    "",
    "\u{1b}\0",
];
const NAMES: &[&str] = &[
    "PATH",
    "TZ",
    "LANG",
    "HOME",
    "TMPDIR",
    "SSL_CERT_FILE",
    "X_DATA_DIR",
    "LD_LIBRARY_PATH",
    "LOCPATH",
];
const TEXTS: &[&str] = &[
    "#!/bin/sh\nweb\n",
    "#!/bin/sh\r\n",
    "#!/usr/bin/env node\n",
    "",
    "home = /x\nversion = 3.9\n",
    "root:x:0:0::/:\n",
    "\u{feff}#!",
    "exec \"$@\"",
    "#!/app/web\n",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![8 => select(WORDS).prop_map(str::to_owned), 1 => ".{0,8}"]
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![8 => select(PATHS).prop_map(str::to_owned), 1 => "/[a-z/.]{0,8}"]
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![8 => select(LINES).prop_map(str::to_owned), 1 => ".{0,40}"]
}

prop_compose! {
    fn config()(
        entrypoint in vec(word(), 0..4), cmd in vec(word(), 0..4), user in word(), workdir in path(),
        env in vec((select(NAMES).prop_map(str::to_owned), prop_oneof![path(), word()]), 0..5),
        healthcheck in option::of((select(&["CMD", "CMD-SHELL", "NONE", "X"][..]), vec(word(), 0..3))),
        stop_signal in option::of(word()), exposed in vec(prop_oneof![Just("80/tcp".to_owned()), word()], 0..3),
        volumes in vec(path(), 0..3), named in any::<bool>(),
    ) -> Config {
        let healthcheck = healthcheck.map(|(kind, words)| std::iter::once(kind.to_owned()).chain(words).collect());
        let user = if named { user } else { "65532".into() };
        Config { user, env, workdir, entrypoint, cmd, stop_signal, healthcheck, exposed, volumes, ..Config::default() }
    }
}

prop_compose! {
    fn facts()(
        config in config(), other in config(), is_container in any::<bool>(), has_image in any::<bool>(),
        status in select(&[Status::Created, Status::Running, Status::Paused, Status::Restarting, Status::Exited, Status::Dead][..]),
        restarting in any::<bool>(), exit_code in select(&[0, 1, 2, 126, 127, 137, 139, 143, 255, -1, i64::MAX][..]),
        oom_killed in any::<bool>(), error in option::of(line()), log in vec(line(), 0..5), caught in option::of(any::<u64>()),
        mounts in vec((select(&[MountKind::Bind, MountKind::Volume, MountKind::Tmpfs, MountKind::Other][..]), path(), any::<bool>()), 0..3),
        tmpfs in vec(path(), 0..2), options in vec((path(), Just("ro,noexec".to_owned())), 0..2),
        readonly_rootfs in any::<bool>(), host in any::<bool>(), check in option::of((any::<i64>(), line())),
        machine in option::of(select(&["amd64", "arm64", ""][..])), memory in option::of(any::<u64>()),
    ) -> Facts {
        let mut made = target("", "");
        made.config = config.clone();
        made.state.status = status;
        made.state.restarting = restarting;
        made.state.exit_code = exit_code;
        made.state.oom_killed = oom_killed;
        made.state.error = error;
        made.isolation.readonly_rootfs = readonly_rootfs;
        if host {
            made.isolation.network = NamespaceMode::Host;
        }
        made.mounts = mounts.into_iter().map(|(kind, destination, writable)| Mount { kind, source: "s".into(), destination, writable }).collect();
        made.tmpfs = tmpfs;
        made.service.memory = memory;
        made.service.health_log = check.into_iter().map(|(exit_code, output)| HealthRun { exit_code, output }).collect();
        let mut from = image("", "");
        from.config = if is_container { other } else { config };
        Facts {
            subject: "x".into(),
            image: (has_image || !is_container).then_some(from),
            target: is_container.then_some(made),
            machine: machine.map(str::to_owned),
            caught,
            log,
            mount_options: options,
            ..Facts::default()
        }
    }
}

fn node() -> impl Strategy<Value = Found<Node>> {
    let kind = prop_oneof![
        3 => Just(Kind::File),
        3 => Just(Kind::Dir),
        2 => path().prop_map(Kind::Link),
        1 => Just(Kind::Special),
    ];
    let there = (
        kind,
        select(&[0o755_u32, 0o644, 0o700, 0o1777, 0][..]),
        0..9_u64,
    );
    let there = there.prop_map(|(kind, mode, size)| Found::Is(Node { kind, mode, size }));
    prop_oneof![6 => there, 2 => Just(Found::Missing), 1 => Just(Found::Unreadable("no".into()))]
}

fn content() -> impl Strategy<Value = Found<Content>> {
    prop_oneof![
        3 => select(TEXTS).prop_map(|text| Found::Is(Content::Bytes(text.as_bytes().to_vec(), true))),
        1 => vec(any::<u8>(), 0..20).prop_map(|bytes| Found::Is(Content::Bytes(bytes, false))),
        2 => (option::of(path()), vec(word(), 0..3)).prop_map(|(loader, needed)| {
            let needed: Vec<&str> = needed.iter().map(String::as_str).collect();
            let mut elf = dynamic_elf(loader.as_deref(), &needed);
            elf.version_needs = vec![("libc.so.6".into(), "GLIBC_2.38".into())];
            elf.version_defs = vec!["GLIBC_2.5".into()];
            Found::Is(Content::Elf(Ok(Box::new(elf))))
        }),
        1 => Just(Found::Is(Content::Elf(Ok(Box::new(static_elf()))))),
        1 => Just(Found::Is(Content::Elf(Err("torn".into())))),
        1 => Just(Found::Missing),
    ]
}

/// What is answered, over and over, in the order of the questions.
#[derive(Debug, Clone)]
struct Answers {
    nodes: Vec<Found<Node>>,
    contents: Vec<Found<Content>>,
    names: Vec<String>,
    history: Vec<String>,
    uid: u32,
}

prop_compose! {
    fn answers()(
        nodes in vec(node(), 1..12), contents in vec(content(), 1..6), names in vec(word(), 0..6),
        history in vec(prop_oneof![line(), word().prop_map(|w| format!("CMD [\"{w}\"]")), Just("ENTRYPOINT []".to_owned()), Just("STOPSIGNAL 3".to_owned()), Just("COPY a /app".to_owned())], 0..5),
        uid in select(&[0_u32, 65532, 7][..]),
    ) -> Answers {
        Answers { nodes, contents, names, history, uid }
    }
}

impl Answers {
    fn put(&self, tree: &mut Tree, want: Want, asked: usize) {
        match want {
            Want::Stat(path) => {
                let node = self.nodes[asked % self.nodes.len()].clone();
                tree.nodes.insert(path, node);
            }
            Want::Owner(path) => {
                let owner = Owner {
                    uid: self.uid,
                    gid: self.uid,
                };
                tree.owners.insert(path, Found::Is(owner));
            }
            Want::Content(path) => {
                let content = self.contents[asked % self.contents.len()].clone();
                tree.contents.insert(path, content);
            }
            Want::List(path) => {
                tree.lists.insert(path, Found::Is(self.names.clone()));
            }
            Want::Provider(what) => {
                tree.providers.insert(what, Found::Missing);
            }
            Want::History => tree.history = Some(self.history.clone()),
        }
    }
}

/// Questions about one case: far more than any is known to take, so that a loop is seen.
const MOST: usize = 3000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 768, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_come_to_an_end_and_prove_what_they_say(facts in facts(), answers in answers()) {
        let ids: BTreeSet<&str> = ALL.iter().copied().flatten().map(|rule| rule.id).collect();
        let mut tree = Tree::default();
        let mut asked = 0;
        let findings = loop {
            let (report, wants) = inspect(&facts, &tree);
            if wants.is_empty() {
                break report.findings;
            }
            for want in wants {
                asked += 1;
                answers.put(&mut tree, want, asked);
            }
            prop_assert!(asked < MOST);
        };
        for finding in &findings {
            prop_assert!(ids.contains(finding.id), "{finding:?}");
            prop_assert!(!finding.evidence.is_empty() && !finding.advice.is_empty(), "{finding:?}");
            let lines = finding.evidence.iter().chain(&finding.advice).chain([&finding.meaning]);
            for line in lines {
                prop_assert!(line.chars().count() < 500, "{line}");
                prop_assert!(!line.contains(crate::domain::text::is_harmful), "{line:?}");
            }
        }
        // What keeps the program from starting is one thing.
        let starts = ["SHELL_FORM", "NOT_FOUND", "ARGV_AS_STRING", "NOT_EXEC", "IS_DIR", "NO_LOADER", "LIBC_MISMATCH", "NO_SHEBANG", "SHEBANG_MISSING", "SHEBANG_CRLF", "NOEXEC_MOUNT"];
        let many = findings.iter().filter(|finding| starts.contains(&finding.id)).count();
        prop_assert!(many <= 1, "{findings:?}");
    }
}
