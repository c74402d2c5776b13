//! Where the catalogue keeps its packages: all text in one piece, because 100,000 packages of nine strings
//! each would cost more in allocations than in letters.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::domain::packages::Package;
use crate::domain::text::{bounded, is_harmful};

/// Bytes that a catalogue may take up. Debian's 100,000 packages take a tenth of it; what comes after is left out.
const MOST_BYTES: usize = 256 << 20;
/// What a package costs beside its text, roughly: a bound on text alone lets in endless empty packages.
const OVERHEAD: usize = 128;
/// Characters of a name, a version, or one entry of a list; Debian's and Alpine's longest have a third of it.
const MOST_NAME: usize = 256;
/// Characters of a description or a licence.
const MOST_LINE: usize = 400;
/// Entries of a list: BusyBox provides some 300 commands, a language's standard library more.
const MOST_ENTRIES: usize = 4096;

/// The end of a field.
pub(super) const FIELD: char = '\n';
/// What stands between the entries of a list. Neither can be in a text: both are harmful, and taken out.
pub(super) const ENTRY: char = '\t';

/// Packages by name, each name once, in the order of their names in small letters.
#[derive(Clone, Default)]
pub(super) struct Store {
    /// Package after package: name, version, licence, description, depends, provides.
    text: Box<str>,
    /// Where each begins, and the end.
    starts: Box<[u32]>,
    /// The names in small letters, a line each.
    names: Box<str>,
    /// Where each begins, and the end.
    name_starts: Box<[u32]>,
    /// Which letters the names have: [`letters`].
    letters: Box<[u32]>,
    download: Box<[u64]>,
    size: Box<[u64]>,
}

/// A package on its way into the store.
struct Draft {
    record: Box<str>,
    download: u64,
    size: u64,
}

impl Draft {
    fn version(&self) -> &str {
        self.record.split(FIELD).nth(1).unwrap_or_default()
    }
}

impl Store {
    /// Takes packages in; of several versions of a name `compare` chooses the newest, of equal ones the first.
    /// What has no name or version that a manager would take is left out.
    pub(super) fn new(
        packages: impl IntoIterator<Item = Package>,
        compare: &dyn Fn(&str, &str) -> Ordering,
    ) -> Self {
        Self::within(MOST_BYTES, packages, compare)
    }

    fn within(
        most: usize,
        packages: impl IntoIterator<Item = Package>,
        compare: &dyn Fn(&str, &str) -> Ordering,
    ) -> Self {
        let mut newest: HashMap<Box<str>, Draft> = HashMap::new();
        let mut bytes = 0;
        for package in packages {
            if !sound(&package.name) || !sound(&package.version) {
                continue;
            }
            let old = newest.get(package.name.as_str());
            if old.is_some_and(|old| compare(&package.version, old.version()).is_le()) {
                continue;
            }
            let draft = draft(&package);
            let freed = old.map_or(0, |old| old.record.len() + OVERHEAD);
            let after = bytes - freed + draft.record.len() + OVERHEAD;
            if after <= most {
                bytes = after;
                newest.insert(package.name.into(), draft);
            }
        }
        let sorted = newest.into_iter();
        let mut sorted: Vec<_> = sorted
            .map(|(n, draft)| (n.to_lowercase(), n, draft))
            .collect();
        sorted.sort_unstable_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        let sorted = sorted.into_iter().map(|(folded, _, draft)| (folded, draft));
        Self::of(&sorted.collect::<Vec<_>>())
    }

