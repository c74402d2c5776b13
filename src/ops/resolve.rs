//! Which dev image: from a container or an image to the dev image that is there, and why it is the one.
//!
//! The rules are data (`domain::image`); this module looks things up, in the order of domain.md §1.7:
//! the person's own choice, the image itself, the engine's images, the registries. `facts` gathers
//! what is known, `probe` looks at files, `local` at the engine's images, `search` at candidates.

mod facts;
mod local;
pub(super) mod probe;
mod search;

use tokio::sync::oneshot::Receiver;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::image::{
    Candidate, Outcome, Place, Reference, Resolution, Tried, candidates, is_image_id, plain,
};
use crate::domain::plan::{PullPolicy, Wishes};
use crate::domain::target::{ContainerId, Target};
use crate::domain::twin::Session;
use crate::engine::Engine;
use facts::{Facts, names_id, shells_to_probe};
pub use probe::{is_program, programs};
use search::Search;

/// The rule word of a dev image that the person named.
const OVERRIDE: &str = "override";
/// The rule word of an image whose files show that it is its own dev image.
const OWN_FILES: &str = "own-files";
/// The rule word when no rule led anywhere.
const NO_RULE: &str = "none";

/// What a dev image is looked for.
#[expect(
    clippy::large_enum_variant,
    reason = "one exists at a time, and the container is the common one"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A container.
    Container(Target),
    /// An image, by reference or id; it need not be here.
    Image(String),
}

/// Finds the dev image of a subject. When there is none, the report says so with `dev_image: None`.
///
/// An image without a container is looked into by a container that is created from it, never started,
/// and removed again; `session` owns it meanwhile.
///
/// # Errors
/// `Usage` when the image, or the one named by `--image`, is no reference; `NoTarget` when an image is
/// named by id and is not here; `Engine` when the engine cannot be asked for its images. What a registry
/// says, or that it is silent, is no error: the report has it.
pub async fn resolve(
    engine: &dyn Engine,
    session: &Session,
    subject: &Subject,
    wishes: &Wishes,
) -> Result<Resolution> {
    by_probe(engine, session, subject, wishes, None).await
}

/// [`resolve`], which looks into an image by a container of it that somebody else makes meanwhile.
pub(super) async fn by_probe(
    engine: &dyn Engine,
    session: &Session,
    subject: &Subject,
    wishes: &Wishes,
    probe: Option<Receiver<ContainerId>>,
) -> Result<Resolution> {
    if let Some(image) = &wishes.image {
        return named_by_person(engine, subject, image, wishes.pull).await;
    }
    let facts = Facts::gather(engine, session, subject, probe).await?;
    let mut report = facts.report();
    if let Some(own) = facts.own_dev() {
        facts.settle_own(&mut report, own);
        return Ok(report);
    }
    let direct = facts.reading.as_ref().map_or(&[][..], |r| &r.candidates);
    let mut search = Search::new(engine, &facts.local);
    let found = facts.find(engine, direct, &mut search, wishes.pull).await;
    report.tried.append(&mut search.tried);
    if let (None, Some(error)) = (&found, search.bad_login) {
        // No answer at all: nothing can be said before the login is mended.
        return Err(error);
    }
    match (found, search.denied) {
        (Some((candidate, place)), _) => settle(&mut report, candidate, place),
        // Most likely it exists: the best guess, but nothing that could be launched now.
        (None, Some(guess)) => report.rule = guess.rule,
        (None, None) => {}
    }
    Ok(report)
}

/// The error for a report without a dev image: what was tried, and what to try.
pub fn no_dev_image(report: &Resolution) -> Error {
    let mut tried: Vec<&str> = Vec::new();
    let mut login = None;
    let mut silent = None;
    for t in report.tried.iter().filter(|t| t.place != Place::Files) {
        if !tried.contains(&t.reference.as_str()) {
            tried.push(&t.reference);
        }
        match &t.outcome {
            Outcome::LoginNeeded(_) if login.is_none() => login = Some(&t.reference),
            Outcome::Unreachable(_) if silent.is_none() => silent = Some(&t.reference),
            Outcome::LoginNeeded(_)
            | Outcome::Unreachable(_)
            | Outcome::Found
            | Outcome::NotLocal
            | Outcome::NoSuchTag
            | Outcome::NoPackageManager
            | Outcome::NoShell
            | Outcome::Unreadable(_) => {}
        }
    }
    let host = |text: &str| {
        Reference::parse(text).map_or_else(|_| "HOST".into(), |r| r.registry().to_owned())
    };
    let mut message = format!("no dev image found for {}", plain(&report.image));
    if !tried.is_empty() {
        message = format!("{message}: tried {}", tried.join(", "));
    }
    let hint = match (login, silent) {
        (Some(image), _) => format!(
            "docker login {}, if {image} is what you want; or name an image with --image REF",
            host(image)
        ),
        (None, Some(image)) => format!(
            "{} was not reached: docker pull {image} when it is, or name a local image with --image REF",
            host(image)
        ),
        (None, None) => "name an image that has a shell with --image REF".into(),
    };
    Error::new(ErrorKind::NoDevImage, message).hint(hint)
}

/// Writes a found candidate into the report.
fn settle(report: &mut Resolution, candidate: Candidate, place: Place) {
    report.dev_image = Some(candidate.reference.to_string());
    report.family = report.family.take().or(candidate.family);
    report.rule = candidate.rule;
    report.confidence = candidate.confidence;
    report.local = place == Place::Local;
    report.evidence.extend(candidate.evidence);
    for caveat in candidate.caveats {
        if !report.caveats.contains(&caveat) {
            report.caveats.push(caveat);
        }
    }
    report.shells = candidate.shells;
}

/// The report for an image named by `--image`: nothing is looked for but whether it is here.
async fn named_by_person(
    engine: &dyn Engine,
    subject: &Subject,
    image: &str,
    pull: PullPolicy,
) -> Result<Resolution> {
    let reference = Reference::parse(image);
    if let Err(error) = &reference
        && !is_image_id(image)
    {
        return Err(error.clone());
    }
    let (subject, of) = match subject {
        Subject::Container(target) => (target.name.as_str(), target.image.as_str()),
        Subject::Image(name) => (name.as_str(), name.as_str()),
    };
    let here = engine.image(image).await?;
    let name = match (&reference, &here) {
        // A short id reads like a reference, but names the image only by its id.
        (Ok(_), Some(i)) if names_id(image, &i.id) => i.id.clone(),
        (Ok(reference), _) => reference.to_string(),
        (Err(_), _) => image.to_owned(),
    };
    let usable = here.is_some() || (pull != PullPolicy::Never && reference.is_ok());
    let reading = reference.as_ref().ok().and_then(candidates::read);
    Ok(Resolution {
        subject: plain(subject),
        image: plain(of),
        family: reading
            .as_ref()
            .and_then(|r| r.family_id().map(str::to_owned)),
        dev_image: usable.then(|| name.clone()),
        own_dev: false,
        rule: OVERRIDE.into(),
        confidence: if usable { 100 } else { 0 },
        local: here.is_some(),
        evidence: vec!["named with --image".into()],
        caveats: Vec::new(),
        tried: vec![Tried {
            reference: name,
            place: Place::Local,
            outcome: if here.is_some() {
                Outcome::Found
            } else {
                Outcome::NotLocal
            },
        }],
        shells: shells_to_probe(reading.as_ref()).to_vec(),
    })
}
