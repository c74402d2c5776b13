//! Widgets that know nothing of the model.

pub mod grid;
pub mod margin;
pub mod pen;
