//! Whether the dev image is really the sibling: compared once the shell is up, told in the header and in a popup.

use std::time::Duration;

use devtwin::app::action::Action;
use devtwin::app::popup::Popup;
use devtwin::app::{Effect, Msg, Settings, ShellId, TaskId};
use devtwin::domain::call::Call;
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::image::Likeness;
use devtwin::domain::image::likeness::{Built, Difference, Drift, PackageLikeness, Verdict};

use crate::support::{Driver, attach_task, attached, few, settings};

const SHELL: ShellId = ShellId(1);

fn drifted() -> Likeness {
    Likeness {
        verdict: Verdict::Drifted,
        config: vec![Difference {
            what: "entrypoint".into(),
            target: "[\"/usr/bin/web\"]".into(),
            dev: "[\"/bin/sh\"]".into(),
        }],
        packages: Some(PackageLikeness {
            target: 25,
            dev: 74,
            same: 23,
            there: 24,
            percent: 92,
            drift: vec![
                Drift {
                    name: "glibc\u{1b}[2J".into(),
                    target: "2.43-r1".into(),
                    dev: Some("2.43-r2".into()),
                },
                Drift {
                    name: "zlib".into(),
                    target: "1.3.1-r0".into(),
                    dev: None,
                },
            ],
        }),
        built: Some(Built {
            target: 1_755_876_600,
            dev: 1_756_135_800,
        }),
    }
}

fn like() -> Likeness {
    Likeness {
        verdict: Verdict::Sibling,
        config: Vec::new(),
        packages: Some(PackageLikeness {
            target: 25,
            dev: 74,
            same: 25,
            there: 25,
            percent: 100,
            drift: Vec::new(),
        }),
        built: None,
    }
}

/// A session whose shell has printed something, and the number of the comparison that was ordered then.
fn compared(size: (u16, u16)) -> (Driver, TaskId) {
    let mut driver = Driver::shell_with(settings(), size);
    assert!(driver.compared.is_empty(), "never before the shell is up");
    output(&mut driver);
    output(&mut driver);
    let ordered = driver.compared.iter().filter_map(|effect| match effect {
        Effect::CompareImages { task, dev, .. } => Some((*task, dev.as_str())),
        _ => None,
    });
    let ordered: Vec<_> = ordered.collect();
    assert_eq!(ordered.len(), 1, "once");
    let (task, dev) = ordered[0];
    assert_eq!(dev, "acme/web:1.4-dev");
    (driver, task)
}

fn output(driver: &mut Driver) {
    driver.send(Msg::Output(SHELL, b"# ".to_vec(), Duration::ZERO));
}

fn header(driver: &Driver) -> String {
    driver.text().lines().next().unwrap_or_default().to_owned()
}

fn asked(driver: &mut Driver) -> String {
    driver.press("ctrl-]");
    driver.type_text("really the sibling");
    driver.press("enter");
    assert!(matches!(driver.model.popups[..], [Popup::Alike(_)]));
    driver.text()
}

#[test]
fn what_differs_stands_in_the_header_and_in_a_list() {
    for (size, words) in [((120, 40), "2 packages differ"), ((80, 24), "≠2")] {
        let (mut driver, task) = compared(size);
        assert!(asked(&mut driver).contains("comparing both images"));
        driver.press("esc");
        driver.send(Msg::Alike(task, Ok(Box::new(drifted()))));
        assert!(header(&driver).contains(words), "{}", header(&driver));
        let screen = driver.text();
        assert!(
            screen.contains("2 of the target's 25 packages differ"),
            "{screen}"
        );
        let list = asked(&mut driver);
        for line in [
            "Is it really the sibling?",
            "23 of its 25 packages at the same version",
            "the dev image was built 3 days after it",
            "zlib 1.3.1-r0, dev not there",
        ] {
            assert!(list.contains(line), "{line}:\n{list}");
        }
        assert!(!list.contains('\u{1b}'));
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("alike_{}x{}", size.0, size.1), list);
        });
    }
}

#[test]
fn the_same_build_is_said_in_passing() {
    let (mut driver, task) = compared((120, 40));
    let before = driver.text().lines().count();
    driver.send(Msg::Alike(task, Ok(Box::new(like()))));
    assert!(
        header(&driver).contains("same build"),
        "{}",
        header(&driver)
    );
    assert!(!driver.text().contains("differ"));
    assert_eq!(driver.text().lines().count(), before);
}

#[test]
fn a_comparison_that_failed_says_why() {
    let (mut driver, task) = compared((80, 24));
    let error = Error::new(
        ErrorKind::NoTarget,
        "the target's image is not here any more",
    );
    driver.send(Msg::Alike(
        task,
        Err(error.hint("docker images lists what is here")),
    ));
    assert!(!header(&driver).contains('≠'));
    let list = asked(&mut driver);
    assert!(
        list.contains("not here any more") && list.contains("docker images lists"),
        "{list}"
    );
}

#[test]
fn a_toolbox_and_an_image_of_its_own_are_not_compared() {
    for (own, toolbox, words) in [
        (true, false, "its own dev image"),
        (false, true, "a general toolbox"),
    ] {
        let mut driver = Driver::picker_with(few(), settings(), (80, 24));
        let (task, shell) = attach_task(&driver.press("enter"));
        let mut news = attached(shell);
        news.resolution.own_dev = own;
        news.resolution.toolbox = toolbox;
        driver.send(Msg::Attached(task, Ok(Box::new(news))));
        output(&mut driver);
        assert!(driver.compared.is_empty());
        assert!(asked(&mut driver).contains(words));
    }
}

#[test]
fn leaving_gives_it_up_and_what_comes_late_is_dropped() {
    let (mut driver, task) = compared((120, 40));
    driver.press("ctrl-]");
    driver.type_text(Action::Leave.title());
    let mut effects = driver.press("enter");
    if driver.model.joined.is_some() {
        effects.extend(driver.press("enter"));
    }
    assert!(driver.model.joined.is_none());
    assert!(effects.contains(&Effect::Cancel(task)), "{effects:?}");
    driver.send(Msg::Alike(task, Ok(Box::new(drifted()))));
    assert!(!driver.text().contains("differ"));
    assert_eq!(driver.model.alike.likeness(), None);
}

#[test]
fn docker_lines_reach_the_engine_that_was_chosen() {
    let settings = Settings {
        docker: Call::context("prod"),
        ..settings()
    };
    let mut driver = Driver::picker_with(few(), settings.clone(), (120, 40));
    assert!(
        driver.text().contains("docker --context prod ps"),
        "{}",
        driver.text()
    );
    driver.press("ctrl-]");
    driver.type_text(Action::Copy.title());
    let effects = driver.press("enter");
    let line = Effect::Copy("docker --context prod ps --all".into());
    assert!(effects.contains(&line), "{effects:?}");
    let driver = Driver::shell_with(settings, (120, 40));
    let line = driver.model.equivalent().unwrap();
    assert!(
        line.starts_with("docker --context prod run --rm -it "),
        "{line}"
    );
}
