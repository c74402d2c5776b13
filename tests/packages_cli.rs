//! `devtwin packages`, and commands in twins, with the real binary and the real engine: from a search to the tool at
//! work, and nothing of it in the target.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

mod support;

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Container, Pty, debian, devtwin_path, docker, stderr, stdout};
use tempfile::TempDir;

const WEB: &str = "acme/web:1.4";

/// How long a run of devtwin may take.
const LONG: Duration = Duration::from_secs(60);

/// A target, and a person with folders of their own; the twins beside the target go with it.
struct Scene {
    home: TempDir,
    target: Container,
    before: String,
}

impl Scene {
    fn new() -> Self {
        Self::of(WEB, &[])
    }

    fn of(image: &str, flags: &[&str]) -> Self {
        let target = Container::run(image, flags, &[]);
        Self {
            home: tempfile::tempdir().unwrap(),
            before: docker::ok(&["diff", target.name()]),
            target,
        }
    }

    fn configure(&self, text: &str) {
        let dir = self.home.path().join("config/devtwin");
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("config.toml"), text).unwrap();
    }

    /// `args` with the target's name for `TARGET`.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(devtwin_path());
        let name = self.target.name();
        command
            .args(
                args.iter()
                    .map(|arg| if *arg == "TARGET" { name } else { arg }),
            )
            .env("HOME", self.home.path())
            .env("XDG_STATE_HOME", self.home.path().join("state"))
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    #[track_caller]
    fn run(&self, args: &[&str]) -> Output {
        ended(self.command(args).spawn().unwrap())
    }

    /// Runs it, which must end with `status`; what it printed and said.
    #[track_caller]
    fn says(&self, status: i32, args: &[&str]) -> (String, String) {
        let output = self.run(args);
        let (out, err) = (stdout(&output), stderr(&output));
        assert_eq!(output.status.code(), Some(status), "{args:?}: {out}{err}");
        (out, err)
    }

    #[track_caller]
    fn json(&self, status: i32, args: &[&str]) -> Value {
        let (out, err) = self.says(status, &[args, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{args:?}: {e}: {out}{err}"))
    }

    /// Names of the twins beside the target.
    fn twins(&self) -> Vec<String> {
        let label = format!("label=dev.devtwin.target={}", self.target.id());
        let names = docker::ok(&["ps", "-a", "--filter", &label, "--format", "{{.Names}}"]);
        names.lines().map(str::to_owned).collect()
    }

    /// The one twin beside the target.
    #[track_caller]
    fn twin(&self) -> String {
        let mut twins = self.twins();
        assert_eq!(twins.len(), 1, "{twins:?}");
        twins.remove(0)
    }

    #[track_caller]
    fn target_is_as_it_was(&self) {
        let now = docker::ok(&["diff", self.target.name()]);
        assert_eq!(now, self.before);
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        for twin in self.twins() {
            docker::run(&["rm", "-f", "-v", &twin]);
        }
    }
}

/// What came of a run, of the streams that nobody took; one that does not end in time fails the test.
#[track_caller]
fn ended(mut child: Child) -> Output {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (send, done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut stdout = Vec::new();
        let mut stderr = Vec::new();
        std::thread::scope(|scope| {
            scope.spawn(|| err.map(|mut err| err.read_to_end(&mut stderr)));
            out.map(|mut out| out.read_to_end(&mut stdout));
        });
        send.send((stdout, stderr)) // nobody waits any more when the test has failed
    });
    let Ok((stdout, stderr)) = done.recv_timeout(LONG) else {
        child.kill().unwrap();
        panic!("devtwin does not end");
    };
    Output {
        status: child.wait().unwrap(),
        stdout,
        stderr,
    }
}

/// How many `sleep 600` run in a twin.
fn sleepers(twin: &str) -> String {
    let count = "ps | grep -c '[s]leep 600' || :";
    docker::ok(&["exec", "-u", "0", twin, "sh", "-c", count])
}

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap();
    list.iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}

