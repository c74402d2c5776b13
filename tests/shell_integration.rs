//! Shell integration in real shells on a real pseudo-terminal: which marks come, and that nothing else changes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

#[path = "support/fake.rs"]
mod fake;
mod support;

use std::time::Duration;

use devtwin::domain::plan::{DevImage, Program, Wishes, plan};
use devtwin::domain::twin::Session;
use support::{Pty, require_docker};

const BASH: &[&str] = &["bash", "--norc"];
const ASH: &[&str] = &["busybox", "ash"];
const DASH: &[&str] = &["dash"];

/// What a twin's shell at `path` gets by its environment.
fn integration(path: &str) -> Vec<(String, String)> {
    let dev = DevImage {
        reference: "dev",
        image: None,
        target_image: None,
    };
    let session = Session {
        id: "0badcafe".into(),
        owner: "ann@box".into(),
    };
    let target = fake::target("web", "web", "sha256:1");
    let program = Program::Shell(path.into());
    let wishes = Wishes::default();
    plan(&target, dev, &wishes, &session, 1, program)
        .unwrap()
        .shell_env
}

/// A shell on a terminal, in a folder of its own that is its home, too.
struct Shell {
    pty: Pty,
    folder: tempfile::TempDir,
    /// Marks that have been looked at.
    seen: usize,
}

impl Shell {
    fn spawn(argv: &[&str], env: &[(String, String)], cols: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().display();
        let mut words: Vec<String> = ["env", "-i", "-C"].map(str::to_owned).into();
        words.extend([
            format!("{home}"),
            format!("HOME={home}"),
            format!("PATH={}", "/usr/local/bin:/usr/bin:/bin"),
            "TERM=xterm-256color".into(),
            "LANG=C.UTF-8".into(),
            "HOSTNAME=box".into(),
        ]);
        words.extend(env.iter().map(|(name, value)| format!("{name}={value}")));
        words.extend(argv.iter().map(|&word| word.to_owned()));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Self {
            pty: Pty::spawn(&words, &[], cols, 24),
            folder,
            seen: 0,
        }
    }

    /// One with integration, at its first prompt.
    fn marked(argv: &[&str]) -> Self {
        let path = argv.iter().rev().find(|word| !word.starts_with('-'));
        let mut shell = Self::spawn(argv, &integration(path.unwrap()), 80);
        assert_eq!(shell.marks().last().map(String::as_str), Some("B"));
        shell
    }

    /// Types `keys`; the marks from then to the next prompt, the directory left out where it is still the same.
    #[track_caller]
    fn types(&mut self, keys: &str) -> Vec<String> {
        self.pty.send(keys);
        let home = format!("cwd {}", self.folder.path().display());
        let mut marks = self.marks();
        marks.retain(|mark| *mark != home);
        marks
    }

    /// The marks since the last call, up to the end of a prompt.
    #[track_caller]
    fn marks(&mut self) -> Vec<String> {
        let seen = self.seen;
        self.pty.wait_raw("a marked prompt", |raw| {
            marks(raw).iter().skip(seen).any(|mark| mark == "B")
        });
        let mut marks = marks(&self.pty.raw).split_off(seen);
        let end = marks.iter().position(|mark| mark == "B").unwrap() + 1;
        marks.truncate(end);
        self.seen += end;
        marks
    }

    /// Types a text and Ctrl-C. A signal between two keys may find readline just before it waits for the next one;
    /// then it is noticed with the next signal, as one.
    #[track_caller]
    fn interrupt(&mut self) {
        self.pty.send("no such");
        self.pty
            .wait_until("its echo", |screen| screen.ends_with("no such"));
        let before = self.pty.raw.len();
        self.pty.send("\u{3}");
        let noticed = |raw: &[u8]| marks(&raw[before..]).iter().any(|mark| mark == "B");
        if !self.pty.raw_within(Duration::from_secs(5), noticed) {
            self.pty.send("\u{3}");
        }
        self.expect("", &["D 130"]);
    }

    #[track_caller]
    fn expect(&mut self, keys: &str, wanted: &[&str]) {
        let wanted: Vec<&str> = wanted.iter().copied().chain(["A", "B"]).collect();
        assert_eq!(self.types(keys), wanted, "{keys:?}");
    }
}

