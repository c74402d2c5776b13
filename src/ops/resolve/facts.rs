//! What is known of a subject before candidates are looked up, and what follows from it alone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use tokio::sync::oneshot::Receiver;

use super::local::LocalImages;
use super::probe::{self, Files};
use super::search::Search;
use super::{NO_RULE, OWN_FILES, Subject};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::image::candidates::{self, Candidate, OwnDev, Reading};
use crate::domain::image::families::families;
use crate::domain::image::{Outcome, Place, Reference, Resolution, Tried, is_image_id, plain};
use crate::domain::plan::PullPolicy;
use crate::domain::target::{ContainerId, Image, Target};
use crate::domain::twin::Session;
use crate::engine::Engine;

/// What is known of a subject before candidates are looked up.
pub(super) struct Facts {
    subject: String,
    /// As the container or the person names it.
    image: String,
    /// Id of the image, when it is here.
    image_id: Option<String>,
    /// The reference that the rules are applied to.
    reference: Option<Reference>,
    /// What the rules say of it.
    pub(super) reading: Option<Reading>,
    labels: BTreeMap<String, String>,
    /// Layers, when they are known already.
    layers: Option<Vec<String>>,
    /// What the image's files show; none when they were not looked at.
    files: Option<Result<Files>>,
    evidence: Vec<String>,
    caveats: Vec<String>,
    pub(super) local: LocalImages,
}

impl Facts {
    pub(super) async fn gather(
        engine: &dyn Engine,
        session: &Session,
        subject: &Subject,
        probe: Option<Receiver<ContainerId>>,
    ) -> Result<Self> {
        match subject {
            Subject::Container(target) => Self::of_container(engine, target).await,
            Subject::Image(name) => Self::of_image(engine, session, name, probe).await,
        }
    }

    async fn of_container(engine: &dyn Engine, target: &Target) -> Result<Self> {
        let named_by_id = names_id(&target.image, &target.image_id);
        let reference = if named_by_id {
            None
        } else {
            Reference::parse(&target.image).ok()
        };
        let reading = reference.as_ref().and_then(candidates::read);
        let probe = async {
            match managers_to_probe(reading.as_ref()) {
                Some(managers) => Some(
                    probe::files(
                        engine,
                        &target.id,
                        managers,
                        shells_to_probe(reading.as_ref()),
                    )
                    .await,
                ),
                None => None,
            }
        };
        let (images, files) = futures_util::join!(engine.images(), probe);
        let mut facts = Self {
            subject: target.name.clone(),
            image: target.image.clone(),
            image_id: Some(target.image_id.clone()),
            reference,
            reading,
            labels: target.config.labels.clone(),
            layers: None,
            files,
            evidence: Vec::new(),
            caveats: Vec::new(),
            local: LocalImages::new(images?),
        };
        facts.refine();
        Ok(facts)
    }

    async fn of_image(
        engine: &dyn Engine,
        session: &Session,
        name: &str,
        probe: Option<Receiver<ContainerId>>,
    ) -> Result<Self> {
        let parsed = Reference::parse(name);
        if let Err(error) = &parsed
            && !is_image_id(name)
        {
            return Err(error.clone());
        }
        let (image, images) = futures_util::try_join!(engine.image(name), engine.images())?;
        let by_id = image.as_ref().is_some_and(|i| names_id(name, &i.id));
        let reference = if by_id { None } else { parsed.ok() };
        if image.is_none() && reference.is_none() {
            return Err(Error::new(
                ErrorKind::NoTarget,
                format!("no local image has the id {}", plain(name)),
            )
            .hint("docker images lists them; an image that is not here is named by reference"));
        }
        let mut facts = Self {
            subject: name.to_owned(),
            image: name.to_owned(),
            image_id: image.as_ref().map(|i| i.id.clone()),
            reading: reference.as_ref().and_then(candidates::read),
            reference,
            labels: BTreeMap::new(),
            layers: None,
            files: None,
            evidence: Vec::new(),
            caveats: Vec::new(),
            local: LocalImages::new(images),
        };
        facts.refine();
        if let Some(image) = image {
            facts.look_into(engine, session, image, probe).await;
        }
        Ok(facts)
    }

