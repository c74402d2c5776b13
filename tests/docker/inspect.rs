//! `ops::inspect` and `devtwin entrypoint` on the real engine: every state, hostile files, interruption; and
//! nothing is left or changed.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use devtwin::domain::entrypoint::{ProgramKind, Severity};
use devtwin::domain::error::Error;
use devtwin::domain::target::ContainerId;
use devtwin::domain::twin::Session;
use devtwin::engine::Engine as _;
use devtwin::ops::inspect::{Inspected, inspect};
use devtwin::ops::resolve::Subject;
use tokio_util::sync::CancellationToken;

use crate::engine::engine;
use crate::support::docker::{self, busybox};
use crate::support::{Container, devtwin_path, unique};

/// The longest that an inspection may take, also of hostile files and on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);
/// More than an inspection reads of the images here, in bytes.
const LITTLE: u64 = 20_000_000;

/// Inspects, in a session of its own that must have nothing left at the end.
async fn inspected(subject: &Subject) -> Result<Inspected, Error> {
    let session = Session {
        id: unique("session"),
        owner: "tests".into(),
    };
    let engine = engine().await;
    let cancel = CancellationToken::new();
    let work = inspect(&engine, &session, subject, None, &cancel);
    let told = tokio::time::timeout(LONGEST, work).await;
    assert_eq!(left(&session.id), "");
    told.expect("an inspection ends")
}

/// Ids of the containers of a session.
fn left(session: &str) -> String {
    let filter = format!("label=dev.devtwin.session={session}");
    docker::ok(&["ps", "-aq", "--filter", &filter])
}

async fn of_container(container: &Container) -> Inspected {
    let engine = engine().await;
    let target = engine.inspect(container.name()).await.unwrap();
    inspected(&Subject::Container(target)).await.unwrap()
}

#[tokio::test]
async fn an_image_that_never_ran() {
    let told = inspected(&Subject::Image("acme/web:1.4".into()))
        .await
        .unwrap();
    let report = &told.report;
    assert_eq!(report.argv[0], "/usr/bin/web");
    assert_eq!(
        (report.user.uid, report.user.name.as_deref()),
        (Some(65532), Some("nonroot"))
    );
    let program = report.program.as_ref().unwrap();
    assert!(
        matches!(program.steps[0].kind, ProgramKind::Static { .. }),
        "{program:?}"
    );
    assert_ne!(report.worst(), Some(Severity::Error));
    assert!(told.bytes < LITTLE, "{}", told.bytes);
}

#[tokio::test]
async fn what_an_image_has_beneath_its_volumes_is_read() {
    let image = docker::Image::adopt(unique("volume"));
    let label = format!("LABEL {}=1", docker::LABEL);
    let entrypoint = r#"ENTRYPOINT ["/data/run"]"#;
    let args = [
        "import",
        "--change",
        &label,
        "--change",
        "VOLUME /data",
        "--change",
        entrypoint,
        "-",
        image.name(),
    ];
    let files = tar_of(&[("data/run", 0o755, b"#!/nowhere\n")]);
    assert!(docker::fed(&args, &files).status.success());
    let told = inspected(&Subject::Image(image.name().into()))
        .await
        .unwrap();
    let steps = told.report.program.unwrap().steps;
    assert!(
        matches!(steps[0].kind, ProgramKind::Script { .. }),
        "{steps:?}"
    );
}

#[tokio::test]
async fn containers_in_every_state_are_read_and_stay_as_they_are() {
    let running = Container::run("acme/web:1.4", &[], &[]);
    let paused = Container::run("acme/web:1.4", &[], &[]);
    docker::ok(&["pause", paused.name()]);
    let created = Container::create("acme/web:1.4", &[], &[]);
    let dead = Container::run("acme/crash:1", &[], &[]);
    dead.wait_until_it_failed();
    let looping = Container::run("acme/crash:1", &["--restart", "always"], &[]);
    looping.wait_until_it_failed();
    let engine = engine().await;
    for container in [&running, &paused, &created, &dead, &looping] {
        let id = ContainerId(container.id());
        // Not of the one that is started meanwhile: a `docker diff` of it can break it (docs/engines.md).
        let is_still = container.name() != looping.name();
        let before = if is_still {
            engine.changes(&id).await.unwrap()
        } else {
            Vec::new()
        };
        let told = of_container(container).await;
        let report = &told.report;
        let program = report.program.as_ref().unwrap();
        assert!(program.steps[0].path.is_some(), "{program:?}");
        assert_eq!(report.notes, Vec::<String>::new());
        assert!(told.bytes < LITTLE, "{}", told.bytes);
        if !is_still {
            docker::ok(&["update", "--restart", "no", container.name()]);
            docker::ok(&["wait", container.name()]);
        }
        assert_eq!(engine.changes(&id).await.unwrap(), before);
    }
    docker::ok(&["unpause", paused.name()]);
    let ended = of_container(&dead).await.report.ended.unwrap();
    assert_eq!(ended.exit_code, 3);
    assert!(!ended.log.is_empty());
    assert!(of_container(&running).await.report.ended.is_none());
}

