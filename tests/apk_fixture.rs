//! The fixture's `apk` against recordings of the real one: every command of the transcript in its order, in one container;
//! and our apk manager against the fixture's: what it asks is answered, and what is answered is understood.
//!
//! Needs an engine and `make fixtures`; without either the tests fail and say so.

#![expect(
    clippy::unwrap_used,
    reason = "a test program: it stops at the first thing that is not as expected"
)]

use std::fmt::Write as _;
use std::process::{Command, Output};

use devtwin::domain::packages::apk::Apk;
use devtwin::domain::packages::{
    Change, Installed, Invocation, PackageManager as _, Printed, Setup, Stream, Told, TroubleId,
    Verb,
};
use serde::Deserialize;

const IMAGE: &str = "cgr.dev/chainguard/web:latest-dev";
const TRANSCRIPT: &str = include_str!("fixtures/apk/transcripts-2.14.10.json");

/// One command as the real apk 2.14.10 answered it.
#[derive(Deserialize)]
struct Recording {
    label: String,
    user: u32,
    tty: bool,
    command: String,
    exit: i32,
    stdout: String,
    stderr: String,
}

/// What was done, unrecorded, before the recording of that label: inferred from the state that its output shows.
const UNRECORDED: [(&str, &str); 4] = [
    // The recording began with nothing installed.
    (
        "version",
        ": >/lib/apk/db/installed; : >/etc/apk/world; echo /repo >/etc/apk/repositories",
    ),
    // It installs curl again, and ten packages are there after it.
    ("add-curl-on-a-terminal", "apk del curl"),
    // jq is there already, and the only repository is one that nobody serves.
    (
        "update-repository-unreachable",
        "apk add jq; echo http://127.0.0.1:9/none >/etc/apk/repositories",
    ),
    (
        "untrusted-key",
        "echo /repo >/etc/apk/repositories; rm /etc/apk/keys/*",
    ),
];

/// Recordings that were taken in a container with a read-only root.
const READ_ONLY: &str = "add-read-only-filesystem";

/// A container that is removed with the value; `--rm` and a bounded sleep see to it when the test is killed.
struct Container(String);

impl Container {
    fn start(options: &[&str]) -> Self {
        let mut argv = vec!["run", "-d", "--rm", "--network", "none"];
        argv.extend(["--label", "dev.devtwin.test=apk_fixture", "-u", "0"]);
        argv.extend(["--entrypoint", "/bin/sleep"]);
        argv.extend(options);
        argv.extend([IMAGE, "300"]);
        let out = docker(&argv);
        assert!(
            out.status.success(),
            "{IMAGE} does not start (run `make fixtures`): {}",
            String::from_utf8_lossy(&out.stderr)
        );
        Self(String::from_utf8(out.stdout).unwrap().trim().to_owned())
    }

    fn exec(&self, user: u32, tty: bool, command: &str) -> Answer {
        let user = user.to_string();
        let mut argv = vec!["exec", "-u", &user];
        argv.extend(tty.then_some("-t"));
        argv.extend([self.0.as_str(), "sh", "-c", command]);
        let out = docker(&argv);
        Answer {
            exit: out.status.code(),
            // A terminal turns each newline into two characters; the recorder undid that.
            stdout: String::from_utf8(out.stdout).unwrap().replace("\r\n", "\n"),
            stderr: String::from_utf8(out.stderr).unwrap(),
        }
    }

    /// Runs a command as root that has to succeed, and gives its stdout.
    fn sh(&self, command: &str) -> String {
        let answer = self.exec(0, false, command);
        assert_eq!(answer.exit, Some(0), "{command}: {}", answer.stderr);
        answer.stdout
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        docker(&["rm", "-f", &self.0]);
    }
}

#[derive(PartialEq)]
struct Answer {
    exit: Option<i32>,
    stdout: String,
    stderr: String,
}

fn docker(argv: &[&str]) -> Output {
    Command::new("docker").args(argv).output().unwrap()
}

