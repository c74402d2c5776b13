//! What a verb is about: a container or an image, from one word.

use crate::domain::error::{ErrorKind, Result};
use crate::engine::Engine;
use crate::ops::resolve::Subject;

use super::flags;
use super::output::Printer;

/// A name with a sign that no container's name has must be an image's.
pub(super) fn name(text: &str) -> Result<String, String> {
    if text.contains(['/', ':', '@']) {
        flags::image(text)
    } else {
        Ok(text.to_owned())
    }
}

/// What `name` means: a container first, else an image. Says so when it is both.
pub(super) async fn find(engine: &dyn Engine, name: &str, printer: &Printer) -> Result<Subject> {
    match engine.inspect(name).await {
        Ok(target) => {
            if engine.image(name).await?.is_some() {
                printer.note(&format!(
                    "{name} is a container and an image; the container is meant"
                ));
            }
            Ok(Subject::Container(target))
        }
        Err(error) if error.kind == ErrorKind::NoTarget => {
            if is_ambiguous(engine, name).await? && engine.image(name).await?.is_none() {
                return Err(error);
            }
            Ok(Subject::Image(name.to_owned()))
        }
        Err(error) => Err(error),
    }
}

/// Whether `name` begins the ids of several containers: then it is a slip, hardly an image.
async fn is_ambiguous(engine: &dyn Engine, name: &str) -> Result<bool> {
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(false);
    }
    let rows = engine.containers().await?;
    let matching = rows.iter().filter(|row| row.id.0.starts_with(name));
    Ok(matching.count() > 1)
}
