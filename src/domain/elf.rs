//! ELF files, as far as starting them goes: architecture, interpreter, needed libraries and versions.
//!
//! Read from the parts of a file that a [`Capture`] kept while it streamed by: a program may be hundreds of
//! megabytes long, and hostile. Section headers are not used: they stand at the end, and a stripped file has
//! none. Addresses are found through the loaded segments, as the loader finds them.

mod capture;
mod parse;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use capture::{Capture, HEAD_MOST, PIECE_MOST, PIECES_MOST};
pub use parse::{NAME_MOST, NEEDED_MOST, PATHS_MOST, VERSIONS_MOST};

use serde::Serialize;

/// First bytes of every ELF file.
pub const MAGIC: &[u8; 4] = b"\x7fELF";

/// What an ELF file says of itself (domain.md §5.5).
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that have nothing to do with each other"
)]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Elf {
    /// `e_machine`: 62 is amd64, 183 arm64 …
    pub machine: u16,
    /// 32 or 64.
    pub bits: u8,
    /// Byte order.
    pub little_endian: bool,
    /// `PT_INTERP`, the loader that it wants; none in a static program.
    pub interpreter: Option<String>,
    /// Whether it has a dynamic section: libraries and dynamic or static-PIE programs.
    pub dynamic: bool,
    /// `DT_NEEDED`, in order.
    pub needed: Vec<String>,
    /// `DT_SONAME`.
    pub soname: Option<String>,
    /// `DT_RPATH`, split at colons.
    pub rpath: Vec<String>,
    /// `DT_RUNPATH`, split at colons.
    pub runpath: Vec<String>,
    /// Symbol versions that it needs: library and version, `("libc.so.6", "GLIBC_2.38")`. Those that a
    /// loader lets pass when they are missing are left out.
    pub version_needs: Vec<(String, String)>,
    /// Symbol versions that it defines, `GLIBC_2.38`.
    pub version_defs: Vec<String>,
    /// Whether it was built by Go.
    pub go: bool,
    /// Whether it has code that was built by Rust, as far as it was read.
    pub rust: bool,
}

impl Elf {
    /// Its architecture in the words of images; none when they have no word for it.
    pub fn architecture(&self) -> Option<&'static str> {
        architecture(self.machine, self.bits, self.little_endian)
    }
}

/// The word that images use for a machine (`e_machine`, 32 or 64 bits, byte order): `amd64`; none when there
/// is none, as for x32, which has amd64's number and 32 bits.
pub fn architecture(machine: u16, bits: u8, little_endian: bool) -> Option<&'static str> {
    Some(match (machine, bits, little_endian) {
        (62, 64, true) => "amd64",
        (183, 64, true) => "arm64",
        (40, 32, true) => "arm",
        (3, 32, true) => "386",
        (243, 64, true) => "riscv64",
        (21, 64, true) => "ppc64le",
        (21, 64, false) => "ppc64",
        (22, 64, false) => "s390x",
        (258, 64, true) => "loong64",
        _ => return None,
    })
}
