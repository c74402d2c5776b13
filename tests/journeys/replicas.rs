//! Replicas beside a twin: asked about once, run in tabs, explained, run again; and the search for the cause.
#![expect(clippy::panic, reason = "a test that cannot go on fails")]

use std::time::Duration;

use devtwin::app::keymap::Focus;
use devtwin::app::panes::entrypoint::form::Field;
use devtwin::app::{Effect, Hit, Msg, ShellId, TaskId};
use devtwin::domain::bisect::{Bisected, Change, Consent, Trial, Verdict};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::plan::Mode;
use devtwin::domain::replay::Ending;
use devtwin::domain::replica::edits::{Base, Edits};
use devtwin::domain::replica::{Limit, Mounts};
use devtwin::domain::target::Status;

use crate::reports::healthy;
use crate::support::{Driver, attached, few, id, settings, state};

const SMALL: (u16, u16) = (80, 24);

/// Beside `web`, which has exited with 3 and is in an arena.
pub(crate) fn arena(size: (u16, u16)) -> Driver {
    let mut driver = Driver::picker_with(few(), settings(), size);
    let effects = driver.press("enter");
    let Some(Effect::Attach { task, shell, .. }) = effects.first() else {
        panic!("an attach was to be ordered: {effects:?}");
    };
    let mut attached = attached(*shell);
    attached.target.state = state(Status::Exited);
    attached.target.state.exit_code = 3;
    attached.target.config.entrypoint = vec!["/usr/bin/web".into(), "--serve".into()];
    attached.twin.plan.mode = Mode::Arena;
    attached.twin.plan.network = "bridge".into();
    attached.twin.plan.pid = String::new();
    driver.send(Msg::Attached(*task, Ok(Box::new(attached))));
    driver
}

/// The replica that is to run: its tab, and how it differs.
fn replay(effects: &[Effect]) -> Option<(ShellId, &Edits)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Replay {
            shell,
            twin,
            target,
            edits,
            ..
        } => {
            assert_eq!((twin, target), (&id("7"), &id("w")));
            Some((*shell, edits.as_ref()))
        }
        _ => None,
    })
}

fn lead(driver: &mut Driver, key: &str) -> Vec<Effect> {
    driver.press("ctrl-]");
    driver.press(key)
}

/// A replica that runs, after the question about volumes was answered.
pub(crate) fn running(size: (u16, u16)) -> (Driver, ShellId) {
    let mut driver = arena(size);
    assert!(
        replay(&lead(&mut driver, "alt-r")).is_none(),
        "first a question"
    );
    let effects = driver.press("r");
    let (shell, edits) = replay(&effects).unwrap_or_else(|| panic!("a replica: {effects:?}"));
    assert_eq!(edits.mounts, Mounts::ReadOnly);
    driver.send(Msg::ShellOpened(shell, Ok(())));
    driver.send(Msg::Output(
        shell,
        b"web: listening\r\n".to_vec(),
        Duration::ZERO,
    ));
    (driver, shell)
}

/// The same when it has ended.
pub(crate) fn ended(size: (u16, u16)) -> Driver {
    let (mut driver, shell) = running(size);
    driver.send(Msg::ReplicaEnded(
        shell,
        Ending::Killed { status: 139 },
        1250,
    ));
    driver
}

#[test]
fn what_it_gets_of_volumes_is_asked_once() {
    let mut driver = arena(SMALL);
    assert_eq!(replay(&lead(&mut driver, "alt-r")), None);
    let screen = driver.text();
    assert!(screen.contains("web can write into /data"), "{screen}");
    assert_eq!(driver.press("x"), [], "no answer");
    assert_eq!(driver.press("b"), [], "run nothing");
    lead(&mut driver, "alt-r");
    driver.press("down");
    let effects = driver.press("enter");
    assert_eq!(replay(&effects).map(|(_, e)| e.mounts), Some(Mounts::None));
    let effects = lead(&mut driver, "alt-r");
    assert_eq!(
        replay(&effects).map(|(_, e)| e.mounts),
        Some(Mounts::None),
        "said already"
    );
}

#[test]
fn its_end_is_explained_and_one_key_runs_it_again_in_the_same_tab() {
    let (mut driver, first) = running(SMALL);
    assert!(driver.text().contains("replica web --serve"));
    driver.send(Msg::ReplicaEnded(first, Ending::Exited { status: 3 }, 12));
    let screen = driver.text();
    assert!(
        screen.contains("the replica: exited with 3 after 12 ms"),
        "{screen}"
    );
    assert!(screen.contains("the program chose this status"), "{screen}");
    assert_eq!(driver.model.focus(), Focus::Closed);
    let tabs = driver.model.joined.as_ref().map(|j| j.shells.tabs().len());
    let effects = driver.press("R");
    let again = replay(&effects).map(|(shell, _)| shell);
    assert!(again.is_some_and(|again| again != first), "{effects:?}");
    assert!(effects.contains(&Effect::CloseShell(first)));
    assert_eq!(
        driver.model.joined.as_ref().map(|j| j.shells.tabs().len()),
        tabs
    );
}

