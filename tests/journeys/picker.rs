//! The picker: list, filter, selection, preview, and an engine that comes and goes.

use crate::support::{
    Driver, engine_error, event, few, few_and_one_that_goes, id, preview, settings, summary,
};
use crossterm::event::MouseEventKind;
use devtwin::app::{Effect, Hit, Msg, Start, Timer};
use devtwin::domain::plan::Mode;
use devtwin::domain::target::Status;
use std::time::Duration;

fn selected(driver: &Driver) -> String {
    driver
        .model
        .picker
        .selection()
        .map(|row| row.name.clone())
        .unwrap_or_default()
}

fn names(driver: &Driver) -> Vec<String> {
    driver
        .model
        .picker
        .visible(50)
        .map(|(row, _)| row.name.clone())
        .collect()
}

#[test]
fn running_containers_come_first_and_twins_are_left_out() {
    let driver = Driver::picker(few());
    assert_eq!(
        names(&driver),
        [
            "web", "webhooks", "cache", "billing", "migrate", "worker", "spare"
        ]
    );
    assert_eq!(driver.model.picker.counts(), (7, 7, 1));
}

#[test]
fn the_first_order_is_the_list() {
    let (_, effects) = Driver::new(Start::Picker, settings(), (80, 24));
    assert_eq!(effects, [Effect::List]);
}

#[test]
fn the_selection_stays_on_its_container_when_events_reorder_the_list() {
    let mut driver = Driver::picker(few());
    driver.press("down");
    assert_eq!(selected(&driver), "webhooks");
    let mut rows = few();
    rows.push(summary(
        "0",
        "aaa",
        "acme/a:1",
        Status::Running,
        "Up 1 second",
    ));
    rows[1].status = Status::Exited;
    driver.send(Msg::Listed(Ok(rows)));
    assert_eq!(names(&driver)[..2], ["aaa", "webhooks"]);
    assert_eq!(selected(&driver), "webhooks");
    driver.send(Msg::Listed(Ok(vec![few().remove(0)])));
    assert_eq!(
        selected(&driver),
        "worker",
        "its container is gone: the nearest row"
    );
}

#[test]
fn typing_filters_and_esc_clears_then_quits() {
    let mut driver = Driver::picker(few());
    driver.press("/");
    driver.type_text("wrk 1.4");
    assert_eq!(names(&driver), ["worker"]);
    assert_eq!(selected(&driver), "worker");
    assert_eq!(
        driver
            .press("esc")
            .iter()
            .filter(|e| matches!(e, Effect::Quit { .. }))
            .count(),
        0
    );
    assert_eq!(names(&driver).len(), 7);
    assert_eq!(selected(&driver), "worker", "clearing keeps the container");
    assert_eq!(driver.press("esc"), [Effect::Quit { keep: false }]);
}

#[test]
fn signs_belong_to_the_filter_once_there_is_text() {
    let mut driver = Driver::picker(few());
    driver.type_text("acme/w?");
    assert_eq!(driver.model.picker.filter().text(), "acme/w?");
    driver.press("esc");
    driver.press("?");
    assert_eq!(driver.model.popups.len(), 1, "the help");
}

#[test]
fn a_storm_of_events_costs_one_list_at_a_time_and_one_after_it() {
    let mut driver = Driver::picker(few());
    let late = Effect::After(Timer::Late, Duration::from_millis(500));
    assert_eq!(
        driver.send(event("w", "die", Some(1))),
        [Effect::List, late.clone()]
    );
    assert_eq!(driver.send(event("w", "start", None)), []);
    assert_eq!(driver.send(event("w", "die", Some(1))), []);
    assert_eq!(
        driver.send(Msg::Listed(Ok(few()))),
        [Effect::List],
        "it was out of date"
    );
    assert_eq!(driver.send(Msg::Listed(Ok(few()))), []);
    assert_eq!(
        driver.send(Msg::Elapsed(Timer::Late)),
        [Effect::List, late],
        "events came while it waited"
    );
    assert_eq!(driver.send(Msg::Listed(Ok(few()))), []);
    assert_eq!(driver.send(Msg::Elapsed(Timer::Late)), [Effect::List]);
    assert_eq!(driver.send(Msg::Listed(Ok(few()))), []);
    driver.dirty();
    assert_eq!(
        driver.send(event("w", "exec_start: /bin/healthcheck", None)),
        []
    );
    assert!(!driver.dirty(), "a health check draws nothing");
}

