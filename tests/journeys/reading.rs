//! Looking around in what a shell printed: find, select, copy, save, links, prompts.

use std::time::Duration;

use crate::support::{Driver, written};
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use devtwin::app::keymap::Focus;
use devtwin::app::popup::Popup;
use devtwin::app::{Effect, Hit, Msg, ShellId, Timer};
use devtwin::domain::error::{Error, ErrorKind};

const SHELL: ShellId = ShellId(1);
const LEFT: MouseButton = MouseButton::Left;

fn print_at(driver: &mut Driver, text: &str, at: u64) -> Vec<Effect> {
    let bytes = text.as_bytes().to_vec();
    driver.send(Msg::Output(SHELL, bytes, Duration::from_millis(at)))
}

fn print(driver: &mut Driver, text: &str) -> Vec<Effect> {
    print_at(driver, text, 0)
}

fn lead(driver: &mut Driver, key: &str) -> Vec<Effect> {
    driver.press("ctrl-]");
    driver.press(key)
}

fn offset(driver: &Driver) -> usize {
    let joined = driver.model.joined.as_ref();
    joined.map_or(0, |j| j.shells.focused().terminal().scrolled().0)
}

/// A shell that printed lines `line 0` to `line 99`.
fn hundred() -> Driver {
    let mut driver = Driver::shell();
    let lines: Vec<String> = (0..100).map(|n| format!("line {n}\r\n")).collect();
    print(&mut driver, &lines.concat());
    driver
}

/// The mouse over the grid, in its cells.
fn mouse(driver: &mut Driver, kind: MouseEventKind, col: u16, row: u16) -> Vec<Effect> {
    let area = driver.model.laid.shell_area(SHELL);
    driver.mouse(kind, area.x + col, area.y + row)
}

fn drag(driver: &mut Driver, from: (u16, u16), to: (u16, u16)) -> Vec<Effect> {
    mouse(driver, MouseEventKind::Down(LEFT), from.0, from.1);
    mouse(driver, MouseEventKind::Drag(LEFT), to.0, to.1);
    mouse(driver, MouseEventKind::Up(LEFT), to.0, to.1)
}

fn copied(effects: &[Effect]) -> Option<&str> {
    effects.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    })
}

#[test]
fn find_goes_back_from_the_view_as_one_types_and_further_on_enter() {
    let mut driver = hundred();
    lead(&mut driver, "ctrl-f");
    assert_eq!(driver.model.focus(), Focus::Find);
    driver.type_text("line 5");
    let screen = driver.text();
    assert!(
        screen.contains("1 of 11") || screen.contains("11 of 11"),
        "{screen}"
    );
    assert!(screen.contains("line 59"), "the nearest one:\n{screen}");
    assert!(offset(&driver) > 0);
    driver.type_text("0");
    assert!(driver.text().contains("line 50"));
    assert!(driver.text().contains("1 of 1"));
    driver.press("backspace");
    let here = offset(&driver);
    driver.press("enter");
    driver.press("enter");
    assert!(offset(&driver) >= here);
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Shell);
    assert!(offset(&driver) > 0, "the view stays");
    assert_eq!(written(&driver.press("x")), b"x");
    assert_eq!(offset(&driver), 0);
}

#[test]
fn a_pattern_that_is_none_and_one_without_a_match_are_said() {
    let mut driver = hundred();
    lead(&mut driver, "ctrl-f");
    driver.type_text("(");
    assert!(!driver.text().contains("nothing found"));
    driver.press("backspace");
    driver.type_text("nowhere");
    assert!(driver.text().contains("nothing found"), "{}", driver.text());
    assert_eq!(driver.press("f5"), [], "no key reaches the program");
    driver.press("ctrl-u");
    driver.send(Msg::Paste("LINE 7\n".into()));
    assert!(driver.text().contains("nothing found"), "a capital counts");
    driver.press("ctrl-u");
    driver.type_text("ine 7[0-3]$");
    assert!(driver.text().contains(" of 4"), "{}", driver.text());
}

#[test]
fn dragging_marks_and_copies_and_a_key_goes_on() {
    let mut driver = Driver::shell();
    print(&mut driver, "hello brave world\r\nsecond line");
    let effects = drag(&mut driver, (6, 0), (10, 0));
    assert_eq!(copied(&effects), Some("brave"));
    assert!(driver.text().contains("5 characters copied"));
    let marked = driver.snapshot();
    driver.dirty();
    assert_eq!(written(&driver.press("x")), b"x");
    assert!(driver.dirty(), "the mark goes");
    assert_ne!(driver.snapshot(), marked);
    let effects = drag(&mut driver, (6, 0), (5, 1));
    assert_eq!(copied(&effects), Some("brave world\nsecond"));
    assert!(driver.text().contains("2 lines copied"));
}

