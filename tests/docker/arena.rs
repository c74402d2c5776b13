//! Arenas of real targets that do not run, through the real binary: a root shell sees the target's files as it left
//! them, nothing of the target is changed, and nothing is left behind.

use crate::support::{Container, devtwin, docker, stderr, stdout, unique};

const WEB: &str = "acme/web:1.4";

/// Writes a file of its own and ends with 3.
const WRITES_AND_FAILS: &[&str] = &["--write", "/etc/web/own", "--exit", "3"];

/// Everything about a target that devtwin must not change.
#[track_caller]
fn fingerprint(target: &Container) -> String {
    let state = docker::ok(&[
        "inspect",
        "--format",
        "{{json .State}} {{.RestartCount}} {{json .HostConfig.RestartPolicy}}",
        target.name(),
    ]);
    let diff = docker::ok(&["diff", target.name()]);
    let mut changes: Vec<&str> = diff.lines().collect();
    changes.sort_unstable(); // the engine lists them in no order
    format!("{state}\n{}", changes.join("\n"))
}

/// What devtwin made for a target and did not remove: containers, volumes, images.
#[track_caller]
fn left(target: &str) -> String {
    let filter = format!("label=dev.devtwin.target={target}");
    let lists: [&[&str]; 3] = [&["ps", "-aq"], &["volume", "ls", "-q"], &["images", "-q"]];
    lists
        .map(|list| docker::ok(&[list, &["--filter", &filter]].concat()))
        .join("")
}

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

#[track_caller]
fn plan(target: &Container, flags: &[&str]) -> String {
    let out = devtwin(&[&["plan"], flags, &[target.name()]].concat());
    assert!(out.status.success(), "{}", stderr(&out));
    stdout(&out)
}

/// A root shell sees the file that only the target has, cannot write below `/target`, and leaves nothing.
#[track_caller]
fn opens(target: &Container, flags: &[&str], further: &str) -> String {
    let line =
        format!("id -u; cat /target/etc/web/marker; touch /target/etc/x 2>&1; echo $$; {further}");
    let said = in_twin(target, flags, &line);
    assert_eq!(said.lines().next(), Some("0"), "{said}");
    for words in ["only in the target", "Read-only file system"] {
        assert!(said.contains(words), "{words} in {said}");
    }
    assert!(
        said.lines().any(|l| l == "1"),
        "its own process ids: {said}"
    );
    assert_eq!(left(&target.id()), "");
    said
}

/// [`opens`], of a target that nothing starts meanwhile: it is as it was before.
#[track_caller]
fn opens_untouched(target: &Container, flags: &[&str], further: &str) -> String {
    let before = fingerprint(target);
    let said = opens(target, flags, further);
    assert_eq!(fingerprint(target), before, "the target was touched");
    said
}

/// Runs a target as root until it has ended.
#[track_caller]
fn ended(image: &str, flags: &[&str], args: &[&str]) -> Container {
    let target = Container::run(image, &[&["--user", "0"], flags].concat(), args);
    docker::ok(&["wait", target.name()]);
    target
}

#[test]
fn a_target_that_exited() {
    let target = ended(WEB, &[], WRITES_AND_FAILS);
    let said = opens_untouched(&target, &[], "cat /target/etc/web/own; hostname");
    assert!(said.contains("written by web"), "{said}");
    let plan = plan(&target, &[]);
    assert!(
        plan.contains("mode       arena") && plan.contains(&format!("by {}: ", docker::ways().0)),
        "{plan}"
    );
    assert_eq!(left(&target.id()), "", "a plan makes nothing");
}

#[test]
fn the_printed_lines_make_the_same_arena() {
    let target = ended(WEB, &[], WRITES_AND_FAILS);
    let out = devtwin(&["plan", "--json", "--no-package-cache", target.name()]);
    let plan: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let lines = plan["docker_run"].as_str().unwrap();
    let volume = unique("printed");
    let _cleanup = docker::Volume::adopt(&volume);
    let (made, run) = lines.split_once('\n').unwrap();
    // Not the interactive shell, and a name that no other test has.
    let run = run.replace("-it", "").replace("devtwin-root-plan", &volume);
    let script = format!(
        "{} >/dev/null && {run} -c 'cat /target/etc/web/own'",
        made.replace("devtwin-root-plan", &volume)
    );
    let ran = std::process::Command::new("sh")
        .args(["-c", &script])
        .output()
        .unwrap();
    assert!(
        stdout(&ran).contains("written by web"),
        "{script}: {}",
        stderr(&ran)
    );
}

#[test]
fn a_target_that_was_killed_for_its_memory() {
    // An engine of 20.10 misses the kernel's word in 3 of 100 runs on a busy machine.
    let killed = (0..10).find_map(|_| {
        let target = Container::run("acme/oom:1", &["--memory", "32m"], &[]);
        target.wait_until_it_failed();
        let format = "{{.State.OOMKilled}}";
        let said = docker::ok(&["inspect", "--format", format, target.name()]);
        (said == "true").then_some(target)
    });
    let target = killed.expect("the engine never says that memory was the reason");
    opens_untouched(&target, &[], "true");
}