/// On the containerd store an export beside another question did both (docs/engines.md).
#[tokio::test]
async fn however_often_a_stopped_container_is_read_nothing_is_missing_and_it_can_be_started() {
    let container = Container::create("acme/web:1.4", &[], &[]);
    for round in 0..12 {
        let report = of_container(&container).await.report;
        assert_eq!(report.notes, Vec::<String>::new(), "{round}");
        assert_eq!(
            (report.user.uid, report.user.name.as_deref()),
            (Some(65532), Some("nonroot")),
            "{round}"
        );
        let steps = report.program.unwrap().steps;
        assert!(
            matches!(steps[0].kind, ProgramKind::Static { .. }),
            "{round}: {steps:?}"
        );
    }
    docker::ok(&["start", container.name()]);
}

#[tokio::test]
async fn files_that_are_mounted_over_are_read_as_the_container_sees_them() {
    let dir = tempfile::tempdir().unwrap();
    let passwd = dir.path().join("passwd");
    std::fs::write(&passwd, "other:x:77:78::/other:/bin/sh\n").unwrap();
    let mount = format!("{}:/etc/passwd:ro", passwd.display());
    let container = Container::create(
        busybox().name(),
        &["-v", &mount, "--user", "other"],
        &["/bin/true"],
    );
    let report = of_container(&container).await.report;
    assert_eq!(
        (report.user.uid, report.user.home.as_str()),
        (Some(77), "/other")
    );
}

#[tokio::test]
async fn a_container_that_cannot_be_mounted_is_told_by_its_image() {
    let dir = tempfile::tempdir().unwrap();
    // A directory over a file: the engine refuses every question about the container's files.
    let mount = format!("{}:/etc/passwd", dir.path().display());
    let container = Container::create(busybox().name(), &["-v", &mount], &["/bin/true"]);
    let report = of_container(&container).await.report;
    let note = report.notes.first().expect("it is said");
    assert!(note.contains("those of its image"), "{note}");
    let program = report.program.unwrap();
    assert_eq!(program.steps[0].path.as_deref(), Some("/bin/busybox"));
}

/// An archive of these files.
fn tar_of(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, mode, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(*mode);
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

/// A container whose program `/evil` was a script that put something else in its own place; `/seed` holds
/// `seed`.
fn turned(script: &str, seed: &[u8]) -> Container {
    let flags = ["--entrypoint", "/evil"];
    let container = Container::create(busybox().name(), &flags, &[]);
    let script = format!("#!/bin/sh\nb=/bin/busybox; {script}\n");
    let files = tar_of(&[("evil", 0o755, script.as_bytes()), ("seed", 0o644, seed)]);
    let to = format!("{}:/", container.name());
    assert!(docker::fed(&["cp", "-", &to], &files).status.success());
    docker::ok(&["start", container.name()]);
    assert_eq!(docker::ok(&["wait", container.name()]), "0", "{script}");
    container
}

/// The head of an ELF file that has its loader's name 8 GB further on.
fn far_away() -> Vec<u8> {
    let mut elf = vec![0; 120];
    elf[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    elf[16..20].copy_from_slice(&[2, 0, 62, 0]); // an amd64 program
    elf[20] = 1;
    elf[32] = 64; // program headers behind the head
    elf[52] = 64;
    elf[54] = 56; // of this size
    elf[56] = 1; // one
    elf[64] = 3; // PT_INTERP
    elf[76] = 2; // at 8 GB
    elf[96] = 28; // of this size
    elf[104] = 28;
    elf
}

#[tokio::test]
async fn hostile_programs_end_in_a_report() {
    let put = "$b rm /evil;";
    for (what, script, seed) in [
        ("device", "$b mknod /evil c 1 5", &b""[..]),
        ("pipe", "$b mkfifo /evil", b""),
        ("link to itself", "$b ln -s /evil /evil", b""),
        ("directory", "$b mkdir /evil", b""),
        (
            "10 GB of nothing",
            "$b truncate -s 10G /evil; $b chmod 755 /evil",
            b"",
        ),
        (
            "10 GB that begin like a program",
            "$b cat /seed > /evil; $b truncate -s 10G /evil; $b chmod 755 /evil",
            &far_away(),
        ),
        (
            "script that is its own interpreter",
            "$b cat /seed > /evil; $b chmod 755 /evil",
            b"#!/evil\n",
        ),
        (
            "path of many parts",
            "i=0; p=; while [ $i -lt 200 ]; do p=$p/ddddddd; i=$((i+1)); done; $b mkdir -p $p; \
             $b ln -s $p/../../x /evil",
            b"",
        ),
    ] {
        let container = turned(&format!("{put} {script}"), seed);
        let start = Instant::now();
        let told = of_container(&container).await;
        assert!(start.elapsed() < LONGEST, "{what}: {:?}", start.elapsed());
        let step = &told.report.program.as_ref().unwrap().steps[0];
        let is_fine = matches!(
            step.kind,
            ProgramKind::Static { .. } | ProgramKind::Dynamic { .. }
        );
        assert!(!is_fine, "{what}: {step:?}");
        assert!(told.bytes < 600_000_000, "{what}: {}", told.bytes);
        // What stands there is said; what follows from it is for the rules and their own tests.
        if let ProgramKind::Unreadable { why } = &step.kind {
            let known = ["in a circle", "bytes of it were read"];
            assert!(
                known.iter().any(|words| why.contains(words)),
                "{what}: {why}"
            );
        }
    }
}

/// A way to the engine on which archives never come, and everything else does.
fn without_archives() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(dir.path().join("sock")).unwrap();
    // Ends with the test program.
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || pass(client));
        }
    });
    dir
}

