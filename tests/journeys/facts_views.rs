//! What the logs pane and the strip of figures look like.

use devtwin::app::{Msg, Settings, ThemeName};
use devtwin::domain::error::{Error, ErrorKind};

use crate::support::{event, settings};
use crate::views::{SIZES, check};
use crate::{logs, stats};

#[test]
fn a_log_in_all_its_states() {
    for size in SIZES {
        let (mut driver, task) = logs::asked(size);
        check("logs_reading", &driver);
        driver.send(Msg::LogRuns(task, Vec::new()));
        check("logs_empty", &driver);
        let error = Error::new(
            ErrorKind::Engine,
            "cannot read the logs of w: configured logging driver does not support reading",
        )
        .hint("its log driver keeps nothing that can be read here: `docker inspect -f '{{.HostConfig.LogConfig.Type}}'` names it");
        driver.send(Msg::FeedEnded(task, Err(error)));
        check("logs_unreadable", &driver);
        let (mut driver, _) = logs::pane(size);
        check("logs", &driver);
        driver.press("t");
        check("logs_times", &driver);
        driver.press("/");
        driver.type_text("table");
        check("logs_find", &driver);
        driver.press("enter");
        driver.press("home");
        check("logs_scrolled", &driver);
        driver.press("T");
        driver.type_text("soon");
        driver.press("enter");
        check("logs_since", &driver);
    }
}

#[test]
fn a_log_on_a_light_background_and_without_colour() {
    for (name, settings) in [
        (
            "logs_light",
            Settings {
                theme: ThemeName::Light,
                ..settings()
            },
        ),
        (
            "logs_plain",
            Settings {
                colour: false,
                ..settings()
            },
        ),
    ] {
        let (mut driver, _) = logs::pane_with(settings, (80, 24));
        driver.press("/");
        driver.type_text("table");
        check(name, &driver);
    }
}

#[test]
fn figures_and_graphs() {
    for size in SIZES {
        let (mut driver, _) = stats::pane(size);
        check("stats", &driver);
        driver.send(event("w", "die", Some(1)));
        driver.press("ctrl-]");
        driver.press("esc");
        check("stats_ended", &driver);
    }
}
