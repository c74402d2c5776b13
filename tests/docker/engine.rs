//! `engine::docker` against the real engine: streams byte by byte, every state of a container, refusals.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use devtwin::domain::error::{ErrorKind, Result};
use devtwin::domain::plan::{Mode, Plan};
use devtwin::domain::target::{ContainerId, Mount, MountKind, NamespaceMode, Status};
use devtwin::domain::{Progress, Size};
use devtwin::engine::docker::{Docker, Wanted};
use devtwin::engine::{Change, Engine as _, ExecSpec, Output, Pipes, Remote};
use futures_util::StreamExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::task::JoinSet;

use crate::support::docker::{self, Image, LABEL, busybox};
use crate::support::registry::Registry;
use crate::support::{Container, require_docker, unique};

/// The longest that anything here may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    let timed = tokio::time::timeout(PATIENCE, future).await;
    timed.expect("the engine should answer in time")
}

/// The engine that the docker command of these tests talks to, when it is not the default one.
#[expect(
    clippy::disallowed_methods,
    reason = "as the docker command of these tests reads it"
)]
fn docker_host() -> Option<String> {
    std::env::var("DOCKER_HOST").ok()
}

pub(crate) async fn engine() -> Docker {
    require_docker();
    within(Docker::connect(&Wanted::host(docker_host().as_deref())))
        .await
        .unwrap()
}

/// A plan for `sh -c SCRIPT` in a container of its own.
fn plan(image: &str, tty: bool, script: &str) -> Plan {
    Plan {
        mode: Mode::Join,
        name: unique("twin"),
        target: ContainerId(String::new()),
        target_name: String::new(),
        image: image.into(),
        platform: None,
        user: "0".into(),
        argv: ["/bin/sh", "-c", script].map(str::to_owned).into(),
        env: vec![("GREETING".into(), "a b=c".into())],
        shell_env: Vec::new(),
        workdir: "/etc".into(),
        network: "none".into(),
        pid: String::new(),
        ipc: String::new(),
        uts: String::new(),
        userns: String::new(),
        networks: Vec::new(),
        dns: Vec::new(),
        extra_hosts: Vec::new(),
        root: None,
        mounts: Vec::new(),
        folders: Vec::new(),
        caches: Vec::new(),
        gpus: None,
        merged: None,
        cap_add: vec!["SYS_PTRACE".into()],
        tty,
        stdin: true,
        links: Vec::new(),
        labels: BTreeMap::from([(LABEL.to_owned(), unique("label"))]),
        notes: Vec::new(),
    }
}

/// Creates a container from a plan; the guard removes it.
async fn create(engine: &Docker, plan: &Plan) -> (ContainerId, Container) {
    let guard = Container::adopt(&plan.name);
    let id = within(engine.create(plan, Some(Size::clamped(80, 24))))
        .await
        .unwrap();
    (id, guard)
}

/// Reads until `needle` came, and returns all that came so far.
pub(crate) async fn read_until(output: &mut (impl AsyncRead + Unpin), needle: &[u8]) -> Vec<u8> {
    let mut seen = Vec::new();
    while !seen.windows(needle.len()).any(|w| w == needle) {
        let n = within(output.read_buf(&mut seen)).await.unwrap();
        assert!(
            n > 0,
            "ended before {needle:?}: {:?}",
            String::from_utf8_lossy(&seen)
        );
    }
    seen
}

/// Both streams whole.
async fn collect(pipes: &mut Pipes) -> Result<(Vec<u8>, Vec<u8>)> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    while let Some(piece) = within(pipes.output.next()).await {
        match piece? {
            Output::Stdout(bytes) => out.extend(bytes),
            Output::Stderr(bytes) => err.extend(bytes),
        }
    }
    Ok((out, err))
}

fn spec(script: &str) -> ExecSpec {
    ExecSpec {
        argv: ["/bin/sh", "-c", script].map(str::to_owned).into(),
        ..ExecSpec::default()
    }
}