#[test]
fn closing_its_tab_ends_it() {
    let (mut driver, shell) = running(SMALL);
    let effects = lead(&mut driver, "ctrl-w");
    assert_eq!(effects, [Effect::CloseShell(shell)]);
    assert_eq!(
        driver.send(Msg::ReplicaEnded(shell, Ending::Lives, 1)),
        [],
        "late"
    );
}

#[test]
fn what_cannot_be_made_is_told_and_its_tab_goes() {
    let (mut driver, shell) = running(SMALL);
    let error = Error::new(
        ErrorKind::Engine,
        "cannot create devtwin-web-run-2: no space",
    );
    driver.send(Msg::ShellOpened(shell, Err(error)));
    let screen = driver.text();
    assert!(screen.contains("no space"), "{screen}");
    assert!(!screen.contains("replica web"), "{screen}");
}

/// The form in an arena.
pub(crate) fn form(size: (u16, u16)) -> Driver {
    let mut driver = arena(size);
    let task = driver
        .press("alt-3")
        .iter()
        .find_map(|effect| match effect {
            Effect::InspectEntrypoint { task, .. } => Some(*task),
            _ => None,
        });
    let task = task.unwrap_or_else(|| panic!("a look"));
    driver.send(Msg::EntrypointInspected(task, Ok(Box::new(healthy()))));
    driver.press("x");
    driver
}

#[test]
fn in_an_arena_the_form_is_about_a_replica() {
    let mut driver = form(SMALL);
    let screen = driver.text();
    assert!(screen.contains("(•) replica"), "{screen}");
    assert!(!screen.contains("strace "), "{screen}");
    driver.click(&Hit::Field(Field::Files));
    driver.click(&Hit::Field(Field::Volumes));
    driver.click(&Hit::Field(Field::Volumes));
    driver.click(&Hit::Field(Field::Memory));
    driver.type_text("much");
    let effects = driver.press("ctrl-enter");
    assert!(replay(&effects).is_none(), "{effects:?}");
    assert!(
        driver.text().contains("memory: a size like 64m"),
        "{}",
        driver.text()
    );
    driver.click(&Hit::Field(Field::Memory));
    for _ in 0..4 {
        driver.press("backspace");
    }
    driver.type_text("64m");
    driver.click(&Hit::Field(Field::User));
    driver.press("ctrl-u");
    driver.type_text("0");
    let command = driver.model.equivalent().unwrap_or_default();
    assert!(
        command.contains("--memory 64m") && command.contains("docker commit --pause=false web"),
        "{command}"
    );
    let effects = driver.press("ctrl-enter");
    let (_, edits) = replay(&effects).unwrap_or_else(|| panic!("a replica: {effects:?}"));
    assert_eq!(
        *edits,
        Edits {
            user: Some("0".into()),
            mounts: Mounts::Same,
            memory: Limit::Bytes(64 << 20),
            base: Base::Died,
            ..Edits::default()
        },
        "and nothing else"
    );
    assert_eq!(driver.model.focus(), Focus::Shell);
}

#[test]
fn places_take_turns_and_fields_come_and_go() {
    let mut driver = form(SMALL);
    driver.click(&Hit::Field(Field::Place));
    assert!(driver.text().contains("(•) twin") && driver.text().contains("strace"));
    driver.click(&Hit::Field(Field::Place));
    driver.press("ctrl-enter");
    driver.press("r");
    assert!(
        driver.text().contains("the target does not run"),
        "{}",
        driver.text()
    );
}

fn trial(what: &str, ending: Ending, differs: bool) -> Trial {
    Trial {
        what: what.into(),
        words: ending.words(),
        ending,
        millis: 31,
        differs,
    }
}

/// The consent to a search.
pub(crate) fn consent(size: (u16, u16)) -> Driver {
    let mut driver = arena(size);
    lead(&mut driver, "alt-b");
    driver
}

/// A search that has tried two things.
pub(crate) fn searching(size: (u16, u16)) -> (Driver, TaskId) {
    let mut driver = consent(size);
    let effects = driver.press("g");
    let Some(Effect::Bisect {
        task, dev, consent, ..
    }) = effects.first()
    else {
        panic!("a search: {effects:?}");
    };
    let task = *task;
    assert_eq!(dev, "acme/web:1.4-dev");
    let careful = Consent {
        network: false,
        mounts: Mounts::ReadOnly,
        base: Base::Image,
    };
    assert_eq!(*consent, careful, "what nobody allowed is not done");
    let failed = Ending::Exited { status: 3 };
    driver.send(Msg::Trying(task, "as it is, without a network".into()));
    driver.send(Msg::Tried(
        task,
        trial("as it is, without a network", failed.clone(), false),
    ));
    driver.send(Msg::Tried(
        task,
        trial("user 0 instead of 65532", failed, false),
    ));
    driver.send(Msg::Trying(task, "MODE as the image sets it".into()));
    (driver, task)
}

