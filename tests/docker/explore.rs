//! Explorers on the real engine: what they see and write, what is tried in production, and that nothing is left of them.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use devtwin::domain::Size;
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::plan::{Access, FolderWish, Gpus, Mode, Wishes};
use devtwin::domain::twin::Session;
use devtwin::engine::Engine as _;
use devtwin::engine::docker::Docker;
use devtwin::ops::arena::remove_twin;
use devtwin::ops::attach::{Attach, Launched, attach, known};
use devtwin::ops::clean::sweep;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::engine::{engine, within};
use crate::support::{Container, devtwin, docker, stderr, stdout, unique};

const PROD: &str = "cgr.dev/chainguard/web:latest";
const DEV: &str = "cgr.dev/chainguard/web:latest-dev";
const APP: &str = "acme/web:1.4";

/// An explorer, and the guard that removes it.
struct Explorer {
    session: Session,
    launched: Launched,
    guard: Container,
}

fn wishes() -> Wishes {
    Wishes {
        mode: Some(Mode::Explore),
        no_package_cache: true,
        ..Wishes::default()
    }
}

async fn try_to_explore(engine: &Docker, image: &str, wishes: &Wishes) -> Result<Explorer, Error> {
    let session = Session {
        id: unique("s"),
        owner: "test@nowhere".into(),
    };
    let what = Attach {
        target: image,
        resolution: None,
        wishes,
        size: Size::clamped(80, 24),
        serial: 1,
    };
    let cancel = CancellationToken::new();
    let attaching = attach(engine, &session, what, &|_| {}, &cancel);
    let launched = within(Box::pin(attaching)).await?;
    let guard = Container::adopt(&launched.twin.plan.name);
    Ok(Explorer {
        session,
        launched,
        guard,
    })
}

async fn explore(engine: &Docker, image: &str, wishes: &Wishes) -> Explorer {
    try_to_explore(engine, image, wishes).await.unwrap()
}

impl Explorer {
    /// What a shell line prints in it, both streams.
    fn says(&self, line: &str) -> String {
        docker::ok(&[
            "exec",
            self.guard.name(),
            "sh",
            "-c",
            &format!("{line} 2>&1; true"),
        ])
    }

    /// Removes it as a session does that goes on, and looks for what is left.
    async fn end(self, engine: &Docker) {
        remove_twin(engine, &self.launched.twin.id).await.unwrap();
        sweep(engine, &self.session.id).await.unwrap();
        assert_eq!(left(&self.session.id), "");
    }
}

/// Containers, volumes and images of a session.
fn left(session: &str) -> String {
    let filter = format!("label=dev.devtwin.session={session}");
    let lists: [&[&str]; 3] = [&["ps", "-aq"], &["volume", "ls", "-q"], &["images", "-q"]];
    lists
        .map(|list| docker::ok(&[list, &["--filter", &filter]].concat()))
        .join("")
}

fn folder(place: &Path, access: Access) -> FolderWish {
    let about = fs::metadata(place).unwrap();
    FolderWish {
        source: place.canonicalize().unwrap().to_str().unwrap().to_owned(),
        path: None,
        access,
        owner: (about.uid(), about.gid()),
        mode: about.mode() & 0o7777,
    }
}

/// A folder with a file, which is another user's.
fn work() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("main.c"), "int main;\n").unwrap();
    fs::create_dir(place.path().join("sub")).unwrap();
    place
}

#[tokio::test]
async fn an_image_is_explored_alone_and_is_its_own_network_and_processes() {
    let engine = engine().await;
    let explorer = explore(&engine, APP, &wishes()).await;
    let plan = &explorer.launched.twin.plan;
    assert_eq!(
        (plan.mode, &*plan.image, &*plan.target_name),
        (Mode::Explore, DEV, APP)
    );
    assert_eq!(explorer.launched.target.id, explorer.launched.twin.id);
    let inspected = docker::ok(&["inspect", explorer.guard.name()]);
    let inspected: Value = serde_json::from_str(&inspected).unwrap();
    let host = &inspected[0]["HostConfig"];
    // Newer engines tell the default network by its name.
    let network = host["NetworkMode"].as_str().unwrap();
    assert!(["default", "bridge"].contains(&network), "{network}");
    assert_eq!(&host["PidMode"], &Value::from(""));
    assert!(host["CapAdd"].as_array().is_none_or(Vec::is_empty));
    assert_eq!(host["Privileged"], false);
    // A re-attach knows it by its labels alone.
    let twin = engine.inspect(explorer.guard.name()).await.unwrap();
    let again = known(&engine, twin, &Wishes::default()).await.unwrap();
    assert_eq!(
        (again.twin.plan.mode, &*again.target.image),
        (Mode::Explore, APP)
    );
    explorer.end(&engine).await;
}

