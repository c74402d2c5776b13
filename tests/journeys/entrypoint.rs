//! The entrypoint pane: it asks when it is shown, tells what it was told, and runs only what a person saw.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use crossterm::event::MouseEventKind;
use devtwin::app::action::Action;
use devtwin::app::entrypoint_action::EntrypointAction;
use devtwin::app::keymap::Focus;
use devtwin::app::panes::entrypoint::Side;
use devtwin::app::panes::entrypoint::form::{Field, Where};
use devtwin::app::{Effect, Hit, Msg, ShellId, TaskId};
use devtwin::domain::entrypoint::Report;
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::run::{Order, Place};
use devtwin::domain::target::Status;

use crate::reports::{broken, healthy};
use crate::support::{Driver, engine_error, event, id, settings, state, target, written};

fn look(effects: &[Effect]) -> Option<TaskId> {
    effects.iter().find_map(|effect| match effect {
        Effect::InspectEntrypoint { task, target, dev } => {
            assert_eq!(*target, id("w"));
            assert_eq!(dev, "acme/web:1.4-dev", "that of the twin");
            Some(*task)
        }
        _ => None,
    })
}

fn probe(effects: &[Effect]) -> (TaskId, Vec<String>) {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Probe {
            task,
            container,
            paths,
        } => {
            assert_eq!(*container, id("7"), "the twin");
            Some((*task, paths.clone()))
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no probe among {effects:?}"))
}

fn order(effects: &[Effect]) -> Option<&Order> {
    effects.iter().find_map(|effect| match effect {
        Effect::Run { order, .. } => Some(order.as_ref()),
        _ => None,
    })
}

/// The pane with a report, at that size.
pub(crate) fn pane(report: Report, size: (u16, u16)) -> Driver {
    let mut driver = Driver::shell_with(settings(), size);
    let task = look(&driver.press("alt-3")).expect("a look");
    driver.send(Msg::EntrypointInspected(task, Ok(Box::new(report))));
    driver
}

/// The form over a report, when the twin has these programs.
pub(crate) fn form(report: Report, key: &str, there: &[&str], size: (u16, u16)) -> Driver {
    let mut driver = pane(report, size);
    let (task, paths) = probe(&driver.press(key));
    let found = there.iter().map(|path| (*path).to_owned()).collect();
    assert!(
        there.iter().all(|path| paths.contains(&(*path).to_owned())),
        "{paths:?}"
    );
    driver.send(Msg::Probed(task, Ok(found)));
    driver
}

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (120, 40);
const WEB: &str = "/usr/bin/web";

#[test]
fn it_asks_when_it_is_first_shown_and_no_more() {
    let mut driver = Driver::shell();
    assert!(driver.text().contains(" 3 Entry "));
    let task = look(&driver.press("alt-3")).unwrap();
    assert_eq!(driver.model.focus(), Focus::Entrypoint);
    let screen = driver.text();
    assert!(
        screen.contains("looking at the entrypoint of web"),
        "{screen}"
    );
    assert_eq!(driver.press("alt-1"), []);
    assert_eq!(driver.press("alt-3"), [], "it is on its way");
    driver.send(Msg::EntrypointInspected(task, Ok(Box::new(healthy()))));
    let screen = driver.text();
    assert!(
        screen.contains("/usr/bin/web --config /etc/app/web.toml"),
        "{screen}"
    );
    assert!(screen.contains("Nothing is wrong"), "{screen}");
    driver.press("alt-1");
    assert_eq!(driver.press("alt-3"), []);
}

#[test]
fn a_click_and_the_palette_lead_there_as_well() {
    let mut driver = Driver::shell();
    assert!(look(&driver.click(&Hit::Tab(2))).is_some());
    driver.click(&Hit::Tab(0));
    assert_eq!(driver.model.focus(), Focus::Shell);
    driver.press("ctrl-]");
    driver.type_text("what the target runs");
    driver.press("enter");
    assert_eq!(driver.model.focus(), Focus::Entrypoint);
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Shell, "back");
}

#[test]
fn each_pane_keeps_its_number_and_other_numbers_do_nothing() {
    let mut driver = pane(healthy(), SMALL);
    for key in ["z", "1"] {
        assert_eq!(driver.press(key), [], "{key}");
        assert_eq!(driver.model.focus(), Focus::Entrypoint, "{key}");
    }
    assert_eq!(
        written(&driver.type_text("ls\n")),
        b"",
        "nothing reaches the shell"
    );
}

