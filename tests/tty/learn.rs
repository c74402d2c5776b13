//! The person's own shell beside a lesson, the lab that it works in, and what is left of both: nothing, whatever the way
//! out.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use tempfile::TempDir;

use crate::person::{Person, line, run, signal};
use crate::support::pty::PATIENCE;
use crate::support::{Pty, docker};

/// The key that moves between the lesson and the shell.
const F1: &str = "\x1bOP";

/// A lesson that needs little: a container, a file, a command.
const LESSON: &str = "\
title = 'A bench'
goal = 'Sit on it.'
minutes = 1

[lab.files]
'note.txt' = 'the lab is {lab}'

[[lab.container]]
name = 'web'
image = 'web:latest'

[[step]]
title = 'Fail'
text = 'Run a command that fails.'
hint = 'It is called so.'
answer = 'Type `false`.'
check.command = { matches = '^false$', status = [1], in = 'here' }
done = 'It failed indeed.'

[[step.mistake]]
when.command = { matches = '^true$', status = [0] }
say = 'That one never fails.'

[[step]]
title = 'Stop it'
text = 'Stop the container of the lab.'
hint = 'docker has a verb for it.'
answer = 'Type `docker stop {lab}-web`.'
check.stopped = { name = 'web', within_ms = 8000 }
";

/// A person with a lesson of their own.
struct Learner {
    person: Person,
    place: TempDir,
    /// The lab's name.
    lab: String,
}

impl Learner {
    fn new(lab: &str) -> Self {
        docker::require_docker();
        let place = tempfile::tempdir().unwrap();
        let lessons = place.path().join("lessons");
        fs::create_dir(&lessons).unwrap();
        fs::write(lessons.join("bench.toml"), LESSON).unwrap();
        let config = format!("[learn]\nlessons = '{}'\n", lessons.display());
        fs::write(place.path().join("config.toml"), config).unwrap();
        Self {
            person: Person::new(),
            place,
            lab: format!("{lab}-{}", std::process::id()),
        }
    }

