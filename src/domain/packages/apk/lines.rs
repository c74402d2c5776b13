//! What apk prints while it works, line by line (domain.md §3.1): steps, progress, downloads, scripts.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::domain::packages::{Doing, Reader, Step, Stream, Told};
use crate::domain::secret;
use crate::domain::text::bounded;

/// Characters of a name, a version or an address that are kept.
const NAME: usize = 256;

// apk 3 pads the counter to the width of the total, and prints `(?)` when that is too wide for it.
static STEP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^\((?:\s*(\d+)/(\d+)|\?)\) (Installing|Upgrading|Downgrading|Reinstalling|Replacing|Updating pinning|Purging) ([^\s@]+)(?:@\S+)? \((\S+)(?: -> (\S+))?\)$",
    )
    .ok()
});
// apk 3 adds which stage it is: the numbers are of that stage.
static PART: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(\d{1,19})/(\d{1,19})(?: \w+)?$").ok());

/// Reads the lines of one run.
#[derive(Debug)]
pub(super) struct Lines;

impl Reader for Lines {
    fn line(&mut self, stream: Stream, line: &str) -> Option<Told> {
        let line = line.trim_end();
        // 2.14 says it on stdout, 3 on stderr.
        if line == "Waiting for repository lock" {
            return Some(Told::Waiting);
        }
        match stream {
            Stream::Stderr => None,
            Stream::Stdout => stdout(line),
        }
    }

    fn is_for_gauge(&self, stream: Stream, line: &str) -> bool {
        stream == Stream::Stdout && captures(&PART, line.trim_end()).is_some()
    }
}

fn stdout(line: &str) -> Option<Told> {
    if let Some(part) = captures(&PART, line) {
        let total = number(&part, 2);
        let done = number(&part, 1).min(total);
        return (total > 0).then_some(Told::Part { done, total });
    }
    if let Some(step) = captures(&STEP, line) {
        return Some(Told::Step(self::step(&step)));
    }
    if let Some(url) = line.strip_prefix("fetch ") {
        return Some(Told::Fetching(shown(repository(url))));
    }
    if let Some(package) = line.strip_prefix("Downloading ") {
        return Some(Told::Fetching(shown(package)));
    }
    // apk 3 indents it.
    let script = line.trim_start().strip_prefix("Executing ")?;
    Some(Told::Script(shown(script)))
}

/// Takes a line apart by a pattern.
fn captures<'l>(pattern: &LazyLock<Option<Regex>>, line: &'l str) -> Option<Captures<'l>> {
    pattern.as_ref()?.captures(line)
}

fn step(line: &Captures<'_>) -> Step {
    let text = |at: usize| line.get(at).map_or("", |text| text.as_str());
    let count = |at| u32::try_from(number(line, at)).unwrap_or_default();
    let doing = match text(3) {
        "Installing" => Doing::Install,
        "Upgrading" => Doing::Upgrade,
        "Downgrading" => Doing::Downgrade,
        "Purging" => Doing::Remove,
        // The same version, from another repository or with another pin.
        _ => Doing::Reinstall,
    };
    let (first, second) = (shown(text(5)), shown(text(6)));
    let (version, old) = if second.is_empty() {
        (first, None)
    } else {
        (second, Some(first))
    };
    Step {
        at: count(1),
        of: count(2),
        doing,
        name: shown(text(4)),
        version,
        old,
    }
}

fn number(line: &Captures<'_>, at: usize) -> u64 {
    let text = line.get(at).map_or("", |text| text.as_str());
    text.parse().unwrap_or_default()
}

/// A repository, by the address of its index.
pub(super) fn repository(index: &str) -> &str {
    let folder = index.strip_suffix("/APKINDEX.tar.gz");
    let base = folder.and_then(|folder| folder.rsplit_once('/'));
    base.map_or(index, |(base, _architecture)| base)
}

/// Foreign text as it may be shown.
fn shown(text: &str) -> String {
    bounded(&secret::without_logins(text), NAME)
}
