//! Images that a person builds on the fixtures' `cgr.dev/chainguard/web`, in every way that hides where they come from:
//! the base is found in each, and what told it is named. Nothing is left behind.

use serde_json::Value;

use crate::support::docker::{self, Image, LABEL};
use crate::support::{Container, Somebody, devtwin, stderr, stdout, unique};

const BASE: &str = "cgr.dev/chainguard/web:latest";
const DEV: &str = "cgr.dev/chainguard/web:latest-dev";

/// What `devtwin resolve` says of an image that is here; it must find one, and leave no container.
#[track_caller]
fn resolved(image: &str) -> Value {
    let somebody = Somebody::new();
    let out = somebody.devtwin(&["resolve", "--json", image]);
    assert!(out.status.success(), "{}{}", stdout(&out), stderr(&out));
    assert_eq!(somebody.left(), "", "a probe was left behind");
    serde_json::from_slice(&out.stdout).unwrap()
}

/// Whether a line of a list has all words.
fn says(list: &Value, words: &[&str]) -> bool {
    let mut lines = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    lines.any(|line| words.iter().all(|word| line.contains(word)))
}

/// An image with one more layer, made from a container of `image` by commit, as a Dockerfile's `COPY` and `LABEL` do.
fn built(image: &str, changes: &[&str]) -> Image {
    let container = Container::create(image, &[], &[]);
    let copied = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(copied.path(), "greeting = \"hello\"\n").unwrap();
    let to = format!("{}:/etc/shop.toml", container.name());
    docker::ok(&["cp", &copied.path().display().to_string(), &to]);
    let name = unique("g-built");
    let label = format!("LABEL {LABEL}=1");
    let mut args = vec!["commit", "--change", &label];
    for change in changes {
        args.extend_from_slice(&["--change", change]);
    }
    args.extend_from_slice(&[container.name(), &name]);
    docker::ok(&args);
    Image::adopt(name)
}

/// The files of `image` in one layer, without its history; its labels only where `changes` gives them. What is
/// below one of `without` is left out.
fn flattened(image: &str, changes: &[&str], without: &[&str]) -> Image {
    let container = Container::create(image, &[], &[]);
    let whole = docker::run(&["export", container.name()]).stdout;
    let mut archive = tar::Archive::new(whole.as_slice());
    let mut kept = tar::Builder::new(Vec::new());
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().into_owned();
        let shown = path.display().to_string();
        if without.iter().any(|start| shown.starts_with(start)) {
            continue;
        }
        let mut header = entry.header().clone();
        let mut data = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut data).unwrap();
        match entry.link_name().unwrap() {
            Some(link) => kept.append_link(&mut header, &path, &link).unwrap(),
            None => kept
                .append_data(&mut header, &path, data.as_slice())
                .unwrap(),
        }
    }
    let name = unique("g-flat");
    let label = format!("LABEL {LABEL}=1");
    let mut args = vec!["import", "--change", &label];
    for change in changes {
        args.extend_from_slice(&["--change", change]);
    }
    args.extend_from_slice(&["-", &name]);
    let out = docker::fed(&args, &kept.into_inner().unwrap());
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    Image::adopt(name)
}

#[test]
fn an_image_that_was_built_by_dockerfile() {
    docker::require_docker();
    let context = tempfile::tempdir().unwrap();
    let file = format!(
        "FROM {BASE}\nLABEL {LABEL}=1 org.opencontainers.image.title=shop\nCOPY shop.toml /etc/shop.toml\n"
    );
    std::fs::write(context.path().join("Dockerfile"), file).unwrap();
    std::fs::write(context.path().join("shop.toml"), "greeting = \"hello\"\n").unwrap();
    let image = Image::adopt(unique("g-file"));
    let out = std::process::Command::new("docker")
        .args(["build", "-q", "-t", image.name()])
        .arg(context.path())
        .env("DOCKER_BUILDKIT", "0")
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let found = resolved(image.name());
    assert_eq!(found["dev_image"], DEV, "{found:#}");
    assert_eq!(found["rule"], "layers");
    assert!(found["confidence"].as_u64() >= Some(95), "{found:#}");
    assert!(
        says(&found["evidence"], &["first", "layers are those of", BASE]),
        "{found:#}"
    );
    assert!(
        says(&found["evidence"], &["/etc/apko.json", "web"]),
        "{found:#}"
    );
    assert!(
        says(&found["evidence"], &["history says `web by Chainguard`"]),
        "{found:#}"
    );
    // The dev image is the base's, and has all that the base has.
    let alike = &found["likeness"];
    assert_eq!(alike["packages"]["percent"], 100, "{alike:#}");
    assert_eq!(
        alike["packages"]["same"], alike["packages"]["target"],
        "{alike:#}"
    );
}

#[test]
fn an_image_with_overridden_labels() {
    let changes = [
        "LABEL dev.chainguard.image.title=shop",
        "LABEL org.opencontainers.image.url=https://shop.example",
        "LABEL org.opencontainers.image.source=https://shop.example/git",
        "LABEL dev.chainguard.package.main=shop",
    ];
    let found = resolved(built(BASE, &changes).name());
    assert_eq!(found["dev_image"], DEV, "{found:#}");
    assert!(
        says(&found["evidence"], &["layers are those of", BASE]),
        "{found:#}"
    );
    assert!(
        says(&found["caveats"], &["not all agrees", "shop"]),
        "{found:#}"
    );
}

