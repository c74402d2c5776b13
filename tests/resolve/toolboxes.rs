//! Images without a sibling: a toolbox, said as such, and only when no sibling may be hidden.

use devtwin::domain::image::Resolution;
use devtwin::domain::plan::{PullPolicy, Wishes};
use devtwin::engine::Remote;
use devtwin::ops::resolve::no_dev_image;

use crate::fake::{FakeEngine, image, target};
use crate::{DEV, WEB, of, wishes};

const WOLFI: &str = "cgr.dev/chainguard/wolfi-base:latest";
const FILES: &str = "id-of-web";

fn has(lines: &[String], word: &str) -> bool {
    lines.iter().any(|line| line.contains(word))
}

fn assert_toolbox(report: &Resolution, want: &str, confidence: u8) {
    assert_eq!(report.dev_image.as_deref(), Some(want), "{report:?}");
    assert!(report.toolbox && !report.own_dev);
    assert_eq!(report.confidence, confidence);
    assert!(
        has(&report.caveats, "general toolbox"),
        "{:?}",
        report.caveats
    );
    assert!(report.to_text().contains("(a toolbox, no sibling)"));
}

#[tokio::test]
async fn a_static_image_gets_a_toolbox_that_is_here() {
    let mut engine = FakeEngine::default().with_image(image(DEV, &[WOLFI], &["x"]));
    let report = of(
        &mut engine,
        target("web", "acme/bare:1", WEB),
        &wishes(PullPolicy::Never),
    )
    .await;
    assert_toolbox(&report, WOLFI, 25);
    assert!(
        has(&report.evidence, "its programs are static"),
        "{:?}",
        report.evidence
    );
    assert!(
        has(&report.caveats, "no registry was asked"),
        "{:?}",
        report.caveats
    );
}

#[tokio::test]
async fn the_c_library_decides_where_nothing_else_does() {
    for (loader, want) in [
        ("/lib/ld-musl-x86_64.so.1", "alpine:latest"),
        ("/lib/ld-musl-aarch64.so.1", "alpine:latest"),
        ("/lib64/ld-linux-x86-64.so.2", WOLFI),
        ("/lib/ld-linux-aarch64.so.1", WOLFI),
    ] {
        let mut engine = FakeEngine::default()
            .with_image(image(DEV, &[WOLFI], &["x"]))
            .with_image(image("sha256:8", &["alpine:latest"], &["y"]))
            .with_programs(FILES, &[loader]);
        let report = of(
            &mut engine,
            target("web", "acme/bare:1", WEB),
            &wishes(PullPolicy::Never),
        )
        .await;
        assert_toolbox(&report, want, 25);
        assert!(has(&report.evidence, loader), "{:?}", report.evidence);
    }
}

#[tokio::test]
async fn the_system_speaks_for_its_own_toolbox() {
    let mut engine = FakeEngine::default()
        .with_image(image(DEV, &[WOLFI], &["x"]))
        .with_image(image("sha256:8", &["ubuntu:24.04"], &["y"]))
        .with_file(
            FILES,
            "/etc/os-release",
            0o644,
            b"ID=ubuntu\nVERSION_ID=\"24.04\"\n",
        );
    let report = of(
        &mut engine,
        target("web", "acme/rock:1", WEB),
        &wishes(PullPolicy::Never),
    )
    .await;
    assert_toolbox(&report, "ubuntu:24.04", 50);
    assert!(
        report.others.iter().any(|o| o.image == WOLFI && o.local),
        "{:?}",
        report.others
    );
}

#[tokio::test]
async fn a_toolbox_is_pulled_only_when_there_is_no_sibling() {
    let mut engine = FakeEngine::default()
        .with_remote("acme/bare:1-dev", Remote::Missing)
        .with_remote(WOLFI, Remote::Found(Vec::new()));
    let report = of(
        &mut engine,
        target("web", "acme/bare:1", WEB),
        &Wishes::default(),
    )
    .await;
    assert_toolbox(&report, WOLFI, 25);
    assert!(!report.local);
    // A registry that is out of reach may have one.
    engine.remotes.remove("acme/bare:1-dev");
    let mut offline = engine.with_image(image(DEV, &[WOLFI], &["x"]));
    let report = of(
        &mut offline,
        target("web", "acme/bare:1", WEB),
        &Wishes::default(),
    )
    .await;
    assert_toolbox(&report, WOLFI, 25);
    assert!(
        has(
            &report.caveats,
            "acme/bare:1-dev may be its dev image: registry not reached"
        ),
        "{:?}",
        report.caveats
    );
    let mut engine = FakeEngine::default().with_remote(WOLFI, Remote::Found(Vec::new()));
    // Docker Hub denies what it does not have: of a mere guess that says nothing.
    engine.remotes.insert(
        "acme/bare:1-dev".into(),
        Remote::Denied("pull access denied".into()),
    );
    let report = of(
        &mut engine,
        target("web", "acme/bare:1", WEB),
        &Wishes::default(),
    )
    .await;
    assert_toolbox(&report, WOLFI, 25);
}

#[tokio::test]
async fn a_sibling_that_may_exist_is_told_beside_the_toolbox_that_is_here() {
    for (answer, words) in [
        (Remote::Denied("unauthorized".into()), "login needed"),
        (
            Remote::Unreachable("dial tcp: no such host".into()),
            "not reached",
        ),
    ] {
        let dev = "cgr.dev/acme/nginx:1.27-dev";
        let web = || target("web", "cgr.dev/acme/nginx:1.27", WEB);
        let mut engine = FakeEngine::default()
            .with_remote(dev, answer.clone())
            .with_remote(WOLFI, Remote::Found(Vec::new()));
        // It is not pulled in place of an image that only wants a login.
        let report = of(&mut engine, web(), &Wishes::default()).await;
        assert_eq!(report.dev_image, None);
        let mut engine = engine.with_image(image(DEV, &[WOLFI], &["x"]));
        let report = of(&mut engine, web(), &Wishes::default()).await;
        assert_toolbox(&report, WOLFI, 25);
        assert!(
            has(
                &report.caveats,
                &format!("{dev} may be its dev image: {words}")
            ) || has(&report.caveats, words),
            "{:?}",
            report.caveats
        );
    }
}

#[tokio::test]
async fn an_error_names_what_is_here_instead() {
    for (answer, word) in [
        (
            Remote::Denied("toomanyrequests: rate limit".into()),
            "limits how often",
        ),
        (
            Remote::Denied("unauthorized: incorrect username or password".into()),
            "docker logout cgr.dev",
        ),
        (
            Remote::Unreachable("x509: certificate signed by unknown authority".into()),
            "certs.d/cgr.dev",
        ),
        (
            Remote::Unreachable("lookup cgr.dev: no such host".into()),
            "DNS",
        ),
        (
            Remote::Unreachable("http: server gave HTTP response to HTTPS client".into()),
            "insecure-registries",
        ),
    ] {
        let mut engine = FakeEngine::default().with_remote("cgr.dev/acme/nginx:1.27-dev", answer);
        let report = of(
            &mut engine,
            target("web", "cgr.dev/acme/nginx:1.27", WEB),
            &Wishes::default(),
        )
        .await;
        let hint = no_dev_image(&report).hint.unwrap();
        assert!(hint.contains(word) && hint.contains("cgr.dev"), "{hint}");
    }
}
