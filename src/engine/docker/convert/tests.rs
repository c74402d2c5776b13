use serde_json::json;

use super::*;

fn inspected(answer: serde_json::Value) -> Option<Target> {
    target(serde_json::from_value(answer).unwrap())
}

/// Cut from what Engine 20.10.24 says of a container between two restarts.
#[test]
fn a_container_in_a_restart_loop_reads_as_one() {
    let target = inspected(json!({
        "Id": "3f", "Name": "/web", "Image": "sha256:aa", "RestartCount": 4,
        "State": {
            "Status": "restarting", "Running": true, "Restarting": true, "OOMKilled": false,
            "Pid": 0, "ExitCode": 7, "Error": "bad \u{1b}[2J",
            "StartedAt": "2026-11-23T06:13:48.123456789Z", "FinishedAt": "0001-01-01T00:00:00Z"
        },
        "HostConfig": {
            "NetworkMode": "default", "PidMode": "", "IpcMode": "private", "UTSMode": "",
            "CapDrop": ["ALL"], "Tmpfs": {"/tmp": "", "/run": "size=1m"}
        },
        "Mounts": [
            {"Type": "volume", "Name": "data", "Source": "/var/lib/docker/volumes/data/_data",
             "Destination": "/data", "Driver": "local", "Mode": "z", "RW": true, "Propagation": ""},
            {"Type": "bind", "Source": "/etc/x", "Destination": "/x", "Mode": "ro", "RW": false},
            {"Type": "tmpfs", "Source": "", "Destination": "/m", "RW": true},
            {"Type": "cluster", "Source": "c", "Destination": "/c", "RW": true}
        ],
        "Config": {
            "Image": "acme/web:1", "User": "65532", "Env": ["A=b=c", "EMPTY=", "BARE"],
            "Cmd": null, "Entrypoint": ["/app"], "WorkingDir": "/srv", "Labels": {"k": "v"}
        }
    }))
    .unwrap();
    assert_eq!(
        (target.name.as_str(), target.image.as_str()),
        ("web", "acme/web:1")
    );
    assert!(!target.state.is_joinable());
    assert_eq!(target.state.status, Status::Restarting);
    assert_eq!((target.state.pid, target.state.exit_code), (None, 7));
    assert_eq!(target.state.error.as_deref(), Some("bad \u{fffd}[2J"));
    assert_eq!(target.state.started_at, Some(1_795_414_428));
    assert_eq!(
        (target.state.finished_at, target.state.restart_count),
        (None, 4)
    );
    assert_eq!(target.state.health, None);
    assert_eq!(target.isolation.network, NamespaceMode::Private);
    assert_eq!(target.isolation.cap_drop, ["ALL"]);
    assert_eq!(target.tmpfs, ["/run", "/tmp"]);
    let mounts: Vec<_> = target
        .mounts
        .iter()
        .map(|m| {
            (
                m.kind,
                m.source.as_str(),
                m.destination.as_str(),
                m.writable,
            )
        })
        .collect();
    assert_eq!(
        mounts,
        [
            (MountKind::Volume, "data", "/data", true),
            (MountKind::Bind, "/etc/x", "/x", false),
            (MountKind::Tmpfs, "", "/m", true),
            (MountKind::Other, "c", "/c", true),
        ]
    );
    let env = [("A", "b=c"), ("EMPTY", ""), ("BARE", "")];
    assert_eq!(
        target.config.env,
        env.map(|(k, v)| (k.to_owned(), v.to_owned()))
    );
    assert_eq!(
        (target.config.cmd.len(), target.config.healthcheck),
        (0, None)
    );
}

#[test]
fn network_and_health_are_told_in_our_words() {
    let target = inspected(json!({
        "Id": "3f",
        "State": {"Status": "running", "Pid": 4242, "Health": {"Status": "unhealthy"}},
        "HostConfig": {"NetworkMode": "shop_default", "PidMode": "container:aa", "IpcMode": "shareable"},
        "Config": {"Healthcheck": {"Test": ["CMD", "/probe"]}, "StopSignal": "SIGQUIT"}
    }))
    .unwrap();
    assert_eq!(target.state.words(), "running, unhealthy");
    assert_eq!(
        target.isolation.network,
        NamespaceMode::Named("shop_default".into())
    );
    assert_eq!(target.isolation.pid, NamespaceMode::Container("aa".into()));
    assert_eq!(target.isolation.ipc, NamespaceMode::Shareable);
    assert_eq!(target.config.stop_signal.as_deref(), Some("SIGQUIT"));
    assert_eq!(target.config.healthcheck.unwrap(), ["CMD", "/probe"]);
    assert_eq!(inspected(json!({"Id": "3f"})), None, "no state");
}

#[test]
fn a_row_shows_its_own_name_and_nothing_that_moves_the_cursor() {
    let row = json!({
        "Id": "3f", "Names": ["/shop/db", "/db"], "Image": "x", "State": "exited",
        "Status": "Exited (3) 5 minutes ago", "Command": "sh -c 'a\nb'", "Created": 7,
        "Labels": {"dev.devtwin.target-name": "\u{1b}]0;x\u{7}"}
    });
    let row = summary(serde_json::from_value(row).unwrap()).unwrap();
    assert_eq!(
        (row.name.as_str(), row.status, row.exit_code()),
        ("db", Status::Exited, Some(3))
    );
    assert_eq!(row.command, "sh -c 'a b'");
    assert_eq!(
        row.labels["dev.devtwin.target-name"],
        "\u{fffd}]0;x\u{fffd}"
    );
    assert_eq!(summary(models::ContainerSummary::default()), None);
}

