//! Files as a person browses them: which roots there are, what stands in a directory, pieces of a file; what can be
//! asked about them, and what is answered.
//!
//! Names are [`names`]: text that keeps every byte. Nothing here reads a file; `ops::files` does.

pub mod beside;
pub mod listed;
pub mod names;
pub mod owned;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::compare::Content;
use super::elf::Elf;
use super::target::ContainerId;
use super::twin::Twin;

/// Bytes of a piece, in which files are fetched; pieces begin at multiples of it.
pub const PIECE: u64 = 64 << 10;
/// Most entries of a directory, and how many are told at most.
pub const ENTRIES_MOST: usize = 100_000;
/// Most bytes that are read of a file for its ELF tables.
pub const ELF_MOST: u64 = 64 << 20;

/// A file system that can be browsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// The target's, as it is now.
    Target,
    /// The twin's, as it is now.
    Twin,
    /// That of the target's image.
    TargetImage,
    /// That of the dev image.
    DevImage,
}

impl Root {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Target, Self::Twin, Self::TargetImage, Self::DevImage];

    /// Its name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Target => "Target",
            Self::Twin => "Twin",
            Self::TargetImage => "Prod image",
            Self::DevImage => "Dev image",
        }
    }

    /// It within a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Target => "the target",
            Self::Twin => "the twin",
            Self::TargetImage => "the target's image",
            Self::DevImage => "the dev image",
        }
    }

    /// The other side: production and development face each other.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Target => Self::Twin,
            Self::Twin => Self::Target,
            Self::TargetImage => Self::DevImage,
            Self::DevImage => Self::TargetImage,
        }
    }

    /// Whether it is an image: its files do not change.
    pub fn is_image(self) -> bool {
        matches!(self, Self::TargetImage | Self::DevImage)
    }
}

/// Whose files are browsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The twin, which has the shell that looks.
    pub twin: Twin,
    /// The target; none when an image is explored.
    pub target: Option<ContainerId>,
    /// The target's image, by id or reference.
    pub target_image: String,
    /// The dev image.
    pub dev_image: String,
}

/// Something in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, as [`names::decoded`] gives it: no `/`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Permission bits with set-uid, set-gid and sticky: at most `0o7777`.
    pub mode: u32,
    /// Number of its owner.
    pub uid: u32,
    /// Number of its group.
    pub gid: u32,
    /// Size in bytes; of a file of `/proc` often 0.
    pub size: u64,
    /// When it was last written: seconds since the epoch; none when that is not told.
    pub mtime: Option<i64>,
}

/// Sorts of things in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link, and where it leads as it stands there.
    Link(String),
    /// Another name of the file at this absolute path: only archives tell.
    Hardlink(String),
    /// A pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A character device: major and minor number, when they are told.
    Char(Option<(u32, u32)>),
    /// A block device.
    Block(Option<(u32, u32)>),
    /// A device or a pipe: an archive does not tell which.
    Special,
}

impl Kind {
    /// Its letter, as `ls -l` has it.
    pub fn letter(&self) -> char {
        match self {
            Self::File | Self::Hardlink(_) => '-',
            Self::Dir => 'd',
            Self::Link(_) => 'l',
            Self::Pipe => 'p',
            Self::Socket => 's',
            Self::Char(_) => 'c',
            Self::Block(_) => 'b',
            Self::Special => '?',
        }
    }

    /// Why it is not read; none for what can be.
    pub fn unreadable(&self) -> Option<&'static str> {
        match self {
            Self::File | Self::Dir | Self::Link(_) | Self::Hardlink(_) => None,
            Self::Pipe => {
                Some("is a pipe: reading it would take from the program that waits there")
            }
            Self::Socket => Some("is a socket: there is nothing to read, only to connect to"),
            Self::Char(_) => Some("is a device: reading it would never end, or do something"),
            Self::Block(_) => Some("is a block device: it is not read"),
            Self::Special => Some("is a device or a pipe: it is not read"),
        }
    }
}

impl Entry {
    /// Kind and permissions as `ls -l` prints them: `drwxr-sr-t`.
    pub fn mode_word(&self) -> String {
        let mut word = String::from(self.kind.letter());
        for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
            let bits = self.mode >> shift;
            word.push(if bits & 4 == 0 { '-' } else { 'r' });
            word.push(if bits & 2 == 0 { '-' } else { 'w' });
            word.push(match (bits & 1 != 0, self.mode & special != 0) {
                (true, true) => letter,
                (false, true) => letter.to_ascii_uppercase(),
                (true, false) => 'x',
                (false, false) => '-',
            });
        }
        word
    }

    /// Whether somebody may run it.
    pub fn is_program(&self) -> bool {
        matches!(self.kind, Kind::File | Kind::Hardlink(_)) && self.mode & 0o111 != 0
    }
}

