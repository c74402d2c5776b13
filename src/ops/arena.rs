//! The ground of an arena: what its view of the target's files needs is made before the twin, and removed after it.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

use super::explore::made::{Made, remove_volumes};
use super::launch::{PATIENCE, Request};
use super::whole::Source;
use super::{unless_cancelled, within};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::{Mend, Mode, Plan, Root, RootSource};
use crate::domain::target::{ContainerId, Mount, MountKind, NamespaceMode, Target};
use crate::domain::twin::{FOLDER_PREFIX, ROOT_PREFIX, label};
use crate::domain::{Progress, Sink, Size};
use crate::engine::{ArchiveStream, Engine, NewVolume};

/// How many bytes of a copy go by between two words of it.
const TOLD_EVERY: u64 = 16 * 1024 * 1024;

/// What was made for an arena, and what its engine refused so far. Of other modes: nothing.
#[derive(Debug, Default)]
pub(super) struct Ground {
    mends: Vec<Mend>,
    made: Option<RootSource>,
    explorer: Made,
}

impl Ground {
    /// Creates the twin of `plan`, with what it needs, and without what the engine refuses; and the plan as it is then.
    /// On a failure [`Self::clear`] is still to be called.
    pub(super) async fn create(
        &mut self,
        engine: &dyn Engine,
        target: &Target,
        plan: &Plan,
        size: Option<Size>,
        request: &Request<'_>,
        cancel: &CancellationToken,
    ) -> Result<(ContainerId, Plan)> {
        loop {
            let mut plan = plan.clone();
            plan.mend(target, &self.mends)?;
            self.explorer.mend(&mut plan);
            self.explorer.make(engine, &plan, request, cancel).await?;
            settle(engine, &mut plan).await?;
            if let Err(error) = self.make(engine, target, &plan, request, cancel).await {
                if error.kind == ErrorKind::Engine && self.gives_up(&plan, &error, request.sink) {
                    continue;
                }
                return Err(error);
            }
            (request.sink)(Progress::Step(format!(
                "creating the twin: {}",
                plan.rights()
            )));
            match engine.create(&plan, size).await {
                Ok(id) => return Ok((id, plan)),
                Err(error) => {
                    if !self.learns(&plan, &error, request.sink) {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Whether the engine's refusal of `plan` is over something that the arena can do without: then it is tried again
    /// without it.
    pub(super) fn learns(&mut self, plan: &Plan, error: &Error, sink: Sink<'_>) -> bool {
        self.explorer.learns(plan, error, sink) || self.takes(Mend::of(plan, error), error, sink)
    }

    /// Whether there is another way to the target's files, where that of `plan` could not be made.
    fn gives_up(&mut self, plan: &Plan, error: &Error, sink: Sink<'_>) -> bool {
        let root = plan.root.as_ref();
        let mend = root.and_then(|root| Mend::of_root(&root.how, error));
        self.takes(mend, error, sink)
    }

    fn takes(&mut self, mend: Option<Mend>, error: &Error, sink: Sink<'_>) -> bool {
        let Some(mend) = mend.filter(|mend| !self.mends.contains(mend)) else {
            return false;
        };
        tracing::info!(%error, "an arena is made without something");
        sink(Progress::Notable(mend.words()));
        self.mends.push(mend);
        true
    }

    /// Makes what the plan's view of the files needs, unless it is there; what was made for another view goes first.
    async fn make(
        &mut self,
        engine: &dyn Engine,
        target: &Target,
        plan: &Plan,
        request: &Request<'_>,
        cancel: &CancellationToken,
    ) -> Result<()> {
        let wanted = plan.root.as_ref().map(|root| &root.how);
        if self.made.as_ref() == wanted {
            return Ok(());
        }
        if let Some(old) = self.made.take() {
            remove_root(engine, &old).await?;
        }
        let Some(how) = wanted else { return Ok(()) };
        // Before it is made: what fails in the middle may have made it.
        self.made = Some(how.clone());
        match how {
            RootSource::Overlay { volume, options } => {
                let option = |name: &str, value: &str| (name.to_owned(), value.to_owned());
                let overlay = NewVolume {
                    name: volume.clone(),
                    options: BTreeMap::from([
                        option("type", "overlay"),
                        option("device", "overlay"),
                        option("o", options),
                    ]),
                    labels: plan.labels.clone(),
                };
                engine.create_volume(&overlay).await
            }
            RootSource::Image { name } => {
                (request.sink)(Progress::Step(
                    "making an image of the target's files".into(),
                ));
                // Not broken off: the engine would go on with it, and the image come when nobody removes it.
                engine.commit(&plan.target, name, &plan.labels).await?;
                unless_cancelled(cancel, async { Ok(()) }).await
            }
            RootSource::Archive { volume, .. } => {
                let empty = NewVolume {
                    name: volume.clone(),
                    labels: plan.labels.clone(),
                    ..NewVolume::default()
                };
                engine.create_volume(&empty).await?;
                copy(engine, target, plan, volume, request, cancel).await
            }
        }
    }

    /// Removes what was made, after a failure or with the twin.
    pub(super) async fn clear(&mut self, engine: &dyn Engine) -> Result<()> {
        let explorer = self.explorer.clear(engine).await;
        match self.made.take() {
            Some(how) => remove_root(engine, &how).await.and(explorer),
            None => explorer,
        }
    }

    /// [`Self::clear`] behind `error`, which is given back; that something is left is added to it.
    pub(super) async fn undo(&mut self, engine: &dyn Engine, error: Error) -> Error {
        match within(PATIENCE, self.clear(engine)).await {
            Ok(()) => error,
            Err(left) => {
                tracing::warn!(%left, "what an arena needed could not be removed after a failure");
                error.and_hint(&format!("{}: devtwin clean", left.message))
            }
        }
    }
}

/// Leaves the network of another container out when that does not run.
async fn settle(engine: &dyn Engine, plan: &mut Plan) -> Result<()> {
    let network = plan.network.clone();
    let (Mode::Arena, Some(other)) = (plan.mode, network.strip_prefix("container:")) else {
        return Ok(());
    };
    let why = match engine.inspect(other).await {
        Ok(other) if other.state.is_joinable() => return Ok(()),
        Ok(_) => "it does not run",
        Err(error) if error.kind == ErrorKind::NoTarget => "it is gone",
        Err(error) => return Err(error),
    };
    plan.without_network(&network, why);
    Ok(())
}

/// The plan with what is known before anything is created: for one that is only shown.
pub(super) async fn settled(engine: &dyn Engine, mut plan: Plan) -> Result<Plan> {
    settle(engine, &mut plan).await?;
    Ok(plan)
}

/// Sets what the engine tells of an arena that was made before: its networks, and the view of the target's files.
pub(super) fn as_made(plan: &mut Plan, twin: &Target) {
    plan.network = match &twin.isolation.network {
        NamespaceMode::Host => "host".into(),
        NamespaceMode::None => "none".into(),
        NamespaceMode::Container(other) => format!("container:{other}"),
        NamespaceMode::Named(name) => name.clone(),
        NamespaceMode::Private | NamespaceMode::Shareable => String::new(),
    };
    plan.networks = match &twin.isolation.network {
        NamespaceMode::Named(_) | NamespaceMode::Private | NamespaceMode::Shareable => {
            twin.runtime.networks.iter().skip(1).cloned().collect()
        }
        NamespaceMode::Host | NamespaceMode::None | NamespaceMode::Container(_) => Vec::new(),
    };
    let mut made = root_of(&twin.config.labels);
    if let Some(RootSource::Archive { committed, .. }) = &mut made {
        *committed = !twin.runtime.can_be_exported();
    }
    let planned = plan.root.as_ref().map(|root| root.how.word());
    if let Some(how) = made
        && planned != Some(how.word())
    {
        plan.root = Some(Root {
            how,
            why: "as it was made".into(),
        });
    }
}

/// Streams the target's whole root into the volume, through a container that is never started.
async fn copy(
    engine: &dyn Engine,
    target: &Target,
    plan: &Plan,
    volume: &str,
    request: &Request<'_>,
    cancel: &CancellationToken,
) -> Result<()> {
    let mount = Mount {
        kind: MountKind::Volume,
        source: volume.to_owned(),
        destination: "/target".into(),
        writable: true,
    };
    let helper = helper(plan, volume, mount);
    let sink = request.sink;
    sink(Progress::Notable("copying the target's files".into()));
    let source = Source::of(engine, target, request.session, volume, &plan.labels).await?;
    let copied = match engine.create(&helper, None).await {
        Ok(id) => {
            let poured = unless_cancelled(cancel, pour(engine, &source, &id, sink)).await;
            poured.and(within(PATIENCE, engine.remove(&id)).await)
        }
        Err(error) => Err(error),
    };
    copied.and(source.clear(engine).await)
}

/// Streams the source into the container `id`, below `/target`.
async fn pour(
    engine: &dyn Engine,
    source: &Source,
    id: &ContainerId,
    sink: Sink<'_>,
) -> Result<()> {
    let archive = source.stream(engine).await?;
    // The channel of progress is the caller's; a stream must own what it tells.
    let (told, news) = tokio::sync::mpsc::unbounded_channel();
    let put = engine.put_stream(id, "/target", counted(archive, told));
    telling(put, news, sink).await
}

/// Waits for a copy, and passes on how many bytes went by.
pub(super) async fn telling(
    put: impl Future<Output = Result<()>>,
    mut news: tokio::sync::mpsc::UnboundedReceiver<u64>,
    sink: Sink<'_>,
) -> Result<()> {
    tokio::pin!(put);
    loop {
        tokio::select! {
            biased;
            Some(bytes) = news.recv() => sink(Progress::Copied(bytes)),
            done = &mut put => return done,
        }
    }
}

/// The plan of a container that is never started, by which files come into the volume of `mount`.
pub(super) fn helper(plan: &Plan, name: &str, mount: Mount) -> Plan {
    let mut labels = plan.labels.clone();
    labels.remove(label::FOLDERS);
    labels.insert(label::MODE.into(), Mode::Probe.word().into());
    labels.insert(label::BRIEF.into(), "1".into());
    labels.remove(label::ROOT);
    Plan {
        mode: Mode::Probe,
        name: name.to_owned(),
        argv: vec!["/devtwin-copy".into()],
        env: Vec::new(),
        shell_env: Vec::new(),
        network: "none".into(),
        networks: Vec::new(),
        dns: Vec::new(),
        extra_hosts: Vec::new(),
        ipc: String::new(),
        uts: String::new(),
        userns: String::new(),
        root: None,
        mounts: vec![mount],
        folders: Vec::new(),
        caches: Vec::new(),
        gpus: None,
        merged: None,
        cap_add: Vec::new(),
        tty: false,
        stdin: false,
        labels,
        ..plan.clone()
    }
}

/// The same stream, which tells how many bytes went by.
pub(super) fn counted(
    archive: ArchiveStream,
    told: tokio::sync::mpsc::UnboundedSender<u64>,
) -> ArchiveStream {
    let (mut all, mut said) = (0_u64, 0_u64);
    let count = move |piece: Result<bytes::Bytes>| {
        if let Ok(bytes) = &piece {
            all += bytes.len() as u64;
            if all - said >= TOLD_EVERY {
                said = all;
                if told.send(all).is_err() {
                    tracing::trace!("the copy was given up");
                }
            }
        }
        piece
    };
    archive.map(count).boxed()
}

/// Removes a volume or image that was made for a view of files.
async fn remove_root(engine: &dyn Engine, how: &RootSource) -> Result<()> {
    match how {
        RootSource::Overlay { volume, .. } | RootSource::Archive { volume, .. } => {
            engine.remove_volume(volume).await
        }
        RootSource::Image { name } => engine.remove_image(name).await,
    }
}

/// Removes a twin and what was made for its view of the target's files, which its label tells.
///
/// One that is gone already is no error.
pub async fn remove_twin(engine: &dyn Engine, id: &ContainerId) -> Result<()> {
    let labels = match engine.inspect(&id.0).await {
        Ok(twin) => twin.config.labels,
        Err(error) if error.kind == ErrorKind::NoTarget => return Ok(()),
        Err(error) => return Err(error),
    };
    engine.remove(id).await?;
    let folders = labels.get(label::FOLDERS).map_or("", String::as_str);
    let folders = folders
        .split(',')
        .filter(|name| name.starts_with(FOLDER_PREFIX))
        .collect();
    let folders = remove_volumes(engine, folders).await;
    match root_of(&labels) {
        Some(how) => remove_root(engine, &how).await.and(folders),
        None => folders,
    }
}

/// What was made for a twin's view of files, as its labels tell; the options of an overlay are not among them,
/// nor whether an archive is that of an image.
/// Labels may be anybody's: a name that is none of ours counts for nothing.
pub(super) fn root_of(labels: &BTreeMap<String, String>) -> Option<RootSource> {
    let (way, object) = labels.get(label::ROOT)?.split_once(':')?;
    let object = object.to_owned();
    if !object.starts_with(ROOT_PREFIX) {
        return None;
    }
    Some(match way {
        "overlay" => RootSource::Overlay {
            volume: object,
            options: String::new(),
        },
        "image" => RootSource::Image { name: object },
        "archive" => RootSource::Archive {
            volume: object,
            committed: false,
        },
        _ => return None,
    })
}
