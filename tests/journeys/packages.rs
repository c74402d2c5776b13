//! The packages pane: it asks once, finds at every key, shows what would be done before it is done, and says
//! what became of it.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use crossterm::event::MouseEventKind;
use devtwin::app::keymap::Focus;
use devtwin::app::popup::Popup;
use devtwin::app::{Effect, Hit, Msg, Settings, ShellId, TaskId, Timer};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::packages::{
    Change, Doing, Finished, News, Outcome, Package, Remembered, Told, Transaction, Verb,
};

use crate::stock::{
    change, finished, installed, line, news, step, steps, stock, stock_of, transaction,
    unreachable_trouble,
};
use crate::support::{Driver, engine_error, id, settings, written};

const SMALL: (u16, u16) = (80, 24);

fn asked(effects: &[Effect]) -> Option<(TaskId, bool)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Stock {
            task,
            twin,
            refresh,
        } => {
            assert_eq!(*twin, id("7"), "the twin");
            Some((*task, *refresh))
        }
        _ => None,
    })
}

fn tried(effects: &[Effect]) -> Option<(TaskId, Change)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Simulate { task, twin, change } => {
            assert_eq!(*twin, id("7"), "the twin");
            Some((*task, change.clone()))
        }
        _ => None,
    })
}

fn ordered(effects: &[Effect]) -> Option<(TaskId, Change)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Change { task, twin, change } => {
            assert_eq!(*twin, id("7"), "the twin");
            Some((*task, change.clone()))
        }
        _ => None,
    })
}

/// The timer of the last rest among the effects.
fn rests(effects: &[Effect]) -> Option<Timer> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::After(timer @ Timer::Trial(_), _) => Some(timer.clone()),
        _ => None,
    })
}

/// The pane with the stock, at that size.
pub(crate) fn pane(settings: Settings, size: (u16, u16)) -> Driver {
    let mut driver = Driver::shell_with(settings, size);
    let (task, refresh) = asked(&driver.press("alt-2")).expect("the manager is asked");
    assert!(!refresh);
    driver.send(Msg::Stocked(task, Ok(Box::new(stock()))));
    driver
}

fn small() -> Driver {
    pane(settings(), SMALL)
}

/// A pane in which `bind-tools` was found, and what it brings is known.
pub(crate) fn found(settings: Settings, size: (u16, u16)) -> Driver {
    let mut driver = pane(settings, size);
    let timer = rests(&driver.type_text("bind-t")).expect("a rest");
    let (task, change) = tried(&driver.send(Msg::Elapsed(timer))).expect("a trial");
    let told = transaction(change, steps());
    driver.send(Msg::Simulated(task, Ok(Box::new(told))));
    driver
}

/// A pane in which the installation of `bind-tools` runs.
pub(crate) fn running(settings: Settings, size: (u16, u16)) -> (Driver, TaskId) {
    let mut driver = found(settings, size);
    assert_eq!(ordered(&driver.press("enter")), None, "first it is shown");
    let (task, wish) = ordered(&driver.press("enter")).expect("a change");
    assert_eq!(wish, change(Verb::Install, &["bind-tools"]));
    for told in news() {
        driver.send(Msg::PackageNews(task, told));
    }
    (driver, task)
}

/// A pane in which it ended like that.
pub(crate) fn ended(settings: Settings, size: (u16, u16), outcome: Outcome) -> Driver {
    let (mut driver, task) = running(settings, size);
    driver.send(Msg::PackagesChanged(task, Ok(Box::new(finished(outcome)))));
    driver
}

