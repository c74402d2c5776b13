//! Removing a lab: what is its by label and name ([`whose`]), containers first, then images, volumes, and its claim.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::lesson::whose::{self, Share};
use crate::domain::target::Summary;
use crate::domain::twin::{NAME_PREFIX, is_image_of_ours, label};
use crate::engine::{Engine, MadeImage, Volume};

/// How often images without a name are looked for: each round may free those on which the ones before stood.
const ROUNDS: usize = 5;

/// What became of labs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// Names of containers.
    pub containers: Vec<String>,
    /// Names of images, or ids of those without one.
    pub images: Vec<String>,
    /// Names of volumes.
    pub volumes: Vec<String>,
    /// What has a lab's label and is somebody else's, and stays: one line each.
    pub left: Vec<String>,
    /// What could not be removed, and why: one line each.
    pub failed: Vec<String>,
}

impl Removed {
    /// The first failure as an error, if there is one.
    pub fn complete(&self) -> Result<()> {
        let Some(first) = self.failed.first() else {
            return Ok(());
        };
        let message = format!("a lab could not be removed whole: {first}");
        Err(Error::new(ErrorKind::Engine, message).hint("devtwin clean removes the rest"))
    }
}

/// Which labs.
#[derive(Clone, Copy)]
pub(in crate::ops) struct Which<'a> {
    /// Whether what carries these labels is of one of them.
    pub(in crate::ops) holds: &'a (dyn Fn(&BTreeMap<String, String>) -> bool + Send + Sync),
    /// What is below a lab's name goes also without its label: only while the name is known to be taken by the lab, since
    /// nothing had it before.
    pub(in crate::ops) unlabelled: bool,
    /// Nothing is removed, only told.
    pub(in crate::ops) dry_run: bool,
}

impl Which<'_> {
    /// Removes, unless it is only to be told.
    async fn really(self, removal: impl Future<Output = Result<()>>) -> Result<()> {
        if self.dry_run { Ok(()) } else { removal.await }
    }
}

/// Writes down what became of something of that kind.
fn note(
    done: &mut Vec<String>,
    failed: &mut Vec<String>,
    kind: &str,
    name: String,
    gone: Result<()>,
) {
    match gone {
        Ok(()) => done.push(name),
        Err(error) => failed.push(format!("{kind} {name}: {}", error.message)),
    }
}

/// Everything on the engine that carries the label of a lab.
struct Seen {
    containers: Vec<Summary>,
    images: Vec<MadeImage>,
    volumes: Vec<Volume>,
}

impl Seen {
    async fn on(engine: &dyn Engine) -> Result<Self> {
        let (containers, images, volumes) = tokio::try_join!(
            engine.labelled(label::LAB),
            engine.labelled_images(label::LAB),
            engine.volumes(label::LAB)
        )?;
        Ok(Self {
            containers,
            images,
            volumes,
        })
    }

    /// Names of the labs that are meant, with the labels of something of each.
    fn labs(&self, which: Which<'_>) -> BTreeSet<String> {
        let containers = self.containers.iter();
        // A twin has its own session's labels, and the lab's by its image.
        let containers = containers
            .filter(|row| !is_twin(row))
            .map(|row| &row.labels);
        let images = self.images.iter().map(|image| &image.labels);
        let volumes = self.volumes.iter().map(|volume| &volume.labels);
        let all = containers.chain(images).chain(volumes);
        let meant = all.filter(|labels| (which.holds)(labels));
        meant
            .filter_map(|labels| labels.get(label::LAB).cloned())
            .collect()
    }
}

fn is_twin(row: &Summary) -> bool {
    row.name.starts_with(NAME_PREFIX)
}

fn lab_of<'a>(
    labels: &'a BTreeMap<String, String>,
    lab: &str,
    which: Which<'_>,
) -> Option<&'a str> {
    let own = labels.get(label::LAB).filter(|own| *own == lab);
    own.filter(|_| (which.holds)(labels)).map(String::as_str)
}

/// Removes the labs that are meant. All is tried before the first failure is told.
///
/// # Errors
/// The engine cannot say what there is.
pub(in crate::ops) async fn remove(engine: &dyn Engine, which: Which<'_>) -> Result<Removed> {
    let mut removed = Removed::default();
    let seen = Seen::on(engine).await?;
    for lab in seen.labs(which) {
        // A name that is no lab's was written by somebody else.
        if !whose::is_lab_name(&lab) {
            continue;
        }
        containers(engine, &lab, &seen, which, &mut removed).await?;
        images(engine, &lab, which, &mut removed).await?;
        volumes(engine, &lab, &seen, which, &mut removed).await?;
    }
    Ok(removed)
}

