//! The lessons: the list, a lesson with its lab and the person's own shell, what is done and what is done wrong.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::time::Duration;

use crossterm::event::{MouseButton, MouseEventKind};
use devtwin::app::learn::Opening;
use devtwin::app::learn_effect::{LearnEffect, LearnNews};
use devtwin::app::panes::shell::Shell;
use devtwin::app::{Effect, Hit, Msg, Settings, ShellId, Start, TaskId};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::lesson::Lesson;
use devtwin::domain::lesson::check::Counted;
use devtwin::domain::lesson::facts::{Answer, ContainerFacts, Facts, Question};
use devtwin::domain::lesson::lab::{Base, Names, OfferedBase, Ready};
use devtwin::domain::lesson::progress::{Noted, Progress, Standing};

use proptest::prelude::*;

use crate::support::{Driver, engine_error, settings, written};
use crate::views::{SIZES, check};

const DOOR: &str = r#"
number = 1
title = "The missing shell"
goal = "You know why docker exec finds no shell, and what to do instead."
minutes = 10

[[step]]
title = "Knock"
text = """
The container **{lab}-web** runs a web server, and nothing else. Try to get a shell in it, as you would anywhere:

```sh
docker exec -it {lab}-web sh
```

Read what the engine answers. There are *two* things to see in it:

1. the name of the program that was not found
2. the status with which `docker` ended: `echo $?`
"""
hint = "`docker exec` takes the container's name and a program. The name is `{lab}-web`."
answer = """
Run

```sh
docker exec {lab}-web sh
```
"""
done = "The image holds **no shell**: that is what *distroless* means."
check = { command = { matches = 'docker exec .*{lab}-web', status = [126, 127] } }

[[step.mistake]]
when = { command = { matches = 'docker run' } }
say = "`docker run` makes *another* container. This one runs already: look for `docker exec`."

[[step]]
title = "Count"
text = "How many containers run in the lab?"
question = "How many?"
hint = "`docker ps` lists them."
answer = "There is 1: `docker ps --filter label=dev.devtwin.lab`"
check = { answer = { is = ["1", "one"] } }

[[step.mistake]]
when = { answer = { is = ["2"] } }
say = "The pair is two *images*. How many containers run?"

[[step]]
title = "Stop it"
text = "Stop the container."
hint = "`docker stop`"
answer = "`docker stop {lab}-web`"
check = { container = { name = "web", state = "exited" } }
"#;

const ROOM: &str = r#"
number = 2
title = "Same room, two doors"
goal = "You know what a twin shares with its target."
minutes = 12
after = ["missing-shell"]

[[step]]
title = "Look"
text = "Look."
hint = "Look."
answer = "Look."
check = { command = { matches = "ls" } }
"#;

fn lesson(id: &str, text: &str) -> Lesson {
    let mut lesson: Lesson = toml::from_str(text).unwrap();
    lesson.id = id.into();
    lesson
}

fn opening() -> Opening {
    Opening {
        lessons: vec![lesson("missing-shell", DOOR), lesson("two-doors", ROOM)],
        progress: Progress::default(),
        chosen: None,
        base: Some(Base::Own),
    }
}

fn started(opening: Opening, size: (u16, u16)) -> (Driver, Vec<Effect>) {
    started_with(opening, settings(), size)
}

fn started_with(opening: Opening, settings: Settings, size: (u16, u16)) -> (Driver, Vec<Effect>) {
    Driver::new(Start::Learn(Box::new(opening)), settings, size)
}

fn learns(effects: &[Effect]) -> Vec<&LearnEffect> {
    let learns = effects.iter().filter_map(|effect| match effect {
        Effect::Learn(learn) => Some(learn),
        _ => None,
    });
    learns.collect()
}

#[track_caller]
fn set_up(effects: &[Effect]) -> (TaskId, String, Base) {
    let found = learns(effects).into_iter().find_map(|effect| match effect {
        LearnEffect::SetUp { task, lesson, base } => Some((*task, lesson.id.clone(), base.clone())),
        _ => None,
    });
    found.unwrap_or_else(|| unreachable!("a lab was to be made: {effects:?}"))
}

#[track_caller]
fn shell_of(effects: &[Effect]) -> ShellId {
    let found = learns(effects).into_iter().find_map(|effect| match effect {
        LearnEffect::OpenShell { shell, .. } => Some(*shell),
        _ => None,
    });
    found.unwrap_or_else(|| unreachable!("a shell was to be opened: {effects:?}"))
}

fn watched(effects: &[Effect]) -> Option<(TaskId, Vec<Question>)> {
    learns(effects).into_iter().find_map(|effect| match effect {
        LearnEffect::Watch { task, questions } => Some((*task, questions.clone())),
        _ => None,
    })
}

fn noted(effects: &[Effect]) -> Vec<Noted> {
    let noted = learns(effects)
        .into_iter()
        .filter_map(|effect| match effect {
            LearnEffect::Note { noted, .. } => Some(*noted),
            _ => None,
        });
    noted.collect()
}