    /// Takes labels, layers and files from a local image that has no container.
    async fn look_into(
        &mut self,
        engine: &dyn Engine,
        session: &Session,
        image: Image,
        probe: Option<Receiver<ContainerId>>,
    ) {
        if let Some(managers) = managers_to_probe(self.reading.as_ref()) {
            let shells = shells_to_probe(self.reading.as_ref());
            self.files = Some(match probe {
                Some(probe) => match probe.await {
                    Ok(id) => probe::files(engine, &id, managers, shells).await,
                    Err(_) => Err(Error::new(
                        ErrorKind::Engine,
                        "no container could be made of it",
                    )),
                },
                None => probe::files_of_image(engine, session, &image, managers, shells).await,
            });
        }
        self.labels = image.config.labels;
        self.layers = Some(image.layers);
    }

    /// Finds a tag for an image that is named by id or digest alone, among its own local names; and
    /// tells when a tag has moved on since the container was made.
    fn refine(&mut self) {
        let Some(id) = &self.image_id else { return };
        match &self.reference {
            Some(reference) if reference.tag().is_some() => {
                if self.local.id_of(reference).is_some_and(|now| now != id) {
                    self.caveats.push(format!(
                        "the tag {reference} names another image now than the one that runs"
                    ));
                }
            }
            reference => {
                let repository = reference.as_ref().map(Reference::name);
                let Some(name) = self.local.name_of(id, repository.as_deref()) else {
                    return;
                };
                self.evidence
                    .push(format!("the same image is tagged {name} here"));
                self.reading = candidates::read(name);
                self.reference = Some(name.clone());
            }
        }
    }

    pub(super) fn report(&self) -> Resolution {
        let family = self
            .reading
            .as_ref()
            .filter(|r| !r.family.generic)
            .map(|r| r.family);
        let mut evidence = self.evidence.clone();
        if let (Some(family), Some(reference)) = (family, &self.reference) {
            evidence.push(format!(
                "{} is of the family {}",
                reference.name(),
                family.name
            ));
        }
        let tried = self.files.iter().map(|files| Tried {
            reference: plain(&self.image),
            place: Place::Files,
            outcome: match files {
                Ok(Files::Both { .. }) => Outcome::Found,
                Ok(Files::NoPackageManager) => Outcome::NoPackageManager,
                Ok(Files::NoShell) => Outcome::NoShell,
                Err(error) => Outcome::Unreadable(error.message.clone()),
            },
        });
        Resolution {
            subject: plain(&self.subject),
            image: plain(&self.image),
            family: family.map(|f| f.id.clone()),
            dev_image: None,
            own_dev: false,
            rule: NO_RULE.into(),
            confidence: 0,
            local: false,
            evidence,
            caveats: self.caveats.clone(),
            tried: tried.collect(),
            shells: Vec::new(),
        }
    }

    /// Why the image is its own dev image, if it is: by a sure name, by its files, or by a likely name
    /// when its files could not be looked at.
    pub(super) fn own_dev(&self) -> Option<Own> {
        let by_name = self.reading.as_ref().and_then(|r| r.own_dev.clone());
        match (by_name, &self.files) {
            (Some(own), _) if own.is_sure() => Some(Own::Name(own)),
            (_, Some(Ok(Files::Both { manager, shells }))) => Some(Own::Files {
                manager: manager.clone(),
                shells: shells.clone(),
            }),
            (Some(own), None | Some(Err(_))) => Some(Own::Name(own)),
            (Some(_) | None, _) => None,
        }
    }

    pub(super) fn settle_own(&self, report: &mut Resolution, own: Own) {
        report.own_dev = true;
        report.dev_image = Some(self.own_name());
        report.local = self.image_id.is_some();
        match own {
            Own::Name(own) => {
                report.evidence.push(format!(
                    "rule {}: {} is its own dev image",
                    own.rule, report.image
                ));
                report.rule = own.rule;
                report.confidence = own.confidence;
                report.caveats.extend(own.caveats);
                report.shells = shells_to_probe(self.reading.as_ref()).to_vec();
            }
            Own::Files { manager, shells } => {
                let shell = shells.first().map_or("", String::as_str);
                report
                    .evidence
                    .push(format!("its files have {shell} and {manager}"));
                report.rule = OWN_FILES.into();
                report.confidence = 100;
                report.shells = shells;
            }
        }
    }

