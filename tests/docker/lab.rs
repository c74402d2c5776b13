//! `ops::lab` on the real engine: what is made for a lesson, what the person makes of it, and that all of it goes again.

use std::process::Output;
use std::sync::atomic::{AtomicU32, Ordering};

use devtwin::domain::error::ErrorKind;
use devtwin::domain::lesson::Lesson;
use devtwin::domain::lesson::lab::{Base, Names};
use devtwin::domain::session::{CleanWishes, Liveness};
use devtwin::domain::twin::Session;
use devtwin::engine::Engine;
use devtwin::ops::{clean, lab};

use crate::engine::{engine, within};
use crate::support::docker::{self, fed};
use crate::support::{devtwin, stdout, unique};

/// The fixture that stands for the real one.
const WOLFI: &str = "cgr.dev/chainguard/wolfi-base:latest";

const LESSON: &str = r#"
title = "A small lesson"
goal = "Nothing"
minutes = 1
tokens = ["word"]

[lab]
volumes = ["data"]

[lab.files]
"app/Dockerfile" = "FROM {lab}/web:latest\nCOPY page /page\n"

[[lab.image]]
name = "shop:1"
dockerfile = """
FROM {lab}/web:latest-dev AS made
FROM {lab}/web:latest
COPY --from=made /usr/bin/ls /tools/ls
COPY note /etc/note
CMD ["--greeting", "shop"]
"""
files = { note = "the word is {token:word}" }

[[lab.image]]
name = "broken:arch"
dockerfile = "FROM scratch\nCOPY app /app\nENTRYPOINT [\"/app\"]\n"
files = { app = { program = "web", claims = "arm64" } }

[[lab.image]]
name = "broken:loader"
dockerfile = "FROM scratch\nCOPY app /app\nENTRYPOINT [\"/app\"]\n"
files = { app = { program = "web-dynamic" } }

[[lab.image]]
name = "broken:library"
dockerfile = "FROM scratch\nCOPY app /app\nCOPY loader /lib64/ld-linux-x86-64.so.2\nENTRYPOINT [\"/app\"]\n"
files = { app = { program = "web-dynamic" }, loader = { program = "loader" } }

[[lab.container]]
name = "web"
image = "web:latest"
args = ["--greeting", "{token:word}"]

[[lab.container]]
name = "shop"
image = "shop:1"
mounts = ["data:/data"]
user = "0"
read_only = true
args = ["--write", "/data/log"]

[[lab.container]]
name = "arch"
image = "broken:arch"

[[lab.container]]
name = "idle"
image = "web:latest"
created = true
"#;

fn lesson(text: &str) -> Lesson {
    let mut lesson: Lesson = toml::from_str(text).unwrap();
    lesson.id = "small".into();
    lesson
}

fn session(id: &str) -> Session {
    Session {
        id: id.into(),
        owner: "test@lab/0".into(),
    }
}

/// A lab's name, and all that carries it removed on drop, should the test fail.
struct Lab {
    name: String,
    session: Session,
}