    /// The lesson, its shell at the prompt.
    #[track_caller]
    fn open(&self) -> Pty {
        let config = self.file("config.toml");
        let data = self.file("data");
        let env = [
            ("DEVTWIN_CONFIG", config.to_str().unwrap()),
            ("XDG_DATA_HOME", data.to_str().unwrap()),
        ];
        let args = ["learn", "bench", "--lab", &self.lab, "--base", "own"];
        let mut pty = self.person.tui_with(&args, &env);
        pty.wait_until("the prompt of the lesson's shell", |screen| {
            screen
                .lines()
                .any(|line| matches!(line.trim_end(), "bench#" | "bench$"))
        });
        pty
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// The number of a process that its shell wrote into a file of that name.
    #[track_caller]
    fn process(&self, name: &str) -> String {
        let start = Instant::now();
        loop {
            let text = fs::read_to_string(self.file(name)).unwrap_or_default();
            if let Some(number) = text.strip_suffix('\n') {
                return number.to_owned();
            }
            assert!(start.elapsed() < PATIENCE, "nothing wrote {name}");
            std::thread::yield_now();
        }
    }

    /// What of the lab is on the engine.
    fn left(&self) -> String {
        let label = format!("label=dev.devtwin.lab={}", self.lab);
        let lists: [&[&str]; 4] = [
            &["ps", "-aq"],
            &["images", "-aq"],
            &["volume", "ls", "-q"],
            &["network", "ls", "-q"],
        ];
        let left = lists.map(|list| docker::ok(&[list, &["--filter", &label]].concat()));
        left.concat()
    }

    #[track_caller]
    fn nothing_is_left(&self) {
        assert_eq!(self.left(), "");
        let caches = docker::ok(&["volume", "ls", "-q", "--filter", "name=devtwin-cache-"]);
        assert!(!caches.contains(&self.lab), "{caches}");
        let work = self.person.state().join("devtwin/learn");
        assert!(!work.exists(), "{}", work.display());
    }
}

/// Whether a process has ended; who it was left to may not have taken note yet.
fn is_gone(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"));
    stat.is_err() || stat.is_ok_and(|stat| stat.contains(") Z "))
}

#[test]
fn the_shell_is_ones_own_and_what_is_done_in_it_is_seen_and_kept() {
    let learner = Learner::new("lab-bench-a");
    let mut pty = learner.open();
    pty.wait_for("Run a command that fails.");
    run(
        &mut pty,
        "cat note*; pwd",
        &format!("the lab is {}", learner.lab),
    );
    pty.wait_for("/bench");
    line(
        &mut pty,
        "docker ps --filter name=$PWD --format x; docker ps --format 'saw {{.Names}}'",
    );
    pty.wait_for(&format!("saw {}-web", learner.lab));
    run(
        &mut pty,
        "command -v dev*twin || command -v devtwin",
        "target/debug/devtwin",
    );
    line(&mut pty, "true");
    pty.wait_for("That one never fails.");
    line(&mut pty, "false");
    pty.wait_for("It failed indeed.");
    pty.wait_for("Stop the container of the lab.");
    line(&mut pty, &format!("docker stop {}-web", learner.lab));
    pty.wait_for("The lesson is done");
    // The shell ends, and there is another.
    line(&mut pty, "exit 5");
    pty.wait_for("status 5");
    let data = fs::read_to_string(learner.file("data/devtwin/learn.json")).unwrap();
    assert!(
        data.contains("\"bench\"") && data.contains("\"done\": 2"),
        "{data}"
    );
    pty.send(F1);
    pty.send("q");
    pty.wait_for("Remove the lab and quit");
    pty.send("q");
    assert_eq!(pty.wait_exit().exit_code(), 0);
    learner.nothing_is_left();
}

#[test]
fn leaving_ends_what_runs_in_the_shell_and_the_twin_of_a_devtwin_in_it() {
    let learner = Learner::new("lab-bench-b");
    let mut pty = learner.open();
    let to = |name: &str| learner.file(name).display().to_string();
    line(&mut pty, &format!("sleep 4001 & echo $! >{}", to("sleeps")));
    let deaf = format!(
        "sh -c 'trap \"\" HUP; echo $$ >{}; while :; do sleep 1; done' &",
        to("deaf")
    );
    line(&mut pty, &deaf);
    let running = [learner.process("sleeps"), learner.process("deaf")];
    line(&mut pty, &format!("devtwin attach {}-web", learner.lab));
    pty.wait_for("/ #");
    let twins = format!("label=dev.devtwin.target-name={}-web", learner.lab);
    let twins = || docker::ok(&["ps", "-aq", "--filter", &twins]);
    assert_ne!(twins(), "");
    signal(&pty, "TERM");
    assert_eq!(pty.wait_exit().exit_code(), 6);
    for process in running {
        assert!(is_gone(&process), "{process}");
    }
    assert_eq!(
        twins(),
        "",
        "the devtwin inside had the time to remove its twin"
    );
    learner.nothing_is_left();
}

#[test]
fn what_a_kill_leaves_is_removed_by_the_next_lesson_and_by_clean() {
    let learner = Learner::new("lab-bench-c");
    for by_clean in [false, true] {
        let mut pty = learner.open();
        signal(&pty, "KILL");
        assert!(!pty.wait_exit().success());
        assert_ne!(learner.left(), "");
        if by_clean {
            learner.person.says(&["clean"]);
        } else {
            // Under the same name, which is free only when the old lab is gone.
            let mut next = learner.open();
            next.send(F1);
            next.send("q");
            next.wait_for("Remove the lab and quit");
            next.send("q");
            assert_eq!(next.wait_exit().exit_code(), 0);
        }
        learner.nothing_is_left();
    }
}
