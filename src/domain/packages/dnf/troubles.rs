//! What dnf and rpm say when something goes wrong.
//!
//! The words are those of dnf 4.14 and rpm 4.18 (tests/fixtures/dnf/transcripts.json); those of microdnf are from its
//! sources, and not measured.

use super::super::rules::{
    self, CERTIFICATE, CONFLICT, FILES, READ_ONLY, ROOT, Rule, STALE, WAIT, rule,
};
use super::super::{Printed, Trouble, TroubleId};

/// What its own words begin with, and what to do where they are all that is known.
const OWN_WORDS: (&[&str], &str) = (&["Error: ", "error: "], "read all that was printed");

/// What went wrong in a run.
pub(super) fn troubles(printed: &Printed) -> Vec<Trouble> {
    // A name that is not installed is no trouble for who wanted it gone.
    let forgiven = TroubleId::UnknownName;
    rules::troubles(RULES, printed, forgiven, OWN_WORDS)
}

const FULL: &[&str] = &["make room on the engine's disk: docker system df shows what takes it"];
const NETWORK: &[&str] = &[
    "see whether the twin reaches the network: a twin in the target's network has what the target has",
    "set a proxy or a repository of your own for dnf in the configuration",
];
const DENIED: &[&str] = &["give a name and a password in the repository's URL"];
const KEY: &[&str] = &[
    "add the repository's key to those of dnf in the configuration",
    "or, for one that you trust as it is, write the repository as URL gpgcheck=0",
];
const NAME: &[&str] = &[
    "search for it: its name may be another one here",
    "UBI has few packages: others need a subscription, or a repository of your own",
];
const SCRIPT: &[&str] = &["see what the script printed, above the error"];

/// Signs, the narrow ones before the wide ones.
const RULES: &[Rule] = &[
    rule(
        TroubleId::NotRoot,
        "has to be run with superuser privileges",
        "dnf was not run as root",
        ROOT,
    ),
    rule(
        TroubleId::NotRoot,
        "[Errno 13] Permission denied",
        "dnf was not run as root",
        ROOT,
    ),
    rule(
        TroubleId::ReadOnly,
        "Read-only file system",
        "the root cannot be written to",
        READ_ONLY,
    ),
    rule(
        TroubleId::DiskFull,
        "installing package {} needs {} more space on the {} filesystem",
        "{} needs {} more than there is on {}",
        FULL,
    ),
    rule(TroubleId::DiskFull, "more space needed on the", "", FULL),
    rule(
        TroubleId::DiskFull,
        "No space left on device",
        "no room is left on the disk",
        FULL,
    ),
    rule(
        TroubleId::Locked,
        "can't create transaction lock on {} (",
        "another package manager is at work: it holds {}",
        WAIT,
    ),
    rule(
        TroubleId::Certificate,
        "SSL certificate problem: {}",
        "the repository's certificate is not trusted: {}",
        CERTIFICATE,
    ),
    rule(
        TroubleId::Denied,
        "Status code: 401 for {} ",
        "{} wants a name and a password",
        DENIED,
    ),
    rule(
        TroubleId::Denied,
        "Status code: 403 for {} ",
        "{} may not be read",
        DENIED,
    ),
    rule(
        TroubleId::Unreachable,
        "Status code: 404 for {}/repodata/repomd.xml",
        "there is no repository at {}",
        NETWORK,
    ),
    rule(
        TroubleId::StaleIndex,
        "Status code: 404 for {} ",
        "{} is not there",
        STALE,
    ),
    rule(
        TroubleId::StaleIndex,
        "Cannot download, all mirrors were already tried",
        "",
        STALE,
    ),
    rule(
        TroubleId::Unreachable,
        "Curl error ({}): {} for {} [",
        "curl's error {}: {}: {}",
        NETWORK,
    ),
    rule(
        TroubleId::Unreachable,
        "Failed to download metadata for repo",
        "",
        NETWORK,
    ),
    rule(
        TroubleId::Unreachable,
        "cannot update repo '{}': {}",
        "the repository {} cannot be fetched: {}",
        NETWORK,
    ),
    rule(
        TroubleId::UntrustedKey,
        "You have enabled checking of packages via GPG keys",
        "packages must be signed, and no key is there",
        KEY,
    ),
    rule(
        TroubleId::UntrustedKey,
        "Public key for {} is not installed",
        "{} is signed with a key that is not known",
        KEY,
    ),
    rule(
        TroubleId::UntrustedKey,
        "Package {} is not signed",
        "{} is not signed",
        KEY,
    ),
    rule(TroubleId::UntrustedKey, "GPG check FAILED", "", KEY),
    rule(
        TroubleId::UnknownName,
        "No match for argument: {}",
        "no package fits the name {}",
        NAME,
    ),
    rule(TroubleId::UnknownName, "Unable to find a match", "", NAME),
    rule(
        TroubleId::UnknownName,
        "No package matches '{}'",
        "no package fits the name {}",
        NAME,
    ),
    rule(
        TroubleId::UnknownName,
        "Package {} available, but not installed",
        "{} is not installed: there is nothing to upgrade",
        NAME,
    ),
    rule(
        TroubleId::Conflict,
        "nothing provides {} needed by {}",
        "no repository has {}, which {} needs",
        CONFLICT,
    ),
    rule(
        TroubleId::Conflict,
        "package {} conflicts with {} provided by {}",
        "{} does not go with {}, which is of {}",
        CONFLICT,
    ),
    rule(
        TroubleId::Conflict,
        "package {} requires {}, but none of the providers can be installed",
        "{} needs {}, which cannot be installed",
        CONFLICT,
    ),
    rule(TroubleId::Conflict, "conflicting requests", "", CONFLICT),
    rule(
        TroubleId::Conflict,
        "problem with installed package",
        "",
        CONFLICT,
    ),
    rule(
        TroubleId::FileConflict,
        "file {} from install of {} conflicts with file from package {}",
        "{} of {} is also in {}",
        FILES,
    ),
    rule(
        TroubleId::Script,
        "%{}({}) scriptlet failed, exit status {}",
        "the script {} of {} failed with status {}",
        SCRIPT,
    ),
    rule(TroubleId::Script, " scriptlet in rpm package ", "", SCRIPT),
];
