use super::*;
use crate::domain::replica::edits::{Base, Edits, read_size, size_words, writable};
use crate::domain::target::{
    Config, Image, Isolation, Mount, MountKind, NamespaceMode, Runtime, Service, State, Status,
    Target,
};
use crate::domain::twin::{Session, label};

/// A target with a setting of each sort.
pub(in crate::domain) fn target() -> Target {
    let mount = |kind, source: &str, at: &str, writable| Mount {
        kind,
        source: source.into(),
        destination: at.into(),
        writable,
    };
    let mut target = bare();
    target.config = Config {
        user: "65532".into(),
        entrypoint: vec!["/app".into()],
        cmd: vec!["--serve".into(), "it all".into()],
        env: [
            ("PATH", "/bin"),
            ("MODE", "prod"),
            ("DB_PASSWORD", "hunter2"),
        ]
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .into(),
        ..Config::default()
    };
    target.isolation.network = NamespaceMode::Named("shop".into());
    target.isolation.readonly_rootfs = true;
    target.isolation.cap_drop = vec!["ALL".into()];
    target.service.memory = Some(64 << 20);
    target.tmpfs = vec!["/run".into()];
    target.mounts = vec![
        mount(MountKind::Volume, "data", "/data", true),
        mount(MountKind::Bind, "/etc/app", "/etc/app", false),
        mount(MountKind::Tmpfs, "", "/scratch", true),
    ];
    target
}

fn bare() -> Target {
    Target {
        id: ContainerId("1".repeat(64)),
        name: "web".into(),
        image: "acme/web:1.4".into(),
        image_id: "sha256:1".into(),
        state: State {
            status: Status::Exited,
            restarting: false,
            pid: None,
            exit_code: 3,
            oom_killed: false,
            error: None,
            started_at: None,
            finished_at: None,
            restart_count: 0,
            health: None,
        },
        config: Config::default(),
        isolation: Isolation::default(),
        mounts: Vec::new(),
        tmpfs: Vec::new(),
        service: Service::default(),
        runtime: Runtime::default(),
    }
}

/// Its image.
pub(in crate::domain) fn image() -> Image {
    Image {
        id: "sha256:1".into(),
        tags: vec!["acme/web:1.4".into()],
        digests: Vec::new(),
        os: "linux".into(),
        architecture: "amd64".into(),
        variant: String::new(),
        config: Config {
            user: "1000".into(),
            entrypoint: vec!["/app".into()],
            env: [("PATH", "/bin"), ("MODE", "test")]
                .map(|(n, v)| (n.to_owned(), v.to_owned()))
                .into(),
            ..Config::default()
        },
        layers: Vec::new(),
        folders: None,
    }
}

fn session() -> Session {
    Session {
        id: "0badcafe".into(),
        owner: "ann@box".into(),
    }
}

fn printed(edits: &Edits, room: Room, image: Option<&str>) -> String {
    let target = target();
    let replica = edits.replica(&target, &session(), 2, room, image.map(str::to_owned));
    replica.docker_run(&target, None, &Modes::default())
}

#[test]
fn a_replica_is_named_and_labelled_as_ours() {
    let replica = Edits::default().replica(&target(), &session(), 2, Room::Isolated, None);
    assert_eq!(replica.name, "devtwin-web-run-2-0badcafe");
    assert_eq!(replica.labels[label::MODE], "replica");
    assert_eq!(replica.labels[label::SESSION], "0badcafe");
    assert!(
        replica.labels.contains_key(label::BRIEF),
        "no place to work in"
    );
}

#[test]
fn the_line_has_what_the_target_has_and_no_secret() {
    assert_eq!(
        printed(&Edits::default(), Room::Isolated, None),
        "docker run --rm --user 65532 --network none --read-only --cap-drop ALL --memory 64m \
         -v data:/data:ro,nocopy -v /etc/app:/etc/app:ro --tmpfs /run \
         -e PATH=/bin -e MODE=prod -e DB_PASSWORD --entrypoint /app acme/web:1.4 --serve 'it all'"
    );
}

