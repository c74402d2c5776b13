//! Volumes of ours in which package managers keep what they download, so that a later twin installs without
//! the network.
//!
//! Root in a twin can write into them, and a later twin trusts what it finds (apt takes its lists for checked). So
//! only dev images of one publisher share one: whoever could write into it made the other images, too.

use serde::Serialize;

use super::mounts::within;
use super::{Note, is_root, tools};
use crate::domain::image::{Reference, package_managers};
use crate::domain::packages;
use crate::domain::target::{Image, Mount};
use crate::domain::twin::{CACHE_PREFIX, label};

/// A cache that a twin mounts. It belongs to no session: it stays when the twin goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cache {
    /// Id of the package manager: `apk`.
    pub manager: String,
    /// Name of the volume: one for each manager, platform and publisher.
    pub volume: String,
    /// Where it is mounted.
    pub path: String,
}

impl Cache {
    /// The labels of its volume.
    pub fn labels(&self) -> [(&'static str, &str); 2] {
        [
            (label::CACHE, &self.manager),
            (label::VERSION, env!("CARGO_PKG_VERSION")),
        ]
    }
}

/// Whose caches they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of<'a> {
    /// Reference of the dev image.
    pub(super) reference: &'a str,
    /// Its details, when it is here.
    pub(super) dev: Option<&'a Image>,
    /// Whether build tools get theirs, too.
    pub(super) tools: bool,
}

/// The caches of the managers that images of the dev image's family have; none for a user who cannot install.
/// What lies at, above or below a mount that is shared with the target stays out: it would land in the target's.
pub(super) fn caches(
    of: Of<'_>,
    user: &str,
    mounts: &[Mount],
    notes: &mut Vec<Note>,
) -> Vec<Cache> {
    let Of {
        reference,
        dev,
        tools,
    } = of;
    // A lesson's lab is removed whole.
    if dev.is_some_and(|image| image.config.labels.contains_key(label::LAB)) {
        return Vec::new();
    }
    let platform = dev.and_then(platform).filter(|_| is_root(user));
    let (Some(platform), Some(publisher)) = (platform, publisher(reference)) else {
        return Vec::new();
    };
    let programs = package_managers(reference);
    let mut wanted: Vec<(&str, String)> = Vec::new();
    for manager in packages::ALL {
        let has = |program: &&str| programs.iter().any(|path| path == program);
        if let Some(path) = manager.cache()
            && manager.programs().iter().any(has)
        {
            wanted.push((manager.id(), path.to_owned()));
        }
    }
    if tools {
        let env = dev.map(|image| image.config.env.as_slice());
        let env = env.unwrap_or_default().iter();
        let env = env.map(|(name, value)| (name.as_str(), value.as_str()));
        let places = tools::all()
            .iter()
            .filter_map(|tool| Some((tool.id.as_str(), tool.place(&env)?)));
        wanted.extend(places);
    }
    let mut caches: Vec<Cache> = Vec::new();
    for (id, path) in wanted {
        let volume = format!("{CACHE_PREFIX}{id}-{platform}-{publisher}");
        let shared = mounts.iter().find(|mount| {
            let at = mount.destination.trim_end_matches('/');
            within(&path, at) || within(at, &path)
        });
        if let Some(mount) = shared {
            notes.push(Note::info(format!(
                "what {id} downloads is not kept for later twins: {path} is the target's, by its mount at {}",
                mount.destination
            )));
            continue;
        }
        caches.push(Cache {
            manager: id.into(),
            volume,
            path,
        });
    }
    notes.extend(kept(&caches));
    caches
}

/// That there is something of a twin which stays when it goes.
fn kept(caches: &[Cache]) -> Option<Note> {
    let list = |word: fn(&Cache) -> &str| caches.iter().map(word).collect::<Vec<_>>().join(", ");
    let managers = list(|cache| &cache.manager);
    let volumes = list(|cache| &cache.volume);
    let all = format!("{CACHE_PREFIX}*");
    let text = match caches.len() {
        0 => return None,
        1 => format!(
            "what {managers} downloads is kept for later twins in the volume {volumes}, which stays; devtwin clean --caches removes it"
        ),
        3.. => format!(
            "what {managers} download is kept for later twins in the volumes {all}, which stay; devtwin clean --caches removes them"
        ),
        _ => format!(
            "what {managers} download is kept for later twins in the volumes {volumes}, which stay; devtwin clean --caches removes them"
        ),
    };
    Some(Note::info(text))
}

/// Whose an image is, as a part of a volume's name: registry and all of the repository but its last word, apart by
/// what is in none of them. None for one that is named by its id, which may be anybody's.
fn publisher(reference: &str) -> Option<String> {
    const LONGEST: usize = 120;
    let reference = Reference::parse(reference).ok()?;
    let (space, _) = reference.repository().rsplit_once('/').unwrap_or_default();
    let name = format!("{}/{space}", reference.registry());
    let name = name
        .trim_end_matches('/')
        .replace('/', "..")
        .replace(':', "_");
    (name.len() <= LONGEST
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)))
    .then_some(name)
}

