use super::*;

fn release(text: &str) -> BTreeMap<String, String> {
    os_release(text)
}

fn packages(names: &[(&str, &str)]) -> Vec<Package> {
    names.iter().map(|(n, v)| package(n, v)).collect()
}

fn names(candidates: &[Candidate]) -> Vec<String> {
    candidates.iter().map(|c| c.reference.to_string()).collect()
}

#[test]
fn os_release_is_read_quoted_or_bare() {
    let read = release("# c\nID=debian\nNAME=\"Debian GNU/Linux\"\nVERSION_ID='12'\nX\n  A=b\n");
    let pairs: Vec<_> = read.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(
        pairs,
        [
            ("A", "b"),
            ("ID", "debian"),
            ("NAME", "Debian GNU/Linux"),
            ("VERSION_ID", "12")
        ]
    );
}

#[test]
fn an_sbom_is_of_the_package_that_its_name_says() {
    for (file, want) in [
        ("nginx-1.27.3-r1.spdx.json", Some(("nginx", "1.27.3-r1"))),
        (
            "python-3.13-3.13.9-r2.spdx.json",
            Some(("python-3.13", "3.13.9-r2")),
        ),
        (
            "ca-certificates-bundle-20241121-r1.spdx.json",
            Some(("ca-certificates-bundle", "20241121-r1")),
        ),
        ("glibc-2.36.spdx.json", Some(("glibc", "2.36"))),
        ("glibc.spdx.json", None),
        ("README", None),
        ("-r.spdx.json", None),
        ("é-r1.spdx.json", None),
    ] {
        let got = of_sbom(file).map(|p| (p.name, p.version));
        let want = want.map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(got, want, "{file}");
    }
}

#[test]
fn apko_tells_annotations_and_packages_and_nothing_when_it_is_broken() {
    let text = br#"{"annotations": {"dev.chainguard.image.title": "web"},
        "contents": {"packages": ["web=1.4.0-r2", "glibc"], "more": 1}, "archs": ["amd64"]}"#;
    let apko = Apko::parse(text);
    assert_eq!(apko.packages, packages(&[("web", "1.4.0-r2")]));
    let origin = Origin {
        apko,
        ..Origin::default()
    };
    let bases = origin.bases();
    assert_eq!(
        bases[0].reference.to_string(),
        "cgr.dev/chainguard/web:latest"
    );
    assert_eq!(bases[0].rule, "apko/chainguard-title");
    assert_eq!(
        bases[0].evidence,
        ["/etc/apko.json: dev.chainguard.image.title = web"]
    );
    for broken in [&b""[..], b"[]", b"{\"annotations\": 5}", b"\xff"] {
        assert_eq!(Apko::parse(broken), Apko::default());
    }
}

#[test]
fn history_names_the_base() {
    let note = |text: &str| Origin {
        notes: vec![text.into()],
        ..Origin::default()
    };
    let bases = note("python by Chainguard").bases();
    assert_eq!(
        bases[0].reference.to_string(),
        "cgr.dev/chainguard/python:latest"
    );
    assert_eq!(
        (bases[0].rule.as_str(), bases[0].confidence),
        ("history/chainguard", 80)
    );
    for other in [
        "",
        "buildkit.dockerfile.v0",
        "../x by Chainguard",
        "a b by Chainguard",
    ] {
        assert!(note(other).bases().is_empty(), "{other}");
    }
}

