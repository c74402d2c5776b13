//! Files that the program writes itself: a test fails when one is stale, and writes it anew on request.
#![allow(clippy::unwrap_used, reason = "a helper that fails must fail its test")]

use std::path::Path;

/// Fails when the file at `path`, from the top of the sources, does not hold `text`;
/// `DEVTWIN_BLESS=1 COMMAND` writes it. `command` is the one that runs the test.
#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the test, not of the program"
)]
pub(crate) fn is_current(path: &str, text: &str, command: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("DEVTWIN_BLESS").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        there == text,
        "{path} is stale: DEVTWIN_BLESS=1 {command}, and look at what has changed"
    );
}
