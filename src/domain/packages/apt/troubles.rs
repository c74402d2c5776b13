//! What apt and dpkg say when something goes wrong.
//!
//! The words are those of apt 2.6.1 and dpkg 1.21.22 (tests/fixtures/apt/transcripts.json), or, where a rule says
//! so, of their sources.

use super::super::rules::{
    self, CERTIFICATE, CONFLICT, FILES, READ_ONLY, ROOT, Rule, STALE, WAIT, rule,
};
use super::super::{Printed, Trouble, TroubleId};

/// What its own words begin with, and what to do where they are all that is known.
const OWN_WORDS: (&[&str], &str) = (&["E: ", "dpkg: error"], "read all that apt-get printed");

/// What went wrong in a run.
pub(super) fn troubles(printed: &Printed) -> Vec<Trouble> {
    // A run that made them good, or removed them, tells of them as well.
    let forgiven = TroubleId::BrokenBefore;
    rules::troubles(RULES, printed, forgiven, OWN_WORDS)
}

const FULL: &[&str] = &[
    "make room on the engine's disk: docker system df shows what takes it",
    "or install fewer packages at once",
];
const INTERRUPTED: &[&str] = &[
    "dpkg --configure -a, as root in the twin, finishes what was broken off",
    "then try again",
];
const NETWORK: &[&str] = &[
    "see whether the twin reaches the network: a twin in the target's network has what the target has",
    "set a proxy or a repository of your own for apt in the configuration",
];
const DENIED: &[&str] =
    &["give a name and a password in the repository's URL, or in /etc/apt/auth.conf.d"];
const KEY: &[&str] = &[
    "add the repository's key to those of apt in the configuration",
    "or, for one that you trust as it is, write the repository as deb [trusted=yes] URL SUITE",
];
const EXPIRED: &[&str] = &[
    "see the engine's clock",
    "or use another mirror: this one is no longer kept up to date",
];
const NAME: &[&str] = &[
    "search for it: its name may be another one here",
    "fetch the indexes again, if they are old",
];
const SCRIPT: &[&str] = &[
    "see what the script printed, above the error",
    "remove the package again: until then every later run of apt tries it once more",
];
const UNMET: &[&str] =
    &["apt-get --fix-broken install, as root in the twin, brings or removes what is needed"];
const BROKEN: &[&str] = &[
    "dpkg --audit, as root in the twin, names them",
    "remove them, or make good what they miss: every run of apt tries them once more",
];

