//! Whether the dev image is really the target's sibling: configuration and packages side by side (domain.md §1.8).
//!
//! A sibling has the same configuration, and all packages of the production image at the same versions.

use std::collections::BTreeMap;

use serde::Serialize;

use super::plain;
use crate::domain::packages::Package;
use crate::domain::secret;
use crate::domain::target::{Config, Image};

/// Packages that are listed by name: more say no more.
const LISTED: usize = 200;

/// How alike two images are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The same configuration, and every package of the target's image at the same version.
    Sibling,
    /// Every package at the same version, another configuration.
    SamePackages,
    /// Some packages at another version, or not there.
    Drifted,
    /// Less than half of the packages are there at all.
    Unlike,
    /// The packages of one of them are not known.
    Unknown,
}

impl Verdict {
    /// The verdict in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Sibling => "the same configuration, and all its packages at the same versions",
            Self::SamePackages => "all its packages at the same versions, another configuration",
            Self::Drifted => "some of its packages are at another version, or not there",
            Self::Unlike => "another image: less than half of its packages are there",
            Self::Unknown => "not known: the packages of one of the two cannot be read",
        }
    }
}

/// Something that is not the same in both images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What: `user`, `entrypoint`, `env PATH`, `platform`.
    pub what: String,
    /// In the target's image; empty when it has none. Secrets are masked.
    pub target: String,
    /// In the dev image.
    pub dev: String,
}

/// A package of the target's image that is another one in the dev image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// Its name.
    pub name: String,
    /// Its version in the target's image.
    pub target: String,
    /// In the dev image, with the name where that differs; none when it is not there.
    pub dev: Option<String>,
}

/// The packages of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageLikeness {
    /// How many the target's image has.
    pub target: usize,
    /// How many the dev image has.
    pub dev: usize,
    /// How many of the target's are in the dev image at the same version.
    pub same: usize,
    /// How many of the target's are there, at the same version or another.
    pub there: usize,
    /// The same, of a hundred, rounded down.
    pub percent: u8,
    /// The others, by name, at most 200.
    pub drift: Vec<Drift>,
}

/// The dev image beside the target's image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Likeness {
    /// In a word.
    pub verdict: Verdict,
    /// What differs in configuration and platform.
    pub config: Vec<Difference>,
    /// The packages; none when those of one image are not known.
    pub packages: Option<PackageLikeness>,
    /// When both were built, in seconds since the epoch; none when one does not say.
    pub built: Option<Built>,
}

/// When both images were built, in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Built {
    /// The target's.
    pub target: i64,
    /// The dev image.
    pub dev: i64,
}

/// What is compared of an image.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The image.
    pub image: &'a Image,
    /// Its packages; none when they are not known.
    pub packages: Option<&'a [Package]>,
    /// When it was built, in seconds since the epoch; 0 when it does not say, as reproducible builds may.
    pub built: i64,
}

/// Compares the target's image with the dev image.
pub fn likeness(target: Side<'_>, dev: Side<'_>) -> Likeness {
    let config = differences(target.image, dev.image);
    let packages = match (target.packages, dev.packages) {
        (Some(ours), Some(theirs)) if !ours.is_empty() => Some(compared(ours, theirs)),
        (Some(_) | None, _) => None,
    };
    let verdict = match &packages {
        None => Verdict::Unknown,
        Some(p) if p.same == p.target && config.is_empty() => Verdict::Sibling,
        Some(p) if p.same == p.target => Verdict::SamePackages,
        Some(p) if p.there * 2 >= p.target => Verdict::Drifted,
        Some(_) => Verdict::Unlike,
    };
    let said = target.built > 0 && dev.built > 0;
    Likeness {
        verdict,
        config,
        packages,
        built: said.then_some(Built {
            target: target.built,
            dev: dev.built,
        }),
    }
}

fn differences(target: &Image, dev: &Image) -> Vec<Difference> {
    let words = |words: &[String]| match words {
        [] => String::new(),
        words => serde_json::to_string(words).unwrap_or_default(),
    };
    let (ours, theirs): (&Config, &Config) = (&target.config, &dev.config);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut pairs = vec![
        ("platform".to_owned(), target.platform(), dev.platform()),
        ("user".into(), ours.user.clone(), theirs.user.clone()),
        (
            "workdir".into(),
            ours.workdir.clone(),
            theirs.workdir.clone(),
        ),
        (
            "entrypoint".into(),
            words(&ours.entrypoint),
            words(&theirs.entrypoint),
        ),
        ("cmd".into(), words(&ours.cmd), words(&theirs.cmd)),
        (
            "stop signal".into(),
            text(&ours.stop_signal),
            text(&theirs.stop_signal),
        ),
        (
            "volumes".into(),
            words(&ours.volumes),
            words(&theirs.volumes),
        ),
    ];
    let variables = |config: &Config| -> BTreeMap<String, String> {
        let env = config.env.iter();
        env.map(|(name, value)| (name.clone(), secret::shown(name, value).to_owned()))
            .collect()
    };
    let (ours, mut theirs) = (variables(ours), variables(theirs));
    for (name, value) in ours {
        let other = theirs.remove(&name).unwrap_or_default();
        pairs.push((format!("env {name}"), value, other));
    }
    for (name, value) in theirs {
        pairs.push((format!("env {name}"), String::new(), value));
    }
    let differ = pairs.into_iter().filter(|(_, target, dev)| target != dev);
    differ
        .map(|(what, target, dev)| Difference {
            what: plain(&what),
            target: plain(&target),
            dev: plain(&dev),
        })
        .collect()
}

