//! What the screen looks like: text, styles and cursor at 80×24 and 120×40.

use std::time::Duration;

use crate::entrypoint::{form, pane};
use crate::replicas;
use crate::reports::{broken, healthy};
use crate::support::{
    Driver, attach_task, engine_error, event, few, few_and_one_that_goes, id, preview, settings,
    stopped_preview, summary,
};
use crate::{packages, watch};
use devtwin::app::panes::entrypoint::form::Field;
use devtwin::app::{Effect, Hit, Msg, Settings, ShellId, Start, ThemeName, Timer};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::packages::Outcome;
use devtwin::domain::plan::Wishes;
use devtwin::domain::target::Status;
use devtwin::domain::{Layer, Progress, Pull};

pub(crate) const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

pub(crate) fn check(name: &str, driver: &Driver) {
    let (buffer, _) = driver.draw();
    let name = format!("{name}_{}x{}", buffer.area.width, buffer.area.height);
    insta::with_settings!({
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, driver.snapshot());
    });
}

#[test]
fn another_dev_image_to_choose() {
    for size in SIZES {
        let mut driver = crate::others::with_others(size);
        driver.press("ctrl-o");
        driver.press("down");
        check("others", &driver);
    }
}

#[test]
fn a_toolbox_in_the_preview() {
    for size in SIZES {
        let mut driver = crate::others::with_others(size);
        driver.send(Msg::Previewed(Box::new(crate::others::toolbox())));
        check("picker_toolbox", &driver);
    }
}

fn previewed(mut driver: Driver) -> Driver {
    driver.send(Msg::Elapsed(Timer::Preview(id("w"))));
    driver.send(Msg::Previewed(Box::new(preview("w"))));
    driver
}

#[test]
fn picker_with_few_containers_and_a_preview() {
    for size in SIZES.into_iter().chain([(160, 40)]) {
        check(
            "picker",
            &previewed(Driver::picker_with(few(), settings(), size)),
        );
    }
}

#[test]
fn picker_with_many_containers() {
    let names = (0..1000).map(|n| {
        let image = format!("registry.acme.example/team/service-{n:04}:2024.11.{n}");
        summary(
            &format!("{n}"),
            &format!("service-{n:04}"),
            &image,
            Status::Running,
            "Up 2 hours",
        )
    });
    for size in SIZES {
        let mut driver = Driver::picker_with(names.clone().collect(), settings(), size);
        for _ in 0..12 {
            driver.press("pagedown");
        }
        check("picker_many", &driver);
    }
}

#[test]
fn picker_with_a_filter() {
    for size in SIZES {
        let mut driver = Driver::picker_with(few(), settings(), size);
        driver.type_text("web");
        check("picker_filter", &driver);
        driver.type_text("zzz");
        check("picker_filter_none", &driver);
    }
}

#[test]
fn picker_without_containers() {
    for size in SIZES {
        check(
            "picker_empty",
            &Driver::picker_with(Vec::new(), settings(), size),
        );
        let (waiting, _) = Driver::new(Start::Picker, settings(), size);
        check("picker_waiting", &waiting);
    }
}

#[test]
fn picker_without_an_engine() {
    for size in SIZES {
        let (mut driver, _) = Driver::new(Start::Picker, settings(), size);
        driver.send(Msg::Listed(Err(engine_error())));
        check("picker_no_engine", &driver);
        let mut driver = previewed(Driver::picker_with(few(), settings(), size));
        driver.send(Msg::EngineLost(engine_error()));
        check("picker_engine_lost", &driver);
    }
}

#[test]
fn attach_on_its_way() {
    for size in SIZES {
        let mut driver = previewed(Driver::picker_with(few(), settings(), size));
        let (task, _) = attach_task(&driver.press("enter"));
        for step in ["looking for the dev image", "pulling the dev image"] {
            driver.send(Msg::Progress(task, Progress::Step(step.into())));
        }
        driver.send(Msg::Progress(task, Progress::Pull(pull())));
        check("attaching", &driver);
    }
}

fn pull() -> Pull {
    let layer = |id: &str, status: &str, current, total| Layer {
        id: id.into(),
        status: status.into(),
        current,
        total,
    };
    Pull {
        reference: "acme/web:1.4-dev".into(),
        layers: vec![
            layer("3b1c2d4e5f60", "Pull complete", 5_000_000, 5_000_000),
            layer("9a8b7c6d5e4f", "Downloading", 12_300_000, 45_600_000),
            layer("0f1e2d3c4b5a", "Extracting", 900_000, 1_000_000),
            layer("77aa88bb99cc", "Waiting", 0, 0),
        ],
    }
}