/// The architecture as a part of a volume's name; none when the image does not say one that can be.
fn platform(image: &Image) -> Option<String> {
    let plain = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric());
    if !plain(&image.architecture) {
        return None;
    }
    Some(if plain(&image.variant) {
        format!("{}-{}", image.architecture, image.variant)
    } else {
        image.architecture.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::target::{Config, MountKind};

    const WOLFI: &str = "cgr.dev/chainguard/web:latest-dev";

    fn image(architecture: &str, variant: &str) -> Image {
        Image {
            id: String::new(),
            tags: Vec::new(),
            digests: Vec::new(),
            os: "linux".into(),
            architecture: architecture.into(),
            variant: variant.into(),
            config: Config::default(),
            layers: Vec::new(),
            folders: None,
        }
    }

    /// Volumes and paths, and what is said.
    fn of(
        reference: &str,
        image: &Image,
        user: &str,
        mount: Option<&str>,
    ) -> (Vec<String>, String) {
        let mounts = mount.into_iter().map(|at| Mount {
            kind: MountKind::Bind,
            source: "/srv".into(),
            destination: at.into(),
            writable: true,
        });
        let mounts: Vec<_> = mounts.collect();
        let mut notes = Vec::new();
        let of = Of {
            reference,
            dev: Some(image),
            tools: false,
        };
        let caches = caches(of, user, &mounts, &mut notes);
        let shown = caches.iter().map(|c| format!("{} {}", c.volume, c.path));
        let said = notes.iter().map(|note| note.text.clone()).collect();
        (shown.collect(), said)
    }

    #[test]
    fn root_in_an_image_of_a_family_with_a_manager_gets_its_cache() {
        let (caches, said) = of(WOLFI, &image("amd64", ""), "0", Some("/data"));
        assert_eq!(
            caches,
            ["devtwin-cache-apk-amd64-cgr.dev..chainguard /etc/apk/cache"]
        );
        assert!(said.contains("devtwin clean --caches"), "{said}");
        let (caches, _) = of(WOLFI, &image("arm", "v7"), "root", None);
        assert_eq!(
            caches,
            ["devtwin-cache-apk-arm-v7-cgr.dev..chainguard /etc/apk/cache"]
        );
        let (caches, _) = of("acme/own:1", &image("amd64", ""), "0", None);
        let own = "devtwin-cache-apk-amd64-docker.io..acme /etc/apk/cache";
        assert!(caches.contains(&own.into()), "{caches:?}");
    }

    #[test]
    fn images_of_one_publisher_share_a_cache_and_no_others() {
        for (reference, whose) in [
            (
                "cgr.dev/chainguard/python:latest-dev",
                Some("cgr.dev..chainguard"),
            ),
            (
                "cgr.dev/chainguard-private/python",
                Some("cgr.dev..chainguard-private"),
            ),
            (
                "cgr.dev/chainguard/private/python",
                Some("cgr.dev..chainguard..private"),
            ),
            ("debian:12", Some("docker.io..library")),
            ("localhost:5000/dev", Some("localhost_5000")),
            (
                "sha256:0000000000000000000000000000000000000000000000000000000000000000",
                None,
            ),
        ] {
            assert_eq!(publisher(reference).as_deref(), whose, "{reference}");
        }
        assert_eq!(publisher(&format!("x.io/{}/y", "a".repeat(200))), None);
    }

    #[test]
    fn nobody_else_does() {
        let amd64 = image("amd64", "");
        let mut lab = image("amd64", "");
        lab.config.labels.insert(label::LAB.into(), "lab".into());
        for (reference, image, user) in [
            (WOLFI, &amd64, "65532"),
            ("lab/web:latest-dev", &lab, "0"),
            ("gcr.io/distroless/base:debug", &amd64, "0"),
            (WOLFI, &image("../x", ""), "0"),
            (WOLFI, &image("", ""), "0"),
        ] {
            assert_eq!(
                of(reference, image, user, None),
                Default::default(),
                "{reference} {user}"
            );
        }
        let mut notes = Vec::new();
        let of = Of {
            reference: WOLFI,
            dev: None,
            tools: true,
        };
        assert!(caches(of, "0", &[], &mut notes).is_empty());
    }

    #[test]
    fn downloads_never_land_in_what_is_the_targets() {
        for at in [
            "/etc/apk/cache",
            "/etc/apk/cache/",
            "/etc/apk",
            "/etc",
            "/",
            "/etc/apk/cache/x",
        ] {
            let (caches, said) = of(WOLFI, &image("amd64", ""), "0", Some(at));
            assert!(caches.is_empty(), "{at}");
            assert!(said.contains("is the target's, by its mount at"), "{said}");
        }
        let (caches, _) = of(WOLFI, &image("amd64", ""), "0", Some("/etc/apk/cached"));
        assert_eq!(caches.len(), 1);
    }
}
