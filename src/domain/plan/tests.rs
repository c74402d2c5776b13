use super::*;
use crate::domain::error::ErrorKind;
use crate::domain::target::{
    Config, Image, Isolation, MountKind, NamespaceMode, Service, State, Status, Target,
};
use crate::domain::twin::{Session, label};

pub(in crate::domain::plan) fn target() -> Target {
    Target {
        id: ContainerId("a".repeat(64)),
        name: "web".into(),
        image: "acme/web:1.4".into(),
        image_id: "sha256:1".into(),
        state: State {
            status: Status::Running,
            restarting: false,
            pid: Some(4242),
            exit_code: 0,
            oom_killed: false,
            error: None,
            started_at: Some(1),
            finished_at: None,
            restart_count: 0,
            health: None,
        },
        config: Config {
            user: "65532".into(),
            env: vec![
                ("PATH".into(), "/usr/bin:/app/bin".into()),
                ("DB_PASSWORD".into(), "hunter2".into()),
            ],
            workdir: "/app".into(),
            ..Config::default()
        },
        isolation: Isolation::default(),
        mounts: Vec::new(),
        tmpfs: Vec::new(),
        service: Service::default(),
        runtime: crate::domain::target::Runtime::default(),
    }
}

fn dev() -> Image {
    Image {
        id: "sha256:2".into(),
        tags: vec!["acme/web:1.4-dev".into()],
        digests: Vec::new(),
        os: "linux".into(),
        architecture: "amd64".into(),
        variant: String::new(),
        config: Config {
            env: vec![
                ("PATH".into(), "/usr/bin:/dev/tools".into()),
                ("SSL_CERT_FILE".into(), "/etc/ssl/x".into()),
            ],
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

fn planned(target: &Target, wishes: &Wishes) -> Plan {
    try_plan(target, wishes).unwrap()
}

fn try_plan(target: &Target, wishes: &Wishes) -> crate::domain::error::Result<Plan> {
    let dev = dev();
    let dev = DevImage {
        reference: "acme/web:1.4-dev",
        image: Some(&dev),
        target_image: Some(&dev),
    };
    plan(
        target,
        dev,
        wishes,
        &session(),
        1,
        Program::Shell("/bin/bash".into()),
    )
}

fn mount(kind: MountKind, source: &str, destination: &str) -> Mount {
    Mount {
        kind,
        source: source.into(),
        destination: destination.into(),
        writable: true,
    }
}

fn notes(plan: &Plan) -> String {
    plan.notes
        .iter()
        .map(|n| n.text.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_plain_target_is_joined_with_one_capability_and_nothing_else() {
    let target = target();
    let plan = planned(&target, &Wishes::default());
    assert_eq!(plan.network, format!("container:{}", target.id));
    assert_eq!(plan.pid, format!("container:{}", target.id));
    assert_eq!(plan.cap_add, ["SYS_PTRACE"]);
    assert_eq!(plan.user, "0");
    assert_eq!(plan.workdir, "/app");
    assert_eq!(
        plan.links,
        [Link {
            path: "/target".into(),
            to: "/proc/1/root".into()
        }]
    );
    assert_eq!(plan.argv, ["/bin/bash"]);
    assert_eq!(plan.labels[label::SESSION], "0badcafe");
    assert_eq!(plan.labels[label::TARGET], target.id.0);
    assert!(plan.ipc.is_empty() && notes(&plan).contains("ipc is not shared"));
}

#[test]
fn the_targets_variables_win_and_the_dev_images_path_is_appended() {
    let plan = planned(&target(), &Wishes::default());
    let get = |name: &str| {
        plan.env
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    assert_eq!(get("PATH"), Some("/usr/bin:/app/bin:/dev/tools"));
    assert_eq!(get("DB_PASSWORD"), Some("hunter2"));
    assert_eq!(get("TERM"), Some("xterm-256color"));
    assert_eq!(
        get("SSL_CERT_FILE"),
        None,
        "the engine adds the dev image's own"
    );
}

#[test]
fn variables_that_would_steer_the_twins_own_programs_are_left_out_and_said() {
    let mut t = target();
    for (name, value) in [
        ("LD_PRELOAD", "/app/trace.so"),
        ("BASH_ENV", "/app/env"),
        ("HOME", "/data"),
        ("LDAP_URL", "ldap://x"),
    ] {
        t.config.env.push((name.into(), value.into()));
    }
    let plan = planned(&t, &Wishes::default());
    let names: Vec<_> = plan.env.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(
        names,
        ["PATH", "DB_PASSWORD", "LDAP_URL", "TERM", "COLORTERM"]
    );
    let said = notes(&plan);
    assert!(said.contains("LD_PRELOAD, BASH_ENV, HOME"), "{said}");
    assert!(!notes(&planned(&target(), &Wishes::default())).contains("not set"));
}

#[test]
fn only_a_shell_gets_integration_and_reports_say_no_more_than_that() {
    let mut t = target();
    t.config.env.push(("PS1".into(), "$(evil)".into()));
    let plan = planned(&t, &Wishes::default());
    assert!(plan.shell_env.iter().any(|(n, _)| n == "PROMPT_COMMAND"));
    assert!(
        !plan.env.iter().any(|(n, _)| n == "PS1") && notes(&plan).contains("PS1 of the target")
    );
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["shell_integration"], true);
    for text in [plan.to_text(), plan.docker_run(), json.to_string()] {
        assert!(!text.contains("PROMPT_COMMAND"), "{text}");
    }
    assert!(
        plan.to_text()
            .contains("shell      integration on, by environment\n")
    );

    let off = Wishes {
        no_shell_integration: true,
        ..Wishes::default()
    };
    let command = Program::Command {
        argv: vec!["/bin/bash".into()],
        tty: true,
        stdin: true,
    };
    let dev = DevImage {
        reference: "x",
        image: None,
        target_image: None,
    };
    let command = super::plan(&t, dev, &Wishes::default(), &session(), 1, command).unwrap();
    for plan in [planned(&t, &off), command] {
        assert!(plan.shell_env.is_empty());
        assert!(!plan.to_text().contains("integration"));
    }
}

#[test]
fn hostile_values_forge_no_line_and_reach_no_terminal() {
    let mut t = target();
    let value = "x\ngrant      ALL\u{1b}[2J\u{9b}it's\t\\";
    t.config.env.push(("GREETING".into(), value.into()));
    let plan = planned(&t, &Wishes::default());
    let text = plan.to_text();
    assert!(
        !text
            .lines()
            .any(|l| l.contains("grant      ALL") && l.starts_with("grant")),
        "{text}"
    );
    assert!(
        !text
            .chars()
            .any(|c| c != '\n' && crate::domain::text::is_harmful(c)),
        "{text}"
    );
    assert!(
        plan.docker_run()
            .contains(r"-e $'GREETING=x\ngrant      ALL\e[2J\302\233it\'s\t\\'"),
        "{}",
        plan.docker_run()
    );
}

#[test]
fn namespaces_follow_the_targets_own() {
    let mut t = target();
    t.isolation.network = NamespaceMode::Host;
    t.isolation.pid = NamespaceMode::Host;
    t.isolation.ipc = NamespaceMode::Shareable;
    t.isolation.uts = "host".into();
    let plan = planned(&t, &Wishes::default());
    assert_eq!(
        (plan.network.as_str(), plan.pid.as_str(), plan.uts.as_str()),
        ("host", "host", "host")
    );
    assert_eq!(plan.ipc, format!("container:{}", t.id));
    assert_eq!(plan.links[0].to, "/proc/4242/root");
    assert!(notes(&plan).contains("sees all of them"));

    t.isolation.network = NamespaceMode::Container("other".into());
    t.isolation.pid = NamespaceMode::Container("other".into());
    let plan = planned(&t, &Wishes::default());
    assert_eq!(
        (plan.network.as_str(), plan.pid.as_str()),
        ("container:other", "container:other")
    );
    assert!(plan.links.is_empty() && notes(&plan).contains("no /target"));
}

#[test]
fn volumes_are_shared_but_never_over_the_twins_own_tools() {
    let mut t = target();
    t.mounts = vec![
        mount(MountKind::Volume, "data", "/data"),
        mount(MountKind::Bind, "/srv/usr", "/usr/"),
        mount(MountKind::Bind, "/srv/root", "/"),
        mount(MountKind::Tmpfs, "", "/run"),
        mount(MountKind::Other, "", "/odd"),
    ];
    t.tmpfs = vec!["/tmp".into()];
    let plan = planned(&t, &Wishes::default());
    assert_eq!(plan.mounts, [mount(MountKind::Volume, "data", "/data")]);
    for path in ["/target/usr", "/target/run", "/target/odd", "/target/tmp"] {
        assert!(notes(&plan).contains(path), "{path} in {}", notes(&plan));
    }
    let none = planned(
        &t,
        &Wishes {
            no_volumes: true,
            ..Wishes::default()
        },
    );
    assert!(none.mounts.is_empty());
}

#[test]
fn hardening_is_told_and_never_copied() {
    let mut t = target();
    t.state.status = Status::Paused;
    t.isolation.readonly_rootfs = true;
    t.isolation.cap_drop = vec!["ALL".into()];
    t.isolation.security_opt = vec!["no-new-privileges".into()];
    t.isolation.privileged = true;
    let text = notes(&planned(&t, &Wishes::default()));
    for word in [
        "paused",
        "read-only",
        "drops ALL",
        "no-new-privileges",
        "privileged; the twin is not",
    ] {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[test]
fn grants_are_named_once_and_checked() {
    let wish = |grants: &[&str]| Wishes {
        grants: grants.iter().map(|g| (*g).into()).collect(),
        ..Wishes::default()
    };
    let plan = planned(
        &target(),
        &wish(&["cap_net_admin", "SYS_PTRACE", "NET_ADMIN"]),
    );
    assert_eq!(plan.cap_add, ["SYS_PTRACE", "NET_ADMIN"]);
    for bad in ["", "CAP_", "NET ADMIN", "net;admin"] {
        assert_eq!(
            try_plan(&target(), &wish(&[bad])).unwrap_err().kind,
            ErrorKind::Usage,
            "{bad}"
        );
    }
}

#[test]
fn sharing_ipc_and_uts_enters_them_with_sys_admin() {
    let wish = |share: &[&str]| Wishes {
        share: share.iter().map(|g| (*g).into()).collect(),
        ..Wishes::default()
    };
    let plan = planned(&target(), &wish(&["ipc", "uts"]));
    assert_eq!(
        plan.argv,
        ["nsenter", "-t", "1", "-i", "-u", "--", "/bin/bash"]
    );
    assert_eq!(plan.cap_add, ["SYS_PTRACE", "SYS_ADMIN"]);
    let mut shareable = target();
    shareable.isolation.ipc = NamespaceMode::Shareable;
    assert_eq!(
        planned(&shareable, &wish(&["ipc"])).cap_add,
        ["SYS_PTRACE"],
        "it is joined without more rights"
    );
    assert_eq!(
        try_plan(&target(), &wish(&["net"])).unwrap_err().kind,
        ErrorKind::Usage
    );
}

#[test]
fn a_join_without_a_process_is_refused_with_what_to_do() {
    let join = Wishes {
        mode: Some(Mode::Join),
        ..Wishes::default()
    };
    for (status, restarting, pid, hint) in [
        (Status::Exited, false, None, "for an arena"),
        (Status::Created, false, None, "for an arena"),
        (Status::Running, true, None, "for an arena"),
        (Status::Restarting, true, None, "for an arena"),
        (Status::Dead, false, None, "for an arena"),
        (Status::Removing, false, None, "another container"),
    ] {
        let mut t = target();
        t.state = State {
            status,
            restarting,
            pid,
            exit_code: 3,
            ..t.state
        };
        let error = try_plan(&t, &join).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NoTarget);
        assert!(
            error.hint.as_deref().unwrap_or_default().contains(hint),
            "{status:?}: {error:?}"
        );
    }
}

#[test]
fn only_a_shell_that_may_install_has_a_cache_and_only_a_lasting_one_is_worked_in() {
    let default = planned(&target(), &Wishes::default());
    let text = default.to_text();
    let row = "cache      devtwin-cache-apk-amd64-docker.io..acme at /etc/apk/cache\n";
    assert!(text.contains(row), "{text}");
    assert!(!default.labels.contains_key(label::BRIEF));
    let brief = Wishes {
        brief: true,
        no_package_cache: true,
        ..Wishes::default()
    };
    let brief = planned(&target(), &brief);
    let dev = dev();
    let dev = DevImage {
        reference: "acme/web:1.4-dev",
        image: Some(&dev),
        target_image: None,
    };
    let argv = vec!["/bin/id".into()];
    let (tty, stdin) = (false, false);
    let command = Program::Command { argv, tty, stdin };
    let wishes = Wishes::default();
    let command = super::plan(&target(), dev, &wishes, &session(), 1, command).unwrap();
    for plan in [brief, command] {
        assert!(plan.caches.is_empty() && plan.labels.contains_key(label::BRIEF));
        assert!(!plan.to_text().contains("cache"), "{}", plan.to_text());
    }
}

#[test]
fn the_docker_line_is_complete_quoted_and_without_secrets() {
    let mut t = target();
    t.config.env.push(("GREETING".into(), "it's me".into()));
    t.mounts = vec![mount(MountKind::Volume, "data", "/data")];
    let mut plan = planned(&t, &Wishes::default());
    plan.caches.truncate(1); // of the first manager, apk
    assert_eq!(
        plan.docker_run(),
        "docker run --rm -it --user 0 --pid container:web --network container:web --cap-add SYS_PTRACE \
         -v data:/data:nocopy --mount type=volume,source=devtwin-cache-apk-amd64-docker.io..acme,target=/etc/apk/cache,\
         volume-nocopy,volume-label=dev.devtwin.cache=apk,volume-label=dev.devtwin.version=0.1.0 \
         -e PATH=/usr/bin:/app/bin:/dev/tools -e DB_PASSWORD -e 'GREETING=it'\\''s me' \
         -e TERM=xterm-256color -e COLORTERM=truecolor --workdir /app --no-healthcheck \
         --entrypoint /bin/bash acme/web:1.4-dev"
    );
}

#[test]
fn nothing_that_prints_a_plan_shows_a_secret() {
    let plan = planned(&target(), &Wishes::default());
    let json = serde_json::to_string(&plan).unwrap();
    for text in [plan.to_text(), plan.docker_run(), json] {
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("DB_PASSWORD"), "{text}");
    }
}

#[test]
fn names_fit_the_engine_and_tell_twins_apart() {
    let mut t = target();
    t.name = "wéb/1 long-long-long-long-long-long-long-long-long".into();
    let dev = dev();
    let dev = DevImage {
        reference: "x",
        image: None,
        target_image: Some(&dev),
    };
    let name = |serial| {
        plan(
            &t,
            dev,
            &Wishes::default(),
            &session(),
            serial,
            Program::Shell("/bin/sh".into()),
        )
        .unwrap()
        .name
    };
    assert_eq!(
        name(1),
        "devtwin-w-b-1-long-long-long-long-long-long-long-0badcafe"
    );
    assert_eq!(name(2), format!("{}-2", name(1)));
}

mod arena;
mod explore;
