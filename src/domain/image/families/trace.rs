//! The part of the data by which an image is traced to what it is built on, and to a toolbox.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde::Deserialize;

use super::load::{Check, pattern, percent, template, unique};
use super::{Family, Template};

/// Names that a base or toolbox of a system may use.
const OF_RELEASE: [&str; 4] = ["id", "release", "major", "codename"];
/// How an image is traced.
#[derive(Debug, Default)]
pub(in crate::domain::image) struct Trace {
    pub(in crate::domain::image) histories: Vec<History>,
    pub(in crate::domain::image) releases: Vec<Release>,
    pub(in crate::domain::image) mains: Vec<Main>,
    pub(in crate::domain::image) toolboxes: Vec<Toolbox>,
    /// What is not guaranteed of a toolbox.
    pub(in crate::domain::image) toolbox: String,
    /// What is not guaranteed of a toolbox that only the C library speaks for.
    pub(in crate::domain::image) libc_only: String,
    /// What is not guaranteed of a base that was guessed by its packages.
    pub(in crate::domain::image) from_packages: String,
    /// What is not guaranteed of a mirror.
    pub(in crate::domain::image) mirror: String,
}

/// How a note on a step that made an image names the base.
#[derive(Debug)]
pub(in crate::domain::image) struct History {
    pub(in crate::domain::image) id: String,
    pub(in crate::domain::image) note: Regex,
    pub(in crate::domain::image) reference: Template,
    pub(in crate::domain::image) confidence: u8,
    pub(in crate::domain::image) caveats: Vec<String>,
}

/// A system, as `/etc/os-release` tells it.
#[derive(Debug)]
pub(in crate::domain::image) struct Release {
    pub(in crate::domain::image) id: String,
    pub(in crate::domain::image) family: Option<String>,
    pub(in crate::domain::image) is: Vec<(String, Regex)>,
    pub(in crate::domain::image) base: Option<Template>,
    pub(in crate::domain::image) toolbox: Vec<Template>,
}

/// Which repository a package of a family stands for.
#[derive(Debug)]
pub(in crate::domain::image) struct Main {
    pub(in crate::domain::image) family: String,
    /// What is never the main package; without it, only the lines tell.
    pub(in crate::domain::image) beside: Option<Regex>,
    pub(in crate::domain::image) packages: Vec<(Regex, Template)>,
}

/// A general image for a C library.
#[derive(Debug)]
pub(in crate::domain::image) struct Toolbox {
    pub(in crate::domain::image) id: String,
    pub(in crate::domain::image) libc: String,
    pub(in crate::domain::image) candidates: Vec<String>,
}

/// What the file has of it.
pub(super) struct RawTrace {
    pub(super) names: RawCaveats,
    pub(super) history: Vec<RawHistory>,
    pub(super) release: Vec<RawRelease>,
    pub(super) main: Vec<RawMain>,
    pub(super) toolbox: Vec<RawToolbox>,
}

impl RawTrace {
    pub(super) fn check(
        self,
        check: &Check<'_>,
        families: &[Family],
        ids: &mut BTreeSet<String>,
    ) -> Result<Trace, String> {
        let mut trace = Trace {
            toolbox: check.caveat("trace", &self.names.toolbox)?,
            libc_only: check.caveat("trace", &self.names.libc)?,
            from_packages: check.caveat("trace", &self.names.packages)?,
            mirror: check.caveat("trace", &self.names.mirror)?,
            ..Trace::default()
        };
        let known = |id: &str, family: &str| {
            let there = families.iter().any(|f| f.id == family);
            there
                .then_some(())
                .ok_or_else(|| format!("{id}: no family is called `{family}`"))
        };
        for raw in self.history {
            unique(ids, &raw.id)?;
            let note = pattern(&raw.id, &raw.note)?;
            let names = note.capture_names().flatten().collect();
            trace.histories.push(History {
                reference: template(&raw.id, &raw.reference, &names)?,
                confidence: percent(&raw.id, raw.confidence)?,
                caveats: check.caveat_texts(&raw.id, &raw.caveats)?,
                note,
                id: raw.id,
            });
        }
        for raw in self.release {
            unique(ids, &raw.id)?;
            if let Some(family) = &raw.family {
                known(&raw.id, family)?;
            }
            let mut names = BTreeSet::from(OF_RELEASE);
            let toolbox = raw.toolbox.iter();
            let toolbox = toolbox.map(|text| template(&raw.id, text, &names));
            let toolbox = toolbox.collect::<Result<_, _>>()?;
            names.insert("main");
            let base = raw.base.map(|text| template(&raw.id, &text, &names));
            let is = raw.is.into_iter();
            let is = is.map(|(key, text)| Ok((key, pattern(&raw.id, &text)?)));
            trace.releases.push(Release {
                family: raw.family,
                is: is.collect::<Result<_, String>>()?,
                base: base.transpose()?,
                toolbox,
                id: raw.id,
            });
        }
        for raw in self.main {
            known("main", &raw.family)?;
            let lines = raw.packages.into_iter().map(|(text, repository)| {
                let package = pattern(&raw.family, &text)?;
                let names = package.capture_names().flatten().collect();
                let repository = template(&raw.family, &repository, &names)?;
                Ok((package, repository))
            });
            let packages = lines.collect::<Result<_, String>>()?;
            let beside = raw.beside.map(|text| pattern(&raw.family, &text));
            trace.mains.push(Main {
                packages,
                beside: beside.transpose()?,
                family: raw.family,
            });
        }
        for raw in self.toolbox {
            unique(ids, &raw.id)?;
            if raw.candidates.is_empty() {
                return Err(format!("{}: no candidates", raw.id));
            }
            trace.toolboxes.push(Toolbox {
                id: raw.id,
                libc: raw.libc,
                candidates: raw.candidates,
            });
        }
        Ok(trace)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCaveats {
    toolbox: String,
    libc: String,
    packages: String,
    mirror: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHistory {
    id: String,
    note: String,
    reference: String,
    confidence: u8,
    #[serde(default)]
    caveats: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRelease {
    id: String,
    family: Option<String>,
    is: BTreeMap<String, String>,
    base: Option<String>,
    #[serde(default)]
    toolbox: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMain {
    family: String,
    beside: Option<String>,
    packages: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawToolbox {
    id: String,
    libc: String,
    candidates: Vec<String>,
}
