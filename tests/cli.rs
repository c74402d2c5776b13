//! The real binary as scripts meet it: statuses, streams and documents; no engine is needed.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Nothing listens there.
const NOWHERE: &str = "unix:///nonexistent/docker.sock";

/// The binary in folders of its own, without what the developer's environment says.
struct Devtwin {
    home: TempDir,
}

impl Devtwin {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { home }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_devtwin"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.home.path())
            .env("XDG_STATE_HOME", self.home.path().join("state"))
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .env("TERM", "xterm-256color")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::from(self.command(args).output().unwrap())
    }
}

struct Ran {
    status: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {:?}", self.out))
    }
}

fn run(args: &[&str]) -> Ran {
    Devtwin::new().run(args)
}

#[test]
fn help_and_version_are_data() {
    let version = run(&["--version"]);
    assert_eq!(version.status, Some(0));
    assert_eq!(
        version.out,
        format!("devtwin {}\n", env!("CARGO_PKG_VERSION"))
    );
    let help = run(&["--help"]);
    assert_eq!((help.status, help.err.as_str()), (Some(0), ""));
    for word in [
        "attach",
        "resolve",
        "Exit status",
        "--host",
        "devtwin exec web",
    ] {
        assert!(help.out.contains(word), "{word}");
    }
    assert!(!help.out.contains('\x1b'), "no colour into a pipe");
}

#[test]
fn usage_errors_end_with_2_and_say_what_to_do() {
    for (args, message, hint) in [
        (
            &["web"][..],
            "unrecognized subcommand 'web'",
            "devtwin attach web",
        ),
        (
            &["exec", "web"],
            "required arguments",
            "Usage: devtwin exec",
        ),
        (&["exec"], "required arguments", "Usage: devtwin exec"),
        (
            &["resolve", "--pull", "never", "web"],
            "unexpected argument '--pull' found",
            "Usage: devtwin resolve",
        ),
        (
            &["lint", "--tagret", "x"],
            "unexpected argument '--tagret'",
            "hint: a similar argument exists: '--target'",
        ),
        (
            &["attach", "--mode", "loop", "web"],
            "possible values: join, arena, catch",
            "--help",
        ),
        (&["attach", "--grant", "ALL", "web"], "one by one", "--help"),
        (&["clean", "--older", "soon"], "30m, 2h or 1h30m", "--help"),
        (&["resolve"], "required arguments", "TARGET|IMAGE"),
        (&["compare", "web", "--which", ""], "has no name", "--help"),
        (
            &["packages"],
            "requires a subcommand",
            "Usage: devtwin packages",
        ),
        (&["packages", "add", "web"], "no package is named", "search"),
        (
            &["packages", "add", "web", "a b"],
            "no name of a package",
            "letters and digits",
        ),
        (
            &["packages", "add", "web", "--toolkit", "bogus"],
            "no toolkit \"bogus\"",
            "dns, files, http, net, trace",
        ),
        (
            &["packages", "add", "web", "curl", "--into-target"],
            "changes the container itself",
            "--yes",
        ),
        (
            &["packages", "add", "web", "curl", "--yes"],
            "required arguments",
            "--into-target",
        ),
        (&["packages", "del", "web"], "required arguments", "<NAMES>"),
        (
            &["exec", "--with", "curl,;x", "web", "ls"],
            "no name of a package",
            "letters and digits",
        ),
    ] {
        let ran = run(args);
        assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{args:?}");
        let (first, rest) = ran.err.split_once('\n').unwrap();
        assert!(
            first.starts_with("devtwin: ") && first.contains(message),
            "{args:?}: {first}"
        );
        assert!(
            rest.starts_with("hint: ") && rest.contains(hint),
            "{args:?}: {rest}"
        );
        // clap's advice for what was meant as a value would lead astray.
        assert!(
            !rest.contains("tip:") && !rest.contains("as a value"),
            "{args:?}: {rest}"
        );
    }
}

#[test]
fn a_malformed_reference_is_told_before_the_engine_is_asked() {
    for args in [
        &["resolve", "Acme/Web:1.4"][..],
        &["resolve", "acme/web:"],
        &["resolve", "acme/web@sha256:12"],
        &["resolve", "web", "--image", "two words"],
        &["plan", "web", "--image", "a//b"],
        &["exec", "--image", "https://x/y", "web", "ls"],
    ] {
        let ran = run(args);
        assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.err);
        assert!(ran.err.contains("image reference"), "{args:?}: {}", ran.err);
        assert!(ran.err.contains("\nhint: "), "{args:?}: {}", ran.err);
    }
}