#[test]
fn the_main_package_tells_the_repository() {
    for (system, installed, want) in [
        (
            "ID=wolfi",
            &[("glibc", "2"), ("nginx-mainline", "1.27.3-r1")][..],
            Some("cgr.dev/chainguard/nginx:latest"),
        ),
        (
            "ID=chainguard",
            &[("python-3.14", "3.14.0-r0")][..],
            Some("cgr.dev/chainguard/python:latest"),
        ),
        (
            "ID=wolfi",
            &[("openjdk-17-jre", "17"), ("openjdk-17-default-jdk", "17")][..],
            Some("cgr.dev/chainguard/jdk:latest"),
        ),
        (
            "ID=wolfi",
            &[("php-8.5", "8.5.1-r0"), ("nginx", "1.27.3-r1")][..],
            Some("cgr.dev/chainguard/nginx:latest"),
        ),
        (
            "ID=wolfi",
            &[("nodejs-26", "26.0")][..],
            Some("cgr.dev/chainguard/node:latest"),
        ),
        (
            "ID=wolfi",
            &[("redis", "8.0-r1")][..],
            Some("cgr.dev/chainguard/redis:latest"),
        ),
        // Nobody needs it, and it is none of those that all images have.
        (
            "ID=wolfi",
            &[
                ("wolfi-baselayout", "1"),
                ("glibc", "2"),
                ("web-1.4", "1.4.0-r2"),
            ][..],
            Some("cgr.dev/chainguard/web:latest"),
        ),
        ("ID=wolfi", &[("a", "1"), ("b", "1")][..], None),
        ("ID=wolfi", &[][..], None),
        ("ID=alpine", &[("nginx", "1.27.3-r1")][..], None),
        (
            "ID=debian\nPRETTY_NAME=Distroless\nVERSION_ID=12",
            &[("libc6", "2.36"), ("libssl3", "3")][..],
            Some("gcr.io/distroless/base-debian12:latest"),
        ),
        (
            "ID=debian\nPRETTY_NAME=Distroless\nVERSION_ID=13",
            &[("openjdk-21-jre-headless", "21"), ("libc6", "2")][..],
            Some("gcr.io/distroless/java21-debian13:latest"),
        ),
        (
            "ID=debian\nPRETTY_NAME=Distroless\nVERSION_ID=12",
            &[("base-files", "12"), ("tzdata", "1")][..],
            Some("gcr.io/distroless/static-debian12:latest"),
        ),
        // A release that is no part of a reference.
        (
            "ID=debian\nPRETTY_NAME=Distroless\nVERSION_ID=\"a b\"",
            &[("libc6", "2.36")][..],
            None,
        ),
    ] {
        let origin = Origin {
            release: release(system),
            packages: packages(installed),
            ..Origin::default()
        };
        let got: Vec<String> = origin
            .bases()
            .iter()
            .map(|b| b.reference.to_string())
            .collect();
        assert_eq!(
            got,
            want.into_iter().collect::<Vec<_>>(),
            "{system} {installed:?}"
        );
    }
}

#[test]
fn a_system_has_its_toolbox_and_a_c_library_the_last_resort() {
    for (system, libc, want) in [
        (
            "ID=alpine\nVERSION_ID=3.20.3",
            "musl",
            &["alpine:3.20.3", "alpine:latest"][..],
        ),
        (
            "ID=ubuntu\nVERSION_ID=24.04",
            "glibc",
            &[
                "ubuntu:24.04",
                "ubuntu:latest",
                "cgr.dev/chainguard/wolfi-base:latest",
                "debian:stable",
            ],
        ),
        (
            "ID=rhel\nVERSION_ID=9.4",
            "",
            &["registry.access.redhat.com/ubi9/ubi-minimal:latest"],
        ),
        (
            "ID=wolfi",
            "glibc",
            &["cgr.dev/chainguard/wolfi-base:latest", "debian:stable"],
        ),
        (
            "ID=debian\nNAME=Docker Hardened Images (Alpine)\nVERSION_ID=3.22",
            "",
            &["alpine:3.22", "alpine:latest"],
        ),
        (
            "ID=azurelinux\nVERSION_ID=3.0",
            "",
            &["mcr.microsoft.com/azurelinux/base/core:3.0"],
        ),
        (
            "ID=sles\nVERSION_ID=15.6",
            "",
            &[
                "registry.suse.com/bci/bci-base:15.6",
                "registry.suse.com/bci/bci-base:latest",
            ],
        ),
        ("ID=rocky\nVERSION_ID=9.4", "", &["rockylinux/rockylinux:9"]),
        ("ID=debian", "", &["debian:latest"]),
        ("", "musl", &["alpine:latest"]),
        (
            "",
            "static",
            &["cgr.dev/chainguard/wolfi-base:latest", "alpine:latest"],
        ),
        (
            "",
            "glibc",
            &["cgr.dev/chainguard/wolfi-base:latest", "debian:stable"],
        ),
        ("ID=plan9", "", &[]),
        ("ID=debian\nVERSION_ID=../../x", "", &["debian:latest"]),
    ] {
        let libcs = ["musl", "glibc", "static"].into_iter().find(|l| *l == libc);
        let origin = Origin {
            release: release(system),
            libc: libcs.map(|name| Libc { name, loader: None }),
            ..Origin::default()
        };
        assert_eq!(names(&origin.toolboxes()), want, "{system} {libc}");
        for toolbox in origin.toolboxes() {
            assert!(toolbox.confidence <= 50, "{toolbox:?}");
            assert!(
                toolbox.caveats.iter().any(|c| c.contains("toolbox")),
                "{toolbox:?}"
            );
        }
    }
}

