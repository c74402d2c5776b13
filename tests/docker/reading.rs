//! What the inspector asks of the real engine: archives as they come, what is no file, handled signals,
//! a build's steps, mount options of volumes.

use std::time::Instant;

use devtwin::domain::target::ContainerId;
use devtwin::engine::Engine as _;
use devtwin::engine::docker::Docker;
use futures_util::StreamExt as _;

use crate::engine::{PATIENCE, engine, within};
use crate::support::docker::{self, LABEL, busybox};
use crate::support::{Container, unique};

/// A container that has run `script` and ended.
fn after(script: &str) -> Container {
    let container = Container::run(busybox().name(), &[], &["/bin/sh", "-c", script]);
    docker::ok(&["wait", container.name()]);
    container
}

fn id(container: &Container) -> ContainerId {
    ContainerId(container.id())
}

/// Waits until a line was printed.
async fn printed(engine: &Docker, container: &Container) {
    let start = Instant::now();
    while within(engine.logs(&id(container), 1))
        .await
        .unwrap()
        .is_empty()
    {
        assert!(start.elapsed() < PATIENCE, "it should print something");
    }
}

#[tokio::test]
async fn an_archive_that_is_dropped_halfway_holds_up_nobody() {
    let engine = engine().await;
    let target = after("head -c 300000000 /dev/zero > /big");
    let id = id(&target);
    let mut stream = within(engine.archive_stream(&id, "/big")).await.unwrap();
    let first = within(stream.next()).await.unwrap().unwrap();
    let header = tar::Header::from_byte_slice(&first[..512]);
    assert_eq!(header.size().unwrap(), 300_000_000);
    drop(stream);
    // It would wait for the archive's end if the engine still sent it.
    let stat = within(engine.stat(&id, "/big")).await.unwrap().unwrap();
    assert_eq!(stat.size, 300_000_000);
}

#[tokio::test]
async fn the_root_is_streamed_in_order_and_does_not_hold_up_questions() {
    let engine = engine().await;
    let target = after("head -c 50000000 /dev/zero > /big");
    let id = id(&target);
    let mut root = within(engine.root_stream(&id)).await.unwrap();
    assert!(within(engine.stat(&id, "/bin/sh")).await.unwrap().is_some());
    let mut bytes = Vec::new();
    while bytes.len() < 4096 {
        bytes.extend(within(root.next()).await.unwrap().unwrap());
    }
    let mut archive = tar::Archive::new(&bytes[..]);
    let names = archive.entries().unwrap().map(|entry| {
        let name = entry.unwrap().path().unwrap().display().to_string();
        name.trim_end_matches('/').to_owned()
    });
    // What comes before it in a walk of the root, and nothing of what comes after.
    let before: Vec<String> = names.take_while(|name| name != "big").collect();
    assert!(
        before.iter().all(|name| name.as_str() < "big"),
        "{before:?}"
    );
    drop(root);
    within(engine.remove(&id)).await.unwrap();
    assert_eq!(
        docker::ok(&[
            "ps",
            "-aq",
            "--no-trunc",
            "--filter",
            &format!("id={}", id.0)
        ]),
        ""
    );
}

#[tokio::test]
async fn a_missing_path_and_a_missing_container_are_errors_at_once() {
    let engine = engine().await;
    let target = after("true");
    let gone = within(engine.archive_stream(&id(&target), "/nope")).await;
    assert!(gone.is_err_and(|e| e.message.contains("/nope")));
    let nobody = ContainerId("0".repeat(64));
    for refused in [
        within(engine.archive_stream(&nobody, "/")).await,
        within(engine.root_stream(&nobody)).await,
    ] {
        assert_eq!(
            refused.err().map(|e| e.kind),
            Some(devtwin::domain::error::ErrorKind::NoTarget)
        );
    }
}

#[tokio::test]
async fn devices_and_pipes_are_told_from_files() {
    let engine = engine().await;
    let target = after(
        "b=/bin/busybox; $b mknod /null c 1 3; $b mkfifo /pipe; touch /file; $b chmod 6755 /file",
    );
    let id = id(&target);
    for (path, special, mode) in [
        ("/null", true, None),
        ("/pipe", true, None),
        ("/file", false, Some(0o6755)),
        ("/bin", false, None),
    ] {
        let stat = within(engine.stat(&id, path)).await.unwrap().unwrap();
        assert_eq!(stat.is_special, special, "{path}: {stat:?}");
        assert!(
            mode.is_none_or(|mode| mode == stat.mode),
            "{path}: {stat:?}"
        );
    }
}

#[tokio::test]
async fn handled_signals_are_those_of_the_main_process() {
    const TERM: u64 = 1 << 14;
    let engine = engine().await;
    let run = |script: &str| Container::run(busybox().name(), &[], &["/bin/sh", "-c", script]);
    let handles = run("trap : TERM; echo up; sleep 600 & wait; sleep 600");
    let deaf = run("echo up; sleep 600; true");
    for (container, bit) in [(&handles, TERM), (&deaf, 0)] {
        printed(&engine, container).await;
        let caught = within(engine.caught_signals(&id(container))).await.unwrap();
        assert_eq!(caught.map(|c| c & TERM), Some(bit));
    }
    let ended = after("true");
    assert_eq!(within(engine.caught_signals(&id(&ended))).await, Ok(None));
}

#[tokio::test]
async fn the_engine_names_its_machine_as_images_do() {
    let engine = engine().await;
    let image = within(engine.image(busybox().name()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(within(engine.machine()).await.unwrap(), image.architecture);
}

#[tokio::test]
async fn a_builds_steps_are_told_oldest_first() {
    let engine = engine().await;
    let steps = within(engine.history("acme/web:1.4")).await.unwrap();
    let (first, last) = (steps.first().unwrap(), steps.last().unwrap());
    assert_eq!(
        (first.command.as_str(), first.note.as_str()),
        ("apko", "web by Chainguard")
    );
    assert!(last.command.starts_with("/bin/sh -c #(nop)"), "{last:?}");
    assert!(first.created > 0);
    let missing = within(engine.history(&unique("nope"))).await.unwrap();
    assert!(missing.is_empty());
}

#[tokio::test]
async fn mount_options_of_a_volume_are_told() {
    let engine = engine().await;
    let name = unique("noexec");
    let volume = docker::Volume::adopt(&name);
    docker::ok(&[
        "volume",
        "create",
        "--label",
        LABEL,
        "-o",
        "type=tmpfs",
        "-o",
        "device=tmpfs",
        "-o",
        "o=noexec,size=1m",
        volume.name(),
    ]);
    let options = within(engine.volume_options(&name)).await.unwrap();
    assert_eq!(options.as_deref(), Some("noexec,size=1m"));
    let plain = docker::volume(&unique("plain"));
    for name in [plain.name(), "devtwin-test-no-such-volume"] {
        assert_eq!(within(engine.volume_options(name)).await, Ok(None));
    }
}
