//! Journeys through the model: given, when, effects; and what the screen shows then. No terminal, no
//! engine, no clock.

mod attach;
#[path = "../support/bless.rs"]
mod bless;
mod calm;
mod entrypoint;
mod hostile;
mod keys;
mod others;
mod packages;
mod palette;
mod picker;
mod random;
mod reading;
mod reports;
mod shell;
mod shells;
mod stock;
mod support;
mod views;