#[test]
fn clicks_on_one_cell_mark_a_word_then_a_line() {
    let mut driver = Driver::shell();
    print(&mut driver, "hello brave world\r\n");
    let click = |driver: &mut Driver| {
        let down = mouse(driver, MouseEventKind::Down(LEFT), 8, 0);
        let up = mouse(driver, MouseEventKind::Up(LEFT), 8, 0);
        (down, copied(&up).map(str::to_owned))
    };
    let (down, nothing) = click(&mut driver);
    assert_eq!(nothing, None);
    assert_eq!(click(&mut driver).1.as_deref(), Some("brave"));
    let line = click(&mut driver).1.unwrap();
    assert_eq!(line.trim_end(), "hello brave world");
    let Some(Effect::After(timer, _)) = down.first().cloned() else {
        panic!("{down:?}");
    };
    driver.send(Msg::Elapsed(timer));
    assert!(click(&mut driver).1.is_none(), "a fourth begins anew");
    let (down, _) = click(&mut driver);
    let Some(Effect::After(timer @ Timer::Click(..), _)) = down.first().cloned() else {
        panic!("{down:?}");
    };
    driver.send(Msg::Elapsed(timer));
    assert!(click(&mut driver).1.is_none(), "too slow for a second");
}

#[test]
fn shift_keeps_the_mouse_for_us_and_a_drag_may_leave_the_grid() {
    let mut driver = Driver::shell();
    print(&mut driver, "hello\r\n\x1b[?1002h\x1b[?1006h");
    let down = mouse(&mut driver, MouseEventKind::Down(LEFT), 0, 0);
    assert_eq!(written(&down), b"\x1b[<0;1;1M");
    let outside = driver.mouse(MouseEventKind::Drag(LEFT), 200, 200);
    assert_eq!(written(&outside), b"\x1b[<32;80;21M", "moved to the edge");
    let up = driver.mouse(MouseEventKind::Up(LEFT), 0, 0);
    assert_eq!(written(&up), b"\x1b[<0;1;1m");
    let area = driver.model.laid.shell_area(SHELL);
    let mut shifted = |kind, col: u16| {
        driver.send(Msg::Mouse(MouseEvent {
            kind,
            column: area.x + col,
            row: area.y,
            modifiers: KeyModifiers::SHIFT,
        }))
    };
    shifted(MouseEventKind::Down(LEFT), 0);
    shifted(MouseEventKind::Drag(LEFT), 3);
    let effects = shifted(MouseEventKind::Up(LEFT), 3);
    assert_eq!(copied(&effects), Some("hell"));
}

#[test]
fn a_press_behind_a_lost_release_is_an_ordinary_press() {
    let mut driver = Driver::shell();
    print(&mut driver, "hello\r\n");
    mouse(&mut driver, MouseEventKind::Down(LEFT), 0, 0);
    print(&mut driver, "\x1b[?1000h\x1b[?1006h");
    let down = mouse(&mut driver, MouseEventKind::Down(LEFT), 2, 1);
    assert_eq!(written(&down), b"\x1b[<0;3;2M", "the program has it");
}

#[test]
fn dragging_above_the_grid_scrolls_and_marks_on() {
    let mut driver = hundred();
    mouse(&mut driver, MouseEventKind::Down(LEFT), 0, 5);
    for _ in 0..3 {
        driver.mouse(MouseEventKind::Drag(LEFT), 0, 0);
    }
    assert_eq!(offset(&driver), 3);
    let effects = driver.mouse(MouseEventKind::Up(LEFT), 0, 0);
    let text = copied(&effects).unwrap();
    assert_eq!(text.lines().count(), 9, "{text}");
}

