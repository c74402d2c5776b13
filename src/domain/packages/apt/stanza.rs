//! Stanzas of `Field: value` lines: apt's indexes, dpkg's status, and apt's notes on who asked for what (deb822(5)).

use std::io::{self, BufRead};

use super::super::database::Record;
use super::super::{Here, Installed, Package, read};

/// Bytes of a line that are kept: the longest one of Debian (what `librust-*-dev` provides) has a tenth.
const LINE: usize = 256 * 1024;
/// Packages that are read: Debian with everything has 65,000.
pub(super) const PACKAGES: usize = 400_000;
/// Names in one list of a package.
pub(super) const NAMES: usize = 2000;
/// Bytes of one field that are kept.
const FIELD: usize = 4096;
/// Bytes that all of an index may take when it is kept: Debian takes a fifth of it.
const KEPT: usize = 128 * 1024 * 1024;

/// The fields of a stanza that are used; each is empty when it is not there.
#[derive(Default)]
struct Stanza {
    package: String,
    version: String,
    architecture: String,
    status: String,
    source: String,
    description: String,
    size: u64,
    installed_size: u64,
    depends: Vec<String>,
    provides: Vec<String>,
    auto: bool,
}

/// Goes through stanzas; each one that names a package is given on, up to [`PACKAGES`] and [`KEPT`].
fn stanzas(from: &mut dyn BufRead, each: &mut dyn FnMut(Stanza)) -> io::Result<()> {
    let (mut line, mut stanza) = (Vec::new(), Stanza::default());
    let (mut count, mut kept) = (0, 0);
    loop {
        let more = read::line(from, &mut line, b'\n', LINE)?;
        if !more || line.trim_ascii().is_empty() {
            let done = std::mem::take(&mut stanza);
            kept += done.weight();
            if read::is_name(&done.package) && count < PACKAGES && kept < KEPT {
                count += 1;
                each(done);
            }
            if !more {
                return Ok(());
            }
            continue;
        }
        // A line that goes on with the one before begins with a blank, and its name is none of ours.
        if let Some(colon) = memchr::memchr(b':', &line) {
            stanza.field(&line[..colon], line[colon + 1..].trim_ascii());
        }
    }
}

impl Stanza {
    /// Bytes of text that it holds.
    fn weight(&self) -> usize {
        let names = self.depends.iter().chain(&self.provides);
        let texts = [&self.package, &self.version, &self.description];
        texts.into_iter().chain(names).map(String::len).sum()
    }

    fn field(&mut self, name: &[u8], value: &[u8]) {
        let all = || String::from_utf8_lossy(value);
        let text = || String::from_utf8_lossy(&value[..value.len().min(FIELD)]).into_owned();
        match name {
            b"Package" => self.package = text(),
            b"Version" => self.version = text(),
            b"Architecture" => self.architecture = text(),
            b"Status" => self.status = text(),
            b"Source" => self.source = text(),
            b"Description" => self.description = text(),
            b"Size" => self.size = read::number(&all(), 1),
            b"Installed-Size" => self.installed_size = read::number(&all(), 1024),
            b"Depends" | b"Pre-Depends" => add(&mut self.depends, &all()),
            b"Provides" => {
                add(&mut self.provides, &all());
                for name in &mut self.provides {
                    name.truncate(name.find([' ', '(']).unwrap_or(name.len()));
                }
            }
            b"Auto-Installed" => self.auto = value == b"1",
            _ => {}
        }
    }
}

/// Adds the parts of a list, [`NAMES`] in all.
fn add(names: &mut Vec<String>, list: &str) {
    let parts = list.split(',').map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    names.extend(
        parts
            .take(NAMES.saturating_sub(names.len()))
            .map(ToOwned::to_owned),
    );
}

/// Reads an index.
pub(super) fn index(from: &mut dyn BufRead, each: &mut dyn FnMut(Package)) -> io::Result<()> {
    stanzas(from, &mut |stanza| {
        if !stanza.version.is_empty() {
            each(Package {
                name: stanza.package,
                version: stanza.version,
                description: stanza.description,
                license: String::new(),
                download: stanza.size,
                size: stanza.installed_size,
                depends: stanza.depends,
                provides: stanza.provides,
            });
        }
    })
}

/// Reads dpkg's status and, after it, apt's `extended_states`: what came as a dependency.
///
/// A package of another architecture than dpkg's own is kept as `name:architecture`, which is how apt calls it.
pub(super) fn installed(mut printed: &[u8]) -> Installed {
    let (mut kept, mut auto, mut native) = (Vec::new(), Vec::new(), String::new());
    // Reading from memory does not fail.
    let _ = stanzas(&mut printed, &mut |stanza| {
        if stanza.status.is_empty() {
            if stanza.auto {
                auto.push((stanza.package, stanza.architecture));
            }
        } else {
            if stanza.package == "dpkg" {
                native.clone_from(&stanza.architecture);
            }
            kept.push(stanza);
        }
    });
    let name = |package: String, architecture: &str| {
        let own = architecture == native || native.is_empty();
        match architecture {
            "" | "all" => package,
            _ if own => package,
            foreign => format!("{package}:{foreign}"),
        }
    };
    let mut installed = Installed::default();
    // What comes later of a package is newer.
    for stanza in kept {
        let (is_there, broken) = state(&stanza.status);
        let name = name(stanza.package, &stanza.architecture);
        if is_there {
            let here = Here {
                version: stanza.version,
                size: stanza.installed_size,
                explicit: true,
                broken: broken.map(ToOwned::to_owned),
            };
            installed.packages.insert(name, here);
        } else {
            installed.packages.remove(&name);
        }
    }
    for (package, architecture) in auto {
        if let Some(here) = installed.packages.get_mut(&name(package, &architecture)) {
            here.explicit = false;
        }
    }
    installed
}

