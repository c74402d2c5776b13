//! From an image reference to the references where its dev image may be, best first.

use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasher;

use regex::Captures;

use super::families::{Families, Family, Rule, families};
use super::reference::Reference;

/// A reference at which the dev image may be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where to look.
    pub reference: Reference,
    /// The tag stands for others, too, that differ in the digits at its end only: see [`Candidate::among`].
    pub nearest: bool,
    /// Its repository may have tags of single builds instead of it: see [`Candidate::among`].
    pub stamped: bool,
    /// Id of the rule that says so.
    pub rule: String,
    /// Family whose rule it is, when it is a known one.
    pub family: Option<String>,
    /// 0–100: how well it fits the target, if it exists.
    pub confidence: u8,
    /// What is not guaranteed.
    pub caveats: Vec<String>,
    /// What led to it, one line each.
    pub evidence: Vec<String>,
    /// Shells to look for in it, best first.
    pub shells: Vec<String>,
}

impl Candidate {
    /// Whether it is a general image, and no sibling of the target's.
    pub fn is_toolbox(&self) -> bool {
        let caveat = &families().trace.toolbox;
        self.caveats.contains(caveat)
    }
}

/// The image is its own dev image, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnDev {
    /// Id of the rule that says so.
    pub rule: String,
    /// 0–100; from [`OwnDev::SURE`] on, the image's files need not be looked at.
    pub confidence: u8,
    /// What is not guaranteed.
    pub caveats: Vec<String>,
}

impl OwnDev {
    /// Confidence from which a name alone decides.
    pub const SURE: u8 = 95;

    /// Whether the name alone decides.
    pub fn is_sure(&self) -> bool {
        self.confidence >= Self::SURE
    }
}

/// What a reference alone tells.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The family; the generic one when none is recognised.
    pub family: &'static Family,
    /// Whether the image is its own dev image.
    pub own_dev: Option<OwnDev>,
    /// Where the dev image may be, best first; no reference twice, never the image itself.
    pub candidates: Vec<Candidate>,
    /// The version of the target's main package would tell more: [`read_with`] it.
    pub wants_version: bool,
}

impl Reading {
    /// Id of the family, when it is a known one.
    pub fn family_id(&self) -> Option<&'static str> {
        (!self.family.generic).then_some(self.family.id.as_str())
    }
}

/// An image that the target's image is built on, as far as can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseImage {
    /// The base.
    pub reference: Reference,
    /// Id of the rule that found it.
    pub rule: String,
    /// 0–100: it is the base.
    pub confidence: u8,
    /// What is not guaranteed.
    pub caveats: Vec<String>,
    /// What led to it, the strongest first.
    pub evidence: Vec<String>,
}

/// Applies the shipped rules to a reference. None only if no data was shipped.
pub fn read(reference: &Reference) -> Option<Reading> {
    read_with(reference, None)
}

/// [`read`], with the version of the target's main package (`1.27.3-r1`) when it is known.
pub fn read_with(reference: &Reference, version: Option<&str>) -> Option<Reading> {
    let all = families();
    let family = family_of(all, &reference.name())?;
    Some(applied(all, family, reference, version))
}

/// The rules of a family applied to a reference that is not of it by name, since it is a mirror's: none when
/// there is no such family, or when the image is its own dev image by them.
pub fn read_as(family: &str, reference: &Reference, version: Option<&str>) -> Vec<Candidate> {
    let all = families();
    let Some(family) = all.by_id(family) else {
        return Vec::new();
    };
    let reading = applied(all, family, reference, version);
    let mirror = |mut candidate: Candidate| {
        // Toolboxes of other repositories may not be mirrored.
        let beside = candidate.reference.name() == reference.name();
        candidate.confidence = candidate.confidence.min(MIRRORED);
        candidate.caveats.insert(0, all.trace.mirror.clone());
        beside.then_some(candidate)
    };
    reading.candidates.into_iter().filter_map(mirror).collect()
}

/// Confidence of a mirror's candidates, at most.
const MIRRORED: u8 = 90;

