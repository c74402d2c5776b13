//! The pane's terminal against the standards, case by case, and against tmux with real programs in it.
//!
//! `terminal/table.rs` puts the cases together; the same cases make docs/terminal.md.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

#[path = "support/bless.rs"]
mod bless;
#[path = "terminal/case.rs"]
mod case;
#[path = "terminal/colours.rs"]
mod colours;
#[path = "terminal/commands.rs"]
mod commands;
#[path = "terminal/cursor.rs"]
mod cursor;
#[path = "terminal/docs.rs"]
mod docs;
#[path = "terminal/editing.rs"]
mod editing;
#[path = "terminal/hostile.rs"]
mod hostile;
#[path = "terminal/marks.rs"]
mod marks;
#[path = "terminal/modes.rs"]
mod modes;
#[allow(dead_code, reason = "each test program uses a part of it")]
#[path = "tty/person.rs"]
mod person;
#[path = "terminal/programs.rs"]
mod programs;
#[path = "terminal/reports.rs"]
mod reports;
mod support;
#[path = "terminal/table.rs"]
mod table;
#[path = "terminal/text.rs"]
mod text;
#[path = "terminal/tmux.rs"]
mod tmux;
#[path = "terminal/vttest.rs"]
mod vttest;
