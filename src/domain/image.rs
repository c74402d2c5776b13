//! Image references and the rules that lead from a production image to its dev image.
//!
//! [`Reference`] is a name, [`families`] is what we know of families as data, [`candidates`] applies
//! it; the report types below say which dev image was chosen and why. Looking things up is
//! `ops::resolve`'s part.

pub mod candidates;
pub mod families;
pub mod likeness;
pub mod origin;
mod reference;
pub mod stamps;
pub mod trouble;

use std::fmt::{self, Write as _};

use serde::{Serialize, Serializer};

use super::text::bounded;

pub use likeness::Likeness;

pub use candidates::{Candidate, canonical_names, family_name, known_locally, package_managers};
pub use reference::{Reference, is_image_id};

/// Longest foreign text that is quoted in a report, in characters.
const PLAIN_MAX: usize = 200;

/// Foreign text made fit for one line of a report, its length bounded.
pub fn plain(text: &str) -> String {
    bounded(text, PLAIN_MAX)
}

/// Where a candidate was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Among the engine's own images.
    Local,
    /// In the reference's registry.
    Registry,
    /// In the target's files.
    Files,
}

impl Place {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Registry => "registry",
            Self::Files => "files",
        }
    }
}

/// What came of looking a candidate up; reports carry it in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is there; in files: shell and package manager are.
    Found,
    /// Not among the engine's own images.
    NotLocal,
    /// The registry knows no such repository or tag.
    NoSuchTag,
    /// It is there, but not for the target's platform; for which it is.
    OtherPlatform(String),
    /// The registry's list of tags; how many, and whether these are all.
    Tags {
        /// Tags that were read.
        count: usize,
        /// There are no others.
        whole: bool,
    },
    /// There is no list of tags to be had; why.
    NoTags(String),
    /// The registry's list of tags does not have it.
    NotListed,
    /// What the tag has named over time: so many builds.
    Builds(usize),
    /// What the tag has named over time is not to be had; why.
    NoBuilds(String),
    /// The registry wants a login first; its words.
    LoginNeeded(String),
    /// The registry could not be asked; why.
    Unreachable(String),
    /// The files show no package manager.
    NoPackageManager,
    /// The files show a package manager and no shell.
    NoShell,
    /// The files could not be looked at; why.
    Unreadable(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found => f.write_str("found"),
            Self::NotLocal => f.write_str("not here"),
            Self::NoSuchTag => f.write_str("no such tag"),
            Self::OtherPlatform(platforms) => write!(f, "only for {}", plain(platforms)),
            Self::Tags {
                count: 1,
                whole: true,
            } => f.write_str("tag list: 1 tag"),
            Self::Tags { count, whole: true } => write!(f, "tag list: {count} tags"),
            Self::Tags { count, .. } => write!(f, "tag list: the first {count} tags"),
            Self::NoTags(why) => write!(f, "tag list not known: {}", plain(why)),
            Self::Builds(1) => f.write_str("tag history: 1 build"),
            Self::Builds(count) => write!(f, "tag history: {count} builds"),
            Self::NoBuilds(why) => write!(f, "tag history not known: {}", plain(why)),
            Self::NotListed => f.write_str("not in the tag list"),
            Self::LoginNeeded(why) => write!(f, "login needed: {}", plain(why)),
            Self::Unreachable(why) => write!(f, "registry not reached: {}", plain(why)),
            Self::NoPackageManager => f.write_str("no package manager"),
            Self::NoShell => f.write_str("no shell"),
            Self::Unreadable(why) => write!(f, "not readable: {}", plain(why)),
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A candidate that was looked up, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// The candidate.
    pub reference: String,
    /// Where it was looked for.
    #[serde(rename = "where")]
    pub place: Place,
    /// What came of it; in JSON in words.
    pub outcome: Outcome,
}

