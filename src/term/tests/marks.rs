use std::time::Duration;

use super::*;
use crate::domain::command::Ran;
use crate::term::Command;

const A: &str = "\x1b]133;A\x07";
const B: &str = "\x1b]133;B\x07";
const C: &str = "\x1b]133;C\x07";

fn done(status: &str) -> String {
    format!("\x1b]133;D;{status}\x1b\\")
}

fn prompt() -> String {
    format!("{A}$ {B}")
}

fn told(text: &str) -> String {
    format!("{}{text}\r\n{C}", prompt())
}

fn commands(terminal: &Terminal) -> Vec<Command> {
    terminal.commands().cloned().collect()
}

fn texts(terminal: &Terminal) -> Vec<String> {
    terminal
        .commands()
        .filter_map(|command| command.text.clone())
        .collect()
}

#[test]
fn a_command_is_followed_from_prompt_to_end() {
    let mut terminal = fed(20, 8, "motd\r\n\x1b]7;file://host/srv/my%20app\x07");
    terminal.set_clock(Duration::from_secs(10));
    assert!(!terminal.at_prompt());
    terminal.feed(format!("{}ls -l", prompt()).as_bytes());
    assert!(terminal.at_prompt());
    terminal.feed(format!("\r\n{C}").as_bytes());
    assert!(!terminal.at_prompt());
    terminal.set_clock(Duration::from_secs(13));
    terminal.feed(format!("one\r\ntwo\r\n{}{}", done("2"), prompt()).as_bytes());
    assert!(terminal.at_prompt());
    let all = commands(&terminal);
    assert_eq!(
        all[0],
        Command {
            prompt: line(1),
            output: Some(line(2)),
            end: Some(line(4)),
            text: Some("ls -l".into()),
            status: Some(2),
            started: Some(Duration::from_secs(10)),
            ended: Some(Duration::from_secs(13)),
            cwd: Some("/srv/my app".into()),
        }
    );
    assert_eq!(
        (all.len(), all[1].prompt, all[1].output),
        (2, line(4), None)
    );
    let ran = Ran {
        text: "ls -l".into(),
        status: Some(2),
        cwd: Some("/srv/my app".into()),
        took: Some(Duration::from_secs(3)),
        printed: Some("one\ntwo".into()),
    };
    assert_eq!(terminal.take_ran(), [ran]);
    assert_eq!(terminal.take_ran(), []);
}

#[test]
fn marks_may_be_cut_anywhere() {
    let all = format!("{}out\r\n{}{}", told("make"), done("0"), prompt());
    for chunk in 1..all.len() {
        let mut terminal = fed(20, 8, "");
        for piece in all.as_bytes().chunks(chunk) {
            terminal.feed(piece);
        }
        let ran = terminal.take_ran();
        assert_eq!((ran.len(), ran[0].text.as_str()), (1, "make"));
        assert_eq!(ran[0].status, Some(0));
    }
}

#[test]
fn the_text_may_be_told_and_is_cleaned() {
    for (options, text) in [
        (";cmdline_url=git%20log%20%22x%22", Some("git log \"x\"")),
        (";k=v;cmdline_url=a%3bb", Some("a;b")),
        (";cmdline_url=a%0Ab%1b%5B2J%E2%80%AEc", Some("a\nb[2Jc")),
        (";cmdline_url=%ff", Some("typed")),
        (";cmdline_url=%4", Some("typed")),
        (";other=x", Some("typed")),
        (";cmdline_url=", Some("typed")),
    ] {
        let stream = format!("{}typed\r\n\x1b]133;C{options}\x07", prompt());
        let terminal = fed(30, 8, &stream);
        let found = commands(&terminal)[0].text.clone();
        // An empty text that was told is as good as none.
        let wanted = text.filter(|_| !options.ends_with("url="));
        assert_eq!(found.as_deref(), wanted, "{options}");
    }
    let long = format!(
        "{}\r\n\x1b]133;C;cmdline_url={}\x07",
        prompt(),
        "ü".repeat(4000)
    );
    let text = commands(&fed(30, 8, &long))[0].text.clone().unwrap();
    assert_eq!(text.len(), 4096);
}

