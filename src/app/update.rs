//! The one function through which everything that happens goes.

use ratatui::layout::Rect;

use super::ShellId;
use super::action::Action;
use super::alike;
use super::failing_action::FailingAction;
use super::joined::Joined;
use super::joined::News;
use super::keymap::Focus;
use super::learn;
use super::panes::Pane;
use super::replica_perform;
use super::text::clean;
use super::toast::Tone;
use super::{
    Effect, Laid, Model, Msg, Timer, attach, failing_perform, input, shell_perform, sticky,
};
use super::{compare_perform, files_told, logs_perform, stats_perform};
use super::{entrypoint_perform, entrypoint_run, packages_change, packages_perform};
use super::{explore, mend, sight, steps, tryout, watch};
use super::{mouse, recipe_perform};
use crate::domain::Size;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::{ContainerId, Event, Target};

/// Takes what happened into the model and says what to do about it. Pure: no I/O, no clock.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    model.quiet = false;
    let mut effects = dispatch(model, msg);
    effects.extend(sight::follow(model));
    effects.extend(alike::follow(model));
    model.dirty |= !model.quiet;
    effects
}

fn dispatch(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => input::key(model, key),
        Msg::Mouse(event) => mouse::mouse(model, event),
        Msg::Paste(text) => input::paste(model, &text),
        Msg::Focus(gained) => input::focus(model, gained),
        Msg::Laid(laid) => laid_anew(model, laid),
        Msg::Listed(list) => {
            model.quiet = !model.shows_list();
            model.picker.listed(list)
        }
        Msg::LocalImages(tags) => {
            model.quiet = !model.shows_list();
            model.picker.tags(&tags);
            explore::came(model);
            Vec::new()
        }
        Msg::Engine(event) => engine_event(model, &event),
        Msg::EngineLost(error) => engine_lost(model, error),
        Msg::EngineBack => engine_back(model),
        Msg::Previewed(preview) => {
            model.quiet = !model.picker.previewed(preview);
            Vec::new()
        }
        Msg::Inspected(id, target) => inspected(model, &id, target),
        Msg::Progress(task, progress) => {
            match &mut model.attaching {
                Some(attaching) if attaching.task == task => attaching.moved(progress),
                Some(_) | None => model.quiet = !tryout::moved_on(model, task, &progress),
            }
            Vec::new()
        }
        Msg::Attached(task, result) => attach::ended(model, task, result),
        Msg::Output(shell, bytes, at) => {
            let effects = with_shell(model, shell, |shell| shell.output(&bytes, at));
            let mut effects = shell_perform::heard(model, shell, effects);
            effects.extend(alike::shell_is_up(model));
            effects
        }
        Msg::ShellOpened(shell, result) => shell_perform::opened(model, shell, result),
        Msg::ShellEnded(shell, status) => shell_ended(model, shell, status),
        Msg::ReplicaEnded(shell, ending, millis) => with_shell(model, shell, |shell| {
            shell.end_replica(&ending, millis);
            (Vec::new(), true)
        }),
        Msg::Trying(task, what) => replica_perform::trying(model, task, &what),
        Msg::Tried(task, trial) => replica_perform::tried(model, task, trial),
        Msg::Bisected(task, result) => replica_perform::bisected(model, task, result),
        Msg::Alike(task, result) => alike::told(model, task, result),
        Msg::Stocked(task, result) => packages_change::stocked(model, task, result),
        Msg::Simulated(task, result) => packages_change::simulated(model, task, &result),
        Msg::PackageNews(task, news) => packages_change::news(model, task, &news),
        Msg::PackagesChanged(task, result) => packages_change::changed(model, task, result),
        Msg::EntrypointInspected(task, result) => entrypoint_perform::looked(model, task, result),
        Msg::Recipe(task, what) => recipe_perform::told(model, task, what),
        Msg::Probed(task, found) => entrypoint_run::probed(model, task, found),
        Msg::Looked(task, look, result) => watch::looked(model, task, &look, result),
        Msg::LogRuns(task, runs) => logs_perform::began(model, task, &runs),
        Msg::LogLines(task, lines) => logs_perform::came(model, task, lines),
        Msg::Stats(task, sample) => stats_perform::came(model, task, *sample),
        Msg::FeedEnded(task, result) => sight::ended(model, task, &result),
        Msg::Compare(task, news) => compare_perform::told(model, task, news),
        Msg::Files(task, news) => files_told::told(model, task, news),
        Msg::Free(offered, free) => recipe_perform::free(model, &offered, &free),
        Msg::Learn(task, news) => learn::news(model, task, news),
        Msg::Saved(path, result) => shell_perform::saved(model, &path, result),
        Msg::Triaged(id, result) => failing_perform::triaged(model, &id, result),
        Msg::BuildNews(task, news) => steps::news(model, task, news),
        Msg::Built(task, result) => steps::built(model, task, result),
        Msg::DockerfileRead(result) => steps::reloaded(model, result),
        Msg::DockerfileWritten(result) => mend::written(model, result),
        Msg::TriedOut(task, result) => tryout::ended(model, task, result),
        Msg::Frozen(id, result) => failing_perform::frozen(model, id, result),
        Msg::Paid(id, result) => failing_perform::paid(model, id, result),
        Msg::Rejoined(task, shell, result) => sticky::rejoined(model, task, shell, result),
        Msg::TwinRemoved(_, Ok(())) => {
            model.quiet = true;
            Vec::new()
        }
        Msg::TwinRemoved(_, Err(error)) => {
            let hint = error.hint.clone();
            let error =
                error.hint(hint.unwrap_or_else(|| "devtwin clean removes what is left".into()));
            model.toasts.error(&error)
        }
        Msg::Notice(text, hint) => model.toasts.say(Tone::News, &text, hint.as_deref()),
        Msg::Elapsed(timer) => elapsed(model, timer),
        Msg::Terminate => terminate(model),
    }
}

