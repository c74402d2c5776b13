//! The mouse over the shells: which of them it belongs to, and what follows from what it did there.

use crossterm::event::{MouseEvent, MouseEventKind};

use super::learn::Part;
use super::model::Drag;
use super::panes::shell::Aim;
use super::popup::Popup;
use super::shell_perform::copy_text;
use super::{Effect, Model, ShellId, learn_perform};
use crate::term::Spot;

/// The mouse over a shell or its scroll bar, with no button held before.
pub(super) fn press(model: &mut Model, what: Drag, event: MouseEvent) -> Vec<Effect> {
    let pressed = matches!(event.kind, MouseEventKind::Down(_));
    if pressed {
        model.dragging = Some(what);
    }
    let (Drag::Shell(shell) | Drag::ScrollBar(shell)) = what;
    let moved = pressed && focus(model, shell);
    let effects = mouse(model, what, event);
    model.quiet &= !moved;
    effects
}

/// Gives a shell the keys; false when it had them.
fn focus(model: &mut Model, shell: ShellId) -> bool {
    if let Some(joined) = &mut model.joined {
        return joined.shells.focus(shell);
    }
    let had = model.is_in_lesson_shell();
    learn_perform::give_keys(model, Part::Shell);
    !had
}

/// The mouse while a button is held that was pressed on `what`, wherever it is now.
pub(super) fn drag(model: &mut Model, what: Drag, event: MouseEvent) -> Vec<Effect> {
    if matches!(event.kind, MouseEventKind::Up(_)) {
        model.dragging = None;
    }
    mouse(model, what, event)
}

/// What a held button began on, unless the event tells that its letting go was lost: under a popup, say.
pub(super) fn held(model: &mut Model, event: MouseEvent) -> Option<Drag> {
    let what = model.dragging?;
    if !matches!(event.kind, MouseEventKind::Down(_) | MouseEventKind::Moved) {
        return Some(what);
    }
    model.dragging = None;
    let (Drag::Shell(id) | Drag::ScrollBar(id)) = what;
    if let Some(shell) = model.shell_mut(id) {
        shell.let_go();
    }
    None
}

fn mouse(model: &mut Model, what: Drag, event: MouseEvent) -> Vec<Effect> {
    model.quiet = true;
    match what {
        Drag::Shell(shell) => on_grid(model, shell, event),
        Drag::ScrollBar(shell) => {
            on_bar(model, shell, event);
            Vec::new()
        }
    }
}

fn on_grid(model: &mut Model, id: ShellId, event: MouseEvent) -> Vec<Effect> {
    let area = model.laid.shell_area(id);
    let Some(shell) = model.shell_mut(id) else {
        return Vec::new();
    };
    let outside = if event.row < area.top() {
        -1
    } else {
        i32::from(event.row >= area.bottom())
    };
    let within =
        |at: u16, from: u16, size: u16| at.saturating_sub(from).min(size.saturating_sub(1));
    let at = Spot {
        row: within(event.row, area.y, area.height),
        col: within(event.column, area.x, area.width),
    };
    let done = shell.mouse(&event, Aim { at, outside });
    let marked = if done.marked { shell.selected() } else { None };
    model.quiet = !done.changed;
    let mut effects = done.effects;
    if model.settings.copy_on_select {
        effects.extend(marked.map_or_else(Vec::new, |text| copy_text(model, text)));
    }
    if let Some(link) = done.link {
        model.popups.push(Popup::Link(link.uri, 0));
    }
    effects
}

fn on_bar(model: &mut Model, id: ShellId, event: MouseEvent) {
    let area = model.laid.shell_area(id);
    let held = matches!(
        event.kind,
        MouseEventKind::Down(_) | MouseEventKind::Drag(_)
    );
    if let Some(shell) = model.shell_mut(id).filter(|_| held) {
        shell.scroll_bar(event.row.saturating_sub(area.y));
        model.quiet = false;
    }
}
