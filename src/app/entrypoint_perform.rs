//! What follows from an action on the entrypoint pane, and from what is told of the target.

use super::entrypoint_action::EntrypointAction;
use super::entrypoint_run as run;
use super::panes::Pane;
use super::panes::entrypoint::{Entrypoint, Looked, Move, Side, View};
use super::shell_perform::copy_text;
use super::toast::Tone;
use super::{Effect, Model, TaskId, explore};
use crate::domain::entrypoint::Report;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::run::exec_array;
use crate::domain::text::quote;

/// Where the target's files are in the twin.
const TARGET: &str = "/target";

/// Does what the person asked of the pane.
pub(super) fn perform(model: &mut Model, action: EntrypointAction) -> Vec<Effect> {
    use EntrypointAction as A;
    if matches!(action, A::Run | A::Edit | A::ListFile)
        && let Some(effects) = explore::without_target(model)
    {
        return effects;
    }
    match action {
        EntrypointAction::Look => look(model),
        EntrypointAction::OtherSide => on_pane(model, |pane| {
            pane.turn_to(match pane.side() {
                Side::Chain => Side::Findings,
                Side::Findings => Side::Chain,
            });
        }),
        EntrypointAction::Reveal => reveal(model),
        EntrypointAction::CopyLine => copy_command(model, |report| report.line.clone()),
        EntrypointAction::CopyArray => copy_command(model, |report| exec_array(&report.argv)),
        EntrypointAction::CopyAdvice => copy_advice(model),
        EntrypointAction::ListFile => list_file(model),
        EntrypointAction::Run => run::open(model, false),
        EntrypointAction::Edit => run::open(model, true),
        EntrypointAction::NextField => run::on_form(model, |form| form.step(true)),
        EntrypointAction::PreviousField => run::on_form(model, |form| form.step(false)),
        EntrypointAction::RunNow => run::now(model),
        EntrypointAction::TurnPlace => run::turn_place(model),
        EntrypointAction::TurnStrace => run::turn_strace(model),
        EntrypointAction::InstallStrace => run::install_strace(model),
        EntrypointAction::Restore => {
            run::on_form(model, super::panes::entrypoint::form::Form::restore)
        }
        EntrypointAction::CloseForm => on_pane(model, Entrypoint::close_form),
    }
}

fn on_pane(model: &mut Model, act: impl FnOnce(&mut Entrypoint)) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        act(&mut joined.entrypoint);
    }
    Vec::new()
}

/// Brings the pane into sight; what it shows is asked for when it is not known yet, or of the past.
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let shown = joined.pane == Pane::Entrypoint;
    joined.show(Pane::Entrypoint);
    let mut effects = if joined.entrypoint.wants_look() {
        look(model)
    } else {
        Vec::new()
    };
    // Meanwhile something may have been installed in the twin.
    if !shown {
        effects.extend(run::ask(model));
    }
    effects
}

/// Looks at the target. A look that is on its way is given up.
fn look(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let task = model.numbers.task();
    let before = joined.entrypoint.look(task).map(Effect::Cancel);
    let target = joined.target().clone();
    let dev = joined.attached.twin.plan.image.clone();
    let look = if joined.is_explorer() {
        let image = joined.subject();
        Effect::InspectImage { task, image, dev }
    } else {
        Effect::InspectEntrypoint { task, target, dev }
    };
    before.into_iter().chain([look]).collect()
}

/// The target has changed: a pane in sight asks again, any other one when it comes into sight.
pub(super) fn changed(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    joined.entrypoint.age();
    if joined.pane == Pane::Entrypoint {
        return look(model);
    }
    Vec::new()
}

/// A look ended.
pub(super) fn looked(model: &mut Model, task: TaskId, result: Result<Box<Report>>) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        model.quiet = true;
        return Vec::new();
    };
    match joined.entrypoint.looked(task, result) {
        Looked::Well => Vec::new(),
        Looked::Failed(error) => model.toasts.error(&error),
        Looked::Late => {
            model.quiet = true;
            Vec::new()
        }
    }
}

