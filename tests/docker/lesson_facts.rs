//! What checks of lessons ask of the real engine, and what they hear of it.

use std::collections::{BTreeMap, BTreeSet};

use devtwin::domain::error::Result;
use devtwin::domain::lesson::check::{Counted, Place};
use devtwin::domain::lesson::facts::{
    Answer, ContainerFacts, FileFacts, Happened, ImageFacts, Question,
};
use devtwin::domain::lesson::lab::{Base, Names, Ready};
use devtwin::domain::target::Event;
use devtwin::domain::twin::{Session, label};
use devtwin::engine::Engine as _;
use devtwin::engine::docker::Docker;
use devtwin::ops::lesson::Watcher;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

use crate::engine::{engine, within};
use crate::shells::twin;
use crate::support::docker::{self, Image, busybox, fed, volume};
use crate::support::{Container, unique};

const WEB: &str = "cgr.dev/chainguard/web:latest";
const DEV: &str = "cgr.dev/chainguard/web:latest-dev";

/// A lab by its name alone: what carries it counts.
struct Lab {
    engine: Docker,
    watcher: Watcher,
    names: Names,
    session: Session,
}

impl Lab {
    async fn new(work: &str) -> Self {
        let names = Names {
            lab: unique("x").replace("devtwin-test", "labc"),
            tokens: BTreeMap::from([("word".into(), "hosts".into())]),
        };
        let session = Session {
            id: unique("s"),
            owner: "test@nowhere".into(),
        };
        let ready = Ready {
            names: names.clone(),
            work: work.into(),
            base: Base::Own,
        };
        Self {
            engine: engine().await,
            watcher: Watcher::new(session.clone(), ready),
            names,
            session,
        }
    }

    /// Runs a container of the lab: `docker run -d FLAGS… IMAGE ARGS…`.
    fn run(&self, short: &str, image: &str, flags: &[&str], args: &[&str]) -> Container {
        let container = Container::adopt(self.names.whole(short));
        let own = ["run", "-d", "--name", container.name()];
        docker::ok(&[&own, flags, &[image], args].concat());
        container
    }

    /// Names an image as one of the lab.
    fn tag(&self, image: &str, short: &str) -> Image {
        Image::tag(image, &self.names.image(short))
    }

    async fn ask(&mut self, question: Question) -> Option<Answer> {
        let questions = [question];
        let asked = self.watcher.ask(&self.engine, &questions);
        let mut answers = within(Box::pin(asked)).await.unwrap();
        let answer = answers.remove(&questions[0]);
        assert!(answers.is_empty());
        let session = format!("label={}={}", label::SESSION, self.session.id);
        // On a thread of its own: what was not read to its end is given back meanwhile.
        let list = move || docker::ok(&["ps", "-aq", "--filter", &session]);
        let left = tokio::task::spawn_blocking(list).await.unwrap();
        assert_eq!(left, "", "a container to read images by was left");
        answer
    }

    async fn file(&mut self, place: Place, path: &str) -> Option<Option<FileFacts>> {
        match self.ask(Question::File(place, path.into())).await? {
            Answer::File(file) => Some(file),
            other => panic!("{other:?}"),
        }
    }

    async fn packages(&mut self, place: Place) -> Option<BTreeSet<String>> {
        match self.ask(Question::Packages(place)).await? {
            Answer::Packages(packages) => Some(packages),
            other => panic!("{other:?}"),
        }
    }

    async fn counted(&mut self, counted: Counted) -> Option<String> {
        match self.ask(Question::Counted(counted)).await? {
            Answer::Counted(figure) => Some(figure),
            other => panic!("{other:?}"),
        }
    }

    async fn changes(&mut self, of: &str) -> Option<Vec<String>> {
        match self.ask(Question::Changes(of.into())).await? {
            Answer::Changes(paths) => Some(paths),
            other => panic!("{other:?}"),
        }
    }

