//! Several shells in one twin, and looking around in one: with the real engine and real programs.

use crate::person::{LEADER, PROMPT, Person, QUIT, WEB, finish, left, line, prompt, quit, run};
use crate::support::{Container, Pty, docker};

/// The leader and then a key with Ctrl.
fn lead(pty: &mut Pty, key: char) {
    let control = char::from(key as u8 & 0x1f);
    pty.send(LEADER);
    pty.wait_for("type what you want to do");
    pty.send(control.to_string());
    pty.wait_until("no palette", |s| !s.contains("type what you want"));
}

/// Processes that run in the twin of `target`.
fn running(target: &Container) -> String {
    docker::ok(&["top", &left(&target.id()), "-o", "pid,args"])
}

#[test]
fn shells_beside_each_other_are_shells_of_the_same_twin() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    run(
        &mut pty,
        "echo first-$((1 + 1)) >/tmp/note; echo done-$((1 + 1))",
        "done-2",
    );
    lead(&mut pty, 'e');
    pty.wait_until("its prompt", |s| {
        s.lines().any(|l| {
            l.split('│')
                .nth(1)
                .is_some_and(|right| right.trim_end() == PROMPT)
        })
    });
    run(
        &mut pty,
        "cat /tmp/note; stty size; cat /target/etc/web/marker",
        "only in the target",
    );
    let screen = pty.screen();
    assert!(screen.contains("first-2"), "the same files:\n{screen}");
    assert!(screen.contains("27 49"), "its own size:\n{screen}");
    run(&mut pty, "exit 7", "the shell ended with status 7");
    pty.send("\x1b");
    pty.wait_until("one shell", |s| {
        !s.contains("ended with status") && !s.contains('┆')
    });
    run(&mut pty, "echo alive-$((1 + 1))", "alive-2");
    finish(pty, &target);
}

#[test]
fn a_closed_tab_ends_what_runs_in_it_and_nothing_else() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    run(&mut pty, "sleep 1111 & echo bg-$((1 + 1))", "bg-2");
    lead(&mut pty, 't');
    pty.wait_for("shell 2");
    prompt(&mut pty);
    run(
        &mut pty,
        "printf '\\33]0;busy\\7'; sleep 2222 & echo bg-$((2 + 2))",
        "bg-4",
    );
    pty.wait_for(" busy ");
    line(&mut pty, "sleep 3333");
    pty.wait_for("sleep 3333");
    while !running(&target).contains("sleep 3333") {}
    lead(&mut pty, 'w');
    pty.wait_for("Something runs in this shell");
    pty.send("c");
    pty.wait_for("bg-2");
    while running(&target).contains("sleep 3333") || running(&target).contains("sleep 2222") {}
    assert!(running(&target).contains("sleep 1111"));
    let state = docker::ok(&["inspect", "-f", "{{.State.Status}}", target.name()]);
    assert_eq!(state, "running", "the target goes on");
    finish(pty, &target);
}

#[test]
fn when_the_first_shell_ends_the_others_do() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    lead(&mut pty, 'e');
    pty.wait_until("two prompts", |s| s.matches(PROMPT).count() == 2);
    pty.send(LEADER);
    pty.wait_for("type what you want to do");
    pty.send("\t");
    pty.wait_until("no palette", |s| !s.contains("type what you want"));
    run(&mut pty, "exit 5", "the shell ended with status 5");
    pty.wait_for("a new twin can join it");
    pty.send("q");
    assert_eq!(pty.wait_exit().exit_code(), 0);
    assert_eq!(left(&target.id()), "");
}

#[test]
fn commands_are_marked_found_and_copied() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    run(&mut pty, "(exit 3)", "✗ 3");
    run(&mut pty, "seq 500 600", "\n600");
    run(&mut pty, "true # well-$((1 + 1))", "✓");
    lead(&mut pty, 'f');
    pty.send("^51[0-2]$");
    pty.wait_for("1 of 3");
    assert!(pty.screen().contains("\n512"), "{}", pty.screen());
    pty.send("\r\r");
    pty.wait_for("3 of 3");
    pty.send("\x1b");
    pty.wait_until("closed", |s| !s.contains("3 of 3"));
    pty.send("x\x7f");
    prompt(&mut pty);
    run(&mut pty, "seq 7 9", "\n9");
    prompt(&mut pty);
    let before = pty.raw.len();
    lead(&mut pty, 'x');
    pty.wait_for("3 lines copied");
    let raw = String::from_utf8_lossy(&pty.raw[before..]).into_owned();
    assert!(
        raw.contains("\x1b]52;c;Nwo4Cjk"),
        "7, 8, 9 in base64: {raw:?}"
    );
    // A drag over the digits, where the last line of the output stands.
    let row = pty
        .screen()
        .lines()
        .position(|l| l.starts_with('9'))
        .unwrap()
        + 1;
    let before = pty.raw.len();
    pty.send(format!("\x1b[<0;1;{row}M\x1b[<32;1;{row}M\x1b[<0;1;{row}m"));
    pty.wait_for("1 character copied");
    assert!(String::from_utf8_lossy(&pty.raw[before..]).contains("\x1b]52;c;OQ=="));
    finish(pty, &target);
}

#[test]
fn the_shells_text_is_saved_and_no_file_is_overwritten() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("text.txt");
    let mut pty = person.attach(&target);
    run(&mut pty, "seq 3000 3100", "\n3100");
    for (n, words) in [(0, "saved to"), (1, "cannot write")] {
        pty.send(LEADER);
        pty.wait_for("type what you want to do");
        pty.send("save the shell");
        pty.wait_for("Save the shell's text to a file");
        pty.send("\r");
        pty.wait_for("-shell-1.txt");
        pty.send("\x15");
        pty.send(file.to_str().unwrap());
        pty.send("\r");
        pty.wait_for(words);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("\n3000\n3001\n"), "{n}: {text}");
    }
    quit(&mut pty);
    assert_eq!(left(&target.id()), "");
}

#[test]
fn a_kept_twin_keeps_its_first_shell_only() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    run(&mut pty, "sleep 7771 & echo main-$((40 + 2))", "main-42");
    lead(&mut pty, 't');
    run(&mut pty, "sleep 7772 & echo other-$((40 + 3))", "other-43");
    pty.send(QUIT);
    pty.wait_for("Keep the twin");
    pty.send("k");
    assert_eq!(pty.wait_exit().exit_code(), 0);
    let twin = left(&target.id());
    let said = docker::ok(&["top", &twin, "-eo", "pid,args"]);
    assert!(
        said.contains("sleep 7771") && !said.contains("sleep 7772"),
        "{said}"
    );

    let mut pty = person.tui(&["attach", &twin]);
    pty.wait_for("main-42");
    lead(&mut pty, 't');
    run(&mut pty, "echo new-$((40 + 4))", "new-44");
    finish(pty, &target);
}

#[test]
fn a_shell_that_is_closed_before_it_is_there_is_not_left_in_a_kept_twin() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    // Open and close, three times, and leave: faster than the engine opens any of them.
    let hasty = format!("{LEADER}\x14{LEADER}\x17").repeat(3);
    pty.send(format!("{hasty}{LEADER}\x11k"));
    assert_eq!(pty.wait_exit().exit_code(), 0);
    let twin = left(&target.id());
    let said = docker::ok(&["top", &twin, "-eo", "pid,args"]);
    let shells = said.lines().filter(|line| line.ends_with("sh")).count();
    assert_eq!(shells, 1, "{said}");

    let mut pty = person.tui(&["attach", &twin]);
    prompt(&mut pty);
    finish(pty, &target);
}