#[test]
fn a_tool_is_found_installed_used_and_removed() {
    let scene = Scene::new();
    let (found, _) = scene.says(0, &["packages", "search", "TARGET", "dig"]);
    assert!(
        found.contains("bind-tools") && found.contains("cmd:dig"),
        "{found}"
    );
    assert!(scene.twins().is_empty(), "a search leaves no twin");

    // As apt calls it.
    let (done, talk) = scene.says(0, &["packages", "add", "TARGET", "dnsutils"]);
    assert!(done.starts_with("installed in devtwin-"), "{done}");
    assert!(done.contains("  apk add bind-tools\n"), "{done}");
    assert!(
        done.contains("  RUN apk add --no-cache bind-tools\n"),
        "{done}"
    );
    let twin = scene.twin();
    for line in [
        "dnsutils: bind-tools is meant".to_owned(),
        "installing bind-tools".to_owned(),
        format!("devtwin attach {twin} opens"),
        format!("devtwin exec {twin} -- COMMAND runs"),
        "devtwin clean --all removes it".to_owned(),
    ] {
        assert!(talk.contains(&line), "{line}: {talk}");
    }
    let listed = scene.json(0, &["ls"]);
    let row = listed["twins"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["name"] == twin.as_str());
    assert_eq!(row.unwrap()["liveness"], "kept");

    let (version, _) = scene.says(0, &["exec", &twin, "--", "dig", "-v"]);
    assert!(version.contains("DiG"), "{version}");
    assert_eq!(scene.twin(), twin, "it stays");

    let (list, talk) = scene.says(0, &["packages", "list", "TARGET"]);
    let line = list
        .lines()
        .find(|line| line.starts_with("bind-tools"))
        .unwrap();
    assert!(line.ends_with("asked for"), "{list}");
    assert!(
        talk.contains(&format!("in {twin}, the newest twin")),
        "{talk}"
    );
    let (again, _) = scene.says(0, &["packages", "add", "TARGET", "bind-tools"]);
    assert!(again.starts_with("nothing to do"), "{again}");

    let (gone, _) = scene.says(0, &["packages", "del", &twin, "bind-tools"]);
    assert!(gone.starts_with("removed from"), "{gone}");
    let output = scene.run(&["exec", &twin, "--", "dig", "-v"]);
    assert!(!output.status.success(), "{}", stdout(&output));
    scene.target_is_as_it_was();

    let clean = scene.json(0, &["clean", "--dry-run", "--all"]);
    assert!(names(&clean["removed"]).contains(&twin.as_str()), "{clean}");
}

#[test]
fn the_same_way_with_apt_and_a_repository_of_ones_own() {
    let scene = Scene::of("dhi.io/web:1.4-debian12", &[]);
    let image = debian::with_a_repository();
    scene.configure(&format!(
        "[packages.apt]\nrepositories = ['{}']\n",
        debian::REPOSITORY
    ));
    let words = ["TARGET", "--image", image.name()];
    let (found, _) = scene.says(
        0,
        &[&["packages", "search"][..], &words, &["greet"]].concat(),
    );
    assert!(found.contains("says hello"), "{found}");
    let (done, _) = scene.says(0, &[&["packages", "add"][..], &words, &["greet"]].concat());
    assert!(
        done.contains("apt-get install -y --no-install-recommends greet"),
        "{done}"
    );
    let twin = scene.twin();
    let (said, _) = scene.says(0, &["exec", &twin, "--", "greet"]);
    assert!(said.starts_with("hello from greet"), "{said}");
    let report = scene.json(0, &["packages", "del", &twin, "greet"]);
    assert_eq!(names(&report["steps"]), ["greet", "libgreet"]);
    let report = scene.json(1, &["packages", "add", &twin, "needy"]);
    assert_eq!(report["outcome"], "failed");
    let (_, talk) = scene.says(
        2,
        &["packages", "add", &twin, "--into-target", "--yes", "greet"],
    );
    assert!(
        talk.contains("apt cannot install into another root"),
        "{talk}"
    );
    scene.target_is_as_it_was();
    // Before its image, which it uses.
    docker::ok(&["rm", "-f", &twin]);
}

