//! apt and dnf against what the real programs said: tests/fixtures/{apt,dnf}/transcripts.json, made by record.py beside it.
//!
//! What is told of each recording stands in told.txt beside it, under the recording's label, so that a label can
//! neither be left out nor change unseen. The marks: a step as `at/of`, `=` how far it was in the end, `!` trouble.

#![expect(
    clippy::unwrap_used,
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

/// A setup with everything that a person may configure.
fn configured(program: &str, repositories: &[&str]) -> Setup {
    Setup {
        program: program.to_owned(),
        repositories: repositories.iter().map(|&r| r.to_owned()).collect(),
        keys: vec![(
            "../own.key".into(),
            b"-----BEGIN PGP PUBLIC KEY BLOCK-----".to_vec(),
        )],
        env: vec![("HTTPS_PROXY".into(), "http://127.0.0.1:3128".into())],
        root: None,
    }
}

#[test]
fn what_a_person_configured_for_apt_goes_into_the_twin() {
    let given = [
        "https://example.com/debian bookworm main",
        "/srv/repo",
        "deb [trusted=yes] file:/x ./\ndeb y z",
    ];
    let setup = configured("/usr/bin/apt-get", &given);
    let files = Apt.files(&setup);
    let text = |path: &str| {
        let file = files.iter().find(|file| file.path == path).unwrap();
        String::from_utf8(file.content.clone()).unwrap()
    };
    assert_eq!(
        text("/etc/apt/sources.list.d/devtwin.list"),
        "deb https://example.com/debian bookworm main\ndeb file:/srv/repo ./\ndeb [trusted=yes] file:/x ./ deb y z\n"
    );
    assert!(text("/etc/apt/trusted.gpg.d/devtwin-own.asc").starts_with("-----BEGIN"));
    let cache = Apt.cache().unwrap();
    let settings = text("/etc/apt/apt.conf.d/zz-devtwin");
    assert!(settings.contains(&format!("Dir::Cache \"{cache}\";")));
    assert!(settings.contains(&format!("Dir::State::lists \"{cache}/lists\";")));
    assert!(
        files
            .iter()
            .any(|file| file.path.starts_with(&format!("{cache}/lists/partial/")))
    );
    let run = Apt.commit(&change(Verb::Install, &["curl"]), &setup);
    let proxy = |name: &str| (name.to_owned(), "http://127.0.0.1:3128".to_owned());
    assert!(run.env.contains(&proxy("https_proxy")) && run.env.contains(&proxy("HTTPS_PROXY")));
    assert!(!run.argv.join(" ").contains("3128"));

    let bare = Apt.files(&Setup::default());
    assert!(
        bare.iter()
            .all(|file| !file.path.contains("sources.list") && !file.path.contains("trusted"))
    );
}

#[test]
fn what_a_person_configured_for_dnf_goes_into_the_twin() {
    let setup = configured(
        "/usr/bin/microdnf",
        &["https://example.com/el9", "/srv/repo gpgcheck=0"],
    );
    let files = Dnf.files(&setup);
    let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "/etc/pki/rpm-gpg/devtwin-own.key",
            "/etc/yum.repos.d/devtwin.repo"
        ]
    );
    let text = String::from_utf8(files[1].content.clone()).unwrap();
    let key = "gpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/devtwin-own.key\n";
    assert_eq!(
        text,
        format!(
            "[devtwin-1]\nname=devtwin 1\nbaseurl=https://example.com/el9\nenabled=1\n{key}\
             [devtwin-2]\nname=devtwin 2\nbaseurl=file:///srv/repo\nenabled=1\n{key}gpgcheck=0\n"
        )
    );
    let cache = format!("--setopt=cachedir={}", Dnf.cache().unwrap());
    let refresh = Dnf.refresh(&setup).argv;
    assert!(refresh.contains(&cache) && !refresh.contains(&"--refresh".to_owned()));
    assert!(Dnf.files(&Setup::default()).is_empty());
}

