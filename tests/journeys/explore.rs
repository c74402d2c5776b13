//! Exploring an image: chosen in the picker, without a container beside it, and files of it tried in production.

use std::collections::BTreeMap;

use devtwin::app::{Attached, CompareEffect, Effect, FilesEffect, Msg, ShellId};
use devtwin::domain::Progress;
use devtwin::domain::entrypoint::{Finding, Severity};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::plan::{Folder, FolderHow, Mode, Plan, Wishes};
use devtwin::domain::replay::{Ending, explained};
use devtwin::domain::target::{Config, Status, Target};
use devtwin::domain::tryout::{TriedFile, Tryout};

use crate::support::{
    Driver, attach_task, attached, event, few, id, plan, settings, state, target,
};
use crate::views::{SIZES, check};

/// [`attached`], of an explorer with a folder.
fn explorer(shell: ShellId) -> Attached {
    let plan = Plan {
        mode: Mode::Explore,
        user: "0".into(),
        network: String::new(),
        pid: String::new(),
        workdir: "/build".into(),
        mounts: Vec::new(),
        folders: vec![Folder {
            source: "/home/ann/web".into(),
            path: "/build".into(),
            how: FolderHow::Scratch {
                volume: "devtwin-folder-over-5e551011-1".into(),
                layer: "devtwin-folder-layer-5e551011-1".into(),
            },
            owner: (1000, 1000),
            mode: 0o755,
        }],
        cap_add: Vec::new(),
        notes: Vec::new(),
        labels: BTreeMap::new(),
        ..plan()
    };
    let mut attached = attached(shell);
    attached.twin.plan = plan;
    attached.target = Target {
        id: id("7"),
        name: "acme/web:1.4".into(),
        config: Config {
            user: "65532".into(),
            ..Config::default()
        },
        mounts: Vec::new(),
        tmpfs: Vec::new(),
        state: state(Status::Running),
        ..target()
    };
    attached
}

/// An explorer of an image that was chosen in the picker, at its shell.
fn explored(size: (u16, u16)) -> Driver {
    let mut driver = Driver::picker_with(few(), settings(), size);
    driver.press("alt-e");
    let (task, shell) = attach_task(&driver.press("enter"));
    driver.send(Msg::Attached(task, Ok(Box::new(explorer(shell)))));
    driver
}

fn leader(driver: &mut Driver, key: &str) -> Vec<Effect> {
    driver.press("ctrl-]");
    driver.press(key)
}

#[test]
fn an_image_is_chosen_from_those_that_are_here_or_typed() {
    for size in SIZES {
        let mut driver = Driver::picker_with(few(), settings(), size);
        driver.send(Msg::LocalImages(
            ["acme/web:1.4", "acme/web:1.4-dev", "devtwin-merged-1"]
                .map(str::to_owned)
                .to_vec(),
        ));
        driver.press("alt-e");
        driver.type_text("web:1.5");
        check("explore_images", &driver);
    }
    // The engine may be slower than the person.
    let mut driver = Driver::picker(few());
    driver.press("alt-e");
    driver.type_text("chosen");
    driver.send(Msg::LocalImages(vec!["acme/chosen:7".into()]));
    assert!(driver.text().contains("acme/chosen:7"), "{}", driver.text());
    let mut driver = Driver::picker(few());
    driver.press("alt-e");
    driver.type_text("cgr.dev/chainguard/go:latest");
    let effects = driver.press("enter");
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Attach { target, wishes, .. } => Some((target.clone(), wishes.mode)),
        _ => None,
    });
    let wanted = (
        "cgr.dev/chainguard/go:latest".to_owned(),
        Some(Mode::Explore),
    );
    assert_eq!(asked, Some(wanted));
    assert!(driver.text().contains("Exploring cgr.dev/chainguard/go"));
}

#[test]
fn nothing_is_explored_that_is_no_image() {
    let mut driver = Driver::picker(few());
    driver.press("alt-e");
    driver.type_text("NO image");
    assert!(driver.text().contains("No image is called like that"));
    assert_eq!(driver.press("enter"), []);
    driver.press("alt-e");
    driver.press("esc");
    assert!(driver.text().contains("choose the target"));
}

#[test]
fn the_header_says_that_it_is_explored_and_which_folder_is_there() {
    for size in SIZES {
        check("explore_shell", &explored(size));
    }
}

