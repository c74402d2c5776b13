//! Names that people know, and the packages that they mean: assets/packages.toml.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::LazyLock;

use serde::Deserialize;

/// What the program ships with.
const SHIPPED: &str = include_str!("../../../assets/packages.toml");

static NAMES: LazyLock<Shipped> = LazyLock::new(|| {
    // A test reads the shipped data, so it is never empty in a build that passed its tests.
    Shipped::parse(SHIPPED).unwrap_or_default()
});

/// A name that people know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// As it is typed: a command, or a package of another distribution.
    pub name: String,
    /// The packages of this manager that may be meant, best first: distributions differ, and the first that
    /// a catalogue has is taken.
    pub packages: Vec<String>,
    /// Why, in words.
    pub reason: String,
}

/// A named set of tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolkit {
    /// Its name: `net`.
    pub name: String,
    /// What it is for, in words; empty for the person's own.
    pub title: String,
    /// Its packages, or names that people know; [`super::Catalogue::parts`] says which packages they are.
    pub packages: Vec<String>,
}

/// What `name` means to a manager; none when it is not in the list. Capitals are as good as small letters.
pub fn known(manager: &str, name: &str) -> Option<&'static Known> {
    NAMES.names.get(manager)?.get(&name.to_lowercase())
}

/// The names that begin with `prefix` (small letters), in order.
pub(super) fn begin(manager: &str, prefix: &str) -> impl Iterator<Item = &'static Known> {
    let from = (Bound::Included(prefix), Bound::Unbounded);
    let names = NAMES.names.get(manager);
    let names = names.into_iter().flat_map(move |n| n.range::<str, _>(from));
    names
        .take_while(move |(name, _)| name.starts_with(prefix))
        .map(|(_, known)| known)
}

/// The toolkits for a manager, by name: those of the list, and over them the person's `own` (name → packages).
/// An own one of a shipped name keeps the title; an empty one takes the kit away.
pub fn toolkits(manager: &str, own: &BTreeMap<String, Vec<String>>) -> Vec<Toolkit> {
    let shipped = NAMES.toolkits.iter().filter_map(|(name, kit)| {
        let packages = kit.managers.get(manager)?.clone();
        Some((name.clone(), (kit.title.clone(), packages)))
    });
    let mut kits: BTreeMap<String, (String, Vec<String>)> = shipped.collect();
    for (name, packages) in own {
        kits.entry(name.clone()).or_default().1.clone_from(packages);
    }
    let kits = kits
        .into_iter()
        .filter(|(_, (_, packages))| !packages.is_empty());
    kits.map(|(name, (title, packages))| Toolkit {
        name,
        title,
        packages,
    })
    .collect()
}

/// The list, by manager.
#[derive(Debug, Default)]
struct Shipped {
    names: BTreeMap<String, BTreeMap<String, Known>>,
    toolkits: BTreeMap<String, Kit>,
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    names: BTreeMap<String, Name>,
    toolkits: BTreeMap<String, Kit>,
}

