//! From what an image carries to what it is built on: files, history, packages, weighed.

use devtwin::domain::image::candidates::read;
use devtwin::domain::image::likeness::Verdict;
use devtwin::domain::image::{Outcome, Place, Reference, Resolution};
use devtwin::domain::plan::{PullPolicy, Wishes};
use devtwin::engine::Remote;
use devtwin::ops::resolve::{Subject, alike, explain, resolve};
use tokio_util::sync::CancellationToken;

use crate::fake::{FakeEngine, image, target};
use crate::{DEV, DIGEST, WEB, labelled, of, session, table, wishes};

const WEB_FILES: &str = "id-of-web";
const TITLE: &str = "dev.chainguard.image.title";
const RELEASE: &str = "ID=wolfi\nNAME=\"Wolfi\"\nVERSION_ID=\"20230201\"\n";

fn apko(title: &str) -> String {
    format!(
        r#"{{"contents": {{"packages": ["{title}=1.4.0-r2"]}}, "annotations": {{"{TITLE}": "{title}"}}}}"#
    )
}

fn database(packages: &[(&str, &str)]) -> String {
    let record =
        |(name, version): &(&str, &str)| format!("C:Q1x=\nP:{name}\nV:{version}\nA:x86_64\n\n");
    let records: Vec<String> = packages.iter().map(record).collect();
    records.concat()
}

/// A file of the container `web`.
fn with(engine: FakeEngine, path: &str, text: &str) -> FakeEngine {
    engine.with_file(WEB_FILES, path, 0o644, text.as_bytes())
}

fn has(lines: &[String], word: &str) -> bool {
    lines.iter().any(|line| line.contains(word))
}

#[tokio::test]
async fn a_flattened_image_is_traced_by_what_apko_wrote() {
    let dev = "cgr.dev/chainguard/web:latest-dev";
    let engine = FakeEngine::default().with_image(image(DEV, &[dev], &["x"]));
    let mut engine = with(engine, "/etc/apko.json", &apko("web"));
    let report = of(
        &mut engine,
        target("web", "acme/flat:1", WEB),
        &Wishes::default(),
    )
    .await;
    assert_eq!(report.dev_image.as_deref(), Some(dev));
    assert_eq!(
        (report.rule.as_str(), report.confidence),
        ("apko/chainguard-title", 85)
    );
    assert!(
        has(
            &report.evidence,
            "/etc/apko.json: dev.chainguard.image.title = web"
        ),
        "{report:?}"
    );
    assert_eq!(report.family.as_deref(), Some("chainguard"));
}

#[tokio::test]
async fn an_overridden_label_is_outweighed_and_told() {
    let dev = "cgr.dev/chainguard/web:latest-dev";
    let engine = FakeEngine::default()
        .with_image(image(DEV, &[dev], &["x"]))
        .with_image(image(
            "sha256:9",
            &["cgr.dev/chainguard/shop:latest-dev"],
            &["y"],
        ));
    let mut engine = with(engine, "/etc/apko.json", &apko("web"));
    engine
        .notes
        .insert(WEB.into(), vec!["web by Chainguard".into()]);
    let app = labelled(target("web", "acme/flat:1", WEB), TITLE, "shop");
    let report = of(&mut engine, app, &Wishes::default()).await;
    assert_eq!(report.dev_image.as_deref(), Some(dev));
    assert_eq!(report.confidence, 87);
    assert!(
        has(&report.evidence, "/etc/apko.json"),
        "{:?}",
        report.evidence
    );
    assert!(
        has(&report.evidence, "its history says `web by Chainguard`"),
        "{:?}",
        report.evidence
    );
    assert!(has(
        &report.caveats,
        "not all agrees: label dev.chainguard.image.title = shop"
    ));
    let other = report
        .others
        .iter()
        .find(|o| o.image.contains("/shop:"))
        .unwrap();
    assert_eq!((other.local, other.confidence), (true, 85));
}