fn sleeper(image: &str) -> Container {
    Container::run(image, &["--network", "none"], &["sleep", "600"])
}

#[tokio::test]
async fn the_engine_tells_about_itself() {
    let engine = engine().await;
    let info = within(engine.info()).await.unwrap();
    assert_eq!(
        info.version,
        docker::ok(&["version", "--format", "{{.Server.Version}}"])
    );
    assert!(info.api_version.starts_with("1."), "{info:?}");
    assert!(info.platform.starts_with("linux/"), "{info:?}");
    assert!(
        !info.storage.is_empty() && !info.security.is_empty(),
        "{info:?}"
    );
}

#[tokio::test]
async fn nul_bytes_come_through_a_terminal() {
    let (engine, image) = (engine().await, busybox());
    let script = "stty raw; read -r go; head -c 4 /dev/zero; printf '\\001\\002x'; read -r go";
    let (id, _guard) = create(&engine, &plan(image.name(), true, script)).await;
    let mut tty = within(engine.attach_tty(&id, false)).await.unwrap();
    within(engine.start(&id)).await.unwrap();
    within(tty.input.write_all(b"\n")).await.unwrap();
    let seen = read_until(&mut tty.output, b"x").await;
    assert!(seen.ends_with(b"\0\0\0\0\x01\x02x"), "{seen:?}");

    let exec = spec("stty raw; head -c 4 /dev/zero; printf '\\001\\002x'; read -r go");
    let (_, mut tty) = within(engine.exec_tty(&id, &exec, Size::clamped(80, 24)))
        .await
        .unwrap();
    assert_eq!(
        read_until(&mut tty.output, b"x").await,
        b"\0\0\0\0\x01\x02x"
    );
}

#[tokio::test]
async fn no_key_waits_for_the_next_one() {
    let (engine, image) = (engine().await, busybox());
    let echo = "stty raw -echo; echo ready; cat";
    let (id, _guard) = create(&engine, &plan(image.name(), true, echo)).await;
    let mut attached = within(engine.attach_tty(&id, false)).await.unwrap();
    within(engine.start(&id)).await.unwrap();
    read_until(&mut attached.output, b"ready").await;
    // Ctrl-P begins docker's own detach sequence, Ctrl-^ that of our execs.
    for key in [0x10u8, 0x11, 0x1e, 0x00] {
        within(attached.input.write_all(&[key])).await.unwrap();
        read_until(&mut attached.output, &[key]).await;
    }
    let (_, mut tty) = within(engine.exec_tty(&id, &spec(echo), Size::clamped(80, 24)))
        .await
        .unwrap();
    read_until(&mut tty.output, b"ready").await;
    for key in [0x10u8, 0x11, 0x00] {
        within(tty.input.write_all(&[key])).await.unwrap();
        read_until(&mut tty.output, &[key]).await;
    }
}

#[tokio::test]
async fn a_terminal_has_the_size_that_it_is_given() {
    let (engine, image) = (engine().await, busybox());
    let script = "while read -r go; do stty size; done";
    let (id, _guard) = create(&engine, &plan(image.name(), true, script)).await;
    let mut tty = within(engine.attach_tty(&id, false)).await.unwrap();
    within(engine.start(&id)).await.unwrap();
    within(engine.resize(&id, Size::clamped(101, 37)))
        .await
        .unwrap();
    within(tty.input.write_all(b"\n")).await.unwrap();
    read_until(&mut tty.output, b"37 101").await;

    let (exec, mut tty) = within(engine.exec_tty(
        &id,
        &spec(&format!("read -r go; {script}")),
        Size::clamped(102, 38),
    ))
    .await
    .unwrap();
    within(tty.input.write_all(b"\n\n")).await.unwrap();
    read_until(&mut tty.output, b"38 102").await;
    within(engine.resize_exec(&exec, Size::clamped(103, 39)))
        .await
        .unwrap();
    within(tty.input.write_all(b"\n")).await.unwrap();
    read_until(&mut tty.output, b"39 103").await;
}

