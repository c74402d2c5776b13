//! Lists of tags, which devtwin asks registries for by itself: when they are asked for, and what follows from them.

use devtwin::domain::image::{Place, Reference, Resolution, candidates::read};
use devtwin::domain::log::Moment;
use devtwin::domain::plan::{PullPolicy, Wishes};
use devtwin::engine::{Asked, Published, Remote, TagList};
use devtwin::ops::resolve::{Subject, resolve};

use super::fake::{FakeEngine, image, target};
use super::{DEV, WEB, of, session, table, wishes};

/// A registry that has these tags of `cgr.dev/acme/NAME`, and lists them.
fn registry(name: &str, tags: &[&str]) -> FakeEngine {
    let repository = format!("cgr.dev/acme/{name}");
    let mut engine = FakeEngine::default().with_tags(&repository, tags);
    for tag in tags {
        engine = engine.with_remote(&format!("{repository}:{tag}"), Remote::Found(Vec::new()));
    }
    engine
}

/// What was looked up in registries, tag or list by its tag, in order.
fn asked(report: &Resolution) -> Vec<String> {
    let of_registry = report.tried.iter().filter(|t| t.place == Place::Registry);
    of_registry
        .map(|t| {
            let name = t.reference.rsplit('/').next().unwrap_or_default();
            format!("{name}: {}", t.outcome)
        })
        .collect()
}

async fn found(engine: &mut FakeEngine, image: &str) -> Resolution {
    of(engine, target("web", image, WEB), &Wishes::default()).await
}

#[tokio::test]
async fn a_build_is_found_beside_the_targets_by_two_look_ups() {
    for (there, want) in [
        ("3.13-dev-202508221545", "3.13-dev-202508221545"),
        ("3.13-202508221545-dev", "3.13-202508221545-dev"),
    ] {
        let tags = [
            "3.13-202508221530",
            "3.13-dev-202508221500",
            there,
            "3.13-dev",
        ];
        let mut engine = registry("python", &tags);
        let report = found(&mut engine, "cgr.dev/acme/python:3.13-202508221530").await;
        let dev = format!("cgr.dev/acme/python:{want}");
        assert_eq!(
            report.dev_image.as_deref(),
            Some(dev.as_str()),
            "{report:#?}"
        );
        assert_eq!(
            (report.rule.as_str(), report.confidence),
            ("chainguard/unique-tag", 90)
        );
        assert!(
            report.evidence.iter().any(|e| e.contains("at or after")),
            "{report:?}"
        );
        let asked = asked(&report);
        assert_eq!(asked[0], "python: tag list: 4 tags", "{asked:?}");
        assert_eq!(asked.last().unwrap(), &format!("python:{want}: found"));
        assert_eq!(
            engine.calls_of("remote").len() + engine.calls_of("tags").len(),
            2
        );
    }
}

#[tokio::test]
async fn an_organisation_with_builds_alone_is_read_by_when_the_target_was_built() {
    // It is not here.
    let tags = [
        "latest-dev-202001010000",
        "latest-dev-209901010000",
        "latest-dev-209901020000",
    ];
    let mut engine =
        registry("python", &tags).with_remote("cgr.dev/acme/python:latest-dev", Remote::Missing);
    let report = found(&mut engine, "cgr.dev/acme/python").await;
    let newest = "cgr.dev/acme/python:latest-dev-209901020000";
    assert_eq!(report.dev_image.as_deref(), Some(newest), "{report:#?}");
    assert!(
        report
            .evidence
            .iter()
            .any(|e| e.contains("the newest build")),
        "{report:?}"
    );
    let mut engine = registry("python", &tags)
        .with_remote("cgr.dev/acme/python:latest-dev", Remote::Missing)
        .with_image(image(WEB, &[], &["a"]));
    engine.built.insert(WEB.into(), 1_755_876_600);
    let report = found(&mut engine, "cgr.dev/acme/python").await;
    let first = "cgr.dev/acme/python:latest-dev-209901010000";
    assert_eq!(report.dev_image.as_deref(), Some(first), "{report:#?}");
}

#[tokio::test]
async fn the_list_decides_where_the_first_guess_is_missing() {
    let mut engine = registry("nginx", &["1.27.3-r1", "latest-dev"])
        .with_remote("cgr.dev/acme/nginx:1.27.3-r1-dev", Remote::Missing);
    let report = found(&mut engine, "cgr.dev/acme/nginx:1.27.3-r1").await;
    assert_eq!(
        report.dev_image.as_deref(),
        Some("cgr.dev/acme/nginx:latest-dev")
    );
    assert_eq!(
        asked(&report),
        [
            "nginx:1.27.3-r1-dev: no such tag",
            "nginx: tag list: 2 tags",
            "nginx:1.27.3-dev: not in the tag list",
            "nginx:1.27-dev: not in the tag list",
            "nginx:latest-dev: found",
        ]
    );
    assert!(report.others.is_empty(), "{:?}", report.others);
    assert_eq!(engine.calls_of("tags"), ["cgr.dev/acme/nginx"]);
}