#[tokio::test]
async fn system_and_packages_alone_lead_to_a_guess() {
    let dev = "cgr.dev/chainguard/nginx:latest-dev";
    let engine = FakeEngine::default().with_image(image(DEV, &[dev], &["x"]));
    let engine = engine.with_link(WEB_FILES, "/etc/os-release", "/usr/lib/os-release");
    let engine = with(engine, "/usr/lib/os-release", RELEASE);
    let packages = database(&[("glibc", "2.43-r1"), ("nginx-mainline", "1.27.3-r1")]);
    let mut engine = with(engine, "/usr/lib/apk/db/installed", &packages);
    let report = of(
        &mut engine,
        target("web", "acme/flat:1", WEB),
        &Wishes::default(),
    )
    .await;
    assert_eq!(report.dev_image.as_deref(), Some(dev));
    assert_eq!(
        (report.rule.as_str(), report.confidence),
        ("release/wolfi", 50)
    );
    assert!(has(&report.evidence, "ID=wolfi"));
    assert!(has(
        &report.evidence,
        "its package nginx-mainline 1.27.3-r1"
    ));
    assert!(has(&report.caveats, "a guess"));
}

#[tokio::test]
async fn sboms_tell_packages_where_no_database_is() {
    let dev = "cgr.dev/chainguard/python:latest-dev";
    let engine = FakeEngine::default().with_image(image(DEV, &[dev], &["x"]));
    let engine = with(engine, "/etc/os-release", RELEASE);
    let mut engine = with(
        engine,
        "/var/lib/db/sbom/python-3.13-3.13.9-r2.spdx.json",
        "{}",
    );
    let report = of(
        &mut engine,
        target("web", "acme/flat:1", WEB),
        &Wishes::default(),
    )
    .await;
    assert_eq!(report.dev_image.as_deref(), Some(dev));
    assert!(
        has(&report.evidence, "its package python-3.13 3.13.9-r2"),
        "{report:?}"
    );
}

#[tokio::test]
async fn distroless_images_are_known_by_their_system_and_packages() {
    let dev = "gcr.io/distroless/base-debian12:debug";
    let engine = FakeEngine::default().with_image(image(DEV, &[dev], &["x"]));
    let text = "PRETTY_NAME=\"Distroless\"\nID=\"debian\"\nVERSION_ID=\"12\"\n";
    let engine = with(engine, "/etc/os-release", text);
    let stanza = |name: &str| format!("Package: {name}\nVersion: 1\n");
    let engine = with(engine, "/var/lib/dpkg/status.d/libssl3", &stanza("libssl3"));
    let mut engine = with(engine, "/var/lib/dpkg/status.d/libc6", &stanza("libc6"));
    let report = of(
        &mut engine,
        target("web", "acme/flat:1", WEB),
        &Wishes::default(),
    )
    .await;
    assert_eq!(report.dev_image.as_deref(), Some(dev));
    assert_eq!(report.family.as_deref(), Some("google-distroless"));
    assert_eq!(report.shells, ["/busybox/sh"]);
}

#[tokio::test]
async fn a_stream_has_the_version_of_its_package() {
    let dev = "cgr.dev/acme/nginx:1.27.3-dev";
    let engine = FakeEngine::default()
        .with_remote(dev, Remote::Found(Vec::new()))
        .with_remote("cgr.dev/acme/nginx:latest-dev", Remote::Found(Vec::new()));
    let packages = database(&[("nginx-mainline", "1.27.3-r1")]);
    let mut engine = with(engine, "/lib/apk/db/installed", &packages);
    let web = target("web", "cgr.dev/acme/nginx:mainline", WEB);
    let report = of(&mut engine, web, &Wishes::default()).await;
    assert_eq!(report.dev_image.as_deref(), Some(dev));
    assert_eq!(
        (report.rule.as_str(), report.confidence),
        ("chainguard/stream", 90)
    );
    assert!(
        has(&report.evidence, "version 1.27.3-r1"),
        "{:?}",
        report.evidence
    );
}

#[tokio::test]
async fn a_digest_has_the_version_of_its_package() {
    let dev = "cgr.dev/acme/nginx:1.27.3-dev";
    let engine = FakeEngine::default()
        .with_remote("cgr.dev/acme/nginx:1.27.3-r1-dev", Remote::Missing)
        .with_remote(dev, Remote::Found(Vec::new()));
    let packages = database(&[("nginx", "1.27.3-r1")]);
    let mut engine = with(engine, "/lib/apk/db/installed", &packages);
    let web = target("web", &format!("cgr.dev/acme/nginx@{DIGEST}"), WEB);
    let report = of(&mut engine, web, &Wishes::default()).await;
    assert_eq!(report.dev_image.as_deref(), Some(dev));
    assert_eq!(report.confidence, 70);
    assert!(has(&report.caveats, "digest alone"));
}