    async fn images(&mut self, paths: &[&str]) -> Vec<ImageFacts> {
        let paths = paths.iter().map(ToString::to_string).collect();
        match self.ask(Question::Images(paths)).await {
            Some(Answer::Images(mut images)) => {
                images.sort_by(|a, b| a.name.cmp(&b.name));
                images
            }
            other => panic!("{other:?}"),
        }
    }

    /// What has happened, once it is what is wanted.
    async fn happened(
        &mut self,
        events: &mut BoxStream<'static, Result<Event>>,
        wanted: impl Fn(&[Happened]) -> bool,
    ) -> Vec<Happened> {
        within(async {
            loop {
                let happened = self.watcher.happened(&self.engine).await;
                if wanted(&happened) {
                    return happened;
                }
                let pause = std::time::Duration::from_millis(200);
                if let Ok(event) = tokio::time::timeout(pause, events.next()).await {
                    self.watcher.take(&event.unwrap().unwrap());
                }
            }
        })
        .await
    }
}

fn container(name: &str) -> Place {
    Place::Container(name.into())
}

fn image(name: &str) -> Place {
    Place::Image(name.into())
}

fn twin_of(name: &str) -> Place {
    Place::TwinOf(name.into())
}

fn work() -> Place {
    Place::Work(true.try_into().unwrap())
}

#[tokio::test]
async fn containers_are_told_with_all_that_checks_look_at() {
    let mut lab = Lab::new("/").await;
    let data = volume(&lab.names.whole("data"));
    let tag = lab.tag(WEB, "web:latest");
    let mount = format!("{}:/data", data.name());
    let flags = ["-v", mount.as_str(), "--network", "host", "--user", "7"];
    let _web = lab.run("web", &lab.names.image("web"), &flags, &["--port", "0"]);
    let small = busybox();
    let job = lab.run("job", small.name(), &[], &["sh", "-c", "exit 3"]);
    docker::ok(&["wait", job.name()]);
    // Of another name, known by its label; with the network of the first.
    let lab_label = format!("{}={}", label::LAB, lab.names.lab);
    let network = format!("container:{}", lab.names.whole("web"));
    let flags = ["--label", lab_label.as_str(), "--network", &network];
    let other = Container::run(small.name(), &flags, &["sleep", "60"]);
    let Some(Answer::Containers(mut told)) = lab.ask(Question::Containers).await else {
        panic!("no containers");
    };
    told.sort_by_key(|container| container.name != "web");
    told[1..].sort_by_key(|container| container.name != "job");
    let wanted = [
        ContainerFacts {
            name: "web".into(),
            image: "web:latest".into(),
            state: "running".into(),
            user: "7".into(),
            runs: "/usr/bin/web --port 0".into(),
            network: "host".into(),
            volumes: vec!["data".into()],
            ..ContainerFacts::default()
        },
        ContainerFacts {
            name: "job".into(),
            image: small.name().into(),
            state: "exited".into(),
            status: Some(3),
            runs: "sh -c exit 3".into(),
            network: "bridge".into(),
            ..ContainerFacts::default()
        },
        ContainerFacts {
            name: other.name().into(),
            image: small.name().into(),
            state: "running".into(),
            runs: "sleep 60".into(),
            network: "container:web".into(),
            ..ContainerFacts::default()
        },
    ];
    for (told, wanted) in told.iter_mut().zip(&wanted) {
        // The image declares a volume, which the engine names.
        told.volumes.retain(|name| name == "data");
        assert_eq!(told, wanted);
    }
    assert_eq!(told.len(), 3);
    drop(tag);
}

