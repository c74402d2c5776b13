//! A Dockerfile step by step: what is built, the shell before a step that fails, and the command that goes back into
//! the file.

use devtwin::app::steps::Opening;
use devtwin::app::{Attached, Effect, Msg, Rewrite, ShellId, Start, TaskId};
use devtwin::domain::build::{BuildFailure, BuildNews, BuildStep};
use devtwin::domain::dockerfile::order::{Goal, Outcome, Ready, Source};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::plan::{Mode, PullPolicy, Wishes};

use crate::support::{Driver, attach_task, attached, settings};
use crate::views::{SIZES, check};

const TEXT: &str = "\
ARG VERSION=latest
FROM cgr.dev/chainguard/python:${VERSION}-dev AS build
WORKDIR /home/nonroot
ARG EXTRA=flask
RUN python -m venv venv && \\
    venv/bin/pip install $EXTRA
RUN apk add curl
FROM debian:12 AS spare
FROM cgr.dev/chainguard/python:latest
COPY --from=build /home/nonroot/venv /app/venv
CMD python /app/main.py
";

fn opening(text: &str, number: Option<usize>) -> Opening {
    Opening {
        source: Source {
            path: "/home/ann/web/Dockerfile".into(),
            name: "Dockerfile".into(),
            dir: "/home/ann/web".into(),
            inside: Some("Dockerfile".into()),
            ..Source::default()
        },
        text: text.into(),
        wishes: Wishes::default(),
        number,
    }
}

fn steps(size: (u16, u16)) -> Driver {
    let start = Start::Dockerfile(Box::new(opening(TEXT, None)));
    Driver::new(start, settings(), size).0
}

/// The number of the build among the effects, and how far it goes.
#[track_caller]
fn ordered(effects: &[Effect]) -> (TaskId, Goal) {
    let [Effect::Build { task, order }] = effects else {
        unreachable!("a build was to be ordered: {effects:?}");
    };
    (*task, order.goal)
}

fn step(number: usize, instruction: &str) -> BuildStep {
    BuildStep {
        stage: None,
        number,
        total: 10,
        instruction: instruction.into(),
    }
}

fn failure() -> BuildFailure {
    BuildFailure {
        step: Some(step(
            5,
            "RUN python -m venv venv && venv/bin/pip install flask",
        )),
        code: Some(1),
        message: "it returned a non-zero code: 1".into(),
        lines: vec!["Collecting flask".into(), "ERROR: no network".into()],
    }
}

fn ready(next: usize) -> Ready {
    Ready {
        image: "devtwin-step-1-5e551011".into(),
        user: "65532".into(),
        next: Some(next),
    }
}

/// A build of the whole file has failed at its fifth step, and the shell before it is there.
fn failed(size: (u16, u16)) -> Driver {
    let mut driver = steps(size);
    let (task, _) = ordered(&driver.press("b"));
    let outcome = Outcome::Failed {
        failure: Box::new(failure()),
        number: Some(5),
        ready: Some(ready(5)),
    };
    let effects = driver.send(Msg::Built(task, Ok(Box::new(outcome))));
    let (task, shell) = attach_task(&effects);
    driver.send(Msg::Attached(task, Ok(Box::new(explorer(shell)))));
    driver
}

fn explorer(shell: ShellId) -> Attached {
    let mut attached = attached(shell);
    attached.twin.plan.mode = Mode::Explore;
    attached.twin.plan.image = "devtwin-step-1-5e551011".into();
    attached.target.image = "devtwin-step-1-5e551011".into();
    attached
}

