//! Signatures of an image: the command of cosign that checks them, and what came of it.

use serde::Serialize;

/// A signature or an attestation that was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The image's reference, with its digest where that is known.
    pub image: String,
    /// What is checked: `signature`, `sbom` or `provenance`.
    pub what: String,
    /// The command for a shell; empty when nobody knows who signs images of that family.
    pub command: String,
    /// What came of it.
    pub outcome: VerifyOutcome,
    /// What the command said at last, or why it was not run.
    pub words: String,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerifyOutcome {
    /// It is good.
    Good,
    /// It is not: bad news.
    Bad,
    /// Not run: cosign is not installed, or nobody knows who signs such images.
    NotRun,
}
