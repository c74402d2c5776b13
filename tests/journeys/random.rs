//! Any person with any keys and mouse, in front of any programs: the model holds, and the screen can be
//! drawn.

use std::time::Duration;

use crate::reports::broken;
use crate::support::{Driver, engine_error};
use crate::{logs, stats, stock};
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use devtwin::app::action;
use devtwin::app::{Effect, Msg, ShellId, TaskId, Timer};
use devtwin::domain::log::Line;
use devtwin::domain::packages::{Outcome, Verb};
use proptest::prelude::*;

/// Something that can happen to a session.
#[derive(Debug, Clone)]
enum Step {
    Key(&'static str),
    Type(String),
    Lead(&'static str),
    /// The action of that number, by its name in the palette.
    Wish(usize),
    Mouse(u8, u16, u16, bool),
    Print(u32, Vec<u8>),
    Ended(u32, i64),
    Opened(u32, bool),
    Size(u16, u16),
    Elapsed(u32, u8),
    Paste(String),
    /// What the target runs is told, or why not, and what the twin has; under the number of each question.
    Told(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let keys = prop::sample::select(vec![
        "enter",
        "esc",
        "up",
        "down",
        "left",
        "right",
        "pageup",
        "pagedown",
        "home",
        "end",
        "v",
        "V",
        "ctrl-v",
        "y",
        "o",
        "w",
        "b",
        "e",
        "g",
        "G",
        "{",
        "}",
        "[",
        "]",
        "/",
        "n",
        "N",
        "q",
        "tab",
        "backspace",
        "ctrl-u",
        "shift-pageup",
        "shift-pagedown",
        "ctrl-]",
        "alt-1",
        "alt-2",
        "alt-2",
        "alt-3",
        "alt-3",
        "alt-4",
        "alt-4",
        "alt-5",
        "alt-6",
        "t",
        "T",
        "m",
        "delete",
        "ctrl-l",
        "ctrl-g",
        "ctrl-r",
        "alt-l",
        "ctrl-o",
        "x",
        "ctrl-enter",
        "space",
        "backtab",
        "r",
        "c",
        "s",
        "?",
    ]);
    let leads = prop::sample::select(vec![
        "ctrl-t",
        "ctrl-e",
        "ctrl-w",
        "ctrl-z",
        "ctrl-f",
        "ctrl-v",
        "ctrl-x",
        "ctrl-up",
        "ctrl-down",
        "ctrl-a",
        "ctrl-g",
        "tab",
        "backtab",
        "ctrl-right",
        "ctrl-left",
    ]);
    let output = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        Just(b"\x1b]133;A\x07$ \x1b]133;B\x07".to_vec()),
        Just(b"make\r\n\x1b]133;C;cmdline_url=make\x07out\r\nmore\r\n".to_vec()),
        Just(b"\x1b]133;D;2\x07".to_vec()),
        Just(b"https://example.org/x \x1b]8;;https://a.b/c\x07link\x1b]8;;\x07\r\n".to_vec()),
        Just(b"\x1b[?1049h\x1b[?1003h\x1b[?1006h\x1b[>31u".to_vec()),
        Just(b"\x1b[?1049l\x1b[?1003l\x1bc\x07\x1b]52;c;aGk=\x07".to_vec()),
        Just("漢字 e\u{301} 👩\r\n".repeat(30).into_bytes()),
    ];
    prop_oneof![
        4 => keys.prop_map(Step::Key),
        2 => leads.prop_map(Step::Lead),
        1 => "[a-z0-9.*(]{0,6}".prop_map(Step::Type),
        1 => (0usize..170).prop_map(Step::Wish),
        2 => any::<bool>().prop_map(Step::Told),
        4 => (0u8..8, 0u16..90, 0u16..30, any::<bool>())
            .prop_map(|(kind, x, y, shift)| Step::Mouse(kind, x, y, shift)),
        4 => (1u32..6, output).prop_map(|(shell, bytes)| Step::Print(shell, bytes)),
        1 => (1u32..6, -1i64..300).prop_map(|(shell, status)| Step::Ended(shell, status)),
        1 => (1u32..6, any::<bool>()).prop_map(|(shell, well)| Step::Opened(shell, well)),
        1 => (0u16..130, 0u16..45).prop_map(|(w, h)| Step::Size(w, h)),
        1 => (1u32..6, 0u8..5).prop_map(|(shell, which)| Step::Elapsed(shell, which)),
        1 => ".{0,8}".prop_map(Step::Paste),
    ]
}

fn mouse_kind(n: u8) -> MouseEventKind {
    match n {
        0 | 1 => MouseEventKind::Down(MouseButton::Left),
        2 | 3 => MouseEventKind::Drag(MouseButton::Left),
        4 => MouseEventKind::Up(MouseButton::Left),
        5 => MouseEventKind::ScrollUp,
        6 => MouseEventKind::ScrollDown,
        _ => MouseEventKind::Moved,
    }
}

fn take(driver: &mut Driver, step: Step) -> Vec<Effect> {
    match step {
        Step::Key(key) => driver.press(key),
        Step::Type(text) => driver.type_text(&text),
        Step::Lead(key) => {
            driver.press("ctrl-]");
            driver.press(key)
        }
        Step::Wish(n) => {
            let Some(entry) = action::all().nth(n) else {
                return Vec::new();
            };
            // What ends the session ends the journey, too.
            if ["quit", "leave", "new-twin"].contains(&entry.name) {
                return Vec::new();
            }
            driver.press("ctrl-]");
            driver.type_text(entry.title);
            driver.press("enter")
        }
        Step::Mouse(kind, column, row, shift) => driver.send(Msg::Mouse(MouseEvent {
            kind: mouse_kind(kind),
            column,
            row,
            modifiers: if shift {
                KeyModifiers::SHIFT
            } else {
                KeyModifiers::NONE
            },
        })),
        Step::Print(shell, bytes) => {
            driver.send(Msg::Output(ShellId(shell), bytes, Duration::from_secs(1)))
        }
        Step::Ended(shell, status) => driver.send(Msg::ShellEnded(
            ShellId(shell),
            Some(status).filter(|s| *s >= 0),
        )),
        Step::Opened(shell, well) => {
            let result = if well { Ok(()) } else { Err(engine_error()) };
            driver.send(Msg::ShellOpened(ShellId(shell), result))
        }
        Step::Size(width, height) => driver.resize(width, height),
        Step::Elapsed(shell, which) => {
            let shell = ShellId(shell);
            driver.send(Msg::Elapsed(match which {
                0 => Timer::Sync(shell),
                1 => Timer::Resize(shell),
                2 => Timer::Flash(shell),
                3 => Timer::Trial(shell.0.into()),
                _ => Timer::Click(shell, 1),
            }))
        }
        Step::Paste(text) => driver.send(Msg::Paste(text)),
        Step::Told(well) => (2..20)
            .flat_map(|n| {
                let report = if well {
                    Ok(Box::new(broken()))
                } else {
                    Err(engine_error())
                };
                let mut effects = driver.send(Msg::EntrypointInspected(TaskId(n), report));
                let found = vec!["/usr/bin/strace".to_owned()];
                effects.extend(driver.send(Msg::Probed(TaskId(n), Ok(found))));
                effects.extend(packages_told(driver, TaskId(n), well));
                effects.extend(facts_told(driver, TaskId(n), well));
                effects
            })
            .collect(),
    }
}

/// What a package manager tells, or why not, under that number.
fn packages_told(driver: &mut Driver, task: TaskId, well: bool) -> Vec<Effect> {
    let mut effects = Vec::new();
    for news in stock::news() {
        effects.extend(driver.send(Msg::PackageNews(task, news)));
    }
    let known = if well {
        Ok(Box::new(stock::stock()))
    } else {
        Err(engine_error())
    };
    effects.extend(driver.send(Msg::Stocked(task, known)));
    let change = stock::change(Verb::Install, &["bind-tools"]);
    let told = if well {
        Ok(Box::new(stock::transaction(change, stock::steps())))
    } else {
        Err(engine_error())
    };
    effects.extend(driver.send(Msg::Simulated(task, told)));
    // Now and then a change goes on: odd numbers come to their end later.
    if task.0.is_multiple_of(2) {
        let end = if well {
            Ok(Box::new(stock::finished(Outcome::Done)))
        } else {
            Err(engine_error())
        };
        effects.extend(driver.send(Msg::PackagesChanged(task, end)));
    }
    effects
}

/// What streams bring under that number, and how they end.
fn facts_told(driver: &mut Driver, task: TaskId, well: bool) -> Vec<Effect> {
    let mut effects = driver.send(Msg::LogRuns(task, vec![logs::run(1_000_000_000)]));
    let mut lines = logs::lines(0..30);
    lines.extend((30..35).map(|n| Line {
        text: "漢字 e\u{301} 👩 ".repeat(9),
        ..logs::line(n)
    }));
    effects.extend(driver.send(Msg::LogLines(task, lines)));
    for n in 1..4 {
        effects.extend(driver.send(stats::sample(n).under(task)));
    }
    if !well {
        effects.extend(driver.send(Msg::FeedEnded(task, Err(engine_error()))));
    } else if task.0.is_multiple_of(3) {
        effects.extend(driver.send(Msg::FeedEnded(task, Ok(()))));
    }
    effects
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn no_person_and_no_program_breaks_the_session(steps in prop::collection::vec(step(), 1..60)) {
        let mut driver = Driver::shell();
        for step in steps {
            take(&mut driver, step);
            driver.draw();
            let Some(joined) = &driver.model.joined else { break };
            let focused = joined.shells.focused().id();
            prop_assert!(joined.shells.shows(focused));
            for (shell, area) in &driver.model.laid.shells {
                prop_assert!(joined.shells.shows(*shell));
                prop_assert_eq!(area.intersection(driver.model.laid.screen), *area);
            }
            let screen = driver.model.laid.screen;
            let (buffer, cursor) = driver.draw();
            prop_assert!(cursor.is_none_or(|at| screen.contains(at)));
            for cell in &buffer.content {
                prop_assert!(!cell.symbol().contains(char::is_control), "{:?}", cell.symbol());
            }
        }
    }
}
