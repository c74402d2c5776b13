//! Arenas: which mode a state leads to, what is shared then, and what becomes of a plan that the engine refuses.

use super::*;
use crate::domain::target::Layers;

fn folders(upper: &str, lower: &[&str]) -> Layers {
    Layers {
        upper: upper.into(),
        lower: lower.iter().map(|&f| f.to_owned()).collect(),
    }
}

/// A target that exited with 3, on an engine with an overlay driver.
fn exited() -> Target {
    let mut t = target();
    t.state = State {
        status: Status::Exited,
        pid: None,
        exit_code: 3,
        ..t.state
    };
    t.runtime.storage = "overlay2".into();
    t.runtime.layers = Some(folders("/o/top", &["/o/init", "/o/base"]));
    t.runtime.networks = vec!["bridge".into()];
    t
}

fn arena(target: &Target) -> Plan {
    planned(target, &Wishes::default())
}

fn refused(message: &str) -> crate::domain::error::Error {
    crate::domain::error::Error::new(ErrorKind::Engine, message)
}

#[test]
fn the_state_decides_unless_a_mode_was_asked_for() {
    let state = |status, restarting, pid| State {
        status,
        restarting,
        pid,
        ..target().state
    };
    let of = |state: State, asked| {
        let t = Target { state, ..exited() };
        let wishes = Wishes {
            mode: asked,
            ..Wishes::default()
        };
        mode(&t, &wishes).ok()
    };
    for (status, restarting, pid, chosen) in [
        (Status::Running, false, Some(7), Some(Mode::Join)),
        (Status::Paused, false, Some(7), Some(Mode::Join)),
        (Status::Running, true, None, Some(Mode::Arena)),
        (Status::Restarting, true, None, Some(Mode::Arena)),
        (Status::Running, false, None, Some(Mode::Arena)),
        (Status::Exited, false, None, Some(Mode::Arena)),
        (Status::Created, false, None, Some(Mode::Arena)),
        (Status::Dead, false, None, Some(Mode::Arena)),
        (Status::Removing, false, None, None),
    ] {
        let of = |asked| of(state(status, restarting, pid), asked);
        assert_eq!(of(None), chosen, "{status:?} {restarting}");
        let asked = (status != Status::Removing).then_some(Mode::Arena);
        assert_eq!(of(Some(Mode::Arena)), asked, "{status:?}");
    }
}

#[test]
fn an_arena_has_the_targets_files_to_read_and_nothing_of_it_twice() {
    let mut t = exited();
    t.service.published = vec!["8080->8080/tcp".into()];
    t.runtime.dns = vec!["10.0.0.2".into()];
    t.runtime.extra_hosts = vec!["db:10.0.0.3".into()];
    let plan = arena(&t);
    assert_eq!(plan.mode, Mode::Arena);
    assert!(plan.network.is_empty() && plan.pid.is_empty() && plan.ipc.is_empty());
    assert!(plan.links.is_empty() && plan.networks.is_empty());
    assert_eq!(plan.cap_add, ["SYS_PTRACE"]);
    assert_eq!((plan.user.as_str(), plan.workdir.as_str()), ("0", "/app"));
    assert_eq!(plan.dns, ["10.0.0.2"]);
    assert_eq!(plan.extra_hosts, ["db:10.0.0.3"]);
    let root = plan.root.clone().unwrap();
    assert_eq!(
        root.how,
        RootSource::Overlay {
            volume: "devtwin-root-0badcafe".into(),
            options: "lowerdir=/o/top:/o/init:/o/base".into()
        }
    );
    assert_eq!(plan.labels[label::MODE], "arena");
    assert_eq!(plan.labels[label::ROOT], "overlay:devtwin-root-0badcafe");
    assert_eq!(plan.shared(), ["files (read-only)"]);
    let text = plan.to_text();
    assert!(
        text.contains("root       /target, read-only, by overlay: "),
        "{text}"
    );
    let run = plan.docker_run();
    let lines: Vec<&str> = run.lines().collect();
    assert_eq!(
        lines[0],
        "docker volume create -d local -o type=overlay -o device=overlay -o o=lowerdir=/o/top:/o/init:/o/base devtwin-root-0badcafe"
    );
    assert!(
        lines[1].contains(
            "--mount type=volume,source=devtwin-root-0badcafe,target=/target,readonly,volume-nocopy"
        ) && lines[1].contains("--dns 10.0.0.2 --add-host db:10.0.0.3"),
        "{run}"
    );
    assert_eq!(lines.len(), 2, "no ports, no aliases: {run}");
    assert!(!run.contains("-p "), "{run}");
}