#[test]
fn wrapped_and_continued_commands_are_read_from_the_screen() {
    let terminal = fed(10, 8, &told("echo 0123456789 abc"));
    assert_eq!(texts(&terminal), ["echo 0123456789 abc"]);
    let terminal = fed(20, 8, &told("for x in 1; do\r\n> echo\r\n> done"));
    assert_eq!(texts(&terminal), ["for x in 1; do\n> echo\n> done"]);
}

#[test]
fn a_shell_that_marks_no_start_is_helped_by_enter() {
    let mut terminal = fed(20, 8, &format!("{}make al", prompt()));
    terminal.set_clock(Duration::from_secs(1));
    terminal.entered();
    assert!(!terminal.at_prompt());
    // What was typed ahead is echoed only now.
    terminal.feed(b"l\r\n");
    terminal.entered();
    terminal.feed(b"input of a program\r\n");
    terminal.set_clock(Duration::from_secs(2));
    terminal.feed(format!("{}{}", done("1"), prompt()).as_bytes());
    let command = &commands(&terminal)[0];
    assert_eq!(command.text.as_deref(), Some("make all"));
    assert_eq!(
        (command.output, command.end),
        (Some(line(1)), Some(line(2)))
    );
    let ran = terminal.take_ran();
    assert_eq!(
        (ran[0].status, ran[0].took),
        (Some(1), Some(Duration::from_secs(1)))
    );
    assert_eq!(ran.len(), 1);
}

#[test]
fn enter_and_the_mark_of_a_start_make_one_command() {
    let mut terminal = fed(20, 8, &format!("{}ls", prompt()));
    terminal.entered();
    terminal.feed(format!("\r\n{C}out\r\n{}{}", done("0"), prompt()).as_bytes());
    let ran = terminal.take_ran();
    assert_eq!((ran.len(), ran[0].text.as_str()), (1, "ls"));
}

#[test]
fn an_empty_line_is_no_command() {
    let mut terminal = fed(20, 8, &prompt());
    terminal.entered();
    assert!(terminal.at_prompt());
    terminal.feed(format!("\r\n{}{}", done("0"), prompt()).as_bytes());
    assert_eq!(terminal.take_ran(), []);
    assert_eq!(commands(&terminal).len(), 1);
}

#[test]
fn a_line_that_the_shell_broke_itself_is_one() {
    let mut terminal = fed(10, 8, &format!("{}echo 012\r\n3456 x", prompt()));
    terminal.entered();
    assert_eq!(texts(&terminal), ["echo 0123456 x"]);
}

#[test]
fn a_prompt_that_is_drawn_again_is_one_prompt() {
    let mut terminal = fed(20, 8, &told("ls"));
    terminal.feed(format!("{}{}ec\r\x1b[J{}echo", done("0"), prompt(), prompt()).as_bytes());
    terminal.entered();
    terminal.feed(format!("\r\x1b[J{}echo x", prompt()).as_bytes());
    assert!(terminal.at_prompt(), "Enter did not start anything");
    terminal.feed(format!("\r\n{C}").as_bytes());
    assert_eq!(texts(&terminal), ["ls", "echo x"]);
    assert_eq!(terminal.take_ran().len(), 1);
}

#[test]
fn a_prompt_without_an_end_before_it_ends_the_command() {
    let mut terminal = fed(20, 8, &format!("{}out\r\n{}", told("ls"), prompt()));
    let ran = terminal.take_ran();
    assert_eq!((ran.len(), ran[0].status), (1, None));
    assert_eq!(commands(&terminal)[0].end, Some(line(2)));
}

#[test]
fn output_without_an_end_of_line_is_output() {
    let stream = format!("{}out{}{}", told("printf out"), done("0"), prompt());
    let command = &commands(&fed(20, 8, &stream))[0];
    assert_eq!(
        (command.output, command.end),
        (Some(line(1)), Some(line(2)))
    );
}

