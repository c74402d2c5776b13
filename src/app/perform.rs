//! What follows from an action.

mod places;

use places::{in_entrypoint, in_facts, in_lessons, in_packages};

use super::action::Action;
use super::alike;
use super::keymap::Focus;
use super::movement::movement;
use super::panes::Pane;
use super::panes::entrypoint::Move;
use super::popup::{
    Choice, CloseChoice, ConsentChoice, InstalledChoice, LinkChoice, Palette, Popup, Save,
    SaveWhat, SendChoice, TargetChoice, moved,
};
use super::replica_perform;
use super::steps;
use super::toast::Tone;
use super::{Effect, Model, attach, entrypoint_perform, entrypoint_run, explore, shell_perform};
use super::{compare_perform, files_carry, files_perform, logs_perform, network_perform};
use super::{failing_perform, installed_choices, others, packages_change, packages_perform};
use super::{learn, learn_perform};
use super::{popup, processes_perform, recipe_perform, tryout};
use crate::domain::process::SIGNALS;

/// Does what the person asked for.
pub(super) fn perform(model: &mut Model, action: Action) -> Vec<Effect> {
    if !model.popups.is_empty()
        && let Some(effects) = in_popup(model, action)
    {
        return effects;
    }
    if model.focus() == Focus::Entrypoint
        && let Some(effects) = in_entrypoint(model, action)
    {
        return effects;
    }
    if matches!(model.focus(), Focus::Packages | Focus::Change)
        && let Some(effects) = in_packages(model, action)
    {
        return effects;
    }
    if matches!(action, Action::Failing(_) | Action::Replica(_))
        && let Some(effects) = explore::without_target(model)
    {
        return effects;
    }
    if model.focus() == Focus::Steps
        && let Some(by) = movement(action)
    {
        return steps::go(model, by);
    }
    if let Some(effects) = in_lessons(model, action) {
        return effects;
    }
    if let Some(effects) = in_facts(model, action) {
        return effects;
    }
    match action {
        Action::Attach => attach::to_selection(model),
        Action::OtherDevImage => others::open(model),
        Action::Previous => model.picker.step(-1),
        Action::Next => model.picker.step(1),
        Action::PageUp => model.picker.step(-model.picker.page()),
        Action::PageDown => model.picker.step(model.picker.page()),
        Action::First => model.picker.step(isize::MIN),
        Action::Last => model.picker.step(isize::MAX),
        Action::Filter | Action::Accept => Vec::new(),
        Action::Back => back(model),
        Action::Refresh => model.picker.list(),
        Action::Cancel => attach::cancel(model),
        Action::Retry => attach::retry(model),
        Action::Anew => attach::anew(model),
        Action::Leave => attach::leave(model),
        Action::ShellPane => show_shell(model),
        Action::PackagesPane => packages_perform::show(model),
        Action::Packages(action) => packages_perform::perform(model, action),
        Action::EntrypointPane => entrypoint_perform::show(model),
        Action::Entrypoint(action) => entrypoint_perform::perform(model, action),
        Action::Explore(action) => explore::perform(model, action),
        Action::Steps(action) => steps::perform(model, action),
        Action::Learn(action) => learn_perform::perform(model, action),
        Action::Replica(action) => replica_perform::perform(model, action),
        Action::LogsPane => logs_perform::show(model),
        Action::Logs(action) => logs_perform::perform(model, action),
        Action::ProcessesPane => processes_perform::show(model),
        Action::Processes(action) => processes_perform::perform(model, action),
        Action::NetworkPane => network_perform::show(model),
        Action::Network(action) => network_perform::perform(model, action),
        Action::FilesPane => files_perform::show(model),
        Action::Files(action) => files_perform::perform(model, action),
        Action::ComparePane => compare_perform::show(model),
        Action::Compare(action) => compare_perform::perform(model, action),
        Action::RecipePane => recipe_perform::show(model),
        Action::Recipe(action) => recipe_perform::perform(model, action),
        Action::Shell(action) => shell_perform::perform(model, action),
        Action::Failing(action) => failing_perform::perform(model, action),
        Action::Shared => open(model, Popup::Shared(0)),
        Action::Alike => alike::show(model),
        Action::Equivalent => open(model, Popup::Equivalent(0)),
        Action::Copy => copy(model),
        Action::Dismiss => {
            model.toasts.clear();
            Vec::new()
        }
        Action::Palette => {
            let from = model.focus();
            open(model, Popup::Palette(Box::new(Palette::new(from))))
        }
        Action::Help => open(model, Popup::Help(0)),
        Action::Quit => quit(model),
    }
}