#[tokio::test]
async fn images_are_told_with_layers_sizes_and_what_they_hold() {
    let mut lab = Lab::new("/").await;
    let _pair = [lab.tag(WEB, "web:latest"), lab.tag(DEV, "web:latest-dev")];
    let name = lab.names.image("shop:fixed");
    let file = format!(
        "FROM {}\nENV A=b\nCOPY --from={DEV} /etc/hosts /srv/\nUSER 7\n\
         ENTRYPOINT [\"/usr/bin/web\"]\nCMD exec web\n\
         HEALTHCHECK CMD [\"/usr/bin/web\", \"--health\"]\n",
        lab.names.image("web:latest")
    );
    let built = fed(&["build", "-q", "-t", &name, "-"], file.as_bytes());
    assert!(built.status.success(), "{built:?}");
    let _shop = Image::adopt(name);
    let paths = ["/bin/sh", "/usr/bin/web", "/srv/hosts", "/srv/{token:word}"];
    let told = lab.images(&paths).await;
    let names: Vec<&str> = told.iter().map(|image| image.name.as_str()).collect();
    assert_eq!(names, ["shop:fixed", "web:latest", "web:latest-dev"]);
    let [shop, web, dev] = told.as_slice() else {
        panic!("{told:?}");
    };
    let has = |image: &ImageFacts| image.has.iter().cloned().collect::<Vec<_>>();
    assert_eq!(
        has(shop),
        ["/srv/hosts", "/srv/{token:word}", "/usr/bin/web"]
    );
    assert_eq!(has(web), ["/usr/bin/web"]);
    assert_eq!(has(dev), ["/bin/sh", "/usr/bin/web"]);
    assert!(shop.layers.starts_with(&web.layers) && shop.layers.len() > web.layers.len());
    assert!(web.size > 100_000 && web.size < shop.size && shop.size < dev.size);
    assert_eq!(shop.user, "7");
    assert_eq!(shop.entrypoint, ["/usr/bin/web"]);
    assert_eq!(shop.cmd, ["/bin/sh", "-c", "exec web"]);
    assert_eq!(shop.health, ["CMD", "/usr/bin/web", "--health"]);
    assert!(web.health.is_empty());
    // What is known of an image is not read again, and another path is.
    assert_eq!(has(&lab.images(&["/etc/passwd"]).await[0]), ["/etc/passwd"]);
}

#[tokio::test]
async fn files_are_read_where_they_lie_and_not_missed_where_nobody_knows() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes.txt"), "mine\n").unwrap();
    let mut lab = Lab::new(folder.path().to_str().unwrap()).await;
    let _web = lab.tag(WEB, "web:latest");
    let small = busybox();
    let line = "echo the word >/share/new; busybox chown 65532 /share/new; \
                busybox ln -s new /share/link; sleep 60";
    let _app = lab.run("app", small.name(), &[], &["sh", "-c", line]);
    let new = Some(Some(FileFacts {
        owner: 65532,
        text: "the word\n".into(),
    }));
    within(async { while lab.file(container("app"), "/share/link").await != new {} }).await;
    assert_eq!(lab.file(container("app"), "/share/new").await, new);
    let folder_facts = lab.file(container("app"), "/share").await;
    assert_eq!(folder_facts, Some(Some(FileFacts::default())));
    assert_eq!(lab.file(container("app"), "/share/none").await, Some(None));
    assert_eq!(lab.file(container("gone"), "/share/new").await, None);
    assert_eq!(lab.file(twin_of("app"), "/share/new").await, None);
    assert_eq!(lab.file(image("gone:1"), "/etc/passwd").await, None);
    for _ in 0..2 {
        let passwd = lab.file(image("web:latest"), "/etc/passwd").await;
        assert!(passwd.unwrap().unwrap().text.contains("nonroot:x:65532"));
        assert_eq!(lab.file(image("web:latest"), "/bin/sh").await, Some(None));
    }
    let notes = lab.file(work(), "notes.txt").await.unwrap().unwrap();
    assert_eq!(notes.text, "mine\n");
    assert_eq!(lab.file(work(), "none.txt").await, Some(None));
    assert_eq!(lab.file(work(), "notes.txt/below").await, Some(None));
}

