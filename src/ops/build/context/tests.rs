use std::fs;
use std::os::unix::fs::symlink;

use futures_util::StreamExt as _;

use super::*;

/// Names in a packed context, and its bytes.
async fn packed(context: &Context) -> Result<(Vec<String>, Vec<u8>)> {
    let mut stream = context.pack().await?.stream;
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece?);
    }
    let mut archive = tar::Archive::new(bytes.as_slice());
    let names = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        assert_eq!(
            (entry.header().uid().unwrap(), entry.header().gid().unwrap()),
            (0, 0)
        );
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        match entry.link_name().unwrap() {
            Some(to) => format!("{path} -> {}", to.display()),
            None => path,
        }
    });
    let names = names.collect();
    Ok((names, bytes))
}

fn files(at: &Path, names: &[&str]) {
    for name in names {
        let path = at.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
}

#[tokio::test]
async fn what_is_named_stays_here_and_links_are_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    files(outside.path(), &["secret"]);
    files(
        dir.path(),
        &[
            "Dockerfile",
            "a/b",
            "a/keep",
            "node_modules/x/y",
            ".git/config",
            "c.log",
        ],
    );
    fs::write(
        dir.path().join(".dockerignore"),
        "node_modules\n.git\n*.log\na\n!a/keep\nDockerfile\n",
    )
    .unwrap();
    symlink(outside.path(), dir.path().join("out")).unwrap();
    let context = Context {
        dir: Some(dir.path().to_owned()),
        dockerfile: "Dockerfile".into(),
        ..Context::default()
    };
    let (names, _) = packed(&context).await.unwrap();
    let out = format!("out -> {}", outside.path().display());
    assert_eq!(names, ["Dockerfile", "a/keep", &out, ".dockerignore"]);
    let sizes = context.pack().await.unwrap();
    assert_eq!((sizes.files, sizes.bytes), (3, 16));
}

#[tokio::test]
async fn another_dockerfile_goes_under_its_own_name_or_in_place() {
    let dir = tempfile::tempdir().unwrap();
    files(dir.path(), &["docker/Dockerfile", "x"]);
    let mut context = Context {
        dir: Some(dir.path().to_owned()),
        dockerfile: "docker/Dockerfile".into(),
        text: Some("FROM scratch\n".into()),
        ..Context::default()
    };
    let (names, bytes) = packed(&context).await.unwrap();
    assert_eq!(
        names,
        [
            "docker/",
            "docker/Dockerfile",
            "x",
            OWN_DOCKERFILE,
            ".dockerignore"
        ]
    );
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("\n.dockerignore\n.devtwin.Dockerfile\n"));
    context.in_place = true;
    let (names, bytes) = packed(&context).await.unwrap();
    assert_eq!(names, ["docker/", "x", "docker/Dockerfile"]);
    assert!(String::from_utf8_lossy(&bytes).contains("FROM scratch"));
    assert_eq!(context.name(), "docker/Dockerfile");
    let (names, _) = packed(&Context::of_text("FROM a\n")).await.unwrap();
    assert_eq!(names, [OWN_DOCKERFILE, ".dockerignore"]);
}

#[tokio::test]
async fn large_files_and_long_names_come_whole() {
    let dir = tempfile::tempdir().unwrap();
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(120));
    files(dir.path(), &["Dockerfile", &long]);
    let written: Vec<u8> = (0..3 * PIECE + 17)
        .map(|n| u8::try_from(n % 251).unwrap())
        .collect();
    fs::write(dir.path().join("big"), &written).unwrap();
    let context = Context {
        dir: Some(dir.path().to_owned()),
        dockerfile: "Dockerfile".into(),
        ..Context::default()
    };
    let (names, bytes) = packed(&context).await.unwrap();
    assert!(names.contains(&long));
    let mut archive = tar::Archive::new(bytes.as_slice());
    let mut big = archive.entries().unwrap().find_map(|entry| {
        let entry = entry.unwrap();
        (entry.path().unwrap().as_os_str() == "big").then_some(entry)
    });
    let mut read = Vec::new();
    big.as_mut().unwrap().read_to_end(&mut read).unwrap();
    assert_eq!(read, written);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_its_name() {
    let context = Context {
        dir: Some("/nonexistent/context".into()),
        ..Context::default()
    };
    let error = packed(&context).await.unwrap_err();
    assert!(error.message.contains("/nonexistent/context"), "{error}");
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(".dockerignore"), "a\n[\n").unwrap();
    let context = Context {
        dir: Some(dir.path().to_owned()),
        ..Context::default()
    };
    let error = packed(&context).await.unwrap_err();
    assert!(error.message.contains("line 2"), "{error}");
}

#[test]
fn what_took_the_place_of_a_file_meanwhile_is_not_packed() {
    for pipe in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        files(dir.path(), &["Dockerfile", "a"]);
        let context = Context {
            dir: Some(dir.path().to_owned()),
            ..Context::default()
        };
        let (_, entries) = context.walk().unwrap();
        let a = dir.path().join("a");
        fs::remove_file(&a).unwrap();
        if pipe {
            let made = std::process::Command::new("mkfifo").arg(&a).status();
            assert!(made.unwrap().success());
        } else {
            symlink("Dockerfile", &a).unwrap();
        }
        let mut tar = tar::Builder::new(Vec::new());
        let packed = entries.iter().try_for_each(|entry| append(&mut tar, entry));
        let said = packed.unwrap_err().to_string();
        assert_eq!(said, "a: it is no regular file any more");
    }
}
