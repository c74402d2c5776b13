//! The logs pane: what it asks for and when, what it shows, and that nothing flows while it is out of sight.
#![expect(clippy::panic, reason = "a test that cannot go on fails")]

use crossterm::event::MouseEventKind;
use devtwin::app::keymap::Focus;
use devtwin::app::{Effect, Hit, Msg, Settings, TaskId};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::log::{Line, LogQuery, Moment, Run, Since, Stream};
use devtwin::domain::target::Status;

use crate::support::{Driver, event, id, settings, state, target};

const SECOND: i64 = 1_000_000_000;
/// When the first line was printed.
const BEGIN: i64 = 1_795_740_240 * SECOND;

/// The number under which the log is followed, and what is asked for.
pub(crate) fn follow(effects: &[Effect]) -> Option<(TaskId, LogQuery)> {
    effects.iter().find_map(|effect| match effect {
        Effect::FollowLog {
            task,
            target,
            query,
        } => {
            assert_eq!(*target, id("w"), "the target, not the twin");
            Some((*task, *query))
        }
        _ => None,
    })
}

#[track_caller]
fn followed(effects: &[Effect]) -> (TaskId, LogQuery) {
    follow(effects).unwrap_or_else(|| panic!("the log should be followed: {effects:?}"))
}

/// Line number `n`: one a second, each third to stderr.
pub(crate) fn line(n: i64) -> Line {
    let err = n % 3 == 2;
    Line {
        at: Some(Moment(BEGIN + n * SECOND)),
        stream: if err { Stream::Err } else { Stream::Out },
        text: if err {
            format!("error: no such table orders_{n}")
        } else {
            format!("GET /orders/{n} 200")
        },
        ..Line::default()
    }
}

/// A run that began so long after the first line.
pub(crate) fn run(after: i64) -> Run {
    let began = Moment(BEGIN + after);
    Run {
        began,
        after: began,
    }
}

pub(crate) fn lines(numbers: std::ops::Range<i64>) -> Vec<Line> {
    numbers.map(line).collect()
}

/// The pane at that size, with its first answer still to come.
pub(crate) fn asked(size: (u16, u16)) -> (Driver, TaskId) {
    asked_with(settings(), size)
}

fn asked_with(settings: Settings, size: (u16, u16)) -> (Driver, TaskId) {
    let mut driver = Driver::shell_with(settings, size);
    let (task, _) = followed(&driver.press("alt-4"));
    (driver, task)
}

/// The pane with 40 lines of two runs.
pub(crate) fn pane(size: (u16, u16)) -> (Driver, TaskId) {
    pane_with(settings(), size)
}

pub(crate) fn pane_with(settings: Settings, size: (u16, u16)) -> (Driver, TaskId) {
    let (mut driver, task) = asked_with(settings, size);
    let runs = vec![run(-SECOND), run(35 * SECOND - 1)];
    driver.send(Msg::LogRuns(task, runs));
    driver.send(Msg::LogLines(task, lines(0..40)));
    (driver, task)
}

