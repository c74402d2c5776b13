//! Where keys and pasted text go: the topmost popup, else what has the focus.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use super::keymap::{Chord, Focus};
use super::perform::{accept, choices, choose, follow, perform};
use super::popup::{
    CloseChoice, ConsentChoice, InstalledChoice, LinkChoice, Popup, SendChoice, TargetChoice,
};
use super::recipe_perform;
use super::shell_perform::{close_or_stay, send_leader};
use super::{Effect, Model, action::Action, entrypoint_run};
use super::{compare_perform, files_perform, logs_perform, network_perform, processes_perform};
use super::{
    failing_perform, installed_choices, packages_change, packages_perform, replica_perform,
};
use super::{learn, learn_perform, mend, tryout};

/// A key.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let chord = Chord::of(&key);
    if key.kind == KeyEventKind::Release {
        // Only a program that asked for it hears of a key that is let go.
        let focus = model.focus();
        let ours = if focus == Focus::LessonShell {
            model.settings.keymap.action(focus, chord).is_some()
        } else {
            let kept = chord == model.settings.leader || chord.pane().is_some();
            focus != Focus::Shell || kept
        };
        if model.popups.is_empty() && !ours {
            return shell_key(model, &key);
        }
        return nothing(model);
    }
    if !model.popups.is_empty() {
        return popup_key(model, key, chord);
    }
    let focus = model.focus();
    // A devtwin in the person's own shell has need of it. What is read there has keys of its own.
    let given_away = model.is_in_lesson_shell();
    if chord == model.settings.leader && !given_away {
        return perform(model, Action::Palette);
    }
    // Once there is text in the filter, signs such as `/` and `?` belong to it.
    let filtering = chord.types() && is_filtering(model, focus);
    if !filtering && let Some(action) = model.settings.keymap.action(focus, chord) {
        return perform(model, action);
    }
    match focus {
        Focus::Picker => match model.picker.type_key(key) {
            Some(effects) => effects,
            None => nothing(model),
        },
        Focus::Shell | Focus::Form | Focus::LogFind | Focus::RecipeText
            if chord.pane().is_some() =>
        {
            nothing(model)
        }
        Focus::Shell | Focus::LessonShell => shell_key(model, &key),
        Focus::LessonAnswer => learn_perform::key(model, key),
        Focus::Find => {
            let shell = model.focused_shell_mut();
            model.quiet = !shell.is_some_and(|shell| shell.find_key(key));
            Vec::new()
        }
        Focus::Form => entrypoint_run::key(model, key),
        Focus::Packages => packages_perform::key(model, key),
        Focus::Network => network_perform::key(model, key),
        Focus::Files => files_perform::key(model, key),
        Focus::Compare => compare_perform::key(model, key),
        Focus::LogFind => logs_perform::key(model, key),
        Focus::RecipeText => recipe_perform::key(model, key),
        Focus::Select
        | Focus::Change
        | Focus::Entrypoint
        | Focus::Logs
        | Focus::Processes
        | Focus::FileView
        | Focus::CompareText
        | Focus::Steps
        | Focus::Lessons
        | Focus::Lesson
        | Focus::LessonEnded
        | Focus::Recipe
        | Focus::Attaching
        | Focus::Failed
        | Focus::Closed
        | Focus::Ended
        | Focus::Leader
        | Focus::Popup => nothing(model),
    }
}

/// Whether there is text in the line that takes every sign.
fn is_filtering(model: &Model, focus: Focus) -> bool {
    let search = model.joined.as_ref().map(|j| j.packages.found.line());
    let sought = model.joined.as_ref().map(|j| j.network.filter());
    let names = model.joined.as_ref().map(|j| j.files.filter());
    let compared = model.joined.as_ref().map(|j| j.compare.filter());
    match focus {
        Focus::Picker => !model.picker.filter().is_empty(),
        Focus::Packages => search.is_some_and(|line| !line.is_empty()),
        Focus::Network => sought.is_some_and(|line| !line.is_empty()),
        Focus::Files => names.is_some_and(|line| !line.is_empty()),
        Focus::Compare => compared.is_some_and(|line| !line.is_empty()),
        Focus::Attaching
        | Focus::Failed
        | Focus::Shell
        | Focus::Find
        | Focus::Select
        | Focus::Closed
        | Focus::Ended
        | Focus::Change
        | Focus::Entrypoint
        | Focus::Form
        | Focus::Logs
        | Focus::LogFind
        | Focus::Processes
        | Focus::FileView
        | Focus::CompareText
        | Focus::Steps
        | Focus::Lessons
        | Focus::Lesson
        | Focus::LessonAnswer
        | Focus::LessonShell
        | Focus::LessonEnded
        | Focus::Recipe
        | Focus::RecipeText
        | Focus::Leader
        | Focus::Popup => false,
    }
}

