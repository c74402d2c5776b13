//! Beside an arena: its target does not run, and the shell is nobody's but its own.

use std::collections::BTreeMap;

use crate::support::{Driver, attach_task, event, id, state, target};
use devtwin::app::{Effect, Msg, ShellId, Timer};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::target::{Event, Status};

fn arena() -> Driver {
    Driver::arena((80, 24))
}

#[test]
fn the_header_says_what_it_is_and_that_the_target_does_not_run() {
    let text = Driver::arena((120, 40)).text();
    assert!(text.contains("── arena "), "{text}");
    assert!(text.contains("✗ exited with 3"), "{text}");
    assert!(text.contains("files vol │ net pid private"), "{text}");
}

#[test]
fn the_target_comes_and_goes_and_the_arena_stays() {
    let mut driver = arena();
    driver.send(event("w", "start", None));
    let text = driver.text();
    assert!(text.contains("the arena stays as it is"), "{text}");
    driver.send(event("w", "die", Some(3)));
    assert!(driver.text().contains("the twin goes on"));
    driver.send(event("w", "destroy", None));
    let text = driver.text();
    assert!(text.contains("may be gone from"), "{text}");
    assert!(text.contains("✗ removed"), "{text}");
}

#[test]
fn a_new_twin_beside_a_target_that_does_not_run_is_another_arena() {
    let mut driver = arena();
    driver.send(Msg::ShellEnded(ShellId(1), Some(0)));
    let text = driver.text();
    assert!(text.contains("a new twin opens an arena"), "{text}");
    let effects = driver.press("n");
    assert_eq!(effects.first(), Some(&Effect::RemoveTwin(id("7"))));
    attach_task(&effects);
}

#[test]
fn once_the_target_runs_a_new_twin_joins_it() {
    let mut driver = arena();
    let mut running = target();
    running.state = state(Status::Running);
    driver.send(Msg::Inspected(id("w"), Ok(Box::new(running))));
    driver.send(Msg::ShellEnded(ShellId(1), Some(0)));
    let text = driver.text();
    assert!(text.contains("a new twin can join it"), "{text}");
    let effects = driver.press("n");
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Attach { wishes, .. } => Some(wishes.mode),
        _ => None,
    });
    assert_eq!(asked, Some(None), "its state decides then");
}

/// An event of the target at that time, in milliseconds.
fn at(action: &str, millis: i64) -> Msg {
    Msg::Engine(Event {
        id: id("w"),
        action: action.into(),
        exit_code: (action == "die").then_some(3),
        attributes: BTreeMap::new(),
        at_nanos: millis * 1_000_000,
    })
}

/// The target's details, as of a loop: between two runs, or just started.
fn looping(status: Status, started: i64) -> Msg {
    let mut target = target();
    target.state = state(status);
    target.state.restarting = status == Status::Restarting;
    target.state.restart_count = 4;
    target.state.started_at = Some(started);
    Msg::Inspected(id("w"), Ok(Box::new(target)))
}

fn toasts(effects: &[Effect]) -> usize {
    let toast = |effect: &&Effect| matches!(effect, Effect::After(Timer::Toast(_), _));
    effects.iter().filter(toast).count()
}

#[test]
fn of_a_restart_loop_it_is_said_once_and_how_to_freeze_it() {
    let mut driver = arena();
    driver.send(looping(Status::Restarting, 100));
    let mut said = 0;
    // The engine waits longer and longer: the pace alone would not tell that it is one loop.
    for (n, start) in [101_000, 102_000, 130_000, 190_000].into_iter().enumerate() {
        let effects = driver.send(at("start", start));
        said += toasts(&effects);
        assert!(effects.contains(&Effect::Inspect(id("w"))), "{effects:?}");
        driver.send(looping(Status::Running, start / 1000));
        said += toasts(&driver.send(at("die", start + 200)));
        assert!(driver.text().contains("exited with 3 ── arena"), "{n}");
        driver.send(looping(Status::Restarting, start / 1000));
    }
    assert_eq!(said, 1);
    let text = driver.text();
    assert!(text.contains("target web is in a restart loop"), "{text}");
    assert!(text.contains("Ctrl-] Alt-f freezes the loop"), "{text}");
    // One that stays up for a minute and ends then is news again.
    driver.send(at("start", 200_000));
    driver.send(looping(Status::Running, 200));
    assert_eq!(toasts(&driver.send(at("die", 260_000))), 1);
    assert!(driver.text().contains("target web: exited with 3"));
}

#[test]
fn what_helps_beside_a_target_that_fails_is_hinted_at_and_in_every_pane() {
    let mut driver = arena();
    let text = driver.text();
    assert!(text.contains("Ctrl-] Alt-r run it again"), "{text}");
    assert!(text.contains("Ctrl-] Ctrl-D what happened"), "{text}");
    for pane in ["alt-1", "alt-2", "alt-3", "alt-4", "alt-5", "alt-6"] {
        driver.press(pane);
        for (query, title) in [
            ("freeze", "Freeze the target's restart loop"),
            ("what happened", "What happened to the target"),
            ("replica", "Run a replica of the target beside the twin"),
        ] {
            driver.press("ctrl-]");
            driver.type_text(query);
            let text = driver.text();
            assert!(text.contains(title), "{pane} {query}:\n{text}");
            driver.press("esc");
        }
    }
}

#[test]
fn of_a_removed_target_stays_what_is_known() {
    let mut driver = arena();
    driver.send(event("w", "die", Some(3)));
    driver.send(event("w", "destroy", None));
    driver.press("ctrl-]");
    driver.press("ctrl-d");
    let gone = Error::new(ErrorKind::NoTarget, "no container is named 0123456789");
    driver.send(Msg::Triaged(id("w"), Err(gone)));
    let text = driver.text();
    assert!(text.contains("web was removed"), "{text}");
    assert!(text.contains("before that: exited with 3"), "{text}");
    assert!(!text.contains("no container is named"), "{text}");
}