fn compared(ours: &[Package], theirs: &[Package]) -> PackageLikeness {
    let ours: BTreeMap<&str, &str> = versions(ours);
    let theirs = versions(theirs);
    // A package whose name carries its stream (`glibc-2.43`) has another name in the next one.
    let streams: BTreeMap<&str, &str> = theirs.keys().map(|name| (stream(name), *name)).collect();
    let mut drift = Vec::new();
    let (mut same, mut there) = (0, 0);
    for (name, version) in &ours {
        if theirs.get(name) == Some(version) {
            same += 1;
            there += 1;
            continue;
        }
        let dev = match theirs.get(name) {
            Some(other) => Some(plain(other)),
            None => streams.get(stream(name)).and_then(|other| {
                let version = theirs.get(other)?;
                Some(plain(&format!("{other} {version}")))
            }),
        };
        there += usize::from(dev.is_some());
        if drift.len() < LISTED {
            drift.push(Drift {
                name: plain(name),
                target: plain(version),
                dev,
            });
        }
    }
    PackageLikeness {
        target: ours.len(),
        dev: theirs.len(),
        same,
        there,
        percent: u8::try_from(same * 100 / ours.len().max(1)).unwrap_or(100),
        drift,
    }
}

fn versions(packages: &[Package]) -> BTreeMap<&str, &str> {
    let pairs = packages.iter();
    pairs
        .map(|p| (p.name.as_str(), p.version.as_str()))
        .collect()
}

/// A package's name without the numbers at its end.
fn stream(name: &str) -> &str {
    let number = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    let bare = name.trim_end_matches(number);
    if bare.is_empty() { name } else { bare }
}

impl Likeness {
    /// The verdict in two or three words, and in a sign for where there is no room; none when nothing is known.
    pub fn short(&self) -> Option<(String, String)> {
        let differ = self.packages.as_ref().map_or(0, |p| p.target - p.same);
        Some(match self.verdict {
            Verdict::Sibling => ("same build".into(), String::new()),
            Verdict::SamePackages => ("same packages".into(), String::new()),
            Verdict::Drifted | Verdict::Unlike => {
                let all = if differ == 1 {
                    "1 package differs".to_owned()
                } else {
                    format!("{differ} packages differ")
                };
                (all, format!("≠{differ}"))
            }
            Verdict::Unknown => return None,
        })
    }

    /// The report in lines, each a sentence without an end: the verdict, figures, and up to `most` differences.
    pub fn lines(&self, most: usize) -> Vec<String> {
        let mut lines = vec![self.verdict.words().to_owned()];
        if let Some(p) = &self.packages {
            lines.push(format!(
                "{} of its {} packages at the same version ({} %){}; the dev image has {}",
                p.same,
                p.target,
                p.percent,
                match p.there - p.same {
                    0 => String::new(),
                    others => format!(", {others} at another"),
                },
                p.dev
            ));
        }
        if let Some(built) = self.built {
            lines.push(apart(built));
        }
        let mut details = Vec::new();
        for d in &self.config {
            let none = |text: &str| {
                if text.is_empty() {
                    "none".into()
                } else {
                    text.to_owned()
                }
            };
            details.push(format!(
                "{}: {}, dev {}",
                d.what,
                none(&d.target),
                none(&d.dev)
            ));
        }
        for d in self.packages.iter().flat_map(|p| &p.drift) {
            let dev = d.dev.as_deref().unwrap_or("not there");
            details.push(format!("{} {}, dev {dev}", d.name, d.target));
        }
        let more = details.len().saturating_sub(most);
        details.truncate(most);
        lines.extend(details);
        if more > 0 {
            lines.push(format!("and {more} more; --json has them"));
        }
        lines
    }
}