#[derive(Deserialize)]
struct Name {
    why: String,
    #[serde(flatten)]
    managers: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Kit {
    title: String,
    #[serde(flatten)]
    managers: BTreeMap<String, Vec<String>>,
}

impl Shipped {
    fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let file: File = toml::from_str(text)?;
        let mut names: BTreeMap<String, BTreeMap<String, Known>> = BTreeMap::new();
        for (name, meant) in file.names {
            for (manager, packages) in meant.managers {
                let known = Known {
                    name: name.clone(),
                    packages,
                    reason: meant.why.clone(),
                };
                let of = names.entry(manager).or_default();
                of.insert(name.clone(), known);
            }
        }
        Ok(Self {
            names,
            toolkits: file.toolkits,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::packages::ALL;

    fn managers() -> Vec<&'static str> {
        ALL.iter().map(|manager| manager.id()).collect()
    }

    fn shipped() -> Shipped {
        Shipped::parse(SHIPPED).unwrap()
    }

    /// As Debian, Fedora and Alpine all allow them.
    fn plausible(package: &str) -> bool {
        let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-._".contains(c);
        package.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && package.chars().all(sound)
    }

    #[test]
    fn the_list_is_long_sound_and_gives_reasons() {
        let shipped = shipped();
        assert!(
            shipped.names["apk"].len() >= 200,
            "{}",
            shipped.names["apk"].len()
        );
        for manager in managers() {
            assert!(shipped.names[manager].len() >= 130, "{manager}");
        }
        for (manager, names) in &shipped.names {
            assert!(managers().contains(&manager.as_str()), "{manager}");
            for (name, known) in names {
                assert!(!known.reason.trim().is_empty(), "{name}: no reason");
                assert!(known.reason.len() <= 80, "{name}: {}", known.reason);
                assert!(!known.packages.is_empty(), "{name} on {manager}");
                assert!(
                    known.packages.iter().any(|p| p != name),
                    "{name} on {manager}: says nothing"
                );
                let mut seen = known.packages.clone();
                seen.sort();
                seen.dedup();
                assert_eq!(
                    seen.len(),
                    known.packages.len(),
                    "{name} on {manager}: twice"
                );
                for package in &known.packages {
                    assert!(plausible(package), "{name} on {manager}: {package}");
                }
            }
        }
    }

    #[test]
    fn the_list_is_sorted() {
        let names = SHIPPED.lines().skip_while(|line| *line != "[names]");
        let names = names.skip(1).take_while(|line| !line.is_empty());
        let names = names.map(|line| line.split(" = ").next().unwrap().trim_matches('"'));
        let names: Vec<&str> = names.collect();
        assert!(names.len() >= 200);
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn names_mean_what_people_mean() {
        let cases = [
            ("apk", "dnsutils", "bind-tools"),
            ("apk", "build-essential", "build-base"),
            ("apk", "iputils-ping", "iputils-ping"),
            ("apk", "python3-pip", "py3-pip"),
            ("apk", "libssl-dev", "openssl-dev"),
            ("apk", "telnet", "busybox-extras"),
            ("apk", "SS", "iproute2"),
            ("apt", "dig", "bind9-dnsutils"),
            ("apt", "libz.so.1", "zlib1g"),
            ("apt", "ifconfig", "net-tools"),
            ("dnf", "dig", "bind-utils"),
            ("dnf", "g++", "gcc-c++"),
        ];
        for (manager, name, package) in cases {
            let known = known(manager, name).unwrap();
            assert_eq!(known.packages[0], package, "{name} on {manager}");
        }
        assert_eq!(known("apk", "no-such-name"), None);
        assert_eq!(known("pacman", "dig"), None);
    }

    #[test]
    fn names_are_found_from_their_beginning() {
        let names: Vec<&str> = begin("apk", "dns").map(|k| k.name.as_str()).collect();
        assert_eq!(names, ["dnsutils"]);
        assert_eq!(begin("apk", "").count(), shipped().names["apk"].len());
        assert_eq!(begin("pacman", "").count(), 0);
    }

    #[test]
    fn every_manager_has_every_toolkit() {
        for manager in managers() {
            let kits = toolkits(manager, &BTreeMap::new());
            let names: Vec<&str> = kits.iter().map(|kit| kit.name.as_str()).collect();
            assert_eq!(names, ["dns", "files", "http", "net", "trace"]);
            for kit in &kits {
                assert!(!kit.title.is_empty() && !kit.packages.is_empty());
                assert!(kit.packages.iter().all(|p| plausible(p)), "{kit:?}");
            }
        }
        assert!(
            shipped()
                .toolkits
                .values()
                .all(|kit| kit.managers.len() == 3)
        );
    }

    #[test]
    fn own_toolkits_lie_over_the_shipped_ones() {
        let own = [
            ("dns", vec!["drill".to_owned()]),
            ("mine", vec!["jq".to_owned(), "vim".to_owned()]),
            ("trace", Vec::new()),
        ];
        let own = own.map(|(name, packages)| (name.to_owned(), packages));
        let kits = toolkits("apk", &BTreeMap::from(own));
        let names: Vec<&str> = kits.iter().map(|kit| kit.name.as_str()).collect();
        assert_eq!(names, ["dns", "files", "http", "mine", "net"]);
        assert_eq!(kits[0].packages, ["drill"]);
        assert_eq!(kits[0].title, "ask name servers");
        assert_eq!(kits[3].title, "");
        // A manager that the list does not know has the person's own at least.
        let own = BTreeMap::from([("mine".to_owned(), vec!["jq".to_owned()])]);
        assert_eq!(toolkits("pacman", &own).len(), 1);
    }
}