/// A search that has found the cause.
pub(crate) fn found(size: (u16, u16)) -> Driver {
    let (mut driver, task) = searching(size);
    let failed = Ending::Exited { status: 3 };
    let report = Bisected {
        target: "web".into(),
        wanted: Some(failed.clone()),
        wanted_words: failed.words(),
        trials: vec![
            trial("as it is, without a network", failed.clone(), false),
            trial("user 0 instead of 65532", failed.clone(), false),
            trial("MODE as the image sets it", Ending::Lives, true),
            trial("as it is, once more", failed, false),
        ],
        verdict: Some(Verdict::Found {
            change: Change::Variable { name: "MODE".into(), to: None },
            heals: true,
        }),
        words: vec![
            "The variable MODE makes the difference: as it is, exited with 3; MODE as the image sets it, still running.".into(),
            "Do not override MODE, or give it a value that fits.".into(),
        ],
    };
    driver.send(Msg::Bisected(task, Ok(Box::new(report))));
    driver
}

#[test]
fn a_search_begins_only_with_a_yes_and_does_only_what_that_allows() {
    let mut driver = consent(SMALL);
    let screen = driver.text();
    for part in [
        "again and again",
        "stopped after 10 s",
        "Network: none",
        "Volumes: read-only",
    ] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    assert_eq!(driver.press("z"), []);
    assert_eq!(driver.press("n"), []);
    assert_eq!(driver.press("v"), []);
    let effects = driver.press("g");
    let allowed = Consent {
        network: true,
        mounts: Mounts::None,
        base: Base::Image,
    };
    assert!(
        matches!(effects.first(), Some(Effect::Bisect { consent, .. }) if *consent == allowed),
        "{effects:?}"
    );
    let mut driver = consent_then_back();
    assert_eq!(driver.press("g"), [], "there is no question any more");
}

fn consent_then_back() -> Driver {
    let mut driver = consent(SMALL);
    assert_eq!(driver.press("esc"), []);
    driver.press("alt-2");
    driver
}

#[test]
fn a_search_is_followed_told_and_copied() {
    let (driver, _) = searching(SMALL);
    let screen = driver.text();
    assert!(screen.contains("= user 0 instead of 65532"), "{screen}");
    assert!(screen.contains("… MODE as the image sets it"), "{screen}");
    let mut driver = found(SMALL);
    let screen = driver.text();
    assert!(screen.contains("≠ MODE as the image sets it"), "{screen}");
    assert!(
        screen.contains("The variable MODE makes the difference"),
        "{screen}"
    );
    let effects = driver.press("y");
    assert!(
        matches!(effects.first(), Some(Effect::Copy(text)) if text.contains("Do not override MODE")),
        "{effects:?}"
    );
    assert_eq!(driver.press("esc"), [], "it is over");
}

#[test]
fn esc_gives_a_search_up_and_enter_lets_it_go_on_behind() {
    let (mut driver, task) = searching(SMALL);
    let effects = driver.press("esc");
    assert_eq!(effects.first(), Some(&Effect::Cancel(task)));
    let error = Error::cancelled();
    driver.send(Msg::Bisected(task, Err(error)));
    assert!(driver.text().contains("the search was given up"));
    let (mut driver, task) = searching(SMALL);
    assert_eq!(driver.press("enter"), []);
    assert!(!driver.text().contains("What makes it fail"));
    lead(&mut driver, "alt-b");
    assert!(
        driver.text().contains("… MODE as the image sets it"),
        "it is the same"
    );
    driver.press("enter");
    let error = Error::new(ErrorKind::Engine, "the engine is gone");
    driver.send(Msg::Bisected(task, Err(error)));
    assert!(
        driver.text().contains("the engine is gone"),
        "{}",
        driver.text()
    );
}

#[test]
fn a_search_ends_when_its_target_is_left() {
    let (mut driver, task) = searching(SMALL);
    driver.press("enter");
    let effects = lead(&mut driver, "ctrl-o");
    assert!(effects.contains(&Effect::Cancel(task)), "{effects:?}");
}

#[test]
fn a_target_that_runs_is_not_searched() {
    let mut driver = Driver::shell();
    assert_eq!(
        lead(&mut driver, "alt-b")
            .iter()
            .find(|e| matches!(e, Effect::Bisect { .. })),
        None
    );
    assert!(driver.text().contains("web runs"), "{}", driver.text());
}
