//! Several shells in one twin: tabs, side by side, the whole screen, and their ends.

use std::time::Duration;

use crate::support::{Driver, engine_error, id, target, written};
use crossterm::event::{MouseButton, MouseEventKind};
use devtwin::app::action::Action;
use devtwin::app::keymap::Focus;
use devtwin::app::shell_action::ShellAction;
use devtwin::app::{Effect, Hit, Msg, ShellId, TaskId, Timer};
use devtwin::domain::Size;

fn print(driver: &mut Driver, shell: u32, text: &str) -> Vec<Effect> {
    let bytes = text.as_bytes().to_vec();
    driver.send(Msg::Output(ShellId(shell), bytes, Duration::ZERO))
}

/// Presses a key right after the leader.
fn lead(driver: &mut Driver, key: &str) -> Vec<Effect> {
    driver.press("ctrl-]");
    driver.press(key)
}

fn focused(driver: &Driver) -> u32 {
    let joined = driver.model.joined.as_ref();
    joined.map_or(0, |j| j.shells.focused().id().0)
}

/// A session with a second shell: in a tab of its own, or beside the first.
fn two(key: &str) -> Driver {
    let mut driver = Driver::shell();
    lead(&mut driver, key);
    driver.send(Msg::ShellOpened(ShellId(2), Ok(())));
    driver
}

#[test]
fn a_further_shell_opens_in_a_tab_and_gets_the_keys() {
    let mut driver = Driver::shell();
    let effects = lead(&mut driver, "ctrl-t");
    let open = Effect::OpenShell {
        shell: ShellId(2),
        twin: id("7"),
        size: Size::clamped(80, 21),
    };
    assert_eq!(effects.first(), Some(&open));
    driver.send(Msg::ShellOpened(ShellId(2), Ok(())));
    print(&mut driver, 2, "second\x1b]0;vim notes\x07");
    let screen = driver.text();
    assert!(screen.contains("second"), "{screen}");
    assert!(screen.contains(" shell 1 "), "{screen}");
    assert!(screen.contains(" vim notes "), "{screen}");
    assert_eq!(
        driver.press("x"),
        [Effect::ShellWrite(ShellId(2), b"x".to_vec())]
    );
    lead(&mut driver, "ctrl-left");
    assert_eq!(focused(&driver), 1);
    assert!(!driver.text().contains("second"));
    driver.click(&Hit::ShellTab(ShellId(2)));
    assert_eq!(focused(&driver), 2);
    driver.click(&Hit::Action(Action::Shell(ShellAction::New)));
    assert_eq!(focused(&driver), 3);
}

/// The task that looks for the twin.
fn rejoin(effects: &[Effect]) -> Option<TaskId> {
    effects.iter().find_map(|e| match e {
        Effect::Rejoin { task, .. } => Some(*task),
        _ => None,
    })
}

#[test]
fn a_further_shell_that_went_with_the_connection_is_opened_anew_once_for_each_connection() {
    let again = |effects: &[Effect]| {
        let asked = |e: &&Effect| matches!(e, Effect::ReopenShell { .. });
        effects.iter().filter(asked).cloned().collect::<Vec<_>>()
    };
    let reopened = Effect::ReopenShell {
        shell: ShellId(2),
        twin: id("7"),
        size: Size::clamped(80, 21),
    };
    // How it ended is known before or after the twin's own shell is back.
    for late in [false, true] {
        let mut driver = two("ctrl-t");
        print(&mut driver, 2, "before");
        driver.send(Msg::EngineLost(engine_error()));
        driver.send(Msg::ShellEnded(ShellId(1), None));
        if !late {
            let effects = driver.send(Msg::ShellEnded(ShellId(2), None));
            assert_eq!(again(&effects), []);
            assert!(driver.text().contains("the connection to the shell ended"));
        }
        driver.send(Msg::EngineBack);
        let effects = driver.send(Msg::Inspected(id("w"), Ok(Box::new(target()))));
        let task = rejoin(&effects).unwrap();
        let mut effects = driver.send(Msg::Rejoined(task, ShellId(1), Ok(true)));
        if late {
            assert_eq!(again(&effects), []);
            effects = driver.send(Msg::ShellEnded(ShellId(2), None));
        }
        assert_eq!(again(&effects), std::slice::from_ref(&reopened), "{late}");
        driver.send(Msg::ShellOpened(ShellId(2), Ok(())));
        let screen = driver.text();
        assert!(screen.contains("before"), "{screen}");
        assert!(screen.contains("this is a new shell"), "{screen}");
        // It is lost for another reason, and not opened for ever.
        let effects = driver.send(Msg::ShellEnded(ShellId(2), None));
        assert_eq!(again(&effects), []);
    }
}