fn applied(
    all: &'static Families,
    family: &'static Family,
    reference: &Reference,
    version: Option<&str>,
) -> Reading {
    let name = reference.name();
    let mut reading = Reading {
        family,
        own_dev: None,
        candidates: Vec::new(),
        wants_version: false,
    };
    let by_version = version.filter(|v| family.versions && reference.with_tag(v).is_ok());
    let tag = match (reference.tag(), by_version) {
        (Some(tag), _) | (None, Some(tag)) => tag,
        (None, None) => {
            reading.wants_version = family.versions && version.is_none();
            all.digest.tag.as_str()
        }
    };
    let mut rules = family.rules.iter();
    let Some((rule, mut groups)) = rules.find_map(|r| Some((r, r.matched(&name, tag)?))) else {
        return reading;
    };
    groups.version = version.map(without_revision);
    if rule.own_dev {
        reading.own_dev = Some(OwnDev {
            rule: rule.id.clone(),
            confidence: rule.confidence,
            caveats: rule.caveats.clone(),
        });
    }
    let mut seen = HashSet::from([reference.canonical()]);
    for wanted in &rule.candidates {
        let asks = ["version", "version_minor"];
        let asks = asks.iter().any(|name| wanted.to.asks_for(name));
        reading.wants_version |= version.is_none() && asks;
        let Some(text) = wanted.to.expand(|name| groups.get(name)) else {
            continue;
        };
        let parsed = if text.contains(['/', ':']) {
            Reference::parse(&text)
        } else {
            reference.with_tag(&text)
        };
        // A tag may grow too long by its suffix; then there is no such image.
        let Ok(parsed) = parsed else { continue };
        if !seen.insert(parsed.canonical()) {
            continue;
        }
        let mut caveats = wanted.caveats.clone();
        let mut confidence = wanted.confidence;
        match (reference.tag(), reference.digest()) {
            (None, _) => {
                confidence = confidence.min(all.digest.confidence);
                caveats.push(all.digest.untagged.clone());
            }
            (Some(_), Some(_)) => caveats.push(all.digest.pinned.clone()),
            (Some(_), None) => {}
        }
        let family_id = reading.family_id().map(str::to_owned);
        // The dev image may be of another family, a toolbox say: its shells are that family's.
        let shells = match family_of(all, &parsed.name()) {
            Some(other) if parsed.name() != name => &other.shells,
            Some(_) | None => &family.shells,
        };
        reading.candidates.push(Candidate {
            evidence: vec![format!("rule {}: {reference} → {parsed}", rule.id)],
            nearest: wanted.nearest,
            stamped: family.stamped && parsed.name() == name,
            rule: rule.id.clone(),
            family: family_id,
            confidence,
            caveats,
            shells: shells.clone(),
            reference: parsed,
        });
    }
    reading
}

/// A package's version without the number of its build: `1.27.3-r1` → `1.27.3`.
fn without_revision(version: &str) -> &str {
    let cut = version.rsplit_once("-r");
    let digits = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    cut.filter(|(_, rest)| digits(rest))
        .map_or(version, |(v, _)| v)
}

/// The first two numbers of a version: `1.27.3` → `1.27`; none when it has no more than two.
fn minor(version: &str) -> Option<&str> {
    let first = version.find('.')?;
    let rest = version.get(first + 1..)?;
    version.get(..first + 1 + rest.find('.')?)
}

/// Label by which a container, or an image, names its dev image.
pub const DEV_IMAGE_LABEL: &str = "dev.devtwin.dev-image";

/// The dev image that [`DEV_IMAGE_LABEL`] names: for sure where whoever started the container set it; an image may
/// say of itself what it likes. None when it names none, or no reference.
pub fn named_by_label(value: &str, by_container: bool) -> Option<Candidate> {
    let all = families();
    let reference = Reference::parse(value).ok()?;
    let family = family_of(all, &reference.name())?;
    let (whose, confidence) = if by_container {
        ("container", 100)
    } else {
        ("image", MIRRORED)
    };
    Some(Candidate {
        evidence: vec![format!(
            "the {whose}'s label {DEV_IMAGE_LABEL} = {reference}"
        )],
        nearest: false,
        stamped: false,
        rule: format!("label/{whose}"),
        family: (!family.generic).then(|| family.id.clone()),
        confidence,
        caveats: Vec::new(),
        shells: family.shells.clone(),
        reference,
    })
}

/// The base images that an image's labels name, best first.
pub fn bases_by_label(labels: &BTreeMap<String, String>) -> Vec<BaseImage> {
    families()
        .bases
        .iter()
        .filter_map(|base| {
            let value = labels.get(&base.label)?;
            let groups = base.value.captures(value)?;
            let text = base
                .reference
                .expand(|name| groups.name(name).map(|m| m.as_str()))?;
            Some(BaseImage {
                // A label is anyone's text: what is no reference is no base.
                reference: Reference::parse(&text).ok()?,
                rule: base.id.clone(),
                confidence: base.confidence,
                caveats: base.caveats.clone(),
                evidence: vec![format!("label {} = {}", base.label, super::plain(value))],
            })
        })
        .collect()
}