fn filled_shell(settings: Settings, size: (u16, u16)) -> Driver {
    let mut driver = Driver::shell_with(settings, size);
    let text = "\x1b[1;32mroot@web\x1b[0m:\x1b[34m/app\x1b[0m# ps\r\nPID   USER     COMMAND\r\n    1 65532    /app/server --port 8080\r\n   14 root     bash\r\n\x1b[1;32mroot@web\x1b[0m:\x1b[34m/app\x1b[0m# 你好 ";
    driver.send(Msg::Output(
        ShellId(1),
        text.as_bytes().to_vec(),
        Duration::ZERO,
    ));
    driver
}

#[test]
fn shell_beside_its_target() {
    for size in SIZES.into_iter().chain([(160, 40)]) {
        check("shell", &filled_shell(settings(), size));
    }
}

#[test]
fn shell_that_has_ended_and_a_target_that_died() {
    for size in SIZES {
        let mut driver = filled_shell(settings(), size);
        driver.send(event("w", "die", Some(3)));
        check("target_died", &driver);
        driver.send(Msg::ShellEnded(ShellId(1), Some(137)));
        driver.send(Msg::Elapsed(Timer::Toast(1)));
        check("shell_ended", &driver);
    }
}

#[test]
fn popups() {
    for size in SIZES {
        let mut driver = filled_shell(settings(), size);
        driver.press("ctrl-]");
        check("palette", &driver);
        driver.type_text("copy");
        check("palette_query", &driver);
        driver.press("esc");
        for (query, name) in [
            ("keys", "help"),
            ("shared", "shared"),
            ("show equiv", "equivalent"),
            ("quit", "leaving"),
        ] {
            driver.press("ctrl-]");
            driver.type_text(query);
            driver.press("enter");
            check(name, &driver);
            driver.press("esc");
        }
    }
}

#[test]
fn toasts_with_hints() {
    for size in SIZES {
        let mut driver = Driver::picker_with(few_and_one_that_goes(), settings(), size);
        driver.press("end");
        driver.press("enter");
        driver.press("ctrl-y");
        check("toasts", &driver);
    }
}

#[test]
fn attach_that_failed_with_nothing_to_go_back_to() {
    for size in SIZES {
        let start = Start::Attach {
            target: "web".into(),
            wishes: Wishes::default(),
        };
        let (mut driver, effects) = Driver::new(start, settings(), size);
        check("attach_alone", &driver);
        let (task, _) = attach_task(&effects);
        driver.send(Msg::Attached(task, Err(engine_error())));
        check("attach_failed", &driver);
    }
}

#[test]
fn entrypoint_of_a_target() {
    for size in SIZES {
        let mut looking = Driver::shell_with(settings(), size);
        let effects = looking.press("alt-3");
        check("entrypoint_looking", &looking);
        let Some(Effect::InspectEntrypoint { task, .. }) = effects.first() else {
            panic!("{effects:?}");
        };
        looking.send(Msg::EntrypointInspected(*task, Err(engine_error())));
        check("entrypoint_failed", &looking);
        check("entrypoint_healthy", &pane(healthy(), size));
        let mut driver = pane(broken(), size);
        check("entrypoint_broken", &driver);
        driver.press("tab");
        driver.press("down");
        check("entrypoint_findings", &driver);
        driver.press("tab");
        driver.press("end");
        check("entrypoint_end", &driver);
    }
}

#[test]
fn form_of_a_run() {
    for size in SIZES {
        let mut driver = form(healthy(), "x", &["/usr/bin/web", "/sbin/apk"], size);
        check("form", &driver);
        driver.press("esc");
        driver.press("e");
        driver.press("ctrl-u");
        driver
            .type_text("/usr/bin/web --exit 7 --greeting 'a long word of welcome to all who come");
        check("form_trouble", &driver);
        driver.type_text("'");
        driver.press("tab");
        driver.press("ctrl-u");
        check("form_edited", &driver);
        driver.click(&Hit::Field(Field::Place));
        driver.press("ctrl-enter");
        check("form_target", &driver);
    }
}

#[test]
fn replicas_and_the_search() {
    for size in SIZES {
        check("form_replica", &replicas::form(size));
        check("replica_running", &replicas::running(size).0);
        check("replica_ended", &replicas::ended(size));
        let mut asked = replicas::arena(size);
        asked.press("ctrl-]");
        asked.press("alt-r");
        check("replica_volumes", &asked);
        check("bisect_consent", &replicas::consent(size));
        check("bisect_running", &replicas::searching(size).0);
        check("bisect_found", &replicas::found(size));
    }
}