fn pass(mut client: UnixStream) {
    let host = docker::ok(&[
        "context",
        "inspect",
        "--format",
        "{{.Endpoints.docker.Host}}",
    ]);
    let socket = host.strip_prefix("unix://").expect("an engine here");
    let mut server = UnixStream::connect(socket).unwrap();
    let mut back = (server.try_clone().unwrap(), client.try_clone().unwrap());
    std::thread::spawn(move || std::io::copy(&mut back.0, &mut back.1));
    let mut piece = [0; 16 * 1024];
    loop {
        match client.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(n) => {
                let request = String::from_utf8_lossy(&piece[..n]);
                let line = request.lines().next().unwrap_or_default();
                let is_archive = line.contains("/archive?") || line.contains("/export");
                if !is_archive && server.write_all(&piece[..n]).is_err() {
                    return;
                }
            }
        }
    }
}

/// `devtwin entrypoint acme/web:1.4` with a state folder of its own, stuck while it reads files.
#[expect(clippy::zombie_processes, reason = "the caller waits for it")]
fn stuck() -> (Child, String, tempfile::TempDir) {
    let dir = without_archives();
    let mut child = Command::new(devtwin_path())
        .args(["entrypoint", "acme/web:1.4", "--host"])
        .arg(format!("unix://{}/sock", dir.path().display()))
        .env("XDG_STATE_HOME", dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    loop {
        // Its owner ends with the id of its state folder: no other probe has both.
        let rows = docker::ok(&[
            "ps",
            "-a",
            "--filter",
            "label=dev.devtwin.mode=probe",
            "--format",
            "{{.ID}} {{.Label \"dev.devtwin.owner\"}} {{.Label \"dev.devtwin.session\"}}",
        ]);
        let folder = session_of(dir.path());
        if let Some(row) = rows
            .lines()
            .find(|row| folder.iter().any(|s| row.contains(s)))
        {
            let session = row.rsplit(' ').next().unwrap().to_owned();
            return (child, session, dir);
        }
        if start.elapsed() > LONGEST {
            let _ = child.kill();
            let said = child.wait_with_output();
            panic!("it should make a probe: {rows} {said:?}");
        }
    }
}

/// The sessions that have a lock in a state folder.
fn session_of(state: &std::path::Path) -> Vec<String> {
    let mut sessions = Vec::new();
    let mut folders = vec![state.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(name) = path.file_stem().and_then(|n| n.to_str())
                && name.len() == 8
                && name.bytes().all(|b| b.is_ascii_hexdigit())
            {
                sessions.push(name.to_owned());
            }
        }
    }
    sessions
}

#[test]
fn an_inspection_that_is_interrupted_leaves_nothing() {
    for signal in ["TERM", "INT", "HUP"] {
        let (child, session, _dir) = stuck();
        assert_ne!(left(&session), "");
        let pid = child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(sent.unwrap().success());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(6), "SIG{signal}: {said}");
        assert_eq!(left(&session), "", "SIG{signal}: {said}");
    }
}