#[test]
fn the_line_has_each_edit() {
    let edits = Edits {
        argv: Some(vec!["/bin/sh".into(), "-c".into(), "id; ls".into()]),
        user: Some("0".into()),
        workdir: Some("/srv".into()),
        env: vec![
            ("MODE".into(), Some("test".into())),
            ("DB_PASSWORD".into(), Some("other".into())),
            ("PATH".into(), None),
        ],
        mounts: Mounts::Same,
        without_mounts: vec!["/etc/app".into(), "/run".into()],
        memory: Limit::None,
        writable_root: true,
        default_caps: true,
        base: Base::DevImage,
    };
    let twin = ContainerId("ab".repeat(32));
    assert_eq!(
        printed(&edits, Room::Twin(twin), Some("devtwin-merged-1")),
        "docker run --rm --user 0 --workdir /srv --network container:abababababab --pid container:abababababab \
         -v data:/data:nocopy -e MODE=test -e DB_PASSWORD -e PATH --entrypoint /bin/sh devtwin-merged-1 -c 'id; ls'"
    );
    assert_eq!(
        edits.changes(&target()),
        [
            "command: /bin/sh -c 'id; ls' instead of /app --serve 'it all'",
            "user: 0 instead of 65532",
            "directory: /srv",
            "MODE=test",
            "DB_PASSWORD=***",
            "PATH not set",
            "no mount at /etc/app",
            "no mount at /run",
            "no memory limit",
            "root can be written to",
            "the engine's default capabilities",
            "on the dev image, its own files over it",
        ]
    );
}

#[test]
fn rooms_differ_in_their_network() {
    let with = |room| printed(&Edits::default(), room, None);
    assert!(with(Room::Networked).contains("--network shop "));
    let mut target = target();
    target.isolation.network = NamespaceMode::Host;
    let replica = Edits::default().replica(&target, &session(), 1, Room::Networked, None);
    assert!(
        replica
            .docker_run(&target, None, &Modes::default())
            .contains("--network host ")
    );
}

#[test]
fn beside_a_joined_twin_the_line_shares_what_that_shares_but_never_the_targets_process_ids() {
    let target = target();
    let twin = ContainerId("ab".repeat(32));
    let replica = Edits::default().replica(&target, &session(), 1, Room::Twin(twin), None);
    let of_target = format!("container:{}", target.id);
    let modes = Modes {
        network: of_target.clone(),
        pid: of_target.clone(),
    };
    let line = replica.docker_run(&target, None, &modes);
    let short = format!("--network container:{} ", target.id.short());
    assert!(line.contains(&short), "{line}");
    assert!(!line.contains("--pid"), "{line}");
    let modes = Modes {
        network: "host".into(),
        pid: "host".into(),
    };
    let line = replica.docker_run(&target, None, &modes);
    assert!(line.contains("--network host --pid host "), "{line}");
}

#[test]
fn volumes_are_read_only_unless_asked_and_that_is_said() {
    let with = |mounts| Edits {
        mounts,
        ..Edits::default()
    };
    assert_eq!(
        with(Mounts::ReadOnly).changes(&target()),
        ["volumes read-only"]
    );
    assert_eq!(with(Mounts::None).changes(&target()), ["no volumes"]);
    assert!(with(Mounts::Same).changes(&target()).is_empty());
    assert!(!printed(&with(Mounts::None), Room::Isolated, None).contains(" -v "));
    let target = target();
    let names: Vec<_> = writable(&target).map(|m| m.destination.as_str()).collect();
    assert_eq!(names, ["/data"]);
}

#[test]
fn sizes_are_read_as_docker_reads_them() {
    for (text, bytes) in [
        ("64m", 64 << 20),
        ("1G", 1 << 30),
        ("512k", 512 << 10),
        ("7", 7),
        (" 8mb ", 8 << 20),
        ("2GiB", 2 << 30),
    ] {
        assert_eq!(read_size(text), Ok(bytes), "{text}");
    }
    for text in [
        "",
        "m",
        "-1m",
        "1.5g",
        "0",
        "99999999999g",
        "1x",
        "mm1",
        "1mk",
        "9223372036854775808",
    ] {
        assert!(read_size(text).is_err(), "{text}");
    }
    assert_eq!(
        [64 << 20, 3 << 30, 1000].map(size_words),
        ["64m", "3g", "1000"]
    );
}

#[test]
fn a_report_shows_no_secret() {
    let edits = Edits {
        env: vec![("API_TOKEN".into(), Some("hunter2".into()))],
        ..Edits::default()
    };
    let replica = edits.replica(&target(), &session(), 1, Room::Isolated, None);
    let text = serde_json::to_string(&replica).unwrap();
    assert!(
        text.contains("API_TOKEN") && !text.contains("hunter2"),
        "{text}"
    );
}