    fn of(sorted: &[(String, Draft)]) -> Self {
        let text = sorted.iter().map(|(_, draft)| &*draft.record);
        let (text, starts) = joined(text);
        let names = sorted.iter().map(|(folded, _)| format!("{folded}{FIELD}"));
        let (names, name_starts) = joined(names);
        let letters = sorted.iter().map(|(folded, _)| letters(folded));
        Self {
            text,
            starts,
            names,
            name_starts,
            letters: letters.collect(),
            download: sorted.iter().map(|(_, draft)| draft.download).collect(),
            size: sorted.iter().map(|(_, draft)| draft.size).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.size.len()
    }

    /// All text; [`super::provided`] points into it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// All names in small letters, a line each, and where each begins.
    pub(super) fn names(&self) -> (&str, &[u32]) {
        (&self.names, &self.name_starts)
    }

    /// The name of a package, in small letters.
    pub(super) fn folded(&self, index: usize) -> &str {
        part(&self.names, &self.name_starts, index).trim_end_matches(FIELD)
    }

    pub(super) fn letters(&self) -> &[u32] {
        &self.letters
    }

    pub(super) fn download(&self, index: usize) -> u64 {
        self.download.get(index).copied().unwrap_or_default()
    }

    pub(super) fn size(&self, index: usize) -> u64 {
        self.size.get(index).copied().unwrap_or_default()
    }

    /// The fields of a package, as [`Self::text`] has them.
    pub(super) fn fields(&self, index: usize) -> impl Iterator<Item = &str> {
        part(&self.text, &self.starts, index).split(FIELD)
    }

    pub(super) fn name(&self, index: usize) -> &str {
        self.fields(index).next().unwrap_or_default()
    }

    pub(super) fn version(&self, index: usize) -> &str {
        self.fields(index).nth(1).unwrap_or_default()
    }

    pub(super) fn description(&self, index: usize) -> &str {
        self.fields(index).nth(3).unwrap_or_default()
    }

    /// What a package provides, each with its place in [`Self::text`].
    pub(super) fn provides(&self, index: usize) -> impl Iterator<Item = (usize, &str)> {
        let record = part(&self.text, &self.starts, index);
        let record = record.strip_suffix(FIELD).unwrap_or_default();
        let (before, list) = record.rsplit_once(FIELD).unwrap_or_default();
        let start = self.starts.get(index).copied().unwrap_or_default() as usize;
        let places = list
            .split(ENTRY)
            .scan(start + before.len() + 1, |next, entry| {
                let at = *next;
                *next += entry.len() + 1;
                Some((at, entry))
            });
        places.filter(|(_, entry)| !entry.is_empty())
    }

    pub(super) fn package(&self, index: usize) -> Package {
        let mut fields = self.fields(index);
        let mut next = || fields.next().unwrap_or_default();
        let (name, version, license, description) = (next(), next(), next(), next());
        let (depends, provides) = (next(), next());
        Package {
            name: name.into(),
            version: version.into(),
            description: description.into(),
            license: license.into(),
            download: self.download(index),
            size: self.size(index),
            depends: entries(depends).map(Into::into).collect(),
            provides: entries(provides).map(Into::into).collect(),
        }
    }

    /// The package of exactly that name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.named(&name.to_lowercase())
            .find(|index| self.name(*index) == name)
    }

    /// The packages whose name is `folded` in small letters: more than one only where names differ in capitals.
    pub(super) fn named(&self, folded: &str) -> impl Iterator<Item = usize> {
        let from = self.from(|name| name < folded);
        (from..self.len()).take_while(move |index| self.folded(*index) == folded)
    }

    /// The packages whose name begins with `folded`.
    pub(super) fn begin(&self, folded: &str) -> std::ops::Range<usize> {
        self.from(|name| name < folded)..self.from(|name| name < folded || name.starts_with(folded))
    }

    /// The first package of which `before` does not hold.
    fn from(&self, before: impl Fn(&str) -> bool) -> usize {
        let starts = self.name_starts.get(..self.len()).unwrap_or_default();
        starts.partition_point(|start| before(line(&self.names, *start)))
    }
}

