//! Which package brought a file: apk's database, and dpkg's lists.

use std::collections::HashMap;

/// Where databases are, and how the names of their files end; the first place that has one counts.
pub const PLACES: [(&str, &str); 4] = [
    ("/usr/lib/apk/db/installed", "installed"),
    ("/lib/apk/db/installed", "installed"),
    ("/var/lib/dpkg/info", ".list"),
    ("/var/lib/dpkg/status.d", ".md5sums"),
];

/// Most files whose packages are known.
const MOST: usize = 1_000_000;

/// Packages by the files that they brought.
#[derive(Debug, Default)]
pub struct Owned {
    packages: Vec<String>,
    /// Paths without the `/` at their start.
    files: HashMap<String, u32>,
}

impl Owned {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// Takes a file of a database in, by its name.
    pub fn take(&mut self, name: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        if let Some(package) = name.strip_suffix(".list") {
            let lines = text.lines().filter(|line| *line != "/.");
            self.dpkg(package, lines);
        } else if let Some(package) = name.strip_suffix(".md5sums") {
            let paths = text.lines().filter_map(|line| line.split_once("  "));
            self.dpkg(package, paths.map(|(_, path)| path));
        } else {
            self.apk(&text);
        }
    }

    /// The package that brought what stands at an absolute path, no link in it.
    pub fn package(&self, path: &str) -> Option<&str> {
        let path = path.trim_start_matches('/');
        // Databases from before `/bin` led to `/usr/bin` have the shorter one.
        let short = path.strip_prefix("usr/");
        let known = |path: &str| self.files.get(path);
        let package = known(path).or_else(|| short.and_then(known))?;
        let at = usize::try_from(*package).ok()?;
        self.packages.get(at).map(String::as_str)
    }

    /// `P:` names a package, `F:` a directory, `R:` a file in it.
    fn apk(&mut self, text: &str) {
        let mut dir = "";
        let mut package = None;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("P:") {
                package = Some(self.add(name));
            } else if let Some(path) = line.strip_prefix("F:") {
                dir = path;
            } else if let (Some(name), Some(package)) = (line.strip_prefix("R:"), package) {
                let path = if dir.is_empty() {
                    name.to_owned()
                } else {
                    format!("{dir}/{name}")
                };
                self.brought(package, path);
            }
        }
    }

    fn dpkg<'a>(&mut self, package: &str, paths: impl Iterator<Item = &'a str>) {
        // `libc6:amd64.list`
        let name = package.split(':').next().unwrap_or(package);
        let package = self.add(name);
        for path in paths {
            self.brought(package, path.trim_start_matches('/').to_owned());
        }
    }

    fn add(&mut self, name: &str) -> u32 {
        self.packages.push(name.to_owned());
        u32::try_from(self.packages.len() - 1).unwrap_or(u32::MAX)
    }

    fn brought(&mut self, package: u32, path: String) {
        if self.files.len() < MOST {
            // Of a directory that many have, the first is as good as any: none of them is told.
            self.files.entry(path).or_insert(package);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_in_each_database() {
        let mut owned = Owned::default();
        let apk =
            "C:Q1\nP:busybox\nF:usr/bin\nR:busybox\na:0:0:755\nF:\nR:top\n\nP:web\nF:bin\nR:web\n";
        owned.take("installed", apk.as_bytes());
        owned.take("libc6:amd64.list", b"/.\n/usr\n/usr/lib/libc.so.6\n");
        owned.take("tzdata.md5sums", b"abc  usr/share/zoneinfo/UTC\n");
        for (path, package) in [
            ("/usr/bin/busybox", Some("busybox")),
            ("/top", Some("busybox")),
            ("/usr/bin/web", Some("web")),
            ("/usr/lib/libc.so.6", Some("libc6")),
            ("/usr/share/zoneinfo/UTC", Some("tzdata")),
            ("/app/own", None),
        ] {
            assert_eq!(owned.package(path), package, "{path}");
        }
        assert!(Owned::default().is_empty());
    }
}