#[test]
fn packages_of_a_twin() {
    for size in SIZES {
        let mut asking = Driver::shell_with(settings(), size);
        let effects = asking.press("alt-2");
        check("packages_asking", &asking);
        let Some(Effect::Stock { task, .. }) = effects.first() else {
            panic!("{effects:?}");
        };
        let none = Error::new(
            ErrorKind::NoDevImage,
            "no package manager was found in the twin",
        )
        .hint("debug images of distroless have none: name another image with --image");
        asking.send(Msg::Stocked(*task, Err(none)));
        check("packages_no_manager", &asking);
        let mut driver = packages::pane(settings(), size);
        check("packages", &driver);
        driver.press("ctrl-l");
        driver.press("tab");
        check("packages_installed", &driver);
        driver.press("enter");
        check("packages_choice", &driver);
        driver.press("esc");
        driver.type_text("zz");
        check("packages_none", &driver);
        let mut driver = packages::pane(settings(), size);
        driver.type_text("dns");
        check("packages_why", &driver);
        driver.press("ctrl-t");
        check("packages_toolkits", &driver);
        let mut driver = packages::found(settings(), size);
        check("packages_found", &driver);
        driver.press("enter");
        check("packages_confirm", &driver);
    }
}

#[test]
fn packages_that_change() {
    for size in SIZES {
        let (mut driver, _) = packages::running(settings(), size);
        check("packages_running", &driver);
        driver.press("o");
        check("packages_output", &driver);
        driver.press("o");
        driver.press("esc");
        check("packages_cancelling", &driver);
        for (outcome, name) in [
            (Outcome::Done, "packages_done"),
            (Outcome::Failed, "packages_failed"),
            (Outcome::Cancelled, "packages_cancelled"),
        ] {
            check(name, &packages::ended(settings(), size, outcome));
        }
    }
}

#[test]
fn without_colour_and_on_a_light_background() {
    for (name, changed) in [
        (
            "plain",
            Settings {
                colour: false,
                ..settings()
            },
        ),
        (
            "light",
            Settings {
                theme: ThemeName::Light,
                ..settings()
            },
        ),
    ] {
        let driver = previewed(Driver::picker_with(few(), changed.clone(), (80, 24)));
        check(&format!("picker_{name}"), &driver);
        check(
            &format!("shell_{name}"),
            &filled_shell(changed.clone(), (80, 24)),
        );
        let driver = packages::found(changed.clone(), (80, 24));
        check(&format!("packages_{name}"), &driver);
        let (driver, _) = packages::running(changed.clone(), (80, 24));
        check(&format!("packages_running_{name}"), &driver);
        let mut driver = pane(broken(), (80, 24));
        driver.model.settings = changed.clone();
        check(&format!("entrypoint_{name}"), &driver);
        let mut driver = form(broken(), "x", &["/sbin/apk"], (80, 24));
        driver.model.settings = changed.clone();
        check(&format!("form_{name}"), &driver);
        let (driver, _) = watch::processes_with(changed.clone(), (80, 24));
        check(&format!("processes_{name}"), &driver);
        let (mut driver, _) = watch::network((80, 24));
        driver.model.settings = changed;
        check(&format!("network_{name}"), &driver);
    }
}

#[test]
fn processes_and_what_is_known_of_one() {
    for size in SIZES {
        let mut driver = Driver::shell_with(settings(), size);
        driver.press("alt-5");
        check("processes_looking", &driver);
        driver = watch::processes(size).0;
        check("processes", &driver);
        driver.press("tab");
        driver.press("end");
        check("processes_details", &driver);
    }
}

#[test]
fn a_signal_under_choice() {
    for size in SIZES {
        let mut driver = watch::processes(size).0;
        driver.press("s");
        check("signal_choice", &driver);
        driver.press("enter");
        check("signal_confirm", &driver);
    }
}

#[test]
fn the_network() {
    for size in SIZES {
        let mut driver = watch::network(size).0;
        check("network", &driver);
        driver.type_text("tcp");
        check("network_filter", &driver);
    }
}

#[test]
fn arena_and_what_is_shared_in_it() {
    for size in SIZES {
        let mut driver = Driver::arena(size);
        check("arena", &driver);
        driver.press("ctrl-]");
        driver.type_text("shared");
        driver.press("enter");
        check("arena_shared", &driver);
    }
}

#[test]
fn the_preview_of_a_container_that_does_not_run() {
    for size in SIZES {
        let mut driver = Driver::picker_with(few(), settings(), size);
        driver.type_text("worker");
        driver.send(Msg::Elapsed(Timer::Preview(id("a"))));
        driver.send(Msg::Previewed(Box::new(stopped_preview("a"))));
        check("picker_stopped", &driver);
    }
}
