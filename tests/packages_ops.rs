//! `ops::packages` on an engine in memory: what is run in the twin, what becomes of it, and that nothing hangs.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

#[path = "support/fake.rs"]
mod fake;
#[path = "support/toy.rs"]
mod toy;

use std::sync::Mutex;
use std::time::Duration;

use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::packages::{
    Change, Doing, Finished, News, Outcome, Setup, Setups, Stock, Stream, Told, TroubleId, Verb,
};
use devtwin::domain::target::{ContainerId, Status};
use devtwin::engine::Output;
use devtwin::ops::packages::{self, Desk, SILENCE};
use fake::{FakeEngine, Script, Then, target};
use tokio_util::sync::CancellationToken;
use toy::{TOY, Toy};

static MANAGER: Toy = TOY;

fn twin() -> ContainerId {
    ContainerId("id-of-twin".into())
}

/// An engine with a twin that runs, in which commands do what is said: `(command, [(printed, status)])`.
fn engine(scripts: &[(&str, &[(&str, i64)])]) -> FakeEngine {
    let mut engine = FakeEngine::default();
    engine.runs = true;
    engine
        .targets
        .push(target("twin", "acme/dev:1", "sha256:aaaa"));
    for (command, calls) in scripts {
        let calls = calls
            .iter()
            .map(|(text, status)| script(text, *status, Then::Ends));
        engine
            .scripts
            .insert(format!("sh -c {command}"), calls.collect());
    }
    engine
}

/// A program that prints `text`; a line that begins with `!` is one of its errors.
fn script(text: &str, status: i64, then: Then) -> Script {
    let pieces = text
        .split_inclusive('\n')
        .map(|line| match line.strip_prefix('!') {
            Some(line) => Output::Stderr(line.to_owned().into()),
            None => Output::Stdout(line.to_owned().into()),
        });
    Script {
        prints: pieces.collect(),
        status,
        then,
    }
}

fn desk() -> Desk {
    Desk {
        twin: twin(),
        manager: &MANAGER,
        setup: Setup::default(),
        shell: "/bin/sh".into(),
        silence: SILENCE,
    }
}

fn install(names: &[&str]) -> Change {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    Change::new(Verb::Install, &names).unwrap()
}

fn assert_can_be_a_task(_: &impl Send) {}

async fn stock(engine: &FakeEngine, refresh: bool) -> Result<Stock, Error> {
    let (desk, cancel) = (desk(), CancellationToken::new());
    let work = packages::stock(engine, &desk, refresh, &|_| {}, &cancel);
    assert_can_be_a_task(&work);
    work.await
}

async fn changed(engine: &FakeEngine, names: &[&str]) -> Result<Finished, Error> {
    let (desk, cancel) = (desk(), CancellationToken::new());
    let wanted = install(names);
    let work = packages::change(engine, &desk, &wanted, &|_| {}, &cancel);
    assert_can_be_a_task(&work);
    work.await
}

/// What was run in the twin, without `sh -c`.
fn ran(engine: &FakeEngine) -> Vec<String> {
    let calls = engine.calls_of("exec_pipes").into_iter();
    calls.map(|call| call.replace("sh -c ", "")).collect()
}

#[tokio::test]
async fn a_manager_that_gave_way_to_another_one_is_asked_again() {
    let engine = engine(&[
        ("installed", &[("", 0), ("a 1\n", 0)]),
        (
            "commit",
            &[("!locked by another\n", 100), ("step 1/1 a\n", 0)],
        ),
    ]);
    let told = Mutex::new(Vec::new());
    let sink = |news| told.lock().unwrap().push(news);
    let (desk, cancel) = (desk(), CancellationToken::new());
    let done = packages::change(&engine, &desk, &install(&["a"]), &sink, &cancel).await;
    assert_eq!(done.unwrap().changed.outcome, Outcome::Done);
    assert_eq!(ran(&engine), ["installed", "commit", "commit", "installed"]);
    let told = told.into_inner().unwrap();
    assert!(told.contains(&News::Told(Told::Waiting)), "{told:?}");
}