#[test]
fn a_failure_is_told_with_what_to_do_and_r_tries_again() {
    let mut driver = Driver::shell();
    let task = look(&driver.press("alt-3")).unwrap();
    let gone =
        Error::new(ErrorKind::NoTarget, "the image is gone").hint("docker pull brings it back");
    driver.send(Msg::EntrypointInspected(task, Err(gone)));
    let screen = driver.text();
    for words in [
        "could not be looked at",
        "the image is gone",
        "docker pull brings it back",
        "r tries again",
    ] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    for key in ["x", "e", "y", "Y", "o", "a", "v", "down"] {
        let ran = driver.press(key);
        assert!(order(&ran).is_none(), "{key}");
        assert_eq!(driver.model.focus(), Focus::Entrypoint, "{key}");
    }
    let task = look(&driver.press("r")).unwrap();
    driver.send(Msg::EntrypointInspected(task, Ok(Box::new(healthy()))));
    // A failure later leaves what is known.
    let task = look(&driver.press("r")).unwrap();
    assert!(driver.text().contains("looking again"));
    driver.send(Msg::EntrypointInspected(task, Err(engine_error())));
    let screen = driver.text();
    assert!(
        screen.contains("connection refused") && screen.contains("/usr/bin/web"),
        "{screen}"
    );
}

#[test]
fn a_look_that_was_replaced_is_given_up_and_its_answer_dropped() {
    let mut driver = pane(healthy(), SMALL);
    let first = look(&driver.press("r")).unwrap();
    let effects = driver.press("r");
    assert!(effects.contains(&Effect::Cancel(first)), "{effects:?}");
    driver.dirty();
    driver.send(Msg::EntrypointInspected(first, Ok(Box::new(broken()))));
    assert!(!driver.dirty());
    assert!(!driver.text().contains("run.sh"));
    driver.send(Msg::EntrypointInspected(
        look(&effects).unwrap(),
        Ok(Box::new(broken())),
    ));
    assert!(driver.text().contains("run.sh"));
}

#[test]
fn the_end_of_the_target_is_looked_at_while_the_pane_is_shown_else_later() {
    let mut driver = pane(healthy(), SMALL);
    let effects = driver.send(event("w", "die", Some(3)));
    assert!(look(&effects).is_some());
    driver.press("alt-1");
    let mut driver = pane(healthy(), SMALL);
    driver.press("alt-1");
    assert_eq!(look(&driver.send(event("w", "die", Some(3)))), None);
    assert!(look(&driver.press("alt-3")).is_some());
    assert_eq!(
        look(&driver.send(event("a", "die", Some(3)))),
        None,
        "another container"
    );
}

#[test]
fn a_new_finding_comes_into_sight_and_without_one_the_choice_stays() {
    let mut driver = pane(broken(), SMALL);
    driver.press("tab");
    driver.press("end");
    assert!(!driver.text().contains("MISSING_LIB"));
    let task = look(&driver.press("r")).unwrap();
    driver.send(Msg::EntrypointInspected(task, Ok(Box::new(broken()))));
    assert!(!driver.text().contains("MISSING_LIB"));
    let mut report = broken();
    report.findings[0].id = "OOM";
    let task = look(&driver.press("r")).unwrap();
    driver.send(Msg::EntrypointInspected(task, Ok(Box::new(report))));
    assert!(driver.text().contains("OOM"), "{}", driver.text());
}

#[test]
fn the_tab_counts_what_is_wrong() {
    let driver = pane(broken(), SMALL);
    assert!(
        driver.text().contains(" 3 Entrypoint ✗2 !1"),
        "{}",
        driver.text()
    );
    assert!(pane(healthy(), SMALL).text().contains(" 3 Entrypoint  "));
}