/// A key for the program in the shell.
fn shell_key(model: &mut Model, key: &KeyEvent) -> Vec<Effect> {
    let Some(shell) = model.focused_shell_mut() else {
        return nothing(model);
    };
    let (effects, changed) = shell.key(key);
    model.quiet = !changed;
    effects
}

/// Says that there is nothing to draw.
pub(super) fn nothing(model: &mut Model) -> Vec<Effect> {
    model.quiet = true;
    Vec::new()
}

/// A key while a popup is open.
fn popup_key(model: &mut Model, key: KeyEvent, chord: Chord) -> Vec<Effect> {
    if chord == model.settings.leader {
        return leader_again(model);
    }
    if let Some(Popup::Mend) = model.popups.last() {
        return mend::key(model, key);
    }
    let keymap = &model.settings.keymap;
    // Once there was text, keys such as Ctrl-W edit it.
    let fresh = matches!(model.popups.last(), Some(Popup::Palette(p)) if p.is_fresh());
    if fresh && let Some(action) = keymap.action(Focus::Leader, chord) {
        let offered =
            |from| super::action::all().any(|e| e.action == action && e.offered.contains(&from));
        if !offered(model.focus()) {
            return nothing(model);
        }
        model.popups.clear();
        return perform(model, action);
    }
    if let Some(action) = keymap.action(Focus::Popup, chord) {
        return perform(model, action);
    }
    let edited = model
        .popups
        .last_mut()
        .map(|popup| popup.edit(|line| line.key(key)));
    if let Some(Some(drawn)) = edited {
        model.quiet = !drawn;
        return Vec::new();
    }
    match model.popups.last_mut() {
        Some(Popup::Leaving(_)) => {
            let typed = |c: &super::popup::Choice| key.code == KeyCode::Char(c.key());
            match choices(model).into_iter().find(typed) {
                Some(choice) => choose(model, choice),
                None => nothing(model),
            }
        }
        Some(Popup::Link(uri, _)) => {
            let uri = uri.clone();
            let typed = |c: &LinkChoice| key.code == KeyCode::Char(c.key());
            match LinkChoice::ALL.into_iter().find(typed) {
                Some(choice) => follow(model, choice, uri),
                None => nothing(model),
            }
        }
        Some(Popup::Closing(shell, _)) => {
            let shell = *shell;
            let typed = |c: &CloseChoice| key.code == KeyCode::Char(c.key());
            match CloseChoice::ALL.into_iter().find(typed) {
                Some(choice) => close_or_stay(model, choice, shell),
                None => nothing(model),
            }
        }
        Some(Popup::RunInTarget(_)) => {
            let typed = |c: &TargetChoice| key.code == KeyCode::Char(c.key());
            match TargetChoice::ALL.into_iter().find(typed) {
                Some(choice) => entrypoint_run::choose(model, choice),
                None => nothing(model),
            }
        }
        Some(Popup::Installed(names, _)) => {
            let names = names.clone();
            let typed = |c: &InstalledChoice| key.code == KeyCode::Char(c.key());
            match installed_choices(model, &names).into_iter().find(typed) {
                Some(choice) => packages_change::choose(model, choice, &names),
                None => nothing(model),
            }
        }
        Some(Popup::Consent(consent, _)) => {
            let consent = (**consent).clone();
            let typed = |c: &ConsentChoice| key.code == KeyCode::Char(c.key());
            match ConsentChoice::ALL.into_iter().find(typed) {
                Some(choice) => failing_perform::choose(model, choice, consent),
                None => nothing(model),
            }
        }
        Some(Popup::Signal(sending, _)) if sending.signal.is_some() => {
            let typed = |c: &SendChoice| key.code == KeyCode::Char(c.key());
            match SendChoice::ALL.iter().position(typed) {
                Some(at) => {
                    let sending = sending.clone();
                    model.popups.pop();
                    processes_perform::chosen(model, sending, at)
                }
                None => nothing(model),
            }
        }
        Some(Popup::Lesson(asked, _)) => {
            let asked = asked.clone();
            let typed = |(answer, _): &(char, String)| key.code == KeyCode::Char(*answer);
            match asked.rows().iter().position(typed) {
                Some(row) => learn::chosen(model, &asked, row),
                None => nothing(model),
            }
        }
        Some(Popup::Try(_)) => {
            if let KeyCode::Char(typed) = key.code {
                tryout::key(model, typed)
            } else {
                nothing(model)
            }
        }
        Some(Popup::Equivalent(_)) if key.code == KeyCode::Char('y') => accept(model),
        Some(Popup::Replica(_)) => {
            if let KeyCode::Char(typed) = key.code {
                replica_perform::key(model, typed)
            } else {
                nothing(model)
            }
        }
        Some(
            Popup::Help(_)
            | Popup::Shared(_)
            | Popup::Alike(_)
            | Popup::Equivalent(_)
            | Popup::Commands(_)
            | Popup::Change(_)
            | Popup::Others(_)
            // What is typed in these goes into their line, above.
            | Popup::Palette(_)
            | Popup::Save(_)
            | Popup::Images(_)
            | Popup::Triage(_)
            | Popup::Certificate(_)
            | Popup::Mend
            | Popup::Toolkits(_)
            | Popup::Signal(..),
        )
        | None => nothing(model),
    }
}