/// Another image that could serve as dev image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Other {
    /// Its reference: `--image` takes it.
    pub image: String,
    /// Id of the rule that leads to it.
    pub rule: String,
    /// 0–100: how well it fits, if it exists.
    pub confidence: u8,
    /// Whether it is among the engine's own images.
    pub local: bool,
    /// What speaks for it, one line each.
    pub evidence: Vec<String>,
    /// What is not guaranteed, one line each.
    pub caveats: Vec<String>,
}

/// Which dev image belongs to a subject, and why: the report of `devtwin resolve`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Resolution {
    /// What was asked about: a container's name or an image reference.
    pub subject: String,
    /// The subject's image, as the container or the person names it.
    pub image: String,
    /// Family (id in assets/families.toml) of the image or of the base that it was traced to, when known.
    pub family: Option<String>,
    /// The dev image, by reference or id; none when there is none.
    pub dev_image: Option<String>,
    /// The subject's own image is a dev image already.
    pub own_dev: bool,
    /// The dev image is a general toolbox, not the image's sibling.
    pub toolbox: bool,
    /// Id of the rule that decided; without a dev image, of the best guess, or `none`.
    pub rule: String,
    /// 0–100 (domain.md §1.7); 0 without a dev image.
    pub confidence: u8,
    /// Whether the dev image is among the engine's own images already.
    pub local: bool,
    /// One line each: signal and value.
    pub evidence: Vec<String>,
    /// What is not guaranteed, one line each.
    pub caveats: Vec<String>,
    /// What was looked up, in that order.
    pub tried: Vec<Tried>,
    /// Shells to look for in the dev image, best first (absolute paths).
    pub shells: Vec<String>,
    /// Other images that could serve, the likeliest first.
    pub others: Vec<Other>,
    /// The dev image beside the target's image; none when one is not here, or when it was not asked for.
    pub likeness: Option<Likeness>,
}

impl Other {
    /// The image, how likely, and where it is, in a line.
    pub fn line(&self) -> String {
        let here = if self.local { ", here" } else { "" };
        format!("{} ({} %{here})", plain(&self.image), self.confidence)
    }
}

impl Resolution {
    /// The report as plain text: a word and its value per line, aligned, lists continued below.
    pub fn to_text(&self) -> String {
        let dev = match &self.dev_image {
            Some(image) if self.own_dev => format!("{} (the image itself)", plain(image)),
            Some(image) if self.toolbox => format!("{} (a toolbox, no sibling)", plain(image)),
            Some(image) if self.local => format!("{} (local)", plain(image)),
            Some(image) => format!("{} (to be pulled)", plain(image)),
            None => "none found".into(),
        };
        let mut text = String::new();
        let mut list = |word: &str, lines: &[String]| {
            for (n, line) in lines.iter().enumerate() {
                let word = if n == 0 { word } else { "" };
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{word:<11} {line}");
            }
        };
        list("dev image", &[dev]);
        if self.subject == self.image {
            list("image", &[plain(&self.image)]);
        } else {
            list("target", &[plain(&self.subject)]);
            list("image", &[plain(&self.image)]);
        }
        list(
            "family",
            &[self.family.as_deref().map_or("unknown".into(), plain)],
        );
        list("rule", std::slice::from_ref(&self.rule));
        list("confidence", &[self.confidence.to_string()]);
        list("because", &self.evidence);
        list("caveats", &self.caveats);
        if let Some(likeness) = &self.likeness {
            list("alike", &likeness.lines(10));
        }
        let others: Vec<String> = self.others.iter().map(Other::line).collect();
        list("others", &others);
        let wide = self.tried.iter().map(|t| t.reference.chars().count()).max();
        let wide = wide.unwrap_or(0);
        let tried: Vec<String> = self
            .tried
            .iter()
            .map(|t| {
                format!(
                    "{:<8}  {:<wide$}  {}",
                    t.place.word(),
                    t.reference,
                    t.outcome
                )
            })
            .collect();
        list("tried", &tried);
        text
    }
}
