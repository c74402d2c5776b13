//! Of a tag that moves, the build that was published beside the target's: only where the person wants it, and only
//! where the family's own registry tells what a tag has named over time (domain.md §1.2).

use super::alike::built;
use super::facts::Facts;
use crate::domain::image::families::Families;
use crate::domain::image::{Outcome, Place, Reference, Resolution, Tried};
use crate::domain::log::Moment;
use crate::domain::plan::PullPolicy;
use crate::engine::{Asked, Engine, Published, Remote};

/// How long behind the target's build its sibling is looked for.
const WITHIN: i64 = 30 * 24 * 3600;

/// Puts the digest of that build in place of the dev image's tag; where that cannot be, says why and leaves the tag.
pub(super) async fn pin(
    engine: &dyn Engine,
    facts: &mut Facts,
    pull: PullPolicy,
    families: &Families,
    report: &mut Resolution,
) {
    if report.own_dev || report.toolbox {
        return;
    }
    let Some(dev) = report.dev_image.clone() else {
        return;
    };
    if let Err(why) = pinned(engine, facts, pull, families, report, &dev).await {
        let caveat = format!("not the build beside the target's: {why}");
        report.caveats.push(caveat);
    }
}

async fn pinned(
    engine: &dyn Engine,
    facts: &mut Facts,
    pull: PullPolicy,
    families: &Families,
    report: &mut Resolution,
    dev: &str,
) -> Result<(), String> {
    let tagged = Reference::parse(dev).ok().filter(|r| r.digest().is_none());
    let tagged = tagged.ok_or("the dev image is not named by a tag")?;
    let path = families
        .builds_of(&tagged)
        .ok_or_else(|| format!("{} tells no history of its tags", tagged.registry()))?;
    if pull == PullPolicy::Never {
        return Err("with --pull never no registry is asked".into());
    }
    let at = match &facts.image_id {
        Some(id) => built(engine, id).await,
        None => None,
    };
    let at = at.ok_or("when the target's image was built is not known")?;
    let until = Moment::of_seconds(at.seconds().saturating_add(WITHIN));
    let path = format!("{path}?start={}&end={}", at.rfc3339(), until.rfc3339());
    let told = engine.tag_history(&tagged, &path).await;
    let mut note = |reference: String, outcome: Outcome| {
        report.tried.push(Tried {
            reference,
            place: Place::Registry,
            outcome,
        });
    };
    let builds = match told {
        Asked::Answer(builds) => builds,
        Asked::Missing => {
            let why = format!("{} tells no history of that tag", tagged.registry());
            note(dev.to_owned(), Outcome::NoBuilds(why.clone()));
            return Err(why);
        }
        Asked::Refused(why) => {
            note(dev.to_owned(), Outcome::NoBuilds(why.clone()));
            return Err(format!("{} does not tell: {why}", tagged.registry()));
        }
        Asked::Unreachable(why) => {
            note(
                dev.to_owned(),
                Outcome::NoBuilds(format!("not reached from here: {why}")),
            );
            return Err(format!(
                "{} is not reached from here: {why}",
                tagged.registry()
            ));
        }
    };
    note(dev.to_owned(), Outcome::Builds(builds.len()));
    let beside = beside(&builds, at).ok_or_else(|| {
        format!(
            "{tagged} has named no build from {} to 30 days later",
            at.rfc3339()
        )
    })?;
    let digest = tagged.with_digest(&beside.digest).map_err(|e| e.message)?;
    let words = format!(
        "{tagged} named it at {}, the first build at or after {} of the target's",
        beside.at.rfc3339(),
        at.rfc3339()
    );
    if here(engine, dev, &digest).await {
        report.evidence.push(words);
        report.local = true;
    } else {
        let outcome = match engine.remote(&digest.to_string()).await {
            Ok(Remote::Found(_)) => Outcome::Found,
            Ok(Remote::Missing) => Outcome::NoSuchTag,
            Ok(Remote::Denied(why)) => Outcome::LoginNeeded(why),
            Ok(Remote::Unreachable(why)) => Outcome::Unreachable(why),
            Ok(Remote::BadLogin(error)) | Err(error) => Outcome::Unreachable(error.message),
        };
        note(digest.to_string(), outcome.clone());
        if outcome != Outcome::Found {
            return Err(format!("{digest} of {}: {outcome}", beside.at.rfc3339()));
        }
        report.evidence.push(words);
        report.dev_image = Some(digest.to_string());
        report.local = false;
    }
    report.caveats.retain(|caveat| !families.is_moving(caveat));
    Ok(())
}

/// The first build at or after the target's.
fn beside(builds: &[Published], at: Moment) -> Option<&Published> {
    let later = builds.iter().filter(|build| build.at >= at);
    later.min_by_key(|build| build.at)
}

/// Whether the local image of that name is the one of that digest.
async fn here(engine: &dyn Engine, name: &str, digest: &Reference) -> bool {
    let image = engine.image(name).await.ok().flatten();
    let digests = image.map(|image| image.digests).unwrap_or_default();
    let mut names = digests
        .iter()
        .filter_map(|text| Reference::parse(text).ok());
    names.any(|known| known == *digest)
}