#[tokio::test]
async fn of_unique_tags_the_nearest_that_is_here_is_taken() {
    let tags = [
        "cgr.dev/acme/python:3.13-dev-202601020000",
        "cgr.dev/acme/python:3.13-dev-202601020312",
        "cgr.dev/acme/python:3.13-dev-20260103000000",
        "cgr.dev/acme/python:3.12-dev-202601020311",
        "cgr.dev/acme/ruby:3.13-dev-202601020310",
    ];
    let mut engine = FakeEngine::default().with_image(image(DEV, &tags, &["x"]));
    let web = || target("web", "cgr.dev/acme/python:3.13-202601020301", WEB);
    let report = of(&mut engine, web(), &wishes(PullPolicy::Never)).await;
    assert_eq!(report.dev_image.as_deref(), Some(tags[1]));
    assert_eq!(report.confidence, 90);
    assert!(has(
        &report.evidence,
        "the first that was built at or after it"
    ));
    // Built before the target, no tag is a sibling for sure.
    let mut engine = FakeEngine::default().with_image(image(DEV, &tags[..1], &["x"]));
    let report = of(&mut engine, web(), &wishes(PullPolicy::Never)).await;
    assert_eq!(report.dev_image, None);
}

#[tokio::test]
async fn a_mirror_changes_only_the_tag() {
    let dev = "registry.acme.com/mirror/python:3.13.9-dev";
    let mut engine = FakeEngine::default()
        .with_remote(
            "registry.acme.com/mirror/python:3.13.9-r2-dev",
            Remote::Missing,
        )
        .with_remote(dev, Remote::Found(Vec::new()));
    let web = target("web", "registry.acme.com/mirror/python:3.13.9-r2", WEB);
    let report = of(
        &mut engine,
        labelled(web, TITLE, "python"),
        &Wishes::default(),
    )
    .await;
    assert_eq!(report.dev_image.as_deref(), Some(dev));
    assert_eq!(report.confidence, 90);
    assert!(
        has(&report.caveats, "taken for a mirror"),
        "{:?}",
        report.caveats
    );
    assert!(has(&report.evidence, TITLE));
}

#[tokio::test]
async fn an_organisations_own_repository_is_nearer_than_the_public_one() {
    let engine = FakeEngine::default()
        .with_image(image("sha256:7", &["cgr.dev/acme/web:1.4.0-r2"], &["q"]))
        .with_image(image(DEV, &["cgr.dev/acme/web:1.4.0-dev"], &["x"]));
    let mut engine = with(engine, "/etc/apko.json", &apko("web"));
    let report = of(
        &mut engine,
        target("web", "acme/flat:1", WEB),
        &Wishes::default(),
    )
    .await;
    assert_eq!(
        report.dev_image.as_deref(),
        Some("cgr.dev/acme/web:1.4.0-dev")
    );
    assert!(
        has(
            &report.evidence,
            "cgr.dev/acme/web is among the engine's images"
        ),
        "{report:?}"
    );
}

#[tokio::test]
async fn files_are_not_read_when_a_name_settles_it() {
    let dev = "cgr.dev/chainguard/nginx:latest-dev";
    let mut engine = FakeEngine::default().with_image(image(DEV, &[dev], &["x"]));
    of(
        &mut engine,
        target("web", "cgr.dev/chainguard/nginx", WEB),
        &Wishes::default(),
    )
    .await;
    assert!(engine.calls_of("archive_stream").is_empty());
    assert!(engine.calls_of("history").is_empty());
}

#[tokio::test]
async fn hostile_files_lead_nowhere_and_break_nothing() {
    let long = "x".repeat(3_000_000);
    for (path, text) in [
        (
            "/etc/apko.json",
            r#"{"annotations": {"dev.chainguard.image.title": "../../x"}}"#,
        ),
        (
            "/etc/apko.json",
            "{\"annotations\": {\"org.opencontainers.image.url\": \"https://images.chainguard.dev/directory/image/\u{1b}[2J\"}}",
        ),
        ("/etc/apko.json", &long),
        (
            "/etc/os-release",
            "ID=wolfi\nID\n=\n\u{0}=\u{0}\nVERSION_ID=\"\u{1b}]0;x\u{7}\"\n",
        ),
        ("/etc/os-release", "ID=debian\nVERSION_ID=../..@x:y"),
        (
            "/usr/lib/apk/db/installed",
            "P:\nV:\n\nP:\u{1b}[2J\nV:1\n\n",
        ),
        ("/var/lib/db/sbom/\u{1b}[2J-1-r1.spdx.json", ""),
    ] {
        let engine = FakeEngine::default();
        let mut engine = with(engine, path, text);
        let report = of(
            &mut engine,
            target("web", "acme/flat:1", WEB),
            &Wishes::default(),
        )
        .await;
        assert_eq!(report.dev_image, None, "{path}");
        assert!(!report.to_text().contains('\u{1b}'), "{path}");
    }
}