#[test]
fn what_is_cut_malformed_or_of_another_kind_is_ignored() {
    for mark in [
        "\x1b]133;A\x18",
        "\x1b]133;A\x1a",
        "\x1b]133\x07",
        "\x1b]133;\x07",
        "\x1b]133;Z\x07",
        "\x1b]133;A;k=s\x07",
        "\x1b]1337;A\x07",
        "\x1b]133;\u{fffd}\x07",
        "\x1bP133;A\x1b\\",
    ] {
        let mut terminal = fed(20, 4, mark);
        assert_eq!(commands(&terminal), [], "{mark:?}");
        assert!(!terminal.at_prompt());
        terminal.entered();
        assert_eq!(terminal.take_ran(), []);
    }
    let status = |status| commands(&fed(20, 9, &(told("x") + &done(status))))[0].status;
    assert_eq!(status("99999999999"), None);
    assert_eq!(status("x"), None);
    assert_eq!(status("-1;aid=3"), Some(-1));
}

#[test]
fn marks_on_the_alternate_screen_are_nobodys() {
    let mut terminal = fed(20, 8, &told("vim"));
    terminal.feed(format!("\x1b[?1049h{}{}", prompt(), done("3")).as_bytes());
    assert!(!terminal.at_prompt());
    terminal.entered();
    assert_eq!(terminal.take_ran(), []);
    terminal.feed(format!("\x1b[?1049l{}", done("0")).as_bytes());
    assert_eq!(terminal.take_ran()[0].text, "vim");
}

#[test]
fn marks_in_a_synchronised_update_come_at_its_end() {
    let mut terminal = fed(20, 8, "a\r\n");
    terminal.feed(format!("\x1b[?2026hb\r\n{}", prompt()).as_bytes());
    assert!(!terminal.at_prompt());
    terminal.feed(b"\x1b[?2026l");
    assert!(terminal.at_prompt());
    assert_eq!(commands(&terminal)[0].prompt, line(2));
    terminal.feed(format!("\x1b[?2026hx\r\n{C}").as_bytes());
    terminal.end_sync();
    assert!(!terminal.at_prompt());
}

#[test]
fn commands_go_with_their_lines() {
    let mut terminal = Terminal::new(Size::clamped(20, 4), 10);
    for n in 0..20 {
        terminal.feed(format!("{}out\r\n{}", told(&format!("c{n}")), done("0")).as_bytes());
    }
    let kept = commands(&terminal);
    assert_eq!(kept.last().unwrap().text.as_deref(), Some("c19"));
    assert!(kept.len() < 9 && kept.iter().all(|c| c.prompt >= terminal.first_line()));
    assert_eq!(terminal.take_ran().len(), 20);
    // Of a command whose first lines are gone the rest remains.
    terminal.feed((told("flood") + &"x\r\n".repeat(3000)).as_bytes());
    let kept = commands(&terminal);
    assert_eq!((kept.len(), kept[0].prompt), (1, terminal.first_line()));
    terminal.feed(done("0").as_bytes());
    assert_eq!(terminal.take_ran()[0].text, "flood");
}

#[test]
fn what_is_kept_is_bounded() {
    let mut terminal = Terminal::new(Size::clamped(10, 4), 50_000);
    for _ in 0..5000 {
        terminal.feed((told("x") + &done("0")).as_bytes());
    }
    assert_eq!(terminal.commands().count(), 4096);
    assert_eq!(terminal.take_ran().len(), 256);
}

#[test]
fn erasing_takes_the_marks_along() {
    for (erase, left) in [
        ("\x1bc", 0),
        ("\x1b[3J", 0),
        ("\x1b[2J\x1b[H", 2),
        ("\x1b[H\x1b[J", 0),
    ] {
        let mut terminal = fed(20, 9, &format!("{}{}", told("a"), done("0")));
        terminal.feed(format!("{}{}", told("b"), done("0")).as_bytes());
        if erase == "\x1b[3J" {
            terminal.feed("\n".repeat(20).as_bytes());
        }
        terminal.feed(erase.as_bytes());
        assert_eq!(terminal.commands().count(), left, "{erase:?}");
    }
}

#[test]
fn marks_follow_a_new_width() {
    let long = "0123456789".repeat(5);
    let mut terminal = fed(40, 6, "");
    for n in 0..6 {
        terminal.feed(format!("{}{long}\r\n{}", told(&format!("c{n}")), done("0")).as_bytes());
    }
    terminal.feed(format!("{}typing", prompt()).as_bytes());
    for cols in [40, 13, 80, 2, 31, 40] {
        terminal.resize(Size::clamped(cols, 6));
        if cols == 2 {
            continue;
        }
        for (n, command) in terminal.commands().take(6).enumerate() {
            let wanted = format!("$ c{n}");
            assert_eq!(terminal.line_text(command.prompt), wanted, "{cols} columns");
            let output = terminal.line_text(command.output.unwrap());
            assert!(
                long.starts_with(&output) && !output.is_empty(),
                "{cols}: {output}"
            );
            let after = terminal.line_text(command.end.unwrap());
            assert!(after.starts_with("$ "), "{cols} columns: {after}");
        }
    }
    terminal.entered();
    assert_eq!(commands(&terminal)[6].text.as_deref(), Some("typing"));
}

