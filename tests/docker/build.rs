//! Builds on the real engine, by either builder: what is told, what fails and how, and that nothing is left.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use devtwin::domain::build::{Build, BuildError, BuildNews, Builder};
use devtwin::domain::dockerfile::order::{Goal, Order, Outcome, Source};
use devtwin::domain::twin::Session;
use devtwin::engine::docker::Docker;
use devtwin::ops::build::context::Context;
use devtwin::ops::build::{build, step};
use devtwin::ops::clean::sweep;
use tokio_util::sync::CancellationToken;

use crate::engine::{engine, within};
use crate::support::docker::{self, Image, LABEL};
use crate::support::{Container, unique};

const BASE: &str = "cgr.dev/chainguard/wolfi-base:latest";

/// What a build told.
#[derive(Default)]
struct Told(Mutex<Vec<BuildNews>>);

impl Told {
    fn sink(&self) -> impl Fn(BuildNews) + Send + Sync {
        |news| self.0.lock().unwrap().push(news)
    }

    fn lines(&self) -> Vec<String> {
        let line = |news: &BuildNews| match news {
            BuildNews::Line { text, .. } => Some(text.clone()),
            _ => None,
        };
        self.0.lock().unwrap().iter().filter_map(line).collect()
    }

    fn has(&self, wanted: impl Fn(&BuildNews) -> bool) -> bool {
        self.0.lock().unwrap().iter().any(wanted)
    }
}

fn wanted(tag: &str, builder: Builder, context: &Context) -> Build {
    Build {
        dockerfile: context.name().to_owned(),
        tags: vec![tag.to_owned()],
        labels: BTreeMap::from([(LABEL.to_owned(), "1".to_owned())]),
        builder,
        no_cache: true,
        ..Build::default()
    }
}

fn context(dir: &Path, text: &str) -> Context {
    Context {
        dir: Some(dir.to_owned()),
        dockerfile: "Dockerfile".into(),
        text: Some(text.to_owned()),
        ..Context::default()
    }
}

/// Ids of images without a name.
fn dangling() -> Vec<String> {
    let listed = docker::ok(&["images", "-q", "--no-trunc", "--filter", "dangling=true"]);
    listed.lines().map(str::to_owned).collect()
}

async fn run(
    engine: &Docker,
    build_this: &Build,
    context: &Context,
    told: &Told,
) -> Result<String, BuildError> {
    let (sink, cancel) = (told.sink(), CancellationToken::new());
    let building = build(engine, build_this, context, &sink, &cancel, None);
    within(Box::pin(building)).await
}

#[tokio::test]
async fn both_builders_build_from_a_folder_and_say_so() {
    let engine = engine().await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("kept"), "kept").unwrap();
    std::fs::write(dir.path().join("left"), "left").unwrap();
    std::fs::write(dir.path().join(".dockerignore"), "left\n").unwrap();
    let text = format!(
        "FROM {BASE} AS one\nARG WORD=none\nRUN echo out-$WORD; echo err >&2\nFROM one AS two\nCOPY . /in\nFROM one\nRUN exit 3\n"
    );
    for builder in [Builder::Classic, Builder::BuildKit] {
        let mut context = context(dir.path(), &text);
        context.in_place = builder == Builder::BuildKit;
        let name = unique("built");
        let image = Image::adopt(&name);
        let mut wanted = wanted(&name, builder, &context);
        wanted.target = Some("two".into());
        wanted.args.insert("WORD".into(), "given".into());
        let told = Told::default();
        let id = run(&engine, &wanted, &context, &told).await.unwrap();
        assert!(id.starts_with("sha256:"), "{id}");
        assert!(
            told.has(|n| matches!(n, BuildNews::Step(s) if s.instruction.starts_with("RUN echo")))
        );
        let err =
            |n: &BuildNews| matches!(n, BuildNews::Line { text, stderr: true } if text == "err");
        assert!(told.has(err), "{builder:?}");
        assert!(
            told.lines().contains(&"out-given".to_owned()),
            "{:?}",
            told.lines()
        );
        assert!(told.has(|n| *n == BuildNews::Done(id.clone())));
        let listed = docker::ok(&["run", "--rm", image.name(), "ls", "-a", "/in"]);
        let files: Vec<_> = listed
            .lines()
            .filter(|f| !matches!(*f, "." | ".."))
            .collect();
        match builder {
            Builder::Classic => assert_eq!(files, ["kept"]),
            Builder::BuildKit => assert_eq!(files, [".dockerignore", "Dockerfile", "kept"]),
        }
        let label = docker::ok(&[
            "inspect",
            "-f",
            &format!("{{{{index .Config.Labels {LABEL:?}}}}}"),
            image.name(),
        ]);
        assert_eq!(label, "1");
    }
}