/// The marks in what a shell printed: `A`, `B`, `C TEXT`, `D STATUS`, `cwd PATH`, and `cwd` whatever else it says.
fn marks(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    let mut found = Vec::new();
    for piece in text.split("\u{1b}]").skip(1) {
        let Some((body, _)) = piece.split_once('\u{7}') else {
            continue;
        };
        if let Some(mark) = body.strip_prefix("133;") {
            found.push(
                mark.replacen(";cmdline_url=", " ", 1)
                    .replacen("D;", "D ", 1),
            );
        } else if let Some(place) = body.strip_prefix("7;") {
            found.push(place.replacen("file://box", "cwd ", 1));
        }
    }
    found
}

#[test]
fn bash_marks_each_command_with_its_text_and_status() {
    let mut bash = Shell::marked(BASH);
    bash.expect("true\r", &["C true", "D 0"]);
    bash.expect("sh -c 'exit 3'\r", &["C sh -c 'exit 3'", "D 3"]);
    bash.expect("\r", &["D 3"]);
    bash.interrupt();
    bash.expect(
        "false | true; (exit 9)\r",
        &["C false | true%3B (exit 9)", "D 9"],
    );
    bash.expect(
        "for i in 1 2\rdo :\rdone\r",
        &["C for i in 1 2%3B do :%3B done", "D 0"],
    );
    bash.expect("echo 'a\rb'\r", &["C echo 'a%0Ab'", "D 0"]);
    bash.expect(
        "printf '%s' 'é;%41\u{16}\t\u{16}\u{1b}✓' >/dev/null\r",
        &["C printf '%25s' 'é%3B%2541%09%1B✓' >/dev/null", "D 0"],
    );
    bash.expect("echo !!:0\r", &["C echo printf", "D 0"]);
    bash.expect("sleep 100 & kill %1\r", &["C sleep 100 & kill %251", "D 0"]);
    bash.expect("bash --norc\rexit 4\r", &["C bash --norc", "D 4"]);
    bash.expect(
        "echo $(echo x) `echo y` 'it'\r",
        &["C echo $(echo x) `echo y` 'it'", "D 0"],
    );
}

#[test]
fn bash_tells_its_directory_percent_encoded() {
    let mut bash = Shell::marked(BASH);
    let marks = bash.types("mkdir 'a b%é;' && cd 'a b%é;'\r");
    let place = format!("cwd {}/a%20b%25%C3%A9%3B", bash.folder.path().display());
    assert_eq!(marks[2..], [&place, "A", "B"]);
    bash.expect("cd ..\r", &["C cd ..", "D 0"]);
    assert_eq!(bash.types("cd /\r"), ["C cd /", "D 0", "cwd /", "A", "B"]);
}

#[test]
fn bash_options_do_not_matter() {
    let mut bash = Shell::marked(BASH);
    for options in ["-u", "-e", "-f", "-x", "-o posix", "-C", "-k", "-b"] {
        let line = format!("set {options}");
        bash.expect(&format!("{line}\r"), &[&format!("C {line}"), "D 0"]);
        bash.expect("! true\r", &["C ! true", "D 1"]);
        bash.expect("\r", &["D 1"]);
        let line = line.replace("set -", "set +");
        bash.expect(&format!("{line}\r"), &[&format!("C {line}"), "D 0"]);
    }
    bash.expect("set -u\r", &["C set -u", "D 0"]);
    bash.expect("echo $nope\r", &["C echo $nope", "D 1"]);
    bash.expect(
        "unset PS0 HISTFILE; IFS=01357; shopt -s nullglob failglob\r",
        &[
            "C unset PS0 HISTFILE%3B IFS=01357%3B shopt -s nullglob failglob",
            "D 0",
        ],
    );
    bash.expect("true\r", &["C true", "D 0"]);
    // Without it a prompt computes nothing: the start of the output is then for the terminal to guess.
    bash.expect("shopt -u promptvars\r", &["C shopt -u promptvars", "D 0"]);
    bash.expect("true\r", &["D 0"]);
}

#[test]
fn a_command_that_bash_does_not_record_never_has_the_text_of_another() {
    let mut bash = Shell::marked(BASH);
    bash.expect(
        "HISTCONTROL=ignoreboth:erasedups HISTIGNORE='secret*'\r",
        &[
            "C HISTCONTROL=ignoreboth:erasedups HISTIGNORE='secret*'",
            "D 0",
        ],
    );
    bash.expect(" false\r", &["C", "D 1"]);
    bash.expect("true\r", &["C true", "D 0"]);
    bash.expect("true\r", &["C", "D 0"]);
    bash.expect("secret word\r", &["C", "D 127"]);
    bash.expect("set +o history\r", &["C set +o history", "D 0"]);
    bash.expect("true\r", &["C", "D 0"]);
    bash.expect("set -o history; HISTSIZE=2\r", &["C", "D 0"]);
    bash.expect("echo 1\r", &["C echo 1", "D 0"]);
    bash.expect("echo 2\r", &["C echo 2", "D 0"]);
    bash.expect("echo 3\r", &["C echo 3", "D 0"]);
    bash.expect("HISTSIZE=0\r", &["C HISTSIZE=0", "D 0"]);
    bash.expect("echo 4\r", &["C", "D 0"]);
}

