//! Files side by side, as a report tells of them.

use serde::{Serialize, Serializer};

use super::tree::{Kind, Stat, hex, shown};
use super::{Change, capabilities};

/// Files that a report lists: beyond that it says how many more there are.
pub const LISTED: usize = 100_000;

/// The summary of both trees, as the report has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Files {
    /// What the left one has in all.
    pub left: Totals,
    /// What the right one has in all.
    pub right: Totals,
    /// What only the left one has.
    pub only_left: Count,
    /// What only the right one has.
    pub only_right: Count,
    /// What both have, and not the same; bytes are the right one's.
    pub changed: Count,
    /// What is not the same (and matches the filter), in the order of a walk, at most [`LISTED`].
    pub entries: Vec<FileChange>,
    /// How many more there are.
    pub more: usize,
    /// Directories whose sizes differ most, the greatest difference first.
    pub directories: Vec<DirectorySize>,
}

/// All that a root has. A file with several names counts its bytes once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Regular files, by name.
    pub files: u64,
    /// Directories, the root among them.
    pub directories: u64,
    /// Symbolic links.
    pub links: u64,
    /// Devices and pipes.
    pub special: u64,
    /// Bytes in files.
    pub bytes: u64,
    /// Of these, bytes in files that no package brought; 0 where no database tells who brought what.
    pub unowned: u64,
}

/// How many, and how many bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Names.
    pub entries: u64,
    /// Bytes in files.
    pub bytes: u64,
}

/// Bytes below a directory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DirectorySize {
    /// Absolute path.
    pub path: String,
    /// In the left one.
    pub left: u64,
    /// In the right one.
    pub right: u64,
}

/// A file, directory or link that is not the same in both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Absolute path; bytes that are not UTF-8 as `\xff`.
    pub path: String,
    /// What is with it.
    pub change: Change,
    /// In what it differs: `kind`, `mode`, `owner`, `size`, `content`, `link`, `capabilities`; empty unless changed.
    pub differs: Differs,
    /// What the left one has.
    pub left: Option<FileFacts>,
    /// What the right one has.
    pub right: Option<FileFacts>,
}

/// A file of one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// What sort of thing.
    pub kind: Kind,
    /// Permission bits, at most `0o7777`.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes; 0 for anything but files.
    pub size: u64,
    /// Where a link leads, as it stands there.
    pub link: Option<String>,
    /// SHA-256 of a file's content, in hexadecimal digits.
    pub sha256: Option<String>,
    /// Capabilities, as getcap(8) writes them.
    pub capabilities: Option<String>,
    /// The package that brought it.
    pub package: Option<String>,
}

/// In what two things of the same path differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Differs(u8);

impl Differs {
    const WORDS: [&str; 7] = [
        "kind",
        "mode",
        "owner",
        "size",
        "content",
        "link",
        "capabilities",
    ];

    /// In words, in this order: kind, mode, owner, size, content, link, capabilities.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let words = Self::WORDS.iter().enumerate();
        words.filter_map(move |(bit, word)| (self.0 & (1 << bit) != 0).then_some(*word))
    }

    /// Whether in anything.
    pub fn any(self) -> bool {
        self.0 != 0
    }

    /// Two things of the same path. Where the kind differs nothing else is compared but the owner; size and content
    /// never both: another size is another content. The mode of a link means nothing.
    pub fn of(left: &Stat<'_>, right: &Stat<'_>) -> Self {
        let kind = left.kind != right.kind;
        let of_kind = |kind: Kind, differs: bool| left.kind == kind && differs;
        let size = of_kind(Kind::File, left.size != right.size);
        let unlike = [
            kind,
            !kind && left.kind != Kind::Link && left.mode != right.mode,
            (left.uid, left.gid) != (right.uid, right.gid),
            !kind && size,
            !kind && !size && of_kind(Kind::File, left.sha256 != right.sha256),
            !kind && of_kind(Kind::Link, left.link != right.link),
            !kind && left.capabilities != right.capabilities,
        ];
        let bits = unlike.iter().enumerate();
        Self(bits.fold(0, |all, (bit, on)| all | (u8::from(*on) << bit)))
    }
}

impl Serialize for Differs {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.words())
    }
}

impl FileFacts {
    /// A file of a tree and its package.
    pub fn of(stat: &Stat<'_>, package: Option<&str>) -> Self {
        Self {
            kind: stat.kind,
            mode: stat.mode,
            uid: stat.uid,
            gid: stat.gid,
            size: stat.size,
            link: stat.link.map(|link| shown(link).into_owned()),
            sha256: stat.sha256.map(hex),
            capabilities: stat.capabilities.map(capabilities),
            package: package.map(str::to_owned),
        }
    }
}
