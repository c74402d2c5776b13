//! The engine's own images, by name and by id; and which of them another image is built on.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt as _, stream};

use crate::domain::image::candidates::{self, BaseImage, Candidate};
use crate::domain::image::origin::title;
use crate::domain::image::{Reference, family_name};
use crate::domain::target::{Image, ImageSummary};
use crate::engine::Engine;

/// Images that are inspected at most, to find a base by its layers.
const MAX_BASES: usize = 64;
/// Inspections at one time.
const AT_ONCE: usize = 8;

/// The engine's images that have a name.
pub(super) struct LocalImages {
    ids: HashMap<String, String>,
    names: Vec<(Reference, String)>,
}

impl LocalImages {
    pub(super) fn new(images: Vec<ImageSummary>) -> Self {
        let mut ids = HashMap::new();
        let mut names = Vec::new();
        for image in images {
            // `<none>:<none>` is no reference, and rightly left out.
            for name in image.tags.iter().filter_map(|t| Reference::parse(t).ok()) {
                ids.insert(name.canonical(), image.id.clone());
                names.push((name, image.id.clone()));
            }
        }
        Self { ids, names }
    }

    /// Id of the image of that name.
    pub(super) fn id_of(&self, reference: &Reference) -> Option<&String> {
        self.ids.get(&reference.canonical())
    }

    /// The candidate, if it is here; of one that stands for a time, the nearest tag that is here.
    pub(super) fn has(&self, candidate: &Candidate) -> Option<Candidate> {
        if self.id_of(&candidate.reference).is_some() {
            return Some(candidate.clone());
        }
        let repository = candidate.reference.name();
        let of = self
            .names
            .iter()
            .filter(|(name, _)| name.name() == repository);
        let nearest = candidate.nearest_of(of.filter_map(|(name, _)| name.tag()))?;
        let mut found = candidate.clone();
        found.evidence.push(format!(
            "{nearest} is the first that was built at or after it"
        ));
        found.reference = nearest;
        Some(found)
    }

    /// Repositories of the same family and title as `base` has, under another name.
    pub(super) fn homes(&self, base: &Reference) -> Vec<&Reference> {
        let family = family_name(&base.canonical());
        let mut seen = HashSet::from([base.name()]);
        let names = self.names.iter().map(|(name, _)| name);
        names
            .filter(|name| title(name) == title(base))
            .filter(|name| family.is_some() && family_name(&name.canonical()) == family)
            .filter(|name| seen.insert(name.name()))
            .collect()
    }

    /// A name of the image with that id, in `repository` if one is asked for; one of a known family
    /// rather than another.
    pub(super) fn name_of(&self, id: &str, repository: Option<&str>) -> Option<&Reference> {
        self.names
            .iter()
            .filter(|(name, of)| of == id && repository.is_none_or(|r| name.name() == r))
            .map(|(name, _)| name)
            .max_by_key(|name| family_name(&name.canonical()).is_some())
    }

    /// Local images whose layers are the first of `layers`, the one with most of them first. At most
    /// [`MAX_BASES`] images are looked at, those of known families before others; with `local`, only those
    /// that lead to a dev image among the engine's own.
    pub(super) async fn bases_of(
        &self,
        engine: &dyn Engine,
        layers: &[String],
        local: bool,
    ) -> Vec<BaseImage> {
        if layers.len() < 2 {
            // A strict prefix with a layer in it needs two.
            return Vec::new();
        }
        let likely = self.likely_bases(local);
        // Collected first: a closure held over an await keeps the whole future from being `Send`.
        let questions: Vec<_> = likely.iter().map(|(id, _)| engine.image(id)).collect();
        let answers: Vec<_> = stream::iter(questions).buffered(AT_ONCE).collect().await;
        let mut bases: Vec<(Image, &Reference)> = Vec::new();
        for ((_, name), answer) in likely.into_iter().zip(answers) {
            match answer {
                Ok(image) => bases.extend(image.map(|i| (i, name))),
                Err(error) => tracing::debug!(%name, %error, "an image could not be inspected"),
            }
        }
        bases.retain(|(base, _)| {
            !base.layers.is_empty()
                && base.layers.len() < layers.len()
                && layers.starts_with(&base.layers)
        });
        bases.sort_by_key(|(base, _)| std::cmp::Reverse(base.layers.len()));
        // What somebody else built on the same vendor's image tells nothing more.
        let known = |name: &Reference| family_name(&name.canonical()).is_some();
        let vendors = bases.iter().filter(|(_, name)| known(name));
        let most = vendors.map(|(base, _)| base.layers.len()).max();
        bases.retain(|(base, name)| {
            Some(base.layers.len()) > most || known(name) || self.leads_to_local(name)
        });
        bases
            .into_iter()
            .map(|(base, name)| {
                candidates::base_by_layers(name.clone(), base.layers.len(), layers.len())
            })
            .collect()
    }

    /// Whether a dev image of what is built on the image of that name could be here.
    fn leads_to_local(&self, name: &Reference) -> bool {
        let base = candidates::base_by_layers(name.clone(), 0, 0);
        let mut dev = candidates::of_base(&base).into_iter();
        dev.any(|candidate| self.id_of(&candidate.reference).is_some())
    }

    /// Names to inspect, best first.
    fn likely_bases(&self, local: bool) -> Vec<(&str, &Reference)> {
        let mut all: Vec<(bool, &str, &Reference)> = self
            .names
            .iter()
            .filter(|(name, _)| !local || self.leads_to_local(name))
            .map(|(name, id)| (family_name(&name.canonical()).is_some(), id.as_str(), name))
            .collect();
        all.sort_by_key(|(known, ..)| !known);
        let all = all.into_iter().map(|(_, id, name)| (id, name));
        all.take(MAX_BASES).collect()
    }
}