impl Lab {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        Self {
            name: format!("lab-t{process}-{number}"),
            session: session(&format!("{:04x}{number:04x}", process & 0xffff)),
        }
    }

    fn names(&self, lesson: &Lesson) -> Names {
        Names {
            lab: self.name.clone(),
            tokens: lab::tokens(lesson),
        }
    }

    async fn set_up(&self, engine: &dyn Engine, lesson: &Lesson, base: &Base) -> Names {
        let names = self.names(lesson);
        let claimed = within(lab::claim(
            engine,
            &self.session,
            &lesson.id,
            Some(&self.name),
        ));
        assert_eq!(claimed.await.as_ref(), Ok(&self.name));
        let made = lab::set_up(engine, &self.session, lesson, base, &names, &|_| {});
        within(made).await.unwrap();
        names
    }

    /// All that the engine has of it, by label and by name.
    fn left(&self) -> Vec<String> {
        let label = format!("label=dev.devtwin.lab={}", self.name);
        let reference = format!("reference={}/*", self.name);
        let lists: [&[&str]; 5] = [
            &[
                "ps",
                "-a",
                "--filter",
                &label,
                "--format",
                "{{.Names}} {{.Image}}",
            ],
            &[
                "image",
                "ls",
                "-a",
                "--filter",
                &label,
                "--format",
                "{{.Repository}}:{{.Tag}} {{.ID}}",
            ],
            &[
                "image",
                "ls",
                "--filter",
                &reference,
                "--format",
                "{{.Repository}}:{{.Tag}}",
            ],
            &["volume", "ls", "--filter", &label, "--format", "{{.Name}}"],
            &[
                "volume",
                "ls",
                "--filter",
                &format!("name={}", self.name),
                "--format",
                "{{.Name}}",
            ],
        ];
        let lines = lists.iter().map(|list| docker::ok(list));
        lines
            .flat_map(|lines| lines.lines().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let label = format!("label=dev.devtwin.lab={}", self.name);
        for (list, remove) in [
            (["ps", "-aq"].as_slice(), ["rm", "-fv"].as_slice()),
            (&["image", "ls", "-q"], &["rmi", "-f"]),
            (&["volume", "ls", "-q"], &["volume", "rm", "-f"]),
        ] {
            let found = stdout(&docker::run(&[list, &["--filter", &label]].concat()));
            let ids: Vec<&str> = found.split_whitespace().collect();
            if !ids.is_empty() {
                docker::run(&[remove, &ids].concat());
            }
        }
    }
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// A program in a fresh container of an image, as the person would run it.
fn run(image: &str, flags: &[&str], argv: &[&str]) -> Output {
    docker::run(&[&["run", "--rm"], flags, &[image], argv].concat())
}

async fn plays(base: &Base) {
    let engine = engine().await;
    let (lab, lesson) = (Lab::new(), lesson(LESSON));
    let names = lab.set_up(&engine, &lesson, base).await;
    let (prod, dev) = (names.image("web:latest"), names.image("web:latest-dev"));

    // The pair: without a shell, and with all that a dev image has.
    assert_eq!(
        status(&run(&prod, &["--entrypoint", "sh"], &["-c", "true"])),
        127
    );
    let sh = |user: &str, script: &str| {
        run(
            &dev,
            &["-u", user, "--network", "none", "--entrypoint", "sh"],
            &["-c", script],
        )
    };
    assert_eq!(
        stdout(&run(&dev, &["--entrypoint", "id"], &["-u"])).trim(),
        "65532"
    );
    let tools = "for t in ls ps id cat netstat wget vi find stat chown awk apk; do command -v $t >/dev/null || echo $t; done";
    assert_eq!(stdout(&sh("65532", tools)), "");
    let denied = sh("65532", "apk add probe");
    assert_eq!(status(&denied), 99, "{denied:?}");
    let asked = "apk add probe && { web --port 8099 --greeting hi >/dev/null & } && \
        for n in 1 2 3 4 5 6 7 8 9; do web --health --port 8099 >/dev/null && break; sleep 0.2; done; probe 8099 /; probe 8099 /no; echo $?";
    let asked = sh("0", asked);
    let said = stdout(&asked);
    assert!(
        said.contains("probe: http://127.0.0.1:8099/ answers 200 OK\nhi\n")
            && said.ends_with("\n1\n"),
        "{asked:?}"
    );
    let apk = sh("0", "apk info | sort; apk list -I web");
    assert!(
        stdout(&apk).contains("\nweb\n") && stdout(&apk).contains("web-1.4.0-r2"),
        "{apk:?}"
    );
    // The stand-in says that it is one; a real apk would not.
    let help = format!("{:?}", sh("0", "apk"));
    assert_eq!(
        help.contains("stand-in of devtwin's lab"),
        *base == Base::Own,
        "{help}"
    );

    // devtwin finds one by the other, also from what stands on it.
    for (subject, found) in [(&prod, &dev), (&names.image("shop:1"), &dev)] {
        let resolved = devtwin(&["resolve", subject, "--json"]);
        let resolved: serde_json::Value = serde_json::from_slice(&resolved.stdout).unwrap();
        assert_eq!(resolved["dev_image"], **found, "{resolved:#}");
        assert_eq!(resolved["local"], true);
    }
    let own: serde_json::Value =
        serde_json::from_slice(&devtwin(&["resolve", &dev, "--json"]).stdout).unwrap();
    assert_eq!(own["own_dev"], true, "{own:#}");
    let compared = devtwin(&["compare", &prod, "--json"]);
    let compared: serde_json::Value = serde_json::from_slice(&compared.stdout).unwrap();
    let packages = compared["packages"].to_string();
    assert!(
        packages.contains("apk-tools") && packages.contains("busybox"),
        "{compared:#}"
    );

    // Containers, as they were asked for.
    let state = |short: &str| {
        docker::ok(&[
            "inspect",
            "-f",
            "{{.State.Status}} {{.State.ExitCode}} {{.Config.User}}",
            &names.whole(short),
        ])
    };
    assert_eq!(state("web"), "running 0 65532");
    assert_eq!(state("shop"), "running 0 0");
    assert_eq!(state("idle"), "created 0 65532");
    assert!(
        state("arch").starts_with("exited 1") || state("arch").starts_with("created 12"),
        "{}",
        state("arch")
    );
    let greeting = docker::ok(&[
        "inspect",
        "-f",
        "{{join .Config.Cmd \" \"}}",
        &names.whole("web"),
    ]);
    assert_eq!(greeting, format!("--greeting {}", names.tokens["word"]));
    let log = run(
        &dev,
        &[
            "-v",
            &format!("{}:/data", names.whole("data")),
            "-u",
            "0",
            "--entrypoint",
            "cat",
        ],
        &["/data/log"],
    );
    assert_eq!(stdout(&log), "written by web\n");
    let note = docker::ok(&["cp", &format!("{}:/etc/note", names.whole("shop")), "-"]);
    assert!(note.contains(&names.tokens["word"]));

    // The broken ones are broken as they should be.
    let arch = run(&names.image("broken:arch"), &[], &[]);
    assert!(
        format!("{arch:?}").contains("exec format error"),
        "{arch:?}"
    );
    let loader = run(&names.image("broken:loader"), &[], &[]);
    assert!(
        format!("{loader:?}").contains("no such file or directory"),
        "{loader:?}"
    );
    let library = run(&names.image("broken:library"), &[], &[]);
    assert!(
        format!("{library:?}").contains("error while loading shared libraries"),
        "{library:?}"
    );

    // What the person makes.
    let built = names.image("mine:1");
    let dockerfile =
        format!("FROM {dev} AS b\nRUN echo x > /tmp/x\nFROM {prod}\nCOPY --from=b /tmp/x /x\n");
    build(&built, &dockerfile);
    build(&built, &dockerfile.replace("echo x", "echo y"));
    let scratch = names.image("plain:1");
    build(&scratch, "FROM scratch\nLABEL a=b\n");
    let acme = format!("acme-{}/shop:1", lab.name);
    let acme_guard = docker::Image::adopt(acme.as_str());
    build(&acme, &format!("FROM {prod}\nLABEL a=c\n"));
    docker::ok(&["run", "-d", &built]);
    docker::ok(&[
        "run",
        "-d",
        &docker::ok(&["image", "inspect", "-f", "{{.Id}}", &built]),
    ]);
    docker::ok(&[
        "run",
        "-d",
        "--name",
        &format!("{}-mine", lab.name),
        "-v",
        "/data",
        &built,
    ]);
    // Not called like a twin, as the containers of these tests usually are.
    let theirs = docker::Container::adopt(format!("acme-{}", lab.name));
    docker::ok(&["run", "-d", "--name", theirs.name(), &acme]);

    let removed = within(lab::tear_down(&engine, &lab.session.id))
        .await
        .unwrap();
    assert_eq!(removed.failed, [""; 0]);
    let told = removed.left.join("\n");
    assert!(
        told.contains(theirs.name()) && told.contains(&acme),
        "{told}"
    );
    let left = lab.left();
    let foreign = |line: &&String| !line.contains(&acme) && !line.contains("<none>");
    assert_eq!(left.iter().filter(foreign).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(
        docker::ok(&["inspect", "-f", "{{.State.Status}}", theirs.name()]),
        "running"
    );
    drop(theirs);
    drop(acme_guard);
    // Their image went, and with it what it stood on.
    assert_eq!(lab.left(), [""; 0]);
}

#[track_caller]
fn build(name: &str, dockerfile: &str) {
    let built = fed(&["build", "-q", "-t", name, "-"], dockerfile.as_bytes());
    assert!(built.status.success(), "{built:?}");
}

#[tokio::test]
async fn a_lab_of_this_machines_own_is_made_used_and_removed_whole() {
    plays(&Base::Own).await;
}

#[tokio::test]
async fn a_lab_on_a_base_image_is_made_used_and_removed_whole() {
    plays(&Base::Image(WOLFI.into())).await;
}

/// A lesson without anything of its own: the pair and a container.
const PLAIN: &str = "title = \"T\"\ngoal = \"G\"\nminutes = 1\n[[lab.container]]\nname = \"web\"\nimage = \"web:latest\"\n";

#[tokio::test]
async fn a_name_is_claimed_once_and_nobodys_things_are_taken_for_a_labs() {
    let engine = engine().await;
    let (first, second) = (Lab::new(), Lab::new());
    let claim = |session, name| within(lab::claim(&engine, session, "t", Some(name)));
    let name = first.name.as_str();
    // Both ask at one time; one of them gets it.
    let both = tokio::join!(claim(&first.session, name), claim(&second.session, name));
    let got = [both.0.is_ok(), both.1.is_ok()];
    assert!(got.contains(&true) && got.contains(&false), "{both:?}");
    let refused = both.0.err().or(both.1.err()).unwrap();
    assert_eq!(refused.kind, ErrorKind::Usage);
    assert!(refused.message.contains(name) && refused.message.contains("another lab"));

    // An image of that name is the person's.
    let third = Lab::new();
    let reference = format!("{}/theirs:1", third.name);
    let theirs = docker::Image::tag(WOLFI, &reference);
    let refused = claim(&third.session, &third.name).await.unwrap_err();
    assert!(refused.message.contains(&reference), "{}", refused.message);
    drop(theirs);
    let container = docker::Container::adopt(format!("{}-web", third.name));
    docker::ok(&["create", "--name", container.name(), WOLFI]);
    let refused = claim(&third.session, &third.name).await.unwrap_err();
    assert!(
        refused.message.contains(container.name()),
        "{}",
        refused.message
    );
    drop(container);
    let volume = format!("{}-data", third.name);
    docker::ok(&["volume", "create", &volume]);
    let refused = claim(&third.session, &third.name).await.unwrap_err();
    docker::ok(&["volume", "rm", &volume]);
    assert!(refused.message.contains(&volume), "{}", refused.message);
    assert_eq!(third.left(), [""; 0]);
    let refused = claim(&third.session, "Lab/x").await.unwrap_err();
    assert!(refused.message.contains("Lab/x"));
}

#[tokio::test]
async fn what_the_person_made_goes_when_it_is_the_labs_and_stays_when_it_is_theirs() {
    let engine = engine().await;
    let lab = Lab::new();
    let lesson = lesson(PLAIN);
    let names = lab.names(&lesson);
    within(lab::claim(&engine, &lab.session, "small", Some(&lab.name)))
        .await
        .unwrap();
    within(lab::set_up(
        &engine,
        &lab.session,
        &lesson,
        &Base::Own,
        &names,
        &|_| {},
    ))
    .await
    .unwrap();
    // An image of their own that stands on the lab's, run, and then built anew: the one that runs has no name any more.
    let theirs = docker::Image::adopt(format!("{}:1", unique("theirs")));
    let base = names.image("web:latest");
    build(theirs.name(), &format!("FROM {base}\nENV ROUND=1\n"));
    let run = |name: String, image: &str| {
        docker::ok(&["run", "-d", "--network", "none", "--name", &name, image]);
        docker::Container::adopt(name)
    };
    let kept = run(format!("theirs-{}", lab.name), theirs.name());
    let old = docker::ok(&["inspect", "--format", "{{.Image}}", kept.name()]);
    build(theirs.name(), &format!("FROM {base}\nENV ROUND=2\n"));
    // The same with an image of the lab.
    let own = names.image("mine:1");
    build(&own, &format!("FROM {base}\nENV ROUND=1\n"));
    let gone = run(format!("mine-{}", lab.name), &own);
    build(&own, &format!("FROM {base}\nENV ROUND=2\n"));
    docker::ok(&["volume", "create", &names.whole("notes")]);

    within(lab::tear_down(&engine, &lab.session.id))
        .await
        .unwrap();
    let state = docker::ok(&["inspect", "--format", "{{.State.Status}}", kept.name()]);
    assert_eq!(state.trim(), "running", "it is nobody's lab");
    assert!(!docker::run(&["inspect", gone.name()]).status.success());
    drop(kept);
    docker::ok(&["rmi", old.trim()]);
    drop(theirs);
    // That of theirs was all that had still the label.
    assert_eq!(lab.left(), [""; 0]);
}

#[tokio::test]
async fn a_set_up_that_was_broken_off_is_swept_with_its_session() {
    let engine = engine().await;
    let lab = Lab::new();
    let mut lesson = lesson(PLAIN);
    let broken = "FROM {lab}/web:latest-dev\nRUN exit 3\n".to_owned();
    lesson.lab.images = vec![devtwin::domain::lesson::lab::LabImage {
        name: "bad:1".into(),
        dockerfile: broken,
        files: std::collections::BTreeMap::new(),
    }];
    let names = lab.names(&lesson);
    within(lab::claim(&engine, &lab.session, "small", Some(&lab.name)))
        .await
        .unwrap();
    let made = lab::set_up(&engine, &lab.session, &lesson, &Base::Own, &names, &|_| {});
    let error = within(made).await.unwrap_err();
    let said = format!(
        "the image {} of the lesson small could not be made: ",
        names.image("bad:1")
    );
    assert!(error.message.starts_with(&said), "{}", error.message);
    assert!(error.message.contains("status 3"), "{}", error.message);
    assert!(!lab.left().is_empty());
    within(clean::sweep(&engine, &lab.session.id))
        .await
        .unwrap();
    assert_eq!(lab.left(), [""; 0]);

    // Given up in the middle: whatever was made by then goes.
    within(lab::claim(&engine, &lab.session, "small", Some(&lab.name)))
        .await
        .unwrap();
    let (begun, building) = (tokio::sync::Notify::new(), names.image("web:latest-dev"));
    let tell = |progress: devtwin::domain::Progress| {
        if matches!(&progress, devtwin::domain::Progress::Step(step) if step.contains(&building)) {
            begun.notify_one();
        }
    };
    let made = lab::set_up(&engine, &lab.session, &lesson, &Base::Own, &names, &tell);
    tokio::select! {
        made = within(made) => panic!("it was not given up: {made:?}"),
        () = begun.notified() => {}
    }
    within(clean::sweep(&engine, &lab.session.id))
        .await
        .unwrap();
    assert_eq!(lab.left(), [""; 0]);
    // Again, where there is nothing.
    within(clean::sweep(&engine, &lab.session.id))
        .await
        .unwrap();
}

#[tokio::test]
async fn clean_removes_the_lab_of_a_dead_session_alone_and_counts_it_before() {
    let engine = engine().await;
    let (dead, live) = (Lab::new(), Lab::new());
    let lesson = lesson(PLAIN);
    let names = dead.set_up(&engine, &lesson, &Base::Own).await;
    within(lab::claim(
        &engine,
        &live.session,
        "small",
        Some(&live.name),
    ))
    .await
    .unwrap();
    let ask = |session: &str, _: &str| {
        if session == dead.session.id {
            Liveness::Gone
        } else {
            Liveness::Live
        }
    };
    assert_eq!(within(clean::found(&engine, &ask)).await.unwrap().labs, 1);
    // What the person built has the label, and another name.
    let acme = format!("acme-{}/app:1", dead.name);
    let theirs = docker::Image::adopt(acme.as_str());
    build(
        &acme,
        &format!("FROM {}\nLABEL a=b\n", names.image("web:latest")),
    );

    let wishes = CleanWishes {
        dry_run: true,
        ..CleanWishes::default()
    };
    let would = within(clean::clean(&engine, &ask, wishes, 0))
        .await
        .unwrap();
    assert_eq!(would.lab_containers, [names.whole("web")]);
    assert!(would.images.contains(&names.image("web:latest")));
    assert_eq!(would.volumes, [names.whole("claim")]);
    assert_eq!(
        docker::ok(&["inspect", "-f", "{{.State.Status}}", &names.whole("web")]),
        "running"
    );

    let wishes = CleanWishes::default();
    let cleaned = within(clean::clean(&engine, &ask, wishes, 0))
        .await
        .unwrap();
    assert_eq!(
        (&cleaned.lab_containers, &cleaned.failed_lab),
        (&would.lab_containers, &Vec::new())
    );
    assert_eq!(cleaned.lab_left, [format!("image {acme}")]);
    assert!(cleaned.is_complete() && !cleaned.is_empty());
    assert_eq!(
        live.left(),
        [
            live.names(&lesson).whole("claim"),
            live.names(&lesson).whole("claim")
        ]
    );
    assert_eq!(
        docker::ok(&["image", "inspect", "-f", "{{index .RepoTags 0}}", &acme]),
        acme
    );
    drop(theirs);
    assert_eq!(dead.left(), [""; 0]);
    assert_eq!(within(clean::found(&engine, &ask)).await.unwrap().labs, 0);
}

#[tokio::test]
async fn a_twin_beside_a_container_of_the_lab_is_its_own_sessions_and_does_not_keep_the_lab() {
    let engine = engine().await;
    let lab = Lab::new();
    let names = lab.set_up(&engine, &lesson(PLAIN), &Base::Own).await;
    // As devtwin makes one: its own labels over those of its image.
    let twin = docker::Container::adopt(format!("devtwin-{}-0badcafe", lab.name));
    docker::ok(&[
        "run",
        "-d",
        "--name",
        twin.name(),
        "--label",
        "dev.devtwin.session=0badcafe",
        "-u",
        "0",
        "--entrypoint",
        "sleep",
        &names.image("web:latest-dev"),
        "60",
    ]);
    let removed = within(lab::tear_down(&engine, &lab.session.id))
        .await
        .unwrap();
    assert_eq!(removed.failed, [""; 0]);
    assert_eq!(removed.containers, [names.whole("web")]);
    assert_eq!(
        docker::ok(&["inspect", "-f", "{{.State.Status}}", twin.name()]),
        "running"
    );
    assert_eq!(
        docker::ok(&[
            "image",
            "ls",
            "-q",
            "--filter",
            &format!("reference={}/*", lab.name)
        ]),
        ""
    );
    // The name is free again.
    within(lab::claim(&engine, &lab.session, "small", Some(&lab.name)))
        .await
        .unwrap();
    within(lab::tear_down(&engine, &lab.session.id))
        .await
        .unwrap();
    // The twin gone, its image has nobody; a later clean finds it.
    drop(twin);
    let ask = |session: &str, _: &str| {
        if session == lab.session.id {
            Liveness::Gone
        } else {
            Liveness::Live
        }
    };
    within(lab::remove_gone(&engine, &ask)).await.unwrap();
    assert_eq!(lab.left(), [""; 0]);
}

#[tokio::test]
async fn what_a_lab_can_stand_on_is_offered_with_what_is_here() {
    let engine = engine().await;
    let offered = within(lab::bases(&engine)).await.unwrap();
    let here = |base: &Base| {
        offered
            .iter()
            .find(|offered| offered.base == *base)
            .map(|o| o.here)
    };
    assert_eq!(here(&Base::Image(WOLFI.into())), Some(true));
    assert_eq!(here(&Base::Own), Some(true));
    assert_eq!(offered[0].base, Base::Image(WOLFI.into()));
    let missing = Base::Image("127.0.0.1:9/no/such:1".into());
    let (lab, lesson) = (Lab::new(), lesson(PLAIN));
    let names = lab.names(&lesson);
    let made = lab::set_up(&engine, &lab.session, &lesson, &missing, &names, &|_| {});
    let error = within(made).await.unwrap_err();
    assert!(
        error.message.contains("127.0.0.1:9/no/such:1") && error.hint.is_some(),
        "{error:?}"
    );
}