async fn containers(
    engine: &dyn Engine,
    lab: &str,
    seen: &Seen,
    which: Which<'_>,
    removed: &mut Removed,
) -> Result<()> {
    let of_lab = |image: &&MadeImage| {
        lab_of(&image.labels, lab, which).is_some()
            && match whose::share(lab, &image.tags) {
                Share::Whole => true,
                Share::Names { own, .. } => !own.is_empty(),
            }
    };
    let ids = seen.images.iter().filter(of_lab);
    let ids: BTreeSet<String> = ids.map(|image| image.id.clone()).collect();
    let labelled = seen
        .containers
        .iter()
        .filter(|row| lab_of(&row.labels, lab, which).is_some());
    let mut rows: Vec<Summary> = labelled.cloned().collect();
    if which.unlabelled {
        let all = engine.containers().await?;
        let plain = all
            .into_iter()
            .filter(|row| !row.labels.contains_key(label::LAB));
        rows.extend(plain.filter(|row| whose::is_image_of(lab, &row.image)));
    }
    rows.retain(|row| !is_twin(row));
    for row in &mut rows {
        as_typed(engine, row).await?;
    }
    let (own, foreign): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .partition(|row| whose::is_container_of(lab, row, &ids));
    let foreign = foreign.iter();
    let foreign = foreign.map(|row| format!("container {} of {}", row.name, row.image));
    removed.left.extend(foreign);
    // At one time: each takes the engine a second or so.
    let gone = own.into_iter().map(async |row| {
        let gone = which.really(engine.remove(&row.id)).await;
        (row.name, gone)
    });
    for (name, gone) in join_all(gone).await {
        note(
            &mut removed.containers,
            &mut removed.failed,
            "container",
            name,
            gone,
        );
    }
    Ok(())
}

/// Puts in place of an image's id the name by which the container was run: the engine shows the id once that name is
/// another image's, and then the id does not tell whose the container is.
async fn as_typed(engine: &dyn Engine, row: &mut Summary) -> Result<()> {
    if !whose::is_id_of(&row.image, &row.image_id) {
        return Ok(());
    }
    match engine.inspect(&row.id.0).await {
        Ok(target) => row.image = target.image,
        // Gone meanwhile.
        Err(error) if error.kind == ErrorKind::NoTarget => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

async fn images(
    engine: &dyn Engine,
    lab: &str,
    which: Which<'_>,
    removed: &mut Removed,
) -> Result<()> {
    // Names first: what a container of somebody else still uses loses its name and stays.
    let mut names = Vec::new();
    for image in engine.labelled_images(label::LAB).await? {
        if lab_of(&image.labels, lab, which).is_none() {
            continue;
        }
        if let Share::Names { own, foreign } = whose::share(lab, &image.tags) {
            names.extend(own);
            // What a session makes of a target of the lab, it removes itself.
            let foreign = foreign.iter().filter(|name| !is_image_of_ours(name));
            let told = foreign.map(|name| format!("image {name}"));
            removed.left.extend(told);
        }
    }
    if which.unlabelled {
        let all = engine.images().await?;
        let tags = all.into_iter().flat_map(|image| image.tags);
        let plain = tags.filter(|tag| whose::is_image_of(lab, tag) && !names.contains(tag));
        names.extend(plain.collect::<Vec<_>>());
    }
    for name in names {
        let gone = which.really(engine.remove_image(&name)).await;
        note(
            &mut removed.images,
            &mut removed.failed,
            "image",
            name,
            gone,
        );
    }
    if which.dry_run {
        return Ok(());
    }
    let mut stuck: BTreeMap<String, String> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let nameless = engine.labelled_images(label::LAB).await?;
        let nameless: Vec<_> = nameless
            .into_iter()
            .filter(|image| image.tags.is_empty() && lab_of(&image.labels, lab, which).is_some())
            .collect();
        let before = removed.images.len();
        stuck.clear();
        let used = engine.containers().await?;
        let used: BTreeSet<String> = used.into_iter().map(|row| row.image_id).collect();
        for image in nameless {
            if used.contains(&image.id) {
                stuck.insert(image.id, "a container still stands on it".into());
                continue;
            }
            match engine.remove_image(&image.id).await {
                Ok(()) => removed.images.push(image.id),
                Err(error) => {
                    stuck.insert(image.id, error.message);
                }
            }
        }
        if removed.images.len() == before {
            break;
        }
    }
    // What somebody's container still runs on, mostly a twin: its name is gone, and it goes with the next clean.
    let told = stuck.into_values();
    removed
        .left
        .extend(told.map(|why| format!("an image of the lab {lab}: {why}")));
    Ok(())
}

async fn volumes(
    engine: &dyn Engine,
    lab: &str,
    seen: &Seen,
    which: Which<'_>,
    removed: &mut Removed,
) -> Result<()> {
    let claim = whose::claim(lab);
    let of_lab = seen
        .volumes
        .iter()
        .filter(|volume| lab_of(&volume.labels, lab, which).is_some());
    let names = of_lab.map(|volume| volume.name.clone());
    let (mut own, foreign): (Vec<_>, Vec<_>) = names.partition(|name| whose::is_name_of(lab, name));
    removed
        .left
        .extend(foreign.iter().map(|name| format!("volume {name}")));
    if which.unlabelled {
        // Those that `docker run -v` and `docker volume create` make have no label.
        let all = engine.volume_names().await?;
        let plain = all
            .into_iter()
            .filter(|name| whose::is_name_of(lab, name) && !own.contains(name));
        own.extend(plain.collect::<Vec<_>>());
    }
    // The claim last: as long as something is left, the name is taken.
    let (claims, others): (Vec<_>, Vec<_>) = own.into_iter().partition(|name| *name == claim);
    for name in others.into_iter().chain(claims) {
        if name == claim && !removed.failed.is_empty() {
            continue;
        }
        let gone = which.really(engine.remove_volume(&name)).await;
        note(
            &mut removed.volumes,
            &mut removed.failed,
            "volume",
            name,
            gone,
        );
    }
    Ok(())
}
