//! How a session begins and ends: order an attach, take its reply, give up, leave, start anew.

use super::joined::Joined;
use super::panes::shell::Shell;
use super::picker::row::{Mood, Row};
use super::tasks::{Attaching, Request};
use super::toast::Tone;
use super::{
    Attached, Catch, Effect, Model, TaskId, failing_perform, packages_perform, replica_perform,
    tryout,
};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::{Mode, Wishes};

/// Attaches to the container that is selected in the picker, or says why that cannot be.
pub(super) fn to_selection(model: &mut Model) -> Vec<Effect> {
    let Some(row) = model.picker.selection() else {
        model.quiet = true;
        return Vec::new();
    };
    let wishes = match wishes_for(row, &model.settings.wishes) {
        Ok(wishes) => wishes,
        Err((text, hint)) => return model.toasts.say(Tone::Bad, &text, Some(&hint)),
    };
    let request = Request {
        target: row.id.0.clone(),
        name: row.name.clone(),
        wishes,
        resolution: model
            .picker
            .resolution(&row.id)
            // Another one was chosen for it in this session.
            .filter(|_| !model.settings.wishes.dev_images.contains_key(&row.image))
            .cloned()
            .map(Box::new),
        replaces: None,
        caught: None,
    };
    begin(model, request)
}

/// What an attach to that container asks for, or why there can be none and what to do.
pub(super) fn wishes_for(
    row: &Row,
    settled: &Wishes,
) -> std::result::Result<Wishes, (String, String)> {
    let mode = row.mode().ok_or_else(|| row.refusal())?;
    let mut wishes = settled.clone();
    // In a loop it may run for the moment in which it is looked at; else its state then decides.
    if row.mood == Mood::Looping && mode == Mode::Arena {
        wishes.mode = wishes.mode.or(Some(mode));
    }
    Ok(wishes)
}

/// Orders an attach. A twin that it replaces is removed first: its name and its streams are over.
pub(super) fn begin(model: &mut Model, mut request: Request) -> Vec<Effect> {
    let (task, shell) = (model.numbers.task(), model.numbers.shell());
    let removed = request.replaces.take().map(Effect::RemoveTwin);
    let attach = Effect::Attach {
        task,
        shell,
        target: request.target.clone(),
        resolution: request.resolution.clone(),
        wishes: Box::new(request.wishes.clone()),
        size: model.shell_size(),
    };
    model.failed = None;
    model.toasts.clear();
    model.attaching = Some(Attaching::new(task, shell, request));
    removed.into_iter().chain([attach]).collect()
}

/// An attach ended. Only the one on its way counts: the twin of any other is removed unseen.
pub(super) fn ended(model: &mut Model, task: TaskId, result: Result<Box<Attached>>) -> Vec<Effect> {
    let Some(attaching) = model.attaching.take_if(|a| a.task == task) else {
        model.quiet = true;
        return match result {
            Ok(late) if late.owned && !late.again => {
                let caught = match late.catch {
                    Some(Catch::Caught(caught)) => Some(Effect::Pay {
                        debt: Box::new(caught.debt),
                        start: false,
                    }),
                    Some(Catch::Missed(_)) | None => None,
                };
                let removed = Effect::RemoveTwin(late.twin.id);
                caught.into_iter().chain([removed]).collect()
            }
            // One that was found running stays as it was; of a failure nobody waits to hear.
            Ok(_) | Err(_) => Vec::new(),
        };
    };
    match result {
        Ok(attached) => {
            let mut shell = Shell::new(
                attached.shell,
                model.shell_size(),
                model.settings.scrollback,
            );
            let id = shell.id();
            if attached.again {
                shell.replay();
            }
            let catch = attached.catch.clone();
            let mut wishes = attaching.request.wishes;
            // A catch is over when it has come about: a new twin does not wait for another start.
            wishes.mode = wishes.mode.filter(|mode| *mode != Mode::Catch);
            let arena = attached.twin.plan.mode == Mode::Arena;
            let mut joined = Joined::new(*attached, wishes, shell);
            joined.caught = attaching.request.caught;
            joined.pace = model.picker.pace(joined.target());
            let missed = match catch {
                Some(Catch::Caught(caught)) => {
                    joined.caught = Some(caught);
                    None
                }
                Some(Catch::Missed(why)) => Some(why),
                None => None,
            };
            model.joined = Some(joined);
            failing_perform::tell_joined(model);
            model.popups.clear();
            // What they told was before this shell.
            model.toasts.clear();
            // The screen may have changed while the twin was made.
            let mut effects = vec![Effect::ShellResize(id, model.shell_size())];
            if let Some(why) = missed {
                let hint = "this is an arena beside its files; “catch” tries again";
                effects.extend(model.toasts.say(Tone::Bad, &why, Some(hint)));
            }
            if arena {
                effects.extend(failing_perform::look(model));
            }
            effects
        }
        Err(error) if model.alone => {
            model.exit = Some(error.clone());
            let mut request = attaching.request;
            let caught = let_on(&request);
            request.caught = None;
            model.failed = Some((request, error));
            caught.into_iter().collect()
        }
        Err(error) => {
            let mut effects = model.toasts.error(&error);
            effects.extend(let_on(&attaching.request));
            effects.extend(model.picker.list());
            effects
        }
    }
}

