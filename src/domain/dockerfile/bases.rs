//! What is known of a base image by its name: shell, C library, user, language; from assets/dockerfile.toml and the
//! families of [`crate::domain::image`].

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use crate::domain::image::{Reference, candidates};

const SHIPPED: &str = include_str!("../../../assets/dockerfile.toml");

static BASES: LazyLock<Bases> = LazyLock::new(|| {
    // A test reads the shipped data, so it is never empty in a build that passed its tests.
    parse(SHIPPED).unwrap_or_default()
});

/// What sort of image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// A production image of a family that has dev images.
    Production,
    /// A dev image that has a production sibling.
    Dev,
    /// An image with a shell and a package manager of its own.
    System,
    /// Not known.
    #[default]
    Unknown,
}

/// A C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Libc {
    /// GNU.
    Glibc,
    /// Alpine's.
    Musl,
    /// None at all.
    None,
}

impl Libc {
    /// The name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Glibc => "glibc",
            Self::Musl => "musl",
            Self::None => "no C library",
        }
    }
}

/// What is known of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traits {
    /// Id of its family, when it is a known one.
    pub family: Option<&'static str>,
    /// The family's name for people.
    pub family_name: &'static str,
    /// What sort of image.
    pub kind: Kind,
    /// Whether it has a shell; none when not known.
    pub shell: Option<bool>,
    /// Its C library; none when not known.
    pub libc: Option<Libc>,
    /// Whether its own user is root; none when not known.
    pub root: Option<bool>,
    /// Its language, and the version of it, when its tag says that.
    pub language: Option<(String, String)>,
    /// Whether it is pinned by a digest.
    pub pinned: bool,
    /// The tag; none with a digest alone.
    pub tag: Option<String>,
    /// Its production sibling, of a dev image: the reference without what makes it one.
    pub production: Option<String>,
    /// Its dev image, of a production image.
    pub dev: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Data {
    no_shell: NoShell,
    user: User,
    libc: Vec<LibcRow>,
    language: Vec<LanguageRow>,
    manager: Vec<ManagerRow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoShell {
    families: Vec<String>,
    except: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    nonroot: Vec<String>,
    root: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LibcRow {
    name: Libc,
    image: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LanguageRow {
    name: String,
    image: String,
    parts: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManagerRow {
    program: String,
    words: Vec<String>,
    #[serde(default)]
    images: Vec<String>,
    #[serde(default)]
    add: String,
    like: Option<String>,
}

#[derive(Debug, Default)]
struct Bases {
    no_shell: Vec<String>,
    with_shell: Vec<Regex>,
    nonroot: Vec<String>,
    root: Vec<Regex>,
    libc: Vec<(Regex, Libc)>,
    languages: Vec<(Regex, String, usize)>,
    managers: Vec<Manager>,
}

/// A program that installs packages.
#[derive(Debug)]
pub struct Manager {
    /// Its name.
    pub program: String,
    /// Its words that install.
    pub words: Vec<String>,
    /// The start of a line that installs without questions.
    pub add: String,
    images: Vec<Regex>,
}

impl Manager {
    /// Whether it is at home in an image of that name, as [`full_name`] has it.
    pub fn is_at_home(&self, image: &str) -> bool {
        self.images.iter().any(|pattern| pattern.is_match(image))
    }
}

fn parse(text: &str) -> Result<Bases, String> {
    let data: Data = toml::from_str(text).map_err(|e| e.to_string())?;
    let regex = |pattern: &String| Regex::new(pattern).map_err(|e| e.to_string());
    let all = |patterns: &[String]| patterns.iter().map(regex).collect::<Result<Vec<_>, _>>();
    let mut bases = Bases {
        no_shell: data.no_shell.families,
        with_shell: all(&data.no_shell.except)?,
        nonroot: data.user.nonroot,
        root: all(&data.user.root)?,
        ..Bases::default()
    };
    for row in &data.libc {
        bases.libc.push((regex(&row.image)?, row.name));
    }
    for row in data.language {
        bases
            .languages
            .push((regex(&row.image)?, row.name, row.parts));
    }
    for row in &data.manager {
        let like = row.like.as_ref();
        let of = like.and_then(|like| data.manager.iter().find(|r| r.program == *like));
        if like.is_some() && of.is_none() {
            return Err(format!("{}: like what?", row.program));
        }
        let of = of.unwrap_or(row);
        bases.managers.push(Manager {
            program: row.program.clone(),
            words: row.words.clone(),
            add: of.add.clone(),
            images: all(&of.images)?,
        });
    }
    Ok(bases)
}

/// The programs that install packages.
pub fn managers() -> &'static [Manager] {
    &BASES.managers
}

/// The canonical name with its tag, without a digest: what the patterns are for.
pub fn full_name(reference: &Reference) -> String {
    let tag = reference.tag();
    let tag = tag.or_else(|| reference.digest().is_none().then_some("latest"));
    format!("{}:{}", reference.name(), tag.unwrap_or_default())
}

/// What is known of the image of that name; nothing when it is no name.
pub fn traits(image: &str) -> Traits {
    let Ok(reference) = Reference::parse(image) else {
        return Traits::default();
    };
    let name = full_name(&reference);
    let mut traits = Traits {
        pinned: reference.digest().is_some(),
        tag: reference.tag().map(str::to_owned),
        ..Traits::default()
    };
    if let Some(reading) = candidates::read(&reference) {
        traits.family = reading.family_id();
        traits.family_name = &reading.family.name;
        let own = reading.own_dev.as_ref();
        let by_tag = own.is_some_and(|own| own.rule.ends_with("-tag"));
        traits.kind = match (own, traits.family) {
            (Some(_), _) if by_tag => Kind::Dev,
            (Some(_), Some(_)) => Kind::System,
            (None, Some(_)) => Kind::Production,
            (_, None) => Kind::Unknown,
        };
        let first = reading.candidates.first().filter(|c| !c.is_toolbox());
        traits.dev = first
            .filter(|_| traits.kind == Kind::Production)
            .map(|c| short(&c.reference.canonical()));
    }
    let is = |patterns: &[Regex]| patterns.iter().any(|p| p.is_match(&name));
    let in_list = |list: &[String]| traits.family.is_some_and(|f| list.iter().any(|l| l == f));
    traits.shell = match traits.kind {
        Kind::Dev | Kind::System => Some(true),
        Kind::Production if in_list(&BASES.no_shell) => Some(is(&BASES.with_shell)),
        Kind::Production | Kind::Unknown => None,
    };
    traits.root = in_list(&BASES.nonroot).then(|| is(&BASES.root));
    if traits.kind == Kind::Dev {
        traits.production = production(&reference).map(|name| short(&name));
    }
    let libc = BASES
        .libc
        .iter()
        .find(|(pattern, _)| pattern.is_match(&name));
    traits.libc = libc.map(|(_, libc)| *libc);
    traits.language = BASES
        .languages
        .iter()
        .find_map(|(pattern, language, parts)| {
            let version = pattern.captures(&name)?.name("version")?.as_str();
            let version: Vec<&str> = version.split('.').take(*parts).collect();
            Some((language.clone(), version.join(".")))
        });
    traits
}

/// A dev image's reference without what makes it one.
fn production(reference: &Reference) -> Option<String> {
    let tag = reference.tag()?;
    let plain = match tag {
        "debug" => "latest".to_owned(),
        tag => {
            let without = |end: &str| tag.strip_suffix(end).map(str::to_owned);
            without("-dev")
                .or_else(|| without("-builder"))
                .or_else(|| without("-sdk"))
                .or_else(|| tag.strip_prefix("debug-").map(str::to_owned))
                .or_else(|| tag.contains("-dev-").then(|| tag.replacen("-dev-", "-", 1)))?
        }
    };
    Some(reference.with_tag(&plain).ok()?.canonical())
}

/// Docker Hub's names as people write them.
fn short(name: &str) -> String {
    let name = name.strip_prefix("docker.io/library/").unwrap_or(name);
    name.strip_prefix("docker.io/").unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_data_is_read() {
        let bases = parse(SHIPPED).unwrap();
        assert!(!bases.managers.is_empty() && !bases.languages.is_empty());
        assert!(parse("[no-shell]\nfamilies=[]\nexcept=['(']").is_err());
        assert!(parse(&format!("{SHIPPED}\n[other]\n")).is_err());
    }

    #[test]
    fn names_tell_sort_shell_and_libc() {
        use Kind::{Dev, Production, System, Unknown};
        for (image, kind, shell, libc) in [
            (
                "cgr.dev/chainguard/python:latest",
                Production,
                Some(false),
                Some(Libc::Glibc),
            ),
            (
                "cgr.dev/chainguard/python",
                Production,
                Some(false),
                Some(Libc::Glibc),
            ),
            (
                "cgr.dev/chainguard/python:latest-dev",
                Dev,
                Some(true),
                Some(Libc::Glibc),
            ),
            (
                "cgr.dev/chainguard/node:latest",
                Production,
                Some(true),
                Some(Libc::Glibc),
            ),
            (
                "cgr.dev/chainguard/static:latest",
                Production,
                Some(false),
                Some(Libc::None),
            ),
            (
                "cgr.dev/chainguard/wolfi-base",
                System,
                Some(true),
                Some(Libc::Glibc),
            ),
            (
                "gcr.io/distroless/static-debian12",
                Production,
                Some(false),
                Some(Libc::None),
            ),
            (
                "gcr.io/distroless/base-debian12:debug",
                Dev,
                Some(true),
                Some(Libc::Glibc),
            ),
            ("golang:1.22", System, Some(true), Some(Libc::Glibc)),
            (
                "golang:1.22-alpine3.20",
                System,
                Some(true),
                Some(Libc::Musl),
            ),
            ("alpine:3.20", System, Some(true), Some(Libc::Musl)),
            (
                "debian:bookworm-slim",
                System,
                Some(true),
                Some(Libc::Glibc),
            ),
            ("acme/web:1.4", Unknown, None, None),
            ("not a name", Unknown, None, None),
        ] {
            let traits = traits(image);
            assert_eq!(
                (traits.kind, traits.shell, traits.libc),
                (kind, shell, libc),
                "{image}"
            );
        }
    }

    #[test]
    fn siblings_and_versions_are_told() {
        let dev = traits("cgr.dev/acme/python:3.12.3-dev");
        assert_eq!(
            dev.production.as_deref(),
            Some("cgr.dev/acme/python:3.12.3")
        );
        assert_eq!(dev.language, Some(("Python".into(), "3.12".into())));
        let debug = traits("gcr.io/distroless/nodejs20-debian12:debug-nonroot");
        assert_eq!(
            debug.production.as_deref(),
            Some("gcr.io/distroless/nodejs20-debian12:nonroot")
        );
        assert_eq!(debug.language, Some(("Node".into(), "20".into())));
        let production = traits("cgr.dev/chainguard/python");
        assert_eq!(
            production.dev.as_deref(),
            Some("cgr.dev/chainguard/python:latest-dev")
        );
        assert_eq!(production.root, Some(false));
        assert_eq!(traits("cgr.dev/chainguard/go:latest").root, Some(true));
        assert_eq!(traits("debian:12").root, None);
    }
}
