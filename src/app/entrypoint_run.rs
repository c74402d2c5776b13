//! The form of the entrypoint pane at work: it opens, asks what the twin has, and runs what it says in a shell tab.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Rect};

use super::entrypoint_perform::{type_into_first, unknown};
use super::joined::Joined;
use super::panes::Pane;
use super::panes::entrypoint::form::{Field, Form, Probe, Where};
use super::panes::shell::Shell;
use super::popup::{Popup, TargetChoice};
use super::toast::Tone;
use super::{Effect, Model, TaskId, replica_perform};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::replica::edits::Base;
use crate::domain::replica::{Modes, Room};
use crate::domain::run::{Place, Run, argv_text};
use crate::domain::target::Status;
use crate::domain::text::quote;
use crate::domain::twin::Session;

/// Opens the form; with `edit`, the keys are in its text, else on its button.
pub(super) fn open(model: &mut Model, edit: bool) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let arena = joined.is_arena();
    let volumes = joined.replicas.volumes;
    let Some(form) = joined.entrypoint.open_form() else {
        return unknown(model);
    };
    form.volumes = volumes.unwrap_or(form.volumes);
    form.field = if edit { Field::Argv } else { Field::Run };
    // There nothing can be run in the target, and a run in the twin says little of why it failed.
    if arena && form.is_original() && form.place == Where::Twin {
        form.place = Where::Replica;
    }
    ask(model)
}

/// Asks what the twin has, for the form that is open.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    let task = model.numbers.task();
    let container = model.joined.as_ref().map(|joined| joined.twin().clone());
    let (Some(container), Some(form)) = (container, form(model)) else {
        return Vec::new();
    };
    form.ask(task);
    let paths = form.sought();
    vec![Effect::Probe {
        task,
        container,
        paths,
    }]
}

/// Acts on the open form.
pub(super) fn on_form(model: &mut Model, act: impl FnOnce(&mut Form)) -> Vec<Effect> {
    if let Some(form) = form(model) {
        form.stay();
        act(form);
    }
    Vec::new()
}

fn form(model: &mut Model) -> Option<&mut Form> {
    model.joined.as_mut()?.entrypoint.form_mut()
}

/// The twin's files were looked at.
pub(super) fn probed(model: &mut Model, task: TaskId, found: Result<Vec<String>>) -> Vec<Effect> {
    let found = found.map_err(|error| error.message);
    let Some(form) = form(model) else {
        model.quiet = true;
        return Vec::new();
    };
    model.quiet = !form.probed(task, found);
    let form = self::form(model);
    if form.is_some_and(Form::take_go) {
        return now(model);
    }
    Vec::new()
}

/// A key in the form that is bound to nothing.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    model.quiet = true;
    let Some(form) = form(model) else {
        return Vec::new();
    };
    form.stay();
    let plain = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
    let field = form.field;
    let several = matches!(field, Field::Argv | Field::Env);
    let turns = matches!(key.code, KeyCode::Enter | KeyCode::Char(' '));
    model.quiet = false;
    match (field, key.code) {
        (Field::Argv | Field::Env, KeyCode::Enter) if !plain => Vec::new(),
        (Field::User | Field::Workdir | Field::Memory, KeyCode::Enter)
        | (Field::Run | Field::Original, KeyCode::Right) => step(model, true),
        (_, KeyCode::Down) if !several => step(model, true),
        (_, KeyCode::Up) if !several => step(model, false),
        (Field::Argv | Field::User | Field::Workdir | Field::Env | Field::Memory, _) => {
            model.quiet = !form_key(model, key);
            Vec::new()
        }
        (Field::Place, KeyCode::Left | KeyCode::Right) => turn_place(model),
        (Field::Files | Field::Volumes, KeyCode::Left | KeyCode::Right) => press(model, field),
        (Field::Run | Field::Original | Field::Back, KeyCode::Left) => step(model, false),
        (field, _) if turns && plain => press(model, field),
        (
            Field::Place
            | Field::Strace
            | Field::Files
            | Field::Volumes
            | Field::Run
            | Field::Original
            | Field::Back,
            _,
        ) => {
            model.quiet = true;
            Vec::new()
        }
    }
}

