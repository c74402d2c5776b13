//! Lists twins with how their sessions stand.

use crate::domain::error::Result;
use crate::domain::session::{Ask, TwinList, TwinRow};
use crate::engine::Engine;

use super::clean::twins;

/// The twins on the engine, the oldest first; `now` is in seconds since the epoch.
pub async fn list(engine: &dyn Engine, ask: Ask<'_>, now: i64) -> Result<TwinList> {
    let twins = twins(engine).await?;
    let row = |twin| TwinRow::new(twin, ask, now);
    Ok(TwinList {
        twins: twins.into_iter().map(row).collect(),
    })
}
