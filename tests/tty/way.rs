//! The whole way: from the picker to a shell and out again, by every door.

use crate::person::{LEADER, PROMPT, Person, QUIT, WEB, clear, finish, gone, left, line, run};
use crate::support::{Container, docker};

#[test]
fn from_the_picker_to_a_root_shell_and_out_by_every_door() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let id = target.id();
    let mut pty = person.picker(&target);
    assert_eq!(left(&id), "", "looking makes nothing that stays");
    pty.send("\r");
    pty.wait_for(PROMPT);
    run(&mut pty, "id", "uid=0(root)");
    run(&mut pty, "cat /target/etc/web/marker", "only in the target");
    run(
        &mut pty,
        "wget -qO- http://127.0.0.1:8080/",
        "hello from web",
    );
    run(&mut pty, "tr '\\0' ' ' </proc/1/cmdline", "/usr/bin/web");

    pty.send(QUIT);
    pty.wait_for("A twin is running");
    pty.send("s");
    pty.wait_until("no question any more", |s| !s.contains("A twin is running"));
    run(&mut pty, "echo still $((40 + 2))", "still 42");

    pty.send(QUIT);
    pty.wait_for("back to the containers");
    pty.send("c");
    pty.wait_for(" 1 of ");
    gone(&id);

    pty.send("\r");
    pty.wait_for(PROMPT);
    assert_eq!(left(&id).lines().count(), 1);
    finish(pty, &target);
}

#[test]
fn a_kept_twin_is_listed_and_shows_its_old_screen_again() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.picker(&target);
    pty.send("\r");
    pty.wait_for(PROMPT);
    run(
        &mut pty,
        "secret=$((41 + 1)); echo before-$secret",
        "before-42",
    );
    pty.send(QUIT);
    pty.wait_for("Keep the twin");
    pty.send("k");
    assert_eq!(pty.wait_exit().exit_code(), 0);
    assert!(pty.raw_text().contains("the twin is kept"), "it is said");

    let twin = left(&target.id());
    assert_eq!(twin.lines().count(), 1, "{twin}");
    let listed = person.says(&["ls"]);
    let row = listed.lines().find(|l| l.contains(&twin)).expect(&listed);
    assert!(
        row.contains("kept") && row.contains(&format!("devtwin attach {twin}")),
        "{listed}"
    );
    assert!(person.devtwin(&["clean"]).status.success());
    assert_eq!(left(&target.id()), twin, "clean leaves what is kept");

    let mut again = person.tui(&["attach", &twin]);
    again.wait_for("before-42");
    run(&mut again, "echo after-$secret", "after-42");
    finish(again, &target);
    assert!(!person.says(&["ls"]).contains(&twin));
}

#[test]
fn attach_keep_offers_to_keep_first() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.tui(&["attach", "--keep", target.name()]);
    pty.wait_for(PROMPT);
    pty.send(QUIT);
    pty.wait_for("Keep the twin");
    assert!(
        !pty.screen().contains("back to the containers"),
        "there is no picker to go back to"
    );
    pty.send("\r");
    assert_eq!(pty.wait_exit().exit_code(), 0);
    let twin = left(&target.id());
    assert!(person.says(&["ls"]).contains(&twin));
    let mut again = person.tui(&["attach", &twin]);
    again.wait_for("1 Shell");
    run(&mut again, "echo again-$((1 + 1))", "again-2");
    finish(again, &target);
}

#[test]
fn attach_by_a_unique_prefix_and_a_second_twin_beside_the_first() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let first = person.attach(&target);
    let mut second = person.tui(&["attach", &target.id()[..12]]);
    second.wait_for(PROMPT);
    assert_eq!(left(&target.id()).lines().count(), 2);
    quit_leaves(second, &target, 1);
    finish(first, &target);
}

/// Quits one session; the twins of the others stay.
#[track_caller]
fn quit_leaves(mut pty: crate::support::Pty, target: &Container, others: usize) {
    crate::person::quit(&mut pty);
    assert_eq!(left(&target.id()).lines().count(), others);
}

#[test]
fn the_picker_is_live() {
    let person = Person::new();
    // Short, so that the list shows it whole.
    let word = format!("lv{:07}", std::process::id());
    let (one, two) = (format!("{word}-one"), format!("{word}-two"));
    let mut pty = person.tui(&[]);
    pty.wait_for("type to filter");
    pty.send(&word);
    pty.wait_for(" 0 of ");

    let target = Container::create(WEB, &[], &[]);
    // By its id, since the name that its guard knows is about to change.
    let target = (Container::adopt(target.id()), target);
    docker::ok(&["rename", target.0.name(), &one]);
    pty.wait_until("a row", |s| row(s, &one).contains("created"));
    docker::ok(&["start", &one]);
    pty.wait_until("it runs", |s| row(s, &one).contains("running"));
    docker::ok(&["pause", &one]);
    pty.wait_until("it is paused", |s| row(s, &one).contains("paused"));
    docker::ok(&["unpause", &one]);
    pty.wait_until("it goes on", |s| row(s, &one).contains("running"));
    docker::ok(&["kill", &one]);
    pty.wait_until("it was killed", |s| row(s, &one).contains("SIGKILL"));
    docker::ok(&["rename", &one, &two]);
    pty.wait_until("its new name", |s| {
        row(s, &two).contains(WEB) && row(s, &one).is_empty()
    });
    // The engine's storage driver may need more than one try on a busy machine.
    let removed = || docker::run(&["rm", "-f", &two]).status.success();
    assert!((0..5).any(|_| removed()));
    pty.wait_for(" 0 of ");
    pty.send("\x1b");
    pty.wait_for("type to filter");
    pty.send("\x1b");
    assert_eq!(pty.wait_exit().exit_code(), 0);
}

/// The row of the list that begins with `name`.
fn row<'a>(screen: &'a str, name: &str) -> &'a str {
    let mut rows = screen.lines().skip(3);
    rows.find(|l| {
        l.trim_start_matches(['▌', ' '])
            .starts_with(&format!("{name} "))
    })
    .unwrap_or_default()
}

#[test]
fn the_palette_finds_what_can_be_done_and_the_command_is_shown_and_copied() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    pty.send(LEADER);
    pty.wait_for("type what you want to do");
    pty.send("equivalent show");
    pty.wait_until("one row", |s| {
        s.contains("Show the equivalent") && !s.contains("Quit devtwin")
    });
    pty.send("\r");
    pty.wait_for("--cap-add SYS_PTRACE");
    let before = pty.raw.len();
    pty.send("y");
    pty.wait_for("docker command copied");
    let raw = String::from_utf8_lossy(&pty.raw[before..]).into_owned();
    assert!(raw.contains("\x1b]52;c;"), "the clipboard is set: {raw:?}");
    clear(&mut pty);
    line(&mut pty, "true");
    finish(pty, &target);
}
