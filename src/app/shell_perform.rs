//! What follows from an action on the shells.

use super::action::Action;
use super::joined::Joined;
use super::keymap::Focus;
use super::learn::{self, Part};
use super::learn_action::LearnAction;
use super::model::ClipboardPolicy;
use super::panes::Pane;
use super::panes::shell::Shell;
use super::perform::ask_to_leave;
use super::popup::{CloseChoice, Popup, Save, SaveWhat};
use super::recipe_perform;
use super::shell_action::ShellAction;
use super::text::{clean, cut};
use super::toast::Tone;
use super::{Effect, Model, ShellId, learn_perform, packages_change};
use crate::domain::Size;
use crate::domain::error::{Error, ErrorKind, Result};

/// Why a copy may not arrive.
pub(super) const CLIPBOARD: &str =
    "your terminal must allow programs to set the clipboard (OSC 52)";
/// What stands below the last screen of a shell that went with the connection.
const REOPENED: &str = "connected again: what ran here was ended, this is a new shell";
/// Why nothing is known of commands.
const UNMARKED: &str =
    "bash and ash mark their prompts; other shells do not, nor does a full-screen program";

/// Does what the person asked of the shells.
pub(super) fn perform(model: &mut Model, action: ShellAction) -> Vec<Effect> {
    match action {
        ShellAction::New => open(model, false),
        ShellAction::Split => open(model, true),
        ShellAction::Close => close(model),
        ShellAction::NextTab => step(model, |shells| shells.step_tab(1)),
        ShellAction::PreviousTab => step(model, |shells| shells.step_tab(-1)),
        ShellAction::NextBeside => step(model, |shells| shells.step_beside(1)),
        ShellAction::PreviousBeside => step(model, |shells| shells.step_beside(-1)),
        ShellAction::Zoom => zoom(model),
        ShellAction::ScrollUp => on_shell(model, |shell| shell.scroll_pages(1)),
        ShellAction::ScrollDown => on_shell(model, |shell| shell.scroll_pages(-1)),
        ShellAction::ScrollTop => on_shell(model, Shell::scroll_top),
        ShellAction::ScrollBottom => on_shell(model, |shell| {
            shell.to_bottom();
        }),
        ShellAction::Find => on_shell(model, Shell::find_open),
        ShellAction::FindOlder => on_shell(model, |shell| shell.find_again(true)),
        ShellAction::FindNewer => on_shell(model, |shell| shell.find_again(false)),
        ShellAction::FindEnd => on_shell(model, Shell::find_close),
        ShellAction::Select => on_shell(model, Shell::select_open),
        ShellAction::Mark(kind) => on_shell(model, |shell| shell.select_kind(kind)),
        ShellAction::Move(motion) => on_shell(model, |shell| shell.select_move(motion)),
        ShellAction::SelectEnd => on_shell(model, Shell::select_close),
        ShellAction::CopySelection => copy_selection(model),
        ShellAction::CopyOutput => copy_output(model),
        ShellAction::Commands => {
            model.popups.push(Popup::Commands(0));
            Vec::new()
        }
        ShellAction::Save => ask_where(model),
        ShellAction::PreviousPrompt => jump(model, true),
        ShellAction::NextPrompt => jump(model, false),
        ShellAction::AllowCopy => allow_copy(model),
        ShellAction::SendLeader => send_leader(model),
    }
}

fn on_shell(model: &mut Model, act: impl FnOnce(&mut Shell)) -> Vec<Effect> {
    if let Some(shell) = model.focused_shell_mut() {
        act(shell);
        // What is looked for or marked there needs the keys.
        if shell.is_reading() {
            learn_perform::give_keys(model, Part::Shell);
        }
    }
    Vec::new()
}

fn step(
    model: &mut Model,
    by: impl FnOnce(&mut super::panes::shells::Shells) -> bool,
) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        by(&mut joined.shells);
        joined.show(Pane::Shell);
    }
    Vec::new()
}

fn focused(model: &mut Model) -> Option<&mut Shell> {
    model.focused_shell_mut()
}

