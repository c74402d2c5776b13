//! Names, images, logs, titles and errors that want to break the screen, and screens of any size.

use std::time::Duration;

use std::collections::BTreeMap;

use crate::support::{
    Driver, attach_task, attached, engine_error, event, few, id, preview, settings, summary,
};
use devtwin::app::{Msg, Preview, ShellId, Start, TaskId, Timer};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::plan::Wishes;
use devtwin::domain::target::Status;
use devtwin::domain::{Layer, Progress, Pull};

const EVIL: &str =
    "\u{1b}[2J\u{1b}]0;pwned\u{7}\u{9b}31m\u{202e}evil\r\n\t\u{0}漢字\u{200b}e\u{301}";

fn assert_clean(driver: &Driver, when: &str) {
    let (buffer, _) = driver.draw();
    for cell in &buffer.content {
        let bad = cell
            .symbol()
            .chars()
            .find(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(c));
        assert_eq!(bad, None, "{when}");
    }
}

fn evil_preview() -> Preview {
    let mut preview = preview("w");
    if let Ok(target) = &mut preview.target {
        target.state.health = Some(EVIL.into());
        target.mounts[0].source = EVIL.into();
        target.tmpfs.push(EVIL.repeat(50));
    }
    if let Ok(resolution) = &mut preview.resolution {
        resolution.dev_image = Some(EVIL.into());
        resolution.evidence = vec![EVIL.into(), "x".repeat(100_000)];
    }
    preview.log = Ok([EVIL.as_bytes(), &[0xff, 0xfe, 0x1b], &vec![b'x'; 100_000]].concat());
    preview
}

#[test]
fn nothing_foreign_reaches_the_screen_unclean() {
    let mut row = summary("w", EVIL, EVIL, Status::Running, EVIL);
    row.labels = BTreeMap::from([(EVIL.into(), EVIL.into())]);
    let mut driver = Driver::picker(vec![row]);
    driver.send(Msg::Elapsed(Timer::Preview(id("w"))));
    driver.send(Msg::Previewed(Box::new(evil_preview())));
    assert_clean(&driver, "picker");
    assert!(driver.text().contains("evil"), "the readable part stays");
    driver.send(Msg::EngineLost(
        Error::new(ErrorKind::Engine, EVIL).hint(EVIL),
    ));
    assert_clean(&driver, "banner");
    driver.send(Msg::Paste(EVIL.into()));
    assert_clean(&driver, "filter");
    driver.press("esc");
    let (task, shell) = attach_task(&driver.press("enter"));
    driver.send(Msg::Progress(task, Progress::Step(EVIL.into())));
    let layer = Layer {
        id: EVIL.into(),
        status: EVIL.into(),
        current: u64::MAX / 2,
        total: 1,
    };
    let pull = Pull {
        reference: EVIL.into(),
        layers: vec![layer],
    };
    driver.send(Msg::Progress(task, Progress::Pull(pull)));
    assert_clean(&driver, "attaching");
    let mut joined = attached(shell);
    joined.target.name = EVIL.into();
    joined.target.image = EVIL.into();
    joined.twin.plan.image = EVIL.into();
    joined.twin.plan.user = EVIL.into();
    joined.twin.plan.mounts[0].destination = EVIL.into();
    joined.twin.plan.notes[0].text = EVIL.into();
    joined.twin.plan.env.push(("EVIL".into(), EVIL.into()));
    driver.send(Msg::Attached(task, Ok(Box::new(joined))));
    driver.send(Msg::Output(shell, EVIL.as_bytes().to_vec(), Duration::ZERO));
    assert_clean(&driver, "shell");
    driver.send(event("w", "die", Some(i64::MIN)));
    assert_clean(&driver, "toast");
    for popup in ["shared", "show equiv"] {
        driver.press("ctrl-]");
        driver.type_text(popup);
        driver.press("enter");
        assert_clean(&driver, popup);
        driver.press("esc");
    }
    driver.send(Msg::ShellEnded(shell, Some(i64::MAX)));
    assert_clean(&driver, "ended");
}

#[test]
fn no_size_of_the_screen_panics() {
    let sizes = [
        (0, 0),
        (1, 1),
        (1, 50),
        (50, 1),
        (2, 3),
        (20, 5),
        (40, 9),
        (41, 10),
        (79, 23),
        (300, 100),
        (400, 9),
    ];
    for (width, height) in sizes {
        let mut drivers = vec![
            Driver::picker(few()),
            Driver::picker(Vec::new()),
            Driver::shell(),
        ];
        let (alone, _) = Driver::new(
            Start::Attach {
                target: "web".into(),
                wishes: Wishes::default(),
            },
            settings(),
            (width, height),
        );
        drivers.push(alone);
        for driver in &mut drivers {
            driver.resize(width, height);
            driver.draw();
            driver.send(Msg::EngineLost(engine_error()));
            for popup in ["keys", "shared", "show equiv", "quit", "zzz"] {
                driver.press("ctrl-]");
                driver.draw();
                driver.type_text(popup);
                driver.press("enter");
                driver.draw();
                driver.press("esc");
            }
            driver.send(Msg::Attached(TaskId(1), Err(engine_error())));
            driver.draw();
            driver.send(Msg::ShellEnded(ShellId(1), Some(1)));
            driver.draw();
        }
    }
}

#[test]
fn a_screen_that_is_too_small_says_so() {
    let mut driver = Driver::picker(few());
    driver.resize(30, 8);
    assert!(driver.text().contains("too small: 40×9 at least"));
    driver.resize(14, 5);
    assert!(
        driver.text().contains("too small:\n40×9 at least"),
        "{}",
        driver.text()
    );
    assert!(driver.model.laid.hits.is_empty());
    driver.resize(40, 9);
    assert!(driver.text().contains("web"));
}
