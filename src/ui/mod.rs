//! Drawing: a function of the model, without rules of its own.
//!
//! [`layout`] says where things stand, [`theme`] how they look; `panes`, `popups` and `toasts` draw.
//! Everything foreign that is drawn went through [`crate::app::text`] or the terminal's own grid.

pub mod layout;
pub mod panes;
pub mod popups;
pub mod theme;
pub mod toasts;
pub mod widgets;

use crossterm::event::KeyboardEnhancementFlags;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use crate::app::Model;
use crate::app::keymap::Focus;
use crate::app::panes::Pane;
use crate::app::text::wrap;
use crate::term::CursorShape;
use layout::{LEAST, columns, is_too_small, places};
use panes::{
    attaching, compare, entrypoint, files, header, learn, logs, network, packages, picker,
    processes, recipe, shell, steps,
};
use theme::Theme;
use widgets::pen::Pen;

/// The cursor's shape that the program in the shell asked for, and whether it blinks; none when the
/// cursor is not the program's.
pub fn cursor_shape(model: &Model) -> Option<(CursorShape, bool)> {
    let shell = model.focused_shell().filter(|_| model.popups.is_empty())?;
    let shown = match &model.joined {
        Some(joined) => joined.pane == Pane::Shell,
        None => model.is_in_lesson_shell(),
    };
    let cursor = shell.terminal().cursor().filter(|_| shown)?;
    Some((cursor.shape, cursor.blinking))
}

/// The flags of the kitty keyboard protocol that the outer terminal is asked for: what the program in the
/// shell wants while it has the keys, and always that keys which legacy bytes confuse are told apart.
pub fn keyboard_flags(model: &Model) -> KeyboardEnhancementFlags {
    let has_keys = matches!(model.focus(), Focus::Shell | Focus::LessonShell);
    let shell = model.focused_shell();
    let shell = shell.filter(|_| has_keys && model.popups.is_empty());
    let wanted = shell.map_or(0, |shell| shell.terminal().modes().keyboard_flags());
    // crossterm does not report the text of a key, the protocol's last flag.
    KeyboardEnhancementFlags::from_bits_truncate(wanted)
        | KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES
}

/// Draws the whole screen into an empty buffer; where the cursor stands, when it is to be seen. It is the outer
/// terminal's own, put where the program or a line under edit has it.
pub fn draw(buf: &mut Buffer, model: &Model) -> Option<Position> {
    let area = buf.area;
    let theme = Theme::of(&model.settings);
    if is_too_small(area) {
        let words = format!("too small: {}×{} at least", LEAST.0, LEAST.1);
        let lines = wrap(&words, area.width.into());
        let top = area.height.saturating_sub(columns(lines.len())) / 2;
        for (n, line) in lines.iter().enumerate() {
            Pen::new(buf, area, top.saturating_add(columns(n))).write(line, theme.strong);
        }
        return None;
    }
    let places = places(model, area);
    header::header(buf, model, &places, theme);
    let mut cursor = None;
    match (model.focus(), &model.joined) {
        (Focus::Failed, _) => {
            if let Some((request, error)) = &model.failed {
                attaching::failed(buf, &request.name, error, places.shell, theme);
            }
        }
        (_, Some(joined)) => {
            header::tabs(buf, model, &places, theme);
            cursor = match joined.pane {
                Pane::Shell => shell::draw(buf, model, joined, &places, theme),
                Pane::Packages => packages::draw(buf, model, joined, &places, theme),
                Pane::Entrypoint => {
                    entrypoint::draw(buf, joined, &model.settings.docker, &places, theme)
                }
                Pane::Logs => logs::draw(buf, model, joined, &places, theme),
                Pane::Processes => processes::draw(buf, joined, &places, theme),
                Pane::Network => network::draw(buf, joined, &places, theme),
                Pane::Compare => compare::draw(buf, joined, &places, theme),
                Pane::Files => files::draw(buf, joined, &places, theme),
                Pane::Recipe => recipe::draw(buf, joined, &places, theme),
            };
        }
        (_, None) if model.is_alone() => {}
        (_, None) if model.steps.is_some() => {
            if let Some(all) = &model.steps {
                steps::draw(buf, all, &places, theme);
            }
        }
        (_, None) if model.learn.is_some() => {
            if let Some(all) = &model.learn {
                cursor = learn::draw(buf, model, all, &places, theme);
            }
        }
        (focus, None) => {
            let at = picker::draw(buf, model, &places, theme);
            cursor = (focus == Focus::Picker).then_some(at);
        }
    }
    if let Some(on_its_way) = &model.attaching {
        attaching::draw(buf, on_its_way, places.shell, theme);
    }
    header::status(buf, model, &places, theme);
    toasts::draw(buf, model, &places.toasts, theme);
    if let Some(place) = &places.popup {
        cursor = popups::draw(buf, model, place, theme);
    }
    cursor.filter(|at| area.contains(*at))
}