#[test]
fn a_target_whose_program_is_missing_and_never_ran() {
    let target = Container::create(WEB, &["--entrypoint", "/missing/program"], &[]);
    assert!(!docker::run(&["start", target.name()]).status.success());
    opens_untouched(&target, &[], "true");
    assert!(plan(&target, &[]).contains("never ran"));
}

#[test]
fn a_target_that_was_only_created_with_a_file_copied_into_it() {
    let target = Container::create(WEB, &[], &[]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("note");
    std::fs::write(&file, "copied before the start").unwrap();
    let into = format!("{}:/etc/web/note", target.name());
    docker::ok(&["cp", file.to_str().unwrap(), &into]);
    let said = opens_untouched(&target, &[], "cat /target/etc/web/note");
    assert!(said.contains("copied before the start"), "{said}");
}

/// A target that ends `after` so many milliseconds and is started again for ever.
#[track_caller]
fn looping(after: &str) {
    let args = [WRITES_AND_FAILS, &["--after", after]].concat();
    let target = Container::run(WEB, &["--user", "0", "--restart", "always"], &args);
    target.wait_until_it_failed();
    // Whatever it does at the moment, twice.
    for _ in 0..2 {
        let said = opens(&target, &["--mode", "arena"], "cat /target/etc/web/own");
        assert!(said.contains("written by web"), "{said}");
    }
    assert!(plan(&target, &["--mode", "arena"]).contains("--restart=no"));
    let policy = "{{.HostConfig.RestartPolicy.Name}}";
    assert_eq!(
        docker::ok(&["inspect", "--format", policy, target.name()]),
        "always"
    );
}

#[test]
fn a_crash_loop_of_10_ms() {
    looping("10");
}

#[test]
fn a_crash_loop_of_200_ms() {
    looping("200");
}

#[test]
fn a_crash_loop_of_5_s() {
    looping("5000");
}

#[test]
fn a_loop_is_seen_without_being_asked_for_also_while_it_runs() {
    let args = ["--exit", "3", "--after", "5000"];
    let target = Container::run(WEB, &["--restart", "always"], &args);
    target.wait_until_it_failed();
    opens(&target, &[], "true");
}

#[test]
fn a_hardened_target_read_only_and_without_capabilities() {
    let target = ended(
        WEB,
        &[
            "--read-only",
            "--cap-drop",
            "ALL",
            "--security-opt",
            "no-new-privileges",
        ],
        &["--exit", "3"],
    );
    opens_untouched(
        &target,
        &[],
        "chroot /target /usr/bin/web --exit 7; test $? = 7",
    );
}

#[test]
fn volumes_binds_and_tmpfs_are_there_to_read_or_said_to_be_gone() {
    let volume = unique("arena-vol");
    let _cleanup = docker::volume(&volume);
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("note"), "from the host").unwrap();
    let bind = format!("{}:/bound", dir.path().display());
    let named = format!("{volume}:/data");
    let target = ended(
        WEB,
        &["-v", &named, "-v", &bind, "--tmpfs", "/scratch"],
        &["--write", "/data/own", "--exit", "3"],
    );
    let line = "cat /bound/note /data/own; touch /bound/x /data/x 2>&1; ls /target/scratch | wc -l";
    let said = opens_untouched(&target, &[], line);
    assert!(
        said.contains("from the host") && said.contains("written by web"),
        "{said}"
    );
    assert_eq!(said.matches("Read-only file system").count(), 3, "{said}");
    assert!(plan(&target, &[]).contains("the tmpfs at /scratch is gone"));
    let written = in_twin(
        &target,
        &["--writable-volumes"],
        "touch /bound/x /data/x && echo both",
    );
    assert!(
        written.contains("both") && dir.path().join("x").exists(),
        "{written}"
    );
    assert_eq!(left(&target.id()), "");
    assert!(
        docker::run(&["volume", "inspect", &volume])
            .status
            .success(),
        "the target's volume is still there"
    );
}

#[test]
fn a_bind_whose_source_is_gone_is_left_out_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("gone");
    std::fs::create_dir(&source).unwrap();
    let bind = format!("type=bind,source={},target=/bound", source.display());
    let target = ended(WEB, &["--mount", &bind], &["--exit", "3"]);
    std::fs::remove_dir(&source).unwrap();
    opens_untouched(&target, &[], "test ! -e /bound");
    let out = devtwin(&["exec", target.name(), "--", "true"]);
    assert!(
        stderr(&out).contains("without the mount at /bound"),
        "{}",
        stderr(&out)
    );
}

#[test]
fn the_host_network_and_none_at_all() {
    let links = "echo links $(ls /sys/class/net)";
    let host = ended(WEB, &["--network", "host"], &["--exit", "3"]);
    let said = opens_untouched(&host, &[], links);
    assert!(said.contains("docker0"), "{said}");
    let none = ended(WEB, &["--network", "none"], &["--exit", "3"]);
    let said = opens_untouched(&none, &[], links);
    assert!(said.contains("links lo\n"), "{said}");
}

