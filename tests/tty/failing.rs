//! A target that fails, at a terminal: the shell comes back with it, its loop is frozen and let go, it is caught; and
//! whatever the way out, the target is as it was.

use std::time::Instant;

use crate::person::{LEADER, PROMPT, Person, WEB, finish, left, line, run, signal};
use crate::support::pty::PATIENCE;
use crate::support::{Container, Pty, docker};

fn inspect(target: &Container, format: &str) -> String {
    docker::ok(&["inspect", "--format", format, target.name()])
}

fn policy(target: &Container) -> String {
    inspect(target, "{{.HostConfig.RestartPolicy.Name}}")
}

#[track_caller]
fn wait_for(target: &Container, wanted: &str) {
    let start = Instant::now();
    while inspect(target, "{{.State.Status}}") != wanted {
        assert!(start.elapsed() < PATIENCE, "{wanted}");
        std::thread::yield_now();
    }
}

/// Markers of debts to that target.
fn owed(id: &str) -> String {
    let filter = format!("label=dev.devtwin.target={id}");
    let all = docker::ok(&["volume", "ls", "-q", "--filter", &filter]);
    all.lines().filter(|l| l.contains("-owed-")).collect()
}

/// Asks the palette for an action by its name.
fn ask(pty: &mut Pty, words: &str) {
    pty.send(LEADER);
    pty.wait_for("type what you want to do");
    pty.send(words);
    pty.send("\r");
}

/// A target that exits with 3 again and again.
fn looping() -> Container {
    let flags = ["--network", "none", "--restart", "always"];
    Container::run(WEB, &flags, &["--exit", "3", "--after", "200"])
}

#[test]
fn the_shell_comes_back_with_its_target_where_it_was() {
    let (person, target) = (
        Person::new(),
        Container::run(WEB, &["--network", "none"], &[]),
    );
    let id = target.id();
    let mut pty = person.attach(&target);
    run(
        &mut pty,
        "mkdir -p \"/opt/a b'c\" && cd \"/opt/a b'c\" && touch kept && echo at-$((1 + 1))",
        "at-2",
    );
    let twin = left(&id);
    docker::ok(&["restart", "-t", "0", target.name()]);
    pty.wait_for("runs again, and so does its twin");
    run(
        &mut pty,
        "ls -d \"$PWD\"/k* | tr a-z A-Z",
        "/OPT/A B'C/KEPT",
    );
    run(
        &mut pty,
        "head -c 12 /proc/1/cmdline; echo -$((3 + 4)); ls /target/etc/web",
        "/usr/bin/web-7",
    );
    assert_eq!(left(&id), twin, "it is the same twin");
    // What was on the screen is still to be read.
    assert!(pty.screen().contains("at-2"), "{}", pty.screen());
    finish(pty, &target);
    assert_eq!(left(&id), "");
}

#[test]
fn a_loop_is_frozen_on_a_yes_and_its_policy_comes_back_with_the_end() {
    let (person, target) = (Person::new(), looping());
    target.wait_until_it_failed();
    let id = target.id();
    let mut pty = person.picker(&target);
    pty.send("\x1bf");
    pty.wait_for("docker update --restart=no");
    pty.send("\r");
    assert_eq!(policy(&target), "always", "Enter alone is no yes");
    pty.send("\x1bf");
    pty.wait_for("docker update --restart=no");
    pty.send("y");
    pty.wait_for("is frozen");
    wait_for(&target, "exited");
    assert_eq!(policy(&target), "no");
    pty.send("\x03");
    assert!(pty.wait_exit().success());
    let said = pty.raw_text();
    let last = said.rsplit("\u{1b}[?1049l").next().unwrap().to_owned();
    assert!(last.contains("restart policy always restored"), "{last}");
    assert!(
        last.contains(&format!("docker start {}", target.name())),
        "{last}"
    );
    assert_eq!(
        (policy(&target).as_str(), owed(&id).as_str()),
        ("always", "")
    );
    assert_eq!(inspect(&target, "{{.State.Status}}"), "exited");
}