#[tokio::test]
async fn an_exec_runs_as_asked_and_tells_how_it_ended() {
    let (engine, image) = (engine().await, busybox());
    let target = sleeper(image.name());
    let id = ContainerId(target.id());
    let spec = ExecSpec {
        user: "7".into(),
        workdir: "/bin".into(),
        env: vec!["WORD=said".into()],
        ..spec("echo $WORD $PWD $(busybox id -u); read -r go; exit 7")
    };
    let (exec, mut tty) = within(engine.exec_tty(&id, &spec, Size::clamped(80, 24)))
        .await
        .unwrap();
    read_until(&mut tty.output, b"said /bin 7").await;
    assert_eq!(within(engine.exec_status(&exec)).await, Ok(None));
    within(tty.input.write_all(b"\n")).await.unwrap();
    let mut rest = Vec::new();
    within(tty.output.read_to_end(&mut rest)).await.unwrap();
    assert_eq!(within(engine.exec_status(&exec)).await, Ok(Some(7)));
}

#[tokio::test]
async fn a_terminal_that_is_attached_again_shows_what_was_there() {
    let (engine, image) = (engine().await, busybox());
    let (id, _guard) = create(&engine, &plan(image.name(), true, "echo before; cat")).await;
    let mut first = within(engine.attach_tty(&id, false)).await.unwrap();
    within(engine.start(&id)).await.unwrap();
    read_until(&mut first.output, b"before").await;
    drop(first);
    let mut again = within(engine.attach_tty(&id, true)).await.unwrap();
    read_until(&mut again.output, b"before").await;
    within(again.input.write_all(b"after\n")).await.unwrap();
    read_until(&mut again.output, b"after").await;
}

#[tokio::test]
async fn pipes_carry_any_bytes_and_close_one_way_at_a_time() {
    let (engine, image) = (engine().await, busybox());
    let script = "cat; printf 'err\\000\\001' >&2; echo \"$GREETING $PWD\" >&2; exit 3";
    let (id, _guard) = create(&engine, &plan(image.name(), false, script)).await;
    let mut pipes = within(engine.attach_pipes(&id, true)).await.unwrap();
    within(engine.start(&id)).await.unwrap();
    let sent: Vec<u8> = (0..=255u8).cycle().take(300_000).collect();
    let mut input = std::mem::replace(&mut pipes.input, Box::new(tokio::io::sink()));
    let write = async {
        input.write_all(&sent).await.unwrap();
        input.shutdown().await.unwrap();
    };
    let (read, ()) = tokio::join!(collect(&mut pipes), within(write));
    let (out, err) = read.unwrap();
    assert!(
        out == sent,
        "{} bytes of {} came back",
        out.len(),
        sent.len()
    );
    assert_eq!(err, b"err\0\x01a b=c /etc\n");
    assert_eq!(within(engine.wait(&id)).await, Ok(3));
}

#[tokio::test]
async fn without_input_a_program_reads_nothing_and_its_status_is_told() {
    let (engine, image) = (engine().await, busybox());
    let plan = Plan {
        stdin: false,
        ..plan(image.name(), false, "cat; echo end")
    };
    let (id, _guard) = create(&engine, &plan).await;
    let mut pipes = within(engine.attach_pipes(&id, false)).await.unwrap();
    within(engine.start(&id)).await.unwrap();
    assert_eq!(
        collect(&mut pipes).await,
        Ok((b"end\n".to_vec(), Vec::new()))
    );
    assert_eq!(within(engine.wait(&id)).await, Ok(0));
}

