//! Where keys, the mouse and pasted text go: the topmost popup, else what has the focus.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::keymap::{Chord, Focus};
use super::panes::Pane;
use super::perform::{accept, choices, choose, perform, step};
use super::popup::Popup;
use super::shell_perform::send_leader;
use super::{Effect, Hit, Model, ShellId, action::Action};

/// A key.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        model.quiet = true;
        return Vec::new();
    }
    let chord = Chord::of(&key);
    if !model.popups.is_empty() {
        return popup_key(model, key, chord);
    }
    if chord == model.settings.leader {
        return perform(model, Action::Palette);
    }
    let focus = model.focus();
    // Once there is text in the filter, signs such as `/` and `?` belong to it.
    let filtering = focus == Focus::Picker && chord.types() && !model.picker.filter().is_empty();
    if !filtering && let Some(action) = model.settings.keymap.action(focus, chord) {
        return perform(model, action);
    }
    match focus {
        Focus::Picker => match model.picker.type_key(key) {
            Some(effects) => effects,
            None => nothing(model),
        },
        Focus::Shell if chord.pane().is_some() => nothing(model),
        Focus::Shell => match &mut model.joined {
            Some(joined) => {
                let (effects, changed) = joined.shells.focused_mut().key(&key);
                model.quiet = !changed;
                effects
            }
            None => nothing(model),
        },
        Focus::Attaching
        | Focus::Failed
        | Focus::Closed
        | Focus::Ended
        | Focus::Leader
        | Focus::Popup => nothing(model),
    }
}

fn nothing(model: &mut Model) -> Vec<Effect> {
    model.quiet = true;
    Vec::new()
}

/// A key while a popup is open.
fn popup_key(model: &mut Model, key: KeyEvent, chord: Chord) -> Vec<Effect> {
    if chord == model.settings.leader {
        return leader_again(model);
    }
    let keymap = &model.settings.keymap;
    let in_palette = matches!(model.popups.last(), Some(Popup::Palette(_)));
    if in_palette && let Some(action) = keymap.action(Focus::Leader, chord) {
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
    match model.popups.last_mut() {
        Some(Popup::Palette(palette)) => {
            let cursor = palette.query.cursor();
            if palette.query.key(key) {
                palette.sift();
            } else if cursor == palette.query.cursor() {
                model.quiet = true;
            }
            Vec::new()
        }
        Some(Popup::Leaving(_)) => {
            let typed = |c: &super::popup::Choice| key.code == KeyCode::Char(c.key());
            match choices(model).into_iter().find(typed) {
                Some(choice) => choose(model, choice),
                None => nothing(model),
            }
        }
        Some(Popup::Equivalent(_)) if key.code == KeyCode::Char('y') => accept(model),
        Some(Popup::Help(_) | Popup::Shared(_) | Popup::Equivalent(_)) | None => nothing(model),
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
    if let Some(popup) = model.popups.last_mut() {
        if let Popup::Palette(palette) = popup
            && palette.query.paste(text)
        {
            palette.sift();
        }
        return Vec::new();
    }
    match model.focus() {
        Focus::Picker => model.picker.paste(text),
        Focus::Shell => match &mut model.joined {
            Some(joined) => {
                let (effects, changed) = joined.shells.focused_mut().paste(text);
                model.quiet = !changed;
                effects
            }
            None => nothing(model),
        },
        Focus::Attaching
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
    match &model.joined {
        Some(joined) => joined.shells.focused().focus(gained),
        None => Vec::new(),
    }
}

/// The mouse.
pub(super) fn mouse(model: &mut Model, event: MouseEvent) -> Vec<Effect> {
    let at = Position::new(event.column, event.row);
    let hits = model.laid.hits.iter().rev();
    let hit = hits
        .clone()
        .find(|(area, _)| area.contains(at))
        .map(|(_, hit)| hit.clone());
    let pressed = event.kind == MouseEventKind::Down(MouseButton::Left);
    let wheel = if event.kind == MouseEventKind::ScrollUp {
        -1
    } else {
        isize::from(event.kind == MouseEventKind::ScrollDown)
    };
    if !model.popups.is_empty() {
        return popup_mouse(model, hit.as_ref(), pressed, wheel);
    }
    match hit {
        Some(Hit::Shell(shell)) => shell_mouse(model, shell, event),
        Some(Hit::Row(_)) if wheel != 0 => model.picker.step(wheel * 3),
        _ if !pressed => nothing(model),
        Some(Hit::Row(row)) => {
            let Some((effects, again)) = model.picker.click(row) else {
                return nothing(model);
            };
            // The second click on a row is the wish to go in; without a clock any second click counts.
            if again {
                return perform(model, Action::Attach);
            }
            effects
        }
        Some(Hit::Tab(tab)) => match (Pane::ALL.get(tab), &mut model.joined) {
            (Some(pane), Some(joined)) => {
                joined.pane = *pane;
                Vec::new()
            }
            (_, _) => nothing(model),
        },
        Some(Hit::ShellTab(shell)) => {
            if let Some(joined) = &mut model.joined {
                joined.pane = Pane::Shell;
                joined.shells.focus(shell);
            }
            Vec::new()
        }
        Some(Hit::Equivalent) => perform(model, Action::Copy),
        Some(Hit::Action(action)) => perform(model, action),
        Some(Hit::PopupRow(_) | Hit::Popup) | None => nothing(model),
    }
}

fn popup_mouse(model: &mut Model, hit: Option<&Hit>, pressed: bool, wheel: isize) -> Vec<Effect> {
    if wheel != 0 {
        step(model, wheel);
        return Vec::new();
    }
    if !pressed {
        return nothing(model);
    }
    match hit {
        Some(Hit::PopupRow(row)) => {
            let rows = model.laid.popup.height.into();
            match model.popups.last_mut() {
                Some(Popup::Palette(palette)) => palette.chosen = palette.offset(rows) + *row,
                Some(Popup::Leaving(at)) => *at = *row,
                Some(Popup::Help(_) | Popup::Shared(_) | Popup::Equivalent(_)) | None => {
                    return nothing(model);
                }
            }
            accept(model)
        }
        Some(Hit::Popup) => nothing(model),
        // The hints in the status line are the popup's own while it is open.
        Some(Hit::Action(
            action @ (Action::Accept | Action::Back | Action::Previous | Action::Next),
        )) => perform(model, *action),
        Some(
            Hit::Row(_)
            | Hit::Tab(_)
            | Hit::ShellTab(_)
            | Hit::Equivalent
            | Hit::Shell(_)
            | Hit::Action(_),
        )
        | None => {
            model.popups.pop();
            Vec::new()
        }
    }
}

/// The mouse over a shell's grid, in the grid's own cells.
fn shell_mouse(model: &mut Model, shell: ShellId, event: MouseEvent) -> Vec<Effect> {
    let area = model.laid.shell_area(shell);
    let Some(joined) = &mut model.joined else {
        return nothing(model);
    };
    let pressed = matches!(event.kind, MouseEventKind::Down(_));
    let moved = pressed && joined.shells.focus(shell);
    let Some(shell) = joined.shells.get_mut(shell) else {
        return nothing(model);
    };
    let (col, row) = (
        event.column.saturating_sub(area.x),
        event.row.saturating_sub(area.y),
    );
    let (effects, changed) = shell.mouse(&event, col, row);
    model.quiet = !changed && !moved;
    effects
}
