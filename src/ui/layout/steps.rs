//! Where the parts of a Dockerfile's screen stand.

use ratatui::layout::Rect;

use super::{Places, below, columns};
use crate::app::Model;

/// Sets the places of the list and of what is said of the chosen step.
pub(super) fn place(model: &Model, places: &mut Places) {
    let Some(steps) = &model.steps else { return };
    let body = places.shell;
    if body.width >= 140 {
        let list = body.width * 11 / 20;
        places.list = Rect {
            width: list,
            ..body
        };
        places.preview = Rect {
            x: body.x + list,
            width: body.width - list,
            ..body
        };
        return;
    }
    let count = columns(steps.rows().count());
    let most = body.height - (body.height * 9 / 20).min(16);
    places.list = Rect {
        height: count.clamp(1, most.max(1)),
        ..body
    };
    places.preview = below(body, places.list.height);
}