    /// The image's own reference, or its id when the reference does not name it any more.
    fn own_name(&self) -> String {
        match (&self.reference, &self.image_id) {
            (Some(reference), Some(id)) if self.local.id_of(reference) == Some(id) => {
                reference.to_string()
            }
            (_, Some(id)) => id.clone(),
            (Some(reference), None) => reference.to_string(),
            (None, None) => self.image.clone(),
        }
    }

    /// Looks candidates up: those of the image's own name, then those of the image it is built on,
    /// which costs more to know.
    pub(super) async fn find(
        &self,
        engine: &dyn Engine,
        direct: &[Candidate],
        search: &mut Search<'_>,
        pull: PullPolicy,
    ) -> Option<(Candidate, Place)> {
        let mut all = direct.to_vec();
        if pull != PullPolicy::Always
            && let Some(found) = search.among_local(direct)
        {
            return Some((found, Place::Local));
        }
        // A known family's image has its sibling beside it, or none: a mirror may be a policy
        // (domain.md §1.4), so that no other registry is asked. A name that suggested an own dev image,
        // and came this far, was denied by the files: it is somebody's own build under a known name.
        let known = |r: &Reading| !r.family.generic && r.own_dev.is_none();
        if !self.reading.as_ref().is_some_and(known) {
            let bases = self.bases(engine, pull == PullPolicy::Never).await;
            let derived: Vec<Candidate> = bases
                .into_iter()
                .filter(|c| !all.iter().any(|a| a.reference == c.reference))
                .collect();
            if pull != PullPolicy::Always
                && let Some(found) = search.among_local(&derived)
            {
                return Some((found, Place::Local));
            }
            all.extend(derived);
        }
        match pull {
            PullPolicy::Never => None,
            PullPolicy::Missing => search
                .in_registries(&all)
                .await
                .map(|c| (c, Place::Registry)),
            PullPolicy::Always => match search.in_registries(&all).await {
                Some(found) => Some((found, Place::Registry)),
                None => search.among_local(&all).map(|c| (c, Place::Local)),
            },
        }
    }

    /// Candidates of the images that this one is built on, best first.
    /// Without a registry to ask, only those that lead to an image that is here.
    async fn bases(&self, engine: &dyn Engine, local: bool) -> Vec<Candidate> {
        let layers = match (&self.layers, &self.image_id) {
            (Some(layers), _) => layers.clone(),
            (None, Some(id)) => match engine.image(id).await {
                Ok(image) => image.map(|i| i.layers).unwrap_or_default(),
                Err(error) => {
                    tracing::debug!(%id, %error, "the target's layers are not known");
                    Vec::new()
                }
            },
            (None, None) => Vec::new(),
        };
        let mut bases = self.local.bases_of(engine, &layers, local).await;
        bases.extend(candidates::bases_by_label(&self.labels));
        let mut all: Vec<Candidate> = bases.iter().flat_map(candidates::of_base).collect();
        // Stable: of two equally likely ones, the one that shares more layers stays first.
        all.sort_by_key(|c| Reverse(c.confidence));
        let mut seen = HashSet::new();
        all.retain(|c| seen.insert(c.reference.canonical()));
        all
    }
}

/// Why an image is its own dev image.
pub(super) enum Own {
    Name(OwnDev),
    Files {
        manager: String,
        shells: Vec<String>,
    },
}

/// Whether `name` is the id, or the beginning of the id, of the image `id`: containers made from an id
/// keep it as their image's name (domain.md §1.1).
pub(super) fn names_id(name: &str, id: &str) -> bool {
    let digits = name.strip_prefix("sha256:").unwrap_or(name);
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    // Four digits: with fewer, a short repository name could be taken for an id.
    digits.len() >= 4 && digits.bytes().all(|b| b.is_ascii_hexdigit()) && id.starts_with(digits)
}

/// Package managers to look for in the subject's files; none when its name settles it, or when its
/// family never has one.
fn managers_to_probe(reading: Option<&Reading>) -> Option<&'static [String]> {
    let family = match reading {
        Some(reading) => {
            if reading.own_dev.as_ref().is_some_and(OwnDev::is_sure) {
                return None;
            }
            reading.family
        }
        None => families().generic()?,
    };
    (!family.package_managers.is_empty()).then_some(&family.package_managers)
}

pub(super) fn shells_to_probe(reading: Option<&Reading>) -> &'static [String] {
    match reading.map(|r| r.family).or_else(|| families().generic()) {
        Some(family) => &family.shells,
        None => &[],
    }
}
