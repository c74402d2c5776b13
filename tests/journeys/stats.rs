//! The strip above the processes: measured only while it is in sight and the target runs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use devtwin::app::{Effect, Msg, TaskId};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::log::Moment;
use devtwin::domain::stats::Sample;
use devtwin::domain::target::Status;

use crate::support::{Driver, event, id, settings, state, target};

const MIB: u64 = 1024 * 1024;

/// The number under which the target is measured.
fn measured(effects: &[Effect]) -> Option<TaskId> {
    effects.iter().find_map(|effect| match effect {
        Effect::FollowStats { task, target } => {
            assert_eq!(*target, id("w"), "the target, not the twin");
            Some(*task)
        }
        _ => None,
    })
}

fn asked(driver: &mut Driver) -> TaskId {
    let effects = driver.press("alt-5");
    measured(&effects).unwrap()
}

/// Second number `n` of a target that takes ever more.
pub(crate) fn sample(n: u64) -> Second {
    let all = n * (n + 1) / 2;
    Second(Sample {
        at: Moment(i64::try_from(n).unwrap() * 1_000_000_000),
        cpu: all * 5_000_000,
        machine: Some(n * 2_000_000_000),
        cores: 2,
        memory: n * MIB,
        memory_limit: Some(64 * MIB),
        network: Some((all * 1000, all * 3000)),
        disk: (0, all * 100),
        pids: 3,
        pids_limit: Some(100),
    })
}

/// What was measured in a second, to be sent under a number.
pub(crate) struct Second(Sample);

impl Second {
    pub(crate) fn under(self, task: TaskId) -> Msg {
        Msg::Stats(task, Box::new(self.0))
    }
}

/// The strip with a minute of figures.
pub(crate) fn pane(size: (u16, u16)) -> (Driver, TaskId) {
    let mut driver = Driver::shell_with(settings(), size);
    let task = asked(&mut driver);
    for n in 1..=60 {
        driver.send(sample(n).under(task));
    }
    (driver, task)
}

#[test]
fn the_target_is_measured_only_while_the_pane_is_in_sight() {
    let mut driver = Driver::shell();
    let task = asked(&mut driver);
    assert!(driver.text().contains("measuring …"), "{}", driver.text());
    driver.dirty();
    driver.send(sample(1).under(task));
    assert!(!driver.dirty(), "one sample tells no rate");
    driver.send(sample(2).under(task));
    assert!(driver.dirty());
    let screen = driver.text();
    for words in [
        "CPU  1.00 %",
        "2.0 MiB 3.1 %",
        "↓2.0kB ↑6.0kB",
        "3 of 100 tasks",
    ] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    let left = driver.press("alt-1");
    assert!(left.contains(&Effect::Cancel(task)), "{left:?}");
    driver.dirty();
    driver.send(sample(3).under(task));
    assert!(!driver.dirty(), "late samples are nobody's");
    let again = asked(&mut driver);
    assert_ne!(again, task);
    // Over the gap no rate is computed: the figures from before stand until the second sample.
    driver.send(sample(50).under(again));
    assert!(driver.text().contains("2.0 MiB"), "{}", driver.text());
    driver.send(sample(51).under(again));
    assert!(driver.text().contains("51.0 MiB"), "{}", driver.text());
}

#[test]
fn a_target_that_ends_is_measured_no_more_and_again_when_it_starts() {
    let (mut driver, task) = pane((80, 24));
    let effects = driver.send(event("w", "die", Some(1)));
    assert!(effects.contains(&Effect::Cancel(task)), "{effects:?}");
    assert!(
        driver.text().contains("as it was at last"),
        "{}",
        driver.text()
    );
    let effects = driver.send(event("w", "start", None));
    let again = measured(&effects).unwrap();
    assert!(measured(&driver.send(event("w", "unpause", None))).is_none());
    let lost = Error::new(ErrorKind::Engine, "cannot measure w: lost the engine");
    driver.send(Msg::FeedEnded(again, Err(lost)));
    assert!(measured(&driver.send(Msg::EngineBack)).is_some());
    driver.press("alt-1");
    assert!(measured(&driver.send(event("w", "start", None))).is_none());
}

#[test]
fn what_does_not_run_is_not_measured_and_an_error_is_told() {
    let mut driver = Driver::shell();
    let mut stopped = target();
    stopped.state = state(Status::Exited);
    driver.send(Msg::Inspected(id("w"), Ok(Box::new(stopped))));
    assert!(measured(&driver.press("alt-5")).is_none());
    assert!(
        driver.text().contains("web does not run"),
        "{}",
        driver.text()
    );
    let effects = driver.send(event("w", "start", None));
    let task = measured(&effects).unwrap();
    let error = Error::new(ErrorKind::Engine, "cannot measure w: refused");
    driver.send(Msg::FeedEnded(task, Err(error)));
    assert!(
        driver.text().contains("✗ cannot measure w: refused"),
        "{}",
        driver.text()
    );
}