#[track_caller]
fn assert_shows(driver: &Driver, all: &[&str]) {
    let screen = driver.text();
    for words in all {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
}

fn run(driver: &mut Driver, query: &str) -> Vec<Effect> {
    driver.press("ctrl-]");
    driver.type_text(query);
    driver.press("enter")
}

#[test]
fn it_asks_when_it_is_first_shown_and_no_more() {
    let mut driver = Driver::shell();
    assert_shows(&driver, &[" 2 Pkgs "]);
    let (task, refresh) = asked(&driver.press("alt-2")).unwrap();
    assert!(!refresh);
    assert_eq!(driver.model.focus(), Focus::Packages);
    assert_shows(&driver, &["asking the package manager what can be had"]);
    driver.send(Msg::PackageNews(task, line("fetch APKINDEX.tar.gz")));
    driver.send(Msg::PackageNews(
        task,
        News::Told(Told::Fetching("APKINDEX.tar.gz".into())),
    ));
    assert_shows(&driver, &["fetching APKINDEX.tar.gz … 1 line so far"]);
    // What is typed meanwhile counts.
    driver.type_text("jq");
    driver.press("alt-1");
    assert_eq!(asked(&driver.press("alt-2")), None, "it is on its way");
    driver.send(Msg::Stocked(task, Ok(Box::new(stock()))));
    assert_shows(&driver, &["1.7.1-r1", "1 of 10 packages"]);
    driver.press("alt-1");
    assert_eq!(asked(&driver.press("alt-2")), None);
}

#[test]
fn a_click_and_the_palette_lead_there_as_well() {
    let mut driver = Driver::shell();
    assert!(asked(&driver.click(&Hit::Tab(1))).is_some());
    driver.click(&Hit::Tab(0));
    assert_eq!(driver.model.focus(), Focus::Shell);
    run(&mut driver, "packages: search");
    assert_eq!(driver.model.focus(), Focus::Packages);
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Shell, "back");
}

#[test]
fn no_manager_is_told_with_what_to_do_and_asked_for_again_on_a_key() {
    let mut driver = Driver::shell();
    let (task, _) = asked(&driver.press("alt-2")).unwrap();
    let none = Error::new(ErrorKind::NoDevImage, "the twin has no package manager")
        .hint("name another image with --image");
    driver.send(Msg::Stocked(task, Err(none)));
    assert_shows(
        &driver,
        &[
            "it is not known what can be installed",
            "the twin has no package manager",
            "name another image with --image",
            "Ctrl-R tries again",
        ],
    );
    for key in [
        "enter", "tab", "delete", "ctrl-t", "ctrl-l", "ctrl-y", "down", "x",
    ] {
        let effects = driver.press(key);
        assert_eq!((tried(&effects), ordered(&effects)), (None, None), "{key}");
        assert!(driver.model.popups.is_empty(), "{key}");
    }
    let (task, refresh) = asked(&driver.press("ctrl-r")).unwrap();
    assert!(refresh);
    driver.send(Msg::Stocked(task, Ok(Box::new(stock()))));
    // A failure later leaves what is known.
    let (task, _) = asked(&driver.press("ctrl-r")).unwrap();
    assert_shows(&driver, &["fetching the indexes"]);
    driver.send(Msg::Stocked(task, Err(engine_error())));
    assert_shows(&driver, &["cannot reach the engine"]);
    driver.press("esc");
    driver.press("esc");
    assert_shows(&driver, &["bind-tools"]);
}

#[test]
fn typing_finds_at_once_and_keys_of_the_line_edit_it() {
    let mut driver = small();
    assert_shows(&driver, &["10 packages, 3 installed", "bash", "bind-libs"]);
    assert_eq!(written(&driver.type_text("trace")), b"", "not to the shell");
    assert_shows(&driver, &["2 of 10 packages", "strace", "ltrace"]);
    driver.press("ctrl-u");
    driver.send(Msg::Paste("gdb\nsecond".into()));
    assert_shows(&driver, &["❯ gdb", "1 of 10"]);
    driver.type_text("zz?");
    assert_shows(&driver, &["❯ gdbzz?", "No package is called like that"]);
    driver.press("esc");
    assert_shows(&driver, &["10 packages"]);
    assert_eq!(
        driver.model.focus(),
        Focus::Packages,
        "Esc cleared the text"
    );
    driver.press("?");
    assert!(matches!(driver.model.popups[..], [Popup::Help(_)]));
}

#[test]
fn what_is_installed_old_or_broken_is_told_by_a_sign() {
    let driver = small();
    let screen = driver.text();
    for row in ["↑ bash", "● busybox", "✗ ltrace"] {
        assert!(screen.contains(row), "{row}:\n{screen}");
    }
}

#[test]
fn only_what_is_installed_on_a_key_and_all_again() {
    let mut driver = small();
    driver.press("ctrl-l");
    assert_shows(&driver, &["only the 3 installed", "busybox"]);
    assert!(!driver.text().contains("strace"), "{}", driver.text());
    driver.type_text("trace");
    assert_shows(&driver, &["1 of 3 installed", "ltrace"]);
    driver.press("esc");
    driver.press("esc");
    assert_shows(&driver, &["10 packages, 3 installed"]);
}

