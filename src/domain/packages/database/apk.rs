//! apk's `installed`: records of `K:value` lines, a blank line between them (domain.md §3.3).

use super::{Database, Record, text};
use crate::domain::packages::read;

/// Reads all of it.
pub(super) fn read(bytes: &[u8], database: &mut Database) {
    let mut record = Record::default();
    // The package whose header is behind us, and the directory that its files are in.
    let mut place = None;
    let mut dir: &[u8] = b"";
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let [key, b':', value @ ..] = line else {
            if line.is_empty() {
                end(&mut record, &mut place, database);
                (place, dir) = (None, b"");
            }
            continue;
        };
        match key {
            b'P' => record.name = text(value),
            b'V' => record.version = text(value),
            b'I' => record.size = read::number(&text(value), 1),
            b'o' => record.origin = text(value),
            b'L' => record.license = text(value),
            b'A' => record.architecture = text(value),
            b'F' => {
                end(&mut record, &mut place, database);
                dir = value;
            }
            b'R' => {
                if let Some(place) = place {
                    database.owned.push(place, dir, value);
                }
            }
            _ => {}
        }
    }
    end(&mut record, &mut place, database);
}

/// Takes in the package whose header has ended.
fn end(record: &mut Record, place: &mut Option<usize>, database: &mut Database) {
    let done = std::mem::take(record);
    if !done.name.is_empty() {
        *place = database.push(done);
    }
}
