use super::super::super::tests::static_elf;
use super::super::testing::Scene;
use crate::domain::entrypoint::Dev;
use crate::domain::target::{Config, NamespaceMode};

const TERM: u64 = 1 << 14;
const QUIT: u64 = 1 << 2;

fn catches(scene: Scene, caught: u64) -> Scene {
    let mut scene = scene.runs();
    scene.facts.caught = Some(caught);
    scene
}

#[test]
fn a_signal_that_nobody_hears() {
    let found = catches(Scene::web(), QUIT).warns("PID1_SIGNAL");
    assert_eq!(
        found.evidence[0],
        "SigCgt and SigBlk of PID 1: 0000000000000004, without bit 15 (SIGTERM)"
    );
    catches(Scene::web(), TERM).lacks("PID1_SIGNAL");
    catches(
        Scene::web().config(|config| config.stop_signal = Some("SIGQUIT".into())),
        TERM,
    )
    .warns("PID1_SIGNAL");
    catches(
        Scene::web().config(|config| config.stop_signal = Some("3".into())),
        QUIT,
    )
    .lacks("PID1_SIGNAL");
    // SIGKILL asks nobody.
    catches(
        Scene::web().config(|config| config.stop_signal = Some("KILL".into())),
        0,
    )
    .lacks("PID1_SIGNAL");
}

#[test]
fn somebody_else_is_pid_1() {
    catches(Scene::web(), 0)
        .container(|target| target.service.init = true)
        .lacks("PID1_SIGNAL");
    catches(Scene::web(), 0)
        .container(|target| target.isolation.pid = NamespaceMode::Host)
        .lacks("PID1_SIGNAL");
    // They wait for signals without handlers.
    let tini = Scene::image(&["/app/tini", "--", "/app/web"], &[])
        .root(|root| root.elf("/app/tini", static_elf()));
    catches(tini, 0).lacks("PID1_SIGNAL");
    let shell = Scene::image(&[], &["/bin/sh", "-l"]).shell();
    catches(shell, 0).notes("PID1_SIGNAL");
    let sleep = Scene::image(&["/usr/bin/sleep", "infinity"], &[])
        .root(|root| root.elf("/usr/bin/sleep", static_elf()));
    catches(sleep, 0).notes("PID1_SIGNAL");
}

fn line(line: &str) -> Scene {
    Scene::image(&["/bin/sh", "-c", line], &[]).shell()
}

#[test]
fn a_shell_that_stays() {
    for stays in [
        "/app/web; echo ended",
        "/app/web | tee /tmp/log",
        "a & wait",
        "while true; do a; done",
    ] {
        line(stays).warns("PID1_SIGNAL");
    }
    // Dash stays, bash and BusyBox do not.
    for may in ["migrate && /app/web", "a; /app/web"] {
        line(may).notes("PID1_SIGNAL");
    }
    for hands_over in [
        "/app/web",
        "exec /app/web",
        "migrate && exec /app/web",
        "/app/web 2>&1",
        "/app/web;",
        "nginx -g 'daemon off;'",
        "/app/web --to \"a|b\" --url 'x?a=1&b=2'",
        "trap x TERM; a & wait",
    ] {
        line(hands_over).lacks("PID1_SIGNAL");
    }
}

#[test]
fn a_script_that_stays() {
    let script = |text: &str| {
        let text = format!("#!/bin/sh\nset -e\n{text}\n# end\n");
        Scene::image(&["/app/start.sh"], &[])
            .shell()
            .root(|root| root.file("/app/start.sh", 0o755, &text))
    };
    script("/app/web").notes("PID1_SIGNAL");
    let service = script("/app/web").config(|config| config.exposed = vec!["8080/tcp".into()]);
    let found = service.warns("PID1_SIGNAL");
    assert_eq!(
        found.evidence[0],
        "/app/start.sh has no exec; it ends with: /app/web"
    );
    script(". /app/lib.sh\nmain \"$@\"")
        .config(|config| config.exposed = vec!["8080/tcp".into()])
        .notes("PID1_SIGNAL");
    script("/app/web").ended(137, &[]).warns("PID1_SIGNAL");
    script("exec \"$@\"").lacks("PID1_SIGNAL");
}

fn stops_with(signal: Option<&str>) -> Scene {
    let signal = signal.map(str::to_owned);
    Scene::web().config(|config| config.stop_signal.clone_from(&signal))
}

