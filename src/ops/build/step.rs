//! A Dockerfile up to one of its steps, as an image of ours that a shell can be opened in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::{build, builder, remove};
use crate::domain::build::{Build, BuildError, BuildFailure, BuildNews, BuildSink, Builder};
use crate::domain::dockerfile::edit::{up_to, with_labels};
use crate::domain::dockerfile::order::{Goal, Order, Outcome, Ready, Source, bases, number_of};
use crate::domain::dockerfile::{Dockerfile, Step, What, read};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::Mode;
use crate::domain::twin::{STEP_PREFIX, Session};
use crate::domain::{Progress, Pull};
use crate::engine::Engine;

/// Builds as far as it is ordered. Where a step fails, what stands in front of it is made ready, too. Its images go
/// by a name of their session, which tells them apart by `serial`; given up, it leaves none.
///
/// # Errors
/// `Usage` when the file has no such step, or cannot be read; `Engine` when the engine cannot be asked.
pub async fn build_to(
    engine: &dyn Engine,
    session: &Session,
    order: &Order,
    serial: u32,
    sink: BuildSink<'_>,
    cancel: &CancellationToken,
) -> Result<Outcome> {
    let file = read(&order.text, &order.source.args);
    if let Some(broken) = &file.broken {
        let message = format!("line {}: {}", broken.line, broken.message);
        return Err(Error::new(ErrorKind::Usage, message)
            .hint("no builder can read it: mend that line first"));
    }
    let work = Work {
        engine,
        session,
        source: &order.source,
        file: &file,
        sink,
        cancel,
    };
    let mut made = Vec::new();
    let (text, target, next) = match order.goal {
        Goal::Whole => (order.text.as_str(), order.source.target.as_deref(), None),
        Goal::Before(number) => {
            let (text, next) = before(&file, &order.text, number)?;
            (text, None, next)
        }
    };
    let name = format!("{STEP_PREFIX}{serial}-{}", session.id);
    let built = work.build(text, target, &name, &mut made).await;
    let outcome = match built {
        Ok(()) if order.goal == Goal::Whole => Ok(Outcome::Whole(name)),
        Ok(()) => work.ready(&name, next).await.map(Outcome::Ready),
        Err(BuildError::Engine(error)) => Err(error),
        Err(BuildError::Failed(failure)) => {
            let name = format!("{STEP_PREFIX}{serial}b-{}", session.id);
            work.failed(&order.text, failure, &name, &mut made).await
        }
    };
    // What a named image stands on cannot be removed, and stays.
    if !matches!(outcome, Ok(Outcome::Ready(_) | Outcome::Whole(_))) {
        remove(engine, &made).await;
    }
    outcome
}

/// The text that ends in front of a step, and the number of the step that comes next.
fn before<'t>(file: &Dockerfile, text: &'t str, number: usize) -> Result<(&'t str, Option<usize>)> {
    let Some((stage, step)) = file.at_number(number) else {
        let message = format!("there is no step {number} in a stage");
        return Err(Error::new(ErrorKind::Usage, message)
            .hint("devtwin lint FILE lists the steps with their numbers"));
    };
    if step.what != What::From {
        return Ok((up_to(text, step), Some(number)));
    }
    let next: Option<&Step> = stage.steps.first();
    Ok((
        text.get(..step.span.end).unwrap_or(text),
        next.map(|step| step.number),
    ))
}

/// What all builds of an order share.
struct Work<'a> {
    engine: &'a dyn Engine,
    session: &'a Session,
    source: &'a Source,
    file: &'a Dockerfile,
    sink: BuildSink<'a>,
    cancel: &'a CancellationToken,
}

