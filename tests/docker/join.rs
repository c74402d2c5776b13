//! Joining real targets of every kind through the real binary: each works, or says plainly what is missing.

use crate::support::{Container, devtwin, docker, stderr, stdout, unique};

const WEB: &str = "acme/web:1.4";
/// Its bit in a capability set (linux/capability.h).
const SYS_PTRACE: u64 = 1 << 19;

/// Runs a shell line in a twin of `target` and returns what it printed.
#[track_caller]
fn in_twin(target: &Container, flags: &[&str], line: &str) -> String {
    let mut args = vec!["exec"];
    args.extend_from_slice(flags);
    args.extend_from_slice(&[target.name(), "--", "sh", "-c", line]);
    let out = devtwin(&args);
    assert!(
        out.status.success(),
        "{args:?}: {}{}",
        stdout(&out),
        stderr(&out)
    );
    stdout(&out)
}

/// What `devtwin plan` says of `target`.
#[track_caller]
fn plan(target: &Container) -> String {
    let out = devtwin(&["plan", target.name()]);
    assert!(out.status.success(), "{}", stderr(&out));
    stdout(&out)
}

/// The twin is root, sees the target as PID 1, talks to it on localhost and reads its files.
#[track_caller]
fn joins_whole(target: &Container) {
    let said = in_twin(
        target,
        &[],
        "id -u; tr '\\0' ' ' </proc/1/cmdline; echo; wget -qO- http://127.0.0.1:8080/; cat /target/etc/web/marker",
    );
    let mut lines = said.lines();
    assert_eq!(lines.next(), Some("0"), "{said}");
    assert!(
        lines.next().is_some_and(|l| l.starts_with("/usr/bin/web")),
        "{said}"
    );
    assert!(said.contains("hello from web"), "{said}");
    assert!(said.contains("only in the target"), "{said}");
}

#[test]
fn a_plain_target() {
    joins_whole(&Container::run(WEB, &[], &[]));
}

#[test]
fn a_hardened_target_read_only_without_capabilities_and_privileges() {
    let target = Container::run(
        WEB,
        &[
            "--read-only",
            "--cap-drop",
            "ALL",
            "--security-opt",
            "no-new-privileges",
        ],
        &[],
    );
    joins_whole(&target);
    let plan = plan(&target);
    for word in ["read-only", "drops ALL", "no-new-privileges"] {
        assert!(plan.contains(word), "{word} in {plan}");
    }
    let said = in_twin(&target, &[], "touch /target/etc/x 2>&1 || echo refused");
    assert!(
        said.contains("Read-only") && said.contains("refused"),
        "{said}"
    );
}

#[test]
fn a_target_that_runs_as_root_and_one_as_a_stranger() {
    joins_whole(&Container::run(WEB, &["--user", "0"], &[]));
    joins_whole(&Container::run(WEB, &["--user", "12345:23456"], &[]));
}

#[test]
fn a_target_with_ptrace_scope_of_its_own_user_opens_to_the_same_uid() {
    let target = Container::run(WEB, &[], &[]);
    let said = in_twin(
        &target,
        &["--user", "65532"],
        "id -u; cat /target/etc/web/marker",
    );
    assert!(
        said.starts_with("65532") && said.contains("only in the target"),
        "{said}"
    );
}

#[test]
fn volumes_binds_and_tmpfs() {
    let volume = unique("vol");
    let _cleanup = docker::volume(&volume);
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("note"), "from the host").unwrap();
    let bind = format!("{}:/bound:ro", dir.path().display());
    let named = format!("{volume}:/data");
    let target = Container::run(
        WEB,
        &[
            "-v", &named, "-v", &bind, "--tmpfs", "/scratch", "--user", "0",
        ],
        &["--write", "/data/x"],
    );
    let said = in_twin(
        &target,
        &[],
        "cat /bound/note; echo; wc -l </data/x; touch /bound/y 2>&1; ls -d /target/scratch",
    );
    assert!(said.contains("from the host"), "{said}");
    assert!(said.contains("Read-only"), "{said}");
    assert!(said.contains("/target/scratch"), "{said}");
    assert!(
        plan(&target).contains("tmpfs at /scratch"),
        "{}",
        plan(&target)
    );
    let none = in_twin(&target, &["--no-volumes"], "ls -d /bound 2>&1 || echo none");
    assert!(none.contains("none"), "{none}");
}

#[test]
fn an_empty_volume_of_the_target_is_never_filled_from_the_dev_image() {
    let volume = unique("empty");
    let _cleanup = docker::volume(&volume);
    // /repo has files in the dev image and none in production.
    let target = Container::run(WEB, &["-v", &format!("{volume}:/repo")], &[]);
    let before = in_twin(&target, &["--no-volumes"], "ls -A /target/repo | wc -l");
    let shared = in_twin(&target, &[], "ls -A /target/repo | wc -l");
    assert_eq!(
        before, shared,
        "the twin put files into the target's volume"
    );
}

