//! `ls` and `clean` against the real engine: containers with our labels, made by the docker command,
//! stand for the twins of sessions in every state.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails must fail its test"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use devtwin::engine::docker::{Docker, Wanted};
use devtwin::ops::clean::{found, sweep};
use devtwin::session::{SessionLock, Sessions};
use serde_json::Value;
use tempfile::TempDir;

fn docker(args: &[&str]) -> Output {
    let output = Command::new("docker").args(args).output();
    output.expect("these tests need the docker command and an engine")
}

fn docker_ok(args: &[&str]) -> String {
    let output = docker(args);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {args:?}: {err}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Sessions below a folder of its own, an image with nothing in it, and what was made with them.
struct Scene {
    home: TempDir,
    /// A person of its own, so that the scenes that run beside it do not clean up here.
    user: String,
    image: String,
    containers: Vec<String>,
    volumes: Vec<String>,
}

impl Scene {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let image = format!("devtwin-test/twins:{}-{number}", std::process::id());
        let mut import = Command::new("docker")
            .args([
                "import",
                "--change",
                "LABEL dev.devtwin.test=twins",
                "-",
                &image,
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("these tests need the docker command and an engine");
        // Two empty blocks: the end of an archive that has no entries.
        import.stdin.take().unwrap().write_all(&[0; 1024]).unwrap();
        assert!(import.wait().unwrap().success(), "docker import");
        Self {
            home: tempfile::tempdir().unwrap(),
            user: format!("tester-{}-{number}", std::process::id()),
            image,
            containers: Vec::new(),
            volumes: Vec::new(),
        }
    }

    fn state(&self) -> PathBuf {
        self.home.path().join("devtwin")
    }

    fn sessions(&self) -> Sessions {
        self.sessions_in(&self.state())
    }

    fn sessions_in(&self, state: &Path) -> Sessions {
        let environment = devtwin::config::Environment {
            user: Some(self.user.clone()),
            ..Default::default()
        };
        Sessions::new(Some(state), environment.person())
    }

    /// Owner of the sessions here.
    fn owner(&self) -> String {
        self.begin().session().owner.clone()
    }

    fn begin(&self) -> SessionLock {
        let (lock, warning) = self.sessions().begin();
        assert_eq!(warning, None);
        lock
    }

    /// A container, never started, that looks like a twin of `session`; its name.
    fn twin(&mut self, session: &str, owner: &str) -> String {
        let name = format!("{}-{session}", self.image.replace(['/', ':'], "-"));
        let label = |key: &str, value: &str| format!("--label=dev.devtwin.{key}={value}");
        docker_ok(&[
            "create",
            "--name",
            &name,
            "--label=dev.devtwin.test=twins",
            &label("session", session),
            &label("owner", owner),
            &label("target-name", "web\u{1b}[31m"),
            &label("mode", "join"),
            &self.image,
            "/nothing",
        ]);
        self.containers.push(name.clone());
        name
    }

    fn volume(&mut self, session: &str) -> String {
        let name = format!("devtwin-test-{}-{session}", std::process::id());
        let label = format!("dev.devtwin.session={session}");
        let test = "--label=dev.devtwin.test=twins";
        docker_ok(&["volume", "create", "--label", &label, test, &name]);
        self.volumes.push(name.clone());
        name
    }

    fn run(&self, args: &[&str]) -> Output {
        self.run_in(self.home.path(), args)
    }

    /// The same person's devtwin with another state folder.
    fn run_in(&self, state: &Path, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_devtwin"))
            .args(args)
            .env_clear()
            .env("HOME", self.home.path())
            .env("XDG_STATE_HOME", state)
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("USER", &self.user)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        self.json_in(self.home.path(), args)
    }

    fn json_in(&self, state: &Path, args: &[&str]) -> Value {
        let output = self.run_in(state, &[args, &["--json"]].concat());
        let err = String::from_utf8_lossy(&output.stderr);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {err}"))
    }

    fn exists(name: &str) -> bool {
        docker(&["container", "inspect", name]).status.success()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        for name in &self.containers {
            docker(&["rm", "-f", name]);
        }
        for name in &self.volumes {
            docker(&["volume", "rm", "-f", name]);
        }
        docker(&["rmi", "-f", &self.image]);
    }
}

/// The item of `list` whose name is `name`, among whatever else is on the engine.
fn named<'a>(list: &'a Value, name: &str) -> Option<&'a Value> {
    list.as_array()?.iter().find(|item| item["name"] == name)
}