#[test]
fn what_is_installed_is_found_although_no_index_has_it() {
    let mut driver = Driver::shell_with(settings(), SMALL);
    let (task, _) = asked(&driver.press("alt-2")).expect("the manager is asked");
    let mut listed = stock().catalogue.find("apk", "", &installed(), 100).matches;
    listed.retain(|found| found.package.name != "busybox");
    let listed = listed.into_iter().map(|found| found.package).collect();
    let stock = stock_of(listed, installed());
    driver.send(Msg::Stocked(task, Ok(Box::new(stock))));
    assert_shows(&driver, &["10 packages, 3 installed"]);
    driver.type_text("busybox");
    assert_shows(&driver, &["1 of 10 packages", "● busybox"]);
}

#[test]
fn what_comes_along_is_asked_once_the_choice_has_rested() {
    let mut driver = small();
    let first = rests(&driver.type_text("bind-")).unwrap();
    let second = rests(&driver.press("down")).unwrap();
    assert_eq!(driver.send(Msg::Elapsed(first)), [], "it moved on");
    let (task, wish) = tried(&driver.send(Msg::Elapsed(second.clone()))).unwrap();
    assert_eq!(wish, change(Verb::Install, &["bind-tools"]));
    assert_eq!(driver.send(Msg::Elapsed(second)), [], "once");
    assert_shows(&driver, &["asking apk what comes with it"]);
    let told = transaction(wish, steps());
    driver.send(Msg::Simulated(task, Ok(Box::new(told.clone()))));
    assert_shows(&driver, &["brings 2 packages: libuv, bind-libs"]);
    // A trial that nobody waits for is given up, and its answer dropped.
    driver.press("up");
    let timer = rests(&driver.press("down")).unwrap();
    let (late, _) = tried(&driver.send(Msg::Elapsed(timer))).unwrap();
    assert!(driver.press("up").contains(&Effect::Cancel(late)));
    driver.dirty();
    driver.send(Msg::Simulated(late, Ok(Box::new(told))));
    assert!(!driver.dirty());
}

#[test]
fn enter_shows_exactly_what_would_be_done_and_enter_again_does_it() {
    let mut driver = found(settings(), SMALL);
    assert_eq!(driver.press("enter"), [], "it is known already");
    assert_shows(
        &driver,
        &[
            "Install bind-tools?",
            "+ bind-tools 9.20.4-r0",
            "+ libuv 1.49.2-r0",
            "$ docker exec -u 0 devtwin-web-1 apk add bind-tools",
            "Enter do it",
        ],
    );
    driver.press("esc");
    assert!(driver.model.popups.is_empty());
    driver.press("enter");
    let (_, wish) = ordered(&driver.press("enter")).unwrap();
    assert_eq!(wish, change(Verb::Install, &["bind-tools"]));
    assert_eq!(driver.model.focus(), Focus::Change);
}

#[test]
fn what_is_confirmed_copied_and_run_has_the_repositories_that_are_configured() {
    let mut driver = small();
    driver.type_text("jq");
    let (task, wish) = tried(&driver.press("enter")).unwrap();
    let told = Transaction {
        line: "apk add -X /repo jq".into(),
        dockerfile: "RUN apk add --no-cache -X /repo jq".into(),
        ..transaction(wish, vec![step(1, 1, Doing::Install, "jq", "1.7.1-r1")])
    };
    let copied = |effects: &[Effect]| match effects.first() {
        Some(Effect::Copy(text)) => text.clone(),
        other => panic!("{other:?}"),
    };
    let docker = "docker exec -u 0 devtwin-web-1 apk add -X /repo jq";
    driver.send(Msg::Simulated(task, Ok(Box::new(told.clone()))));
    assert_shows(&driver, &["Install jq?", &format!("$ {docker}")]);
    driver.press("esc");
    assert_eq!(driver.model.equivalent().as_deref(), Some(docker));
    assert_eq!(copied(&driver.press("ctrl-y")), told.line);
    assert_eq!(copied(&driver.press("alt-y")), told.dockerfile);
    driver.press("enter");
    assert!(ordered(&driver.press("enter")).is_some());
    assert_eq!(driver.model.equivalent().as_deref(), Some(docker));
}