#[test]
fn volumes_of_the_target_outlive_the_twin() {
    let target = Container::run(
        WEB,
        &["-v", "/anonymous", "--user", "0"],
        &["--write", "/anonymous/x"],
    );
    assert!(in_twin(&target, &[], "cat /anonymous/x").lines().count() > 0);
    assert!(
        in_twin(&target, &[], "cat /target/anonymous/x")
            .lines()
            .count()
            > 0
    );
}

#[test]
fn host_network() {
    let target = Container::run(
        WEB,
        &["--network", "host"],
        &["--listen", "127.0.0.1", "--port", "18473"],
    );
    let said = in_twin(
        &target,
        &[],
        "wget -qO- http://127.0.0.1:18473/; cat /target/etc/web/marker",
    );
    assert!(
        said.contains("hello from web") && said.contains("only in the target"),
        "{said}"
    );
}

#[test]
fn host_processes() {
    let target = Container::run(WEB, &["--pid", "host"], &[]);
    let said = in_twin(&target, &[], "cat /target/etc/web/marker; readlink /target");
    assert!(said.contains("only in the target"), "{said}");
    assert!(
        !said.contains("/proc/1/root"),
        "PID 1 is the host's: {said}"
    );
    assert!(plan(&target).contains("sees all of them"));
}

#[test]
fn the_network_of_another_container() {
    let first = Container::run(WEB, &[], &[]);
    let target = Container::run(
        WEB,
        &["--network", &format!("container:{}", first.name())],
        &["--port", "8081"],
    );
    let said = in_twin(
        &target,
        &[],
        "wget -qO- http://127.0.0.1:8080/; wget -qO- http://127.0.0.1:8081/; tr '\\0' ' ' </proc/1/cmdline",
    );
    assert_eq!(said.matches("hello from web").count(), 2, "{said}");
    assert!(
        said.contains("--port 8081"),
        "PID 1 is the target itself: {said}"
    );
}

#[test]
fn the_processes_of_another_container() {
    let first = Container::run(WEB, &[], &[]);
    let target = Container::run(
        WEB,
        &["--pid", &format!("container:{}", first.name())],
        &["--port", "8081"],
    );
    let said = in_twin(
        &target,
        &[],
        "wget -qO- http://127.0.0.1:8081/; test -e /target || echo no link",
    );
    assert!(
        said.contains("hello from web") && said.contains("no link"),
        "{said}"
    );
    assert!(plan(&target).contains("no /target"));
}

#[test]
fn no_network_at_all() {
    let target = Container::run(WEB, &["--network", "none"], &[]);
    joins_whole(&target);
}

#[test]
fn ipc_is_shared_when_the_target_allows_it_and_entered_on_request_when_not() {
    let namespace = "readlink /proc/1/ns/ipc; readlink /proc/self/ns/ipc";
    let same = |said: &str| {
        let mut lines = said.lines();
        lines.next() == lines.next()
    };
    let shareable = Container::run(WEB, &["--ipc", "shareable"], &[]);
    assert!(same(&in_twin(&shareable, &[], namespace)));
    let private = Container::run(WEB, &["--ipc", "private"], &[]);
    assert!(!same(&in_twin(&private, &[], namespace)));
    assert!(plan(&private).contains("ipc is not shared"));
    assert!(same(&in_twin(&private, &["--share", "ipc,uts"], namespace)));
}

#[test]
fn a_paused_target() {
    let target = Container::run(WEB, &[], &[]);
    docker::ok(&["pause", target.name()]);
    let said = in_twin(
        &target,
        &[],
        "cat /target/etc/web/marker; grep State /proc/1/status",
    );
    assert!(said.contains("only in the target"), "{said}");
    assert!(plan(&target).contains("docker unpause"));
    docker::ok(&["unpause", target.name()]);
}

#[test]
fn the_targets_variables_directory_and_path() {
    let target = Container::run(
        WEB,
        &["-e", "GREETING=hello there", "--workdir", "/srv/app"],
        &[],
    );
    let said = in_twin(&target, &[], "echo $GREETING; pwd; echo $PATH");
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[..2], ["hello there", "/srv/app"], "{said}");
    assert!(lines[2].contains("/usr/bin"), "{said}");
}