/// The whole screen hides the status line, so the way back is said.
fn zoom(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    joined.zoomed = !joined.zoomed;
    if !joined.zoomed {
        return Vec::new();
    }
    let leader = model.settings.leader;
    let zoom = Action::Shell(ShellAction::Zoom);
    let back = match model.settings.keymap.key(Focus::Leader, zoom) {
        Some(key) => format!("{leader} {key} comes back"),
        None => format!("{leader} finds the way back"),
    };
    let text = "the shell has the whole screen";
    model.toasts.say(Tone::News, text, Some(&back))
}

fn copy_selection(model: &mut Model) -> Vec<Effect> {
    let Some(text) = focused(model).and_then(|shell| shell.selected()) else {
        let hint = "v marks characters, V lines, Ctrl-V a block";
        return model
            .toasts
            .say(Tone::News, "nothing is marked", Some(hint));
    };
    if let Some(shell) = focused(model).filter(|shell| shell.is_selecting()) {
        shell.select_close();
    }
    copy_text(model, text)
}

/// Puts text into the person's clipboard, and says so.
pub(super) fn copy_text(model: &mut Model, text: String) -> Vec<Effect> {
    let words = match (text.lines().count(), text.chars().count()) {
        (0 | 1, 1) => "1 character copied".to_owned(),
        (0 | 1, n) => format!("{n} characters copied"),
        (n, _) => format!("{n} lines copied"),
    };
    let mut effects = vec![Effect::Copy(text)];
    effects.extend(model.toasts.say(Tone::Good, &words, Some(CLIPBOARD)));
    effects
}

fn copy_output(model: &mut Model) -> Vec<Effect> {
    let Some(shell) = focused(model) else {
        return Vec::new();
    };
    if let Some(text) = shell.select_output().then(|| shell.selected()).flatten() {
        return copy_text(model, text);
    }
    let text = "no command with output is known";
    model.toasts.say(Tone::News, text, Some(UNMARKED))
}

fn jump(model: &mut Model, back: bool) -> Vec<Effect> {
    let Some(shell) = focused(model) else {
        return Vec::new();
    };
    if shell.jump_prompt(back) {
        return Vec::new();
    }
    let (text, hint) = match (shell.has_prompts(), back) {
        (false, _) => ("no prompt is known", Some(UNMARKED)),
        (true, true) => ("this is the oldest prompt", None),
        (true, false) => {
            shell.to_bottom();
            return Vec::new();
        }
    };
    model.toasts.say(Tone::News, text, hint)
}

/// Copies the command of that number, the newest first.
pub(super) fn copy_command(model: &mut Model, at: usize) -> Vec<Effect> {
    let ran = model.joined.as_ref().map(|joined| joined.ran.iter());
    match ran.and_then(|ran| ran.rev().nth(at)) {
        Some(ran) => copy_text(model, ran.text.clone()),
        None => Vec::new(),
    }
}

/// Asks for the file that the text is to go to.
fn ask_where(model: &mut Model) -> Vec<Effect> {
    let Some(shell) = model.focused_shell() else {
        return Vec::new();
    };
    let name = model
        .joined
        .as_ref()
        .map_or("lesson", |joined| &joined.name);
    let path = format!("{}-shell-{}.txt", file_name(name), shell.id().0);
    let what = if shell.selected().is_some() {
        SaveWhat::Marked
    } else {
        SaveWhat::Shell
    };
    model
        .popups
        .push(Popup::Save(Box::new(Save::new(&path, what))));
    Vec::new()
}

/// A container's name as a part of a file's.
pub(super) fn file_name(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '-';
    name.chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect()
}

/// Writes the text to the file that was named.
pub(super) fn save(model: &mut Model, path: &str) -> Vec<Effect> {
    let path = path.trim().to_owned();
    match focused(model) {
        Some(shell) if !path.is_empty() => {
            let text = shell.text_to_save();
            vec![Effect::Save { path, text }]
        }
        Some(_) | None => Vec::new(),
    }
}

/// The file is written, or is not.
pub(super) fn saved(model: &mut Model, path: &str, result: Result<()>) -> Vec<Effect> {
    match result {
        Ok(()) => model
            .toasts
            .say(Tone::Good, &format!("saved to {path}"), None),
        Err(error) => model.toasts.error(&error),
    }
}