#[test]
fn after_a_kill_the_next_clean_gives_the_policy_back() {
    let (person, target) = (Person::new(), looping());
    target.wait_until_it_failed();
    let id = target.id();
    let mut pty = person.tui(&["attach", target.name()]);
    pty.wait_for(PROMPT);
    ask(&mut pty, "freeze");
    pty.wait_for("docker update --restart=no");
    pty.send("y");
    pty.wait_for("is frozen");
    wait_for(&target, "exited");
    signal(&pty, "KILL");
    assert!(!pty.wait_exit().success());
    assert_eq!(policy(&target), "no");
    assert!(!owed(&id).is_empty());
    let filter = format!("label=dev.devtwin.target={id}");
    let twin = docker::ok(&["ps", "-aq", "--filter", &filter]);
    docker::ok(&["rm", "-f", &twin]);
    let mut next = person.tui(&[]);
    next.wait_for("a container is still frozen or paused");
    next.send("\x1b\x1b");
    assert!(next.wait_exit().success());
    let cleaned = person.says(&["clean"]);
    assert!(
        cleaned.contains("restart policy always restored"),
        "{cleaned}"
    );
    assert_eq!(
        (policy(&target).as_str(), owed(&id).as_str()),
        ("always", "")
    );
    assert_eq!(left(&id), "");
}

#[test]
fn a_container_is_caught_at_its_start_and_goes_on_at_a_key() {
    let (person, target) = (
        Person::new(),
        Container::create(WEB, &["--network", "none"], &[]),
    );
    let id = target.id();
    let mut pty = person.tui(&["attach", "--mode", "catch", target.name()]);
    pty.wait_for("waiting for the start");
    pty.wait_for("docker start");
    pty.send("s");
    pty.wait_for(PROMPT);
    pty.wait_until("it says when", |screen| {
        screen.contains("caught, paused") && screen.contains("ms after its start")
    });
    assert_eq!(inspect(&target, "{{.State.Status}}"), "paused");
    run(
        &mut pty,
        "head -c 12 /proc/1/cmdline; echo -$((3 + 4))",
        "/usr/bin/web-7",
    );
    pty.send([0x1d, 0x15]); // the leader, then Ctrl-U
    pty.wait_for("goes on");
    assert_eq!(inspect(&target, "{{.State.Status}}"), "running");
    pty.wait_until("nothing is owed any more", |_| owed(&id).is_empty());
    finish(pty, &target);
}

#[test]
fn a_caught_container_goes_on_when_it_is_left_by_a_signal() {
    let (person, target) = (
        Person::new(),
        Container::run(WEB, &["--network", "none"], &[]),
    );
    let id = target.id();
    let mut pty = person.tui(&["attach", "--mode", "catch", target.name()]);
    pty.wait_for("waiting for the next start");
    docker::ok(&["restart", "-t", "0", target.name()]);
    pty.wait_for(PROMPT);
    line(&mut pty, "sleep 1000");
    pty.terminate();
    assert_eq!(pty.wait_exit().exit_code(), 6);
    assert_eq!(inspect(&target, "{{.State.Status}}"), "running");
    assert_eq!((owed(&id), left(&id)), (String::new(), String::new()));
}

#[test]
fn a_catch_is_given_up_with_escape() {
    let (person, target) = (
        Person::new(),
        Container::create(WEB, &["--network", "none"], &[]),
    );
    let id = target.id();
    let mut pty = person.tui(&["attach", "--mode", "catch", target.name()]);
    pty.wait_for("waiting for the start");
    assert!(!owed(&id).is_empty(), "the debt is noted before the act");
    pty.send("\x1b");
    assert_eq!(pty.wait_exit().exit_code(), 6);
    assert_eq!(inspect(&target, "{{.State.Status}}"), "created");
    assert_eq!((owed(&id), left(&id)), (String::new(), String::new()));
}
