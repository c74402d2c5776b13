//! The terminal is as before, and the twin is gone, whichever way devtwin ends.
//!
//! The exit status: 0 when the person quits; 6 (cancelled) when a signal or the end of the terminal
//! ends it, as for `devtwin exec`.

use std::fs::File;
use std::time::{Duration, Instant};

use rustix::termios::{Action, tcflow};

use crate::person::{PROMPT, Person, QUIT, WEB, gone, left, signal};
use crate::support::pty::wait_without_terminal;
use crate::support::{Container, Pty, devtwin_path, docker};

/// Every mode that was switched on is off again, and the cursor is shown.
#[track_caller]
pub(crate) fn assert_restored(pty: &Pty) {
    let raw = pty.raw_text();
    let last = |mode: u16, end: char| raw.rfind(&format!("\x1b[?{mode}{end}"));
    for mode in [1000, 1002, 1003, 1004, 1006, 1049, 2004, 2026] {
        assert!(last(mode, 'h').is_some(), "mode {mode} is in use");
        assert!(last(mode, 'h') < last(mode, 'l'), "mode {mode} is left on");
    }
    assert!(last(25, 'l') < last(25, 'h'), "the cursor stays hidden");
    let style = raw.rfind("\x1b[0 q");
    assert!(style > last(1000, 'h'), "the cursor keeps a foreign shape");
}

/// Ends it by `end`; the terminal's settings and modes are as before, the status is `status`.
#[track_caller]
fn restored_after(status: u32, end: impl FnOnce(&mut Pty)) -> Pty {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.tui(&["attach", target.name()]);
    let before = pty.stty_at_start();
    pty.wait_for(PROMPT);
    assert_ne!(pty.stty(), before, "raw mode is on");
    end(&mut pty);
    let (ended, after) = pty.wait_exit_and_stty();
    assert_eq!(ended.exit_code(), status, "{}", pty.screen());
    assert_eq!(after, before);
    assert_restored(&pty);
    assert_eq!(left(&target.id()), "");
    pty
}

#[test]
fn after_quit() {
    let pty = restored_after(0, |pty| {
        pty.send(QUIT);
        pty.wait_for("Remove the twin and quit");
        pty.send("r");
    });
    assert_eq!(pty.screen().trim(), "", "nothing is left on the screen");
}

#[test]
fn after_each_signal() {
    for name in ["TERM", "INT", "HUP"] {
        let pty = restored_after(6, |pty| signal(pty, name));
        assert!(pty.screen().contains("signal"), "{}", pty.screen());
    }
}

#[test]
fn after_a_signal_in_the_picker_and_while_a_program_owns_the_screen() {
    let person = Person::new();
    let mut pty = person.tui(&[]);
    let before = pty.stty_at_start();
    pty.wait_for("type to filter");
    signal(&pty, "TERM");
    let (ended, after) = pty.wait_exit_and_stty();
    assert_eq!((ended.exit_code(), after), (6, before));
    assert_restored(&pty);

    restored_after(6, |pty| {
        pty.send("vi /etc/passwd\r");
        pty.wait_for("root:");
        signal(pty, "TERM");
    });
}

#[test]
fn a_signal_during_the_attach_leaves_nothing() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.tui(&["attach", target.name()]);
    pty.wait_for("Attaching to");
    signal(&pty, "TERM");
    assert_eq!(pty.wait_exit().exit_code(), 6);
    assert_restored(&pty);
    assert_eq!(left(&target.id()), "");
}

/// Its terminal takes nothing more, as when a connection hangs, or takes it again.
fn flow(pty: &Pty, action: Action) {
    let terminal = File::options()
        .write(true)
        .open(format!("/proc/{}/fd/1", pty.pid()))
        .unwrap();
    tcflow(terminal, action).unwrap();
}

#[test]
fn a_terminal_that_takes_nothing_keeps_nobody_from_ending_it() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    crate::person::line(&mut pty, "while :; do echo flood; done");
    pty.wait_until("the flood", |screen| screen.matches("flood").count() > 5);
    flow(&pty, Action::OOff);
    signal(&pty, "TERM");
    // Nothing can be given back to such a terminal; but the twin goes, and the program ends.
    assert_eq!(pty.wait_exit().exit_code(), 6);
    assert_eq!(left(&target.id()), "");
}

#[test]
fn a_terminal_that_takes_nothing_while_nothing_is_drawn_keeps_nobody_from_ending_it_either() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    flow(&pty, Action::OOff);
    signal(&pty, "TERM");
    assert_eq!(pty.wait_exit().exit_code(), 6);
    assert_eq!(left(&target.id()), "");
}

#[test]
fn a_terminal_that_takes_nothing_for_a_while_misses_no_key_and_gets_the_newest_screen() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    flow(&pty, Action::OOff);
    crate::person::line(&mut pty, "cd /tmp; seq 5000; echo done-$((1 + 1)) > told");
    let told = || {
        let twin = left(&target.id());
        docker::run(&["exec", &twin, "cat", "/tmp/told"]).stdout
    };
    let start = Instant::now();
    while told() != b"done-2\n" {
        assert!(start.elapsed() < Duration::from_secs(30), "no key arrived");
    }
    flow(&pty, Action::OOn);
    pty.wait_for("5000");
    crate::person::finish(pty, &target);
}

#[test]
fn a_closed_terminal_removes_the_twin() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let pty = person.attach(&target);
    assert_ne!(left(&target.id()), "");
    let status = wait_without_terminal(pty.hang_up());
    assert_eq!(status.exit_code(), 6);
    gone(&target.id());
}

#[test]
fn a_closed_terminal_is_noticed_when_no_signal_says_so() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    // A leader of the session that ignores the hang-up: the kernel tells nobody else.
    let line = format!(
        "trap '' HUP; {} attach {}; exit",
        devtwin_path(),
        target.name()
    );
    let mut pty = Pty::spawn(&["sh", "-c", &line], &person.env(), 100, 30);
    pty.wait_for(PROMPT);
    wait_without_terminal(pty.hang_up());
    gone(&target.id());
}

#[test]
fn a_closed_terminal_keeps_a_twin_that_was_to_be_kept() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.tui(&["attach", "--keep", target.name()]);
    pty.wait_for(PROMPT);
    wait_without_terminal(pty.hang_up());
    let twin = left(&target.id());
    let listed = person.says(&["ls"]);
    let row = listed.lines().find(|l| l.contains(&twin));
    assert!(row.is_some_and(|r| r.contains("kept")), "{listed}");
    let mut again = person.tui(&["attach", &twin]);
    again.wait_for("1 Shell");
    crate::person::run(&mut again, "echo again-$((1 + 1))", "again-2");
    crate::person::finish(again, &target);
}
