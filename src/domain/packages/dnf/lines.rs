//! What dnf prints while it works: the table of what it would do, downloads, and the steps of rpm.
//!
//! microdnf's table and steps (`Installing: name;1.0-1;noarch;repository`) are from its sources, not measured.

use super::super::{Doing, Reader, Step, Stream, Told};

/// The reader of one run.
#[derive(Default)]
pub(super) struct Lines {
    /// The run is a simulation: its table is the news.
    simulation: bool,
    /// What is done to the packages that the table lists now.
    listed: Option<Doing>,
}

impl Reader for Lines {
    fn line(&mut self, stream: Stream, line: &str) -> Option<Told> {
        if stream == Stream::Stderr {
            return None;
        }
        let line = line.trim_end();
        if line == "Simulation:" {
            self.simulation = true;
            return None;
        }
        if self.simulation {
            return self.row(line);
        }
        if line.starts_with("Waiting for process with pid") {
            return Some(Told::Waiting);
        }
        running(line).or_else(|| fetched(line))
    }
}

impl Lines {
    /// A line of the table.
    fn row(&mut self, line: &str) -> Option<Told> {
        if !line.starts_with(' ') {
            self.listed = match line.strip_suffix(':') {
                Some(head) if !head.starts_with("Transaction") => doing(head.split(' ').next()?),
                _ => None,
            };
            return None;
        }
        let doing = self.listed?;
        let words: Vec<&str> = line.split_whitespace().take(8).collect();
        let (name, version) = match words.as_slice() {
            ["replacing", ..] | [] => return None,
            // dnf: name, architecture, version, repository, size with or without a unit.
            [name, _, version, _, _, ..] => ((*name).to_owned(), (*version).to_owned()),
            // microdnf: all of it in one word, repository, size.
            [package, ..] => nevra(package),
        };
        Some(step(0, 0, doing, name, version))
    }
}

fn doing(word: &str) -> Option<Doing> {
    Some(match word {
        "Installing" => Doing::Install,
        "Upgrading" | "Updating" => Doing::Upgrade,
        "Downgrading" => Doing::Downgrade,
        "Reinstalling" => Doing::Reinstall,
        "Removing" | "Erasing" => Doing::Remove,
        _ => return None,
    })
}

/// `  Installing       : libgreet-1.0-1.noarch                     1/2`, and microdnf's `Installing: a;1;noarch;repo`.
fn running(line: &str) -> Option<Told> {
    let (word, rest) = line.split_once(':')?;
    let mut words = rest.split_whitespace();
    let package = words.next()?;
    let counted = words.next().and_then(|count| {
        let (at, of) = count.split_once('/')?;
        let (at, of) = (at.parse::<u32>().ok()?, of.parse::<u32>().ok()?);
        (at > 0 && at <= of).then_some((at, of))
    });
    let word = word.trim();
    if let Some((at, of)) = counted {
        let (name, version) = nevra(package);
        return match word {
            "Running scriptlet" => Some(Told::Script(name)),
            word => Some(step(at, of, doing(word)?, name, version)),
        };
    }
    let mut parts = package.split(';');
    let (name, version) = (parts.next()?, parts.next()?);
    Some(step(
        0,
        0,
        doing(word)?,
        name.to_owned(),
        version.to_owned(),
    ))
}

/// `(1/2): greet-1.0-1.noarch.rpm      2.3 MB/s | 6.1 kB     00:00`, and the same without a count for an index.
fn fetched(line: &str) -> Option<Told> {
    line.split_once("B/s | ")?;
    let counted = line
        .strip_prefix('(')
        .and_then(|rest| rest.split_once("): "));
    let text = counted.map_or(line, |(_, text)| text);
    let name = text.split("  ").next()?.trim();
    if name.is_empty() || name == "Total" {
        return None;
    }
    let name = name
        .strip_suffix(".rpm")
        .map_or(name.to_owned(), |package| nevra(package).0);
    Some(Told::Fetching(name))
}

/// Name and version of `name-[epoch:]version-release.architecture`; a name alone when it was cut.
fn nevra(text: &str) -> (String, String) {
    let parts = || {
        let (rest, _) = text.rsplit_once('.')?;
        let (rest, release) = rest.rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        let is_version = version.starts_with(|c: char| c.is_ascii_alphanumeric());
        (is_version && !name.is_empty()).then(|| (name.to_owned(), format!("{version}-{release}")))
    };
    parts().unwrap_or_else(|| (text.to_owned(), String::new()))
}

fn step(at: u32, of: u32, doing: Doing, name: String, version: String) -> Told {
    Told::Step(Step {
        at,
        of,
        doing,
        name,
        version,
        old: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microdnf_is_read_as_its_sources_write() {
        let table = "Simulation:\nPackage                  Repository   Size\nInstalling:\n greet-1.0-1.x86_64      local      6.2 kB\n  \
                     replacing old-1.0-1.x86_64\nUpgrading:\n dated-2:1.0-1.noarch    local      1 byte\nTransaction Summary:\n \
                     Installing:        1 packages\nOperation aborted.";
        let mut lines = Lines::default();
        let told: Vec<_> = table
            .lines()
            .filter_map(|line| lines.line(Stream::Stdout, line))
            .collect();
        assert_eq!(
            told,
            [
                step(0, 0, Doing::Install, "greet".into(), "1.0-1".into()),
                step(0, 0, Doing::Upgrade, "dated".into(), "2:1.0-1".into()),
            ]
        );
        let run = [
            "Installing:",
            "Updating: dated;2:1.0-1;noarch;local",
            "Cleanup: dated;1:1.0-1;noarch;installed",
        ];
        let mut lines = Lines::default();
        let told: Vec<_> = run
            .iter()
            .filter_map(|line| lines.line(Stream::Stdout, line))
            .collect();
        assert_eq!(
            told,
            [step(0, 0, Doing::Upgrade, "dated".into(), "2:1.0-1".into())]
        );
    }
}