#[test]
fn an_image_that_was_squashed_keeps_its_labels_and_files() {
    let changes = [
        "LABEL dev.chainguard.image.title=web",
        "LABEL org.opencontainers.image.title=shop",
    ];
    let found = resolved(flattened(BASE, &changes, &[]).name());
    assert_eq!(found["dev_image"], DEV, "{found:#}");
    assert_eq!(found["rule"], "label/chainguard-title");
    assert!(
        says(
            &found["evidence"],
            &["label dev.chainguard.image.title = web"]
        ),
        "{found:#}"
    );
    assert!(says(&found["evidence"], &["/etc/apko.json"]), "{found:#}");
    assert!(!says(&found["evidence"], &["layers"]), "{found:#}");
}

#[test]
fn an_image_that_was_squashed_under_another_title() {
    let found = resolved(flattened(BASE, &["LABEL dev.chainguard.image.title=shop"], &[]).name());
    assert_eq!(found["dev_image"], DEV, "{found:#}");
    assert!(
        says(
            &found["evidence"],
            &["/etc/apko.json: dev.chainguard.image.title = web"]
        ),
        "{found:#}"
    );
    assert!(
        says(&found["caveats"], &["not all agrees", "shop"]),
        "{found:#}"
    );
}

#[test]
fn an_image_that_was_flattened_into_scratch() {
    let found = resolved(flattened(BASE, &[], &[]).name());
    assert_eq!(found["dev_image"], DEV, "{found:#}");
    assert_eq!(found["rule"], "apko/chainguard-title");
    assert!(
        says(
            &found["evidence"],
            &["/etc/apko.json: dev.chainguard.image.title = web"]
        ),
        "{found:#}"
    );
    assert_eq!(found["family"], "chainguard");
    assert_eq!(found["likeness"]["packages"]["percent"], 100, "{found:#}");
}

#[test]
fn an_image_that_was_flattened_without_apkos_notes() {
    let found = resolved(flattened(BASE, &[], &["etc/apko.json"]).name());
    assert_eq!(found["dev_image"], DEV, "{found:#}");
    assert_eq!(
        (&found["rule"], &found["confidence"]),
        (&"release/wolfi".into(), &50.into())
    );
    assert!(
        says(&found["evidence"], &["/etc/os-release", "ID=wolfi"]),
        "{found:#}"
    );
    assert!(
        says(&found["evidence"], &["its package web 1.4.0-r2"]),
        "{found:#}"
    );
    let others = found["others"].as_array().unwrap();
    let toolbox = others
        .iter()
        .find(|o| o["image"] == "cgr.dev/chainguard/wolfi-base:latest");
    assert_eq!(toolbox.unwrap()["local"], true, "{found:#}");
}

#[test]
fn an_image_of_which_only_sboms_are_left() {
    let without = ["etc/apko.json", "usr/lib/apk"];
    let found = resolved(flattened(BASE, &[], &without).name());
    assert_eq!(found["dev_image"], DEV, "{found:#}");
    assert_eq!(found["rule"], "release/wolfi");
}

#[test]
fn an_image_without_any_trace_gets_a_toolbox_that_is_called_one() {
    let found = resolved("acme/bare:1");
    assert_eq!(
        found["dev_image"], "cgr.dev/chainguard/wolfi-base:latest",
        "{found:#}"
    );
    assert_eq!(
        (&found["toolbox"], &found["rule"]),
        (&true.into(), &"toolbox/static".into())
    );
    assert!(says(&found["caveats"], &["general toolbox"]), "{found:#}");
    let out = devtwin(&["resolve", "acme/bare:1"]);
    assert!(
        stdout(&out).contains("toolbox  a general image, not the target's sibling"),
        "{}",
        stdout(&out)
    );
}

#[test]
fn the_pair_itself_is_the_same_but_for_the_tools() {
    let found = resolved(BASE);
    assert_eq!(found["dev_image"], DEV, "{found:#}");
    let alike = &found["likeness"];
    assert_eq!(alike["packages"]["percent"], 100, "{alike:#}");
    assert!(
        alike["packages"]["dev"].as_u64() > alike["packages"]["target"].as_u64(),
        "{alike:#}"
    );
    assert_eq!(alike["packages"]["drift"], serde_json::json!([]));
    assert_eq!(alike["verdict"], "sibling", "{alike:#}");
}

#[test]
fn a_dev_image_that_is_another_one_is_found_out() {
    let container = Container::create(BASE, &[], &[]);
    let out = devtwin(&[
        "resolve",
        "--json",
        "--image",
        "dhi.io/web:1.4-debian12-dev",
        container.name(),
    ]);
    let found: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(found["rule"], "override");
    assert_eq!(found["likeness"]["verdict"], "unlike", "{found:#}");
    assert_eq!(found["likeness"]["packages"]["same"], 0, "{found:#}");
}