#[test]
fn bash_keeps_what_a_person_set() {
    let mut bash = Shell::marked(BASH);
    bash.expect("(exit 5)\r", &["C (exit 5)", "D 5"]);
    bash.types("echo status=$? one two\r");
    bash.pty.wait_for("status=5 one two");
    bash.types("echo last=$_\r");
    bash.pty.wait_for("last=two");
    bash.types("PS1='new> '; PS0='(run)'; trap 'echo bye' EXIT\r");
    bash.pty.wait_for("new>");
    bash.expect("true\r", &["C true", "D 0"]);
    bash.pty.wait_for("(run)");
    bash.types("PS1=\"[$PS1\"; PROMPT_COMMAND='echo before=$?'\r");
    bash.expect("(exit 6)\r", &["C (exit 6)", "D 6"]);
    bash.pty.wait_for("before=6");
    bash.pty.wait_for("[new>");
    bash.expect(
        "PROMPT_COMMAND=\"$PROMPT_COMMAND; echo twice\"\r",
        &["C PROMPT_COMMAND=\"$PROMPT_COMMAND%3B echo twice\"", "D 0"],
    );
    bash.expect("true\r", &["C true", "D 0"]);
    bash.pty.wait_for("twice");
    bash.types("env | grep -ci -e devtwin -e PROMPT_COMMAND\r");
    bash.pty.wait_for("(run)0");
    bash.pty.send("exit\r");
    bash.pty.wait_for("bye");
}

#[test]
fn bash_start_up_files_and_the_images_own_commands_still_count() {
    let mut env = integration("/bin/bash");
    let command = &mut env[0];
    assert_eq!(command.0, "PROMPT_COMMAND");
    command.1 = format!("images=own\n{}", command.1);
    let rc = tempfile::NamedTempFile::new().unwrap();
    let lines = "PS1='rc> '\nset -u\nPROMPT_COMMAND=\"$PROMPT_COMMAND\n:\"\nalias printf=false local=false\n";
    std::fs::write(rc.path(), lines).unwrap();
    let argv = ["bash", "--rcfile", rc.path().to_str().unwrap()];
    let mut bash = Shell::spawn(&argv, &env, 80);
    bash.marks();
    bash.pty.wait_for("rc>");
    bash.expect("true\r", &["C true", "D 0"]);
    bash.types("echo images=$images\r");
    bash.pty.wait_for("images=own");
}

#[test]
fn older_versions_of_bash_get_what_they_understand() {
    for (version, text) in [("501", true), ("500", true), ("404", true), ("402", false)] {
        let mut env = integration("/bin/bash");
        let asked = "$((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1]))";
        assert!(env[1].1.contains(asked));
        env[1].1 = env[1].1.replace(asked, version);
        let mut bash = Shell::spawn(BASH, &env, 80);
        bash.marks();
        let mut expect = |line: &str, status: &str| {
            let (command, status) = (format!("C {line}"), format!("D {status}"));
            let all = [command.as_str(), &status];
            bash.expect(&format!("{line}\r"), if text { &all } else { &all[1..] });
        };
        expect("true", "0");
        expect("(exit 3)", "3");
        expect("set -u", "0");
        expect("set -e", "0");
        expect("! true", "1");
        bash.expect("\r", &["D 1"]);
        bash.interrupt();
        bash.types("set +e; PROMPT_COMMAND=\"echo before=\\$?${PROMPT_COMMAND:+; $PROMPT_COMMAND}\"; (exit 8)\r");
        bash.pty.wait_for("before=8");
    }
}

#[test]
fn ash_and_dash_mark_prompts_and_statuses() {
    for argv in [ASH, DASH] {
        let mut shell = Shell::marked(argv);
        shell.expect("true\r", &["D 0"]);
        shell.expect("sh -c 'exit 3'\r", &["D 3"]);
        shell.expect("\r", &["D 3"]);
        shell.interrupt();
        shell.expect("for i in 1 2\rdo :\rdone\r", &["D 0"]);
        shell.expect("set -u\r", &["D 0"]);
        shell.expect("echo 'é;%\rb'\r", &["D 0"]);
        assert_eq!(shell.types("cd /usr\r"), ["D 0", "cwd /usr", "A", "B"]);
        shell.expect("unset HOSTNAME\r", &["D 0", "file:///usr"]);
        shell.expect("set -e\r", &["D 0", "file:///usr"]);
    }
}