#[test]
fn enter_before_the_answer_asks_and_does_nothing_unseen() {
    let mut driver = small();
    driver.type_text("jq");
    let (task, wish) = tried(&driver.press("enter")).unwrap();
    assert_shows(&driver, &["Install jq", "asking what it would do"]);
    for _ in 0..3 {
        assert_eq!(driver.press("enter"), []);
    }
    // The rest that was on its way finds the answer asked for.
    let told = transaction(wish, vec![step(1, 1, Doing::Install, "jq", "1.7.1-r1")]);
    driver.send(Msg::Simulated(task, Ok(Box::new(told))));
    assert_shows(&driver, &["Install jq?", "+ jq 1.7.1-r1"]);
    assert!(ordered(&driver.press("enter")).is_some());
}

#[test]
fn what_cannot_be_done_is_explained_and_never_ordered() {
    let mut driver = small();
    driver.type_text("jq");
    let (task, wish) = tried(&driver.press("enter")).unwrap();
    let told = Transaction {
        troubles: vec![unreachable_trouble()],
        ..transaction(wish, Vec::new())
    };
    driver.send(Msg::Simulated(task, Ok(Box::new(told))));
    assert_shows(&driver, &["could not be reached", "→ behind a proxy"]);
    assert_eq!(driver.press("enter"), []);
    assert!(driver.model.popups.is_empty());
    // An answer that a popup waits for is not given up when other news come.
    let (late, _) = asked(&driver.press("ctrl-r")).unwrap();
    driver.press("esc");
    let timer = rests(&driver.type_text("gdb")).unwrap();
    let (task, wish) = tried(&driver.send(Msg::Elapsed(timer))).unwrap();
    assert_eq!(driver.press("enter"), [], "it is asked already");
    let effects = driver.send(Msg::Stocked(late, Ok(Box::new(stock()))));
    assert!(!effects.contains(&Effect::Cancel(task)), "{effects:?}");
    let told = transaction(wish, vec![step(1, 1, Doing::Install, "gdb", "15.2-r0")]);
    driver.send(Msg::Simulated(task, Ok(Box::new(told))));
    assert_shows(&driver, &["Install gdb?"]);
    driver.press("esc");
    // Nothing to do is no change either.
    let (task, wish) = tried(&driver.press("ctrl-g")).unwrap();
    assert_eq!(wish, change(Verb::Upgrade, &[]));
    let told = transaction(wish, Vec::new());
    driver.send(Msg::Simulated(task, Ok(Box::new(told))));
    assert_shows(&driver, &["Upgrade all packages", "nothing to do"]);
    assert_eq!(driver.press("enter"), []);
    // Nor is what could not be asked.
    let (task, _) = tried(&driver.press("ctrl-g")).unwrap();
    driver.send(Msg::Simulated(task, Err(engine_error())));
    assert_shows(&driver, &["cannot reach the engine"]);
    assert_eq!(driver.press("enter"), []);
}

#[test]
fn marked_packages_are_changed_together() {
    let mut driver = small();
    for name in ["jq", "gdb"] {
        driver.type_text(name);
        driver.press("tab");
        driver.press("esc");
    }
    assert_shows(&driver, &["2 marked", "*  jq", "*  gdb"]);
    let (_, wish) = tried(&driver.press("enter")).unwrap();
    assert_eq!(wish, change(Verb::Install, &["jq", "gdb"]));
    assert_shows(&driver, &["Install 2 packages"]);
    driver.press("esc");
    let effects = driver.press("delete");
    assert_eq!(tried(&effects), None);
    assert_shows(&driver, &["jq is not installed"]);
    driver.press("esc");
    assert!(!driver.text().contains("marked"), "{}", driver.text());
}

#[test]
fn what_is_installed_is_removed_or_brought_up_to_date_by_choice() {
    let mut driver = small();
    driver.type_text("bash");
    assert_eq!(driver.press("enter"), []);
    assert_shows(&driver, &["u Bring up to date", "r Remove"]);
    let (task, wish) = tried(&driver.press("enter")).unwrap();
    assert_eq!(wish, change(Verb::Upgrade, &["bash"]));
    driver.press("esc");
    let told = Transaction {
        troubles: vec![unreachable_trouble()],
        ..transaction(wish, Vec::new())
    };
    driver.send(Msg::Simulated(task, Ok(Box::new(told))));
    assert_shows(&driver, &["it cannot be upgraded now"]);
    driver.press("enter");
    let (_, wish) = tried(&driver.press("r")).unwrap();
    assert_eq!(wish, change(Verb::Remove, &["bash"]));
    driver.press("esc");
    let (_, wish) = tried(&driver.press("delete")).unwrap();
    assert_eq!(wish, change(Verb::Remove, &["bash"]));
    driver.press("esc");
    driver.press("esc");
    driver.type_text("ltrace");
    driver.press("enter");
    let (_, wish) = tried(&driver.click(&Hit::PopupRow(0))).unwrap();
    assert_eq!(wish, change(Verb::Remove, &["ltrace"]), "broken as it is");
    driver.press("esc");
    for key in ["b", "esc"] {
        driver.press("enter");
        assert_eq!(driver.press(key), []);
        assert!(driver.model.popups.is_empty());
    }
}