fn ready() -> LearnNews {
    let tokens = BTreeMap::from([("word".to_owned(), "s3cret".to_owned())]);
    LearnNews::Ready(Ok(Box::new(Ready {
        names: Names {
            lab: "lab".into(),
            tokens,
        },
        work: "/home/ann/.local/share/devtwin/learn/1".into(),
        base: Base::Own,
    })))
}

/// A lesson in front of a screen, its lab ready and its shell open.
struct Desk {
    driver: Driver,
    shell: ShellId,
    watch: TaskId,
}

impl Desk {
    fn new(size: (u16, u16)) -> Self {
        let mut opening = opening();
        opening.chosen = Some("missing-shell".into());
        Self::of(opening, settings(), size)
    }

    fn of(opening: Opening, settings: Settings, size: (u16, u16)) -> Self {
        let (mut driver, effects) = started_with(opening, settings, size);
        let (task, _, _) = set_up(&effects);
        let effects = driver.send(Msg::Learn(task, ready()));
        let shell = shell_of(&effects);
        let (watch, _) = watched(&effects).unwrap();
        driver.send(Msg::ShellOpened(shell, Ok(())));
        let mut desk = Self {
            driver,
            shell,
            watch,
        };
        desk.print("\x1b]133;A\x07$ \x1b]133;B\x07");
        desk
    }

    fn print(&mut self, text: &str) -> Vec<Effect> {
        let bytes = text.as_bytes().to_vec();
        let effects = self
            .driver
            .send(Msg::Output(self.shell, bytes, Duration::ZERO));
        self.follow(&effects);
        effects
    }

    /// Another step is watched now.
    fn follow(&mut self, effects: &[Effect]) {
        if let Some((task, _)) = watched(effects) {
            self.watch = task;
        }
    }

    /// A command is typed, prints something and ends.
    fn run(&mut self, line: &str, status: i32) -> Vec<Effect> {
        let mut effects = self.print(&format!("{line}\x1b]133;C\x07\r\nwords\r\n"));
        effects.extend(self.print(&format!(
            "\x1b]133;D;{status}\x07\x1b]133;A\x07$ \x1b]133;B\x07"
        )));
        effects
    }

    fn seen(&mut self, facts: Facts) -> Vec<Effect> {
        let news = LearnNews::Seen(Ok(Box::new(facts)));
        let effects = self.driver.send(Msg::Learn(self.watch, news));
        self.follow(&effects);
        effects
    }

    fn press(&mut self, key: &str) -> Vec<Effect> {
        let effects = self.driver.press(key);
        self.follow(&effects);
        effects
    }

    /// The answer is written into the line.
    fn answer(&mut self, text: &str) -> Vec<Effect> {
        self.press("enter");
        self.driver.type_text(text);
        self.press("enter")
    }

    fn step(&self) -> usize {
        self.driver
            .model
            .learn
            .as_ref()
            .unwrap()
            .open
            .as_ref()
            .unwrap()
            .step
    }

    #[track_caller]
    fn shows(&self, words: &str) {
        let text = self.driver.text();
        assert!(text.contains(words), "no {words:?} in\n{text}");
    }

    #[track_caller]
    fn lacks(&self, words: &str) {
        let text = self.driver.text();
        assert!(!text.contains(words), "{words:?} in\n{text}");
    }
}

fn web(state: &str) -> Facts {
    let web = ContainerFacts {
        name: "web".into(),
        image: "web:latest".into(),
        state: state.into(),
        ..ContainerFacts::default()
    };
    let answer = Answer::Containers(vec![web]);
    Facts {
        answers: BTreeMap::from([(Question::Containers, answer)]),
        ..Facts::default()
    }
}

#[test]
fn the_list_of_lessons() {
    for size in SIZES {
        let mut opening = opening();
        let standing = Standing {
            done: 1,
            ..Standing::default()
        };
        opening
            .progress
            .lessons
            .insert("missing-shell".into(), standing);
        let (mut driver, effects) = started(opening, size);
        assert_eq!(effects, [], "nothing is made before a lesson is chosen");
        driver.press("down");
        check("lessons", &driver);
    }
}

#[test]
fn a_lesson_is_opened_where_it_was_left() {
    let mut opening = opening();
    let standing = Standing {
        done: 1,
        ..Standing::default()
    };
    opening
        .progress
        .lessons
        .insert("missing-shell".into(), standing);
    let (mut driver, _) = started(opening, (80, 24));
    let (task, id, base) = set_up(&driver.press("enter"));
    assert_eq!((id.as_str(), base), ("missing-shell", Base::Own));
    let effects = driver.send(Msg::Learn(task, ready()));
    let (_, questions) = watched(&effects).unwrap();
    assert_eq!(questions, [], "an answer is asked of nobody but the person");
    let text = driver.text();
    assert!(text.contains("step 2 of 3: Count"), "{text}");
    assert!(text.contains("Step 1 is done from before."), "{text}");
    assert!(text.contains("The lab is a new one"), "{text}");
}

