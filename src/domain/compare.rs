//! Two images or containers side by side: packages, configuration, files, sizes, programs. The report of `devtwin compare`
//! and of the Compare pane.
//!
//! The left side is the target (production) where there is one, the right side its dev image; of two that the person
//! named, left is the first. Text in these structs is as containers have it: whoever draws cleans it
//! ([`crate::domain::text`]); secrets are masked already.
//!
//! It comes in two steps ([`Comparison::files`] is none after the first): packages, configuration and layers take a second, the
//! trees as long as the engine needs to send both roots. What a pane walks through is [`Trees`], which is not in the JSON.

mod capabilities;
pub mod config;
pub mod content;
pub mod files;
pub mod grow;
mod lists;
pub mod packages;
pub mod programs;
pub mod sizes;
#[cfg(test)]
mod tests;
pub mod tree;
pub mod trees;
pub mod verify;

pub use capabilities::capabilities;
pub use config::Setting;
pub use content::{CONTENT, Content, Held, content};
pub use files::{Differs, FileChange, FileFacts, Files};
pub use grow::Growing;
pub use lists::Lists;
pub use packages::{PackageRow, Packages};
pub use programs::{Privileged, Program, Programs, Which};
pub use sizes::Sizes;
pub use tree::Tree;
pub use trees::{Node, NodeId, Trees};
pub use verify::{Verified, VerifyOutcome};

use serde::Serialize;

use super::target::ContainerId;

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Hand {
    /// The target, or the first one named.
    Left,
    /// Its dev image, or the second one named.
    Right,
}

/// What is with a thing that both may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Only the left one has it.
    OnlyLeft,
    /// Only the right one has it.
    OnlyRight,
    /// Both have it, and not the same.
    Changed,
    /// Both have the same.
    Same,
}

impl Change {
    /// That of a thing which the left has, which the right has, and which is equal in both.
    pub fn of(left: bool, right: bool, equal: bool) -> Self {
        match (left, right) {
            (true, false) => Self::OnlyLeft,
            (false, true) => Self::OnlyRight,
            (true, true) if !equal => Self::Changed,
            (true | false, _) => Self::Same,
        }
    }

    /// Its sign in a list, seen from left to right: `-`, `+`, `~` and a blank.
    pub fn sign(self) -> char {
        match self {
            Self::OnlyLeft => '-',
            Self::OnlyRight => '+',
            Self::Changed => '~',
            Self::Same => ' ',
        }
    }
}

/// What one side is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The production container or image.
    Prod,
    /// Its dev image.
    Dev,
    /// The first of two that the person named.
    First,
    /// The second.
    Second,
}

impl Role {
    /// Its name in headings and columns: `prod`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prod => "prod",
            Self::Dev => "dev",
            Self::First => "first",
            Self::Second => "second",
        }
    }
}

/// One of the two that are compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// What it is called.
    pub role: Role,
    /// As the person named it, or as it was resolved: a container's name, or a reference.
    pub name: String,
    /// The container, where it is one; its files are those that it has now.
    pub container: Option<ContainerId>,
    /// The image's reference.
    pub image: String,
    /// The image's id; empty when the image is gone, which a container outlives.
    pub image_id: String,
    /// `os/arch[/variant]`; empty when the image is gone.
    pub platform: String,
    /// When the image was built, in seconds since the epoch; none when it does not say.
    pub built: Option<i64>,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The target, or the first one.
    pub left: Side,
    /// The dev image, or the second one.
    pub right: Side,
    /// Settings of the image or container, equal ones included, in the order in which people look for them.
    pub config: Vec<Setting>,
    /// Packages of both; none when they were not asked for.
    pub packages: Option<Packages>,
    /// Sizes by layer and by package.
    pub sizes: Option<Sizes>,
    /// Files of both; none when they were not asked for, or not yet read.
    pub files: Option<Files>,
    /// Programs that only one has, and those with the rights of others; none as long as `files` is.
    pub programs: Option<Programs>,
    /// What was asked with `--which`.
    pub which: Vec<Which>,
    /// Signatures; none when not asked for.
    pub verified: Option<Vec<Verified>>,
    /// What could not be read, was left out or was cut, in sentences.
    pub notes: Vec<String>,
}
