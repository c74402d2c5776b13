//! Journeys through the model: given, when, effects; and what the screen shows then. No terminal, no
//! engine, no clock.

mod alike;
mod arena;
mod attach;
#[path = "../support/bless.rs"]
mod bless;
mod calm;
mod compare;
mod entrypoint;
mod explore;
mod facts_views;
mod failing;
mod files;
mod hostile;
mod keys;
mod learn;
mod logs;
mod others;
mod packages;
mod palette;
mod picker;
mod random;
mod reading;
mod recipe;
mod replicas;
mod reports;
mod shell;
mod shells;
mod stats;
mod steps;
mod stock;
mod support;
mod views;
mod watch;
