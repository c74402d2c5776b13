//! An image explored on the screen: from the command line with a folder, from the picker, kept, killed, and its files
//! tried in production.

use std::fs;

use crate::person::{PROMPT, Person, QUIT, line, run, signal};
use crate::support::{Pty, docker};

const PROD: &str = "cgr.dev/chainguard/web:latest";

/// The session that the header's twin belongs to, by the only twin that this person has.
fn twin(person: &Person) -> String {
    let listed = person.says(&["ls", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let twins = listed["twins"].as_array().unwrap();
    let own = twins.iter().find(|twin| {
        twin["mode"] == "explore"
            && matches!(twin["liveness"].as_str(), Some("live" | "kept" | "gone"))
    });
    own.unwrap_or_else(|| panic!("{listed}"))["name"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Containers and volumes of the session that a twin's name ends with.
fn left(twin: &str) -> String {
    let session = twin.rsplit('-').next().unwrap();
    let filter = format!("label=dev.devtwin.session={session}");
    let twins = docker::ok(&["ps", "-a", "--format", "{{.Names}}", "--filter", &filter]);
    let volumes = docker::ok(&["volume", "ls", "-q", "--filter", &filter]);
    format!("{twins}{volumes}")
}

#[track_caller]
fn leave(mut pty: Pty, answer: &str) {
    pty.send(QUIT);
    pty.wait_for("What is to become of it?");
    pty.send(answer);
    assert_eq!(pty.wait_exit().exit_code(), 0);
}

#[test]
fn a_folder_is_worked_in_and_what_is_made_is_tried_in_production() {
    let (person, place) = (Person::new(), tempfile::tempdir().unwrap());
    fs::write(place.path().join("note"), "mine\n").unwrap();
    let folder = place.path().to_str().unwrap();
    let mut pty = person.tui(&["explore", "--mount", folder, "--no-caches", PROD]);
    pty.wait_for(PROMPT);
    pty.wait_for("explore  ");
    run(&mut pty, "pwd; cat note", "mine");
    line(&mut pty, "rm note; cp /usr/bin/web made; ls -l made");
    pty.wait_for("-rwxr-xr-x");
    pty.send("\x1d\x1bt"); // the leader, then Alt-T
    pty.wait_for("Try in production");
    pty.send("/work/made -- /work/made --exit 0\r");
    pty.wait_for("runs in cgr.dev/chainguard/web:latest");
    pty.wait_for("exited with 0");
    pty.send("e");
    pty.wait_for("behind --");
    pty.send("\x15/work/made -- /work/nothing\r");
    pty.wait_for("fails in cgr.dev/chainguard/web:latest");
    pty.send("\x1b");
    let name = twin(&person);
    leave(pty, "r");
    assert_eq!(left(&name), "");
    assert_eq!(
        fs::read_to_string(place.path().join("note")).unwrap(),
        "mine\n"
    );
    assert!(!place.path().join("made").exists());
}

#[test]
fn an_image_of_the_picker_is_explored_as_two_users_and_left_for_the_list() {
    let person = Person::new();
    let mut pty = person.tui(&[]);
    pty.wait_for("type to filter");
    pty.send("\x1be"); // Alt-E
    pty.wait_for("Explore which image?");
    pty.send("chainguard/web:latest");
    pty.wait_for(PROD);
    pty.send("\r");
    pty.wait_for(PROMPT);
    run(&mut pty, "id -u", "0");
    pty.send("\x1d\x1bu"); // the leader, then Alt-U
    pty.wait_for("as 65532");
    run(&mut pty, "echo user-$(id -u)", "user-65532");
    let name = twin(&person);
    pty.send("\x1d\x0f"); // the leader, then Ctrl-O
    pty.wait_for("choose the target");
    let start = std::time::Instant::now();
    while !left(&name).is_empty() {
        assert!(start.elapsed().as_secs() < 30, "{}", left(&name));
    }
    pty.send("\x1b");
    assert_eq!(pty.wait_exit().exit_code(), 0);
}

#[test]
fn a_kept_one_is_opened_again_and_one_that_was_killed_is_cleaned() {
    let (person, place) = (Person::new(), tempfile::tempdir().unwrap());
    let folder = place.path().to_str().unwrap();
    let mut pty = person.tui(&["explore", "--mount", folder, "--keep", PROD]);
    pty.wait_for(PROMPT);
    line(&mut pty, "echo kept >file");
    let name = twin(&person);
    leave(pty, "k");
    assert!(person.says(&["ls"]).contains("explore"));
    let mut pty = person.tui(&["attach", &name]);
    pty.wait_for(PROMPT);
    pty.wait_for("explore  ");
    run(&mut pty, "cat f*", "kept");
    leave(pty, "r");
    assert_eq!(left(&name), "");

    let mut pty = person.tui(&["explore", "--mount", folder, PROD]);
    pty.wait_for(PROMPT);
    let name = twin(&person);
    signal(&pty, "KILL");
    assert!(!pty.wait_exit().success());
    assert!(left(&name).contains("devtwin-folder-"), "{}", left(&name));
    person.says(&["clean"]);
    assert_eq!(left(&name), "");
}

#[test]
fn without_a_terminal_a_verb_that_works_is_named() {
    let person = Person::new();
    let out = person.devtwin(&["explore", PROD]);
    assert_eq!(out.status.code(), Some(2));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("devtwin plan IMAGE"), "{said}");
}
