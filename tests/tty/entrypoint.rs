//! The entrypoint pane on real containers: what runs is found, and runs again, in the twin and in the target.

use std::time::Instant;

use crate::person::{LEADER, PROMPT, Person, WEB, finish};
use crate::support::pty::PATIENCE;
use crate::support::{Container, Pty, docker};

/// Alt-3, Alt-Enter, Ctrl-U.
const PANE: &str = "\x1b3";
const RUN: &str = "\x1b\r";
const CLEAR: &str = "\x15";

/// The pane of `target`, with its report.
fn pane(person: &Person, target: &Container) -> Pty {
    let mut pty = person.attach(target);
    pty.send(PANE);
    pty.wait_for("image ENTRYPOINT");
    pty
}

/// The form, when the twin's files are known, with another command in it.
fn command(pty: &mut Pty, key: &str, text: &str) {
    pty.send(key);
    pty.wait_for("Differs from the target");
    pty.send(format!("{CLEAR}{text}"));
    pty.wait_for(&format!("+ {text}"));
}

/// Waits until `words` are among the processes of a container, or are not.
#[track_caller]
fn wait_running(target: &Container, words: &str, wanted: bool) {
    let start = Instant::now();
    loop {
        let all = docker::ok(&["top", target.name(), "-eo", "pid,args"]);
        if all.contains(words) == wanted {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{words}: {wanted}?\n{all}");
    }
}

#[test]
fn what_runs_is_found_edited_and_run_in_the_twin() {
    let (person, target) = (
        Person::new(),
        Container::run(WEB, &["-e", "DB_PASSWORD=hunter2"], &[]),
    );
    let mut pty = pane(&person, &target);
    let screen = pty.screen();
    for words in [
        "/usr/bin/web --config /etc/app/web.toml",
        "65532:65532",
        "DB_PASSWORD=***",
        "8080/tcp exposed",
    ] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    pty.send("v");
    pty.wait_for("DB_PASSWORD=hunter2");
    command(&mut pty, "e", "/usr/bin/web --exit 7");
    assert!(!pty.screen().contains("hunter2"), "{}", pty.screen());
    pty.send(RUN);
    pty.wait_for("web --exit 7 ended with status 7");
    // The user, directory and secret are the target's.
    pty.send(PANE);
    let told = "sh -c 'id -u; pwd; echo $DB_PASSWORD'";
    pty.wait_for("Differs from the target");
    pty.send(format!("{CLEAR}{told}{RUN}"));
    pty.wait_until("its words", |s| s.contains("65532\n/\nhunter2"));
    pty.wait_for("ended in good order");
    finish(pty, &target);
}

#[test]
fn a_files_listing_is_typed_for_the_person_to_run() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = pane(&person, &target);
    let screen = pty.screen();
    let row = screen.lines().position(|l| l.contains("└ /usr/bin/web"));
    let row = row.unwrap_or_else(|| panic!("its file:\n{screen}")) + 1;
    pty.send(format!("\x1b[<0;10;{row}M\x1b[<0;10;{row}mo"));
    pty.wait_for(&format!("{PROMPT} ls -l /target/usr/bin/web"));
    pty.send("\r");
    pty.wait_for("rwxr-xr-x");
    finish(pty, &target);
}

#[test]
fn what_runs_in_the_target_ends_with_its_tab_and_with_devtwin() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = pane(&person, &target);
    command(&mut pty, "e", "/usr/bin/web --port 9191");
    pty.send("\t\t\t\t ");
    pty.wait_for("(•) target");
    pty.send(RUN);
    pty.wait_for("In the target itself?");
    pty.send("r");
    wait_running(&target, "9191", true);
    pty.send(LEADER);
    pty.wait_for("type what you want to do");
    pty.send("\x17");
    wait_running(&target, "9191", false);

    // Once more from the same form, and then devtwin itself ends.
    pty.send(PANE);
    pty.wait_for("(•) target");
    pty.send("\x1b");
    pty.wait_for("What runs");
    command(&mut pty, "e", "/usr/bin/web --port 9192");
    pty.send(RUN);
    pty.wait_for("In the target itself?");
    pty.send("r");
    wait_running(&target, "9192", true);
    finish(pty, &target);
    wait_running(&target, "9192", false);
    // Its own program goes on.
    wait_running(&target, "/usr/bin/web --config", true);
}
