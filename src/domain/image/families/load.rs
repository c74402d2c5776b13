//! Reading the data of families and checking all of it before any of it is used.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde::Deserialize;

use super::signers::RawSigner;
use super::trace::{self, RawTrace};
use super::{Base, Builds, CandidateRule, Digest, Families, Family, Layers, Rule, Template};

/// Names that every template knows besides its patterns' groups.
const BUILT_IN: [&str; 5] = ["tag", "repository", "namespace", "version", "version_minor"];

impl Families {
    /// Reads families from TOML text and checks all of it.
    ///
    /// # Errors
    /// In words: a key that is not known, a pattern that does not compile, a template or caveat that
    /// names something unknown, an id used twice, a generic family that is not the last.
    pub fn parse(text: &str) -> Result<Self, String> {
        let raw: RawFile = toml::from_str(text).map_err(|e| e.to_string())?;
        let mut ids = BTreeSet::new();
        let check = Check {
            caveats: &raw.caveats,
            defaults: &raw.defaults,
        };
        let mut all = Vec::new();
        for family in raw.family {
            all.push(check.family(family, &mut ids)?);
        }
        let generic: Vec<bool> = all.iter().map(|f| f.generic).collect();
        if generic.iter().filter(|g| **g).count() != 1 || generic.last() != Some(&true) {
            return Err("one family must be generic, and it must be the last".into());
        }
        let mut bases = Vec::new();
        for base in raw.base {
            bases.push(check.base(base, &mut ids)?);
        }
        let digest = Digest {
            tag: raw.digest.tag,
            confidence: percent("digest", raw.digest.confidence)?,
            untagged: check.caveat("digest", &raw.digest.untagged)?,
            pinned: check.caveat("digest", &raw.digest.pinned)?,
        };
        unique(&mut ids, &raw.layers.id)?;
        let layers = Layers {
            caveat: check.caveat(&raw.layers.id, &raw.layers.caveat)?,
            confidence: percent(&raw.layers.id, raw.layers.confidence)?,
            id: raw.layers.id,
        };
        let trace = RawTrace {
            names: raw.trace,
            history: raw.history,
            release: raw.release,
            main: raw.main,
            toolbox: raw.toolbox,
        };
        let trace = trace.check(&check, &all, &mut ids)?;
        let moving = raw.caveats.get("moving").cloned().unwrap_or_default();
        let signers = raw.signer.into_iter();
        let signers = signers
            .map(|signer| signer.check(&mut ids))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            all,
            bases,
            digest,
            layers,
            trace,
            moving,
            signers,
        })
    }
}

/// What checking a part of the data needs of the rest.
pub(super) struct Check<'a> {
    caveats: &'a BTreeMap<String, String>,
    defaults: &'a RawDefaults,
}

