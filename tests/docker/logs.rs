//! Logs and stats against the real engine: what they bring is what `docker logs` and `docker stats` print.

use std::time::Instant;

use devtwin::domain::error::ErrorKind;
use devtwin::domain::log::{Assembler, Line, Log, LogQuery, Moment, Since, Stream};
use devtwin::domain::stats::History;
use devtwin::domain::target::ContainerId;
use devtwin::engine::docker::Docker;
use devtwin::engine::{Engine as _, Output};
use futures_util::StreamExt as _;

use crate::engine::{PATIENCE, engine, within};
use crate::support::Container;
use crate::support::docker::{self, busybox};

fn run(flags: &[&str], script: &str) -> Container {
    Container::run(busybox().name(), flags, &["/bin/sh", "-c", script])
}

fn id(container: &Container) -> ContainerId {
    ContainerId(container.id())
}

/// All lines of a log, until the stream ends by itself.
async fn read(engine: &Docker, target: &ContainerId, query: LogQuery) -> Vec<Line> {
    let (mut assembler, mut lines) = (Assembler::default(), Vec::new());
    let mut pieces = within(engine.log_stream(target, &query)).await.unwrap();
    while let Some(piece) = within(pieces.next()).await {
        match piece.unwrap() {
            Output::Stdout(bytes) => assembler.feed(Stream::Out, &bytes, &mut lines),
            Output::Stderr(bytes) => assembler.feed(Stream::Err, &bytes, &mut lines),
        }
    }
    assembler.end(&mut lines);
    lines
}

fn texts(lines: &[Line], stream: Stream) -> Vec<&str> {
    let of = lines.iter().filter(|line| line.stream == stream);
    of.map(|line| line.text.as_str()).collect()
}

const ALL: LogQuery = LogQuery {
    tail: None,
    since: None,
};

#[tokio::test]
async fn both_streams_of_a_log_are_what_docker_logs_prints() {
    let engine = engine().await;
    let script = "for n in 1 2 3; do echo out $n; echo err $n >&2; done; head -c 100000 /dev/zero | busybox tr '\\0' x; echo; printf 'no end'";
    let target = run(&[], script);
    docker::ok(&["wait", target.name()]);
    let lines = read(&engine, &id(&target), ALL).await;
    let output = docker::run(&["logs", "--timestamps", target.name()]);
    let theirs = String::from_utf8(output.stderr).unwrap();
    let ours: Vec<String> = lines
        .iter()
        .filter(|line| line.stream == Stream::Err)
        .map(|line| format!("{} {}", line.at.unwrap(), line.text))
        .collect();
    let theirs: Vec<String> = theirs
        .lines()
        .map(|line| {
            let (time, text) = line.split_once(' ').unwrap();
            format!("{} {text}", Moment::parse(time).unwrap())
        })
        .collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 3);
    let out = texts(&lines, Stream::Out);
    assert_eq!(out[..3], ["out 1", "out 2", "out 3"]);
    assert!(
        out[3].starts_with("xxxx") && out[3].ends_with("more bytes]"),
        "{}",
        out[3].len()
    );
    assert_eq!(out[4..], ["no end"]);
    let last = LogQuery {
        tail: Some(1),
        since: None,
    };
    assert_eq!(
        texts(&read(&engine, &id(&target), last).await, Stream::Out),
        ["no end"]
    );
}

#[tokio::test]
async fn a_log_is_followed_over_restarts_without_a_line_twice() {
    let engine = engine().await;
    let target = run(&[], "echo begin; echo end");
    let id = id(&target);
    docker::ok(&["wait", target.name()]);
    let first = read(&engine, &id, ALL).await;
    assert_eq!(texts(&first, Stream::Out), ["begin", "end"]);
    docker::ok(&["start", target.name()]);
    docker::ok(&["wait", target.name()]);
    let newest = first.last().unwrap().at.unwrap();
    let query = LogQuery {
        tail: Some(1000),
        since: Some(Since::At(newest.next())),
    };
    let second = read(&engine, &id, query).await;
    assert_eq!(texts(&second, Stream::Out), ["begin", "end"]);
    let runs = within(engine.runs_of(&id)).await.unwrap();
    assert_eq!(runs.len(), 2, "{runs:?}");
    // The engine tells of a start later than a quick program prints, and yet each line is of its own run.
    let mut log = Log::default();
    log.began(&runs);
    log.add([first, second].concat());
    let begin: Vec<bool> = log.iter().map(|(_, line)| line.run.is_some()).collect();
    assert_eq!(begin, [false, false, true, false], "{log:?}");
    let ago = LogQuery {
        tail: None,
        since: Some(Since::Ago(3600)),
    };
    assert_eq!(read(&engine, &id, ago).await.len(), 4);
}