#[tokio::test]
async fn a_twins_manager_is_found_by_its_program_and_gets_what_is_configured_for_it() {
    let engine = engine(&[]).with_programs("id-of-twin", &["/usr/bin/apk", "/bin/bash"]);
    let own = Setup {
        env: vec![("http_proxy".into(), "http://proxy:3128".into())],
        ..Setup::default()
    };
    let setups = Setups::from([
        ("apk".into(), own.clone()),
        ("apt".into(), Setup::default()),
    ]);
    let id = twin();
    let work = packages::open(&engine, &id, &setups);
    assert_can_be_a_task(&work);
    let desk = work.await.unwrap();
    assert_eq!(desk.manager.id(), "apk");
    assert_eq!(desk.setup.program, "/usr/bin/apk");
    assert_eq!(desk.setup.env, own.env);
    assert_eq!((desk.shell.as_str(), desk.silence), ("/bin/bash", SILENCE));
}

#[tokio::test]
async fn a_twin_without_a_manager_one_that_ended_and_one_that_is_gone_are_told_apart() {
    let setups = Setups::default();
    let mut bare = engine(&[]);
    let error = packages::open(&bare, &twin(), &setups).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoDevImage);
    assert!(
        error.message.contains("acme/dev:1 has no package manager"),
        "{error}"
    );
    assert!(error.hint.unwrap().contains("--image"));

    bare.targets[0].state.status = Status::Exited;
    let error = packages::open(&bare, &twin(), &setups).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoTarget);
    assert!(error.message.contains("does not run any more"), "{error}");

    bare.targets.clear();
    let error = packages::open(&bare, &twin(), &setups).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoTarget);
}

#[tokio::test]
async fn the_stock_is_what_the_index_and_the_database_have() {
    let scripts: &[(&str, &[_])] = &[
        ("index", &[("a 1\nb 2\n", 0)]),
        ("installed", &[("a 1\n", 0)]),
    ];
    let engine = engine(scripts);
    let stock = stock(&engine, false).await.unwrap();
    assert_eq!(ran(&engine), ["index", "installed"]);
    assert_eq!(stock.catalogue.len(), 2);
    assert_eq!(stock.catalogue.get("b").unwrap().version, "2");
    assert!(stock.installed.packages.contains_key("a"));
    assert_eq!(stock.troubles, []);
}

#[tokio::test]
async fn indexes_are_fetched_when_there_are_none_and_when_it_is_wanted() {
    let fetched: &[(&str, &[_])] = &[
        ("index", &[("!no index\n", 1), ("a 1\n", 0)]),
        ("installed", &[("", 0)]),
    ];
    let missing = engine(fetched);
    let stock_of = stock(&missing, false).await.unwrap();
    assert_eq!(ran(&missing), ["index", "installed", "refresh", "index"]);
    assert_eq!((stock_of.catalogue.len(), stock_of.troubles), (1, vec![]));

    let wanted = engine(&[("index", &[("a 1\n", 0)])]);
    stock(&wanted, true).await.unwrap();
    assert_eq!(ran(&wanted), ["refresh", "index", "installed"]);
}

#[tokio::test]
async fn where_fetching_fails_what_is_there_counts_and_why_is_told() {
    let scripts: &[(&str, &[_])] = &[
        ("refresh", &[("!unreachable http://127.0.0.1:9\n", 1)]),
        ("index", &[("a 1\n", 0)]),
    ];
    let partly = stock(&engine(scripts), true).await.unwrap();
    assert_eq!(partly.catalogue.len(), 1);
    assert_eq!(partly.troubles[0].id, TroubleId::Unreachable);

    // Also when the manager calls that a success.
    let scripts: &[(&str, &[_])] = &[
        ("refresh", &[("!unreachable http://127.0.0.1:9\n", 0)]),
        ("index", &[("a 1\n", 0)]),
    ];
    let partly = stock(&engine(scripts), true).await.unwrap();
    assert_eq!(partly.troubles[0].id, TroubleId::Unreachable);

    // Nothing at all, in words that nobody knows.
    let scripts: &[(&str, &[_])] = &[("refresh", &[("!???\n", 7)]), ("index", &[("", 1)])];
    let nothing = stock(&engine(scripts), false).await.unwrap();
    assert!(nothing.catalogue.is_empty());
    let trouble = &nothing.troubles[0];
    assert_eq!(trouble.meaning, "toy failed with status 7");
    assert_eq!(trouble.evidence, ["???"]);
}

