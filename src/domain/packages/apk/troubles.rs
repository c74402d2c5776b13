//! What went wrong in a run, by apk's own words (domain.md §3.2): both majors, whichever of them it was.

mod package;
mod repository;
mod selection;

use crate::domain::packages::{Printed, Stream, Trouble, TroubleId};
use crate::domain::secret;
use crate::domain::text::bounded;

/// Troubles that are told of one run.
const MOST: usize = 20;
/// Lines that are kept to prove one.
const EVIDENCE: usize = 8;
/// Characters of such a line, and of a name in a sentence.
const LINE: usize = 300;

/// All troubles, causes before what follows from them.
pub(super) fn find(printed: &Printed) -> Vec<Trouble> {
    let mut case = Case::default();
    let of = |wanted| {
        let lines = printed.lines.iter();
        lines.filter_map(move |(stream, line)| (*stream == wanted).then_some(line.trim_end()))
    };
    // Errors are on stderr; what scripts of packages print on stdout is not taken for one.
    let lines: Vec<&str> = of(Stream::Stderr).collect();
    let mut rest = lines.as_slice();
    while let Some((line, after)) = rest.split_first() {
        rest = case.line(line, after);
    }
    let mut lines = of(Stream::Stdout);
    while let Some(line) = lines.next() {
        if line.starts_with("World updated, but the following packages are not removed") {
            let stay = lines.by_ref().take_while(|line| line.starts_with("  "));
            stay.for_each(|stays| case.stays(stays, line));
        }
        case.summary(line);
    }
    case.found.sort_by_key(|trouble| trouble.id);
    case.found
}

/// What is known of a run so far.
#[derive(Debug, Default)]
struct Case {
    found: Vec<Trouble>,
    /// A line that says that a certificate is not trusted: 2.14 then calls the reason `Permission denied`.
    certificate: Option<String>,
    /// Packages that failed in this run.
    failed: Vec<String>,
}

