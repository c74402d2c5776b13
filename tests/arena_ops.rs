//! Arenas on the fake engine: the next way when one is refused, a target that ends meanwhile, and that nothing is
//! left behind whatever fails and whenever the person gives up.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

#[path = "support/fake.rs"]
mod fake;

use std::sync::Mutex;
use std::time::Duration;

use devtwin::domain::error::{Error, ErrorKind, Result};
use devtwin::domain::plan::{Mode, Wishes};
use devtwin::domain::target::{Layers, State, Status, Target};
use devtwin::domain::twin::{Session, label};
use devtwin::domain::{Progress, Size};
use devtwin::ops::arena::remove_twin;
use devtwin::ops::attach::{Attach, Launched, attach};
use devtwin::ops::exec::{Ended, Exec, Io, exec};
use fake::{FakeEngine, image, target};
use tokio_util::sync::CancellationToken;

const DEV: &str = "acme/web:1.4-dev";

fn exited() -> Target {
    let mut target = target("web", "acme/web:1.4", "sha256:aaaa");
    target.state.status = Status::Exited;
    target.state.pid = None;
    target.runtime.storage = "overlay2".into();
    target.runtime.image_mounts = true;
    target.runtime.layers = Some(Layers {
        upper: "/o/top".into(),
        lower: vec!["/o/base".into()],
    });
    target
}

/// Engines on which the target's files come by differently.
const WAYS: [&str; 3] = ["overlay", "copy", "copy of an image"];

/// The same on an engine of one of the [`WAYS`].
fn exited_on(way: &str) -> Target {
    let mut target = exited();
    match way {
        "overlay" => {}
        "copy" => {
            target.runtime.image_mounts = false;
            target.runtime.storage = "zfs".into();
        }
        // The containerd store before API 1.48.
        _ => {
            target.runtime.image_mounts = false;
            target.runtime.layers = None;
        }
    }
    target
}

fn engine(target: Target) -> FakeEngine {
    let mut engine = FakeEngine::default()
        .with_image(image("sha256:aaaa", &["acme/web:1.4"], &["a"]))
        .with_image(image("sha256:bbbb", &[DEV], &["a", "b"]))
        .with_programs(DEV, &["/bin/bash", "/bin/id"])
        .with_programs("web", &["/usr/bin/web"]);
    engine.targets.push(target);
    engine.runs = true;
    engine
}

fn session() -> Session {
    Session {
        id: "0badcafe".into(),
        owner: "ann@box".into(),
    }
}

fn wishes() -> Wishes {
    Wishes {
        image: Some(DEV.into()),
        ..Wishes::default()
    }
}

/// What came of an attach, and what was said on the way.
async fn attached(engine: &FakeEngine) -> (Result<Launched>, String) {
    let wishes = wishes();
    let what = Attach {
        target: "web",
        resolution: None,
        wishes: &wishes,
        size: Size::clamped(80, 24),
        serial: 1,
    };
    let said = Mutex::new(String::new());
    let sink = |progress| {
        if let Progress::Notable(line) = progress {
            said.lock().unwrap().push_str(&line);
        }
    };
    let cancel = engine.cancel_at.as_ref().map(|(_, token)| token.clone());
    let cancel = cancel.unwrap_or_default();
    let up = attach(engine, &session(), what, &sink, &cancel).await;
    (up, said.into_inner().unwrap())
}

async fn executed(engine: &FakeEngine) -> Result<Ended> {
    let wishes = wishes();
    let what = Exec {
        target: "web",
        argv: vec!["/bin/id".into()],
        tty: None,
        wishes: &wishes,
        patience: Duration::from_millis(50),
    };
    let io = Io {
        stdin: None,
        stdout: Box::new(tokio::io::sink()),
        stderr: Box::new(tokio::io::sink()),
        sizes: None,
        lend: &|_| Ok(()),
    };
    let cancel = engine.cancel_at.as_ref().map(|(_, token)| token.clone());
    let cancel = cancel.unwrap_or_default();
    exec(engine, &session(), what, io, &|_| {}, &cancel).await
}

fn refused(words: &str) -> Error {
    Error::new(ErrorKind::Engine, words)
}

/// Nothing is left of what was made.
#[track_caller]
fn clean(engine: &FakeEngine, when: &str) {
    assert_eq!(engine.left_over(), 0, "{when}: {:?}", engine.calls());
    let roots = engine.roots_left();
    assert!(
        roots.is_empty(),
        "{when}: {roots:?} of {:?}",
        engine.calls()
    );
}

#[tokio::test]
async fn the_view_of_the_files_is_made_before_the_twin_and_removed_with_it() {
    let engine = engine(exited());
    let (up, said) = attached(&engine).await;
    let twin = up.unwrap().twin;
    assert_eq!((twin.plan.mode, said.as_str()), (Mode::Arena, ""));
    assert_eq!(
        twin.plan.labels[label::ROOT],
        "overlay:devtwin-root-0badcafe"
    );
    assert_eq!(engine.calls_of("create_volume"), ["devtwin-root-0badcafe"]);
    let calls = engine.calls();
    let at = |name: &str| calls.iter().position(|c| c.starts_with(name)).unwrap();
    assert!(at("create_volume ") < at("create "));
    assert_eq!(engine.calls_of("put_archive").len(), 0, "no link is needed");
    assert_eq!(executed(&self::engine(exited())).await.unwrap().left, None);
    // The fake tells no labels of what it made: the volume is the session's to sweep.
    remove_twin(&engine, &twin.id).await.unwrap();
    assert_eq!(engine.left_over(), 0);
}

