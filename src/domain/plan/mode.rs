//! Which way into a target its state allows (design.md §2).

use super::{Mode, Wishes};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::{Status, Target};

/// The mode of a twin for `target`: what was asked for, else what its state allows.
///
/// Fails with `NoTarget` when the target is being removed.
pub fn mode(target: &Target, wishes: &Wishes) -> Result<Mode> {
    if target.state.status == Status::Removing {
        return Err(Error::new(
            ErrorKind::NoTarget,
            format!("container {} is being removed", target.name),
        )
        .hint("choose another container, or start a new one of its image"));
    }
    match wishes.mode {
        Some(Mode::Catch) => Err(Error::new(
            ErrorKind::Usage,
            "this version cannot catch a container at its start",
        )
        .hint("leave --mode out: a container that does not run gets an arena")),
        Some(mode) => Ok(mode),
        None if target.state.is_joinable() => Ok(Mode::Join),
        None => Ok(Mode::Arena),
    }
}
