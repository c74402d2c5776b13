//! Programs by name, and files that give whoever runs them the rights of somebody else.

use serde::Serialize;

use super::Change;

/// Programs of both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Programs {
    /// How many names the left one's `PATH` leads to.
    pub left: usize,
    /// How many the right one's does.
    pub right: usize,
    /// Names that only the left one's `PATH` leads to, sorted, at most [`LISTED`].
    pub only_left: Vec<Program>,
    /// Names that only the right one's does.
    pub only_right: Vec<Program>,
    /// Set-uid and set-gid files and files with capabilities of both, by path, at most [`LISTED`].
    pub privileged: Vec<Privileged>,
}

/// Programs that are listed by name.
pub const LISTED: usize = 5000;

/// A program that a name leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Program {
    /// The name.
    pub name: String,
    /// Where `PATH` finds it.
    pub path: String,
    /// Where that leads, links followed; the same path when it is no link.
    pub leads_to: String,
    /// The package that brought what it leads to, or else the link; none when no package did.
    pub package: Option<String>,
}

/// "Would this command exist there?"
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Which {
    /// What was asked: a name, or a path.
    pub name: String,
    /// The left one's; none when it has no such program.
    pub left: Option<Program>,
    /// The right one's.
    pub right: Option<Program>,
}

/// A file whose program has other rights than who starts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Privileged {
    /// Absolute path.
    pub path: String,
    /// What is with it.
    pub change: Change,
    /// The left one's rights.
    pub left: Option<Rights>,
    /// The right one's.
    pub right: Option<Rights>,
}

/// The rights that a file gives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rights {
    /// Permission bits, at most `0o7777`.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Capabilities in the words of getcap(8): `cap_net_raw=ep`; none when it has none.
    pub capabilities: Option<String>,
}
