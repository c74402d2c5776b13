//! What checks of lessons ask, on the fake engine: an engine that does not answer is no answer, and it is not asked for ever.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

#[path = "support/fake.rs"]
mod fake;

use std::collections::BTreeMap;

use devtwin::domain::lesson::facts::{Happened, Question};
use devtwin::domain::lesson::lab::{Base, Names, Ready};
use devtwin::domain::target::{ContainerId, Event};
use devtwin::domain::twin::Session;
use devtwin::ops::lesson::Watcher;
use fake::FakeEngine;

fn watcher() -> Watcher {
    let session = Session {
        id: "0badcafe".into(),
        owner: "ann@box".into(),
    };
    let names = Names {
        lab: "lab".into(),
        tokens: BTreeMap::new(),
    };
    let ready = Ready {
        names,
        work: "/nowhere".into(),
        base: Base::Own,
    };
    Watcher::new(session, ready)
}

fn event(action: &str, exec: &str) -> Event {
    let said = [
        ("name", "lab-web"),
        ("image", "lab/web:latest"),
        ("execID", exec),
    ];
    Event {
        id: ContainerId("1".into()),
        action: action.into(),
        exit_code: None,
        attributes: said
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        at_nanos: 0,
    }
}

#[tokio::test]
async fn an_engine_that_does_not_tell_is_an_error() {
    let engine = FakeEngine::default();
    let mut watcher = watcher();
    let questions = [Question::Containers];
    watcher.ask(&engine, &questions).await.unwrap_err();
    // Where nothing is asked it need not be there.
    assert!(watcher.ask(&engine, &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_program_that_could_not_be_started_is_asked_for_and_then_no_more() {
    let mut engine = FakeEngine::default();
    engine.exec_statuses = vec![0, 0, 126];
    let mut watcher = watcher();
    assert!(watcher.take(&event("exec_start: sh", "2")));
    let want = [Happened::Exec {
        container: "web".into(),
        command: "sh".into(),
        status: Some(126),
    }];
    assert_eq!(watcher.happened(&engine).await, want);
    let asked = engine.calls().len();
    assert_eq!(watcher.happened(&engine).await, want);
    assert_eq!(engine.calls().len(), asked);
}