#[test]
fn a_change_that_runs_is_told_step_by_step() {
    let (driver, _) = running(settings(), SMALL);
    assert_shows(
        &driver,
        &[
            "Install bind-tools",
            "2 of 3 · installing bind-libs",
            "40 %",
            "✓ libuv 1.49.2-r0  installed",
            "▸ bind-libs 9.20.4-r0  installing",
            "· bind-tools 9.20.4-r0  to do",
            " 2 Packages ◌ 2/3 ",
            "Esc cancel",
        ],
    );
}

#[test]
fn raw_output_on_a_key() {
    let (mut driver, task) = running(settings(), SMALL);
    driver.press("o");
    assert_shows(
        &driver,
        &["raw output", "(2/3) Installing bind-libs (9.20.4-r0)"],
    );
    for n in 0..5000 {
        driver.send(Msg::PackageNews(task, line(&format!("line {n}"))));
    }
    assert_shows(&driver, &["line 4999"]);
    driver.press("home");
    assert_shows(&driver, &["lines before", "line 4000"]);
    driver.send(Msg::PackageNews(task, line("one more")));
    assert!(!driver.text().contains("one more"), "reading is left alone");
    driver.press("end");
    assert_shows(&driver, &["one more"]);
    driver.press("o");
    assert_shows(&driver, &["▸ bind-libs"]);
}

#[test]
fn a_flood_of_hostile_news_is_bounded_and_clean() {
    let (mut driver, task) = running(settings(), SMALL);
    for n in 0..6000 {
        let name = format!("\u{1b}[2Jevil{n}\u{202e}{}", "x".repeat(2000));
        let told = Told::Step(step(n, 0, Doing::Install, &name, "\u{9b}1"));
        driver.send(Msg::PackageNews(task, News::Told(told)));
    }
    let what = "\u{1b}]0;x\u{7}".repeat(5000);
    driver.send(Msg::PackageNews(
        task,
        News::Told(Told::Script(what.clone())),
    ));
    driver.send(Msg::PackageNews(task, line(&what)));
    for key in ["end", "o", "home"] {
        driver.press(key);
        let (buffer, _) = driver.draw();
        for cell in &buffer.content {
            assert!(!cell.symbol().contains(char::is_control), "{key}");
        }
    }
    let kept = format!("{:?}", driver.model.joined.as_ref().unwrap().packages.work);
    assert!(kept.len() < 16_000_000, "{}", kept.len());
}

#[test]
fn esc_cancels_once_and_the_last_word_is_waited_for() {
    let (mut driver, task) = running(settings(), SMALL);
    assert_eq!(driver.press("esc"), [Effect::Cancel(task)]);
    assert_shows(&driver, &["cancelling …"]);
    for key in ["esc", "ctrl-c", "enter"] {
        assert_eq!(driver.press(key), [], "{key}");
        assert_eq!(driver.model.focus(), Focus::Change, "{key}");
    }
    let end = finished(Outcome::Cancelled);
    driver.send(Msg::PackagesChanged(task, Ok(Box::new(end))));
    assert_shows(
        &driver,
        &["cancelled; what was done by then stays", "+ libuv"],
    );
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Packages);
    driver.press("esc");
    assert_shows(&driver, &["4 installed"]);
}

