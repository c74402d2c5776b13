//! Which dev image: from a container or an image to the dev image that is there, and why it is the one.
//!
//! The rules are data (`domain::image`); this module looks things up, in the order of domain.md §1.7:
//! the person's own choice, the image itself, the engine's images, the registries. `facts` gathers
//! what is known, `find` goes from what is cheap and sure to what is costly: `local` looks at the engine's images,
//! `trace` at files and history, `search` at candidates. `alike` puts what was found beside the target's image.

mod alike;
pub(super) mod contents;
mod facts;
mod find;
mod local;
pub(super) mod probe;
mod search;
mod trace;

use tokio::sync::oneshot::Receiver;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::image::{
    Candidate, Outcome, Place, Reference, Resolution, Tried, candidates, is_image_id,
    origin::Origin, plain, trouble::trouble,
};
use crate::domain::plan::{Named, PullPolicy, Wishes};
use crate::domain::target::{ContainerId, Target};
use crate::domain::twin::Session;
use crate::engine::Engine;
use facts::{Facts, names_id, shells_to_probe};
use find::{Depth, Finder};
pub use probe::{is_program, programs};

/// The rule word of a dev image that the person named.
const OVERRIDE: &str = "override";
/// The rule word of a dev image that the configuration names for the image.
const CONFIGURED: &str = "dev_images";
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

impl Subject {
    /// Its image, as the container or the person names it.
    fn image(&self) -> &str {
        match self {
            Self::Container(target) => &target.image,
            Self::Image(name) => name,
        }
    }
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
    let depth = Depth::AsNeeded;
    Box::pin(looked_up(engine, session, subject, wishes, None, depth)).await
}

/// [`resolve`], and all that can be told of it: every signal is weighed, runner-ups are named, and a dev image that is
/// here is put beside the target's image. It reads files of both, by containers that are created, never started, and
/// removed again; `session` owns them meanwhile.
///
/// # Errors
/// As [`resolve`].
pub async fn explain(
    engine: &dyn Engine,
    session: &Session,
    subject: &Subject,
    wishes: &Wishes,
) -> Result<Resolution> {
    Box::pin(looked_up(
        engine,
        session,
        subject,
        wishes,
        None,
        Depth::All,
    ))
    .await
}

/// [`resolve`] by names, labels and layers alone; it looks into an image by a container of it that somebody else
/// makes meanwhile.
pub(super) async fn by_probe(
    engine: &dyn Engine,
    session: &Session,
    subject: &Subject,
    wishes: &Wishes,
    probe: Receiver<ContainerId>,
) -> Result<Resolution> {
    looked_up(engine, session, subject, wishes, Some(probe), Depth::Names).await
}

async fn looked_up(
    engine: &dyn Engine,
    session: &Session,
    subject: &Subject,
    wishes: &Wishes,
    probe: Option<Receiver<ContainerId>>,
    depth: Depth,
) -> Result<Resolution> {
    let named = wishes.named(subject.image());
    if let (Some(named), true) = (&named, depth != Depth::All) {
        return named_by_person(engine, subject, named, wishes.pull).await;
    }
    let mut facts = Facts::gather(engine, session, subject, probe).await?;
    let report = match &named {
        Some(named) => named_by_person(engine, subject, named, wishes.pull).await,
        None => chosen(engine, session, wishes, depth, &mut facts).await,
    };
    let report = match report {
        Ok(mut report) if depth == Depth::All => {
            alike::compare(engine, session, &mut facts, &mut report).await;
            Ok(report)
        }
        other => other,
    };
    facts.close(engine).await;
    report
}

/// The report of what the rules lead to. Fails where a registry refused a login and nothing else was found.
async fn chosen(
    engine: &dyn Engine,
    session: &Session,
    wishes: &Wishes,
    depth: Depth,
    facts: &mut Facts,
) -> Result<Resolution> {
    let mut report = facts.report();
    if let Some(own) = facts.own_dev() {
        facts.settle_own(&mut report, own);
        return Ok(report);
    }
    let finder = Finder {
        engine,
        session,
        pull: wishes.pull,
        depth,
    };
    let found = finder.find(facts).await;
    report.tried.extend(found.tried);
    report.others = found.others;
    let sibling = found.choice.as_ref().filter(|(c, _)| !c.is_toolbox());
    if let (None, Some(error)) = (sibling, found.bad_login) {
        // A toolbox would hide that a login is refused behind which the sibling may well be.
        return Err(error);
    }
    match (found.choice, found.denied) {
        (Some((candidate, place)), _) => settle(&mut report, candidate, place),
        // Most likely it exists: the best guess, but nothing that could be launched now.
        (None, Some(guess)) => report.rule = guess.rule,
        (None, None) => {}
    }
    report.caveats.extend(found.caveats);
    if report.family.is_none() {
        let family = found.origin.as_ref().and_then(Origin::family);
        report.family = family.map(str::to_owned);
    }
    Ok(report)
}

/// The error for a report without a dev image: what was tried, and what to try.
pub fn no_dev_image(report: &Resolution) -> Error {
    let mut tried: Vec<&str> = Vec::new();
    let mut login = None;
    let mut silent = None;
    let mut elsewhere = None;
    for t in report.tried.iter().filter(|t| t.place != Place::Files) {
        if !tried.contains(&t.reference.as_str()) {
            tried.push(&t.reference);
        }
        match &t.outcome {
            Outcome::LoginNeeded(why) if login.is_none() => login = Some((&t.reference, why)),
            Outcome::Unreachable(why) if silent.is_none() => silent = Some((&t.reference, why)),
            Outcome::OtherPlatform(_) if elsewhere.is_none() => elsewhere = Some(&t.reference),
            Outcome::LoginNeeded(_)
            | Outcome::Unreachable(_)
            | Outcome::OtherPlatform(_)
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
    let told = |image: &str, why: &str| trouble(why).hint(&host(image), image);
    let hint = match (login, silent, elsewhere) {
        (Some((image, why)), ..) | (None, Some((image, why)), _) => told(image, why),
        (None, None, Some(image)) => format!(
            "{image} is not made for the target's platform; name an image that is with --image REF"
        ),
        (None, None, None) => "name an image that has a shell with --image REF".into(),
    };
    let hint = match report.others.iter().find(|other| other.local) {
        Some(other) => format!("{hint}; --image {} is here", other.image),
        None => hint,
    };
    Error::new(ErrorKind::NoDevImage, message).hint(hint)
}

/// Writes a found candidate into the report.
fn settle(report: &mut Resolution, candidate: Candidate, place: Place) {
    report.dev_image = Some(candidate.reference.to_string());
    report.toolbox = candidate.is_toolbox();
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
    named: &Named<'_>,
    pull: PullPolicy,
) -> Result<Resolution> {
    let image = named.image;
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
        rule: match named.for_image {
            Some(_) => CONFIGURED.into(),
            None => OVERRIDE.into(),
        },
        confidence: if usable { 100 } else { 0 },
        local: here.is_some(),
        evidence: vec![match named.for_image {
            Some(key) => format!(
                "chosen for {}: [dev_images] of config.toml, or this session",
                plain(key)
            ),
            None => "named with --image".into(),
        }],
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
        ..Resolution::default()
    })
}