#[test]
fn what_was_installed_comes_again_in_a_later_twin() {
    let scene = Scene::new();
    scene.says(0, &["packages", "add", "TARGET", "jq", "curl"]);
    docker::ok(&["rm", "-f", &scene.twin()]);
    let plan = scene.json(0, &["packages", "add", "TARGET", "--again", "--dry-run"]);
    assert_eq!(plan["change"]["names"], serde_json::json!(["jq", "curl"]));
    assert!(
        names(&plan["steps"]).contains(&"libcurl-openssl4"),
        "{plan}"
    );
    assert_eq!(plan["line"], "apk add jq curl");
    assert!(scene.twins().is_empty(), "a dry run leaves no twin");

    let other = Scene::new();
    let (_, talk) = other.says(2, &["packages", "add", "TARGET", "--again"]);
    assert!(talk.contains("nothing was installed before"), "{talk}");
    assert!(other.twins().is_empty());
}

#[test]
fn toolkits_are_devtwins_or_the_persons_own() {
    let scene = Scene::new();
    scene.configure("[toolkits]\nmine = ['jq', 'dig', 'no-such-thing']\n");
    let args = [
        "packages",
        "add",
        "TARGET",
        "--toolkit",
        "mine",
        "--toolkit",
        "http",
        "--dry-run",
    ];
    let plan = scene.json(0, &args);
    let names = plan["change"]["names"].as_array().unwrap();
    assert_eq!(&names[..2], ["jq", "bind-tools"]);
    assert!(names.contains(&"curl".into()), "{plan}");
    let (text, talk) = scene.says(0, &args);
    let by_hand = "the same by hand, and in a Dockerfile:\n  apk add jq bind-tools ";
    assert!(text.contains(by_hand), "{text}");
    assert!(
        talk.contains("no-such-thing of the toolkit mine is in no repository"),
        "{talk}"
    );
}

#[test]
fn what_cannot_be_installed_is_bad_news_with_advice() {
    let scene = Scene::new();
    let report = scene.json(1, &["packages", "add", "TARGET", "curl", "no-such-thing"]);
    assert_eq!(report["outcome"], "failed");
    assert_eq!(report["troubles"][0]["id"], "unknown-name");
    assert_eq!(report["steps"], serde_json::json!([]));
    let twin = scene.twin();
    let (text, _) = scene.says(1, &["packages", "add", &twin, "no-such-thing"]);
    assert!(text.contains("not done: no-such-thing"), "{text}");
    assert!(
        text.contains("  | ERROR: unable to select packages:"),
        "{text}"
    );
    assert!(text.contains("  → "), "{text}");
    let (text, _) = scene.says(1, &["packages", "add", &twin, "no-such-thing", "--dry-run"]);
    assert!(text.starts_with("trouble: "), "{text}");
    let (out, talk) = scene.says(1, &["packages", "search", &twin, "no-such-thing"]);
    assert_eq!(out, "");
    assert!(
        talk.contains("nothing that matches") && talk.contains("hint: "),
        "{talk}"
    );
}

#[test]
fn an_image_without_a_manager_is_told_and_leaves_nothing() {
    let scene = Scene::of("gcr.io/distroless/web:nonroot", &[]);
    for verb in ["add", "search"] {
        let (_, talk) = scene.says(4, &["packages", verb, "TARGET", "curl"]);
        assert!(talk.contains("has no package manager"), "{talk}");
        assert!(talk.contains("--image"), "{talk}");
        assert!(scene.twins().is_empty(), "{verb}");
    }
}

#[test]
fn the_target_itself_is_changed_only_on_the_persons_word() {
    let scene = Scene::new();
    let (_, talk) = scene.says(2, &["packages", "add", "TARGET", "--into-target", "curl"]);
    assert!(talk.contains("--yes"), "{talk}");
    scene.says(
        0,
        &[
            "packages",
            "add",
            "TARGET",
            "--into-target",
            "curl",
            "--dry-run",
        ],
    );
    scene.target_is_as_it_was();

    let args = [
        "packages",
        "add",
        "TARGET",
        "--into-target",
        "--yes",
        "curl",
    ];
    let report = scene.json(0, &args);
    assert_eq!(report["into_target"], scene.target.name());
    let diff = docker::ok(&["diff", scene.target.name()]);
    let added: Vec<&str> = diff.lines().filter(|line| line.starts_with('A')).collect();
    assert!(added.contains(&"A /usr/bin/curl"), "{diff}");
    assert!(scene.twins().is_empty(), "the twin was only the way in");

    let hardened = Scene::of(WEB, &["--read-only"]);
    let (_, talk) = hardened.says(2, &args);
    assert!(talk.contains("read-only"), "{talk}");
    assert!(hardened.twins().is_empty());
}