/// A base image whose `shared` layers are the first of the image's `all` layers.
pub fn base_by_layers(reference: Reference, shared: usize, all: usize) -> BaseImage {
    let layers = &families().layers;
    BaseImage {
        rule: layers.id.clone(),
        confidence: layers.confidence,
        caveats: vec![layers.caveat.clone()],
        evidence: vec![format!(
            "the first {shared} of its {all} layers are those of {reference}"
        )],
        reference,
    }
}

/// The candidates of a base image, for the image built on it.
pub fn of_base(base: &BaseImage) -> Vec<Candidate> {
    let Some(reading) = read(&base.reference) else {
        return Vec::new();
    };
    let family = reading.family_id().map(str::to_owned);
    let itself = reading
        .own_dev
        .as_ref()
        .filter(|own| own.is_sure())
        .map(|own| Candidate {
            reference: base.reference.clone(),
            nearest: false,
            stamped: false,
            rule: own.rule.clone(),
            family,
            confidence: own.confidence,
            caveats: own.caveats.clone(),
            evidence: vec![format!(
                "rule {}: {} is its own dev image",
                own.rule, base.reference
            )],
            shells: reading.family.shells.clone(),
        });
    itself
        .into_iter()
        .chain(reading.candidates)
        .map(|mut candidate| {
            candidate.rule.clone_from(&base.rule);
            candidate.confidence = candidate.confidence.min(base.confidence);
            candidate
                .evidence
                .splice(0..0, base.evidence.iter().cloned());
            candidate.caveats.splice(0..0, base.caveats.iter().cloned());
            candidate
        })
        .collect()
}

/// Id of an image's family by its reference alone, when it is a known one: cheap, for lists.
pub fn family_name(image: &str) -> Option<&'static str> {
    let reference = Reference::parse(image).ok()?;
    let family = family_of(families(), &reference.name())?;
    (!family.generic).then_some(family.id.as_str())
}

/// Package managers that images of the same family have, absolute paths; those of any family when it is not known.
pub fn package_managers(image: &str) -> &'static [String] {
    let all = families();
    let known = Reference::parse(image).ok();
    let family = known.and_then(|known| family_of(all, &known.name()));
    let family = family.or_else(|| all.generic());
    family.map_or(&[], |family| &family.package_managers)
}

/// Canonical forms of image names as the engine lists them, to ask [`known_locally`] with.
pub fn canonical_names<'a>(names: impl IntoIterator<Item = &'a str>) -> HashSet<String> {
    names
        .into_iter()
        .filter_map(|name| Some(Reference::parse(name).ok()?.canonical()))
        .collect()
}

/// The dev image of an image, if the rules lead to one that is local (`local` from
/// [`canonical_names`]); the image itself when its name says that it is its own. Cheap, for lists:
/// files, labels and registries are not looked at.
pub fn known_locally<S: BuildHasher>(image: &str, local: &HashSet<String, S>) -> Option<String> {
    let reference = Reference::parse(image).ok()?;
    let reading = read(&reference)?;
    if reading.own_dev.is_some_and(|own| own.is_sure()) {
        return Some(reference.to_string());
    }
    let here = |c: &Candidate| local.contains(&c.reference.canonical());
    let found = reading.candidates.into_iter().find(here)?;
    Some(found.reference.to_string())
}

pub(super) fn family_of(all: &'static Families, name: &str) -> Option<&'static Family> {
    let mut tried = all.all.iter();
    tried.find(|f| f.repository.iter().any(|re| re.is_match(name)))
}

/// What a template can name while a rule is applied.
struct Groups<'t> {
    name: &'t str,
    tag: &'t str,
    version: Option<&'t str>,
    of_name: Option<Captures<'t>>,
    of_tag: Option<Captures<'t>>,
}

impl<'t> Groups<'t> {
    fn get(&self, wanted: &str) -> Option<&'t str> {
        match wanted {
            "tag" => Some(self.tag),
            "repository" => Some(self.name),
            "version" => self.version,
            "version_minor" => minor(self.version?),
            "namespace" => self.name.rsplit_once('/').map(|(namespace, _)| namespace),
            group => [&self.of_tag, &self.of_name]
                .into_iter()
                .flatten()
                .find_map(|captures| captures.name(group))
                .map(|m| m.as_str()),
        }
    }
}

impl Rule {
    fn matched<'t>(&self, name: &'t str, tag: &'t str) -> Option<Groups<'t>> {
        let of_name = match &self.repository {
            Some(re) => Some(re.captures(name)?),
            None => None,
        };
        let of_tag = match &self.tag {
            Some(re) => Some(re.captures(tag)?),
            None => None,
        };
        Some(Groups {
            name,
            tag,
            version: None,
            of_name,
            of_tag,
        })
    }
}