#[tokio::test]
async fn a_signal_ends_the_program_and_a_missing_one_does_not_start() {
    let (engine, image) = (engine().await, busybox());
    let (id, _guard) = create(&engine, &plan(image.name(), false, "sleep 600")).await;
    within(engine.start(&id)).await.unwrap();
    within(engine.kill(&id, "SIGKILL")).await.unwrap();
    assert_eq!(within(engine.wait(&id)).await, Ok(137));

    let missing = Plan {
        argv: vec!["/no/such/program".into()],
        ..plan(image.name(), false, "")
    };
    let (id, _guard) = create(&engine, &missing).await;
    let err = within(engine.start(&id)).await.unwrap_err();
    assert_eq!(err.kind, ErrorKind::Engine);
    assert!(err.message.contains("/no/such/program"), "{err}");
    let state = within(engine.inspect(&id.0)).await.unwrap().state;
    assert_eq!((state.status, state.exit_code), (Status::Created, 127));
    assert!(state.error.is_some_and(|e| e.contains("no such file")));
}

#[tokio::test]
async fn files_are_seen_in_running_paused_exited_and_created_containers() {
    let (engine, image) = (engine().await, busybox());
    let paused = sleeper(image.name());
    docker::ok(&["pause", paused.name()]);
    let exited = Container::run(image.name(), &[], &["true"]);
    docker::ok(&["wait", exited.name()]);
    let created = Container::create(image.name(), &[], &["true"]);
    for container in [sleeper(image.name()), paused, exited, created] {
        let id = ContainerId(container.id());
        let stat = async |path: &str| within(engine.stat(&id, path)).await.unwrap();
        let link = stat("/bin/sh").await.unwrap();
        assert_eq!(link.link_target.as_deref(), Some("/bin/busybox"));
        let dir = stat("/bin").await.unwrap();
        assert_eq!((dir.is_dir, dir.mode, dir.link_target), (true, 0o755, None));
        let file = stat("/etc/passwd").await.unwrap();
        assert_eq!((file.is_dir, file.mode, file.size), (false, 0o644, 26));
        for nothing in [
            "/nope",
            "/nope/deeper",
            "/etc/passwd/under-a-file",
            "/ö?&#%\u{1b}",
        ] {
            assert_eq!(stat(nothing).await, None, "{nothing}");
        }
        docker::run(&["unpause", container.name()]);
    }
    let gone = ContainerId(unique("gone"));
    let err = within(engine.stat(&gone, "/bin")).await.unwrap_err();
    assert_eq!(err.kind, ErrorKind::NoTarget);
}

#[tokio::test]
async fn archives_are_read_up_to_a_limit_and_written() {
    let (engine, image) = (engine().await, busybox());
    let created = Container::create(image.name(), &[], &["true"]);
    let id = ContainerId(created.id());
    let archive = within(engine.archive(&id, "/etc/passwd", 1 << 20))
        .await
        .unwrap();
    let mut entries = tar::Archive::new(archive.as_slice());
    let mut text = String::new();
    let mut entry = entries.entries().unwrap().next().unwrap().unwrap();
    std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
    assert_eq!(text, "root:x:0:0:root:/:/bin/sh\n");
    let cut = within(engine.archive(&id, "/bin", 100_000)).await.unwrap();
    assert_eq!(cut.len(), 100_000);

    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    tar.append_link(&mut header, "target", "/proc/1/root")
        .unwrap();
    let tar = tar.into_inner().unwrap();
    within(engine.put_archive(&id, "/", tar.into()))
        .await
        .unwrap();
    let stat = within(engine.stat(&id, "/target")).await.unwrap().unwrap();
    assert_eq!(stat.link_target.as_deref(), Some("/proc/1/root"));
    let changes = within(engine.changes(&id)).await.unwrap();
    let want = Change {
        path: "/target".into(),
        kind: 'A',
    };
    assert!(changes.contains(&want), "{changes:?}");
}

#[tokio::test]
async fn events_are_live_from_the_moment_of_asking() {
    let (engine, image) = (engine().await, busybox());
    let (id, _guard) = create(&engine, &plan(image.name(), false, "exit 5")).await;
    let mut events = within(engine.events()).await.unwrap();
    within(engine.start(&id)).await.unwrap();
    within(engine.wait(&id)).await.unwrap();
    let mut seen = Vec::new();
    while seen.last() != Some(&("die".to_owned(), Some(5))) {
        let event = within(events.next()).await.unwrap().unwrap();
        if event.id == id {
            seen.push((event.action, event.exit_code));
        }
    }
    assert!(seen.contains(&("start".to_owned(), None)), "{seen:?}");
}

