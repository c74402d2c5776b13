//! What takes the room: layers, and packages.

use serde::Serialize;

/// Sizes of both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// The left one's layers, oldest first.
    pub left: Vec<LayerSize>,
    /// The right one's.
    pub right: Vec<LayerSize>,
    /// How many layers from the first on are the same in both.
    pub shared: usize,
}

/// A layer that holds something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LayerSize {
    /// Its digest, uncompressed (`RootFS.Layers`); empty when the steps do not match the layers.
    pub digest: String,
    /// The step that made it: `COPY . /app`, `apko`. Cleaned, at most 500 characters.
    pub made_by: String,
    /// Bytes in it, uncompressed, as the engine counts them.
    pub size: u64,
}