#[test]
fn the_chain_goes_down_to_the_libraries() {
    let mut driver = pane(broken(), (120, 80));
    let screen = driver.text();
    for words in [
        "image ENTRYPOINT",
        "container arguments",
        "65532:65532",
        "not writable",
        "CMD-SHELL",
        "8080/tcp exposed",
        "127.0.0.1:80->8080/tcp published",
        "unless-stopped",
        "memory 64.0 MB",
        "script, #!/usr/bin/env -S python3 -u",
        "/usr/bin/env → /usr/bin/coreutils",
        "python3 → /usr/bin/python3.13",
        "✗ not found",
        "sought in /usr/local/bin",
        "✗ libssl.so.3 not found",
        "libc.so.6 → /usr/lib/libc.so.6",
        "program not found (127)",
        "error while loading shared",
        "acme/web:1.4-dev",
        "larger than 4 MB",
        "2 errors, 1 warning, 1 note",
    ] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    assert!(!screen.contains('\u{1b}'));
    driver.press("end");
}

#[test]
fn secrets_are_masked_until_they_are_wished_for_and_again_on_leaving() {
    const SECRET: &str = "correct horse battery";
    let mut driver = pane(broken(), (120, 80));
    assert!(!driver.text().contains(SECRET) && driver.text().contains("DB_PASSWORD=***"));
    driver.press("v");
    assert!(driver.text().contains(SECRET));
    driver.press("v");
    assert!(!driver.text().contains(SECRET));
    for leave in ["alt-1", "esc"] {
        driver.press("v");
        driver.press(leave);
        driver.press("alt-3");
        assert!(!driver.text().contains(SECRET), "{leave}");
    }
    driver.press("v");
    driver.click(&Hit::Tab(0));
    driver.press("alt-3");
    assert!(!driver.text().contains(SECRET));
}

#[test]
fn the_command_is_copied_as_a_line_and_as_an_array() {
    let mut driver = pane(broken(), SMALL);
    let line = "/app/run.sh --port 8080 --name 'the web'".to_owned();
    assert!(driver.press("y").contains(&Effect::Copy(line)));
    let array = r#"["/app/run.sh", "--port", "8080", "--name", "the web"]"#.to_owned();
    assert!(driver.press("Y").contains(&Effect::Copy(array)));
}

#[test]
fn findings_are_chosen_by_keys_and_clicks_and_give_their_advice() {
    let mut driver = pane(broken(), LARGE);
    let advice = |text: &str| Effect::Copy(text.to_owned());
    driver.press("tab");
    assert!(driver.press("enter").contains(&advice(
        "apk add so:libssl.so.3 in the build stage\ncopy the library together with the program"
    )));
    driver.press("down");
    let second = advice("give the health check as an array that begins with CMD");
    assert!(driver.press("a").contains(&second));
    driver.press("end");
    assert!(
        !driver
            .press("enter")
            .iter()
            .any(|e| matches!(e, Effect::Copy(_)))
    );
    assert!(driver.text().contains("there is no advice"));
    driver.click(&Hit::SideRow(Side::Findings, 0));
    assert!(driver.press("enter").contains(&advice(
        "apk add so:libssl.so.3 in the build stage\ncopy the library together with the program"
    )));
}

#[test]
fn rows_are_reached_by_keys_wheel_and_bar_and_none_is_passed_by() {
    let mut driver = pane(broken(), SMALL);
    let area = driver.model.laid.chain;
    assert!(!driver.text().contains("larger than 4 MB"));
    driver.press("end");
    assert!(
        driver.text().contains("larger than 4 MB"),
        "{}",
        driver.text()
    );
    driver.press("home");
    for _ in 0..100 {
        driver.mouse(MouseEventKind::ScrollDown, area.x + 1, area.y + 1);
    }
    assert!(driver.text().contains("larger than 4 MB"));
    driver.click(&Hit::SideBar(Side::Chain, 0));
    assert!(driver.text().contains("command"));
    let mut seen = String::new();
    for _ in 0..80 {
        seen.push_str(&driver.text());
        driver.press("down");
    }
    for words in ["stops by", "libssl.so.3", "larger than 4 MB"] {
        assert!(seen.contains(words), "{words}");
    }
}

#[test]
fn a_files_listing_is_typed_into_the_first_shell_without_enter() {
    let mut driver = pane(healthy(), LARGE);
    assert_eq!(
        written(&driver.press("o")),
        b"",
        "the first row tells of no file"
    );
    assert!(driver.text().contains("tells of no file"));
    driver.press("alt-3");
    for _ in 0..100 {
        driver.press("down");
        let on = driver.model.joined.as_ref().unwrap().entrypoint.path(60);
        if on.as_deref() == Some(WEB) {
            break;
        }
    }
    assert_eq!(written(&driver.press("o")), b"ls -l /target/usr/bin/web");
    assert_eq!(driver.model.focus(), Focus::Shell);
}