#[test]
fn a_change_can_be_typed_and_written_into_a_dockerfile() {
    let plain = Setup::default();
    let cases = [
        (
            change(Verb::Install, &["curl", "vim=2:9.0"]),
            "apt-get install --allow-downgrades -y --no-install-recommends curl vim=2:9.0",
            "dnf install -y --setopt=install_weak_deps=0 curl vim-2:9.0",
        ),
        (
            change(Verb::Remove, &["curl"]),
            "apt-get remove --auto-remove -y curl",
            "dnf remove -y curl",
        ),
        (
            change(Verb::Upgrade, &[]),
            "apt-get upgrade --with-new-pkgs -y --no-install-recommends",
            "dnf upgrade -y --setopt=install_weak_deps=0",
        ),
        (
            change(Verb::Upgrade, &["curl"]),
            "apt-get install --only-upgrade -y --no-install-recommends curl",
            "dnf upgrade -y --setopt=install_weak_deps=0 curl",
        ),
    ];
    for (change, apt, dnf) in cases {
        assert_eq!(Apt.line(&change, &plain), apt);
        assert_eq!(
            Apt.dockerfile(&change, &plain),
            format!("RUN apt-get update && {apt} && rm -rf /var/lib/apt/lists/*")
        );
        assert_eq!(Dnf.line(&change, &plain), dnf);
        assert_eq!(
            Dnf.dockerfile(&change, &plain),
            format!("RUN {dnf} && dnf clean all")
        );
    }
    let curl = change(Verb::Install, &["curl"]);
    let setup = configured(
        "/usr/bin/microdnf",
        &["deb https://example.com/it's x main"],
    );
    assert_eq!(
        Dnf.line(&curl, &setup),
        "microdnf install -y --setopt=install_weak_deps=0 curl"
    );
    let written = Apt.dockerfile(&curl, &setup);
    let repository = r"RUN printf '%s\n' 'deb https://example.com/it'\''s x main' >/etc/apt/sources.list.d/devtwin.list && apt-get update";
    assert!(written.starts_with(repository), "{written}");
    // A password, or a token alone.
    for login in ["me:hunter2", "hunter2"] {
        let repository = format!("https://{login}@example.com/debian x main");
        let secret = configured("/usr/bin/apt-get", &[&repository]);
        let written = Apt.dockerfile(&curl, &secret);
        assert!(
            written.contains("'deb https://***@example.com/debian x main'"),
            "{written}"
        );
        assert!(!written.contains("hunter2"), "{written}");
    }
}

/// The script that prints dnf's indexes, by a shell here.
#[test]
fn the_indexes_of_dnf_are_found_in_its_cache_and_in_that_of_microdnf() {
    let all = recordings(include_str!("fixtures/dnf/transcripts.json"));
    let text = recording(&all, "index").stdout.as_bytes();
    let cache = tempfile::tempdir().unwrap();
    let mut argv = Dnf.index(&Setup::default()).argv;
    *argv.last_mut().unwrap() = cache.path().display().to_string();
    let print = || {
        std::process::Command::new(&argv[0])
            .args(&argv[1..])
            .output()
            .unwrap()
    };
    assert!(!print().status.success());
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text).unwrap();
    let packed = gz.finish().unwrap();
    for (folder, name, bytes) in [
        ("base-0123/repodata", "ab-primary.xml.gz", packed.as_slice()),
        ("metadata/more-4567/repodata", "primary.xml", text),
        ("metadata/more-4567/repodata", "filelists.xml", b"<package>"),
    ] {
        let folder = cache.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let printed = print();
    assert!(printed.status.success(), "{printed:?}");
    assert_eq!(printed.stdout, [text, text].concat());
    assert_eq!(
        index(&Dnf, &printed.stdout).len(),
        2 * index(&Dnf, text).len()
    );
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
        for manager in MANAGERS {
            read_all(manager, &bytes);
        }
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
                for manager in MANAGERS {
            read_all(manager, &bytes);
        }
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