#[tokio::test]
async fn logs_are_whole_with_a_terminal_and_without() {
    let (engine, image) = (engine().await, busybox());
    let script = "for i in 1 2 3; do echo out $i; done; printf '\\000\\001no newline' >&2";
    for tty in [false, true] {
        let (id, _guard) = create(&engine, &plan(image.name(), tty, script)).await;
        within(engine.start(&id)).await.unwrap();
        within(engine.wait(&id)).await.unwrap();
        let log = within(engine.logs(&id, 100)).await.unwrap();
        assert!(log.starts_with(b"out 1"), "{log:?}");
        assert!(log.ends_with(b"\0\x01no newline"), "{log:?}");
        let tail = within(engine.logs(&id, 2)).await.unwrap();
        assert!(tail.starts_with(b"out 3"), "{tail:?}");
    }
}

#[tokio::test]
async fn containers_are_found_by_name_id_and_prefix_and_refused_in_words() {
    let (engine, image) = (engine().await, busybox());
    let one = sleeper(image.name());
    let target = within(engine.inspect(one.name())).await.unwrap();
    assert_eq!(
        (target.name.as_str(), target.image.as_str()),
        (one.name(), image.name())
    );
    assert!(target.state.is_joinable());
    assert_eq!(target.isolation.network, NamespaceMode::None);
    assert_eq!(target.config.env, [("PATH".to_owned(), "/bin".to_owned())]);
    let prefix = &target.id.0[..20];
    assert_eq!(within(engine.inspect(prefix)).await.unwrap().id, target.id);

    for name in [unique("nobody"), "../info".into(), "a b\u{1b}[2J".into()] {
        let err = within(engine.inspect(&name)).await.unwrap_err();
        assert_eq!(err.kind, ErrorKind::NoTarget, "{err}");
        assert!(err.message.starts_with("no container is named"), "{err}");
        assert!(!err.message.contains('\u{1b}') && err.hint.is_some());
    }

    // Of 17 ids, two begin with the same digit.
    let all: Vec<_> = (0..17)
        .map(|_| Container::create(image.name(), &[], &["true"]))
        .collect();
    let mut digits: Vec<_> = all.iter().map(|c| c.id()[..1].to_owned()).collect();
    digits.sort();
    let twice = digits.windows(2).find(|w| w[0] == w[1]).unwrap();
    let err = within(engine.inspect(&twice[0])).await.unwrap_err();
    assert_eq!(err.kind, ErrorKind::NoTarget);
    assert!(err.message.contains("more than one container"), "{err}");
    assert!(err.hint.is_some_and(|h| h.contains("more digits")));
}

#[tokio::test]
async fn a_paused_container_refuses_an_exec_with_the_way_out() {
    let (engine, image) = (engine().await, busybox());
    let target = sleeper(image.name());
    docker::ok(&["pause", target.name()]);
    let paused = within(engine.inspect(target.name())).await.unwrap();
    assert_eq!(paused.state.status, Status::Paused);
    assert!(paused.state.is_joinable());
    let refused = within(engine.exec_tty(&paused.id, &spec("true"), Size::clamped(80, 24))).await;
    let err = refused.err().unwrap();
    assert!(
        err.hint
            .as_deref()
            .is_some_and(|h| h.contains("docker unpause")),
        "{err:?}"
    );
    docker::ok(&["unpause", target.name()]);
}

