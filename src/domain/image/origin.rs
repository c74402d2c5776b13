//! Where an image comes from, as its files and its history tell: the base it was built on, and a toolbox for it
//! (domain.md §1.6). Reading them is `ops::resolve`'s part.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use regex::Captures;
use serde::Deserialize;

use super::candidates::{BaseImage, Candidate, bases_by_label, family_of};
use super::families::trace::{Main, Release, Trace};
use super::families::{Families, families};
use super::{Reference, plain};
use crate::domain::packages::Package;
use crate::domain::secret::without_logins;

/// Confidence of what only system and packages speak for (domain.md §1.7).
const BY_SYSTEM: u8 = 50;
/// Confidence of what only the C library speaks for.
const BY_LIBC: u8 = 25;
/// What a further kind of signal that says the same adds, and the most that all of them give.
const AGREED: u8 = 2;
const AGREED_MOST: u8 = 97;
/// From here on a signal is strong enough to be told of when it says something else.
const STRONG: u8 = 80;

/// The kind of what goes by layers.
const LAYERS: &str = "layers";

/// The C library of an image's programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Libc {
    /// `musl`, `glibc`, or `static` when no loader is there.
    pub name: &'static str,
    /// The loader that tells; none for `static`.
    pub loader: Option<String>,
}

/// What is known of an image beside its name and labels. All text is hostile.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Notes on the steps that made it.
    pub notes: Vec<String>,
    /// What apko wrote down of its build.
    pub apko: Apko,
    /// Keys and values of `/etc/os-release`.
    pub release: BTreeMap<String, String>,
    /// Repositories of apk.
    pub repositories: Vec<String>,
    /// The packages of its database, or those that the names of its SBOMs tell.
    pub packages: Vec<Package>,
    /// The C library; none when it was not looked for.
    pub libc: Option<Libc>,
}

/// `/etc/apko.json`, as far as it is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Apko {
    /// The annotations: the image's labels when it was built.
    pub annotations: BTreeMap<String, String>,
    /// Packages with their versions.
    pub packages: Vec<Package>,
}

impl Apko {
    /// Reads the file; what it does not have, or cannot be read, is empty.
    pub fn parse(text: &[u8]) -> Self {
        #[derive(Deserialize, Default)]
        struct File {
            #[serde(default)]
            annotations: BTreeMap<String, String>,
            #[serde(default)]
            contents: Contents,
        }
        #[derive(Deserialize, Default)]
        struct Contents {
            #[serde(default)]
            packages: Vec<String>,
        }
        let file: File = serde_json::from_slice(text).unwrap_or_default();
        let packages = file.contents.packages.iter().filter_map(|line| {
            let (name, version) = line.split_once('=')?;
            Some(package(name, version))
        });
        Self {
            packages: packages.collect(),
            annotations: file.annotations,
        }
    }
}

/// Reads `/etc/os-release`: `KEY=value`, the value bare or quoted (os-release(5)).
pub fn os_release(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim).filter(|l| !l.starts_with('#'));
    lines
        .filter_map(|line| {
            let (key, value) = line.split_once('=')?;
            let bare = [('"', '"'), ('\'', '\'')]
                .iter()
                .find_map(|(open, close)| value.strip_prefix(*open)?.strip_suffix(*close));
            let value = bare.unwrap_or(value);
            Some((key.to_owned(), value.to_owned()))
        })
        .collect()
}

/// The package of an SBOM by its file's name, `nginx-1.27.3-r1.spdx.json`.
pub fn of_sbom(name: &str) -> Option<Package> {
    let name = name.strip_suffix(".spdx.json")?;
    // The version begins with a digit, and may have a number of its build behind another hyphen.
    let at = name
        .match_indices("-r")
        .last()
        .map_or(name.len(), |(at, _)| at);
    let (package_name, _) = name.get(..at)?.rsplit_once('-')?;
    let version = name.get(package_name.len() + 1..)?;
    let digit = version.starts_with(|c: char| c.is_ascii_digit());
    digit.then(|| package(package_name, version))
}

fn package(name: &str, version: &str) -> Package {
    Package {
        name: name.to_owned(),
        version: version.to_owned(),
        ..Package::default()
    }
}

impl Origin {
    /// The images that it may be built on, by apko's notes, by history and by system and packages.
    pub fn bases(&self) -> Vec<BaseImage> {
        let mut bases: Vec<BaseImage> = bases_by_label(&self.apko.annotations)
            .into_iter()
            .map(|mut base| {
                base.rule = base.rule.replacen("label/", "apko/", 1);
                for line in &mut base.evidence {
                    *line = line.replacen("label ", "/etc/apko.json: ", 1);
                }
                base
            })
            .collect();
        let all = families();
        for history in &all.trace.histories {
            let named = self.notes.iter().find_map(|note| {
                let groups = history.note.captures(note)?;
                let of = |name: &str| groups.name(name).map(|m| m.as_str());
                let reference = history.reference.expand(of)?;
                Some((note, Reference::parse(&reference).ok()?))
            });
            bases.extend(named.map(|(note, reference)| BaseImage {
                reference,
                rule: history.id.clone(),
                confidence: history.confidence,
                caveats: history.caveats.clone(),
                evidence: vec![format!("its history says `{}`", plain(note))],
            }));
        }
        bases.extend(self.by_system(all));
        bases
    }

