//! `devtwin plan`: what attach would create.

use serde::Serialize;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::image::Resolution;
use crate::domain::plan::{Mode, Plan, Wishes};
use crate::domain::text::clean;
use crate::domain::triage::{Pace, Triage};
use crate::domain::twin::Session;
use crate::ops::attach::prepare;
use crate::ops::explore::stand_in;
use crate::ops::resolve::{Subject, resolve};
use crate::ops::triage::look;

use super::context::Context;
use super::explore::PlaceFlags;
use super::flags::ShellFlags;
use super::subject;

/// Session in the labels of a plan. It is none of ours (eight hexadecimal digits), so that a twin
/// which somebody starts from the printed line is never taken for a leftover.
const NO_SESSION: &str = "plan";

/// Show what attach would create, as a docker run line; create nothing
///
/// Takes the flags of attach; of an image it shows what explore would create. The last line is the docker run command that starts the same twin;
/// values that look like secrets are masked in it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin plan web
  devtwin plan --grant NET_ADMIN --no-volumes web
  devtwin plan cgr.dev/chainguard/python:latest
  devtwin plan web --json | jq -r .docker_run")]
pub(crate) struct Args {
    #[arg(help = "Container, by name, id or unique prefix of the id; or image, by any reference")]
    #[arg(value_parser = subject::name)]
    target: String,
    #[command(flatten)]
    flags: ShellFlags,
    #[command(flatten, next_help_heading = "For an image")]
    place: PlaceFlags,
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
    /// What happened to the target, and which way in is offered; none of an image.
    triage: Option<Triage>,
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    let wishes = args.flags.wishes(&context.config()?);
    let engine = context.engine().await?;
    let engine = engine.as_ref();
    let session = Session {
        id: NO_SESSION.into(),
        owner: context.environment.person(),
    };
    let subject = subject::find(engine, &args.target, context.printer).await?;
    let (target, wishes, triage) = match &subject {
        Subject::Container(target) => {
            if let Some(flag) = args.place.given() {
                let message = format!("{flag} is for an image, and {} is a container", target.name);
                return Err(Error::new(ErrorKind::Usage, message).hint(format!("leave {flag} out")));
            }
            let triage = look(engine, &target.id, Pace::default()).await?;
            (target.clone(), wishes, Some(triage))
        }
        Subject::Image(name) => {
            let wishes = exploring(wishes, &args.place, engine.endpoint().0)?;
            (stand_in(engine, name).await?, wishes, None)
        }
    };
    let resolution = resolve(engine, &session, &subject, &wishes).await?;
    let plan = prepare(engine, &session, &target, &resolution, &wishes).await?;
    let report = Report {
        docker_run: plan.docker_run(),
        plan,
        resolution,
        triage,
    };
    let happened = report.triage.as_ref().map(what_happened);
    let text = || happened.clone().unwrap_or_default() + &report.plan.to_text();
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

/// The wishes of a plan for an image: those that need a container are refused.
fn exploring(wishes: Wishes, place: &PlaceFlags, endpoint: &str) -> Result<Wishes> {
    let flag = match wishes {
        Wishes { mode: Some(_), .. } => "--mode",
        Wishes {
            writable_volumes: true,
            ..
        } => "--writable-volumes",
        Wishes {
            no_volumes: true, ..
        } => "--no-volumes",
        _ => {
            let mut wishes = Wishes {
                mode: Some(Mode::Explore),
                ..wishes
            };
            place.add_to(&mut wishes, endpoint)?;
            return Ok(wishes);
        }
    };
    let message = format!("{flag} is for a container, and this is an image");
    Err(Error::new(ErrorKind::Usage, message).hint(format!("leave {flag} out")))
}

fn lines_cleaned(text: &str) -> String {
    text.lines()
        .flat_map(|line| [clean(line), "\n".into()])
        .collect()
}
