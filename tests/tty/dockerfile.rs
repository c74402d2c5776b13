//! A Dockerfile on the screen: a RUN that fails is tried in the shell before it, mended in the file, and the file then
//! builds.

use std::fs;

use crate::person::{PROMPT, Person, line, signal};
use crate::support::docker;

const BASE: &str = "cgr.dev/chainguard/wolfi-base:latest";

/// Images that carry a person's labels.
fn images(person: &Person) -> String {
    let listed = docker::ok(&[
        "images",
        "--filter",
        "label=dev.devtwin.session",
        "--format",
        "{{.ID}}",
    ]);
    let owner = |id: &&str| {
        let owner = docker::run(&[
            "inspect",
            "-f",
            "{{index .Config.Labels \"dev.devtwin.owner\"}}",
            id,
        ]);
        String::from_utf8_lossy(&owner.stdout).contains(person.env()[1].1)
    };
    listed.lines().filter(owner).collect()
}

#[test]
fn a_failing_run_is_mended_in_the_shell_before_it_and_the_file_then_builds() {
    let (person, place) = (Person::new(), tempfile::tempdir().unwrap());
    let path = place.path().join("Dockerfile");
    let text = format!(
        "FROM {BASE}\r\nARG WORD=mended\r\nWORKDIR /made\r\nRUN echo first >first\r\nRUN test -e first && \\\r\n    cat frist\r\nUSER 65532\r\n"
    );
    fs::write(&path, &text).unwrap();
    let file = path.to_str().unwrap();
    let mut pty = person.tui(&["explore", "--dockerfile", file, "--no-caches"]);
    pty.wait_for("choose a step");
    pty.wait_for("WORKDIR /made");
    pty.send("b");
    pty.wait_for("ended with status 1");
    pty.wait_for("cat frist");
    pty.wait_for("Ctrl-R");
    // The command as it stands, in the shell before it.
    pty.send("\x12");
    pty.wait_for("can't open 'frist'");
    pty.send("\x1d\x1be"); // the leader, then Alt-E
    pty.wait_for("Ctrl-S");
    pty.send("\x15cat first && echo $WORD >word\x12");
    pty.wait_until("its output", |screen| {
        screen.lines().any(|line| line.trim() == "first")
    });
    line(&mut pty, "cat word; pwd");
    pty.wait_for("/made");
    pty.send("\x1d\x1be");
    pty.wait_for("Ctrl-S");
    pty.send("\x13");
    pty.wait_for("write it into the file");
    pty.send("y");
    pty.wait_for("written into");
    let mended = fs::read_to_string(&path).unwrap();
    assert_eq!(
        mended,
        text.replace("    cat frist", "cat first && echo $WORD >word")
    );
    pty.send("\x1d\x0f"); // the leader, then Ctrl-O
    pty.wait_for("choose a step");
    pty.send("b");
    pty.wait_for("builds");
    assert_ne!(images(&person), "");
    pty.send("u");
    pty.wait_for("as it was before");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    pty.send("q");
    assert_eq!(pty.wait_exit().exit_code(), 0);
    assert_eq!(images(&person), "");
}

#[test]
fn a_step_is_opened_at_once_and_a_killed_session_is_cleaned() {
    let (person, place) = (Person::new(), tempfile::tempdir().unwrap());
    let path = place.path().join("Dockerfile");
    fs::write(
        &path,
        format!("FROM {BASE}\nRUN echo a >/here\nRUN rm /here\n"),
    )
    .unwrap();
    let file = path.to_str().unwrap();
    let mut pty = person.tui(&[
        "explore",
        "--dockerfile",
        file,
        "--line",
        "3",
        "--no-caches",
    ]);
    pty.wait_for("explore  ");
    pty.wait_for(PROMPT);
    line(&mut pty, "cat /here; id -u");
    pty.wait_until("the file", |screen| {
        screen.lines().any(|line| line.trim() == "a")
    });
    assert_ne!(images(&person), "");
    signal(&pty, "KILL");
    assert!(!pty.wait_exit().success());
    person.says(&["clean"]);
    assert_eq!(images(&person), "");
}

#[test]
fn without_a_terminal_lint_is_named_and_does_its_work() {
    let (person, place) = (Person::new(), tempfile::tempdir().unwrap());
    let path = place.path().join("Dockerfile");
    fs::write(&path, "FROM scratch\nRUN x\n").unwrap();
    let file = path.to_str().unwrap();
    let out = person.devtwin(&["explore", "--dockerfile", file]);
    assert_eq!(out.status.code(), Some(2));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("devtwin lint FILE"), "{said}");
    let out = person.devtwin(&["lint", file]);
    assert_eq!(out.status.code(), Some(1));
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(said.contains("Dockerfile:2: error: RUN_NO_SHELL"), "{said}");
    fs::write(&path, format!("FROM {BASE}\nUSER 1\n")).unwrap();
    assert!(
        person
            .says(&["lint", file])
            .contains("nothing wrong was found")
    );
    let out = person.devtwin(&["lint", file, "--target", "none"]);
    assert_eq!(out.status.code(), Some(2));
    // Of a file that cannot be read the finding is the first line.
    fs::write(&path, "FRM x\n").unwrap();
    let out = person.devtwin(&["lint", file]);
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(
        said.lines().next().is_some_and(|l| l.contains("SYNTAX")),
        "{said}"
    );
}
