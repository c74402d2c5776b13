//! The search on real targets: it finds the planted cause, and leaves nothing.

use serde_json::Value;

use crate::replay::nothing_is_left;
use crate::support::{Container, devtwin, docker, stderr, unique};

const WEB: &str = "acme/web:1.4";

/// A target that has failed, also one that never ran: the engine could not start it.
#[track_caller]
fn failed(flags: &[&str], args: &[&str]) -> Container {
    failed_of(WEB, flags, args)
}

#[track_caller]
fn failed_of(image: &str, flags: &[&str], args: &[&str]) -> Container {
    let target = Container::create(image, flags, args);
    // What cannot be started says so by its status.
    docker::run(&["start", target.name()]);
    let start = std::time::Instant::now();
    loop {
        let state = docker::ok(&[
            "inspect",
            "--format",
            "{{.State.Running}} {{.State.ExitCode}}",
            target.name(),
        ]);
        match state.as_str() {
            "true 0" => assert!(start.elapsed().as_secs() < 20, "it does not fail"),
            "false 0" => panic!("it ended well: {}", docker::ok(&["logs", target.name()])),
            _ => return target,
        }
    }
}

/// The report of a search, and that the target is as it was and nothing else is left.
#[track_caller]
fn searched(target: &Container, flags: &[&str]) -> Value {
    let state = || {
        docker::ok(&[
            "inspect",
            "--format",
            "{{json .State}} {{json .HostConfig}}",
            target.name(),
        ])
    };
    let before = state();
    let args = [
        &["replay", "--bisect", "--yes", "--timeout", "1s", "--json"],
        flags,
        &[target.name()],
    ]
    .concat();
    let output = devtwin(&args);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", stderr(&output)));
    let found = report["verdict"]["kind"] == "found";
    assert_eq!(output.status.code(), Some(i32::from(!found)), "{report:#}");
    assert_eq!(state(), before, "the target is not touched");
    nothing_is_left(target);
    report
}

#[track_caller]
fn finds(target: &Container, flags: &[&str], what: &str) -> Value {
    let report = searched(target, flags);
    let change = &report["verdict"]["change"];
    assert_eq!(change["what"], what, "{report:#}");
    assert_eq!(report["verdict"]["heals"], true, "{report:#}");
    change.clone()
}

#[test]
fn a_wrong_user() {
    let target = failed(&["--user", "12345"], &["--write", "/home/nonroot/x"]);
    let change = finds(&target, &[], "user");
    assert_eq!(
        (&change["from"], &change["to"]),
        (&"12345".into(), &"65532".into())
    );
}

#[test]
fn a_variable_that_overrides_the_images() {
    let flags = ["-e", "UNRELATED=1", "-e", "LD_LIBRARY_PATH=/nowhere"];
    let target = failed_of("acme/sound:library-path", &flags, &[]);
    let change = finds(&target, &[], "variable");
    assert_eq!(change["name"], "LD_LIBRARY_PATH");
}

#[test]
fn a_read_only_root() {
    let target = failed(&["--user", "0", "--read-only"], &["--write", "/var/log/x"]);
    finds(&target, &[], "writable-root");
}

#[test]
fn a_dropped_capability() {
    let flags = ["--user", "0", "--cap-drop", "NET_BIND_SERVICE"];
    // As on a host: engines let everybody bind low ports in a network of a container's own.
    let low = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];
    let args = ["--listen", "127.0.0.1", "--port", "80"];
    let target = failed(&[&flags[..], &low].concat(), &args);
    let change = finds(&target, &[], "capabilities");
    assert_eq!(change["from"], "-NET_BIND_SERVICE");
}

#[test]
fn a_memory_limit() {
    let target = failed(&["--memory", "16m"], &["--eat-memory"]);
    // Without the limit it goes on eating until its time is over.
    let change = finds(&target, &[], "memory");
    assert_eq!(change["from"], 16 << 20);
}

#[test]
fn a_mount_that_hides_the_program() {
    let volume = docker::volume(&unique("vol"));
    let mount = format!("{}:/usr/bin:nocopy", volume.name());
    let target = failed(&["-v", &mount], &[]);
    let change = finds(&target, &[], "mount");
    assert_eq!(change["at"], "/usr/bin");
    drop(target);
}

#[test]
fn a_low_port_on_the_hosts_network() {
    let target = failed(
        &["--network", "host"],
        &["--listen", "127.0.0.1", "--port", "80"],
    );
    let careful = searched(&target, &[]);
    assert_eq!(careful["verdict"]["kind"], "not-reproduced");
    let words = careful["words"].to_string();
    assert!(
        words.contains("The network may be the cause") && words.contains("the host's"),
        "{words}"
    );
    assert_eq!(
        careful["trials"].as_array().map(Vec::len),
        Some(1),
        "nobody allowed more"
    );
    finds(&target, &["--network", "same"], "network");
}

#[test]
fn a_command_of_its_own() {
    let target = failed(&[], &["--config", "/missing"]);
    let change = finds(&target, &[], "command");
    assert_eq!(change["to"][2], "/etc/app/web.toml");
}

#[test]
fn nothing_is_run_without_a_yes() {
    let target = failed(&[], &["--config", "/missing"]);
    let output = devtwin(&["replay", "--bisect", target.name()]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("--yes") && said.contains("the image's command"),
        "{said}"
    );
    nothing_is_left(&target);
}

#[test]
fn a_target_that_runs_has_no_failure() {
    let target = Container::run(WEB, &[], &[]);
    let output = devtwin(&["replay", "--bisect", "--yes", target.name()]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("there is no failure"));
}

#[test]
fn a_loop_that_runs_right_now_is_watched_until_it_fails() {
    let target = Container::run(
        WEB,
        &["--restart", "always"],
        &["--exit", "3", "--after", "300"],
    );
    target.wait_until_it_failed();
    let output = devtwin(&[
        "replay",
        "--bisect",
        "--yes",
        "--timeout",
        "2s",
        "--json",
        target.name(),
    ]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["wanted"]["status"], 3, "{report:#}");
    assert_eq!(report["verdict"]["change"]["what"], "command", "{report:#}");
    nothing_is_left(&target);
}