/// A directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Its absolute path, no link in it.
    pub dir: String,
    /// What stands in it: directories first, each part by name.
    pub entries: Vec<Entry>,
    /// There are more than [`ENTRIES_MOST`].
    pub cut: bool,
    /// Names of owners by that root's own passwd file.
    pub users: BTreeMap<u32, String>,
    /// Names of groups by that root's own group file.
    pub groups: BTreeMap<u32, String>,
    /// Packages by the names of the entries that they brought; none where nothing is known of packages.
    pub packages: Option<BTreeMap<String, String>>,
}

impl Listing {
    /// Brings the entries into their order.
    pub fn sort(&mut self) {
        let key = |entry: &Entry| (entry.kind != Kind::Dir, entry.name.clone());
        self.entries.sort_by_cached_key(key);
    }

    /// The entry of that name.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}

/// A piece of a regular file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins: a multiple of [`PIECE`].
    pub offset: u64,
    /// Its bytes: fewer than [`PIECE`] at the file's end only.
    pub bytes: Vec<u8>,
    /// Bytes of the whole file, by now.
    pub size: u64,
}

/// Something that is asked about files. Paths are absolute, names as [`names::decoded`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// What stands in a directory; links on the way are followed within the root.
    List {
        /// Where.
        root: Root,
        /// The directory.
        dir: String,
    },
    /// A piece of a file.
    Piece {
        /// Where.
        root: Root,
        /// The file; links are followed.
        path: String,
        /// A multiple of [`PIECE`].
        offset: u64,
    },
    /// What an ELF file says of itself.
    Elf {
        /// Where.
        root: Root,
        /// The file.
        path: String,
    },
    /// How a file differs from that of the same path on the other side, line by line: from `root` to its other side.
    Diff {
        /// From where; production first.
        root: Root,
        /// The file.
        path: String,
    },
}

impl Ask {
    /// About which root.
    pub fn root(&self) -> Root {
        match self {
            Self::List { root, .. }
            | Self::Piece { root, .. }
            | Self::Elf { root, .. }
            | Self::Diff { root, .. } => *root,
        }
    }
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A directory.
    Listed(Listing),
    /// The path leads to a regular file, not to a directory: its real path.
    IsFile(String, Entry),
    /// A piece.
    Piece(Piece),
    /// An ELF file; or why its tables cannot be read.
    Elf(Result<Box<Elf>, String>),
    /// Both files line by line.
    Diff(Box<Content>),
}

/// A step of a long answer: an image's root streams by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streamed {
    /// Bytes so far.
    pub bytes: u64,
    /// Entries so far.
    pub entries: usize,
}

/// `dir` and a name in it.
pub fn within(dir: &str, name: &str) -> String {
    if dir == "/" {
        return format!("/{name}");
    }
    format!("{dir}/{name}")
}

/// The directory that has `path`; that of the root is itself.
pub fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((dir, _)) => dir,
    }
}

/// The last name of a path; of the root `/`.
pub fn last(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((_, "")) => "/",
        Some((_, name)) => name,
        None => path,
    }
}

/// A line of a hex view: offset, 16 bytes, and their signs.
pub fn hex_row(offset: u64, bytes: &[u8]) -> String {
    let mut line = format!("{offset:08x} ");
    for n in 0..16 {
        if n % 8 == 0 {
            line.push(' ');
        }
        match bytes.get(n) {
            Some(byte) => {
                let _ = write!(line, "{byte:02x} ");
            }
            None => line.push_str("   "),
        }
    }
    line.push_str(" │");
    line.extend(bytes.iter().take(16).map(|byte| match byte {
        0x20..=0x7e => char::from(*byte),
        _ => '·',
    }));
    line.push('│');
    line
}

/// Whether bytes from a file's start are text: no zero byte, and nearly all of it UTF-8.
pub fn is_text(bytes: &[u8]) -> bool {
    if bytes.contains(&0) {
        return false;
    }
    let odd: usize = bytes.utf8_chunks().map(|c| c.invalid().len()).sum();
    let controls = bytes
        .iter()
        .filter(|b| b.is_ascii_control() && !matches!(b, b'\n' | b'\r' | b'\t' | 0x1b | 0x0c))
        .count();
    (odd + controls) * 20 <= bytes.len()
}