#[tokio::test]
async fn a_long_file_is_read_in_part() {
    let mut lab = Lab::new("/").await;
    let small = busybox();
    let line = "busybox dd if=/dev/zero of=/share/big bs=1M count=3; sleep 60";
    let _app = lab.run("app", small.name(), &[], &["sh", "-c", line]);
    let length = |file: Option<Option<FileFacts>>| file.flatten().map_or(0, |file| file.text.len());
    within(async { while length(lab.file(container("app"), "/share/big").await) != 64 << 10 {} })
        .await;
}

#[tokio::test]
async fn packages_are_told_of_images_containers_and_twins() {
    let mut lab = Lab::new("/").await;
    let _pair = [lab.tag(WEB, "web:latest"), lab.tag(DEV, "web:latest-dev")];
    let web = lab.run("web", WEB, &[], &[]);
    let of = |packages: &Option<BTreeSet<String>>, name: &str| {
        packages.as_ref().map(|packages| packages.contains(name))
    };
    let prod = lab.packages(image("web:latest")).await;
    assert_eq!(of(&prod, "wolfi-baselayout"), Some(true));
    assert_eq!(of(&prod, "busybox"), Some(false));
    assert_eq!(lab.packages(container("web")).await, prod);
    assert_eq!(lab.packages(twin_of("web")).await, None);
    let dev = lab.packages(image("web:latest-dev")).await;
    assert_eq!(of(&dev, "busybox"), Some(true));
    let engine = engine().await;
    let (_launched, _twin) = twin(&engine, &web, DEV).await;
    assert_eq!(lab.packages(twin_of("web")).await, dev);
    assert_eq!(lab.packages(container("none")).await, None);
}

#[tokio::test]
async fn twins_are_told_by_their_users_while_they_run() {
    let mut lab = Lab::new("/").await;
    let web = lab.run("web", WEB, &[], &[]);
    let asked = || Question::Twins("web".into());
    assert_eq!(lab.ask(asked()).await, Some(Answer::Twins(Vec::new())));
    let engine = engine().await;
    let (_launched, guard) = twin(&engine, &web, DEV).await;
    let Some(Answer::Twins(users)) = lab.ask(asked()).await else {
        panic!("no twins");
    };
    assert!(
        matches!(users.as_slice(), [user] if user.starts_with('0')),
        "{users:?}"
    );
    // A twin is no container of the lab.
    let Some(Answer::Containers(told)) = lab.ask(Question::Containers).await else {
        panic!("no containers");
    };
    assert_eq!(told.len(), 1, "{told:?}");
    let other = lab.ask(Question::Twins("other".into())).await;
    assert_eq!(other, Some(Answer::Twins(Vec::new())));
    drop(guard);
    assert_eq!(lab.ask(asked()).await, Some(Answer::Twins(Vec::new())));
}

#[tokio::test]
async fn changes_are_told_by_their_paths() {
    let mut lab = Lab::new("/").await;
    let small = busybox();
    let app = lab.run("app", small.name(), &[], &["sleep", "60"]);
    assert_eq!(lab.changes("app").await, Some(Vec::new()));
    docker::ok(&["exec", app.name(), "touch", "/share/new"]);
    let changed = lab.changes("app").await.unwrap();
    assert_eq!(changed, ["/share", "/share/new"]);
    assert_eq!(lab.changes("gone").await, None);
}

