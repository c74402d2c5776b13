//! Beside an arena: its target does not run, and the shell is nobody's but its own.

use crate::support::{Driver, attach_task, event, id, state, target};
use devtwin::app::{Effect, Msg, ShellId};
use devtwin::domain::target::Status;

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
