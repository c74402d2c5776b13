//! apt and dnf against what the real programs said: tests/fixtures/{apt,dnf}/transcripts.json, made by record.py beside it.
//!
//! What is told of each recording stands in told.txt beside it, under the recording's label, so that a label can
//! neither be left out nor change unseen. The marks: a step as `at/of`, `=` how far it was in the end, `!` trouble.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test program: it stops at the first thing that is not as expected"
)]

#[path = "support/bless.rs"]
mod bless;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;

use devtwin::domain::packages::apt::Apt;
use devtwin::domain::packages::dnf::Dnf;
use devtwin::domain::packages::{
    Change, Invocation, Package, PackageManager, Printed, Setup, Stream, Told, Verb,
};
use devtwin::domain::text;
use proptest::prelude::*;
use serde::Deserialize;

const MANAGERS: [&dyn PackageManager; 2] = [&Apt, &Dnf];

const COMMAND: &str = "cargo test --test packages_recorded";

/// One command as the real program answered it.
#[derive(Deserialize)]
struct Recording {
    label: String,
    command: String,
    exit: i64,
    stdout: String,
    stderr: String,
}

impl Recording {
    fn printed(&self) -> Printed {
        let of = |stream, text: &str| -> Vec<(Stream, String)> {
            text.lines().map(|line| (stream, line.to_owned())).collect()
        };
        let mut lines = of(Stream::Stdout, &self.stdout);
        lines.extend(of(Stream::Stderr, &self.stderr));
        Printed {
            lines,
            status: Some(self.exit),
        }
    }
}

fn recordings(of: &str) -> Vec<Recording> {
    let recordings: Vec<Recording> = serde_json::from_str(of).unwrap();
    let labels: BTreeSet<&str> = recordings.iter().map(|r| r.label.as_str()).collect();
    assert_eq!(labels.len(), recordings.len(), "a label stands twice");
    recordings
}

fn recording<'a>(all: &'a [Recording], label: &str) -> &'a Recording {
    all.iter().find(|r| r.label == label).unwrap()
}

/// Everything that is told of a recording.
fn told(manager: &dyn PackageManager, recording: &Recording) -> String {
    let printed = recording.printed();
    let mut reader = manager.reader();
    let (mut told, mut far) = (Vec::new(), None);
    for (stream, line) in &printed.lines {
        match reader.line(*stream, line) {
            None => {}
            Some(Told::Fetching(name)) => told.push(format!("fetch {name}")),
            Some(Told::Waiting) => told.push("wait".to_owned()),
            Some(Told::Script(name)) => told.push(format!("script {name}")),
            Some(Told::Part { done, total }) => {
                assert!(done <= total && Some(done) > far, "{line}");
                far = Some(done);
            }
            Some(Told::Step(step)) => {
                let doing = format!("{:?}", step.doing).to_lowercase();
                let old = step.old.map_or(String::new(), |old| format!(" from {old}"));
                let (name, version) = (step.name, step.version);
                told.push(format!(
                    "{}/{} {doing} {name} {version}{old}",
                    step.at, step.of
                ));
            }
        }
    }
    told.dedup();
    told.extend(far.map(|far| format!("= {far}")));
    for trouble in manager.troubles(&printed) {
        assert!(
            !trouble.meaning.is_empty()
                && !trouble.advice.is_empty()
                && !trouble.evidence.is_empty()
        );
        told.push(format!("! {:?}: {}", trouble.id, trouble.meaning));
    }
    told.iter()
        .fold(format!("{}\n", recording.label), |mut text, line| {
            writeln!(text, "    {line}").unwrap();
            text
        })
}

#[test]
fn every_recording_of_apt_is_understood() {
    let recordings = recordings(include_str!("fixtures/apt/transcripts.json"));
    let all: String = recordings.iter().map(|r| told(&Apt, r)).collect();
    bless::is_current("tests/fixtures/apt/told.txt", &all, COMMAND);
}

#[test]
fn every_recording_of_dnf_is_understood() {
    let recordings = recordings(include_str!("fixtures/dnf/transcripts.json"));
    let all: String = recordings.iter().map(|r| told(&Dnf, r)).collect();
    bless::is_current("tests/fixtures/dnf/told.txt", &all, COMMAND);
}

fn change(verb: Verb, names: &[&str]) -> Change {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    Change::new(verb, &names).unwrap()
}

