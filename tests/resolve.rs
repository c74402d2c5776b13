//! Which dev image: the table of references against the shipped rules, and the look-ups in order
//! against an engine in memory.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's helpers fail the test"
)]

#[path = "support/fake.rs"]
mod fake;
#[path = "resolve/lists.rs"]
mod lists;
#[path = "resolve/toolboxes.rs"]
mod toolboxes;
#[path = "resolve/traces.rs"]
mod traces;

use std::collections::{BTreeMap, HashSet};

use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::image::candidates::read;
use devtwin::domain::image::{
    Outcome, Place, Reference, Resolution, canonical_names, family_name, known_locally,
};
use devtwin::domain::plan::{Mode, PullPolicy, Wishes};
use devtwin::domain::target::Target;
use devtwin::domain::twin::{Session, label};
use devtwin::engine::Remote;
use devtwin::ops::resolve::{Subject, is_program, no_dev_image, resolve};
use fake::{FakeEngine, image, target};

const WEB: &str = "sha256:aaaa000000000000000000000000000000000000000000000000000000000000";
const BASE: &str = "sha256:bbbb000000000000000000000000000000000000000000000000000000000000";
const DEV: &str = "sha256:cccc000000000000000000000000000000000000000000000000000000000000";
const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

// --- The table --------------------------------------------------------------------------------------

struct Row<'a> {
    reference: &'a str,
    family: &'a str,
    own: &'a str,
    candidates: Vec<&'a str>,
}

fn table() -> Vec<Row<'static>> {
    include_str!("fixtures/references.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let mut cells = line.split('|').map(str::trim);
            let mut cell = || {
                cells
                    .next()
                    .unwrap_or_else(|| panic!("too few cells: {line}"))
            };
            let row = Row {
                reference: cell(),
                family: cell(),
                own: cell(),
                candidates: cell().split_whitespace().collect(),
            };
            assert_eq!(cells.next(), None, "too many cells: {line}");
            row
        })
        .collect()
}