#[test]
fn a_lesson_that_is_done_is_begun_again() {
    let mut opening = opening();
    let standing = Standing {
        done: 3,
        finished: Some(1),
        ..Standing::default()
    };
    opening
        .progress
        .lessons
        .insert("missing-shell".into(), standing);
    let (mut driver, _) = started(opening, (80, 24));
    assert!(driver.text().contains("1 of 2 done"));
    driver.press("up");
    set_up(&driver.press("enter"));
    assert!(driver.text().contains("step 1 of 3"), "{}", driver.text());
}

#[test]
fn what_the_lab_stands_on_is_asked_once() {
    let mut opening = opening();
    opening.base = None;
    let (mut driver, _) = started(opening, (80, 24));
    let effects = driver.press("enter");
    let [LearnEffect::Bases(task)] = learns(&effects)[..] else {
        unreachable!("the engine was to be asked: {effects:?}");
    };
    let image = Base::Image("cgr.dev/chainguard/wolfi-base:latest".into());
    let offered = vec![
        OfferedBase {
            base: image.clone(),
            here: false,
        },
        OfferedBase {
            base: Base::Own,
            here: true,
        },
    ];
    let effects = driver.send(Msg::Learn(*task, LearnNews::Bases(Ok(offered))));
    assert_eq!(effects, [], "nothing is fetched unasked");
    check("learn_base", &driver);
    let (task, _, base) = set_up(&driver.press("y"));
    assert_eq!(base, image);
    driver.send(Msg::Learn(task, ready()));
    // The next lesson stands on the same, unasked.
    driver.press("f1");
    driver.press("l");
    driver.press("down");
    driver.press("enter");
    let (_, id, base) = set_up(&driver.press("y"));
    assert_eq!((id.as_str(), base), ("two-doors", image));
}

#[test]
fn without_a_choice_nobody_is_asked() {
    let mut opening = opening();
    opening.base = None;
    let (mut driver, _) = started(opening, (80, 24));
    let effects = driver.press("enter");
    let [LearnEffect::Bases(task)] = learns(&effects)[..] else {
        unreachable!("the engine was to be asked: {effects:?}");
    };
    let own = OfferedBase {
        base: Base::Own,
        here: true,
    };
    let effects = driver.send(Msg::Learn(*task, LearnNews::Bases(Ok(vec![own]))));
    assert_eq!(set_up(&effects).2, Base::Own);
}

#[test]
fn a_question_that_is_left_unanswered_leads_back_to_the_list() {
    let mut opening = opening();
    opening.base = None;
    let (mut driver, _) = started(opening, (80, 24));
    let effects = driver.press("enter");
    let [LearnEffect::Bases(task)] = learns(&effects)[..] else {
        unreachable!("the engine was to be asked: {effects:?}");
    };
    let offered =
        [Base::Image("alpine".into()), Base::Own].map(|base| OfferedBase { base, here: true });
    driver.send(Msg::Learn(*task, LearnNews::Bases(Ok(offered.to_vec()))));
    assert_eq!(driver.press("esc"), []);
    assert!(
        driver.text().contains("lessons: choose one"),
        "{}",
        driver.text()
    );
}

#[test]
fn a_question_that_is_gone_is_asked_again() {
    let mut opening = opening();
    opening.base = None;
    let (mut driver, _) = started(opening, (80, 24));
    let effects = driver.press("enter");
    let [LearnEffect::Bases(task)] = learns(&effects)[..] else {
        unreachable!("the engine was to be asked: {effects:?}");
    };
    let offered =
        [Base::Image("alpine".into()), Base::Own].map(|base| OfferedBase { base, here: true });
    driver.send(Msg::Learn(*task, LearnNews::Bases(Ok(offered.to_vec()))));
    driver.press("ctrl-]");
    assert!(
        driver.text().contains("Enter asks again"),
        "{}",
        driver.text()
    );
    let effects = driver.press("enter");
    assert!(
        matches!(learns(&effects)[..], [LearnEffect::Bases(_)]),
        "{effects:?}"
    );
}

#[test]
fn an_engine_that_cannot_be_asked_is_told() {
    let mut opening = opening();
    opening.base = None;
    let (mut driver, _) = started(opening, (80, 24));
    let effects = driver.press("enter");
    let [LearnEffect::Bases(task)] = learns(&effects)[..] else {
        unreachable!("the engine was to be asked: {effects:?}");
    };
    driver.send(Msg::Learn(*task, LearnNews::Bases(Err(engine_error()))));
    let text = driver.text();
    assert!(text.contains("cannot reach the engine"), "{text}");
    assert!(text.contains("devtwin doctor says more"), "{text}");
    assert_eq!(
        driver.press("q"),
        [Effect::Quit { keep: false }],
        "there is no lab to ask about"
    );
}

