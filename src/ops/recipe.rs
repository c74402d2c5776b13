//! The recipe of a twin's session: what is asked of the engine for it, and whether it holds.

mod mounted;
pub mod verify;

use std::collections::{BTreeMap, HashSet};

use tokio_util::sync::CancellationToken;

use super::unless_cancelled;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::image::Reference;
use crate::domain::packages;
use crate::domain::plan::Mode;
use crate::domain::recipe::artifact::{self, Artifact, apk_files, listed_files};
use crate::domain::recipe::{Base, Facts, Found, Source, below};
use crate::domain::recorder::Record;
use crate::domain::tar::{Event, Flow, Kind, Unpack};
use crate::domain::target::{ContainerId, Image, MountKind, Status, Target};
use crate::domain::twin::{FOLDER_PREFIX, NAME_PREFIX, label};
use crate::engine::Engine;

/// Bytes of a database of packages.
const DATABASE: u64 = 64 * 1024 * 1024;

/// Where apk keeps what is installed.
const APK: [&str; 2] = ["/usr/lib/apk/db/installed", "/lib/apk/db/installed"];

/// Where dpkg keeps which files belong to whom.
const DPKG: &str = "/var/lib/dpkg/info";

/// What a recipe is made of: the twin, both images, and the files that the session made.
///
/// # Errors
/// `NoTarget` when the twin is gone, `Engine` when the engine cannot be asked, `Cancelled`.
pub async fn look(
    engine: &dyn Engine,
    twin: &str,
    record: &Record,
    cancel: &CancellationToken,
) -> Result<Found> {
    unless_cancelled(cancel, found(engine, twin, record)).await
}

async fn found(engine: &dyn Engine, twin: &str, record: &Record) -> Result<Found> {
    let twin = engine.inspect(twin).await?;
    let mut notes = Vec::new();
    let facts = facts(engine, &twin, record, &mut notes).await?;
    let owned = owned(engine, &twin.id, facts.manager.as_deref(), &mut notes).await;
    let mut changes = changes(engine, &twin, &mut notes).await?;
    let mounts: Vec<&str> = twin.mounts.iter().map(|m| m.destination.as_str()).collect();
    artifact::drop_mount_points(&mut changes, &mounts);
    let (mut artifacts, more) = artifact::from_changes(&changes, &owned, &facts);
    if facts.manager.as_deref() == Some("dnf") {
        notes.push(
            "rpm's files are not told from yours: look at what lies below /usr and /etc yourself"
                .into(),
        );
    }
    if twin.state.status == Status::Running {
        let made = mounted::files(engine, &twin, &facts, &mut notes).await;
        artifacts.extend(
            made.iter()
                .map(|path| Artifact::new(path, artifact::Kind::File, 0, true)),
        );
    } else if !facts.sources.is_empty() {
        notes.push("the twin does not run: files in mounted directories are not listed".into());
    }
    for artifact in &mut artifacts {
        // A file that is gone meanwhile stays without its size.
        let Ok(Some(stat)) = engine.peek(&twin.id, &artifact.path).await else {
            continue;
        };
        artifact.mode = stat.mode;
        if stat.is_dir {
            artifact.kind = artifact::Kind::Folder;
        } else {
            artifact.size = Some(stat.size);
            artifact.executable =
                stat.mode & 0o111 != 0 && !stat.is_special && stat.link_target.is_none();
        }
    }
    artifact::sort(&mut artifacts);
    Ok(Found {
        facts,
        artifacts,
        more,
        notes,
    })
}

/// What the session changed, path and kind. Not asked of a twin that does not run where that can break it
/// ([`crate::domain::target::Runtime::can_be_exported`]).
async fn changes(
    engine: &dyn Engine,
    twin: &Target,
    notes: &mut Vec<String>,
) -> Result<Vec<(String, char)>> {
    if twin.state.status != Status::Running && !twin.runtime.can_be_exported() {
        notes.push(format!(
            "the twin does not run, and its engine cannot tell safely what was changed in it: docker start {} and try again",
            twin.name
        ));
        return Ok(Vec::new());
    }
    let changes = engine.changes(&twin.id).await?.into_iter();
    Ok(changes.map(|change| (change.path, change.kind)).collect())
}

