//! A twin to work in without a screen: the one that was named, the newest one beside a container, or one that is
//! made for it.

use tokio_util::sync::CancellationToken;

use super::attach::{Attach, Known, attach, furnish, known};
use super::{launch, unless_cancelled};
use crate::domain::error::Result;
use crate::domain::image::Reference;
use crate::domain::plan::{Mode, Wishes};
use crate::domain::session::{Ask, Liveness};
use crate::domain::target::{Status, Target};
use crate::domain::twin::{Session, TwinSummary, label, session_of};
use crate::domain::{Sink, Size};
use crate::engine::Engine;

/// Size of a terminal that nobody looks at yet.
const UNSEEN: (u16, u16) = (80, 24);

/// What a name led to.
#[derive(Debug)]
pub enum Found {
    /// The twin that was named.
    Named(Box<Known>),
    /// The newest twin beside the container that was named.
    Beside(Box<Known>),
    /// A container beside which no twin could be worked in.
    Alone(Box<Target>),
}

/// Looks for a twin: `name` is one of ours, or a container that may have one beside it.
///
/// Only twins of sessions of our own count that are running or kept: one that a killed devtwin left may be
/// removed at any time, and others are other people's. One that goes by itself with its command counts neither, nor
/// one of another dev image than the one that was asked for.
pub async fn find(engine: &dyn Engine, name: &str, ask: Ask<'_>, wishes: &Wishes) -> Result<Found> {
    let found = engine.inspect(name).await?;
    if session_of(&found.name, &found.config.labels).is_some() {
        let known = known(engine, found, wishes).await?;
        return Ok(Found::Named(Box::new(known)));
    }
    let rows = engine
        .labelled(&format!("{}={}", label::TARGET, found.id))
        .await?;
    let rows = rows
        .iter()
        .filter(|row| !row.labels.contains_key(label::BRIEF));
    let mut twins: Vec<_> = rows.filter_map(TwinSummary::from_summary).collect();
    twins.retain(|twin| {
        let ours = matches!(
            ask(&twin.session, &twin.owner),
            Liveness::Live | Liveness::Kept
        );
        let place = matches!(
            Mode::parse(&twin.mode),
            Some(Mode::Join | Mode::Arena | Mode::Catch | Mode::Explore)
        );
        let works = place && twin.status == Status::Running;
        ours && works
            && wishes
                .image
                .as_deref()
                .is_none_or(|image| names(image, &twin.image))
    });
    twins.sort_by(|a, b| (b.created, &b.name).cmp(&(a.created, &a.name)));
    for twin in twins {
        let there = async { known(engine, engine.inspect(&twin.id.0).await?, wishes).await };
        match there.await {
            Ok(known) => return Ok(Found::Beside(Box::new(known))),
            Err(error) => tracing::debug!(twin = twin.name, %error, "no twin to work in"),
        }
    }
    Ok(Found::Alone(Box::new(found)))
}

/// Whether both references name the same image.
fn names(a: &str, b: &str) -> bool {
    let whole = |text| Reference::parse(text).ok().map(|name| name.canonical());
    a == b || (whole(a).is_some() && whole(a) == whole(b))
}

/// Makes a twin for `target` as attach does, with the shell as its program that a later attach opens, and lets
/// go of its terminal. Whatever fails, also a cancel, leaves nothing behind.
pub async fn make(
    engine: &dyn Engine,
    session: &Session,
    target: &Target,
    wishes: &Wishes,
    sink: Sink<'_>,
    cancel: &CancellationToken,
) -> Result<Known> {
    let what = Attach {
        target: &target.id.0,
        resolution: None,
        wishes,
        size: Size::clamped(UNSEEN.0, UNSEEN.1),
        serial: 1,
    };
    let launched = Box::pin(attach(engine, session, what, sink, cancel)).await?;
    if let Err(error) = unless_cancelled(cancel, furnish(engine, &launched.twin)).await {
        return Err(launch::undo(engine, &launched.twin.id, error).await);
    }
    Ok(Known {
        twin: launched.twin,
        target: launched.target,
        resolution: launched.resolution,
        session: launched.session,
    })
}
