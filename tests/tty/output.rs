//! What programs print: bytes, colours, full screens, floods; and the window's size.

use crate::person::{PROMPT, Person, QUIET, WEB, clear, finish, last_line, line, prompt, run};
use crate::support::{Container, Pty};

#[test]
fn every_byte_value_and_many_nul_bytes_leave_the_pane_alive() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    // Chunks that begin with 0, 1 and 2 are what a frame header begins with on other streams.
    run(
        &mut pty,
        "printf '\\0\\0\\0\\0\\0\\0\\0\\10'; printf '\\1'; printf '\\2\\2'; echo a$((1 + 1))",
        "a2",
    );
    run(&mut pty, "head -c 100000 /dev/zero; echo b$((1 + 1))", "b2");
    line(
        &mut pty,
        "for i in $(seq 0 255); do printf \"\\\\$(printf %03o $i)\"; done; printf '\\33c'; echo c$((1 + 1))",
    );
    pty.wait_for("c2");
    // What everybody has done once. The string is ended and the terminal reset, as `reset` would.
    line(
        &mut pty,
        "head -c 300000 /bin/busybox; printf '\\30\\33\\134\\33c'; echo d$((1 + 1))",
    );
    pty.wait_for("d2");
    // Answers to queries among the bytes stand in the line by now, as in any terminal; half of one may
    // swallow a key.
    pty.send("\r\r\r");
    clear(&mut pty);
    run(&mut pty, "id -un", "root");
    finish(pty, &target);
}

#[test]
fn colours_come_out_as_the_program_chose_them() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    let print = "printf '\\33[38;2;1;2;3mT\\33[48;5;200mU\\33[0m%s\\n' end$((1 + 1))";
    run(&mut pty, print, "TUend2");
    let raw = pty.raw_text();
    assert!(raw.contains("38;2;1;2;3"), "24 bits");
    assert!(raw.contains("48;5;200"), "256 colours");
    finish(pty, &target);
}

#[test]
fn no_color_takes_the_colours_from_our_own_screen() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.tui_with(&["attach", target.name()], &[("NO_COLOR", "1")]);
    pty.wait_for(PROMPT);
    pty.send("\x1d");
    pty.wait_for("type what you want to do");
    pty.send("\x1b");
    pty.wait_until("no palette", |s| !s.contains("type what you want"));
    finish_and_look(pty, &target);
}

/// No selection of a colour is among the bytes; bold and reverse may be.
#[track_caller]
fn finish_and_look(mut pty: Pty, target: &Container) {
    crate::person::quit(&mut pty);
    assert_eq!(crate::person::left(&target.id()), "");
    let raw = pty.raw_text();
    let selects = raw.split("\x1b[").skip(1).filter_map(|piece| {
        let end = piece.find(|c: char| c.is_ascii_alphabetic() || c == '\x1b')?;
        (piece[end..].starts_with('m')).then(|| &piece[..end])
    });
    let mut seen = 0;
    for select in selects {
        seen += 1;
        for number in select.split(';') {
            let number: u16 = number.parse().unwrap_or(0);
            let coloured = matches!(number, 30..=38 | 40..=48 | 90..=107);
            assert!(!coloured, "{select:?} is a colour");
        }
    }
    assert!(seen > 0, "bold at least is there");
}

#[test]
fn vi_takes_the_whole_screen_and_gives_it_back() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    run(&mut pty, "echo before-$((1 + 1))", "before-2");
    line(&mut pty, "vi /tmp/note");
    pty.wait_until("vi", |s| {
        s.contains("/tmp/note") && s.matches("\n~").count() > 10
    });
    pty.send("ifrom vi");
    pty.wait_for("from vi");
    pty.send("\x1b");
    // Together with the next key it would be Alt and that key.
    pty.wait_until("command mode", |s| last_line(s).starts_with("- /tmp/note"));
    pty.send(":wq\r");
    pty.wait_until("the old screen", |s| {
        s.contains("before-2") && !s.contains("\n~")
    });
    prompt(&mut pty);
    run(&mut pty, "tr a-z A-Z </tmp/note", "FROM VI");
    finish(pty, &target);
}

