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
            .env("XDG_DATA_HOME", self.home.path().join("data"))
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

/// A lesson that is sound; `rest` are further keys of its head.
fn lesson(title: &str, rest: &str) -> String {
    format!(
        "title = '{title}'\ngoal = 'Count.'\nminutes = 5\n{rest}\n[[step]]\ntitle = 'Count'\ntext = 'Look.'\n\
         hint = 'Think.'\nanswer = 'Type 4.'\nquestion = 'How many?'\ncheck = {{ answer = {{ is = ['4'] }} }}\n"
    )
}

/// devtwin with a folder of lessons of its own, in which are these files.
fn with_lessons(files: &[(&str, &str)]) -> Devtwin {
    let devtwin = Devtwin::new();
    let home = devtwin.home.path();
    std::fs::create_dir_all(home.join("config/devtwin")).unwrap();
    std::fs::create_dir_all(home.join("lessons")).unwrap();
    let config = "[learn]\nlessons = '~/lessons'\n";
    std::fs::write(home.join("config/devtwin/config.toml"), config).unwrap();
    for (name, text) in files {
        std::fs::write(home.join("lessons").join(name), text).unwrap();
    }
    devtwin
}

/// Writes down that these lessons are done.
fn have_done(devtwin: &Devtwin, lessons: &[&str]) {
    let data = devtwin.home.path().join("data/devtwin");
    std::fs::create_dir_all(&data).unwrap();
    let standing = "{\"done\": 1, \"answers\": 2, \"begun\": 1795780800, \"finished\": 1795780800}";
    let lessons = lessons.iter().map(|id| format!("\"{id}\": {standing}"));
    let lessons = lessons.collect::<Vec<_>>().join(", ");
    let text = format!("{{\"lessons\": {{{lessons}}}}}");
    std::fs::write(data.join("learn.json"), text).unwrap();
}

#[test]
fn lessons_are_listed_with_ones_own_and_with_what_is_broken() {
    let devtwin = with_lessons(&[
        ("zoo.toml", &lesson("The zoo", "number = 40")),
        ("two-doors.toml", &lesson("Our doors", "number = 2")),
        ("odd.toml", "title = 5\n"),
    ]);
    have_done(&devtwin, &["zoo"]);
    let listed = devtwin.run(&["learn", "--list"]);
    assert_eq!((listed.status, listed.err.as_str()), (Some(0), ""));
    let row = |word: &str| {
        let found = listed.out.lines().find(|line| line.contains(word));
        found.unwrap_or_else(|| panic!("{word}: {}", listed.out))
    };
    assert!(row("missing-shell").starts_with("1 "), "{}", listed.out);
    assert!(row("two-doors").contains("Our doors"));
    assert!(row("two-doors").contains("in place of devtwin's"));
    assert!(row("zoo").contains("done") && row("zoo").starts_with("40"));
    assert!(row("odd").contains("broken") && row("odd").contains("odd.toml:1: "));

    let all = devtwin.run(&["learn", "--list", "--json"]).json();
    let all = all["lessons"].as_array().unwrap();
    let of = |id: &str| all.iter().find(|lesson| lesson["id"] == id).unwrap();
    assert_eq!(all.len(), 12);
    assert_eq!(of("zoo")["finished"], 1_795_780_800);
    assert_eq!(
        (&of("zoo")["done"], &of("zoo")["steps"]),
        (&1.into(), &1.into())
    );
    assert_eq!(of("two-doors")["replaces"], true);
    assert_eq!(of("missing-shell")["file"], Value::Null);
    assert!(
        of("odd")["fault"]
            .as_str()
            .unwrap()
            .contains("odd.toml:1: ")
    );
}

#[test]
fn a_folder_of_lessons_that_is_not_there_is_told() {
    let devtwin = with_lessons(&[]);
    std::fs::remove_dir(devtwin.home.path().join("lessons")).unwrap();
    let ran = devtwin.run(&["learn", "--list"]);
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.err.contains("/lessons: ") && ran.err.contains("[learn]"),
        "{}",
        ran.err
    );
}