#[test]
fn nothing_is_typed_over_what_runs_in_the_first_shell() {
    let mut driver = form(healthy(), "x", &[WEB, "/sbin/apk"], SMALL);
    driver.send(Msg::Output(
        ShellId(1),
        b"\x1b[?1049h".to_vec(),
        std::time::Duration::ZERO,
    ));
    driver.press("ctrl-]");
    driver.type_text("installs strace");
    assert_eq!(written(&driver.press("enter")), b"");
    assert!(driver.text().contains("something runs in the first shell"));
    assert_eq!(driver.model.focus(), Focus::Form);
}

#[test]
fn the_command_runs_in_the_twin_only_after_enter_on_the_form() {
    let mut driver = form(healthy(), "x", &[WEB], SMALL);
    let screen = driver.text();
    for words in [
        "65532:65532",
        "(•) twin",
        "[ Run ]",
        "the same by hand",
        "docker exec -it -u 65532:65532",
    ] {
        assert!(
            screen.to_lowercase().contains(&words.to_lowercase()),
            "{words}:\n{screen}"
        );
    }
    let effects = driver.press("enter");
    let order = order(&effects).expect("a run").clone();
    assert_eq!(order.place, Place::Twin);
    assert_eq!(order.argv, healthy().argv);
    assert_eq!(
        (order.user.as_str(), order.workdir.as_str()),
        ("65532:65532", "/")
    );
    assert!(order.env.contains(&("HOME".into(), "/home/nonroot".into())));
    assert_eq!(driver.model.focus(), Focus::Shell);
    driver.send(Msg::ShellOpened(ShellId(2), Ok(())));
    assert!(
        driver.text().contains(" web --config /etc"),
        "{}",
        driver.text()
    );
    driver.send(Msg::ShellEnded(ShellId(2), Some(7)));
    let screen = driver.text();
    assert!(
        screen.contains("web --config /etc/app/web.toml ended with status 7"),
        "{screen}"
    );
}

#[test]
fn a_program_that_the_twin_lacks_comes_from_the_target() {
    let mut driver = form(healthy(), "x", &["/sbin/apk"], SMALL);
    let screen = driver.text();
    assert!(
        screen.contains("/usr/bin/web is not in the twin"),
        "{screen}"
    );
    let effects = driver.press("enter");
    let order = order(&effects).unwrap();
    assert_eq!(order.argv[0], "/target/usr/bin/web");
}

#[test]
fn nothing_runs_before_it_is_known_where_the_program_is() {
    let mut driver = pane(healthy(), SMALL);
    let (task, _) = probe(&driver.press("x"));
    assert!(driver.text().contains("Looking at the twin's files"));
    assert!(order(&driver.press("enter")).is_none());
    let found = Msg::Probed(task, Ok(vec![WEB.into()]));
    assert!(order(&driver.send(found)).is_some(), "then at once");

    // Who goes on typing, or away, has thought better of it.
    for key in ["tab", "esc", "alt-1"] {
        let mut driver = pane(healthy(), SMALL);
        let (task, _) = probe(&driver.press("x"));
        driver.press("enter");
        driver.press(key);
        let found = Msg::Probed(task, Ok(vec![WEB.into()]));
        assert!(order(&driver.send(found)).is_none(), "{key}");
    }

    let mut driver = pane(healthy(), SMALL);
    let (task, _) = probe(&driver.press("x"));
    driver.send(Msg::Probed(task, Err(engine_error())));
    assert!(
        driver.text().contains("could not be looked at"),
        "{}",
        driver.text()
    );
    assert!(order(&driver.press("enter")).is_some(), "as it is named");
}

#[test]
fn a_late_answer_about_the_twin_is_dropped() {
    let mut driver = pane(healthy(), SMALL);
    let (old, _) = probe(&driver.press("x"));
    driver.press("esc");
    let (new, _) = probe(&driver.press("x"));
    driver.dirty();
    driver.send(Msg::Probed(old, Ok(Vec::new())));
    assert!(!driver.dirty());
    driver.send(Msg::Probed(new, Ok(vec![WEB.into()])));
    let effects = driver.press("enter");
    assert_eq!(order(&effects).unwrap().argv[0], WEB);
}

