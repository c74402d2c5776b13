//! A directory set against that of the same path on the other side.

use std::collections::HashMap;

use super::{Entry, Kind, Listing};

/// How an entry stands to the one of its name on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Alike, as far as a directory tells: kind, permissions, owner, size, where a link leads.
    Same,
    /// It differs in this.
    Differs(&'static str),
    /// Only here.
    OnlyHere,
    /// Only there.
    OnlyThere,
}

impl Mark {
    /// Its sign, readable without colour.
    pub fn sign(self) -> char {
        match self {
            Self::Same => ' ',
            Self::Differs(_) => '≠',
            Self::OnlyHere => '+',
            Self::OnlyThere => '−',
        }
    }
}

/// A directory beside that of the other side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// How each entry of this side stands to the other one.
    pub marks: Vec<Mark>,
    /// Numbers of the entries that only the other side has.
    pub only_there: Vec<usize>,
}

impl Beside {
    /// Sets two directories side by side.
    pub fn of(here: &Listing, there: &Listing) -> Self {
        let theirs: HashMap<&str, &Entry> = by_name(there).collect();
        let own: HashMap<&str, &Entry> = by_name(here).collect();
        let mark = |entry: &Entry| match theirs.get(entry.name.as_str()) {
            None => Mark::OnlyHere,
            Some(other) => differs(entry, other).map_or(Mark::Same, Mark::Differs),
        };
        let only = there.entries.iter().enumerate();
        let only = only.filter(|(_, entry)| !own.contains_key(entry.name.as_str()));
        Self {
            marks: here.entries.iter().map(mark).collect(),
            only_there: only.map(|(n, _)| n).collect(),
        }
    }

    /// How many differ, are only here, are only there.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |wanted: fn(&Mark) -> bool| self.marks.iter().filter(|m| wanted(m)).count();
        let differ = count(|mark| matches!(mark, Mark::Differs(_)));
        let here = count(|mark| *mark == Mark::OnlyHere);
        (differ, here, self.only_there.len())
    }
}

fn by_name(listing: &Listing) -> impl Iterator<Item = (&str, &Entry)> {
    listing.entries.iter().map(|e| (e.name.as_str(), e))
}

/// In what two entries differ; times are left out: each build has its own.
fn differs(one: &Entry, other: &Entry) -> Option<&'static str> {
    let plain = |kind: &Kind| matches!(kind, Kind::File | Kind::Hardlink(_));
    let both_plain = plain(&one.kind) && plain(&other.kind);
    if !both_plain && one.kind.letter() != other.kind.letter() {
        return Some("kind");
    }
    if let (Kind::Link(here), Kind::Link(there)) = (&one.kind, &other.kind) {
        return (here != there).then_some("where it leads");
    }
    // What an archive says of another name of a file has no size.
    let hard = |kind: &Kind| matches!(kind, Kind::Hardlink(_));
    if both_plain && one.size != other.size && !hard(&one.kind) && !hard(&other.kind) {
        return Some("size");
    }
    if one.mode != other.mode {
        return Some("permissions");
    }
    ((one.uid, one.gid) != (other.uid, other.gid)).then_some("owner")
}
