//! Targets that fail: what happened, freeze and let go, catch and resume, and the twin that comes back.

use std::collections::BTreeMap;
use std::time::Duration;

use devtwin::app::{Catch, Caught, Effect, Msg, ShellId, TaskId, Timer};
use devtwin::domain::Progress;
use devtwin::domain::debt::{Debt, Owed, Paid};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::plan::Mode;
use devtwin::domain::target::{Event, Status};
use devtwin::domain::triage::{Pace, triage};
use devtwin::domain::twin::Session;

use super::support::{
    Driver, attach_task, attached, engine_error, event, few, id, preview, state, target, written,
};

const SHELL: ShellId = ShellId(1);

/// An event of `web` at that second.
fn at(action: &str, seconds: i64) -> Msg {
    Msg::Engine(Event {
        id: id("w"),
        action: action.into(),
        exit_code: (action == "die").then_some(3),
        attributes: BTreeMap::new(),
        at_nanos: seconds * 1_000_000_000,
    })
}

fn running() -> Msg {
    Msg::Inspected(id("w"), Ok(Box::new(target())))
}

fn rejoin(effects: &[Effect]) -> Option<(TaskId, Option<String>)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Rejoin {
            task,
            shell: SHELL,
            twin,
            cwd,
            ..
        } if *twin == id("7") => Some((*task, cwd.clone())),
        _ => None,
    })
}

/// A shell whose target died and took it along.
fn dead() -> Driver {
    let mut driver = Driver::shell();
    let said = b"\x1b]7;file://web/srv/a%20b\x07hello\r\n$ ".to_vec();
    driver.send(Msg::Output(SHELL, said, Duration::ZERO));
    driver.send(at("die", 100));
    driver.send(Msg::ShellEnded(SHELL, Some(137)));
    driver
}

fn debt(owed: Owed) -> Debt {
    let session = Session {
        id: "5e551011".into(),
        owner: "me@here".into(),
    };
    Debt::new(&session, &target(), owed)
}

fn paid(debt: &Debt, stopped: bool) -> Msg {
    let paid = Paid {
        target: debt.target.clone(),
        target_name: "web".into(),
        marker: debt.name(),
        restored: true,
        what: debt.words(),
        stopped,
    };
    Msg::Paid(id("w"), Ok(Box::new(paid)))
}

#[test]
fn a_twin_comes_back_with_its_target_where_it_was() {
    let mut driver = dead();
    let screen = driver.text();
    assert!(
        screen.contains("the shell ended with its target web: exited with 3"),
        "{screen}"
    );
    assert!(
        screen.contains("comes back when it starts again (docker start web)"),
        "{screen}"
    );
    let (task, cwd) = rejoin(&driver.send(at("start", 101))).unwrap();
    assert_eq!(cwd.as_deref(), Some("/srv/a b"));
    assert!(driver.text().contains("the twin is being started"));
    assert_eq!(rejoin(&driver.send(running())), None, "once");
    driver.send(Msg::Rejoined(task, SHELL, Ok(false)));
    let screen = driver.text();
    assert!(screen.contains("hello"), "what was there stays:\n{screen}");
    assert!(
        screen.contains("── web runs again, and so does its twin"),
        "{screen}"
    );
    assert_eq!(written(&driver.type_text("ls")), b"ls");
    let text = b"new prompt".to_vec();
    driver.send(Msg::Output(SHELL, text, Duration::ZERO));
    assert!(driver.text().contains("new prompt"));
}

#[test]
fn what_a_program_had_switched_on_is_off_when_its_shell_is_back() {
    let mut driver = Driver::shell();
    let half = b"\x1b[?1049h\x1b[?1000h\x1b[?2004hfull screen\x1b]0;half".to_vec();
    driver.send(Msg::Output(SHELL, half, Duration::ZERO));
    driver.send(at("die", 100));
    driver.send(Msg::ShellEnded(SHELL, Some(137)));
    let (task, _) = rejoin(&driver.send(at("start", 101))).unwrap();
    driver.send(Msg::Rejoined(task, SHELL, Ok(false)));
    assert!(!driver.text().contains("full screen"), "{}", driver.text());
    let pasted = driver.send(Msg::Paste("x".into()));
    assert_eq!(written(&pasted), b"x", "no marks around it");
}

