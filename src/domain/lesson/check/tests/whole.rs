//! Checks of which all that is said must hold of one thing.

use std::collections::BTreeSet;

use super::{answered, strings, table};
use crate::domain::lesson::facts::{Answer, ContainerFacts, Facts, ImageFacts, Question};

#[test]
fn one_container_must_be_all_that_is_said() {
    let web = ContainerFacts {
        name: "web".into(),
        image: "web:latest".into(),
        state: "running".into(),
        health: Some("healthy".into()),
        user: "65532".into(),
        runs: "/usr/bin/web --port 8080".into(),
        network: "bridge".into(),
        volumes: strings(&["data"]),
        ..ContainerFacts::default()
    };
    let job = ContainerFacts {
        name: "job".into(),
        image: "shop:fixed".into(),
        state: "exited".into(),
        status: Some(3),
        user: "0:0".into(),
        ..ContainerFacts::default()
    };
    let facts = answered(Question::Containers, Answer::Containers(vec![web, job]));
    table(
        &facts,
        &[
            (r#"container={name="web"}"#, Some(true)),
            (r#"container={name="db"}"#, Some(false)),
            (r#"container={name="web",state="exited"}"#, Some(false)),
            (
                r#"container={state="exited",status=[0,3],image='^shop:fixed$'}"#,
                Some(true),
            ),
            (r#"container={name="web",status=[0]}"#, Some(false)),
            (r#"container={health="healthy"}"#, Some(true)),
            (r#"container={name="job",health="healthy"}"#, Some(false)),
            (r#"container={name="web",nonroot=true}"#, Some(true)),
            (r#"container={name="job",nonroot=true}"#, Some(false)),
            (r"container={runs='--port \d+$'}", Some(true)),
            ("container={runs='--write'}", Some(false)),
            ("container={network='^host$'}", Some(false)),
            ("container={network='^bridge$'}", Some(true)),
            (r#"container={volume="data"}"#, Some(true)),
            (r#"container={name="job",volume="data"}"#, Some(false)),
            // Two containers do not make up one.
            (r#"container={state="exited",volume="data"}"#, Some(false)),
            ("container={runs='['}", None),
        ],
    );
    table(&Facts::default(), &[(r#"container={name="web"}"#, None)]);
    table(
        &answered(Question::Containers, Answer::Twins(Vec::new())),
        &[(r#"container={name="web"}"#, None)],
    );
}

#[test]
fn one_image_must_be_all_that_is_said() {
    let base = ImageFacts {
        name: "web:latest".into(),
        size: 5_000,
        layers: strings(&["a", "b"]),
        entrypoint: strings(&["/usr/bin/web"]),
        user: "65532".into(),
        has: BTreeSet::from(["/usr/bin/web".to_owned()]),
        ..ImageFacts::default()
    };
    let fixed = ImageFacts {
        name: "shop:fixed".into(),
        size: 6_000,
        layers: strings(&["a", "b", "c"]),
        entrypoint: strings(&["/usr/bin/web", "--port", "8080"]),
        cmd: strings(&["--greeting", "hi"]),
        user: "nonroot".into(),
        health: strings(&["CMD", "/usr/bin/web", "--health"]),
        has: BTreeSet::from(["/usr/bin/web".to_owned()]),
    };
    let fat = ImageFacts {
        name: "shop:1".into(),
        size: 90_000,
        layers: strings(&["x", "b", "c"]),
        cmd: strings(&["/bin/sh", "-c", "web"]),
        health: strings(&["CMD-SHELL", "curl localhost"]),
        has: BTreeSet::from(["/bin/sh".to_owned(), "/usr/bin/web".to_owned()]),
        ..ImageFacts::default()
    };
    let images = Answer::Images(vec![base, fixed, fat]);
    let paths = BTreeSet::from(["/bin/sh".to_owned(), "/usr/bin/web".to_owned()]);
    let mut facts = answered(Question::Images(BTreeSet::new()), images.clone());
    facts.answers.insert(Question::Images(paths), images);
    table(
        &facts,
        &[
            ("image={name='^shop:fixed$'}", Some(true)),
            ("image={name='^shop:none$'}", Some(false)),
            (
                r#"image={name='^shop:fixed$',base="web:latest"}"#,
                Some(true),
            ),
            (r#"image={name='^shop:1$',base="web:latest"}"#, Some(false)),
            // Nothing stands on itself, and nothing is smaller than itself.
            (
                r#"image={name='^web:latest$',base="web:latest"}"#,
                Some(false),
            ),
            (r#"image={name='shop',base="gone:1"}"#, None),
            (
                r#"image={name='^shop:fixed$',smaller_than="shop:1"}"#,
                Some(true),
            ),
            (
                r#"image={name='^shop:fixed$',smaller_than="web:latest"}"#,
                Some(false),
            ),
            (
                r#"image={name='fixed',lacks=["/bin/sh"],has=["/usr/bin/web"]}"#,
                Some(true),
            ),
            (
                r#"image={name='shop:1',lacks=["/bin/sh"],has=["/usr/bin/web"]}"#,
                Some(false),
            ),
            (r#"image={name='fixed',lacks=["/etc/other"]}"#, None),
            (
                r"image={name='fixed',runs='^/usr/bin/web --port \d+ --greeting'}",
                Some(true),
            ),
            ("image={name='shop:1',shell_form=true}", Some(true)),
            ("image={name='shop:1',shell_form=false}", Some(false)),
            ("image={name='fixed',shell_form=false}", Some(true)),
            ("image={name='fixed',nonroot=true}", Some(true)),
            ("image={name='shop:1',nonroot=true}", Some(false)),
            (r#"image={name='fixed',health="exec"}"#, Some(true)),
            (r#"image={name='shop:1',health="shell"}"#, Some(true)),
            (r#"image={name='web:latest',health="none"}"#, Some(true)),
            (r#"image={name='web:latest',health="exec"}"#, Some(false)),
        ],
    );
}
