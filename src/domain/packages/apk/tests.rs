//! Every recorded command of both apks, and bytes that nobody would send.

mod commands;
mod index;
mod troubles;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Apk;
use crate::domain::packages::{
    Installed, PackageManager as _, Printed, Step, Stream, Told, Trouble, TroubleId,
};

const OLD: &str = include_str!("../../../../tests/fixtures/apk/transcripts-2.14.10.json");
const NEW: &str = include_str!("../../../../tests/fixtures/apk/transcripts-3.0.6.json");

#[derive(Deserialize)]
struct Recording {
    label: String,
    exit: i64,
    stdout: String,
    stderr: String,
}

impl Recording {
    fn printed(&self) -> Printed {
        let lines = |stream, text: &str| -> Vec<(Stream, String)> {
            text.lines().map(|line| (stream, line.into())).collect()
        };
        let mut all = lines(Stream::Stdout, &self.stdout);
        all.extend(lines(Stream::Stderr, &self.stderr));
        Printed {
            lines: all,
            status: Some(self.exit),
        }
    }
}

/// What a label has to tell, with both apks.
struct Claim {
    label: &'static str,
    /// What lines tell, progress left out.
    told: &'static [&'static str],
    /// The same of apk 3, where it differs.
    told_by_3: Option<&'static [&'static str]>,
    troubles: &'static [TroubleId],
    /// How many lines tell of progress.
    parts: (usize, usize),
}

const fn claim(
    label: &'static str,
    told: &'static [&'static str],
    troubles: &'static [TroubleId],
) -> Claim {
    Claim {
        label,
        told,
        told_by_3: None,
        troubles,
        parts: (0, 0),
    }
}

const CURL: &[&str] = &[
    "1/3 Install libcurl-openssl4 8.12.1-r0",
    "2/3 Install ca-certificates-bundle 20241121-r1",
    "3/3 Install curl 8.12.1-r0",
];

const CLAIMS: [Claim; 46] = [
    claim("version", &[], &[]),
    claim("update", &[], &[]),
    claim("search-all", &[], &[]),
    claim("search-verbose", &[], &[]),
    claim("search-description", &[], &[]),
    claim("search-exact", &[], &[]),
    claim("search-none", &[], &[]),
    claim("search-cmd", &[], &[]),
    claim("list-all", &[], &[]),
    claim("list-installed-empty", &[], &[]),
    claim("simulate-curl", CURL, &[]),
    claim("add-curl", CURL, &[]),
    claim("add-curl-again", &[], &[]),
    claim(
        "add-no-cache-strace-htop",
        &[
            "1/3 Install ncurses 6.5_p20241228-r0",
            "2/3 Install htop 3.4.0-r1",
            "3/3 Install strace 6.9-r0",
        ],
        &[],
    ),
    claim(
        "add-no-progress",
        &[
            "1/2 Install libpcap 1.10.5-r1",
            "2/2 Install tcpdump 4.99.5-r2",
        ],
        &[],
    ),
    Claim {
        parts: (7, 6),
        ..claim(
            "add-progress-fd",
            &[
                "1/3 Install bind-tools 9.20.5-r0",
                "2/3 Install vim-common 9.1.1113-r0",
                "3/3 Install vim 9.1.1113-r0",
            ],
            &[],
        )
    },
    claim("add-unknown", &[], &[TroubleId::UnknownName]),
    claim("add-unknown-and-known", &[], &[TroubleId::UnknownName]),
    claim("add-broken-dep", &[], &[TroubleId::Conflict]),
    claim(
        "add-trigger-fail",
        &[
            "1/1 Install trigger-fail 1.0-r0",
            "script trigger-fail-1.0-r0.post-install",
        ],
        &[TroubleId::Script],
    ),
    claim("info", &[], &[]),
    claim("info-verbose", &[], &[]),
    claim("info-size", &[], &[]),
    claim("info-all", &[], &[]),
    claim("info-contents", &[], &[]),
    claim("info-who-owns", &[], &[]),
    claim("list-installed", &[], &[]),
    claim("policy", &[], &[]),
    claim("version-check", &[], &[]),
    claim("world", &[], &[]),
    claim(
        "del-htop",
        &[
            "1/2 Remove htop 3.4.0-r1",
            "2/2 Remove ncurses 6.5_p20241228-r0",
        ],
        &[TroubleId::BrokenBefore],
    ),
    claim("del-unknown", &[], &[TroubleId::UnknownName]),
    claim(
        "del-dependency",
        &[],
        &[TroubleId::Conflict, TroubleId::BrokenBefore],
    ),
    claim("query-json", &[], &[]),
    claim("query-installed-json", &[], &[]),
    claim("nonroot-add", &[], &[TroubleId::NotRoot]),
    claim("nonroot-info", &[], &[]),
    claim("nonroot-update", &[], &[TroubleId::NotRoot]),
    claim("upgrade", &[], &[TroubleId::BrokenBefore]),
    claim("fix", &["1/1 Reinstall trigger-fail 1.0-r0"], &[]),
    claim("audit", &[], &[]),
    // On a terminal apk draws its bar into the lines. It is never run on one here.
    Claim {
        told_by_3: Some(&["1/3 Install libcurl-openssl4 8.12.1-r0"]),
        ..claim("add-curl-on-a-terminal", &[], &[])
    },
    Claim {
        told_by_3: Some(&[]),
        ..claim(
            "update-repository-unreachable",
            &["fetch http://127.0.0.1:9/none"],
            &[TroubleId::Unreachable],
        )
    },
    Claim {
        told_by_3: Some(&[]),
        ..claim(
            "add-repository-unreachable",
            &["fetch http://127.0.0.1:9/none"],
            &[TroubleId::Unreachable],
        )
    },
    claim("untrusted-key", &[], &[TroubleId::UntrustedKey]),
    claim("add-read-only-filesystem", &[], &[TroubleId::ReadOnly]),
];