#[tokio::test]
async fn an_image_for_another_platform_is_none() {
    let mut arm = image(WEB, &["cgr.dev/acme/nginx:1.27"], &["a"]);
    arm.architecture = "arm64".into();
    let mut engine = FakeEngine::default()
        .with_image(arm)
        .with_remote(
            "cgr.dev/acme/nginx:1.27-dev",
            Remote::Found(vec!["linux/amd64".into()]),
        )
        .with_remote(
            "cgr.dev/acme/nginx:latest-dev",
            Remote::Found(vec!["linux/arm64/v8".into()]),
        );
    let web = target("web", "cgr.dev/acme/nginx:1.27", WEB);
    let report = of(&mut engine, web.clone(), &Wishes::default()).await;
    assert_eq!(
        report.dev_image.as_deref(),
        Some("cgr.dev/acme/nginx:latest-dev")
    );
    let other = Outcome::OtherPlatform("linux/amd64".into());
    assert!(
        report.tried.iter().any(|t| t.outcome == other),
        "{:?}",
        report.tried
    );
    let report = explained(&engine, Subject::Container(web)).await;
    assert!(has(&report.caveats, "emulation"), "{:?}", report.caveats);
}

async fn explained(engine: &FakeEngine, subject: Subject) -> Resolution {
    explain(engine, &session(), &subject, &Wishes::default())
        .await
        .unwrap()
}

#[tokio::test]
async fn both_images_are_put_side_by_side() {
    let ours = database(&[("glibc", "2.43-r1"), ("nginx", "1.27.3-r1")]);
    let theirs = database(&[("bash", "5"), ("glibc", "2.43-r1"), ("nginx", "1.27.4-r0")]);
    let mut dev = image(DEV, &["cgr.dev/chainguard/nginx:latest-dev"], &["b"]);
    dev.config.env.push(("API_KEY".into(), "hunter2".into()));
    let mut engine = FakeEngine::default()
        .with_image(image(WEB, &["cgr.dev/chainguard/nginx:latest"], &["a"]))
        .with_image(dev)
        .with_file(WEB, "/usr/lib/apk/db/installed", 0o644, ours.as_bytes())
        .with_file(
            WEB_FILES,
            "/usr/lib/apk/db/installed",
            0o644,
            ours.as_bytes(),
        )
        .with_file(DEV, "/usr/lib/apk/db/installed", 0o644, theirs.as_bytes());
    let web = target("web", "cgr.dev/chainguard/nginx", WEB);
    engine.targets.push(web.clone());
    for subject in [
        Subject::Container(web),
        Subject::Image("cgr.dev/chainguard/nginx".into()),
    ] {
        let report = explained(&engine, subject).await;
        let alike = report.likeness.as_ref().unwrap();
        assert_eq!(alike.verdict, Verdict::Drifted);
        let packages = alike.packages.as_ref().unwrap();
        assert_eq!((packages.target, packages.dev), (2, 3));
        assert_eq!((packages.same, packages.there), (1, 2));
        assert_eq!(packages.drift[0].name, "nginx");
        assert_eq!(alike.config[0].what, "env API_KEY");
        let json = serde_json::to_string(&report).unwrap();
        assert!(
            json.contains("\"verdict\":\"drifted\"") && !json.contains("hunter2"),
            "{json}"
        );
        assert!(
            report.to_text().contains("1 of its 2 packages"),
            "{}",
            report.to_text()
        );
        assert_eq!(engine.left_over(), 0);
    }
}