impl Case {
    /// Takes in a line, and says where to go on.
    fn line<'a>(&mut self, line: &str, after: &'a [&'a str]) -> &'a [&'a str] {
        if let Some((index, why)) = repository::parts(line) {
            self.repository(index, why, line);
        } else if line == "ERROR: unable to select packages:" {
            let block = after.iter().take_while(|line| line.starts_with("  "));
            let (block, after) = after.split_at(block.count());
            self.selection(line, block);
            return after;
        } else if let Some(error) = line.strip_prefix("ERROR: ") {
            self.error(error, line);
        } else if line.contains("certificate verify failed") {
            self.certificate = Some(line.into());
        } else if let Some(words) = line.strip_prefix("WARNING: The repository tag for world ") {
            let words = format!("a tag is asked for that no repository has: {words}");
            self.add(TroubleId::Other, &words, &[TAGS], &[line]);
        } else if line.starts_with("apk: ") {
            self.add(TroubleId::Other, line, &[], &[line]);
        }
        after
    }

    fn error(&mut self, error: &str, line: &str) {
        if error.contains("No space left on device") || error.contains("Disk quota exceeded") {
            self.fails(error);
            let meaning = "no room is left on the disk of the twin";
            let advice = [
                "make room on the engine's disk: `docker system df` says what fills it",
                "when it is a file system of its own that is full (a tmpfs, a volume), start the twin without it",
                "then `apk fix`: what was half written is marked as broken",
            ];
            self.add(TroubleId::DiskFull, meaning, &advice, &[line]);
        } else if error.contains("Read-only file system") {
            self.fails(error);
            let meaning = "the file system cannot be written to: it is read-only";
            let advice =
                ["start the twin without `--read-only`; the target itself may stay read-only"];
            self.add(TroubleId::ReadOnly, meaning, &advice, &[line]);
        } else if error.starts_with("System state may be inconsistent") {
            let meaning =
                "apk could not write down what it did: its database may not be what is on the disk";
            self.add(
                TroubleId::Interrupted,
                meaning,
                &["`apk fix` when the cause is gone"],
                &[line],
            );
        } else if error.starts_with("Unable to ")
            || error.starts_with("Failed to open apk database")
        {
            self.database(error, line);
        } else if let Some(name) = error.strip_prefix("No such package: ") {
            let meaning = format!("no package is called {name}, installed or not");
            self.add(TroubleId::UnknownName, &meaning, &[LIST], &[line]);
        } else if let Some(name) = error
            .strip_prefix("Package '")
            .and_then(|e| e.strip_suffix("' not found"))
        {
            let meaning = format!("no package is called {name}");
            self.add(TroubleId::UnknownName, &meaning, &[LIST], &[line]);
        } else if error.contains("missing repository tags") {
            let meaning = "nothing is changed while a tag is asked for that no repository has";
            self.add(TroubleId::Other, meaning, &[TAGS], &[line]);
        } else if error.contains("stale/unavailable repositories") {
            let meaning = "apk goes no further while a repository cannot be reached";
            self.add(TroubleId::Unreachable, meaning, &[], &[line]);
        } else {
            self.package(error, line);
        }
    }

    /// The database could not be opened.
    fn database(&mut self, error: &str, line: &str) {
        let reason = error.rsplit(": ").next();
        match reason.unwrap_or_default() {
            "Permission denied" | "Operation not permitted" => {
                let meaning = "apk was not run as root, and only root may write its database";
                let advice = [
                    "run it as root: dev images run as user 65532 unless they are told `--user root`",
                ];
                self.add(TroubleId::NotRoot, meaning, &advice, &[line]);
            }
            // What 2.14 and 3 say without waiting, and both after having waited in vain.
            "temporary error (try again later)"
            | "Resource temporarily unavailable"
            | "Interrupted system call" => {
                let meaning = "another apk is at work in this root, and did not finish in time";
                let advice = [
                    "wait for it, and try again",
                    "`ps` in the twin says which one it is; it may be one that hangs in a package's script",
                ];
                self.add(TroubleId::Locked, meaning, &advice, &[line]);
            }
            "No such file or directory" => {
                let meaning = "there is no database of packages in this root";
                let advice = [
                    "the image was not made of apk packages, or the database was taken out: look for `lib/apk/db`",
                ];
                self.add(TroubleId::NoDatabase, meaning, &advice, &[line]);
            }
            _ => self.add(TroubleId::Other, error, &[], &[line]),
        }
    }

    /// `  libx: curl`: what was to be removed, and what needs it.
    fn stays(&mut self, line: &str, head: &str) {
        if let Some((name, by)) = line.trim().split_once(": ") {
            let meaning = format!("{name} is not asked for any more, and stays: needed by {by}");
            let advice = ["remove what needs it, too"];
            self.add(TroubleId::Conflict, &meaning, &advice, &[head, line]);
        }
    }

    /// `OK: 5 MiB in 3 packages`, or how many are broken: also those that were so before.
    fn summary(&mut self, line: &str) {
        let Some((count, rest)) = line.split_once(' ') else {
            return;
        };
        let is_summary = (rest.starts_with("error; ") || rest.starts_with("errors; "))
            && rest.ends_with(" packages");
        let Some(count) = count.parse::<usize>().ok().filter(|_| is_summary) else {
            return;
        };
        let before = count.saturating_sub(self.failed.len());
        if before > 0 {
            let meaning = match before {
                1 => "a package was broken before, and still is; apk counts it at every run".into(),
                more => format!(
                    "{more} packages were broken before, and still are; apk counts them at every run"
                ),
            };
            self.add(
                TroubleId::BrokenBefore,
                &meaning,
                &["`apk fix` tries to repair them"],
                &[line],
            );
        }
    }

    /// Notes a package that failed, by an error that names it.
    fn fails(&mut self, error: &str) {
        if let Some(package) = package::named(error)
            && !self.failed.contains(&package)
        {
            self.failed.push(package);
        }
    }

    /// Adds a trouble, or proof to one that says the same.
    fn add(&mut self, id: TroubleId, meaning: &str, advice: &[&str], evidence: &[&str]) {
        let meaning = shown(meaning);
        let known = |trouble: &Trouble| trouble.id == id && trouble.meaning == meaning;
        if !self.found.iter().any(known) && self.found.len() < MOST {
            self.found.push(Trouble {
                id,
                meaning: meaning.clone(),
                advice: advice.iter().map(|words| (*words).into()).collect(),
                evidence: Vec::new(),
            });
        }
        let known = |trouble: &&mut Trouble| trouble.id == id && trouble.meaning == meaning;
        let Some(at) = self.found.iter_mut().find(known) else {
            return;
        };
        for line in evidence {
            let line = shown(line);
            if at.evidence.len() < EVIDENCE && !at.evidence.contains(&line) {
                at.evidence.push(line);
            }
        }
    }
}

const LIST: &str = "`devtwin packages search` finds names, also by a command or a library";
const TAGS: &str = "ask for the package without `@tag`, or configure a repository with that tag";

/// Foreign text as it may be shown.
fn shown(text: &str) -> String {
    bounded(&secret::without_logins(text), LINE)
}