/// A network that is removed on drop.
struct Network(String);

impl Network {
    fn new(word: &str) -> Self {
        let name = unique(word);
        docker::ok(&[
            "network",
            "create",
            "--internal",
            "--label",
            docker::LABEL,
            &name,
        ]);
        Self(name)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        docker::run(&["network", "rm", &self.0]);
    }
}

#[test]
fn networks_of_its_own_without_ports_aliases_and_names() {
    let (first, second) = (Network::new("net-a"), Network::new("net-b"));
    let flags = [
        "--network",
        &first.0,
        "--network-alias",
        "shop",
        "-p",
        "127.0.0.1::8080",
    ];
    let target = Container::create(WEB, &flags, &["--exit", "3"]);
    docker::ok(&["network", "connect", &second.0, target.name()]);
    docker::ok(&["start", target.name()]);
    docker::ok(&["wait", target.name()]);
    let said = opens_untouched(
        &target,
        &[],
        "echo links $(ls /sys/class/net | wc -l); wget -qO- -T 2 http://shop:8080/ 2>&1 | head -1",
    );
    assert!(
        said.contains("links 3"),
        "loopback and two networks: {said}"
    );
    assert!(
        !said.contains("hello from web"),
        "nobody is called shop: {said}"
    );
    let plan = plan(&target, &[]);
    assert!(
        plan.contains(&format!("docker network connect {}", second.0)) && !plan.contains("-p 127"),
        "{plan}"
    );
}

#[test]
fn a_network_that_is_gone_is_left_out_and_said() {
    let network = Network::new("net-gone");
    let target = Container::create(WEB, &["--network", &network.0], &[]);
    drop(network);
    let out = devtwin(&["exec", target.name(), "--", "cat", "/target/etc/web/marker"]);
    assert!(
        stdout(&out).contains("only in the target"),
        "{}",
        stderr(&out)
    );
    assert!(
        stderr(&out).contains("without the network"),
        "{}",
        stderr(&out)
    );
    assert_eq!(left(&target.id()), "");
}

#[test]
fn the_network_of_a_container_is_joined_while_that_runs() {
    let other = Container::run(WEB, &[], &[]);
    let network = format!("container:{}", other.name());
    let target = ended(
        WEB,
        &["--network", &network],
        &["--port", "8081", "--exit", "3"],
    );
    let said = opens_untouched(&target, &[], "wget -qO- http://127.0.0.1:8080/");
    assert!(said.contains("hello from web"), "{said}");
    docker::ok(&["kill", other.name()]);
    opens_untouched(&target, &[], "true");
    let plan = plan(&target, &[]);
    assert!(
        plan.contains("it does not run; the arena has one of its own"),
        "{plan}"
    );
}

#[test]
fn a_target_that_runs_is_copied_and_left_as_it_is() {
    let target = Container::run(WEB, &["--user", "0"], &["--write", "/etc/web/own"]);
    let start = std::time::Instant::now();
    while !docker::ok(&["diff", target.name()]).contains("/etc/web/own") {
        assert!(start.elapsed().as_secs() < 20, "it does not write");
    }
    let said = opens_untouched(
        &target,
        &["--mode", "arena"],
        "cat /target/etc/web/own; ls -ld /target/tmp",
    );
    assert!(said.contains("written by web"), "{said}");
    assert!(
        said.contains("drwxrwxrwt"),
        "modes are the target's: {said}"
    );
    let plan = plan(&target, &["--mode", "arena"]);
    let way = docker::ways().1;
    assert!(
        plan.contains(&format!("by {way}: ")) && plan.contains("the target runs"),
        "{plan}"
    );
    let out = devtwin(&["exec", "--mode", "arena", target.name(), "--", "true"]);
    assert_eq!(
        stderr(&out).contains("copying the target's files"),
        way == "archive",
        "{}",
        stderr(&out)
    );
}

#[test]
fn a_join_of_what_does_not_run_names_the_arena() {
    let target = ended(WEB, &[], &["--exit", "3"]);
    let out = devtwin(&["exec", "--mode", "join", target.name(), "--", "true"]);
    assert_eq!(out.status.code(), Some(3), "{}", stderr(&out));
    assert!(
        stderr(&out).contains("for an arena with its files"),
        "{}",
        stderr(&out)
    );
}

#[test]
fn packages_and_the_entrypoint_work_beside_a_target_that_does_not_run() {
    let target = ended(WEB, &[], &["--exit", "3"]);
    let out = devtwin(&["packages", "search", target.name(), "jq"]);
    assert!(out.status.success(), "{}", stderr(&out));
    assert!(stdout(&out).contains("jq"), "{}", stdout(&out));
    let out = devtwin(&[
        "exec",
        "--with",
        "jq",
        target.name(),
        "--",
        "jq",
        "--version",
    ]);
    assert!(out.status.success(), "{}{}", stdout(&out), stderr(&out));
    let out = devtwin(&["entrypoint", target.name()]);
    assert!(stdout(&out).contains("/usr/bin/web"), "{}", stderr(&out));
    assert_eq!(left(&target.id()), "");
}
