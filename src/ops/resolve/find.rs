//! Looking for the dev image, from the cheap and sure to the costly: the image's own name, what it is built on by
//! layers and labels, what its files and history tell, the registries, and at last a toolbox (domain.md §1.7).

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use super::facts::Facts;
use super::search::Search;
use crate::domain::error::Error;
use crate::domain::image::candidates::{self, BaseImage, Candidate, DEV_IMAGE_LABEL, Reading};
use crate::domain::image::origin::{Origin, title, weighed};
use crate::domain::image::{Other, Outcome, Place, Reference, Tried, plain};
use crate::domain::plan::PullPolicy;
use crate::domain::target::Image;
use crate::domain::twin::Session;
use crate::engine::Engine;

use super::trace::trace;

/// Runner-ups that are told.
const MAX_OTHERS: usize = 8;
/// Label of Chainguard's images that names the package they are made for.
const MAIN_PACKAGE: &str = "dev.chainguard.package.main";

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Names, labels and layers; files and history are not looked at.
    Names,
    /// Files and history only when names lead nowhere.
    AsNeeded,
    /// All there is, so that every signal is weighed and told.
    All,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Found {
    /// The dev image.
    pub(super) choice: Option<(Candidate, Place)>,
    /// The best guess that wants a login.
    pub(super) denied: Option<Candidate>,
    /// A login that a registry refused.
    pub(super) bad_login: Option<Error>,
    /// What was looked up.
    pub(super) tried: Vec<Tried>,
    /// Runner-ups.
    pub(super) others: Vec<Other>,
    /// What is not guaranteed besides.
    pub(super) caveats: Vec<String>,
    /// What files and history told, when they were looked at.
    pub(super) origin: Option<Origin>,
}

/// The search for one subject.
pub(super) struct Finder<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) session: &'a Session,
    pub(super) pull: PullPolicy,
    pub(super) depth: Depth,
}

