//! A `RUN` under edit: tried in the shell as it is, and put back into the Dockerfile on a yes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::area::Area;
use super::panes::Pane;
use super::popup::Popup;
use super::toast::Tone;
use super::{Effect, Model, Rewrite};
use crate::domain::build::BuildFailure;
use crate::domain::dockerfile::edit::{command_of, with_command};
use crate::domain::dockerfile::settings::Settings;
use crate::domain::dockerfile::{Dockerfile, Stage, Step, What, read};
use crate::domain::error::{Error, ErrorKind, Result};

/// Lines of a failed step's output that stand above its command.
const LAST: usize = 4;

/// A command under edit.
#[derive(Debug)]
pub struct Mend {
    /// Which step, by its number in the file.
    pub number: usize,
    /// Its lines, from 1.
    pub lines: (usize, usize),
    /// The command.
    pub area: Area,
    /// What is known of its failure: in a line, then its last lines.
    pub failure: Vec<String>,
    /// The person is asked whether it goes into the file.
    pub asks: bool,
    /// `ARG`s that hold there, which a shell does not have.
    variables: BTreeMap<String, String>,
}

impl Mend {
    /// The command of a step; none when it is no `RUN`.
    pub(super) fn of(text: &str, args: &BTreeMap<String, String>, number: usize) -> Option<Self> {
        let file = read(text, args);
        let (stage, step) = file.at_number(number)?;
        if !matches!(step.what, What::Run(_)) {
            return None;
        }
        Some(Self {
            number,
            lines: step.lines,
            area: Area::new(&command_of(text, step), false),
            failure: Vec::new(),
            asks: false,
            variables: arguments(&file, stage, step),
        })
    }

    /// With what is known of its failure.
    pub(super) fn failed(mut self, failure: &BuildFailure) -> Self {
        let skip = failure.lines.len().saturating_sub(LAST);
        self.failure = vec![failure.words()];
        self.failure
            .extend(failure.lines.iter().skip(skip).cloned());
        self
    }

    /// Whether it has failed.
    pub(super) fn has_failed(&self) -> bool {
        !self.failure.is_empty()
    }

    /// What is typed into a shell: the command, and before it the variables of `ARG` that it names.
    fn typed(&self) -> String {
        let command = self.area.text();
        let named = |name: &str| {
            command.contains(&format!("${name}")) || command.contains(&format!("${{{name}"))
        };
        let mut typed = String::new();
        for (name, value) in self.variables.iter().filter(|(name, _)| named(name)) {
            // Writing to a string cannot fail.
            let _ = write!(typed, "export {name}={}; ", shell_words::quote(value));
        }
        typed.push_str(command.trim_end());
        typed
    }
}

/// The values of `ARG` that hold at a step.
fn arguments(file: &Dockerfile, stage: &Stage, step: &Step) -> BTreeMap<String, String> {
    let mut variables = Settings::before(file, stage, step.number).variables;
    let earlier = stage.steps.iter().filter(|s| s.number < step.number);
    let mut of_args: Vec<&str> = Vec::new();
    for step in earlier {
        if let What::Arg(args) = &step.what {
            of_args.extend(args.iter().map(|(name, _)| name.as_str()));
        }
    }
    variables.retain(|name, _| of_args.contains(&name.as_str()));
    variables
}

/// Opens the command of the chosen step, or goes on with the one that is under edit.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let beside = model.joined.is_some();
    let Some(steps) = &mut model.steps else {
        return Vec::new();
    };
    let number = steps.row().map(|row| row.number);
    let same = steps
        .mend
        .as_ref()
        .is_some_and(|mend| beside || Some(mend.number) == number);
    if !same {
        steps.mend = number.and_then(|n| Mend::of(&steps.text, &steps.source.args, n));
    }
    if steps.mend.is_none() {
        let error = Error::new(ErrorKind::Usage, "only a RUN can be edited here")
            .hint("choose one; the rest of the file is your editor's");
        return model.toasts.error(&error);
    }
    model.popups.push(Popup::Mend);
    Vec::new()
}

fn mend(model: &mut Model) -> Option<&mut Mend> {
    model.steps.as_mut()?.mend.as_mut()
}

/// A key in the popup.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let Some(mend) = mend(model) else {
        model.popups.pop();
        return Vec::new();
    };
    if mend.asks {
        if key.code == KeyCode::Char('y') {
            return write(model);
        }
        if matches!(key.code, KeyCode::Esc | KeyCode::Char('n' | 'c')) {
            mend.asks = false;
        } else {
            model.quiet = true;
        }
        return Vec::new();
    }
    let with_ctrl = |c| ctrl && key.code == KeyCode::Char(c);
    if key.code == KeyCode::Esc || with_ctrl('c') {
        model.popups.pop();
    } else if with_ctrl('r') {
        return run(model);
    } else if with_ctrl('s') {
        return ask(model);
    } else {
        model.quiet = !mend.area.key(key);
    }
    Vec::new()
}