/// Fails, and says so, when no engine answers.
fn require_engine() {
    let out = docker(&["version", "--format", "{{.Server.Version}}"]);
    assert!(
        out.status.success(),
        "no container engine answers: {}",
        String::from_utf8_lossy(&out.stderr)
    );
}

/// Both texts line by line, escaped: what the recording has (`-`) and what came instead (`+`).
fn difference(stream: &str, want: &str, got: &str) -> String {
    let mut text = String::new();
    let (want, got): (Vec<_>, Vec<_>) = (want.lines().collect(), got.lines().collect());
    for row in 0..want.len().max(got.len()) {
        let (want, got) = (want.get(row), got.get(row));
        if want == got {
            continue;
        }
        for (sign, line) in [('-', want), ('+', got)] {
            if let Some(line) = line {
                writeln!(text, "  {stream}:{} {sign} {line:?}", row + 1).unwrap();
            }
        }
    }
    text
}

#[test]
fn every_recorded_command_answers_as_the_real_apk_did() {
    require_engine();
    let recordings: Vec<Recording> = serde_json::from_str(TRANSCRIPT).unwrap();
    let (container, read_only) = (Container::start(&[]), Container::start(&["--read-only"]));
    let mut report = String::new();
    for recording in &recordings {
        for (_, command) in UNRECORDED.iter().filter(|(at, _)| *at == recording.label) {
            container.exec(0, false, command);
        }
        let place = if recording.label == READ_ONLY {
            &read_only
        } else {
            &container
        };
        let got = place.exec(recording.user, recording.tty, &recording.command);
        let want = Answer {
            exit: Some(recording.exit),
            // The recorder's own end of input, echoed by its terminal.
            stdout: recording.stdout.replace("^@", ""),
            stderr: recording.stderr.clone(),
        };
        if got == want {
            continue;
        }
        writeln!(report, "{}: {}", recording.label, recording.command).unwrap();
        writeln!(report, "  exit {:?}, recorded {:?}", got.exit, want.exit).unwrap();
        report += &difference("stdout", &want.stdout, &got.stdout);
        report += &difference("stderr", &want.stderr, &got.stderr);
    }
    assert!(
        report.is_empty(),
        "these differ from the recording:\n{report}"
    );
}

#[test]
fn what_is_installed_runs_and_what_is_removed_is_gone() {
    require_engine();
    let container = Container::start(&[]);
    let world = container.sh("cat /etc/apk/world");
    let before = container.sh("apk info -v");
    assert!(before.contains("bash-5.2.15-r2\n") && before.contains("web-1.4.0-r2\n"));

    let added = container.sh("apk add --virtual .dbg jq strace");
    assert!(added.contains("(3/3) Installing .dbg ("), "{added}");
    assert_eq!(container.sh("jq"), "jq-1.7.1\n");
    assert_eq!(
        container.sh("apk info -W /usr/bin/strace"),
        "/usr/bin/strace is owned by strace-6.9-r0\n"
    );

    container.sh("apk del .dbg");
    assert_eq!(
        container.sh("ls /usr/bin/jq /usr/bin/strace 2>/dev/null || true"),
        ""
    );
    assert_eq!(container.sh("cat /etc/apk/world"), world);
    assert_eq!(container.sh("apk info -v"), before);
}

#[test]
fn a_repository_over_http_is_fetched_and_kept() {
    require_engine();
    let container = Container::start(&[]);
    container
        .sh("httpd -p 127.0.0.1:8081 -h /repo; echo http://127.0.0.1:8081 >/etc/apk/repositories");
    let fetch = "fetch http://127.0.0.1:8081/x86_64/APKINDEX.tar.gz\n";
    assert!(container.sh("apk update").starts_with(fetch));
    let added = container.sh("apk add jq");
    assert!(added.starts_with("(1/1) Installing jq"), "{added}");
    assert_eq!(container.sh("jq"), "jq-1.7.1\n");
    assert!(container.sh("apk add --no-cache strace").starts_with(fetch));
}

