//! Repositories in the shapes that vendors' have (domain.md §1.2, §1.5), in a registry on loopback: which dev image is
//! found for each production tag, and with how many look-ups.

use std::collections::{BTreeMap, BTreeSet};

use devtwin::domain::image::{Outcome, Place};
use devtwin::domain::plan::Wishes;
use devtwin::domain::twin::Session;
use devtwin::ops::resolve::{Subject, resolve};

use super::stub::Stub;
use crate::engine::{engine, within};

/// Tags that every repository of a shape has, and where those without a sibling of their own lead to.
struct Shape {
    /// Namespace, and the repositories.
    at: &'static str,
    names: &'static [&'static str],
    /// All tags.
    tags: &'static [&'static str],
    /// What stands for `-dev`: `{}` is the production tag.
    sibling: &'static str,
    /// Production tag → the documented fallback: a tag, or a repository and tag.
    fallbacks: &'static [(&'static str, &'static str)],
}

const SHAPES: &[Shape] = &[
    // The free catalogue.
    Shape {
        at: "chainguard",
        names: &[
            "go",
            "jre",
            "ruby",
            "rust",
            "redis",
            "valkey",
            "mariadb",
            "curl",
            "kubectl",
            "glibc-dynamic",
        ],
        tags: &["latest", "latest-dev"],
        sibling: "{}-dev",
        fallbacks: &[],
    },
    // Versions, each with its sibling.
    Shape {
        at: "mirror/chainguard",
        names: &[
            "nginx",
            "etcd",
            "postgres",
            "postgres-fips",
            "redis-iamguarded",
            "traefik",
            "vault",
            "kafka",
        ],
        tags: &[
            "latest",
            "latest-dev",
            "1",
            "1-dev",
            "1.27",
            "1.27-dev",
            "1.27.3",
            "1.27.3-dev",
            "1.27.3-r1",
            "1.27.3-r1-dev",
            "v1.2",
            "v1.2-dev",
            "3.0.0_alpha1",
            "3.0.0_alpha1-dev",
            "next",
            "next-dev",
        ],
        sibling: "{}-dev",
        fallbacks: &[],
    },
    // Epochs and patches whose sibling is gone already.
    Shape {
        at: "old/chainguard",
        names: &["python", "node", "grafana", "prometheus", "consul", "minio"],
        tags: &[
            "latest",
            "latest-dev",
            "3.13",
            "3.13-dev",
            "3.13.9-dev",
            "3.13.9-r2",
            "3.13.8",
            "3.12.1",
            "2",
            "openjdk-9",
        ],
        sibling: "{}-dev",
        fallbacks: &[
            ("3.13.9-r2", "3.13.9-dev"),
            ("3.13.8", "3.13-dev"),
            ("3.12.1", "latest-dev"),
            ("2", "latest-dev"),
            ("openjdk-9", "latest-dev"),
        ],
    },
    // Variants.
    Shape {
        at: "chainguard",
        names: &["php", "git", "fluentd", "jdk", "maven"],
        tags: &[
            "latest",
            "latest-dev",
            "latest-fpm",
            "latest-fpm-dev",
            "8.3-fpm",
            "8.3-fpm-dev",
            "8.2.21-r0-fpm",
            "8.2.21-r0-fpm-dev",
            "latest-glibc-root",
            "latest-glibc-root-dev",
            "1.16-splunk",
            "1.16-splunk-dev",
            "latest-mpl",
            "latest-mpl-dev",
            "openjdk-17.0.11",
            "openjdk-17.0.11-dev",
            "openjdk-21-3.9.8",
            "openjdk-21-3.9.8-dev",
            "1-eks-1-25-33",
            "1-eks-1-25-33-dev",
            "8.1.2-r3-fpm",
            "latest-dev-fpm",
        ],
        sibling: "{}-dev",
        fallbacks: &[("8.1.2-r3-fpm", "latest-fpm-dev")],
    },
    // Streams.
    Shape {
        at: "streams/chainguard",
        names: &["nginx"],
        tags: &[
            "mainline",
            "stable",
            "1.27.3",
            "1.27.3-dev",
            "latest",
            "latest-dev",
        ],
        sibling: "{}-dev",
        fallbacks: &[("mainline", "latest-dev"), ("stable", "latest-dev")],
    },
    // Slim and full.
    Shape {
        at: "slim/chainguard",
        names: &["node", "python", "wordpress"],
        tags: &[
            "22",
            "22-dev",
            "22-slim",
            "latest",
            "latest-dev",
            "latest-slim",
            "22-full",
            "latest-full",
        ],
        sibling: "{}-dev",
        fallbacks: &[
            ("22-slim", "22-dev"),
            ("latest-slim", "latest-dev"),
            ("22-full", "22-dev"),
            ("latest-full", "latest-dev"),
        ],
    },
    // Tags of single builds beside plain ones.
    Shape {
        at: "unique/chainguard",
        names: &["python", "nginx", "jre"],
        tags: &[
            "3.13-202508221530",
            "3.13-dev-202508221500",
            "3.13-dev-202508221545",
            "3.13-dev-202508221645",
            "3.13-dev",
            "3.12-202508221530",
            "3.12-dev-202508221500",
            "3.12-dev",
            "latest-20250822153059",
            "latest-dev-20250822154000",
            "latest-dev",
            "2.7-20250822153059",
        ],
        sibling: "{}-dev",
        fallbacks: &[
            ("3.13-202508221530", "3.13-dev-202508221545"),
            ("3.12-202508221530", "3.12-dev"),
            ("latest-20250822153059", "latest-dev-20250822154000"),
            ("2.7-20250822153059", "latest-dev"),
        ],
    },
    // A private organisation where there are no others, `-dev` before the time; a plain tag leads to the newest.
    Shape {
        at: "private/chainguard",
        names: &["python", "redis"],
        tags: &[
            "3.13.7-r1-202508221530",
            "3.13.7-r1-dev-202508221545",
            "3.13-202508221530",
            "3.13-dev-202508221545",
            "3.13-202508231530",
            "3.13-dev-202508231545",
            "22-slim-202508221530",
            "22-dev-202508221545",
            "latest-202508231530",
            "latest-dev-202508231545",
            "mainline",
            "3.13",
        ],
        sibling: "{}-dev",
        fallbacks: &[
            ("3.13.7-r1-202508221530", "3.13.7-r1-dev-202508221545"),
            ("3.13-202508221530", "3.13-dev-202508221545"),
            ("3.13-202508231530", "3.13-dev-202508231545"),
            ("22-slim-202508221530", "latest-dev-202508231545"),
            ("latest-202508231530", "latest-dev-202508231545"),
            ("mainline", "latest-dev-202508231545"),
            ("3.13", "3.13-dev-202508231545"),
        ],
    },
    // The same, `-dev` behind the time.
    Shape {
        at: "private2/chainguard",
        names: &["python", "node"],
        tags: &[
            "3.13-202508221530",
            "3.13-202508221545-dev",
            "3.13-202508231530",
            "3.13-202508231545-dev",
            "latest-20250823153000",
            "latest-20250823154500-dev",
        ],
        sibling: "{}-never",
        fallbacks: &[
            ("3.13-202508221530", "3.13-202508221545-dev"),
            ("3.13-202508231530", "3.13-202508231545-dev"),
            ("latest-20250823153000", "latest-20250823154500-dev"),
        ],
    },
    // Five candidates, of which the last is there.
    Shape {
        at: "deep/chainguard",
        names: &["php", "python"],
        tags: &[
            "8.1.2-r3-fpm",
            "3.13.9-r2",
            "22-slim",
            "22-full",
            "latest-dev",
        ],
        sibling: "{}-dev",
        fallbacks: &[
            ("8.1.2-r3-fpm", "latest-dev"),
            ("3.13.9-r2", "latest-dev"),
            ("22-slim", "latest-dev"),
            ("22-full", "latest-dev"),
        ],
    },
    // Lists that no registry should give: see the stub.
    Shape {
        at: "huge/chainguard",
        names: &["python"],
        tags: &["3.13-202508221530", "3.13-dev"],
        sibling: "{}-dev",
        fallbacks: &[("3.13-202508221530", "3.13-dev")],
    },
    Shape {
        at: "weird/chainguard",
        names: &["python"],
        tags: &["3.13-202508221530", "3.13-dev"],
        sibling: "{}-dev",
        fallbacks: &[("3.13-202508221530", "3.13-dev")],
    },
    Shape {
        at: "many/chainguard",
        names: &["python"],
        tags: &["3.13-202508221530", "3.13-dev"],
        sibling: "{}-dev",
        fallbacks: &[("3.13-202508221530", "3.13-dev")],
    },
    Shape {
        at: "odd/chainguard",
        names: &["python"],
        tags: &["3.13-202508221530", "3.13-dev"],
        sibling: "{}-dev",
        fallbacks: &[("3.13-202508221530", "3.13-dev")],
    },
    // No sibling at all.
    Shape {
        at: "chainguard",
        names: &[
            "static",
            "bash",
            "busybox",
            "haproxy",
            "dive",
            "wait-for-it",
            "apko",
            "gradle",
        ],
        tags: &["latest"],
        sibling: "{}-dev",
        fallbacks: &[("latest", "chainguard/wolfi-base:latest")],
    },
    Shape {
        at: "distroless",
        names: &[
            "static-debian12",
            "base-debian13",
            "cc",
            "java21-debian12",
            "nodejs22-debian12",
            "python3-debian12",
        ],
        tags: &[
            "latest",
            "debug",
            "nonroot",
            "debug-nonroot",
            "latest-arm64",
            "debug-arm64",
            "nonroot-arm64",
            "966f4bd97f6c",
            "debug-966f4bd97f6c",
            "0123456789ab",
        ],
        sibling: "debug-{}",
        fallbacks: &[
            ("latest", "debug"),
            ("latest-arm64", "debug-arm64"),
            ("nonroot-arm64", "debug-arm64"),
            ("0123456789ab", "debug"),
        ],
    },
    Shape {
        at: "acme",
        names: &["dhi-python", "dhi-nginx", "dhi-redis", "dhi-node"],
        tags: &[
            "3",
            "3-dev",
            "3.13",
            "3.13-dev",
            "3.13-debian13",
            "3.13-debian13-dev",
            "3.13.1-alpine3.22",
            "3-alpine3.22-dev",
            "3.13-debian13-compat",
            "3.13-debian13-sfw-dev",
            "3.14",
        ],
        sibling: "{}-dev",
        fallbacks: &[
            ("3.13.1-alpine3.22", "3-alpine3.22-dev"),
            ("3.13-debian13-compat", "3.13-debian13-dev"),
            ("3.14", "3-dev"),
        ],
    },
    // Nobody's naming: the tag and -dev, by convention.
    Shape {
        at: "acme/team",
        names: &["web", "api", "shop"],
        tags: &[
            "1.4",
            "1.4-dev",
            "main",
            "main-dev",
            "2024-01-01",
            "2024-01-01-dev",
        ],
        sibling: "{}-dev",
        fallbacks: &[],
    },
];