#[test]
fn the_making_of_the_lab_is_told() {
    for size in SIZES {
        let mut opening = opening();
        opening.chosen = Some("missing-shell".into());
        let (mut driver, effects) = started(opening, size);
        let (task, _, _) = set_up(&effects);
        for words in ["building lab/web:latest", "starting lab-web"] {
            driver.send(Msg::Learn(task, LearnNews::Making(words.into())));
        }
        check("learn_making", &driver);
        let late = LearnNews::Making("too late".into());
        driver.send(Msg::Learn(TaskId(99), late));
        assert!(!driver.text().contains("too late"));
    }
}

#[test]
fn a_lab_that_cannot_be_made_says_why_and_what_to_do() {
    for size in SIZES {
        let mut opening = opening();
        opening.chosen = Some("missing-shell".into());
        let (mut driver, effects) = started(opening, size);
        let (task, _, _) = set_up(&effects);
        let error = Error::new(
            ErrorKind::Engine,
            "image lab/web:latest: no space left on device",
        )
        .hint("docker system df shows what takes it");
        driver.send(Msg::Learn(task, LearnNews::Ready(Err(error))));
        check("learn_failed", &driver);
        let effects = driver.press("enter");
        assert!(
            matches!(learns(&effects)[..], [LearnEffect::Bases(_)]),
            "another base may help: {effects:?}"
        );
    }
}

#[test]
fn a_step_in_sight() {
    for size in SIZES {
        check("learn_step", &Desk::new(size).driver);
    }
    let plain = Settings {
        colour: false,
        ..settings()
    };
    let mut opening = opening();
    opening.chosen = Some("missing-shell".into());
    check("learn_plain", &Desk::of(opening, plain, (80, 24)).driver);
}

#[test]
fn the_wrong_way_gets_its_words_and_the_right_way_goes_on() {
    for size in SIZES {
        let mut desk = Desk::new(size);
        let effects = desk.run("docker run lab/web:latest sh", 127);
        assert_eq!(noted(&effects), [], "the step is not done");
        desk.shows("Careful: docker run makes");
        check("learn_mistake", &desk.driver);
        let effects = desk.run("docker exec lab-web sh", 0);
        assert_eq!(
            (desk.step(), noted(&effects)),
            (0, vec![]),
            "the status counts"
        );
        let effects = desk.run("docker exec -it lab-web sh", 126);
        assert_eq!(noted(&effects), [Noted::Done(1, false)]);
        assert_eq!(watched(&effects).unwrap().1, []);
        desk.shows("step 2 of 3: Count");
        // Where there is little room, what is to be done next comes first; the text goes on above it.
        match size {
            (80, _) => desk.shows("↑1"),
            _ => desk.shows("✓ Done: Knock"),
        }
        desk.shows("step 1 of 3 done: Knock");
        desk.lacks("Careful");
        check("learn_done", &desk.driver);
    }
}

#[test]
fn commands_of_the_step_before_do_not_count() {
    let mut desk = Desk::new((120, 40));
    desk.print("docker run a; docker exec lab-web sh\x1b]133;C\x07\r\n");
    desk.shows("Careful");
    desk.print("\x1b]133;D;126\x07\x1b]133;A\x07$ \x1b]133;B\x07");
    assert_eq!(desk.step(), 1);
    desk.lacks("Careful");
    // The third step is done by the engine's word while a command runs; its end is none of the next lesson's.
    desk.press("f1");
    desk.answer("1");
    assert_eq!(desk.step(), 2);
}

#[test]
fn a_command_that_runs_counts_as_one_without_a_status() {
    let mut opening = opening();
    opening.chosen = Some("two-doors".into());
    let mut desk = Desk::of(opening, settings(), (80, 24));
    let effects = desk.print("ls -R /\x1b]133;C\x07\r\n");
    assert_eq!(noted(&effects), [Noted::Done(1, true)]);
    desk.shows("The lesson is done");
}

#[test]
fn hint_first_and_then_the_answer() {
    for size in SIZES {
        let mut desk = Desk::new(size);
        desk.press("f1");
        let effects = desk.press("a");
        assert_eq!(noted(&effects), []);
        desk.shows("look at the hint first");
        assert_eq!(noted(&desk.press("h")), [Noted::Hint]);
        desk.shows("Hint");
        desk.shows("The name is lab-web");
        assert_eq!(noted(&desk.press("h")), [], "once is enough");
        check("learn_hint", &desk.driver);
        assert_eq!(noted(&desk.press("a")), [Noted::Answer]);
        desk.shows("How it is done");
        let effects = desk.press("y");
        assert!(
            effects.contains(&Effect::Copy("docker exec lab-web sh".into())),
            "{effects:?}"
        );
    }
}

