//! Packages that could not be fetched, unpacked or set up.

use std::sync::LazyLock;

use regex::Regex;

use super::Case;
use crate::domain::packages::TroubleId;

static PACKAGE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"([^\s/:]+-[0-9][^\s/:-]*-r[0-9]+)").ok());
static OVERWRITE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(\S+): trying to overwrite (\S+) owned by (\S+?)\.?$").ok());

/// Why something could not be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Signed by nobody who is trusted.
    Untrusted,
    /// The server's certificate is not trusted.
    Certificate,
    /// The server refuses.
    Denied,
    /// The server does not have it.
    Missing,
    /// There is no way to the server.
    Unreachable,
}

/// What a reason means in apk's words; 2.14 has its own, 3 those of its HTTP library.
pub(super) fn reason(words: &str) -> Option<Reason> {
    let words = words.to_lowercase();
    let rows: [(Reason, &[&str]); 5] = [
        (Reason::Untrusted, &["untrusted signature", "bad signature"]),
        (Reason::Certificate, &["certificate", "tls:", "ssl"]),
        (
            Reason::Denied,
            &[
                "permission denied",
                "http 401",
                "http 403",
                "http 407",
                "unauthorized",
                "forbidden",
                "authentication",
            ],
        ),
        (
            Reason::Missing,
            &[
                "no such file or directory",
                "http 404",
                "package mentioned in index",
                "could not find a repo",
            ],
        ),
        (
            Reason::Unreachable,
            &[
                "connect",
                "dns",
                "network",
                "timed out",
                "temporary error",
                "temporarily",
                "remote server",
                "http 5",
                "unexpected end of file",
                "unreachable",
                "no route",
                "address",
            ],
        ),
    ];
    let says = |(_, texts): &&(Reason, &[&str])| texts.iter().any(|text| words.contains(text));
    rows.iter().find(says).map(|(reason, _)| *reason)
}

/// The package that an error names, with its version; of scripts and triggers the one that they are of.
pub(super) fn named(error: &str) -> Option<String> {
    let name = PACKAGE.as_ref()?.captures(error)?;
    Some(name.get(1)?.as_str().into())
}

impl Case {
    /// An error that is none of the database, the disk or the choice of packages.
    pub(super) fn package(&mut self, error: &str, line: &str) {
        self.fails(error);
        let (about, why) = error.split_once(": ").unwrap_or(("", error));
        let name = named(error).unwrap_or_else(|| about.into());
        if let Some(conflict) = OVERWRITE
            .as_ref()
            .and_then(|pattern| pattern.captures(error))
        {
            let part = |at| conflict.get(at).map_or("", |part| part.as_str());
            let meaning = format!(
                "{} brings {}, which {} has already",
                part(1),
                part(2),
                part(3)
            );
            let advice = [
                "remove the one that is not needed; the file is still the old one, and the new package is marked as broken",
                "`apk fix` when the other one is gone",
            ];
            return self.add(TroubleId::FileConflict, &meaning, &advice, &[line]);
        }
        if let Some(status) = why.split("exited with error ").nth(1) {
            return self.script(&name, status, line);
        }
        if why.starts_with("killed by signal ") || why.starts_with("script killed ") {
            let meaning = format!("a script of {name} was {why}; its files are there");
            return self.add(TroubleId::Script, &meaning, &[FIX], &[line]);
        }
        match reason(why) {
            Some(Reason::Untrusted) => self.untrusted(&name, line),
            Some(Reason::Denied) => self.denied(&name, line),
            Some(Reason::Missing) => {
                let meaning =
                    format!("the index names {name}, and the repository does not have it any more");
                self.add(
                    TroubleId::StaleIndex,
                    &meaning,
                    &["fetch the indexes again (`apk update`), and try again"],
                    &[line],
                );
            }
            Some(Reason::Unreachable | Reason::Certificate) => self.unreachable(&name, why, line),
            None => self.add(TroubleId::Other, error, &[], &[line]),
        }
    }

    fn script(&mut self, package: &str, status: &str, line: &str) {
        if status == "127" {
            let meaning = format!(
                "a script of {package} could not run: this root has no /bin/sh, or the script names a program that is not there"
            );
            let advice = ["install into a root without a shell with `--no-scripts`"];
            return self.add(TroubleId::Script, &meaning, &advice, &[line]);
        }
        let meaning =
            format!("a script of {package} failed with status {status}; its files are there");
        self.add(TroubleId::Script, &meaning, &[FIX], &[line]);
    }
}

const FIX: &str =
    "the raw output says what it did; `apk fix` runs it again, and the package may work without it";
