//! Keys, paste and text on their way to the program, and back as it prints them.

use crate::person::{LEADER, Person, WEB, cat, clear, finish, last_line, line, prompt, run};
use crate::support::Container;

#[test]
fn the_keys_of_a_shell_do_what_they_do_in_any_terminal() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);

    run(&mut pty, "echo go-$((1 + 1)); sleep 1000", "go-2");
    pty.send("\x03");
    pty.wait_for("^C");
    prompt(&mut pty);

    clear(&mut pty);
    run(&mut pty, "echo first-$((1 + 1))", "first-2");
    // The engine's client would hold Ctrl-P back for its detach keys; ours passes it on at once.
    pty.send("\x10");
    pty.wait_until("the recalled line", |s| {
        last_line(s).ends_with("# echo first-$((1 + 1))")
    });
    pty.send("\x1b[D\x1b[D\x7f3\r"); // Left twice, Backspace, 3
    pty.wait_for("first-4");
    pty.send("\x1b[A\x1b[A\x1b[B\r"); // Up, Up, Down
    pty.wait_until("the last line again", |s| s.matches("first-4").count() == 2);

    clear(&mut pty);
    pty.send("ls /target/etc/we\t");
    pty.wait_until("completed", |s| last_line(s).ends_with("/target/etc/web/"));
    pty.send("\x15"); // Ctrl-U
    prompt(&mut pty);
    pty.send("echo one two\x1bb\x1bbX-\r"); // Alt-b twice
    pty.wait_for("\nX-one two");
    finish(pty, &target);
}

#[test]
fn job_control_works() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    cat(&mut pty, "cat");
    run_in_cat(&mut pty);
    pty.send("\x1a");
    pty.wait_for("Stopped");
    line(&mut pty, "fg");
    pty.wait_until("it goes on", |s| last_line(s) == "cat");
    line(&mut pty, "again");
    pty.wait_until("its copy", |s| s.matches("again").count() == 2);
    pty.send("\x04");
    prompt(&mut pty);
    finish(pty, &target);
}

#[track_caller]
fn run_in_cat(pty: &mut crate::support::Pty) {
    line(pty, "hello");
    pty.wait_until("its copy", |s| s.matches("hello").count() == 2);
}

#[test]
fn the_leader_twice_and_odd_keys_reach_the_program() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    line(&mut pty, "stty -icanon");
    cat(&mut pty, "cat -v");
    pty.send(LEADER);
    pty.wait_for("type what you want to do");
    pty.send(LEADER);
    pty.wait_until("no palette", |s| !s.contains("type what you want"));
    pty.wait_for("^]");
    for (key, seen) in [
        ("\x00", "^@"),
        ("\x1b[1;5C", "^[[1;5C"),
        ("\x1bOP", "^[OP"),
        ("\x1b[15~", "^[[15~"),
        ("\x1b[3~", "^[[3~"),
        ("\x1bx", "^[x"),
        ("\x18", "^X"),
    ] {
        pty.send(key);
        pty.wait_for(seen);
    }
    pty.send("\x03");
    finish(pty, &target);
}

#[test]
fn pasted_lines_are_marked_for_a_program_that_asked_for_it_and_plain_for_others() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    let pasted = "\x1b[200~alpha\nbeta\x1b[201~";
    cat(&mut pty, "printf '\\33[?2004h'; cat -v");
    pty.send(pasted);
    pty.send("\r");
    pty.wait_for("^[[200~alpha");
    pty.wait_for("beta^[[201~");
    pty.send("\x03");
    prompt(&mut pty);

    // The line ends are those of the Enter key.
    line(&mut pty, "printf '\\33[?2004l'");
    clear(&mut pty);
    cat(&mut pty, "cat -v");
    pty.send(pasted);
    pty.send("\r");
    pty.wait_until("both lines twice", |s| {
        s.matches("alpha").count() == 2 && s.matches("beta").count() == 2
    });
    assert!(!pty.screen().contains("200~"), "{}", pty.screen());
    pty.send("\x04");
    prompt(&mut pty);
    finish(pty, &target);
}

#[test]
fn a_large_paste_arrives_whole() {
    const LINES: usize = 4000;
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    cat(
        &mut pty,
        "stty -echo; cat >/tmp/pasted; stty echo; wc -c /tmp/pasted",
    );
    let lines: Vec<_> = (0..LINES).map(|n| format!("line {n:05} of it\n")).collect();
    let text = lines.concat();
    pty.send(format!("\x1b[200~{text}\x1b[201~\x04"));
    pty.wait_for(&format!("{} /tmp/pasted", text.len()));
    finish(pty, &target);
}

#[test]
fn characters_of_every_width_come_back_as_they_were_typed() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    cat(&mut pty, "cat");
    for text in ["grün", "naïve", "你好世界", "🦀 crab", "ё жük", "한국어"] {
        line(&mut pty, text);
        pty.wait_until(text, |s| s.matches(text).count() == 2);
    }
    pty.send("\x04");
    prompt(&mut pty);
    finish(pty, &target);
}