#[tokio::test]
async fn our_containers_are_found_by_label_and_removed_once_and_again() {
    let (engine, image) = (engine().await, busybox());
    let plan = plan(image.name(), false, "sleep 600");
    let (id, _guard) = create(&engine, &plan).await;
    within(engine.start(&id)).await.unwrap();
    let label = format!("{LABEL}={}", plan.labels[LABEL]);
    let rows = within(engine.labelled(&label)).await.unwrap();
    let row: Vec<_> = rows
        .iter()
        .map(|r| (&r.id, r.name.as_str(), r.status))
        .collect();
    assert_eq!(row, [(&id, plan.name.as_str(), Status::Running)]);
    let all = within(engine.containers()).await.unwrap();
    assert!(all.iter().any(|r| r.id == id));
    let (one, other) = tokio::join!(engine.remove(&id), engine.remove(&id));
    assert_eq!((one, other), (Ok(()), Ok(())));
    assert_eq!(within(engine.remove(&id)).await, Ok(()));
    assert_eq!(within(engine.labelled(&label)).await, Ok(Vec::new()));

    let name = unique("volume");
    let _volume = docker::volume(&name);
    let volumes = within(engine.labelled_volumes(LABEL)).await.unwrap();
    assert!(volumes.contains(&name));
    assert_eq!(within(engine.remove_volume(&name)).await, Ok(()));
    assert_eq!(within(engine.remove_volume(&name)).await, Ok(()));
}

#[tokio::test]
async fn the_targets_volumes_stay_whole_and_stay() {
    let (engine, image) = (engine().await, busybox());
    let named = unique("named");
    let _volume = docker::volume(&named);
    let mount = format!("{named}:/named:nocopy");
    let flags = ["-v", &mount, "-v", "/anonymous", "--network", "none"];
    let target = Container::run(image.name(), &flags, &["sleep", "600"]);
    let target = within(engine.inspect(target.name()))
        .await
        .map(|t| (t, target));
    let (target, _target) = target.unwrap();
    let shared = |destination: &str, at: &str| Mount {
        destination: at.into(),
        ..target
            .mounts
            .iter()
            .find(|m| m.destination == destination)
            .unwrap()
            .clone()
    };
    assert_eq!(shared("/named", "x").kind, MountKind::Volume);
    let plan = Plan {
        // Over a folder of the dev image that holds files: the empty volume must stay empty.
        mounts: vec![
            shared("/named", "/share"),
            Mount {
                writable: false,
                ..shared("/anonymous", "/anonymous")
            },
        ],
        ..plan(
            image.name(),
            false,
            "ls -A /share; touch /anonymous/x 2>&1; touch /declared/x; echo end",
        )
    };
    let (id, _guard) = create(&engine, &plan).await;
    let mut pipes = within(engine.attach_pipes(&id, true)).await.unwrap();
    within(engine.start(&id)).await.unwrap();
    let (out, _) = collect(&mut pipes).await.unwrap();
    let out = String::from_utf8_lossy(&out);
    assert_eq!(out, "touch: /anonymous/x: Read-only file system\nend\n");

    let format = "{{range .Mounts}}{{if eq .Destination \"/declared\"}}{{.Name}}{{end}}{{end}}";
    let own = docker::ok(&["inspect", "--format", format, &id.0]);
    within(engine.remove(&id)).await.unwrap();
    for volume in [&named, &shared("/anonymous", "x").source] {
        docker::ok(&["volume", "inspect", volume]);
    }
    let left = docker::run(&["volume", "inspect", &own]);
    assert!(
        !left.status.success(),
        "the twin's own volume {own} was left behind"
    );
}

#[tokio::test]
async fn local_images_are_found_by_reference_and_id() {
    let (engine, image) = (engine().await, busybox());
    let found = within(engine.image(image.name())).await.unwrap().unwrap();
    assert_eq!(found.tags, [format!("{}:latest", image.name())]);
    assert_eq!((found.os.as_str(), found.layers.len()), ("linux", 1));
    assert!(found.config.labels.contains_key(LABEL));
    assert_eq!(
        within(engine.image(&found.id)).await.unwrap().unwrap().id,
        found.id
    );
    assert_eq!(within(engine.image(&unique("none"))).await, Ok(None));
    let rows = within(engine.images()).await.unwrap();
    assert!(
        rows.iter()
            .any(|r| r.id == found.id && r.tags == found.tags)
    );

    let missing = plan(&unique("none"), false, "true");
    let err = within(engine.create(&missing, None)).await.unwrap_err();
    assert_eq!(err.kind, ErrorKind::NoDevImage, "{err}");
}