/// A signal, or the terminal went away: nobody is there to be asked, so the wishes decide.
fn terminate(model: &mut Model) -> Vec<Effect> {
    let keep = model.joined.as_ref().is_some_and(|j| j.wishes.keep);
    model.exit.get_or_insert_with(|| {
        let what = "ended by a signal, or because the terminal went away";
        let error = Error::new(ErrorKind::Cancelled, what);
        if keep {
            error.hint("the twin was kept: devtwin ls finds it")
        } else {
            error
        }
    });
    vec![Effect::Quit { keep }]
}

/// A program has ended. With the twin's own all others have: whoever looks at another pane is told.
fn shell_ended(model: &mut Model, id: ShellId, status: Option<i64>) -> Vec<Effect> {
    let mut effects = with_shell(model, id, |shell| {
        shell.end(status);
        (Vec::new(), true)
    });
    learn::shell_ended(model, id);
    let joined = model.joined.as_ref();
    let unseen = joined.filter(|j| j.pane != Pane::Shell && j.shells.main().id() == id);
    if unseen.is_some() {
        model.quiet = false;
        let text = "the twin has ended, and its shells with it";
        effects.extend(model.toasts.say(Tone::Bad, text, None));
    }
    effects.extend(sticky::consider(model));
    effects.extend(shell_perform::reopen(model));
    effects
}

/// Runs `act` on the shell of that number; one that is gone is no concern.
fn with_shell(
    model: &mut Model,
    id: super::ShellId,
    act: impl FnOnce(&mut super::panes::shell::Shell) -> (Vec<Effect>, bool),
) -> Vec<Effect> {
    let shown = model.shows_shell(id);
    let Some(shell) = model.shell_mut(id) else {
        model.quiet = true;
        return Vec::new();
    };
    let before = shell.label();
    let (effects, changed) = act(shell);
    if shown {
        shell.seen();
    }
    // Of a shell that is not in sight only its tab shows something.
    model.quiet = !changed || !(shown || shell.label() != before || shell.rang());
    effects
}

fn laid_anew(model: &mut Model, laid: Laid) -> Vec<Effect> {
    model.laid = laid;
    model.picker.fit(model.laid.list.height.into());
    if let Some(request) = model.waiting.take() {
        return attach::begin(model, request);
    }
    let shown = model.laid.shells.clone();
    let fit = |(id, area): (ShellId, Rect)| {
        let size = Size::clamped(area.width, area.height);
        let shell = model.shell_mut(id);
        shell.map_or_else(Vec::new, |shell| shell.fit(size))
    };
    shown.into_iter().flat_map(fit).collect()
}

fn engine_event(model: &mut Model, event: &Event) -> Vec<Effect> {
    // Health checks run as execs, several a minute for each container: they change nothing that is shown.
    if event.action.starts_with("exec_") {
        model.quiet = true;
        return Vec::new();
    }
    // Beside a target nobody looks at the list, and leaving orders it anew. While a twin comes up, too: the
    // engine would make the lists instead of starting it.
    model.picker.paced(event);
    let mut effects = if model.shows_list() {
        model.picker.changed()
    } else {
        Vec::new()
    };
    model.quiet = true;
    if let Some(joined) = model.joined.as_mut().filter(|j| *j.target() == event.id)
        && let Some(news) = joined.event(event)
    {
        model.quiet = false;
        if let Some(news) = news {
            effects.extend(tell(model, &news));
        }
        effects.push(Effect::Inspect(event.id.clone()));
        // What an image says that runs is not changed by its twin.
        if !model.joined.as_ref().is_some_and(Joined::is_explorer) {
            effects.extend(entrypoint_perform::changed(model));
        }
        effects.extend(sticky::event(model, event));
        effects.extend(sight::event(model, event));
        effects.extend(failing_perform::follow(model));
    }
    effects
}