/// The leader in a popup: twice in the shell it is meant for the program, elsewhere it closes.
fn leader_again(model: &mut Model) -> Vec<Effect> {
    let palette = matches!(model.popups.last(), Some(Popup::Palette(_)));
    model.popups.clear();
    if palette && model.focus() == Focus::Shell {
        return send_leader(model);
    }
    Vec::new()
}

/// Pasted text.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if let Some(Popup::Mend) = model.popups.last() {
        mend::paste(model, text);
        return Vec::new();
    }
    if let Some(popup) = model.popups.last_mut() {
        popup.edit(|line| line.paste(text));
        return Vec::new();
    }
    match model.focus() {
        Focus::Picker => model.picker.paste(text),
        Focus::Shell | Focus::LessonShell => match model.focused_shell_mut() {
            Some(shell) => {
                let (effects, changed) = shell.paste(text);
                model.quiet = !changed;
                effects
            }
            None => nothing(model),
        },
        Focus::LessonAnswer => learn_perform::paste(model, text),
        Focus::Find => {
            if let Some(shell) = model.focused_shell_mut() {
                shell.find_paste(text);
            }
            Vec::new()
        }
        Focus::Form => entrypoint_run::paste(model, text),
        Focus::Packages => packages_perform::paste(model, text),
        Focus::Network => network_perform::paste(model, text),
        Focus::Files => files_perform::paste(model, text),
        Focus::Compare => compare_perform::paste(model, text),
        Focus::LogFind => logs_perform::paste(model, text),
        Focus::RecipeText => recipe_perform::paste(model, text),
        Focus::Select
        | Focus::Change
        | Focus::Entrypoint
        | Focus::Logs
        | Focus::Processes
        | Focus::FileView
        | Focus::CompareText
        | Focus::Steps
        | Focus::Lessons
        | Focus::Lesson
        | Focus::LessonEnded
        | Focus::Recipe
        | Focus::Attaching
        | Focus::Failed
        | Focus::Closed
        | Focus::Ended
        | Focus::Leader
        | Focus::Popup => nothing(model),
    }
}

/// The outer terminal got or lost the focus.
pub(super) fn focus(model: &mut Model, gained: bool) -> Vec<Effect> {
    model.quiet = true;
    match model.focused_shell() {
        Some(shell) => shell.tell_focus(gained),
        None => Vec::new(),
    }
}