fn show_shell(model: &mut Model) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        joined.show(Pane::Shell);
    }
    Vec::new()
}

fn open(model: &mut Model, popup: Popup) -> Vec<Effect> {
    model.popups.push(popup);
    Vec::new()
}

fn back(model: &mut Model) -> Vec<Effect> {
    // What lies on top goes first: who presses Esc at a failure does not mean to quit.
    if model.toasts.tell_of_failure() {
        model.toasts.clear();
        return Vec::new();
    }
    if matches!(model.focus(), Focus::Packages | Focus::Change)
        && let Some(effects) = packages_perform::back(model)
    {
        return effects;
    }
    if matches!(model.focus(), Focus::Compare | Focus::CompareText)
        && let Some(effects) = compare_perform::back(model)
    {
        return effects;
    }
    if matches!(model.focus(), Focus::Files | Focus::FileView)
        && let Some(effects) = files_perform::back(model)
    {
        return effects;
    }
    if model.focus() == Focus::Network
        && let Some(effects) = network_perform::back(model)
    {
        return effects;
    }
    if model.focus() == Focus::Recipe
        && let Some(effects) = recipe_perform::back(model)
    {
        return effects;
    }
    if matches!(model.focus(), Focus::Logs | Focus::LogFind)
        && let Some(effects) = logs_perform::back(model)
    {
        return effects;
    }
    if model.joined.is_some() {
        return show_shell(model);
    }
    let cleared = match (&model.steps, &model.learn) {
        (Some(_), _) => steps::back(model),
        (None, Some(_)) => learn_perform::back(model),
        (None, None) => model.picker.clear_filter(),
    };
    match cleared {
        Some(effects) => effects,
        None => quit(model),
    }
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let Some(command) = model.equivalent() else {
        return Vec::new();
    };
    let mut effects = vec![Effect::Copy(command)];
    effects.extend(model.toasts.say(
        Tone::Good,
        "docker command copied",
        Some(shell_perform::CLIPBOARD),
    ));
    effects
}

/// Ends the program; with a twin that runs only after a question.
fn quit(model: &mut Model) -> Vec<Effect> {
    if model.learn.is_some() {
        return learn_perform::quit(model);
    }
    let joined = model.joined.as_ref();
    let ended = joined.is_some_and(|joined| joined.shells.main().has_ended());
    match model.focus() {
        // Reading goes on behind the end: there is no twin left to be asked about.
        Focus::Find
        | Focus::Select
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
            if ended =>
        {
            vec![Effect::Quit { keep: false }]
        }
        Focus::Shell
        | Focus::Find
        | Focus::Select
        | Focus::Closed
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
        | Focus::RecipeText => {
            ask_to_leave(model);
            Vec::new()
        }
        Focus::Attaching => {
            let mut effects = attach::cancel(model);
            effects.retain(|e| !matches!(e, Effect::Quit { .. }));
            effects.push(Effect::Quit { keep: false });
            effects
        }
        Focus::Picker
        | Focus::Steps
        | Focus::Lessons
        | Focus::Lesson
        | Focus::LessonAnswer
        | Focus::LessonShell
        | Focus::LessonEnded
        | Focus::Failed
        | Focus::Ended
        | Focus::Leader
        | Focus::Popup => {
            vec![Effect::Quit { keep: false }]
        }
    }
}

/// Asks what is to become of the twin.
pub(super) fn ask_to_leave(model: &mut Model) {
    let keep = model.joined.as_ref().is_some_and(|j| j.wishes.keep);
    let choice = if keep { Choice::Keep } else { Choice::Remove };
    let at = choices(model).iter().position(|c| *c == choice);
    model.popups.push(Popup::Leaving(at.unwrap_or(0)));
}

