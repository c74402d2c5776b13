//! Speed as ratios against docker's own command, measured in one run: `make bench`.
//!
//! Never a pass or a failure: machines are noisy, so medians and ratios are printed for a person to read.
//! [`start`] measures the way to the first prompt, [`arena`] that beside a target that does not run, [`flood`], [`keys`] and [`echo`] the shell pane, [`soak`]
//! its memory, [`inspect`] the entrypoint inspector, [`search`] the search over packages, [`sides`] the comparison of two images. [`scene`] opens what they measure, [`lean`] reads it without an emulator that would count too.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints, and stops at the first surprise"
)]

#[path = "../support/mod.rs"]
mod support;

/// A model as the journeys drive it.
#[allow(dead_code, reason = "the soak uses a part of it")]
#[path = "../journeys/support.rs"]
mod journey;

mod arena;
mod echo;
mod figures;
mod flood;
mod inspect;
mod keys;
mod lean;
mod scene;
mod search;
mod sides;
mod soak;
mod start;

/// What can be run by name, in the order in which all of it runs.
const BENCHES: &[(&str, fn())] = &[
    ("prompt", start::prompt),
    ("arena", arena::arena),
    ("picker", start::picker),
    ("idle", start::idle),
    ("inspect", inspect::inspect),
    ("search", search::search),
    ("sides", sides::sides),
    ("flood", flood::flood),
    ("keys", keys::keys),
    ("ctrl-c", keys::interrupt),
    ("echo", echo::echo),
    ("soak", soak::soak),
];

fn main() {
    support::require_docker();
    // `cargo bench -- NAME…` runs only those; cargo itself adds --bench.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    for (name, run) in BENCHES {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            run();
        }
    }
}