/// A shell printed something that may concern more than itself.
pub(super) fn heard(model: &mut Model, shell: ShellId, mut effects: Vec<Effect>) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        learn::heard(model, &mut effects);
        if let Some(text) = model.shell_mut(shell).and_then(Shell::take_copied) {
            model.quiet = false;
            effects.extend(program_copied(model, text));
        }
        return effects;
    };
    let Some(shell) = joined.shells.get_mut(shell) else {
        return effects;
    };
    let (mut ended, mut recorded) = (Vec::new(), Vec::new());
    for ran in shell.take_ran() {
        // The list begins with the newest: what is chosen in it stays the same command.
        if let Some(Popup::Commands(at)) = model.popups.last_mut()
            && joined.ran.iter().len() > 0
        {
            *at += 1;
        }
        ended.push((ran.text.clone(), ran.status));
        recorded.push(ran.clone());
        joined.ran.add(ran);
    }
    if let Some(text) = shell.take_copied() {
        model.quiet = false;
        effects.extend(program_copied(model, text));
    }
    if !ended.is_empty() {
        effects.extend(packages_change::ran(model, &ended));
        effects.extend(recipe_perform::ran(model, &recorded));
    }
    effects
}

/// A program wants text in the clipboard: by the setting it is put there, asked about, or dropped.
fn program_copied(model: &mut Model, text: String) -> Vec<Effect> {
    match model.settings.clipboard {
        ClipboardPolicy::Allow => vec![Effect::Copy(text)],
        ClipboardPolicy::Deny => Vec::new(),
        ClipboardPolicy::Ask => {
            let words = format!("the program wants to set your clipboard{}", preview(&text));
            let wanted = match (&mut model.joined, &mut model.learn) {
                (Some(joined), _) => Some(&mut joined.wanted_copy),
                (None, Some(learn)) => Some(&mut learn.wanted_copy),
                (None, None) => None,
            };
            if let Some(wanted) = wanted {
                // While one is being read, another one must not take its place.
                let asked = wanted.as_ref().map(|(words, _)| words);
                if asked.is_some_and(|asked| model.toasts.shows(asked)) {
                    return Vec::new();
                }
                *wanted = Some((clean(&words), text));
            }
            let leader = model.settings.leader;
            let allow = Action::Shell(ShellAction::AllowCopy);
            let turn = Action::Learn(LearnAction::Turn);
            let lesson = model
                .learn
                .is_some()
                .then(|| model.settings.keymap.key(Focus::LessonShell, turn));
            let hint = match model.settings.keymap.key(Focus::Leader, allow) {
                Some(key) if let Some(Some(turn)) = lesson => {
                    format!(
                        "{turn} and then {leader} {key} lets it; clipboard = \"allow\" always does"
                    )
                }
                Some(key) => format!("{leader} {key} lets it; clipboard = \"allow\" always does"),
                None => "clipboard = \"allow\" always lets it".to_owned(),
            };
            model.toasts.say(Tone::News, &words, Some(&hint))
        }
    }
}

/// What a text begins with, in a few words. How much more there is is said, and blanks count as one: they must
/// not push a second line out of sight of who is asked.
fn preview(text: &str) -> String {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = text.lines().map(words).collect();
    let start = cut(&clean(&lines.join(" ⏎ ")), 40);
    match (lines.len(), text.chars().count()) {
        (0 | 1, ..=40) => format!(": {start}"),
        (0 | 1, many) => format!(" ({many} characters): {start}"),
        (many, _) => format!(" ({many} lines): {start}"),
    }
}

fn allow_copy(model: &mut Model) -> Vec<Effect> {
    let wanted = match (&mut model.joined, &mut model.learn) {
        (Some(joined), _) => joined.wanted_copy.take(),
        (None, Some(learn)) => learn.wanted_copy.take(),
        (None, None) => None,
    };
    if let Some((_, text)) = wanted {
        return copy_text(model, text);
    }
    let text = "no program has asked for the clipboard";
    model.toasts.say(Tone::News, text, None)
}

/// Sends the leader to the program, for programs that want that key.
pub(super) fn send_leader(model: &mut Model) -> Vec<Effect> {
    let key = model.leader_key();
    match model.focused_shell_mut() {
        Some(shell) => shell.key(&key).0,
        None => Vec::new(),
    }
}