#[test]
fn a_further_shell_that_cannot_be_opened_anew_says_so_and_stays() {
    let mut driver = two("ctrl-t");
    driver.send(Msg::EngineLost(engine_error()));
    driver.send(Msg::ShellEnded(ShellId(1), None));
    driver.send(Msg::ShellEnded(ShellId(2), None));
    driver.send(Msg::EngineBack);
    let effects = driver.send(Msg::Inspected(id("w"), Ok(Box::new(target()))));
    let task = rejoin(&effects).unwrap();
    driver.send(Msg::Rejoined(task, ShellId(1), Ok(true)));
    driver.send(Msg::ShellOpened(ShellId(2), Err(engine_error())));
    let screen = driver.text();
    assert!(
        screen.contains("the connection to the shell ended"),
        "{screen}"
    );
    assert!(screen.contains("cannot reach the engine"), "{screen}");
    assert!(!screen.contains("connected again"), "{screen}");
    assert_eq!(focused(&driver), 2);
}

#[test]
fn shells_beside_each_other_share_the_columns_and_a_click_moves_the_keys() {
    let mut driver = two("ctrl-e");
    print(&mut driver, 1, "left");
    print(&mut driver, 2, "right");
    let screen = driver.text();
    let row = screen.lines().find(|l| l.contains("left")).unwrap();
    assert!(row.contains('│') && row.contains("right"), "{screen}");
    assert_eq!(focused(&driver), 2);
    let widths: Vec<u16> = driver.model.laid.shells.iter().map(|s| s.1.width).collect();
    assert_eq!(widths, [40, 39]);
    let effects = driver.send(Msg::Elapsed(Timer::Resize(ShellId(1))));
    let size = Size::clamped(40, 21);
    assert_eq!(effects, [Effect::ShellResize(ShellId(1), size)]);
    let effects = driver.send(Msg::Elapsed(Timer::Resize(ShellId(2))));
    assert_eq!(effects, [], "it was opened with its size");
    let left = driver.model.laid.shell_area(ShellId(1));
    driver.mouse(
        MouseEventKind::Down(MouseButton::Left),
        left.x + 3,
        left.y + 3,
    );
    assert_eq!(focused(&driver), 1);
    lead(&mut driver, "tab");
    assert_eq!(focused(&driver), 2);
    lead(&mut driver, "tab");
    assert_eq!(focused(&driver), 1, "round and round");
}

#[test]
fn a_narrow_screen_shows_the_one_that_has_the_keys() {
    let mut driver = two("ctrl-e");
    driver.resize(40, 24);
    assert_eq!(driver.model.laid.shells.len(), 1);
    assert_eq!(driver.model.laid.shells[0].0, ShellId(2));
    lead(&mut driver, "tab");
    assert_eq!(driver.model.laid.shells[0].0, ShellId(1));
}

#[test]
fn the_whole_screen_and_back() {
    let mut driver = two("ctrl-e");
    lead(&mut driver, "ctrl-z");
    assert_eq!(driver.model.laid.shells.len(), 1);
    assert_eq!(driver.model.laid.shell_area(ShellId(2)).height, 24);
    let screen = driver.text();
    assert!(!screen.contains("devtwin ─"), "{screen}");
    assert!(screen.contains("Ctrl-] Ctrl-Z comes back"), "{screen}");
    lead(&mut driver, "ctrl-z");
    assert_eq!(driver.model.laid.shells.len(), 2);
    assert!(driver.text().contains("devtwin ─"));
    lead(&mut driver, "ctrl-z");
    driver.press("ctrl-]");
    driver.press("ctrl-o");
    assert_eq!(driver.model.focus(), Focus::Picker);
    assert!(driver.text().contains("devtwin ─"), "nothing left to zoom");
}

#[test]
fn a_shell_that_ended_says_so_and_offers_a_new_one() {
    let mut driver = two("ctrl-t");
    driver.send(Msg::ShellEnded(ShellId(2), Some(3)));
    assert_eq!(driver.model.focus(), Focus::Closed);
    let screen = driver.text();
    for words in [
        "the shell ended with status 3",
        "The twin goes on",
        "Enter new shell",
        "Esc close",
    ] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    assert_eq!(driver.press("x"), [], "nobody reads it");
    let effects = driver.press("enter");
    let opened = |e: &Effect| matches!(e, Effect::OpenShell { shell, .. } if *shell == ShellId(3));
    assert!(effects.iter().any(opened), "{effects:?}");
    assert!(
        effects.contains(&Effect::CloseShell(ShellId(2))),
        "it takes the place"
    );
    assert_eq!(
        driver.press("y"),
        [Effect::ShellWrite(ShellId(3), b"y".to_vec())]
    );
    driver.send(Msg::ShellEnded(ShellId(3), Some(0)));
    assert_eq!(driver.press("esc"), [Effect::CloseShell(ShellId(3))]);
    assert_eq!((focused(&driver), driver.model.focus()), (1, Focus::Shell));
}

