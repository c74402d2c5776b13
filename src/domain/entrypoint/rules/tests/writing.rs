use super::super::testing::{APP, Scene};
use crate::domain::entrypoint::Severity;
use crate::domain::target::MountKind::{Bind, Volume};

fn with_dir(path: &str) -> Scene {
    Scene::web().root(|root| root.dir(path, 0o755))
}

#[test]
fn a_directory_that_is_said_to_be_written() {
    let found = with_dir("/srv/data")
        .env("SHOP_DATA_DIR", "/srv/data")
        .warns("WRITE_DENIED");
    assert_eq!(
        found.evidence,
        [
            "SHOP_DATA_DIR=/srv/data",
            "/srv/data: mode 0755, owner 0:0; the user is 65532:65532"
        ]
    );
    assert!(found.advice[0].contains("--chown=65532:65532"), "{found:?}");
    with_dir("/srv/data")
        .config(|config| config.volumes = vec!["/srv/data".into()])
        .warns("WRITE_DENIED");
    with_dir("/srv/data")
        .env("SHOP_DATA_DIR", "/srv/data")
        .owned("/srv/data", APP)
        .lacks("WRITE_DENIED");
    with_dir("/srv/data")
        .env("SHOP_DATA_DIR", "/srv/data")
        .user("0")
        .lacks("WRITE_DENIED");
    with_dir("/srv/data").lacks("WRITE_DENIED");
    // It is read: data of the image.
    with_dir("/usr/share/nltk")
        .env("NLTK_DATA_DIR", "/usr/share/nltk")
        .lacks("WRITE_DENIED");
    with_dir("/srv/data")
        .env("METADATA_DIRECTION", "/srv/data")
        .lacks("WRITE_DENIED");
}

#[test]
fn a_home_that_is_not_the_users() {
    let home = || Scene::web().env("HOME", "/home/nonroot");
    home().owned("/home/nonroot", 0).notes("WRITE_DENIED");
    home().lacks("WRITE_DENIED");
    home().without("/home/nonroot").lacks("WRITE_DENIED");
}

#[test]
fn a_refused_write() {
    let line = "cannot write /srv/data/x/state: Permission denied";
    let found = with_dir("/srv/data").ended(4, &[line]).errs("WRITE_DENIED");
    assert_eq!(found.evidence[0], format!("log: {line}"));
    with_dir("/srv/data")
        .runs()
        .said(&[line])
        .warns("WRITE_DENIED");
    // Stopped from outside: the line did not end it.
    with_dir("/srv/data")
        .ended(143, &[line])
        .warns("WRITE_DENIED");
    // The files do not bear it out.
    with_dir("/srv/data")
        .owned("/srv/data", APP)
        .ended(4, &[line])
        .lacks("WRITE_DENIED");
    with_dir("/srv/data")
        .user("0")
        .ended(4, &[line])
        .lacks("WRITE_DENIED");
    for other in [
        "ERROR: permission denied for table users",
        "dial unix /var/run/docker.sock: connect: permission denied",
        "git@example.com: Permission denied (publickey).",
        "GET https://api.example.com/v1/data: 403 permission denied",
    ] {
        Scene::web().ended(1, &[other]).lacks("WRITE_DENIED");
    }
}

#[test]
fn a_file_that_may_not_be_written() {
    let scene = |mode| Scene::web().root(|root| root.dir("/srv", 0o755).file("/srv/db", mode, ""));
    let line = "open /srv/db: permission denied";
    scene(0o644).ended(1, &[line]).errs("WRITE_DENIED");
    scene(0o666).ended(1, &[line]).lacks("WRITE_DENIED");
}

fn in_workdir(dir: &str) -> Scene {
    with_dir("/srv/shop").config(|config| config.workdir = dir.into())
}

