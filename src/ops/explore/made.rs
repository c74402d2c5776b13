//! What an explorer needs before its twin: scratch layers over folders, copies of them, an image of two. It is made once,
//! and goes with the twin.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::{copy, merged};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::{Folder, FolderHow, Mode, Plan};
use crate::domain::target::{ContainerId, Mount, MountKind};
use crate::domain::twin::label;
use crate::domain::{Progress, Sink};
use crate::engine::{Engine, NewVolume};
use crate::ops::arena::helper;
use crate::ops::launch::{PATIENCE, Request};
use crate::ops::within;

/// What was made so far, and which scratch layers the engine refused. Of other modes: nothing.
#[derive(Debug, Default)]
pub(in crate::ops) struct Made {
    folders: Vec<Folder>,
    image: Option<String>,
    /// Scratch layers that were refused, and why.
    refused: Vec<(String, String)>,
}

impl Made {
    /// The plan with copies in place of the scratch layers that were refused.
    pub(in crate::ops) fn mend(&self, plan: &mut Plan) {
        for (volume, why) in &self.refused {
            plan.copy_instead(volume, why);
        }
    }

    /// Whether the engine's refusal of `plan` is over a scratch layer: then a copy is tried in its place.
    pub(in crate::ops) fn learns(&mut self, plan: &Plan, error: &Error, sink: Sink<'_>) -> bool {
        let Some(volume) = plan.refused_folder(error) else {
            return false;
        };
        if self.refused.iter().any(|(known, _)| *known == volume) {
            return false;
        }
        let why = error.message.rsplit(": ").next().unwrap_or_default();
        tracing::info!(%error, "a scratch layer was refused");
        sink(Progress::Notable(
            "no scratch layer can be put over the folder: copying it".into(),
        ));
        self.refused.push((volume, why.trim().to_owned()));
        true
    }

    /// Makes what the plan wants and is not there. What fails in the middle is known, too, and goes with [`Self::clear`].
    pub(in crate::ops) async fn make(
        &mut self,
        engine: &dyn Engine,
        plan: &Plan,
        request: &Request<'_>,
        cancel: &CancellationToken,
    ) -> Result<()> {
        if plan.mode != Mode::Explore {
            return Ok(());
        }
        if let Some(image) = &plan.merged
            && self.image.is_none()
        {
            self.image = Some(image.clone());
            merged::make(engine, plan, image, request, cancel).await?;
        }
        for folder in &plan.folders {
            if self.folders.contains(folder) {
                continue;
            }
            let old = self.folders.iter().position(|f| f.path == folder.path);
            if let Some(old) = old {
                let old = self.folders.remove(old);
                remove_volumes(engine, old.volumes()).await?;
            }
            self.folders.push(folder.clone());
            match &folder.how {
                FolderHow::Write => {}
                FolderHow::Scratch { volume, layer } => {
                    scratch(engine, plan, folder, (volume, layer)).await?;
                }
                FolderHow::Copy { volume } => {
                    plain(engine, plan, volume).await?;
                    let words = format!("copying {}", folder.source);
                    (request.sink)(Progress::Step(words));
                    let into = mounted(engine, plan, volume, &folder.path).await?;
                    let copied = copy::into(engine, &into, folder, request.sink, cancel).await;
                    let removed = within(PATIENCE, engine.remove(&into)).await;
                    copied.and(removed)?;
                }
            }
        }
        Ok(())
    }

    /// Removes what was made, after a failure or with the twin.
    pub(in crate::ops) async fn clear(&mut self, engine: &dyn Engine) -> Result<()> {
        let mut first = Ok(());
        for folder in std::mem::take(&mut self.folders) {
            first = first.and(remove_volumes(engine, folder.volumes()).await);
        }
        if let Some(image) = self.image.take() {
            first = first.and(engine.remove_image(&image).await);
        }
        first
    }
}

/// Removes volumes, all of them also where one fails.
pub(in crate::ops) async fn remove_volumes(engine: &dyn Engine, volumes: Vec<&str>) -> Result<()> {
    let mut first = Ok(());
    for volume in volumes {
        first = first.and(engine.remove_volume(volume).await);
    }
    first
}

async fn plain(engine: &dyn Engine, plan: &Plan, name: &str) -> Result<()> {
    let volume = NewVolume {
        name: name.to_owned(),
        labels: plan.labels.clone(),
        ..NewVolume::default()
    };
    engine.create_volume(&volume).await
}

/// A container that is never started and has the volume at `path`.
async fn mounted(
    engine: &dyn Engine,
    plan: &Plan,
    volume: &str,
    path: &str,
) -> Result<ContainerId> {
    let mount = Mount {
        kind: MountKind::Volume,
        source: volume.to_owned(),
        destination: path.to_owned(),
        writable: true,
    };
    engine.create(&helper(plan, volume, mount), None).await
}

/// A volume of type overlay over the folder. What is written goes into another volume, whose own folder on the engine's
/// machine is known only when it is there; the two folders in it that an overlay wants are put by the archive endpoint.
async fn scratch(
    engine: &dyn Engine,
    plan: &Plan,
    folder: &Folder,
    (volume, layer): (&str, &str),
) -> Result<()> {
    plain(engine, plan, layer).await?;
    let into = mounted(engine, plan, layer, "/layer").await?;
    let put = engine.put_archive(&into, "/layer", folders(folder)?).await;
    let removed = within(PATIENCE, engine.remove(&into)).await;
    put.and(removed)?;
    let session = plan.labels.get(label::SESSION).map_or("", String::as_str);
    let all = engine
        .volumes(&format!("{}={session}", label::SESSION))
        .await?;
    let place = all.into_iter().find(|v| v.name == layer);
    let place = place.map(|v| v.folder).filter(|place| !place.is_empty());
    // Without it the mount is refused, and the folder is copied.
    let place = place.unwrap_or_else(|| "/nowhere".into());
    let option = |name: &str, value: String| (name.to_owned(), value);
    let overlay = NewVolume {
        name: volume.to_owned(),
        options: BTreeMap::from([
            option("type", "overlay".into()),
            option("device", "overlay".into()),
            option(
                "o",
                format!(
                    "lowerdir={},upperdir={place}/upper,workdir={place}/work",
                    folder.source
                ),
            ),
        ]),
        labels: plan.labels.clone(),
    };
    engine.create_volume(&overlay).await
}

/// The two folders of a scratch layer; the upper one is what is seen of the folder's own owner and permissions.
fn folders(folder: &Folder) -> Result<Bytes> {
    let broken = |e: std::io::Error| {
        let message = format!("could not pack the scratch layer: {e}");
        Error::new(ErrorKind::Internal, message)
    };
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = since.map_or(0, |since| since.as_secs());
    let mut tar = tar::Builder::new(Vec::new());
    for (name, mode, owner) in [
        ("upper/", folder.mode, folder.owner),
        ("work/", 0o700, (0, 0)),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_size(0);
        header.set_mtime(now);
        header.set_mode(mode);
        header.set_uid(owner.0.into());
        header.set_gid(owner.1.into());
        tar.append_data(&mut header, name, std::io::empty())
            .map_err(broken)?;
    }
    tar.into_inner().map(Bytes::from).map_err(broken)
}