#[test]
fn what_became_of_it_is_told_kept_and_can_be_copied() {
    let mut driver = ended(settings(), SMALL, Outcome::Done);
    assert_shows(
        &driver,
        &[
            "✓ bind-tools is installed",
            "What is different now",
            "+ libuv 1.49.2-r0",
            "apk add bind-tools",
            "RUN apk add --no-cache bind-tools",
        ],
    );
    let copied = |effects: &[Effect]| match effects.first() {
        Some(Effect::Copy(text)) => text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(copied(&driver.press("y")), "apk add bind-tools");
    let dockerfile = "RUN apk add --no-cache bind-tools";
    assert_eq!(copied(&driver.press("Y")), dockerfile);
    driver.press("o");
    assert_shows(&driver, &["(3/3) Installing bind-tools (9.20.4-r0)"]);
    driver.press("enter");
    assert_eq!(driver.model.focus(), Focus::Packages);
    assert_shows(&driver, &["● bind-tools"]);
    driver.press("alt-l");
    assert_shows(&driver, &["✓ bind-tools is installed"]);
    let joined = driver.model.joined.as_ref().unwrap();
    let facts: Vec<_> = joined.changes.iter().collect();
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0].line, "apk add bind-tools");
}

#[test]
fn a_failure_says_what_is_wrong_what_proves_it_and_what_to_do() {
    let mut driver = ended(settings(), SMALL, Outcome::Failed);
    assert_shows(
        &driver,
        &[
            "✗ could not install bind-tools",
            "could not be reached",
            "· WARNING: updating and opening",
            "→ behind a proxy",
            " 2 Packages ✗ ",
        ],
    );
    assert!(matches!(driver.press("y").first(), Some(Effect::After(..))));
    assert_shows(&driver, &["there is no line to copy"]);
    driver.press("esc");
    assert!(!driver.text().contains("Packages ✗"), "{}", driver.text());
    assert_eq!(
        driver.model.joined.as_ref().unwrap().changes.iter().len(),
        0
    );
}

#[test]
fn what_never_came_to_a_report_is_told_and_what_is_installed_asked_anew() {
    let (mut driver, task) = running(settings(), SMALL);
    let gone = Error::new(ErrorKind::Engine, "the twin ended").hint("launch a new twin");
    let effects = driver.send(Msg::PackagesChanged(task, Err(gone)));
    assert_shows(
        &driver,
        &["could not install bind-tools: the twin ended", "→ launch"],
    );
    assert!(asked(&effects).is_some());
}

#[test]
fn the_pane_may_be_left_while_a_change_runs() {
    let (mut driver, task) = running(settings(), SMALL);
    driver.press("alt-1");
    assert_eq!(written(&driver.press("x")), b"x", "keys go to the shell");
    assert_shows(&driver, &["Pkgs ◌ 2/3"]);
    driver.dirty();
    driver.send(Msg::PackageNews(task, line("unseen")));
    assert!(!driver.dirty(), "nothing of it is in sight");
    let last = News::Told(Told::Step(steps()[2].clone()));
    driver.send(Msg::PackageNews(task, last));
    assert!(driver.dirty());
    let end = Msg::PackagesChanged(task, Ok(Box::new(finished(Outcome::Done))));
    driver.send(end);
    assert_shows(&driver, &["bind-tools is installed", "Alt-2 shows it"]);
    driver.press("alt-2");
    assert_eq!(driver.model.focus(), Focus::Change);
}

#[test]
fn one_change_at_a_time() {
    let mut driver = Driver::shell();
    let (task, _) = asked(&ran(&mut driver, "dig", 127)).unwrap();
    driver.send(Msg::Stocked(task, Ok(Box::new(stock()))));
    driver.press("alt-2");
    driver.type_text("jq");
    let (task, wish) = tried(&driver.press("enter")).unwrap();
    let told = transaction(wish, vec![step(1, 1, Doing::Install, "jq", "1.7.1-r1")]);
    driver.send(Msg::Simulated(task, Ok(Box::new(told))));
    assert!(ordered(&driver.press("enter")).is_some());
    driver.press("alt-1");
    driver.press("ctrl-]");
    assert_eq!(tried(&driver.press("ctrl-g")), None);
    assert_shows(
        &driver,
        &["a change of packages is running", "one at a time"],
    );
}

#[test]
fn replies_of_other_tasks_are_dropped() {
    let (mut driver, task) = running(settings(), SMALL);
    driver.dirty();
    let before = driver.text();
    let other = TaskId(task.0 + 100);
    driver.send(Msg::PackageNews(other, line("other")));
    let end: Finished = finished(Outcome::Failed);
    driver.send(Msg::PackagesChanged(other, Ok(Box::new(end))));
    driver.send(Msg::Stocked(other, Err(engine_error())));
    let told = transaction(change(Verb::Install, &["jq"]), Vec::new());
    driver.send(Msg::Simulated(other, Ok(Box::new(told))));
    assert!(!driver.dirty());
    assert_eq!(driver.text(), before);
}

