//! What is known of each side before its files are read.

use tokio_util::sync::CancellationToken;

use super::super::clean::may_be_left;
use super::super::inspect::probes::Probes;
use super::super::resolve::{self, Subject, contents};
use super::super::unless_cancelled;
use crate::domain::compare::packages::Source;
use crate::domain::compare::{Role, Side};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::image::Resolution;
use crate::domain::packages::database::Database;
use crate::domain::plan::{PullPolicy, Wishes};
use crate::domain::target::{Config, ContainerId, Image, Target};
use crate::domain::twin::Session;
use crate::domain::{Progress, Sink};
use crate::engine::{Engine, Step};

/// A side as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What it is called.
    pub role: Role,
    /// The container or image.
    pub subject: Subject,
}

/// What is known of a side.
pub(super) struct Known {
    /// For the report.
    pub(super) side: Side,
    /// Its image; none when it is gone.
    pub(super) image: Option<Image>,
    /// Its configuration: the container's own where it is one.
    pub(super) config: Config,
    /// How its image was made, oldest step first.
    pub(super) steps: Vec<Step>,
    /// Where its files are read.
    opened: Option<ContainerId>,
    /// The container itself; none of an image.
    target: Option<Box<Target>>,
    /// Its packages, once they were read.
    pub(super) database: Option<Database>,
    /// Why there are none.
    trouble: Option<String>,
}

impl Known {
    /// The container that its files are read from.
    pub(super) fn id(&self) -> Result<ContainerId> {
        let gone = || Error::new(ErrorKind::Internal, "the files of a side were not opened");
        self.opened.clone().ok_or_else(gone)
    }

    /// The container that its whole root may be streamed from: not each engine can export each one safely. Made, if need
    /// be, by `probes`; not given up halfway.
    pub(super) async fn root(&self, probes: &mut Probes<'_>) -> Result<ContainerId> {
        match (&self.target, &self.image) {
            (Some(target), _) => probes.root_of(target).await,
            (None, Some(image)) => probes.root_of_image(image, &self.id()?).await,
            (None, None) => self.id(),
        }
    }

    /// Layers of its image, lowest first.
    pub(super) fn layers(&self) -> &[String] {
        self.image.as_ref().map_or(&[], |image| &image.layers)
    }

    /// What made its image, and the bytes that came with it.
    pub(super) fn made(&self) -> impl Iterator<Item = (&str, u64)> {
        self.steps.iter().map(|step| {
            let made_by = if step.command.is_empty() {
                &step.note
            } else {
                &step.command
            };
            (made_by.as_str(), step.size)
        })
    }

    /// Its database, for the report.
    pub(super) fn source(&self) -> Source {
        let trouble = self.trouble.clone().or_else(|| {
            let none = "no package database and no SBOM is in it";
            self.database.is_none().then(|| none.to_owned())
        });
        Source::of(self.database.as_ref(), trouble)
    }

    /// Reads its packages. That they cannot be read is for the report, that the container is gone is not.
    pub(super) async fn read_packages(&mut self, engine: &dyn Engine) -> Result<()> {
        match Box::pin(contents::database(engine, &self.id()?)).await {
            Ok(database) => self.database = database,
            Err(error) if error.kind == ErrorKind::Engine => self.trouble = Some(error.message),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// A container or image and its dev image, which is found as attach finds it and pulled when the policy of `wishes` says so; the
/// report on how it was found comes with them.
///
/// # Errors
/// `NoDevImage` when there is none, or when the image is its own; else as [`resolve::resolve`].
pub async fn with_dev(
    engine: &dyn Engine,
    session: &Session,
    subject: Subject,
    wishes: &Wishes,
    sink: Sink<'_>,
) -> Result<([Given; 2], Resolution)> {
    sink(Progress::Step("looking for the dev image".into()));
    let resolution = resolve::resolve(engine, session, &subject, wishes).await?;
    let Some(dev) = resolution.dev_image.clone() else {
        return Err(resolve::no_dev_image(&resolution));
    };
    if resolution.own_dev {
        let message = format!(
            "{} is its own dev image: there is nothing to compare it with",
            resolution.subject
        );
        return Err(Error::new(ErrorKind::NoDevImage, message)
            .hint("name another image behind it: devtwin compare FIRST SECOND"));
    }
    let pull = match wishes.pull {
        PullPolicy::Always => true,
        PullPolicy::Missing => engine.image(&dev).await?.is_none(),
        PullPolicy::Never => false,
    };
    if pull {
        sink(Progress::Step(format!("pulling {dev}")));
        let of = match &subject {
            Subject::Container(target) => &target.image_id,
            Subject::Image(name) => name,
        };
        let platform = engine.image(of).await?.map(|image| image.platform());
        engine.pull(&dev, platform.as_deref(), sink).await?;
    }
    let given = [
        Given {
            role: Role::Prod,
            subject,
        },
        Given {
            role: Role::Dev,
            subject: Subject::Image(dev),
        },
    ];
    Ok((given, resolution))
}

/// What is known of both sides, and where their files can be read: in a container itself, of an image in a container of it that is
/// never started.
pub(super) async fn opened(
    engine: &dyn Engine,
    given: [Given; 2],
    probes: &mut Probes<'_>,
    cancel: &CancellationToken,
) -> Result<[Known; 2]> {
    let [left, right] = given;
    let asked = async { tokio::try_join!(known(engine, left), known(engine, right)) };
    let (left, right) = Box::pin(unless_cancelled(cancel, asked)).await?;
    let mut both = [left, right];
    for known in &mut both {
        if let (None, Some(image)) = (&known.opened, &known.image) {
            // Not given up halfway: see Probes::make.
            known.opened = Some(probes.make(image).await?);
        }
    }
    Ok(both)
}

/// Removes the containers that were made to read; an error says when one may be left. What was read counts all the same.
pub(super) async fn closed<T>(probes: Probes<'_>, read: Result<T>) -> Result<T> {
    let left = probes.remove().await;
    read.map_err(|error| {
        if left.is_empty() {
            error
        } else {
            may_be_left(error)
        }
    })
}

/// Asks what is known of a side without its files.
async fn known(engine: &dyn Engine, given: Given) -> Result<Known> {
    let (name, target, reference, id) = match given.subject {
        Subject::Container(target) => (
            target.name.clone(),
            Some(target.clone()),
            target.image.clone(),
            target.image_id.clone(),
        ),
        Subject::Image(name) => (name.clone(), None, name.clone(), name),
    };
    let container = target.as_ref().map(|target| target.id.clone());
    let config = target.as_ref().map(|target| target.config.clone());
    let image = engine.image(&id).await?;
    let Some(config) = config.or_else(|| image.as_ref().map(|image| image.config.clone())) else {
        let message = format!("the image {name} is not here");
        return Err(Error::new(ErrorKind::NoTarget, message).hint(format!("docker pull {name}")));
    };
    let steps = match &image {
        Some(image) => engine.history(&image.id).await?,
        None => Vec::new(),
    };
    // Reproducible builds may say nothing, or the year 1.
    let built = steps
        .iter()
        .map(|step| step.created)
        .max()
        .filter(|at| *at > 0);
    Ok(Known {
        side: Side {
            role: given.role,
            name,
            container: container.clone(),
            image: reference,
            image_id: image
                .as_ref()
                .map(|image| image.id.clone())
                .unwrap_or_default(),
            platform: image.as_ref().map(Image::platform).unwrap_or_default(),
            built,
        },
        opened: container,
        target: target.map(Box::new),
        image,
        config,
        steps,
        database: None,
        trouble: None,
    })
}