#[test]
fn an_answer_is_written_judged_and_taken() {
    for size in SIZES {
        let mut desk = Desk::new(size);
        desk.run("docker exec lab-web sh", 126);
        desk.press("f1");
        desk.shows("? How many?");
        let effects = desk.answer("7");
        assert_eq!(noted(&effects), []);
        desk.shows("✗ “7” is not it.");
        desk.answer("2");
        desk.shows("Careful: The pair is two images");
        desk.press("enter");
        desk.driver.type_text("on");
        check("learn_question", &desk.driver);
        desk.driver.type_text("e");
        let effects = desk.press("enter");
        assert_eq!(noted(&effects), [Noted::Done(2, false)]);
        assert_eq!(watched(&effects).unwrap().1, [Question::Containers]);
    }
}

#[test]
fn an_answer_that_hangs_on_the_engine_waits_for_it() {
    let counted = r#"
title = "Count"
goal = "Count."
minutes = 1
[[step]]
title = "Count"
text = "Count."
question = "How many packages?"
hint = "Count."
answer = "Count."
check = { all = [{ answer = { counted = { packages = "web:latest" } } }, { container = { state = "exited" } }] }
"#;
    let mut opening = opening();
    opening.lessons = vec![lesson("count", counted)];
    opening.chosen = Some("count".into());
    let mut desk = Desk::of(opening, settings(), (80, 24));
    desk.press("f1");
    desk.answer("5");
    desk.shows("“5” is being looked at");
    let question = Question::Counted(Counted::Packages("web:latest".into()));
    let known = |count: &str, state| {
        let mut facts = web(state);
        facts
            .answers
            .insert(question.clone(), Answer::Counted(count.into()));
        facts
    };
    desk.seen(known("3", "running"));
    desk.shows("✗ “5” is not it");
    desk.seen(known("5", "running"));
    desk.shows("“5” is right; there is more to do here");
    assert_eq!(
        noted(&desk.seen(known("5", "exited"))),
        [Noted::Done(1, true)]
    );
}

#[test]
fn a_program_that_wants_the_clipboard_is_let_from_the_lesson() {
    let mut desk = Desk::new((80, 24));
    let effects = desk.print("\x1b]52;c;aGVsbG8=\x07");
    assert!(
        !effects.iter().any(|e| matches!(e, Effect::Copy(_))),
        "{effects:?}"
    );
    desk.shows("wants to set your clipboard: hello");
    desk.shows("F1 and then Ctrl-] Ctrl-A lets it");
    desk.press("f1");
    desk.press("ctrl-]");
    let effects = desk.press("ctrl-a");
    assert!(
        effects.contains(&Effect::Copy("hello".into())),
        "{effects:?}"
    );
}

#[test]
fn the_last_step_ends_the_lesson_and_n_goes_on() {
    for size in SIZES {
        let mut desk = Desk::new(size);
        desk.run("docker exec lab-web sh", 126);
        desk.press("f1");
        desk.answer("1");
        assert_eq!(noted(&desk.seen(web("running"))), []);
        let effects = desk.seen(web("exited"));
        assert_eq!(noted(&effects), [Noted::Done(3, true)]);
        assert_eq!(watched(&effects), None, "nothing is asked any more");
        check("learn_end", &desk.driver);
        let close = Effect::CloseShell(desk.shell);
        let effects = desk.press("n");
        assert_eq!(set_up(&effects).1, "two-doors");
        // Whoever makes the lab ends the shell, and waits for it.
        assert!(!effects.contains(&close), "{effects:?}");
    }
}

#[test]
fn a_lesson_that_is_done_is_over_with_the_list() {
    let mut desk = Desk::new((80, 24));
    desk.run("docker exec lab-web sh", 126);
    desk.press("f1");
    desk.answer("1");
    desk.seen(web("exited"));
    let effects = desk.press("l");
    assert!(
        matches!(learns(&effects)[..], [LearnEffect::TearDown(_)]),
        "{effects:?}"
    );
    desk.shows("✓  1  The missing shell");
    desk.press("c");
    desk.shows("1 of 2 lessons done");
}

#[test]
fn every_key_but_two_goes_to_the_persons_shell() {
    let mut desk = Desk::new((80, 24));
    for (key, bytes) in [
        ("q", "q"),
        ("?", "?"),
        ("esc", "\u{1b}"),
        ("ctrl-c", "\u{3}"),
        ("ctrl-]", "\u{1d}"),
        ("alt-1", "\u{1b}1"),
        ("shift-pageup", "\u{1b}[5;2~"),
        ("f2", "\u{1b}OQ"),
    ] {
        let effects = desk.press(key);
        assert_eq!(written(&effects), bytes.as_bytes(), "{key}");
    }
    for key in ["f1", "alt-0"] {
        assert_eq!(written(&desk.press(key)), b"", "{key}");
        assert_eq!(
            written(&desk.press("k")),
            b"",
            "{key}: the lesson has the keys"
        );
        desk.press(key);
        assert_eq!(written(&desk.press("k")), b"k", "{key}");
    }
    let effects = desk.driver.send(Msg::Paste("ls\n".into()));
    assert_eq!(written(&effects), b"ls\r");
    desk.press("f1");
    assert_eq!(written(&desk.press("esc")), b"");
    assert_eq!(
        written(&desk.press("x")),
        b"x",
        "Esc went back to the shell"
    );
    desk.press("f1");
    desk.press("ctrl-]");
    desk.shows("type what you want to do");
}