#[tokio::test]
async fn a_list_is_asked_for_only_where_it_can_tell_something() {
    // The first guess is right.
    let mut engine = registry("nginx", &["1.27", "1.27-dev"]);
    found(&mut engine, "cgr.dev/acme/nginx:1.27").await;
    assert!(engine.calls_of("tags").is_empty());
    // Nobody is to be asked.
    let web = target("web", "cgr.dev/acme/nginx:1.27-202508221530", WEB);
    of(&mut engine, web, &wishes(PullPolicy::Never)).await;
    assert!(engine.calls_of("tags").is_empty());
    // The registry does not answer the engine.
    let mut engine = FakeEngine::default().with_tags("cgr.dev/acme/nginx", &[]);
    found(&mut engine, "cgr.dev/acme/nginx:1.27").await;
    assert!(engine.calls_of("tags").is_empty());
    // One guess is as cheap as the list.
    let mut engine =
        FakeEngine::default().with_remote("docker.io/acme/web:1.4-dev", Remote::Missing);
    found(&mut engine, "acme/web:1.4").await;
    assert!(engine.calls_of("tags").is_empty());
}

#[tokio::test]
async fn without_a_list_the_guesses_go_on_and_the_answer_says_so() {
    let image = "cgr.dev/acme/nginx:1.27.3-202508221530";
    for (answer, outcome) in [
        (
            Asked::Unreachable("no route\u{1b}[2J".into()),
            "nginx: tag list not known: not reached from here: no route",
        ),
        (
            Asked::Refused("status 401".into()),
            "nginx: tag list not known: status 401",
        ),
        (
            Asked::Missing,
            "nginx: tag list not known: the registry has none for this repository",
        ),
    ] {
        let mut engine = FakeEngine::default()
            .with_remote("cgr.dev/acme/nginx:1.27.3-dev", Remote::Found(Vec::new()));
        engine.tag_lists.insert("cgr.dev/acme/nginx".into(), answer);
        let report = found(&mut engine, image).await;
        assert_eq!(
            report.dev_image.as_deref(),
            Some("cgr.dev/acme/nginx:1.27.3-dev")
        );
        let asked = asked(&report);
        assert!(asked[0].starts_with(outcome), "{asked:?}");
        assert!(!report.to_text().contains('\u{1b}'));
        assert_eq!(asked.len(), 2, "{asked:?}");
    }
    // A list that breaks off does not say what is missing.
    let mut engine = FakeEngine::default()
        .with_remote("cgr.dev/acme/nginx:1.27.3-dev", Remote::Found(Vec::new()));
    let part = TagList {
        names: vec!["1".into(), "2".into()],
        whole: false,
    };
    engine
        .tag_lists
        .insert("cgr.dev/acme/nginx".into(), Asked::Answer(part));
    let report = found(&mut engine, image).await;
    assert_eq!(
        report.dev_image.as_deref(),
        Some("cgr.dev/acme/nginx:1.27.3-dev")
    );
    assert_eq!(asked(&report)[0], "nginx: tag list: the first 2 tags");
}

/// Whichever candidate exists is found, however many stand before it, and no case takes more than four look-ups.
#[tokio::test]
async fn with_a_list_every_candidate_is_found() {
    let mut deepest = 0;
    for row in table() {
        let reference = Reference::parse(row.reference).unwrap();
        let reading = read(&reference).unwrap();
        if reading.own_dev.is_some() {
            continue;
        }
        let beside: Vec<_> = reading
            .candidates
            .iter()
            .filter(|c| c.reference.name() == reference.name())
            .collect();
        for (n, there) in beside.iter().enumerate() {
            let tag = there.reference.tag().unwrap();
            let mut engine = FakeEngine::default().with_tags(&reference.name(), &[tag]);
            for candidate in &reading.candidates {
                engine = engine.with_remote(&candidate.reference.to_string(), Remote::Missing);
            }
            let name = there.reference.to_string();
            engine = engine.with_remote(&name, Remote::Found(Vec::new()));
            let web = target("web", row.reference, WEB);
            engine.targets.push(web.clone());
            let subject = Subject::Container(web);
            let report = resolve(&engine, &session(), &subject, &Wishes::default())
                .await
                .unwrap();
            let (remote, lists) = (engine.calls_of("remote"), engine.calls_of("tags"));
            assert!(remote.len() + lists.len() <= 4, "{name}: {remote:?}");
            assert_eq!(
                report.dev_image,
                Some(name),
                "{}: {report:#?}",
                row.reference
            );
            deepest = deepest.max(n);
        }
    }
    assert!(deepest >= 4, "{deepest}");
}

// --- The build beside the target's --------------------------------------------------------------------

const NGINX: &str = "cgr.dev/chainguard/nginx:latest-dev";
const AT: i64 = 1_755_876_600; // 2025-08-22T15:30:00Z