#[tokio::test]
async fn what_cannot_be_compared_is_no_error() {
    let mut engine = FakeEngine::default()
        .with_image(image(WEB, &["cgr.dev/chainguard/nginx:latest"], &["a"]))
        .with_image(image(DEV, &["cgr.dev/chainguard/nginx:latest-dev"], &["b"]));
    engine.failing.insert(
        "create",
        devtwin::domain::error::Error::new(devtwin::domain::error::ErrorKind::Engine, "no room"),
    );
    let web = target("web", "cgr.dev/chainguard/nginx", WEB);
    engine.targets.push(web.clone());
    let report = explained(&engine, Subject::Container(web)).await;
    assert_eq!(report.likeness.unwrap().verdict, Verdict::Unknown);
    assert!(report.dev_image.is_some());
}

/// Every reference of the table: whichever of its candidates exists is found, if it is among those that are asked
/// for, and no case takes more than four look-ups.
#[tokio::test]
async fn no_reference_takes_more_than_four_look_ups() {
    let mut asked_for = 0;
    for row in table() {
        let reference = Reference::parse(row.reference).unwrap();
        let reading = read(&reference).unwrap();
        if reading.own_dev.is_some() {
            continue;
        }
        let names: Vec<String> = reading
            .candidates
            .iter()
            .map(|c| c.reference.to_string())
            .collect();
        let plain: Vec<_> = reading.candidates.iter().filter(|c| !c.nearest).collect();
        for (n, there) in plain.iter().map(Some).chain([None]).enumerate() {
            let mut engine = FakeEngine::default();
            for name in names.iter().map(String::as_str).chain(TOOLBOXES) {
                engine = engine.with_remote(name, Remote::Missing);
            }
            if let Some(there) = there {
                let name = there.reference.to_string();
                engine = engine.with_remote(&name, Remote::Found(Vec::new()));
            }
            let web = target("web", row.reference, WEB);
            engine.targets.push(web.clone());
            let subject = Subject::Container(web);
            let report = resolve(&engine, &session(), &subject, &Wishes::default())
                .await
                .unwrap();
            let calls = engine.calls_of("remote");
            assert!(calls.len() <= 4, "{}: {calls:?}", row.reference);
            let want = there.filter(|_| n < 4).map(|c| c.reference.to_string());
            assert_eq!(report.dev_image, want, "{}: {calls:?}", row.reference);
            asked_for += calls.len();
        }
    }
    assert!(asked_for > 1000, "{asked_for}");
}

const TOOLBOXES: [&str; 3] = [
    "cgr.dev/chainguard/wolfi-base:latest",
    "alpine:latest",
    "debian:stable",
];

#[tokio::test]
async fn runner_ups_are_told_without_those_that_are_missing() {
    let mut engine = FakeEngine::default()
        .with_remote("cgr.dev/acme/nginx:1.27.3-dev", Remote::Missing)
        .with_remote("cgr.dev/acme/nginx:1.27-dev", Remote::Found(Vec::new()));
    let report = of(
        &mut engine,
        target("web", "cgr.dev/acme/nginx:1.27.3", WEB),
        &Wishes::default(),
    )
    .await;
    let others: Vec<_> = report.others.iter().map(|o| o.image.as_str()).collect();
    assert_eq!(others, ["cgr.dev/acme/nginx:latest-dev"]);
    assert!(report.tried.iter().any(|t| t.place == Place::Registry));
}

#[tokio::test]
async fn the_configuration_names_a_dev_image_for_an_image_or_a_repository() {
    let named = [
        ("acme/web", "debug:any"),
        ("acme/web:2", "debug:two"),
        ("localhost:5000/web", "debug:port"),
        (WEB, "debug:id"),
    ];
    let wishes = Wishes {
        dev_images: named
            .map(|(image, dev)| (image.to_owned(), dev.to_owned()))
            .into(),
        ..Wishes::default()
    };
    for (image, want) in [
        ("acme/web:1.4", Some("debug:any")),
        ("docker.io/acme/web", Some("debug:any")),
        ("acme/web:2", Some("debug:two")),
        ("docker.io/acme/web:2", Some("debug:two")),
        ("localhost:5000/web:7", Some("debug:port")),
        ("localhost:5001/web", None),
        ("acme/website", None),
        (WEB, Some("debug:id")),
        ("\u{1b}", None),
    ] {
        let found = wishes.named(image).map(|named| named.image);
        assert_eq!(found, want, "{image}");
    }
    let mut engine = FakeEngine::default().with_image(fake_image(DEV, &["debug:any"]));
    let report = of(&mut engine, target("web", "acme/web:1.4", WEB), &wishes).await;
    assert_eq!(report.dev_image.as_deref(), Some("debug:any"));
    assert_eq!(
        (report.rule.as_str(), report.confidence),
        ("dev_images", 100)
    );
    assert!(
        has(&report.evidence, "[dev_images] of config.toml"),
        "{report:?}"
    );
    // The flag is for this once, and wins.
    let flag = Wishes {
        image: Some("other:1".into()),
        ..wishes
    };
    assert_eq!(flag.named("acme/web").unwrap().image, "other:1");
}

