//! What is owed to a target, on the fake engine: never paid for what was not done, never forgotten, and nothing removed
//! that is not ours.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

#[path = "support/fake.rs"]
mod fake;

use std::collections::BTreeMap;

use devtwin::domain::debt::{Debt, Owed};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::plan::{Mode, Wishes};
use devtwin::domain::session::{CleanWishes, Liveness};
use devtwin::domain::target::{ContainerId, Status, Target};
use devtwin::domain::twin::{Session, label};
use devtwin::domain::{Progress, Size};
use devtwin::engine::Volume;
use devtwin::ops::attach::Attach;
use devtwin::ops::catch::catch;
use devtwin::ops::clean::{clean, found, sweep, sweep_telling};
use fake::{FakeEngine, image, target};
use tokio_util::sync::CancellationToken;

const DEV: &str = "acme/web:1.4-dev";

fn session() -> Session {
    Session {
        id: "0badcafe".into(),
        owner: "ann@box".into(),
    }
}

fn web(status: Status) -> Target {
    let mut target = target("web", "acme/web:1.4", "sha256:aaaa");
    target.id = ContainerId("3f".repeat(32));
    target.state.status = status;
    target
}

fn engine(target: Target) -> FakeEngine {
    let mut engine = FakeEngine::default()
        .with_image(image("sha256:aaaa", &["acme/web:1.4"], &["a"]))
        .with_image(image("sha256:bbbb", &[DEV], &["a", "b"]));
    engine.targets.push(target);
    engine
}

/// How a catch fails on an engine that has no events.
async fn caught(engine: &FakeEngine) -> ErrorKind {
    let wishes = Wishes {
        image: Some(DEV.into()),
        mode: Some(Mode::Catch),
        ..Wishes::default()
    };
    let what = Attach {
        target: "web",
        resolution: None,
        wishes: &wishes,
        size: Size::clamped(80, 24),
        serial: 1,
    };
    let (sink, cancel) = (|_: Progress| {}, CancellationToken::new());
    let session = session();
    let done = catch(engine, &session, what, &sink, &cancel).await;
    done.err().unwrap().kind
}

#[tokio::test]
async fn a_pause_of_somebody_else_is_not_taken_for_that_of_a_catch() {
    let engine = engine(web(Status::Paused));
    assert_eq!(caught(&engine).await, ErrorKind::Usage);
    assert_eq!(engine.calls_of("create_volume"), [""; 0]);
    assert_eq!(engine.calls_of("unpause"), [""; 0]);
}

#[tokio::test]
async fn a_catch_that_never_came_to_its_pause_takes_its_marker_along_and_looks_no_further() {
    let engine = engine(web(Status::Exited));
    assert_eq!(caught(&engine).await, ErrorKind::Internal, "no events");
    let made = engine.calls_of("create_volume");
    assert_eq!(made.len(), 1);
    assert_eq!(engine.calls_of("remove_volume"), made);
    let calls = engine.calls();
    let after = calls.iter().skip_while(|call| !call.starts_with("events"));
    let after: Vec<_> = after.skip(1).collect();
    assert_eq!(after, [&format!("remove_volume {}", made[0])]);
}

#[tokio::test]
async fn what_a_kept_session_still_owes_is_paid_by_the_next_clean() {
    let target = web(Status::Exited);
    let debt = Debt::new(&session(), &target, Owed::Restart("always".into()));
    let mut engine = engine(target);
    engine.labelled = Some(Vec::new());
    engine.markers.push(Volume {
        name: debt.name(),
        labels: debt.labels(),
        folder: String::new(),
    });
    let wishes = CleanWishes::default();
    let live = |_: &str, _: &str| Liveness::Live;
    let report = clean(&engine, &live, wishes, 0).await.unwrap();
    assert_eq!((report.debts.len(), report.debts_left.len()), (0, 1));
    assert_eq!(engine.calls_of("set_restart"), [""; 0]);

    let kept = |_: &str, _: &str| Liveness::Kept;
    assert_eq!(found(&engine, &kept).await.unwrap().debts, 1);
    let report = clean(&engine, &kept, wishes, 0).await.unwrap();
    assert_eq!(report.debts.len(), 1, "{report:?}");
    let set = engine.calls_of("set_restart");
    assert!(set.len() == 1 && set[0].ends_with(" always"), "{set:?}");
    assert_eq!(engine.calls_of("remove_volume"), [debt.name()]);
}

#[tokio::test]
async fn a_label_alone_makes_no_volume_ours() {
    let mut engine = engine(web(Status::Exited));
    engine.labelled = Some(Vec::new());
    let labels = BTreeMap::from([
        (label::SESSION.to_owned(), session().id),
        (label::OWNER.to_owned(), session().owner),
    ]);
    for name in ["data", "devtwin-root-0badcafe"] {
        engine.markers.push(Volume {
            name: name.into(),
            labels: labels.clone(),
        });
    }
    sweep(&engine, &session().id).await.unwrap();
    assert_eq!(engine.calls_of("remove_volume"), ["devtwin-root-0badcafe"]);
}

#[tokio::test]
async fn what_was_paid_is_told_although_a_twin_could_not_be_removed() {
    let target = web(Status::Exited);
    let debt = Debt::new(&session(), &target, Owed::Restart("always".into()));
    let mut engine = engine(target);
    engine.markers.push(Volume {
        name: debt.name(),
        labels: debt.labels(),
    });
    let broken = Error::new(ErrorKind::Engine, "it is busy");
    engine.failing.insert("labelled", broken);
    let mut paid = Vec::new();
    let swept = sweep_telling(&engine, &session().id, &mut paid).await;
    assert!(swept.is_err());
    assert!(paid.len() == 1 && paid[0].stopped, "{paid:?}");
}
