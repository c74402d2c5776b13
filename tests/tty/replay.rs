//! Replicas on the screen: run beside an arena, again, closed, killed; and the search for the cause.

use std::time::Instant;

use crate::person::{PROMPT, Person, QUIT, WEB, finish, left, run, signal};
use crate::support::pty::PATIENCE;
use crate::support::{Container, Pty, docker, stderr};

/// The leader, then Alt-R.
const AGAIN: &str = "\x1d\x1br";
/// The leader, then Alt-B.
const BISECT: &str = "\x1d\x1bb";
/// The leader, then Ctrl-Left: the tab before.
const TAB_BEFORE: &str = "\x1d\x1b[1;5D";
/// The leader, then Ctrl-W.
const CLOSE: &str = "\x1d\x17";

fn crashed() -> Container {
    let target = Container::run(WEB, &[], &["--config", "/missing"]);
    target.wait_until_it_failed();
    target
}

/// Names of the replicas of a target.
fn replicas(target: &Container) -> Vec<String> {
    let names = left(&target.id());
    let runs = names.lines().filter(|name| name.contains("-run-"));
    runs.map(str::to_owned).collect()
}

#[track_caller]
fn no_replica_is_left(target: &Container) {
    let start = Instant::now();
    while !replicas(target).is_empty() {
        assert!(start.elapsed() < PATIENCE, "{:?}", replicas(target));
        std::thread::yield_now();
    }
}

/// An arena of a server that was never started, and its replica that listens.
fn serving(person: &Person) -> (Container, Pty) {
    let target = Container::create(WEB, &[], &[]);
    let mut pty = person.attach(&target);
    pty.send(AGAIN);
    pty.wait_for("listening on 0.0.0.0:8080");
    assert_eq!(replicas(&target).len(), 1);
    (target, pty)
}

#[test]
fn one_key_runs_it_and_another_runs_it_again_while_the_shell_stays() {
    let (person, target) = (Person::new(), crashed());
    let mut pty = person.attach(&target);
    run(&mut pty, "note=mine; echo kept-$((1 + 1))", "kept-2");
    pty.send(AGAIN);
    pty.wait_for("cannot read config /missing");
    pty.wait_for("the replica: exited with 3 after");
    for _ in 0..3 {
        pty.send("R");
        pty.wait_until("a new run", |screen| {
            !screen.contains("exited with 3 after")
        });
        pty.wait_for("the replica: exited with 3 after");
    }
    no_replica_is_left(&target);
    pty.send(TAB_BEFORE);
    pty.wait_for(PROMPT);
    run(&mut pty, "echo $note-$((2 + 2))", "mine-4");
    finish(pty, &target);
}

#[test]
fn one_that_serves_is_reached_from_the_shell_and_ends_with_its_tab() {
    let person = Person::new();
    let (target, mut pty) = serving(&person);
    pty.send(TAB_BEFORE);
    pty.wait_for(PROMPT);
    run(
        &mut pty,
        "wget -qO- http://127.0.0.1:8080/",
        "hello from web",
    );
    pty.send("\x1d\x1b[1;5C"); // the leader, then Ctrl-Right
    pty.wait_for("\"GET / HTTP/1.1\" 200");
    pty.send(CLOSE);
    // Something runs in it: the person is asked.
    pty.wait_until("the question, or its end", |screen| {
        screen.contains("Close it all the same?") || screen.contains("hello from web")
    });
    if pty.screen().contains("Close it all the same?") {
        pty.send("c");
    }
    no_replica_is_left(&target);
    finish(pty, &target);
}

#[test]
fn one_that_runs_goes_with_the_session() {
    let person = Person::new();
    let (target, pty) = serving(&person);
    finish(pty, &target);
}

