//! The families of images and their rules, read from `assets/families.toml`: knowledge as data.
//!
//! `load` reads and checks the data; [`super::candidates`] applies it.

mod load;
mod signers;
pub(super) mod trace;

use std::sync::LazyLock;

use regex::Regex;

use super::reference::Reference;
pub use signers::Signer;
use trace::Trace;

/// What the program ships with.
const SHIPPED: &str = include_str!("../../../assets/families.toml");

static FAMILIES: LazyLock<Families> = LazyLock::new(|| {
    // A test reads the shipped data, so it is never empty in a build that passed its tests.
    Families::parse(SHIPPED).unwrap_or_default()
});

/// The shipped families, read once.
pub fn families() -> &'static Families {
    &FAMILIES
}

/// All families, in the order in which they are tried, and what holds for all of them.
#[derive(Debug, Default)]
pub struct Families {
    pub(super) all: Vec<Family>,
    pub(super) bases: Vec<Base>,
    pub(super) digest: Digest,
    pub(super) layers: Layers,
    pub(super) trace: Trace,
    /// The caveat of a tag that moves.
    pub(super) moving: String,
    signers: Vec<Signer>,
}

/// A family of images: how it is recognised and what is known of its dev images.
#[derive(Debug)]
pub struct Family {
    /// Short stable name, `google-distroless`.
    pub id: String,
    /// Name for people, `Google distroless`.
    pub name: String,
    /// Shells to look for in its dev images, best first, absolute paths.
    pub shells: Vec<String>,
    /// Package managers to look for in its images, absolute paths; none when it never has one.
    pub package_managers: Vec<String>,
    /// Stands for every image of no known family.
    pub generic: bool,
    /// Its tags follow the version of the main package.
    pub(super) versions: bool,
    /// Who tells what a tag has named over time.
    pub(super) builds: Option<Builds>,
    /// Its repositories may have tags of single builds instead of plain ones.
    pub(super) stamped: bool,
    pub(super) repository: Vec<Regex>,
    pub(super) rules: Vec<Rule>,
}

/// Registries that tell what a tag has named over time, and where.
#[derive(Debug)]
pub(super) struct Builds {
    pub(super) registries: Vec<String>,
    pub(super) path: Template,
}

/// One rule of a family: for which images, and where their dev image is.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) repository: Option<Regex>,
    pub(super) tag: Option<Regex>,
    pub(super) own_dev: bool,
    pub(super) confidence: u8,
    pub(super) caveats: Vec<String>,
    pub(super) candidates: Vec<CandidateRule>,
}

/// Where a rule says that the dev image may be.
#[derive(Debug)]
pub(super) struct CandidateRule {
    pub(super) to: Template,
    /// Of the tags that differ in the digits at their end only, the first at or after it.
    pub(super) nearest: bool,
    pub(super) confidence: u8,
    pub(super) caveats: Vec<String>,
}

/// How a label names the base image of an image.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) value: Regex,
    pub(super) reference: Template,
    pub(super) confidence: u8,
    pub(super) caveats: Vec<String>,
}

/// How references by digest are taken.
#[derive(Debug, Default)]
pub(super) struct Digest {
    /// The tag that the rules see when there is none.
    pub(super) tag: String,
    /// Confidence is at most this without a tag.
    pub(super) confidence: u8,
    /// Caveat without a tag.
    pub(super) untagged: String,
    /// Caveat with a tag.
    pub(super) pinned: String,
}

/// How a base that was found by its layers is taken.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) id: String,
    pub(super) confidence: u8,
    pub(super) caveat: String,
}

/// Text with names in braces.
#[derive(Debug)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(String),
    Name(String),
}

impl Template {
    fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                return Err(format!("template `{text}`: a `{{` is not closed"));
            };
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Name(name.to_owned()));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Name(name) => Some(name.as_str()),
        })
    }

    /// Whether it names `name`.
    pub(super) fn asks_for(&self, name: &str) -> bool {
        self.names().any(|asked| asked == name)
    }

    /// The text with every name replaced; none when `value` does not know one of them.
    pub(super) fn expand<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
        let mut text = String::new();
        for part in &self.0 {
            text.push_str(match part {
                Part::Text(literal) => literal,
                Part::Name(name) => value(name)?,
            });
        }
        Some(text)
    }
}

impl Families {
    /// The family of that id.
    pub(super) fn by_id(&self, id: &str) -> Option<&Family> {
        self.all.iter().find(|f| f.id == id)
    }

    /// The path at which a reference's registry tells what its tag has named over time; none where none is known.
    pub fn builds_of(&self, reference: &Reference) -> Option<String> {
        let name = reference.name();
        let family = self
            .all
            .iter()
            .find(|f| f.repository.iter().any(|re| re.is_match(&name)))?;
        let builds = family.builds.as_ref()?;
        let told = builds.registries.iter().any(|r| r == reference.registry());
        let path = builds.path.expand(|name| match name {
            "repository" => Some(reference.repository()),
            _ => reference.tag(),
        });
        path.filter(|_| told)
    }

    /// Whether a caveat says that a tag moves: what is found by digest does not.
    pub fn is_moving(&self, caveat: &str) -> bool {
        caveat == self.moving
    }

    /// The family that stands for every image of no known one.
    pub fn generic(&self) -> Option<&Family> {
        self.all.iter().find(|f| f.generic)
    }
}