/// Opens a further shell in the twin.
fn open(model: &mut Model, beside: bool) -> Vec<Effect> {
    let whole = model.shell_size();
    let scrollback = model.settings.scrollback;
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    if joined.shells.main().has_ended() {
        return Vec::new();
    }
    let old = joined.shells.focused();
    // One that has ended makes room for the new one.
    let ended = old.has_ended().then(|| old.id());
    if ended.is_none() && joined.shells.is_full(beside) {
        let error = Error::new(ErrorKind::Usage, "there is no room for another shell")
            .hint("close one first");
        return model.toasts.error(&error);
    }
    // As good as it can be known before the layout: the right size spares the program a change.
    let size = if ended.is_some() {
        old.terminal().size()
    } else if beside {
        share(whole, joined.shells.shown().len() + 1)
    } else {
        whole
    };
    let shell = model.numbers.shell();
    let new = Shell::new(shell, size, scrollback);
    joined.shells.add(new, beside || ended.is_some());
    joined.show(Pane::Shell);
    let twin = joined.twin().clone();
    let mut effects = vec![Effect::OpenShell { shell, twin, size }];
    if let Some(ended) = ended {
        joined.shells.remove(ended);
        effects.push(Effect::CloseShell(ended));
    }
    effects
}

/// Opens new shells in place of those that went with the connection, once that is there again.
pub(super) fn reopen(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    if joined.shells.main().has_ended() {
        return Vec::new();
    }
    let twin = joined.twin().clone();
    let reopened = joined.shells.reopen().into_iter();
    let effects: Vec<_> = reopened
        .map(|(shell, size)| Effect::ReopenShell {
            shell,
            twin: twin.clone(),
            size,
        })
        .collect();
    if !effects.is_empty() {
        model.quiet = false;
    }
    effects
}

/// The size of one of so many shells beside each other, with a line between them.
fn share(whole: Size, count: usize) -> Size {
    let count = u16::try_from(count).unwrap_or(u16::MAX).max(1);
    let room = whole.cols.get().saturating_sub(count - 1);
    Size::clamped(room / count, whole.rows.get())
}

/// A further shell is there, or could not be opened.
pub(super) fn opened(model: &mut Model, shell: ShellId, result: Result<()>) -> Vec<Effect> {
    model.quiet = true;
    let result = match learn::shell_opened(model, shell, result) {
        Ok(()) => return Vec::new(),
        Err(result) => result,
    };
    let opened = model.joined.as_mut().and_then(|j| j.shells.get_mut(shell));
    let again = opened.is_some_and(|shell| shell.opened(result.is_ok(), REOPENED));
    let Err(error) = result else {
        return Vec::new();
    };
    if again {
        model.quiet = false;
        // Of a connection that is gone once more, or a twin that ended, the person is told already.
        let told = |j: &Joined| j.shells.main().has_ended() || j.sticky.is_lost();
        return match &model.joined {
            Some(joined) if !told(joined) => model.toasts.error(&error),
            Some(_) | None => Vec::new(),
        };
    }
    let known = model
        .joined
        .as_mut()
        .is_some_and(|j| j.shells.remove(shell));
    if !known {
        return Vec::new();
    }
    model.quiet = false;
    model.toasts.error(&error)
}

/// Ends the shell that has the keys. The twin's own ends with the twin: that is a question.
fn close(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let shell = joined.shells.focused();
    let id = shell.id();
    if id == joined.shells.main().id() {
        ask_to_leave(model);
        return Vec::new();
    }
    if !shell.has_ended() && shell.terminal().is_busy() {
        model.popups.push(Popup::Closing(id, 0));
        return Vec::new();
    }
    close_or_stay(model, CloseChoice::Close, id)
}

/// Acts on an answer. Of a shell that is gone meanwhile nothing is left to close.
pub(super) fn close_or_stay(model: &mut Model, choice: CloseChoice, shell: ShellId) -> Vec<Effect> {
    model.popups.clear();
    let joined = model.joined.as_mut();
    if choice == CloseChoice::Close && joined.is_some_and(|j| j.shells.remove(shell)) {
        return vec![Effect::CloseShell(shell)];
    }
    Vec::new()
}