#[track_caller]
fn shows(driver: &Driver, words: &[&str]) {
    let screen = driver.text();
    for words in words {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
}

#[test]
fn the_log_flows_only_while_it_is_in_sight_and_goes_on_where_it_was() {
    let mut driver = Driver::shell();
    assert_eq!(follow(&driver.press("x")), None);
    let (task, query) = followed(&driver.press("alt-4"));
    let first = LogQuery {
        tail: Some(2000),
        since: None,
    };
    assert_eq!(query, first);
    assert_eq!(driver.press("alt-4"), [], "it is in sight already");
    driver.send(Msg::LogLines(task, lines(0..3)));
    assert_eq!(driver.press("alt-1"), [Effect::Cancel(task)]);
    driver.dirty();
    driver.send(Msg::LogLines(task, lines(3..9)));
    assert!(!driver.dirty(), "late lines are nobody's");
    let (again, query) = followed(&driver.press("alt-4"));
    assert_ne!(again, task);
    let newest = Moment(BEGIN + 2 * SECOND + 1);
    assert_eq!(query.since, Some(Since::At(newest)), "no line twice");
    driver.send(Msg::LogLines(again, lines(3..5)));
    shows(&driver, &["Log web · 5 lines", "GET /orders/4 200"]);
    // A popup over it is no way out of it; the end of the session is.
    assert_eq!(driver.press("?"), []);
    driver.press("esc");
    driver.press("ctrl-]");
    let left = driver.press("ctrl-o");
    assert!(left.contains(&Effect::Cancel(again)), "{left:?}");
}

#[test]
fn a_click_on_another_tab_ends_the_stream_too() {
    let (mut driver, task) = pane((80, 24));
    let effects = driver.click(&Hit::Tab(0));
    assert_eq!(effects, [Effect::Cancel(task)]);
    let (task, _) = followed(&driver.click(&Hit::Tab(3)));
    let effects = driver.press("alt-6");
    assert!(effects.contains(&Effect::Cancel(task)), "{effects:?}");
}

#[test]
fn a_target_that_is_started_again_writes_on_in_the_same_log() {
    let (mut driver, task) = pane((120, 40));
    driver.send(event("w", "die", Some(3)));
    driver.send(Msg::FeedEnded(task, Ok(())));
    shows(&driver, &["■ ended"]);
    let (task, query) = followed(&driver.send(event("w", "start", None)));
    let newest = Moment(BEGIN + 39 * SECOND + 1);
    assert_eq!(query.since, Some(Since::At(newest)));
    driver.send(Msg::LogRuns(task, vec![run(50 * SECOND)]));
    driver.send(Msg::LogLines(task, lines(51..52)));
    shows(
        &driver,
        &[
            "a run began 2026-11-27 00:44:34.999 UTC",
            "a run began 2026-11-27 00:44:50.000 UTC",
            "GET /orders/51 200",
            "● following",
        ],
    );
    // The next start is told before that stream has ended: it gives way, and what it still brings is dropped.
    let effects = driver.send(event("w", "start", None));
    assert!(effects.contains(&Effect::Cancel(task)), "{effects:?}");
    let (next, _) = followed(&effects);
    driver.send(Msg::LogLines(task, lines(52..53)));
    driver.send(Msg::FeedEnded(task, Ok(())));
    driver.send(Msg::LogLines(next, lines(52..53)));
    shows(&driver, &["42 lines", "● following"]);
    // Another container, or a pane out of sight, asks for nothing.
    assert_eq!(follow(&driver.send(event("a", "start", None))), None);
    driver.press("alt-1");
    assert_eq!(follow(&driver.send(event("w", "start", None))), None);
}

#[test]
fn the_engine_that_comes_back_is_asked_for_what_is_missing() {
    let (mut driver, task) = pane((80, 24));
    let lost = Error::new(ErrorKind::Engine, "the stream broke off");
    driver.send(Msg::FeedEnded(task, Err(lost)));
    shows(&driver, &["✗ broken off", "GET /orders/39 200"]);
    let (task, query) = followed(&driver.send(Msg::EngineBack));
    assert!(query.since.is_some());
    shows(&driver, &["reading …"]);
    driver.send(Msg::LogRuns(task, Vec::new()));
    shows(&driver, &["● following"]);
}

#[test]
fn a_log_that_cannot_be_read_says_why_and_r_tries_again() {
    let (mut driver, task) = asked((80, 24));
    let error = Error::new(
        ErrorKind::Engine,
        "cannot read the logs of w: configured logging driver does not support reading",
    )
    .hint("its log driver keeps nothing that can be read here");
    driver.send(Msg::FeedEnded(task, Err(error)));
    shows(
        &driver,
        &[
            "✗ the log of web could not be read",
            "driver does not support",
            "its log driver keeps nothing",
            "r tries again",
        ],
    );
    driver.press("s");
    shows(&driver, &["there are no lines to save"]);
    let (task, query) = followed(&driver.press("r"));
    assert_eq!(query.tail, Some(2000));
    driver.send(Msg::LogLines(task, lines(0..1)));
    shows(&driver, &["1 line", "GET /orders/0 200"]);
}

#[test]
fn going_up_stops_the_following_and_says_how_many_lines_came() {
    let (mut driver, task) = pane((80, 24));
    driver.press("up");
    shows(&driver, &["▲ scrolled up"]);
    driver.send(Msg::LogLines(task, lines(40..41)));
    shows(&driver, &["▼ 1 new line"]);
    driver.send(Msg::LogLines(task, lines(41..45)));
    shows(&driver, &["▼ 5 new lines"]);
    assert!(!driver.text().contains("orders/42"), "{}", driver.text());
    driver.press("G");
    shows(&driver, &["● following", "orders/43"]);
    driver.mouse(MouseEventKind::ScrollUp, 10, 10);
    driver.press("home");
    shows(&driver, &["GET /orders/0 200"]);
    driver.press("pagedown");
    assert!(!driver.text().contains("orders/0 200"));
    for _ in 0..9 {
        driver.mouse(MouseEventKind::ScrollDown, 10, 10);
    }
    shows(&driver, &["● following"]);
}

#[test]
fn text_is_found_counted_and_gone_through() {
    let (mut driver, task) = pane((80, 24));
    driver.press("n");
    shows(&driver, &["nothing is looked for"]);
    driver.press("/");
    assert_eq!(driver.model.focus(), Focus::LogFind);
    driver.type_text("TABLE");
    shows(&driver, &["nothing found"]);
    driver.press("ctrl-u");
    driver.type_text("(");
    assert!(
        driver.text().contains("unclosed group"),
        "{}",
        driver.text()
    );
    driver.press("ctrl-u");
    driver.type_text("table orders_\\d$");
    shows(&driver, &["line 1 of 3", "orders_8"]);
    driver.press("up");
    shows(&driver, &["line 2 of 3", "orders_5"]);
    driver.press("enter");
    assert_eq!(driver.model.focus(), Focus::Logs);
    driver.press("n");
    shows(&driver, &["line 3 of 3"]);
    driver.press("n");
    shows(&driver, &["line 1 of 3"]);
    driver.press("N");
    shows(&driver, &["line 3 of 3"]);
    // What comes counts, too.
    let found = Line {
        text: "no table orders_0".into(),
        ..line(50)
    };
    driver.send(Msg::LogLines(task, vec![found]));
    shows(&driver, &["line 4 of 4"]);
    driver.press("esc");
    assert!(!driver.text().contains("of 4"));
    assert_eq!(driver.model.focus(), Focus::Logs);
    driver.press("/");
    assert_eq!(driver.press("alt-0"), []);
    driver.press("alt-1");
    driver.press("alt-4");
    assert_eq!(
        driver.model.focus(),
        Focus::Logs,
        "a line left empty is closed"
    );
    assert!(!driver.text().contains("find: text"), "{}", driver.text());
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Shell);
}