    /// The base by system and main package.
    fn by_system(&self, all: &Families) -> Option<BaseImage> {
        let release = self.system(&all.trace)?;
        let main = self.main(&all.trace, release.family.as_deref()?)?;
        let text = release.base.as_ref()?.expand(|name| match name {
            "main" => Some(&main.repository),
            other => self.of_release(other),
        })?;
        let mut evidence = vec![
            self.system_words(release),
            format!(
                "its package {} {}",
                plain(&main.package),
                plain(&main.version)
            ),
        ];
        if let Some(repository) = self.repositories.first() {
            evidence.push(format!(
                "its packages are of {}",
                plain(&without_logins(repository))
            ));
        }
        Some(BaseImage {
            reference: Reference::parse(&text).ok()?,
            rule: release.id.clone(),
            confidence: BY_SYSTEM,
            caveats: vec![all.trace.from_packages.clone()],
            evidence,
        })
    }

    /// General images that its system or its C library speak for, best first: never the image's own sibling.
    pub fn toolboxes(&self) -> Vec<Candidate> {
        let all = families();
        let mut found = Vec::new();
        if let Some(release) = self.system(&all.trace) {
            let texts = release.toolbox.iter();
            let texts = texts.filter_map(|t| t.expand(|name| self.of_release(name)));
            for text in texts {
                let evidence = self.system_words(release);
                let caveats = vec![all.trace.toolbox.clone()];
                found.extend(toolbox(&text, &release.id, BY_SYSTEM, caveats, evidence));
            }
        }
        if let Some(libc) = &self.libc {
            let evidence = match &libc.loader {
                Some(loader) => {
                    format!("its C library is {}: {} is there", libc.name, plain(loader))
                }
                None => "it has no loader of a C library: its programs are static".into(),
            };
            let fitting = all.trace.toolboxes.iter().filter(|t| t.libc == libc.name);
            for (tools, text) in fitting.flat_map(|t| t.candidates.iter().map(move |c| (t, c))) {
                let caveats = vec![all.trace.toolbox.clone(), all.trace.libc_only.clone()];
                found.extend(toolbox(text, &tools.id, BY_LIBC, caveats, evidence.clone()));
            }
        }
        let mut seen = HashSet::new();
        found.retain(|candidate| seen.insert(candidate.reference.canonical()));
        found
    }

    /// Family (id) that its system tells, when it tells one.
    pub fn family(&self) -> Option<&'static str> {
        self.system(&families().trace)?.family.as_deref()
    }

    /// Version of the package that the repository `title` of a family stands for (`nginx` → `1.27.3-r1`); `named` is
    /// that package, where a label names it.
    pub fn version_of(&self, family: &str, title: &str, named: Option<&str>) -> Option<&str> {
        let packages = self.known_packages();
        let by_name = |name: &str| packages.iter().find(|p| p.name == name);
        let mains = families().trace.mains.iter();
        let by_line = || {
            let mut mains = mains.filter(|main| main.family == family);
            mains.find_map(|main| {
                let stands = |p: &&Package| stands_for(main, &p.name).as_deref() == Some(title);
                packages.iter().find(stands)
            })
        };
        let found = named
            .and_then(by_name)
            .or_else(|| by_name(title))
            .or_else(by_line)?;
        Some(&found.version)
    }

    fn known_packages(&self) -> &[Package] {
        if self.packages.is_empty() {
            &self.apko.packages
        } else {
            &self.packages
        }
    }

    fn system<'t>(&self, trace: &'t Trace) -> Option<&'t Release> {
        trace.releases.iter().find(|release| {
            release.is.iter().all(|(key, pattern)| {
                let value = self.release.get(key);
                value.is_some_and(|value| pattern.is_match(value))
            })
        })
    }

    fn of_release(&self, name: &str) -> Option<&str> {
        let get = |key: &str| self.release.get(key).map(String::as_str);
        let value = match name {
            "id" => get("ID"),
            "release" => get("VERSION_ID"),
            "major" => get("VERSION_ID").map(|v| v.split('.').next().unwrap_or(v)),
            "codename" => get("VERSION_CODENAME"),
            _ => None,
        };
        value.filter(|value| !value.is_empty())
    }

    fn system_words(&self, release: &Release) -> String {
        let mut keys: Vec<&str> = release.is.iter().map(|(key, _)| key.as_str()).collect();
        keys.push("VERSION_ID");
        let words = keys.iter().filter_map(|key| {
            let value = self.release.get(*key)?;
            Some(format!("{key}={}", plain(value)))
        });
        format!("/etc/os-release: {}", words.collect::<Vec<_>>().join(" "))
    }

    /// The main package and the repository it stands for.
    fn main(&self, trace: &Trace, family: &str) -> Option<MainPackage> {
        let packages = self.known_packages();
        let main = trace.mains.iter().find(|main| main.family == family)?;
        let by_line = main.packages.iter().find_map(|(pattern, repository)| {
            packages.iter().find_map(|package| {
                let groups = pattern.captures(&package.name)?;
                let repository = repository.expand(|name| group(&groups, name))?;
                Some((package, repository))
            })
        });
        let (package, repository) = by_line.or_else(|| {
            let alone = alone(packages, main)?;
            Some((alone, without_stream(&alone.name).to_owned()))
        })?;
        Some(MainPackage {
            package: package.name.clone(),
            version: package.version.clone(),
            repository,
        })
    }
}