/// The answers to "what becomes of the twin?"; without a picker there are no containers to go back to.
pub fn choices(model: &Model) -> Vec<Choice> {
    let fits = |c: &Choice| *c != Choice::Containers || !model.alone;
    Choice::ALL.into_iter().filter(fits).collect()
}

/// Acts on an answer.
pub(super) fn choose(model: &mut Model, choice: Choice) -> Vec<Effect> {
    model.popups.clear();
    match choice {
        Choice::Stay => Vec::new(),
        Choice::Containers => attach::leave(model),
        Choice::Remove => vec![Effect::Quit { keep: false }],
        Choice::Keep => vec![Effect::Quit { keep: true }],
    }
}

/// Acts on what the person wants with a link.
pub(super) fn follow(model: &mut Model, choice: LinkChoice, uri: String) -> Vec<Effect> {
    model.popups.clear();
    match choice {
        LinkChoice::Copy => shell_perform::copy_text(model, uri),
        LinkChoice::Open => vec![Effect::OpenLink(uri)],
    }
}

/// An action on the topmost popup; none when it is not about popups.
fn in_popup(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    const PAGE: isize = 10;
    if action == Action::Back {
        let popup = model.popups.pop();
        if let Some(Popup::Replica(popup)) = popup {
            return Some(replica_perform::closed(model, &popup));
        }
        if let Some(Popup::Try(popup)) = popup {
            return Some(tryout::closed(model, &popup));
        }
        if let Some(Popup::Lesson(asked, _)) = popup {
            return Some(learn::closed(model, &asked));
        }
        return Some(Vec::new());
    }
    if action == Action::Accept {
        return Some(accept(model));
    }
    let by = match movement(action)? {
        Move::Step(down) => side(1, down),
        Move::Page(down) => side(PAGE, down),
        Move::End(true) => isize::MAX,
        Move::End(false) => isize::MIN,
        Move::Lines(_) | Move::Row(_) | Move::Share(_) => 0,
    };
    step(model, by);
    Some(Vec::new())
}

fn side(by: isize, down: bool) -> isize {
    if down { by } else { -by }
}

/// Writes what is to be saved to the file that was named; nothing where none was.
fn save_to(model: &mut Model, save: &Save) -> Vec<Effect> {
    let path = save.line.text().trim();
    match save.what {
        _ if path.is_empty() => Vec::new(),
        SaveWhat::Marked | SaveWhat::Shell => shell_perform::save(model, path),
        SaveWhat::Log => logs_perform::save(model, path.to_owned()),
        SaveWhat::Download => files_carry::download(model, path),
        SaveWhat::Upload => files_carry::offer(model, path),
        what @ (SaveWhat::Recipe | SaveWhat::Keep | SaveWhat::Commit) => {
            let name = path.to_owned();
            recipe_perform::named(model, what, &name)
        }
    }
}