#[test]
fn a_time_since_when_is_asked_for_and_bad_words_say_what_can_be_written() {
    let (mut driver, before) = pane((80, 24));
    driver.press("T");
    driver.type_text("yesterday");
    assert_eq!(driver.press("enter"), []);
    shows(&driver, &["write 10m, 2h30m, 3d"]);
    assert_eq!(driver.press("up"), [], "there is nothing to go on to");
    driver.press("ctrl-u");
    driver.send(Msg::Paste("2h30m".into()));
    let effects = driver.press("enter");
    assert!(effects.contains(&Effect::Cancel(before)), "{effects:?}");
    let (task, query) = followed(&effects);
    assert_eq!(query.since, Some(Since::Ago(9000)));
    assert_eq!(
        driver.model.equivalent().unwrap(),
        "docker logs --follow --tail 2000 --since 150m web"
    );
    driver.send(Msg::LogLines(before, lines(90..95)));
    driver.send(Msg::LogLines(task, lines(38..40)));
    shows(&driver, &["2 lines · since 150m"]);
    // Nothing came since then: what was shown before goes, too.
    driver.press("T");
    driver.press("ctrl-u");
    driver.type_text("1s");
    let (task, _) = followed(&driver.press("enter"));
    shows(&driver, &["reading the log of web"]);
    driver.send(Msg::LogRuns(task, Vec::new()));
    shows(&driver, &["web has printed nothing since 1s"]);
    driver.send(Msg::FeedEnded(task, Ok(())));
    shows(&driver, &["web printed nothing since 1s"]);
    driver.press("T");
    driver.press("ctrl-u");
    let (_, query) = followed(&driver.press("enter"));
    assert_eq!(query.since, None);
}