#[test]
fn strace_looks_on_where_it_is_and_is_offered_where_it_is_not() {
    let mut driver = form(healthy(), "x", &[WEB, "/usr/bin/strace"], SMALL);
    driver.press("backtab");
    driver.press("space");
    assert!(
        driver.text().contains("[x] /usr/bin/strace"),
        "{}",
        driver.text()
    );
    driver.press("tab");
    let effects = driver.press("enter");
    let argv = order(&effects).unwrap().argv.join(" ");
    assert!(
        argv.starts_with("/usr/bin/strace -f -s 256 /usr/bin/web --config"),
        "{argv}"
    );

    let mut driver = form(healthy(), "x", &[WEB, "/usr/bin/apt-get"], SMALL);
    assert!(
        driver.text().contains("none: Enter types apt-get"),
        "{}",
        driver.text()
    );
    driver.press("backtab");
    let effects = driver.press("enter");
    assert_eq!(
        written(&effects),
        b"apt-get update && apt-get install strace"
    );
    assert_eq!(driver.model.focus(), Focus::Shell);
    // What was written in the form is there again, and the twin is asked anew.
    let (task, paths) = probe(&driver.press("alt-3"));
    assert_eq!(driver.model.focus(), Focus::Form);
    assert!(paths.contains(&"/usr/bin/strace".to_owned()));
    driver.send(Msg::Probed(
        task,
        Ok(vec![WEB.into(), "/usr/bin/strace".into()]),
    ));
    assert!(
        driver.text().contains("[ ] /usr/bin/strace"),
        "{}",
        driver.text()
    );
}

#[test]
fn what_is_edited_is_what_runs() {
    let mut driver = form(healthy(), "e", &[WEB], LARGE);
    driver.press("ctrl-u");
    driver.type_text("/usr/bin/web --exit 7");
    driver.press("tab");
    driver.press("ctrl-u");
    driver.type_text("0");
    driver.press("enter");
    driver.press("ctrl-u");
    driver.type_text("/tmp");
    driver.press("tab");
    driver.press("enter");
    driver.type_text("DEBUG=1");
    let screen = driver.text();
    for words in [
        "− /usr/bin/web --config",
        "+ /usr/bin/web --exit 7",
        "DEBUG",
        "− 65532:65532",
        "+ /tmp",
    ] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    let effects = driver.press("ctrl-enter");
    let order = order(&effects).unwrap();
    assert_eq!(order.argv.join(" "), "/usr/bin/web --exit 7");
    assert_eq!((order.user.as_str(), order.workdir.as_str()), ("0", "/tmp"));
    assert!(order.env.contains(&("DEBUG".into(), "1".into())));
}

#[test]
fn an_error_stands_at_its_field_and_nothing_runs() {
    let mut driver = form(healthy(), "e", &[WEB], SMALL);
    driver.type_text(" 'x");
    assert!(
        driver.text().contains("a quote is not closed"),
        "{}",
        driver.text()
    );
    for key in ["ctrl-enter", "alt-enter"] {
        assert!(order(&driver.press(key)).is_none(), "{key}");
    }
    driver.type_text("'");
    assert!(order(&driver.press("alt-enter")).is_some());
}

#[test]
fn the_form_keeps_its_text_and_gives_the_original_back() {
    let mut driver = form(healthy(), "e", &[WEB], SMALL);
    driver.type_text(" --verbose");
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Entrypoint);
    driver.press("x");
    assert!(driver.text().contains("--verbose"));
    driver.click(&Hit::Field(Field::Original));
    assert!(!driver.text().contains("--verbose"), "{}", driver.text());
    driver.click(&Hit::Field(Field::Back));
    assert_eq!(driver.model.focus(), Focus::Entrypoint);
}

#[test]
fn enter_in_a_text_runs_nothing() {
    let mut driver = form(healthy(), "e", &[WEB], SMALL);
    for _ in 0..4 {
        assert!(order(&driver.press("enter")).is_none());
        driver.press("tab");
    }
    assert!(order(&driver.send(Msg::Paste("\n\nrm -rf /\n".into()))).is_none());
}