#[test]
fn text_is_selected_by_keyboard() {
    let mut driver = hundred();
    lead(&mut driver, "ctrl-v");
    assert_eq!(driver.model.focus(), Focus::Select);
    driver.press("k");
    driver.press("0");
    driver.press("v");
    driver.press("e");
    let effects = driver.press("y");
    assert_eq!(copied(&effects), Some("line"));
    assert_eq!(driver.model.focus(), Focus::Shell);
    lead(&mut driver, "ctrl-v");
    driver.press("g");
    assert_eq!(offset(&driver), 80, "the oldest line is in view");
    driver.press("V");
    driver.press("down");
    let effects = driver.press("enter");
    assert_eq!(copied(&effects).map(str::trim_end), Some("line 0\nline 1"));
    lead(&mut driver, "ctrl-v");
    driver.press("y");
    assert!(driver.text().contains("nothing is marked"));
    assert_eq!(driver.press("x"), [], "no key reaches the program");
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Shell);
}

#[test]
fn find_works_while_selecting_and_comes_back_to_it() {
    let mut driver = hundred();
    lead(&mut driver, "ctrl-v");
    driver.press("/");
    driver.type_text("line 42");
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Select);
}

#[test]
fn a_block_is_a_rectangle() {
    let mut driver = Driver::shell();
    print(&mut driver, "abcd\r\nefgh\r\nijkl\r\n");
    let area = driver.model.laid.shell_area(SHELL);
    let mut alt = |kind, col: u16, row: u16| {
        driver.send(Msg::Mouse(MouseEvent {
            kind,
            column: area.x + col,
            row: area.y + row,
            modifiers: KeyModifiers::ALT,
        }))
    };
    alt(MouseEventKind::Down(LEFT), 1, 0);
    alt(MouseEventKind::Drag(LEFT), 2, 2);
    let effects = alt(MouseEventKind::Up(LEFT), 2, 2);
    assert_eq!(copied(&effects), Some("bc\nfg\njk"));
}

#[test]
fn the_scroll_bar_shows_where_and_is_dragged() {
    let mut driver = hundred();
    assert!(
        driver
            .model
            .laid
            .hits
            .iter()
            .all(|(_, hit)| *hit != Hit::ScrollBar(SHELL))
    );
    mouse(&mut driver, MouseEventKind::ScrollUp, 5, 5);
    assert!(driver.text().contains('█'));
    let (bar, _) = driver
        .model
        .laid
        .hits
        .iter()
        .find(|(_, h)| *h == Hit::ScrollBar(SHELL))
        .cloned()
        .unwrap();
    driver.mouse(MouseEventKind::Down(LEFT), bar.x, bar.y);
    let (_, history) = driver
        .model
        .joined
        .as_ref()
        .unwrap()
        .shells
        .focused()
        .terminal()
        .scrolled();
    assert_eq!(offset(&driver), history);
    driver.mouse(MouseEventKind::Drag(LEFT), bar.x, bar.bottom() + 3);
    assert_eq!(offset(&driver), 0);
    driver.mouse(MouseEventKind::Up(LEFT), bar.x, bar.bottom() + 3);
}

#[test]
fn the_text_is_saved_where_the_person_says() {
    let mut driver = hundred();
    driver.press("ctrl-]");
    driver.type_text("save the shell");
    driver.press("enter");
    let screen = driver.text();
    assert!(screen.contains("web-shell-1.txt"), "{screen}");
    driver.press("ctrl-u");
    driver.type_text("/tmp/x.txt");
    let effects = driver.press("enter");
    let [Effect::Save { path, text }] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(path, "/tmp/x.txt");
    assert!(text.starts_with("line 0\nline 1\n") && text.trim_end().ends_with("line 99"));
    driver.send(Msg::Saved(path.clone(), Ok(())));
    assert!(driver.text().contains("saved to /tmp/x.txt"));
    let taken = Error::new(ErrorKind::Usage, "cannot write x: it exists").hint("another name");
    driver.send(Msg::Saved("x".into(), Err(taken)));
    assert!(driver.text().contains("another name"));
}

#[test]
fn a_click_on_a_link_asks_what_to_do_with_it() {
    let mut driver = Driver::shell();
    print(&mut driver, "see https://example.org/a?b=1. There\r\n");
    mouse(&mut driver, MouseEventKind::Down(LEFT), 8, 0);
    mouse(&mut driver, MouseEventKind::Up(LEFT), 8, 0);
    let screen = driver.text();
    assert!(screen.contains(" Link "), "{screen}");
    assert!(
        matches!(driver.model.popups.last(), Some(Popup::Link(uri, 0)) if uri == "https://example.org/a?b=1")
    );
    let effects = driver.press("c");
    assert_eq!(copied(&effects), Some("https://example.org/a?b=1"));
    print(
        &mut driver,
        "\x1b]8;;https://example.org/named\x07here\x1b]8;;\x07\r\n",
    );
    mouse(&mut driver, MouseEventKind::Down(LEFT), 1, 1);
    mouse(&mut driver, MouseEventKind::Up(LEFT), 1, 1);
    assert_eq!(
        driver.press("o"),
        [Effect::OpenLink("https://example.org/named".into())]
    );
    assert!(driver.model.popups.is_empty());
}