#[test]
fn a_click_gives_the_keys_and_the_wheel_scrolls() {
    let mut desk = Desk::new((80, 24));
    desk.driver.click(&Hit::LessonText);
    assert_eq!(written(&desk.press("x")), b"");
    desk.driver
        .mouse(MouseEventKind::Down(MouseButton::Left), 5, 20);
    assert_eq!(written(&desk.press("x")), b"x");
    let up = MouseEventKind::Up(MouseButton::Left);
    desk.driver.mouse(up, 5, 20);
    let before = desk.driver.text();
    desk.driver.mouse(MouseEventKind::ScrollDown, 5, 3);
    assert_ne!(desk.driver.text(), before);
    assert_eq!(written(&desk.press("x")), b"x", "the wheel takes no keys");
}

#[test]
fn text_in_the_shell_is_found_from_the_lesson() {
    let mut desk = Desk::new((80, 24));
    desk.run("docker ps", 0);
    desk.press("f1");
    desk.press("ctrl-]");
    desk.press("ctrl-f");
    desk.driver.type_text("wor");
    desk.shows("1 of 1");
    assert_eq!(
        written(&desk.press("ctrl-]")),
        b"",
        "reading has no use for it"
    );
    desk.press("esc");
    assert_eq!(written(&desk.press("x")), b"x");
}

#[test]
fn text_and_shell_can_have_the_whole_screen() {
    let mut desk = Desk::new((80, 24));
    desk.press("f1");
    desk.press("z");
    desk.lacks("your shell ─");
    desk.shows("2. the status with which docker ended");
    desk.press("z");
    desk.shows("your shell ─");
    desk.press("Z");
    desk.lacks("step 1 of 3");
    assert_eq!(written(&desk.press("x")), b"x");
    desk.run("docker run x", 1);
    desk.shows("that was another way");
    desk.press("f1");
    desk.shows("step 1 of 3");
}

#[test]
fn steps_that_are_done_can_be_looked_at() {
    let mut desk = Desk::new((120, 40));
    desk.run("docker exec lab-web sh", 126);
    desk.press("f1");
    desk.press("p");
    desk.shows("step 1 of 3, done: Knock");
    desk.press("p");
    desk.shows("step 1 of 3, done: Knock");
    desk.press("n");
    desk.shows("step 2 of 3: Count");
    let effects = desk.press("n");
    assert_eq!(
        (desk.step(), noted(&effects)),
        (1, vec![]),
        "nobody presses next"
    );
    desk.shows("opens when this one is done");
}

#[test]
fn leaving_with_a_lab_asks() {
    let mut desk = Desk::new((80, 24));
    desk.press("f1");
    assert_eq!(desk.press("q"), []);
    check("learn_leave", &desk.driver);
    assert_eq!(desk.press("enter"), [], "who presses Enter twice stays");
    desk.press("q");
    assert_eq!(desk.press("q"), [Effect::Quit { keep: false }]);
    desk.press("q");
    let effects = desk.press("l");
    assert!(
        matches!(learns(&effects)[..], [LearnEffect::TearDown(_)]),
        "{effects:?}"
    );
    // Whoever removes the lab ends the shell, and waits for it.
    assert!(!effects.contains(&Effect::CloseShell(desk.shell)));
    assert!(effects.contains(&Effect::Cancel(desk.watch)));
    desk.shows("lessons: choose one");
    assert_eq!(
        desk.press("q"),
        [Effect::Quit { keep: false }],
        "nothing is up"
    );
}

#[test]
fn the_list_over_an_open_lesson_leads_back_to_it() {
    let mut desk = Desk::new((80, 24));
    desk.press("f1");
    assert_eq!(desk.press("l"), [], "the lab stays");
    desk.shows("open: step 1 of 3");
    desk.press("enter");
    desk.shows("step 1 of 3: Knock");
    desk.press("l");
    let effects = desk.run("docker exec lab-web sh", 126);
    assert_eq!(
        noted(&effects),
        [Noted::Done(1, false)],
        "steps are done also meanwhile"
    );
    desk.press("esc");
    desk.shows("step 2 of 3: Count");
}

#[test]
fn begun_anew_only_on_a_yes() {
    let mut desk = Desk::new((80, 24));
    desk.run("docker exec lab-web sh", 126);
    desk.press("f1");
    desk.press("r");
    assert_eq!(desk.press("enter"), []);
    assert_eq!(desk.step(), 1);
    desk.press("r");
    let effects = desk.press("y");
    assert_eq!(noted(&effects), [Noted::Reset]);
    assert_eq!(set_up(&effects).1, "missing-shell");
    assert_eq!(desk.step(), 0);
}

