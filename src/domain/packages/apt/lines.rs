//! What apt-get and dpkg print while they work.
//!
//! `Inst`, `Conf` and `Remv` of a simulation; `Get:`, `Unpacking`, `Setting up` and `Removing` of a run; and the
//! machine's lines of `APT::Status-Fd` (`dlstatus:`, `pmstatus:`).

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::super::{Doing, Reader, Step, Stream, Told};
use super::version;

/// Of how many hundredths of a percent the whole is.
const WHOLE: u64 = 10_000;
/// Names that are remembered of one run.
const NAMES: usize = 20_000;

/// The reader of one run.
#[derive(Default)]
pub(super) struct Lines {
    /// Packages that the run turns to, as its summary says; 0 before it.
    of: u32,
    /// Packages that came or went so far.
    at: u32,
    /// Packages that were set up so far.
    configured: u32,
    /// Something was downloaded: then that is the first half of the whole.
    downloads: bool,
    /// How much of the whole was done.
    done: u64,
    /// Packages that a simulation brings, and then sets up.
    brought: BTreeSet<String>,
}

impl Reader for Lines {
    fn line(&mut self, _stream: Stream, line: &str) -> Option<Told> {
        let line = line.trim_end();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "Inst" => self.planned(rest),
            "Remv" | "Purg" => Some(self.leaves(rest)),
            "Conf" => self.set_up_only(rest),
            "Unpacking" => self.unpacking(rest),
            "Setting" => self.setting_up(rest.strip_prefix("up ")?),
            "Removing" => {
                let (name, version) = packaged(rest)?;
                Some(self.counted(Doing::Remove, name, version, None))
            }
            "Processing" => {
                let (name, _) = packaged(rest.strip_prefix("triggers for ")?)?;
                Some(Told::Script(name))
            }
            get if get.starts_with("Get:") => fetched(rest).map(Told::Fetching),
            _ if line.contains("Waiting for cache lock") => Some(Told::Waiting),
            _ if line.starts_with("dlstatus:") => {
                self.downloads = true;
                self.part(percent(line)? / 2)
            }
            _ if line.starts_with("pmstatus:") => {
                let done = percent(line)?;
                let half = if self.downloads {
                    WHOLE / 2 + done / 2
                } else {
                    done
                };
                self.part(half)
            }
            _ => {
                self.summary(line);
                None
            }
        }
    }

    fn is_for_gauge(&self, _stream: Stream, line: &str) -> bool {
        line.starts_with("dlstatus:") || line.starts_with("pmstatus:")
    }
}

impl Lines {
    /// `NAME [OLD] (NEW Release:1/name [arch]) [what it breaks meanwhile]`
    fn planned(&mut self, rest: &str) -> Option<Told> {
        let (name, rest) = rest.split_once(' ')?;
        let old = bracketed(rest);
        let new = rest.split_once('(')?.1.split([' ', ')']).next()?;
        if self.brought.len() < NAMES {
            self.brought.insert(name.to_owned());
        }
        Some(self.comes(name.to_owned(), new.to_owned(), old.map(ToOwned::to_owned)))
    }

    /// `NAME [VERSION]`
    fn leaves(&mut self, rest: &str) -> Told {
        let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let version = bracketed(rest).unwrap_or_default().to_owned();
        self.counted(Doing::Remove, name.to_owned(), version, None)
    }

    /// `NAME (VERSION …)` of a simulation: news only when the package is not brought by it as well.
    fn set_up_only(&mut self, rest: &str) -> Option<Told> {
        let (name, rest) = rest.split_once(" (")?;
        if self.brought.contains(name) {
            return None;
        }
        let version = rest.split([' ', ')']).next()?.to_owned();
        Some(self.step(0, Doing::Configure, name.to_owned(), version, None))
    }

    /// `NAME[:ARCH] (NEW) [over (OLD)] ...`
    fn unpacking(&mut self, rest: &str) -> Option<Told> {
        let (name, version) = packaged(rest)?;
        let old = rest.split_once(" over (");
        let old = old.and_then(|(_, old)| Some(old.split_once(')')?.0.to_owned()));
        Some(self.comes(name, version, old))
    }

