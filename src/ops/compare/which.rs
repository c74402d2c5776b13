//! "Would this command exist there?", asked of the engine path by path: an answer at once, before any tree is read.

use super::super::resolve::{contents, is_program};
use super::sides::Known;
use crate::domain::compare::programs::{Program, Which, search_path};
use crate::domain::error::Result;
use crate::domain::packages::database::Database;
use crate::engine::Engine;

/// Looks for a program in both sides.
pub(super) async fn which(engine: &dyn Engine, sides: [&Known; 2], name: &str) -> Result<Which> {
    let [left, right] = sides;
    let (left, right) = tokio::try_join!(found(engine, left, name), found(engine, right, name))?;
    Ok(Which {
        name: name.to_owned(),
        left,
        right,
    })
}

async fn found(engine: &dyn Engine, side: &Known, name: &str) -> Result<Option<Program>> {
    let id = side.id()?;
    let places = if name.contains('/') {
        vec![name.to_owned()]
    } else {
        let dirs = search_path(&side.config.env);
        dirs.iter().map(|dir| format!("{dir}/{name}")).collect()
    };
    for path in places {
        if !is_program(engine, &id, &path).await? {
            continue;
        }
        let leads_to = contents::led(engine, &id, &path)
            .await?
            .unwrap_or_else(|| path.clone());
        let owner = |path: &str| side.database.as_ref().and_then(|d| owner(d, path));
        return Ok(Some(Program {
            name: name.to_owned(),
            package: owner(&leads_to).or_else(|| owner(&path)),
            path,
            leads_to,
        }));
    }
    Ok(None)
}

/// The package that brought a path, as far as the database itself tells (dpkg's does not). The database may know it below
/// `/usr`, where the directory is a link.
fn owner(database: &Database, path: &str) -> Option<String> {
    let bare = path.trim_start_matches('/').as_bytes();
    let mut owned = database.owned.iter();
    let (place, _) = owned.find(|(_, owned)| {
        let owned = owned.strip_prefix(b"/").unwrap_or(owned);
        owned == bare
            || owned.strip_prefix(b"usr/") == Some(bare)
            || bare.strip_prefix(b"usr/") == Some(owned)
    })?;
    database
        .records
        .get(place)
        .map(|record| record.name.clone())
}