#[test]
fn what_needs_a_container_says_that_there_is_none() {
    let mut driver = explored((120, 40));
    for key in ["alt-f", "alt-r", "alt-b", "alt-c", "ctrl-d"] {
        let effects = leader(&mut driver, key);
        let only_toasts = |effect: &Effect| matches!(effect, Effect::After(..));
        assert!(effects.iter().all(only_toasts), "{key}: {effects:?}");
        assert!(driver.text().contains("there is no container"), "{key}");
        driver.press("ctrl-]");
        driver.type_text("close the mess");
        driver.press("enter");
    }
    // The log of the twin is the shell itself: nothing is asked.
    assert_eq!(driver.press("alt-4"), []);
    assert!(
        driver
            .text()
            .contains("no container whose log could be read")
    );
}

#[test]
fn the_production_image_is_inspected_and_the_twin_itself_measured() {
    let mut driver = explored((120, 40));
    let effects = driver.press("alt-3");
    let image = effects.iter().find_map(|effect| match effect {
        Effect::InspectImage { image, dev, .. } => Some((image.as_str(), dev.as_str())),
        _ => None,
    });
    assert_eq!(image, Some(("acme/web:1.4", "acme/web:1.4-dev")));
    driver.press("x");
    assert!(driver.text().contains("there is no container"));
    let effects = driver.press("alt-5");
    let measured = effects
        .iter()
        .any(|effect| matches!(effect, Effect::FollowStats { target, .. } if *target == id("7")));
    assert!(measured, "{effects:?}");
}

#[test]
fn a_further_shell_is_the_images_own_user() {
    let mut driver = explored((120, 40));
    let effects = leader(&mut driver, "alt-u");
    let user = effects.iter().find_map(|effect| match effect {
        Effect::Run { order, .. } => Some((order.user.as_str(), order.workdir.as_str())),
        _ => None,
    });
    assert_eq!(user, Some(("65532", "/build")), "{effects:?}");
    assert!(driver.text().contains("as 65532"));
}

#[test]
fn the_end_of_the_twin_is_told_once_and_a_new_one_explores_the_same_image() {
    let mut driver = explored((120, 40));
    driver.send(event("7", "die", Some(0)));
    assert!(!driver.text().contains("target"), "{}", driver.text());
    driver.send(Msg::ShellEnded(ShellId(1), Some(0)));
    let text = driver.text();
    assert!(text.contains("a fresh dev image"), "{text}");
    driver.send(event("7", "destroy", None));
    let effects = driver.press("n");
    let again = effects.iter().find_map(|effect| match effect {
        Effect::Attach { target, wishes, .. } => Some((target.as_str(), wishes.mode)),
        _ => None,
    });
    assert_eq!(again, Some(("acme/web:1.4", Some(Mode::Explore))));
}

#[test]
fn a_merged_root_is_a_new_twin_of_the_same_image() {
    let mut driver = explored((120, 40));
    driver.press("ctrl-]");
    driver.type_text("own files over");
    let effects = driver.press("enter");
    assert!(
        effects.contains(&Effect::RemoveTwin(id("7"))),
        "{effects:?}"
    );
    let merged = |wishes: &Wishes| wishes.merged && wishes.mode == Some(Mode::Explore);
    let asked = |e: &Effect| matches!(e, Effect::Attach { wishes, .. } if merged(wishes));
    assert!(effects.iter().any(asked), "{effects:?}");
    // Beside a container there is nothing to merge.
    let mut driver = Driver::shell();
    driver.press("ctrl-]");
    driver.type_text("own files over");
    driver.press("enter");
    assert!(driver.text().contains("only an image that is explored"));
}

fn tryout() -> Tryout {
    let ending = Ending::Exited { status: 127 };
    Tryout {
        twin: "devtwin-web-5e551011".into(),
        image: "acme/web:1.4".into(),
        files: vec![TriedFile {
            path: "/build/app".into(),
            bytes: 16_120,
            link: None,
            replaced: false,
        }],
        argv: vec!["/build/app".into(), "--version".into()],
        user: "65532".into(),
        docker_run: "docker create --name devtwin-try acme/web:1.4".into(),
        words: explained(&ending, 14),
        ending,
        millis: 14,
        stdout: String::new(),
        stderr: "app: \u{1b}[31mlibpcap.so.1: cannot open shared object file\n".into(),
        findings: vec![Finding {
            id: "MISSING_LIB",
            severity: Severity::Error,
            evidence: vec!["/build/app needs libpcap.so.1".into()],
            meaning: "The program needs a library, and the loader finds it nowhere.".into(),
            advice: vec!["COPY --from=build /usr/lib/libpcap.so.1 /usr/lib/".into()],
            package: None,
        }],
        notes: Vec::new(),
    }
}

