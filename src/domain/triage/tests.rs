use std::collections::BTreeMap;

use super::*;
use crate::domain::target::{ContainerId, Event, HealthRun, sample};

fn ended(code: i64) -> Target {
    let mut target = sample::target();
    target.state.status = Status::Exited;
    target.state.pid = None;
    target.state.exit_code = code;
    target.state.started_at = Some(1);
    target.state.finished_at = Some(2);
    target
}

fn looping(code: i64) -> Target {
    let mut target = ended(code);
    target.state.status = Status::Restarting;
    target.state.restarting = true;
    target.state.restart_count = 14;
    target.service.restart = "always".into();
    target.runtime.last_run_ms = Some(204);
    target
}

fn quick() -> Pace {
    let mut pace = Pace::default();
    for (action, at) in [("start", 1_000), ("die", 1_200), ("start", 2_200)] {
        pace.seen(&Event {
            id: ContainerId("1".into()),
            action: action.into(),
            exit_code: None,
            attributes: BTreeMap::new(),
            at_nanos: at * 1_000_000,
        });
    }
    pace
}

fn judge(target: &Target) -> Triage {
    triage(target, &[], &Pace::default())
}

#[test]
fn every_state_has_its_headline_and_its_way_in() {
    let with = |change: fn(&mut Target)| {
        let mut target = sample::target();
        change(&mut target);
        target
    };
    let rows: [(Target, &str, Option<Mode>); 14] = [
        (sample::target(), "web runs", Some(Mode::Join)),
        (
            with(|t| t.state.health = Some("unhealthy".into())),
            "web runs, but its health check fails",
            Some(Mode::Join),
        ),
        (
            with(|t| t.state.status = Status::Paused),
            "web is paused: its processes stand still",
            Some(Mode::Join),
        ),
        (
            with(|t| {
                t.state.status = Status::Created;
                t.state.pid = None;
            }),
            "web was created, and never started",
            Some(Mode::Arena),
        ),
        (
            with(|t| {
                t.state.status = Status::Created;
                t.state.exit_code = 127;
                t.state.error = Some("exec: \"serve\": not found".into());
            }),
            "web never ran: the engine could not start it",
            Some(Mode::Arena),
        ),
        (
            with(|t| t.state.status = Status::Removing),
            "web is being removed",
            None,
        ),
        (
            ended(0),
            "web ended in good order (status 0)",
            Some(Mode::Arena),
        ),
        (ended(3), "web exited with 3", Some(Mode::Arena)),
        (ended(139), "web killed by SIGSEGV (139)", Some(Mode::Arena)),
        (
            {
                let mut target = ended(137);
                target.state.oom_killed = true;
                target
            },
            "web killed: out of memory",
            Some(Mode::Arena),
        ),
        (
            looping(3),
            "web exited with 3, again and again",
            Some(Mode::Arena),
        ),
        (
            looping(0),
            "web ends in good order, again and again",
            Some(Mode::Arena),
        ),
        // As inspect tells of the pause in a loop: "running", and no process.
        (
            with(|t| {
                t.state.restarting = true;
                t.state.pid = None;
                t.state.exit_code = 1;
            }),
            "web exited with 1, again and again",
            Some(Mode::Arena),
        ),
        (
            with(|t| {
                t.state.pid = None;
                t.state.exit_code = 1;
            }),
            "web exited with 1, again and again",
            Some(Mode::Arena),
        ),
    ];
    for (target, headline, mode) in rows {
        let triage = judge(&target);
        assert_eq!(triage.headline, headline);
        let offer = triage.offer;
        assert_eq!(offer.as_ref().map(|o| o.mode), mode, "{headline}");
        assert!(offer.is_none_or(|o| !o.reason.is_empty()), "{headline}");
    }
}