#[test]
fn closing_the_first_shell_is_a_question_since_the_twin_goes_with_it() {
    let mut driver = two("ctrl-t");
    assert_eq!(
        lead(&mut driver, "ctrl-w").last(),
        Some(&Effect::CloseShell(ShellId(2)))
    );
    assert_eq!(lead(&mut driver, "ctrl-w"), []);
    assert!(driver.text().contains("A twin is running"));
}

#[test]
fn when_the_twin_ends_all_its_shells_have_ended() {
    let mut driver = two("ctrl-t");
    driver.send(Msg::ShellEnded(ShellId(1), Some(137)));
    assert_eq!(driver.model.focus(), Focus::Ended);
    let screen = driver.text();
    assert!(screen.contains("Enter new twin"), "{screen}");
    assert_eq!(
        lead(&mut driver, "ctrl-t"),
        [],
        "there is nothing to open it in"
    );
}

#[test]
fn a_shell_that_cannot_be_opened_goes_away_with_a_word() {
    let mut driver = Driver::shell();
    lead(&mut driver, "ctrl-e");
    driver.send(Msg::ShellOpened(ShellId(2), Err(engine_error())));
    assert_eq!(focused(&driver), 1);
    assert!(driver.text().contains("connection refused"));
    driver.send(Msg::ShellOpened(ShellId(9), Err(engine_error())));
}

#[test]
fn there_is_an_end_to_shells() {
    let mut driver = Driver::shell();
    for _ in 0..3 {
        assert!(!lead(&mut driver, "ctrl-e").is_empty());
    }
    let effects = lead(&mut driver, "ctrl-e");
    assert!(
        !effects
            .iter()
            .any(|e| matches!(e, Effect::OpenShell { .. }))
    );
    assert!(driver.text().contains("no room for another shell"));
}

#[test]
fn what_is_out_of_sight_draws_nothing_but_its_bell() {
    let mut driver = two("ctrl-t");
    driver.dirty();
    print(&mut driver, 1, "unseen");
    assert!(!driver.dirty());
    let effects = print(&mut driver, 1, "\x07");
    assert!(driver.dirty());
    assert!(
        matches!(&effects[..], [Effect::After(Timer::Flash(ShellId(1)), _)]),
        "{effects:?}"
    );
    assert!(driver.text().contains(" •shell 1 "));
    lead(&mut driver, "ctrl-left");
    assert!(driver.text().contains(" shell 1 "));
}

