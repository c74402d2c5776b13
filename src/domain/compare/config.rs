//! Configuration side by side.

use serde::Serialize;

use super::Change;

/// A setting of an image or container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// What: `user`, `entrypoint`, `env PATH`, `label org.opencontainers.image.title`.
    pub what: String,
    /// What is with it.
    pub change: Change,
    /// The left one's as text (lists as JSON); none when it has none. Secrets are masked.
    pub left: Option<String>,
    /// The right one's.
    pub right: Option<String>,
}