impl Check<'_> {
    fn family(&self, raw: RawFamily, ids: &mut BTreeSet<String>) -> Result<Family, String> {
        unique(ids, &raw.id)?;
        let repository = raw
            .repository
            .iter()
            .map(|text| pattern(&raw.id, text))
            .collect::<Result<_, _>>()?;
        let mut rules = Vec::new();
        for rule in raw.rule {
            rules.push(self.rule(rule, ids)?);
        }
        let builds = match raw.builds {
            Some(builds) => Some(Builds {
                path: template(
                    &raw.id,
                    &builds.path,
                    &BTreeSet::from(["repository", "tag"]),
                )?,
                registries: builds.registries,
            }),
            None => None,
        };
        let or_default = |own: Option<Vec<String>>, default: &Vec<String>| {
            own.unwrap_or_else(|| default.clone())
        };
        Ok(Family {
            shells: or_default(raw.shells, &self.defaults.shells),
            package_managers: or_default(raw.package_managers, &self.defaults.package_managers),
            id: raw.id,
            name: raw.name,
            generic: raw.generic,
            versions: raw.versions,
            stamped: raw.stamped,
            builds,
            repository,
            rules,
        })
    }

    fn rule(&self, raw: RawRule, ids: &mut BTreeSet<String>) -> Result<Rule, String> {
        unique(ids, &raw.id)?;
        let compile = |text: Option<String>| text.map(|t| pattern(&raw.id, &t)).transpose();
        let (repository, tag) = (compile(raw.repository)?, compile(raw.tag)?);
        let known: BTreeSet<&str> = [&repository, &tag]
            .into_iter()
            .flatten()
            .flat_map(|re| re.capture_names().flatten())
            .chain(BUILT_IN)
            .collect();
        if !raw.own_dev && raw.candidates.is_empty() {
            return Err(format!("{}: neither own_dev nor candidates", raw.id));
        }
        let rule_caveats = self.caveat_texts(&raw.id, &raw.caveats)?;
        let mut candidates = Vec::new();
        for candidate in raw.candidates {
            let (to, confidence, caveats, nearest) = match candidate {
                RawCandidate::Short(to) => (to, None, Vec::new(), false),
                RawCandidate::Long(long) => (long.to, long.confidence, long.caveats, long.nearest),
            };
            // The caveats of an own-dev rule are about the image itself, not about its candidates.
            let mut texts = if raw.own_dev {
                Vec::new()
            } else {
                rule_caveats.clone()
            };
            texts.extend(self.caveat_texts(&raw.id, &caveats)?);
            candidates.push(CandidateRule {
                to: template(&raw.id, &to, &known)?,
                nearest,
                confidence: percent(&raw.id, confidence.unwrap_or(raw.confidence))?,
                caveats: texts,
            });
        }
        Ok(Rule {
            repository,
            tag,
            own_dev: raw.own_dev,
            confidence: percent(&raw.id, raw.confidence)?,
            caveats: rule_caveats,
            candidates,
            id: raw.id,
        })
    }

    fn base(&self, raw: RawBase, ids: &mut BTreeSet<String>) -> Result<Base, String> {
        unique(ids, &raw.id)?;
        let value = pattern(&raw.id, &raw.value)?;
        let known = value.capture_names().flatten().collect();
        Ok(Base {
            reference: template(&raw.id, &raw.reference, &known)?,
            confidence: percent(&raw.id, raw.confidence)?,
            caveats: self.caveat_texts(&raw.id, &raw.caveats)?,
            label: raw.label,
            value,
            id: raw.id,
        })
    }

    pub(super) fn caveat(&self, id: &str, key: &str) -> Result<String, String> {
        self.caveats
            .get(key)
            .cloned()
            .ok_or_else(|| format!("{id}: no caveat is called `{key}`"))
    }

    pub(super) fn caveat_texts(&self, id: &str, keys: &[String]) -> Result<Vec<String>, String> {
        keys.iter().map(|key| self.caveat(id, key)).collect()
    }
}

pub(super) fn unique(ids: &mut BTreeSet<String>, id: &str) -> Result<(), String> {
    if ids.insert(id.to_owned()) {
        Ok(())
    } else {
        Err(format!("the id `{id}` is used twice"))
    }
}

pub(super) fn pattern(id: &str, text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|e| format!("{id}: {e}"))
}

pub(super) fn percent(id: &str, confidence: u8) -> Result<u8, String> {
    if confidence <= 100 {
        Ok(confidence)
    } else {
        Err(format!("{id}: confidence {confidence} is more than 100"))
    }
}