#[tokio::test]
async fn an_open_registry_is_asked_and_pulled_from() {
    let (engine, image) = (engine().await, busybox());
    let registry = Registry::start(None);
    registry.push(image.name(), "acme/web:latest");
    let there = registry.reference("acme/web");
    let local = within(engine.image(image.name())).await.unwrap().unwrap();
    // The containerd store pushes one manifest that names no platform, and tells no sizes of small layers.
    let containerd = docker::ok(&["info", "--format", "{{.DriverStatus}}"]).contains("snapshotter");
    let platforms = if containerd {
        Vec::new()
    } else {
        vec![format!("{}/{}", local.os, local.architecture)]
    };
    let found = Remote::Found(platforms);
    assert_eq!(within(engine.remote(&there)).await, Ok(found));
    for name in ["acme/web:latest-dev", "acme/other:1"] {
        let reference = registry.reference(name);
        assert_eq!(within(engine.remote(&reference)).await, Ok(Remote::Missing));
        let err = within(engine.pull(&reference, None, &|_| {}))
            .await
            .unwrap_err();
        assert_eq!(err.kind, ErrorKind::NoDevImage);
        assert!(err.message.contains("not found"), "{err}");
    }

    // Layers that another image has are not pulled again: this one's are its own.
    let other = registry.reference("acme/other:2");
    let _fresh = Image::adopt(&other);
    let label = format!("LABEL {LABEL}=1");
    docker::fed(&["import", "--change", &label, "-", &other], &fresh_files());
    docker::ok(&["push", "-q", &other]);
    docker::ok(&["rmi", &other]);
    let pulls = Mutex::new(Vec::new());
    let sink = |progress| {
        if let Progress::Pull(pull) = progress {
            pulls.lock().unwrap().push(pull);
        }
    };
    within(engine.pull(&other, Some("linux/amd64"), &sink))
        .await
        .unwrap();
    let pulls = pulls.into_inner().unwrap();
    let last = pulls.last().unwrap();
    assert_eq!(
        (last.reference.as_str(), last.layers_done()),
        (other.as_str(), (1, 1))
    );
    let sized = pulls.iter().any(|p| p.bytes().1 > 0);
    assert!(sized || containerd, "{pulls:?}");
    assert!(within(engine.image(&other)).await.unwrap().is_some());
}

fn fresh_files() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let text = unique("fresh").repeat(20_000);
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(text.len() as u64);
    tar.append_data(&mut header, "fresh", text.as_bytes())
        .unwrap();
    tar.into_inner().unwrap()
}

#[tokio::test]
async fn a_registry_that_wants_a_login_or_is_not_there_is_told_apart_from_a_missing_tag() {
    let engine = engine().await;
    let registry = Registry::start(Some("secret"));
    let locked = registry.reference("acme/web:latest-dev");
    let remote = within(engine.remote(&locked)).await.unwrap();
    assert!(matches!(remote, Remote::Denied(_)), "{remote:?}");
    let err = within(engine.pull(&locked, None, &|_| {}))
        .await
        .unwrap_err();
    assert_eq!(err.kind, ErrorKind::NoDevImage);
    let login = format!("docker login {}", registry.host);
    assert!(err.hint.is_some_and(|h| h.contains(&login)));

    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("{}/acme/web:1", listener.local_addr().unwrap());
    drop(listener);
    let remote = within(engine.remote(&nobody)).await.unwrap();
    assert!(matches!(remote, Remote::Unreachable(_)), "{remote:?}");
    let err = within(engine.pull(&nobody, None, &|_| {}))
        .await
        .unwrap_err();
    assert_eq!(err.kind, ErrorKind::NoDevImage);
    assert!(err.message.starts_with("registry not reached"), "{err}");
}