#[test]
fn the_version_is_that_of_the_package_that_the_repository_stands_for() {
    let origin = Origin {
        packages: packages(&[
            ("glibc", "2.4-r0"),
            ("nginx-mainline", "1.27.3-r1"),
            ("web", "1.4.0-r2"),
        ]),
        ..Origin::default()
    };
    for (title, named, want) in [
        ("nginx", None, Some("1.27.3-r1")),
        ("web", None, Some("1.4.0-r2")),
        ("shop", Some("web"), Some("1.4.0-r2")),
        ("shop", Some("nope"), None),
        ("python", None, None),
    ] {
        assert_eq!(
            origin.version_of("chainguard", title, named),
            want,
            "{title}"
        );
    }
}

fn base(reference: &str, rule: &str, confidence: u8) -> BaseImage {
    BaseImage {
        reference: Reference::parse(reference).unwrap(),
        rule: rule.into(),
        confidence,
        caveats: Vec::new(),
        evidence: vec![format!("{rule} says it")],
    }
}

#[test]
fn signals_that_agree_outweigh_one_that_does_not() {
    let all = weighed(&[
        base("cgr.dev/chainguard/shop", "label/chainguard-title", 85),
        base("cgr.dev/chainguard/web", "apko/chainguard-title", 85),
        base("cgr.dev/chainguard/web", "apko/chainguard-url", 85),
        base("cgr.dev/chainguard/web", "history/chainguard", 80),
        base("cgr.dev/acme/web:1.4", "release/wolfi", 50),
    ]);
    let shown: Vec<_> = all
        .iter()
        .map(|b| (b.reference.to_string(), b.confidence))
        .collect();
    // Two kinds of signals beside it: apko's url is of the same kind as its title.
    assert_eq!(
        shown,
        [
            ("cgr.dev/chainguard/web:latest".to_owned(), 89),
            ("cgr.dev/chainguard/shop:latest".to_owned(), 85),
            ("cgr.dev/acme/web:1.4".to_owned(), 54),
        ]
    );
    assert_eq!(all[0].evidence.len(), 3, "{:?}", all[0].evidence);
    assert_eq!(
        all[0].caveats,
        ["not all agrees: label/chainguard-title says it"]
    );
    assert!(weighed(&[]).is_empty());
}

#[test]
fn confidence_by_agreement_has_an_end() {
    let kinds = ["layers", "label/a", "apko/a", "history/a", "release/a"];
    let bases: Vec<_> = kinds.iter().map(|k| base("a/web", k, 95)).collect();
    let all = weighed(&bases);
    assert_eq!(all[0].confidence, AGREED_MOST);
}
