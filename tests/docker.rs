//! Tests against a real Docker Engine. They fail, with one clear line, when there is none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

#[path = "docker/alter.rs"]
mod alter;
#[path = "docker/arena.rs"]
mod arena;
#[path = "docker/bisect.rs"]
mod bisect;
#[path = "docker/build.rs"]
mod build;
#[path = "docker/compare.rs"]
mod compare;
#[path = "docker/credentials.rs"]
mod credentials;
#[path = "docker/engine.rs"]
mod engine;
#[path = "docker/engine_gone.rs"]
mod engine_gone;
#[path = "docker/explore.rs"]
mod explore;
#[path = "docker/failing.rs"]
mod failing;
#[path = "docker/files.rs"]
mod files;
#[path = "docker/images.rs"]
mod images;
#[path = "docker/inspect.rs"]
mod inspect;
#[path = "docker/join.rs"]
mod join;
#[path = "docker/lab.rs"]
mod lab;
#[path = "docker/lesson_facts.rs"]
mod lesson_facts;
#[path = "docker/logs.rs"]
mod logs;
#[path = "docker/lookout.rs"]
mod lookout;
#[path = "docker/packages.rs"]
mod packages;
#[path = "docker/reading.rs"]
mod reading;
#[path = "docker/recipe.rs"]
mod recipe;
#[path = "docker/replay.rs"]
mod replay;
#[path = "docker/shells.rs"]
mod shells;
#[path = "docker/stalls.rs"]
mod stalls;
#[path = "docker/sticky.rs"]
mod sticky;
mod support;
#[path = "support/toy.rs"]
mod toy;
#[path = "docker/ways.rs"]
mod ways;