#[test]
fn files_are_tried_in_production_and_what_is_wrong_is_shown() {
    for size in SIZES {
        let mut driver = explored(size);
        leader(&mut driver, "alt-t");
        driver.type_text("/build/app -- /build/app --version");
        check("try_asked", &driver);
        let effects = driver.press("enter");
        let Some(Effect::TryOut {
            task,
            image,
            trial,
            twin,
        }) = effects.first()
        else {
            panic!("{effects:?}");
        };
        assert_eq!((image.as_str(), &twin.id), ("acme/web:1.4", &id("7")));
        assert_eq!(trial.paths, ["/build/app"]);
        assert_eq!(trial.argv, ["/build/app", "--version"]);
        let task = *task;
        driver.send(Msg::Progress(task, Progress::Step("running it".into())));
        assert!(driver.text().contains("running it"));
        driver.send(Msg::TriedOut(task, Ok(Box::new(tryout()))));
        check("try_failed", &driver);
        let effects = driver.press("y");
        assert!(
            matches!(effects.first(), Some(Effect::Copy(text)) if text.starts_with("docker create"))
        );
        let effects = driver.press("r");
        assert!(
            matches!(effects.first(), Some(Effect::TryOut { .. })),
            "{effects:?}"
        );
        let effects = driver.press("esc");
        assert!(
            matches!(effects.first(), Some(Effect::Cancel(_))),
            "{effects:?}"
        );
    }
}

#[test]
fn a_try_that_goes_on_behind_is_told_and_a_late_one_is_not() {
    let mut driver = explored((120, 40));
    leader(&mut driver, "alt-t");
    driver.type_text("/build/app");
    let effects = driver.press("enter");
    let Some(Effect::TryOut { task, .. }) = effects.first() else {
        panic!("{effects:?}");
    };
    let task = *task;
    assert_eq!(driver.press("enter"), [], "it goes on behind");
    let well = Tryout {
        ending: Ending::Lives,
        findings: Vec::new(),
        ..tryout()
    };
    driver.send(Msg::TriedOut(task, Ok(Box::new(well))));
    assert!(driver.text().contains("runs in acme/web:1.4"));
    let error = Error::new(ErrorKind::Engine, "too late to matter");
    driver.send(Msg::TriedOut(task, Err(error)));
    assert!(!driver.text().contains("too late"));
}

#[test]
fn a_slip_in_the_files_is_told_and_can_be_mended() {
    let mut driver = explored((120, 40));
    leader(&mut driver, "alt-t");
    driver.type_text("app");
    let effects = driver.press("enter");
    assert!(!effects.iter().any(|e| matches!(e, Effect::TryOut { .. })));
    assert!(
        driver.text().contains("app is no absolute path"),
        "{}",
        driver.text()
    );
    driver.press("ctrl-u");
    driver.type_text("/build/app");
    let effects = driver.press("enter");
    assert!(effects.iter().any(|e| matches!(e, Effect::TryOut { .. })));
}

#[test]
fn an_image_that_is_explored_is_compared_itself_and_has_no_files_of_a_target() {
    let mut driver = explored(SIZES[1]);
    let effects = driver.press("alt-8");
    let compared = effects.iter().find_map(|effect| match effect {
        Effect::Compare(CompareEffect::Begin { target, .. }) => Some(target),
        _ => None,
    });
    // The engine knows the twin by this id: production is the image.
    let compared = compared.expect("a comparison");
    assert_eq!((&*compared.id.0, &*compared.image), ("", "acme/web:1.4"));
    let effects = driver.press("alt-7");
    let place = effects.iter().find_map(|effect| match effect {
        Effect::Files(FilesEffect::Browse { place, .. }) => Some(place),
        _ => None,
    });
    assert_eq!(place.expect("a place").target, None);
    let text = driver.text();
    assert!(text.contains("[Twin]"), "{text}");
    assert!(!text.contains("Target "), "{text}");
    driver.press("alt-4");
    assert!(!driver.text().contains("docker logs"), "{}", driver.text());
}