#[test]
fn the_tui_without_a_terminal_names_the_verb_to_use() {
    for args in [
        &[][..],
        &["attach", "web"],
        &["attach", "--keep", "web", "--host", NOWHERE],
    ] {
        let ran = run(args);
        assert_eq!(ran.status, Some(2), "{args:?}");
        assert!(ran.err.contains("needs a terminal"), "{}", ran.err);
        assert!(
            ran.err.contains("devtwin exec TARGET -- COMMAND"),
            "{}",
            ran.err
        );
    }
    let ran = run(&["exec", "-it", "web", "--", "sh"]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("devtwin exec -i TARGET"), "{}", ran.err);
}

#[test]
fn no_engine_ends_with_5_and_a_hint() {
    let devtwin = Devtwin::new();
    for verb in [
        &["ls"][..],
        &["clean"],
        &["plan", "web"],
        &["resolve", "web"],
        &["exec", "web", "ls"],
        &["exec", "--with", "curl", "web", "ls"],
        &["packages", "search", "web", "dig"],
        &["packages", "add", "web", "curl"],
        &["packages", "list", "web"],
    ] {
        let ran = devtwin.run(&[&["--host", NOWHERE][..], verb].concat());
        assert_eq!(ran.status, Some(5), "{verb:?}: {}", ran.err);
        assert!(ran.err.contains("/nonexistent/docker.sock"), "{}", ran.err);
        assert!(ran.err.contains("\nhint: "), "{}", ran.err);
        assert_eq!(ran.out, "", "{verb:?}");
    }
    let ran = devtwin.run(&["ls", "--host", "tcp://127.0.0.1:1"]);
    assert_eq!(ran.status, Some(5), "{}", ran.err);
    assert!(ran.err.contains("127.0.0.1:1"), "{}", ran.err);
}

#[test]
fn the_flag_wins_over_the_environment() {
    let devtwin = Devtwin::new();
    let ls = |args: &[&str]| {
        let output = devtwin
            .command(args)
            .env("DOCKER_HOST", "tcp://127.0.0.1:1")
            .output();
        Ran::from(output.unwrap())
    };
    assert!(ls(&["ls"]).err.contains("127.0.0.1:1"));
    let flag = ls(&["ls", "--host", NOWHERE]);
    assert!(
        flag.err.contains("/nonexistent") && !flag.err.contains("127.0.0.1"),
        "{}",
        flag.err
    );
}

#[test]
fn with_json_an_error_is_the_one_document() {
    for (args, kind, status) in [
        (&["ls", "--json", "--host", NOWHERE][..], "engine", 5),
        (&["--json", "bogus"], "usage", 2),
        (&["attach", "web", "--json"], "usage", 2),
        (&["--json"], "usage", 2),
        (&["exec", "--json", "web", "ls"], "usage", 2),
        (&["man", "--json"], "usage", 2),
    ] {
        let ran = run(args);
        assert_eq!(ran.status, Some(status), "{args:?}: {}", ran.err);
        let json = ran.json();
        assert_eq!(json["schema"], "devtwin.error/1", "{args:?}");
        assert_eq!(json["kind"], kind, "{args:?}");
        let message = json["message"].as_str().unwrap();
        assert!(ran.err.contains(message), "people read it, too: {args:?}");
        assert!(json["hint"].is_string(), "{args:?}");
    }
    let ran = run(&["exec", "--host", NOWHERE, "web", "--", "--json", "-h"]);
    assert_eq!(
        (ran.status, ran.out.as_str()),
        (Some(5), ""),
        "these belong to the command"
    );
}