pub(super) fn template(id: &str, text: &str, known: &BTreeSet<&str>) -> Result<Template, String> {
    let template = Template::parse(text)?;
    if let Some(name) = template.names().find(|name| !known.contains(name)) {
        return Err(format!(
            "{id}: template `{text}` names `{name}`, which nothing gives"
        ));
    }
    Ok(template)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    defaults: RawDefaults,
    digest: RawDigest,
    layers: RawLayers,
    trace: trace::RawCaveats,
    caveats: BTreeMap<String, String>,
    family: Vec<RawFamily>,
    base: Vec<RawBase>,
    #[serde(default)]
    history: Vec<trace::RawHistory>,
    #[serde(default)]
    release: Vec<trace::RawRelease>,
    #[serde(default)]
    main: Vec<trace::RawMain>,
    #[serde(default)]
    toolbox: Vec<trace::RawToolbox>,
    #[serde(default)]
    signer: Vec<RawSigner>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDefaults {
    shells: Vec<String>,
    package_managers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDigest {
    tag: String,
    confidence: u8,
    untagged: String,
    pinned: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLayers {
    id: String,
    confidence: u8,
    caveat: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFamily {
    id: String,
    name: String,
    repository: Vec<String>,
    #[serde(default)]
    generic: bool,
    #[serde(default)]
    versions: bool,
    #[serde(default)]
    stamped: bool,
    builds: Option<RawBuilds>,
    shells: Option<Vec<String>>,
    package_managers: Option<Vec<String>>,
    rule: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBuilds {
    registries: Vec<String>,
    path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: String,
    repository: Option<String>,
    tag: Option<String>,
    #[serde(default)]
    own_dev: bool,
    confidence: u8,
    #[serde(default)]
    caveats: Vec<String>,
    #[serde(default)]
    candidates: Vec<RawCandidate>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawCandidate {
    Short(String),
    Long(RawLong),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLong {
    to: String,
    #[serde(default)]
    nearest: bool,
    confidence: Option<u8>,
    #[serde(default)]
    caveats: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBase {
    id: String,
    label: String,
    value: String,
    reference: String,
    confidence: u8,
    #[serde(default)]
    caveats: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::super::SHIPPED;
    use super::*;

    #[test]
    fn the_shipped_data_is_whole() {
        let families = Families::parse(SHIPPED).unwrap();
        assert!(families.all.len() > 10, "{}", families.all.len());
        for family in &families.all {
            assert!(!family.rules.is_empty(), "{}", family.id);
            let paths = family.shells.iter().chain(&family.package_managers);
            assert!(!family.shells.is_empty(), "{}", family.id);
            for path in paths {
                assert!(path.starts_with('/'), "{}: {path}", family.id);
            }
        }
    }

    #[test]
    fn every_caveat_is_used() {
        let raw: RawFile = toml::from_str(SHIPPED).unwrap();
        for key in raw.caveats.keys() {
            let uses = SHIPPED.matches(&format!("\"{key}\"")).count();
            assert!(uses > 0, "caveat `{key}` is not used");
        }
    }

    /// The smallest whole file, with `rule` in its one family.
    fn with_rule(rule: &str) -> String {
        format!(
            "[defaults]\nshells=['/bin/sh']\npackage_managers=[]\n\
             [digest]\ntag='latest'\nconfidence=70\nuntagged='c'\npinned='c'\n\
             [layers]\nid='layers'\nconfidence=95\ncaveat='c'\n\
             [trace]\ntoolbox='c'\nlibc='c'\npackages='c'\nmirror='c'\n\
             [caveats]\nc='text'\n\
             [[family]]\nid='f'\nname='F'\ngeneric=true\nrepository=['']\n\
             [[family.rule]]\nid='r'\n{rule}\n\
             [[base]]\nid='b'\nlabel='l'\nvalue='(?<x>.*)'\nreference='{{x}}'\nconfidence=1\n"
        )
    }

    #[test]
    fn who_tells_the_past_of_a_tag_is_data() {
        let of = |families: &Families, text: &str| {
            families.builds_of(&crate::domain::image::Reference::parse(text).unwrap())
        };
        let own = Families::parse(&with_rule(
            "confidence=1\nown_dev=true\n[family.builds]\nregistries=['127.0.0.1:5000']\npath='/x/{repository}/{tag}'",
        ));
        let own = own.unwrap();
        let path = "/x/acme/web/1-dev".to_owned();
        assert_eq!(of(&own, "127.0.0.1:5000/acme/web:1-dev"), Some(path));
        assert_eq!(of(&own, "cgr.dev/acme/web:1-dev"), None);
        let shipped = Families::parse(SHIPPED).unwrap();
        assert_eq!(
            of(&shipped, "r.io/chainguard/web:1"),
            None,
            "a mirror does not"
        );
        assert!(of(&shipped, "cgr.dev/acme/web:1").is_some());
        assert!(shipped.is_moving(&shipped.moving) && !shipped.moving.is_empty());
    }

    #[test]
    fn bad_data_is_refused_with_the_place() {
        Families::parse(&with_rule("confidence=1\ncandidates=['{tag}-dev']")).unwrap();
        for (rule, says) in [
            ("confidence=1\ncandidates=['{nope}-dev']", "names `nope`"),
            ("confidence=1\ncandidates=['{tag-dev']", "not closed"),
            ("confidence=1\ntag='('\ncandidates=['x']", "r: "),
            ("confidence=101\ncandidates=['x']", "more than 100"),
            ("confidence=1", "neither own_dev nor candidates"),
            (
                "confidence=1\nown_dev=true\ncaveats=['d']",
                "no caveat is called `d`",
            ),
            ("confidence=1\nown_dev=true\ncolour='red'", "colour"),
            (
                "confidence=1\nown_dev=true\n[[family.rule]]\nid='r'\nconfidence=1\nown_dev=true",
                "used twice",
            ),
            (
                "confidence=1\nown_dev=true\n[[signer]]\nid='s'\nrepository='x'\nissuer='i'",
                "one of identity",
            ),
            (
                "confidence=1\nown_dev=true\n[[family]]\nid='g'\nname='G'\nrepository=[]\nrule=[]",
                "the last",
            ),
        ] {
            let error = Families::parse(&with_rule(rule)).unwrap_err();
            assert!(error.contains(says), "{rule}: {error}");
        }
    }
}
