//! Which package brought a file, found by its path.

use std::collections::HashMap;

use super::names;
use crate::domain::packages::database::Database;

/// Packages by the files that they brought.
#[derive(Debug, Default)]
pub struct Owned {
    packages: Vec<String>,
    /// Paths without the `/` at their start.
    files: HashMap<Vec<u8>, usize>,
}

impl Owned {
    /// What a database tells, and the lists that were noted in it.
    pub fn of(database: &Database) -> Self {
        let packages = database.records.iter().map(|r| r.name.clone()).collect();
        let mut files = HashMap::new();
        for (place, path) in database.owned.iter() {
            let path = path.strip_prefix(b"/").unwrap_or(path);
            // Of a directory that many have, the first is as good as any.
            files.entry(path.to_vec()).or_insert(place);
        }
        Self { packages, files }
    }

    /// The package that brought what stands at an absolute path, no link in it.
    pub fn package(&self, path: &str) -> Option<&str> {
        let bytes = names::encoded(path.trim_start_matches('/'));
        // Databases from before `/bin` led to `/usr/bin` have the shorter one.
        let short = bytes.strip_prefix(b"usr/");
        let known = |path: &[u8]| self.files.get(path);
        let place = known(&bytes).or_else(|| short.and_then(known))?;
        self.packages.get(*place).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::packages::database::Kind;

    #[test]
    fn files_are_found_by_their_real_paths() {
        let apk = "C:Q1\nP:busybox\nV:1\nF:usr/bin\nR:busybox\na:0:0:755\nF:\nR:top\n\nP:web\nV:1\nF:bin\nR:web\n\n";
        let database = Database::read(Kind::Apk, "/lib/apk/db/installed", apk.as_bytes());
        let owned = Owned::of(&database);
        for (path, package) in [
            ("/usr/bin/busybox", Some("busybox")),
            ("/top", Some("busybox")),
            ("/usr/bin/web", Some("web")),
            ("/app/own", None),
        ] {
            assert_eq!(owned.package(path), package, "{path}");
        }
    }
}
