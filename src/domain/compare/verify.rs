//! Signatures of an image: the command of cosign that checks them, and what came of it.

use serde::Serialize;

use crate::domain::image::families::families;
use crate::domain::image::{Reference, is_image_id};
use crate::domain::text::line;

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

/// A check that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What is told of it, before it was made.
    pub told: Verified,
    /// Program and arguments; empty when it cannot be made.
    pub argv: Vec<String>,
}

/// What can be checked of an image: its signature, and the attestations that its family has. `digests` are the
/// `repository@digest` names that the engine knows it by: what is checked is the image that is here, not what a tag means today.
pub fn checks(reference: &str, digests: &[String]) -> Vec<Check> {
    let parsed = Reference::parse(reference)
        .ok()
        .filter(|_| !is_image_id(reference));
    let name = parsed.as_ref().map(Reference::name);
    let same = |digest: &&String| {
        let of = Reference::parse(digest).ok().map(|r| r.name());
        of.is_some() && of == name
    };
    let pinned = digests.iter().find(same).or(digests.first());
    let refused = |words: String| {
        vec![Check {
            told: told(
                pinned.map_or(reference, String::as_str),
                "signature",
                "",
                &words,
            ),
            argv: Vec::new(),
        }]
    };
    let Some(pinned) = pinned else {
        return refused("it was made here, or its registry's digest is not known: only what a registry has can be signed".into());
    };
    let signer = Reference::parse(pinned)
        .ok()
        .and_then(|r| families().signer(&r));
    let Some(signer) = signer else {
        return refused("nobody knows who signs images of that repository".into());
    };
    let argv = |verb: &[&str]| -> Vec<String> {
        let issuer = ["--certificate-oidc-issuer", &signer.issuer];
        let identity = signer.identity.iter().map(String::as_str);
        let words = ["cosign"]
            .into_iter()
            .chain(verb.iter().copied())
            .chain(issuer)
            .chain(identity);
        words.chain([pinned.as_str()]).map(str::to_owned).collect()
    };
    let check = |what: &str, argv: Vec<String>| Check {
        told: told(
            pinned,
            what,
            &line(&argv),
            signer.fill_in.as_deref().unwrap_or_default(),
        ),
        argv: if signer.fill_in.is_some() {
            Vec::new()
        } else {
            argv
        },
    };
    let mut checks = vec![check("signature", argv(&["verify"]))];
    for kind in &signer.attestations {
        let what = if kind.contains("spdx") {
            "sbom"
        } else {
            "provenance"
        };
        checks.push(check(what, argv(&["verify-attestation", "--type", kind])));
    }
    checks
}

fn told(image: &str, what: &str, command: &str, words: &str) -> Verified {
    Verified {
        image: image.to_owned(),
        what: what.to_owned(),
        command: command.to_owned(),
        outcome: VerifyOutcome::NotRun,
        words: words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn the_image_that_is_here_is_checked_against_who_signs_its_family() {
        let digests = [
            format!("mirror.example/x@{DIGEST}"),
            format!("cgr.dev/chainguard/python@{DIGEST}"),
        ];
        let found = checks("cgr.dev/chainguard/python:latest", &digests);
        let what: Vec<_> = found.iter().map(|c| c.told.what.as_str()).collect();
        assert_eq!(what, ["signature", "sbom", "provenance"]);
        assert_eq!(
            found[0].told.command,
            format!(
                "cosign verify --certificate-oidc-issuer https://token.actions.githubusercontent.com --certificate-identity \
                 https://github.com/chainguard-images/images/.github/workflows/release.yaml@refs/heads/main \
                 cgr.dev/chainguard/python@{DIGEST}"
            )
        );
        assert_eq!(
            found[1].argv[..4],
            [
                "cosign",
                "verify-attestation",
                "--type",
                "https://spdx.dev/Document"
            ]
        );

        let found = checks(
            "gcr.io/distroless/static:nonroot",
            &[format!("gcr.io/distroless/static@{DIGEST}")],
        );
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .told
                .command
                .contains("keyless@distroless.iam.gserviceaccount.com")
        );
    }

    #[test]
    fn what_cannot_be_checked_says_why_and_is_not_run() {
        let organisation = checks(
            "cgr.dev/acme.com/web:1",
            &[format!("cgr.dev/acme.com/web@{DIGEST}")],
        );
        assert!(organisation[0].argv.is_empty() && organisation[0].told.words.contains("chainctl"));
        assert!(organisation[0].told.command.contains("IMAGE_SYNCER"));
        let other = checks("docker.io/acme/web:1", &[format!("acme/web@{DIGEST}")]);
        assert!(other[0].argv.is_empty() && other[0].told.words.contains("nobody knows"));
        let local = checks("cgr.dev/chainguard/python:latest", &[]);
        assert!(local[0].argv.is_empty() && local[0].told.words.contains("made here"));
        assert_eq!(checks("sha256:0123", &[])[0].told.image, "sha256:0123");
    }
}