struct MainPackage {
    package: String,
    version: String,
    repository: String,
}

fn group<'t>(groups: &Captures<'t>, name: &str) -> Option<&'t str> {
    groups.name(name).map(|m| m.as_str())
}

/// The repository that a package stands for.
fn stands_for(main: &Main, package: &str) -> Option<String> {
    main.packages.iter().find_map(|(pattern, repository)| {
        let groups = pattern.captures(package)?;
        repository.expand(|name| group(&groups, name))
    })
}

/// The one package that no other one needs, beside those that every image has.
fn alone<'p>(packages: &'p [Package], main: &Main) -> Option<&'p Package> {
    let beside = main.beside.as_ref()?;
    let bare = |word: &'p str| word.split(['=', '<', '>', '~']).next().unwrap_or(word);
    let needed: BTreeSet<&str> = packages
        .iter()
        .flat_map(|p| &p.depends)
        .map(|d| bare(d))
        .collect();
    let mut roots = packages.iter().filter(|package| {
        let mut names = package
            .provides
            .iter()
            .map(String::as_str)
            .chain([package.name.as_str()]);
        !beside.is_match(&package.name) && !names.any(|name| needed.contains(name))
    });
    let first = roots.next()?;
    roots.next().is_none().then_some(first)
}

/// A package's name without the number of its stream: `python-3.13` → `python`.
fn without_stream(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((start, end)) if end.bytes().all(|b| b.is_ascii_digit() || b == b'.') => start,
        Some(_) | None => name,
    }
}

fn toolbox(
    text: &str,
    rule: &str,
    confidence: u8,
    caveats: Vec<String>,
    evidence: String,
) -> Option<Candidate> {
    // The values of os-release are anyone's text: what is no reference is no toolbox.
    let reference = Reference::parse(text).ok()?;
    let family = family_of(families(), &reference.name())?;
    Some(Candidate {
        nearest: false,
        stamped: false,
        rule: rule.to_owned(),
        family: None,
        confidence,
        caveats,
        evidence: vec![evidence],
        shells: family.shells.clone(),
        reference,
    })
}

/// Weighs what different signals say of the base: those that name the same image add to each other's confidence
/// and evidence; a strong one that names another is told. The likeliest first.
pub fn weighed(bases: &[BaseImage]) -> Vec<BaseImage> {
    let mut all: Vec<BaseImage> = bases
        .iter()
        .map(|base| {
            let mut base = base.clone();
            let mut kinds = BTreeSet::from([kind(&base.rule).to_owned()]);
            for other in bases {
                if title(&other.reference) != title(&base.reference) {
                    continue;
                }
                // Of one kind, the first speaks for all.
                if !kinds.insert(kind(&other.rule).to_owned()) {
                    continue;
                }
                let most = AGREED_MOST.max(base.confidence);
                base.confidence = (base.confidence + AGREED).min(most);
                for line in &other.evidence {
                    if !base.evidence.contains(line) {
                        base.evidence.push(line.clone());
                    }
                }
            }
            base
        })
        .collect();
    // Stable: of two equally likely ones, the one that was named first stays first.
    all.sort_by_key(|base| std::cmp::Reverse(base.confidence));
    let mut seen = HashSet::new();
    all.retain(|base| seen.insert(base.reference.canonical()));
    if let Some((first, rest)) = all.split_first_mut() {
        // What shares layers does not speak against what it was built on itself.
        let other = rest.iter().find(|other| {
            other.confidence >= STRONG
                && kind(&other.rule) != LAYERS
                && title(&other.reference) != title(&first.reference)
        });
        if let Some(line) = other.and_then(|other| other.evidence.first()) {
            first.caveats.push(format!("not all agrees: {line}"));
        }
    }
    all
}

/// What a rule goes by: `label`, `apko`, `history`, `layers`, `release`.
fn kind(rule: &str) -> &str {
    rule.split('/').next().unwrap_or(rule)
}

/// Last part of a repository: what vendors call the image.
pub fn title(reference: &Reference) -> &str {
    let repository = reference.repository();
    repository.rsplit('/').next().unwrap_or(repository)
}

#[cfg(test)]
mod tests;