impl Finder<'_> {
    pub(super) async fn find(&self, facts: &mut Facts) -> Found {
        let mut origin = None;
        let wants_version = facts.reading.as_ref().is_some_and(|r| r.wants_version);
        if self.depth == Depth::All || (wants_version && self.depth != Depth::Names) {
            origin = self.trace(facts).await;
        }
        let labels = candidates::bases_by_label(&facts.labels);
        let known = facts.reading.as_ref().is_some_and(is_known);
        let mut direct = self.by_label(facts, known).await;
        direct.extend(mirrored(facts, &labels, origin.as_ref()));
        direct.extend(own(facts, origin.as_ref()));

        // What is here by name, or by layers that prove it, needs no further look.
        let mut derived = Vec::new();
        let quick = self.depth != Depth::All;
        let here = |candidates: &[Candidate]| {
            quick
                && self.pull != PullPolicy::Always
                && candidates.iter().any(|c| facts.local.has(c).is_some())
        };
        let mut settled = here(&direct);
        let image = if settled || (known && self.pull == PullPolicy::Never) {
            None
        } else {
            facts.own_image(self.engine).await
        };
        if !settled && !known {
            let layers = self.by_layers(facts, image.as_ref()).await;
            settled = {
                let proven: Vec<Candidate> = layers.iter().flat_map(candidates::of_base).collect();
                quick
                    && self.pull != PullPolicy::Always
                    && proven.iter().any(|c| facts.local.has(c).is_some())
            };
            let mut bases = layers;
            bases.extend(labels);
            if !settled && origin.is_none() && self.depth != Depth::Names {
                origin = self.trace(facts).await;
            }
            if let Some(origin) = &origin {
                let told = origin.bases();
                direct.extend(mirrored(facts, &told, Some(origin)));
                bases.extend(told);
            }
            derived = of_bases(facts, &bases, origin.as_ref());
        }
        let mut seen = HashSet::new();
        direct.retain(|c| seen.insert(c.reference.canonical()));
        derived.retain(|c| seen.insert(c.reference.canonical()));
        let platform = image.as_ref().map(Image::platform);
        self.look_up(
            facts,
            Pool {
                direct,
                derived,
                known,
                platform,
            },
            origin,
        )
        .await
    }

    /// Looks candidates up: among the engine's images, in the registries, and then for a toolbox.
    async fn look_up(&self, facts: &mut Facts, pool: Pool, mut origin: Option<Origin>) -> Found {
        let siblings: Vec<Candidate> = pool.direct.iter().chain(&pool.derived).cloned().collect();
        let platform = pool.platform.as_deref();
        let mut toolboxes = toolboxes(facts, origin.as_ref());
        let local = Arc::clone(&facts.local);
        let mut search = Search::new(self.engine, &local, facts.image_id.clone());
        let mut choice = None;
        if self.pull != PullPolicy::Always {
            choice = search.among_local(&siblings).map(|c| (c, Place::Local));
        }
        if choice.is_none() && self.pull != PullPolicy::Never {
            // One look-up is kept for a toolbox, where another registry may be asked for one.
            let spare = usize::from(!pool.known && !toolboxes.is_empty());
            let found = search.in_registries(&siblings, platform, spare).await;
            choice = found.map(|c| (c, Place::Registry));
        }
        if choice.is_none() && self.pull == PullPolicy::Always {
            choice = search.among_local(&siblings).map(|c| (c, Place::Local));
        }
        if choice.is_none() && origin.is_none() && self.depth != Depth::Names {
            origin = self.trace(facts).await;
            toolboxes = self::toolboxes(facts, origin.as_ref());
        }
        let mut caveats = Vec::new();
        if choice.is_none() {
            choice = search.among_local(&toolboxes).map(|c| (c, Place::Local));
            let ask = !pool.known && search.open.is_none() && self.pull != PullPolicy::Never;
            if choice.is_none() && ask {
                let found = search.in_registries(&toolboxes, platform, 0).await;
                choice = found.map(|c| (c, Place::Registry));
            }
            if choice.is_some() {
                caveats.extend(maybe(&search, self.pull));
            }
        }
        let all = siblings.into_iter().chain(toolboxes);
        let chosen = choice.as_ref().map(|(c, _)| c.reference.canonical());
        let others = others(facts, all, chosen.as_deref(), &search.tried);
        Found {
            denied: search.denied.take(),
            bad_login: search.bad_login.take(),
            tried: std::mem::take(&mut search.tried),
            choice,
            others,
            caveats,
            origin,
        }
    }

    /// The dev image that a label of ours names. Of a known family's image only whoever started the container is
    /// believed: the vendor's own sibling is surer than what an image says.
    async fn by_label(&self, facts: &mut Facts, known: bool) -> Vec<Candidate> {
        let Some(value) = facts.labels.get(DEV_IMAGE_LABEL).cloned() else {
            return Vec::new();
        };
        let image = facts.own_image(self.engine).await;
        let of_image = image
            .as_ref()
            .and_then(|i| i.config.labels.get(DEV_IMAGE_LABEL));
        let by_container = image.is_some() && of_image != Some(&value);
        let named = candidates::named_by_label(&value, by_container);
        named
            .into_iter()
            .filter(|_| by_container || !known)
            .collect()
    }

    /// What files and history tell; none when the image is not here.
    async fn trace(&self, facts: &mut Facts) -> Option<Origin> {
        let image = facts.image_id.clone()?;
        match facts.container(self.engine, self.session).await {
            Ok(id) => Some(trace(self.engine, &image, &id).await),
            Err(error) => {
                tracing::debug!(%error, "the image is not looked into");
                None
            }
        }
    }

    /// The images that share its first layers, the one with most of them first. Without a registry to ask, only
    /// those that lead to an image that is here.
    async fn by_layers(&self, facts: &Facts, image: Option<&Image>) -> Vec<BaseImage> {
        let Some(image) = image else {
            return Vec::new();
        };
        let local = self.pull == PullPolicy::Never;
        facts
            .local
            .bases_of(self.engine, &image.layers, local)
            .await
    }
}

/// Where to look.
struct Pool {
    /// By the image's own name.
    direct: Vec<Candidate>,
    /// By what it is built on.
    derived: Vec<Candidate>,
    /// The image is of a known family.
    known: bool,
    /// The target's platform, when its image is here.
    platform: Option<String>,
}

/// A known family's image has its sibling beside it, or none: a mirror may be a policy (domain.md §1.4), so that no
/// other registry is asked. A name that suggested an own dev image, and came this far, was denied by the files: it
/// is somebody's own build under a known name.
fn is_known(reading: &Reading) -> bool {
    !reading.family.generic && reading.own_dev.is_none()
}

/// Candidates of the image's own name.
fn own(facts: &Facts, origin: Option<&Origin>) -> Vec<Candidate> {
    let (Some(reading), Some(reference)) = (&facts.reading, &facts.reference) else {
        return Vec::new();
    };
    let version = origin.and_then(|o| version_of(facts, o, &reading.family.id, title(reference)));
    let again = version
        .filter(|_| reading.wants_version)
        .and_then(|version| {
            let mut again = candidates::read_with(reference, Some(version))?.candidates;
            for candidate in &mut again {
                let version = plain(version);
                candidate
                    .evidence
                    .push(format!("its main package is of version {version}"));
            }
            Some(again)
        });
    again.unwrap_or_else(|| reading.candidates.clone())
}