#[test]
fn networks_are_the_targets_own() {
    let net = |mode, networks: &[&str]| {
        let mut t = exited();
        t.isolation.network = mode;
        t.runtime.networks = networks.iter().map(|&n| n.to_owned()).collect();
        t.runtime.dns = vec!["10.0.0.2".into()];
        let plan = arena(&t);
        (plan.network, plan.networks, plan.dns.len())
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(
        net(NamespaceMode::Named("shop".into()), &["shop", "logs"]),
        ("shop".into(), vec!["logs".to_owned()], 1)
    );
    assert_eq!(
        net(NamespaceMode::Private, &["bridge", "logs"]),
        (String::new(), vec!["logs".to_owned()], 1)
    );
    assert_eq!(
        net(NamespaceMode::Host, &["host"]),
        ("host".into(), none.clone(), 0)
    );
    assert_eq!(
        net(NamespaceMode::None, &["none"]),
        ("none".into(), none.clone(), 0)
    );
    assert_eq!(
        net(NamespaceMode::Container("c1".into()), &[]),
        ("container:c1".into(), none, 0)
    );
}

#[test]
fn volumes_are_only_read_unless_asked_and_what_cannot_be_here_is_said() {
    let mut t = exited();
    t.mounts = vec![
        mount(MountKind::Volume, "data", "/data"),
        mount(MountKind::Bind, "/srv/conf", "/etc/web"),
        mount(MountKind::Bind, "/srv/passwd", "/etc/passwd"),
        mount(MountKind::Tmpfs, "", "/run/x"),
        mount(MountKind::Image, "models:1", "/models"),
    ];
    t.tmpfs = vec!["/tmp".into()];
    let writable = |plan: &Plan| -> Vec<(String, bool)> {
        let of = plan.mounts.iter();
        of.map(|m| (m.destination.clone(), m.writable)).collect()
    };
    let plan = arena(&t);
    let read = |at: &str| (at.to_owned(), false);
    assert_eq!(
        writable(&plan),
        [read("/data"), read("/etc/web"), read("/models")]
    );
    let said = notes(&plan);
    for word in [
        "the mount at /etc/passwd is not mounted",
        "the tmpfs at /run/x is gone",
        "the tmpfs at /tmp is gone",
        "(/data, /etc/web, /models), and not below /target",
    ] {
        assert!(said.contains(word), "{word} in {said}");
    }
    let wishes = Wishes {
        writable_volumes: true,
        ..Wishes::default()
    };
    let asked = planned(&t, &wishes);
    assert_eq!(
        writable(&asked),
        [
            ("/data".to_owned(), true),
            ("/etc/web".to_owned(), true),
            read("/models")
        ],
        "an image is never written to"
    );
    assert!(notes(&asked).contains("stays there"));
    let wishes = Wishes {
        no_volumes: true,
        ..Wishes::default()
    };
    assert!(planned(&t, &wishes).mounts.is_empty());
}

#[test]
fn each_state_says_what_its_files_are() {
    for (status, restarting, count, words) in [
        (Status::Created, false, 0, "never ran"),
        (Status::Dead, false, 0, "files may be missing"),
        (Status::Running, true, 4, "--restart=no web ends the loop"),
        (
            Status::Restarting,
            true,
            4,
            "--restart=no web ends the loop",
        ),
    ] {
        let mut t = exited();
        t.state.status = status;
        t.state.restarting = restarting;
        t.state.restart_count = count;
        let said = notes(&arena(&t));
        assert!(said.contains(words), "{status:?}: {said}");
    }
    let mut t = exited();
    t.runtime.storage = "fuse-overlayfs".into();
    assert!(notes(&arena(&t)).contains("docker diff web lists it"));
    assert!(!notes(&arena(&exited())).contains("deleted"));
}

#[test]
fn what_the_engine_refuses_is_left_out_and_said() {
    let mut t = exited();
    t.isolation.network = NamespaceMode::Named("shop".into());
    t.runtime.networks = vec!["shop".into(), "logs".into()];
    t.mounts = vec![mount(MountKind::Bind, "/srv/conf", "/conf")];
    // As 20.10 says it; the mount as our edge passes it on, without its options.
    let overlay = "cannot start 3f: error while mounting volume '/v/devtwin-root-0badcafe/_data': failed to mount local volume: mount overlay:/v/devtwin-root-0badcafe/_data: too many levels of symbolic links";
    for (message, left_out, said) in [
        (overlay, "overlay", ""),
        (
            "cannot start 3f: network shop not found",
            "shop",
            "the network shop is not here: it is gone; the arena is in logs",
        ),
        (
            "cannot connect 3f to the network logs: network logs not found",
            "logs",
            "the network logs is not here: it is gone",
        ),
        (
            "cannot start 3f: Could not attach to network shop: rpc error: network shop not manually attachable",
            "shop",
            "the network shop is not here: network shop not manually attachable",
        ),
        (
            "cannot create devtwin-web: invalid mount config for type \"bind\": bind source path does not exist: /srv/conf",
            "/conf",
            "the mount at /conf is not here: /srv/conf is gone",
        ),
    ] {
        let mut plan = arena(&t);
        let mend = Mend::of(&plan, &refused(message)).unwrap();
        assert!(mend.words().contains(left_out), "{}", mend.words());
        plan.mend(&t, &[mend]).unwrap();
        assert!(notes(&plan).contains(said), "{message}: {}", notes(&plan));
        let again = Mend::of(&plan, &refused(message));
        assert_eq!(again, None, "{message}: the same refusal cannot come again");
    }
    for other in [
        "cannot start 3f: OCI runtime create failed",
        "cannot create devtwin-web: network elsewhere not found",
        "cannot create devtwin-web: bind source path does not exist: /other",
    ] {
        assert_eq!(Mend::of(&arena(&t), &refused(other)), None, "{other}");
    }
    let joined = planned(&target(), &Wishes::default());
    assert_eq!(Mend::of(&joined, &refused("network  not found")), None);
}

#[test]
fn the_next_way_to_the_files_says_why_it_is_not_the_best_and_the_last_leaves_none() {
    let t = Target {
        runtime: crate::domain::target::Runtime {
            image_mounts: true,
            ..exited().runtime
        },
        ..exited()
    };
    let refuse = |plan: &Plan, why: &str| {
        let object = plan.root.as_ref().unwrap().how.object();
        let message = format!("cannot start 3f: failed to mount {object}: {why}");
        Mend::of(plan, &refused(&message)).unwrap()
    };
    let mut mends = vec![refuse(&arena(&t), "operation not permitted")];
    let mut plan = arena(&t);
    plan.mend(&t, &mends).unwrap();
    let root = plan.root.clone().unwrap();
    assert_eq!(root.how.word(), "image");
    assert!(
        root.why
            .contains("refused the overlay: operation not permitted"),
        "{}",
        root.why
    );
    assert_eq!(plan.labels[label::ROOT], "image:devtwin-root-0badcafe");
    assert!(
        plan.docker_run()
            .starts_with("docker commit --pause=false web devtwin-root-0badcafe\ndocker run ")
    );
    mends.push(refuse(&plan, "experimental"));
    let mut plan = arena(&t);
    plan.mend(&t, &mends).unwrap();
    assert_eq!(
        plan.root.as_ref().unwrap().how.object(),
        "devtwin-root-0badcafe-copy"
    );
    assert!(
        plan.docker_run()
            .contains("docker export web | docker cp - devtwin-root-0badcafe-copy:/target")
    );
    let last =
        refused("cannot start 3f: failed to mount devtwin-root-0badcafe-copy: no space left");
    assert_eq!(
        Mend::of(&plan, &last),
        None,
        "there is no other way: the engine's own words count"
    );
}

#[test]
fn an_archive_is_made_by_hand_as_its_engine_lets_it_be_made() {
    let mut t = exited();
    t.runtime.layers = None;
    let plan = arena(&t);
    let v = "devtwin-root-0badcafe-copy";
    let made = format!(
        "docker commit --pause=false web {v}\n\
         docker create --name {v}-files {v} true\n\
         docker create --name {v} -v {v}:/target {} true\n\
         docker export {v}-files | docker cp - {v}:/target\n\
         docker rm {v}\n\
         docker rm {v}-files\n\
         docker rmi {v}\n\
         docker run ",
        plan.image
    );
    let printed = plan.docker_run();
    assert!(printed.starts_with(&made), "{printed}");
    assert!(!printed.contains("docker export web"), "{printed}");
}

#[test]
fn a_network_of_a_container_that_does_not_run_gives_way_to_one_of_its_own() {
    let mut t = exited();
    t.isolation.network = NamespaceMode::Container("c1".into());
    let mut plan = arena(&t);
    let refusal = refused("cannot start 3f: cannot join network of a non running container: c1");
    let mend = Mend::of(&plan, &refusal).unwrap();
    plan.mend(&t, &[mend]).unwrap();
    assert_eq!(plan.network, "");
    assert!(
        notes(&plan).contains("the network of container c1 is not here"),
        "{}",
        notes(&plan)
    );
}