#[test]
fn a_shell_that_has_ended_says_so_and_another_one_is_opened() {
    let mut desk = Desk::new((80, 24));
    desk.driver.send(Msg::ShellEnded(desk.shell, Some(0)));
    desk.shows("the shell ended in good order");
    check("learn_ended", &desk.driver);
    let effects = desk.press("enter");
    let shell = shell_of(&effects);
    assert_ne!(shell, desk.shell);
    assert!(
        effects.contains(&Effect::CloseShell(desk.shell)),
        "{effects:?}"
    );
    assert_eq!(watched(&effects), None, "the step goes on");
}

#[test]
fn a_shell_that_cannot_be_opened_says_why() {
    let mut opening = opening();
    opening.chosen = Some("missing-shell".into());
    let (mut driver, effects) = started(opening, (80, 24));
    let (task, _, _) = set_up(&effects);
    let shell = shell_of(&driver.send(Msg::Learn(task, ready())));
    let error = Error::new(ErrorKind::Internal, "cannot open a pseudo-terminal");
    driver.send(Msg::ShellOpened(shell, Err(error)));
    let text = driver.text();
    assert!(text.contains("cannot open a pseudo-terminal"), "{text}");
    assert!(text.contains("Enter tries again"), "{text}");
    shell_of(&driver.press("enter"));
}

#[test]
fn an_engine_that_does_not_answer_is_told() {
    let mut desk = Desk::new((80, 24));
    let news = LearnNews::Seen(Err(engine_error()));
    desk.driver.send(Msg::Learn(desk.watch, news));
    desk.shows("cannot reach the engine");
    desk.seen(Facts::default());
    desk.lacks("cannot reach the engine");
    desk.driver.send(Msg::EngineLost(engine_error()));
    desk.shows("✗ cannot reach the engine");
    desk.driver.send(Msg::EngineBack);
    desk.shows("the engine is back");
}

#[test]
fn what_is_told_late_or_twice_draws_nothing() {
    let mut desk = Desk::new((80, 24));
    desk.seen(web("running"));
    desk.driver.dirty();
    desk.seen(web("running"));
    assert!(!desk.driver.dirty(), "nothing is another than before");
    desk.driver.send(Msg::Learn(
        TaskId(99),
        LearnNews::Seen(Ok(Box::new(web("exited")))),
    ));
    desk.driver.send(Msg::Learn(TaskId(99), ready()));
    assert!(!desk.driver.dirty());
}

#[test]
fn drawn_words_are_never_shown() {
    let mut opening = opening();
    opening.lessons[0].steps[0].text = "The word is {token:word}.".into();
    opening.chosen = Some("missing-shell".into());
    let desk = Desk::of(opening, settings(), (80, 24));
    desk.shows("{token:word}");
    desk.lacks("s3cret");
}

#[test]
fn every_size_can_be_drawn() {
    let mut desk = Desk::new((80, 24));
    desk.press("f1");
    for (width, height) in [
        (40, 9),
        (41, 10),
        (60, 12),
        (109, 24),
        (110, 24),
        (200, 60),
        (1, 1),
        (80, 24),
    ] {
        for key in ["h", "z", "z", "f1", "f1", "enter", "esc"] {
            desk.driver.resize(width, height);
            desk.press(key);
            let (buffer, cursor) = desk.driver.draw();
            assert!(cursor.is_none_or(|at| buffer.area.contains(at)));
            if !desk.driver.model.popups.is_empty() {
                desk.press("esc");
            }
        }
    }
}

#[test]
fn who_reads_sees_the_whole_text_and_the_shell_keeps_its_size() {
    let mut desk = Desk::new((80, 24));
    desk.lacks("2. the status with which docker ended");
    let before = desk.driver.model.laid.shells.clone();
    let effects = desk.press("f1");
    assert_eq!(effects, [], "the program in the shell hears nothing of it");
    assert_eq!(desk.driver.model.laid.shells, before);
    desk.shows("2. the status with which docker ended");
    desk.press("f1");
    desk.lacks("2. the status with which docker ended");
}