impl Work<'_> {
    async fn build(
        &self,
        text: &str,
        target: Option<&str>,
        name: &str,
        made: &mut Vec<String>,
    ) -> Result<(), BuildError> {
        let part = read(text, &self.source.args);
        for image in bases(&part, target) {
            self.fetch(&image).await?;
        }
        let needs = !part.needs.is_empty() || part.syntax.is_some();
        let builder = builder(self.engine, needs).await?;
        let labels = self
            .session
            .labels(Mode::Explore, &self.source.name, &self.source.name);
        // At the end of the text they are of its last stage.
        let labelled = match target {
            None => with_labels(text, &labels),
            Some(_) => None,
        };
        let context = self.context(labelled.as_deref().unwrap_or(text), builder);
        let labels = if labelled.is_some() {
            BTreeMap::new()
        } else {
            labels
        };
        let wanted = Build {
            dockerfile: context.name().to_owned(),
            target: target.map(str::to_owned),
            tags: vec![name.to_owned()],
            args: self.source.args.clone(),
            labels,
            builder,
            ..Build::default()
        };
        let built = build(
            self.engine,
            &wanted,
            &context,
            self.sink,
            self.cancel,
            Some(made),
        );
        built.await.map(drop)
    }

    /// A base image that is not here is pulled, with the person's login: no builder is given one.
    async fn fetch(&self, image: &str) -> Result<()> {
        let here = match self.engine.image(image).await {
            Ok(here) => here.is_some(),
            // No name of an image: the builder says it better.
            Err(error) if error.kind == ErrorKind::NoDevImage => true,
            Err(error) => return Err(error),
        };
        if here {
            return Ok(());
        }
        let say = |text: String| {
            (self.sink)(BuildNews::Line {
                text,
                stderr: false,
            });
        };
        say(format!("pulling {image}"));
        let tell = |progress: Progress| {
            if let Progress::Pull(pull) = progress {
                (self.sink)(BuildNews::Pulled(words(&pull)));
            }
        };
        let pull = self.engine.pull(image, None, &tell);
        crate::ops::unless_cancelled(self.cancel, pull).await
    }

    fn context(&self, text: &str, builder: Builder) -> Context {
        let in_place = builder == Builder::BuildKit;
        Context {
            dir: Some(PathBuf::from(&self.source.dir)),
            dockerfile: self.source.inside.clone().unwrap_or_default(),
            text: Some(text.to_owned()),
            in_place,
            ignore: in_place.then(|| own_ignore(&self.source.path)).flatten(),
        }
    }

    async fn ready(&self, name: &str, next: Option<usize>) -> Result<Ready> {
        let image = self.engine.image(name).await?;
        Ok(Ready {
            image: name.to_owned(),
            user: image.map(|image| image.config.user).unwrap_or_default(),
            next,
        })
    }

    /// A step failed: makes ready what stands in front of it.
    async fn failed(
        &self,
        text: &str,
        failure: Box<BuildFailure>,
        name: &str,
        made: &mut Vec<String>,
    ) -> Result<Outcome> {
        let number = failure.step.as_ref().and_then(|s| number_of(self.file, s));
        let mut failure = failure;
        if let Some(step) = failure.step.as_mut().filter(|step| step.stage.is_none()) {
            // The classic builder counts our labels, too.
            step.total = step.total.min(self.file.steps().count());
        }
        let mut ready = None;
        if let Some(number) = number
            && let Ok((text, next)) = before(self.file, text, number)
            && self.is_step(number)
        {
            match self.build(text, None, name, made).await {
                Ok(()) => ready = Some(self.ready(name, next).await?),
                Err(BuildError::Engine(error)) if error.kind == ErrorKind::Cancelled => {
                    return Err(error);
                }
                Err(error) => {
                    tracing::info!(%error, "what stands before a failing step could not be built");
                }
            }
        }
        Ok(Outcome::Failed {
            failure,
            number,
            ready,
        })
    }

    /// Whether it is no `FROM`: in front of that there is nothing.
    fn is_step(&self, number: usize) -> bool {
        let found = self.file.at_number(number);
        found.is_some_and(|(_, step)| step.what != What::From)
    }
}

/// `NAME.dockerignore` beside the Dockerfile, which BuildKit prefers.
fn own_ignore(dockerfile: &str) -> Option<String> {
    let path = format!("{dockerfile}.dockerignore");
    std::fs::read_to_string(path).ok()
}

fn words(pull: &Pull) -> String {
    let (done, all) = pull.layers_done();
    format!("{}: {done} of {all} layers", pull.reference)
}