/// Signs, the narrow ones before the wide ones.
const RULES: &[Rule] = &[
    rule(TroubleId::NotRoot, "are you root?", "", ROOT),
    rule(
        TroubleId::NotRoot,
        "(13: Permission denied)",
        "apt was not run as root",
        ROOT,
    ),
    rule(
        TroubleId::NotRoot,
        "requires superuser privilege",
        "dpkg was not run as root",
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
        "No space left on device",
        "no room is left on the disk",
        FULL,
    ),
    rule(
        TroubleId::DiskFull,
        "You don't have enough free space in {}.",
        "there is too little room in {}",
        FULL,
    ),
    rule(
        TroubleId::Locked,
        "is another process using it?",
        "another package manager is at work, and did not end in time",
        WAIT,
    ),
    rule(
        TroubleId::Locked,
        "E: Could not get lock {}. It is held by {}",
        "another package manager is at work: {} is held by {}",
        WAIT,
    ),
    rule(TroubleId::Locked, "Unable to lock directory", "", WAIT),
    rule(TroubleId::Locked, "It is held by process", "", WAIT),
    rule(
        TroubleId::Locked,
        "dpkg frontend lock was locked by another process with pid {}",
        "another package manager is at work: process {}",
        WAIT,
    ),
    rule(
        TroubleId::Locked,
        "(11: Resource temporarily unavailable)",
        "",
        WAIT,
    ),
    rule(
        TroubleId::Interrupted,
        "dpkg was interrupted, you must manually run",
        "an earlier run was broken off in the middle",
        INTERRUPTED,
    ),
    rule(
        TroubleId::NoDatabase,
        "Could not open lock file {} - open (2: No such file or directory)",
        "dpkg's database is not there: {} cannot be made",
        &["name another dev image with --image: this one is not made for apt"],
    ),
    rule(
        TroubleId::Certificate,
        "Certificate verification failed: {}",
        "the repository's certificate is not trusted: {}",
        CERTIFICATE,
    ),
    rule(
        TroubleId::Certificate,
        "certificate verification failed",
        "the repository's certificate is not trusted",
        CERTIFICATE,
    ),
    rule(
        TroubleId::Certificate,
        "No system certificates available",
        "the twin trusts no certificates: ca-certificates is not installed",
        CERTIFICATE,
    ),
    rule(
        TroubleId::UntrustedKey,
        "NO_PUBKEY {}",
        "the repository is signed with a key that is not known: {}",
        KEY,
    ),
    rule(
        TroubleId::UntrustedKey,
        "The following signatures were invalid: {}",
        "the repository's signature is not valid: {}",
        KEY,
    ),
    rule(
        TroubleId::UntrustedKey,
        "The repository '{}' is not signed",
        "the repository {} is not signed",
        KEY,
    ),
    rule(
        TroubleId::Unreachable,
        "The repository '{}' no longer has a Release file",
        "there is no repository at {} any more",
        NETWORK,
    ),
    rule(
        TroubleId::Unreachable,
        "The repository '{}' does not have a Release file",
        "there is no repository at {}",
        NETWORK,
    ),
    rule(
        TroubleId::UntrustedKey,
        "The following packages cannot be authenticated",
        "packages are of a repository that is not trusted",
        KEY,
    ),
    rule(
        TroubleId::UntrustedKey,
        "There were unauthenticated packages",
        "packages are of a repository that is not trusted",
        KEY,
    ),
    rule(
        TroubleId::StaleIndex,
        "Release file for {} is expired",
        "the index of {} is out of date",
        EXPIRED,
    ),
    rule(
        TroubleId::StaleIndex,
        "Release file for {} is not valid yet",
        "the index of {} is of a later time than the engine's clock",
        EXPIRED,
    ),
    rule(
        TroubleId::Denied,
        "Failed to fetch {} 401",
        "{} wants a name and a password",
        DENIED,
    ),
    rule(
        TroubleId::Denied,
        "Failed to fetch {} 403",
        "{} may not be read",
        DENIED,
    ),
    rule(
        TroubleId::StaleIndex,
        "Failed to fetch {} 404",
        "{} is not there",
        STALE,
    ),
    rule(
        TroubleId::StaleIndex,
        "Failed to fetch {} File not found",
        "{} is not there",
        STALE,
    ),
    rule(
        TroubleId::StaleIndex,
        "Hash Sum mismatch",
        "a file is not what the index says",
        STALE,
    ),
    rule(
        TroubleId::StaleIndex,
        "File has unexpected size",
        "a file is not what the index says",
        STALE,
    ),
    rule(
        TroubleId::Unreachable,
        "Failed to fetch {}  {}",
        "{} cannot be fetched: {}",
        NETWORK,
    ),
    rule(
        TroubleId::Unreachable,
        "Some index files failed to download",
        "",
        NETWORK,
    ),
    rule(
        TroubleId::Unreachable,
        "Unable to fetch some archives",
        "",
        NETWORK,
    ),
    rule(
        TroubleId::UnknownName,
        "Unable to locate package {}",
        "no repository has a package named {}",
        NAME,
    ),
    rule(
        TroubleId::UnknownName,
        "Couldn't find any package by",
        "",
        NAME,
    ),
    rule(
        TroubleId::UnknownName,
        "Package '{}' has no installation candidate",
        "{} is only named by other packages: no repository has it",
        NAME,
    ),
    rule(
        TroubleId::UnknownName,
        "Version '{}' for '{}' was not found",
        "no repository has version {} of {}",
        NAME,
    ),
    rule(
        TroubleId::UnknownName,
        "Release '{}' for '{}' was not found",
        "no repository has a release {} with {}",
        NAME,
    ),
    rule(
        TroubleId::Conflict,
        "{} : Depends: {} but {}",
        "{} needs {}, but {}",
        CONFLICT,
    ),
    rule(
        TroubleId::Conflict,
        "{} : PreDepends: {} but {}",
        "{} needs {}, but {}",
        CONFLICT,
    ),
    rule(
        TroubleId::Conflict,
        "{} : Conflicts: {} but {}",
        "{} does not go with {}, but {}",
        CONFLICT,
    ),
    rule(
        TroubleId::Conflict,
        "{} : Breaks: {} but {}",
        "{} does not go with {}, but {}",
        CONFLICT,
    ),
    rule(
        TroubleId::Conflict,
        "Depends: {} but {}",
        "it needs {}, too, but {}",
        CONFLICT,
    ),
    rule(
        TroubleId::Conflict,
        "you have held broken packages",
        "",
        CONFLICT,
    ),
    rule(
        TroubleId::Conflict,
        "may be caused by held packages",
        "",
        CONFLICT,
    ),
    rule(
        TroubleId::BrokenBefore,
        "Unmet dependencies. Try",
        "packages that are installed miss others",
        UNMET,
    ),
    rule(
        TroubleId::Conflict,
        "Essential packages were removed",
        "it would remove packages that the system cannot do without",
        CONFLICT,
    ),
    rule(
        TroubleId::Conflict,
        "Packages were downgraded and -y was used",
        "it would bring an older version of a package",
        CONFLICT,
    ),
    rule(
        TroubleId::Conflict,
        "Held packages were changed",
        "it would change a package that is held back",
        CONFLICT,
    ),
    rule(
        TroubleId::FileConflict,
        "trying to overwrite '{}', which is also in package {} ",
        "{} is also in the package {}",
        FILES,
    ),
    rule(
        TroubleId::Script,
        "installed {} package {} script subprocess returned error exit status {}",
        "{}: its {} script failed with status {}",
        SCRIPT,
    ),
    rule(
        TroubleId::Script,
        "new {} package {} script subprocess returned error exit status {}",
        "{}: its {} script failed with status {}",
        SCRIPT,
    ),
    rule(
        TroubleId::Script,
        "old {} package {} script subprocess returned error exit status {}",
        "{}: its {} script failed with status {}",
        SCRIPT,
    ),
    rule(
        TroubleId::Script,
        "script subprocess was killed by signal ({})",
        "a script was ended by a signal: {}",
        SCRIPT,
    ),
    rule(
        TroubleId::BrokenBefore,
        "{} not fully installed or removed.",
        "packages that were broken before: {}",
        BROKEN,
    ),
];