/// Moves within the side that has the keys.
pub(super) fn go(model: &mut Model, by: Move) -> Vec<Effect> {
    let side = model.joined.as_ref().map(|j| j.entrypoint.side());
    if let Some(side) = side {
        go_in(model, side, by);
    }
    Vec::new()
}

/// Moves within a side.
pub(super) fn go_in(model: &mut Model, side: Side, by: Move) {
    let view = view(model, side);
    if let Some(joined) = &mut model.joined {
        joined.entrypoint.go(side, by, view);
    }
}

/// A click on a side gives it the keys, and moves within it.
pub(super) fn point(model: &mut Model, side: Side, by: Move) -> Vec<Effect> {
    on_pane(model, |pane| pane.turn_to(side));
    go_in(model, side, by);
    Vec::new()
}

/// How much of a side is in sight.
fn view(model: &Model, side: Side) -> View {
    let area = match side {
        Side::Chain => model.laid.chain,
        Side::Findings => model.laid.findings,
    };
    View {
        columns: area.width.into(),
        rows: area.height.into(),
    }
}

/// Enter: on a finding its advice is what a person wants, on a row of the tree its file.
pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    match model.joined.as_ref().map(|j| j.entrypoint.side()) {
        Some(Side::Findings) => copy_advice(model),
        Some(Side::Chain) => list_file(model),
        None => Vec::new(),
    }
}

fn reveal(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    joined.entrypoint.turn_reveal();
    if !joined.entrypoint.is_revealed() {
        return Vec::new();
    }
    let text = "secrets are shown";
    let hint = "until you leave this pane";
    model.toasts.say(Tone::News, text, Some(hint))
}

/// Says that nothing is known yet.
pub(super) fn unknown(model: &mut Model) -> Vec<Effect> {
    let text = "nothing is known of the entrypoint yet";
    model.toasts.say(Tone::News, text, None)
}

fn copy_command(model: &mut Model, text: impl FnOnce(&Report) -> String) -> Vec<Effect> {
    let report = model.joined.as_ref().and_then(|j| j.entrypoint.report());
    match report.map(|report| (report.argv.is_empty(), text(report))) {
        Some((false, text)) => copy_text(model, text),
        Some((true, _)) => {
            let text = "there is no command: the image says of none";
            model.toasts.say(Tone::News, text, None)
        }
        None => unknown(model),
    }
}

fn copy_advice(model: &mut Model) -> Vec<Effect> {
    let advice = model.joined.as_ref().and_then(|j| j.entrypoint.advice());
    match advice {
        Some(advice) => copy_text(model, advice),
        None => model
            .toasts
            .say(Tone::News, "there is no advice to copy", None),
    }
}

fn list_file(model: &mut Model) -> Vec<Effect> {
    let columns = view(model, Side::Chain).columns;
    let joined = model.joined.as_ref();
    let path = joined.and_then(|joined| joined.entrypoint.path(columns));
    let Some(path) = path else {
        let text = "this row tells of no file that is there";
        let hint = "choose a step of the program, or a library";
        return model.toasts.say(Tone::News, text, Some(hint));
    };
    type_into_first(
        model,
        &format!("ls -l {}", quote(&format!("{TARGET}{path}"))),
    )
}

/// Types text into the first shell, and goes there; Enter is the person's.
pub(super) fn type_into_first(model: &mut Model, text: &str) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let id = joined.shells.main().id();
    let main = joined.shells.get_mut(id).filter(|shell| !shell.has_ended());
    let Some(shell) = main else {
        let error = Error::new(ErrorKind::Usage, "the twin has ended");
        return model.toasts.error(&error);
    };
    if shell.terminal().is_busy() {
        let error = Error::new(ErrorKind::Usage, "something runs in the first shell").hint(
            format!("{text} would go to it; come back when it has ended"),
        );
        return model.toasts.error(&error);
    }
    shell.find_close();
    shell.select_close();
    let (effects, _) = shell.paste(text);
    joined.shells.focus(id);
    joined.show(Pane::Shell);
    effects
}
