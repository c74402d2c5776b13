//! The recipe: recorded from shells and packages, edited, picked, written, verified; and what the screen shows of it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::time::Duration;

use devtwin::app::keymap::Focus;
use devtwin::app::panes::recipe::Part;
use devtwin::app::recipe_effect::{RecipeEffect, RecipeTold};
use devtwin::app::{Effect, Hit, Msg, Settings, ShellId, TaskId, ThemeName};
use devtwin::domain::build::BuildStep;
use devtwin::domain::error::Error;
use devtwin::domain::recipe::artifact::{Artifact, Kind};
use devtwin::domain::recipe::verify::{News, Order, Verdict, Verified};
use devtwin::domain::recipe::{Base, Facts, Found, Source};
use devtwin::domain::recorder::Record;

use crate::support::{Driver, engine_error, settings};
use crate::views::{SIZES, check};

/// A command with its marks, as bash tells it.
fn command(driver: &mut Driver, text: &str, status: i32, printed: &str) -> Vec<Effect> {
    let bytes = format!(
        "\x1b]7;file://twin/work\x07\x1b]133;A\x07# \x1b]133;B\x07{text}\r\n\x1b]133;C;cmdline_url={}\x07{printed}\x1b]133;D;{status}\x07\x1b]133;A\x07# \x1b]133;B\x07",
        text.replace('%', "%25").replace('\n', "%0A")
    );
    driver.send(Msg::Output(
        ShellId(1),
        bytes.into_bytes(),
        Duration::from_secs(1),
    ))
}

fn base(reference: &str) -> Base {
    Base {
        reference: reference.into(),
        user: "65532".into(),
        ..Base::default()
    }
}

fn found() -> Found {
    let program = Artifact {
        size: Some(26_576),
        mode: 0o755,
        executable: true,
        ..Artifact::new("/work/hello", Kind::File, 0, true)
    };
    let notes = Artifact {
        size: Some(120),
        mode: 0o644,
        ..Artifact::new("/work/notes.txt", Kind::File, 0, true)
    };
    Found {
        facts: Facts {
            twin: "devtwin-web-5e551011".into(),
            dev: base("acme/web:1.4-dev"),
            production: Some(base("acme/web:1.4")),
            manager: Some("apk".into()),
            sources: vec![Source {
                path: "/work".into(),
                host: Some("/home/me/app".into()),
            }],
            workdir: "/work".into(),
            shell: "/bin/bash".into(),
        },
        artifacts: vec![
            program,
            notes,
            Artifact::new("/srv/venv", Kind::Folder, 412, false),
        ],
        more: 0,
        notes: Vec::new(),
    }
}

/// What is kept on disk by these effects.
fn kept(effects: &[Effect]) -> Option<&Record> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Recipe(RecipeEffect::Keep { record, .. }) => Some(&**record),
        _ => None,
    })
}

fn look(effects: &[Effect]) -> TaskId {
    let task = effects.iter().find_map(|effect| match effect {
        Effect::Recipe(RecipeEffect::Look { task, .. }) => Some(*task),
        _ => None,
    });
    task.unwrap_or_else(|| panic!("no look among {effects:?}"))
}

fn order(effects: &[Effect]) -> (TaskId, Order) {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Recipe(RecipeEffect::Verify { task, order }) => Some((*task, (**order).clone())),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no verification among {effects:?}"))
}

fn session(settings: Settings, size: (u16, u16)) -> Driver {
    let mut driver = Driver::shell_with(settings, size);
    for (text, status, printed) in [
        ("apk add cc", 0, "OK\r\n"),
        ("ls", 0, "hello.c\r\n"),
        ("cc -o hello hello.c", 1, "error\r\n"),
        ("cc -static -o hello hello.c", 0, ""),
        ("TOKEN=hunter2 ./publish", 0, ""),
        ("./hello you", 0, "hello from you\r\n"),
    ] {
        command(&mut driver, text, status, printed);
    }
    driver
}

/// The pane of such a session, when its files are known.
fn pane_with(settings: Settings, size: (u16, u16)) -> Driver {
    let mut driver = session(settings, size);
    let task = look(&driver.press("alt-9"));
    driver.send(Msg::Recipe(task, RecipeTold::Found(Ok(Box::new(found())))));
    driver
}