fn build(digit: &str, after: i64) -> Published {
    Published {
        digest: format!("sha256:{}", digit.repeat(64)),
        at: Moment::of_seconds(AT + after),
    }
}

fn by_digest(build: &Published) -> String {
    format!("cgr.dev/chainguard/nginx@{}", build.digest)
}

/// An engine on which the target's image was built at [`AT`], whose publisher has such a tag.
fn publisher(builds: Asked<Vec<Published>>) -> FakeEngine {
    let mut engine = FakeEngine::default()
        .with_image(image(WEB, &["cgr.dev/chainguard/nginx:latest"], &["a"]))
        .with_remote(NGINX, Remote::Found(Vec::new()));
    engine.built.insert(WEB.into(), AT);
    engine.published.insert(NGINX.into(), builds);
    engine
}

async fn same_build(engine: &mut FakeEngine, pull: PullPolicy) -> Resolution {
    let wishes = Wishes {
        same_build: true,
        ..wishes(pull)
    };
    of(
        engine,
        target("web", "cgr.dev/chainguard/nginx", WEB),
        &wishes,
    )
    .await
}

#[tokio::test]
async fn the_build_beside_the_targets_is_taken_by_its_digest() {
    let (before, first, later) = (build("1", -1), build("2", 0), build("3", 60));
    let told = Asked::Answer(vec![later, before, first.clone()]);
    let mut engine = publisher(told).with_remote(&by_digest(&first), Remote::Found(Vec::new()));
    let report = same_build(&mut engine, PullPolicy::Missing).await;
    assert_eq!(report.dev_image, Some(by_digest(&first)), "{report:#?}");
    assert!(!report.local);
    assert!(
        report
            .evidence
            .iter()
            .any(|e| e.contains("named it at 2025-08-22T15:30:00Z"))
    );
    assert!(
        !report.caveats.iter().any(|c| c.contains("moves")),
        "{:?}",
        report.caveats
    );
    assert!(asked(&report).contains(&"nginx:latest-dev: tag history: 3 builds".into()));
    assert_eq!(
        engine.calls_of("tag_history"),
        [format!(
            "{NGINX} /v2/chainguard/nginx/_chainguard/history/latest-dev?start=2025-08-22T15:30:00Z&end=2025-09-21T15:30:00Z"
        )]
    );
    // It is here already, by its tag.
    let mut dev = image(DEV, &[NGINX], &["b"]);
    dev.digests = vec![by_digest(&first)];
    let mut engine = engine.with_image(dev);
    let report = same_build(&mut engine, PullPolicy::Missing).await;
    assert_eq!(
        (report.dev_image.as_deref(), report.local),
        (Some(NGINX), true)
    );
    assert!(
        !report.caveats.iter().any(|c| c.contains("moves")),
        "{:?}",
        report.caveats
    );
}

#[tokio::test]
async fn where_the_build_cannot_be_had_the_tag_is_taken_and_the_reason_said() {
    let first = build("2", 10);
    let gone = Asked::Answer(vec![first.clone()]);
    for (told, why) in [
        (
            Asked::Unreachable("no route\u{1b}".into()),
            "cgr.dev is not reached from here: no route",
        ),
        (
            Asked::Refused("status 403".into()),
            "cgr.dev does not tell: status 403",
        ),
        (Asked::Missing, "cgr.dev tells no history of that tag"),
        (
            Asked::Answer(vec![build("1", -5)]),
            "has named no build from 2025-08-22T15:30:00Z",
        ),
        (gone, "no such tag"),
    ] {
        let mut engine = publisher(told).with_remote(&by_digest(&first), Remote::Missing);
        let report = same_build(&mut engine, PullPolicy::Missing).await;
        assert_eq!(report.dev_image.as_deref(), Some(NGINX), "{why}");
        let said = report
            .caveats
            .iter()
            .find(|c| c.starts_with("not the build beside"));
        assert!(
            said.is_some_and(|s| s.contains(why)),
            "{why}: {:?}",
            report.caveats
        );
        assert!(
            report.caveats.iter().any(|c| c.contains("moves")),
            "{:?}",
            report.caveats
        );
    }
    // Nobody is asked who is not to be, or who does not tell, or without a wish.
    let mut engine = publisher(Asked::Missing).with_image(image(DEV, &[NGINX], &["b"]));
    let report = same_build(&mut engine, PullPolicy::Never).await;
    assert!(
        report.caveats.iter().any(|c| c.contains("--pull never")),
        "{:?}",
        report.caveats
    );
    of(
        &mut engine,
        target("web", "cgr.dev/chainguard/nginx", WEB),
        &Wishes::default(),
    )
    .await;
    engine.built.clear();
    let report = same_build(&mut engine, PullPolicy::Missing).await;
    assert!(
        report
            .caveats
            .iter()
            .any(|c| c.contains("was built is not known"))
    );
    assert!(engine.calls_of("tag_history").is_empty());
}