/// Pasted text.
pub(super) fn paste(model: &mut Model, text: &str) {
    if let Some(mend) = mend(model).filter(|mend| !mend.asks) {
        mend.area.paste(text);
    }
}

/// Types it into the shell.
fn run(model: &mut Model) -> Vec<Effect> {
    let Some(typed) = mend(model).map(|mend| mend.typed()) else {
        return Vec::new();
    };
    let Some(joined) = &mut model.joined else {
        let error = Error::new(ErrorKind::Usage, "there is no shell to run it in")
            .hint("Enter on the step opens one before it");
        return model.toasts.error(&error);
    };
    if joined.shells.main().has_ended() {
        let error = Error::new(ErrorKind::Usage, "the twin has ended")
            .hint("Enter on the step opens another shell before it");
        return model.toasts.error(&error);
    }
    joined.show(Pane::Shell);
    let shell = joined.shells.focused_mut();
    let (mut effects, _) = shell.paste(&typed);
    let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
    effects.extend(shell.key(&enter).0);
    model.popups.clear();
    effects
}

/// The text of the file with the command in it.
fn edited(model: &Model) -> Result<(String, String)> {
    let gone = || {
        Error::new(ErrorKind::Usage, "the step is not in the file any more")
            .hint("read it anew, and choose the step")
    };
    let steps = model.steps.as_ref().ok_or_else(gone)?;
    let mend = steps.mend.as_ref().ok_or_else(gone)?;
    let file = read(&steps.text, &steps.source.args);
    let (_, step) = file.at_number(mend.number).ok_or_else(gone)?;
    let text = with_command(&steps.text, step, &mend.area.text())?;
    Ok((steps.text.clone(), text))
}

/// Asks whether it goes into the file.
fn ask(model: &mut Model) -> Vec<Effect> {
    match edited(model) {
        Ok((old, new)) if old == new => model.toasts.say(
            Tone::News,
            "nothing is changed: the file holds this command",
            None,
        ),
        Ok(_) => {
            if let Some(mend) = mend(model) {
                mend.asks = true;
            }
            Vec::new()
        }
        Err(error) => model.toasts.error(&error),
    }
}

fn write(model: &mut Model) -> Vec<Effect> {
    let edited = edited(model);
    if let Some(mend) = mend(model) {
        mend.asks = false;
    }
    match (edited, &model.steps) {
        (Ok((expected, text)), Some(steps)) => vec![Effect::WriteDockerfile(Rewrite {
            path: steps.source.path.clone(),
            expected,
            text,
        })],
        (Err(error), _) => model.toasts.error(&error),
        (Ok(_), None) => Vec::new(),
    }
}

/// Takes back what was written.
pub(super) fn undo(model: &mut Model) -> Vec<Effect> {
    let steps = model.steps.as_ref();
    let before = steps.and_then(|steps| Some((steps, steps.before.clone()?)));
    let Some((steps, text)) = before else {
        let error = Error::new(ErrorKind::Usage, "nothing was written into the Dockerfile")
            .hint("only the last change can be taken back");
        return model.toasts.error(&error);
    };
    vec![Effect::WriteDockerfile(Rewrite {
        path: steps.source.path.clone(),
        expected: steps.text.clone(),
        text,
    })]
}

/// The file was written, or could not be.
pub(super) fn written(model: &mut Model, result: Result<String>) -> Vec<Effect> {
    let Some(steps) = &mut model.steps else {
        return Vec::new();
    };
    let text = match result {
        Ok(text) => text,
        Err(error) => return model.toasts.error(&error),
    };
    let undone = steps.before.as_ref() == Some(&text);
    let old = std::mem::take(&mut steps.text);
    steps.before = (!undone).then_some(old);
    steps.set(text);
    steps.ended = None;
    let name = super::text::clean(&steps.source.name);
    if let Some(mend) = &mut steps.mend {
        mend.failure.clear();
    }
    if let Some(Popup::Mend) = model.popups.last() {
        model.popups.pop();
    }
    let (words, hint) = if undone {
        (format!("{name} is as it was before"), None)
    } else {
        let hint = "“undo-step” takes it back; “build-dockerfile” tries the whole file";
        (format!("written into {name}"), Some(hint))
    };
    model.toasts.say(Tone::Good, &words, hint)
}
