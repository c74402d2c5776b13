//! A Debian dev image with a package repository of the tests' own: the real apt, and no network.

use std::process::Command;

use super::docker::{self, Container, Image};
use super::unique;

/// The repository in it, as a person configures it for apt. It has `greet`, which needs `libgreet`, and others
/// that fail in some way (tests/fixtures/README.md).
pub const REPOSITORY: &str = "deb [trusted=yes] file:/repo-deb ./";

/// The fixtures' Debian dev image with that directory, and with no other repository.
#[track_caller]
pub fn with_a_repository() -> Image {
    let maker = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/mkdeb.py");
    let repository = tempfile::tempdir().unwrap();
    let made = Command::new("python3")
        .arg(maker)
        .arg(repository.path())
        .status();
    assert!(made.unwrap().success(), "the repository is made");
    let bare = "rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*";
    let flags = ["--user", "0", "--entrypoint", "sh"];
    let made_from = Container::create("dhi.io/web:1.4-debian12-dev", &flags, &["-c", bare]);
    let into = format!("{}:/repo-deb", made_from.name());
    docker::ok(&["cp", &format!("{}/.", repository.path().display()), &into]);
    docker::ok(&["start", "--attach", made_from.name()]);
    let image = Image::adopt(unique("debian"));
    docker::ok(&["commit", made_from.name(), image.name()]);
    image
}
