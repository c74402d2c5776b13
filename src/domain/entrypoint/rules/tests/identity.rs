use super::super::testing::Scene;
use crate::domain::fs::Found;
use crate::domain::target::NamespaceMode;

#[test]
fn a_user_that_does_not_exist() {
    let found = Scene::web().user("app").errs("NO_USER");
    assert_eq!(
        found.evidence[0],
        "User is `app`, and /etc/passwd has no such user"
    );
    let error = "unable to find user app: no matching entries in passwd file";
    Scene::web().user("app").refused(128, error).errs("NO_USER");
    // The files may have been put right since.
    Scene::web().refused(128, error).errs("NO_USER");
    for user in ["", "root", "nonroot", "nonroot:nonroot", "12345", "12345:7"] {
        Scene::web().user(user).lacks("NO_USER");
    }
    let found = Scene::web().user("nonroot:staff").errs("NO_USER");
    assert_eq!(
        found.evidence[0],
        "User is `nonroot:staff`, and /etc/group has no such group"
    );
    let found = Scene::web().user("2147483648").errs("NO_USER");
    assert!(found.evidence[0].contains("range"), "{found:?}");
}

#[test]
fn a_number_without_a_name() {
    Scene::web().user("12345").notes("UID_NO_PASSWD");
    let line = "KeyError: 'getpwuid(): uid not found: 12345'";
    Scene::web()
        .user("12345")
        .ended(1, &[line])
        .errs("UID_NO_PASSWD");
    Scene::web()
        .user("12345")
        .runs()
        .said(&["I have no name!"])
        .warns("UID_NO_PASSWD");
    Scene::web().lacks("UID_NO_PASSWD");
    Scene::web()
        .user("0")
        .without("/etc/passwd")
        .lacks("UID_NO_PASSWD");
}

fn listens(port: &str) -> Scene {
    Scene::web().config(|config| config.exposed = vec![port.into()])
}

#[test]
fn a_low_port() {
    let host = |scene: Scene| {
        scene
            .ended(0, &[])
            .container(|target| target.isolation.network = NamespaceMode::Host)
    };
    host(listens("80/tcp")).warns("LOW_PORT");
    host(listens("8080/tcp")).lacks("LOW_PORT");
    host(listens("80/tcp")).user("0").lacks("LOW_PORT");
    // Docker allows it in a network of its own; elsewhere it is not allowed.
    listens("80/tcp").notes("LOW_PORT");
    listens("80/tcp").runs().notes("LOW_PORT");
    let sysctl = |start: &str| {
        let start = start.to_owned();
        listens("80/tcp").ended(0, &[]).container(|target| {
            drop(
                target
                    .service
                    .sysctls
                    .insert("net.ipv4.ip_unprivileged_port_start".into(), start),
            );
        })
    };
    sysctl("1024").warns("LOW_PORT");
    sysctl("0").notes("LOW_PORT");
    sysctl("80").notes("LOW_PORT");
}

#[test]
fn a_refused_bind() {
    for line in [
        "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)",
        "listen tcp :80: bind: permission denied",
        "Error: listen EACCES: permission denied 0.0.0.0:80",
    ] {
        Scene::web().ended(1, &[line]).errs("LOW_PORT");
        Scene::web().runs().said(&[line]).warns("LOW_PORT");
        Scene::web().user("0").ended(1, &[line]).lacks("LOW_PORT");
    }
    Scene::web()
        .ended(1, &["bind: address already in use"])
        .lacks("LOW_PORT");
    Scene::web()
        .ended(1, &["listen unix /run/x.sock: bind: permission denied"])
        .lacks("LOW_PORT");
}

#[test]
fn files_that_could_not_be_read_lack_nobody() {
    let dark = |user: &str| {
        Scene::web().user(user).tree(|tree| {
            for path in ["/etc/passwd", "/etc/group"] {
                let why = Found::Unreadable("refused".into());
                tree.nodes.insert(path.into(), why);
            }
        })
    };
    for user in ["app", "nonroot:staff", "12345"] {
        let found = dark(user).findings();
        assert!(
            !found
                .iter()
                .any(|f| f.id.contains("USER") || f.id.contains("PASSWD")),
            "{found:?}"
        );
    }
}