/// Gives up the attach on its way. Its reply still comes and is late then.
pub(super) fn cancel(model: &mut Model) -> Vec<Effect> {
    if model.waiting.take().is_some() {
        model.exit = Some(Error::cancelled());
        return vec![Effect::Quit { keep: false }];
    }
    let Some(attaching) = model.attaching.take() else {
        return Vec::new();
    };
    let mut effects = vec![Effect::Cancel(attaching.task)];
    effects.extend(let_on(&attaching.request));
    if model.alone {
        model.exit = Some(Error::cancelled());
        effects.push(Effect::Quit { keep: false });
    } else {
        let text = format!("attach to {} cancelled", attaching.request.name);
        effects.extend(model.toasts.say(Tone::News, &text, None));
        effects.extend(model.picker.list());
    }
    effects
}

/// Tries a failed attach again.
pub(super) fn retry(model: &mut Model) -> Vec<Effect> {
    model.exit = None;
    match model.failed.take() {
        Some((request, _)) => begin(model, request),
        None => Vec::new(),
    }
}

/// Launches another twin for the same target.
pub(super) fn anew(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    if !joined.can_have_twin() {
        let (state, _) = joined.state();
        let error = Error::new(
            ErrorKind::Engine,
            format!("{} can have no new twin: {state}", joined.name),
        )
        .hint("go back to the containers and choose another");
        return model.toasts.error(&error);
    }
    let request = Request {
        target: joined.subject(),
        name: joined.name.clone(),
        wishes: joined.wishes.clone(),
        resolution: Some(Box::new(joined.attached.resolution.clone())),
        replaces: joined.attached.owned.then(|| joined.twin().clone()),
        caught: joined.caught.clone(),
    };
    let mut effects = abandon(model);
    model.joined = None;
    effects.extend(begin(model, request));
    if !model.alone {
        effects.extend(model.picker.list());
    }
    effects
}

/// Comes to the same target in another way: with a twin that replaces the one at hand, or from the list.
pub(super) fn in_mode(model: &mut Model, mode: Mode) -> Vec<Effect> {
    let Some(joined) = &model.joined else {
        let Some(row) = model.picker.selection() else {
            model.quiet = true;
            return Vec::new();
        };
        let request = Request {
            target: row.id.0.clone(),
            name: row.name.clone(),
            wishes: Wishes {
                mode: Some(mode),
                ..model.settings.wishes.clone()
            },
            resolution: model.picker.resolution(&row.id).cloned().map(Box::new),
            replaces: None,
            caught: None,
        };
        return begin(model, request);
    };
    if mode == Mode::Catch && joined.caught.is_some() {
        let error = Error::new(
            ErrorKind::Usage,
            format!("{} is caught already, and stands still", joined.name),
        )
        .hint("“resume” lets it go on; its next start can be caught then");
        return model.toasts.error(&error);
    }
    let request = Request {
        target: joined.target().0.clone(),
        name: joined.name.clone(),
        wishes: Wishes {
            mode: Some(mode),
            ..joined.wishes.clone()
        },
        resolution: Some(Box::new(joined.attached.resolution.clone())),
        replaces: joined.attached.owned.then(|| joined.twin().clone()),
        caught: joined.caught.clone(),
    };
    let mut effects = abandon(model);
    model.joined = None;
    effects.extend(begin(model, request));
    effects
}

/// Gives up what goes on beside a target that is left, or that gets another twin.
fn abandon(model: &Model) -> Vec<Effect> {
    let mut effects = packages_perform::abandon(model);
    effects.extend(replica_perform::abandon(model));
    effects.extend(model.joined.as_ref().and_then(tryout::abandon));
    effects
}

/// Lets a target go on that an attach would have found standing still.
fn let_on(request: &Request) -> Option<Effect> {
    let caught = request.caught.as_ref()?;
    Some(Effect::Pay {
        debt: Box::new(caught.debt.clone()),
        start: false,
    })
}

/// Removes the twin and goes back to where the session began.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    if model.alone {
        return vec![Effect::Quit { keep: false }];
    }
    let mut effects = abandon(model);
    effects.extend(failing_perform::settle(model));
    let Some(joined) = model.joined.take() else {
        return Vec::new();
    };
    model.toasts.clear();
    if joined.attached.owned {
        effects.push(Effect::RemoveTwin(joined.twin().clone()));
    }
    effects.extend(model.picker.list());
    effects
}