#[tokio::test]
async fn a_folder_is_read_and_what_is_written_over_it_goes_with_the_twin() {
    let (engine, place) = (engine().await, work());
    let wishes = Wishes {
        folders: vec![folder(place.path(), Access::Scratch)],
        ..wishes()
    };
    let explorer = explore(&engine, PROD, &wishes).await;
    let plan = &explorer.launched.twin.plan;
    assert_eq!(plan.workdir, "/build");
    assert!(
        plan.docker_run().contains("-o type=overlay"),
        "{}",
        plan.docker_run()
    );
    let said = explorer
        .says("cat /build/main.c; echo new >/build/sub/f; rm /build/main.c; ls /build /build/sub");
    assert!(said.contains("int main") && said.contains('f'), "{said}");
    assert!(!said.contains("main.c"), "{said}");
    assert!(place.path().join("main.c").exists());
    assert!(!place.path().join("sub/f").exists());
    // Who attaches again sees the same folder.
    let twin = engine.inspect(explorer.guard.name()).await.unwrap();
    let again = known(&engine, twin, &Wishes::default()).await.unwrap();
    let folder = |plan: &devtwin::domain::plan::Plan| {
        let folder = &plan.folders[0];
        (
            folder.source.clone(),
            folder.path.clone(),
            folder.how.clone(),
        )
    };
    assert_eq!(folder(&again.twin.plan), folder(plan));
    // Both volumes are there, and go.
    let volumes = docker::ok(&[
        "volume",
        "ls",
        "-q",
        "--filter",
        &format!("label=dev.devtwin.session={}", explorer.session.id),
    ]);
    assert_eq!(volumes.lines().count(), 2, "{volumes}");
    explorer.end(&engine).await;
}

#[tokio::test]
async fn a_folder_is_written_into_only_on_request() {
    let (engine, place) = (engine().await, work());
    let wishes = Wishes {
        folders: vec![folder(place.path(), Access::Write)],
        ..wishes()
    };
    let explorer = explore(&engine, PROD, &wishes).await;
    explorer.says("echo made >/build/made");
    assert_eq!(
        fs::read_to_string(place.path().join("made")).unwrap(),
        "made\n"
    );
    explorer.end(&engine).await;
    assert!(place.path().join("made").exists(), "what is written stays");
}

#[tokio::test]
async fn a_folder_is_copied_where_no_scratch_layer_can_be_or_where_that_is_asked_for() {
    let (engine, place) = (engine().await, work());
    // The kernel lays nothing over folders of its own: the engine's words lead to the copy.
    let of_kernel = Path::new("/proc/sys/fs/inotify");
    for (place, access, file) in [
        (place.path(), Access::Copy, "main.c"),
        (of_kernel, Access::Scratch, "max_user_watches"),
    ] {
        let wishes = Wishes {
            folders: vec![folder(place, access)],
            ..wishes()
        };
        let explorer = explore(&engine, PROD, &wishes).await;
        let said = explorer.says(&format!(
            "ls /build/{file}; echo x >/build/new; cat /build/new"
        ));
        assert_eq!(said.trim(), format!("/build/{file}\nx"), "{access:?}");
        assert!(!place.join("new").exists());
        let notes = format!("{:?}", explorer.launched.twin.plan.notes);
        assert!(notes.contains(" copy of "), "{notes}");
        explorer.end(&engine).await;
    }
}

#[tokio::test]
async fn caches_are_shared_by_sessions_and_stay() {
    let engine = engine().await;
    let wishes = Wishes {
        no_package_cache: false,
        ..wishes()
    };
    let explorer = explore(&engine, PROD, &wishes).await;
    let token = unique("t");
    explorer.says(&format!("echo {token} >/root/.cache/pip/{token}"));
    explorer.end(&engine).await;
    let explorer = explore(&engine, DEV, &wishes).await;
    let said = explorer.says(&format!(
        "cat /root/.cache/pip/{token}; rm /root/.cache/pip/{token}; ls -d /root/.npm /root/go/pkg/mod /root/.cargo/registry"
    ));
    assert!(
        said.starts_with(&token) && said.contains("registry"),
        "{said}"
    );
    explorer.end(&engine).await;
}

#[tokio::test]
async fn an_engine_without_graphics_processors_says_so_and_nothing_is_left() {
    let engine = engine().await;
    let wishes = Wishes {
        gpus: Some(Gpus::All),
        ..wishes()
    };
    let Err(error) = try_to_explore(&engine, PROD, &wishes).await else {
        return; // a machine that has one
    };
    assert_eq!(error.kind, ErrorKind::Engine);
    let hint = error.hint.unwrap_or_default();
    assert!(
        hint.contains("NVIDIA Container Toolkit"),
        "{}: {hint}",
        error.message
    );
}

