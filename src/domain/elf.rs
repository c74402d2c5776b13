//! ELF files, as far as starting them goes: architecture, interpreter, needed libraries and versions.
//!
//! Read from the parts of a file that a [`Capture`] kept while it streamed by: a program may be hundreds of
//! megabytes long, and hostile.

use serde::Serialize;

/// What an ELF file says of itself (domain.md §5.5).
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
    /// Symbol versions that it needs: library and version, `("libc.so.6", "GLIBC_2.38")`.
    pub version_needs: Vec<(String, String)>,
    /// Symbol versions that it defines, `GLIBC_2.38`.
    pub version_defs: Vec<String>,
    /// Whether it was built by Go.
    pub go: bool,
}
/// The words of images for an architecture.
pub fn architecture(machine: u16, _: u8, _: bool) -> Option<&'static str> {
    (machine == 62).then_some("amd64")
}