#[test]
fn on_a_terminal_the_person_is_asked_before_the_target_is_changed() {
    let scene = Scene::new();
    let home = scene.home.path().to_str().unwrap();
    let answered = |answer: &str| {
        let words = [
            "packages",
            "add",
            scene.target.name(),
            "--into-target",
            "curl",
        ];
        let env = [("HOME", home), ("XDG_STATE_HOME", home)];
        let mut pty = Pty::spawn(&[&[devtwin_path()], &words[..]].concat(), &env, 100, 40);
        pty.wait_for("answer yes to go on");
        scene.target_is_as_it_was();
        pty.send(format!("{answer}\r"));
        pty.wait_exit().exit_code()
    };
    assert_eq!(answered("y"), 6, "cancelled");
    scene.target_is_as_it_was();
    assert!(scene.twins().is_empty());
    assert_eq!(answered("yes"), 0);
    let diff = docker::ok(&["diff", scene.target.name()]);
    assert!(diff.contains("A /usr/bin/curl"), "{diff}");
}

#[test]
fn a_change_that_is_given_up_says_what_was_done_by_then() {
    let scene = Scene::new();
    scene.says(0, &["packages", "add", "TARGET", "curl"]);
    let twin = scene.twin();
    // An apk that is slow at the one change that is watched.
    let slow = "f=$(readlink -f /sbin/apk); mv $f $f.real; \
        printf '%s\\n' '#!/bin/sh' 'case \"$*\" in *--simulate*) ;; *--wait*)' \
        'echo \"(1/1) Installing jq (1.7.1-r4)\"; sleep 600;; esac' \
        \"exec $f.real \\\"\\$@\\\"\" >$f; chmod +x $f";
    docker::ok(&["exec", "-u", "0", &twin, "sh", "-c", slow]);
    let mut command = scene.command(&["packages", "add", &twin, "jq", "--json"]);
    let mut child = command.spawn().unwrap();
    let talk = child.stderr.take().unwrap();
    let child = interrupted_at("installing jq", talk, child);
    let output = ended(child);
    let out = stdout(&output);
    assert_eq!(output.status.code(), Some(6), "{out}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["outcome"], "cancelled");
    assert_eq!(report["missed"], serde_json::json!(["jq"]));
    assert_eq!(sleepers(&twin), "0", "nothing goes on in the twin");
}

#[test]
fn packages_for_one_command_go_with_it() {
    let scene = Scene::new();
    let words = ["exec", "--with", "jq,dig", "TARGET", "--", "sh", "-c"];
    let script = "jq --version; command -v dig; id -u; echo $PROMPT_COMMAND; exit 7";
    let (out, talk) = scene.says(7, &[&words[..], &[script]].concat());
    assert!(
        out.starts_with("jq-") && out.ends_with("/usr/bin/dig\n0\n\n"),
        "{out}"
    );
    assert!(
        talk.contains("installing jq") && talk.contains("dig: bind-tools is meant"),
        "{talk}"
    );
    assert!(scene.twins().is_empty());

    let (out, talk) = scene.says(
        1,
        &[
            "exec",
            "--with",
            "no-such-thing",
            "TARGET",
            "--",
            "echo",
            "ran",
        ],
    );
    assert_eq!(out, "");
    assert!(
        talk.contains("the command was not run: no-such-thing"),
        "{talk}"
    );
    assert!(scene.twins().is_empty());
    scene.target_is_as_it_was();
}

#[test]
fn a_command_in_a_twin_has_its_own_streams_and_status_and_ends_with_devtwin() {
    let scene = Scene::new();
    scene.says(0, &["packages", "add", "TARGET", "jq"]);
    let twin = scene.twin();
    let (out, err) = scene.says(
        7,
        &[
            "exec",
            &twin,
            "--",
            "sh",
            "-c",
            "echo out; echo err >&2; exit 7",
        ],
    );
    assert_eq!((out.as_str(), err.as_str()), ("out\n", "err\n"));
    let (who, _) = scene.says(0, &["exec", "--user", "65532", &twin, "--", "id", "-u"]);
    assert_eq!(who, "65532\n");

    let mut command = scene.command(&["exec", &twin, "--", "sh", "-c", "echo up; sleep 600"]);
    let mut child = command.spawn().unwrap();
    let out = child.stdout.take().unwrap();
    let child = interrupted_at("up", out, child);
    assert_eq!(ended(child).status.code(), Some(6));
    assert_eq!(sleepers(&twin), "0", "it does not go on");
    assert_eq!(scene.twin(), twin);

    // The twin goes while a command runs in it: the engine leaves its output open.
    let child = scene
        .command(&["exec", &twin, "--", "sh", "-c", "sleep 600"])
        .spawn()
        .unwrap();
    let start = Instant::now();
    loop {
        let script = "ps | grep -c '[s]leep 600' || :";
        if docker::ok(&["exec", "-u", "0", &twin, "sh", "-c", script]) != "0" {
            break;
        }
        assert!(start.elapsed() < LONG, "the command does not begin");
    }
    docker::ok(&["rm", "-f", &twin]);
    let output = ended(child);
    // The engine may tell the command's own end, by SIGKILL, before that of the twin.
    if output.status.code() != Some(137) {
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        assert!(
            stderr(&output).contains("ended while the command ran"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn downloads_are_kept_in_a_volume_unless_it_is_not_wanted() {
    let scene = Scene::new();
    scene.says(0, &["packages", "add", "TARGET", "jq"]);
    let twin = scene.twin();
    let format = "{{range .Mounts}}{{.Name}} {{.Destination}}{{end}}";
    let mounts = docker::ok(&["inspect", "--format", format, &twin]);
    let (volume, at) = mounts.split_once(' ').unwrap();
    assert!(
        volume.starts_with("devtwin-cache-apk-") && at == "/etc/apk/cache",
        "{mounts}"
    );
    let label = "{{index .Labels \"dev.devtwin.cache\"}}";
    assert_eq!(
        docker::ok(&["volume", "inspect", "--format", label, volume]),
        "apk"
    );
    let clean = scene.json(0, &["clean", "--caches", "--dry-run"]);
    let left = clean["caches_left"].as_array().unwrap();
    assert!(left.contains(&volume.into()), "a twin uses it: {clean}");
    docker::ok(&["rm", "-f", &twin]);
    docker::ok(&["volume", "inspect", volume]);

    scene.configure("package_cache = false\n");
    scene.says(0, &["packages", "add", "TARGET", "jq"]);
    assert_eq!(
        docker::ok(&["inspect", "--format", format, &scene.twin()]),
        ""
    );
}

#[test]
fn a_twin_of_another_person_is_not_worked_in() {
    let scene = Scene::new();
    scene.says(0, &["packages", "add", "TARGET", "jq"]);
    let theirs = scene.twin();
    let other = tempfile::tempdir().unwrap();
    let mut command = scene.command(&["packages", "list", "TARGET", "--json"]);
    command.env("XDG_STATE_HOME", other.path());
    let output = ended(command.spawn().unwrap());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_ne!(report["twin"], theirs.as_str());
    assert!(!names(&report["packages"]).contains(&"jq"), "{report}");
    assert_eq!(scene.twin(), theirs, "their own one went");
}

/// Interrupts `child` as Ctrl-C does, once a line that comes from it has `words`.
#[track_caller]
fn interrupted_at(words: &'static str, from: impl Read + Send + 'static, child: Child) -> Child {
    let (send, seen) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // To its end, or the child would die of a closed pipe.
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if line.contains(words) {
                send.send(()).unwrap_or_default(); // nobody waits when the test has failed
            }
        }
    });
    let is_sent = seen.recv_timeout(LONG).is_ok() && {
        let id = child.id().to_string();
        let kill = Command::new("kill").args(["-s", "INT", &id]).status();
        kill.unwrap().success()
    };
    if !is_sent {
        let mut child = child;
        child.kill().unwrap();
        panic!("{words:?} was not said");
    }
    child
}
