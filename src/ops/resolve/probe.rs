//! Whether an image's files show a shell and a package manager: the archive endpoint's word, so that it
//! works in images that have neither, and in containers that do not run.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use futures_util::future::try_join_all;

use crate::domain::error::Result;
use crate::domain::plan::{Mode, Plan};
use crate::domain::target::{ContainerId, Image, Mount, MountKind};
use crate::domain::twin::{NAME_PREFIX, Session};
use crate::engine::Engine;

/// Symbolic links followed from one path, as many as make sense (`/bin/sh` → `/bin/busybox`).
const MAX_LINKS: usize = 8;
/// Any execute permission.
const EXECUTABLE: u32 = 0o111;

/// What the files of an image show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Files {
    /// A package manager, and shells (at least one), best first.
    Both {
        manager: String,
        shells: Vec<String>,
    },
    /// No package manager; shells were not looked for.
    NoPackageManager,
    /// A package manager, but no shell to run it from.
    NoShell,
}

/// Whether a program that can be run stands at `path` in a container, links followed. The container is
/// there: one that is not reads as one without programs.
pub async fn is_program(engine: &dyn Engine, id: &ContainerId, path: &str) -> Result<bool> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Some(stat) = engine.peek(id, &path).await? else {
            return Ok(false);
        };
        match stat.link_target {
            Some(target) => path = target,
            None => return Ok(!stat.is_dir && stat.mode & EXECUTABLE != 0),
        }
    }
    Ok(false)
}

/// Looks into a container. Most production images have no package manager, so that one round of
/// questions, asked at once, settles it; shells are a second round only for the others.
pub(super) async fn files(
    engine: &dyn Engine,
    id: &ContainerId,
    managers: &[String],
    shells: &[String],
) -> Result<Files> {
    let Some(manager) = programs(engine, id, managers).await?.into_iter().next() else {
        return Ok(Files::NoPackageManager);
    };
    let shells = programs(engine, id, shells).await?;
    if shells.is_empty() {
        return Ok(Files::NoShell);
    }
    Ok(Files::Both { manager, shells })
}

/// Removes a container that was made to look into an image.
pub(in crate::ops) async fn removed(engine: &dyn Engine, id: &ContainerId) {
    if let Err(error) = engine.remove(id).await {
        tracing::warn!(%id, %error, "a probe was left behind; devtwin clean removes it");
    }
}

/// Those of `paths` at which a program stands in a container, in their order; all are asked for at once.
pub async fn programs(
    engine: &dyn Engine,
    id: &ContainerId,
    paths: &[String],
) -> Result<Vec<String>> {
    // Collected first: a closure held over an await keeps the whole future from being `Send`.
    let questions: Vec<_> = paths
        .iter()
        .map(|path| is_program(engine, id, path))
        .collect();
    let there = try_join_all(questions).await?;
    let both = paths.iter().zip(there);
    Ok(both
        .filter(|(_, there)| *there)
        .map(|(path, _)| path.clone())
        .collect())
}

/// The plan of a container that nothing is run in.
pub(in crate::ops) fn plan(image: &Image, session: &Session) -> Plan {
    // The standard library's only random source: names must differ between runs at one time.
    let random = RandomState::new().build_hasher().finish();
    Plan {
        mode: Mode::Probe,
        name: format!("{NAME_PREFIX}probe-{random:016x}"),
        target: ContainerId(String::new()),
        target_name: String::new(),
        image: image.id.clone(),
        platform: None,
        user: String::new(),
        // The engine wants a program; this one is never started.
        argv: vec!["/devtwin-probe".into()],
        env: Vec::new(),
        shell_env: Vec::new(),
        workdir: String::new(),
        network: "none".into(),
        pid: String::new(),
        ipc: String::new(),
        uts: String::new(),
        userns: String::new(),
        networks: Vec::new(),
        dns: Vec::new(),
        extra_hosts: Vec::new(),
        root: None,
        // In place of its volumes, which the engine would fill with all that the image has there.
        mounts: image.config.volumes.iter().map(|v| covered(v)).collect(),
        folders: Vec::new(),
        caches: Vec::new(),
        gpus: None,
        merged: None,
        cap_add: Vec::new(),
        tty: false,
        stdin: false,
        links: Vec::new(),
        labels: session.labels(Mode::Probe, &image.id, ""),
        notes: Vec::new(),
    }
}

fn covered(volume: &str) -> Mount {
    Mount {
        kind: MountKind::Tmpfs,
        source: String::new(),
        destination: volume.to_owned(),
        writable: false,
    }
}
