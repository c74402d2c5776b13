//! An arena on the screen: opened, left, killed, kept, and outliving its target.

use crate::person::{PROMPT, Person, QUIT, WEB, finish, run, signal};
use crate::support::{Container, Pty, docker};

/// A target that wrote a file of its own and ended with 3.
fn crashed() -> Container {
    let args = ["--write", "/etc/web/own", "--exit", "3"];
    let target = Container::run(WEB, &["--user", "0"], &args);
    docker::ok(&["wait", target.name()]);
    target
}

/// Containers, volumes and images that were made for the target of this id.
fn left(target: &str) -> String {
    let filter = format!("label=dev.devtwin.target={target}");
    let twins = docker::ok(&["ps", "-a", "--format", "{{.Names}}", "--filter", &filter]);
    let volumes = docker::ok(&["volume", "ls", "-q", "--filter", &filter]);
    let name = "{{.Repository}}";
    let images = docker::ok(&["images", "--format", name, "--filter", &filter]);
    let lines = [twins, volumes, images].join("\n");
    let lines: Vec<&str> = lines.lines().filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// The shell sees the target's files, to read only.
#[track_caller]
fn sees(pty: &mut Pty) {
    run(pty, "cat /target/etc/web/marker", "only in the target");
    run(pty, "cat /target/etc/web/own", "written by web");
    run(pty, "touch /target/x", "Read-only file system");
}

#[test]
fn attach_opens_an_arena_and_leaves_nothing() {
    let (person, target) = (Person::new(), crashed());
    let mut pty = person.attach(&target);
    pty.wait_for("── arena ");
    pty.wait_for("✗ exited with 3");
    sees(&mut pty);
    finish(pty, &target);
    assert_eq!(left(&target.id()), "");
}

#[test]
fn the_picker_says_so_and_opens_it() {
    let (person, target) = (Person::new(), crashed());
    let mut pty = person.picker(&target);
    pty.wait_for("opens an arena: shell as root");
    pty.send("\r");
    pty.wait_for(PROMPT);
    pty.wait_for("── arena ");
    sees(&mut pty);
    // Back to the containers: the view of the files goes with the twin, not only with the session.
    pty.send("\x1d\x0f"); // the leader, then Ctrl-O
    pty.wait_for("─ containers");
    let start = std::time::Instant::now();
    while !left(&target.id()).is_empty() {
        assert!(start.elapsed().as_secs() < 30, "{}", left(&target.id()));
    }
    pty.send("\x1b"); // the filter
    pty.wait_for("type to filter");
    pty.send("\x1b");
    assert_eq!(pty.wait_exit().exit_code(), 0);
}

#[test]
fn what_a_kill_leaves_of_an_arena_is_removed_by_clean() {
    let (person, target) = (Person::new(), crashed());
    let mut pty = person.attach(&target);
    signal(&pty, "KILL");
    assert!(!pty.wait_exit().success());
    let leftover = left(&target.id());
    let view = leftover.lines().last().unwrap();
    assert!(view.starts_with("devtwin-root-"), "{leftover}");
    let listed = person.says(&["ls"]);
    assert!(
        listed.contains("arena") && listed.contains("left over"),
        "{listed}"
    );
    let would = person.says(&["clean", "--dry-run"]);
    assert!(would.contains(view), "{would}");
    assert_eq!(left(&target.id()), leftover, "a dry run removes nothing");
    let cleaned = person.says(&["clean"]);
    assert!(cleaned.contains(view), "{cleaned}");
    assert_eq!(left(&target.id()), "");
}

#[test]
fn an_arena_that_is_kept_is_opened_again() {
    let (person, target) = (Person::new(), crashed());
    let mut pty = person.tui(&["attach", "--keep", target.name()]);
    pty.wait_for(PROMPT);
    run(&mut pty, "echo mine >/note; echo made-$((1 + 1))", "made-2");
    signal(&pty, "TERM");
    assert_eq!(pty.wait_exit().exit_code(), 6);
    let twin = left(&target.id()).lines().next().unwrap().to_owned();
    assert!(person.says(&["ls"]).contains("arena"));
    let said = person.says(&["exec", &twin, "--", "cat", "/note", "/target/etc/web/own"]);
    assert!(
        said.contains("mine") && said.contains("written by web"),
        "{said}"
    );
    let mut again = person.tui(&["attach", &twin]);
    again.wait_for("── arena ");
    again.wait_for(PROMPT);
    sees(&mut again);
    again.send(QUIT);
    again.wait_for("Remove the twin and quit");
    again.send("r");
    assert_eq!(again.wait_exit().exit_code(), 0);
    assert_eq!(left(&target.id()), "");
}

#[test]
fn an_arena_outlives_its_target_with_what_is_in_the_image() {
    let (person, target) = (Person::new(), crashed());
    let id = target.id();
    let mut pty = person.attach(&target);
    run(&mut pty, "cat /target/etc/web/marker", "only in the target");
    docker::ok(&["rm", target.name()]);
    pty.wait_for("was removed");
    // An image of ours has what it wrote.
    let is_kept = docker::ways().0 == "image";
    if !is_kept {
        pty.wait_for("may be gone from");
    }
    run(
        &mut pty,
        "clear; cat /target/etc/web/m*",
        "only in the target",
    );
    // Not looked at before: the kernel may still know what was.
    run(
        &mut pty,
        "cat /target/etc/web/own || echo gone-$((1 + 1))",
        if is_kept { "written by web" } else { "gone-2" },
    );
    pty.send(QUIT);
    pty.wait_for("Remove the twin and quit");
    pty.send("r");
    assert_eq!(pty.wait_exit().exit_code(), 0);
    assert_eq!(left(&id), "");
}