#[test]
fn a_version_that_no_repository_has_is_refused() {
    require_engine();
    let container = Container::start(&[]);
    let world = container.sh("cat /etc/apk/world");
    let answer = container.exec(0, false, "apk add jq=9.9-r9");
    assert_eq!(answer.exit, Some(1));
    assert_eq!(
        answer.stderr,
        "ERROR: unable to select packages:\n  jq-1.7.1-r4:\n    breaks: world[jq=9.9-r9]\n"
    );
    assert_eq!(container.sh("cat /etc/apk/world"), world);
}

/// Our manager, at work in a container.
struct Desk {
    container: Container,
    setup: Setup,
}

/// What a command printed, and what it told.
struct Ran {
    printed: Printed,
    steps: Vec<String>,
    parts: usize,
    waited: bool,
}

impl Ran {
    fn troubles(&self) -> Vec<TroubleId> {
        let troubles = Apk.troubles(&self.printed);
        troubles.into_iter().map(|trouble| trouble.id).collect()
    }
}

impl Desk {
    fn open(options: &[&str], setup: Setup) -> Self {
        require_engine();
        let program = "/sbin/apk".into();
        let container = Container::start(options);
        Self {
            container,
            setup: Setup { program, ..setup },
        }
    }

    /// Puts into the container what is configured.
    fn furnish(&self) {
        for file in Apk.files(&self.setup) {
            let (path, text) = (file.path, String::from_utf8(file.content).unwrap());
            self.container.sh(&format!(
                "mkdir -p \"$(dirname {path})\"; cat >{path} <<'E'\n{text}E"
            ));
        }
    }

    fn run(&self, ask: &Invocation) -> Output {
        let env: Vec<String> = ask
            .env
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut argv = vec!["exec", "-u", "0"];
        argv.extend(env.iter().flat_map(|variable| ["-e", variable]));
        argv.push(&self.container.0);
        argv.extend(ask.argv.iter().map(String::as_str));
        docker(&argv)
    }

    fn told(&self, ask: &Invocation) -> Ran {
        let out = self.run(ask);
        let lines = |stream, bytes: &[u8]| -> Vec<(Stream, String)> {
            let text = String::from_utf8_lossy(bytes);
            text.lines().map(|line| (stream, line.to_owned())).collect()
        };
        let mut all = lines(Stream::Stdout, &out.stdout);
        all.extend(lines(Stream::Stderr, &out.stderr));
        let mut reader = Apk.reader();
        let (mut steps, mut parts, mut waited) = (Vec::new(), 0, false);
        for told in all
            .iter()
            .filter_map(|(stream, line)| reader.line(*stream, line))
        {
            match told {
                Told::Step(step) => {
                    steps.push(format!("{:?} {} {}", step.doing, step.name, step.version));
                }
                Told::Part { .. } => parts += 1,
                Told::Waiting => waited = true,
                Told::Fetching(_) | Told::Script(_) => {}
            }
        }
        let status = out.status.code().map(i64::from);
        Ran {
            printed: Printed { lines: all, status },
            steps,
            parts,
            waited,
        }
    }

    fn change(&self, verb: Verb, names: &[&str]) -> Ran {
        self.told(&Apk.commit(&change(verb, names), &self.setup))
    }

    fn installed(&self) -> Installed {
        let out = self.run(&Apk.installed(&self.setup));
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        Apk.read_installed(&out.stdout)
    }

    /// Name and version of all that can be had, sorted.
    fn index(&self) -> Vec<String> {
        let out = self.run(&Apk.index(&self.setup));
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        let mut packages = Vec::new();
        let mut each = |package: devtwin::domain::packages::Package| {
            packages.push(format!("{} {}", package.name, package.version));
        };
        Apk.read_index(&mut out.stdout.as_slice(), &mut each)
            .unwrap();
        packages.sort();
        packages
    }

