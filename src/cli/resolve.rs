//! `devtwin resolve`: which dev image, and why.

use tokio_util::sync::CancellationToken;

use crate::domain::error::Result;
use crate::domain::image::{Place, Resolution};
use crate::domain::plan::Wishes;
use crate::domain::text::clean;
use crate::ops::resolve as rules;
use crate::ops::unless_cancelled;

use super::context::Context;
use super::flags;
use super::output::{Meaning, Printer};
use super::signals::{swept_after, until_signalled};
use super::subject;
use super::table::fields;

/// Say which dev image belongs to a container or image, and why
///
/// Prints the dev image on the first line, then the rule that found it, how sure that is, what speaks
/// for it, how alike it and the target's image are when both are here, and what else could serve. Nothing
/// is pulled, and no program is run: files are read by containers that are never started and go at once.
/// With no dev image the exit status is 4.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  devtwin resolve web
  devtwin resolve cgr.dev/chainguard/python:latest
  docker pull \"$(devtwin resolve web --json | jq -r .dev_image)\"")]
pub(crate) struct Args {
    /// Container (name, id or unique prefix) or image reference; when both exist, the container
    #[arg(value_name = "TARGET|IMAGE", value_parser = subject::name)]
    subject: String,
    /// Dev image to check, instead of the one that devtwin finds
    #[arg(long, value_name = "REF", value_parser = flags::image)]
    image: Option<String>,
    /// Of a tag that moves, take the build that was published beside the target's, where the publisher tells
    #[arg(long)]
    same_build: bool,
}

pub(crate) async fn run(context: &Context<'_>, args: Args) -> Result<u8> {
    let config = context.config()?;
    let wishes = Wishes {
        image: args.image,
        dev_images: config.dev_images.clone(),
        pull: config.pull,
        same_build: args.same_build || config.resolve.tag_history,
        ..Wishes::default()
    };
    let engine = context.engine().await?;
    let subject = subject::find(engine.as_ref(), &args.subject, context.printer).await?;
    let (lock, warning) = context.sessions().begin();
    let printer = context.printer;
    // Images are looked into by containers of ours, which a kill could leave.
    if let Some(warning) = warning {
        printer.note(&warning);
    }
    let session = lock.session();
    let cancel = CancellationToken::new();
    let work = Box::pin(async {
        let asked = rules::explain(engine.as_ref(), session, &subject, &wishes);
        unless_cancelled(&cancel, asked).await
    });
    let resolution = match until_signalled(work, &cancel).await {
        Ok(resolution) => resolution,
        Err(error) => return Err(swept_after(engine.as_ref(), session, error).await),
    };
    printer.answer("resolve", &resolution, |printer| text(printer, &resolution))?;
    if resolution.dev_image.is_some() {
        return Ok(0);
    }
    let error = rules::no_dev_image(&resolution);
    printer.explain(&error);
    Ok(error.kind.exit_code())
}

fn text(printer: &Printer, resolution: &Resolution) -> String {
    let first = resolution.dev_image.as_deref().map_or_else(
        || printer.paint(Meaning::Warning, "no dev image"),
        |image| printer.paint(Meaning::Answer, &clean(image)),
    );
    let mut rows = vec![
        ("for", subject_words(resolution)),
        (
            "rule",
            format!("{}, confidence {}", resolution.rule, resolution.confidence),
        ),
    ];
    if let Some(family) = &resolution.family {
        rows.push(("family", family.clone()));
    }
    if resolution.toolbox {
        rows.push((
            "toolbox",
            "a general image, not the target's sibling".into(),
        ));
    }
    if resolution.own_dev {
        let own = "the image has a shell and a package manager of its own";
        rows.push(("own", own.into()));
    }
    if resolution.dev_image.is_some() {
        let here = if resolution.local { "yes" } else { "no" };
        rows.push(("here", here.into()));
    }
    rows.extend(resolution.evidence.iter().map(|line| ("why", line.clone())));
    rows.extend(resolution.caveats.iter().map(|line| ("but", line.clone())));
    let alike = resolution.likeness.iter();
    let alike = alike.flat_map(|likeness| likeness.lines(MOST_DIFFERENCES));
    rows.extend(alike.map(|line| ("alike", line)));
    let others = resolution.others.iter();
    rows.extend(others.map(|other| ("others", other.line())));
    rows.extend(resolution.tried.iter().map(|tried| {
        let place = match tried.place {
            Place::Local => "local",
            Place::Registry => "registry",
            Place::Files => "files",
        };
        let line = format!("{} ({place}): {}", tried.reference, tried.outcome);
        ("tried", line)
    }));
    format!("{first}\n{}", fields(printer, &rows))
}

/// Differences that are printed; JSON has more.
const MOST_DIFFERENCES: usize = 10;

fn subject_words(resolution: &Resolution) -> String {
    if resolution.subject == resolution.image {
        resolution.image.clone()
    } else {
        format!("{} ({})", resolution.subject, resolution.image)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;
    use crate::domain::image::likeness::{Drift, Likeness, PackageLikeness, Verdict};
    use crate::domain::image::{Other, Outcome, Tried};

    #[test]
    fn the_first_line_is_the_dev_image_alone() {
        let resolution = Resolution {
            subject: "web".into(),
            image: "acme/web:1.4".into(),
            family: Some("chainguard".into()),
            dev_image: Some("cgr.dev/chainguard/python:latest-dev".into()),
            rule: "base-label".into(),
            confidence: 85,
            evidence: vec!["label a = python".into(), "os-release: wolfi".into()],
            caveats: vec!["may be \x1b[31mnewer".into()],
            tried: vec![Tried {
                reference: "acme/web:1.4-dev".into(),
                place: Place::Registry,
                outcome: Outcome::NoSuchTag,
            }],
            others: vec![Other {
                image: "cgr.dev/chainguard/wolfi-base:latest".into(),
                rule: "release/wolfi".into(),
                confidence: 50,
                local: true,
                evidence: Vec::new(),
                caveats: Vec::new(),
            }],
            likeness: Some(Likeness {
                verdict: Verdict::Drifted,
                config: Vec::new(),
                packages: Some(PackageLikeness {
                    target: 2,
                    dev: 9,
                    same: 1,
                    there: 2,
                    percent: 50,
                    drift: vec![Drift {
                        name: "python-3.13".into(),
                        target: "3.13.7-r0".into(),
                        dev: Some("3.13.8-r0".into()),
                    }],
                }),
                built: None,
            }),
            ..Resolution::default()
        };
        let printer = Printer::new(false, true, &Environment::default());
        assert_eq!(
            text(&printer, &resolution),
            "cgr.dev/chainguard/python:latest-dev\n\
             \x20 for     web (acme/web:1.4)\n\
             \x20 rule    base-label, confidence 85\n\
             \x20 family  chainguard\n\
             \x20 here    no\n\
             \x20 why     label a = python\n\
             \x20         os-release: wolfi\n\
             \x20 but     may be \u{fffd}[31mnewer\n\
             \x20 alike   some of its packages are at another version, or not there\n\
             \x20         1 of its 2 packages at the same version (50 %), 1 at another; the dev image has 9\n\
             \x20         python-3.13 3.13.7-r0, dev 3.13.8-r0\n\
             \x20 others  cgr.dev/chainguard/wolfi-base:latest (50 %, here)\n\
             \x20 tried   acme/web:1.4-dev (registry): no such tag\n"
        );
    }
}