#[test]
fn a_working_directory_of_root() {
    in_workdir("/srv/shop").notes("WORKDIR_ROOT");
    let line = "cannot write state: Permission denied";
    let found = in_workdir("/srv/shop")
        .ended(4, &[line])
        .errs("WORKDIR_ROOT");
    assert_eq!(found.evidence[1], "WORKDIR /srv/shop");
    in_workdir("/srv/shop")
        .ended(
            1,
            &["PermissionError: [Errno 13] Permission denied: 'state.db'"],
        )
        .errs("WORKDIR_ROOT");
    in_workdir("/srv/shop")
        .ended(1, &["open /srv/shop/a/b: permission denied"])
        .errs("WORKDIR_ROOT");
    in_workdir("/srv/shop")
        .owned("/srv/shop", APP)
        .lacks("WORKDIR_ROOT");
    in_workdir("/srv/shop").user("0").lacks("WORKDIR_ROOT");
    for dir in ["", "/"] {
        in_workdir(dir).ended(4, &[line]).lacks("WORKDIR_ROOT");
    }
    let found = in_workdir("/srv/shop")
        .ended(1, &["ERROR: permission denied for table x"])
        .notes("WORKDIR_ROOT");
    assert_eq!(found.severity, Severity::Note);
}

fn mounted(kind: crate::domain::target::MountKind) -> Scene {
    with_dir("/data").ended(0, &[]).mount(kind, "shop", "/data")
}

#[test]
fn a_mount_of_another_user() {
    let line = "cannot write /data/state: Permission denied";
    let found = mounted(Volume).ended(4, &[line]).errs("VOLUME_OWNER");
    assert_eq!(found.evidence[1], "volume shop at /data");
    mounted(Bind).ended(4, &[line]).errs("VOLUME_OWNER");
    // Empty, and made for being written to.
    mounted(Volume).warns("VOLUME_OWNER");
    // Full, so it may well be read only.
    mounted(Volume)
        .root(|root| root.file("/data/page.html", 0o644, ""))
        .notes("VOLUME_OWNER");
    mounted(Bind).notes("VOLUME_OWNER");
    mounted(Bind)
        .env("DATA_DIR", "/data/x")
        .warns("VOLUME_OWNER");
    mounted(Bind)
        .config(|config| config.volumes = vec!["/data".into()])
        .warns("VOLUME_OWNER");
    mounted(Volume).owned("/data", APP).lacks("VOLUME_OWNER");
    mounted(Volume).user("0").lacks("VOLUME_OWNER");
    mounted(Bind)
        .env("DATA_DIR", "/data")
        .container(|target| target.mounts[0].writable = false)
        .lacks("VOLUME_OWNER");
}

#[test]
fn a_volume_that_the_image_does_not_have() {
    let image = |dir: &str| Scene::web().config(|config| config.volumes = vec![dir.into()]);
    image("/data").warns("VOLUME_OWNER");
    image("/data").user("0").lacks("VOLUME_OWNER");
    image("/home/nonroot").lacks("VOLUME_OWNER");
}

fn read_only() -> Scene {
    Scene::web()
        .ended(0, &[])
        .container(|target| target.isolation.readonly_rootfs = true)
}

#[test]
fn a_file_system_that_is_read_only() {
    let line = "cannot write /tmp/upload: Read-only file system";
    let found = read_only().ended(4, &[line]).errs("READ_ONLY");
    assert!(found.advice[0].contains("--tmpfs /tmp"), "{found:?}");
    read_only().runs().said(&[line]).warns("READ_ONLY");
    read_only().notes("READ_ONLY");
    read_only()
        .env("APP_CACHE_DIR", "/var/cache/app")
        .warns("READ_ONLY");
    let tmp = |scene: Scene| scene.container(|target| target.tmpfs.push("/tmp".into()));
    tmp(read_only()).lacks("READ_ONLY");
    tmp(read_only().env("APP_CACHE_DIR", "/tmp/cache")).lacks("READ_ONLY");
    Scene::web()
        .runs()
        .env("APP_CACHE_DIR", "/tmp/cache")
        .lacks("READ_ONLY");
    let shut = Scene::web()
        .ended(1, &["open /data/x: read-only file system"])
        .mount(Bind, "/x", "/data")
        .container(|target| target.mounts[0].writable = false);
    assert!(shut.errs("READ_ONLY").advice[0].contains("without :ro"));
}
