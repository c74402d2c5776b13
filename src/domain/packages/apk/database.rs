//! What is installed: apk's text database, behind the list of what was asked for.

use std::collections::BTreeSet;

use super::index::Records;
use crate::domain::packages::change::bare;
use crate::domain::packages::{Here, Installed, Package};

/// The line before what was asked for. No line of the database is like it: all have a `:` behind their first letter.
const WORLD: &str = "=world";
/// The line before the database.
const INSTALLED: &str = "=installed";

/// Reads [`WORLD`], the world file, [`INSTALLED`], the database; or the database alone.
pub(super) fn read(printed: &[u8]) -> Installed {
    let (world, database) = parts(printed);
    let world = String::from_utf8_lossy(world);
    // `!name` is what must not be there.
    let asked: BTreeSet<&str> = world.lines().map(|line| bare(line.trim())).collect();
    let mut installed = Installed::default();
    let mut records = Records::default();
    let mut each = |(package, flags): (Package, String)| {
        let is_asked = |name: &String| asked.contains(name.as_str());
        let here = Here {
            explicit: is_asked(&package.name) || package.provides.iter().any(is_asked),
            version: package.version,
            size: package.size,
            broken: broken(&flags),
        };
        installed.packages.insert(package.name, here);
    };
    records.feed(database, &mut each);
    records.end(&mut each);
    installed
}

/// The world file, and the database.
fn parts(printed: &[u8]) -> (&[u8], &[u8]) {
    let head = format!("{WORLD}\n");
    let Some(rest) = printed.strip_prefix(head.as_bytes()) else {
        return (b"", printed);
    };
    let between = format!("\n{INSTALLED}\n");
    match memchr::memmem::find(rest, between.as_bytes()) {
        Some(at) => {
            let (world, database) = rest.split_at(at);
            (world, database.get(between.len()..).unwrap_or_default())
        }
        None => (rest, b""),
    }
}

/// What the flags of a package say against it.
fn broken(flags: &str) -> Option<String> {
    let words = [
        ('f', "not all of its files are there"),
        ('s', "its script failed"),
        ('x', "attributes of its files could not be set"),
    ];
    let said: Vec<&str> = words
        .into_iter()
        .filter_map(|(flag, words)| flags.contains(flag).then_some(words))
        .collect();
    (!said.is_empty()).then(|| said.join(", "))
}
