//! docs/json.md against the program: its tables, its examples and the real documents have the same keys.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use support::{Container, devtwin, docker, unique};

type Paths = BTreeSet<String>;

/// What the page says of one document.
struct Documented {
    fields: Paths,
    example: Value,
}

fn documented(schema: &str) -> Documented {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let page = std::fs::read_to_string(path).unwrap();
    let start = format!("\n## {schema}\n");
    let (_, rest) = page
        .split_once(&start)
        .unwrap_or_else(|| panic!("docs/json.md has no section {schema}"));
    let section = rest.split("\n## ").next().unwrap();
    let (_, example) = section.split_once("```json\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let fields = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split(" |").next())
        .flat_map(|cell| cell.split(", ").map(|name| name.trim_matches('`').into()))
        .collect();
    Documented {
        fields,
        example: serde_json::from_str(example).unwrap(),
    }
}

/// The paths of all keys, `tried[].where`. The keys of `labels` are the engine's, not the document's.
fn paths(value: &Value) -> Paths {
    fn walk(value: &Value, at: &str, found: &mut Paths) {
        match value {
            Value::Object(fields) => {
                for (key, inner) in fields {
                    let path = match at {
                        "" => key.clone(),
                        _ => format!("{at}.{key}"),
                    };
                    if key != "labels" {
                        walk(inner, &path, found);
                    }
                    found.insert(path);
                }
            }
            Value::Array(items) => {
                for item in items {
                    walk(item, &format!("{at}[]"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Paths::new();
    walk(value, "", &mut found);
    found
}

fn printed(args: &[&str]) -> Value {
    let output = devtwin(&[args, &["--json"]].concat());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{args:?}: {e}: {}", support::stderr(&output)))
}

/// A twin that a verb kept goes with this.
fn kept(document: &Value) -> Container {
    Container::adopt(document["twin"].as_str().unwrap())
}

#[test]
fn replay_and_bisect() {
    let target = Container::run("acme/web:1.4", &[], &["--config", "/missing"]);
    target.wait_until_it_failed();
    agree(&printed(&["replay", target.name()]), &[]);
    let found = printed(&[
        "replay",
        "--bisect",
        "--yes",
        "--timeout",
        "1s",
        target.name(),
    ]);
    agree(&found, &[]);
}

#[test]
fn tryout() {
    let target = Container::run("cgr.dev/chainguard/web:latest", &[], &[]);
    let added = printed(&["packages", "add", target.name(), "dig"]);
    let twin = kept(&added);
    let from = Container::create("acme/broken:missing-lib", &[], &[]);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("greet");
    let file = file.to_str().unwrap();
    docker::ok(&["cp", &format!("{}:/app/greet", from.name()), file]);
    docker::ok(&["cp", file, &format!("{}:/usr/bin/greet", twin.name())]);
    let args = [
        "try",
        "--json",
        "--file",
        "/usr/bin/greet",
        twin.name(),
        "--",
        "greet",
    ];
    let output = devtwin(&args);
    let real: Value = serde_json::from_slice(&output.stdout).unwrap();
    agree(&real, &[]);
}

#[test]
fn recipe() {
    let target = Container::run("cgr.dev/chainguard/web:latest", &[], &[]);
    let twin = kept(&printed(&["packages", "add", target.name(), "jq"]));
    let make = "mkdir -p /opt/app && cp /usr/bin/web /opt/app/ && echo 1 >/etc/app.conf";
    docker::ok(&["exec", twin.name(), "sh", "-c", make]);
    agree(&printed(&["recipe", "--verify", twin.name()]), &[]);
}

#[test]
fn packages() {
    let target = Container::run("acme/web:1.4", &[], &[]);
    let name = target.name();
    agree(&printed(&["packages", "search", name, "dig"]), &[]);
    agree(
        &printed(&["packages", "add", name, "dig", "--dry-run"]),
        &[],
    );
    let failed = printed(&["packages", "add", name, "no-such-thing"]);
    let twin = kept(&failed);
    agree(&failed, &[]);
    agree(&printed(&["packages", "list", twin.name()]), &[]);
    // One that succeeds has steps, which are those of a dry run.
    let done = printed(&["packages", "add", twin.name(), "dig"]);
    let known = documented("devtwin.packages-transaction/1").fields;
    for path in paths(&done)
        .iter()
        .filter(|path| path.starts_with("steps[]."))
    {
        assert!(known.contains(path), "{path}");
    }
}

/// Table, example and `real` agree, but for the paths that the page describes elsewhere.
#[track_caller]
fn agree(real: &Value, elsewhere: &[&str]) {
    let schema = real["schema"].as_str().unwrap();
    let page = documented(schema);
    let own = |value: &Value| -> Paths {
        let is_own = |path: &String| !elsewhere.iter().any(|start| path.starts_with(start));
        paths(value).into_iter().filter(is_own).collect()
    };
    assert_eq!(page.example["schema"], schema);
    assert_eq!(
        own(real),
        page.fields,
        "{schema}: printed, and in the table"
    );
    assert_eq!(
        own(&page.example),
        page.fields,
        "{schema}: in the example, and in the table"
    );
}

#[test]
fn lessons_and_their_faults() {
    agree(&printed(&["learn", "--list"]), &[]);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("broken.toml");
    std::fs::write(&file, "titel = 'x'\n").unwrap();
    agree(&printed(&["learn", "--check", file.to_str().unwrap()]), &[]);
}

#[test]
fn an_error() {
    let real = printed(&["ls", "--host", "unix:///nonexistent/docker.sock"]);
    agree(&real, &[]);
}

#[test]
fn resolve_and_plan() {
    let volume = docker::volume(&unique("json"));
    let mount = format!("{}:/data", volume.name());
    let image = "cgr.dev/chainguard/web:latest";
    let target = Container::run(image, &["-v", &mount], &[]);
    // Its dev image has other versions, and others could serve: every list has something in it.
    let drifted = Container::run("dhi.io/web:1.4-debian12", &[], &[]);
    let resolved = printed(&["resolve", drifted.name()]);
    agree(&resolved, &[]);
    let plan = printed(&["plan", target.name()]);
    agree(&plan, &["resolution."]);
    let mut inner = paths(&plan["resolution"]);
    inner.insert("schema".into());
    // A plan compares no images, and looks for no others.
    let more = |path: &String| !["likeness", "others"].iter().any(|of| path.starts_with(of));
    inner.retain(more);
    let resolved: Paths = paths(&resolved).into_iter().filter(more).collect();
    assert_eq!(inner, resolved, "the resolution in a plan");
}

#[test]
fn dockerfile() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("Dockerfile");
    std::fs::write(&file, "# syntax=docker/dockerfile:1\nFROM scratch AS build\nRUN x\nFROM build\nCOPY --from=build /x /x\n").unwrap();
    agree(&printed(&["lint", file.to_str().unwrap()]), &[]);
}

#[test]
fn entrypoint() {
    let target = Container::create("acme/broken:missing-lib", &["-e", "API_TOKEN=x"], &[]);
    docker::run(&["start", "--attach", target.name()]);
    // A step's kind has other fields for other kinds: the page says them in words.
    agree(
        &printed(&["entrypoint", target.name()]),
        &["program.steps[].kind."],
    );
}

#[test]
fn compare() {
    // The right side has the fields of the left one, which the page says in words.
    let right = [
        "right.",
        "packages.right.",
        "packages.rows[].right.",
        "sizes.right[].",
        "files.right.",
        "files.only_right.",
        "files.changed.",
        "files.entries[].right.",
        "programs.only_right[].",
        "programs.privileged[].right.",
        "which[].right.",
    ];
    let (first, second) = (
        "dhi.io/web:1.4-debian12-dev",
        "cgr.dev/chainguard/web:latest-dev",
    );
    let parts = ["--packages", "--config", "--sizes", "--files"];
    let single = ["--which", "bash", "--diff", "/etc/os-release", "--verify"];
    let real = printed(&[&["compare", first, second], &parts[..], &single].concat());
    agree(&real, &right);
    let list = devtwin(&["compare", first, second, "--sbom", "json"]);
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    agree(&list, &["left.", "right."]);
}

#[test]
fn ls_and_clean() {
    // Looks like a twin of somebody else, which clean only lists here.
    let label = |key: &str| format!("--label=dev.devtwin.{key}=json-docs");
    let flags = [label("session"), label("owner"), label("target-name")];
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let twin = Container::create("cgr.dev/chainguard/web:latest-dev", &flags, &[]);
    // And a debt of theirs: that its restart policy be given back.
    let id = twin.id();
    let marker = format!("devtwin-owed-json-docs-{}-restart", &id[..12]);
    let (to, owed) = (
        format!("--label=dev.devtwin.target={id}"),
        "--label=dev.devtwin.owed=restart=always",
    );
    let create = ["volume", "create", to.as_str(), owed];
    docker::ok(&[&create, &flags[..], &[marker.as_str()]].concat());
    let _marker = docker::Volume::adopt(marker);
    agree(&printed(&["ls"]), &[]);
    let items = ["left[].", "failed[]."];
    let all = printed(&["clean", "--dry-run", "--all"]);
    agree(&all, &items);
    let left = printed(&["clean", "--dry-run"]);
    assert_eq!(
        paths(&left["left"]),
        paths(&all["removed"]),
        "twins that are left have the fields of those removed"
    );
}

#[test]
fn doctor() {
    let real = printed(&["doctor"]);
    agree(&real, &[]);
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md"));
    let page = page.unwrap();
    let (_, ids) = page.split_once("\nIds: ").unwrap();
    for check in real["checks"].as_array().unwrap() {
        let id = check["id"].as_str().unwrap();
        assert!(ids.contains(&format!("`{id}`")), "{id} is documented");
    }
}