#[test]
fn doctor_reports_a_missing_engine_as_bad_news() {
    let devtwin = Devtwin::new();
    let ran = devtwin.run(&["doctor", "--json", "--host", NOWHERE]);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    let json = ran.json();
    assert_eq!(json["schema"], "devtwin.doctor/1");
    let check = |id: &str| {
        let checks = json["checks"].as_array().unwrap();
        checks
            .iter()
            .find(|check| check["id"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(check("engine")["status"], "bad");
    assert!(check("engine")["fix"].is_string());
    assert_eq!(check("terminal")["status"], "warn");
    assert_eq!(check("state-dir")["status"], "ok");
    assert_eq!(check("config")["found"], "no file; defaults");

    let text = devtwin.run(&["doctor", "--host", NOWHERE]);
    assert_eq!(text.status, Some(1));
    assert!(text.out.contains("bad   engine"), "{}", text.out);
}

#[test]
fn a_wrong_configuration_is_told_with_its_line() {
    let devtwin = Devtwin::new();
    let dir = devtwin.home.path().join("config/devtwin");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("config.toml"), "theme = 'dark'\nleeder = 'x'\n").unwrap();
    let ran = devtwin.run(&["plan", "web", "--host", NOWHERE]);
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.err
            .contains("config.toml line 2: unknown field `leeder`"),
        "{}",
        ran.err
    );

    let doctor = devtwin.run(&["doctor", "--host", NOWHERE]);
    assert!(doctor.out.contains("bad   config"), "{}", doctor.out);

    let missing = devtwin
        .command(&["plan", "web", "--host", NOWHERE])
        .env("DEVTWIN_CONFIG", "/nonexistent/c.toml")
        .output();
    let missing = Ran::from(missing.unwrap());
    assert_eq!(missing.status, Some(2));
    assert!(
        missing.err.contains("/nonexistent/c.toml"),
        "{}",
        missing.err
    );
}

#[test]
fn what_package_managers_are_told_is_checked_before_anything_is_made() {
    let devtwin = Devtwin::new();
    let dir = devtwin.home.path().join("config/devtwin");
    std::fs::create_dir_all(&dir).unwrap();
    let key = "[packages.apk]\nkeys = ['/nonexistent/corp.rsa.pub']\n";
    std::fs::write(dir.join("config.toml"), key).unwrap();
    for args in [
        &["packages", "search", "web", "dig"][..],
        &["exec", "--with", "curl", "web", "ls"],
    ] {
        let ran = devtwin.run(args);
        assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.err);
        assert!(
            ran.err
                .contains("packages.apk.keys: /nonexistent/corp.rsa.pub cannot be read"),
            "{}",
            ran.err
        );
    }
    let ran = devtwin.run(&["--host", NOWHERE, "exec", "web", "ls"]);
    assert_eq!(ran.status, Some(5), "it needs none: {}", ran.err);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let devtwin = Devtwin::new();
    let mut child = devtwin
        .command(&["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::with_capacity(16, child.stdout.take().unwrap());
    let mut line = Vec::new();
    out.read_until(b'\n', &mut line).unwrap();
    drop(out);
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
}

#[test]
fn a_full_disk_is_a_failure() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return; // only Linux has it
    };
    let output = Devtwin::new()
        .command(&["completions", "bash"])
        .stdout(full)
        .output();
    let ran = Ran::from(output.unwrap());
    assert_eq!(ran.status, Some(125));
    assert!(
        ran.err.contains("standard output cannot be written"),
        "{}",
        ran.err
    );
}

#[test]
fn completions_are_scripts() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = run(&["completions", shell]);
        assert_eq!(ran.status, Some(0), "{shell}");
        assert!(ran.out.contains("attach"), "{shell}");
    }
    let mut bash = Command::new("bash")
        .arg("-n")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let script = run(&["completions", "bash"]).out;
    bash.stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let checked = bash.wait_with_output().unwrap();
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
}

#[test]
fn manual_pages_are_written_for_each_verb() {
    let page = run(&["man"]);
    assert_eq!(page.status, Some(0));
    assert!(page.out.contains(".TH devtwin 1"), "{}", &page.out[..80]);
    let devtwin = Devtwin::new();
    let dir = devtwin.home.path().to_str().unwrap();
    assert_eq!(devtwin.run(&["man", "--dir", dir]).status, Some(0));
    for name in ["devtwin.1", "devtwin-attach.1", "devtwin-clean.1"] {
        let text = std::fs::read_to_string(devtwin.home.path().join(name)).unwrap();
        assert!(text.contains(".SH NAME"), "{name}");
    }
    let missing = run(&["man", "--dir", "/nonexistent/man"]);
    assert_eq!(missing.status, Some(2));
    assert!(missing.err.contains("/nonexistent/man"), "{}", missing.err);
}

#[test]
fn the_log_goes_to_a_private_file_and_nowhere_else() {
    let devtwin = Devtwin::new();
    let ran = devtwin.run(&["ls", "-vv", "--host", NOWHERE]);
    assert_eq!(
        ran.err.lines().count(),
        2,
        "message and hint only: {}",
        ran.err
    );
    let log = devtwin.home.path().join("state/devtwin/devtwin.log");
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains("/nonexistent/docker.sock"), "{text}");
    assert!(!text.contains('\x1b'));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&log).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_state_folder_that_cannot_be_written_stops_nothing() {
    let devtwin = Devtwin::new();
    std::fs::write(devtwin.home.path().join("state"), "a file").unwrap();
    let ran = devtwin.run(&["doctor", "--host", NOWHERE]);
    assert!(ran.out.contains("warn  state-dir"), "{}", ran.out);
    let ran = devtwin.run(&["ls", "-v", "--host", NOWHERE]);
    assert_eq!(ran.status, Some(5));
    assert!(
        ran.err.starts_with("devtwin: nothing is logged: "),
        "{}",
        ran.err
    );
}