#[test]
fn one_that_runs_does_not_stay_with_a_twin_that_is_kept() {
    let person = Person::new();
    let (target, mut pty) = serving(&person);
    pty.send(QUIT);
    pty.wait_for("Keep the twin and quit");
    pty.send("k");
    assert_eq!(pty.wait_exit().exit_code(), 0);
    assert_eq!(replicas(&target), [""; 0]);
    let kept = left(&target.id());
    assert_eq!(kept.lines().count(), 1, "{kept}");
    // By attaching to it again: `clean --all` would take the twins of every other test along.
    let mut again = person.tui(&["attach", kept.trim()]);
    again.wait_for(PROMPT);
    finish(again, &target);
}

#[test]
fn what_a_kill_leaves_is_listed_as_a_replica_never_opened_and_cleaned() {
    let person = Person::new();
    let (target, mut pty) = serving(&person);
    signal(&pty, "KILL");
    assert!(!pty.wait_exit().success());
    let replica = replicas(&target).remove(0);
    let listed = person.says(&["ls"]);
    let row = listed.lines().find(|line| line.starts_with(&replica));
    assert!(
        row.is_some_and(|row| row.contains("replica") && !row.contains("devtwin attach")),
        "{listed}"
    );
    let refused = person.devtwin(&["attach", &replica]);
    assert_ne!(refused.status.code(), Some(0));
    let said = person.devtwin(&["exec", &replica, "--", "true"]);
    assert!(stderr(&said).contains("is a replica"), "{}", stderr(&said));
    let cleaned = person.says(&["clean"]);
    assert!(cleaned.contains(&replica), "{cleaned}");
    assert_eq!(left(&target.id()), "");
}

#[test]
fn the_cause_is_found_on_the_screen_and_nothing_is_left() {
    let (person, target) = (Person::new(), crashed());
    let mut pty = person.attach(&target);
    pty.send(BISECT);
    pty.wait_for("again and again");
    pty.send("g");
    pty.wait_for("= as it is, without a network");
    pty.wait_for("The command makes the difference");
    pty.send("\x1b");
    pty.wait_for(PROMPT);
    assert_eq!(left(&target.id()).lines().count(), 1, "the twin");
    finish(pty, &target);
}

#[test]
fn a_search_that_is_given_up_leaves_nothing() {
    let (person, target) = (
        Person::new(),
        Container::create(WEB, &[], &["--ignore-term"]),
    );
    let mut pty = person.attach(&target);
    pty.send(BISECT);
    pty.wait_for("again and again");
    pty.send("g");
    pty.wait_for("… as it is, without a network");
    let start = Instant::now();
    while replicas(&target).is_empty() {
        assert!(start.elapsed() < PATIENCE, "it runs one");
    }
    pty.send("\x1b");
    pty.wait_for("the search was given up");
    no_replica_is_left(&target);
    finish(pty, &target);
}

#[test]
fn the_command_line_asks_for_a_yes() {
    let (person, target) = (Person::new(), crashed());
    let args = ["replay", "--bisect", "--timeout", "1s", target.name()];
    let mut pty = person.tui(&args);
    pty.wait_for("go on? y/N");
    pty.wait_for("the image's command");
    pty.send("n\r");
    pty.wait_for("nothing was run");
    assert_eq!(pty.wait_exit().exit_code(), 6);
    let mut pty = person.tui(&args);
    pty.wait_for("go on? y/N");
    pty.send("y\r");
    pty.wait_for("The command makes the difference");
    assert_eq!(pty.wait_exit().exit_code(), 0);
    assert_eq!(left(&target.id()), "");
}

#[test]
fn ctrl_c_ends_a_replica_and_leaves_nothing() {
    let (person, target) = (Person::new(), Container::create(WEB, &[], &[]));
    let mut pty = person.tui(&["replay", target.name()]);
    pty.wait_for("listening on");
    pty.send("\x03");
    assert_eq!(pty.wait_exit().exit_code(), 6);
    assert_eq!(left(&target.id()), "");
    let said = docker::ok(&["inspect", "--format", "{{.State.Status}}", target.name()]);
    assert_eq!(said, "created", "the target was never started");
}