/// A session of a shell that marks its prompts: two commands of which the second fails after 3.2 s.
fn marked() -> Driver {
    let mut driver = Driver::shell();
    print(&mut driver, "\x1b]133;A\x07$ \x1b]133;B\x07");
    print(&mut driver, "seq 30\r\n\x1b]133;C;cmdline_url=seq 30\x07");
    let lines: Vec<String> = (1..=30).map(|n| format!("{n}\r\n")).collect();
    print(&mut driver, &lines.concat());
    print_at(
        &mut driver,
        "\x1b]133;D;0\x07\x1b]133;A\x07$ \x1b]133;B\x07",
        10,
    );
    print_at(
        &mut driver,
        "false\r\n\x1b]133;C;cmdline_url=false\x07",
        1_000,
    );
    print_at(
        &mut driver,
        "oh no\r\n\x1b]133;D;3\x07\x1b]133;A\x07$ \x1b]133;B\x07",
        4_200,
    );
    driver
}

#[test]
fn how_commands_ended_stands_at_the_margin() {
    let mut driver = marked();
    let screen = driver.text();
    let row = screen.lines().find(|l| l.contains("$ false")).unwrap();
    assert!(row.trim_end().ends_with("✗ 3 3.2s"), "{screen}");
    lead(&mut driver, "ctrl-up");
    lead(&mut driver, "ctrl-up");
    let screen = driver.text();
    let row = screen.lines().find(|l| l.contains("$ seq 30")).unwrap();
    assert!(row.contains('✓'), "{screen}");
    lead(&mut driver, "ctrl-up");
    assert!(driver.text().contains("this is the oldest prompt"));
    lead(&mut driver, "ctrl-down");
    lead(&mut driver, "ctrl-down");
    lead(&mut driver, "ctrl-down");
    assert_eq!(offset(&driver), 0);
}

#[test]
fn what_a_command_printed_is_copied() {
    let mut driver = marked();
    let effects = lead(&mut driver, "ctrl-x");
    assert_eq!(copied(&effects), Some("oh no"));
    for _ in 0..2 {
        lead(&mut driver, "ctrl-up");
    }
    let effects = lead(&mut driver, "ctrl-x");
    let text = copied(&effects).unwrap();
    assert_eq!(
        (text.lines().count(), text.lines().last()),
        (30, Some("30"))
    );
}

#[test]
fn the_commands_of_a_session_are_listed_and_copied() {
    let mut driver = Driver::shell();
    lead(&mut driver, "ctrl-r");
    assert!(driver.text().contains("None yet"), "{}", driver.text());
    driver.press("enter");
    let mut driver = marked();
    lead(&mut driver, "ctrl-r");
    let screen = driver.text();
    let row = |text: &str| screen.lines().position(|l| l.contains(text)).unwrap();
    assert!(
        row(" false  ") < row(" seq 30  "),
        "the newest first:\n{screen}"
    );
    assert!(screen.contains("✗ 3 3.2s"), "{screen}");
    driver.press("down");
    driver.press("down");
    print(
        &mut driver,
        "\x1b]133;A\x07$ \x1b]133;B\x07late\x1b]133;C\x07\r\n\x1b]133;D;0\x07",
    );
    assert!(driver.text().contains(" late "), "{}", driver.text());
    let copy = driver.press("enter");
    assert_eq!(copied(&copy), Some("seq 30"), "the chosen one stays chosen");
}

#[test]
fn without_marks_it_is_said() {
    let mut driver = hundred();
    assert_eq!(copied(&lead(&mut driver, "ctrl-x")), None);
    assert!(driver.text().contains("no command with output is known"));
    lead(&mut driver, "ctrl-up");
    assert!(driver.text().contains("no prompt is known"));
}

#[test]
fn reading_goes_on_when_the_program_has_ended() {
    let mut driver = hundred();
    driver.send(Msg::ShellEnded(SHELL, Some(0)));
    lead(&mut driver, "ctrl-f");
    driver.type_text("line 42");
    assert!(driver.text().contains("1 of 1"), "{}", driver.text());
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Ended);
}