/// What the lines tell, in words, and how many tell of progress.
fn tell(printed: &Printed) -> (Vec<String>, usize) {
    let mut reader = Apk.reader();
    let (mut told, mut parts) = (Vec::new(), 0);
    for (stream, line) in &printed.lines {
        let for_gauge = reader.is_for_gauge(*stream, line);
        let news = reader.line(*stream, line);
        match &news {
            Some(news) => assert_eq!(for_gauge, matches!(news, Told::Part { .. }), "{line}"),
            // A total of 0 tells nothing, and is still no line for a person.
            None => assert!(!for_gauge || line.ends_with("/0"), "{line}"),
        }
        match news {
            None => {}
            Some(Told::Part { done, total }) => {
                assert!(done <= total && total > 0, "{line}");
                parts += 1;
            }
            Some(Told::Fetching(name)) => told.push(format!("fetch {name}")),
            Some(Told::Waiting) => told.push("waiting".into()),
            Some(Told::Script(name)) => told.push(format!("script {name}")),
            Some(Told::Step(step)) => told.push(words(&step)),
        }
    }
    (told, parts)
}

fn words(step: &Step) -> String {
    let old = step
        .old
        .as_ref()
        .map_or(String::new(), |old| format!("{old} -> "));
    let (at, of) = (step.at, step.of);
    format!(
        "{at}/{of} {:?} {} {old}{}",
        step.doing, step.name, step.version
    )
}

fn ids(troubles: &[Trouble]) -> Vec<TroubleId> {
    troubles.iter().map(|trouble| trouble.id).collect()
}

#[test]
fn every_recorded_label_tells_what_it_has_to() {
    for (transcript, is_old) in [(OLD, true), (NEW, false)] {
        let recordings: Vec<Recording> = serde_json::from_str(transcript).unwrap();
        let mut claims: BTreeMap<&str, &Claim> = CLAIMS.iter().map(|c| (c.label, c)).collect();
        for recording in &recordings {
            let label = recording.label.as_str();
            let claim = claims
                .remove(label)
                .unwrap_or_else(|| panic!("nobody claims {label}"));
            let printed = recording.printed();
            let (told, parts) = tell(&printed);
            let want = match (is_old, claim.told_by_3) {
                (false, Some(told)) => told,
                (true, _) | (false, None) => claim.told,
            };
            assert_eq!(told, want, "{label}, 2.14: {is_old}");
            assert_eq!(
                parts,
                if is_old { claim.parts.0 } else { claim.parts.1 },
                "{label}"
            );
            let troubles = Apk.troubles(&printed);
            // `apk query` is new in 3.
            let mut want = claim.troubles.to_vec();
            want.extend((is_old && label.starts_with("query-")).then_some(TroubleId::Other));
            let got: Vec<TroubleId> = {
                let mut ids = ids(&troubles);
                ids.dedup();
                ids
            };
            assert_eq!(got, want, "{label}, 2.14: {is_old}: {troubles:#?}");
            for trouble in troubles {
                assert!(
                    !trouble.meaning.is_empty() && !trouble.evidence.is_empty(),
                    "{label}"
                );
                assert!(
                    trouble.id == TroubleId::Other || !trouble.advice.is_empty(),
                    "{label}"
                );
            }
        }
        assert!(claims.is_empty(), "never recorded: {:?}", claims.keys());
    }
}

