//! Where the parts of a Dockerfile's screen stand.

use super::{Places, list_and_preview};
use crate::app::Model;

/// Sets the places of the list and of what is said of the chosen step.
pub(super) fn place(model: &Model, places: &mut Places) {
    if let Some(steps) = &model.steps {
        (places.list, places.preview) = list_and_preview(places.shell, steps.rows().count(), 16);
    }
}