#[test]
fn a_loop_that_is_up_for_a_moment_is_a_loop() {
    let mut target = sample::target();
    target.state.exit_code = 3;
    assert_eq!(judge(&target).offer.unwrap().mode, Mode::Join);
    let seen = triage(&target, &[], &quick());
    assert_eq!(seen.headline, "web exited with 3, again and again");
    assert_eq!(seen.offer.unwrap().mode, Mode::Arena);
    target.state.status = Status::Paused;
    assert!(!loops(&target.state, &quick()), "it was caught");
}

#[test]
fn facts_tell_meaning_pace_and_length() {
    let told = triage(&looping(3), &[], &quick());
    assert_eq!(
        told.facts,
        [
            "restarted 14 times, every 1.2 s, by its policy always",
            "its last run lasted 0.2 s",
        ]
    );
    let mut oom = ended(137);
    oom.state.oom_killed = true;
    oom.service.memory = Some(64 * 1024 * 1024);
    oom.runtime.last_run_ms = Some(61_000);
    assert_eq!(
        judge(&oom).facts,
        [
            "it went over its memory limit of 64 MiB: the kernel killed it",
            "its last run lasted 61 s",
            "it has no restart policy: it stays stopped",
        ]
    );
    let mut gave_up = ended(1);
    gave_up.state.restart_count = 3;
    gave_up.service.restart = "on-failure:3".into();
    assert_eq!(
        judge(&gave_up).facts[1],
        "its policy on-failure:3 gave up: it was restarted 3 times"
    );
    let mut never = sample::target();
    never.state.status = Status::Created;
    never.state.exit_code = 127;
    never.state.error = Some("exec: \u{1b}[2Jserve".into());
    assert_eq!(
        judge(&never).facts,
        ["the engine says: exec: \u{fffd}[2Jserve"]
    );
}

#[test]
fn statuses_that_mean_something_are_explained() {
    for code in [0, 1, 2, 125, 126, 127, 130, 134, 137, 139, 143, 255] {
        assert!(meaning(code, false, None).is_some(), "{code}");
    }
    for code in [3, 42, 124, 200, -1, i64::MAX, i64::MIN] {
        assert_eq!(meaning(code, false, None), None, "{code}");
    }
    let oom = |limit| meaning(0, true, limit).unwrap();
    assert!(oom(Some(1 << 31)).contains("2 GiB"));
    assert!(oom(Some(1000)).contains("0 KiB"));
    assert!(oom(None).contains("machine"));
}

#[test]
fn health_checks_are_told_the_newest_first() {
    let mut target = sample::target();
    let run = |exit_code, output: &str| HealthRun {
        exit_code,
        output: output.into(),
    };
    target.service.health_log = vec![
        run(0, "too old\n"),
        run(0, ""),
        run(1, "line one\nrefused \u{1b}[31m\n"),
        run(-1, "exec: curl: not found"),
    ];
    assert_eq!(
        judge(&target).health,
        [
            "could not run: exec: curl: not found",
            "failed with 1: refused \u{fffd}[31m",
            "passed",
        ]
    );
}

#[test]
fn durations_are_short() {
    for (millis, words) in [
        (0, "0 ms"),
        (9, "9 ms"),
        (10, "10 ms"),
        (49, "49 ms"),
        (50, "0.1 s"),
        (1_249, "1.2 s"),
        (9_949, "9.9 s"),
        (9_950, "10 s"),
        (60_000, "60 s"),
        (119_499, "119 s"),
        (120_000, "2 min"),
        (7_200_000, "2 h"),
    ] {
        assert_eq!(duration(millis), words, "{millis}");
    }
}

#[test]
fn the_reason_of_an_engine_stands_first() {
    for (error, told) in [
        (
            "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/bin/x\": stat /bin/x: no such file or directory: unknown",
            "exec: \"/bin/x\": stat /bin/x: no such file or directory",
        ),
        ("driver failed programming", "driver failed programming"),
        ("runc create failed: ", "runc create failed:"),
        ("", ""),
    ] {
        assert_eq!(super::meaning::told_of(error), told, "{error}");
    }
}
