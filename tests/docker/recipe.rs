//! Recipes on the real engine: what is found of a twin, whether a recipe holds, what is left of it.

use std::time::Duration;

use devtwin::domain::Size;
use devtwin::domain::command::Ran;
use devtwin::domain::plan::{Mode, Wishes};
use devtwin::domain::recipe::verify::{Order, Verdict, Verified};
use devtwin::domain::recipe::{Found, write};
use devtwin::domain::recorder::Record;
use devtwin::domain::twin::Session;
use devtwin::engine::Engine as _;
use devtwin::engine::docker::Docker;
use devtwin::ops::attach::{Attach, attach};
use devtwin::ops::recipe::{commit, look, verify};
use tokio_util::sync::CancellationToken;

use crate::engine::{engine, within};
use crate::support::{Container, docker, unique};

const PROD: &str = "cgr.dev/chainguard/glibc-dynamic:latest";
/// Of several lines, so that the recipe must put it into one instruction.
const WRITE: &str = r#"cat >hello.c <<'EOF'
#include <stdio.h>
int main(int c, char **v) { printf("hello from %s\n", c > 1 ? v[1] : v[0]); return 0; }
EOF"#;

struct Twin {
    session: Session,
    guard: Container,
    record: Record,
}

impl Twin {
    async fn new(engine: &Docker) -> Self {
        let session = Session {
            id: unique("s"),
            owner: "test@nowhere".into(),
        };
        let wishes = Wishes {
            mode: Some(Mode::Explore),
            no_package_cache: true,
            ..Wishes::default()
        };
        let what = Attach {
            target: PROD,
            resolution: None,
            wishes: &wishes,
            size: Size::clamped(80, 24),
            serial: 1,
        };
        let cancel = CancellationToken::new();
        let launched = within(Box::pin(attach(engine, &session, what, &|_| {}, &cancel)))
            .await
            .unwrap();
        let guard = Container::adopt(&launched.twin.plan.name);
        Self {
            session,
            guard,
            record: Record::default(),
        }
    }

    /// Runs a line in the twin and records it, as its shell would.
    fn run(&mut self, cwd: &str, text: &str) -> String {
        let said = docker::ok(&[
            "exec",
            "-u",
            "0",
            "-w",
            cwd,
            self.guard.name(),
            "/bin/sh",
            "-c",
            text,
        ]);
        self.record.ran(&Ran {
            text: text.into(),
            status: Some(0),
            cwd: Some(cwd.into()),
            took: Some(Duration::from_millis(1)),
            printed: Some(said.trim().into()),
        });
        said
    }

    async fn found(&self, engine: &Docker) -> Found {
        let cancel = CancellationToken::new();
        within(look(engine, self.guard.name(), &self.record, &cancel))
            .await
            .unwrap()
    }

    async fn order(&self, engine: &Docker, keep: Option<&str>) -> Order {
        let found = self.found(engine).await;
        let recipe = write(
            &self.record,
            &found.facts,
            &found.picked(&self.record),
            devtwin::domain::recipe::Wishes::default(),
        );
        Order {
            facts: found.facts,
            dockerfile: recipe.dockerfile,
            check: recipe.check,
            artifacts: recipe.artifacts,
            keep: keep.map(Into::into),
        }
    }

    async fn verify(&self, engine: &Docker, order: &Order) -> Verified {
        let cancel = CancellationToken::new();
        let work = verify::verify(engine, &self.session, order, &|_| {}, &cancel);
        tokio::time::timeout(Duration::from_secs(240), Box::pin(work))
            .await
            .unwrap()
            .unwrap()
    }

    /// Images of the session.
    fn images(&self) -> String {
        let filter = format!("label=dev.devtwin.session={}", self.session.id);
        docker::ok(&["images", "-q", "--filter", &filter])
    }
}

fn verdicts(report: &Verified) -> Vec<(&'static str, Verdict)> {
    report
        .points
        .iter()
        .map(|point| (point.id, point.verdict))
        .collect()
}

/// A program compiled in the twin, in a directory that nobody mounted.
async fn compiled(engine: &Docker) -> Twin {
    let mut twin = Twin::new(engine).await;
    twin.run("/", "apk add cc");
    twin.run("/", "mkdir -p /srv/app");
    twin.run("/srv/app", WRITE);
    twin.run("/srv/app", "cc -o hello hello.c");
    assert_eq!(twin.run("/srv/app", "./hello you"), "hello from you");
    twin
}

#[tokio::test]
async fn what_was_made_is_found_and_what_packages_brought_is_not() {
    let engine = engine().await;
    let twin = compiled(&engine).await;
    docker::ok(&[
        "exec",
        "-u",
        "0",
        twin.guard.name(),
        "sh",
        "-c",
        "touch /tmp/x /root/.ash_history; echo 1 >/etc/app.conf",
    ]);
    let found = twin.found(&engine).await;
    let paths: Vec<_> = found.artifacts.iter().map(|a| a.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "/srv/app/hello",
            "/etc/app.conf",
            "/srv/app",
            "/srv/app/hello.c"
        ]
    );
    assert!(found.artifacts[0].executable && found.artifacts[0].size.unwrap() > 1000);
    assert_eq!(found.facts.manager.as_deref(), Some("apk"));
    assert_eq!(found.facts.production.as_ref().unwrap().user, "65532");
    let picked: Vec<_> = found
        .picked(&twin.record)
        .into_iter()
        .map(|a| a.path)
        .collect();
    assert_eq!(picked, ["/srv/app/hello"]);
}

