//! What must not surprise: a crash loop that flickers, a first click, Esc at a message, events of others.

use crate::support::{
    Driver, attach_task, engine_error, event, few, few_and_one_that_goes, preview, summary,
};
use devtwin::app::action::Action;
use devtwin::app::keymap::Focus;
use devtwin::app::{Effect, Hit, Msg, Timer};
use devtwin::domain::plan::Mode;
use devtwin::domain::target::{Status, Summary};

fn one(status: Status, sentence: &str) -> Vec<Summary> {
    vec![summary("d", "billing", "acme/billing:1", status, sentence)]
}

fn words(driver: &Driver) -> String {
    let row = driver.model.picker.selection();
    row.map(|row| row.words.clone()).unwrap_or_default()
}

#[test]
fn a_crash_loop_is_one_also_while_it_is_up() {
    let mut driver = Driver::picker(one(Status::Restarting, "Restarting (3) 1 second ago"));
    assert_eq!(words(&driver), "crash loop, exit 3");
    let up = one(Status::Running, "Up Less than a second");
    let effects = driver.send(Msg::Listed(Ok(up.clone())));
    assert_eq!(words(&driver), "crash loop, exit 3", "up, but not for long");
    let waits = |e: &&Effect| matches!(e, Effect::After(Timer::Settled, _));
    assert_eq!(effects.iter().filter(waits).count(), 1);
    let effects = driver.send(Msg::Listed(Ok(up)));
    assert_eq!(
        effects.iter().filter(waits).count(),
        0,
        "one timer is enough"
    );
    let effects = driver.press("enter");
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Attach { wishes, .. } => Some(wishes.mode),
        _ => None,
    });
    assert_eq!(
        asked,
        Some(Some(Mode::Arena)),
        "there would be no process to join"
    );
}

#[test]
fn a_container_that_stays_up_is_no_loop_any_more() {
    let mut driver = Driver::picker(one(Status::Restarting, "Restarting (3) 1 second ago"));
    driver.send(Msg::Listed(Ok(one(Status::Running, "Up 2 seconds"))));
    assert_eq!(driver.send(Msg::Elapsed(Timer::Settled)), [Effect::List]);
    driver.send(Msg::Listed(Ok(one(Status::Running, "Up 13 seconds"))));
    assert_eq!(words(&driver), "running");
    driver.send(Msg::Listed(Ok(one(
        Status::Running,
        "Up Less than a second",
    ))));
    assert_eq!(words(&driver), "running", "a restart by hand is no loop");
}

#[test]
fn labels_name_the_family_and_the_dev_image_before_anyone_looks() {
    let mut row = summary(
        "d",
        "billing",
        "acme/billing:1",
        Status::Running,
        "Up 1 hour",
    );
    let (title, base) = (
        "dev.chainguard.image.title",
        "cgr.dev/chainguard/python:latest-dev",
    );
    row.labels.insert(title.into(), "python".into());
    let mut driver = Driver::picker(vec![row]);
    assert!(driver.text().contains("to look up"));
    driver.send(Msg::LocalImages(vec![base.into()]));
    assert!(driver.text().contains("✓ local"), "{}", driver.text());
}

#[test]
fn the_preview_says_what_enter_does_and_with_which_rights() {
    let mut driver = Driver::picker(few());
    driver.send(Msg::Elapsed(Timer::Preview(crate::support::id("w"))));
    driver.send(Msg::Previewed(Box::new(preview("w"))));
    let line = "Enter    shell as root, extra right SYS_PTRACE; shares its net, pid, 1 vol";
    assert!(driver.text().contains(line), "{}", driver.text());
}

#[test]
fn the_first_click_on_the_row_that_is_selected_already_does_not_attach() {
    let mut driver = Driver::picker(few());
    let attaches = |effects: &[Effect]| effects.iter().any(|e| matches!(e, Effect::Attach { .. }));
    assert!(!attaches(&driver.click(&Hit::Row(0))));
    driver.press("down");
    driver.press("up");
    assert!(
        !attaches(&driver.click(&Hit::Row(0))),
        "keys came in between"
    );
    assert!(attaches(&driver.click(&Hit::Row(0))));
}

#[test]
fn esc_closes_a_message_before_it_quits() {
    let mut driver = Driver::picker(few_and_one_that_goes());
    driver.press("end");
    driver.press("enter");
    assert!(driver.text().contains("old is being removed"));
    assert_eq!(driver.press("esc"), []);
    assert!(!driver.text().contains("old is being removed"));
    assert_eq!(driver.press("esc"), [Effect::Quit { keep: false }]);
}

#[test]
fn the_name_that_is_typed_comes_before_words_of_a_state() {
    let mut rows = few();
    rows.push(summary(
        "9",
        "zz-exit3",
        "acme/z:1",
        Status::Exited,
        "Exited (3) 1 hour ago",
    ));
    let mut driver = Driver::picker(rows);
    driver.type_text("exit3");
    let name = driver.model.picker.selection().map(|row| row.name.as_str());
    assert_eq!(name, Some("zz-exit3"));
}

#[test]
fn events_of_others_cost_nothing_beside_a_target() {
    let mut driver = Driver::shell();
    driver.dirty();
    for (id, action) in [
        ("a", "start"),
        ("a", "die"),
        ("w", "exec_create: x"),
        ("w", "exec_die"),
    ] {
        assert_eq!(driver.send(event(id, action, None)), [], "{action}");
    }
    driver.send(Msg::Listed(Ok(few())));
    driver.send(Msg::LocalImages(vec!["acme/web:2".into()]));
    assert!(!driver.dirty(), "nothing of it is on the screen");
    driver.press("ctrl-]");
    let effects = driver.press("ctrl-o");
    assert!(effects.contains(&Effect::List), "the list is seen again");
}

#[test]
fn while_a_twin_comes_up_events_of_others_order_no_list() {
    let mut driver = Driver::picker(few());
    let (task, _) = attach_task(&driver.press("enter"));
    for action in ["create", "start", "die"] {
        assert_eq!(driver.send(event("a", action, None)), [], "{action}");
    }
    let failed = driver.send(Msg::Attached(task, Err(engine_error())));
    assert!(
        failed.contains(&Effect::List),
        "it is seen again: {failed:?}"
    );
    driver.press("esc");
    driver.press("enter");
    let cancelled = driver.press("esc");
    assert!(cancelled.contains(&Effect::List), "{cancelled:?}");
}

#[test]
fn hints_of_a_popup_can_be_clicked() {
    let mut driver = Driver::picker(few());
    driver.press("?");
    driver.click(&Hit::Action(Action::Next));
    assert_eq!(driver.model.popups.len(), 1, "it scrolls");
    driver.click(&Hit::Action(Action::Back));
    assert_eq!(driver.model.popups.len(), 0);
    assert_eq!(driver.model.focus(), Focus::Picker);
}