#[tokio::test]
async fn an_index_that_cannot_be_read_gives_what_was_read_of_it_and_ends_its_command() {
    let mut engine = engine(&[]);
    let garbage = script("a 1\ngarbage\n", 0, Then::RunsUntil("INT"));
    let more = vec![Output::Stdout("b 2\n".into()); 100];
    let garbage = Script {
        prints: [garbage.prints.clone(), more].concat(),
        ..garbage
    };
    engine.scripts.insert("sh -c index".into(), vec![garbage]);
    let stock = stock(&engine, false).await.unwrap();
    assert_eq!(stock.catalogue.len(), 1);
    assert!(
        stock.troubles[0].meaning.contains("garbage"),
        "{:?}",
        stock.troubles
    );
    assert_eq!(engine.signals()[0], "INT");
}

#[tokio::test]
async fn a_database_that_cannot_be_read_is_an_error_that_says_so() {
    let error = stock(&engine(&[("installed", &[("!no such file\n", 1)])]), false).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Engine);
    for words in ["what toy has installed in twin", "status 1", "no such file"] {
        assert!(error.message.contains(words), "{error}");
    }
}

#[tokio::test]
async fn what_a_change_would_do_is_read_from_the_managers_own_plan() {
    let simulated = async |printed: &str, status| {
        let engine = engine(&[("simulate", &[(printed, status)])]);
        let (mut desk, cancel, wanted) = (desk(), CancellationToken::new(), install(&["a"]));
        desk.setup.repositories = vec!["/own".into()];
        let transaction = packages::simulate(&engine, &desk, &wanted, &cancel).await;
        assert_eq!(ran(&engine), ["simulate"]);
        transaction.unwrap()
    };
    let two = simulated("step 1/2 lib\nstep 2/2 a\nOK\n", 0).await;
    let names: Vec<_> = two.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!((names, two.troubles.len()), (vec!["lib", "a"], 0));
    let along: Vec<_> = two.along().map(|step| step.name.as_str()).collect();
    assert_eq!(along, ["lib"]);
    assert_eq!(two.line, "toy Install a /own");
    assert_eq!(two.dockerfile, "RUN toy Install a /own");

    let nothing = simulated("OK\n", 0).await;
    assert_eq!((nothing.steps.len(), nothing.troubles.len()), (0, 0));
    // What was broken before hinders nothing.
    let broken = simulated("step 1/1 a\n!broken before\n", 1).await;
    assert_eq!((broken.steps.len(), broken.troubles.len()), (1, 0));
    // Nor does a status alone, where there is a plan: dnf's is 1 whatever comes out.
    let aborted = simulated("step 1/1 a\n!Operation aborted.\n", 1).await;
    assert_eq!((aborted.steps.len(), aborted.troubles.len()), (1, 0));
    let silent = simulated("!something odd\n", 1).await;
    assert_eq!(silent.troubles[0].id, TroubleId::Other);
    let refused = simulated("!unreachable\n", 1).await;
    assert_eq!(refused.troubles[0].id, TroubleId::Unreachable);
}

#[tokio::test]
async fn a_change_runs_as_root_in_the_language_c_and_is_judged_by_the_databases() {
    let scripts: &[(&str, &[_])] = &[
        ("installed", &[("old 1\n", 0), ("old 1\nlib 3\na 1\n", 0)]),
        // Its status counts what was broken before.
        (
            "commit",
            &[("step 1/2 lib\nstep 2/2 a\n!broken before\n", 2)],
        ),
    ];
    let engine = engine(scripts);
    let mut desk = desk();
    desk.setup.env = vec![
        ("HTTP_AUTH".into(), "basic:x".into()),
        ("TOY".into(), "no".into()),
    ];
    let news = Mutex::new(Vec::new());
    let sink = |told| news.lock().unwrap().push(told);
    let cancel = CancellationToken::new();
    let wanted = install(&["a"]);
    let done = packages::change(&engine, &desk, &wanted, &sink, &cancel)
        .await
        .unwrap();
    assert_eq!(ran(&engine), ["installed", "commit", "installed"]);

    let changed = done.changed;
    assert_eq!((changed.outcome, changed.status), (Outcome::Done, Some(2)));
    let names: Vec<_> = changed
        .steps
        .iter()
        .map(|step| step.name.as_str())
        .collect();
    assert_eq!(names, ["a", "lib"]);
    assert_eq!(changed.troubles[0].id, TroubleId::BrokenBefore);
    assert_eq!(changed.line, "toy Install a");
    assert_eq!(changed.dockerfile, "RUN toy Install a");
    assert_eq!(done.installed.packages.len(), 3);
    assert_eq!(done.printed.lines.len(), 3);

    let news = news.into_inner().unwrap();
    let line = |stream, text: &str| News::Line(stream, text.into());
    assert_eq!(news[0], line(Stream::Stdout, "step 1/2 lib"));
    assert!(matches!(&news[1], News::Told(Told::Step(step)) if step.name == "lib"));
    assert_eq!(news.last(), Some(&line(Stream::Stderr, "broken before")));

    for spec in engine.specs() {
        assert_eq!((spec.user.as_str(), spec.workdir.as_str()), ("0", "/"));
        let (mark, env) = spec.env.split_last().unwrap();
        assert_eq!(env, ["LC_ALL=C", "HTTP_AUTH=basic:x", "TOY=yes"]);
        assert!(mark.starts_with("DEVTWIN_SHELL="), "{mark}");
    }
    let marks: Vec<_> = engine
        .specs()
        .iter()
        .map(|s| s.env.last().cloned())
        .collect();
    assert!(marks[0] != marks[1] && marks[1] != marks[2], "{marks:?}");
}