/// The commands that were recorded are those that we run: else the recordings would prove nothing.
#[test]
fn the_recorded_commands_are_ours() {
    let apt = recordings(include_str!("fixtures/apt/transcripts.json"));
    let dnf = recordings(include_str!("fixtures/dnf/transcripts.json"));
    let setup = |program: &str| Setup {
        program: program.to_owned(),
        ..Setup::default()
    };
    let (apt_setup, dnf_setup) = (setup("/usr/bin/apt-get"), setup("/usr/bin/dnf"));
    let install = |names: &[&str]| change(Verb::Install, names);
    let remove = |names: &[&str]| change(Verb::Remove, names);
    let upgrade = |names: &[&str]| change(Verb::Upgrade, names);
    let apt_commit = |change| Apt.commit(&change, &apt_setup);
    let apt_simulate = |change| Apt.simulate(&change, &apt_setup);
    let dnf_commit = |change| Dnf.commit(&change, &dnf_setup);
    let dnf_simulate = |change| Dnf.simulate(&change, &dnf_setup);
    let cases: [(&[Recording], &str, Invocation); 20] = [
        (&apt, "update", Apt.refresh(&apt_setup)),
        (&apt, "install", apt_commit(install(&["greet"]))),
        (
            &apt,
            "install-unknown",
            apt_commit(install(&["nope", "curl-not"])),
        ),
        (&apt, "simulate-install", apt_simulate(install(&["greet"]))),
        (&apt, "remove", apt_commit(remove(&["greet"]))),
        (&apt, "simulate-remove", apt_simulate(remove(&["greet"]))),
        (&apt, "upgrade", apt_commit(upgrade(&[]))),
        (&apt, "simulate-upgrade", apt_simulate(upgrade(&[]))),
        (&apt, "upgrade-named", apt_commit(upgrade(&["libgreet"]))),
        (&apt, "downgrade", apt_commit(install(&["greet=1.0"]))),
        (&dnf, "refresh", Dnf.refresh(&dnf_setup)),
        (&dnf, "install", dnf_commit(install(&["greet"]))),
        (&dnf, "install-older", dnf_commit(install(&["greet=1.0"]))),
        (&dnf, "simulate", dnf_simulate(install(&["greet"]))),
        (&dnf, "remove", dnf_commit(remove(&["greet"]))),
        (&dnf, "simulate-remove", dnf_simulate(remove(&["greet"]))),
        (&dnf, "upgrade", dnf_commit(upgrade(&[]))),
        (&dnf, "upgrade-named", dnf_commit(upgrade(&["libgreet"]))),
        (&dnf, "simulate-upgrade", dnf_simulate(upgrade(&[]))),
        (
            &dnf,
            "simulate-older",
            dnf_simulate(install(&["greet=1.0"])),
        ),
    ];
    for (all, label, ours) in cases {
        assert_eq!(
            text::line(&ours.argv),
            recording(all, label).command,
            "{label}"
        );
        assert!(ours.env.contains(&("LC_ALL".into(), "C".into())), "{label}");
    }
    let query = Dnf.installed(&dnf_setup).argv;
    assert!(query[2].ends_with(&recording(&dnf, "installed").command));
}

fn index(manager: &dyn PackageManager, text: &[u8]) -> Vec<Package> {
    let mut found = Vec::new();
    let mut text = text;
    manager
        .read_index(&mut text, &mut |package| found.push(package))
        .unwrap();
    found
}

#[test]
fn the_index_of_apt_is_read() {
    let all = recordings(include_str!("fixtures/apt/transcripts.json"));
    let packages = index(&Apt, recording(&all, "index").stdout.as_bytes());
    let greet = packages.iter().find(|p| p.name == "greet").unwrap();
    assert_eq!(
        (greet.version.as_str(), greet.description.as_str()),
        ("1.0", "says hello")
    );
    assert_eq!(
        (greet.depends.as_slice(), greet.provides.as_slice()),
        (
            &["libgreet (>= 1.0)".to_owned()][..],
            &["greeter".to_owned()][..]
        )
    );
    assert_eq!((greet.download, greet.size), (620, 1024));
    assert_eq!(
        packages.iter().find(|p| p.name == "big").unwrap().size,
        8192 * 1024
    );
}

#[test]
fn the_index_of_dnf_is_read_as_text_and_packed() {
    let all = recordings(include_str!("fixtures/dnf/transcripts.json"));
    let text = recording(&all, "index").stdout.as_bytes();
    let packages = index(&Dnf, text);
    let named = |name: &str| packages.iter().find(|p| p.name == name).unwrap();
    let greet = named("greet");
    assert_eq!(
        (greet.version.as_str(), greet.license.as_str()),
        ("1.0-1", "MIT")
    );
    assert_eq!(greet.description, "the greet & <friends>");
    assert_eq!(greet.provides, ["cmd:greet", "greeter"]);
    assert_eq!(greet.depends, ["libgreet >= 1.0", "libgreet.so.1()(64bit)"]);
    assert_eq!(named("libgreet").provides, ["so:libgreet.so.1", "words"]);
    assert_eq!(
        (named("dated").version.as_str(), named("big").size),
        ("2:1.0-1", 8 << 20)
    );
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text).unwrap();
    assert_eq!(index(&Dnf, &gz.finish().unwrap()), packages);
}