fn bytes(effects: &[Effect]) -> String {
    let written = effects.iter().filter_map(|effect| match effect {
        Effect::ShellWrite(_, bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    });
    written.collect()
}

#[test]
fn the_screen_of_a_dockerfile() {
    for size in SIZES {
        let mut driver = steps(size);
        check("steps", &driver);
        driver.press("home");
        check("steps_stage", &driver);
        let (task, _) = ordered(&driver.press("b"));
        driver.send(Msg::BuildNews(
            task,
            vec![
                BuildNews::Context {
                    files: 12,
                    bytes: 3_400,
                },
                BuildNews::Step(step(5, "RUN python -m venv venv")),
                BuildNews::Line {
                    text: "Collecting flask".into(),
                    stderr: false,
                },
                BuildNews::Warning("an old \u{1b}[31mwarning".into()),
            ],
        ));
        check("steps_building", &driver);
        check("steps_failed", &failed(size));
    }
}

#[test]
fn enter_builds_everything_before_the_chosen_step_and_opens_a_shell_as_its_user() {
    let mut driver = steps((80, 24));
    driver.press("home");
    driver.press("down");
    let (task, goal) = ordered(&driver.press("enter"));
    assert_eq!(goal, Goal::Before(3));
    // Another one has to wait.
    assert!(
        driver
            .press("b")
            .iter()
            .all(|e| !matches!(e, Effect::Build { .. }))
    );
    let ready = Outcome::Ready(ready(3));
    let effects = driver.send(Msg::Built(task, Ok(Box::new(ready))));
    let Some(Effect::Attach { target, wishes, .. }) =
        effects.iter().find(|e| matches!(e, Effect::Attach { .. }))
    else {
        panic!("{effects:?}");
    };
    assert_eq!(target, "devtwin-step-1-5e551011");
    assert_eq!(wishes.mode, Some(Mode::Explore));
    assert_eq!(wishes.user.as_deref(), Some("65532"));
    assert_eq!(wishes.pull, PullPolicy::Never);
}

#[test]
fn a_step_that_was_named_is_built_at_once_and_esc_gives_it_up() {
    let start = Start::Dockerfile(Box::new(opening(TEXT, Some(6))));
    let (mut driver, effects) = Driver::new(start, settings(), (80, 24));
    let (task, goal) = ordered(&effects);
    assert_eq!(goal, Goal::Before(6));
    assert_eq!(driver.press("esc"), [Effect::Cancel(task)]);
    assert!(driver.text().contains("given up"), "{}", driver.text());
    // What still comes is late.
    let late = driver.send(Msg::Built(task, Err(Error::cancelled())));
    assert_eq!(late, []);
    driver.press("esc");
    assert_eq!(driver.press("esc"), [Effect::Quit { keep: false }]);
}

#[test]
fn the_failing_command_is_run_in_the_shell_with_its_arguments() {
    let mut driver = failed((80, 24));
    assert!(
        driver.text().contains("ERROR: no network"),
        "{}",
        driver.text()
    );
    let typed = bytes(&driver.press("ctrl-r"));
    assert!(
        typed.starts_with("export EXTRA=flask; python -m venv"),
        "{typed}"
    );
    assert!(typed.ends_with('\r'), "{typed}");
    assert!(driver.model.popups.is_empty());
}

#[test]
fn the_mended_command_goes_into_the_file_on_a_yes_and_can_be_taken_back() {
    let mut driver = failed((80, 24));
    driver.press("ctrl-s");
    assert!(driver.text().contains("nothing is changed"));
    driver.type_text(" || true");
    driver.press("ctrl-s");
    assert!(driver.text().contains("y write it into the file"));
    assert_eq!(driver.press("n"), []);
    driver.press("ctrl-s");
    let effects = driver.press("y");
    let [
        Effect::WriteDockerfile(Rewrite {
            path,
            expected,
            text,
        }),
    ] = effects.as_slice()
    else {
        panic!("{effects:?}");
    };
    assert_eq!(
        (path.as_str(), expected.as_str()),
        ("/home/ann/web/Dockerfile", TEXT)
    );
    assert_eq!(
        *text,
        TEXT.replace("install $EXTRA", "install $EXTRA || true")
    );
    driver.send(Msg::DockerfileWritten(Ok(text.clone())));
    assert!(driver.text().contains("written into Dockerfile"));
    // What was written is what the next build takes.
    driver.press("ctrl-]");
    let effects = driver.press("alt-z");
    let [
        Effect::WriteDockerfile(Rewrite {
            expected,
            text: back,
            ..
        }),
    ] = effects.as_slice()
    else {
        panic!("{effects:?}");
    };
    assert_eq!((expected, back.as_str()), (text, TEXT));
    driver.send(Msg::DockerfileWritten(Ok(back.clone())));
    assert!(driver.text().contains("as it was before"));
}

#[test]
fn a_file_that_has_changed_on_disk_is_said_and_nothing_is_lost() {
    let mut driver = failed((80, 24));
    driver.type_text("x");
    driver.press("ctrl-s");
    driver.press("y");
    let error = Error::new(ErrorKind::Usage, "Dockerfile has changed on disk").hint("read it anew");
    driver.send(Msg::DockerfileWritten(Err(error)));
    assert!(driver.text().contains("has changed on disk"));
    driver.press("esc");
    driver.press("ctrl-]");
    driver.press("alt-e");
    assert!(
        driver.text().contains("$EXTRAx"),
        "what was typed is there: {}",
        driver.text()
    );
}

#[test]
fn only_a_run_is_edited_and_a_second_instruction_is_refused() {
    let mut driver = steps((80, 24));
    driver.press("home");
    driver.press("e");
    assert!(driver.text().contains("only a RUN can be edited"));
    let mut driver = failed((80, 24));
    for key in ["ctrl-u", "up", "end", "ctrl-u"] {
        driver.press(key);
    }
    driver.type_text("<<EOF");
    driver.press("ctrl-s");
    let text = driver.text();
    assert!(text.contains("cannot put it into the Dockerfile"), "{text}");
}

#[test]
fn leaving_the_shell_comes_back_to_the_steps() {
    let mut driver = failed((80, 24));
    driver.press("esc");
    driver.press("ctrl-]");
    let effects = driver.press("ctrl-o");
    assert!(effects.iter().any(|e| matches!(e, Effect::RemoveTwin(_))));
    assert!(driver.text().contains("choose a step"), "{}", driver.text());
    let (task, goal) = ordered(&driver.press("b"));
    assert_eq!(goal, Goal::Whole);
    driver.send(Msg::Built(task, Ok(Box::new(Outcome::Whole("i".into())))));
    assert!(driver.text().contains("Dockerfile builds"));
}

#[test]
fn a_file_that_cannot_be_read_says_where_and_is_read_anew() {
    for (text, said) in [
        ("", "SYNTAX"),
        ("FROM a\nRUN x\nWRONG y\n", "unknown instruction"),
        ("ARG A\n", "SYNTAX"),
    ] {
        let start = Start::Dockerfile(Box::new(opening(text, None)));
        let mut driver = Driver::new(start, settings(), (80, 24)).0;
        assert!(driver.text().contains(said), "{text:?}: {}", driver.text());
        assert_eq!(
            driver.press("r"),
            [Effect::ReadDockerfile("/home/ann/web/Dockerfile".into())]
        );
        driver.send(Msg::DockerfileRead(Ok(TEXT.into())));
        assert!(driver.text().contains("WORKDIR /home/nonroot"));
    }
    let start = Start::Dockerfile(Box::new(opening("", None)));
    let mut driver = Driver::new(start, settings(), (40, 9)).0;
    driver.press("enter");
    assert!(driver.text().contains("no step"), "{}", driver.text());
}