    fn setting_up(&mut self, rest: &str) -> Option<Told> {
        let (name, version) = packaged(rest)?;
        self.configured = self.configured.saturating_add(1);
        Some(self.step(self.configured, Doing::Configure, name, version, None))
    }

    fn comes(&mut self, name: String, version: String, old: Option<String>) -> Told {
        let doing = match &old {
            None => Doing::Install,
            Some(old) => match version::compare(&version, old) {
                Ordering::Greater => Doing::Upgrade,
                Ordering::Equal => Doing::Reinstall,
                Ordering::Less => Doing::Downgrade,
            },
        };
        self.counted(doing, name, version, old)
    }

    fn counted(
        &mut self,
        doing: Doing,
        name: String,
        version: String,
        old: Option<String>,
    ) -> Told {
        self.at = self.at.saturating_add(1);
        self.step(self.at, doing, name, version, old)
    }

    /// A step; it is counted only as far as the summary said.
    fn step(
        &self,
        at: u32,
        doing: Doing,
        name: String,
        version: String,
        old: Option<String>,
    ) -> Told {
        let (at, of) = if at <= self.of { (at, self.of) } else { (0, 0) };
        let (at, of) = if at == 0 { (0, 0) } else { (at, of) };
        Told::Step(Step {
            at,
            of,
            doing,
            name,
            version,
            old,
        })
    }

    /// So much is done; apt begins anew for each part of a run, and a gauge must not go back.
    fn part(&mut self, done: u64) -> Option<Told> {
        if done <= self.done {
            return None;
        }
        self.done = done.min(WHOLE);
        Some(Told::Part {
            done: self.done,
            total: WHOLE,
        })
    }

    /// `1 upgraded, 2 newly installed, 1 reinstalled, 1 downgraded, 0 to remove and 3 not upgraded.`
    fn summary(&mut self, line: &str) {
        let Some((changes, _)) = line
            .strip_suffix(" not upgraded.")
            .and_then(|line| line.split_once(" and "))
        else {
            return;
        };
        let counts = changes.split(", ").map(|count| {
            let number = count.split(' ').next().and_then(|n| n.parse::<u32>().ok());
            number.unwrap_or(0)
        });
        self.of = counts.fold(0, u32::saturating_add);
    }
}

/// `NAME[:ARCH] (VERSION)…`
fn packaged(text: &str) -> Option<(String, String)> {
    let (name, rest) = text.split_once(" (")?;
    let name = name.split(':').next()?;
    let version = rest.split_once(')')?.0;
    let word = |text: &str| !text.is_empty() && !text.contains(' ');
    (word(name) && word(version)).then(|| (name.to_owned(), version.to_owned()))
}

/// The text between the brackets that a text begins with.
fn bracketed(text: &str) -> Option<&str> {
    Some(text.strip_prefix('[')?.split_once(']')?.0)
}

/// What is fetched, of `URI SUITE/COMPONENT ARCH NAME ARCH VERSION [SIZE]`; of `URI ./ NAME VERSION [SIZE]` in a
/// repository without suites; or of `URI SUITE Release [SIZE]`.
fn fetched(rest: &str) -> Option<String> {
    let words: Vec<&str> = rest
        .split(" [")
        .next()?
        .split_whitespace()
        .take(8)
        .collect();
    let name = match words.as_slice() {
        [uri, "./", index] if is_index(index) => return Some(format!("{uri} {index}")),
        [_, suite, .., index] if is_index(index) => return Some(format!("{suite} {index}")),
        [_, _, _, name, _, _] | [_, _, name, _] => *name,
        _ => return None,
    };
    Some(name.to_owned())
}

fn is_index(word: &str) -> bool {
    let indexes = ["InRelease", "Release", "Release.gpg", "Packages", "Sources"];
    indexes.contains(&word) || word.starts_with("Translation-") || word.starts_with("Contents-")
}