#[test]
fn a_twin_that_ended_is_said_and_nothing_is_ordered() {
    let mut driver = small();
    driver.send(Msg::ShellEnded(ShellId(1), Some(137)));
    assert_shows(&driver, &["the twin has ended"]);
    for key in [
        "enter", "ctrl-g", "delete", "ctrl-r", "ctrl-t", "tab", "down",
    ] {
        let effects = driver.press(key);
        let orders = (asked(&effects), tried(&effects), ordered(&effects));
        assert_eq!(orders, (None, None, None), "{key}");
        assert_eq!(rests(&effects), None, "{key}");
        assert!(driver.model.popups.is_empty(), "{key}");
    }
    driver.press("esc");
    driver.type_text("jq");
    assert_shows(&driver, &["▌   jq", "the twin has ended"]);
    let promise = driver.text().contains("Enter      ");
    assert!(!promise, "Enter does nothing now:\n{}", driver.text());
    let mut driver = Driver::shell();
    driver.send(Msg::ShellEnded(ShellId(1), Some(137)));
    assert_eq!(asked(&driver.press("alt-2")), None);
    assert_shows(&driver, &["the twin has ended"]);
    // A popup that was open when it ended orders nothing either.
    let mut driver = found(settings(), SMALL);
    driver.press("enter");
    driver.send(Msg::ShellEnded(ShellId(1), Some(137)));
    assert_eq!(ordered(&driver.press("enter")), None);
}

#[test]
fn leaving_the_session_gives_up_what_runs() {
    let (mut driver, task) = running(settings(), SMALL);
    run(&mut driver, "Quit devtwin");
    assert_shows(&driver, &["Packages change in it now."]);
    driver.press("esc");
    let effects = run(&mut driver, "Remove the twin, back");
    assert!(effects.contains(&Effect::Cancel(task)), "{effects:?}");
    assert!(effects.contains(&Effect::RemoveTwin(id("7"))));
    driver.dirty();
    driver.send(Msg::PackagesChanged(
        task,
        Ok(Box::new(finished(Outcome::Done))),
    ));
    assert!(!driver.dirty());
}

#[test]
fn what_is_typed_past_the_pane_makes_it_ask_again() {
    let mut driver = small();
    driver.press("alt-1");
    ran(&mut driver, "apk add jq", 0);
    assert!(asked(&driver.press("alt-2")).is_some());
    driver.press("alt-1");
    assert_eq!(asked(&driver.press("alt-2")), None, "it is on its way");
}

/// A command ends in the shell with that status.
fn ran(driver: &mut Driver, command: &str, status: i32) -> Vec<Effect> {
    let encoded = command.replace(' ', "%20");
    let marks = format!(
        "\x1b]133;A\x07$ \x1b]133;B\x07{command}\r\n\x1b]133;C;cmdline_url={encoded}\x07\r\n\x1b]133;D;{status}\x07"
    );
    driver.send(Msg::Output(
        ShellId(1),
        marks.into_bytes(),
        Duration::from_secs(1),
    ))
}

#[test]
fn a_command_that_is_not_found_is_looked_up_and_installed_on_a_key() {
    let mut driver = Driver::shell();
    let (task, refresh) = asked(&ran(&mut driver, "cat x | sudo dig example.org", 127)).unwrap();
    assert!(!refresh);
    assert_eq!(driver.model.focus(), Focus::Shell);
    assert_eq!(asked(&ran(&mut driver, "dig", 127)), None, "one at a time");
    driver.send(Msg::Stocked(task, Ok(Box::new(stock()))));
    assert_shows(
        &driver,
        &[
            "dig is in the package bind-tools",
            "Ctrl-] Ctrl-G installs it",
        ],
    );
    driver.press("ctrl-]");
    let (task, wish) = tried(&driver.press("ctrl-g")).unwrap();
    let offer = driver.text().contains("is in the package");
    assert!(!offer, "the offer was taken:\n{}", driver.text());
    assert_eq!(wish, change(Verb::Install, &["bind-tools"]));
    let told = transaction(wish, steps());
    driver.send(Msg::Simulated(task, Ok(Box::new(told))));
    assert!(ordered(&driver.press("enter")).is_some());
    assert_eq!(driver.model.focus(), Focus::Change);
}