/// Moves the chosen row, or scrolls, in the topmost popup.
pub(super) fn step(model: &mut Model, by: isize) {
    let (rows, most) = (usize::from(model.laid.popup.height), choices(model).len());
    let lines = popup::lines(model);
    let answers = match model.popups.last() {
        Some(Popup::Lesson(asked, _)) => asked.rows().len(),
        _ => 0,
    };
    let ran = model
        .joined
        .as_ref()
        .map_or(0, |joined| joined.ran.iter().len());
    let scrolls = (lines + 1).saturating_sub(rows.max(1));
    let kits = super::kits(model).len();
    let becomes = match model.popups.last() {
        Some(Popup::Installed(names, _)) => installed_choices(model, names).len(),
        _ => 0,
    };
    match model.popups.last_mut() {
        Some(Popup::Palette(palette)) => {
            palette.chosen = moved(palette.chosen, by, palette.found().len());
        }
        Some(Popup::Leaving(at)) => *at = moved(*at, by, most),
        Some(Popup::Commands(at)) => *at = moved(*at, by, ran),
        Some(Popup::Link(_, at)) => *at = moved(*at, by, LinkChoice::ALL.len()),
        Some(Popup::Closing(_, at)) => *at = moved(*at, by, CloseChoice::ALL.len()),
        Some(Popup::Replica(popup)) => popup.step(by, scrolls),
        Some(Popup::RunInTarget(at)) => *at = moved(*at, by, TargetChoice::ALL.len()),
        Some(Popup::Lesson(_, at)) => *at = moved(*at, by, answers),
        Some(Popup::Consent(_, at)) => *at = moved(*at, by, ConsentChoice::ALL.len()),
        Some(
            Popup::Help(at)
            | Popup::Shared(at)
            | Popup::Equivalent(at)
            | Popup::Triage(at)
            | Popup::Certificate(at)
            | Popup::Alike(at),
        ) => {
            *at = moved(*at, by, scrolls);
        }
        Some(Popup::Change(confirm)) => confirm.top = moved(confirm.top, by, scrolls),
        Some(Popup::Installed(_, at)) => *at = moved(*at, by, becomes),
        Some(Popup::Toolkits(at)) => *at = moved(*at, by, kits),
        Some(Popup::Signal(sending, at)) => {
            let rows = match sending.signal {
                None => SIGNALS.len(),
                Some(_) => SendChoice::ALL.len(),
            };
            *at = moved(*at, by, rows);
        }
        Some(Popup::Try(popup)) => tryout::step(popup, by, scrolls),
        Some(Popup::Images(images)) => {
            images.chosen = moved(images.chosen, by, images.rows().len());
        }
        Some(Popup::Others(others)) => {
            others.chosen = moved(others.chosen, by, others.rows().len());
        }
        Some(Popup::Save(_) | Popup::Mend) | None => {}
    }
}

/// Enter, or a click on a row of the topmost popup.
pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    match model.popups.pop() {
        Some(Popup::Palette(palette)) => {
            model.popups.clear();
            palette
                .action()
                .map_or_else(Vec::new, |a| perform(model, a))
        }
        Some(Popup::Commands(at)) => shell_perform::copy_command(model, at),
        Some(Popup::Save(save)) => save_to(model, &save),
        Some(Popup::Link(uri, at)) => match LinkChoice::ALL.get(at) {
            Some(choice) => follow(model, *choice, uri),
            None => Vec::new(),
        },
        Some(Popup::Closing(shell, at)) => {
            let choice = CloseChoice::ALL.get(at).copied();
            shell_perform::close_or_stay(model, choice.unwrap_or(CloseChoice::Stay), shell)
        }
        Some(Popup::Replica(popup)) => replica_perform::accept(model, popup),
        Some(Popup::RunInTarget(at)) => {
            let choice = TargetChoice::ALL.get(at).copied();
            entrypoint_run::choose(model, choice.unwrap_or(TargetChoice::Back))
        }
        Some(Popup::Signal(sending, at)) => processes_perform::chosen(model, sending, at),
        Some(Popup::Leaving(at)) => {
            let choice = choices(model).get(at).copied().unwrap_or(Choice::Stay);
            choose(model, choice)
        }
        Some(Popup::Equivalent(_)) => copy(model),
        Some(Popup::Change(confirm)) => packages_change::confirm(model, confirm),
        Some(Popup::Installed(names, at)) => {
            let choice = installed_choices(model, &names).get(at).copied();
            packages_change::choose(model, choice.unwrap_or(InstalledChoice::Back), &names)
        }
        Some(Popup::Toolkits(at)) => match super::kits(model).get(at) {
            Some(kit) => packages_perform::install_set(model, &kit.name, &kit.packages),
            None => Vec::new(),
        },
        Some(Popup::Others(chosen)) => others::accept(model, &chosen),
        Some(Popup::Images(images)) => explore::accept(model, &images),
        Some(Popup::Try(popup)) => tryout::accept(model, *popup),
        Some(Popup::Lesson(asked, row)) => learn::chosen(model, &asked, row),
        Some(Popup::Consent(consent, at)) => {
            let choice = ConsentChoice::ALL.get(at).copied();
            failing_perform::choose(model, choice.unwrap_or(ConsentChoice::Back), *consent)
        }
        Some(
            Popup::Help(_)
            | Popup::Shared(_)
            | Popup::Triage(_)
            | Popup::Certificate(_)
            | Popup::Alike(_)
            | Popup::Mend,
        )
        | None => Vec::new(),
    }
}