#[test]
fn older_lines_are_found_by_keys_and_by_the_wheel() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    run(&mut pty, "seq 1000 1200", "\n1200");
    prompt(&mut pty);
    let oldest = |s: &str| {
        // The scroll bar stands at the right end.
        let number = |l: &str| l.split_whitespace().next()?.parse::<u32>().ok();
        let first = s.lines().skip(2).find_map(number);
        first.unwrap_or(0)
    };
    let bottom = oldest(&pty.screen());
    pty.send("\x1b[5;2~"); // Shift-PageUp
    pty.wait_until("a page back", |s| oldest(s) > 0 && oldest(s) < bottom - 10);
    let page = oldest(&pty.screen());
    pty.send("\x1b[<64;10;10M"); // the wheel, away from the person
    pty.wait_until("some lines more", |s| oldest(s) == page - 3);
    pty.send("\x1b[<65;10;10M");
    pty.wait_until("and forward", |s| oldest(s) == page);
    pty.send("\x1b[6;2~");
    pty.wait_until("a page forward", |s| oldest(s) == bottom);
    pty.send("\x1b[5;2~\x1b[5;2~");
    pty.wait_until("back again", |s| oldest(s) < page);
    pty.send("echo typed-$((1 + 1))\r");
    pty.wait_for("typed-2");
    finish(pty, &target);
}

#[test]
fn the_program_learns_the_size_of_its_pane_and_each_new_one() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    // Two lines above and one below are ours; the size is right before the first prompt.
    run(&mut pty, "stty size", "27 100");
    for (cols, rows, wanted) in [(80, 24, "21 80"), (132, 43, "40 132"), (41, 12, "9 41")] {
        pty.resize(cols, rows);
        // The program is told when the size has rested: asked until it knows.
        line(
            &mut pty,
            &format!(
                "until [ \"$(stty size)\" = '{wanted}' ]; do :; done; echo ok-$((1 + 1))-$(tput cols 2>/dev/null){cols}"
            ),
        );
        pty.wait_until("its new size", |s| {
            s.contains(&format!("ok-2-{cols}")) && s.contains(" Ctrl-]")
        });
    }
    clear(&mut pty);
    finish(pty, &target);
}

#[test]
fn a_hundred_thousand_lines_end_with_the_prompt() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    line(&mut pty, "seq 100000");
    pty.wait_until("the end and a prompt", |s| {
        s.contains("\n100000") && last_line(s) == PROMPT
    });
    finish(pty, &target);
}

#[test]
fn an_endless_flood_ends_by_ctrl_c() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    line(&mut pty, "yes flood");
    pty.wait_until("the flood", |s| s.matches("\nflood").count() > 20);
    pty.send("\x1d");
    pty.wait_for("type what you want to do"); // ours still answers
    pty.send("\x1b");
    pty.wait_until("no palette", |s| !s.contains("type what you want"));
    pty.send("\x03");
    prompt(&mut pty);
    clear(&mut pty);
    run(&mut pty, "echo calm-$((1 + 1))", "calm-2");
    finish(pty, &target);
}

#[test]
fn nothing_is_written_while_nothing_happens() {
    let (person, target) = (Person::new(), Container::run(WEB, &[], &[]));
    let mut pty = person.attach(&target);
    prompt(&mut pty);
    pty.settle(QUIET);
    let before = pty.raw.len();
    // Events of other containers arrive meanwhile, since the engine is shared: they change nothing here.
    pty.settle(QUIET * 3);
    let late = String::from_utf8_lossy(&pty.raw[before..]);
    assert_eq!(late, "", "an idle screen is left alone");
    finish(pty, &target);
}