fn step(model: &mut Model, forward: bool) -> Vec<Effect> {
    on_form(model, |form| form.step(forward))
}

fn form_key(model: &mut Model, key: KeyEvent) -> bool {
    form(model).is_some_and(|form| form.key(key))
}

/// Enter, or a click, on a field that is no text.
fn press(model: &mut Model, field: Field) -> Vec<Effect> {
    match field {
        Field::Place => turn_place(model),
        Field::Strace => turn_strace(model),
        Field::Files => on_form(model, Form::turn_files),
        Field::Volumes => on_form(model, Form::turn_volumes),
        Field::Run => now(model),
        Field::Original => on_form(model, Form::restore),
        Field::Back => {
            if let Some(joined) = &mut model.joined {
                joined.entrypoint.close_form();
            }
            Vec::new()
        }
        Field::Argv | Field::User | Field::Workdir | Field::Env | Field::Memory => Vec::new(),
    }
}

/// A click on a field whose text, or words, stand at `area`.
pub(super) fn click(model: &mut Model, field: Field, area: Rect, at: Position) -> Vec<Effect> {
    let Some(form) = form(model) else {
        return Vec::new();
    };
    let keys = form.field == field;
    form.field = field;
    let Some(text) = form.area_mut() else {
        return press(model, field);
    };
    text.click(area, keys, at);
    Vec::new()
}

/// Pasted text.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    model.quiet = !form(model).is_some_and(|form| form.paste(text));
    Vec::new()
}

pub(super) fn turn_place(model: &mut Model) -> Vec<Effect> {
    on_form(model, Form::turn_place)
}

/// Under strace, or not. Where there is none, what would bring it.
pub(super) fn turn_strace(model: &mut Model) -> Vec<Effect> {
    let Some(form) = form(model) else {
        return Vec::new();
    };
    if form.turn_strace() {
        return Vec::new();
    }
    match (form.place, form.install_line()) {
        (Where::Twin, Some(_)) => install_strace(model),
        (Where::Twin, None) => say(model, "the twin has no strace", None),
        (Where::Target | Where::Replica, _) => say(model, "strace is for runs in the twin", None),
    }
}

fn say(model: &mut Model, text: &str, hint: Option<&str>) -> Vec<Effect> {
    model.toasts.say(Tone::News, text, hint)
}

pub(super) fn install_strace(model: &mut Model) -> Vec<Effect> {
    let Some(form) = form(model) else {
        return Vec::new();
    };
    match (form.strace_path(), form.install_line()) {
        (Some(path), _) => {
            let text = format!("the twin has strace already: {path}");
            say(model, &text, None)
        }
        (None, Some(line)) => type_into_first(model, line),
        (None, None) => {
            let text = "no package manager is known in the twin";
            say(model, text, Some("strace cannot be installed from here"))
        }
    }
}

/// Runs what the form says, or says what is wrong with it. In the target only after a question.
pub(super) fn now(model: &mut Model) -> Vec<Effect> {
    let Some(form) = form(model) else {
        return Vec::new();
    };
    let wrong = match form.place {
        Where::Replica => form.edits().err(),
        Where::Twin | Where::Target => form.order().err(),
    };
    if let Some(field) = wrong {
        let trouble = form.trouble(field).unwrap_or_default();
        form.field = field;
        let error = Error::new(ErrorKind::Usage, format!("{}: {trouble}", field.label()));
        return model.toasts.error(&error);
    }
    if form.place == Where::Replica {
        let Ok(edits) = form.edits() else {
            return Vec::new();
        };
        replica_perform::said(model, edits.mounts);
        return replica_perform::run(model, edits);
    }
    if form.place == Where::Target {
        // Not asked for what cannot be.
        let joined = model.joined.as_ref();
        if joined.is_some_and(|j| j.is_arena() && !j.is_joinable()) {
            return run(model);
        }
        model.popups.push(Popup::RunInTarget(TargetChoice::SAFE));
        return Vec::new();
    }
    // It is not known yet where the program is: it runs as soon as it is.
    if matches!(form.probe(), Probe::Asked(_)) {
        form.go();
        return Vec::new();
    }
    run(model)
}