#[tokio::test]
async fn a_failing_step_is_named_and_leaves_no_image() {
    let engine = engine().await;
    let dir = tempfile::tempdir().unwrap();
    let mark = unique("mark");
    let text = format!(
        "FROM {BASE}\nENV MARK={mark}\nRUN echo {mark} >/x\nRUN echo last words; exit 7\nRUN true\n"
    );
    for builder in [Builder::Classic, Builder::BuildKit] {
        let context = context(dir.path(), &text);
        let told = Told::default();
        let wanted = wanted(&unique("fails"), builder, &context);
        let failed = run(&engine, &wanted, &context, &told).await.unwrap_err();
        let BuildError::Failed(failure) = failed else {
            panic!("{failed}");
        };
        assert_eq!(
            (failure.code, failure.lines.as_slice()),
            (Some(7), ["last words".to_owned()].as_slice())
        );
        assert_eq!(
            failure.step.unwrap().instruction,
            "RUN echo last words; exit 7"
        );
        for id in dangling() {
            let env = docker::run(&["inspect", "-f", "{{.Config.Env}}", &id]);
            assert!(
                !String::from_utf8_lossy(&env.stdout).contains(&mark),
                "{builder:?}: {id} is left"
            );
        }
    }
}

#[tokio::test]
async fn a_build_that_is_given_up_ends_on_the_engine() {
    let engine = engine().await;
    let mark = unique("slow");
    let text = format!("FROM {BASE}\nRUN echo {mark}; sleep 600\n");
    let context = Context::of_text(&text);
    let wanted = wanted(&unique("slow"), Builder::Classic, &context);
    let told = Told::default();
    let (sink, cancel) = (told.sink(), CancellationToken::new());
    let building = Box::pin(build(&engine, &wanted, &context, &sink, &cancel, None));
    let give_up = async {
        while !told.lines().contains(&mark) {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (built, ()) = within(async { tokio::join!(building, give_up) }).await;
    assert_eq!(built.unwrap_err().into_error().kind.exit_code(), 6);
    let start = std::time::Instant::now();
    let filter = format!("ancestor={BASE}");
    loop {
        let all = docker::ok(&[
            "ps",
            "-a",
            "--no-trunc",
            "--filter",
            &filter,
            "--format",
            "{{.Command}}",
        ]);
        if !all.contains(&mark) {
            break;
        }
        assert!(start.elapsed().as_secs() < 20, "it runs on: {all}");
    }
}

#[tokio::test]
async fn what_the_engine_refuses_is_said_in_its_words() {
    let engine = engine().await;
    let told = Told::default();
    let context = Context::of_text("FROM nope.invalid/devtwin/none:1\n");
    let wanted = wanted(&unique("none"), Builder::Classic, &context);
    let failed = run(&engine, &wanted, &context, &told)
        .await
        .unwrap_err()
        .into_error();
    assert!(failed.message.contains("nope.invalid"), "{failed}");
    assert!(failed.hint.unwrap().contains("docker pull"));
}

fn order(dir: &Path, text: &str, goal: Goal) -> Order {
    let path = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    Order {
        source: Source {
            path: path("Dockerfile"),
            name: "Dockerfile".into(),
            dir: path(""),
            inside: Some("Dockerfile".into()),
            ..Source::default()
        },
        text: text.to_owned(),
        goal,
    }
}

#[tokio::test]
async fn everything_before_a_step_is_an_image_with_its_user_and_goes_with_the_session() {
    let engine = engine().await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "here").unwrap();
    let session = Session {
        id: unique("s"),
        owner: "test@nowhere".into(),
    };
    let text = format!(
        "FROM {BASE} AS build\nCOPY file /a\nUSER 1234\nRUN exit 3\nFROM scratch\nCOPY --from=build /a /a\n"
    );
    let (told, cancel) = (Told::default(), CancellationToken::new());
    let sink = told.sink();
    let before = order(dir.path(), &text, Goal::Before(4));
    let built = within(Box::pin(step::build_to(
        &engine, &session, &before, 1, &sink, &cancel,
    )))
    .await;
    let Outcome::Ready(ready) = built.unwrap() else {
        panic!("it is ready");
    };
    let image = Image::adopt(&ready.image);
    assert_eq!((ready.user.as_str(), ready.next), ("1234", Some(4)));
    assert_eq!(
        docker::ok(&["run", "--rm", image.name(), "cat", "/a"]),
        "here"
    );

    let whole = order(dir.path(), &text, Goal::Whole);
    let built = within(Box::pin(step::build_to(
        &engine, &session, &whole, 2, &sink, &cancel,
    )))
    .await;
    let Outcome::Failed {
        failure,
        number,
        ready,
    } = built.unwrap()
    else {
        panic!("it fails");
    };
    assert_eq!((failure.code, number), (Some(3), Some(4)));
    let ready = ready.expect("what stands before it");
    let second = Image::adopt(&ready.image);
    let shell = Container::run(second.name(), &["-d"], &["sleep", "60"]);
    assert_eq!(docker::ok(&["exec", shell.name(), "id", "-u"]), "1234");
    drop(shell);

    let first = order(dir.path(), &text, Goal::Before(1));
    let built = within(Box::pin(step::build_to(
        &engine, &session, &first, 3, &sink, &cancel,
    )))
    .await;
    assert!(
        matches!(built, Ok(Outcome::Ready(ref ready)) if ready.next == Some(2)),
        "{built:?}"
    );
    let mended = order(dir.path(), &text.replace("exit 3", "true"), Goal::Whole);
    let built = within(Box::pin(step::build_to(
        &engine, &session, &mended, 4, &sink, &cancel,
    )))
    .await;
    assert!(matches!(built, Ok(Outcome::Whole(_))), "{built:?}");

    within(sweep(&engine, &session.id)).await.unwrap();
    let filter = format!("label=dev.devtwin.session={}", session.id);
    assert_eq!(docker::ok(&["images", "-q", "--filter", &filter]), "");
}

#[tokio::test]
async fn what_only_buildkit_knows_is_built_by_it() {
    let engine = engine().await;
    let dir = tempfile::tempdir().unwrap();
    let session = Session {
        id: unique("s"),
        owner: "test@nowhere".into(),
    };
    let text = format!(
        "FROM {BASE} AS build\nENV A=1\nWORKDIR /w\nRUN --mount=type=cache,target=/c echo x >/c/x && cp /c/x /x\nRUN exit 5\n"
    );
    let (told, cancel) = (Told::default(), CancellationToken::new());
    let sink = told.sink();
    let whole = order(dir.path(), &text, Goal::Whole);
    let built = within(Box::pin(step::build_to(
        &engine, &session, &whole, 1, &sink, &cancel,
    )))
    .await;
    let Outcome::Failed {
        failure,
        number,
        ready,
    } = built.unwrap()
    else {
        panic!("it fails");
    };
    assert_eq!((failure.code, number), (Some(5), Some(5)));
    let image = ready.expect("what stands before it").image;
    assert_eq!(docker::ok(&["run", "--rm", &image, "cat", "/x"]), "x");
    within(sweep(&engine, &session.id)).await.unwrap();
}
