//! The entrypoint inspector over real images on the real engine: a fixture for each row of the symptom catalogue that a
//! container can show, and the sound ones, in which nothing may be found.
//!
//! `entrypoint/broken.rs` and `entrypoint/sound.rs` are the tables; each row is a test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

#[path = "entrypoint/broken.rs"]
mod broken;
#[path = "entrypoint/fails.rs"]
mod fails;
#[path = "entrypoint/report.rs"]
mod report;
#[path = "entrypoint/sound.rs"]
mod sound;
mod support;
