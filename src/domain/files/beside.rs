//! A directory set against that of the same path on the other side.

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

/// How `entry` stands to a directory of the other side.
pub fn mark(entry: &Entry, there: &Listing) -> Mark {
    match there.get(&entry.name) {
        None => Mark::OnlyHere,
        Some(other) => differs(entry, other).map_or(Mark::Same, Mark::Differs),
    }
}

/// The entries that only the other side has.
pub fn only_there<'a>(here: &Listing, there: &'a Listing) -> Vec<&'a Entry> {
    let known: std::collections::BTreeSet<&str> =
        here.entries.iter().map(|e| e.name.as_str()).collect();
    let all = there.entries.iter();
    all.filter(|e| !known.contains(e.name.as_str())).collect()
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
