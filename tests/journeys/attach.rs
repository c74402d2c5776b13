//! Attach: on its way, given up, failed, late.

use crate::support::{
    Driver, attach_task, attached, engine_error, few, id, preview, resolution, settings,
};
use devtwin::app::keymap::Focus;
use devtwin::app::{Effect, Msg, Settings, ShellId, Start, TaskId, Timer};
use devtwin::domain::error::ErrorKind;
use devtwin::domain::plan::Wishes;
use devtwin::domain::{Progress, Pull, Size};

fn alone() -> (Driver, Vec<Effect>) {
    let wishes = Wishes {
        keep: true,
        ..Wishes::default()
    };
    Driver::new(
        Start::Attach {
            target: "web".into(),
            wishes,
        },
        settings(),
        (80, 24),
    )
}

#[test]
fn enter_attaches_and_the_shell_gets_the_focus() {
    let mut driver = Driver::picker(few());
    driver.send(Msg::Elapsed(Timer::Preview(id("w"))));
    driver.send(Msg::Previewed(Box::new(preview("w"))));
    let effects = driver.press("enter");
    assert_eq!(
        effects,
        [Effect::Attach {
            task: TaskId(1),
            shell: ShellId(1),
            target: id("w").0,
            resolution: Some(Box::new(resolution())),
            wishes: Box::default(),
            size: Size::clamped(80, 21),
        }],
        "what the preview found out is not asked again"
    );
    driver.send(Msg::Progress(TaskId(1), Progress::Step("pulling".into())));
    driver.send(Msg::Progress(TaskId(1), Progress::Pull(Pull::default())));
    assert!(driver.text().contains("0 of 0 layers"));
    let effects = driver.send(Msg::Attached(TaskId(1), Ok(Box::new(attached(ShellId(1))))));
    assert_eq!(
        effects,
        [Effect::ShellResize(ShellId(1), Size::clamped(80, 21))]
    );
    assert_eq!(driver.model.focus(), Focus::Shell);
}

#[test]
fn keys_do_not_reach_the_list_while_attaching() {
    let mut driver = Driver::picker(few());
    driver.press("enter");
    assert_eq!(driver.press("enter"), []);
    assert_eq!(driver.press("down"), []);
    driver.type_text("zzz");
    assert!(driver.model.picker.filter().is_empty());
}

#[test]
fn a_late_reply_of_a_cancelled_attach_is_removed() {
    let mut driver = Driver::picker(few());
    let (task, shell) = attach_task(&driver.press("enter"));
    let effects = driver.press("esc");
    assert_eq!(effects.first(), Some(&Effect::Cancel(task)));
    assert_eq!(driver.model.focus(), Focus::Picker);
    let late = driver.send(Msg::Attached(task, Ok(Box::new(attached(shell)))));
    assert_eq!(late, [Effect::RemoveTwin(id("7"))]);
    assert_eq!(driver.model.focus(), Focus::Picker);
}

#[test]
fn a_late_reply_does_not_disturb_the_next_attach() {
    let mut driver = Driver::picker(few());
    let (first, shell) = attach_task(&driver.press("enter"));
    driver.press("esc");
    let (second, _) = attach_task(&driver.press("enter"));
    assert_ne!(first, second);
    driver.dirty();
    driver.send(Msg::Progress(first, Progress::Step("late".into())));
    assert!(!driver.dirty());
    assert_eq!(driver.send(Msg::Attached(first, Err(engine_error()))), []);
    let late = driver.send(Msg::Attached(first, Ok(Box::new(attached(shell)))));
    assert_eq!(late, [Effect::RemoveTwin(id("7"))]);
    assert_eq!(driver.model.focus(), Focus::Attaching);
}

#[test]
fn a_failure_is_a_toast_with_a_hint_and_the_list_is_back() {
    let mut driver = Driver::picker(few());
    let (task, _) = attach_task(&driver.press("enter"));
    driver.send(Msg::Attached(task, Err(engine_error())));
    assert_eq!(driver.model.focus(), Focus::Picker);
    assert!(driver.model.exit().is_none());
    let screen = driver.text();
    assert!(
        screen.contains("cannot reach the engine") && screen.contains("--host"),
        "{screen}"
    );
}

#[test]
fn attach_alone_is_ordered_once_the_size_is_known() {
    let (driver, effects) = alone();
    let [
        Effect::Attach {
            target,
            size,
            wishes,
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}");
    };
    assert_eq!(
        (target.as_str(), *size, wishes.keep),
        ("web", Size::clamped(80, 21), true)
    );
    assert!(driver.text().contains("Attaching to web"));
}

#[test]
fn attach_alone_that_fails_waits_and_ends_with_its_error() {
    let (mut driver, effects) = alone();
    let (task, _) = attach_task(&effects);
    assert_eq!(driver.send(Msg::Attached(task, Err(engine_error()))), []);
    assert_eq!(driver.model.exit(), Some(&engine_error()));
    let (again, _) = attach_task(&driver.press("r"));
    assert!(driver.model.exit().is_none(), "a new chance");
    driver.send(Msg::Attached(again, Err(engine_error())));
    assert_eq!(driver.press("q"), [Effect::Quit { keep: false }]);
    assert_eq!(driver.model.exit().map(|e| e.kind.exit_code()), Some(5));
}

#[test]
fn attach_alone_that_is_cancelled_ends_as_cancelled() {
    let (mut driver, effects) = alone();
    let (task, _) = attach_task(&effects);
    assert_eq!(
        driver.press("esc"),
        [Effect::Cancel(task), Effect::Quit { keep: false }]
    );
    assert_eq!(
        driver.model.exit().map(|e| e.kind),
        Some(ErrorKind::Cancelled)
    );
}

#[test]
fn the_header_says_which_engine_and_why_also_on_a_small_screen() {
    let settings = |endpoint_from: &str| Settings {
        endpoint: "tcp://10.0.0.9:2376".into(),
        endpoint_from: endpoint_from.into(),
        ..settings()
    };
    for (from, head) in [
        ("--host", "containers: choose the target ─"),
        ("the current context production", "containers ─"),
    ] {
        let text = Driver::picker_with(few(), settings(from), (80, 24)).text();
        let first = text.lines().next().unwrap_or_default();
        // As much of it as has room.
        let end = format!("tcp://10.0.0.9:2376 · {}", &from[..from.len().min(21)]);
        assert!(first.contains(head) && first.contains(&end), "{first}");
    }
}

#[test]
fn a_user_keymap_and_leader_hold() {
    let keymap = settings().keymap.over("[picker]\nf2 = \"attach\"").unwrap();
    let leader = devtwin::app::keymap::Chord::parse("ctrl-g").unwrap();
    let changed = Settings {
        keymap,
        leader,
        ..settings()
    };
    let mut driver = Driver::picker_with(few(), changed, (80, 24));
    driver.press("ctrl-g");
    assert_eq!(driver.model.popups.len(), 1);
    driver.press("ctrl-g");
    attach_task(&driver.press("f2"));
}

#[test]
fn a_signal_ends_the_program_and_keeps_only_what_was_to_be_kept() {
    let mut driver = Driver::shell();
    assert_eq!(driver.send(Msg::Terminate), [Effect::Quit { keep: false }]);
    let (mut driver, effects) = alone();
    let (task, shell) = attach_task(&effects);
    driver.send(Msg::Attached(task, Ok(Box::new(attached(shell)))));
    assert_eq!(driver.send(Msg::Terminate), [Effect::Quit { keep: true }]);
}
