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

/// How many layers from the first on are the same.
pub fn shared(left: &[String], right: &[String]) -> usize {
    left.iter()
        .zip(right)
        .take_while(|(left, right)| left == right)
        .count()
}

/// The layers of an image with their sizes, from its digests and the steps that made it, oldest first: what made it and its bytes. A
/// step may make no layer, and an engine does not say which did: those with bytes, where they are as many as the digests.
pub fn layers<'a>(
    digests: &[String],
    steps: impl Iterator<Item = (&'a str, u64)>,
) -> Vec<LayerSize> {
    let steps: Vec<(&str, u64)> = steps.filter(|(_, size)| *size > 0).collect();
    let told = steps.len() == digests.len();
    let layers = steps
        .into_iter()
        .enumerate()
        .map(|(at, (made_by, size))| LayerSize {
            digest: digests
                .get(at)
                .filter(|_| told)
                .cloned()
                .unwrap_or_default(),
            made_by: made_by.to_owned(),
            size,
        });
    layers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_the_steps_with_bytes() {
        let digests = ["sha256:a".to_owned(), "sha256:b".to_owned()];
        let steps = [("apko", 10), ("ENV A=b", 0), ("COPY . /app", 5)];
        let found = layers(&digests, steps.into_iter());
        let told: Vec<_> = found
            .iter()
            .map(|l| (l.digest.as_str(), l.made_by.as_str(), l.size))
            .collect();
        assert_eq!(
            told,
            [("sha256:a", "apko", 10), ("sha256:b", "COPY . /app", 5)]
        );
        // An empty layer has a digest and no bytes: then nobody knows which is which.
        let found = layers(&digests, [("apko", 10)].into_iter());
        assert_eq!((found.len(), found[0].digest.as_str()), (1, ""));
        assert_eq!(
            shared(&digests, &["sha256:a".to_owned(), "sha256:c".to_owned()]),
            1
        );
    }
}