/// Names of packages, by the database as `docker cp` brings it.
fn installed(image: &str) -> BTreeSet<String> {
    let made = Container::create(image, &[], &[]);
    let path = format!("{}:/usr/lib/apk/db/installed", made.name());
    let archive = docker::run(&["cp", &path, "-"]).stdout;
    let text = String::from_utf8_lossy(&archive).into_owned();
    let names = text.lines().filter_map(|line| line.strip_prefix("P:"));
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn what_is_counted_is_what_the_databases_say() {
    let mut lab = Lab::new("/").await;
    let _pair = [lab.tag(WEB, "web:latest"), lab.tag(DEV, "web:latest-dev")];
    let (prod, dev) = (installed(WEB), installed(DEV));
    assert!(prod.len() > 1 && dev.len() > prod.len());
    let pair = || ("web:latest".to_owned(), "web:latest-dev".to_owned());
    let more = dev.difference(&prod).count().to_string();
    let only = Counted::PackagesOnlyIn(pair().0, pair().1);
    assert_eq!(lab.counted(only).await, Some(more));
    let all = lab.counted(Counted::Packages(pair().0)).await;
    assert_eq!(all, Some(prod.len().to_string()));
    let owner = Counted::OwnerOf(pair().0, "/etc/{token:word}".into());
    assert_eq!(
        lab.counted(owner).await.as_deref(),
        Some("wolfi-baselayout")
    );
    let nobodys = Counted::OwnerOf(pair().0, "/etc/none".into());
    assert_eq!(lab.counted(nobodys).await, None);
    assert_eq!(lab.counted(Counted::Packages("gone:1".into())).await, None);
}

fn exec(command: &str, status: Option<i64>) -> Happened {
    Happened::Exec {
        container: "web".into(),
        command: command.into(),
        status,
    }
}

#[tokio::test]
async fn a_program_that_cannot_be_started_is_told_with_its_status() {
    let mut lab = Lab::new("/").await;
    let mut events = lab.engine.events().await.unwrap();
    let web = lab.run("web", WEB, &[], &[]);
    let failed = docker::run(&["exec", web.name(), "sh", "-c", "echo hi"]);
    let code = failed.status.code().unwrap();
    assert!(matches!(code, 126 | 127), "{failed:?}");
    let want = [exec("sh -c echo hi", Some(code.into()))];
    lab.happened(&mut events, |told| told == want).await;
}

#[tokio::test]
async fn programs_that_end_are_told_with_their_status_and_those_that_run_without() {
    let mut lab = Lab::new("/").await;
    let mut events = lab.engine.events().await.unwrap();
    let small = busybox();
    let web = lab.run("web", small.name(), &[], &["sleep", "60"]);
    docker::run(&["exec", web.name(), "sh", "-c", "exit 3"]);
    docker::ok(&["exec", "-d", web.name(), "sleep", "50"]);
    let want = [exec("sh -c exit 3", Some(3)), exec("sleep 50", None)];
    lab.happened(&mut events, |told| told == want).await;
}

#[tokio::test]
async fn stops_are_timed_and_ends_of_containers_that_are_gone_are_told() {
    let mut lab = Lab::new("/").await;
    let mut events = lab.engine.events().await.unwrap();
    let small = busybox();
    let tag = lab.tag(small.name(), "job");
    let stubborn = lab.run("stubborn", small.name(), &[], &["sleep", "60"]);
    docker::ok(&["stop", "-t", "1", stubborn.name()]);
    let line = "trap 'exit 0' TERM; touch /share/ready; while true; do sleep 1; done";
    let polite = lab.run("polite", small.name(), &[], &["sh", "-c", line]);
    within(async {
        while lab
            .file(container("polite"), "/share/ready")
            .await
            .flatten()
            .is_none()
        {}
    })
    .await;
    docker::ok(&["stop", polite.name()]);
    docker::run(&["run", "--rm", tag.name(), "sh", "-c", "exit 7"]);
    let told = lab.happened(&mut events, |told| told.len() == 3).await;
    let ended = |at: usize| match &told[at] {
        Happened::Ended {
            container,
            image,
            status,
            after_ms,
        } => (container.as_str(), image.as_str(), *status, *after_ms),
        other @ Happened::Exec { .. } => panic!("{other:?}"),
    };
    let (name, _, status, after) = ended(0);
    assert_eq!((name, status), ("stubborn", 137));
    assert!(
        after.is_some_and(|after| (900..8_000).contains(&after)),
        "{told:?}"
    );
    let (name, _, status, after) = ended(1);
    assert_eq!((name, status), ("polite", 0));
    assert!(after.is_some_and(|after| after < 4_000), "{told:?}");
    let (_, image, status, after) = ended(2);
    assert_eq!((image, status, after), ("job:latest", 7, None));
}
