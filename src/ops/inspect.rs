//! The entrypoint inspector's use case: reads what the rules ask for, until they ask for nothing.
//!
//! `facts` asks the engine, `files` reads, through `reader`; `pour` and `learn` take archives apart, `packages` looks into
//! the dev image's indexes, `probes` are the containers that this needs.

mod facts;
mod files;
mod learn;
mod packages;
mod pour;
mod probes;
mod reader;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use self::files::Files;
use self::learn::Learnt;
use self::packages::Packages;
use self::probes::Probes;
use self::reader::{Reader, Tally};
use super::clean::may_be_left;
use super::resolve::Subject;
use super::unless_cancelled;
use crate::domain::entrypoint::{Facts, Report, inspect as study};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::fs::{Found, Tree, Want};
use crate::domain::target::{ContainerId, Image};
use crate::domain::twin::Session;
use crate::engine::Engine;

/// How often the study begins anew: each link of a chain of scripts and libraries takes two.
const ROUNDS: u32 = 100;
/// How much is looked at in all. A program with a hundred libraries asks for less than half of it.
const WANTS: usize = 4000;
/// What stands in place of an answer beyond that.
const TOO_MUCH: &str = "more was asked about the files than the inspector looks at";

/// A report, and what it took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Inspected {
    /// The report.
    #[serde(flatten)]
    pub report: Report,
    /// Bytes that the engine sent of files.
    #[serde(rename = "bytes_read")]
    pub bytes: u64,
    /// Questions about files that the engine was asked.
    pub questions: u32,
}

/// Inspects a container in any state, or an image by a container that is created from it, never started,
/// and removed whatever happens; `session` owns it meanwhile. Nothing is run, nothing is written. It is
/// compared with the image `dev`, by reference or id; without one, with the dev image that is found for it.
///
/// # Errors
/// `NoTarget` when the image is not here; `Engine` when the engine cannot be asked; `Cancelled`. A file
/// that cannot be read is no error: the report says it.
pub async fn inspect(
    engine: &dyn Engine,
    session: &Session,
    subject: &Subject,
    dev: Option<&str>,
    cancel: &CancellationToken,
) -> Result<Inspected> {
    let tally = Tally::default();
    let mut probes = Probes::new(engine, session);
    let case = Case {
        engine,
        session,
        subject,
        dev,
        cancel,
        tally: &tally,
    };
    let told = Box::pin(case.tell(&mut probes)).await;
    let left = probes.remove().await;
    let mut report = match told {
        Ok(report) => report,
        Err(error) if left.is_empty() => return Err(error),
        Err(error) => return Err(may_be_left(error)),
    };
    if let Some(id) = left.first() {
        report.notes.push(format!(
            "the container {} that the files were read from could not be removed: devtwin clean does it",
            id.short()
        ));
    }
    Ok(Inspected {
        report,
        bytes: tally.bytes.load(Ordering::Relaxed),
        questions: tally.questions.load(Ordering::Relaxed),
    })
}

/// What an inspection goes by.
#[derive(Clone, Copy)]
struct Case<'a> {
    engine: &'a dyn Engine,
    session: &'a Session,
    subject: &'a Subject,
    dev: Option<&'a str>,
    cancel: &'a CancellationToken,
    tally: &'a Tally,
}

impl<'a> Case<'a> {
    async fn tell(self, probes: &mut Probes<'_>) -> Result<Report> {
        let facts = facts::gather(self.engine, self.subject);
        let mut facts = unless_cancelled(self.cancel, facts).await?;
        let mut notes = Vec::new();
        let (files, machine) = {
            let files = self.files(&facts, probes, &mut notes);
            let machine = async { Ok(facts::machine(self.engine).await) };
            futures_util::join!(files, unless_cancelled(self.cancel, machine))
        };
        let mut files = files?;
        facts.machine = machine?;
        match Box::pin(self.study(&mut facts, &mut files, probes)).await {
            // It was removed while we looked at it: its image has most of its files.
            Err(error) if error.kind == ErrorKind::NoTarget && facts.target.is_some() => {
                files = self.files_of_image(&facts, probes).await?.ok_or(error)?;
                notes.push("the container is gone: the files are those of its image".into());
                Box::pin(self.study(&mut facts, &mut files, probes)).await?;
            }
            told => told?,
        }
        let (mut report, _) = study(&facts, files.tree());
        notes.append(&mut report.notes);
        report.notes = notes;
        Ok(report)
    }

    /// Where the files are read: in the container itself where that works, else in a probe of its image.
    async fn files(
        self,
        facts: &Facts,
        probes: &mut Probes<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Files<'a>> {
        if let Some(target) = &facts.target {
            let root = unless_cancelled(self.cancel, self.engine.stat(&target.id, "/")).await;
            let why = match root {
                Ok(Some(_)) => {
                    let mounts = target
                        .mounts
                        .iter()
                        .map(|m| m.destination.clone())
                        .collect();
                    let mut files = self.files_in(target.id.clone(), mounts);
                    if target.state.pid.is_none() {
                        files.read_ahead();
                    }
                    return Ok(files);
                }
                Ok(None) => "the engine finds no root of it".to_owned(),
                Err(e) if matches!(e.kind, ErrorKind::Engine | ErrorKind::NoTarget) => e.message,
                Err(error) => return Err(error),
            };
            let files = self.files_of_image(facts, probes).await?;
            notes.push(format!(
                "the container's own files cannot be read ({why}): these are those of its image"
            ));
            return files.ok_or_else(|| {
                let message = format!("the files of {} cannot be read: {why}", target.name);
                Error::new(ErrorKind::Engine, message).hint("its image is gone, too")
            });
        }
        let files = self.files_of_image(facts, probes).await?;
        files.ok_or_else(|| Error::new(ErrorKind::Internal, "neither a container nor an image"))
    }