#[test]
fn marks_follow_a_new_width_behind_the_alternate_screen() {
    let mut terminal = fed(40, 6, &format!("{}{}", told("a"), "x".repeat(60)));
    terminal.feed(format!("\r\n{}{}b", done("0"), prompt()).as_bytes());
    terminal.feed(b"\x1b[?1049h");
    terminal.resize(Size::clamped(13, 6));
    terminal.feed(b"\x1b[?1049l");
    let prompts: Vec<String> = terminal
        .commands()
        .map(|command| terminal.line_text(command.prompt))
        .collect();
    assert_eq!(prompts, ["$ a", "$ b"]);
}

#[test]
fn marks_go_with_their_lines_also_when_the_alternate_screen_comes_at_once() {
    let erase = "\n".repeat(20) + "\x1b[3J\x1b[?1049h";
    let mut terminal = fed(20, 4, &(told("a") + &done("0") + &prompt() + &erase));
    assert!(
        terminal
            .commands()
            .all(|command| command.prompt >= line(18))
    );
    terminal.resize(Size::clamped(20, 2));
    assert_eq!(terminal.commands().count(), 1);
}

#[test]
fn directories_are_clean_absolute_and_bounded() {
    for (address, path) in [
        ("file:///tmp", Some("/tmp")),
        ("file://host/a%20b/%C3%BC", Some("/a b/ü")),
        ("file://host", None),
        ("kitty-shell-cwd://h/x", Some("/x")),
        ("http://h/x", None),
        ("file:///a%1bb", None),
        ("file:///a%E2%80%AEb", None),
        ("file:///%ff", None),
        ("file:///%e", None),
        ("", None),
    ] {
        let terminal = fed(9, 2, &format!("\x1b]7;{address}\x07"));
        assert_eq!(terminal.cwd(), path, "{address}");
    }
    let long = format!("\x1b]7;file:///{}\x07", "x".repeat(4096));
    assert_eq!(fed(9, 2, &long).cwd(), None);
}

#[test]
fn a_prompt_on_a_row_that_a_smaller_size_cuts_off_does_not_touch_the_command_before() {
    let mut terminal = fed(
        20,
        6,
        &format!("{}{}\x1b[6;1H{A}\x1b[H", told("a"), done("0")),
    );
    terminal.resize(Size::clamped(20, 2));
    terminal.feed(format!("\x1b[2;1H\n{C}").as_bytes());
    let all = commands(&terminal);
    assert_eq!((all[0].output, all[0].end), (Some(line(1)), Some(line(1))));
    assert_eq!(all.len(), 2);
}

#[test]
fn a_command_whose_echo_comes_after_enter_is_one() {
    let mut terminal = fed(20, 8, &prompt());
    terminal.entered();
    terminal.feed(format!("false\r\n{}{}", done("1"), prompt()).as_bytes());
    assert_eq!(terminal.take_ran()[0].text, "false");
    // An empty line does not make the next one's echo a command before its Enter.
    terminal.entered();
    terminal.feed(format!("\r\n{}{}", done("0"), prompt()).as_bytes());
    terminal.feed(b"x\r\n");
    assert!(terminal.at_prompt());
}

#[test]
fn output_ends_where_the_screen_was_erased() {
    let out = "1\r\n2\r\n3\r\n4\r\n5\r\n";
    let mut terminal = fed(20, 4, &format!("{}{out}{}", told("a"), done("0")));
    terminal.feed(format!("{}\x1b[H\x1b[J{}", told("clear"), done("0")).as_bytes());
    terminal.feed(prompt().as_bytes());
    let all = commands(&terminal);
    assert_eq!((all[0].end, all[1].prompt), (Some(line(4)), line(4)));
}
