//! `devtwin compare` on the real engine: beside a plain reading of `docker export`, single questions, lists for other
//! programs; and nothing is left.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::docker;
use crate::support::{Container, Somebody, devtwin, stderr, stdout};

const PROD: &str = "cgr.dev/chainguard/web:latest";
const ONE: &str = "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806";

fn json(args: &[&str]) -> Value {
    let output = devtwin(&[&["compare", "--json"], args].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What stands at a path: kind, mode, owner, content or link.
type Plain = BTreeMap<String, (u8, u32, u64, Vec<u8>)>;

/// The whole root as `docker export` gives it, in memory.
fn exported(name: &str) -> Plain {
    let child = Command::new("docker")
        .args(["export", name])
        .stdout(Stdio::piped())
        .spawn();
    let mut child = child.unwrap();
    let mut archive = tar::Archive::new(child.stdout.take().unwrap());
    let mut found = Plain::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let path = format!("/{}", path.trim_matches('/'));
        let header = entry.header().clone();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let mut facts = (
            header.entry_type().as_byte(),
            header.mode().unwrap() & 0o7777,
            header.uid().unwrap() << 32 | header.gid().unwrap(),
            content,
        );
        if let Some(link) = entry.link_name_bytes() {
            match header.entry_type() {
                tar::EntryType::Link => {
                    let to = String::from_utf8(link.into_owned()).unwrap();
                    facts = found[&format!("/{to}")].clone();
                }
                _ => facts.3 = link.into_owned(),
            }
        }
        found.insert(path, facts);
    }
    assert!(child.wait().unwrap().success());
    found
}

fn plainly(left: &Plain, right: &Plain) -> BTreeMap<String, &'static str> {
    let mut changes = BTreeMap::new();
    for path in left.keys().chain(right.keys()) {
        let change = match (left.get(path), right.get(path)) {
            (Some(l), Some(r)) if l == r => continue,
            (Some(_), Some(_)) => "changed",
            (Some(_), None) => "only-left",
            (None, _) => "only-right",
        };
        changes.insert(path.clone(), change);
    }
    changes
}