/// Whether a tag is of a dev image.
fn is_dev(tag: &str) -> bool {
    tag.split('-').any(|part| part == "dev" || part == "debug")
}

#[tokio::test]
async fn every_production_tag_leads_to_its_sibling_or_the_documented_fallback() {
    let mut repositories: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for shape in SHAPES {
        for name in shape.names {
            let tags = shape.tags.iter().map(|t| (*t).to_owned());
            repositories.insert(format!("{}/{name}", shape.at), tags.collect());
        }
    }
    repositories.insert(
        "chainguard/wolfi-base".into(),
        BTreeSet::from(["latest".into()]),
    );
    assert!(repositories.len() >= 50, "{}", repositories.len());
    let stub = Stub::start(repositories);
    let docker = engine().await;
    let session = Session {
        id: "0badcafe".into(),
        owner: "ann@box".into(),
    };
    let mut cases = 0;
    for shape in SHAPES {
        let fallbacks: BTreeMap<_, _> = shape.fallbacks.iter().copied().collect();
        for (name, tag) in shape
            .names
            .iter()
            .flat_map(|n| shape.tags.iter().map(move |t| (n, t)))
        {
            if is_dev(tag) {
                continue;
            }
            cases += 1;
            let image = format!("{}/{}/{name}:{tag}", stub.host, shape.at);
            let subject = Subject::Image(image.clone());
            let found = within(resolve(&docker, &session, &subject, &Wishes::default())).await;
            let found = found.unwrap();
            let sibling = shape.sibling.replace("{}", tag);
            let want = match fallbacks.get(tag) {
                _ if shape.tags.contains(&sibling.as_str()) => sibling,
                Some(fallback) => (*fallback).to_owned(),
                None => panic!("{image}: no sibling and no fallback in the table"),
            };
            let want = if want.contains(':') {
                format!("{}/{want}", stub.host)
            } else {
                format!("{}/{}/{name}:{want}", stub.host, shape.at)
            };
            assert_eq!(
                found.dev_image.as_deref(),
                Some(want.as_str()),
                "{image}: {found:#?}"
            );
            assert_eq!(found.toolbox, want.contains("wolfi-base"), "{image}");
            let asked = stub.asked();
            let of_registry = found.tried.iter().filter(|t| t.place == Place::Registry);
            let of_registry = of_registry.filter(|t| t.outcome != Outcome::NotListed);
            assert!((1..=4).contains(&asked.len()), "{image}: {asked:?}");
            assert_eq!(asked.len(), of_registry.count(), "{image}: {asked:?}");
            assert_eq!(
                found.tried.last().map(|t| &t.outcome),
                Some(&Outcome::Found)
            );
        }
    }
    assert!(cases >= 200, "{cases}");
}