/// The engine's socket on a tcp port of its own, until drop.
struct Bridge {
    host: String,
    _tasks: JoinSet<()>,
}

async fn bridge() -> Bridge {
    require_docker();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("tcp://{}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((mut tcp, _)) = listener.accept().await {
            connections.spawn(async move {
                let host = docker_host().unwrap_or_default();
                let socket = host
                    .strip_prefix("unix://")
                    .unwrap_or("/var/run/docker.sock");
                let mut unix = UnixStream::connect(socket).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut tcp, &mut unix).await;
            });
        }
    });
    Bridge {
        host,
        _tasks: tasks,
    }
}

#[tokio::test]
async fn an_engine_is_reached_over_tcp_and_its_end_is_noticed() {
    let image = busybox();
    let bridge = bridge().await;
    let engine = within(Docker::connect(&Wanted::host(Some(&bridge.host))))
        .await
        .unwrap();
    let info = within(engine.info()).await.unwrap();
    assert_eq!(
        (info.endpoint.as_str(), info.endpoint_from.as_str()),
        (bridge.host.as_str(), "DOCKER_HOST")
    );
    let (id, _guard) = create(&engine, &plan(image.name(), false, "cat; exit 4")).await;
    let mut pipes = within(engine.attach_pipes(&id, true)).await.unwrap();
    within(engine.start(&id)).await.unwrap();
    within(pipes.input.write_all(b"over tcp")).await.unwrap();
    within(pipes.input.shutdown()).await.unwrap();
    assert_eq!(
        collect(&mut pipes).await,
        Ok((b"over tcp".to_vec(), Vec::new()))
    );
    assert_eq!(within(engine.wait(&id)).await, Ok(4));

    let (id, _guard) = create(&engine, &plan(image.name(), false, "cat")).await;
    let mut pipes = within(engine.attach_pipes(&id, true)).await.unwrap();
    within(engine.start(&id)).await.unwrap();
    let mut events = within(engine.events()).await.unwrap();
    drop(bridge);
    loop {
        match within(events.next()).await {
            Some(Ok(_)) => {}
            Some(Err(e)) => break assert_eq!(e.kind, ErrorKind::Engine),
            None => panic!("the events ended without a word"),
        }
    }
    assert!(within(events.next()).await.is_none());
    let _ = collect(&mut pipes).await;
    let err = within(engine.containers()).await.unwrap_err();
    assert_eq!(err.kind, ErrorKind::Engine);
    assert!(err.message.contains(&info.endpoint), "{err}");
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_told_with_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("engine.sock");
    let host = format!("unix://{}", path.display());
    let refused = async |host: &str| {
        let err = within(Docker::connect(&Wanted::host(Some(host))))
            .await
            .err()
            .unwrap();
        assert_eq!(err.kind, ErrorKind::Engine, "{err}");
        assert!(err.message.contains(host), "{err}");
        (err.message, err.hint.unwrap())
    };
    let (message, hint) = refused(&host).await;
    assert!(
        message.contains("no such socket") && hint.contains("systemctl"),
        "{message}"
    );

    // It closes each connection as soon as it comes.
    let listener = UnixListener::bind(&path).unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        while let Ok(connection) = listener.accept().await {
            drop(connection);
        }
    });
    let (_, hint) = refused(&host).await;
    assert!(hint.contains("docker"), "{hint}");
    tasks.shutdown().await;

    // The socket is there; nothing listens any more.
    let (message, _) = refused(&host).await;
    assert!(message.contains("nothing listens"), "{message}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("tcp://{}", listener.local_addr().unwrap());
    // It accepts and says nothing.
    let (message, _) = refused(&host).await;
    assert!(message.contains("said nothing"), "{message}");
    drop(listener);
    let (message, _) = refused(&host).await;
    assert!(message.contains("refused"), "{message}");
}
