//! Packages in a twin: find its manager, see what can be had, say what a change would do, and make it.
//!
//! Everything runs in the twin by exec as root. The target is never touched, unless [`Desk::setup`] names its
//! root on the person's own word. [`run`] runs a command and ends it, [`lines`] and [`pieces`] read what it prints,
//! [`mod@stock`] what can be had, [`mod@change`] makes changes, [`told`] says what went wrong.

mod change;
mod lines;
mod pieces;
mod run;
mod stock;
mod told;

pub use change::{change, simulate};
pub use stock::{installed, stock};

use std::time::Duration;

use bytes::Bytes;

use super::{resolve, within};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::packages::{ALL, News, PackageManager, Setup, SetupFile, Setups};
use crate::domain::target::ContainerId;
use crate::engine::Engine;

/// How long a manager may print nothing before it is ended. Large packages are unpacked in silence.
pub const SILENCE: Duration = Duration::from_secs(10 * 60);

/// Shells that can send signals in a twin; each manager needs one of them for its packages' scripts.
const SHELLS: &[&str] = &[
    "/bin/sh",
    "/usr/bin/sh",
    "/bin/bash",
    "/usr/bin/bash",
    "/bin/ash",
];
/// How long the engine may take to take files: it may be stuck.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where news of a run go.
pub type NewsSink<'a> = &'a (dyn Fn(News) + Send + Sync);

/// A twin's package manager, ready to be asked.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The twin.
    pub twin: ContainerId,
    /// Its manager.
    pub manager: &'static dyn PackageManager,
    /// Where its program is, and what the person configured.
    pub setup: Setup,
    /// A shell of the twin, by its absolute path: it ends runs that are given up.
    pub shell: String,
    /// How long a run may print nothing before it is ended: [`SILENCE`].
    pub silence: Duration,
}

/// Finds the twin's package manager, and puts into the twin what the person configured for it. Fails with
/// `NoDevImage` when there is none, with `NoTarget` when the twin does not run.
///
/// Not to be given up half-way: an engine that still writes into a twin may refuse to remove it.
pub async fn open(engine: &dyn Engine, twin: &ContainerId, setups: &Setups) -> Result<Desk> {
    let programs = ALL.iter().flat_map(|manager| manager.programs());
    let paths: Vec<String> = programs
        .chain(SHELLS)
        .map(|path| (*path).to_owned())
        .collect();
    let there = within(PATIENCE, resolve::programs(engine, twin, &paths)).await?;
    let first = |paths: &[&str]| {
        let mut paths = paths.iter().map(|path| (*path).to_owned());
        paths.find(|path| there.contains(path))
    };
    let mut found = ALL
        .iter()
        .map(|manager| (*manager, first(manager.programs())));
    let Some((manager, program)) = found.find_map(|(m, program)| Some((m, program?))) else {
        return Err(none(engine, twin).await);
    };
    let mut setup = setups.get(manager.id()).cloned().unwrap_or_default();
    setup.program = program;
    let files = manager.files(&setup);
    if !files.is_empty() {
        // The plan shares no mount of the target at, above or below what a manager keeps.
        within(PATIENCE, engine.put_archive(twin, "/", packed(&files)?)).await?;
    }
    Ok(Desk {
        twin: twin.clone(),
        manager,
        setup,
        shell: first(SHELLS).unwrap_or_else(|| "/bin/sh".into()),
        silence: SILENCE,
    })
}

/// Why no manager was found: a twin that is gone reads as one without files.
async fn none(engine: &dyn Engine, twin: &ContainerId) -> Error {
    let now = match within(PATIENCE, engine.inspect(&twin.0)).await {
        Ok(now) => now,
        Err(error) => return error,
    };
    if !run::is_there(now.state.status) {
        let what = format!(
            "twin {} does not run any more ({})",
            now.name,
            now.state.words()
        );
        return Error::new(ErrorKind::NoTarget, what)
            .hint("a twin ends with its target; devtwin attach makes a new one");
    }
    let looked_for: Vec<&str> = ALL.iter().map(|manager| manager.id()).collect();
    let what = format!(
        "{} has no package manager (looked for {})",
        now.image,
        looked_for.join(", ")
    );
    Error::new(ErrorKind::NoDevImage, what)
        .hint("distroless debug images have none: name another dev image with --image")
}

/// A tar archive that holds the files, relative to `/`. The engine makes the directories that are missing; one that
/// stood here would change those that are there.
fn packed(files: &[SetupFile]) -> Result<Bytes> {
    let broken = |e: std::io::Error| {
        let what = format!("could not pack the files of the package manager: {e}");
        Error::new(ErrorKind::Internal, what)
    };
    let mut tar = tar::Builder::new(Vec::new());
    for file in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(file.content.len() as u64);
        let path = file.path.trim_start_matches('/');
        tar.append_data(&mut header, path, file.content.as_slice())
            .map_err(broken)?;
    }
    tar.into_inner().map(Bytes::from).map_err(broken)
}