/// Hundredths of a percent, of `pmstatus:NAME[:ARCH]:20.1234:words`.
fn percent(line: &str) -> Option<u64> {
    let mut fields = line.split(':').skip(2);
    fields.by_ref().take(2).find_map(|field| {
        let (whole, part) = field.split_once('.').unwrap_or((field, ""));
        let whole: u64 = whole.parse().ok().filter(|whole| *whole <= 100)?;
        let part: String = part.chars().chain("00".chars()).take(2).collect();
        Some((whole * 100 + part.parse::<u64>().ok()?).min(WHOLE))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let mut lines = Lines::default();
        let told = text
            .lines()
            .filter_map(|line| lines.line(Stream::Stdout, line));
        let told = told.map(|told| match told {
            Told::Step(s) => format!(
                "{}/{} {:?} {} {} {:?}",
                s.at, s.of, s.doing, s.name, s.version, s.old
            ),
            told => format!("{told:?}"),
        });
        told.collect()
    }

    #[test]
    fn debian_s_own_lines_are_read() {
        let plan = "1 upgraded, 1 newly installed, 1 reinstalled, 0 to remove and 131 not upgraded.\n\
                    Inst libgcrypt20 [1.10.1-3] (1.10.1-3+deb12u1 Debian:12.15/oldstable, Debian-Security:12/oldstable-security [amd64]) []\n\
                    Inst bash [5.2.15-2+b13] (5.2.15-2+b13 Debian:12.15/oldstable [amd64])\n\
                    Inst zlib1g:i386 (1:1.2.13.dfsg-1 Debian:12.15/oldstable [i386])\n\
                    Conf zlib1g:i386 (1:1.2.13.dfsg-1 Debian:12.15/oldstable [i386])";
        assert_eq!(
            told(plan),
            [
                "1/3 Upgrade libgcrypt20 1.10.1-3+deb12u1 Some(\"1.10.1-3\")",
                "2/3 Reinstall bash 5.2.15-2+b13 Some(\"5.2.15-2+b13\")",
                "3/3 Install zlib1g:i386 1:1.2.13.dfsg-1 None",
            ]
        );
        let run = "Unpacking libpopt0:amd64 (1.19+dfsg-1) ...\nSetting up libpopt0:amd64 (1.19+dfsg-1) ...\n\
                   Processing triggers for man-db (2.11.2-2) ...\nRemoving obsolete conffile /etc/x ...\nRemoving greet (1.0) ...";
        assert_eq!(
            told(run),
            [
                "0/0 Install libpopt0 1.19+dfsg-1 None",
                "0/0 Configure libpopt0 1.19+dfsg-1 None",
                "Script(\"man-db\")",
                "0/0 Remove greet 1.0 None",
            ]
        );
    }

    #[test]
    fn the_gauge_never_goes_back_and_needs_no_download() {
        assert_eq!(
            told("pmstatus:libc6:amd64:50.5:Unpacking libc6"),
            ["Part { done: 5050, total: 10000 }"]
        );
        let run = "dlstatus:1:40.0000:Retrieving\ndlstatus:1:0.0000:Retrieving\npmstatus:dpkg-exec:0.0000:Running\n\
                   pmstatus:greet:100.0000:Done\npmstatus:greet:9999.0:Lie\npmstatus:greet:x:y";
        assert_eq!(
            told(run),
            [
                "Part { done: 2000, total: 10000 }",
                "Part { done: 5000, total: 10000 }",
                "Part { done: 10000, total: 10000 }",
            ]
        );
    }

    #[test]
    fn what_only_a_gauge_needs_is_no_raw_output() {
        let lines = Lines::default();
        for (line, is) in [
            ("dlstatus:1:40.0000:Retrieving file 1 of 2", true),
            ("pmstatus:tree:20.0000:Unpacking tree (amd64)", true),
            (
                "pmerror:tree:20.0000:trying to overwrite '/usr/bin/tree'",
                false,
            ),
            ("Unpacking tree (2.1.0-1) ...", false),
        ] {
            assert_eq!(lines.is_for_gauge(Stream::Stdout, line), is, "{line}");
        }
    }
}