#[test]
fn what_is_installed_is_read() {
    let apt = recordings(include_str!("fixtures/apt/transcripts.json"));
    let state = |label: &str, name: &str| {
        let here = Apt.read_installed(recording(&apt, label).stdout.as_bytes());
        let here = here.packages.get(name).cloned();
        here.map(|here| (here.version, here.broken))
    };
    let sound = |version: &str| Some((version.to_owned(), None));
    assert_eq!(state("installed", "greet"), sound("1.0"));
    assert_eq!(state("installed", "libgreet"), sound("2.0"));
    assert!(
        state("installed", "badscript")
            .unwrap()
            .1
            .unwrap()
            .contains("script")
    );
    assert!(
        state("installed-interrupted", "slowscript")
            .unwrap()
            .1
            .unwrap()
            .contains("not set up")
    );
    assert_eq!(state("installed", "slowscript"), None);
    let dnf = recordings(include_str!("fixtures/dnf/transcripts.json"));
    let here = Dnf.read_installed(recording(&dnf, "installed").stdout.as_bytes());
    let names: Vec<_> = here
        .packages
        .iter()
        .map(|(n, h)| (n.as_str(), h.version.as_str()))
        .collect();
    assert_eq!(names, [("greet", "1.0-1"), ("libgreet", "1.0-1")]);
    assert!(Dnf.read_installed(b"").packages.is_empty());
}

/// Everything of a manager that reads foreign bytes.
fn read_all(manager: &dyn PackageManager, bytes: &[u8]) {
    let mut from = bytes;
    let mut size = 0;
    let read = manager.read_index(&mut from, &mut |package| {
        assert!(!package.name.is_empty() && !package.version.is_empty());
        let lists = package.depends.iter().chain(&package.provides);
        size += package.description.len() + lists.map(String::len).sum::<usize>();
    });
    // Broken gzip is an error; text never is.
    assert!(read.is_ok() || bytes.first() == Some(&0x1f));
    assert!(bytes.first() == Some(&0x1f) || size <= 4 * bytes.len());
    let installed = manager.read_installed(bytes);
    assert!(installed.packages.len() <= bytes.len());
    let mut reader = manager.reader();
    let text = String::from_utf8_lossy(bytes);
    let mut printed = Printed::default();
    for line in text.lines() {
        if let Some(Told::Part { done, total }) = reader.line(Stream::Stdout, line) {
            assert!(total > 0 && done <= total);
        }
        printed.lines.push((Stream::Stderr, line.to_owned()));
    }
    let troubles = manager.troubles(&printed);
    assert!(troubles.len() <= 20);
    for trouble in &troubles {
        assert!(trouble.meaning.chars().count() < 1000 && trouble.evidence.len() <= 6);
    }
    let halves = text.split_once('\n').unwrap_or((&text, ""));
    let order = manager.compare(halves.0, halves.1);
    assert_eq!(manager.compare(halves.1, halves.0), order.reverse());
    assert!(manager.compare(halves.0, halves.0).is_eq());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        MANAGERS.iter().for_each(|manager| read_all(*manager, &bytes));
    }

    #[test]
    fn versions_of_any_sort_have_an_order(a in "[0-9a-z.:~^+-]{0,12}", b in "[0-9a-z.:~^+-]{0,12}", c in "[0-9a-z.~-]{0,6}") {
        for manager in MANAGERS {
            assert_eq!(manager.compare(&a, &b), manager.compare(&b, &a).reverse());
            assert!(manager.compare(&a, &a).is_eq());
            read_all(manager, format!("{a}\n{b}\n{c}").as_bytes());
        }
    }

    #[test]
    fn recordings_that_are_cut_and_torn_are_read(at in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let texts = [include_str!("fixtures/apt/transcripts.json"), include_str!("fixtures/dnf/transcripts.json")];
        for text in texts {
            let all = recordings(text);
            let one = at.get(&all);
            for text in [&one.stdout, &one.stderr] {
                let mut bytes = text.as_bytes().to_vec();
                bytes.truncate(cut.index(bytes.len() + 1));
                if !bytes.is_empty() {
                    let torn = cut.index(bytes.len());
                    bytes[torn] = byte;
                }
                MANAGERS.iter().for_each(|manager| read_all(*manager, &bytes));
            }
        }
    }
}

#[test]
fn a_hostile_index_is_bounded() {
    let long = "x".repeat(1 << 20);
    let names = "a (= 1), ".repeat(100_000);
    let text = format!(
        "Package: {long}\nVersion: 1\n\nPackage: a\nVersion: 1\nDescription: {long}\nDepends: {names}\nProvides: {names}\nDepends: {names}\n"
    );
    let [package] = &index(&Apt, text.as_bytes())[..] else {
        panic!("one package has a name")
    };
    assert!(package.description.len() <= 4096);
    assert_eq!(
        (package.depends.len(), package.provides.len()),
        (2000, 2000)
    );
    let entries = "<rpm:entry name=\"x\"/>".repeat(100_000);
    let head = "<package><name>a</name><version epoch=\"0\" ver=\"1\" rel=\"1\"/>";
    let text = format!(
        "{head}<summary>{long}</summary><rpm:requires>{entries}</rpm:requires></package>{head}</package>"
    );
    let packages = index(&Dnf, text.as_bytes());
    assert_eq!((packages.len(), packages[0].depends.len()), (2, 2000));
    assert!(packages[0].description.len() <= 64 * 1024);
}
