//! What cannot be done is said with a hint, on a terminal that is as before, with the right status.

use crate::person::{Person, WEB, left};
use crate::restored::assert_restored;
use crate::support::{Container, Pty};

/// Waits for the screen that says `words`, leaves it, and checks the status and the last words.
#[track_caller]
fn refused(mut pty: Pty, words: &[&str], status: u32) {
    let before = pty.stty_at_start();
    for word in words {
        pty.wait_for(word);
    }
    pty.wait_for("Esc quit");
    pty.send("\x1b");
    let (ended, after) = pty.wait_exit_and_stty();
    assert_eq!((ended.exit_code(), after), (status, before));
    assert_restored(&pty);
    for word in words {
        let said = pty.screen();
        assert!(said.contains(word), "{word} on the restored screen: {said}");
    }
}

#[test]
fn a_container_that_does_not_exist() {
    let pty = Person::new().tui(&["attach", "no-such-container-anywhere"]);
    refused(pty, &["no-such-container-anywhere", "docker ps"], 3);
}

#[test]
fn a_join_of_a_container_that_does_not_run() {
    let target = Container::run(WEB, &[], &["--exit", "3"]);
    target.wait_until_it_failed();
    let pty = Person::new().tui(&["attach", "--mode", "join", target.name()]);
    refused(pty, &["exited with 3", "shows why"], 3);
    assert_eq!(left(&target.id()), "");
}

#[test]
fn a_dev_image_that_is_not_there() {
    let target = Container::run("acme/bare:1", &[], &[]);
    let none = ["attach", "--image", "acme/none:1", "--pull", "never"];
    let pty = Person::new().tui(&[&none[..], &[target.name()]].concat());
    refused(pty, &["--image"], 4);
    assert_eq!(left(&target.id()), "");
}

/// Refused before the screen is taken: the message is all there is.
#[track_caller]
fn refused_at_once(mut pty: Pty, words: &[&str], status: u32) {
    let before = pty.stty_at_start();
    let (ended, after) = pty.wait_exit_and_stty();
    assert_eq!((ended.exit_code(), after), (status, before));
    for word in words {
        let said = pty.screen();
        assert!(said.contains(word), "{word} in {said}");
    }
    assert!(!pty.raw_text().contains("\x1b[?1049h"), "no screen flashes");
}

#[test]
fn a_malformed_reference() {
    let target = Container::run(WEB, &[], &[]);
    let pty = Person::new().tui(&["attach", "--image", "Not/A:Ref:", target.name()]);
    refused_at_once(pty, &["Not/A:Ref:"], 2);
    assert_eq!(left(&target.id()), "");
}

#[test]
fn no_engine() {
    let dir = tempfile::tempdir().unwrap();
    let host = format!("unix://{}/none.sock", dir.path().display());
    for args in [&["--host", &host][..], &["--host", &host, "attach", "web"]] {
        let pty = Person::new().tui(args);
        refused_at_once(pty, &["none.sock", "hint"], 5);
    }
}
