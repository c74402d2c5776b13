//! The entrypoint inspector's use case: reads what the rules ask for, until they ask for nothing.
//!
//! `facts` asks the engine, `files` reads, through `reader`; `pour` and `learn` take archives apart, `packages` looks into
//! the dev image's indexes, `probes` are the containers that this needs.

mod facts;
mod files;
mod learn;
mod packages;
pub(super) mod pour;
pub(super) mod probes;
mod reader;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use serde::Serialize;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use self::files::Files;
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

/// How often the study begins anew: with each answer, or several of them.
const STUDIES: u32 = 500;
/// How often it does so with the first answer that comes.
const EAGER: u32 = 100;
/// How much is looked at in all. A program with a hundred libraries asks for less than half of it.
const WANTS: usize = 4000;
/// Turns of the runtime after which requests are on their way.
const TURNS: u32 = 16;
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
        let mut limits = Limits::default();
        let (mut files, dev) = {
            let (found, probe) = oneshot::channel();
            let dev = async {
                let dev = async {
                    Ok(match self.dev {
                        Some(reference) => {
                            facts::dev_named(self.engine, self.subject, reference).await
                        }
                        None => facts::dev(self.engine, self.session, self.subject, probe).await,
                    })
                };
                unless_cancelled(self.cancel, dev).await
            };
            let begun = self.begin(&mut facts, probes, &mut notes, &mut limits, found);
            futures_util::try_join!(begun, dev)?
        };
        facts.dev = dev;
        let studied = self.study(&facts, &mut files, &mut limits, probes);
        match Box::pin(studied).await {
            // It was removed while we looked at it: its image has most of its files.
            Err(error) if self.is_gone(&error) => {
                files = self.files_of_image(&facts, probes).await?.ok_or(error)?;
                notes.push("the container is gone: the files are those of its image".into());
                let studied = self.study(&facts, &mut files, &mut limits, probes);
                Box::pin(studied).await?;
            }
            studied => studied?,
        }
        let (mut report, _) = study(&facts, files.tree());
        notes.append(&mut report.notes);
        report.notes = notes;
        Ok(report)
    }

    /// Whether it is the container under inspection that is gone.
    fn is_gone(self, error: &Error) -> bool {
        error.kind == ErrorKind::NoTarget && matches!(self.subject, Subject::Container(_))
    }

    /// Finds where the files are read, has it told to `found`, and reads what is wanted before the dev image
    /// is known.
    async fn begin(
        self,
        facts: &mut Facts,
        probes: &mut Probes<'_>,
        notes: &mut Vec<String>,
        limits: &mut Limits,
        found: oneshot::Sender<ContainerId>,
    ) -> Result<Files<'a>> {
        let machine = async { Ok(facts::machine(self.engine).await) };
        let (files, machine, ()) = futures_util::join!(
            self.files(facts, probes, notes),
            unless_cancelled(self.cancel, machine),
            warmed(facts),
        );
        let mut files = files?;
        facts.machine = machine?;
        files.then(found);
        let config = facts.config();
        let program = config.entrypoint.iter().chain(&config.cmd).next();
        if let Some(program) = program.filter(|name| name.starts_with('/')) {
            files.want_first(program);
        }
        match Box::pin(self.rounds(facts, &mut files, limits)).await {
            Err(error) if !self.is_gone(&error) => Err(error),
            // The same will come up again, when the dev image is known.
            Ok(()) | Err(_) => Ok(files),
        }
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
        };
        Files::new(reader, mounts)
    }

    async fn probe(self, image: &Image, probes: &mut Probes<'_>) -> Result<ContainerId> {
        let id = probes.make(image).await?;
        // Not before: see Probes::make.
        unless_cancelled(self.cancel, async { Ok(id) }).await
    }

    /// Reads until nothing is wanted any more. Who provides what is missing can be told only when the dev
    /// image is known.
    async fn study(
        self,
        facts: &Facts,
        files: &mut Files<'a>,
        limits: &mut Limits,
        probes: &mut Probes<'_>,
    ) -> Result<()> {
        let mut packages = Packages::default();
        loop {
            self.rounds(facts, files, limits).await?;
            let wants = study(facts, files.tree()).1;
            let names: BTreeSet<&str> = wants.iter().filter_map(provided).collect();
            if names.is_empty() {
                return self.checked(files).await;
            }
            let allowed = limits.allow(files.asked() + names.len());
            let providers = &mut files.tree_mut().providers;
            if !allowed {
                let unknown = names.into_iter().map(|n| (n.to_owned(), Found::Missing));
                providers.extend(unknown);
                return self.checked(files).await;
            }
            let found = packages.providers(self, facts.dev.as_ref(), &names, probes);
            providers.extend(found.await?);
        }
    }

    /// Fails when the container under inspection is gone: what was read as missing may have been there.
    async fn checked(self, files: &mut Files<'a>) -> Result<()> {
        match self.subject {
            Subject::Container(target) if target.id == *files.id() => files.check().await,
            // A probe is ours.
            Subject::Container(_) | Subject::Image(_) => Ok(()),
        }
    }

    /// Reads until nothing is wanted any more that files or the engine can tell. The study begins anew with
    /// each answer, so that what it leads to is asked at once.
    async fn rounds(self, facts: &Facts, files: &mut Files<'a>, limits: &mut Limits) -> Result<()> {
        loop {
            let (_, mut wants) = study(facts, files.tree());
            wants.retain(|want| provided(want).is_none());
            if wants.is_empty() {
                files.give_up();
                return Ok(());
            }
            if wants.contains(&Want::History) {
                files.tree_mut().history = Some(self.history(facts).await?);
                continue;
            }
            if limits.allow(files.asked() + wants.len()) {
                // Later on all answers are waited for: a study of very much takes its time.
                if files.want(&wants) || files.learn(limits.studies > EAGER).await? {
                    continue;
                }
            }
            refuse(&wants, files.tree_mut());
            if limits.are_exhausted() {
                return Ok(());
            }
        }
    }

    async fn history(self, facts: &Facts) -> Result<Vec<String>> {
        let Some(image) = &facts.image else {
            return Ok(Vec::new());
        };
        let steps = unless_cancelled(self.cancel, self.engine.history(&image.id)).await?;
        Ok(steps.into_iter().map(|step| step.command).collect())
    }
}

/// Makes ready what the study compiles once, while the engine is busy with what was asked before: it takes
/// some milliseconds.
async fn warmed(facts: &Facts) {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
    drop(study(facts, &Tree::default()));
}

/// How much was studied.
#[derive(Debug, Default)]
struct Limits {
    studies: u32,
}

impl Limits {
    /// Whether a further study that makes it so many wants in all is allowed.
    fn allow(&mut self, wants: usize) -> bool {
        self.studies += 1;
        self.studies <= STUDIES && wants <= WANTS
    }

    /// Whether even refusing has to end.
    fn are_exhausted(&self) -> bool {
        self.studies > 2 * STUDIES
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
