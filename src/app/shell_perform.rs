//! What follows from an action on the shells.

use super::panes::Pane;
use super::panes::shell::Shell;
use super::perform::ask_to_leave;
use super::shell_action::ShellAction;
use super::{Effect, Model, ShellId};
use crate::domain::error::{Error, ErrorKind, Result};

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
        ShellAction::Zoom => {
            model.zoomed = !model.zoomed && model.joined.is_some();
            Vec::new()
        }
        ShellAction::ScrollUp => on_shell(model, |shell| shell.scroll_pages(1)),
        ShellAction::ScrollDown => on_shell(model, |shell| shell.scroll_pages(-1)),
        ShellAction::ScrollTop => on_shell(model, Shell::scroll_top),
        ShellAction::ScrollBottom => on_shell(model, |shell| {
            shell.to_bottom();
        }),
        ShellAction::SendLeader => send_leader(model),
    }
}

fn on_shell(model: &mut Model, act: impl FnOnce(&mut Shell)) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        act(joined.shells.focused_mut());
    }
    Vec::new()
}

fn step(
    model: &mut Model,
    by: impl FnOnce(&mut super::panes::shells::Shells) -> bool,
) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        by(&mut joined.shells);
        joined.pane = Pane::Shell;
    }
    Vec::new()
}

/// Sends the leader to the program, for programs that want that key.
pub(super) fn send_leader(model: &mut Model) -> Vec<Effect> {
    let key = model.leader_key();
    match &mut model.joined {
        Some(joined) => joined.shells.focused_mut().key(&key).0,
        None => Vec::new(),
    }
}

/// Opens a further shell in the twin.
fn open(model: &mut Model, beside: bool) -> Vec<Effect> {
    let size = model.shell_size();
    let scrollback = model.settings.scrollback;
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    if joined.shells.main().has_ended() {
        return Vec::new();
    }
    if joined.shells.is_full(beside) {
        let error = Error::new(ErrorKind::Usage, "there is no room for another shell")
            .hint("close one first");
        return model.toasts.error(&error);
    }
    let shell = model.numbers.shell();
    joined
        .shells
        .add(Shell::new(shell, size, scrollback), beside);
    joined.pane = Pane::Shell;
    let twin = joined.twin().clone();
    vec![Effect::OpenShell { shell, twin, size }]
}

/// A further shell is there, or could not be opened.
pub(super) fn opened(model: &mut Model, shell: ShellId, result: Result<()>) -> Vec<Effect> {
    model.quiet = true;
    let Err(error) = result else {
        return Vec::new();
    };
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
    let id = joined.shells.focused().id();
    if joined.shells.remove(id) {
        return vec![Effect::CloseShell(id)];
    }
    ask_to_leave(model);
    Vec::new()
}