#[test]
fn the_preview_is_fetched_when_the_selection_rests() {
    let mut driver = Driver::picker(few());
    let effects = driver.press("down");
    let [Effect::After(Timer::Preview(resting), delay)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!((resting, delay.as_millis()), (&id("b"), 120));
    driver.press("down");
    assert_eq!(
        driver.send(Msg::Elapsed(Timer::Preview(id("b")))),
        [],
        "it moved on"
    );
    let rested = driver.send(Msg::Elapsed(Timer::Preview(id("c"))));
    assert_eq!(rested, [Effect::Preview(id("c"))]);
    driver.dirty();
    driver.send(Msg::Previewed(Box::new(preview("b"))));
    driver.send(Msg::Previewed(Box::new(preview("c"))));
    assert!(driver.dirty());
    assert!(driver.text().contains("GET /orders 500"));
}

#[test]
fn a_late_preview_of_another_container_is_not_shown() {
    let mut driver = Driver::picker(few());
    driver.send(Msg::Elapsed(Timer::Preview(id("w"))));
    driver.press("down");
    driver.dirty();
    driver.send(Msg::Previewed(Box::new(preview("w"))));
    assert!(!driver.text().contains("GET /orders"));
}

#[test]
fn what_a_preview_finds_out_holds_for_all_rows_of_that_image() {
    let mut driver = Driver::picker(few());
    driver.send(Msg::LocalImages(Vec::new()));
    assert!(!driver.text().contains("✓ local"));
    driver.send(Msg::Elapsed(Timer::Preview(id("w"))));
    driver.send(Msg::Previewed(Box::new(preview("w"))));
    let rows = driver.text();
    assert_eq!(
        rows.matches("✓ local").count(),
        2,
        "web and migrate:\n{rows}"
    );
}

#[test]
fn a_container_that_is_being_removed_is_refused_in_words() {
    let mut driver = Driver::picker(few_and_one_that_goes());
    driver.type_text("old");
    let effects = driver.press("enter");
    assert!(
        matches!(&effects[..], [Effect::After(Timer::Toast(1), _)]),
        "{effects:?}"
    );
    let screen = driver.text();
    assert!(screen.contains("old is being removed"), "{screen}");
    assert!(screen.contains("choose another container"), "{screen}");
    driver.send(Msg::Elapsed(Timer::Toast(1)));
    assert!(!driver.text().contains("choose another container"));
}

#[test]
fn what_does_not_run_gets_an_arena_and_in_a_loop_whatever_its_state_says_then() {
    for (name, mode) in [
        ("web", None),
        ("worker", None),
        ("spare", None),
        ("billing", Some(Mode::Arena)),
    ] {
        let mut driver = Driver::picker(few());
        driver.type_text(name);
        let effects = driver.press("enter");
        let asked = effects.iter().find_map(|effect| match effect {
            Effect::Attach { wishes, .. } => Some(wishes.mode),
            _ => None,
        });
        assert_eq!(asked, Some(mode), "{name}");
    }
}

#[test]
fn an_engine_that_is_lost_leaves_the_list_and_a_banner() {
    let mut driver = Driver::picker(few());
    assert_eq!(driver.send(Msg::EngineLost(engine_error())), []);
    let screen = driver.text();
    assert!(
        screen.contains("trying again · Ctrl-R now") && screen.contains("webhooks"),
        "{screen}"
    );
    assert_eq!(driver.press("ctrl-r"), [Effect::List]);
    assert_eq!(
        driver.click(&Hit::Action(devtwin::app::action::Action::Refresh)),
        [Effect::List]
    );
    let effects = driver.send(Msg::EngineBack);
    assert_eq!(effects.first(), Some(&Effect::List));
    driver.send(Msg::Listed(Ok(few())));
    assert!(!driver.text().contains("trying again"));
}

#[test]
fn clicks_select_then_attach_and_the_wheel_moves() {
    let mut driver = Driver::picker(few());
    driver.click(&Hit::Row(2));
    assert_eq!(selected(&driver), "cache");
    let effects = driver.click(&Hit::Row(2));
    assert!(
        matches!(effects.first(), Some(Effect::Attach { .. })),
        "{effects:?}"
    );
    let mut driver = Driver::picker(few());
    let at = driver.model.laid.list;
    driver.mouse(MouseEventKind::ScrollDown, at.x + 3, at.y);
    assert_eq!(selected(&driver), "billing");
    driver.dirty();
    driver.mouse(MouseEventKind::Moved, at.x + 3, at.y);
    assert!(!driver.dirty(), "a moving mouse draws nothing");
}

#[test]
fn clicking_a_row_below_the_last_does_nothing() {
    let mut driver = Driver::picker(vec![few().remove(1)]);
    assert_eq!(driver.click(&Hit::Row(1)), []);
}

#[test]
fn paging_scrolls_and_the_selection_is_always_on_the_screen() {
    let rows = (0..1000)
        .map(|n| {
            summary(
                &n.to_string(),
                &format!("c{n:04}"),
                "i:1",
                Status::Running,
                "Up",
            )
        })
        .collect();
    let mut driver = Driver::picker(rows);
    for key in ["pagedown", "end", "pageup", "up", "home", "down"] {
        driver.press(key);
        let height = usize::from(driver.model.laid.list.height);
        let shown = driver
            .model
            .picker
            .visible(height)
            .filter(|(_, selected)| *selected)
            .count();
        assert_eq!(shown, 1, "after {key}");
    }
    driver.press("end");
    assert_eq!(selected(&driver), "c0999");
    driver.resize(80, 12);
    let height = usize::from(driver.model.laid.list.height);
    assert!(
        driver
            .model
            .picker
            .visible(height)
            .any(|(_, selected)| selected)
    );
}

#[test]
fn the_command_is_copied_by_key_and_by_click() {
    let mut driver = Driver::picker(few());
    let copy = Effect::Copy("docker ps --all".into());
    assert_eq!(driver.press("ctrl-y").first(), Some(&copy));
    assert_eq!(driver.click(&Hit::Equivalent).first(), Some(&copy));
}

#[test]
fn pasted_text_goes_to_the_filter() {
    let mut driver = Driver::picker(few());
    driver.send(Msg::Paste("cache\nrm -rf /".into()));
    assert_eq!(driver.model.picker.filter().text(), "cache");
    assert_eq!(
        names(&driver)[0],
        "cache",
        "a name counts more than words of a state"
    );
}