#[test]
fn a_bell_is_a_flash_and_a_storm_of_bells_one_a_second() {
    let mut driver = Driver::shell();
    let calm = driver.snapshot();
    let effects = print(&mut driver, 1, "\x07");
    let [Effect::After(timer, lit)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!((timer, lit.as_millis()), (&Timer::Flash(ShellId(1)), 150));
    assert_ne!(driver.snapshot(), calm);
    assert_eq!(print(&mut driver, 1, "\x07\x07"), []);
    let rest = driver.send(Msg::Elapsed(Timer::Flash(ShellId(1))));
    assert_eq!(driver.snapshot(), calm);
    assert!(matches!(&rest[..], [Effect::After(Timer::Flash(_), rest)] if rest.as_millis() == 850));
    assert_eq!(print(&mut driver, 1, "\x07"), [], "it rests");
    assert_eq!(driver.snapshot(), calm);
    driver.send(Msg::Elapsed(Timer::Flash(ShellId(1))));
    assert_eq!(print(&mut driver, 1, "\x07").len(), 1);
}

#[test]
fn a_program_that_is_let_hears_of_keys_that_are_let_go() {
    let mut driver = Driver::shell();
    assert_eq!(driver.release("a"), []);
    print(&mut driver, 1, "\x1b[>2u");
    assert_eq!(written(&driver.release("f5")), b"\x1b[15;1:3~");
}

#[test]
fn the_tab_in_sight_is_there_however_many_there_are() {
    let mut driver = Driver::shell();
    for n in 2..=12u32 {
        lead(&mut driver, "ctrl-t");
        driver.send(Msg::ShellOpened(ShellId(n), Ok(())));
        print(
            &mut driver,
            n,
            &format!("\x1b]0;a long title, number {n}\x07"),
        );
    }
    for n in (1..=12u32).rev() {
        assert_eq!(focused(&driver), n);
        let screen = driver.text();
        let bar = screen.lines().nth(1).unwrap_or_default();
        let title = match n {
            1 => " shell 1 ".to_owned(),
            _ => "a long title, numbe… ".to_owned(),
        };
        assert!(bar.contains(&title) && bar.contains(" +"), "{n}:\n{screen}");
        let hits = driver.model.laid.hits.iter().map(|(_, hit)| hit);
        let tabs: Vec<u32> = hits
            .filter_map(|hit| match hit {
                Hit::ShellTab(id) => Some(id.0),
                _ => None,
            })
            .collect();
        assert!(tabs.contains(&n), "{tabs:?}");
        assert!(tabs.windows(2).all(|two| two[0] + 1 == two[1]), "{tabs:?}");
        lead(&mut driver, "ctrl-left");
    }
}

#[test]
fn a_tab_tells_of_the_bell_of_each_of_its_shells_until_it_is_seen() {
    let mut driver = two("ctrl-e");
    lead(&mut driver, "ctrl-t");
    print(&mut driver, 1, "\x07");
    assert!(driver.text().contains(" •shell 2 "), "{}", driver.text());
    lead(&mut driver, "ctrl-left");
    assert_eq!(focused(&driver), 2);
    lead(&mut driver, "tab");
    assert!(!driver.text().contains('•'), "{}", driver.text());
}

#[test]
fn what_is_typed_behind_the_end_of_a_shell_reaches_no_other() {
    let mut driver = two("ctrl-t");
    driver.send(Msg::ShellEnded(ShellId(2), Some(137)));
    for key in ["c", "n", "q", "y"] {
        assert_eq!(driver.press(key), [], "{key}");
        assert_eq!(focused(&driver), 2, "{key}");
    }
}

#[test]
fn who_finds_or_selects_text_still_leads_the_shells() {
    for (way, key) in [("ctrl-f", "x"), ("ctrl-v", "v")] {
        let mut driver = two("ctrl-t");
        lead(&mut driver, way);
        driver.press(key);
        driver.press("ctrl-]");
        assert!(driver.text().contains("Open another shell"), "{way}");
        assert_eq!(driver.press("ctrl-left"), []);
        assert_eq!((focused(&driver), driver.model.focus()), (1, Focus::Shell));
        lead(&mut driver, "ctrl-right");
        lead(&mut driver, "ctrl-q");
        assert!(driver.text().contains("A twin is running"), "{way}");
    }
}

#[test]
fn a_query_that_is_taken_back_does_not_close_the_shell() {
    let mut driver = two("ctrl-t");
    driver.press("ctrl-]");
    driver.type_text("sp");
    assert_eq!(driver.press("ctrl-w"), []);
    assert_eq!(driver.press("ctrl-w"), []);
    assert_eq!(focused(&driver), 2);
}

#[test]
fn a_shell_in_which_something_runs_is_closed_only_after_a_question() {
    let at_work = [
        "\x1b]133;A\x07$ \x1b]133;B\x07make\r\n\x1b]133;C\x07",
        "\x1b[?1049h",
    ];
    for output in at_work {
        let mut driver = two("ctrl-t");
        print(&mut driver, 2, output);
        assert_eq!(lead(&mut driver, "ctrl-w"), [], "{output:?}");
        assert!(driver.text().contains("Something runs in this shell"));
        assert_eq!(driver.press("x"), [], "no answer");
        driver.press("s");
        assert_eq!(focused(&driver), 2, "{output:?}");
        lead(&mut driver, "ctrl-w");
        driver.press("esc");
        assert_eq!(focused(&driver), 2, "{output:?}");
        lead(&mut driver, "ctrl-w");
        assert_eq!(driver.press("enter"), [Effect::CloseShell(ShellId(2))]);
        assert_eq!(focused(&driver), 1, "{output:?}");
    }
    // At its prompt, and where nothing is known of it, it goes at once.
    for output in ["\x1b]133;A\x07$ \x1b]133;B\x07ls", "text"] {
        let mut driver = two("ctrl-t");
        print(&mut driver, 2, output);
        let closed = lead(&mut driver, "ctrl-w");
        assert_eq!(closed, [Effect::CloseShell(ShellId(2))], "{output:?}");
    }
}

#[test]
fn a_shell_that_ends_under_the_question_leaves_nothing_to_close() {
    let mut driver = two("ctrl-t");
    print(&mut driver, 2, "\x1b[?1049h");
    lead(&mut driver, "ctrl-w");
    driver.send(Msg::ShellEnded(ShellId(2), Some(0)));
    assert_eq!(driver.press("c"), [Effect::CloseShell(ShellId(2))]);
    assert_eq!(focused(&driver), 1);
}