#[test]
fn the_end_of_the_shell_may_be_heard_of_after_the_new_start() {
    let mut driver = Driver::shell();
    driver.send(at("die", 100));
    assert_eq!(rejoin(&driver.send(at("start", 101))), None);
    assert!(rejoin(&driver.send(Msg::ShellEnded(SHELL, Some(137)))).is_some());
}

#[test]
fn a_shell_that_was_left_by_its_person_stays_ended() {
    for status in [0, 3, 130] {
        let mut driver = Driver::shell();
        driver.send(Msg::ShellEnded(SHELL, Some(status)));
        driver.send(at("die", 100));
        let effects = driver.send(at("start", 101));
        assert_eq!(rejoin(&effects), None, "{status}");
    }
}

#[test]
fn a_target_that_dies_at_once_is_tried_later_and_later_and_then_an_arena_is_offered() {
    let mut driver = dead();
    let (mut task, _) = rejoin(&driver.send(at("start", 101))).unwrap();
    for (n, wait) in [1, 2, 4].into_iter().enumerate() {
        driver.send(Msg::Rejoined(task, SHELL, Ok(false)));
        let now = 102 + 10 * i64::try_from(n).unwrap();
        driver.send(at("die", now));
        driver.send(Msg::ShellEnded(SHELL, Some(137)));
        assert_eq!(
            driver
                .text()
                .contains("web died three times within a minute"),
            n >= 1
        );
        let effects = driver.send(at("start", now + 1));
        let timer = effects.iter().find_map(|effect| match effect {
            Effect::After(timer @ Timer::Sticky(_), pause) => Some((timer.clone(), *pause)),
            _ => None,
        });
        let (timer, pause) = timer.unwrap();
        assert_eq!(pause, Duration::from_secs(wait));
        assert!(
            driver.text().contains("the next try comes in"),
            "{}",
            driver.text()
        );
        assert_eq!(driver.send(Msg::Elapsed(Timer::Sticky(99))), []);
        task = rejoin(&driver.send(Msg::Elapsed(timer))).unwrap().0;
    }
    let effects = driver.press("a");
    let mode = effects.iter().find_map(|effect| match effect {
        Effect::Attach { wishes, .. } => Some(wishes.mode),
        _ => None,
    });
    assert_eq!(mode, Some(Some(Mode::Arena)), "{effects:?}");
    assert!(effects.contains(&Effect::RemoveTwin(id("7"))));
    let late = driver.send(Msg::Rejoined(task, SHELL, Ok(false)));
    assert_eq!(late, [], "nobody waits for it any more");
}

#[test]
fn a_refusal_is_tried_again_and_a_twin_that_is_gone_is_not() {
    let mut driver = dead();
    let (task, _) = rejoin(&driver.send(at("start", 101))).unwrap();
    let effects = driver.send(Msg::Rejoined(task, SHELL, Err(engine_error())));
    let timer = Timer::Sticky(1);
    let wait = Effect::After(timer.clone(), Duration::from_secs(1));
    assert!(effects.contains(&wait), "{effects:?}");
    let (task, _) = rejoin(&driver.send(Msg::Elapsed(timer))).unwrap();
    let gone = Error::new(ErrorKind::NoTarget, "the twin devtwin-web-1 is gone");
    driver.send(Msg::Rejoined(task, SHELL, Err(gone)));
    let screen = driver.text();
    assert!(screen.contains("The twin was removed"), "{screen}");
    driver.send(at("die", 200));
    assert_eq!(rejoin(&driver.send(at("start", 201))), None);
    attach_task(&driver.press("n"));
}