#[test]
fn bash_started_from_ash_and_bash_under_the_name_of_sh_have_their_own_prompt() {
    let mut ash = Shell::marked(ASH);
    ash.pty.send("bash --norc\r");
    ash.marks();
    ash.pty.wait_for("bash-5");
    ash.expect("false\r", &["C false", "D 1"]);
    ash.expect("exit 7\r", &["C exit 7", "D 7"]);

    let folder = tempfile::tempdir().unwrap();
    let sh = folder.path().join("sh");
    std::os::unix::fs::symlink("/bin/bash", &sh).unwrap();
    let mut sh = Shell::marked(&[sh.to_str().unwrap()]);
    sh.pty.wait_for("sh-5");
    sh.expect("false\r", &["C false", "D 1"]);
}

#[test]
fn a_prompt_looks_the_same_with_and_without_and_long_lines_wrap_at_the_same_place() {
    for argv in [BASH, ASH, DASH] {
        let path = if argv == BASH { "/bin/bash" } else { "/bin/sh" };
        let mut screens = [Vec::new(), integration(path)].map(|env| {
            let mut shell = Shell::spawn(argv, &env, 40);
            shell.pty.wait_for("#");
            // One place for both: the prompt may show it.
            shell.pty.send("cd /usr\r");
            let prompts = |screen: &str| screen.matches('#').count() == 2;
            shell.pty.wait_until("the next prompt", prompts);
            let long = "0123456789".repeat(7);
            shell.pty.send(format!("echo {long}"));
            shell.pty.wait_until("the line's end", |screen| {
                screen.replace('\n', "").ends_with("789")
            });
            if argv != DASH {
                shell.pty.send("\u{1}X"); // to the start of the line, which is drawn anew
                shell.pty.wait_until("the line drawn anew", |screen| {
                    screen.replace('\n', "").contains(&format!("Xecho {long}"))
                });
            }
            shell.pty.screen()
        });
        let folder = |line: &&str| line.contains("tmp");
        for screen in &mut screens {
            // The first prompt may show a folder with a name of its own.
            let lines: Vec<&str> = screen
                .lines()
                .skip_while(|l| !l.contains("cd /usr"))
                .collect();
            *screen = lines
                .into_iter()
                .filter(|l| !folder(l))
                .collect::<Vec<_>>()
                .join("\n");
        }
        assert!(screens[0].contains("0123"), "{}", screens[0]);
        assert_eq!(screens[0], screens[1], "{argv:?}");
    }
}

#[test]
fn the_shells_of_dev_images_take_it_from_their_containers_environment() {
    require_docker();
    let web = "cgr.dev/chainguard/web:latest-dev";
    let debug = "gcr.io/distroless/web:debug-nonroot";
    for (image, path, wanted) in [
        (web, "/bin/bash", &["C false", "D 1", "A", "B"][..]),
        (web, "/bin/sh", &["D 1", "A", "B"]),
        (debug, "/busybox/sh", &["D 1", "A", "B"]),
    ] {
        let env = integration(path);
        let mut words = vec![
            "docker",
            "run",
            "--rm",
            "-it",
            "--label",
            "dev.devtwin.test=shell",
        ];
        words.extend(["--hostname", "box", "--user", "0", "--workdir", "/usr"]);
        for (name, _) in &env {
            words.extend(["-e", name]); // the value comes from docker's own environment
        }
        words.extend(["--entrypoint", path, image]);
        let values: Vec<(&str, &str)> = env.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let mut shell = Shell {
            pty: Pty::spawn(&words, &values, 80, 24),
            folder: tempfile::tempdir().unwrap(),
            seen: 0,
        };
        assert!(shell.marks().contains(&"cwd /usr".to_owned()), "{path}");
        // Docker sets the size when the shell runs already, and then it may draw its prompt once more.
        shell.pty.send("false\r");
        let mut marks = shell.marks();
        while !marks.contains(&"D 1".to_owned()) {
            marks = shell.marks();
        }
        marks.retain(|mark| mark != "cwd /usr");
        assert_eq!(marks, wanted, "{image} {path}");
        shell.pty.send("exit\r");
        shell.pty.wait_exit();
    }
}