#[tokio::test]
async fn what_was_not_done_is_no_line_to_keep_and_says_why() {
    let failed = engine(&[("commit", &[("!unreachable\n", 0)])]);
    let done = changed(&failed, &["a"]).await.unwrap().changed;
    assert_eq!(
        (done.outcome, done.missed),
        (Outcome::Failed, vec!["a".to_owned()])
    );
    assert_eq!(done.troubles[0].id, TroubleId::Unreachable);
    assert_eq!((done.line.as_str(), done.dockerfile.as_str()), ("", ""));

    let scripts: &[(&str, &[_])] = &[
        ("installed", &[("", 0), ("a 1\n", 0)]),
        ("commit", &[("!unknown words\n", 3)]),
    ];
    let done = changed(&engine(scripts), &["a", "nope"])
        .await
        .unwrap()
        .changed;
    assert_eq!(done.outcome, Outcome::Partly);
    assert_eq!(done.line, "toy Install a");
    assert_eq!(done.troubles[0].meaning, "toy failed with status 3");

    let nothing = engine(&[("installed", &[("a 1\n", 0)])]);
    let done = changed(&nothing, &["a"]).await.unwrap().changed;
    assert_eq!((done.outcome, done.line.as_str()), (Outcome::Nothing, ""));
    assert_eq!(done.troubles, []);
}

#[tokio::test]
async fn what_is_mended_and_what_gets_older_is_told_as_that() {
    let scripts: &[(&str, &[_])] = &[(
        "installed",
        &[("a 1 torn\nlib 2\n", 0), ("a 1\nlib 1\n", 0)],
    )];
    let done = changed(&engine(scripts), &["a"]).await.unwrap().changed;
    let doing: Vec<_> = done.steps.iter().map(|step| step.doing).collect();
    assert_eq!(doing, [Doing::Configure, Doing::Downgrade]);
    assert_eq!(
        (done.outcome, done.line.as_str()),
        (Outcome::Done, "toy Install a")
    );
}

/// Installs `a` with a manager that goes on until it is ended; gives up when it tells of its step.
async fn given_up(then: Then, after: &str) -> (FakeEngine, Finished) {
    let mut engine = engine(&[("installed", &[("old 1\n", 0), (after, 0)])]);
    let commit = script("step 1/9 a\n", 0, then);
    engine.scripts.insert("sh -c commit".into(), vec![commit]);
    let (desk, cancel, wanted) = (desk(), CancellationToken::new(), install(&["a"]));
    let give_up = |told| {
        if matches!(told, News::Told(Told::Step(_))) {
            cancel.cancel();
        }
    };
    let done = packages::change(&engine, &desk, &wanted, &give_up, &cancel).await;
    (engine, done.unwrap())
}

#[tokio::test]
async fn a_change_that_is_given_up_is_ended_and_tells_what_was_done_by_then() {
    let (engine, done) = given_up(Then::RunsUntil("INT"), "old 1\nlib 1\na 1 torn\n").await;
    assert_eq!(engine.signals(), ["INT", "0"]);
    assert_eq!(ran(&engine), ["installed", "commit", "installed"]);
    let changed = done.changed;
    assert_eq!(
        (changed.outcome, changed.status),
        (Outcome::Cancelled, None)
    );
    assert_eq!(changed.steps.len(), 2);
    assert_eq!(changed.troubles[0].id, TroubleId::Interrupted);
    assert_eq!(changed.line, "");
    assert_eq!(done.printed.lines.len(), 1);

    let (_, done) = given_up(Then::RunsUntil("INT"), "old 1\na 1\n").await;
    assert_eq!(done.changed.outcome, Outcome::Done, "it was too late");
}

