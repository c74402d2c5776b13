//! Widgets that know nothing of the model.

pub mod grid;
pub mod pen;