#[test]
fn the_world_says_what_was_asked_for() {
    let recordings: Vec<Recording> = serde_json::from_str(OLD).unwrap();
    let world = recordings.iter().find(|r| r.label == "world").unwrap();
    let world =
        world.stdout.trim_end().replace("jq", "jq@edge>1") + "\n!less\ncmd:dig\n.dbg=2026.1";
    let database = "C:Q1x=\nP:strace\nV:6.9-r0\nI:36\nF:usr/bin\nR:strace\nZ:Q1=\n\n\
        P:bind-tools\nV:9-r0\np:cmd:dig=9-r0\n\nP:less\nV:1\n\nP:trigger-fail\nV:1.0-r0\nf:s\nF:usr\n\n\
        P:.dbg\nV:2026.1\nA:noarch\n\nP:libx\nV:1\nf:fx\n";
    let printed = format!("=world\n{world}\n=installed\n{database}");
    let installed = Apk.read_installed(printed.as_bytes());
    let here: Vec<_> = installed
        .packages
        .iter()
        .map(|(name, here)| {
            (
                name.as_str(),
                here.version.as_str(),
                here.explicit,
                here.broken.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        here,
        [
            (".dbg", "2026.1", true, None),
            ("bind-tools", "9-r0", true, None),
            ("less", "1", false, None),
            (
                "libx",
                "1",
                false,
                Some("not all of its files are there, attributes of its files could not be set")
            ),
            ("strace", "6.9-r0", true, None),
            ("trigger-fail", "1.0-r0", true, Some("its script failed")),
        ]
    );
    assert_eq!(installed.packages["strace"].size, 36);
    assert_eq!(Apk.read_installed(database.as_bytes()).packages.len(), 6);
    assert_eq!(
        Apk.read_installed(b"=world\n\n=installed\n"),
        Installed::default()
    );
    assert_eq!(Apk.read_installed(b"=world\ncurl"), Installed::default());
}

#[test]
fn lines_that_were_not_recorded_are_read_too() {
    let rows = [
        (
            "( 1/12) Installing libx (1.0-r0)",
            "1/12 Install libx 1.0-r0",
        ),
        ("(?) Installing libx (1.0-r0)", "0/0 Install libx 1.0-r0"),
        (
            "(1/1) Upgrading bash (5.2.37-r0 -> 5.2.37-r1)",
            "1/1 Upgrade bash 5.2.37-r0 -> 5.2.37-r1",
        ),
        (
            "(1/1) Downgrading bash@edge (2-r0 -> 1-r0)",
            "1/1 Downgrade bash 2-r0 -> 1-r0",
        ),
        (
            "(1/1) Replacing bash (1-r0 -> 1-r0)",
            "1/1 Reinstall bash 1-r0 -> 1-r0",
        ),
        (
            "(2/2) Installing .dbg (20261123.042109)",
            "2/2 Install .dbg 20261123.042109",
        ),
        (
            "Executing busybox-1.38.0-r1.trigger",
            "script busybox-1.38.0-r1.trigger",
        ),
        (
            "fetch https://u:p@host/r/x86_64/APKINDEX.tar.gz",
            "fetch https://***@host/r",
        ),
        ("Waiting for repository lock", "waiting"),
    ];
    for (line, want) in rows {
        let printed = of_lines(&[line]);
        assert_eq!(tell(&printed).0, [want], "{line}");
    }
    let rows = [
        "(1/1) [APK unavailable, skipped] Reinstalling bash (1-r0)",
        "(1/x) Installing a (1)",
        "1/0",
        "Installing a (1)",
        "",
    ];
    for line in rows {
        assert_eq!(tell(&of_lines(&[line])), (vec![], 0), "{line}");
    }
    assert_eq!(tell(&of_lines(&["9/3 install"])), (vec![], 1));
    assert_eq!(tell(&of_errors(&["1/3"])), (vec![], 0));
}

fn of_lines(lines: &[&str]) -> Printed {
    Printed {
        lines: lines
            .iter()
            .map(|line| (Stream::Stdout, (*line).into()))
            .collect(),
        status: Some(0),
    }
}

fn of_errors(lines: &[&str]) -> Printed {
    Printed {
        lines: lines
            .iter()
            .map(|line| (Stream::Stderr, (*line).into()))
            .collect(),
        status: Some(1),
    }
}