/// Candidates beside an image of no known family that its own labels or files call by the name it has: a mirror of
/// the vendor's image (domain.md §1.4).
fn mirrored(facts: &Facts, bases: &[BaseImage], origin: Option<&Origin>) -> Vec<Candidate> {
    let (Some(reading), Some(reference)) = (&facts.reading, &facts.reference) else {
        return Vec::new();
    };
    if !reading.family.generic || reading.own_dev.is_some() {
        return Vec::new();
    }
    let same = bases
        .iter()
        .find(|base| title(&base.reference) == title(reference));
    let Some((base, family)) = same.and_then(|base| {
        let family = candidates::family_name(&base.reference.canonical())?;
        Some((base, family))
    }) else {
        return Vec::new();
    };
    let version = origin.and_then(|o| version_of(facts, o, family, title(reference)));
    let mut found = candidates::read_as(family, reference, version);
    for candidate in &mut found {
        candidate
            .evidence
            .splice(0..0, base.evidence.iter().cloned());
    }
    found
}

/// Candidates of the images that it is built on, best first.
fn of_bases(facts: &Facts, bases: &[BaseImage], origin: Option<&Origin>) -> Vec<Candidate> {
    let mut bases = weighed(bases);
    // What stands here under another registry or organisation is nearer than the vendor's public one.
    let mut homes = Vec::new();
    for base in &bases {
        for home in facts.local.homes(&base.reference) {
            let family = candidates::family_name(&home.canonical()).unwrap_or_default();
            let version = origin.and_then(|o| version_of(facts, o, family, title(home)));
            let tag = version.or(base.reference.tag()).unwrap_or("latest");
            let reference = home.with_tag(tag).or_else(|_| home.with_tag("latest"));
            homes.extend(reference.ok().map(|reference| {
                let mut evidence = base.evidence.clone();
                evidence.push(format!("{} is among the engine's images", home.name()));
                BaseImage {
                    reference,
                    evidence,
                    ..base.clone()
                }
            }));
        }
    }
    bases.extend(homes);
    let mut all: Vec<Candidate> = bases.iter().flat_map(candidates::of_base).collect();
    // Stable: of two equally likely ones, the one that was named first stays first.
    all.sort_by_key(|c| Reverse(c.confidence));
    all
}

fn version_of<'o>(facts: &Facts, origin: &'o Origin, family: &str, title: &str) -> Option<&'o str> {
    let named = facts.labels.get(MAIN_PACKAGE).map(String::as_str);
    origin.version_of(family, title, named)
}

/// Toolboxes, but for the image itself.
fn toolboxes(facts: &Facts, origin: Option<&Origin>) -> Vec<Candidate> {
    let mut found = origin.map(Origin::toolboxes).unwrap_or_default();
    let itself = facts.reference.as_ref().map(Reference::canonical);
    found.retain(|c| Some(c.reference.canonical()) != itself);
    found
}

/// Why a sibling may exist although a toolbox was taken.
fn maybe(search: &Search<'_>, pull: PullPolicy) -> Option<String> {
    if pull == PullPolicy::Never {
        return Some(
            "no registry was asked: the image may have a dev image of its own there".into(),
        );
    }
    let open = search.open.as_ref().map(|c| c.reference.to_string());
    let mut asked = search.tried.iter().filter(|t| t.place == Place::Registry);
    let tried = asked.find(|tried| match &open {
        Some(open) => tried.reference == *open,
        None => matches!(tried.outcome, Outcome::Unreachable(_)),
    })?;
    Some(format!(
        "{} may be its dev image: {}",
        tried.reference, tried.outcome
    ))
}

/// The runner-ups: what was not chosen and is not known to be missing.
fn others(
    facts: &Facts,
    all: impl Iterator<Item = Candidate>,
    chosen: Option<&str>,
    tried: &[Tried],
) -> Vec<Other> {
    let missing: HashSet<&str> = tried
        .iter()
        .filter(|t| {
            matches!(
                t.outcome,
                Outcome::NoSuchTag | Outcome::NotListed | Outcome::OtherPlatform(_)
            )
        })
        .map(|t| t.reference.as_str())
        .collect();
    let mut seen = HashSet::new();
    let mut others: Vec<Other> = all
        .filter_map(|candidate| {
            let here = facts.local.has(&candidate);
            let local = here.is_some();
            if candidate.nearest && !local {
                return None;
            }
            let candidate = here.unwrap_or(candidate);
            let image = candidate.reference.to_string();
            let canonical = candidate.reference.canonical();
            let left_out = Some(canonical.as_str()) == chosen || missing.contains(image.as_str());
            (!left_out && seen.insert(canonical)).then_some(Other {
                image,
                rule: candidate.rule,
                confidence: candidate.confidence,
                local,
                evidence: candidate.evidence,
                caveats: candidate.caveats,
            })
        })
        .collect();
    others.sort_by_key(|other| Reverse(other.confidence));
    others.truncate(MAX_OTHERS);
    others
}