#[test]
fn only_sys_ptrace_is_added() {
    let target = Container::run(WEB, &[], &[]);
    let caps = |said: &str| u64::from_str_radix(said.trim(), 16).unwrap();
    let ours = caps(&in_twin(
        &target,
        &[],
        "sed -n 's/CapEff:\\t//p' /proc/self/status",
    ));
    let default = docker::ok(&[
        "run",
        "--rm",
        "-u",
        "0",
        "--label",
        "dev.devtwin.test=1",
        "--entrypoint",
        "sh",
        "cgr.dev/chainguard/web:latest-dev",
        "-c",
        "sed -n 's/CapEff:\\t//p' /proc/self/status",
    ]);
    assert_eq!(ours, caps(&default) | SYS_PTRACE);
}

#[test]
fn the_target_is_unchanged_by_everything_that_devtwin_does() {
    let target = Container::run(WEB, &[], &["--write", "/tmp/own"]);
    let before = docker::ok(&["diff", target.name()]);
    joins_whole(&target);
    let _ = plan(&target);
    assert!(devtwin(&["resolve", target.name()]).status.success());
    assert_eq!(docker::ok(&["diff", target.name()]), before);
}

#[test]
fn a_distroless_style_pair_gets_the_shell_from_busybox() {
    let target = Container::run("gcr.io/distroless/web:nonroot", &[], &[]);
    let out = devtwin(&[
        "exec",
        target.name(),
        "--",
        "/busybox/sh",
        "-c",
        "/busybox/id -u; /busybox/cat /proc/1/comm",
    ]);
    assert!(out.status.success(), "{}", stderr(&out));
    assert_eq!(stdout(&out), "0\nweb\n");
    let plan = plan(&target);
    assert!(
        plan.contains("debug-nonroot") && plan.contains("--entrypoint /busybox/sh"),
        "{plan}"
    );
}

#[test]
fn streams_are_binary_clean_and_the_status_is_the_commands() {
    let target = Container::run(WEB, &[], &[]);
    let out = devtwin(&[
        "exec",
        target.name(),
        "--",
        "sh",
        "-c",
        "printf '\\000\\001\\002\\377out'; printf 'err\\000' >&2; exit 42",
    ]);
    assert_eq!(out.status.code(), Some(42));
    assert_eq!(out.stdout, b"\x00\x01\x02\xffout");
    assert_eq!(out.stderr, b"err\x00");

    let bytes: Vec<u8> = (0..200_000u32).map(|n| (n % 251) as u8).collect();
    let out =
        crate::support::devtwin_with_input(&["exec", "-i", target.name(), "--", "cat"], &bytes);
    assert!(
        out.stdout == bytes,
        "{} bytes came back of {}",
        out.stdout.len(),
        bytes.len()
    );

    let missing = devtwin(&["exec", target.name(), "--", "no-such-program"]);
    assert_eq!(missing.status.code(), Some(127), "{}", stderr(&missing));
    assert!(stderr(&missing).contains("no-such-program"));
}

#[test]
fn targets_that_cannot_be_joined_are_refused_with_what_to_do() {
    let target = Container::run(WEB, &[], &["--exit", "3"]);
    target.wait_until_it_failed();
    let join = |name: &str| devtwin(&["exec", "--mode", "join", name, "--", "true"]);
    let out = join(target.name());
    assert_eq!(out.status.code(), Some(3), "{}", stderr(&out));
    assert!(stderr(&out).contains("for an arena"), "{}", stderr(&out));
    let created = Container::create(WEB, &[], &[]);
    let out = join(created.name());
    assert_eq!(out.status.code(), Some(3));
    assert!(
        stderr(&out).contains("never been started"),
        "{}",
        stderr(&out)
    );
}

#[test]
fn no_dev_image_is_status_four_with_what_was_tried() {
    let target = Container::run("acme/bare:1", &[], &[]);
    let none = ["exec", "--image", "acme/none:1", "--pull", "never"];
    let out = devtwin(&[&none[..], &[target.name(), "--", "true"]].concat());
    assert_eq!(out.status.code(), Some(4), "{}", stderr(&out));
    assert!(stderr(&out).contains("--image"), "{}", stderr(&out));
    let out = devtwin(&[
        "exec",
        "--image",
        "cgr.dev/chainguard/web:latest-dev",
        target.name(),
        "--",
        "id",
        "-u",
    ]);
    assert_eq!(stdout(&out), "0\n", "{}", stderr(&out));
}

#[test]
fn nothing_of_a_command_is_left_behind() {
    let target = Container::run(WEB, &[], &[]);
    let filter = format!("label=dev.devtwin.target={}", target.id());
    let left = || docker::ok(&["ps", "-aq", "--filter", &filter]);
    assert_eq!(
        devtwin(&["exec", target.name(), "--", "false"])
            .status
            .code(),
        Some(1)
    );
    assert_eq!(
        devtwin(&["exec", target.name(), "--", "no-such-program"])
            .status
            .code(),
        Some(127)
    );
    assert_eq!(left(), "");
}