/// Something that can happen beside a lesson.
#[derive(Debug, Clone)]
enum Event {
    Key(&'static str),
    Type(String),
    Mouse(u8, u16, u16),
    Print(u32, String),
    Ended(u32),
    Opened(u32, bool),
    Size(u16, u16),
    Told(u32, u8),
    Engine(bool),
}

fn event() -> impl Strategy<Value = Event> {
    let keys = vec![
        "f1",
        "f1",
        "alt-0",
        "enter",
        "enter",
        "esc",
        "up",
        "down",
        "pageup",
        "pagedown",
        "home",
        "end",
        "h",
        "a",
        "n",
        "p",
        "y",
        "z",
        "Z",
        "l",
        "l",
        "r",
        "c",
        "q",
        "s",
        "?",
        "ctrl-]",
        "ctrl-f",
        "ctrl-v",
        "shift-pageup",
        "backspace",
    ];
    let marks = vec![
        "\x1b]133;A\x07$ \x1b]133;B\x07".to_owned(),
        "docker exec lab-web sh\x1b]133;C\x07\r\n".into(),
        "\x1b]133;D;126\x07".into(),
        "ls\x1b]133;C\x07\r\n\x1b]133;D;0\x07".into(),
        "\x1b[?1049h\x1b[?1003h\x1b[?1006h".into(),
        "\x1b[?1049l\x1bc\x07\x1b]52;c;aGk=\x07".into(),
    ];
    prop_oneof![
        8 => prop::sample::select(keys).prop_map(Event::Key),
        1 => "[a-z0-9]{0,4}".prop_map(Event::Type),
        2 => (0u8..5, 0u16..130, 0u16..42).prop_map(|(kind, x, y)| Event::Mouse(kind, x, y)),
        3 => (1u32..4, prop::sample::select(marks)).prop_map(|(shell, text)| Event::Print(shell, text)),
        1 => (1u32..4).prop_map(Event::Ended),
        1 => (1u32..4, any::<bool>()).prop_map(|(shell, well)| Event::Opened(shell, well)),
        1 => (0u16..130, 0u16..45).prop_map(|(w, h)| Event::Size(w, h)),
        8 => (1u32..16, 0u8..8).prop_map(|(task, what)| Event::Told(task, what)),
        1 => any::<bool>().prop_map(Event::Engine),
    ]
}

fn happen(driver: &mut Driver, event: Event) -> Vec<Effect> {
    match event {
        Event::Key(key) => driver.press(key),
        Event::Type(text) => driver.type_text(&text),
        Event::Mouse(kind, x, y) => {
            let left = MouseButton::Left;
            let kind = match kind {
                0 | 1 => MouseEventKind::Down(left),
                2 => MouseEventKind::Up(left),
                3 => MouseEventKind::ScrollUp,
                _ => MouseEventKind::ScrollDown,
            };
            driver.mouse(kind, x, y)
        }
        Event::Print(shell, text) => driver.send(Msg::Output(
            ShellId(shell),
            text.into_bytes(),
            Duration::ZERO,
        )),
        Event::Ended(shell) => driver.send(Msg::ShellEnded(ShellId(shell), Some(0))),
        Event::Opened(shell, well) => {
            let result = if well { Ok(()) } else { Err(engine_error()) };
            driver.send(Msg::ShellOpened(ShellId(shell), result))
        }
        Event::Size(width, height) => driver.resize(width, height),
        Event::Told(task, what) => {
            let own = [Base::Image("alpine".into()), Base::Own]
                .map(|base| OfferedBase { base, here: true });
            let news = match what {
                0 => LearnNews::Bases(Ok(own.to_vec())),
                1 => LearnNews::Making("building".into()),
                2..=4 => ready(),
                5 => LearnNews::Seen(Ok(Box::new(web("exited")))),
                6 => LearnNews::Seen(Err(engine_error())),
                _ => LearnNews::Ready(Err(engine_error())),
            };
            driver.send(Msg::Learn(TaskId(task), news))
        }
        Event::Engine(true) => driver.send(Msg::EngineBack),
        Event::Engine(false) => driver.send(Msg::EngineLost(engine_error())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_person_and_no_engine_breaks_a_lesson(events in prop::collection::vec(event(), 1..60)) {
        let mut opening = opening();
        opening.chosen = Some("missing-shell".into());
        let (mut driver, _) = started(opening, (80, 24));
        driver.send(Msg::Learn(TaskId(2), ready()));
        for event in events {
            let effects = happen(&mut driver, event);
            let open = driver.model.learn.as_ref().unwrap().open.as_ref();
            for effect in &effects {
                if let Effect::ShellWrite(id, _) = effect {
                    let own = open.and_then(|open| open.shell.as_ref());
                    prop_assert_eq!(own.map(Shell::id), Some(*id), "no bytes for a shell that is gone");
                }
            }
            let (buffer, cursor) = driver.draw();
            prop_assert!(cursor.is_none_or(|at| buffer.area.contains(at)));
            for (_, area) in &driver.model.laid.shells {
                prop_assert_eq!(area.intersection(buffer.area), *area);
            }
        }
    }
}

#[test]
fn hostile_lessons_are_cleaned() {
    let mut opening = opening();
    let lesson = &mut opening.lessons[0];
    lesson.title = "a\u{1b}[2Jb\u{202e}".into();
    lesson.steps[0].title = "c\u{9b}d".into();
    lesson.steps[0].text = "e\u{1b}]0;x\u{7}f\n\n```\n\u{1b}[31m\n```".into();
    opening.chosen = Some("missing-shell".into());
    let (mut driver, effects) = started(opening, (80, 24));
    let (task, _, _) = set_up(&effects);
    let news = LearnNews::Making("g\u{1b}[2J\n".into());
    driver.send(Msg::Learn(task, news));
    for _ in 0..2 {
        let (buffer, _) = driver.draw();
        for cell in &buffer.content {
            assert!(
                !cell.symbol().contains(char::is_control),
                "{:?}",
                cell.symbol()
            );
        }
        driver.send(Msg::Learn(task, ready()));
    }
}