#[test]
fn the_rules_give_the_tables_candidates() {
    let rows = table();
    assert!(rows.len() >= 300, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for row in rows {
        let reference = Reference::parse(row.reference).unwrap();
        let reading = read(&reference).unwrap();
        let own = match &reading.own_dev {
            Some(own) if own.is_sure() => "sure",
            Some(_) => "maybe",
            None => "-",
        };
        let want: Vec<String> = row
            .candidates
            .iter()
            .map(|c| match c.strip_prefix(':') {
                Some(tag) => reference.with_tag(tag).unwrap().canonical(),
                None => Reference::parse(c).unwrap().canonical(),
            })
            .collect();
        let got: Vec<String> = reading
            .candidates
            .iter()
            .map(|c| c.reference.canonical())
            .collect();
        let family = reading.family_id().unwrap_or("-");
        if (family, own, &got) != (row.family, row.own, &want) {
            wrong.push(format!("{}: {family} {own} {got:#?}", row.reference));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_reached_by_the_table() {
    let mut reached = HashSet::new();
    for row in table() {
        let reading = read(&Reference::parse(row.reference).unwrap()).unwrap();
        reached.extend(reading.own_dev.map(|own| own.rule));
        reached.extend(reading.candidates.into_iter().map(|c| c.rule));
    }
    let shipped = include_str!("../assets/families.toml");
    let rules = shipped.split("[[family.rule]]\n").skip(1).map(|rule| {
        let first = rule.lines().next().unwrap_or_default();
        first.trim_start_matches("id = \"").trim_end_matches('"')
    });
    let missed: Vec<&str> = rules.filter(|id| !reached.contains(*id)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn the_picker_knows_local_siblings() {
    let local = canonical_names([
        "cgr.dev/chainguard/nginx:latest-dev",
        "acme/web:1.4-dev",
        "<none>:<none>",
    ]);
    assert_eq!(local.len(), 2);
    for (image, dev) in [
        (
            "cgr.dev/chainguard/nginx",
            Some("cgr.dev/chainguard/nginx:latest-dev"),
        ),
        (
            "cgr.dev/chainguard/nginx:1.27",
            Some("cgr.dev/chainguard/nginx:latest-dev"),
        ),
        ("docker.io/acme/web:1.4", Some("acme/web:1.4-dev")),
        ("acme/web:1.5", None),
        ("alpine:3.20", Some("alpine:3.20")),
        ("python:3.13", None),
        ("not a reference", None),
        (DEV, None),
    ] {
        assert_eq!(known_locally(image, &local).as_deref(), dev, "{image}");
    }
    assert_eq!(
        family_name("gcr.io/distroless/static"),
        Some("google-distroless")
    );
    assert_eq!(family_name("acme/web"), None);
    assert_eq!(family_name("\u{1b}[31m"), None);
}

// --- Journeys ---------------------------------------------------------------------------------------

fn labelled(mut target: Target, key: &str, value: &str) -> Target {
    target.config.labels = BTreeMap::from([(key.to_owned(), value.to_owned())]);
    target
}

fn wishes(pull: PullPolicy) -> Wishes {
    Wishes {
        pull,
        ..Wishes::default()
    }
}

fn session() -> Session {
    Session {
        id: "0badcafe".into(),
        owner: "ann@box".into(),
    }
}

/// Resolves a container that the engine holds.
async fn of(engine: &mut FakeEngine, target: Target, wishes: &Wishes) -> Resolution {
    engine.targets.push(target.clone());
    resolve(engine, &session(), &Subject::Container(target), wishes)
        .await
        .unwrap()
}

async fn of_image(engine: &FakeEngine, name: &str) -> Resolution {
    resolve(
        engine,
        &session(),
        &Subject::Image(name.into()),
        &Wishes::default(),
    )
    .await
    .unwrap()
}

fn outcomes(report: &Resolution) -> Vec<(&str, Place, String)> {
    let tried = report.tried.iter();
    tried
        .map(|t| (t.reference.as_str(), t.place, t.outcome.to_string()))
        .collect()
}

#[tokio::test]
async fn a_local_sibling_is_found_without_asking_a_registry() {
    let mut engine = FakeEngine::default()
        .with_image(image(WEB, &["cgr.dev/chainguard/nginx:latest"], &["a"]))
        .with_image(image(DEV, &["cgr.dev/chainguard/nginx:latest-dev"], &["b"]));
    let report = of(
        &mut engine,
        target("web", "cgr.dev/chainguard/nginx", WEB),
        &Wishes::default(),
    )
    .await;
    assert_eq!(
        report.dev_image.as_deref(),
        Some("cgr.dev/chainguard/nginx:latest-dev")
    );
    assert_eq!(report.family.as_deref(), Some("chainguard"));
    assert_eq!(
        (report.rule.as_str(), report.confidence),
        ("chainguard/latest", 95)
    );
    assert!(report.local && !report.own_dev);
    assert_eq!(report.shells[0], "/bin/bash");
    assert!(
        report.caveats.iter().any(|c| c.contains("moves")),
        "{:?}",
        report.caveats
    );
    // Two paths of apk at once, the images once, and nothing else.
    assert_eq!(engine.calls_of("stat").len(), 2);
    assert_eq!(engine.calls_of("images").len(), 1);
    assert_eq!(engine.calls().len(), 3, "{:?}", engine.calls());
}

#[tokio::test]
async fn the_registry_is_asked_in_order_until_one_answers() {
    let mut engine = FakeEngine::default()
        .with_remote("cgr.dev/acme/nginx:1.27.3-r1-dev", Remote::Missing)
        .with_remote(
            "cgr.dev/acme/nginx:1.27.3-dev",
            Remote::Found(vec!["linux/amd64".into()]),
        )
        .with_remote("cgr.dev/acme/nginx:1.27-dev", Remote::Found(Vec::new()));
    let report = of(
        &mut engine,
        target("web", "cgr.dev/acme/nginx:1.27.3-r1", WEB),
        &Wishes::default(),
    )
    .await;
    assert_eq!(
        report.dev_image.as_deref(),
        Some("cgr.dev/acme/nginx:1.27.3-dev")
    );
    assert_eq!(report.confidence, 90);
    assert!(!report.local);
    let registry: Vec<_> = outcomes(&report)
        .into_iter()
        .filter(|(_, p, _)| *p == Place::Registry)
        .collect();
    assert_eq!(
        registry,
        [
            (
                "cgr.dev/acme/nginx:1.27.3-r1-dev",
                Place::Registry,
                "no such tag".into()
            ),
            (
                "cgr.dev/acme/nginx",
                Place::Registry,
                "tag list not known: not reached from here: no route to host".into()
            ),
            (
                "cgr.dev/acme/nginx:1.27.3-dev",
                Place::Registry,
                "found".into()
            ),
        ]
    );
}

#[tokio::test]
async fn at_most_four_look_ups_are_made() {
    let mut engine = FakeEngine::default();
    for tag in [
        "8.2.21-r0-fpm-dev",
        "8.2.21-fpm-dev",
        "8.2-fpm-dev",
        "latest-fpm-dev",
        "latest-dev",
    ] {
        engine = engine.with_remote(&format!("cgr.dev/acme/php:{tag}"), Remote::Missing);
    }
    let report = of(
        &mut engine,
        target("web", "cgr.dev/acme/php:8.2.21-r0-fpm", WEB),
        &Wishes::default(),
    )
    .await;
    assert_eq!(report.dev_image, None);
    assert_eq!(engine.calls_of("remote").len(), 4);
}

#[tokio::test]
async fn a_login_that_is_needed_is_the_best_guess_and_the_hint() {
    let mut engine = FakeEngine::default().with_remote(
        "cgr.dev/acme/nginx:1.27-dev",
        Remote::Denied("unauthorized\u{1b}[2J".into()),
    );
    let report = of(
        &mut engine,
        target("web", "cgr.dev/acme/nginx:1.27", WEB),
        &Wishes::default(),
    )
    .await;
    assert_eq!(report.dev_image, None);
    assert_eq!(
        (report.rule.as_str(), report.confidence),
        ("chainguard/version", 0)
    );
    assert_eq!(
        engine.calls_of("remote").len(),
        1,
        "the same repository is not asked again"
    );
    let mut tried = report.tried.iter();
    let asked = tried.find(|t| t.place == Place::Registry).unwrap();
    assert!(
        asked
            .outcome
            .to_string()
            .starts_with("login needed: unauthorized")
    );
    assert!(!report.to_text().contains('\u{1b}'));
    let error = no_dev_image(&report);
    assert_eq!(error.kind, ErrorKind::NoDevImage);
    assert!(
        error.message.contains("cgr.dev/acme/nginx:1.27-dev"),
        "{}",
        error.message
    );
    let hint = error.hint.unwrap();
    assert!(
        hint.contains("docker login cgr.dev") && hint.contains("--image"),
        "{hint}"
    );
}

#[tokio::test]
async fn a_silent_registry_is_asked_once() {
    let mut engine = FakeEngine::default();
    let report = of(
        &mut engine,
        target("web", "cgr.dev/acme/nginx:1.27.3", WEB),
        &Wishes::default(),
    )
    .await;
    assert_eq!(report.dev_image, None);
    assert_eq!(report.rule, "none");
    assert_eq!(engine.calls_of("remote"), ["cgr.dev/acme/nginx:1.27.3-dev"]);
    let error = no_dev_image(&report);
    let hint = error.hint.unwrap();
    assert!(hint.contains("nothing answers at cgr.dev"), "{hint}");
    assert!(hint.contains("--image"), "{hint}");
}

#[tokio::test]
async fn never_means_local_only_and_always_asks_the_registry_first() {
    let dev = "cgr.dev/chainguard/nginx:latest-dev";
    let web = || target("web", "cgr.dev/chainguard/nginx", WEB);
    let mut engine = FakeEngine::default().with_remote(dev, Remote::Found(Vec::new()));
    let report = of(&mut engine, web(), &wishes(PullPolicy::Never)).await;
    assert_eq!(report.dev_image, None);
    assert!(engine.calls_of("remote").is_empty());
    assert!(no_dev_image(&report).hint.unwrap().contains("--image"));

    let mut engine = engine.with_image(image(DEV, &[dev], &["b"]));
    let report = of(&mut engine, web(), &wishes(PullPolicy::Always)).await;
    assert_eq!(engine.calls_of("remote"), [dev]);
    assert_eq!(report.dev_image.as_deref(), Some(dev));

    // Registry out of reach: what is here is better than nothing.
    engine.remotes.clear();
    let report = of(&mut engine, web(), &wishes(PullPolicy::Always)).await;
    assert_eq!(
        (report.dev_image.as_deref(), report.local),
        (Some(dev), true)
    );
}

#[tokio::test]
async fn an_image_with_shell_and_package_manager_is_its_own_dev_image() {
    let mut engine = FakeEngine::default()
        .with_image(image(WEB, &["acme/tools:1"], &["a"]))
        .with_programs("id-of-tools", &["/sbin/apk", "/bin/busybox"])
        .with_link("id-of-tools", "/bin/sh", "/bin/busybox")
        .with_link("id-of-tools", "/bin/bash", "/bin/not-there");
    let report = of(
        &mut engine,
        target("tools", "acme/tools:1", WEB),
        &Wishes::default(),
    )
    .await;
    assert!(report.own_dev && report.local);
    assert_eq!(report.dev_image.as_deref(), Some("acme/tools:1"));
    assert_eq!(
        (report.rule.as_str(), report.confidence),
        ("own-files", 100)
    );
    assert_eq!(report.shells, ["/bin/sh"], "a dangling link is no shell");
    assert!(
        report
            .evidence
            .iter()
            .any(|e| e.contains("/sbin/apk") && e.contains("/bin/sh"))
    );
}

#[tokio::test]
async fn an_own_dev_image_whose_tag_moved_is_named_by_its_id() {
    let mut engine = FakeEngine::default()
        .with_image(image(WEB, &[], &["a"]))
        .with_image(image(DEV, &["alpine:3.20"], &["b"]));
    let report = of(
        &mut engine,
        target("tools", "alpine:3.20", WEB),
        &Wishes::default(),
    )
    .await;
    assert!(report.own_dev);
    assert_eq!(report.dev_image.as_deref(), Some(WEB));
    assert!(
        report
            .caveats
            .iter()
            .any(|c| c.contains("names another image now"))
    );
    assert!(engine.calls_of("stat").is_empty(), "the name settles it");
}

#[tokio::test]
async fn a_shell_alone_or_a_package_manager_alone_is_no_dev_image() {
    for (programs, outcome) in [
        (["/bin/sh", "/bin/bash"], Outcome::NoPackageManager),
        (["/sbin/apk", "/usr/bin/apk"], Outcome::NoShell),
    ] {
        let mut engine = FakeEngine::default().with_programs("id-of-web", &programs);
        let report = of(
            &mut engine,
            target("web", "acme/web:1", WEB),
            &wishes(PullPolicy::Never),
        )
        .await;
        assert!(!report.own_dev);
        assert_eq!(
            (report.tried[0].place, &report.tried[0].outcome),
            (Place::Files, &outcome)
        );
    }
}

#[tokio::test]
async fn a_name_that_only_suggests_is_denied_by_the_files() {
    let mut engine = FakeEngine::default().with_image(image(DEV, &["python:3.13-dev"], &["b"]));
    let report = of(
        &mut engine,
        target("web", "python:3.13", WEB),
        &Wishes::default(),
    )
    .await;
    assert_eq!(report.dev_image.as_deref(), Some("python:3.13-dev"));
    assert!(!report.own_dev);
    // Without files to look at, the name is believed, with its caveat.
    let report = of_image(&FakeEngine::default(), "python:3.13").await;
    assert!(report.own_dev && report.confidence < 95);
    assert!(
        report
            .caveats
            .iter()
            .any(|c| c.contains("by its name alone"))
    );
}

#[tokio::test]
async fn files_that_cannot_be_read_are_told_and_do_not_stop_the_search() {
    let mut engine = FakeEngine::default().with_image(image(
        DEV,
        &["cgr.dev/chainguard/nginx:latest-dev"],
        &["b"],
    ));
    engine
        .failing
        .insert("stat", Error::new(ErrorKind::Engine, "device busy"));
    let report = of(
        &mut engine,
        target("web", "cgr.dev/chainguard/nginx", WEB),
        &Wishes::default(),
    )
    .await;
    assert!(report.dev_image.is_some());
    assert_eq!(
        report.tried[0].outcome,
        Outcome::Unreadable("device busy".into())
    );
}

#[tokio::test]
async fn an_engine_that_does_not_answer_is_an_error() {
    let mut engine = FakeEngine::default();
    engine
        .failing
        .insert("images", Error::new(ErrorKind::Engine, "gone"));
    let subject = Subject::Container(target("web", "cgr.dev/chainguard/nginx", WEB));
    let error = resolve(&engine, &session(), &subject, &Wishes::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Engine);
}

#[tokio::test]
async fn the_persons_own_choice_wins() {
    let named = |image: &str, pull| Wishes {
        image: Some(image.into()),
        pull,
        ..Wishes::default()
    };
    let web = || target("web", "cgr.dev/chainguard/nginx", WEB);
    let mut engine = FakeEngine::default().with_image(image(DEV, &["debug:1"], &["b"]));
    let report = of(&mut engine, web(), &named("debug:1", PullPolicy::Missing)).await;
    assert_eq!(report.dev_image.as_deref(), Some("debug:1"));
    assert_eq!(
        (report.rule.as_str(), report.confidence, report.local),
        ("override", 100, true)
    );
    assert!(engine.calls_of("stat").is_empty() && engine.calls_of("remote").is_empty());

    let report = of(&mut engine, web(), &named("cccc0000", PullPolicy::Missing)).await;
    assert_eq!(
        report.dev_image.as_deref(),
        Some(DEV),
        "a short id is not pulled as a name"
    );
    let report = of(&mut engine, web(), &named("other", PullPolicy::Missing)).await;
    assert_eq!(
        (report.dev_image.as_deref(), report.local),
        (Some("other:latest"), false)
    );
    let report = of(&mut engine, web(), &named("other", PullPolicy::Never)).await;
    assert_eq!(report.dev_image, None);

    let subject = Subject::Container(web());
    let error = resolve(
        &engine,
        &session(),
        &subject,
        &named("Bad Ref", PullPolicy::Missing),
    )
    .await
    .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
}

#[tokio::test]
async fn a_container_made_from_an_id_is_resolved_by_the_images_names() {
    for typed in [WEB, &WEB[7..], "aaaa0000"] {
        let mut engine = FakeEngine::default()
            .with_image(image(
                WEB,
                &["acme/mine:1", "cgr.dev/chainguard/nginx:latest"],
                &["a"],
            ))
            .with_image(image(DEV, &["cgr.dev/chainguard/nginx:latest-dev"], &["b"]));
        let report = of(&mut engine, target("web", typed, WEB), &Wishes::default()).await;
        assert_eq!(
            report.dev_image.as_deref(),
            Some("cgr.dev/chainguard/nginx:latest-dev"),
            "{typed}"
        );
        assert_eq!(report.image, typed);
        assert!(report.evidence[0].contains("is tagged cgr.dev/chainguard/nginx:latest"));
    }
}

#[tokio::test]
async fn a_digest_lowers_the_confidence_unless_a_local_tag_tells_the_version() {
    let dev = image(
        DEV,
        &[
            "cgr.dev/acme/nginx:latest-dev",
            "cgr.dev/acme/nginx:1.27-dev",
        ],
        &["b"],
    );
    let pinned = format!("cgr.dev/acme/nginx@{DIGEST}");
    let mut engine = FakeEngine::default().with_image(dev.clone());
    let report = of(&mut engine, target("web", &pinned, WEB), &Wishes::default()).await;
    assert_eq!(
        report.dev_image.as_deref(),
        Some("cgr.dev/acme/nginx:latest-dev")
    );
    assert_eq!(report.confidence, 70);
    assert!(
        report.caveats.iter().any(|c| c.contains("digest alone")),
        "{:?}",
        report.caveats
    );

    let tagged = image(WEB, &["acme/other:1", "cgr.dev/acme/nginx:1.27"], &["a"]);
    let mut engine = FakeEngine::default()
        .with_image(dev.clone())
        .with_image(tagged);
    let report = of(&mut engine, target("web", &pinned, WEB), &Wishes::default()).await;
    assert_eq!(
        report.dev_image.as_deref(),
        Some("cgr.dev/acme/nginx:1.27-dev")
    );

    let both = format!("cgr.dev/acme/nginx:1.27@{DIGEST}");
    let mut engine = FakeEngine::default().with_image(dev);
    let report = of(&mut engine, target("web", &both, WEB), &Wishes::default()).await;
    assert_eq!(
        report.dev_image.as_deref(),
        Some("cgr.dev/acme/nginx:1.27-dev")
    );
    assert!(
        report
            .caveats
            .iter()
            .any(|c| c.contains("pinned by digest"))
    );
}

#[tokio::test]
async fn an_app_is_traced_to_its_base_by_label() {
    for (key, value) in [
        ("dev.chainguard.image.title", "python"),
        (
            "org.opencontainers.image.url",
            "https://images.chainguard.dev/directory/image/python/overview",
        ),
        (
            "org.opencontainers.image.source",
            "https://github.com/chainguard-images/images/tree/main/images/python",
        ),
        (
            "org.opencontainers.image.base.name",
            "cgr.dev/chainguard/python:latest",
        ),
    ] {
        let mut engine = FakeEngine::default()
            .with_image(image(WEB, &["acme/web:1.4"], &["a", "b"]))
            .with_image(image(
                DEV,
                &["cgr.dev/chainguard/python:latest-dev"],
                &["x"],
            ));
        let app = labelled(target("web", "acme/web:1.4", WEB), key, value);
        let report = of(&mut engine, app, &Wishes::default()).await;
        assert_eq!(
            report.dev_image.as_deref(),
            Some("cgr.dev/chainguard/python:latest-dev"),
            "{key}"
        );
        assert_eq!(
            (report.family.as_deref(), report.confidence),
            (Some("chainguard"), 85)
        );
        assert!(report.rule.starts_with("label/"), "{}", report.rule);
        assert!(
            report
                .evidence
                .iter()
                .any(|e| e.contains(key) && e.contains(value))
        );
        assert!(report.caveats.iter().any(|c| c.contains("assumed")));
        assert_eq!(
            report.tried[1].reference, "acme/web:1.4-dev",
            "its own repository comes first"
        );
        assert!(engine.calls_of("remote").is_empty());
    }
}

#[tokio::test]
async fn a_label_of_an_image_without_sibling_leads_to_its_toolbox() {
    let mut engine = FakeEngine::default().with_image(image(
        DEV,
        &["cgr.dev/chainguard/wolfi-base:latest"],
        &["x"],
    ));
    let app = labelled(
        target("web", "acme/web:1.4", WEB),
        "dev.chainguard.image.title",
        "static",
    );
    let report = of(&mut engine, app, &Wishes::default()).await;
    assert_eq!(
        report.dev_image.as_deref(),
        Some("cgr.dev/chainguard/wolfi-base:latest")
    );
    assert_eq!(report.confidence, 50);
}

/// Whether it is one of the images that are tried when nothing speaks for another.
fn is_toolbox(reference: &str) -> bool {
    let toolboxes = ["cgr.dev/chainguard/wolfi-base:latest", "alpine:latest"];
    toolboxes.contains(&reference)
}

#[tokio::test]
async fn a_hostile_label_leads_nowhere() {
    for value in [
        "../../etc",
        "x y",
        "py\u{1b}[31m",
        "",
        "-x",
        &"a".repeat(5000),
    ] {
        let mut engine = FakeEngine::default();
        let app = labelled(
            target("web", "acme/web:1.4", WEB),
            "dev.chainguard.image.title",
            value,
        );
        let report = of(&mut engine, app, &wishes(PullPolicy::Never)).await;
        assert_eq!(report.dev_image, None, "{value:?}");
        assert!(
            report
                .tried
                .iter()
                .all(|t| is_toolbox(&t.reference) || t.reference.starts_with("acme/web")),
            "{value:?}"
        );
    }
}

#[tokio::test]
async fn an_app_is_traced_to_its_base_by_layers() {
    let mut engine = FakeEngine::default()
        .with_image(image(WEB, &["acme/web:1.4"], &["a", "b", "c"]))
        .with_image(image("sha256:1", &["acme/short:1"], &["a"]))
        .with_image(image(
            BASE,
            &[
                "registry.acme.com/mirror/py:3.13",
                "cgr.dev/acme/python:3.13",
            ],
            &["a", "b"],
        ))
        .with_image(image(
            "sha256:2",
            &["cgr.dev/acme/same:1"],
            &["a", "b", "c"],
        ))
        .with_image(image("sha256:3", &["cgr.dev/acme/same:1-dev"], &["z"]))
        .with_image(image("sha256:4", &["cgr.dev/acme/unlike:1"], &["a", "q"]))
        .with_image(image("sha256:5", &["cgr.dev/acme/unlike:1-dev"], &["z"]))
        .with_image(image(DEV, &["cgr.dev/acme/python:3.13-dev"], &["x"]));
    let report = of(
        &mut engine,
        target("web", "acme/web:1.4", WEB),
        &Wishes::default(),
    )
    .await;
    assert_eq!(
        report.dev_image.as_deref(),
        Some("cgr.dev/acme/python:3.13-dev")
    );
    assert_eq!((report.rule.as_str(), report.confidence), ("layers", 95));
    assert!(
        report
            .evidence
            .iter()
            .any(|e| e.contains("first 2 of its 3 layers")),
        "{:?}",
        report.evidence
    );
}

#[tokio::test]
async fn an_app_under_a_known_name_is_traced_to_its_base() {
    let mut engine = FakeEngine::default().with_image(image(
        DEV,
        &["cgr.dev/chainguard/redis:latest-dev"],
        &["x"],
    ));
    let app = labelled(
        target("cache", "redis:7", WEB),
        "dev.chainguard.image.title",
        "redis",
    );
    let report = of(&mut engine, app, &Wishes::default()).await;
    assert_eq!(
        report.dev_image.as_deref(),
        Some("cgr.dev/chainguard/redis:latest-dev")
    );
}

#[tokio::test]
async fn an_unknown_images_own_sibling_comes_before_its_base() {
    let mut engine = FakeEngine::default()
        .with_image(image(DEV, &["acme/web:1.4-dev"], &["x"]))
        .with_image(image(
            BASE,
            &["cgr.dev/chainguard/python:latest-dev"],
            &["y"],
        ));
    let app = labelled(
        target("web", "acme/web:1.4", WEB),
        "dev.chainguard.image.title",
        "python",
    );
    let report = of(&mut engine, app, &Wishes::default()).await;
    assert_eq!(report.dev_image.as_deref(), Some("acme/web:1.4-dev"));
    assert_eq!(
        (report.rule.as_str(), report.confidence),
        ("generic/dev-suffix", 60)
    );
    assert_eq!(report.family, None);
}

#[tokio::test]
async fn an_image_without_a_container_is_looked_into_and_left_as_it_was() {
    let engine = FakeEngine::default()
        .with_image(image(WEB, &["acme/tools:1"], &["a"]))
        .with_programs(WEB, &["/usr/bin/apt-get", "/bin/bash", "/bin/sh"]);
    let report = of_image(&engine, "acme/tools:1").await;
    assert!(report.own_dev);
    assert_eq!(report.dev_image.as_deref(), Some("acme/tools:1"));
    assert_eq!(report.shells, ["/bin/bash", "/bin/sh"]);
    let created = engine.created();
    assert_eq!(created.len(), 1);
    assert_eq!(
        (created[0].mode, created[0].image.as_str()),
        (Mode::Probe, WEB)
    );
    assert_eq!(created[0].labels[label::MODE], "probe");
    assert_eq!(created[0].labels[label::SESSION], session().id);
    assert_eq!(engine.left_over(), 0);
    assert!(engine.calls_of("start").is_empty());
}

#[tokio::test]
async fn a_probe_is_removed_also_when_looking_fails() {
    let mut engine = FakeEngine::default().with_image(image(WEB, &["acme/tools:1"], &["a"]));
    engine
        .failing
        .insert("stat", Error::new(ErrorKind::Engine, "device busy"));
    let report = of_image(&engine, "acme/tools:1").await;
    assert_eq!(
        report.tried[0].outcome,
        Outcome::Unreadable("device busy".into())
    );
    assert_eq!((engine.created().len(), engine.left_over()), (1, 0));
}

#[tokio::test]
async fn an_image_that_is_not_here_is_resolved_by_its_name() {
    let dev = "cgr.dev/chainguard/nginx:latest-dev";
    let engine = FakeEngine::default().with_remote(dev, Remote::Found(Vec::new()));
    let report = of_image(&engine, "cgr.dev/chainguard/nginx").await;
    assert_eq!(report.dev_image.as_deref(), Some(dev));
    assert!(engine.created().is_empty());
}

#[tokio::test]
async fn an_unknown_id_or_a_bad_reference_is_an_error() {
    let engine = FakeEngine::default();
    for (name, kind) in [
        (WEB, ErrorKind::NoTarget),
        ("Bad Ref", ErrorKind::Usage),
        ("", ErrorKind::Usage),
    ] {
        let subject = Subject::Image(name.into());
        let error = resolve(&engine, &session(), &subject, &Wishes::default())
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{name:?}");
        assert!(error.hint.is_some());
    }
}

#[tokio::test]
async fn a_program_is_a_file_that_can_be_run_through_links() {
    let mut engine = FakeEngine::default()
        .with_programs("id-of-t", &["/bin/busybox", "/plain", "/dir"])
        .with_link("id-of-t", "/bin/sh", "/bin/busybox")
        .with_link("id-of-t", "/loop", "/loop")
        .with_link("id-of-t", "/dangling", "/nothing");
    engine.targets.push(target("t", "x", WEB));
    engine
        .files
        .get_mut(&("id-of-t".into(), "/plain".into()))
        .unwrap()
        .mode = 0o644;
    engine
        .files
        .get_mut(&("id-of-t".into(), "/dir".into()))
        .unwrap()
        .is_dir = true;
    let id = engine.targets[0].id.clone();
    for (path, runs) in [
        ("/bin/busybox", true),
        ("/bin/sh", true),
        ("/plain", false),
        ("/dir", false),
        ("/loop", false),
        ("/dangling", false),
        ("/absent", false),
    ] {
        assert_eq!(
            is_program(&engine, &id, path).await.unwrap(),
            runs,
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_report_reads_as_text_and_as_json() {
    let mut engine =
        FakeEngine::default().with_image(image(DEV, &["cgr.dev/acme/nginx:1.27-dev"], &["b"]));
    let report = of(
        &mut engine,
        target("web", "cgr.dev/acme/nginx:1.27.3", WEB),
        &Wishes::default(),
    )
    .await;
    assert_eq!(
        report.to_text(),
        "\
dev image   cgr.dev/acme/nginx:1.27-dev (local)
target      web
image       cgr.dev/acme/nginx:1.27.3
family      chainguard
rule        chainguard/version
confidence  80
because     cgr.dev/acme/nginx is of the family Chainguard
            rule chainguard/version: cgr.dev/acme/nginx:1.27.3 → cgr.dev/acme/nginx:1.27-dev
caveats     no dev image of the same version: this one may be another version
others      cgr.dev/acme/nginx:1.27.3-dev (95 %)
            cgr.dev/acme/nginx:latest-dev (60 %)
tried       files     cgr.dev/acme/nginx:1.27.3      no package manager
            local     cgr.dev/acme/nginx:1.27.3-dev  not here
            local     cgr.dev/acme/nginx:1.27-dev    found
"
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["dev_image"], "cgr.dev/acme/nginx:1.27-dev");
    assert_eq!(json["own_dev"], false);
    assert_eq!(json["confidence"], 80);
    assert_eq!(
        json["tried"][1],
        serde_json::json!({"reference": "cgr.dev/acme/nginx:1.27.3-dev", "where": "local", "outcome": "not here"})
    );
}