    /// Installs the package whose script waits, and comes back when it does.
    fn begin_slow(&self) {
        self.container.sh(
            "apk add -X /repo-extra --allow-untrusted slow-post >/tmp/slow 2>&1 & echo $! >/tmp/slow.pid
             until grep -q 'waiting for' /tmp/slow; do sleep 0.1; done",
        );
    }
}

fn change(verb: Verb, names: &[&str]) -> Change {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Change::new(verb, &names).unwrap()
}

#[test]
fn the_manager_understands_what_it_asked_for() {
    let desk = Desk::open(&[], Setup::default());
    assert_eq!(desk.index().len(), 17);
    let before = desk.installed();
    assert!(before.packages["web"].explicit && before.packages["web"].broken.is_none());
    let simulated = desk.told(&Apk.simulate(&change(Verb::Install, &["curl"]), &desk.setup));
    let steps = [
        "Install libcurl-openssl4 8.12.1-r0",
        "Install curl 8.12.1-r0",
    ];
    assert_eq!(simulated.steps, steps);
    assert_eq!(desk.installed(), before);
    let added = desk.change(Verb::Install, &["curl"]);
    assert_eq!(
        (added.steps.as_slice(), added.troubles().len()),
        (&steps.map(String::from)[..], 0)
    );
    assert!(added.parts > 0);
    let after = desk.installed();
    assert!(after.packages["curl"].explicit && !after.packages["libcurl-openssl4"].explicit);
    assert_eq!(
        desk.change(Verb::Install, &["nope"]).troubles(),
        [TroubleId::UnknownName]
    );
    assert_eq!(
        desk.change(Verb::Upgrade, &["nope"]).troubles(),
        [TroubleId::UnknownName]
    );
    let failed = desk.change(Verb::Install, &["trigger-fail"]);
    assert_eq!(failed.troubles(), [TroubleId::Script]);
    assert_eq!(
        desk.installed().packages["trigger-fail"].broken.as_deref(),
        Some("its script failed")
    );
    assert_eq!(
        desk.change(Verb::Remove, &["curl"]).troubles(),
        [TroubleId::BrokenBefore]
    );
    desk.change(Verb::Remove, &["trigger-fail"]);
    assert_eq!(desk.installed(), before);
    // Another distribution's index in the cache is not this one's; its own is found by its name.
    desk.container.sh("mkdir -p /var/cache/apk
         cp \"$(head -n 1 /etc/apk/repositories)/$(apk --print-arch)/APKINDEX.tar.gz\" /var/cache/apk/APKINDEX.0a1b2c3d.tar.gz
         echo http://127.0.0.1:9/none >/etc/apk/repositories");
    assert!(!desk.run(&Apk.index(&desk.setup)).status.success());
    desk.container.sh(
        "cd /var/cache/apk
         mv APKINDEX.0a1b2c3d.tar.gz APKINDEX.$(printf %s http://127.0.0.1:9/none | sha1sum | cut -c1-8).tar.gz",
    );
    assert_eq!(desk.index().len(), 17);
    assert_eq!(
        desk.told(&Apk.refresh(&desk.setup)).troubles(),
        [TroubleId::Unreachable]
    );
}

#[test]
fn indexes_that_only_apk_3_can_read_are_asked_of_it() {
    let mut desk = Desk::open(&[], Setup::default());
    desk.setup.program = "/tmp/apk".into();
    desk.container.sh(
        r#"mkdir /etc/apk/cache; echo ADBd >/etc/apk/cache/APKINDEX.0a1b2c3d.tar.gz
        cat >/tmp/apk <<'E'
#!/bin/sh
case $1 in --version) echo 'apk-tools 3.0.6, compiled for x86_64.'; exit ;; esac
printf '%s\n' "$@" >/tmp/asked
printf '[\n  {\n    "name": "jq",\n    "version": "1.7.1-r4"\n  }\n]\n'
exit 1
E
        chmod +x /tmp/apk"#,
    );
    assert_eq!(desk.index(), ["jq 1.7.1-r4"]);
    let asked = desk.container.sh("cat /tmp/asked");
    assert!(asked.starts_with("query\n--no-network\n"), "{asked}");
    assert!(asked.ends_with("\n*\n"), "{asked}");
}

#[test]
fn a_repository_of_ones_own_needs_its_key() {
    let own = Setup {
        repositories: vec!["/repo-extra".into()],
        ..Setup::default()
    };
    let mut desk = Desk::open(&[], own);
    desk.furnish();
    let strange = desk.change(Verb::Install, &["clash"]);
    assert_eq!(
        strange.troubles(),
        [TroubleId::UntrustedKey, TroubleId::UnknownName]
    );
    let key = desk
        .container
        .sh("cat /repo-extra/keys/extra-signing.rsa.pub");
    desk.setup.keys = vec![("extra-signing.rsa.pub".into(), key.into_bytes())];
    desk.furnish();
    assert_eq!(desk.index().len(), 20);
    let newest = desk.change(Verb::Install, &["jq"]);
    assert_eq!(newest.steps, ["Install jq 1.8.1-r0"]);
    let clash = desk.change(Verb::Install, &["clash"]);
    assert_eq!(clash.troubles(), [TroubleId::FileConflict]);
    assert!(desk.installed().packages["clash"].broken.is_some());
}

#[test]
fn names_that_are_upgraded_stay_what_they_were() {
    let own = Setup {
        repositories: vec!["/repo-extra".into()],
        ..Setup::default()
    };
    let desk = Desk::open(&[], own);
    desk.container
        .sh("apk add jq; cp /repo-extra/keys/*.pub /etc/apk/keys/");
    desk.furnish();
    let world = desk.container.sh("cat /etc/apk/world");
    let upgraded = desk.change(Verb::Upgrade, &["jq"]);
    assert_eq!(upgraded.steps, ["Upgrade jq 1.8.1-r0"]);
    assert_eq!(desk.container.sh("jq"), "jq-1.8.1\n");
    assert_eq!(desk.container.sh("cat /etc/apk/world"), world);
}

#[test]
fn one_apk_waits_for_another() {
    let desk = Desk::open(&[], Setup::default());
    desk.begin_slow();
    let refused = desk.container.exec(0, false, "apk add jq");
    assert_eq!(refused.exit, Some(99));
    assert!(
        refused.stderr.contains("temporary error (try again later)"),
        "{}",
        refused.stderr
    );
    let mut short = Apk.commit(&change(Verb::Install, &["jq"]), &desk.setup);
    let at = short.argv.iter().position(|word| word == "--wait").unwrap() + 1;
    short.argv[at] = "1".into();
    let vain = desk.told(&short);
    assert!(
        vain.waited && vain.troubles() == [TroubleId::Locked],
        "{:?}",
        vain.printed
    );
    // Whoever waits longer gets it.
    let waiting = desk
        .container
        .sh("apk add --wait 60 strace >/tmp/second 2>&1 & pid=$!
         until grep -q Waiting /tmp/second; do sleep 0.1; done
         touch /tmp/slow-post.go; wait $pid; echo $?");
    assert_eq!(waiting, "0\n");
    let installed = desk.installed();
    assert!(
        installed.packages.contains_key("slow-post") && installed.packages.contains_key("strace")
    );
}

#[test]
fn an_apk_that_is_ended_leaves_the_database_as_it_was() {
    let desk = Desk::open(&[], Setup::default());
    let before = desk.installed();
    for signal in ["TERM", "KILL"] {
        desk.begin_slow();
        desk.container.sh(&format!(
            "kill -{signal} $(cat /tmp/slow.pid); rm /tmp/slow
             until /usr/lib/apk/stand-in/lock 8; do sleep 0.1; done 8>>/lib/apk/db/lock"
        ));
        assert_eq!(desk.installed(), before);
        let after = desk.change(Verb::Install, &["jq"]);
        assert!(
            after.troubles().is_empty() && !after.waited,
            "{:?}",
            after.printed
        );
        desk.change(Verb::Remove, &["jq"]);
        assert_eq!(desk.installed(), before);
    }
}

#[test]
fn a_cache_makes_the_network_needless() {
    let desk = Desk::open(&[], Setup::default());
    desk.container.sh(
        "mkdir /etc/apk/cache; echo http://127.0.0.1:8081 >/etc/apk/repositories
         httpd -f -p 127.0.0.1:8081 -h /repo & echo $! >/tmp/httpd.pid",
    );
    let refreshed = desk.told(&Apk.refresh(&desk.setup));
    assert!(refreshed.troubles().is_empty(), "{:?}", refreshed.printed);
    assert_eq!(desk.index().len(), 17);
    assert!(desk.change(Verb::Install, &["htop"]).troubles().is_empty());
    let kept = desk
        .container
        .sh("cd /etc/apk/cache && ls | sed 's/\\.[0-9a-f]\\{8\\}\\./.HASH./'");
    assert_eq!(
        kept,
        "APKINDEX.HASH.tar.gz\nhtop-3.4.0-r1.HASH.apk\nncurses-6.5_p20241228-r0.HASH.apk\n"
    );
    desk.change(Verb::Remove, &["htop"]);
    desk.container
        .sh("kill $(cat /tmp/httpd.pid)
         while wget -q -O /dev/null http://127.0.0.1:8081/x86_64/APKINDEX.tar.gz; do sleep 0.1; done");
    assert!(desk.change(Verb::Install, &["htop"]).troubles().is_empty());
    assert_eq!(desk.container.sh("htop"), "htop 3.4.0\n");
    assert_eq!(
        desk.change(Verb::Install, &["strace"]).troubles(),
        [TroubleId::Unreachable]
    );
    assert!(!desk.installed().packages.contains_key("strace"));
    let answer = desk.container.exec(0, false, "apk add --no-network gdb");
    assert!(
        answer.stderr.contains("masked in: --no-network"),
        "{}",
        answer.stderr
    );
}

#[test]
fn a_full_disk_and_a_read_only_one_are_told_apart() {
    let desk = Desk::open(&["--tmpfs", "/usr/share/vim:size=64k"], Setup::default());
    assert_eq!(
        desk.change(Verb::Install, &["vim"]).troubles(),
        [TroubleId::DiskFull]
    );
    assert!(desk.installed().packages["vim-common"].broken.is_some());
    let desk = Desk::open(&["--read-only"], Setup::default());
    assert_eq!(
        desk.change(Verb::Install, &["vim"]).troubles(),
        [TroubleId::ReadOnly]
    );
    // What would be done can be said all the same.
    let simulated = desk.told(&Apk.simulate(&change(Verb::Install, &["vim"]), &desk.setup));
    assert_eq!(simulated.steps.len(), 2);
}

#[test]
fn another_root_gets_packages_with_the_twins_repositories_and_keys() {
    let setup = Setup {
        root: Some("/target".into()),
        ..Setup::default()
    };
    let desk = Desk::open(&[], setup);
    let none = desk.run(&Apk.installed(&desk.setup));
    assert_eq!(none.status.code(), Some(1));
    assert_eq!(
        desk.change(Verb::Install, &["jq"]).troubles(),
        [TroubleId::NoDatabase]
    );
    desk.container.sh("mkdir -p /target/usr/lib/apk/db /target/etc/apk; ln -s usr/lib /target/lib; : >/target/lib/apk/db/installed");
    let twin = desk.container.sh("apk info -v");
    let added = desk.change(Verb::Install, &["jq", "trigger-fail"]);
    assert_eq!(
        (added.steps.len(), added.troubles().len()),
        (2, 0),
        "{:?}",
        added.printed
    );
    let there: Vec<String> = desk.installed().packages.into_keys().collect();
    assert_eq!(there, ["jq", "trigger-fail"]);
    assert_eq!(
        desk.container.sh("/target/usr/bin/jq; apk info -v"),
        format!("jq-1.7.1\n{twin}")
    );
    assert_eq!(desk.container.sh("find /target -name '*cache*'"), "");
}