/// Reads a database whose packages are told with their sources: dpkg's status, or stanzas without a status, which are
/// all installed.
pub(in crate::domain::packages) fn records(
    mut printed: &[u8],
    parts: bool,
    each: &mut dyn FnMut(Record),
) {
    let (mut kept, mut native) = (Vec::new(), String::new());
    // Reading from memory does not fail.
    let _ = stanzas(&mut printed, &mut |stanza| {
        if stanza.package == "dpkg" {
            native.clone_from(&stanza.architecture);
        }
        if parts || state(&stanza.status).0 {
            kept.push(stanza);
        }
    });
    for stanza in kept {
        let foreign =
            !native.is_empty() && ![native.as_str(), "all", ""].contains(&&*stanza.architecture);
        // `Source: glibc (2.36-9)` where its version is another one.
        let source = stanza.source.split(' ').next().unwrap_or_default();
        each(Record {
            origin: if source.is_empty() {
                &stanza.package
            } else {
                source
            }
            .to_owned(),
            name: if foreign {
                format!("{}:{}", stanza.package, stanza.architecture)
            } else {
                stanza.package
            },
            version: stanza.version,
            size: stanza.installed_size,
            license: String::new(),
            architecture: stanza.architecture,
        });
    }
}

/// What `Status: want flag state` means (dpkg(1)): whether the package is there, and why it is broken.
fn state(status: &str) -> (bool, Option<&'static str>) {
    let mut words = status.split_whitespace().skip(1);
    let (flag, state) = (words.next(), words.next());
    let broken = match state {
        None | Some("not-installed" | "config-files") => return (false, None),
        Some("installed") if flag == Some("ok") => return (true, None),
        Some("half-installed") => "its files are not all there",
        Some("unpacked") => "it is unpacked, and not set up",
        Some("half-configured") => "its script failed, or was broken off",
        Some("triggers-awaited" | "triggers-pending") => {
            "scripts of other packages must still run for it"
        }
        Some(_) => "it must be installed again",
    };
    (true, Some(broken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_broken_and_asked_for_is_told() {
        let text = "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.21\nInstalled-Size: 10\n\n\
                    Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n\n\
                    Package: held\nStatus: hold ok installed\nArchitecture: all\nVersion: 1\n\n\
                    Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2\n\n\
                    Package: libc6\nStatus: install ok installed\nArchitecture: i386\nVersion: 2\n\n\
                    Package: bad\nStatus: install ok half-configured\nArchitecture: amd64\nVersion: 3\n\n\
                    Package: worse\nStatus: install reinstreq installed\nArchitecture: amd64\nVersion: 3\n\n\
                    Package: libc6\nArchitecture: i386\nAuto-Installed: 1\n\n\
                    Package: gone\nArchitecture: amd64\nAuto-Installed: 1\n\n\
                    Package: held\nArchitecture: amd64\nAuto-Installed: 0\n";
        let installed = installed(text.as_bytes()).packages;
        let told: Vec<_> = installed
            .iter()
            .map(|(name, here)| (name.as_str(), here.explicit, here.broken.is_some()))
            .collect();
        assert_eq!(
            told,
            [
                ("bad", true, true),
                ("dpkg", true, false),
                ("held", true, false),
                ("libc6", true, false),
                ("libc6:i386", false, false),
                ("worse", true, true),
            ]
        );
        assert_eq!(installed["dpkg"].size, 10 * 1024);
    }

    #[test]
    fn notes_of_a_run_that_was_broken_off_are_newer_than_the_database() {
        let stanza =
            |name: &str, status: &str| format!("Package: {name}\nStatus: {status}\nVersion: 1\n\n");
        let text = [
            stanza("tree", "install ok installed"),
            stanza("gone", "install ok installed"),
            stanza("bzip2", "install reinstreq half-installed"),
            stanza("bzip2", "install ok unpacked"),
            stanza("gone", "deinstall ok config-files"),
        ];
        let installed = installed(text.concat().as_bytes()).packages;
        let names: Vec<_> = installed.keys().map(String::as_str).collect();
        assert_eq!(names, ["bzip2", "tree"]);
        let why = installed["bzip2"].broken.as_deref();
        assert_eq!(why, Some("it is unpacked, and not set up"));
    }

    #[test]
    fn an_index_gives_each_package_with_what_it_needs_and_provides() {
        let text = "Package: exim4-daemon-light\nVersion: 4.96-15\nSize: 600000\nInstalled-Size: 1500\n\
                    Provides: mail-transport-agent, exim4-localscanapi-4.1 (= 2)\nDepends: libc6 (>= 2.36), a | b\n\
                    Pre-Depends: init\nDescription: lightweight Exim MTA\n more: words\n\n\n\
                    Package: no version\nVersion: 1\n\nPackage: none\n\nVersion: 1\n";
        let mut found = Vec::new();
        index(&mut text.as_bytes(), &mut |p| found.push(p)).unwrap();
        let [package] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(package.description, "lightweight Exim MTA");
        assert_eq!(package.depends, ["libc6 (>= 2.36)", "a | b", "init"]);
        assert_eq!(
            package.provides,
            ["mail-transport-agent", "exim4-localscanapi-4.1"]
        );
        assert_eq!((package.download, package.size), (600_000, 1500 * 1024));
    }
}
