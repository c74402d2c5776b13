//! Files in mounted directories that are as new as the twin: the engine tells no changes there, so the twin is asked.

use std::time::Duration;

use futures_util::StreamExt as _;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::recipe::Facts;
use crate::domain::recipe::artifact::{is_nameable, is_noise};
use crate::domain::target::{ContainerId, Target};
use crate::engine::{Engine, ExecSpec, Output};
use crate::ops::within;

/// Files that are listed.
const MOST: usize = 200;
/// Bytes of names that are read.
const NAMES: usize = 256 * 1024;
/// How long the search may take.
const LIMIT: Duration = Duration::from_secs(20);

/// The paths, those of programs among them.
pub(super) async fn files(
    engine: &dyn Engine,
    twin: &Target,
    facts: &Facts,
    notes: &mut Vec<String>,
) -> Vec<String> {
    let mut all = Vec::new();
    for source in &facts.sources {
        match within(LIMIT, newer(engine, twin, &source.path)).await {
            Ok(paths) => all.extend(paths),
            Err(error) => notes.push(format!(
                "{} could not be searched: {}",
                source.path, error.message
            )),
        }
    }
    let none = std::collections::HashSet::<String>::new();
    all.retain(|path| is_nameable(path) && !is_noise(path, &none));
    all.sort();
    if all.len() > MOST {
        notes.push(format!(
            "{} more files in mounted directories are not listed",
            all.len() - MOST
        ));
        all.truncate(MOST);
    }
    all
}

/// Files below `dir` that are newer than the twin: than a file that the engine puts into each container when it makes it.
async fn newer(engine: &dyn Engine, twin: &Target, dir: &str) -> Result<Vec<String>> {
    let script = "for mark in /.dockerenv /run/.containerenv; do\n\
                  if [ -e $mark ]; then exec find \"$1\" -xdev -type f -newer $mark -print0 2>/dev/null; fi\n\
                  done; exit 127";
    let spec = ExecSpec {
        argv: ["/bin/sh", "-c", script, "sh", dir]
            .map(str::to_owned)
            .to_vec(),
        user: "0".into(),
        workdir: "/".into(),
        env: Vec::new(),
    };
    let printed = said(engine, &twin.id, &spec).await?;
    let text = String::from_utf8_lossy(&printed).into_owned();
    Ok(text.split_terminator('\0').map(str::to_owned).collect())
}

/// What a program prints to its standard output.
async fn said(engine: &dyn Engine, id: &ContainerId, spec: &ExecSpec) -> Result<Vec<u8>> {
    let (exec, mut pipes) = engine.exec_pipes(id, spec, false).await?;
    let mut printed = Vec::new();
    while let Some(piece) = pipes.output.next().await {
        if let Output::Stdout(bytes) = piece?
            && printed.len() < NAMES
        {
            printed.extend_from_slice(&bytes);
        }
    }
    match engine.exec_status(&exec).await? {
        Some(126 | 127) => Err(Error::new(
            ErrorKind::Engine,
            "the twin has no shell or no find",
        )),
        _ => Ok(printed),
    }
}
