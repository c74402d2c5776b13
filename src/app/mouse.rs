//! Where the mouse goes: the topmost popup, else what stands below it.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::input::nothing;
use super::keymap::Focus;
use super::learn;
use super::model::Drag;
use super::panes::Pane;
use super::panes::entrypoint::Move;
use super::panes::processes::Part;
use super::perform::{accept, perform, step};
use super::popup::{Popup, offset};
use super::recipe_perform;
use super::shell_mouse::{drag, held, press};
use super::{Effect, Hit, Model, action::Action, entrypoint_perform, entrypoint_run};
use super::{compare_perform, files_perform, logs_perform, network_perform, processes_perform};
use super::{learn_perform, packages_perform, steps};

/// The mouse.
pub(super) fn mouse(model: &mut Model, event: MouseEvent) -> Vec<Effect> {
    let at = Position::new(event.column, event.row);
    let hits = model.laid.hits.iter().rev();
    let found = hits.clone().find(|(area, _)| area.contains(at)).cloned();
    let (area, hit) = found.unzip();
    let pressed = event.kind == MouseEventKind::Down(MouseButton::Left);
    let wheel = if event.kind == MouseEventKind::ScrollUp {
        -1
    } else {
        isize::from(event.kind == MouseEventKind::ScrollDown)
    };
    if !model.popups.is_empty() {
        return popup_mouse(model, hit.as_ref(), pressed, wheel);
    }
    if let Some(what) = held(model, event) {
        return drag(model, what, event);
    }
    match hit {
        Some(Hit::Shell(shell)) => press(model, Drag::Shell(shell), event),
        Some(Hit::ScrollBar(shell)) => press(model, Drag::ScrollBar(shell), event),
        Some(Hit::Row(_)) if wheel != 0 && model.focus() == Focus::Steps => {
            steps::go(model, Move::Lines(wheel * 3))
        }
        Some(Hit::Row(row)) if pressed && model.focus() == Focus::Steps => {
            steps::go(model, Move::Row(row))
        }
        Some(Hit::Row(_)) if wheel != 0 && model.focus() == Focus::Lessons => {
            learn_perform::go(model, Move::Lines(wheel))
        }
        Some(Hit::Row(row)) if pressed && model.focus() == Focus::Lessons => {
            learn_perform::click(model, row)
        }
        Some(Hit::LessonText) if wheel != 0 => learn_perform::go(model, Move::Lines(wheel * 3)),
        Some(Hit::LessonText) if pressed => {
            learn_perform::give_keys(model, learn::Part::Panel);
            Vec::new()
        }
        Some(Hit::Row(_)) if wheel != 0 => model.picker.step(wheel * 3),
        Some(Hit::SideRow(side, _) | Hit::SideBar(side, _)) if wheel != 0 => {
            entrypoint_perform::go_in(model, side, Move::Lines(wheel * 3));
            Vec::new()
        }
        Some(Hit::Package(_) | Hit::PackageText) if wheel != 0 => {
            packages_perform::go(model, Move::Lines(wheel * 3))
        }
        Some(Hit::Process(_)) if wheel != 0 => {
            processes_perform::go_list(model, Move::Lines(wheel * 3))
        }
        Some(Hit::ProcessText) if wheel != 0 => {
            processes_perform::go_details(model, Move::Lines(wheel * 3))
        }
        Some(Hit::Compared(_)) if wheel != 0 => compare_perform::go(model, Move::Lines(wheel * 3)),
        Some(Hit::File(_) | Hit::FileText) if wheel != 0 => {
            files_perform::go(model, Move::Lines(wheel * 3))
        }
        Some(Hit::NetworkText) if wheel != 0 => network_perform::go(model, Move::Lines(wheel * 3)),
        Some(Hit::LogText | Hit::LogBar(_)) if wheel != 0 => {
            logs_perform::go(model, Move::Lines(wheel * 3))
        }
        Some(Hit::Recipe(part, _)) if wheel != 0 => {
            recipe_perform::go_in(model, part, Move::Lines(wheel * 3))
        }
        _ if !pressed => nothing(model),
        Some(Hit::Recipe(part, row)) => recipe_perform::point(model, part, row),
        Some(Hit::Process(row)) => processes_perform::point(model, Part::List, Move::Row(row)),
        Some(Hit::ProcessText) => processes_perform::point(model, Part::Details, Move::Row(0)),
        Some(Hit::Package(row)) => packages_perform::click(model, row),
        Some(Hit::File(row)) => files_perform::click(model, row),
        Some(Hit::Compared(row)) => compare_perform::click(model, row),
        Some(Hit::SideRow(side, row)) => entrypoint_perform::point(model, side, Move::Row(row)),
        Some(Hit::SideBar(side, row)) => entrypoint_perform::point(model, side, Move::Share(row)),
        Some(Hit::Field(field)) => {
            entrypoint_run::click(model, field, area.unwrap_or_default(), at)
        }
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
        Some(Hit::Tab(tab)) => match Pane::ALL.get(tab) {
            Some(pane) => perform(model, pane.action()),
            None => nothing(model),
        },
        Some(Hit::ShellTab(shell)) => {
            if let Some(joined) = &mut model.joined {
                joined.show(Pane::Shell);
                joined.shells.focus(shell);
            }
            Vec::new()
        }
        Some(Hit::Equivalent) => perform(model, Action::Copy),
        Some(Hit::Action(action)) => perform(model, action),
        Some(Hit::LogBar(row)) => logs_perform::go(model, Move::Share(row)),
        Some(
            Hit::PackageText
            | Hit::LessonText
            | Hit::LogText
            | Hit::NetworkText
            | Hit::FileText
            | Hit::PopupRow(_)
            | Hit::Popup,
        )
        | None => nothing(model),
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
                Some(
                    Popup::Leaving(at)
                    | Popup::Link(_, at)
                    | Popup::Closing(_, at)
                    | Popup::RunInTarget(at)
                    | Popup::Consent(_, at)
                    | Popup::Installed(_, at)
                    | Popup::Lesson(_, at)
                    | Popup::Signal(_, at),
                ) => *at = *row,
                Some(Popup::Replica(popup)) => popup.choose(*row),
                Some(Popup::Commands(at) | Popup::Toolkits(at)) => {
                    *at = offset(*at, rows) + *row;
                }
                Some(Popup::Images(images)) => {
                    images.chosen = offset(images.chosen, rows) + *row;
                }
                Some(Popup::Others(others)) => {
                    others.chosen = offset(others.chosen, rows) + *row;
                }
                Some(
                    Popup::Help(_)
                    | Popup::Shared(_)
                    | Popup::Alike(_)
                    | Popup::Certificate(_)
                    | Popup::Equivalent(_)
                    | Popup::Save(_)
                    | Popup::Try(_)
                    | Popup::Mend
                    | Popup::Triage(_)
                    | Popup::Change(_),
                )
                | None => {
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
            | Hit::ScrollBar(_)
            | Hit::SideRow(..)
            | Hit::SideBar(..)
            | Hit::Field(_)
            | Hit::Package(_)
            | Hit::PackageText
            | Hit::Process(_)
            | Hit::ProcessText
            | Hit::NetworkText
            | Hit::File(_)
            | Hit::FileText
            | Hit::Compared(_)
            | Hit::Recipe(..)
            | Hit::LogText
            | Hit::LogBar(_)
            | Hit::LessonText
            | Hit::Action(_),
        )
        | None => match model.popups.pop() {
            Some(Popup::Lesson(asked, _)) => learn::closed(model, &asked),
            Some(_) | None => Vec::new(),
        },
    }
}