#[test]
fn lesson_files_are_checked_with_line_and_reason_and_a_status() {
    let devtwin = with_lessons(&[
        (
            "good.toml",
            &lesson("Good", "after = ['missing-shell', 'more']"),
        ),
        ("more.toml", &lesson("More", "")),
        ("a.toml", &lesson("A", "after = ['b']")),
        ("b.toml", &lesson("B", "after = ['a']")),
        ("typo.toml", &lesson("Typo", "").replace("hint =", "hnt =")),
    ]);
    let path = |name: &str| {
        let path = devtwin.home.path().join("lessons").join(name);
        path.to_str().unwrap().to_owned()
    };
    let check = |names: &[&str], more: &[&str]| {
        let paths: Vec<_> = names.iter().map(|name| path(name)).collect();
        let paths = paths.iter().map(String::as_str);
        let args: Vec<_> = ["learn", "--check"].into_iter().chain(paths).collect();
        devtwin.run(&[&args, more].concat())
    };
    // What is beside it, and what devtwin brings along, is known.
    let good = check(&["good.toml"], &[]);
    assert_eq!(
        (good.status, good.out.as_str()),
        (Some(0), "1 lesson: sound\n")
    );
    assert_eq!(check(&["good.toml"], &["--json"]).json()["sound"], true);

    let typo = check(&["typo.toml", "more.toml"], &[]);
    assert_eq!(typo.status, Some(1));
    let line = format!("{}:8: ", path("typo.toml"));
    assert!(
        typo.out.contains(&line) && typo.out.contains("`hnt`"),
        "{}",
        typo.out
    );
    assert!(!typo.out.contains("more.toml:"), "{}", typo.out);

    let circle = check(&["a.toml", "b.toml"], &[]);
    assert_eq!(circle.status, Some(1));
    for name in ["a.toml", "b.toml"] {
        assert!(
            circle.out.contains(&format!("{}:4: ", path(name))),
            "{}",
            circle.out
        );
    }
    let folder = check(&[""], &["--json"]);
    assert_eq!(folder.status, Some(1));
    let files = folder.json();
    let files = files["files"].as_array().unwrap();
    let faulty = files
        .iter()
        .filter(|f| f["faults"] != serde_json::json!([]));
    let faulty: Vec<_> = faulty.map(|f| f["id"].as_str().unwrap()).collect();
    assert_eq!((files.len(), faulty), (5, vec!["a", "b", "typo"]));

    let missing = check(&["none.toml"], &[]);
    assert_eq!(missing.status, Some(2));
    assert!(
        missing.err.contains("none.toml cannot be read"),
        "{}",
        missing.err
    );
}

#[test]
fn the_certificate_tells_what_was_done_until_it_is_forgotten() {
    let devtwin = with_lessons(&[("zoo.toml", &lesson("The zoo", "number = 40"))]);
    let none = devtwin.run(&["learn", "--certificate"]);
    assert_eq!(none.status, Some(0));
    assert!(
        none.out.contains("No lesson is finished yet."),
        "{}",
        none.out
    );
    have_done(&devtwin, &["zoo", "two-doors"]);
    let page = devtwin.run(&["learn", "--certificate"]).out;
    assert!(page.contains("2 of 11 lessons are finished"), "{page}");
    assert!(
        page.contains("| 40. The zoo | 2026-11-27 | 1 | 0 | 2 |"),
        "{page}"
    );
    let version = format!("Printed by devtwin {} on ", env!("CARGO_PKG_VERSION"));
    assert!(page.contains(&version), "{page}");

    let reset = devtwin.run(&["learn", "--reset", "40"]);
    assert_eq!((reset.status, reset.out.as_str()), (Some(0), ""));
    assert!(
        reset.err.contains("the lesson zoo is forgotten"),
        "{}",
        reset.err
    );
    let page = devtwin.run(&["learn", "--certificate"]).out;
    assert!(
        !page.contains("The zoo") && page.contains("1 of 11"),
        "{page}"
    );
    let unnamed = devtwin.run(&["learn", "--reset"]);
    assert_eq!(unnamed.status, Some(2), "not everything by mistake");
    assert!(unnamed.err.contains("--reset all"), "{}", unnamed.err);
    assert_eq!(devtwin.run(&["learn", "--reset", "all"]).status, Some(0));
    let page = devtwin.run(&["learn", "--certificate"]).out;
    assert!(page.contains("No lesson is finished yet."), "{page}");
}

#[test]
fn what_was_done_and_cannot_be_read_is_said_and_stops_nothing() {
    let devtwin = Devtwin::new();
    let data = devtwin.home.path().join("data/devtwin");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("learn.json"), "{").unwrap();
    let ran = devtwin.run(&["learn", "--list"]);
    assert_eq!(ran.status, Some(0));
    assert!(ran.err.contains("learn.json"), "{}", ran.err);
}

#[test]
fn a_lesson_needs_a_terminal_and_a_name_that_there_is() {
    for (args, message, hint) in [
        (
            &["learn"][..],
            "learn needs a terminal",
            "devtwin learn --list",
        ),
        (
            &["learn", "1"],
            "learn needs a terminal",
            "devtwin learn --list",
        ),
        (
            &["learn", "mising-shell"],
            "no lesson mising-shell",
            "did you mean missing-shell?",
        ),
        (&["learn", "99"], "no lesson 99", "devtwin learn --list"),
        (&["learn", "--reset", "xyzzy"], "no lesson xyzzy", "--list"),
        (&["learn", "--json"], "no JSON document", "--list --json"),
        (
            &["learn", "--certificate", "--json"],
            "no JSON document",
            "Markdown",
        ),
        (&["learn", "1", "--lab", "A/b"], "small letters", "--help"),
        (
            &["learn", "--list", "--certificate"],
            "cannot be used with",
            "Usage",
        ),
        (&["learn", "1", "--list"], "cannot be used with", "Usage"),
    ] {
        let ran = run(args);
        assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(message), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(hint), "{args:?}: {}", ran.err);
    }
}