#[test]
fn a_secret_goes_to_the_program_and_onto_no_screen() {
    let mut driver = form(broken(), "e", &[], LARGE);
    let screen = driver.text();
    assert!(screen.contains("DB_PASSWORD=***"), "{screen}");
    assert!(!screen.contains("correct horse"), "{screen}");
    let command = driver.model.equivalent().unwrap();
    assert!(
        command.contains("-e DB_PASSWORD -e") && !command.contains("correct horse"),
        "{command}"
    );
    let effects = driver.press("ctrl-enter");
    let env = &order(&effects).unwrap().env;
    assert!(env.contains(&("DB_PASSWORD".into(), "correct horse battery".into())));
    assert!(env.contains(&("GREETING".into(), "two\nlines \u{1b}[2J".into())));
}

#[test]
fn in_the_target_it_runs_only_after_a_question() {
    let mut driver = form(healthy(), "x", &[WEB, "/usr/bin/strace"], SMALL);
    driver.click(&Hit::Field(Field::Place));
    let screen = driver.text();
    assert!(screen.contains("what it writes stays there"), "{screen}");
    assert!(screen.contains("only for runs in the twin"), "{screen}");
    driver.click(&Hit::Field(Field::Run));
    assert!(
        driver.text().contains("In the target itself?"),
        "{}",
        driver.text()
    );
    assert_eq!(driver.press("enter"), [], "the safe answer comes first");
    assert_eq!(driver.model.focus(), Focus::Form);
    driver.press("ctrl-enter");
    assert_eq!(driver.press("z"), [], "no answer");
    let effects = driver.press("r");
    let order = order(&effects).unwrap();
    assert_eq!(
        (order.place, order.argv.as_slice()),
        (Place::Target, &healthy().argv[..])
    );
    assert_eq!(
        (order.user.as_str(), order.env.len()),
        ("", 0),
        "the target's own"
    );
}

#[test]
fn nothing_runs_in_a_target_that_does_not_run() {
    let mut driver = form(healthy(), "x", &[WEB], SMALL);
    let mut dead = target();
    dead.state = state(Status::Exited);
    driver.send(Msg::Inspected(id("w"), Ok(Box::new(dead))));
    driver.click(&Hit::Field(Field::Place));
    driver.press("ctrl-enter");
    assert!(order(&driver.press("r")).is_none());
    assert!(driver.text().contains("the target does not run"));
}

#[test]
fn beside_an_arena_nobody_is_asked_about_a_run_in_the_target() {
    let mut driver = form(healthy(), "x", &[WEB], SMALL);
    let mut dead = target();
    dead.state = state(Status::Exited);
    let joined = driver.model.joined.as_mut().unwrap();
    joined.attached.twin.plan.mode = devtwin::domain::plan::Mode::Arena;
    driver.send(Msg::Inspected(id("w"), Ok(Box::new(dead))));
    driver.click(&Hit::Field(Field::Place));
    assert!(order(&driver.press("ctrl-enter")).is_none());
    let text = driver.text();
    assert!(text.contains("the target does not run"), "{text}");
    assert!(text.contains("/target"), "{text}");
}

#[test]
fn a_click_puts_the_cursor_into_the_text() {
    let mut driver = form(healthy(), "x", &[WEB], SMALL);
    let hits = driver.model.laid.hits.clone();
    let (area, _) = hits
        .iter()
        .find(|(_, hit)| *hit == Hit::Field(Field::Workdir))
        .unwrap();
    driver.mouse(
        MouseEventKind::Down(crossterm::event::MouseButton::Left),
        area.x,
        area.y,
    );
    driver.type_text("/srv");
    let joined = driver.model.joined.as_ref().unwrap();
    assert_eq!(joined.entrypoint.form().unwrap().workdir.text(), "/srv/");
}