#[test]
fn a_stop_signal_that_was_changed() {
    let found = stops_with(Some("SIGQUIT"))
        .runs()
        .container(|target| target.config.stop_signal = Some("SIGHUP".into()))
        .warns("STOPSIGNAL");
    assert_eq!(
        found.evidence,
        [
            "the image says STOPSIGNAL SIGQUIT",
            "the container says STOPSIGNAL SIGHUP"
        ]
    );
    stops_with(Some("SIGQUIT")).runs().lacks("STOPSIGNAL");
    stops_with(Some("SIGTERM"))
        .runs()
        .container(|target| target.config.stop_signal = Some("15".into()))
        .lacks("STOPSIGNAL");
    let steps = |steps: &[&str]| stops_with(Some("SIGHUP")).history(steps);
    steps(&["STOPSIGNAL SIGQUIT", "/bin/sh -c #(nop)  STOPSIGNAL SIGHUP"]).warns("STOPSIGNAL");
    steps(&["STOPSIGNAL SIGHUP"]).lacks("STOPSIGNAL");
    // Another program, which may want another signal.
    steps(&[
        "STOPSIGNAL SIGQUIT",
        "ENTRYPOINT [\"/app/web\"]",
        "STOPSIGNAL SIGHUP",
    ])
    .notes("STOPSIGNAL");
    stops_with(None)
        .history(&["STOPSIGNAL SIGQUIT", "COPY x /"])
        .warns("STOPSIGNAL");
}

#[test]
fn a_stop_signal_that_the_dev_image_has() {
    let dev = |program: &str, own: bool| {
        let mut scene = stops_with(None);
        let entrypoint = vec![program.to_owned()];
        let stop_signal = Some("SIGQUIT".into());
        let config = Config {
            entrypoint,
            stop_signal,
            ..Config::default()
        };
        scene.facts.dev = Some(Dev {
            reference: "acme/web:1-dev".into(),
            own,
            config,
        });
        scene
    };
    dev("/usr/bin/web", false).warns("STOPSIGNAL");
    dev("/usr/bin/python", false).notes("STOPSIGNAL");
    dev("/usr/bin/web", true).lacks("STOPSIGNAL");
}

#[test]
fn a_check_without_its_shell() {
    let test = ["CMD-SHELL", "curl -f http://localhost/ || exit 1"];
    let error =
        "OCI runtime exec failed: exec: \"/bin/sh\": stat /bin/sh: no such file or directory";
    let found = Scene::web()
        .checked(&test, -1, error)
        .errs("HEALTH_NO_SHELL");
    assert!(
        found.evidence[2].starts_with("last check: exit code -1"),
        "{found:?}"
    );
    let image = |test: &[&str]| {
        let test: Vec<String> = test.iter().map(ToString::to_string).collect();
        Scene::web().config(|config| config.healthcheck = Some(test.clone()))
    };
    image(&test).errs("HEALTH_NO_SHELL");
    image(&["CMD", "/app/web", "--health"]).lacks("HEALTH_NO_SHELL");
    image(&["NONE"]).lacks("HEALTH_NO_SHELL");
    Scene::web().checked(&test, 0, "").lacks("HEALTH_NO_SHELL");
}

#[test]
fn a_check_without_its_tool() {
    let image = |test: &[&str]| {
        let test: Vec<String> = test.iter().map(ToString::to_string).collect();
        Scene::web().config(|config| config.healthcheck = Some(test.clone()))
    };
    let found = image(&["CMD", "curl", "-f", "x"])
        .provider("cmd:curl", "curl")
        .errs("HEALTH_NO_TOOL");
    assert_eq!(found.package.as_deref(), Some("curl"));
    image(&["CMD", "/app/probe"]).errs("HEALTH_NO_TOOL");
    image(&["CMD", "/app/web", "--health"]).lacks("HEALTH_NO_TOOL");
    image(&["CMD-SHELL", "curl -f x || exit 1"])
        .shell()
        .errs("HEALTH_NO_TOOL");
    // What a shell knows, and what is not plain.
    for line in [
        "test -f /tmp/ok",
        "[ -f /x ]",
        "X=1 curl x",
        "$CURL x",
        "(curl x)",
    ] {
        image(&["CMD-SHELL", line]).shell().lacks("HEALTH_NO_TOOL");
    }
    let busybox = image(&["CMD-SHELL", "wget -q x"]).root(|root| {
        root.link("/bin/sh", "/bin/busybox")
            .elf("/bin/busybox", static_elf())
    });
    busybox.warns("HEALTH_NO_TOOL");
}