#[test]
fn images_without_a_tag_are_no_rows() {
    let row = |tags: &[&str]| {
        image_row(models::ImageSummary {
            repo_tags: tags.iter().map(|t| (*t).to_owned()).collect(),
            ..Default::default()
        })
    };
    assert_eq!(row(&["<none>:<none>"]), None);
    assert_eq!(row(&[]), None);
    assert_eq!(row(&["a:1", "b:2"]).unwrap().tags, ["a:1", "b:2"]);
}

#[test]
fn platforms_are_told_as_a_pull_takes_them_without_attestations() {
    let answer = json!({
        "Descriptor": {"mediaType": "x", "digest": "sha256:00", "size": 1},
        "Platforms": [
            {"os": "linux", "architecture": "arm64", "variant": "v8"},
            {"os": "linux", "architecture": "amd64"},
            {"os": "unknown", "architecture": "unknown"}
        ]
    });
    let answer = serde_json::from_value(answer).unwrap();
    assert_eq!(platforms(answer), ["linux/arm64/v8", "linux/amd64"]);
}

#[test]
fn gos_mode_bits_become_chmods() {
    let of = |file_mode, link: &str| {
        stat(bollard::container::PathStatResponse {
            name: "x".into(),
            size: 5,
            file_mode,
            modification_time: None,
            link_target: link.into(),
        })
    };
    let dir = of((1 << 31) | (1 << 20) | 0o777, "");
    assert_eq!(
        (dir.is_dir, dir.mode, dir.link_target),
        (true, 0o1777, None)
    );
    let link = of((1 << 27) | 0o777, "/bin/busybox");
    assert_eq!((link.is_dir, link.mode), (false, 0o777));
    assert_eq!(link.link_target.as_deref(), Some("/bin/busybox"));
    assert_eq!(of((1 << 23) | (1 << 22) | 0o755, "").mode, 0o6755);
    assert!(!dir.is_special && !link.is_special);
    // A character device, a block device, a pipe, a socket.
    for bits in [1 << 26 | 1 << 21, 1 << 26, 1 << 25, 1 << 24] {
        let odd = of(bits | 0o660, "");
        assert_eq!((odd.is_special, odd.is_dir, odd.mode), (true, false, 0o660));
    }
}

#[test]
fn the_main_processs_signals_are_found_among_all_rows() {
    let top = |rows: &[&[&str]]| models::ContainerTopResponse {
        titles: None,
        processes: Some(
            rows.iter()
                .map(|row| row.iter().map(|w| (*w).to_owned()).collect())
                .collect(),
        ),
    };
    let none = "0000000000000000";
    let rows: &[&[&str]] = &[&["7", none, none], &["42", "0000000180004a03", none]];
    assert_eq!(caught(&top(rows), 42), Some(0x1_8000_4a03));
    assert_eq!(caught(&top(rows), 7), Some(0));
    assert_eq!(caught(&top(rows), 1), None);
    let waits: &[&[&str]] = &[&["42", "<80004a03", "0000000000004004"]];
    assert_eq!(caught(&top(waits), 42), Some(0x8000_4a07));
    assert_eq!(caught(&top(&[&["42", "-", none], &["42"]]), 42), None);
    assert_eq!(caught(&top(&[&["42", none]]), 42), None);
    assert_eq!(caught(&models::ContainerTopResponse::default(), 42), None);
}

#[test]
fn a_builds_steps_come_oldest_first_and_clean() {
    let step = |text: &str| models::ImageHistoryResponseItem {
        created_by: text.into(),
        ..Default::default()
    };
    let told = steps(&[step("CMD\u{1b}[2J"), step(&"x".repeat(9_000))]);
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].command.chars().count(), 501);
    assert_eq!(told[1].command, "CMD\u{fffd}[2J");
}

#[test]
fn a_volumes_mount_options_are_those_of_its_driver() {
    let volume = |options: &[(&str, &str)]| models::Volume {
        options: options
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        ..Default::default()
    };
    let noexec = volume(&[("type", "tmpfs"), ("o", "noexec,size=1m")]);
    assert_eq!(volume_options(&noexec).as_deref(), Some("noexec,size=1m"));
    assert_eq!(volume_options(&volume(&[("o", "")])), None);
    assert_eq!(volume_options(&volume(&[])), None);
}

#[test]
fn times_become_seconds_since_the_epoch() {
    for (text, want) in [
        ("1970-01-01T00:00:00Z", Some(0)),
        ("2000-02-29T12:00:00.5Z", Some(951_825_600)),
        ("2026-11-23T06:13:48.123456789Z", Some(1_795_414_428)),
        ("2026-11-23T07:13:48+01:00", Some(1_795_414_428)),
        ("2026-11-23T00:43:48-05:30", Some(1_795_414_428)),
        ("0001-01-01T00:00:00Z", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-11-23T06:13:48", None),
        ("2026-11-23T06:13:48+1", None),
        ("2026-11-2", None),
        ("é", None),
        ("", None),
    ] {
        assert_eq!(epoch(text), want, "{text}");
    }
}
