//! Records of apk's installed database (domain.md §3.3) for packages that are made with a lab's images.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::layer::{Entry, Layer};

/// Bytes of the sum by which apk knows a package.
const IDENTITY: usize = 20;

/// A package whose files are in a layer.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) about: &'static str,
    pub(super) licence: &'static str,
    pub(super) depends: &'static str,
    pub(super) provides: &'static str,
    pub(super) files: Layer,
}

impl Made {
    /// Its record, with the blank line behind it. The sum that is its identity is of its name and version: nobody has
    /// its archive, of which apk's own would be. Sums of files are left out.
    pub(super) fn record(&self, arch: &str) -> String {
        let digest = Sha256::digest(format!("{}-{}", self.name, self.version));
        let identity = BASE64_STANDARD.encode(digest.get(..IDENTITY).unwrap_or_default());
        let size: usize = self
            .files
            .entries()
            .map(|(_, entry)| match entry {
                Entry::File { data, .. } => data.len(),
                Entry::Dir { .. } | Entry::Link(_) => 0,
            })
            .sum();
        let mut text = format!(
            "C:Q1{identity}\nP:{}\nV:{}\nA:{arch}\nS:{}\nI:{size}\nT:{}\nU:https://example.org/{}\nL:{}\no:{}\nt:1735689600\n",
            self.name,
            self.version,
            size / 2 + 512,
            self.about,
            self.name,
            self.licence,
            self.name,
        );
        for (letter, words) in [("D", self.depends), ("p", self.provides)] {
            if !words.is_empty() {
                // Writing to a text cannot fail.
                let _ = writeln!(text, "{letter}:{words}");
            }
        }
        text.push_str(&self.owned());
        text.push('\n');
        text
    }

    /// Directories, each followed by the files in it, as apk writes them.
    fn owned(&self) -> String {
        let mut folders: BTreeMap<&str, String> = BTreeMap::new();
        for (path, entry) in self.files.entries() {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            match entry {
                Entry::Dir { mode, owner } => {
                    let lines = folders.entry(path).or_default();
                    if (*mode, *owner) != (0o755, 0) {
                        let _ = writeln!(lines, "M:{owner}:{owner}:{mode:o}");
                    }
                }
                Entry::File { mode, .. } => {
                    let lines = folders.entry(folder).or_default();
                    let _ = writeln!(lines, "R:{name}");
                    if *mode != 0o644 {
                        let _ = writeln!(lines, "a:0:0:{mode:o}");
                    }
                }
                Entry::Link(_) => {
                    let _ = writeln!(folders.entry(folder).or_default(), "R:{name}");
                }
            }
        }
        let lines = folders
            .iter()
            .map(|(folder, rows)| format!("F:{folder}\n{rows}"));
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_back_with_its_files() {
        let mut files = Layer::default();
        files
            .program("usr/bin/web", "12345")
            .link("usr/bin/w", "web")
            .dir("tmp", 0o1777, 0);
        let made = Made {
            name: "web".into(),
            version: "1.4.0-r2".into(),
            about: "A small web server",
            licence: "Apache-2.0",
            depends: "wolfi-baselayout",
            provides: "cmd:web=1.4.0-r2",
            files,
        };
        let record = made.record("x86_64");
        assert!(record.contains("\nD:wolfi-baselayout\np:cmd:web=1.4.0-r2\nF:tmp\nM:0:0:1777\nF:usr/bin\nR:w\nR:web\na:0:0:755\n\n"), "{record}");
        // 20 bytes are 28 characters.
        let sum = record.lines().next().unwrap();
        assert_eq!((sum.len(), sum.starts_with("C:Q1")), (2 + 2 + 28, true));
    }
}
