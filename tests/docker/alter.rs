//! What `engine::docker` makes and changes for targets that do not run: volumes, images, streams into containers,
//! and what a person said yes to.

use std::collections::BTreeMap;

use bytes::Bytes;
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::target::{ContainerId, Status};
use devtwin::engine::{Engine as _, NewVolume};
use futures_util::StreamExt as _;
use futures_util::stream;

use crate::engine::{engine, within};
use crate::support::docker::{self, Image, LABEL, Volume, busybox};
use crate::support::{Container, unique};

fn labels(value: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(LABEL.to_owned(), value.to_owned())])
}

#[tokio::test]
async fn a_volume_is_created_with_its_options_and_found_by_its_label() {
    let engine = engine().await;
    let name = unique("made");
    let _guard = Volume::adopt(&name);
    let option = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let volume = NewVolume {
        name: name.clone(),
        options: BTreeMap::from([
            option("type", "overlay"),
            option("device", "overlay"),
            option("o", "lowerdir=/nowhere:/neither"),
        ]),
        labels: labels(&name),
    };
    within(engine.create_volume(&volume)).await.unwrap();
    within(engine.create_volume(&volume)).await.unwrap();
    let options = within(engine.volume_options(&name)).await.unwrap();
    assert_eq!(options.as_deref(), Some("lowerdir=/nowhere:/neither"));
    let label = format!("{LABEL}={name}");
    let found = within(engine.volumes(&label)).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].name, &found[0].labels), (&name, &volume.labels));
}

#[tokio::test]
async fn a_mount_that_the_kernel_refuses_is_told_by_volume_and_reason_without_its_options() {
    let (engine, image) = (engine().await, busybox());
    let name = unique("refused");
    let _guard = Volume::adopt(&name);
    // Longer than what is kept of an engine's text.
    let folders: Vec<String> = (0..20).map(|n| format!("/nowhere/{n:064}")).collect();
    let options = format!("o=lowerdir={}", folders.join(":"));
    docker::ok(&[
        "volume",
        "create",
        "--label",
        LABEL,
        "-o",
        "type=overlay",
        "-o",
        "device=overlay",
        "-o",
        &options,
        &name,
    ]);
    let mount = format!("type=volume,source={name},target=/x,readonly,volume-nocopy");
    let twin = Container::create(image.name(), &["--mount", &mount], &["true"]);
    let error = within(engine.start(&ContainerId(twin.id())))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Engine);
    assert!(error.message.contains(&name), "{error}");
    assert!(
        error.message.ends_with(": no such file or directory"),
        "{error}"
    );
    assert!(!error.message.contains("/nowhere"), "{error}");
}

#[tokio::test]
async fn an_image_is_made_of_a_container_found_by_its_label_and_removed_once_and_again() {
    let (engine, image) = (engine().await, busybox());
    let target = Container::run(image.name(), &["--network", "none"], &["touch", "/mine"]);
    docker::ok(&["wait", target.name()]);
    let name = unique("committed");
    let _guard = Image::adopt(&name);
    let target_id = ContainerId(target.id());
    let made = within(engine.commit(&target_id, &name, &labels(&name))).await;
    assert!(made.unwrap().starts_with("sha256:"));
    let label = format!("{LABEL}={name}");
    let found = within(engine.labelled_images(&label)).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].tags, [format!("{name}:latest")]);
    assert_eq!(found[0].labels[LABEL], name);
    let twin = Container::create(&name, &[], &["/x"]);
    let id = ContainerId(twin.id());
    assert!(within(engine.stat(&id, "/mine")).await.unwrap().is_some());
    drop(twin);
    within(engine.remove_image(&name)).await.unwrap();
    within(engine.remove_image(&name)).await.unwrap();
    assert_eq!(within(engine.labelled_images(&label)).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_root_is_streamed_into_a_volume_and_one_that_breaks_off_is_an_error() {
    let (engine, image) = (engine().await, busybox());
    let target = Container::create(image.name(), &[], &["true"]);
    let volume = docker::volume(&unique("copied"));
    let mount = format!("{}:/target:nocopy", volume.name());
    let helper = Container::create(image.name(), &["-v", &mount], &["true"]);
    let id = ContainerId(helper.id());
    let root = within(engine.root_stream(&ContainerId(target.id())))
        .await
        .unwrap();
    within(engine.put_stream(&id, "/target", root))
        .await
        .unwrap();
    let note = within(engine.archive(&id, "/target/share/note", 1 << 20))
        .await
        .unwrap();
    assert!(note.windows(13).any(|w| w == b"of the image\n"));

    let whole = within(engine.root_stream(&ContainerId(target.id())))
        .await
        .unwrap();
    let broken = stream::iter([Err(Error::new(ErrorKind::Engine, "the source broke off"))]);
    let half = whole.take(1).chain(broken).boxed();
    let error = within(engine.put_stream(&id, "/target", half))
        .await
        .unwrap_err();
    assert!(error.message.contains("/target"), "{error}");
    let garbage = stream::iter([Ok(Bytes::from_static(b"no archive"))]).boxed();
    assert!(
        within(engine.put_stream(&id, "/target", garbage))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_loop_ends_with_its_policy_and_a_container_is_frozen_and_let_go() {
    let (engine, image) = (engine().await, busybox());
    let flags = ["--network", "none", "--restart", "always"];
    let target = Container::run(image.name(), &flags, &["sh", "-c", "exit 3"]);
    target.wait_until_it_failed();
    let id = ContainerId(target.id());
    within(engine.set_restart(&id, "no")).await.unwrap();
    docker::ok(&["wait", target.name()]);
    let state = within(engine.inspect(target.name())).await.unwrap().state;
    assert_eq!((state.status, state.restarting), (Status::Exited, false));
    within(engine.set_restart(&id, "on-failure:3"))
        .await
        .unwrap();
    let service = within(engine.inspect(target.name())).await.unwrap().service;
    assert_eq!(service.restart, "on-failure:3");

    let runs = Container::run(image.name(), &["--network", "none"], &["sleep", "600"]);
    let id = ContainerId(runs.id());
    within(engine.pause(&id)).await.unwrap();
    let status = |target: devtwin::domain::target::Target| target.state.status;
    assert_eq!(
        within(engine.inspect(&id.0)).await.map(status),
        Ok(Status::Paused)
    );
    within(engine.unpause(&id)).await.unwrap();
    assert_eq!(
        within(engine.inspect(&id.0)).await.map(status),
        Ok(Status::Running)
    );
    assert!(within(engine.unpause(&id)).await.is_err());
}