#[test]
fn more_lines_are_loaded_and_the_place_is_kept() {
    let (mut driver, task) = asked((80, 24));
    assert!(!driver.text().contains("older: m"));
    driver.send(Msg::LogLines(task, lines(10_000..12_000)));
    shows(&driver, &["2000 lines · older: m", "m more"]);
    driver.press("home");
    shows(&driver, &["GET /orders/10000 200"]);
    let (task, query) = followed(&driver.press("m"));
    assert_eq!((query.tail, query.since), (Some(20_000), None));
    shows(&driver, &["GET /orders/10000 200"]);
    driver.send(Msg::LogLines(task, lines(0..5000)));
    driver.send(Msg::LogLines(task, lines(5000..12_000)));
    let screen = driver.text();
    let top = screen.lines().nth(3).unwrap_or_default();
    assert!(top.contains("GET /orders/10000 200"), "{screen}");
    shows(&driver, &["12000 lines"]);
    for tail in [200_000, 0] {
        let effects = driver.press("m");
        assert_eq!(
            follow(&effects)
                .and_then(|(_, query)| query.tail)
                .unwrap_or(0),
            tail
        );
    }
    shows(&driver, &["no more lines are kept in memory"]);
}

#[test]
fn the_log_is_saved_as_it_is_shown() {
    let (mut driver, _) = pane((80, 24));
    driver.press("s");
    shows(&driver, &["Save the log", "web.log"]);
    let effects = driver.press("enter");
    let [Effect::Save { path, text }] = &effects[..] else {
        panic!("it should be saved: {effects:?}");
    };
    assert_eq!(path, "web.log");
    assert!(
        text.starts_with("GET /orders/0 200\nGET /orders/1 200\nerror: no such table orders_2\n")
    );
    assert!(text.contains(
        "\n--- run began 2026-11-27 00:44:34.999 UTC ---\nerror: no such table orders_35\n"
    ));
    driver.press("t");
    driver.press("s");
    let effects = driver.press("enter");
    let [Effect::Save { text, .. }] = &effects[..] else {
        panic!("it should be saved: {effects:?}");
    };
    assert!(text.contains("\n2026-11-27 00:44:02.000 err error: no such table orders_2\n"));
}

#[test]
fn long_lines_are_broken_or_run_off_the_side() {
    let (mut driver, task) = asked((80, 24));
    let text = format!("{}END", "0123456789".repeat(12));
    driver.send(Msg::LogLines(task, vec![Line { text, ..line(0) }]));
    shows(&driver, &["END"]);
    driver.press("w");
    assert!(!driver.text().contains("END"));
    for _ in 0..3 {
        driver.press("right");
    }
    shows(&driver, &["END", "from column 49"]);
    driver.press("w");
    shows(&driver, &["END"]);
    assert!(!driver.text().contains("from column"));
}

#[test]
fn wrong_keys_change_nothing_and_the_palette_has_all() {
    let (mut driver, _) = pane((80, 24));
    driver.dirty();
    for key in ["z", "1", "x", "f5", "delete", "ctrl-x", "tab", "alt-0"] {
        assert_eq!(driver.press(key), [], "{key}");
        assert!(!driver.dirty(), "{key}");
    }
    assert_eq!(driver.press("enter"), []);
    for name in [
        "Find text in the log",
        "Show when lines were printed",
        "Break long lines of the log",
        "Show the log since a time",
        "Load ten times as many lines",
        "Read the log anew",
        "Save the log to a file",
    ] {
        driver.press("ctrl-]");
        driver.type_text(name);
        shows(&driver, &[name]);
        driver.press("esc");
    }
}

#[test]
fn a_target_that_does_not_run_shows_what_it_printed() {
    let (mut driver, task) = asked((80, 24));
    let mut stopped = target();
    stopped.state = state(Status::Exited);
    driver.send(Msg::Inspected(id("w"), Ok(Box::new(stopped))));
    driver.send(Msg::LogLines(task, lines(0..4)));
    driver.send(Msg::FeedEnded(task, Ok(())));
    shows(&driver, &["GET /orders/3 200", "■ ended"]);
}