#[test]
fn every_field_is_reached_on_a_low_screen() {
    for size in [(60, 15), (80, 15), (60, 12), (40, 9)] {
        let mut driver = form(healthy(), "e", &[WEB], size);
        let all = Field::ALL.into_iter();
        let all: Vec<_> = all.filter(|f| f.is_shown(Where::Twin)).collect();
        for field in all.iter().copied().cycle().take(2 * all.len()) {
            let joined = driver.model.joined.as_ref().unwrap();
            assert_eq!(joined.entrypoint.form().unwrap().field, field);
            driver.draw();
            let hits = &driver.model.laid.hits;
            let own = hits.iter().find(|(_, hit)| *hit == Hit::Field(field));
            let (area, _) = own.unwrap_or_else(|| panic!("{field:?} at {size:?}"));
            assert!(!area.is_empty(), "{field:?} at {size:?}");
            driver.press("tab");
        }
        driver.press("backtab");
        driver.press("backtab");
        driver.press("backtab");
        assert!(driver.text().contains("[ Run ]"), "{}", driver.text());
    }
    // What is not in sight cannot be clicked, and nothing lies over anything else.
    let driver = form(healthy(), "x", &[WEB], (40, 9));
    let hits = driver.model.laid.hits.iter();
    let fields: Vec<_> = hits
        .filter(|(area, hit)| matches!(hit, Hit::Field(_)) && !area.is_empty())
        .map(|(area, _)| *area)
        .collect();
    for (n, area) in fields.iter().enumerate() {
        assert!(
            fields
                .iter()
                .skip(n + 1)
                .all(|other| !area.intersects(*other))
        );
        assert!(area.bottom() <= 8, "{area:?}");
    }
}

#[test]
fn the_equivalent_command_can_be_copied() {
    let mut driver = form(healthy(), "x", &[WEB], SMALL);
    let effects = driver.click(&Hit::Equivalent);
    let copied = effects.iter().find_map(|e| match e {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    });
    let command = copied.unwrap();
    assert!(
        command.starts_with("docker exec -it -u 65532:65532 -w / -e PATH="),
        "{command}"
    );
    assert!(
        command.ends_with("devtwin-web-1 /usr/bin/web --config /etc/app/web.toml"),
        "{command}"
    );
}

#[test]
fn every_action_of_the_pane_is_found_by_name() {
    let found = |mut driver: Driver, words: &str| {
        driver.press("ctrl-]");
        driver.type_text(words);
        assert!(driver.text().contains(words), "{words}");
    };
    found(form(healthy(), "x", &[], SMALL), "Run what the form says");
    found(pane(healthy(), SMALL), "Inspect the entrypoint anew");
    let mut driver = pane(healthy(), SMALL);
    let run = Action::Entrypoint(EntrypointAction::Run);
    driver.click(&Hit::Action(run));
    assert_eq!(driver.model.focus(), Focus::Form);
}

#[test]
fn a_zoomed_shell_does_not_hide_the_pane() {
    let mut driver = Driver::shell();
    driver.press("ctrl-]");
    driver.press("ctrl-z");
    driver.press("alt-3");
    assert!(driver.text().contains("devtwin ─"), "{}", driver.text());
    driver.press("alt-1");
    assert!(!driver.text().contains("devtwin ─"));
}

#[test]
fn the_end_of_the_twin_is_told_and_the_report_stays() {
    let mut driver = pane(healthy(), SMALL);
    driver.send(Msg::ShellEnded(ShellId(1), Some(137)));
    let screen = driver.text();
    assert!(
        screen.contains("the twin has ended") && screen.contains("/usr/bin/web"),
        "{screen}"
    );
    driver.press("x");
    assert!(order(&driver.press("enter")).is_none());
    let effects = driver.press("alt-1");
    assert_eq!((effects, driver.model.focus()), (Vec::new(), Focus::Ended));
}

#[test]
fn a_hostile_report_stays_in_its_lines() {
    let mut report = broken();
    let evil = "\u{1b}]52;c;aGk=\u{7}\u{202e}\n".repeat(500);
    report.line.clone_from(&evil);
    report.parts[0].words = vec![evil.clone()];
    report.env = (0..150)
        .map(|n| devtwin::domain::entrypoint::Variable::new(&format!("{evil}{n}"), &evil, true))
        .collect();
    report.findings[0].evidence = vec![evil.clone(); 1000];
    report.findings[0].advice = vec![evil.clone()];
    report.notes = vec![evil];
    for size in [SMALL, LARGE, (40, 9)] {
        let mut driver = pane(report.clone(), size);
        for key in ["end", "tab", "end", "e"] {
            driver.press(key);
            for cell in &driver.draw().0.content {
                assert!(!cell.symbol().contains(char::is_control));
            }
        }
    }
}
