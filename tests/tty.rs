//! The real binary in a real pseudo-terminal, beside real containers. Every test waits for text, and
//! looks at the end whether anything of its session is left on the engine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

#[path = "tty/arena.rs"]
mod arena;
#[path = "tty/dockerfile.rs"]
mod dockerfile;
#[path = "tty/endings.rs"]
mod endings;
#[path = "tty/entrypoint.rs"]
mod entrypoint;
#[path = "tty/explore.rs"]
mod explore;
#[path = "tty/failing.rs"]
mod failing;
#[path = "tty/files.rs"]
mod files;
#[path = "tty/keys.rs"]
mod keys;
#[path = "tty/learn.rs"]
mod learn;
#[path = "tty/leftovers.rs"]
mod leftovers;
#[path = "tty/lessons/mod.rs"]
mod lessons;
#[path = "tty/logs.rs"]
mod logs;
#[path = "tty/output.rs"]
mod output;
#[path = "tty/packages.rs"]
mod packages;
#[path = "tty/panics.rs"]
mod panics;
#[path = "tty/person.rs"]
mod person;
#[path = "tty/pull.rs"]
mod pull;
#[path = "tty/recipe.rs"]
mod recipe;
#[path = "tty/refusals.rs"]
mod refusals;
#[path = "tty/replay.rs"]
mod replay;
#[path = "tty/restored.rs"]
mod restored;
#[path = "tty/shells.rs"]
mod shells;
mod support;
#[path = "tty/watch.rs"]
mod watch;
#[path = "tty/way.rs"]
mod way;
