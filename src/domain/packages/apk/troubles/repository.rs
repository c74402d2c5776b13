//! Repositories whose index could not be had.

use std::sync::LazyLock;

use regex::Regex;

use super::Case;
use super::package::{Reason, reason};
use crate::domain::packages::TroubleId;
use crate::domain::packages::apk::lines;

static INDEX: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:WARNING|ERROR): (?:updating and opening|updating|opening|fetching|Ignoring) (\S+): (.+)$").ok()
});

/// The index and the reason, of a line that says that it could not be had.
pub(super) fn parts(line: &str) -> Option<(&str, &str)> {
    let line = INDEX.as_ref()?.captures(line)?;
    Some((line.get(1)?.as_str(), line.get(2)?.as_str()))
}

impl Case {
    /// An index could not be had.
    pub(super) fn repository(&mut self, index: &str, why: &str, line: &str) {
        // 2.14 names the repository, 3 its index.
        let name = lines::repository(index);
        let certificate = self.certificate.take();
        match reason(why) {
            Some(Reason::Untrusted) => self.untrusted(name, line),
            Some(Reason::Certificate) => self.certificate(name, &[line]),
            Some(Reason::Denied) => match certificate {
                Some(proof) => self.certificate(name, &[&proof, line]),
                None => self.denied(name, line),
            },
            Some(Reason::Missing) => {
                let meaning = format!("{name} has no index for this architecture");
                let advice =
                    ["look at the address in /etc/apk/repositories, or in devtwin's configuration"];
                self.add(TroubleId::Unreachable, &meaning, &advice, &[line]);
            }
            Some(Reason::Unreachable) | None => self.unreachable(name, why, line),
        }
    }

    pub(super) fn untrusted(&mut self, what: &str, line: &str) {
        let meaning =
            format!("{what} is not signed with a key that the twin trusts: nothing of it is used");
        let advice = [
            "configure its public key for devtwin, under the file name that the repository's owner gives",
            "trusted keys are the files in /etc/apk/keys",
        ];
        self.add(TroubleId::UntrustedKey, &meaning, &advice, &[line]);
    }

    fn certificate(&mut self, what: &str, evidence: &[&str]) {
        let meaning = format!("the certificate of {what} is not trusted in the twin");
        let advice = [
            "when a proxy or the repository has a certificate of your own authority, add that to /etc/ssl/certs/ca-certificates.crt in the twin",
            "look at the clock: a certificate may not be valid yet, or not any more",
        ];
        self.add(TroubleId::Certificate, &meaning, &advice, evidence);
    }

    pub(super) fn denied(&mut self, what: &str, line: &str) {
        let meaning = format!("{what} wants a name and a password, or refuses those that it got");
        let advice = ["configure HTTP_AUTH for devtwin: `basic:*:USER:TOKEN`"];
        self.add(TroubleId::Denied, &meaning, &advice, &[line]);
    }

    pub(super) fn unreachable(&mut self, what: &str, why: &str, line: &str) {
        let meaning = format!("{what} could not be read: {why}");
        let advice = [
            "the twin has the target's network: look there for a way out, or configure a proxy for devtwin",
            "without a network, configure a repository that is a directory of the twin",
        ];
        self.add(TroubleId::Unreachable, &meaning, &advice, &[line]);
    }
}