    /// The files of the subject's image, by a probe; none when the image is gone.
    async fn files_of_image(
        self,
        facts: &Facts,
        probes: &mut Probes<'_>,
    ) -> Result<Option<Files<'a>>> {
        let Some(image) = &facts.image else {
            return Ok(None);
        };
        let id = self.probe(image, probes).await?;
        let mut files = self.files_in(id, Vec::new());
        files.read_ahead();
        Ok(Some(files))
    }

    fn files_in(self, id: ContainerId, mounts: Vec<String>) -> Files<'a> {
        let reader = Reader {
            engine: self.engine,
            cancel: self.cancel,
            tally: self.tally,
            id,
            known: Learnt::default(),
        };
        Files::new(reader, mounts)
    }

    async fn probe(self, image: &Image, probes: &mut Probes<'_>) -> Result<ContainerId> {
        let id = probes.make(image).await?;
        // Not before: see Probes::make.
        unless_cancelled(self.cancel, async { Ok(id) }).await
    }

    /// Reads until nothing is wanted any more. The dev image is looked up meanwhile; who provides what is
    /// missing can be told only then.
    async fn study(
        self,
        facts: &mut Facts,
        files: &mut Files<'a>,
        probes: &mut Probes<'_>,
    ) -> Result<()> {
        let mut limits = Limits::default();
        let id = files.id().clone();
        let dev = async {
            let dev = async {
                Ok(match self.dev {
                    Some(reference) => facts::dev_named(self.engine, self.subject, reference).await,
                    None => facts::dev(self.engine, self.session, self.subject, Some(&id)).await,
                })
            };
            unless_cancelled(self.cancel, dev).await
        };
        let ((), dev) = {
            let rounds = self.rounds(facts, files, &mut limits);
            futures_util::try_join!(rounds, dev)?
        };
        facts.dev = dev;
        let mut packages = Packages::default();
        loop {
            self.rounds(facts, files, &mut limits).await?;
            let wants = study(facts, files.tree()).1;
            let names: BTreeSet<&str> = wants.iter().filter_map(provided).collect();
            if names.is_empty() {
                return files.check().await;
            }
            let providers = &mut files.tree_mut().providers;
            if !limits.allow(names.len()) {
                let unknown = names.into_iter().map(|n| (n.to_owned(), Found::Missing));
                providers.extend(unknown);
                return files.check().await;
            }
            let found = packages.providers(self, facts.dev.as_ref(), &names, probes);
            providers.extend(found.await?);
        }
    }

    /// Reads until nothing is wanted any more that files or the engine can tell.
    async fn rounds(self, facts: &Facts, files: &mut Files<'a>, limits: &mut Limits) -> Result<()> {
        loop {
            let (_, mut wants) = study(facts, files.tree());
            wants.retain(|want| provided(want).is_none());
            if wants.is_empty() {
                return Ok(());
            }
            if !limits.allow(wants.len()) {
                refuse(&wants, files.tree_mut());
                if limits.are_exhausted() {
                    return Ok(());
                }
                continue;
            }
            if wants.contains(&Want::History) {
                files.tree_mut().history = Some(self.history(facts).await?);
            }
            files.answer(&wants).await?;
        }
    }

    async fn history(self, facts: &Facts) -> Result<Vec<String>> {
        let Some(image) = &facts.image else {
            return Ok(Vec::new());
        };
        unless_cancelled(self.cancel, self.engine.history(&image.id)).await
    }
}

/// How much was studied.
#[derive(Debug, Default)]
struct Limits {
    rounds: u32,
    wants: usize,
}

impl Limits {
    /// Whether a further round with so many wants is allowed.
    fn allow(&mut self, wants: usize) -> bool {
        self.rounds += 1;
        self.wants += wants;
        self.rounds <= ROUNDS && self.wants <= WANTS
    }

    /// Whether even refusing has to end.
    fn are_exhausted(&self) -> bool {
        self.rounds > 2 * ROUNDS
    }
}

/// What a want about packages names.
fn provided(want: &Want) -> Option<&str> {
    match want {
        Want::Provider(name) => Some(name),
        Want::Stat(_) | Want::Owner(_) | Want::Content(_) | Want::List(_) | Want::History => None,
    }
}

/// Answers without looking.
fn refuse(wants: &BTreeSet<Want>, tree: &mut Tree) {
    for want in wants {
        let why = TOO_MUCH.to_owned();
        match want {
            Want::Stat(path) => drop(tree.nodes.insert(path.clone(), Found::Unreadable(why))),
            Want::Owner(path) => drop(tree.owners.insert(path.clone(), Found::Unreadable(why))),
            Want::Content(path) => {
                tree.contents.insert(path.clone(), Found::Unreadable(why));
            }
            Want::List(path) => drop(tree.lists.insert(path.clone(), Found::Unreadable(why))),
            Want::Provider(name) => drop(tree.providers.insert(name.clone(), Found::Missing)),
            Want::History => tree.history = Some(Vec::new()),
        }
    }
}