#[tokio::test]
async fn a_manager_that_does_not_end_when_it_is_asked_is_killed() {
    let (engine, done) = given_up(Then::RunsUntil("no signal"), "old 1\n").await;
    assert_eq!(done.changed.outcome, Outcome::Cancelled);
    assert_eq!(done.changed.troubles, []);
    let mut signals = engine.signals();
    signals.dedup();
    assert_eq!(signals, ["INT", "0", "TERM", "0", "KILL"]);
}

#[tokio::test]
async fn a_change_that_is_given_up_before_it_begins_is_not_begun() {
    let mut engine = engine(&[]);
    let list = script("old 1\n", 0, Then::RunsUntil("INT"));
    engine.scripts.insert("sh -c installed".into(), vec![list]);
    let (desk, cancel, wanted) = (desk(), CancellationToken::new(), install(&["a"]));
    let changing = packages::change(&engine, &desk, &wanted, &|_| {}, &cancel);
    let give_up = async { cancel.cancel() };
    let (done, ()) = tokio::join!(changing, give_up);
    assert_eq!(done.unwrap_err().kind, ErrorKind::Cancelled);
    assert_eq!(ran(&engine), ["installed"]);
}

#[tokio::test]
async fn a_manager_that_prints_nothing_any_more_is_ended_and_that_is_told() {
    let mut engine = engine(&[("installed", &[("", 0)])]);
    let commit = script("step 1/9 a\n", 0, Then::RunsUntil("INT"));
    engine.scripts.insert("sh -c commit".into(), vec![commit]);
    let (mut desk, cancel, wanted) = (desk(), CancellationToken::new(), install(&["a"]));
    desk.silence = Duration::from_millis(500);
    let done = packages::change(&engine, &desk, &wanted, &|_| {}, &cancel).await;
    let changed = done.unwrap().changed;
    assert_eq!(changed.outcome, Outcome::Failed);
    let said = &changed.troubles[0].meaning;
    assert!(said.contains("printed nothing"), "{said}");
    assert_eq!(engine.signals()[0], "INT");
}

#[tokio::test]
async fn a_twin_that_ends_in_the_middle_is_a_clear_error() {
    for then in [Then::EndsAll, Then::Vanishes] {
        let mut engine = engine(&[("installed", &[("", 0)])]);
        let commit = script("step 1/9 a\n", 137, then);
        engine.scripts.insert("sh -c commit".into(), vec![commit]);
        let error = changed(&engine, &["a"]).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NoTarget, "{error}");
        assert!(
            error.message.contains("ended while toy was at work"),
            "{error}"
        );
        assert!(error.hint.unwrap().contains("devtwin attach"));
    }
}

#[tokio::test]
async fn a_stream_that_breaks_ends_the_manager_and_the_databases_tell_the_rest() {
    let mut engine = engine(&[("installed", &[("", 0), ("lib 1\n", 0)])]);
    let commit = script("step 1/9 a\n", 0, Then::Breaks);
    engine.scripts.insert("sh -c commit".into(), vec![commit]);
    let done = changed(&engine, &["a"]).await.unwrap().changed;
    assert_eq!((done.outcome, done.steps.len()), (Outcome::Failed, 1));
    assert_eq!(done.troubles[0].meaning, "the stream broke off");
    assert_eq!(engine.signals().last().map(String::as_str), Some("KILL"));
}

#[tokio::test]
async fn a_stream_that_stays_open_behind_its_program_is_not_waited_for() {
    let mut engine = engine(&[("installed", &[("", 0), ("a 1\n", 0)])]);
    let commit = script("step 1/1 a\n", 0, Then::HoldsOn);
    engine.scripts.insert("sh -c commit".into(), vec![commit]);
    let done = changed(&engine, &["a"]).await.unwrap().changed;
    assert_eq!((done.outcome, done.status), (Outcome::Done, Some(0)));
    assert!(engine.signals().is_empty());
}