fn apart(built: Built) -> String {
    const DAY: u64 = 86_400;
    let seconds = built.dev.abs_diff(built.target);
    let which = if built.dev >= built.target {
        "after"
    } else {
        "before"
    };
    match seconds {
        0 => "both were built at the same time".into(),
        1..3600 => format!(
            "the dev image was built {} min {which} it",
            seconds.div_ceil(60)
        ),
        3600..172_800 => format!("the dev image was built {} h {which} it", seconds / 3600),
        _ => format!("the dev image was built {} days {which} it", seconds / DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(user: &str, env: &[(&str, &str)]) -> Image {
        let env = env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Image {
            id: "sha256:1".into(),
            tags: Vec::new(),
            digests: Vec::new(),
            os: "linux".into(),
            architecture: "amd64".into(),
            variant: String::new(),
            config: Config {
                user: user.into(),
                env: env.collect(),
                entrypoint: vec!["/app".into()],
                ..Config::default()
            },
            layers: Vec::new(),
            folders: None,
        }
    }

    fn packages(list: &[(&str, &str)]) -> Vec<Package> {
        let list = list.iter().map(|(name, version)| Package {
            name: (*name).into(),
            version: (*version).into(),
            ..Package::default()
        });
        list.collect()
    }

    fn of(ours: &[(&str, &str)], theirs: &[(&str, &str)], env: &[(&str, &str)]) -> Likeness {
        let (target, dev) = (image("65532", &[]), image("65532", env));
        let (ours, theirs) = (packages(ours), packages(theirs));
        likeness(
            Side {
                image: &target,
                packages: Some(&ours),
                built: 100_000,
            },
            Side {
                image: &dev,
                packages: Some(&theirs),
                built: 103_000,
            },
        )
    }

    #[test]
    fn a_sibling_has_the_same_configuration_and_all_packages() {
        let found = of(
            &[("a", "1"), ("b", "2")],
            &[("a", "1"), ("b", "2"), ("sh", "5")],
            &[],
        );
        assert_eq!(found.verdict, Verdict::Sibling);
        let p = found.packages.as_ref().unwrap();
        assert_eq!((p.target, p.dev, p.same, p.percent), (2, 3, 2, 100));
        assert_eq!(
            found.lines(9),
            [
                "the same configuration, and all its packages at the same versions",
                "2 of its 2 packages at the same version (100 %); the dev image has 3",
                "the dev image was built 50 min after it",
            ]
        );
    }

    #[test]
    fn drift_is_a_figure_and_a_list() {
        let found = of(
            &[
                ("glibc-2.43", "2.43-r1"),
                ("nginx", "1.27.3"),
                ("tz", "1"),
                ("gone", "1"),
            ],
            &[("glibc-2.44", "2.44-r0"), ("nginx", "1.27.4"), ("tz", "1")],
            &[("API_KEY", "hunter2"), ("A\u{1b}[31m", "b")],
        );
        assert_eq!(found.verdict, Verdict::Drifted);
        let p = found.packages.as_ref().unwrap();
        assert_eq!((p.target, p.same, p.there, p.percent), (4, 1, 3, 25));
        let drift = &found.packages.as_ref().unwrap().drift;
        let drift: Vec<_> = drift
            .iter()
            .map(|d| (d.name.as_str(), d.dev.as_deref()))
            .collect();
        assert_eq!(
            drift,
            [
                ("glibc-2.43", Some("glibc-2.44 2.44-r0")),
                ("gone", None),
                ("nginx", Some("1.27.4"))
            ]
        );
        let text = found.lines(3).join("\n");
        assert!(text.contains("env API_KEY: none, dev ***"), "{text}");
        assert!(text.contains("and 2 more"), "{text}");
        assert!(
            !text.contains("hunter2") && !text.contains('\u{1b}'),
            "{text}"
        );
        let half = of(&[("a", "1"), ("b", "2")], &[("a", "1"), ("b", "3")], &[]);
        assert_eq!(half.verdict, Verdict::Drifted);
        assert!(
            half.lines(0)[1].contains("(50 %), 1 at another;"),
            "{half:?}"
        );
        let other = of(&[("a", "1"), ("b", "2"), ("c", "3")], &[("a", "1")], &[]);
        assert_eq!(other.verdict, Verdict::Unlike);
        let config = of(&[("a", "1")], &[("a", "1")], &[("X", "y")]);
        assert_eq!(config.verdict, Verdict::SamePackages);
    }

    #[test]
    fn without_packages_nothing_is_claimed() {
        assert_eq!(of(&[], &[("a", "1")], &[]).verdict, Verdict::Unknown);
        let target = image("0", &[]);
        let side = Side {
            image: &target,
            packages: None,
            built: 0,
        };
        let found = likeness(side, side);
        assert_eq!((found.verdict, found.built), (Verdict::Unknown, None));
        assert!(found.config.is_empty());
    }

    #[test]
    fn the_list_is_bounded() {
        let many: Vec<(String, &str)> = (0..1000).map(|n| (format!("p{n}x"), "1")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        let found = of(&many, &[], &[]);
        assert_eq!(found.packages.unwrap().drift.len(), LISTED);
    }
}