#[test]
fn ls_tells_how_each_session_stands() {
    let mut scene = Scene::new();
    let live = scene.begin();
    let kept = scene.begin();
    kept.mark_kept().unwrap();
    let kept_id = kept.session().id.clone();
    drop(kept);
    let owner = scene.owner();
    let live = (scene.twin(&live.session().id, &owner), live);
    let kept = scene.twin(&kept_id, &owner);
    let gone = scene.twin("00000001", &owner);
    let foreign = scene.twin("00000002", "somebody@elsewhere");

    let list = scene.json(&["ls"]);
    assert_eq!(list["schema"], "devtwin.ls/1");
    for (name, liveness) in [
        (&live.0, "live"),
        (&kept, "kept"),
        (&gone, "gone"),
        (&foreign, "foreign"),
    ] {
        let row = named(&list["twins"], name).unwrap();
        assert_eq!(row["liveness"], liveness, "{row}");
        assert_eq!(row["mode"], "join");
        assert!(row["age"].as_u64().unwrap() < 600, "{row}");
    }
    let attach = &named(&list["twins"], &kept).unwrap()["attach"];
    assert_eq!(*attach, format!("devtwin attach {kept}"));

    let text = String::from_utf8(scene.run(&["ls"]).stdout).unwrap();
    assert!(
        text.contains("left over") && text.contains("RE-ATTACH"),
        "{text}"
    );
    assert!(
        !text.contains('\x1b'),
        "a hostile label reached the output: {text:?}"
    );
}

#[test]
fn clean_removes_what_nobody_wants_and_says_why_it_leaves_the_rest() {
    let mut scene = Scene::new();
    let owner = scene.owner();
    let lock = scene.begin();
    let live = scene.twin(&lock.session().id, &owner);
    let gone = scene.twin("00000003", &owner);
    let volume = scene.volume("00000003");

    let dry = scene.json(&["clean", "--dry-run"]);
    assert_eq!(dry["dry_run"], true);
    assert!(named(&dry["removed"], &gone).is_some() && Scene::exists(&gone));

    let young = scene.json(&["clean", "--older", "1h"]);
    let left = named(&young["left"], &gone).unwrap();
    assert_eq!(left["why"], "younger than --older");
    assert!(Scene::exists(&gone));

    let report = scene.json(&["clean"]);
    assert_eq!(report["schema"], "devtwin.clean/1");
    assert!(named(&report["removed"], &gone).is_some(), "{report}");
    assert!(!Scene::exists(&gone));
    assert!(
        report["volumes"]
            .as_array()
            .unwrap()
            .contains(&volume.as_str().into())
    );
    assert!(!docker(&["volume", "inspect", &volume]).status.success());
    let left = named(&report["left"], &live).unwrap();
    assert_eq!(left["why"], "its devtwin is running; quit that one");
    assert!(Scene::exists(&live));
}

#[test]
fn a_twin_of_a_session_that_died_is_a_leftover_of_its_own_machine_only() {
    let mut scene = Scene::new();
    let foreign = scene.twin("00000004", "somebody@elsewhere");
    let report = scene.json(&["clean"]);
    let left = named(&report["left"], &foreign).unwrap();
    assert!(left["why"].as_str().unwrap().contains("--all"), "{left}");
    assert!(Scene::exists(&foreign));
}

#[test]
fn a_twin_of_another_state_folder_is_left_alone_unless_all_are_meant() {
    let mut scene = Scene::new();
    let lock = scene.begin();
    let twin = scene.twin(&lock.session().id, &lock.session().owner);
    let other = tempfile::tempdir().unwrap();
    // With sessions of its own, so an id of its own.
    let theirs = scene.sessions_in(&other.path().join("devtwin"));
    let (_lock, warning) = theirs.begin();
    assert_eq!(warning, None);

    let list = scene.json_in(other.path(), &["ls"]);
    assert_eq!(named(&list["twins"], &twin).unwrap()["liveness"], "foreign");
    let report = scene.json_in(other.path(), &["clean"]);
    let why = &named(&report["left"], &twin).unwrap()["why"];
    assert!(why.as_str().unwrap().contains("state folder"), "{why}");
    assert!(Scene::exists(&twin));
    let all = scene.json_in(other.path(), &["clean", "--all", "--dry-run"]);
    assert!(named(&all["removed"], &twin).is_some(), "{all}");

    let list = scene.json(&["ls"]);
    assert_eq!(named(&list["twins"], &twin).unwrap()["liveness"], "live");
}

