//! Who signs images of which repositories, as cosign is told it.

use std::collections::BTreeSet;

use regex::Regex;
use serde::Deserialize;

use super::Families;
use super::load::{pattern, unique};
use crate::domain::image::Reference;

/// Who signs the images of some repositories.
#[derive(Debug)]
pub struct Signer {
    repository: Regex,
    /// Who vouches for the signer's identity: a URL.
    pub issuer: String,
    /// The option that tells the identity, and its value.
    pub identity: [String; 2],
    /// Types of the attestations that its images have: URLs.
    pub attestations: Vec<String>,
    /// What the person has to put into the identity; none when it is whole.
    pub fill_in: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSigner {
    id: String,
    repository: String,
    issuer: String,
    identity: Option<String>,
    identity_regexp: Option<String>,
    #[serde(default)]
    attestations: Vec<String>,
    fill_in: Option<String>,
}

impl RawSigner {
    pub(super) fn check(self, ids: &mut BTreeSet<String>) -> Result<Signer, String> {
        unique(ids, &self.id)?;
        let identity = match (self.identity, self.identity_regexp) {
            (Some(identity), None) => ["--certificate-identity".to_owned(), identity],
            (None, Some(regexp)) => ["--certificate-identity-regexp".to_owned(), regexp],
            (Some(_), Some(_)) | (None, None) => {
                return Err(format!("{}: one of identity and identity_regexp", self.id));
            }
        };
        Ok(Signer {
            repository: pattern(&self.id, &self.repository)?,
            issuer: self.issuer,
            identity,
            attestations: self.attestations,
            fill_in: self.fill_in,
        })
    }
}

impl Families {
    /// Who signs the images of a reference's repository, as far as that is known.
    pub fn signer(&self, reference: &Reference) -> Option<&Signer> {
        let name = reference.name();
        self.signers
            .iter()
            .find(|signer| signer.repository.is_match(&name))
    }
}