/// Pieces in one, and where each begins.
pub(super) fn joined<S: AsRef<str>>(pieces: impl Iterator<Item = S>) -> (Box<str>, Box<[u32]>) {
    let mut text = String::new();
    let mut starts = vec![0];
    for piece in pieces {
        text.push_str(piece.as_ref());
        starts.push(number(text.len()));
    }
    (text.into(), starts.into())
}

/// One of the pieces.
pub(super) fn part<'a>(text: &'a str, starts: &[u32], index: usize) -> &'a str {
    match starts.get(index..) {
        Some([start, end, ..]) => text.get(*start as usize..*end as usize),
        _ => None,
    }
    .unwrap_or_default()
}

/// What stands at `start`, to the end of the line.
pub(super) fn line(text: &str, start: u32) -> &str {
    let rest = text.get(start as usize..).unwrap_or_default();
    rest.split(FIELD).next().unwrap_or_default()
}

/// A place in a text; [`MOST_BYTES`] keeps it far from the end of the numbers.
pub(super) fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(ENTRY).filter(|entry| !entry.is_empty())
}

/// Which letters a word in small letters has: a bit for each of a to z, one for `-`, and one for all figures. A name whose
/// bits lack one of a word's cannot have its letters.
pub(super) fn letters(word: &str) -> u32 {
    word.bytes().fold(0, |bits, byte| match byte {
        b'a'..=b'z' => bits | 1 << (byte - b'a'),
        b'0'..=b'9' => bits | 1 << 26,
        b'-' => bits | 1 << 27,
        _ => bits,
    })
}

/// Whether this can be a package's name or version: a manager takes no other, and nobody could ask for it.
fn sound(word: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || is_harmful(c);
    !word.is_empty() && word.len() <= MOST_NAME && !word.contains(odd)
}

fn draft(package: &Package) -> Draft {
    let mut record = String::new();
    let mut field = |text: &str| {
        record.push_str(text);
        record.push(FIELD);
    };
    field(&package.name);
    field(&package.version);
    field(&bounded(&package.license, MOST_LINE));
    field(&bounded(&package.description, MOST_LINE));
    field(&list(&package.depends));
    field(&list(&package.provides));
    Draft {
        record: record.into(),
        download: package.download,
        size: package.size,
    }
}

fn list(entries: &[String]) -> String {
    let entries = entries.iter().take(MOST_ENTRIES);
    let entries: Vec<String> = entries.map(|entry| bounded(entry, MOST_NAME)).collect();
    entries.join(&ENTRY.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, description: &str) -> Package {
        Package {
            name: name.into(),
            version: "1".into(),
            description: description.into(),
            ..Package::default()
        }
    }

    #[test]
    fn a_bound_holds_over_all() {
        let packages = (0..100_000).map(|n| package(&format!("p{n}"), "words"));
        let store = Store::within(1 << 20, packages, &str::cmp);
        assert!((2_000..8_192).contains(&store.len()), "{}", store.len());
        // A newer version of what is there takes the room of the old one.
        let versions = (0..1_000).map(|n| Package {
            version: format!("{n:04}"),
            ..package("p", &"x".repeat(300))
        });
        let store = Store::within(1_000, versions, &str::cmp);
        assert_eq!((store.len(), store.version(0)), (1, "0999"));
    }

    #[test]
    fn huge_fields_are_cut() {
        let huge = Package {
            license: "l".repeat(1 << 20),
            depends: vec!["d".repeat(1 << 20)],
            provides: (0..100_000).map(|n| format!("cmd:{n}")).collect(),
            ..package("huge", &"ü".repeat(1 << 20))
        };
        let store = Store::new([huge], &str::cmp);
        let kept = store.package(0);
        assert_eq!(kept.description.chars().count(), MOST_LINE + 1);
        assert_eq!(kept.license.len(), MOST_LINE + '…'.len_utf8());
        assert_eq!(kept.depends[0].chars().count(), MOST_NAME + 1);
        assert_eq!(kept.provides.len(), MOST_ENTRIES);
    }
}
