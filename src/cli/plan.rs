//! `devtwin plan`: what attach would create.

use serde::Serialize;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::image::Resolution;
use crate::domain::plan::{Mode, Plan};
use crate::domain::text::clean;
use crate::domain::triage::{Pace, Triage};
use crate::domain::twin::Session;
use crate::engine::Engine;
use crate::ops::attach::prepare;
use crate::ops::resolve::{Subject, resolve};
use crate::ops::triage::look;

use super::context::Context;
use super::flags::ShellFlags;

/// Session in the labels of a plan. It is none of ours (eight hexadecimal digits), so that a twin
/// which somebody starts from the printed line is never taken for a leftover.
const NO_SESSION: &str = "plan";

/// Show what attach would create, as a docker run line; create nothing
///
/// Takes the flags of attach. The last line is the docker run command that starts the same twin;
/// values that look like secrets are masked in it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin plan web
  devtwin plan --grant NET_ADMIN --no-volumes web
  devtwin plan web --json | jq -r .docker_run")]
pub(crate) struct Args {
    /// Container, by name, id or unique prefix of the id
    target: String,
    #[command(flatten)]
    flags: ShellFlags,
}

/// The document of `devtwin plan`.
#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    plan: Plan,
    /// The command that does the same.
    docker_run: String,
    /// Why this dev image.
    resolution: Resolution,
    /// What happened to the target, and which way in is offered.
    triage: Triage,
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    let wishes = args.flags.wishes(&context.config()?);
    let engine = context.engine().await?;
    let engine = engine.as_ref();
    let target = match engine.inspect(&args.target).await {
        Ok(target) => target,
        Err(error) => return Err(or_image(engine, &args.target, error).await),
    };
    let session = Session {
        id: NO_SESSION.into(),
        owner: context.environment.person(),
    };
    let subject = Subject::Container(target.clone());
    let resolution = resolve(engine, &session, &subject, &wishes).await?;
    let plan = prepare(engine, &session, &target, &resolution, &wishes).await?;
    let triage = look(engine, &target.id, Pace::default()).await?;
    let report = Report {
        docker_run: engine.call().line(&plan.docker_run()),
        plan,
        resolution,
        triage,
    };
    let text = || what_happened(&report.triage) + &report.plan.to_text_by(&engine.call());
    context
        .printer
        .answer("plan", &report, |_| lines_cleaned(&text()))?;
    Ok(0)
}

/// What happened to a target that does not simply run, above its plan.
fn what_happened(triage: &Triage) -> String {
    if triage.facts.is_empty() && triage.offer.as_ref().is_some_and(|o| o.mode == Mode::Join) {
        return String::new();
    }
    let facts = triage.facts.iter().map(|fact| format!("  {fact}\n"));
    let offer = triage.offer.as_ref();
    let offer = offer.map(|offer| format!("  {}: {}\n", offer.mode.word(), offer.reason));
    std::iter::once(format!("{}\n", triage.headline))
        .chain(facts)
        .chain(offer)
        .chain(["\n".to_owned()])
        .collect()
}

/// The error for a name that is no container: says so when it is an image.
async fn or_image(engine: &dyn Engine, name: &str, error: Error) -> Error {
    if error.kind == ErrorKind::NoTarget && matches!(engine.image(name).await, Ok(Some(_))) {
        let message = format!("{name} is an image; this version plans twins of containers only");
        return Error::new(ErrorKind::NoTarget, message)
            .hint(format!("devtwin resolve {name} names its dev image"));
    }
    error
}

fn lines_cleaned(text: &str) -> String {
    text.lines()
        .flat_map(|line| [clean(line), "\n".into()])
        .collect()
}