#[test]
fn an_engine_that_comes_back_is_asked_before_the_twin_is_looked_for() {
    // Nobody knows how the shell ended, or the engine that was restarted did not see it.
    for status in [None, Some(255)] {
        let mut driver = Driver::shell();
        driver.send(Msg::EngineLost(engine_error()));
        assert_eq!(rejoin(&driver.send(Msg::ShellEnded(SHELL, status))), None);
        let effects = driver.send(Msg::EngineBack);
        assert!(effects.contains(&Effect::Inspect(id("w"))), "{effects:?}");
        assert_eq!(rejoin(&effects), None);
        let mut stopped = target();
        stopped.state = state(Status::Exited);
        assert_eq!(
            rejoin(&driver.send(Msg::Inspected(id("w"), Ok(Box::new(stopped))))),
            None
        );
        let (task, _) = rejoin(&driver.send(running())).unwrap();
        driver.send(Msg::Rejoined(task, SHELL, Ok(true)));
        assert!(driver.text().contains("connected again to the twin of web"));
    }
}

/// The engine is back, and the target is as it was.
fn engine_back(driver: &mut Driver) -> Vec<Effect> {
    driver.send(Msg::EngineBack);
    let joined = driver.model.joined.as_ref();
    let known = joined.map(|joined| joined.attached.target.clone());
    known.map_or_else(Vec::new, |known| {
        driver.send(Msg::Inspected(known.id.clone(), Ok(Box::new(known))))
    })
}

#[test]
fn an_arena_whose_connection_was_lost_is_connected_to_again() {
    let mut driver = Driver::arena((80, 24));
    let shell = driver.model.joined.as_ref().unwrap().shells.main().id();
    driver.send(Msg::EngineLost(engine_error()));
    assert_eq!(rejoin(&driver.send(Msg::ShellEnded(shell, None))), None);
    let screen = driver.text();
    for words in [
        "the connection to the shell ended",
        "when it does, the shell is looked for",
    ] {
        assert!(screen.contains(words), "{screen}");
    }
    let (task, _) = rejoin(&engine_back(&mut driver)).unwrap();
    driver.send(Msg::Rejoined(task, shell, Ok(true)));
    assert!(driver.text().contains("connected again to the twin of"));
    // One that the person left is not.
    driver.send(Msg::EngineLost(engine_error()));
    driver.send(Msg::ShellEnded(shell, Some(0)));
    assert_eq!(rejoin(&engine_back(&mut driver)), None);
}

#[test]
fn a_loop_is_frozen_on_a_yes_and_paid_for_when_it_is_left() {
    let mut driver = Driver::shell();
    driver.press("ctrl-]");
    driver.type_text("freeze");
    // `web` has no policy: nothing to end.
    driver.press("enter");
    assert!(
        driver.text().contains("web has no restart policy"),
        "{}",
        driver.text()
    );

    let mut driver = Driver::picker(few());
    driver.send(Msg::Elapsed(Timer::Preview(id("w"))));
    let mut looked = preview("w");
    let mut looping = target();
    looping.service.restart = "on-failure:3".into();
    looked.target = Ok(looping);
    driver.send(Msg::Previewed(Box::new(looked)));
    driver.press("alt-f");
    let screen = driver.text();
    assert!(
        screen.contains("docker update --restart=no web"),
        "{screen}"
    );
    assert!(screen.contains("on-failure:3"), "{screen}");
    assert_eq!(driver.press("enter"), [], "Enter alone is no yes");
    driver.press("alt-f");
    assert_eq!(driver.press("y"), [Effect::Freeze(id("w"))]);
    let debt = debt(Owed::Restart("on-failure:3".into()));
    driver.send(Msg::Frozen(id("w"), Ok(Box::new(debt.clone()))));
    assert!(driver.text().contains("web is frozen"), "{}", driver.text());
    driver.press("alt-f");
    assert!(driver.text().contains("web is frozen already"));

    let (task, shell) = attach_task(&driver.press("enter"));
    driver.send(Msg::Attached(task, Ok(Box::new(attached(shell)))));
    assert!(
        driver.text().contains("frozen, running"),
        "{}",
        driver.text()
    );
    driver.press("ctrl-]");
    driver.press("ctrl-o");
    let pay = Effect::Pay {
        debt: Box::new(debt.clone()),
        start: false,
    };
    // The palette's "leave", without a question.
    let mut again = Driver::picker(few());
    again.send(Msg::Frozen(id("w"), Ok(Box::new(debt.clone()))));
    let (task, shell) = attach_task(&again.press("enter"));
    again.send(Msg::Attached(task, Ok(Box::new(attached(shell)))));
    again.press("ctrl-]");
    let effects = again.press("ctrl-o");
    assert!(effects.contains(&pay), "{effects:?}");
    again.send(paid(&debt, true));
    let screen = again.text();
    assert!(
        screen.contains("docker start web brings it back"),
        "{screen}"
    );
    again.press("alt-g");
    assert!(
        again.text().contains("web is not frozen"),
        "{}",
        again.text()
    );
}