#[tokio::test]
async fn a_recipe_that_holds_is_built_compared_and_leaves_nothing() {
    let engine = engine().await;
    let twin = compiled(&engine).await;
    let order = twin.order(&engine, None).await;
    let report = twin.verify(&engine, &order).await;
    assert!(report.holds(), "{report:?}\n{}", order.dockerfile);
    assert_eq!(
        verdicts(&report),
        ["build", "user", "status", "output", "files", "shell"].map(|id| (id, Verdict::Good))
    );
    assert_eq!(twin.images(), "");
}

#[tokio::test]
async fn a_recipe_that_does_not_hold_says_why() {
    let engine = engine().await;
    let twin = compiled(&engine).await;
    let order = twin.order(&engine, None).await;
    let fails = Order {
        dockerfile: order
            .dockerfile
            .replace("RUN cc -o hello", "RUN cc -o hallo nothing.c"),
        ..order.clone()
    };
    let report = twin.verify(&engine, &fails).await;
    assert_eq!(verdicts(&report), [("build", Verdict::Bad)]);
    assert!(report.image.is_none());
    let other = Order {
        dockerfile: order
            .dockerfile
            .replace("CMD [\"you\"]", "CMD [\"them\"]")
            .replace("USER 65532\nWORKDIR", "USER 0\nWORKDIR"),
        ..order
    };
    let report = twin.verify(&engine, &other).await;
    let bad: Vec<_> = verdicts(&report)
        .into_iter()
        .filter(|(_, v)| *v == Verdict::Bad)
        .map(|(id, _)| id)
        .collect();
    assert_eq!(bad, ["user", "output"], "{report:?}\n{}", other.dockerfile);
    assert!(
        report
            .points
            .iter()
            .any(|p| p.evidence.contains(&"image:   hello from them".to_owned()))
    );
    assert_eq!(twin.images(), "");
}

#[tokio::test]
async fn an_image_stays_only_under_the_name_that_it_was_given() {
    let engine = engine().await;
    let twin = compiled(&engine).await;
    let (kept, committed) = (
        format!("{}:1", unique("kept").replace("devtwin-test", "acme/test")),
        format!("{}:1", unique("tools").replace("devtwin-test", "acme/test")),
    );
    let order = twin.order(&engine, Some(&kept)).await;
    let report = twin.verify(&engine, &order).await;
    assert_eq!(report.kept.as_deref(), Some(kept.as_str()), "{report:?}");
    assert_eq!(docker::ok(&["run", "--rm", &kept]), "hello from you");
    commit(&engine, twin.guard.name(), &committed)
        .await
        .unwrap();
    let said = docker::ok(&[
        "run",
        "--rm",
        "--entrypoint",
        "/srv/app/hello",
        &committed,
        "image",
    ]);
    assert_eq!(said, "hello from image");
    for name in [&kept, &committed] {
        let image = engine.image(name).await.unwrap().unwrap();
        let session = image.config.labels.get("dev.devtwin.session");
        assert!(
            session.is_none_or(String::is_empty),
            "clean must leave it: {session:?}"
        );
        docker::ok(&["rmi", "-f", name]);
    }
    for bad in ["devtwin-recipe-x:1", "a b", ""] {
        assert!(
            commit(&engine, twin.guard.name(), bad).await.is_err(),
            "{bad:?}"
        );
    }
}

#[tokio::test]
async fn a_verification_that_is_given_up_leaves_nothing() {
    let engine = engine().await;
    let twin = compiled(&engine).await;
    let order = twin.order(&engine, None).await;
    let slow = Order {
        dockerfile: order
            .dockerfile
            .replace("RUN cc -o", "RUN sleep 60 && cc -o"),
        ..order
    };
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let tell = move |news: devtwin::domain::recipe::verify::News| {
        if format!("{news:?}").contains("sleep 60") {
            stop.cancel();
        }
    };
    let work = Box::pin(verify::verify(
        &engine,
        &twin.session,
        &slow,
        &tell,
        &cancel,
    ));
    let given_up = tokio::time::timeout(Duration::from_secs(50), work)
        .await
        .unwrap();
    assert!(given_up.is_err());
    assert_eq!(twin.images(), "");
}

#[tokio::test]
async fn runtime_packages_come_with_their_database() {
    let engine = engine().await;
    let mut twin = Twin::new(&engine).await;
    twin.run("/", "apk add cc");
    twin.record.mark_next(0);
    let order = twin.order(&engine, None).await;
    let report = twin.verify(&engine, &order).await;
    assert_eq!(
        verdicts(&report)[0],
        ("build", Verdict::Good),
        "{report:?}\n{}",
        order.dockerfile
    );
}