#[tokio::test]
async fn a_container_that_was_taken_for_an_image_is_named() {
    let engine = engine().await;
    let target = Container::create(PROD, &[], &[]);
    let explored = try_to_explore(&engine, target.name(), &wishes()).await;
    let error = explored.err().expect("there is no such image");
    assert_eq!(error.kind, ErrorKind::NoDevImage);
    let hint = error.hint.unwrap_or_default();
    assert!(
        hint.contains(&format!("devtwin attach {}", target.name())),
        "{hint}"
    );
}

#[tokio::test]
async fn an_app_that_is_built_on_a_production_image_is_explored_with_its_own_files() {
    let engine = engine().await;
    let wishes = Wishes {
        merged: true,
        ..wishes()
    };
    let explorer = explore(&engine, "acme/sound:dynamic", &wishes).await;
    let plan = &explorer.launched.twin.plan;
    assert!(plan.image.ends_with("-dev"), "{}", plan.image);
    let notes = format!("{:?}", plan.notes);
    assert!(notes.contains("published by nobody"), "{notes}");
    // Both are there: the app, which runs, and the tools of its base's dev image, whose packages are known.
    let said = explorer.says("ls /app/greet; grep -c '^P:' /usr/lib/apk/db/installed; grep '^P:bash' /usr/lib/apk/db/installed; which apk");
    assert!(said.contains("P:bash") && said.contains("/apk"), "{said}");
    let alone = explore(&engine, "acme/sound:dynamic", &self::wishes()).await;
    assert!(alone.says("ls /app/greet").contains("No such file"));
    alone.end(&engine).await;
    explorer.end(&engine).await;
}

/// Puts `/app` of an image into the twin.
fn with_app(explorer: &Explorer, image: &str) {
    let from = Container::create(image, &[], &[]);
    let place = tempfile::tempdir().unwrap();
    let place = place.path().to_str().unwrap();
    docker::ok(&["cp", &format!("{}:/app", from.name()), place]);
    docker::ok(&[
        "cp",
        &format!("{place}/app"),
        &format!("{}:/", explorer.guard.name()),
    ]);
}

#[tokio::test]
async fn an_artifact_that_lacks_a_library_fails_in_production_and_the_mended_one_runs() {
    let engine = engine().await;
    // A name of its own, by which what is left of its tries is found.
    let image = docker::Image::tag(PROD, &unique("prod"));
    let wishes = Wishes {
        image: Some(DEV.into()),
        ..wishes()
    };
    let explorer = explore(&engine, image.name(), &wishes).await;
    with_app(&explorer, "acme/sound:dynamic");
    let name = explorer.guard.name().to_owned();
    let tried = |files: &[&str], more: &[&str]| {
        let files: Vec<&str> = files.iter().flat_map(|file| ["--file", file]).collect();
        let args = [
            &["try", "--json", "--timeout", "3s"],
            &files[..],
            &[&name, "--"],
            more,
        ]
        .concat();
        let out = devtwin(&args);
        let report: Value = serde_json::from_slice(&out.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}{}", stdout(&out), stderr(&out)));
        (out.status.code(), report)
    };
    let (status, report) = tried(&["/app/greet"], &["/app/greet"]);
    assert_ne!(status, Some(0), "{report}");
    let ids: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["id"])
        .collect();
    assert!(ids.contains(&&Value::from("MISSING_LIB")), "{report}");
    assert_eq!(report["user"], "65532");
    let (status, report) = tried(&["/app/greet", "/app/lib"], &["/app/greet"]);
    assert_eq!(report["ending"]["how"], "lives", "{report}");
    assert!(
        report["stdout"].as_str().unwrap().contains("greet: "),
        "{report}"
    );
    assert_eq!(status, Some(0), "{report}");
    assert_eq!(report["findings"], Value::Array(Vec::new()));
    // A server that lives is good news; it is the image's own program, and reads a file that replaced its own.
    let out = devtwin(&["try", "--file", "/app/greet", "--timeout", "2s", &name]);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    assert!(stderr(&out).contains("still running"), "{}", stderr(&out));
    // What is not there is said, and nothing is left of any of them.
    let out = devtwin(&["try", "--file", "/nowhere", &name]);
    assert_eq!(out.status.code(), Some(3));
    assert!(
        stderr(&out).contains("/nowhere is not in the twin"),
        "{}",
        stderr(&out)
    );
    let remains = docker::ok(&[
        "ps",
        "-aq",
        "--filter",
        "name=devtwin-try-",
        "--filter",
        &format!("label=dev.devtwin.target={}", image.name()),
    ]);
    assert_eq!(remains, "");
    explorer.end(&engine).await;
}

