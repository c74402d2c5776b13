//! What is known of a subject before candidates are looked up, and what follows from it alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::oneshot::Receiver;

use super::local::LocalImages;
use super::probe::{self, Files};
use super::{NO_RULE, OWN_FILES, Subject};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::image::candidates::{self, OwnDev, Reading};
use crate::domain::image::families::families;
use crate::domain::image::{Outcome, Place, Reference, Resolution, Tried, is_image_id, plain};
use crate::domain::target::{ContainerId, Image, Target};
use crate::domain::twin::Session;
use crate::engine::Engine;

/// What is known of a subject before candidates are looked up.
pub(super) struct Facts {
    subject: String,
    /// As the container or the person names it.
    image: String,
    /// Id of the image, when it is here.
    pub(super) image_id: Option<String>,
    /// The reference that the rules are applied to.
    pub(super) reference: Option<Reference>,
    /// What the rules say of it.
    pub(super) reading: Option<Reading>,
    pub(super) labels: BTreeMap<String, String>,
    /// The image, when it is here and was asked for.
    own: Option<Image>,
    /// It was asked for.
    asked: bool,
    /// A container whose files are the image's.
    container: Option<ContainerId>,
    /// That container was made here, and is to be removed.
    made: bool,
    /// What the image's files show; none when they were not looked at.
    files: Option<Result<Files>>,
    evidence: Vec<String>,
    caveats: Vec<String>,
    pub(super) local: Arc<LocalImages>,
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
            own: None,
            asked: false,
            container: Some(target.id.clone()),
            made: false,
            files,
            evidence: Vec::new(),
            caveats: Vec::new(),
            local: Arc::new(LocalImages::new(images?)),
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
            own: None,
            asked: false,
            container: None,
            made: false,
            files: None,
            evidence: Vec::new(),
            caveats: Vec::new(),
            local: Arc::new(LocalImages::new(images)),
        };
        facts.refine();
        if let Some(image) = image {
            facts.look_into(engine, session, image, probe).await;
        }
        Ok(facts)
    }

    /// Takes labels and files from a local image that has no container.
    async fn look_into(
        &mut self,
        engine: &dyn Engine,
        session: &Session,
        image: Image,
        probe: Option<Receiver<ContainerId>>,
    ) {
        self.labels.clone_from(&image.config.labels);
        self.own = Some(image);
        self.asked = true;
        let Some(managers) = managers_to_probe(self.reading.as_ref()) else {
            return;
        };
        let shells = shells_to_probe(self.reading.as_ref());
        let id = match probe {
            Some(probe) => probe
                .await
                .map_err(|_| Error::new(ErrorKind::Engine, "no container could be made of it")),
            None => self.container(engine, session).await,
        };
        self.files = Some(match id {
            Ok(id) => probe::files(engine, &id, managers, shells).await,
            Err(error) => Err(error),
        });
    }

    /// The image, when it is here.
    pub(super) async fn own_image(&mut self, engine: &dyn Engine) -> Option<Image> {
        if !self.asked {
            self.asked = true;
            self.own = match &self.image_id {
                Some(id) => engine.image(id).await.unwrap_or_else(|error| {
                    tracing::debug!(%id, %error, "the subject's image is not known");
                    None
                }),
                None => None,
            };
        }
        self.own.clone()
    }

    /// A container whose files are the image's: the subject, or one that is made of the image and that
    /// [`Facts::close`] removes.
    ///
    /// # Errors
    /// When the image is not here, or the engine refuses.
    pub(super) async fn container(
        &mut self,
        engine: &dyn Engine,
        session: &Session,
    ) -> Result<ContainerId> {
        if let Some(id) = &self.container {
            return Ok(id.clone());
        }
        let Some(image) = self.own_image(engine).await else {
            return Err(Error::new(ErrorKind::Engine, "the image is not here"));
        };
        let id = engine.create(&probe::plan(&image, session), None).await?;
        self.container = Some(id.clone());
        self.made = true;
        Ok(id)
    }

    /// Removes what was made to look into the image.
    pub(super) async fn close(&self, engine: &dyn Engine) {
        if let (true, Some(id)) = (self.made, &self.container) {
            probe::removed(engine, id).await;
        }
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
            rule: NO_RULE.into(),
            evidence,
            caveats: self.caveats.clone(),
            tried: tried.collect(),
            ..Resolution::default()
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