fn fake_image(id: &str, tags: &[&str]) -> devtwin::domain::target::Image {
    image(id, tags, &["x"])
}

#[tokio::test]
async fn a_label_of_ours_names_the_dev_image() {
    const LABEL: &str = "dev.devtwin.dev-image";
    let mut labelled_image = fake_image(WEB, &["acme/web:1.4"]);
    labelled_image
        .config
        .labels
        .insert(LABEL.into(), "acme/tools:image".into());
    for (name, by_image, label, want) in [
        (
            "acme/web:1.4",
            false,
            "acme/tools:run",
            Some(("label/container", 100)),
        ),
        (
            "acme/web:1.4",
            true,
            "acme/tools:image",
            Some(("label/image", 90)),
        ),
        (
            "cgr.dev/acme/web:1.4",
            false,
            "acme/tools:run",
            Some(("label/container", 100)),
        ),
        // What an image says of itself does not outweigh a vendor's naming.
        ("cgr.dev/acme/web:1.4", true, "acme/tools:image", None),
        ("acme/web:1.4", false, "no reference \u{1b}[2J", None),
    ] {
        let mut plain = fake_image(WEB, &["acme/web:1.4"]);
        if by_image {
            plain = labelled_image.clone();
        }
        let mut engine = FakeEngine::default()
            .with_image(plain)
            .with_image(fake_image(DEV, &["acme/tools:run", "acme/tools:image"]));
        let web = labelled(target("web", name, WEB), LABEL, label);
        let report = of(&mut engine, web, &wishes(PullPolicy::Never)).await;
        let found = report
            .dev_image
            .as_deref()
            .map(|_| (report.rule.as_str(), report.confidence));
        assert_eq!(found, want, "{name} {label}");
        if want.is_some() {
            assert!(has(&report.evidence, LABEL), "{:?}", report.evidence);
        }
    }
}

/// What the program compares behind a shell, also when it is given up at any of its questions: nothing is left.
#[tokio::test]
async fn both_images_are_compared_behind_a_shell() {
    let packages = database(&[("glibc", "2.43-r1"), ("nginx", "1.27.3-r1")]);
    let scene = || {
        let mut engine = FakeEngine::default()
            .with_image(image(WEB, &["cgr.dev/chainguard/nginx:latest"], &["a"]))
            .with_image(image(DEV, &["cgr.dev/chainguard/nginx:latest-dev"], &["b"]));
        for of in [WEB_FILES, DEV] {
            let path = "/usr/lib/apk/db/installed";
            engine = engine.with_file(of, path, 0o644, packages.as_bytes());
        }
        engine
            .targets
            .push(target("web", "cgr.dev/chainguard/nginx", WEB));
        engine
    };
    let dev = "cgr.dev/chainguard/nginx:latest-dev";
    let engine = scene();
    let id = engine.targets[0].id.clone();
    let cancel = CancellationToken::new();
    let told = alike(&engine, &session(), &id, dev, &cancel).await.unwrap();
    assert_eq!(told.verdict, Verdict::Sibling);
    assert_eq!(engine.left_over(), 0);
    let calls = engine.calls().len();
    assert!(calls > 4, "{calls}");
    for at in 0..calls {
        let mut engine = scene();
        let cancel = CancellationToken::new();
        engine.cancel_at = Some((at, cancel.clone()));
        // Given up at the very end it may be done.
        let _ = alike(&engine, &session(), &id, dev, &cancel).await;
        assert_eq!(
            engine.left_over(),
            0,
            "given up at {at}: {:?}",
            engine.calls()
        );
    }
    let gone = alike(&engine, &session(), &id, "acme/gone:1", &cancel).await;
    let error = gone.unwrap_err();
    assert!(
        error.message.contains("the dev image (acme/gone:1)"),
        "{error}"
    );
}