async fn facts(
    engine: &dyn Engine,
    twin: &Target,
    record: &Record,
    notes: &mut Vec<String>,
) -> Result<Facts> {
    let label = |key: &str| twin.config.labels.get(key).cloned().unwrap_or_default();
    let dev = engine.image(&twin.image_id).await?;
    let dev = base(&twin.image, dev.as_ref());
    let mode = Mode::parse(&label(label::MODE));
    let production = match mode {
        Some(Mode::Explore) => Some(label(label::TARGET)),
        _ => match engine.inspect(&label(label::TARGET)).await {
            Ok(target) => Some(target.image),
            Err(error) if error.kind == ErrorKind::NoTarget => None,
            Err(error) => return Err(error),
        },
    };
    let production = match production {
        Some(reference) => {
            let image = engine.image(&reference).await?;
            if image.is_none() {
                notes.push(format!(
                    "{reference} is not here: docker pull {reference} tells its user and program"
                ));
            }
            Some(base(&reference, image.as_ref()))
        }
        None => None,
    };
    let sources = sources(engine, twin, record, mode == Some(Mode::Explore)).await?;
    Ok(Facts {
        twin: twin.name.clone(),
        dev,
        production,
        manager: manager(engine, &twin.id).await?,
        sources,
        workdir: twin.config.workdir.clone(),
        shell: twin.config.entrypoint.first().cloned().unwrap_or_default(),
    })
}

/// An image as a recipe knows it. A name that is an id says nothing to another machine: a tag is better.
fn base(reference: &str, image: Option<&Image>) -> Base {
    let Some(image) = image else {
        return Base {
            reference: reference.to_owned(),
            ..Base::default()
        };
    };
    let by_id = crate::domain::image::is_image_id(reference) || reference.starts_with("sha256:");
    let reference = match image.tags.first() {
        Some(tag) if by_id => tag.clone(),
        _ => reference.to_owned(),
    };
    let name = |text: &str| Reference::parse(text).ok().map(|parsed| parsed.name());
    let own = name(&reference);
    let digest = image
        .digests
        .iter()
        .find(|digest| own.is_some() && name(digest) == own);
    Base {
        digest: digest
            .and_then(|digest| digest.split_once('@'))
            .map(|(_, digest)| digest.to_owned()),
        reference,
        user: image.config.user.clone(),
        workdir: image.config.workdir.clone(),
        entrypoint: image.config.entrypoint.clone(),
        cmd: image.config.cmd.clone(),
    }
}

/// The directories of the person's: of an explorer all that are mounted, beside a target those in which a step ran.
async fn sources(
    engine: &dyn Engine,
    twin: &Target,
    record: &Record,
    all: bool,
) -> Result<Vec<Source>> {
    let mut found: Vec<(usize, Source)> = Vec::new();
    for mount in &twin.mounts {
        let host = match mount.kind {
            MountKind::Bind => Some(mount.source.clone()),
            MountKind::Volume if mount.source.starts_with(FOLDER_PREFIX) => {
                let options = engine.volume_options(&mount.source).await?;
                options.as_deref().and_then(lower).map(str::to_owned)
            }
            MountKind::Volume | MountKind::Tmpfs | MountKind::Image | MountKind::Other => continue,
        };
        let inside = record.steps().iter().filter_map(|step| step.cwd.as_deref());
        let steps = inside.filter(|cwd| below(cwd, &mount.destination)).count();
        if all || steps > 0 {
            let path = mount.destination.clone();
            found.push((steps, Source { path, host }));
        }
    }
    found.sort_by_key(|(steps, _)| std::cmp::Reverse(*steps));
    Ok(found.into_iter().map(|(_, source)| source).collect())
}

