//! dpkg's stanzas, and its lists of files.

use super::{Database, Owned, Record};
use crate::domain::packages::apt;

/// Reads `status`, or with `parts` the stanzas of `status.d`, which have no status.
pub(super) fn read(bytes: &[u8], parts: bool, database: &mut Database) {
    apt::records(bytes, parts, &mut |record: Record| {
        database.push(record);
    });
}

/// Reads `info/NAME.list`: absolute paths, directories among them.
pub fn list(package: usize, bytes: &[u8], owned: &mut Owned) {
    for path in bytes.split(|byte| *byte == b'\n') {
        // The root itself stands there as `/.`.
        if let Some(path) = path
            .strip_prefix(b"/")
            .filter(|path| !path.is_empty() && *path != b".")
        {
            owned.push(package, b"", path);
        }
    }
}

/// Reads `status.d/NAME.md5sums`: a sum, two blanks, a path without a slash before it.
pub fn sums(package: usize, bytes: &[u8], owned: &mut Owned) {
    for line in bytes.split(|byte| *byte == b'\n') {
        let path = line.get(34..).unwrap_or_default();
        if !path.is_empty() {
            owned.push(package, b"", path);
        }
    }
}