#[test]
fn what_is_let_go_is_started_again_on_a_yes() {
    let mut driver = Driver::picker(few());
    let debt = debt(Owed::Restart("always".into()));
    driver.send(Msg::Frozen(id("w"), Ok(Box::new(debt.clone()))));
    driver.press("alt-g");
    let screen = driver.text();
    assert!(
        screen.contains("docker update --restart=always web"),
        "{screen}"
    );
    assert!(screen.contains("docker start web"), "{screen}");
    assert_eq!(driver.press("n"), []);
    driver.press("alt-g");
    let want = Effect::Pay {
        debt: Box::new(debt.clone()),
        start: true,
    };
    assert_eq!(driver.press("y"), [want]);
    driver.send(Msg::Paid(id("w"), Err(engine_error())));
    assert!(
        driver.text().contains("cannot reach the engine"),
        "it is still owed"
    );
    driver.press("esc");
    driver.press("alt-g");
    assert!(driver.text().contains("Let it go?"));
}

#[test]
fn a_catch_waits_is_started_by_a_key_and_resumed_by_another() {
    let mut driver = Driver::picker(few());
    let effects = driver.press("alt-c");
    let (task, shell) = attach_task(&effects);
    assert!(
        matches!(&effects[0], Effect::Attach { wishes, .. } if wishes.mode == Some(Mode::Catch)),
        "{effects:?}"
    );
    assert_eq!(driver.press("s"), [], "nothing is waited for yet");
    let awaits = |runs| {
        let name = "web".into();
        Msg::Progress(
            task,
            Progress::Awaits {
                target: id("w"),
                name,
                runs,
            },
        )
    };
    driver.send(awaits(true));
    let screen = driver.text();
    assert!(
        screen.contains("waiting for the next start of web"),
        "{screen}"
    );
    assert!(!screen.contains("s start it"), "{screen}");
    assert_eq!(driver.press("s"), []);
    driver.send(awaits(false));
    let screen = driver.text();
    assert!(screen.contains("docker start web"), "{screen}");
    assert!(screen.contains("s start it"), "{screen}");
    assert_eq!(driver.press("s"), [Effect::StartTarget(id("w"))]);
    assert_eq!(driver.press("s"), [], "once");

    let debt = debt(Owed::Unpause);
    let mut caught = attached(shell);
    caught.target.state = state(Status::Paused);
    let after_ms = Some(9);
    caught.catch = Some(Catch::Caught(Caught {
        after_ms,
        debt: debt.clone(),
    }));
    driver.send(Msg::Attached(task, Ok(Box::new(caught))));
    let screen = driver.text();
    assert!(
        screen.contains("caught, paused 9 ms after its start"),
        "{screen}"
    );
    driver.press("ctrl-]");
    let pay = Effect::Pay {
        debt: Box::new(debt.clone()),
        start: false,
    };
    assert_eq!(driver.press("ctrl-u"), [pay]);
    driver.send(event("w", "unpause", None));
    driver.send(paid(&debt, false));
    assert!(driver.text().contains("● running"), "{}", driver.text());
    driver.press("ctrl-]");
    driver.press("ctrl-u");
    assert!(
        driver.text().contains("web was not caught"),
        "{}",
        driver.text()
    );
}