fn pane() -> Driver {
    pane_with(settings(), (120, 40))
}

fn steps(driver: &Driver) -> Vec<String> {
    let joined = driver.model.joined.as_ref().unwrap();
    joined
        .recipe
        .record()
        .steps()
        .iter()
        .map(devtwin::domain::recorder::Step::text)
        .collect()
}

fn dockerfile(driver: &Driver) -> String {
    driver.model.joined.as_ref().unwrap().recipe.dockerfile()
}

#[test]
fn each_command_is_kept_as_it_ends_and_secrets_are_not_shown() {
    let mut driver = Driver::shell();
    let effects = command(&mut driver, "make", 0, "ok\r\n");
    let record = kept(&effects).unwrap();
    assert_eq!(record.steps().len(), 1);
    assert_eq!(record.steps()[0].cwd.as_deref(), Some("/work"));
    assert_eq!(record.steps()[0].printed.as_deref(), Some("ok"));
    let effects = driver.type_text("x");
    assert!(kept(&effects).is_none(), "a key is no step");
    let driver = pane();
    assert!(!driver.text().contains("hunter2"), "{}", driver.text());
    assert!(dockerfile(&driver).contains("TOKEN=\"$TOKEN\" ./publish"));
}

#[test]
fn the_dockerfile_follows_from_the_steps() {
    let driver = pane();
    let text = dockerfile(&driver);
    for line in [
        "FROM acme/web:1.4-dev AS build",
        "RUN apk add --no-cache cc",
        "COPY --chown=65532:65532 . /work",
        "RUN cc -static -o hello hello.c",
        "COPY --from=build --chown=65532:65532 /work/hello /work/hello",
        "ENTRYPOINT [\"/work/hello\"]",
        "CMD [\"you\"]",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert!(!text.contains("RUN cc -o"), "it failed\n{text}");
}

#[test]
fn steps_are_edited_dropped_moved_marked_and_all_of_it_is_taken_back() {
    let mut driver = pane();
    let before = steps(&driver);
    driver.press("home");
    let effects = driver.press("J");
    assert_eq!(kept(&effects).unwrap().steps()[1].text(), "apk add cc");
    driver.press("d");
    assert_eq!(steps(&driver).len(), before.len() - 1);
    driver.press("end");
    driver.press("e");
    assert_eq!(driver.model.focus(), Focus::RecipeText);
    driver.type_text(" too");
    driver.press("esc");
    assert_eq!(driver.model.focus(), Focus::Recipe);
    assert_eq!(steps(&driver).last().unwrap(), "./hello you too");
    driver.press("space");
    for _ in 0..4 {
        driver.press("u");
    }
    assert_eq!(steps(&driver), before);
    driver.press("u");
    assert!(driver.text().contains("there is no edit to take back"));
}

#[test]
fn an_edit_that_leaves_nothing_drops_the_step() {
    let mut driver = pane();
    let all = steps(&driver).len();
    driver.press("home");
    driver.press("enter");
    driver.press("ctrl-u");
    driver.press("esc");
    assert_eq!(steps(&driver).len(), all - 1);
}

#[test]
fn keys_that_mean_nothing_here_change_nothing() {
    let mut driver = pane();
    let before = (steps(&driver), dockerfile(&driver));
    for key in ["x", "K", "f5", "left", "ctrl-x", "z", "1"] {
        assert!(driver.press(key).is_empty(), "{key}");
    }
    // Of files and of the text nothing can be dropped or moved.
    for part in ["tab", "tab"] {
        driver.press(part);
        for key in ["d", "J", "K"] {
            assert!(driver.press(key).is_empty(), "{key}");
        }
    }
    assert_eq!((steps(&driver), dockerfile(&driver)), before);
}

#[test]
fn files_are_picked() {
    let mut driver = pane();
    driver.press("tab");
    driver.press("down");
    let effects = driver.press("space");
    let picks: Vec<_> = kept(&effects).unwrap().picks().iter().cloned().collect();
    assert_eq!(picks, ["/work/hello", "/work/notes.txt"]);
    assert!(dockerfile(&driver).contains("/work/notes.txt /work/notes.txt"));
    driver.click(&Hit::Recipe(Part::Files, 1));
    assert!(
        !dockerfile(&driver).contains("notes.txt"),
        "a click on what is chosen"
    );
}

#[test]
fn the_persons_own_dockerfile_stays_until_it_is_written_anew() {
    let mut driver = pane();
    driver.press("backtab");
    driver.press("enter");
    driver.type_text("# mine");
    driver.press("enter");
    driver.press("esc");
    assert!(dockerfile(&driver).starts_with("# mine\n# Made by"));
    driver.press("tab");
    driver.press("home");
    driver.press("d");
    assert!(driver.text().contains("is your own by now"));
    assert!(dockerfile(&driver).contains("apk add --no-cache cc"));
    driver.press("w");
    assert!(dockerfile(&driver).starts_with("# Made by"));
    assert!(!dockerfile(&driver).contains("apk add"));
}

#[test]
fn it_is_saved_and_copied() {
    let mut driver = pane();
    let effects = driver.press("y");
    assert!(matches!(&effects[..], [Effect::Copy(text), ..] if *text == dockerfile(&driver)));
    let effects = driver.press("Y");
    assert!(matches!(&effects[..], [Effect::Copy(text), ..] if text == "apk add cc"));
    let effects = driver.press("s");
    assert!(driver.text().contains("./Dockerfile"));
    let [Effect::Free(names)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(
        names[..3],
        [
            "./Dockerfile",
            "./Dockerfile.devtwin",
            "./Dockerfile.devtwin-2"
        ]
    );
    let effects = driver.press("enter");
    let save = effects.iter().find_map(|effect| match effect {
        Effect::Save { path, text } => Some((path.clone(), text.clone())),
        _ => None,
    });
    assert_eq!(save, Some(("./Dockerfile".into(), dockerfile(&driver))));
}

#[test]
fn a_name_that_is_free_is_offered_unless_the_person_has_written_one() {
    let free = || Msg::Free("./Dockerfile".into(), "./Dockerfile.devtwin".into());
    let saved = |driver: &mut Driver| {
        let effects = driver.press("enter");
        effects.into_iter().find_map(|effect| match effect {
            Effect::Save { path, .. } => Some(path),
            _ => None,
        })
    };
    let mut driver = pane();
    driver.press("s");
    driver.send(free());
    assert_eq!(saved(&mut driver).as_deref(), Some("./Dockerfile.devtwin"));
    driver.press("s");
    driver.type_text("-mine");
    driver.send(free());
    assert_eq!(saved(&mut driver).as_deref(), Some("./Dockerfile-mine"));
    // Too late for the question that it was the answer to.
    driver.send(free());
    assert_eq!(driver.model.popups.len(), 0);
}

#[test]
fn a_verification_runs_once_and_can_be_given_up() {
    let mut driver = pane();
    let (task, wanted) = order(&driver.press("v"));
    assert_eq!(wanted.dockerfile, dockerfile(&driver));
    assert_eq!(
        wanted.check.unwrap().printed.as_deref(),
        Some("hello from you")
    );
    assert_eq!(
        driver.press("v"),
        [Effect::Cancel(task)],
        "a second wish gives it up"
    );
    driver.send(Msg::Recipe(
        task,
        RecipeTold::Verified(Err(Error::cancelled())),
    ));
    assert!(driver.text().contains("cancelled"));
    driver.press("esc");
    assert_eq!(
        driver.model.focus(),
        Focus::Recipe,
        "Esc puts the outcome away first"
    );
    let (next, _) = order(&driver.press("v"));
    assert_ne!(next, task);
    driver.send(Msg::Recipe(task, RecipeTold::Verified(Ok(Box::default()))));
    assert!(
        driver.text().contains("Esc gives it up"),
        "what is late counts no more"
    );
    driver.press("alt-1");
    let mut report = Verified {
        image: Some("sha256:1".into()),
        ..Verified::default()
    };
    report.point("build", Verdict::Good, "the image builds");
    driver.send(Msg::Recipe(
        next,
        RecipeTold::Verified(Ok(Box::new(report))),
    ));
    assert!(
        driver.text().contains("the recipe holds"),
        "told also where another pane is shown"
    );
}

#[test]
fn an_image_is_kept_under_a_name() {
    let mut driver = pane();
    driver.press("n");
    driver.type_text("acme/app:1");
    let (_, wanted) = order(&driver.press("enter"));
    assert_eq!(wanted.keep.as_deref(), Some("acme/app:1"));
    driver.press("esc");
    driver.press("c");
    driver.type_text("acme/tools:1");
    let effects = driver.press("enter");
    assert!(effects.iter().any(|effect| matches!(
        effect,
        Effect::Recipe(RecipeEffect::Commit { name, .. }) if name == "acme/tools:1"
    )));
}

#[test]
fn picked_files_are_tried_in_production() {
    let mut driver = pane();
    let effects = driver.press("t");
    let trial = effects.iter().find_map(|effect| match effect {
        Effect::TryOut { trial, .. } => Some((**trial).clone()),
        _ => None,
    });
    let trial = trial.unwrap();
    assert_eq!(trial.paths, ["/work/hello"]);
    assert_eq!(trial.argv, ["/work/hello", "you"]);
}

#[test]
fn a_twin_that_cannot_be_looked_at_is_told_of() {
    let mut driver = session(settings(), (120, 40));
    let task = look(&driver.press("alt-9"));
    driver.send(Msg::Recipe(task, RecipeTold::Found(Err(engine_error()))));
    assert!(driver.text().contains("cannot reach the engine"));
    assert!(
        driver
            .press("v")
            .iter()
            .all(|e| !matches!(e, Effect::Recipe(_)))
    );
    let again = look(&driver.press("r"));
    driver.send(Msg::Recipe(again, RecipeTold::Found(Ok(Box::new(found())))));
    assert!(dockerfile(&driver).contains("FROM acme/web:1.4-dev"));
}

#[test]
fn the_pane_in_all_its_states() {
    for size in SIZES {
        let mut driver = Driver::shell_with(settings(), size);
        driver.press("alt-9");
        check("recipe_looking", &driver);
        let mut driver = pane_with(settings(), size);
        check("recipe", &driver);
        let (task, _) = order(&driver.press("v"));
        driver.send(Msg::Recipe(
            task,
            RecipeTold::News(News::Doing("building".into())),
        ));
        let step = BuildStep {
            number: 3,
            total: 9,
            instruction: "RUN apk add --no-cache cc".into(),
            ..BuildStep::default()
        };
        driver.send(Msg::Recipe(task, RecipeTold::News(News::Step(step))));
        let line = News::Line("(1/1) Installing cc\u{1b}[2J (0.9.27-r0)".into());
        driver.send(Msg::Recipe(task, RecipeTold::News(line)));
        check("recipe_verifying", &driver);
        let mut report = Verified {
            image: Some("sha256:1".into()),
            ..Verified::default()
        };
        report.point("build", Verdict::Good, "the image builds");
        report.point("user", Verdict::Good, "it runs as 65532");
        let point = report.point(
            "output",
            Verdict::Bad,
            "it prints something else than the session did",
        );
        point.evidence = vec!["image:   hello".into(), "session: hello from you".into()];
        report.point("shell", Verdict::Good, "it has no shell");
        driver.send(Msg::Recipe(
            task,
            RecipeTold::Verified(Ok(Box::new(report))),
        ));
        check("recipe_not_held", &driver);
        driver.press("esc");
        driver.press("backtab");
        driver.press("enter");
        check("recipe_edited", &driver);
    }
}

#[test]
fn the_pane_on_a_light_background_and_without_colour() {
    let light = Settings {
        theme: ThemeName::Light,
        ..settings()
    };
    let plain = Settings {
        colour: false,
        ..settings()
    };
    check("recipe_light", &pane_with(light, (80, 24)));
    check("recipe_plain", &pane_with(plain, (80, 24)));
}

#[test]
fn the_command_that_does_the_same_builds_with_the_mounted_directory() {
    let driver = pane();
    let command = driver.model.equivalent();
    assert_eq!(
        command.as_deref(),
        Some("docker build --file ./Dockerfile /home/me/app")
    );
    // Before anything is known of the twin there is no context.
    let mut driver = Driver::shell_with(settings(), (120, 40));
    driver.press("alt-9");
    let command = driver.model.equivalent();
    assert_eq!(command.as_deref(), Some("docker build - < ./Dockerfile"));
}