#[test]
fn nothing_is_said_of_what_nobody_provides_or_is_there_or_was_found() {
    let mut driver = small();
    driver.press("alt-1");
    for (command, status) in [
        ("nosuchthing", 127),
        ("ls", 127),
        ("/usr/bin/dig", 127),
        ("dig", 1),
        ("", 127),
    ] {
        let mut effects = ran(&mut driver, command, status);
        // That it is written down is another matter.
        effects.retain(|effect| !matches!(effect, Effect::Recipe(_)));
        assert_eq!(effects, [], "{command}");
    }
    let effects = run(&mut driver, "Install what the last command");
    assert_eq!(tried(&effects), None);
    assert_shows(&driver, &["no command was missing"]);
}

#[test]
fn what_was_installed_last_time_is_offered() {
    let mut remembered = Remembered::default();
    for name in ["gone", "bash", "jq", "strace"] {
        let mut before = finished(Outcome::Done).changed;
        before.change = change(Verb::Install, &[name]);
        remembered.note("other", &before);
    }
    let mut driver = pane(
        Settings {
            remembered,
            ..settings()
        },
        SMALL,
    );
    assert_shows(
        &driver,
        &["Alt-a installs again what you had last time: strace, jq"],
    );
    let (_, wish) = tried(&driver.press("alt-a")).unwrap();
    assert_eq!(wish, change(Verb::Install, &["strace", "jq"]));
    let mut driver = small();
    assert_eq!(tried(&driver.press("alt-a")), None);
    assert_shows(&driver, &["nothing is left to install again"]);
    // What is installed now is for the next time.
    let (mut driver, task) = running(settings(), SMALL);
    let end = finished(Outcome::Done);
    let effects = driver.send(Msg::PackagesChanged(task, Ok(Box::new(end.clone()))));
    assert!(effects.contains(&Effect::Remember {
        family: "other".into(),
        changed: Box::new(end.changed),
    }));
}

#[test]
fn the_mouse_chooses_scrolls_and_a_second_click_is_enter() {
    let mut driver = small();
    driver.click(&Hit::Package(4));
    assert!(driver.model.popups.is_empty());
    assert!(tried(&driver.click(&Hit::Package(4))).is_some());
    driver.press("esc");
    driver.click(&Hit::Package(1));
    let area = driver.model.laid.packages;
    driver.mouse(MouseEventKind::ScrollDown, area.x + 2, area.y + 1);
    let joined = driver.model.joined.as_ref().unwrap();
    assert_eq!(joined.packages.found.view(area.height.into()).1, 4);
    let last = usize::from(area.height) - 1;
    driver.click(&Hit::Package(last));
    let (mut driver, task) = running(settings(), SMALL);
    for n in 0..100 {
        driver.send(Msg::PackageNews(task, line(&format!("line {n}"))));
    }
    driver.press("o");
    let text = driver.model.laid.package_text;
    driver.mouse(MouseEventKind::ScrollUp, text.x + 2, text.y + 1);
    assert!(!driver.text().contains("line 99"), "{}", driver.text());
}

#[test]
fn hostile_packages_of_any_size_can_be_shown_on_screens_of_any_size() {
    let evil = "\u{1b}[2J\u{202e}evil\u{9b}漢字\n".repeat(300);
    let package = Package {
        name: evil.clone(),
        version: evil.clone(),
        description: evil.clone(),
        license: evil.clone(),
        download: u64::MAX,
        size: u64::MAX,
        depends: vec![evil.clone(); 500],
        provides: vec![evil.clone(); 500],
    };
    let mut packages = vec![package];
    packages.push(Package {
        name: "good".into(),
        ..Package::default()
    });
    for size in [(40, 9), (80, 24), (100, 12), (200, 60), (1, 1)] {
        let mut driver = Driver::shell_with(settings(), size);
        let (task, _) = asked(&driver.press("alt-2")).unwrap();
        let mut stock = stock_of(packages.clone(), installed());
        stock.troubles = vec![unreachable_trouble()];
        stock.troubles[0].meaning.clone_from(&evil);
        driver.send(Msg::Stocked(task, Ok(Box::new(stock))));
        for key in [
            "down", "up", "enter", "esc", "tab", "enter", "esc", "delete",
        ] {
            driver.press(key);
            let (buffer, _) = driver.draw();
            for cell in &buffer.content {
                assert!(!cell.symbol().contains(char::is_control), "{size:?} {key}");
            }
        }
    }
}