#[tokio::test]
async fn files_keep_their_owner_and_mode_in_production() {
    let engine = engine().await;
    let explorer = explore(&engine, PROD, &wishes()).await;
    let shell = docker::ok(&[
        "exec",
        explorer.guard.name(),
        "sh",
        "-c",
        "readlink -f /bin/busybox || true",
    ]);
    assert!(!shell.trim().is_empty());
    explorer.says("mkdir -p /opt/new/deep; cp /bin/busybox /opt/new/deep/ls; echo secret >/opt/new/key; chown 65532:7 /opt/new/key; chmod 640 /opt/new/key; ln -s /opt/new/key /opt/link");
    let out = devtwin(&[
        "try",
        "--file",
        "/opt/new",
        "--file",
        "/opt/link",
        explorer.guard.name(),
        "--",
        "/opt/new/deep/ls",
        "-ln",
        "/opt/new/key",
        "/opt/link",
    ]);
    let said = stdout(&out);
    assert!(
        said.contains("-rw-r-----") && said.contains("65532") && said.contains(" 7 "),
        "{said}{}",
        stderr(&out)
    );
    assert!(said.contains("/opt/link -> /opt/new/key"), "{said}");
    // The printed commands do the same.
    let out = devtwin(&[
        "try",
        "--json",
        "--file",
        "/opt/new",
        explorer.guard.name(),
        "--",
        "/opt/new/deep/ls",
        "-n",
        "/opt/new/key",
    ]);
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    let own = unique("by-hand");
    let _left = Container::adopt(&own);
    let script = report["docker_run"].as_str().unwrap();
    let script = script.replace("devtwin-try", &own);
    let done = std::process::Command::new("sh")
        .args(["-c", &script])
        .output()
        .unwrap();
    let printed = report["stdout"].as_str().unwrap();
    assert!(
        !printed.is_empty() && stdout(&done).contains(printed),
        "{script}: {done:?}"
    );
    explorer.end(&engine).await;
}

#[test]
fn a_plan_of_an_image_prints_what_explore_would_create_and_creates_nothing() {
    let place = work();
    let at = format!("{}:/src", place.path().display());
    let out = devtwin(&["plan", "--json", "--mount", &at, "--gpus", "2", APP]);
    assert!(out.status.success(), "{}", stderr(&out));
    let plan: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(
        (&plan["mode"], &plan["triage"]),
        (&"explore".into(), &Value::Null)
    );
    let line = plan["docker_run"].as_str().unwrap();
    for words in ["--gpus 2", "--workdir /src", "docker volume create", DEV] {
        assert!(line.contains(words), "{words} in {line}");
    }
    assert_eq!(left("plan"), "");
    let target = Container::create(PROD, &[], &[]);
    for (args, why) in [
        (
            vec!["plan", "--mode", "join", APP],
            "--mode is for a container",
        ),
        (
            vec!["plan", "--gpus", "all", target.name()],
            "--gpus is for an image",
        ),
    ] {
        let out = devtwin(&args);
        assert_eq!(out.status.code(), Some(2), "{args:?}");
        assert!(stderr(&out).contains(why), "{}", stderr(&out));
    }
}

#[test]
fn the_printed_lines_make_the_same_explorer() {
    let place = work();
    let at = format!("{}:/src", place.path().display());
    for flags in [vec!["--mount", &at], vec!["--merged"]] {
        let args = [
            &["plan", "--json", "--no-package-cache"],
            &flags[..],
            &[APP],
        ]
        .concat();
        let out = devtwin(&args);
        let plan: Value = serde_json::from_slice(&out.stdout).unwrap();
        let lines = plan["docker_run"].as_str().unwrap();
        let own = unique("printed");
        let script = lines
            .replace(" -it ", " ")
            .replace("-plan-1", &format!("-{own}"));
        let script = script.replace("devtwin-explore-plan", &own);
        let _volumes =
            ["over", "layer"].map(|w| docker::Volume::adopt(format!("devtwin-folder-{w}-{own}")));
        let _image = docker::Image::adopt(&own);
        let script = format!("set -e\n{script} -c 'ls /src/main.c /etc/web/marker || true'");
        let done = std::process::Command::new("sh")
            .args(["-c", &script])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        let wanted = if flags.contains(&"--merged") {
            "/etc/web/marker"
        } else {
            "/src/main.c"
        };
        assert!(
            said.lines().any(|line| line == wanted),
            "{script}\n{said}{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}