/// Says what became of the target; of a restart loop also how it can be ended.
fn tell(model: &mut Model, news: &News) -> Vec<Effect> {
    let freeze = Action::Failing(FailingAction::Freeze);
    let key = model.settings.keymap.key(Focus::Leader, freeze);
    let (hint, leader) = (&news.hint, model.settings.leader);
    let hint = match key {
        _ if !news.of_loop => hint.clone(),
        Some(key) => format!("{hint}; {leader} {key} freezes the loop"),
        None => format!("{hint}; {leader} and “freeze” ends the loop"),
    };
    model.toasts.say(news.tone, &news.text, Some(&hint))
}

fn engine_lost(model: &mut Model, error: Error) -> Vec<Effect> {
    let effects = match model.focus() {
        // The picker has a banner for it.
        Focus::Picker | Focus::Steps => Vec::new(),
        Focus::Attaching
        | Focus::Failed
        | Focus::Shell
        | Focus::Find
        | Focus::Select
        | Focus::Closed
        | Focus::Ended
        | Focus::Packages
        | Focus::Change
        | Focus::Entrypoint
        | Focus::Form
        | Focus::Logs
        | Focus::LogFind
        | Focus::Processes
        | Focus::Network
        | Focus::Files
        | Focus::FileView
        | Focus::Compare
        | Focus::CompareText
        | Focus::Recipe
        | Focus::RecipeText
        | Focus::Lessons
        | Focus::Lesson
        | Focus::LessonAnswer
        | Focus::LessonShell
        | Focus::LessonEnded
        | Focus::Leader
        | Focus::Popup => model.toasts.error(&error),
    };
    if let Some(learn) = &mut model.learn {
        learn.lost = Some(clean(&error.message));
    }
    model.picker.lost(error);
    if let Some(joined) = &mut model.joined {
        joined.sticky.engine_lost();
    }
    effects
}

/// What happened while the stream was broken is unknown: ask for everything that is shown.
fn engine_back(model: &mut Model) -> Vec<Effect> {
    let mut effects = match &mut model.learn {
        Some(learn) => {
            learn.lost = None;
            Vec::new()
        }
        None => model.picker.list(),
    };
    if let Some(joined) = &mut model.joined {
        joined.sticky.engine_back();
        effects.push(Effect::Inspect(joined.target().clone()));
        effects.extend(entrypoint_perform::changed(model));
        effects.extend(sight::renew(model));
    }
    effects.extend(model.toasts.say(Tone::Good, "the engine is back", None));
    effects
}

fn inspected(model: &mut Model, id: &ContainerId, target: Result<Box<Target>>) -> Vec<Effect> {
    let Some(joined) = model.joined.as_mut().filter(|j| j.target() == id) else {
        model.quiet = true;
        return Vec::new();
    };
    match joined.inspected(target) {
        Ok(()) => {
            joined.sticky.known();
            sticky::consider(model)
        }
        Err(error) => model.toasts.error(&error),
    }
}

fn elapsed(model: &mut Model, timer: Timer) -> Vec<Effect> {
    match timer {
        Timer::Toast(number) => {
            model.quiet = !model.toasts.expire(number);
            Vec::new()
        }
        Timer::Preview(id) => {
            let effects = model.picker.rested(&id);
            model.quiet = effects.is_empty();
            effects
        }
        Timer::Late => {
            model.quiet = true;
            let shown = model.shows_list();
            model.picker.late(shown)
        }
        Timer::Settled => {
            model.quiet = true;
            let shown = model.shows_list();
            model.picker.settled(shown)
        }
        Timer::Sync(id) => with_shell(model, id, super::panes::shell::Shell::sync_elapsed),
        Timer::Flash(id) => with_shell(model, id, super::panes::shell::Shell::flash_elapsed),
        Timer::Click(id, serial) => with_shell(model, id, |shell| {
            shell.click_elapsed(serial);
            (Vec::new(), false)
        }),
        Timer::Sticky(serial) => sticky::rested(model, serial),
        Timer::Look(task) => watch::elapsed(model, task),
        Timer::Trial(number) => packages_perform::rested(model, number),
        Timer::Resize(id) => with_shell(model, id, super::panes::shell::Shell::resize_elapsed),
    }
}