/// Acts on the answer to "in the target itself?".
pub(super) fn choose(model: &mut Model, choice: TargetChoice) -> Vec<Effect> {
    model.popups.clear();
    match choice {
        TargetChoice::Back => Vec::new(),
        TargetChoice::Run => run(model),
    }
}

fn run(model: &mut Model) -> Vec<Effect> {
    let Some((run, order)) =
        form(model).and_then(|form| Some((form.run().ok()?, form.order().ok()?)))
    else {
        return Vec::new();
    };
    let traced = form(model).is_some_and(|form| form.strace);
    let (size, scrollback) = (model.shell_size(), model.settings.scrollback);
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let refused = if joined.shells.main().has_ended() {
        Some(("the twin has ended", "a new twin can run it"))
    } else if order.place == Place::Target && joined.attached.target.state.status != Status::Running
    {
        Some((
            "the target does not run",
            "nothing can be run in it now; its files are at /target of the twin",
        ))
    } else if joined.shells.is_full(false) {
        Some(("there is no room for another shell", "close one first"))
    } else {
        None
    };
    if let Some((text, hint)) = refused {
        return model
            .toasts
            .error(&Error::new(ErrorKind::Usage, text).hint(hint));
    }
    let shell = model.numbers.shell();
    let new = Shell::new(shell, size, scrollback).running(&label(&run, traced));
    joined.shells.add(new, false);
    joined.show(Pane::Shell);
    vec![Effect::Run {
        shell,
        twin: joined.twin().clone(),
        target: joined.target().clone(),
        order: Box::new(order),
        size,
    }]
}

/// The command for its tab: the program without its folder, and the arguments.
fn label(run: &Run, traced: bool) -> String {
    let mut argv = run.argv.clone();
    if let Some(program) = argv.first_mut() {
        let name = program.rsplit('/').next().unwrap_or_default().to_owned();
        *program = name;
    }
    let line = argv_text(&argv);
    if traced {
        format!("strace {line}")
    } else {
        line
    }
}

/// The docker command that does what the form says; none while something is wrong in it.
pub fn run_by_hand(joined: &Joined, form: &Form) -> Option<String> {
    let plan = &joined.attached.twin.plan;
    if form.place != Where::Replica {
        let order = form.order().ok()?;
        return Some(order.docker_exec(match order.place {
            Place::Twin => &plan.name,
            Place::Target => &joined.name,
        }));
    }
    let edits = form.edits().ok()?;
    let target = &joined.attached.target;
    // Neither names nor labels are in the line.
    let nobody = Session {
        id: String::new(),
        owner: String::new(),
    };
    let (image, before) = match edits.base {
        Base::Image => (None, String::new()),
        Base::Died => {
            let before = format!(
                "docker commit --pause=false {} target-as-it-died && ",
                quote(&target.name)
            );
            (Some("target-as-it-died".to_owned()), before)
        }
        Base::DevImage => (Some("dev-image-with-its-files".to_owned()), String::new()),
    };
    let room = Room::Twin(joined.twin().clone());
    let replica = edits.replica(target, &nobody, 1, room, image);
    let plan = &joined.attached.twin.plan;
    let twin = Modes {
        network: plan.network.clone(),
        pid: plan.pid.clone(),
    };
    Some(before + &replica.docker_run(target, None, &twin))
}