#[test]
fn what_cannot_be_removed_is_bad_news_and_stops_nothing() {
    let mut scene = Scene::new();
    let owner = scene.owner();
    let gone = scene.twin("00000006", &owner);
    let volume = scene.volume("00000006");
    let user = format!("{gone}-user");
    let mount = format!("{volume}:/data");
    let image = scene.image.clone();
    docker_ok(&["create", "--name", &user, "-v", &mount, &image, "/nothing"]);
    scene.containers.push(user.clone());

    let output = scene.run(&["clean", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(named(&report["removed"], &gone).is_some(), "{report}");
    let failed = report["failed_volumes"][0].as_str().unwrap();
    assert!(failed.contains(&volume), "{failed}");
    assert!(Scene::exists(&user), "a container of somebody else's");
}

#[tokio::test]
async fn a_sweep_takes_its_own_session_only() {
    let mut scene = Scene::new();
    let owner = scene.owner();
    let mine = scene.twin("00000007", &owner);
    let volume = scene.volume("00000007");
    let other = scene.twin("00000008", &owner);
    let engine = Docker::connect(&Wanted::default()).await.unwrap();

    let sessions = scene.sessions();
    let ask = |id: &str, owner: &str| sessions.liveness(id, owner);
    assert_eq!(found(&engine, &ask).await.unwrap().leftovers, 2);
    assert_eq!(sweep(&engine, "00000007").await.unwrap().twins, 1);
    assert!(!Scene::exists(&mine) && Scene::exists(&other));
    assert!(!docker(&["volume", "inspect", &volume]).status.success());
    assert_eq!(sweep(&engine, "00000007").await.unwrap().twins, 0);
    assert_eq!(found(&engine, &ask).await.unwrap().leftovers, 1);
}

#[test]
fn doctor_knows_the_engine_and_counts_leftovers() {
    let mut scene = Scene::new();
    let owner = scene.owner();
    scene.twin("00000005", &owner);
    let report = scene.json(&["doctor"]);
    let check = |id: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks
            .iter()
            .find(|check| check["id"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(check("engine")["status"], "ok", "{report}");
    assert_eq!(check("api")["status"], "ok");
    assert_eq!(check("leftovers")["status"], "warn");
    assert_eq!(check("leftovers")["fix"], "devtwin clean");
    assert_eq!(scene.run(&["doctor"]).status.code(), Some(0));
}

/// An image with nothing in it that carries the labels of a session.
fn image_of(session: &str, owner: &str, name: &str) {
    let label = |key: &str, value: &str| format!("LABEL dev.devtwin.{key}={value}");
    let mut import = Command::new("docker")
        .args(["import", "--change", "LABEL dev.devtwin.test=twins"])
        .args(["--change", &label("session", session)])
        .args(["--change", &label("owner", owner)])
        .args(["-", name])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    import.stdin.take().unwrap().write_all(&[0; 1024]).unwrap();
    assert!(import.wait().unwrap().success(), "docker import");
}

fn volume_of(session: &str, owner: &str, name: &str) {
    let label = |key: &str, value: &str| format!("--label=dev.devtwin.{key}={value}");
    let test = "--label=dev.devtwin.test=twins";
    let (session, owner) = (label("session", session), label("owner", owner));
    docker_ok(&["volume", "create", test, &session, &owner, name]);
}

#[tokio::test]
async fn what_a_session_made_before_its_first_twin_is_cleaned_by_label_and_name() {
    let mut scene = Scene::new();
    let owner = scene.owner();
    let lock = scene.begin();
    let live = lock.session().id.clone();
    let pid = std::process::id();
    let name = |what: &str| format!("devtwin-root-{pid}-{what}");
    let named = |what: &str| (name(what), format!("{}:latest", name(what)));
    let ((gone, gone_image), (ours, ours_image), (theirs, _)) =
        (named("gone"), named("live"), named("theirs"));
    volume_of("0000000a", &owner, &gone);
    image_of("0000000a", &owner, &gone_image);
    volume_of(&live, &owner, &ours);
    image_of(&live, &owner, &ours_image);
    volume_of("0000000b", "somebody@elsewhere", &theirs);
    // Labels alone may be anybody's.
    let other = format!("devtwin-test-{pid}-other");
    let other_image = format!("{other}:latest");
    volume_of("0000000a", &owner, &other);
    image_of("0000000a", &owner, &other_image);
    scene
        .volumes
        .extend([&gone, &ours, &theirs, &other].map(Clone::clone));
    let images = [&gone_image, &ours_image, &other_image];
    let there = |what: &str| {
        docker(&["volume", "inspect", what]).status.success()
            || docker(&["image", "inspect", what]).status.success()
    };
    let has = |report: &Value, list: &str, name: &str| {
        report[list].as_array().unwrap().contains(&name.into())
    };

    let dry = scene.json(&["clean", "--dry-run"]);
    let young = scene.json(&["clean", "--older", "1h"]);
    let report = scene.json(&["clean"]);
    let left: Vec<bool> = [&gone, &ours, &theirs, &other].map(|v| there(v)).into();
    let left_images: Vec<bool> = images.map(|i| there(i)).into();
    let engine = Docker::connect(&devtwin::engine::docker::Wanted::default())
        .await
        .unwrap();
    let swept = sweep(&engine, &live).await;
    let after = (there(&ours), there(&ours_image));
    for image in images {
        docker(&["rmi", "-f", image]);
    }

    assert!(
        has(&dry, "volumes", &gone) && has(&dry, "images", &gone_image),
        "{dry}"
    );
    assert!(
        !has(&young, "volumes", &gone),
        "its age is not known: {young}"
    );
    assert!(
        has(&report, "volumes", &gone) && has(&report, "images", &gone_image),
        "{report}"
    );
    assert_eq!(
        left,
        [false, true, true, true],
        "gone, live, theirs, another name"
    );
    assert_eq!(left_images, [false, true, true]);
    assert_eq!(swept.unwrap().twins, 0);
    assert_eq!(
        after,
        (false, false),
        "the end of a session takes all of it"
    );
}