#[tokio::test]
async fn what_the_engine_refuses_to_make_is_followed_by_the_next_way_and_said() {
    let mut engine = engine(exited());
    engine.failing.insert(
        "create_volume",
        refused("volumes are not allowed: by policy"),
    );
    let (up, said) = attached(&engine).await;
    let root = up.unwrap().twin.plan.root.unwrap();
    assert_eq!(root.how.word(), "image");
    assert!(
        root.why.contains("refused the overlay: by policy"),
        "{}",
        root.why
    );
    assert!(said.contains("refused the overlay"), "{said}");
    assert_eq!(engine.calls_of("commit"), ["devtwin-root-0badcafe"]);
    let mut target = exited();
    target.runtime.storage = "zfs".into();
    let mut engine = self::engine(target);
    engine
        .failing
        .insert("commit", refused("cannot commit: disabled"));
    let (up, said) = attached(&engine).await;
    let root = up.unwrap().twin.plan.root.unwrap();
    assert_eq!(root.how.object(), "devtwin-root-0badcafe-copy");
    assert!(said.contains("copying the target's files"), "{said}");
    assert_eq!(engine.calls_of("put_stream"), ["/target"]);
    assert_eq!(
        engine.left_over(),
        1,
        "the helper is gone, the twin is there"
    );
    engine
        .failing
        .insert("put_stream", refused("no space left on device"));
    let error = attached(&engine).await.0.err().unwrap();
    assert!(error.message.contains("no space"), "{error}");
    assert_eq!(engine.left_over(), 1, "only the first twin");
}

#[tokio::test]
async fn a_target_is_exported_only_where_its_engine_mounts_roots_safely() {
    for (way, exported) in [("copy", "id-of-web"), ("copy of an image", "made-0")] {
        let engine = engine(exited_on(way));
        attached(&engine).await.0.unwrap();
        assert_eq!(engine.calls_of("root_stream"), [exported], "{way}");
        assert_eq!(engine.left_over(), 1, "{way}: the twin alone");
        let roots = ["devtwin-root-0badcafe-copy"];
        assert_eq!(engine.roots_left(), roots, "{way}: the volume alone");
    }
}

#[tokio::test]
async fn an_arena_that_fails_at_any_call_leaves_nothing() {
    for way in WAYS {
        let target = || exited_on(way);
        let whole = engine(target());
        attached(&whole).await.0.unwrap();
        for at in 0..whole.calls().len() {
            let mut engine = engine(target());
            engine.fail_at = Some(at);
            let (up, _) = attached(&engine).await;
            let failed = engine.calls()[at].clone();
            match up {
                Ok(_) => assert!(
                    ["resize", "create_volume", "start"]
                        .iter()
                        .any(|c| failed.starts_with(c)),
                    "{failed} cannot be done without"
                ),
                Err(_) if failed.starts_with("remove") => {} // the session's to sweep
                Err(_) => clean(&engine, &failed),
            }
        }
        let whole = self::engine(target());
        executed(&whole).await.unwrap();
        for at in 0..whole.calls().len() {
            let mut engine = self::engine(target());
            engine.fail_at = Some(at);
            let ended = executed(&engine).await;
            let failed = engine.calls()[at].clone();
            if failed.starts_with("remove") {
                assert!(
                    ended.map_or(true, |ended| ended.left.is_some()),
                    "{failed}: said"
                );
            } else {
                clean(&engine, &failed);
            }
        }
    }
}

#[tokio::test]
async fn an_arena_that_is_given_up_at_any_call_leaves_nothing() {
    for way in WAYS {
        let target = || exited_on(way);
        let whole = engine(target());
        attached(&whole).await.0.unwrap();
        for at in 0..whole.calls().len() {
            let mut engine = engine(target());
            engine.cancel_at = Some((at, CancellationToken::new()));
            let error = attached(&engine).await.0.err();
            let during = engine.calls()[at].clone();
            assert_eq!(
                error.map(|e| e.kind),
                Some(ErrorKind::Cancelled),
                "{during}"
            );
            clean(&engine, &during);
        }
    }
}

#[tokio::test]
async fn a_target_that_ends_while_its_twin_is_made_gets_an_arena_unless_a_join_was_asked_for() {
    let mut running = exited();
    running.state.status = Status::Running;
    running.state.pid = Some(7);
    let over = State {
        status: Status::Exited,
        pid: None,
        exit_code: 3,
        ..running.state.clone()
    };
    let whole = engine(running.clone());
    assert_eq!(attached(&whole).await.0.unwrap().twin.plan.mode, Mode::Join);
    let start = whole
        .calls()
        .iter()
        .position(|c| c.starts_with("start "))
        .unwrap();
    let broken = || {
        let mut engine = engine(running.clone());
        engine.fail_at = Some(start);
        engine.after_start = Some(over.clone());
        engine.exit_code = Some(128);
        engine
    };
    let engine = broken();
    let (up, said) = attached(&engine).await;
    let up = up.unwrap();
    assert_eq!(up.twin.plan.mode, Mode::Arena);
    assert_eq!(up.target.state.status, Status::Exited);
    assert!(said.contains("opening an arena instead"), "{said}");
    assert_eq!(engine.left_over(), 1, "the first twin is gone");
}
