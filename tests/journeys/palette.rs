//! The leader, the palette and the popups; the question on quitting.

use crate::packages;
use crate::support::{Driver, few, id, settings, written};
use crossterm::event::MouseEventKind;
use devtwin::app::action::{self, Action};
use devtwin::app::keymap::Focus;
use devtwin::app::popup::Popup;
use devtwin::app::{Effect, Hit, Msg};

fn run(driver: &mut Driver, query: &str) -> Vec<Effect> {
    driver.press("ctrl-]");
    driver.type_text(query);
    driver.press("enter")
}

#[test]
fn the_leader_opens_the_palette_and_twice_goes_to_the_program() {
    let mut driver = Driver::shell();
    assert_eq!(driver.press("ctrl-]"), []);
    assert!(matches!(driver.model.popups[..], [Popup::Palette(_)]));
    assert_eq!(written(&driver.press("ctrl-]")), b"\x1d");
    assert!(driver.model.popups.is_empty());
}

#[test]
fn keys_in_the_palette_do_not_reach_the_program() {
    let mut driver = Driver::shell();
    driver.press("ctrl-]");
    assert_eq!(driver.type_text("ls -l"), []);
    assert_eq!(driver.press("esc"), []);
    assert!(driver.model.popups.is_empty());
}

#[test]
fn every_offered_action_is_found_by_its_title() {
    for (focus, new) in [
        (Focus::Picker, (|| Driver::picker(few())) as fn() -> Driver),
        (Focus::Shell, Driver::shell),
        (Focus::Packages, || packages::pane(settings(), (80, 24))),
    ] {
        for entry in action::all().filter(|e| e.offered.contains(&focus)) {
            let mut driver = new();
            driver.press("ctrl-]");
            driver.type_text(entry.title);
            let Some(Popup::Palette(palette)) = driver.model.popups.last() else {
                panic!("no palette");
            };
            assert_eq!(palette.action(), Some(entry.action), "{}", entry.title);
        }
    }
}

#[test]
fn the_palette_does_what_is_chosen() {
    let mut driver = Driver::shell();
    let effects = run(&mut driver, "copy docker");
    let Some(Effect::Copy(command)) = effects.first() else {
        panic!("{effects:?}");
    };
    assert!(
        command.starts_with("docker run ") && command.contains("acme/web:1.4-dev"),
        "{command}"
    );
    run(&mut driver, "what is shared");
    assert!(driver.text().contains("ipc is not shared"));
}

#[test]
fn a_key_right_after_the_leader_needs_no_name() {
    let mut driver = Driver::shell();
    driver.press("ctrl-]");
    assert!(matches!(
        driver.press("ctrl-y").first(),
        Some(Effect::Copy(_))
    ));
    let mut driver = Driver::picker(few());
    driver.press("ctrl-]");
    assert_eq!(driver.press("ctrl-o"), [], "there is no twin to leave");
    assert_eq!(driver.model.popups.len(), 1);
}

#[test]
fn rows_of_the_palette_can_be_clicked_and_a_click_beside_closes() {
    let mut driver = Driver::shell();
    driver.press("ctrl-]");
    driver.type_text("shared");
    driver.click(&Hit::PopupRow(0));
    assert!(matches!(driver.model.popups[..], [Popup::Shared(_)]));
    driver.mouse(
        MouseEventKind::Down(crossterm::event::MouseButton::Left),
        0,
        0,
    );
    assert!(driver.model.popups.is_empty());
    driver.click(&Hit::Action(Action::Palette));
    assert_eq!(
        driver.model.popups.len(),
        1,
        "the hint in the status line opens it"
    );
}

#[test]
fn the_help_scrolls_to_its_end_and_no_further() {
    let mut driver = Driver::picker(few());
    driver.press("?");
    driver.press("end");
    let end = driver.text();
    driver.press("pagedown");
    assert_eq!(driver.text(), end);
    assert!(end.contains("One step back"), "{end}");
    driver.press("esc");
    assert!(driver.model.popups.is_empty());
}

#[test]
fn quitting_asks_what_becomes_of_a_running_twin() {
    for (key, expected) in [
        ("k", vec![Effect::Quit { keep: true }]),
        ("r", vec![Effect::Quit { keep: false }]),
        ("s", vec![]),
        ("esc", vec![]),
        ("c", vec![Effect::RemoveTwin(id("7")), Effect::List]),
        ("enter", vec![Effect::Quit { keep: false }]),
    ] {
        let mut driver = Driver::shell();
        assert_eq!(run(&mut driver, "quit"), [], "first the question");
        assert!(driver.text().contains("A twin is running"));
        assert_eq!(driver.press(key), expected, "{key}");
        assert!(driver.model.popups.is_empty());
    }
}

#[test]
fn an_answer_can_be_clicked() {
    let mut driver = Driver::shell();
    run(&mut driver, "quit");
    assert_eq!(
        driver.click(&Hit::PopupRow(3)),
        [Effect::Quit { keep: true }]
    );
}

#[test]
fn pasted_text_goes_to_the_query() {
    let mut driver = Driver::shell();
    driver.press("ctrl-]");
    assert_eq!(driver.send(Msg::Paste("copy docker\n".into())), []);
    assert!(matches!(
        driver.press("enter").first(),
        Some(Effect::Copy(_))
    ));
}

#[test]
fn an_unknown_query_says_so() {
    let mut driver = Driver::picker_with(few(), settings(), (80, 24));
    assert_eq!(run(&mut driver, "zzzz"), []);
    driver.press("ctrl-]");
    driver.type_text("zzzz");
    assert!(driver.text().contains("No command is called like that."));
}