/// The folder of the person's below what an explorer writes, from the mount options of its volume.
fn lower(options: &str) -> Option<&str> {
    let folder = options.strip_prefix("lowerdir=")?.split(',').next()?;
    // What is escaped is no plain path: the build can do without a context that is not known.
    (folder.starts_with('/') && !folder.contains(['\\', ':'])).then_some(folder)
}

async fn manager(engine: &dyn Engine, twin: &ContainerId) -> Result<Option<String>> {
    for manager in packages::ALL {
        for program in manager.programs() {
            if engine.peek(twin, program).await?.is_some() {
                return Ok(Some(manager.id().to_owned()));
            }
        }
    }
    Ok(None)
}

/// The files of packages, as the manager's database has them.
async fn owned(
    engine: &dyn Engine,
    twin: &ContainerId,
    manager: Option<&str>,
    notes: &mut Vec<String>,
) -> HashSet<String> {
    let (paths, wanted): (&[&str], &str) = match manager {
        Some("apk") => (&APK, "installed"),
        Some("apt") => (&[DPKG], ".list"),
        _ => return HashSet::new(),
    };
    for path in paths {
        match texts(engine, twin, path, wanted).await {
            Ok(text) if text.is_empty() => {}
            Ok(text) if wanted == ".list" => return listed_files(&text),
            Ok(text) => return apk_files(&text),
            Err(error) => tracing::debug!(%error, path, "no database of packages"),
        }
    }
    notes.push("the database of packages could not be read: their files are listed, too".into());
    HashSet::new()
}

/// What the files at or below a path hold whose names end so, one after the other.
async fn texts(engine: &dyn Engine, twin: &ContainerId, path: &str, end: &str) -> Result<String> {
    let archive = engine.archive(twin, path, DATABASE).await?;
    let mut text = Vec::new();
    let mut open = false;
    let mut unpack = Unpack::default();
    let fed = unpack.feed(&archive, &mut |event| {
        match event {
            Event::Entry(entry) => {
                open = entry.kind == Kind::File && entry.path.ends_with(end);
                text.push(b'\n');
            }
            Event::Data(bytes) if open => text.extend_from_slice(bytes),
            Event::Data(_) => {}
        }
        Flow::More
    });
    fed.map_err(|why| Error::new(ErrorKind::Engine, format!("{path} cannot be read: {why}")))?;
    Ok(String::from_utf8_lossy(&text).trim_start().to_owned())
}

/// Makes an image of a twin as it is, under a name that the person gave. Labels of ours are emptied: none can be taken
/// away, and `clean` must never take the image for one of devtwin's.
///
/// # Errors
/// `Usage` when the name is none, `Engine` when the engine refuses.
pub async fn commit(engine: &dyn Engine, twin: &str, name: &str) -> Result<String> {
    let name = image_name(name)?;
    let twin = engine.inspect(twin).await?;
    let ours = twin
        .config
        .labels
        .keys()
        .filter(|key| key.starts_with("dev.devtwin."));
    let empty: BTreeMap<String, String> = ours.map(|key| (key.clone(), String::new())).collect();
    engine.commit(&twin.id, &name, &empty).await
}

/// A name for an image, as a person gives it.
///
/// # Errors
/// `Usage` when it is none, or one of those that devtwin removes.
pub fn image_name(name: &str) -> Result<String> {
    let name = name.trim();
    let parsed = Reference::parse(name)?;
    if parsed.digest().is_some()
        || parsed
            .repository()
            .rsplit('/')
            .next()
            .is_some_and(|last| last.starts_with(NAME_PREFIX))
    {
        let message = format!("{name} is no name for an image of yours");
        return Err(Error::new(ErrorKind::Usage, message).hint("give it a name like acme/app:1"));
    }
    Ok(name.to_owned())
}
