//! devtwin finds the development sibling of a production container's image and opens a root shell in
//! it, beside the container.
//!
//! The modules, from the ground up:
//!
//! - [`domain`]: what we know, as plain values and rules (references, targets, plans, reports).
//! - [`engine`]: the container engine in our verbs; Docker's implementation.
//! - [`ops`]: use cases over an engine: resolve, attach, exec, clean.
//! - [`term`]: the terminal emulator: bytes in, cells and owed replies out; keys to bytes.
//! - [`app`]: the model, its messages and one pure `update`.
//! - [`ui`]: draws the model.
//! - [`runtime`]: the loop that joins all of them to a real terminal.
//! - [`cli`]: the command line.
//! - [`session`], [`records`], [`config`], [`memory`], [`logging`]: who is alive, what a session did, what the person
//!   set, what was installed before, what happened.
//!
//! Arrows: `domain ← engine ← ops ← {cli, runtime}` and `domain ← term ← app ← ui ← runtime`;
//! `tests/architecture.rs` checks them. docs/architecture.md says more.

// The engine in memory of tests/support names this crate from outside; tests in here use it, too.
#[cfg(test)]
extern crate self as devtwin;

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod lessons;
pub mod logging;
pub mod memory;
pub mod ops;
pub mod records;
pub mod runtime;
pub mod session;
mod store;
pub mod term;
pub mod ui;