#[tokio::test]
async fn a_log_that_is_followed_ends_with_the_run() {
    let engine = engine().await;
    let target = run(&[], "echo ready; sleep 1000");
    let id = id(&target);
    let mut pieces = within(engine.log_stream(&id, &ALL)).await.unwrap();
    let piece = within(pieces.next()).await.unwrap().unwrap();
    assert!(matches!(piece, Output::Stdout(_)), "{piece:?}");
    docker::ok(&["kill", target.name()]);
    assert!(within(pieces.next()).await.is_none());
}

#[tokio::test]
async fn the_log_of_a_terminal_has_no_frames_and_any_byte_in_it() {
    let engine = engine().await;
    let target = run(
        &["-t"],
        "printf '\\001\\000\\000\\000begin\\n'; echo err >&2",
    );
    docker::ok(&["wait", target.name()]);
    let lines = read(&engine, &id(&target), ALL).await;
    let got = texts(&lines, Stream::Out);
    assert_eq!(got, ["\u{fffd}\u{fffd}\u{fffd}\u{fffd}begin", "err"]);
    assert!(lines.iter().all(|line| line.at.is_some()));
}

#[tokio::test]
async fn a_log_driver_that_keeps_nothing_is_refused_in_the_engines_words() {
    let engine = engine().await;
    let target = run(&["--log-driver", "none"], "echo lost");
    docker::ok(&["wait", target.name()]);
    let error = within(engine.log_stream(&id(&target), &ALL))
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind, ErrorKind::Engine);
    assert!(
        error.message.contains("does not support reading"),
        "{error}"
    );
    assert!(error.hint.unwrap().contains("log driver"));
    let gone = ContainerId("0".repeat(64));
    let error = within(engine.log_stream(&gone, &ALL)).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::NoTarget);
    let error = within(engine.runs_of(&gone)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoTarget);
}

#[tokio::test]
async fn stats_are_what_docker_stats_prints() {
    let engine = engine().await;
    // Busy all of its time: what is measured does not depend on when.
    let target = run(
        &["--memory", "64m", "--pids-limit", "50", "--cpus", "0.25"],
        "while true; do true; done",
    );
    let id = id(&target);
    let mut samples = within(engine.stats(&id)).await.unwrap();
    let mut history = History::default();
    let start = Instant::now();
    while history.readings().len() < 3 {
        history.add(within(samples.next()).await.unwrap().unwrap());
        assert!(start.elapsed() < PATIENCE);
    }
    let format = "{{.CPUPerc}} {{.MemUsage}} {{.PIDs}}";
    let theirs = docker::ok(&["stats", "--no-stream", "--format", format, target.name()]);
    let ours = history.newest().unwrap();
    let cpu: f64 = theirs.split('%').next().unwrap().parse().unwrap();
    assert!((ours.cpu - cpu).abs() < 15.0, "{} and {theirs}", ours.cpu);
    assert!(ours.cpu > 5.0, "{}", ours.cpu);
    assert!(theirs.contains("/ 64MiB 1"), "{theirs}");
    assert_eq!(ours.memory_limit, Some(64 * 1024 * 1024));
    assert!(
        ours.memory > 0 && ours.memory < 8 * 1024 * 1024,
        "{}",
        ours.memory
    );
    assert_eq!((ours.pids, ours.pids_limit), (1, Some(50)));
    assert!(ours.network.is_some());
    drop(samples);
    docker::ok(&["kill", target.name()]);
    // Of one that does not run there are no figures: nothing comes, or the stream ends.
    let mut samples = within(engine.stats(&id)).await.unwrap();
    let second = std::time::Duration::from_millis(1500);
    if let Ok(Some(sample)) = tokio::time::timeout(second, samples.next()).await {
        panic!("a sample of what does not run: {sample:?}");
    }
}