#[test]
fn two_containers_differ_as_their_exports_do() {
    let image = docker::busybox();
    let script = "mkdir -p /w/sub; echo one > /w/a; echo two > /w/b; ln /w/a /w/hard; ln -s a /w/soft; \
                  echo x > '/w/with blank'; printf y > \"$(printf '/w/new\\nline')\"; chmod 4755 /w/b; mkfifo /w/pipe";
    let other = "; echo TWO > /w/b; chmod 600 /w/a; chown 7:8 /w/sub; rm /w/soft; ln -s b /w/soft; rm /w/pipe; \
                 mkdir /w/pipe; rm '/w/with blank'";
    let run = |script: &str| {
        let container = Container::create(image.name(), &[], &["/bin/sh", "-c", script]);
        docker::ok(&["start", "--attach", container.name()]);
        container
    };
    let (left, right) = (run(script), run(&format!("{script}{other}")));
    let reference = plainly(&exported(left.name()), &exported(right.name()));
    let report = json(&[left.name(), right.name(), "--files"]);
    let entries = report["files"]["entries"].as_array().unwrap();
    let found: BTreeMap<String, &str> = entries
        .iter()
        .map(|e| {
            (
                e["path"].as_str().unwrap().to_owned(),
                e["change"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(found, reference);
    assert!(found.len() == 7, "{found:?}");
    let b = entries.iter().find(|e| e["path"] == "/w/b").unwrap();
    assert_eq!(b["differs"], serde_json::json!(["content"]));
    assert_eq!(b["left"]["mode"], 0o4755);
    // What sha256sum says of `one` and a newline.
    let one = json(&[left.name(), right.name(), "--files", "--filter", "^/w/a$"]);
    let entries = one["files"]["entries"].as_array().unwrap();
    assert_eq!(
        (entries.len(), &entries[0]["left"]["sha256"]),
        (1, &Value::from(ONE))
    );
}

#[test]
fn prod_is_compared_with_its_dev_image_in_sections() {
    let target = Container::run("acme/web:1.4", &["-e", "DB_PASSWORD=hunter2"], &[]);
    let somebody = Somebody::new();
    let output = somebody.devtwin(&["compare", target.name()]);
    let text = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    for part in [
        "Packages  5 in prod, 8 in dev",
        "+ bash",
        "Configuration",
        "env DB_PASSWORD",
        "Layers",
        "Files",
        "/usr/bin/busybox",
        "Commands",
        "Set-uid",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        !text.contains("hunter2") && !text.contains('\x1b'),
        "{text}"
    );
    let wide = text.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None, "80 columns");
    assert_eq!(somebody.left(), "", "a probe was left behind");
    let narrow = stdout(&devtwin(&[
        "compare",
        target.name(),
        "--packages",
        "--filter",
        "bash",
    ]));
    assert!(narrow.contains("+ bash") && !narrow.contains("busybox") && !narrow.contains("Files"));
}

#[test]
fn single_questions_are_answered_alone() {
    let text = stdout(&devtwin(&[
        "compare",
        PROD,
        "--which",
        "sh",
        "--which",
        "/usr/bin/web",
    ]));
    assert!(text.contains("prod   not found"), "{text}");
    assert!(
        text.contains("dev    /usr/bin/sh → /usr/bin/busybox  (busybox)"),
        "{text}"
    );
    assert!(
        text.contains("prod   /usr/bin/web  (web)") && !text.contains("Packages"),
        "{text}"
    );
    let text = stdout(&devtwin(&["compare", PROD, "--diff", "/etc/apk/world"]));
    assert!(
        text.contains("--- prod/etc/apk/world") && text.contains("\n+"),
        "{text}"
    );
    let text = stdout(&devtwin(&["compare", PROD, "--diff", "/usr/bin/web"]));
    assert!(text.contains("/usr/bin/web: the same in both"), "{text}");
    let nowhere = devtwin(&["compare", PROD, "--diff", "/nope"]);
    let text = stdout(&nowhere);
    assert!(
        text.contains("/nope: neither prod nor dev has such a file"),
        "{text}"
    );
    assert_eq!(nowhere.status.code(), Some(1));
}

#[test]
fn lists_are_written_where_they_are_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let output = devtwin(&[
        "compare",
        PROD,
        "--sbom",
        "csv",
        "--output",
        &path("list.csv"),
    ]);
    assert!(
        output.status.success() && output.stdout.is_empty(),
        "{}",
        stderr(&output)
    );
    let list = fs::read_to_string(path("list.csv")).unwrap();
    assert!(list.starts_with("name,version,sides,"), "{list}");
    let row = |name: &str| {
        list.lines()
            .find(|line| line.starts_with(name))
            .unwrap()
            .to_owned()
    };
    assert!(
        row("bash,").contains(",right,") && row("web,").contains(",both,"),
        "{list}"
    );

    let output = devtwin(&["compare", PROD, "--sbom", "spdx", "--output", &path("spdx")]);
    assert!(output.status.success(), "{}", stderr(&output));
    let names = |side: &str| {
        fs::read_dir(folder.path().join("spdx").join(side))
            .unwrap()
            .count()
    };
    assert!(names("prod") > 0 && names("dev") >= names("prod"));

    let output = devtwin(&["compare", PROD, "--sbom", "spdx"]);
    let mut archive = tar::Archive::new(output.stdout.as_slice());
    let paths: Vec<_> = archive
        .entries()
        .unwrap()
        .map(|e| e.unwrap().path().unwrap().into_owned())
        .collect();
    assert_eq!(paths.len(), names("prod") + names("dev"));

    let refused = devtwin(&["compare", PROD, "--sbom", "csv", "--json"]);
    assert_eq!(refused.status.code(), Some(2));
    let bad = devtwin(&[
        "compare",
        PROD,
        "--sbom",
        "csv",
        "--output",
        "/nonexistent/x",
    ]);
    assert_eq!(bad.status.code(), Some(2), "{}", stderr(&bad));
}

#[test]
fn what_nobody_can_have_signed_says_so_and_is_no_bad_news() {
    let output = devtwin(&["compare", PROD, "--verify"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    // Fixtures are built here; an engine with the containerd store has a digest of them all the same.
    let digests = docker::ok(&["inspect", "--format", "{{len .RepoDigests}}", PROD]);
    let why = match digests.trim() {
        "0" => "it was made here",
        _ => "cosign is not installed here",
    };
    assert!(text.contains("not checked") && text.contains(why), "{text}");
}
