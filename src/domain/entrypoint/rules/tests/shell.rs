use super::super::testing::Scene;
use crate::domain::entrypoint::Dev;

const SH_ERROR: &str = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/bin/sh\": stat /bin/sh: no such file or directory: unknown";

#[test]
fn shell_form_without_a_shell() {
    let found =
        Scene::image(&["/bin/sh", "-c", "exec /app/web --port 8080"], &[]).errs("SHELL_FORM");
    assert_eq!(
        found.advice[0],
        r#"use the exec form: ENTRYPOINT ["/app/web", "--port", "8080"]"#
    );
    assert!(found.evidence.contains(&"/bin/sh is missing".into()));
    let found = Scene::image(&[], &["/bin/bash", "-c", "a && b $X"]).errs("SHELL_FORM");
    assert!(found.advice[0].contains("one word each"));
    let found = Scene::image(&["/bin/sh", "-c", "x"], &[])
        .refused(127, SH_ERROR)
        .errs("SHELL_FORM");
    assert!(
        found.evidence.iter().any(|line| line
            == "State.Error: exec: \"/bin/sh\": stat /bin/sh: no such file or directory: unknown"),
        "{found:?}"
    );
}

#[test]
fn shell_form_with_its_shell() {
    Scene::image(&["/bin/sh", "-c", "exec /app/web"], &[])
        .shell()
        .lacks("SHELL_FORM");
}

#[test]
fn a_shell_as_the_command() {
    let found = Scene::image(&["sh", "/app/start.sh"], &[]).errs("NO_SHELL");
    assert!(
        found.evidence.contains(&"/usr/bin/sh is missing".into()),
        "{found:?}"
    );
    Scene::image(&["/bin/sh", "/app/start.sh"], &[]).errs("NO_SHELL_ABS");
    Scene::image(&["sh", "/app/start.sh"], &[])
        .shell()
        .lacks("NO_SHELL");
}

#[test]
fn what_a_person_misses_is_a_note() {
    let found = Scene::web().notes("NO_SHELL");
    assert_eq!(
        found.evidence,
        ["/usr/bin/sh is missing", "/bin/sh is missing"]
    );
    Scene::web().notes("NO_PKG_MANAGER");
    Scene::web().lacks("NO_SUDO");
    Scene::web().shell().lacks("NO_SHELL");
    Scene::web().shell().notes("NO_SUDO");
    Scene::web().shell().user("0").lacks("NO_SUDO");
    let apt = Scene::web().root(|root| root.file("/usr/bin/apt-get", 0o755, ""));
    apt.lacks("NO_PKG_MANAGER");
    let zypper = Scene::web()
        .shell()
        .root(|root| root.file("/usr/bin/zypper", 0o755, ""));
    zypper.lacks("NO_PKG_MANAGER");
    let mut own = Scene::web();
    own.facts.dev = Some(Dev {
        own: true,
        ..Dev::default()
    });
    own.lacks("NO_PKG_MANAGER");
}

#[test]
fn a_shell_elsewhere() {
    let busybox = || Scene::web().root(|root| root.file("/busybox/sh", 0o755, ""));
    busybox().env("PATH", "/bin:/busybox").notes("NO_SHELL_ABS");
    busybox().env("PATH", "/bin:/busybox").lacks("NO_SHELL");
    busybox().lacks("NO_SHELL_ABS");
    busybox().notes("NO_SHELL");
}

#[test]
fn what_could_not_be_looked_at_is_not_missing() {
    let dark = Scene::web().tree(|tree| {
        let why = crate::domain::fs::Found::Unreadable("refused".into());
        tree.nodes.insert("/bin/sh".into(), why.clone());
        tree.nodes.insert("/sbin/apk".into(), why);
    });
    let found = dark.findings();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_package_manager_as_the_command() {
    let apk =
        |root: super::super::super::tests::Root| root.file("/usr/bin/apk", 0o755, "#!/bin/sh\n");
    Scene::image(&["apk", "add", "curl"], &[]).errs("NO_PKG_MANAGER");
    Scene::image(&["apk", "add", "curl"], &[])
        .shell()
        .root(apk)
        .errs("APK_NOT_ROOT");
    Scene::image(&["apk", "add", "curl"], &[])
        .shell()
        .root(apk)
        .user("0")
        .lacks("APK_NOT_ROOT");
    Scene::image(&["apk", "info"], &[])
        .shell()
        .root(apk)
        .notes("APK_NOT_ROOT");
    Scene::web().shell().root(apk).notes("APK_NOT_ROOT");
    let log = [
        "ERROR: Unable to lock database: Permission denied",
        "ERROR: Failed to open apk database: Permission denied",
    ];
    let found = Scene::web()
        .shell()
        .root(apk)
        .ended(99, &log)
        .errs("APK_NOT_ROOT");
    assert_eq!(found.evidence[0], format!("log: {}", log[0]));
}

#[test]
fn sudo_as_the_command() {
    Scene::image(&["sudo", "/app/web"], &[]).errs("NO_SUDO");
    Scene::web()
        .shell()
        .ended(127, &["/app/start.sh: line 3: sudo: command not found"])
        .errs("NO_SUDO");
    Scene::web()
        .shell()
        .runs()
        .said(&["sh: sudo: not found"])
        .warns("NO_SUDO");
}
