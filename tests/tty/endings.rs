//! What ends while a shell is open: the shell itself, or the target.

use crate::person::{PROMPT, Person, QUIT, WEB, finish, gone, left, line, run};
use crate::support::{Container, Pty, docker};

/// Quits when no shell runs: without a question.
#[track_caller]
fn quit_after_the_end(mut pty: Pty, id: &str) {
    pty.send("q");
    assert_eq!(pty.wait_exit().exit_code(), 0);
    assert_eq!(left(id), "");
}

#[test]
fn the_status_of_a_shell_that_ended_is_shown_and_a_new_twin_is_offered() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    line(&mut pty, "old=1; exit 3");
    pty.wait_for("the shell ended with status 3");
    pty.wait_for("runs; a new twin can join it");
    pty.send("\r");
    pty.wait_until("a new shell", |s| {
        s.contains(PROMPT) && !s.contains("ended with status")
    });
    run(&mut pty, "echo new-${old:-2}", "new-2");
    assert_eq!(left(&target.id()).lines().count(), 1, "the old one went");
    line(&mut pty, "exit");
    pty.wait_for("the shell ended in good order");
    quit_after_the_end(pty, &target.id());
}

#[test]
fn a_target_that_stops_takes_the_shell_along_and_can_be_joined_again() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    docker::ok(&["stop", target.name()]);
    pty.wait_for("the shell ended with its target");
    pty.wait_for("does not run; a new twin opens an arena");
    docker::ok(&["start", target.name()]);
    pty.wait_for("runs; a new twin can join it");
    pty.send("\r");
    pty.wait_until("a new shell", |s| {
        s.contains(PROMPT) && !s.contains("ended with its target")
    });
    run(&mut pty, "cat /target/etc/web/marker", "only in the target");
    finish(pty, &target);
}

#[test]
fn a_target_that_is_killed_is_said_so() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    docker::ok(&["kill", target.name()]);
    pty.wait_for("the shell ended with its target");
    pty.wait_for(&format!("target {}: killed by SIGKILL", target.name()));
    quit_after_the_end(pty, &target.id());
}

#[test]
fn a_target_that_is_removed_is_said_to_be_gone() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let id = target.id();
    let mut pty = person.attach(&target);
    docker::ok(&["rm", "-f", target.name()]);
    pty.wait_for("the shell ended with its target");
    pty.wait_for(&format!("{} is gone", target.name()));
    // Nothing is left to make a twin for: the wish is refused with the reason, and the screen stands.
    pty.send("\r");
    pty.wait_for("can have no new twin");
    quit_after_the_end(pty, &id);
}

#[test]
fn a_target_that_is_paused_leaves_the_shell_alive() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    docker::ok(&["pause", target.name()]);
    pty.wait_for(&format!("target {} was paused", target.name()));
    pty.wait_until("the header knows", |s| {
        s.lines().next().is_some_and(|l| l.contains("paused"))
    });
    run(&mut pty, "echo alive-$((1 + 1))", "alive-2");
    docker::ok(&["unpause", target.name()]);
    pty.wait_for("goes on");
    finish(pty, &target);
}

#[test]
fn a_twin_that_is_removed_by_someone_else_ends_the_shell_only() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    docker::ok(&["rm", "-f", &left(&target.id())]);
    pty.wait_for("runs; a new twin can join it");
    quit_after_the_end(pty, &target.id());
}

#[test]
fn escape_during_the_attach_leaves_nothing() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let id = target.id();
    let mut pty = person.picker(&target);
    // Whether the attach or the key wins is chance; what is left must be the same.
    pty.send("\r\x1b[24~\x1b");
    pty.wait_until("either end", |s| {
        s.contains("cancelled") || s.contains(PROMPT)
    });
    if pty.screen().contains(PROMPT) {
        pty.send(QUIT);
        pty.wait_for("Remove the twin and quit");
        pty.send("c");
    }
    pty.wait_for(" 1 of ");
    gone(&id);
    pty.send("\x1b");
    pty.wait_for("type to filter");
    pty.send("\x1b");
    assert_eq!(pty.wait_exit().exit_code(), 0);
    assert_eq!(left(&id), "");
}