#[test]
fn a_catch_that_came_too_late_says_so_and_one_that_nobody_waits_for_is_let_go() {
    let mut driver = Driver::picker(few());
    let (task, shell) = attach_task(&driver.press("alt-c"));
    let mut missed = attached(shell);
    missed.twin.plan.mode = Mode::Arena;
    missed.catch = Some(Catch::Missed(
        "web was gone before it could be paused".into(),
    ));
    let effects = driver.send(Msg::Attached(task, Ok(Box::new(missed))));
    assert!(
        driver.text().contains("web was gone before"),
        "{}",
        driver.text()
    );
    let pace = Pace::default();
    let look = Effect::Triage {
        target: id("w"),
        pace,
    };
    assert!(effects.contains(&look), "{effects:?}");

    let mut driver = Driver::picker(few());
    let (task, shell) = attach_task(&driver.press("alt-c"));
    driver.press("esc");
    let debt = debt(Owed::Unpause);
    let mut late = attached(shell);
    late.catch = Some(Catch::Caught(Caught {
        after_ms: None,
        debt: debt.clone(),
    }));
    let effects = driver.send(Msg::Attached(task, Ok(Box::new(late))));
    let pay = Effect::Pay {
        debt: Box::new(debt),
        start: false,
    };
    assert!(effects.contains(&pay), "{effects:?}");
    assert!(
        effects.contains(&Effect::RemoveTwin(id("7"))),
        "{effects:?}"
    );
}

#[test]
fn what_is_caught_stays_so_with_another_twin_and_is_let_go_when_there_is_none() {
    let debt = debt(Owed::Unpause);
    let pay = Effect::Pay {
        debt: Box::new(debt.clone()),
        start: false,
    };
    let replaced = || {
        let mut driver = Driver::picker(few());
        let (task, shell) = attach_task(&driver.press("alt-c"));
        let mut caught = attached(shell);
        caught.target.state = state(Status::Paused);
        caught.catch = Some(Catch::Caught(Caught {
            after_ms: None,
            debt: debt.clone(),
        }));
        driver.send(Msg::Attached(task, Ok(Box::new(caught))));
        driver.send(Msg::ShellEnded(shell, Some(0)));
        let effects = driver.press("n");
        assert!(!effects.contains(&pay), "{effects:?}");
        (driver, attach_task(&effects[1..]))
    };
    let (mut driver, (task, shell)) = replaced();
    driver.send(Msg::Attached(task, Ok(Box::new(attached(shell)))));
    driver.press("ctrl-]");
    assert_eq!(driver.press("ctrl-u"), std::slice::from_ref(&pay));
    let (mut driver, _) = replaced();
    assert!(driver.press("esc").contains(&pay), "given up");
}

#[test]
fn what_happened_is_read_in_a_popup_and_hostile_words_are_harmless() {
    for size in [(80, 24), (120, 40)] {
        let mut driver = Driver::shell_with(super::support::settings(), size);
        driver.press("ctrl-]");
        let effects = driver.press("ctrl-d");
        assert!(
            matches!(effects[..], [Effect::Triage { .. }]),
            "{effects:?}"
        );
        assert!(driver.text().contains("looking"));
        let mut failed = target();
        failed.state = state(Status::Exited);
        failed.state.pid = None;
        failed.state.exit_code = 137;
        failed.state.oom_killed = true;
        failed.service.memory = Some(64 << 20);
        failed.runtime.last_run_ms = Some(1_234);
        let log = ["starting".into(), "loading \u{1b}[2Jthe model".into()];
        let told = triage(&failed, &log, &Pace::default());
        driver.send(Msg::Triaged(id("w"), Ok(Box::new(told))));
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("what_happened_{}x{}", size.0, size.1), driver.snapshot());
        });
        let screen = driver.text();
        assert!(screen.contains("limit of 64 MiB"), "{screen}");
        assert!(!screen.contains('\u{1b}'));
        driver.press("esc");
        assert!(!driver.text().contains("What happened"));
    }
}
